//! Everything the screen shows. Only `update` changes it.

mod form;
mod investigation;
mod lists;

pub use form::*;
pub use investigation::*;
pub use lists::*;

use super::filter::Filter;
use super::keymap::Keymap;
use super::layout::{self, Layout};
use super::palette::Hit;
use crate::config::Config;
use crate::domain::time::Zone;
use crate::domain::{
    CatalogGraph, EntryId, EntryKind, FormOptions, Incident, IncidentId, IncidentSummary, Instant,
    Org, Person, Priority, SavedForm, Schedule, ScheduleId, Shift, TimelineEntry, Write, priority,
};
use crate::writes;
use std::collections::HashMap;
use std::sync::Arc;
use tui_textarea::TextArea;

/// All rows, in the list's order. Shared, so that a search can run on them beside the screen.
pub type Rows = Arc<Vec<Arc<IncidentSummary>>>;

/// The incidents of pane 1.
#[derive(Debug, Default)]
pub struct Incidents {
    /// All rows, open first, then by severity and age.
    pub rows: Rows,
    /// Those that pass the filter.
    pub visible: Vec<u32>,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// What they are narrowed to.
    pub filter: Filter,
    /// The newest first, instead of by severity.
    pub newest_first: bool,
    /// The last question asked of the filter; answers to older ones are dropped.
    pub ticket: u64,
    /// Rows the last question was asked with: the answer's indexes mean these.
    pub asked: Rows,
    /// How many rows of the history are loaded while it loads.
    pub loading: Option<usize>,
    /// Whether anything has arrived yet.
    pub arrived: bool,
}

impl Incidents {
    /// The row the cursor is on.
    pub fn current(&self) -> Option<&Arc<IncidentSummary>> {
        self.at(self.cursor.at)
    }

    /// A visible row by its place.
    pub fn at(&self, place: usize) -> Option<&Arc<IncidentSummary>> {
        self.asked.get(*self.visible.get(place)? as usize)
    }
}

/// The detail pane.
#[derive(Debug, Default)]
pub struct Detail {
    /// The incident it shows.
    pub id: Option<IncidentId>,
    /// The whole incident, once it is there.
    pub incident: Option<Box<Incident>>,
    /// Its timeline.
    pub timeline: Vec<TimelineEntry>,
    /// Whether the timeline has arrived.
    pub arrived: bool,
    /// What of the timeline could not be read.
    pub missing: Vec<String>,
    /// Lines after this are new.
    pub seen: Option<Instant>,
    /// Only this kind of line.
    pub kind: Option<EntryKind>,
    /// The tab shown.
    pub tab: DetailTab,
    /// The cursor of the timeline and of the overview.
    pub cursor: Cursor,
    /// The further tabs.
    pub tabs: HashMap<DetailTab, Listing>,
    /// Whether the cursor follows the newest line.
    pub follows: bool,
    /// What was written here and is not in its timeline yet.
    pub sent: Vec<TimelineEntry>,
    /// Keys of writes that were confirmed and that the timeline has not told of yet.
    pub fresh: std::collections::BTreeSet<String>,
    /// The write that is given up when its key is pressed once more.
    pub discard_armed: Option<String>,
}

impl Detail {
    /// The lines of the timeline that pass the kind filter.
    pub fn lines(&self) -> Vec<&TimelineEntry> {
        let mut lines: Vec<&TimelineEntry> = self
            .timeline
            .iter()
            .chain(&self.sent)
            .filter(|item| self.kind.is_none_or(|kind| item.kind == kind))
            .collect();
        if !self.sent.is_empty() {
            lines.sort_by_key(|item| item.at);
        }
        lines
    }
}

/// The on-call pane.
#[derive(Debug, Default)]
pub struct OnCall {
    /// Schedules by name.
    pub schedules: Arc<Vec<Schedule>>,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// What they are narrowed to.
    pub typed: String,
    /// Coming days of one schedule.
    pub shifts: Option<(ScheduleId, Vec<Shift>)>,
    /// Whether anything has arrived yet.
    pub arrived: bool,
}

