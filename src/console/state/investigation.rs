//! An investigation on the screen: how far it is, what it found, what it found before, and drafts under review.

use super::super::cursor::Cursor;
use crate::domain::{Finding, Incident, Instant};
use crate::investigate::{Draft, Known, Retelling};

/// One incident's investigation.
#[derive(Debug, Default)]
pub struct InvestigationView {
    /// Whether it runs.
    pub running: bool,
    /// Sources that are asked, and how many services about.
    pub planned: Option<(Vec<String>, usize)>,
    /// Sources that answered, with what.
    pub answered: Vec<(String, String)>,
    /// The incident as it was when it was investigated.
    pub incident: Option<Box<Incident>>,
    /// What was found.
    pub finding: Option<Box<Finding>>,
    /// What became known since, in the light of which it is told.
    pub known: Known,
    /// What was found the time before.
    pub before: Option<Box<Finding>>,
    /// A model's words.
    pub retold: Option<Retelling>,
    /// When the last run began.
    pub started: Option<Instant>,
    /// Why it could not be done.
    pub failed: Option<String>,
    /// Facts added by hand.
    pub by_hand: Vec<(Instant, String)>,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// Titles of entries that were sent.
    pub sent: std::collections::BTreeSet<String>,
    /// Whether it runs once more when it is done, since something was added meanwhile.
    pub again: bool,
    /// Entries drafted from it, not sent.
    pub drafts: Vec<Draft>,
    /// Drafts that a person wrote in, by their identity: a new run leaves them as they are.
    pub edited: std::collections::BTreeSet<String>,
}

/// What makes a draft the same one after another run: its kind and its title.
pub fn draft_id(draft: &Draft) -> String {
    format!("{:?} {}", draft.kind, draft.title)
}
