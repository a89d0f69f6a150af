//! The journal of writes: every request is on disk before it is sent, with its idempotency key, and marked when it is
//! answered. No write is ever deleted; what belongs to a private incident is kept in memory alone.

mod proposals;
mod rescue;

pub use rescue::Rescued;

use super::StoreError;
use super::file::{BUSY, bring_up, connect, refuse_what_is_no_file};
use crate::domain::{Instant, SavedForm, Write, WriteState};
use crate::similar::PairVerdicts;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};
use serde_json::Value;
use std::path::Path;

/// The schema this version writes: 1 knew of a write only whether it may be repeated; 2 keeps all of it, and drafts; 3
/// also what agents propose.
const VERSION: i64 = 3;

/// The name a state has in the file.
fn state_name(state: WriteState) -> &'static str {
    match state {
        WriteState::Waiting => "waiting",
        WriteState::Sent => "sent",
        WriteState::InDoubt => "in_doubt",
        WriteState::Confirmed => "confirmed",
        WriteState::Refused => "refused",
        WriteState::GivenUp => "given_up",
        WriteState::Damaged => "damaged",
    }
}

/// A state as it is after a start. What was on its way when the program ended is in doubt; so is what has a name of
/// another version, since nobody here can say that it did not happen.
fn state_found(name: &str) -> WriteState {
    match name {
        "waiting" => WriteState::Waiting,
        "confirmed" => WriteState::Confirmed,
        "refused" => WriteState::Refused,
        "given_up" => WriteState::GivenUp,
        _ => WriteState::InDoubt,
    }
}

/// The journal.
pub struct Journal {
    db: Connection,
}

