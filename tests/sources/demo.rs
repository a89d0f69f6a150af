//! The demo's outage is found and written down, and the history tells of it.

use crate::clock;
use crate::monitoring;
use crate::shop::{Asked, BINARY, scripted};
use serde_json::json;
use std::fmt::Write as _;
use std::path::Path;

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_outage_is_found_and_written_down_once() {
    let dir = tempfile::tempdir().expect("a folder");
    let sources = dir.path().join("sources.toml");
    let clock = clock::clock();
    let (_simulation, url, key) = monitoring::simulate(
        BINARY,
        &[
            // The outage begins within seconds, and is not over before a busy machine is done with it.
            "--speed",
            "4",
            "--sources",
            &sources.display().to_string(),
            &clock::flag(clock.now()),
        ],
    );
    let asked = Asked {
        url,
        key,
        home: dir.path().join("home"),
        clock,
    };
    let (slack, posted) = scripted(|_, _| json!({"ok": true, "ts": "1"}).to_string()).await;
    let mut text = std::fs::read_to_string(&sources).expect("a configuration");
    let _ = write!(
        text,
        "\n[slack]\nurl = \"{slack}\"\ntoken = {{ env = \"SLACK_TOKEN\" }}\n"
    );
    std::fs::write(&sources, text).expect("a file");
    let reference = loop {
        let list = asked.json(&sources, &["incidents", "list", "--limit", "5"]);
        let outage = list
            .as_array()
            .expect("a list")
            .iter()
            .find(|i| i["name"] == "High error rate on checkout service")
            .cloned();
        match outage {
            Some(outage) => {
                break outage["reference"]
                    .as_str()
                    .expect("a reference")
                    .to_owned();
            }
            None => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    };
    let found = asked.json(&sources, &["investigate", &reference, "--post", "--slack"]);
    let top = &found["hypotheses"][0];
    assert_eq!(
        (top["service"].as_str(), top["kind"].as_str()),
        (Some("payment-gateway"), Some("deploy")),
        "{found:#}"
    );
    let said = top["statement"].as_str().expect("a statement");
    assert!(
        said.contains("correlates with the payment-gateway deploy"),
        "{said}"
    );
    let facts: Vec<&str> = found["evidence"]
        .as_array()
        .expect("facts")
        .iter()
        .filter_map(|e| e["says"].as_str())
        .collect();
    for word in [
        "upstream connect error: connection timeout",
        "slowest calls of payment-gateway",
        "restarted",
    ] {
        assert!(facts.iter().any(|f| f.contains(word)), "{word}: {facts:#?}");
    }
    let titles = |asked: &Asked| -> Vec<String> {
        let timeline = asked.json(&sources, &["timeline", &reference]);
        let notes = timeline
            .as_array()
            .expect("a timeline")
            .iter()
            .filter(|i| i["kind"] == "curated")
            .filter_map(|i| i["title"].as_str().map(str::to_owned));
        notes
            .filter(|t| t.starts_with("Investigation") || t.starts_with("Root cause"))
            .collect()
    };
    let mut written = titles(&asked);
    written.sort();
    assert_eq!(
        written,
        [
            "Investigation complete",
            "Investigation started",
            "Root cause identified: payment-gateway"
        ]
    );
    // The figures have moved on by now; the entries are the same, and stand once.
    let again = asked.json(&sources, &["investigate", &reference, "--post", "--slack"]);
    assert!(
        again["posted"]
            .as_array()
            .expect("a list")
            .iter()
            .all(|p| p.as_str().is_some_and(|p| p.contains("sent before"))),
        "{}",
        again["posted"]
    );
    assert_eq!(titles(&asked).len(), 3);
    assert_eq!(posted.lock().expect("the list").len(), 1);
    assert!(posted.lock().expect("the list")[0].contains("What's going on"));

    remembered(&asked, &sources, &reference);

    // A key that can only look investigates in full; what needs more says so, before and after nothing else is written.
    let viewer = Asked {
        key: format!("{}-viewer", asked.key),
        url: asked.url.clone(),
        home: dir.path().join("other"),
        clock,
    };
    assert_eq!(
        viewer.json(&sources, &["investigate", &reference])["settled"],
        true
    );
    let refused = viewer.run(&sources, &["investigate", &reference, "--post"]);
    assert_eq!(
        refused.status.code(),
        Some(2),
        "{}",
        String::from_utf8_lossy(&refused.stderr)
    );
    let refused = asked.run(
        &sources,
        &["--read-only", "investigate", &reference, "--post"],
    );
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(titles(&asked).len(), 3);
}

/// What the history tells of an incident, and what is drafted from it.
fn remembered(asked: &Asked, sources: &Path, reference: &str) {
    similar(asked, sources);
    analyzed(asked, sources);
    exported(asked, sources);
    handed_over(asked, sources, reference);
    let file = drafted(asked, sources);
    left_alone(asked, sources, &file);
    imported(asked, sources, &file);
}

fn similar(asked: &Asked, sources: &Path) {
    let alike = asked.json(sources, &["similar", "INC-300", "--threshold", "0.5"]);
    let first = &alike[0];
    assert!(
        first["likeness"].as_u64().is_some_and(|l| l >= 50) && first["reasons"][0].is_string(),
        "{alike:#}"
    );
    assert!(
        first["resolution"].as_str().is_some_and(|r| !r.is_empty()) && first["cause"].is_string(),
        "{first:#}"
    );
    let other = first["reference"].as_str().expect("a reference");
    let without = asked.json(sources, &["similar", "INC-300", "--not", other]);
    assert!(
        without
            .as_array()
            .expect("a list")
            .iter()
            .all(|m| m["reference"] != *other),
        "what is said is remembered"
    );
    let again = asked.json(sources, &["similar", "INC-300"]);
    assert!(
        again
            .as_array()
            .expect("a list")
            .iter()
            .all(|m| m["reference"] != *other)
    );
    assert_eq!(
        asked
            .run(sources, &["similar", "INC-300", "--threshold", "7"])
            .status
            .code(),
        Some(1)
    );
}

fn analyzed(asked: &Asked, sources: &Path) {
    let period = asked.json(sources, &["analyze", "--since", "90d"]);
    let count = period["count"].as_u64().expect("a count");
    let by = |key: &str| {
        period[key]
            .as_array()
            .expect("rows")
            .iter()
            .filter_map(|r| r["count"].as_u64())
            .sum::<u64>()
    };
    assert_eq!(
        (by("severities"), by("weeks")),
        (count, count),
        "every incident is counted once"
    );
    let clusters = period["clusters"].as_array().expect("clusters");
    assert!(
        clusters.iter().all(|c| c["members"]
            .as_array()
            .is_some_and(|m| m.len() > 1 && (m.len() as u64) < count / 2)),
        "{clusters:#?}"
    );
    let narrow = asked.json(
        sources,
        &["analyze", "--service", "payments", "--since", "90d"],
    );
    assert!(narrow["count"].as_u64().is_some_and(|n| n > 0 && n < count));
}

fn exported(asked: &Asked, sources: &Path) {
    let table =
        String::from_utf8(asked.run(sources, &["export", "--since", "30d"]).stdout).expect("text");
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let names = reader.headers().expect("a header").clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(|r| r.expect("a row")).collect();
    let lasted = names
        .iter()
        .position(|h| h == "lasted_seconds")
        .expect("durations");
    assert!(
        rows.len() > 50
            && rows
                .iter()
                .filter(|r| r[lasted].parse::<i64>().is_ok())
                .count()
                > 40
    );
}

fn handed_over(asked: &Asked, sources: &Path, reference: &str) {
    let handover = String::from_utf8(
        asked
            .run(
                sources,
                &["handover", "--since", "24h", "--output", "table"],
            )
            .stdout,
    )
    .expect("text");
    let short: Vec<&str> = handover.lines().take_while(|l| !l.is_empty()).collect();
    assert!(
        short.len() <= 12 && short.iter().any(|l| l.contains(reference)),
        "{short:#?}"
    );
    assert!(handover.contains("## Follow-ups at risk"));
}

fn drafted(asked: &Asked, sources: &Path) -> String {
    // Every line that tells something stands on a row; what is not recorded is written as a gap.
    let lines = asked.json(sources, &["draft", "post-mortem", "INC-300"]);
    let told = lines
        .as_array()
        .expect("lines")
        .iter()
        .filter(|l| l["text"].as_str().is_some_and(|t| t.starts_with("- ")));
    assert!(
        told.clone().count() > 10 && told.clone().all(|l| l["row"].is_string()),
        "{lines:#}"
    );
    let path = asked.home.with_file_name("post-mortem.md");
    let file = path.display().to_string();
    asked.run(
        sources,
        &["draft", "post-mortem", "INC-300", "--out", &file],
    );
    let text = std::fs::read_to_string(&path).expect("a file");
    let gap = "_Not recorded: what made it worse or hid it._";
    assert!(text.contains(gap), "{text}");
    std::fs::write(
        &path,
        text.replace(gap, "Nobody looked at the header rule."),
    )
    .expect("edited");
    asked.run(
        sources,
        &["draft", "post-mortem", "INC-300", "--out", &file],
    );
    assert!(
        std::fs::read_to_string(&path)
            .expect("a file")
            .contains("Nobody looked at the header rule."),
        "what was edited survives"
    );
    file
}

fn left_alone(asked: &Asked, sources: &Path, file: &str) {
    // A file that is something else is never touched, whatever it is.
    let edited = std::fs::read(file).expect("a file");
    let refused = asked.run(sources, &["draft", "post-mortem", "INC-301", "--out", file]);
    assert_eq!(
        (refused.status.code(), std::fs::read(file).expect("a file")),
        (Some(1), edited)
    );
    let other_file = asked.home.with_file_name("other.md");
    std::fs::write(&other_file, [0xff, 0xfe, 0x00, 0x41]).expect("a file");
    let refused = asked.run(
        sources,
        &[
            "draft",
            "update",
            "INC-300",
            "--out",
            &other_file.display().to_string(),
        ],
    );
    assert_eq!(
        (
            refused.status.code(),
            std::fs::read(&other_file).expect("a file").len()
        ),
        (Some(1), 4)
    );
}

fn imported(asked: &Asked, sources: &Path, file: &str) {
    let documents = |asked: &Asked| {
        asked
            .json(sources, &["post-mortems", "--incident", "INC-300"])
            .as_array()
            .map_or(0, Vec::len)
    };
    let before = documents(asked);
    for says in ["Imported", "imported before"] {
        let out = asked.run(
            sources,
            &["draft", "post-mortem", "INC-300", "--out", file, "--import"],
        );
        assert!(
            String::from_utf8_lossy(&out.stdout).contains(says),
            "{}{}",
            String::from_utf8_lossy(&out.stdout),
            String::from_utf8_lossy(&out.stderr)
        );
    }
    assert_eq!(documents(asked), before + 1);
}
