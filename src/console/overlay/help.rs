//! Keys that work somewhere, narrowed by what is typed.

use super::after::{After, closing};
use super::frame::{self, Page};
use crate::console::action::{Action, Context};
use crate::console::content::help::help;
use crate::console::cursor::Cursor;
use crate::console::keymap::prints;
use crate::console::paint::put;
use crate::console::state::{Help, State};
use crate::console::theme::Theme;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

impl Help {
    /// Help on a context.
    pub(crate) fn on(context: Context) -> Self {
        Self {
            context,
            typed: String::new(),
            cursor: Cursor::default(),
        }
    }

    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        // Before anything is typed, the letters that close a text close this one too.
        let unread = self.typed.is_empty();
        let closes = state.keymap.resolve(key, Context::Text);
        if unread && matches!(closes, Some(Action::Quit | Action::Help)) {
            return After::Close;
        }
        let action = state.keymap.resolve(key, Context::Help);
        match (key.code, action) {
            (KeyCode::Backspace, None) => drop(self.typed.pop()),
            (KeyCode::Char(c), None) if prints(key) => {
                self.typed.push(c);
                self.cursor = Cursor::default();
            }
            _ => self.page(state).read(&mut self.cursor, action),
        }
        closing(action, Context::Help).unwrap_or(After::Stay)
    }

    pub(super) fn page(&self, state: &State) -> Page {
        let inside = frame::inside(frame::place(state.layout().body, usize::MAX));
        Page {
            lines: help(state, self.context, &self.typed, usize::from(inside.width)),
            rows: usize::from(frame::middle(inside, false).height),
        }
    }

    pub(super) fn title(&self) -> String {
        match self.typed.as_str() {
            "" => "Keys that work here; type to search".to_owned(),
            typed => format!("Keys: {typed}"),
        }
    }

    pub(super) fn settle(&mut self, state: &State) {
        self.page(state).settle(&mut self.cursor);
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let head = frame::head(inside);
        put(buf, head, &self.title(), theme.title(true));
        let places = (head, frame::middle(inside, false));
        self.page(state).draw(buf, places, &self.cursor, theme);
    }
}
