//! Narrowing lists from the keyboard: facets, quotes, completion, and what is told of what cannot be meant.

use crate::common::Console;
use crate::steps::on_312;
use hotseat::domain::Mode;
use hotseat::session::Change;
use std::sync::Arc;

/// The organisation's incidents, one of them a drill of another type.
fn with_a_drill() -> Console {
    let mut console = Console::filled(120, 40);
    let mut drill = (*console.state.incidents.rows[1]).clone();
    (drill.mode, drill.kind) = (Mode::Test, Some("Game day".into()));
    console.tell(Change::Rows {
        rows: vec![Arc::new(drill)],
        whole: false,
        cached: false,
    });
    console
}

#[test]
fn every_facet_narrows_the_incidents_and_quotes_hold_spaces() {
    for (typed, listed) in [
        ("mode:test", "INC-310"),
        ("type:\"game day\"", "INC-310"),
        ("!lead:\"ana abara\"", "INC-311"),
        ("!has:lead", "INC-311"),
        ("since:10m", "INC-312"),
        ("role:ana sev:p0", "INC-312"),
        ("role:lead:ana sev:p0", "INC-312"),
        ("role:\"incident lead\" sev:p0", "INC-312"),
        ("service:search team:search", "INC-311"),
    ] {
        let mut console = with_a_drill();
        console.keys(&format!("/ '{typed}' enter"));
        assert_eq!(console.listed(), [listed], "{typed}\n{}", console.screen());
    }
    let today = with_a_drill().now.format("%Y-%m-%d").to_string();
    let [by_date, by_word] = [today.as_str(), "today"].map(|day| {
        let mut console = with_a_drill();
        console.keys(&format!("/ 'since:{day}' enter"));
        console.listed()
    });
    assert!(!by_date.is_empty() && by_date.len() < with_a_drill().listed().len());
    assert_eq!(by_date, by_word);
}

#[test]
fn what_narrows_the_list_is_seen_however_long_it_is() {
    for width in [80, 120, 200] {
        let mut console = Console::filled(width, 24);
        console
            .keys("/ 'service:checkout-service lead:\"Ana Abara\" !status:watching sev:p0' enter");
        let screen = console.screen();
        let title = screen.lines().next().expect("a title");
        assert!(title.contains("/service:check"), "{title}");
        assert!(title.contains("1 of 6"), "{title}");
    }
}

#[test]
fn words_that_find_no_room_below_the_field_are_hinted_at() {
    for (width, cut) in [(80, true), (200, false)] {
        let mut console = Console::filled(width, 24);
        console.keys("/");
        let screen = console.screen();
        let below = screen.lines().last().expect("a line");
        assert!(below.contains("sev:"), "{below}");
        assert_eq!(below.contains("…"), cut, "{below}");
    }
}

#[test]
fn tab_takes_what_stands_below_the_field_and_the_rest_is_typed() {
    for (script, typed) in [
        ("/ \"se\" tab", "sev:"),
        ("/ \"ser\" tab \"pay\" tab", "service:payment-gateway "),
        ("/ \"!lead:br\" tab \"disk\"", "!lead:\"Bram Brandt\" disk"),
        ("/ \"role:inc\" tab", "role:\"Incident Lead\" "),
        ("/ \"role:lead:br\" tab", "role:lead:\"Bram Brandt\" "),
        ("/ \"status:\" backtab backtab tab", "status:Watching "),
        ("/ \"disk\" tab", "disk"),
        ("3 / tab", "me:"),
    ] {
        let mut console = on_312(120, 40);
        console.keys(script);
        assert_eq!(
            console.state.typed(),
            typed,
            "{script}\n{}",
            console.screen()
        );
    }
    let mut console = on_312(80, 24);
    console.keys("/ \"service:\"");
    let screen = console.screen();
    let below: Vec<&str> = screen.lines().rev().take(2).collect();
    assert!(below[1].starts_with("/service:"), "{screen}");
    assert!(
        below[0].contains("checkout-service  search-indexer"),
        "{screen}"
    );
}

#[test]
fn a_facet_that_is_not_there_or_means_nothing_here_is_told() {
    for (script, says) in [
        (
            "/ \"foo:x\"",
            "No facet foo:; there are sev: status: service:",
        ),
        ("/ \"foo:x\" enter", "No facet foo:; there are sev: status:"),
        ("3 / \"sev:p1\"", "sev: means nothing here; there are me:."),
        (
            "4 / \"since:2h\" enter",
            "since: means nothing here; there are team:.",
        ),
        ("/ \"since:soon\"", "since: takes 2h, 7d"),
        (
            "2 ] /",
            "Overview is read as a whole; there is no list to narrow.",
        ),
    ] {
        let mut console = on_312(120, 40);
        console.keys(script);
        let screen = console.screen();
        assert!(screen.contains(says), "{script}: {screen}");
    }
}

#[test]
fn other_lists_know_the_facets_that_mean_something_there() {
    for (script, shown, hidden) in [
        ("3 / \"me:\" enter", "Checkout on-call", "Payments on-call"),
        (
            "4 / \"team:search\" enter",
            "search-indexer 1 open",
            "▌cart",
        ),
        (
            "2 / \"type:alert\" enter",
            "HighErrorRate: checkout-service 503",
            "Rolling back",
        ),
        ("2 / \"!v2.1.0\" enter", "HighErrorRate", "Rolling back"),
    ] {
        let mut console = on_312(120, 40);
        console.keys(script);
        let screen = console.screen();
        assert!(screen.contains(shown), "{script}: {screen}");
        assert!(!screen.contains(hidden), "{script}: {screen}");
    }
}
