//! Spans as Jaeger writes them in JSON.

use super::span::{Add, Attributes, finished, kind, list, service};
use crate::domain::Span;
use crate::sources::names::Names;
use serde::Deserialize;
use serde_json::Value;

/// One trace.
#[derive(Deserialize)]
pub(super) struct JaegerTrace {
    #[serde(default, deserialize_with = "list")]
    pub spans: Vec<JaegerSpan>,
    /// By the id that its spans name.
    #[serde(default)]
    pub processes: Value,
}

/// One span.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JaegerSpan {
    #[serde(default, rename = "traceID")]
    trace: String,
    #[serde(default, rename = "spanID")]
    id: String,
    /// Written by older agents instead of a reference.
    #[serde(default, rename = "parentSpanID")]
    parent: Option<String>,
    #[serde(default)]
    operation_name: String,
    #[serde(default, deserialize_with = "list")]
    references: Vec<Reference>,
    /// Microseconds.
    #[serde(default)]
    start_time: Value,
    #[serde(default)]
    duration: Value,
    #[serde(default)]
    tags: Value,
    #[serde(default, rename = "processID")]
    process_id: String,
    /// Where a span stands by itself, as in its store.
    #[serde(default)]
    process: Value,
}

#[derive(Deserialize)]
struct Reference {
    #[serde(default, rename = "refType")]
    kind: String,
    #[serde(default, rename = "spanID")]
    span: String,
}

impl JaegerTrace {
    pub fn any(&self) -> bool {
        !self.spans.is_empty()
    }

    /// Gives every span with the id of its trace.
    pub fn read(self, names: &Names, add: Add<'_>) {
        for span in self.spans {
            let own = self.processes.get(&span.process_id);
            let process = own.unwrap_or(&span.process);
            let said = process["serviceName"].as_str().unwrap_or_default();
            let service = service(said, names);
            if let Some((trace, span)) = span.span(service, names) {
                add(trace, span);
            }
        }
    }
}

impl JaegerSpan {
    fn span(self, service: String, names: &Names) -> Option<(String, Span)> {
        let start = number(&self.start_time).filter(|start| *start > 0)?;
        let tags = self.tags.as_array().into_iter().flatten();
        let tags = Attributes::of(tags.filter_map(|t| Some((t["key"].as_str()?, &t["value"]))));
        let said = |name: &str| tags.text(name).unwrap_or_default();
        let marked = said("error") == "true" || said("otel.status_code") == "ERROR";
        let child = |r: &&Reference| r.kind != "FOLLOWS_FROM";
        let above = self
            .references
            .iter()
            .find(child)
            .or(self.references.first());
        let parent = above.map(|r| r.span.clone()).or(self.parent);
        let span = Span {
            parent: parent.filter(|p| !p.is_empty()),
            follows: above.is_some_and(|r| !child(&r)),
            kind: kind(&said("span.kind").into()),
            service,
            start,
            duration: number(&self.duration).unwrap_or(0),
            failed: tags.failed(marked),
            id: self.id,
            name: self.operation_name,
            peer: None,
        };
        Some((self.trace, finished(span, &tags, names)))
    }
}

fn number(value: &Value) -> Option<i64> {
    let said = value.as_str().and_then(|text| text.parse().ok());
    said.or_else(|| value.as_i64())
        .or_else(|| value.as_f64().map(|n| n as i64))
}
