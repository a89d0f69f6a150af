//! An organisation behind the recorder, and everything forms need of it.

use crate::clock;
use crate::line::{self, Wire};
use crate::recorder::Recorder;
use hotseat::config::{self, Config, Overrides};
use hotseat::domain::time::Zone;
use hotseat::domain::{
    CatalogGraph, FormOptions, Incident, IncidentSummary, Instant, Org, Schedule, Write, WriteState,
};
use hotseat::incidentio::{Client, Settings};
use hotseat::session::{Access, Outcome, Session};
use hotseat::writes::{Form, FormContext, Subject, WriteKind};
use hotseat::{sim, writes};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Seconds until a request is given up here. What may still arrive is waited for as long, so it is short.
const TIME_LIMIT: u64 = 3;
/// The same for what only prepares a test, on a machine however busy.
const PATIENCE: u64 = 60;

/// An organisation behind the recorder, and everything forms need of it.
pub(crate) struct Night {
    pub(crate) running: sim::Running,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) held: mpsc::UnboundedReceiver<()>,
    pub(crate) url: String,
    pub(crate) client: Client,
    /// A session that writes nowhere but where it is told to.
    pub(crate) here: Session,
    pub(crate) org: Org,
    pub(crate) graph: CatalogGraph,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) form_options: FormOptions,
    pub(crate) rows: Vec<Arc<IncidentSummary>>,
}

impl Night {
    pub(crate) async fn new() -> Self {
        let options = sim::Options {
            incidents: 40,
            speed: 0.0,
            clock: clock::clock(),
            ..sim::Options::default()
        };
        let running = sim::start(options, SocketAddr::from(([127, 0, 0, 1], 0)))
            .await
            .expect("an organisation");
        let (url, recorder, held) = Recorder::start(&running.url, Wire::of_this_run()).await;
        let client = client(&url, &running.key);
        let here = session_within(PATIENCE, &url, &running.key, None);
        let rows = here
            .open_incidents()
            .await
            .expect("open")
            .into_iter()
            .map(|i| Arc::new(i.row))
            .collect();
        let (org, graph, schedules) = (
            here.org().await.expect("org"),
            here.catalog().await.expect("catalog"),
            here.schedules().await.expect("schedules"),
        );
        let form_options = here.form_options().await;
        Self {
            running,
            recorder,
            held,
            url,
            client,
            here,
            org,
            graph,
            schedules,
            form_options,
            rows,
        }
    }

    pub(crate) fn facts<'a>(&'a self, local: &'a [Write]) -> FormContext<'a> {
        FormContext {
            now: self.now(),
            zone: Zone::UTC,
            org: &self.org,
            me: self.org.person("ana.abara@larkfield.example"),
            graph: &self.graph,
            schedules: &self.schedules,
            form_options: &self.form_options,
            rows: &self.rows,
            local,
        }
    }

    /// A form with what is typed into it.
    pub(crate) fn form(&self, kind: WriteKind, subject: Subject, typed: &[(&str, &str)]) -> Form {
        let subjects = if subject == Subject::Nothing {
            vec![]
        } else {
            vec![subject]
        };
        let mut form = writes::open(kind, subjects, &self.facts(&[]))
            .unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        for (field, value) in typed {
            let named = form
                .fields
                .iter()
                .find(|f| f.label == *field || f.id == *field)
                .map(|f| f.id.clone());
            let id = named.unwrap_or_else(|| panic!("{kind:?} has no field {field}"));
            form.set(&id, value)
                .unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        }
        form
    }

    /// Sends what a form shows, and holds what went over the wire against what was shown.
    pub(crate) async fn send(&self, outbox: &Session, form: &Form) -> Outcome {
        let planned = form
            .plan(self.now(), "a seal")
            .unwrap_or_else(|wrong| panic!("{}: {wrong:?}", form.title));
        let [one] = &planned[..] else {
            panic!("one write")
        };
        assert!(
            !one.says.is_empty(),
            "{}: nothing is said of it",
            form.title
        );
        let shown = one.write.request();
        let outcome = sent(outbox, one.write.clone()).await;
        let log = self.recorder.log.lock().expect("lock");
        let sent = log
            .iter()
            .rev()
            .find(|e| e.method != "get")
            .expect("a request");
        let (head, body) = shown.split_once('\n').unwrap_or((&shown, "null"));
        assert_eq!(
            head,
            format!("{} {}", sent.method.to_uppercase(), sent.path)
        );
        assert_eq!(
            serde_json::from_str::<Value>(body).expect("JSON"),
            sent.body,
            "{}",
            form.title
        );
        drop(log);
        outcome
    }

