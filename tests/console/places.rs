//! What is read over the panes is a place: one goes on from it, back and forward, and finds it as it was left.

use crate::common::Console;
use crate::steps::{found, on_312, recorded};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{Overlay, Pane};
use hotseat::draft::TextKind;
use hotseat::similar::{AnalysisRequest, Lead, Line};

fn contains(console: &Console, words: &str) {
    let screen = console.screen();
    assert!(screen.contains(words), "no \"{words}\" in\n{screen}");
}

/// The way one came by, at the right of the last line.
fn ends_with(console: &Console, words: &str) {
    let screen = console.screen();
    let last = screen.trim_end().lines().last().unwrap_or_default();
    assert!(
        last.trim_end().ends_with(words),
        "no \"{words}\" in\n{screen}"
    );
}

/// A console on INC-312, with what was found about it, on a line that has evidence.
fn on_finding() -> Console {
    let mut console = on_312(120, 40);
    console.keys("i");
    console.tell(found(72, false));
    for _ in 0..30 {
        console.keys("enter");
        if matches!(console.state.overlays.last(), Some(Overlay::Evidence(_))) {
            return console;
        }
        console.keys("esc 2 j");
    }
    panic!("no evidence\n{}", console.screen());
}

/// The analysis of everything, with a line that leads to an incident.
fn looked_back(console: &mut Console) {
    let asked = console.asked.iter().rev().find_map(|cmd| match cmd {
        Cmd::Fetch(Topic::Analysis(asked)) => Some(asked.clone()),
        _ => None,
    });
    let line = |text: &str, lead| Line {
        text: text.into(),
        lead,
    };
    let lines = vec![
        line("6 incidents", None),
        line("  cart  3", Some(Lead::Filter("service:cart".into()))),
        line("  9h  INC-308 Disk", Some(Lead::Incident("INC-308".into()))),
    ];
    let asked: AnalysisRequest = asked.expect("a question");
    console.tell(News::Analysis(asked, lines));
}

#[test]
fn an_analysis_that_was_left_for_an_incident_is_there_again_at_the_same_line() {
    for back in ["esc", "ctrl-o", "q"] {
        let mut console = Console::filled(120, 40);
        console.keys(": \"analyze\" enter");
        looked_back(&mut console);
        console.asked.clear();
        console.keys("j j enter");
        assert_eq!(console.state.detail.id, Some("308".into()));
        ends_with(&console, "Looking back › INC-308");
        console.keys(back);
        let screen = console.screen();
        assert!(screen.contains("▌  9h  INC-308 Disk"), "{back}\n{screen}");
        ends_with(&console, "Looking back");
        let again = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Analysis(_)));
        assert!(
            !console.asked.iter().any(again),
            "it is not asked for again"
        );
        console.keys("alt-right");
        assert_eq!(console.state.detail.id, Some("308".into()), "{back}");
        console.keys("ctrl-o esc");
        assert!(console.state.overlays.is_empty(), "{back}");
        assert_eq!(console.state.focus, Pane::Incidents);
    }
}

#[test]
fn back_and_forward_work_from_evidence_texts_drafts_and_analyses() {
    let mut console = on_finding();
    let fact = console.screen();
    console.keys("ctrl-o");
    assert!(console.state.overlays.is_empty(), "{}", console.screen());
    assert_eq!(console.state.focus, Pane::Detail);
    console.keys("alt-right");
    assert_eq!(console.screen(), fact, "forward to the fact again");
    for (script, head) in [
        ("!", "Problems"),
        ("o", "Address"),
        ("P", "Post-mortem"),
        (": \"analyze\" enter", "Looking back"),
    ] {
        let mut console = on_312(120, 40);
        let before = console.screen();
        console.keys(script);
        let head = format!("│ {head}");
        let screen = console.screen();
        let is_there = |screen: &str| screen.replace("INC-312  ", "").contains(&head);
        assert!(is_there(&screen), "{script}\n{screen}");
        console.keys("ctrl-o");
        console.state.notice = None;
        assert_eq!(console.screen(), before, "{script}: back");
        console.keys("alt-right");
        assert!(is_there(&console.screen()), "{script}: forward");
        console.keys("esc");
        assert_eq!(console.screen(), before, "{script}: closed");
    }
}

#[test]
fn the_fact_of_a_service_leads_to_its_card_and_back_to_the_fact() {
    let mut console = on_finding();
    let fact = console.screen();
    contains(&console, "enter its service");
    console.keys("enter");
    contains(&console, "Service  payment-gateway");
    ends_with(&console, "payment-gateway");
    console.keys("esc");
    assert_eq!(console.screen(), fact);
}

#[test]
fn the_fact_of_what_the_catalog_does_not_have_says_so_and_offers_nothing() {
    let mut console = on_finding();
    let catalog = hotseat::domain::CatalogGraph::new(vec![], vec![]);
    let catalog = hotseat::session::Change::Catalog(std::sync::Arc::new(catalog));
    console.tell(catalog);
    assert!(!console.screen().contains("its service"));
    console.keys("enter");
    contains(&console, "payment-gateway is not in the catalog.");
}

#[test]
fn the_way_one_came_ends_where_one_is_whatever_is_asked_over_it() {
    let mut console = Console::filled(120, 40);
    console.keys("4 enter");
    ends_with(&console, "› checkout-service");
    for over in ["?", "ctrl-p", "K"] {
        console.keys(over);
        ends_with(&console, "› checkout-service");
        console.keys("esc");
    }
    let mut console = on_finding();
    ends_with(&console, "INC-312 › E1");
    console.keys("?");
    ends_with(&console, "INC-312 › E1");
}

#[test]
fn a_draft_that_goes_into_a_form_leaves_the_way_as_it_was() {
    let mut console = on_312(120, 40);
    let before = console.screen();
    console.keys("P");
    console.tell(recorded(
        TextKind::PostMortem,
        TextKind::PostMortem.shipped(),
    ));
    ends_with(&console, "Post-mortem");
    console.keys("I");
    assert!(matches!(console.state.overlays[..], [Overlay::Form(_)]));
    console.keys("D D");
    console.state.notice = None;
    assert_eq!(console.screen(), before);
    console.keys("alt-right");
    ends_with(&console, "Post-mortem");
}
