//! The kinds of evidence that move the odds, and by how much.

use super::weights;

/// One kind of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Its own share of the symptom, as far as it is unusual.
    Share,
    /// Its share, as far as nothing that it needs has one.
    Deepest,
    /// How many times its usual its own part is.
    Grown,
    /// It stopped answering while it is called.
    Silent,
    /// It went out of sight as a whole.
    Vanished,
    /// Something of it runs out, and its answers show it or are not measured.
    Strain,
    /// Something of it runs out, and its answers are fine.
    StrainAlone,
    /// New lines of its log that tell of a failure.
    Failure,
    /// Other new or grown lines of its log.
    Lines,
    /// Others' logs name it.
    Blamed,
    /// It was changed shortly before.
    Change,
    /// It restarted.
    Restart,
    /// An alert names it.
    Alert,
    /// It gets more calls than usual, and the trouble is felt there.
    Load,
    /// It floods a service that it calls.
    Floods,
    /// Its system says that something is wrong with it.
    Sign,
    /// Traces lay the trouble to it.
    Trace,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; weights::KINDS] = [
        Self::Share,
        Self::Deepest,
        Self::Grown,
        Self::Silent,
        Self::Vanished,
        Self::Strain,
        Self::StrainAlone,
        Self::Failure,
        Self::Lines,
        Self::Blamed,
        Self::Change,
        Self::Restart,
        Self::Alert,
        Self::Load,
        Self::Floods,
        Self::Sign,
        Self::Trace,
    ];
}

/// How strong each kind of evidence is for one service, 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidences(pub [f64; weights::KINDS]);

impl Evidences {
    /// How strong one kind is.
    pub fn of(&self, kind: Kind) -> f64 {
        self.0[kind as usize]
    }

    /// Sets one kind.
    pub fn set(&mut self, kind: Kind, strength: f64) {
        self.0[kind as usize] = strength;
    }

    /// The log-odds of all of it. They add up, since each kind of evidence is seen by another instrument.
    pub fn support(&self) -> f64 {
        let weighed = self.0.iter().zip(weights::WEIGHTS);
        weighed.map(|(strength, weight)| strength * weight).sum()
    }
}
