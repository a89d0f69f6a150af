//! Somebody on a NATS server without users, who may do everything there: consoles that know their relay's key believe
//! nothing of it, the relay puts right what was changed, and the API's requests stay within bounds.

use crate::console::Console;
use crate::server::{until, within};
use crate::world::{Working, World};
use async_nats::{Client, HeaderMap};
use flate2::Compression;
use flate2::read::ZlibEncoder;
use hotseat::config::{Config, Secret};
use hotseat::domain::{IncidentId, Instant};
use hotseat::jetstream::{Bucket, Envelope, Signer};
use hotseat::session::RelayStanding;
use serde_json::json;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;

/// A word that nobody may read on a screen.
const FORGED: &str = "FORGED-51c8";
const SECRET: &str = "Kanarienvogel-9d04";

struct Scene {
    world: World,
    config: Config,
    relay: Working,
    bucket: Bucket,
    client: Client,
    names: String,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new(40).await;
        let (seed, public) = Signer::make();
        let path = world.nats.folder().join("signing");
        std::fs::write(&path, seed).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("a mode");
        let mut config = world.settings();
        config.relay.org = "acme".into();
        config.relay.key = public;
        let mut of_relay = config.clone();
        of_relay.relay.signing_key = Secret {
            file: path.display().to_string(),
            ..Secret::default()
        };
        let relay = world.relay_with(of_relay).await;
        relay.works().await;
        let link = world.nats.link().await;
        let bucket = Bucket::find(&link, "hotseat_acme_public")
            .await
            .expect("found");
        let client = async_nats::connect(world.nats.way().address)
            .await
            .expect("let in");
        Self {
            world,
            config,
            relay,
            bucket,
            client,
            names: "$KV.hotseat_acme_public".into(),
        }
    }

    fn console(&self) -> Console {
        let key = self.world.organisation.viewer_key.clone();
        Console::open(self.world.access_with(&key, self.config.clone(), None))
    }

    async fn write(&self, key: &str, value: Vec<u8>) {
        let subject = format!("{}.{key}", self.names);
        self.client
            .publish(subject, value.into())
            .await
            .expect("sent");
        self.client.flush().await.expect("sent");
    }

    async fn value(&self, key: &str) -> Option<Vec<u8>> {
        self.bucket
            .get(key)
            .await
            .expect("read")
            .and_then(|entry| entry.value)
    }

    /// The name of an incident as it lies there, where that is the relay's word.
    async fn lies_there(&self, id: &IncidentId) -> Option<String> {
        let key = format!("incident.{id}");
        let value = self.value(&key).await?;
        let verifier =
            hotseat::jetstream::Verifier::from_key(&self.config.relay.key).expect("a key");
        let body = Envelope::open(&key, &value, Some(&verifier)).ok()?.body?;
        let told: serde_json::Value = serde_json::from_slice(&body).ok()?;
        let told = told.get("incident").unwrap_or(&told);
        Some(told["name"].as_str()?.to_owned())
    }

    async fn is_put_right(&self, id: &IncidentId, name: &str) {
        until("the relay puts it right", async || {
            self.lies_there(id).await.as_deref() == Some(name)
        })
        .await;
    }
}

