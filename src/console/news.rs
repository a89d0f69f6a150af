//! What the worker tells the console.

use super::job::Topic;
use super::list::Item;
use super::palette::Hit;
use super::place::{DetailTab, ListKind};
use crate::domain::{
    EscalationPath, Finding, FormOptions, Incident, IncidentId, Moved, OpenProposal, Progress,
    SavedForm, ScheduleId, Shift, Write,
};
use crate::draft::Handover;
use crate::investigate::Retelling;
use crate::session::{self, Change, Investigation, InvestigationStep, KnownBridge, RelayStanding};
use crate::similar::{AnalysisRequest, Line};
use crate::writes::{Subject, WriteKind};

/// What the worker tells.
#[derive(Debug)]
pub enum News {
    /// Something of the organisation became known, or is another than before.
    Changed(Change),
    /// A tab of an incident.
    Tab(IncidentId, DetailTab, Vec<Item>),
    /// A list of pane 1.
    List(ListKind, Vec<Item>),
    /// Incidents that the bridge keeps, and how its last look went; nothing where none has run.
    Kept(Option<Box<KnownBridge>>),
    /// All that the bridge knows, with the lines of its list.
    Bridge(Option<Box<KnownBridge>>, Vec<Item>),
    /// Coming days.
    Shifts(ScheduleId, Vec<Shift>),
    /// Changes of the systems, for the timeline of an incident.
    Changes(IncidentId, Vec<crate::domain::Change>),
    /// A thing that was asked for by itself, as the line a card is made of.
    Thing(Box<Item>),
    /// A document's text, by its id.
    Document(String, String),
    /// Rows that pass the filter, in order.
    Narrowed {
        /// Which question this answers.
        ticket: u64,
        /// Indexes into the rows it was asked with.
        visible: Vec<u32>,
    },
    /// What the palette found.
    Found {
        /// Which question this answers.
        ticket: u64,
        /// Best first.
        hits: Vec<Hit>,
    },
    /// An investigation goes on.
    InvestigationEvent(IncidentId, Box<InvestigationEvent>),
    /// A period that was looked back on, by what was asked.
    Analysis(AnalysisRequest, Vec<Line>),
    /// What this shift hands over, and the template of its long form.
    Handover(Box<Handover>, String),
    /// The lines of a text that was asked for.
    Lines(Topic, Vec<String>),
    /// What was moved, and the question that it answers.
    Moved(Topic, Moved),
    /// What a text about an incident is drafted from.
    Drafted(
        IncidentId,
        crate::draft::TextKind,
        Box<crate::draft::Material>,
    ),
    /// Escalation paths.
    Paths(Vec<EscalationPath>),
    /// There are more than the list that was just told.
    More(Topic),
    /// What forms offer.
    FormOptions(FormOptions),
    /// The last writes, oldest first.
    Journal(Vec<Write>),
    /// What agents on this machine propose, oldest first.
    Proposals(Vec<OpenProposal>),
    /// How this console stands to its relay.
    Relay(RelayStanding),
    /// Incidents a form was to be opened on.
    Subjects(WriteKind, Vec<Incident>),
    /// What a form was to be opened on that no list held.
    Things(WriteKind, Vec<Subject>),
    /// Texts that were begun and not sent, by an earlier session.
    SavedForm(Vec<SavedForm>),
    /// A write went as far as it goes now.
    Wrote(Box<session::Outcome>),
    /// Why nothing can be sent from here, and what to do.
    Unsendable(String),
    /// How far the server's clock is ahead of this machine's.
    Ahead(chrono::Duration),
    /// Something worth a line.
    Said(String),
    /// How far the work is that takes long; nothing where none does any more.
    Progress(Option<Progress>),
    /// A request waits for the rate limit.
    Waits(session::Wait),
    /// A request was answered; with the budget where it is known.
    Answered {
        /// Which.
        topic: Topic,
        /// Requests left and the size of the bucket.
        budget: Option<(i64, i64)>,
    },
}

impl News {
    /// What is said of writes while there is no session that could send them.
    pub fn not_sent(writes: Vec<Write>) -> Vec<Self> {
        let unsent = writes.into_iter().map(session::Outcome::not_connected);
        unsent.map(Self::from).collect()
    }
}

impl From<Change> for News {
    fn from(change: Change) -> Self {
        Self::Changed(change)
    }
}

impl From<session::Outcome> for News {
    fn from(outcome: session::Outcome) -> Self {
        Self::Wrote(Box::new(outcome))
    }
}

/// News of an investigation.
#[derive(Debug)]
pub enum InvestigationEvent {
    /// It goes on.
    Progress(InvestigationStep),
    /// It is done.
    Found {
        /// What was found, and about what.
        done: Box<Investigation>,
        /// What was found the time before, where that was kept.
        before: Option<Box<Finding>>,
        /// Whether nobody asked for it.
        by_itself: bool,
    },
    /// It could not be done.
    Failed(String),
    /// The model answered.
    Retold(Retelling),
    /// A draft was sent, or why not.
    Sent(String, Result<(), String>),
}
