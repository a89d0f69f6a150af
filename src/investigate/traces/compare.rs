//! Parts of requests of the trouble against the same parts of normal ones.

use super::Key;
use super::tree::{Observed, Part};
use crate::domain::TracePart;
use crate::investigate::measure::{Usual, mean, median};
use std::collections::{BTreeMap, BTreeSet};

/// Normal values of one operation below which those of the whole service stand for it.
const LEAST: usize = 5;
/// Standard errors from which more seconds are no accident: three would be one in a thousand on a bell curve, and there
/// are dozens of parts.
const UNUSUAL: f64 = 4.0;
/// The same for failing calls, whose counts are small.
const UNUSUAL_FAILURES: f64 = 2.5;
/// Failing calls that are more than an anecdote.
const FAILURES: f64 = 3.0;
/// The least growth of a part that is told: a busier hour makes as much.
const GROWN: f64 = 0.2;
/// Seconds that no clock tells apart.
const FINE: f64 = 0.000_2;
/// Values from the top that are held down to the next: two hanging requests are no trouble.
const OUTLIERS: usize = 2;

/// A part over all requests.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub key: Key,
    /// In requests that it was in, on average: seconds, or the share of calls that fail.
    pub observed: f64,
    pub normal: f64,
    /// Seconds or failures that all requests of the trouble have of it over normal.
    pub excess: f64,
    pub count: usize,
    pub normal_count: usize,
    pub stands_out: bool,
    /// What it is made of, where calls were joined.
    pub of: Vec<Key>,
    /// Whether its excess is in another group too.
    pub joined: bool,
}

impl Group {
    pub fn is_failing(&self) -> bool {
        self.key.part == TracePart::Failing
    }
}

/// Values of a part by operation.
#[derive(Default)]
struct Values<'a> {
    by: BTreeMap<&'a str, Vec<f64>>,
    traces: BTreeSet<usize>,
}

impl<'a> Values<'a> {
    fn add(&mut self, trace: usize, part: &'a Part) {
        self.by.entry(&part.operation).or_default().push(part.value);
        self.traces.insert(trace);
    }

    fn all(&self) -> impl Iterator<Item = f64> + '_ {
        self.by.values().flatten().copied()
    }
}

/// Every part that the trouble has, against normal.
pub(super) fn compare(observed: &[Observed], trouble: &[usize], normal: &[usize]) -> Vec<Group> {
    let laid = |which: &[usize]| {
        let mut all: BTreeMap<&Key, Values<'_>> = BTreeMap::new();
        for &n in which {
            for part in &observed[n].parts {
                all.entry(&part.key).or_default().add(n, part);
            }
        }
        all
    };
    let (now, before) = (laid(trouble), laid(normal));
    let nothing = Values::default();
    now.into_iter()
        .map(|(key, now)| {
            let before = before.get(key).unwrap_or(&nothing);
            match key.part {
                TracePart::Failing => failures(key, &now, before),
                TracePart::Own | TracePart::Between => seconds(key, &now, before),
            }
        })
        .collect()
}

/// Seconds, each call against the same operation in normal times.
fn seconds(key: &Key, now: &Values<'_>, before: &Values<'_>) -> Group {
    let all = held(before.all().collect());
    let of_all = mean(all.iter().copied());
    let usual_of = |operation: &str| {
        let own = before.by.get(operation).filter(|v| v.len() >= LEAST);
        own.map_or(of_all, |v| mean(held(v.clone())))
    };
    let (mut over, mut away) = (Vec::new(), Vec::new());
    let mut expected = 0.0;
    for (operation, values) in &now.by {
        let usual = usual_of(operation);
        let usual = if usual.is_finite() { usual } else { 0.0 };
        expected += usual * values.len() as f64;
        over.extend(values.iter().map(|v| v - usual));
    }
    for (operation, values) in &before.by {
        let usual = usual_of(operation);
        away.extend(values.iter().map(|v| v - usual));
    }
    let over = held(over);
    let (requests, normal_requests) = (now.traces.len() as f64, before.traces.len() as f64);
    let excess: f64 = over.iter().sum();
    let each = excess / over.len().max(1) as f64;
    let usual_each = expected / over.len().max(1) as f64;
    let floor = FINE.max(usual_each * 0.05);
    let spread = Usual::of(&away, floor).map_or(f64::INFINITY, |u| u.spread);
    let error = spread * (1.0 / requests.max(1.0) + 1.0 / normal_requests.max(1.0)).sqrt();
    Group {
        key: key.clone(),
        observed: (expected + excess) / requests.max(1.0),
        normal: expected / requests.max(1.0),
        excess,
        count: now.traces.len(),
        normal_count: before.traces.len(),
        stands_out: each > UNUSUAL * error && each > GROWN * usual_each && each > FINE,
        of: vec![key.clone()],
        joined: false,
    }
}

/// Failing calls, by how many more there are than as many calls of normal times would have.
fn failures(key: &Key, now: &Values<'_>, before: &Values<'_>) -> Group {
    let sum = |of: &Values<'_>| (of.all().sum::<f64>(), of.all().count() as f64);
    let ((failed, calls), (usual, usual_calls)) = (sum(now), sum(before));
    // Half a failure in one call more: what never failed may still fail.
    let rate = (usual + 0.5) / (usual_calls + 1.0);
    let expected = (rate * calls).min(calls);
    // The square root makes the spread of counts even (Anscombe, 1948).
    let off = 2.0 * ((failed + 0.375).sqrt() - (expected + 0.375).sqrt());
    let normal = if usual_calls > 0.0 {
        usual / usual_calls
    } else {
        0.0
    };
    Group {
        key: key.clone(),
        observed: failed / calls.max(1.0),
        normal,
        excess: failed - normal * calls,
        count: now.traces.len(),
        normal_count: before.traces.len(),
        stands_out: failed >= FAILURES && off >= UNUSUAL_FAILURES,
        of: vec![key.clone()],
        joined: false,
    }
}

/// Values with the highest few held down to the next, so that none of them decides alone.
fn held(mut values: Vec<f64>) -> Vec<f64> {
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let most = match sorted.len() {
        0 => return values,
        1..=4 => median(&sorted),
        many => sorted[many - 1 - OUTLIERS],
    };
    for value in &mut values {
        *value = value.min(most);
    }
    values
}
