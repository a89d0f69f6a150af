//! Templates of lines that are new, that grew, or that fell silent, and how much each speaks of a fault.

use super::entry::{Entry, entries};
use super::failure::{QUIET, is_failure, tells};
use super::group::{Template, group};
use super::strength::{BUCKETS, Expected, improbable};
use crate::domain::{Instant, LogSample};
use crate::investigate::measure::median;
use chrono::Duration;
use std::collections::BTreeSet;

/// Seconds before the onset that count as after it: clocks of hosts differ.
const GRACE: i64 = 60;
/// Times as many as expected that count as grown, and that count in full.
const GROWN: f64 = 2.0;
const GROWN_FULL: f64 = 4.0;
/// Share of what is expected below which lines count as fallen silent.
const SILENT: f64 = 0.1;
/// What lines that fell silent tell, where it is known that the service is called, and where it is not.
const SILENT_CALLED: f64 = 0.5;
const SILENT_MAYBE: f64 = 0.35;
/// What it tells that a service says nothing at all any more.
const MUTE: f64 = 0.8;
/// Strength below which a pattern is not told.
const LEAST: f64 = 0.05;
/// Templates in both times from which their growth says how much more is called, and lines that each must have.
const LEAST_SHARED: usize = 3;
const LEAST_LINES: f64 = 5.0;
/// Lines of a pattern that are shown, and texts of it that are searched for whom they blame.
const SHOWN: usize = 5;
const MOST_TEXTS: usize = 40;
/// Lines of a stack that are shown.
const SHOWN_STACK: usize = 12;

/// In which way a template of lines is other than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It was never seen before.
    New,
    /// There are more of it than the calls explain.
    Grown,
    /// There are hardly any of it, though there should be.
    Silent,
}

/// A template that is other than usual.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// The service whose log it is.
    pub service: String,
    /// The source.
    pub source: String,
    /// The query.
    pub query: String,
    /// Its words, joined.
    pub template: String,
    /// In which way it is other than usual.
    pub direction: Direction,
    /// How much it speaks of a fault, 0 to 1: how improbable the count is, times how much the lines tell of a failure.
    pub strength: f64,
    /// One line of it, verbatim.
    pub example: String,
    /// Up to five lines, the first with its stack.
    pub lines: Vec<String>,
    /// What lines of it say, spread over all of them.
    pub texts: Vec<String>,
    /// Lines in the recent window.
    pub count: usize,
    /// Lines that were expected there.
    pub expected: f64,
    /// Lines a minute now.
    pub now: f64,
    /// Lines a minute in the normal window; 0 for a new one.
    pub usual: f64,
    /// The first recent one; of one that fell silent, the last before.
    pub first: Instant,
    /// Whether it tells of a failure.
    pub failure: bool,
}

/// What is other than usual from an onset to an end, strongest first. `calls` says how many times as many calls as usual
/// a service gets, where that is known.
pub fn patterns(
    samples: &[LogSample],
    (onset, end): (Instant, Instant),
    calls: &dyn Fn(&str) -> Option<f64>,
) -> Vec<Pattern> {
    let start = onset - Duration::seconds(GRACE);
    let all = || {
        samples
            .iter()
            .flat_map(|s| s.normal.iter().chain(&s.recent))
    };
    // What nobody logged any more, no source has told yet.
    let Some(last) = all().map(|l| l.at).filter(|at| *at >= start).max() else {
        return Vec::new();
    };
    let reaching: BTreeSet<&str> = samples
        .iter()
        .filter(|s| s.complete || s.normal.iter().chain(&s.recent).any(|l| l.at < start))
        .map(|s| s.source.as_str())
        .collect();
    let mut found: Vec<Pattern> = samples
        .iter()
        .filter(|s| reaching.contains(s.source.as_str()))
        .filter_map(|s| Reading::of(s, start, end.min(last)))
        .flat_map(|reading| reading.patterns(calls(&reading.sample.service)))
        .collect();
    found.sort_by(|a, b| {
        let count = |p: &Pattern| (p.count, std::cmp::Reverse(p.first));
        b.strength
            .total_cmp(&a.strength)
            .then_with(|| count(b).cmp(&count(a)))
            .then_with(|| (&a.service, &a.template).cmp(&(&b.service, &b.template)))
    });
    found
}

