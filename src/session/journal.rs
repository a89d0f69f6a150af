//! The way out for every write: recorded before it is sent, marked when it is answered, in order per incident, never sent
//! twice. What is in doubt is looked up before it is repeated, and asked about where nothing can tell.

use super::transmit::{Transports, happened, is_conflict, prepare, state_after, transmit};
use super::{ApiError, fault, machine};
use crate::domain::{Instant, SavedForm, Verification, Write, WriteState, digest};

use crate::similar::PairVerdicts;

use crate::store::{Journal, StoreError};
use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::{Duration, Utc};
use serde_json::json;
use std::collections::HashMap;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// How long a write may have waited and still be sent by itself. A page or an update that comes later than this tells
/// people something that is over; a person looks at it first.
const FRESH: Duration = Duration::minutes(10);

/// What became of a write.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The write as it stands in the journal now.
    pub write: Write,
    /// It had been sent before; nothing was sent now.
    pub before: bool,
    /// Why it is not confirmed.
    pub error: Option<ApiError>,
    /// It stands in the journal, whatever became of it: its text need not be kept beside it.
    pub recorded: bool,
}

impl Outcome {
    /// The outcome as success or the reason.
    pub fn confirmed(self) -> Result<Self, ApiError> {
        match &self.error {
            Some(e) => Err(e.clone()),
            None => Ok(self),
        }
    }
}

/// The journal and what belongs to it.
pub struct Outbox {
    disk: Arc<Mutex<Journal>>,
    memory: Arc<Mutex<Journal>>,
    path: Option<PathBuf>,
    who: String,
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Outbox {
    /// Opens the journal in a file; without one, everything is kept in memory. `who` is written into the audit log.
    pub fn open(path: Option<&Path>, who: &str) -> Result<Self, StoreError> {
        let disk = path.map_or_else(Journal::in_memory, Journal::open)?;
        Ok(Self {
            disk: Arc::new(Mutex::new(disk)),
            memory: Arc::new(Mutex::new(Journal::in_memory()?)),
            path: path.map(Path::to_owned),
            who: who.into(),
            turns: Mutex::default(),
        })
    }

    /// A step with a journal off the async threads.
    async fn with<T: Send + 'static>(
        &self,
        private: bool,
        step: impl FnOnce(&Journal) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let journal = if private {
            self.memory.clone()
        } else {
            self.disk.clone()
        };
        let done = super::off_thread(move || {
            step(&journal.lock().unwrap_or_else(PoisonError::into_inner))
        });
        done.await?
            .map_err(|e| machine(&e, format!("The journal cannot be written: {e}")))
    }

    /// Records a write without sending it, or gives the one that already has its key.
    pub async fn record(&self, write: &Write) -> Result<Option<Write>, ApiError> {
        let recorded = write.clone();
        self.with(write.private, move |j| j.record(&recorded))
            .await
            .map_err(|e| e.after("Nothing was sent."))
    }

    /// Sends a write once, after what waits before it under its order key.
    pub async fn send(
        &self,
        transports: Transports<'_>,
        write: Write,
    ) -> Result<Outcome, ApiError> {
        let (key, private) = (write.key.clone(), write.private);
        let known = self.record(&write).await?;
        if let Some(known) = known.as_ref().filter(|k| k.state == WriteState::Confirmed) {
            return Ok(Outcome {
                write: known.clone(),
                before: true,
                error: None,
                recorded: true,
            });
        }
        if let Some(known) =
            known.filter(|k| k.state == WriteState::InDoubt && k.verification == Verification::Ask)
        {
            let says = format!(
                "\"{}\" may have been sent before; look whether it is there before it is sent again.",
                known.what
            );
            return Ok(Outcome {
                write: known,
                before: false,
                error: Some(ApiError::User(says)),
                recorded: true,
            });
        }
        let turn = self.lock_order_key(&write.order_key, private).await?;
        self.send_pending(
            transports,
            &turn,
            Trigger::Person(&key, transports.client().now()),
        )
        .await?
        .ok_or_else(|| ApiError::User("The write is not in the journal.".into()))
    }

    /// Sends again what a person decided to send: also what was held, and what nothing could tell about.
    pub async fn retry(&self, transports: Transports<'_>, key: &str) -> Result<Outcome, ApiError> {
        let known = self.find(key).await?;
        let turn = self.lock_order_key(&known.order_key, known.private).await?;
        // Another program may have settled it before this one had its turn.
        let mut write = self.find(key).await?;
        if write.state.is_settled() {
            return Err(ApiError::User(format!(
                "\"{}\" is {} already.",
                write.what,
                write.state.word()
            )));
        }
        if write.is_local() {
            return Err(ApiError::User("A note kept here needs an incident: give it one, or make a retrospective incident of it.".into()));
        }
        write.on_hold = false;
        if write.verification == Verification::Ask && write.state == WriteState::InDoubt {
            write.state = WriteState::Waiting;
        }
        let private = write.private;
        self.with(private, move |j| j.keep(&write)).await?;
        self.send_pending(
            transports,
            &turn,
            Trigger::Person(key, transports.client().now()),
        )
        .await?
        .ok_or_else(|| ApiError::User("The write is not in the journal.".into()))
    }

