//! The program killed while a confirmation is on its way: what the journal says then holds, and nothing is sent twice.

use crate::agent::{Age, Agent};
use crate::simulated::Organisation;
use serde_json::{Value, json};
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
        agent.killed(
            "confirm",
            json!({ "token": token }),
            Duration::from_millis(after),
        );

        let journal = org.json(&["journal", "list", "--all"]);
        let journal = journal.as_array().expect("a list");
        let recorded = journal
            .iter()
            .filter(|w| w["body"]["message"] == message)
            .count();
        assert!(recorded <= 1, "{after}: {journal:?}");
        assert!(org.run(&["journal", "retry"]).status.success(), "{after}");
        let timeline = org.json(&["timeline", incident]);
        let stands = |entry: &&Value| entry.to_string().contains(&message);
        let stands = timeline
            .as_array()
            .expect("a list")
            .iter()
            .filter(stands)
            .count();
        assert_eq!(stands, recorded, "{after} ms");

        // The token died with the program.
        let restarted = Agent::new(&org, Age::Stateless, &["--config", &config]);
        let refused = restarted.refusal("confirm", json!({ "token": token }));
        assert!(refused.contains("no token"), "{refused}");
    }
}
