//! Drafts of an investigation before they are sent: read, edited, sent or dropped one by one.

use super::after::{After, closing};
use super::frame::{self, Page};
use crate::console::action::{Action, Context};
use crate::console::content::drafts::{purpose, request, words};
use crate::console::content::wrapped;
use crate::console::cursor::Cursor;
use crate::console::editing::{edit_text, wrapping};
use crate::console::keymap;
use crate::console::msg::Cmd;
use crate::console::paint::put;
use crate::console::state::{EditedDraft, InvestigationView, Review, State, draft_id};
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
            editing: None,
            request: false,
            drop_armed: false,
            cursor: Cursor::default(),
        }
    }

    pub(super) fn investigation<'a>(&self, state: &'a State) -> Option<&'a InvestigationView> {
        state.investigations.get(&self.incident)
    }

    pub(super) fn draft<'a>(&self, state: &'a State) -> Option<&'a Draft> {
        self.investigation(state)?.drafts.get(self.draft.at)
    }

    fn count(&self, state: &State) -> usize {
        self.investigation(state).map_or(0, |i| i.drafts.len())
    }

    pub(super) fn key(&mut self, state: &mut State, key: KeyEvent, cmds: &mut Vec<Cmd>) -> After {
        if self.editing.is_some() {
            self.edit(state, key);
            return After::Stay;
        }
        let action = state.keymap.resolve(key, Context::Review);
        let armed = std::mem::take(&mut self.drop_armed);
        match action {
            Some(Action::ReviewDrafts) => return After::Close,
            Some(Action::ShowRequest) => self.request = !self.request,
            Some(Action::NextDraft) => self.turn(state, 1),
            Some(Action::PreviousDraft) => self.turn(state, self.count(state).max(1) - 1),
            Some(Action::EditDraft) => self.begin_editing(state),
            Some(Action::Drop) if armed => self.drop_draft(state),
            Some(Action::Drop) => {
                let key = state.keymap.key(Action::Drop);
                state.say(format!("{key} again drops this draft."));
                self.drop_armed = true;
            }
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
        let Some(draft) = self.draft(state).cloned() else {
            return;
        };
        let mut words = wrapping(draft.body.trim_end_matches('\n'));
        words.move_cursor(CursorMove::Top);
        words.move_cursor(CursorMove::Head);
        self.editing = Some(EditedDraft { draft, words });
    }

    /// A key in the words of a draft.
    fn edit(&mut self, state: &mut State, key: KeyEvent) {
        let ends = state.keymap.resolve(key, Context::Editing) == Some(Action::Back);
        if let Some(editing) = &mut self.editing
            && !ends
        {
            if !edit_text(&mut editing.words, key) {
                state.say(format!("{} does nothing here.", keymap::name(key)));
            }
        } else if let Some(editing) = self.editing.take() {
            self.keep(state, editing);
        }
    }

    /// The words go to the draft they were begun in, wherever it stands by now. One that was sent meanwhile is not
    /// there any more: what was written then is a draft of its own.
    fn keep(&mut self, state: &mut State, editing: EditedDraft) {
        let body = editing.words.lines().join("\n");
        let id = draft_id(&editing.draft);
        let Some(investigation) = state.investigations.get_mut(&self.incident) else {
            return;
        };
        if editing.draft.body.trim_end() == body.trim_end() {
            return;
        }
        let drafts = &mut investigation.drafts;
        let known = drafts.iter_mut().find(|draft| draft_id(draft) == id);
        let gone = known.is_none();
        match known {
            Some(draft) => draft.body = body,
            None => {
                self.draft.at = self.draft.at.min(drafts.len());
                self.draft.id = None;
                let draft = editing.draft;
                drafts.insert(self.draft.at, Draft { body, ..draft });
            }
        }
        investigation.edited.insert(id);
        if gone {
            state.say("The draft was sent while you wrote; what you wrote is a draft of its own.");
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
        if let Some(editing) = &mut self.editing {
            editing.words.insert_str(text::clean_text(pasted));
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

    /// Which of how many drafts it is, and what it becomes.
    pub(super) fn title(&self, state: &State) -> String {
        let words = match (&self.editing, self.draft(state)) {
            (Some(EditedDraft { draft, .. }), _) => purpose(draft.kind).to_owned(),
            (None, Some(draft)) => {
                let (at, count) = (self.draft.at + 1, self.count(state));
                format!("Draft {at} of {count}: {}", purpose(draft.kind))
            }
            (None, None) => return String::new(),
        };
        state.heading(&self.incident, &words)
    }

    fn footer(&self, state: &State, room: usize) -> String {
        if self.editing.is_some() {
            return frame::footer(&state.keymap, &[(&[Action::Back], "ends editing")], room);
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
            room,
        )
    }

    pub(super) fn draw(&self, buf: &mut Buffer, inside: Rect, state: &State, theme: &Theme) {
        let (head, body) = (frame::head(inside), frame::middle(inside, true));
        let keys = self.footer(state, usize::from(inside.width));
        put(buf, frame::foot(inside), &keys, theme.dim());
        put(buf, head, &self.title(state), theme.title(true));
        if let Some(EditedDraft { words, .. }) = &self.editing {
            return (&**words).render(body, buf);
        }
        self.page(state)
            .draw(buf, (head, body), &self.cursor, theme);
    }
}
