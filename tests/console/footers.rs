//! Each key that is offered does what its word says, where it is offered; and each word is one action's.

use crate::common::Console;
use crate::pages::{page, paged};
use crate::steps::{found, on_312};
use hotseat::console::action::ACTIONS;
use hotseat::console::news::News;
use hotseat::console::state::{Item, ListKind, Overlay};
use hotseat::domain::Escalation;
use hotseat::session::Change;

fn last_line(console: &Console) -> String {
    let screen = console.screen();
    screen.trim_end().lines().last().unwrap_or("").to_owned()
}

#[test]
fn a_footer_offers_to_quit_only_where_that_key_leaves_hotseat() {
    for (script, quits) in [
        ("", true),
        ("2", false),
        ("3", false),
        ("+", false),
        ("2 +", false),
        ("ctrl-p", false),
        ("E", false),
        ("o", false),
        ("?", false),
        ("enter G i", false),
    ] {
        let mut console = on_312(200, 60);
        console.keys(script);
        let foot = last_line(&console);
        assert_eq!(foot.contains("q quit"), quits, "{script}: {foot}");
        assert!(!foot.contains("q close"), "{script}: {foot}");
    }
    let mut console = on_312(200, 60);
    console.keys("i");
    console.tell(found(72, false));
    console.keys("g enter");
    let foot = last_line(&console);
    assert!(!foot.contains("q quit"), "{foot}");
}

#[test]
fn the_footer_of_a_list_offers_what_can_be_done_on_its_lines() {
    for (kind, name) in [
        (ListKind::Changes, "\"changes\""),
        (ListKind::AlertSources, "\"alert sources\""),
        (ListKind::AlertRoutes, "\"alert routes\""),
    ] {
        let mut console = on_312(200, 60);
        console.keys(&format!(": {name} enter"));
        let item = Item {
            id: "X1".into(),
            title: "one line".into(),
            ..Item::default()
        };
        console.tell(News::List(kind, vec![item]));
        let foot = last_line(&console);
        assert!(foot.contains("enter open"), "{name}: {foot}");
        for words in [
            "acknowledge",
            "note",
            "update",
            "escalate",
            "investigate",
            "mine/team",
            "open/everything",
            "order",
        ] {
            assert!(!foot.contains(words), "{name}: {words} in {foot}");
        }
    }
}

#[test]
fn nothing_is_offered_that_needs_a_line_where_there_is_none() {
    let needing = [
        "investigate",
        "acknowledge",
        "note",
        "update",
        "enter open",
        "copy",
    ];
    for (script, offered) in [
        ("", ["D declare", "e escalate"]),
        (": \"changes\" enter", ["/ filter", "? help"]),
        (": \"alerts\" enter", ["/ filter", "? help"]),
    ] {
        let mut console = Console::new(200, 60);
        console.tell(Change::Rows {
            rows: Vec::new(),
            whole: true,
            cached: false,
        });
        console.keys(script);
        let foot = last_line(&console);
        for words in offered {
            assert!(foot.contains(words), "{script}: {words} not in {foot}");
        }
        for words in needing {
            assert!(!foot.contains(words), "{script}: {words} in {foot}");
        }
    }
}

#[test]
fn a_page_that_is_acknowledged_is_not_offered_to_be() {
    for (status, offered) in [("triggered", true), ("acked", false)] {
        let mut console = on_312(120, 40);
        let of = page(&console, "E1", ("U312", "Ana Abara"), "312");
        let status = status.to_owned();
        paged(&mut console, vec![Escalation { status, ..of }]);
        console.keys(": \"escalations\" enter");
        let foot = last_line(&console);
        assert_eq!(foot.contains("a acknowledge"), offered, "{foot}");
        console.keys("enter");
        let screen = console.screen();
        assert_eq!(screen.contains("a acknowledges"), offered, "{screen}");
    }
}

#[test]
fn drafts_not_sent_and_the_journal_are_a_key_away_on_a_card() {
    let mut console = on_312(120, 40);
    console.keys("u \"Rolling back\" esc esc 3 enter K");
    let screen = console.screen();
    assert!(screen.contains("Drafts not sent: 1"), "{screen}");
    console.keys("esc");
    assert!(
        matches!(console.state.overlays.last(), Some(Overlay::Card(_))),
        "it closes back to the card"
    );
    console.keys("J");
    assert!(console.screen().contains("Journal"), "{}", console.screen());
}

#[test]
fn help_on_the_line_that_sends_lists_the_keys_of_the_fields_too() {
    let mut console = on_312(120, 40);
    console.keys("u \"Rolling back\" esc ?");
    let mut seen = console.screen();
    for _ in 0..4 {
        console.keys("ctrl-d");
        seen += &console.screen();
    }
    for words in [
        "your editor",
        "Where words are typed",
        "Among choices",
        "ctrl-g alt-e",
        "ctrl-u delete",
        "next choice",
    ] {
        assert!(seen.contains(words), "no {words} in\n{seen}");
    }
}

#[test]
fn no_two_actions_of_the_palette_go_by_the_same_name() {
    let mut names: Vec<&str> = ACTIONS
        .iter()
        .filter(|row| row.context.is_pane())
        .map(|row| row.title)
        .collect();
    names.sort_unstable();
    let twice: Vec<&[&str]> = names.windows(2).filter(|two| two[0] == two[1]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
fn no_word_of_the_keys_inside_an_overlay_is_cut_and_the_way_out_is_there() {
    for (width, height) in [(60, 15), (44, 12), (120, 40)] {
        for (script, leaves) in [
            ("3 enter", "esc back"),
            ("4 enter", "esc back"),
            (": \"analyze\" enter", "esc closes"),
            ("P", "esc closes"),
            ("u \"Rolling back\" esc", "esc keeps"),
            ("c", "esc to Send"),
            ("u \"Rolling back\" alt-enter J", "esc closes"),
            ("u \"Rolling back\" esc esc K", "esc closes"),
            ("d", "esc closes"),
        ] {
            let mut console = on_312(width, height);
            console.keys("i");
            console.tell(found(72, false));
            console.keys("esc").keys(script);
            let screen = console.screen();
            let lines: Vec<&str> = screen.lines().collect();
            let edge = lines.iter().rposition(|line| line.contains('└'));
            let foot = edge.map_or("", |edge| lines[edge - 1]);
            assert!(
                foot.contains(leaves) && !foot.contains('…'),
                "{script} at {width}x{height}: {foot}\n{screen}"
            );
        }
    }
}
