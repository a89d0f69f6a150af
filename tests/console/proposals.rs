//! What agents on this machine propose: seen at once and without a key, in the journal with its exact request, and gone when
//! it can no longer be confirmed.

use crate::common::Console;
use crate::steps::{golden, on_312};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::domain::{OpenProposal, ProposalAnswer, Write, WriteState};

fn proposal(console: &Console, id: &str, what: &str) -> OpenProposal {
    OpenProposal {
        id: id.into(),
        by: "claude-code 2.1".into(),
        what: what.into(),
        says: vec![
            "Posts an update to the incident\u{2019}s channel.".into(),
            "It pages nobody.".into(),
            "It cannot be taken back: the API neither edits nor deletes updates.".into(),
        ],
        requests: vec!["POST /v2/incident_updates\n{\n  \"message\": \"Rolling back\"\n}".into()],
        private: false,
        asked: false,
        answer: None,
        made: console.now,
        expires: console.now + chrono::Duration::minutes(10),
    }
}

fn update(console: &Console) -> OpenProposal {
    proposal(console, "P1", "INC-312: update Rolling back")
}

fn wait(console: &mut Console, seconds: i64) {
    console.now += chrono::Duration::seconds(seconds);
    console.pause();
}

#[test]
fn a_proposal_is_said_once_stands_in_sight_and_can_be_read_to_the_byte() {
    let mut console = on_312(80, 24);
    let update = update(&console);
    console.tell(News::Proposals(vec![update.clone()]));
    let screen = console.screen();
    let says = "An agent (claude-code 2.1) proposes: INC-312: update Rolling back; J shows";
    assert!(screen.contains(says), "{screen}");
    assert!(screen.contains("1 write proposed"), "{screen}");
    let rings = |cmd: &Cmd| matches!(cmd, Cmd::Notify(_));
    assert!(!console.asked.iter().any(rings), "it does not ring");
    wait(&mut console, 30);
    console.tell(News::Proposals(vec![update]));
    let screen = console.screen();
    assert!(!screen.contains("An agent"), "it is said once: {screen}");
    assert!(screen.contains("1 write proposed (J)"), "{screen}");
    console.keys("J");
    golden("journal-proposed-80x24", &console.screen());
    console.keys("enter");
    golden("journal-proposal-80x24", &console.screen());
}

#[test]
fn a_proposal_that_was_settled_or_expired_is_gone_and_the_cursor_stays_on_its_line() {
    let mut console = on_312(120, 40);
    let (first, mut second) = (
        update(&console),
        proposal(&console, "P2", "INC-312: note Bad deploy"),
    );
    second.expires += chrono::Duration::minutes(5);
    console.tell(News::Proposals(vec![first, second.clone()]));
    console.keys("J j");
    console.tell(News::Proposals(vec![second]));
    console.keys("enter");
    assert!(console.screen().contains("INC-312: note Bad deploy"));
    console.keys("esc");
    let wakes = console.state.wake_at();
    assert!(wakes <= console.now + chrono::Duration::minutes(1));
    // Its program was killed: nobody tells that it ended.
    wait(&mut console, 15 * 60);
    let screen = console.screen();
    assert!(screen.contains("Journal: 0 open"), "{screen}");
    assert!(!screen.contains("proposed"), "{screen}");
}

#[test]
fn an_agent_that_waits_is_answered_in_the_journal_by_yes_or_no_to_the_exact_request() {
    let mut console = on_312(80, 24);
    let mut update = update(&console);
    console.tell(News::Proposals(vec![update.clone()]));
    wait(&mut console, 30);
    update.asked = true;
    console.tell(News::Proposals(vec![update.clone()]));
    let screen = console.screen();
    assert!(
        screen.contains("An agent (claude-code 2.1) asks you: INC-312: update"),
        "{screen}"
    );
    console.keys("J");
    assert!(
        console.screen().contains("asks you"),
        "{}",
        console.screen()
    );
    console.keys("enter");
    golden("journal-asked-80x24", &console.screen());
    let answers = |console: &mut Console| -> Vec<bool> {
        let asked = console.asked.drain(..);
        let answer = |cmd| match cmd {
            Cmd::AnswerProposal(proposal, yes) => {
                assert_eq!(*proposal, update);
                Some(yes)
            }
            _ => None,
        };
        asked.filter_map(answer).collect()
    };
    assert_eq!(answers(&mut console), [] as [bool; 0]);
    console.keys("y");
    assert_eq!(answers(&mut console), [true]);
    console.keys("enter n");
    assert_eq!(answers(&mut console), [false]);

    let mut answered = update.clone();
    answered.answer = Some(ProposalAnswer::Yes(update.shown()));
    console.tell(News::Proposals(vec![answered]));
    console.keys("enter y");
    assert_eq!(
        answers(&mut console),
        [] as [bool; 0],
        "it is answered once"
    );
    console.keys("esc");

    console.tell(News::Proposals(vec![update.clone()]));
    let mut config = (*console.state.config).clone();
    config.read_only = true;
    console.state.config = config.into();
    console.keys("enter y");
    assert_eq!(answers(&mut console), [] as [bool; 0]);
    assert!(
        console.screen().contains("Read-only"),
        "{}",
        console.screen()
    );
}

#[test]
fn a_proposal_is_good_by_the_server_s_clock() {
    let mut console = on_312(120, 40);
    console.tell(News::Ahead(chrono::Duration::minutes(7)));
    let mut update = update(&console);
    update.expires = console.now + chrono::Duration::minutes(8);
    console.tell(News::Proposals(vec![update]));
    console.keys("J");
    assert!(
        console.screen().contains("until 14:41"),
        "{}",
        console.screen()
    );
    let minute = console.now + chrono::Duration::minutes(1);
    assert_eq!(console.state.wake_at().min(minute), console.state.wake_at());
    wait(&mut console, 61);
    assert!(
        !console.screen().contains("proposed"),
        "{}",
        console.screen()
    );
}

#[test]
fn what_another_program_wrote_on_the_incident_that_is_shown_stands_there_at_once() {
    let mut console = on_312(120, 40);
    let write = Write {
        state: WriteState::Confirmed,
        proposed_by: Some("claude-code 2.1".into()),
        ..Write::new(
            "k1".into(),
            "312",
            "INC-312: note Bad deploy".into(),
            "POST",
            "/v2/incident_timeline_items".into(),
            serde_json::json!({"title": "Bad deploy found"}),
            console.now,
        )
    };
    let asked = |console: &mut Console| {
        let asked: Vec<Cmd> = console.asked.drain(..).collect();
        let wanted =
            |cmd: &Cmd| matches!(cmd, Cmd::Fetch(Topic::Timeline(id)) if id.as_str() == "312");
        asked.iter().filter(|cmd| wanted(cmd)).count()
    };
    console.tell(News::Journal(vec![write.clone()]));
    assert_eq!(asked(&mut console), 1);
    console.tell(News::Journal(vec![write.clone()]));
    assert_eq!(
        asked(&mut console),
        0,
        "what is known is not asked for again"
    );
    let elsewhere = Write {
        key: "k2".into(),
        order_key: "309".into(),
        ..write
    };
    console.tell(News::Journal(vec![elsewhere]));
    assert_eq!(asked(&mut console), 0);
}
