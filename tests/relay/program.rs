//! The relay as a program of its own: killed, stopped and continued, ended, asked how it stands, and given settings that
//! are wrong.

use crate::clock;
use crate::privacy::{holds, spy};
use crate::server::{Server, until, within};
use crate::world::World;
use hotseat::jetstream::{Bucket, Envelope, Watched};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long it takes until another has the lease: ten seconds until the server forgets it, three until it is tried, and a
/// busy machine.
const TAKEN_WITHIN: Duration = Duration::from_secs(20);

/// A file that only its owner may read.
pub fn own_file(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a file");
    let own = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(path, own).expect("permissions");
}

/// One machine with hotseat on it.
struct Machine {
    home: tempfile::TempDir,
    url: String,
    key: String,
}

/// A relay that runs; it is killed with its owner.
struct Running {
    child: Child,
    log: PathBuf,
}

impl Machine {
    fn new(world: &World, relay: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let machine = Self {
            home,
            url: world.organisation.url.clone(),
            key: world.organisation.key.clone(),
        };
        machine.configure(relay);
        machine
    }

    fn of(world: &World) -> Self {
        Self::new(world, &reaching(&world.nats))
    }

    fn configure(&self, relay: &str) {
        let config = format!("share = 1.0\n[relay]\n{relay}\n");
        std::fs::write(self.home.path().join("config.toml"), config).expect("a file");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hotseat"));
        command
            .arg("--config")
            .arg(self.home.path().join("config.toml"))
            .arg(clock::flag(clock::clock().now()))
            .args(arguments)
            .env_clear()
            .envs(clock::moved_date())
            .env("HOME", self.home.path())
            .env("INCIDENT_IO_BASE_URL", &self.url)
            .env("INCIDENT_IO_API_KEY", &self.key);
        command
    }

    fn run(&self) -> Running {
        let log = self.home.path().join("log");
        let file = std::fs::File::create(&log).expect("a file");
        let mut command = self.command(&["relay", "run"]);
        let out = file.try_clone().expect("a file");
        let child = command.stdout(out).stderr(file).spawn();
        let child = child.expect("hotseat runs");
        Running { child, log }
    }

