//! A server that listens, with a keeper that remembers.

use hotseat::bridge::ingress::{
    self, Delivery, Detector, Kept, Limits, Listen, Origin, Server, Shape, Trusted, keeper,
};
use hotseat::domain::webhook::SigningSecret;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const TOKEN: &str = "a token of the team's Alertmanager";

pub fn secret() -> SigningSecret {
    SigningSecret::read(&SECRET.to_owned().into()).expect("a secret")
}

/// Everything that was handed over, each webhook once.
#[derive(Clone, Default)]
pub struct Memory {
    pub all: Arc<Mutex<Vec<Delivery>>>,
    ids: Arc<Mutex<BTreeSet<String>>>,
}

impl Memory {
    pub fn keep(&self, delivery: Delivery) -> Kept {
        if let Origin::Webhook { id, .. } = &delivery.from
            && !self.ids.lock().expect("lock").insert(id.clone())
        {
            return Kept::Before;
        }
        self.all.lock().expect("lock").push(delivery);
        Kept::Now
    }

    pub fn count(&self) -> usize {
        self.all.lock().expect("lock").len()
    }
}

/// How the tests listen: on a free port, with the patience that a busy machine needs.
pub fn listen() -> Listen {
    let detector = |name: &str, shape, token: Option<&str>| Detector {
        name: name.into(),
        shape,
        token: token.map(|token| token.to_owned().into()),
    };
    Listen {
        trusted: Trusted {
            secrets: vec![secret()],
            detectors: vec![
                detector("prom", Shape::Alertmanager, Some(TOKEN)),
                detector("checks", Shape::Detections, None),
            ],
        },
        limits: Limits {
            read: Duration::from_secs(20),
            keep: Duration::from_secs(20),
            ..Limits::default()
        },
        ..Listen::on(SocketAddr::from(([127, 0, 0, 1], 0)))
    }
}

pub async fn serving(listen: Listen) -> (Server, Memory) {
    let memory = Memory::default();
    let kept = memory.clone();
    let keeper = keeper(move |delivery| {
        let kept = kept.keep(delivery);
        async move { Ok(kept) }
    });
    let server = ingress::start(listen, keeper).await.expect("a server");
    (server, memory)
}

pub fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().build().expect("a client")
}

/// A request with a body that says it is JSON.
pub fn post(server: &Server, path: &str, body: impl Into<reqwest::Body>) -> RequestBuilder {
    client()
        .post(format!("http://{}{path}", server.at()))
        .header("content-type", "application/json")
        .body(body)
}

/// A webhook that is signed now.
pub fn webhook(server: &Server, id: &str, body: &Value) -> RequestBuilder {
    let (now, body) = (chrono::Utc::now(), body.to_string());
    post(server, "/webhooks/incident-io", body.clone())
        .header("webhook-id", id)
        .header("webhook-timestamp", now.timestamp())
        .header("webhook-signature", secret().sign(id, now, body.as_bytes()))
}

/// Sends it; the status with the answer.
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").cloned();
    let bytes = response.bytes().await.expect("a body");
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if status != 200 {
        assert_eq!(kind.expect("a kind"), "application/json");
        let sentence = body["message"].as_str().expect("a sentence");
        assert!(sentence.ends_with('.') && !sentence.contains(SECRET) && !sentence.contains(TOKEN));
    }
    (status, body)
}

/// An alert as Alertmanager tells it.
pub fn alert(fingerprint: &str) -> Value {
    let started = chrono::Utc::now() - chrono::Duration::minutes(2);
    json!({"status": "firing", "fingerprint": fingerprint, "labels": {"alertname": "HighErrorRate", "severity": "critical", "service": "checkout"},
        "annotations": {"summary": "Too many 503s"}, "startsAt": started.to_rfc3339(), "endsAt": "0001-01-01T00:00:00Z", "generatorURL": ""})
}

/// The same with little patience.
pub fn impatient() -> Listen {
    let mut listen = listen();
    listen.limits.read = Duration::from_millis(300);
    listen
}
