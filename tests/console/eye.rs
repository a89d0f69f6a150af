//! Eye and hand are one: what pane 2 shows is what keys act on, and the list's cursor stands on it.

use crate::common::{self, Console, row};
use crate::steps::{on_312, sent, wrote};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{DetailTab, Item, ListKind, Overlay, Pane};
use hotseat::domain::{EntryKind, TimelineEntry, WriteKind, WriteState};
use hotseat::session::{Change, KnownTimeline};
use std::sync::Arc;

/// The incidents that a form is opened on after a key: what was asked for, or what the form is about.
fn asked_for(console: &mut Console) -> Vec<String> {
    let asked = console.asked.drain(..).filter_map(|cmd| match cmd {
        Cmd::Fetch(Topic::Subjects(_, ids)) => Some(ids),
        _ => None,
    });
    let ids: Vec<String> = asked.flatten().map(|id| id.to_string()).collect();
    match console.state.overlays.last() {
        Some(Overlay::Form(view)) if ids.is_empty() => {
            view.form.subjects.iter().map(|s| s.id()).collect()
        }
        _ => ids,
    }
}

fn shown(console: &Console) -> String {
    let id = console.state.detail.id.clone();
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// Somebody else's change to an incident arrives.
fn becomes(console: &mut Console, id: &str, name: &str, severity: (&str, i16), status: &str) {
    console.tell(Change::Rows {
        rows: vec![Arc::new(row(id, name, severity, status, 3_000))],
        whole: false,
        cached: false,
    });
}

fn closed_by_bram(console: &Console) -> Change {
    Change::Timeline(Box::new(KnownTimeline {
        id: "308".into(),
        items: vec![TimelineEntry {
            id: "u9".into(),
            at: console.now - chrono::Duration::seconds(10),
            kind: EntryKind::Update,
            title: "Closed · Gale".into(),
            body: String::new(),
            actor: "Bram Brandt".into(),
            written: Default::default(),
        }],
        missing: vec![],
        seen: None,
    }))
}

const DISK: (&str, &str) = ("308", "Disk 91% full on orders-db");

#[test]
fn an_incident_that_somebody_resolves_under_the_cursor_stays_there_and_says_who_did() {
    let mut console = Console::filled(120, 40);
    console.keys("j j");
    assert_eq!(console.selected(), "INC-308");
    becomes(&mut console, DISK.0, DISK.1, ("Gale", 3), "Closed");
    let told = closed_by_bram(&console);
    console.tell(told);
    let screen = console.screen();
    assert_eq!(
        (console.selected().as_str(), &*shown(&console)),
        ("INC-308", "308"),
        "{screen}"
    );
    let line = screen.lines().nth(4).unwrap_or_default();
    assert!(
        line.contains("INC-308") && line.contains("closed by Bram Brandt, just now"),
        "it stays at its place\n{screen}"
    );
    console.asked.clear();
    console.keys("n");
    assert_eq!(asked_for(&mut console), ["308"], "keys act on it still");
    console.keys("ctrl-c k j");
    let references = ["INC-312", "INC-310", "INC-311", "INC-309"];
    assert_eq!(console.listed(), references, "it leaves when one moves on");
    assert_eq!(console.selected(), "INC-311");
}

#[test]
fn what_keys_act_on_is_what_is_shown_whichever_way_one_came() {
    for (script, expected) in [
        ("j", "310"),
        ("ctrl-p \"311\" enter", "311"),
        ("ctrl-p \"311\" enter 1", "311"),
        ("ctrl-p \"307\" enter 1", "307"),
        ("j ctrl-p \"307\" enter ctrl-o 1", "310"),
        ("/ \"disk\" enter", "308"),
        ("/ \"nothing like it\" enter", "312"),
        ("A G", "307"),
        ("j j ] 1 [", "308"),
        ("3 j j 1", "312"),
    ] {
        let mut console = Console::filled(120, 40);
        console.keys(script);
        assert_eq!(shown(&console), expected, "{script}\n{}", console.screen());
        let cursor = console.state.incidents.current();
        assert_eq!(cursor.map(|r| r.id.as_str()), Some(expected), "{script}");
        console.asked.clear();
        console.keys("y");
        let copied = console.asked.iter().find_map(|cmd| match cmd {
            Cmd::Copy(text) => Some(text.clone()),
            _ => None,
        });
        assert_eq!(copied, Some(format!("INC-{expected}")), "{script}");
        console.keys("n");
        assert_eq!(asked_for(&mut console), [expected], "{script}");
    }
}

#[test]
fn a_jump_to_what_the_list_does_not_hold_pins_it_there_and_says_so() {
    for (script, line_of, says) in [
        (
            "ctrl-p \"307\" enter 1",
            "INC-307  Logins",
            "closed, 4d ago",
        ),
        (
            "/ \"disk\" enter ctrl-p \"311\" enter",
            "INC-311  Search",
            "not in this list",
        ),
    ] {
        let mut console = Console::filled(120, 40);
        console.keys(script);
        let screen = console.screen();
        let line = screen.lines().find(|l| l.contains(line_of));
        assert!(line.is_some_and(|l| l.contains(says)), "{says}\n{screen}");
    }
}

#[test]
fn keys_act_on_a_similar_incident_that_no_list_holds_once_it_is_gone_to() {
    let mut console = Console::filled(120, 40);
    console.keys("s");
    let item = Item {
        id: "X9".into(),
        mark: "80 %".into(),
        title: "INC-9 The same, years ago".into(),
        incident: Some("X9".into()),
        ..Item::default()
    };
    console.tell(News::Tab("312".into(), DetailTab::Similar, vec![item]));
    console.keys("enter 1");
    console.asked.clear();
    console.keys("n");
    let asked = asked_for(&mut console);
    assert_eq!((shown(&console).as_str(), asked), ("X9", vec!["X9".into()]));
}

#[test]
fn a_key_right_after_a_move_is_about_what_the_cursor_is_on() {
    for key in ["n", "u", "L"] {
        let mut console = on_312(120, 40);
        console.burst(&["j", key]);
        assert_eq!(asked_for(&mut console), ["310"]);
        assert_eq!(shown(&console), "310", "what keys act on is shown");
    }
    let mut console = on_312(120, 40);
    console.burst(&["j", "i"]);
    let is_of =
        |cmd: &Cmd| matches!(cmd, Cmd::Investigate { incident, .. } if incident.as_str() == "310");
    assert!(console.asked.iter().any(is_of));
}

#[test]
fn keys_that_come_in_one_burst_with_a_filter_are_about_what_the_filter_leaves() {
    let mut console = on_312(120, 40);
    console.burst(&["/", "d", "i", "s", "k", "enter", "n"]);
    assert_eq!(asked_for(&mut console), ["308"]);
}

#[test]
fn an_answer_about_the_incident_one_was_on_before_opens_no_form() {
    let mut console = on_312(120, 40);
    console.keys("j n ctrl-c j n");
    let of = |id| News::Subjects(WriteKind::Note, vec![common::incident(id)]);
    console.tell(of("310"));
    assert!(
        matches!(console.state.overlays.last(), Some(Overlay::Opening(_))),
        "it waits for INC-308"
    );
    console.tell(of("308"));
    let screen = console.screen();
    assert!(screen.contains("INC-308 Disk"), "{screen}");
}

#[test]
fn marked_incidents_are_what_keys_act_on_and_pane_2_and_the_form_say_so() {
    let mut console = on_312(120, 40);
    console.keys("space space");
    let screen = console.screen();
    assert!(screen.contains("keys act on 2 marked"), "{screen}");
    console.asked.clear();
    console.keys("n");
    assert_eq!(asked_for(&mut console), ["312", "310"]);
    let both = vec![common::incident("312"), common::incident("310")];
    console.tell(News::Subjects(WriteKind::Note, both));
    let screen = console.screen();
    assert!(screen.contains("INC-312, INC-310"), "{screen}");
}

#[test]
fn marked_incidents_that_no_line_shows_are_told_where_the_keys_act_on_them() {
    let mut console = on_312(120, 40);
    console.keys("space space / \"INC-310\" enter");
    let screen = console.screen();
    let says = "keys act on 2 marked, 1 not listed";
    assert!(screen.contains(says), "{screen}");
}

#[test]
fn what_lies_over_the_panes_says_which_incident_it_is_about() {
    for (script, says) in [
        ("n", "INC-312 High error rate"),
        ("E", "INC-312  A fact"),
        ("P", "INC-312  Post-mortem"),
        ("o", "INC-312  Address"),
        ("enter g enter", "INC-312  note 14:30"),
        ("j n", ": INC-310"),
    ] {
        let mut console = on_312(120, 40);
        console.keys(script);
        let screen = console.screen();
        let over = screen.lines().skip(1).any(|line| line.contains(says));
        assert!(over, "{script}: {says}\n{screen}");
    }
}

#[test]
fn after_declaring_the_cursor_is_on_the_new_incident_and_its_reference_is_said() {
    let mut console = on_312(120, 40);
    console.keys("D \"Everything is down\" enter \"stor\" alt-enter");
    let mut write = sent(&mut console).pop().expect("a write");
    write.result = Some("400".into());
    console.tell(wrote(&write, WriteState::Confirmed, None, &[]));
    assert_eq!(
        (shown(&console).as_str(), console.state.focus),
        ("400", Pane::Incidents)
    );
    let name = "Everything is down";
    becomes(&mut console, "400", name, ("Storm", 4), "Investigating");
    let screen = console.screen();
    assert_eq!(console.selected(), "INC-400", "{screen}");
    assert!(screen.contains("Declared INC-400: Everything"), "{screen}");
}

#[test]
fn beside_a_line_that_belongs_to_no_incident_none_is_shown() {
    let mut console = on_312(120, 40);
    console.keys(": \"alerts\" enter");
    let alert = |id: &str, incident: Option<&str>| Item {
        id: id.into(),
        title: format!("QueueDepth {id}"),
        incident: incident.map(Into::into),
        ..Item::default()
    };
    let listed = vec![alert("A1", Some("312")), alert("A2", None)];
    console.tell(News::List(ListKind::Alerts, listed));
    for (script, shown, hidden) in [
        ("g", "Rolling back", "This line belongs to no incident."),
        ("j", "This line belongs to no incident.", "Rolling back"),
        (
            "2 ] ] 1",
            "This line belongs to no incident.",
            "Not investigated yet",
        ),
        (
            "k 2 [ [",
            "Rolling back",
            "This line belongs to no incident.",
        ),
    ] {
        console.keys(script);
        let screen = console.screen();
        assert!(screen.contains(shown), "{script}: {screen}");
        assert!(!screen.contains(hidden), "{script}: {screen}");
    }
}
