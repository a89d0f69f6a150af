//! From thing to thing: every card leads on by its lines, and every way leads back to where it began.

use crate::common::{self, Console};
use crate::steps::on_312;
use hotseat::console::items;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{Item, LinkTarget, ListKind, Overlay, Pane};
use hotseat::domain::incident::Labelled;
use hotseat::domain::time;
use hotseat::domain::{Alert, Change, ChangeClass, Escalation, EscalationEvent, Incident, Instant};
use hotseat::domain::{Person, Shift};
use hotseat::draft::{HANDOVER, Handover};
use hotseat::session;
use hotseat::writes::WriteKind;
use std::sync::Arc;

fn at(clock: &str) -> Instant {
    time::parse(&format!("2026-11-20T{clock}:00Z")).expect("a time")
}

fn bram() -> Person {
    Person {
        id: "U2".into(),
        name: "Bram Brandt".into(),
        email: None,
    }
}

/// A page about INC-312 that Bram Brandt took.
fn page() -> Item {
    let page = Escalation {
        id: "P1".into(),
        title: "HighErrorRate on checkout".into(),
        status: "acked".into(),
        priority: "Urgent".into(),
        path: None,
        created: at("14:36"),
        updated: at("14:37"),
        events: vec![EscalationEvent {
            kind: "acked".into(),
            at: at("14:37"),
            people: vec![bram()],
            urgency: None,
        }],
        incidents: vec![("312".into(), "INC-312".into())],
        creator: "Prometheus".into(),
    };
    items::escalation(page, at("14:40"), None)
}

/// An alert of the service that INC-312 is about.
fn alert() -> Item {
    let alert = Alert {
        id: "A1".into(),
        title: "HighErrorRate".into(),
        description: "503 above 5 %".into(),
        status: "firing".into(),
        created: at("14:35"),
        resolved: None,
        source_url: Some("https://prometheus.example/g".into()),
        dedup_key: "high-error-rate".into(),
        source: Some("SRC".into()),
        relation: None,
        incident: None,
        tags: vec!["flapping".into()],
        attributes: vec![
            ("Service".into(), "checkout-service".into()),
            ("Region".into(), "eu-west-1".into()),
        ],
    };
    items::alert(alert, None)
}

/// A deploy shortly before INC-312.
fn deploy() -> Change {
    Change {
        at: at("14:30"),
        class: ChangeClass::Deploy,
        title: "payment-gateway v2.1.0".into(),
        service: "payment-gateway".into(),
        version: Some("v2.1.0".into()),
        author: Some("Bram Brandt".into()),
        source: "deploys".into(),
        query: "GET /deploys".into(),
        link: None,
    }
}

/// A console on INC-312 led by Ana Abara, with its overview shown.
fn on_overview(width: u16, height: u16) -> Console {
    let mut console = on_312(width, height);
    let lead = Labelled {
        id: "R1".into(),
        label: "Incident Lead".into(),
        value: console.state.org.people.first().cloned(),
    };
    let incident = Incident {
        roles: vec![lead],
        ..common::incident("312")
    };
    console.tell(session::Change::Incident(Box::new(incident)));
    console.keys("2 ]");
    console
}

/// Puts the cursor on the line of the card, or of the pane, that holds some words.
fn on_line(console: &mut Console, words: &str) {
    console.keys("g");
    for _ in 0..80 {
        let screen = console.screen();
        // A card is framed: its own cursor stands behind its wall.
        let cursor = if console.state.overlays.is_empty() {
            "▌"
        } else {
            "│ ▌"
        };
        let mut marked = screen.lines().filter_map(|line| line.split_once(cursor));
        if marked.any(|(_, line)| line.contains(words)) {
            return;
        }
        console.keys("j");
    }
    panic!("no line says {words}\n{}", console.screen());
}

