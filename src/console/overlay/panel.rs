//! A write that takes another one back, before it is sent: what it does, or the exact request.

use super::after::{After, closing};
use super::frame::{self, Page};
use crate::console::action::{Action, Context};
use crate::console::content::{request_lines, wrapped};
use crate::console::cursor::Cursor;
use crate::console::paint::put;
use crate::console::state::{Panel, State};
use crate::console::theme::Theme;
use crate::domain::Write;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Rows it takes; what does not fit is scrolled.
pub(super) const ROWS: usize = 16;

impl Panel {
    /// The panel of a write, with what it does.
    pub(crate) fn of(write: Write, says: Vec<String>) -> Self {
        Self {
            write: Box::new(write),
            says,
            request: false,
            cursor: Cursor::default(),
        }
    }

    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        let action = state.keymap.resolve(key, Context::Panel);
        match action {
            Some(Action::ShowRequest) => self.request = !self.request,
            Some(Action::Send) => return After::Write(self.write.clone()),
            _ => self.page(state).read(&mut self.cursor, action),
        }
        closing(action, Context::Panel).unwrap_or(After::Stay)
    }

    fn page(&self, state: &State) -> Page {
        let inside = frame::inside(frame::place(state.layout().body, ROWS));
        let width = usize::from(inside.width).max(10);
        let lines = if self.request {
            request_lines(&self.write, width)
        } else {
            wrapped(&self.says, width)
        };
        Page {
            lines,
            rows: usize::from(frame::middle(inside, true).height),
        }
    }

    pub(super) fn settle(&mut self, state: &State) {
        self.page(state).settle(&mut self.cursor);
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let head = frame::head(inside);
        let title = state.heading(&self.write.order_key.as_str().into(), "Undo");
        put(buf, head, &title, theme.title(true));
        let places = (head, frame::middle(inside, true));
        self.page(state).draw(buf, places, &self.cursor, theme);
        let keys = frame::footer(
            &state.keymap,
            &[
                (&[Action::Send], "sends"),
                (&[Action::ShowRequest], "exact request"),
                (&[Action::Back], "closes"),
            ],
            usize::from(inside.width),
        );
        put(buf, frame::foot(inside), &keys, theme.dim());
    }
}
