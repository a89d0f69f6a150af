//! What lies over the panes: how far it is read, whose answer it takes in, whose drafts it shows, and its keys.

use crate::common;
use crate::steps::recorded;

use crate::common::Console;
use crate::steps::looked_back;
use hotseat::console::job::Topic;
use hotseat::console::keymap::Keymap;
use hotseat::console::msg::Cmd;
use hotseat::console::news::{InvestigationEvent, News};
use hotseat::console::state::{DetailTab, Item, LinkTarget};
use hotseat::domain::{IncidentId, Instant, Undo};
use hotseat::draft::TextKind;
use hotseat::session::{Change, Investigation};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A console with a post-mortem document under the cursor.
fn on_document(width: u16, height: u16) -> Console {
    let mut console = Console::filled(width, height);
    console.keys("2 [ [");
    assert_eq!(console.state.detail.tab, DetailTab::Documents);
    let document = Item {
        id: "D1".into(),
        title: "What we learned".into(),
        leads_to: Some(LinkTarget::Document("D1".into(), "What we learned".into())),
        ..Item::default()
    };
    console.tell(News::Tab(
        "312".into(),
        DetailTab::Documents,
        vec![document],
    ));
    console
}

/// What an investigation tells when it is done.
fn found(id: &str, percent: u8, by_itself: bool) -> News {
    let done = Investigation {
        incident: common::incident(id),
        finding: common::finding(percent),
        started: Instant::default(),
        retelling: None,
    };
    let found = InvestigationEvent::Found {
        done: Box::new(done),
        before: None,
        by_itself,
    };
    News::InvestigationEvent(id.into(), Box::new(found))
}

fn long_document() -> String {
    let paragraph = "many words that are wrapped ".repeat(12);
    let mut lines: Vec<String> = (0..40).map(|n| format!("{n} {paragraph}")).collect();
    lines.push("the very last line".into());
    lines.join("\n")
}

#[test]
fn a_long_text_is_read_to_its_last_wrapped_line_and_no_further() {
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        let mut console = on_document(width, height);
        console.keys("enter");
        console.tell(News::Document("D1".into(), long_document()));
        console.keys("G");
        let end = console.screen();
        assert!(
            end.contains("the very last line"),
            "{width}x{height}\n{end}"
        );
        console.keys("j j ctrl-d k");
        assert_ne!(
            console.screen(),
            end,
            "one key up from the end moves at once: nothing was scrolled past it"
        );
        console.keys("g");
        assert!(console.screen().contains("0 many words"));
    }
}

#[test]
fn help_a_fact_and_a_review_end_at_their_last_line() {
    for (name, open) in [("help", "?"), ("review", "d ["), ("fact", "")] {
        let mut console = Console::filled(60, 15);
        console.keys("i");
        let mut news = found("312", 87, false);
        let News::InvestigationEvent(_, event) = &mut news else {
            unreachable!()
        };
        let InvestigationEvent::Found { done, .. } = &mut **event else {
            unreachable!()
        };
        done.finding.evidence[0].lines = (0..60).map(|n| format!("log line {n}")).collect();
        done.finding.summary = "many words ".repeat(300);
        console.tell(news);
        if name == "fact" {
            let is_fact = |console: &Console| console.screen().contains("E1  payment-gateway");
            console.keys("G enter");
            for _ in 0..200 {
                if is_fact(&console) {
                    break;
                }
                console.keys("esc 2 k enter");
            }
            assert!(is_fact(&console), "{}", console.screen());
        }
        console.keys(open);
        console.keys(&"down ".repeat(300));
        let end = console.screen();
        console.keys("down");
        assert_eq!(console.screen(), end, "{name} ends");
        console.keys("up");
        assert_ne!(console.screen(), end, "{name} was scrolled past its end");
    }
}

