//! Writes beside the screen: through the journal, each told as it goes.

use super::ask::{Asker, lock};
use crate::console::msg::{News, Wrote};
use crate::domain::{Incident, IncidentId, SavedForm, Visibility, Write, WriteState};
use crate::ops::{self, ApiError, Outbox, Outcome, Transports};
use futures_util::FutureExt;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, PoisonError};
use tokio::sync::mpsc;

/// Writes that the screen shows of the journal.
const SHOWN: usize = 200;

/// A text to be kept, and whether nothing of it may go to disk.
pub type Keeping = (SavedForm, bool);

/// Keeps texts as they are typed, the last of each that is waiting; first it tells what an earlier session left.
pub async fn keep(asker: Arc<Asker>, mut texts: mpsc::UnboundedReceiver<Keeping>) {
    let Ok(outbox) = asker.means.outbox().await else {
        return;
    };
    if let Ok(kept) = outbox.drafts().await {
        let _ = asker.news.send(News::SavedForm(kept)).await;
    }
    while let Some(first) = texts.recv().await {
        let mut waiting: HashMap<String, Keeping> = HashMap::from([(first.0.key.clone(), first)]);
        while let Ok(next) = texts.try_recv() {
            waiting.insert(next.0.key.clone(), next);
        }
        for (kept, private) in waiting.into_values() {
            if let Err(e) = outbox.keep_draft(kept, private).await {
                let _ = asker
                    .news
                    .send(News::Said(format!("What you write is not kept: {e}")))
                    .await;
            }
        }
    }
}

impl Asker {
    /// Tells what became of a write.
    async fn tell_wrote(&self, outcome: Result<Outcome, ApiError>, write: Write) {
        let wrote = match outcome {
            Ok(outcome) => {
                let fields = match &outcome.error {
                    Some(ApiError::Http { errors, .. }) => errors
                        .iter()
                        .filter_map(|e| Some((e.field.clone()?, e.message.clone())))
                        .collect(),
                    _ => Vec::new(),
                };
                let moved = matches!(outcome.error, Some(ApiError::Moved(_)));
                let error = outcome
                    .error
                    .map(|e| format!("{e} {}", e.suggestion()).trim().to_owned());
                Wrote {
                    write: outcome.write,
                    error,
                    fields,
                    moved,
                    recorded: true,
                }
            }
            Err(e) => {
                let known = match self.means.outbox().await {
                    Ok(outbox) => outbox.find(&write.key).await.ok(),
                    Err(_) => None,
                };
                let (recorded, write) = (known.is_some(), known.unwrap_or(write));
                Wrote {
                    write,
                    error: Some(e.to_string()),
                    fields: Vec::new(),
                    moved: false,
                    recorded,
                }
            }
        };
        // The log does not tell of every change of a timeline: it is read in full next time.
        *self
            .entry_mark
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
        let _ = self.news.send(News::Wrote(Box::new(wrote))).await;
    }

