//! Datadog as its documentation describes it: what is asked of it, and what is made of its answers.

use super::super::Metrics;
use super::*;
use crate::domain::Series;
use crate::net::Allowance;
use crate::sources::fake::{Asked, Fake};
use serde_json::{Value, json};

/// The time that is looked at: an hour, and two days before it as the normal time.
const END: i64 = 1_795_185_000;
const RECENT: i64 = END - 3_600;
const START: i64 = RECENT - 2 * 86_400;

fn at(t: i64) -> Instant {
    Instant::from_timestamp(t, 0).expect("a time")
}

fn open(url: &str, more: &str) -> Metrics {
    let config: config::Metrics = toml::from_str(&format!(
        "name = \"dog\"\nkind = \"datadog\"\nurl = \"{url}\"\nsite = \"datadoghq.eu\"\n\
         keys = {{ api = {{ command = [\"echo\", \"api-hush\"] }}, application = {{ command = [\"echo\", \"app-hush\"] }} }}\n{more}"
    ))
    .expect("settings");
    let asking = Asking {
        timeout: std::time::Duration::from_secs(5),
        allowance: Allowance::new().into(),
    };
    Metrics::open(&config, &asking).expect("a source")
}

async fn measured(source: &Metrics, services: &[&str]) -> Measured {
    let window = Window {
        normal_from: at(START),
        recent_from: at(RECENT),
        to: at(END),
        changes_from: at(RECENT - 4 * 3_600),
    };
    let names = services.iter().map(|n| ((*n).to_owned(), Vec::new()));
    source.measure(&Names::new(names.collect()), window).await
}

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

/// Of each metric the groups that it has, a value for a step of so many seconds, and its unit.
type Reported = (&'static [&'static str], fn(i64) -> Option<f64>, Value);

/// What an organisation reports: `web` is called and calls `cart`, which is seen from both ends; `cart` has a container.
fn reported(query: &str) -> Option<Reported> {
    let seconds = json!([{"family": "time", "name": "second", "scale_factor": 1.0}, null]);
    let millis = json!([{"family": "time", "name": "millisecond", "scale_factor": 0.001}, null]);
    let own: &[&str] = &["service:cart-service,span.kind:server"];
    let called: &[&str] = &[
        "service:web,peer.service:cart-service",
        "service:stranger,peer.service:cart-service",
    ];
    let web: &[&str] = &["service:web"];
    let container: &[&str] = &["service:cart-service"];
    let is = |metric: &str| query.contains(&format!(":{metric}{{"));
    Some(match query {
        // Half of all calls fail in the last ten minutes, none before: nothing is reported then.
        _ if query.contains("/ sum:trace.http.server") => {
            (own, |t| (t >= END - 600).then_some(0.5), Value::Null)
        }
        _ if query.contains("/ sum:trace") => return None,
        _ if is("trace.http.server.request.hits") && query.contains(" / ") => {
            (own, |t| (t < END - 300).then_some(4.0), Value::Null)
        }
        _ if is("trace.http.server.request.hits") => (own, |_| Some(240.0), Value::Null),
        _ if query.starts_with("avg:trace.http.server.request{") => (own, |_| Some(0.5), seconds),
        _ if query.starts_with("p99:trace.http.server.request{") => (own, |_| Some(1.5), seconds),
        _ if is("trace.http.client.request.hits") && query.contains("peer.service") => {
            (called, |_| Some(2.0), Value::Null)
        }
        _ if is("trace.http.client.request.hits") && query.contains("span.kind") => (
            &["service:web,span.kind:client"],
            |_| Some(120.0),
            Value::Null,
        ),
        _ if query.starts_with("avg:trace.http.client.request{") => {
            (called, |_| Some(700.0), millis)
        }
        // An older agent tells no kinds: the name decides.
        _ if is("trace.flask.request.hits") => (web, |_| Some(3.0), Value::Null),
        _ if query.starts_with("avg:trace.flask.request{") => (web, |_| Some(0.25), seconds),
        _ if query.contains("container.memory.usage") && query.contains(" / ") => {
            (container, |_| Some(0.9), Value::Null)
        }
        _ if query.contains("container.") && query.contains("by {service}") => {
            (container, |_| Some(2.0), Value::Null)
        }
        _ if query.starts_with("max:pool.used") => (container, |_| Some(40.0), Value::Null),
        _ if query.starts_with("max:pool.size") => (container, |_| Some(50.0), Value::Null),
        _ => return None,
    })
}

