//! A form that cannot open takes what is typed for it all the same: no letter of a sentence is a command.

use crate::common::Console;
use crate::steps::{on_312, sent};
use hotseat::config::Config;
use hotseat::console::job::Topic;
use hotseat::console::state::{Overlay, Pane};
use hotseat::writes::WriteKind;
use std::sync::Arc;

/// A sentence whose letters would acknowledge, declare, page, filter, leave a pane and leave hotseat.
const SENTENCE: &str = r#""a D e q is 1 of 2; /dev/sda full" enter "14:29" enter"#;

/// Nothing but the box changed, and nothing was asked to be done.
fn nothing_happened(console: &mut Console, script: &str) {
    let screen = console.screen();
    assert!(screen.contains("cannot open"), "{script}\n{screen}");
    assert!(
        screen.contains("a D e q is 1 of 2; /dev/sda full 14:29"),
        "{script}: what was typed is in sight\n{screen}"
    );
    assert!(console.asked.is_empty(), "{script}: {:?}", console.asked);
    assert_eq!(console.state.overlays.len(), 1, "{script}");
    console.keys("esc");
    assert!(console.state.overlays.is_empty(), "{script}");
}

#[test]
fn a_sentence_typed_for_a_form_that_may_not_open_gives_no_commands() {
    for key in ["n", "u", "D", "c", "e"] {
        let mut console = on_312(80, 24);
        console.state.config = Arc::new(Config {
            read_only: true,
            ..(*console.state.config).clone()
        });
        console.keys(key);
        console.keys(SENTENCE);
        nothing_happened(&mut console, key);
        assert_eq!(console.state.focus, Pane::Incidents, "{key}");
    }
}

#[test]
fn a_sentence_typed_where_no_incident_is_selected_gives_no_commands() {
    for key in ["n", "u", "E"] {
        let mut console = Console::new(80, 24);
        console.keys(key);
        console.keys(SENTENCE);
        nothing_happened(&mut console, key);
    }
}

#[test]
fn words_typed_for_a_form_whose_incident_cannot_be_read_stay_in_sight_and_do_nothing() {
    let mut console = on_312(80, 24);
    console.keys("j u");
    let topic = Topic::Subjects(WriteKind::Update, vec!["310".into()]);
    console.keys(r#""a D e q is""#);
    console.asked.clear();
    console.fail(
        topic,
        "incident.io could not be reached.",
        "Check the network.",
        true,
    );
    console.keys(r#"" 1 of 2; /dev/sda full" enter "14:29" enter"#);
    let screen = console.screen();
    for words in [
        "incident.io could not be reached. Check the network.",
        "until then no key is a command",
    ] {
        assert!(screen.contains(words), "{words}\n{screen}");
    }
    nothing_happened(&mut console, "u");
    assert!(sent(&mut console).is_empty());
}

#[test]
fn what_is_pasted_while_a_form_is_about_to_open_goes_into_it() {
    let mut console = on_312(80, 24);
    console.keys("j u");
    console.paste("Rolling back");
    let told = vec![crate::common::incident("310")];
    console.tell(hotseat::console::news::News::Subjects(
        WriteKind::Update,
        told,
    ));
    console.pause();
    assert!(matches!(
        console.state.overlays.last(),
        Some(Overlay::Form(_))
    ));
    assert!(
        console.screen().contains("Rolling back"),
        "{}",
        console.screen()
    );
}

#[test]
fn enter_that_comes_in_one_burst_with_what_is_looked_for_takes_what_was_typed() {
    let mut console = on_312(80, 24);
    console.burst(&[":", "n", "o", "t", "e", "enter", "d", "i", "s", "k"]);
    console.pause();
    let screen = console.screen();
    assert!(screen.contains("Note on the timeline: INC-312"), "{screen}");
    assert!(screen.contains("What happened  disk"), "{screen}");
}
