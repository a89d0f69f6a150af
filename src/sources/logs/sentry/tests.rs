//! Sentry as its documentation has it answer, and what is made of its issues.

use super::super::LogSource;
use super::{Issue, lines};
use crate::domain::{Instant, LogSample, Window};
use crate::net::Allowance;
use crate::sources::fake::{Asked, Fake};
use crate::sources::http::Asking;
use crate::sources::logs::Logged;
use crate::sources::{Names, Question};
use serde_json::{Value, json};

fn at(text: &str) -> Instant {
    text.parse().expect("a time")
}

fn open(url: &str, more: &str) -> LogSource {
    let settings = format!(
        "name = \"errors\"\nkind = \"sentry\"\nurl = \"{url}\"\nsentry = {{ organization = \"shop\"{more} }}\n\
         access = {{ token = {{ command = [\"echo\", \"sntrys_s3cr3t\"] }} }}"
    );
    let asking = Asking {
        timeout: std::time::Duration::from_secs(5),
        allowance: Allowance::new().into(),
    };
    LogSource::open(&toml::from_str(&settings).expect("settings"), &asking).expect("it opens")
}

/// Asks around an incident of 12:00: lines are wanted from 10:30 to 12:05.
async fn asked_about(source: &LogSource, services: &[&str]) -> Logged {
    let services: Vec<String> = services.iter().map(|s| (*s).to_owned()).collect();
    let named = services.iter().map(|s| (s.clone(), Vec::new()));
    let question = Question {
        services: &services,
        names: &Names::new(named.collect()),
        created: at("2026-11-20T12:00:00Z"),
        window: Window {
            normal_from: at("2026-11-18T12:00:00Z"),
            recent_from: at("2026-11-20T10:00:00Z"),
            to: at("2026-11-20T12:05:00Z"),
            changes_from: at("2026-11-20T06:00:00Z"),
        },
    };
    source.samples(question).await
}

/// An issue with its counts in slices of five minutes from 10:30 on: of those at these places so many, of others none.
fn issue(id: &str, project: &str, title: &str, counts: &[(usize, u64)]) -> Value {
    let begin = at("2026-11-20T10:30:00Z").timestamp();
    let count = |slice: usize| counts.iter().find(|c| c.0 == slice).map_or(0, |c| c.1);
    let stats: Vec<Value> = (0..19)
        .map(|slice| json!([begin + 300 * slice as i64, count(slice)]))
        .collect();
    json!({"id": id, "shortId": format!("CART-{id}"), "title": title, "culprit": "cart.views in charge", "level": "error",
        "status": "unresolved", "substatus": "new", "issueCategory": "error", "type": "error", "metadata": {"title": title},
        "permalink": format!("https://shop.sentry.example/issues/{id}/"), "project": {"id": project, "slug": "cart-web", "name": "Cart"},
        "count": "9", "userCount": 3, "firstSeen": "2026-11-02T08:00:00Z", "lastSeen": "2026-11-20T12:04:30.123Z",
        "lifetime": {"count": "900", "firstSeen": "2026-11-02T08:00:00Z", "lastSeen": "2026-11-20T12:04:30.123Z", "stats": null},
        "stats": {"auto": stats}, "filtered": null, "statusDetails": {}, "annotations": []})
}

const PROJECTS: &str = "/api/0/organizations/shop/projects/";
const ISSUES: &str = "/api/0/organizations/shop/issues/";

