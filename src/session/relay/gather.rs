//! How a relay asks the platform: the incidents by what changed, the history once, answers to questions; each in a task of
//! its own, so that a slow answer holds nothing else up.

use super::super::history::{HistoryChunk, PAGES};
use super::super::incidents::{MOST_CHANGED, MOST_OPEN};
use super::super::works::Working;
use super::super::{Upstream, fault, history, incidents, oncall};
use crate::domain::{ApiError, Incident, IncidentId, Instant};
use crate::incidentio::{Client, IncidentFilter, Question, RawIncident};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Mutex, Semaphore, mpsc};

/// What was learnt from the platform, and when it was asked.
pub enum Gathered {
    /// What changed since the last question. `None` where it could not be asked.
    Changed(Result<Vec<RawIncident>, ApiError>, Instant),
    /// Everything that is open.
    Open(Vec<RawIncident>, Instant),
    /// Part of the history.
    History(Vec<RawIncident>, Instant),
    /// The whole history was read, which began then.
    Complete(Instant),
    /// The history broke off.
    Broken(ApiError),
    /// Everything that was declared in a stretch of time.
    Stretch((Instant, Instant), Vec<RawIncident>, Instant),
    /// One incident; nothing where there is none that this key may see.
    One(
        IncidentId,
        Result<Option<Box<RawIncident>>, ApiError>,
        Instant,
    ),
    /// A question was answered.
    Answer(Question, Result<(Vec<Value>, bool), ApiError>, Instant),
    /// Whether anything happened in an incident since it was looked at.
    News(IncidentId, bool),
}

/// Asks, and hands on what it learns.
#[derive(Clone)]
pub struct Gatherer {
    client: Arc<Client>,
    told: mpsc::Sender<Gathered>,
    handovers: Handovers,
    /// Parts of the history that are in memory at a time.
    parts: Arc<Semaphore>,
}

/// Parts of the history that are read and not yet kept: each is up to some thousand incidents.
const PARTS: usize = 2;

/// Schedules as they were listed, and as they were told on, by id.
type Handovers = Arc<Mutex<HashMap<String, (Value, Value)>>>;

/// The list of schedules.
const SCHEDULES: &str = "/v2/schedules";

impl Gatherer {
    /// Asks through a client.
    pub fn new(client: Arc<Client>, told: mpsc::Sender<Gathered>) -> Self {
        Self {
            client,
            told,
            handovers: Handovers::default(),
            parts: Arc::new(Semaphore::new(PARTS)),
        }
    }

    async fn tell(&self, gathered: Gathered) {
        // Who no longer listens has lost the lease.
        let _ = self.told.send(gathered).await;
    }

    /// What changed since.
    pub async fn changed(self, since: Instant) {
        let at = self.client.now();
        let filter = IncidentFilter::changed_since(since);
        let changed = self.client.raw_incidents(&filter, MOST_CHANGED).await;
        self.tell(Gathered::Changed(changed.map(|l| l.items), at))
            .await;
    }

    /// Everything that is open. What cannot be read is read at the next turn.
    pub async fn open(self) {
        let at = self.client.now();
        let filter = IncidentFilter::in_categories(&incidents::OPEN);
        match self.client.raw_incidents(&filter, MOST_OPEN).await {
            Ok(listed) => self.tell(Gathered::Open(listed.items, at)).await,
            Err(e) => tracing::warn!("what is open could not be read: {e}"),
        }
    }

    /// Everything that was declared in a stretch of time.
    pub async fn stretch(self, from: Instant, to: Instant) {
        let at = self.client.now();
        let filter = IncidentFilter::declared(from, to);
        match self.client.raw_incidents(&filter, usize::MAX).await {
            Ok(listed) => {
                self.tell(Gathered::Stretch((from, to), listed.items, at))
                    .await;
            }
            Err(e) => tracing::warn!("a stretch of the history could not be read: {e}"),
        }
    }

    /// One incident.
    pub async fn one(self, id: IncidentId) {
        let at = self.client.now();
        let found = match self.client.raw_incident(&id).await {
            Ok(raw) => Ok(Some(Box::new(raw))),
            Err(ApiError::Http {
                status: 403 | 404, ..
            }) => Ok(None),
            Err(e) => Err(e),
        };
        self.tell(Gathered::One(id, found, at)).await;
    }