    fn ask(&self, arguments: &[&str]) -> Output {
        let out = self.command(arguments).stdin(Stdio::null()).output();
        out.expect("hotseat runs")
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let out = self.ask(arguments);
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        serde_json::from_slice(&out.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {said}"))
    }
}

impl Running {
    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it has said something so often.
    async fn says(&self, words: &str, times: usize) {
        let began = Instant::now();
        while self.log().matches(words).count() < times {
            let late = began.elapsed() > Duration::from_secs(60);
            assert!(!late, "{words:?}, {times}: {}", self.log());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("a signal");
    }

    /// Ends it as its operator does; how long that took.
    async fn end(&mut self) -> Duration {
        self.signal(Signal::TERM);
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a state") {
                assert!(status.success(), "{status}: {}", self.log());
                return began.elapsed();
            }
            let late = began.elapsed() > Duration::from_secs(30);
            assert!(!late, "it does not end: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Settings by which a server is reached.
fn reaching(nats: &Server) -> String {
    format!("nats = \"{}\"", nats.way().address)
}

/// What is said under an envelope's number.
fn fence(key: &str, value: &[u8]) -> u64 {
    Envelope::open(key, value, None).expect("an envelope").fence
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_was_killed_or_stood_still_writes_nothing_over_the_one_that_took_over() {
    let world = World::new(40).await;
    let (one, other) = (Machine::of(&world), Machine::of(&world));
    let heard = spy(&world).await;
    let first = one.run();
    first.says("It works.", 1).await;
    let mut second = other.run();
    second.says("holds the lease.", 1).await;
    let console = world.console();
    console.follows().await;
    let id = world.declare("Before", "public").await;
    console
        .until("it has it", |seen| seen.name(&id) == Some("Before"))
        .await;

    first.signal(Signal::STOP);
    let stopped = Instant::now();
    second.says("It works.", 1).await;
    let took = stopped.elapsed();
    println!("taken over {took:?} after the first stood still");
    assert!(took < TAKEN_WITHIN, "{took:?}");
    world.rename(&id, "While it stood still").await;
    console
        .until("the second tells it", |seen| {
            seen.name(&id) == Some("While it stood still")
        })
        .await;

    let status = one.json(&["relay", "status", "--output", "json"]);
    let org = status["org"].as_str().expect("a name");
    let link = world.nats.link().await;
    let bucket = Bucket::find(&link, &format!("hotseat_{org}_public")).await;
    let bucket = bucket.expect("a bucket");
    let key = format!("incident.{id}");
    let value = bucket
        .get(&key)
        .await
        .expect("an answer")
        .expect("an entry");
    let number = fence(&key, &value.value.expect("a value"));
    let mut watch = bucket
        .watch_from(">", value.revision)
        .await
        .expect("a watch");
    first.signal(Signal::CONT);
    first.says("holds the lease.", 1).await;
    world.rename(&id, "After it went on").await;
    console
        .until("the second tells it", |seen| {
            seen.name(&id) == Some("After it went on")
        })
        .await;
    // Every value from the time on at which both ran is the second's, and a beat of each would have come by the end.
    let (listening, mut beats) = (Instant::now(), 0);
    while listening.elapsed() < Duration::from_secs(45) && beats < 2 {
        let Watched::Entry(entry) = within("a value", watch.next()).await.expect("a value") else {
            continue;
        };
        if let Some(value) = &entry.value {
            assert_eq!(fence(&entry.key, value), number, "{}", entry.key);
            beats += usize::from(entry.key.contains("beat"));
        }
    }
    assert_eq!(beats, 2, "beats were heard");

    // One that is ended gives the lease back, and the other need not wait until it is forgotten.
    let took = second.end().await;
    let ended = Instant::now();
    first.says("It works.", 2).await;
    let taken = ended.elapsed();
    println!("ended in {took:?}, taken over {taken:?} later");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(taken < Duration::from_secs(9), "{taken:?}");

    let again = other.run();
    again.says("holds the lease.", 1).await;
    first.signal(Signal::KILL);
    let killed = Instant::now();
    again.says("It works.", 1).await;
    let took = killed.elapsed();
    println!("taken over {took:?} after the first was killed");
    assert!(took < TAKEN_WITHIN, "{took:?}");

    let secret = world.organisation.key.as_str();
    for log in [first.log(), second.log(), again.log()] {
        assert!(!log.contains(secret), "{log}");
    }
    assert!(holds(&heard, "After it went on"), "the spy hears");
    assert!(!holds(&heard, secret), "the key is on the wire");
    assert_eq!(world.nats.files_with(secret), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_says_how_it_stands_in_a_sentence_and_to_scripts() {
    let world = World::new(40).await;
    let machine = Machine::of(&world);
    let status = |form: &[&str]| machine.ask(&[&["relay", "status"], form].concat());
    let before = status(&[]);
    assert_eq!(before.status.code(), Some(1));
    let says = [before.stdout, before.stderr].concat();
    let says = String::from_utf8_lossy(&says).into_owned();
    assert!(says.contains("Something is broken: relay."), "{says}");

    let made = machine.ask(&["relay", "key"]);
    assert!(made.status.success());
    let secret = String::from_utf8(made.stdout).expect("words");
    assert!(secret.starts_with("SU") && secret.lines().count() == 1);
    let says = String::from_utf8(made.stderr).expect("words");
    let public = says.split('"').nth(1).expect("a key").to_owned();
    assert!(
        public.starts_with('U') && !says.contains(secret.trim()),
        "{says}"
    );
    let file = machine.home.path().join("signing");
    own_file(&file, &secret);
    let reach = reaching(&world.nats);
    machine.configure(&format!(
        "{reach}\nkey = \"{public}\"\nsigning_key = {{ file = \"{}\" }}",
        file.display()
    ));
    let mut relay = machine.run();
    relay.says("It works.", 1).await;
    until("it has read all", async || {
        let beat = &machine.json(&["relay", "status", "--output", "json"])["beat"];
        beat["complete"] == true
    })
    .await;
    let found = machine.json(&["relay", "status", "--output", "json"]);
    let pid = relay.child.id().to_string();
    let holder = found["holder"].as_str().expect("a holder");
    assert!(holder.ends_with(&pid), "{holder}");
    assert!(found["age"].as_i64().is_some_and(|age| age < 30), "{found}");
    assert_eq!(found["signed"], true);
    assert_eq!(status(&[]).status.code(), Some(0));
    let says = machine.ask(&["doctor"]);
    let says = String::from_utf8_lossy(&says.stdout).into_owned();
    assert!(
        says.contains(&format!("{holder} holds the lease for ")),
        "{says}"
    );
    assert!(says.contains("it spoke "), "{says}");
    assert!(!says.contains(secret.trim()) && !says.contains(&machine.key));
    relay.end().await;
    let after = status(&["--output", "json"]);
    assert_eq!(after.status.code(), Some(1));
    let after: Value = serde_json::from_slice(&after.stdout).expect("JSON");
    assert_eq!(after["holder"], Value::Null, "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_wrong_are_one_sentence_and_never_the_key() {
    let world = World::new(10).await;
    let machine = Machine::of(&world);
    let reach = reaching(&world.nats);
    let keys = || {
        let made = machine.ask(&["relay", "key"]);
        let secret = String::from_utf8(made.stdout).expect("words");
        let says = String::from_utf8(made.stderr).expect("words");
        (secret, says.split('"').nth(1).expect("a key").to_owned())
    };
    let (own, strange) = (keys(), keys());
    let (signing, open) = (
        machine.home.path().join("signing"),
        machine.home.path().join("open.creds"),
    );
    own_file(&signing, &own.0);
    std::fs::write(&open, "words").expect("a file");
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).expect("permissions");
    let at = |listener: &TcpListener| listener.local_addr().expect("an address").port();
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let closed = at(&TcpListener::bind("127.0.0.1:0").expect("a port"));
    let signs = format!("signing_key = {{ file = \"{}\" }}", signing.display());
    let cases = [
        (String::new(), 1, "No NATS server is given"),
        (
            "nats = \"127.0.0.1:4222\"".into(),
            1,
            "relay.nats must be the address",
        ),
        (
            format!("nats = \"nats://127.0.0.1:{closed}\""),
            4,
            "cannot be reached",
        ),
        (
            format!("nats = \"nats://127.0.0.1:{}\"", at(&silent)),
            4,
            "did not answer within 5 s",
        ),
        (
            format!("{reach}\ncredentials = \"{}\"", open.display()),
            1,
            "others",
        ),
        (
            format!("{reach}\nkey = \"{}\"\n{signs}", strange.1),
            1,
            "relay.signing_key belongs to",
        ),
        (
            format!("{reach}\nkey = \"{}\"", own.1),
            1,
            "give the relay its signing_key",
        ),
        (format!("{reach}\nkey = \"U1\""), 1, "relay.key"),
        (
            format!("{reach}\nlisten = \"0.0.0.0:1\""),
            1,
            "relay.listen is",
        ),
        (
            format!("{reach}\nlisten = \"127.0.0.1:0\""),
            1,
            "webhook_secrets =",
        ),
    ];
    for (relay, code, says) in cases {
        machine.configure(&relay);
        let out = machine.ask(&["relay", "run"]);
        let said = String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned();
        assert_eq!(out.status.code(), Some(code), "{relay}: {said}");
        assert!(said.contains(says), "{relay}: {said}");
        assert!(
            !said.contains("panicked") && !said.contains(&machine.key),
            "{said}"
        );
        assert!(!said.contains(own.0.trim()), "{said}");
    }
    machine.configure(&reach);
    let stranger = Machine {
        home: machine.home,
        url: machine.url,
        key: format!("{}x", world.organisation.key),
    };
    let out = stranger.ask(&["relay", "run"]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(
        out.status.code(),
        Some(2),
        "as everywhere where incident.io says no: {said}"
    );
    assert!(
        said.contains("The API key is not valid") && !said.contains(&stranger.key),
        "{said}"
    );
}
