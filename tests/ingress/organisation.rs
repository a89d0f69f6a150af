//! The simulated organisation tells of everything that happens in it, and the server hears it.

use crate::line::Wire;
use crate::listening::{self, SECRET, client, listen, serving};
use crate::recorder::Recorder;
use crate::recorder::described::{description, schema_errors};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use hotseat::bridge::ingress::EVENTS;
use hotseat::sim::{self, Webhooks, faults::Faults};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// One webhook as it came.
#[derive(Clone)]
struct Came {
    headers: HeaderMap,
    body: Bytes,
}

impl Came {
    fn id(&self) -> String {
        self.headers["webhook-id"].to_str().expect("an id").into()
    }

    fn value(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    fn event(&self) -> String {
        self.value()["event_type"].as_str().expect("a type").into()
    }
}

/// What stands between: it keeps every webhook, fails as often as it is told to, and passes the rest on.
struct Tap {
    to: Option<SocketAddr>,
    all: watch::Sender<Vec<Came>>,
    failures: Mutex<usize>,
}

impl Tap {
    async fn start(to: Option<SocketAddr>, failures: usize) -> (String, Arc<Self>) {
        let tap = Arc::new(Self {
            to,
            all: watch::Sender::new(Vec::new()),
            failures: Mutex::new(failures),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port");
        let at = listener.local_addr().expect("an address");
        let app = Router::new().fallback(pass).with_state(tap.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (format!("http://{at}/in"), tap)
    }

    /// Waits until what came is enough, and gives it.
    async fn until(&self, enough: impl Fn(&[Came]) -> bool) -> Vec<Came> {
        let mut all = self.all.subscribe();
        let waiting = all.wait_for(|all| enough(all));
        let seen = tokio::time::timeout(Duration::from_secs(60), waiting).await;
        match seen {
            Ok(seen) => seen.expect("the tap is there").clone(),
            Err(_) => panic!("only {:#?}", names(&self.all.borrow())),
        }
    }
}

fn names(all: &[Came]) -> BTreeSet<String> {
    all.iter().map(Came::event).collect()
}

async fn pass(State(tap): State<Arc<Tap>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let came = Came {
        headers: headers.clone(),
        body: body.clone(),
    };
    let fails = {
        let mut left = tap.failures.lock().expect("lock");
        let fails = *left > 0;
        *left = left.saturating_sub(1);
        fails
    };
    let status = match tap.to {
        _ if fails => StatusCode::SERVICE_UNAVAILABLE,
        None => StatusCode::NO_CONTENT,
        Some(to) => {
            let request = client().post(format!("http://{to}/webhooks/incident-io"));
            let answer = request.headers(headers).body(body).send().await;
            answer.expect("an answer").status()
        }
    };
    tap.all.send_modify(|all| all.push(came));
    status
}

/// An organisation, and where it is asked.
struct Org {
    url: String,
    running: sim::Running,
}

/// An organisation that tells a tap of everything.
async fn telling(url: &str, speed: f64, faults: &str) -> Org {
    let mut webhooks = Webhooks::to(url, &SECRET.to_owned().into()).expect("an address");
    webhooks.first_retry = Duration::from_millis(20);
    let options = sim::Options {
        incidents: 30,
        speed,
        webhooks: Some(Box::new(webhooks)),
        faults: toml::from_str::<Faults>(faults).expect("faults"),
        ..sim::Options::default()
    };
    let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0))).await;
    let running = running.expect("an organisation");
    Org {
        url: running.url.clone(),
        running,
    }
}

async fn ask(on: &Org, method: Method, path: &str, body: Value) -> Value {
    let request = client().request(method, format!("{}{path}", on.url));
    let mut request = request.bearer_auth(&on.running.key);
    if !body.is_null() {
        request = request.body(body.to_string());
    }
    let answer = request.send().await.expect("an answer");
    let (status, text) = (answer.status(), answer.text().await.expect("a body"));
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

async fn get(on: &Org, path: &str) -> Value {
    ask(on, Method::GET, path, Value::Null).await
}

async fn post(on: &Org, path: &str, body: Value) -> Value {
    ask(on, Method::POST, path, body).await
}

/// The id of a row of a list, by its name.
async fn named(on: &Org, path: &str, list: &str, name: &str) -> Value {
    let rows = get(on, path).await;
    let rows = rows[list].as_array().expect("a list").clone();
    let row = rows.iter().find(|row| row["name"] == name);
    row.unwrap_or_else(|| panic!("no {name}"))["id"].clone()
}

fn id(of: &Value) -> &str {
    of["id"].as_str().expect("an id")
}

/// What people do with an incident, from its declaration to its post-mortem.
async fn work_on_an_incident(on: &Org, visibility: &str) -> String {
    let severity = named(on, "/v1/severities", "severities", "Gale").await;
    let declared = json!({"idempotency_key": visibility, "visibility": visibility, "name": "Checkout is down", "severity_id": severity});
    let incident = post(on, "/v2/incidents", declared).await["incident"].clone();
    let of = id(&incident);
    let fixing = named(on, "/v1/incident_statuses", "incident_statuses", "Fixing").await;
    let update = json!({"idempotency_key": of, "incident_id": of, "message": "Rolling back", "to_incident_status_id": fixing});
    post(on, "/v2/incident_updates", update).await;
    let user = get(on, "/v2/users").await["users"][0]["id"].clone();
    let task = json!({"incident_id": of, "description": "Roll back", "assignee_id": user});
    let action = post(on, "/v3/actions", task).await["action"].clone();
    let done = json!({"description": "Roll back", "status": "completed"});
    ask(
        on,
        Method::PUT,
        &format!("/v3/actions/{}", id(&action)),
        done,
    )
    .await;
    let later = json!({"incident_id": of, "title": "Add a canary"});
    let follow_up = post(on, "/v3/follow_ups", later).await["follow_up"].clone();
    ask(
        on,
        Method::DELETE,
        &format!("/v3/follow_ups/{}", id(&follow_up)),
        Value::Null,
    )
    .await;
    let page = json!({"idempotency_key": format!("p{of}"), "title": "Come", "user_ids": [user], "incident_id": of});
    let page = post(on, "/v2/escalations", page).await["escalation"].clone();
    let respond = format!("/v2/escalations/{}/actions/respond", id(&page));
    post(on, &respond, json!({"response": "ack"})).await;
    let import = format!("/v2/incidents/{of}/actions/import_postmortem_document");
    let document = post(
        on,
        &import,
        json!({"title": "What happened", "content": "# Words"}),
    )
    .await;
    let path = format!(
        "/v1/postmortem_documents/{}",
        id(&document["postmortem_document"])
    );
    ask(on, Method::PUT, &path, json!({"status": "completed"})).await;
    of.to_owned()
}

/// Who may see a private incident, who is on call, what customers are told, and what fires.
async fn work_on_everything_else(on: &Org, private: &str) {
    let user = get(on, "/v2/users").await["users"][3]["id"].clone();
    let member = json!({"incident_id": private, "user_id": user});
    post(on, "/v1/incident_memberships", member.clone()).await;
    post(on, "/v1/incident_memberships/actions/revoke", member).await;
    let plan = json!({"schedule": {"name": "Night watch", "timezone": "Europe/London", "config": {"rotations": [{"name": "Only", "handover_start_at": "2026-01-01T09:00:00Z",
        "handovers": [{"interval": 1, "interval_type": "daily"}], "users": [{"id": user}], "layers": [{"name": "One"}]}]}}});
    let schedule = post(on, "/v2/schedules", plan.clone()).await["schedule"].clone();
    let path = format!("/v2/schedules/{}", id(&schedule));
    ask(
        on,
        Method::PUT,
        &path,
        json!({"schedule": {"name": "Night watch 2"}}),
    )
    .await;
    ask(on, Method::DELETE, &path, Value::Null).await;
    let schedule = get(on, "/v2/schedules").await["schedules"][0].clone();
    let rotation = &schedule["config"]["rotations"][0];
    post(on, "/v2/schedule_overrides", json!({"schedule_id": schedule["id"], "rotation_id": rotation["id"], "layer_id": rotation["layers"][0]["id"], "user": {"id": user},
        "start_at": "2026-01-01T00:00:00Z", "end_at": "2099-01-01T00:00:00Z"})).await;
    let page = get(on, "/v2/status_pages").await["status_pages"][0]["id"].clone();
    let told = json!({"idempotency_key": "s1", "notify_subscribers": false, "status_page_id": page, "name": "Payments fail", "incident_status": "investigating", "message": "We look at it",
        "component_statuses": [{"component_id": "01HCOMPONENT00000000000001", "component_status": "partial_outage"}]});
    post(on, "/v2/status_page_incidents", told).await;
    for source in ["Synthetic checks", "Security scanner"] {
        for status in ["firing", "resolved"] {
            fire(on, source, "k1", status).await;
        }
    }
}

async fn fire(on: &Org, source: &str, key: &str, status: &str) {
    let source = named(on, "/v2/alert_sources", "alert_sources", source).await;
    let path = format!("/v2/alert_events/http/{}", source.as_str().expect("an id"));
    let event = json!({"title": "It burns", "status": status, "deduplication_key": key});
    post(on, &path, event).await;
}

/// What is wrong with a webhook, by the scheme's own library and by the official description.
fn wrong(spec: &Value, came: &Came) -> Vec<String> {
    let name = came.event();
    let oracle = standardwebhooks::Webhook::new(SECRET).expect("a secret");
    let signed = oracle.verify(&came.body, &came.headers);
    let path = format!("/x-webhooks/{name}");
    let schema = &spec["x-webhooks"][path]["get"]["responses"]["200"]["content"]["application/json"]
        ["schema"];
    assert!(schema.is_object(), "{name} is not described");
    let mut wrong = schema_errors(spec, schema, &came.value());
    wrong.extend(signed.err().map(|e| e.to_string()));
    let value = came.value()[&name].clone();
    let fields: Vec<&String> = value.as_object().expect("an object").keys().collect();
    if name.starts_with("private_") && !name.contains("membership") && fields != ["id"] {
        wrong.push(format!("it tells {fields:?} of something private"));
    }
    wrong.iter().map(|what| format!("{name}: {what}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_told_signed_and_as_the_official_description_has_it() {
    let Some(spec) = description() else { return };
    let (server, memory) = serving(listen()).await;
    let (url, tap) = Tap::start(Some(server.at()), 0).await;
    let mut on = telling(&url, 1_000.0, "").await;
    let (asked_at, recorder, _held) = Recorder::start(&on.url, Wire::Plain).await;
    on.url = asked_at;
    work_on_an_incident(&on, "public").await;
    let private = work_on_an_incident(&on, "private").await;
    work_on_everything_else(&on, &private).await;
    let came = tap.until(|all| names(all).len() == EVENTS.len()).await;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let some = came.iter().filter(|came| {
        let count = seen.entry(came.event()).or_default();
        *count += 1;
        *count <= 5
    });
    let wrong: BTreeSet<String> = some.flat_map(|came| wrong(&spec, came)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let asked = recorder.wrong(&spec);
    assert!(asked.is_empty(), "{asked:#?}");
    let expected: BTreeSet<String> = EVENTS.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(names(&came), expected);
    let counted = server.counted();
    assert!(memory.count() >= came.len(), "each was kept");
    assert_eq!(
        (counted.unknown, counted.refused, counted.failed),
        (0, 0, 0)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_told_as_it_goes_on_though_nobody_asks() {
    let (url, tap) = Tap::start(None, 0).await;
    // Many steps of it happen between two looks at the clock, and each is told.
    let _on = telling(&url, 1_000.0, "").await;
    let told = [
        "public_incident.incident_created_v2",
        "public_incident.incident_status_updated_v2",
        "public_alert.alert_created_v1",
        "public_alert.alert_resolved_v1",
        "public_escalation.escalation_status_updated_v1",
        "public_incident.follow_up_created_v2",
    ];
    tap.until(|all| told.iter().all(|name| names(all).contains(*name)))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_taken_is_sent_again_under_the_same_id_until_it_is() {
    let (server, memory) = serving(listen()).await;
    let (url, tap) = Tap::start(Some(server.at()), 3).await;
    let on = telling(&url, 0.0, "").await;
    fire(&on, "Synthetic checks", "k1", "firing").await;
    let came = tap.until(|all| all.len() == 4).await;
    let ids: BTreeSet<String> = came.iter().map(Came::id).collect();
    assert_eq!((ids.len(), memory.count()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_are_doubled_lost_delayed_and_turned_round_where_the_faults_file_says_so() {
    let faults = r#"
        [[webhook]]
        event = "private_alert.alert_created"
        kind = "duplicate"
        [[webhook]]
        event = "private_alert.alert_resolved"
        kind = "lose"
        [[webhook]]
        event = "public_alert.alert_created"
        kind = "reorder"
        times = 1
        [[webhook]]
        event = "public_alert.alert_created"
        kind = "delay"
        delay_ms = 2_000
    "#;
    let (server, memory) = serving(listen()).await;
    let (url, tap) = Tap::start(Some(server.at()), 0).await;
    let on = telling(&url, 0.0, faults).await;
    for (source, key) in [
        ("Security scanner", "a"),
        ("Synthetic checks", "b"),
        ("Synthetic checks", "c"),
    ] {
        for status in ["firing", "resolved"] {
            fire(&on, source, key, status).await;
        }
    }
    let came = tap.until(|all| all.len() == 6).await;
    let order: Vec<String> = came.iter().map(Came::event).collect();
    let of = |name: &str| order.iter().filter(|one| one.contains(name)).count();
    assert_eq!(of("private_alert.alert_created"), 2, "{order:?}");
    assert_eq!(of("private_alert.alert_resolved"), 0, "{order:?}");
    // The first was turned round, the second came late.
    for key in ["b", "c"] {
        let of_key = |one: &&Came| one.value()[one.event()]["deduplication_key"] == key;
        let order: Vec<String> = came.iter().filter(of_key).map(Came::event).collect();
        let resolved_first = [
            "public_alert.alert_resolved_v1",
            "public_alert.alert_created_v1",
        ];
        assert_eq!(order, resolved_first, "{key}");
    }
    assert_eq!(memory.count(), 5, "the doubled one was kept once");
}

/// The alerts of a key, oldest first.
async fn alerts_of(on: &Org, key: &str) -> Vec<String> {
    let path = format!("/v2/alerts?page_size=50&deduplication_key[is]={key}");
    let rows = get(on, &path).await["alerts"].clone();
    let mut rows = rows.as_array().expect("alerts").clone();
    rows.sort_by_key(|row| row["created_at"].to_string());
    let status = |row: &Value| row["status"].as_str().expect("a status").to_owned();
    rows.iter().map(status).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolved_key_that_fires_again_means_what_the_faults_file_says() {
    for (faults, expected) in [
        ("", ["resolved", "firing"].as_slice()),
        ("refire = \"opens\"", &["resolved", "firing"]),
        ("refire = \"reopens\"", &["firing"]),
        ("refire = \"ignored\"", &["resolved"]),
    ] {
        let (url, _tap) = Tap::start(None, 0).await;
        let on = telling(&url, 0.0, faults).await;
        for status in ["firing", "resolved", "firing"] {
            fire(&on, "Synthetic checks", "k1", status).await;
        }
        assert_eq!(alerts_of(&on, "k1").await, expected, "{faults}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_source_takes_pings_with_its_own_token_and_with_no_other() {
    let (url, _tap) = Tap::start(None, 0).await;
    let on = telling(&url, 0.0, "").await;
    let id = named(
        &on,
        "/v2/alert_sources",
        "alert_sources",
        "Bridge heartbeat",
    )
    .await;
    let other = named(
        &on,
        "/v2/alert_sources",
        "alert_sources",
        "Synthetic checks",
    )
    .await;
    let path = |id: &Value| {
        format!(
            "{}/v2/heartbeat/{}/ping",
            on.url,
            id.as_str().expect("an id")
        )
    };
    let token = "sim-source-bridge-heartbeat";
    let http = listening::client();
    for (why, request, status) in [
        ("by its token", http.post(path(&id)).bearer_auth(token), 204),
        (
            "in the address",
            http.get(format!("{}?token={token}", path(&id))),
            204,
        ),
        ("no token", http.get(path(&id)), 401),
        (
            "another's",
            http.post(path(&id)).bearer_auth("sim-source-prometheus"),
            401,
        ),
        (
            "not a heartbeat",
            http.post(path(&other))
                .bearer_auth("sim-source-synthetic-checks"),
            404,
        ),
    ] {
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), status, "{why}");
    }
}
