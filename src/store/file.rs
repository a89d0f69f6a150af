//! A database file of the user's own that several programs share: whoever reads never waits for one that writes, and those
//! that write wait for each other.

use super::StoreError;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// How long a program waits for another one that writes.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// When one that was refused at once tries again.
pub(super) const AGAIN: Duration = Duration::from_millis(10);

/// A file of the user's own, 0600 in a 0700 folder; made where it is missing.
fn own_file(path: &Path) -> Result<(), StoreError> {
    let io = |e| StoreError::Io(path.to_owned(), e);
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(io)?;
    if fs::metadata(dir).map_err(io)?.permissions().mode() & 0o777 != 0o700 {
        fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(io)?;
    }
    refuse_what_is_no_file(path)?;
    let made = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path);
    made.map(drop).map_err(io)
}

/// Opens a file of the user's own; one of a newer schema than is known is refused.
pub(super) fn connect(path: &Path, known: i64) -> Result<Connection, StoreError> {
    own_file(path)?;
    let mut db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    // One that reads first and then writes would fail at once, without waiting, where another wrote in between.
    db.set_transaction_behavior(TransactionBehavior::Immediate);
    let version = schema(&db)?;
    if version > known {
        return Err(StoreError::Newer(path.to_owned(), version));
    }
    write_ahead(&db)?;
    Ok(db)
}

/// Opens a file for reading alone, of exactly this schema, and waits for nobody; none where it is of another one.
pub(super) fn connect_to_read(path: &Path, known: i64) -> Result<Option<Connection>, StoreError> {
    refuse_what_is_no_file(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(Duration::ZERO)?;
    Ok((schema(&db)? == known).then_some(db))
}

/// The schema that a file holds; 0 where it is new.
pub(super) fn schema(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("PRAGMA user_version", [], |r| r.get(0))
}

/// Lets those that read and one that writes work side by side. Of several that begin a file, SQLite refuses all but one
/// at once, however long they would wait.
fn write_ahead(db: &Connection) -> rusqlite::Result<()> {
    let until = Instant::now() + BUSY;
    loop {
        match db.pragma_update(None, "journal_mode", "WAL") {
            Err(e) if is_busy(&e) && Instant::now() < until => thread::sleep(AGAIN),
            done => return done,
        }
    }
}

fn is_busy(e: &rusqlite::Error) -> bool {
    e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// Brings a file to a schema, from the one that it holds. One that has it is not written to: whoever only reads must not
/// wait for one that writes. Of several that find an older one, the first brings it up.
pub(super) fn bring_up<E>(
    db: &Connection,
    to: i64,
    step: impl FnOnce(&Connection, i64) -> Result<(), E>,
) -> Result<(), StoreError>
where
    StoreError: From<E>,
{
    if schema(db)? == to {
        return Ok(());
    }
    let all = Transaction::new_unchecked(db, TransactionBehavior::Immediate)?;
    let found = schema(&all)?;
    if found != to {
        step(&all, found)?;
        all.pragma_update(None, "user_version", to)?;
    }
    Ok(all.commit()?)
}

/// Refuses a folder, a device or a pipe where a file is to be: opening a pipe waits for whoever may write to it.
pub(crate) fn refuse_what_is_no_file(path: &Path) -> Result<(), StoreError> {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() => Err(StoreError::NoFile(path.to_owned())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
