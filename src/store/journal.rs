//! The journal of writes: every request is on disk before it is sent, with its idempotency key, and marked when it is
//! answered. Nothing here is deleted; what belongs to a private incident is kept in memory alone.

use super::StoreError;
use crate::domain::{SavedForm, Write, WriteState};
use crate::similar::PairVerdicts;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The schema this version writes: 1 knew of a write only whether it may be repeated; 2 keeps all of it, and drafts.
const VERSION: i64 = 2;

/// The name a state has in the file.
fn state_name(state: WriteState) -> &'static str {
    match state {
        WriteState::Waiting => "waiting",
        WriteState::Sent => "sent",
        WriteState::InDoubt => "in_doubt",
        WriteState::Confirmed => "confirmed",
        WriteState::Refused => "refused",
        WriteState::GivenUp => "given_up",
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
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let io = |e| StoreError::Io(path.to_owned(), e);
        let dir = path.parent().unwrap_or(Path::new("."));
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(dir)
            .map_err(io)?;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700)).map_err(io)?;
        std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)
            .map_err(io)?;
        let db = Connection::open(path)?;
        db.busy_timeout(std::time::Duration::from_secs(5))?;
        let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        if version > VERSION {
            return Err(StoreError::Newer(path.to_owned(), version));
        }
        db.pragma_update(None, "journal_mode", "WAL")?;
        // Each record must outlive a power cut.
        db.pragma_update(None, "synchronous", "FULL")?;
        Self::prepared(db)
    }

    fn prepared(db: Connection) -> Result<Self, StoreError> {
        let version: i64 = db.query_row("PRAGMA user_version", [], |r| r.get(0))?;
        db.execute_batch("BEGIN IMMEDIATE;")?;
        if version == 1 {
            db.execute_batch(FROM_1)?;
        }
        db.execute_batch(&format!(
            "CREATE TABLE IF NOT EXISTS write (
                id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, lane TEXT NOT NULL, state TEXT NOT NULL, held INTEGER NOT NULL,
                data TEXT NOT NULL);
             CREATE INDEX IF NOT EXISTS write_open ON write (lane) WHERE state IN ('waiting', 'sent', 'in_doubt');
             CREATE TABLE IF NOT EXISTS told (a TEXT NOT NULL, b TEXT NOT NULL, same INTEGER NOT NULL, PRIMARY KEY (a, b));
             CREATE TABLE IF NOT EXISTS draft (key TEXT PRIMARY KEY, data TEXT NOT NULL);
             PRAGMA user_version = {VERSION};
             COMMIT;"
        ))?;
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
        if let Some(known) = self.find(&write.key)? {
            if !matches!(known.state, WriteState::Refused | WriteState::GivenUp) {
                return Ok(Some(known));
            }
            self.db
                .execute("DELETE FROM write WHERE key = ?1", [&write.key])?;
        }
        self.db.execute(
            "INSERT INTO write (key, lane, state, held, data) VALUES (?1, ?2, ?3, ?4, ?5)",
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
            .query_row("SELECT data, state FROM write WHERE key = ?1", [key], read)
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
            "SELECT data, state FROM write WHERE state IN ('waiting', 'sent', 'in_doubt') AND (?1 IS NULL OR lane = ?1) ORDER BY id",
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

    /// The last so many writes, oldest first.
    pub fn last(&self, most: usize) -> Result<Vec<Write>, StoreError> {
        let mut statement =
            self.db.prepare("SELECT data, state FROM (SELECT id, data, state FROM write ORDER BY id DESC LIMIT ?1) ORDER BY id")?;
        let rows = statement.query_map([most as i64], read)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// A write as it is kept.
fn read(row: &Row<'_>) -> rusqlite::Result<Write> {
    let (data, state): (String, String) = (row.get(0)?, row.get(1)?);
    let mut write: Write = serde_json::from_str(&data).map_err(|e| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e))
    })?;
    write.state = state_found(&state);
    Ok(write)
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
mod tests {
    use super::*;
    use crate::domain::{FieldId, Instant, Verification, WriteKind, WriteOrigin};

    fn write(key: &str) -> Write {
        let now = Instant::from_timestamp(1_800_000_000, 0).expect("a time");
        Write::new(
            key.into(),
            "01",
            "note".into(),
            "POST",
            "/v2/incident_timeline_items".into(),
            serde_json::json!({"title": "x"}),
            now,
        )
    }

    #[test]
    fn a_write_is_recorded_once_and_survives_a_crash_as_in_doubt() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("journal.db");
        let journal = Journal::open(&path).expect("a journal");
        assert_eq!(journal.record(&write("k1")).expect("recorded"), None);
        journal
            .keep(&Write {
                state: WriteState::Sent,
                ..write("k1")
            })
            .expect("kept");
        drop(journal);
        let journal = Journal::open(&path).expect("a journal");
        let known = journal
            .record(&write("k1"))
            .expect("looked up")
            .expect("known");
        assert_eq!(
            (known.state, journal.last(9).expect("all").len()),
            (WriteState::InDoubt, 1)
        );
        let mode = std::fs::metadata(&path)
            .expect("a file")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_was_refused_may_be_tried_again_and_stands_last() {
        let journal = Journal::in_memory().expect("a journal");
        for key in ["a", "b"] {
            journal.record(&write(key)).expect("recorded");
        }
        journal
            .keep(&Write {
                state: WriteState::Refused,
                ..write("a")
            })
            .expect("kept");
        assert_eq!(journal.record(&write("a")).expect("recorded"), None);
        let order: Vec<String> = journal
            .open_of(Some("01"))
            .expect("open")
            .into_iter()
            .map(|w| w.key)
            .collect();
        assert_eq!(order, ["b", "a"]);
    }

