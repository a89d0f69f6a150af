//! Whole flows as key scripts against the real update and the real draw, and golden screens.

mod common;

use common::{Console, row};
use hotseat::console::msg::{Cmd, InvestigationEvent, News, Topic, Wrote};
use hotseat::console::state::{DetailTab, Item, ListKind, Pane, Tone};
use hotseat::domain::{Identity, Org, SavedForm, StatusCategory, TimelineEntry, Write, WriteState};
use hotseat::writes::WriteKind;
use std::path::Path;
use std::sync::Arc;

#[test]
fn incidents_stand_by_severity_then_age_and_closed_ones_wait_behind_a_key() {
    let mut console = Console::filled(120, 40);
    assert_eq!(
        console.listed(),
        ["INC-312", "INC-310", "INC-308", "INC-311", "INC-309"]
    );
    console.keys("A");
    assert_eq!(console.listed().last().map(String::as_str), Some("INC-307"));
    console.keys("A O");
    assert_eq!(
        console.listed(),
        ["INC-312", "INC-311", "INC-310", "INC-309", "INC-308"]
    );
}

#[test]
fn a_refresh_keeps_the_selected_incident_selected() {
    let mut console = Console::filled(120, 40);
    console.keys("j j");
    assert_eq!(console.selected(), "INC-308");
    let mut worse = common::rows();
    worse.push(Arc::new(row(
        "400",
        "Everything is down",
        ("Storm", 4),
        "Investigating",
        1,
    )));
    console.tell(News::Rows {
        rows: worse,
        whole: false,
        cached: false,
    });
    assert_eq!(console.selected(), "INC-308");
    console.tell(News::Rows {
        rows: vec![Arc::new(row(
            "308",
            "Disk 91% full on orders-db",
            ("Gale", 3),
            "Closed",
            3000,
        ))],
        whole: false,
        cached: false,
    });
    assert_ne!(
        console.selected(),
        "",
        "where the line is gone its neighbour takes over"
    );
}

#[test]
fn every_script_ends_where_it_says() {
    for (script, selected, focus, says) in [
        ("j", "INC-310", Pane::Incidents, "INC-310"),
        ("G g", "INC-312", Pane::Incidents, "Storm"),
        ("j k k k", "INC-312", Pane::Incidents, "INC-312"),
        ("/ \"disk\" enter", "INC-308", Pane::Incidents, "1 of 6"),
        ("/ \"sev:p0\" enter", "INC-312", Pane::Incidents, "1 of 6"),
        (
            "/ \"nothing like it\" enter",
            "",
            Pane::Incidents,
            "Esc clears",
        ),
        ("/ \"disk\" esc", "INC-308", Pane::Incidents, "5 of 6"),
        ("/ \"disk\" enter esc", "INC-308", Pane::Incidents, "5 of 6"),
        ("t", "INC-312", Pane::Incidents, "mine"),
        ("enter", "INC-312", Pane::Detail, "Rolling back to v2.0.9"),
        ("enter esc", "INC-312", Pane::Incidents, "open"),
        ("2 ]", "INC-312", Pane::Detail, "Loading"),
        ("3 + ", "INC-312", Pane::OnCall, "Ana Abara (you)"),
        ("3 enter", "INC-312", Pane::OnCall, "Coming days"),
        ("4 enter", "INC-312", Pane::Catalog, "Needed by"),
        (
            "4 / \"gateway\" enter enter",
            "INC-312",
            Pane::Catalog,
            "payment-gateway",
        ),
        (
            "ctrl-p \"payment-gat\" enter",
            "INC-312",
            Pane::Catalog,
            "payment-gateway",
        ),
        (
            "ctrl-p \"disk orders\" enter",
            "INC-308",
            Pane::Detail,
            "INC-308",
        ),
        ("ctrl-p \"311\" enter", "INC-311", Pane::Detail, "INC-311"),
        (
            "ctrl-p \"payments on\" enter",
            "INC-312",
            Pane::OnCall,
            "Payments on-call",
        ),
        (
            ": \"workflows\" enter",
            "INC-312",
            Pane::Incidents,
            "Workflows",
        ),
        (
            "? \"half\"",
            "INC-312",
            Pane::Incidents,
            "Move down half a page",
        ),
        ("enter j j f", "INC-312", Pane::Detail, "only notes"),
        ("tab tab tab tab", "INC-312", Pane::Incidents, "INC-312"),
        (
            "enter g enter",
            "INC-312",
            Pane::Detail,
            "2026-11-20 14:30:00 UTC",
        ),
        ("T", "INC-312", Pane::Incidents, "14:36"),
        ("!", "INC-312", Pane::Incidents, "Everything could be read"),
    ] {
        let mut console = Console::filled(120, 40);
        console.keys(script);
        let screen = console.screen();
        assert_eq!(
            (console.selected().as_str(), console.state.focus),
            (selected, focus),
            "{script}\n{screen}"
        );
        assert!(
            screen.contains(says),
            "{script}: no \"{says}\" in\n{screen}"
        );
    }
}

