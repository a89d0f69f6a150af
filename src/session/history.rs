//! A long history in parallel windows of time, each page handed on as it comes, without what was loaded before.

use super::works::Working;
use super::{ApiError, Upstream, fault, few_at_once};
use crate::domain::{Incident, Instant};
use chrono::Duration;
use futures_util::FutureExt;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Windows a long history is loaded in side by side: more would only wait for the rate limit.
const WINDOWS: i32 = 6;
/// Few enough for one walk through two pages: windows would only cost requests.
const SHORT: i64 = 500;
/// Pages that were read and not kept yet: a few keep reading and keeping busy, more hold memory.
pub(super) const PAGES: usize = 2;
/// About eight pages a slice: fewer wastes requests on edges, more is read again where a load broke off.
const SLICE: std::ops::RangeInclusive<usize> = 500..=4_000;
/// The first guess at how long the organisation has been here, in days; doubled until it is long enough.
const FIRST_GUESS: i64 = 90;
/// Nobody's incidents are older than this, in days: what is counted beyond it has a wrong date.
const OLDEST: i64 = 10_000;

/// A stretch of a history that was loaded: from, to.
pub type Slice = (Instant, Instant);

/// Part of a history: some of its incidents, and the stretch of which all have come by now, where one is through.
pub type HistoryChunk = (Vec<Incident>, Option<Slice>);

/// Loads the whole history: open incidents first, then window by window. Stretches in `loaded` are not asked for again.
pub(super) async fn load<U: Upstream>(
    upstream: U,
    loaded: Vec<Slice>,
    chunks: mpsc::Sender<HistoryChunk>,
    work: Arc<Working>,
) -> Result<usize, ApiError> {
    let first = upstream.open_incidents().await?;
    let mut count = first.len();
    let _ = chunks.send((first, None)).await;
    let counted = upstream.count(None).await?;
    work.of(counted.and_then(|total| usize::try_from(total).ok()));
    let Some(total) = counted else {
        // How long it is was not told: one walk through all of it.
        let (oldest, soon) = (upstream.now() - Duration::days(OLDEST), Duration::days(1));
        let found = upstream
            .between(oldest, upstream.now() + soon, &chunks)
            .await?;
        return Ok(count + found);
    };
    if total <= SHORT {
        let all = upstream.newest(2 * SHORT as usize).await?;
        count += all.len();
        let _ = chunks.send((all, None)).await;
        return Ok(count);
    }
    let now = upstream.now();
    let oldest = find_oldest(&upstream, now, total).await?;
    let loaded: Arc<[Slice]> = loaded.into();
    let mut tasks = tokio::task::JoinSet::new();
    for window in windows(oldest, now) {
        let (upstream, chunks, loaded) = (upstream.clone(), chunks.clone(), loaded.clone());
        tasks.spawn(async move { walk(&upstream, window, &loaded, &chunks).await });
    }
    while let Some(done) = tasks.join_next().await {
        count += done.map_err(|e| {
            tracing::error!("loading the history broke off: {e}");
            fault()
        })??;
    }
    Ok(count)
}

/// Equal windows; the last one reaches beyond now, where a clock may be behind.
fn windows(oldest: Instant, now: Instant) -> Vec<Slice> {
    let step = (now - oldest) / WINDOWS;
    (0..WINDOWS)
        .map(|n| {
            let from = oldest + step * n;
            let to = if n == WINDOWS - 1 {
                now + Duration::days(1)
            } else {
                from + step
            };
            (from, to)
        })
        .collect()
}

/// One window, a slice at a time from its end, so that pages reach the screen while the rest still loads.
async fn walk<U: Upstream>(
    upstream: &U,
    (from, to): Slice,
    loaded: &[Slice],
    chunks: &mpsc::Sender<HistoryChunk>,
) -> Result<usize, ApiError> {
    let (mut end, mut count) = (to, 0);
    let mut length = ((to - from) / 8).max(Duration::days(1));
    while end > from {
        if let Some((known, _)) = loaded.iter().find(|(a, b)| *a < end && end <= *b) {
            end = *known;
            continue;
        }
        let start = (end - length).max(from);
        let found = upstream.between(start, end, chunks).await?;
        count += found;
        length = if found < *SLICE.start() {
            length * 2
        } else if found > *SLICE.end() {
            (length / 2).max(Duration::hours(1))
        } else {
            length
        };
        let _ = chunks.send((Vec::new(), Some((start, end)))).await;
        end = start;
    }
    Ok(count)
}

/// A time before the first incident: the shortest of doubled lengths in which all of them were declared.
async fn find_oldest<U: Upstream>(
    upstream: &U,
    now: Instant,
    total: i64,
) -> Result<Instant, ApiError> {
    let doubled = std::iter::successors(Some(FIRST_GUESS), |days| Some(days * 2));
    let lengths: Vec<Duration> = doubled
        .take_while(|days| *days < 2 * OLDEST)
        .map(Duration::days)
        .collect();
    let count = |length: &Duration| upstream.count(Some(now - *length)).boxed();
    let counted = few_at_once(lengths.iter().map(count)).await;
    for (length, counted) in lengths.iter().zip(counted) {
        if counted?.unwrap_or(total) >= total {
            return Ok(now - *length);
        }
    }
    Ok(now - lengths.last().copied().unwrap_or_default())
}
