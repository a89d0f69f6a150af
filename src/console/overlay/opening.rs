//! A form is about to open: keys that are typed meanwhile are for it.

use super::after::After;
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::paint::put;
use crate::console::state::{Opening, State};
use crate::console::theme::Theme;
use crate::domain::text;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

impl Opening {
    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        match state.keymap.resolve(key, Context::Opening) {
            Some(Action::Quit) => return After::Close,
            Some(Action::Back) if self.keys.is_empty() => return After::Close,
            _ => self.keys.push(key),
        }
        After::Stay
    }

    /// What is pasted is for the form too.
    pub(super) fn paste(&mut self, line: &str) {
        let letter = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE);
        self.keys.extend(line.chars().map(letter));
    }

    /// What opens, and what is waited for.
    pub(super) fn told(&self, state: &State) -> (String, String) {
        let known = |id: &String| state.reference(&id.as_str().into()).map(str::to_owned);
        let about: Vec<String> = self.about.iter().filter_map(known).collect();
        let (title, what) = match &about[..] {
            [] => (self.kind.title().to_owned(), "what it is about"),
            known => (
                format!("{}: {}", self.kind.title(), known.join(", ")),
                "the incident",
            ),
        };
        let kept = if self.keys.is_empty() {
            String::new()
        } else {
            let keys = self.keys.len();
            let waiting = text::counted(keys, "key waits", "keys wait");
            format!("; {waiting} for the form")
        };
        (title, format!("Reading {what} as it is now{kept}."))
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let (title, says) = self.told(state);
        put(buf, frame::head(inside), &title, theme.title(true));
        let below = Rect {
            y: inside.y + 1,
            height: 1,
            ..inside
        };
        put(buf, below, &says, theme.dim());
    }
}
