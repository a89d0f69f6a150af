//! The spans of one trace in their order, and stretches of time.

use crate::domain::{Span, SpanKind, Trace};
use std::collections::HashMap;

/// Stretches of time in microseconds.
pub(super) type Times = Vec<(i64, i64)>;

/// Spans by whom they belong to.
pub(super) struct Spans<'a> {
    spans: &'a [Span],
    below: Vec<Vec<usize>>,
    /// Spans whose parent is not there, oldest first.
    pub roots: Vec<usize>,
}

impl<'a> Spans<'a> {
    pub fn of(trace: &'a Trace) -> Self {
        let spans = &trace.spans;
        // Where both ends of a call share an id, what is below belongs to the one who is called.
        let (mut callers, mut owners) = (HashMap::new(), HashMap::new());
        for (at, span) in spans.iter().enumerate() {
            match span.kind {
                SpanKind::Client => callers.insert(span.id.as_str(), at),
                _ => owners.insert(span.id.as_str(), at),
            };
        }
        let mut below = vec![Vec::new(); spans.len()];
        let mut roots = Vec::new();
        for (at, span) in spans.iter().enumerate() {
            let other_end = (span.kind == SpanKind::Server)
                .then(|| callers.get(span.id.as_str()))
                .flatten();
            let parent = span.parent.as_deref();
            let parent = parent.and_then(|p| owners.get(p).or_else(|| callers.get(p)));
            match other_end.or(parent).filter(|&&p| p != at) {
                Some(&parent) => below[parent].push(at),
                None => roots.push(at),
            }
        }
        let when = |at: &usize| (spans[*at].start, spans[*at].id.as_str());
        roots.sort_by(|a, b| when(a).cmp(&when(b)));
        for list in &mut below {
            list.sort_by(|a, b| when(a).cmp(&when(b)));
        }
        Self {
            spans,
            below,
            roots,
        }
    }

    pub fn at(&self, at: usize) -> &'a Span {
        &self.spans[at]
    }

    /// What a span is the parent of, oldest first.
    pub fn below(&self, at: usize) -> &[usize] {
        &self.below[at]
    }
}

/// When a span was, on a clock that differs by so much, as far as it lies in a window.
pub(super) fn within(span: &Span, shift: i64, window: (i64, i64)) -> Option<(i64, i64)> {
    let from = (span.start + shift).max(window.0);
    let to = (span.end() + shift).min(window.1);
    (from < to).then_some((from, to))
}

/// The same stretches without what they share, in order.
pub(super) fn cover(mut times: Times) -> Times {
    times.sort_unstable();
    let mut all: Times = Vec::with_capacity(times.len());
    for (from, to) in times {
        match all.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => all.push((from, to)),
        }
    }
    all
}

/// What is left of stretches without others; both in order and apart.
pub(super) fn less(times: &[(i64, i64)], without: &[(i64, i64)]) -> Times {
    let mut left = Times::new();
    for &(mut from, to) in times {
        let begin = from;
        for &(start, end) in without.iter().filter(|w| w.1 > begin && w.0 < to) {
            if start > from {
                left.push((from, start));
            }
            from = from.max(end);
        }
        if from < to {
            left.push((from, to));
        }
    }
    left
}

/// Microseconds of stretches that share nothing.
pub(super) fn length(times: &[(i64, i64)]) -> i64 {
    times.iter().map(|(from, to)| to - from).sum()
}
