//! What a shift hands over and what happened meanwhile, as views: each line that names something leads there, and coming
//! back finds the view on the line it was left on.

use crate::common;
use crate::common::Console;
use crate::steps::{golden, on_312};
use hotseat::console::items::recalled;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::{DetailTab, Item, Overlay, Report};
use hotseat::domain::{Instant, Move, MoveKind, Moved, WriteKind};
use hotseat::draft::{HANDOVER, Handover};
use hotseat::session::Change;
use hotseat::similar::{Match, Recalled, Seen};

fn shift(now: Instant) -> Handover {
    Handover {
        from: now - chrono::Duration::hours(8),
        to: now,
        open: vec![common::incident("312"), common::incident("311")],
        over: vec![common::incident("307")],
        waiting: vec![],
        pages: 3,
        at_risk: vec![],
        changes: vec![],
        next: vec![("Checkout on-call".into(), "Bram Brandt".into())],
        missing: vec![],
    }
}

fn report(console: &Console) -> &Report {
    match console.state.overlays.last() {
        Some(Overlay::Report(report)) => report,
        other => panic!("no report is open, but {other:?}"),
    }
}

fn shown(console: &Console) -> Option<&str> {
    console.state.detail.id.as_ref().map(|id| id.as_str())
}

#[test]
fn a_line_of_a_handover_leads_to_what_it_names_and_back_to_that_line() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut console = on_312(width, height);
        console.keys("H");
        console.tell(News::Handover(
            Box::new(shift(console.now)),
            HANDOVER.into(),
        ));
        golden(&format!("handover-{width}x{height}"), &console.screen());
        // The first line tells counts; the third one names INC-311.
        console.keys("enter");
        assert!(
            console.screen().contains("names nothing to go to"),
            "{}",
            console.screen()
        );
        console.keys("j j enter");
        assert_eq!(shown(&console), Some("311"), "{}", console.screen());
        console.keys("ctrl-o");
        assert_eq!(report(&console).cursor.at, 2);
        console.keys("y");
        let copied = console
            .asked
            .iter()
            .any(|c| matches!(c, Cmd::Copy(text) if text.contains("INC-311")));
        assert!(copied);
    }
}

/// What was moved while nobody looked.
fn moved(at: Instant) -> Moved {
    let one = |kind, who: &str| Move {
        at,
        kind,
        who: who.into(),
    };
    Moved {
        moves: vec![
            one(MoveKind::Status, "Ana Abara"),
            one(MoveKind::Update, "Bram Brandt"),
            one(MoveKind::Deploy, ""),
        ],
        ..Moved::default()
    }
}

#[test]
fn what_happened_meanwhile_leads_to_each_incident_and_is_asked_again_on_a_key() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut console = Console::filled(width, height);
        let since = console.now - chrono::Duration::hours(9);
        console.tell(Change::LastSession(since));
        console.keys("w");
        let topic = |console: &Console| {
            let asked = console.asked.iter().filter_map(|cmd| match cmd {
                Cmd::Fetch(topic @ Topic::Moved(..)) => Some(topic.clone()),
                _ => None,
            });
            asked.collect::<Vec<_>>()
        };
        let asked = topic(&console);
        console.tell(News::Moved(asked[0].clone(), moved(since)));
        golden(&format!("since-{width}x{height}"), &console.screen());
        let line = report(&console)
            .lines
            .iter()
            .position(|l| l.text.contains("INC-311"));
        let down = "j ".repeat(line.expect("it was declared meanwhile"));
        console.keys(&format!("{down}enter"));
        assert_eq!(shown(&console), Some("311"), "{}", console.screen());
        console.keys("ctrl-o r");
        assert_eq!(topic(&console).len(), 2, "asked again");
        // Only what a shift hands over is sent to others.
        console.keys("I");
        assert!(
            console.screen().contains("only a handover is sent"),
            "{}",
            console.screen()
        );
    }
}

#[test]
fn what_ended_a_past_incident_is_proposed_as_a_follow_up_that_a_person_sends() {
    let mut console = Console::filled(120, 40);
    console.keys("s");
    let title = "Keep what happened in INC-307 from coming back";
    let past = |likeness| Recalled {
        found: Match {
            id: "307".into(),
            reference: "INC-307".into(),
            name: "Logins rejected".into(),
            likeness,
            reasons: vec![],
            alike: 0,
            at: console.now,
        },
        seen: Seen {
            resolution: "a rollback".into(),
            ..Seen::default()
        },
    };
    let proposes = |items: &[Item]| items.iter().any(|i| i.title == title);
    assert!(!proposes(&recalled(past(40))), "it may be another thing");
    let mut items = recalled(past(80));
    assert!(proposes(&items));
    items.retain(|i| i.title == title);
    console.tell(News::Tab("312".into(), DetailTab::Similar, items));
    console.keys("enter");
    let kind = WriteKind::FollowUpAdd;
    let now = common::incident("312");
    console.tell(News::Subjects(kind, vec![now]));
    let Some(Overlay::Form(view)) = console.state.overlays.last() else {
        panic!("no form\n{}", console.screen());
    };
    assert_eq!(view.form.kind, kind);
    let screen = console.screen();
    assert!(
        screen.contains(title) && screen.contains("a rollback"),
        "{screen}"
    );
    let sent = console.asked.iter().any(|c| matches!(c, Cmd::Write { .. }));
    assert!(!sent, "nothing is sent by itself");
}
