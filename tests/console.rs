//! Whole flows as key scripts against the real update and the real draw, and golden screens.

mod common;

use common::{Console, row};
use hotseat::console::msg::{Cmd, News, Topic};
use hotseat::console::state::{Item, ListKind, Pane, Tone};
use std::path::Path;
use std::sync::Arc;

#[test]
fn incidents_stand_by_severity_then_age_and_closed_ones_wait_behind_a_key() {
    let mut console = Console::filled(120, 40);
    assert_eq!(console.listed(), ["INC-312", "INC-310", "INC-308", "INC-311", "INC-309"]);
    console.keys("A");
    assert_eq!(console.listed().last().map(String::as_str), Some("INC-307"));
    console.keys("A O");
    assert_eq!(console.listed(), ["INC-312", "INC-311", "INC-310", "INC-309", "INC-308"]);
}

#[test]
fn a_refresh_keeps_the_selected_incident_selected() {
    let mut console = Console::filled(120, 40);
    console.keys("j j");
    assert_eq!(console.selected(), "INC-308");
    let mut worse = common::rows();
    worse.push(Arc::new(row("400", "Everything is down", ("Storm", 4), "Investigating", 1)));
    console.tell(News::Rows { rows: worse, whole: false, cached: false });
    assert_eq!(console.selected(), "INC-308");
    console.tell(News::Rows {
        rows: vec![Arc::new(row("308", "Disk 91% full on orders-db", ("Gale", 3), "Closed", 3000))],
        whole: false,
        cached: false,
    });
    assert_ne!(console.selected(), "", "where the line is gone its neighbour takes over");
}

#[test]
fn every_script_ends_where_it_says() {
    for (script, selected, focus, says) in [
        ("j", "INC-310", Pane::Incidents, "INC-310"),
        ("G g", "INC-312", Pane::Incidents, "Storm"),
        ("j k k k", "INC-312", Pane::Incidents, "INC-312"),
        ("/ \"disk\" enter", "INC-308", Pane::Incidents, "1 of 6"),
        ("/ \"sev:p0\" enter", "INC-312", Pane::Incidents, "1 of 6"),
        ("/ \"nothing like it\" enter", "", Pane::Incidents, "Esc clears"),
        ("/ \"disk\" esc", "INC-308", Pane::Incidents, "5 of 6"),
        ("/ \"disk\" enter esc", "INC-308", Pane::Incidents, "5 of 6"),
        ("t", "INC-312", Pane::Incidents, "mine"),
        ("enter", "INC-312", Pane::Detail, "Rolling back to v2.0.9"),
        ("enter esc", "INC-312", Pane::Incidents, "open"),
        ("2 ]", "INC-312", Pane::Detail, "Loading"),
        ("3 + ", "INC-312", Pane::OnCall, "Ana Abara (you)"),
        ("3 enter", "INC-312", Pane::OnCall, "Coming days"),
        ("4 enter", "INC-312", Pane::Catalog, "Needed by"),
        ("4 / \"gateway\" enter enter", "INC-312", Pane::Catalog, "payment-gateway"),
        ("ctrl-p \"payment-gat\" enter", "INC-312", Pane::Catalog, "payment-gateway"),
        ("ctrl-p \"disk orders\" enter", "INC-308", Pane::Detail, "INC-308"),
        ("ctrl-p \"311\" enter", "INC-311", Pane::Detail, "INC-311"),
        ("ctrl-p \"payments on\" enter", "INC-312", Pane::OnCall, "Payments on-call"),
        (": \"workflows\" enter", "INC-312", Pane::Incidents, "Workflows"),
        ("? \"half\"", "INC-312", Pane::Incidents, "Move down half a page"),
        ("enter j j f", "INC-312", Pane::Detail, "only notes"),
        ("tab tab tab tab", "INC-312", Pane::Incidents, "INC-312"),
        ("enter g enter", "INC-312", Pane::Detail, "2026-11-20 14:30:00 UTC"),
        ("T", "INC-312", Pane::Incidents, "14:36"),
        ("!", "INC-312", Pane::Incidents, "Everything could be read"),
    ] {
        let mut console = Console::filled(120, 40);
        console.keys(script);
        let screen = console.screen();
        assert_eq!((console.selected().as_str(), console.state.focus), (selected, focus), "{script}\n{screen}");
        assert!(screen.contains(says), "{script}: no \"{says}\" in\n{screen}");
    }
}

