//! What each service adds to the trouble, in units a person understands: seconds of waiting per second, failing calls
//! per second. A service's own part is what its callees do not explain.
//!
//! Waiting is the extra seconds of a call times the calls per second of just before the trouble: whoever waits does not
//! call again meanwhile, so the calls as they are counted during the trouble would make the worst of it vanish.

mod between;
mod follow;
mod lane;
mod parts;

pub(in crate::investigate) use between::Gaps;
pub(in crate::investigate) use lane::Lane;
pub use parts::Contribution;

use super::calls::Calls;
use super::measure::median;
use crate::domain::{Series, Signal};
use follow::is_apart;
use std::collections::{BTreeMap, BTreeSet};

/// What flows up from callee to caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// Seconds of waiting, per second.
    Waiting,
    /// Failing calls, per second.
    Failing,
}

impl Trouble {
    /// Both, in the order in which they are looked at.
    pub const ALL: [Self; 2] = [Self::Waiting, Self::Failing];

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Waiting => Self::Failing,
            Self::Failing => Self::Waiting,
        }
    }

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

/// Excess of one thing on the coarse grid and on the fine one; gaps are gaps.
type Excess = [Vec<f64>; 2];

/// Every service's series on shared grids.
pub struct Flow<'a> {
    /// Who calls whom, with the calls that only the measures know of.
    pub(in crate::investigate) calls: Calls,
    onset: Option<i64>,
    normal: Vec<i64>,
    recent: Vec<i64>,
    by: BTreeMap<(usize, Signal), &'a Series>,
    edges: BTreeMap<(usize, usize, Signal), &'a Series>,
    /// Calls per second just before the trouble, by service; whether they are measured.
    rates: Vec<(f64, bool)>,
    /// By kind: what each service adds over its usual, as it measures itself or as its callers do.
    excess: BTreeMap<Trouble, Vec<Option<Excess>>>,
    /// By kind: what each caller sees of each callee.
    seen: BTreeMap<Trouble, BTreeMap<(usize, usize), Excess>>,
    /// By kind: edges along which normal swings do not show.
    apart: BTreeMap<Trouble, BTreeSet<(usize, usize)>>,
}

/// Share of a callee's excess that shows in a caller that waits for it: a caller may spread a call over several or answer
/// from a cache, so a third is enough.
pub(in crate::investigate) const FOLLOWS: f64 = 1.0 / 3.0;

/// How long before the onset the last quiet minutes are looked at.
pub const JUST_BEFORE: i64 = 600;
/// How long before the onset calls are counted: half an hour evens out bursts and knows the time of day.
const CALLED_BEFORE: i64 = 1_800;

impl<'a> Flow<'a> {
    /// Lays series on their grids; the trouble began at the onset, where that is known. Of two series for the same thing,
    /// the one with more points stands. What only a percentile is known of is reckoned with as it is.
    pub fn new(calls: &Calls, series: &'a [Series], onset: Option<i64>) -> Self {
        let pairs = series.iter().filter_map(|s| {
            let caller = s.caller.as_deref()?;
            let known = calls.index(caller).is_some() && calls.index(&s.service).is_some();
            known.then_some((caller, s.service.as_str()))
        });
        let calls = calls.with([], pairs);
        let mut flow = Self {
            onset,
            normal: Vec::new(),
            recent: Vec::new(),
            by: BTreeMap::new(),
            edges: BTreeMap::new(),
            rates: Vec::new(),
            excess: BTreeMap::new(),
            seen: BTreeMap::new(),
            apart: BTreeMap::new(),
            calls,
        };
        flow.lay(series);
        flow.rates = flow.rates();
        for kind in Trouble::ALL {
            flow.reckon(kind);
        }
        flow
    }

