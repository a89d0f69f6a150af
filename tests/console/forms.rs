//! Forms as somebody types them: a marked field takes every letter, commands stand on the line that sends.

use crate::common;
use crate::common::Console;
use crate::steps::{on_312, sent};
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::Overlay;
use hotseat::session::Change;

/// A form that is open on top.
fn is_open(console: &Console) -> bool {
    matches!(console.state.overlays.last(), Some(Overlay::Form(_)))
}

fn contains(console: &Console, words: &str) {
    let screen = console.screen();
    assert!(screen.contains(words), "no \"{words}\" in\n{screen}");
}

#[test]
fn a_time_typed_after_enter_is_the_time_of_the_note_and_no_letter_of_it_is_a_command() {
    let mut console = on_312(120, 40);
    console.keys("n \"Bad deploy\" enter \"yesterday 23:15\"");
    assert!(sent(&mut console).is_empty(), "a letter sent the form");
    assert_eq!(console.state.overlays.len(), 1, "a letter opened something");
    contains(&console, "at 2026-11-19 23:15:00 UTC: Bad deploy");
    console.keys("esc y");
    let writes = sent(&mut console);
    let [note] = &writes[..] else {
        panic!("{} writes", writes.len())
    };
    assert_eq!(note.body["timestamp"], "2026-11-19T23:15:00Z");
}

#[test]
fn a_form_is_filled_from_field_to_field_and_passing_by_a_choice_takes_none() {
    let mut console = on_312(120, 40);
    console.keys("D \"Checkout is down\" enter \"stor\" enter \"Down, quite: y D x\" tab");
    console.keys("enter tab enter tab");
    assert!(
        is_open(&console),
        "a letter closed it\n{}",
        console.screen()
    );
    console.keys("esc y");
    let write = sent(&mut console).remove(0);
    let said = |key: &str| write.body[key].as_str().unwrap_or_default().to_owned();
    assert_eq!(said("name"), "Checkout is down");
    assert_eq!(said("severity_id"), "Storm");
    assert_eq!(said("summary"), "Down, quite: y D x");
    assert_eq!(said("incident_status_id"), "", "nobody chose a status");
}

#[test]
fn a_form_is_sent_from_any_field_by_one_key_that_is_no_letter() {
    for (script, message) in [
        ("u \"Rolling back\" alt-enter", "Rolling back"),
        ("u \"Rolling back\" ctrl-enter", "Rolling back"),
        ("u \"Rolling back y\" esc enter", "Rolling back y"),
        (
            "u \"Rolling\" enter \"back\" tab alt-enter",
            "Rolling\nback",
        ),
    ] {
        let mut console = on_312(80, 24);
        console.keys(script);
        let writes = sent(&mut console);
        assert_eq!(writes.len(), 1, "{script}\n{}", console.screen());
        assert_eq!(writes[0].body["message"], message, "{script}");
        assert!(!is_open(&console), "{script}");
    }
    let mut console = on_312(80, 24);
    console.keys("S \"bree\" alt-enter");
    let write = sent(&mut console).remove(0);
    assert_eq!(write.body["incident"]["severity_id"], "Breeze");
}

#[test]
fn what_was_written_is_dropped_only_when_that_is_asked_for_twice_and_closing_keeps_it() {
    let mut console = on_312(80, 24);
    console.keys("n \"Bad deploy\" esc D");
    assert!(is_open(&console), "one key dropped it");
    contains(&console, "D again drops what is written here");
    console.keys("k esc D");
    assert!(is_open(&console), "other keys were between");
    // What agrees to a question does not do the contrary of it.
    console.keys("y");
    assert!(is_open(&console) && sent(&mut console).is_empty());
    contains(
        &console,
        "Neither dropped nor sent: D drops it, y sends it.",
    );
    console.keys("esc");
    assert!(!is_open(&console));
    contains(&console, "what you wrote is kept");
    console.keys("n");
    contains(&console, "Bad deploy");
    console.keys("esc D D");
    assert!(!is_open(&console));
    contains(&console, "Dropped.");
    console.keys("n");
    let screen = console.screen();
    assert!(!screen.contains("Bad deploy"), "{screen}");
    console.keys("esc D");
    assert!(!is_open(&console), "an empty form asks nothing");
}

