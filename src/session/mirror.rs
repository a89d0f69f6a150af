//! The organisation mirrored into the cache: what changed since the last answer, everything that is open from time to
//! time, and the whole history once, resumed where it broke off, then gone through again bit by bit. Tells changes; knows
//! nothing of screens.

mod known;
mod recheck;

use super::cache::{Cache, Change};
use super::history::{self, HistoryChunk, PAGES, Slice};
use super::works::{INCIDENTS, Working, Works};
use super::{ApiError, fault, oncall};
use crate::domain::{
    Course, Incident, IncidentId, IncidentSummary, Instant, StatusCategory, Vocabulary,
};
use serde::Serialize;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// Rows commit out of order on the platform: each question overlaps the last by this many minutes.
pub(super) const OVERLAP: chrono::Duration = chrono::Duration::minutes(5);
/// The log does not tell of edits to the timeline: all of a timeline is read again this often.
const REREAD: Duration = Duration::from_secs(60);
/// A change may be missed by `updated_at`: everything open is read again this often.
const SWEEP: Duration = Duration::from_secs(120);

/// Incidents that are asked for one by one, at most, where they are open in the cache and no list has them any more.
const UNLISTED: usize = 8;

/// Where incidents come from: the API, or a script in a test.
pub trait Upstream: Clone + Send + Sync + 'static {
    /// When it is there.
    fn now(&self) -> Instant;
    /// Everything that is open: triage, active, paused.
    fn open_incidents(&self) -> impl Future<Output = Result<Vec<Incident>, ApiError>> + Send;
    /// What changed since.
    fn changed(
        &self,
        since: Instant,
    ) -> impl Future<Output = Result<Vec<Incident>, ApiError>> + Send;
    /// What was declared in a stretch of time, page by page; how many that were.
    fn between(
        &self,
        from: Instant,
        to: Instant,
        pages: &mpsc::Sender<HistoryChunk>,
    ) -> impl Future<Output = Result<usize, ApiError>> + Send;
    /// One incident; `None` where it is not to be seen.
    fn one(
        &self,
        id: &IncidentId,
    ) -> impl Future<Output = Result<Option<Incident>, ApiError>> + Send;
    /// The newest so many.
    fn newest(&self, most: usize) -> impl Future<Output = Result<Vec<Incident>, ApiError>> + Send;
    /// How many were declared since, or ever; `None` where it is not told.
    fn count(
        &self,
        since: Option<Instant>,
    ) -> impl Future<Output = Result<Option<i64>, ApiError>> + Send;
}

/// How far the mirror is.
#[derive(Default)]
struct Progress {
    /// The cache was asked how far an earlier session came.
    resumed: bool,
    /// The latest change seen, by the server's clock.
    watermark: Option<Instant>,
    /// When everything open was last read, whatever the watermark says.
    swept: Option<tokio::time::Instant>,
    /// The whole history is in the cache.
    complete: bool,
    /// The timeline read last: whose, its newest log entry, and when it was read in full.
    timeline: Option<(IncidentId, String, tokio::time::Instant)>,
}

/// The mirror of one organisation.
pub struct Mirror<U> {
    upstream: U,
    cache: Cache,
    progress: Mutex<Progress>,
    words: Mutex<Vocabulary>,
    handovers: oncall::Handovers,
    works: Works,
}

impl<U: Upstream> Mirror<U> {
    /// A mirror of what is upstream into a cache; nothing is asked yet.
    pub fn new(upstream: U, cache: Cache) -> Self {
        Self {
            upstream,
            cache,
            progress: Mutex::default(),
            words: Mutex::default(),
            handovers: oncall::Handovers::default(),
            works: Works::default(),
        }
    }

