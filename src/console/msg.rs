//! What reaches the console and what it asks to have done.

use super::filter::Filter;
use super::list::{Item, Rows};
use super::palette::Hit;
use super::place::{DetailTab, ListKind};
use crate::domain::{
    ApiError, CatalogGraph, Finding, FormOptions, Incident, IncidentId, IncidentSummary, Instant,
    Org, SavedForm, Schedule, ScheduleId, Shift, TimelineEntry, Write,
};
use crate::investigate::{Draft, Retelling};
use crate::writes::WriteKind;
use crossterm::event::KeyEvent;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
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

/// What the worker says of a job: any number of times that it is under way, and exactly once how it ended.
#[derive(Debug)]
pub struct Reply {
    /// Which job: an answer is filed by it, never by what happens to be open.
    pub job: Job,
    /// How far it is.
    pub outcome: Outcome,
}

/// Something the worker does. Ids rise in the order in which jobs were taken up.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Which.
    pub id: u64,
    /// What it is about.
    pub subject: JobSubject,
}

/// What a job is about.
#[derive(Clone, Debug, PartialEq)]
pub enum JobSubject {
    /// The way to the organisation, and what the cache holds.
    Opening,
    /// A question.
    Topic(Topic),
    /// Narrowing the list.
    Filter,
    /// Searching for the palette.
    Palette,
    /// An investigation of an incident.
    Investigation(IncidentId),
    /// A question to the model about a finding.
    Question(IncidentId),
    /// A draft of an investigation that is sent, by its title.
    Draft(IncidentId, String),
    /// Writes, and what is done with the journal.
    Writes,
    /// A text that was begun and is kept.
    SavedForm,
    /// What somebody said of two incidents.
    Verdict,
}

/// Jobs that replace one another: of two in a slot, the newer one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// A kind of question, whatever it is about.
    Topic(Discriminant<Topic>),
    /// A list of pane 1.
    List(ListKind),
    /// The filter.
    Filter,
    /// The palette.
    Palette,
}

impl JobSubject {
    /// Where a newer job replaces this one; a write is never replaced.
    pub fn slot(&self) -> Option<Slot> {
        match self {
            Self::Topic(Topic::List(kind)) => Some(Slot::List(*kind)),
            Self::Topic(topic) => Some(Slot::Topic(discriminant(topic))),
            Self::Filter => Some(Slot::Filter),
            Self::Palette => Some(Slot::Palette),
            Self::Opening
            | Self::Investigation(_)
            | Self::Question(_)
            | Self::Draft(..)
            | Self::Writes
            | Self::SavedForm
            | Self::Verdict => None,
        }
    }
}

/// How far a job is.
#[derive(Debug)]
pub enum Outcome {
    /// Something is known already; more comes.
    Underway(News),
    /// It is done.
    Done(Vec<News>),
    /// It could not be done.
    Failed(Failure),
    /// A newer job took its place, or the console ends.
    Cancelled,
}

/// Why a job could not be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The sentence.
    pub says: String,
    /// What to do.
    pub advice: String,
    /// Whether nothing could be reached.
    pub offline: bool,
}

impl Failure {
    /// Both in one.
    pub fn words(&self) -> String {
        format!("{} {}", self.says, self.advice).trim().to_owned()
    }
}

impl From<ApiError> for Failure {
    fn from(e: ApiError) -> Self {
        let unreached = matches!(
            e,
            ApiError::Network { .. }
                | ApiError::NotJson { .. }
                | ApiError::NoKey
                | ApiError::BadKey(_)
        );
        Self {
            says: e.to_string(),
            advice: e.suggestion(),
            offline: unreached,
        }
    }
}

/// What the worker can be asked for. A repeated question replaces the older one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The organisation's words and people.
    Org,
    /// What changed among the incidents.
    Incidents,
    /// The whole history.
    History,
    /// One incident.
    Detail(IncidentId),
    /// One incident's timeline.
    Timeline(IncidentId),
    /// A further tab of one incident.
    Tab(IncidentId, DetailTab),
    /// A list of pane 1.
    List(ListKind),
    /// Schedules.
    Schedules,
    /// The coming days of one schedule.
    Shifts(ScheduleId),
    /// The catalog.
    Catalog,
    /// A document's text.
    Document(String),
    /// A quarter looked back on.
    Analysis,
    /// A text drafted about an incident.
    Drafted(IncidentId, crate::draft::TextKind),
    /// What forms offer that changes by the minute.
    FormOptions,
    /// The journal: what is open is tried again, and how things stand is told.
    Journal,
    /// Incidents a form is about to be opened on, as they are now.
    Subjects(WriteKind, Vec<IncidentId>),
}

