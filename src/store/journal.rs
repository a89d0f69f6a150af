//! The journal of writes: every request is on disk before it is sent, with its idempotency key, and marked when it is
//! answered. Nothing here is deleted; what belongs to a private incident is kept in memory alone.

use super::StoreError;
use crate::domain::Instant;
use crate::similar::Told;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::Value;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The schema this version writes.
const VERSION: i64 = 1;

/// How far a write is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteState {
    /// Recorded, not sent.
    Waiting,
    /// On its way; after a crash this means in doubt.
    Sent,
    /// Sent, and no answer came: it may have happened.
    InDoubt,
    /// Answered with yes.
    Confirmed,
    /// Answered with no.
    Refused,
}

impl WriteState {
    fn parse(raw: &str) -> Self {
        match raw {
            "waiting" => Self::Waiting,
            "confirmed" => Self::Confirmed,
            "refused" => Self::Refused,
            _ => Self::InDoubt,
        }
    }

    fn word(self) -> &'static str {
        ["waiting", "sent", "in_doubt", "confirmed", "refused"][self as usize]
    }
}

/// One write.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Write {
    /// The idempotency key; the same key is the same write.
    pub key: String,
    /// The incident it belongs to.
    pub incident: String,
    /// What it does, in words.
    pub what: String,
    /// `POST`, …
    pub method: String,
    /// The path, or `slack` for a message to Slack.
    pub path: String,
    /// The exact body.
    pub body: Value,
    /// Whether a repeat is recognised by the server.
    pub repeatable: bool,
    /// How far it is.
    pub state: WriteState,
    /// What was answered, where that was not yes.
    pub said: String,
    /// When it was recorded.
    pub recorded: Instant,
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
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let io = |e| StoreError::Io(path.to_owned(), e);
        let dir = path.parent().unwrap_or(Path::new("."));
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(io)?;
        std::fs::OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map_err(io)?;
        let db = Connection::open(path)?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        if version > VERSION {
            return Err(StoreError::Newer(path.to_owned(), version));
        }
        db.pragma_update(None, "journal_mode", "WAL")?;
        // Each record must outlive a power cut.
        db.pragma_update(None, "synchronous", "FULL")?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        Self::prepared(db)
    }

    fn prepared(db: Connection) -> Result<Self, StoreError> {
        db.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS write (
                id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, incident TEXT NOT NULL, what TEXT NOT NULL, method TEXT NOT NULL,
                path TEXT NOT NULL, body TEXT NOT NULL, repeatable INTEGER NOT NULL, state TEXT NOT NULL, said TEXT NOT NULL,
                recorded INTEGER NOT NULL);
             CREATE TABLE IF NOT EXISTS told (a TEXT NOT NULL, b TEXT NOT NULL, same INTEGER NOT NULL, PRIMARY KEY (a, b));
             PRAGMA user_version = {VERSION};"
        ))?;
        Ok(Self { db })
    }

    /// Records a write, or gives the one that already has its key.
    pub fn record(&self, write: &Write) -> Result<Option<Write>, StoreError> {
        let inserted = self.db.execute(
            "INSERT OR IGNORE INTO write (key, incident, what, method, path, body, repeatable, state, said, recorded) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![write.key, write.incident, write.what, write.method, write.path, write.body.to_string(), write.repeatable, write.state.word(), write.said, write.recorded.timestamp()],
        )?;
        if inserted == 1 { Ok(None) } else { self.find(&write.key) }
    }

    /// The write with a key.
    pub fn find(&self, key: &str) -> Result<Option<Write>, StoreError> {
        Ok(self.db.query_row("SELECT * FROM write WHERE key = ?1", [key], read).optional()?)
    }

    /// Marks how far a write is.
    pub fn mark(&self, key: &str, state: WriteState, said: &str) -> Result<(), StoreError> {
        self.db.execute("UPDATE write SET state = ?2, said = ?3 WHERE key = ?1", params![key, state.word(), said])?;
        Ok(())
    }

    /// Remembers what somebody said of two incidents: the same cause, or not alike.
    pub fn tell(&self, (a, b): &(String, String), same: bool) -> Result<(), StoreError> {
        self.db
            .execute("INSERT INTO told (a, b, same) VALUES (?1, ?2, ?3) ON CONFLICT (a, b) DO UPDATE SET same = ?3", params![a, b, same])?;
        Ok(())
    }

    /// Everything that was said of pairs.
    pub fn told(&self) -> Result<Told, StoreError> {
        let mut statement = self.db.prepare("SELECT a, b, same FROM told")?;
        let rows = statement.query_map([], |r| Ok(((r.get::<_, String>(0)?, r.get::<_, String>(1)?), r.get::<_, bool>(2)?)))?;
        let mut told = Told::default();
        for row in rows {
            let (pair, same) = row?;
            if same {
                told.same.insert(pair)
            } else {
                told.different.insert(pair)
            };
        }
        Ok(told)
    }

    /// Every write, oldest first.
    pub fn all(&self) -> Result<Vec<Write>, StoreError> {
        let mut statement = self.db.prepare("SELECT * FROM write ORDER BY id")?;
        let rows = statement.query_map([], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Write> {
    let (body, state): (String, String) = (row.get("body")?, row.get("state")?);
    Ok(Write {
        key: row.get("key")?,
        incident: row.get("incident")?,
        what: row.get("what")?,
        method: row.get("method")?,
        path: row.get("path")?,
        body: serde_json::from_str(&body).unwrap_or_default(),
        repeatable: row.get("repeatable")?,
        state: WriteState::parse(&state),
        said: row.get("said")?,
        recorded: Instant::from_timestamp(row.get("recorded")?, 0).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_recorded_once_and_survives_a_crash_as_in_doubt() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("journal.db");
        let write = Write {
            key: "k1".into(),
            incident: "01".into(),
            what: "note".into(),
            method: "POST".into(),
            path: "/v2/incident_timeline_items".into(),
            body: serde_json::json!({"title": "x"}),
            repeatable: true,
            state: WriteState::Waiting,
            said: String::new(),
            recorded: Instant::from_timestamp(1_800_000_000, 0).expect("a time"),
        };
        let journal = Journal::open(&path).expect("a journal");
        assert_eq!(journal.record(&write).expect("recorded"), None);
        journal.mark("k1", WriteState::Sent, "").expect("marked");
        drop(journal);
        let journal = Journal::open(&path).expect("a journal");
        let known = journal.record(&write).expect("looked up").expect("known");
        assert_eq!((known.state, journal.all().expect("all").len()), (WriteState::InDoubt, 1));
        let mode = std::fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