fn answered(asked: &Asked) -> (u16, String) {
    let url = url::Url::parse(&format!("http://x{}", &asked.line[4..])).expect("an address");
    let given: BTreeMap<_, _> = url.query_pairs().collect();
    let answer = match asked.path() {
        "/api/v1/validate" => json!({"valid": true}),
        "/api/v1/metrics" => json!({"from": "1", "metrics": [
            "container.cpu.usage", "container.memory.usage", "container.memory.limit", "system.load.1",
            "trace.flask.request", "trace.flask.request.hits", "trace.http.client.request.hits",
            "trace.http.server.request", "trace.http.server.request.errors", "trace.http.server.request.hits"]}),
        "/api/v1/query" => {
            let number = |name: &str| given[name].parse::<i64>().expect("a number");
            let (from, to) = (number("from"), number("to"));
            let mut series = Vec::new();
            for (index, query) in queries(&given["query"]).iter().enumerate() {
                let step = query
                    .rsplit("rollup(")
                    .next()
                    .and_then(|r| r.split([',', ')']).nth(1));
                let step: i64 = step.expect("a rollup").trim().parse().expect("seconds");
                assert!((to - from) / step <= 1_500, "{query}: too many points");
                let Some((groups, value, unit)) = reported(query) else {
                    continue;
                };
                let times = (from..=to).step_by(step as usize);
                let points: Vec<Value> = times
                    .map(|t| json!([(t as f64) * 1_000.0, value(t)]))
                    .collect();
                if query.contains("version") {
                    let since = |v: &str| if v == "v2" { END - 1_800 } else { from };
                    series.extend(["v1", "v2"].map(|v| {
                        let points = (since(v)..=to).step_by(300).map(|t| json!([t * 1_000, 9.0]));
                        let tags = ["service:cart-service".to_owned(), format!("version:{v}")];
                        json!({"tag_set": tags, "query_index": index, "pointlist": points.collect::<Vec<_>>()})
                    }));
                    continue;
                }
                series.extend(groups.iter().map(|group| {
                    let tags: Vec<&str> = group.split(',').collect();
                    json!({"metric": "m", "scope": group, "tag_set": tags, "query_index": index,
                        "interval": step, "unit": unit, "pointlist": points})
                }));
            }
            json!({"status": "ok", "res_type": "time_series", "series": series, "from_date": from * 1_000})
        }
        "/api/v1/monitor/search" => {
            assert_eq!(given["query"], "status:alert");
            let one = |id: i64, name: &str, metrics: &[&str], tags: &[&str]| {
                json!({"id": id, "name": name,
                "status": "Alert", "type": "query alert", "query": "avg(last_5m):...", "metrics": metrics, "tags": tags})
            };
            json!({"monitors": [
                one(1, "Disk of the database is full", &["system.disk.in_use"], &["service:cart"]),
                one(2, "Cart is slow", &["trace.http.server.request"], &["service:cart"]),
                one(3, "Replica lags", &["postgresql.replication_delay"], &[]),
            ], "metadata": {"total_count": 3, "page": 0, "page_count": 1, "per_page": 200}})
        }
        "/api/v1/monitor/groups/search" => {
            let one = |id: i64, tags: &[&str], at: i64| {
                json!({"monitor_id": id, "group": tags.join(","),
                "group_tags": tags, "status": "Alert", "last_triggered_ts": at, "last_nodata_ts": 0})
            };
            json!({"groups": [
                one(1, &["host:db-1"], END - 900),
                one(1, &["host:db-2"], END - 40 * 86_400),
                one(2, &["service:cart"], END - 600),
                one(3, &["service:ledger_service"], END - 300),
            ]})
        }
        _ => return (404, json!({"errors": ["Not found"]}).to_string()),
    };
    (200, answer.to_string())
}

/// Service, signal, caller, the last value and the limit.
type Said = (String, String, Option<String>, f64, Option<f64>);

fn said(told: &Measured) -> Vec<Said> {
    let one = |s: &Series| {
        let last = s.recent.last().expect("a point").1;
        let value = (last * 1_000.0).round() / 1_000.0;
        let signal = s.signal.label().to_owned();
        (s.service.clone(), signal, s.caller.clone(), value, s.limit)
    };
    let mut all: Vec<_> = told.series.iter().map(one).collect();
    all.sort_by(|a, b| (&a.0, &a.1, &a.2).cmp(&(&b.0, &b.1, &b.2)));
    all
}

