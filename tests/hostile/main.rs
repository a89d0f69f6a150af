//! Hostile words, files and machines: nothing of them reaches the terminal, nothing is lost to them, and what is wrong is
//! said.

#[path = "../common/clock.rs"]
mod clock;
mod screen;
#[path = "../common/session.rs"]
#[allow(dead_code, reason = "the rest is for the tests of the terminal")]
mod session;
#[path = "../common/simulated.rs"]
#[allow(dead_code, reason = "the rest is for the tests of commands")]
mod simulated;

use hotseat::sim;
use serde_json::{Value, json};
use simulated::Organisation;
use std::path::PathBuf;

/// What sets the clipboard, moves the cursor, turns the writing round or cannot be seen, after a word that can be.
const HOSTILE: &str =
    "word\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}\u{2066}\u{34f}\u{200b}\u{1d173}";

/// Characters of it that may stand nowhere.
fn assert_clean(bytes: &[u8], of: &str) {
    let text = String::from_utf8_lossy(bytes);
    let foul = |c: &char| *c != '\n' && !c.is_ascii_graphic() && *c != ' ' && HOSTILE.contains(*c);
    assert_eq!(text.chars().find(foul), None, "{of}: {text:?}");
}

#[test]
fn a_commands_own_arguments_are_printed_without_what_a_terminal_acts_on() {
    let org = Organisation::new("");
    let flag = format!("--{HOSTILE}");
    for args in [
        vec!["incidents", "list", "--service", HOSTILE],
        vec!["incidents", "list", "--severity", HOSTILE],
        vec!["incidents", "show", HOSTILE],
        vec!["api", "GET", HOSTILE],
        vec!["api", HOSTILE, "/"],
        vec!["similar", HOSTILE],
        vec!["journal", "show", HOSTILE],
        vec!["incidents", "list", "--config", HOSTILE],
        vec!["incidents", "list", &flag],
    ] {
        for output in ["json", "table"] {
            let done = org.run(&[&["--output", output], &args[..]].concat());
            assert!(!done.status.success(), "{args:?}");
            assert!(!done.stderr.is_empty(), "{args:?}");
            assert_clean(&done.stdout, &format!("{args:?}"));
            assert_clean(&done.stderr, &format!("{args:?}"));
        }
    }
}

#[test]
fn what_was_written_here_is_printed_whole_as_json_and_safely_as_words() {
    let org = Organisation::new("");
    let kept = org.run(&["journal", "note", HOSTILE, "--at", "14:30"]);
    assert!(
        kept.status.success(),
        "{}",
        String::from_utf8_lossy(&kept.stderr)
    );
    for args in [
        vec!["journal", "list", "--all", "--output", "json"],
        vec!["journal", "list", "--all", "--output", "table"],
        vec!["journal", "export"],
    ] {
        let done = org.run(&args);
        assert!(String::from_utf8_lossy(&done.stdout).contains("word"));
        assert_clean(&done.stdout, &format!("{args:?}"));
    }
    let exported: Value =
        serde_json::from_slice(&org.run(&["journal", "export"]).stdout).expect("JSON");
    let title = exported["body"]["title"].as_str().expect("a title");
    assert_eq!(title, HOSTILE);
}

/// A home with a journal of two notes: the organisation, the journal's path, the notes' keys.
fn with_notes() -> (Organisation, PathBuf, Vec<String>) {
    let org = Organisation::new("");
    for note in ["Power is gone", "Generators run"] {
        assert!(org.run(&["journal", "note", note]).status.success());
    }
    let keys = keys(&org);
    let state = org.home.path().join(".local/state/hotseat");
    let files = std::fs::read_dir(state).expect("a folder").flatten();
    let is_journal = |path: &PathBuf| path.to_string_lossy().ends_with(".journal.db");
    let path = files.map(|f| f.path()).find(is_journal).expect("a journal");
    (org, path, keys)
}

/// Keys of what is not settled.
fn keys(org: &Organisation) -> Vec<String> {
    let open = org.json(&["journal", "list", "--output", "json"]);
    let open = open.as_array().expect("a list").iter();
    open.map(|w| w["key"].as_str().expect("a key").to_owned())
        .collect()
}

