//! Words that are always true: how old what is shown is, and why a list is empty.

use crate::common::{self, Console};
use crate::steps::{found, on_312};
use hotseat::console::job::Topic;
use hotseat::console::news::{InvestigationEvent, News};
use hotseat::console::state::{Item, ListKind};
use hotseat::domain::{ApiError, StatusCategory};
use hotseat::session::{Change, Investigation, KnownTimeline};

fn refused(status: u16) -> ApiError {
    ApiError::Http {
        status,
        write: false,
        permission: "view_data",
        request_id: None,
        errors: Vec::new(),
        retry_after: Some(30),
    }
}

/// All that the screen stands on was answered.
fn read(console: &mut Console) {
    for topic in [
        Topic::Incidents,
        Topic::List(hotseat::console::state::ListKind::Pages),
        Topic::Timeline("312".into()),
        Topic::Schedules,
        Topic::Catalog,
    ] {
        console.answer(topic);
    }
}

fn minutes(console: &mut Console, minutes: i64) {
    console.now += chrono::Duration::minutes(minutes);
    console.pause();
}

#[test]
fn a_list_that_is_refused_is_not_live_and_its_title_says_its_age_and_why() {
    let mut console = Console::filled(120, 40);
    read(&mut console);
    assert!(console.screen().contains(" live "), "{}", console.screen());
    minutes(&mut console, 4);
    read(&mut console);
    console.fail_with(Topic::Schedules, refused(403));
    let screen = console.screen();
    assert!(
        screen.contains("3  On call ─────── refused, permission missing"),
        "{screen}"
    );
    minutes(&mut console, 4);
    for topic in [Topic::Incidents, Topic::Catalog] {
        console.answer(topic);
    }
    console.fail_with(Topic::Schedules, refused(403));
    let screen = console.screen();
    let title = |number: &str| {
        let mut lines = screen.lines();
        lines.find(|line| line.contains(number)).expect("a title")
    };
    assert!(title(" 3  On call").contains("4m old: refused, permission missing"));
    assert!(title(" 2  INC-312").contains("4m old: no answer since"));
    assert!(!title("▌1  ›1 Incidents").contains("old"), "{screen}");
    assert!(!screen.contains(" live "), "{screen}");
    assert!(
        screen.contains("Pages, Timeline, On call not up to date"),
        "{screen}"
    );
    read(&mut console);
    assert!(console.screen().contains(" live ") && !console.screen().contains(" old"));
}

#[test]
fn what_is_old_is_said_at_every_width() {
    for (width, height) in [(200, 60), (80, 24), (60, 15), (40, 8)] {
        let mut console = Console::filled(width, height);
        read(&mut console);
        minutes(&mut console, 3);
        console.fail_with(Topic::Incidents, refused(403));
        let screen = console.screen();
        let says = if width > 40 {
            "3m old: refused"
        } else {
            "3m old"
        };
        assert!(screen.contains(says), "{screen}");
    }
}

#[test]
fn a_rate_limit_that_is_reached_is_not_said_to_be_free() {
    let mut console = Console::filled(120, 40);
    read(&mut console);
    assert!(console.screen().contains("rate limit 100% free"));
    console.fail_with(Topic::Incidents, refused(429));
    // Another endpoint still answers, with all of its own limit.
    console.answer(Topic::Schedules);
    let screen = console.screen();
    assert!(
        screen.contains("rate limit reached") && !screen.contains("% free"),
        "{screen}"
    );
    minutes(&mut console, 1);
    read(&mut console);
    let screen = console.screen();
    assert!(
        screen.contains("rate limit 100% free") && !screen.contains("limit reached"),
        "{screen}"
    );
}

#[test]
fn an_empty_list_names_the_filter_that_made_it_empty_and_the_key_that_clears_it() {
    let mut console = Console::filled(120, 40);
    read(&mut console);
    for (script, says) in [
        (
            "/ \"nowhere\" enter",
            "No open incident matches \"nowhere\" (5 open in all); esc clears the filter, A shows what is over.",
        ),
        (
            "t",
            "No open incident of yours matches \"nowhere\" (5 open in all); esc clears the filter, t shows your teams',",
        ),
        ("tab / \"nowhere\" enter", ""),
        ("3 / \"nobody\" enter", "Nothing matches \"nobody\"; esc"),
        ("4 / \"nothing\" enter", "Nothing matches \"nothing\"; esc"),
    ] {
        console.keys(script);
        let screen = console.screen();
        assert!(screen.contains(says), "{script}: {screen}");
        assert!(!screen.contains("on fire"), "{script}: {screen}");
    }
}

#[test]
fn a_name_that_nothing_has_is_told_from_one_that_no_open_incident_has() {
    let mut console = Console::filled(120, 40);
    read(&mut console);
    for (typed, says) in [
        (
            "sev:p9",
            "There is no severity \"p9\"; there are Storm, Gale, Breeze, Ripple, P0, P1, P2, P3. esc clears the filter,",
        ),
        ("status:banana", "There is no status \"banana\""),
        ("team:nobody", "There is no team \"nobody\""),
        ("role:nobody", "There is no role or person \"nobody\""),
        ("cart lead:nobody", "There is no person \"nobody\""),
        // What there is, and what was asked not to be.
        ("status:closed", "No open incident matches"),
        ("sev:ripple nowhere", "No open incident matches"),
        ("!sev:p9 nowhere", "No open incident matches"),
    ] {
        console.keys(&format!("/ {typed:?} enter"));
        let screen = console.screen();
        assert!(screen.contains(says), "{typed}: {screen}");
        console.keys("esc");
    }
}

