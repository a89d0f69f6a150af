//! What is said in the status line goes when it is over: an answer with the next key, news after a time, what went wrong
//! when somebody has seen it.

use crate::common::Console;
use crate::steps::{on_312, sent, wrote};
use hotseat::console::news::News;
use hotseat::domain::WriteState;

fn wait(console: &mut Console, seconds: i64) {
    console.now += chrono::Duration::seconds(seconds);
    console.pause();
}

#[test]
fn an_answer_to_a_key_goes_with_the_next_key_and_does_not_stand_over_another_screen() {
    let mut console = on_312(80, 24);
    console.keys("y");
    assert!(console.screen().contains("Copied"), "{}", console.screen());
    console.keys("3");
    assert!(!console.screen().contains("Copied"), "{}", console.screen());
    console.keys("1 y");
    wait(&mut console, 20);
    assert!(!console.screen().contains("Copied"), "nor does it linger");
}

#[test]
fn what_comes_by_itself_stays_for_its_time_whatever_is_typed() {
    let mut console = on_312(80, 24);
    console.tell(News::Said("The export is written.".into()));
    console.keys("j k j");
    assert!(console.screen().contains("The export is written."));
    wait(&mut console, 10);
    assert!(!console.screen().contains("The export is written."));
    assert_eq!(
        console.state.wake_at().timestamp() % 60,
        0,
        "nothing wakes an idle console before the minute turns"
    );
}

#[test]
fn what_went_wrong_stays_until_somebody_has_seen_it() {
    let mut console = on_312(80, 24);
    console.keys("n \"Rolled back\" alt-enter");
    let write = sent(&mut console).pop().expect("a note");
    let doubt = wrote(&write, WriteState::InDoubt, Some("no answer came"), &[]);
    console.tell(doubt);
    let says = "no answer came";
    // A key that was on its way when it came, and news, do not take it away.
    console.keys("j");
    console.tell(News::Said("The export is written.".into()));
    assert!(console.screen().contains(says), "{}", console.screen());
    wait(&mut console, 3_600);
    assert!(console.screen().contains(says), "an hour later it is there");
    console.keys("j");
    assert!(!console.screen().contains(says), "{}", console.screen());
}
