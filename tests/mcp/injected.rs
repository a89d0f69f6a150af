//! What others wrote cannot speak for us: whatever stands in titles, summaries, updates, names, labels, payloads and logs,
//! the bytes outside of the fence and the lines around a question are the same.

use crate::agent::{Age, Agent};
use crate::reworded::Reworded;
use crate::writing::Person;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use rmcp::model::CallToolResult;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The hostile texts, each with what kind it is.
pub fn corpus() -> Vec<(String, String)> {
    let all: Value = serde_json::from_str(include_str!("corpus.json")).expect("JSON");
    let text = |one: &Value, name: &str| one[name].as_str().expect("a text").to_owned();
    let all = all.as_array().expect("a list");
    all.iter()
        .map(|one| (text(one, "kind"), text(one, "text")))
        .collect()
}

/// An organisation in which a hostile text goes with every text, another one in another round.
fn hostile(round: usize) -> Reworded {
    let texts = corpus();
    let wording = move |text: &str| {
        let sum: usize = text.bytes().map(usize::from).sum();
        // The same text gets the same one everywhere: names are looked up by it.
        format!("{text} {}", texts[(sum + round) % texts.len()].1)
    };
    Reworded::new(Arc::new(wording), &[])
}

fn calm() -> Reworded {
    Reworded::new(Arc::new(str::to_owned), &[])
}

/// What an agent asks, of every kind; the incident and the piece of evidence are those of the organisation.
fn questions(incident: &str) -> Vec<(&'static str, Value)> {
    let of_incident = json!({ "incident": incident });
    vec![
        ("whats_on_fire", json!({})),
        ("incident", of_incident.clone()),
        ("investigate", of_incident.clone()),
        ("evidence", json!({"incident": incident, "id": "E1"})),
        ("similar", json!({"incident": incident, "least": 0})),
        ("changes", json!({"incident": incident, "within": "300d"})),
        ("on_call", json!({})),
        ("since_i_was_away", json!({"since": "60d"})),
        ("search", json!({})),
        ("journal", json!({})),
        (
            "draft",
            json!({"incident": incident, "text": "post_mortem"}),
        ),
        ("draft", json!({"incident": incident, "text": "update"})),
        (
            "propose",
            json!({"kind": "add_action", "about": incident, "fields": {"description": "Look at it"}}),
        ),
    ]
}

/// A text without what is between its marks, and what that was.
fn unfenced(text: &str) -> (String, Value) {
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    let mark = lines[1];
    assert_eq!(mark.len(), "untrusted-".len() + 32, "{text}");
    assert_eq!(lines[3], mark, "{text}");
    assert_eq!(text.matches(mark).count(), 2, "{text}");
    let data = serde_json::from_str(lines[2]).expect("JSON");
    for tag in ["<", ">", "![", "]("] {
        assert!(!lines[2].contains(tag), "{tag} in {text}");
    }
    (text.replace(lines[2], "DATA").replace(mark, "MARK"), data)
}

/// Holds a text to show nothing that acts or hides, but line breaks and tabs.
fn assert_visible(text: &str, of: &str) {
    use GeneralCategory as Is;
    let category = CodePointMapData::<GeneralCategory>::new();
    let foul = |c: &char| {
        let kind = category.get(*c);
        let acts = matches!(
            kind,
            Is::Control | Is::Format | Is::LineSeparator | Is::ParagraphSeparator
        );
        let hides = matches!(*c, '\u{34f}' | '\u{115f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}');
        (acts && !"\n\t".contains(*c)) || hides
    };
    let found = text
        .chars()
        .find(foul)
        .map(|c| c.escape_unicode().to_string());
    assert_eq!(found, None, "{of}: {text}");
}

/// Holds every text and every name of a structure to that.
fn assert_all_visible(value: &Value, of: &str) {
    match value {
        Value::String(text) => assert_visible(text, of),
        Value::Array(all) => all.iter().for_each(|one| assert_all_visible(one, of)),
        Value::Object(all) => all.iter().for_each(|(name, one)| {
            assert_visible(name, of);
            assert_all_visible(one, of);
        }),
        _ => {}
    }
}

/// What of an answer is outside of its fence, after it was held to be clean and to say the same twice.
pub fn frame(tool: &str, result: &CallToolResult) -> String {
    let text = crate::agent::text(result);
    assert_visible(&text, tool);
    let (outside, data) = unfenced(&text);
    assert_all_visible(&data, tool);
    if let Some(structure) = &result.structured_content {
        assert_eq!(*structure, data, "{tool}");
    }
    format!("{outside} {:?}", result.is_error)
}

