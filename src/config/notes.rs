//! What the bridge puts on the timelines of incidents.

use serde::{Deserialize, Serialize};

/// A kind of note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum NoteKind {
    /// Alerts that join, clear, burn again or are in doubt.
    Alerts,
    /// The steps of an investigation.
    Investigation,
    /// What the bridge did by itself.
    Actions,
}

/// The kinds that are told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(
    untagged,
    expecting = "write true, false, or a list of \"alerts\", \"investigation\" and \"actions\""
)]
pub enum Notes {
    /// All or none.
    All(bool),
    /// Only these.
    Some(Vec<NoteKind>),
}

impl Notes {
    /// Whether a kind is told.
    pub fn have(&self, kind: NoteKind) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Some(kinds) => kinds.contains(&kind),
        }
    }
}
