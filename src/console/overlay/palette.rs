//! Find anything: what is typed, and what was found.

use super::after::{After, closing};
use super::frame;
use crate::console::action::{ACTIONS, Action, Context};
use crate::console::cursor::{Cursor, Step};
use crate::console::editing::edit_line;
use crate::console::msg::Cmd;
use crate::console::paint::{cursor, put};
use crate::console::palette::{Hit, Pool};
use crate::console::search::Search;
use crate::console::state::{DetailTab, Item, ListKind, Overlay, Palette, State};
use crate::console::theme::Theme;
use crate::domain::text;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::collections::HashSet;
use std::sync::Arc;
use tui_textarea::TextArea;

/// Columns of a hit's kind, and of what stands at its right.
const KIND: u16 = 9;
const NOTE: u16 = 14;

impl Palette {
    /// Over everything, or over actions only.
    pub(crate) fn new(actions_only: bool, ticket: u64) -> Self {
        let mut input = Box::new(TextArea::default());
        input.set_cursor_line_style(Style::new());
        Self {
            input,
            actions_only,
            hits: Vec::new(),
            cursor: Cursor::default(),
            ticket,
            answered: ticket,
            held: Vec::new(),
        }
    }

    pub(super) fn key(&mut self, state: &State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        let action = state.keymap.resolve(key, Context::Palette);
        let is_early = action == Some(Action::Open) && self.answered != self.ticket;
        let closes = matches!(action, Some(Action::Back | Action::Quit));
        if (is_early || !self.held.is_empty()) && !closes {
            self.held.push(key);
            return After::Stay;
        }
        match action {
            Some(Action::Open) => {
                let hit = self.hits.get(self.cursor.at);
                return hit.map_or(After::Close, |hit| After::Found(hit.target.clone()));
            }
            Some(Action::NextChoice) => {
                self.cursor.go(Step::By(1), self.hits.len());
            }
            Some(Action::PreviousChoice) => {
                self.cursor.go(Step::By(-1), self.hits.len());
            }
            None => self.type_in(state, key, cmds),
            Some(_) => {}
        }
        closing(action, Context::Palette).unwrap_or(After::Stay)
    }

    fn type_in(&mut self, state: &State, key: KeyEvent, cmds: &mut Vec<Cmd>) {
        let before = self.input.lines().concat();
        edit_line(&mut self.input, key);
        if self.input.lines().concat() != before {
            self.cursor = Cursor::default();
            self.ask(state, cmds);
        }
    }

    /// Asks its question.
    pub(super) fn ask(&mut self, state: &State, cmds: &mut Vec<Cmd>) {
        self.ticket += 1;
        let obstacle = |action: Action| Some((action, state.obstacle(action.kind()?)?));
        cmds.push(Cmd::Search(Search::Find {
            ticket: self.ticket,
            query: self.input.lines().concat(),
            pool: Box::new(Pool {
                rows: state.incidents.rows.clone(),
                graph: state.catalog.graph.clone(),
                org: state.org.clone(),
                schedules: state.oncall.schedules.clone(),
                items: known(state),
                keymap: state.keymap.clone(),
                actions_only: self.actions_only,
                blocked: ACTIONS
                    .iter()
                    .filter_map(|row| obstacle(row.action))
                    .collect(),
            }),
        }));
    }

    pub(super) fn settle(&mut self, state: &State) {
        let inside = frame::inside(frame::place(state.layout().body, usize::MAX));
        let rows = usize::from(frame::middle(inside, false).height);
        self.cursor.at = self.cursor.at.min(self.hits.len().saturating_sub(1));
        self.cursor.scroll(rows, self.hits.len());
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, theme: &Theme) {
        let place = frame::middle(inside, false);
        let hidden = self
            .cursor
            .outside(usize::from(place.height), self.hits.len());
        frame::draw_edges(buf, frame::head(inside), hidden, theme);
        self.draw_field(buf, inside, theme);
        if self.hits.is_empty() {
            put(buf, frame::head(place), "Nothing found.", theme.dim());
        }
        let shown = self.hits.iter().enumerate().skip(self.cursor.top);
        for ((at, hit), y) in shown.zip(place.y..place.bottom()) {
            let row = Rect::new(place.x, y, place.width, 1);
            let before = row.x.saturating_sub(1);
            cursor(buf, before, y, at == self.cursor.at, true, theme);
            draw_hit(buf, row, hit, at == self.cursor.at, theme);
        }
    }

    fn draw_field(&self, buf: &mut Buffer, inside: Rect, theme: &Theme) {
        let typed = self.input.lines().concat();
        let sign = if self.actions_only { ":" } else { ">" };
        let field = frame::head(inside);
        put(buf, field, &format!("{sign} {typed}"), theme.accent());
        let column = self.input.cursor().1;
        let before: String = typed.chars().take(column).collect();
        let x = (2 + text::columns(&before) as u16).min(inside.width.saturating_sub(1));
        let under = typed.chars().nth(column).unwrap_or(' ').to_string();
        let place = Rect::new(inside.x + x, inside.y, 1, 1);
        put(buf, place, &under, theme.selected());
    }
}

/// Pages, alerts and changes that the console holds, each once.
fn known(state: &State) -> Vec<Arc<Item>> {
    let kinds = [ListKind::Pages, ListKind::Alerts, ListKind::Changes];
    let listed = kinds.iter().filter_map(|kind| state.lists.get(kind));
    let tabs = [DetailTab::Pages, DetailTab::Alerts];
    let here = tabs.iter().filter_map(|tab| state.detail.tabs.get(tab));
    let mut seen = HashSet::new();
    listed
        .chain(here)
        .flat_map(|listing| &listing.items)
        .filter(|item| seen.insert(&item.id))
        .map(|item| Arc::new(item.clone()))
        .collect()
}

fn draw_hit(buf: &mut Buffer, row: Rect, hit: &Hit, here: bool, theme: &Theme) {
    let style = if here { theme.selected() } else { Style::new() };
    let kind = Rect { width: KIND, ..row };
    let label = Rect {
        x: row.x + KIND,
        width: row.width.saturating_sub(KIND + NOTE + 1),
        ..row
    };
    let note = Rect {
        x: row.right().saturating_sub(NOTE),
        width: NOTE,
        ..row
    };
    put(buf, kind, hit.kind, theme.dim());
    put(buf, label, &hit.label, style);
    put(buf, note, &hit.note, theme.accent());
}

/// Asks the question of an open palette again: there is more to find.
pub(crate) fn search(state: &mut State, cmds: &mut Vec<Cmd>) {
    if let Some(Overlay::Palette(mut palette)) = state.overlays.pop_if(is_palette) {
        palette.ask(state, cmds);
        state.overlays.push(Overlay::Palette(palette));
    }
}

fn is_palette(overlay: &mut Overlay) -> bool {
    matches!(overlay, Overlay::Palette(_))
}
