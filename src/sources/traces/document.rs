//! A text with traces in either format: one document, or one a line.

use super::span::{Add, list};
use super::{jaeger_json as jaeger, otlp};
use crate::sources::names::Names;
use serde::Deserialize;
use serde_json::Value;

/// What an answer or a line of a file may be.
#[derive(Deserialize)]
pub(super) struct Document {
    /// OTLP; the older name is Tempo's.
    #[serde(
        default,
        alias = "resource_spans",
        alias = "batches",
        rename = "resourceSpans",
        deserialize_with = "list"
    )]
    resource_spans: Vec<otlp::ResourceSpans>,
    /// Jaeger.
    #[serde(default, deserialize_with = "list")]
    data: Vec<jaeger::JaegerTrace>,
    /// What newer servers wrap it in.
    #[serde(default)]
    trace: Option<Box<Document>>,
    #[serde(default)]
    result: Option<Box<Document>>,
    /// One trace of Jaeger by itself.
    #[serde(default, deserialize_with = "list")]
    spans: Vec<jaeger::JaegerSpan>,
    #[serde(default)]
    processes: Value,
}

impl Document {
    /// Gives every span; whether it is of a known form at all.
    pub fn read(self, names: &Names, add: Add<'_>) -> bool {
        let bare = jaeger::JaegerTrace {
            spans: self.spans,
            processes: self.processes,
        };
        let mut known = !self.resource_spans.is_empty() || !self.data.is_empty() || bare.any();
        for resource in self.resource_spans {
            resource.read(names, add);
        }
        for trace in self.data.into_iter().chain([bare]) {
            trace.read(names, add);
        }
        for inner in self.trace.into_iter().chain(self.result) {
            known |= inner.read(names, add);
        }
        known
    }
}
