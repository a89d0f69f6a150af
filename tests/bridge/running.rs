//! A simulated organisation behind the recorder, and the bridge as a process in front of it.

use crate::detectors::{Alertmanager, Prometheus, free_port};
use crate::door::Door;
use crate::line::Wire;
use crate::monitoring::Owned;
use crate::recorder::Recorder;
use crate::recorder::described::description;
use hotseat::domain::webhook::SigningSecret;
use hotseat::sim::{self, Webhooks};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Bridge {
    pub recorder: Arc<Recorder>,
    pub alertmanager: Alertmanager,
    pub prometheus: Option<Prometheus>,
    running: sim::Running,
    url: String,
    /// Where it takes what comes in.
    port: u16,
    home: tempfile::TempDir,
    /// Where the Alertmanager is asked, where not at its own address, and how it is reached.
    asked: Option<(String, String)>,
    bridge: Option<Owned>,
}

impl Bridge {
    /// Everything but the bridge itself; with a Prometheus that confirms, where that is said.
    pub async fn new(with_prometheus: bool) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let (port, secret) = (free_port(), SigningSecret::written(&[7; 32]));
        secret_file(&home.path().join("secret"), &secret);
        let to = format!("http://127.0.0.1:{port}/webhooks/incident-io");
        let webhooks = Webhooks::to(&to, &secret).expect("an address");
        let options = sim::Options {
            incidents: 20,
            speed: 0.0,
            webhooks: Some(Box::new(webhooks)),
            ..sim::Options::default()
        };
        let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("an organisation");
        let (url, recorder, _) = Recorder::start(&running.url, Wire::Plain).await;
        let alertmanager = Alertmanager::start(home.path()).await;
        let prometheus = match with_prometheus {
            true => Some(Prometheus::start(home.path(), alertmanager.port).await),
            false => None,
        };
        let bridge = Self {
            recorder,
            alertmanager,
            prometheus,
            running,
            url,
            port,
            home,
            asked: None,
            bridge: None,
        };
        bridge.configure("every_seconds = 1\n");
        bridge
    }

    /// One that has declared an incident for an alert: the alert's start comes with it.
    pub async fn with_outage(settings: &str) -> (Self, i64) {
        let mut bridge = Self::new(false).await;
        bridge.configure(settings);
        let started = chrono::Utc::now().timestamp();
        let detector = &bridge.alertmanager;
        detector
            .tell("Slow", "checkout-service", started, 3_600)
            .await;
        bridge.run();
        bridge.is_live().await;
        (bridge, started)
    }

    /// Waits until there is one incident, and it is open.
    pub async fn is_live(&self) {
        let live = || async { self.categories().await == ["live"] };
        self.until("an incident", live).await;
    }

    /// What the listener answers.
    pub async fn get(&self, path: &str) -> (u16, String) {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        match reqwest::Client::new().get(url).send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                (status, answer.text().await.unwrap_or_default())
            }
            Err(_) => (0, String::new()),
        }
    }

    /// Reports as a detector that cannot be asked.
    pub async fn report(&self, detection: Value) -> u16 {
        let sent = reqwest::Client::new()
            .post(format!("http://127.0.0.1:{}/detections", self.port))
            .header("content-type", "application/json")
            .body(detection.to_string())
            .send();
        sent.await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Writes the configuration, with settings of [bridge] beside the usual ones.
    pub fn configure(&self, settings: &str) {
        self.configure_beside("", settings);
    }

    /// The same with further sources before it.
    pub fn configure_beside(&self, sources: &str, settings: &str) {
        let (source, confirms) = match &self.prometheus {
            None => (String::new(), ""),
            Some(prometheus) => (
                format!(
                    "[[sources.prometheus]]\nname = \"metrics\"\nurl = \"{}\"\n",
                    prometheus.url
                ),
                "prometheus = \"metrics\"\n",
            ),
        };
        let hold = if settings.contains("hold") {
            ""
        } else {
            "hold = \"3s\"\n"
        };
        let at = (self.alertmanager.url(), String::new());
        let (at, access) = self.asked.as_ref().unwrap_or(&at);
        let config = format!(
            "{sources}{source}[bridge]\n{hold}{settings}listen = \"127.0.0.1:{}\"\nwebhook_secrets = [{{ file = \"{}\" }}]\n\
             [[bridge.alertmanager]]\nname = \"alertmanager\"\nurl = \"{at}\"\n{access}{confirms}\
             [[bridge.detector]]\nname = \"causes\"\nkind = \"detections\"\n",
            self.port,
            self.home.path().join("secret").display(),
        );
        std::fs::write(self.home.path().join("config.toml"), config).expect("a file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hotseat"));
        command
            .arg("--config")
            .arg(self.home.path().join("config.toml"))
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", self.home.path())
            .env("INCIDENT_IO_BASE_URL", &self.url);
        // Where a test has put it into a file, the configuration names that.
        if !self.home.path().join("key").exists() {
            command.env("INCIDENT_IO_API_KEY", &self.running.key);
        }
        command
    }

    /// Starts the bridge.
    pub fn run(&mut self) {
        self.bridge = Some(self.another());
    }

    /// Starts it from a shell that says this first.
    pub fn run_after(&mut self, first: &str) {
        let inner = self.command(&["bridge", "run"]);
        let words = std::iter::once(inner.get_program()).chain(inner.get_args());
        let words: Vec<String> = words.map(|w| format!("'{}'", w.display())).collect();
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first}; exec {}", words.join(" "))]);
        shell.env_clear();
        let set = inner
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?)));
        shell.envs(set);
        self.bridge = Some(self.logged(shell));
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        let bridge = self.bridge.as_mut();
        bridge.is_some_and(|b| b.0.try_wait().is_ok_and(|ended| ended.is_none()))
    }

    /// Bytes of memory that it held at most.
    pub fn most_memory(&self) -> u64 {
        let id = self.bridge.as_ref().expect("it runs").0.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("it runs");
        let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
        let kibibytes = line
            .and_then(|l| l.trim().strip_suffix(" kB"))
            .expect("a number");
        kibibytes.parse::<u64>().expect("a number") << 10
    }

    /// Waits until all of its incidents are over.
    pub async fn has_ended(&self) {
        let ended = || async {
            let all = self.categories().await;
            !all.is_empty() && all.iter().all(|category| category == "learning")
        };
        self.until("its end", ended).await;
    }

    /// Starts a bridge, beside the one that runs where there is one.
    pub fn another(&self) -> Owned {
        self.logged(self.command(&["bridge", "run"]))
    }

    fn logged(&self, mut command: Command) -> Owned {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.home.path().join("log"))
            .expect("a file");
        let child = command.stdout(Stdio::null()).stderr(log).spawn();
        Owned(child.expect("hotseat runs"))
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Tells the bridge to read its configuration again.
    pub fn hang_up(&self) {
        let bridge = self.bridge.as_ref().expect("it runs");
        let id = bridge.0.id().to_string();
        let done = Command::new("kill").args(["-s", "HUP", &id]).status();
        assert!(done.expect("kill").success());
    }

    /// Puts a door before the organisation that opens to one key at a time.
    pub async fn behind_a_door(&mut self, key: &str) -> Door {
        let door = Door::start(&self.url, Some(&self.running.key), key).await;
        self.url.clone_from(&door.url);
        door
    }

    /// Finds the organisation at another address.
    pub fn finds_the_organisation_at(&mut self, url: &str) {
        url.clone_into(&mut self.url);
    }

    /// Asks the Alertmanager at another address, with these settings of how.
    pub fn asks_by(&mut self, url: &str, access: &str) {
        self.asked = Some((url.to_owned(), access.to_owned()));
    }

    /// Takes what comes in at another port from the next configuration on.
    pub fn listens_elsewhere(&mut self) {
        self.port = free_port();
    }

    /// Sends a webhook as incident.io does, signed with a secret; the status of the answer.
    pub async fn webhook(&self, secret: &SigningSecret) -> u16 {
        let (id, at) = (format!("msg_{}", fastrand::u64(..)), chrono::Utc::now());
        let body = "{\"event_type\": \"public_incident.incident_created_v2\"}";
        let sent = reqwest::Client::new()
            .post(format!(
                "http://127.0.0.1:{}/webhooks/incident-io",
                self.port
            ))
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", at.timestamp().to_string())
            .header("webhook-signature", secret.sign(&id, at, body.as_bytes()))
            .body(body)
            .send();
        sent.await.map_or(0, |answer| answer.status().as_u16())
    }

    /// Kills the bridge, wherever it is.
    pub fn kill(&mut self) {
        self.bridge = None;
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    pub fn ask(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("hotseat runs")
    }

    pub fn json(&self, arguments: &[&str]) -> Value {
        let out = self.ask(arguments);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {said}"))
    }

    /// Incidents that the bridge made or keeps, as incident.io has them.
    pub async fn incidents(&self) -> Vec<Value> {
        let url = format!("{}/v2/incidents?page_size=50", self.running.url);
        let answer = reqwest::Client::new()
            .get(url)
            .bearer_auth(&self.running.key)
            .send()
            .await
            .expect("an answer");
        let body = answer.bytes().await.expect("a body");
        let all: Value = serde_json::from_slice(&body).expect("JSON");
        let all = all["incidents"].as_array().cloned().unwrap_or_default();
        let by_bridge = |i: &Value| {
            let summary = i["summary"].as_str().unwrap_or_default();
            summary.contains("Declared by hotseat bridge")
                || summary.contains("`hotseat bridge why")
        };
        all.into_iter().filter(by_bridge).collect()
    }

    /// Their status categories, oldest first.
    pub async fn categories(&self) -> Vec<String> {
        let mut all = self.incidents().await;
        all.sort_by_key(|i| i["created_at"].to_string());
        let category = |i: &Value| {
            i["incident_status"]["category"]
                .as_str()
                .unwrap_or("")
                .to_owned()
        };
        all.iter().map(category).collect()
    }

    /// Changes an incident as a person does.
    pub async fn edit(&self, incident: &Value, change: Value) {
        let id = incident["id"].as_str().expect("an id");
        let body = serde_json::json!({"incident": change, "notify_incident_channel": false});
        let path = format!("/v2/incidents/{id}/actions/edit");
        self.send(&path, &body).await;
    }

    /// Texts that were begun and are kept on this machine: what they are of, and what they say.
    pub fn kept_texts(&self) -> Vec<(String, String)> {
        let folder = self.home.path().join(".local/state/hotseat");
        let files = std::fs::read_dir(folder).expect("a folder").flatten();
        let is_journal =
            |path: &std::path::PathBuf| path.to_string_lossy().ends_with(".journal.db");
        let path = files.map(|f| f.path()).find(is_journal);
        let db = rusqlite::Connection::open(path.expect("a journal")).expect("it opens");
        let mut all = db.prepare("SELECT key, data FROM draft").expect("drafts");
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
        rows.expect("rows").map(|row| row.expect("a row")).collect()
    }

    /// What somebody does on the dashboard.
    pub fn organisation(&self) -> &sim::Running {
        &self.running
    }

    /// An incident's timeline: titles with what stands below them.
    pub async fn notes(&self, incident: &Value) -> Vec<String> {
        let id = incident["id"].as_str().expect("an id");
        let url = format!("/v2/incident_timeline_items?page_size=50&incident_id={id}");
        let all = self.json(&["api", "GET", &url]);
        let says = |item: &Value| {
            let part = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
            format!("{}\n{}", part("title"), part("description"))
        };
        let items = all["incident_timeline_items"].as_array();
        items.expect("items").iter().map(says).collect()
    }

    /// Waits until an incident's timeline says what cleared when.
    pub async fn says_that_all_is_over(&self, incident: &Value) {
        let told = || async {
            let all = self.notes(incident).await;
            all.iter()
                .any(|note| note.contains("Everything that burnt is over"))
        };
        self.until("what cleared when", told).await;
    }

    /// Writes as a person does, past the bridge; what is answered.
    pub async fn send(&self, path: &str, body: &Value) -> Value {
        let done = reqwest::Client::new()
            .post(format!("{}{path}", self.running.url))
            .bearer_auth(&self.running.key)
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .expect("an answer");
        assert!(done.status().is_success(), "{}", done.status());
        let body = done.bytes().await.expect("a body");
        serde_json::from_slice(&body).unwrap_or_default()
    }

    /// The fate and standing of what burns under a service's alert.
    pub fn episodes(&self) -> Vec<Value> {
        let status = self.json(&["bridge", "status", "--output", "json"]);
        status["episodes"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until something is so.
    pub async fn until<F: Future<Output = bool>>(&self, what: &str, is_so: impl Fn() -> F) {
        let patience = Instant::now() + PATIENCE;
        while !is_so().await {
            assert!(
                Instant::now() < patience,
                "{what} never came:\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Waits until the bridge has looked at both sides so many times more.
    pub async fn rounds(&self, many: usize) {
        let looked =
            || self.json(&["bridge", "status", "--output", "json"])["last_round"]["at"].to_string();
        for _ in 0..many {
            let before = looked();
            self.until("another round", || async { looked() != before })
                .await;
        }
    }

    /// Nothing that was sent or answered is other than the official description has it.
    pub fn is_as_described(&self) {
        let Some(spec) = description() else {
            return;
        };
        let wrong = self.recorder.wrong(&spec);
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}

/// A secret in a file that only its owner may read.
pub fn secret_file(path: &Path, secret: &SecretString) {
    std::fs::write(path, secret.expose_secret()).expect("a file");
    let own = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, own).expect("permissions");
}
