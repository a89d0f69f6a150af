//! A form that cannot open: why, and a place for what was already being typed, so that no letter of it is a command.

use super::after::{After, closing};
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::content::lines::LineStyle;
use crate::console::keymap::prints;
use crate::console::paint::{put, style};
use crate::console::state::{State, Unopened};
use crate::console::theme::Theme;
use crate::domain::text;
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Rows of the frame, the head and the foot with what is between.
const FRAME: usize = 6;

impl Unopened {
    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        self.take(key);
        let action = state.keymap.resolve(key, Context::Opening);
        closing(action, Context::Opening).unwrap_or(After::Stay)
    }

    /// Keeps a letter in sight of whoever types without looking.
    pub(crate) fn take(&mut self, key: KeyEvent) {
        match key.code {
            KeyCode::Char(letter) if prints(key) => self.typed.push(letter),
            KeyCode::Enter | KeyCode::Tab => self.typed.push(' '),
            KeyCode::Backspace => drop(self.typed.pop()),
            _ => {}
        }
    }

    pub(super) fn lines(&self, width: usize) -> Vec<(String, LineStyle)> {
        let wrapped =
            |words: &str, look| text::wrap(words, width).into_iter().map(move |l| (l, look));
        let mut lines: Vec<_> = wrapped(&self.why, LineStyle::Bad).collect();
        if !self.typed.trim().is_empty() {
            let typed = format!("Typed, and kept nowhere: {}", self.typed.trim());
            lines.push((String::new(), LineStyle::Plain));
            lines.extend(wrapped(&typed, LineStyle::Plain));
        }
        lines
    }

    pub(super) fn head(&self) -> String {
        format!("{}: cannot open", self.title)
    }

    pub(super) fn wanted(&self, state: &State) -> usize {
        self.lines(frame::width(state.layout().body)).len() + FRAME
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        put(buf, frame::head(inside), &self.head(), theme.title(true));
        let place = frame::middle(inside, true);
        let lines = self.lines(usize::from(inside.width).max(10));
        // What was typed last is what somebody looks for.
        let hidden = lines.len().saturating_sub(usize::from(place.height));
        for ((words, look), y) in lines.iter().skip(hidden).zip(place.y..place.bottom()) {
            let row = Rect::new(place.x, y, place.width, 1);
            put(buf, row, words, style(*look, theme));
        }
        let (foot, more) = (frame::foot(inside), "; until then no key is a command");
        let room = frame::room_beside(foot, more);
        let keys = frame::footer(&state.keymap, &[(&[Action::Back], "closes")], room);
        put(buf, foot, &format!("{keys}{more}"), theme.dim());
    }
}
