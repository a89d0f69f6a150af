//! What is kept of the organisation on this machine, and what is told of it while it is read or brought up to date.

use super::{ApiError, off_thread};
use crate::domain::{
    CatalogGraph, Incident, IncidentId, IncidentSummary, Instant, KeptPlace, Org, Schedule,
    TimelineEntry,
};
use crate::store::{Store, StoreError};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Something of the organisation is known now that was not, or is another than before.
#[derive(Debug)]
pub enum Change {
    /// The organisation's words and people.
    Org(Box<Org>),
    /// Incidents of the list, in its order.
    Rows {
        /// The rows.
        rows: Vec<Arc<IncidentSummary>>,
        /// They are everything there is.
        whole: bool,
        /// They were known before: nothing in them is news.
        cached: bool,
    },
    /// How many incidents of the history are loaded while it loads; `None` when it is complete or broke off.
    Loading(Option<usize>),
    /// How many incidents the organisation has, and when that was counted.
    Counted(usize, Instant),
    /// One incident.
    Incident(Box<Incident>),
    /// An incident is not to be seen any more.
    Gone(IncidentId),
    /// One incident's timeline.
    Timeline(Box<KnownTimeline>),
    /// Schedules.
    Schedules(Vec<Schedule>),
    /// The catalog.
    Catalog(Arc<CatalogGraph>),
    /// When the last session saw the incidents.
    LastSession(Instant),
    /// Where in the console the last session ended.
    Place(Box<KeptPlace>),
    /// When what the cache holds was answered.
    Cached(Instant),
    /// Something about the cache that a person should read.
    Notice(String),
}

impl Change {
    /// One incident's row, as it is now.
    pub fn row(incident: &Incident) -> Self {
        Self::Rows {
            rows: vec![Arc::new(incident.row.clone())],
            whole: false,
            cached: false,
        }
    }

    /// Nothing of what was told stands any more.
    pub fn emptied() -> Self {
        Self::Rows {
            rows: Vec::new(),
            whole: true,
            cached: true,
        }
    }
}

/// A timeline, what could not be read of it, and when somebody last looked.
#[derive(Clone, Debug)]
pub struct KnownTimeline {
    /// Whose.
    pub id: IncidentId,
    /// Its entries, oldest first.
    pub items: Vec<TimelineEntry>,
    /// What could not be read, each with its sentence.
    pub missing: Vec<String>,
    /// When somebody last looked at it here.
    pub seen: Option<Instant>,
}

/// When a relay's bucket was made, and how far it was read.
pub(super) type Told = (Instant, u64);

/// The cache: a file, or memory where nothing may go to disk. Opened when it is first needed; cheap to clone.
#[derive(Clone)]
pub struct Cache {
    path: Option<PathBuf>,
    open: Arc<OnceLock<Mutex<Store>>>,
    /// How far somebody else had told it what it holds, as it was when that was told here.
    told_to: Arc<OnceLock<Told>>,
    /// Incidents that were kept and turned private since somebody asked.
    forgotten: Arc<Mutex<Vec<IncidentId>>>,
    /// Why it is not as it was left, or in memory by now, until somebody was told.
    left_disk: Arc<Mutex<Option<String>>>,
}

