//! A storm: everything burns within ten seconds.

use crate::monitoring::stamp;
use crate::running::Bridge;
use serde_json::{Value, json};
use std::time::Duration;

const ALERTS: usize = 800;
const BATCHES: usize = 10;
const SERVICES: usize = 40;
/// Bytes that a bridge may need at most for it.
const MOST_MEMORY: u64 = 200 << 20;

/// Tells the Alertmanager of a batch that is vouched for so many seconds.
async fn tell(bridge: &Bridge, batch: usize, started: i64, vouched: i64) {
    let ends = stamp(chrono::Utc::now().timestamp() + vouched);
    let alert = |n: usize| {
        json!({
            "labels": {"alertname": format!("Alert{n:03}"), "service": format!("service-{:02}", n % SERVICES), "severity": "critical"},
            "annotations": {"summary": format!("Alert {n} of a storm")},
            "startsAt": stamp(started), "endsAt": ends,
        })
    };
    let size = ALERTS / BATCHES;
    let all: Vec<Value> = (batch * size..(batch + 1) * size).map(alert).collect();
    let told = reqwest::Client::new()
        .post(format!("{}/api/v2/alerts", bridge.alertmanager.url()))
        .header("content-type", "application/json")
        .body(json!(all).to_string())
        .send();
    assert!(told.await.expect("it is told").status().is_success());
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_hundred_alerts_in_ten_seconds_are_one_storm_and_each_is_explained() {
    let mut bridge = Bridge::new(false).await;
    bridge.configure("every_seconds = 1\ninvestigate = false\n");
    bridge.run();
    let started = chrono::Utc::now().timestamp();
    for batch in 0..BATCHES {
        tell(&bridge, batch, started, 3_600).await;
        tokio::time::sleep(Duration::from_millis(900)).await;
    }
    let told = |all: &[Value]| all.iter().filter(|e| e["fate"]["told"].is_string()).count();
    bridge
        .until("all of them", || async {
            let all = bridge.episodes();
            all.len() == ALERTS && told(&all) == ALERTS
        })
        .await;
    let incidents = bridge.incidents().await;
    let is_storm = |i: &&Value| i["name"].as_str().is_some_and(|n| n.starts_with("Storm: "));
    assert_eq!(
        incidents.iter().filter(is_storm).count(),
        1,
        "{incidents:#?}"
    );
    // Before the rest was heard of, an hour's share may have had incidents of their own.
    assert!(incidents.len() <= 7, "{incidents:#?}");
    for episode in bridge.episodes().iter().step_by(ALERTS / 16) {
        let id = episode["detection"]["id"].as_str().expect("a fingerprint");
        let out = bridge.ask(&["bridge", "why", id, "--output", "table"]);
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(said.contains("INC-") && said.contains("burning"), "{said}");
    }
    let memory = bridge.most_memory();
    println!("{} KiB at most", memory >> 10);
    assert!(memory < MOST_MEMORY, "{memory} bytes");
    for batch in 0..BATCHES {
        tell(&bridge, batch, started, 0).await;
    }
    bridge.has_ended().await;
    bridge.is_as_described();
}
