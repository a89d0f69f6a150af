//! The only way to incident.io: transport, paging, errors, and one file per group of resources that turns what is on
//! the wire into domain types. Wire values are read field by field, so that one bad field costs one field, one bad
//! item one item, and never a list.

mod access;
mod alert_events;
mod alert_routes;
mod catalog;
mod escalations;
mod incidents;
mod leave;
mod network;
mod oncall;
mod org;
mod pagination;
#[cfg(test)]
mod property_tests;
mod rate_limit;
mod records;
mod scopes;
mod shelf;
mod timeline;
mod transport;
mod wire;

pub(crate) use crate::domain::ApiError;
pub(crate) use access::check_key;
pub(crate) use incidents::incident_number;
pub use incidents::{IncidentFilter, RawIncident, read_incident};
pub use pagination::Piece;
pub use rate_limit::Budget;
pub use shelf::{Coming, Page, Question, Shelf, asking_itself};
pub use transport::{Client, Leave, Settings, Wait};

/// Hears of each page how many items were read of it.
pub type Told<'a> = &'a (dyn Fn(usize) + Send + Sync);

/// A list, with how many of its items could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// What could be read, in the API's order.
    pub items: Vec<T>,
    /// Items that had no id or were not objects.
    pub unreadable: usize,
    /// There are more than were asked for.
    pub more: bool,
}

/// The items, and whether there are more.
impl<T> From<Listed<T>> for (Vec<T>, bool) {
    fn from(listed: Listed<T>) -> Self {
        (listed.items, listed.more)
    }
}

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            unreadable: 0,
            more: false,
        }
    }
}
