//! Metrics from Datadog, by its documentation: traced requests of services from both ends, containers and what runs out,
//! in the units that the presets for Prometheus have. A point is a whole step of time, and the last minute is left off:
//! what is still coming in would look like a fall.

mod ask;
mod counted;
mod monitors;
mod operations;
mod steps;
#[cfg(test)]
mod tests;

use super::Measured;
use super::presets::{self, Preset, chosen};
use super::question::{Dialect, Question, asked_of, fault, telling};
use crate::config::{self, ConfigError, Template};
use crate::domain::Instant;
use crate::sources::Window;
use crate::sources::datadog::{Datadog as Door, Settings};
use crate::sources::http::{Asking, SourceError};
use crate::sources::names::Names;
use futures_util::{StreamExt, stream};
use operations::{Operation, Side};
use std::collections::{BTreeMap, BTreeSet};
use steps::Steps;

/// What a template of one's own must be.
const UNNAMED: &str = "a template for Datadog asks for a metric by a tag, such as avg:queue.age{service IN ($service)} by {service}.rollup(avg, $window).";
/// Requests under way at once.
const AT_ONCE: usize = 6;

/// An organisation's metrics at Datadog.
pub(super) struct Datadog {
    door: Door,
    presets: Vec<Preset>,
    own: Vec<Template>,
}

/// Templates that apply together, as they are asked: for one operation, where they are about one.
struct Group {
    labels: Vec<String>,
    probe: String,
    templates: Vec<Template>,
    /// The services they are about, where that is known already.
    known: Option<Vec<(String, String)>>,
}