    #[test]
    fn a_journal_of_the_first_version_is_taken_over_and_what_was_open_is_held() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("journal.db");
        let old = Connection::open(&path).expect("opens");
        old.execute_batch(
            "CREATE TABLE write (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, incident TEXT NOT NULL, what TEXT NOT NULL, method TEXT NOT NULL,
                path TEXT NOT NULL, body TEXT NOT NULL, repeatable INTEGER NOT NULL, state TEXT NOT NULL, said TEXT NOT NULL, recorded INTEGER NOT NULL);
             INSERT INTO write VALUES (1, 'k1', '01', 'note', 'POST', '/v2/x', '{\"a\":1}', 1, 'sent', '', 1800000000);
             PRAGMA user_version = 1;",
        )
        .expect("an old journal");
        drop(old);
        let journal = Journal::open(&path).expect("a journal");
        let open = journal.open_of(None).expect("open");
        assert_eq!(
            (
                open[0].verification.clone(),
                open[0].on_hold,
                open[0].body["a"].as_i64()
            ),
            (Verification::Repeat, true, Some(1))
        );
    }

    #[test]
    fn rows_that_files_hold_are_read_by_the_names_of_their_states_and_kinds() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("journal.db");
        let journal = Journal::open(&path).expect("a journal");
        // Literal rows of earlier versions: without a kind, with one, of an undo, and of a kind that is not known here.
        let cases = [
            (
                "waiting",
                r#""kind":"incident.edit""#,
                WriteState::Waiting,
                WriteKind::Edit.into(),
            ),
            (
                "sent",
                r#""kind":"undo""#,
                WriteState::InDoubt,
                WriteOrigin::Undo,
            ),
            (
                "in_doubt",
                r#""kind":"draft""#,
                WriteState::InDoubt,
                WriteOrigin::Draft,
            ),
            (
                "confirmed",
                r#""kind":"""#,
                WriteState::Confirmed,
                WriteOrigin::Unnamed,
            ),
            (
                "refused",
                r#""said":"no""#,
                WriteState::Refused,
                WriteOrigin::Unnamed,
            ),
            (
                "given_up",
                r#""kind":"from.tomorrow""#,
                WriteState::GivenUp,
                WriteOrigin::Unnamed,
            ),
            (
                "unheard_of",
                r#""kind":"local.note""#,
                WriteState::InDoubt,
                WriteKind::LocalNote.into(),
            ),
        ];
        for (state, more, found, kind) in cases {
            let said = if more.contains("said") {
                ""
            } else {
                r#""said":"","#
            };
            let data = format!(
                r#"{{"key":"{state}","lane":"01","what":"w","method":"POST","path":"/v2/x","body":null,"state":"waiting",{said}"recorded":"2027-01-15T08:00:00Z",
                    "guard":{{"of":"incident","id":"01","expects":[{{"key":"role 01R","label":"Lead","value":""}}]}},{more}}}"#
            );
            journal
                .db
                .execute(
                    "INSERT INTO write (key, lane, state, held, data) VALUES (?1, '01', ?1, 0, ?2)",
                    params![state, data],
                )
                .expect("a row");
            let write = journal.find(state).expect("read").expect("there");
            assert_eq!((write.state, write.kind), (found, kind), "{state}");
            let guard = write.guard.as_ref().expect("a guard");
            assert_eq!(guard.expects[0].key, FieldId::Role("01R".into()));
            journal.keep(&write).expect("kept");
            let name: String = journal
                .db
                .query_row("SELECT state FROM write WHERE key = ?1", [state], |r| {
                    r.get(0)
                })
                .expect("a state");
            let expected = if found == WriteState::InDoubt {
                "in_doubt"
            } else {
                state
            };
            assert_eq!(name, expected);
        }
    }

    #[test]
    fn a_text_that_an_earlier_version_kept_is_read() {
        let journal = Journal::in_memory().expect("a journal");
        let data = r#"{"key":"incident.edit 01","values":[["message",["Rolling back"]],["field 01F",["a","b"]]],"at":"2027-01-15T08:00:00Z"}"#;
        journal
            .db
            .execute(
                "INSERT INTO draft (key, data) VALUES ('incident.edit 01', ?1)",
                [data],
            )
            .expect("a row");
        let kept = journal.drafts().expect("read");
        let fields: Vec<&FieldId> = kept[0].values.iter().map(|(id, _)| id).collect();
        assert_eq!(
            fields,
            [&FieldId::from("message"), &FieldId::Custom("01F".into())]
        );
        assert_eq!(serde_json::to_string(&kept[0]).expect("a text"), data);
    }
}
