//! What detectors say, against what is remembered. Silence is never recovery: an episode ends only when a detector that
//! answers says so, and where metrics are asked too, when they say so as well.

use super::super::words;
use super::{Round, kept};
use crate::domain::episode::{Doubt, Episode, IssueId, Memory, Proof, Standing};
use crate::domain::{Detection, DetectionState, Heard, Instant, Sighting, Verdict};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Issues that a sighting does not name and that were burning, or whose incident is still open: the metrics are asked
/// about these.
pub fn silent(memory: &Memory, sighting: &Sighting) -> Vec<IssueId> {
    // Whoever tells all leaves out what is over; whoever tells what changed names it.
    let (told, tells_all) = match &sighting.heard {
        Heard::Nothing(_) => return Vec::new(),
        Heard::Some(told) | Heard::Part(told, _) => (told, false),
        Heard::All(all, _) => (all, true),
    };
    let is_of = |d: &&Detection| (d.state == DetectionState::Cleared) != tells_all;
    let named: BTreeSet<&str> = told.iter().filter(is_of).map(|d| d.id.as_str()).collect();
    let leave = |id: &str| named.contains(id) == tells_all;
    open(memory, &sighting.detector, leave)
}

fn burning(all: &[Detection]) -> impl Iterator<Item = &Detection> {
    all.iter().filter(|d| d.state != DetectionState::Cleared)
}

/// Issues of a detector that are not over, or whose incident is not, without those that are left out.
fn open(memory: &Memory, detector: &str, leave: impl Fn(&str) -> bool) -> Vec<IssueId> {
    let of = memory
        .episodes
        .range((detector.to_owned(), String::new())..)
        .take_while(|((d, _), _)| d == detector);
    of.filter(|((_, id), episode)| memory.matters(episode) && !leave(id))
        .map(|(issue, _)| issue.clone())
        .collect()
}

/// Takes in what one detector said.
pub(super) fn hear(round: &Round<'_>, sighting: &Sighting, memory: &mut Memory) {
    let quiet = silent(memory, sighting);
    match &sighting.heard {
        Heard::Nothing(_) => {
            for issue in open(memory, &sighting.detector, |_| false) {
                if !is_over(memory, &issue) {
                    doubt(memory, &issue, sighting.at, Doubt::Unanswered);
                }
            }
        }
        Heard::All(all, remembers) => {
            burning(all).for_each(|d| burns(memory, d, sighting.at));
            for issue in quiet {
                let doubt = doubt_of(memory, &issue, sighting.at, *remembers);
                judge(round, memory, &issue, sighting.at, doubt);
            }
        }
        Heard::Some(told) | Heard::Part(told, _) => {
            burning(told).for_each(|d| burns(memory, d, sighting.at));
            for issue in quiet {
                judge(round, memory, &issue, sighting.at, None);
            }
        }
    }
}

/// Why the detector's silence about an issue says nothing; nothing where it says that it is over.
fn doubt_of(
    memory: &Memory,
    issue: &IssueId,
    at: Instant,
    remembers: Option<Instant>,
) -> Option<Doubt> {
    let episode = memory.episodes.get(issue)?;
    if let Standing::Unsure { why, .. } = episode.standing
        && why != Doubt::Unanswered
    {
        // What was once in doubt is not settled by more of the same silence.
        return Some(why);
    }
    if remembers.is_some_and(|since| since >= episode.heard) {
        return Some(Doubt::Forgotten);
    }
    let vouched = episode.detection.ends;
    vouched.filter(|ends| *ends <= at).map(|_| Doubt::Lapsed)
}

/// Decides about an issue that is not named any more.
fn judge(round: &Round<'_>, memory: &mut Memory, issue: &IssueId, at: Instant, why: Option<Doubt>) {
    let needs_metrics = round.confirmed.contains(&issue.0);
    let verdict = round
        .verdicts
        .get(issue)
        .copied()
        .unwrap_or(Verdict::Unknown);
    if is_over(memory, issue) {
        // It was over, and the metrics say that it is not: nothing is resolved on that.
        if needs_metrics && verdict == Verdict::Burns {
            doubt(memory, issue, at, Doubt::Unconfirmed);
        }
        return;
    }
    match (why, verdict) {
        (_, Verdict::Quiet) if needs_metrics => clears(memory, issue, at, Proof::Metrics),
        (None, _) if !needs_metrics => clears(memory, issue, at, Proof::Detector),
        (None, _) => doubt(memory, issue, at, Doubt::Unconfirmed),
        (Some(why), _) => doubt(memory, issue, at, why),
    }
}

