//! Investigations from one key: what comes in, what it stands on, what is drafted and sent.

use crate::common::{Console, row};
use crate::steps::found;
use hotseat::console::job::JobSubject;
use hotseat::console::msg::Cmd;
use hotseat::console::news::{InvestigationEvent, News};
use hotseat::console::reply::Outcome;
use hotseat::session::{Change, InvestigationStep};
use std::sync::Arc;

#[test]
fn one_key_investigates_and_the_pane_fills_while_sources_answer() {
    let mut console = Console::filled(120, 40);
    console.keys("i");
    assert!(
        matches!(&console.asked[..], [.., Cmd::Investigate { incident, by_itself: false, .. }] if incident.as_str() == "312")
    );
    let event = |told| News::InvestigationEvent("312".into(), Box::new(told));
    console.tell(event(InvestigationEvent::Progress(
        InvestigationStep::Planned {
            sources: vec!["metrics".into(), "loki".into()],
            services: 22,
        },
    )));
    console.tell(event(InvestigationEvent::Progress(
        InvestigationStep::Answered("metrics".into(), "120 series".into()),
    )));
    let screen = console.screen();
    assert!(
        screen.contains("22 services") && screen.contains("120 series") && screen.contains("asked"),
        "{screen}"
    );
    console.asked.clear();
    console.keys("i");
    assert!(
        console
            .asked
            .iter()
            .all(|c| !matches!(c, Cmd::Investigate { .. })),
        "one that runs is not run twice"
    );
    console.tell(found(87, false));
    assert!(console.screen().contains("87 %"));
    console.keys("r");
    assert!(
        matches!(console.asked.last(), Some(Cmd::Investigate { .. })),
        "r runs it again"
    );
    console.tell(found(60, false));
    assert!(
        console.screen().contains("weakened, was 87 %"),
        "{}",
        console.screen()
    );
    console.tell(event(InvestigationEvent::Failed(
        "Cannot reach api.incident.io.".into(),
    )));
    let screen = console.screen();
    assert!(
        screen.contains("Cannot reach") && screen.contains("60 %"),
        "what was found stays: {screen}"
    );
}

#[test]
fn each_line_of_a_finding_leads_to_its_evidence_and_its_query() {
    let mut console = Console::filled(120, 40);
    console.keys("i");
    console.tell(found(87, false));
    let down = |line: &str, console: &Console| {
        console
            .screen()
            .lines()
            .position(|l| l.contains(line))
            .expect("a line")
    };
    let (top, target) = (down("What's going on", &console), down("+ E1", &console));
    console.keys(&"j ".repeat(target - top));
    console.keys("enter");
    let screen = console.screen();
    assert!(
        screen.contains("latency:p999{service=~\"payment-gateway\"}")
            && screen.contains("onset")
            && screen.contains("change"),
        "{screen}"
    );
    console.keys("y");
    assert!(
        matches!(console.asked.last(), Some(Cmd::Copy(query)) if query.starts_with("latency:p999"))
    );
    console.keys("esc");
    let rows = down("+ E2", &console) - down("+ E1", &console);
    console.keys(&format!("{} enter", "j ".repeat(rows)));
    assert!(
        console.screen().contains("error: upstream connect error"),
        "{}",
        console.screen()
    );
    console.keys(&format!("esc {} y", "k ".repeat(rows)));
    assert!(
        matches!(console.asked.last(), Some(Cmd::Copy(query)) if query.starts_with("latency:p999")),
        "y copies the query from the line too"
    );
}

#[test]
fn what_is_drafted_is_read_edited_and_sent_one_by_one() {
    let mut console = Console::filled(120, 40);
    console.keys("d");
    assert!(console.screen().contains("investigate first"));
    console.keys("i");
    console.tell(found(87, false));
    console.keys("d ]");
    assert!(
        console
            .screen()
            .contains("Root cause identified: payment-gateway")
            && console.screen().contains("[E1]"),
        "{}",
        console.screen()
    );
    console.keys("x");
    assert!(
        console
            .screen()
            .contains("POST /v2/incident_timeline_items")
            && console.screen().contains("idempotency_key")
    );
    console.keys("x e \"Seen by Ana. \" esc");
    assert!(
        console.screen().contains("Seen by Ana."),
        "{}",
        console.screen()
    );
    console.asked.clear();
    console.keys("y");
    assert!(
        matches!(&console.asked[..], [Cmd::Deliver { draft, .. }] if draft.title.starts_with("Root cause") && draft.body.contains("Seen by Ana."))
    );
    console.tell(News::InvestigationEvent(
        "312".into(),
        Box::new(InvestigationEvent::Sent(
            "Root cause identified: payment-gateway".into(),
            Ok(()),
        )),
    ));
    console.keys("esc d");
    assert!(
        console.screen().contains("of 3"),
        "what was sent is no draft any more: {}",
        console.screen()
    );
    console.keys("d d d");
    assert!(
        console.state.overlays.is_empty(),
        "with the last draft the review closes"
    );
}

