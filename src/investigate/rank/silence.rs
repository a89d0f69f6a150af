//! Who stopped answering: a service that answers fewer calls than it is sent is the more suspect the less it answers.

use super::super::flow::{Flow, JUST_BEFORE, Span, Trouble};
use super::super::measure::{LEAST_HISTORY, Usual, mean, median, unusual, windows};
use super::observe::step;
use super::{Parts, Weighed};
use crate::domain::{Series, Signal};
use std::collections::BTreeSet;

/// Calls that were to come in the time that is looked at, below which their absence says nothing.
const LEAST_CALLS: f64 = 10.0;

/// What share of its calls of before a service still counts, and how surely that is unusual.
type Left = Option<(f64, f64)>;

/// Finds who stopped answering while it is called and is missed by whoever calls it.
pub(super) fn find(flow: &Flow, after: Span, parts: &Parts, weighed: &mut [Weighed]) {
    let own = |n: usize| {
        let series = flow.series(n, &Signal::Traffic)?;
        left(flow, series, flow.rate(n).0, after)
    };
    let own: Vec<Left> = (0..weighed.len()).map(own).collect();
    for one in weighed {
        let missed = missed(flow, one.service, parts);
        if missed > 0.0 {
            one.vanished = vanished(flow, one.service, after);
            let silent = if one.vanished {
                1.0
            } else {
                silent(flow, one.service, after, &own).max(flaps(flow, one.service, after))
            };
            one.silent = silent * missed;
        }
    }
}

/// How surely a service stopped answering while it is called, 0 to 1: as much as its calls fell more than those that its
/// callers send it. Where nobody counts what is sent, their own calls stand in; then the other calls of these callers count
/// against it, since whoever fails early stops calling everybody.
fn silent(flow: &Flow, service: usize, after: Span, own: &[Left]) -> f64 {
    let callers = flow.calls.callers(service);
    let Some((left, sure)) = own[service] else {
        return 0.0;
    };
    let sent = callers.iter().filter_map(|&u| {
        let counted = flow.edge(u, service, &Signal::Traffic)?;
        let rate = flow.called(counted)?;
        Some((self::left(flow, counted, rate, after)?.0, rate))
    });
    if let Some(sent) = mean_by_weight(sent) {
        return fall(left, sent) * sure;
    }
    let got = |&u: &usize| Some((own[u]?.0.min(1.0), flow.rate(u).0));
    let Some(demand) = mean_by_weight(callers.iter().filter_map(got)) else {
        return 0.0;
    };
    let siblings = callers.iter().flat_map(|&u| &flow.calls.callees[u]);
    let siblings = siblings.filter(|&&s| s != service);
    let others: Vec<f64> = siblings
        .filter_map(|&s| Some(fall(own[s]?.0, demand)))
        .collect();
    let others = if others.is_empty() {
        ALONE
    } else {
        median(&others)
    };
    fall(left, demand) * sure * (1.0 - STOPPED_CALLING * others)
}

/// Whether a service went out of sight as a whole: every series of its own ended after the onset, for longer than any gap
/// before, while those of others went on. Nobody stops that by calling it less.
fn vanished(flow: &Flow, service: usize, after: Span) -> bool {
    let mut all = flow
        .all_of(service)
        .filter(|s| !s.recent.is_empty())
        .peekable();
    let mut last = 0;
    let gone = all.peek().is_some()
        && all.all(|s| {
            last = last.max(s.recent.last().map_or(0, |p| p.0));
            has_ended(s, after)
        });
    gone && last >= after.0 - JUST_BEFORE
}

/// How surely a service goes out of sight again and again, 0 to 1: the more of the time, the surer.
fn flaps(flow: &Flow, service: usize, after: Span) -> f64 {
    let seen = flow
        .all_of(service)
        .flat_map(|s| s.recent.iter().map(|p| p.0));
    let seen: BTreeSet<i64> = seen.filter(|t| *t < after.1).collect();
    let seen: Vec<i64> = seen.into_iter().collect();
    let parted = seen.partition_point(|t| *t < after.0);
    if parted < LEAST_HISTORY {
        return 0.0;
    }
    let step = seen.windows(2).map(|w| w[1] - w[0]).min().unwrap_or(1);
    let gone = |times: &[i64], end: i64| {
        let ends = times.iter().skip(1).copied().chain([end]);
        let gaps = times.iter().zip(ends).map(|(from, to)| to - from - step);
        let gaps: Vec<i64> = gaps.filter(|gap| *gap >= LEAST_GAP * step).collect();
        let covered = (end - times[0]).max(1);
        (gaps.len(), gaps.iter().sum::<i64>() as f64 / covered as f64)
    };
    let (_, before) = gone(&seen[..parted], after.0);
    let (times, now) = gone(&seen[parted - 1..], after.1);
    if times < 2 || now < OFTENER * before {
        return 0.0;
    }
    (now / MOSTLY).min(1.0)
}

