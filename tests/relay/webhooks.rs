//! Webhooks of the organisation make changes come at once; what nobody signed stirs nothing.

use crate::clock;
use crate::server::{Server, until, within};
use crate::world::World;
use hotseat::config::{Config, Secret};
use hotseat::domain::webhook::SigningSecret;
use hotseat::relay::Program;
use hotseat::session::{Session, Standing};
use hotseat::sim::{self, Webhooks};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// How often a relay asks by itself.
const POLL: Duration = Duration::from_secs(15);
/// What a change is on a screen within: a webhook, the pause between two polls, a busy machine.
const AT_ONCE: Duration = Duration::from_secs(8);

/// A relay that takes webhooks, in this process.
struct Listening {
    at: SocketAddr,
    standing: Arc<Mutex<Option<Standing>>>,
    end: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Listening {
    async fn start(world: &World, config: Config) -> Self {
        let access = world.access_with(&world.organisation.key, config, None);
        let session = Arc::new(Session::open(access).expect("a session"));
        let program = Program::open(session).await.expect("a relay");
        let at = program.at().expect("it listens");
        let (end, ended) = oneshot::channel::<()>();
        let standing = Arc::new(Mutex::new(None));
        let told = standing.clone();
        let task = tokio::spawn(async move {
            let says = |standing: &Standing| {
                *told.lock().expect("nobody broke") = Some(standing.clone());
            };
            let ended = async {
                let _ = ended.await;
            };
            program.run(ended, says).await;
        });
        Self {
            at,
            standing,
            end,
            task,
        }
    }

    async fn works(&self) {
        until("it works", async || {
            let standing = self.standing.lock().expect("nobody broke");
            matches!(&*standing, Some(Standing::Working(beat)) if beat.complete && beat.is_current())
        })
        .await;
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let url = format!("http://{}{path}", self.at);
        let answer = reqwest::get(url).await.expect("an answer");
        (
            answer.status().as_u16(),
            answer.text().await.expect("words"),
        )
    }

    /// What is answered to a webhook.
    async fn send(&self, sent: &Sent<'_>) -> u16 {
        let url = format!("http://{}/webhooks/incident-io", self.at);
        let mut request = reqwest::Client::new()
            .post(url)
            .header("content-type", sent.kind)
            .body(sent.body.clone());
        if let Some(secret) = sent.secret {
            let at = clock::clock().now() - chrono::Duration::seconds(sent.age);
            let signature = secret.sign("msg_1", at, sent.signed.as_bytes());
            request = request
                .header("webhook-id", "msg_1")
                .header("webhook-timestamp", at.timestamp().to_string())
                .header("webhook-signature", signature);
        }
        request.send().await.expect("an answer").status().as_u16()
    }

    async fn stop(self) {
        drop(self.end);
        within("it ends", self.task).await.expect("ended");
    }
}

/// A webhook as somebody sends it.
struct Sent<'a> {
    secret: Option<&'a SigningSecret>,
    age: i64,
    kind: &'static str,
    body: String,
    signed: String,
}

