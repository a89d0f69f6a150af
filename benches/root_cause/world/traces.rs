//! What traces of the trouble tell against normal ones: own time by service, time between the ends of a call, whose own
//! failure it was. Read off the same system that the measures come from.

use super::dice::Dice;
use super::incident::total;
use super::physics::Seen;
use super::series::Recorded;
use super::tape::Tape;
use super::topology::Role;
use hotseat::domain::{TracePart, TraceSign};

/// Seconds before the onset that normal traces are from.
const BEFORE: (f64, f64) = (-3_600.0, -600.0);
/// Parts told at most, and the least share of the whole that is told.
const MOST: usize = 8;
const LEAST: f64 = 0.04;

/// One part of traces, as it was before and during.
struct Part {
    service: usize,
    caller: Option<usize>,
    part: TracePart,
    normal: f64,
    observed: f64,
    /// How often a trace has it.
    times: f64,
}

/// Parts of the traces that begin at a service, by what they add to the trouble.
pub fn traces(
    recorded: &Recorded<'_>,
    root: usize,
    asked: &[bool],
    end: f64,
    dice: &mut Dice,
) -> Vec<TraceSign> {
    let during = recorded.fine.range(end - 300.0, end);
    let before = recorded.fine.range(BEFORE.0, BEFORE.1);
    let mean = |seen: &[Seen], range: &std::ops::Range<usize>| total(&seen[range.clone()]);
    let tape: &Tape = recorded.fine;
    let Some([roots, ..]) = mean(&tape.services[root], &before).filter(|r| r[0] > 0.0) else {
        return Vec::new();
    };
    let mut parts: Vec<Part> = Vec::new();
    for n in (0..asked.len()).filter(|n| asked[*n]) {
        let [Some(was), Some(is)] = [&before, &during].map(|r| own(recorded, n, r)) else {
            continue;
        };
        if recorded.system.services[n].role != Role::ThirdParty {
            let times = was.2 / roots;
            parts.push(Part {
                service: n,
                caller: None,
                part: TracePart::Own,
                normal: was.0,
                observed: is.0,
                times,
            });
            parts.push(Part {
                service: n,
                caller: None,
                part: TracePart::Failing,
                normal: was.1,
                observed: is.1,
                times,
            });
        }
    }
    for (e, edge) in recorded.system.edges.iter().enumerate() {
        let [Some(was), Some(is)] = [&before, &during].map(|r| between(recorded, e, r)) else {
            continue;
        };
        if asked[edge.from] && asked[edge.to] && edge.waits {
            let (service, caller) = (edge.to, Some(edge.from));
            parts.push(Part {
                service,
                caller,
                part: TracePart::Between,
                normal: was.0,
                observed: is.0,
                times: was.1 / roots,
            });
        }
    }
    let count = dice.count(5, 60);
    told(recorded, parts, count, dice)
}

/// Own seconds, own failures and calls a second of a service in a time.
fn own(
    recorded: &Recorded<'_>,
    n: usize,
    range: &std::ops::Range<usize>,
) -> Option<(f64, f64, f64)> {
    let [rate, errors, latency, _] = total(&recorded.fine.services[n][range.clone()])?;
    if rate <= 0.0 {
        return None;
    }
    let below = recorded.system.down[n]
        .iter()
        .filter(|e| recorded.system.edges[**e].waits);
    let (waits, fails) = below.fold((0.0, 0.0), |(waits, fails), &e| {
        match total(&recorded.fine.edges[e][range.clone()]) {
            Some([r, f, l, _]) => (waits + r / rate * l, fails + r / rate * f),
            None => (waits, fails),
        }
    });
    Some(((latency - waits).max(0.0), (errors - fails).max(0.0), rate))
}

/// Seconds between the two ends of a call, and calls a second; all of them where the callee has no span.
fn between(
    recorded: &Recorded<'_>,
    e: usize,
    range: &std::ops::Range<usize>,
) -> Option<(f64, f64)> {
    let edge = &recorded.system.edges[e];
    let [rate, _, sees, _] =
        total(&recorded.fine.edges[e][range.clone()]).filter(|t| t[0] > 0.0)?;
    let traced = recorded.system.services[edge.to].role != Role::ThirdParty;
    let inside =
        total(&recorded.fine.services[edge.to][range.clone()]).filter(|t| traced && t[0] > 0.0);
    Some(((sees - inside.map_or(0.0, |t| t[2])).max(0.0), rate))
}

/// The parts that add most, as a handful of traces would show them.
fn told(
    recorded: &Recorded<'_>,
    mut parts: Vec<Part>,
    count: usize,
    dice: &mut Dice,
) -> Vec<TraceSign> {
    for part in &mut parts {
        let rough = 0.5 / (count as f64).sqrt();
        part.observed *= (rough * dice.bell()).exp();
        part.normal *= (rough * dice.bell()).exp();
        part.observed = if part.part == TracePart::Failing {
            part.observed.min(1.0)
        } else {
            part.observed
        };
    }
    let adds = |p: &Part| ((p.observed - p.normal) * p.times).max(0.0);
    let whole = |failing: bool| -> f64 {
        let same = parts
            .iter()
            .filter(|p| (p.part == TracePart::Failing) == failing);
        same.map(adds).sum::<f64>().max(1e-9)
    };
    let wholes = [whole(false), whole(true)];
    let share = |p: &Part| adds(p) / wholes[usize::from(p.part == TracePart::Failing)];
    let mut kept: Vec<(&Part, f64)> = parts
        .iter()
        .map(|p| (p, share(p)))
        .filter(|p| p.1 >= LEAST)
        .collect();
    kept.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.service.cmp(&b.0.service)));
    let name = |n: usize| recorded.system.services[n].name.clone();
    let told = kept
        .into_iter()
        .take(MOST)
        .enumerate()
        .map(|(n, (part, share))| TraceSign {
            service: name(part.service),
            caller: part.caller.map(name),
            part: part.part,
            observed: part.observed,
            normal: part.normal,
            share,
            count,
            normal_count: count,
            at: None,
            trace: format!("{n:032x}"),
            link: None,
            lines: Vec::new(),
            source: "traces".into(),
            query: "slow and failing traces".into(),
        });
    told.collect()
}