/// Two pages of projects, and issues of three kinds: what always happens, what came at 11:52:10, and what nobody counts.
fn sentry(asked: &Asked) -> (u16, String, String) {
    assert_eq!(asked.header("authorization"), "Bearer sntrys_s3cr3t");
    assert!(asked.line.starts_with("GET "), "{}", asked.line);
    let link = |more: bool| {
        let at = "<https://elsewhere.example/api/0/x/?cursor=0:100:0>";
        format!(
            "{at}; rel=\"previous\"; results=\"false\"; cursor=\"0:0:1\", {at}; rel=\"next\"; results=\"{more}\"; cursor=\"0:100:0\""
        )
    };
    let project =
        |id: &str, slug: &str| json!({"id": id, "slug": slug, "name": slug, "platform": "python"});
    let mut came = issue(
        "2",
        "71",
        "ConnectionError",
        &[(16, 30), (17, 60), (18, 60)],
    );
    came["metadata"] = json!({"type": "ConnectionError", "value": "bank:8443 \u{1b}[31mrefused", "filename": "cart/views.py"});
    came["firstSeen"] = json!("2026-11-20T11:52:10Z");
    came["lifetime"]["firstSeen"] = json!("2026-11-20T11:52:10Z");
    let mut back = issue("3", "72", "Pool is empty", &[(17, 1)]);
    (back["substatus"], back["level"]) = (json!("regressed"), json!("fatal"));
    let (mut muted, mut slow) = (
        issue("4", "71", "muted", &[(17, 9)]),
        issue("5", "71", "N+1 Query", &[(17, 9)]),
    );
    (muted["status"], slow["issueCategory"]) = (json!("ignored"), json!("db_query"));
    let every: Vec<(usize, u64)> = (0..19).map(|slice| (slice, 5)).collect();
    let always = issue("1", "71", "TypeError: x is undefined", &every);
    let release = |version: &str| json!({"version": version, "shortVersion": version, "versionInfo": {"description": version.replace("cart@", "")}});
    let answer = match asked.path() {
        PROJECTS if asked.line.contains("cursor=") => json!([project("72", "basket-worker")]),
        PROJECTS => json!([project("70", "stranger"), project("71", "cart-web")]),
        ISSUES if asked.line.contains("sort=new") => json!([came, back]),
        ISSUES => json!([always, came, muted, slow, {"id": "7"}]),
        path if path == format!("{ISSUES}2/") => {
            json!({"firstRelease": release("cart@4.2.0"), "lastRelease": release("cart@4.3.0")})
        }
        path if path == format!("{ISSUES}3/") => {
            json!({"firstRelease": null, "lastRelease": release("9f3c2ab4d5e6f708192a3b4c5d6e7f8091a2b3c4")})
        }
        other => panic!("{other}"),
    };
    let more = asked.path() == PROJECTS && !asked.line.contains("cursor=");
    (200, answer.to_string(), link(more))
}

fn texts<'a>(sample: &'a LogSample, part: &str) -> Vec<&'a str> {
    let lines = sample.recent.iter().map(|l| l.text.as_str());
    lines.filter(|t| t.contains(part)).collect()
}

#[tokio::test]
async fn issues_are_lines_of_the_services_whose_projects_they_are_of_when_they_happened() {
    let server = Fake::linked(sentry).await;
    let source = open(
        &server.url,
        ", environment = \"production\", projects = { cart-web = \"cart\", basket-worker = \"cart\" }",
    );
    let told = asked_about(&source, &["front", "cart"]).await;
    assert_eq!(told.missing, [""; 0]);
    let [cart] = &told.samples[..] else {
        panic!("{:?}", told.samples);
    };
    assert_eq!((cart.service.as_str(), cart.complete), ("cart", true));
    assert_eq!(
        cart.query,
        "project:[cart-web,basket-worker] environment:production"
    );
    // An hour and the half hour before 12:00 are twelve slices and the rest of them.
    let always = "ERROR TypeError: x is undefined";
    let normal = cart.normal.iter().filter(|l| l.text == always).count();
    assert_eq!((normal, texts(cart, always).len()), (60, 35));
    let refused: Vec<&crate::domain::LogLine> = cart
        .recent
        .iter()
        .filter(|l| l.text == "ERROR ConnectionError: bank:8443 refused")
        .collect();
    assert_eq!(refused.len(), 150);
    let first = refused[0].at - at("2026-11-20T11:52:10Z");
    assert!((0..1_000).contains(&first.num_milliseconds()), "{first}");
    assert!(refused.iter().all(|l| l.at < at("2026-11-20T12:04:32Z")));
    assert_eq!(
        texts(cart, "release 4.2.0")[0],
        "    CART-2, first seen in release 4.2.0, in cart.views in charge, https://shop.sentry.example/issues/2/"
    );
    assert_eq!(texts(cart, "FATAL"), ["FATAL Pool is empty"]);
    assert!(texts(cart, "CART-3")[0].contains("back in release 9f3c2ab4,"));
    assert!(texts(cart, "muted").is_empty() && texts(cart, "N+1").is_empty());
    let asked = server.asked();
    let of_issues: Vec<&str> = asked
        .iter()
        .filter(|a| a.path() == ISSUES)
        .map(|a| a.line.as_str())
        .collect();
    for line in &of_issues {
        for part in [
            "project=71&project=72",
            "environment=production",
            "query=&",
            "start=2026-11-20T10%3A30%3A00&end=2026-11-20T12%3A05%3A00",
            "groupStatsPeriod=auto",
        ] {
            assert!(line.contains(part), "{line}");
        }
    }
    assert_eq!((of_issues.len(), asked.len()), (2, 6));
}

#[tokio::test]
async fn of_a_storm_the_newest_lines_are_kept_with_the_seconds_that_they_stand_for() {
    let server = Fake::linked(|asked| {
        let answer = match asked.path() {
            PROJECTS => json!([{"id": "71", "slug": "cart"}]),
            _ => json!([
                issue("1", "71", "Storm", &[(17, 40_000), (18, 9_000_000_000)]),
                issue("2", "71", "Calm", &[(0, 3), (18, 3)])
            ]),
        };
        (200, answer.to_string(), String::new())
    })
    .await;
    let told = asked_about(&open(&server.url, ""), &["cart"]).await;
    let cart = &told.samples[0];
    let count = cart.recent.len();
    assert!((1_990..=2_010).contains(&count), "{count}");
    assert_eq!((cart.recent_seconds, cart.normal.len()), (1, 4));
    assert_eq!(cart.normal_seconds, 3_600);
}

