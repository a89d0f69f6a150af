//! What happened before: the index of the cached history, which of it is like one incident, and what a period was like.
//! The console and the command ask here alike, on the cache that either of them fills.

use super::cache::catalog as cached_catalog;
use super::works::{INCIDENTS, Working};
use super::written::{Asking, Rewritten, Told, read_up, updates_of, written};
use super::{ApiError, Session, few_at_once, machine, off_thread, plain_id};
use crate::domain::{CatalogGraph, Incident, IncidentId, Instant};
use crate::incidentio::IncidentFilter;
use crate::similar::{
    Index, Match, Neighbours, PairVerdicts, Search, Subject, Written, neighbours, subject_of,
};
pub use crate::similar::{Recalled, Seen};
use crate::store::{Store, StoreError, segment};
use futures_util::FutureExt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Percent of likeness from which an incident is shown: one in five of those turns out to be the same.
pub const LEAST: u8 = 20;
/// Incidents shown: a screen of them, each with its reasons.
pub const MOST: usize = 10;
/// Matches whose cause and resolution are looked up: each costs up to three requests.
const LOOKED_UP: usize = 8;
/// The newest incidents an investigation compares with: two requests.
const RECENT: usize = 500;
/// Where it is kept until when post-mortems were read.
const POST_MORTEMS: &str = "post-mortems read";
/// Percent of likeness from which what resolved an incident is worth telling in another: even odds.
const WORTH: u8 = 50;
/// New incidents for which an investigation waits until they are indexed.
const QUICKLY: usize = 8;
/// Incidents that are read and indexed at once: a long history is never in memory as a whole.
const BATCH: usize = 500;
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

#[derive(Default)]
struct Remembered {
    index: Index,
    /// How far, in the order in which the store kept incidents, the index has come.
    covered: usize,
    /// Until when it has what was written in post-mortems.
    until: Option<Instant>,
    /// The kept index was looked for.
    opened: bool,
    /// Many incidents are still to be put: what it finds is not the likest.
    is_behind: bool,
}

/// The history as it can be searched.
#[derive(Default)]
pub(super) struct Memory {
    remembered: Arc<Mutex<Remembered>>,
    /// Updates and alerts of the whole organisation, once they were read.
    pub(super) swept: tokio::sync::OnceCell<Arc<Told>>,
}

impl Memory {
    fn lock(remembered: &Mutex<Remembered>) -> MutexGuard<'_, Remembered> {
        remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An incident as it is compared, and what was said of its pairs.
pub(super) type LookedAt = (Subject, PairVerdicts);

impl Session {
    /// Past incidents that are like one, best first, with how they went and what people said of pairs; and what could not
    /// be read. Compares with the cached history as far as it is there: whoever asks once syncs the mirror first.
    pub async fn similar(
        &self,
        request: &SimilarRequest,
    ) -> Result<(Vec<Recalled>, Vec<String>), ApiError> {
        self.similar_after(async { Ok(()) }, request).await
    }

