//! Logs at CloudWatch, as its documentation describes them.

use super::cloudwatch::Cloudwatch;
use super::servers_tests::{asked_about, counts};
use super::*;
use crate::net::Allowance;
use crate::sources::fake::{Asked, Fake};
use reqsign_core::StaticEnv;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn open(url: &str, more: &str) -> Result<LogSource, ConfigError> {
    let config: config::Logs = toml::from_str(&format!(
        "name = \"logs\"\nkind = \"cloudwatch\"\nurl = \"{url}\"\nregion = \"eu-west-1\"\n{more}"
    ))
    .expect("settings");
    config.check()?;
    let asking = Asking {
        timeout: std::time::Duration::from_secs(5),
        allowance: Allowance::new().into(),
    };
    let envs = [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "hush"),
    ];
    let env = StaticEnv {
        home_dir: None,
        envs: envs.map(|(k, v)| (k.to_owned(), v.to_owned())).into(),
    };
    let way = Cloudwatch::open(&config, &asking, env)?;
    Ok(LogSource {
        name: config.name,
        way: Backend::Cloudwatch(way.into()),
    })
}

fn row(group: &str, at: &str, message: &str) -> Value {
    let field = |name: &str, value: &str| json!({"field": name, "value": value});
    json!([
        field("@timestamp", at),
        field("@message", message),
        field("@log", &format!("123456789012:{group}")),
        field("@ptr", "x")
    ])
}

/// An account in which a query runs for a while, and `loud` writes more than an answer holds.
fn account(asked: &Asked, looks: &AtomicUsize) -> (u16, String) {
    let body: Value = serde_json::from_str(&asked.body).expect("JSON");
    assert!(
        asked
            .header("authorization")
            .contains("/eu-west-1/logs/aws4_request")
    );
    let answer = match asked.header("x-amz-target") {
        "Logs_20140328.DescribeLogGroups" => {
            let all: &[&str] = match (
                body["logGroupNamePrefix"].as_str(),
                body["nextToken"].as_str(),
            ) {
                (Some("/ecs/shop-"), None) => &["/ecs/shop-cart", "/ecs/shop-stranger"],
                (Some("/ecs/shop-"), Some(_)) => &["/ecs/shop-bank"],
                _ => &["/aws/lambda/loud"],
            };
            let more = (all.len() == 2).then_some("more");
            let groups = all
                .iter()
                .map(|g| json!({"logGroupName": g, "storedBytes": 1}));
            json!({"logGroups": groups.collect::<Vec<_>>(), "nextToken": more})
        }
        "Logs_20140328.StartQuery" => {
            let groups: Vec<&str> = body["logGroupNames"]
                .as_array()
                .expect("groups")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            let recent = if body["endTime"] == 1_795_176_300 {
                "recent"
            } else {
                "normal"
            };
            json!({"queryId": format!("{recent} {} {}", body["limit"], groups.join(" "))})
        }
        "Logs_20140328.GetQueryResults" if looks.fetch_add(1, Ordering::Relaxed) == 0 => {
            json!({"status": "Running", "results": [], "statistics": {}})
        }
        "Logs_20140328.GetQueryResults" => {
            let id = body["queryId"].as_str().expect("a query");
            let mut parts = id.split(' ');
            let (recent, limit) = (
                parts.next() == Some("recent"),
                parts.next().expect("a limit"),
            );
            let mut rows = Vec::new();
            for group in parts {
                match group {
                    "/aws/lambda/loud" if recent => {
                        let limit: usize = limit.parse().expect("a number");
                        let line = |n: usize| {
                            row(
                                group,
                                &format!(
                                    "2026-11-20 12:04:{:02}.{:03}",
                                    59 - n / 200,
                                    999 - n % 200
                                ),
                                "busy",
                            )
                        };
                        rows.extend((0..limit).map(line));
                    }
                    "/ecs/shop-cart" if recent => rows.extend([
                        row(group, "2026-11-20 11:59:01.500", "pool \u{1b}[31mgone\n"),
                        row(group, "2026-11-20 11:58:00.000", "late"),
                    ]),
                    "/ecs/shop-bank" => rows.push(row(group, "2026-11-20 11:00:00.000", "fine")),
                    _ => {}
                }
            }
            rows.truncate(limit.parse().expect("a number"));
            json!({"status": "Complete", "results": rows, "statistics": {"recordsMatched": 1.0}})
        }
        other => {
            return (
                400,
                json!({"__type": "UnknownOperationException", "message": other}).to_string(),
            );
        }
    };
    (200, answer.to_string())
}

