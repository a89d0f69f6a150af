//! Which past incidents are like one: by words, services and their distance, alerts and time, with reasons that a reader
//! can check in both texts. Pure.

mod bytes;
mod columns;
mod delta;
mod encode;
mod index;
mod merged;
mod norms;
mod outcome;
mod part;
mod period;
mod pieces;
mod plain_text;
mod postings;
mod reasons;
mod score;
mod search;
mod segment;
mod shared;
mod words;

pub use index::Index;
pub use outcome::{Recalled, Seen, Written, last_words, neighbours, subject_of};
pub use part::Pages;
pub use period::{
    AnalysisRequest, Cluster, Counted, Facts, Followed, Lasted, Lead, Line, Period, QUARTER, Took,
    clusters, period,
};
pub use pieces::pattern;

use crate::domain::{IncidentId, Instant};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an incident that can be compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Its id; empty for one that does not exist yet.
    pub id: String,
    /// `INC-123`.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// Everything else that was written: summary, updates, post-mortem.
    pub text: String,
    /// Services it names.
    pub services: Vec<String>,
    /// Names of its alerts.
    pub alerts: Vec<String>,
    /// Its type.
    pub kind: Option<String>,
    /// Unix seconds of its declaration.
    pub created: i64,
}

/// Services and how far they are from one another: name to neighbours.
pub type Neighbours = BTreeMap<String, BTreeSet<String>>;

/// What people said of pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PairVerdicts {
    /// Pairs that had the same cause.
    pub same: BTreeSet<(String, String)>,
    /// Pairs that are not alike.
    pub different: BTreeSet<(String, String)>,
}

impl PairVerdicts {
    /// The key of a pair, whichever way round.
    pub fn pair(a: &str, b: &str) -> (String, String) {
        if a <= b {
            (a.into(), b.into())
        } else {
            (b.into(), a.into())
        }
    }
}

/// One incident that is like another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Match {
    /// Its id.
    pub id: IncidentId,
    /// `INC-123`.
    pub reference: String,
    /// Its name.
    pub name: String,
    /// How likely people would call the two the same thing, in percent.
    pub likeness: u8,
    /// Why, each reason checkable in both.
    pub reasons: Vec<String>,
    /// Further incidents of the same name but for numbers, which are not listed.
    pub alike: usize,
    /// When it was declared.
    pub at: Instant,
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// Which services are one call apart.
    pub near: &'a Neighbours,
    /// What people said of pairs.
    pub verdicts: &'a PairVerdicts,
    /// Unix seconds: those declared before are left out.
    pub since: Option<i64>,
    /// The least likeness, in percent.
    pub least: u8,
    /// How many at most.
    pub most: usize,
}

#[cfg(test)]
mod tests;
