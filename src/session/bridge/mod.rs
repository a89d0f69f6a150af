//! What the bridge needs of a session: what detectors and metrics say, a ledger for what it remembers, and a write that
//! is brought about once, however often it is asked for.

mod alert_source;
mod known;
pub mod lease;
pub mod ledger;
mod orders;
mod queries;
mod together;

pub use alert_source::SourceAccess;

use super::asked::WriteRequest;
use super::journal::{Outcome, lock_file_if_free};
use super::requests::Prepared;
use super::{ApiError, Session, machine, off_thread};
use crate::domain::{
    Burnt, Detection, History, Instant, MachineFault, Sighting, Silence, Verdict, Write, WriteState,
};
use crate::sources::{Alertmanager, Metrics, Prometheus, Sources};
use crate::store::{Keep, Ledger, StoreError};
use futures_util::future::join_all;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use together::Together;

pub use crate::store::Entry;
pub use known::KnownBridge;

/// Until it is looked again whether another bridge has ended.
const ANOTHER_LOOK: Duration = Duration::from_secs(1);

/// What a daemon remembers, on disk.
#[derive(Clone)]
pub struct Remembered {
    ledger: Arc<Mutex<Ledger>>,
    /// What waits to be kept.
    together: Together,
    /// Held by the one that runs: a second one waits.
    _alone: Option<Arc<File>>,
}

impl Remembered {
    /// Keeps what changed, all of it at once; it outlives a power cut.
    pub async fn keep(&self, changes: Vec<Entry>) -> Result<(), ApiError> {
        if changes.is_empty() {
            return Ok(());
        }
        let kept = self.together.keep(&self.ledger, Keep::Changes(changes));
        kept.await.map(drop)
    }

    /// Keeps a record where there is none under its key; whether there was none. It outlives a power cut.
    pub async fn keep_new(
        &self,
        kind: &'static str,
        key: String,
        data: String,
    ) -> Result<bool, ApiError> {
        let keep = Keep::New(kind, key, data);
        self.together.keep(&self.ledger, keep).await
    }

    /// Everything of a kind.
    pub async fn all(&self, kind: &'static str) -> Result<Vec<String>, ApiError> {
        self.with(move |ledger| ledger.all(kind)).await
    }

    async fn with<T: Send + 'static>(
        &self,
        step: impl FnOnce(&mut Ledger) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let ledger = self.ledger.clone();
        let done =
            off_thread(move || step(&mut ledger.lock().unwrap_or_else(PoisonError::into_inner)));
        done.await?.map_err(|e| not_kept(&e))
    }
}

fn not_kept(e: &StoreError) -> ApiError {
    machine(e, format!("What the bridge remembers cannot be kept: {e}"))
}

impl Session {
    /// Where the bridge remembers, beside the journal.
    fn bridge_path(&self) -> Result<PathBuf, ApiError> {
        let journal = self.journal_path.as_ref().ok_or_else(|| ApiError::Machine {
            path: None,
            reason: MachineFault::NoPlace,
            says: "The bridge needs a place on disk for what it remembers: leave out --no-cache, and set HOME or XDG_STATE_HOME."
                .into(),
        })?;
        Ok(journal.with_extension("").with_extension("bridge.db"))
    }

    /// What the bridge remembers, to be read.
    pub async fn bridge_memory(&self) -> Result<Remembered, ApiError> {
        let path = self.bridge_path()?;
        let opened = off_thread(move || Ledger::open(&path)).await?;
        let ledger = opened
            .map_err(|e| machine(&e, format!("What the bridge remembers cannot be read: {e}")))?;
        Ok(Remembered {
            ledger: Arc::new(Mutex::new(ledger)),
            together: Together::default(),
            _alone: None,
        })
    }

