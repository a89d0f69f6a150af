//! What somebody took on at incident.io is silenced at a real Alertmanager, and no longer than they have it.

use crate::running::Bridge;
use serde_json::{Value, json};

fn another_severity(bridge: &Bridge, incident: &Value) -> Value {
    let all = bridge.json(&["api", "GET", "/v1/severities"]);
    let all = all["severities"].as_array().expect("severities");
    let other = all.iter().find(|s| s["id"] != incident["severity"]["id"]);
    other.expect("another").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_leads_is_silenced_at_alertmanager_until_it_ends() {
    let (bridge, _) = Bridge::with_outage("every_seconds = 1\nsilence = true\n").await;
    bridge.rounds(2).await;
    assert!(
        bridge.alertmanager.silences().await.is_empty(),
        "nobody has it"
    );
    let incident = bridge.incidents().await.remove(0);
    let roles = bridge.json(&["api", "GET", "/v2/incident_roles"]);
    let roles = roles["incident_roles"].as_array().expect("roles").clone();
    let lead = roles
        .iter()
        .find(|r| r["role_type"] == "lead")
        .expect("a lead");
    let people = bridge.json(&["api", "GET", "/v2/users?page_size=5"]);
    let person = &people["users"][0];
    let taken = json!({"incident_role_assignments": [
        {"incident_role_id": lead["id"], "assignee": {"id": person["id"]}}]});
    bridge.edit(&incident, taken).await;
    bridge
        .until("a silence", || async {
            bridge.alertmanager.silences().await.len() == 1
        })
        .await;
    bridge.rounds(3).await;
    let silences = bridge.alertmanager.silences().await;
    assert_eq!(silences.len(), 1, "{silences:?}");
    assert_eq!(silences[0]["createdBy"], person["name"]);
    let why = silences[0]["comment"].as_str().unwrap_or_default();
    assert!(
        why.starts_with(incident["reference"].as_str().expect("one")),
        "{why}"
    );
    assert!(
        bridge.episodes()[0]["standing"] == "burning",
        "it burns all the same"
    );
    // Another severity is told in the same silence.
    let other = another_severity(&bridge, &incident);
    let id = json!({"severity_id": other["id"]});
    bridge.edit(&incident, id).await;
    let name = other["name"].as_str().expect("a name").to_owned();
    let says = || async {
        let now = bridge.alertmanager.silences().await;
        now[0]["comment"]
            .as_str()
            .is_some_and(|why| why.contains(&name))
    };
    bridge.until("its words", says).await;
    bridge.rounds(2).await;
    let now = bridge.alertmanager.silences().await;
    assert_eq!(
        (now.len(), &now[0]["id"]),
        (1, &silences[0]["id"]),
        "{now:?}"
    );
    bridge
        .edit(
            &incident,
            json!({"incident_status_id": crate::pushed::ended(&bridge)}),
        )
        .await;
    bridge
        .until("its end", || async {
            bridge.alertmanager.silences().await.is_empty()
        })
        .await;
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_the_page_for_an_incident_silences_it() {
    let (bridge, _) = Bridge::with_outage("every_seconds = 1\nsilence = true\n").await;
    let incident = bridge.incidents().await.remove(0);
    let paths = bridge.json(&["api", "GET", "/v2/escalation_paths?page_size=5"]);
    let page = json!({"idempotency_key": "k", "title": "Look", "incident_id": incident["id"],
        "escalation_path_id": paths["escalation_paths"][0]["id"]});
    let page = bridge.send("/v2/escalations", &page).await;
    let id = page["escalation"]["id"]
        .as_str()
        .expect("a page")
        .to_owned();
    bridge.rounds(2).await;
    let silences = bridge.alertmanager.silences().await;
    assert!(silences.is_empty(), "nobody has answered: {silences:?}");
    let answer = format!("/v2/escalations/{id}/actions/respond");
    bridge.send(&answer, &json!({"response": "ack"})).await;
    let silenced = || async { bridge.alertmanager.silences().await.len() == 1 };
    bridge.until("a silence", silenced).await;
    let silences = bridge.alertmanager.silences().await;
    assert!(
        silences[0]["createdBy"]
            .as_str()
            .is_some_and(|by| !by.is_empty())
    );
    bridge.rounds(2).await;
    let now = bridge.alertmanager.silences().await;
    assert_eq!(now[0]["id"], silences[0]["id"], "it is the same");
    bridge.is_as_described();
}
