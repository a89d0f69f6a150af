//! What the console tells without being asked: why a key did nothing, which keys have the focus, help that is read whole,
//! and sentences that keep their end.

use crate::common::{self, Console};
use crate::steps::{found, on_312};
use hotseat::console::action::{ACTIONS, ActionSpec};
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::DetailTab;
use hotseat::domain::StatusCategory;
use hotseat::session::{Change, KnownTimeline};
use std::sync::Arc;

fn last_lines(console: &Console) -> String {
    let screen = console.screen();
    let lines: Vec<&str> = screen.lines().collect();
    lines[lines.len() - 2..].join("\n")
}

#[test]
fn a_key_that_does_nothing_says_why() {
    for (script, says) in [
        ("G j", "j: nothing below."),
        ("k", "k: nothing above."),
        ("v", "v cover: on the on-call pane (3)."),
        ("2 t", "t mine/team/all: on the list (1)."),
        ("5", "5 does nothing here; ? shows the keys that do."),
        ("_", "_: all panes are shown."),
        ("] A", "A is for the list of incidents"),
        ("2 ] f", "f: kinds are those of the timeline"),
        ("3 ]", "The on-call pane has no tabs."),
        ("ctrl-o", "There is nothing to go back to."),
        (
            "esc",
            "esc: there is nothing to go back from; q leaves hotseat.",
        ),
        ("! x", "x does nothing here; ? shows the keys that do."),
    ] {
        let mut console = on_312(120, 40);
        console.keys(script);
        let told = last_lines(&console);
        assert!(told.contains(says), "{script}: {told}");
    }
}

#[test]
fn the_last_line_shows_the_keys_of_what_has_the_focus() {
    let mut console = on_312(80, 24);
    console.keys("3");
    assert!(
        last_lines(&console).contains("v cover"),
        "{}",
        console.screen()
    );
    console.keys("esc i");
    console.tell(found(87, false));
    assert!(
        last_lines(&console).contains("r refresh"),
        "{}",
        console.screen()
    );
    console.keys(&"j ".repeat(9));
    console.keys("enter");
    let told = last_lines(&console);
    assert!(
        told.contains("y copy query") && told.contains("r run again"),
        "{told}"
    );
    console.asked.clear();
    console.keys("r");
    assert!(
        console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, hotseat::console::msg::Cmd::Investigate { .. })),
        "{}",
        console.screen()
    );
}

#[test]
fn help_can_be_read_whole_and_begins_with_what_has_a_key() {
    for (width, height) in [(80, 24), (60, 15), (44, 12)] {
        let mut console = on_312(width, height);
        console.keys("?");
        let screen = console.screen();
        let inside = |line: &str| line.trim_matches(|c| matches!(c, '│' | ' ')).to_owned();
        let mut lines = screen.lines().map(inside);
        lines.find(|line| line.starts_with("Keys that work here"));
        let first = lines.find(|line| !line.is_empty()).unwrap_or_default();
        assert!(first.starts_with("t  "), "a key stands first\n{screen}");
        let mut read = String::new();
        for _ in 0..60 {
            let screen = console.screen();
            let lines = screen.lines().filter(|line| line.contains('│'));
            read.extend(lines.map(|line| format!("{}\n", line.trim_matches(|c| c == '│'))));
            console.keys("ctrl-d");
        }
        assert!(!read.contains('…'), "{read}");
        // No word is cut at the end of a line.
        let words = |row: &ActionSpec| format!("{} {}", row.title, row.help);
        let known: Vec<String> = ACTIONS.iter().map(words).collect();
        let known = known.join(" ");
        let last = |line: &str| line.split_whitespace().last().map(str::to_owned);
        let sentences = read.lines().filter(|line| line.starts_with("          "));
        for word in sentences.filter_map(last) {
            let is_whole = known.split_whitespace().any(|w| w == word);
            assert!(is_whole, "{width}x{height}: {word} is cut\n{read}");
        }
    }
}

#[test]
fn a_sentence_keeps_its_end_on_a_narrow_screen() {
    for (says, end) in [
        (
            "A texts you began and did not send will be there when you come back to it.",
            "back to it.",
        ),
        (
            "This machine's clock is 4m behind incident.io's; what you write gets the right time, and so does what others read.",
            "others read.",
        ),
    ] {
        let mut console = on_312(80, 24);
        console.tell(News::Said(says.into()));
        assert!(last_lines(&console).contains(end), "{}", console.screen());
    }
    let mut console = on_312(80, 24);
    let long = "word ".repeat(60);
    console.tell(News::Said(long));
    assert!(
        last_lines(&console).trim_end().ends_with("word …"),
        "{}",
        console.screen()
    );
}