/// What stands outside of the fences of all that an agent can read, and how much stands inside.
fn frames(world: &Reworded) -> (BTreeMap<String, String>, usize) {
    let args = ["--config", world.config.as_str()];
    let agent = Agent::behind(&world.url, &world.org, Age::Stateless, &args, Person::yes());
    let fire = agent.answer("whats_on_fire", json!({}));
    let incident = fire["data"]["incidents"][0]["reference"].clone();
    let incident = incident.as_str().expect("a reference");
    let (mut all, mut inside) = (BTreeMap::new(), 0);
    for (at, (tool, arguments)) in questions(incident).into_iter().enumerate() {
        let result = agent.call(tool, arguments);
        inside += crate::agent::text(&result).len();
        all.insert(format!("{at} {tool}"), frame(tool, &result));
    }
    for kind in ["incident", "post-mortem"] {
        let read = agent
            .resource(&format!("{kind}://{incident}"))
            .expect("it is there");
        let contents: Value = serde_json::from_str(&read).expect("JSON");
        let text = contents[0]["text"].as_str().expect("a text");
        assert_visible(text, kind);
        all.insert(kind.into(), unfenced(text).0);
    }
    for uri in agent.resources() {
        assert!(
            uri.strip_prefix("incident://INC-")
                .is_some_and(|n| n.parse::<u32>().is_ok()),
            "{uri}"
        );
    }
    all.insert(
        "tools".into(),
        serde_json::to_string(&agent.tools()).expect("JSON"),
    );
    (all, inside)
}

#[test]
fn no_text_of_others_changes_a_byte_outside_of_the_fence_or_hides_anything_in_it() {
    let (calm, little) = frames(&calm());
    for round in [0, 9, 18] {
        let (hostile, much) = frames(&hostile(round));
        assert!(
            much > little,
            "the hostile texts are told: {much} of {little}"
        );
        for (of, frame) in &calm {
            assert_eq!(hostile.get(of), Some(frame), "{of} in round {round}");
        }
    }
}

#[test]
fn a_hostile_text_is_told_as_the_same_data_cleaned() {
    let world = hostile(0);
    let args = ["--config", world.config.as_str()];
    let agent = Agent::behind(&world.url, &world.org, Age::Handshake, &args, Person::yes());
    let fire = agent.answer("whats_on_fire", json!({}));
    let told = fire["data"]["incidents"].as_array().expect("a list");
    let names: Vec<&str> = told.iter().filter_map(|one| one["name"].as_str()).collect();
    let texts = corpus();
    let is_told = |name: &&&str| {
        texts.iter().any(|(_, text)| {
            let clean = hotseat::domain::text::clean_line(text);
            let first: String = clean.chars().take(40).collect();
            name.contains(&first)
        })
    };
    assert_eq!(
        names.iter().filter(is_told).count(),
        names.len(),
        "{names:?}"
    );
}

/// The lines of a question before the request, without what is said in each, and the request.
fn asked_frame(question: &str, requests: &str) -> Vec<String> {
    let before = question.strip_suffix(requests);
    let before = before.unwrap_or_else(|| panic!("{question}\ndoes not end with\n{requests}"));
    let lines = before.lines();
    let first = |line: &str| match line.split_once(['.', ':', ' ']) {
        Some((word, _)) => word.to_owned(),
        None => line.to_owned(),
    };
    lines.map(first).collect()
}

#[test]
fn what_a_person_is_asked_ends_with_the_exact_request_and_no_text_stands_as_a_line_of_ours() {
    let ask = |world: &Reworded, message: &str| {
        let args = ["--config", world.config.as_str()];
        let person = Person::no();
        let agent = Agent::behind(
            &world.url,
            &world.org,
            Age::Handshake,
            &args,
            person.clone(),
        );
        let fire = agent.answer("whats_on_fire", json!({}));
        let incident = fire["data"]["incidents"][0]["reference"].clone();
        let fields = json!({"name": "Checkout fails", "summary": message});
        let asked = json!({"kind": "edit", "about": incident, "fields": fields});
        let proposed = agent.answer("propose", asked)["data"].clone();
        agent.refusal("confirm", json!({"token": proposed["token"]}));
        let question = person.asked().pop().expect("a question");
        assert_visible(&question, message);
        let requests = proposed["requests"][0]
            .as_str()
            .expect("a request")
            .to_owned();
        for line in question.strip_suffix(&requests).unwrap_or_default().lines() {
            assert!(line.chars().count() <= 400, "{line}");
        }
        (asked_frame(&question, &requests), requests)
    };
    let (plain, _) = ask(&calm(), "All is well");
    assert_eq!(
        plain.last().map(String::as_str),
        Some("Exactly"),
        "{plain:?}"
    );
    assert!(plain.len() <= 16, "{plain:?}");
    let world = hostile(5);
    for (kind, text) in corpus().into_iter().filter(|(kind, _)| kind != "long") {
        let (frame, request) = ask(&world, &text);
        assert_eq!(frame, plain, "{kind}");
        assert!(request.contains("Checkout fails"), "{request}");
    }
}
