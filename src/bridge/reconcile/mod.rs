//! What both sides say now, compared, and the difference as steps. Nothing here asks or writes anything: the same input
//! gives the same steps. A step that is not done is said again in the next round, under the same key.

mod declare;
mod hear;
mod settle;
mod watch;

pub use hear::silent;
pub use settle::MOST_LOOKS;

use super::policy::Policy;
use super::steps::Lines;
use crate::domain::episode::{Episode, Fate, How, IssueId, Kept, Line, Memory, Said};
use crate::domain::{IncidentId, Instant, Sighting, StatusCategory, Verdict};
use chrono::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is known in one round.
pub struct Round<'a> {
    /// What each detector said.
    pub sightings: &'a [Sighting],
    /// What the metrics say of issues that fell silent.
    pub verdicts: &'a BTreeMap<IssueId, Verdict>,
    /// Detectors whose word that something is over needs the metrics beside it.
    pub confirmed: &'a BTreeSet<String>,
    /// The incidents that are open, and those that are kept; none where they could not be read.
    pub incidents: Option<&'a [Shown]>,
    /// What decides.
    pub policy: &'a Policy,
    /// When it is.
    pub now: Instant,
}

/// An incident as incident.io shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// Its id.
    pub id: IncidentId,
    /// `INC-123`.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Its page.
    pub address: Option<String>,
    /// Only people who were invited may see it.
    pub is_private: bool,
    /// Who answered a page for it; empty where that is not known.
    pub answered: Option<String>,
    /// Where in its life it is.
    pub category: StatusCategory,
    /// The organisation's name of its status.
    pub status: String,
    /// Its severity; empty where it has none yet.
    pub severity: String,
    /// Who leads it; empty where nobody does.
    pub lead: String,
    /// The services it names.
    pub services: Vec<String>,
    /// It is a real incident that everybody may see: others are never joined.
    pub is_joinable: bool,
    /// When somebody else than the bridge last told of it.
    pub told_by_people: Option<Instant>,
}

/// Something to be done at incident.io.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Declare an incident for these issues; the first names it.
    Declare(Declaration),
    /// What was being declared is over: as long as it was not sent it is given up.
    Withdraw {
        /// The key of the write.
        key: String,
        /// The issues it was to declare.
        issues: Vec<IssueId>,
        /// Whether it was for a storm.
        how: How,
    },
    /// A resolution is not right any more: it burns again, or people have it. Where it did not happen it never will.
    TakeBack {
        /// The incident.
        incident: IncidentId,
        /// The key of the resolution.
        key: String,
    },
    /// Put a note on an incident's timeline.
    Note {
        /// The incident.
        incident: IncidentId,
        /// Its reference.
        reference: String,
        /// The idempotency key.
        key: String,
        /// What happened, oldest first.
        lines: Vec<Line>,
    },
    /// Look for the cause of an incident; what comes of it is learnt later.
    Investigate {
        /// The incident.
        incident: IncidentId,
        /// Its reference.
        reference: String,
    },
    /// Write a hypothesis into an incident's summary, in the place of an earlier one.
    Summarise {
        /// The incident.
        incident: IncidentId,
        /// Its reference.
        reference: String,
        /// The hypothesis.
        hypothesis: String,
    },
    /// Draft what is to be learnt of an incident that is over; what comes of it is known later.
    Learn {
        /// The incident.
        incident: IncidentId,
        /// Its reference.
        reference: String,
    },
    /// Resolve an incident: everything of it is over.
    Resolve {
        /// The incident.
        incident: IncidentId,
        /// Its reference.
        reference: String,
        /// The idempotency key.
        key: String,
        /// What cleared when.
        says: String,
    },
}

/// An incident to be declared.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The issues it is for.
    pub issues: Vec<IssueId>,
    /// The idempotency key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// The organisation's severity.
    pub severity: String,
    /// What is known.
    pub summary: String,
    /// The services it is about.
    pub services: Vec<String>,
    /// Whether it stands for all that was too much.
    pub how: How,
}

/// What became of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// The incident of a declaration stands, under this reference, and says this.
    Declared(Box<Declaration>, IncidentId, String, Said),
    /// A declaration was refused, or given up before it was sent: it did not happen.
    NotDeclared(Vec<IssueId>, String),
    /// Somebody gave its declaration up in the journal: people decided.
    GivenUp(Vec<IssueId>),
    /// A note stands, or nobody will ever know: it is not written again.
    Noted(IncidentId),
    /// A cause was looked for: whether the finding stands by it, and the likeliest one.
    Looked(IncidentId, bool, Option<String>),
    /// Something was done that is told on an incident's timeline.
    Tells(IncidentId, Lines),
    /// A summary holds a hypothesis, or never will; and whether it was written just now.
    Summarised(IncidentId, String, bool),
    /// What could be drafted of it was, or never will be.
    Learnt(IncidentId),
    /// An incident was resolved.
    Resolved(IncidentId),
    /// Its resolution did not happen, and never will.
    TakenBack(IncidentId),
    /// It is not there any more, or may not be seen any more.
    OutOfSight(IncidentId),
    /// It was not, and why; somebody else may have changed it.
    NotResolved(IncidentId, String),
}