impl OnCall {
    /// Schedules that pass what was typed.
    pub fn shown(&self) -> Vec<&Schedule> {
        let word = self.typed.to_lowercase();
        let holds = |s: &&Schedule| {
            crate::domain::text::contains_folded(&s.name, &word)
                || s.now
                    .iter()
                    .filter_map(|x| x.person.as_ref())
                    .any(|p| crate::domain::text::contains_folded(&p.name, &word))
        };
        self.schedules.iter().filter(holds).collect()
    }
}

/// The catalog pane.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Types, entries and edges.
    pub graph: Arc<CatalogGraph>,
    /// Which type is shown, by its place among the types with entries; all where it is beyond them.
    pub kind: usize,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// What it is narrowed to.
    pub typed: String,
    /// Whether anything has arrived yet.
    pub arrived: bool,
}

impl Catalog {
    /// Types that have entries: services first.
    pub fn kinds(&self) -> Vec<&crate::domain::CatalogType> {
        let mut kinds: Vec<_> = self
            .graph
            .types
            .iter()
            .filter(|t| self.graph.entries.iter().any(|e| e.kind == t.id))
            .collect();
        kinds.sort_by_key(|t| (!t.is_service(), t.name.clone()));
        kinds
    }

    /// Entries of the type shown that pass what was typed.
    pub fn shown(&self) -> Vec<&crate::domain::CatalogEntry> {
        let kind = self.kinds().get(self.kind).map(|t| t.id.clone());
        let words: Vec<String> = self
            .typed
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        self.graph
            .entries
            .iter()
            .filter(|e| kind.as_ref().is_none_or(|k| &e.kind == k))
            .filter(|e| e.mentions(&words))
            .collect()
    }
}

/// What lies over the panes.
#[derive(Debug)]
pub enum Overlay {
    /// Keys that work here, narrowed by what is typed.
    Help {
        /// What is typed.
        typed: String,
        /// First line shown.
        top: usize,
    },
    /// Find anything.
    Palette {
        /// What is typed.
        input: Box<TextArea<'static>>,
        /// Only actions.
        actions_only: bool,
        /// What was found.
        hits: Vec<Hit>,
        /// The hit the cursor is on.
        at: usize,
        /// The last question asked.
        ticket: u64,
    },
    /// A fact of an investigation.
    Evidence {
        /// Its id.
        id: String,
        /// First line shown.
        top: usize,
    },
    /// A text drafted from rows: Enter goes to the row behind a line.
    Drafted {
        /// Its title.
        title: String,
        /// Its lines.
        lines: Vec<crate::draft::Line>,
        /// The line the cursor is on.
        at: usize,
    },
    /// A form is about to open: keys that are typed meanwhile are for it.
    Opening {
        /// Which.
        kind: writes::WriteKind,
        /// What was typed.
        keys: Vec<crossterm::event::KeyEvent>,
    },
    /// Drafts before they are sent.
    Review(Review),
    /// Something to be written.
    Form(Box<FormView>),
    /// A write that takes another one back, before it is sent.
    Panel {
        /// The write.
        write: Box<Write>,
        /// What it does.
        says: Vec<String>,
        /// Whether the exact request is shown.
        request: bool,
    },
    /// What was written.
    Journal {
        /// The write the cursor is on.
        id: Option<String>,
        /// Its line.
        at: usize,
    },
    /// One line for each of several writes, as they go.
    Results(Vec<String>),
    /// A line of text is asked for.
    Prompt {
        /// What for.
        what: Prompt,
        /// What is typed.
        input: Box<TextArea<'static>>,
    },
    /// Text to read.
    Text {
        /// Its title.
        title: String,
        /// Its lines.
        lines: Vec<String>,
        /// First line shown.
        top: usize,
        /// A catalog entry it tells of, so that Enter can go on to its incidents.
        entry: Option<EntryId>,
    },
}

/// How the API is reached.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Link {
    /// When the last answer came.
    pub answered: Option<Instant>,
    /// When what the cache holds was answered.
    pub cached: Option<Instant>,
    /// What went wrong last, until something succeeds.
    pub problem: Option<String>,
    /// Nothing could be reached.
    pub offline: bool,
    /// Requests left, and the size of the bucket.
    pub budget: Option<(i64, i64)>,
}