/// What the worker tells.
#[derive(Debug)]
pub enum News {
    /// The organisation.
    Org(Box<Org>),
    /// Rows, sorted; `whole` where they are everything there is.
    Rows {
        /// The rows.
        rows: Vec<Arc<IncidentSummary>>,
        /// They replace what was there.
        whole: bool,
        /// They come from the local cache.
        cached: bool,
    },
    /// How far the history is loaded; `None` when it is complete.
    History(Option<usize>),
    /// One incident.
    Incident(Box<Incident>),
    /// One incident's timeline, with what could not be read and when the user last looked.
    Timeline {
        /// Whose.
        id: IncidentId,
        /// Its lines.
        items: Vec<TimelineEntry>,
        /// What could not be read.
        missing: Vec<String>,
        /// When the user last looked, where it is known.
        seen: Option<Instant>,
    },
    /// A tab of an incident.
    Tab(IncidentId, DetailTab, Vec<Item>),
    /// A list of pane 1.
    List(ListKind, Vec<Item>),
    /// Schedules.
    Schedules(Vec<Schedule>),
    /// Coming days.
    Shifts(ScheduleId, Vec<Shift>),
    /// The catalog.
    Catalog(Arc<CatalogGraph>),
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
    /// A period, as lines.
    Analysis(Vec<String>),
    /// A text drafted about an incident.
    Drafted(IncidentId, crate::draft::TextKind, Vec<crate::draft::Line>),
    /// What forms offer.
    FormOptions(FormOptions),
    /// The last writes, oldest first.
    Journal(Vec<Write>),
    /// Incidents a form was to be opened on.
    Subjects(WriteKind, Vec<Incident>),
    /// Texts that were begun and not sent, by an earlier session.
    SavedForm(Vec<SavedForm>),
    /// A write went as far as it goes now.
    Wrote(Box<Wrote>),
    /// How far the server's clock is ahead of this machine's.
    Ahead(chrono::Duration),
    /// When the last session saw the incidents.
    Away(Instant),
    /// What the cache told was answered at this time.
    Cached(Instant),
    /// Something worth a line, such as a cache that was set aside.
    Said(String),
    /// A request was answered; with the budget where it is known.
    Answered {
        /// Which.
        topic: Topic,
        /// Requests left and the size of the bucket.
        budget: Option<(i64, i64)>,
    },
}

/// What became of a write.
#[derive(Debug)]
pub struct Wrote {
    /// The write as it stands.
    pub write: Write,
    /// Why it is not confirmed, with what to do.
    pub error: Option<String>,
    /// What the API says is wrong, by field.
    pub fields: Vec<(String, String)>,
    /// Somebody else changed what it was made on.
    pub moved: bool,
    /// It stands in the journal, whatever became of it: the text need not be kept beside it.
    pub recorded: bool,
}

/// News of an investigation.
#[derive(Debug)]
pub enum InvestigationEvent {
    /// Sources that are asked, and about how many services.
    Planned(Vec<String>, usize),
    /// A source answered.
    Answered(String, String),
    /// It is done.
    Found {
        /// The incident as it was.
        incident: Box<Incident>,
        /// What was found.
        finding: Box<Finding>,
        /// A model's words.
        retelling: Option<Retelling>,
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
    /// Narrow the list.
    Narrow {
        /// Comes back with the answer.
        ticket: u64,
        /// All rows.
        rows: Rows,
        /// What to.
        filter: Box<Filter>,
        /// When it is, for ordering.
        newest_first: bool,
    },
    /// Search for the palette.
    Find {
        /// Comes back with the answer.
        ticket: u64,
        /// What was typed.
        query: String,
        /// Where to look.
        pool: Box<super::palette::Pool>,
    },
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
    /// Draw everything again.
    Redraw,
    /// Stop like Ctrl-Z.
    Suspend,
    /// End.
    Quit,
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
