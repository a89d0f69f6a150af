//! The proving ground: systems that were never there, simulated from their queues up, with a fault whose place is known, seen
//! through a pane of glass. What is judged follows from the simulation; nothing of the judgement is known here.

mod case;
pub mod dice;
mod fault;
mod glass;
mod incident;
mod logs;
mod names;
pub mod physics;
mod score;
mod series;
mod signs;
pub mod strain;
mod tape;
pub mod topology;
mod traces;

use dice::Dice;
use fault::Story;
use glass::Pane;
use hotseat::domain::Signal;
use hotseat::investigate::{self, Case};
use incident::Declared;
pub use score::{Outcome, print};
use series::Recorded;
use std::time::Instant;
use tape::Recorder;
use topology::System;

/// How the proving ground is asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub worlds: usize,
    pub seed: u64,
    pub fault: Option<String>,
    pub glass: Option<String>,
    pub verbose: bool,
}

/// A world that somebody declared an incident in.
pub struct World {
    pub seed: u64,
    pub system: System,
    pub story: Story,
    pub pane: Pane,
    pub declared: Declared,
    pub case: Case,
}

/// Seconds before the onset from which moments are recorded one by one, and from which history is.
const FINE: f64 = -8_400.0;
const SHORT: f64 = -1_200.0;
const COARSE: f64 = -50.5 * 3_600.0;
/// Seconds after the onset within which somebody must feel it.
const FELT: f64 = 1_500.0;
/// Draws of one seed until somebody feels something.
const MOST_DRAWS: u64 = 200;

/// The world of a seed; nothing where no draw of it fits.
pub fn world(seed: u64, asked: &Asked) -> Option<World> {
    let mut dice = Dice::new(seed);
    let told = fault::any(asked.fault.as_deref(), &mut dice)?;
    let pane = (0..MOST_DRAWS).map(|_| glass::draw(&mut dice)).find(|p| {
        asked
            .glass
            .as_ref()
            .is_none_or(|g| p.tags.contains(&g.as_str()))
    })?;
    (0..MOST_DRAWS).find_map(|_| attempt(seed, told, pane.clone(), &mut dice.fork()))
}

/// One draw of system and story: nothing where nobody would feel it.
fn attempt(seed: u64, told: &'static str, mut pane: Pane, dice: &mut Dice) -> Option<World> {
    let system = topology::draw(dice);
    let story = fault::story(told, &system, dice)?;
    let phase = dice.between(0.0, 1.0);
    // A short look first: most draws that nobody feels are told by it.
    let mut short = Recorder::new(&system, &story, SHORT, physics::MOMENT, phase, dice.fork());
    short.until(FELT);
    incident::declare(&system, &short.tape, &story, FELT, dice)?;
    let mut fine = Recorder::new(&system, &story, FINE, physics::MOMENT, phase, dice.fork());
    fine.until(FELT);
    let declared = incident::declare(&system, &fine.tape, &story, FELT, dice)?;
    if let Some(after) = pane.mended {
        fine.mend((declared.at + after).max(FELT));
    }
    fine.until(declared.at + pane.looked + physics::MOMENT);
    let mut coarse = Recorder::new(&system, &story, COARSE, 300.0, phase, dice.fork());
    coarse.until(FINE);
    pane.tags.push(declared.how);
    let seen = pane.clone();
    let recorded = Recorded {
        system: &system,
        coarse: &coarse.tape,
        fine: &fine.tape,
        epoch: 1_790_000_000 + (seed % 86_400) as i64,
        recent_from: declared.at - 7_200.0,
        to: declared.at + pane.looked.min(3_600.0),
        pane: &seen,
    };
    let case = case::case(&recorded, &story, &declared, dice);
    pane.tags.extend(hidden(&system, &story, &case));
    Some(World {
        seed,
        story,
        declared,
        case,
        pane,
        system,
    })
}

/// How a cause is hidden from everybody who looks.
fn hidden(system: &System, story: &Story, case: &Case) -> Vec<&'static str> {
    let name = |n: &usize| &system.services[*n].name;
    let right = &story.right;
    let known = right.iter().any(|n| case.calls.names.contains(name(n)));
    let of = |n: &usize| {
        let name = name(n).clone();
        case.series.iter().filter(move |s| s.service == name)
    };
    let measured = right.iter().any(|n| of(n).next().is_some());
    let calls = right
        .iter()
        .flat_map(of)
        .filter(|s| s.signal == Signal::Traffic);
    let most = calls
        .flat_map(|s| &s.recent)
        .map(|p| p.1)
        .fold(0.0, f64::max);
    match (right.is_empty(), known, measured) {
        (true, ..) => vec![],
        (_, false, _) => vec!["cause out of scope"],
        (_, _, false) => vec!["cause unmeasured"],
        _ if most < 0.2 => vec!["cause seldom called"],
        _ => vec![],
    }
}

/// Plays worlds on all processors and prints how often the judgement was right.
pub fn play(asked: &Asked) {
    let threads = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .max(1);
    let started = Instant::now();
    let mut outcomes: Vec<(usize, Outcome)> = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|part| {
                scope.spawn(move || {
                    (part..asked.worlds)
                        .step_by(threads)
                        .filter_map(|n| Some((n, judged(&world(asked.seed + n as u64, asked)?))))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        parts
            .into_iter()
            .flat_map(|p| p.join().expect("a thread that ends"))
            .collect()
    });
    outcomes.sort_by_key(|o| o.0);
    let outcomes: Vec<Outcome> = outcomes.into_iter().map(|o| o.1).collect();
    print(&outcomes, asked);
    eprintln!(
        "{:.1} s for {} worlds",
        started.elapsed().as_secs_f64(),
        outcomes.len()
    );
}

fn judged(world: &World) -> Outcome {
    let started = Instant::now();
    let finding = investigate::judge(&world.case);
    let millis = started.elapsed().as_secs_f64() * 1_000.0;
    Outcome::new(world, &finding, millis)
}
