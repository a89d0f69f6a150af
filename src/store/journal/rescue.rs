//! What can be read of a damaged journal is taken over into a new one. The damaged one stays beside it, whole.

use super::{Journal, StoreError, read};
use crate::domain::text;
use crate::domain::{Instant, Write, WriteState};
use rusqlite::{Connection, OpenFlags, Row, params};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files that belong to the journal's own.
const BESIDE: [&str; 3] = ["", "-wal", "-shm"];

/// What became of a damaged journal.
#[derive(Debug, Default, serde::Serialize)]
pub struct Rescued {
    /// Writes that could be read.
    pub read: usize,
    /// Those of them that are not settled; they are held until a person has looked.
    pub held: usize,
    /// Rows that are there and cannot be read.
    pub unreadable: usize,
    /// Part of the file is damaged: more may have been in it than was counted.
    pub broken: bool,
    /// Where the damaged journal is now.
    pub aside: PathBuf,
}

impl Rescued {
    /// What a person has to know of it.
    pub fn lines(&self) -> [String; 4] {
        let more = match self.broken {
            true => {
                " Part of the file is damaged: more may have been in it. The audit log beside it has a line for each answer."
            }
            false => "",
        };
        [
            format!(
                "The old journal is {}. A new one has what could be read of it:",
                self.aside.display()
            ),
            format!(
                "{}; {} held until you have looked, since not settled.",
                text::counted(self.read, "write", "writes"),
                text::counted(self.held, "is", "are")
            ),
            format!(
                "{} could not be read.{more}",
                text::counted(self.unreadable, "row", "rows")
            ),
            "`hotseat journal list` shows what is held, `hotseat journal retry KEY` sends it. Start consoles that are open again.".into(),
        ]
    }
}

impl Journal {
    /// Sets a journal aside and begins a new one with what can be read of it.
    pub fn rescue(path: &Path, now: Instant) -> Result<Rescued, StoreError> {
        let found = Found::read(path);
        let stamp = now.format("%Y%m%dT%H%M%S");
        let aside = path.with_extension(format!("damaged-{stamp}.db"));
        for more in BESIDE {
            let (from, to) = (with_suffix(path, more), with_suffix(&aside, more));
            if from.symlink_metadata().is_ok() {
                std::fs::rename(&from, to).map_err(|e| StoreError::Io(from, e))?;
            }
        }
        let journal = Self::open(path)?;
        let mut rescued = found.keep(&journal)?;
        rescued.aside = aside;
        Ok(rescued)
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What could be read: writes by their place, texts that were begun, what was said of pairs.
#[derive(Default)]
struct Found {
    writes: BTreeMap<i64, Write>,
    drafts: Vec<(String, String)>,
    told: Vec<(String, String, bool)>,
    broken: bool,
}

impl Found {
    /// Reads all that can be read; of a file that is no database that is nothing.
    fn read(path: &Path) -> Self {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut found = Self {
            broken: true,
            ..Self::default()
        };
        if !path.is_file() {
            return found;
        }
        let Ok(db) = Connection::open_with_flags(path, flags) else {
            return found;
        };
        // From both ends: a page that is broken stands between what comes before and what comes after it.
        for order in ["ASC", "DESC"] {
            let sql = format!("SELECT key, data, state, id FROM write ORDER BY id {order}");
            let rows = rows(&db, &sql, |row| Ok((row.get(3)?, read(row)?)));
            found.writes.extend(rows);
        }
        found.drafts = rows(&db, "SELECT key, data FROM draft", |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
        let sound = |row: &Row<'_>| row.get::<_, String>(0);
        let check = db.query_row("PRAGMA quick_check(1)", [], sound);
        found.broken = !check.is_ok_and(|said| said == "ok");
        found.told = rows(&db, "SELECT a, b, same FROM told", |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        });
        found
    }

    fn keep(self, journal: &Journal) -> Result<Rescued, StoreError> {
        let mut rescued = Rescued {
            broken: self.broken,
            ..Rescued::default()
        };
        let all = journal.db.unchecked_transaction()?;
        for mut write in self.writes.into_values() {
            if write.state == WriteState::Damaged {
                rescued.unreadable += 1;
                continue;
            }
            rescued.read += 1;
            if !write.state.is_settled() {
                rescued.held += 1;
                write.on_hold = true;
            }
            journal.record_in(&write)?;
        }
        for (key, data) in self.drafts {
            let sql = "INSERT OR IGNORE INTO draft (key, data) VALUES (?1, ?2)";
            journal.db.execute(sql, params![key, data])?;
        }
        for (a, b, same) in self.told {
            journal.rate_pair(&(a, b), same)?;
        }
        all.commit()?;
        Ok(rescued)
    }
}

/// Rows until the first that the database cannot give.
fn rows<T>(
    db: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let Ok(mut statement) = db.prepare(sql) else {
        return Vec::new();
    };
    let rows = statement.query_map([], read);
    rows.map_or_else(|_| Vec::new(), |rows| rows.map_while(Result::ok).collect())
}
