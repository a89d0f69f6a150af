//! Which service is the likeliest cause. Every service is weighed by what was seen of it; the weights say how much a kind
//! of evidence moves the odds, and the odds become a confidence that leaves room for a cause nobody looked at.

mod cap;
mod observe;
mod support;
mod symptom;

use super::Case;
use super::flow::{Contribution, Flow, Span, Trouble};
use super::logs::{Pattern, blames, patterns};
use super::onset::recovered;
use crate::domain::{Instant, Signal};
use cap::cap;
use observe::observe;
use std::collections::BTreeMap;
use support::{attribute_symptom, blame_unmeasured_callee, support, weight};
use symptom::symptom;

/// Seconds by which a change may seem to come after what it caused: measures are points, and clocks differ.
pub const GRACE: i64 = 60;
/// From here on a cause is named. Below it the odds are worse than even.
pub const SETTLED: f64 = 0.5;
/// Usual spreads from which a symptom is there at all: a bell curve leaves one in a thousand beyond.
const VISIBLE: f64 = 3.0;
/// Sureness from which more calls than usual count as a cause of their own.
pub const SURE_LOAD: f64 = 0.3;
/// Seconds after the onset that are compared with normal: what came later may be the doing of whoever repairs it.
const COMPARED: i64 = 1_800;
const COMPARED_LINES: chrono::Duration = chrono::Duration::seconds(COMPARED);

/// Where the trouble is felt.
#[derive(Clone, Debug, PartialEq)]
pub struct Symptom {
    /// The service, as an index into the calls.
    pub service: usize,
    /// What kind of trouble.
    pub kind: Trouble,
    /// How much of it.
    pub part: Contribution,
    /// Whether it is seen in the measures at all.
    pub visible: bool,
    /// Whether the incident names the service.
    pub named: bool,
}

/// Something that runs out.
#[derive(Clone, Debug, PartialEq)]
pub struct Strain {
    /// What.
    pub signal: Signal,
    /// In usual spreads.
    pub off: f64,
    /// Now.
    pub observed: f64,
    /// Usually.
    pub normal: f64,
}

impl Strain {
    /// What, with its value now and usually.
    pub fn shown(&self) -> (&str, String, String) {
        let show = |value| self.signal.show(value);
        (self.signal.label(), show(self.observed), show(self.normal))
    }
}

/// One service weighed.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// Index into the calls.
    pub service: usize,
    /// Log-odds.
    pub support: f64,
    /// 0 to 1.
    pub confidence: f64,
    /// Its part in the symptom's kind of trouble and in the other one: kind, share of the symptom 0 to 1, figures.
    pub parts: Vec<(Trouble, f64, Contribution)>,
    /// What is strained, worst first.
    pub strains: Vec<Strain>,
    /// Restarts since the onset.
    pub restarts: f64,
    /// Patterns of its own log.
    pub patterns: Vec<usize>,
    /// Whether one of them is new, tells of a failure and is more than an anecdote.
    pub failing_lines: bool,
    /// Patterns of others' logs that name it.
    pub blamed: Vec<usize>,
    /// The most suspect change and how suspect, 0 to 1.
    pub change: Option<(usize, f64)>,
    /// Alerts on it.
    pub alerts: Vec<usize>,
    /// More load than usual: times as much, and how surely.
    pub load: Option<(f64, f64)>,
    /// Calls between it and the symptom; nothing where no path is known.
    pub distance: Option<usize>,
    /// Whether its answers are measured.
    pub seen: bool,
}

/// What judgement saw.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// When it began.
    pub onset: Instant,
    /// Where that comes from.
    pub onset_from: String,
    /// When the symptom was back in its usual range, where it is.
    pub recovered: Option<Instant>,
    /// Unix seconds that were compared with normal.
    pub after: Span,
    /// Where it is felt.
    pub symptom: Option<Symptom>,
    /// Log lines that are new, grew or fell silent.
    pub patterns: Vec<Pattern>,
    /// Likeliest first.
    pub weighed: Vec<Weighed>,
    /// The most that may be said, and why, where something was not seen.
    pub cap: (f64, Vec<String>),
}

/// Weighs every service in scope.
pub fn rank(case: &Case, flow: &Flow) -> Ranking {
    let (mut symptom, onset, onset_from) = symptom(case, flow);
    let after = span(flow, onset.timestamp());
    let parts: Parts = [Trouble::Waiting, Trouble::Failing]
        .map(|k| (k, flow.parts(k, after)))
        .into();
    if let Some(s) = &mut symptom
        && let Some(part) = parts[&s.kind][s.service]
    {
        s.part = part;
        s.visible = part.whole_off >= VISIBLE && part.whole > 0.0;
    }
    let patterns = patterns(&case.logs, (onset, onset + COMPARED_LINES), &|service| {
        observe::calls(flow, case.calls.index(service)?, after)
    });
    let names: Vec<Vec<String>> = case.calls.names.iter().map(|n| vec![n.clone()]).collect();
    let blames = blames(&patterns, &names, &case.logs, onset);
    let lines = (patterns.as_slice(), blames.as_slice());
    let mut weighed: Vec<Weighed> = (0..case.calls.names.len())
        .map(|n| observe(case, flow, n, (after, onset), lines))
        .collect();
    if let Some(symptom) = &symptom {
        attribute_symptom(case, flow, symptom, (after, &parts), &mut weighed);
    }
    for one in &mut weighed {
        one.support = support(one, symptom.as_ref());
    }
    blame_unmeasured_callee(&case.calls, &mut weighed);
    confide(&mut weighed);
    likeliest_first(case, &mut weighed);
    let cap = cap(case, flow, symptom.as_ref(), weighed.first());
    for one in &mut weighed {
        one.confidence = one.confidence.min(cap.0);
    }
    Ranking {
        onset,
        onset_from,
        recovered: end_of(flow, symptom.as_ref(), onset),
        after,
        symptom,
        patterns,
        weighed,
        cap,
    }
}

/// What every service adds, by kind of trouble; nothing where it is not measured.
type Parts = BTreeMap<Trouble, Vec<Option<Contribution>>>;

/// The time that is compared with normal: from the onset for half an hour, or as long as there is anything.
fn span(flow: &Flow, onset: i64) -> Span {
    let end = flow.end().unwrap_or(onset).min(onset + COMPARED);
    (onset, end.max(onset) + 1)
}

/// When the symptom was back in its usual range.
fn end_of(flow: &Flow, symptom: Option<&Symptom>, onset: Instant) -> Option<Instant> {
    let s = symptom?;
    let series = flow.series(s.service, &s.kind.signal())?;
    Instant::from_timestamp(recovered(series, onset.timestamp())?, 0)
}

/// From log-odds to confidence: what nobody looked at takes part, so that the sum stays below one.
fn confide(weighed: &mut [Weighed]) {
    let rivals: f64 = weighed
        .iter()
        .filter(|w| w.support > 0.0)
        .map(|w| w.support.exp())
        .sum();
    let all = rivals + weight::UNSEEN.exp();
    for one in weighed {
        one.confidence = if one.support > 0.0 {
            one.support.exp() / all
        } else {
            0.0
        };
    }
}

/// By what speaks for each; by name where nothing tells two apart, so that the order is always the same.
fn likeliest_first(case: &Case, weighed: &mut [Weighed]) {
    let names = &case.calls.names;
    weighed.sort_by(|a, b| {
        b.support
            .total_cmp(&a.support)
            .then_with(|| names[a.service].cmp(&names[b.service]))
    });
}
