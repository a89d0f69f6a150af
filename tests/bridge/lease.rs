//! Two bridges on two machines, one lease on a real NATS server: one works, the other waits, and what lost the lease sends
//! nothing more.

use crate::detectors::free_port;
use crate::json::{Said, says, system};
use crate::line::Wire;
use crate::monitoring::Owned;
use crate::nats::Server;
use crate::recorder::Recorder;
use hotseat::sim;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long anything may take on a busy machine before it counts as never.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long it takes until another has the lease: ten seconds until the server forgets it, three until it is tried.
const TAKEN_WITHIN: Duration = Duration::from_secs(20);

/// An organisation, what burns, and the server that both machines reach.
struct Shared {
    running: sim::Running,
    /// Where issues are listed, and what it says.
    detector: (String, Said),
    nats: Server,
}

/// A machine with a bridge of its own, and everything that it sends.
struct Machine {
    home: tempfile::TempDir,
    port: u16,
    url: String,
    key: String,
    recorder: Arc<Recorder>,
    bridge: Option<Owned>,
}

impl Shared {
    async fn new() -> Self {
        let options = sim::Options {
            incidents: 20,
            speed: 0.0,
            ..sim::Options::default()
        };
        let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0))).await;
        Self {
            running: running.expect("an organisation"),
            detector: system().await,
            nats: Server::start(),
        }
    }

    async fn machine(&self) -> Machine {
        let (url, recorder, _) = Recorder::start(&self.running.url, Wire::Plain).await;
        let (home, port) = (tempfile::tempdir().expect("a folder"), free_port());
        let config = format!(
            "[relay]\nnats = \"{}\"\n[bridge]\nevery_seconds = 1\nhold = \"2s\"\ninvestigate = false\nlisten = \"127.0.0.1:{port}\"\n\
             [[bridge.detector]]\nname = \"causes\"\nkind = \"detections\"\n[[bridge.json]]\nname = \"checks\"\nurl = \"{}\"\n\
             fields = {{ items = \"/issues\", id = \"/name\", title = \"/name\", severity = \"/level\", started = \"/since\", services = \"/of\" }}\n",
            self.nats.way().address,
            self.detector.0,
        );
        std::fs::write(home.path().join("config.toml"), config).expect("a file");
        let mut machine = Machine {
            home,
            port,
            url,
            key: self.running.key.clone(),
            recorder,
            bridge: None,
        };
        machine.run();
        machine
    }

    /// What burns from now on, for both to see.
    fn burn(&self, all: &[&str]) {
        let since = "2026-01-05T10:00:00Z";
        let issue = |name: &&str| json!({"name": name, "level": "critical", "since": since});
        let all: Vec<Value> = all.iter().map(issue).collect();
        says(&self.detector.1, 200, &json!({ "issues": all }));
    }

    /// Incidents that a bridge declared: their names and how they stand.
    async fn declared(&self) -> Vec<(String, String)> {
        let url = format!("{}/v2/incidents?page_size=50", self.running.url);
        let asked = reqwest::Client::new().get(url);
        let answer = asked.bearer_auth(&self.running.key).send().await;
        let body = answer.expect("an answer").bytes().await.expect("a body");
        let all: Value = serde_json::from_slice(&body).expect("JSON");
        let all = all["incidents"].as_array().expect("incidents").iter();
        let by_bridge = |i: &&Value| i["summary"].to_string().contains("hotseat bridge");
        let word = |word: &Value| word.as_str().unwrap_or_default().to_owned();
        let shown = |i: &Value| (word(&i["name"]), word(&i["incident_status"]["category"]));
        all.filter(by_bridge).map(shown).collect()
    }

    async fn has(&self, name: &str, category: &str, machines: &[&Machine]) {
        let found = || async {
            let all = self.declared().await;
            all.iter().any(|(n, c)| n == name && c == category)
        };
        until(&format!("{name} is {category}"), machines, found).await;
    }
}

impl Machine {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hotseat"));
        command
            .arg("--config")
            .arg(self.home.path().join("config.toml"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("INCIDENT_IO_BASE_URL", &self.url)
            .env("INCIDENT_IO_API_KEY", &self.key);
        command
    }

    fn run(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.home.path().join("log"))
            .expect("a file");
        let mut command = self.command(&["bridge", "run"]);
        let child = command.stdout(Stdio::null()).stderr(log).spawn();
        self.bridge = Some(Owned(child.expect("hotseat runs")));
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("hotseat runs")
    }

    fn said(&self, arguments: &[&str]) -> String {
        String::from_utf8_lossy(&self.ask(arguments).stdout).into_owned()
    }

    fn signal(&self, signal: Signal) {
        let bridge = &self.bridge.as_ref().expect("it runs").0;
        kill_process(Pid::from_child(bridge), signal).expect("a signal");
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        match reqwest::Client::new().get(url).send().await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                (status, answer.text().await.unwrap_or_default())
            }
            Err(_) => (0, String::new()),
        }
    }

    async fn is_ready(&self) -> bool {
        self.get("/readyz").await.0 == 200
    }

    /// What it sent that changes something.
    fn writes(&self) -> Vec<String> {
        let log = self.recorder.log.lock().expect("lock");
        let writes = log.iter().filter(|e| e.method != "get");
        writes.map(|e| format!("{} {}", e.method, e.path)).collect()
    }

    fn declarations(&self) -> usize {
        let writes = self.writes();
        writes.iter().filter(|w| *w == "post /v2/incidents").count()
    }
}

