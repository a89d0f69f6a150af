//! Metrics from Prometheus and what speaks its HTTP API.

mod ask;
mod history;
mod questions;
mod rules;
mod value;

use super::Measured;
use super::presets::{self, Preset, chosen};
use super::question::fault;
use crate::config::{self, ConfigError, Template};
use crate::domain::Instant;
use crate::sources::Window;
use crate::sources::grafana::Door;
use crate::sources::http::{Asking, Endpoint, SourceError};
use crate::sources::names::Names;
use futures_util::{StreamExt, stream};
use std::collections::BTreeSet;

/// Questions under way at once: a metrics server evaluates about so many without queueing (its default is 20).
const AT_ONCE: usize = 8;
/// A metrics server.
pub struct Prometheus {
    name: String,
    door: Door,
    presets: Vec<Preset>,
    own: Vec<Template>,
}

impl Prometheus {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Metrics, asking: &Asking) -> Result<Self, ConfigError> {
        let presets = chosen(presets::PROMETHEUS, &config.preset)
            .map_err(|e| ConfigError(format!("The source \"{}\": {e}", config.name)))?;
        for template in &config.template {
            fault(template)
                .map_err(|what| ConfigError(format!("The source \"{}\": {what}", config.name)))?;
        }
        let endpoint = Endpoint::open(&config.name, &config.url, &config.access, asking)?;
        Ok(Self {
            name: config.name.clone(),
            door: Door::new(&config.name, endpoint, &config.datasource),
            presets,
            own: config.template.clone(),
        })
    }

    /// Whether it answers, and which presets apply: for `doctor`.
    pub async fn check(&self, now: Instant) -> Result<String, SourceError> {
        let span = (now - chrono::Duration::hours(1), now);
        let there = self.presets_there(span).await?;
        let found: BTreeSet<&str> = there.iter().map(|p| p.name.as_str()).collect();
        if self.presets.is_empty() {
            self.values("__name__", vec!["up"], span).await?;
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
            Ok(questions) if questions.is_empty() => return Measured::without_series(&self.name),
            Ok(questions) => questions,
            Err(e) => return Measured::lacking(e.to_string()),
        };
        let answers: Vec<_> = stream::iter(questions)
            .map(|q| async move { self.answer(&q, names, window).await })
            .buffered(AT_ONCE)
            .collect()
            .await;
        let mut out = Measured::of(answers);
        let mut seen = BTreeSet::new();
        out.changes
            .retain(|c| seen.insert((c.at, c.service.clone(), c.title.clone())));
        out
    }
}

#[cfg(test)]
mod tests;
