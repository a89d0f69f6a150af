//! Datadog through the whole program: what is traced at both ends of calls, and what was deployed, lead to the cause.

use crate::clock;
use crate::monitoring::Called;
use crate::organisation::Organisation;
use crate::shop::scripted;
use axum::http::Uri;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Seconds before the incident at which bank becomes slow.
const BEFORE: i64 = 600;

/// Queries of a request: commas within braces and brackets part nothing.
fn queries(given: &str) -> Vec<String> {
    let (mut all, mut depth) = (vec![String::new()], 0);
    for c in given.chars() {
        depth += i32::from("{(".contains(c)) - i32::from("})".contains(c));
        match (c, depth) {
            (',', 0) => all.push(String::new()),
            _ => all.last_mut().expect("one").push(c),
        }
    }
    all
}

/// What a query comes to: four calls a second to each service, of which none fails, and the seconds that one takes.
fn worth(query: &str, service: &str, is_slow: bool) -> Option<f64> {
    let own = match service {
        "front" => 0.3,
        "pay" => 0.2,
        _ => 0.1,
    };
    match query {
        q if q.contains(".errors{") || q.contains("version") => None,
        q if q.contains(" / ") => Some(4.0),
        q if q.starts_with("sum:") => Some(240.0),
        q if q.starts_with("avg:") => Some(own + if is_slow { 2.0 } else { 0.0 }),
        _ => None,
    }
}

/// front calls pay calls bank, and each waits for the next.
fn measured(given: &BTreeMap<String, String>, created: i64) -> Value {
    let number = |name: &str| given[name].parse::<i64>().expect("a number");
    let (from, to) = (number("from"), number("to"));
    let mut series = Vec::new();
    for (index, query) in queries(&given["query"]).iter().enumerate() {
        let rolled = query.rsplit("rollup(").next().expect("a rollup");
        let step = rolled.split([',', ')']).nth(1).expect("seconds").trim();
        let step: i64 = step.parse().expect("a number");
        for service in ["front", "pay", "bank"] {
            let is_asked = query.contains(&format!("({service})"))
                || query.contains(&format!("{service},"))
                || query.contains(&format!(",{service}"))
                || !query.contains(" IN (");
            let times = (from..=to).step_by(usize::try_from(step).expect("a step"));
            let points = times.filter_map(|t| {
                let wave = 1.0 + (t / 60 % 7) as f64 / 100.0;
                let value = worth(query, service, t >= created - BEFORE)?;
                Some(json!([t * 1_000, value * wave]))
            });
            let points: Vec<Value> = points.collect();
            if is_asked && !points.is_empty() {
                let tags = [format!("service:{service}"), "span.kind:server".into()];
                series.push(json!({"tag_set": tags, "query_index": index, "pointlist": points}));
            }
        }
    }
    json!({"status": "ok", "series": series})
}

fn answer(uri: &Uri, created: i64) -> String {
    let url = url::Url::parse(&format!("http://x{uri}")).expect("an address");
    let given: BTreeMap<String, String> = url.query_pairs().into_owned().collect();
    let deployed = chrono::DateTime::from_timestamp(created - BEFORE - 90, 0).expect("a time");
    let answer = match uri.path() {
        "/api/v1/validate" => json!({"valid": true}),
        "/api/v1/metrics" => {
            json!({"metrics": ["trace.http.server.request", "trace.http.server.request.hits"]})
        }
        "/api/v1/query" => measured(&given, created),
        "/api/v1/monitor/search" => json!({"monitors": []}),
        "/api/v2/events/search" => json!({"data": [{"attributes": {
            "timestamp": deployed.to_rfc3339(), "tags": ["service:bank", "version:v9"],
            "attributes": {"title": "Deployed bank v9"}}}]}),
        _ => json!({"errors": ["Not found"]}),
    };
    answer.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_datadog_traces_and_what_was_deployed_there_lead_to_the_cause() {
    let organisation = tokio::task::spawn_blocking(|| {
        let clock = clock::clock();
        let created = clock.now().timestamp() - 3_600;
        let called = Called {
            name: "Front page is slow".into(),
            summary: "Latency is high.".into(),
            at: created,
        };
        let calls = [("front", "pay"), ("pay", "bank")];
        (
            Organisation::new(clock, &["front", "pay", "bank"], &calls, called),
            created,
        )
    });
    let (organisation, created) = organisation.await.expect("an organisation");
    let (datadog, _) = scripted(move |uri, _| answer(uri, created)).await;
    let of = format!(
        "kind = \"datadog\"\nurl = \"{datadog}\"\nkeys = {{ api = {{ command = [\"echo\", \"api-hush\"] }}, application = {{ command = [\"echo\", \"app-hush\"] }} }}\n"
    );
    let config = organisation.config(&format!(
        "[[sources.metrics]]\nname = \"dog\"\n{of}[[sources.changes]]\nname = \"events\"\n{of}"
    ));
    let found = organisation.asked.json(&config, &["investigate", "INC-1"]);
    let first = &found["hypotheses"][0];
    assert_eq!(first["service"], "bank", "{found:#}");
    assert_eq!(first["change"]["title"], "Deployed bank v9");
    let path = first["path"].as_array().expect("a path");
    let hops: Vec<[&str; 2]> = path
        .iter()
        .map(|hop| ["from", "to"].map(|end| hop[end].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(hops, [["bank", "pay"], ["pay", "front"]]);
    let evidence = found["evidence"].as_array().expect("a list");
    let slow = evidence
        .iter()
        .find(|e| e["source"] == "dog" && e["service"] == "bank")
        .expect("what bank measures");
    let link = slow["link"].as_str().expect("a page");
    assert!(
        link.starts_with("https://app.datadoghq.com/apm/services/bank/operations/"),
        "{link}"
    );
    assert!(!found.to_string().contains("hush"));
    let doctor = organisation.asked.run(&config, &["doctor"]);
    let doctor = String::from_utf8_lossy(&doctor.stdout);
    for line in [
        "apm applies; 0 of your own templates.",
        "changes in a day: 1.",
    ] {
        assert!(doctor.contains(line), "{doctor}");
    }
}
