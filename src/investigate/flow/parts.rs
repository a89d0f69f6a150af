//! Each service's part in the trouble: what it adds over its usual, less what its callees add.

use super::super::measure::{Usual, finite, mean, quantile, windows};
use super::{Excess, FOLLOWS, Flow, JUST_BEFORE, Span, Trouble};

/// One service's part in one kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// What it adds over its usual, in the kind's unit, with its callees.
    pub whole: f64,
    /// The same without its callees.
    pub own: f64,
    /// The own part less what was there already just before: what began.
    pub began: f64,
    /// How many usual spreads of its own part that is.
    pub off: f64,
    /// The usual spread of the whole.
    pub spread: f64,
    /// How many usual spreads the whole is.
    pub whole_off: f64,
    /// How many times its usual the whole is.
    pub times: f64,
}

impl Contribution {
    /// The same where few calls were to come: a mean of so few is no sign by itself.
    fn of_few_calls(self, calls: f64) -> Self {
        let sure = calls / (calls + FEW_CALLS);
        Self {
            off: self.off * sure,
            whole_off: self.whole_off * sure,
            ..self
        }
    }
}

/// Calls of which the mean is half as sure as that of many.
const FEW_CALLS: f64 = 10.0;
/// What is usual of something that has no history: nothing is known of its spread but that it is no tenth.
const UNKNOWN_SPREAD: f64 = 0.1;
/// Calls of a caller among those of all callers for which it is excused, times so much: callers differ in how often they
/// call a thing for each call that they get.
const SHARED: f64 = 3.0;