#[test]
fn the_palette_finds_what_arrives_while_it_is_open() {
    let mut console = Console::new(120, 40);
    console.keys("ctrl-p \"cart\"");
    assert!(!console.screen().contains("catalog  cart"));
    console.tell(News::Catalog(Arc::new(common::catalog())));
    assert!(
        console.screen().contains("catalog  cart"),
        "{}",
        console.screen()
    );
}

#[test]
fn letters_typed_into_a_field_do_nothing_else() {
    let mut console = Console::filled(120, 40);
    console.keys("/ \"qyYrR?:1234\"");
    assert!(
        !console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, Cmd::Quit | Cmd::Copy(_)))
    );
    assert_eq!(console.state.incidents.filter.typed, "qyYrR?:1234");
}

#[test]
fn the_detail_follows_when_the_keys_pause_and_not_before() {
    let mut console = Console::filled(120, 40);
    console.asked.clear();
    console.keys("j j j");
    let fetched: Vec<&Topic> = console
        .asked
        .iter()
        .filter_map(|cmd| {
            if let Cmd::Fetch(topic) = cmd {
                Some(topic)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(
        fetched,
        [&Topic::Detail("311".into()), &Topic::Timeline("311".into())],
        "three keys, one question"
    );
}

#[test]
fn an_answer_for_another_incident_changes_nothing() {
    let mut console = Console::filled(120, 40);
    console.keys("j");
    console.tell(News::Timeline {
        id: "312".into(),
        items: vec![],
        missing: vec!["late".into()],
        seen: None,
    });
    assert!(!console.state.detail.arrived);
}

#[test]
fn jumping_goes_back_and_forward() {
    let mut console = Console::filled(120, 40);
    console.keys("ctrl-p \"disk orders\" enter ctrl-p \"certificate\" enter");
    let here = |console: &Console| {
        console
            .state
            .detail
            .id
            .clone()
            .map(|id| id.to_string())
            .unwrap_or_default()
    };
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
        console
            .asked
            .drain(..)
            .filter_map(|cmd| {
                if let Cmd::Notify(text) = cmd {
                    Some(text)
                } else {
                    None
                }
            })
            .collect()
    };
    assert_eq!(
        notices(&mut console),
        Vec::<String>::new(),
        "what was there when the console opened is no news"
    );
    let fresh = Arc::new(row(
        "400",
        "Everything is down",
        ("Storm", 4),
        "Investigating",
        1,
    ));
    console.tell(News::Rows {
        rows: vec![fresh.clone()],
        whole: false,
        cached: false,
    });
    assert_eq!(
        notices(&mut console),
        ["New Storm: INC-400 Everything is down"]
    );
    console.tell(News::Rows {
        rows: vec![fresh],
        whole: false,
        cached: false,
    });
    assert_eq!(notices(&mut console), Vec::<String>::new());
    console.tell(News::Rows {
        rows: vec![Arc::new(row(
            "309",
            "Certificate of mfa expired",
            ("Gale", 3),
            "Investigating",
            500,
        ))],
        whole: false,
        cached: false,
    });
    assert_eq!(
        notices(&mut console),
        ["INC-309 raised to Gale: Certificate of mfa expired"]
    );
    let page = Item {
        id: "E1".into(),
        title: "HighErrorRate".into(),
        note: "Ana".into(),
        tone: Tone::Hot,
        ..Item::default()
    };
    console.tell(News::List(ListKind::Pages, vec![]));
    console.tell(News::List(ListKind::Pages, vec![page.clone()]));
    console.tell(News::List(ListKind::Pages, vec![page]));
    assert_eq!(notices(&mut console), ["Page: HighErrorRate (Ana)"]);
    assert!(console.screen().contains("1 page waiting"));
}

#[test]
fn when_the_network_goes_the_data_stays_with_its_age() {
    let mut console = Console::filled(120, 40);
    console.tell(News::Answered {
        topic: Topic::Incidents,
        budget: Some((1_150, 1_200)),
    });
    console.now += chrono::Duration::minutes(7);
    console.tell(News::Failed {
        topic: Topic::Incidents,
        says: "Cannot reach api.example: the connection was refused.".into(),
        advice: "Check.".into(),
        offline: true,
    });
    let screen = console.screen();
    assert!(
        screen.contains("offline, data 7m old") && screen.contains("INC-312"),
        "{screen}"
    );
    console.keys("!");
    assert!(console.screen().contains("Cannot reach api.example"));
    console.keys("esc");
    console.tell(News::Answered {
        topic: Topic::Incidents,
        budget: None,
    });
    assert!(console.screen().contains("live"));
}

#[test]
fn what_comes_from_the_cache_says_so_until_something_answers() {
    let mut console = Console::filled(120, 40);
    console.tell(News::Cached(console.now - chrono::Duration::minutes(9)));
    assert!(
        console.screen().contains("from the cache, data 9m old"),
        "{}",
        console.screen()
    );
    console.tell(News::Failed {
        topic: Topic::Incidents,
        says: "Cannot reach it.".into(),
        advice: String::new(),
        offline: true,
    });
    assert!(
        console.screen().contains("offline, data 9m old"),
        "{}",
        console.screen()
    );
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
    assert!(
        screen.contains("incidents not readable")
            && !screen.contains("0 open")
            && !screen.contains("on fire"),
        "{screen}"
    );
}

#[test]
fn ascii_is_ascii() {
    let mut console = Console::filled(120, 40);
    console.theme =
        hotseat::console::theme::Theme::fixed(hotseat::config::Colour::Never, false, true);
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
            rows: vec![Arc::new(row(
                "312",
                &clean_line(hostile),
                ("Storm", 4),
                "Fixing",
                4,
            ))],
            whole: false,
            cached: false,
        });
        let screen = console.screen();
        assert!(
            !screen.contains(['\u{1b}', '\u{9b}', '\u{7}', '\u{202e}', '\u{200b}']),
            "{hostile:?}"
        );
        let differing: Vec<_> = screen
            .lines()
            .zip(plain.lines())
            .filter(|(a, b)| a != b)
            .collect();
        assert!(differing.len() <= 1, "{differing:#?}");
    }
}

