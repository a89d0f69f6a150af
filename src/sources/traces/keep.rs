//! The traces of one source while they come in: each once, no more than may be held.

use crate::domain::{Picked, Span, Trace};
use crate::sources::http::SourceError;
use std::collections::BTreeMap;

/// Spans that are held: about sixteen megabytes.
const MOST: usize = 80_000;
/// Spans of one trace that are looked at.
const OF_ONE: usize = 5_000;
/// The part of requests that count as slow.
const SLOW: f64 = 0.95;

/// Traces while they come in.
#[derive(Default)]
pub(super) struct Keep {
    traces: BTreeMap<String, (Picked, Vec<Span>)>,
    spans: usize,
    is_full: bool,
    is_late: bool,
    answered: bool,
    faults: Vec<String>,
}

/// Traces, and what could not be had.
pub(super) struct Read {
    pub traces: Vec<Trace>,
    pub missing: Vec<String>,
    /// The part of all requests that they are, where none was picked.
    pub kept: Option<[f64; 2]>,
}

impl Keep {
    /// Takes an answer. A trace that came before stays as it was picked then.
    pub fn take(&mut self, picked: Picked, answer: Result<Vec<(String, Span)>, SourceError>) {
        let spans = match answer {
            Ok(spans) => spans,
            Err(e) => return self.faults.push(e.to_string()),
        };
        self.answered = true;
        let mut by: BTreeMap<String, Vec<Span>> = BTreeMap::new();
        for (trace, span) in spans {
            by.entry(trace).or_default().push(span);
        }
        for (trace, spans) in by {
            if self.traces.contains_key(&trace) {
                continue;
            }
            let spans = first(spans);
            if self.spans + spans.len() > MOST {
                self.is_full = true;
                return;
            }
            self.spans += spans.len();
            self.traces.insert(trace, (picked, spans));
        }
    }

    /// Whether a trace came already.
    pub fn has(&self, trace: &str) -> bool {
        self.traces.contains_key(trace)
    }

    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The time was over before everything came.
    pub fn late(&mut self) {
        self.is_late = true;
    }

    /// Microseconds from which a request counts as slow, by those that came so far.
    pub fn slow(&self) -> i64 {
        let longest = |spans: &Vec<Span>| spans.iter().map(|s| s.duration).max();
        let mut all: Vec<i64> = self.traces.values().filter_map(|t| longest(&t.1)).collect();
        all.sort_unstable();
        let at = (all.len() as f64 * SLOW) as usize;
        all.get(at).copied().unwrap_or(1_000_000)
    }

    /// What came, by id; an error where nothing could be asked.
    pub fn read(self, source: &str) -> Result<Read, SourceError> {
        let mut missing = self.faults;
        missing.sort();
        missing.dedup();
        if !self.answered
            && let Some(fault) = missing.first()
        {
            return Err(SourceError(fault.clone()));
        }
        let count = self.traces.len();
        let part = |why: &str| format!("{source} {why}; {count} traces are looked at.");
        missing.extend(
            self.is_late
                .then(|| part("did not give all of its traces in time")),
        );
        missing.extend(
            self.is_full
                .then(|| part("has more traces than can be held")),
        );
        let trace = |(id, (picked, spans))| Trace { id, spans, picked };
        Ok(Read {
            traces: self.traces.into_iter().map(trace).collect(),
            missing,
            kept: None,
        })
    }
}

/// The first spans of a trace, where it has too many.
pub(super) fn first(mut spans: Vec<Span>) -> Vec<Span> {
    if spans.len() > OF_ONE {
        spans.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
        spans.truncate(OF_ONE);
    }
    spans
}
