//! Nothing of what is private gets where every console reads, and what turns private goes from there and from them.

use crate::server::{Server, until, within};
use crate::world::World;
use hotseat::console::job::Topic;
use hotseat::jetstream::Bucket;
use hotseat::session::Stir;
use hotseat::sim::faults::{FaultKind, Rule};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long an answer is under way that was made before its incident turned private.
const UNDER_WAY: u64 = 12_000;

/// A word that stands nowhere else.
const CANARY: &str = "Kanarienvogel-7f3a";

/// Hears everything that goes over the wire.
pub async fn spy(world: &World) -> Arc<Mutex<Vec<u8>>> {
    use futures_util::StreamExt;
    let client = async_nats::connect(world.nats.way().address).await;
    let mut all = client.expect("a spy").subscribe(">").await.expect("all");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hearing = heard.clone();
    tokio::spawn(async move {
        while let Some(message) = all.next().await {
            let mut heard = hearing.lock().expect("nobody broke");
            heard.extend(message.subject.as_bytes());
            heard.extend(&message.payload);
            heard.extend(unpacked(&message.payload));
        }
    });
    heard
}

/// What is packed in an envelope.
fn unpacked(payload: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let Some(at) = payload.iter().position(|b| *b == b'\n') else {
        return Vec::new();
    };
    let mut plain = Vec::new();
    let _ = flate2::read::ZlibDecoder::new(&payload[at + 1..]).read_to_end(&mut plain);
    plain
}

pub fn holds(heard: &Mutex<Vec<u8>>, word: &str) -> bool {
    let heard = heard.lock().expect("nobody broke");
    heard.windows(word.len()).any(|w| w == word.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_private_is_on_no_wire_and_no_disk_and_its_owners_ask_for_it_themselves() {
    let world = World::new(40).await;
    let heard = spy(&world).await;
    let secret = world.declare(CANARY, "private").await;
    let open = world.declare("Known to everybody", "public").await;
    world.update(&secret, &format!("{CANARY} says more")).await;
    let relay = world.relay().await;
    let config = world.settings();
    let owner = world.access_with(&world.organisation.key, config, None);
    let owner = crate::console::Console::open(owner);
    let other = world.console();
    for console in [&owner, &other] {
        console.follows().await;
        console
            .until("it has what is public", |seen| seen.name(&open).is_some())
            .await;
    }
    owner
        .until("its owner has what is private", |seen| {
            seen.name(&secret) == Some(CANARY)
        })
        .await;
    for console in [&owner, &other] {
        console.look_at(Some(&secret));
    }
    owner
        .until("its owner reads its timeline", |seen| {
            seen.timelines.contains_key(&secret)
        })
        .await;
    world
        .update(&open, "Something to be heard at the end")
        .await;
    other.look_at(Some(&open));
    other
        .until("what is public goes on", |seen| {
            seen.timelines.contains_key(&open)
        })
        .await;
    assert!(other.seen().name(&secret).is_none());
    assert!(holds(&heard, "Known to everybody"), "the spy hears");
    assert!(!holds(&heard, CANARY), "on the wire");
    assert!(
        !holds(&heard, secret.as_str().trim_start_matches("01"))
            || only_asked(&heard, secret.as_str())
    );
    within("the relay ends", relay.stop()).await;
    assert_eq!(world.nats.files_with(CANARY), Vec::<String>::new());
}

/// A console's letter names what it looks at, which it has from elsewhere; nothing answers it.
fn only_asked(heard: &Mutex<Vec<u8>>, id: &str) -> bool {
    let heard = heard.lock().expect("nobody broke").clone();
    let text = String::from_utf8_lossy(&heard).into_owned();
    !text.contains(&format!("incident.{id}")) && !text.contains(&format!("changes.{id}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turns_private_goes_from_the_bucket_its_disk_and_every_console() {
    let world = World::new(40).await;
    let id = world.declare(CANARY, "public").await;
    world.update(&id, &format!("{CANARY} says more")).await;
    let relay = world.relay().await;
    let folder = tempfile::tempdir().expect("a folder");
    let cache = folder.path().join("cache.db");
    let (key, config) = (world.organisation.viewer_key.clone(), world.settings());
    let access = world.access_with(&key, config, Some(cache.clone()));
    let console = crate::console::Console::open(access);
    console.follows().await;
    console
        .until("it has it", |seen| seen.name(&id) == Some(CANARY))
        .await;
    console.look_at(Some(&id));
    console
        .until("it reads it", |seen| seen.timelines.contains_key(&id))
        .await;
    world.organisation.make_private(id.as_str());
    console
        .until("it is gone", |seen| seen.gone.contains(&id))
        .await;
    assert!(console.seen().name(&id).is_none());
    until("nothing of it is on the server's disk", || async {
        world.nats.files_with(CANARY).is_empty()
    })
    .await;
    let kept = |path: &std::path::Path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(CANARY.len()).any(|w| w == CANARY.as_bytes())
    };
    console.ask(Topic::Incidents);
    until("nothing of it is in the console's cache", || async {
        let wal = cache.with_extension("db-wal");
        !kept(&cache) && !kept(&wal)
    })
    .await;
    within("the relay ends", relay.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_was_under_way_while_it_turned_private_brings_nothing_back() {
    let mut options = World::options(40);
    // A relay asks for one incident alone only where somebody else has written in its place.
    options.faults.rules.push(Rule {
        path: "/v2/incidents/01".into(),
        method: Some("GET".into()),
        kind: FaultKind::Late,
        rate: 1.0,
        status: 200,
        delay_ms: UNDER_WAY,
        times: Some(1),
    });
    let world = World::of(options, Server::start()).await;
    let id = world.declare(CANARY, "public").await;
    let other = world.declare("Known to everybody", "public").await;
    let relay = world.relay().await;
    let link = world.nats.link().await;
    let name = format!("hotseat_{}_public", relay.org());
    let bucket = Bucket::find(&link, &name).await.expect("found");
    let key = format!("incident.{id}");
    let there = bucket.get(&key).await.expect("read").expect("it is there");
    let forged = bucket.put(&key, b"nothing".to_vec(), there.revision);
    forged.await.expect("put");
    until("the relay asks for it", async || {
        world.organisation.held() == 1
    })
    .await;
    world.organisation.make_private(id.as_str());
    let stirred = relay.stirs.send(Stir::Incident(None));
    stirred.await.expect("it works");
    let is_there = async || {
        let entry = bucket.get(&key).await.expect("read");
        entry.is_some_and(|entry| entry.value.is_some())
    };
    until("it is taken away", async || !is_there().await).await;
    let heard = spy(&world).await;
    tokio::time::sleep(Duration::from_millis(UNDER_WAY)).await;
    // Whatever is told now came after the answer that was held back.
    world.rename(&other, "Known by another name").await;
    let stirred = relay.stirs.send(Stir::Incident(None));
    stirred.await.expect("it works");
    until("the relay goes on", async || {
        holds(&heard, "Known by another name")
    })
    .await;
    assert!(!holds(&heard, CANARY), "it was told again");
    within("the relay ends", relay.stop()).await;
}
