//! What is kept locally, in SQLite: rows of the list, whole incidents, and answers worth opening on. Private incidents
//! are refused here, whoever asks. In memory where nothing may go to disk.

mod bodies;
mod error;
mod file;
mod incidents;
mod journal;
mod ledger;
mod packed;
mod post_mortems;
mod said;
pub mod segment;
mod skeleton;
mod upgrade;
mod words;

pub use error::StoreError;
pub(crate) use file::refuse_what_is_no_file;
pub use journal::{Journal, Rescued};
pub use ledger::{Entry, Keep, Ledger};
pub use said::Said;

use crate::domain::{Finding, IncidentId, Instant, TimelineEntry};
use bodies::Packer;
use file::{AGAIN, bring_up, connect, connect_to_read};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The schema this version writes.
const VERSION: i64 = 5;

/// Pages that nothing lies in from which a file is made smaller: a megabyte.
const UNUSED: i64 = 256;

/// Pages that are copied into memory before another program may write again.
const COPIED: i32 = 1_024;

/// Rows are numbered in the order in which their incidents were kept or changed. A row and the body beside it are written
/// together: the body cannot be read without the row.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS row (
        n INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        open INTEGER NOT NULL,
        created INTEGER NOT NULL,
        data TEXT NOT NULL
    );
    CREATE INDEX IF NOT EXISTS row_open ON row (open) WHERE open = 1;
    CREATE INDEX IF NOT EXISTS row_created ON row (created DESC);
    CREATE TABLE IF NOT EXISTS incident (n INTEGER PRIMARY KEY, body BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS skeleton (n INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS blob (key TEXT PRIMARY KEY, saved INTEGER NOT NULL, body TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at INTEGER NOT NULL);
";

/// The local store.
pub struct Store {
    db: Connection,
    packer: Packer,
    /// Incidents that were private, and when that was said last.
    private: HashMap<IncidentId, Instant>,
}

impl Store {
    /// A store that forgets.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepared(Connection::open_in_memory()?)
    }

    /// Goes on in memory with all that was kept so far, and leaves the file as it lies there: it cannot be written to.
    pub fn leave_disk(&mut self) -> Result<(), StoreError> {
        let mut memory = Connection::open_in_memory()?;
        Backup::new(&self.db, &mut memory)?.run_to_completion(COPIED, AGAIN, None)?;
        self.db = memory;
        self.packer = Packer::new();
        Ok(())
    }

    /// Whether it lies in a file.
    pub fn is_on_disk(&self) -> bool {
        self.db.path().is_some_and(|path| !path.is_empty())
    }

    /// The store in a file, made with 0600 in a 0700 folder. A damaged one is set aside and a new one begun: the
    /// sentence comes beside the store.
    pub fn open(path: &Path) -> Result<(Self, Option<StoreError>), StoreError> {
        let io = |e| StoreError::Io(path.to_owned(), e);
        match Self::open_file(path) {
            Ok(store) => Ok((store, None)),
            Err(e) if e.is_damage() => {
                let aside = path.with_extension("damaged");
                fs::rename(path, &aside).map_err(io)?;
                for extra in ["db-wal", "db-shm"] {
                    let _ = fs::remove_file(path.with_extension(extra));
                }
                Ok((Self::open_file(path)?, Some(StoreError::SetAside(aside))))
            }
            Err(e) => Err(e),
        }
    }

    /// The store in a file as it lies there: nothing is made, brought up, set aside or waited for. None where it is not
    /// there, cannot be read at once, or is of another version.
    pub fn read_only(path: &Path) -> Option<Self> {
        let db = connect_to_read(path, VERSION).ok()??;
        Some(Self::on(db))
    }

    fn open_file(path: &Path) -> Result<Self, StoreError> {
        let db = connect(path, VERSION)?;
        db.pragma_update(None, "synchronous", "NORMAL")?;
        // What is forgotten is overwritten: it may have turned private.
        db.pragma_update(None, "secure_delete", true)?;
        let store = Self::prepared(db)?;
        // Reads a page of each table, so that a file cut in half is found now and not in the middle of the night.
        store.db.query_row(
            "SELECT count(*) FROM (SELECT id FROM row LIMIT 1) , (SELECT count(*) FROM blob)",
            [],
            |_| Ok(()),
        )?;
        store.give_back();
        Ok(store)
    }

    /// Gives pages that are not needed any more back to the disk, where they are most of the file and nobody else uses it
    /// now; else the next program does.
    fn give_back(&self) {
        let count = |pragma: &str| -> i64 {
            let counted = self.db.pragma_query_value(None, pragma, |r| r.get(0));
            counted.unwrap_or_default()
        };
        let unused = count("freelist_count");
        if unused < UNUSED || unused * 2 < count("page_count") {
            return;
        }
        let given = self
            .db
            .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
        given.unwrap_or_else(|e| tracing::warn!("the cache stays larger than it need be: {e}"));
    }

    fn prepared(db: Connection) -> Result<Self, StoreError> {
        bring_up(&db, VERSION, |db, version| {
            let is_older = (1..VERSION).contains(&version);
            if is_older {
                upgrade::before(db, version)?;
            }
            db.execute_batch(SCHEMA)?;
            if is_older {
                upgrade::take_over(db)?;
            }
            Ok::<_, StoreError>(())
        })?;
        Ok(Self::on(db))
    }

    fn on(db: Connection) -> Self {
        Self {
            db,
            packer: Packer::new(),
            private: HashMap::new(),
        }
    }

    /// Keeps an answer under a key.
    pub fn put_blob<T: Serialize>(
        &self,
        key: &str,
        now: Instant,
        value: &T,
    ) -> Result<(), StoreError> {
        put_blob(&self.db, key, now, value)
    }

    /// Forgets an answer.
    pub fn drop_blob(&self, key: &str) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM blob WHERE key = ?1", [key])?;
        Ok(())
    }

    /// An answer that was kept, with when.
    pub fn blob<T: DeserializeOwned>(&self, key: &str) -> Result<Option<(T, Instant)>, StoreError> {
        let found: Option<(i64, String)> = self
            .db
            .query_row("SELECT saved, body FROM blob WHERE key = ?1", [key], |r| {
                Ok((r.get(0)?, r.get(1)?))
            })
            .optional()?;
        Ok(found.and_then(|(saved, body)| {
            Some((
                serde_json::from_str(&body).ok()?,
                chrono::DateTime::from_timestamp(saved, 0)?,
            ))
        }))
    }

    /// Keeps an incident's timeline.
    pub fn put_timeline(
        &self,
        id: &IncidentId,
        now: Instant,
        items: &[TimelineEntry],
    ) -> Result<(), StoreError> {
        self.put_blob(&timeline_key(id), now, &items)
    }

    /// An incident's timeline as it was kept.
    pub fn timeline(&self, id: &IncidentId) -> Result<Option<Vec<TimelineEntry>>, StoreError> {
        Ok(self.blob(&timeline_key(id))?.map(|(items, _)| items))
    }

    /// Keeps what an investigation found.
    pub fn put_finding(
        &self,
        id: &IncidentId,
        now: Instant,
        finding: &Finding,
    ) -> Result<(), StoreError> {
        self.put_blob(&finding_key(id), now, finding)
    }

    /// What an investigation found last.
    pub fn finding(&self, id: &IncidentId) -> Result<Option<Finding>, StoreError> {
        Ok(self.blob(&finding_key(id))?.map(|(finding, _)| finding))
    }

    /// When the user last looked at an incident.
    pub fn seen(&self, id: &IncidentId) -> Result<Option<Instant>, StoreError> {
        let at: Option<i64> = self
            .db
            .query_row("SELECT at FROM seen WHERE id = ?1", [id.as_str()], |r| {
                r.get(0)
            })
            .optional()?;
        Ok(at.and_then(|at| chrono::DateTime::from_timestamp(at, 0)))
    }

    /// Remembers that the user looked at an incident.
    pub fn set_seen(&self, id: &IncidentId, at: Instant) -> Result<(), StoreError> {
        self.db.execute(
            "INSERT INTO seen (id, at) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET at = ?2",
            params![id.as_str(), at.timestamp()],
        )?;
        Ok(())
    }

    /// Forgets everything: another key may see other things.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.db.execute_batch(
            "DELETE FROM row; DELETE FROM incident; DELETE FROM skeleton; DELETE FROM blob; DELETE FROM seen;",
        )?;
        Ok(())
    }
}

