//! Several writes, as they go: a line each.

use super::after::{After, closing};
use super::{frame, write_row};
use crate::console::action::{Action, Context};
use crate::console::cursor::Step;
use crate::console::paint::put;
use crate::console::state::{Results, State};
use crate::console::theme::Theme;
use crate::domain::{Write, WriteState};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

impl Results {
    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        let action = state.keymap.resolve(key, Context::Results);
        if action == Some(Action::Open) {
            return After::Close;
        }
        let rows = self.rows(state);
        if let Some(step) = action.and_then(|action| Step::of(action, rows / 2)) {
            self.cursor.read(step, rows, self.writes.len());
        }
        closing(action, Context::Results).unwrap_or(After::Stay)
    }

    /// The writes as they stand.
    pub(super) fn found<'a>(&self, state: &'a State) -> Vec<&'a Write> {
        let find = |key: &String| state.outbox.iter().find(|w| w.key == *key);
        self.writes.iter().filter_map(find).collect()
    }

    pub(super) fn title(&self, state: &State) -> String {
        let writes = self.found(state);
        let done = writes.iter().filter(|w| w.state == WriteState::Confirmed);
        format!("{} of {} done", done.count(), self.writes.len())
    }

    fn rows(&self, state: &State) -> usize {
        let inside = frame::inside(frame::place(state.layout().body, self.wanted()));
        usize::from(frame::middle(inside, true).height)
    }

    pub(super) fn wanted(&self) -> usize {
        self.writes.len() + 6
    }

    pub(super) fn settle(&mut self, state: &State) {
        let rows = self.rows(state);
        self.cursor.read(Step::By(0), rows, self.writes.len());
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let (title, writes) = (self.title(state), self.found(state));
        let (head, place) = (frame::head(inside), frame::middle(inside, true));
        put(buf, head, &title, theme.title(true));
        let hidden = self.cursor.outside(usize::from(place.height), writes.len());
        frame::draw_edges(buf, head, hidden, theme);
        let shown = writes.iter().skip(self.cursor.top);
        for (write, y) in shown.zip(place.y..place.bottom()) {
            let row = Rect::new(place.x, y, place.width, 1);
            write_row::draw(buf, row, state, write, theme);
        }
        let (foot, more) = (frame::foot(inside), "; the journal keeps them");
        let room = frame::room_beside(foot, more);
        let keys = frame::footer(&state.keymap, &[(&[Action::Back], "closes")], room);
        put(buf, foot, &format!("{keys}{more}"), theme.dim());
    }
}