fn burns(memory: &mut Memory, told: &Detection, at: Instant) {
    let issue = told.issue();
    let known = memory.episodes.get(&issue);
    let begun = match known {
        None => Some(Episode::begins(told.clone(), at)),
        Some(known) => is_next(memory, known, told).then(|| known.followed_by(told.clone(), at)),
    };
    if let Some(begun) = begun {
        memory.episodes.insert(issue, Arc::new(begun));
        return;
    }
    let Some(episode) = memory.episodes.get_mut(&issue).map(Arc::make_mut) else {
        return;
    };
    let again = episode.incident.is_some()
        && (episode.is_over() || told.started > episode.detection.started);
    if episode.incident.is_none() && !episode.is_declaring() {
        episode.begun = told.started;
    }
    (episode.heard, episode.standing) = (at, Standing::Burning);
    episode.detection.clone_from(told);
    episode.flaps += u32::from(again);
    let (flaps, incident) = (episode.flaps, episode.incident.clone());
    let Some(id) = incident else { return };
    kept(memory, &id, |kept| {
        kept.clear_since = None;
        kept.flaps += u32::from(again);
        kept.lines.remove(&about("doubt", &issue));
        // A thousand times make ten lines, not a thousand.
        if again && flaps.is_power_of_two() {
            let says = words::again(&told.title, flaps);
            kept.tell(about("state", &issue), at, says);
        }
    });
}

/// Whether what is told begins another episode. While its incident is open it is the same trouble, however often it
/// comes and goes.
fn is_next(memory: &Memory, known: &Episode, told: &Detection) -> bool {
    if known.incident.is_none() {
        return known.is_over() && !known.is_declaring();
    }
    let began_anew = known.is_over() || told.started > known.detection.started;
    began_anew && !memory.has_open(known)
}

fn is_over(memory: &Memory, issue: &IssueId) -> bool {
    let known = memory.episodes.get(issue);
    known.is_some_and(|episode| episode.is_over())
}

fn clears(memory: &mut Memory, issue: &IssueId, at: Instant, by: Proof) {
    let Some(episode) = memory.episodes.get_mut(issue) else {
        return;
    };
    let episode = Arc::make_mut(episode);
    episode.standing = Standing::Clear { since: at, by };
    let (title, flaps) = (episode.detection.title.clone(), episode.flaps);
    let Some(id) = episode.incident.clone() else {
        return;
    };
    kept(memory, &id, |kept| {
        kept.lines.remove(&about("doubt", issue));
        if flaps == 0 || flaps.is_power_of_two() {
            kept.tell(about("state", issue), at, words::cleared(&title, by));
        }
    });
}

fn doubt(memory: &mut Memory, issue: &IssueId, at: Instant, why: Doubt) {
    let known = memory.episodes.get(issue).map(|e| e.standing.clone());
    let since = match known {
        Some(Standing::Unsure { why: before, .. }) if before == why => return,
        Some(Standing::Unsure { since, .. }) => since,
        _ => at,
    };
    let Some(episode) = memory.episodes.get_mut(issue).map(Arc::make_mut) else {
        return;
    };
    episode.standing = Standing::Unsure { since, why };
    let says = words::in_doubt(&episode.detection, why);
    let Some(id) = episode.incident.clone() else {
        return;
    };
    kept(memory, &id, |kept| {
        kept.clear_since = None;
        // A detector that is away would be told on every incident; `status` says it once.
        if why != Doubt::Unanswered {
            kept.tell(about("doubt", issue), at, says);
        }
    });
}

fn about(what: &str, issue: &IssueId) -> String {
    format!("{what} {} {}", issue.0, issue.1)
}
