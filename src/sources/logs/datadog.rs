//! Logs from Datadog, by its documentation: one question counts the lines of every service, and tells who can be asked for
//! together and who would fill an answer and is asked for alone.

use super::lines::{kept, when};
use super::{AT_ONCE, Lines, Logged, Times};
use crate::config::{self, ConfigError};
use crate::domain::{Instant, LogLine};
use crate::sources::Question;
use crate::sources::datadog::{Datadog as Door, Settings, listed};
use crate::sources::http::{Asking, SourceError};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Lines of one answer, the most that Datadog gives.
const PAGE: usize = 1_000;
/// Services that are asked about.
const MOST_SERVICES: usize = 200;
/// Names of services that are looked through.
const MOST_NAMES: usize = 1_000;
/// Lines from which on a service is asked for alone, and services that are in one window; the others that are as loud go
/// together, the newest lines of them.
const LOUD: u64 = 250;
const MOST_ALONE: usize = 8;
/// Services in one question, as far as their lines go into one answer.
const TOGETHER: usize = 40;

type Span = (Instant, Instant);
/// Lines by service.
type Found = BTreeMap<String, Lines>;

/// Services that go into one question: their names at Datadog with the service each stands for.
type Asked = Vec<(String, String)>;

/// An organisation's logs at Datadog.
pub(super) struct Datadog {
    door: Door,
}

impl Datadog {
    pub fn open(config: &config::Logs, asking: &Asking) -> Result<Self, ConfigError> {
        let settings = Settings {
            name: &config.name,
            url: &config.url,
            site: &config.site,
            keys: &config.keys,
            filter: &config.filter,
            access: &config.access,
        };
        let door = Door::open(&settings, asking)?;
        Ok(Self { door })
    }

    pub async fn check(&self) -> Result<String, SourceError> {
        let counts = self.counts("now-15m".into(), "now".into()).await?;
        Ok(format!(
            "services with logs in the last 15 minutes: {}",
            counts.len()
        ))
    }

    /// Both windows.
    pub async fn samples(&self, question: Question<'_>, times: &Times) -> Logged {
        let [normal, recent] = times.windows();
        let (normal, recent) = tokio::join!(
            self.window(&question, normal),
            self.window(&question, recent)
        );
        let mut out = Logged::default();
        let mut parts = [normal, recent].map(|told| match told {
            Ok((found, missing)) => {
                out.missing.extend(missing);
                found
            }
            Err(e) => {
                out.missing.push(e.0);
                Found::new()
            }
        });
        for service in question.services.iter().take(MOST_SERVICES) {
            let lines = parts.each_mut();
            let lines = lines.map(|found| found.remove(service).unwrap_or_default());
            let query = self.narrowed(&format!("service:{service}"));
            let sample = times.sample(&self.door.name, service, &query, lines);
            out.samples.push(sample);
        }
        out
    }

    fn narrowed(&self, query: &str) -> String {
        match self.door.filter() {
            "" => query.to_owned(),
            filter => format!("({filter}) {query}"),
        }
    }

    /// Lines by service in one window, and what could not be had.
    async fn window(
        &self,
        question: &Question<'_>,
        span: Span,
    ) -> Result<(Found, Vec<String>), SourceError> {
        let counts = self.counts(stamp(span.0), stamp(span.1)).await?;
        let wanted = &question.services[..question.services.len().min(MOST_SERVICES)];
        let known = counts.into_iter().filter_map(|(said, count)| {
            let service = question.names.service(&said)?;
            let at = wanted.iter().position(|w| w == service)?;
            Some((at, said, count))
        });
        let mut known: Vec<(usize, String, u64)> = known.collect();
        known.sort();
        let asked = batches(&known)
            .into_iter()
            .map(|batch| {
                let named = batch.into_iter();
                let named = named.map(|(at, said)| (said, wanted[at].clone()));
                self.lines(named.collect(), span)
            })
            .collect::<Vec<_>>();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let (mut found, mut missing) = (Found::new(), Vec::new());
        for answer in answers {
            match answer {
                Ok((lines, lacks)) => {
                    found.extend(lines);
                    missing.extend(lacks);
                }
                Err(e) => missing.push(e.0),
            }
        }
        Ok((found, missing))
    }

    /// How many lines each service wrote.
    async fn counts(&self, from: String, to: String) -> Result<Vec<(String, u64)>, SourceError> {
        let body = json!({
            "compute": [{"aggregation": "count", "type": "total"}],
            "filter": {"query": self.narrowed("service:*"), "from": from, "to": to},
            "group_by": [{"facet": "service", "limit": MOST_NAMES, "sort": {"aggregation": "count", "order": "desc"}}],
        });
        let read = |answer: &Value| {
            let buckets = answer["data"]["buckets"].as_array();
            let buckets = buckets.ok_or_else(|| self.door.foreign())?;
            let count = |bucket: &Value| {
                let said = bucket["by"]["service"].as_str()?.to_owned();
                let count = bucket["computes"]["c0"].as_f64().unwrap_or(0.0);
                Some((said, count.max(0.0) as u64))
            };
            let each = buckets.iter().filter_map(count);
            Ok(each.take(MOST_NAMES).collect())
        };
        let path = "api/v2/logs/analytics/aggregate";
        self.door.endpoint.post(path, &body, read).await
    }

