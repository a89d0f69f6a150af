//! Saved views, columns, and tabs by their number.

use crate::common::Console;
use crate::steps::on_312;
use hotseat::config::{Config, Overrides, load};
use std::sync::Arc;

/// What a configuration file says, laid over that of a console under test.
fn configured(console: &mut Console, raw: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, raw).expect("written");
    let read = load(&Overrides {
        file: Some(path),
        ..Overrides::default()
    });
    let read = read.expect("it is right");
    console.state.config = Arc::new(Config {
        views: read.views,
        columns: read.columns,
        ..(*console.state.config).clone()
    });
}

const VIEWS: &str = r#"
[[views]]
name = "search"
filter = "service:search-indexer"

[[views]]
name = "all of it"
filter = "!sev:p3"
everything = true
order = "newest"
columns = ["age", "name", "team", "reference"]
"#;

#[test]
fn a_saved_view_is_two_keys_away_with_its_filter_scope_order_and_columns() {
    let mut console = on_312(120, 40);
    configured(&mut console, VIEWS);
    console.keys("V");
    let screen = console.screen();
    assert!(
        screen.contains("1 search     service:search-indexer, open, all, by severity"),
        "{screen}"
    );
    console.keys("2");
    assert_eq!(
        console.listed(),
        ["INC-312", "INC-311", "INC-310", "INC-308", "INC-307"]
    );
    let screen = console.screen();
    assert!(
        screen.contains("all of it · everything · all · newest first"),
        "{screen}"
    );
    let heads = screen.lines().nth(1).expect("headings");
    let words: Vec<&str> = heads.split_whitespace().collect();
    assert_eq!(words, ["age", "name", "team", "ref"]);
    assert!(
        screen.contains("Search"),
        "the name of the team, not its id: {screen}"
    );
    console.keys("V k enter");
    assert_eq!(console.listed(), ["INC-311"]);
    let heads = console
        .screen()
        .lines()
        .nth(1)
        .expect("headings")
        .to_owned();
    assert!(heads.contains("severity   ref"), "{heads}");
}

#[test]
fn without_a_saved_view_what_is_shown_is_told_as_it_would_be_saved() {
    let mut console = on_312(120, 40);
    console.keys("/ 'lead:\"ana abara\"' enter O V");
    let screen = console.screen();
    for line in [
        "[[views]]",
        "lead:",
        "order = \"newest\"",
        "hotseat config path",
    ] {
        assert!(screen.contains(line), "{line}: {screen}");
    }
}

#[test]
fn configured_columns_stand_in_every_list_of_incidents_and_yield_to_the_name() {
    let mut console = on_312(120, 40);
    configured(
        &mut console,
        "columns = [\"reference\", \"type\", \"name\", \"status\"]",
    );
    let heads = |console: &Console| {
        let screen = console.screen();
        let line = screen.lines().nth(1).expect("headings");
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(heads(&console), ["ref", "type", "name", "status"]);
    console.resize(40, 12);
    assert_eq!(heads(&console), ["ref", "name"]);
}

#[test]
fn tabs_have_names_and_numbers_and_a_number_goes_there() {
    let mut console = on_312(120, 40);
    let screen = console.screen();
    assert!(
        screen.contains("›1 Incidents .2 Alerts .3 Pages"),
        "{screen}"
    );
    assert!(screen.contains("›1 Timeline .2 Overview"), "{screen}");
    console.keys("2 . 2");
    assert!(
        !console.screen().contains("does nothing"),
        "{}",
        console.screen()
    );
    assert_eq!(
        console.state.detail.tab,
        hotseat::console::state::DetailTab::Overview
    );
    console.keys(". 9");
    assert!(
        console.screen().contains("›9 Related"),
        "{}",
        console.screen()
    );
    console.keys("esc . 0");
    assert!(
        console.screen().contains("›0 Alert routes"),
        "{}",
        console.screen()
    );
    console.keys(". 5");
    assert!(
        console.screen().contains("›5 Follow-ups"),
        "{}",
        console.screen()
    );
    assert_eq!(
        console.state.list,
        hotseat::console::state::ListKind::FollowUps
    );
    console.resize(60, 15);
    assert!(
        console.screen().contains("›5 Follow-ups"),
        "{}",
        console.screen()
    );
}

#[test]
fn the_palette_knows_actions_by_the_words_people_use() {
    for (typed, first) in [
        ("page", "escalate — Page a path or people"),
        ("ack", "acknowledge — "),
        ("resolve", "resolve, close — "),
        ("sort", "order — "),
    ] {
        let mut console = on_312(120, 40);
        console.keys(&format!(": \"{typed}\""));
        let screen = console.screen();
        let hit = screen
            .lines()
            .find(|line| line.contains(" — "))
            .unwrap_or_default();
        assert!(hit.contains(first), "{typed}: {screen}");
    }
}