#[test]
fn every_size_from_the_smallest_up_is_drawn() {
    for (width, height) in [
        (1, 1),
        (20, 5),
        (40, 8),
        (60, 15),
        (80, 24),
        (99, 29),
        (120, 40),
        (169, 50),
        (200, 60),
        (300, 100),
    ] {
        let mut console = Console::filled(width, height);
        for script in [
            "",
            "2",
            "3",
            "4",
            "?",
            "esc ctrl-p \"a\"",
            "esc /",
            "esc 1 + enter",
            "A",
        ] {
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
        golden(name, &console.screen());
    }
}

/// A screen must be as it was approved, white space included.
fn golden(name: &str, screen: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("{name}.txt"));
    if std::env::var("APPROVE").is_ok_and(|v| !v.is_empty()) {
        std::fs::write(&path, screen).expect("written");
    }
    let approved = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        screen == approved,
        "{name} differs; look at it, then approve it with APPROVE=1 cargo test --test console\n{screen}"
    );
}

/// What an investigation of INC-312 tells when it is done.
fn found(percent: u8, by_itself: bool) -> News {
    let found = InvestigationEvent::Found {
        incident: Box::new(common::incident("312")),
        finding: Box::new(common::finding(percent)),
        retelling: None,
        before: None,
        by_itself,
    };
    News::InvestigationEvent("312".into(), Box::new(found))
}