#[test]
fn the_palette_finds_what_arrives_while_it_is_open() {
    let mut console = Console::new(120, 40);
    console.keys("ctrl-p \"cart\"");
    assert!(!console.screen().contains("catalog  cart"));
    console.tell(News::Catalog(Arc::new(common::catalog())));
    assert!(console.screen().contains("catalog  cart"), "{}", console.screen());
}

#[test]
fn letters_typed_into_a_field_do_nothing_else() {
    let mut console = Console::filled(120, 40);
    console.keys("/ \"qyYrR?:1234\"");
    assert!(!console.asked.iter().any(|cmd| matches!(cmd, Cmd::Quit | Cmd::Copy(_))));
    assert_eq!(console.state.incidents.filter.typed, "qyYrR?:1234");
}

#[test]
fn the_detail_follows_when_the_keys_pause_and_not_before() {
    let mut console = Console::filled(120, 40);
    console.asked.clear();
    console.keys("j j j");
    let fetched: Vec<&Topic> =
        console.asked.iter().filter_map(|cmd| if let Cmd::Fetch(topic) = cmd { Some(topic) } else { None }).collect();
    assert_eq!(fetched, [&Topic::Detail("311".into()), &Topic::Lane("311".into())], "three keys, one question");
}

#[test]
fn an_answer_for_another_incident_changes_nothing() {
    let mut console = Console::filled(120, 40);
    console.keys("j");
    console.tell(News::Lane { id: "312".into(), items: vec![], missing: vec!["late".into()], seen: None });
    assert!(!console.state.detail.arrived);
}

#[test]
fn jumping_goes_back_and_forward() {
    let mut console = Console::filled(120, 40);
    console.keys("ctrl-p \"disk orders\" enter ctrl-p \"certificate\" enter");
    let here = |console: &Console| console.state.detail.id.clone().map(|id| id.to_string()).unwrap_or_default();
    assert_eq!(here(&console), "309");
    console.keys("ctrl-o");
    assert_eq!(here(&console), "308");
    console.keys("ctrl-o");
    assert_eq!(here(&console), "312");
    console.keys("alt-right alt-right");
    assert_eq!(here(&console), "309");
}

#[test]
fn a_new_incident_a_raised_severity_and_a_page_are_noticed_once() {
    let mut console = Console::filled(120, 40);
    let notices = |console: &mut Console| -> Vec<String> {
        console.asked.drain(..).filter_map(|cmd| if let Cmd::Notify(text) = cmd { Some(text) } else { None }).collect()
    };
    assert_eq!(notices(&mut console), Vec::<String>::new(), "what was there when the console opened is no news");
    let fresh = Arc::new(row("400", "Everything is down", ("Storm", 4), "Investigating", 1));
    console.tell(News::Rows { rows: vec![fresh.clone()], whole: false, cached: false });
    assert_eq!(notices(&mut console), ["New Storm: INC-400 Everything is down"]);
    console.tell(News::Rows { rows: vec![fresh], whole: false, cached: false });
    assert_eq!(notices(&mut console), Vec::<String>::new());
    console.tell(News::Rows {
        rows: vec![Arc::new(row("309", "Certificate of mfa expired", ("Gale", 3), "Investigating", 500))],
        whole: false,
        cached: false,
    });
    assert_eq!(notices(&mut console), ["INC-309 raised to Gale: Certificate of mfa expired"]);
    let page = Item { id: "E1".into(), title: "HighErrorRate".into(), note: "Ana".into(), tone: Tone::Hot, ..Item::default() };
    console.tell(News::List(ListKind::Pages, vec![]));
    console.tell(News::List(ListKind::Pages, vec![page.clone()]));
    console.tell(News::List(ListKind::Pages, vec![page]));
    assert_eq!(notices(&mut console), ["Page: HighErrorRate (Ana)"]);
    assert!(console.screen().contains("1 page waiting"));
}

#[test]
fn when_the_network_goes_the_data_stays_with_its_age() {
    let mut console = Console::filled(120, 40);
    console.tell(News::Answered { topic: Topic::Incidents, budget: Some((1_150, 1_200)) });
    console.now += chrono::Duration::minutes(7);
    console.tell(News::Failed {
        topic: Topic::Incidents,
        says: "Cannot reach api.example: the connection was refused.".into(),
        advice: "Check.".into(),
        offline: true,
    });
    let screen = console.screen();
    assert!(screen.contains("offline, data 7m old") && screen.contains("INC-312"), "{screen}");
    console.keys("!");
    assert!(console.screen().contains("Cannot reach api.example"));
    console.keys("esc");
    console.tell(News::Answered { topic: Topic::Incidents, budget: None });
    assert!(console.screen().contains("live"));
}

