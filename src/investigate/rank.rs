//! Which service is the likeliest cause. Every service is weighed by what was seen of it; the weights say how much a kind
//! of evidence moves the odds, and the odds become a confidence that leaves room for a cause nobody looked at.

use super::flow::{Contribution, Flow, JUST_BEFORE, Span, Trouble};
use super::logs::{Pattern, patterns};
use super::measure::{Usual, mean, unusual, windows};
use super::onset::{onset, recovered};
use super::{Calls, Case};
use crate::domain::{Instant, Series, Signal};
use std::collections::BTreeMap;

/// How much each kind of evidence moves the log-odds, at its strongest. A share of the symptom that is measured and
/// unusual settles a case by itself; nothing else does: logs, strain and timing are each about a third of it, and two of
/// them agreeing are worth less than one measured cause.
mod weight {
    pub const SHARE: f64 = 8.5;
    pub const STRAIN: f64 = 3.0;
    pub const STRAIN_ALONE: f64 = 1.5;
    pub const NEW_FAILURE: f64 = 2.0;
    pub const NEW_LINE: f64 = 0.75;
    pub const BLAMED: f64 = 2.0;
    pub const CHANGE: f64 = 2.25;
    pub const RESTART: f64 = 1.25;
    pub const ALERT: f64 = 0.75;
    pub const LOAD: f64 = 4.0;
    /// What a cause that nobody looked at weighs: about a third of a measured one.
    pub const UNSEEN: f64 = 2.5;
}

/// Part of a symptom that a service off the path to it, as far as the catalog knows, can have: catalogs have gaps.
const OFF_PATH: f64 = 0.3;
/// Worth of the same finding in the other kind of trouble: calls that wait also fail, in time.
const OTHER_KIND: f64 = 0.7;
/// Minutes after which a change is half as suspect.
const CHANGE_HALF_LIFE: f64 = 45.0;
/// Seconds by which a change may seem to come after what it caused: measures are points, and clocks differ.
pub const GRACE: i64 = 60;
/// From here on a cause is named. Below it the odds are worse than even.
pub const SETTLED: f64 = 0.5;

/// Where the trouble is felt.
#[derive(Clone, Debug, PartialEq)]
pub struct Symptom {
    /// The service, as an index into the calls.
    pub service: usize,
    /// What kind of trouble.
    pub kind: Trouble,
    /// How much of it.
    pub part: Contribution,
    /// Whether it is seen in the measures at all.
    pub visible: bool,
    /// Whether the incident names the service.
    pub named: bool,
}

/// Something that runs out.
#[derive(Clone, Debug, PartialEq)]
pub struct Strain {
    /// What.
    pub signal: Signal,
    /// In usual spreads.
    pub off: f64,
    /// Now.
    pub observed: f64,
    /// Usually.
    pub normal: f64,
}

/// One service weighed.
#[derive(Clone, Debug, PartialEq)]
pub struct Weighed {
    /// Index into the calls.
    pub service: usize,
    /// Log-odds.
    pub support: f64,
    /// 0 to 1.
    pub confidence: f64,
    /// Its part in the symptom's kind of trouble and in the other one: kind, share of the symptom 0 to 1, figures.
    pub parts: Vec<(Trouble, f64, Contribution)>,
    /// What is strained, worst first.
    pub strains: Vec<Strain>,
    /// Restarts since the onset.
    pub restarts: f64,
    /// Patterns of its own log.
    pub patterns: Vec<usize>,
    /// Whether one of them is new, tells of a failure and is more than an anecdote.
    pub failing_lines: bool,
    /// Patterns of others' logs that name it.
    pub blamed: Vec<usize>,
    /// The most suspect change and how suspect, 0 to 1.
    pub change: Option<(usize, f64)>,
    /// Alerts on it.
    pub alerts: Vec<usize>,
    /// More load than usual: times as much, and how surely.
    pub load: Option<(f64, f64)>,
    /// Calls between it and the symptom; nothing where no path is known.
    pub distance: Option<usize>,
    /// Whether its answers are measured.
    pub seen: bool,
}

/// What judgement saw.
#[derive(Clone, Debug)]
pub struct Ranking {
    /// When it began.
    pub onset: Instant,
    /// Where that comes from.
    pub onset_from: String,
    /// When the symptom was back in its usual range, where it is.
    pub recovered: Option<Instant>,
    /// Unix seconds that were compared with normal.
    pub after: Span,
    /// Where it is felt.
    pub symptom: Option<Symptom>,
    /// New and grown log lines.
    pub patterns: Vec<Pattern>,
    /// Likeliest first.
    pub weighed: Vec<Weighed>,
    /// The most that may be said, and why, where something was not seen.
    pub cap: (f64, Vec<String>),
}

