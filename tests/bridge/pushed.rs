//! What comes in by HTTP: a detector that cannot be asked, and incident.io's own webhooks. Nothing is looked at by the
//! clock here but once an hour.

use crate::running::Bridge;
use serde_json::json;

/// Whether some incident's episode is as it should be, as `hotseat bridge status` has it.
fn status(bridge: &Bridge) -> serde_json::Value {
    bridge.json(&["bridge", "status", "--output", "json"])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detector_that_cannot_be_asked_is_believed_at_once_and_after_a_kill() {
    let mut bridge = Bridge::new(false).await;
    bridge.configure("every_seconds = 3600\n");
    bridge.run();
    let started = chrono::Utc::now().to_rfc3339();
    let burns = json!({"id": "c-7", "title": "Queue \u{1b}[31mgrows", "severity": "critical", "status": "firing",
        "started": started, "services": ["queue-service", "payments-api"], "url": "https://causes.example/7"});
    bridge
        .until("that it listens", || async {
            bridge.report(burns.clone()).await == 200
        })
        .await;
    bridge.is_live().await;
    let incident = &bridge.incidents().await[0];
    assert_eq!(incident["name"], "Queue grows");
    let summary = incident["summary"].as_str().unwrap_or_default();
    assert!(summary.contains("https://causes.example/7"), "{summary}");
    // What it said before it was killed stands: nobody says it again.
    bridge.kill();
    bridge.run();
    let over = json!({"id": "c-7", "status": "cleared"});
    bridge
        .until("that it listens", || async {
            bridge.report(over.clone()).await == 200
        })
        .await;
    bridge
        .until("that it is over", || async {
            status(&bridge)["episodes"][0]["standing"]["clear"].is_object()
        })
        .await;
    assert_eq!(bridge.incidents().await.len(), 1);
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_of_incident_io_makes_the_next_look_come_at_once() {
    let (bridge, _) = Bridge::with_outage("every_seconds = 3600\n").await;
    let incident = bridge.incidents().await.remove(0);
    bridge
        .edit(
            &incident,
            json!({"name": "Ana has it", "incident_status_id": ended(&bridge)}),
        )
        .await;
    bridge
        .until("that its end is known", || async {
            status(&bridge)["incidents"][0]["ended"].is_string()
        })
        .await;
    bridge
        .until("the note that it still burns", || async {
            bridge
                .log()
                .contains("It was closed while this still burns")
        })
        .await;
    bridge.is_as_described();
}

/// The id of a status that is an end.
pub fn ended(bridge: &Bridge) -> String {
    let all = bridge.json(&["api", "GET", "/v1/incident_statuses"]);
    let all = all["incident_statuses"]
        .as_array()
        .expect("statuses")
        .clone();
    let closed = all.iter().find(|s| s["category"] == "learning");
    closed.expect("one")["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_wrong_before_anything_runs() {
    let bridge = Bridge::new(true).await;
    let check = |settings: &str| {
        bridge.configure(settings);
        let out = bridge.ask(&["bridge", "check", "--output", "table"]);
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        (out.status.success(), said)
    };
    let (is_good, said) = check("");
    assert!(is_good, "{said}");
    for (settings, says) in [
        ("severity = \"Huge\"\n", "no severity \"Huge\"; it has"),
        (
            "severity_map = { high = \"Huge\" }\n",
            "no severity \"Huge\"",
        ),
        (
            "resolved_status = \"Gone\"\n",
            "resolved_status is \"Gone\"; an incident ends in",
        ),
        ("incident_type = \"Nothing\"\n", "\"Nothing\""),
        (
            "fields = { Colour = \"{title}\" }\n",
            "There is no \"Colour\"",
        ),
        ("services = [\"nowhere\"]\n", "the catalog has no nowhere"),
        ("labels = [\"severity\"]\n", "\"severity\" is no condition"),
        ("hours = \"late\"\n", "\"late\" are no hours"),
        ("hold = \"soon\"\n", "bridge.hold is \"soon\""),
        ("tls_key = \"k.pem\"\n", "go together"),
        (
            "receiver = [{ name = \"audit\", url = \"http://audit.example/\", secrets = [] }]\n",
            "could be read on the way",
        ),
        (
            "receiver = [{ name = \"audit\", url = \"https://audit.example/\", secrets = [] }]\n",
            "secrets has none",
        ),
        (
            "receiver = [{ name = \"audit\", url = \"https://audit.example/\", secrets = [{ command = [\"echo\", \"abc\"] }] }]\n",
            "does not begin with whsec_",
        ),
    ] {
        let (is_good, said) = check(settings);
        assert!(!is_good && said.contains(says), "{settings}: {said}");
    }
}
