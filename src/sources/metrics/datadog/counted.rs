//! What is counted is reported only where there was something to count: no calls are no series, and no failing calls
//! neither. Both are zeros, not gaps.

use super::super::counted::{self, Points};
use super::super::question::{Gives, Question};
use super::steps::{Span, Steps};
use crate::domain::{Series, Signal};
use std::collections::{BTreeMap, BTreeSet};

/// Fills in the zeros of calls that are counted by traced operations.
pub(super) fn fill(all: &mut Vec<Series>, questions: &[&Question], steps: &Steps) {
    let asks = |signal: &Signal| {
        let is = |q: &&&Question| q.gives == Gives::Series(signal.clone()) && is_counted(&q.query);
        questions.iter().any(|q| is(&q))
    };
    if !asks(&Signal::Traffic) {
        return;
    }
    let counts = |s: &&mut Series| s.signal == Signal::Traffic && is_counted(&s.query);
    for one in all.iter_mut().filter(counts) {
        let since = one.normal.first().or(one.recent.first()).map(|p| p.0);
        one.normal = whole(&one.normal, since, steps.normal);
        one.recent = whole(&one.recent, since, steps.recent);
    }
    if asks(&Signal::Errors) {
        counted::fill_errors(all, &|calls| {
            is_counted(&calls.query).then(|| failing(&calls.query))
        });
    }
}

fn is_counted(query: &str) -> bool {
    query.starts_with("sum:trace.")
}

/// The points of a count at every step since it was there first.
fn whole(points: &[(i64, f64)], since: Option<i64>, span: Span) -> Points {
    let Some(since) = since else {
        return Vec::new();
    };
    let known: BTreeMap<i64, f64> = points.iter().copied().collect();
    let first = since.max(span.from).div_euclid(span.step) * span.step;
    let Ok(step) = usize::try_from(span.step) else {
        return points.to_vec();
    };
    let grid: BTreeSet<i64> = (first..span.to).step_by(step).collect();
    let times: BTreeSet<i64> = grid.into_iter().chain(known.keys().copied()).collect();
    let value = |t: i64| (t, known.get(&t).copied().unwrap_or(0.0));
    times.into_iter().map(value).collect()
}

/// The question for the share of failing calls, from the one for calls.
fn failing(calls: &str) -> String {
    let counted = calls
        .rsplit_once(" / ")
        .map_or(calls, |(counted, _)| counted);
    let failing = counted.replacen(".hits{", ".errors{", 1);
    format!("{failing} / {counted}")
}