#[test]
fn one_key_investigates_and_the_pane_fills_while_sources_answer() {
    let mut console = Console::filled(120, 40);
    console.keys("i");
    assert!(
        matches!(&console.asked[..], [.., Cmd::Investigate { incident, by_itself: false, .. }] if incident.as_str() == "312")
    );
    let event = |told| News::InvestigationEvent("312".into(), Box::new(told));
    console.tell(event(InvestigationEvent::Planned(
        vec!["metrics".into(), "loki".into()],
        22,
    )));
    console.tell(event(InvestigationEvent::Answered(
        "metrics".into(),
        "120 series".into(),
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
        console.tell(News::Rows {
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

#[test]
fn a_finding_looks_like_this() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut console = Console::filled(width, height);
        console.keys("i");
        console.tell(found(87, false));
        console.keys("+");
        golden(&format!("finding-{width}x{height}"), &console.screen());
        console.keys(&"j ".repeat(8));
        console.keys("enter");
        golden(&format!("evidence-{width}x{height}"), &console.screen());
    }
}

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
    console.tell(News::Away(console.now - chrono::Duration::minutes(40)));
    console.keys("w");
    let screen = console.screen();
    assert!(
        screen.contains("2 declared and open")
            && screen.contains("INC-312")
            && screen.contains("INC-311"),
        "{screen}"
    );
}

/// A console on INC-312, with all of it read.
fn on_312(width: u16, height: u16) -> Console {
    let mut console = Console::filled(width, height);
    console.tell(News::Incident(Box::new(common::incident("312"))));
    console.asked.clear();
    console
}

/// The writes that were asked to be sent, since last looked.
fn sent(console: &mut Console) -> Vec<Write> {
    console
        .asked
        .drain(..)
        .filter_map(|cmd| {
            if let Cmd::Write { writes, .. } = cmd {
                Some(writes)
            } else {
                None
            }
        })
        .flatten()
        .collect()
}

/// What the worker tells of a write.
fn wrote(write: &Write, state: WriteState, error: Option<&str>, fields: &[(&str, &str)]) -> News {
    let fields = fields
        .iter()
        .map(|(field, says)| ((*field).to_owned(), (*says).to_owned()))
        .collect();
    let said = error.unwrap_or_default().to_owned();
    let write = Write {
        state,
        said,
        ..write.clone()
    };
    News::Wrote(Box::new(Wrote {
        write,
        error: error.map(str::to_owned),
        fields,
        moved: false,
        recorded: true,
    }))
}

#[test]
fn frequent_writes_take_two_keys_and_what_they_say() {
    for (script, method, path, body) in [
        (
            "L y",
            "POST",
            "/v2/incidents/312/actions/edit",
            r#"{"incident":{"incident_role_assignments":[{"assignee":{"id":"U312"},"incident_role_id":"R1"}]},"notify_incident_channel":false}"#,
        ),
        (
            "S down down enter y",
            "POST",
            "/v2/incidents/312/actions/edit",
            r#"{"incident":{"severity_id":"Breeze"},"notify_incident_channel":false}"#,
        ),
        (
            "C y",
            "POST",
            "/v2/incidents/312/actions/edit",
            r#"{"incident":{"incident_status_id":"Writing up"},"notify_incident_channel":false}"#,
        ),
        (
            "c \"watch\" enter y",
            "POST",
            "/v2/incidents/312/actions/edit",
            r#"{"incident":{"incident_status_id":"Watching"},"notify_incident_channel":false}"#,
        ),
        (
            "u \"Rolling back\" esc y",
            "POST",
            "/v2/incident_updates",
            r#"{"incident_id":"312","message":"Rolling back"}"#,
        ),
        (
            "n \"Bad deploy\" enter enter \"14:29\" esc y",
            "POST",
            "/v2/incident_timeline_items",
            r#"{"incident_id":"312","timestamp":"2026-11-20T14:29:00Z","title":"Bad deploy"}"#,
        ),
    ] {
        let mut console = on_312(120, 40);
        console.keys(script);
        let writes = sent(&mut console);
        let [write] = &writes[..] else {
            panic!("{script}: {} writes\n{}", writes.len(), console.screen())
        };
        let mut plain = write.body.clone();
        let key = plain
            .as_object_mut()
            .and_then(|b| b.remove("idempotency_key"));
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(
            (write.method.as_str(), write.path.as_str(), plain),
            (method, path, body),
            "{script}"
        );
        assert!(key.is_none_or(|key| key == write.key.as_str()), "{script}");
        assert!(
            console.screen().contains("on its way"),
            "{script}: the pane shows it at once\n{}",
            console.screen()
        );
    }
}

#[test]
fn a_write_is_shown_on_its_way_then_done_and_stands_once_when_the_lane_tells_of_it() {
    let mut console = on_312(120, 40);
    console.keys("u \"Rolling back\" esc x");
    assert!(
        console.screen().contains("POST /v2/incident_updates"),
        "{}",
        console.screen()
    );
    console.keys("y y y");
    let writes = sent(&mut console);
    assert_eq!(writes.len(), 1, "keys after it was sent send nothing");
    console.tell(wrote(&writes[0], WriteState::Confirmed, None, &[]));
    assert!(
        console
            .screen()
            .contains("Done: INC-312: update Rolling back"),
        "{}",
        console.screen()
    );
    assert!(
        console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, Cmd::Fetch(Topic::Timeline(id)) if id.as_str() == "312"))
    );
    assert_eq!(
        console
            .state
            .detail
            .lines()
            .iter()
            .filter(|l| l.body == "Rolling back")
            .count(),
        1
    );
    let mut timeline = common::timeline();
    timeline.push(TimelineEntry {
        id: "u9".into(),
        title: "Fixing · Storm".into(),
        body: "Rolling back".into(),
        ..timeline[4].clone()
    });
    console.tell(News::Timeline {
        id: "312".into(),
        items: timeline,
        missing: vec![],
        seen: None,
    });
    assert_eq!(
        console
            .state
            .detail
            .lines()
            .iter()
            .filter(|l| l.body == "Rolling back")
            .count(),
        1
    );
}

#[test]
fn what_is_refused_comes_back_with_the_reason_on_its_field_and_the_words_in_it() {
    let mut console = on_312(120, 40);
    console.keys("n \"Bad deploy\" enter enter \"14:29\" esc y");
    let writes = sent(&mut console);
    console.tell(wrote(
        &writes[0],
        WriteState::Refused,
        Some("incident.io did not accept the request."),
        &[("timestamp", "must be after 2020")],
    ));
    let screen = console.screen();
    for words in [
        "Bad deploy",
        "must be after 2020",
        "incident.io did not accept the request.",
    ] {
        assert!(screen.contains(words), "no \"{words}\" in\n{screen}");
    }
    console.keys("y");
    assert_eq!(
        sent(&mut console)[0].key,
        writes[0].key,
        "it is the same write"
    );
}

#[test]
fn a_change_of_somebody_else_is_said_and_the_form_stands_on_what_is_there_now() {
    let mut console = on_312(120, 40);
    console.keys("S down down enter y");
    let write = sent(&mut console).remove(0);
    let News::Wrote(mut told) = wrote(
        &write,
        WriteState::Refused,
        Some("Severity is now Gale and was Storm."),
        &[],
    ) else {
        unreachable!()
    };
    told.moved = true;
    console.tell(News::Wrote(told));
    assert!(
        console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, Cmd::Fetch(Topic::Subjects(..))))
    );
    let mut now = common::incident("312");
    now.row.severity = Some("Gale".into());
    console.tell(News::Subjects(WriteKind::Severity, vec![now]));
    assert!(
        console
            .screen()
            .contains("Severity is now Gale and was Storm."),
        "{}",
        console.screen()
    );
    console.keys("y");
    let again = sent(&mut console).remove(0);
    assert_eq!(
        (again.guard.map(|g| g.expects[0].value.clone()), again.key),
        (Some("Gale".into()), write.key)
    );
}

