//! What is read before it is sent, a write that takes another one back or what an agent proposes: what it does, or the exact
//! request.

use super::after::{After, closing};
use super::frame::{self, Page};
use crate::console::action::{Action, Context};
use crate::console::content::{request_lines, wrapped};
use crate::console::cursor::Cursor;
use crate::console::paint::put;
use crate::console::state::{Panel, PanelSubject, State};
use crate::console::theme::Theme;
use crate::domain::{OpenProposal, Write};
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Rows that a write takes; what does not fit is scrolled.
const ROWS: usize = 16;

impl Panel {
    /// The panel of a write, with what it does.
    pub(crate) fn of(write: Write, says: Vec<String>) -> Self {
        Self::about(PanelSubject::Undo(Box::new(write)), says)
    }

    /// The panel of a proposal whose agent waits for an answer, with all that stands in it.
    pub(crate) fn asking(proposal: OpenProposal, says: Vec<String>) -> Self {
        Self::about(PanelSubject::Proposal(Box::new(proposal)), says)
    }

    fn about(subject: PanelSubject, says: Vec<String>) -> Self {
        Self {
            subject,
            says,
            request: false,
            cursor: Cursor::default(),
        }
    }

    pub(super) fn key(&mut self, state: &State, key: KeyEvent) -> After {
        let action = state.keymap.resolve(key, Context::Panel);
        match action {
            Some(Action::ShowRequest) => self.request = !self.request,
            Some(Action::Send | Action::Decline) => {
                let yes = action == Some(Action::Send);
                return match &self.subject {
                    PanelSubject::Proposal(proposal) => After::Answer(proposal.clone(), yes),
                    PanelSubject::Undo(write) if yes => After::Write(write.clone()),
                    PanelSubject::Undo(_) => After::Close,
                };
            }
            _ => self.page(state).read(&mut self.cursor, action),
        }
        closing(action, Context::Panel).unwrap_or(After::Stay)
    }

    /// Rows it takes. What an agent asks stands there whole where there is room: it is all news to whoever reads it.
    pub(super) fn wanted(&self, state: &State) -> usize {
        match &self.subject {
            PanelSubject::Undo(_) => ROWS,
            PanelSubject::Proposal(_) => self.lines(frame::width(state.layout().body)).len() + 6,
        }
    }

    pub(super) fn title(&self, state: &State) -> String {
        match &self.subject {
            PanelSubject::Undo(write) => state.heading(&write.order_key.as_str().into(), "Undo"),
            PanelSubject::Proposal(proposal) => format!("{} asks you", proposal.by),
        }
    }

    fn lines(&self, width: usize) -> Vec<String> {
        match self.request {
            true => self.request(width),
            false => wrapped(&self.says, width),
        }
    }

    /// The exact request, or all of them.
    pub(super) fn request(&self, width: usize) -> Vec<String> {
        match &self.subject {
            PanelSubject::Undo(write) => request_lines(write, width),
            PanelSubject::Proposal(proposal) => {
                let lines = proposal.requests.iter().flat_map(|r| r.lines());
                wrapped(&lines.map(str::to_owned).collect::<Vec<_>>(), width)
            }
        }
    }

    fn page(&self, state: &State) -> Page {
        let inside = frame::inside(frame::place(state.layout().body, self.wanted(state)));
        Page {
            lines: self.lines(usize::from(inside.width).max(10)),
            rows: usize::from(frame::middle(inside, true).height),
        }
    }

    pub(super) fn settle(&mut self, state: &State) {
        self.page(state).settle(&mut self.cursor);
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let head = frame::head(inside);
        put(buf, head, &self.title(state), theme.title(true));
        let places = (head, frame::middle(inside, true));
        self.page(state).draw(buf, places, &self.cursor, theme);
        let keys = frame::footer(
            &state.keymap,
            &[
                (&[Action::Send], "sends"),
                (&[Action::Decline], "no"),
                (&[Action::ShowRequest], "exact request"),
                (&[Action::Back], "closes"),
            ],
            usize::from(inside.width),
        );
        put(buf, frame::foot(inside), &keys, theme.dim());
    }
}
