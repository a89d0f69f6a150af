//! What traces tell: who takes longer by itself, between which two ends of a call time is lost, and who fails by itself,
//! in requests of the trouble against normal ones.
//!
//! ```text
//! tree (one request → who takes which part of it) → split (since when) → compare (against normal) → show (the one to look at)
//! ```

mod compare;
mod ends;
mod known;
mod series;
mod show;
mod spans;
mod split;
#[cfg(test)]
mod tests;
mod tree;

use crate::domain::{Instant, Picked, Series, Trace, TracePart, TraceSample, TraceSign, Window};
use compare::{Group, compare};
use ends::at_one_end;
use known::Known;
use split::split;
use tree::{Observed, observe};

/// Normal traces below which nobody can tell what is normal.
const LEAST_NORMAL: usize = 10;
/// Signs that are told of one source.
const MOST_SIGNS: usize = 12;
/// Share of all excess below which a part explains nothing.
const LEAST_SHARE: f64 = 0.05;

/// A part of a request: what is compared with the same of other requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    part: TracePart,
    service: String,
    caller: Option<String>,
    /// Whether nobody waits for it: what a message set off.
    apart: bool,
}

/// What the traces of one source tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TraceFinding {
    /// What stands out.
    pub signs: Vec<TraceSign>,
    /// What they measure.
    pub series: Vec<Series>,
    /// What they cannot tell.
    pub missing: Option<String>,
}

/// What the traces of one source tell of an incident that was declared at a time.
pub fn read_traces(sample: &TraceSample, created: Instant, window: Window) -> TraceFinding {
    let mut traces: Vec<&Trace> = sample.traces.iter().collect();
    traces.sort_by(|a, b| (a.start(), &a.id).cmp(&(b.start(), &b.id)));
    let known = Known::of(&traces);
    let observed: Vec<Observed> = traces.iter().map(|t| observe(t, &known)).collect();
    let plain: Vec<usize> = (0..observed.len())
        .filter(|&n| traces[n].picked == Picked::Plain)
        .collect();
    let span = split(&observed, &plain, created, window);
    let counted: Vec<&Observed> = plain.iter().map(|&n| &observed[n]).collect();
    let sides = Sides::of(&observed, &plain, span);
    let teller = Teller {
        sample,
        traces: &traces,
        observed: &observed,
        span,
    };
    TraceFinding {
        signs: teller.signs(&sides),
        series: series::series(sample, &counted, window),
        missing: sides.missing(&sample.source),
    }
}

/// Requests that are compared: of the trouble, and of before.
struct Sides {
    trouble: Vec<usize>,
    normal: Vec<usize>,
}

impl Sides {
    fn of(observed: &[Observed], plain: &[usize], (from, to): (i64, i64)) -> Self {
        let mut sides = Self {
            trouble: Vec::new(),
            normal: Vec::new(),
        };
        for &n in plain {
            match observed[n].start {
                at if at < from => sides.normal.push(n),
                at if at < to => sides.trouble.push(n),
                _ => {}
            }
        }
        sides
    }

    fn missing(&self, source: &str) -> Option<String> {
        if self.trouble.is_empty() {
            return Some(format!(
                "{source} has no traces of the time of the trouble."
            ));
        }
        let count = self.normal.len();
        (count < LEAST_NORMAL).then(|| {
            let traces = crate::domain::text::counted(count, "trace", "traces");
            format!("{source} has only {traces} of the time before to compare with.")
        })
    }
}

/// What stands out, with its share of what is more than normal of its kind: seconds or failures. What nobody waits for
/// is told only where nothing else stands out.
fn telling(groups: Vec<Group>) -> Vec<(Group, f64)> {
    let any = groups.iter().any(|g| g.stands_out && !g.key.apart);
    let kept: Vec<Group> = groups.into_iter().filter(|g| g.key.apart != any).collect();
    let all = |failing: bool| {
        let same = kept
            .iter()
            .filter(move |g| g.is_failing() == failing && !g.joined);
        same.map(|g| g.excess.max(0.0)).sum::<f64>()
    };
    let (seconds, failures) = (all(false), all(true));
    kept.into_iter()
        .filter(|g| g.stands_out)
        .map(|g| {
            let whole = if g.is_failing() { failures } else { seconds };
            let share = g.excess / whole.max(f64::MIN_POSITIVE);
            (g, share)
        })
        .filter(|(_, share)| *share >= LEAST_SHARE)
        .collect()
}

/// Turns what stands out into signs, each with the trace that shows it best.
struct Teller<'a> {
    sample: &'a TraceSample,
    traces: &'a [&'a Trace],
    observed: &'a [Observed],
    span: (i64, i64),
}

impl Teller<'_> {
    /// What stands out, most first.
    fn signs(&self, sides: &Sides) -> Vec<TraceSign> {
        let groups = compare(self.observed, &sides.trouble, &sides.normal);
        let sure = (sides.normal.len() as f64 / LEAST_NORMAL as f64).min(1.0);
        let mut signs: Vec<TraceSign> = telling(at_one_end(groups))
            .into_iter()
            .filter_map(|group| self.sign(group, sure))
            .collect();
        let key = |s: &TraceSign| (s.part, s.service.clone(), s.caller.clone());
        signs.sort_by(|a, b| {
            let most = b.share.total_cmp(&a.share);
            most.then_with(|| key(a).cmp(&key(b)))
        });
        signs.truncate(MOST_SIGNS);
        signs
    }

    fn sign(&self, (group, share): (Group, f64), sure: f64) -> Option<TraceSign> {
        let example = self.example(&group.of)?;
        let link = self.sample.page.replace("$trace", &example.id);
        Some(TraceSign {
            service: group.key.service.clone(),
            caller: group.key.caller.clone(),
            part: group.key.part,
            observed: group.observed,
            normal: group.normal,
            share: share * sure,
            count: group.count,
            normal_count: group.normal_count,
            at: Instant::from_timestamp_micros(example.start()),
            trace: example.id.clone(),
            link: Some(link).filter(|l| !l.is_empty()),
            lines: show::lines(example, &group.key),
            source: self.sample.source.clone(),
            query: self.sample.query.clone(),
        })
    }

    /// The trace of the trouble that has most of it; the first of equals.
    fn example(&self, keys: &[Key]) -> Option<&Trace> {
        let during = (0..self.observed.len())
            .filter(|&n| (self.span.0..self.span.1).contains(&self.observed[n].start));
        let most = during
            .map(|n| (self.observed[n].of(keys), n))
            .filter(|(value, _)| *value > 0.0)
            .reduce(|a, b| if b.0 > a.0 { b } else { a })?;
        Some(self.traces[most.1])
    }
}
