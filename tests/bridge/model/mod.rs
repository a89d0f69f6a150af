//! Worlds at random around the bridge as a program: issues that come, go, flap and whose senders stop; people; kills of the
//! bridge, the detector, the metrics and the line; lost, doubled and late answers and webhooks. The rule: what burns has
//! one open incident, none is closed that burns, what people set stands, and once nothing breaks any more both sides agree.
//!
//! `HOTSEAT_WORLDS=300 cargo test --test bridge model` plays so many seeds, `HOTSEAT_WORLDS=17..18` one of them. Every
//! tenth has a real Alertmanager; the others one that behaves as that was measured to. A seed that fails is made smaller
//! before it is told.

pub mod detector;
mod judged;
mod organisation;
mod program;
mod world;

use program::{Step, program};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Worlds that are played beside one another: most of each is waiting.
const AT_ONCE: u64 = 16;

/// What the worlds came to.
#[derive(Debug, Default)]
pub struct Tally {
    worlds: usize,
    kills: usize,
    faults: usize,
    declared: usize,
    resolved: usize,
    touched: usize,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.worlds += other.worlds;
        self.kills += other.kills;
        self.faults += other.faults;
        self.declared += other.declared;
        self.resolved += other.resolved;
        self.touched += other.touched;
    }
}

/// The seeds to be played: by default enough for a look, in `tests/run` more.
fn seeds() -> Range<u64> {
    let asked = std::env::var("HOTSEAT_WORLDS").unwrap_or_else(|_| "8".into());
    let number = |text: &str| text.parse().expect("HOTSEAT_WORLDS is a number or a range");
    match asked.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => 0..number(&asked),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_breaks_what_burns_has_one_incident_and_none_is_closed_that_burns() {
    let (seeds, next) = (seeds(), Arc::new(AtomicU64::new(0)));
    let mut players = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE.min(seeds.end - seeds.start) {
        players.spawn(player(seeds.clone(), next.clone()));
    }
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for (worlds, failed) in players.join_all().await {
        tally.add(&worlds);
        wrong.extend(failed);
    }
    println!("{tally:?}");
    let Some((seed, first)) = wrong.first() else {
        return;
    };
    let (steps, why) = smallest(*seed).await;
    panic!("seed {seed}: {first}\nalone: {why}\n{steps:#?}\nof {wrong:#?}");
}

/// Plays seed after seed; says what they came to, and which went wrong.
async fn player(seeds: Range<u64>, next: Arc<AtomicU64>) -> (Tally, Vec<(u64, String)>) {
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    loop {
        let seed = seeds.start + next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds.end {
            return (tally, wrong);
        }
        match played(seed, program(seed)).await {
            Ok(world) => tally.add(&world),
            Err(why) => {
                eprintln!("seed {seed}: {why}");
                wrong.push((seed, why));
            }
        }
    }
}

async fn played(seed: u64, steps: Vec<Step>) -> Result<Tally, String> {
    let played = tokio::spawn(world::play(seed, steps)).await;
    played.unwrap_or_else(|broke| Err(format!("it broke down: {broke}")))
}

/// The world of a seed without the steps that it fails without.
async fn smallest(seed: u64) -> (Vec<Step>, String) {
    let (mut steps, mut why) = (program(seed), "it does not fail again".to_owned());
    let mut at = 0;
    while at < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(at);
        match played(seed, fewer.clone()).await {
            Err(still) => (steps, why) = (fewer, still),
            Ok(_) => at += 1,
        }
    }
    (steps, why)
}
