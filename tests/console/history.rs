//! What was before: similar incidents, drafts from rows, what happened while away.

use crate::common;
use crate::common::Console;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{DetailTab, Item, Tone};
use hotseat::session::Change;

#[test]
fn one_key_shows_what_it_was_like_before_and_each_match_leads_there() {
    let mut console = Console::filled(120, 40);
    console.keys("s");
    assert!(
        console.asked.iter().any(
            |c| matches!(c, Cmd::Fetch(Topic::Tab(id, DetailTab::Similar)) if id.as_str() == "312")
        ),
        "{:?}",
        console.asked
    );
    let found = Item {
        id: "307".into(),
        mark: "84 %".into(),
        title: "INC-307 Logins rejected".into(),
        incident: Some("307".into()),
        ..Item::default()
    };
    let why = Item {
        id: "307 why".into(),
        mark: "why".into(),
        title: "both say `logins`; same alert".into(),
        tone: Tone::Quiet,
        ..Item::default()
    };
    console.tell(News::Tab(
        "312".into(),
        DetailTab::Similar,
        vec![found, why],
    ));
    assert!(
        console.screen().contains("84 %") && console.screen().contains("both say `logins`"),
        "{}",
        console.screen()
    );
    console.keys(": \"not similar\" enter");
    assert!(
        console
            .asked
            .iter()
            .any(|c| matches!(c, Cmd::RatePair { b, same: false, .. } if b.as_str() == "307"))
    );
    console.keys("enter");
    assert_eq!(
        console.state.detail.id.as_ref().map(|id| id.as_str()),
        Some("307")
    );
}

#[test]
fn a_draft_is_read_line_by_line_and_enter_goes_to_the_row_behind_it() {
    let mut console = Console::filled(120, 40);
    console.keys("P");
    assert!(
        console
            .asked
            .iter()
            .any(|c| matches!(c, Cmd::Fetch(Topic::Drafted(id, _)) if id.as_str() == "312"))
    );
    let row = common::timeline()[1].clone();
    let line = |text: &str, row: Option<String>| hotseat::draft::Line {
        text: text.into(),
        row,
    };
    let lines = vec![
        line("## Timeline", None),
        line(
            &format!("- {}", row.title),
            Some(format!("timeline {}", row.id)),
        ),
    ];
    console.tell(News::Drafted(
        "312".into(),
        hotseat::draft::TextKind::PostMortem,
        lines,
    ));
    console.keys("j");
    assert!(
        console.screen().contains("Enter goes there"),
        "{}",
        console.screen()
    );
    console.keys("enter");
    assert!(console.state.overlays.is_empty());
    assert_eq!(
        (console.state.detail.tab, console.state.detail.cursor.at),
        (DetailTab::Timeline, 1)
    );
}

#[test]
fn what_happened_while_away_is_one_key_away() {
    let mut console = Console::filled(120, 40);
    console.keys("w");
    assert!(console.screen().contains("No earlier session"));
    console.tell(Change::LastSession(
        console.now - chrono::Duration::minutes(40),
    ));
    console.keys("w");
    let screen = console.screen();
    assert!(
        screen.contains("2 declared and open")
            && screen.contains("INC-312")
            && screen.contains("INC-311"),
        "{screen}"
    );
}