/// The ways that led here, as the last line of the screen writes them down.
fn way(console: &Console) -> String {
    let screen = console.screen();
    let last = screen.lines().last().unwrap_or_default();
    last.rsplit("  ")
        .find(|part| part.contains('›'))
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[test]
fn from_an_incident_by_its_lead_schedule_and_colleague_to_their_incident_and_all_the_way_back() {
    let mut console = on_overview(120, 40);
    let shift = Shift {
        person: Some(bram()),
        start: at("14:00"),
        end: at("18:00"),
        rotation: None,
        overridden: false,
    };
    console.tell(News::Shifts("S1".into(), vec![shift]));
    let steps = [
        ("Incident Lead", "Ana Abara"),
        ("Checkout on-call", "Coming days"),
        ("  Bram Brandt", "Payments on-call  until"),
    ];
    let mut screens = vec![console.screen()];
    for (line, says) in steps {
        on_line(&mut console, line);
        *screens.last_mut().expect("a screen") = console.screen();
        console.keys("enter");
        let screen = console.screen();
        assert!(screen.contains(says), "{line}: no \"{says}\" in\n{screen}");
        screens.push(screen);
    }
    assert!(
        way(&console).ends_with("Checkout on-call › Bram Brandt"),
        "{}",
        console.screen()
    );
    while screens.len() > 1 {
        screens.pop();
        console.keys("esc");
        assert_eq!(&console.screen(), screens.last().expect("a screen"));
    }
    assert_eq!(way(&console), "", "nothing led here any more");
}

#[test]
fn going_back_finds_the_card_the_line_the_tab_and_the_filter_and_forward_finds_them_again() {
    let mut console = on_overview(80, 24);
    console.keys("esc / \"sev:gale\" enter ctrl-p \"cart\" enter");
    on_line(&mut console, "checkout-service");
    console.keys("enter");
    on_line(&mut console, "INC-312");
    let card = console.screen();
    console.keys("enter");
    assert_eq!(console.state.focus, Pane::Detail);
    assert!(console.state.overlays.is_empty());
    console.keys("] ]");
    let detail = console.state.detail.tab;
    console.keys("ctrl-o");
    console.state.notice = None;
    assert_eq!(console.screen(), card);
    console.keys("alt-right");
    assert_eq!(
        console.state.detail.tab, detail,
        "forward is as it was left"
    );
    console.keys("ctrl-o ctrl-o ctrl-o");
    assert!(console.state.overlays.is_empty());
    assert_eq!(console.state.incidents.filter.typed, "sev:gale");
    assert_eq!(console.selected(), "INC-310");
}

#[test]
fn a_person_is_found_by_name_and_paged_from_their_card() {
    let mut console = Console::filled(120, 40);
    console.tell(News::List(ListKind::Pages, vec![page()]));
    console.keys("ctrl-p \"bram\" enter");
    let screen = console.screen();
    for says in [
        "Person  Bram Brandt",
        "Payments on-call  until 27 Nov 09:00 (in 6d18h)",
        "Checkout on-call  next, from",
        "acked  HighErrorRate on checkout",
    ] {
        assert!(screen.contains(says), "no \"{says}\" in\n{screen}");
    }
    console.keys("e");
    let Some(Overlay::Form(view)) = console.state.overlays.last() else {
        panic!("no form\n{}", console.screen());
    };
    let people = view.form.field("people").expect("a field of people");
    assert_eq!(people.value, ["U2"]);
}

#[test]
fn a_page_leads_to_its_incident_and_to_whoever_took_it_and_keys_act_on_the_page_that_is_shown() {
    let mut console = Console::filled(120, 40);
    console.tell(News::List(ListKind::Pages, vec![page()]));
    console.keys("ctrl-p \"HighErrorRate on\" enter");
    on_line(&mut console, "acknowledged by Bram Brandt");
    console.keys("enter");
    assert!(
        console.screen().contains("Person  Bram Brandt"),
        "{}",
        console.screen()
    );
    console.keys("esc");
    on_line(&mut console, "INC-312");
    console.keys("enter");
    assert_eq!(console.state.detail.id, Some("312".into()));
    assert_eq!(
        way(&console),
        "Incidents › HighErrorRate on checkout › INC-312"
    );
    console.keys("q q");
    assert!(console.state.overlays.is_empty());
    assert!(!console.asked.iter().any(|cmd| matches!(cmd, Cmd::Quit)));
}

#[test]
fn an_alert_says_where_it_comes_from_what_it_carries_since_when_and_whose_it_is() {
    let mut console = Console::filled(120, 40);
    console.tell(News::List(ListKind::Alerts, vec![alert()]));
    console.keys(": \"alerts\" enter enter");
    let asked = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Alert(id)) if id.as_str() == "A1");
    assert!(console.asked.iter().any(asked));
    console.tell(News::Thing(Box::new(Item {
        names: vec![
            (
                "Prometheus (alertmanager)".into(),
                LinkTarget::Line("SRC".into()),
            ),
            (
                "INC-312 High error rate".into(),
                LinkTarget::Incident("312".into()),
            ),
        ],
        ..alert()
    })));
    let screen = console.screen();
    for says in [
        "Alert  HighErrorRate",
        "firing",
        "2026-11-20 14:35:00 UTC (5m ago)",
        "Prometheus (alertmanager) ›",
        "INC-312 High error rate on checkout service (Fixing) ›",
        "checkout-service ›",
        "eu-west-1",
        "high-error-rate",
        "503 above 5 %",
    ] {
        assert!(screen.contains(says), "no \"{says}\" in\n{screen}");
    }
    on_line(&mut console, "INC-312");
    console.keys("enter esc");
    assert!(
        console.screen().contains("eu-west-1"),
        "what was asked for is still there"
    );
}

