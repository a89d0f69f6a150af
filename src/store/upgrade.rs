//! Files of earlier versions: what their rows lack, the incidents beside them have; and those were kept as they are, in
//! text, in tables of their own.

use super::bodies::Packer;
use super::incidents::insert;
use super::{StoreError, packed};
use rusqlite::Connection;

/// Brings the rows of a file of some earlier version to the last one of that kind, and sets its tables aside.
pub(super) fn before(db: &Connection, version: i64) -> Result<(), StoreError> {
    if version == 1 {
        tell_types(db)?;
    }
    if matches!(version, 1 | 2) {
        tell_roles(db)?;
    }
    if matches!(version, 1..=3) {
        mark_all(db)?;
    }
    db.execute_batch(
        "DROP INDEX IF EXISTS row_open;
         ALTER TABLE row RENAME TO row_before;
         ALTER TABLE incident RENAME TO incident_before;
         ALTER TABLE mark RENAME TO mark_before;",
    )?;
    Ok(())
}

/// Takes the incidents over from the tables that were set aside, one by one, under the marks they had, and drops those.
pub(super) fn take_over(db: &Connection) -> Result<(), StoreError> {
    let mut all = db.prepare(
        "SELECT kept, row_before.id, data, body FROM mark_before
         JOIN row_before USING (id) JOIN incident_before USING (id) ORDER BY kept",
    )?;
    let mut rows = all.query([])?;
    let (mut packer, mut reader) = (Packer::new(), packed::Reader::default());
    while let Some(row) = rows.next()? {
        let (kept, line, json): (i64, String, String) = (row.get(0)?, row.get(2)?, row.get(3)?);
        let (Some(row), Ok(incident)) = (reader.read(&line), serde_json::from_str(&json)) else {
            continue;
        };
        let one = std::slice::from_ref(&incident);
        packer.prepare(db, one)?;
        let body = packer.pack(&line, &incident.summary, &json)?;
        insert(db, Some(kept), &row, (&line, &body))?;
    }
    drop(rows);
    drop(all);
    db.execute_batch(
        "DELETE FROM sqlite_sequence WHERE name = 'row';
         UPDATE sqlite_sequence SET name = 'row' WHERE name = 'mark_before';
         DROP TABLE mark_before; DROP TABLE row_before; DROP TABLE incident_before;",
    )?;
    Ok(())
}

/// Until then the order in which incidents were kept was that of their rows, whatever changed in them later.
fn mark_all(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "CREATE TABLE IF NOT EXISTS mark (kept INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
         INSERT OR IGNORE INTO mark (id) SELECT id FROM incident ORDER BY rowid;",
    )
}

fn tell_types(db: &Connection) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE row SET data = data || char(31) || json_extract(incident.body, '$.kind')
         FROM incident WHERE incident.id = row.id AND json_extract(incident.body, '$.kind') IS NOT NULL",
        [],
    )?;
    Ok(())
}

fn tell_roles(db: &Connection) -> rusqlite::Result<()> {
    db.execute(
        "UPDATE row SET data = data
           || CASE WHEN json_extract(incident.body, '$.kind') IS NULL THEN char(31) ELSE '' END
           || char(31)
           || coalesce((SELECT group_concat(json_extract(role.value, '$.id'), ' ')
                        FROM json_each(incident.body, '$.roles') AS role
                        WHERE json_extract(role.value, '$.value.id') IS NOT NULL), '')
         FROM incident WHERE incident.id = row.id",
        [],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
