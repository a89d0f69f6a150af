//! Text to read.

use super::after::{After, leaving};
use super::frame::{self, Page};
use crate::console::action::{Action, Context};
use crate::console::content::wrapped;
use crate::console::msg::Cmd;
use crate::console::paint::put;
use crate::console::state::{State, Text};
use crate::console::theme::Theme;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

impl Text {
    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        let action = state.keymap.resolve(key, Context::Text);
        match action {
            Some(Action::CopyReference) => {
                cmds.push(Cmd::Copy(self.lines.join("\n")));
                state.say("Copied the text.");
            }
            _ => self.page(state).read(&mut self.cursor, action),
        }
        leaving(action, Context::Text).unwrap_or(After::Stay)
    }

    fn page(&self, state: &State) -> Page {
        let body = state.layout().body;
        let lines = wrapped(&self.lines, frame::width(body));
        let inside = frame::inside(frame::place(body, lines.len() + 4));
        Page {
            lines,
            rows: usize::from(frame::middle(inside, false).height),
        }
    }

    pub(super) fn wanted(&self, state: &State) -> usize {
        self.page(state).lines.len() + 4
    }

    pub(super) fn settle(&mut self, state: &State) {
        self.page(state).settle(&mut self.cursor);
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let head = frame::head(inside);
        put(buf, head, &self.title, theme.title(true));
        let places = (head, frame::middle(inside, false));
        self.page(state).draw(buf, places, &self.cursor, theme);
    }
}
