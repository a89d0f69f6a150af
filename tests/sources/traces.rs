//! Traces through the whole program: a query service of Jaeger and Tempo as their documentation has them answer, and files.

use crate::clock;
use crate::monitoring::Called;
use crate::organisation::Organisation;
use crate::shop::scripted;
use serde_json::{Value, json};

/// An organisation without any metrics: front calls pay calls bank, and bank is slow since three minutes before the
/// incident; and when that was declared.
fn organisation() -> (Organisation, i64) {
    let clock = clock::clock();
    let created = clock.now().timestamp() - 3_600;
    let called = Called {
        name: "Front page is slow".into(),
        summary: "Customers wait.".into(),
        at: created,
    };
    let calls = [("front", "pay"), ("pay", "bank")];
    let organisation = Organisation::new(clock, &["front", "pay", "bank"], &calls, called);
    (organisation, created)
}

/// One request at a second: its spans as service, kind, operation, begin and microseconds.
fn spans(second: i64, created: i64) -> Vec<(&'static str, &'static str, &'static str, i64, i64)> {
    let start = second * 1_000_000;
    let slow = if second >= created - 180 { 900_000 } else { 0 };
    let own = 20_000 + second % 7 * 300 + slow;
    vec![
        ("front", "server", "GET /", start, own + 9_000),
        ("front", "client", "POST pay", start + 1_000, own + 7_000),
        ("pay", "server", "POST /pay", start + 2_000, own + 5_000),
        ("pay", "client", "POST bank", start + 3_000, own + 3_000),
        ("bank", "server", "POST /transfer", start + 4_000, own),
    ]
}

fn as_jaeger(second: i64, created: i64) -> Value {
    let id = format!("{second:032x}");
    let told = spans(second, created);
    let one = |(n, (service, kind, name, start, took)): (usize, &(&str, &str, &str, i64, i64))| {
        let above = n
            .checked_sub(1)
            .map(|p| json!({"refType": "CHILD_OF", "traceID": id, "spanID": format!("{p:016x}")}));
        json!({"traceID": id, "spanID": format!("{n:016x}"), "operationName": name, "startTime": start, "duration": took,
            "references": above.into_iter().collect::<Vec<_>>(), "tags": [{"key": "span.kind", "type": "string", "value": kind}], "processID": service})
    };
    let spans: Vec<Value> = told.iter().enumerate().map(one).collect();
    json!({"traceID": id, "spans": spans, "processes": {"front": {"serviceName": "front"}, "pay": {"serviceName": "pay"}, "bank": {"serviceName": "bank"}}})
}