    /// The same once the history was brought up to date, which is waited for beside reading the incident.
    pub async fn similar_after(
        &self,
        synced: impl Future<Output = Result<(), ApiError>>,
        request: &SimilarRequest,
    ) -> Result<(Vec<Recalled>, Vec<String>), ApiError> {
        let asked = async {
            let asked = self.client.incident(&request.incident).await?;
            Ok::<_, ApiError>(self.looked_at(&asked).await)
        };
        let covered = async {
            synced.await?;
            let (graph, missing) = tokio::join!(self.known_catalog(), self.cover_new(usize::MAX));
            Ok((neighbours(&graph), missing?))
        };
        let ((subject, verdicts), (near, missing)) = tokio::try_join!(asked, covered)?;
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

    /// An incident as it is compared, with its own updates and alerts as they are now, and what was said of its pairs.
    pub(super) async fn looked_at(&self, incident: &Incident) -> LookedAt {
        let (written, verdicts) = tokio::join!(
            written(&self.client, incident),
            self.verdicts_about(incident)
        );
        (subject_of(incident, &written), verdicts)
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

    /// Brings the index up to the cached history and to what was written about it since, and keeps it for the next
    /// program. Leaves it as it is where more than `most` incidents are new.
    async fn cover_new(&self, most: usize) -> Result<Vec<String>, ApiError> {
        let since = self.read_until().await?;
        let new = self.rewritten(since).await;
        let (fresh, about) = self.to_cover(&new).await?;
        let all = fresh + about.len();
        if all == 0 || all > most {
            return Ok(new.missing);
        }
        let work = self.work("Indexing past incidents", INCIDENTS);
        work.of(Some(all));
        let mut asking = Asking::about(all);
        let mut missing = Vec::new();
        let mut next = self.batch_after(None).await?;
        while next.1 < next.2 {
            let (batch, from, to) = next;
            let told = self.told_about(&batch, &new, &mut asking).await;
            missing.clone_from(&told.missing);
            // The next batch is read while this one is put.
            let (put, following) = tokio::join!(
                self.cover((batch, told), (from, to), &work),
                self.batch_after(Some(to))
            );
            next = match put? {
                true => following?,
                false => self.batch_after(None).await?,
            };
        }
        for ids in about.chunks(BATCH) {
            let batch = self.kept(ids.to_vec()).await?;
            let told = self.told_about(&batch, &new, &mut asking).await;
            missing.clone_from(&told.missing);
            self.cover((batch, told), (0, 0), &work).await?;
        }
        self.keep_index(new.until).await?;
        missing.extend(new.missing);
        Ok(missing)
    }

    /// Incidents after a mark in the order in which they were kept, else the next ones that the index lacks, and from
    /// where to where in it they are.
    async fn batch_after(
        &self,
        mark: Option<usize>,
    ) -> Result<(Vec<Incident>, usize, usize), ApiError> {
        let remembered = self.memory.remembered.clone();
        let read = move |store: &mut Store| {
            let from = mark.unwrap_or_else(|| Memory::lock(&remembered).covered);
            let (batch, to) = store.incidents_after(from, BATCH)?;
            Ok::<_, StoreError>((batch, from, to))
        };
        let batch = self.cache.with(read).await?;
        batch.map_err(|e| machine(&e, e.to_string()))
    }

    async fn kept(&self, ids: Vec<IncidentId>) -> Result<Vec<Incident>, ApiError> {
        let read = move |store: &mut Store| {
            let found = ids.iter().map(|id| store.incident(id));
            let found: Result<Vec<Option<Incident>>, StoreError> = found.collect();
            found
        };
        let found = self.cache.with(read).await?;
        let found = found.map_err(|e| machine(&e, e.to_string()))?;
        Ok(found.into_iter().flatten().collect())
    }

    /// Puts a batch into the index, where that still stands where the batch begins, and says whether it does: another
    /// question may have been faster, or the index is built anew.
    async fn cover(
        &self,
        (batch, told): (Vec<Incident>, Told),
        (from, to): (usize, usize),
        work: &Working,
    ) -> Result<bool, ApiError> {
        let count = batch.len();
        let (remembered, path) = (self.memory.remembered.clone(), self.cache.index_path());
        let put = off_thread(move || {
            let mut remembered = Memory::lock(&remembered);
            let stands = from == to || remembered.covered == from;
            if stands {
                remembered.cover(&batch, &told, path.as_deref());
                remembered.covered = remembered.covered.max(to);
            }
            stands
        })
        .await?;
        work.add(count);
        Ok(put)
    }

    /// Keeps the index for the next program, and until when it has what was written in post-mortems.
    async fn keep_index(&self, until: Option<Instant>) -> Result<(), ApiError> {
        let (remembered, path) = (self.memory.remembered.clone(), self.cache.index_path());
        let now = self.now();
        self.cache
            .with(move |store| {
                let mut remembered = Memory::lock(&remembered);
                (remembered.until, remembered.is_behind) = (until, false);
                remembered.keep(path.as_deref());
                // What is not in the file is read again by the next program.
                if remembered.index.is_written() {
                    let kept = store.put_blob(POST_MORTEMS, now, &until);
                    kept.unwrap_or_else(|e| tracing::warn!("{e}"));
                }
            })
            .await
    }

    /// Until when the index has what was written in post-mortems.
    async fn read_until(&self) -> Result<Option<Instant>, ApiError> {
        let (remembered, path) = (self.memory.remembered.clone(), self.cache.index_path());
        self.cache
            .with(move |store| {
                let mut remembered = Memory::lock(&remembered);
                remembered.open(path.as_deref(), store);
                remembered.until
            })
            .await
    }

    /// How many incidents are new or changed, and about which others a post-mortem was written.
    async fn to_cover(&self, new: &Rewritten) -> Result<(usize, Vec<IncidentId>), ApiError> {
        let remembered = self.memory.remembered.clone();
        let (gone, about) = (self.cache.take_forgotten(), new.incidents());
        let answer = self
            .cache
            .with(move |store| {
                let mut remembered = Memory::lock(&remembered);
                gone.iter()
                    .for_each(|id| remembered.index.remove(id.as_str()));
                let fresh = store.count_after(remembered.covered)?;
                remembered.is_behind |= remembered.index.is_empty() && fresh > BATCH;
                let mut others = Vec::new();
                for id in about {
                    let mark = store.mark(&id)?;
                    others.extend(mark.is_some_and(|n| n <= remembered.covered).then_some(id));
                }
                others.sort();
                Ok::<_, StoreError>((fresh, others))
            })
            .await?;
        answer.map_err(|e| machine(&e, e.to_string()))
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
        let found = found.into_iter().zip(known).enumerate();
        let reading = found.map(|(at, (found, it))| self.recall_one(at, found, it).boxed());
        Ok(few_at_once(reading).await)
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

    /// What resolved the incidents most like one: reference and words, by the comparison that finds similar incidents. For
    /// an investigation, which has no time to read a long history: where none is indexed yet, the newest incidents are
    /// compared by what the list tells of them.
    pub(super) async fn resolved_before(
        &self,
        (subject, verdicts): LookedAt,
        graph: &CatalogGraph,
        public_only: bool,
    ) -> Vec<(String, String)> {
        if let Err(e) = self.cover_new(QUICKLY).await {
            tracing::warn!("the index of past incidents was not brought up to date: {e}");
        }
        let question = Question {
            subject,
            near: neighbours(graph),
            verdicts,
            since: None,
            least: WORTH,
            most: TOLD,
        };
        let found = self.ask_quickly(question, public_only).await;
        let asked = found
            .into_iter()
            .map(|found| self.resolution_of(found).boxed());
        few_at_once(asked).await.into_iter().flatten().collect()
    }

    /// What resolved an incident; nothing where it is open, or where that is not told.
    async fn resolution_of(&self, found: Match) -> Option<(String, String)> {
        let known = self.mirror.cached_incident(&found.id).await;
        let is_open = |i: &Incident| i.row.category.is_open();
        if known.ok().flatten().is_some_and(|i| is_open(&i)) {
            return None;
        }
        let mut seen = Seen::default();
        read_up(&self.client, &found.id, &mut seen).await;
        (!seen.resolution.is_empty()).then_some((found.reference, seen.resolution))
    }

    /// Asks the index as far as it is there, else one of the newest incidents that are over.
    async fn ask_quickly(&self, question: Question, public_only: bool) -> Vec<Match> {
        let is_empty = {
            let remembered = Memory::lock(&self.memory.remembered);
            remembered.index.is_empty() || remembered.is_behind
        };
        let newest = match is_empty {
            true => {
                let everything = IncidentFilter::default();
                let listed = self.client.incidents(&everything, RECENT).await;
                listed.map(|l| l.items).unwrap_or_default()
            }
            false => Vec::new(),
        };
        let remembered = self.memory.remembered.clone();
        let asked = move || {
            if !is_empty {
                return Memory::lock(&remembered).ask(&question).unwrap_or_default();
            }
            let mut index = Index::default();
            let is_told = |i: &&Incident| i.is_public() || !public_only;
            let over = newest.iter().filter(|i| !i.row.category.is_open());
            let over = over.filter(is_told);
            over.for_each(|i| index.put(subject_of(i, &Written::default())));
            question.ask(&index).unwrap_or_default()
        };
        off_thread(asked).await.unwrap_or_default()
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
            let until = store.blob(POST_MORTEMS).ok().flatten();
            self.until = until.and_then(|(until, _)| until);
        }
    }

    fn cover(&mut self, batch: &[Incident], told: &Told, path: Option<&Path>) {
        for incident in batch {
            self.index.put(told.subject(incident));
        }
        if let Some(path) = path.filter(|_| self.index.is_heavy()) {
            let spilt = segment::spill(path, &mut self.index);
            spilt.unwrap_or_else(|e| tracing::warn!("the index takes more memory: {e}"));
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
            (self.index, self.covered, self.until) = (Index::default(), 0, None);
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
