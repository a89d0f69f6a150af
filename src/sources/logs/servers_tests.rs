//! Log servers as their own documentation describes them, and what is asked of them and made of their answers.

use super::*;
use crate::net::Allowance;
use crate::sources::Names;
use crate::sources::fake::{Asked, Fake};
use serde_json::{Value, json};

const DECLARED: &str = "2026-11-20T12:00:00Z";

fn at(text: &str) -> Instant {
    text.parse().expect("a time")
}

pub(super) fn open(settings: &str) -> LogSource {
    let config = toml::from_str(&format!("name = \"logs\"\n{settings}")).expect("settings");
    let asking = Asking {
        timeout: std::time::Duration::from_secs(5),
        allowance: Allowance::new().into(),
    };
    LogSource::open(&config, &asking).expect("it opens")
}

pub(super) async fn asked_about(source: &LogSource, services: &[&str]) -> Logged {
    let services: Vec<String> = services.iter().map(|s| (*s).to_owned()).collect();
    let named = services.iter().map(|s| (s.clone(), Vec::new()));
    let window = Window {
        normal_from: at("2026-11-18T12:00:00Z"),
        recent_from: at("2026-11-20T11:00:00Z"),
        to: at("2026-11-20T12:05:00Z"),
        changes_from: at("2026-11-20T08:00:00Z"),
    };
    let question = Question {
        services: &services,
        names: &Names::new(named.collect()),
        created: at(DECLARED),
        window,
    };
    source.samples(question).await
}

/// How many lines each service has: normal ones, and those around the incident.
pub(super) fn counts(told: &Logged) -> Vec<(&str, usize, usize)> {
    let samples = told.samples.iter();
    samples
        .map(|s| (s.service.as_str(), s.normal.len(), s.recent.len()))
        .collect()
}

fn hit(at: &str, message: &str) -> Value {
    json!({"_index": "logs-app", "_id": "x", "_score": null, "_source": {"message": message},
        "sort": [self::at(at).timestamp_millis()]})
}

/// A cluster whose field of the service is a text with a keyword beside it.
fn cluster(asked: &Asked) -> (u16, String) {
    let answer = match asked.path().rsplit('/').next() {
        Some("_field_caps") => json!({"indices": ["logs-app"], "fields": {
            "service.name": {"text": {"type": "text", "searchable": true, "aggregatable": false}},
            "service.name.keyword": {"keyword": {"type": "keyword", "searchable": true, "aggregatable": true}}}}),
        Some("_search") => {
            json!({"took": 1, "timed_out": false, "hits": {"hits": []}, "aggregations": {"services": {
            "buckets": [{"key": "Cart_Service", "doc_count": 9}, {"key": "bank", "doc_count": 1}, {"key": "stranger", "doc_count": 5}]}}})
        }
        Some("_msearch") => {
            let each = asked.body.lines().skip(1).step_by(2);
            let each = each.map(|search| {
                let search: Value = serde_json::from_str(search).expect("a search");
                let filter = &search["query"]["bool"]["filter"];
                let is_cart = filter[1]["terms"]["service.name.keyword"][0] == "Cart_Service";
                let is_recent = filter[0]["range"]["@timestamp"]["lt"] == "2026-11-20T12:05:00.000Z";
                match (is_cart, is_recent) {
                    (true, true) => json!({"timed_out": false, "_shards": {"failed": 0}, "hits": {"hits": [
                        hit("2026-11-20T11:59:01Z", "pool \u{1b}[31mexhausted"), hit("2026-11-20T11:58:00Z", "late")]}, "status": 200}),
                    (true, false) => json!({"timed_out": true, "_shards": {"failed": 1}, "hits": {"hits": [hit("2026-11-20T11:00:00Z", "fine")]}, "status": 200}),
                    (false, true) => json!({"error": {"type": "index_not_found_exception", "reason": "no such index [logs-app]"}, "status": 404}),
                    (false, false) => json!({"hits": {"hits": [{"_source": {"event": "x"}, "sort": [1]}]}, "status": 200}),
                }
            });
            json!({"took": 3, "responses": each.collect::<Vec<_>>()})
        }
        _ => {
            return (
                404,
                json!({"error": {"reason": "nothing here"}}).to_string(),
            );
        }
    };
    (200, answer.to_string())
}

