//! What is outside the window is told at its edges, what is new comes into view or is told of, and counts that are not
//! whole say so.

use crate::common::{Console, row};
use hotseat::console::job::Topic;
use hotseat::console::news::News;
use hotseat::console::state::{Item, ListKind};
use hotseat::domain::IncidentSummary;
use hotseat::session::Change;
use std::sync::Arc;

fn told(rows: Vec<IncidentSummary>) -> Change {
    Change::Rows {
        rows: rows.into_iter().map(Arc::new).collect(),
        whole: false,
        cached: false,
    }
}

/// A console with thirty incidents of the same severity besides.
fn crowded(width: u16, height: u16) -> Console {
    let mut console = Console::filled(width, height);
    let many = (500..530).map(|id: i64| {
        let name = format!("Queue {id} is long");
        row(&id.to_string(), &name, ("Breeze", 2), "Fixing", 4_000 - id)
    });
    console.tell(told(many.collect()));
    console
}

fn storm(id: &str) -> IncidentSummary {
    row(id, "Everything is down", ("Storm", 4), "Investigating", 1)
}

fn status_line(console: &Console) -> String {
    let screen = console.screen();
    let mut lines = screen.lines().rev();
    lines.nth(1).unwrap_or_default().to_owned()
}

#[test]
fn a_list_says_how_many_lines_are_above_and_below_its_window() {
    let mut console = crowded(80, 24);
    let title = |console: &Console| console.screen().lines().next().map(str::to_owned);
    assert!(title(&console).is_some_and(|t| t.contains("29 below  35 of 36")));
    console.keys("G");
    assert!(title(&console).is_some_and(|t| t.contains("29 above  35 of 36")));
    console.keys("k k k k k k k k");
    let title = title(&console).unwrap_or_default();
    assert!(title.contains(" above, "), "{title}");
}

#[test]
fn a_new_incident_as_bad_as_ones_own_is_told_of_until_it_was_seen() {
    let mut console = crowded(80, 24);
    console.keys("G");
    console.tell(told(vec![storm("400")]));
    console.now += chrono::Duration::seconds(30);
    console.pause();
    let line = status_line(&console);
    assert!(line.contains("P0 INC-400 is above: g"), "{line}");
    assert_eq!(console.selected(), "INC-309", "the cursor stays");
    console.keys("g");
    let line = status_line(&console);
    assert!(!line.contains("INC-400 is"), "seen is seen\n{line}");
    console.keys("G");
    assert!(!status_line(&console).contains("INC-400 is"));
}

#[test]
fn one_that_fits_beside_the_cursor_comes_into_view() {
    let mut console = crowded(80, 24);
    console.keys("j j j j j j j k k k");
    let (here, before) = (console.selected(), console.screen());
    let first = before.lines().nth(2).unwrap_or_default();
    assert!(!first.contains("INC-312"), "the window was moved\n{before}");
    console.tell(told(vec![storm("400")]));
    let screen = console.screen();
    let first = screen.lines().nth(2).unwrap_or_default();
    assert!(first.contains("INC-400"), "{screen}");
    assert_eq!(console.selected(), here, "the cursor stays");
}

#[test]
fn one_that_is_less_severe_than_ones_own_is_no_alarm() {
    let mut console = crowded(80, 24);
    console.keys("G");
    let small = row("401", "A typo", ("Ripple", 1), "Investigating", 1);
    console.tell(told(vec![small]));
    console.keys("g");
    console.now += chrono::Duration::seconds(30);
    console.pause();
    assert!(!status_line(&console).contains("INC-401"));
}

#[test]
fn one_that_another_list_or_a_filter_hides_is_told_of_too() {
    for script in ["]", "/ \"queue\" enter"] {
        let mut console = crowded(80, 24);
        console.keys(script);
        console.tell(told(vec![storm("400")]));
        console.now += chrono::Duration::seconds(30);
        console.pause();
        let line = status_line(&console);
        assert!(line.contains("P0 INC-400 is new"), "{script}: {line}");
        console.keys("ctrl-p \"everything is d\" enter");
        assert!(!status_line(&console).contains("INC-400 is new"));
    }
}

#[test]
fn a_list_of_which_more_was_not_read_says_so() {
    let mut console = Console::filled(120, 40);
    console.keys(": \"escalations\" enter");
    let item = |id: &str| Item {
        id: id.into(),
        title: "HighErrorRate".into(),
        ..Item::default()
    };
    let title = |console: &Console| console.screen().lines().next().map(str::to_owned);
    console.tell(News::List(ListKind::Pages, vec![item("1"), item("2")]));
    console.tell(News::More(Topic::List(ListKind::Pages)));
    assert!(
        title(&console).is_some_and(|t| t.ends_with(" 2+ ")),
        "{}",
        console.screen()
    );
    console.tell(News::List(ListKind::Pages, vec![item("1"), item("2")]));
    assert!(
        title(&console).is_some_and(|t| t.ends_with(" 2 ")),
        "{}",
        console.screen()
    );
}

#[test]
fn incidents_that_are_in_no_count_are_told() {
    let mut console = Console::filled(120, 40);
    console.tell(Change::Counted(15, console.now));
    let title = |console: &Console| console.screen().lines().next().map(str::to_owned);
    assert!(
        title(&console).is_some_and(|t| t.contains("5 of 6+")),
        "{}",
        console.screen()
    );
    console.keys("A");
    let screen = console.screen();
    assert!(screen.contains("9 not kept here  6 of 6+"), "{screen}");
    console.keys("!");
    let screen = console.screen();
    assert!(
        screen.contains("9 are in no list and no count here"),
        "{screen}"
    );
    let mut console = Console::filled(120, 40);
    console.tell(Change::Counted(6, console.now));
    assert!(title(&console).is_some_and(|t| t.contains("5 of 6 ")));
}
