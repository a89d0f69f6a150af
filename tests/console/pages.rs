//! Pages: whose they are, and taking them.

use crate::common::Console;
use crate::steps::{on_312, sent};
use hotseat::console::items;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{ListKind, Pane};
use hotseat::domain::{Escalation, EscalationEvent, EscalationPath, IncidentId, PathLevel, Person};

const ANA: (&str, &str) = ("U312", "Ana Abara");
const BRAM: (&str, &str) = ("U2", "Bram Brandt");

/// A page that went to somebody and waits, on an incident.
pub(crate) fn page(console: &Console, id: &str, to: (&str, &str), of: &str) -> Escalation {
    let at = console.now - chrono::Duration::minutes(4);
    let reached = EscalationEvent {
        kind: "notified_users".into(),
        at,
        people: vec![Person {
            id: to.0.into(),
            name: to.1.into(),
            email: None,
        }],
        urgency: None,
    };
    Escalation {
        id: id.into(),
        title: format!("HighErrorRate {id}"),
        status: "triggered".into(),
        priority: "Urgent".into(),
        path: None,
        created: at,
        updated: at,
        events: vec![reached],
        incidents: vec![(IncidentId::from(of), format!("INC-{of}"))],
        creator: "alert".into(),
    }
}

/// Pages arrive.
pub(crate) fn paged(console: &mut Console, pages: Vec<Escalation>) {
    let items = items::escalations(pages, console.now, None);
    console.tell(News::List(ListKind::Pages, items));
}

/// What was written, and to where.
fn acknowledged(console: &mut Console) -> Vec<String> {
    let writes = sent(console);
    writes.into_iter().map(|write| write.path).collect()
}

#[test]
fn a_page_of_somebody_else_is_taken_only_after_a_question() {
    let mut console = on_312(120, 40);
    let bram = page(&console, "E2", BRAM, "312");
    paged(&mut console, vec![bram]);
    console.keys("a");
    let screen = console.screen();
    assert!(
        screen.contains("Bram Brandt's page: take it?") && screen.contains("INC-312 HighErrorRate"),
        "{screen}"
    );
    assert_eq!(acknowledged(&mut console), Vec::<String>::new());
    console.keys("n");
    assert!(
        console.state.overlays.is_empty(),
        "n leaves it, and is no note"
    );
    assert_eq!(acknowledged(&mut console), Vec::<String>::new());
    console.keys("a y");
    let taken = ["/v2/escalations/E2/actions/respond"];
    assert_eq!(acknowledged(&mut console), taken);
}

#[test]
fn ones_own_page_is_taken_at_once_before_somebody_elses_on_the_same_incident() {
    let mut console = on_312(120, 40);
    let both = vec![
        page(&console, "E2", BRAM, "312"),
        page(&console, "E1", ANA, "312"),
    ];
    paged(&mut console, both);
    console.keys("a");
    let taken = ["/v2/escalations/E1/actions/respond"];
    assert_eq!(acknowledged(&mut console), taken, "{}", console.screen());
}

#[test]
fn ones_own_page_on_an_incident_that_is_not_shown_is_asked_about() {
    let mut console = on_312(120, 40);
    let elsewhere = page(&console, "E1", ANA, "310");
    paged(&mut console, vec![elsewhere]);
    console.keys("a");
    let screen = console.screen();
    assert!(
        screen.contains("Your page on INC-310: take it?"),
        "{screen}"
    );
}

#[test]
fn ones_own_page_is_marked_everywhere_and_a_key_goes_to_it_and_its_incident() {
    let mut console = on_312(120, 40);
    let both = vec![
        page(&console, "E2", BRAM, "312"),
        page(&console, "E1", ANA, "310"),
    ];
    paged(&mut console, both);
    let screen = console.screen();
    assert!(
        screen.contains("[your page] Zahlungen"),
        "in the list\n{screen}"
    );
    let says = "your page: INC-310 HighErrorRate E1 (p) · 1 more page waits";
    assert!(screen.contains(says), "in the status line\n{screen}");
    console.keys("p");
    let screen = console.screen();
    assert!(screen.contains("[your page] HighErrorRate E1"), "{screen}");
    assert!(
        screen.contains("your page waits: a"),
        "in the detail\n{screen}"
    );
    let shown = console.state.detail.id.as_ref().map(|id| id.to_string());
    assert_eq!(
        (shown.as_deref(), console.state.focus),
        (Some("310"), Pane::Incidents)
    );
    console.asked.clear();
    console.keys("a");
    let taken = ["/v2/escalations/E1/actions/respond"];
    assert_eq!(acknowledged(&mut console), taken);
    console.keys("ctrl-o");
    let shown = console.state.detail.id.as_ref().map(|id| id.to_string());
    assert_eq!(shown.as_deref(), Some("312"), "and one comes back");
    assert!(!console.asked.iter().any(|cmd| matches!(cmd, Cmd::Quit)));
}

