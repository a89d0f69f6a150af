//! Traces from Tempo, from Jaeger, from files: requests of the time of an incident and normal ones, each span with the
//! service it belongs to.

mod ask;
mod document;
mod file;
mod jaeger;
mod jaeger_json;
mod keep;
mod otlp;
mod span;
mod tempo;
#[cfg(test)]
mod tests;

use super::Question;
use super::http::{Asking, Endpoint, SourceError};
use crate::config::{self, ConfigError, TraceKind};
use crate::domain::TraceSample;
use crate::domain::secrets::redact;
use std::time::Duration;

enum Backend {
    Tempo(Box<Endpoint>),
    Jaeger(Box<Endpoint>),
    File(String),
}

/// A source of traces.
pub struct TraceSource {
    name: String,
    backend: Backend,
    /// The address of a trace's page, with `$trace` for its id.
    page: String,
    timeout: Duration,
}

/// Traces, and what could not be had, in sentences.
pub struct Traced {
    /// The traces.
    pub sample: TraceSample,
    /// What is missing.
    pub missing: Vec<String>,
}

impl TraceSource {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Traces, asking: &Asking) -> Result<Self, ConfigError> {
        config.check()?;
        let endpoint = || {
            let opened = Endpoint::open(&config.name, &config.url, &config.access, asking);
            opened.map(Box::new)
        };
        let backend = match config.kind {
            TraceKind::Tempo => Backend::Tempo(endpoint()?),
            TraceKind::Jaeger => Backend::Jaeger(endpoint()?),
            TraceKind::File => Backend::File(config.path.clone()),
        };
        let page = match &backend {
            // Jaeger shows its traces itself.
            Backend::Jaeger(at) if config.page.is_empty() => {
                format!("{}/trace/$trace", at.base().as_str().trim_end_matches('/'))
            }
            _ => config.page.clone(),
        };
        Ok(Self {
            name: config.name.clone(),
            backend,
            page: redact(&page),
            timeout: asking.timeout,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it answers: for `doctor`.
    pub async fn check(&self) -> Result<String, SourceError> {
        let services = match &self.backend {
            Backend::Tempo(at) => tempo::Tempo::new(&self.name, at).services().await?,
            Backend::Jaeger(at) => jaeger::services(&self.name, at).await?,
            Backend::File(path) => return file::check(&self.name, path),
        };
        let count = services.len();
        Ok(crate::domain::text::counted(
            count,
            "service has traces",
            "services have traces",
        ))
    }

    /// Requests of the time of an incident, and normal ones.
    pub async fn sample(&self, question: Question<'_>) -> Result<Traced, SourceError> {
        let (query, read) = match &self.backend {
            Backend::Tempo(at) => tempo::sample(&self.name, at, self.timeout, question).await?,
            Backend::Jaeger(at) => jaeger::sample(&self.name, at, self.timeout, question).await?,
            Backend::File(path) => (
                path.clone(),
                file::sample(&self.name, path, question).await?,
            ),
        };
        Ok(Traced {
            sample: TraceSample {
                source: self.name.clone(),
                query,
                page: self.page.clone(),
                traces: read.traces,
                kept: read.kept,
            },
            missing: read.missing,
        })
    }
}
