//! What speaks for a service as the cause: each kind of evidence, 0 to 1.

use super::evidence::{Evidences, Kind};
use super::observe::STRAINED;
use super::{Part, Parts, Place, Symptom, VISIBLE, Weighed};
use crate::investigate::Case;
use crate::investigate::flow::{Contribution, Flow, Span, Trouble};
use crate::investigate::measure::unusual;

/// Part of a symptom that a service off the path to it, as far as the catalog knows, can have: catalogs have gaps.
const OFF_PATH: f64 = 0.3;
/// Worth of the same finding in the other kind of trouble: calls that wait also fail, in time.
const OTHER_KIND: f64 = 0.7;
/// What a trace in a service whose answers are measured and did not change still counts: its answers are an alibi.
const ALIBI: f64 = 0.3;
/// A share of the symptom that counts as one.
const COUNTS: f64 = 0.05;
/// How surely a service stopped answering, from which its answers are no alibi and its callers are not blamed for it.
const STOPPED: f64 = 0.3;
/// How many times its usual something is at which its growth counts in full.
const HUNDREDFOLD: f64 = 100.0;

/// What share of the symptom each service accounts for by itself.
pub(super) fn attribute_symptom(
    flow: &Flow,
    symptom: &Symptom,
    (after, parts): (Span, &Parts),
    weighed: &mut [Weighed],
) {
    let blind = flow.calls.is_blind();
    for kind in Trouble::ALL {
        let reach = flow.reach(kind, symptom.root, after);
        let felt = parts.own(kind, symptom.service);
        let base = shared_out(felt);
        let worth = if kind == symptom.kind {
            1.0
        } else if felt.is_some_and(|f| f.whole_off >= VISIBLE && f.whole > 0.0) {
            OTHER_KIND
        } else {
            OFF_PATH
        };
        for one in weighed.iter_mut() {
            let distance = reach.get(&one.service).copied();
            if kind == symptom.kind {
                one.distance = distance;
            }
            let path = if distance.is_some() || blind {
                1.0
            } else {
                OFF_PATH
            };
            for place in [Place::Own, Place::Between] {
                let Some(figures) = parts.at(kind, place, one.service) else {
                    continue;
                };
                let share = if base > 0.0 && figures.began > 0.0 {
                    (figures.began / base).clamp(0.0, 1.0) * path * worth
                } else {
                    0.0
                };
                one.parts.push(Part {
                    kind,
                    place,
                    share,
                    figures,
                });
            }
        }
    }
    for one in weighed.iter_mut() {
        largest_first(one, symptom);
    }
    if blind {
        grown_most(weighed);
    }
}

/// How much of the symptom there is to share out: less than three usual spreads of it is nothing.
fn shared_out(felt: Option<Contribution>) -> f64 {
    felt.map_or(0.0, |f| f.whole.max(VISIBLE * f.spread))
}

/// Of two parts that say the same, the one in the symptom's own kind stands first.
fn largest_first(one: &mut Weighed, symptom: &Symptom) {
    one.parts.sort_by(|a, b| {
        b.accounted()
            .total_cmp(&a.accounted())
            .then_with(|| (a.kind != symptom.kind).cmp(&(b.kind != symptom.kind)))
            .then_with(|| a.place.cmp(&b.place))
    });
}

/// Where nobody knows who calls whom, what waits for a cause waits as long as it: what grew most against its usual is
/// the likeliest to be waited for.
fn grown_most(weighed: &mut [Weighed]) {
    let most = weighed.iter().map(grown).fold(0.0, f64::max);
    for one in weighed.iter_mut().filter(|_| most > 0.0) {
        let share = grown(one) / most;
        one.parts.iter_mut().for_each(|p| p.share *= share);
    }
}

/// What a service accounts for: its best share, as far as it is unusual.
pub(super) fn accounted(one: &Weighed) -> f64 {
    one.parts.first().map_or(0.0, Part::accounted)
}

/// How many times its usual its best part is, nothing at once and all at a hundred times.
fn grown(one: &Weighed) -> f64 {
    one.parts.first().map_or(0.0, |p| {
        let own = p.figures.began.max(0.0) / p.figures.whole.max(f64::MIN_POSITIVE);
        let times = 1.0 + (p.figures.times - 1.0) * own.min(1.0);
        unusual(p.figures.off) * (times.ln() / HUNDREDFOLD.ln()).clamp(0.0, 1.0)
    })
}

