//! A write that an agent proposed, as others on this machine may see it while it waits for a person.

use super::{Instant, digest};
use serde::{Deserialize, Serialize};

/// What somebody at a console said of a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalAnswer {
    /// Yes, to what was shown: its digest.
    Yes(String),
    /// No.
    No,
}

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
    /// Its agent waits for the word of somebody at a console.
    #[serde(default)]
    pub asked: bool,
    /// What that was, where it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ProposalAnswer>,
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

    /// A digest over everything that somebody reads before they say yes.
    pub fn shown(&self) -> String {
        let parts = [&self.id, &self.by, &self.what];
        let parts = parts.into_iter().chain(&self.says).chain(&self.requests);
        digest(&parts.map(String::as_str).collect::<Vec<_>>())
    }

    /// Whether somebody at a console is asked about it, and has not answered.
    pub fn is_open_question(&self) -> bool {
        self.asked && self.answer.is_none() && !self.private
    }

    /// Whether it is still good.
    pub fn is_good(&self, now: Instant) -> bool {
        now < self.expires
    }
}
