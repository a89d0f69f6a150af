//! What the bridge keeps, on the screen: its issues with how they stand and why, its last look, and a mark on its incidents.

use crate::common::Console;
use crate::steps::{golden, on_312};
use hotseat::config::Config;
use hotseat::console::items;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::ListKind;
use hotseat::domain::episode::{
    Doubt, Episode, Fate, How, Kept, LastRound, Memory, Proof, Standing,
};
use hotseat::domain::order::{About, Order, Wish};
use hotseat::domain::{Detection, Instant};
use hotseat::session::KnownBridge;
use std::sync::Arc;

const DETECTOR: &str = "alertmanager";

/// An issue that began some minutes ago.
pub fn burning(now: Instant, id: &str, title: &str, minutes: i64) -> Episode {
    let began = now - chrono::Duration::minutes(minutes);
    let detection = Detection {
        detector: DETECTOR.into(),
        id: id.into(),
        title: title.into(),
        severity: "critical".into(),
        services: vec!["checkout-service".into()],
        started: began,
        url: "http://prometheus.example/graph".into(),
        ..Detection::default()
    };
    Episode::begins(detection, began)
}

/// A night: what burns and has INC-312, what is in doubt, what is passed over, what waits.
pub fn night(now: Instant) -> KnownBridge {
    let told = Episode {
        incident: Some("312".into()),
        fate: Fate::Told("INC-312 was declared for it".into()),
        flaps: 3,
        ..burning(now, "f1", "Checkout is slow", 20)
    };
    let doubted = Episode {
        standing: Standing::Unsure {
            since: now,
            why: Doubt::Lapsed,
        },
        ..told.clone()
    };
    let doubted = Episode {
        detection: Detection {
            id: "f2".into(),
            title: "Checkout loses carts".into(),
            ..doubted.detection.clone()
        },
        flaps: 0,
        ..doubted
    };
    let rule = "it has the severity warning; severities declare only for critical";
    let passed = Episode {
        fate: Fate::PassedOver(rule.into()),
        ..burning(now, "f3", "Disk fills", 300)
    };
    let waits = Episode {
        fate: Fate::Waits("it has not burnt for 60 seconds yet".into()),
        ..burning(now, "f4", "Search is down", 0)
    };
    let over = Episode {
        standing: Standing::Clear {
            since: now,
            by: Proof::Detector,
        },
        ..burning(now, "f5", "Over long ago", 900)
    };
    let mut memory = Memory::default();
    for episode in [told, doubted, passed, waits, over] {
        memory.episodes.insert(episode.issue(), Arc::new(episode));
    }
    let kept = Kept::new("312".into(), "INC-312".into(), How::Declared, now);
    memory.incidents.insert(kept.id.clone(), Arc::new(kept));
    KnownBridge {
        memory,
        last: Some(LastRound {
            at: now,
            detectors: vec![(DETECTOR.into(), None)],
            incidents: None,
        }),
    }
}

/// The worker told all that the bridge knows.
pub fn told(console: &mut Console, known: KnownBridge) {
    let lines = items::bridge::lines(&known.memory);
    console.tell(News::Bridge(Some(Box::new(known)), lines));
}

fn at_the_bridge(width: u16, height: u16) -> Console {
    let mut console = on_312(width, height);
    console.keys("b");
    let asks = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::List(ListKind::Bridge)));
    assert!(console.asked.iter().any(asks), "{:?}", console.asked);
    let known = night(console.now);
    told(&mut console, known);
    console
}

#[test]
fn the_bridge_looks_as_it_was_approved() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut console = at_the_bridge(width, height);
        golden(&format!("bridge-{width}x{height}"), &console.screen());
        console.keys("j X");
        golden(&format!("issue-{width}x{height}"), &console.screen());
    }
}