    /// The same for the one that runs; waits while another one does, which is told once.
    pub async fn bridge_memory_alone(&self, waits: impl Fn()) -> Result<Remembered, ApiError> {
        let remembered = self.bridge_memory().await?;
        let lock = self.bridge_path()?.with_extension("lock");
        let mut is_told = false;
        loop {
            let at = lock.clone();
            let held = off_thread(move || lock_file_if_free(&at)).await?;
            let held = held.map_err(|e| {
                ApiError::machine(&lock, &e, format!("Cannot lock {}: {e}.", lock.display()))
            })?;
            if let Some(file) = held {
                return Ok(Remembered {
                    _alone: Some(Arc::new(file)),
                    ..remembered
                });
            }
            if !std::mem::replace(&mut is_told, true) {
                waits();
            }
            tokio::time::sleep(ANOTHER_LOOK).await;
        }
    }

    /// What every configured detector says now.
    pub async fn sightings(&self) -> Result<Vec<Sighting>, ApiError> {
        let sources = self.sources().await?;
        let (asked, lists) = (sources.detectors.iter(), sources.lists.iter());
        let (mut all, lists) = tokio::join!(
            join_all(asked.map(|detector| detector.sight(|| self.now()))),
            join_all(lists.map(|list| list.sight(|| self.now())))
        );
        all.extend(lists);
        Ok(all)
    }

    /// What fired in a past time, as the metrics sources of the Alertmanagers keep it, looked at in steps of so many seconds.
    pub async fn fired(&self, times: (Instant, Instant), step: i64) -> Result<History, ApiError> {
        let sources = self.sources().await?;
        let mut history = History::default();
        for detector in &sources.detectors {
            let Some(metrics) = confirming(&sources, detector) else {
                continue;
            };
            let fired = metrics.fired(times, step).await;
            let fired = fired.map_err(|e| ApiError::User(e.to_string()))?;
            let burnt = |(labels, from, until): (_, Instant, Option<Instant>)| Burnt {
                detection: detector.fired(labels, from),
                from,
                until,
            };
            history.burnt.extend(fired.spans.into_iter().map(burnt));
            let away = fired.away.into_iter();
            let name = || detector.name().to_owned();
            history
                .away
                .extend(away.map(|(from, to)| (name(), from, to)));
        }
        Ok(history)
    }

    /// The silences at a detector.
    pub async fn silences(&self, detector: &str) -> Result<Vec<Silence>, ApiError> {
        let sources = self.sources().await?;
        let at = alertmanager(&sources, detector)?;
        let said = at.silences(|| self.now()).await;
        said.map_err(|e| ApiError::User(e.to_string()))
    }

    /// Silences at a detector, or makes a silence longer.
    pub async fn silence(&self, detector: &str, silence: &Silence) -> Result<(), ApiError> {
        self.gate()?;
        let sources = self.sources().await?;
        let done = alertmanager(&sources, detector)?.silence(silence, self.now());
        done.await.map_err(|e| ApiError::User(e.to_string()))
    }

    /// Ends a silence at a detector.
    pub async fn expire_silence(&self, detector: &str, id: &str) -> Result<(), ApiError> {
        self.gate()?;
        let (sources, id) = (self.sources().await?, super::plain_id(id)?);
        let done = alertmanager(&sources, detector)?.expire(id).await;
        done.map_err(|e| ApiError::User(e.to_string()))
    }

    /// Whether the rules of issues still fire, as the metrics source of their detector evaluates them.
    pub async fn verdicts(
        &self,
        issues: &[(&Detection, Instant)],
    ) -> Result<Vec<Verdict>, ApiError> {
        let sources = self.sources().await?;
        let mut verdicts = vec![Verdict::Unknown; issues.len()];
        for detector in &sources.detectors {
            let Some(metrics) = confirming(&sources, detector) else {
                continue;
            };
            let all = issues.iter().enumerate();
            let (places, asked): (Vec<usize>, Vec<_>) = all
                .filter(|(_, (issue, _))| issue.detector == detector.name())
                .map(|(at, one)| (at, *one))
                .unzip();
            if asked.is_empty() {
                continue;
            }
            match metrics.verdicts(&asked, self.now()).await {
                Ok(said) => places
                    .into_iter()
                    .zip(said)
                    .for_each(|(at, v)| verdicts[at] = v),
                Err(e) => tracing::warn!("{e}"),
            }
        }
        Ok(verdicts)
    }

