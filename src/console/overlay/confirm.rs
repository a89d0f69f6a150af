//! A question before something is done that takes no form.

use super::after::{After, closing};
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::content::wrapped;
use crate::console::paint::put;
use crate::console::state::{Confirm, Confirmed, State};
use crate::console::theme::Theme;
use crate::domain::Escalation;
use crate::writes::Subject;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// A page with the reference of its incident, once.
fn named(page: &Escalation) -> String {
    let reference = page.incidents.first().map_or("", |(_, r)| r.as_str());
    match page.title.starts_with(reference) {
        true => page.title.clone(),
        false => format!("{reference} {}", page.title),
    }
}

impl Confirm {
    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        let action = state.keymap.resolve(key, Context::Confirm);
        match action {
            Some(Action::Send) => After::Confirmed(Box::new(self.does.clone())),
            Some(Action::Decline) => After::Close,
            _ => closing(action, Context::Confirm).unwrap_or(After::Stay),
        }
    }

    /// What it would be done to, a line each.
    pub(super) fn lines(&self, state: &State) -> Vec<String> {
        let line = |subject: &Subject| match subject {
            Subject::Page(page) => {
                let words = named(page);
                format!("{words}  {}", page.clock(state.now))
            }
            other => other.name(),
        };
        match &self.does {
            Confirmed::Write(_, subjects) => subjects.iter().map(line).collect(),
            Confirmed::Order(_, _, says) => wrapped(says, frame::width(state.layout().body) - 2),
        }
    }

    /// Rows it takes.
    pub(super) fn wanted(&self, state: &State) -> usize {
        self.lines(state).len() + 6
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        put(buf, frame::head(inside), &self.asks, theme.title(true));
        let place = frame::middle(inside, true);
        for (line, y) in self.lines(state).iter().zip(place.y..place.bottom()) {
            let row = Rect::new(place.x, y, place.width, 1);
            put(buf, row, line, Style::new());
        }
        let keys = frame::footer(
            &state.keymap,
            &[
                (&[Action::Send], "yes"),
                (&[Action::Decline, Action::Back], "no"),
            ],
            usize::from(inside.width),
        );
        put(buf, frame::foot(inside), &keys, theme.dim());
    }
}