#[test]
fn a_change_leads_to_its_service_and_the_service_to_its_changes() {
    let change = deploy();
    let item = Item {
        id: "C1".into(),
        mark: "deploy".into(),
        title: change.title.clone(),
        note: change.service.clone(),
        at: Some(change.at),
        leads_to: Some(LinkTarget::Change(Arc::new(change))),
        ..Item::default()
    };
    let mut console = Console::filled(120, 40);
    console.keys(": \"changes\" enter");
    console.tell(News::List(ListKind::Changes, vec![item]));
    console.keys("enter");
    on_line(&mut console, "payment-gateway");
    console.keys("enter");
    assert!(console.screen().contains("Service  payment-gateway"));
    on_line(&mut console, "deploy  payment-gateway v2.1.0");
    console.keys("enter");
    assert!(
        console.screen().contains("Bram Brandt ›"),
        "{}",
        console.screen()
    );
}

#[test]
fn changes_stand_among_the_lines_of_the_timeline_on_a_key_and_go_on_it() {
    let mut console = on_312(120, 40);
    console.keys("2 B");
    let asked = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Changes(id, from)) if id.as_str() == "312" && *from == at("10:36"));
    assert!(console.asked.iter().any(asked), "{:?}", console.asked);
    console.tell(News::Changes("312".into(), vec![deploy()]));
    let screen = console.screen();
    let line = |words: &str| screen.lines().position(|line| line.contains(words));
    let change = line("change   deploy: payment-gateway v2.1.0").expect("the change");
    assert!(
        Some(change) < line("Fired: HighErrorRate"),
        "by time\n{screen}"
    );
    on_line(&mut console, "deploy: payment-gateway");
    console.keys("enter");
    assert!(
        console.screen().contains("payment-gateway ›"),
        "{}",
        console.screen()
    );
    console.keys("esc B");
    assert!(!console.screen().contains("deploy: payment-gateway"));
}

#[test]
fn a_handover_is_drafted_on_a_key_to_be_read_and_copied() {
    let mut console = on_312(120, 40);
    console.keys("H");
    let asked = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Handover));
    assert!(console.asked.iter().any(asked));
    let told = Handover {
        from: at("06:00"),
        to: at("14:40"),
        open: vec![common::incident("312")],
        over: vec![],
        waiting: vec![],
        pages: 3,
        at_risk: vec![],
        changes: vec![deploy()],
        next: vec![("Checkout on-call".into(), "Bram Brandt".into())],
        missing: vec![],
    };
    console.tell(News::Handover(Box::new(told), HANDOVER.into()));
    let screen = console.screen();
    for says in [
        "1 open, 0 over, 3 pages",
        "INC-312 Storm Fixing",
        "Checkout on-call: Bram Brandt",
    ] {
        assert!(screen.contains(says), "no \"{says}\" in\n{screen}");
    }
    // Without a channel it goes nowhere: an update would tell one incident of the whole shift.
    console.keys("I");
    let screen = console.screen();
    assert!(
        screen.contains("No channel is set for handovers"),
        "{screen}"
    );
}

#[test]
fn a_handover_goes_to_the_channel_that_the_configuration_names() {
    let mut console = on_312(120, 40);
    let mut config = (*console.state.config).clone();
    config.slack.handover = "#on-call".into();
    console.state.config = std::sync::Arc::new(config);
    console.keys("H I");
    let Some(Overlay::Form(view)) = console.state.overlays.last() else {
        panic!("no form\n{}", console.screen());
    };
    assert_eq!(view.form.kind, WriteKind::HandOver);
    console.keys("alt-enter");
    let writes = crate::steps::sent(&mut console);
    let [write] = &writes[..] else {
        panic!("one message: {writes:?}\n{}", console.screen());
    };
    assert_eq!(
        (write.path.as_str(), write.body["channel"].as_str()),
        ("slack", Some("#on-call"))
    );
}