#[test]
fn no_key_on_the_line_that_sends_opens_another_form_and_one_without_a_meaning_says_so() {
    let mut console = on_312(80, 24);
    console.keys("n \"Bad deploy\" esc");
    for key in [
        "e", "u", "n", "S", "c", "C", "F", "L", "a", "z", "i", ":", "/", "1", "space",
    ] {
        console.keys(key);
        assert_eq!(console.state.overlays.len(), 1, "{key}");
        contains(&console, &format!("{key} does nothing here."));
    }
    console.keys("k ctrl-t");
    contains(&console, "ctrl-t does nothing here.");
    console.keys("x");
    let screen = console.screen();
    assert!(!screen.contains("does nothing"), "{screen}");
    assert!(sent(&mut console).is_empty());
}

#[test]
fn every_field_is_edited_as_readline_does_and_choices_are_found_so_too() {
    let mut console = on_312(120, 40);
    console.keys("n \"Good deploy\" alt-b alt-b alt-d \"Bad\" ctrl-e ctrl-w \"rollout\" enter");
    console.keys("\"yesterday 11:00\" ctrl-w \"23:15\" enter");
    console
        .keys("\"One line too many\" ctrl-u \"first\" enter \"second\" ctrl-a \"the \" alt-enter");
    let body = sent(&mut console).remove(0).body;
    assert_eq!(body["title"], "Bad rollout");
    assert_eq!(body["timestamp"], "2026-11-19T23:15:00Z");
    assert_eq!(body["description"], "first\nthe second");
    let mut console = on_312(120, 40);
    console.keys("c \"nonsense\"");
    contains(&console, "Nothing fits.");
    console.keys("enter");
    contains(&console, "Nothing fits \"nonsense\".");
    console.keys("ctrl-w \"wat\" enter esc y");
    let body = sent(&mut console).remove(0).body;
    assert_eq!(body["incident"]["incident_status_id"], "Watching");
    console.keys("/ \"checkout service\" ctrl-u \"disk\" enter");
    assert_eq!(console.listed(), ["INC-308"]);
}

#[test]
fn a_time_that_cannot_be_read_is_told_beside_its_field_and_the_words_stay() {
    let mut console = on_312(120, 40);
    console.keys("n \"Bad deploy\" enter \"around noon\" enter");
    contains(
        &console,
        "\"around noon\" is not a time; write 14:30, 10m ago",
    );
    console.keys("alt-enter");
    assert!(sent(&mut console).is_empty());
    console.keys("ctrl-u \"12:00\"");
    let screen = console.screen();
    assert!(!screen.contains("is not a time"), "{screen}");
    console.keys("alt-enter");
    assert_eq!(
        sent(&mut console)[0].body["timestamp"],
        "2026-11-20T12:00:00Z"
    );
}

#[test]
fn long_lines_wrap_where_they_are_typed() {
    let long = "Rolling back checkout-service to v2.0.9 in every region, one after another, slowly";
    for (script, width, height) in [
        (format!("u \"{long}\""), 80, 24),
        (format!("n \"{long}\""), 60, 15),
        (format!("P I g ctrl-u \"{long}\""), 60, 15),
    ] {
        let mut console = on_312(width, height);
        console.keys(&script);
        let screen = console.screen();
        let typed: Vec<&str> = screen.lines().filter(|l| !l.contains('▌')).collect();
        let typed = typed.join("\n");
        assert!(
            typed.contains("Rolling back checkout") && typed.contains("slowly"),
            "{script}\n{screen}"
        );
    }
}

#[test]
fn leaving_a_choice_says_what_was_not_taken_and_clearing_one_is_a_key_of_its_own() {
    let mut console = on_312(80, 24);
    console.keys("S \"gale\" esc");
    contains(&console, "Severity stays Storm; Gale was not taken.");
    console.keys("y");
    assert!(sent(&mut console).is_empty(), "nothing is changed");
    let mut console = on_312(80, 24);
    console.keys("F tab tab tab tab");
    console.keys("\"ana\" enter esc k k k");
    assert!(is_open(&console), "{}", console.screen());
    let mut console = on_312(80, 24);
    console.keys("L backtab ctrl-u");
    contains(&console, "(cleared)");
}

#[test]
fn what_is_pasted_is_typed_and_never_pressed() {
    let mut console = on_312(80, 24);
    console.keys("n");
    console.paste("yes D x\nq");
    contains(&console, "yes D x q");
    console.keys("esc");
    console.paste("y");
    contains(&console, "what was pasted is left out");
    assert!(is_open(&console) && sent(&mut console).is_empty());
}

