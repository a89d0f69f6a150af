//! What the bridge remembers, in words: what became of an issue and by which rule, what an incident that it keeps waits for,
//! and how its last look went.

use super::columns::Moment;
use crate::domain::alert_feed::FedAlert;
use crate::domain::episode::{Doubt, Episode, Fate, Kept, LastRound, Memory, Standing};
use crate::domain::order::{About, Order, Orders};
use crate::domain::{Detection, Instant, text, time};
use chrono::Duration;

/// Rounds without a look after which it is asked whether the bridge runs, and the least time that says so.
const MISSED: i32 = 4;
const LEAST: Duration = Duration::seconds(90);

/// How an episode stands.
pub(crate) fn standing(episode: &Episode, by: &Moment) -> String {
    match &episode.standing {
        Standing::Burning => "burning".into(),
        Standing::Unsure { .. } => "not known to be over".into(),
        Standing::Clear { since, .. } => format!("clear since {}", by.clock(*since)),
    }
}

/// Why the silence about an issue is no recovery.
pub(crate) fn doubt(detection: &Detection, why: Doubt) -> String {
    let detector = &detection.detector;
    match why {
        Doubt::Lapsed => format!("whoever reported it to {detector} stopped; that is no recovery"),
        Doubt::Forgotten => format!("{detector} began anew and does not remember it"),
        Doubt::Unanswered => format!("{detector} does not answer"),
        Doubt::Unconfirmed => {
            format!("{detector} says that it is over, and the metrics do not confirm it")
        }
    }
}

/// What became of an episode, and by which rule.
pub(crate) fn fate(episode: &Episode) -> String {
    match &episode.fate {
        Fate::Waits(why) => format!("No incident yet: {why}."),
        Fate::PassedOver(why) => format!("No incident: {why}."),
        Fate::Dropped(why) => format!("No incident: {why}."),
        Fate::Declaring { .. } => "Its incident is on the way.".into(),
        Fate::Told(rule) => format!("{rule}."),
    }
}

/// What an incident that is kept waits for.
pub(crate) fn kept(orders: &Orders, kept: &Kept, by: &Moment) -> String {
    let (reference, id) = (&kept.reference, &kept.id);
    if let Some(at) = kept.ended {
        return format!("{reference} ended at {}.", by.clock(at));
    }
    if let Some(paused) = orders.holds_incident(id) {
        return format!("{reference} is paused: {}.", paused.told());
    }
    let taken = orders.taken(id).map(Order::told);
    match (taken.as_ref().or(kept.hands.as_ref()), kept.clear_since) {
        (Some(hands), _) => format!("{reference} is left to people: {hands}."),
        (None, Some(at)) => format!(
            "All of {reference} has been clear since {}; it is resolved after its hold.",
            by.clock(at)
        ),
        (None, None) => {
            format!("{reference} is resolved once everything of it is over.")
        }
    }
}

/// What people ordered, a line each, with what it is about.
pub(crate) fn ordered(memory: &Memory) -> Vec<String> {
    let line = |order: &Order| match &order.about {
        About::Everything => format!("{}.", order.told()),
        About::Incident(id) => {
            let kept = memory.incidents.get(id);
            let name = kept.map_or(id.as_str(), |k| k.reference.as_str());
            format!("{name}: {}.", order.told())
        }
        About::Issue(detector, id) => {
            let known = memory.episodes.get(&(detector.clone(), id.clone()));
            let name = known.map_or(id.as_str(), |e| e.detection.title.as_str());
            format!("{name} ({id}): {}.", order.told())
        }
    };
    memory.orders.all().map(line).collect()
}

/// What the alert source was told of an issue.
fn fed(alert: &FedAlert, by: &Moment) -> String {
    let told = match alert.told.zip(alert.at) {
        Some((status, at)) => format!("was told at {} that it is {}", by.clock(at), status.word()),
        None => "was told nothing yet".into(),
    };
    let next = alert
        .sending
        .map(|s| format!("; {} is on its way", s.word()));
    let refused = alert.refused.as_ref();
    let refused = refused.map(|why| format!("; it refused more: {why}"));
    format!(
        "The alert source {told}{}{} ({}).",
        next.unwrap_or_default(),
        refused.unwrap_or_default(),
        alert.key()
    )
}

/// What became of an episode, in full.
pub(crate) fn explained(
    memory: &Memory,
    episode: &Episode,
    alert: Option<&FedAlert>,
    by: &Moment,
) -> String {
    let d = &episode.detection;
    let mut lines = vec![
        format!("{} ({} at {})", d.title, d.id, d.detector),
        format!(
            "Burnt since {}, heard of last at {}: {}.",
            by.clock(episode.begun),
            by.clock(episode.heard),
            standing(episode, by)
        ),
        fate(episode),
    ];
    let orders = &memory.orders;
    lines.extend(match memory.kept(episode) {
        Some(k) => Some(kept(orders, k, by)),
        None => orders
            .holds_issue(&episode.issue())
            .map(|o| format!("{}.", o.told())),
    });
    lines.extend(alert.map(|alert| fed(alert, by)));
    lines.join("\n") + "\n\n"
}

/// What stood in the way of the last look, a sentence each.
pub(crate) fn troubles(last: &LastRound) -> Vec<String> {
    let detectors = last.detectors.iter().filter_map(|(_, why)| why.clone());
    let incidents = last.incidents.as_ref();
    let incidents = incidents.map(|why| format!("incident.io could not be read: {why}"));
    detectors.chain(incidents).collect()
}

/// That the last look is longer ago than a few rounds; nothing where it is not.
pub(crate) fn silence(last: &LastRound, every: Duration, now: Instant) -> Option<String> {
    let ago = now - last.at;
    let is_late = ago > (every * MISSED).max(LEAST);
    let says = || {
        let ago = time::span(ago.num_seconds());
        format!("It last looked {ago} ago: is it running?")
    };
    is_late.then(says)
}

/// How many episodes stand how, in a line.
pub(crate) fn counts(all: &[&Episode]) -> String {
    let of = |is: fn(&Episode) -> bool| all.iter().filter(|e| is(e)).count();
    let burning = of(Episode::burns);
    let unsure = of(|e| matches!(e.standing, Standing::Unsure { .. }));
    let clear = of(Episode::is_over);
    let parts = [
        (burning, "burning"),
        (unsure, "not known to be over"),
        (clear, "clear"),
    ];
    let parts = parts.into_iter().filter(|(many, _)| *many > 0);
    let parts: Vec<String> = parts.map(|(many, what)| format!("{many} {what}")).collect();
    match parts.is_empty() {
        true => "nothing burns".into(),
        false => parts.join(", "),
    }
}

/// How often an episode came back, where it did.
pub(crate) fn flaps(episode: &Episode) -> Option<String> {
    let flaps = episode.flaps as usize;
    (flaps > 0).then(|| format!("came back {}", text::counted(flaps, "time", "times")))
}
