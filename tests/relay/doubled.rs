//! Two relays, and a server that comes back with nothing.

use crate::server::within;
use crate::world::World;
use hotseat::session::{RelayStanding, Standing};

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_relays_works_and_the_other_takes_over_when_it_dies() {
    let world = World::new(40).await;
    let first = world.relay().await;
    let second = world.relay_with(world.settings()).await;
    second
        .until("it waits", |standing| {
            matches!(standing, Standing::Waiting(_))
        })
        .await;
    let console = world.console();
    console.follows().await;
    let seen = world.declare("Looked at all the while", "public").await;
    console
        .until("it has it", |s| s.name(&seen).is_some())
        .await;
    console.look_at(Some(&seen));
    console
        .until("it reads it", |s| s.timelines.contains_key(&seen))
        .await;
    first.kill();
    second.works().await;
    world.update(&seen, "Told by the second").await;
    console
        .until("its timeline goes on", |s| {
            s.has_said(&seen, "Told by the second")
        })
        .await;
    let id = world.declare("After the first was gone", "public").await;
    console
        .until("the second tells it", |seen| seen.name(&id).is_some())
        .await;
    console
        .until("it follows again", |seen| {
            seen.standing == Some(RelayStanding::Following)
        })
        .await;
    within("the relay ends", second.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_with_an_empty_disk_is_filled_again() {
    let mut world = World::new(60).await;
    let (id, relay, console) = world.watched("Still burning").await;
    world.nats.kill();
    world.nats.empty();
    console
        .until("it knows that its relay is gone", |seen| {
            matches!(seen.standing, Some(RelayStanding::Apart(_)))
        })
        .await;
    world.nats.run();
    relay.works().await;
    console.follows().await;
    world.rename(&id, "Out at last").await;
    console
        .until("it hears again", |seen| {
            seen.name(&id) == Some("Out at last")
        })
        .await;
    let all = console.seen().rows.len();
    let late = world.console();
    late.follows().await;
    late.until("everything is there again", |seen| seen.rows.len() == all)
        .await;
    within("the relay ends", relay.stop()).await;
}
