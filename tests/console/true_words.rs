//! Sentences of empty places and of keys that do nothing are true in every state.

use crate::steps::on_312;
use hotseat::console::job::Topic;
use hotseat::console::state::ListKind;
use hotseat::domain::ApiError;
use hotseat::session::{Change, KnownTimeline};

#[test]
fn a_timeline_that_is_narrowed_to_nothing_does_not_say_that_nothing_happened() {
    let mut console = on_312(120, 40);
    console.tell(Change::Timeline(Box::new(KnownTimeline {
        id: "312".into(),
        items: crate::common::timeline(),
        missing: vec![],
        seen: None,
    })));
    console.keys("2 / \"zzzz\" enter");
    let screen = console.screen();
    assert!(!screen.contains("Nothing has happened yet"), "{screen}");
    assert!(screen.contains("Nothing matches \"zzzz\""), "{screen}");
}

#[test]
fn that_no_page_waits_is_said_only_of_pages_that_were_read() {
    let mut console = on_312(120, 40);
    console.answer(Topic::List(ListKind::Pages));
    console.keys("p");
    assert!(console.screen().contains("No page waits for you."));
    let refused = ApiError::Http {
        status: 503,
        write: false,
        permission: "",
        request_id: None,
        errors: Vec::new(),
        retry_after: None,
    };
    console.fail_with(Topic::List(ListKind::Pages), refused);
    console.now += chrono::Duration::minutes(10);
    console.pause();
    console.keys("p");
    let screen = console.screen();
    assert!(!screen.contains("No page waits for you."), "{screen}");
    assert!(
        screen.contains("No page is known to wait for you ("),
        "{screen}"
    );
    console.state.me = None;
    console.keys("p");
    assert!(console.screen().contains("Nobody is known as you"));
}

#[test]
fn that_the_configuration_names_nobody_is_said_when_people_are_known_and_whenever_it_matters() {
    let mut console = crate::common::Console::new(120, 40);
    let mut config = (*console.state.config).clone();
    config.me = "ana@larkfeild.example".into();
    console.state.config = std::sync::Arc::new(config);
    let org = (*crate::common::Console::filled(120, 40).state.org).clone();
    let wrong = "Nobody here is \"ana@larkfeild.example\", which the configuration has as me.";
    console.tell(Change::Org(Box::new(org.clone())));
    assert!(console.screen().contains(wrong), "{}", console.screen());
    // What was seen once is not said with every reading.
    console.now += chrono::Duration::minutes(1);
    console.pause();
    console.keys("esc");
    console.tell(Change::Org(Box::new(org)));
    assert!(!console.screen().contains(wrong), "{}", console.screen());
    for keys in ["p", "esc t"] {
        console.keys(keys);
        assert!(console.screen().contains(wrong), "{}", console.screen());
    }
}

#[test]
fn where_everything_is_listed_and_nothing_was_read_nobody_speaks_of_open_ones() {
    let mut console = crate::common::Console::new(120, 40);
    console.keys("O");
    let screen = console.screen();
    assert!(!screen.contains("known to be open"), "{screen}");
}
