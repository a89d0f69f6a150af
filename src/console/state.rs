//! Everything the screen shows. Only `update` changes it.

mod form;
mod investigation;
mod notice;
mod overlays;
mod pages;
mod panes;
mod reading;
mod target;
mod travel;

pub use super::cursor::Cursor;
pub use super::link::LinkTarget;
pub use super::list::{Item, Listing, Rows, Tone};
pub use super::place::{DetailTab, ListKind, Pane, Scope};
pub use form::*;
pub use investigation::*;
pub use notice::Notice;
pub use overlays::*;
pub use panes::*;
pub use reading::Reading;
pub use travel::*;

use super::job::{Job, Slot, Topic};
use super::keymap::Keymap;
use super::layout::{self, HEARD, Layout};
use crate::config::Config;
use crate::domain::time::Zone;
use crate::domain::{
    FormOptions, IncidentId, Instant, OpenProposal, Org, Person, Priority, Progress, SavedForm,
    Write, priority,
};
use crate::session::{KnownBridge, RelayStanding};
use crate::writes;
use crossterm::event::KeyEvent;
use std::collections::HashMap;
use std::sync::Arc;
use tui_textarea::TextArea;

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
    /// Until when the rate limit is reached.
    pub limited_until: Option<Instant>,
    /// How this console stands to its relay; nothing where it has none.
    pub relay: Option<RelayStanding>,
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
    /// What the bridge keeps; nothing where none has run here.
    pub bridge: Option<KnownBridge>,
    /// When the last session saw the incidents.
    pub last_session: Option<Instant>,
    /// Investigations, by incident.
    pub investigations: HashMap<IncidentId, InvestigationView>,
    /// What lies over the panes, the last on top.
    pub overlays: Vec<Overlay>,
    /// The filter being typed.
    pub input: Option<Box<TextArea<'static>>>,
    /// Which of the words that could stand there next is taken by its key.
    pub completion: usize,
    /// The API.
    pub link: Link,
    /// How far the work is that takes long.
    pub progress: Option<Progress>,
    /// A line to read.
    pub notice: Option<Notice>,
    /// Questions that could not be answered, and why.
    pub problems: Vec<(Topic, String)>,
    /// Where one was, and how one came here.
    pub travel: Travel,
    /// What became of each question last.
    pub readings: HashMap<Topic, Reading>,
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
    /// What agents on this machine propose, oldest first.
    pub proposals: Vec<OpenProposal>,
    /// Forms whose writes are on their way, by the write's key: one that is refused comes back.
    pub pending_forms: HashMap<String, Box<FormView>>,
    /// Texts that were begun and not sent, by what they are of.
    pub saved_forms: HashMap<String, SavedForm>,
    /// Lines marked to act on several at once.
    pub marks: std::collections::BTreeSet<String>,
    /// How far the server's clock is ahead of this machine's.
    pub clock_offset: chrono::Duration,
    /// Why nothing can be sent from here, and what to do.
    pub unsendable: Option<String>,
    /// Keys of refused writes whose form was closed: they no longer stand in the pane.
    pub dismissed: std::collections::BTreeSet<String>,
    /// A page is acknowledged as soon as the list of pages has come anew.
    pub acknowledging: bool,
    /// Escalation paths were asked for, to tell whom a page reaches next.
    pub asked_paths: bool,
    /// Keys that were typed before the form they are for stood: they go into it next.
    pub typed_ahead: Vec<KeyEvent>,
    /// The incident that was just declared here, until its reference is known and said.
    pub declared: Option<IncidentId>,
    /// Leaving was asked for while a write was on its way.
    pub leaving: bool,
    /// Somebody pressed a key: from then on it is where they are that counts.
    pub touched: bool,
    /// The incident that the last session ended with, until it is among the rows.
    pub resuming: Option<IncidentId>,
    /// The newest job that was heard of in each slot.
    pub newest: HashMap<Slot, u64>,
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
        let zone = config.zone(local);
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
            bridge: None,
            last_session: None,
            investigations: HashMap::new(),
            overlays: Vec::new(),
            input: None,
            completion: 0,
            link: Link::default(),
            progress: None,
            notice: None,
            problems: Vec::new(),
            travel: Travel::default(),
            readings: HashMap::new(),
            follow_at: None,
            waiting: Vec::new(),
            knows_pages: false,
            form_options: FormOptions::default(),
            outbox: Vec::new(),
            proposals: Vec::new(),
            pending_forms: HashMap::new(),
            saved_forms: HashMap::new(),
            marks: std::collections::BTreeSet::new(),
            clock_offset: chrono::Duration::zero(),
            asked_paths: false,
            typed_ahead: Vec::new(),
            declared: None,
            leaving: false,
            touched: false,
            resuming: None,
            newest: HashMap::new(),
            acknowledging: false,
            unsendable: None,
            dismissed: std::collections::BTreeSet::new(),
        }
    }

    /// Whether nothing is drawn, and all of it is told.
    pub(crate) fn is_heard(&self) -> bool {
        self.size == HEARD
    }

    /// The card on top, if one is.
    pub fn card(&self) -> Option<&Card> {
        match self.overlays.last() {
            Some(Overlay::Card(card)) => Some(card),
            _ => None,
        }
    }

    /// The investigation of the incident that is shown.
    pub fn investigation(&self) -> Option<&InvestigationView> {
        self.investigations.get(self.detail.id.as_ref()?)
    }

    /// The rate limit is reached, for so many seconds at least.
    pub(crate) fn limited_for(&mut self, seconds: u64) {
        let until = self.now + chrono::Duration::seconds(seconds.min(3_600) as i64);
        self.link.limited_until = self.link.limited_until.max(Some(until));
    }

    /// Whether it is where one began, and the key that goes back leaves hotseat.
    pub(crate) fn is_at_start(&self) -> bool {
        self.focus == Pane::Incidents && !self.zoomed && self.travel.trail == 0
    }

    /// Whether the detail pane shows an incident: what comes for another one comes late.
    pub(crate) fn is_shown(&self, id: &IncidentId) -> bool {
        self.detail.id.as_ref() == Some(id)
    }

    /// What lies over the panes and asked a question, wherever in the stack it is.
    pub(crate) fn asking(&mut self, topic: &Topic) -> Option<&mut Overlay> {
        let mut all = self.overlays.iter_mut().rev();
        all.find(|overlay| overlay.topic().as_ref() == Some(topic))
    }

    /// Puts an answer into the text that asked for it.
    pub(crate) fn answer(&mut self, topic: &Topic, lines: Vec<String>) {
        if let Some(Overlay::Text(text)) = self.asking(topic) {
            (text.lines, text.came) = (lines, true);
        }
    }

    /// Puts an answer into the report that asked for it.
    pub(crate) fn report(&mut self, topic: &Topic, lines: Vec<ReportLine>) {
        if let Some(Overlay::Report(report)) = self.asking(topic) {
            (report.lines, report.came) = (lines, true);
        }
    }

    /// What the focused list is narrowed to.
    pub fn typed(&self) -> &str {
        match (self.focus, self.list) {
            (Pane::Incidents, ListKind::Incidents) => &self.incidents.filter.typed,
            (Pane::Incidents, kind) => self.lists.get(&kind).map_or("", |l| &l.typed),
            (Pane::Detail, _) => self
                .detail
                .tabs
                .get(&self.detail.tab)
                .map_or("", |l| &l.typed),
            (Pane::OnCall, _) => &self.oncall.typed,
            (Pane::Catalog, _) => &self.catalog.typed,
        }
    }

    /// Columns of the detail pane: what it shows is wrapped to them.
    pub(crate) fn detail_width(&self) -> usize {
        self.layout().panes[Pane::Detail as usize].map_or(80, |r| usize::from(r.width))
    }

    /// Why a pane cannot show what it is for.
    pub(crate) fn problem(&self, topics: &[Topic]) -> Option<&str> {
        self.problems
            .iter()
            .find(|(topic, _)| topics.contains(topic))
            .map(|(_, says)| says.as_str())
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

    /// Whether no newer job took this one's place; from now on older ones count no more.
    pub fn is_newest(&mut self, job: &Job) -> bool {
        let Some(slot) = job.subject.slot() else {
            return true;
        };
        let newest = self.newest.entry(slot).or_default();
        *newest = (*newest).max(job.id);
        *newest == job.id
    }

    /// Why something cannot be written here; nothing where it can.
    pub fn obstacle(&self, kind: writes::WriteKind) -> Option<String> {
        kind.obstacle(self.config.read_only, &self.org.identity)
    }

    /// Where everything is on the screen.
    pub fn layout(&self) -> Layout {
        let listed = match self.list {
            ListKind::Incidents => self.incidents.visible.len(),
            kind => self.lists.get(&kind).map_or(0, |l| l.items.len()),
        };
        layout::layout(self.size, self.focus, self.zoomed, listed)
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
        priority::labels(&self.org.severities, &self.config.priorities)
    }

    fn next_second(&self) -> Instant {
        let into = self.now.timestamp_millis().rem_euclid(1_000);
        self.now + chrono::Duration::milliseconds(1_005 - into)
    }

    /// When it is by the server's clock, by which what waits there is good.
    pub(crate) fn server_now(&self) -> Instant {
        self.now + self.clock_offset
    }

    /// When the screen next changes by itself: the detail following, a notice ending, a proposal expiring, or ages turning
    /// at the minute.
    pub fn wake_at(&self) -> Instant {
        let minute = self.now
            + chrono::Duration::milliseconds(
                60_050 - self.now.timestamp_millis().rem_euclid(60_000),
            );
        [
            self.follow_at,
            self.proposals
                .iter()
                .map(|p| p.expires - self.clock_offset)
                .min(),
            self.notice.as_ref().and_then(Notice::until),
            self.link.limited_until.filter(|until| *until > self.now),
            self.counts_down().then(|| self.next_second()),
        ]
        .into_iter()
        .flatten()
        .fold(minute, Instant::min)
    }
}
