//! Several writes, as they go: a line each.

use super::after::{After, closing};
use crate::console::action::{Action, Context};
use crate::console::state::{Results, State};
use crossterm::event::KeyEvent;

impl Results {
    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        match state.keymap.resolve(key, Context::Results) {
            Some(Action::Open) => After::Close,
            action => closing(action, Context::Results).unwrap_or(After::Stay),
        }
    }
}
