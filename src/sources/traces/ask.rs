//! Which services and which times a server of traces is asked about, so many questions at a time.

use super::keep::Keep;
use crate::domain::{Instant, Picked, Span};
use crate::sources::Question;
use crate::sources::http::SourceError;
use chrono::Duration;
use futures_util::{StreamExt, stream};
use std::future::Future;

/// Questions under way at once.
pub(super) const AT_ONCE: usize = 8;
/// Minutes around the declaration at which slices of the fine time begin and end: servers give the newest of a slice, so
/// that one long slice would be its last minute; and the nearer to the declaration, the more is to be told apart.
const CUTS: [i64; 15] = [
    -120, -90, -60, -45, -30, -20, -15, -10, -5, 0, 5, 10, 20, 30, 60,
];
/// Minutes around the same time of the day before.
const DAY_BEFORE: [i64; 3] = [-30, 0, 30];
/// Minutes before the declaration from which slow and failing requests are examples of it.
const EXAMPLES: i64 = 15;

/// A stretch of time, and how many traces of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Slice {
    pub from: Instant,
    pub to: Instant,
    pub limit: usize,
    pub picked: Picked,
}

/// One question.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// As the server calls it.
    pub service: String,
    pub slice: Slice,
    /// Further conditions.
    pub limits: Vec<(String, String)>,
}

/// Slices of the time before and around an incident, so many traces of each.
pub(super) fn slices(question: Question<'_>, limit: usize) -> Vec<Slice> {
    let (created, window) = (question.created, question.window);
    let day = created - Duration::days(1);
    let of = |around: Instant, cuts: &[i64], from: Instant, to: Instant| {
        let at = |minutes: &i64| (around + Duration::minutes(*minutes)).clamp(from, to);
        let pairs = cuts.windows(2).map(|w| (at(&w[0]), at(&w[1])));
        pairs.filter(|(a, b)| a < b).collect::<Vec<_>>()
    };
    let mut times = of(day, &DAY_BEFORE, window.normal_from, window.recent_from);
    times.extend(of(created, &CUTS, window.recent_from, window.to));
    let slice = |(from, to)| Slice {
        from,
        to,
        limit,
        picked: Picked::Plain,
    };
    times.into_iter().map(slice).collect()
}

/// Where slow and failing requests are looked for: they show what the trouble looks like.
pub(super) fn bad_slices(question: Question<'_>, limit: usize) -> Vec<Slice> {
    let from = question.created - Duration::minutes(EXAMPLES);
    let from = from.max(question.window.recent_from);
    let slice = Slice {
        from,
        to: question.window.to,
        limit,
        picked: Picked::Bad,
    };
    Vec::from_iter((from < slice.to).then_some(slice))
}

/// The names under which a server knows services in scope, in the order of the scope.
pub(super) fn shared(
    source: &str,
    known: &[String],
    question: Question<'_>,
    most: usize,
) -> Result<Vec<String>, SourceError> {
    let mut sorted: Vec<&String> = known.iter().collect();
    sorted.sort();
    let of = |service: &String| {
        let mut names = sorted.iter();
        names.find(|n| question.names.service(n) == Some(service.as_str()))
    };
    let found: Vec<String> = question
        .services
        .iter()
        .filter_map(of)
        .take(most)
        .map(|n| (*n).clone())
        .collect();
    if found.is_empty() {
        return Err(SourceError(format!(
            "{source} has no traces of the services in question."
        )));
    }
    Ok(found)
}

/// The time in which traces are read; what came until then is looked at.
#[derive(Clone, Copy)]
pub(super) struct Within(tokio::time::Instant);

impl Within {
    /// Most of the time that a source may take.
    pub fn of(timeout: std::time::Duration) -> Self {
        Self(tokio::time::Instant::now() + timeout.mul_f64(0.8))
    }

    /// What comes in time.
    pub async fn limit<T>(self, answer: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.0, answer).await.ok()
    }

    fn is_over(self) -> bool {
        tokio::time::Instant::now() >= self.0
    }
}

/// What a question found.
pub(super) type Found = (Picked, Result<Vec<(String, Span)>, SourceError>);

/// Asks, so many at once, and keeps what comes in the order of the questions, until the time or the room is used up.
pub(super) async fn gather<F: Future<Output = Found>>(
    asked: impl Iterator<Item = F>,
    at_once: usize,
    within: Within,
    keep: &mut Keep,
) {
    let mut answers = std::pin::pin!(stream::iter(asked).buffered(at_once));
    loop {
        match within.limit(answers.next()).await {
            Some(Some((picked, answer))) => keep.take(picked, answer),
            Some(None) => return,
            None => return keep.late(),
        }
        if keep.is_full() {
            return;
        }
        if within.is_over() {
            return keep.late();
        }
    }
}