/// Weighs every service in scope.
pub fn rank(case: &Case, flow: &Flow) -> Ranking {
    let (mut symptom, onset, onset_from) = symptom(case, flow);
    let after = span(flow, onset.timestamp());
    let recovered = symptom
        .as_ref()
        .and_then(|s| flow.series(s.service, &s.kind.signal()))
        .and_then(|series| recovered(series, onset.timestamp()))
        .and_then(|t| Instant::from_timestamp(t, 0));
    let parts: BTreeMap<Trouble, Vec<Option<Contribution>>> = [Trouble::Waiting, Trouble::Failing]
        .map(|k| (k, flow.parts(k, after)))
        .into();
    if let Some(s) = &mut symptom
        && let Some(part) = parts[&s.kind][s.service]
    {
        s.part = part;
        s.visible = part.whole_off >= 3.0 && part.whole > 0.0;
    }
    let patterns = patterns(&case.logs, onset);
    let mut weighed: Vec<Weighed> = (0..case.calls.names.len())
        .map(|n| observe(case, flow, n, after, onset, &patterns))
        .collect();
    if let Some(symptom) = &symptom {
        attribute_symptom(case, flow, symptom, after, &parts, &mut weighed);
    }
    for one in &mut weighed {
        one.support = support(one, symptom.as_ref());
    }
    blame_unmeasured_callee(&case.calls, &mut weighed);
    let rivals: f64 = weighed
        .iter()
        .filter(|w| w.support > 0.0)
        .map(|w| w.support.exp())
        .sum();
    let all = rivals + weight::UNSEEN.exp();
    for one in &mut weighed {
        one.confidence = if one.support > 0.0 {
            one.support.exp() / all
        } else {
            0.0
        };
    }
    let names = &case.calls.names;
    weighed.sort_by(|a, b| {
        b.support
            .total_cmp(&a.support)
            .then_with(|| names[a.service].cmp(&names[b.service]))
    });
    let cap = cap(case, flow, symptom.as_ref(), weighed.first());
    for one in &mut weighed {
        one.confidence = one.confidence.min(cap.0);
    }
    Ranking {
        onset,
        onset_from,
        recovered,
        after,
        symptom,
        patterns,
        weighed,
        cap,
    }
}

/// The time that is compared with normal: from the onset for half an hour, or as long as there is anything.
fn span(flow: &Flow, onset: i64) -> Span {
    let end = flow.end().unwrap_or(onset).min(onset + 1800);
    (onset, end.max(onset) + 1)
}

/// Where the trouble is felt, and since when: on the services the incident names, in the kind it speaks of, else where
/// it stands out most; on their callers where they are not measured; anywhere where nothing is named.
fn symptom(case: &Case, flow: &Flow) -> (Option<Symptom>, Instant, String) {
    let declared = case.created.timestamp();
    let alerted = case
        .alerts
        .iter()
        .map(|a| a.created)
        .filter(|t| (case.created - *t).num_hours().abs() < 6)
        .min();
    let fallback = || match alerted.filter(|t| *t < case.created) {
        Some(t) => (t, "the first alert".to_owned()),
        None => (
            case.created,
            "the time the incident was declared, since no measure shows a start".to_owned(),
        ),
    };
    let named: Vec<usize> = case
        .context
        .services
        .iter()
        .filter_map(|s| case.calls.index(&s.name))
        .collect();
    let mut places: Vec<(Vec<usize>, bool)> = vec![(named.clone(), true)];
    places.push((
        named.iter().flat_map(|&n| case.calls.callers(n)).collect(),
        false,
    ));
    if named.is_empty() {
        places.push((
            (0..case.calls.names.len())
                .filter(|&n| case.calls.callers(n).is_empty())
                .collect(),
            false,
        ));
        places.push(((0..case.calls.names.len()).collect(), false));
    }
    let mut first: Option<Candidate> = None;
    for (place, is_named) in places {
        let mut best: Option<Candidate> = None;
        for &service in place.iter().filter(|&&n| flow.is_seen(n)) {
            for kind in [Trouble::Failing, Trouble::Waiting] {
                let Some(series) = flow.series(service, &kind.signal()) else {
                    continue;
                };
                let start = onset(
                    series,
                    alerted.map_or(declared, |t| t.timestamp().min(declared)),
                );
                let Some(part) = flow.part(service, kind, span(flow, start.unwrap_or(declared)))
                else {
                    continue;
                };
                let hinted = case.context.hint == Some(kind) && part.whole_off >= 3.0;
                let key = (hinted, part.whole_off);
                if best.as_ref().is_none_or(|b| key > b.0) {
                    best = Some((
                        key,
                        Symptom {
                            service,
                            kind,
                            part,
                            visible: false,
                            named: is_named,
                        },
                        start,
                    ));
                }
            }
        }
        // What is named and shows nothing may be felt by who calls it: those are looked at next, and must show it plainly.
        let shows = best
            .as_ref()
            .is_some_and(|(_, s, _)| s.part.whole_off >= if is_named { 3.0 } else { PLAIN });
        if !shows {
            first = first.or(best);
            continue;
        }
        if let Some(found) = best {
            return felt(case, found, &fallback);
        }
    }
    if let Some(found) = first {
        return felt(case, found, &fallback);
    }
    let (at, how) = fallback();
    (None, at, how)
}

