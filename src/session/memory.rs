//! What happened before: the index of the cached history, which of it is like one incident, and what a period was like.
//! The console and the command ask here alike, on the cache that either of them fills.

use super::cache::catalog as cached_catalog;
use super::{ApiError, Session, machine, off_thread, plain_id};
use crate::domain::{CatalogGraph, Incident, IncidentId, Instant, TimelineEntry};
use crate::incidentio::{Client, IncidentFilter};
use crate::similar::{
    Index, Match, Neighbours, PairVerdicts, Search, Subject, neighbours, subject_of,
};
pub use crate::similar::{Recalled, Seen};
use crate::store::{Store, segment};
use futures_util::future::BoxFuture;
use futures_util::{FutureExt, StreamExt, stream};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Percent of likeness from which an incident is shown: one in five of those turns out to be the same.
pub const LEAST: u8 = 20;
/// Incidents shown: a screen of them, each with its reasons.
pub const MOST: usize = 10;
/// Matches whose cause and resolution are looked up: each costs up to three requests.
const LOOKED_UP: usize = 8;
/// Updates and alerts of the whole organisation that are read at most, newest first: forty requests, and two hundred.
const SWEPT: usize = 10_000;
/// New incidents whose updates and alerts are asked for one by one; beyond that a sweep of all costs less.
const ONE_BY_ONE: usize = 50;
/// Questions about single incidents that are on their way together.
const AT_ONCE: usize = 8;
/// The newest incidents an investigation compares with: two requests.
const RECENT: usize = 500;
/// Percent of likeness from which what resolved an incident is worth telling in another: even odds.
const WORTH: u8 = 50;
/// Resolutions an investigation tells of.
const TOLD: usize = 2;

/// What similar incidents are asked for with.
#[derive(Clone, Debug)]
pub struct SimilarRequest {
    /// INC-123, 123 or an id.
    pub incident: String,
    /// Only those that are at least this likely the same thing, in percent.
    pub threshold: u8,
    /// Declared since.
    pub since: Option<Instant>,
    /// At most so many.
    pub most: usize,
}

impl SimilarRequest {
    /// What is asked where nobody says more.
    pub fn new(incident: impl Into<String>) -> Self {
        Self {
            incident: incident.into(),
            threshold: LEAST,
            since: None,
            most: MOST,
        }
    }
}

/// What is written about incidents beside their own text.
#[derive(Default)]
pub(super) struct Told {
    pub updates: HashMap<IncidentId, Vec<TimelineEntry>>,
    pub alerts: HashMap<IncidentId, Vec<String>>,
    pub missing: Vec<String>,
}

impl Told {
    pub fn subject(&self, incident: &Incident) -> Subject {
        let id = &incident.row.id;
        let updates = self.updates.get(id).map_or(&[][..], Vec::as_slice);
        let alerts = self.alerts.get(id).cloned().unwrap_or_default();
        subject_of(incident, updates, alerts)
    }
}

#[derive(Default)]
struct Remembered {
    index: Index,
    /// How far, in the order in which the store kept incidents, the index has come.
    covered: usize,
    /// The kept index was looked for.
    opened: bool,
}

/// The history as it can be searched.
#[derive(Default)]
pub(super) struct Memory {
    remembered: Arc<Mutex<Remembered>>,
    /// Updates and alerts of the whole organisation, once they were read.
    swept: tokio::sync::OnceCell<Arc<Told>>,
}

impl Memory {
    fn lock(remembered: &Mutex<Remembered>) -> MutexGuard<'_, Remembered> {
        remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Past incidents that are like one, best first, with how they went and what people said of pairs; and what could not
    /// be read. Compares with the cached history as far as it is there: whoever asks once syncs the mirror first.
    pub async fn similar(
        &self,
        request: &SimilarRequest,
    ) -> Result<(Vec<Recalled>, Vec<String>), ApiError> {
        let asked = self.client.incident(&request.incident).await?;
        let (verdicts, subject, graph, missing) = tokio::join!(
            self.verdicts_about(&asked),
            self.subject(&asked),
            self.known_catalog(),
            self.cover_new()
        );
        let (near, missing) = (neighbours(&graph), missing?);
        let question = Question {
            subject,
            near,
            verdicts,
            since: request.since.map(|s| s.timestamp()),
            least: request.threshold,
            most: request.most,
        };
        let remembered = self.memory.remembered.clone();
        let found = off_thread(move || Memory::lock(&remembered).ask(&question)).await??;
        Ok((self.recall(found).await?, missing))
    }

