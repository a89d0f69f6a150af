//! What each service adds to the trouble, in units a person understands: seconds of waiting per second, failing calls
//! per second. A service's own part is what its callees do not explain.

use super::measure::{Usual, mean, median, quantile, windows};
use crate::domain::{Series, Signal};
use std::collections::{BTreeMap, BTreeSet};

/// Which services call which.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calls {
    /// Names, in order.
    pub names: Vec<String>,
    /// Whom each one calls, as indexes.
    pub callees: Vec<Vec<usize>>,
}

impl Calls {
    /// From names and pairs of caller and callee; what is not among the names is left out.
    pub fn new(names: impl IntoIterator<Item = String>, pairs: &[(String, String)]) -> Self {
        let names: Vec<String> = names
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut callees = vec![Vec::new(); names.len()];
        for (from, to) in pairs {
            if let (Ok(a), Ok(b)) = (names.binary_search(from), names.binary_search(to))
                && a != b
                && !callees[a].contains(&b)
            {
                callees[a].push(b);
            }
        }
        callees.iter_mut().for_each(|c| c.sort_unstable());
        Self { names, callees }
    }

    /// Where a name stands.
    pub fn index(&self, name: &str) -> Option<usize> {
        self.names.binary_search_by(|n| n.as_str().cmp(name)).ok()
    }

    /// Who calls a service.
    pub fn callers(&self, of: usize) -> Vec<usize> {
        (0..self.names.len())
            .filter(|&n| self.callees[n].contains(&of))
            .collect()
    }
}

/// What flows up from callee to caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// Seconds of waiting, per second.
    Waiting,
    /// Failing calls, per second.
    Failing,
}

impl Trouble {
    /// The signal it is reckoned from.
    pub fn signal(self) -> Signal {
        match self {
            Self::Waiting => Signal::Latency,
            Self::Failing => Signal::Errors,
        }
    }
}

/// Unix seconds: from, to (excluded).
pub type Span = (i64, i64);

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
}

/// Every service's series on shared grids.
pub struct Flow<'a> {
    calls: &'a Calls,
    normal: Vec<i64>,
    recent: Vec<i64>,
    by: BTreeMap<(usize, Signal), &'a Series>,
    /// By kind: what each service adds over its usual, on the coarse grid and on the fine one; gaps are gaps.
    excess: BTreeMap<Trouble, [Vec<Option<Vec<f64>>>; 2]>,
    /// By kind: edges along which normal swings do not show.
    apart: BTreeMap<Trouble, BTreeSet<(usize, usize)>>,
}

/// Share of a callee's excess that shows in a caller that waits for it: a caller may spread a call over several or answer
/// from a cache, so a third is enough.
const FOLLOWS: f64 = 1.0 / 3.0;

/// How long before the onset the last quiet minutes are looked at.
pub const JUST_BEFORE: i64 = 600;

impl<'a> Flow<'a> {
    /// Lays series on their grids. Of two series for the same thing, the one with more points stands.
    pub fn new(calls: &'a Calls, series: &'a [Series]) -> Self {
        let (mut normal, mut recent) = (BTreeSet::new(), BTreeSet::new());
        let mut by: BTreeMap<(usize, Signal), &Series> = BTreeMap::new();
        // What a caller saw is no measure of the service itself.
        for one in series.iter().filter(|s| s.caller.is_none()) {
            let Some(index) = calls.index(&one.service) else {
                continue;
            };
            normal.extend(one.normal.iter().map(|p| p.0));
            recent.extend(one.recent.iter().map(|p| p.0));
            let size = |s: &Series| {
                (
                    s.normal.len() + s.recent.len(),
                    std::cmp::Reverse(s.query.clone()),
                )
            };
            let kept = by.entry((index, one.signal.clone())).or_insert(one);
            if size(one) > size(kept) {
                *kept = one;
            }
        }
        let (normal, recent) = (normal.into_iter().collect(), recent.into_iter().collect());
        let mut flow = Self {
            calls,
            normal,
            recent,
            by,
            excess: BTreeMap::new(),
            apart: BTreeMap::new(),
        };
        for kind in [Trouble::Waiting, Trouble::Failing] {
            let grids = [false, true].map(|fine| {
                (0..calls.names.len())
                    .map(|n| flow.excess_of(n, kind, fine))
                    .collect::<Vec<_>>()
            });
            let edges = calls
                .callees
                .iter()
                .enumerate()
                .flat_map(|(n, callees)| callees.iter().map(move |c| (n, *c)));
            let apart = edges.filter(|(n, c)| matches!((&grids[0][*n], &grids[0][*c]), (Some(up), Some(down)) if is_apart(up, down)));
            flow.apart.insert(kind, apart.collect());
            flow.excess.insert(kind, grids);
        }
        flow
    }