/// Everything.
#[derive(Debug)]
pub struct State {
    /// The clock, as it was told last.
    pub now: Instant,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The zone times are shown in.
    pub zone: Zone,
    /// The machine's own zone, to come back to.
    pub local: Zone,
    /// Clock times instead of ages.
    pub absolute: bool,
    /// Settings.
    pub config: Arc<Config>,
    /// Keys.
    pub keymap: Arc<Keymap>,
    /// The pane with the keys.
    pub focus: Pane,
    /// The focused pane has the whole screen.
    pub zoomed: bool,
    /// The organisation.
    pub org: Arc<Org>,
    /// Who the user is.
    pub me: Option<Person>,
    /// Incidents.
    pub incidents: Incidents,
    /// What pane 1 lists.
    pub list: ListKind,
    /// The other lists of pane 1.
    pub lists: HashMap<ListKind, Listing>,
    /// The selected incident.
    pub detail: Detail,
    /// Schedules.
    pub oncall: OnCall,
    /// The catalog.
    pub catalog: Catalog,
    /// When the last session saw the incidents.
    pub last_session: Option<Instant>,
    /// Investigations, by incident.
    pub investigations: HashMap<IncidentId, InvestigationView>,
    /// What lies over the panes, the last on top.
    pub overlays: Vec<Overlay>,
    /// The filter being typed.
    pub input: Option<Box<TextArea<'static>>>,
    /// The API.
    pub link: Link,
    /// A line to read, and until when it stays.
    pub notice: Option<(String, Instant)>,
    /// What could not be read, by what it was.
    pub problems: Vec<(String, String)>,
    /// Incidents gone back to.
    pub back: Vec<IncidentId>,
    /// Incidents gone forward to.
    pub forward: Vec<IncidentId>,
    /// The detail follows the cursor at this time, when the keys pause.
    pub follow_at: Option<Instant>,
    /// Escalations nobody has answered, known so far.
    pub waiting: Vec<String>,
    /// Whether the first news of pages has come: what was there before is no notice.
    pub knows_pages: bool,
    /// What forms offer that changes by the minute.
    pub form_options: FormOptions,
    /// The last writes, oldest first, as the journal has them.
    pub outbox: Vec<Write>,
    /// Forms whose writes are on their way, by the write's key: one that is refused comes back.
    pub pending_forms: HashMap<String, Box<FormView>>,
    /// Texts that were begun and not sent, by what they are of.
    pub saved_forms: HashMap<String, SavedForm>,
    /// Lines marked to act on several at once.
    pub marks: std::collections::BTreeSet<String>,
    /// How far the server's clock is ahead of this machine's.
    pub clock_offset: chrono::Duration,
    /// Keys of refused writes whose form was closed: they no longer stand in the pane.
    pub dismissed: std::collections::BTreeSet<String>,
    /// A page is acknowledged as soon as the list of pages has come anew.
    pub acknowledging: bool,
    /// Leaving was asked for while a write was on its way.
    pub leaving: bool,
}

impl State {
    /// A console before anything has arrived.
    pub fn new(
        config: Arc<Config>,
        keymap: Arc<Keymap>,
        now: Instant,
        size: (u16, u16),
        local: Zone,
    ) -> Self {
        let zone = if config.utc { Zone::UTC } else { local };
        let mut incidents = Incidents::default();
        incidents.filter.open_only = true;
        Self {
            now,
            size,
            zone,
            local,
            absolute: false,
            config,
            keymap,
            focus: Pane::Incidents,
            zoomed: false,
            org: Arc::default(),
            me: None,
            incidents,
            list: ListKind::Incidents,
            lists: HashMap::new(),
            detail: Detail {
                follows: true,
                ..Detail::default()
            },
            oncall: OnCall::default(),
            catalog: Catalog::default(),
            last_session: None,
            investigations: HashMap::new(),
            overlays: Vec::new(),
            input: None,
            link: Link::default(),
            notice: None,
            problems: Vec::new(),
            back: Vec::new(),
            forward: Vec::new(),
            follow_at: None,
            waiting: Vec::new(),
            knows_pages: false,
            form_options: FormOptions::default(),
            outbox: Vec::new(),
            pending_forms: HashMap::new(),
            saved_forms: HashMap::new(),
            marks: std::collections::BTreeSet::new(),
            clock_offset: chrono::Duration::zero(),
            leaving: false,
            acknowledging: false,
            dismissed: std::collections::BTreeSet::new(),
        }
    }