    /// An incident as it is compared, with its own updates and alerts as they are now.
    async fn subject(&self, incident: &Incident) -> Subject {
        let id = &incident.row.id;
        let (updates, alerts) = told_of(&self.client, id).await;
        subject_of(incident, &updates, alerts)
    }

    /// The catalog as the cache has it, else as the API has it; without one, nothing is known of who calls whom.
    pub(super) async fn known_catalog(&self) -> CatalogGraph {
        let kept = self.cache.with(|store| cached_catalog(store)).await;
        match kept {
            Ok(Some(graph)) => graph,
            _ => match self.mirror.catalog().await {
                Ok(graph) => (*graph).clone(),
                Err(_) => CatalogGraph::default(),
            },
        }
    }

    /// Brings the index up to the cached history, and keeps it for the next program.
    async fn cover_new(&self) -> Result<Vec<String>, ApiError> {
        let (remembered, path) = (self.memory.remembered.clone(), self.cache.index_path());
        let gone = self.cache.take_forgotten();
        let fresh = self
            .cache
            .with(move |store| {
                let mut remembered = Memory::lock(&remembered);
                remembered.open(path.as_deref(), store);
                gone.iter()
                    .for_each(|id| remembered.index.remove(id.as_str()));
                store.incidents_after(remembered.covered)
            })
            .await?;
        let (fresh, covered) = fresh.map_err(|e| machine(&e, e.to_string()))?;
        if fresh.is_empty() {
            return Ok(Vec::new());
        }
        let told = self.told_about(&fresh).await;
        let missing = told.missing.clone();
        let (remembered, path) = (self.memory.remembered.clone(), self.cache.index_path());
        off_thread(move || {
            let mut remembered = Memory::lock(&remembered);
            remembered.cover(&fresh, &told);
            remembered.covered = covered;
            remembered.keep(path.as_deref());
        })
        .await?;
        Ok(missing)
    }

    /// What was written about some incidents: asked one by one where they are few, else in one sweep of everything.
    async fn told_about(&self, incidents: &[Incident]) -> Arc<Told> {
        if incidents.len() > ONE_BY_ONE || self.memory.swept.initialized() {
            return self.swept().await;
        }
        let asked: Vec<BoxFuture<'_, _>> = incidents
            .iter()
            .map(|i| told_of(&self.client, &i.row.id).boxed())
            .collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut told = Told::default();
        for (incident, (updates, alerts)) in incidents.iter().zip(answers) {
            told.updates.insert(incident.row.id.clone(), updates);
            told.alerts.insert(incident.row.id.clone(), alerts);
        }
        Arc::new(told)
    }

    /// Updates and alerts of the whole organisation, once a session: a page of 250 updates or of 50 alerts is one
    /// request, whatever incidents they belong to.
    pub(super) async fn swept(&self) -> Arc<Told> {
        let sweep = || async {
            let (updates, alerts) = tokio::join!(
                self.client.all_updates(SWEPT),
                self.client.attached_alerts(SWEPT)
            );
            let mut told = Told::default();
            match updates {
                Ok(listed) => listed
                    .items
                    .into_iter()
                    .for_each(|(id, item)| told.updates.entry(id).or_default().push(item)),
                Err(e) => told.missing.push(format!("Updates could not be read: {e}")),
            }
            for items in told.updates.values_mut() {
                items.sort_by_key(|i| i.at);
            }
            match alerts {
                Ok(listed) => listed
                    .items
                    .into_iter()
                    .for_each(|(id, name)| told.alerts.entry(id).or_default().push(name)),
                Err(e) => told.missing.push(format!("Alerts could not be read: {e}")),
            }
            Arc::new(told)
        };
        self.memory.swept.get_or_init(sweep).await.clone()
    }

