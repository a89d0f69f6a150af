//! Random nights: programs of writes of many kinds over a line that breaks in every way, programs that are killed, a
//! colleague who writes meanwhile, two programs on one journal, a clock that jumps. Afterwards each write stands exactly
//! once, or is visibly unsent, or is held for a person with the reason; the journal never says what is not so, and
//! nobody else's words were overwritten.
//!
//! `HOTSEAT_SEEDS=500 cargo test --test model` plays so many seeds, `HOTSEAT_SEEDS=17..18` one of them. A seed that fails
//! is made smaller before it is told.

#[path = "../common/clock.rs"]
#[allow(dead_code, reason = "no program is started here")]
mod clock;
mod judged;
#[path = "../common/line.rs"]
mod line;
#[path = "../writes/night.rs"]
#[allow(dead_code, reason = "the rest is for the tests of writes")]
mod night;
mod played;
mod program;
#[path = "../common/recorder.rs"]
#[allow(dead_code, reason = "the rest is for the tests of the contract")]
mod recorder;
mod scene;
mod scenery;

use judged::Tally;
use night::Night;
use program::{Step, program};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Nights that are played beside one another: most of each is waiting.
const AT_ONCE: usize = 24;

/// Nights that one organisation is used for: its key has a rate limit, and every request is remembered.
const ON_ONE: usize = 16;

/// The seeds to be played: by default enough for a look, in `tests/run` some hundreds.
fn seeds() -> Range<u64> {
    let asked = std::env::var("HOTSEAT_SEEDS").unwrap_or_else(|_| "60".into());
    let number = |text: &str| text.parse().expect("HOTSEAT_SEEDS is a number or a range");
    match asked.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => 0..number(&asked),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_write_of_a_random_night_stands_once_or_is_visibly_open() {
    let (seeds, next) = (seeds(), Arc::new(AtomicU64::new(0)));
    let mut players = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE.min((seeds.end - seeds.start) as usize) {
        players.spawn(player(seeds.clone(), next.clone()));
    }
    let (mut tally, mut wrong) = (Tally::default(), Vec::new());
    for (nights, failed) in players.join_all().await {
        tally.add(&nights);
        wrong.extend(failed);
    }
    println!("{tally:?}");
    let Some((seed, _)) = wrong.first() else {
        return;
    };
    let (steps, why) = smallest(*seed).await;
    panic!("seed {seed}: {why}\n{steps:#?}\nof {wrong:#?}");
}

/// Plays seed after seed; says what they came to, and which went wrong.
async fn player(seeds: Range<u64>, next: Arc<AtomicU64>) -> (Tally, Vec<(u64, String)>) {
    let (mut night, mut tally, mut wrong) = (Night::new().await, Tally::default(), Vec::new());
    for played in 1.. {
        let seed = seeds.start + next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds.end {
            break;
        }
        match played::play(&mut night, seed, &program(seed)).await {
            Ok(night) => tally.add(&night),
            Err(why) => {
                eprintln!("seed {seed}: {why}");
                wrong.push((seed, why));
            }
        }
        if played % ON_ONE == 0 {
            night = Night::new().await;
        }
    }
    (tally, wrong)
}

/// The night of a seed without the steps that it fails without.
async fn smallest(seed: u64) -> (Vec<Step>, String) {
    let (mut night, mut steps) = (Night::new().await, program(seed));
    let mut why = "it does not fail alone".to_owned();
    let mut at = 0;
    while at < steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(at);
        match played::play(&mut night, seed, &fewer).await {
            Err(still) => (steps, why) = (fewer, still),
            Ok(_) => at += 1,
        }
    }
    (steps, why)
}
