//! Systems of one's own, which are told what people do: signed, in its order, and until they take it.

use crate::detectors::free_port;
use crate::running::Bridge;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A system that is told, and what it took.
#[derive(Clone, Default)]
pub struct Receiver {
    port: u16,
    /// What it answers next, the last for good.
    answers: Arc<Mutex<Vec<u16>>>,
    /// The ids and bodies that it was sent.
    sent: Arc<Mutex<Vec<(String, Value)>>>,
    taken: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Receiver {
    /// One that does not listen yet.
    pub fn new(answers: &[u16]) -> Self {
        Self {
            port: free_port(),
            answers: Arc::new(Mutex::new(answers.to_vec())),
            ..Self::default()
        }
    }

    pub async fn listen(&self) {
        let at = format!("127.0.0.1:{}", self.port);
        let listener = TcpListener::bind(at).await.expect("its port");
        let own = self.clone();
        let app = Router::new().fallback(move |headers: HeaderMap, body: Bytes| {
            let own = own.clone();
            async move { own.takes(&headers, &body) }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
    }

    fn takes(&self, headers: &HeaderMap, body: &[u8]) -> StatusCode {
        let oracle = standardwebhooks::Webhook::new(SECRET).expect("a secret");
        oracle.verify(body, headers).expect("it is signed");
        let id = headers["webhook-id"].to_str().expect("text").to_owned();
        let told = (id, serde_json::from_slice(body).expect("JSON"));
        self.sent.lock().expect("a lock").push(told.clone());
        let mut answers = self.answers.lock().expect("a lock");
        let answer = match answers.len() {
            1 => answers[0],
            _ => answers.remove(0),
        };
        if answer < 300 {
            self.taken.lock().expect("a lock").push(told);
        }
        StatusCode::from_u16(answer).expect("a status")
    }

    pub fn taken(&self) -> Vec<(String, Value)> {
        self.taken.lock().expect("a lock").clone()
    }

    fn sent(&self) -> usize {
        self.sent.lock().expect("a lock").len()
    }

    pub fn types(&self) -> Vec<String> {
        let kind = |(_, body): &(String, Value)| body["type"].as_str().expect("one").to_owned();
        self.taken().iter().map(kind).collect()
    }

    pub fn setting(&self, name: &str) -> String {
        let at = format!("http://127.0.0.1:{}/told", self.port);
        format!(
            "{{ name = \"{name}\", url = \"{at}\", secrets = [{{ command = [\"printf\", \"%s\", \"{SECRET}\"] }}] }}"
        )
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_change_is_told_in_its_order_though_the_receiver_was_away_and_the_bridge_killed()
 {
    let audit = Receiver::new(&[500, 200]);
    let settings = format!(
        "every_seconds = 1\nreceiver = [{}]\n",
        audit.setting("audit")
    );
    let (mut bridge, _) = Bridge::with_outage(&settings).await;
    bridge
        .until("that it is away", || async {
            bridge.log().contains("audit does not take what it is told")
        })
        .await;
    let incident = bridge.incidents().await.remove(0);
    let severities = bridge.json(&["api", "GET", "/v1/severities"]);
    let all = severities["severities"].as_array().expect("severities");
    let other = all.iter().find(|s| s["id"] != incident["severity"]["id"]);
    let other = other.expect("another");
    bridge
        .edit(&incident, json!({"severity_id": other["id"]}))
        .await;
    let waits = |many: usize| {
        let bridge = &bridge;
        move || async move {
            let status = bridge.json(&["bridge", "status", "--output", "json"]);
            status["receivers"][0]["waiting"] == many
        }
    };
    // Declared, its severity, and that somebody has it.
    bridge.until("what waits", waits(3)).await;
    let out = bridge.ask(&["bridge", "status", "--output", "table"]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(said.contains("3 notices wait for audit since "), "{said}");
    bridge.kill();
    audit.listen().await;
    bridge.run();
    let told = || async { audit.taken().len() >= 3 };
    bridge.until("that it is told", told).await;
    let types = [
        "incident.declared",
        "incident.severity",
        "incident.taken_over",
    ];
    assert_eq!(audit.types(), types);
    let taken = audit.taken();
    let data = &taken[1].1["data"];
    assert_eq!(data["incident"]["reference"], incident["reference"]);
    assert_eq!(data["incident"]["url"], incident["permalink"]);
    assert_eq!(
        (&data["from"], &data["to"]),
        (&incident["severity"]["name"], &other["name"])
    );
    assert_eq!(data["issues"][0]["detector"], "alertmanager");
    // What was refused with 500 came again under the same id, and nothing came twice once it was taken.
    let sent = audit.sent.lock().expect("a lock").clone();
    assert_eq!((sent.len(), &sent[0].0), (4, &taken[0].0));
    bridge
        .until("that nothing waits", || async {
            let status = bridge.json(&["bridge", "status", "--output", "json"]);
            status["receivers"] == json!([])
        })
        .await;
    bridge.is_as_described();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_bridge_does_is_told_as_its_own_and_a_receiver_that_wants_no_more_holds_up_nobody()
{
    let (audit, gone) = (Receiver::new(&[200]), Receiver::new(&[410]));
    audit.listen().await;
    gone.listen().await;
    let settings = format!(
        "every_seconds = 1\nreceiver = [{}, {}]\n",
        gone.setting("gone"),
        audit.setting("audit")
    );
    let (bridge, started) = Bridge::with_outage(&settings).await;
    bridge.rounds(2).await;
    let detector = &bridge.alertmanager;
    detector.tell("Slow", "checkout-service", started, 0).await;
    bridge
        .until("its end", || async {
            bridge.categories().await == ["learning"]
        })
        .await;
    // The status that the bridge wrote comes back in webhooks and in every look: it is nobody's change.
    bridge.rounds(3).await;
    let told = || async { audit.taken().len() >= 2 };
    bridge.until("that it is told", told).await;
    assert_eq!(audit.types(), ["incident.declared", "incident.resolved"]);
    for (_, body) in audit.taken() {
        assert_eq!(body["data"]["by"], "hotseat bridge", "{body}");
    }
    assert_eq!(gone.sent(), 1, "{}", bridge.log());
    assert!(
        bridge
            .log()
            .contains("gone does not take what it is told: it answers 410")
    );
    bridge.is_as_described();
}
