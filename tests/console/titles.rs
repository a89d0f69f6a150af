//! Titles: what gives way to what where there is little room, and what is out of sight of everything that scrolls.

use crate::common::{self, Console, catalog};
use crate::steps::{found, looked_back, on_312, recorded};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{Item, ListKind};
use hotseat::domain::{CatalogEntry, CatalogGraph, CatalogType};
use hotseat::draft::TextKind;
use hotseat::session::Change;
use std::sync::Arc;

/// A catalog whose types have long names, with a team for each owner of a service.
fn with_teams() -> CatalogGraph {
    let services = catalog();
    let kind = |id: &str, name: &str| CatalogType {
        id: id.into(),
        name: name.into(),
        type_name: format!("Custom[\"{name}\"]"),
        categories: vec![],
        attributes: vec![],
        ..services.types[0].clone()
    };
    let entry = |name: &str, kind: &str| CatalogEntry {
        id: format!("{kind} {name}").as_str().into(),
        kind: kind.into(),
        name: name.into(),
        values: vec![],
        ..services.entries[0].clone()
    };
    let teams = ["Billing", "Checkout", "Payments", "Search"];
    let teams = teams.map(|name| entry(name, "team"));
    let customers = (0..30).map(|n| entry(&format!("Customer {n:02}"), "customer"));
    let mut types = services.types.clone();
    types.extend([
        kind("team", "Team"),
        kind("customer", "Enterprise customer"),
    ]);
    let mut entries = services.entries.clone();
    entries.extend(teams.into_iter().chain(customers));
    CatalogGraph::new(types, entries)
}

/// The part of a screen's line that tells of one pane.
fn title(console: &Console, number: &str) -> String {
    let screen = console.screen();
    let from = |line: &str| line.find(number).map(|at| line[at..].to_owned());
    let title = screen.lines().find_map(from).unwrap_or_default();
    let own = title.split('│').next().unwrap_or_default();
    own.trim_end().to_owned()
}

#[test]
fn counts_of_a_pane_stay_and_names_of_tabs_give_way_whole() {
    for (width, height) in [
        (200, 60),
        (120, 40),
        (100, 30),
        (80, 24),
        (60, 15),
        (44, 12),
    ] {
        for is_late in [false, true] {
            let mut console = Console::filled(width, height);
            console.tell(Change::Catalog(Arc::new(with_teams())));
            console.keys("4 ]");
            if is_late {
                console.answer(Topic::Catalog);
                console.now += chrono::Duration::minutes(130);
                console.pause();
            }
            let title = title(&console, "4  Catalog");
            let rows = height as usize;
            assert!(
                title.ends_with(" 30") || title.contains(" 30 "),
                "{width}x{rows} late {is_late}: {title}"
            );
            match is_late {
                true => assert!(title.contains("2h10 old"), "{title}"),
                false => assert!(title.contains(" below "), "{title}"),
            }
            let known = [
                "Catalog",
                "Service",
                "Team",
                "Enterprise",
                "customer",
                ".1",
                ".2",
                ".3",
                "›1",
                "›2",
                "›3",
                "4",
            ];
            let left = title.split('─').next().unwrap_or_default();
            for word in left.split_whitespace().filter(|word| *word != "…") {
                assert!(known.contains(&word), "{word} is cut: {title}");
            }
        }
    }
}

#[test]
fn a_catalog_type_of_which_more_exists_than_was_read_says_so() {
    for (count, says) in [(4, " 4"), (9_000, " 4+")] {
        let mut console = Console::filled(80, 24);
        let mut graph = catalog();
        graph.types[0].count = Some(count);
        console.tell(Change::Catalog(Arc::new(graph)));
        console.keys("4");
        let title = title(&console, "4  Catalog");
        assert!(title.ends_with(says), "{title}");
    }
}

