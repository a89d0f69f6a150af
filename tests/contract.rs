//! Every request the client makes and every answer the simulated organisation gives, against the official API
//! description. The description ships inside the official Python SDK; tests/run fetches it.

#[path = "common/clock.rs"]
#[allow(dead_code, reason = "no program is started here")]
mod clock;
#[path = "common/recorder.rs"]
#[allow(dead_code, reason = "what it breaks is for the tests of writes")]
mod recorder;

use hotseat::domain::IncidentId;
use hotseat::incidentio::{Client, IncidentFilter, Settings};
use hotseat::investigate::{Draft, DraftKind};
use hotseat::{ops, sim};
use recorder::{Recorder, check, description, operation};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

async fn recorded() -> (sim::Running, Arc<Recorder>, Client) {
    let running = sim::start(
        sim::Options {
            incidents: 80,
            speed: 0.0,
            clock: clock::clock(),
            ..sim::Options::default()
        },
        SocketAddr::from(([127, 0, 0, 1], 0)),
    )
    .await
    .expect("an organisation");
    let (base_url, recorder, _) = Recorder::start(&running.url).await;
    let settings = Settings {
        base_url,
        key: running.key.clone().into(),
        ca_cert: None,
        share: 1.0,
        timeout: Duration::from_secs(20),
        clock: clock::clock(),
    };
    (running, recorder, Client::new(settings).expect("a client"))
}

/// Everything the console and the commands read.
async fn read_everything(client: &Client) {
    let org = ops::org(client).await.expect("org");
    assert!(org.missing.is_empty());
    let now = client.now();
    let query = ops::Query {
        service: Some("cart".into()),
        severities: vec!["P0".into(), "Gale".into()],
        status: ops::StatusChoice::All,
        since: Some(now - chrono::Duration::days(90)),
        until: Some(now),
        limit: 300,
    };
    ops::list_incidents(client, &org, &query)
        .await
        .expect("list");
    ops::open_incidents(client).await.expect("open");
    ops::changed_incidents(client, now - chrono::Duration::days(1))
        .await
        .expect("changed");
    let newest = client
        .incidents(&IncidentFilter::default(), 300)
        .await
        .expect("all")
        .items;
    for incident in newest.iter().take(40) {
        let id: &IncidentId = &incident.row.id;
        assert_eq!(
            client
                .incident(&incident.row.reference)
                .await
                .expect("by reference")
                .row
                .id,
            *id
        );
        let ops::Timeline {
            items: timeline,
            missing,
            last_activity,
        } = ops::timeline(client, id).await.expect("timeline");
        assert!(
            !ops::has_news(client, id, &last_activity.expect("a log"))
                .await
                .expect("news")
        );
        assert!(missing.is_empty() && !timeline.is_empty());
        ops::alerts(client, Some(id), false, 50)
            .await
            .expect("alerts");
        ops::escalations(client, Some(id), 50)
            .await
            .expect("escalations");
        ops::related(client, id).await.expect("related");
        client.attachments(id).await.expect("attachments");
    }
    for schedule in ops::schedules(client).await.expect("schedules") {
        assert!(
            !schedule.now.is_empty(),
            "{} has nobody on call",
            schedule.name
        );
        ops::shifts(client, &schedule.id, now, now + chrono::Duration::days(14))
            .await
            .expect("shifts");
        client.overrides(&schedule.id).await.expect("overrides");
    }
    let graph = ops::catalog(client).await.expect("catalog");
    let checkout = graph.find("checkout service").expect("an alias");
    assert!(graph.down(&checkout.id).len() >= 5 && !graph.up(&checkout.id).is_empty());
    ops::alerts(client, None, true, 200).await.expect("firing");
    client
        .alerts(false, Some(now - chrono::Duration::days(30)), 100)
        .await
        .expect("changed alerts");
    client
        .escalations(None, Some(now - chrono::Duration::days(30)), 100)
        .await
        .expect("changed escalations");
    ops::escalation_paths(client).await.expect("paths");
    ops::actions(client, None).await.expect("actions");
    ops::follow_ups(client, None).await.expect("follow-ups");
    let documents = ops::documents(client, None).await.expect("documents");
    assert!(
        ops::document_text(client, &documents[0].id)
            .await
            .expect("text")
            .contains("## Cause")
    );
    ops::workflows(client).await.expect("workflows");
    ops::workflow_runs(client, None).await.expect("runs");
}

/// One raw write, and what it gives.
async fn write(client: &Client, method: Method, path: &str, body: Value) -> Value {
    client
        .send(method, path, &[], Some(&body))
        .await
        .unwrap_or_else(|e| panic!("{path}: {e}"))
        .body
}

