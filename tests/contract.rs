//! Every request the client makes and every answer the simulated organisation gives, against the official API
//! description. The description ships inside the official Python SDK; tests/run fetches it.

#[path = "common/clock.rs"]
#[allow(dead_code, reason = "no program is started here")]
mod clock;
#[path = "common/line.rs"]
#[allow(dead_code, reason = "the rest is for the tests of writes")]
mod line;
#[path = "common/recorder.rs"]
#[allow(dead_code, reason = "what it breaks is for the tests of writes")]
mod recorder;

use hotseat::config::{self, Overrides};
use hotseat::domain::IncidentId;
use hotseat::incidentio::{Client, IncidentFilter, Settings};
use hotseat::investigate::{Draft, DraftKind, Once};
use hotseat::session::{Access, Cache, Change, Query, Session, StatusChoice, Timeline};
use hotseat::sim;
use line::Wire;
use recorder::Recorder;
use recorder::described::{check, description, operation};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A client, and a session of the same key, which keeps nothing on disk.
struct Asking {
    client: Client,
    session: Session,
}

fn asking(base_url: &str, key: &str) -> Asking {
    let settings = Settings {
        base_url: base_url.to_owned(),
        key: Some(key.to_owned().into()),
        ca_cert: None,
        share: 1.0,
        timeout: Duration::from_secs(30),
        clock: clock::clock(),
    };
    Asking {
        client: Client::new(settings).expect("a client"),
        session: Session::open(access(base_url, key)).expect("a session"),
    }
}

fn access(base_url: &str, key: &str) -> Access {
    let nothing = Overrides {
        file: Some("/dev/null".into()),
        clock: clock::clock(),
        ..Overrides::default()
    };
    let config = config::load(&nothing).expect("the defaults");
    Access::simulated(&config, base_url, key.to_owned().into())
}

async fn recorded() -> (sim::Running, Arc<Recorder>, Asking) {
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
    let (base_url, recorder, _) = Recorder::start(&running.url, Wire::Plain).await;
    let asking = asking(&base_url, &running.key);
    (running, recorder, asking)
}

/// Everything the console and the commands read.
async fn read_everything(Asking { client, session }: &Asking) {
    let org = session.org().await.expect("org");
    assert!(org.missing.is_empty());
    let now = client.now();
    let query = Query {
        service: Some("cart".into()),
        severities: vec!["P0".into(), "Gale".into()],
        status: StatusChoice::All,
        since: Some(now - chrono::Duration::days(90)),
        until: Some(now),
        limit: 300,
    };
    session.list(&query).await.expect("list");
    session.open_incidents().await.expect("open");
    let since = now - chrono::Duration::days(1);
    let changed = IncidentFilter {
        updated_since: Some(since),
        ..IncidentFilter::default()
    };
    client.incidents(&changed, 10_000).await.expect("changed");
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
        let Timeline {
            items: timeline,
            missing,
            last_activity,
        } = session.timeline(id).await.expect("timeline");
        assert!(
            !session
                .has_news(id, &last_activity.expect("a log"))
                .await
                .expect("news")
        );
        assert!(missing.is_empty() && !timeline.is_empty());
        session.alerts(Some(id), false, 50).await.expect("alerts");
        session
            .escalations(Some(id), 50)
            .await
            .expect("escalations");
        session.related(id).await.expect("related");
        client.attachments(id).await.expect("attachments");
    }
    for schedule in session.schedules().await.expect("schedules") {
        assert!(
            !schedule.now.is_empty(),
            "{} has nobody on call",
            schedule.name
        );
        session
            .shifts(&schedule.id, now, now + chrono::Duration::days(14))
            .await
            .expect("shifts");
        client.overrides(&schedule.id).await.expect("overrides");
    }
    let graph = session.catalog().await.expect("catalog");
    let checkout = graph.find("checkout service").expect("an alias");
    assert!(graph.down(&checkout.id).len() >= 5 && !graph.up(&checkout.id).is_empty());
    session.alerts(None, true, 200).await.expect("firing");
    for route in session.alert_routes().await.expect("routes").0 {
        session.alert_route(&route.id).await.expect("its rules");
    }
    client
        .alerts(false, Some(now - chrono::Duration::days(30)), 100)
        .await
        .expect("changed alerts");
    client
        .escalations(&[], Some(now - chrono::Duration::days(30)), 100)
        .await
        .expect("changed escalations");
    session.form_options().await;
    session.actions(None).await.expect("actions");
    session.follow_ups(None).await.expect("follow-ups");
    let (documents, _) = session.documents(None).await.expect("documents");
    assert!(
        session
            .document_text(&documents[0].id)
            .await
            .expect("text")
            .contains("## Cause")
    );
    session.workflows().await.expect("workflows");
    session.workflow_runs(None).await.expect("runs");
}

/// One raw write, and what it gives.
async fn write(client: &Client, method: Method, path: &str, body: Value) -> Value {
    client
        .send(method, path, &[], Some(&body).filter(|b| !b.is_null()))
        .await
        .unwrap_or_else(|e| panic!("{path}: {e}"))
        .body
}