#[test]
fn what_is_typed_before_a_form_is_there_goes_into_it_and_nowhere_else() {
    let mut console = Console::filled(120, 40);
    console.asked.clear();
    console.keys("n \"Dq y\"");
    assert!(
        !console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, Cmd::Quit | Cmd::Write { .. }))
    );
    console.tell(News::Subjects(
        WriteKind::Note,
        vec![common::incident("312")],
    ));
    assert!(
        console.screen().contains("What happened  Dq y"),
        "{}",
        console.screen()
    );
}

#[test]
fn what_was_begun_is_kept_at_every_letter_and_is_there_again() {
    let mut console = on_312(120, 40);
    console.keys("u \"Rolling ba\"");
    let kept = |console: &mut Console| -> Vec<SavedForm> {
        console
            .asked
            .drain(..)
            .filter_map(|cmd| {
                if let Cmd::SaveForm(kept, false) = cmd {
                    Some(kept)
                } else {
                    None
                }
            })
            .collect()
    };
    let all = kept(&mut console);
    assert_eq!(
        all.last().map(|k| k.values.clone()),
        Some(vec![("message".to_owned(), vec!["Rolling ba".to_owned()])])
    );
    console.keys("esc esc");
    assert!(
        console.screen().contains("1 draft not sent"),
        "{}",
        console.screen()
    );
    // Another session, after a crash.
    let mut console = on_312(120, 40);
    console.tell(News::SavedForm(vec![all.last().expect("kept").clone()]));
    console.keys("u");
    assert!(
        console.screen().contains("Rolling ba"),
        "{}",
        console.screen()
    );
    console.keys("\"ck\" esc y");
    let write = sent(&mut console).remove(0);
    assert_eq!(write.body["message"], "Rolling back");
    console.tell(wrote(&write, WriteState::Confirmed, None, &[]));
    assert!(
        kept(&mut console)
            .last()
            .is_some_and(|k| k.values.is_empty()),
        "what was sent is no draft any more"
    );
}

