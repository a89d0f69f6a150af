//! What is written in the night: words go where the eye is, and no letter of them is a command.

use super::Night;
use crate::common::{Console, row};
use crate::steps::sent;
use hotseat::console::items;
use hotseat::console::news::News;
use hotseat::console::state::DetailTab;
use hotseat::domain::{Action, EntryKind, TimelineEntry};
use hotseat::session::{Change, KnownTimeline};
use std::sync::Arc;

/// Somebody changes an incident.
pub(crate) fn becomes(
    console: &mut Console,
    id: &str,
    name: &str,
    severity: (&str, i16),
    status: &str,
) {
    let mut changed = row(id, name, severity, status, 3_000);
    changed.updated = console.now;
    console.tell(Change::Rows {
        rows: vec![Arc::new(changed)],
        whole: false,
        cached: false,
    });
}

/// The timeline of an incident ends with its closing, by Bram.
pub(crate) fn closed_by_bram(
    console: &mut Console,
    id: &str,
    mut items: Vec<TimelineEntry>,
    severity: &str,
) {
    items.push(TimelineEntry {
        id: "closed".into(),
        at: console.now,
        kind: EntryKind::Update,
        title: format!("Closed · {severity}"),
        body: String::new(),
        actor: "Bram Brandt".into(),
        written: Default::default(),
    });
    console.tell(Change::Timeline(Box::new(KnownTimeline {
        id: id.into(),
        items,
        missing: vec![],
        seen: None,
    })));
}

pub(crate) fn a_note_of_yesterday(night: &mut Night) {
    night.keys(&[], "n", &["INC-312 High error rate", "What happened"]);
    night.keys(
        &["Not yet: What happened is needed."],
        "\"Bad deploy\" enter \"yesterday 23:15\"",
        &["Bad deploy", "at 2026-11-20 23:15:00 NZDT: Bad deploy"],
    );
    assert!(sent(&mut night.console).is_empty(), "no letter sends");
    night.keys(
        &["What happened"],
        "esc y",
        &["on its way: note Bad deploy"],
    );
    let [note] = &night.confirmed()[..] else {
        panic!("one note")
    };
    assert_eq!(note.body["timestamp"], "2026-11-20T10:15:00Z");
}

pub(crate) fn an_incident_is_declared(night: &mut Night) {
    night.keys(&[], "D", &["Declare an incident"]);
    night.keys(
        &[],
        "\"Everything is down\" enter \"stor\" enter \"Down, quite: y D x\"",
        &["Everything is down", "Down, quite: y D x"],
    );
    night.keys(
        &["Declare an incident"],
        "esc y",
        &["Sending: Declare: Everything is down."],
    );
    let mut write = sent(&mut night.console).remove(0);
    assert_eq!(write.body["summary"], "Down, quite: y D x");
    write.result = Some("400".into());
    night.news(
        &[],
        |console| {
            let state = hotseat::domain::WriteState::Confirmed;
            console.tell(crate::steps::wrote(&write, state, None, &[]));
            becomes(
                console,
                "400",
                "Everything is down",
                ("Storm", 4),
                "Investigating",
            );
        },
        &["Declared INC-400: Everything"],
    );
    assert_eq!(night.console.selected(), "INC-400");
    assert_eq!(night.shown(), "400");
}

pub(crate) fn somebody_closes_it_meanwhile(night: &mut Night) {
    night.keys(&[], "/ \"disk\" enter esc", &[]);
    night.keys(&[], "1 g j j j", &[]);
    assert_eq!(night.console.selected(), "INC-308");
    night.news(
        &[],
        |console| {
            becomes(
                console,
                "308",
                "Disk 91% full on orders-db",
                ("Gale", 3),
                "Closed",
            );
            closed_by_bram(console, "308", vec![], "Gale");
        },
        &["closed by Bram Brandt, just now"],
    );
    assert_eq!(
        night.console.selected(),
        "INC-308",
        "it stays under the hand"
    );
    night.keys(&[], "n", &["Note on the timeline: INC-308"]);
    night.keys(&["Reading"], "ctrl-c", &[]);
    night.keys(&["closed by Bram Brandt"], "k", &[]);
    night.keys(&[], "g", &[]);
    while night.console.selected() != "INC-312" {
        night.console.keys("j");
    }
}

pub(crate) fn the_status_moves(night: &mut Night) {
    night.keys(
        &[],
        "c \"wat\" enter esc",
        &["Does not tell the channel inc-312."],
    );
    night.keys(
        &["Does not tell the channel inc-312."],
        "k backtab \"Better now\" esc",
        &[
            "Posts an update to INC-312 and its channel inc-312.",
            "yes, with the message",
        ],
    );
    night.pictures("form");
    night.keys(&["yes, with the message"], "y", &["on its way"]);
    assert_eq!(night.confirmed().len(), 1);
}

pub(crate) fn an_update_cannot_be_taken_back(night: &mut Night) {
    night.keys(
        &[],
        "u \"Words\"",
        &["Cannot be taken back; Posts an update"],
    );
    night.keys(&["Cannot be taken back"], "alt-enter", &["on its way"]);
    night.confirmed();
    night.keys(&[], "z", &["cannot be taken back: INC-312: update Words"]);
}

pub(crate) fn closing_leaves_work_open(night: &mut Night) {
    night.keys(&[], "C", &["Reading what is still to do."]);
    night.news(
        &["Reading what is still to do."],
        |console| {
            let open = Action {
                id: "A1".into(),
                incident: "312".into(),
                description: "Drain the queue".into(),
                status: "outstanding".into(),
                assignee: None,
                created: console.now,
                completed: None,
                written: Default::default(),
            };
            let items = items::tasks(vec![open], Vec::new(), Some(&"312".into()));
            console.tell(News::Tab("312".into(), DetailTab::Tasks, items));
        },
        &[
            "Still open, and not closed with it: 1",
            "action: Drain the queue (nobody)",
        ],
    );
    night.keys(&["Drain the queue"], "esc", &[]);
    assert!(sent(&mut night.console).is_empty());
}

pub(crate) fn a_draft_is_found_again(night: &mut Night) {
    night.keys(
        &[],
        "u \"Rolling back\" esc esc",
        &["what you wrote is kept"],
    );
    night.news(
        &["what you wrote is kept"],
        |console| {
            console.now += chrono::Duration::seconds(10);
            console.pause();
        },
        &["rate limit 100% free"],
    );
    night.keys(
        &[],
        "K",
        &[
            "Drafts not sent: 1",
            "Post an update           INC-312   Rolling back",
        ],
    );
    night.keys(
        &["Drafts not sent: 1"],
        "enter",
        &["Post an update: INC-312"],
    );
    night.keys(&["Post an update: INC-312"], "esc D D", &["Dropped."]);
}
