use super::*;
use proptest::prelude::*;
use serde_json::json;

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

fn source() -> LogSource {
    LogSource {
        name: "logs".into(),
        way: Backend::File("/dev/null".into()),
        timeout: std::time::Duration::from_secs(1),
    }
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
        let (normal, recent) = source().split(&lines.join("\n"), "x", &times);
        for line in normal.iter().chain(&recent) {
            prop_assert!(line.at >= times.start && line.at <= end);
            let hidden = line.text.contains('\u{1b}');
            prop_assert!(line.text.chars().count() <= LONGEST && !hidden);
        }
    }

    #[test]
    fn any_answer_of_a_log_server_is_read_or_refused(value in crate::net::any_json()) {
        let lines = source().lines_of(&json!({"data": {"result": value}}));
        prop_assert!(lines.is_err() || lines.is_ok_and(|l| l.len() <= MOST_LINES));
    }
}
