//! Tempo: its search finds ids, and each trace is asked for by its own.

use super::ask::{AT_ONCE, Asked, Slice, Within, bad_slices, gather, shared, slices};
use super::document::Document;
use super::keep::{Keep, Read};
use crate::domain::{Picked, Span};
use crate::sources::Question;
use crate::sources::http::{Endpoint, SourceError};
use crate::sources::names::Names;
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Services that are asked for, and traces of each in a slice of time: each costs a question of its own.
const SERVICES: usize = 4;
const EACH: usize = 4;
/// Slow and failing ones of each service.
const BAD: usize = 5;
/// Traces that are asked for.
const TRACES: usize = 300;

/// The ids that a search found.
type Searched = (Picked, Result<Vec<String>, SourceError>);

/// A server that is asked.
pub(super) struct Tempo<'a> {
    name: &'a str,
    at: &'a Endpoint,
    /// Whether it knows only the first form of asking for a trace.
    is_old: AtomicBool,
}

/// Traces of the time of an incident and normal ones: what was asked, and what came.
pub(super) async fn sample(
    name: &str,
    at: &Endpoint,
    timeout: Duration,
    question: Question<'_>,
) -> Result<(String, Read), SourceError> {
    let tempo = &Tempo::new(name, at);
    let known = tempo.services().await?;
    let asked = shared(name, &known, question, SERVICES)?;
    let within = Within::of(timeout);
    let mut keep = Keep::default();
    let plain = each(&asked, &slices(question, EACH), &[""]);
    tempo.read(plain, question.names, within, &mut keep).await?;
    let slow = format!(" && duration > {}us", keep.slow().max(1));
    let conditions = [slow.as_str(), " && status = error"];
    let bad = each(&asked, &bad_slices(question, BAD), &conditions);
    // What was found so far counts where examples of what is slow cannot be had.
    let _ = tempo.read(bad, question.names, within, &mut keep).await;
    let named: Vec<String> = asked.iter().map(|s| quoted(s)).collect();
    let query = format!("{{ resource.service.name =~ \"{}\" }}", named.join("|"));
    Ok((query, keep.read(name)?))
}

/// Every service in every slice, under each of some conditions.
fn each(services: &[String], slices: &[Slice], conditions: &[&str]) -> Vec<Asked> {
    let mut all = Vec::new();
    for service in services {
        let name = quoted(service);
        for slice in slices {
            all.extend(conditions.iter().map(|condition| Asked {
                service: service.clone(),
                slice: *slice,
                limits: vec![(
                    "q".into(),
                    format!("{{ resource.service.name = \"{name}\"{condition} }}"),
                )],
            }));
        }
    }
    all
}

/// A name as it stands in a quoted string of TraceQL.
fn quoted(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"")
}

impl<'a> Tempo<'a> {
    pub fn new(name: &'a str, at: &'a Endpoint) -> Self {
        Self {
            name,
            at,
            is_old: AtomicBool::new(false),
        }
    }

    fn foreign(&self) -> SourceError {
        SourceError(format!("{} does not answer as Tempo does.", self.name))
    }

    /// The services that have traces.
    pub async fn services(&self) -> Result<Vec<String>, SourceError> {
        let new = "api/v2/search/tag/resource.service.name/values";
        match self.values(new).await {
            Ok(values) => Ok(values),
            Err(e) => {
                let old = self.values("api/search/tag/service.name/values").await;
                old.map_err(|_| e)
            }
        }
    }

    async fn values(&self, path: &str) -> Result<Vec<String>, SourceError> {
        let read = |answer: &Value| {
            let all = answer["tagValues"].as_array();
            let all = all.ok_or_else(|| self.foreign())?;
            let value = |v: &Value| v.as_str().or(v["value"].as_str()).map(str::to_owned);
            Ok(all.iter().filter_map(value).collect())
        };
        self.at.get(self.at.at(path), read).await
    }

    /// Searches, and reads what is found; an error where no search was answered.
    async fn read(
        &self,
        asked: Vec<Asked>,
        names: &Names,
        within: Within,
        keep: &mut Keep,
    ) -> Result<(), SourceError> {
        let searches = asked.into_iter().map(|one| async move {
            let found = self.search(&one).await;
            (one.slice.picked, found)
        });
        let found = stream::iter(searches).buffered(AT_ONCE);
        let found = within.limit(found.collect::<Vec<Searched>>()).await;
        let Some(found) = found else {
            keep.late();
            return Ok(());
        };
        let (mut seen, mut ids, mut fault) = (BTreeSet::new(), Vec::new(), None);
        for (picked, answer) in found {
            match answer {
                Ok(found) => {
                    let new = found.into_iter().filter(|id| !keep.has(id));
                    ids.extend(
                        new.filter(|id| seen.insert(id.clone()))
                            .map(|id| (picked, id)),
                    );
                }
                Err(e) => fault = fault.or(Some(e)),
            }
        }
        if ids.is_empty()
            && let Some(fault) = fault
        {
            return Err(fault);
        }
        let ids = thinned(ids, TRACES).into_iter();
        let read = ids.map(|(picked, id)| async move { (picked, self.trace(&id, names).await) });
        gather(read, AT_ONCE, within, keep).await;
        Ok(())
    }

    async fn search(&self, asked: &Asked) -> Result<Vec<String>, SourceError> {
        let mut url = self.at.at("api/search");
        url.query_pairs_mut()
            .extend_pairs(&asked.limits)
            .append_pair("start", &asked.slice.from.timestamp().to_string())
            .append_pair("end", &asked.slice.to.timestamp().to_string())
            .append_pair("limit", &asked.slice.limit.to_string());
        let most = asked.slice.limit;
        let read = |answer: &Value| {
            // No traces are sometimes no list at all.
            let found = answer["traces"].as_array().into_iter().flatten();
            if !answer.is_object() {
                return Err(self.foreign());
            }
            let id = |t: &Value| Some(format!("{:0>32}", t["traceID"].as_str()?));
            let mut ids: Vec<String> = found.filter_map(id).collect();
            ids.sort();
            ids.truncate(most);
            Ok(ids)
        };
        self.at.get(url, read).await
    }

    /// The spans of one trace.
    async fn trace(&self, id: &str, names: &Names) -> Result<Vec<(String, Span)>, SourceError> {
        if !id.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(self.foreign());
        }
        let (new, old) = (format!("api/v2/traces/{id}"), format!("api/traces/{id}"));
        if self.is_old.load(Ordering::Relaxed) {
            return self.spans(&old, id, names).await;
        }
        match self.spans(&new, id, names).await {
            Ok(spans) => Ok(spans),
            Err(e) => {
                let spans = self.spans(&old, id, names).await.map_err(|_| e)?;
                self.is_old.store(true, Ordering::Relaxed);
                Ok(spans)
            }
        }
    }

    async fn spans(
        &self,
        path: &str,
        id: &str,
        names: &Names,
    ) -> Result<Vec<(String, Span)>, SourceError> {
        let read = |answer: &Value| {
            let document = Document::deserialize(answer).map_err(|_| self.foreign())?;
            let mut spans = Vec::new();
            document.read(names, &mut |_, span| spans.push((id.to_owned(), span)));
            Ok(spans)
        };
        self.at.get(self.at.at(path), read).await
    }
}

/// So many of all, evenly, in their order.
fn thinned<T>(all: Vec<T>, most: usize) -> Vec<T> {
    let count = all.len();
    let kept = |(n, one)| (n * most / count.max(1) < (n + 1) * most / count.max(1)).then_some(one);
    match count > most {
        true => all.into_iter().enumerate().filter_map(kept).collect(),
        false => all,
    }
}