#[test]
fn what_may_not_be_written_says_why_before_anything_is_typed() {
    let mut console = on_312(120, 40);
    console.state.config = Arc::new(hotseat::config::Config {
        read_only: true,
        ..(*console.state.config).clone()
    });
    console.keys("u");
    assert!(
        console.state.overlays.is_empty()
            && console
                .screen()
                .contains("Post an update: not here, since hotseat is read-only here.")
    );
    assert!(
        !console.screen().contains("u update"),
        "the footer does not offer it"
    );
    let mut console = on_312(120, 40);
    console.state.org = Arc::new(Org {
        identity: Identity {
            roles: vec!["viewer".into()],
            ..Identity::default()
        },
        ..(*console.state.org).clone()
    });
    console.keys("ctrl-p \"incident.update\"");
    assert!(
        console
            .screen()
            .contains("not here update — the API key lacks the role incident_editor"),
        "{}",
        console.screen()
    );
    // A move that the API does not have is there, with the reason, and cannot be chosen.
    let mut console = on_312(120, 40);
    let mut over = common::incident("312");
    (over.row.status, over.row.category) = ("Closed".into(), StatusCategory::Closed);
    console.tell(News::Incident(Box::new(over)));
    console.keys("c \"fix\"");
    assert!(
        console
            .screen()
            .contains("Fixing  not here: reopening is not in the API"),
        "{}",
        console.screen()
    );
    console.keys("enter esc y");
    assert!(sent(&mut console).is_empty());
}