    /// A question.
    pub async fn ask(self, question: Question) {
        let at = self.client.now();
        let mut answer = self.client.ask(&question).await;
        if question.path == SCHEDULES
            && let Ok((items, _)) = &mut answer
        {
            self.tell_through(items).await;
        }
        self.tell(Gathered::Answer(question, answer, at)).await;
    }

    /// Who takes over is looked up here, once for all consoles, and again when a schedule has changed.
    async fn tell_through(&self, items: &mut [Value]) {
        for item in items {
            let id = item["id"].as_str().unwrap_or_default().to_owned();
            let known = self.handovers.lock().await.get(&id).cloned();
            if let Some((listed, whole)) = known
                && listed == *item
            {
                *item = whole;
            } else if let Some(whole) = self.client.told_through(item, oncall::COMING).await {
                let listed = std::mem::replace(item, whole.clone());
                self.handovers.lock().await.insert(id, (listed, whole));
            }
        }
    }

    /// Whether anything happened since an entry of an incident's log. Where that cannot be asked, something may have.
    pub async fn news(self, id: IncidentId, after: String) {
        let happened = incidents::has_news(&self.client, &id, &after).await;
        self.tell(Gathered::News(id, happened.unwrap_or(true)))
            .await;
    }

    /// The whole history.
    pub async fn history(self) {
        let began = self.client.now();
        let (chunks, mut arriving) = mpsc::channel(PAGES);
        let upstream = Telling(self.clone());
        let unseen = Arc::new(Working::unseen());
        let draining = async { while arriving.recv().await.is_some() {} };
        let (loaded, ()) = tokio::join!(
            history::load(upstream, Vec::new(), chunks, unseen),
            draining
        );
        self.tell(match loaded {
            Ok(_) => Gathered::Complete(began),
            Err(e) => Gathered::Broken(e),
        })
        .await;
    }
}

/// Incidents as they come, each page told on its way.
#[derive(Clone)]
struct Telling(Gatherer);

impl Telling {
    async fn list(&self, filter: &IncidentFilter, most: usize) -> Result<Vec<Incident>, ApiError> {
        let at = self.0.client.now();
        let _part = self.0.parts.acquire().await.map_err(|_| fault())?;
        let raw = self.0.client.raw_incidents(filter, most).await?.items;
        let read = raw.iter().map(|(incident, _)| incident.clone()).collect();
        self.0.tell(Gathered::History(raw, at)).await;
        Ok(read)
    }
}

impl Upstream for Telling {
    fn now(&self) -> Instant {
        self.0.client.now()
    }

    async fn open_incidents(&self) -> Result<Vec<Incident>, ApiError> {
        let filter = IncidentFilter::in_categories(&incidents::OPEN);
        self.list(&filter, MOST_OPEN).await
    }

    async fn changed(&self, since: Instant) -> Result<Vec<Incident>, ApiError> {
        let filter = IncidentFilter::changed_since(since);
        self.list(&filter, MOST_CHANGED).await
    }

    async fn between(
        &self,
        from: Instant,
        to: Instant,
        pages: &mpsc::Sender<HistoryChunk>,
    ) -> Result<usize, ApiError> {
        let filter = IncidentFilter::declared(from, to);
        let at = self.0.client.now();
        let _part = self.0.parts.acquire().await.map_err(|_| fault())?;
        let mut count = 0;
        let hand_on = |raw: Vec<RawIncident>| {
            count += raw.len();
            async move {
                let read = raw.iter().map(|(incident, _)| incident.clone()).collect();
                self.0.tell(Gathered::History(raw, at)).await;
                let _ = pages.send((read, None)).await;
            }
        };
        self.0.client.raw_incident_pages(&filter, hand_on).await?;
        Ok(count)
    }

    async fn one(&self, id: &IncidentId) -> Result<Option<Incident>, ApiError> {
        self.0.client.one(id).await
    }

    async fn newest(&self, most: usize) -> Result<Vec<Incident>, ApiError> {
        self.list(&IncidentFilter::default(), most).await
    }

    async fn count(&self, since: Option<Instant>) -> Result<Option<i64>, ApiError> {
        self.0.client.count(since).await
    }
}
