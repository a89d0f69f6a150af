//! Pages that wait for the user.

use super::super::content::{card, page};
use super::{Item, ListKind, State, Tone};
use crate::domain::IncidentId;
use crate::writes::Subject;

impl State {
    /// Whether a line is a page that waits for the user.
    pub fn is_my_page(&self, item: &Item) -> bool {
        let (Some(me), Some(subject)) = (&self.me, item.subject.as_deref()) else {
            return false;
        };
        let is_mine =
            |subject: &Subject| matches!(subject, Subject::Page(e) if e.waits_for(&me.id));
        item.tone == Tone::Hot && is_mine(subject)
    }

    /// Pages that wait for the user, in the list's order.
    pub fn my_pages(&self) -> Vec<&Item> {
        let pages = self.lists.get(&ListKind::Pages);
        let all = pages.into_iter().flat_map(|listing| &listing.items);
        all.filter(|item| self.is_my_page(item)).collect()
    }

    /// Whether one of the user's pages waits on an incident.
    pub fn has_my_page(&self, id: &IncidentId) -> bool {
        let on_it = |item: &&Item| {
            let subject = item.subject.as_deref();
            subject.and_then(Subject::incident) == Some(id)
        };
        self.my_pages().iter().any(on_it)
    }

    /// Whether a page is read that counts down to whom it pages next.
    pub(crate) fn counts_down(&self) -> bool {
        let item = self.card().and_then(|card| card::item(self, card));
        match item.and_then(|item| item.subject.as_deref()) {
            Some(Subject::Page(page)) => page::next_at(self, page).is_some_and(|at| at > self.now),
            _ => false,
        }
    }
}
