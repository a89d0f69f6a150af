//! What is kept locally, in SQLite: rows of the list, whole incidents, and answers worth opening on. Private incidents
//! are refused here, whoever asks. In memory where nothing may go to disk.

mod error;
mod file;
mod journal;
mod ledger;
mod packed;
pub mod segment;
mod upgrade;
mod words;

pub use error::StoreError;
pub(crate) use file::refuse_what_is_no_file;
pub use journal::{Journal, Rescued};
pub use ledger::{Entry, Keep, Ledger};

use crate::domain::{
    Finding, Incident, IncidentId, IncidentSummary, Instant, TimelineEntry, Visibility,
};
use file::{bring_up, connect, connect_to_read};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The schema this version writes.
const VERSION: i64 = 4;

/// The local store.
pub struct Store {
    db: Connection,
}

impl Store {
    /// A store that forgets.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepared(Connection::open_in_memory()?)
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
        Some(Self { db })
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
        Ok(store)
    }

    fn prepared(db: Connection) -> Result<Self, StoreError> {
        bring_up(&db, VERSION, |db, version| {
            db.execute_batch(
            "CREATE TABLE IF NOT EXISTS row (id TEXT PRIMARY KEY, open INTEGER NOT NULL, data TEXT NOT NULL);
             CREATE INDEX IF NOT EXISTS row_open ON row (open) WHERE open = 1;
             CREATE TABLE IF NOT EXISTS incident (id TEXT PRIMARY KEY, body TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS mark (kept INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
             CREATE TABLE IF NOT EXISTS blob (key TEXT PRIMARY KEY, saved INTEGER NOT NULL, body TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at INTEGER NOT NULL);"
            )?;
            upgrade::rows(db, version)
        })?;
        Ok(Self { db })
    }

    /// Keeps incidents; private ones are removed instead. Gives those that were kept before and no longer are.
    pub fn put_incidents(&mut self, incidents: &[Incident]) -> Result<Vec<IncidentId>, StoreError> {
        let mut forgotten = Vec::new();
        let tx = self.db.transaction()?;
        {
            let mut row = tx.prepare_cached(
                "INSERT INTO row (id, open, data) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET open = ?2, data = ?3",
            )?;
            let mut body = tx.prepare_cached(
                "INSERT INTO incident (id, body) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET body = ?2 WHERE body <> ?2",
            )?;
            let mut mark = tx.prepare_cached("INSERT OR REPLACE INTO mark (id) VALUES (?1)")?;
            for incident in incidents {
                if incident.row.visibility == Visibility::Private {
                    let id = &incident.row.id;
                    forgotten.extend(forget(&tx, id)?.then(|| id.clone()));
                    continue;
                }
                row.execute(params![
                    incident.row.id.as_str(),
                    incident.row.category.is_open(),
                    packed::write(&incident.row)
                ])?;
                let changed = body.execute(params![
                    incident.row.id.as_str(),
                    serde_json::to_string(incident).unwrap_or_default()
                ])?;
                if changed > 0 {
                    mark.execute([incident.row.id.as_str()])?;
                }
            }
        }
        tx.commit()?;
        if !forgotten.is_empty() {
            self.leave_no_trace()?;
        }
        Ok(forgotten)
    }

    /// Takes what was overwritten out of the log of writes, too, as far as nobody else reads there.
    fn leave_no_trace(&self) -> Result<(), StoreError> {
        self.db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Forgets an incident and all that was kept of it; whether anything was.
    pub fn forget(&mut self, id: &IncidentId) -> Result<bool, StoreError> {
        let tx = self.db.transaction()?;
        let known = forget(&tx, id)?;
        tx.commit()?;
        self.leave_no_trace()?;
        Ok(known)
    }

    /// Rows of the list: the open ones, or all.
    pub fn rows(&self, open_only: bool) -> Result<Vec<Arc<IncidentSummary>>, StoreError> {
        let sql = if open_only {
            "SELECT data FROM row WHERE open = 1"
        } else {
            "SELECT data FROM row"
        };
        self.read_rows(sql)
    }

    /// Rows of the incidents that were kept, or changed, last.
    pub fn recent_rows(&self, most: usize) -> Result<Vec<Arc<IncidentSummary>>, StoreError> {
        self.read_rows(&format!(
            "SELECT data FROM mark JOIN row USING (id) ORDER BY kept DESC LIMIT {most}"
        ))
    }

    fn read_rows(&self, sql: &str) -> Result<Vec<Arc<IncidentSummary>>, StoreError> {
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query([])?;
        let mut reader = packed::Reader::default();
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            out.extend(
                row.get_ref(0)?
                    .as_str()
                    .ok()
                    .and_then(|data| reader.read(data))
                    .map(Arc::new),
            );
        }
        Ok(out)
    }

    /// The reference of any incident that is kept: what all of them begin with.
    pub fn any_reference(&self) -> Result<Option<String>, StoreError> {
        let mut statement = self.db.prepare("SELECT data FROM row LIMIT 1")?;
        let mut rows = statement.query([])?;
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let data = row.get_ref(0)?.as_str().ok();
        let row = data.and_then(|data| packed::Reader::default().read(data));
        Ok(row.map(|row| row.reference.to_string()))
    }

    /// How many incidents are kept.
    pub fn count(&self) -> Result<usize, StoreError> {
        let counted = "SELECT count(*) FROM row";
        Ok(self.db.query_row(counted, [], |r| r.get::<_, i64>(0))? as usize)
    }

    /// Whole incidents that were kept, or changed, after some, in that order, and where it has come to.
    pub fn incidents_after(&self, mark: usize) -> Result<(Vec<Incident>, usize), StoreError> {
        let mut statement = self.db.prepare(
            "SELECT kept, body FROM mark JOIN incident USING (id) WHERE kept > ?1 ORDER BY kept",
        )?;
        let mut rows = statement.query([mark as i64])?;
        let (mut all, mut last) = (Vec::new(), mark);
        while let Some(row) = rows.next()? {
            last = row.get::<_, i64>(0)? as usize;
            let body: String = row.get(1)?;
            all.extend(serde_json::from_str(&body).ok());
        }
        Ok((all, last))
    }

    /// Whole incidents declared in a period, newest first.
    pub fn between(&self, from: Instant, to: Instant) -> Result<Vec<Incident>, StoreError> {
        let mut rows = self.rows(false)?;
        rows.retain(|row| row.created >= from && row.created <= to);
        rows.sort_by_key(|row| std::cmp::Reverse(row.created));
        let mut all = Vec::with_capacity(rows.len());
        for row in rows {
            // The row tells what a body kept beside it does not.
            let whole = self.incident(&row.id)?;
            all.extend(whole.map(|incident| Incident {
                row: (*row).clone(),
                ..incident
            }));
        }
        Ok(all)
    }

    /// One whole incident.
    pub fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, StoreError> {
        let body: Option<String> = self
            .db
            .query_row(
                "SELECT body FROM incident WHERE id = ?1",
                [id.as_str()],
                |r| r.get(0),
            )
            .optional()?;
        Ok(body.and_then(|body| serde_json::from_str(&body).ok()))
    }

    /// Keeps an answer under a key.
    pub fn put_blob<T: Serialize>(
        &self,
        key: &str,
        now: Instant,
        value: &T,
    ) -> Result<(), StoreError> {
        let body = serde_json::to_string(value).unwrap_or_default();
        self.db.execute(
            "INSERT INTO blob (key, saved, body) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET saved = ?2, body = ?3",
            params![key, now.timestamp(), body],
        )?;
        Ok(())
    }

    /// Where the order in which incidents were kept or changed has come to.
    pub fn last_mark(&self) -> Result<usize, StoreError> {
        let last = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'mark'";
        Ok(self.db.query_row(last, [], |r| r.get::<_, i64>(0))? as usize)
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
            "DELETE FROM row; DELETE FROM incident; DELETE FROM mark; DELETE FROM blob; DELETE FROM seen;",
        )?;
        Ok(())
    }
}

/// Removes everything of an incident; true where something was there.
fn forget(db: &Connection, id: &IncidentId) -> Result<bool, StoreError> {
    let mut removed = 0;
    for table in ["row", "incident", "mark", "seen"] {
        removed += db.execute(&format!("DELETE FROM {table} WHERE id = ?1"), [id.as_str()])?;
    }
    for key in [timeline_key(id), finding_key(id)] {
        removed += db.execute("DELETE FROM blob WHERE key = ?1", [key])?;
    }
    Ok(removed > 0)
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
    use crate::domain::{Mode, StatusCategory};
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