#[test]
fn a_window_that_grows_shows_the_end_of_what_was_read_to_its_end() {
    let mut console = on_document(80, 24);
    console.keys("enter");
    console.tell(News::Document("D1".into(), long_document()));
    console.keys("G");
    console.resize(120, 40);
    assert!(
        console.screen().contains("the very last line"),
        "{}",
        console.screen()
    );
}

#[test]
fn a_late_answer_goes_to_the_text_that_asked_wherever_it_lies() {
    let mut console = on_document(120, 40);
    console.keys("enter ? \"half\"");
    console.tell(News::Document("D1".into(), "what we learned".into()));
    assert!(
        console.screen().contains("Move down half a page"),
        "the help that lies over it stays as it is"
    );
    console.keys("esc");
    assert!(
        console.screen().contains("what we learned"),
        "the text below it has its answer:\n{}",
        console.screen()
    );
    // Closed before the answer came, and something else is open.
    let mut console = on_document(120, 40);
    console.keys("enter esc : \"analyze\" enter");
    console.tell(News::Document("D1".into(), "what we learned".into()));
    console.fail(
        Topic::Document("D1".into()),
        "It cannot be read.",
        "",
        false,
    );
    assert!(
        console.screen().contains("Looking back."),
        "{}",
        console.screen()
    );
    console.tell(looked_back("", "12 incidents"));
    assert!(console.screen().contains("12 incidents"));
}

#[test]
fn an_analysis_is_not_painted_over_the_problems() {
    let mut console = Console::filled(120, 40);
    console.keys(": \"analyze\" enter esc !");
    console.tell(looked_back("", "12 incidents"));
    assert!(
        console.screen().contains("Everything could be read"),
        "{}",
        console.screen()
    );
}

#[test]
fn a_draft_takes_in_the_text_of_its_own_kind_and_incident_alone() {
    let mut console = Console::filled(120, 40);
    console.keys("P esc : \"draft update\" enter");
    console.tell(recorded(TextKind::PostMortem, "a post-mortem"));
    assert!(
        console.screen().contains("Reading what is recorded"),
        "{}",
        console.screen()
    );
    console.fail(
        Topic::Drafted("312".into(), TextKind::PostMortem),
        "No post-mortem.",
        "",
        false,
    );
    console.tell(recorded(TextKind::Update, "an update"));
    assert!(
        console.screen().contains("an update"),
        "{}",
        console.screen()
    );
    console.tell(Change::Incident(Box::new(common::incident("312"))));
    console.keys("I");
    assert!(
        console.screen().contains("Post an update") && console.screen().contains("an update"),
        "{}",
        console.screen()
    );
}

#[test]
fn what_failed_of_another_incident_is_not_said_of_the_one_that_is_shown() {
    for topic in [
        Topic::Detail("312".into()),
        Topic::Timeline("312".into()),
        Topic::Tab("312".into(), DetailTab::Alerts),
    ] {
        let mut console = Console::filled(120, 40);
        console.keys("j");
        console.fail(topic.clone(), "It is gone.", "", false);
        console.keys("!");
        assert!(
            !console.screen().contains("It is gone") || console.state.detail.missing.is_empty(),
            "{topic:?}"
        );
        assert!(console.state.problems.is_empty(), "{topic:?}");
        assert!(console.state.detail.tabs.is_empty(), "{topic:?}");
        // Of the one that is shown it is said, until somebody goes on.
        console.keys("esc k");
        console.fail(topic.clone(), "It is gone.", "", false);
        assert_eq!(console.state.problems.len(), 1, "{topic:?}");
        console.keys("j");
        assert!(console.state.problems.is_empty(), "{topic:?}");
    }
}

