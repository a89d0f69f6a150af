//! Whether this console reads from its relay is in sight, and why it does not.

use crate::common::Console;
use hotseat::console::job::Topic;
use hotseat::console::news::News;
use hotseat::console::state::ListKind;
use hotseat::domain::ApiError;
use hotseat::session::{Change, RelayStanding};

fn read(console: &mut Console) {
    for topic in [
        Topic::Incidents,
        Topic::List(ListKind::Pages),
        Topic::Timeline("312".into()),
        Topic::Schedules,
        Topic::Catalog,
    ] {
        console.answer(topic);
    }
}

#[test]
fn the_status_line_says_by_whom_what_is_shown_is_kept_live() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut console = Console::filled(width, height);
        read(&mut console);
        assert!(!console.screen().contains("relay"), "where there is none");
        console.tell(News::Relay(RelayStanding::Following));
        assert!(console.screen().contains("live by relay"));
        let why = "it has gone \u{1b}[31msilent";
        console.tell(News::Relay(RelayStanding::Apart(why.into())));
        let screen = console.screen();
        assert!(!screen.contains("live by relay"), "{screen}");
        assert!(screen.contains("The relay is not followed"), "{screen}");
        assert!(!screen.contains('\u{1b}'));
        console.now += chrono::Duration::seconds(30);
        console.pause();
        read(&mut console);
        let screen = console.screen();
        assert!(screen.contains("without its relay"), "{screen}");
        console.tell(News::Relay(RelayStanding::Following));
        let screen = console.screen();
        assert!(screen.contains("The relay is followed again"), "{screen}");
        assert!(screen.contains("live by relay"), "{screen}");
    }
}

#[test]
fn an_incident_that_turned_private_leaves_the_screen_that_shows_it() {
    let mut console = Console::filled(120, 40);
    read(&mut console);
    assert!(console.screen().contains("INC-312"));
    console.tell(Change::Gone("312".into()));
    let screen = console.screen();
    assert!(screen.contains("INC-312 is private now"), "{screen}");
    console.now += chrono::Duration::seconds(30);
    console.pause();
    assert!(
        !console.screen().contains("INC-312"),
        "{}",
        console.screen()
    );
    // An answer that was on its way does not bring it back as a failure of the whole.
    console.fail_with(Topic::Timeline("312".into()), ApiError::NoKey);
    assert!(
        !console.screen().contains("INC-312"),
        "{}",
        console.screen()
    );
    // One that is over leaves without a word.
    assert!(
        console
            .state
            .incidents
            .rows
            .iter()
            .any(|row| row.id.as_str() == "307")
    );
    console.tell(Change::Gone("307".into()));
    assert!(
        !console
            .state
            .incidents
            .rows
            .iter()
            .any(|row| row.id.as_str() == "307")
    );
    assert!(
        !console.screen().contains("private now"),
        "{}",
        console.screen()
    );
}
