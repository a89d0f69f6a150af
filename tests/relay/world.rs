//! An organisation, a NATS server, relays and consoles.

use crate::clock;
use crate::console::Console;
use crate::server::{DEADLINE, Server};
use hotseat::config::{self, Config, Overrides};
use hotseat::domain::IncidentId;
use hotseat::session::{Access, Beat, Relay, Session, Standing, Stir};
use hotseat::sim;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, mpsc, oneshot, watch};

/// What counts requests a minute over two hundred consoles has the machine for itself.
static MACHINE: RwLock<()> = RwLock::const_new(());

enum Part {
    Shared(#[allow(dead_code, reason = "it is held")] RwLockReadGuard<'static, ()>),
    Whole(#[allow(dead_code, reason = "it is held")] RwLockWriteGuard<'static, ()>),
}

/// Everything that a team has.
pub struct World {
    pub organisation: sim::Running,
    pub nats: Server,
    pub http: reqwest::Client,
    _machine: Part,
}

/// A relay in this process.
pub struct Working {
    pub standing: watch::Receiver<Standing>,
    pub stirs: mpsc::Sender<Stir>,
    end: Option<oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

impl World {
    pub async fn new(incidents: usize) -> Self {
        Self::on(incidents, Server::start()).await
    }

    /// The same on a machine where nothing else is tested meanwhile.
    pub async fn alone(incidents: usize) -> Self {
        let whole = Part::Whole(MACHINE.write().await);
        Self::made(Self::options(incidents), Server::start(), whole).await
    }

    pub async fn on(incidents: usize, nats: Server) -> Self {
        Self::of(Self::options(incidents), nats).await
    }

    /// An organisation where nothing happens by itself.
    pub fn options(incidents: usize) -> sim::Options {
        sim::Options {
            incidents,
            speed: 0.0,
            clock: clock::clock(),
            ..sim::Options::default()
        }
    }

    pub async fn of(options: sim::Options, nats: Server) -> Self {
        let shared = Part::Shared(MACHINE.read().await);
        Self::made(options, nats, shared).await
    }

    async fn made(options: sim::Options, nats: Server, machine: Part) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let organisation = sim::start(options, anywhere).await;
        Self {
            organisation: organisation.expect("an organisation"),
            nats,
            http: reqwest::Client::new(),
            _machine: machine,
        }
    }

    /// Settings of whoever reaches this relay.
    pub fn settings(&self) -> Config {
        let nothing = Overrides {
            file: Some("/dev/null".into()),
            clock: clock::clock(),
            ..Overrides::default()
        };
        let mut config = config::load(&nothing).expect("the defaults");
        config.base_url = self.organisation.url.clone();
        config.share = 1.0;
        config.relay.nats = self.nats.way().address;
        config
    }

    /// A way to the organisation with a key that sees nothing private.
    pub fn access(&self) -> Access {
        self.access_with(&self.organisation.viewer_key, self.settings(), None)
    }

    pub fn access_with(&self, key: &str, config: Config, cache: Option<PathBuf>) -> Access {
        Access {
            config: Arc::new(config),
            key: Some(key.to_owned().into()),
            cache,
            journal: None,
            passing: true,
            keep: None,
        }
    }

    pub fn console(&self) -> Console {
        Console::open(self.access())
    }

    /// An incident that is open, a relay at work, and a console that has the incident from it.
    pub async fn watched(&self, name: &str) -> (IncidentId, Working, Console) {
        let id = self.declare(name, "public").await;
        let (relay, console) = (self.relay().await, self.console());
        console.follows().await;
        console
            .until("it has it", |seen| seen.name(&id).is_some())
            .await;
        (id, relay, console)
    }

    /// A relay with a key that sees everything, at work.
    pub async fn relay(&self) -> Working {
        let relay = self.relay_with(self.settings()).await;
        relay.works().await;
        relay
    }

    pub async fn relay_with(&self, config: Config) -> Working {
        let access = self.access_with(&self.organisation.key, config, None);
        let session = Session::open(access).expect("a session");
        let relay = session.relay().await.expect("a relay");
        Working::start(relay)
    }

    /// Changes an incident's name from outside.
    pub async fn rename(&self, id: &IncidentId, name: &str) {
        let url = format!("{}/v2/incidents/{id}/actions/edit", self.organisation.url);
        let body =
            serde_json::json!({"incident": {"name": name}, "notify_incident_channel": false});
        let sent = self.post(&url, &body).await;
        assert!(sent.status().is_success(), "{}", sent.status());
    }

    /// Declares an incident from outside.
    pub async fn declare(&self, name: &str, visibility: &str) -> IncidentId {
        let severities = format!("{}/v1/severities", self.organisation.url);
        let asked = self.http.get(&severities);
        let asked = asked.bearer_auth(&self.organisation.key).send().await;
        let severities = words(asked.expect("an answer")).await;
        let url = format!("{}/v2/incidents", self.organisation.url);
        let body = serde_json::json!({
            "idempotency_key": name, "name": name, "visibility": visibility, "mode": "standard",
            "severity_id": severities["severities"][0]["id"],
        });
        let told = words(self.post(&url, &body).await).await;
        let id = told["incident"]["id"].as_str();
        id.unwrap_or_else(|| panic!("{told}")).into()
    }

    /// Posts an update from outside.
    pub async fn update(&self, id: &IncidentId, message: &str) {
        let url = format!("{}/v2/incident_updates", self.organisation.url);
        let body =
            serde_json::json!({"idempotency_key": message, "incident_id": id, "message": message});
        let sent = self.post(&url, &body).await;
        assert!(sent.status().is_success(), "{}", sent.status());
    }

    async fn post(&self, url: &str, body: &serde_json::Value) -> reqwest::Response {
        let request = self.http.post(url).bearer_auth(&self.organisation.key);
        let request = request.header("content-type", "application/json");
        let sent = request.body(body.to_string()).send().await;
        sent.expect("an answer")
    }
}

impl Working {
    fn start(relay: Relay) -> Self {
        let (stirs, mut stirred) = mpsc::channel(16);
        let (tell, standing) = watch::channel(Standing::TakingOver);
        let (end, ended) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let ended = async {
                let _ = ended.await;
            };
            relay.run(&mut stirred, &tell, ended).await;
        });
        Self {
            standing,
            stirs,
            end: Some(end),
            task,
        }
    }

