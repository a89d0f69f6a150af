//! What a list holds: the rows of the incidents, and the items of every other list.

use super::cursor::Cursor;

use super::link::LinkTarget;
use crate::domain::conditions::{Conditions, Has, Test};
use crate::domain::query::Facet;
use crate::domain::text::contains_folded;
use crate::domain::{IncidentId, IncidentSummary, Instant};
use crate::writes::Subject;
use std::sync::Arc;

/// All rows, in the list's order. Shared, so that a search can run on them beside the screen.
pub type Rows = Arc<Vec<Arc<IncidentSummary>>>;

/// The id of a line that stands above the others and tells of all of them.
pub(crate) const HEADING: &str = "\u{1f}heading";

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
    /// What is known of it, for its card: a label, words, and where they lead.
    pub facts: Vec<(String, String, LinkTarget)>,
    /// How it is to be taken in.
    pub tone: Tone,
    /// More, shown on Enter.
    pub body: Vec<String>,
    /// What can be written about it.
    pub subject: Option<Arc<Subject>>,
}

impl Item {
    /// Whether it tells of all the others.
    pub(crate) fn is_heading(&self) -> bool {
        self.id == HEADING
    }
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
    /// The same, read.
    pub conditions: Conditions,
    /// Whether anything has arrived yet.
    pub arrived: bool,
    /// There are more than were read.
    pub more: bool,
}

impl Listing {
    /// How many there are, with a sign where there are more than were read.
    pub(crate) fn counted(&self) -> String {
        let sign = if self.more { "+" } else { "" };
        let heading = self.items.first().is_some_and(Item::is_heading);
        format!("{}{sign}", self.items.len() - usize::from(heading))
    }

    /// The line the cursor is on.
    pub fn current(&self) -> Option<&Item> {
        self.shown().get(self.cursor.at).copied()
    }

    /// The lines that pass what was typed.
    pub fn shown(&self) -> Vec<&Item> {
        let holds = |item: &&Item| holds(&self.conditions, item);
        self.items.iter().filter(holds).collect()
    }
}

/// Whether a line of a list passes.
fn holds(conditions: &Conditions, item: &Item) -> bool {
    conditions.admit(|test| {
        let within = |text: &str, word: &str| contains_folded(text, word);
        match test {
            Test::Word(word) => [&item.title, &item.mark, &item.note]
                .iter()
                .any(|text| within(text, word)),
            Test::Text(Facet::Status, word) => within(&item.mark, word),
            Test::Text(_, word) => within(&item.note, word),
            Test::Services(names) => names.iter().any(|name| within(&item.note, name)),
            Test::Has(what) => has(item, *what),
            Test::Since(at) => item.at.is_some_and(|began| began >= *at),
            Test::Mine(me) => me
                .as_ref()
                .is_some_and(|(_, name)| within(&item.note, name)),
            Test::Teams(..) | Test::Role(..) | Test::Mode(_) => true,
        }
    })
}

fn has(item: &Item, what: Has) -> bool {
    match (what, item.subject.as_deref()) {
        (Has::Incident, Some(Subject::Page(page))) => !page.incidents.is_empty(),
        (Has::Incident, Some(Subject::Action(_) | Subject::FollowUp(_))) => true,
        (Has::Incident, _) => item.incident.is_some(),
        (Has::Assignee, Some(Subject::Action(action))) => action.assignee.is_some(),
        (Has::Assignee, Some(Subject::FollowUp(task))) => task.assignee.is_some(),
        _ => !item.note.is_empty(),
    }
}
