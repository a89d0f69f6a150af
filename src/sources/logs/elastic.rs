//! Elasticsearch and OpenSearch: one request finds the services that are there, one search for each of them and each window
//! goes along with many others, so that a loud one takes nothing from the rest.

use super::lines::{kept, when};
use super::{AT_ONCE, Lines, Logged, MOST_LINES, Times};
use crate::config::{self, LogFields, LogKind};
use crate::domain::text::clean_line;
use crate::domain::{Instant, LogLine};
use crate::sources::Question;
use crate::sources::http::{Endpoint, SourceError};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Services that are asked about.
const MOST_SERVICES: usize = 200;
/// Names of services that are looked through.
const MOST_NAMES: usize = 2_000;
/// Lines of one answer; it is held in memory as a whole.
const MOST_AT_ONCE: usize = 8_000;
/// Lines of all services in one window, shared among them; and what each of them has in any case.
const MOST_IN_ALL: usize = 40_000;
const FEWEST: usize = 100;

/// A cluster and where its logs stand.
pub(super) struct Elastic {
    name: String,
    speaks: &'static str,
    endpoint: Box<Endpoint>,
    index: String,
    fields: LogFields,
}

/// What is searched for: a service, and the names it has here.
type Asked<'a> = (&'a str, Vec<String>);

impl Elastic {
    pub fn new(config: &config::Logs, endpoint: Endpoint) -> Self {
        Self {
            name: config.name.clone(),
            speaks: match config.kind {
                LogKind::Opensearch => "OpenSearch",
                _ => "Elasticsearch",
            },
            endpoint: Box::new(endpoint),
            index: config.index.clone(),
            fields: config.fields.clone(),
        }
    }

    pub async fn check(&self) -> Result<String, SourceError> {
        let field = self.service_field().await?;
        Ok(format!("{} tells its services by {field}", self.index))
    }

    pub async fn samples(&self, question: Question<'_>, times: &Times) -> Logged {
        let known = async {
            let field = self.service_field().await?;
            let said = self.said(&field, times).await?;
            Ok::<_, SourceError>((field, said))
        };
        match known.await {
            Ok((field, said)) => self.searched(&field, said, question, times).await,
            Err(e) => Logged::lacking(e),
        }
    }

    async fn searched(
        &self,
        field: &str,
        said: Vec<String>,
        question: Question<'_>,
        times: &Times,
    ) -> Logged {
        let mut here = BTreeMap::<&str, Vec<String>>::new();
        for name in said {
            if let Some(service) = question.names.service(&name) {
                here.entry(service).or_default().push(name);
            }
        }
        let named = question.services.iter().take(MOST_SERVICES);
        let asked: Vec<Asked<'_>> = named
            .filter_map(|s| here.remove_entry(s.as_str()))
            .collect();
        let most = (MOST_IN_ALL / asked.len().max(1)).clamp(FEWEST, MOST_LINES);
        let groups = asked.chunks((MOST_AT_ONCE / most / 2).max(1));
        let asked: Vec<_> = groups
            .map(|group| self.group(field, group, times, most))
            .collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        Logged::joined(answers)
    }

    fn path(&self, what: &str) -> String {
        format!("{}/{what}", self.index)
    }

    fn foreign(&self) -> SourceError {
        SourceError(format!(
            "{} does not answer as {} does.",
            self.name, self.speaks
        ))
    }

    /// The field by which services can be told apart: a text has a further one for that.
    async fn service_field(&self) -> Result<String, SourceError> {
        let own = &self.fields.service;
        let either = [own.clone(), format!("{own}.keyword")];
        let mut url = self.endpoint.at(&self.path("_field_caps"));
        url.query_pairs_mut()
            .append_pair("fields", &either.join(","));
        let read = |answer: &Value| {
            let known = answer["fields"].as_object().ok_or_else(|| self.foreign())?;
            let is_telling = |field: &String| {
                let kinds = known.get(field).and_then(Value::as_object);
                let mut kinds = kinds.into_iter().flat_map(|k| k.values());
                kinds.any(|k| k["aggregatable"].as_bool() == Some(true))
            };
            let found = either.iter().find(|f| is_telling(f));
            found.cloned().ok_or_else(|| {
                SourceError(format!(
                    "{} has no field {own} with whole words in {}; set fields.service and index.",
                    self.name, self.index
                ))
            })
        };
        self.endpoint.get(url, read).await
    }

