//! What a relay costs and saves, against a real nats-server: `cargo bench --bench relay -- [cost] [speed] [size N…]`.
//!
//! `cost`: requests a minute that 1, 20 and 200 consoles send to incident.io while one incident burns and all look at it,
//! with a relay and without, and bytes a minute to each console, at rest and in that storm. `speed`: seconds from a change
//! to every screen. `size`: memory of the relay, and how soon a console that has nothing shows something and has all, with
//! so many incidents (10,000 and 100,000 unless said), from the relay and from the platform.

#[path = "../../tests/common/clock.rs"]
#[allow(dead_code, reason = "no program is told the time here")]
mod clock;
#[path = "../../tests/relay/console.rs"]
#[allow(dead_code, reason = "tests need more of it")]
mod console;
mod program;
#[path = "../../tests/jetstream/server.rs"]
#[allow(dead_code, reason = "tests need more of it")]
mod server;
#[path = "../../tests/relay/world.rs"]
#[allow(dead_code, reason = "tests need more of it")]
mod world;

use console::Console;
use hotseat::domain::IncidentId;
use server::Server;
use std::time::{Duration, Instant};
use world::World;

/// Consoles of one person, a team, an organisation in a storm.
const CONSOLES: [usize; 3] = [1, 20, 200];
/// What is counted for.
const MINUTE: Duration = Duration::from_secs(60);
/// Changes whose way to the screens is measured.
const CHANGES: usize = 12;

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "--test") {
        return;
    }
    let wants =
        |word: &str| !words.iter().any(|w| !w.starts_with('-')) || words.iter().any(|w| w == word);
    if wants("cost") {
        println!(
            "| consoles | relay | requests to open | a minute at rest | in a storm | bytes a minute for each at rest | in a storm |\n|--:|---|--:|--:|--:|--:|--:|"
        );
        for consoles in CONSOLES {
            for relayed in [false, true] {
                cost(consoles, relayed).await;
            }
        }
    }
    if wants("speed") {
        speed().await;
    }
    if wants("size") {
        let given: Vec<usize> = words.iter().filter_map(|w| w.parse().ok()).collect();
        let sizes = if given.is_empty() {
            vec![10_000, 100_000]
        } else {
            given
        };
        println!(
            "| incidents | relay ready after | its memory, peak | first screen, relay | all, relay | first screen, platform | all, platform |\n|--:|--:|--:|--:|--:|--:|--:|"
        );
        for incidents in sizes {
            size(incidents).await;
        }
    }
}

/// A server that tells how many bytes it sent.
fn counting() -> (Server, u16) {
    let port = server::free_port();
    (Server::with(&format!("http: \"127.0.0.1:{port}\"")), port)
}

async fn bytes_sent(world: &World, port: u16) -> u64 {
    let asked = world.http.get(format!("http://127.0.0.1:{port}/varz"));
    let told = asked.send().await.expect("an answer").text().await;
    let told: serde_json::Value = serde_json::from_str(&told.expect("words")).expect("JSON");
    told["out_bytes"].as_u64().expect("a number")
}

async fn open(world: &World, relayed: bool) -> Console {
    let mut config = world.settings();
    if !relayed {
        config.relay.nats = String::new();
    }
    let key = world.organisation.viewer_key.clone();
    Console::open(world.access_with(&key, config, None))
}

async fn cost(count: usize, relayed: bool) {
    let (nats, port) = counting();
    let world = World::on(120, nats).await;
    let id = world.declare("Checkout is down", "public").await;
    let relay = match relayed {
        true => Some(world.relay().await),
        false => None,
    };
    let before = world.organisation.served();
    let mut consoles = Vec::new();
    for _ in 0..count {
        consoles.push(open(&world, relayed).await);
    }
    for console in &consoles {
        console
            .until("it has loaded", |seen| {
                seen.loaded && seen.name(&id).is_some()
            })
            .await;
    }
    let opening = world.organisation.served() - before;
    let rest = minute(&world, port).await;
    for console in &consoles {
        console.look_at(Some(&id));
    }
    for console in &consoles {
        console
            .until("it reads it", |seen| seen.timelines.contains_key(&id))
            .await;
    }
    let storm = async {
        for turn in 0..4 {
            world.update(&id, &format!("Still looking, {turn}")).await;
            tokio::time::sleep(MINUTE / 4).await;
        }
    };
    let (storm, ()) = tokio::join!(minute(&world, port), storm);
    let each = |bytes: u64| bytes / count as u64 / 1024;
    let word = if relayed { "with" } else { "without" };
    let (quiet, busy) = match relayed {
        true => (
            format!("{} KB", each(rest.1)),
            format!("{} KB", each(storm.1)),
        ),
        false => ("-".into(), "-".into()),
    };
    println!(
        "| {count} | {word} | {opening} | {} | {} | {quiet} | {busy} |",
        rest.0,
        storm.0 - 4
    );
    if let Some(relay) = relay {
        relay.stop().await;
    }
}

