//! Since when requests are in trouble, as they show it themselves: the stretch of time around the incident in which they
//! differ most from those before it.

use super::tree::Observed;
use crate::domain::{Instant, Window};
use crate::investigate::measure::median;
use chrono::Duration;
use std::collections::BTreeMap;

/// Boundaries that are tried: as many as a chart has columns.
const CUTS: usize = 60;
/// Requests that a stretch has at least.
const LEAST: usize = 5;
/// Standard errors from which a stretch differs: the best of thousands of stretches of noise lies below.
const DIFFERS: f64 = 5.0;
/// Minutes before and after the declaration that are looked at where nothing differs plainly.
const BEFORE: i64 = 10;
const AFTER: i64 = 20;
/// Minutes by which the stretch may end before the declaration, or begin after it.
const LATE: i64 = 15;
const EARLY: i64 = 10;

/// From and to (excluded) of the trouble, in unix microseconds.
pub(super) fn split(
    observed: &[Observed],
    plain: &[usize],
    created: Instant,
    window: Window,
) -> (i64, i64) {
    let around = |minutes: i64| (created + Duration::minutes(minutes)).timestamp_micros();
    let last = window.to.timestamp_micros().saturating_add(1);
    let mut timed: Vec<&Observed> = plain.iter().map(|&n| &observed[n]).collect();
    timed.retain(|o| o.start < last);
    timed.sort_by_key(|o| o.start);
    let usual = (around(-BEFORE), around(AFTER).min(last).max(around(0)));
    let begins = (window.recent_from.timestamp_micros(), around(EARLY));
    let marks = [slowness(&timed), failures(&timed)];
    let Some((first, end)) = widest(&timed, &marks, begins, around(-LATE)) else {
        return usual;
    };
    let to = timed.get(end).map_or(last, |o| o.start);
    (timed[first].start, to)
}

/// The stretch that differs most, by positions: from, to (excluded).
fn widest(
    timed: &[&Observed],
    marks: &[Vec<f64>; 2],
    begins: (i64, i64),
    ends: i64,
) -> Option<(usize, usize)> {
    let cuts = cuts(timed.len());
    let sums = marks.each_ref().map(|m| running(m));
    let mut best = (DIFFERS, None);
    for &from in &cuts {
        let starts = from < timed.len() && (begins.0..=begins.1).contains(&timed[from].start);
        if !starts || from < LEAST {
            continue;
        }
        for &to in cuts.iter().filter(|to| **to >= from + LEAST) {
            if timed[to - 1].start < ends {
                continue;
            }
            for sum in &sums {
                let off = off(sum, from, to);
                if off > best.0 {
                    best = (off, Some((from, to)));
                }
            }
        }
    }
    best.1
}

/// Positions between which stretches are tried.
fn cuts(count: usize) -> Vec<usize> {
    let step = count.div_ceil(CUTS).max(1);
    let mut all: Vec<usize> = (0..count).step_by(step).collect();
    all.push(count);
    all
}

/// How slow each request is: its place among all, by its time over the usual time of what it begins with. Places, since
/// a single request that hangs says little.
fn slowness(timed: &[&Observed]) -> Vec<f64> {
    let mut by: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for one in timed {
        by.entry(&one.entry).or_default().push(one.whole);
    }
    let usual: BTreeMap<&str, f64> = by.into_iter().map(|(k, v)| (k, median(&v))).collect();
    let over: Vec<f64> = timed
        .iter()
        .map(|o| o.whole / usual[o.entry.as_str()].max(1e-6))
        .collect();
    let mut order: Vec<usize> = (0..over.len()).collect();
    order.sort_by(|a, b| over[*a].total_cmp(&over[*b]).then(a.cmp(b)));
    let mut places = vec![0.0; over.len()];
    for (place, at) in order.into_iter().enumerate() {
        places[at] = place as f64;
    }
    places
}

fn failures(timed: &[&Observed]) -> Vec<f64> {
    let failed = timed.iter().map(|o| f64::from(u8::from(o.failed)));
    failed.collect()
}

/// Running sums of values and of their squares.
fn running(values: &[f64]) -> Vec<(f64, f64)> {
    let mut sums = vec![(0.0, 0.0)];
    for v in values {
        let (sum, squares) = sums[sums.len() - 1];
        sums.push((sum + v, squares + v * v));
    }
    sums
}

/// How many standard errors the mean of a stretch lies above that of all before it.
fn off(sums: &[(f64, f64)], from: usize, to: usize) -> f64 {
    let (inside, before) = ((to - from) as f64, from as f64);
    let mean = (sums[to].0 - sums[from].0) / inside;
    let usual = sums[from].0 / before;
    let all = inside + before;
    let spread = (sums[to].1 / all - (sums[to].0 / all).powi(2)).max(0.0);
    let error = (spread * (1.0 / inside + 1.0 / before)).sqrt();
    if error > 0.0 {
        (mean - usual) / error
    } else {
        0.0
    }
}
