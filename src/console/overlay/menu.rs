//! Things to choose from by number.

use super::after::{After, closing};
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::content::menu::lines;
use crate::console::cursor::{Cursor, Step};
use crate::console::paint::{chosen, cursor, digit, put};
use crate::console::state::{Menu, MenuKind, State};
use crate::console::theme::Theme;
use crate::domain::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

impl Menu {
    /// A menu with the cursor on one of its lines.
    pub(crate) fn at(kind: MenuKind, place: usize) -> Self {
        let cursor = Cursor {
            at: place,
            ..Cursor::default()
        };
        Self { kind, cursor }
    }

    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        let count = lines(state, self.kind).len();
        if let KeyCode::Char(typed) = key.code
            && let Some(place) = chosen(typed)
        {
            return match place < count {
                true => After::Chosen(self.kind, place),
                false => After::Stay,
            };
        }
        let action = state.keymap.resolve(key, Context::Menu);
        if action == Some(Action::Open) {
            return After::Chosen(self.kind, self.cursor.at);
        }
        if let Some(step) = action.and_then(|action| Step::of(action, count / 2)) {
            self.cursor.go(step, count);
        }
        closing(action, Context::Menu).unwrap_or(After::Stay)
    }

    pub(super) fn title(&self) -> &'static str {
        match self.kind {
            MenuKind::Tabs => "Tabs of this pane; a number goes there",
            MenuKind::Views => "Saved views; a number shows one",
        }
    }

    pub(super) fn wanted(&self, state: &State) -> usize {
        lines(state, self.kind).len() + 4
    }

    pub(super) fn settle(&mut self, state: &State) {
        let inside = frame::inside(frame::place(state.layout().body, self.wanted(state)));
        let rows = usize::from(frame::middle(inside, false).height);
        self.cursor.scroll(rows, lines(state, self.kind).len());
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        put(buf, frame::head(inside), self.title(), theme.title(true));
        let place = frame::middle(inside, false);
        let all = lines(state, self.kind);
        let hidden = self.cursor.outside(usize::from(place.height), all.len());
        frame::draw_edges(buf, frame::head(inside), hidden, theme);
        let names = all.iter().map(|(name, _)| text::columns(name));
        let wide = names.max().unwrap_or(0).min(usize::from(inside.width) / 2) as u16;
        let shown = all.iter().enumerate().skip(self.cursor.top);
        for ((at, (name, note)), y) in shown.zip(place.y..place.bottom()) {
            cursor(buf, place.x, y, at == self.cursor.at, true, theme);
            let number = digit(at).map(String::from).unwrap_or_default();
            put(
                buf,
                Rect::new(place.x + 2, y, 1, 1),
                &number,
                theme.accent(),
            );
            put(buf, Rect::new(place.x + 4, y, wide, 1), name, Style::new());
            let left = place.width.saturating_sub(wide + 6);
            put(
                buf,
                Rect::new(place.x + wide + 6, y, left, 1),
                note,
                theme.dim(),
            );
        }
    }
}