#[tokio::test]
async fn cloudwatch_is_searched_in_the_log_groups_of_many_services_at_once() {
    let looks = Arc::new(AtomicUsize::new(0));
    let server = Fake::start(move |asked| account(asked, &looks)).await;
    let groups = "groups = [\"/ecs/shop-$service\", \"/aws/lambda/$service\"]\n";
    let source = open(&server.url, groups).expect("a source");
    let told = asked_about(&source, &["cart", "loud", "bank", "ledger"]).await;
    assert_eq!(told.missing, [""; 0]);
    assert_eq!(
        counts(&told),
        [("cart", 0, 2), ("loud", 0, MOST_LINES), ("bank", 1, 1)]
    );
    let cart = &told.samples[0];
    let texts: Vec<&str> = cart.recent.iter().map(|l| l.text.as_str()).collect();
    assert_eq!(texts, ["late", "pool gone"]);
    assert_eq!(
        cart.recent[1].at.to_rfc3339(),
        "2026-11-20T11:59:01.500+00:00"
    );
    assert_eq!(cart.recent_seconds, 35 * 60);
    assert!(cart.query.ends_with(" in /ecs/shop-cart"), "{}", cart.query);
    // What fills an answer stands for the time since its oldest line.
    assert_eq!(told.samples[1].recent_seconds, 9);
    let started = |a: &&Asked| a.header("x-amz-target").ends_with("StartQuery");
    // One for each window, and of the full one the loud and the others again.
    assert_eq!(server.asked().iter().filter(started).count(), 4);
    let says = source.check().await;
    assert_eq!(
        says.as_deref(),
        Ok("eu-west-1: log groups that may be a service's: 4")
    );
}

#[tokio::test]
async fn logs_at_cloudwatch_that_cannot_be_had_are_told_in_one_sentence() {
    let failed = |asked: &Asked| match asked.header("x-amz-target") {
        "Logs_20140328.DescribeLogGroups" => (
            200,
            json!({"logGroups": [{"logGroupName": "/ecs/bank"}]}).to_string(),
        ),
        "Logs_20140328.StartQuery" => (200, json!({"queryId": "q"}).to_string()),
        _ => (200, json!({"status": "Failed", "results": []}).to_string()),
    };
    let refused = |_: &Asked| {
        (
            400,
            json!({"__type": "AccessDeniedException", "message": "logs:DescribeLogGroups"})
                .to_string(),
        )
    };
    let foreign = |_: &Asked| (200, "{}".to_owned());
    let groups = "groups = [\"/ecs/$service\"]\n";
    let server = Fake::start(failed).await;
    let told = asked_about(&open(&server.url, groups).expect("a source"), &["bank"]).await;
    assert_eq!(
        told.missing,
        ["logs could not search: its query is failed."]
    );
    let server = Fake::start(refused).await;
    let told = asked_about(&open(&server.url, groups).expect("a source"), &["bank"]).await;
    assert_eq!(
        told.missing,
        ["logs is not allowed this: logs:DescribeLogGroups"]
    );
    let server = Fake::start(foreign).await;
    let told = asked_about(&open(&server.url, groups).expect("a source"), &["bank"]).await;
    assert_eq!(told.missing, ["logs does not answer as AWS does."]);
    for (more, says) in [
        ("groups = [\"/ecs/bank\"]\n", "each of groups has $service"),
        ("groups = []\n", "each of groups has $service"),
    ] {
        let said = open("", more).err().expect(more).to_string();
        assert!(said.contains(says), "{said}");
    }
}
