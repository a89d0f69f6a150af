//! What an alert source at incident.io was told of issues: one alert for each time that one burns, each status once.

use super::episode::{Episode, IssueId};
use super::{Detection, Instant, digest};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Events that an alert source takes within [`Pace::SPAN`].
const MOST: usize = 120;

/// What an alert says of its issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertStatus {
    /// It burns.
    Firing,
    /// It is over.
    Resolved,
}

impl AlertStatus {
    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Resolved => "resolved",
        }
    }
}

/// An event as it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct AlertEvent {
    /// The alert it is about, as it is remembered.
    pub alert: FedAlert,
    /// What it says.
    pub status: AlertStatus,
    /// What is known.
    pub description: String,
    /// The organisation's severity.
    pub severity: String,
    /// What its detector says of the issue.
    pub detection: Detection,
}

/// An alert at incident.io, as it was told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FedAlert {
    /// Its issue.
    pub issue: IssueId,
    /// The start that its key stands on.
    pub begun: Instant,
    /// Alerts of the same issue and start before it: each is one of its own, whatever becomes there of a resolved key that
    /// fires again.
    pub again: u32,
    /// The episode it was told of last, and how often that had come back.
    pub seen: (Instant, u32),
    /// How often it burnt again before it was told to be over.
    pub flaps: u32,
    /// The status that was taken last.
    pub told: Option<AlertStatus>,
    /// When.
    pub at: Option<Instant>,
    /// The status that is being sent: it may have arrived.
    pub sending: Option<AlertStatus>,
    /// Why the last one was refused: it is not said again.
    pub refused: Option<String>,
}

impl FedAlert {
    /// The alert of an issue that burns, after the one that it had before.
    pub fn begins(episode: &Episode, before: Option<&Self>) -> Self {
        let begun = episode.detection.started;
        let same = before.filter(|b| b.begun == begun);
        Self {
            issue: episode.issue(),
            begun,
            again: same.map_or(0, |b| b.again + 1),
            seen: (episode.first, episode.flaps),
            flaps: 0,
            told: None,
            at: None,
            sending: None,
            refused: None,
        }
    }

    /// What it is known by there: it follows from the issue and its start.
    pub fn key(&self) -> String {
        let (detector, id) = &self.issue;
        let begun = self.begun.to_rfc3339();
        let again = self.again.to_string();
        digest(&["bridge alert", detector, id, &begun, &again])
    }
}

/// All that an alert source was told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlertFeed {
    /// The last alert of each issue.
    pub alerts: BTreeMap<IssueId, Arc<FedAlert>>,
    /// How fast it may be told more.
    pub pace: Pace,
}

/// How fast events may leave: kept, so that a restart does not forget what was sent a moment ago.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// When the last events left, oldest first.
    sent: Vec<Instant>,
    /// The source asked to wait until then.
    closed_until: Option<Instant>,
    /// Troubles in a row.
    troubles: u32,
}

impl Pace {
    /// The span that the source counts in, and a second for lines that are slower than others.
    const SPAN: Duration = Duration::seconds(61);
    /// The pause after a trouble, doubled after each further one.
    const PAUSE: Duration = Duration::seconds(5);
    /// The longest that is waited, whatever the source asks.
    const LONGEST: Duration = Duration::hours(1);
    /// Doublings of it: about five minutes.
    const MOST_DOUBLED: u32 = 6;

    /// Until when nothing more may leave; nothing where it may now.
    pub fn closed(&mut self, now: Instant) -> Option<Instant> {
        // A clock that was put back does not keep the source shut for as long as it was ahead.
        self.sent.iter_mut().for_each(|at| *at = (*at).min(now));
        let longest = now + Self::LONGEST;
        self.closed_until = self.closed_until.map(|until| until.min(longest));
        let oldest = self.sent.len().checked_sub(MOST).map(|at| self.sent[at]);
        let full = oldest.map(|at| at + Self::SPAN);
        full.max(self.closed_until).filter(|until| now < *until)
    }

    /// One leaves.
    pub(crate) fn leaves(&mut self, now: Instant) {
        self.sent.push(now);
        self.sent.drain(..self.sent.len().saturating_sub(MOST));
    }

    /// The last one was answered: it arrived by now.
    pub(crate) fn arrived(&mut self, now: Instant) {
        if let Some(last) = self.sent.last_mut() {
            *last = now;
        }
    }

    /// All is well.
    pub(crate) fn opens(&mut self) {
        (self.closed_until, self.troubles) = (None, 0);
    }

    /// Waits as long as the source asks, else longer after each trouble.
    pub(crate) fn closes(&mut self, now: Instant, asked: Option<Duration>) {
        let own = Self::PAUSE * 2_i32.pow(self.troubles.min(Self::MOST_DOUBLED));
        let asked = asked.map(|a| a.clamp(Duration::seconds(1), Self::LONGEST));
        self.closed_until = Some(now + asked.unwrap_or(own));
        self.troubles += 1;
    }
}
