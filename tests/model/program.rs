//! A random program of writes, from a seed.

use crate::line::Cut;
use crate::recorder::{Break, ReadBreak, is_after};
use hotseat::writes::WriteKind;

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// One of the two programs that stay open, from a form.
    Form(usize),
    /// A command.
    Command,
    /// A command, and the same once more when nothing breaks any more.
    Twice,
    /// A command where no journal can be kept.
    Nowhere,
}

/// What a colleague does to the same thing, right before the line breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colleague {
    /// Makes something else of it.
    Changes,
    /// Makes of it what it was before.
    TakesBack,
}

/// One write, and what happens to it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number: its words carry it.
    pub number: usize,
    pub kind: WriteKind,
    /// Which of the incidents.
    pub incident: usize,
    pub way: Way,
    /// What happens to its sendings, one after another.
    pub faults: Vec<Break>,
    /// What happens to the questions that are asked for it, one after another.
    pub reads: Vec<Option<ReadBreak>>,
    pub colleague: Option<Colleague>,
    /// The program is killed when it would go on for this time: after a step of the journal, after an answer.
    pub killed_at: Option<usize>,
    /// It is done without faults, and what happens here happens to taking it back.
    pub undoes: bool,
    /// Seconds by which the server's clock is ahead from now on.
    pub ahead: Option<i64>,
    /// A person asks for what is open to be sent again, after it.
    pub retries: bool,
}

fn fault(random: &mut fastrand::Rng) -> Break {
    let cut = [Cut::Fin, Cut::Rst][random.usize(..2)];
    match random.usize(..14) {
        0 => Break::CutBefore,
        1 => Break::CutAfter,
        2 => Break::Half,
        3 | 4 => Break::LineBefore(cut),
        5 | 6 => Break::LineAfter(cut),
        7 => Break::Late(random.u64(50..1_500)),
        8 => Break::Twice,
        9 => Break::BadGateway,
        10 => [Break::ErrorBefore, Break::ErrorAfter][random.usize(..2)],
        11 => Break::TooMany,
        12 => Break::HoldBefore,
        _ => Break::HoldAfter,
    }
}

fn read_fault(random: &mut fastrand::Rng) -> Option<ReadBreak> {
    match random.usize(..8) {
        0 => Some(ReadBreak::Cut),
        1 => Some(ReadBreak::Error),
        2 => Some(ReadBreak::TooMany),
        3 => Some(ReadBreak::Nonsense("{}")),
        4 => {
            let bodies = ["[]", "null", "\"x\"", ""];
            Some(ReadBreak::Nonsense(bodies[random.usize(..bodies.len())]))
        }
        _ => None,
    }
}

fn way(random: &mut fastrand::Rng) -> Way {
    match random.usize(..24) {
        0 | 1 => Way::Command,
        2 => Way::Twice,
        3 => Way::Nowhere,
        _ => Way::Form(random.usize(..2)),
    }
}

fn step(random: &mut fastrand::Rng, number: usize) -> Step {
    let faults = match random.usize(..10) {
        0..4 => 0,
        4..8 => 1,
        8 => 2,
        _ => random.usize(3..5),
    };
    let reads = match random.usize(..5) {
        0 | 1 => random.usize(1..5),
        _ => 0,
    };
    Step {
        number,
        kind: WriteKind::ALL[random.usize(..WriteKind::ALL.len())],
        incident: random.usize(..3),
        way: way(random),
        faults: (0..faults).map(|_| fault(random)).collect(),
        reads: (0..reads).map(|_| read_fault(random)).collect(),
        colleague: match random.usize(..6) {
            0 => Some(Colleague::TakesBack),
            1 | 2 => Some(Colleague::Changes),
            _ => None,
        },
        killed_at: (random.usize(..5) == 0).then(|| random.usize(..30)),
        undoes: random.usize(..8) == 0,
        ahead: (random.usize(..8) == 0).then(|| random.i64(-7_200..7_200)),
        retries: random.usize(..4) == 0,
    }
}

/// The program of a seed.
pub fn program(seed: u64) -> Vec<Step> {
    let random = &mut fastrand::Rng::with_seed(seed);
    let length = random.usize(3..8);
    let mut steps: Vec<Step> = (0..length).map(|number| step(random, number)).collect();
    for step in &mut steps {
        // What arrives late comes after whatever a colleague wrote meanwhile, and nobody here can stop it.
        let is_late = step.faults.iter().any(|f| matches!(f, Break::Late(_)));
        // There is nothing to take back of what the organisation never heard of.
        let is_done = step.faults.first().is_some_and(|f| is_after(*f));
        step.colleague = step
            .colleague
            .filter(|how| !is_late && (is_done || *how == Colleague::Changes));
    }
    steps
}
