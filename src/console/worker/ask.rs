//! Answers to the console's questions, from the API and, before that, from the cache.

use super::investigation::Means;
use crate::console::items;
use crate::console::msg::{News, Topic};
use crate::console::state::{DetailTab, Item, ListKind};
use crate::domain::{
    CatalogGraph, Incident, IncidentId, IncidentSummary, Instant, Org, Schedule, TimelineEntry,
    Visibility,
};
use crate::ops::{self, ApiError, Client};
use crate::store::Store;
use chrono::{Duration, Utc};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

/// Locks the store, whatever happened to whoever held it.
pub fn lock(store: &Mutex<Store>) -> MutexGuard<'_, Store> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the cache and tells what it holds: the open incidents at once, the rest right behind.
pub fn open_store(path: Option<PathBuf>, news: &mpsc::Sender<News>) -> Option<Arc<Mutex<Store>>> {
    let tell = |told: News| drop(news.blocking_send(told));
    let (store, said) = match &path {
        None => (Store::in_memory().ok()?, None),
        Some(path) => match Store::open(path) {
            Ok((store, said)) => (store, said),
            Err(e) => (Store::in_memory().ok()?, Some(e)),
        },
    };
    said.into_iter()
        .for_each(|said| tell(News::Said(said.to_string())));
    if path.is_some() {
        let tell_rows = |mut rows: Vec<Arc<IncidentSummary>>, whole| {
            // Sorted here, beside the screen, so that the screen finds them in order.
            rows.sort_by(|a, b| a.order().cmp(&b.order()));
            if !rows.is_empty() {
                tell(News::Rows {
                    rows,
                    whole,
                    cached: true,
                });
            }
        };
        if let Ok(Some((_, at))) = store.blob::<Instant>("session") {
            tell(News::Away(at));
        }
        if let Ok(Some((org, saved))) = store.blob::<Org>("org") {
            tell(News::Org(Box::new(org)));
            let history = store
                .blob::<Instant>("history")
                .ok()
                .flatten()
                .map(|(_, saved)| saved);
            tell(News::Cached(history.map_or(saved, |at| at.max(saved))));
        }
        tell_rows(store.rows(true).unwrap_or_default(), false);
        if let Ok(Some((schedules, _))) = store.blob::<Vec<Schedule>>("schedules") {
            tell(News::Schedules(schedules));
        }
        if let Ok(Some(((types, entries), _))) = store.blob("catalog") {
            tell(News::Catalog(Arc::new(CatalogGraph::new(types, entries))));
        }
        tell_rows(store.rows(false).unwrap_or_default(), true);
    }
    Some(Arc::new(Mutex::new(store)))
}

/// Asks.
pub struct Asker {
    pub client: Arc<Client>,
    pub(super) store: Option<Arc<Mutex<Store>>>,
    pub(super) news: mpsc::Sender<News>,
    pub(super) means: Means,
    /// The latest change seen among the incidents, by the server's clock.
    watermark: Mutex<Option<Instant>>,
    /// When everything open was last read, whatever the watermark says.
    swept: Mutex<Option<Instant>>,
    /// The timeline read last: whose, its newest log entry, and when it was read in full.
    pub(super) entry_mark: Mutex<Option<(IncidentId, String, Instant)>>,
    /// The index of the history, once it was asked for.
    pub(super) memory: Arc<Mutex<super::remember::Memory>>,
    /// The whole history was read and is in the cache.
    complete: Mutex<bool>,
}

/// Rows commit out of order on the platform: each question overlaps the last by this much.
const OVERLAP: Duration = Duration::minutes(5);
/// The log does not tell of edits to the timeline: all of a timeline is read again this often.
const RELANE: Duration = Duration::seconds(60);
/// A change may be missed by `updated_at`: everything open is read again this often.
const SWEEP: Duration = Duration::seconds(120);

impl Asker {
    pub fn new(
        client: Arc<Client>,
        store: Option<Arc<Mutex<Store>>>,
        news: mpsc::Sender<News>,
        means: Means,
    ) -> Self {
        let complete = store
            .as_ref()
            .and_then(|s| lock(s).blob::<Instant>("history").ok().flatten());
        let watermark = complete.map(|(at, _)| at);
        Self {
            client,
            store,
            news,
            means,
            watermark: Mutex::new(watermark),
            swept: Mutex::new(None),
            memory: Arc::default(),
            entry_mark: Mutex::new(None),
            complete: Mutex::new(watermark.is_some()),
        }
    }

