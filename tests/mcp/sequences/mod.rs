//! Random sequences of calls of all tools, with arguments that are right, half right and hostile, tokens from anywhere,
//! a person who answers in every way, a clock that moves and a colleague who writes meanwhile. Whatever comes, each
//! request that changes something is byte for byte one that a proposal showed and that somebody said yes to, once.
//!
//! `HOTSEAT_SEEDS=500 cargo test --test mcp sequences` plays so many seeds, `HOTSEAT_SEEDS=17..18` one of them. A seed that
//! fails is made smaller before it is told.

mod person;
mod played;
mod program;

use played::{Player, Tally};
use program::{Program, program};
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Sequences that are played beside one another: much of each is waiting.
const AT_ONCE: u64 = 3;

/// Sequences that one organisation is used for.
const ON_ONE: usize = 12;

/// The seeds to be played: by default enough for a look.
fn seeds() -> Range<u64> {
    let asked = std::env::var("HOTSEAT_SEEDS").unwrap_or_else(|_| "36".into());
    let number = |text: &str| text.parse().expect("HOTSEAT_SEEDS is a number or a range");
    match asked.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => 0..number(&asked),
    }
}

#[test]
fn nothing_is_sent_but_what_was_proposed_and_confirmed_byte_for_byte_and_once() {
    let (seeds, next) = (seeds(), AtomicU64::new(0));
    let (tally, wrong) = (Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(seeds.end - seeds.start) {
            scope.spawn(|| play_all(&seeds, &next, &tally, &wrong));
        }
    });
    let (tally, wrong) = (
        tally.into_inner().expect("whole"),
        wrong.into_inner().expect("whole"),
    );
    println!("{tally:?}");
    if let Some((seed, _)) = wrong.first() {
        let (smallest, why) = smallest(*seed);
        panic!("seed {seed}: {why}\n{smallest:#?}\nof {wrong:#?}");
    }
    if seeds == (0..36) {
        assert!(
            tally.sent > 5 && tally.refused > 30 && tally.proposed > 30,
            "{tally:?}"
        );
    }
}

/// Plays seed after seed until there are no more.
fn play_all(
    seeds: &Range<u64>,
    next: &AtomicU64,
    tally: &Mutex<Tally>,
    wrong: &Mutex<Vec<(u64, String)>>,
) {
    let mut player = Player::new();
    for played in 1.. {
        let seed = seeds.start + next.fetch_add(1, Ordering::Relaxed);
        if seed >= seeds.end {
            break;
        }
        match player.play(seed, &program(seed)) {
            Ok(told) => tally.lock().expect("whole").add(&told),
            Err(why) => wrong.lock().expect("whole").push((seed, why)),
        }
        if played % ON_ONE == 0 {
            player = Player::new();
        }
    }
}

/// The program of a seed without the steps that it fails without.
fn smallest(seed: u64) -> (Program, String) {
    let (mut player, mut smallest) = (Player::new(), program(seed));
    let mut why = "it does not fail alone".to_owned();
    let mut at = 0;
    while at < smallest.steps.len() {
        let mut fewer = smallest.clone();
        fewer.steps.remove(at);
        match player.play(seed, &fewer) {
            Err(still) => (smallest, why) = (fewer, still),
            Ok(_) => at += 1,
        }
    }
    (smallest, why)
}
