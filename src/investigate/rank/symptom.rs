//! Where the trouble is felt, and since when.

use super::{Symptom, VISIBLE, span};
use crate::domain::{Instant, Sign};
use crate::investigate::Case;
use crate::investigate::flow::{Flow, Trouble};
use crate::investigate::logs::is_failure;
use crate::investigate::measure::unusual;
use crate::investigate::onset::{onset, recovered};
use std::collections::{BTreeMap, BTreeSet};

/// Usual spreads from which a symptom on a service that nobody named is beyond doubt.
const PLAIN: f64 = 10.0;
/// Hours around the declaration in which an alert may speak of the same trouble.
const SAME_TROUBLE: i64 = 6;

/// A symptom with its onset, and what makes it the best one.
struct Candidate {
    key: (bool, f64),
    symptom: Symptom,
    start: Option<i64>,
}

/// What is felt, since when, and where that time comes from.
type Felt = (Option<Symptom>, Instant, String);

/// On the services the incident names, in the kind it speaks of, else where it stands out most; on their callers where
/// they are not measured; anywhere where nothing is named.
pub(super) fn symptom(case: &Case, flow: &Flow) -> Felt {
    let scout = Scout::new(case, flow);
    let mut first: Option<Candidate> = None;
    for (place, is_named) in scout.places() {
        let best = scout.best_of(&place, is_named);
        // What is named and shows nothing may be felt by who calls it: those are looked at next, and must show it plainly.
        let least = if is_named { VISIBLE } else { PLAIN };
        match best {
            Some(found) if found.symptom.part.whole_off >= least => return felt(case, flow, found),
            best => first = first.or(best),
        }
    }
    if let Some(found) = first {
        return felt(case, flow, found);
    }
    let (at, how) = told_onset(case);
    (None, at, how)
}

/// Who looks where the trouble is felt.
struct Scout<'a> {
    case: &'a Case,
    flow: &'a Flow<'a>,
    /// Services that the incident names, each with everything that it needs and waits for.
    named: Vec<(usize, BTreeSet<usize>)>,
    /// When it was known at the latest.
    latest: i64,
}

impl<'a> Scout<'a> {
    fn new(case: &'a Case, flow: &'a Flow<'a>) -> Self {
        let services = case.context.services.iter();
        let named = services.filter_map(|s| flow.calls.index(&s.name));
        let declared = case.created.timestamp();
        Self {
            case,
            flow,
            named: named
                .map(|n| (n, flow.calls.below(&[n], |u, n| flow.may_wait(u, n))))
                .collect(),
            latest: alerted(case).map_or(declared, |t| t.timestamp().min(declared)),
        }
    }

    /// Where to look, in this order, and whether the incident names what is there: what is named, who calls it, what it
    /// needs, and then everybody. A named service that shows nothing hides nothing.
    fn places(&self) -> Vec<(Vec<usize>, bool)> {
        let calls = &self.flow.calls;
        let named: Vec<usize> = self.named.iter().map(|n| n.0).collect();
        let all = || 0..calls.names.len();
        if named.is_empty() {
            let fronts = all().filter(|&n| calls.callers(n).is_empty());
            return vec![(fronts.collect(), false), (all().collect(), false)];
        }
        let callers = named.iter().flat_map(|&n| calls.callers(n).to_vec());
        let waits = |u, n| self.flow.may_wait(u, n);
        let needed = calls.below(&named, waits).into_iter();
        let waited_for = all().filter(|&n| is_waited_for(self.flow, n));
        vec![
            (named.clone(), true),
            (callers.collect(), false),
            (needed.collect(), false),
            (waited_for.collect(), false),
        ]
    }

    /// What stands out most among some services: the kind the incident speaks of first. Of several that show it, one behind
    /// the other, it is felt at the foremost.
    fn best_of(&self, place: &[usize], is_named: bool) -> Option<Candidate> {
        let seen = place.iter().filter(|&&n| self.flow.is_seen(n));
        let all = seen.flat_map(|&n| Trouble::ALL.map(|kind| (n, kind)));
        let all: Vec<Candidate> = all.filter_map(|of| self.candidate(of, is_named)).collect();
        let behind = if is_named {
            self.behind(&all)
        } else {
            BTreeSet::new()
        };
        let foremost = all
            .into_iter()
            .filter(|c| !behind.contains(&c.symptom.service));
        foremost.reduce(|best, one| if one.key > best.key { one } else { best })
    }

    /// Named services behind others that show the trouble plainly too; nobody where they are all behind one another. Both
    /// show it now, so that it does not matter whether their swings of other days went together.
    fn behind(&self, all: &[Candidate]) -> BTreeSet<usize> {
        let plain = all.iter().filter(|c| c.symptom.part.whole_off >= VISIBLE);
        let front: BTreeSet<usize> = plain.map(|c| c.symptom.service).collect();
        let called = |n: &usize| self.flow.calls.below(&[*n], |_, _| true);
        let behind: BTreeSet<usize> = front.iter().flat_map(called).collect();
        if front.is_subset(&behind) {
            return BTreeSet::new();
        }
        behind
    }

