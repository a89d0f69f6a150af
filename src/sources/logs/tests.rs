//! What is read of texts, and of the formats that Loki, Elasticsearch and OpenSearch document.

use super::lines::{dated, kept, time_of};
use super::*;
use crate::domain::time::parse;
use crate::net::Allowance;
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration as Seconds;

#[test]
fn times_are_read_as_logs_write_them() {
    let end = parse("2026-11-20T15:00:00Z").expect("a time");
    for (line, expected) in [
        (
            "2026-11-20T14:32:01Z upstream connect error",
            Some("2026-11-20T14:32:01Z"),
        ),
        (
            "[2026-11-20T14:32:01+01:00] x",
            Some("2026-11-20T13:32:01Z"),
        ),
        (
            "2026-11-20 14:32:01,123 ERROR x",
            Some("2026-11-20T14:32:01Z"),
        ),
        (
            "Nov 20 14:32:01 host app[1]: x",
            Some("2026-11-20T14:32:01Z"),
        ),
        (
            r#"{"ts":1795185121,"msg":"x"}"#,
            Some("2026-11-20T14:32:01Z"),
        ),
        ("    at com.example.Pay.run(Pay.java:17)", None),
        ("", None),
    ] {
        assert_eq!(time_of(line, end), expected.and_then(parse), "{line}");
    }
    let trace = "2026-11-20T14:32:01Z boom\n    at Pay.run\n\u{1b}[31mred";
    let lines: Vec<(Instant, String)> = dated(trace, end, None)
        .map(|(at, line)| (at, kept(line)))
        .collect();
    assert_eq!(
        (lines.len(), lines[1].0, lines[2].1.contains('\u{1b}')),
        (3, lines[0].0, false)
    );
}

/// A source as settings give it.
fn configured(settings: &str) -> config::Logs {
    toml::from_str(&format!("name = \"logs\"\n{settings}")).expect("settings")
}

fn printed() -> Printed {
    let config = configured("kind = \"file\"\npath = \"/dev/null\"");
    Printed::new(&config, Seconds::from_secs(1))
}

fn endpoint() -> Endpoint {
    let asking = Asking {
        timeout: Seconds::from_secs(1),
        allowance: Allowance::new().into(),
    };
    let access = config::Access::default();
    Endpoint::open("logs", "http://127.0.0.1:1", &access, &asking).expect("an address")
}

/// A line as logs have it, or as nobody should.
fn any_line() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,40}",
        "[A-Z][a-z]{2} [0-9]{1,2} [0-9:]{0,9} .{0,20}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,]{0,14}Z? .{0,20}",
        crate::net::any_json().prop_map(|v| v.to_string()),
        "\\{\"(ts|time|t)\":-?[0-9]{0,30}(\\.[0-9]{1,9})?\\}",
        Just("x".repeat(50_000)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_log_is_read_as_clean_short_lines_in_its_window(lines in prop::collection::vec(any_line(), 0..20)) {
        let end = parse("2026-11-20T15:00:00Z").expect("a time");
        let times = Times { start: end - Duration::hours(2), middle: end - Duration::hours(1), end };
        let split = printed().split("q", &lines.join("\n"), "x", &times);
        for line in split.normal.iter().chain(&split.recent) {
            prop_assert!(line.at >= times.start && line.at <= end);
            let hidden = line.text.contains('\u{1b}');
            prop_assert!(line.text.chars().count() <= LONGEST && !hidden);
        }
    }

    #[test]
    fn any_answer_of_a_log_server_is_read_or_refused(value in crate::net::any_json()) {
        let loki = Loki::new(&configured("kind = \"loki\""), endpoint());
        let told = loki.by_service(&json!({"data": {"result": [{"stream": value, "values": value}]}}), "name");
        prop_assert!(told.is_ok());
        let told = loki.by_service(&json!({"data": value}), "name");
        prop_assert_eq!(told.is_err(), !value["result"].is_array());
        let elastic = Elastic::new(&configured("kind = \"elasticsearch\""), endpoint());
        let mut missing = Vec::new();
        let lines = elastic.lines(&json!({"hits": {"hits": [value, {"sort": [value], "_source": value}]}}), 5, &mut missing);
        let hidden = lines.iter().any(|l| l.text.contains('\u{1b}'));
        prop_assert!(!hidden);
        prop_assert!(elastic.lines(&value, 5, &mut missing).is_empty());
    }
}