    /// The names of services that wrote something.
    async fn said(&self, field: &str, times: &Times) -> Result<Vec<String>, SourceError> {
        let body = json!({
            "size": 0,
            "query": {"bool": {"filter": [self.within(times.start, times.end)]}},
            "aggs": {"services": {"terms": {"field": field, "size": MOST_NAMES}}},
        });
        let read = |answer: &Value| {
            let buckets = &answer["aggregations"]["services"]["buckets"];
            // An index that does not exist yet has no aggregations.
            let none = answer["hits"].is_object().then(Vec::new);
            let named = buckets.as_array().map(|all| {
                let each = all.iter().filter_map(|b| b["key"].as_str());
                each.take(MOST_NAMES).map(str::to_owned).collect()
            });
            named.or(none).ok_or_else(|| self.foreign())
        };
        self.endpoint.post(&self.path("_search"), &body, read).await
    }

    fn within(&self, from: Instant, to: Instant) -> Value {
        let stamp = |t: Instant| t.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        let time = self.fields.time.as_str();
        json!({"range": {time: {"gte": stamp(from), "lt": stamp(to), "format": "strict_date_optional_time"}}})
    }

    /// Both windows of some services by one request.
    async fn group(
        &self,
        field: &str,
        group: &[Asked<'_>],
        times: &Times,
        most: usize,
    ) -> Result<Logged, SourceError> {
        let time = self.fields.time.as_str();
        let mut body = String::new();
        for (_, names) in group {
            for (from, to) in times.windows() {
                let search = json!({
                    "size": most,
                    "track_total_hits": false,
                    "sort": [{time: {"order": "desc", "unmapped_type": "date"}}],
                    "_source": [self.fields.message],
                    "query": {"bool": {"filter": [self.within(from, to), {"terms": {field: names}}]}},
                });
                body.push_str(&format!("{{}}\n{search}\n"));
            }
        }
        let read = |answer: &Value| {
            let all = answer["responses"].as_array();
            let all = all.filter(|r| r.len() == group.len() * 2);
            let all = all.ok_or_else(|| self.foreign())?;
            let mut out = Logged::default();
            for ((service, names), pair) in group.iter().zip(all.chunks(2)) {
                let [normal, recent] = [&pair[0], &pair[1]].map(|one| {
                    let read = self.lines(one, most, &mut out.missing);
                    Lines::new(read, most)
                });
                let query = format!("{} in {}", self.query(field, names), self.index);
                let sample = times.sample(&self.name, service, &query, [normal, recent]);
                out.samples.push(sample);
            }
            Ok(out)
        };
        let path = self.path("_msearch");
        self.endpoint.post_lines(&path, body, read).await
    }

    /// What a person asks in Kibana or OpenSearch Dashboards for the same.
    fn query(&self, field: &str, names: &[String]) -> String {
        let named: Vec<String> = names
            .iter()
            .map(|n| format!("{:?}", clean_line(n)))
            .collect();
        match named.as_slice() {
            [one] => format!("{field}: {one}"),
            several => format!("{field}: ({})", several.join(" or ")),
        }
    }

    /// The lines that one search found, and what it could not tell.
    pub(super) fn lines(
        &self,
        answer: &Value,
        most: usize,
        missing: &mut Vec<String>,
    ) -> Vec<LogLine> {
        let name = &self.name;
        let Some(hits) = answer["hits"]["hits"].as_array() else {
            let why = answer["error"]["reason"].as_str().map(clean_line);
            let why: String = why.unwrap_or_default().chars().take(200).collect();
            missing.push(format!("{name} could not search: {why}"));
            return Vec::new();
        };
        let is_part = answer["timed_out"].as_bool() == Some(true)
            || answer["_shards"]["failed"].as_u64().is_some_and(|n| n > 0);
        if is_part {
            missing.push(format!(
                "{name} answered from a part of its shards: lines are missing."
            ));
        }
        let line = |hit: &Value| {
            Some(LogLine {
                at: when(&hit["sort"][0])?,
                text: kept(inner(&hit["_source"], &self.fields.message)?.as_str()?),
            })
        };
        let lines: Vec<LogLine> = hits.iter().filter_map(line).take(most).collect();
        if lines.is_empty() && !hits.is_empty() {
            let (message, time) = (&self.fields.message, &self.fields.time);
            missing.push(format!(
                "{name} has entries without a text at {message} or a time at {time}; set fields.message and fields.time."
            ));
        }
        lines
    }
}

/// What stands at a field's name: documents are nested, or flat with dots in their names, or both.
fn inner<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    if let Some(found) = value.get(name) {
        return Some(found);
    }
    let dots = name.match_indices('.');
    dots.into_iter()
        .find_map(|(at, _)| inner(value.get(&name[..at])?, &name[at + 1..]))
}
