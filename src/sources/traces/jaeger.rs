//! Jaeger: its query service, which gives whole traces.

use super::ask::{AT_ONCE, Asked, Slice, Within, bad_slices, gather, shared, slices};
use super::document::Document;
use super::keep::{Keep, Read};
use crate::domain::Span;
use crate::sources::Question;
use crate::sources::http::{Endpoint, SourceError};
use crate::sources::names::Names;
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

/// Services that are asked for, and traces of each in a slice of time.
const SERVICES: usize = 6;
const EACH: usize = 8;
/// Slow and failing ones of each service.
const BAD: usize = 10;

/// The services that have traces.
pub(super) async fn services(name: &str, at: &Endpoint) -> Result<Vec<String>, SourceError> {
    let read = |answer: &Value| {
        let all = answer["data"].as_array();
        let all = all.ok_or_else(|| foreign(name))?;
        Ok(all
            .iter()
            .filter_map(|s| s.as_str().map(str::to_owned))
            .collect())
    };
    at.get(at.at("api/services"), read).await
}

fn foreign(name: &str) -> SourceError {
    SourceError(format!("{name} does not answer as Jaeger does."))
}

/// Traces of the time of an incident and normal ones: what was asked, and what came.
pub(super) async fn sample(
    name: &str,
    at: &Endpoint,
    timeout: Duration,
    question: Question<'_>,
) -> Result<(String, Read), SourceError> {
    let known = services(name, at).await?;
    let asked = shared(name, &known, question, SERVICES)?;
    let within = Within::of(timeout);
    let mut keep = Keep::default();
    let ask = |one: Asked| async move {
        let read = find(name, at, &one, question.names).await;
        (one.slice.picked, read)
    };
    let plain = each(&asked, &slices(question, EACH), &[&[]]);
    gather(plain.into_iter().map(ask), AT_ONCE, within, &mut keep).await;
    let slow = format!("{}us", keep.slow().max(1));
    let limits: [&[_]; 2] = [
        &[("minDuration", slow.as_str())],
        &[("tags", r#"{"error":"true"}"#)],
    ];
    let bad = each(&asked, &bad_slices(question, BAD), &limits);
    gather(bad.into_iter().map(ask), AT_ONCE, within, &mut keep).await;
    let query = format!("service={}", asked.join(", "));
    Ok((query, keep.read(name)?))
}

/// Every service in every slice, under each of some conditions.
fn each(services: &[String], slices: &[Slice], limits: &[&[(&str, &str)]]) -> Vec<Asked> {
    let mut all = Vec::new();
    for service in services {
        for slice in slices {
            all.extend(limits.iter().map(|limits| {
                Asked {
                    service: service.clone(),
                    slice: *slice,
                    limits: limits
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                        .collect(),
                }
            }));
        }
    }
    all
}

/// The traces that a question finds, span by span.
async fn find(
    name: &str,
    at: &Endpoint,
    asked: &Asked,
    names: &Names,
) -> Result<Vec<(String, Span)>, SourceError> {
    let mut url = at.at("api/traces");
    url.query_pairs_mut()
        .append_pair("service", &asked.service)
        .append_pair("start", &asked.slice.from.timestamp_micros().to_string())
        .append_pair("end", &asked.slice.to.timestamp_micros().to_string())
        .append_pair("limit", &asked.slice.limit.to_string())
        .extend_pairs(&asked.limits);
    let read = |answer: &Value| {
        if !answer["data"].is_array() && !answer["data"].is_null() {
            return Err(foreign(name));
        }
        let document = Document::deserialize(answer).map_err(|_| foreign(name))?;
        let mut spans = Vec::new();
        document.read(names, &mut |trace, span| spans.push((trace, span)));
        Ok(spans)
    };
    at.get(url, read).await
}
