//! What is seen of one service by itself, whatever the others do.

use super::evidence::Evidences;
use super::{GRACE, Strain, Weighed};
use crate::domain::{Alert, Instant, Series, Signal};
use crate::investigate::Case;
use crate::investigate::flow::{Flow, JUST_BEFORE, Lane, Span};
use crate::investigate::logs::{Blame, Direction, Pattern};
use crate::investigate::measure::{LEAST_HISTORY, Usual, mean, median, unusual, windows};
use std::collections::BTreeMap;

/// Minutes after which a change is half as suspect.
const CHANGE_HALF_LIFE: f64 = 45.0;
/// Usual spreads from which something that runs out is strained.
pub(super) const STRAINED: f64 = 4.0;
/// Share of a limit from which something is running out; whoever plans for peaks leaves a fifth of it free.
const NEAR: f64 = 0.8;

/// Everything but what the others decide too: its part in the symptom, and whether it stopped answering.
pub(super) fn observe(
    case: &Case,
    flow: &Flow,
    service: usize,
    (after, onset): (Span, Instant),
    (patterns, blames): (&[Pattern], &[Blame]),
) -> Weighed {
    let name = &flow.calls.names[service];
    let load = flow
        .series(service, &Signal::Traffic)
        .and_then(|s| load(flow.lane(s), after));
    let restarted = flow.series(service, &Signal::Restarts);
    let lines = |keep: &dyn Fn(&Pattern) -> bool| {
        let all = 0..patterns.len();
        all.filter(|&i| keep(&patterns[i])).collect::<Vec<_>>()
    };
    // Lines that blame another are that one's.
    let blaming = |at: usize| blames.iter().any(|b| b.by == *name && b.pattern == at);
    let fails = |p: &Pattern| p.failure && p.direction != Direction::Silent;
    let all = || patterns.iter().enumerate();
    let own = || {
        all()
            .filter(|(at, p)| p.service == *name && !blaming(*at))
            .map(|p| p.1)
    };
    let strongest = |all: &mut dyn Iterator<Item = f64>| all.fold(0.0, f64::max);
    let blamed = || blames.iter().filter(|b| b.whom == *name);
    Weighed {
        service,
        evidence: Evidences::default(),
        support: 0.0,
        confidence: 0.0,
        parts: Vec::new(),
        strains: strains(flow, service, after, load.map_or(1.0, |l| l.0.max(1.0))),
        silent: 0.0,
        vanished: false,
        restarts: restarted.map_or(0.0, |s| restarts(s, after)),
        patterns: lines(&|p| p.service == *name),
        failure: strongest(&mut own().filter(|p| fails(p)).map(|p| p.strength)),
        lines: strongest(&mut own().filter(|p| !fails(p)).map(|p| p.strength)),
        blamed: blamed().map(|b| b.pattern).collect(),
        blame: blamers(blamed()),
        change: suspect(case, name, onset),
        alerts: (0..case.alerts.len())
            .filter(|&i| is_on(&case.alerts[i], name))
            .collect(),
        signs: signs_of(case, name),
        traces: traces_of(case, name),
        load,
        floods: None,
        distance: None,
        seen: flow.is_seen(service),
        path: Vec::new(),
    }
}

/// How many times as many calls as before a service gets; nothing where its calls are not measured.
pub(super) fn calls(flow: &Flow, service: usize, after: Span) -> Option<f64> {
    let series = flow.series(service, &Signal::Traffic)?;
    let (before, now) = means(&series.recent, after);
    let usual = if before.is_finite() {
        before
    } else {
        flow.lane(series).middle()?
    };
    let times = now / usual;
    (usual > 0.0 && times.is_finite()).then_some(times)
}

/// How surely others' logs blame a service: as the surest says, and the surer the more of them say so.
fn blamers<'b>(blames: impl Iterator<Item = &'b Blame>) -> f64 {
    let mut by: BTreeMap<&str, f64> = BTreeMap::new();
    for blame in blames {
        let most = by.entry(&blame.by).or_default();
        *most = most.max(blame.strength);
    }
    1.0 - by.values().map(|s| 1.0 - s).product::<f64>()
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
        .filter_map(|s| strain(s, flow.lane(s), after, times))
        .filter(|s| s.off >= STRAINED)
        .collect();
    strains.sort_by(|a, b| {
        b.off
            .total_cmp(&a.off)
            .then_with(|| a.signal.cmp(&b.signal))
    });
    strains
}