    /// Runs a job with the way out, and tells a fault of our own as such: what was recorded stays recorded.
    async fn out<F, T>(&self, job: impl FnOnce(Arc<Outbox>) -> F) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let outbox = self
            .means
            .outbox()
            .await
            .map_err(|e| ApiError::User(format!("Nothing was sent: {e}")))?;
        let fault = || {
            ApiError::User(
                "This broke off because of a fault in hotseat; the journal has how far it came."
                    .into(),
            )
        };
        AssertUnwindSafe(job(outbox))
            .catch_unwind()
            .await
            .unwrap_or_else(|_| Err(fault()))
    }

    /// Sends writes in order.
    pub async fn write(&self, writes: Vec<Write>, notes: Vec<String>) {
        let sources = self.means.sources().await.ok();
        let way = Transports {
            client: &self.client,
            slack: sources.as_ref().and_then(|s| s.slack.as_ref()),
        };
        for write in writes {
            let (sent, notes) = (write.clone(), notes.clone());
            if write.path == crate::writes::LOCAL {
                let kept = self
                    .out(|outbox| async move { ops::keep_local(&outbox, sent).await })
                    .await;
                self.tell_wrote(kept, write).await;
                continue;
            }
            match self
                .out(|outbox| async move { ops::declare(&outbox, way, sent, &notes).await })
                .await
            {
                Ok(all) => {
                    for outcome in all {
                        let of = outcome.write.clone();
                        self.tell_wrote(Ok(outcome), of).await;
                    }
                }
                Err(e) => self.tell_wrote(Err(e), write).await,
            }
        }
        self.tell_journal().await;
    }

    async fn again(&self, key: &str, outcome: Result<Outcome, ApiError>) {
        match outcome {
            Ok(outcome) => {
                let of = outcome.write.clone();
                self.tell_wrote(Ok(outcome), of).await;
            }
            Err(e) => {
                tracing::warn!("{key}: {e}");
                let _ = self.news.send(News::Said(e.to_string())).await;
            }
        }
        self.tell_journal().await;
    }

    /// Sends a write again that waits or is in doubt.
    pub async fn retry(&self, key: &str) {
        let sources = self.means.sources().await.ok();
        let way = Transports {
            client: &self.client,
            slack: sources.as_ref().and_then(|s| s.slack.as_ref()),
        };
        let outcome = self
            .out(|outbox| async move { outbox.retry(way, key).await })
            .await;
        self.again(key, outcome).await;
    }

    /// Gives a write up.
    pub async fn discard(&self, key: &str) {
        let done = self
            .out(|outbox| async move { outbox.discard(key).await })
            .await;
        let says = match done {
            Ok(write) => format!("Given up: {}.", write.what),
            Err(e) => e.to_string(),
        };
        let _ = self.news.send(News::Said(says)).await;
        self.tell_journal().await;
    }

    /// Turns an update that was not sent into a back-dated note.
    pub async fn backdate(&self, key: &str) {
        let way = Transports {
            client: &self.client,
            slack: None,
        };
        let outcome = self
            .out(|outbox| async move { ops::backdate(&outbox, way, key).await })
            .await;
        self.again(key, outcome).await;
    }

    /// Puts notes kept here on an incident's timeline.
    pub async fn attach_notes(&self, id: IncidentId, private: bool, keys: Vec<String>) {
        let way = Transports {
            client: &self.client,
            slack: None,
        };
        let done = self
            .out(|outbox| async move {
                ops::attach_notes(&outbox, way, id.as_str(), private, &keys).await
            })
            .await;
        match done {
            Ok(all) => {
                for outcome in all {
                    let of = outcome.write.clone();
                    self.tell_wrote(Ok(outcome), of).await;
                }
            }
            Err(e) => drop(self.news.send(News::Said(e.to_string())).await),
        }
        self.tell_journal().await;
    }

    async fn tell_journal(&self) {
        if let Ok(outbox) = self.means.outbox().await
            && let Ok(all) = outbox.list(SHOWN).await
        {
            let _ = self.news.send(News::Journal(all)).await;
        }
    }

    /// Goes on with what is open, and tells how things stand.
    pub async fn journal(&self) -> Result<Vec<News>, ApiError> {
        let outbox = self.means.outbox().await.map_err(ApiError::User)?;
        let open = outbox.open_writes().await?.into_iter().any(|w| !w.on_hold);
        if open && !self.means.config.read_only {
            let sources = self.means.sources().await.ok();
            let way = Transports {
                client: &self.client,
                slack: sources.as_ref().and_then(|s| s.slack.as_ref()),
            };
            for outcome in outbox.replay(way, self.client.now()).await? {
                if outcome.write.state == WriteState::Confirmed {
                    let of = outcome.write.clone();
                    self.tell_wrote(Ok(outcome), of).await;
                }
            }
        }
        Ok(vec![News::Journal(outbox.list(SHOWN).await?)])
    }

    /// Incidents as they are now; as the cache has them where nothing can be reached.
    pub async fn subjects(&self, ids: &[IncidentId]) -> Result<Vec<Incident>, ApiError> {
        let mut found = Vec::new();
        for id in ids {
            match self.client.incident(id.as_str()).await {
                Ok(incident) => found.push(incident),
                Err(
                    e @ (ApiError::Network { .. }
                    | ApiError::NotJson { .. }
                    | ApiError::Http { status: 500.., .. }),
                ) => {
                    let (store, wanted) = (self.store.clone(), id.clone());
                    let kept = tokio::task::spawn_blocking(move || {
                        store.and_then(|s| lock(&s).incident(&wanted).ok().flatten())
                    });
                    let kept = kept
                        .await
                        .ok()
                        .flatten()
                        .filter(|i| i.row.visibility == Visibility::Public);
                    found.push(kept.ok_or(e)?);
                }
                Err(e) => return Err(e),
            }
        }
        Ok(found)
    }
}
