//! A console beside an agent whose client cannot ask: the person is asked there, by the same question, and nothing is sent
//! without their yes to exactly that.

use crate::agent::{Age, Agent, text};
use crate::clock;
use crate::session::Session;
use crate::simulated::Organisation;
use crate::writing::{open, said, token, update};
use rmcp::model::CallToolResult;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Where the programs of an organisation keep what they share.
fn state_home(org: &Organisation) -> PathBuf {
    org.home.path().join(".local/state")
}

/// A console on the same organisation and the same journal.
fn console(org: &Organisation) -> Session {
    let running = org.running.as_ref().expect("running");
    let state = state_home(org).display().to_string();
    let env = [
        ("XDG_STATE_HOME", state.as_str()),
        ("INCIDENT_IO_BASE_URL", &running.url),
        ("INCIDENT_IO_API_KEY", &running.key),
    ];
    let console = Session::start_with(&[&clock::flag(running.now())], 120, 40, &env);
    console.wait_for("open");
    console
}

fn asking_at_consoles(org: &Organisation) -> String {
    let config = org.home.path().join("config.toml");
    std::fs::write(&config, "[mcp]\nconfirm = \"console\"\n").expect("a file");
    config.display().to_string()
}

/// What a confirmation comes to, however long the person takes.
fn confirmed(agent: &Agent<'_>, proposed: &Value) -> CallToolResult {
    let calls = (0..3).map(|_| agent.call("confirm", token(proposed)));
    let answered = |result: &CallToolResult| !text(result).contains("call confirm again");
    calls.into_iter().find(answered).expect("an answer in time")
}

#[test]
fn a_person_at_a_console_answers_for_a_client_that_cannot_ask_and_sees_it_sent() {
    let org = Organisation::new("");
    let incident = open(&org);
    let config = asking_at_consoles(&org);
    let mut console = console(&org);
    let agent = Agent::new(&org, Age::Stateless, &["--config", &config]);
    for (key, message) in [("n", "Failing over"), ("y", "Rolling back")] {
        let proposed = agent.answer("propose", update(&incident, message));
        console.wait_for("1 write proposed (J)");
        let result = std::thread::scope(|scope| {
            let asked = scope.spawn(|| confirmed(&agent, &proposed));
            console.wait_for("1 write waits for your word (J)");
            console.press("J");
            console.wait_for("asks you");
            console.press("\r");
            console.wait_for(&format!("\"message\": \"{message}\""));
            console.press(key);
            asked.join().expect("an answer")
        });
        let sent = key == "y";
        assert_eq!(result.is_error == Some(true), !sent, "{}", text(&result));
        assert_eq!(said(&org, &incident, message), usize::from(sent));
        console.wait_gone("waits for your word");
        if sent {
            // What was sent stands in the journal that is open, unasked.
            console.wait_for("done");
        } else {
            assert!(text(&result).contains("said no"), "{}", text(&result));
        }
        console.press("\x1b");
        console.wait_gone("Journal:");
    }
    let journal = agent.answer("journal", json!({}));
    assert!(
        journal["data"]["writes"][0]["proposed_by"].is_string(),
        "{journal}"
    );
}

#[test]
fn a_yes_to_something_else_than_was_proposed_sends_nothing() {
    let org = Organisation::new("");
    let incident = open(&org);
    let config = asking_at_consoles(&org);
    let agent = Agent::new(&org, Age::Handshake, &["--config", &config]);
    let proposed = agent.answer("propose", update(&incident, "Rolling back"));
    let files = std::fs::read_dir(state_home(&org).join("hotseat")).expect("a folder");
    let paths = files.map(|file| file.expect("a file").path());
    let is_journal = |path: &PathBuf| path.to_string_lossy().ends_with(".journal.db");
    let journal = paths.into_iter().find(is_journal).expect("a journal");
    let other = rusqlite::Connection::open(journal).expect("opens");
    let forged = "UPDATE proposal SET answer = '{\"yes\":\"hotseat-0\"}'";
    assert_eq!(other.execute(forged, []).expect("written"), 1);
    let refused = agent.refusal("confirm", token(&proposed));
    assert!(refused.contains("is not what was proposed"), "{refused}");
    assert_eq!(said(&org, &incident, "Rolling back"), 0);
}
