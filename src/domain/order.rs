//! What a person ordered the bridge: to pause, or to leave an incident to them. It stands until it is taken back, whether
//! or not the bridge runs.

use super::time::Zone;
use super::{IncidentId, Instant};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an order is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// All that the bridge does.
    Everything,
    /// One incident that it keeps.
    Incident(IncidentId),
    /// One issue: its detector, and its id there.
    Issue(String, String),
}

/// What is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Nothing is declared, written or resolved.
    Pause,
    /// The incident is a person's from now on: it is noted, and not resolved.
    Take,
    /// It goes on, as if nothing had been ordered.
    Resume,
}

/// An order that stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// What it is about.
    pub about: About,
    /// What is ordered.
    pub wish: Wish,
    /// Whoever gave it.
    pub by: String,
    /// When.
    pub at: Instant,
}

/// The orders that stand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Orders {
    paused: BTreeMap<About, Order>,
    taken: BTreeMap<About, Order>,
}

impl Order {
    /// Who gave it and when, in words: `Ana paused it at 2026-11-20 14:00 UTC`.
    pub fn told(&self) -> String {
        let at = Zone::UTC.named_minute(self.at);
        let what = match (self.wish, &self.about) {
            (Wish::Pause, About::Everything) => "paused the bridge",
            (Wish::Pause, _) => "paused it",
            (Wish::Take, _) => "took it over",
            (Wish::Resume, _) => "let it go on",
        };
        format!("{} {what} at {at}", self.by)
    }
}

impl FromIterator<Order> for Orders {
    fn from_iter<T: IntoIterator<Item = Order>>(all: T) -> Self {
        let mut orders = Self::default();
        for order in all {
            let of = match order.wish {
                Wish::Pause => &mut orders.paused,
                Wish::Take => &mut orders.taken,
                Wish::Resume => continue,
            };
            of.insert(order.about.clone(), order);
        }
        orders
    }
}

impl Orders {
    /// All of them: the pause of everything first.
    pub fn all(&self) -> impl Iterator<Item = &Order> {
        self.paused.values().chain(self.taken.values())
    }

    /// The order that pauses all of it.
    pub fn pause(&self) -> Option<&Order> {
        self.paused.get(&About::Everything)
    }

    /// The order that pauses this very thing, and no more.
    pub fn pause_of(&self, about: &About) -> Option<&Order> {
        self.paused.get(about)
    }

    /// The order by which nothing is declared for an issue.
    pub fn holds_issue(&self, (detector, id): &(String, String)) -> Option<&Order> {
        if self.paused.is_empty() {
            return None;
        }
        let about = About::Issue(detector.clone(), id.clone());
        self.pause().or_else(|| self.paused.get(&about))
    }

    /// The order by which nothing is written on an incident, and it is not resolved.
    pub fn holds_incident(&self, id: &IncidentId) -> Option<&Order> {
        if self.paused.is_empty() {
            return None;
        }
        let about = About::Incident(id.clone());
        self.pause().or_else(|| self.paused.get(&about))
    }

    /// The order by which an incident is a person's.
    pub fn taken(&self, id: &IncidentId) -> Option<&Order> {
        if self.taken.is_empty() {
            return None;
        }
        self.taken.get(&About::Incident(id.clone()))
    }
}