    /// What people said of pairs here, and those they related in incident.io, which count as said to be the same. A
    /// journal that cannot be read costs what was said, not the answer.
    async fn verdicts_about(&self, asked: &Incident) -> PairVerdicts {
        let said = async { self.outbox().await?.pair_verdicts().await };
        let (related, said) = tokio::join!(self.client.related(&asked.row.id), said);
        let mut verdicts = said.unwrap_or_else(|e| {
            tracing::warn!("what was said of pairs cannot be read: {e}");
            PairVerdicts::default()
        });
        for other in related.map(|l| l.items).unwrap_or_default() {
            let pair = PairVerdicts::pair(asked.row.id.as_str(), other.id.as_str());
            verdicts.same.insert(pair);
        }
        verdicts
    }

    /// Remembers what somebody said of two incidents. Of a private one nothing is kept on disk, not even its id; what is
    /// not known to be public counts as private.
    pub async fn rate_pair(
        &self,
        a: &IncidentId,
        b: &IncidentId,
        same: bool,
    ) -> Result<(), ApiError> {
        let public = self.is_public(a).await? && self.is_public(b).await?;
        let pair = PairVerdicts::pair(a.as_str(), b.as_str());
        self.outbox().await?.rate_pair(pair, same, !public).await
    }

    /// The same for whoever leaves at once: it is remembered for the next run, so neither may be private.
    pub async fn remember_pair(&self, one: &str, other: &str, same: bool) -> Result<(), ApiError> {
        let (one, other) = (plain_id(one)?, plain_id(other)?);
        let (a, b) = tokio::join!(self.client.incident(one), self.client.incident(other));
        let (a, b) = (a?, b?);
        if a.row.id == b.row.id {
            return Err(ApiError::User(
                "An incident is always like itself; name another one.".into(),
            ));
        }
        if !(a.is_public() && b.is_public()) {
            return Err(ApiError::User(
                "One of them is private: nothing of a private incident is kept on disk, so the pair cannot be remembered.".into(),
            ));
        }
        self.rate_pair(&a.row.id, &b.row.id, same).await
    }

    async fn is_public(&self, id: &IncidentId) -> Result<bool, ApiError> {
        let known = match self.mirror.cached_incident(id).await? {
            Some(incident) => Some(incident),
            None => self.client.incident(id.as_str()).await.ok(),
        };
        Ok(known.is_some_and(|i| i.is_public()))
    }

    /// How matches went: the first ones from their post-mortems, notes and updates, the rest from what the cache tells.
    async fn recall(&self, found: Vec<Match>) -> Result<Vec<Recalled>, ApiError> {
        let ids: Vec<IncidentId> = found.iter().map(|m| m.id.clone()).collect();
        let known = self
            .cache
            .with(move |store| {
                ids.iter()
                    .map(|id| store.incident(id).ok().flatten())
                    .collect::<Vec<_>>()
            })
            .await?;
        let reading: Vec<BoxFuture<'_, Recalled>> = found
            .into_iter()
            .zip(known)
            .enumerate()
            .map(|(at, (found, incident))| self.recall_one(at, found, incident).boxed())
            .collect();
        Ok(stream::iter(reading).buffered(AT_ONCE).collect().await)
    }

    async fn recall_one(&self, at: usize, found: Match, incident: Option<Incident>) -> Recalled {
        let mut seen = incident.as_ref().map(Seen::of).unwrap_or_default();
        if at < LOOKED_UP {
            read_up(&self.client, &found.id, &mut seen).await;
        } else {
            seen.read_updates(&updates_of(&self.client, &found.id).await);
        }
        Recalled { found, seen }
    }

