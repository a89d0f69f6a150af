//! What a daemon remembers from one round to the next: records by kind and key, in SQLite beside the journal. A step is
//! kept as a whole or not at all, and outlives a power cut.

use super::StoreError;
use super::file::{bring_up, connect};
use rusqlite::{Connection, Transaction, params};
use std::path::Path;

/// The schema this version writes.
const VERSION: i64 = 1;

/// The ledger.
pub struct Ledger {
    db: Connection,
}

/// One record that changes: its kind, its key, and what is kept of it; nothing where it is forgotten.
pub type Entry = (&'static str, String, Option<String>);

/// Something to be kept as a whole.
pub enum Keep {
    /// Records that change.
    Changes(Vec<Entry>),
    /// A record, where there is none of its kind under its key.
    New(&'static str, String, String),
}

fn change(step: &Transaction<'_>, changes: &[Entry]) -> Result<(), StoreError> {
    for (kind, key, data) in changes {
        match data {
            Some(data) => step
                .prepare_cached("INSERT INTO record (kind, key, data) VALUES (?1, ?2, ?3) ON CONFLICT (kind, key) DO UPDATE SET data = ?3")?
                .execute(params![kind, key, data])?,
            None => step
                .prepare_cached("DELETE FROM record WHERE kind = ?1 AND key = ?2")?
                .execute(params![kind, key])?,
        };
    }
    Ok(())
}

impl Ledger {
    /// A ledger that forgets.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::prepared(Connection::open_in_memory()?)
    }

    /// The ledger in a file, 0600 in a 0700 folder.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let db = connect(path, VERSION)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        Self::prepared(db)
    }

    fn prepared(db: Connection) -> Result<Self, StoreError> {
        bring_up(&db, VERSION, |db, _| {
            db.execute_batch(
                "CREATE TABLE IF NOT EXISTS record (kind TEXT NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;",
            )
        })?;
        Ok(Self { db })
    }

    /// Keeps all of this at once, in its order, and syncs it once; of each, whether there is anything new.
    pub fn keep(&mut self, all: &[Keep]) -> Result<Vec<bool>, StoreError> {
        let step = self.db.transaction()?;
        let news = all.iter().map(|keep| match keep {
            Keep::Changes(changes) => change(&step, changes).map(|()| !changes.is_empty()),
            Keep::New(kind, key, data) => Ok(step
                .prepare_cached(
                    "INSERT OR IGNORE INTO record (kind, key, data) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![kind, key, data])?
                > 0),
        });
        let news = news.collect::<Result<_, StoreError>>()?;
        step.commit()?;
        Ok(news)
    }

    /// Everything of a kind, by key.
    pub fn all(&self, kind: &str) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .db
            .prepare("SELECT data FROM record WHERE kind = ?1 ORDER BY key")?;
        let rows = statement.query_map([kind], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_there_after_a_start_and_what_was_forgotten_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state/bridge.db");
        let mut ledger = Ledger::open(&path).expect("a ledger");
        let one = |key: &str, data: &str| ("episode", key.to_owned(), Some(data.to_owned()));
        let first = vec![one("a", "1"), one("b", "2")];
        ledger.keep(&[Keep::Changes(first)]).expect("kept");
        let changes = vec![one("a", "3"), ("episode", "b".into(), None)];
        ledger.keep(&[Keep::Changes(changes)]).expect("kept");
        // What is kept at once counts in its order.
        let came = || Keep::New("webhook", "m".into(), "1".into());
        let news = ledger.keep(&[came(), came()]).expect("kept");
        assert_eq!(news, [true, false]);
        drop(ledger);
        let ledger = Ledger::open(&path).expect("a ledger");
        assert_eq!(ledger.all("episode").expect("records"), ["3"]);
        assert_eq!(ledger.all("incident").expect("records"), [""; 0]);
    }
}
