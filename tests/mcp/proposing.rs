//! What an agent proposes is seen by others on this machine while it waits: what and by whom, never the token.

use crate::agent::{Age, Agent};
use crate::clock;
use crate::simulated::Organisation;
use crate::writing::{Person, open, token, update};
use rmcp::model::ElicitationAction;
use serde_json::{Value, json};

fn proposed(org: &Organisation) -> Vec<Value> {
    let all = org.json(&["journal", "proposals"]);
    all.as_array().expect("a list").clone()
}

#[test]
fn a_proposal_is_shown_until_it_is_confirmed_declined_or_its_agent_leaves() {
    let org = Organisation::new("");
    let incident = open(&org);
    let agent = Agent::with(&org, Age::Handshake, &[], Person::yes());
    assert!(proposed(&org).is_empty());
    let answer = agent.answer("propose", update(&incident, "Rolling back"));
    let shown = proposed(&org);
    assert_eq!(shown.len(), 1, "{shown:?}");
    assert_eq!(shown[0]["by"], "desk 1.0");
    assert_eq!(shown[0]["what"], answer["data"]["what"]);
    assert_eq!(shown[0]["requests"], answer["data"]["requests"]);
    let words = Value::from(shown).to_string();
    let secret = answer["data"]["token"].as_str().expect("a token");
    assert!(!words.contains(secret), "{words}");

    agent.answer("confirm", token(&answer));
    assert!(proposed(&org).is_empty());
    drop(agent);

    let no = Person::saying(ElicitationAction::Decline, false);
    let agent = Agent::with(&org, Age::Stateless, &[], no);
    let declined = agent.answer("propose", update(&incident, "Failing over"));
    agent.answer("propose", update(&incident, "Scaling up"));
    assert_eq!(proposed(&org).len(), 2);
    agent.refusal("confirm", token(&declined));
    assert_eq!(proposed(&org).len(), 1);
    agent.leave();
    assert!(proposed(&org).is_empty());
}

#[test]
fn what_a_killed_agent_proposed_is_not_shown_beyond_its_time() {
    let org = Organisation::new("");
    let agent = Agent::new(&org, Age::Stateless, &[]);
    agent.answer("propose", update(&open(&org), "Rolling back"));
    agent.killed_when("journal", json!({}), async {});
    assert_eq!(proposed(&org).len(), 1);
    let running = org.running.as_ref().expect("running");
    let later = running.now() + chrono::Duration::minutes(11);
    let listed = std::process::Command::new(env!("CARGO_BIN_EXE_hotseat"))
        .args([&clock::flag(later), "journal", "proposals"])
        .env_clear()
        .envs(clock::moved_date())
        .env("HOME", org.home.path())
        .env("INCIDENT_IO_BASE_URL", &running.url)
        .output()
        .expect("it runs");
    assert_eq!(String::from_utf8_lossy(&listed.stdout).trim(), "[]");
}

#[test]
fn of_a_proposal_on_a_private_incident_no_word_reaches_the_disk() {
    let org = Organisation::new("");
    let config = org.home.path().join("config.toml");
    std::fs::write(&config, "[mcp]\nprivate = true\n").expect("a file");
    let incidents = org.json(&["incidents", "list"]);
    let word = |field: &str| incidents[0][field].as_str().expect("a word").to_owned();
    let (reference, name) = (word("reference"), word("name"));
    org.running
        .as_ref()
        .expect("running")
        .make_private(&word("id"));
    let agent = Agent::new(
        &org,
        Age::Stateless,
        &["--config", &config.display().to_string()],
    );
    agent.answer("propose", update(&reference, "Rotating the keys"));
    let shown = proposed(&org);
    assert_eq!(shown[0]["private"], true, "{shown:?}");
    let words = Value::from(shown).to_string();
    for secret in ["Rotating", &name, &reference] {
        assert!(!words.contains(secret), "{words}");
    }
}
