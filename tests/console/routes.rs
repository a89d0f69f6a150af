//! What is done with alerts: a route's card tells the whole of its rules.

use crate::steps::on_312;
use hotseat::console::items::route;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::ListKind;
use hotseat::domain::{AlertRoute, AlertSource, RouteIncident, RouteRules};
use hotseat::session::KnownRoute;

fn known() -> KnownRoute {
    let rules = RouteRules {
        sources: vec![("SRC".into(), "Title contains error rate".into())],
        conditions: "Service is set and Team is T311".into(),
        groups: Some((vec!["alert.title".into()], Some(1_800))),
        incident: Some(RouteIncident {
            conditions: "Severity is one of critical".into(),
            sets: vec![("Severity", "Storm".into())],
            declines: true,
        }),
        pages: vec!["PATH".into()],
        pages_again: Some("on each new alert".into()),
        cancels_pages: true,
        ..RouteRules::default()
    };
    KnownRoute {
        route: AlertRoute {
            id: "R1".into(),
            name: "Page tier 1".into(),
            enabled: true,
        },
        rules,
        sources: vec![AlertSource {
            id: "SRC".into(),
            name: "Prometheus".into(),
            kind: "alertmanager".into(),
            resolves_after_minutes: None,
            teams: vec![],
        }],
        paths: vec![],
    }
}

#[test]
fn the_card_of_a_route_tells_whose_alerts_it_takes_what_it_declares_and_whom_it_pages() {
    let mut console = on_312(120, 40);
    console.keys(": \"alert routes\" enter");
    let listed = vec![route::line(known().route)];
    console.tell(News::List(ListKind::AlertRoutes, listed));
    console.asked.clear();
    console.keys("enter");
    let asks = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Route(id)) if id == "R1");
    assert!(console.asked.iter().any(asks), "{:?}", console.asked);
    assert!(console.screen().contains("Reading its rules."));
    console.tell(News::Thing(Box::new(route::whole(known()))));
    let screen = console.screen();
    for says in [
        "Prometheus, where Title contains error rate",
        "Service is set and Team is Search",
        "by alert.title, within 30m",
        "an incident where Severity is one of critical",
        "Storm",
        "one in triage once all alerts are resolved",
        "PATH",
        "on each new alert",
    ] {
        assert!(screen.contains(says), "{says}: {screen}");
    }
    assert!(!screen.contains("Reading its rules."), "{screen}");
}