#[test]
fn after_a_filter_that_found_nothing_keys_still_have_their_incident() {
    let mut console = on_312(120, 40);
    console.keys("/ \"zzz\" esc n");
    let screen = console.screen();
    assert!(!screen.contains("No incident is selected"), "{screen}");
    let mut console = on_312(120, 40);
    console.keys("/ \"zzz\" enter n");
    let screen = console.screen();
    assert!(!screen.contains("No incident is selected"), "{screen}");
}

#[test]
fn an_alert_that_cleared_is_not_shown_as_one_that_fires() {
    use hotseat::config::Colour;
    use hotseat::console::{picture, theme::Theme};
    let mut console = on_312(120, 40);
    let fired = crate::common::timeline()
        .into_iter()
        .find(|line| line.title.starts_with("Fired"));
    let fired = fired.expect("an alert");
    let mut cleared = fired.clone();
    (cleared.id, cleared.title) = ("A1-cleared".into(), "Cleared: HighErrorRate".into());
    console.tell(Change::Timeline(Box::new(KnownTimeline {
        id: "312".into(),
        items: vec![fired, cleared],
        missing: vec![],
        seen: None,
    })));
    let theme = Theme::fixed(Colour::Truecolor, false, false);
    let buffer = picture::buffer(&console.state, &theme);
    let screen = picture::text(&buffer);
    let colour = |word: &str| {
        let row = screen
            .lines()
            .position(|line| line.contains(word))
            .expect(word);
        buffer[(9, row as u16)].fg
    };
    let red = theme.hot().fg.expect("a colour");
    assert_eq!(colour("Fired: "), red);
    assert_ne!(colour("Cleared: "), red);
}

/// What the console says of the finding: in its pane, in the third column and in what is drafted from it.
fn said_of_the_finding(console: &mut Console) -> Vec<String> {
    console.keys("2");
    console.state.detail.tab = DetailTab::Investigation;
    let mut said = vec![console.screen()];
    console.state.detail.tab = DetailTab::Timeline;
    said.push(console.screen());
    console.keys("d");
    for _ in 0..4 {
        said.push(console.screen());
        console.keys("]");
    }
    console.keys("esc");
    said
}

#[test]
fn a_finding_that_was_made_before_the_end_is_told_in_the_past_as_soon_as_the_end_is_known() {
    let mut console = on_312(200, 60);
    console.keys("i");
    console.tell(found(87, false));
    assert!(console.screen().contains("is failing calls because"));
    let mut over = common::incident("312");
    over.row.category = StatusCategory::Closed;
    over.row.status = "Closed".into();
    console.asked.clear();
    console.tell(Change::Rows {
        rows: vec![Arc::new(over.row.clone())],
        whole: false,
        cached: false,
    });
    console.tell(Change::Incident(Box::new(over)));
    let asks = |cmd: &Cmd| matches!(cmd, Cmd::Investigate { .. });
    assert!(!console.asked.iter().any(asks), "nothing is asked for it");
    let said = said_of_the_finding(&mut console);
    for screen in &said {
        for present in ["is failing calls", "is in trouble", "adds", "Consider"] {
            assert!(!screen.contains(present), "{present}: {screen}");
        }
    }
    let past = said.iter().filter(|s| s.contains("was failing calls"));
    assert!(past.count() >= 4, "pane, column and drafts: {said:?}");
    assert!(
        said[0].contains("87 %") && said[0].contains("+ E1"),
        "{}",
        said[0]
    );
    let title = said[1].lines().next().unwrap_or_default();
    assert!(
        title.contains("INC-312 Finding") && title.contains("found 14:40, before \"Closed\""),
        "{title}"
    );
}

#[test]
fn a_rollback_that_somebody_writes_down_is_not_advised_any_more() {
    let mut console = on_312(200, 60);
    let timeline = |items| {
        Change::Timeline(Box::new(KnownTimeline {
            id: "312".into(),
            items,
            missing: vec![],
            seen: None,
        }))
    };
    let mut lines = common::timeline();
    let update = lines.pop().expect("an update");
    console.tell(timeline(lines.clone()));
    console.keys("i");
    console.tell(found(87, false));
    assert!(
        console
            .screen()
            .contains("Consider rolling payment-gateway back")
    );
    lines.push(update);
    console.tell(timeline(lines));
    let said = said_of_the_finding(&mut console);
    for screen in &said {
        assert!(!screen.contains("Consider rolling"), "{screen}");
    }
    assert!(
        said[0].contains("payment-gateway is being rolled back (14:38"),
        "{}",
        said[0]
    );
}
