//! Spans as OTLP writes them in JSON: the collector's files, and Tempo's answers with ids in base64.

use super::span::{Add, Attributes, finished, kind, list, service};
use crate::domain::Span;
use crate::sources::names::Names;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// Spans of one process.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceSpans {
    #[serde(default)]
    resource: Value,
    #[serde(
        default,
        alias = "scope_spans",
        alias = "instrumentationLibrarySpans",
        deserialize_with = "list"
    )]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Deserialize)]
struct ScopeSpans {
    #[serde(default, deserialize_with = "list")]
    spans: Vec<Told>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    #[serde(default, alias = "trace_id")]
    trace_id: String,
    #[serde(default, alias = "span_id")]
    span_id: String,
    #[serde(default, alias = "parent_span_id")]
    parent_span_id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    kind: Value,
    #[serde(default, alias = "start_time_unix_nano")]
    start_time_unix_nano: Value,
    #[serde(default, alias = "end_time_unix_nano")]
    end_time_unix_nano: Value,
    #[serde(default)]
    attributes: Value,
    #[serde(default)]
    status: Value,
}

impl ResourceSpans {
    /// Gives every span with the id of its trace.
    pub fn read(self, names: &Names, add: Add<'_>) {
        let resource = attributes(&self.resource["attributes"]);
        let said = resource.text("service.name").unwrap_or_default();
        let service = service(&said, names);
        for told in self.scope_spans.into_iter().flat_map(|s| s.spans) {
            if let Some((trace, span)) = told.span(&service, names) {
                add(trace, span);
            }
        }
    }
}

impl Told {
    fn span(self, service: &str, names: &Names) -> Option<(String, Span)> {
        let (start, end) = (
            micros(&self.start_time_unix_nano)?,
            micros(&self.end_time_unix_nano)?,
        );
        let attributes = attributes(&self.attributes);
        let code = &self.status["code"];
        let marked = code.as_i64() == Some(2) || code.as_str() == Some("STATUS_CODE_ERROR");
        let span = Span {
            id: id(&self.span_id),
            parent: self
                .parent_span_id
                .as_deref()
                .map(id)
                .filter(|p| !is_zero(p)),
            service: service.to_owned(),
            kind: kind(&self.kind),
            start,
            duration: end - start,
            failed: attributes.failed(marked),
            name: self.name,
            ..Span::default()
        };
        Some((id(&self.trace_id), finished(span, &attributes, names)))
    }
}

fn attributes(all: &Value) -> Attributes<'_> {
    let each = all.as_array().into_iter().flatten();
    Attributes::of(each.filter_map(|one| {
        let value = one["value"].as_object()?.values().next()?;
        Some((one["key"].as_str()?, value))
    }))
}

/// Unix nanoseconds, as a number or in quotes, in microseconds.
fn micros(nanos: &Value) -> Option<i64> {
    let said = nanos.as_str().and_then(|text| text.parse().ok());
    let nanos: i64 = said.or_else(|| nanos.as_i64())?;
    (nanos > 0).then_some(nanos / 1_000)
}

/// An id in hex. OTLP writes hex; what turns protobuf to JSON by its own rules writes base64.
pub(super) fn id(said: &str) -> String {
    let is_hex = said.chars().all(|c| c.is_ascii_hexdigit());
    if is_hex && matches!(said.len(), 16 | 32) {
        return said.to_ascii_lowercase();
    }
    match STANDARD.decode(said) {
        Ok(bytes) if matches!(bytes.len(), 8 | 16) => {
            bytes.iter().map(|b| format!("{b:02x}")).collect()
        }
        _ => crate::domain::text::clean_line(said),
    }
}

fn is_zero(id: &str) -> bool {
    id.chars().all(|c| c == '0')
}
