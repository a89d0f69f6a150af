//! Traces as measures: they tell what a service's own metrics and those of its callers would tell. How many calls there
//! are, only a source tells that gives every request or an even part of them.

use super::tree::{Call, Observed};
use crate::domain::{Series, Signal, TraceSample, Window};
use std::collections::BTreeMap;

/// Seconds between points around the incident, and where few requests are known: a point is the mean of several.
const FINE: i64 = 60;
const FEW: i64 = 300;
/// Points of the normal time, as of other measures.
const NORMAL_POINTS: i64 = 576;

/// What calls of one stretch of time come to.
#[derive(Clone, Copy, Default)]
struct Sum {
    seconds: f64,
    calls: f64,
    failed: f64,
}

/// Sums by the second at which their stretch ends: before the fine time and in it.
type Sums = [BTreeMap<i64, Sum>; 2];

/// Latency, errors and traffic of each service, and of each call as its caller sees it. Requests that were picked for being
/// bad do not count.
pub(super) fn series(sample: &TraceSample, plain: &[&Observed], window: Window) -> Vec<Series> {
    let laying = Laying::new(window, plain, sample.kept);
    let signals = match sample.kept {
        Some(_) => &[Signal::Latency, Signal::Errors, Signal::Traffic][..],
        None => &[Signal::Latency, Signal::Errors],
    };
    let mut all: BTreeMap<(&str, Option<&str>), Sums> = BTreeMap::new();
    for call in plain.iter().flat_map(|o| &o.calls) {
        let Some((part, end)) = laying.place(call.start) else {
            continue;
        };
        let of = all.entry((&call.service, call.caller.as_deref()));
        let sum = of.or_default()[part].entry(end).or_default();
        sum.seconds += call.seconds;
        sum.calls += 1.0;
        sum.failed += f64::from(u8::from(call.failed));
    }
    let mut told = Vec::new();
    for ((service, caller), sums) in all {
        for signal in signals {
            let [normal, recent] = [0, 1].map(|part| laying.points(signal, &sums, part));
            let of = caller.map_or(String::new(), |c| format!(" called by {c}"));
            told.push(Series {
                service: service.to_owned(),
                signal: signal.clone(),
                caller: caller.map(str::to_owned),
                limit: None,
                source: sample.source.clone(),
                query: format!("{} (spans of {service}{of})", sample.query),
                link: None,
                normal,
                recent,
            });
        }
    }
    told
}

/// The grid on which calls are summed.
struct Laying {
    window: Window,
    steps: [i64; 2],
    /// The part of all requests that are known.
    kept: [f64; 2],
    /// Seconds of the first and the last request: in between no call is none, elsewhere nobody knows.
    seen: (i64, i64),
}

impl Laying {
    fn new(window: Window, plain: &[&Observed], kept: Option<[f64; 2]>) -> Self {
        let fine = if kept.is_some() { FINE } else { FEW };
        let before = (window.recent_from - window.normal_from).num_seconds();
        let seconds = plain.iter().map(|o| o.start / 1_000_000);
        let (first, last) = (seconds.clone().min(), seconds.max());
        Self {
            window,
            steps: [(before / NORMAL_POINTS).max(fine) / FINE * FINE, fine],
            kept: kept.unwrap_or([1.0; 2]),
            seen: (first.unwrap_or_default(), last.unwrap_or_default()),
        }
    }

    /// In which part a moment lies, and where its stretch ends.
    fn place(&self, micros: i64) -> Option<(usize, i64)> {
        let second = micros.div_euclid(1_000_000);
        let [from, middle, to] = [
            self.window.normal_from,
            self.window.recent_from,
            self.window.to,
        ]
        .map(|t| t.timestamp());
        let part = usize::from(second >= middle);
        let end = (second.div_euclid(self.steps[part]) + 1) * self.steps[part];
        (from..=to).contains(&second).then_some((part, end))
    }

    fn points(&self, signal: &Signal, sums: &Sums, part: usize) -> Vec<(i64, f64)> {
        let value = |sum: &Sum| match signal {
            Signal::Errors => sum.failed / sum.calls,
            Signal::Traffic => sum.calls / self.steps[part] as f64 / self.kept[part].max(1e-9),
            _ => sum.seconds / sum.calls,
        };
        if *signal != Signal::Traffic {
            return sums[part].iter().map(|(end, s)| (*end, value(s))).collect();
        }
        let step = self.steps[part];
        let begin = self.window.recent_from.timestamp();
        let (from, to) = match part {
            0 => (self.seen.0, self.seen.1.min(begin - 1)),
            _ => (self.seen.0.max(begin), self.seen.1),
        };
        // The first stretch and the last are not whole: what they count is too little.
        let first = (from.div_euclid(step) + 2) * step;
        let ends = (first..=to).step_by(step as usize);
        ends.map(|end| (end, sums[part].get(&end).map_or(0.0, value)))
            .collect()
    }
}

impl Call {
    /// A span as a call.
    pub fn of(span: &crate::domain::Span, service: &str, caller: Option<&str>) -> Self {
        Self {
            service: service.to_owned(),
            caller: caller.map(str::to_owned),
            start: span.start,
            seconds: span.duration as f64 / 1e6,
            failed: span.failed,
        }
    }
}