#[test]
fn a_list_that_is_old_keeps_its_count_and_cuts_no_tab() {
    for width in 40..=130 {
        let mut console = Console::filled(width, 24);
        console.answer(Topic::Incidents);
        console.keys("]");
        let items = (0..9).map(|n| Item {
            id: n.to_string(),
            title: "HighErrorRate".into(),
            ..Item::default()
        });
        let topic = Topic::List(ListKind::Alerts);
        console.tell(News::List(ListKind::Alerts, items.collect()));
        console.tell(News::More(topic.clone()));
        console.answer(topic.clone());
        console.now += chrono::Duration::minutes(4);
        console.fail(topic, "The key may not read alerts.", "", false);
        let title = title(&console, "▌1 ");
        assert!(title.contains("4m old"), "{width}: {title}");
        assert!(title.contains("9+"), "{width}: {title}");
        let labels = ListKind::ALL.map(ListKind::label).join(" ");
        let left = title.split(" ─").next().unwrap_or_default();
        let names = left.split_whitespace().skip(1);
        for word in names.filter(|word| *word != "…" && !word.starts_with(['.', '›'])) {
            let is_whole = labels.split(' ').any(|label| label == word);
            assert!(is_whole, "{width}: {word} is cut: {title}");
        }
    }
}

#[test]
fn what_burns_stands_first_among_teams_too_with_its_count() {
    let mut console = Console::filled(80, 24);
    console.tell(Change::Catalog(Arc::new(with_teams())));
    console.keys("4 . 3");
    let shown: Vec<String> = console
        .state
        .catalog
        .shown()
        .iter()
        .map(|entry| entry.name.clone())
        .collect();
    assert_eq!(shown, ["Checkout", "Search", "Billing", "Payments"]);
    let screen = console.screen();
    let line = |name: &str| {
        let of = |line: &&str| line.contains(&format!("{name} "));
        screen.lines().rev().find(of).unwrap_or_default()
    };
    assert!(line("Checkout").contains("4 open"), "{screen}");
    assert!(line("Search").contains("1 open"), "{screen}");
}

#[test]
fn everything_that_scrolls_tells_how_much_is_above_and_below() {
    let long = |n: usize| vec!["A line of it.".to_owned(); n].join("\n");
    for (name, script) in [
        ("overview", "2 ] "),
        ("investigation", "i"),
        ("card of a service", "4 enter"),
        ("help", "?"),
        ("palette", "ctrl-p"),
        ("tabs", "1 ."),
        ("evidence", "i j j j j j j enter"),
    ] {
        let mut console = on_312(60, 15);
        let summary = long(40);
        let incident = hotseat::domain::Incident {
            summary,
            ..common::incident("312")
        };
        console.tell(Change::Incident(Box::new(incident)));
        console.tell(found(87, false));
        console.keys(script);
        let first = console.screen();
        let edge = |screen: &str| {
            let lines: Vec<&str> = screen.lines().take(4).collect();
            lines.join("\n")
        };
        if name == "evidence" && !edge(&first).contains("below") {
            continue;
        }
        assert!(edge(&first).contains(" below"), "{name}\n{first}");
        let moves = if name == "palette" {
            "down "
        } else {
            "ctrl-d "
        };
        console.keys(&moves.repeat(16));
        let later = console.screen();
        assert!(edge(&later).contains(" above"), "{name}\n{later}");
    }
}

#[test]
fn drafts_and_looks_back_tell_their_edges_too() {
    let mut console = on_312(80, 24);
    console.keys("P");
    let template = vec!["# A heading"; 40].join("\n\n");
    console.tell(recorded(TextKind::PostMortem, &template));
    let screen = console.screen();
    assert!(screen.contains(" below"), "{screen}");
    console.keys("G");
    assert!(console.screen().contains(" above"), "{}", console.screen());
    let mut console = Console::filled(80, 24);
    console.keys(": \"analy\" enter");
    let News::Analysis(asked, lines) = looked_back("", "  a line") else {
        unreachable!("it is an analysis");
    };
    let many = lines.into_iter().cycle().take(60).collect();
    console.tell(News::Analysis(asked, many));
    assert!(console.screen().contains(" below"), "{}", console.screen());
}

