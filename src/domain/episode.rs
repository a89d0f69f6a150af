//! What the bridge remembers from one round to the next: episodes of issues, and the incidents it keeps in step with them.

use super::order::Orders;
use super::{Detection, IncidentId, Instant, StatusCategory, digest};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use super::detection::IssueId;

/// All that is remembered. What did not change is shared between rounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Memory {
    /// The last episode of each issue.
    pub episodes: BTreeMap<IssueId, Arc<Episode>>,
    /// Incidents that are kept in step.
    pub incidents: BTreeMap<IncidentId, Arc<Kept>>,
    /// What people ordered, as it was read last.
    pub orders: Orders,
}

/// One time that an issue burns: from its start to the word that it is over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// What its detector said of it last.
    pub detection: Detection,
    /// The start that its key stands on: that of the detection it began with.
    pub begun: Instant,
    /// When it was heard of first.
    pub first: Instant,
    /// When its detector said last that it burns.
    pub heard: Instant,
    /// How it stands.
    pub standing: Standing,
    /// What became of it, and by which rule.
    pub fate: Fate,
    /// The incident it belongs to.
    pub incident: Option<IncidentId>,
    /// How often it cleared and fired again while its incident was open.
    pub flaps: u32,
    /// Times before this one that were told with the same start and had an incident of their own.
    #[serde(default)]
    pub before: u32,
    /// Declarations of it that were refused.
    pub refused: u32,
    /// When the next may be tried.
    pub not_before: Option<Instant>,
}

/// How an episode stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Its detector says that it burns.
    Burning,
    /// Nobody says that it burns, and nobody who could know says that it is over.
    Unsure {
        /// Since when.
        since: Instant,
        /// Why that is no recovery.
        why: Doubt,
    },
    /// It is over.
    Clear {
        /// Since when.
        since: Instant,
        /// Who says so.
        by: Proof,
    },
}

/// Why the silence about an issue is no recovery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// Its sender stopped speaking of it until its word ran out.
    Lapsed,
    /// The detector began anew since, and remembers nothing.
    Forgotten,
    /// The detector does not answer.
    Unanswered,
    /// The detector says that it is over, and the metrics do not confirm it.
    Unconfirmed,
}

/// Who says that an issue is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The detector itself.
    Detector,
    /// The metrics: its rule was evaluated and does not fire.
    Metrics,
}

/// What became of an episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// Nothing yet, and why.
    Waits(String),
    /// No incident is declared for it, by this rule.
    PassedOver(String),
    /// An incident is being declared for it, under this key.
    Declaring {
        /// The idempotency key.
        key: String,
        /// Whether for it and its like, or for all of a storm.
        how: How,
    },
    /// It has an incident, by this rule.
    Told(String),
    /// People decided that it gets none.
    Dropped(String),
}

/// An incident that is kept in step with episodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Its id.
    pub id: IncidentId,
    /// `INC-123`.
    pub reference: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Its page.
    pub address: Option<String>,
    /// Only people who were invited may see it.
    #[serde(default)]
    pub private: bool,
    /// Where in its life it was when the bridge looked last.
    #[serde(default)]
    pub category: Option<StatusCategory>,
    /// Who took it on.
    #[serde(default)]
    pub acknowledged: Option<Acknowledged>,
    /// It cannot be seen any more: it was removed, or this key was shut out.
    #[serde(default)]
    pub out_of_sight: bool,
    /// What could be drafted of it was, once it was resolved.
    #[serde(default)]
    pub learnt: bool,
    /// How it came to be kept.
    pub how: How,
    /// When it was declared or joined.
    pub since: Instant,
    /// What it said when the bridge looked last, or wrote last.
    pub said: Option<Said>,
    /// What people did with it: from then on it is theirs.
    pub hands: Option<String>,
    /// Since when every episode of it is over.
    pub clear_since: Option<Instant>,
    /// How often one of its episodes cleared and fired again.
    pub flaps: u32,
    /// When it ended at incident.io.
    pub ended: Option<Instant>,
    /// What is still to be told on its timeline, by what it is about.
    pub lines: BTreeMap<String, Line>,
    /// Notes that were begun on it.
    pub notes: u32,
    /// When the last one was begun.
    pub noted: Option<Instant>,
    /// The note that is being written: its lines are told once it stands.
    pub writing: Option<Vec<Line>>,
    /// The key under which it is being resolved.
    pub resolving: Option<String>,
    /// Resolutions that were given up before they were sent: the next has its own key.
    #[serde(default)]
    pub given_up: u32,
    /// The quiet that was told to people, who have it.
    pub left: Option<Instant>,
    /// What was found of its cause, where it was looked for.
    pub looked: Option<Looked>,
    /// The hypothesis that its summary holds.
    pub summarised: Option<String>,
}

