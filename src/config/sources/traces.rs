//! Settings of traces.

use super::Access;
use crate::config::ConfigError;
use serde::{Deserialize, Serialize};

/// A source of traces.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// Its name in findings.
    pub name: String,
    /// How it is asked.
    pub kind: TraceKind,
    /// Tempo's or Jaeger's address.
    #[serde(default)]
    pub url: String,
    /// A file.
    #[serde(default)]
    pub path: String,
    /// The address of a trace's page.
    #[serde(default)]
    pub page: String,
    /// How it is reached.
    #[serde(default)]
    pub access: Access,
}

/// How traces are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TraceKind {
    /// Tempo's HTTP API.
    Tempo,
    /// Jaeger's query service.
    Jaeger,
    /// A file of OTLP or Jaeger, in JSON.
    File,
}

impl Traces {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let says = match self.kind {
            TraceKind::File if self.path.is_empty() => "traces of kind file need a path.",
            TraceKind::File if !self.url.is_empty() => {
                "traces of kind file have a path and no url."
            }
            TraceKind::Tempo | TraceKind::Jaeger if !self.path.is_empty() => {
                "a path is read by traces of kind file; Tempo and Jaeger have a url."
            }
            _ if !self.page.is_empty() && !self.page.contains("$trace") => {
                "the page of a trace needs $trace, where its id stands in the address."
            }
            _ => return Ok(()),
        };
        Err(ConfigError(format!("The source \"{}\": {says}", self.name)))
    }
}
