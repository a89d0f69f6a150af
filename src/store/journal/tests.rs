//! What the journal keeps, what it takes over from earlier versions, and what of it can be read when it is damaged.

use super::*;
use crate::domain::{FieldId, Instant, OpenProposal, Verification, WriteKind, WriteOrigin};
use proptest::prelude::*;
use std::os::unix::fs::PermissionsExt;

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

/// A journal on disk with one write a key, and a connection past it.
fn filled(path: &Path, keys: &[&str]) -> Connection {
    let journal = Journal::open(path).expect("a journal");
    for key in keys {
        assert_eq!(journal.record(&write(key)).expect("recorded"), None);
    }
    drop(journal);
    Connection::open(path).expect("opens")
}

#[test]
fn a_row_that_cannot_be_read_hides_no_other_and_stops_nothing_new() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("journal.db");
    let past = filled(&path, &["a", "b", "c", "d"]);
    for sql in [
        "UPDATE write SET data = '{\"what\": \"Note: x\", \"key' WHERE key = 'b'",
        "UPDATE write SET data = x'ff00fe', lane = 7 WHERE key = 'c'",
    ] {
        past.execute(sql, []).expect("damaged");
    }
    let journal = Journal::open(&path).expect("a journal");
    let all = journal.last(9).expect("all");
    let told: Vec<(&str, WriteState)> = all.iter().map(|w| (w.key.as_str(), w.state)).collect();
    use WriteState::{Damaged, Waiting};
    assert_eq!(
        told,
        [
            ("a", Waiting),
            ("b", Damaged),
            ("c", Damaged),
            ("d", Waiting)
        ]
    );
    assert!(
        serde_json::to_string(&all[1])
            .expect("JSON")
            .contains("Note: x")
    );
    assert_eq!(journal.open_of(None).expect("open").len(), 4);
    let to_send = journal.open_of(Some("01")).expect("open");
    assert!(to_send.iter().all(|w| w.on_hold || w.state == Waiting));
    assert_eq!(journal.record(&write("e")).expect("recorded"), None);
    let again = journal
        .record(&write("b"))
        .expect_err("it may have been sent");
    assert!(again.to_string().contains("may have been sent"), "{again}");
}

#[test]
fn what_is_no_journal_is_told_by_its_path_and_rescued_with_all_that_can_be_read_on_hold() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("journal.db");
    let keys: Vec<String> = (0..400)
        .map(|n| format!("key-{n:04}-{}", "x".repeat(200)))
        .collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    drop(filled(&path, &keys));
    let mut bytes = std::fs::read(&path).expect("bytes");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    std::fs::write(&path, &bytes).expect("damaged");
    let now = Instant::from_timestamp(1_800_000_000, 0).expect("a time");
    let rescued = Journal::rescue(&path, now).expect("rescued");
    assert!(rescued.read > 100 && rescued.read < 400, "{rescued:?}");
    assert!(rescued.held == rescued.read && rescued.broken);
    assert_eq!(
        std::fs::read(&rescued.aside).expect("kept").len(),
        bytes.len()
    );
    let journal = Journal::open(&path).expect("a journal");
    assert!(
        journal
            .open_of(None)
            .expect("open")
            .iter()
            .all(|w| w.on_hold)
    );
    drop(journal);
    for nonsense in [
        &b"SQLite format 3\0 and nothing"[..],
        b"hello, this is no database at all",
    ] {
        std::fs::write(&path, nonsense).expect("written");
        let said = Journal::open(&path).err().expect("refused").to_string();
        let named = said.contains(&path.display().to_string());
        assert!(named && said.contains("journal rescue"), "{said}");
    }
    std::fs::remove_file(&path).expect("gone");
    let other = Connection::open(&path).expect("opens");
    other
        .execute_batch("CREATE TABLE write (n INTEGER); PRAGMA user_version = 2;")
        .expect("another's file");
    assert!(
        Journal::open(&path)
            .err()
            .expect("refused")
            .to_string()
            .contains("rescue")
    );
}

#[test]
fn a_pipe_a_device_or_a_folder_in_the_place_of_a_file_is_refused_at_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let pipe = dir.path().join("pipe.db");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let device = dir.path().join("device.db");
    std::os::unix::fs::symlink("/dev/zero", &device).expect("a link");
    let folder = dir.path().join("folder.db");
    std::fs::create_dir(&folder).expect("a folder");
    for path in [pipe, device, folder] {
        for refused in [
            Journal::open(&path).err(),
            super::super::Store::open(&path).err(),
        ] {
            let said = refused.expect("refused").to_string();
            assert!(said.contains("is not a file"), "{said}");
        }
    }
}

#[test]
fn a_journal_is_read_whatever_its_rows_hold() {
    let journal = Journal::in_memory().expect("a journal");
    let whole = serde_json::to_string(&write("k")).expect("JSON");
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() },
        |(cut in 0..whole.len(), byte: char, state in ".{0,9}", blob: Vec<u8>, as_blob: bool)| {
        let mut data = whole.clone();
        while !data.is_char_boundary(cut.min(data.len())) { data.pop(); }
        data.replace_range(cut..cut + 1, &byte.to_string());
        journal.db.execute("DELETE FROM write", []).expect("empty");
        let sql = "INSERT INTO write (key, lane, state, held, data) VALUES ('k', '01', ?1, 0, ?2)";
        let done = if as_blob {
            journal.db.execute(sql, params![state, blob])
        } else {
            journal.db.execute(sql, params![state, data])
        };
        prop_assert_eq!(done, Ok(1));
        prop_assert_eq!(journal.last(9).expect("read").len(), 1);
        prop_assert!(journal.find("k").expect("read").is_some());
    });
}

#[test]
fn a_journal_of_the_second_version_learns_of_proposals_and_forgets_them_when_they_expire() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("journal.db");
    let old = Journal::open(&path).expect("a journal");
    old.record(&write("k1")).expect("recorded");
    old.db
        .execute_batch("DROP TABLE proposal; PRAGMA user_version = 2;")
        .expect("an old journal");
    assert_eq!(old.proposals(Instant::default()).expect("none"), []);
    drop(old);
    let journal = Journal::open(&path).expect("a journal");
    assert_eq!(journal.last(9).expect("all").len(), 1);
    let at = |minutes| write("k1").recorded + chrono::Duration::minutes(minutes);
    let proposal = |id: &str, minutes| OpenProposal {
        id: id.into(),
        by: "claude 1.0".into(),
        what: "INC-312: update".into(),
        says: Vec::new(),
        requests: vec!["POST /v2/incidents".into()],
        private: false,
        asked: false,
        answer: None,
        made: at(minutes),
        expires: at(minutes + 10),
    };
    let ids = |minutes| -> Vec<String> {
        let waiting = journal.proposals(at(minutes)).expect("proposals");
        waiting.into_iter().map(|p| p.id).collect()
    };
    for (run, id, minutes) in [("one", "b", 0), ("one", "a", 5), ("two", "c", 6)] {
        let shown = journal.show_proposal(run, &proposal(id, minutes), at(minutes));
        shown.expect("shown");
    }
    assert_eq!(ids(9), ["b", "a", "c"]);
    assert_eq!(ids(10), ["a", "c"], "nobody has to be there to take it off");
    journal.end_proposals_of("one").expect("the run ended");
    assert_eq!(ids(9), ["c"]);
}
