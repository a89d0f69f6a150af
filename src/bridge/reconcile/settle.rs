//! What is told on an incident's timeline, never more than one note a minute, and what is resolved once it has been quiet
//! for long enough.

use super::super::{steps, words};
use super::{Round, Step};
use crate::domain::detection::answering;
use crate::domain::episode::{Episode, How, Kept, Looked, Memory, Standing};
use crate::domain::order::Order;
use crate::domain::{Instant, StatusCategory, digest};
use chrono::Duration;
use std::sync::Arc;

/// Time between two notes on one incident.
const BETWEEN_NOTES: Duration = Duration::minutes(1);

/// What is to be written on each incident that is kept.
pub(super) fn settle(round: &Round<'_>, memory: &mut Memory) -> Vec<Step> {
    let of_each = memory.by_incident();
    let Memory {
        incidents, orders, ..
    } = memory;
    let mut steps = Vec::new();
    for (id, known) in incidents {
        let episodes = of_each.get(id).map_or(&[][..], Vec::as_slice);
        let mut kept = (**known).clone();
        kept.clear_since = quiet_since(episodes);
        match orders.holds_incident(id) {
            // What happens meanwhile is remembered, and told once it goes on.
            Some(_) => steps.extend(taken_back(&kept)),
            None => {
                let taken = orders.taken(id).map(Order::told);
                steps.extend(resolve(round, &mut kept, episodes, taken));
                steps.extend(investigate(round, &kept));
                steps.extend(summarise(&kept));
                steps.extend(lesson(round, &kept));
                steps.extend(note(round, &mut kept));
            }
        }
        if kept != **known {
            *known = Arc::new(kept);
        }
    }
    steps
}

/// Since when everything of an incident is over; nothing while something burns or is in doubt.
fn quiet_since(episodes: &[Arc<Episode>]) -> Option<Instant> {
    let since = |e: &Arc<Episode>| match e.standing {
        Standing::Clear { since, .. } => Some(since),
        _ => None,
    };
    let all: Option<Vec<Instant>> = episodes.iter().map(since).collect();
    all?.into_iter().max()
}

/// Whether every detector of an incident answered just now: what nobody looks at may burn again.
fn is_watched(round: &Round<'_>, episodes: &[Arc<Episode>]) -> bool {
    let answering = answering(round.sightings);
    let mut all = episodes.iter();
    all.all(|e| answering.contains(e.detection.detector.as_str()))
}

/// Resolves what has been quiet for its hold; what people touched or took over is only told.
fn resolve(
    round: &Round<'_>,
    kept: &mut Kept,
    episodes: &[Arc<Episode>],
    taken: Option<String>,
) -> Option<Step> {
    let policy = round.policy;
    let Some(quiet) = kept.clear_since else {
        // It burns again: a resolution on its way would close what burns.
        return taken_back(kept);
    };
    let is_quiet = round.now - quiet >= kept.hold(policy.hold, policy.longest_hold);
    if !kept.is_open() || !is_quiet || !is_watched(round, episodes) {
        return None;
    }
    let says = words::all_clear(episodes);
    let touched = kept.hands.clone().filter(|_| !policy.resolves_touched);
    let theirs = taken.or(touched);
    if theirs.is_some() || !policy.resolves {
        let why = theirs.as_deref();
        let why = why.unwrap_or("the bridge is set not to resolve");
        // Told once for each time that all is quiet.
        if kept.left != Some(quiet) {
            kept.tell("quiet", round.now, words::left_to_people(&says, why));
            kept.left = Some(quiet);
        }
        return taken_back(kept);
    }
    let at = match kept.given_up {
        0 => quiet.timestamp().to_string(),
        times => format!("{} {times}", quiet.timestamp()),
    };
    let key = digest(&["bridge resolve", kept.id.as_str(), &at]);
    kept.resolving = Some(key.clone());
    Some(Step::Resolve {
        incident: kept.id.clone(),
        reference: kept.reference.clone(),
        key,
        says,
    })
}

