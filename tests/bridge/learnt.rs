//! What is drafted of an incident once it was resolved, and where that goes.

use crate::running::Bridge;
use serde_json::{Value, json};

async fn resolved(settings: &str) -> (Bridge, Value) {
    let (bridge, started) = Bridge::with_outage(settings).await;
    let incident = bridge.incidents().await.remove(0);
    let to_do = json!({"incident_id": incident["id"], "description": "Raise the pool of checkout-service", "status": "outstanding"});
    bridge.send("/v3/actions", &to_do).await;
    let detector = &bridge.alertmanager;
    detector.tell("Slow", "checkout-service", started, 0).await;
    bridge
        .until("its end", || async {
            bridge.categories().await == ["learning"]
        })
        .await;
    (bridge, incident)
}

fn listed(bridge: &Bridge, path: &str, table: &str, incident: &Value) -> Vec<Value> {
    let id = incident["id"].as_str().expect("an id");
    let all = bridge.json(&["api", "GET", &format!("{path}?incident_id={id}")]);
    all[table].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resolved_incident_has_its_post_mortem_and_each_follow_up_once_however_often_it_is_killed()
 {
    let (mut bridge, incident) = resolved("every_seconds = 1\nlearn = \"import\"\n").await;
    let documents = |bridge: &Bridge| {
        listed(
            bridge,
            "/v1/postmortem_documents",
            "postmortem_documents",
            &incident,
        )
    };
    for _ in 0..3 {
        bridge.kill();
        bridge.run();
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    }
    let learnt = || async {
        let status = bridge.json(&["bridge", "status", "--output", "json"]);
        status["incidents"][0]["learnt"] == true
    };
    bridge.until("that it is learnt from", learnt).await;
    bridge.rounds(2).await;
    let follow_ups = listed(&bridge, "/v3/follow_ups", "follow_ups", &incident);
    assert_eq!(follow_ups.len(), 1, "{follow_ups:?}");
    assert_eq!(follow_ups[0]["title"], "Raise the pool of checkout-service");
    let documents = documents(&bridge);
    assert_eq!(documents.len(), 1, "{documents:?}");
    let id = documents[0]["id"].as_str().expect("an id");
    let text = bridge.json(&[
        "api",
        "GET",
        &format!("/v1/postmortem_documents/{id}/content"),
    ]);
    let text = text.to_string();
    for says in ["Raise the pool of checkout-service", "burning since"] {
        assert!(text.contains(says), "{says}: {text}");
    }
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_is_a_post_mortem_that_the_console_goes_on_from_and_nothing_is_sent() {
    let (bridge, incident) = resolved("every_seconds = 1\nlearn = \"keep\"\n").await;
    let is_kept = || async {
        bridge
            .log()
            .contains("a post-mortem is drafted and kept here")
    };
    bridge.until("that it is kept", is_kept).await;
    assert!(
        bridge
            .log()
            .contains("what may be done after it: Raise the pool")
    );
    let kept = bridge.kept_texts();
    let id = incident["id"].as_str().expect("an id");
    assert_eq!(kept.len(), 1, "{kept:?}");
    let (key, text) = &kept[0];
    assert_eq!(*key, format!("post_mortem.import {id}"));
    assert!(text.contains("Raise the pool"), "{text}");
    let sent = listed(
        &bridge,
        "/v1/postmortem_documents",
        "postmortem_documents",
        &incident,
    );
    assert!(sent.is_empty(), "{sent:?}");
}
