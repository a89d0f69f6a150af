//! Hostile words, files and machines: nothing of them reaches the terminal, nothing is lost to them, and what is wrong is
//! said.

#[path = "common/clock.rs"]
mod clock;
#[path = "common/simulated.rs"]
#[allow(dead_code, reason = "the rest is for the tests of commands")]
mod simulated;

use serde_json::Value;
use simulated::Organisation;

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