    /// Runs something on the store, off the tasks that wait for the network.
    async fn keep<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Store) -> T + Send + 'static,
    ) -> Option<T> {
        let store = self.store.clone()?;
        tokio::task::spawn_blocking(move || job(&mut lock(&store)))
            .await
            .ok()
    }

    /// Answers a question: the news, and that it was answered.
    pub async fn ask(&self, topic: &Topic) -> Result<Vec<News>, ApiError> {
        let client = &*self.client;
        let mut told = match topic {
            Topic::Org => vec![self.org().await?],
            Topic::Incidents => self.incidents().await?,
            Topic::History => self.history().await?,
            Topic::Detail(id) => self.detail(id).await?,
            Topic::Timeline(id) => self.timeline(id).await?,
            Topic::Tab(id, DetailTab::Similar) => vec![News::Tab(
                id.clone(),
                DetailTab::Similar,
                self.similar(id).await?,
            )],
            Topic::Analysis => vec![News::Analysis(self.analysis().await?)],
            Topic::Drafted(id, kind) => {
                vec![News::Drafted(
                    id.clone(),
                    *kind,
                    self.drafted(id, *kind).await?,
                )]
            }
            Topic::Tab(id, tab) => vec![News::Tab(
                id.clone(),
                *tab,
                tab_items(client, id, *tab).await?,
            )],
            Topic::List(kind) => vec![News::List(*kind, list_items(client, *kind).await?)],
            Topic::Schedules => {
                let schedules = ops::schedules(client).await?;
                let kept = schedules.clone();
                self.keep(move |store| {
                    store
                        .put_blob("schedules", Utc::now(), &kept)
                        .map_err(|e| tracing::warn!("{e}"))
                })
                .await;
                vec![News::Schedules(schedules)]
            }
            Topic::Shifts(id) => vec![News::Shifts(
                id.clone(),
                ops::shifts(
                    client,
                    id,
                    Utc::now() - Duration::days(1),
                    Utc::now() + Duration::days(15),
                )
                .await?,
            )],
            Topic::Catalog => {
                let graph = Arc::new(ops::catalog(client).await?);
                let kept = graph.clone();
                self.keep(move |store| {
                    store
                        .put_blob("catalog", Utc::now(), &(&kept.types, &kept.entries))
                        .map_err(|e| tracing::warn!("{e}"))
                })
                .await;
                vec![News::Catalog(graph)]
            }
            Topic::Document(id) => vec![News::Document(
                id.clone(),
                ops::document_text(client, id).await?,
            )],
            Topic::FormOptions => vec![News::FormOptions(ops::form_options(client).await)],
            // What stands in the journal is no answer of the platform's.
            Topic::Journal => return self.journal().await,
            Topic::Subjects(kind, ids) => vec![News::Subjects(*kind, self.subjects(ids).await?)],
        };
        // The history of a full cache is not asked for: that is no answer.
        let asked = !(*topic == Topic::History && matches!(told[..], [News::History(None)]));
        told.extend(asked.then(|| News::Ahead(client.ahead())));
        told.extend(asked.then(|| News::Answered {
            topic: topic.clone(),
            budget: client.budget().map(|b| (b.remaining, b.limit)),
        }));
        Ok(told)
    }

    /// The organisation. A cache that another key filled is forgotten: that key may have seen other things.
    async fn org(&self) -> Result<News, ApiError> {
        let org = ops::org(&self.client).await?;
        let kept = org.clone();
        self.keep(move |store| {
            let other = store
                .blob::<Org>("org")
                .ok()
                .flatten()
                .is_some_and(|(old, _)| {
                    (old.identity.name, old.identity.dashboard)
                        != (kept.identity.name.clone(), kept.identity.dashboard.clone())
                });
            let cleared = if other { store.clear() } else { Ok(()) };
            cleared
                .and_then(|()| store.put_blob("org", Utc::now(), &kept))
                .map_err(|e| tracing::warn!("{e}"))
        })
        .await;
        Ok(News::Org(Box::new(org)))
    }

    /// What changed, with an overlap; from time to time everything that is open.
    async fn incidents(&self) -> Result<Vec<News>, ApiError> {
        let now = Utc::now();
        let mark = *self
            .watermark
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let swept = *self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Incident> = Vec::new();
        if let Some(mark) = mark {
            all.extend(ops::changed_incidents(&self.client, mark - OVERLAP).await?);
        }
        if swept.is_none_or(|at| now - at > SWEEP) {
            all.extend(ops::open_incidents(&self.client).await?);
            *self.swept.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        let seen = all.iter().map(|i| i.row.updated).max();
        {
            let mut mark = self
                .watermark
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            *mark = (*mark).max(seen);
        }
        let rows = self.keep_incidents(all).await;
        self.keep(|store| {
            store
                .put_blob("session", Utc::now(), &Utc::now())
                .map_err(|e| tracing::warn!("{e}"))
        })
        .await;
        if *self.complete.lock().unwrap_or_else(PoisonError::into_inner) {
            self.remember_watermark().await;
        }
        Ok(vec![News::Rows {
            rows,
            whole: false,
            cached: false,
        }])
    }

    async fn remember_watermark(&self) {
        let mark = *self
            .watermark
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(mark) = mark {
            self.keep(move |store| {
                store
                    .put_blob("history", Utc::now(), &mark)
                    .map_err(|e| tracing::warn!("{e}"))
            })
            .await;
        }
    }

    async fn keep_incidents(&self, all: Vec<Incident>) -> Vec<Arc<IncidentSummary>> {
        let rows = all.iter().map(|i| Arc::new(i.row.clone())).collect();
        self.keep(move |store| store.put_incidents(&all).map_err(|e| tracing::warn!("{e}")))
            .await;
        rows
    }

    /// The whole history once; afterwards only what changed is asked for.
    async fn history(&self) -> Result<Vec<News>, ApiError> {
        if *self.complete.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(vec![News::History(None)]);
        }
        // What an earlier run loaded before it was broken off is not asked for again.
        let (began, slices) = self
            .keep(|store| {
                store
                    .blob::<(Instant, Vec<ops::Slice>)>("history_so_far")
                    .ok()
                    .flatten()
            })
            .await
            .flatten()
            .map_or_else(|| (Utc::now(), Vec::new()), |(so_far, _)| so_far);
        let (pages, mut arriving) = mpsc::channel(4);
        let loading = tokio::spawn(ops::history(
            self.client.clone(),
            Utc::now(),
            slices.clone(),
            pages,
        ));
        let guard = AbortOnDrop(loading.abort_handle());
        let (mut count, mut so_far) = (0, slices);
        while let Some((page, slice)) = arriving.recv().await {
            count += page.len();
            let rows = self.keep_incidents(page).await;
            if let Some(slice) = slice {
                so_far.push(slice);
                let kept = (began, so_far.clone());
                self.keep(move |store| {
                    store
                        .put_blob("history_so_far", Utc::now(), &kept)
                        .map_err(|e| tracing::warn!("{e}"))
                })
                .await;
            }
            let _ = self
                .news
                .send(News::Rows {
                    rows,
                    whole: false,
                    cached: true,
                })
                .await;
            let _ = self.news.send(News::History(Some(count))).await;
        }
        let loaded = loading
            .await
            .map_err(|e| ApiError::User(format!("Loading the history broke off: {e}.")))?;
        drop(guard);
        if let Err(e) = loaded {
            let _ = self.news.send(News::History(None)).await;
            return Err(e);
        }
        // What changed while it was loading, from the first time on.
        let changed = ops::changed_incidents(&self.client, began - OVERLAP).await?;
        let rows = self.keep_incidents(changed).await;
        let _ = self
            .news
            .send(News::Rows {
                rows,
                whole: false,
                cached: true,
            })
            .await;
        self.keep(|store| {
            store
                .drop_blob("history_so_far")
                .map_err(|e| tracing::warn!("{e}"))
        })
        .await;
        *self.complete.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.remember_watermark().await;
        Ok(vec![News::History(None)])
    }

    async fn detail(&self, id: &IncidentId) -> Result<Vec<News>, ApiError> {
        let wanted = id.clone();
        if let Some(Ok(Some(incident))) = self.keep(move |store| store.incident(&wanted)).await {
            let _ = self.news.send(News::Incident(Box::new(incident))).await;
        }
        let incident = self.client.incident(id.as_str()).await?;
        let kept = incident.clone();
        self.keep(move |store| {
            store
                .put_incidents(std::slice::from_ref(&kept))
                .map_err(|e| tracing::warn!("{e}"))
        })
        .await;
        Ok(vec![
            News::Rows {
                rows: vec![Arc::new(incident.row.clone())],
                whole: false,
                cached: false,
            },
            News::Incident(Box::new(incident)),
        ])
    }

    async fn timeline(&self, id: &IncidentId) -> Result<Vec<News>, ApiError> {
        let mark = self
            .entry_mark
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if let Some((whose, last, read)) = mark
            && whose == *id
            && Utc::now() - read < RELANE
            && !ops::has_news(&self.client, id, &last).await?
        {
            return Ok(Vec::new());
        }
        let key = format!("lane {id}");
        let (wanted, cached) = (id.clone(), key.clone());
        let found = self
            .keep(move |store| {
                (
                    store.seen(&wanted).ok().flatten(),
                    store.blob::<Vec<TimelineEntry>>(&cached).ok().flatten(),
                )
            })
            .await;
        let (seen, cached) = found.unwrap_or_default();
        if let Some((items, _)) = cached {
            let _ = self
                .news
                .send(News::Timeline {
                    id: id.clone(),
                    items,
                    missing: Vec::new(),
                    seen,
                })
                .await;
        }
        let ops::Timeline {
            items,
            missing,
            last_activity,
        } = ops::timeline(&self.client, id).await?;
        *self
            .entry_mark
            .lock()
            .unwrap_or_else(PoisonError::into_inner) =
            last_activity.map(|last| (id.clone(), last, Utc::now()));
        let (wanted, kept) = (id.clone(), items.clone());
        // Only what is known to be public is kept.
        self.keep(move |store| {
            let public = store
                .incident(&wanted)
                .ok()
                .flatten()
                .is_some_and(|i| i.row.visibility == Visibility::Public);
            if public {
                store.put_blob(&key, Utc::now(), &kept)
            } else {
                Ok(())
            }
            .map_err(|e| tracing::warn!("{e}"))
        })
        .await;
        Ok(vec![News::Timeline {
            id: id.clone(),
            items,
            missing,
            seen,
        }])
    }
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn list_items(client: &Client, kind: ListKind) -> Result<Vec<Item>, ApiError> {
    let now = Utc::now();
    Ok(match kind {
        ListKind::Incidents => Vec::new(),
        ListKind::Alerts => ops::alerts(client, None, false, 200)
            .await?
            .into_iter()
            .map(|a| items::alert(a, None))
            .collect(),
        ListKind::Pages => {
            let mut pages = ops::escalations(client, None, 50).await?;
            pages.sort_by_key(|e| !e.is_waiting());
            pages
                .into_iter()
                .map(|e| items::escalation(e, now, None))
                .collect()
        }
        ListKind::Actions => ops::actions(client, None)
            .await?
            .into_iter()
            .map(|a| items::action(a, None))
            .collect(),
        ListKind::FollowUps => ops::follow_ups(client, None)
            .await?
            .into_iter()
            .map(|f| items::follow_up(f, None))
            .collect(),
        ListKind::Documents => ops::documents(client, None)
            .await?
            .into_iter()
            .map(items::document)
            .collect(),
        ListKind::Workflows => {
            let (workflows, runs) =
                tokio::join!(ops::workflows(client), ops::workflow_runs(client, None));
            workflows?
                .into_iter()
                .map(items::workflow)
                .chain(runs.unwrap_or_default().into_iter().map(items::run))
                .collect()
        }
    })
}

