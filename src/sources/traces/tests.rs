//! What is read of the formats that Jaeger, Tempo and the OpenTelemetry collector document.

use super::document::Document;
use super::{Question, file};
use crate::domain::{Instant, Span, SpanKind, Window};
use crate::sources::names::Names;
use chrono::Duration;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write;

const START: i64 = 1_795_185_000_000_000;

fn names() -> Names {
    let services = ["cart", "orders-db", "bank"].map(|n| (n.to_owned(), Vec::new()));
    Names::new(services.into())
}

fn read(document: &Value) -> Vec<(String, Span)> {
    let mut spans = Vec::new();
    let document = Document::deserialize(document).expect("a document");
    document.read(&names(), &mut |trace, span| spans.push((trace, span)));
    spans
}

/// What a query service of Jaeger answers.
fn jaeger() -> Value {
    json!({"data": [{"traceID": "5f", "spans": [
        {"traceID": "5f", "spanID": "a1", "operationName": "GET /cart", "references": [], "startTime": START, "duration": 9_000,
         "tags": [{"key": "span.kind", "type": "string", "value": "server"}, {"key": "http.status_code", "type": "int64", "value": 503}],
         "logs": [], "processID": "p1", "warnings": null},
        {"traceID": "5f", "spanID": "a2", "operationName": "SELECT\u{1b}[31m", "references": [{"refType": "CHILD_OF", "traceID": "5f", "spanID": "a1"}],
         "startTime": START + 1_000, "duration": 7_000,
         "tags": [{"key": "span.kind", "type": "string", "value": "client"}, {"key": "error", "type": "bool", "value": true},
                  {"key": "net.peer.name", "type": "string", "value": "10.0.0.3"}, {"key": "server.address", "type": "string", "value": "orders-db.shop.svc"},
                  {"key": "db.system", "type": "string", "value": "postgresql"}],
         "logs": null, "processID": "p1"},
        {"traceID": "5f", "spanID": "a3", "operationName": "audit", "references": [{"refType": "FOLLOWS_FROM", "traceID": "5f", "spanID": "a1"}],
         "startTime": START + 2_000, "duration": 1, "tags": [], "logs": [], "processID": "p2"}],
        "processes": {"p1": {"serviceName": "Cart_Service", "tags": []}, "p2": {"serviceName": "auditor"}}}],
        "total": 0, "limit": 0, "offset": 0, "errors": null})
}

/// The same request as OTLP has it, its ids in hex or as protobuf's own JSON has them.
fn otlp(wrapped: &str, [trace, first, second]: [&str; 3]) -> Value {
    let nano = |micros: i64| ((START + micros) * 1_000).to_string();
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let spans = json!([
        {"traceId": trace, "spanId": first, "parentSpanId": "", "name": "GET /cart", "kind": 2, "startTimeUnixNano": nano(0), "endTimeUnixNano": nano(9_000),
         "attributes": [{"key": "http.response.status_code", "value": {"intValue": "503"}}], "status": {}},
        {"traceId": trace, "spanId": second, "parentSpanId": first, "name": "SELECT", "kind": "SPAN_KIND_CLIENT",
         "startTimeUnixNano": nano(1_000), "endTimeUnixNano": nano(8_000),
         "attributes": [text("db.system", "postgresql"), text("server.address", "orders-db")], "status": {"code": "STATUS_CODE_ERROR", "message": "timeout"}},
    ]);
    json!({wrapped: [{"resource": {"attributes": [text("service.name", "cart")]}, "scopeSpans": [{"scope": {"name": "x"}, "spans": spans}]}]})
}

fn one(span: &Span) -> (&str, &str, SpanKind, Option<&str>, i64, i64, bool) {
    let peer = span.peer.as_deref();
    let (from, took) = (span.start - START, span.duration);
    (
        &span.service,
        &span.name,
        span.kind,
        peer,
        from,
        took,
        span.failed,
    )
}

