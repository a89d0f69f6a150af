//! What would have been: a past time run through a configuration, round by round, by the same judgement that decides live.
//! Nothing is asked or written, no people act, and the same history gives the same lines.

use super::carry;
use super::feed::{Answer, FeedRound, answered, due, leaves, ranks};
use super::ingress::{Readings, Unreadable, detections};
use super::policy::Policy;
use super::reconcile::{Declaration, Happened, Round, Shown, Step, learn, reconcile};
use super::view::{name_services, policy};
use crate::domain::alert_feed::{AlertFeed, AlertStatus};
use crate::domain::detection::answering;
use crate::domain::episode::{Fate, How, IssueId, Memory};
use crate::domain::time::Zone;
use crate::domain::{
    Burnt, Detection, DetectionState, Heard, History, IncidentId, Instant, Sighting, StatusCategory,
};
use crate::session::{ApiError, Session, fault};
use chrono::Duration;
use serde::Serialize;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// What a past time would have come to.
#[derive(Debug, Serialize)]
pub struct Replayed {
    /// Its beginning.
    pub from: Instant,
    /// Its end.
    pub to: Instant,
    /// Seconds between two looks.
    pub every_seconds: i64,
    /// Issues that burnt.
    pub issues: usize,
    /// How often they did, together.
    pub times: usize,
    /// What would have been written, oldest first.
    pub acts: Vec<Act>,
    /// Episodes that would have got no incident, by rule.
    pub passed_over: BTreeMap<String, usize>,
    /// Incidents that would still be open.
    pub open: usize,
    /// Detectors with times of which nobody knows what burnt.
    pub away: Vec<(String, Instant, Instant)>,
}

/// Something that would have been written.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Act {
    /// When.
    pub at: Instant,
    /// The incident, by its number in this replay.
    pub incident: String,
    /// What.
    pub what: Deed,
    /// Its severity, where it is declared.
    pub severity: String,
    /// The issues that it is declared for, by fingerprint.
    pub issues: Vec<String>,
    /// Seconds that it was open, where it is resolved.
    pub lasted: Option<i64>,
    /// The name, the note, or what cleared.
    pub says: String,
}

/// What would have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// An incident is declared: the one that can wake somebody.
    Declared,
    /// One is declared for all that is too much.
    Storm,
    /// A note is written.
    Noted,
    /// It is resolved.
    Resolved,
    /// An alert source is told that something burns: its routes decide whom that wakes.
    Fired,
    /// It is told that it is over.
    Over,
}

impl Deed {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Storm => "declared for a storm",
            Self::Noted => "noted",
            Self::Resolved => "resolved",
            Self::Fired => "alert fires",
            Self::Over => "alert over",
        }
    }

    /// Whether an incident is declared.
    pub fn declares(self) -> bool {
        matches!(self, Self::Declared | Self::Storm)
    }
}

impl Replayed {
    /// How often something of a kind would have been done.
    pub fn many(&self, is: impl Fn(Deed) -> bool) -> usize {
        self.acts.iter().filter(|act| is(act.what)).count()
    }
}

/// How bad each severity of an organisation is, where an alert source is told; nothing where none is.
type Ranks = Option<BTreeMap<String, i64>>;

/// Runs a past time through what decides; says after each look when that was.
pub fn replay(
    history: &History,
    (policy, ranks): (&Policy, &Ranks),
    (from, to): (Instant, Instant),
    every: Duration,
    come_to: impl Fn(Instant),
) -> Replayed {
    let mut past = Past::new(history, policy, ranks.as_ref());
    let mut now = from;
    while now <= to {
        past.round(now);
        come_to(now);
        now = match past.is_quiet() {
            // Nothing happens until something begins: what lies between is not walked.
            true => now + every * steps_until(past.next(), now, every),
            false => now + every,
        };
    }
    let issues: BTreeSet<IssueId> = history.burnt.iter().map(|b| b.detection.issue()).collect();
    let is_open = |shown: &&Shown| shown.category.is_open();
    Replayed {
        from,
        to,
        every_seconds: every.num_seconds(),
        issues: issues.len(),
        times: history.burnt.len(),
        open: past.incidents.iter().filter(is_open).count(),
        passed_over: past.rules(),
        acts: past.acts,
        away: history.away.clone(),
    }
}