impl Journal {
    /// A journal that forgets: for private incidents and where nothing may go to disk.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepared(Connection::open_in_memory()?)
    }

    /// The journal in a file, 0600 in a 0700 folder. A damaged one is an error: what was in it may not be lost silently.
    /// Where nothing can be written, on a full disk above all, it is opened to be looked at.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        match Self::open_to_write(path) {
            Err(e) if e.is_about_writing() => {
                let read =
                    Self::open_to_read(path, false).or_else(|_| Self::open_to_read(path, true));
                read.map_err(|_| e)
            }
            // What is asked of it here is right, so a file that does not know the answer is no journal.
            Err(e) if e.is_damage() || e.is_misunderstanding() => {
                Err(StoreError::Damaged(path.to_owned()))
            }
            opened => opened,
        }
    }

    fn open_to_write(path: &Path) -> Result<Self, StoreError> {
        let db = connect(path, VERSION)?;
        // Each record must outlive a power cut.
        db.pragma_update(None, "synchronous", "FULL")?;
        let journal = Self::prepared(db)?;
        journal
            .db
            .prepare("SELECT id, key, lane, state, held, data FROM write")?;
        Ok(journal)
    }

    /// The journal as it is. Without room for the file that programs share beside it, one of them has it `alone`.
    fn open_to_read(path: &Path, alone: bool) -> Result<Self, StoreError> {
        refuse_what_is_no_file(path)?;
        let flags = match alone {
            true => OpenFlags::SQLITE_OPEN_READ_WRITE,
            false => OpenFlags::SQLITE_OPEN_READ_ONLY,
        };
        let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        db.busy_timeout(BUSY)?;
        if alone {
            db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        }
        db.query_row("SELECT count(*) FROM write", [], |_| Ok(()))?;
        Ok(Self { db })
    }

    fn prepared(db: Connection) -> Result<Self, StoreError> {
        bring_up(&db, VERSION, |db, version| {
            if version == 1 {
                db.execute_batch(FROM_1)?;
            }
            db.execute_batch(
            "CREATE TABLE IF NOT EXISTS write (
                id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, lane TEXT NOT NULL, state TEXT NOT NULL, held INTEGER NOT NULL,
                data TEXT NOT NULL);
             CREATE INDEX IF NOT EXISTS write_open ON write (lane) WHERE state IN ('waiting', 'sent', 'in_doubt');
             CREATE TABLE IF NOT EXISTS told (a TEXT NOT NULL, b TEXT NOT NULL, same INTEGER NOT NULL, PRIMARY KEY (a, b));
             CREATE TABLE IF NOT EXISTS draft (key TEXT PRIMARY KEY, data TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS proposal (id TEXT PRIMARY KEY, run TEXT NOT NULL, expires INTEGER NOT NULL, data TEXT NOT NULL, answer TEXT);"
            )
        })?;
        Ok(Self { db })
    }

    /// Records a write, or gives the one that already has its key. One that did not happen is recorded anew, as the last.
    pub fn record(&self, write: &Write) -> Result<Option<Write>, StoreError> {
        let recording = self.db.unchecked_transaction()?;
        let known = self.record_in(write)?;
        if let Some(form) = &write.form {
            // After a crash the text must not come back in its form beside the write.
            self.forget_draft(form)?;
        }
        recording.commit()?;
        Ok(known)
    }

    fn record_in(&self, write: &Write) -> Result<Option<Write>, StoreError> {
        match self.find(&write.key)? {
            Some(known) if known.state == WriteState::Damaged => {
                return Err(StoreError::DamagedRow(known.key));
            }
            Some(known) if !matches!(known.state, WriteState::Refused | WriteState::GivenUp) => {
                return Ok(Some(known));
            }
            _ => {}
        }
        self.db.execute(
            "INSERT OR REPLACE INTO write (key, lane, state, held, data) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                write.key,
                write.order_key,
                state_name(write.state),
                write.on_hold,
                serde_json::to_string(write).unwrap_or_default()
            ],
        )?;
        Ok(None)
    }

    /// The write with a key.
    pub fn find(&self, key: &str) -> Result<Option<Write>, StoreError> {
        Ok(self
            .db
            .query_row(
                "SELECT key, data, state FROM write WHERE key = ?1",
                [key],
                read,
            )
            .optional()?)
    }

    /// Keeps how far a write is, and whatever else was learnt about it.
    pub fn keep(&self, write: &Write) -> Result<(), StoreError> {
        self.db.execute(
            "UPDATE write SET state = ?2, held = ?3, data = ?4 WHERE key = ?1",
            params![
                write.key,
                state_name(write.state),
                write.on_hold,
                serde_json::to_string(write).unwrap_or_default()
            ],
        )?;
        Ok(())
    }

    /// Writes that are not settled, oldest first: with one order key, or all.
    pub fn open_of(&self, order_key: Option<&str>) -> Result<Vec<Write>, StoreError> {
        let mut statement = self.db.prepare_cached(
            "SELECT key, data, state FROM write WHERE state IN ('waiting', 'sent', 'in_doubt') AND (?1 IS NULL OR lane = ?1) ORDER BY id",
        )?;
        let rows = statement.query_map([order_key], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Forgets a text that was begun.
    pub fn forget_draft(&self, key: &str) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM draft WHERE key = ?1", [key])?;
        Ok(())
    }

    /// Keeps a text that was begun; one without values is forgotten.
    pub fn keep_draft(&self, kept: &SavedForm) -> Result<(), StoreError> {
        if kept.values.is_empty() {
            return self.forget_draft(&kept.key);
        }
        let data = serde_json::to_string(kept).unwrap_or_default();
        self.db
            .execute("INSERT INTO draft (key, data) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET data = ?2", params![kept.key, data])?;
        Ok(())
    }

    /// Every text that was begun and not sent.
    pub fn drafts(&self) -> Result<Vec<SavedForm>, StoreError> {
        let mut statement = self.db.prepare("SELECT data FROM draft")?;
        let rows = statement.query_map([], |r| r.get::<_, String>(0))?;
        Ok(rows
            .flatten()
            .filter_map(|data| serde_json::from_str(&data).ok())
            .collect())
    }

    /// Remembers what somebody said of two incidents: the same cause, or not alike.
    pub fn rate_pair(&self, (a, b): &(String, String), same: bool) -> Result<(), StoreError> {
        self.db
            .execute("INSERT INTO told (a, b, same) VALUES (?1, ?2, ?3) ON CONFLICT (a, b) DO UPDATE SET same = ?3", params![a, b, same])?;
        Ok(())
    }

    /// Everything that was said of pairs.
    pub fn pair_verdicts(&self) -> Result<PairVerdicts, StoreError> {
        let mut statement = self.db.prepare("SELECT a, b, same FROM told")?;
        let rows = statement.query_map([], |r| {
            Ok((
                (r.get::<_, String>(0)?, r.get::<_, String>(1)?),
                r.get::<_, bool>(2)?,
            ))
        })?;
        let mut told = PairVerdicts::default();
        for (pair, same) in rows.flatten() {
            if same {
                told.same.insert(pair)
            } else {
                told.different.insert(pair)
            };
        }
        Ok(told)
    }

    /// Whether it holds no write.
    pub fn is_empty(&self) -> Result<bool, StoreError> {
        let any = "SELECT NOT EXISTS (SELECT 1 FROM write)";
        Ok(self.db.query_row(any, [], |r| r.get(0))?)
    }

    /// The last so many writes, oldest first.
    pub fn last(&self, most: usize) -> Result<Vec<Write>, StoreError> {
        let mut statement =
            self.db.prepare("SELECT key, data, state FROM (SELECT id, key, data, state FROM write ORDER BY id DESC LIMIT ?1) ORDER BY id")?;
        let rows = statement.query_map([most as i64], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A write as it is kept. A row that cannot be read hides none of the others: it comes as damaged, held back, with what
/// can be told of it, and with all of its text as its body.
fn read(row: &Row<'_>) -> rusqlite::Result<Write> {
    let column = |at| Ok::<_, rusqlite::Error>(text_of(row.get_ref(at)?));
    let (key, data, state) = (column(0)?, column(1)?, column(2)?);
    Ok(match serde_json::from_str::<Write>(&data) {
        Ok(write) => Write {
            state: state_found(&state),
            ..write
        },
        Err(_) => damaged(key, data),
    })
}

/// A value of any type as text: of a damaged row nothing is certain.
fn text_of(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Null => String::new(),
    }
}

fn damaged(key: String, data: String) -> Write {
    let found: Value = serde_json::from_str(&data).unwrap_or_default();
    let word = |name: &str| found[name].as_str().unwrap_or_default();
    let recorded = crate::domain::time::parse(word("recorded")).unwrap_or(Instant::UNIX_EPOCH);
    let what = match word("what") {
        "" => "a row that cannot be read".to_owned(),
        what => what.to_owned(),
    };
    let (method, path) = (word("method"), word("path").to_owned());
    Write {
        state: WriteState::Damaged,
        on_hold: true,
        ..Write::new(
            key,
            word("lane"),
            what,
            method,
            path,
            Value::from(data),
            recorded,
        )
    }
}

/// What version 1 kept, as version 2 keeps it.
const FROM_1: &str = "
    ALTER TABLE write RENAME TO write_1;
    CREATE TABLE write (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, lane TEXT NOT NULL, state TEXT NOT NULL, held INTEGER NOT NULL, data TEXT NOT NULL);
    INSERT INTO write (id, key, lane, state, held, data)
        SELECT id, key, incident, state, state IN ('waiting', 'sent', 'in_doubt'), json_object('key', key, 'lane', incident, 'what', what, 'method', method, 'path', path,
            'body', json(body), 'state', state, 'said', said, 'recorded', strftime('%Y-%m-%dT%H:%M:%SZ', recorded, 'unixepoch'),
            'look', CASE repeatable WHEN 1 THEN 'repeat' ELSE 'ask' END, 'held', json(CASE WHEN state IN ('waiting', 'sent', 'in_doubt') THEN 'true' ELSE 'false' END))
        FROM write_1;
    DROP TABLE write_1;";

#[cfg(test)]
mod tests;