/// A free port of this machine.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// An organisation that tells a port of this machine of everything, and settings of a relay that listens there.
async fn telling() -> (World, Config, SigningSecret) {
    let port = free_port();
    let raw = SigningSecret::written(&[7; 32]);
    let to = format!("http://127.0.0.1:{port}/webhooks/incident-io");
    let options = sim::Options {
        webhooks: Some(Box::new(Webhooks::to(&to, &raw).expect("an address"))),
        ..World::options(40)
    };
    let world = World::of(options, Server::start()).await;
    let file = world.nats.folder().join("secret");
    use secrecy::ExposeSecret;
    crate::program::own_file(&file, raw.expose_secret());
    let mut config = world.settings();
    config.relay.listen = format!("127.0.0.1:{port}");
    config.relay.webhook_secrets = vec![
        toml::from_str::<Secret>(&format!("file = \"{}\"", file.display())).expect("a secret"),
    ];
    (world, config, SigningSecret::read(&raw).expect("a secret"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_brings_a_change_to_every_screen_before_the_next_poll() {
    let (world, config, _) = telling().await;
    let relay = Listening::start(&world, config).await;
    relay.works().await;
    let console = world.console();
    console.follows().await;
    let id = world.declare("Checkout is down", "public").await;
    console
        .until("it has it", |seen| seen.name(&id).is_some())
        .await;
    let mut took = Vec::new();
    for turn in 0..3 {
        let name = format!("Checkout is down, {turn}");
        let sent = Instant::now();
        world.rename(&id, &name).await;
        console
            .until("it has its new name", |seen| {
                seen.name(&id) == Some(name.as_str())
            })
            .await;
        took.push(sent.elapsed());
        assert!(sent.elapsed() < AT_ONCE, "{took:?}, by polls {POLL:?}");
    }
    println!("from a change to the screen, with webhooks: {took:?}");
    let (status, says) = relay.get("/readyz").await;
    assert_eq!((status, says.as_str()), (200, "works"));
    assert_eq!(relay.get("/healthz").await, (200, "alive".to_owned()));
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_signed_as_it_should_be_is_refused_and_stirs_nothing() {
    let (world, config, secret) = telling().await;
    let relay = Listening::start(&world, config).await;
    relay.works().await;
    let stranger = SigningSecret::read(&SigningSecret::written(&[8; 32])).expect("a secret");
    let body = "{\"event_type\": \"public_incident.incident_updated_v2\", \"public_incident.incident_updated_v2\": {\"id\": \"01A\"}}";
    let good = || Sent {
        secret: Some(&secret),
        age: 0,
        kind: "application/json",
        body: body.into(),
        signed: body.into(),
    };
    let large = format!("{{\"event_type\": \"{}\"}}", "x".repeat(2 << 20));
    let cases = [
        (
            "signed by nobody",
            401,
            Sent {
                secret: None,
                ..good()
            },
        ),
        (
            "signed by a stranger",
            401,
            Sent {
                secret: Some(&stranger),
                ..good()
            },
        ),
        (
            "signed for another body",
            401,
            Sent {
                signed: "{}".into(),
                ..good()
            },
        ),
        (
            "an hour old",
            401,
            Sent {
                age: 3_600,
                ..good()
            },
        ),
        (
            "of the next hour",
            401,
            Sent {
                age: -3_600,
                ..good()
            },
        ),
        (
            "huge",
            413,
            Sent {
                body: large.clone(),
                signed: large,
                ..good()
            },
        ),
        (
            "called text",
            415,
            Sent {
                kind: "text/plain",
                ..good()
            },
        ),
        (
            "not JSON",
            400,
            Sent {
                body: "{".into(),
                signed: "{".into(),
                ..good()
            },
        ),
        (
            "of no type",
            400,
            Sent {
                body: "[]".into(),
                signed: "[]".into(),
                ..good()
            },
        ),
    ];
    let asked = |since: u64| world.organisation.served() - since;
    // Each of a hundred that stirred would be a poll as soon as the pause allows; polls that are due come all the same.
    let (began, before) = (Instant::now(), world.organisation.served());
    for _ in 0..12 {
        for (what, status, sent) in &cases {
            assert_eq!(relay.send(sent).await, *status, "{what}");
        }
    }
    tokio::time::sleep(Duration::from_secs(9).saturating_sub(began.elapsed())).await;
    let (refused, lasted) = (asked(before), began.elapsed());
    let (began, before) = (Instant::now(), world.organisation.served());
    while began.elapsed() < lasted {
        assert_eq!(relay.send(&good()).await, 200);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let stirred = asked(before);
    println!("in {lasted:?}: {refused} requests at what was refused, {stirred} at what was taken");
    assert!(
        refused <= 3 && stirred >= refused + 3,
        "{refused}, {stirred}"
    );
    relay.stop().await;
}
