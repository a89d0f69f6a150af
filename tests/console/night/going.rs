//! From thing to thing: each has a card, each card leads on, and every way leads back.

use super::Night;
use crate::common::Console;
use hotseat::console::items;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{Item, LinkTarget, ListKind};
use hotseat::domain::time;
use hotseat::domain::{Alert, Change, ChangeClass, Instant};
use hotseat::draft::{HANDOVER, Handover};

fn at(clock: &str) -> Instant {
    time::parse(&format!("2026-11-20T{clock}:00Z")).expect("a time")
}

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

/// An alert, and where it comes from and leads to where that is known.
fn alert(is_whole: bool) -> Item {
    let alert = Alert {
        id: "A1".into(),
        title: "HighErrorRate".into(),
        description: "503 above 5 %".into(),
        status: "firing".into(),
        created: at("14:35"),
        resolved: None,
        source_url: None,
        dedup_key: "high-error-rate".into(),
        source: Some("SRC".into()),
        relation: None,
        incident: None,
        tags: vec![],
        attributes: vec![("Region".into(), "eu-west-1".into())],
    };
    let source = LinkTarget::Line("SRC".into());
    let names = vec![
        ("Prometheus (alertmanager)".into(), source),
        (
            "INC-312 High error rate".into(),
            LinkTarget::Incident("312".into()),
        ),
    ];
    Item {
        names: if is_whole { names } else { vec![] },
        ..items::alert(alert, None)
    }
}

pub(crate) fn a_team_and_its_services(night: &mut Night) {
    night.keys(&[], "esc esc 1 ctrl-p \"search\"", &["team     Search"]);
    night.keys(
        &["team     Search"],
        "down down down enter",
        &["Team  Search", "1 open"],
    );
    night.keys(
        &["Team  Search"],
        "ctrl-c 1 / \"service:search\" enter",
        &["/service:search"],
    );
    assert_eq!(night.console.listed(), ["INC-311"]);
    night.keys(&["/service:search"], "esc 4 / \"team:search\" enter", &[]);
    let screen = night.console.screen();
    assert!(screen.contains("search-indexer 1 open"), "{screen}");
    night.keys(&[], "esc 1", &[]);
}

pub(crate) fn from_card_to_card_and_back(night: &mut Night) {
    let here = (night.console.selected(), night.shown());
    night.keys(
        &[],
        "ctrl-p \"bram\" enter",
        &["Person  Bram Brandt", "▌page them ›"],
    );
    let card = night.console.screen();
    night.keys(
        &["Person  Bram Brandt"],
        "j j j j enter",
        &[
            "Schedule  Payments on-call",
            "Bram Brandt › Payments on-call",
        ],
    );
    night.keys(
        &["Schedule  Payments on-call"],
        "esc k k k k",
        &["Person  Bram Brandt"],
    );
    assert_eq!(night.console.screen(), card, "as it was left");
    night.keys(&[], "e", &["People    Bram Brandt"]);
    night.keys(&["People    Bram Brandt"], "esc esc", &[]);
    night.keys(&["Person  Bram Brandt"], "esc", &[]);
    assert_eq!((night.console.selected(), night.shown()), here);
}

pub(crate) fn an_alert_and_where_it_comes_from(night: &mut Night) {
    night.keys(&[], ": \"alerts\" enter", &[]);
    night.news(
        &["Loading."],
        |console| console.tell(News::List(ListKind::Alerts, vec![alert(false)])),
        &["HighErrorRate"],
    );
    night.keys(
        &[],
        "enter",
        &["Alert  HighErrorRate", "503 above 5 %", "eu-west-1"],
    );
    assert!(night.asked(|cmd| matches!(cmd, Cmd::Fetch(Topic::Alert(_)))));
    night.news(
        &[],
        |console| console.tell(News::Thing(Box::new(alert(true)))),
        &[
            "Prometheus (alertmanager) ›",
            "INC-312 High error rate on checkout service (Closed) ›",
        ],
    );
    night.keys(&["Alert  HighErrorRate"], "esc esc", &[]);
}

pub(crate) fn a_deploy_among_the_lines(night: &mut Night) {
    night.keys(&[], "ctrl-p \"INC-312\" enter", &[]);
    assert_eq!(night.shown(), "312");
    night.keys(&[], "2 . 1 B", &[]);
    night.news(
        &[],
        |console| console.tell(News::Changes("312".into(), vec![deploy()])),
        &["change   deploy: payment-gateway v2.1.0"],
    );
    night.keys(&["deploy: payment-gateway v2.1.0"], "B", &[]);
    night.keys(&[], "1", &[]);
}

/// What the shift hands over.
fn handover(console: &Console) -> Handover {
    Handover {
        from: at("06:00"),
        to: console.now,
        open: vec![crate::common::incident("311")],
        over: vec![],
        waiting: vec![],
        pages: 3,
        at_risk: vec![],
        changes: vec![deploy()],
        next: vec![("Checkout on-call".into(), "Bram Brandt".into())],
        missing: vec![],
    }
}

pub(crate) fn the_shift_is_handed_over(night: &mut Night) {
    night.keys(&[], "H", &["Handover"]);
    night.news(
        &[],
        |console| {
            let told = handover(console);
            console.tell(News::Handover(Box::new(told), HANDOVER.into()));
        },
        &["1 open, 0 over, 3 pages", "Checkout on-call: Bram Brandt"],
    );
    night.keys(&[], "I", &["No channel is set for handovers"]);
}