#[test]
fn a_finished_investigation_posts_its_own_entries_and_not_those_of_the_last_begun() {
    let mut console = Console::filled(120, 40);
    let mut config = (*console.state.config).clone();
    config.investigate.auto = serde_json::from_value("post".into()).expect("a mode");
    console.state.config = config.into();
    for id in ["401", "402"] {
        let row = common::row(id, "Payments fail", ("Storm", 4), "Investigating", 0);
        console.tell(Change::Rows {
            rows: vec![Arc::new(row)],
            whole: false,
            cached: false,
        });
        console.pause();
    }
    console.tell(found_of("402", 87));
    console.asked.clear();
    console.tell(found_of("401", 60));
    let of: Vec<IncidentId> = console
        .asked
        .iter()
        .filter_map(|cmd| match cmd {
            Cmd::Deliver { incident, .. } => Some(incident.row.id.clone()),
            _ => None,
        })
        .collect();
    assert!(
        !of.is_empty() && of.iter().all(|id| id.as_str() == "401"),
        "{of:?}"
    );
}

/// What an investigation that nobody asked for tells of an incident that was just declared.
fn found_of(id: &str, percent: u8) -> News {
    let News::InvestigationEvent(_, mut event) = found("312", percent, true) else {
        unreachable!()
    };
    if let InvestigationEvent::Found { done, .. } = &mut *event {
        done.incident.row.id = id.into();
    }
    News::InvestigationEvent(id.into(), event)
}

#[test]
fn a_draft_that_somebody_writes_in_stays_as_it_is_when_a_run_ends() {
    let mut console = Console::filled(120, 40);
    console.keys("i");
    console.tell(found("312", 87, false));
    console.keys("d ]");
    assert!(
        console
            .screen()
            .contains("Root cause identified: payment-gateway")
    );
    console.keys("e \"Seen by Ana. \"");
    // Below the confidence no root cause is drafted: the one under the editor is not in the new run.
    console.tell(found("312", 40, false));
    console.keys("\"And by Bram. \" esc");
    let screen = console.screen();
    assert!(
        screen.contains("Root cause identified") && screen.contains("Seen by Ana. And by Bram."),
        "{screen}"
    );
    console.tell(found("312", 87, false));
    assert!(
        console.screen().contains("Seen by Ana. And by Bram."),
        "what was written stays after it, too"
    );
    console.asked.clear();
    console.keys("y");
    assert!(
        matches!(&console.asked[..], [Cmd::Deliver { draft, .. }] if draft.title.starts_with("Root cause") && draft.body.contains("Seen by Ana. And by Bram.")),
        "{:?}",
        console.asked
    );
}

#[test]
fn the_draft_that_is_read_is_the_one_that_is_sent() {
    let mut console = Console::filled(120, 40);
    console.keys("i");
    console.tell(found("312", 87, false));
    console.keys("d ]");
    let title = console
        .screen()
        .lines()
        .find_map(|l| l.contains("Root cause identified").then(|| l.to_owned()));
    assert!(title.is_some(), "{}", console.screen());
    console.tell(found("312", 40, false));
    console.asked.clear();
    console.keys("y");
    assert!(
        matches!(&console.asked[..], [Cmd::Deliver { draft, .. }] if draft.title.starts_with("Root cause")),
        "{:?}",
        console.asked
    );
}

#[test]
fn keys_of_what_lies_over_the_panes_can_be_changed_and_are_shown_as_they_are() {
    let mut console = Console::filled(120, 40);
    let keys = BTreeMap::from([
        ("send".to_owned(), vec!["ctrl-y".to_owned()]),
        ("review.next".to_owned(), vec!["l".to_owned()]),
    ]);
    console.state.keymap = Arc::new(Keymap::new(&keys).expect("no clash"));
    console.keys("i");
    console.tell(found("312", 87, false));
    console.keys("d");
    assert!(
        console.screen().contains("ctrl-y sends") && console.screen().contains("l [ next"),
        "{}",
        console.screen()
    );
    console.asked.clear();
    console.keys("y ]");
    assert!(console.asked.is_empty() && console.screen().contains("Draft 1 of"));
    console.keys("l ctrl-y");
    assert!(
        matches!(&console.asked[..], [Cmd::Deliver { .. }]),
        "{:?}",
        console.asked
    );
    console.keys("?");
    assert!(
        console.screen().contains("ctrl-y") && console.screen().contains("Go to the next draft"),
        "{}",
        console.screen()
    );
    console.keys("q q");
    assert!(console.state.overlays.is_empty());
}

