//! Loki. One question is for many services where its query allows it; services that fill an answer are asked for alone, so
//! that they drown nobody.

use super::lines::kept;
use super::{AT_ONCE, Lines, Logged, MOST_LINES, Times};
use crate::config;
use crate::domain::{Instant, LogLine, LogSample};
use crate::sources::Question;
use crate::sources::grafana::Door;
use crate::sources::http::{Endpoint, SourceError};
use crate::sources::metrics::literal;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::collections::BTreeMap;

/// Services that are asked about: alone, and together.
const MOST_ALONE: usize = 24;
const MOST_TOGETHER: usize = 200;
/// Services in one question: a longer alternation makes some proxies refuse the request.
const TOGETHER: usize = 40;
/// Lines of such an answer; a server gives 5,000 by default.
const MOST_SHARED: usize = 2 * MOST_LINES;
/// Times that a full answer is asked for again without those who filled it.
const ROUNDS: usize = 3;

/// A server and its query.
pub(super) struct Loki {
    name: String,
    door: Box<Door>,
    query: String,
}

type Span = (Instant, Instant);
/// Lines by service.
type Found = BTreeMap<String, Lines>;

impl Loki {
    pub fn new(config: &config::Logs, endpoint: Endpoint) -> Self {
        Self {
            name: config.name.clone(),
            door: Box::new(Door::new(&config.name, endpoint, &config.datasource)),
            query: config.query.clone(),
        }
    }

    pub async fn check(&self) -> Result<String, SourceError> {
        let read = |labels: &Value| {
            let known = labels["data"].as_array().ok_or_else(|| self.foreign())?;
            Ok(format!("known labels: {}", known.len()))
        };
        let endpoint = self.door.open().await?;
        let url = endpoint.at("loki/api/v1/labels");
        endpoint.get(url, read).await
    }

    pub async fn samples(&self, question: Question<'_>, times: &Times) -> Logged {
        let Some((label, query)) = together(&self.query) else {
            let each = question.services.iter().take(MOST_ALONE);
            let asked: Vec<_> = each.map(|service| self.sample(service, times)).collect();
            let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
            return Logged::joined(answers);
        };
        let services = &question.services[..question.services.len().min(MOST_TOGETHER)];
        let groups = services.chunks(TOGETHER);
        let asked: Vec<_> = groups
            .enumerate()
            .map(|(at, group)| {
                // Those named and the nearest are in the first.
                let alone = if at == 0 { MOST_ALONE } else { 0 };
                self.both((group, alone), &label, &query, times)
            })
            .collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        Logged::joined(answers)
    }

    /// Both windows of several services.
    async fn both(
        &self,
        (group, alone): (&[String], usize),
        label: &str,
        query: &str,
        times: &Times,
    ) -> Result<Logged, SourceError> {
        let [normal, recent] = times
            .windows()
            .map(|w| self.group((group, alone), (label, query), w));
        let (normal, recent) = tokio::join!(normal, recent);
        let (mut normal, mut recent) = (normal?, recent?);
        let samples = group.iter().map(|service| {
            let lines =
                [&mut normal, &mut recent].map(|found| found.remove(service).unwrap_or_default());
            times.sample(&self.name, service, &self.of(service), lines)
        });
        Ok(Logged {
            samples: samples.collect(),
            missing: Vec::new(),
        })
    }

    /// The query for one service.
    fn of(&self, service: &str) -> String {
        self.query.replace("$service", &literal(service))
    }

    async fn sample(&self, service: &str, times: &Times) -> Result<LogSample, SourceError> {
        let query = self.of(service);
        let [normal, recent] = times.windows().map(|w| self.alone(service, w));
        let (normal, recent) = tokio::join!(normal, recent);
        let lines = [normal?, recent?];
        Ok(times.sample(&self.name, service, &query, lines))
    }

    async fn alone(&self, service: &str, span: Span) -> Result<Lines, SourceError> {
        let read = |answer: &Value| {
            let lines = self.streams(answer)?.into_iter().flat_map(|s| s.1);
            Ok(lines.take(MOST_LINES).collect())
        };
        let query = self.of(service);
        let lines = self.ask(&query, span, MOST_LINES, read);
        Ok(Lines::new(lines.await?, MOST_LINES))
    }