/// The id of what a request makes, by the name the answer has it under.
async fn made(client: &Client, path: &str, body: Value, name: &str) -> String {
    let answer = write(client, Method::POST, path, body).await;
    answer[name]["id"].as_str().expect("an id").to_owned()
}

/// Everything that can be written, each read back.
async fn write_everything(Asking { client, session }: &Asking) {
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
    let noted = json!({"idempotency_key": "k3", "incident_id": id, "title": "Noted", "timestamp": "2026-11-20T14:30:00Z"});
    let item = made(
        client,
        "/v2/incident_timeline_items",
        noted,
        "incident_timeline_item",
    )
    .await;
    write(
        client,
        Method::PATCH,
        &format!("/v2/incident_timeline_items/{item}"),
        json!({"title": "Noted better"}),
    )
    .await;
    let page = made(
        client,
        "/v2/escalations",
        json!({"idempotency_key": "k4", "title": "Come", "user_ids": [user], "incident_id": id}),
        "escalation",
    )
    .await;
    write(
        client,
        Method::POST,
        &format!("/v2/escalations/{page}/actions/respond"),
        json!({"response": "ack"}),
    )
    .await;
    let page = made(
        client,
        &format!("/v2/escalations/{page}/actions/reassign"),
        json!({"user_ids": [user]}),
        "escalation",
    )
    .await;
    let cancel = format!("/v2/escalations/{page}/actions/cancel");
    let nothing = client.send(Method::POST, &cancel, &[], None).await;
    nothing.expect("cancelled");
    let schedule = get("/v2/schedules").await["schedules"][0].clone();
    let rotation = &schedule["config"]["rotations"][0];
    write(client, Method::POST, "/v2/schedule_overrides", json!({"schedule_id": schedule["id"], "rotation_id": rotation["id"], "layer_id": rotation["layers"][0]["id"], "user": {"id": user}, "start_at": "2026-11-20T00:00:00Z", "end_at": "2099-01-01T00:00:00Z"})).await;
    let covered = session.schedules().await.expect("schedules");
    assert!(
        covered
            .iter()
            .any(|s| s.has_now(&user.as_str().expect("an id").into())),
        "the override is in force"
    );
    let action = made(
        client,
        "/v3/actions",
        json!({"incident_id": id, "description": "Do"}),
        "action",
    )
    .await;
    write(
        client,
        Method::PUT,
        &format!("/v3/actions/{action}"),
        json!({"description": "Do", "status": "completed", "assignee_id": user}),
    )
    .await;
    let follow = made(
        client,
        "/v3/follow_ups",
        json!({"incident_id": id, "title": "Later"}),
        "follow_up",
    )
    .await;
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
        Value::Null,
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
    let entry = made(
        client,
        "/v3/catalog_entries",
        json!({"catalog_type_id": kind, "name": "New team", "attribute_values": {}}),
        "catalog_entry",
    )
    .await;
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
async fn write_findings(Asking { client, session }: &Asking) {
    let incident = client
        .incidents(&IncidentFilter::default(), 1)
        .await
        .expect("one")
        .items
        .remove(0);
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
            let outcome = session
                .deliver(&draft, &incident, Once::PerText, now)
                .await
                .expect("delivered");
            assert_eq!(outcome.before, before);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exchange_fits_the_official_description() {
    let Some(spec) = description() else { return };
    let (_running, recorder, asking) = recorded().await;
    read_everything(&asking).await;
    write_everything(&asking).await;
    write_findings(&asking).await;
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

/// Ids of what a cache holds.
fn cached(path: &std::path::Path) -> BTreeSet<String> {
    let ids = std::sync::Mutex::new(BTreeSet::new());
    Cache::new(Some(path.to_owned())).tell_all(&|change| {
        if let Change::Rows { rows, .. } = change {
            let mut ids = ids.lock().expect("lock");
            ids.extend(rows.iter().map(|row| row.id.to_string()));
        }
    });
    ids.into_inner().expect("lock")
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
    let home = tempfile::tempdir().expect("a folder");
    // Loads into a cache until so many chunks have come; says what the cache holds then, and what it cost.
    let load = async |cache: &str, most: usize| {
        let (path, before) = (home.path().join(cache), running.served());
        let access = Access {
            cache: Some(path.clone()),
            ..access(&running.url, &running.key)
        };
        let (changes, mut arriving) = tokio::sync::mpsc::channel(1);
        let loading = tokio::spawn(async move {
            let session = Session::open(access).expect("a session");
            session.mirror().load_history(&changes).await
        });
        let mut chunks = 0;
        while let Some(change) = arriving.recv().await {
            chunks += usize::from(matches!(change, Change::Loading(Some(_))));
            if chunks >= most {
                loading.abort();
                break;
            }
        }
        let _ = loading.await;
        (cached(&path), running.served() - before)
    };
    let (whole, cost) = load("whole.db", usize::MAX).await;
    assert!(whole.len() > 2_900, "all but the private ones");
    let (first, _) = load("broken.db", 20).await;
    assert!(first.len() < whole.len());
    let (rest, later) = load("broken.db", usize::MAX).await;
    assert_eq!(rest, whole, "nothing is lost between");
    assert!(
        later < cost,
        "{later} requests for the rest, {cost} for all"
    );
}
