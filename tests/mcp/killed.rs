//! The program killed, or left by its client, while a confirmation is on its way: what the journal says then holds, and
//! nothing is sent twice.

use crate::agent::{Age, Agent};
use crate::line::Wire;
use crate::recorder::{Break, Recorder};
use crate::simulated::Organisation;
use crate::writing::{Meanwhile, Person, open, said, token, update};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Moments at which it is killed, in milliseconds after the call: from before anything was read to after it was answered.
const MOMENTS: [u64; 10] = [0, 5, 20, 40, 60, 90, 130, 180, 250, 400];

#[test]
fn killed_at_any_moment_of_a_confirmation_it_is_sent_once_or_visibly_not() {
    let org = Organisation::new("");
    let config = org.home.path().join("config.toml");
    std::fs::write(&config, "[mcp]\nconfirm = \"agent\"\n").expect("a file");
    let config = config.display().to_string();
    let all = org.json(&["incidents", "list"]);
    let incident = all[0]["reference"].as_str().expect("a reference");
    for after in MOMENTS {
        let message = format!("Rolling back after {after} ms.");
        let agent = Agent::new(&org, Age::Stateless, &["--config", &config]);
        let fields = json!({ "message": message });
        let asked = json!({"kind": "update", "about": incident, "fields": fields});
        let token = agent.answer("propose", asked)["data"]["token"].clone();
        agent.killed_when("confirm", json!({ "token": token }), async {
            tokio::time::sleep(Duration::from_millis(after)).await;
        });
        stands_as_recorded(&org, incident, &message);

        // The token died with the program.
        let restarted = Agent::new(&org, Age::Stateless, &["--config", &config]);
        let refused = restarted.refusal("confirm", json!({ "token": token }));
        assert!(refused.contains("no token"), "{refused}");
    }
}

/// Moments after the person's yes, in milliseconds: what was made on is looked at again, it is recorded, sent, answered.
const AFTER_YES: [u64; 6] = [0, 2, 5, 10, 25, 60];

#[test]
fn killed_between_the_yes_of_a_person_and_the_answer_it_is_sent_once_or_visibly_not() {
    let org = Organisation::new("");
    let incident = open(&org);
    for age in [Age::Handshake, Age::Stateless] {
        for after in AFTER_YES {
            let message = format!("Rolling back, {after} ms after a yes in {age:?}.");
            let (yes, mut said_yes) = tokio::sync::mpsc::unbounded_channel();
            let meanwhile: Meanwhile = Arc::new(move || yes.send(()).expect("somebody waits"));
            let person = Person {
                meanwhile: Some(meanwhile),
                ..Person::yes()
            };
            let agent = Agent::with(&org, age, &[], person);
            let proposed = agent.answer("propose", update(&incident, &message));
            let token = token(&proposed);
            agent.killed_when("confirm", token.clone(), async move {
                said_yes.recv().await.expect("the person is asked");
                tokio::time::sleep(Duration::from_millis(after)).await;
            });
            stands_as_recorded(&org, &incident, &message);
        }
    }
}

#[test]
fn killed_with_several_proposals_waiting_none_of_them_can_be_sent_any_more() {
    let org = Organisation::new("");
    let incident = open(&org);
    let agent = Agent::with(&org, Age::Handshake, &[], Person::yes());
    let propose =
        |n: usize| token(&agent.answer("propose", update(&incident, &format!("Words {n}"))));
    let tokens: Vec<Value> = (0..3).map(propose).collect();
    agent.killed_when("on_call", json!({}), async {});
    let restarted = Agent::with(&org, Age::Handshake, &[], Person::yes());
    for token in tokens {
        let refused = restarted.refusal("confirm", token);
        assert!(refused.contains("no token"), "{refused}");
    }
    assert_eq!(said(&org, &incident, "Words"), 0);
    assert_eq!(org.json(&["journal", "list", "--all"]), json!([]));
}

#[test]
fn a_client_that_hangs_up_while_a_write_is_on_its_way_leaves_it_done_and_known() {
    let org = Organisation::new("");
    let (incident, running) = (open(&org), org.running.as_ref().expect("running"));
    let config = org.home.path().join("config.toml");
    // Longer than the protocol's own library waits for what is on its way.
    std::fs::write(&config, "timeout_seconds = 8\n").expect("a file");
    let config = config.display().to_string();
    let args = ["--config", config.as_str()];
    for age in [Age::Handshake, Age::Stateless] {
        let message = format!("Hung up, {age:?}.");
        let started = Recorder::start(&running.url, Wire::Plain);
        let (url, recorder, mut held) = org.runtime.block_on(started);
        let agent = Agent::behind(&url, &org, age, &args, Person::yes());
        let proposed = agent.answer("propose", update(&incident, &message));
        // The organisation does it and its answer never comes: the program is in the middle of it when its client goes.
        recorder.break_next(Break::HoldAfter);
        let ended = agent.hung_up("confirm", token(&proposed), async move {
            held.recv().await.expect("it is on its way");
        });
        assert!(ended.success(), "{age:?}: {ended}");
        assert_eq!(said(&org, &incident, &message), 1, "{age:?}");
        // The journal, as it was left: it is that of the address, and listing it settles nothing.
        let journal = org.json(&["--base-url", &url, "journal", "list", "--all"]);
        assert_eq!(journal[0]["state"], "confirmed", "{age:?}: {journal}");
    }
}

/// Holds that an update stands at the organisation exactly as often as the journal has it, once at most, when what
/// waits was sent.
fn stands_as_recorded(org: &Organisation, incident: &str, message: &str) {
    let journal = org.json(&["journal", "list", "--all"]);
    let recorded = journal.as_array().expect("a list").iter();
    let recorded = recorded.filter(|w| w["body"]["message"] == message).count();
    assert!(recorded <= 1, "{message}: {journal}");
    assert!(org.run(&["journal", "retry"]).status.success(), "{message}");
    assert_eq!(said(org, incident, message), recorded, "{message}");
}