    /// What resolved the incidents most like one, by their names and summaries alone: reference and words. For an
    /// investigation, which has no time to read every update.
    pub(super) async fn resolved_before(&self, asked: &Incident) -> Vec<(String, String)> {
        let listed = self
            .client
            .incidents(&IncidentFilter::default(), RECENT)
            .await;
        let Ok(listed) = listed else {
            return Vec::new();
        };
        let mut index = Index::default();
        let over = listed.items.iter().filter(|i| !i.row.category.is_open());
        over.for_each(|i| index.put(subject_of(i, &[], Vec::new())));
        let question = Question {
            subject: subject_of(asked, &[], Vec::new()),
            near: Neighbours::new(),
            verdicts: PairVerdicts::default(),
            since: None,
            least: WORTH,
            most: TOLD,
        };
        let mut all = Vec::new();
        // An index in memory reads nothing that could fail.
        for found in question.ask(&index).unwrap_or_default() {
            let of = listed.items.iter().find(|i| i.row.id == found.id);
            let mut seen = of.map(Seen::of).unwrap_or_default();
            read_up(&self.client, &found.id, &mut seen).await;
            all.extend((!seen.resolution.is_empty()).then_some((found.reference, seen.resolution)));
        }
        all
    }
}

/// One question to the index, with all it stands on.
struct Question {
    subject: Subject,
    near: Neighbours,
    verdicts: PairVerdicts,
    since: Option<i64>,
    least: u8,
    most: usize,
}

impl Question {
    fn ask(&self, index: &Index) -> std::io::Result<Vec<Match>> {
        let search = Search {
            near: &self.near,
            verdicts: &self.verdicts,
            since: self.since,
            least: self.least,
            most: self.most,
        };
        index.find(&self.subject, &search)
    }
}

impl Remembered {
    /// Takes up the index that an earlier program kept, once.
    fn open(&mut self, path: Option<&Path>, store: &Store) {
        if std::mem::replace(&mut self.opened, true) {
            return;
        }
        if let Some((index, covered)) = path.and_then(|path| segment::open(path, store)) {
            (self.index, self.covered) = (index, covered);
        }
    }

    fn cover(&mut self, fresh: &[Incident], told: &Told) {
        for incident in fresh {
            self.index.put(told.subject(incident));
        }
    }

    /// Keeps the index for the next program. A few new ones are searched beside the file; it is written anew when they
    /// are many.
    fn keep(&mut self, path: Option<&Path>) {
        if let Some(path) = path.filter(|_| self.index.grown()) {
            match segment::write(path, &self.index, self.covered) {
                Ok(index) => self.index = index,
                Err(e) => tracing::warn!("the index could not be kept: {e}"),
            }
        }
    }

    /// Asks the index. One whose file cannot be read any more is forgotten, and built anew by the next question.
    fn ask(&mut self, question: &Question) -> Result<Vec<Match>, ApiError> {
        question.ask(&self.index).map_err(|e| {
            (self.index, self.covered) = (Index::default(), 0);
            ApiError::Machine {
                path: None,
                reason: (&e).into(),
                says: format!(
                    "The index of past incidents cannot be read: {e}. Ask again: it is built anew."
                ),
            }
        })
    }
}

/// Updates and names of alerts of one incident.
async fn told_of(client: &Client, id: &IncidentId) -> (Vec<TimelineEntry>, Vec<String>) {
    let (updates, alerts) = tokio::join!(updates_of(client, id), client.incident_alerts(id));
    let alerts = alerts.map(|l| l.items).unwrap_or_default();
    (updates, alerts.into_iter().map(|a| a.title).collect())
}

/// Updates of one incident, oldest first.
async fn updates_of(client: &Client, id: &IncidentId) -> Vec<TimelineEntry> {
    let listed = client.updates(id).await;
    let mut updates = listed.map(|l| l.items).unwrap_or_default();
    updates.sort_by_key(|u| u.at);
    updates
}

/// Looks up how an incident went.
async fn read_up(client: &Client, id: &IncidentId, seen: &mut Seen) {
    let documents = client.documents(Some(id)).await.map(|l| l.items);
    if let Some(document) = documents.ok().and_then(|all| all.into_iter().next())
        && let Ok(text) = client.document_text(&document.id).await
    {
        seen.read_post_mortem(&text);
    }
    if seen.has_gaps() {
        let (notes, updates) = tokio::join!(client.timeline(id), updates_of(client, id));
        seen.read_notes(&notes.map(|l| l.items).unwrap_or_default());
        seen.read_updates(&updates);
    }
}
