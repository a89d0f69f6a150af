//! Which operations are traced, and whether their spans are of those who answer or of those who call.

use super::Datadog;
use crate::domain::Instant;
use crate::sources::Window;
use crate::sources::http::SourceError;
use crate::sources::names::Names;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Operations that are looked at.
const MOST: usize = 60;
/// Names of metrics that are looked through.
const MOST_NAMES: usize = 200_000;
/// What spans of those who call, or of work within a service, are called where their kind is not told.
const NOT_ANSWERING: [&str; 12] = [
    "client",
    "query",
    "command",
    "middleware",
    "render",
    "handler",
    "produce",
    "publish",
    "send",
    "cache",
    "internal",
    "template",
];

/// Which end of a call its spans are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Answers,
    Calls,
}

/// An operation, with the services it is about: those of which it is the one that answers most.
pub(super) struct Operation {
    pub name: String,
    pub side: Side,
    /// Whether its spans tell of what kind they are.
    pub has_kinds: bool,
    pub services: Vec<(String, String)>,
}

/// What was counted of a service's spans of one operation.
struct Counted {
    said: String,
    service: String,
    has_kind: bool,
    hits: f64,
}

/// The operations that are traced, those first that services answer with.
pub(super) fn named(active: &BTreeSet<String>) -> Vec<String> {
    let names = active
        .iter()
        .filter_map(|m| m.strip_prefix("trace.")?.strip_suffix(".hits"));
    let mut all: Vec<String> = names.map(str::to_owned).collect();
    all.sort_by_key(|name| !answers(name));
    all.truncate(MOST);
    all
}

/// Whether an operation sounds as if services answered with it.
fn answers(name: &str) -> bool {
    !NOT_ANSWERING.iter().any(|word| name.contains(word))
}

impl Datadog {
    /// The names of all metrics that were reported since a time.
    pub(super) async fn active(&self, since: Instant) -> Result<BTreeSet<String>, SourceError> {
        let mut url = self.door.endpoint.at("api/v1/metrics");
        url.query_pairs_mut()
            .append_pair("from", &since.timestamp().to_string());
        let read = |answer: &Value| {
            let all = answer["metrics"].as_array();
            let all = all.ok_or_else(|| self.door.foreign())?;
            let names = all.iter().filter_map(Value::as_str).take(MOST_NAMES);
            Ok(names.map(str::to_owned).collect())
        };
        self.door.endpoint.get(url, read).await
    }

    /// The operations of some services. A service answers with the one operation that has most of its requests: the
    /// others are further spans of the same ones.
    pub(super) async fn operations(
        &self,
        found: &[String],
        names: &Names,
        window: Window,
    ) -> Result<Vec<Operation>, SourceError> {
        let scope = self.scope();
        let queries = found.iter().map(|name| {
            format!("sum:trace.{name}.hits{{{scope}}} by {{service,span.kind}}.as_count()")
        });
        let told = self.totals(queries.collect(), window).await?;
        let mut first = BTreeMap::<String, (usize, Counted)>::new();
        let mut calling = BTreeSet::new();
        for (at, series) in told.into_iter().enumerate() {
            for (labels, hits) in series {
                let Some(said) = labels.get("service") else {
                    continue;
                };
                let kind = labels.get("span.kind").filter(|k| *k != "N/A");
                let is_answer = match kind.map(String::as_str) {
                    Some("server" | "consumer") => true,
                    Some(_) => false,
                    None => answers(&found[at]),
                };
                let Some(service) = names.service(said).filter(|_| is_answer) else {
                    calling.extend((!is_answer).then_some(at));
                    continue;
                };
                let one = Counted {
                    said: said.clone(),
                    service: service.to_owned(),
                    has_kind: kind.is_some(),
                    hits,
                };
                let kept = first.get(said).filter(|(_, kept)| kept.hits >= one.hits);
                if kept.is_none() {
                    first.insert(said.clone(), (at, one));
                }
            }
        }
        Ok(sided(found, first.into_values(), &calling))
    }
}

fn sided(
    found: &[String],
    first: impl Iterator<Item = (usize, Counted)>,
    calling: &BTreeSet<usize>,
) -> Vec<Operation> {
    let mut answering = BTreeMap::<(usize, bool), Vec<(String, String)>>::new();
    for (at, one) in first {
        let of = answering.entry((at, one.has_kind)).or_default();
        of.push((one.said, one.service));
    }
    let answering = answering
        .into_iter()
        .map(|((at, has_kinds), services)| Operation {
            name: found[at].clone(),
            side: Side::Answers,
            has_kinds,
            services,
        });
    let calling = calling.iter().map(|at| Operation {
        name: found[*at].clone(),
        side: Side::Calls,
        has_kinds: false,
        services: Vec::new(),
    });
    answering.chain(calling).collect()
}