/// Waits until something is so.
async fn until<F: Future<Output = bool>>(what: &str, machines: &[&Machine], so: impl Fn() -> F) {
    let patience = Instant::now() + PATIENCE;
    while !so().await {
        let logs: Vec<String> = machines.iter().map(|m| m.log()).collect();
        assert!(
            Instant::now() < patience,
            "{what} never came:\n{}",
            logs.join("\n---\n")
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_bridges_declares_and_the_other_goes_on_where_it_dies() {
    let shared = Shared::new().await;
    let mut first = shared.machine().await;
    until("the first works", &[&first], || first.is_ready()).await;
    let second = shared.machine().await;
    let waits = || async {
        let (status, says) = second.get("/readyz").await;
        status == 503 && says.contains("holds the lease")
    };
    until("the second waits", &[&second], waits).await;
    shared.burn(&["Slow"]);
    shared.has("Slow", "live", &[&first, &second]).await;
    until("its answer", &[&first, &second], || async {
        first.declarations() == 1
    })
    .await;
    assert_eq!(second.declarations(), 0);

    let (_, page) = second.get("/metrics").await;
    assert!(
        page.contains("hotseat_bridge_lease{state=\"waiting\"} 1"),
        "{page}"
    );
    let (_, page) = first.get("/metrics").await;
    assert!(
        page.contains("hotseat_bridge_lease{state=\"held\"} 1"),
        "{page}"
    );
    let status = second.said(&["bridge", "status"]);
    assert!(status.contains("this bridge sends nothing"), "{status}");
    let status = first.said(&["bridge", "status", "--output", "json"]);
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["lease"]["works"], true, "{status}");
    for command in [&["bridge", "check"][..], &["doctor"]] {
        let said = second.said(command);
        assert!(
            said.contains("holds the lease of the bridge."),
            "{command:?}: {said}"
        );
    }

    first.bridge = None;
    let (died, again) = (Instant::now(), Duration::from_millis(100));
    while !second.is_ready().await {
        assert!(died.elapsed() < TAKEN_WITHIN, "{}", second.log());
        tokio::time::sleep(again).await;
    }
    println!("taken over {:?} after the first died", died.elapsed());
    // What the first declared is its own now: it is resolved, and is not declared a second time.
    shared.burn(&[]);
    shared.has("Slow", "learning", &[&second]).await;
    assert_eq!(shared.declared().await.len(), 1, "{}", second.log());
    assert_eq!(second.log().matches("holds the lease").count(), 2);

    // One that ends gives the lease back: nobody waits until it is forgotten.
    first.run();
    let waits = || async { first.log().matches("sends nothing").count() == 1 };
    until("the first waits", &[&first], waits).await;
    second.signal(Signal::TERM);
    let ended = Instant::now();
    while !first.is_ready().await {
        assert!(ended.elapsed() < Duration::from_secs(9), "{}", first.log());
        tokio::time::sleep(again).await;
    }
    println!("taken over {:?} after the second ended", ended.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_stood_still_while_another_took_over_sends_nothing_more() {
    let shared = Shared::new().await;
    let first = shared.machine().await;
    until("the first works", &[&first], || first.is_ready()).await;
    shared.burn(&["Slow"]);
    shared.has("Slow", "live", &[&first]).await;
    let second = shared.machine().await;
    until("the second waits", &[&second], || async {
        second.log().contains("sends nothing")
    })
    .await;
    first.signal(Signal::STOP);
    until("the second works", &[&second], || second.is_ready()).await;
    // Both are told of it, and the first finds it as soon as it goes on.
    let sent = first.writes();
    shared.burn(&["Slow", "Errors"]);
    shared.has("Errors", "live", &[&second]).await;
    shared.burn(&["Slow", "Errors", "Disk"]);
    first.signal(Signal::CONT);
    until("the first knows", &[&first, &second], || async {
        first.log().matches("sends nothing").count() == 1
    })
    .await;
    shared.has("Disk", "live", &[&first, &second]).await;
    shared.burn(&["Slow", "Errors", "Disk", "Late"]);
    shared.has("Late", "live", &[&first, &second]).await;
    assert_eq!(first.writes(), sent, "{}", first.log());
    let names = shared.declared().await;
    assert_eq!(names.len(), 4, "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bridge_that_cannot_reach_its_lease_says_so_once_and_goes_on_when_it_can() {
    let mut shared = Shared::new().await;
    let bridge = shared.machine().await;
    until("it works", &[&bridge], || bridge.is_ready()).await;
    shared.nats.kill();
    let says = "The lease cannot be held";
    until("it stops", &[&bridge], || async {
        let (status, why) = bridge.get("/readyz").await;
        status == 503 && why.contains(says)
    })
    .await;
    let looked = bridge.recorder.log.lock().expect("lock").len();
    shared.burn(&["Slow"]);
    // As long as another bridge would have had time to take over, and this one many rounds.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(bridge.declarations(), 0, "{looked}: {}", bridge.log());
    assert_eq!(bridge.log().matches(says).count(), 1, "{}", bridge.log());
    let status = bridge.said(&["bridge", "status"]);
    assert!(status.contains(says), "{status}");
    let check = bridge.ask(&["bridge", "check"]);
    assert!(!check.status.success());
    let checks: Value = serde_json::from_slice(&check.stdout).expect("JSON");
    let lease = checks.as_array().expect("checks").iter();
    let lease = lease.clone().find(|c| c["name"] == "lease");
    assert_eq!(lease.expect("a check")["mark"], "bad", "{checks}");
    shared.nats.empty();
    shared.nats.run();
    shared.has("Slow", "live", &[&bridge]).await;
    until("its answer", &[&bridge], || async {
        bridge.declarations() == 1
    })
    .await;
}