    /// Waits until it works and has the whole history.
    pub async fn works(&self) {
        self.until("it works", |standing| match standing {
            Standing::Working(beat) => beat.complete && beat.is_current(),
            _ => false,
        })
        .await;
    }

    pub async fn until(&self, what: &str, mut so: impl FnMut(&Standing) -> bool) {
        let mut standing = self.standing.clone();
        let waiting = async {
            while !so(&standing.borrow_and_update()) {
                standing.changed().await.expect("it runs");
            }
        };
        if tokio::time::timeout(DEADLINE * 5, waiting).await.is_err() {
            panic!(
                "{what}: not within {:?}; {:?}",
                DEADLINE * 5,
                *self.standing.borrow()
            );
        }
    }

    /// The organisation, as subjects name it.
    pub fn org(&self) -> String {
        self.beat().org
    }

    /// How often it has spoken.
    pub fn turn(&self) -> u64 {
        self.beat().turn
    }

    /// How many incidents it has.
    pub fn incidents(&self) -> usize {
        self.beat().incidents
    }

    fn beat(&self) -> Beat {
        match &*self.standing.borrow() {
            Standing::Working(beat) | Standing::Troubled(beat, _) => (**beat).clone(),
            other => panic!("{other:?}"),
        }
    }

    /// Ends it as its operator does.
    pub async fn stop(mut self) {
        drop(self.end.take());
        let _ = (&mut self.task).await;
    }

    /// Ends it as a power cut does.
    pub fn kill(self) {
        self.task.abort();
    }
}

async fn words(answer: reqwest::Response) -> serde_json::Value {
    let text = answer.text().await.expect("words");
    serde_json::from_str(&text).expect("JSON")
}
