//! What is known: the cause, in the tense that is true; what it was in the end; who comes next.

use super::Night;
use super::writing::{becomes, closed_by_bram};
use crate::common::{self, Console};
use crate::steps::{found, recorded};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::domain::{Move, MoveKind, Moved, StatusCategory};
use hotseat::draft::TextKind;
use hotseat::session::Change;

pub(crate) fn a_cause_is_found(night: &mut Night) {
    night.keys(&[], "i", &[]);
    assert!(night.asked(|cmd| matches!(cmd, Cmd::Investigate { .. })));
    night.news(
        &[],
        |console| console.tell(found(87, false)),
        &["is failing calls because", "87 %"],
    );
    night.pictures("finding");
    night.keys(&[], "G", &["payment-gateway is being rolled back (03:38"]);
    night.keys(&["being rolled back"], "g", &[]);
    night.keys(&[], "y", &["opied"]);
}

/// Bram closes the incident that was investigated.
fn over(console: &mut Console) {
    let mut over = common::incident("312");
    over.row.category = StatusCategory::Closed;
    over.row.status = "Closed".into();
    let name = "High error rate on checkout service";
    becomes(console, "312", name, ("Storm", 4), "Closed");
    closed_by_bram(console, "312", common::timeline(), "Storm");
    console.tell(Change::Incident(Box::new(over)));
}

pub(crate) fn it_is_over(night: &mut Night) {
    night.news(
        &["is failing calls"],
        over,
        &["was failing calls", "before \"Closed\""],
    );
    assert!(!night.asked(|cmd| matches!(cmd, Cmd::Investigate { .. })));
    night.keys(
        &[],
        "d",
        &["Drafted before it was \"Closed\"", "Draft 1 of"],
    );
    for _ in 0..3 {
        assert!(!night.console.screen().contains("is failing calls"));
        night.console.keys("]");
    }
}

pub(crate) fn a_post_mortem_is_drafted(night: &mut Night) {
    night.keys(&[], "P", &["INC-312  Post-mortem"]);
    let kind = TextKind::PostMortem;
    let mut told = String::new();
    night.news(
        &[],
        |console| {
            console.tell(recorded(kind, kind.shipped()));
            for _ in 0..8 {
                told += &console.screen();
                console.keys("ctrl-d");
            }
        },
        &[],
    );
    for says in [
        "Found by hotseat's investigation, with a confidence of 87 %.",
        "Times are in Pacific/Auckland",
        "E1: slowest calls of payment-gateway",
    ] {
        assert!(told.contains(says), "{says}: {told}");
    }
    assert!(!told.contains("UTC"), "one clock: {told}");
}

pub(crate) fn what_moved_meanwhile(night: &mut Night) {
    let since = night.console.now - chrono::Duration::hours(9);
    night.console.tell(Change::LastSession(since));
    night.keys(&[], "w", &["Reading what was moved."]);
    let mut asked = night.console.asked.drain(..).filter_map(|cmd| match cmd {
        Cmd::Fetch(topic @ Topic::Moved(..)) => Some(topic),
        _ => None,
    });
    let topic = asked.next().expect("it is asked for");
    drop(asked);
    let moved = |kind, who: &str| Move {
        at: since,
        kind,
        who: who.into(),
    };
    let moves = vec![
        moved(MoveKind::Status, "Ana Abara"),
        moved(MoveKind::Status, "Bram Brandt"),
        moved(MoveKind::Deploy, "Bram Brandt"),
    ];
    let counted = Moved {
        moves,
        ..Moved::default()
    };
    night.news(
        &["Reading what was moved."],
        |console| console.tell(News::Moved(topic, counted)),
        &[
            &format!("{:<18}{:>7}{:>9}", "statuses", 1, 1),
            &format!("{:<18}{:>7}{:>9}", "deploys", 0, 1),
        ],
    );
}

pub(crate) fn who_is_on_call(night: &mut Night) {
    night.keys(&[], "3 + g", &["v cover", "then Bram Brandt"]);
    let screen = night.console.screen();
    let line = screen
        .lines()
        .find_map(|line| line.split_once("Checkout on-call"));
    let line = line.map(|(_, line)| line.to_owned()).unwrap_or_default();
    assert!(
        line.contains("Ana Abara (you)  until") && line.contains("then Bram Brandt"),
        "{line}"
    );
    night.keys(&[], "enter", &["Coming days", "Europe/Berlin"]);
    night.keys(
        &["Coming days"],
        "esc _ 3 j v",
        &["Cover a shift: Payments on-call"],
    );
}
