//! What arrives from outside: notices, a network that goes, the cache, a key that may not read, hostile text.

use crate::common::{Console, row};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{Item, ListKind, Tone};
use hotseat::session::Change;
use std::sync::Arc;

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
    console.tell(Change::Rows {
        rows: vec![fresh.clone()],
        whole: false,
        cached: false,
    });
    assert_eq!(
        notices(&mut console),
        ["New Storm: INC-400 Everything is down"]
    );
    console.tell(Change::Rows {
        rows: vec![fresh],
        whole: false,
        cached: false,
    });
    assert_eq!(notices(&mut console), Vec::<String>::new());
    console.tell(Change::Rows {
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
    assert!(console.screen().contains("1 page waits"));
}

#[test]
fn when_the_network_goes_the_data_stays_with_its_age() {
    let mut console = Console::filled(120, 40);
    console.tell(News::Answered {
        topic: Topic::Incidents,
        budget: Some((1_150, 1_200)),
    });
    console.now += chrono::Duration::minutes(7);
    console.fail(
        Topic::Incidents,
        "Cannot reach api.example: the connection was refused.",
        "Check.",
        true,
    );
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
    console.tell(Change::Cached(console.now - chrono::Duration::minutes(9)));
    assert!(
        console.screen().contains("from the cache, data 9m old"),
        "{}",
        console.screen()
    );
    console.fail(Topic::Incidents, "Cannot reach it.", "", true);
    assert!(
        console.screen().contains("offline, data 9m old"),
        "{}",
        console.screen()
    );
}

#[test]
fn a_key_that_may_read_nothing_gives_the_reason_and_no_false_calm() {
    let mut console = Console::new(120, 40);
    console.fail(
        Topic::Incidents,
        "The API key may not do this.",
        "Ask.",
        false,
    );
    let screen = console.screen();
    assert!(
        screen.contains("incidents not readable")
            && !screen.contains("0 open")
            && !screen.contains("on fire"),
        "{screen}"
    );
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
        console.tell(Change::Rows {
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
