//! What the answer of a source of metrics means: series of services, and changes that show in them.

use super::question::{Gives, Question};
use crate::domain::text::clean_line;
use crate::domain::{Change, ChangeClass, Instant, Series, Signal};
use crate::sources::names::Names;
use std::collections::BTreeMap;

/// A series as it is answered: its labels, and its finite points.
pub(super) type Labelled = (BTreeMap<String, String>, Vec<(i64, f64)>);

/// The source's name of a service, and the service that calls it, where the caller measured.
type Ends<'a> = (&'a str, Option<&'a str>);

/// Values of one moment, by whom they measure and time: the coarse part and the fine one.
type Moments<'a> = BTreeMap<Ends<'a>, [BTreeMap<i64, Vec<f64>>; 2]>;

/// One series a service, or a call, from the parts of before and around the incident; its query stands as it was asked.
pub(super) fn series(
    (source, names): (&str, &Names),
    question: &Question,
    signal: &Signal,
    parts: [Vec<Labelled>; 2],
) -> Vec<Series> {
    let mut by = Moments::new();
    for (at, part) in parts.into_iter().enumerate() {
        for (labels, points) in part {
            let Some(ends) = ends(question, names, &labels) else {
                continue;
            };
            let moments = &mut by.entry(ends).or_default()[at];
            for (t, v) in points {
                moments.entry(t).or_default().push(v);
            }
        }
    }
    let joined = |moments: BTreeMap<i64, Vec<f64>>| {
        let points = moments.into_iter();
        points.map(|(t, all)| (t, together(signal, &all))).collect()
    };
    by.into_iter()
        .map(|((value, caller), [normal, recent])| Series {
            service: question.values[value].clone(),
            signal: signal.clone(),
            caller: caller.map(str::to_owned),
            limit: None,
            source: source.to_owned(),
            link: None,
            query: question.shown(&value.to_owned()),
            normal: joined(normal),
            recent: joined(recent),
        })
        .collect()
}

/// Whom a series measures. Where a question is about calls, a caller that is no known service is left out: without it,
/// what it saw would pass for what the callee measured itself. A service that calls itself is no edge.
fn ends<'a>(
    question: &'a Question,
    names: &'a Names,
    labels: &BTreeMap<String, String>,
) -> Option<Ends<'a>> {
    let value = labels.get(&question.label)?;
    let (value, service) = question.values.get_key_value(value)?;
    let Some(label) = &question.caller else {
        return Some((value, None));
    };
    let caller = labels.get(label).and_then(|c| names.service(c))?;
    (caller != service).then_some((value, Some(caller)))
}

/// Where each service's measure runs out, as of the last moment that tells; the tightest of several.
pub(super) fn limits(question: &Question, result: &[Labelled]) -> BTreeMap<String, f64> {
    let mut all = BTreeMap::new();
    for (labels, points) in result {
        let service = labels
            .get(&question.label)
            .and_then(|v| question.values.get(v));
        if let (Some(service), Some((_, limit))) = (service, points.last())
            && *limit > 0.0
        {
            let kept = all.entry(service.clone()).or_insert(*limit);
            *kept = limit.min(*kept);
        }
    }
    all
}

/// Labels that name what runs, the clearest first.
const VERSIONS: [&str; 5] = ["version", "tag", "image", "revision", "commit"];
/// Seconds by which a start time must grow to be another start: it is computed from a clock that is corrected.
const JITTER: f64 = 1.0;

/// A change as a series shows it: when, its class, its words, its version.
type Shown = (i64, ChangeClass, String, Option<String>);

/// Changes of each service of a question.
pub(super) fn changes(source: &str, question: &Question, result: &[Labelled]) -> Vec<Change> {
    let mut all = Vec::new();
    for (value, service) in &question.values {
        let of: Vec<&Labelled> = result
            .iter()
            .filter(|(labels, _)| labels.get(&question.label) == Some(value))
            .collect();
        let shown = match question.gives {
            Gives::Versions => versions(service, &of),
            Gives::Generation => generations(service, &of),
            Gives::Started => starts(service, &of),
            Gives::Series(_) => Vec::new(),
        };
        let query = clean_line(&question.shown(value));
        all.extend(shown.into_iter().filter_map(|(at, class, title, version)| {
            Some(Change {
                at: Instant::from_timestamp(at, 0)?,
                class,
                title,
                service: service.clone(),
                version,
                author: None,
                source: source.to_owned(),
                query: query.clone(),
                link: None,
            })
        }));
    }
    all
}

/// A version that appears after the first one.
fn versions(service: &str, of: &[&Labelled]) -> Vec<Shown> {
    let starts = of.iter().filter_map(|(_, p)| p.first());
    let first = starts.map(|p| p.0).min();
    let version_of = |labels: &BTreeMap<String, String>| {
        let mut named = VERSIONS.iter().filter_map(|l| labels.get(*l));
        named.next().cloned()
    };
    of.iter()
        .filter_map(|(labels, points)| {
            let start = points.first().filter(|p| Some(p.0) > first)?.0;
            let version = version_of(labels)?;
            let title = format!("{service} {version} deployed");
            Some((start, ChangeClass::Deploy, title, Some(version)))
        })
        .collect()
}

/// Neighbouring points between which a value grew by more than some amount.
fn grown<'a>(of: &'a [&'a Labelled], by: f64) -> impl Iterator<Item = (i64, f64)> + 'a {
    let pairs = of.iter().flat_map(|(_, p)| p.windows(2));
    pairs.filter(move |w| w[1].1 > w[0].1 + by).map(|w| w[1])
}

fn generations(service: &str, of: &[&Labelled]) -> Vec<Shown> {
    let told = grown(of, 0.0).map(|(at, generation)| {
        let title = format!("deployment {service} changed (generation {generation})");
        (at, ChangeClass::Deploy, title, None)
    });
    told.collect()
}

fn starts(service: &str, of: &[&Labelled]) -> Vec<Shown> {
    let told = grown(of, JITTER).map(|(_, started)| {
        let title = format!("{service} started again");
        (started as i64, ChangeClass::Other, title, None)
    });
    told.collect()
}

/// Several series of one service become one: calls and restarts add up, of the rest the worst counts, except that an
/// average of averages is closer to the truth than its worst.
fn together(signal: &Signal, values: &[f64]) -> f64 {
    match signal {
        Signal::Traffic | Signal::Restarts => values.iter().sum(),
        Signal::Latency | Signal::Errors => values.iter().sum::<f64>() / values.len().max(1) as f64,
        Signal::Tail | Signal::Saturation(_) => values.iter().copied().fold(f64::MIN, f64::max),
    }
}
