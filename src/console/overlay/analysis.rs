//! A period that was looked back on: the line of the cursor leads to its incidents, and what is looked at is edited in
//! place. Below the title stands the command that answers the same.

use super::after::{After, leaving};
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::cursor::{Cursor, Step};
use crate::console::editing::{edit_line, line};
use crate::console::keymap;
use crate::console::msg::Cmd;
use crate::console::paint::{cursor, put};
use crate::console::state::{Analysis, State};
use crate::console::theme::Theme;
use crate::similar::{AnalysisRequest, Lead, Line};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;

/// Lines that half a page moves by.
const HALF_PAGE: usize = 10;

impl Analysis {
    /// An analysis that is asked for.
    pub(crate) fn asked(request: AnalysisRequest) -> Self {
        let mut analysis = Self {
            request,
            lines: Vec::new(),
            came: false,
            input: None,
            cursor: Cursor::default(),
        };
        analysis.say("Looking back.");
        analysis
    }

    /// A sentence in the place of the lines.
    pub(crate) fn say(&mut self, words: &str) {
        self.lines = vec![Line::new(words)];
    }

    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        if self.input.is_some() {
            return self.type_in(state, key, cmds);
        }
        let action = state.keymap.resolve(key, Context::Analysis);
        match action {
            Some(Action::Open) => {
                let lead = self.lines.get(self.cursor.at).and_then(|l| l.lead.clone());
                match lead {
                    Some(lead) => return After::Lead(lead, self.request.clone()),
                    None => state.say("This line leads nowhere; lines of services, teams, severities and incidents do."),
                }
            }
            Some(Action::Filter) => self.input = Some(line(&self.request.typed())),
            Some(Action::Refresh) => self.ask(cmds),
            Some(Action::CopyReference) => {
                cmds.push(Cmd::Copy(self.request.command()));
                state.say("Copied the command.");
            }
            _ => {
                if let Some(step) = action.and_then(|action| Step::of(action, HALF_PAGE)) {
                    self.cursor.go(step, self.lines.len());
                }
            }
        }
        leaving(action, Context::Analysis).unwrap_or(After::Stay)
    }

    /// A key while what is looked at is edited.
    fn type_in(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        match state.keymap.resolve(key, Context::Prompt) {
            Some(Action::Back | Action::Quit) => self.input = None,
            Some(Action::Open) => {
                let typed = self.input.take().map(|input| input.lines().concat());
                let typed = typed.unwrap_or_default();
                self.request = AnalysisRequest::read(&typed, &state.catalog.graph);
                self.ask(cmds);
            }
            _ => {
                if let Some(input) = &mut self.input
                    && !edit_line(input, key)
                {
                    state.say(format!("{} does nothing here.", keymap::name(key)));
                }
            }
        }
        After::Stay
    }

    /// Asks its question.
    pub(crate) fn ask(&mut self, cmds: &mut Vec<Cmd>) {
        self.say("Looking back.");
        self.came = false;
        self.cursor = Cursor::default();
        cmds.push(Cmd::Fetch(self.topic()));
    }

    pub(super) fn paste(&mut self, words: &str) {
        if let Some(input) = &mut self.input {
            input.insert_str(words);
        }
    }

    pub(super) fn settle(&mut self, state: &State) {
        let inside = frame::inside(frame::place(state.layout().body, usize::MAX));
        let rows = usize::from(frame::middle(inside, true).height.saturating_sub(1));
        self.cursor.at = self.cursor.at.min(self.lines.len().saturating_sub(1));
        self.cursor.scroll(rows, self.lines.len());
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        put(buf, frame::head(inside), "Looking back", theme.title(true));
        let second = Rect {
            y: inside.y + 1,
            height: 1,
            ..inside
        };
        match &self.input {
            Some(input) => (&**input).render(second, buf),
            None => drop(put(buf, second, &self.request.command(), theme.dim())),
        }
        let middle = frame::middle(inside, true);
        let place = Rect {
            y: middle.y + 1,
            height: middle.height.saturating_sub(1),
            ..middle
        };
        let hidden = self
            .cursor
            .outside(usize::from(place.height), self.lines.len());
        frame::draw_edges(buf, frame::head(inside), hidden, theme);
        let shown = self.lines.iter().enumerate().skip(self.cursor.top);
        for ((at, line), y) in shown.zip(place.y..place.bottom()) {
            cursor(
                buf,
                place.x,
                y,
                at == self.cursor.at,
                self.input.is_none(),
                theme,
            );
            let is_head = !line.text.starts_with(' ');
            let style = if is_head {
                theme.accent()
            } else {
                Style::new()
            };
            let row = Rect::new(place.x + 1, y, place.width.saturating_sub(1), 1);
            put(buf, row, &line.text, style);
        }
        put(
            buf,
            frame::foot(inside),
            &self.foot(state, inside.width),
            theme.dim(),
        );
    }

    fn foot(&self, state: &State, width: u16) -> String {
        if self.input.is_some() {
            return "since:30d until:2026-11-01, words and facets; enter looks back, esc leaves it"
                .into();
        }
        let leads = self.lines.get(self.cursor.at).and_then(|l| l.lead.as_ref());
        let opens = match leads {
            Some(Lead::Filter(_)) => "lists these",
            Some(Lead::Incident(_)) => "goes to it",
            None => "",
        };
        let mut offers: Vec<frame::Offer> = vec![
            (&[Action::Filter], "changes what is looked at"),
            (&[Action::CopyReference], "copies the command"),
            (&[Action::Back], "closes"),
        ];
        if !opens.is_empty() {
            offers.insert(0, (&[Action::Open], opens));
        }
        frame::footer(&state.keymap, &offers, usize::from(width))
    }
}