/// Times as much of the time as before that a service is out of sight, to flap.
const OFTENER: f64 = 4.0;
/// Part of the time out of sight at which it surely flaps.
const MOSTLY: f64 = 0.3;

/// How far what is left fell below what is asked for, 0 to 1.
fn fall(left: f64, asked: f64) -> f64 {
    (1.0 - left / asked.max(LEAST_ASKED)).clamp(0.0, 1.0)
}

/// A mean by weight; nothing of nothing.
fn mean_by_weight(all: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let (sum, weight) = all.fold((0.0, 0.0), |(s, w), (v, by)| (s + v * by, w + by));
    (weight > 0.0).then(|| sum / weight)
}

/// How much it counts against a silent service that its callers stopped calling others too: one that is called first stops
/// the calls after it.
const STOPPED_CALLING: f64 = 0.7;
/// Where a caller calls nobody else, it may as well have stopped by itself.
const ALONE: f64 = 0.3;
/// Part of its usual calls that a service is asked for at least, to be called silent.
const LEAST_ASKED: f64 = 0.05;

/// What share of its calls of before a series still counts, and how surely that is unusual. Where it ends while others go
/// on, it counts none.
fn left<'a>(flow: &Flow<'a>, series: &'a Series, rate: f64, after: Span) -> Left {
    if rate * ((after.1 - after.0) as f64) < LEAST_CALLS {
        return None;
    }
    let lane = flow.lane(series);
    let within = lane
        .recent
        .iter()
        .filter(|p| (after.0..after.1).contains(&p.0));
    let now: Vec<f64> = within.map(|p| p.1).collect();
    // What is absent since the series ended was not answered; what is absent in between was not scraped.
    let ended = has_ended(series, after);
    if now.is_empty() && !ended {
        return None;
    }
    let until = lane
        .recent
        .last()
        .map_or(after.0, |p| p.0)
        .clamp(after.0, after.1);
    let lasted = if ended {
        (until - after.0) as f64 / (after.1 - after.0) as f64
    } else {
        1.0
    };
    let now = if now.is_empty() {
        0.0
    } else {
        mean(now) * lasted
    };
    let normal: Vec<f64> = lane.normal.iter().map(|p| p.1).collect();
    let length = (normal.len() / 8).clamp(1, 6);
    let usual = Usual::of_few(&windows(&normal, length), normal.len(), rate * 0.05)?;
    Some((now / rate, unusual((rate - now) / usual.spread)))
}

/// Whether a series ended before the time that is looked at did, and such gaps were seldom before. What was often absent
/// says nothing by its absence.
fn has_ended(series: &Series, after: Span) -> bool {
    let past = series.normal.as_slice();
    let lately = &series.recent[..series.recent.partition_point(|p| p.0 < after.1)];
    let Some((last, _)) = lately.last() else {
        return false;
    };
    if lately.len() + past.len() < LEAST_HISTORY {
        return false;
    }
    let gone = after.1 - last;
    let seldom = |points| absent(points, gone) <= SELDOM;
    gone > LEAST_GAP * step(lately) && seldom(lately) && seldom(past)
}

/// Part of the past that may have lain in gaps as long as one that is told from them.
const SELDOM: f64 = 0.02;
/// Steps that a gap is longer than: one that is missing, and one that is late.
const LEAST_GAP: i64 = 3;

/// What part of a time lay in gaps of some length or longer.
fn absent(points: &[(i64, f64)], length: i64) -> f64 {
    let step = step(points);
    let covered = match (points.first(), points.last()) {
        (Some(first), Some(last)) if last.0 > first.0 => (last.0 - first.0) as f64,
        _ => return 0.0,
    };
    let gaps = points.windows(2).map(|w| w[1].0 - w[0].0 - step);
    gaps.filter(|gap| *gap + step >= length).sum::<i64>() as f64 / covered
}

/// How far a silent service's callers feel anything, 0 to 1: nobody looks for one whom nobody misses.
fn missed(flow: &Flow, service: usize, parts: &Parts) -> f64 {
    let felt = |&u: &usize| {
        let off = |kind| parts.own(kind, u).map_or(0.0, |p| p.whole_off);
        Trouble::ALL
            .into_iter()
            .map(|kind| unusual(off(kind)))
            .fold(0.0, f64::max)
    };
    flow.calls
        .callers(service)
        .iter()
        .map(felt)
        .fold(0.0, f64::max)
}