impl Datadog {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Metrics, asking: &Asking) -> Result<Self, ConfigError> {
        let wrong = |what: String| ConfigError(format!("The source \"{}\": {what}", config.name));
        let presets = chosen(presets::DATADOG, &config.preset).map_err(|e| wrong(e.to_string()))?;
        for template in &config.template {
            fault(template).map_err(wrong)?;
            if metric_of(&template.query).is_none() {
                return Err(wrong(UNNAMED.into()));
            }
        }
        let settings = Settings {
            name: &config.name,
            url: &config.url,
            site: &config.site,
            keys: &config.keys,
            filter: &config.filter,
            access: &config.access,
        };
        Ok(Self {
            door: Door::open(&settings, asking)?,
            presets,
            own: config.template.clone(),
        })
    }

    /// Whether it takes the keys, and which presets apply.
    pub async fn check(&self, now: Instant) -> Result<String, SourceError> {
        self.door.validate().await?;
        let active = self.active(now - chrono::Duration::hours(1)).await?;
        let is_there = |preset: &&Preset| match preset.probe.contains("$operation") {
            true => !operations::named(&active).is_empty(),
            false => active.contains(&preset.probe),
        };
        let there = self.presets.iter().filter(is_there);
        let there: BTreeSet<&str> = there.map(|p| p.name.as_str()).collect();
        let found: Vec<&str> = there.into_iter().collect();
        let what = match found.is_empty() {
            true => "no preset applies".into(),
            false => format!("{} applies", found.join(", ")),
        };
        Ok(format!("{what}; {} of your own templates", self.own.len()))
    }

    /// Everything it knows of some services in a window.
    pub async fn measure(&self, names: &Names, window: Window) -> Measured {
        let (mut out, alerting) =
            tokio::join!(self.series(names, window), self.alerting(names, window));
        match alerting {
            Ok(signs) => out.signs = signs,
            // Where nothing is let in, that is said once.
            Err(e) if out.missing.is_empty() || !out.series.is_empty() => out.missing.push(e.0),
            Err(_) => {}
        }
        out.missing.sort();
        out.missing.dedup();
        out
    }

    async fn series(&self, names: &Names, window: Window) -> Measured {
        let steps = Steps::of(window);
        let questions = match self.questions(names, window).await {
            Ok(questions) if questions.is_empty() => {
                return Measured::without_series(&self.door.name);
            }
            Ok(questions) => questions,
            Err(e) => return Measured::lacking(e.to_string()),
        };
        let asked: Vec<_> = ask::batches(&questions)
            .map(|batch| self.answers(batch, names, &steps))
            .collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        Measured::of(answers)
    }

    /// Which questions apply: templates of one's own first.
    async fn questions(&self, names: &Names, window: Window) -> Result<Vec<Question>, SourceError> {
        let mut all = Vec::new();
        let active = self.active(window.recent_from).await?;
        let found = operations::named(&active);
        let operations = match self.presets.iter().any(|p| p.probe.contains("$operation")) {
            true => self.operations(&found, names, window).await?,
            false => Vec::new(),
        };
        let own = self.own.iter().filter_map(|t| self.of_own(t));
        let mut groups: Vec<Group> = own.collect();
        for preset in &self.presets {
            if preset.probe.contains("$operation") {
                let of = operations.iter();
                groups.extend(of.filter_map(|one| self.of_operation(preset, one)));
            } else if active.contains(&preset.probe) {
                groups.push(self.group(preset, &preset.probe, &|query| query.to_owned()));
            }
        }
        let known = self.known(&groups, window).await?;
        for group in &groups {
            let lookup = |label: &str| (group.probe.clone(), label.to_owned());
            let (label, matched) = match &group.known {
                Some(matched) => (group.labels[0].as_str(), matched.clone()),
                None => telling(
                    group.labels.iter().map(|label| {
                        let values = known.get(&lookup(label));
                        (label.as_str(), values.map_or(&[][..], Vec::as_slice))
                    }),
                    names,
                ),
            };
            for template in &group.templates {
                all.extend(asked_of(Dialect::Datadog, template, label, &matched));
            }
        }
        Ok(all)
    }

    /// A preset for one operation, from the end that its spans are of.
    fn of_operation(&self, preset: &Preset, one: &Operation) -> Option<Group> {
        let is_callers = preset.template.iter().any(|t| !t.caller.is_empty());
        if is_callers != (one.side == Side::Calls) {
            return None;
        }
        let kind = if one.has_kinds {
            " AND span.kind IN (server,consumer)"
        } else {
            ""
        };
        let on = |query: &str| {
            let query = query.replace("$operation", &one.name);
            query.replace("$kind", kind)
        };
        let mut group = self.group(preset, &on(&preset.probe), &on);
        group.known = (!is_callers).then(|| one.services.clone());
        Some(group)
    }

    fn of_own(&self, template: &Template) -> Option<Group> {
        Some(Group {
            labels: vec![template.label.clone()],
            probe: metric_of(&template.query)?.to_owned(),
            templates: vec![template.clone()],
            known: None,
        })
    }

    fn group(&self, preset: &Preset, probe: &str, on: &dyn Fn(&str) -> String) -> Group {
        let filter = match self.door.filter() {
            "" => String::new(),
            filter => format!("{filter} AND "),
        };
        let written = |query: &str| on(query).replace("$filter", &filter);
        let templates = preset.template.iter().map(|template| Template {
            query: written(&template.query),
            limit_query: written(&template.limit_query),
            ..template.clone()
        });
        Group {
            labels: preset.labels.clone(),
            probe: probe.to_owned(),
            templates: templates.collect(),
            known: None,
        }
    }

    /// The values that tags of probes have, by probe and tag.
    async fn known(
        &self,
        groups: &[Group],
        window: Window,
    ) -> Result<BTreeMap<(String, String), Vec<String>>, SourceError> {
        let wanted = groups.iter().filter(|g| g.known.is_none());
        let lookups: BTreeSet<(String, String)> = wanted
            .flat_map(|g| g.labels.iter().map(|l| (g.probe.clone(), l.clone())))
            .collect();
        let lookups: Vec<_> = lookups.into_iter().collect();
        let queries = lookups.iter().map(|(probe, label)| {
            let scope = self.scope();
            format!("max:{probe}{{{scope}}} by {{{label}}}")
        });
        let told = self.totals(queries.collect(), window).await?;
        let values = told.into_iter().zip(&lookups).map(|(series, lookup)| {
            let values = series
                .into_iter()
                .filter_map(|(mut labels, _)| labels.remove(&lookup.1));
            (lookup.clone(), values.collect())
        });
        Ok(values.collect())
    }
}

/// The metric that a query asks for first.
fn metric_of(query: &str) -> Option<&str> {
    let (metric, _) = query.split_once(':')?.1.split_once('{')?;
    let plain = |c: char| c.is_alphanumeric() || "_.-".contains(c);
    (!metric.is_empty() && metric.chars().all(plain)).then_some(metric)
}