    /// Sorts series by what they are of, and makes the grids.
    fn lay(&mut self, series: &'a [Series]) {
        let (mut normal, mut recent) = (Grid::default(), Grid::default());
        for one in series {
            let Some(index) = self.calls.index(&one.service) else {
                continue;
            };
            let lane = Lane::new(one, self.onset);
            if [Signal::Latency, Signal::Errors, Signal::Tail].contains(&one.signal) {
                normal.take(lane.normal);
                recent.take(lane.recent);
            }
            match &one.caller {
                None => keep(&mut self.by, (index, one.signal.clone()), one),
                Some(caller) => {
                    if let Some(caller) = self.calls.index(caller) {
                        keep(&mut self.edges, (caller, index, one.signal.clone()), one);
                    }
                }
            }
        }
        self.normal = normal.times();
        self.recent = recent.times();
        // A percentile stands in where no average is measured.
        for service in 0..self.calls.names.len() {
            if let Some(tail) = self.by.get(&(service, Signal::Tail)).copied() {
                self.by.entry((service, Signal::Latency)).or_insert(tail);
            }
        }
        let edges = self.edges.iter();
        let tails = edges.filter(|((.., signal), _)| *signal == Signal::Tail);
        let tails: Vec<_> = tails
            .map(|(k, s)| ((k.0, k.1, Signal::Latency), *s))
            .collect();
        for (key, tail) in tails {
            self.edges.entry(key).or_insert(tail);
        }
    }

    /// What everyone adds in one kind of trouble.
    fn reckon(&mut self, kind: Trouble) {
        let seen: BTreeMap<(usize, usize), Excess> = self
            .edges
            .iter()
            .filter(|((.., signal), _)| *signal == kind.signal())
            .filter_map(|(&(caller, callee, _), series)| {
                let excess = self.excess_of(series, self.rate_between(caller, callee))?;
                Some(((caller, callee), excess))
            })
            .collect();
        let count = self.calls.names.len();
        let measured: Vec<Option<Excess>> = (0..count)
            .map(|n| {
                let own = self.series(n, &kind.signal());
                own.and_then(|s| self.excess_of(s, self.rates[n].0))
                    .or_else(|| summed(seen.iter().filter(|(k, _)| k.1 == n).map(|(_, e)| e)))
            })
            .collect();
        let edges = (0..count).flat_map(|n| self.calls.callees[n].iter().map(move |c| (n, *c)));
        let apart = edges.filter(|(n, c)| {
            !seen.contains_key(&(*n, *c))
                && matches!((&measured[*n], &measured[*c]), (Some(up), Some(down)) if is_apart(&up[0], &down[0]))
        });
        self.apart.insert(kind, apart.collect());
        self.excess.insert(kind, measured);
        self.seen.insert(kind, seen);
    }

