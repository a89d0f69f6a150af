//! What people and pipelines moved in a time: statuses, severities, updates, answered pages, deploys.

use super::Instant;

/// What was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoveKind {
    /// The status of an incident.
    Status,
    /// Its severity.
    Severity,
    /// An update was posted.
    Update,
    /// A page was answered.
    Acknowledgement,
    /// New code went into service.
    Deploy,
}

impl MoveKind {
    /// All of them, in the order in which they are told.
    pub const ALL: [MoveKind; 5] = [
        Self::Status,
        Self::Severity,
        Self::Update,
        Self::Acknowledgement,
        Self::Deploy,
    ];

    /// The word for many of them.
    pub fn label(self) -> &'static str {
        [
            "statuses",
            "severities",
            "updates",
            "acknowledgements",
            "deploys",
        ][self as usize]
    }
}

/// Something that was moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// When.
    pub at: Instant,
    /// What.
    pub kind: MoveKind,
    /// Who did it; empty where nobody says.
    pub who: String,
}

/// Everything that was moved in a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moved {
    /// All of it.
    pub moves: Vec<Move>,
    /// More incidents moved than were looked at: the numbers are the least.
    pub more: bool,
    /// What could not be read.
    pub missing: Vec<String>,
}
