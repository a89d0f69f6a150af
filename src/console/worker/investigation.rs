//! Investigations beside the screen: progress is told as it comes, and what is sent goes through the journal.

use super::ask::{Asker, lock};
use crate::config::Config;
use crate::console::msg::{InvestigationEvent, News};
use crate::domain::{Finding, Incident, IncidentId, Instant, Visibility};
use crate::investigate::Draft;
use crate::ops::{self, ApiError, InvestigationRequest, Once, Outbox, Progress, Transports};
use crate::sources::Sources;
use crate::store::Journal;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::sync::{OnceCell, mpsc};

/// A journal that several tasks write.
type SharedJournal = Arc<Mutex<Journal>>;

/// What investigations need besides the client; set up when the first one is asked for.
pub struct Means {
    pub(super) config: Arc<Config>,
    journal_path: Option<PathBuf>,
    /// Where the index of the history is kept.
    pub(super) index_path: Option<PathBuf>,
    sources: OnceCell<Arc<Sources>>,
    outbox: OnceCell<Arc<Outbox>>,
}

impl Means {
    pub fn new(
        config: Arc<Config>,
        journal_path: Option<PathBuf>,
        index_path: Option<PathBuf>,
    ) -> Self {
        Self {
            config,
            journal_path,
            index_path,
            sources: OnceCell::new(),
            outbox: OnceCell::new(),
        }
    }

    /// The sources; their secrets may come from commands, so this is not done where the screen waits.
    pub(super) async fn sources(&self) -> Result<Arc<Sources>, String> {
        let open = || async {
            let config = self.config.clone();
            let opened = tokio::task::spawn_blocking(move || Sources::open(&config))
                .await
                .map_err(|e| e.to_string())?;
            opened.map(Arc::new).map_err(|e| e.to_string())
        };
        self.sources.get_or_try_init(open).await.cloned()
    }

    /// The way out for writes.
    pub(super) async fn outbox(&self) -> Result<Arc<Outbox>, String> {
        let open = || async {
            let (path, who) = (self.journal_path.clone(), self.config.author());
            let opened = tokio::task::spawn_blocking(move || Outbox::open(path.as_deref(), &who))
                .await
                .map_err(|e| e.to_string())?;
            opened.map(Arc::new).map_err(|e| e.to_string())
        };
        self.outbox.get_or_try_init(open).await.cloned()
    }

    /// The journal on disk, or the one that forgets for what may not be kept.
    pub(super) async fn journal(&self, kept: bool) -> Result<SharedJournal, String> {
        Ok(self.outbox().await?.journal(!kept))
    }
}

/// What a person sends from the console is one of its text; what posts itself is one of its title.
fn once_of(draft: &Draft) -> Once {
    if draft.by_itself {
        Once::PerTitle
    } else {
        Once::PerText
    }
}

impl Asker {
    /// Investigates and tells as it goes.
    pub async fn investigate(
        &self,
        id: IncidentId,
        by_hand: Vec<(Instant, String)>,
        by_itself: bool,
    ) {
        let told = match AssertUnwindSafe(self.investigated(&id, by_hand, by_itself))
            .catch_unwind()
            .await
        {
            Ok(Ok(Some(told))) => told,
            Ok(Ok(None)) => return,
            Ok(Err(why)) => InvestigationEvent::Failed(why),
            Err(_) => InvestigationEvent::Failed(
                "This could not be worked out because of a fault in hotseat; the log has it."
                    .into(),
            ),
        };
        self.tell(id, told).await;
    }

    async fn tell(&self, id: IncidentId, told: InvestigationEvent) {
        let _ = self
            .news
            .send(News::InvestigationEvent(id, Box::new(told)))
            .await;
    }

    async fn investigated(
        &self,
        id: &IncidentId,
        by_hand: Vec<(Instant, String)>,
        by_itself: bool,
    ) -> Result<Option<InvestigationEvent>, String> {
        let sources = self.means.sources().await?;
        let (steps, mut arriving) = mpsc::channel(32);
        let (news, whose) = (self.news.clone(), id.clone());
        let telling = tokio::spawn(async move {
            while let Some(step) = arriving.recv().await {
                let told = match step {
                    Progress::Planned { sources, services } => {
                        InvestigationEvent::Planned(sources, services)
                    }
                    Progress::Answered(source, says) => InvestigationEvent::Answered(source, says),
                };
                let _ = news
                    .send(News::InvestigationEvent(whose.clone(), Box::new(told)))
                    .await;
            }
        });
        let ask = InvestigationRequest {
            incident: id.to_string(),
            by_hand,
            model: true,
            ..InvestigationRequest::default()
        };
        let done = ops::investigate(
            &self.client,
            &sources,
            &self.means.config,
            &ask,
            self.client.now(),
            Some(steps),
        )
        .await;
        let _ = telling.await;
        let done = done.map_err(|e: ApiError| format!("{e} {}", e.suggestion()))?;
        if by_itself
            && !self
                .means
                .config
                .investigate
                .is_type(done.incident.kind.as_deref())
        {
            return Ok(None);
        }
        let before = self.last(&done.incident, &done.finding).await;
        let (incident, finding) = (Box::new(done.incident), Box::new(done.finding));
        Ok(Some(InvestigationEvent::Found {
            incident,
            finding,
            retelling: done.retelling,
            before,
            by_itself,
        }))
    }

    /// The finding kept from the last run, while this one takes its place. Nothing of a private incident is kept.
    async fn last(&self, incident: &Incident, finding: &Finding) -> Option<Box<Finding>> {
        let store = self
            .store
            .clone()
            .filter(|_| incident.row.visibility == Visibility::Public)?;
        let (key, kept) = (format!("finding {}", incident.row.id), finding.clone());
        let now = self.client.now();
        let found = tokio::task::spawn_blocking(move || {
            let store = lock(&store);
            let before = store
                .blob::<Finding>(&key)
                .ok()
                .flatten()
                .map(|(f, _)| Box::new(f));
            let _ = store
                .put_blob(&key, now, &kept)
                .map_err(|e| tracing::warn!("{e}"));
            before
        });
        found.await.ok().flatten()
    }

    /// A model's answer to a question about a finding.
    pub async fn explain(&self, id: IncidentId, finding: &Finding, question: &str) {
        let told = match self.means.sources().await {
            Ok(sources) => {
                ops::explain(&sources, &self.means.config, finding, Some(question)).await
            }
            Err(why) => Err(why),
        };
        match told {
            Ok(told) => self.tell(id, InvestigationEvent::Retold(told)).await,
            Err(why) => drop(self.news.send(News::Said(why)).await),
        }
    }

    /// Sends a draft once.
    pub async fn deliver(&self, draft: Draft, incident: Incident) {
        let outcome = async {
            let sources = self.means.sources().await?;
            let outbox = self.means.outbox().await?;
            let write = ops::write_of(&draft, &incident, once_of(&draft), self.client.now());
            let way = Transports {
                client: &self.client,
                slack: sources.slack.as_ref(),
            };
            outbox
                .send(way, write)
                .await
                .and_then(ops::Outcome::confirmed)
                .map(drop)
                .map_err(|e| format!("{e} {}", e.suggestion()))
        };
        let outcome = outcome.await.map_err(|e: String| e.trim().to_owned());
        self.tell(
            incident.row.id.clone(),
            InvestigationEvent::Sent(draft.title, outcome),
        )
        .await;
    }
}
