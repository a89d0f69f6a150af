//! What each pane shows, and where its cursor is.

use super::super::cursor::Cursor;
use super::super::filter::{self, Conditions, Filter};
use super::super::list::{Listing, Rows};
use super::super::place::DetailTab;
use crate::config::Column;
use crate::domain::{
    CatalogEntry, CatalogGraph, EntryId, EntryKind, Incident, IncidentId, IncidentSummary, Instant,
    Schedule, ScheduleId, Shift, TimelineEntry,
};
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

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
    /// Columns of the view that is shown; none for the configured ones.
    pub columns: Vec<Column>,
    /// The last question asked of the filter; answers to older ones are dropped.
    pub ticket: u64,
    /// Rows the last question was asked with: the answer's indexes mean these.
    pub asked: Rows,
    /// How many rows of the history are loaded while it loads.
    pub loading: Option<usize>,
    /// Whether anything has arrived yet.
    pub arrived: bool,
    /// Where the cursor is to be once the rows are narrowed as they were: somebody came back.
    pub returning: Option<Cursor>,
    /// The incident that is shown, where the filter does not let it pass.
    pub pinned: Option<Pinned>,
    /// The question that `visible` is the answer to.
    pub narrowed: u64,
    /// New ones that matter here and that nobody has seen yet: they came in outside the window.
    pub unseen: Vec<IncidentId>,
    /// How many the organisation has, and when that was counted.
    pub counted: Option<(usize, Instant)>,
    /// How many of these are not among the rows: private ones are not kept on this machine.
    pub unlisted: usize,
    /// The user narrowed the list, and the answer is not there yet: keys wait for it.
    pub narrowing: bool,
}

/// A row that stands in the list although it does not pass the filter, because the cursor is on it.
#[derive(Debug)]
pub struct Pinned {
    /// The row.
    pub row: Arc<IncidentSummary>,
    /// Its place among the others.
    pub at: usize,
}

impl Incidents {
    /// The row the cursor is on.
    pub fn current(&self) -> Option<&Arc<IncidentSummary>> {
        self.at(self.cursor.at)
    }

    /// A row by its place.
    pub fn at(&self, place: usize) -> Option<&Arc<IncidentSummary>> {
        let place = match &self.pinned {
            Some(pinned) if place == pinned.at => return Some(&pinned.row),
            Some(pinned) if place > pinned.at => place - 1,
            _ => place,
        };
        self.asked.get(*self.visible.get(place)? as usize)
    }

    /// Those that are open: they stand first among the rows.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Arc<IncidentSummary>> {
        self.rows.iter().take_while(|row| row.category.is_open())
    }

    /// Rows there are, the pinned one too.
    pub fn count(&self) -> usize {
        self.visible.len() + usize::from(self.pinned.is_some())
    }

    /// Whether the row at a place is pinned.
    pub fn is_pinned(&self, place: usize) -> bool {
        self.pinned
            .as_ref()
            .is_some_and(|pinned| pinned.at == place)
    }

    /// Where an incident stands, counted with the pinned one.
    pub(crate) fn place(&self, id: &IncidentId) -> Option<usize> {
        let place = self.place_of(id)?;
        let below = self.pinned.as_ref().is_some_and(|p| p.at <= place);
        Some(place + usize::from(below))
    }

    /// Where an incident stands that passes the filter.
    pub(crate) fn place_of(&self, id: &IncidentId) -> Option<usize> {
        let is_it = |row: &u32| self.asked.get(*row as usize).is_some_and(|r| &r.id == id);
        self.visible.iter().position(is_it)
    }

    /// How many of some incidents pass the filter.
    pub(crate) fn listed_of(&self, ids: &BTreeSet<String>) -> usize {
        let rows = self
            .visible
            .iter()
            .filter_map(|row| self.asked.get(*row as usize));
        rows.filter(|row| ids.contains(row.id.as_str())).count()
    }
}

/// The detail pane.
#[derive(Clone, Debug, Default)]
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
    /// Whether changes of the systems stand among its lines.
    pub weaves: bool,
    /// Those changes.
    pub changes: Vec<TimelineEntry>,
    /// What was written here and is not in its timeline yet.
    pub sent: Vec<TimelineEntry>,
    /// Keys of writes that were confirmed and that the timeline has not told of yet.
    pub fresh: std::collections::BTreeSet<String>,
    /// The write that is given up when its key is pressed once more.
    pub discard_armed: Option<String>,
}

impl Detail {
    /// The lines of the timeline that pass the kind filter and what was typed.
    pub fn lines(&self) -> Vec<&TimelineEntry> {
        let typed = self.tabs.get(&DetailTab::Timeline);
        let holds =
            |item: &&TimelineEntry| typed.is_none_or(|l| filter::holds_line(&l.conditions, item));
        let mut lines: Vec<&TimelineEntry> = self
            .timeline
            .iter()
            .chain(&self.sent)
            .chain(self.changes.iter().filter(|_| self.weaves))
            .filter(|item| self.kind.is_none_or(|kind| item.kind == kind))
            .filter(holds)
            .collect();
        if !self.sent.is_empty() || self.weaves {
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
    /// The same, read.
    pub conditions: Conditions,
    /// Coming days of one schedule.
    pub shifts: Option<(ScheduleId, Vec<Shift>)>,
    /// Whether anything has arrived yet.
    pub arrived: bool,
}

impl OnCall {
    /// Schedules that pass what was typed.
    pub fn shown(&self) -> Vec<&Schedule> {
        let holds = |s: &&Schedule| filter::holds_schedule(&self.conditions, s);
        self.schedules.iter().filter(holds).collect()
    }
}

/// The catalog pane.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Types, entries and edges.
    pub graph: Arc<CatalogGraph>,
    /// How many incidents are open on each entry on which any is.
    pub open: HashMap<EntryId, usize>,
    /// Which type is shown, by its place among the types with entries; all where it is beyond them.
    pub kind: usize,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// What it is narrowed to.
    pub typed: String,
    /// The same, read.
    pub conditions: Conditions,
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

    /// Whether the type that is shown has more entries than were read.
    pub fn has_more(&self) -> bool {
        let kinds = self.kinds();
        let Some(kind) = kinds.get(self.kind) else {
            return false;
        };
        let read = self.graph.entries.iter().filter(|e| e.kind == kind.id);
        let read = i64::try_from(read.count()).unwrap_or(i64::MAX);
        kind.count.is_some_and(|count| count > read)
    }

    /// How many incidents are open on an entry.
    pub fn open_on(&self, entry: &CatalogEntry) -> usize {
        self.open.get(&entry.id).copied().unwrap_or_default()
    }

    /// Entries of the type shown that pass what was typed, those on which most is open first, then by name.
    pub fn shown(&self) -> Vec<&CatalogEntry> {
        let kind = self.kinds().get(self.kind).map(|t| t.id.clone());
        let entries = self.graph.entries.iter();
        let mut shown: Vec<_> = entries
            .filter(|e| kind.as_ref().is_none_or(|k| &e.kind == k))
            .filter(|e| filter::holds_entry(&self.conditions, &self.graph, e))
            .collect();
        // By name they are already.
        shown.sort_by_key(|entry| Reverse(self.open_on(entry)));
        shown
    }
}
