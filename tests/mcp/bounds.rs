//! Answers stay within their bound whatever an organisation holds: names of hundreds of wide characters, summaries of a
//! megabyte, timelines of ten thousand entries, labels without end. How many incidents there are matters only to paging,
//! which the test of a long history walks: a list is bounded before it is told, however long it was.

use crate::agent::{Age, Agent};
use crate::reworded::{Longer, Reworded};
use crate::writing::Person;
use serde_json::json;
use std::collections::HashSet;
use std::sync::Arc;

/// Lists and texts of the API that are made long, and how long.
const LONG: &[Longer] = &[
    ("/v2/incident_timeline_items", "incident_timeline_items", 60),
    ("/v2/incident_updates", "incident_updates", 60),
    ("/v2/incident_alerts", "incident_alerts", 60),
    ("/v2/incidents/", "custom_field_entries", 90),
    ("/v2/incidents/", "incident_role_assignments", 60),
    ("/v2/incidents/", "summary", 1_000_000),
    ("/v2/schedules", "current_shifts", 60),
    ("/v2/escalations", "escalations", 40),
];

/// More entries of a timeline than are ever looked at.
const ENTRIES: &[Longer] = &[(
    "/v2/incident_timeline_items",
    "incident_timeline_items",
    10_000,
)];

/// Words of hundreds of wide characters, and of those that take the most room on their way.
fn swollen(text: &str) -> String {
    match text.is_empty() {
        true => String::new(),
        false => format!("{text} {}", "<界🔥\"".repeat(125)),
    }
}

#[test]
fn every_answer_keeps_its_bound_where_every_text_and_list_is_far_too_long() {
    let world = Reworded::new(Arc::new(swollen), LONG);
    let args = ["--config", world.config.as_str()];
    let agent = Agent::behind(&world.url, &world.org, Age::Stateless, &args, Person::yes());
    let fire = agent.answer("whats_on_fire", json!({}));
    let incident = fire["data"]["incidents"][0]["reference"].clone();
    let of_incident = json!({ "incident": incident });
    let lists = [
        ("whats_on_fire", json!({}), "incidents"),
        ("incident", of_incident.clone(), "timeline"),
        (
            "similar",
            json!({"incident": incident, "least": 0}),
            "similar",
        ),
        ("on_call", json!({}), "duties"),
        ("since_i_was_away", json!({"since": "60d"}), "open"),
        ("search", json!({}), "incidents"),
        (
            "draft",
            json!({"incident": incident, "text": "post_mortem"}),
            "lines",
        ),
    ];
    for (tool, arguments, list) in lists {
        let answer = agent.answer(tool, arguments);
        let told = answer["data"][list].as_array().map_or(0, Vec::len);
        assert!(told > 0, "{tool} tells something of its {list}");
        assert!(
            !answer["left_out"].as_array().expect("a list").is_empty(),
            "{tool}: {answer}"
        );
    }
    for (tool, arguments) in [
        ("investigate", of_incident),
        ("evidence", json!({"incident": incident, "id": "E1"})),
        ("changes", json!({"within": "300d"})),
        ("journal", json!({})),
        ("incident", json!({ "incident": "9".repeat(20_000) })),
        (
            "propose",
            json!({"kind": "update", "about": incident, "fields": {"message": "All is well. ".repeat(5_000)}}),
        ),
    ] {
        agent.call(tool, arguments);
    }
    let incident = incident.as_str().expect("a reference");
    for kind in ["incident", "post-mortem"] {
        agent
            .resource(&format!("{kind}://{incident}"))
            .expect("it is there");
    }
    let refused = agent.resource(&format!("incident://{}", "9".repeat(20_000)));
    assert!(refused.is_err_and(|e| e.len() < 2_000));
}

#[test]
fn a_timeline_of_ten_thousand_entries_is_read_to_its_end_without_one_twice() {
    let plain = Arc::new(str::to_owned);
    let world = Reworded::new(plain, ENTRIES);
    let agent = Agent::behind(&world.url, &world.org, Age::Stateless, &[], Person::yes());
    let fire = agent.answer("whats_on_fire", json!({}));
    let incident = fire["data"]["incidents"][0]["reference"].clone();
    let page = |from: usize| {
        let answer = agent.answer("incident", json!({"incident": incident, "from": from}));
        let told = answer["data"]["timeline"].as_array().expect("a list").len();
        let left = answer["left_out"].as_array().expect("a list").iter();
        let left = left
            .filter(|l| l["what"] == "timeline")
            .map(|l| l["count"].as_u64().unwrap_or(0));
        (told, left.sum::<u64>() as usize)
    };
    let (told, left) = page(0);
    let all = told + left;
    assert!(all >= 5_000, "{all}");
    let mut seen = HashSet::new();
    for from in [0, told, 5_000, all - 5, all] {
        let (told, left) = page(from);
        assert_eq!(from + told + left, all, "from {from}");
        assert!(told > 0 || from == all, "from {from}");
        seen.insert(from);
    }
    assert_eq!(seen.len(), 5);
}
