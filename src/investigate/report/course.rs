//! How the trouble went on and what was done about it: the tense of every sentence and every piece of advice follow it.

use super::Writer;
use super::phrases::{clock, clocks};
use crate::domain::{Change, ChangeClass, Instant};
use chrono::Duration;

/// Minutes after the last measure from which nobody can say that the trouble still lasts.
const UNSEEN: i64 = 15;

/// How the trouble went on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Course {
    /// It was there when it was measured last, moments ago.
    Lasts,
    /// The signal came back to normal.
    Recovered(Instant),
    /// The incident is over; the measures at hand end before.
    Closed,
    /// It was there when it was measured last, and that is a while ago.
    Unseen(Instant),
}

/// What was done about a change that is blamed.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::investigate) struct Undoing {
    /// When it was done, or said to be done.
    pub at: Instant,
    /// In whose words.
    pub says: String,
    /// It is done, not only begun.
    pub done: bool,
}

/// Words in which people and pipelines say that a change was taken back, and that somebody is about to.
const DONE: [&str; 8] = [
    "rolled back",
    "(rollback)",
    "rollback is through",
    "rollback complete",
    "rollback done",
    "rollback finished",
    "reverted",
    "turned off",
];
const BEGUN: [&str; 4] = ["rolling back", "rollback", "reverting", "turning off"];
/// What is wished, doubted or denied was not done.
const DOUBT: [&str; 8] = [
    "not ", "n't ", "should", "could", "consider", " if ", "shall ", "might",
];

impl Writer<'_> {
    pub(super) fn course(&self) -> Course {
        let end = self
            .flow
            .end()
            .and_then(|end| Instant::from_timestamp(end, 0));
        let unseen = end.filter(|end| self.case.now - *end > Duration::minutes(UNSEEN));
        match (self.picture.recovered, self.is_over, unseen) {
            (Some(at), ..) => Course::Recovered(at),
            (None, true, _) => Course::Closed,
            (None, false, Some(end)) => Course::Unseen(end),
            (None, false, None) => Course::Lasts,
        }
    }

    /// A word for what is so, or for what was so.
    pub(super) fn tense(&self, is: &'static str, was: &'static str) -> &'static str {
        match self.course() {
            Course::Lasts => is,
            _ => was,
        }
    }

    /// `is slow`, `was slow 14:32–14:51 UTC`.
    pub(super) fn lasted(&self, what: &str) -> String {
        let onset = self.picture.onset;
        match self.course() {
            Course::Lasts => format!("is {what}"),
            Course::Recovered(at) => format!("was {what} {}", clocks(onset, at)),
            Course::Closed => format!("was {what} from {} on", clock(onset)),
            Course::Unseen(at) => {
                format!("was still {what} at {}, where the measures end", clock(at))
            }
        }
    }

    /// What was done about a change, as far as the case tells.
    pub(super) fn undone(&self, service: &str, change: &Change) -> Option<Undoing> {
        undone(service, change, &self.case.changes, &self.case.notes)
    }
}

/// What was done about a change: a later change that takes it back, else what people wrote since.
pub(in crate::investigate) fn undone(
    service: &str,
    change: &Change,
    changes: &[Change],
    notes: &[(Instant, String)],
) -> Option<Undoing> {
    taken_back(service, change, changes).or_else(|| said_undone(service, change, notes))
}

fn taken_back(service: &str, change: &Change, changes: &[Change]) -> Option<Undoing> {
    let all = || changes.iter().filter(|c| c.service == service);
    let earlier =
        |version: &str| all().any(|c| c.at < change.at && c.version.as_deref() == Some(version));
    let takes_back = |c: &&Change| {
        let says = c.title.to_lowercase();
        DONE.iter().chain(&BEGUN).any(|word| says.contains(word))
            || c.version.as_deref().is_some_and(earlier)
    };
    let later = all().filter(|c| c.at > change.at);
    let first = later.filter(takes_back).min_by_key(|c| c.at)?;
    Some(Undoing {
        at: first.at,
        says: first.title.clone(),
        done: true,
    })
}

/// The last word on it. People name the service or the version once; what follows is about the same.
fn said_undone(service: &str, change: &Change, notes: &[(Instant, String)]) -> Option<Undoing> {
    let names = [Some(service), change.version.as_deref()];
    let names: Vec<String> = names.into_iter().flatten().map(str::to_lowercase).collect();
    let mut last: Option<Undoing> = None;
    for (at, says) in notes.iter().filter(|(at, _)| *at >= change.at) {
        let lower = says.to_lowercase();
        let is_about = last.is_some() || names.iter().any(|name| lower.contains(name));
        let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
        if !is_about || has(&DOUBT) || !(has(&DONE) || has(&BEGUN)) {
            continue;
        }
        let done = has(&DONE) || last.as_ref().is_some_and(|l| l.done);
        last = Some(Undoing {
            at: *at,
            says: says.clone(),
            done,
        });
    }
    last
}

/// What taking back a change of a class is called.
pub(super) fn undoing(class: ChangeClass) -> &'static str {
    match class {
        ChangeClass::FeatureFlag => "turned back",
        ChangeClass::Config => "reverted",
        _ => "rolled back",
    }
}