/// That somebody took an incident on: a page for it was answered, or it was accepted out of triage. Whoever leads it has it
/// as well, for as long as they do. Nothing else counts: a severity that is put right is nobody's promise to look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// When that was seen.
    pub at: Instant,
    /// Who; empty where incident.io does not tell.
    pub by: String,
}

/// What looking for a cause came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// When it was looked for last.
    pub at: Instant,
    /// How often it was.
    pub times: u32,
    /// Whether the finding stands by it.
    pub settled: bool,
    /// The likeliest cause with its confidence and evidence; nothing where none is named.
    pub hypothesis: Option<String>,
}

/// How an incident came to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The bridge declared it.
    Declared,
    /// It was open with the same service and severity.
    Joined,
    /// The bridge declared it for all that was too much for incidents of their own.
    Storm,
}

/// What an incident says that people may change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The organisation's name of its status.
    pub status: String,
    /// Its severity.
    pub severity: String,
    /// Who leads it.
    pub lead: String,
}

/// Something to be told on a timeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// When it happened.
    pub at: Instant,
    /// What.
    pub text: String,
}

/// How the last look at both sides went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LastRound {
    /// When.
    pub at: Instant,
    /// Each detector with what is wrong with it; nothing where it answers.
    pub detectors: Vec<(String, Option<String>)>,
    /// Why incident.io could not be read.
    pub incidents: Option<String>,
}

impl Episode {
    /// One that begins.
    pub fn begins(detection: Detection, at: Instant) -> Self {
        Self {
            begun: detection.started,
            detection,
            first: at,
            heard: at,
            standing: Standing::Burning,
            fate: Fate::Waits("it was heard of just now".into()),
            incident: None,
            flaps: 0,
            before: 0,
            refused: 0,
            not_before: None,
        }
    }

    /// The next time of the same issue: with a key of its own, also where its detector tells it with the same start.
    pub fn begins_again(&self, at: Instant) -> Self {
        self.followed_by(self.detection.clone(), at)
    }

    /// The same as its detector tells it now.
    pub fn followed_by(&self, detection: Detection, at: Instant) -> Self {
        let is_same = detection.started == self.begun && self.incident.is_some();
        let before = if is_same { self.before + 1 } else { 0 };
        Self {
            before,
            ..Self::begins(detection, at)
        }
    }

    /// What it is remembered under.
    pub fn issue(&self) -> IssueId {
        self.detection.issue()
    }

    /// The idempotency key of its incident: it follows from the issue and its start, so that it is declared once,
    /// however often and by whomever. A refused one did not happen, and the next has its own.
    pub fn key(&self) -> String {
        let d = &self.detection;
        let (started, refused) = (self.begun.to_rfc3339(), self.refused.to_string());
        let mut parts = vec!["bridge", &d.detector, &d.id, &started, &refused];
        let before = self.before.to_string();
        if self.before > 0 {
            parts.push(&before);
        }
        digest(&parts)
    }

    /// Whether it burns as far as its detector tells.
    pub fn burns(&self) -> bool {
        self.standing == Standing::Burning
    }