#[test]
fn the_field_and_the_preview_say_the_same_of_telling_the_channel() {
    for (script, field, preview) in [
        (
            "c \"wat\" enter esc",
            "no",
            "Does not tell the channel inc-312.",
        ),
        (
            "c \"wat\" enter tab \"yes\" enter",
            "no → yes",
            "Tells the channel inc-312.",
        ),
        (
            "c \"wat\" enter \"Better now\" esc",
            "yes, with the message",
            "Posts an update to INC-312 and its channel inc-312.",
        ),
        (
            "c \"wat\" enter \"Better now\" tab \"no\" enter",
            "yes, with the message",
            "Nothing fits \"no\".",
        ),
    ] {
        let mut console = on_312(80, 24);
        console.tell(Change::Incident(Box::new(common::incident("312"))));
        console.keys(script);
        contains(&console, preview);
        contains(&console, &format!("Tell the channel  {field} "));
    }
}

#[test]
fn a_form_is_drawn_and_typed_into_at_every_size() {
    for (width, height) in [(40, 8), (40, 12), (60, 15), (200, 60)] {
        for script in [
            "u \"one two three @an\"",
            "c down down",
            "D \"x\" tab tab",
            "F",
            "e tab",
        ] {
            let mut console = on_312(width, height);
            console.keys(script);
            assert!(is_open(&console), "{script} at {width}x{height}");
            console.keys("esc j pagedown backtab esc ctrl-d x");
            assert_eq!(console.screen().lines().count(), usize::from(height));
        }
    }
}

#[test]
fn in_a_window_that_shows_nothing_no_key_acts_but_those_that_leave_and_draw() {
    for (width, height) in [(20, 5), (40, 7), (39, 30)] {
        let mut console = on_312(80, 24);
        console.resize(width, height);
        console.keys("u");
        assert!(!is_open(&console), "{width}x{height}");
        console.resize(80, 24);
        console.keys(r#"u "Half a""#);
        console.resize(width, height);
        assert_eq!(console.screen().lines().count(), usize::from(height));
        console.keys(r#"" lie q""#);
        console.paste("of somebody else");
        console.resize(80, 24);
        console.keys(r#"" thought""#);
        contains(&console, "Half a thought");
        console.resize(width, height);
        console.keys("ctrl-c ctrl-c ctrl-c ctrl-c");
        assert!(
            console
                .asked
                .iter()
                .any(|cmd| matches!(cmd, hotseat::console::msg::Cmd::Quit))
        );
    }
}

#[test]
fn ten_minutes_ago_is_that_moment_however_late_it_is_sent_or_gone_on_with() {
    let mut console = on_312(120, 40);
    console.keys("n \"Bad deploy\" enter \"10m ago\"");
    let typed_at = console.now;
    let kept = console.asked.iter().rev().find_map(|cmd| match cmd {
        Cmd::SaveForm(saved, _) => Some(saved.clone()),
        _ => None,
    });
    console.keys("enter");
    contains(&console, "2026-11-20 14:30:00");
    console.now += chrono::Duration::minutes(20);
    console.pause();
    console.keys("alt-enter");
    let timestamp = |console: &mut Console| sent(console)[0].body["timestamp"].clone();
    assert_eq!(timestamp(&mut console), "2026-11-20T14:30:00Z");

    // A console that ended while it was typed, and another one that goes on later.
    let mut console = on_312(120, 40);
    console.now = typed_at + chrono::Duration::minutes(20);
    console.pause();
    console.tell(News::SavedForm(vec![kept.expect("it was kept")]));
    console.keys("n");
    contains(&console, "2026-11-20 14:30:00");
    console.keys("alt-enter");
    assert_eq!(timestamp(&mut console), "2026-11-20T14:30:00Z");
}

#[test]
fn why_a_form_cannot_be_sent_yet_is_read_whole_on_the_line_that_sends() {
    let mut console = on_312(80, 24);
    console.keys("n \"Bad deploy\" enter \"tomorrow\" esc");
    let screen = console.screen();
    let words: Vec<&str> = screen
        .split(['│', '\n'])
        .flat_map(str::split_whitespace)
        .collect();
    let said = words.join(" ");
    let why =
        "Not yet: \"tomorrow\" is not a time; write 14:30, 10m ago, +2h, or 2026-11-20 14:30.";
    assert!(said.contains(why), "{screen}");
}

#[test]
fn on_the_line_that_sends_every_field_is_in_sight_where_there_is_room() {
    let mut console = on_312(60, 15);
    console.keys("c \"wat\" enter \"Better now\" esc");
    contains(&console, "Status            Fixing → Watching");
    contains(&console, "Message           Better now");
    contains(&console, "an update; post another one.");
}