/// Usual spreads from which a symptom on a service that nobody named is beyond doubt.
const PLAIN: f64 = 10.0;

/// A symptom with its onset.
type Candidate = ((bool, f64), Symptom, Option<i64>);

fn felt(
    case: &Case,
    (_, symptom, start): Candidate,
    fallback: &dyn Fn() -> (Instant, String),
) -> (Option<Symptom>, Instant, String) {
    let name = &case.calls.names[symptom.service];
    let from = start
        .and_then(|s| Instant::from_timestamp(s, 0))
        .filter(|_| symptom.part.whole_off >= 3.0);
    let (at, how) = from.map_or_else(fallback, |t| {
        (
            t,
            format!(
                "{} of {name} left its usual range",
                symptom.kind.signal().label()
            ),
        )
    });
    (Some(symptom), at, how)
}

/// What is seen of one service by itself.
fn observe(
    case: &Case,
    flow: &Flow,
    service: usize,
    after: Span,
    onset: Instant,
    patterns: &[Pattern],
) -> Weighed {
    let name = &case.calls.names[service];
    let load = flow
        .series(service, &Signal::Traffic)
        .and_then(|s| load(s, after));
    let times = load.map_or(1.0, |l| l.0.max(1.0));
    let mut strains: Vec<Strain> = flow
        .all_of(service)
        .filter(|s| matches!(s.signal, Signal::Saturation(_)))
        .filter_map(|s| strain(s, after, times))
        .filter(|s| s.off >= 4.0)
        .collect();
    strains.sort_by(|a, b| {
        b.off
            .total_cmp(&a.off)
            .then_with(|| a.signal.cmp(&b.signal))
    });
    let names_it = |text: &str| {
        let (low, own) = (text.to_lowercase(), name.to_lowercase());
        own.len() >= 4 && low.contains(&own)
    };
    let change = case
        .changes
        .iter()
        .enumerate()
        .filter(|(_, c)| {
            c.service == *name
                && c.at <= onset + chrono::Duration::seconds(GRACE)
                && c.at >= onset - case.change_window
        })
        .map(|(i, c)| {
            (
                i,
                0.5f64.powf((onset - c.at).num_seconds().max(0) as f64 / 60.0 / CHANGE_HALF_LIFE),
            )
        })
        .reduce(|a, b| if b.1 > a.1 { b } else { a });
    Weighed {
        service,
        support: 0.0,
        confidence: 0.0,
        parts: Vec::new(),
        strains,
        restarts: flow
            .series(service, &Signal::Restarts)
            .map_or(0.0, |s| restarts(s, after)),
        patterns: (0..patterns.len())
            .filter(|&i| patterns[i].service == *name)
            .collect(),
        // One line is an anecdote.
        failing_lines: patterns
            .iter()
            .any(|p| p.service == *name && p.failure && p.usual == 0.0 && p.count >= 3),
        blamed: (0..patterns.len())
            .filter(|&i| {
                patterns[i].service != *name
                    && patterns[i].failure
                    && names_it(&patterns[i].example)
            })
            .collect(),
        change,
        alerts: (0..case.alerts.len())
            .filter(|&i| {
                names_it(&case.alerts[i].title)
                    || case.alerts[i]
                        .attributes
                        .iter()
                        .any(|(_, v)| v.eq_ignore_ascii_case(name))
            })
            .collect(),
        load,
        distance: None,
        seen: flow.is_seen(service),
    }
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
    let values: Vec<f64> = if series.normal.len() >= 12 {
        series.normal.iter().map(|p| p.1).collect()
    } else {
        series
            .recent
            .iter()
            .filter(|p| p.0 < after.0)
            .map(|p| p.1)
            .collect()
    };
    let (before, now) = means(series, after);
    let step = series
        .normal
        .windows(2)
        .map(|w| w[1].0 - w[0].0)
        .min()
        .unwrap_or(60)
        .max(1);
    let smoothed = windows(&values, ((after.1 - after.0) / step).max(1) as usize);
    let middle = super::measure::median(&values);
    // A twentieth of what is usual is what nobody would call strain.
    let usual = Usual::of(&smoothed, middle.abs() * 0.05 + 1e-12)?;
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

/// What share of the symptom each service accounts for by itself.
fn attribute_symptom(
    case: &Case,
    flow: &Flow,
    symptom: &Symptom,
    after: Span,
    parts: &BTreeMap<Trouble, Vec<Option<Contribution>>>,
    weighed: &mut [Weighed],
) {
    let blind = case.calls.callees.iter().all(Vec::is_empty);
    for (&kind, parts) in parts {
        let reach = flow.reach(kind, symptom.service, after);
        let felt = parts[symptom.service];
        // Less than three usual spreads of the symptom is nothing that could be shared out.
        let least = felt.map_or(0.0, |f| 3.0 * f.spread);
        let base = felt.map_or(0.0, |f| f.whole).max(least);
        let felt_here = felt.is_some_and(|f| f.whole_off >= 3.0 && f.whole > 0.0);
        let worth = if kind == symptom.kind {
            1.0
        } else if felt_here {
            OTHER_KIND
        } else {
            OFF_PATH
        };
        for one in weighed.iter_mut() {
            let Some(part) = parts[one.service] else {
                continue;
            };
            let distance = reach.get(&one.service).copied();
            if kind == symptom.kind {
                one.distance = distance;
            }
            let path = if distance.is_some() || blind {
                1.0
            } else {
                OFF_PATH
            };
            if base > 0.0 && part.began > 0.0 {
                one.parts.push((
                    kind,
                    (part.began / base).clamp(0.0, 1.0) * path * worth,
                    part,
                ));
            } else {
                one.parts.push((kind, 0.0, part));
            }
        }
    }
    for one in weighed.iter_mut() {
        one.parts.sort_by(|a, b| {
            (b.1 * unusual(b.2.off))
                .total_cmp(&(a.1 * unusual(a.2.off)))
                .then_with(|| (a.0 != symptom.kind).cmp(&(b.0 != symptom.kind)))
        });
    }
}

/// What a service accounts for: its best share, as far as it is unusual.
fn accounted(one: &Weighed) -> f64 {
    one.parts
        .first()
        .map_or(0.0, |(_, share, part)| share * unusual(part.off))
}

/// Between nothing at four usual spreads and all at forty: strain spans orders of magnitude.
fn strained(one: &Weighed) -> f64 {
    one.strains
        .first()
        .map_or(0.0, |s| ((s.off / 4.0).ln() / 10f64.ln()).clamp(0.0, 1.0))
}

fn support(one: &Weighed, symptom: Option<&Symptom>) -> f64 {
    let share = accounted(one);
    let strain = strained(one)
        * if share >= 0.2 || !one.seen {
            weight::STRAIN
        } else {
            weight::STRAIN_ALONE
        };
    let lines = match (one.failing_lines, one.patterns.is_empty()) {
        (true, _) => weight::NEW_FAILURE,
        (false, false) => weight::NEW_LINE,
        (false, true) => 0.0,
    };
    let load = match (one.load, symptom) {
        (Some((_, sure)), Some(s)) if s.service == one.service => sure * weight::LOAD,
        _ => 0.0,
    };
    let change = one.change.map_or(0.0, |(_, near)| near * weight::CHANGE);
    // A change in a service whose answers are measured and did not change is an alibi more than a trace.
    let alibi = if one.seen
        && share < 0.05
        && strain == 0.0
        && one.patterns.is_empty()
        && symptom.is_some_and(|s| s.visible)
    {
        0.3
    } else {
        1.0
    };
    share * weight::SHARE
        + strain
        + lines
        + (change * alibi)
        + load
        + if one.restarts >= 1.0 {
            weight::RESTART
        } else {
            0.0
        }
        + if one.blamed.is_empty() {
            0.0
        } else {
            weight::BLAMED * alibi
        }
        + if one.alerts.is_empty() {
            0.0
        } else {
            weight::ALERT * alibi
        }
}

/// A callee that is not measured but strained or restarted takes over what its caller cannot explain: that waiting is
/// where nobody measures.
fn blame_unmeasured_callee(calls: &Calls, weighed: &mut [Weighed]) {
    for caller in 0..weighed.len() {
        let share = accounted(&weighed[caller]);
        if share < 0.05 {
            continue;
        }
        let worst = calls.callees[caller]
            .iter()
            .copied()
            .filter(|&c| !weighed[c].seen)
            .map(|c| {
                (
                    c,
                    strained(&weighed[c]).max(if weighed[c].restarts >= 1.0 { 0.5 } else { 0.0 }),
                )
            })
            .filter(|(_, s)| *s > strained(&weighed[caller]))
            .reduce(|a, b| if b.1 > a.1 { b } else { a });
        if let Some((callee, strength)) = worst {
            weighed[callee].support += share * weight::SHARE * strength;
            weighed[callee].distance = weighed[caller].distance.map(|d| d + 1);
            weighed[caller].support -= share * weight::SHARE * strength;
        }
    }
}

/// The most that may be said, by what was not seen.
fn cap(
    case: &Case,
    flow: &Flow,
    symptom: Option<&Symptom>,
    top: Option<&Weighed>,
) -> (f64, Vec<String>) {
    let mut cap: f64 = 0.98;
    let mut why = Vec::new();
    let mut lower = |to: f64, says: String| {
        if to < cap {
            cap = to;
        }
        why.push(says);
    };
    let Some(top) = top.filter(|t| t.support > 0.0) else {
        return (cap, why);
    };
    let name = &case.calls.names[top.service];
    match symptom {
        None => lower(0.45, "no measure of the affected services was seen".into()),
        Some(s) if !s.visible => {
            // Where the symptom drowns in its own noise, a quiet service below it may still have left its range plainly.
            let plain = top.parts.first().map_or(0.0, |(_, share, part)| {
                share * ((part.off - 3.0) / 7.0).clamp(0.0, 1.0)
            });
            lower(
                0.45 + 0.5 * plain,
                format!(
                    "the measures of {} do not show the trouble plainly",
                    case.calls.names[s.service]
                ),
            );
        }
        Some(s) if !s.named && !case.context.services.is_empty() => {
            lower(
                0.8,
                format!(
                    "the trouble was seen on {}, which the incident does not name",
                    case.calls.names[s.service]
                ),
            );
        }
        Some(s) if !s.named => lower(0.7, "the incident names no service".into()),
        Some(_) => {}
    }
    if let Some(s) = symptom.filter(|_| {
        top.distance.is_none() && top.seen && !case.calls.callees.iter().all(Vec::is_empty)
    }) {
        let felt = &case.calls.names[s.service];
        lower(
            if s.visible { 0.75 } else { 0.45 },
            format!("no way is known from {name} to {felt}"),
        );
    }
    if let Some(s) = symptom.filter(|s| s.service == top.service) {
        let tells = !top.strains.is_empty()
            || !top.patterns.is_empty()
            || !top.blamed.is_empty()
            || top.change.is_some()
            || top.restarts >= 1.0;
        if !tells && top.load.is_none_or(|l| l.1 < 0.3) {
            lower(
                0.8,
                format!(
                    "{} is where the trouble is felt, and nothing seen of it tells why",
                    case.calls.names[s.service]
                ),
            );
        }
    }
    let measured =
        accounted(top) > 0.05 || !top.strains.is_empty() || top.load.is_some_and(|l| l.1 > 0.3);
    if !measured && top.patterns.is_empty() && top.blamed.is_empty() {
        lower(0.35, format!("only the timing speaks for {name}"));
    } else if !measured {
        lower(0.6, format!("only log lines speak for {name}"));
    }
    let history = [Trouble::Waiting, Trouble::Failing]
        .iter()
        .filter_map(|k| flow.series(top.service, &k.signal()))
        .map(|s| s.normal.len())
        .max();
    if measured && history.unwrap_or(0) < 12 && top.seen {
        lower(
            0.8,
            format!("there is little history of {name} to compare with"),
        );
    }
    let callees = &case.calls.callees[top.service];
    let dark = callees
        .iter()
        .filter(|&&c| flow.all_of(c).next().is_none())
        .count();
    if dark > 0 {
        let part = dark as f64 / callees.len() as f64;
        lower(
            0.98 - 0.15 * part,
            format!(
                "{dark} of {} services that {name} needs are not measured",
                callees.len()
            ),
        );
    }
    (cap, why)
}