#[test]
fn that_all_is_calm_is_said_only_of_a_list_that_was_just_read() {
    let mut console = Console::new(120, 40);
    console.tell(Change::Rows {
        rows: Vec::new(),
        whole: true,
        cached: true,
    });
    console.tell(Change::Cached(console.now - chrono::Duration::minutes(9)));
    let screen = console.screen();
    assert!(
        screen.contains("No incident is known to be open (9m old: from the cache)."),
        "{screen}"
    );
    assert!(!screen.contains("on fire"), "{screen}");
    read(&mut console);
    assert!(console.screen().contains("Nothing is on fire."));
    minutes(&mut console, 5);
    let unreached = ApiError::Network {
        host: "api.example".into(),
        reason: "no route".into(),
        kind: hotseat::domain::NetworkFault::Timeout,
        unsent: true,
    };
    console.fail_with(
        Topic::List(hotseat::console::state::ListKind::Pages),
        unreached,
    );
    let screen = console.screen();
    assert!(
        screen.contains("5m old: offline") && !screen.contains("on fire"),
        "{screen}"
    );
    console.keys("]");
    console.fail_with(
        Topic::List(hotseat::console::state::ListKind::Alerts),
        refused(403),
    );
    let screen = console.screen();
    assert!(
        screen.contains("The API key may not do this: it lacks the permission view_data")
            && !screen.contains("None."),
        "{screen}"
    );
}

#[test]
fn a_finding_and_its_drafts_say_that_they_were_made_before_the_incident_was_over() {
    let mut console = on_312(120, 40);
    console.keys("i");
    console.tell(found(87, false));
    assert!(!console.screen().contains("found 14:40"));
    minutes(&mut console, 12);
    assert!(console.screen().contains("found 14:40 "));
    let mut over = common::incident("312");
    over.row.category = StatusCategory::Closed;
    over.row.status = "Closed".into();
    console.tell(Change::Incident(Box::new(over)));
    assert!(
        console.screen().contains("found 14:40, before \"Closed\""),
        "{}",
        console.screen()
    );
    console.keys("d");
    assert!(
        console
            .screen()
            .contains("Drafted before it was \"Closed\""),
        "{}",
        console.screen()
    );
}

#[test]
fn one_page_has_one_clock_the_chosen_zones() {
    let mut console = on_312(120, 40);
    console.state.local = "Europe/Berlin".parse().expect("a zone");
    console.keys("U i");
    let mut done = common::finding(87);
    done.summary = "checkout-service was failing calls 14:32–14:51 UTC.".into();
    done.tellings = None;
    console.tell(News::InvestigationEvent(
        "312".into(),
        Box::new(InvestigationEvent::Found {
            done: Box::new(Investigation {
                incident: common::incident("312"),
                finding: done,
                started: console.now,
                retelling: None,
            }),
            before: None,
            by_itself: false,
        }),
    ));
    let screen = console.screen();
    assert!(
        screen.contains("failing calls 15:32–15:51 CET."),
        "{screen}"
    );
    assert!(!screen.contains("UTC"), "{screen}");
    console.keys("d");
    for _ in 0..4 {
        let screen = console.screen();
        assert!(!screen.contains("UTC"), "{screen}");
        console.keys("]");
    }
    console.keys("esc U");
    let screen = console.screen();
    assert!(
        screen.contains("failing calls 14:32–14:51 UTC."),
        "{screen}"
    );
}

#[test]
fn markdown_in_the_timeline_reads_as_words_not_as_marks() {
    let mut console = on_312(120, 40);
    let mut timeline = common::timeline();
    let last = timeline.last_mut().expect("a line");
    last.body = "**What's going on**\n\nSee [the runbook](https://wiki.example/r):\n\n- `kubectl get pods`\n- *wait*".into();
    console.tell(Change::Timeline(Box::new(KnownTimeline {
        id: "312".into(),
        items: timeline,
        missing: vec![],
        seen: None,
    })));
    for script in ["2", "enter"] {
        console.keys(script);
        let screen = console.screen();
        for says in [
            "What's going on",
            "See the runbook:",
            "- kubectl get pods",
            "- wait",
        ] {
            assert!(screen.contains(says), "{says}: {screen}");
        }
        for mark in ["**", "`kubectl", "](", "*wait"] {
            assert!(!screen.contains(mark), "{mark}: {screen}");
        }
    }
}

#[test]
fn where_no_line_of_a_list_says_who_the_names_have_that_room() {
    let name = "UpstreamTimeouts: upstream connect error: connection timeout";
    let mut console = Console::filled(80, 24);
    console.keys("]");
    let alert = Item {
        id: "A1".into(),
        title: name.into(),
        at: Some(console.now),
        ..Item::default()
    };
    console.tell(News::List(ListKind::Alerts, vec![alert]));
    assert!(console.screen().contains(name), "{}", console.screen());
}
