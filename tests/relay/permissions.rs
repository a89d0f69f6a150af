//! The server that docs/relay.md configures: what a relay, a console, a dashboard and a bridge need is allowed, and whoever reads
//! can neither write nor delete, by whatever way a server of JetStream has.

use crate::console::Console;
use crate::server::{Server, until, within};
use crate::world::World;
use async_nats::{Client, ConnectOptions, HeaderMap};
use futures_util::StreamExt;
use hotseat::config::{Config, Secret};
use hotseat::jetstream::{Bucket, Envelope, Lease, Link, Names, Signer, Watched, Way};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

const CONFIGURATION: &str = include_str!("nats-server.conf");
const PAGE: &str = include_str!("../../docs/relay.md");
const USERS: [&str; 4] = ["RELAY", "CONSOLE", "DASHBOARD", "BRIDGE"];
const STREAMS: [&str; 3] = [
    "KV_hotseat_acme_public",
    "KV_hotseat_acme_lease",
    "hotseat_acme_changes",
];
const CANARY: &str = "Kanarienvogel-3c1e";

#[test]
fn the_page_has_the_configuration_that_is_tested() {
    let shown: Vec<&str> = PAGE
        .lines()
        .skip_while(|line| *line != "```nats")
        .skip(1)
        .take_while(|line| *line != "```")
        .collect();
    assert_eq!(shown.join("\n"), CONFIGURATION.trim_end());
}

/// The page's server with keys in it, and an organisation beside it.
struct Guarded {
    world: World,
    keys: Vec<(&'static str, String, String)>,
    signing: (String, String),
}

impl Guarded {
    async fn new() -> Self {
        let keys: Vec<_> = USERS
            .into_iter()
            .map(|who| {
                let (seed, public) = Signer::make();
                (who, seed, public)
            })
            .collect();
        // The first lines are this machine's: where it listens, its certificate, its disk.
        let mut words: Vec<&str> = CONFIGURATION.lines().collect();
        let first: Vec<&str> = words.drain(..3).collect();
        assert!(first[0].starts_with("listen") && first[2].starts_with("jetstream"));
        let mut words = words.join("\n");
        for (who, _, public) in &keys {
            words = words.replace(&format!("U_{who}"), public);
        }
        let nats = Server::with(&words);
        for (who, seed, _) in &keys {
            write_secret(&nats.folder().join(who), seed);
        }
        let signing = Signer::make();
        write_secret(&nats.folder().join("signing"), &signing.0);
        Self {
            world: World::on(40, nats).await,
            keys,
            signing,
        }
    }

    fn file(&self, who: &str) -> PathBuf {
        self.world.nats.folder().join(who)
    }

    fn settings(&self, who: &str) -> Config {
        let mut config = self.world.settings();
        config.relay.org = "acme".into();
        config.relay.credentials = self.file(who).display().to_string();
        config.relay.key = self.signing.1.clone();
        if who == "RELAY" {
            config.relay.signing_key = Secret {
                file: self.file("signing").display().to_string(),
                ..Secret::default()
            };
        } else {
            config.relay.api_prefix = "hotseat.api".into();
        }
        config
    }

    fn console(&self) -> Console {
        let key = self.world.organisation.viewer_key.clone();
        Console::open(self.world.access_with(&key, self.settings("CONSOLE"), None))
    }

    async fn link(&self, who: &str) -> Link {
        let config = self.settings(who);
        let way = Way {
            address: config.relay.nats,
            credentials: Some(self.file(who)),
            ca_cert: None,
            name: who.into(),
            api_prefix: config.relay.api_prefix,
        };
        Link::open(&way).await.expect("let in")
    }

    /// A user's own program, which keeps to no rules.
    async fn raw(&self, who: &str) -> (Client, String) {
        let (_, seed, public) = self
            .keys
            .iter()
            .find(|(name, ..)| *name == who)
            .expect("a user");
        let inbox = format!("_INBOX.{public}");
        let client = ConnectOptions::with_nkey(seed.clone())
            .custom_inbox_prefix(&inbox)
            .connect(self.world.nats.way().address)
            .await;
        (client.expect("let in"), inbox)
    }

