//! Drafts not sent: where they are found, gone on with and dropped.

use crate::common::Console;
use crate::pages::page;
use crate::steps::{on_312, sent, wrote};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::domain::{SavedForm, WriteState};
use hotseat::writes::{Subject, WriteKind};

fn contains(console: &Console, words: &str) {
    let screen = console.screen();
    assert!(screen.contains(words), "no \"{words}\" in\n{screen}");
}

#[test]
fn drafts_not_sent_are_listed_on_a_key_the_status_line_names_and_go_on_in_their_form() {
    let mut console = on_312(80, 24);
    console.keys("u \"Rolling back\" esc esc");
    console.keys("D \"Search is down\" esc esc");
    console.now += chrono::Duration::seconds(10);
    console.pause();
    contains(&console, "2 drafts not sent (K)");
    console.keys("K");
    for words in [
        "Drafts not sent: 2",
        "Post an update",
        "INC-312",
        "Rolling back",
        "Declare an incident",
        "Search is down",
    ] {
        contains(&console, words);
    }
    console.keys("g enter");
    contains(&console, "Name           Search is down");
    console.keys("esc esc K G enter");
    contains(&console, "Post an update: INC-312");
    console.keys("esc y");
    assert_eq!(sent(&mut console)[0].body["message"], "Rolling back");
}

#[test]
fn a_draft_of_another_incident_goes_on_when_that_is_read_as_it_is_now() {
    let mut console = on_312(80, 24);
    let values = vec![("message".into(), vec!["Paused the batch".to_owned()])];
    let key = format!("{} 310", WriteKind::Update.id());
    let at = console.now;
    console.tell(News::SavedForm(vec![SavedForm { key, values, at }]));
    console.keys("K");
    contains(&console, "INC-310");
    console.asked.clear();
    console.keys("enter");
    let asks = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Subjects(WriteKind::Update, ids)) if ids[0].as_str() == "310");
    assert!(console.asked.iter().any(asks), "{:?}", console.asked);
    let now = crate::common::incident("310");
    console.tell(News::Subjects(WriteKind::Update, vec![now]));
    contains(&console, "Paused the batch");
}

#[test]
fn a_draft_is_dropped_from_the_list_only_when_that_is_asked_for_twice() {
    let mut console = on_312(80, 24);
    console.keys("u \"Rolling back\" esc esc K D j D");
    contains(&console, "Rolling back");
    contains(&console, "D again drops it for good");
    console.asked.clear();
    console.keys("D");
    contains(&console, "Nothing was begun and left.");
    let forgets = |cmd: &Cmd| matches!(cmd, Cmd::SaveForm(saved, false) if saved.values.is_empty());
    assert!(console.asked.iter().any(forgets), "{:?}", console.asked);
    console.keys("esc");
    let screen = console.screen();
    assert!(!screen.contains("not sent (K)"), "{screen}");
    console.keys(": \"drafts not\"");
    contains(&console, "drafts not sent");
}

#[test]
fn a_form_opened_while_its_last_text_is_on_its_way_is_empty_and_what_is_begun_in_it_outlives_the_answer()
 {
    for script in [
        "n \"Bad deploy\" alt-enter n",
        "u \"Paused\" alt-enter u",
        "D \"Search is down\" enter \"gale\" alt-enter D",
    ] {
        let mut console = on_312(80, 24);
        console.keys(script);
        let screen = console.screen();
        assert!(!screen.contains("Goes on from"), "{script}\n{screen}");
        console.keys("alt-enter");
        assert_eq!(sent(&mut console).len(), 1, "{script}\n{screen}");
    }
    let mut console = on_312(80, 24);
    console.keys("n \"Bad deploy\" alt-enter n \"Rolled back\" esc esc");
    let first = sent(&mut console).remove(0);
    console.tell(wrote(&first, WriteState::Confirmed, None, &[]));
    contains(&console, "1 draft not sent (K)");
    console.keys("n");
    contains(&console, "What happened  Rolled back");
}

/// A snooze that was begun by an earlier session, of a page that no list holds.
fn with_a_snooze_begun() -> Console {
    let mut console = on_312(80, 24);
    let values = vec![("reason".into(), vec!["Waiting for the vendor".to_owned()])];
    let key = format!("{} E9", WriteKind::Snooze.id());
    let at = console.now;
    console.tell(News::SavedForm(vec![SavedForm { key, values, at }]));
    console.asked.clear();
    console.keys("K enter");
    console
}

#[test]
fn a_draft_about_what_no_list_holds_is_read_and_opened() {
    let mut console = with_a_snooze_begun();
    let asks = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Things(WriteKind::Snooze, ids)) if ids == &["E9"]);
    assert!(console.asked.iter().any(asks), "{:?}", console.asked);
    contains(&console, "Snooze the page");
    contains(&console, "Reading what it is about as it is now");
    console.keys("tab \" to call\"");
    let page = page(&console, "E9", ("U312", "Ana Abara"), "310");
    let page = Subject::Page(Box::new(page));
    console.tell(News::Things(WriteKind::Snooze, vec![page]));
    console.pause();
    contains(&console, "Waiting for the vendor to call");
}

#[test]
fn a_draft_about_what_cannot_be_read_says_why_and_is_kept() {
    let mut console = with_a_snooze_begun();
    let topic = Topic::Things(WriteKind::Snooze, vec!["E9".to_owned()]);
    let says = "Not found, or not visible to this API key.";
    console.fail(topic, says, "", false);
    contains(&console, "Snooze the page: cannot open");
    contains(&console, says);
    contains(&console, "What you wrote is kept: K");
    console.keys("esc K");
    contains(&console, "Drafts not sent: 1");
}
