//! What lies between the two ends of a call: the caller sees it and the callee does not. It is the network's, a proxy's, or
//! that of a callee that does not answer.

use super::super::measure::mean;
use super::{Contribution, Excess, Flow, Span, Trouble};
use std::collections::BTreeMap;

/// Usual spreads from which a gap is there.
const THERE: f64 = 3.0;
/// Share of what the caller sees that the callee must leave unexplained: clocks and buckets of two ends never agree.
const UNEXPLAINED: f64 = 0.2;

/// The gap of one call.
#[derive(Clone, Debug)]
struct Gap {
    ends: (usize, usize),
    excess: Excess,
    flows: f64,
}

impl Flow<'_> {
    /// What lies between each service and those it talks to, laid to the end that has it on more of its calls, and to the
    /// callee where both have it alike.
    pub(in crate::investigate) fn between(
        &self,
        kind: Trouble,
        after: Span,
    ) -> Vec<Option<Contribution>> {
        let gaps = self.gaps(kind, after);
        let mut touched: BTreeMap<usize, usize> = BTreeMap::new();
        for gap in &gaps {
            *touched.entry(gap.ends.0).or_default() += 1;
            *touched.entry(gap.ends.1).or_default() += 1;
        }
        let mut by: Vec<Option<(Excess, f64)>> = vec![None; self.calls.names.len()];
        for gap in gaps {
            let (caller, callee) = gap.ends;
            let to = if touched[&caller] > touched[&callee] {
                caller
            } else {
                callee
            };
            by[to] = Some(match by[to].take() {
                None => (gap.excess, gap.flows),
                Some((all, flows)) => {
                    let sum = super::summed([all, gap.excess].iter());
                    (sum.unwrap_or_default(), flows + gap.flows)
                }
            });
        }
        let figures = |(excess, flows): (Excess, f64)| {
            self.contribution(&excess, &excess, flows, kind, after)
        };
        by.into_iter().map(|one| one.and_then(figures)).collect()
    }

    /// The gap of one call in one kind of trouble, where both ends are measured.
    pub(in crate::investigate) fn gap(
        &self,
        kind: Trouble,
        ends: (usize, usize),
        after: Span,
    ) -> Option<Contribution> {
        let gap = self.gap_of(kind, ends)?;
        self.contribution(&gap.excess, &gap.excess, gap.flows, kind, after)
    }

    /// Every gap that is there.
    fn gaps(&self, kind: Trouble, after: Span) -> Vec<Gap> {
        let ends = self.seen[&kind].keys();
        ends.filter_map(|&ends| {
            let gap = self.gap_of(kind, ends)?;
            let figures = self.contribution(&gap.excess, &gap.excess, gap.flows, kind, after)?;
            let seen = mean(self.cut(&self.seen[&kind][&ends][1], after));
            (figures.off >= THERE && figures.began > seen * UNEXPLAINED).then_some(gap)
        })
        .collect()
    }

    fn gap_of(&self, kind: Trouble, (caller, callee): (usize, usize)) -> Option<Gap> {
        // The callee's own end: as it measures itself, not as the sum of what its callers see.
        self.series(callee, &kind.signal())?;
        let seen = self.seen[&kind].get(&(caller, callee))?;
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
        Some(Gap {
            ends: (caller, callee),
            excess,
            flows: usual.abs() * rate,
        })
    }
}
