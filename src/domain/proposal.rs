//! A write that an agent proposed, as others on this machine may see it while it waits for a person.

use super::Instant;
use serde::{Deserialize, Serialize};

/// A proposal that waits. It has no token: it is shown here, and confirmed where it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenProposal {
    /// Which.
    pub id: String,
    /// The client that proposed it.
    pub by: String,
    /// What it does, in a line.
    pub what: String,
    /// What it changes, whom it pages and whether it can be taken back, a sentence each.
    pub says: Vec<String>,
    /// The exact requests.
    pub requests: Vec<String>,
    /// It belongs to a private incident: nothing more of it is told.
    pub private: bool,
    /// When it was made, by the server's clock.
    pub made: Instant,
    /// Until when it is good, by the same.
    pub expires: Instant,
}

impl OpenProposal {
    /// What may be kept on disk of it: of a private incident, that there is something, and no word of what.
    #[must_use]
    pub fn to_be_kept(self) -> Self {
        match self.private {
            false => self,
            true => Self {
                what: "a write on a private incident".into(),
                says: vec!["What it does is shown by the client that proposed it alone.".into()],
                requests: Vec::new(),
                ..self
            },
        }
    }

    /// Whether it is still good.
    pub fn is_good(&self, now: Instant) -> bool {
        now < self.expires
    }
}