    /// Gives a write up: it is not sent any more, and stays in the journal as such.
    pub async fn discard(&self, key: &str) -> Result<Write, ApiError> {
        let write = self.find(key).await?;
        let _turn = self.lock_order_key(&write.order_key, write.private).await?;
        let mut write = self.find(key).await?;
        if write.state.is_settled() {
            return Err(ApiError::User(format!(
                "\"{}\" is {} already.",
                write.what,
                write.state.word()
            )));
        }
        write.said = if write.state == WriteState::InDoubt {
            "given up while in doubt: it may have happened".into()
        } else {
            String::new()
        };
        (write.state, write.on_hold) = (WriteState::GivenUp, false);
        self.settle(&write, None).await?;
        Ok(write)
    }

    /// The write with a key.
    pub async fn find(&self, key: &str) -> Result<Write, ApiError> {
        for private in [false, true] {
            let wanted = key.to_owned();
            if let Some(mut found) = self.with(private, move |j| j.find(&wanted)).await? {
                found.private = private;
                return Ok(found);
            }
        }
        Err(ApiError::User(format!(
            "There is no write {} in the journal.",
            crate::domain::text::clean_line(key)
        )))
    }

    /// The last so many writes, oldest first, those of private incidents among them as long as this program runs.
    pub async fn list(&self, most: usize) -> Result<Vec<Write>, ApiError> {
        let mut all = self.with(false, move |j| j.last(most)).await?;
        all.extend(self.with(true, move |j| j.last(most)).await?);
        all.sort_by_key(|w| w.recorded);
        Ok(all)
    }

    /// Writes that are not settled.
    pub async fn open_writes(&self) -> Result<Vec<Write>, ApiError> {
        let mut all = self.with(false, |j| j.open_of(None)).await?;
        all.extend(self.with(true, |j| j.open_of(None)).await?);
        Ok(all)
    }

    /// Goes on with what an outage, a restart or a crash left: what is fresh is sent, what waited too long is held for a
    /// person, and what is in doubt is looked up in either case. Says what was settled.
    pub async fn replay(
        &self,
        transports: Transports<'_>,
        now: Instant,
    ) -> Result<Vec<Outcome>, ApiError> {
        let mut order_keys: Vec<(String, bool)> = Vec::new();
        for write in self.open_writes().await?.into_iter().filter(|w| !w.on_hold) {
            if !order_keys
                .iter()
                .any(|(order_key, _)| *order_key == write.order_key)
            {
                order_keys.push((write.order_key, write.private));
            }
        }
        let mut done = Vec::new();
        for (order_key, private) in order_keys {
            let turn = self.lock_order_key(&order_key, private).await?;
            done.extend(
                self.send_pending(transports, &turn, Trigger::Clock(now))
                    .await?,
            );
        }
        Ok(done)
    }

    /// The turn of an order key: in this program, and among programs that share the journal, by one of sixteen lock files.
    async fn lock_order_key(&self, order_key: &str, private: bool) -> Result<Turn, ApiError> {
        let turn = self
            .turns
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(order_key.to_owned())
            .or_default()
            .clone();
        let here = turn.lock_owned().await;
        let Some(path) = self.path.as_ref().filter(|_| !private) else {
            return Ok(Turn {
                order_key: order_key.into(),
                private,
                _here: here,
                _file: None,
            });
        };
        // The first sign of a digest, which every version and every machine reckons alike.
        let digest = digest(&[order_key]);
        let sign = digest
            .trim_start_matches("hotseat-")
            .get(..1)
            .unwrap_or_default();
        let path = path.with_extension(format!("lock-{sign}"));
        let locked = tokio::task::spawn_blocking(move || {
            let file = File::options()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(path)?;
            file.lock()?;
            Ok::<_, std::io::Error>(file)
        });
        let file = locked.await.map_err(|_| fault())?.map_err(|e| {
            ApiError::machine(
                self.path.as_deref().unwrap_or(Path::new("")),
                &e,
                format!("Nothing was sent: the journal cannot be locked: {e}."),
            )
        })?;
        Ok(Turn {
            order_key: order_key.into(),
            private,
            _here: here,
            _file: Some(file),
        })
    }

