//! The bridge as an alert source: what it tells a source of its own, and when it says that it lives.

use crate::recorder::{Break, ReadBreak};
use crate::running::Bridge;
use serde_json::Value;

/// Only alert events, to one of the simulated organisation's HTTP sources.
fn pushing(bridge: &Bridge, push: &str) -> String {
    let all = bridge.json(&["api", "GET", "/v2/alert_sources"]);
    let all = all["alert_sources"].as_array().expect("sources").clone();
    let source = all.iter().find(|s| s["name"] == "Synthetic checks");
    let id = source.expect("a source")["id"].as_str().expect("an id");
    format!(
        "push = \"{push}\"\nalert_source = {{ id = \"{id}\", token = {{ command = [\"echo\", \"sim-source-synthetic-checks\"] }} }}\n"
    )
}

/// Alert events that arrived: status and key.
fn events(bridge: &Bridge) -> Vec<(String, String)> {
    let log = bridge.recorder.log.lock().expect("lock");
    let sent = log
        .iter()
        .filter(|e| e.path.starts_with("/v2/alert_events/"));
    let word = |body: &Value, name: &str| body[name].as_str().expect("a word").to_owned();
    sent.map(|e| (word(&e.body, "status"), word(&e.body, "deduplication_key")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_source_is_told_once_what_fires_and_once_that_it_is_over_through_kills_and_lost_answers()
 {
    let mut bridge = Bridge::new(false).await;
    let settings = pushing(&bridge, "alerts");
    bridge.configure(&format!("every_seconds = 1\n{settings}"));
    let started = chrono::Utc::now().timestamp();
    let detector = &bridge.alertmanager;
    detector
        .tell("Slow", "checkout-service", started, 3_600)
        .await;
    // The first event is taken, and its answer is lost.
    bridge.recorder.break_next(Break::ErrorAfter);
    bridge.run();
    bridge
        .until("that it fires", || async { !events(&bridge).is_empty() })
        .await;
    bridge.kill();
    bridge.run();
    bridge
        .until("that it was taken", || async {
            bridge
                .log()
                .contains("Alert source told: firing: checkout-service: Slow")
        })
        .await;
    bridge.rounds(3).await;
    let told = events(&bridge);
    assert!(
        told.iter().all(|event| *event == told[0]) && told[0].0 == "firing",
        "under one key: {told:?}"
    );
    let many = told.len();
    bridge.kill();
    bridge.run();
    bridge.rounds(3).await;
    assert_eq!(
        events(&bridge).len(),
        many,
        "what was taken is not said again"
    );
    assert!(bridge.incidents().await.is_empty(), "nothing is declared");
    let detector = &bridge.alertmanager;
    detector.tell("Slow", "checkout-service", started, 0).await;
    bridge
        .until("its end", || async { events(&bridge).len() > many })
        .await;
    bridge.rounds(3).await;
    let over = events(&bridge).split_off(many);
    assert_eq!(over, [("resolved".to_owned(), told[0].1.clone())]);
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_stops_when_a_detector_or_incident_io_cannot_be_read() {
    let mut bridge = Bridge::new(false).await;
    bridge.configure(
        "every_seconds = 1\nheartbeat = { id = \"01HSOURCEHEARTBEAT00000000\", token = { command = [\"echo\", \"sim-source-bridge-heartbeat\"] } }\n",
    );
    bridge.alertmanager.kill();
    let pings = |bridge: &Bridge| {
        let log = bridge.recorder.log.lock().expect("lock");
        let pinged = log.iter().filter(|e| e.path.ends_with("/ping"));
        pinged.filter(|e| e.status == 204).count()
    };
    bridge.run();
    bridge
        .until("that it does not answer", || async {
            bridge.log().contains("alertmanager cannot be reached")
        })
        .await;
    bridge.rounds(3).await;
    assert_eq!(pings(&bridge), 0, "the detector was not read");
    bridge.alertmanager.begin().await;
    bridge
        .until("a ping", || async { pings(&bridge) == 1 })
        .await;
    // From here on incident.io tells of no incident.
    let refused = std::iter::repeat_n(Some(ReadBreak::Error), 100_000);
    bridge.recorder.break_reads(refused);
    bridge
        .until("that it cannot be read", || async {
            bridge.log().contains("incident.io could not be read")
        })
        .await;
    let so_far = pings(&bridge);
    // Longer than any two pings are apart.
    let since = std::time::Instant::now();
    while since.elapsed().as_secs() < 15 {
        bridge.rounds(1).await;
    }
    assert_eq!(pings(&bridge), so_far, "incident.io was not read");
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn check_proves_the_alert_source_without_calling_anybody() {
    let bridge = Bridge::new(false).await;
    let check = |settings: &str| {
        bridge.configure(settings);
        let out = bridge.ask(&["bridge", "check", "--output", "table"]);
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        (out.status.success(), said)
    };
    let good = pushing(&bridge, "both");
    let (is_good, said) = check(&good);
    assert!(is_good && said.contains("a test one passed"), "{said}");
    let [(status, key)] = &events(&bridge)[..] else {
        panic!("one event: {:?}", events(&bridge));
    };
    assert_eq!(status, "resolved", "nothing fires");
    let alerts = bridge.json(&["api", "GET", "/v2/alerts?page_size=50"]);
    assert!(!alerts.to_string().contains(key), "no alert of it");
    let id = good.split('"').nth(3).expect("an id");
    for (settings, says) in [
        (
            "push = \"alerts\"\n".to_owned(),
            "bridge.alert_source names no source",
        ),
        (
            good.replace("synthetic-checks\"]", "other\"]"),
            "it refuses its token",
        ),
        (
            good.replace(id, "01NONE"),
            "there is no alert source 01NONE; of the kind http there are: ",
        ),
        (
            good.replace(id, "01HSOURCEHEARTBEAT00000000"),
            "is of the kind heartbeat, and should be http",
        ),
        (
            "heartbeat = { id = \"01NONE\" }\n".to_owned(),
            "of the kind heartbeat there are: Bridge heartbeat",
        ),
    ] {
        let (is_good, said) = check(&settings);
        assert!(!is_good && said.contains(says), "{settings}: {said}");
    }
}
