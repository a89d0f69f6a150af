//! What was before: similar incidents, drafts from rows, what happened while away.

use crate::common;
use crate::common::Console;
use crate::steps::{found, found_this, on_312, recorded};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{DetailTab, Item, Overlay, Tone};
use hotseat::domain::{Move, MoveKind, Moved};
use hotseat::draft::{Line, TextKind, markdown};
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

fn post_mortem_of_312() -> News {
    let kind = TextKind::PostMortem;
    recorded(kind, kind.shipped())
}

/// The lines of the draft that is read.
fn drafted(console: &Console) -> &[Line] {
    match console.state.overlays.last() {
        Some(Overlay::Drafted(drafted)) => &drafted.lines,
        other => panic!("no draft is open, but {other:?}"),
    }
}

#[test]
fn a_cause_that_was_found_here_stands_in_the_post_mortem_as_the_consoles_with_its_evidence() {
    let mut console = on_312(120, 40);
    console.keys("i");
    console.tell(found(87, false));
    console.keys("P");
    console.tell(post_mortem_of_312());
    let text = markdown(drafted(&console));
    assert!(
        text.contains("Found by hotseat's investigation, with a confidence of 87 %."),
        "{text}"
    );
    let finding = common::finding(87);
    for id in &finding.top().expect("a cause").evidence_for {
        let e = finding.evidence(id).expect("evidence");
        let legend = format!("- {id}: {} ({})", e.says, e.source);
        assert!(text.contains(&legend), "{legend}: {text}");
    }
}

#[test]
fn the_way_from_the_cause_stands_in_the_post_mortem_call_by_call_with_what_shows_it_or_that_nothing_does()
 {
    let mut console = on_312(120, 40);
    console.keys("i");
    console.tell(found_this(common::finding_with_path(87), false));
    console.keys("P");
    console.tell(post_mortem_of_312());
    let lines = drafted(&console);
    let way = lines.iter().position(|l| l.text.starts_with("The way to"));
    let way = &lines[way.expect("a way")..][..4];
    let told: Vec<&str> = way.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(
        told,
        [
            "The way to where it was felt: payment-gateway → checkout-service → web-frontend → edge-proxy.",
            "- payment-gateway → checkout-service: latency at both ends (E2, E4, E5)",
            "- checkout-service → web-frontend: latency: at the end of web-frontend, not at that of checkout-service (E6, E5)",
            "- web-frontend → edge-proxy: unverified",
        ]
    );
    assert_eq!(way[1].row.as_deref(), Some("evidence E2 E4 E5"));
    let legend = |id: &str| {
        let head = format!("- {id}: ");
        lines.iter().filter(|l| l.text.starts_with(&head)).count()
    };
    assert_eq!(["E2", "E4", "E5", "E6"].map(legend), [1; 4], "{lines:#?}");
}

#[test]
fn a_post_mortem_says_each_thing_once_in_whole_sentences_and_names_its_zone() {
    let mut console = on_312(120, 40);
    console.keys("P");
    console.tell(post_mortem_of_312());
    let text = markdown(drafted(&console));
    let once = "Rolling back to v2.0.9 in all regions now";
    assert_eq!(text.matches(once).count(), 1, "{text}");
    assert!(text.contains("14:38 UTC update: see "), "{text}");
    assert!(text.contains("- Times are in UTC"), "{text}");
    let told = text.lines().filter(|l| l.starts_with("- 2026"));
    for line in told {
        assert!(line.ends_with(['.', ')', '"']), "{line}");
    }
    console.state.local = "Europe/Berlin".parse().expect("a zone");
    console.keys("esc U P");
    console.tell(post_mortem_of_312());
    let text = markdown(drafted(&console));
    assert!(text.contains("15:38 CET update: see "), "{text}");
    assert!(text.contains("- Times are in Europe/Berlin"), "{text}");
    assert!(!text.contains("UTC"), "{text}");
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
    console.tell(post_mortem_of_312());
    let row = Some(format!("timeline {}", common::timeline()[1].id));
    let line = drafted(&console).iter().position(|line| line.row == row);
    console.keys(&"j ".repeat(line.expect("it is told")));
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
    assert!(console.screen().contains("This is the first session here"));
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

#[test]
fn what_was_moved_while_away_is_counted_by_the_user_and_by_others() {
    let mut console = Console::filled(120, 40);
    let since = console.now - chrono::Duration::hours(9);
    console.tell(Change::LastSession(since));
    console.keys("w");
    assert!(console.screen().contains("Reading what was moved."));
    let mut asked = console.asked.drain(..).filter_map(|cmd| match cmd {
        Cmd::Fetch(topic @ Topic::Moved(..)) => Some(topic),
        _ => None,
    });
    let topic = asked.next().expect("it is asked for");
    drop(asked);
    let Topic::Moved(at, incidents) = &topic else {
        panic!("another question");
    };
    assert_eq!(*at, since);
    assert_eq!(incidents[0].as_str(), "312", "the newest first");
    let moved = |kind, who: &str| Move {
        at: since,
        kind,
        who: who.into(),
    };
    let moves = vec![
        moved(MoveKind::Status, "Ana Abara"),
        moved(MoveKind::Status, "Bram Brandt"),
        moved(MoveKind::Update, "Console key"),
        moved(MoveKind::Acknowledgement, "Bram Brandt"),
        moved(MoveKind::Deploy, "Bram Brandt"),
        moved(MoveKind::Deploy, ""),
    ];
    let counted = Moved {
        moves,
        ..Moved::default()
    };
    console.tell(News::Moved(topic.clone(), counted.clone()));
    let screen = console.screen();
    for (what, mine, others) in [
        ("statuses", 1, "1"),
        ("severities", 0, "0"),
        ("updates", 1, "0"),
        ("acknowledgements", 0, "1"),
        ("deploys", 0, "2"),
    ] {
        let row = format!("{what:<18}{mine:>7}{others:>9}");
        assert!(screen.contains(&row), "{row}: {screen}");
    }
    let more = Moved {
        more: true,
        ..counted
    };
    console.tell(News::Moved(topic.clone(), more));
    assert!(console.screen().contains("1+"), "{}", console.screen());
    console.fail(topic, "The API key may not do this.", "", false);
    assert!(console.screen().contains("The API key may not do this."));
}
