//! What the bridge makes of an outage, of silence, and of being killed.

use crate::recorder::Break;
use crate::running::Bridge;
use serde_json::json;

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_declared_once_and_resolved_when_alertmanager_says_that_it_is_over() {
    let (bridge, started) = Bridge::with_outage("every_seconds = 1\n").await;
    let incident = &bridge.incidents().await[0];
    assert_eq!(incident["name"], "checkout-service: Slow");
    assert_eq!(
        incident["severity"]["name"], "Storm",
        "the worst there is, where none is called Critical"
    );
    let fields = incident["custom_field_entries"].to_string();
    assert!(fields.contains("checkout-service"), "its service: {fields}");
    // A second alert of the same service and severity joins it.
    bridge
        .alertmanager
        .tell("Errors", "checkout-service", started, 600)
        .await;
    bridge
        .until("the second alert", || async {
            bridge
                .episodes()
                .iter()
                .filter(|e| e["incident"] == incident["id"])
                .count()
                == 2
        })
        .await;
    bridge
        .alertmanager
        .tell("Slow", "checkout-service", started, 0)
        .await;
    bridge.rounds(6).await;
    assert_eq!(
        bridge.categories().await,
        ["live"],
        "one of two still burns"
    );
    bridge
        .alertmanager
        .tell("Errors", "checkout-service", started, 0)
        .await;
    bridge.has_ended().await;
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_no_recovery_until_prometheus_says_that_the_rule_does_not_fire() {
    let mut bridge = Bridge::new(true).await;
    bridge.run();
    let metrics =
        |bridge: &Bridge, burns| bridge.prometheus.as_ref().expect("it runs").burns(burns);
    metrics(&bridge, true);
    bridge.is_live().await;
    // Alertmanager is killed, the alert clears meanwhile, and it begins anew: it never says that it is over.
    bridge.alertmanager.kill();
    let unsure = |why: &'static str| {
        let bridge = &bridge;
        move || async move {
            let all = bridge.episodes();
            all.iter().any(|e| e["standing"]["unsure"]["why"] == why)
        }
    };
    bridge
        .until("that it does not answer", unsure("unanswered"))
        .await;
    bridge.rounds(5).await;
    assert_eq!(bridge.categories().await, ["live"]);
    metrics(&bridge, false);
    bridge.rounds(3).await;
    assert_eq!(
        bridge.categories().await,
        ["live"],
        "the detector does not answer"
    );
    bridge.alertmanager.begin().await;
    bridge.has_ended().await;
    bridge.is_as_described();
    // What Prometheus remembers of it, run through the same configuration, comes to the same.
    let past = bridge.json(&["bridge", "replay", "--since", "1h", "--output", "json"]);
    let declared = &past["acts"][0];
    assert_eq!(declared["what"], "declared", "{past}");
    let fingerprint = declared["issues"][0].as_str().expect("a fingerprint");
    let known = bridge.json(&["bridge", "why", fingerprint, "--output", "json"]);
    assert_eq!(
        known["detection"]["id"], fingerprint,
        "Alertmanager names it so"
    );
    assert_eq!(past["times"], 1, "{past}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_stops_leaves_the_incident_open_and_the_reason_is_told() {
    let mut bridge = Bridge::new(false).await;
    bridge.run();
    let started = now();
    let speaks = || async {
        let sender = &bridge.alertmanager;
        sender.tell("Slow", "checkout-service", started, 6).await;
        bridge.categories().await == ["live"]
    };
    bridge.until("an incident", speaks).await;
    bridge
        .until("that its word ran out", || async {
            bridge
                .episodes()
                .iter()
                .any(|e| e["standing"]["unsure"]["why"] == "lapsed")
        })
        .await;
    bridge.rounds(6).await;
    assert_eq!(bridge.categories().await, ["live"]);
    let id = bridge.episodes()[0]["detection"]["id"]
        .as_str()
        .expect("a fingerprint")
        .to_owned();
    let out = bridge.ask(&["bridge", "why", &id, "--output", "table"]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(
        said.contains("not known to be over") && said.contains("was declared for it"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_touch_stays_open_and_the_end_is_noted() {
    let (bridge, started) = Bridge::with_outage("every_seconds = 1\n").await;
    let incident = bridge.incidents().await.remove(0);
    bridge.edit(&incident, json!({"name": "Checkout crawls", "summary": "Declared by hotseat bridge, and Ana looks", "severity_id": other_severity(&bridge, &incident).await})).await;
    bridge
        .alertmanager
        .tell("Slow", "checkout-service", started, 0)
        .await;
    bridge.says_that_all_is_over(&incident).await;
    bridge.rounds(3).await;
    assert_eq!(bridge.categories().await, ["live"]);
    bridge.is_as_described();
}

async fn other_severity(bridge: &Bridge, incident: &serde_json::Value) -> String {
    let all = bridge.json(&["api", "GET", "/v1/severities"]);
    let all = all["severities"].as_array().expect("severities").clone();
    let other = all.iter().find(|s| s["id"] != incident["severity"]["id"]);
    other.expect("another")["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_it_is_killed_there_is_one_incident_and_no_false_end() {
    let mut bridge = Bridge::new(false).await;
    let started = now();
    bridge
        .alertmanager
        .tell("Slow", "checkout-service", started, 600)
        .await;
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..25 {
        bridge.run();
        tokio::time::sleep(std::time::Duration::from_millis(rng.u64(20..1_200))).await;
        bridge.kill();
    }
    bridge.run();
    bridge
        .until("an incident", || async {
            !bridge.incidents().await.is_empty()
        })
        .await;
    bridge.rounds(5).await;
    assert_eq!(bridge.categories().await, ["live"], "one, and open");
    let detector = &bridge.alertmanager;
    detector.tell("Slow", "checkout-service", started, 0).await;
    // One round may be under way; the next one tells it.
    bridge.rounds(2).await;
    let standing = &bridge.episodes()[0]["standing"];
    assert!(standing["clear"].is_object(), "{standing}");
    for _ in 0..25 {
        tokio::time::sleep(std::time::Duration::from_millis(rng.u64(20..1_200))).await;
        bridge.kill();
        bridge.run();
    }
    bridge.has_ended().await;
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolution_that_was_on_its_way_is_not_sent_again_where_it_burns_again() {
    let (mut bridge, started) = Bridge::with_outage("every_seconds = 1\nnotes = false\n").await;
    bridge.recorder.break_next(Break::HoldBefore);
    let detector = &bridge.alertmanager;
    detector.tell("Slow", "checkout-service", started, 0).await;
    let is_held = || async { bridge.recorder.next.lock().expect("lock").is_empty() };
    bridge.until("the resolution", is_held).await;
    bridge.kill();
    let detector = &bridge.alertmanager;
    detector
        .tell("Slow", "checkout-service", now(), 3_600)
        .await;
    bridge.run();
    let is_given_up = || async { bridge.log().contains("not right any more, and is given up") };
    bridge.until("that it is given up", is_given_up).await;
    bridge.rounds(3).await;
    assert_eq!(bridge.categories().await, ["live"], "it burns");
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_likeliest_cause_stands_in_the_summary_with_its_evidence() {
    let mut bridge = Bridge::new(false).await;
    let started = now();
    let deployed = chrono::DateTime::from_timestamp(started - 120, 0).expect("a time");
    let deploy = json!([{"at": deployed.to_rfc3339(), "what": "Deploy checkout-service v41", "of": "checkout-service", "version": "v41"}]);
    let app = axum::Router::new().fallback(move || async move {
        ([("content-type", "application/json")], deploy.to_string())
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    let feed = format!(
        "[[sources.changes]]\nname = \"deploys\"\nkind = \"json\"\nurl = \"http://{at}/\"\n\
         fields = {{ at = \"/at\", title = \"/what\", service = \"/of\", version = \"/version\" }}\n"
    );
    bridge.configure_beside(&feed, "every_seconds = 1\n");
    bridge
        .alertmanager
        .tell("Slow", "checkout-service", started, 600)
        .await;
    bridge.run();
    let summary = || async {
        let all = bridge.incidents().await;
        let first = all
            .first()
            .map(|i| i["summary"].as_str().unwrap_or_default().to_owned());
        first.unwrap_or_default()
    };
    bridge
        .until("a hypothesis", || async {
            summary().await.contains("**Hypothesis** (")
        })
        .await;
    let said = summary().await;
    assert!(
        said.contains("burning since") && said.contains("v41"),
        "{said}"
    );
    assert!(said.contains("% sure, "), "{said}");
    bridge.rounds(3).await;
    assert_eq!(summary().await.matches("**Hypothesis**").count(), 1);
    bridge.is_as_described();
}
