//! What lies between the two ends of a call: the caller sees it and the callee does not. It is the network's, a proxy's, or
//! that of a callee that does not answer.

use super::{Contribution, Excess, Flow, Span, Trouble};
use std::collections::BTreeMap;

/// Usual spreads from which a gap is there.
const THERE: f64 = 3.0;
/// Share of what the caller sees that the callee must leave unexplained: clocks and buckets of two ends never agree.
const UNEXPLAINED: f64 = 0.2;

/// What lies between the ends of one call in one kind of trouble.
#[derive(Clone, Debug)]
pub(in crate::investigate) struct Gap {
    excess: Excess,
    flows: f64,
    figures: Contribution,
    /// What the caller sees.
    seen: f64,
}

impl Gap {
    /// Whether it is there at all.
    pub(in crate::investigate) fn is_there(&self) -> bool {
        self.figures.off >= THERE
    }

    /// Whether it is more than two clocks differ by.
    fn is_plain(&self) -> bool {
        self.is_there() && self.figures.began > self.seen * UNEXPLAINED
    }
}

/// The gaps of one kind of trouble, by caller and callee, where both ends are measured.
pub(in crate::investigate) type Gaps = BTreeMap<(usize, usize), Gap>;

impl Flow<'_> {
    /// What lies between each service and those it talks to, laid to the end that has it on more of its calls, and to the
    /// callee where both have it alike.
    pub(in crate::investigate) fn between(
        &self,
        gaps: &Gaps,
        kind: Trouble,
        after: Span,
    ) -> Vec<Option<Contribution>> {
        let plain = || gaps.iter().filter(|(_, gap)| gap.is_plain());
        let mut touched: BTreeMap<usize, usize> = BTreeMap::new();
        for (&(caller, callee), _) in plain() {
            *touched.entry(caller).or_default() += 1;
            *touched.entry(callee).or_default() += 1;
        }
        let mut by: Vec<Option<(Excess, f64)>> = vec![None; self.calls.names.len()];
        for (&(caller, callee), gap) in plain() {
            let to = if touched[&caller] > touched[&callee] {
                caller
            } else {
                callee
            };
            by[to] = Some(match by[to].take() {
                None => (gap.excess.clone(), gap.flows),
                Some((all, flows)) => {
                    let sum = super::summed([&all, &gap.excess].into_iter());
                    (sum.unwrap_or_default(), flows + gap.flows)
                }
            });
        }
        let figures = |(excess, flows): (Excess, f64)| {
            self.contribution(&excess, &excess, flows, kind, after)
        };
        by.into_iter().map(|one| one.and_then(figures)).collect()
    }

    /// The gap of every call whose ends are both measured.
    pub(in crate::investigate) fn gaps(&self, kind: Trouble, after: Span) -> Gaps {
        let calls = self.seen[&kind].iter();
        calls
            .filter_map(|(&ends, seen)| Some((ends, self.gap(kind, ends, seen, after)?)))
            .collect()
    }

    fn gap(
        &self,
        kind: Trouble,
        (caller, callee): (usize, usize),
        seen: &Excess,
        after: Span,
    ) -> Option<Gap> {
        // The callee's own end: as it measures itself, not as the sum of what its callers see.
        self.series(callee, &kind.signal())?;
        let own = self.excess[&kind][callee].as_ref()?;
        let rate = self.rate_between(caller, callee);
        let portion = (rate / self.rates[callee].0.max(f64::MIN_POSITIVE)).min(1.0);
        let mut excess = seen.clone();
        for (slots, other) in excess.iter_mut().zip(own) {
            for (slot, v) in slots.iter_mut().zip(other) {
                if v.is_finite() {
                    *slot -= v.max(0.0) * portion;
                }
            }
        }
        let usual = self.edge(caller, callee, &kind.signal());
        let usual = usual.and_then(|s| self.lane(s).middle()).unwrap_or(0.0);
        let flows = usual.abs() * rate;
        Some(Gap {
            figures: self.contribution(&excess, &excess, flows, kind, after)?,
            seen: self.lately(seen, after),
            excess,
            flows,
        })
    }
}
