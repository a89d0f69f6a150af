//! What becomes of an incident while somebody types into a form about it, and what cannot be taken back or sent at all,
//! is told in the form, before it is sent.

use crate::common::{self, Console, row};
use crate::steps::{on_312, sent, wrote};
use hotseat::console::news::News;
use hotseat::domain::{
    EntryKind, IncidentSummary, Instant, SavedForm, TimelineEntry, WriteKind, WriteState,
};
use hotseat::session::{Change, KnownTimeline};
use std::sync::Arc;

fn contains(console: &Console, words: &str) {
    let screen = console.screen();
    assert!(screen.contains(words), "no \"{words}\" in\n{screen}");
}

/// Somebody else changes an incident a while ago.
fn becomes(console: &mut Console, row: IncidentSummary, ago: i64) {
    let updated = console.now - chrono::Duration::seconds(ago);
    console.tell(Change::Rows {
        rows: vec![Arc::new(IncidentSummary { updated, ..row })],
        whole: false,
        cached: false,
    });
}

fn closed(id: &str, name: &str) -> IncidentSummary {
    row(id, name, ("Storm", 4), "Closed", 4)
}

/// The timeline of INC-312 tells who posted its last update, and when.
fn updated_by(console: &mut Console, title: &str, at: Instant) {
    let mut items = common::timeline();
    items.push(TimelineEntry {
        id: "u9".into(),
        at,
        kind: EntryKind::Update,
        title: title.into(),
        body: String::new(),
        actor: "Bram Brandt".into(),
        written: Default::default(),
    });
    console.tell(Change::Timeline(Box::new(KnownTimeline {
        id: "312".into(),
        items,
        missing: vec![],
        seen: None,
    })));
}

const NAME: &str = "High error rate on checkout service";

#[test]
fn a_form_says_while_one_types_and_on_its_send_line_that_its_incident_ended_and_who_ended_it() {
    for (width, height) in [(80, 24), (60, 15), (120, 40)] {
        let mut console = on_312(width, height);
        console.keys("u \"Rolling ba\"");
        assert!(!console.screen().contains("Meanwhile"));
        becomes(&mut console, closed("312", NAME), 10);
        contains(&console, "Meanwhile: closed, just now");
        let at = console.now - chrono::Duration::seconds(130);
        updated_by(&mut console, "Closed · Storm", at);
        contains(&console, "Meanwhile: closed by Bram Brandt, 2 min ago");
        console.keys("\"ck\" esc");
        contains(&console, "Meanwhile: closed by Bram Brandt, 2 min ago");
        console.keys("y");
        let writes = sent(&mut console);
        assert_eq!(writes[0].body["message"], "Rolling back", "nothing is lost");
    }
}

#[test]
fn a_form_says_that_somebody_moved_severity_status_or_lead_of_its_incident() {
    let mut console = on_312(80, 24);
    console.keys("n \"Bad deploy\"");
    let mut now = row("312", NAME, ("Gale", 3), "Watching", 4);
    now.lead = None;
    becomes(&mut console, now, 5);
    contains(
        &console,
        "Meanwhile: status Fixing → Watching; severity Storm → Gale;",
    );
    contains(&console, "lead Ana Abara →");
    let at = console.now;
    updated_by(&mut console, "Watching · Gale", at);
    contains(&console, ", by Bram Brandt");
}

#[test]
fn a_form_that_comes_back_refused_says_what_became_of_its_incident_on_the_way() {
    let mut console = on_312(80, 24);
    console.keys("u \"Rolling back\" alt-enter");
    let write = sent(&mut console).remove(0);
    becomes(&mut console, closed("312", NAME), 5);
    console.tell(wrote(
        &write,
        WriteState::Refused,
        Some("Not accepted."),
        &[],
    ));
    contains(&console, "Meanwhile: closed, just now");
    contains(&console, "Rolling back");
}

#[test]
fn a_form_on_several_incidents_says_of_which_it_speaks() {
    let mut console = on_312(120, 40);
    console.keys("space space u");
    let both = vec![common::incident("312"), common::incident("310")];
    console.tell(News::Subjects(WriteKind::Update, both));
    becomes(&mut console, closed("310", "Zahlungen"), 5);
    contains(&console, "Meanwhile: INC-310 closed, just now");
}

#[test]
fn a_draft_that_is_gone_on_with_says_that_its_incident_ended_since_it_was_begun() {
    let mut console = Console::filled(80, 24);
    let mut over = common::incident("312");
    over.row = closed("312", NAME);
    console.tell(Change::Rows {
        rows: vec![Arc::new(over.row.clone())],
        whole: false,
        cached: false,
    });
    console.tell(Change::Incident(Box::new(over)));
    let ended = console.now - chrono::Duration::minutes(10);
    updated_by(&mut console, "Closed · Storm", ended);
    let values = vec![("message".into(), vec!["Rolling back".to_owned()])];
    let key = format!("{} 312", WriteKind::Update.id());
    let at = console.now - chrono::Duration::hours(2);
    console.tell(News::SavedForm(vec![SavedForm { key, values, at }]));
    console.keys("K enter");
    contains(&console, "Meanwhile: closed by Bram Brandt, 10 min ago");
}

#[test]
fn what_cannot_be_taken_back_is_said_whole_in_every_field_on_small_screens() {
    for (width, height) in [(80, 24), (60, 15)] {
        for script in [
            "u \"Rolling back v2.1.0 in all regions now, starting with eu-west-1\"",
            "n \"Rolling back v2.1.0 in all regions now, starting with eu-west-1\"",
            "n \"Rolling back v2.1.0 in all regions now\" tab",
            "u \"Rolling back v2.1.0 in all regions now\" tab",
            "D \"Everything is down\" enter \"stor\" tab",
        ] {
            let mut console = on_312(width, height);
            console.keys(script);
            let screen = console.screen();
            assert!(
                screen.contains("Cannot be taken back"),
                "{width}x{height} {script}\n{screen}"
            );
        }
    }
}

#[test]
fn where_no_journal_can_be_kept_a_form_says_so_before_anything_is_typed_and_what_to_do() {
    for (width, height) in [(80, 24), (60, 15)] {
        let mut console = on_312(width, height);
        let why = "Nothing can be sent: with --no-cache nothing is kept on disk. Start with --no-journal.";
        console.tell(News::Unsendable(why.into()));
        for keys in ["n", "\"Bad deploy\"", "esc"] {
            console.keys(keys);
            contains(&console, "Nothing can be sent: with --no-cache nothing");
            contains(&console, "--no-journal");
        }
        console.keys("ctrl-c u");
        contains(&console, "Nothing can be sent: with --no-cache nothing");
    }
}