    /// Sends what is open under an order key, oldest first, until something stays open.
    async fn send_pending(
        &self,
        transports: Transports<'_>,
        turn: &Turn,
        trigger: Trigger<'_>,
    ) -> Result<Option<Outcome>, ApiError> {
        let (order_key, private) = (turn.order_key.clone(), turn.private);
        let open = self
            .with(private, move |j| j.open_of(Some(&order_key)))
            .await?;
        let mut last = None;
        for mut write in open.into_iter().filter(|w| !w.on_hold) {
            write.private = private;
            // Only a person can say what became of it; what comes after does not wait for that.
            let asks =
                write.state == WriteState::InDoubt && write.verification == Verification::Ask;
            if asks || self.hold_back(&mut write, trigger).await? {
                continue;
            }
            let outcome = self.push(transports, write, trigger).await?;
            match trigger {
                Trigger::Person(key, _) if outcome.write.key == key => return Ok(Some(outcome)),
                Trigger::Person(key, _) if !outcome.write.state.is_settled() => {
                    let mut write = self.find(key).await?;
                    write.said = format!("it waits for \"{}\"", outcome.write.what);
                    let kept = write.clone();
                    self.with(private, move |j| j.keep(&kept)).await?;
                    return Ok(Some(Outcome {
                        write,
                        before: false,
                        error: outcome.error,
                        recorded: true,
                    }));
                }
                Trigger::Person(..) => {}
                Trigger::Clock(_) => {
                    let stuck = !outcome.write.state.is_settled() && !outcome.write.on_hold;
                    last = Some(outcome);
                    if stuck {
                        break;
                    }
                }
            }
        }
        let Trigger::Person(key, _) = trigger else {
            return Ok(last);
        };
        // Another program settled it while this one waited for its turn.
        let write = self.find(key).await?;
        let error = (write.state != WriteState::Confirmed)
            .then(|| ApiError::User(format!("{}: {}", write.state.word(), write.said)));
        Ok(Some(Outcome {
            write,
            before: true,
            recorded: true,
            error,
        }))
    }

    /// Holds a write that waited too long to be sent by itself; true where it is held.
    async fn hold_back(&self, write: &mut Write, trigger: Trigger<'_>) -> Result<bool, ApiError> {
        // What may be in place is looked for first, however old it is.
        let looked_for =
            write.state == WriteState::InDoubt && write.verification != Verification::Repeat;
        if !trigger.finds_stale(write) || looked_for {
            return Ok(false);
        }
        write.on_hold = true;
        let kept = write.clone();
        self.with(write.private, move |j| j.keep(&kept)).await?;
        Ok(true)
    }

    /// Brings one write as far as it goes now: a few attempts, each after looking where a look is needed.
    async fn push(
        &self,
        transports: Transports<'_>,
        mut write: Write,
        trigger: Trigger<'_>,
    ) -> Result<Outcome, ApiError> {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(std::time::Duration::from_millis(150))
            .with_max_times(2)
            .with_jitter()
            .build();
        loop {
            let error = match self.attempt(transports, &mut write, trigger).await? {
                None => {
                    return Ok(Outcome {
                        write,
                        before: false,
                        error: None,
                        recorded: true,
                    });
                }
                Some(error) => error,
            };
            let again = !write.state.is_settled()
                && (error.is_passing() || is_conflict(&error))
                && error.retry_after().is_none_or(|s| s <= 5);
            // What the server may still be working on is not sent again at once.
            let working = matches!(
                error,
                ApiError::Network {
                    kind: crate::domain::NetworkFault::Timeout,
                    ..
                }
            ) && write.verification != Verification::Repeat;
            let Some(delay) = delays
                .next()
                .filter(|_| again && !working && write.verification != Verification::Ask)
            else {
                return Ok(Outcome {
                    write,
                    before: false,
                    error: Some(error),
                    recorded: true,
                });
            };
            tokio::time::sleep(delay.max(std::time::Duration::from_secs(
                error.retry_after().unwrap_or(0),
            )))
            .await;
        }
    }

