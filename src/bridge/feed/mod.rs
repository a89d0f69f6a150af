//! What an alert source is to be told: what burns fires there, what has been over for its hold is resolved, each once.
//! Nothing here sends anything; what was sent and not answered is said again, under the same key and status.

mod answer;

pub use answer::{answer, trouble};

use super::policy::Policy;
use super::words;
use crate::domain::alert_feed::{AlertEvent, AlertFeed, AlertStatus, FedAlert};
use crate::domain::episode::{Episode, Memory, Standing, doubled};
use crate::domain::{Detection, Instant, Org};
use chrono::Duration;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is known in one round.
pub struct FeedRound<'a> {
    /// What is remembered of issues.
    pub memory: &'a Memory,
    /// What decides.
    pub policy: &'a Policy,
    /// How bad each severity of the organisation is; more is worse.
    pub ranks: &'a BTreeMap<String, i64>,
    /// Detectors that answer: what nobody looks at may burn again.
    pub answering: BTreeSet<&'a str>,
    /// Whether what burns is told; what was told to burn is told to be over all the same.
    pub pushes: bool,
    /// When it is.
    pub now: Instant,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It was taken.
    Taken,
    /// It is wrong in itself, and why.
    Refused(String),
    /// It did not arrive, or was not processed: wait so long where the source says so.
    Unsent(Option<Duration>),
    /// It may have arrived.
    InDoubt(Option<Duration>),
}

/// How bad each severity of an organisation is; more is worse.
pub fn ranks(org: &Org) -> BTreeMap<String, i64> {
    let all = org.severities.iter();
    all.map(|s| (s.name.to_string(), s.rank)).collect()
}

/// What is to be told, the biggest first: what burns before what is over, the worst severity, most services, the oldest.
pub fn due(round: &FeedRound<'_>, feed: &mut AlertFeed) -> Vec<AlertEvent> {
    feed.alerts
        .retain(|issue, _| round.memory.episodes.contains_key(issue));
    let mut events: Vec<AlertEvent> = Vec::new();
    for (issue, episode) in &round.memory.episodes {
        count_flap(feed, episode);
        if is_held(round.memory, episode) {
            continue;
        }
        let known = feed.alerts.get(issue).map(AsRef::as_ref);
        if let Some((alert, status)) = wanted(round, episode, known) {
            events.push(event(round, episode, alert, status));
        }
    }
    events.sort_by_cached_key(|event| size(round, event));
    events
}

/// Whether people paused an issue or its incident: it is told on once that goes on.
fn is_held(memory: &Memory, episode: &Episode) -> bool {
    let orders = &memory.orders;
    let incident = episode.incident.as_ref();
    let of_incident = incident.and_then(|id| orders.holds_incident(id));
    orders
        .holds_issue(&episode.issue())
        .or(of_incident)
        .is_some()
}

/// The order that events leave in.
fn size(round: &FeedRound<'_>, event: &AlertEvent) -> impl Ord + use<> {
    let rank = round.ranks.get(&event.severity).copied();
    let services = event.detection.services.len();
    let (begun, issue) = (event.alert.begun, event.alert.issue.clone());
    (event.status, Reverse(rank), Reverse(services), begun, issue)
}

/// What burns again before it was told to be over is the same alert, which waits longer for its end.
fn count_flap(feed: &mut AlertFeed, episode: &Episode) {
    let seen = (episode.first, episode.flaps);
    if let Some(alert) = feed.alerts.get_mut(&episode.issue())
        && alert.told != Some(AlertStatus::Resolved)
        && alert.seen != seen
    {
        let alert = Arc::make_mut(alert);
        (alert.seen, alert.refused) = (seen, None);
        alert.flaps += 1;
    }
}