#[test]
fn what_comes_from_the_cache_says_so_until_something_answers() {
    let mut console = Console::filled(120, 40);
    console.tell(News::Cached(console.now - chrono::Duration::minutes(9)));
    assert!(console.screen().contains("from the cache, data 9m old"), "{}", console.screen());
    console.tell(News::Failed { topic: Topic::Incidents, says: "Cannot reach it.".into(), advice: String::new(), offline: true });
    assert!(console.screen().contains("offline, data 9m old"), "{}", console.screen());
}

#[test]
fn a_key_that_may_read_nothing_gives_the_reason_and_no_false_calm() {
    let mut console = Console::new(120, 40);
    console.tell(News::Failed {
        topic: Topic::Incidents,
        says: "The API key may not do this.".into(),
        advice: "Ask.".into(),
        offline: false,
    });
    let screen = console.screen();
    assert!(screen.contains("incidents not readable") && !screen.contains("0 open") && !screen.contains("on fire"), "{screen}");
}

#[test]
fn ascii_is_ascii() {
    let mut console = Console::filled(120, 40);
    console.theme = hotseat::console::theme::Theme::fixed(hotseat::config::Colour::Never, false, true);
    for script in ["", "A", "2", "esc ctrl-p \"a\"", "esc ?", "esc 4 enter"] {
        console.keys(script);
        assert!(console.screen().is_ascii(), "{}", console.screen());
    }
}

#[test]
fn hostile_text_changes_nothing_but_its_own_cell() {
    use hotseat::domain::text::clean_line;
    let plain = Console::filled(120, 40).screen();
    for hostile in [
        "\u{1b}[2J\u{1b}[31mred",
        "\u{1b}]52;c;ZXZpbA==\u{7}",
        "\u{202e}gnp.exe",
        "zero\u{200b}width\u{feff}",
        &"x".repeat(1_000_000),
        &format!("e{}", "\u{301}".repeat(2_000)),
        "\u{9b}31m",
        "a\nb\rc\td",
    ] {
        let mut console = Console::filled(120, 40);
        console.tell(News::Rows {
            rows: vec![Arc::new(row("312", &clean_line(hostile), ("Storm", 4), "Fixing", 4))],
            whole: false,
            cached: false,
        });
        let screen = console.screen();
        assert!(!screen.contains(['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}', '\u{200b}']), "{hostile:?}");
        let differing: Vec<_> = screen.lines().zip(plain.lines()).filter(|(a, b)| a != b).collect();
        assert!(differing.len() <= 1, "{differing:#?}");
    }
}

#[test]
fn every_size_from_the_smallest_up_is_drawn() {
    for (width, height) in [(1, 1), (20, 5), (40, 8), (60, 15), (80, 24), (99, 29), (120, 40), (169, 50), (200, 60), (300, 100)] {
        let mut console = Console::filled(width, height);
        for script in ["", "2", "3", "4", "?", "esc ctrl-p \"a\"", "esc /", "esc 1 + enter", "A"] {
            console.keys(script);
            assert_eq!(console.screen().lines().count(), usize::from(height));
        }
    }
    assert!(Console::filled(20, 5).screen().contains("hotseat needs"));
}

#[test]
fn the_screens_are_as_they_were_approved() {
    for (name, width, height, script) in [
        ("80x24", 80, 24, ""),
        ("120x40", 120, 40, ""),
        ("200x60", 200, 60, ""),
        ("60x15", 60, 15, ""),
        ("40x12", 40, 12, "2"),
        ("help-120x40", 120, 40, "?"),
        ("palette-120x40", 120, 40, "ctrl-p \"check\""),
        ("oncall-80x24", 80, 24, "3"),
        ("entry-80x24", 80, 24, "4 j enter"),
        ("filter-80x24", 80, 24, "/ \"gale\""),
        ("empty-80x24", 80, 24, "t t / \"none\" enter"),
    ] {
        let mut console = Console::filled(width, height);
        console.keys(script);
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.txt"));
        let screen = console.screen();
        if std::env::var("APPROVE").is_ok_and(|v| !v.is_empty()) {
            std::fs::write(&path, &screen).expect("written");
        }
        let approved = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(screen == approved, "{name} differs; look at it, then approve it with APPROVE=1 cargo test --test console\n{screen}");
    }
}