impl Cache {
    /// A cache at a path, not opened yet.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self {
            path,
            open: Arc::default(),
            told_to: Arc::default(),
            forgotten: Arc::default(),
            left_disk: Arc::default(),
        }
    }

    /// Where the index of the cached history lies.
    pub(super) fn index_path(&self) -> Option<PathBuf> {
        Some(self.path.as_ref()?.with_extension("index"))
    }

    /// Where what a glance shows lies.
    pub(super) fn glance_path(&self) -> Option<PathBuf> {
        self.path.as_deref().map(super::glance::file)
    }

    /// Nothing of what a glance shows stands any more.
    pub(super) fn drop_glance(&self) {
        if let Some(path) = self.glance_path() {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Whether it has been made.
    pub(super) fn is_there(&self) -> bool {
        self.path.as_deref().is_some_and(std::path::Path::exists)
    }

    /// How far a relay had told what was told here of the cache.
    pub(super) fn told_to(&self) -> Option<Told> {
        self.told_to.get().copied()
    }

    /// Incidents that turned private since this was asked last.
    pub(super) fn take_forgotten(&self) -> Vec<IncidentId> {
        let mut forgotten = self
            .forgotten
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *forgotten)
    }

    /// Notes, for a person, that it is not as it was left, or that nothing is kept on the disk any more.
    fn note(&self, why: &StoreError) {
        let says = notice(why);
        tracing::warn!("{says}");
        *self.left_disk() = Some(says);
    }

    fn left_disk(&self) -> MutexGuard<'_, Option<String>> {
        let left = self.left_disk.lock();
        left.unwrap_or_else(PoisonError::into_inner)
    }

    /// What a person should read of it, once.
    pub(super) fn take_notice(&self) -> Option<Change> {
        self.left_disk().take().map(Change::Notice)
    }

    /// Keeps incidents. Of one that turns private nothing stays on disk, in the index neither.
    pub(super) async fn keep_incidents(&self, all: Vec<Incident>) {
        let cache = self.clone();
        self.keep(move |store| {
            let gone = store.put_incidents(&all)?;
            if !gone.is_empty() {
                cache.leave_nothing_of(gone, store);
            }
            Ok(())
        })
        .await;
    }

    /// Forgets an incident: on disk and in the index nothing stays of it.
    pub(super) async fn forget(&self, id: IncidentId) {
        self.drop_glance();
        let cache = self.clone();
        self.keep(move |store| {
            store.forget(&id)?;
            cache.leave_nothing_of(vec![id.clone()], store);
            Ok(())
        })
        .await;
    }

    /// What was forgotten is in no other file either; where the disk took not even that, the file it lies in goes.
    fn leave_nothing_of(&self, gone: Vec<IncidentId>, store: &Store) {
        self.drop_glance();
        let left = self.path.clone().filter(|_| !store.is_on_disk());
        let logs = ["db-wal", "db-shm"];
        let logs = left
            .iter()
            .flat_map(|path| logs.map(|log| path.with_extension(log)));
        for file in self.index_path().iter().chain(&left).cloned().chain(logs) {
            let _ = std::fs::remove_file(file);
        }
        let forgotten = self.forgotten.lock();
        forgotten
            .unwrap_or_else(PoisonError::into_inner)
            .extend(gone);
    }

    /// The store; blocks while it is opened. One that cannot be opened is replaced by memory, and that is told once.
    pub(super) fn store(&self, notice: impl FnOnce(StoreError)) -> MutexGuard<'_, Store> {
        let mut said = None;
        let store = self.open.get_or_init(|| {
            let (store, problem) = match self.path.as_deref().map(Store::open) {
                None => (in_memory(), None),
                Some(Ok((store, problem))) => (store, problem),
                Some(Err(problem)) => (in_memory(), Some(problem)),
            };
            said = problem;
            Mutex::new(store)
        });
        if let Some(said) = said {
            notice(said);
        }
        store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs something on the store, off the tasks that wait for the network.
    pub(super) async fn with<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Store) -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let cache = self.clone();
        off_thread(move || job(&mut cache.store(|e| cache.note(&e)))).await
    }

    /// Changes something. Where the disk does not take it any more, the session goes on in memory with all that was kept:
    /// what is asked of the cache must not be answered from half of it.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        job: impl Fn(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Result<T, StoreError>, ApiError> {
        let cache = self.clone();
        self.with(move |store| match job(store) {
            Err(e) if e.is_about_writing() && store.is_on_disk() => {
                store.leave_disk()?;
                cache.note(&e);
                job(store)
            }
            changed => changed,
        })
        .await
    }

    /// Keeps something; where that fails the log has it, and the next answer is kept instead.
    pub(super) async fn keep(
        &self,
        job: impl Fn(&mut Store) -> Result<(), StoreError> + Send + 'static,
    ) {
        if let Ok(Err(e)) = self.change(job).await {
            tracing::warn!("not kept in the cache: {e}");
        }
    }

    /// Tells what the cache holds: the open incidents at once, the rest right behind. Blocks.
    pub fn tell_all(&self, tell: &dyn Fn(Change)) {
        let store = self.store(|e| tell(Change::Notice(notice(&e))));
        if self.path.is_none() {
            return;
        }
        // Read before the rows: another program that shares the cache may be further when they are read, but not behind.
        if let Ok(Some((told_to, _))) = store.blob::<Told>("relay") {
            let _ = self.told_to.set(told_to);
        }
        if let Ok(Some((_, at))) = store.blob::<Instant>("session") {
            tell(Change::LastSession(at));
        }
        if let Ok(Some((place, _))) = store.blob::<KeptPlace>("place") {
            tell(Change::Place(Box::new(place)));
        }
        if let Ok(Some((org, saved))) = store.blob::<Org>("org") {
            tell(Change::Org(Box::new(org)));
            let history = store.blob::<Instant>("history").ok().flatten();
            tell(Change::Cached(
                history.map_or(saved, |(_, at)| at.max(saved)),
            ));
        }
        tell_rows(store.rows(true), false, tell);
        if let Ok(Some((schedules, _))) = store.blob::<Vec<Schedule>>("schedules") {
            tell(Change::Schedules(schedules));
        }
        if let Some(graph) = catalog(&store) {
            tell(Change::Catalog(Arc::new(graph)));
        }
        tell_rows(store.rows(false), true, tell);
    }
}

/// The catalog as the cache has it.
pub(super) fn catalog(store: &Store) -> Option<CatalogGraph> {
    let ((types, entries), _) = store.blob("catalog").ok().flatten()?;
    Some(CatalogGraph::new(types, entries))
}

fn tell_rows(
    rows: Result<Vec<Arc<IncidentSummary>>, StoreError>,
    whole: bool,
    tell: &dyn Fn(Change),
) {
    let mut rows = rows.unwrap_or_default();
    // Sorted here, so that whoever shows them finds them in order.
    rows.sort_by(|a, b| a.order().cmp(&b.order()));
    if !rows.is_empty() {
        tell(Change::Rows {
            rows,
            whole,
            cached: true,
        });
    }
}

fn in_memory() -> Store {
    Store::in_memory().expect("a database in memory needs nothing of the machine but memory")
}

/// What is said of a cache that is not as it was left.
fn notice(e: &StoreError) -> String {
    match e {
        StoreError::SetAside(_) => e.to_string(),
        other => format!("This session goes without its cache. {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Visibility, sample};

    #[tokio::test]
    async fn what_turns_private_leaves_a_file_that_takes_no_more_too() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("cache.db");
        let cache = Cache::new(Some(path.clone()));
        let row = sample::row("7", "Down", "Gale", "Fixing", "cart", "Ana");
        let mut incident = sample::incident(row);
        cache.keep_incidents(vec![incident.clone()]).await;
        let left = cache.with(Store::leave_disk).await.expect("it runs");
        left.expect("it is copied");
        assert!(path.exists());
        incident.row.visibility = Visibility::Private;
        cache.keep_incidents(vec![incident]).await;
        let files = std::fs::read_dir(dir.path()).expect("a folder");
        let left: Vec<_> = files.flatten().map(|file| file.file_name()).collect();
        assert!(left.is_empty(), "{left:?}");
        assert_eq!(cache.take_forgotten(), ["7".into()]);
    }
}
