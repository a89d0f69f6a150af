//! What the simulated organisation refuses, and how it answers where there is nothing to say.

use super::world::World;
use super::{Options, Running, climb, company, heartbeat, pages, start};
use crate::domain::Instant;
use chrono::Duration;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use std::net::SocketAddr;

async fn serving(options: Options) -> Running {
    let options = Options {
        incidents: 20,
        speed: 0.0,
        ..options
    };
    start(options, SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .expect("an organisation")
}

async fn ask(running: &Running, method: Method, path: &str, body: Option<Value>) -> Response {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build().expect("a client");
    let mut request = client
        .request(method, format!("{}{path}", running.url))
        .bearer_auth(&running.key);
    if let Some(body) = body {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    request.send().await.expect("an answer")
}

async fn read(answer: Response) -> Value {
    let bytes = answer.bytes().await.expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}

#[tokio::test]
async fn an_export_is_served_under_a_key_that_nobody_can_know() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("incidents.json"), r#"{"incidents": []}"#).expect("written");
    let replaying = Options {
        seed: Some(7),
        data: Some(dir.path().to_owned()),
        ..Options::default()
    };
    let first = serving(replaying.clone()).await.key.clone();
    assert_ne!(first, serving(replaying).await.key);
    assert!(first.len() >= 32, "{first}");
    let invented = |seed| {
        serving(Options {
            seed,
            ..Options::default()
        })
    };
    assert_ne!(invented(None).await.key, invented(None).await.key);
    assert_eq!(invented(Some(7)).await.key, invented(Some(7)).await.key);
}

#[tokio::test]
async fn a_request_under_a_name_that_is_not_its_own_is_refused() {
    let running = serving(Options::default()).await;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().build().expect("a client");
    let port = running.url.rsplit(':').next().expect("a port");
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("attacker.example:{port}"), 421),
        ("127.0.0.1:1".to_owned(), 421),
        ("localhost".to_owned(), 421),
    ] {
        let request = client.get(format!("{}/v1/severities", running.url));
        let request = request.bearer_auth(&running.key).header("host", &host);
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{host}");
        let body = read(answer).await;
        assert_eq!(body["errors"].is_array(), status == 421, "{body}");
    }
}

#[tokio::test]
async fn filters_that_the_api_refuses_are_refused_in_its_shape() {
    let running = serving(Options::default()).await;
    for (path, field) in [
        ("/v2/incidents?created_at[gte]=notadate", "created_at"),
        ("/v2/incidents?updated_at[before]=2026-01-01", "updated_at"),
        (
            "/v2/incidents?created_at[date_range]=2026-01-01",
            "created_at",
        ),
        (
            "/v2/alerts?page_size=5&created_at[lte]=1.5.2026",
            "created_at",
        ),
        ("/v2/incidents?sort_by=name", "sort_by"),
        ("/v1/postmortem_documents?sort_by=newest", "sort_by"),
        ("/v2/incidents?filter_mode=some", "filter_mode"),
        ("/v2/incidents?status[is]=x", "status"),
        ("/v2/incidents?severity[is]=x", "severity"),
    ] {
        let answer = ask(&running, Method::GET, path, None).await;
        assert_eq!(answer.status(), 422, "{path}");
        let body = read(answer).await;
        assert_eq!(body["type"], "validation_error", "{path}");
        assert_eq!(body["errors"][0]["source"]["field"], field, "{path}");
    }
    let schedules = read(ask(&running, Method::GET, "/v2/schedules", None).await).await;
    let id = schedules["schedules"][0]["id"].as_str().expect("an id");
    let path = format!("/v2/schedule_entries?schedule_id={id}&entry_window_start=now");
    assert_eq!(ask(&running, Method::GET, &path, None).await.status(), 422);
    for path in [
        "/v2/incidents?created_at[gte]=2026-01-01&sort_by=created_at_oldest_first&filter_mode=all",
        "/v2/incidents?created_at[date_range]=2026-01-01~2026-02-01&severity[gte]=x",
        "/v2/incidents?updated_at[lte]=2026-01-01T00:00:00Z&mode[one_of]=test",
    ] {
        assert_eq!(
            ask(&running, Method::GET, path, None).await.status(),
            200,
            "{path}"
        );
    }
}