impl Flow<'_> {
    /// Parts of all services in one kind of trouble that began at an onset; nothing where a service is not measured.
    pub fn parts(&self, kind: Trouble, after: Span) -> Vec<Option<Contribution>> {
        (0..self.calls.names.len())
            .map(|n| self.part(n, kind, after))
            .collect()
    }

    /// The part of one service.
    pub fn part(&self, n: usize, kind: Trouble, after: Span) -> Option<Contribution> {
        let whole = self.excess[&kind][n].as_ref()?;
        let own = self.own(whole, n, kind, after);
        let part = self.contribution(whole, &own, self.flows(n, kind), kind, after)?;
        Some(match self.rates[n] {
            (rate, true) => part.of_few_calls(rate * (after.1 - after.0) as f64),
            _ => part,
        })
    }

    /// What part of what flows at a service anyway some trouble is: of its usual waiting, or of its calls.
    pub(in crate::investigate) fn matters(
        &self,
        part: &Contribution,
        kind: Trouble,
        at: usize,
    ) -> f64 {
        let flows = match kind {
            Trouble::Waiting => self.flows(at, kind),
            Trouble::Failing => self.rates[at].0,
        };
        if flows > 0.0 { part.whole / flows } else { 1.0 }
    }

    /// What flows of a kind anyway.
    pub(super) fn flows(&self, n: usize, kind: Trouble) -> f64 {
        let usual = self.view(n, &kind.signal());
        let usual = usual.and_then(|s| self.lane(s).middle());
        usual.map_or(0.0, |m| m.abs() * self.rates[n].0)
    }

    /// The figures of an excess, whole and without what others explain of it.
    pub(super) fn contribution(
        &self,
        whole: &Excess,
        own: &Excess,
        flows: f64,
        kind: Trouble,
        after: Span,
    ) -> Option<Contribution> {
        let seconds = (after.1 - after.0).max(self.step()) as f64;
        // A fiftieth of what flows anyway, or half a call: less than that nobody can see.
        let floor = match kind {
            Trouble::Waiting => flows * 0.02 + 1e-9,
            Trouble::Failing => 0.5 / seconds,
        };
        let fallback = Usual {
            middle: 0.0,
            spread: floor.max(flows * UNKNOWN_SPREAD),
            count: 0,
        };
        let usual = |values: &[f64]| {
            let known = finite(values);
            let length = self.neighbours(&known, after);
            Usual::of_few(&windows(&known, length), known.len(), floor).unwrap_or(fallback)
        };
        let (whole_now, own_now) = (self.lately(whole, after), self.lately(own, after));
        if !whole_now.is_finite() || !own_now.is_finite() {
            return None;
        }
        let before = (after.0 - JUST_BEFORE, after.0);
        let grown = |now: f64, values: &[f64]| {
            now - already(self.cut(values, before)).clamp(0.0, now.max(0.0))
        };
        let (whole_now, began) = (grown(whole_now, &whole[1]), grown(own_now, &own[1]));
        let (whole_usual, own_usual) = (usual(&whole[0]), usual(&own[0]));
        Some(Contribution {
            whole: whole_now,
            own: own_now,
            began,
            off: own_usual.off(began),
            spread: whole_usual.spread,
            whole_off: whole_usual.off(whole_now),
            times: 1.0 + whole_now.max(0.0) / flows.max(floor),
        })
    }

    /// How many neighbouring points of the past last as long as the trouble, or as many as the past has room for.
    fn neighbours(&self, known: &[f64], after: Span) -> usize {
        let covered = match (self.normal.first(), self.normal.last()) {
            (Some(a), Some(b)) => (b - a).max(1),
            _ => 1,
        };
        let step = (covered as f64 / known.len().max(1) as f64).max(1.0);
        let lasting = ((after.1 - after.0) as f64 / step) as usize;
        lasting.clamp(1, (known.len() / 4).max(1))
    }

    /// An excess less that of the callees that are waited for; where a callee is a gap, what it is on the whole.
    fn own(&self, whole: &Excess, n: usize, kind: Trouble, after: Span) -> Excess {
        let mut own = whole.clone();
        for callee in self.known_callees(kind, n) {
            if !self.waits(kind, (n, callee), after) {
                continue;
            }
            let Some((other, portion)) = self.seen_of(kind, n, callee) else {
                continue;
            };
            let lately = self.lately(other, after);
            let instead = [
                0.0,
                if lately.is_finite() {
                    lately.max(0.0)
                } else {
                    0.0
                },
            ];
            for (at, slots) in own.iter_mut().enumerate() {
                for (slot, v) in slots.iter_mut().zip(&other[at]) {
                    let v = if v.is_finite() {
                        v.max(0.0)
                    } else {
                        instead[at]
                    };
                    *slot -= v * portion;
                }
            }
        }
        own
    }

    /// What a caller sees of a callee's excess: its own end of the call, or else its portion of the callee's.
    pub(super) fn seen_of(
        &self,
        kind: Trouble,
        caller: usize,
        callee: usize,
    ) -> Option<(&Excess, f64)> {
        if let Some(seen) = self.seen[&kind].get(&(caller, callee)) {
            return Some((seen, 1.0));
        }
        let other = self.excess[&kind][callee].as_ref()?;
        Some((other, self.portion(kind, caller, callee)))
    }

    /// What portion of a callee's excess may show in a caller.
    pub(in crate::investigate) fn portion(
        &self,
        kind: Trouble,
        caller: usize,
        callee: usize,
    ) -> f64 {
        let callers = self.calls.callers(callee);
        let all: f64 = callers.iter().map(|&u| self.rates[u].0).sum();
        let known = callers.iter().all(|&u| self.rates[u].1) && callers.contains(&caller);
        if self.seen[&kind].contains_key(&(caller, callee)) || !known || all <= 0.0 {
            1.0
        } else {
            (SHARED * self.rates[caller].0 / all).min(1.0)
        }
    }

    /// Whether a caller may wait for a callee in any kind of trouble, as far as normal swings tell.
    pub(in crate::investigate) fn may_wait(&self, caller: usize, callee: usize) -> bool {
        let apart = |kind: &Trouble| self.apart[kind].contains(&(caller, callee));
        !Trouble::ALL.iter().any(apart)
    }

    /// Whether a caller waits for a callee. A callee whose swings in normal times are wide enough to show in its caller and
    /// do not, and whose trouble now does not show there either, is not waited for: a queue, a job. What cannot be told
    /// counts as waited for.
    pub(super) fn waits(&self, kind: Trouble, ends: (usize, usize), after: Span) -> bool {
        let now = |n: usize| {
            let excess = self.excess[&kind][n].as_ref();
            excess.map_or(f64::NAN, |e| self.lately(e, after))
        };
        let is_apart = self.apart[&kind].contains(&ends);
        !(is_apart && now(ends.0) < now(ends.1).max(0.0) * FOLLOWS)
    }

    /// What an excess is within a span, on the mean.
    pub(super) fn lately(&self, excess: &Excess, span: Span) -> f64 {
        mean(self.cut(&excess[1], span).iter().copied())
    }
}

/// What was there just before, to a measure's credit: the lower quarter of those minutes, since the first of the
/// trouble may already be among them.
fn already(values: &[f64]) -> f64 {
    // Of no values that is not a number, which `max` leaves out.
    quantile(&mut finite(values), 0.25).max(0.0)
}
