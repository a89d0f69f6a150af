//! Metrics from Amazon CloudWatch, by its documentation: what Application Signals measures at both ends of a call, and what
//! functions, load balancers, containers, databases, caches and queues report, in the units that the presets for
//! Prometheus have. The last minutes are left off: what is still coming in would look like a fall.

mod ask;
mod expression;
#[cfg(test)]
mod tests;

use super::presets::{self, Preset, chosen};
use super::question::{Dialect, Gives, Question, asked_of, fault, gives, telling};
use super::{Measured, counted, first_said};
use crate::config::{self, ConfigError, Template};
use crate::domain::{Instant, Series, Signal};
use crate::sources::Window;
use crate::sources::aws::{Aws, Env, Settings};
use crate::sources::http::{Asking, SourceError};
use crate::sources::names::Names;
use ask::{SERVICE, Steps};
use expression::{Dimension, Expression};
use futures_util::{StreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};

/// Requests under way at once: CloudWatch lists 25 times a second, for all who ask.
const AT_ONCE: usize = 5;
/// Sets of dimensions that one template is asked for.
const MOST_ROWS: usize = 200;

/// An account's metrics in one region.
pub(super) struct Cloudwatch {
    door: Aws,
    presets: Vec<Preset>,
    own: Vec<Template>,
    filter: Option<Dimension>,
}

/// A question with its expression, for one set of dimensions.
pub(super) struct Row<'a> {
    question: &'a Question,
    expression: Expression,
    dimensions: Vec<Dimension>,
}

/// Templates that apply together, and the sets of dimensions that their probe is reported with.
struct Group<'a> {
    labels: Vec<&'a str>,
    templates: &'a [Template],
    rows: Vec<Vec<Dimension>>,
}

/// What a template must be.
const NO_METRIC: &str = "a template for CloudWatch is metric math in which a metric stands as STATISTIC(NAMESPACE, METRIC), such as Maximum(Shop, QueueDepth).";

impl Cloudwatch {
    /// Sets up; nothing is asked.
    pub fn open(
        config: &config::Metrics,
        asking: &Asking,
        env: impl Env,
    ) -> Result<Self, ConfigError> {
        let wrong = |what: String| ConfigError(format!("The source \"{}\": {what}", config.name));
        let presets =
            chosen(presets::CLOUDWATCH, &config.preset).map_err(|e| wrong(e.to_string()))?;
        for template in &config.template {
            fault(template).map_err(wrong)?;
            if Expression::read(&template.query).is_none() {
                return Err(wrong(NO_METRIC.into()));
            }
            if gives(template).is_ok_and(|g| !matches!(g, Gives::Series(_)))
                || !template.limit_query.is_empty()
            {
                return Err(wrong(
                    "a template for CloudWatch gives a series, and its limit as a number.".into(),
                ));
            }
        }
        let settings = Settings {
            name: &config.name,
            url: &config.url,
            region: &config.region,
            profile: &config.profile,
            access: &config.access,
        };
        let filter = config.filter.split_once('=');
        Ok(Self {
            door: Aws::open(&settings, SERVICE, asking, env)?,
            presets,
            own: config.template.clone(),
            filter: filter.map(|(name, value)| (name.trim().into(), value.trim().into())),
        })
    }

    /// Whether it answers, and which presets apply.
    pub async fn check(&self) -> Result<String, SourceError> {
        let mut there = BTreeSet::new();
        for (probe, rows) in self.listed().await? {
            let of = self
                .presets
                .iter()
                .filter(|p| p.probe == probe && !rows.is_empty());
            there.extend(of.map(|p| p.name.as_str()));
        }
        let found: Vec<&str> = there.into_iter().collect();
        let what = match found.is_empty() {
            true => "no preset applies".into(),
            false => format!("{} applies", found.join(", ")),
        };
        let region = &self.door.region;
        Ok(format!(
            "{region}: {what}; {} of your own templates",
            self.own.len()
        ))
    }

    /// Everything it knows of some services in a window.
    pub async fn measure(&self, names: &Names, window: Window) -> Measured {
        // By the clock that AWS forgets by, whatever time an organisation lives in.
        self.measure_at(names, window, chrono::Utc::now()).await
    }

    async fn measure_at(&self, names: &Names, window: Window, now: Instant) -> Measured {
        let listed = match self.listed().await {
            Ok(listed) => listed,
            Err(e) => return Measured::lacking(e.to_string()),
        };
        let groups = self.groups(&listed);
        let asked: Vec<(Question, Vec<Vec<Dimension>>)> =
            groups.iter().flat_map(|g| g.asked(names)).collect();
        if asked.is_empty() {
            return Measured::without_series(&self.door.name);
        }
        let steps = Steps::of(window, now);
        let mut rows: Vec<Row<'_>> = Vec::new();
        for (question, sets) in &asked {
            let Some(expression) = Expression::read(&question.query) else {
                continue;
            };
            rows.extend(sets.iter().take(MOST_ROWS).map(|dimensions| Row {
                question,
                expression: expression.clone(),
                dimensions: dimensions.clone(),
            }));
        }
        let told = self.series(&rows, names, &steps).await;
        let (mut series, mut missing) = (Vec::new(), BTreeSet::new());
        for answer in told {
            match answer {
                Ok(some) => series.extend(some),
                Err(e) => missing.extend([e.0]),
            }
        }
        counted::fill_errors(&mut series, &|calls| failing(calls, &asked));
        Measured {
            series: first_said(series),
            missing: missing.into_iter().collect(),
            ..Measured::default()
        }
    }

