//! What becomes of an overlay after a key.

use crate::console::action::{Action, Context};
use crate::console::link::LinkTarget;
use crate::console::state::{Confirmed, MenuKind, Question, Text};
use crate::domain::{IncidentId, OpenProposal, Write};
use crate::similar::{AnalysisRequest, Lead};
use crate::writes::WriteKind;

/// What becomes of an overlay after a key, and what is asked for with it.
#[derive(Debug)]
pub(crate) enum After {
    /// It stays.
    Stay,
    /// It closes.
    Close,
    /// The keys that work in it are shown over it.
    Help(Context),
    /// It closes, and what was found is gone to.
    Found(LinkTarget),
    /// It is left for what one of its lines leads to; coming back finds it as it is.
    Go(LinkTarget),
    /// Where a jump led to it, that is gone back; else it closes.
    Return,
    /// An action is done on what it shows.
    Act(Action),
    /// It is left for the row that a line was made from, where that is on the screen.
    Row(String),
    /// It is left as by Esc, and its text goes into a form.
    IntoForm(WriteKind, Vec<(&'static str, String)>),
    /// It closes, and the line that was asked for is there.
    Answered(Question, IncidentId, String),
    /// It closes, and what was asked is done.
    Confirmed(Box<Confirmed>),
    /// It closes, and a write is sent.
    Write(Box<Write>),
    /// It closes, and the agent whose proposal this is gets its answer.
    Answer(Box<OpenProposal>, bool),
    /// The question of an agent is shown over it.
    Asked(Box<OpenProposal>),
    /// It closes, and a write is to be taken back.
    Undo(Box<Write>),
    /// It closes, and what was begun in a form about these goes on there.
    GoOn(WriteKind, Vec<String>),
    /// It closes where there are notes kept here, of which a retrospective incident is declared.
    Retrospective,
    /// It closes, and what has this place in a menu is chosen.
    Chosen(MenuKind, usize),
    /// It stays, and the incident is investigated again.
    Again(IncidentId),
    /// A text is shown over it.
    Over(Text),
    /// It is left for where the line of an analysis leads, where that is known.
    Lead(Lead, AnalysisRequest),
}

/// What every place over the panes does with the keys that leave it or ask for help.
pub(super) fn leaving(action: Option<Action>, context: Context) -> Option<After> {
    match action? {
        Action::Back | Action::Quit => Some(After::Return),
        action @ (Action::JumpBack | Action::JumpForward) => Some(After::Act(action)),
        _ => closing(action, context),
    }
}

/// What every overlay does with the keys that close it or ask for help.
pub(super) fn closing(action: Option<Action>, context: Context) -> Option<After> {
    match action? {
        Action::Back | Action::Quit => Some(After::Close),
        Action::Help => Some(After::Help(context)),
        _ => None,
    }
}