fn taken_back(kept: &Kept) -> Option<Step> {
    kept.resolving.clone().map(|key| Step::TakeBack {
        incident: kept.id.clone(),
        key,
    })
}

/// Time between two looks for the cause of one incident.
const BETWEEN_LOOKS: Duration = Duration::minutes(5);
/// Looks for a cause: at once, and while the finding has not settled.
pub const MOST_LOOKS: u32 = 3;

/// Looks for a cause once it is declared, and again while nothing is settled.
fn investigate(round: &Round<'_>, kept: &Kept) -> Option<Step> {
    let is_ours = kept.how == How::Declared && kept.is_open();
    let is_due = kept.looked.as_ref().is_none_or(|looked| {
        !looked.settled && looked.times < MOST_LOOKS && round.now - looked.at >= BETWEEN_LOOKS
    });
    (round.policy.investigates && is_ours && is_due).then(|| Step::Investigate {
        incident: kept.id.clone(),
        reference: kept.reference.clone(),
    })
}

/// How long after its end an incident is still learnt from.
const LEARNT_WITHIN: Duration = Duration::days(1);

/// What the bridge declared and was resolved, by whomever, is learnt from once. What people declined, merged or cancelled
/// was no incident of its own.
fn lesson(round: &Round<'_>, kept: &Kept) -> Option<Step> {
    use StatusCategory::{Canceled, Declined, Merged};
    let was_none = matches!(kept.category, Some(Canceled | Declined | Merged)) || kept.out_of_sight;
    let is_ours = kept.how != How::Joined && !was_none;
    let is_fresh = kept.ended.is_some_and(|at| round.now - at < LEARNT_WITHIN);
    (round.policy.learns && is_ours && is_fresh && !kept.learnt).then(|| Step::Learn {
        incident: kept.id.clone(),
        reference: kept.reference.clone(),
    })
}

/// What was found of a cause goes into the summary, once for each hypothesis.
fn summarise(kept: &Kept) -> Option<Step> {
    let looked = kept.looked.as_ref().filter(|_| kept.is_open());
    let found = looked.and_then(|looked| looked.hypothesis.clone());
    let hypothesis = found.filter(|found| kept.summarised.as_ref() != Some(found))?;
    Some(Step::Summarise {
        incident: kept.id.clone(),
        reference: kept.reference.clone(),
        hypothesis,
    })
}

/// What looking for a cause came to. One that was named stays named where the next look names none.
pub(super) fn looked(kept: &mut Kept, settled: bool, hypothesis: Option<String>, now: Instant) {
    let before = kept.looked.take();
    let times = before.as_ref().map_or(0, |b| b.times) + 1;
    let hypothesis = hypothesis.or(before.and_then(|b| b.hypothesis));
    kept.looked = Some(Looked {
        at: now,
        times,
        settled,
        hypothesis,
    });
}

/// The note that is due. One that was begun has its key until it stands, and its lines with it.
fn note(round: &Round<'_>, kept: &mut Kept) -> Option<Step> {
    let notes = &round.policy.notes;
    kept.lines.retain(|about, _| notes.have(steps::kind(about)));
    if kept.writing.is_none() {
        let is_due = kept
            .noted
            .is_none_or(|last| round.now - last >= BETWEEN_NOTES);
        if kept.lines.is_empty() || !is_due {
            return None;
        }
        kept.notes += 1;
        kept.noted = Some(round.now);
        kept.writing = Some(std::mem::take(&mut kept.lines).into_values().collect());
    }
    let mut lines = kept.writing.clone()?;
    // What happened at once stays in the order of what it is about.
    lines.sort_by_key(|line| line.at);
    Some(Step::Note {
        incident: kept.id.clone(),
        reference: kept.reference.clone(),
        key: digest(&["bridge note", kept.id.as_str(), &kept.notes.to_string()]),
        lines,
    })
}

/// The note stands: its lines are told.
pub(super) fn noted(kept: &mut Kept) {
    kept.writing = None;
}
