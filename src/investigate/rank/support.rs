//! What speaks for a service as the cause, as log-odds.

use super::{Parts, Symptom, VISIBLE, Weighed};
use crate::investigate::flow::{Contribution, Flow, Span};
use crate::investigate::measure::unusual;
use crate::investigate::{Calls, Case};

/// How much each kind of evidence moves the log-odds, at its strongest. A share of the symptom that is measured and
/// unusual settles a case by itself; nothing else does: logs, strain and timing are each about a third of it, and two of
/// them agreeing are worth less than one measured cause.
pub(super) mod weight {
    pub const SHARE: f64 = 8.5;
    pub const STRAIN: f64 = 3.0;
    pub const STRAIN_ALONE: f64 = 1.5;
    pub const NEW_FAILURE: f64 = 2.0;
    pub const NEW_LINE: f64 = 0.75;
    pub const BLAMED: f64 = 2.0;
    pub const CHANGE: f64 = 2.25;
    pub const RESTART: f64 = 1.25;
    pub const ALERT: f64 = 0.75;
    pub const LOAD: f64 = 4.0;
    /// What a cause that nobody looked at weighs: about a third of a measured one.
    pub const UNSEEN: f64 = 2.5;
}

/// Part of a symptom that a service off the path to it, as far as the catalog knows, can have: catalogs have gaps.
const OFF_PATH: f64 = 0.3;
/// Worth of the same finding in the other kind of trouble: calls that wait also fail, in time.
const OTHER_KIND: f64 = 0.7;

/// What a trace in a service whose answers are measured and did not change still counts: its answers are an alibi.
const ALIBI: f64 = 0.3;
/// As what share of full strain a restart counts: it explains a pause, not a night.
const RESTARTED: f64 = 0.5;

/// What share of the symptom each service accounts for by itself.
pub(super) fn attribute_symptom(
    case: &Case,
    flow: &Flow,
    symptom: &Symptom,
    (after, parts): (Span, &Parts),
    weighed: &mut [Weighed],
) {
    let blind = case.calls.callees.iter().all(Vec::is_empty);
    for (&kind, parts) in parts {
        let reach = flow.reach(kind, symptom.service, after);
        let felt = parts[symptom.service];
        let base = shared_out(felt);
        let worth = if kind == symptom.kind {
            1.0
        } else if felt.is_some_and(|f| f.whole_off >= VISIBLE && f.whole > 0.0) {
            OTHER_KIND
        } else {
            OFF_PATH
        };
        for one in weighed.iter_mut() {
            let Some(part) = parts[one.service] else {
                continue;
            };
            let distance = reach.get(&one.service).copied();
            if kind == symptom.kind {
                one.distance = distance;
            }
            let path = if distance.is_some() || blind {
                1.0
            } else {
                OFF_PATH
            };
            let share = if base > 0.0 && part.began > 0.0 {
                (part.began / base).clamp(0.0, 1.0) * path * worth
            } else {
                0.0
            };
            one.parts.push((kind, share, part));
        }
    }
    for one in weighed.iter_mut() {
        largest_first(one, symptom);
    }
}

/// How much of the symptom there is to share out: less than three usual spreads of it is nothing.
fn shared_out(felt: Option<Contribution>) -> f64 {
    felt.map_or(0.0, |f| f.whole.max(VISIBLE * f.spread))
}

/// Of two parts that say the same, the one in the symptom's own kind stands first.
fn largest_first(one: &mut Weighed, symptom: &Symptom) {
    one.parts.sort_by(|a, b| {
        (b.1 * unusual(b.2.off))
            .total_cmp(&(a.1 * unusual(a.2.off)))
            .then_with(|| (a.0 != symptom.kind).cmp(&(b.0 != symptom.kind)))
    });
}

/// What a service accounts for: its best share, as far as it is unusual.
pub(super) fn accounted(one: &Weighed) -> f64 {
    one.parts
        .first()
        .map_or(0.0, |(_, share, part)| share * unusual(part.off))
}

/// Between nothing at four usual spreads and all at forty: strain spans orders of magnitude.
fn strained(one: &Weighed) -> f64 {
    one.strains
        .first()
        .map_or(0.0, |s| ((s.off / 4.0).ln() / 10f64.ln()).clamp(0.0, 1.0))
}

/// The log-odds of one service. They add up, since each kind of evidence is seen by another instrument.
pub(super) fn support(one: &Weighed, symptom: Option<&Symptom>) -> f64 {
    let share = accounted(one);
    // What is strained in a service whose answers are fine is mostly just busy.
    let strain = strained(one)
        * if share >= 0.2 || !one.seen {
            weight::STRAIN
        } else {
            weight::STRAIN_ALONE
        };
    let lines = match (one.failing_lines, one.patterns.is_empty()) {
        (true, _) => weight::NEW_FAILURE,
        (false, false) => weight::NEW_LINE,
        (false, true) => 0.0,
    };
    let load = match (one.load, symptom) {
        (Some((_, sure)), Some(s)) if s.service == one.service => sure * weight::LOAD,
        _ => 0.0,
    };
    let change = one.change.map_or(0.0, |(_, near)| near * weight::CHANGE);
    let has_alibi = one.seen && share < 0.05 && strain == 0.0 && one.patterns.is_empty();
    let alibi = if has_alibi && symptom.is_some_and(|s| s.visible) {
        ALIBI
    } else {
        1.0
    };
    let given = |is: bool, weight: f64| if is { weight } else { 0.0 };
    share * weight::SHARE
        + strain
        + lines
        + (change * alibi)
        + load
        + given(one.restarts >= 1.0, weight::RESTART)
        + given(!one.blamed.is_empty(), weight::BLAMED * alibi)
        + given(!one.alerts.is_empty(), weight::ALERT * alibi)
}

/// A callee that is not measured but strained or restarted takes over what its caller cannot explain: that waiting is
/// where nobody measures.
pub(super) fn blame_unmeasured_callee(calls: &Calls, weighed: &mut [Weighed]) {
    for caller in 0..weighed.len() {
        let share = accounted(&weighed[caller]);
        if share < 0.05 {
            continue;
        }
        let trouble = |one: &Weighed| {
            let restarted = if one.restarts >= 1.0 { RESTARTED } else { 0.0 };
            strained(one).max(restarted)
        };
        let worst = calls.callees[caller]
            .iter()
            .filter(|&&c| !weighed[c].seen)
            .map(|&c| (c, trouble(&weighed[c])))
            .filter(|(_, s)| *s > strained(&weighed[caller]))
            .reduce(|a, b| if b.1 > a.1 { b } else { a });
        if let Some((callee, strength)) = worst {
            let moved = share * weight::SHARE * strength;
            weighed[callee].support += moved;
            weighed[callee].distance = weighed[caller].distance.map(|d| d + 1);
            weighed[caller].support -= moved;
        }
    }
}
