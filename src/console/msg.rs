//! What reaches the console and what it asks to have done.

use super::job::{JobSubject, Topic};
use super::place::{DetailTab, ListKind};
use super::reply::Reply;
use super::search::Search;
use crate::domain::order::{About, Wish};
use crate::domain::{
    Finding, Incident, IncidentId, Instant, KeptPlace, OpenProposal, SavedForm, Write,
};
use crate::investigate::Draft;
use crossterm::event::KeyEvent;
use tokio::sync::oneshot;

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// The left button was pressed at a column and a row.
    Clicked(u16, u16),
    /// The wheel was turned at a column and a row, down or up.
    Scrolled(u16, u16, bool),
    /// Text was pasted.
    Pasted(String),
    /// The terminal has a new size.
    Resized(u16, u16),
    /// Time passed.
    Ticked,
    /// The worker answered.
    Worker(Reply),
    /// The editor gave a text back, or why not.
    Edited(Result<String, String>),
}

/// What must be done outside.
#[derive(Debug)]
pub enum Cmd {
    /// Investigate an incident.
    Investigate {
        /// Which.
        incident: IncidentId,
        /// Facts added by hand.
        by_hand: Vec<(Instant, String)>,
        /// Whether nobody asked for it.
        by_itself: bool,
    },
    /// Ask the model about a finding.
    Explain {
        /// Whose.
        incident: IncidentId,
        /// The finding.
        finding: Box<Finding>,
        /// The question.
        question: String,
    },
    /// Send a draft, once.
    Deliver {
        /// What.
        draft: Box<Draft>,
        /// Where.
        incident: Box<Incident>,
    },
    /// Send writes, each once and in order, and with the first the notes kept here that go with it.
    Write {
        /// The writes.
        writes: Vec<Write>,
        /// Keys of notes.
        notes: Vec<String>,
    },
    /// Send a write again that waits or is in doubt.
    Retry(String),
    /// Give a write up.
    Discard(String),
    /// Turn an update that was not sent into a back-dated note.
    Backdate(String),
    /// Say yes or no to what an agent proposes.
    AnswerProposal(Box<OpenProposal>, bool),
    /// Order the bridge something.
    Order(About, Wish),
    /// Put notes kept here on an incident's timeline.
    AttachNotes(IncidentId, bool, Vec<String>),
    /// Keep a text that was begun; nothing of a private one goes to disk.
    SaveForm(SavedForm, bool),
    /// Hand a text to the user's editor; a private one may not lie on a disk.
    Editor(String, bool),
    /// Ask for something.
    Fetch(Topic),
    /// What the user looks at, for the polling plan.
    Watch(Interest),
    /// Search what the console holds.
    Search(Search),
    /// Remember what somebody said of two incidents.
    RatePair {
        /// The one.
        a: IncidentId,
        /// The other.
        b: IncidentId,
        /// The same cause, or not alike.
        same: bool,
    },
    /// Put text on the clipboard.
    Copy(String),
    /// Get the user's attention.
    Notify(String),
    /// Remember that an incident was looked at.
    MarkSeen(IncidentId, Instant),
    /// Keep where one is, for the next session.
    KeepPlace(Box<KeptPlace>),
    /// The same at once, and say when it is done: the console ends.
    LeaveAt(Box<KeptPlace>, oneshot::Sender<()>),
    /// Draw everything again.
    Redraw,
    /// Stop like Ctrl-Z.
    Suspend,
    /// End.
    Quit,
}

impl Cmd {
    /// The job a command is; none where the terminal does it.
    pub fn subject(&self) -> Option<JobSubject> {
        Some(match self {
            Self::Investigate { incident, .. } => JobSubject::Investigation(incident.clone()),
            Self::Explain { incident, .. } => JobSubject::Question(incident.clone()),
            Self::Deliver { draft, incident } => {
                JobSubject::Draft(incident.row.id.clone(), draft.title.clone())
            }
            Self::Write { .. } | Self::Retry(_) | Self::Discard(_) => JobSubject::Writes,
            Self::Backdate(_) | Self::AttachNotes(..) | Self::Order(..) => JobSubject::Writes,
            Self::AnswerProposal(..) => JobSubject::Writes,
            Self::RatePair { .. } => JobSubject::Verdict,
            Self::MarkSeen(..) => JobSubject::Verdict,
            Self::Fetch(topic) => JobSubject::Topic(topic.clone()),
            Self::Search(search) => search.subject(),
            Self::SaveForm(..) => JobSubject::SavedForm,
            Self::Notify(_) => JobSubject::Notice,
            Self::KeepPlace(_) | Self::LeaveAt(..) => JobSubject::Place,
            Self::Watch(_)
            | Self::Copy(_)
            | Self::Editor(..)
            | Self::Redraw
            | Self::Suspend
            | Self::Quit => return None,
        })
    }
}

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interest {
    /// The incident in the detail pane.
    pub incident: Option<IncidentId>,
    /// The tab shown there.
    pub tab: DetailTab,
    /// The list in pane 1.
    pub list: ListKind,
    /// Whether the schedules are on the screen.
    pub oncall: bool,
}
