//! Events that are counted in slices of time, laid evenly into their slices.

use crate::domain::Instant;
use chrono::Duration;

/// Events of a slice that are told apart; nobody counts further.
const MOST: u64 = 1_000_000_000;
/// Microseconds between issues that happened as often: a line and what belongs to it stay together.
const APART: i64 = 2_000;

/// From and to.
pub(super) type Span = (Instant, Instant);

/// So many events from a time to a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slice {
    span: Span,
    count: u64,
}

impl Slice {
    /// Nothing where nothing happened.
    pub fn new((from, to): Span, count: u64) -> Option<Self> {
        (count > 0 && from < to).then_some(Self {
            span: (from, to),
            count: count.min(MOST),
        })
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many events lie before a time.
    fn before(&self, at: Instant) -> f64 {
        let (from, to) = self.span;
        let part = micros(at - from) as f64 / micros(to - from).max(1) as f64;
        part.clamp(0.0, 1.0) * self.count as f64
    }

    /// The times of its events within a window, and whether it is the first of them; `nth` is the place.
    pub fn times(&self, (from, to): Span, nth: usize) -> impl Iterator<Item = (Instant, bool)> {
        let (first, last) = (
            self.before(from).ceil() as u64,
            self.before(to).ceil() as u64,
        );
        let (begin, count) = (self.span.0, self.count.max(1) as f64);
        let whole = micros(self.span.1 - begin) as f64;
        let apart = APART * nth.min(500) as i64;
        (first..last).map(move |event| {
            let after = (event as f64 / count * whole) as i64 + apart;
            (begin + Duration::microseconds(after), event == first)
        })
    }
}

fn micros(time: Duration) -> i64 {
    time.num_microseconds().unwrap_or(i64::MAX)
}

/// Since when there are only so many events of a window; nothing where there are no more in all of it.
pub(super) fn since(slices: &[Slice], (from, to): Span, most: usize) -> Option<Instant> {
    let after = |at: Instant| -> f64 { slices.iter().map(|s| s.before(to) - s.before(at)).sum() };
    if after(from) <= most as f64 {
        return None;
    }
    let (mut early, mut late) = (from, to);
    while late - early > Duration::microseconds(1) {
        let middle = early + (late - early) / 2;
        match after(middle) > most as f64 {
            true => early = middle,
            false => late = middle,
        }
    }
    Some(late)
}
