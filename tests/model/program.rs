//! A random program of writes, from a seed.

use crate::line::Cut;
use crate::recorder::Break;

/// Kinds of write that are played: with an idempotency key, without one, and on values that somebody else may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Note,
    Update,
    Action,
    FollowUp,
    Summary,
    Severity,
    Declare,
    Page,
    ActionEdit,
    Ack,
    Cover,
}

const KINDS: [Kind; 11] = [
    Kind::Note,
    Kind::Update,
    Kind::Action,
    Kind::FollowUp,
    Kind::Summary,
    Kind::Severity,
    Kind::Declare,
    Kind::Page,
    Kind::ActionEdit,
    Kind::Ack,
    Kind::Cover,
];

impl Kind {
    /// Whether it is played as a command too.
    fn is_command(self) -> bool {
        matches!(
            self,
            Self::Note | Self::Update | Self::Action | Self::FollowUp | Self::Summary
        )
    }
}

/// One write, and what happens to it.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number: its words carry it.
    pub number: usize,
    pub kind: Kind,
    /// Which of the incidents.
    pub incident: usize,
    /// Which of the two programs.
    pub by: usize,
    /// A command does it, not one of the programs that stay open.
    pub by_command: bool,
    /// What happens to its sendings, one after another.
    pub faults: Vec<Break>,
    /// A colleague changes the same thing right before the first fault.
    pub colleague: bool,
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
        7 => Break::Late(random.u64(50..700)),
        8 => Break::Twice,
        9 => Break::BadGateway,
        10 => [Break::ErrorBefore, Break::ErrorAfter][random.usize(..2)],
        11 => Break::TooMany,
        12 => Break::HoldBefore,
        _ => Break::HoldAfter,
    }
}

/// The program of a seed.
pub fn program(seed: u64) -> Vec<Step> {
    let random = &mut fastrand::Rng::with_seed(seed);
    let length = random.usize(3..8);
    let step = |number| Step {
        number,
        kind: KINDS[random.usize(..KINDS.len())],
        incident: random.usize(..3),
        by: random.usize(..2),
        by_command: random.usize(..8) == 0,
        faults: match random.usize(..10) {
            0..4 => Vec::new(),
            4..8 => vec![fault(random)],
            _ => vec![fault(random), fault(random)],
        },
        colleague: random.usize(..3) == 0,
        ahead: (random.usize(..8) == 0).then(|| random.i64(-7_200..7_200)),
        retries: random.usize(..4) == 0,
    };
    let mut steps: Vec<Step> = (0..length).map(step).collect();
    for step in &mut steps {
        step.by_command &= step.kind.is_command();
        // What arrives late comes after whatever a colleague wrote meanwhile, and nobody here can stop it.
        step.colleague &= !step.faults.iter().any(|f| matches!(f, Break::Late(_)));
    }
    steps
}