    /// Its long work is shown with that of others.
    pub(super) fn shown_by(self, works: Works) -> Self {
        Self { works, ..self }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on from what an earlier session kept.
    async fn resume(&self) -> Result<(), ApiError> {
        if self.progress().resumed {
            return Ok(());
        }
        let kept = self.cache.with(|store| store.blob::<Instant>("history"));
        let mark = kept.await?.ok().flatten().map(|(mark, _)| mark);
        let mut progress = self.progress();
        if !progress.resumed {
            progress.resumed = true;
            progress.complete = mark.is_some();
            progress.watermark = mark.map(|mark| mark.min(self.upstream.now()));
        }
        Ok(())
    }

    /// Whether the whole history is in the cache.
    pub async fn is_complete(&self) -> Result<bool, ApiError> {
        self.resume().await?;
        Ok(self.progress().complete)
    }

    /// What changed, with an overlap; from time to time everything that is open, and a stretch of what is over. What is not
    /// to be seen any more is told by itself.
    pub async fn refresh(&self, changes: &mpsc::Sender<Change>) -> Result<Change, ApiError> {
        self.resume().await?;
        let (mark, sweeps, rechecks) = {
            let progress = self.progress();
            let sweeps = progress.swept.is_none_or(|at| at.elapsed() > SWEEP);
            // Whoever asks only once does not wait for it.
            let rechecks = sweeps && progress.swept.is_some() && progress.complete;
            (progress.watermark, sweeps, rechecks)
        };
        let changed = async {
            match mark {
                Some(mark) => self.upstream.changed(mark - OVERLAP).await,
                None => Ok(Vec::new()),
            }
        };
        let open = async {
            match sweeps {
                true => self.upstream.open_incidents().await,
                false => Ok(Vec::new()),
            }
        };
        let (mut all, open) = tokio::try_join!(changed, open)?;
        if sweeps {
            all.extend(open);
            let unlisted = self.unlisted(&all, changes).await?;
            all.extend(unlisted);
            self.progress().swept = Some(tokio::time::Instant::now());
        }
        if rechecks {
            let missed = self.recheck(changes).await;
            all.extend(missed.unwrap_or_else(|e| {
                tracing::debug!("the history is gone through another time: {e}");
                Vec::new()
            }));
        }
        let rows = self.take_in(all).await;
        self.remember_watermark().await;
        Ok(Change::Rows {
            rows,
            whole: false,
            cached: false,
        })
    }

    /// What is open in the cache and was not told with the others: it changed unheard, or turned private for a key that
    /// sees nothing private, which no list tells.
    async fn unlisted(
        &self,
        told: &[Incident],
        changes: &mpsc::Sender<Change>,
    ) -> Result<Vec<Incident>, ApiError> {
        let kept = self.cache.with(|store| store.rows(true)).await?;
        let told: HashSet<&IncidentId> = told.iter().map(|i| &i.row.id).collect();
        let kept = kept.unwrap_or_default().into_iter();
        // What is of a category of its own is open here, and is not asked for there.
        let kept = kept.filter(|row| row.category != StatusCategory::Other);
        let mut found = Vec::new();
        for row in kept.filter(|row| !told.contains(&row.id)).take(UNLISTED) {
            match self.upstream.one(&row.id).await? {
                Some(incident) => found.push(incident),
                None => self.lose(&row.id, changes).await,
            }
        }
        Ok(found)
    }

    /// An incident is not to be seen any more: nothing of it stays, here or with whoever listens.
    async fn lose(&self, id: &IncidentId, changes: &mpsc::Sender<Change>) {
        self.forget(id).await;
        let _ = changes.send(Change::Gone(id.clone())).await;
    }

    /// Keeps incidents, and moves the watermark to the latest change among them.
    async fn take_in(&self, all: Vec<Incident>) -> Vec<Arc<IncidentSummary>> {
        {
            let mut progress = self.progress();
            let seen = all.iter().map(|i| i.row.updated).max();
            // It never runs ahead of the platform's clock: what changes until then would not be asked for.
            let seen = seen.map(|seen| seen.min(self.upstream.now()));
            progress.watermark = progress.watermark.max(seen);
        }
        self.keep_incidents(all).await
    }

    async fn keep_incidents(&self, all: Vec<Incident>) -> Vec<Arc<IncidentSummary>> {
        let rows = self.rows_of(&all);
        self.cache.keep_incidents(all).await;
        rows
    }

    /// Rows as the list keeps them.
    fn rows_of(&self, all: &[Incident]) -> Vec<Arc<IncidentSummary>> {
        let words = &self.words;
        let mut words = words.lock().unwrap_or_else(PoisonError::into_inner);
        let row = |incident: &Incident| {
            let mut row = incident.row.clone();
            words.share(&mut row);
            Arc::new(row)
        };
        all.iter().map(row).collect()
    }

    /// Keeps an answer, with when it came.
    async fn keep_blob<T: Serialize + Send + 'static>(&self, key: &'static str, value: T) {
        let now = self.upstream.now();
        self.cache
            .keep(move |store| store.put_blob(key, now, &value))
            .await;
    }

    /// A watermark stands for a complete history only: before that, what lies behind it is not all there.
    async fn remember_watermark(&self) {
        let mark = {
            let progress = self.progress();
            progress.watermark.filter(|_| progress.complete)
        };
        if let Some(mark) = mark {
            self.keep_blob("history", mark).await;
        }
    }

    /// The whole history, once; what an earlier run loaded before it broke off is not asked for again. How far it is is
    /// told as it goes, and that it goes on no more.
    pub async fn load_history(&self, changes: &mpsc::Sender<Change>) -> Result<(), ApiError> {
        let loaded = match self.is_complete().await? {
            true => {
                self.count(changes).await;
                Ok(())
            }
            false => self.load_missing_history(changes).await,
        };
        let _ = changes.send(Change::Loading(None)).await;
        self.tell_notice(changes).await;
        loaded
    }

    /// Tells why nothing is kept on the disk any more.
    async fn tell_notice(&self, changes: &mpsc::Sender<Change>) {
        if let Some(notice) = self.cache.take_notice() {
            let _ = changes.send(notice).await;
        }
    }

