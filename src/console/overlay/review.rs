//! Drafts of an investigation before they are sent: read, edited, sent or dropped one by one.

use super::after::{After, closing};
use super::frame::{self, Page};
use crate::console::action::{Action, Context};
use crate::console::content::drafts::{purpose, request, words};
use crate::console::content::wrapped;
use crate::console::cursor::Cursor;
use crate::console::msg::Cmd;
use crate::console::paint::put;
use crate::console::state::{InvestigationView, Review, State, draft_id, words as field};
use crate::console::theme::Theme;
use crate::domain::{IncidentId, text};
use crate::investigate::Draft;
use crossterm::event::KeyEvent;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;
use tui_textarea::CursorMove;

impl Review {
    /// The review of an incident's drafts, from the first on.
    pub(crate) fn of(incident: IncidentId) -> Self {
        Self {
            incident,
            draft: Cursor::default(),
            input: None,
            request: false,
            cursor: Cursor::default(),
        }
    }

    fn investigation<'a>(&self, state: &'a State) -> Option<&'a InvestigationView> {
        state.investigations.get(&self.incident)
    }

    fn draft<'a>(&self, state: &'a State) -> Option<&'a Draft> {
        self.investigation(state)?.drafts.get(self.draft.at)
    }

    fn count(&self, state: &State) -> usize {
        self.investigation(state).map_or(0, |i| i.drafts.len())
    }

    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        if self.input.is_some() {
            self.edit(state, key);
            return After::Stay;
        }
        let action = state.keymap.resolve(key, Context::Review);
        match action {
            Some(Action::ReviewDrafts) => return After::Close,
            Some(Action::ShowRequest) => self.request = !self.request,
            Some(Action::NextDraft) => self.turn(state, 1),
            Some(Action::PreviousDraft) => self.turn(state, self.count(state).max(1) - 1),
            Some(Action::EditDraft) => self.begin_editing(state),
            Some(Action::Drop) => self.drop_draft(state),
            Some(Action::Send) => self.send(state, cmds),
            _ => self.page(state).read(&mut self.cursor, action),
        }
        if self.count(state) == 0 {
            return After::Close;
        }
        closing(action, Context::Review).unwrap_or(After::Stay)
    }

    /// Shows the draft so many places on, round and round.
    fn turn(&mut self, state: &State, by: usize) {
        self.draft.at = (self.draft.at + by) % self.count(state).max(1);
        self.draft.id = None;
        self.cursor = Cursor::default();
    }

    fn begin_editing(&mut self, state: &State) {
        let body = self.draft(state).map_or("", |draft| draft.body.as_str());
        let mut input = field(body.trim_end_matches('\n'));
        input.move_cursor(CursorMove::Top);
        input.move_cursor(CursorMove::Head);
        self.input = Some(input);
    }

    /// A key in the words of a draft.
    fn edit(&mut self, state: &mut State, key: KeyEvent) {
        let ends = state.keymap.resolve(key, Context::Editing) == Some(Action::Back);
        let Some(input) = &mut self.input else { return };
        if !ends {
            input.input(key);
            return;
        }
        let body = input.lines().join("\n");
        self.input = None;
        let Some(investigation) = state.investigations.get_mut(&self.incident) else {
            return;
        };
        if let Some(draft) = investigation.drafts.get_mut(self.draft.at)
            && draft.body.trim_end() != body.trim_end()
        {
            draft.body = body;
            investigation.edited.insert(draft_id(draft));
        }
    }

    fn drop_draft(&mut self, state: &mut State) {
        if let Some(investigation) = state.investigations.get_mut(&self.incident)
            && self.draft.at < investigation.drafts.len()
        {
            let dropped = investigation.drafts.remove(self.draft.at);
            investigation.edited.remove(&draft_id(&dropped));
        }
    }

    fn send(&self, state: &mut State, cmds: &mut Vec<Cmd>) {
        if state.config.read_only {
            return state.say("Read-only mode: nothing is sent.");
        }
        let incident = self.investigation(state).and_then(|i| i.incident.clone());
        if let (Some(draft), Some(incident)) = (self.draft(state).cloned(), incident) {
            state.say(format!("Sending: {}.", draft.title));
            cmds.push(Cmd::Deliver {
                draft: Box::new(draft),
                incident,
            });
        }
    }

    /// Text was pasted into the words that are being edited.
    pub(super) fn paste(&mut self, pasted: &str) {
        if let Some(input) = &mut self.input {
            input.insert_str(text::clean_text(pasted));
        }
    }

    fn page(&self, state: &State) -> Page {
        let inside = frame::inside(frame::place(state.layout().body, usize::MAX));
        let lines = match (self.investigation(state), self.draft(state)) {
            (Some(investigation), Some(draft)) if self.request => request(investigation, draft),
            (_, Some(draft)) => words(state, draft),
            _ => Vec::new(),
        };
        Page {
            lines: wrapped(&lines, usize::from(inside.width).max(10)),
            rows: usize::from(frame::middle(inside, true).height),
        }
    }

    /// The draft that is shown stays shown, wherever a new run or an answer puts it.
    pub(super) fn settle(&mut self, state: &State) {
        let Some(investigation) = self.investigation(state) else {
            return;
        };
        let drafts = &investigation.drafts;
        self.draft.settle(drafts.len(), |at| draft_id(&drafts[at]));
        self.page(state).settle(&mut self.cursor);
    }

    fn footer(&self, state: &State) -> String {
        if self.input.is_some() {
            return frame::footer(&state.keymap, &[(&[Action::Back], "ends editing")]);
        }
        frame::footer(
            &state.keymap,
            &[
                (&[Action::Send], "sends"),
                (&[Action::Back], "closes"),
                (
                    &[Action::NextDraft, Action::PreviousDraft],
                    "next, previous",
                ),
                (&[Action::EditDraft], "edits"),
                (&[Action::ShowRequest], "exact request"),
                (&[Action::Drop], "drops"),
            ],
        )
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let Some(draft) = self.draft(state) else {
            return;
        };
        let title = format!(
            "Draft {} of {}: {}",
            self.draft.at + 1,
            self.count(state),
            purpose(draft.kind)
        );
        let (head, body) = (frame::head(inside), frame::middle(inside, true));
        put(buf, head, &title, theme.title(true));
        put(buf, frame::foot(inside), &self.footer(state), theme.dim());
        match &self.input {
            Some(input) => (&**input).render(body, buf),
            None => self
                .page(state)
                .draw(buf, (head, body), &self.cursor, theme),
        }
    }
}
