//! A line of text is asked for.

use super::after::{After, closing};
use super::frame;
use crate::console::action::{Action, Context};
use crate::console::editing::edit_line;
use crate::console::keymap;
use crate::console::paint::put;
use crate::console::state::{Prompt, Question, State};
use crate::console::theme::Theme;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

impl Prompt {
    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent) -> After {
        let action = state.keymap.resolve(key, Context::Prompt);
        match action {
            Some(Action::Open) => {
                let given = self.input.lines().concat();
                return After::Answered(self.question, self.incident.clone(), given);
            }
            None if !edit_line(&mut self.input, key) => {
                state.say(format!("{} does nothing here.", keymap::name(key)));
            }
            _ => {}
        }
        if matches!(action, Some(Action::Back | Action::Quit)) && !self.input.is_empty() {
            state.say("Closed; what was typed is not kept.");
        }
        closing(action, Context::Prompt).unwrap_or(After::Stay)
    }

    pub(super) fn title(&self, state: &State) -> String {
        let head = match self.question {
            Question::Evidence => "A fact to add; Enter adds it and investigates again",
            Question::Model => "A question about the evidence; Enter asks",
        };
        state.heading(&self.incident, head)
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        put(
            buf,
            frame::head(inside),
            &self.title(state),
            theme.title(true),
        );
        let field = Rect {
            y: inside.y + 1,
            height: 1,
            ..inside
        };
        (&*self.input).render(field, buf);
    }
}
