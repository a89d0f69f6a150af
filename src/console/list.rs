//! What a list holds: the rows of the incidents, and the items of every other list.

use super::cursor::Cursor;
use super::place::LinkTarget;
use crate::domain::{IncidentId, IncidentSummary, Instant};
use std::sync::Arc;

/// All rows, in the list's order. Shared, so that a search can run on them beside the screen.
pub type Rows = Arc<Vec<Arc<IncidentSummary>>>;

/// How a line is to be taken in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// As text.
    #[default]
    Plain,
    /// Somebody has to act.
    Hot,
    /// Over.
    Quiet,
}

/// A line of any list but the incidents'.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Item {
    /// Stable across refreshes.
    pub id: String,
    /// A short word in front: a status.
    pub mark: String,
    /// What it is.
    pub title: String,
    /// Who or what, at the right.
    pub note: String,
    /// Since when.
    pub at: Option<Instant>,
    /// The incident it leads to.
    pub incident: Option<IncidentId>,
    /// What Enter leads to, where that does not follow from what it is.
    pub leads_to: Option<LinkTarget>,
    /// What else it names, for its card.
    pub names: Vec<(String, LinkTarget)>,
    /// How it is to be taken in.
    pub tone: Tone,
    /// More, shown on Enter.
    pub body: Vec<String>,
    /// What can be written about it.
    pub subject: Option<Arc<crate::writes::Subject>>,
}

/// A list of items with its cursor.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// Its lines.
    pub items: Vec<Item>,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// What it is narrowed to.
    pub typed: String,
    /// Whether anything has arrived yet.
    pub arrived: bool,
}

impl Listing {
    /// The line the cursor is on.
    pub fn current(&self) -> Option<&Item> {
        self.shown().get(self.cursor.at).copied()
    }

    /// The lines that pass what was typed.
    pub fn shown(&self) -> Vec<&Item> {
        let words: Vec<String> = self
            .typed
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let holds = |item: &&Item| {
            words.iter().all(|w| {
                [&item.title, &item.mark, &item.note]
                    .iter()
                    .any(|text| crate::domain::text::contains_folded(text, w))
            })
        };
        self.items.iter().filter(holds).collect()
    }
}