    /// The series of one signal of one service.
    pub fn series(&self, service: usize, signal: &Signal) -> Option<&'a Series> {
        self.by.get(&(service, signal.clone())).copied()
    }

    /// Every series of one service.
    pub fn all_of(&self, service: usize) -> impl Iterator<Item = &'a Series> + '_ {
        self.by
            .iter()
            .filter(move |((of, _), _)| *of == service)
            .map(|(_, s)| *s)
    }

    /// Whether anything is known of how a service answers.
    pub fn is_seen(&self, service: usize) -> bool {
        [Signal::Latency, Signal::Errors].iter().any(|s| {
            self.series(service, s)
                .is_some_and(|s| !s.recent.is_empty())
        })
    }

    /// The last measured second.
    pub fn end(&self) -> Option<i64> {
        self.recent.last().copied()
    }

    /// Coarse and fine spacing in seconds.
    fn steps(&self) -> (i64, i64) {
        let spacing = |grid: &[i64]| {
            grid.windows(2)
                .map(|w| w[1] - w[0])
                .min()
                .unwrap_or(60)
                .max(1)
        };
        (spacing(&self.normal), spacing(&self.recent))
    }

    /// Calls per second on a grid; gaps carry the usual. Where a service's traffic is unknown its callers' stands in.
    fn traffic(&self, service: usize, fine: bool) -> Vec<f64> {
        let grid = if fine { &self.recent } else { &self.normal };
        let of = |n: usize| self.series(n, &Signal::Traffic);
        let known: Vec<&Series> = match of(service) {
            Some(own) => vec![own],
            None => self
                .calls
                .callers(service)
                .into_iter()
                .filter_map(of)
                .collect(),
        };
        if known.is_empty() {
            return vec![1.0; grid.len()];
        }
        let mut sum = vec![0.0; grid.len()];
        for series in known {
            let points = if fine { &series.recent } else { &series.normal };
            let usual = [&series.normal, &series.recent]
                .iter()
                .find(|p| !p.is_empty())
                .map_or(0.0, |p| middle(p));
            for (slot, value) in sum.iter_mut().zip(laid(grid, points)) {
                *slot += if value.is_finite() {
                    value.max(0.0)
                } else {
                    usual
                };
            }
        }
        sum
    }

    /// What a service adds over its usual at each point of a grid; gaps are gaps.
    fn excess_of(&self, service: usize, kind: Trouble, fine: bool) -> Option<Vec<f64>> {
        let series = self.series(service, &kind.signal())?;
        let reference = [&series.normal, &series.recent]
            .iter()
            .find(|p| !p.is_empty())
            .map(|p| middle(p))?;
        let (grid, points) = if fine {
            (&self.recent, &series.recent)
        } else {
            (&self.normal, &series.normal)
        };
        let traffic = self.traffic(service, fine);
        Some(
            laid(grid, points)
                .iter()
                .zip(traffic)
                .map(|(v, r)| r * (v - reference))
                .collect(),
        )
    }

    /// Parts of all services in one kind of trouble that began at an onset; nothing where a service is not measured.
    pub fn parts(&self, kind: Trouble, after: Span) -> Vec<Option<Contribution>> {
        let waits = self.waits(kind, after);
        (0..self.calls.names.len())
            .map(|n| self.part_of(n, kind, after, &waits))
            .collect()
    }

    /// The part of one service.
    pub fn part(&self, service: usize, kind: Trouble, after: Span) -> Option<Contribution> {
        self.part_of(service, kind, after, &self.waits(kind, after))
    }

    fn part_of(
        &self,
        n: usize,
        kind: Trouble,
        after: Span,
        waits: &BTreeSet<(usize, usize)>,
    ) -> Option<Contribution> {
        let (coarse_step, fine_step) = self.steps();
        let length = (((after.1 - after.0) / coarse_step).max(1)) as usize;
        let [normal, recent] = &self.excess[&kind];
        let seconds = (after.1 - after.0).max(fine_step) as f64;
        let flows = self.series(n, &kind.signal()).map_or(0.0, |s| {
            middle(&s.normal).abs() * mean(self.traffic(n, false))
        });
        // A fiftieth of what flows anyway, or half a call: less than that nobody can see.
        let floor = match kind {
            Trouble::Waiting => flows * 0.02 + 1e-9,
            Trouble::Failing => 0.5 / seconds,
        };
        let fallback = Usual {
            middle: 0.0,
            spread: floor.max(flows * 0.1),
            count: 0,
        };
        let usual = |values: Option<&[f64]>| {
            Usual::of(&windows(values.unwrap_or_default(), length), floor).unwrap_or(fallback)
        };
        let normal_own = self.own(normal, n, waits, &|_| 0.0);
        let own_recent = self.own(recent, n, waits, &|callee| {
            let m = mean(self.cut(recent[callee].as_deref().unwrap_or_default(), after));
            if m.is_finite() { m.max(0.0) } else { 0.0 }
        })?;
        let whole_recent = recent[n].as_deref()?;
        let (whole, own) = (
            mean(self.cut(whole_recent, after)),
            mean(self.cut(&own_recent, after)),
        );
        if !whole.is_finite() || !own.is_finite() {
            return None;
        }
        let before = (after.0 - JUST_BEFORE, after.0);
        let grown = |now: f64, values: &[f64]| {
            now - already(&self.cut(values, before)).clamp(0.0, now.max(0.0))
        };
        let (whole, began) = (grown(whole, whole_recent), grown(own, &own_recent));
        let (whole_usual, own_usual) = (usual(normal[n].as_deref()), usual(normal_own.as_deref()));
        Some(Contribution {
            whole,
            own,
            began,
            off: own_usual.off(began),
            spread: whole_usual.spread,
            whole_off: whole_usual.off(whole),
        })
    }

    /// A service's excess less that of the callees it waits for; where a callee is a gap, what `fill` says.
    fn own(
        &self,
        all: &[Option<Vec<f64>>],
        n: usize,
        waits: &BTreeSet<(usize, usize)>,
        fill: &dyn Fn(usize) -> f64,
    ) -> Option<Vec<f64>> {
        let mut own = all[n].clone()?;
        for &callee in self.calls.callees[n]
            .iter()
            .filter(|&&c| waits.contains(&(n, c)))
        {
            let Some(other) = &all[callee] else { continue };
            let instead = fill(callee);
            for (slot, v) in own.iter_mut().zip(other) {
                *slot -= if v.is_finite() { v.max(0.0) } else { instead };
            }
        }
        Some(own)
    }

    /// Values of the fine grid within a span.
    fn cut(&self, values: &[f64], span: Span) -> Vec<f64> {
        self.recent
            .iter()
            .zip(values)
            .filter(|(t, _)| (span.0..span.1).contains(*t))
            .map(|(_, v)| *v)
            .collect()
    }

    /// Which callers wait for which callees. A callee whose swings in normal times are wide enough to show in its caller
    /// and do not, and whose trouble now does not show there either, is not waited for: a queue, a job. What cannot be
    /// told counts as waited for.
    fn waits(&self, kind: Trouble, after: Span) -> BTreeSet<(usize, usize)> {
        let recent = &self.excess[&kind][1];
        let now = |n: usize| mean(self.cut(recent[n].as_deref().unwrap_or_default(), after));
        let mut waits = BTreeSet::new();
        for (caller, callees) in self.calls.callees.iter().enumerate() {
            for &callee in callees {
                let apart = self.apart[&kind].contains(&(caller, callee))
                    && now(caller) < now(callee).max(0.0) * FOLLOWS;
                if !apart {
                    waits.insert((caller, callee));
                }
            }
        }
        waits
    }

    /// Services whose trouble reaches `from` through calls it waits for, itself included, with the distance.
    pub fn reach(&self, kind: Trouble, from: usize, after: Span) -> BTreeMap<usize, usize> {
        let waits = self.waits(kind, after);
        let mut reached = BTreeMap::from([(from, 0)]);
        let mut edge = vec![from];
        let mut distance = 0;
        while !edge.is_empty() {
            distance += 1;
            let next: BTreeSet<usize> = edge
                .iter()
                .flat_map(|&n| self.calls.callees[n].iter().map(move |c| (n, *c)))
                .filter(|edge| waits.contains(edge))
                .map(|edge| edge.1)
                .collect();
            edge = next
                .into_iter()
                .filter(|n| !reached.contains_key(n))
                .collect();
            reached.extend(edge.iter().map(|n| (*n, distance)));
        }
        reached
    }
}

