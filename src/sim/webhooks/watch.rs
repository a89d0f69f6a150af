//! What was changed since it was last asked: the rows as they were before. Whoever changes a row need not know that
//! somebody is told.

use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// Tables that events are about.
const WATCHED: &[&str] = &[
    "incidents",
    "alerts",
    "escalations",
    "actions",
    "follow_ups",
    "postmortem_documents",
    "schedules",
    "status_page_incidents",
    "incident_memberships",
];

/// A row that may have changed.
pub(in crate::sim) struct Touched {
    pub(super) table: &'static str,
    pub(super) id: String,
    /// As it was; null where it is new.
    pub(super) before: Value,
}

/// What is watched, while somebody is told.
#[derive(Default)]
pub(in crate::sim) struct Watch {
    touched: Vec<Touched>,
    known: HashSet<(&'static str, String)>,
    /// Events that are to be told: their types, and their bodies.
    pub(in crate::sim) to_tell: Vec<(String, String)>,
    /// Who was on call by each schedule when it was last looked at.
    pub(super) on_call: BTreeMap<String, Vec<Value>>,
}

impl Watch {
    /// A row is about to change, or was added. Only the first time counts.
    pub(in crate::sim) fn touch(
        &mut self,
        table: &'static str,
        id: &str,
        before: impl FnOnce() -> Value,
    ) {
        if WATCHED.contains(&table) && self.known.insert((table, id.to_owned())) {
            let (id, before) = (id.to_owned(), before());
            self.touched.push(Touched { table, id, before });
        }
    }

    /// What was touched since, in its order.
    pub(super) fn take(&mut self) -> Vec<Touched> {
        self.known.clear();
        std::mem::take(&mut self.touched)
    }
}
