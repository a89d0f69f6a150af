//! What the bridge does is told on the timeline of its incident: step by step, and no more than is wanted.

use crate::running::Bridge;

#[tokio::test(flavor = "multi_thread")]
async fn the_steps_of_an_investigation_and_what_the_bridge_did_are_on_the_timeline_as_configured() {
    for (notes, has, has_not) in [
        (
            "[\"investigation\"]",
            "Investigation started: looked at checkout-service",
            "Also burning",
        ),
        ("[\"alerts\"]", "Also burning", "Investigation started"),
    ] {
        let settings = format!("every_seconds = 1\nnotes = {notes}\n");
        let (bridge, started) = Bridge::with_outage(&settings).await;
        let incident = bridge.incidents().await.remove(0);
        let detector = &bridge.alertmanager;
        detector
            .tell("Errors", "checkout-service", started, 600)
            .await;
        let looked = || async {
            let status = bridge.json(&["bridge", "status", "--output", "json"]);
            status["incidents"][0]["looked"].is_object()
        };
        bridge.until("a look for its cause", looked).await;
        bridge
            .until(has, || async {
                let all = bridge.notes(&incident).await;
                all.iter().any(|note| note.contains(has))
            })
            .await;
        bridge.rounds(2).await;
        let all = bridge.notes(&incident).await;
        assert!(!all.iter().any(|note| note.contains(has_not)), "{all:?}");
        bridge.is_as_described();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cleared_when_is_on_the_timeline_of_what_the_bridge_resolved() {
    let (bridge, started) = Bridge::with_outage("every_seconds = 1\ninvestigate = false\n").await;
    let incident = bridge.incidents().await.remove(0);
    let detector = &bridge.alertmanager;
    detector.tell("Slow", "checkout-service", started, 0).await;
    bridge.says_that_all_is_over(&incident).await;
    bridge.is_as_described();
}