    /// The same, and it must be taken in.
    pub(crate) async fn done(&self, outbox: &Session, form: &Form) -> String {
        let outcome = self.send(outbox, form).await;
        assert_eq!(
            (outcome.write.state, outcome.before),
            (WriteState::Confirmed, false),
            "{}: {:?}",
            form.title,
            outcome.error
        );
        outcome.write.result.unwrap_or_default()
    }

    /// A program with a journal of its own, or with none on disk.
    pub(crate) fn session(&self, journal: Option<PathBuf>) -> Session {
        session(&self.url, &self.running.key, journal)
    }

    /// Who is on call there now.
    pub(crate) async fn on_call(&self, schedule: &str) -> String {
        let schedules = self.here.schedules().await.expect("schedules");
        let found = schedules.into_iter().find(|s| s.name == schedule);
        let now = found.expect("a schedule").now;
        let person = now.into_iter().find_map(|shift| shift.person);
        person.expect("somebody is on call").name.to_string()
    }

    /// What time it is there.
    pub(crate) fn now(&self) -> Instant {
        self.running.now()
    }

    pub(crate) async fn incident(&self, id: &str) -> Incident {
        self.client.incident(id).await.expect("an incident")
    }

    pub(crate) async fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        let pairs: Vec<(String, String)> = query
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        self.client
            .get(path, &pairs)
            .await
            .unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// Runs the binary against the recorder.
    pub(crate) fn command(&self, home: &Path, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hotseat"));
        command
            .arg(clock::flag(self.now()))
            .args(args)
            .env_clear()
            .envs(clock::moved_date())
            .env("HOME", home)
            .env("LANG", "C.UTF-8")
            .env("INCIDENT_IO_BASE_URL", &self.url);
        command
            .env("INCIDENT_IO_API_KEY", &self.running.key)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) async fn run(&self, home: &Path, args: &[&str]) -> Output {
        let mut command = self.command(home, args);
        tokio::task::spawn_blocking(move || command.output().expect("it runs"))
            .await
            .expect("it ends")
    }
}

/// A home folder whose configuration trusts the line of this run.
pub(crate) fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    let dir = home.path().join(".config/hotseat");
    std::fs::create_dir_all(&dir).expect("a folder");
    std::fs::write(dir.join("config.toml"), settings()).expect("written");
    home
}

/// What a configuration says of the line of this run.
pub(crate) fn settings() -> String {
    let ca_cert = line::ca_cert(Wire::of_this_run()).unwrap_or_default();
    format!("ca_cert = {ca_cert:?}\ntimeout_seconds = {TIME_LIMIT}\n")
}

pub(crate) fn client(url: &str, key: &str) -> Client {
    let settings = Settings {
        base_url: url.into(),
        key: Some(key.to_owned().into()),
        ca_cert: line::ca_cert(Wire::of_this_run()),
        share: 1.0,
        timeout: Duration::from_secs(PATIENCE),
        clock: clock::clock(),
    };
    Client::new(settings).expect("a client")
}

pub(crate) fn about(incident: &Incident) -> Subject {
    Subject::Incident(Box::new(incident.clone()))
}

/// Four open incidents.
pub(crate) async fn four(night: &Night) -> Vec<Incident> {
    let mut all = night.here.open_incidents().await.expect("open");
    all.truncate(4);
    assert_eq!(all.len(), 4);
    all
}

/// A program that uses a key, with a journal of its own, or with none on disk.
pub(crate) fn session(url: &str, key: &str, journal: Option<PathBuf>) -> Session {
    session_within(TIME_LIMIT, url, key, journal)
}

fn session_within(seconds: u64, url: &str, key: &str, journal: Option<PathBuf>) -> Session {
    let config = Config {
        me: "a test".into(),
        clock: clock::clock(),
        ..config::load(&Overrides {
            file: Some("/dev/null".into()),
            ..Overrides::default()
        })
        .expect("the defaults")
    };
    let access = Access::simulated(&config, url, key.to_owned().into());
    let ca_cert = line::ca_cert(Wire::of_this_run()).unwrap_or_default();
    let config = Arc::new(Config {
        ca_cert: ca_cert.display().to_string(),
        timeout_seconds: seconds,
        ..(*access.config).clone()
    });
    Session::open(Access {
        journal,
        config,
        ..access
    })
    .expect("a session")
}

/// What became of a write that was sent.
pub(crate) async fn sent(session: &Session, write: Write) -> Outcome {
    session.send(vec![write], &[]).await.remove(0)
}