fn as_otlp(second: i64, created: i64) -> Value {
    let told = spans(second, created);
    let one = |(n, (service, kind, name, start, took)): (usize, &(&str, &str, &str, i64, i64))| {
        let parent = n
            .checked_sub(1)
            .map_or(String::new(), |p| format!("{p:016x}"));
        let span = json!({"traceId": format!("{second:032x}"), "spanId": format!("{n:016x}"), "parentSpanId": parent, "name": name,
            "kind": if *kind == "server" { 2 } else { 3 }, "startTimeUnixNano": (start * 1_000).to_string(), "endTimeUnixNano": ((start + took) * 1_000).to_string()});
        json!({"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}, "scopeSpans": [{"spans": [span]}]})
    };
    json!({"resourceSpans": told.iter().enumerate().map(one).collect::<Vec<_>>()})
}

/// What a request's query says.
fn said(uri: &axum::http::Uri, name: &str) -> Option<String> {
    let query = uri.query().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.find(|(k, _)| k == name).map(|(_, v)| v.into_owned())
}

/// The seconds at which a slice of time has requests: every twentieth one, the newest first, no more than asked for.
fn seconds(uri: &axum::http::Uri, unit: i64) -> Vec<i64> {
    let number = |name: &str| {
        said(uri, name)
            .and_then(|v| v.parse::<i64>().ok())
            .expect(name)
    };
    let (from, to) = (number("start") / unit, number("end") / unit);
    let every = (from..to).rev().filter(|s| s % 20 == 0);
    every.take(number("limit") as usize).collect()
}

/// Nothing of a source is missing, and its traces blame bank.
fn blames_bank(found: &Value, source: &str) {
    let missing = found["missing"].as_array().expect("a list");
    assert!(
        missing.iter().all(|m| m["source"] != source),
        "{missing:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn jaeger_is_asked_for_the_services_in_scope_slice_by_slice() {
    let (organisation, created) = tokio::task::spawn_blocking(organisation)
        .await
        .expect("an organisation");
    let (jaeger, asked) = scripted(move |uri, _| {
        let picked = said(uri, "tags").or(said(uri, "minDuration")).is_some();
        match uri.path() {
            "/api/services" => {
                json!({"data": ["bank", "front", "pay", "unrelated"], "errors": null})
            }
            "/api/traces" if !picked => {
                let traces = seconds(uri, 1_000_000)
                    .into_iter()
                    .map(|s| as_jaeger(s, created));
                json!({"data": traces.collect::<Vec<_>>(), "errors": null})
            }
            _ => json!({"data": null, "total": 0, "errors": null}),
        }
        .to_string()
    })
    .await;
    let config = organisation.config(&format!(
        "[[sources.traces]]\nname = \"jaeger\"\nkind = \"jaeger\"\nurl = \"{jaeger}\"\n"
    ));
    let found = organisation.asked.json(&config, &["investigate", "INC-1"]);
    blames_bank(&found, "jaeger");
    let questions = asked.lock().expect("the list").clone();
    let of = |part: &str| questions.iter().filter(|q| q.contains(part)).count();
    assert_eq!(of("service=unrelated"), 0);
    assert!(
        of("service=front&start=") >= 10 && of("service=bank&start=") >= 10,
        "{questions:#?}"
    );
    assert!(
        of("minDuration=") == 3 && of("tags=%7B%22error%22%3A%22true%22%7D") == 3,
        "{questions:#?}"
    );
    assert!(
        questions.len() < 80
            && questions
                .iter()
                .all(|q| !q.contains("/api/traces") || q.contains("limit="))
    );
    let again = organisation.asked.json(&config, &["investigate", "INC-1"]);
    assert_eq!(again, found, "the same answers give the same finding");
    let doctor = organisation
        .asked
        .run(&config, &["doctor", "--output", "table"]);
    let doctor = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        doctor.contains("ok    jaeger    4 services have traces."),
        "{doctor}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tempo_is_searched_and_each_trace_is_read_by_its_id() {
    let (organisation, created) = tokio::task::spawn_blocking(organisation)
        .await
        .expect("an organisation");
    let (tempo, asked) = scripted(move |uri, _| {
        let path = uri.path();
        let id = path.rsplit('/').next().and_then(|id| i64::from_str_radix(id, 16).ok());
        let picked = said(uri, "q").is_some_and(|q| q.contains("&&"));
        match path {
            "/api/v2/search/tag/resource.service.name/values" => json!({"tagValues":
                [{"type": "string", "value": "front"}, {"type": "string", "value": "pay"}, {"type": "string", "value": "bank"}]}),
            "/api/search" if picked => json!({"metrics": {}}),
            "/api/search" => {
                let trace = |s: i64| json!({"traceID": format!("{s:x}"), "rootServiceName": "front", "durationMs": 30});
                let traces = seconds(uri, 1).into_iter().map(trace);
                json!({"traces": traces.collect::<Vec<_>>(), "metrics": {"inspectedTraces": 1}})
            }
            _ if path.starts_with("/api/v2/traces/") => {
                json!({"trace": as_otlp(id.expect("an id"), created), "metrics": {}})
            }
            _ => json!({"error": "no such path"}),
        }
        .to_string()
    })
    .await;
    let config = organisation.config(&format!(
        "[[sources.traces]]\nname = \"tempo\"\nkind = \"tempo\"\nurl = \"{tempo}\"\npage = \"https://grafana.example/explore?trace=$trace&token=s3cr3t\"\n"
    ));
    let found = organisation.asked.json(&config, &["investigate", "INC-1"]);
    blames_bank(&found, "tempo");
    assert!(!found.to_string().contains("s3cr3t"), "{found:#}");
    let questions = asked.lock().expect("the list").clone();
    let wanted = "q=%7B+resource.service.name+%3D+%22front%22+%7D&start=";
    assert!(
        questions.iter().any(|q| q.contains(wanted)),
        "{questions:#?}"
    );
    assert!(questions.len() < 420, "{}", questions.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_collector_is_read_and_what_fails_is_missing() {
    let (organisation, created) = tokio::task::spawn_blocking(organisation)
        .await
        .expect("an organisation");
    let every = (created - 3_600..created + 600).step_by(20);
    let lines: String = every
        .map(|s| format!("{}\n", as_otlp(s, created)))
        .collect();
    let path = organisation.dir.path().join("traces.json");
    std::fs::write(&path, lines).expect("a file");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let hanging = format!("http://{}", silent.local_addr().expect("an address"));
    let (stranger, _) = scripted(|_, _| json!({"data": ["somebody"]}).to_string()).await;
    let source =
        |name: &str, rest: &str| format!("[[sources.traces]]\nname = \"{name}\"\n{rest}\n");
    let config = organisation.config(&format!(
        "[investigate]\ntimeout_seconds = 3\n{}{}{}{}",
        source(
            "file",
            &format!("kind = \"file\"\npath = \"{}\"", path.display())
        ),
        source("gone", "kind = \"file\"\npath = \"/no/such/file\""),
        source("hanging", &format!("kind = \"tempo\"\nurl = \"{hanging}\"")),
        source(
            "stranger",
            &format!("kind = \"jaeger\"\nurl = \"{stranger}\"")
        ),
    ));
    let found = organisation.asked.json(&config, &["investigate", "INC-1"]);
    blames_bank(&found, "file");
    let missing = found["missing"].as_array().expect("a list");
    for (source, says) in [
        ("gone", "No such file"),
        ("hanging", "did not answer"),
        ("stranger", "has no traces of the services in question"),
    ] {
        let told = missing.iter().filter(|m| m["source"] == source);
        let told: Vec<&str> = told.filter_map(|m| m["says"].as_str()).collect();
        assert!(
            told.iter().any(|t| t.contains(says)),
            "{source}: {missing:#?}"
        );
    }
    for (rest, says) in [
        ("kind = \"file\"", "need a path"),
        (
            "kind = \"file\"\npath = \"/x\"\nurl = \"https://x.example\"",
            "no url",
        ),
        (
            "kind = \"jaeger\"\nurl = \"https://x.example\"\npath = \"/x\"",
            "have a url",
        ),
        (
            "kind = \"tempo\"\nurl = \"https://x.example\"\npage = \"https://y.example\"",
            "needs $trace",
        ),
        (
            "kind = \"tempo\"\nurl = \"http://x.example\"\naccess = { token = { command = [\"echo\", \"token\"] } }",
            "not sent over plain http",
        ),
    ] {
        let config = organisation.config(&source("wrong", rest));
        let out = organisation.asked.run(&config, &["investigate", "INC-1"]);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(
            out.status.code() == Some(1) && said.contains(says),
            "{rest}: {said}"
        );
    }
}
