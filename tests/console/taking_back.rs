//! What can be taken back and what cannot, before and after it is sent; what closing leaves open.

use crate::common::Console;
use crate::steps::{on_312, sent, wrote};
use hotseat::console::items;
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::console::state::DetailTab;
use hotseat::domain::{Action, WriteState};

fn contains(console: &Console, words: &str) {
    let screen = console.screen();
    assert!(screen.contains(words), "no \"{words}\" in\n{screen}");
}

/// Does what a script says, and it is confirmed.
fn done(console: &mut Console, script: &str) {
    console.keys(script);
    let write = sent(console).remove(0);
    console.tell(wrote(&write, WriteState::Confirmed, None, &[]));
}

const WHY: &str = "cannot be taken back: INC-312: update Words; the API neither edits nor deletes";

#[test]
fn what_cannot_be_taken_back_is_told_before_it_is_sent() {
    let mut console = on_312(120, 40);
    console.keys("u \"Words\"");
    contains(&console, "Cannot be taken back; Posts an update");
    console.keys("esc");
    contains(&console, "Cannot be taken back: the API neither edits nor");
    let mut console = on_312(120, 40);
    console.keys("S down down enter esc");
    let screen = console.screen();
    assert!(!screen.contains("annot be taken back"), "{screen}");
}

#[test]
fn taking_back_names_the_last_write_that_can_be_and_what_is_newer_and_cannot() {
    let mut console = on_312(120, 40);
    console.keys("z");
    contains(&console, "Nothing was written that could be taken back.");
    done(&mut console, "u \"Words\" alt-enter");
    console.keys("z");
    contains(&console, WHY);
    assert!(console.state.overlays.is_empty(), "nothing is offered");
    let mut console = on_312(120, 40);
    done(&mut console, "S down down alt-enter");
    done(&mut console, "u \"Words\" alt-enter");
    console.keys("z");
    contains(
        &console,
        "The last write cannot be taken back: INC-312: update",
    );
    contains(
        &console,
        "Takes back what was written at 14:40: INC-312: Severity",
    );
    done(&mut console, "y");
    console.keys("z");
    assert!(
        console.state.overlays.is_empty(),
        "it was taken back already"
    );
    contains(&console, WHY);
}

#[test]
fn the_journal_offers_to_take_back_only_what_can_be() {
    let mut console = on_312(120, 40);
    done(&mut console, "u \"Words\" alt-enter");
    console.keys("J");
    contains(&console, "Journal: 0 open, the last write ");
    let offers = |console: &Console| console.screen().contains("z undoes");
    assert!(!offers(&console), "{}", console.screen());
    console.keys("enter");
    contains(&console, "cannot be taken back: the API neither edits");
    console.keys("esc esc");
    done(&mut console, "S down down alt-enter");
    console.keys("J g");
    contains(&console, "Journal: 0 open, the last 2 writes");
    assert!(offers(&console), "{}", console.screen());
}

#[test]
fn the_journal_says_which_agent_proposed_a_write() {
    let mut console = on_312(120, 40);
    done(&mut console, "u \"Words\" alt-enter");
    console.keys("J enter");
    assert!(
        !console.screen().contains("proposed by"),
        "{}",
        console.screen()
    );
    console.keys("esc esc");
    console.state.outbox[0].proposed_by = Some("desk 1.0".into());
    console.keys("J enter");
    contains(&console, "proposed by desk 1.0");
}

#[test]
fn closing_shows_what_is_still_to_do() {
    let mut console = on_312(80, 24);
    console.keys("C");
    contains(&console, "Reading what is still to do.");
    let asks = |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Tab(_, DetailTab::Tasks)));
    assert!(console.asked.iter().any(asks));
    let action = |id: &str, what: &str, status: &str| Action {
        id: id.into(),
        incident: "312".into(),
        description: what.into(),
        status: status.into(),
        assignee: None,
        created: console.now,
        completed: None,
        written: Default::default(),
    };
    let open = action("A1", "Drain the queue", "outstanding");
    let over = action("A2", "Page the database team", "completed");
    let here = Some(&"312".into());
    let items = items::tasks(vec![open, over], Vec::new(), here);
    console.tell(News::Tab("312".into(), DetailTab::Tasks, items));
    contains(&console, "Still open, and not closed with it: 1");
    contains(&console, "action: Drain the queue (nobody)");
    let screen = console.screen();
    assert!(!screen.contains("Page the database team"), "{screen}");
    console.tell(News::Tab("312".into(), DetailTab::Tasks, Vec::new()));
    contains(&console, "No action or follow-up of it is open.");
}
