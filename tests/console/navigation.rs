//! Moving, finding and jumping: every script ends where it says.

use crate::common;
use crate::common::{Console, row};
use hotseat::console::job::Topic;
use hotseat::console::msg::{Cmd, Msg};
use hotseat::console::state::Pane;
use hotseat::session::{Change, KnownTimeline};
use std::sync::Arc;

#[test]
fn incidents_stand_by_severity_then_age_and_closed_ones_wait_behind_a_key() {
    let mut console = Console::filled(120, 40);
    assert_eq!(
        console.listed(),
        ["INC-312", "INC-310", "INC-308", "INC-311", "INC-309"]
    );
    console.keys("A");
    assert_eq!(console.listed().last().map(String::as_str), Some("INC-307"));
    console.keys("A O");
    assert_eq!(
        console.listed(),
        ["INC-312", "INC-311", "INC-310", "INC-309", "INC-308"]
    );
}

#[test]
fn a_refresh_keeps_the_selected_incident_selected() {
    let mut console = Console::filled(120, 40);
    console.keys("j j");
    assert_eq!(console.selected(), "INC-308");
    let mut worse = common::rows();
    worse.push(Arc::new(row(
        "400",
        "Everything is down",
        ("Storm", 4),
        "Investigating",
        1,
    )));
    console.tell(Change::Rows {
        rows: worse,
        whole: false,
        cached: false,
    });
    assert_eq!(console.selected(), "INC-308");
    console.tell(Change::Rows {
        rows: vec![Arc::new(row(
            "308",
            "Disk 91% full on orders-db",
            ("Gale", 3),
            "Closed",
            3000,
        ))],
        whole: false,
        cached: false,
    });
    assert_ne!(
        console.selected(),
        "",
        "where the line is gone its neighbour takes over"
    );
}

#[test]
fn every_script_ends_where_it_says() {
    for (script, selected, focus, says) in [
        ("j", "INC-310", Pane::Incidents, "INC-310"),
        ("G g", "INC-312", Pane::Incidents, "Storm"),
        ("j k k k", "INC-312", Pane::Incidents, "INC-312"),
        ("/ \"disk\" enter", "INC-308", Pane::Incidents, "1 of 6"),
        ("/ \"sev:p0\" enter", "INC-312", Pane::Incidents, "1 of 6"),
        (
            "/ \"nothing like it\" enter",
            "INC-312",
            Pane::Incidents,
            "esc clears",
        ),
        ("/ \"disk\" esc", "INC-308", Pane::Incidents, "5 of 6"),
        ("/ \"disk\" enter esc", "INC-308", Pane::Incidents, "5 of 6"),
        ("t", "INC-312", Pane::Incidents, "mine"),
        ("enter", "INC-312", Pane::Detail, "Rolling back to v2.0.9"),
        ("enter esc", "INC-312", Pane::Incidents, "open"),
        ("2 ]", "INC-312", Pane::Detail, "Loading"),
        ("3 + ", "INC-312", Pane::OnCall, "Ana Abara (you)"),
        ("3 enter", "INC-312", Pane::OnCall, "Coming days"),
        ("4 enter", "INC-312", Pane::Catalog, "Needed by"),
        (
            "4 / \"gateway\" enter enter",
            "INC-312",
            Pane::Catalog,
            "payment-gateway",
        ),
        (
            "ctrl-p \"payment-gat\" enter",
            "INC-312",
            Pane::Incidents,
            "Service  payment-gateway",
        ),
        (
            "ctrl-p \"disk orders\" enter",
            "INC-308",
            Pane::Detail,
            "INC-308",
        ),
        ("ctrl-p \"311\" enter", "INC-311", Pane::Detail, "INC-311"),
        (
            "ctrl-p \"payments on\" enter",
            "INC-312",
            Pane::Incidents,
            "Schedule  Payments on-call",
        ),
        (
            ": \"workflows\" enter",
            "INC-312",
            Pane::Incidents,
            "Workflows",
        ),
        (
            "? \"half\"",
            "INC-312",
            Pane::Incidents,
            "Move down half a page",
        ),
        ("enter j j f", "INC-312", Pane::Detail, "only notes"),
        ("tab tab tab tab", "INC-312", Pane::Incidents, "INC-312"),
        (
            "enter g enter",
            "INC-312",
            Pane::Detail,
            "2026-11-20 14:30:00 UTC",
        ),
        ("T", "INC-312", Pane::Incidents, "14:36"),
        ("!", "INC-312", Pane::Incidents, "Everything could be read"),
    ] {
        let mut console = Console::filled(120, 40);
        console.keys(script);
        let screen = console.screen();
        assert_eq!(
            (console.selected().as_str(), console.state.focus),
            (selected, focus),
            "{script}\n{screen}"
        );
        assert!(
            screen.contains(says),
            "{script}: no \"{says}\" in\n{screen}"
        );
    }
}