/// Whether a service logs from an onset on what it logs usually, nothing of it grown, new or missing: it is fine by itself.
pub fn is_calm(samples: &[LogSample], patterns: &[Pattern], service: &str, onset: Instant) -> bool {
    let logs = |s: &LogSample| s.recent.iter().any(|l| l.at >= onset);
    samples.iter().any(|s| s.service == service && logs(s))
        && !patterns
            .iter()
            .any(|p| p.service == service && (p.failure || p.direction == Direction::Silent))
}

/// The lines of a service, parted at the onset.
struct Reading<'a> {
    sample: &'a LogSample,
    before: Vec<Entry<'a>>,
    after: Vec<Entry<'a>>,
    /// Seconds that `before` covers.
    usual_seconds: i64,
    /// Seconds that `after` covers.
    seconds: i64,
}

impl<'a> Reading<'a> {
    /// Nothing where the lines do not reach into the time that is looked at.
    fn of(sample: &'a LogSample, start: Instant, end: Instant) -> Option<Self> {
        let mut lines: Vec<_> = sample.normal.iter().chain(&sample.recent).collect();
        lines.sort_by_key(|l| l.at);
        // Of a busy service only the newest lines are read, which may all be from after the end.
        let last = sample.recent.iter().map(|l| l.at).max();
        let from = last.map(|at| at - Duration::seconds(sample.recent_seconds));
        let from = from
            .filter(|_| sample.recent.len() > 1)
            .unwrap_or(start)
            .max(start);
        if from > end {
            return None;
        }
        let seconds = (end - from)
            .num_seconds()
            .clamp(GRACE, sample.recent_seconds.max(GRACE));
        let normal_end = sample.normal.iter().map(|l| l.at).max().unwrap_or(start);
        let quiet = sample.complete && sample.normal.is_empty();
        let normal = match quiet || normal_end < start {
            true => sample.normal_seconds,
            // The trouble began within what was asked for as the normal time.
            false => lines.first().map_or(0, |l| (start - l.at).num_seconds()),
        };
        let early = (sample.recent_seconds - seconds).max(0);
        let parted = lines.partition_point(|l| l.at < start);
        let ended = lines.partition_point(|l| l.at <= end);
        Some(Self {
            sample,
            before: entries(lines[..parted].iter().copied()),
            after: entries(lines[parted..ended.max(parted)].iter().copied()),
            usual_seconds: (normal + early).max(GRACE),
            seconds,
        })
    }

    fn patterns(&self, calls: Option<f64>) -> Vec<Pattern> {
        let said = self
            .before
            .iter()
            .chain(&self.after)
            .map(|e| e.said.as_str());
        let templates: Vec<(Vec<usize>, Vec<usize>, Template)> = group(said)
            .into_iter()
            .map(|t| {
                let (before, after) = t.lines.iter().partition(|&&n| n < self.before.len());
                (before, after, t)
            })
            .collect();
        let part = self.seconds as f64 / self.usual_seconds as f64;
        let counts = templates
            .iter()
            .map(|(before, after, _)| (before.len(), after.len()));
        let times = calls
            .unwrap_or_else(|| growth(counts, part))
            .clamp(0.02, 50.0);
        if self.after.is_empty() {
            return self
                .mute(&templates, (part, times), calls)
                .into_iter()
                .collect();
        }
        let seen = templates.iter();
        seen.filter_map(|(before, after, template)| {
            let after: Vec<usize> = after.iter().map(|n| n - self.before.len()).collect();
            self.pattern((before, &after, template), (part, times), calls.is_some())
        })
        .collect()
    }

    /// What is expected of lines, at the least and at the most: not all that a service logs follows its calls.
    fn expected(&self, before: &[usize], part: f64, times: f64) -> [Expected; 2] {
        let first = self.before.first().map(|e| e.at).unwrap_or_default();
        let width = (self.usual_seconds as f64 / BUCKETS as f64).max(1.0);
        let mut buckets = [0usize; BUCKETS];
        for &n in before {
            let at = (self.before[n].at - first).num_seconds() as f64 / width;
            buckets[(at as usize).min(BUCKETS - 1)] += 1;
        }
        [times.min(1.0), times.max(1.0)].map(|times| Expected::of(&buckets, part, times))
    }