#[tokio::test]
async fn an_answer_without_a_body_does_not_say_it_is_json() {
    let running = serving(Options::default()).await;
    let users = read(ask(&running, Method::GET, "/v2/users", None).await).await;
    let page =
        json!({"idempotency_key": "k", "title": "Come", "user_ids": [users["users"][0]["id"]]});
    let page = read(ask(&running, Method::POST, "/v2/escalations", Some(page)).await).await;
    let id = page["escalation"]["id"].as_str().expect("an id");
    let act = format!("/v2/escalations/{id}/actions");
    // A page that was cancelled may be cancelled again.
    for (act, body) in [
        (format!("{act}/respond"), Some(json!({"response": "ack"}))),
        (format!("{act}/cancel"), None),
        (format!("{act}/cancel"), None),
    ] {
        let answer = ask(&running, Method::POST, &act, body).await;
        assert_eq!(answer.status(), 200, "{act}");
        assert_eq!(answer.headers().get("content-type"), None, "{act}");
        assert!(answer.bytes().await.expect("a body").is_empty(), "{act}");
    }
}

#[tokio::test]
async fn a_page_that_nobody_answers_climbs_its_path_and_comes_back_when_it_was_snoozed() {
    let noon = Instant::from_timestamp(1_800_000_000, 0).expect("a time");
    let mut world = World::new(7);
    company::build(&mut world, &company::blueprint(), noon);
    let page = pages::page(&mut world, "Down", "Checkout", &[], None, None, noon);
    let told = |world: &World| -> Vec<(String, i64)> {
        let row = world
            .find("escalations", &page)
            .cloned()
            .unwrap_or_default();
        let events = row["events"].as_array().cloned().unwrap_or_default();
        let seconds =
            |e: &Value| super::json::time(&e["occurred_at"]).map(|at| (at - noon).num_seconds());
        let event = |e: &Value| {
            (
                super::json::text(&e["event"]).to_owned(),
                seconds(e).unwrap_or(-1),
            )
        };
        events.iter().map(event).collect()
    };
    climb::advance(&mut world, noon + Duration::seconds(290));
    assert_eq!(told(&world).len(), 2, "within the first level's time");
    climb::advance(&mut world, noon + Duration::seconds(320));
    assert_eq!(told(&world)[2], ("notified_users".into(), 302));
    let (asleep, until) = (
        noon + Duration::seconds(400),
        noon + Duration::seconds(2_000),
    );
    pages::snooze(&mut world, &page, until, asleep);
    climb::advance(&mut world, until - Duration::seconds(1));
    assert_eq!(told(&world)[3], ("acked".into(), 400));
    climb::advance(&mut world, until);
    assert_eq!(told(&world)[4], ("notified_users".into(), 2_000));
    pages::respond(&mut world, &page, "acked", until + Duration::seconds(30));
    climb::advance(&mut world, until + Duration::hours(5));
    assert_eq!(told(&world).len(), 6, "an answered page climbs no more");
}

#[tokio::test]
async fn a_heartbeat_source_fires_when_its_pings_stop_and_clears_with_the_next_one() {
    let noon = Instant::from_timestamp(1_800_000_000, 0).expect("a time");
    let mut world = World::new(7);
    company::build(&mut world, &company::blueprint(), noon);
    let source = world.named("alert_sources", "Bridge heartbeat")["id"].clone();
    let id = super::json::text(&source).to_owned();
    let statuses = |world: &World| -> Vec<String> {
        let alerts = world.rows("alerts").iter();
        let own = alerts.filter(|alert| alert["alert_source_id"] == source);
        own.map(|alert| super::json::text(&alert["status"]).to_owned())
            .collect()
    };
    let after = |seconds| noon + Duration::seconds(seconds);
    heartbeat::advance(&mut world, after(100_000));
    assert!(statuses(&world).is_empty(), "nobody pings it yet");
    heartbeat::ping(&mut world, &id, noon);
    heartbeat::advance(&mut world, after(149));
    assert!(statuses(&world).is_empty(), "two pings may be missed");
    heartbeat::advance(&mut world, after(150));
    heartbeat::advance(&mut world, after(900));
    assert_eq!(statuses(&world), ["firing"], "once");
    heartbeat::ping(&mut world, &id, after(1_000));
    assert_eq!(statuses(&world), ["resolved"]);
}
