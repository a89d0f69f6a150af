//! Incidents in the store: a row of each for the list, and beside it the whole of it, packed.

use super::bodies::{Packer, Unpacker};
use super::{Store, StoreError, finding_key, packed, post_mortems, said, timeline_key};
use crate::domain::{Incident, IncidentId, IncidentSummary, Instant, Visibility};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// Incidents that are read ahead of being taken apart.
const AHEAD: usize = 64;

/// A row as it lies in the store, and the body beside it.
pub(super) struct Kept {
    pub n: i64,
    /// The row with its id.
    pub line: String,
    pub body: Vec<u8>,
}

impl Kept {
    /// Of a question for these columns, in this order.
    pub(super) const COLUMNS: &str = "row.n, row.id, row.data, incident.body";

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            n: row.get(0)?,
            line: line(row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?),
            body: row.get(3)?,
        })
    }
}

impl Store {
    /// Keeps incidents; private ones are removed instead, and so is what an answer says of one that was under way while it
    /// turned private. Gives those that were kept before and no longer are.
    pub fn put_incidents(&mut self, incidents: &[Incident]) -> Result<Vec<IncidentId>, StoreError> {
        let mut forgotten = Vec::new();
        let tx = self.db.transaction()?;
        self.packer.prepare(&tx, incidents)?;
        for incident in incidents {
            let row = &incident.row;
            if row.visibility == Visibility::Private {
                let until = self.private.entry(row.id.clone()).or_default();
                *until = row.updated.max(*until);
            }
            match self.private.get(&row.id) {
                Some(until) if row.updated <= *until => {
                    forgotten.extend(forget(&tx, &row.id)?.then(|| row.id.clone()));
                }
                _ => put(&tx, &mut self.packer, incident)?,
            }
        }
        tx.commit()?;
        if !forgotten.is_empty() {
            self.leave_no_trace();
        }
        Ok(forgotten)
    }

    /// Takes what was overwritten out of the log of writes, too, as far as nobody else reads there.
    fn leave_no_trace(&self) {
        let taken = self
            .db
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        taken.unwrap_or_else(|e| tracing::warn!("what was forgotten is still in the log: {e}"));
    }

    /// Forgets an incident and all that was kept of it; whether anything was.
    pub fn forget(&mut self, id: &IncidentId) -> Result<bool, StoreError> {
        let tx = self.db.transaction()?;
        let known = forget(&tx, id)?;
        tx.commit()?;
        self.leave_no_trace();
        Ok(known)
    }

    /// Rows of the list: the open ones, or all.
    pub fn rows(&self, open_only: bool) -> Result<Vec<Arc<IncidentSummary>>, StoreError> {
        self.read_rows(if open_only {
            "SELECT id, data FROM row WHERE open = 1"
        } else {
            "SELECT id, data FROM row"
        })
    }

    /// Rows of the newest so many that were declared before a second, newest first, and those of the same second as the last.
    pub fn rows_before(
        &self,
        end: Option<Instant>,
        most: usize,
    ) -> Result<Vec<Arc<IncidentSummary>>, StoreError> {
        let end = end.map_or(i64::MAX, |end| end.timestamp());
        let first = most.saturating_sub(1);
        let before = format!("FROM row WHERE created < {end}");
        self.read_rows(&format!(
            "SELECT id, data {before} AND created >= ifnull((SELECT created {before} ORDER BY created DESC LIMIT 1 OFFSET {first}), 0)
             ORDER BY created DESC"
        ))
    }