/// A path of two levels: people on call, then Bram, then once more.
fn path() -> EscalationPath {
    let level = |target: &str| PathLevel {
        targets: vec![target.into()],
        schedules: Vec::new(),
        seconds: Some(300),
        delay: 0,
    };
    EscalationPath {
        id: "P".into(),
        name: "Checkout".into(),
        levels: vec![level("schedule S1"), level("user U2")],
        repeats: Some((1, 0)),
        responders: Vec::new(),
    }
}

#[test]
fn a_page_tells_whom_it_reached_and_counts_down_to_whom_it_pages_next() {
    let mut console = on_312(120, 40);
    let mut paging = page(&console, "E1", ANA, "312");
    paging.path = Some("P".into());
    paged(&mut console, vec![paging.clone()]);
    let asks = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Paths));
    assert!(console.asked.iter().any(asks), "by which path is asked for");
    console.tell(News::Paths(vec![path()]));
    console.keys("p enter");
    let screen = console.screen();
    // It was paged four minutes ago, and the keys took a second's part.
    assert!(screen.contains("level 2 in 59 s: Bram Brandt"), "{screen}");
    assert!(
        screen.contains("14:36:00  level 1  paged Ana Abara"),
        "{screen}"
    );
    let wakes = (console.state.wake_at() - console.state.now).num_milliseconds();
    assert!((1..=1_005).contains(&wakes), "it counts: {wakes}");
    console.now += chrono::Duration::seconds(10);
    console.pause();
    assert!(
        console.screen().contains("level 2 in 49 s"),
        "{}",
        console.screen()
    );
    paging.status = "acked".into();
    paging.events.push(EscalationEvent {
        kind: "acked".into(),
        at: console.now,
        people: paging.events[0].people.clone(),
        urgency: None,
    });
    paged(&mut console, vec![paging]);
    let screen = console.screen();
    assert!(screen.contains("acknowledged by Ana Abara"), "{screen}");
    assert!(!screen.contains("level 2"), "{screen}");
    let wakes = (console.state.wake_at() - console.state.now).num_seconds();
    assert!(wakes > 5, "what counts no more draws nothing: {wakes}");
}

#[test]
fn on_a_page_that_is_answered_acknowledging_takes_no_other_one() {
    let mut console = on_312(120, 40);
    let answered = Escalation {
        status: "acked".into(),
        ..page(&console, "E3", BRAM, "310")
    };
    let waits = page(&console, "E1", ANA, "312");
    paged(&mut console, vec![waits, answered]);
    console.keys("] ] G a");
    let screen = console.screen();
    assert!(
        screen.contains("This page is acknowledged already"),
        "{screen}"
    );
    assert_eq!(acknowledged(&mut console), Vec::<String>::new());
    assert!(console.state.overlays.is_empty(), "{screen}");
}

#[test]
fn in_another_list_keys_are_about_the_incident_of_the_line() {
    let mut console = on_312(120, 40);
    let (first, second) = (
        page(&console, "E1", ANA, "312"),
        page(&console, "E2", BRAM, "310"),
    );
    let alone = Escalation {
        incidents: Vec::new(),
        ..page(&console, "E3", BRAM, "")
    };
    paged(&mut console, vec![first, second, alone]);
    console.keys("] ] j n");
    let asked = |cmd: &Cmd| match cmd {
        Cmd::Fetch(Topic::Subjects(_, ids)) => ids.first().map(ToString::to_string),
        _ => None,
    };
    let about = console.asked.iter().rev().find_map(asked);
    assert_eq!(about.as_deref(), Some("310"), "{}", console.screen());
    console.keys("esc j n");
    let screen = console.screen();
    assert!(
        screen.contains("This line belongs to no incident."),
        "{screen}"
    );
}

#[test]
fn a_page_that_waits_says_on_which_level_of_how_many_and_until_when() {
    let mut console = on_312(120, 40);
    let level = |seconds| PathLevel {
        targets: vec![],
        schedules: vec![],
        seconds,
        delay: 0,
    };
    console.tell(News::Paths(vec![EscalationPath {
        id: "P1".into(),
        name: "Checkout".into(),
        levels: vec![level(Some(600)), level(Some(300)), level(None)],
        repeats: None,
        responders: vec![],
    }]));
    let waits = Escalation {
        path: Some("P1".into()),
        ..page(&console, "E1", ANA, "312")
    };
    paged(&mut console, vec![waits]);
    console.keys("p enter");
    let screen = console.screen();
    // It was paged four minutes before 14:40, and the level has ten.
    let says = "triggered: waits on level 1 of 3 from 14:36:00 until 14:46:00";
    assert!(screen.contains(says), "{screen}");
    let just_now = Escalation {
        path: None,
        ..page(&console, "E2", ANA, "310")
    };
    let item = items::escalation(just_now, console.now - chrono::Duration::minutes(4), None);
    assert_eq!(item.note, "level 1 just now, Ana Abara");
}
