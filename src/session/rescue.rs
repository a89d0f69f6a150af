//! The way out where the journal cannot be used: it is set aside, a new one begins with what could be read, and nothing
//! is sent before a person has looked.

use super::journal::{RESCUED, append_audit, audit_path, is_emptied, lock_file, lock_path};
use super::{ApiError, Session, machine, off_thread};
use crate::domain::{Write, WriteState};
use crate::store::{Journal, StoreError};
use chrono::Utc;
use serde_json::json;
use std::fs::File;
use std::path::{Path, PathBuf};

pub use crate::store::Rescued;

impl Session {
    /// Sets the journal aside and begins a new one with what could be read. One that is in order is left alone.
    pub async fn rescue_journal(&self) -> Result<Rescued, ApiError> {
        let path = self.journal_path.clone().ok_or_else(|| {
            ApiError::User("No journal is kept on this machine; there is nothing to rescue.".into())
        })?;
        let who = self.config.author();
        off_thread(move || rescue(&path, &who)).await?
    }
}

fn rescue(path: &Path, who: &str) -> Result<Rescued, ApiError> {
    if path.symlink_metadata().is_err() {
        let says = format!("There is no journal at {}.", path.display());
        return Err(ApiError::User(says));
    }
    let failed = |e: StoreError| machine(&e, format!("The journal cannot be rescued: {e}"));
    if !needs_rescue(path).map_err(failed)? {
        let path = path.display();
        let says = format!("{path} can be read; there is nothing to rescue.");
        return Err(ApiError::User(says));
    }
    // Whoever is sending comes to its end first.
    let _locks = Locks::of(path).map_err(|e| {
        let says = format!("Nothing was rescued: the journal cannot be locked: {e}.");
        ApiError::machine(path, &e, says)
    })?;
    let rescued = Journal::rescue(path, Utc::now()).map_err(failed)?;
    let line = json!({"at": Utc::now(), "who": who, "state": RESCUED, "read": rescued.read, "held": rescued.held,
        "unreadable": rescued.unreadable, "aside": rescued.aside});
    if let Err(e) = append_audit(&audit_path(path), &line) {
        tracing::warn!("The audit log cannot be written: {e}.");
    }
    Ok(rescued)
}

/// Every lock of a journal. Files that were made for it alone go with it, while they are still held.
struct Locks {
    held: Vec<File>,
    made: Vec<PathBuf>,
}

impl Locks {
    fn of(journal: &Path) -> std::io::Result<Self> {
        let mut locks = Self {
            held: Vec::new(),
            made: Vec::new(),
        };
        for sign in ('0'..='9').chain('a'..='f') {
            let path = lock_path(journal, sign);
            let is_new = path.symlink_metadata().is_err();
            locks.held.push(lock_file(&path)?);
            locks.made.extend(is_new.then_some(path));
        }
        Ok(locks)
    }
}

impl Drop for Locks {
    fn drop(&mut self) {
        for path in &self.made {
            if let Err(e) = std::fs::remove_file(path) {
                tracing::warn!("{} is left: {e}.", path.display());
            }
        }
        self.held.clear();
    }
}

/// Whether something in a journal cannot be read, or more was in it. One that is locked, on a full disk or of a newer
/// version is not damaged, and is left where it is.
fn needs_rescue(path: &Path) -> Result<bool, StoreError> {
    let look = |journal: Journal| {
        let all = journal.last(usize::MAX >> 1)?;
        let is_damaged = |write: &Write| write.state == WriteState::Damaged;
        Ok(all.iter().any(is_damaged) || is_emptied(&journal, path)?)
    };
    match Journal::open(path).and_then(look) {
        Err(StoreError::Damaged(_) | StoreError::NoFile(_)) => Ok(true),
        Err(e) if e.is_damage() => Ok(true),
        looked => looked,
    }
}
