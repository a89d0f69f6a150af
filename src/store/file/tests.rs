//! Programs that share a file: each of these holds a lock, or asks for one at the same time as others.

use super::super::{Journal, Keep, Ledger, Store};
use crate::domain::{Instant, Write};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Barrier;

fn write(key: String) -> Write {
    let now = Instant::from_timestamp(1_800_000_000, 0).expect("a time");
    let (method, path) = ("POST", "/v2/incident_timeline_items".to_owned());
    let body = serde_json::json!({"title": "x"});
    Write::new(key, "01", "note".into(), method, path, body, now)
}

fn record(key: &str) -> Keep {
    Keep::Changes(vec![("episode", key.to_owned(), Some("1".into()))])
}

#[test]
fn whoever_reads_is_answered_while_another_program_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let mut ledger = Ledger::open(&at("bridge.db")).expect("a ledger");
    ledger.keep(&[record("a")]).expect("kept");
    let journal = Journal::open(&at("journal.db")).expect("a journal");
    journal.record(&write("a".into())).expect("recorded");
    drop(Store::open(&at("cache.db")).expect("a store"));
    let names = ["bridge.db", "journal.db", "cache.db"];
    let writing = names.map(|name| {
        let other = Connection::open(at(name)).expect("opens");
        let begun = other.execute_batch("BEGIN IMMEDIATE; CREATE TABLE held (n INTEGER);");
        begun.map(|()| other).expect("it writes")
    });
    let read = Ledger::open(&at("bridge.db")).and_then(|l| l.all("episode"));
    assert_eq!(read.expect("answered"), ["1"]);
    let read = Journal::open(&at("journal.db")).and_then(|j| j.last(9));
    assert_eq!(read.expect("answered").len(), 1);
    let read = Store::open(&at("cache.db")).and_then(|(s, _)| s.rows(false));
    assert!(read.expect("answered").is_empty());
    drop(writing);
}

/// Does something in several programs at the same moment.
fn at_once<T: Send>(programs: usize, each: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let ready = Barrier::new(programs);
    let (ready, each) = (&ready, &each);
    std::thread::scope(|scope| {
        let start = |n| {
            scope.spawn(move || {
                ready.wait();
                each(n)
            })
        };
        let started: Vec<_> = (0..programs).map(start).collect();
        let ended = started.into_iter().map(|p| p.join().expect("it ends"));
        ended.collect()
    })
}

#[test]
fn programs_that_begin_a_file_at_the_same_moment_all_have_it() {
    let folder = tempfile::tempdir().expect("a folder");
    for round in 0..20 {
        let at = |name: &str| folder.path().join(format!("{round}-{name}"));
        let opened = at_once(6, |program| match program % 3 {
            0 => Ledger::open(&at("bridge.db")).err(),
            1 => Journal::open(&at("journal.db")).err(),
            _ => Store::open(&at("cache.db")).err(),
        });
        let failed: Vec<_> = opened.iter().flatten().collect();
        assert!(failed.is_empty(), "{failed:?}");
    }
}

#[test]
fn programs_that_write_at_the_same_moment_wait_for_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.db");
    drop(Journal::open(&path).expect("a journal"));
    let record = |program: usize, path: &Path| {
        let journal = Journal::open(path)?;
        (0..40).try_for_each(|n| {
            let key = format!("{program}-{n}");
            journal.record(&write(key)).map(drop)
        })
    };
    for ended in at_once(3, |program| record(program, &path)) {
        ended.expect("all are recorded");
    }
    let journal = Journal::open(&path).expect("a journal");
    assert_eq!(journal.last(999).expect("read").len(), 120);
}
