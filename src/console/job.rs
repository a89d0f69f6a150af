//! What the worker does at a time, and how a job is known: by its id and by what it is about, never by what is open.

use super::place::{DetailTab, ListKind};
use crate::domain::{AlertId, EscalationId, IncidentId, Instant, ScheduleId};
use crate::session::Mirrored;
use crate::writes::WriteKind;
use std::mem::{Discriminant, discriminant};

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
    /// What other programs on this machine change in the journal.
    Others,
    /// What the relay tells.
    Relay,
    /// A program that is run with a notice.
    Notice,
    /// Where one is, kept for the next session.
    Place,
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
    /// Where one is.
    Place,
}

impl JobSubject {
    /// Where a newer job replaces this one; a write is never replaced.
    pub fn slot(&self) -> Option<Slot> {
        match self {
            Self::Topic(Topic::List(kind)) => Some(Slot::List(*kind)),
            Self::Topic(topic) => Some(Slot::Topic(discriminant(topic))),
            Self::Filter => Some(Slot::Filter),
            Self::Palette => Some(Slot::Palette),
            Self::Place => Some(Slot::Place),
            Self::Opening
            | Self::Investigation(_)
            | Self::Question(_)
            | Self::Draft(..)
            | Self::Writes
            | Self::SavedForm
            | Self::Verdict
            | Self::Others
            | Self::Relay
            | Self::Notice => None,
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
    /// Changes of the systems since a time, for the timeline of an incident.
    Changes(IncidentId, Instant),
    /// One alert, with what it belongs to.
    Alert(AlertId),
    /// One page.
    Page(EscalationId),
    /// A route of alerts, with its rules.
    Route(String),
    /// A document's text.
    Document(String),
    /// A period looked back on.
    Analysis(crate::similar::AnalysisRequest),
    /// What this shift hands over.
    Handover,
    /// Each link of the chain, checked.
    Doctor,
    /// Incidents written into a file.
    Export,
    /// What was moved since a time in these incidents.
    Moved(Instant, Vec<IncidentId>),
    /// A text drafted about an incident.
    Drafted(IncidentId, crate::draft::TextKind),
    /// Escalation paths, by which pages climb.
    Paths,
    /// What forms offer that changes by the minute.
    FormOptions,
    /// The journal: what is open is tried again, and how things stand is told.
    Journal,
    /// What the bridge keeps, and how its last look went.
    Bridge,
    /// Incidents a form is about to be opened on, as they are now.
    Subjects(WriteKind, Vec<IncidentId>),
    /// What a text was begun about that no list holds, by its ids.
    Things(WriteKind, Vec<String>),
}

impl Topic {
    /// Whether it is answered by this machine alone: that says nothing of the way to the platform.
    pub fn is_local(&self) -> bool {
        matches!(
            self,
            Self::Journal | Self::Bridge | Self::List(ListKind::Bridge)
        )
    }

    /// What of the organisation is read again for it; none where the question is another.
    pub fn mirrored(&self) -> Option<Mirrored> {
        match self {
            Self::Org => Some(Mirrored::Org),
            Self::Incidents => Some(Mirrored::Incidents),
            Self::History => Some(Mirrored::History),
            Self::Detail(id) => Some(Mirrored::Incident(id.clone())),
            Self::Timeline(id) => Some(Mirrored::Timeline(id.clone())),
            Self::Schedules => Some(Mirrored::Schedules),
            Self::Catalog => Some(Mirrored::Catalog),
            _ => None,
        }
    }
}