    /// One attempt: look, check what it stands on, send, mark.
    async fn attempt(
        &self,
        transports: Transports<'_>,
        write: &mut Write,
        trigger: Trigger<'_>,
    ) -> Result<Option<ApiError>, ApiError> {
        if write.state == WriteState::InDoubt {
            match happened(transports.client(), write).await {
                Ok(Some(id)) => {
                    (write.state, write.said) = (
                        WriteState::Confirmed,
                        "found in place after the answer was lost".into(),
                    );
                    write.result = Some(id).filter(|id| !id.is_empty());
                    self.settle(write, None).await?;
                    return Ok(None);
                }
                // It did not happen, and it is too late to do it unasked.
                Ok(None) if trigger.finds_stale(write) => {
                    (write.on_hold, write.said) =
                        (true, "it did not happen, and waited too long".into());
                    self.settle(write, None).await?;
                    return Ok(Some(ApiError::User(format!(
                        "{}: {}.",
                        write.what, write.said
                    ))));
                }
                Ok(None) => {}
                Err(e) => return Ok(Some(self.mark(write, WriteState::InDoubt, e).await?)),
            }
        } else if let Err(e) = prepare(transports.client(), write).await {
            // Nothing was sent: what would be in doubt after a sending waits.
            let state = if state_after(&e) == WriteState::Refused {
                WriteState::Refused
            } else {
                WriteState::Waiting
            };
            return Ok(Some(self.mark(write, state, e).await?));
        }
        write.state = WriteState::Sent;
        let kept = write.clone();
        self.with(write.private, move |j| j.keep(&kept))
            .await
            .map_err(|e| e.after("Nothing was sent."))?;
        match transmit(transports, write).await {
            Ok(answer) => {
                (write.state, write.result, write.request_id) = (
                    WriteState::Confirmed,
                    crate::writes::result_of(write, &answer.body),
                    answer.request_id,
                );
                write.said.clear();
                self.settle(write, Some(answer.status))
                    .await
                    .map_err(|e| e.after("It was sent and accepted."))?;
                Ok(None)
            }
            Err(e) => {
                let state = state_after(&e);
                Ok(Some(self.mark(write, state, e).await?))
            }
        }
    }

    async fn mark(
        &self,
        write: &mut Write,
        state: WriteState,
        error: ApiError,
    ) -> Result<ApiError, ApiError> {
        (write.state, write.said) = (state, error.to_string());
        let status = if let ApiError::Http {
            status, request_id, ..
        } = &error
        {
            write.request_id.clone_from(request_id);
            Some(*status)
        } else {
            None
        };
        self.settle(write, status).await?;
        Ok(error)
    }

    /// Keeps how far a write is, and a line in the audit log.
    async fn settle(&self, write: &Write, status: Option<u16>) -> Result<(), ApiError> {
        let kept = write.clone();
        self.with(write.private, move |j| j.keep(&kept)).await?;
        let Some(path) = self.path.as_ref().map(|p| audit_path(p)) else {
            return Ok(());
        };
        let hide = |text: &str| {
            if write.private {
                "(private incident)".to_owned()
            } else {
                text.to_owned()
            }
        };
        let line = json!({"at": Utc::now(), "who": self.who, "state": write.state, "what": hide(&write.what), "method": write.method, "path": hide(&write.path),
            "key": write.key, "status": status, "request_id": write.request_id});
        let written = tokio::task::spawn_blocking(move || {
            let mut file = File::options()
                .append(true)
                .create(true)
                .mode(0o600)
                .open(path)?;
            file.write_all(format!("{line}\n").as_bytes())
        });
        if let Ok(Err(e)) = written.await {
            tracing::warn!("The audit log cannot be written: {e}.");
        }
        Ok(())
    }

    /// Keeps a text that was begun; nothing of a private one goes to disk.
    pub async fn keep_draft(&self, kept: SavedForm, private: bool) -> Result<(), ApiError> {
        self.with(private, move |j| j.keep_draft(&kept)).await
    }

    /// Texts that were begun and not sent.
    pub async fn drafts(&self) -> Result<Vec<SavedForm>, ApiError> {
        self.with(false, Journal::drafts).await
    }

    /// Remembers what somebody said of two incidents; nothing of a private one goes to disk.
    pub async fn rate_pair(
        &self,
        pair: (String, String),
        same: bool,
        private: bool,
    ) -> Result<(), ApiError> {
        self.with(private, move |j| j.rate_pair(&pair, same)).await
    }

    /// What was said of pairs, those of private incidents among them as long as this program runs.
    pub async fn pair_verdicts(&self) -> Result<PairVerdicts, ApiError> {
        let mut all = self.with(false, Journal::pair_verdicts).await?;
        let private = self.with(true, Journal::pair_verdicts).await?;
        all.same.extend(private.same);
        all.different.extend(private.different);
        Ok(all)
    }
}

/// Where a journal's audit log is.
pub fn audit_path(journal: &Path) -> PathBuf {
    journal.with_extension("audit.log")
}

/// Who wants writes to be sent.
#[derive(Clone, Copy)]
enum Trigger<'a> {
    /// A person, a write with this key, at this time.
    Person(&'a str, Instant),
    /// Nobody: time passed, and this is when.
    Clock(Instant),
}

impl Trigger<'_> {
    /// Whether a write waited too long to be sent without a person having said so; one that waits before it is not meant.
    fn finds_stale(self, write: &Write) -> bool {
        let asked_for = matches!(self, Self::Person(key, _) if write.key == key);
        let (Self::Person(_, now) | Self::Clock(now)) = self;
        !asked_for && (now - write.recorded).abs() > FRESH
    }
}

/// Held while one order key is worked on.
struct Turn {
    order_key: String,
    private: bool,
    _here: tokio::sync::OwnedMutexGuard<()>,
    _file: Option<File>,
}
