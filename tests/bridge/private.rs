//! incident.io tells of what is private by ids alone: it is read again, and kept in step for as long as the key sees it.

use crate::running::Bridge;
use crate::told::Receiver;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_that_turns_private_stays_in_step_and_nothing_of_it_goes_out() {
    let audit = Receiver::new(&[200]);
    audit.listen().await;
    // Only webhooks make it look.
    let settings = format!(
        "every_seconds = 3600\nsilence = true\nreceiver = [{}]\n",
        audit.setting("audit")
    );
    let (bridge, _) = Bridge::with_outage(&settings).await;
    let incident = bridge.incidents().await.remove(0);
    let id = incident["id"].as_str().expect("an id").to_owned();
    let kept = || bridge.json(&["bridge", "status", "--output", "json"])["incidents"][0].clone();
    bridge.organisation().make_private(&id);
    bridge
        .until("that it is known to be private", || async {
            kept()["private"] == true
        })
        .await;
    let roles = bridge.json(&["api", "GET", "/v2/incident_roles"]);
    let roles = roles["incident_roles"].as_array().expect("roles").clone();
    let lead = roles.iter().find(|r| r["role_type"] == "lead");
    let people = bridge.json(&["api", "GET", "/v2/users?page_size=5"]);
    let taken = json!({"incident_role_assignments": [
        {"incident_role_id": lead.expect("a lead")["id"], "assignee": {"id": people["users"][0]["id"]}}]});
    bridge.edit(&incident, taken).await;
    let silenced = || async { bridge.alertmanager.silences().await.len() == 1 };
    bridge.until("a silence", silenced).await;
    let silences = bridge.alertmanager.silences().await;
    let why = silences[0]["comment"].as_str().unwrap_or_default();
    let reference = incident["reference"].as_str().expect("a reference");
    let says = format!("{reference}, a private incident. [hotseat bridge ");
    assert!(why.starts_with(&says), "{why}");
    bridge
        .until("that it is told", || async {
            audit.types().contains(&"incident.taken_over".to_owned())
        })
        .await;
    for (_, body) in audit
        .taken()
        .iter()
        .filter(|(_, b)| b["type"] != "incident.declared")
    {
        assert_eq!(body["data"], json!({"incident": {"id": id}}), "{body}");
    }
    // This key is shut out: it is nobody's to keep in step, which is said.
    bridge.organisation().shut_out();
    bridge
        .report(
            json!({"id": "c-7", "title": "Elsewhere", "severity": "low", "status": "firing",
            "started": chrono::Utc::now().to_rfc3339(), "services": ["cart"]}),
        )
        .await;
    bridge
        .until("that it is out of sight", || async {
            bridge
                .log()
                .contains("is not there any more, or is private now")
        })
        .await;
    bridge
        .until("that nothing is silenced", || async {
            bridge.alertmanager.silences().await.is_empty()
        })
        .await;
    bridge
        .until("that it is told", || async {
            audit
                .types()
                .last()
                .is_some_and(|t| t == "incident.out_of_sight")
        })
        .await;
}