/// Compares what both sides say with what is remembered: what is to be remembered now, and what is to be done.
pub fn reconcile(round: &Round<'_>, memory: &Memory) -> (Memory, Vec<Step>) {
    let mut memory = memory.clone();
    for sighting in round.sightings {
        hear::hear(round, sighting, &mut memory);
    }
    let mut steps = Vec::new();
    if let Some(incidents) = round.incidents {
        watch::watch(round, incidents, &mut memory);
        steps.extend(declare::declare(round, incidents, &mut memory));
        steps.extend(settle::settle(round, &mut memory));
    }
    forget(round.now, &mut memory);
    (memory, steps)
}

/// What is remembered once it is known what became of a step.
pub fn learn(memory: &Memory, happened: &Happened, now: Instant) -> Memory {
    let mut memory = memory.clone();
    match happened {
        Happened::Declared(declaration, id, reference, said) => {
            declare::declared(&mut memory, declaration, (id, reference), said, now);
        }
        Happened::NotDeclared(issues, why) => {
            each(&mut memory, issues, |episode| {
                not_declared(episode, why, now)
            });
        }
        Happened::GivenUp(issues) => {
            let why = "somebody gave its declaration up in the journal";
            each(&mut memory, issues, |e| e.fate = Fate::Dropped(why.into()));
        }
        Happened::Noted(id) => kept(&mut memory, id, settle::noted),
        Happened::Looked(id, settled, hypothesis) => kept(&mut memory, id, |kept| {
            settle::looked(kept, *settled, hypothesis.clone(), now);
        }),
        Happened::Tells(id, lines) => kept(&mut memory, id, |kept| {
            kept.lines.extend(lines.iter().cloned());
        }),
        Happened::Summarised(id, hypothesis, _) => {
            kept(&mut memory, id, |k| k.summarised = Some(hypothesis.clone()));
        }
        Happened::Learnt(id) => kept(&mut memory, id, |kept| kept.learnt = true),
        Happened::Resolved(id) => kept(&mut memory, id, |kept| {
            (kept.ended, kept.resolving) = (Some(now), None);
        }),
        Happened::TakenBack(id) => kept(&mut memory, id, |kept| {
            kept.resolving = None;
            kept.given_up += 1;
        }),
        Happened::OutOfSight(id) => kept(&mut memory, id, |kept| {
            (kept.ended, kept.resolving) = (Some(now), None);
            kept.out_of_sight = true;
        }),
        Happened::NotResolved(id, why) => {
            kept(&mut memory, id, |kept| {
                (kept.hands, kept.resolving) = (Some(why.clone()), None);
            });
        }
    }
    memory
}

/// The first pause after a refused declaration, doubled after each further one.
const PAUSE: Duration = Duration::seconds(30);
/// Doublings of it: about half an hour.
const MOST_DOUBLED: u32 = 6;

fn not_declared(episode: &mut Episode, why: &str, now: Instant) {
    let pause = PAUSE * 2_i32.pow(episode.refused.min(MOST_DOUBLED));
    episode.not_before = Some(now + pause);
    episode.refused += 1;
    episode.fate = Fate::Waits(why.to_owned());
}

fn each(memory: &mut Memory, issues: &[IssueId], change: impl Fn(&mut Episode)) {
    for issue in issues {
        if let Some(episode) = memory.episodes.get_mut(issue) {
            change(Arc::make_mut(episode));
        }
    }
}

fn kept(memory: &mut Memory, id: &IncidentId, change: impl FnOnce(&mut Kept)) {
    if let Some(kept) = memory.incidents.get_mut(id) {
        change(Arc::make_mut(kept));
    }
}

/// How long what is over is remembered.
const REMEMBERED: Duration = Duration::days(7);

/// Forgets what has been over for long: memory grows with what burns, not with the months.
fn forget(now: Instant, memory: &mut Memory) {
    let old = |at: Instant| now - at > REMEMBERED;
    memory
        .incidents
        .retain(|_, kept| !kept.ended.is_some_and(old));
    let incidents = &memory.incidents;
    memory.episodes.retain(|_, episode| {
        let is_kept = episode
            .incident
            .as_ref()
            .is_some_and(|id| incidents.contains_key(id));
        is_kept || episode.burns() || !old(episode.heard)
    });
}

#[cfg(test)]
pub(super) mod tests;