#[test]
fn beside_a_wide_screen_stands_what_the_list_says_at_once_and_the_rest_is_asked_for() {
    let mut console = on_312(200, 60);
    let aside = |console: &Console| {
        let screen = console.screen();
        let right = screen
            .lines()
            .map(|l| l.chars().skip(134).collect::<String>());
        right.collect::<Vec<_>>().join("\n")
    };
    assert!(aside(&console).contains("Fixing"), "{}", aside(&console));
    let mut row = (*common::rows()[0]).clone();
    row.status = "Watching".into();
    (row.updated, row.active) = (console.now, console.now);
    console.tell(Change::Rows {
        rows: vec![Arc::new(row)],
        whole: false,
        cached: false,
    });
    assert!(aside(&console).contains("Watching"), "{}", aside(&console));
    let asked = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Detail(id)) if id.as_str() == "312");
    assert!(console.asked.iter().any(asked));
    // Of an incident that was never read, the line in the list says what is known.
    console.keys("j");
    let other = aside(&console);
    assert!(
        other.contains("INC-310") && other.contains("Watching"),
        "{other}"
    );
    assert!(!other.contains("Loading.\n"), "{other}");
}

#[test]
fn a_finding_that_is_older_than_the_incident_says_so_beside_a_wide_screen() {
    let mut console = on_312(200, 60);
    console.keys("i");
    console.tell(found(87, false));
    console.keys("[ [");
    let mut row = (*common::rows()[0]).clone();
    (row.status, row.category) = ("Closed".into(), hotseat::domain::StatusCategory::Closed);
    (row.updated, row.active) = (console.now, console.now);
    console.tell(Change::Rows {
        rows: vec![Arc::new(row)],
        whole: false,
        cached: false,
    });
    let screen = console.screen();
    let first = screen.lines().next().unwrap_or_default();
    assert!(first.contains("INC-312 Finding"), "{screen}");
    assert!(first.contains("before \"Closed\""), "{screen}");
}

#[test]
fn several_results_that_have_no_room_are_read_to_the_last() {
    let mut console = Console::filled(60, 15);
    let many = (500..530).map(|id: i64| {
        let name = format!("Queue {id} is long");
        let row = common::row(&id.to_string(), &name, ("Breeze", 2), "Fixing", 9_000 - id);
        Arc::new(row)
    });
    console.tell(Change::Rows {
        rows: many.collect(),
        whole: true,
        cached: false,
    });
    console.keys(&"space ".repeat(30));
    console.keys("L");
    let whole = console.asked.iter().rev().find_map(|cmd| match cmd {
        Cmd::Fetch(Topic::Subjects(kind, ids)) => Some((*kind, ids.clone())),
        _ => None,
    });
    let (kind, ids) = whole.expect("the incidents are read anew");
    let all = ids.len();
    assert!(all > 20, "{all} are marked");
    let read = ids.iter().map(|id| {
        let row = console.state.row(id).expect("a row");
        hotseat::domain::sample::incident((**row).clone())
    });
    let read: Vec<_> = read.collect();
    console.tell(News::Subjects(kind, read));
    console.keys("y");
    let first = console.screen();
    assert!(first.contains(&format!("0 of {all} done")), "{first}");
    assert!(first.contains(" below"), "{first}");
    console.keys("G");
    let last = console.screen();
    assert!(last.contains(" above"), "{last}");
}

#[test]
fn the_title_of_a_form_ends_before_the_place_of_its_field() {
    let mut console = on_312(60, 15);
    console.keys("n");
    let screen = console.screen();
    let title = screen.lines().nth(1).unwrap_or_default();
    assert!(title.contains("… 1 of 3"), "{screen}");
}
