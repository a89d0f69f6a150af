//! What breaks at three in the morning: the relay, its server, its disk, a clock, the way to the internet, a slow reader.

use crate::clock;
use crate::console::Console;
use crate::server::{Server, within};
use crate::world::World;
use hotseat::config::Clock;
use hotseat::session::{RelayStanding, Standing};
use std::time::{Duration, Instant};

#[tokio::test(flavor = "multi_thread")]
async fn a_console_without_a_way_to_the_platform_reads_everything_from_the_relay() {
    let world = World::new(60).await;
    let id = world.declare("Seen from the inside", "public").await;
    world.update(&id, "A first word").await;
    let relay = world.relay().await;
    let near = world.console();
    near.follows().await;
    near.until("it has loaded", |seen| seen.loaded).await;
    near.until("it has the rest", |seen| seen.org && seen.schedules > 0)
        .await;
    let mut config = world.settings();
    // Nobody listens there.
    config.base_url = "http://127.0.0.1:9".into();
    config.relay.org = relay.org();
    let inside = Console::open(world.access_with("no-key-is-ever-asked-for", config, None));
    inside.follows().await;
    inside
        .until("it has everything", |seen| {
            seen.loaded && seen.org && seen.schedules > 0 && seen.name(&id).is_some()
        })
        .await;
    inside.look_at(Some(&id));
    inside
        .until("it reads the timeline", |seen| {
            seen.has_said(&id, "A first word")
        })
        .await;
    world.update(&id, "A second word").await;
    inside
        .until("it hears what comes", |seen| {
            seen.has_said(&id, "A second word")
        })
        .await;
    assert_eq!(inside.seen().rows.len(), near.seen().rows.len());
    assert_eq!(inside.seen().schedules, near.seen().schedules);
    assert_eq!(inside.seen().pages, near.seen().pages);
    within("the relay ends", relay.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_are_an_hour_off_change_nothing() {
    let world = World::new(40).await;
    let id = world.declare("Whatever the time", "public").await;
    let hour = chrono::Duration::hours(1);
    let wrong = |by: chrono::Duration| {
        let mut config = world.settings();
        config.clock = Clock::starting_at(clock::clock().now() + by);
        config
    };
    let relay = world.relay_with(wrong(hour)).await;
    relay.works().await;
    let key = world.organisation.viewer_key.clone();
    for by in [-hour, hour] {
        let console = Console::open(world.access_with(&key, wrong(by), None));
        console.follows().await;
        console
            .until("it has it", |seen| seen.name(&id).is_some() && seen.loaded)
            .await;
        let before = world.organisation.served();
        console.look_at(Some(&id));
        let words = format!("Told with a clock that is {by} off");
        world.update(&id, &words).await;
        console
            .until("it hears what comes", |seen| seen.has_said(&id, &words))
            .await;
        let asked = world.organisation.served() - before;
        assert!(asked <= 30, "{asked} requests: it reads from the relay");
    }
    within("the relay ends", relay.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn consoles_whose_relay_dies_ask_for_themselves_spread_out_and_within_their_share() {
    const CONSOLES: u64 = 40;
    let world = World::new(40).await;
    let relay = world.relay().await;
    let consoles: Vec<Console> = (0..CONSOLES).map(|_| world.console()).collect();
    for console in &consoles {
        console.follows().await;
        console.until("it has loaded", |seen| seen.loaded).await;
    }
    relay
        .until("it has heard of them all", |standing| match standing {
            Standing::Working(beat) => beat.consoles as u64 >= CONSOLES,
            _ => false,
        })
        .await;
    relay.kill();
    let id = world.declare("While nobody relays", "public").await;
    let mut per_second = Vec::new();
    let mut before = world.organisation.served();
    let began = Instant::now();
    for console in &consoles {
        console
            .until("it knows that its relay is gone", |seen| {
                matches!(seen.standing, Some(RelayStanding::Apart(_)))
            })
            .await;
    }
    // It is counted for the time in which all of them turn to the platform.
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    for _ in 0..40 {
        ticks.tick().await;
        let now = world.organisation.served();
        per_second.push(now - before);
        before = now;
    }
    for console in &consoles {
        console
            .until("it has what happened", |seen| seen.name(&id).is_some())
            .await;
    }
    let total: u64 = per_second.iter().sum();
    let most = per_second.iter().max().copied().unwrap_or_default();
    println!(
        "{total} requests in 40 s after {:?}, at most {most} in one",
        began.elapsed()
    );
    assert!(
        total <= 1_200,
        "more than a key allows in a minute: {per_second:?}"
    );
    assert!(most <= total / 3, "they came together: {per_second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_restarts_costs_nobody_a_change() {
    let mut world = World::new(40).await;
    let (id, relay, console) = world.watched("Before").await;
    world.nats.kill();
    world.rename(&id, "While the server was down").await;
    world.nats.run();
    console
        .until("it has what happened meanwhile", |seen| {
            seen.name(&id) == Some("While the server was down")
        })
        .await;
    console.follows().await;
    relay.works().await;
    world.rename(&id, "After").await;
    console
        .until("it hears on", |seen| seen.name(&id) == Some("After"))
        .await;
    within("the relay ends", relay.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_full_disk_consoles_ask_for_themselves_and_come_back_when_there_is_room() {
    let small = Server::with_store("max_file_store: 18000000", "");
    let world = World::on(120, small).await;
    let id = world.declare("Full to the brim", "public").await;
    let filler = Filler::fill(&world).await;
    let relay = world.relay_with(world.settings()).await;
    relay
        .until("it says what is wrong", |standing| match standing {
            Standing::Away(why) | Standing::Troubled(_, why) => is_about_room(why),
            _ => false,
        })
        .await;
    let console = world.console();
    console
        .until("it has everything all the same", |seen| {
            seen.loaded && seen.name(&id).is_some() && seen.rows.len() > 100
        })
        .await;
    filler.empty().await;
    relay.works().await;
    console.follows().await;
    world.rename(&id, "Room again").await;
    console
        .until("it hears it from the relay", |seen| {
            seen.name(&id) == Some("Room again")
        })
        .await;
    within("the relay ends", relay.stop()).await;
}

/// What else lies on the server's disk: all the room there is.
struct Filler(async_nats::jetstream::Context);

impl Filler {
    async fn fill(world: &World) -> Self {
        let client = async_nats::connect(world.nats.way().address).await;
        let context = async_nats::jetstream::new(client.expect("a client"));
        let config = async_nats::jetstream::stream::Config {
            name: "filler".into(),
            subjects: vec!["filler".into()],
            ..Default::default()
        };
        context.create_stream(config).await.expect("a stream");
        for size in [500_000, 5_000] {
            loop {
                let sent = context.publish("filler", vec![b'x'; size].into()).await;
                if sent.expect("sent").await.is_err() {
                    break;
                }
            }
        }
        Self(context)
    }

    async fn empty(&self) {
        self.0.delete_stream("filler").await.expect("deleted");
    }
}

fn is_about_room(why: &str) -> bool {
    why.contains("full") || why.contains("room") || why.contains("storage")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_reads_slowly_holds_nobody_up_and_catches_up() {
    let world = World::new(40).await;
    let id = world.declare("First", "public").await;
    let relay = world.relay().await;
    let (slow, quick) = (world.console(), world.console());
    for console in [&slow, &quick] {
        console.follows().await;
        console
            .until("it has it", |seen| seen.name(&id).is_some())
            .await;
    }
    slow.sleep();
    for turn in 0..3 {
        let name = format!("Turn {turn}");
        world.rename(&id, &name).await;
        quick
            .until("the other hears it", |seen| seen.name(&id) == Some(&*name))
            .await;
    }
    slow.wake();
    slow.until("it catches up", |seen| seen.name(&id) == Some("Turn 2"))
        .await;
    within("the relay ends", relay.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_console_that_was_here_before_reads_only_what_changed_since() {
    let world = World::new(300).await;
    let id = world.declare("Known already", "public").await;
    let relay = world.relay().await;
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        let key = world.organisation.viewer_key.clone();
        let cache = Some(folder.path().join("cache.db"));
        Console::open(world.access_with(&key, world.settings(), cache))
    };
    let first = open();
    first.follows().await;
    let all = relay.incidents();
    first
        .until("it has loaded", |seen| {
            seen.loaded && seen.rows.len() == all
        })
        .await;
    drop(first);
    world.rename(&id, "Changed meanwhile").await;
    let before = world.organisation.served();
    let again = open();
    again
        .until("it has what changed", |seen| {
            seen.name(&id) == Some("Changed meanwhile") && seen.rows.len() == all
        })
        .await;
    let told = again.seen().told_anew;
    assert!(told < 20, "{told} rows were told again");
    let asked = world.organisation.served() - before;
    assert!(asked <= 12, "{asked} requests");
    within("the relay ends", relay.stop()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_in_which_nothing_happens_is_still_looked_at_after_minutes() {
    let world = World::new(40).await;
    let (id, relay, console) = world.watched("Quiet for now").await;
    console.look_at(Some(&id));
    console
        .until("it reads it", |seen| seen.timelines.contains_key(&id))
        .await;
    let turn = relay.turn();
    relay
        .until("it has spoken for a while", |standing| match standing {
            Standing::Working(beat) => beat.turn >= turn + 9,
            _ => false,
        })
        .await;
    let before = world.organisation.served();
    world.update(&id, "Something at last").await;
    console
        .until("it hears it", |seen| {
            seen.has_said(&id, "Something at last")
        })
        .await;
    let asked = world.organisation.served() - before;
    assert!(asked <= 15, "{asked} requests: the relay has told it");
    within("the relay ends", relay.stop()).await;
}
