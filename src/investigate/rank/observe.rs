//! What is seen of one service by itself, whatever the others do.

use super::{GRACE, Strain, Weighed};
use crate::domain::{Alert, Instant, Series, Signal};
use crate::investigate::Case;
use crate::investigate::flow::{Flow, JUST_BEFORE, Span};
use crate::investigate::logs::{Blame, Direction, Pattern};
use crate::investigate::measure::{Usual, mean, median, unusual, windows};

/// Minutes after which a change is half as suspect.
const CHANGE_HALF_LIFE: f64 = 45.0;
/// Usual spreads from which something that runs out is strained.
const STRAINED: f64 = 4.0;
/// Points of history below which the minutes before the onset tell better what is usual.
const LEAST_HISTORY: usize = 12;
/// Failing lines below this many are an anecdote.
const ANECDOTE: usize = 3;

/// Everything but its part in the symptom, which the others decide too.
pub(super) fn observe(
    case: &Case,
    flow: &Flow,
    service: usize,
    (after, onset): (Span, Instant),
    (patterns, blames): (&[Pattern], &[Blame]),
) -> Weighed {
    let name = &case.calls.names[service];
    let load = flow
        .series(service, &Signal::Traffic)
        .and_then(|s| load(s, after));
    let restarted = flow.series(service, &Signal::Restarts);
    let lines = |keep: &dyn Fn(&Pattern) -> bool| {
        let all = 0..patterns.len();
        all.filter(|&i| keep(&patterns[i])).collect::<Vec<_>>()
    };
    let failing = |p: &Pattern| p.failure && p.direction == Direction::New && p.count >= ANECDOTE;
    let blamed = blames.iter().filter(|b| b.whom == *name);
    Weighed {
        service,
        support: 0.0,
        confidence: 0.0,
        parts: Vec::new(),
        strains: strains(flow, service, after, load.map_or(1.0, |l| l.0.max(1.0))),
        restarts: restarted.map_or(0.0, |s| restarts(s, after)),
        patterns: lines(&|p| p.service == *name),
        failing_lines: patterns.iter().any(|p| p.service == *name && failing(p)),
        blamed: blamed.map(|b| b.pattern).collect(),
        change: suspect(case, name, onset),
        alerts: (0..case.alerts.len())
            .filter(|&i| is_on(&case.alerts[i], name))
            .collect(),
        load,
        distance: None,
        seen: flow.is_seen(service),
    }
}

/// How many times as many calls as before a service gets; nothing where its calls are not measured.
pub(super) fn calls(flow: &Flow, service: usize, after: Span) -> Option<f64> {
    let series = flow.series(service, &Signal::Traffic)?;
    let (before, now) = means(series, after);
    let usual = if before.is_finite() {
        before
    } else {
        median(&series.normal.iter().map(|p| p.1).collect::<Vec<_>>())
    };
    let times = now / usual;
    (usual > 0.0 && times.is_finite()).then_some(times)
}

/// Whether a text names a service; three letters stand in too many words.
fn names(text: &str, name: &str) -> bool {
    let own = name.to_lowercase();
    own.len() >= 4 && text.to_lowercase().contains(&own)
}

fn is_on(alert: &Alert, name: &str) -> bool {
    let mut values = alert.attributes.iter().map(|(_, value)| value);
    names(&alert.title, name) || values.any(|v| v.eq_ignore_ascii_case(name))
}

/// The most suspect change of a service, and how suspect: the nearer before the onset, the more.
fn suspect(case: &Case, name: &str, onset: Instant) -> Option<(usize, f64)> {
    let window = onset - case.change_window..=onset + chrono::Duration::seconds(GRACE);
    let own = case.changes.iter().enumerate();
    own.filter(|(_, c)| c.service == name && window.contains(&c.at))
        .map(|(i, c)| {
            let minutes = (onset - c.at).num_seconds().max(0) as f64 / 60.0;
            (i, 0.5f64.powf(minutes / CHANGE_HALF_LIFE))
        })
        .reduce(|a, b| if b.1 > a.1 { b } else { a })
}

/// What is strained, worst first.
fn strains(flow: &Flow, service: usize, after: Span, times: f64) -> Vec<Strain> {
    let mut strains: Vec<Strain> = flow
        .all_of(service)
        .filter(|s| matches!(s.signal, Signal::Saturation(_)))
        .filter_map(|s| strain(s, after, times))
        .filter(|s| s.off >= STRAINED)
        .collect();
    strains.sort_by(|a, b| {
        b.off
            .total_cmp(&a.off)
            .then_with(|| a.signal.cmp(&b.signal))
    });
    strains
}

/// Means of a series in the normal time, just before, and after the onset.
fn means(series: &Series, after: Span) -> (f64, f64) {
    let within = |span: Span| {
        mean(
            series
                .recent
                .iter()
                .filter(|p| (span.0..span.1).contains(&p.0))
                .map(|p| p.1),
        )
    };
    (within((after.0 - JUST_BEFORE, after.0)), within(after))
}

/// How far a measure left both its long normal range and the minutes before, corrected for more calls.
fn strain(series: &Series, after: Span, times: f64) -> Option<Strain> {
    let (before, now) = means(series, after);
    let values = history(series, after.0);
    let smoothed = windows(
        &values,
        ((after.1 - after.0) / step(series)).max(1) as usize,
    );
    // A twentieth of what is usual is what nobody would call strain.
    let usual = Usual::of(&smoothed, median(&values).abs() * 0.05 + 1e-12)?;
    let fair = now / times;
    let long = usual.off(fair);
    let short = if before.is_finite() {
        (fair - before) / usual.spread
    } else {
        long
    };
    (now.is_finite()).then_some(Strain {
        signal: series.signal.clone(),
        off: long.min(short),
        observed: now,
        normal: usual.middle,
    })
}

/// What is usual is read from the long history where there is enough of it, else from before the onset.
fn history(series: &Series, onset: i64) -> Vec<f64> {
    if series.normal.len() >= LEAST_HISTORY {
        return series.normal.iter().map(|p| p.1).collect();
    }
    let before = series.recent.iter().filter(|p| p.0 < onset);
    before.map(|p| p.1).collect()
}

/// Seconds between two points of the history.
fn step(series: &Series) -> i64 {
    let steps = series.normal.windows(2).map(|w| w[1].0 - w[0].0);
    steps.min().unwrap_or(60).max(1)
}

/// Times as many calls as just before, and how surely that is unusual.
fn load(series: &Series, after: Span) -> Option<(f64, f64)> {
    let (before, now) = means(series, after);
    let usual = Usual::of(&series.normal.iter().map(|p| p.1).collect::<Vec<_>>(), 0.0)?;
    let base = if before.is_finite() {
        before.max(usual.middle)
    } else {
        usual.middle
    };
    let times = now / base;
    (base > 0.0 && times.is_finite()).then(|| {
        (
            times,
            unusual(usual.off(now)) * ((times - 1.3) / 0.7).clamp(0.0, 1.0),
        )
    })
}

/// How often a counter rose since shortly before the onset; a fall is a counter that began again.
fn restarts(series: &Series, after: Span) -> f64 {
    let points: Vec<f64> = series
        .recent
        .iter()
        .filter(|p| p.0 >= after.0 - 300 && p.0 < after.1)
        .map(|p| p.1)
        .collect();
    points.windows(2).map(|w| (w[1] - w[0]).max(0.0)).sum()
}
