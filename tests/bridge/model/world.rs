//! One world: what is true, the organisation, the detector, and the bridge as a program between them.

use super::Tally;
use super::detector::{Truth, serve, speak};
use super::judged::{Ending, is_open, services};
use super::organisation::{Organisation, Set, text};
use super::program::{Deed, Nature, Step, What, nature, service};
use crate::detectors::Alertmanager;
use crate::line::Wire;
use crate::monitoring::Owned;
use crate::recorder::Recorder;
use crate::running::secret_file;
use hotseat::domain::webhook::SigningSecret;
use hotseat::sim::{self, Webhooks, faults::Faults};
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long an issue burns, with everything in order that carries the word of it, until the bridge must know: a round, and
/// a write that was decided on before and is tried on its way, on a machine with many times more to do than it can.
const KNOWN_AFTER: Duration = Duration::from_secs(20);
/// How long both sides may take to agree once nothing breaks any more, on a busy machine.
const AGREED_WITHIN: Duration = Duration::from_secs(90);
const LOOKS: Duration = Duration::from_millis(50);
const WEBHOOK_FAULTS: &str = "[[webhook]]\nkind = \"lose\"\nrate = 0.2\n[[webhook]]\nkind = \"duplicate\"\nrate = 0.2\n\
    [[webhook]]\nkind = \"reorder\"\nrate = 0.2\n[[webhook]]\nkind = \"delay\"\ndelay_ms = 900\nrate = 0.2\n";

struct World {
    nature: Nature,
    truth: Arc<Mutex<Truth>>,
    real: Option<Arc<tokio::sync::Mutex<Alertmanager>>>,
    organisation: Organisation,
    recorder: Arc<Recorder>,
    url: String,
    home: tempfile::TempDir,
    bridge: Option<Owned>,
    running: sim::Running,
    closed: BTreeSet<String>,
    set: Vec<Set>,
    tally: Tally,
}