#[test]
fn both_formats_tell_the_same_of_a_request() {
    let expected = [
        ("cart", "GET /cart", SpanKind::Server, None, 0, 9_000, true),
        (
            "cart",
            "SELECT",
            SpanKind::Client,
            Some("orders-db"),
            1_000,
            7_000,
            true,
        ),
    ];
    let hex = ["5f".repeat(16), "a1".repeat(8), "a2".repeat(8)];
    let hex = hex.each_ref().map(String::as_str);
    let packed = ["X19fX19fX19fX19fX19fXw==", "oaGhoaGhoaE=", "oqKioqKioqI="];
    for (what, document) in [
        ("a file of the collector", otlp("resourceSpans", hex)),
        ("Tempo's first answer", otlp("batches", packed)),
        (
            "Tempo's second answer",
            json!({"trace": otlp("resourceSpans", packed), "metrics": {}}),
        ),
    ] {
        let spans = read(&document);
        let told: Vec<_> = spans.iter().map(|(_, s)| one(s)).collect();
        assert_eq!(told, expected, "{what}");
        assert_eq!(spans[0].0, hex[0], "{what}");
        assert_eq!(spans[1].1.parent.as_deref(), Some(hex[1]), "{what}");
        assert_eq!(spans[0].1.parent, None, "{what}");
    }
    let spans = read(&jaeger());
    assert_eq!(one(&spans[0].1), expected[0]);
    assert!(!spans[1].1.name.contains('\u{1b}'));
    assert_eq!(
        (spans[1].1.peer.as_deref(), spans[1].1.failed),
        (Some("orders-db"), true)
    );
    assert_eq!(
        (spans[2].1.follows, spans[2].1.service.as_str()),
        (true, "auditor")
    );
}

#[test]
fn who_is_at_fault_for_a_failing_answer_is_told_by_its_status() {
    let failed = |kind: &str, tags: &[(&str, Value)]| {
        let tags = tags.iter().map(|(k, v)| json!({"key": k, "value": v}));
        let tags = tags.chain([json!({"key": "span.kind", "value": kind})]);
        let span = json!({"spanID": "a", "startTime": START, "duration": 1, "tags": tags.collect::<Vec<_>>()});
        read(&json!({"data": [{"spans": [span]}]}))[0].1.failed
    };
    for (tags, is) in [
        (vec![("error", json!(true))], true),
        (
            vec![("error", json!("true")), ("http.status_code", json!("404"))],
            false,
        ),
        (
            vec![("http.status_code", json!(200)), ("error", json!(false))],
            false,
        ),
        (vec![("http.status_code", json!("0"))], true),
        (vec![("http.response.status_code", json!(429))], true),
        (vec![("rpc.grpc.status_code", json!(14))], true),
        (
            vec![("rpc.grpc.status_code", json!(5)), ("error", json!(true))],
            false,
        ),
        (vec![("otel.status_code", json!("ERROR"))], true),
    ] {
        assert_eq!(failed("client", &tags), is, "{tags:?}");
    }
}

#[tokio::test]
async fn a_file_is_read_in_either_format_by_line_or_whole_packed_or_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let hex = ["5f".repeat(16), "a1".repeat(8), "a2".repeat(8)];
    let export = otlp("resourceSpans", hex.each_ref().map(String::as_str));
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let lines = format!("{export}\n\nno JSON\n{}\n", jaeger()["data"][0]);
    packed.write_all(lines.as_bytes()).expect("packed");
    let at = |micros: i64| Instant::from_timestamp_micros(START + micros).expect("a time");
    let window = Window {
        normal_from: at(0) - Duration::days(2),
        recent_from: at(0) - Duration::hours(2),
        to: at(0) + Duration::hours(1),
        changes_from: at(0),
    };
    let question = Question {
        services: &["cart".to_owned()],
        names: &names(),
        created: at(0),
        window,
    };
    for (what, bytes, traces, missing) in [
        (
            "a document",
            serde_json::to_vec_pretty(&export).expect("JSON"),
            1,
            0,
        ),
        ("one of Jaeger", jaeger().to_string().into_bytes(), 1, 0),
        (
            "a list of Jaeger's",
            jaeger()["data"].to_string().into_bytes(),
            1,
            0,
        ),
        ("lines", lines.clone().into_bytes(), 2, 1),
        ("packed lines", packed.finish().expect("packed"), 2, 1),
    ] {
        let path = dir.path().join("traces");
        std::fs::write(&path, bytes).expect("a file");
        let read = file::sample("files", &path.display().to_string(), question).await;
        let read = read.unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(
            (read.traces.len(), read.missing.len()),
            (traces, missing),
            "{what}"
        );
    }
    let path = dir.path().join("traces");
    std::fs::write(&path, "{\"hello\": 1}").expect("a file");
    let read = file::sample("files", &path.display().to_string(), question).await;
    let says = read.err().map(|e| e.to_string()).unwrap_or_default();
    assert!(says.contains("holds no traces"), "{says}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_answer_is_read_as_clean_spans_or_refused(value in crate::net::any_json()) {
        for document in [json!({"data": [{"spans": [value]}]}), json!({"batches": [{"scopeSpans": [{"spans": [value]}]}]})] {
            let Ok(document) = Document::deserialize(&document) else { continue };
            document.read(&names(), &mut |_, span| {
                assert!(span.duration >= 0 && !span.name.contains('\u{1b}'));
            });
        }
    }
}