    /// The investigation of the incident that is shown.
    pub fn investigation(&self) -> Option<&InvestigationView> {
        self.investigations.get(self.detail.id.as_ref()?)
    }

    /// Writes that were sent moments ago and have no answer yet.
    pub fn on_their_way(&self) -> usize {
        let young = |w: &&Write| (self.now - w.recorded).abs() < chrono::Duration::seconds(30);
        self.outbox
            .iter()
            .filter(young)
            .filter(|w| !w.state.is_settled() && !w.on_hold && w.said.is_empty())
            .count()
    }

    /// Notes kept on this machine that no request could be made of yet.
    pub fn local_notes(&self) -> Vec<Write> {
        self.outbox
            .iter()
            .filter(|w| w.is_local() && !w.state.is_settled())
            .cloned()
            .collect()
    }

    /// Why something cannot be written here; nothing where it can.
    pub fn obstacle(&self, kind: writes::WriteKind) -> Option<String> {
        kind.obstacle(self.config.read_only, &self.org.identity)
    }

    /// Where everything is on the screen.
    pub fn layout(&self) -> Layout {
        layout::layout(self.size, self.focus, self.zoomed)
    }

    /// The priority of a severity.
    pub fn priority(&self, severity: Option<&str>) -> Option<Priority> {
        let severity = severity?;
        self.incidents
            .filter
            .priorities
            .iter()
            .find(|(name, _)| name == severity)
            .and_then(|(_, label)| {
                [Priority::P0, Priority::P1, Priority::P2, Priority::P3]
                    .into_iter()
                    .find(|p| p.label() == *label)
            })
    }

    /// Priorities by severity name.
    pub fn priorities(&self) -> Vec<(String, &'static str)> {
        priority::priorities(&self.org.severities, &self.config.priorities)
            .into_iter()
            .map(|(name, p)| (name, p.label()))
            .collect()
    }

    /// When the screen next changes by itself: the detail following, a notice ending, or ages turning at the minute.
    pub fn wake_at(&self) -> Instant {
        let minute = self.now
            + chrono::Duration::milliseconds(
                60_050 - self.now.timestamp_millis().rem_euclid(60_000),
            );
        [
            self.follow_at,
            self.notice.as_ref().map(|(_, until)| *until),
        ]
        .into_iter()
        .flatten()
        .fold(minute, Instant::min)
    }
}

/// A row for tests and benchmarks.
#[doc(hidden)]
pub fn sample_row(
    id: &str,
    name: &str,
    severity: &str,
    status: &str,
    service: &str,
    lead: &str,
) -> IncidentSummary {
    use crate::domain::{Mode, StatusCategory, Visibility};
    let at = crate::domain::time::parse("2026-11-20T14:00:00Z").unwrap_or_default();
    IncidentSummary {
        id: id.into(),
        reference: format!("INC-{id}").into(),
        name: name.into(),
        severity: Some(severity.into()),
        rank: 1,
        status: status.into(),
        category: if status == "Closed" {
            StatusCategory::Closed
        } else {
            StatusCategory::Live
        },
        lead: Some(lead.into()),
        service: Some(service.into()),
        teams: Some(format!("T{id}").into()),
        people: Some(format!("U{id}").into()),
        visibility: Visibility::Public,
        mode: Mode::Standard,
        created: at,
        updated: at,
        active: at,
    }
}

/// A whole incident around a row, for tests.
#[doc(hidden)]
pub fn sample_incident(row: IncidentSummary) -> Incident {
    Incident {
        row,
        summary: "summary".into(),
        kind: None,
        creator: String::new(),
        permalink: None,
        channel: None,
        channel_id: None,
        roles: vec![],
        fields: vec![],
        values: vec![],
        call: None,
        entries: vec![],
        timestamps: vec![],
        durations: vec![],
    }
}