fn said(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn one_bad_row_of_the_journal_is_shown_as_damaged_among_the_others() {
    let (org, path, keys) = with_notes();
    let past = rusqlite::Connection::open(&path).expect("opens");
    past.execute(
        "UPDATE write SET data = '{\"half' WHERE key = ?1",
        [&keys[0]],
    )
    .expect("damaged");
    drop(past);
    let open = org.json(&["journal", "list", "--output", "json"]);
    assert_eq!(
        (open[0]["state"].as_str(), open[0]["body"].as_str()),
        (Some("damaged"), Some("{\"half"))
    );
    assert_eq!(open[1]["body"]["title"], "Generators run");
    let table = org.run(&["journal", "list", "--output", "table"]);
    assert!(String::from_utf8_lossy(&table.stdout).contains("damaged"));
    assert!(org.run(&["journal", "note", "Hall 3 too"]).status.success());
    assert!(org.run(&["journal", "retry"]).status.success());
    let exported = org.run(&["journal", "export"]).stdout;
    assert_eq!(String::from_utf8_lossy(&exported).lines().count(), 3);
    let rescued = org.json(&["journal", "rescue", "--output", "json"]);
    assert_eq!(
        (&rescued["read"], &rescued["unreadable"]),
        (&json!(2), &json!(1))
    );
    assert!(said(&org.run(&["journal", "rescue"])).contains("nothing to rescue"));
    // A newer version's journal is no damaged one.
    let past = rusqlite::Connection::open(&path).expect("opens");
    past.pragma_update(None, "user_version", 99).expect("set");
    drop(past);
    let refused = org.run(&["journal", "rescue"]);
    assert!(
        said(&refused).contains("newer hotseat"),
        "{}",
        said(&refused)
    );
    assert!(path.is_file());
}

/// The lock files beside a journal.
fn locks_beside(journal: &std::path::Path) -> Vec<String> {
    let files = std::fs::read_dir(journal.parent().expect("a folder")).expect("read");
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let mut locks: Vec<String> = names.filter(|name| name.contains("lock-")).collect();
    locks.sort();
    locks
}

#[test]
fn a_journal_that_is_none_names_itself_and_is_rescued() {
    let (org, path, _) = with_notes();
    std::fs::write(&path, "hello, this is no database at all").expect("written");
    let locks = locks_beside(&path);
    let refused = org.run(&["journal", "list"]);
    assert_eq!(refused.status.code(), Some(4));
    let told = said(&refused);
    assert!(
        told.contains("journal rescue") && told.contains(&*path.to_string_lossy()),
        "{told}"
    );
    let rescued = org.json(&["journal", "rescue", "--output", "json"]);
    let aside = std::fs::read_to_string(rescued["aside"].as_str().expect("a path"));
    assert_eq!(aside.expect("kept"), "hello, this is no database at all");
    assert_eq!(locks_beside(&path), locks, "what locked it is gone again");
    assert!(keys(&org).is_empty());
}

#[test]
fn a_journal_that_was_emptied_is_noticed_by_the_audit_log_beside_it() {
    let (org, path, keys) = with_notes();
    assert!(
        org.run(&["journal", "discard", &keys[0], "--yes"])
            .status
            .success()
    );
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    for args in [&["journal", "list"][..], &["journal", "note", "x"]] {
        let refused = org.run(args);
        assert_eq!(refused.status.code(), Some(4), "{args:?}");
        assert!(
            said(&refused).contains("emptied or replaced"),
            "{}",
            said(&refused)
        );
    }
    assert!(org.run(&["journal", "rescue"]).status.success());
    assert!(org.run(&["journal", "note", "x"]).status.success());
}

#[test]
fn a_pipe_in_the_journals_place_is_refused_at_once() {
    let (org, path, _) = with_notes();
    std::fs::remove_file(&path).expect("removed");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    assert!(made.expect("mkfifo").success());
    let refused = org.run(&["journal", "list"]);
    assert_eq!(refused.status.code(), Some(4));
    assert!(
        said(&refused).contains("is not a file"),
        "{}",
        said(&refused)
    );
}

/// Runs a command with something set up by a shell before it.
fn run_in_shell(org: &Organisation, before: &str, args: &str) -> std::process::Output {
    let binary = env!("CARGO_BIN_EXE_hotseat");
    let running = org.running.as_ref().expect("running");
    let now = clock::flag(running.now());
    std::process::Command::new("sh")
        .args([
            "-c",
            &before.replace("RUN", &format!("{binary} {now} {args}")),
        ])
        .env_clear()
        .envs(clock::moved_date())
        .env("HOME", org.home.path())
        .env("PATH", "/usr/bin:/bin")
        .env("INCIDENT_IO_BASE_URL", &running.url)
        .env("INCIDENT_IO_API_KEY", &running.key)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("it runs")
}

#[test]
fn a_disk_that_fills_while_the_cache_is_made_takes_no_answer_from_anybody() {
    let org = Organisation::with(sim::Options {
        incidents: 40,
        speed: 0.0,
        clock: clock::clock(),
        ..sim::Options::default()
    });
    let open = org.json(&["incidents", "list"]);
    let reference = open[0]["reference"].as_str().expect("a reference");
    let whole = org.run(&["similar", reference, "--no-cache"]);
    assert!(whole.stdout.len() > 100, "{}", said(&whole));
    // Files may grow to so many blocks of 512 bytes: some of the tables, of the incidents, and of what was said on them.
    for (blocks, tells) in [(0, false), (64, true), (128, true), (160, false)] {
        let full = format!("trap '' XFSZ; ulimit -f {blocks}; exec RUN");
        for time in ["first", "second"] {
            let found = run_in_shell(&org, &full, &format!("similar {reference}"));
            let answer = (found.status.code(), &found.stdout);
            let told = format!("{blocks} blocks, the {time} time: {}", said(&found));
            assert_eq!(answer, (Some(0), &whole.stdout), "{told}");
            let why = said(&found).contains("This session goes without its cache.");
            assert!(why || !tells, "{told}");
        }
        let _ = std::fs::remove_dir_all(org.home.path().join(".cache"));
    }
}

#[test]
fn a_full_disk_lets_the_journal_be_read_and_a_full_standard_error_ends_nothing() {
    let (org, path, keys) = with_notes();
    // Files may not grow: writing says so, as on a full disk, and the signal that goes with it is ignored.
    let full = "trap '' XFSZ; ulimit -f 0; exec RUN";
    let listed = run_in_shell(&org, full, "journal list --output json");
    assert!(listed.status.success(), "{}", said(&listed));
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(listed.as_array().expect("a list").len(), keys.len());
    let refused = run_in_shell(&org, full, "journal note x");
    assert_eq!(refused.status.code(), Some(4), "{}", said(&refused));
    assert!(path.is_file());
    let quiet = run_in_shell(&org, "RUN 2>/dev/full", "incidents list --severity Nope");
    assert_eq!(quiet.status.code(), Some(1));
    let quiet = run_in_shell(&org, "RUN 2>/dev/full", "incidents list --bogus");
    assert_eq!(quiet.status.code(), Some(1));
}