#[test]
fn an_investigation_that_ends_without_a_finding_runs_no_more() {
    let mut console = Console::filled(120, 40);
    console.keys("i");
    let runs = |console: &Console| console.state.investigations[&"312".into()].running;
    assert!(runs(&console));
    let job = JobSubject::Investigation("312".into());
    console.reply(job, Outcome::Done(Vec::new()));
    assert!(!runs(&console));
}

#[test]
fn words_written_while_their_draft_is_sent_never_land_in_another() {
    let mut console = Console::filled(120, 40);
    console.keys("i");
    console.tell(found(87, false));
    let drafts = |console: &Console| {
        let investigation = &console.state.investigations[&"312".into()];
        let texts = investigation.drafts.iter();
        texts.map(|d| (d.title.clone(), d.body.clone())).collect()
    };
    let before: Vec<(String, String)> = drafts(&console);
    console.keys("d ] e \"Seen by Ana. \"");
    let title = "Root cause identified: payment-gateway".to_owned();
    let sent = InvestigationEvent::Sent(title.clone(), Ok(()));
    console.tell(News::InvestigationEvent("312".into(), Box::new(sent)));
    let seen = console.screen();
    assert!(seen.contains("Seen by Ana."), "still edited: {seen}");
    console.keys("\"And more. \" esc");
    let after: Vec<(String, String)> = drafts(&console);
    let of_others = |all: &[(String, String)]| {
        let mut others = all.to_vec();
        others.retain(|(known, _)| *known != title);
        others
    };
    assert_eq!(of_others(&after), of_others(&before));
    let words = after.iter().find(|(known, _)| *known == title);
    let words = &words.expect("a draft of its own").1;
    assert!(words.starts_with("Seen by Ana. And more. "), "{words}");
    let seen = console.screen();
    assert!(seen.contains("sent while you wrote"), "{seen}");
    assert!(seen.contains("And more."), "and it is shown: {seen}");
}

#[test]
fn nothing_is_sent_read_only_and_no_root_cause_below_the_confidence() {
    let mut console = Console::filled(120, 40);
    let mut config = (*console.state.config).clone();
    config.read_only = true;
    console.state.config = config.into();
    console.keys("i");
    console.tell(found(60, false));
    console.asked.clear();
    console.keys("d y");
    assert!(
        console.asked.is_empty() && console.screen().contains("Read-only"),
        "{}",
        console.screen()
    );
    assert!(!console.screen().contains("Root cause identified"));
}

#[test]
fn a_declared_incident_is_investigated_by_itself_where_that_is_configured() {
    for (auto, severities, asks, sends) in [
        ("never", vec![], false, 0),
        ("draft", vec![], true, 0),
        ("post", vec!["Storm"], true, 3),
        ("post", vec!["Ripple"], false, 0),
    ] {
        let mut console = Console::filled(120, 40);
        let mut config = (*console.state.config).clone();
        config.investigate.auto = serde_json::from_value(auto.into()).expect("a mode");
        config.investigate.auto_severities = severities.iter().map(|s| (*s).to_owned()).collect();
        console.state.config = config.into();
        console.asked.clear();
        console.tell(Change::Rows {
            rows: vec![Arc::new(row(
                "313",
                "Payments fail",
                ("Storm", 4),
                "Investigating",
                0,
            ))],
            whole: false,
            cached: false,
        });
        let asked =
            console.asked.iter().any(|c| matches!(c, Cmd::Investigate { incident, by_itself: true, .. } if incident.as_str() == "313"));
        assert_eq!(asked, asks, "{auto} {severities:?}");
        if asks {
            console.asked.clear();
            console.tell(found(87, true));
            assert_eq!(
                console
                    .asked
                    .iter()
                    .filter(|c| matches!(c, Cmd::Deliver { .. }))
                    .count(),
                sends,
                "{auto}"
            );
        }
    }
}

#[test]
fn a_fact_added_by_hand_runs_the_investigation_again_with_it() {
    let mut console = Console::filled(120, 40);
    console.keys("i");
    console.tell(found(60, false));
    console.asked.clear();
    console.keys(": \"evidence\" enter \"pods restarted at 14:31\" enter");
    assert!(
        matches!(console.asked.last(), Some(Cmd::Investigate { by_hand, .. }) if by_hand[0].1 == "pods restarted at 14:31"),
        "{:?}",
        console.asked
    );
}