/// Looks until a moment, at least one.
fn steps_until(next: Option<Instant>, now: Instant, every: Duration) -> i32 {
    let until = next.map_or(i64::MAX, |next| (next - now).num_seconds());
    let steps = until / every.num_seconds().max(1);
    i32::try_from(steps).unwrap_or(i32::MAX / 4_000).max(1)
}

/// A past time while it is run.
struct Past<'a> {
    policy: &'a Policy,
    detectors: BTreeSet<&'a str>,
    away: &'a [(String, Instant, Instant)],
    /// What burnt, by when it began; what is before `begun` has begun.
    burnt: Vec<&'a Burnt>,
    begun: usize,
    burning: BTreeMap<IssueId, &'a Burnt>,
    memory: Memory,
    /// How bad severities are, where an alert source is told, and what it was told.
    ranks: Option<&'a BTreeMap<String, i64>>,
    feed: AlertFeed,
    incidents: Vec<Shown>,
    acts: Vec<Act>,
    passed_over: BTreeMap<(IssueId, Instant), String>,
}

impl<'a> Past<'a> {
    fn new(
        history: &'a History,
        policy: &'a Policy,
        ranks: Option<&'a BTreeMap<String, i64>>,
    ) -> Self {
        let mut burnt: Vec<&Burnt> = history.burnt.iter().collect();
        burnt.sort_by_key(|b| (b.from, b.detection.issue()));
        Self {
            policy,
            detectors: burnt
                .iter()
                .map(|b| b.detection.detector.as_str())
                .collect(),
            away: &history.away,
            burnt,
            begun: 0,
            burning: BTreeMap::new(),
            memory: Memory::default(),
            ranks,
            feed: AlertFeed::default(),
            incidents: Vec::new(),
            acts: Vec::new(),
            passed_over: BTreeMap::new(),
        }
    }

    /// When something begins next.
    fn next(&self) -> Option<Instant> {
        self.burnt.get(self.begun).map(|b| b.from)
    }

    /// Whether nothing burns, nothing is open and nothing is left to be told.
    fn is_quiet(&self) -> bool {
        let is_told = |k: &crate::domain::episode::Kept| k.lines.is_empty() && k.writing.is_none();
        let mut alerts = self.feed.alerts.values();
        self.burning.is_empty()
            && alerts.all(|alert| alert.told == Some(AlertStatus::Resolved))
            && self.memory.episodes.values().all(|e| e.is_over())
            && self
                .memory
                .incidents
                .values()
                .all(|k| !k.is_open() && is_told(k))
    }

    /// One look, and what it leads to.
    fn round(&mut self, now: Instant) {
        while let Some(next) = self.burnt.get(self.begun).filter(|b| b.from <= now) {
            self.burning.insert(next.detection.issue(), next);
            self.begun += 1;
        }
        self.burning
            .retain(|_, b| b.until.is_none_or(|until| until > now));
        let sightings = self.sightings(now);
        let incidents = self.incidents.clone();
        let round = Round {
            sightings: &sightings,
            verdicts: &BTreeMap::new(),
            confirmed: &BTreeSet::new(),
            incidents: Some(&incidents),
            policy: self.policy,
            now,
        };
        let (memory, steps) = reconcile(&round, &self.memory);
        self.memory = memory;
        for step in &steps {
            if let Some(happened) = self.take(step, now) {
                self.memory = learn(&self.memory, &happened, now);
            }
        }
        self.feed(&sightings, now);
        self.note_rules();
    }

