//! Why a file of the store cannot be used, in a sentence.

use crate::domain::MachineFault;
use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// A file of the store, the cache or the journal, cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Written by a newer hotseat.
    #[error("{0} was written by a newer hotseat (schema {1}). Upgrade this one.")]
    Newer(PathBuf, i64),
    /// Damaged; it was set aside.
    #[error("The cache was damaged and set aside as {0}; it is being filled again.")]
    SetAside(PathBuf),
    /// A journal that cannot be read as one.
    #[error(
        "{0} is damaged. `hotseat journal rescue` keeps it aside, takes over what can be read, and holds what was not sent until you have looked."
    )]
    Damaged(PathBuf),
    /// A journal without writes, beside an audit log that tells of some.
    #[error(
        "{0} holds no write, but the audit log beside it tells of some: it was emptied or replaced, and what is sent now may stand twice. Look in incident.io; `hotseat journal rescue` begins a new journal."
    )]
    Emptied(PathBuf),
    /// A row of the journal that cannot be read, under the key of a write that is to be recorded.
    #[error(
        "the row of this write, {0}, is damaged: it may have been sent. `hotseat journal show` has what is left of it; --key gives the write another key."
    )]
    DamagedRow(String),
    /// Something else stands where a file should.
    #[error("{0} is not a file. Move it away.")]
    NoFile(PathBuf),
    /// An incident that cannot be compressed: nothing in it can be the reason, so memory is.
    #[error("An incident could not be packed: {0}.")]
    Packing(#[from] flate2::CompressError),
    /// SQLite says no.
    #[error("SQLite says: {0}.")]
    Sqlite(#[from] rusqlite::Error),
    /// The file system says no.
    #[error("{0}: {1}.")]
    Io(PathBuf, std::io::Error),
}

impl StoreError {
    /// The file it is about, where it is about one.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::Newer(path, _) | Self::SetAside(path) | Self::Io(path, _) => Some(path),
            Self::Damaged(path) | Self::Emptied(path) | Self::NoFile(path) => Some(path),
            Self::Sqlite(_) | Self::DamagedRow(_) | Self::Packing(_) => None,
        }
    }

    /// Whether the file itself is damaged. A full disk, a lock or a failing read say nothing of what is in it.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(
            self,
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _))
                if matches!(e.code, ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt)
        )
    }

    /// The same of a journal, which is never set aside unasked.
    pub(crate) fn of_journal(self, path: &Path) -> Self {
        match self.is_damage() {
            true => Self::Damaged(path.to_owned()),
            false => self,
        }
    }

    /// Whether it may still be read: what fails is making or changing a file.
    pub(crate) fn is_about_writing(&self) -> bool {
        let in_the_way = [
            ErrorCode::DiskFull,
            ErrorCode::ReadOnly,
            ErrorCode::SystemIoFailure,
            ErrorCode::CannotOpen,
        ];
        match self {
            Self::Io(..) => true,
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) => in_the_way.contains(&e.code),
            _ => false,
        }
    }

    /// Whether SQLite found no sense in what was asked of the file: its tables are not ours.
    pub(super) fn is_misunderstanding(&self) -> bool {
        matches!(
            self,
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) if e.code == ErrorCode::Unknown
        ) || matches!(self, Self::Sqlite(rusqlite::Error::SqlInputError { .. }))
    }

    /// What this machine lacks.
    pub fn reason(&self) -> MachineFault {
        match self {
            Self::Io(_, e) => e.into(),
            Self::Sqlite(rusqlite::Error::SqliteFailure(e, _)) => match e.code {
                ErrorCode::DiskFull => MachineFault::Full,
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => MachineFault::Locked,
                ErrorCode::PermissionDenied | ErrorCode::ReadOnly => MachineFault::Permission,
                _ => MachineFault::Other,
            },
            _ => MachineFault::Other,
        }
    }
}
