use crate::domain::incident::Labelled;
use crate::domain::{Incident, Person, sample};
use crate::store::{Store, packed};
use rusqlite::{Connection, params};
use std::path::Path;

/// A file of some earlier version, as that version made it.
fn file(path: &Path, version: i64) -> Connection {
    let db = Connection::open(path).expect("a file");
    db.execute_batch(
        "CREATE TABLE row (id TEXT PRIMARY KEY, open INTEGER NOT NULL, data TEXT NOT NULL);
         CREATE INDEX row_open ON row (open) WHERE open = 1;
         CREATE TABLE incident (id TEXT PRIMARY KEY, body TEXT NOT NULL);
         CREATE TABLE mark (kept INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE);
         CREATE TABLE blob (key TEXT PRIMARY KEY, saved INTEGER NOT NULL, body TEXT NOT NULL);
         CREATE TABLE seen (id TEXT PRIMARY KEY, at INTEGER NOT NULL);",
    )
    .expect("tables");
    if version < 4 {
        db.execute_batch("DROP TABLE mark").expect("no marks");
    }
    db.pragma_update(None, "user_version", version)
        .expect("set");
    db
}

fn put(db: &Connection, whole: &Incident) {
    let id = whole.row.id.as_str();
    let row = params![id, whole.row.category.is_open(), packed::write(&whole.row)];
    db.execute("INSERT INTO row VALUES (?1, ?2, ?3)", row)
        .expect("a row");
    let body = serde_json::to_string(whole).expect("JSON");
    db.execute("INSERT INTO incident VALUES (?1, ?2)", params![id, body])
        .expect("a body");
}

#[test]
fn rows_of_earlier_versions_get_their_type_and_roles_from_the_incidents_beside_them() {
    for (version, kind) in [(1, Some("Production")), (2, None)] {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("cache.db");
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
        put(&file(&path, version), &whole);
        for _ in 0..2 {
            let (store, _) = Store::open(&path).expect("a store");
            let rows = store.rows(false).expect("read");
            assert_eq!(rows[0].kind.as_deref(), kind);
            assert_eq!(rows[0].roles.as_deref(), Some("R1 R2"));
            let (all, mark) = store.incidents_after(0, 10).expect("read");
            assert_eq!((all, mark), (vec![whole.clone()], 1));
        }
    }
}

#[test]
fn incidents_that_were_kept_as_text_are_taken_over_with_their_marks_and_leave_no_text() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("cache.db");
    let all: Vec<Incident> = (0..2_000)
        .map(|n| {
            let name = format!("Zanzibar slow {n}");
            let mut row = sample::row(&n.to_string(), &name, "Gale", "Fixing", "cart", "Ana");
            row.roles = None;
            sample::incident(row)
        })
        .collect();
    let db = file(&path, 4);
    all.iter().for_each(|one| put(&db, one));
    db.execute_batch(
        "INSERT INTO mark (id) SELECT id FROM row ORDER BY rowid;
         INSERT INTO mark (id) VALUES ('gone'); DELETE FROM mark WHERE id = 'gone';
         DELETE FROM mark WHERE id = '5'; INSERT INTO mark (id) VALUES ('5');
         INSERT INTO mark (id) VALUES ('gone'); DELETE FROM mark WHERE id = 'gone';",
    )
    .expect("marks");
    drop(db);
    let before = std::fs::metadata(&path).expect("a file").len();
    let (store, _) = Store::open(&path).expect("a store");
    let (kept, mark) = store.incidents_after(1_999, 10).expect("read");
    assert_eq!(
        (kept[0].row.name.as_ref(), mark),
        ("Zanzibar slow 1999", 2_002)
    );
    assert_eq!(kept.last(), all.get(5), "the one that changed last");
    assert_eq!(store.last_mark().expect("read"), 2_003, "never given again");
    assert_eq!(store.count_after(0).expect("read"), all.len());
    drop(store);
    let bytes = std::fs::read(&path).expect("a file");
    assert!(
        (bytes.len() as u64) < before / 2,
        "{} of {before}",
        bytes.len()
    );
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("\"name\":\"Zanzibar"), "its JSON is gone");
}