/// Between nothing at four usual spreads and all at forty: strain spans orders of magnitude.
fn strained(one: &Weighed) -> f64 {
    one.strains.first().map_or(0.0, |s| {
        ((s.off / STRAINED).ln() / 10f64.ln()).clamp(0.0, 1.0)
    })
}

/// How surely restarts are the trouble itself: one may have any reason, and explains a pause and not a night; each more
/// leaves half as much room for another.
fn restarted(one: &Weighed) -> f64 {
    1.0 - 0.5f64.powf(one.restarts.floor())
}

/// Whether nobody measured calls a service: where callers are known, more calls come from them, of their load or because
/// they try again.
fn is_entry(flow: &Flow, service: usize) -> bool {
    let callers = flow.calls.callers(service).iter();
    callers.clone().all(|&u| !flow.rate(u).1)
}

/// The surest load: of an entry that gets more, or of who floods another: times as many calls, and how surely.
pub(super) fn surge(flow: &Flow, weighed: &[Weighed]) -> Option<(f64, f64)> {
    let entries = weighed.iter().filter(|w| is_entry(flow, w.service));
    let loads = entries.filter_map(|w| w.load).filter(|l| l.1 > 0.0);
    let floods = weighed.iter().filter_map(|w| w.floods);
    let all = loads.chain(floods.map(|f| (f.times, f.sure)));
    all.reduce(|a, b| if b.1 > a.1 { b } else { a })
}

/// What share of an entry's growth a service's own must be, to be of the same load.
const ALONG: f64 = 0.5;
/// How much of a service's share is the load's, where the load is sure.
const OF_LOAD: f64 = 0.8;

/// Everything that was seen of one service, as evidence.
pub(super) fn collect(
    case: &Case,
    flow: &Flow,
    one: &Weighed,
    (symptom, surge): (Option<&Symptom>, Option<(f64, f64)>),
) -> Evidences {
    let is_entry = is_entry(flow, one.service);
    // What gets as many times its calls as an entry does is the slower for that, whoever is slowest.
    let of_load = match (surge, one.load) {
        (Some((times, sure)), Some((own, _))) if !is_entry && own >= times * ALONG => sure,
        _ => 0.0,
    };
    let by_itself = 1.0 - OF_LOAD * of_load;
    let share = accounted(one) * by_itself;
    let is = |yes: bool| f64::from(u8::from(yes));
    let strain = strained(one);
    // What is strained in a service whose answers are fine is mostly just busy.
    let shows = share >= 0.2 || !one.seen || one.silent >= STOPPED;
    let load = match one.load {
        Some((_, sure)) if symptom.is_some() && is_entry => sure,
        _ => 0.0,
    };
    let answers = one.parts.iter().any(|p| p.place == Place::Own) && one.silent < STOPPED;
    let clear = share < COUNTS && strain == 0.0 && one.patterns.is_empty();
    let has_alibi = answers && clear && symptom.is_some_and(|s| s.visible);
    let alibi = if has_alibi { ALIBI } else { 1.0 };
    let sign = one.signs.first().map_or(0.0, |&s| case.signs[s].weight);
    let trace = one.traces.first().map_or(0.0, |&t| case.traces[t].share);
    let mut all = Evidences::default();
    for (kind, strength) in [
        (Kind::Share, share),
        (Kind::Grown, grown(one) * by_itself),
        (Kind::Silent, one.silent),
        (Kind::Vanished, is(one.vanished)),
        (Kind::Strain, if shows { strain } else { 0.0 }),
        (Kind::StrainAlone, if shows { 0.0 } else { strain }),
        (Kind::Failure, one.failure),
        (Kind::Lines, one.lines),
        (Kind::Blamed, one.blame * alibi),
        (Kind::Change, one.change.map_or(0.0, |c| c.1) * alibi),
        (Kind::Restart, restarted(one)),
        (Kind::Alert, is(!one.alerts.is_empty()) * alibi),
        (Kind::Load, load),
        (
            Kind::Floods,
            if symptom.is_some() {
                one.floods.map_or(0.0, |f| f.sure)
            } else {
                0.0
            },
        ),
        (Kind::Sign, sign.clamp(0.0, 1.0)),
        (Kind::Trace, trace.clamp(0.0, 1.0)),
    ] {
        all.set(kind, strength);
    }
    all
}

