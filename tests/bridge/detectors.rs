//! A real Alertmanager and a real Prometheus, started and ended at will.

use crate::monitoring::{Owned, stamp};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where the alerts are sent: nowhere, the bridge asks.
const ROUTE: &str = "route: { receiver: nobody, group_by: [alertname], group_wait: 1s, group_interval: 2s }\nreceivers: [{ name: nobody }]\n";

pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// An Alertmanager.
pub struct Alertmanager {
    pub port: u16,
    folder: PathBuf,
    server: Option<Owned>,
}

impl Alertmanager {
    pub async fn start(folder: &Path) -> Self {
        Self::start_at(folder, free_port()).await
    }

    pub async fn start_at(folder: &Path, port: u16) -> Self {
        let mut started = Self {
            port,
            folder: folder.to_owned(),
            server: None,
        };
        started.begin().await;
        started
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it, and waits until it answers.
    pub async fn begin(&mut self) {
        let config = self.folder.join("alertmanager.yml");
        std::fs::write(&config, ROUTE).expect("a file");
        let server = Command::new("prometheus-alertmanager")
            .args([
                format!("--config.file={}", config.display()),
                format!("--storage.path={}", self.folder.join("am").display()),
                format!("--web.listen-address=127.0.0.1:{}", self.port),
                "--cluster.listen-address=".into(),
                "--log.level=error".into(),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Alertmanager runs; it is the package prometheus-alertmanager");
        self.server = Some(Owned(server));
        is_ready(&self.url()).await;
    }

    /// Its silences that are not over.
    pub async fn silences(&self) -> Vec<serde_json::Value> {
        let url = format!("{}/api/v2/silences", self.url());
        let answer = reqwest::Client::new()
            .get(url)
            .send()
            .await
            .expect("an answer");
        let body = answer.bytes().await.expect("a body");
        let all: Vec<serde_json::Value> = serde_json::from_slice(&body).expect("JSON");
        let stands = |s: &serde_json::Value| s["status"]["state"] != "expired";
        all.into_iter().filter(stands).collect()
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.server = None;
    }

    /// Tells it of an alert that its sender vouches for so many seconds; none is the end of it.
    pub async fn tell(&self, name: &str, service: &str, started: i64, vouched: i64) {
        let told = self.told(name, service, started, vouched).await;
        assert!(told, "Alertmanager was not told of {name}");
    }

    /// The same, where it may be away: whether it was told.
    pub async fn told(&self, name: &str, service: &str, started: i64, vouched: i64) -> bool {
        let ends = chrono::Utc::now().timestamp() + vouched;
        let alert = json!([{
            "labels": {"alertname": name, "service": service, "severity": "critical"},
            "annotations": {"summary": format!("{service}: {name}")},
            "startsAt": stamp(started), "endsAt": stamp(ends), "generatorURL": "http://metrics.example/graph",
        }]);
        let told = reqwest::Client::new()
            .post(format!("{}/api/v2/alerts", self.url()))
            .header("content-type", "application/json")
            .body(alert.to_string())
            .send();
        told.await.is_ok_and(|told| told.status().is_success())
    }
}

/// A Prometheus whose one rule fires as a test says, and that tells an Alertmanager of it.
pub struct Prometheus {
    pub url: String,
    folder: PathBuf,
    server: Owned,
}

impl Prometheus {
    pub async fn start(folder: &Path, alertmanager: u16) -> Self {
        let port = free_port();
        let config = folder.join("prometheus.yml");
        let rules = folder.join("rules.yml");
        std::fs::write(
            &config,
            format!(
                "global: {{ evaluation_interval: 1s }}\nrule_files: [{}]\nalerting:\n  alertmanagers:\n  - static_configs: [{{ targets: [\"127.0.0.1:{alertmanager}\"] }}]\n",
                rules.display()
            ),
        )
        .expect("a file");
        std::fs::write(&rules, rule(false)).expect("a file");
        let server = Command::new("prometheus")
            .args([
                format!("--config.file={}", config.display()),
                format!("--storage.tsdb.path={}", folder.join("tsdb").display()),
                format!("--web.listen-address=127.0.0.1:{port}"),
                "--rules.alert.resend-delay=2s".into(),
                "--log.level=error".into(),
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("prometheus runs; it is the package of that name");
        let started = Self {
            url: format!("http://127.0.0.1:{port}"),
            folder: folder.to_owned(),
            server: Owned(server),
        };
        is_ready(&started.url).await;
        started
    }

    /// Lets its rule fire, or not.
    pub fn burns(&self, burns: bool) {
        std::fs::write(self.folder.join("rules.yml"), rule(burns)).expect("a file");
        let pid = self.server.0.id().to_string();
        let done = Command::new("kill").args(["-s", "HUP", &pid]).status();
        assert!(done.expect("kill").success());
    }
}

fn rule(burns: bool) -> String {
    let compared = if burns { ">" } else { "<" };
    format!(
        "groups:\n- name: shop\n  rules:\n  - alert: Slow\n    expr: vector(1) {compared} 0\n    labels: {{ severity: critical, service: checkout-service }}\n    annotations: {{ summary: \"checkout is slow\" }}\n"
    )
}

async fn is_ready(url: &str) {
    let client = reqwest::Client::new();
    for _ in 0..600 {
        let asked = client.get(format!("{url}/-/ready")).send().await;
        if asked.is_ok_and(|answer| answer.status().is_success()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{url} did not become ready");
}
