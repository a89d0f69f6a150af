//! What every service adds to the trouble, by kind and place.

use super::Place;
use crate::investigate::flow::{Contribution, Flow, Gaps, Span, Trouble};
use std::collections::BTreeMap;

/// What every service adds in the time that is compared; nothing where it is not measured.
pub(super) struct Parts {
    of: BTreeMap<(Trouble, Place), Vec<Option<Contribution>>>,
    gaps: BTreeMap<Trouble, Gaps>,
}

impl Parts {
    pub(super) fn new(flow: &Flow, after: Span) -> Self {
        let (mut of, mut all) = (BTreeMap::new(), BTreeMap::new());
        for kind in Trouble::ALL {
            let gaps = flow.gaps(kind, after);
            of.insert((kind, Place::Own), flow.parts(kind, after));
            of.insert((kind, Place::Between), flow.between(&gaps, kind, after));
            all.insert(kind, gaps);
        }
        Self { of, gaps: all }
    }

    /// What a service adds in one kind of trouble, as it measures itself or as its callers do.
    pub(super) fn own(&self, kind: Trouble, service: usize) -> Option<Contribution> {
        self.at(kind, Place::Own, service)
    }

    /// What is seen of it at one place.
    pub(super) fn at(&self, kind: Trouble, place: Place, service: usize) -> Option<Contribution> {
        self.of[&(kind, place)][service]
    }

    /// Whether a caller sees of a callee what that one does not.
    pub(super) fn has_gap(&self, kind: Trouble, ends: (usize, usize)) -> bool {
        self.gaps[&kind]
            .get(&ends)
            .is_some_and(|gap| gap.is_there())
    }
}