/// What is no value of a relay, each for one key.
fn forgeries(genuine: &[u8], key: &str) -> Vec<Vec<u8>> {
    let envelope = Envelope::open(key, genuine, None).expect("the relay's");
    let body = String::from_utf8(envelope.body.clone().expect("a body")).expect("text");
    let body = body.replace("Checkout", &format!("{FORGED}\\u001b[31m"));
    let other = Signer::from_seed(&Signer::make().0).expect("a seed");
    let forged = Envelope::around(Some(body.into_bytes()), Instant::MAX_UTC, u64::MAX, 0);
    let mut bomb = b"{\"schema\":1,\"at\":\"2026-01-01T00:00:00Z\",\"fence\":1,\"began\":0,\"hash\":\"\",\"gone\":false}\n".to_vec();
    let zeros = std::io::repeat(0).take(64 << 20);
    ZlibEncoder::new(zeros, Compression::best())
        .read_to_end(&mut bomb)
        .expect("packed");
    let head = genuine
        .iter()
        .position(|byte| *byte == b'\n')
        .expect("a head");
    vec![
        forged.seal(key, None),
        forged.seal(key, Some(&other)),
        forged.seal("incident.another", Some(&other)),
        [&genuine[..head], b"\nnot what was signed"].concat(),
        bomb,
        vec![b'x'; 900 << 10],
        b"{\"schema\":99}\n".to_vec(),
        b"\x1b]0;title\x07".to_vec(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_write_everything_is_believed_nothing() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let id = world.declare("Checkout is down", "public").await;
    let key = format!("incident.{id}");
    let console = scene.console();
    console.follows().await;
    console
        .until("it has it", |seen| {
            seen.name(&id) == Some("Checkout is down")
        })
        .await;
    let old = scene.value(&key).await.expect("it lies there");
    let old_beat = scene.value("now.beat").await.expect("it lies there");
    for forged in forgeries(&old, &key) {
        scene.write(&key, forged).await;
        scene.is_put_right(&id, "Checkout is down").await;
    }
    for beat in forgeries(&old_beat, "now.beat") {
        scene.write("now.beat", beat).await;
    }
    scene.write("now.beat", old_beat).await;
    world.rename(&id, "Checkout is slow").await;
    console
        .until("it has the new name", |seen| {
            seen.name(&id) == Some("Checkout is slow")
        })
        .await;
    scene.is_put_right(&id, "Checkout is slow").await;
    // An old value is the relay's own, and still no news.
    scene.write(&key, old).await;
    scene.is_put_right(&id, "Checkout is slow").await;
    assert_eq!(console.seen().name(&id), Some("Checkout is slow"));
    scene.write("incident.01FORGED", b"nothing".to_vec()).await;
    scene.write("foreign.key", vec![0; 100]).await;
    until("what is foreign is taken away", async || {
        scene.value("incident.01FORGED").await.is_none()
    })
    .await;
    let mut erased = HeaderMap::new();
    erased.insert("KV-Operation", "DEL");
    let sent =
        scene
            .client
            .publish_with_headers(format!("{}.{key}", scene.names), erased, "".into());
    sent.await.expect("sent");
    scene.is_put_right(&id, "Checkout is slow").await;
    console
        .until("it is there again", |seen| {
            seen.name(&id) == Some("Checkout is slow")
        })
        .await;
    let purge = scene
        .client
        .request("$JS.API.STREAM.PURGE.KV_hotseat_acme_public", "".into());
    within("the purge", purge).await.expect("purged");
    scene.is_put_right(&id, "Checkout is slow").await;
    scene.relay.works().await;
    let all = console.seen().rows.len();
    let late = scene.console();
    late.follows().await;
    late.until("a new console has everything", |seen| {
        seen.rows.len() == all
    })
    .await;
    for seen in [console.seen(), late.seen()] {
        let forged = seen.rows.values().find(|row| row.name.contains(FORGED));
        assert!(forged.is_none(), "{forged:?}");
        assert_ne!(seen.standing, Some(RelayStanding::Reaching));
    }
    within("the relay ends", scene.relay.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_make_a_relay_ask_within_bounds_and_for_nothing_private() {
    let scene = Scene::new().await;
    let world = &scene.world;
    let secret = world.declare(SECRET, "private").await;
    let open = world.declare("Known to everybody", "public").await;
    scene.is_put_right(&open, "Known to everybody").await;
    let question = |path: &str, query: serde_json::Value| {
        let key = path.rsplit('/').next();
        json!({"path": path, "key": key, "query": query, "most": 50})
    };
    let private = json!([["incident_id", secret.as_str()]]);
    let mut asks = vec![
        question("/v2/alerts", json!([])),
        question("/v2/incidents", json!([])),
        question("/v2/incident_updates", private.clone()),
        question("/v2/incident_timeline_items", private),
        question("/v2/schedules", json!([["page_size", "1"]])),
    ];
    for n in 0..10_000 {
        let size = (25 + n % 900).to_string();
        asks.push(question("/v2/schedules", json!([["page_size", size]])));
    }
    let before = world.organisation.served();
    let began = std::time::Instant::now();
    let about = |id: &str| format!("hs.acme.focus.{id}");
    for turn in 0..40 {
        for (who, some) in asks.chunks(20).enumerate().take(20) {
            let letter = json!({"who": format!("{turn}-{who}"), "uses": [], "asks": some});
            let sent = scene
                .client
                .publish(about(secret.as_str()), letter.to_string().into());
            sent.await.expect("sent");
        }
        let huge = vec![b'['; 1_000_000];
        scene
            .client
            .publish(about("_"), huge.into())
            .await
            .expect("sent");
        for _ in 0..50 {
            let written = json!({"incidents": vec![open.as_str(); 300]}).to_string();
            let sent = scene.client.publish("hs.acme.written", written.into());
            sent.await.expect("sent");
        }
        scene.client.flush().await.expect("sent");
    }
    world.rename(&open, "Still at work").await;
    scene.is_put_right(&open, "Still at work").await;
    let seconds = began.elapsed().as_secs();
    let served = world.organisation.served() - before;
    // What changed and the pages, each every two seconds at most, and what the relay asks by itself.
    let most = 60 + 4 * seconds;
    println!("{served} requests in {seconds} s for 40,000 questions and 2,000 storms");
    assert!(served <= most, "{served} requests in {seconds} s");
    let bucket = &scene.bucket;
    for (key, _) in bucket.keys().await.expect("keys") {
        assert!(!key.contains(secret.as_str()), "{key}");
        let Some(value) = scene.value(&key).await else {
            continue;
        };
        let opened = Envelope::open(&key, &value, None).expect("the relay's");
        let body = String::from_utf8_lossy(&opened.body.unwrap_or_default()).into_owned();
        assert!(!body.contains(SECRET), "{key}");
    }
    within("the relay ends", scene.relay.stop()).await;
}