/// Requests to the organisation, and bytes from the server, within a minute.
async fn minute(world: &World, port: u16) -> (u64, u64) {
    let before = (world.organisation.served(), bytes_sent(world, port).await);
    tokio::time::sleep(MINUTE).await;
    let after = (world.organisation.served(), bytes_sent(world, port).await);
    (after.0 - before.0, after.1 - before.1)
}

/// From an update that somebody posts outside to each of two hundred screens; the relay is told by its polls alone, and by
/// a console that wrote it.
async fn speed() {
    const MANY: usize = 200;
    let world = World::new(120).await;
    let id = world.declare("Checkout is down", "public").await;
    let relay = world.relay().await;
    let mut consoles = Vec::new();
    for _ in 0..MANY {
        let console = open(&world, true).await;
        console.look_at(Some(&id));
        consoles.push(console);
    }
    for console in &consoles {
        console
            .until("it reads it", |seen| seen.timelines.contains_key(&id))
            .await;
    }
    for stirred in [false, true] {
        let mut took = Vec::new();
        for turn in 0..CHANGES {
            let words = format!("Turn {turn}, {stirred}");
            // Changes come at any moment between two polls.
            tokio::time::sleep(Duration::from_millis(1_700 * (turn as u64 % 5))).await;
            world.update(&id, &words).await;
            let sent = Instant::now();
            if stirred {
                let told = hotseat::session::Stir::Incident(Some(id.clone()));
                relay.stirs.send(told).await.expect("it works");
            }
            let waiting = consoles
                .iter()
                .map(|console| shown(console, &id, &words, sent));
            took.extend(futures_util::future::join_all(waiting).await);
        }
        took.sort();
        let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64();
        let how = if stirred {
            "told at once (a webhook, a console's own write)"
        } else {
            "found by its polls"
        };
        println!(
            "change to screen, {MANY} consoles, {how}: p50 {:.2} s, p99 {:.2} s",
            at(0.5),
            at(0.99)
        );
    }
    relay.stop().await;
}

async fn shown(console: &Console, id: &IncidentId, words: &str, sent: Instant) -> Duration {
    console
        .until("it is shown", |seen| seen.has_said(id, words))
        .await;
    sent.elapsed()
}

/// Memory of a relay that is a program of its own, and the first screen of a console that has nothing.
async fn size(incidents: usize) {
    let world = World::new(incidents).await;
    let began = Instant::now();
    let relay = program::Relay::start(&world);
    relay.is_complete(&world).await;
    let ready = began.elapsed();
    let mut took = Vec::new();
    for relayed in [true, false] {
        let began = Instant::now();
        let console = open(&world, relayed).await;
        console
            .until("something is on the screen", |seen| !seen.rows.is_empty())
            .await;
        let first = began.elapsed();
        console
            .until("all of it is there", |seen| seen.loaded)
            .await;
        took.push((first, began.elapsed()));
    }
    let [relayed, alone] = took[..] else { return };
    println!(
        "| {incidents} | {:.1} s | {} MB | {:.2} s | {:.1} s | {:.2} s | {:.1} s |",
        ready.as_secs_f64(),
        relay.peak() / 1024,
        relayed.0.as_secs_f64(),
        relayed.1.as_secs_f64(),
        alone.0.as_secs_f64(),
        alone.1.as_secs_f64(),
    );
}