#[tokio::test]
async fn elasticsearch_is_asked_for_all_services_at_once_and_each_has_lines_of_its_own() {
    let server = Fake::start(cluster).await;
    let source = open(&format!(
        "kind = \"elasticsearch\"\nurl = \"{}/es\"\naccess = {{ token = {{ command = [\"echo\", \"a2V5\"] }}, scheme = \"ApiKey\" }}",
        server.url
    ));
    let told = asked_about(&source, &["bank", "cart-service", "ledger"]).await;
    assert_eq!(counts(&told), [("cart-service", 1, 2)]);
    let cart = &told.samples[0];
    assert_eq!(
        cart.query,
        "service.name.keyword: \"Cart_Service\" in logs-*"
    );
    assert_eq!(
        (cart.recent[0].text.as_str(), cart.recent[1].at),
        ("late", at("2026-11-20T11:59:01Z"))
    );
    assert!(!cart.recent[1].text.contains('\u{1b}'));
    assert_eq!(
        told.missing,
        [
            "logs answered from a part of its shards: lines are missing.",
            "logs could not search: no such index [logs-app]",
            "logs has entries without a text at message or a time at @timestamp; set fields.message and fields.time.",
        ]
    );
    let asked = server.asked();
    let lines: Vec<&str> = asked.iter().map(|a| a.line.as_str()).collect();
    assert_eq!(
        lines,
        [
            "GET /es/logs-*/_field_caps?fields=service.name%2Cservice.name.keyword",
            "POST /es/logs-*/_search",
            "POST /es/logs-*/_msearch",
        ]
    );
    assert!(
        asked
            .iter()
            .all(|a| a.header("authorization") == "ApiKey a2V5")
    );
    assert_eq!(asked[2].header("content-type"), "application/x-ndjson");
    let says = source.check().await;
    assert_eq!(
        says.as_deref(),
        Ok("logs-* tells its services by service.name.keyword")
    );
}

#[tokio::test]
async fn a_log_server_that_cannot_answer_is_told_in_one_sentence() {
    for (status, body, says) in [
        (401, "{}", "logs refuses the credentials (HTTP 401)."),
        (403, "{}", "logs refuses the credentials (HTTP 403)."),
        (429, "{}", "logs asks for a pause of 30 s (HTTP 429)."),
        (
            503,
            "<html>busy</html>",
            "logs answered HTTP 503: a page instead of an answer; a proxy may stand in between.",
        ),
        (
            400,
            "{\"error\": {\"reason\": \"all shards failed\"}, \"status\": 400}",
            "logs answered HTTP 400: all shards failed",
        ),
        (200, "[]", "logs does not answer as OpenSearch does."),
        (
            200,
            "{\"indices\": [], \"fields\": {}}",
            "logs has no field app with whole words in web-*; set fields.service and index.",
        ),
    ] {
        let server = Fake::start(move |_| (status, body.to_owned())).await;
        let source = open(&format!(
            "kind = \"opensearch\"\nurl = \"{}\"\nindex = \"web-*\"\nfields = {{ service = \"app\" }}",
            server.url
        ));
        let told = asked_about(&source, &["bank"]).await;
        assert_eq!(told.missing, [says], "{status} {body}");
    }
    let source = open("kind = \"elasticsearch\"\nurl = \"http://127.0.0.1:1\"");
    let told = asked_about(&source, &["bank"]).await;
    assert_eq!(told.missing, ["logs cannot be reached (127.0.0.1)."]);
}

/// A Loki in which one service writes without end and the others a line each.
fn loki(asked: &Asked) -> (u16, String) {
    let url = url::Url::parse(&format!("http://x{}", &asked.line[4..])).expect("an address");
    let given: std::collections::BTreeMap<_, _> = url.query_pairs().collect();
    let limit: usize = given["limit"].parse().expect("a number");
    let from: i64 = given["start"].parse().expect("a number");
    let wanted = given["query"].split('"').nth(1).expect("names");
    let mut left = limit;
    let mut streams = Vec::new();
    // The loud one is first: what it takes is gone.
    for service in ["loud", "s1", "s2", "s30"] {
        if !wanted.split('|').any(|name| name == service) {
            continue;
        }
        let count = if service == "loud" { 90_000 } else { 1 };
        let count = usize::min(left, count);
        left -= count;
        let values = (0..count).map(|n| {
            json!([
                (from + n as i64 * 1_000_000).to_string(),
                format!("line {n}")
            ])
        });
        let values: Vec<Value> = values.collect();
        streams.push(json!({"stream": {"service_name": service}, "values": values}));
    }
    let data = json!({"resultType": "streams", "result": streams});
    (200, json!({"status": "success", "data": data}).to_string())
}

