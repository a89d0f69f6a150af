//! A small shop that is really measured: it serves its metrics as a program does that Prometheus asks, and a list of its
//! deployments. Its time is counted in how often it was asked, so that whoever watches it sees the whole story.

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use serde_json::json;
use std::fmt::Write;
use std::sync::{Arc, Mutex};

use super::lock;
use crate::domain::{Instant, time};

/// Its services, each with its requests a second.
const SERVICES: [(&str, u64); 3] = [
    ("web-storefront", 60),
    ("checkout-service", 40),
    ("payments-gateway", 25),
];
/// The one that is in trouble.
const SICK: &str = "checkout-service";
/// Bounds of its histogram, in seconds.
const BOUNDS: [f64; 4] = [0.1, 0.5, 2.0, 5.0];
/// Of how many requests of the sick service one fails.
const FAILS: u64 = 4;
/// Seconds of a request, and of one at the sick service.
const TAKES: (f64, f64) = (0.04, 1.3);

/// Where it stands in its story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// All is well.
    Well,
    /// A version was deployed that fails.
    Sick,
    /// It was rolled back.
    Mended,
}

/// A shop that answers. Dropping it stops it.
pub struct Shop {
    /// `127.0.0.1:PORT`.
    pub at: String,
    state: Arc<Mutex<Counted>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Default)]
struct Counted {
    asked: u64,
    /// How often it was asked while it was sick.
    sick: u64,
    deployed: Option<Instant>,
    mended: Option<Instant>,
}

/// Askings until it falls sick, and those until it is mended: a second each.
const UNTIL: (u64, u64) = (15, 60);

impl Shop {
    /// Opens it on a free port of this machine.
    pub async fn open() -> std::io::Result<Self> {
        let state = Arc::new(Mutex::new(Counted::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let at = listener.local_addr()?.to_string();
        let app = Router::new()
            .route("/metrics", get(metrics))
            .route("/deploys", get(deploys))
            .with_state(state.clone());
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Ok(Self { at, state, task })
    }

    /// Where it stands.
    pub fn stage(&self) -> Stage {
        lock(&self.state).stage()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Counted {
    fn stage(&self) -> Stage {
        match self.asked {
            asked if asked < UNTIL.0 => Stage::Well,
            asked if asked < UNTIL.1 => Stage::Sick,
            _ => Stage::Mended,
        }
    }

    fn ask(&mut self, now: Instant) {
        self.asked += 1;
        match self.stage() {
            Stage::Well => {}
            Stage::Sick => {
                self.sick += 1;
                self.deployed.get_or_insert(now);
            }
            Stage::Mended => {
                self.mended.get_or_insert(now);
            }
        }
    }

    /// Everything counted so far, as Prometheus reads it.
    fn written(&self) -> String {
        let name = "http_server_request_duration_seconds";
        let mut out = format!("# TYPE {name} histogram\n");
        for (service, rate) in SERVICES {
            let sick = if service == SICK { self.sick } else { 0 };
            let failed = sick * rate / FAILS;
            let slow = sick * rate - failed;
            let well = (self.asked - sick) * rate;
            for (code, quick, slow) in [("200", well, slow), ("500", 0, failed)] {
                let labels =
                    format!("service_name=\"{service}\",http_response_status_code=\"{code}\"");
                for bound in BOUNDS {
                    let within = quick + if bound > TAKES.1 { slow } else { 0 };
                    let _ = writeln!(out, "{name}_bucket{{{labels},le=\"{bound}\"}} {within}");
                }
                let all = quick + slow;
                let took = quick as f64 * TAKES.0 + slow as f64 * TAKES.1;
                let _ = writeln!(out, "{name}_bucket{{{labels},le=\"+Inf\"}} {all}");
                let _ = writeln!(out, "{name}_sum{{{labels}}} {took}");
                let _ = writeln!(out, "{name}_count{{{labels}}} {all}");
            }
        }
        out
    }
}

async fn metrics(State(state): State<Arc<Mutex<Counted>>>) -> impl IntoResponse {
    let mut counted = lock(&state);
    counted.ask(chrono::Utc::now());
    (
        [(CONTENT_TYPE, "text/plain; version=0.0.4")],
        counted.written(),
    )
}

async fn deploys(State(state): State<Arc<Mutex<Counted>>>) -> impl IntoResponse {
    let counted = lock(&state);
    let deploy = |at: Option<Instant>, version: &str, title: &str| {
        at.map(|at| {
            json!({"at": time::stamp(at), "title": title, "service": SICK, "version": version})
        })
    };
    let all = [
        deploy(counted.deployed, "v41", "Deploy checkout-service v41"),
        deploy(counted.mended, "v40", "Roll checkout-service back to v40"),
    ];
    let all: Vec<_> = all.into_iter().flatten().collect();
    ([(CONTENT_TYPE, "application/json")], json!(all).to_string())
}
