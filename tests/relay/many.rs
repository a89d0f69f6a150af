//! Two hundred consoles on one key.

use crate::server::within;
use crate::world::World;
use std::time::{Duration, Instant};

/// Consoles of a large team, when something burns.
const CONSOLES: usize = 200;
/// Consoles that open in the same moment.
const TOGETHER: usize = 20;
/// Requests a minute that all of them together may cost.
const MOST: u64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_consoles_on_a_busy_incident_cost_what_a_few_cost() {
    let world = World::alone(120).await;
    let id = world.declare("Checkout is down", "public").await;
    let relay = world.relay().await;
    let opened = world.organisation.served();
    // They share this machine, which theirs do not: so many open together.
    let mut consoles = Vec::new();
    while consoles.len() < CONSOLES {
        let some: Vec<_> = (0..TOGETHER).map(|_| world.console()).collect();
        for console in &some {
            console.follows().await;
            console
                .until("it has the incident", |seen| seen.name(&id).is_some())
                .await;
            console.look_at(Some(&id));
        }
        for console in &some {
            console
                .until("it has the timeline", |seen| {
                    seen.timelines.contains_key(&id)
                })
                .await;
            console.until("it has loaded", |seen| seen.loaded).await;
        }
        consoles.extend(some);
    }
    let opening = world.organisation.served() - opened;
    // Each says once who it is; everything else is asked once for all.
    let once = CONSOLES as u64 + 200;
    assert!(opening <= once, "{opening} requests until all have opened");

    let (before, began) = (world.organisation.served(), Instant::now());
    let mut slowest = Duration::ZERO;
    for turn in 0..4 {
        let message = format!("Still looking, {turn}");
        world.update(&id, &message).await;
        let sent = Instant::now();
        for console in &consoles {
            console
                .until("the update is on the screen", |seen| {
                    seen.has_said(&id, &message)
                })
                .await;
        }
        slowest = slowest.max(sent.elapsed());
    }
    // A minute is counted whole, however fast the four came through.
    tokio::time::sleep_until((began + Duration::from_secs(60)).into()).await;
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let cost = (world.organisation.served() - before - 4) as f64 / minutes;
    assert!(
        cost <= MOST as f64,
        "{cost:.0} requests a minute, {slowest:?}"
    );
    println!("{opening} to open, {cost:.0} a minute, at most {slowest:?} to every screen");
    within("the relay ends", relay.stop()).await;
}
