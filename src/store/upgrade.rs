//! Rows of earlier versions lack what later ones tell; the incidents beside them have it.

use rusqlite::Connection;

/// Brings the rows of a file of some version to this one's.
pub(super) fn rows(db: &Connection, version: i64) -> rusqlite::Result<()> {
    if version == 1 {
        tell_types(db)?;
    }
    if matches!(version, 1 | 2) {
        tell_roles(db)?;
    }
    if matches!(version, 1..=3) {
        mark_all(db)?;
    }
    Ok(())
}

/// Until then the order in which incidents were kept was that of their rows, whatever changed in them later.
fn mark_all(db: &Connection) -> rusqlite::Result<()> {
    let marked = "INSERT OR IGNORE INTO mark (id) SELECT id FROM incident ORDER BY rowid";
    db.execute(marked, []).map(drop)
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
mod tests {
    use crate::domain::incident::Labelled;
    use crate::domain::{Person, sample};
    use crate::store::Store;

    #[test]
    fn rows_of_earlier_versions_get_their_type_and_roles_from_the_incidents_beside_them() {
        for (version, kind) in [(1, Some("Production")), (2, None)] {
            let dir = tempfile::tempdir().expect("a folder");
            let path = dir.path().join("cache.db");
            let (mut store, _) = Store::open(&path).expect("a store");
            let row = sample::row("7", "Checkout slow", "Gale", "Fixing", "cart", "Ana");
            let mut whole = sample::incident(row);
            (whole.kind, whole.row.roles) = (kind.map(str::to_owned), None);
            let held = |id: &str, by: Option<&str>| Labelled {
                id: id.into(),
                label: "Role".into(),
                value: by.map(|by| Person {
                    id: by.into(),
                    name: "Ana".into(),
                    email: None,
                }),
            };
            whole.roles = vec![
                held("R0", None),
                held("R1", Some("U7")),
                held("R2", Some("U8")),
            ];
            store.put_incidents(&[whole]).expect("kept");
            store
                .db
                .pragma_update(None, "user_version", version)
                .expect("set");
            drop(store);
            for _ in 0..2 {
                let (store, _) = Store::open(&path).expect("a store");
                let rows = store.rows(false).expect("read");
                assert_eq!(rows[0].kind.as_deref(), kind);
                assert_eq!(rows[0].roles.as_deref(), Some("R1 R2"));
            }
        }
    }
}