#[tokio::test]
async fn loki_is_asked_for_many_services_at_once_and_a_loud_one_drowns_nobody() {
    let server = Fake::start(loki).await;
    let source = open(&format!("kind = \"loki\"\nurl = \"{}\"", server.url));
    let services: Vec<String> = (0..35).map(|n| format!("s{n}")).collect();
    let mut services: Vec<&str> = services.iter().map(String::as_str).collect();
    services.insert(1, "loud");
    let told = asked_about(&source, &services).await;
    assert_eq!(
        counts(&told),
        [
            ("loud", MOST_LINES, MOST_LINES),
            ("s1", 1, 1),
            ("s2", 1, 1),
            ("s30", 1, 1)
        ]
    );
    assert_eq!(told.missing, [] as [&str; 0]);
    assert_eq!(told.samples[1].query, "{service_name=\"s1\"}");
    // What fills its answer stands for less time than was asked for.
    assert_eq!(told.samples[0].recent_seconds, 1);
    assert_eq!(told.samples[1].recent_seconds, 35 * 60);
    // For each window all of them, the loud one, and the rest: not one question for each service.
    assert_eq!(server.asked().len(), 6);
}

/// A Loki in which every service writes without end.
fn busy(asked: &Asked) -> (u16, String) {
    let url = url::Url::parse(&format!("http://x{}", &asked.line[4..])).expect("an address");
    let given: std::collections::BTreeMap<_, _> = url.query_pairs().collect();
    let limit: usize = given["limit"].parse().expect("a number");
    let to: i64 = given["end"].parse().expect("a number");
    let wanted: Vec<&str> = given["query"]
        .split('"')
        .nth(1)
        .expect("names")
        .split('|')
        .collect();
    let streams = wanted.iter().map(|service| {
        let values = (0..limit / wanted.len())
            .map(|n| json!([(to - n as i64 * 10_000_000).to_string(), "busy"]));
        json!({"stream": {"service_name": service}, "values": values.collect::<Vec<_>>()})
    });
    let data = json!({"resultType": "streams", "result": streams.collect::<Vec<_>>()});
    (200, json!({"status": "success", "data": data}).to_string())
}

#[tokio::test]
async fn where_every_service_is_loud_the_nearest_have_lines_of_their_own_and_the_others_the_newest()
{
    let server = Fake::start(busy).await;
    let source = open(&format!("kind = \"loki\"\nurl = \"{}\"", server.url));
    let services: Vec<String> = (0..60).map(|n| format!("s{n}")).collect();
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    let told = asked_about(&source, &services).await;
    let lines: Vec<usize> = told.samples.iter().map(|s| s.recent.len()).collect();
    assert_eq!((lines[0], lines[23]), (MOST_LINES, MOST_LINES));
    assert_eq!((lines.len(), lines[24], lines[59]), (60, 100, 200));
    // 200 lines, ten milliseconds apart, are no more than what the answer reaches back.
    assert_eq!(told.samples[59].recent_seconds, 1);
    // In each window: two groups, and as many alone as were ever asked for.
    assert_eq!(server.asked().len(), 2 * (2 + 24));
}

/// Grafana with Loki behind it: it lists its data sources, or forbids that.
fn grafana(asked: &Asked, may_list: bool) -> (u16, String) {
    let below = "/team/api/datasources/proxy/uid/P8E%2F1";
    if let Some(rest) = asked.path().strip_prefix(below) {
        assert_eq!(rest, "/loki/api/v1/query_range");
        return loki(asked);
    }
    assert_eq!(asked.path(), "/team/api/datasources");
    if !may_list {
        return (403, json!({"message": "no permission"}).to_string());
    }
    let one = |uid: &str, name: &str, kind: &str| json!({"id": 1, "uid": uid, "name": name, "type": kind, "access": "proxy"});
    let all = [
        one("P8E/1", "Logs of the shop", "loki"),
        one("m", "Mimir", "prometheus"),
    ];
    (200, json!(all).to_string())
}

#[tokio::test]
async fn loki_behind_grafana_is_found_by_name_or_uid_and_asked_through_it() {
    for (wanted, may_list, found) in [
        ("Logs of the shop", true, true),
        ("P8E/1", true, true),
        ("P8E/1", false, true),
        ("Tempo", true, false),
    ] {
        let server = Fake::start(move |asked| grafana(asked, may_list)).await;
        let source = open(&format!(
            "kind = \"loki\"\nurl = \"{}/team/\"\ndatasource = \"{wanted}\"\naccess = {{ token = {{ command = [\"echo\", \"glsa_x\"] }} }}",
            server.url
        ));
        let told = asked_about(&source, &["s1", "s2"]).await;
        if found {
            assert_eq!(counts(&told), [("s1", 1, 1), ("s2", 1, 1)], "{told:?}");
        } else {
            assert_eq!(
                told.missing,
                ["logs has no data source \"Tempo\"; there are: Logs of the shop, Mimir."]
            );
        }
        let asked = server.asked();
        assert!(
            asked
                .iter()
                .all(|a| a.header("authorization") == "Bearer glsa_x")
        );
        // Whatever is asked of it, it is looked up once.
        let lists = asked.iter().filter(|a| a.path().ends_with("/datasources"));
        assert!(!found || lists.count() == 1, "{wanted}");
    }
}