/// What its system says of a service, surest first.
fn signs_of(case: &Case, name: &str) -> Vec<usize> {
    let all = 0..case.signs.len();
    let mut of: Vec<usize> = all.filter(|&i| case.signs[i].service == name).collect();
    of.sort_by(|&a, &b| case.signs[b].weight.total_cmp(&case.signs[a].weight));
    of
}

/// What traces tell of a service, most first.
fn traces_of(case: &Case, name: &str) -> Vec<usize> {
    let all = 0..case.traces.len();
    let mut of: Vec<usize> = all.filter(|&i| case.traces[i].service == name).collect();
    of.sort_by(|&a, &b| case.traces[b].share.total_cmp(&case.traces[a].share));
    of
}

/// Means of a series just before, and after the onset.
fn means(points: &[(i64, f64)], after: Span) -> (f64, f64) {
    let within = |span: Span| {
        let inside = points.iter().filter(|p| (span.0..span.1).contains(&p.0));
        mean(inside.map(|p| p.1))
    };
    (within((after.0 - JUST_BEFORE, after.0)), within(after))
}

/// How far a measure left both its long normal range and the minutes before, corrected for more calls; where it has a
/// limit, how near it came to that.
fn strain(series: &Series, lane: Lane, after: Span, times: f64) -> Option<Strain> {
    let (before, now) = means(lane.recent, after);
    let values: Vec<f64> = lane.normal.iter().map(|p| p.1).collect();
    let lasting = (after.1 - after.0) / step(lane.normal);
    let length = (lasting.max(1) as usize).min((values.len() / 4).max(1));
    // A twentieth of what is usual is what nobody would call strain.
    let floor = median(&values).abs() * 0.05 + 1e-12;
    let usual = Usual::of_few(&windows(&values, length), values.len(), floor)?;
    let fair = now / times;
    let long = usual.off(fair);
    let short = if before.is_finite() && usual.spread > 0.0 {
        (fair - before) / usual.spread
    } else {
        long
    };
    let off = match series.limit.filter(|limit| *limit > 0.0) {
        None => long.min(short),
        Some(limit) => nearness(now / limit, usual.middle / limit).min(long.max(short) * 10.0),
    };
    (now.is_finite() && off.is_finite()).then_some(Strain {
        signal: series.signal.clone(),
        off,
        observed: now,
        normal: usual.middle,
        limit: series.limit,
    })
}

/// How near something came to its limit, on the scale of spreads: strained from four fifths of it on, tenfold that at the
/// limit. What is always there is no strain.
fn nearness(now: f64, usual: f64) -> f64 {
    let rose = ((now - usual) / (1.0 - NEAR)).clamp(0.0, 1.0);
    if now < NEAR {
        return 0.0;
    }
    STRAINED * 10f64.powf(((now - NEAR) / (1.0 - NEAR)).clamp(0.0, 1.0) * rose)
}

/// Seconds between two points of the history.
pub(super) fn step(points: &[(i64, f64)]) -> i64 {
    let steps = points.windows(2).map(|w| w[1].0 - w[0].0);
    steps.min().unwrap_or(60).max(1)
}

/// Times as many calls as just before, and how surely that is unusual: against the hours before rather than the days, whose
/// nights are as far from their noons as a surge is from either.
pub(super) fn load(lane: Lane, after: Span) -> Option<(f64, f64)> {
    let (_, now) = means(lane.recent, after);
    let before = lane.recent.iter().filter(|p| p.0 < after.0);
    let mut values: Vec<f64> = before.map(|p| p.1).collect();
    if values.len() < LEAST_HISTORY {
        values = lane.normal.iter().map(|p| p.1).collect();
    }
    let usual = Usual::of_few(&values, values.len(), 0.0)?;
    let base = usual.middle;
    let times = now / base;
    (base > 0.0 && times.is_finite()).then(|| {
        let much = ((times - MORE) / (MUCH_MORE - MORE)).clamp(0.0, 1.0);
        (times, unusual(usual.off(now)) * much)
    })
}

/// Times as many calls as before from which it is more, and from which it is a load of its own: what is built for peaks
/// bears a third more.
const MORE: f64 = 1.3;
const MUCH_MORE: f64 = 2.0;

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