#[test]
fn two_actions_on_one_key_in_one_overlay_are_refused_and_in_different_ones_are_not() {
    let map =
        |id: &str, key: &str| Keymap::new(&BTreeMap::from([(id.to_owned(), vec![key.to_owned()])]));
    assert!(
        map("send", "e")
            .expect_err("the review has both")
            .contains("both")
    );
    assert!(
        map("move.down", "y")
            .expect_err("a key that sends must not move")
            .contains("both")
    );
    map("journal.retry", "w").expect("a key of a pane is free in the journal");
    map("move.down", "ctrl-n").expect("so is a key of a field in a pane");
}

#[test]
fn actions_of_what_lies_over_the_panes_are_not_offered_where_they_do_nothing() {
    let mut console = Console::filled(120, 40);
    console.keys("ctrl-p \"next draft\"");
    assert!(
        !console.screen().contains("Go to the next draft"),
        "{}",
        console.screen()
    );
}

#[test]
fn a_question_typed_ahead_is_about_the_incident_the_cursor_was_put_on() {
    let mut console = Console::filled(120, 40);
    console.keys("j E \"pods restarted\" enter");
    assert!(
        console.asked.iter().any(
            |cmd| matches!(cmd, Cmd::Investigate { incident, .. } if incident.as_str() == "310")
        ),
        "{:?}",
        console.asked
    );
}

#[test]
fn the_exact_request_of_a_form_is_read_to_its_end_and_no_further() {
    let mut console = Console::filled(60, 15);
    console.tell(Change::Incident(Box::new(common::incident("312"))));
    console.keys("u \"Rolling back to v2.0.9 in every region, slowly\" esc x");
    console.keys(&"ctrl-d ".repeat(30));
    let end = console.screen();
    console.keys("ctrl-d");
    assert_eq!(console.screen(), end);
    console.keys("ctrl-u");
    assert_ne!(
        console.screen(),
        end,
        "it was scrolled past its end:\n{end}"
    );
}

#[test]
fn keys_of_forms_and_of_the_journal_can_be_changed_too() {
    let mut console = Console::filled(120, 40);
    console.tell(Change::Incident(Box::new(common::incident("312"))));
    let keys = BTreeMap::from([
        ("send".to_owned(), vec!["ctrl-y".to_owned()]),
        ("form.next".to_owned(), vec!["alt-n".to_owned()]),
        ("undo".to_owned(), vec!["W".to_owned()]),
    ]);
    console.state.keymap = Arc::new(Keymap::new(&keys).expect("no clash"));
    console.asked.clear();
    console.keys("u \"Rolling back\"");
    assert!(
        console.screen().contains("alt-n next"),
        "{}",
        console.screen()
    );
    console.keys("esc y");
    assert!(
        !console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, Cmd::Write { .. })),
        "y is no key here any more"
    );
    console.keys("ctrl-y");
    let Some(Cmd::Write { writes, .. }) = console
        .asked
        .iter()
        .find(|cmd| matches!(cmd, Cmd::Write { .. }))
    else {
        panic!("{:?}", console.asked)
    };
    let mut done = writes[0].clone();
    done.state = hotseat::domain::WriteState::Confirmed;
    done.undo = Undo::By {
        what: "Undo".into(),
        method: "POST".into(),
        path: "/v2/incidents/312/actions/edit".into(),
        body: serde_json::Value::Null,
    };
    console.tell(News::Journal(vec![done]));
    console.keys("J");
    assert!(
        console.screen().contains("W undoes"),
        "{}",
        console.screen()
    );
    console.keys("?");
    assert!(
        console.screen().contains("Send this write again"),
        "{}",
        console.screen()
    );
}