#[tokio::test]
async fn traced_requests_are_told_from_both_ends_and_containers_with_their_limits() {
    let server = Fake::start(answered).await;
    let own = "filter = \"env:prod\"\n[[template]]\nsignal = \"saturation\"\nname = \"pool\"\n\
        query = 'max:pool.used{service IN ($service)} by {service}.rollup(max, $window)'\n\
        limit_query = 'max:pool.size{service IN ($service)} by {service}.rollup(max, $window)'\n";
    let source = open(&server.url, own);
    let told = measured(&source, &["cart", "web", "ledger"]).await;
    assert_eq!(told.missing, [""; 0]);
    let (cart, web) = ("cart".to_owned(), Some("web".to_owned()));
    let expected = [
        ("calls per second", None, 0.0, None),
        ("calls per second", web.clone(), 2.0, None),
        ("cpu", None, 2.0, None),
        ("failing calls", None, 0.5, None),
        ("failing calls", web.clone(), 0.0, None),
        ("latency", None, 0.5, None),
        ("latency", web.clone(), 0.7, None),
        ("memory", None, 2.0, None),
        ("memory of its limit", None, 0.9, Some(1.0)),
        ("pool", None, 40.0, Some(50.0)),
        ("slowest calls", None, 1.5, None),
    ];
    let all = said(&told);
    let of_cart: Vec<_> = all.iter().filter(|s| s.0 == cart).cloned().collect();
    let expected = expected
        .map(|(what, caller, value, limit)| (cart.clone(), what.to_owned(), caller, value, limit));
    assert_eq!(of_cart, expected);
    let of_web: Vec<&str> = all
        .iter()
        .filter(|s| s.0 == "web")
        .map(|s| s.1.as_str())
        .collect();
    assert_eq!(of_web, ["calls per second", "failing calls", "latency"]);
    let deploys: Vec<_> = told
        .changes
        .iter()
        .map(|c| (c.title.as_str(), c.service.as_str()))
        .collect();
    assert_eq!(deploys, [("cart v2 deployed", "cart")]);
    // Two keys in headers, and neither anywhere else.
    for asked in server.asked() {
        assert_eq!(asked.header("dd-api-key"), "api-hush");
        assert_eq!(asked.header("dd-application-key"), "app-hush");
        assert!(!asked.line.contains("hush"), "{}", asked.line);
    }
    assert_eq!(
        source.check(at(END)).await.as_deref(),
        Ok("apm, containers applies; 1 of your own templates")
    );
}

#[tokio::test]
async fn what_is_not_counted_is_none_and_the_minute_that_still_comes_in_is_left_off() {
    let server = Fake::start(answered).await;
    let told = measured(&open(&server.url, "filter = \"env:prod\""), &["cart"]).await;
    let of = |signal: &str| {
        let mut all = told.series.iter();
        let found = all.find(|s| s.signal.label() == signal && s.caller.is_none());
        found.expect("a series").clone()
    };
    let calls = of("calls per second");
    let last = calls.recent.last().expect("a point");
    assert_eq!(
        *last,
        (END - 120, 0.0),
        "the last whole minute that is all in"
    );
    assert!(
        calls
            .recent
            .iter()
            .filter(|(t, _)| *t < END - 300)
            .all(|p| p.1 == 4.0)
    );
    let failing = of("failing calls");
    assert!(failing.normal.len() > 500 && failing.normal.iter().all(|p| p.1 == 0.0));
    assert_eq!(failing.recent.last().map(|p| p.1), Some(0.5));
    assert!(
        failing.recent.iter().all(|(t, _)| *t < END - 300),
        "no share of no calls"
    );
    let asks = "sum:trace.http.server.request.hits{env:prod AND service IN (cart-service) AND span.kind IN (server,consumer)} by {service}.as_count().rollup(sum, 60) / 60";
    assert_eq!(calls.query, asks);
    assert_eq!(
        calls.link.as_deref(),
        Some(format!("https://app.datadoghq.eu/apm/services/cart-service/operations/http.server.request/resources?start={RECENT}000&end={END}000").as_str())
    );
}