    /// The newest lines of some services, and what was left out.
    async fn lines(
        &self,
        asked: Asked,
        (from, to): Span,
    ) -> Result<(Found, Option<String>), SourceError> {
        let names = listed(asked.iter().map(|(said, _)| said), " OR ");
        let body = json!({
            "filter": {"query": self.narrowed(&format!("service:({names})")), "from": stamp(from), "to": stamp(to)},
            "sort": "-timestamp",
            "page": {"limit": PAGE},
        });
        let read = |answer: &Value| {
            let data = answer["data"].as_array();
            let data = data.ok_or_else(|| self.door.foreign())?;
            let late = answer["meta"]["status"] == "timeout";
            let lacks = late.then(|| {
                let name = &self.door.name;
                format!("{name} searched its logs only in part: lines are missing.")
            });
            Ok((by_service(data, &asked, to), lacks))
        };
        let path = "api/v2/logs/events/search";
        self.door.endpoint.post(path, &body, read).await
    }
}

fn stamp(t: Instant) -> String {
    t.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Who is asked for together: quiet services as far as their lines go into one answer, loud ones alone while there are few
/// of them. Of each its place and its name.
fn batches(known: &[(usize, String, u64)]) -> Vec<Vec<(usize, String)>> {
    let (loud, quiet): (Vec<_>, Vec<_>) = known.iter().partition(|one| one.2 > LOUD);
    let named = |one: &(usize, String, u64)| (one.0, one.1.clone());
    let (alone, shared) = loud.split_at(loud.len().min(MOST_ALONE));
    let mut all: Vec<Vec<_>> = alone.iter().map(|one| vec![named(one)]).collect();
    let (mut batch, mut lines) = (Vec::new(), 0);
    for one in quiet {
        if !batch.is_empty() && (lines + one.2 > PAGE as u64 || batch.len() == TOGETHER) {
            all.push(std::mem::take(&mut batch));
            lines = 0;
        }
        lines += one.2;
        batch.push(named(one));
    }
    all.push(batch);
    all.extend(
        shared
            .chunks(TOGETHER)
            .map(|some| some.iter().map(|one| named(one)).collect()),
    );
    all.retain(|batch| !batch.is_empty());
    all
}

/// Lines by service. Of a full answer they stand for the time since the oldest of all.
fn by_service(data: &[Value], asked: &Asked, to: Instant) -> Found {
    let mut told: BTreeMap<String, Vec<LogLine>> = BTreeMap::new();
    let mut oldest: Option<Instant> = None;
    for one in data.iter().take(PAGE) {
        let of = &one["attributes"];
        let named = of["service"].as_str();
        let service = asked.iter().find(|(said, _)| Some(said.as_str()) == named);
        let (Some(at), Some((_, service))) = (when(&of["timestamp"]), service) else {
            continue;
        };
        oldest = Some(oldest.map_or(at, |o| o.min(at)));
        let text = kept(&words(of));
        told.entry(service.clone())
            .or_default()
            .push(LogLine { at, text });
    }
    let since = oldest.filter(|_| data.len() >= PAGE);
    let seconds = since.map(|since| (to - since).num_seconds());
    let lines = |all: Vec<LogLine>| match seconds {
        Some(seconds) => Lines::cut(all, seconds),
        None => Lines::new(all, usize::MAX),
    };
    told.into_iter()
        .map(|(service, all)| (service, lines(all)))
        .collect()
}

/// What a line says, with its status where it tells of a failure and the words do not.
fn words(of: &Value) -> String {
    let own = of["message"].as_str().filter(|m| !m.trim().is_empty());
    let inner = || {
        let places = [
            "/attributes/message",
            "/attributes/error/message",
            "/attributes/msg",
        ];
        places.iter().find_map(|place| of.pointer(place)?.as_str())
    };
    let text = own.or_else(inner).unwrap_or_default();
    let status = of["status"].as_str().unwrap_or_default().to_uppercase();
    let tells = ["ERROR", "CRITICAL", "ALERT", "EMERGENCY"].contains(&status.as_str());
    let head: String = text.chars().take(400).collect::<String>().to_uppercase();
    match tells && !head.contains("ERROR") && !head.contains(&status) {
        true => format!("{status} {text}"),
        false => text.to_owned(),
    }
}
