//! Logs at Datadog, as its documentation describes them.

use super::servers_tests::{asked_about, counts, open};
use crate::sources::fake::{Asked, Fake};
use serde_json::{Value, json};

const SETTINGS: &str = "kind = \"datadog\"\nfilter = \"env:prod\"\nkeys = { api = { command = [\"echo\", \"api-hush\"] }, application = { command = [\"echo\", \"app-hush\"] } }\n";

fn line(service: &str, at: &str, status: &str, message: &str) -> Value {
    json!({"id": "x", "type": "log", "attributes": {"timestamp": at, "service": service, "status": status,
        "message": message, "host": "h", "tags": ["env:prod"], "attributes": {}}})
}

/// An organisation in which `loud` writes more than an answer holds, and the others a line or two.
fn logs(asked: &Asked) -> (u16, String) {
    let body: Value = serde_json::from_str(&asked.body).expect("JSON");
    let query = body["filter"]["query"].as_str().expect("a query");
    assert!(query.starts_with("(env:prod) service:"), "{query}");
    let is_recent = body["filter"]["to"] == "2026-11-20T12:05:00.000Z";
    let answer = match asked.path() {
        "/api/v2/logs/analytics/aggregate" => {
            let bucket = |name: &str, count: u64| json!({"by": {"service": name}, "computes": {"c0": count}});
            let mut all = vec![bucket("loud", 90_000), bucket("stranger", 7)];
            all.extend(is_recent.then(|| bucket("Cart_Service", 2)));
            all.push(bucket("bank", 1));
            json!({"data": {"buckets": all}, "meta": {"status": "done"}})
        }
        "/api/v2/logs/events/search" => {
            assert_eq!(
                (&body["sort"], &body["page"]["limit"]),
                (&json!("-timestamp"), &json!(1_000))
            );
            let data: Vec<Value> = match query {
                q if q.contains("(loud)") => {
                    let one = |n: usize| {
                        line(
                            "loud",
                            &format!("2026-11-20T12:04:{:02}.{:03}Z", 59 - n / 20, 999 - n % 20),
                            "info",
                            "busy",
                        )
                    };
                    (0..1_000).map(one).collect()
                }
                q if q.contains("Cart_Service") => vec![
                    line(
                        "Cart_Service",
                        "2026-11-20T11:59:01.000Z",
                        "error",
                        "pool \u{1b}[31mgone",
                    ),
                    line("bank", "2026-11-20T11:58:30.000Z", "info", "fine"),
                    line(
                        "Cart_Service",
                        "2026-11-20T11:58:00.000Z",
                        "error",
                        "an error of its own",
                    ),
                ],
                _ => vec![line("bank", "2026-11-20T11:00:00.000Z", "info", "fine")],
            };
            let status = if is_recent { "done" } else { "timeout" };
            json!({"data": data, "meta": {"page": {"after": "x"}, "status": status}})
        }
        _ => return (404, json!({"errors": ["Not found"]}).to_string()),
    };
    (200, answer.to_string())
}

#[tokio::test]
async fn datadog_is_asked_for_quiet_services_together_and_for_a_loud_one_alone() {
    let server = Fake::start(logs).await;
    let source = open(&format!("{SETTINGS}url = \"{}\"", server.url));
    let told = asked_about(&source, &["cart-service", "loud", "bank", "ledger"]).await;
    assert_eq!(
        counts(&told),
        [
            ("cart-service", 0, 2),
            ("loud", 1_000, 1_000),
            ("bank", 1, 1)
        ]
    );
    let texts: Vec<&str> = told.samples[0]
        .recent
        .iter()
        .map(|l| l.text.as_str())
        .collect();
    assert_eq!(texts, ["an error of its own", "ERROR pool gone"]);
    // What fills an answer stands for the time since its oldest line, the others for all that was asked for.
    assert_eq!(told.samples[1].recent_seconds, 49);
    assert_eq!(told.samples[2].recent_seconds, 35 * 60);
    assert_eq!(told.samples[0].query, "(env:prod) service:cart-service");
    assert_eq!(
        told.missing,
        ["logs searched its logs only in part: lines are missing."]
    );
    // For each window one that counts, one for the loud, one for the others.
    let asked = server.asked();
    assert_eq!(asked.len(), 6);
    assert!(
        asked
            .iter()
            .all(|a| a.header("dd-api-key") == "api-hush" && !a.line.contains("hush"))
    );
}

#[tokio::test]
async fn logs_at_datadog_that_cannot_be_had_are_told_in_one_sentence() {
    for (status, body, says) in [
        (
            403,
            "{\"errors\": [\"Forbidden\"]}",
            "logs refuses the credentials (HTTP 403).",
        ),
        (
            429,
            "{\"errors\": [\"Too many requests\"]}",
            "logs asks for a pause of 30 s (HTTP 429).",
        ),
        (
            400,
            "{\"errors\": [{\"detail\": \"invalid query\"}]}",
            "logs answered HTTP 400: invalid query",
        ),
        (200, "[]", "logs does not answer as Datadog does."),
    ] {
        let server = Fake::start(move |_| (status, body.to_owned())).await;
        let source = open(&format!("{SETTINGS}url = \"{}\"", server.url));
        let told = asked_about(&source, &["bank"]).await;
        assert_eq!(told.missing, [says], "{status} {body}");
    }
}
