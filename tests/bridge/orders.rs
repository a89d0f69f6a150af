//! What a person orders holds whether or not the bridge runs, through restarts, and until it is taken back.

use crate::running::Bridge;
use serde_json::Value;

fn says(out: &std::process::Output) -> String {
    let both = [&out.stdout[..], &out.stderr[..]].concat();
    String::from_utf8_lossy(&both).into_owned()
}

async fn tell(bridge: &Bridge, started: i64, lasts: i64) {
    let detector = &bridge.alertmanager;
    detector
        .tell("Slow", "checkout-service", started, lasts)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_pauses_the_bridge_while_it_is_down_and_takes_an_incident_over_while_it_runs() {
    let mut bridge = Bridge::new(false).await;
    bridge.configure("every_seconds = 1\n");
    // It has never run, and it is paused already.
    let paused = bridge.ask(&["bridge", "pause"]);
    assert!(paused.status.success(), "{}", says(&paused));
    let again = bridge.ask(&["bridge", "pause"]);
    assert_eq!(again.status.code(), Some(1), "{}", says(&again));
    bridge.run();
    let started = chrono::Utc::now().timestamp();
    tell(&bridge, started, 3_600).await;
    let waits = || async {
        let all = bridge.episodes();
        let why = |e: &Value| e["fate"]["waits"].to_string();
        all.iter().any(|e| why(e).contains("paused the bridge"))
    };
    bridge.until("that it waits", waits).await;
    bridge.rounds(3).await;
    assert_eq!(bridge.categories().await, [""; 0]);
    let status = says(&bridge.ask(&["bridge", "status", "--output", "table"]));
    assert!(status.contains("paused the bridge at"), "{status}");
    let resumed = bridge.ask(&["bridge", "resume"]);
    assert!(resumed.status.success(), "{}", says(&resumed));
    bridge.is_live().await;
    // Taken over by its reference, it stays open however long it is quiet, through a kill too.
    let known = bridge.json(&["bridge", "status", "--output", "json"]);
    let reference = known["incidents"][0]["reference"].as_str().expect("one");
    let refused = bridge.ask(&["--read-only", "bridge", "take", reference]);
    assert_eq!(refused.status.code(), Some(1), "{}", says(&refused));
    let taken = bridge.ask(&["bridge", "take", reference]);
    assert!(taken.status.success(), "{}", says(&taken));
    bridge.kill();
    bridge.run();
    tell(&bridge, started, 0).await;
    let incident = bridge.incidents().await.remove(0);
    bridge.says_that_all_is_over(&incident).await;
    bridge.rounds(3).await;
    assert_eq!(bridge.categories().await, ["live"]);
    let id = bridge.episodes()[0]["detection"]["id"].clone();
    let why = bridge.ask(&[
        "bridge",
        "why",
        id.as_str().expect("an id"),
        "--output",
        "table",
    ]);
    assert!(says(&why).contains("took it over at"), "{}", says(&why));
    let log = says(&bridge.ask(&["bridge", "log", "--output", "table"]));
    for words in ["The bridge is paused", "The bridge goes on", "is yours"] {
        assert!(log.contains(words), "{words}: {log}");
    }
    // Given back, it is resolved.
    let resumed = bridge.ask(&["bridge", "resume", reference]);
    assert!(resumed.status.success(), "{}", says(&resumed));
    let over = || async { bridge.categories().await == ["learning"] };
    bridge.until("its end", over).await;
    bridge.is_as_described();
}
