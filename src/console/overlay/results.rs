//! Several writes, as they go: a line each.

use super::after::{After, closing};
use super::{frame, write_row};
use crate::console::action::{Action, Context};
use crate::console::paint::put;
use crate::console::state::{Results, State};
use crate::console::theme::Theme;
use crate::domain::{Write, WriteState};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

impl Results {
    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        match state.keymap.resolve(key, Context::Results) {
            Some(Action::Open) => After::Close,
            action => closing(action, Context::Results).unwrap_or(After::Stay),
        }
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let find = |key: &String| state.outbox.iter().find(|w| w.key == *key);
        let writes: Vec<&Write> = self.writes.iter().filter_map(find).collect();
        let is_done = |w: &&&Write| w.state == WriteState::Confirmed;
        let done = writes.iter().filter(is_done).count();
        let title = format!("{done} of {} done", self.writes.len());
        put(buf, frame::head(inside), &title, theme.title(true));
        let place = frame::middle(inside, true);
        for (write, y) in writes.iter().zip(place.y..=place.bottom()) {
            let row = Rect::new(place.x, y, place.width, 1);
            write_row::draw(buf, row, state, write, theme);
        }
        let keys = frame::footer(&state.keymap, &[(&[Action::Back], "closes")]);
        let says = format!("{keys}; the journal keeps them");
        put(buf, frame::foot(inside), &says, theme.dim());
    }
}