    /// Whether an incident is on its way for it.
    pub fn is_declaring(&self) -> bool {
        matches!(self.fate, Fate::Declaring { .. })
    }

    /// Whether it burns without an incident, and may get one.
    pub fn is_wanting(&self) -> bool {
        let is_decided = matches!(self.fate, Fate::Declaring { .. } | Fate::Dropped(_));
        self.incident.is_none() && self.burns() && !is_decided
    }

    /// Whether it is over.
    pub fn is_over(&self) -> bool {
        matches!(self.standing, Standing::Clear { .. })
    }
}

impl Kept {
    /// One that is kept from now on.
    pub fn new(id: IncidentId, reference: String, how: How, since: Instant) -> Self {
        Self {
            id,
            reference,
            name: String::new(),
            address: None,
            private: false,
            category: None,
            acknowledged: None,
            out_of_sight: false,
            learnt: false,
            how,
            since,
            said: None,
            hands: None,
            clear_since: None,
            flaps: 0,
            ended: None,
            lines: BTreeMap::new(),
            notes: 0,
            noted: None,
            writing: None,
            resolving: None,
            given_up: 0,
            left: None,
            looked: None,
            summarised: None,
        }
    }

    /// Adds something to be told; the same subject has one line.
    pub fn tell(&mut self, about: impl Into<String>, at: Instant, text: impl Into<String>) {
        let text = text.into();
        self.lines.insert(about.into(), Line { at, text });
    }

    /// Whether it is open at incident.io, as far as is known.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Who has it, while it is open: whoever leads it, else whoever took it on; empty where that is not known.
    pub fn taken_by(&self) -> Option<&str> {
        let lead = self.said.as_ref().map(|said| said.lead.as_str());
        let lead = lead.filter(|lead| !lead.is_empty());
        let by = || self.acknowledged.as_ref().map(|a| a.by.as_str());
        lead.or_else(by).filter(|_| self.is_open())
    }

    /// How long all has to be quiet before it is resolved: twice as long after each time that it burnt again.
    pub fn hold(&self, usual: Duration, most: Duration) -> Duration {
        doubled(self.flaps, usual, most)
    }
}

/// A time that doubles with each flap, up to the longest.
pub fn doubled(flaps: u32, usual: Duration, most: Duration) -> Duration {
    let doubled = usual * 2_i32.pow(flaps.min(16));
    doubled.min(most.max(usual))
}

impl Memory {
    /// The episodes of an incident.
    pub fn of<'a>(&'a self, incident: &'a IncidentId) -> impl Iterator<Item = &'a Episode> {
        let all = self.episodes.values().map(AsRef::as_ref);
        all.filter(move |e| e.incident.as_ref() == Some(incident))
    }

    /// The incident that an episode belongs to.
    pub fn kept(&self, episode: &Episode) -> Option<&Kept> {
        let kept = self.incidents.get(episode.incident.as_ref()?)?;
        Some(kept)
    }

    /// Whether an episode is not over, or its incident is not.
    pub fn matters(&self, episode: &Episode) -> bool {
        !episode.is_over() || self.has_open(episode)
    }

    /// Whether an episode's incident is open.
    pub fn has_open(&self, episode: &Episode) -> bool {
        self.kept(episode).is_some_and(Kept::is_open)
    }

    /// The episodes of each incident.
    pub fn by_incident(&self) -> BTreeMap<IncidentId, Vec<Arc<Episode>>> {
        let mut all: BTreeMap<IncidentId, Vec<Arc<Episode>>> = BTreeMap::new();
        for episode in self.episodes.values() {
            if let Some(id) = &episode.incident {
                all.entry(id.clone()).or_default().push(episode.clone());
            }
        }
        all
    }

    /// Incidents that were declared since a time.
    pub fn declared_since(&self, since: Instant) -> usize {
        let declared = |k: &&Arc<Kept>| k.how != How::Joined && k.since >= since;
        self.incidents.values().filter(declared).count()
    }
}