#[test]
fn a_click_goes_to_a_line_once_more_opens_it_and_the_wheel_moves() {
    let mut console = Console::filled(120, 40);
    console.mouse(Msg::Clicked(20, 4));
    assert_eq!(console.selected(), "INC-308");
    console.mouse(Msg::Scrolled(20, 4, true));
    assert_eq!(console.selected(), "INC-309");
    console.mouse(Msg::Scrolled(20, 4, false));
    assert_eq!(console.selected(), "INC-310");
    console.mouse(Msg::Clicked(20, 3));
    assert_eq!(
        console.state.focus,
        Pane::Detail,
        "the line has the cursor already"
    );
    console.mouse(Msg::Clicked(100, 17));
    assert_eq!(console.state.focus, Pane::OnCall);
    console.keys("?");
    let before = console.screen();
    console.mouse(Msg::Scrolled(20, 20, true));
    assert_ne!(
        console.screen(),
        before,
        "the wheel reads what lies over the panes"
    );
    console.mouse(Msg::Clicked(20, 4));
    assert_eq!(console.state.focus, Pane::OnCall);
}

#[test]
fn what_burns_stands_first_in_the_catalog() {
    let mut console = Console::filled(120, 40);
    console.keys("4");
    let screen = console.screen();
    let at = |name: &str| {
        screen
            .find(name)
            .unwrap_or_else(|| panic!("{name}: {screen}"))
    };
    assert!(
        at("checkout-service 4 open") < at("search-indexer   1 open")
            && at("search-indexer   1 open") < at("cart   "),
        "{screen}"
    );
}

#[test]
fn the_palette_finds_what_arrives_while_it_is_open() {
    let mut console = Console::new(120, 40);
    console.keys("ctrl-p \"cart\"");
    assert!(!console.screen().contains("catalog  cart"));
    console.tell(Change::Catalog(Arc::new(common::catalog())));
    assert!(
        console.screen().contains("catalog  cart"),
        "{}",
        console.screen()
    );
}

#[test]
fn letters_typed_into_a_field_do_nothing_else() {
    let mut console = Console::filled(120, 40);
    console.keys("/ \"qyYrR?:1234\"");
    assert!(
        !console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, Cmd::Quit | Cmd::Copy(_)))
    );
    assert_eq!(console.state.incidents.filter.typed, "qyYrR?:1234");
}

#[test]
fn the_detail_follows_when_the_keys_pause_and_not_before() {
    let mut console = Console::filled(120, 40);
    console.asked.clear();
    console.keys("j j j");
    let fetched: Vec<&Topic> = console
        .asked
        .iter()
        .filter_map(|cmd| {
            if let Cmd::Fetch(topic) = cmd {
                Some(topic)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        fetched,
        [&Topic::Detail("311".into()), &Topic::Timeline("311".into())],
        "three keys, one question"
    );
}

#[test]
fn an_answer_for_another_incident_changes_nothing() {
    let mut console = Console::filled(120, 40);
    console.keys("j");
    console.tell(Change::Timeline(Box::new(KnownTimeline {
        id: "312".into(),
        items: vec![],
        missing: vec!["late".into()],
        seen: None,
    })));
    assert!(!console.state.detail.arrived);
}

#[test]
fn jumping_goes_back_and_forward() {
    let mut console = Console::filled(120, 40);
    console.keys("ctrl-p \"disk orders\" enter ctrl-p \"certificate\" enter");
    let here = |console: &Console| {
        console
            .state
            .detail
            .id
            .clone()
            .map(|id| id.to_string())
            .unwrap_or_default()
    };
    assert_eq!(here(&console), "309");
    console.keys("ctrl-o");
    assert_eq!(here(&console), "308");
    console.keys("ctrl-o");
    assert_eq!(here(&console), "312");
    console.keys("alt-right alt-right");
    assert_eq!(here(&console), "309");
}