#[test]
fn one_key_lists_what_burns_with_its_incident_and_what_holds_the_bridge_back() {
    let mut console = at_the_bridge(120, 40);
    let screen = console.screen();
    let lines: Vec<&str> = screen.lines().skip(1).take(5).collect();
    for (line, words) in lines.iter().zip([
        &["in step", "Both sides answer"][..],
        &[
            "waits",
            "Search is down: it has not burnt for 60 seconds yet",
        ],
        &["burning", "INC-312 Checkout is slow", "3 flaps"],
        &[
            "in doubt",
            "INC-312 Checkout loses carts: whoever reported it",
        ],
        &["passed over", "Disk fills: it has the severity warning"],
    ]) {
        for word in words {
            assert!(line.contains(word), "{word}: {screen}");
        }
    }
    assert!(!screen.contains("Over long ago"), "{screen}");
    // Enter goes to the incident; the way back leads to the list.
    console.keys("j enter");
    assert_eq!(console.state.list, ListKind::Incidents);
    assert_eq!(console.state.detail.id, Some("312".into()));
    console.keys("esc");
    assert_eq!(console.state.list, ListKind::Bridge);
}

#[test]
fn why_says_what_became_of_an_issue_and_by_which_rule_and_leads_to_its_incident() {
    let mut console = at_the_bridge(120, 40);
    console.keys("G y o");
    let copies = |words: &str| matches!(words, "f3" | "http://prometheus.example/graph");
    let copied = console.asked.iter();
    let copied = copied.filter(|cmd| matches!(cmd, Cmd::Copy(words) if copies(words)));
    assert_eq!(copied.count(), 2);
    console.keys("esc X");
    let screen = console.screen();
    for words in [
        "Issue  Disk fills",
        "No incident: it has the severity warning; severities declare only for critical.",
        "Fingerprint  f3",
        "http://prometheus.example/graph",
    ] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    console.keys("esc k k X");
    let screen = console.screen();
    assert!(screen.contains("INC-312 was declared for it."), "{screen}");
    assert!(screen.contains("came back 3 times"), "{screen}");
    console.keys("enter");
    assert_eq!(console.state.detail.id, Some("312".into()));
    // It stays what it says as the bridge goes on, with the cursor on its line.
    console.keys("esc esc");
    let mut later = night(console.now);
    later.memory.episodes.retain(|(_, id), _| id != "f4");
    told(&mut console, later);
    let here = console.state.lists[&ListKind::Bridge].current();
    assert_eq!(here.map(|item| item.id.as_str()), Some("alertmanager f1"));
}

#[test]
fn a_bridge_that_has_not_looked_for_long_is_asked_after_and_a_silent_detector_is_named() {
    let mut console = at_the_bridge(120, 40);
    console.now += chrono::Duration::minutes(12);
    console.pause();
    let says = "It last looked 12m ago: is it running?";
    assert!(console.screen().contains(says), "{}", console.screen());
    let mut known = night(console.now);
    let why = "alertmanager does not answer: connection refused.";
    known.last = known.last.map(|last| LastRound {
        detectors: vec![(DETECTOR.into(), Some(why.into()))],
        incidents: Some("the network is down".into()),
        ..last
    });
    told(&mut console, known);
    console.keys("g enter");
    let screen = console.screen();
    assert!(screen.contains(why), "{screen}");
    assert!(screen.contains("the network is down"), "{screen}");
}

#[test]
fn where_no_bridge_has_run_nothing_is_marked_and_its_list_says_how_to_begin() {
    let mut console = on_312(120, 40);
    let before = console.screen();
    console.tell(News::Kept(None));
    assert_eq!(console.screen(), before);
    console.keys("b");
    console.tell(News::Bridge(None, Vec::new()));
    let screen = console.screen();
    assert!(screen.contains("No bridge has run here."), "{screen}");
    assert!(screen.contains("bridge check, and"), "{screen}");
}

#[test]
fn an_incident_that_the_bridge_keeps_is_marked_and_its_overview_says_when_it_is_resolved() {
    let mut console = on_312(120, 40);
    let known = night(console.now);
    console.tell(News::Kept(Some(Box::new(known.clone()))));
    let screen = console.screen();
    let row = screen.lines().find(|line| line.contains("INC-312"));
    assert!(row.is_some_and(|row| row.contains("[bridge] ")), "{screen}");
    console.keys("2 . 2 +");
    let says = "kept: resolved once all of it is clear for 5m";
    assert!(console.screen().contains(says), "{}", console.screen());
    let mut theirs = known;
    for kept in theirs.memory.incidents.values_mut() {
        let why = "its severity went from Major to Minor";
        Arc::make_mut(kept).hands = Some(why.into());
    }
    console.tell(News::Kept(Some(Box::new(theirs))));
    let says = "left to people: its severity went from Major to Minor; it is only noted";
    assert!(console.screen().contains(says), "{}", console.screen());
}