    /// How many there are: those that were not kept on this machine are missing among what the cache has.
    async fn count(&self, changes: &mpsc::Sender<Change>) {
        let now = self.upstream.now();
        let counted = self.upstream.count(None).await;
        let told = counted.ok().flatten().and_then(|n| usize::try_from(n).ok());
        if let Some(total) = told {
            let _ = changes.send(Change::Counted(total, now)).await;
        }
    }

    async fn load_missing_history(&self, changes: &mpsc::Sender<Change>) -> Result<(), ApiError> {
        let (began, slices) = self.loaded_so_far().await?;
        let work = self.reading_history(!slices.is_empty()).await?;
        let (chunks, arriving) = mpsc::channel(PAGES);
        let upstream = self.upstream.clone();
        let loading = history::load(upstream, slices.clone(), chunks, work.clone());
        let loading = tokio::spawn(loading);
        let guard = AbortOnDrop(loading.abort_handle());
        self.keep_chunks(arriving, (began, slices), &work, changes)
            .await;
        let loaded = loading.await.map_err(|_| fault())?;
        drop(guard);
        loaded?;
        // What changed while it was loading, from the first time on.
        let changed = self.upstream.changed(began - OVERLAP).await?;
        let rows = self.take_in(changed).await;
        let _ = changes.send(known(rows)).await;
        self.cache
            .keep(|store| store.drop_blob("history_so_far"))
            .await;
        {
            let mut progress = self.progress();
            progress.complete = true;
            progress.watermark = progress.watermark.max(Some(began));
        }
        self.remember_watermark().await;
        Ok(())
    }

    /// The history as work that is shown; what an earlier run loaded is done.
    async fn reading_history(&self, resumes: bool) -> Result<Arc<Working>, ApiError> {
        let work = self
            .works
            .begin(Course::new("Reading the history", INCIDENTS));
        if resumes {
            let kept = self.cache.with(|store| store.count()).await?;
            work.begun_with(kept.unwrap_or_default());
        }
        Ok(Arc::new(work))
    }

    async fn keep_chunks(
        &self,
        mut arriving: mpsc::Receiver<HistoryChunk>,
        (began, mut so_far): (Instant, Vec<Slice>),
        work: &Working,
        changes: &mpsc::Sender<Change>,
    ) {
        let (mut count, mut is_first) = (0, true);
        while let Some((chunk, slice)) = arriving.recv().await {
            count += chunk.len();
            // What is open comes first, and once more with the stretch that it lies in.
            if !std::mem::take(&mut is_first) {
                work.add(chunk.len());
            }
            let rows = match chunk.is_empty() {
                true => Vec::new(),
                false => self.keep_incidents(chunk).await,
            };
            if let Some(slice) = slice {
                so_far.push(slice);
                self.keep_blob("history_so_far", (began, so_far.clone()))
                    .await;
            }
            let _ = changes.send(known(rows)).await;
            let _ = changes.send(Change::Loading(Some(count))).await;
        }
    }

    /// When the first, broken-off load began, and what it loaded.
    async fn loaded_so_far(&self) -> Result<(Instant, Vec<Slice>), ApiError> {
        let kept = self
            .cache
            .with(|store| store.blob::<(Instant, Vec<Slice>)>("history_so_far"));
        let kept = kept.await?.ok().flatten().map(|(so_far, _)| so_far);
        Ok(kept.unwrap_or_else(|| (self.upstream.now(), Vec::new())))
    }

    /// Brings the cache up to date for whoever asks once: what changed where the history is there, else all of it.
    pub async fn sync(&self, changes: &mpsc::Sender<Change>) -> Result<(), ApiError> {
        if self.is_complete().await? {
            self.refresh(changes).await?;
            self.tell_notice(changes).await;
            Ok(())
        } else {
            self.load_history(changes).await
        }
    }

    /// Keeps incidents that were told by somebody who has read them; where the mirror itself is stays as it is.
    pub(super) async fn take_in_told(&self, all: Vec<Incident>) -> Vec<Arc<IncidentSummary>> {
        self.keep_incidents(all).await
    }

    /// Every incident up to a change is in the cache: somebody who has read them told them all.
    pub(super) async fn be_complete(&self, watermark: Instant) {
        {
            let mut progress = self.progress();
            progress.resumed = true;
            progress.complete = true;
            progress.watermark = progress.watermark.max(Some(watermark));
        }
        self.remember_watermark().await;
    }

    /// Nothing of an incident stays in the cache.
    pub(super) async fn forget(&self, id: &IncidentId) {
        self.cache.forget(id.clone()).await;
    }

    /// Forgets how far the mirror is: the cache was emptied.
    fn start_anew(&self) {
        *self.progress() = Progress {
            resumed: true,
            ..Progress::default()
        };
    }
}

/// Rows in which nothing is news.
fn known(rows: Vec<Arc<IncidentSummary>>) -> Change {
    Change::Rows {
        rows,
        whole: false,
        cached: true,
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests;
