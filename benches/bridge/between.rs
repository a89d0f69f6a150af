//! The bridge as a process, with a counter before the simulated organisation.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hotseat::sim;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A bridge that runs, until it is dropped.
pub struct Bridge {
    /// Where it takes what comes in.
    pub at: SocketAddr,
    child: Child,
    asked: Arc<AtomicUsize>,
    running: sim::Running,
    _home: tempfile::TempDir,
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A report of issues that burn, from a number on.
pub fn detections(from: usize, many: usize, of: usize) -> String {
    let one = |n: usize| {
        let n = n % of;
        json!({"id": format!("issue-{n}"), "title": format!("Issue {n}"), "severity": "critical", "status": "firing",
            "started": "2026-11-20T14:00:00Z", "services": [format!("service-{}", n % 50)], "summary": "It burns."})
    };
    Value::from((from..from + many).map(one).collect::<Vec<_>>()).to_string()
}

impl Bridge {
    pub async fn start(settings: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = sim::Options {
            incidents: 50,
            speed: 0.0,
            ..sim::Options::default()
        };
        let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let running = running.expect("an organisation");
        let asked = Arc::new(AtomicUsize::new(0));
        let url = counting(&running.url, asked.clone()).await;
        // On the disk of the build, as far as /tmp is memory.
        let home = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr());
        let at = free.expect("a free port");
        let config = format!(
            "[bridge]\ninvestigate = false\n{settings}listen = \"{at}\"\n[[bridge.detector]]\nname = \"causes\"\nkind = \"detections\"\n"
        );
        std::fs::write(home.path().join("config.toml"), config).expect("a file");
        let child = Command::new(env!("CARGO_BIN_EXE_hotseat"))
            .arg("--config")
            .arg(home.path().join("config.toml"))
            .args(["bridge", "run"])
            .env_clear()
            .env("HOME", home.path())
            .env("INCIDENT_IO_BASE_URL", url)
            .env("INCIDENT_IO_API_KEY", &running.key)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let bridge = Self {
            at,
            child: child.expect("hotseat runs"),
            asked,
            running,
            _home: home,
        };
        while tokio::net::TcpStream::connect(at).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bridge
    }

    /// Reports what burns.
    pub async fn report(&self, detections: &str) {
        let sent = reqwest::Client::new()
            .post(format!("http://{}/detections", self.at))
            .header("content-type", "application/json")
            .body(detections.to_owned())
            .send();
        assert!(sent.await.expect("an answer").status().is_success());
    }

    /// Incidents that it declared.
    pub async fn incidents(&self) -> usize {
        let url = format!("{}/v2/incidents?page_size=250", self.running.url);
        let asked = reqwest::Client::new()
            .get(url)
            .bearer_auth(&self.running.key);
        let body = asked.send().await.expect("an answer").bytes().await;
        let all: Value = serde_json::from_slice(&body.expect("a body")).expect("JSON");
        let is_ours = |i: &&Value| i["summary"].to_string().contains("hotseat bridge");
        all["incidents"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(is_ours)
            .count()
    }

    /// Requests that it made so far.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// Bytes of memory that it holds.
    pub fn memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(status).unwrap_or_default();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
        let kibibytes = line.and_then(|l| l.trim().strip_suffix(" kB"));
        kibibytes
            .and_then(|k| k.parse::<u64>().ok())
            .unwrap_or_default()
            << 10
    }
}

/// Counts what passes to an organisation.
async fn counting(to: &str, asked: Arc<AtomicUsize>) -> String {
    let behind = (to.to_owned(), asked, reqwest::Client::new());
    let app = Router::new().fallback(pass).with_state(behind);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port");
    let at = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{at}")
}

async fn pass(
    State((to, asked, http)): State<(String, Arc<AtomicUsize>, reqwest::Client)>,
    request: Request<Body>,
) -> Response {
    asked.fetch_add(1, Ordering::Relaxed);
    let (parts, body) = request.into_parts();
    let mut headers = parts.headers;
    headers.remove(header::HOST);
    let body = to_bytes(body, 16 << 20).await.expect("a body");
    let passed = http.request(parts.method, format!("{to}{}", parts.uri));
    let answer = passed
        .headers(headers)
        .body(body)
        .send()
        .await
        .expect("an answer");
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(header::TRANSFER_ENCODING);
    headers.remove(header::CONTENT_LENGTH);
    (status, headers, answer.bytes().await.expect("a body")).into_response()
}
