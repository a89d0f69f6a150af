//! What happens in a world, from a seed.

use crate::line::Cut;
use crate::recorder::{Break, ReadBreak};

/// Issues of a world, and the services they are of: no incident of the organisation's past is about these.
pub const ISSUES: usize = 4;
pub const SERVICES: [&str; 3] = ["quota-keeper", "mail-relay", "ledger-edge"];

/// The service of an issue.
pub fn service(issue: usize) -> &'static str {
    SERVICES[issue % SERVICES.len()]
}

/// Something that happens, and how many milliseconds it is until the next.
#[derive(Clone, Debug)]
pub struct Step {
    pub what: What,
    pub pause: u64,
}

#[derive(Clone, Debug)]
pub enum What {
    /// An issue begins to burn, or is over.
    Turns(usize),
    /// Everything is over.
    Clears,
    /// It comes and goes so many times.
    Flaps(usize, usize),
    /// Its sender stops to speak of it, or speaks again.
    Mutes(usize),
    /// The bridge is killed, and begun anew after so many milliseconds.
    BridgeDies(u64),
    /// It reads its configuration again.
    BridgeReloads,
    /// The detector is killed, or begun anew: it has forgotten everything.
    DetectorDies,
    DetectorBegins,
    /// The metrics are, and with them what speaks of issues.
    MetricsDie,
    MetricsBegin,
    /// The next answers of the organisation break.
    Reads(Vec<Option<ReadBreak>>),
    /// What the bridge writes next breaks on its way.
    Writes(Vec<Break>),
    /// A person does something to one of the incidents.
    Person(Deed, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Closes,
    Rates,
    Leads,
    Tells,
}

/// What the world of a seed is made of.
#[derive(Clone, Copy, Debug)]
pub struct Nature {
    /// A real Alertmanager.
    pub is_real: bool,
    /// The metrics are asked, too.
    pub has_metrics: bool,
    /// Declarations an hour.
    pub most: usize,
}

pub fn nature(seed: u64) -> Nature {
    let mut rng = fastrand::Rng::with_seed(seed);
    Nature {
        is_real: seed % 10 == 9,
        has_metrics: rng.bool(),
        most: *rng.choice(&[1, 3, 50, 50]).expect("one"),
    }
}

/// The steps of a seed.
pub fn program(seed: u64) -> Vec<Step> {
    let mut rng = fastrand::Rng::with_seed(seed.wrapping_mul(31).wrapping_add(7));
    let mut steps = vec![Step {
        what: What::Turns(rng.usize(..ISSUES)),
        pause: rng.u64(200..2_500),
    }];
    for _ in 0..rng.usize(8..18) {
        let what = what(&mut rng);
        let pause = match what {
            // Long enough to be resolved, or almost.
            What::Clears => rng.u64(1_500..6_000),
            _ => rng.u64(50..1_600),
        };
        steps.push(Step { what, pause });
    }
    steps
}

fn what(rng: &mut fastrand::Rng) -> What {
    match rng.u8(..27) {
        0..=6 => What::Turns(rng.usize(..ISSUES)),
        7 => What::Flaps(rng.usize(..ISSUES), rng.usize(2..6)),
        8 => What::Mutes(rng.usize(..ISSUES)),
        9..=11 => What::BridgeDies(rng.u64(..1_500)),
        12 => What::BridgeReloads,
        13 => What::DetectorDies,
        14 => What::DetectorBegins,
        15 => What::MetricsDie,
        16 => What::MetricsBegin,
        17 | 18 => What::Reads((0..rng.usize(1..12)).map(|_| read_break(rng)).collect()),
        19..=21 => What::Writes((0..rng.usize(1..4)).map(|_| write_break(rng)).collect()),
        22..=24 => What::Clears,
        _ => What::Person(deed(rng), rng.usize(..8)),
    }
}

fn deed(rng: &mut fastrand::Rng) -> Deed {
    let all = [Deed::Closes, Deed::Rates, Deed::Leads, Deed::Tells];
    all[rng.usize(..all.len())]
}

fn read_break(rng: &mut fastrand::Rng) -> Option<ReadBreak> {
    match rng.u8(..5) {
        0 => None,
        1 => Some(ReadBreak::Cut),
        2 => Some(ReadBreak::TooMany),
        3 => Some(ReadBreak::Nonsense("<html>a proxy</html>")),
        _ => Some(ReadBreak::Error),
    }
}

fn write_break(rng: &mut fastrand::Rng) -> Break {
    let all = [
        Break::CutBefore,
        Break::CutAfter,
        Break::Half,
        Break::LineBefore(Cut::Fin),
        Break::LineAfter(Cut::Fin),
        Break::LineAfter(Cut::Rst),
        Break::Late(1_200),
        Break::Twice,
        Break::BadGateway,
        Break::ErrorBefore,
        Break::ErrorAfter,
        Break::TooMany,
        Break::HoldBefore,
        Break::HoldAfter,
    ];
    all[rng.usize(..all.len())]
}
