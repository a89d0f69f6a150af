//! The journal of writes as a session holds it: on disk, or in memory for what may not lie there, one turn an order key
//! among all programs that share it, and a line in the audit log for each answer.

use super::{ApiError, fault, machine};
use crate::domain::{SavedForm, Write, WriteState, digest};
use crate::similar::PairVerdicts;
use crate::store::{Journal, StoreError, refuse_what_is_no_file};
use chrono::Utc;
use serde_json::json;
use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// What stands in the journal now, and why it is not confirmed.
    pub(super) fn recorded(write: Write, error: Option<ApiError>) -> Self {
        Self {
            write,
            before: false,
            error,
            recorded: true,
        }
    }

    /// There is no session yet that could send it or record it.
    pub fn not_connected(write: Write) -> Self {
        let says = "Not connected yet, so nothing was sent; try again in a moment.";
        Self {
            recorded: false,
            ..Self::recorded(write, Some(ApiError::User(says.into())))
        }
    }

    /// Why it is not confirmed, with what to do; empty where it is.
    pub fn says(&self) -> String {
        let says = |e: &ApiError| format!("{e} {}", e.suggestion()).trim().to_owned();
        self.error.as_ref().map(says).unwrap_or_default()
    }

    /// What the API says is wrong, by its own names of the fields.
    pub fn field_errors(&self) -> Vec<(String, String)> {
        let Some(ApiError::Http { errors, .. }) = &self.error else {
            return Vec::new();
        };
        let of_field = errors
            .iter()
            .filter_map(|e| Some((e.field.clone()?, e.message.clone())));
        of_field.collect()
    }

    /// Whether somebody else changed what it was made on.
    pub fn is_moved(&self) -> bool {
        matches!(self.error, Some(ApiError::Moved(_)))
    }

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
        if let Some(path) = path
            && is_emptied(&disk, path)?
        {
            return Err(StoreError::Emptied(path.to_owned()));
        }
        Ok(Self {
            disk: Arc::new(Mutex::new(disk)),
            memory: Arc::new(Mutex::new(Journal::in_memory()?)),
            path: path.map(Path::to_owned),
            who: who.into(),
            turns: Mutex::default(),
        })
    }

    /// A step with a journal off the async threads.
    pub(super) async fn with<T: Send + 'static>(
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
        done.await?.map_err(|e| {
            let e = match &self.path {
                Some(path) if !private => e.of_journal(path),
                _ => e,
            };
            machine(&e, format!("The journal cannot be written: {e}"))
        })
    }

    /// Records a write without sending it, or gives the one that already has its key.
    pub async fn record(&self, write: &Write) -> Result<Option<Write>, ApiError> {
        let recorded = write.clone();
        let known = self.with(write.private, move |j| j.record(&recorded)).await;
        let known = known.map_err(|e| e.after("Nothing was sent."))?;
        if let Some(form) = write.form.clone().filter(|_| write.private) {
            // What turned out to be private may have been begun as a public text.
            self.with(false, move |j| j.forget_draft(&form)).await?;
        }
        Ok(known)
    }

    /// Gives a write up: it is not sent any more, and stays in the journal as such.
    pub async fn discard(&self, key: &str) -> Result<Write, ApiError> {
        let write = self.find(key).await?;
        let _turn = self.lock_order_key(&write.order_key, write.private).await?;
        let mut write = self.unsettled(key).await?;
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
        let none = || {
            let key = crate::domain::text::clean_line(key);
            ApiError::User(format!("There is no write {key} in the journal."))
        };
        self.known(key).await?.ok_or_else(none)
    }

    /// The write with a key, where there is one.
    pub(super) async fn known(&self, key: &str) -> Result<Option<Write>, ApiError> {
        for private in [false, true] {
            let wanted = key.to_owned();
            if let Some(mut found) = self.with(private, move |j| j.find(&wanted)).await? {
                found.private = private;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The write with a key, where something can still be done about it.
    pub(super) async fn unsettled(&self, key: &str) -> Result<Write, ApiError> {
        let write = self.find(key).await?;
        if write.state.is_settled() {
            let says = match write.state {
                WriteState::Damaged => format!(
                    "The row of \"{}\" is damaged: nothing can be done with it but `hotseat journal rescue`.",
                    write.what
                ),
                state => format!("\"{}\" is {} already.", write.what, state.word()),
            };
            return Err(ApiError::User(says));
        }
        Ok(write)
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

    /// The turn of an order key: in this program, and among programs that share the journal, by one of sixteen lock files.
    pub(super) async fn lock_order_key(
        &self,
        order_key: &str,
        private: bool,
    ) -> Result<Turn, ApiError> {
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
        let sign = digest.trim_start_matches("hotseat-").chars().next();
        let path = lock_path(path, sign.unwrap_or_default());
        let locked = tokio::task::spawn_blocking(move || lock_file(&path));
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

    /// Keeps how far a write is, and a line in the audit log.
    pub(super) async fn settle(&self, write: &Write, status: Option<u16>) -> Result<(), ApiError> {
        let kept = write.clone();
        self.with(write.private, move |j| j.keep(&kept)).await?;
        let Some(path) = self.path.as_ref().map(|p| audit_path(p)) else {
            return Ok(());
        };
        let hide = |text: &str| {
            if write.private {
                PRIVATE.to_owned()
            } else {
                text.to_owned()
            }
        };
        let line = json!({"at": Utc::now(), "who": self.who, "state": write.state, "what": hide(&write.what), "method": write.method, "path": hide(&write.path),
            "key": write.key, "status": status, "request_id": write.request_id});
        let written = tokio::task::spawn_blocking(move || append_audit(&path, &line));
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

/// What the audit log says of a write of a private incident; the journal on disk has none of these.
const PRIVATE: &str = "(private incident)";
/// What the audit log says where a new journal was begun.
pub(super) const RESCUED: &str = "rescued";

/// Adds a line to an audit log.
pub(super) fn append_audit(path: &Path, line: &serde_json::Value) -> std::io::Result<()> {
    refuse_what_is_no_file(path).map_err(std::io::Error::other)?;
    let mut file = File::options()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(format!("{line}\n").as_bytes())
}

/// Whether a journal without writes once had some: no row is ever removed, and each that was sent has a line in the
/// audit log.
pub(super) fn is_emptied(journal: &Journal, path: &Path) -> Result<bool, StoreError> {
    let audit = audit_path(path);
    if !journal.is_empty()? || !audit.is_file() {
        return Ok(false);
    }
    let told = std::fs::read_to_string(&audit).unwrap_or_default();
    let lines = told
        .lines()
        .rev()
        .filter_map(|line| serde_json::from_str(line).ok());
    let since = lines.take_while(|line: &serde_json::Value| line["state"] != RESCUED);
    let tells = since.into_iter().any(|line| line["what"] != PRIVATE);
    // Another program may have recorded its first write in between.
    Ok(tells && journal.is_empty()?)
}

/// The lock file of order keys whose digest begins with a sign.
pub(super) fn lock_path(journal: &Path, sign: char) -> PathBuf {
    journal.with_extension(format!("lock-{sign}"))
}

/// Waits for a lock file. One that was removed while it was waited for locks nothing: then it is made anew.
pub(super) fn lock_file(path: &Path) -> std::io::Result<File> {
    loop {
        let file = opened_lock(path)?;
        file.lock()?;
        if is_at(&file, path)? {
            return Ok(file);
        }
    }
}

/// A lock file, unless somebody else holds it.
pub(super) fn lock_file_if_free(path: &Path) -> std::io::Result<Option<File>> {
    loop {
        let file = opened_lock(path)?;
        match file.try_lock() {
            Ok(()) if is_at(&file, path)? => return Ok(Some(file)),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(e)) => return Err(e),
        }
    }
}

fn opened_lock(path: &Path) -> std::io::Result<File> {
    refuse_what_is_no_file(path).map_err(std::io::Error::other)?;
    File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Whether a file is the one that a path names.
fn is_at(file: &File, path: &Path) -> std::io::Result<bool> {
    let held = file.metadata()?;
    let stands = path.symlink_metadata();
    Ok(stands.is_ok_and(|there| (there.dev(), there.ino()) == (held.dev(), held.ino())))
}

/// Held while one order key is worked on.
pub(super) struct Turn {
    pub order_key: String,
    pub private: bool,
    _here: tokio::sync::OwnedMutexGuard<()>,
    _file: Option<File>,
}