fn middle(points: &[(i64, f64)]) -> f64 {
    median(&points.iter().map(|p| p.1).collect::<Vec<_>>())
}

/// Points on a grid; where there is none, not a number.
fn laid(grid: &[i64], points: &[(i64, f64)]) -> Vec<f64> {
    let mut at = 0;
    grid.iter()
        .map(|t| {
            while points.get(at).is_some_and(|p| p.0 < *t) {
                at += 1;
            }
            points
                .get(at)
                .filter(|p| p.0 == *t)
                .map_or(f64::NAN, |p| p.1)
        })
        .collect()
}

/// What was there just before, to a measure's credit: the lower quarter of those minutes, since the first of the
/// trouble may already be among them.
fn already(values: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    if sorted.is_empty() {
        0.0
    } else {
        quantile(&sorted, 0.25).max(0.0)
    }
}

/// Whether a caller's excess does not follow its callee's: the slope between them, with three standard errors on top,
/// stays under a third. Thirty points are the least for that.
fn is_apart(up: &[f64], down: &[f64]) -> bool {
    let pairs: Vec<(f64, f64)> = up
        .iter()
        .zip(down)
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .map(|(a, b)| (*a, *b))
        .collect();
    if pairs.len() < 30 {
        return false;
    }
    let (ups, downs) = (
        trimmed(pairs.iter().map(|p| p.0)),
        trimmed(pairs.iter().map(|p| p.1)),
    );
    let n = ups.len() as f64;
    let (mu, md) = (mean(ups.iter().copied()), mean(downs.iter().copied()));
    let var = |values: &[f64], m: f64| values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / n;
    let (vu, vd) = (var(&ups, mu), var(&downs, md));
    if vd <= f64::MIN_POSITIVE {
        return false;
    }
    let slope = ups
        .iter()
        .zip(&downs)
        .map(|(u, d)| (u - mu) * (d - md))
        .sum::<f64>()
        / n
        / vd;
    slope + 3.0 * (vu / (n * vd)).sqrt() < FOLLOWS
}

/// Values held within their first and 99th percentile.
fn trimmed(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let (low, high) = (quantile(&sorted, 0.01), quantile(&sorted, 0.99));
    values.into_iter().map(|v| v.clamp(low, high)).collect()
}