#[test]
fn several_marked_lines_are_one_act_with_a_line_for_each_result() {
    let mut console = Console::filled(120, 40);
    console.keys("space space");
    console.asked.clear();
    console.keys("S");
    let ids: Vec<String> = console
        .asked
        .iter()
        .find_map(|cmd| {
            if let Cmd::Fetch(Topic::Subjects(_, ids)) = cmd {
                Some(ids.iter().map(ToString::to_string).collect())
            } else {
                None
            }
        })
        .expect("both are read as they are now");
    assert_eq!(ids, ["312", "310"]);
    console.tell(News::Subjects(
        WriteKind::Severity,
        ids.iter().map(|id| common::incident(id)).collect(),
    ));
    console.keys("\"rip\" enter y");
    let writes = sent(&mut console);
    assert_eq!(
        writes
            .iter()
            .map(|w| w.order_key.as_str())
            .collect::<Vec<_>>(),
        ["312", "310"]
    );
    console.tell(wrote(&writes[0], WriteState::Confirmed, None, &[]));
    console.tell(wrote(
        &writes[1],
        WriteState::Refused,
        Some("It is locked."),
        &[],
    ));
    let screen = console.screen();
    assert!(
        screen.contains("1 of 2 done")
            && screen.contains("refused")
            && screen.contains("It is locked."),
        "{screen}"
    );
}

#[test]
fn the_last_write_is_taken_back_with_its_exact_inverse_where_there_is_one() {
    let mut console = on_312(120, 40);
    console.keys("S down down enter y");
    let write = sent(&mut console).remove(0);
    console.tell(wrote(&write, WriteState::Confirmed, None, &[]));
    console.keys("z");
    assert!(
        console.screen().contains("Severity: Breeze → Storm"),
        "{}",
        console.screen()
    );
    console.keys("y");
    let back = sent(&mut console).remove(0);
    assert_eq!(
        (back.path, back.body["incident"]["severity_id"].as_str()),
        (write.path, Some("Storm"))
    );
    let mut console = on_312(120, 40);
    console.keys("u \"Words\" esc y");
    let write = sent(&mut console).remove(0);
    console.tell(wrote(&write, WriteState::Confirmed, None, &[]));
    console.keys("z");
    assert!(
        console.screen().contains("This cannot be undone"),
        "{}",
        console.screen()
    );
}

#[test]
fn forms_and_the_journal_are_as_they_were_approved() {
    for (name, width, height, script) in [
        (
            "form-update-120x40",
            120,
            40,
            "u \"# Now\" enter \"Rolling **back** with @an\"",
        ),
        ("form-update-80x24", 80, 24, "u \"Rolling back\" esc"),
        ("form-status-80x24", 80, 24, "c"),
        ("form-note-40x12", 40, 12, "n \"Bad deploy\""),
        ("form-edit-80x24", 80, 24, "F"),
        (
            "journal-80x24",
            80,
            24,
            "u \"Rolling back\" esc y S down enter y J",
        ),
    ] {
        let mut console = on_312(width, height);
        console.keys(script);
        golden(name, &console.screen());
    }
}
