//! Which incident an action is about. There is one answer: the incident that pane 2 shows, or those that are marked. On a
//! line of another list that belongs to no incident there is none.

use super::{Item, ListKind, Pane, State};
use crate::domain::{IncidentId, IncidentSummary};
use std::sync::Arc;

impl State {
    /// The incident that pane 2 shows: what every key acts on.
    pub fn target(&self) -> Option<&IncidentId> {
        self.detail.id.as_ref().filter(|_| !self.is_on_none())
    }

    /// Why there is none.
    pub(crate) fn no_target(&self) -> &'static str {
        match self.is_on_none() {
            true => "This line belongs to no incident.",
            false => "No incident is selected.",
        }
    }

    /// The line under the cursor of pane 1, where that lists something else than incidents.
    pub(crate) fn listed(&self) -> Option<&Item> {
        let listed = self.lists.get(&self.list)?.current();
        listed.filter(|_| self.list != ListKind::Incidents)
    }

    /// Whether the keys are on such a line, and it belongs to no incident.
    fn is_on_none(&self) -> bool {
        self.focus == Pane::Incidents
            && self.card().is_none()
            && self.listed().is_some_and(|item| item.incident.is_none())
    }

    /// The incidents that an action is done on which can be done on several: those that are marked where the list of
    /// incidents has the keys, else the one that is shown.
    pub fn targets(&self) -> Vec<IncidentId> {
        let marked = self.marked();
        if marked.is_empty() {
            return self.target().cloned().into_iter().collect();
        }
        marked.iter().map(|row| row.id.clone()).collect()
    }

    /// The incidents that are marked, in the list's order, while the list has the keys. One that has left the list is
    /// still marked.
    pub fn marked(&self) -> Vec<&Arc<IncidentSummary>> {
        let in_list = (self.focus, self.list) == (Pane::Incidents, ListKind::Incidents);
        if self.marks.is_empty() || !in_list {
            return Vec::new();
        }
        let is_marked = |row: &&Arc<IncidentSummary>| self.marks.contains(row.id.as_str());
        self.incidents.rows.iter().filter(is_marked).collect()
    }

    /// The row of an incident; the one under the cursor is found at once.
    pub fn row(&self, id: &IncidentId) -> Option<&Arc<IncidentSummary>> {
        let current = self.incidents.current();
        current
            .filter(|row| &row.id == id)
            .or_else(|| self.incidents.rows.iter().find(|row| &row.id == id))
    }

    /// What is known last of the incident that is shown: its line in the list, or what was read of it alone.
    pub(crate) fn newest_row(&self) -> Option<&IncidentSummary> {
        let listed = self.row(self.detail.id.as_ref()?).map(|row| &**row);
        let whole = self.detail.incident.as_ref().map(|whole| &whole.row);
        listed
            .into_iter()
            .chain(whole)
            .max_by_key(|row| row.updated)
    }

    /// The reference of an incident, as soon as anything of it is known.
    pub fn reference(&self, id: &IncidentId) -> Option<&str> {
        let whole = self.detail.incident.as_ref().map(|i| &i.row);
        let known = whole.filter(|row| &row.id == id && !row.reference.is_empty());
        let row = known.or_else(|| self.row(id).map(|row| &**row));
        row.map(|row| &*row.reference)
            .filter(|reference| !reference.is_empty())
    }

    /// A heading that says which incident it is about.
    pub(crate) fn heading(&self, id: &IncidentId, words: &str) -> String {
        match self.reference(id) {
            Some(reference) => format!("{reference}  {words}"),
            None => words.to_owned(),
        }
    }
}