    /// Tells the alert source, as fast as it takes it.
    fn feed(&mut self, sightings: &[Sighting], now: Instant) {
        let Some(ranks) = self.ranks else { return };
        let round = FeedRound {
            memory: &self.memory,
            policy: self.policy,
            ranks,
            answering: answering(sightings),
            pushes: true,
            now,
        };
        for event in due(&round, &mut self.feed) {
            if self.feed.pace.closed(now).is_some() {
                return;
            }
            leaves(&mut self.feed, &event, now);
            answered(&mut self.feed, &event, &Answer::Taken, now);
            self.acts.push(Act {
                at: now,
                incident: String::new(),
                what: match event.status {
                    AlertStatus::Firing => Deed::Fired,
                    AlertStatus::Resolved => Deed::Over,
                },
                severity: event.severity,
                issues: vec![event.detection.id],
                lasted: None,
                says: event.detection.title,
            });
        }
    }

    fn sightings(&self, now: Instant) -> Vec<Sighting> {
        let is_away = |name: &str| {
            let mut away = self.away.iter();
            away.any(|(of, from, to)| of == name && (*from..*to).contains(&now))
        };
        let heard = |name: &str| {
            let of = self.burning.values().map(|b| &b.detection);
            let all: Vec<Detection> = of.filter(|d| d.detector == name).cloned().collect();
            match is_away(name) {
                true => Heard::Nothing("nothing was measured".into()),
                false => Heard::All(all, None),
            }
        };
        let sighting = |name: &&str| Sighting {
            detector: (*name).to_owned(),
            at: now,
            heard: heard(name),
        };
        self.detectors.iter().map(sighting).collect()
    }

    /// Remembers what got no incident, and by which rule: an episode is told once.
    fn note_rules(&mut self) {
        for issue in self.burning.keys() {
            let Some(episode) = self.memory.episodes.get(issue) else {
                continue;
            };
            let of = (issue.clone(), episode.begun);
            match &episode.fate {
                Fate::PassedOver(rule) | Fate::Waits(rule) => {
                    self.passed_over.insert(of, rule.clone());
                }
                _ => drop(self.passed_over.remove(&of)),
            }
        }
    }

    fn rules(&self) -> BTreeMap<String, usize> {
        let mut rules = BTreeMap::new();
        for rule in self.passed_over.values() {
            *rules.entry(rule.clone()).or_default() += 1;
        }
        rules
    }

    fn take(&mut self, step: &Step, now: Instant) -> Option<Happened> {
        match step {
            Step::Declare(declaration) => Some(self.declare(declaration, now)),
            Step::Note {
                incident, lines, ..
            } => {
                let (title, below) = carry::note_of(lines);
                let says = [title, below].join("\n").trim_end().to_owned();
                let act = self.act(incident, Deed::Noted, says, now);
                self.acts.push(act);
                Some(Happened::Noted(incident.clone()))
            }
            Step::Resolve { incident, says, .. } => {
                let of = self.incidents.iter_mut().find(|i| i.id == *incident)?;
                of.category = StatusCategory::Closed;
                let since = self.memory.incidents.get(incident).map(|kept| kept.since);
                let act = self.act(incident, Deed::Resolved, says.clone(), now);
                let lasted = since.map(|since| (now - since).num_seconds());
                self.acts.push(Act { lasted, ..act });
                Some(Happened::Resolved(incident.clone()))
            }
            // No cause is looked for in what is past, and what is declared stands at once.
            Step::Investigate { incident, .. } => {
                Some(Happened::Looked(incident.clone(), true, None))
            }
            Step::Summarise { .. }
            | Step::Withdraw { .. }
            | Step::TakeBack { .. }
            | Step::Learn { .. } => None,
        }
    }

