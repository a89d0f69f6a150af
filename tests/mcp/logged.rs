//! Hostile words in the lines of a log: they come as evidence, and as nothing else.

use crate::agent::{Age, Agent};
use crate::injected::{corpus, frame};
use crate::simulated::Organisation;
use chrono::{Duration, SecondsFormat};
use hotseat::domain::Instant;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Texts that are in the log at a time: as many as an investigation has evidence for.
const AT_A_TIME: usize = 4;

/// Two calm hours of a service, and a quarter of an hour in which it fails in these words.
fn write_log(path: &Path, now: Instant, words: &[String]) {
    let mut lines = Vec::new();
    let mut line = |at: Instant, says: &str| {
        let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
        lines.push(format!("{at} {}", says.replace(['\n', '\r'], " ")));
    };
    for minute in 0..120 {
        let at = now - Duration::minutes(120 - minute);
        line(at, &format!("INFO handled order {minute}"));
        if minute >= 105 {
            for (second, says) in words.iter().enumerate() {
                let at = at + Duration::seconds(1 + second as i64);
                line(at, &format!("ERROR payment refused: {says}"));
            }
        }
    }
    std::fs::write(path, lines.join("\n")).expect("a file");
}

#[test]
fn what_a_log_says_comes_as_evidence_cleaned_and_changes_no_byte_outside_of_the_fence() {
    let org = Organisation::new("");
    let home = org.home.path().display().to_string();
    let config = org.home.path().join("config.toml");
    let source = format!(
        "[[sources.logs]]\nname = \"pods\"\nkind = \"file\"\npath = \"{home}/$service.log\"\n"
    );
    std::fs::write(&config, source).expect("a file");
    let declared = [
        "--name",
        "checkout-service fails",
        "--severity",
        "Gale",
        "--yes",
    ];
    org.json(&[&["incidents", "declare"], &declared[..]].concat());
    let incident = org.json(&["incidents", "list"])[0]["reference"].clone();
    let log = org.home.path().join("checkout-service.log");
    let config = config.display().to_string();
    let agent = Agent::new(&org, Age::Stateless, &["--config", &config]);
    let of_incident = json!({ "incident": incident });
    let texts: Vec<String> = corpus().into_iter().map(|(_, text)| text).collect();
    let (mut frames, mut told) = (BTreeSet::new(), 0);
    for words in texts.chunks(AT_A_TIME) {
        write_log(&log, org.running.as_ref().expect("running").now(), words);
        let result = agent.call("investigate", of_incident.clone());
        frames.insert(frame("investigate", &result));
        let found = result.structured_content.expect("a structure");
        let evidence = found["data"]["evidence"].as_array().expect("a list");
        for known in evidence.iter().filter(|e| e["source"] == "pods") {
            let asked = json!({"incident": incident, "id": known["id"]});
            let piece = agent.call("evidence", asked);
            frames.insert(format!("piece {}", frame("evidence", &piece)));
            let piece: Value = piece.structured_content.expect("a structure");
            let lines = piece["data"]["lines"].to_string();
            assert!(lines.contains("ERROR payment refused"), "{lines}");
            told += 1;
        }
    }
    assert!(told >= texts.len() / AT_A_TIME, "{told} pieces of evidence");
    assert_eq!(frames.len(), 2, "one of each tool: {frames:#?}");
}