    /// The lines of several services. So many of those that fill an answer are asked for alone; the others again, together.
    /// Who fills it beyond that has what the answer holds: the newest lines, and the time they stand for.
    async fn group(
        &self,
        (group, mut alone): (&[String], usize),
        (label, query): (&str, &str),
        span: Span,
    ) -> Result<Found, SourceError> {
        let mut found = Found::new();
        let mut rest: Vec<&String> = group.iter().collect();
        for round in 1.. {
            let named: Vec<String> = rest.iter().map(|s| literal(s)).collect();
            let asked = query.replace("$service", &named.join("|"));
            let read = |answer: &Value| self.by_service(answer, label);
            let mut told = self.ask(&asked, span, MOST_SHARED, read).await?;
            let count: usize = told.values().map(Vec::len).sum();
            if count < MOST_SHARED {
                let whole = told
                    .into_iter()
                    .map(|(s, l)| (s, Lines::new(l, MOST_SHARED)));
                found.extend(whole);
                break;
            }
            let oldest = told.values().flatten().map(|l| l.at).min();
            let seconds = oldest.map_or(0, |at| (span.1 - at).num_seconds());
            let fair = MOST_SHARED / rest.len();
            let fills = |s: &String| told.get(s).is_some_and(|l| l.len() >= fair);
            let (loud, quiet): (Vec<_>, Vec<_>) = rest.into_iter().partition(|s| fills(s));
            let (own, kept) = loud.split_at(loud.len().min(alone));
            alone -= own.len();
            self.each_alone(own, span, &mut found).await?;
            let is_last = round == ROUNDS || quiet.is_empty();
            let kept = kept.iter().chain(quiet.iter().filter(|_| is_last));
            for service in kept {
                let lines = told.remove(*service).unwrap_or_default();
                found.insert((*service).clone(), Lines::cut(lines, seconds));
            }
            if is_last {
                break;
            }
            rest = quiet;
        }
        Ok(found)
    }

    async fn each_alone(
        &self,
        services: &[&String],
        span: Span,
        found: &mut Found,
    ) -> Result<(), SourceError> {
        let asked: Vec<_> = services
            .iter()
            .map(|service| self.alone(service, span))
            .collect();
        let answers: Vec<Result<_, SourceError>> =
            stream::iter(asked).buffered(AT_ONCE).collect().await;
        for (service, lines) in services.iter().zip(answers) {
            found.insert((*service).clone(), lines?);
        }
        Ok(())
    }

    async fn ask<T>(
        &self,
        query: &str,
        (from, to): Span,
        most: usize,
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let endpoint = self.door.open().await?;
        let mut url = endpoint.at("loki/api/v1/query_range");
        let nanos = |t: Instant| format!("{}000000000", t.timestamp());
        url.query_pairs_mut()
            .append_pair("query", query)
            .append_pair("start", &nanos(from))
            .append_pair("end", &nanos(to))
            .append_pair("limit", &most.to_string())
            .append_pair("direction", "backward");
        endpoint.get(url, read).await
    }

    fn foreign(&self) -> SourceError {
        SourceError(format!("{} does not answer as Loki does.", self.name))
    }

    /// The streams of a range query: labels, and lines.
    fn streams<'a>(
        &self,
        answer: &'a Value,
    ) -> Result<Vec<(&'a Value, Vec<LogLine>)>, SourceError> {
        let streams = answer["data"]["result"].as_array();
        let streams = streams.ok_or_else(|| self.foreign())?;
        let entry = |v: &Value| {
            let nanos: i64 = v[0].as_str()?.parse().ok()?;
            Some(LogLine {
                at: Instant::from_timestamp_nanos(nanos),
                text: kept(v[1].as_str()?),
            })
        };
        let lines = |s: &Value| {
            let values = s["values"].as_array().into_iter().flatten();
            values.filter_map(entry).take(MOST_SHARED).collect()
        };
        Ok(streams.iter().map(|s| (&s["stream"], lines(s))).collect())
    }

    /// The lines of each service that a label names.
    pub(super) fn by_service(
        &self,
        answer: &Value,
        label: &str,
    ) -> Result<BTreeMap<String, Vec<LogLine>>, SourceError> {
        let mut found = BTreeMap::<String, Vec<LogLine>>::new();
        for (labels, lines) in self.streams(answer)? {
            if let Some(service) = labels[label].as_str() {
                let of = found.entry(service.to_owned()).or_default();
                of.extend(lines);
            }
        }
        Ok(found)
    }
}

/// The label that names the service in a query, and the query for several of them; nothing where it is used otherwise.
fn together(query: &str) -> Option<(String, String)> {
    let several = query.replace("=\"$service\"", "=~\"$service\"");
    let (before, after) = several.split_once("=~\"$service\"")?;
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    let label: String = {
        let reversed = before.trim_end().chars().rev();
        let name: Vec<char> = reversed.take_while(|c| is_part(*c)).collect();
        name.into_iter().rev().collect()
    };
    let is_once = !before.contains("$service") && !after.contains("$service");
    (is_once && !label.is_empty()).then_some((label, several))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_asked_for_many_services_where_one_label_names_them() {
        for (query, expected) in [
            (
                "{service_name=\"$service\"}",
                Some(("service_name", "{service_name=~\"$service\"}")),
            ),
            (
                "{env=\"prod\", app =~\"$service\"} |= \"x\"",
                Some(("app", "{env=\"prod\", app =~\"$service\"} |= \"x\"")),
            ),
            ("{app=\"shop-$service\"}", None),
            ("{app=\"$service\"} |= \"$service\"", None),
            ("{env=\"prod\"}", None),
        ] {
            let found = together(query);
            let found = found.as_ref().map(|(l, q)| (l.as_str(), q.as_str()));
            assert_eq!(found, expected, "{query}");
        }
    }
}