fn put_blob<T: Serialize>(
    db: &Connection,
    key: &str,
    now: Instant,
    value: &T,
) -> Result<(), StoreError> {
    let body = serde_json::to_string(value).unwrap_or_default();
    let mut put = db.prepare_cached(
        "INSERT INTO blob (key, saved, body) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET saved = ?2, body = ?3",
    )?;
    put.execute(params![key, now.timestamp(), body])?;
    Ok(())
}

/// Where an incident's timeline is kept.
fn timeline_key(id: &IncidentId) -> String {
    format!("lane {id}")
}

/// Where what an investigation found last is kept.
fn finding_key(id: &IncidentId) -> String {
    format!("finding {id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Incident, IncidentSummary, Mode, StatusCategory, Visibility};
    use std::os::unix::fs::PermissionsExt;

    fn incident(id: &str, visibility: Visibility) -> Incident {
        let at = crate::domain::time::parse("2026-11-20T14:36:00Z").expect("a time");
        let row = IncidentSummary {
            id: id.into(),
            reference: "INC-1".into(),
            name: "Ünïcode \u{1f} name".into(),
            severity: Some("Gale".into()),
            rank: 3,
            status: "Fixing".into(),
            category: StatusCategory::Live,
            lead: None,
            service: Some("cart".into()),
            teams: None,
            people: Some("U1 U2".into()),
            visibility,
            mode: Mode::Test,
            kind: None,
            roles: None,
            created: at,
            updated: at,
            active: at,
        };
        crate::domain::sample::incident(row)
    }

    #[test]
    fn what_is_kept_is_read_back_and_private_incidents_are_not_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("hotseat").join("cache.db");
        let (mut store, notice) = Store::open(&path).expect("a store");
        assert!(notice.is_none());
        let public = incident("01A", Visibility::Public);
        store
            .put_incidents(&[public.clone(), incident("01SECRET", Visibility::Private)])
            .expect("kept");
        assert_eq!(
            store.incident(&"01A".into()).expect("read"),
            Some(public.clone())
        );
        let rows = store.rows(true).expect("read");
        assert_eq!(
            rows.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(),
            ["01A"]
        );
        assert_eq!(
            rows[0].name.as_ref(),
            "Ünïcode   name",
            "only the separator is lost"
        );
        assert_eq!(
            (rows[0].lead.clone(), rows[0].mode, rows[0].created),
            (None, Mode::Test, public.row.created)
        );
        store
            .put_incidents(&[incident("01A", Visibility::Private)])
            .expect("kept");
        assert!(
            store.rows(false).expect("read").is_empty(),
            "an incident that turns private leaves the disk"
        );
        drop(store);
        for file in std::fs::read_dir(path.parent().expect("a folder"))
            .expect("a folder")
            .flatten()
        {
            assert_eq!(
                file.metadata().expect("meta").permissions().mode() & 0o077,
                0,
                "{file:?}"
            );
            assert!(
                !String::from_utf8_lossy(&std::fs::read(file.path()).expect("bytes"))
                    .contains("01SECRET")
            );
        }
    }

    #[test]
    fn an_answer_that_was_under_way_while_an_incident_turned_private_is_not_kept() {
        let mut store = Store::in_memory().expect("a store");
        let before = incident("01A", Visibility::Public);
        let at = |seconds: i64, visibility| {
            let mut incident = incident("01A", visibility);
            incident.row.updated += chrono::Duration::seconds(seconds);
            incident
        };
        let mut kept_after = |told: Incident| {
            store.put_incidents(&[told]).expect("kept");
            store.count().expect("counted")
        };
        assert_eq!(kept_after(at(1, Visibility::Private)), 0);
        assert_eq!(kept_after(before), 0, "it is older than what is known");
        assert_eq!(
            kept_after(at(2, Visibility::Public)),
            1,
            "it is public again"
        );
    }

    #[test]
    fn a_store_that_leaves_the_disk_has_all_of_it_and_writes_there_no_more() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("cache.db");
        let (mut store, _) = Store::open(&path).expect("a store");
        let kept = [incident("01A", Visibility::Public)];
        store.put_incidents(&kept).expect("kept");
        assert!(store.is_on_disk());
        store.leave_disk().expect("it is copied");
        assert!(!store.is_on_disk());
        let new = [incident("01B", Visibility::Public)];
        store.put_incidents(&new).expect("kept");
        for incident in kept.iter().chain(&new) {
            let found = store.incident(&incident.row.id).expect("read");
            assert_eq!(found.as_ref(), Some(incident));
        }
        let (file, _) = Store::open(&path).expect("a store");
        assert_eq!(file.count().expect("counted"), 1);
    }

    #[test]
    fn a_newer_or_a_damaged_cache_is_told_in_a_sentence() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("cache.db");
        drop(Store::open(&path).expect("a store"));
        Connection::open(&path)
            .expect("opens")
            .pragma_update(None, "user_version", 99)
            .expect("set");
        assert!(
            Store::open(&path)
                .err()
                .expect("refused")
                .to_string()
                .contains("newer hotseat")
        );
        std::fs::write(&path, b"SQLite format 3\0 but cut in half").expect("written");
        let (store, notice) = Store::open(&path).expect("a fresh one");
        assert!(notice.expect("said").to_string().contains("set aside"));
        assert!(store.rows(false).expect("empty").is_empty());
    }

    #[test]
    fn only_a_damaged_cache_is_set_aside() {
        let failed = |code| {
            let code = rusqlite::ffi::Error::new(code);
            StoreError::from(rusqlite::Error::SqliteFailure(code, None))
        };
        use rusqlite::ffi;
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            assert!(failed(code).is_damage());
        }
        for code in [
            ffi::SQLITE_BUSY,
            ffi::SQLITE_LOCKED,
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR,
            ffi::SQLITE_READONLY,
            ffi::SQLITE_CANTOPEN,
        ] {
            assert!(!failed(code).is_damage(), "{}", failed(code));
        }
    }
}