    /// Whether what was recorded under a key is known to be done.
    pub async fn is_confirmed(&self, key: &str) -> Result<bool, ApiError> {
        let known = self.outbox_to_send().await?.known(key).await?;
        Ok(known.is_some_and(|write| write.state == WriteState::Confirmed))
    }

    /// Gives up what was recorded under a key and not sent; says how it stands. What may have been sent is found out first.
    pub async fn withdraw(&self, key: &str) -> Result<Option<Outcome>, ApiError> {
        let outbox = self.outbox_to_send().await?;
        match outbox.known(key).await? {
            None => Ok(None),
            Some(known) if known.state == WriteState::Waiting => {
                Ok(Some(standing(outbox.discard(key).await?)))
            }
            Some(known) if known.state.is_settled() => Ok(Some(standing(known))),
            Some(_) => Ok(Some(self.retry(key).await?)),
        }
    }

    /// Gives up what was recorded under a key and did not happen; says how it stands. Nothing is sent: where it may have
    /// happened, that is found out.
    pub async fn take_back(&self, key: &str) -> Result<Option<Outcome>, ApiError> {
        let outbox = self.outbox_to_send().await?;
        match outbox.known(key).await? {
            None => Ok(None),
            Some(known) if known.state.is_settled() => Ok(Some(standing(known))),
            Some(_) => Ok(Some(outbox.take_back(self.transports()?, key).await?)),
        }
    }

    /// Brings a write about under a key, however often it is asked for: what the journal knows of it is gone on with, and
    /// what it does not know is recorded and sent.
    pub async fn bring_about(&self, key: &str, request: WriteRequest) -> Result<Outcome, ApiError> {
        if let Some(known) = self.outbox_to_send().await?.known(key).await? {
            return match known.state {
                WriteState::Waiting | WriteState::Sent | WriteState::InDoubt => {
                    self.retry(key).await
                }
                _ => Ok(standing(known)),
            };
        }
        let request = WriteRequest {
            key: Some(key.to_owned()),
            ..request
        };
        match self.prepare(&request).await? {
            Prepared::Ready { planned, notes, .. } => {
                let writes = planned.into_iter().map(|p| p.write).collect();
                let first = self.send(writes, &notes).await.into_iter().next();
                first.ok_or_else(super::fault)
            }
            Prepared::Before(outcomes) => outcomes.into_iter().next().ok_or_else(super::fault),
            Prepared::Unchanged => Err(ApiError::User("It is so already.".into())),
            Prepared::Offline(_, _, error) => Err(error),
        }
    }
}

/// The metrics source that confirms what an Alertmanager says.
fn confirming<'a>(sources: &'a Sources, of: &Alertmanager) -> Option<&'a Prometheus> {
    let mut all = sources.metrics.iter();
    let named = all.find(|metrics| metrics.name() == of.confirmed_by());
    named.and_then(Metrics::prometheus)
}

fn alertmanager<'a>(sources: &'a Sources, name: &str) -> Result<&'a Alertmanager, ApiError> {
    let found = sources.detectors.iter().find(|d| d.name() == name);
    found.ok_or_else(|| ApiError::User(format!("No Alertmanager is named {name}.")))
}

/// What the journal says of a write that is settled.
fn standing(write: Write) -> Outcome {
    let error = (write.state != WriteState::Confirmed)
        .then(|| ApiError::User(format!("{}: {}", write.state.word(), write.said)));
    Outcome {
        before: true,
        error,
        recorded: true,
        write,
    }
}