#[tokio::test]
async fn monitors_of_things_are_signs_and_those_of_calls_are_not() {
    let server = Fake::start(answered).await;
    let told = measured(&open(&server.url, ""), &["cart", "ledger"]).await;
    let signs = told.signs.iter();
    let signs: Vec<_> = signs
        .map(|s| {
            (
                s.service.as_str(),
                s.object.as_str(),
                s.says.as_str(),
                s.link.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        signs,
        [
            (
                "cart",
                "monitor/1",
                "the monitor \"Disk of the database is full\" alerts for host:db-1",
                Some("https://app.datadoghq.eu/monitors/1")
            ),
            (
                "ledger",
                "monitor/3",
                "the monitor \"Replica lags\" alerts for service:ledger_service",
                Some("https://app.datadoghq.eu/monitors/3")
            ),
        ]
    );
    let forbidden = |asked: &Asked| match asked.path() {
        "/api/v1/monitor/search" => (403, json!({"errors": ["Forbidden"]}).to_string()),
        _ => answered(asked),
    };
    let server = Fake::start(forbidden).await;
    let told = measured(&open(&server.url, ""), &["cart"]).await;
    assert!(!told.series.is_empty());
    let says = "dog does not let its monitors be seen; the application key needs monitors_read.";
    assert_eq!(told.missing, [says]);
}

#[test]
fn settings_that_cannot_be_meant_are_refused_in_a_sentence() {
    let keys = "keys = { api = { env = \"A\" }, application = { env = \"B\" } }\n";
    for (settings, says) in [
        ("kind = \"datadog\"\n".to_owned(), "Datadog needs two keys"),
        (
            format!("kind = \"datadog\"\nsite = \"https://app.datadoghq.eu\"\n{keys}"),
            "site is what follows app.",
        ),
        (
            format!("kind = \"datadog\"\ndatasource = \"x\"\n{keys}"),
            "a datasource is one of Grafana's",
        ),
        (
            format!("url = \"https://x.example\"\n{keys}"),
            "site and keys are settings of kind datadog",
        ),
        (
            "url = \"https://x.example\"\nfilter = \"a:b\"\n".into(),
            "filter narrows the questions of other kinds",
        ),
    ] {
        let config: config::Metrics =
            toml::from_str(&format!("name = \"dog\"\n{settings}")).expect("settings");
        let said = config.check().expect_err(&settings).to_string();
        assert!(
            said.starts_with("The source \"dog\": ") && said.contains(says),
            "{said}"
        );
    }
    let template = "[[template]]\nsignal = \"traffic\"\nquery = \"rate(x[5m])\"\n";
    let raw = format!(
        "name = \"dog\"\nkind = \"datadog\"\nkeys = {{ api = {{ command = [\"echo\", \"a\"] }}, application = {{ command = [\"echo\", \"b\"] }} }}\n{template}"
    );
    let asking = Asking {
        timeout: std::time::Duration::from_secs(5),
        allowance: Allowance::new().into(),
    };
    let refused = Metrics::open(&toml::from_str(&raw).expect("settings"), &asking).err();
    assert!(refused.is_some_and(|e| e.to_string().contains("asks for a metric by a tag")));
}

#[tokio::test]
async fn an_organisation_that_cannot_answer_is_told_in_one_sentence() {
    for (status, body, says) in [
        (
            401,
            "{\"errors\": [\"Unauthorized\"]}",
            "dog refuses the credentials (HTTP 401).",
        ),
        (
            403,
            "{\"errors\": [\"Forbidden\"]}",
            "dog refuses the credentials (HTTP 403).",
        ),
        (
            429,
            "{\"errors\": [\"Rate limit\"]}",
            "dog asks for a pause of 30 s (HTTP 429).",
        ),
        (
            502,
            "<html>Bad gateway</html>",
            "dog answered HTTP 502: a page instead of an answer; a proxy may stand in between.",
        ),
        (
            400,
            "{\"errors\": [\"Invalid from\"]}",
            "dog answered HTTP 400: Invalid from",
        ),
        (
            200,
            "<html>Sign in</html>",
            "dog did not answer with JSON; is URL the right address?",
        ),
        (
            200,
            "{\"jobs\": []}",
            "dog does not answer as Datadog does.",
        ),
    ] {
        let server = Fake::start(move |_| (status, body.to_owned())).await;
        let told = measured(&open(&server.url, ""), &["cart"]).await;
        assert_eq!(
            told.missing,
            [says.replace("URL", &format!("{}/", server.url))],
            "{status} {body}"
        );
    }
    let unreadable = |asked: &Asked| match asked.path() {
        "/api/v1/query" => (
            200,
            json!({"status": "error", "error": "Error parsing query: \u{1b}[2J", "series": []})
                .to_string(),
        ),
        _ => answered(asked),
    };
    let server = Fake::start(unreadable).await;
    let told = measured(&open(&server.url, ""), &["cart"]).await;
    assert_eq!(told.missing.len(), 1);
    assert!(
        told.missing[0].starts_with("dog answers that it cannot: Error parsing query:"),
        "{told:?}"
    );
    assert!(!told.missing[0].contains('\u{1b}'));
}