async fn tab_items(
    client: &Client,
    id: &IncidentId,
    tab: DetailTab,
) -> Result<Vec<Item>, ApiError> {
    let (now, here) = (Utc::now(), Some(id));
    Ok(match tab {
        DetailTab::Timeline
        | DetailTab::Overview
        | DetailTab::Investigation
        | DetailTab::Similar => Vec::new(),
        DetailTab::Alerts => ops::alerts(client, here, false, 200)
            .await?
            .into_iter()
            .map(|a| items::alert(a, here))
            .collect(),
        DetailTab::Pages => ops::escalations(client, here, 200)
            .await?
            .into_iter()
            .map(|e| items::escalation(e, now, here))
            .collect(),
        DetailTab::Tasks => {
            let (actions, follow_ups) =
                tokio::join!(ops::actions(client, here), ops::follow_ups(client, here));
            actions?
                .into_iter()
                .map(|a| items::action(a, here))
                .chain(follow_ups?.into_iter().map(|f| items::follow_up(f, here)))
                .collect()
        }
        DetailTab::Documents => ops::documents(client, here)
            .await?
            .into_iter()
            .map(items::document)
            .collect(),
        DetailTab::Related => {
            let (related, runs) =
                tokio::join!(ops::related(client, id), ops::workflow_runs(client, here));
            related?
                .into_iter()
                .map(items::related)
                .chain(runs.unwrap_or_default().into_iter().map(items::run))
                .collect()
        }
    })
}
