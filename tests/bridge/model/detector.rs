//! What burns in a world, what speaks of it, and a detector and metrics that behave as the real ones were measured to.

use super::program::{ISSUES, service};
use crate::detectors::Alertmanager;
use crate::monitoring::stamp;
use axum::Router;
use axum::body::Bytes;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long a sender vouches for an alert, and how often it speaks.
const VOUCHED: i64 = 5;
const SPEAKS: Duration = Duration::from_millis(500);

/// An issue as it truly is.
#[derive(Clone, Debug)]
pub struct Issue {
    pub burns: bool,
    /// In Unix seconds.
    pub started: i64,
    pub ended: i64,
    /// Its sender speaks of it.
    pub speaks: bool,
    /// Since when all of this has been so, with everything that carries it in order.
    pub since: Instant,
}

/// The truth of a world, and what its detector and its metrics know.
pub struct Truth {
    pub issues: Vec<Issue>,
    pub detector_is_up: bool,
    pub metrics_are_up: bool,
    /// What the detector has, and since when it remembers.
    listed: BTreeMap<usize, (i64, i64)>,
    remembers: i64,
    /// Seconds by which its clock is ahead.
    pub ahead: i64,
}

pub fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

impl Truth {
    pub fn new() -> Self {
        let issue = Issue {
            burns: false,
            started: 0,
            ended: 0,
            speaks: true,
            since: Instant::now(),
        };
        Self {
            issues: vec![issue; ISSUES],
            detector_is_up: true,
            metrics_are_up: true,
            listed: BTreeMap::new(),
            remembers: now(),
            ahead: 0,
        }
    }

    /// Something happened to all of them: nobody can be expected to know of it yet.
    pub fn shaken(&mut self) {
        for issue in &mut self.issues {
            issue.since = Instant::now();
        }
    }

    pub fn turn(&mut self, n: usize) {
        let issue = &mut self.issues[n];
        issue.burns = !issue.burns;
        match issue.burns {
            true => issue.started = now(),
            false => issue.ended = now(),
        }
        issue.since = Instant::now();
    }

    /// The detector begins anew, and has forgotten everything.
    pub fn begin(&mut self) {
        (self.detector_is_up, self.remembers) = (true, now());
        self.listed.clear();
        self.shaken();
    }

    /// Issues that are spoken of, with their start and how long that is vouched for.
    fn spoken(&self) -> Vec<(usize, i64, i64)> {
        let all = self.issues.iter().enumerate();
        let spoken = all.filter(|(_, i)| self.metrics_are_up && i.speaks && i.started > 0);
        let told = |(n, i): (usize, &Issue)| {
            let vouched = if i.burns { VOUCHED } else { i.ended - now() };
            (n, i.started, vouched.min(VOUCHED))
        };
        spoken.map(told).collect()
    }

    fn hear(&mut self) {
        for (n, started, vouched) in self.spoken() {
            match vouched > 0 {
                true => drop(self.listed.insert(n, (started, now() + vouched))),
                false => drop(self.listed.remove(&n)),
            }
        }
    }

    fn alerts(&self) -> Value {
        let listed = self.listed.iter().filter(|(_, (_, ends))| *ends > now());
        let alert = |(n, (started, ends)): (&usize, &(i64, i64))| {
            let (starts, ends) = (stamp(started + self.ahead), stamp(ends + self.ahead));
            json!({
                "fingerprint": format!("f{n}"), "labels": labels(*n), "annotations": {},
                "startsAt": starts, "endsAt": ends, "updatedAt": stamp(now() + self.ahead),
                "status": {"state": "active"},
            })
        };
        listed.map(alert).collect()
    }

    fn rules(&self) -> Value {
        let rule = |n: usize| {
            let alerts = match self.issues[n].burns {
                true => json!([{"labels": labels(n), "state": "firing"}]),
                false => json!([]),
            };
            let evaluated = chrono::Utc::now().to_rfc3339();
            json!({"name": name(n), "type": "alerting", "health": "ok", "alerts": alerts, "lastEvaluation": evaluated})
        };
        let rules: Vec<Value> = (0..self.issues.len()).map(rule).collect();
        json!({"status": "success", "data": {"groups": [{"interval": 1, "rules": rules}]}})
    }

    fn answer(&self, path: &str) -> Option<Value> {
        match path {
            "/api/v1/rules" => self.metrics_are_up.then(|| self.rules()),
            _ if !self.detector_is_up => None,
            "/api/v2/alerts" => Some(self.alerts()),
            "/api/v2/status" => Some(json!({"uptime": stamp(self.remembers + self.ahead)})),
            _ => Some(json!([])),
        }
    }
}

/// The name of an issue's alert.
pub fn name(issue: usize) -> String {
    format!("Issue{issue}")
}

fn labels(n: usize) -> Value {
    json!({"alertname": name(n), "service": service(n), "severity": "critical"})
}

/// Serves what a detector and the metrics of a truth say; its address.
pub async fn serve(truth: Arc<Mutex<Truth>>) -> String {
    let app = Router::new().fallback(move |uri: Uri, _: Bytes| {
        let truth = truth.clone();
        async move { told(&truth, uri.path()) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{at}")
}

fn told(truth: &Mutex<Truth>, path: &str) -> Response {
    let truth = truth.lock().expect("lock");
    let date = chrono::Utc::now() + chrono::Duration::seconds(truth.ahead);
    let date = date.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("date", date),
    ];
    match truth.answer(path) {
        Some(said) => (headers, said.to_string()).into_response(),
        None => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// Speaks of what burns and of what is over, again and again, as Prometheus does.
pub async fn speak(truth: Arc<Mutex<Truth>>, real: Option<Arc<tokio::sync::Mutex<Alertmanager>>>) {
    loop {
        match &real {
            None => truth.lock().expect("lock").hear(),
            Some(real) => {
                let spoken = truth.lock().expect("lock").spoken();
                let detector = real.lock().await;
                for (n, started, vouched) in spoken {
                    if truth.lock().expect("lock").detector_is_up {
                        detector.told(&name(n), service(n), started, vouched).await;
                    }
                }
            }
        }
        tokio::time::sleep(SPEAKS).await;
    }
}