    /// The series of one signal of one service, as it measures itself.
    pub fn series(&self, service: usize, signal: &Signal) -> Option<&'a Series> {
        self.by.get(&(service, signal.clone())).copied()
    }

    /// The series of one signal of one call, as the caller measures it.
    pub(in crate::investigate) fn edge(
        &self,
        caller: usize,
        callee: usize,
        signal: &Signal,
    ) -> Option<&'a Series> {
        self.edges.get(&(caller, callee, signal.clone())).copied()
    }

    /// Where a signal of a service is seen: by itself, or by whom of its callers it is seen best.
    pub(in crate::investigate) fn view(
        &self,
        service: usize,
        signal: &Signal,
    ) -> Option<&'a Series> {
        self.series(service, signal).or_else(|| {
            let of = |&u: &usize| self.edge(u, service, signal);
            let callers = self.calls.callers(service).iter().filter_map(of);
            callers.reduce(|a, b| {
                if b.recent.len() > a.recent.len() {
                    b
                } else {
                    a
                }
            })
        })
    }

    /// Every series of one service, as it measures itself.
    pub fn all_of(&self, service: usize) -> impl Iterator<Item = &'a Series> + '_ {
        self.by
            .range((service, Signal::Traffic)..)
            .take_while(move |((of, _), _)| *of == service)
            .map(|(_, s)| *s)
    }

    /// Whether anything is known of how a service answers, from either end.
    pub fn is_seen(&self, service: usize) -> bool {
        Trouble::ALL
            .iter()
            .any(|k| self.is_told(service, &k.signal()))
    }

    /// Whether a signal of a service is measured, from either end.
    pub(in crate::investigate) fn is_told(&self, service: usize, signal: &Signal) -> bool {
        let told = self.view(service, signal);
        told.is_some_and(|s| !s.recent.is_empty())
    }

    /// Whether anything at all is measured of a service.
    pub(in crate::investigate) fn is_known(&self, service: usize) -> bool {
        self.all_of(service).next().is_some() || self.is_seen(service)
    }

    /// A series as it is compared.
    pub(in crate::investigate) fn lane(&self, series: &'a Series) -> Lane<'a> {
        Lane::new(series, self.onset)
    }

    /// The last measured second.
    pub fn end(&self) -> Option<i64> {
        let all = self.by.values().chain(self.edges.values());
        all.filter_map(|s| s.recent.last()).map(|p| p.0).max()
    }

    /// Seconds between two fine points.
    fn step(&self) -> i64 {
        let steps = self.recent.windows(2).map(|w| w[1] - w[0]);
        steps.min().unwrap_or(60).max(1)
    }

    /// Calls per second of a service just before the trouble, and whether they are measured.
    pub(in crate::investigate) fn rate(&self, service: usize) -> (f64, bool) {
        self.rates[service]
    }

    /// Calls per second just before the trouble. Where a service's are unknown, what its callers send it or get themselves
    /// stands in; where nothing is known, what is usual here.
    fn rates(&self) -> Vec<(f64, bool)> {
        let count = self.calls.names.len();
        let own: Vec<Option<f64>> = (0..count)
            .map(|n| {
                if let Some(series) = self.series(n, &Signal::Traffic) {
                    return self.called(series);
                }
                let callers = self.calls.callers(n).iter();
                let sent = callers.filter_map(|&u| self.edge(u, n, &Signal::Traffic));
                sent.filter_map(|s| self.called(s)).reduce(|a, b| a + b)
            })
            .collect();
        let known: Vec<f64> = own.iter().flatten().copied().collect();
        let usual = if known.is_empty() {
            1.0
        } else {
            median(&known)
        };
        (0..count)
            .map(|n| match own[n] {
                Some(rate) => (rate, true),
                None => {
                    let callers = self.calls.callers(n).iter().filter_map(|&u| own[u]);
                    (callers.reduce(|a, b| a + b).unwrap_or(usual), false)
                }
            })
            .collect()
    }

    /// Calls per second of one series just before the trouble.
    pub(in crate::investigate) fn called(&self, series: &'a Series) -> Option<f64> {
        let lane = self.lane(series);
        let before = self.onset.map(|onset| {
            let span = onset - CALLED_BEFORE..onset;
            let points = series.recent.iter().filter(|p| span.contains(&p.0));
            points.map(|p| p.1).collect::<Vec<_>>()
        });
        match before {
            Some(before) if before.len() >= 3 => Some(median(&before).max(0.0)),
            _ => lane.middle().map(|m| m.max(0.0)),
        }
    }

    /// Calls per second over one edge: as counted, or the callee's shared out among its callers by what they get.
    fn rate_between(&self, caller: usize, callee: usize) -> f64 {
        if let Some(counted) = self
            .edge(caller, callee, &Signal::Traffic)
            .and_then(|s| self.called(s))
        {
            return counted;
        }
        let all: f64 = self
            .calls
            .callers(callee)
            .iter()
            .map(|&u| self.rates[u].0)
            .sum();
        if all > 0.0 {
            self.rates[callee].0 * self.rates[caller].0 / all
        } else {
            self.rates[callee].0
        }
    }

    /// What a series adds over its usual at each point of both grids, times calls per second.
    fn excess_of(&self, series: &'a Series, rate: f64) -> Option<Excess> {
        let lane = self.lane(series);
        let usual = lane.middle()?;
        let over = |grid: &[i64], points: &[(i64, f64)]| {
            let laid = laid(grid, points).into_iter();
            laid.map(|v| rate * (v - usual)).collect()
        };
        Some([
            over(&self.normal, lane.normal),
            over(&self.recent, lane.recent),
        ])
    }

    /// Values of the fine grid within a span.
    fn cut<'v>(&self, values: &'v [f64], span: Span) -> &'v [f64] {
        let from = self.recent.partition_point(|t| *t < span.0);
        let to = self.recent.partition_point(|t| *t < span.1);
        values.get(from..to).unwrap_or_default()
    }

    /// Whom a service is seen to call in one kind of trouble: where nothing is known of a callee, those behind it.
    fn known_callees(&self, kind: Trouble, n: usize) -> BTreeSet<usize> {
        let is_known = |caller: usize, c: usize| {
            self.excess[&kind][c].is_some() || self.seen[&kind].contains_key(&(caller, c))
        };
        let (mut found, mut passed) = (BTreeSet::new(), BTreeSet::from([n]));
        let mut edge: Vec<(usize, usize)> = self.calls.callees[n].iter().map(|c| (n, *c)).collect();
        while let Some((caller, callee)) = edge.pop() {
            if is_known(caller, callee) {
                found.insert(callee);
            } else if passed.insert(callee) {
                edge.extend(self.calls.callees[callee].iter().map(|c| (callee, *c)));
            }
        }
        found.remove(&n);
        found
    }

    /// Services whose trouble reaches `from` through calls it waits for, itself included, with the distance.
    pub fn reach(&self, kind: Trouble, from: usize, after: Span) -> BTreeMap<usize, usize> {
        let mut reached = BTreeMap::from([(from, 0)]);
        let mut edge = vec![from];
        let mut distance = 0;
        while !edge.is_empty() {
            distance += 1;
            let next: BTreeSet<usize> = edge
                .iter()
                .flat_map(|&n| self.calls.callees[n].iter().map(move |c| (n, *c)))
                .filter(|&ends| self.waits(kind, ends, after))
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

/// The moments of many series, most of which have the same.
#[derive(Default)]
struct Grid(Vec<Vec<i64>>);

impl Grid {
    fn take(&mut self, points: &[(i64, f64)]) {
        let same = |known: &Vec<i64>| {
            known.len() == points.len() && known.iter().zip(points).all(|(t, p)| *t == p.0)
        };
        if !self.0.iter().any(same) {
            self.0.push(points.iter().map(|p| p.0).collect());
        }
    }

    fn times(self) -> Vec<i64> {
        let mut times = self.0.concat();
        times.sort_unstable();
        times.dedup();
        times
    }
}

/// Of two series for the same thing the longer stands, and of two as long the one whose query comes first.
fn keep<'a, K: Ord>(all: &mut BTreeMap<K, &'a Series>, key: K, one: &'a Series) {
    let size = |s: &Series| {
        (
            s.normal.len() + s.recent.len(),
            std::cmp::Reverse(s.query.clone()),
        )
    };
    let kept = all.entry(key).or_insert(one);
    if size(one) > size(kept) {
        *kept = one;
    }
}

/// Excesses added up; a gap in one is none of the sum.
fn summed<'e>(all: impl Iterator<Item = &'e Excess>) -> Option<Excess> {
    all.cloned().reduce(|a, b| {
        let add = |a: Vec<f64>, b: Vec<f64>| {
            let both = a.into_iter().zip(b);
            both.map(|(a, b)| match (a.is_finite(), b.is_finite()) {
                (true, true) => a + b,
                (true, false) => a,
                _ => b,
            })
            .collect()
        };
        let ([a0, a1], [b0, b1]) = (a, b);
        [add(a0, b0), add(a1, b1)]
    })
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