/// A port that no connection takes meanwhile: below those that are given out.
fn own_port() -> u16 {
    loop {
        let port = fastrand::u16(12_000..30_000);
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Plays a program; says what is wrong.
pub async fn play(seed: u64, steps: Vec<Step>) -> Result<Tally, String> {
    let mut world = World::new(seed).await;
    let speaking = tokio::spawn(speak(world.truth.clone(), world.real.clone()));
    let looking = tokio::spawn(look(
        world.recorder.clone(),
        world.truth.clone(),
        Organisation::new(&world.running).await,
    ));
    world.run();
    for step in &steps {
        world.step(&step.what).await;
        world.stays_up();
        tokio::time::sleep(Duration::from_millis(step.pause)).await;
    }
    let ended = world.settle().await;
    world.bridge = None;
    speaking.abort();
    looking.abort();
    ended.map_err(|why| format!("{why}\n{}", world.log()))?;
    // A look that broke down found something.
    match looking.await {
        Ok(found) => Err(found),
        Err(e) if e.is_cancelled() => Ok(world.tally),
        Err(e) => Err(e.to_string()),
    }
}

/// Looks at everything that closes an incident, and ends where what it is about burns for everybody to know.
async fn look(
    recorder: Arc<Recorder>,
    truth: Arc<Mutex<Truth>>,
    organisation: Organisation,
) -> String {
    let mut seen = 0;
    loop {
        let closing: Vec<(String, Value)> = {
            let log = recorder.log.lock().expect("lock");
            let new = log[seen..].iter().filter(|e| e.status < 300);
            let closing = new.filter(|e| {
                organisation.is_end(&e.body["incident"]["incident_status_id"])
                    || organisation.is_end(&e.body["to_incident_status_id"])
            });
            let about = |path: &str| path.split('/').nth(3).unwrap_or_default().to_owned();
            let closing = closing.map(|e| (about(&e.path), e.body["incident_id"].clone()));
            let all = closing.collect();
            seen = log.len();
            all
        };
        for (by_path, by_body) in closing {
            let id = by_body.as_str().unwrap_or(&by_path).to_owned();
            let incidents = organisation.incidents().await;
            let Some(incident) = incidents.iter().find(|i| i["id"] == id.as_str()) else {
                continue;
            };
            let of = services(incident);
            let truth = truth.lock().expect("lock");
            let in_order = truth.detector_is_up && truth.metrics_are_up;
            let known = |(_, i): &(usize, &super::detector::Issue)| {
                i.burns && i.speaks && in_order && i.since.elapsed() > KNOWN_AFTER
            };
            let burning = truth.issues.iter().enumerate().filter(known);
            let mut burning = burning.filter(|(n, _)| of == [service(*n)]);
            if let Some((n, issue)) = burning.next() {
                return format!("closed while Issue{n} burns, {issue:?}: {incident:#?}");
            }
        }
        tokio::time::sleep(LOOKS).await;
    }
}

impl World {
    async fn new(seed: u64) -> Self {
        let (nature, home) = (nature(seed), tempfile::tempdir().expect("a folder"));
        let (port, secret) = (own_port(), SigningSecret::written(&[7; 32]));
        secret_file(&home.path().join("secret"), &secret);
        let to = format!("http://127.0.0.1:{port}/webhooks/incident-io");
        let options = sim::Options {
            seed: Some(seed),
            incidents: 12,
            speed: 0.0,
            webhooks: Some(Box::new(Webhooks::to(&to, &secret).expect("an address"))),
            faults: toml::from_str::<Faults>(WEBHOOK_FAULTS).expect("faults"),
            ..sim::Options::default()
        };
        let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let running = running.expect("an organisation");
        let (url, recorder, _) = Recorder::start(&running.url, Wire::Plain).await;
        let truth = Arc::new(Mutex::new(Truth::new()));
        let metrics = serve(truth.clone()).await;
        let (real, detector) = match nature.is_real {
            false => (None, metrics.clone()),
            true => {
                let real = Alertmanager::start_at(home.path(), own_port()).await;
                let url = real.url();
                (Some(Arc::new(tokio::sync::Mutex::new(real))), url)
            }
        };
        let (source, confirms) = match nature.has_metrics {
            false => (String::new(), ""),
            true => (
                format!("[[sources.prometheus]]\nname = \"metrics\"\nurl = \"{metrics}\"\n"),
                "prometheus = \"metrics\"\n",
            ),
        };
        let config = format!(
            "timeout_seconds = 2\n{source}[bridge]\nevery_seconds = 1\nhold = \"2s\"\nlongest_hold = \"4s\"\ninvestigate = false\n\
             declares_per_hour = {}\nlisten = \"127.0.0.1:{port}\"\nwebhook_secrets = [{{ file = \"{}\" }}]\n\
             [[bridge.alertmanager]]\nname = \"alertmanager\"\nurl = \"{detector}\"\n{confirms}",
            nature.most,
            home.path().join("secret").display(),
        );
        std::fs::write(home.path().join("config.toml"), config).expect("a file");
        Self {
            nature,
            truth,
            real,
            organisation: Organisation::new(&running).await,
            recorder,
            url,
            home,
            bridge: None,
            running,
            closed: BTreeSet::new(),
            set: Vec::new(),
            tally: Tally {
                worlds: 1,
                ..Tally::default()
            },
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hotseat"));
        command
            .arg("--config")
            .arg(self.home.path().join("config.toml"))
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("INCIDENT_IO_BASE_URL", &self.url)
            .env("INCIDENT_IO_API_KEY", &self.running.key);
        command
    }

    fn run(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.home.path().join("log"))
            .expect("a file");
        let child = self
            .command(&["bridge", "run"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn();
        self.bridge = Some(Owned(child.expect("hotseat runs")));
    }

    /// One that ended by itself is begun anew, as a service is.
    fn stays_up(&mut self) {
        let ended = self
            .bridge
            .as_mut()
            .and_then(|b| b.0.try_wait().ok().flatten());
        if ended.is_some() {
            self.run();
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.home.path().join("log")).unwrap_or_default()
    }

    async fn status(&self) -> Value {
        let mut command =
            tokio::process::Command::from(self.command(&["bridge", "status", "--output", "json"]));
        let out = command.output().await.expect("hotseat runs");
        serde_json::from_slice(&out.stdout).unwrap_or_default()
    }

    fn truth<T>(&self, change: impl FnOnce(&mut Truth) -> T) -> T {
        change(&mut self.truth.lock().expect("lock"))
    }

    async fn step(&mut self, what: &What) {
        match what {
            What::Turns(n) => self.truth(|t| t.turn(*n)),
            What::Clears => self.truth(|t| {
                for n in 0..t.issues.len() {
                    if t.issues[n].burns {
                        t.turn(n);
                    }
                }
            }),
            What::Flaps(n, times) => {
                for _ in 0..2 * times {
                    self.truth(|t| t.turn(*n));
                    tokio::time::sleep(Duration::from_millis(250)).await;
                }
            }
            What::Mutes(n) => self.truth(|t| {
                let issue = &mut t.issues[*n];
                (issue.speaks, issue.since) = (!issue.speaks, Instant::now());
            }),
            What::BridgeDies(milliseconds) => {
                self.bridge = None;
                self.tally.kills += 1;
                tokio::time::sleep(Duration::from_millis(*milliseconds)).await;
                self.run();
                // What it took for burning it may have to hear of again.
                self.truth(Truth::shaken);
            }
            What::BridgeReloads => {
                let id = self.bridge.as_ref().map(|b| b.0.id().to_string());
                let _ = Command::new("kill")
                    .args(["-s", "HUP", &id.unwrap_or_default()])
                    .status();
            }
            What::DetectorDies => self.detector_dies().await,
            What::DetectorBegins => self.detector_begins().await,
            What::MetricsDie => self.truth(|t| t.metrics_are_up = false),
            What::MetricsBegin => self.truth(|t| {
                t.metrics_are_up = true;
                t.shaken();
            }),
            What::Reads(breaks) => {
                self.tally.faults += breaks.len();
                self.recorder.break_reads(breaks.iter().copied());
                self.truth(Truth::shaken);
            }
            What::Writes(breaks) => {
                self.tally.faults += breaks.len();
                let breaks: Vec<_> = breaks.iter().map(|b| (*b, None)).collect();
                self.recorder.break_in_turn(breaks);
                self.truth(Truth::shaken);
            }
            What::Person(deed, n) => self.person(*deed, *n).await,
        }
    }

    async fn detector_dies(&mut self) {
        self.tally.kills += 1;
        self.truth(|t| t.detector_is_up = false);
        if let Some(real) = &self.real {
            real.lock().await.kill();
        }
    }

    async fn detector_begins(&mut self) {
        if self.truth(|t| t.detector_is_up) {
            return;
        }
        if let Some(real) = &self.real {
            real.lock().await.begin().await;
        }
        self.truth(Truth::begin);
    }

    /// What it said at first is known only once its declaration was answered: people come after that.
    async fn person(&mut self, deed: Deed, n: usize) {
        let status = self.status().await;
        let kept = status["incidents"].as_array().cloned().unwrap_or_default();
        let mut open = self.organisation.incidents().await;
        open.retain(|i| is_open(i) && kept.iter().any(|k| k["id"] == i["id"]));
        let Some(incident) = open.get(n % open.len().max(1)) else {
            return;
        };
        let id = text(&incident["id"]);
        self.tally.touched += 1;
        match deed {
            Deed::Closes => {
                self.organisation.close(&id).await;
                self.closed.insert(id);
            }
            Deed::Rates => self.set.push(self.organisation.rate(incident).await),
            Deed::Leads => self.set.push(self.organisation.lead(incident).await),
            Deed::Tells => self.organisation.tell(&id).await,
        }
    }

    /// Nothing breaks any more: in the end both sides agree.
    async fn settle(&mut self) -> Result<(), String> {
        self.recorder.break_in_turn([]);
        self.recorder.break_reads([]);
        self.detector_begins().await;
        self.truth(|t| {
            t.metrics_are_up = true;
            t.issues.iter_mut().for_each(|i| i.speaks = true);
            t.shaken();
        });
        self.recorder.is_quiet().await;
        let patience = Instant::now() + AGREED_WITHIN;
        loop {
            self.stays_up();
            let status = self.status().await;
            let incidents = self.organisation.incidents().await;
            let wrong = self.truth(|truth| {
                let ending = Ending {
                    truth,
                    organisation: &self.organisation,
                    incidents: &incidents,
                    status: &status,
                    has_metrics: self.nature.has_metrics,
                    closed: &self.closed,
                    set: &self.set,
                };
                ending.wrong()
            });
            match wrong {
                Ok(()) => {
                    self.tally.declared = incidents.len();
                    self.tally.resolved =
                        incidents.iter().filter(|i| !is_open(i)).count() - self.closed.len();
                    return Ok(());
                }
                Err(why) if Instant::now() > patience => return Err(why),
                Err(_) => tokio::time::sleep(Duration::from_millis(700)).await,
            }
        }
    }
}