#[tokio::test]
async fn what_sentry_does_not_tell_is_missing_in_a_sentence() {
    for (status, body, says) in [
        (
            401,
            "{\"detail\": \"Invalid token\"}",
            "errors refuses the credentials (HTTP 401).",
        ),
        (403, "{}", "errors refuses the credentials (HTTP 403)."),
        (
            404,
            "{\"detail\": \"The requested resource does not exist\"}",
            "errors answered HTTP 404: The requested resource does not exist",
        ),
        (429, "{}", "errors asks for a pause of 30 s (HTTP 429)."),
        (
            503,
            "<html>",
            "errors answered HTTP 503: a page instead of an answer; a proxy may stand in between.",
        ),
        (
            200,
            "<html>sign in</html>",
            "errors did not answer with JSON",
        ),
        (
            200,
            "{\"detail\": []}",
            "errors does not answer as Sentry does.",
        ),
        (
            200,
            "[]",
            "errors has no project of the services in question; sentry.projects names their services.",
        ),
    ] {
        let server = Fake::start(move |_| (status, body.to_owned())).await;
        let source = open(&server.url, "");
        let told = asked_about(&source, &["cart"]).await;
        assert!(told.samples.is_empty(), "{says}");
        assert!(told.missing[0].starts_with(says), "{:?}", told.missing);
        assert_eq!(source.check().await.is_ok(), body == "[]", "{says}");
    }
    // Issues may be forbidden where projects are not; releases take nothing away.
    for (forbidden, samples) in [("issues/?", 0), ("issues/2/", 1)] {
        let server = Fake::linked(move |asked| match asked.line.contains(forbidden) {
            true => (403, "{}".into(), String::new()),
            false => sentry(asked),
        })
        .await;
        let told = asked_about(
            &open(&server.url, ", projects = { cart-web = \"cart\" }"),
            &["cart"],
        )
        .await;
        assert_eq!(told.samples.len(), samples, "{forbidden}");
        assert_eq!(told.missing.len(), 1 - samples, "{:?}", told.missing);
    }
}

#[tokio::test]
async fn doctor_counts_the_projects_and_finds_one_that_is_not_there() {
    let server = Fake::linked(sentry).await;
    let says = open(&server.url, "").check().await.expect("checked");
    assert_eq!(says, "shop has 3 projects, whose issues may be read");
    let stale = open(&server.url, ", projects = { till = \"cart\" }");
    assert_eq!(
        stale.check().await.expect_err("stale").0,
        "shop has no project till; see sentry.projects of errors."
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn any_issue_is_read_or_left_out(value in crate::net::any_json(), start: i32, count: u64) {
        let (from, to) = (at("2026-11-20T10:30:00Z"), at("2026-11-20T12:05:00Z"));
        for field in ["id", "title", "culprit", "permalink", "firstSeen", "lifetime", "stats", "metadata", "count"] {
            let mut odd = issue("1", "71", "x", &[(17, 3)]);
            odd[field] = value.clone();
            let mut counted = issue("1", "71", "x", &[]);
            counted["stats"] = json!({"auto": [[start, count], value, [f64::from(start) * 1e9, 1], [start, value]]});
            for one in [odd, counted, value.clone()] {
                let read = Issue::read(&one, from, to);
                let told = lines(&Vec::from_iter(&read), (from, to));
                let hidden = told.lines.iter().any(|l| l.text.contains('\u{1b}'));
                proptest::prop_assert!(!hidden);
                proptest::prop_assert!(told.lines.iter().all(|l| l.at >= from && l.at <= to + chrono::Duration::seconds(2)));
            }
        }
    }
}

#[test]
fn settings_that_cannot_be_meant_are_refused() {
    for (settings, says) in [
        ("kind = \"sentry\"", "needs sentry.organization"),
        (
            "kind = \"sentry\"\nsentry = { organization = \"a/b\" }",
            "needs sentry.organization",
        ),
        (
            "kind = \"sentry\"\nsentry = { organization = \"shop\", projects = { cart = \"\" } }",
            "names the service of each project",
        ),
        (
            "kind = \"loki\"\nurl = \"https://x.example\"\nsentry = { organization = \"shop\" }",
            "for a source of kind sentry",
        ),
    ] {
        let config: crate::config::Logs =
            toml::from_str(&format!("name = \"errors\"\n{settings}")).expect("settings");
        let said = config.check().expect_err("refused").0;
        assert!(said.contains(says), "{said}");
    }
}