/// A callee in trouble of another kind takes over what its caller cannot explain: one that stopped answering, one that
/// fails while its caller waits (it tries again) or is slow while its caller fails (it gives up), one that is not measured
/// but strained or restarted.
pub(super) fn blame_callee(flow: &Flow, weighed: &mut [Weighed]) {
    for caller in 0..weighed.len() {
        let share = weighed[caller].evidence.of(Kind::Share);
        let kind = weighed[caller].parts.first().map(|p| p.kind);
        let Some(kind) = kind.filter(|_| share >= COUNTS) else {
            continue;
        };
        let own = strained(&weighed[caller]);
        let callees = flow.calls.callees[caller].iter();
        let worst = callees
            .map(|&c| {
                let (rate, _) = flow.rate(caller);
                let crossed = crossed(&weighed[c], kind, rate);
                (c, hidden(&weighed[c], own).max(crossed), crossed)
            })
            .filter(|(_, strength, _)| *strength > 0.0)
            .reduce(|a, b| if b.1 > a.1 { b } else { a });
        let Some((callee, strength, crossed)) = worst else {
            continue;
        };
        let to = if crossed >= strength {
            origin(flow, weighed, callee, kind.other())
        } else {
            callee
        };
        let moved = share * strength;
        let taken = weighed[to].evidence.of(Kind::Share) + moved;
        weighed[to].evidence.set(Kind::Share, taken.min(1.0));
        let distance = weighed[caller].distance.map(|d| d + 1);
        weighed[to].distance = weighed[to].distance.or(distance);
        weighed[caller].evidence.set(Kind::Share, share - moved);
    }
}

/// Of several that each account for the symptom, one behind the other, the hindmost makes the others wait.
pub(super) fn prefer_deepest(flow: &Flow, weighed: &mut [Weighed]) {
    let shares: Vec<f64> = weighed.iter().map(|w| w.evidence.of(Kind::Share)).collect();
    for one in weighed.iter_mut() {
        let share = shares[one.service];
        if share < COUNTS {
            continue;
        }
        let below = flow.calls.below(&[one.service], |_, _| true);
        let behind = below.into_iter().map(|n| shares[n]).fold(0.0, f64::max);
        one.evidence.set(Kind::Deepest, share * (1.0 - behind));
    }
}

/// How surely a callee is in trouble that its answers do not show: it is silent, or it is not measured and strained more
/// than its caller is.
fn hidden(one: &Weighed, caller: f64) -> f64 {
    let restarted = restarted(one);
    let loops = if one.restarts >= 2.0 { restarted } else { 0.0 };
    let unseen = if one.seen {
        loops
    } else {
        strained(one).max(restarted)
    };
    let silent = if one.silent >= STOPPED {
        one.silent
    } else {
        0.0
    };
    let most = unseen.max(silent);
    if most > caller { most } else { 0.0 }
}

/// How surely a callee is in trouble of the other kind than its caller: as much as it is unusual, and as it is part of what
/// the caller handles, or times what is usual.
fn crossed(one: &Weighed, kind: Trouble, rate: f64) -> f64 {
    let of = |p: &&Part| p.kind == kind.other();
    let parts = one.parts.iter().filter(of);
    let strength = parts.map(|p| {
        let much = match p.kind {
            Trouble::Failing => p.figures.whole / rate.max(f64::MIN_POSITIVE) / FAILING_MUCH,
            Trouble::Waiting => p.figures.times.ln() / TENFOLD.ln(),
        };
        unusual(p.figures.whole_off) * much.clamp(0.0, 1.0)
    });
    strength.fold(0.0, f64::max)
}

/// Part of its calls that a caller sees fail, from which it tries again enough to wait.
const FAILING_MUCH: f64 = 0.2;
/// How many times its usual time a callee takes, from which callers surely give up.
const TENFOLD: f64 = 10.0;

/// Where the trouble of a service comes from, in one kind: itself where it is mostly its own, else the callee that explains
/// most of it, and so on down.
fn origin(flow: &Flow, weighed: &[Weighed], from: usize, kind: Trouble) -> usize {
    let part = |n: usize| {
        let parts = weighed[n].parts.iter().filter(|p| p.kind == kind);
        let most = |p: &&Part| p.figures.whole;
        parts
            .reduce(|a, b| if most(&b) > most(&a) { b } else { a })
            .map(|p| p.figures)
    };
    let mut at = from;
    for _ in 0..weighed.len() {
        let Some(here) = part(at).filter(|p| p.own < p.whole * 0.5) else {
            return at;
        };
        let callees = flow.calls.callees[at].iter();
        let worst = callees
            .filter_map(|&c| Some((c, part(c)?.whole)))
            .filter(|(_, whole)| *whole > here.whole * 0.3)
            .reduce(|a, b| if b.1 > a.1 { b } else { a });
        let Some((next, _)) = worst else {
            return at;
        };
        at = next;
    }
    at
}
