//! Metrics from Prometheus and what speaks its HTTP API.

mod answer;
mod ask;
mod history;
mod rules;
mod value;

use super::Window;
use super::http::{Asking, Endpoint, SourceError};
use super::names::Names;
use super::presets::{Preset, chosen};
use crate::config::{self, ConfigError, Template};
use crate::domain::{Change, Instant, Series, Signal};
pub(super) use ask::literal;
use futures_util::{StreamExt, stream};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

/// Questions under way at once: a metrics server evaluates about so many without queueing (its default is 20).
const AT_ONCE: usize = 8;
/// Names in one question: a longer alternation makes some proxies refuse the request.
const NAMES_AT_ONCE: usize = 40;

/// What a template gives.
#[derive(Clone, Debug, PartialEq)]
enum Gives {
    Series(Signal),
    Versions,
    Generation,
    Started,
}

/// A metrics server.
pub struct Metrics {
    name: String,
    endpoint: Endpoint,
    presets: Vec<Preset>,
    own: Vec<Template>,
}

/// What it told.
#[derive(Debug, Default)]
pub struct Measured {
    /// Series.
    pub series: Vec<Series>,
    /// Changes that show in series.
    pub changes: Vec<Change>,
    /// What it could not tell, in sentences.
    pub missing: Vec<String>,
}

/// A question for some services.
struct Question {
    gives: Gives,
    label: String,
    query: String,
    /// The source's name of a service, to the service.
    values: BTreeMap<String, String>,
}

impl Metrics {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Prometheus, asking: &Asking) -> Result<Self, ConfigError> {
        let presets = chosen(&config.preset)
            .map_err(|e| ConfigError(format!("The source \"{}\": {e}", config.name)))?;
        for template in &config.template {
            gives(template)
                .map_err(|what| ConfigError(format!("The source \"{}\": {what}", config.name)))?;
        }
        Ok(Self {
            name: config.name.clone(),
            endpoint: Endpoint::open(&config.name, &config.url, &config.access, asking)?,
            presets,
            own: config.template.clone(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it answers, and which presets apply: for `doctor`.
    pub async fn check(&self, now: Instant) -> Result<String, SourceError> {
        let span = (now - chrono::Duration::hours(1), now);
        let mut found = BTreeSet::new();
        for preset in &self.presets {
            let values = self.values(&preset.label, Some(&preset.probe), span);
            if !values.await?.is_empty() {
                found.insert(preset.name.as_str());
            }
        }
        if self.presets.is_empty() {
            self.values("__name__", Some("up"), span).await?;
        }
        let templates = format!("{} of your own templates", self.own.len());
        Ok(if found.is_empty() {
            format!("no preset applies; {templates}")
        } else {
            let found: Vec<&str> = found.into_iter().collect();
            format!("{} applies; {templates}", found.join(", "))
        })
    }

    /// Everything it knows of some services in a window.
    pub async fn measure(&self, names: &Names, window: Window) -> Measured {
        let questions = match self.questions(names, window).await {
            Ok(questions) if questions.is_empty() => {
                let name = &self.name;
                return Measured::lacking(format!(
                    "{name} has no series for the services in question."
                ));
            }
            Ok(questions) => questions,
            Err(e) => return Measured::lacking(e.to_string()),
        };
        let answers: Vec<_> = stream::iter(questions)
            .map(|q| async move { self.answer(&q, window).await })
            .buffered(AT_ONCE)
            .collect()
            .await;
        let mut out = Measured::default();
        for answer in answers {
            match answer {
                Ok((series, changes)) => {
                    out.series.extend(series);
                    out.changes.extend(changes);
                }
                Err(e) => out.missing.push(e.to_string()),
            }
        }
        out.missing.sort();
        out.missing.dedup();
        let mut seen = BTreeSet::new();
        out.changes
            .retain(|c| seen.insert((c.at, c.service.clone(), c.title.clone())));
        out
    }

    /// Which questions apply: presets whose probe exists and own templates, for the names their label carries.
    async fn questions(&self, names: &Names, window: Window) -> Result<Vec<Question>, SourceError> {
        let presets = self
            .presets
            .iter()
            .map(|p| (p.label.as_str(), Some(p.probe.as_str()), &*p.template));
        let own = self
            .own
            .iter()
            .map(|t| (t.label.as_str(), None, std::slice::from_ref(t)));
        let mut all = Vec::new();
        let mut known: BTreeMap<(&str, Option<&str>), Vec<String>> = BTreeMap::new();
        for (label, probe, templates) in presets.chain(own) {
            let values = match known.entry((label, probe)) {
                Entry::Occupied(values) => values.into_mut(),
                Entry::Vacant(free) => {
                    let span = (window.recent_from, window.to);
                    free.insert(self.values(label, probe, span).await?)
                }
            };
            let matched: Vec<(String, String)> = values
                .iter()
                .filter_map(|v| names.service(v).map(|s| (v.clone(), s.to_owned())))
                .collect();
            for template in templates {
                all.extend(asked_of(template, label, &matched));
            }
        }
        Ok(all)
    }
}

impl Measured {
    fn lacking(says: String) -> Self {
        Self {
            missing: vec![says],
            ..Self::default()
        }
    }
}

/// The questions of one template, so many services at a time.
fn asked_of(template: &Template, label: &str, matched: &[(String, String)]) -> Vec<Question> {
    let Ok(gives) = gives(template) else {
        return Vec::new();
    };
    matched
        .chunks(NAMES_AT_ONCE)
        .map(|chunk| Question {
            gives: gives.clone(),
            label: label.to_owned(),
            query: template.query.clone(),
            values: chunk.iter().cloned().collect(),
        })
        .collect()
}

fn gives(template: &Template) -> Result<Gives, String> {
    Ok(match template.signal.as_str() {
        "latency" => Gives::Series(Signal::Latency),
        "errors" => Gives::Series(Signal::Errors),
        "traffic" => Gives::Series(Signal::Traffic),
        "tail" => Gives::Series(Signal::Tail),
        "restarts" => Gives::Series(Signal::Restarts),
        "saturation" if !template.name.is_empty() => {
            Gives::Series(Signal::Saturation(template.name.clone()))
        }
        "saturation" => return Err("a template for saturation needs a name.".into()),
        "version" => Gives::Versions,
        "generation" => Gives::Generation,
        "started" => Gives::Started,
        other => {
            return Err(format!(
                "a template has the signal \"{other}\"; there are latency, errors, traffic, tail, saturation, restarts, version, generation, started."
            ));
        }
    })
}
