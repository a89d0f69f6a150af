//! Nothing is told by colour alone: a screen without any look still tells every state, and the terminal's own cursor stands
//! where the keys go.

use crate::common::{self, Console};
use crate::steps::{found, on_312};
use hotseat::console::backend::SlowLine;
use hotseat::console::job::Topic;
use hotseat::console::news::News;
use hotseat::console::picture;
use hotseat::console::state::{Item, ListKind, Tone};
use hotseat::console::view;
use hotseat::session::Change;
use ratatui::Terminal;
use ratatui::layout::Size;

/// A console, what is pressed in it, and the words and signs by which a state is told.
type Scene = (
    &'static str,
    fn(&mut Console),
    &'static str,
    &'static [&'static str],
);

const SCENES: &[Scene] = &[
    (
        "where the keys are",
        |_| {},
        "",
        &["▌1  ›1 Incidents", "▌P0"],
    ),
    ("where they went", |_| {}, "3", &["▌3  On call"]),
    (
        "the tab that is shown",
        |_| {},
        "2 ]",
        &["▌2  INC-312", "›2 Overview"],
    ),
    ("severities", |_| {}, "", &["P0", "P1", "P2", "P3"]),
    ("private", |_| {}, "", &["[private]"]),
    ("nobody leads", |_| {}, "", &["no lead"]),
    ("marked", |_| {}, "space", &["✓P0", "keys act on 1 marked"]),
    ("over", |_| {}, "A", &["Closed"]),
    ("new lines", |_| {}, "2", &["●", "new"]),
    (
        "alerts",
        firing,
        ": \"alerts\" enter",
        &["firing", "resolved"],
    ),
    (
        "a page that waits",
        waits,
        ": \"escalations\" enter",
        &["pending", "1 page waits"],
    ),
    ("what is old", old, "", &["not up to date", "old: "]),
    ("what cannot be reached", offline, "", &["offline"]),
    ("a draft", |_| {}, "u \"Half\" esc esc", &["draft not sent"]),
    ("what is chosen in a form", |_| {}, "S down", &["▌"]),
    ("what is found", |_| {}, "ctrl-p \"pay\" down", &["▌"]),
    (
        "what could stand there",
        |_| {},
        "/ \"se\"",
        &["▌sev:", " service:"],
    ),
    (
        "facts for and against",
        investigated,
        "2",
        &[" + E", "87 %"],
    ),
    ("on call", |_| {}, "3", &["(you)"]),
    ("what is open on a service", |_| {}, "4", &["1 open"]),
];

fn alert(id: &str, mark: &str, tone: Tone) -> Item {
    Item {
        id: id.into(),
        mark: mark.into(),
        title: format!("HighErrorRate {id}"),
        tone,
        ..Item::default()
    }
}

fn firing(console: &mut Console) {
    let all = vec![
        alert("A1", "firing", Tone::Hot),
        alert("A2", "resolved", Tone::Quiet),
    ];
    console.tell(News::List(ListKind::Alerts, all));
}

fn waits(console: &mut Console) {
    console.tell(News::List(ListKind::Pages, vec![]));
    let page = alert("E1", "pending", Tone::Hot);
    console.tell(News::List(ListKind::Pages, vec![page]));
}

fn old(console: &mut Console) {
    console.answer(Topic::Incidents);
    console.now += chrono::Duration::minutes(9);
    console.pause();
    console.fail(Topic::Incidents, "Refused.", "", false);
    console.now += chrono::Duration::minutes(1);
    console.state.notice = None;
    console.pause();
}

fn offline(console: &mut Console) {
    console.answer(Topic::Incidents);
    console.fail(Topic::Incidents, "Not reached.", "", true);
    console.now += chrono::Duration::minutes(9);
    console.keys("j");
}

fn investigated(console: &mut Console) {
    console.keys("i");
    console.tell(found(87, false));
}

/// The symbols of a screen alone, as if all of it had one colour and one weight.
#[test]
fn every_state_is_told_by_a_word_or_a_sign() {
    let mut wrong = Vec::new();
    for (name, prepare, keys, signs) in SCENES {
        let mut console = on_312(120, 40);
        prepare(&mut console);
        console.keys(keys);
        let screen = console.screen();
        let missing: Vec<&&str> = signs
            .iter()
            .filter(|sign| !screen.contains(**sign))
            .collect();
        if !missing.is_empty() {
            wrong.push(format!("{name}: {missing:?} not in\n{screen}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// Two screens that differ in one state differ in their symbols.
#[test]
fn screens_of_different_states_differ_without_any_colour() {
    let screen = |keys: &str| {
        let mut console = on_312(120, 40);
        console.keys(keys);
        console.screen()
    };
    for (one, other) in [
        ("", "tab"),
        ("2", "2 ]"),
        ("", "space"),
        ("S", "S down"),
        ("S down", "S down down"),
        ("ctrl-p \"a\"", "ctrl-p \"a\" down"),
        ("/ \"se\"", "/ \"se\" backtab"),
        ("u", "u tab"),
        (".", ". j"),
    ] {
        assert_ne!(screen(one), screen(other), "{one} and {other}");
    }
}

#[test]
fn the_terminals_cursor_stands_on_what_has_the_keys() {
    for (keys, begins) in [
        ("", "▌P0"),
        ("j", "▌P1"),
        ("2", "▌"),
        ("2 ] j", "▌"),
        ("3 j", "▌"),
        ("4 j", "▌"),
        ("4 enter", "▌"),
        ("J", "Journal"),
        (". j", "▌"),
        ("ctrl-p \"a\" down", "▌"),
        ("S down", "▌"),
        ("u \"Half\" esc", "▌Send"),
    ] {
        let mut console = on_312(120, 40);
        console.keys(keys);
        let screen = console.screen();
        let at = picture::cursor(&console.state, &console.theme);
        let line = screen.lines().nth(usize::from(at.y)).unwrap_or_default();
        let from: String = line.chars().skip(usize::from(at.x)).collect();
        assert!(from.starts_with(begins), "{keys}: {at}: {from:?}\n{screen}");
    }
    for (keys, before) in [
        ("/ \"disk\"", "/disk"),
        ("ctrl-p \"pay\"", "> pay"),
        ("u \"Half\"", "Half"),
    ] {
        let mut console = on_312(120, 40);
        console.keys(keys);
        let screen = console.screen();
        let at = picture::cursor(&console.state, &console.theme);
        let line = screen.lines().nth(usize::from(at.y)).unwrap_or_default();
        let typed: String = line.chars().take(usize::from(at.x)).collect();
        assert!(typed.ends_with(before), "{keys}: {at}: {typed:?}\n{screen}");
    }
}

#[test]
fn an_idle_console_writes_nothing_although_its_cursor_is_seen() {
    let mut console = on_312(120, 40);
    let backend = SlowLine::new(Vec::new(), Size::new(120, 40));
    let mut terminal = Terminal::new(backend).expect("a terminal");
    let mut draw = |console: &Console| {
        terminal
            .draw(|frame| view::draw(frame, &console.state, &console.theme))
            .expect("drawn");
        terminal.backend().inner().len()
    };
    for keys in ["", "j", "u \"Half\"", "esc", "esc esc ctrl-p"] {
        console.keys(keys);
        let first = draw(&console);
        assert_eq!(draw(&console), first, "{keys}");
    }
    console.tell(Change::Rows {
        rows: vec![common::row("312", "Another name", ("Storm", 4), "Fixing", 4).into()],
        whole: false,
        cached: false,
    });
    let told = draw(&console);
    assert_eq!(draw(&console), told, "after news");
}
