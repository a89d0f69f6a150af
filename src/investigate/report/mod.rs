//! The finding in words and figures: every sentence stands on evidence that is listed with its query.

mod actions;
mod course;
mod evidence;
mod hypotheses;
mod path;
mod phrases;
mod summary;
mod timeline;

pub(super) use actions::watch_undone;
pub(super) use course::undone;
pub(super) use phrases::clock;
pub(super) use summary::try_without;

use super::Case;
use super::flow::{Flow, Trouble};
use super::rank::{Ranking, SETTLED, Weighed};
use crate::domain::{Change, Evidence, Finding, Hypothesis, Missing, Telling, Tellings};
use std::collections::BTreeMap;

/// Hypotheses shown beside the first: with more, nobody reads to the end.
const MOST_STANDING: usize = 5;
/// The same for what was set aside.
const MOST_DISCARDED: usize = 6;

/// Writes the finding of a case, and how it is told once it is over or once it is not any more.
pub(super) fn report(case: &Case, flow: &Flow, picture: &Ranking) -> Finding {
    let written = |is_over| Writer::new(case, flow, picture, is_over).write();
    let ((lasting, tellings), (over, _)) = (written(false), written(true));
    let tellings = Tellings {
        over: Telling::of(&over),
        ..tellings
    };
    Finding {
        tellings: Some(Box::new(tellings)),
        ..if case.is_over { over } else { lasting }
    }
}

fn newest_first(changes: &[Change]) -> Vec<Change> {
    let mut changes = changes.to_vec();
    changes.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.title.cmp(&b.title)));
    changes
}

/// What no source told, and what held the confidence down.
fn missing(case: &Case, picture: &Ranking) -> Vec<Missing> {
    let mut missing = case.missing.clone();
    missing.extend(picture.cap.1.iter().map(|why| Missing {
        source: "confidence".into(),
        says: format!("Held down: {why}."),
    }));
    missing.sort();
    missing.dedup();
    missing
}

/// Collects evidence while it writes: what is said gets a number when it is said first.
struct Writer<'a> {
    case: &'a Case,
    picture: &'a Ranking,
    flow: &'a Flow<'a>,
    /// Whether it is told as something that people say is over.
    is_over: bool,
    evidence: Vec<Evidence>,
    ids: BTreeMap<String, String>,
}

/// What is felt, in words, with the ids of its evidence.
type Felt = (String, Vec<String>);

impl<'a> Writer<'a> {
    fn new(case: &'a Case, flow: &'a Flow<'a>, picture: &'a Ranking, is_over: bool) -> Self {
        Self {
            case,
            picture,
            flow,
            is_over,
            evidence: Vec::new(),
            ids: BTreeMap::new(),
        }
    }

    /// The finding, and which of its advice is spent once it was followed.
    fn write(mut self) -> (Finding, Tellings) {
        // The order in which evidence is asked for is the order of its numbers.
        let symptom = self.symptom();
        let (standing, aside) = self.sides();
        let hypotheses = self.hypotheses(&standing, &aside);
        self.told();
        let settled = hypotheses
            .first()
            .is_some_and(|h| !h.discarded && f64::from(h.confidence) >= SETTLED * 100.0);
        let (case, picture) = (self.case, self.picture);
        let finding = Finding {
            incident: case.reference.clone(),
            name: case.name.clone(),
            severity: case.severity.clone(),
            priority: case.priority.clone(),
            onset: picture.onset,
            onset_from: picture.onset_from.clone(),
            summary: self.summary(&symptom, hypotheses.first().filter(|_| settled)),
            settled,
            services: case.scope.clone(),
            next_check: self.next_check(&standing, &hypotheses),
            actions: self.actions(&standing, &hypotheses, settled),
            timeline: self.timeline(standing.first().copied().filter(|_| settled)),
            changes: newest_first(&case.changes),
            missing: missing(case, picture),
            hypotheses,
            evidence: Vec::new(),
            tellings: None,
        };
        let tellings = self.tellings(&standing, &finding);
        let evidence = self.evidence;
        (
            Finding {
                evidence,
                ..finding
            },
            tellings,
        )
    }

    fn name(&self, one: &Weighed) -> &'a str {
        &self.flow.calls.names[one.service]
    }

    fn symptom_name(&self) -> &'a str {
        self.picture
            .symptom
            .as_ref()
            .map_or("the incident", |s| &self.flow.calls.names[s.service])
    }

    /// The facts of the symptom: what is felt, and where.
    fn symptom(&mut self) -> Option<Felt> {
        let s = self.picture.symptom.clone()?;
        let off = Some(s.part.whole_off);
        let first = self.measure(s.service, &s.kind.signal(), off);
        let mut ids: Vec<String> = first.into_iter().collect();
        if !s.visible {
            return Some((String::new(), ids));
        }
        if s.kind == Trouble::Waiting {
            ids.extend(self.measure(s.service, &crate::domain::Signal::Tail, None));
        }
        let says = ids
            .first()
            .and_then(|id| self.evidence.iter().find(|e| &e.id == id))
            .map(|e| e.says.clone());
        Some((says.unwrap_or_default(), ids))
    }

    /// Everything that stands and that was set aside, ranked.
    fn hypotheses(&mut self, standing: &[&Weighed], aside: &[&Weighed]) -> Vec<Hypothesis> {
        let mut all: Vec<Hypothesis> = standing.iter().map(|w| self.hypothesis(w)).collect();
        all.extend(aside.iter().map(|w| self.discarded(w)));
        all.extend(self.innocent_changes(&all));
        for (hypothesis, rank) in all.iter_mut().zip(1..) {
            hypothesis.rank = rank;
        }
        all
    }
}