    /// The ids of all incidents that are kept.
    pub fn ids(&self) -> Result<Vec<IncidentId>, StoreError> {
        let mut all = self.db.prepare_cached("SELECT id FROM row")?;
        let ids = all.query_map([], |r| Ok(r.get_ref(0)?.as_str()?.into()))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// Rows of the incidents that were kept, or changed, last.
    pub fn recent_rows(&self, most: usize) -> Result<Vec<Arc<IncidentSummary>>, StoreError> {
        self.read_rows(&format!(
            "SELECT id, data FROM row ORDER BY n DESC LIMIT {most}"
        ))
    }

    /// The reference of any incident that is kept: what all of them begin with.
    pub fn any_reference(&self) -> Result<Option<String>, StoreError> {
        let rows = self.read_rows("SELECT id, data FROM row LIMIT 1")?;
        Ok(rows.first().map(|row| row.reference.to_string()))
    }

    /// How many incidents are kept.
    pub fn count(&self) -> Result<usize, StoreError> {
        self.count_after(0)
    }

    fn read_rows(&self, sql: &str) -> Result<Vec<Arc<IncidentSummary>>, StoreError> {
        let mut statement = self.db.prepare(sql)?;
        let mut rows = statement.query([])?;
        let (mut reader, mut line) = (packed::Reader::default(), String::new());
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, data) = (row.get_ref(0)?.as_str(), row.get_ref(1)?.as_str());
            if let (Ok(id), Ok(data)) = (id, data) {
                write_line(&mut line, id, data);
                out.extend(reader.read(&line).map(Arc::new));
            }
        }
        Ok(out)
    }

    /// Where the order in which incidents were kept or changed has come to.
    pub fn last_mark(&self) -> Result<usize, StoreError> {
        let last = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'row'";
        Ok(self.db.query_row(last, [], |r| r.get::<_, i64>(0))? as usize)
    }

    /// Where in that order an incident stands.
    pub fn mark(&self, id: &IncidentId) -> Result<Option<usize>, StoreError> {
        let mut mark = self.db.prepare_cached("SELECT n FROM row WHERE id = ?1")?;
        let found = mark.query_row([id.as_str()], |r| r.get::<_, i64>(0));
        Ok(found.optional()?.map(|n| n as usize))
    }

    /// How many incidents were kept, or changed, after some.
    pub fn count_after(&self, mark: usize) -> Result<usize, StoreError> {
        let count = "SELECT count(*) FROM row WHERE n > ?1";
        let counted = self
            .db
            .query_row(count, [mark as i64], |r| r.get::<_, i64>(0));
        Ok(counted? as usize)
    }

    /// The first so many whole incidents that were kept, or changed, after some, in that order, and where it has come to
    /// by them.
    pub fn incidents_after(
        &self,
        mark: usize,
        most: usize,
    ) -> Result<(Vec<Incident>, usize), StoreError> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {} FROM row JOIN incident USING (n) WHERE n > ?1 ORDER BY n LIMIT ?2",
            Kept::COLUMNS
        ))?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let mut rows = statement.query([mark as i64, most])?;
        let (mut all, mut last) = (Vec::new(), mark);
        let mut unpacker = Unpacker::new(&self.db);
        while let Some(row) = rows.next()? {
            let kept = Kept::read(row)?;
            last = kept.n as usize;
            all.extend(unpacker.incident(&kept.line, &kept.body)?);
        }
        Ok((all, last))
    }

    /// Whole incidents declared in a period, newest first. While one is read, those before are taken apart.
    pub fn between(&self, from: Instant, to: Instant) -> Result<Vec<Incident>, StoreError> {
        let mut statement = self.db.prepare_cached(&format!(
            "SELECT {} FROM row JOIN incident USING (n) WHERE created BETWEEN ?1 AND ?2 ORDER BY created DESC, n",
            Kept::COLUMNS
        ))?;
        let mut rows = statement.query([from.timestamp(), to.timestamp()])?;
        let (mut reader, mut unpacker) = (packed::Reader::default(), Unpacker::new(&self.db));
        let mut read = |sender: SyncSender<(IncidentSummary, String)>| {
            while let Some(row) = rows.next()? {
                let kept = Kept::read(row)?;
                let row = reader.read(&kept.line);
                let Some(row) = row.filter(|row| row.created >= from && row.created <= to) else {
                    continue;
                };
                if let Some(json) = unpacker.json(&kept.line, &kept.body)? {
                    // Nobody hears it where taking apart broke off, which is told below.
                    let _ = sender.send((row, json.to_owned()));
                }
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let (sender, receiver) = sync_channel(AHEAD);
            let whole = scope.spawn(move || receiver.into_iter().filter_map(whole).collect());
            let read = read(sender);
            let all = whole.join();
            read.map(|()| all.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }

    /// One whole incident.
    pub fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, StoreError> {
        match kept(&self.db, id)? {
            Some(kept) => Unpacker::new(&self.db).incident(&kept.line, &kept.body),
            None => Ok(None),
        }
    }
}

/// An incident from its JSON, and the row that tells what a body kept beside it does not.
fn whole((row, json): (IncidentSummary, String)) -> Option<Incident> {
    let incident: Incident = serde_json::from_str(&json).ok()?;
    Some(Incident { row, ..incident })
}

/// A row with its id.
fn line(id: &str, data: &str) -> String {
    let mut line = String::with_capacity(id.len() + data.len() + 1);
    write_line(&mut line, id, data);
    line
}

/// Writes a row with its id in the place of another one.
pub(super) fn write_line(line: &mut String, id: &str, data: &str) {
    line.clear();
    line.push_str(id);
    line.push(packed::SEPARATOR);
    line.push_str(data);
}

fn kept(db: &Connection, id: &IncidentId) -> Result<Option<Kept>, StoreError> {
    let mut statement = db.prepare_cached(&format!(
        "SELECT {} FROM row JOIN incident USING (n) WHERE id = ?1",
        Kept::COLUMNS
    ))?;
    Ok(statement.query_row([id.as_str()], Kept::read).optional()?)
}

/// Keeps one incident. One that changed goes to the end of the order.
fn put(db: &Connection, packer: &mut Packer, incident: &Incident) -> Result<(), StoreError> {
    let line = packed::write(&incident.row);
    let json = serde_json::to_string(incident).unwrap_or_default();
    let before = kept(db, &incident.row.id)?;
    let mut n = None;
    if let Some(before) = &before {
        let is_same = Unpacker::new(db).json(&before.line, &before.body)? == Some(json.as_str());
        if is_same && before.line == line {
            return Ok(());
        }
        n = is_same.then_some(before.n);
    }
    let body = packer.pack(&line, &incident.summary, &json)?;
    remove(db, &incident.row.id)?;
    insert(db, n, &incident.row, (&line, &body))
}

/// Puts a row and the body beside it; at the end of the order where no place is given.
pub(super) fn insert(
    db: &Connection,
    n: Option<i64>,
    row: &IncidentSummary,
    (line, body): (&str, &[u8]),
) -> Result<(), StoreError> {
    let data = line
        .split_once(packed::SEPARATOR)
        .map_or("", |(_, data)| data);
    let mut insert = db.prepare_cached(
        "INSERT INTO row (n, id, open, created, data) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    insert.execute(params![
        n,
        row.id.as_str(),
        row.category.is_open(),
        row.created.timestamp(),
        data
    ])?;
    let n = db.last_insert_rowid();
    let mut insert = db.prepare_cached("INSERT INTO incident (n, body) VALUES (?1, ?2)")?;
    insert.execute(params![n, body])?;
    Ok(())
}

/// Removes row and body; true where they were there.
fn remove(db: &Connection, id: &IncidentId) -> Result<bool, StoreError> {
    let mut body =
        db.prepare_cached("DELETE FROM incident WHERE n = (SELECT n FROM row WHERE id = ?1)")?;
    let mut row = db.prepare_cached("DELETE FROM row WHERE id = ?1")?;
    Ok(body.execute([id.as_str()])? + row.execute([id.as_str()])? > 0)
}

/// Removes everything of an incident; true where something was there.
fn forget(db: &Connection, id: &IncidentId) -> Result<bool, StoreError> {
    let mut known = remove(db, id)?;
    known |= db.execute("DELETE FROM seen WHERE id = ?1", [id.as_str()])? > 0;
    known |= post_mortems::forget(db, id)?;
    for key in [timeline_key(id), finding_key(id), said::key(id)] {
        known |= db.execute("DELETE FROM blob WHERE key = ?1", [key])? > 0;
    }
    Ok(known)
}