/// Everything that can be written, each read back.
async fn write_everything(client: &Client) {
    let get = |path: &'static str| async move { client.get(path, &[]).await.expect(path) };
    let first = |list: &Value, name: &str, want: &str| {
        list.as_array()
            .expect("a list")
            .iter()
            .find(|row| row[name] == want)
            .expect(want)["id"]
            .clone()
    };
    let severities = get("/v1/severities").await;
    let statuses = get("/v1/incident_statuses").await;
    let users = get("/v2/users").await;
    let user = users["users"][0]["id"].clone();
    let declared = json!({"idempotency_key": "k1", "visibility": "public", "name": "Declared by a test", "severity_id": first(&severities["severities"], "name", "Gale")});
    let incident =
        write(client, Method::POST, "/v2/incidents", declared.clone()).await["incident"].clone();
    assert_eq!(
        write(client, Method::POST, "/v2/incidents", declared).await["incident"]["id"],
        incident["id"],
        "the first result comes again"
    );
    let id = incident["id"].as_str().expect("an id").to_owned();
    let roles = get("/v2/incident_roles").await;
    let edit = json!({"notify_incident_channel": false, "incident": {"name": "Renamed", "incident_role_assignments": [{"incident_role_id": first(&roles["incident_roles"], "role_type", "lead"), "assignee": {"id": user}}]}});
    let edited = write(
        client,
        Method::POST,
        &format!("/v2/incidents/{id}/actions/edit"),
        edit,
    )
    .await;
    assert_eq!(edited["incident"]["name"], "Renamed");
    assert!(edited["incident"]["updated_at"].as_str() >= incident["updated_at"].as_str());
    write(
        client,
        Method::POST,
        "/v2/incident_updates",
        json!({"idempotency_key": "k2", "incident_id": id, "message": "Looking", "to_incident_status_id": first(&statuses["incident_statuses"], "name", "Fixing")}),
    )
    .await;
    let item = write(
        client,
        Method::POST,
        "/v2/incident_timeline_items",
        json!({"idempotency_key": "k3", "incident_id": id, "title": "Noted", "timestamp": "2026-11-20T14:30:00Z"}),
    )
    .await;
    let item = item["incident_timeline_item"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    write(
        client,
        Method::PATCH,
        &format!("/v2/incident_timeline_items/{item}"),
        json!({"title": "Noted better"}),
    )
    .await;
    let page = write(
        client,
        Method::POST,
        "/v2/escalations",
        json!({"idempotency_key": "k4", "title": "Come", "user_ids": [user], "incident_id": id}),
    )
    .await["escalation"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    write(
        client,
        Method::POST,
        &format!("/v2/escalations/{page}/actions/respond"),
        json!({"response": "ack"}),
    )
    .await;
    let page = write(
        client,
        Method::POST,
        &format!("/v2/escalations/{page}/actions/reassign"),
        json!({"user_ids": [user]}),
    )
    .await["escalation"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    write(
        client,
        Method::POST,
        &format!("/v2/escalations/{page}/actions/cancel"),
        json!({}),
    )
    .await;
    let schedule = get("/v2/schedules").await["schedules"][0].clone();
    let rotation = &schedule["config"]["rotations"][0];
    write(client, Method::POST, "/v2/schedule_overrides", json!({"schedule_id": schedule["id"], "rotation_id": rotation["id"], "layer_id": rotation["layers"][0]["id"], "user": {"id": user}, "start_at": "2026-11-20T00:00:00Z", "end_at": "2099-01-01T00:00:00Z"})).await;
    let covered = ops::schedules(client).await.expect("schedules");
    assert!(
        covered
            .iter()
            .any(|s| s.has_now(&user.as_str().expect("an id").into())),
        "the override is in force"
    );
    let action = write(
        client,
        Method::POST,
        "/v3/actions",
        json!({"incident_id": id, "description": "Do"}),
    )
    .await["action"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    write(
        client,
        Method::PUT,
        &format!("/v3/actions/{action}"),
        json!({"description": "Do", "status": "completed", "assignee_id": user}),
    )
    .await;
    let follow = write(
        client,
        Method::POST,
        "/v3/follow_ups",
        json!({"incident_id": id, "title": "Later"}),
    )
    .await["follow_up"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    write(
        client,
        Method::PUT,
        &format!("/v3/follow_ups/{follow}"),
        json!({"title": "Later", "status": "not_doing"}),
    )
    .await;
    let alert = client
        .get("/v2/alerts", &[("page_size".into(), "1".into())])
        .await
        .expect("alerts")["alerts"][0]["id"]
        .clone();
    write(
        client,
        Method::POST,
        "/v2/incident_alerts",
        json!({"alert_id": alert, "incident_id": id}),
    )
    .await;
    write(
        client,
        Method::POST,
        &format!(
            "/v2/alerts/{}/actions/resolve",
            alert.as_str().expect("an id")
        ),
        json!({}),
    )
    .await;
    let source = get("/v2/alert_sources").await["alert_sources"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    write(
        client,
        Method::POST,
        &format!("/v2/alert_events/http/{source}"),
        json!({"title": "Fires", "status": "firing", "deduplication_key": "d1"}),
    )
    .await;
    let kind = get("/v3/catalog_types").await["catalog_types"][0]["id"].clone();
    let entry = write(
        client,
        Method::POST,
        "/v3/catalog_entries",
        json!({"catalog_type_id": kind, "name": "New team", "attribute_values": {}}),
    )
    .await["catalog_entry"]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    write(
        client,
        Method::PUT,
        &format!("/v3/catalog_entries/{entry}"),
        json!({"name": "Newer team", "attribute_values": {}, "update_attributes": []}),
    )
    .await;
    write(
        client,
        Method::POST,
        &format!("/v2/incidents/{id}/actions/import_postmortem_document"),
        json!({"title": "What happened", "content": "# Words"}),
    )
    .await;
    // Refusals have the API's own shape too.
    for (method, path, body) in [
        (
            Method::POST,
            "/v2/incidents".to_owned(),
            json!({"idempotency_key": "k9", "visibility": "public"}),
        ),
        (
            Method::POST,
            format!("/v2/incidents/{id}/actions/edit"),
            json!({"notify_incident_channel": false, "incident": {"incident_status_id": first(&statuses["incident_statuses"], "name", "Triage")}}),
        ),
        (Method::GET, "/v2/incidents/999999".to_owned(), Value::Null),
    ] {
        client
            .send(method, &path, &[], Some(&body).filter(|b| !b.is_null()))
            .await
            .expect_err("refused");
    }
}

/// What an investigation writes, through the journal; each draft once, however often it is sent.
async fn write_findings(client: &Client) {
    let incident = client
        .incidents(&IncidentFilter::default(), 1)
        .await
        .expect("one")
        .items
        .remove(0);
    let outbox = ops::Outbox::open(None, "a test").expect("a journal");
    let now = client.now();
    for kind in [DraftKind::Timeline, DraftKind::Update] {
        let draft = Draft {
            kind,
            title: "Investigation complete".into(),
            body: "**What's going on**\nNothing.".into(),
            at: now,
            cites: vec![],
            by_itself: false,
        };
        for before in [false, true] {
            let write = ops::write_of(&draft, &incident, ops::Once::PerText, now);
            let outcome = outbox
                .send(
                    ops::Transports {
                        client,
                        slack: None,
                    },
                    write,
                )
                .await
                .and_then(ops::Outcome::confirmed)
                .expect("delivered");
            assert_eq!(outcome.before, before);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exchange_fits_the_official_description() {
    let Some(spec) = description() else { return };
    let (_running, recorder, client) = recorded().await;
    read_everything(&client).await;
    write_everything(&client).await;
    write_findings(&client).await;
    let log = recorder.log.lock().expect("lock");
    let mut wrong = BTreeSet::new();
    let mut covered = BTreeSet::new();
    for exchange in log.iter() {
        covered.insert(format!(
            "{} {}",
            exchange.method,
            operation(&spec, exchange).map_or_else(|| exchange.path.clone(), |(path, _)| path)
        ));
        wrong.extend(check(&spec, exchange));
    }
    println!(
        "{} exchanges, {} operations covered",
        log.len(),
        covered.len()
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(covered.len() >= 50, "only {covered:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_history_goes_on_where_it_stopped() {
    let options = sim::Options {
        incidents: 3_000,
        speed: 0.0,
        clock: clock::clock(),
        ..sim::Options::default()
    };
    let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0)))
        .await
        .expect("a simulator");
    let settings = Settings {
        base_url: running.url.clone(),
        key: running.key.clone().into(),
        ca_cert: None,
        share: 1.0,
        timeout: Duration::from_secs(30),
        clock: clock::clock(),
    };
    let client = Arc::new(Client::new(settings).expect("a client"));
    let now = client.now();
    let load = async |loaded: Vec<ops::Slice>, most: usize| {
        let (pages, mut arriving) = tokio::sync::mpsc::channel(1);
        let loading = tokio::spawn(ops::history(client.clone(), now, loaded, pages));
        let (mut ids, mut slices, before) = (BTreeSet::new(), Vec::new(), running.served());
        while let Some((page, slice)) = arriving.recv().await {
            ids.extend(page.iter().map(|i| i.row.id.to_string()));
            slices.extend(slice);
            if slices.len() >= most {
                loading.abort();
                break;
            }
        }
        (ids, slices, running.served() - before)
    };
    let (whole, _, cost) = load(Vec::new(), usize::MAX).await;
    assert_eq!(whole.len(), 3_000);
    let (first, slices, _) = load(Vec::new(), 8).await;
    assert!(first.len() < 3_000);
    let (rest, _, later) = load(slices, usize::MAX).await;
    assert_eq!(first.union(&rest).count(), 3_000, "nothing is lost between");
    assert!(
        later < cost,
        "{later} requests to go on, {cost} for all of it"
    );
}