    fn declare(&mut self, declaration: &Declaration, now: Instant) -> Happened {
        let number = self.incidents.len() + 1;
        let (id, reference) = (IncidentId::from(number.to_string()), format!("#{number}"));
        let shown = Shown {
            id: id.clone(),
            reference: reference.clone(),
            name: declaration.name.clone(),
            address: None,
            is_private: false,
            answered: None,
            category: StatusCategory::Live,
            status: String::new(),
            severity: declaration.severity.clone(),
            lead: String::new(),
            services: declaration.services.clone(),
            is_joinable: true,
            told_by_people: None,
        };
        let said = shown.said();
        self.incidents.push(shown);
        let what = match declaration.how {
            How::Storm => Deed::Storm,
            How::Declared | How::Joined => Deed::Declared,
        };
        let act = self.act(&id, what, declaration.name.clone(), now);
        let issues = declaration.issues.iter();
        self.acts.push(Act {
            severity: declaration.severity.clone(),
            issues: issues.map(|(_, id)| id.clone()).collect(),
            ..act
        });
        Happened::Declared(Box::new(declaration.clone()), id, reference, said)
    }

    fn act(&self, incident: &IncidentId, what: Deed, says: String, at: Instant) -> Act {
        let of = self.incidents.iter().find(|i| i.id == *incident);
        Act {
            at,
            incident: of.map(|i| i.reference.clone()).unwrap_or_default(),
            what,
            severity: String::new(),
            issues: Vec::new(),
            lasted: None,
            says,
        }
    }
}

/// Runs a past time through the configuration of a session, in the words of its organisation. Without a file the metrics
/// sources of the Alertmanagers say what fired.
pub async fn replayed(
    session: &Session,
    zone: Zone,
    file: Option<History>,
    times: (Instant, Instant),
) -> Result<Replayed, ApiError> {
    let config = &session.config().bridge;
    let seconds = i64::try_from(config.every_seconds).unwrap_or(i64::MAX);
    let (org, catalog) = tokio::join!(session.org(), session.catalog());
    let (org, catalog) = (org?, catalog?);
    let policy = policy(config, zone, &org).map_err(ApiError::User)?;
    let mut history = match file {
        Some(history) => history,
        None if config.alertmanager.iter().all(|a| a.prometheus.is_empty()) => {
            return Err(ApiError::User("No [[bridge.alertmanager]] names a metrics source as its prometheus, which would say what fired; name one, or give --file.".into()));
        }
        None => session.fired(times, seconds).await?,
    };
    let all = history.burnt.iter_mut().map(|b| &mut b.detection);
    name_services(all, &catalog);
    let ranks: Ranks = config.push.alerts().then(|| ranks(&org));
    let every = Duration::seconds(seconds);
    let work = session.work("Replaying", ("hour", "hours"));
    work.of(usize::try_from((times.1 - times.0).num_hours()).ok());
    let run = move || {
        let done = Cell::new(0);
        replay(&history, (&policy, &ranks), times, every, |now| {
            let hours = usize::try_from((now - times.0).num_hours()).unwrap_or_default();
            let more = hours.saturating_sub(done.replace(hours));
            if more > 0 {
                work.add(more);
            }
        })
    };
    tokio::task::spawn_blocking(run).await.map_err(|_| fault())
}

/// The history that a file tells: detections as `/detections` takes them, each with its start, and its end where it has
/// one; else what is wrong with it, as a sentence.
pub fn read_history(body: &[u8], detector: &str, now: Instant) -> Result<History, String> {
    match detections::read(body, detector, now) {
        Ok(Readings {
            unreadable: 0, all, ..
        }) => Ok(told(all)),
        Ok(Readings {
            unreadable,
            first_fault,
            ..
        }) => Err(format!(
            "{unreadable} of its detections cannot be read; the first: {}",
            first_fault.unwrap_or_default()
        )),
        Err(Unreadable::Wrong(why)) => Err(why),
        Err(Unreadable::TooMany) => Err("It holds more detections than are read.".into()),
    }
}

/// The history that detections tell by themselves: each with its start, and its end where it has one.
fn told(detections: Vec<Detection>) -> History {
    let burnt = |mut detection: Detection| {
        let is_over = detection.state == DetectionState::Cleared;
        let until = detection.ends.filter(|_| is_over);
        if is_over {
            detection.state = DetectionState::Firing;
            detection.ends = None;
        }
        Burnt {
            from: detection.started,
            detection,
            until,
        }
    };
    History {
        burnt: detections.into_iter().map(burnt).collect(),
        away: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