    fn pattern(
        &self,
        (before, after, template): (&[usize], &[usize], &Template),
        (part, times): (f64, f64),
        called: bool,
    ) -> Option<Pattern> {
        let [least, most] = self.expected(before, part, times);
        let count = after.len();
        let texts = || after.iter().map(|&n| self.after[n].said.as_str());
        let ratio = count as f64 / most.count;
        let (direction, expected, strength) = if before.is_empty() {
            let tells = told(texts());
            (
                Direction::New,
                0.0,
                tells * improbable(most.surprise(count)),
            )
        } else if ratio >= GROWN {
            let full = (ratio / GROWN_FULL).min(1.0);
            let sure = improbable(most.surprise(count)) * full;
            (Direction::Grown, most.count, told(texts()) * sure)
        } else if (count as f64) < SILENT * least.count {
            let usual = || before.iter().map(|&n| self.before[n].said.as_str());
            let tells = if told(usual()) > QUIET {
                return None;
            } else if called {
                SILENT_CALLED
            } else {
                SILENT_MAYBE
            };
            let sure = improbable(-least.surprise(count));
            (Direction::Silent, least.count, tells * sure)
        } else {
            return None;
        };
        let entries: Vec<&Entry> = match direction {
            Direction::Silent => before.iter().rev().map(|&n| &self.before[n]).collect(),
            _ => after.iter().map(|&n| &self.after[n]).collect(),
        };
        let counts = (count, expected, before.len());
        (strength >= LEAST).then(|| self.told(direction, strength, counts, &entries, template))?
    }

    /// A service that said something and says nothing any more: its commonest line stands for all.
    fn mute(
        &self,
        templates: &[(Vec<usize>, Vec<usize>, Template)],
        (part, times): (f64, f64),
        calls: Option<f64>,
    ) -> Option<Pattern> {
        let whole: Vec<usize> = (0..self.before.len()).collect();
        let [least, _] = self.expected(&whole, part, times);
        let (before, _, template) = templates.iter().max_by_key(|t| t.0.len())?;
        let tells = if calls.is_some() { MUTE } else { SILENT_CALLED };
        let strength = tells * improbable(-least.surprise(0));
        let entries: Vec<&Entry> = before.iter().rev().map(|&n| &self.before[n]).collect();
        let counts = (0, least.count, before.len());
        (strength >= LEAST)
            .then(|| self.told(Direction::Silent, strength, counts, &entries, template))?
    }

    fn told(
        &self,
        direction: Direction,
        strength: f64,
        (count, expected, before): (usize, f64, usize),
        entries: &[&Entry],
        template: &Template,
    ) -> Option<Pattern> {
        let first = entries.first()?;
        let minutes = |seconds: i64| seconds.max(60) as f64 / 60.0;
        let every = entries.len().div_ceil(MOST_TEXTS).max(1);
        let texts: Vec<String> = entries
            .iter()
            .step_by(every)
            .map(|e| e.said.clone())
            .collect();
        Some(Pattern {
            service: self.sample.service.clone(),
            source: self.sample.source.clone(),
            query: self.sample.query.clone(),
            template: template.words.join(" "),
            direction,
            strength,
            example: first.lines.first().copied().unwrap_or_default().to_owned(),
            lines: shown(entries),
            failure: direction != Direction::Silent && texts.iter().any(|t| is_failure(t)),
            texts,
            count,
            expected,
            now: count as f64 / minutes(self.seconds),
            usual: before as f64 / minutes(self.usual_seconds),
            first: first.at,
        })
    }
}

/// What lines tell of a failure: the middle of them, since one odd value makes no failure of a thousand lines.
fn told<'a>(texts: impl Iterator<Item = &'a str>) -> f64 {
    let all: Vec<f64> = texts.take(MOST_TEXTS).map(tells).collect();
    median(&all)
}

/// Lines to be shown: of each its head, and the stack of the first.
fn shown(entries: &[&Entry]) -> Vec<String> {
    let stack = entries.first().map_or(&[][..], |e| &e.lines[..]);
    let stack = stack.iter().take(SHOWN_STACK).copied();
    let heads = entries.iter().skip(1).take(SHOWN - 1);
    stack
        .chain(heads.filter_map(|e| e.lines.first().copied()))
        .map(str::to_owned)
        .collect()
}

/// How many times as much a service logs of what it logs in both times: the middle of its templates' own growth, which
/// neither a burst nor a silence of one moves.
fn growth(counts: impl Iterator<Item = (usize, usize)>, part: f64) -> f64 {
    let ratios: Vec<f64> = counts
        .filter(|(before, after)| *after > 0 && *before as f64 * part >= LEAST_LINES)
        .map(|(before, after)| after as f64 / (before as f64 * part))
        .collect();
    if ratios.len() < LEAST_SHARED {
        1.0
    } else {
        median(&ratios)
    }
}