fn paused(known: &mut KnownBridge, about: About, by: &str) {
    let order = Order {
        about,
        wish: Wish::Pause,
        by: by.into(),
        at: known.last.as_ref().expect("a round").at,
    };
    known.memory.orders = std::iter::once(order).collect();
}

fn ordered(console: &Console) -> Vec<(&About, Wish)> {
    let mut orders = Vec::new();
    for cmd in &console.asked {
        if let Cmd::Order(about, wish) = cmd {
            orders.push((about, *wish));
        }
    }
    orders
}

#[test]
fn the_bridge_is_paused_where_the_cursor_is_after_a_question_and_goes_on_by_the_same_key() {
    let mut console = at_the_bridge(120, 40);
    // An issue without an incident; no leaves it as it is.
    console.keys("M");
    let asks = "Search is down: pause the bridge?";
    assert!(console.screen().contains(asks), "{}", console.screen());
    console.keys("n");
    assert_eq!(ordered(&console), []);
    console.keys("M y");
    let issue = About::Issue(DETECTOR.into(), "f4".into());
    assert_eq!(ordered(&console), [(&issue, Wish::Pause)]);
    // One with an incident: it is the incident.
    console.asked.clear();
    console.keys("j M y");
    let incident = About::Incident("312".into());
    assert_eq!(ordered(&console), [(&incident, Wish::Pause)]);
    let mut known = night(console.now);
    paused(&mut known, incident.clone(), "Ana");
    told(&mut console, known);
    let screen = console.screen();
    assert!(
        screen.contains("INC-312 Checkout is slow: Ana paused it at"),
        "{screen}"
    );
    // The same key on the incident itself lets it go on.
    console.asked.clear();
    console.keys("1 esc");
    let marked = "[bridge paused] High error rate";
    assert!(console.screen().contains(marked), "{}", console.screen());
    console.keys("M");
    assert!(
        console.screen().contains("INC-312: let the bridge go on?"),
        "{}",
        console.screen()
    );
    console.keys("y");
    assert_eq!(ordered(&console), [(&incident, Wish::Resume)]);
}

#[test]
fn all_of_the_bridge_is_paused_on_its_own_line_which_says_so_then() {
    let mut console = at_the_bridge(120, 40);
    console.keys("g M y");
    assert_eq!(ordered(&console), [(&About::Everything, Wish::Pause)]);
    let mut known = night(console.now);
    paused(&mut known, About::Everything, "Ana");
    told(&mut console, known);
    let says = "Ana paused the bridge at 2026-11-20 14:40 UTC: it only listens";
    assert!(console.screen().contains(says), "{}", console.screen());
}

#[test]
fn an_incident_is_taken_over_by_name_and_nothing_is_ordered_of_what_the_bridge_does_not_keep_or_read_only()
 {
    let mut console = at_the_bridge(120, 40);
    console.keys("1 esc : 'take over' enter");
    let asks = "INC-312: take it over from the bridge?";
    assert!(console.screen().contains(asks), "{}", console.screen());
    console.keys("y");
    let incident = About::Incident("312".into());
    assert_eq!(ordered(&console), [(&incident, Wish::Take)]);
    console.asked.clear();
    console.keys("j M");
    let says = "the bridge keeps nothing here; b lists what it keeps.";
    assert!(console.screen().contains(says), "{}", console.screen());
    let read_only = Config {
        read_only: true,
        ..(*console.state.config).clone()
    };
    console.state.config = Arc::new(read_only);
    console.keys("k M");
    assert!(
        console.screen().contains("Read-only mode"),
        "{}",
        console.screen()
    );
    assert_eq!(ordered(&console), []);
}