    /// What is stored, told by the one who may do everything.
    async fn stored(&self) -> Vec<Value> {
        let (relay, _) = self.raw("RELAY").await;
        let mut all = Vec::new();
        for stream in STREAMS {
            let asked = relay.request(format!("$JS.API.STREAM.INFO.{stream}"), "".into());
            let told = within("the server tells", asked).await.expect("an answer");
            let told: Value = serde_json::from_slice(&told.payload).expect("JSON");
            all.push(json!([
                stream,
                told["created"],
                told["config"],
                told["state"]["last_seq"]
            ]));
        }
        all
    }
}

fn write_secret(path: &std::path::Path, words: &str) {
    std::fs::write(path, words).expect("a file");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
}

fn names() -> Names {
    Names::new("acme").expect("a name")
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_can_do_what_they_are_there_for() {
    let guarded = Guarded::new().await;
    let world = &guarded.world;
    let id = world.declare("Checkout is down", "public").await;
    let relay = world.relay_with(guarded.settings("RELAY")).await;
    relay.works().await;
    let console = guarded.console();
    console.follows().await;
    console.look_at(Some(&id));
    console
        .until("it has the timeline", |seen| {
            seen.timelines.contains_key(&id)
        })
        .await;
    let (dashboard, _) = guarded.raw("DASHBOARD").await;
    let mut told = dashboard.subscribe("hs.acme.changes.*").await.expect("all");
    dashboard.flush().await.expect("heard");
    world.rename(&id, "Checkout is slow").await;
    console
        .until("it has the new name", |seen| {
            seen.name(&id) == Some("Checkout is slow")
        })
        .await;
    let change = within("the dashboard is told", told.next()).await;
    assert!(change.expect("a change").subject.ends_with(id.as_str()));
    let link = guarded.link("BRIDGE").await;
    let mut lease = Lease::open(&link, &names(), "bridge", "a bridge")
        .await
        .expect("a lease");
    assert!(lease.take().await.expect("asked").is_some());
    assert!(lease.renew().await.expect("asked"));
    let seen = guarded.link("CONSOLE").await;
    let holder = Lease::holder(&seen, &names(), "bridge")
        .await
        .expect("asked");
    assert_eq!(holder.map(|(who, _)| who).as_deref(), Some("a bridge"));
    lease.give_back().await.expect("given");
    world.organisation.make_private(id.as_str());
    console
        .until("what turned private is gone", |seen| {
            seen.gone.contains(&id)
        })
        .await;
    within("the relay ends", relay.stop()).await;
}

/// Parts of the API, each with a question that would be granted to whoever may.
fn calls(stream: &str) -> Vec<(String, Value)> {
    let config = json!({"name": stream, "subjects": ["stolen.>"], "storage": "file"});
    let consumer = json!({"stream_name": stream, "config": {
        "durable_name": "d", "ack_policy": "explicit", "deliver_policy": "all"}});
    [
        ("STREAM.CREATE", config.clone()),
        ("STREAM.UPDATE", config),
        ("STREAM.DELETE", Value::Null),
        ("STREAM.PURGE", Value::Null),
        ("STREAM.MSG.DELETE", json!({"seq": 1})),
        ("STREAM.MSG.GET", json!({"seq": 1})),
        ("STREAM.SNAPSHOT", json!({"deliver_subject": "stolen"})),
        (
            "STREAM.RESTORE",
            json!({"config": {"name": stream}, "state": {}}),
        ),
        ("STREAM.LEADER.STEPDOWN", Value::Null),
        ("STREAM.PEER.REMOVE", json!({"peer": "x"})),
        ("CONSUMER.NAMES", Value::Null),
        ("CONSUMER.LIST", Value::Null),
    ]
    .into_iter()
    .map(|(part, asked)| (format!("{part}.{stream}"), asked))
    .chain([
        (
            format!("CONSUMER.DURABLE.CREATE.{stream}.d"),
            consumer.clone(),
        ),
        (format!("CONSUMER.CREATE.{stream}.d.x"), consumer),
        (format!("CONSUMER.DELETE.{stream}.d"), Value::Null),
        (format!("CONSUMER.INFO.{stream}.d"), Value::Null),
        (format!("CONSUMER.MSG.NEXT.{stream}.d"), Value::Null),
        (format!("DIRECT.GET.{stream}"), json!({"seq": 1})),
        ("STREAM.NAMES".into(), Value::Null),
        ("STREAM.LIST".into(), Value::Null),
        ("INFO".into(), Value::Null),
    ])
    .collect()
}

fn words(asked: &Value) -> Vec<u8> {
    match asked {
        Value::Null => Vec::new(),
        asked => asked.to_string().into_bytes(),
    }
}

/// Subjects at which an answer of the server would be a write, or an order to the server.
fn dangerous() -> Vec<String> {
    let mut all: Vec<String> = STREAMS
        .iter()
        .flat_map(|stream| {
            ["STREAM.PURGE", "STREAM.DELETE"].map(|part| format!("$JS.API.{part}.{stream}"))
        })
        .collect();
    all.extend(
        [
            "$KV.hotseat_acme_public.now.beat",
            "$KV.hotseat_acme_public.incident.forged",
            "$KV.hotseat_acme_lease.relay",
            "hs.acme.changes.forged",
        ]
        .map(str::to_owned),
    );
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_can_neither_write_nor_delete_nor_hear_others() {
    let guarded = Guarded::new().await;
    let world = &guarded.world;
    let secret = world.declare(CANARY, "private").await;
    let open = world.declare("Known to everybody", "public").await;
    let hidden = world.declare("Soon private", "public").await;
    let relay = world.relay_with(guarded.settings("RELAY")).await;
    relay.works().await;
    let console = guarded.console();
    console
        .until("it has both", |seen| seen.rows.contains_key(&hidden))
        .await;
    // What lies there without words is an order to delete, where it can be sent to the API.
    world.organisation.make_private(hidden.as_str());
    console
        .until("a tombstone lies there", |seen| seen.gone.contains(&hidden))
        .await;
    drop(console);
    within("the relay ends", relay.stop()).await;
    let tombstone = format!("$KV.hotseat_acme_public.incident.{hidden}");
    let value = format!("$KV.hotseat_acme_public.incident.{open}");
    let before = guarded.stored().await;
    for who in ["CONSOLE", "DASHBOARD", "BRIDGE"] {
        let (client, inbox) = guarded.raw(who).await;
        let mut overheard = Vec::new();
        for subject in [
            ">",
            "_INBOX.>",
            "*.>",
            "$KV.>",
            "$JS.>",
            "hs.acme.focus.*",
            "stolen",
        ] {
            overheard.push(client.subscribe(subject).await.expect("asked"));
        }
        let reply = format!("{inbox}.answer");
        let mut answers = client.subscribe(reply.clone()).await.expect("asked");
        for stream in STREAMS {
            for (part, asked) in calls(stream) {
                for prefix in ["$JS.API", "hotseat.api"] {
                    let subject = format!("{prefix}.{part}");
                    let sent =
                        client.publish_with_reply(subject, reply.clone(), words(&asked).into());
                    sent.await.expect("sent");
                }
            }
        }
        for subject in dangerous() {
            client
                .publish(subject.clone(), "".into())
                .await
                .expect("sent");
            let mut erased = HeaderMap::new();
            erased.insert("KV-Operation", "PURGE");
            erased.insert("Nats-Rollup", "all");
            let sent = client.publish_with_headers(subject.clone(), erased, "".into());
            sent.await.expect("sent");
            // The server itself is asked to send what lies there to where it would do harm.
            for prefix in ["$JS.API", "hotseat.api"] {
                for from in [&tombstone, &value] {
                    let part = format!("{prefix}.DIRECT.GET.{}.{from}", STREAMS[0]);
                    let sent = client.publish_with_reply(part, subject.clone(), "".into());
                    sent.await.expect("sent");
                }
                let info = format!("{prefix}.STREAM.INFO.{}", STREAMS[0]);
                let sent = client.publish_with_reply(info, subject.clone(), "".into());
                sent.await.expect("sent");
                let consumer = json!({"stream_name": STREAMS[0], "config": {
                    "deliver_subject": subject, "filter_subject": tombstone,
                    "ack_policy": "none", "deliver_policy": "all"}});
                let create = format!("{prefix}.CONSUMER.CREATE.{}", STREAMS[0]);
                let sent =
                    client.publish_with_reply(create, reply.clone(), words(&consumer).into());
                sent.await.expect("sent");
            }
            for from in ["hs.acme.focus._", "hs.acme.written"] {
                let sent = client.publish_with_reply(from, subject.clone(), "".into());
                sent.await.expect("sent");
            }
        }
        let acknowledged = format!("$JS.ACK.{}.d.1.1.1.1.1", STREAMS[0]);
        client.publish(acknowledged, "".into()).await.expect("sent");
        client.flush().await.expect("all is sent");
        // A server that has answered what was asked last has done what was asked before.
        assert_eq!(guarded.stored().await, before, "{who}");
        let mut refused = 0;
        while let Ok(Some(answer)) =
            tokio::time::timeout(Duration::from_millis(500), answers.next()).await
        {
            let told: Value = serde_json::from_slice(&answer.payload).unwrap_or_default();
            let said = told["type"].as_str().unwrap_or_default().to_owned();
            refused += usize::from(told["error"].is_object());
            let harmless = told["error"].is_object() || said.contains("consumer_create");
            assert!(harmless, "{who}: {said} {told}");
            assert!(told["config"]["durable_name"].is_null(), "{told}");
        }
        println!("{who}: {refused} answers refuse something");
        for mut hearing in overheard {
            let heard = tokio::time::timeout(Duration::from_millis(50), hearing.next()).await;
            // What comes back to oneself, sent by oneself, is no secret.
            if let Ok(Some(message)) = heard {
                let own =
                    message.subject.starts_with("hs.acme.") || message.subject.starts_with(&inbox);
                assert!(own, "{who} hears {}", message.subject);
            }
        }
    }
    assert_eq!(guarded.stored().await, before);
    for who in ["CONSOLE", "DASHBOARD"] {
        let all = everything(&guarded, who).await;
        assert!(all.contains("Known to everybody"), "{who} reads");
        assert!(
            !all.contains(CANARY) && !all.contains(secret.as_str()),
            "{who}"
        );
    }
    let link = guarded.link("BRIDGE").await;
    assert!(Bucket::find(&link, "hotseat_acme_public").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_in_one_account_with_the_streams_could_have_them_deleted() {
    let may = "permissions { publish: \"$JS.API.DIRECT.GET.KV_test.>\", subscribe: \"_INBOX.>\" }";
    let server = Server::with(&format!(
        "authorization {{ users = [ {{ user: relay, password: a }}, {{ user: reader, password: b, {may} }} ] }}"
    ));
    let of = |words: &str| format!("nats://{words}@127.0.0.1:{}", server.port());
    let way = Way {
        address: of("relay:a"),
        ..server.way()
    };
    let link = Link::open(&way).await.expect("let in");
    let bucket = Bucket::make(&link, "test", None).await.expect("a bucket");
    bucket.put("a", b"x".to_vec(), 0).await.expect("written");
    bucket.erase("a").await.expect("erased");
    let options = ConnectOptions::with_user_and_password("reader".into(), "b".into());
    let reader = options.connect(server.way().address).await.expect("let in");
    let (asked, order) = (
        "$JS.API.DIRECT.GET.KV_test.$KV.test.a",
        "$JS.API.STREAM.DELETE.KV_test",
    );
    let sent = reader.publish_with_reply(asked, order, "".into());
    sent.await.expect("sent");
    until("the stream is gone", async || bucket.born().await.is_err()).await;
}

/// All that a user can read, as text.
async fn everything(guarded: &Guarded, who: &str) -> String {
    let link = guarded.link(who).await;
    let bucket = Bucket::find(&link, "hotseat_acme_public")
        .await
        .expect("found");
    let mut watch = bucket.watch(">").await.expect("watched");
    let mut all = String::new();
    while let Watched::Entry(entry) = within("the watch tells", watch.next()).await.expect("told") {
        all.push_str(&entry.key);
        let Some(value) = entry.value else { continue };
        let opened = Envelope::open(&entry.key, &value, None).expect("the relay's");
        all.push_str(&String::from_utf8_lossy(&opened.body.unwrap_or_default()));
    }
    all
}