    fn candidate(&self, (service, kind): (usize, Trouble), is_named: bool) -> Option<Candidate> {
        let flow = self.flow;
        let lane = flow.lane(flow.view(service, &kind.signal())?);
        let start = onset(lane, self.latest);
        let from = start.unwrap_or(self.case.created.timestamp());
        let over = recovered(lane, from).and_then(|s| Instant::from_timestamp(s, 0));
        let part = flow.part(service, kind, span(flow, from, over))?;
        let over_it = self
            .named
            .iter()
            .find(|(_, below)| below.contains(&service));
        let root = over_it.filter(|_| !is_named).map_or(service, |n| n.0);
        let hinted = self.case.context.hint == Some(kind) && part.whole_off >= VISIBLE;
        let matters = flow.matters(&part, kind, root);
        // Where nobody is named, what stands out most is rarely what is felt most: it is what is most of all that is handled.
        let stands_out = if is_named {
            part.whole_off
        } else {
            matters * unusual(part.whole_off)
        };
        Some(Candidate {
            key: (hinted, stands_out),
            symptom: Symptom {
                service,
                kind,
                part,
                visible: false,
                named: is_named,
                root,
                matters,
            },
            start,
        })
    }
}

/// Whether anybody waits for a service; nobody may be known to call it.
fn is_waited_for(flow: &Flow, service: usize) -> bool {
    let callers = flow.calls.callers(service);
    callers.is_empty() || callers.iter().any(|&u| flow.may_wait(u, service))
}

/// The first alert that may speak of this trouble.
fn alerted(case: &Case) -> Option<Instant> {
    let times = case.alerts.iter().map(|a| a.created);
    times.filter(|t| is_near(case, *t)).min()
}

/// The onset where no measure shows one: what was told first, by an alert, by a system or by the logs.
fn told_onset(case: &Case) -> (Instant, String) {
    let surely = |s: &&Sign| s.weight >= SURELY;
    let signs = case.signs.iter().filter(surely).filter_map(|s| s.at);
    let sign = signs.filter(|t| is_near(case, *t)).min();
    let told = [
        (alerted(case), "the first alert"),
        (sign, "what a system says of its objects"),
        (
            burst(case),
            "the first of more failing log lines than usual",
        ),
    ];
    let told = told.into_iter().filter_map(|(at, how)| Some((at?, how)));
    let first = told.filter(|t| t.0 < case.created).min_by_key(|t| t.0);
    first.map_or_else(
        || {
            let how = "the time the incident was declared, since no measure shows a start";
            (case.created, how.to_owned())
        },
        |(at, how)| (at, how.to_owned()),
    )
}

/// How surely a system must speak of a fault for its time to be that of the trouble.
const SURELY: f64 = 0.5;
/// Seconds before the declaration within which logs are looked through for a start.
const BURST_BEFORE: i64 = 7_200;
/// Failing lines a minute that are a burst: twice the usual and two more, in two of three minutes.
const BURST: f64 = 2.0;

/// Whether a time lies near the declaration.
fn is_near(case: &Case, at: Instant) -> bool {
    (case.created - at).num_hours().abs() < SAME_TROUBLE
}

/// When the logs began to tell of failures more than usual.
fn burst(case: &Case) -> Option<Instant> {
    let (mut usual, mut minutes) = (0.0, BTreeMap::<i64, (f64, Instant)>::new());
    for sample in &case.logs {
        let failing = sample.normal.iter().filter(|l| is_failure(&l.text)).count();
        usual += failing as f64 * 60.0 / sample.normal_seconds.max(60) as f64;
        let since = case.created.timestamp() - BURST_BEFORE..=case.created.timestamp();
        let recent = sample
            .recent
            .iter()
            .filter(|l| since.contains(&l.at.timestamp()));
        for line in recent.filter(|l| is_failure(&l.text)) {
            let minute = minutes
                .entry(line.at.timestamp() / 60)
                .or_insert((0.0, line.at));
            *minute = (minute.0 + 1.0, minute.1.min(line.at));
        }
    }
    let many = |minute: i64| {
        minutes
            .get(&minute)
            .is_some_and(|m| m.0 >= BURST * usual + BURST)
    };
    let lasts = |minute: &i64| many(*minute) && (many(minute + 1) || many(minute + 2));
    let first = minutes.keys().copied().find(lasts)?;
    Some(minutes[&first].1)
}

fn felt(case: &Case, flow: &Flow, found: Candidate) -> Felt {
    let symptom = found.symptom;
    let start = found.start.filter(|_| symptom.part.whole_off >= VISIBLE);
    let measured = start.and_then(|s| Instant::from_timestamp(s, 0));
    let (at, how) = measured.map_or_else(
        || told_onset(case),
        |at| {
            let (name, signal) = (&flow.calls.names[symptom.service], symptom.kind.signal());
            let how = format!("{} of {name} left its usual range", signal.label());
            (at, how)
        },
    );
    (Some(symptom), at, how)
}