/// The alert of an episode that is to be told something, and what.
fn wanted(
    round: &FeedRound<'_>,
    episode: &Episode,
    known: Option<&FedAlert>,
) -> Option<(FedAlert, AlertStatus)> {
    use AlertStatus::{Firing, Resolved};
    let fires = || {
        let admits = round
            .policy
            .refusal(&episode.detection, round.now)
            .is_none();
        round.pushes && episode.burns() && admits
    };
    let begins = || Some((FedAlert::begins(episode, known), Firing)).filter(|_| fires());
    let Some(alert) = known else {
        return begins();
    };
    let says = |status| Some((alert.clone(), status));
    match (alert.sending, alert.told, &alert.refused) {
        // What may have been told to be over is over there: it is said to the end, and what burns is another alert.
        (Some(Resolved), _, _) => says(Resolved),
        (None, Some(Resolved), _) => begins(),
        (None, Some(Firing), None) if is_over(round, episode, alert) => says(Resolved),
        (Some(Firing), _, _) if is_over(round, episode, alert) => says(Resolved),
        (Some(Firing), _, _) if !episode.is_over() => says(Firing),
        // What never arrived, or was refused, is another alert when it burns the next time.
        (None, None, _) if alert.begun != episode.detection.started => begins(),
        (None, None, None) if fires() => says(Firing),
        _ => None,
    }
}

/// Whether an issue has been over for long enough, and somebody would know if it burnt again.
fn is_over(round: &FeedRound<'_>, episode: &Episode, alert: &FedAlert) -> bool {
    let Standing::Clear { since, .. } = episode.standing else {
        return false;
    };
    let hold = doubled(alert.flaps, round.policy.hold, round.policy.longest_hold);
    let is_watched = round
        .answering
        .contains(episode.detection.detector.as_str());
    is_watched && round.now - since >= hold
}

fn event(
    round: &FeedRound<'_>,
    episode: &Episode,
    alert: FedAlert,
    status: AlertStatus,
) -> AlertEvent {
    let description = match (status, &episode.standing) {
        (AlertStatus::Resolved, Standing::Clear { since, by }) => {
            words::over(&episode.detection, *since, *by)
        }
        _ => words::told(&episode.detection),
    };
    AlertEvent {
        description,
        severity: round.policy.severity(&episode.detection).to_owned(),
        detection: episode.detection.clone(),
        alert,
        status,
    }
}

/// An event that says of an alert which never fired that it is resolved.
pub fn made_up(now: Instant) -> AlertEvent {
    let detection = Detection {
        detector: "check".into(),
        id: "check".into(),
        title: "A test of the bridge".into(),
        started: now,
        ..Detection::default()
    };
    let episode = Episode::begins(detection.clone(), now);
    AlertEvent {
        alert: FedAlert::begins(&episode, None),
        status: AlertStatus::Resolved,
        description: "hotseat bridge check sends this to prove the token; nothing fired.".into(),
        severity: String::new(),
        detection,
    }
}

/// An event leaves: from here on it may have arrived.
pub fn leaves(feed: &mut AlertFeed, event: &AlertEvent, now: Instant) {
    feed.pace.leaves(now);
    let alert = FedAlert {
        sending: Some(event.status),
        ..event.alert.clone()
    };
    feed.alerts.insert(alert.issue.clone(), Arc::new(alert));
}

/// What is known once an event was answered, or was not.
pub fn answered(feed: &mut AlertFeed, event: &AlertEvent, answer: &Answer, now: Instant) {
    feed.pace.arrived(now);
    match answer {
        Answer::Taken | Answer::Refused(_) => feed.pace.opens(),
        Answer::Unsent(asked) | Answer::InDoubt(asked) => feed.pace.closes(now, *asked),
    }
    let Some(alert) = feed.alerts.get_mut(&event.alert.issue) else {
        return;
    };
    let alert = Arc::make_mut(alert);
    match answer {
        Answer::Taken => {
            (alert.sending, alert.told) = (None, Some(event.status));
            (alert.at, alert.refused) = (Some(now), None);
        }
        Answer::Refused(why) => {
            (alert.sending, alert.refused) = (None, Some(why.clone()));
        }
        // What was in doubt before stays so.
        Answer::Unsent(_) => alert.sending = event.alert.sending,
        Answer::InDoubt(_) => {}
    }
}

#[cfg(test)]
mod tests;