    /// Templates of one's own first, then presets.
    fn groups<'a>(&'a self, listed: &BTreeMap<String, Vec<Vec<Dimension>>>) -> Vec<Group<'a>> {
        let rows = |probe: &str| listed.get(probe).cloned().unwrap_or_default();
        let own = self.own.iter().map(|t| Group {
            labels: vec![t.label.as_str()],
            templates: std::slice::from_ref(t),
            rows: rows(&t.query),
        });
        let presets = self.presets.iter().map(|p| Group {
            labels: p.labels.iter().map(String::as_str).collect(),
            templates: &p.template,
            rows: rows(&p.probe),
        });
        own.chain(presets).collect()
    }

    /// The sets of dimensions that each probe is reported with: presets have one, templates are their own.
    async fn listed(&self) -> Result<BTreeMap<String, Vec<Vec<Dimension>>>, SourceError> {
        let probes = self.presets.iter().map(|p| &p.probe);
        let probes: BTreeSet<&String> = probes.chain(self.own.iter().map(|t| &t.query)).collect();
        let asked: Vec<_> = probes.into_iter().map(|probe| self.list(probe)).collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        answers.into_iter().collect()
    }

    /// Whether a set of dimensions is of what the settings narrow all to.
    fn admits(&self, dimensions: &[Dimension]) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|(name, value)| dimensions.iter().all(|(n, v)| n != name || v == value))
    }
}

impl Group<'_> {
    /// The questions of its templates, each with the sets of dimensions that it is asked for.
    fn asked(&self, names: &Names) -> Vec<(Question, Vec<Vec<Dimension>>)> {
        let mut all = Vec::new();
        for template in self.templates {
            let caller = Some(template.caller.as_str()).filter(|c| !c.is_empty());
            let sets: Vec<(&str, Vec<&Vec<Dimension>>)> = self
                .labels
                .iter()
                .map(|label| (*label, smallest(&self.rows, label, caller)))
                .collect();
            let values: Vec<(&str, Vec<String>)> = sets
                .iter()
                .map(|(label, rows)| {
                    let of: BTreeSet<String> =
                        rows.iter().filter_map(|r| value(r, label)).collect();
                    (*label, of.into_iter().collect())
                })
                .collect();
            let each = values
                .iter()
                .map(|(label, values)| (*label, values.as_slice()));
            let (label, matched) = telling(each, names);
            let rows = sets
                .iter()
                .find(|(l, _)| *l == label)
                .map_or(&[][..], |s| s.1.as_slice());
            for question in asked_of(Dialect::Cloudwatch, template, label, &matched) {
                let is_of = |row: &&&Vec<Dimension>| {
                    value(row, label).is_some_and(|v| question.values.contains_key(&v))
                };
                let of: Vec<Vec<Dimension>> =
                    rows.iter().filter(is_of).map(|r| (*r).clone()).collect();
                all.push((question, of));
            }
        }
        all
    }
}

/// The sets that have a dimension, and that of who calls, of the fewest dimensions: further ones split the same numbers.
fn smallest<'a>(
    rows: &'a [Vec<Dimension>],
    label: &str,
    caller: Option<&str>,
) -> Vec<&'a Vec<Dimension>> {
    let has = |row: &[Dimension], name: &str| row.iter().any(|(n, _)| n == name);
    let fit = |row: &&Vec<Dimension>| {
        let is_call = has(row, "RemoteService");
        has(row, label) && caller.is_none_or(|c| has(row, c)) && (caller.is_some() || !is_call)
    };
    let fitting: Vec<&Vec<Dimension>> = rows.iter().filter(fit).collect();
    let fewest = fitting.iter().map(|row| row.len()).min();
    let named = |row: &Vec<Dimension>| row.iter().map(|d| d.0.clone()).collect::<Vec<String>>();
    let first = fitting
        .iter()
        .find(|row| Some(row.len()) == fewest)
        .map(|row| named(row));
    let mut kept = fitting;
    kept.retain(|row| Some(named(row)) == first);
    kept
}

/// What a dimension says; of what is a path, such as `targetgroup/cart/73e2d6bc24d8a067`, the name in it.
fn value(row: &[Dimension], label: &str) -> Option<String> {
    let (_, value) = row.iter().find(|(name, _)| name == label)?;
    let parts: Vec<&str> = value.split('/').collect();
    Some(match parts[..] {
        [_, name, _] | [_, _, name, _] => name.to_owned(),
        _ => value.clone(),
    })
}

/// What was asked for the failing ones of some calls, where that was asked.
fn failing(calls: &Series, asked: &[(Question, Vec<Vec<Dimension>>)]) -> Option<String> {
    let (counted, of) = calls.query.split_once(" of ")?;
    let namespace = counted.split_once('(')?.1.split_once(',')?.0;
    let is_it = |q: &&Question| {
        q.gives == Gives::Series(Signal::Errors)
            && q.query.contains(&format!("({namespace},"))
            && q.caller.is_some() == calls.caller.is_some()
            && q.values.values().any(|s| *s == calls.service)
    };
    let question = asked.iter().map(|(q, _)| q).find(is_it)?;
    Some(format!("{} of {of}", question.query))
}
