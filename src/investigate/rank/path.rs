//! The way from a cause to the symptom, call by call, each with what shows that the trouble took it.

use super::super::flow::{FOLLOWS, Flow, Trouble};
use super::{Parts, VISIBLE, Way, Weighed};
use crate::domain::{HopCheck, TracePart};
use crate::investigate::Case;
use crate::investigate::logs::Blame;
use std::collections::{BTreeMap, BTreeSet};

/// How much further a way may be for each call of it that is verified where a shorter one's is not.
const DETOUR: usize = 4;

/// Every known call, by callee and caller.
pub(super) type Hops = BTreeMap<(usize, usize), Way>;

/// Every known call, with the surest thing that shows that the trouble took it. Whom a service floods is troubled by its
/// caller.
pub(super) fn hops(
    case: &Case,
    flow: &Flow,
    (parts, felt): (&Parts, Trouble),
    (blames, weighed): (&[Blame], &[Weighed]),
) -> Hops {
    let callees = flow.calls.callees.iter().enumerate();
    let ends = callees.flat_map(|(to, all)| all.iter().map(move |&from| (from, to)));
    let calls = ends.map(|ends| (ends, hop(case, flow, ends, (parts, felt), blames)));
    let floods = weighed.iter().filter_map(|w| {
        let (from, to) = (w.service, w.flood()?.callee);
        let (check, kind) = (HopCheck::Floods, Trouble::Waiting);
        let by = None;
        Some((
            (from, to),
            Way {
                from,
                to,
                check,
                kind,
                by,
            },
        ))
    });
    calls.chain(floods).collect()
}

/// The way with the fewest calls that nothing shows; empty where none is known, and where both ends are the same.
pub(super) fn way(hops: &Hops, (cause, felt): (usize, usize)) -> Vec<Way> {
    let mut best: BTreeMap<usize, (usize, Option<Way>)> = BTreeMap::from([(cause, (0, None))]);
    let mut open = BTreeSet::from([(0, cause)]);
    while let Some((cost, at)) = open.pop_first() {
        if at == felt {
            break;
        }
        if best.get(&at).is_some_and(|b| b.0 < cost) {
            continue;
        }
        for hop in hops.range((at, 0)..=(at, usize::MAX)).map(|(_, hop)| *hop) {
            let unverified = hop.check == HopCheck::Unverified;
            let price = if unverified { DETOUR } else { 1 };
            // Only the cause itself is no callee of who it troubles.
            let goes = hop.check != HopCheck::Floods || at == cause;
            if goes && best.get(&hop.to).is_none_or(|b| cost + price < b.0) {
                best.insert(hop.to, (cost + price, Some(hop)));
                open.insert((cost + price, hop.to));
            }
        }
    }
    let mut way = Vec::new();
    let mut at = felt;
    while let Some((_, Some(hop))) = best.get(&at) {
        way.push(*hop);
        at = hop.from;
    }
    way.reverse();
    way
}

/// One call, with the surest thing that shows that the trouble took it.
fn hop(
    case: &Case,
    flow: &Flow,
    (from, to): (usize, usize),
    (parts, felt): (&Parts, Trouble),
    blames: &[Blame],
) -> Way {
    let unverified = Way {
        from,
        to,
        check: HopCheck::Unverified,
        kind: felt,
        by: None,
    };
    // What is felt is looked for first; it may have come as the other kind.
    for kind in [felt, felt.other()] {
        if parts.has_gap(kind, (to, from)) {
            let check = HopCheck::Gap;
            return Way {
                check,
                kind,
                ..unverified
            };
        }
        if follows(flow, parts, kind, (from, to)) {
            let check = HopCheck::Follows;
            return Way {
                check,
                kind,
                ..unverified
            };
        }
    }
    let names = (&flow.calls.names[from], &flow.calls.names[to]);
    let traced = case.traces.iter().position(|t| {
        t.part == TracePart::Between && t.service == *names.0 && t.caller.as_ref() == Some(names.1)
    });
    if let Some(by) = traced {
        return Way {
            check: HopCheck::Trace,
            by: Some(by),
            ..unverified
        };
    }
    let says = blames
        .iter()
        .find(|b| b.by == *names.1 && b.whom == *names.0);
    if let Some(by) = says.map(|b| b.pattern) {
        return Way {
            check: HopCheck::Log,
            by: Some(by),
            ..unverified
        };
    }
    unverified
}

/// Whether a caller's excess follows its callee's: both stand out, and the caller's is a fair part of the callee's. Calls
/// that wait also fail, in time.
fn follows(flow: &Flow, parts: &Parts, kind: Trouble, (from, to): (usize, usize)) -> bool {
    let of = |n: usize, kind| {
        let part = parts.own(kind, n);
        part.filter(|c| c.whole > 0.0 && c.whole_off >= VISIBLE)
    };
    let Some(callee) = of(from, kind) else {
        return false;
    };
    let least = callee.whole * FOLLOWS * flow.portion(kind, to, from);
    let same = of(to, kind).is_some_and(|caller| caller.whole >= least);
    same || (kind == Trouble::Waiting && of(to, Trouble::Failing).is_some())
}
