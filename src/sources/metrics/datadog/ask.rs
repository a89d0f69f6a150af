//! How series are asked for: several questions in one request, each answer within its points.

use super::super::Answer;
use super::super::answer::{Labelled, changes, limits, series};
use super::super::question::{Gives, Question};
use super::steps::{FINE, Span, Steps};
use super::{AT_ONCE, Datadog, counted};
use crate::domain::text::clean_line;
use crate::domain::{Instant, Series};
use crate::sources::Window;
use crate::sources::http::SourceError;
use crate::sources::names::Names;
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::collections::BTreeMap;

/// Questions in one request.
const TOGETHER: usize = 6;
/// Letters of the questions in one request; an address longer than that is refused on the way.
const LONGEST: usize = 5_000;
/// Series one question may give before it is called too wide.
const MOST_SERIES: usize = 5_000;

/// Questions that go together: those about the same services one after another, so that calls and failing calls of an
/// operation are both told or neither.
pub(super) fn batches(questions: &[Question]) -> impl Iterator<Item = Vec<&Question>> {
    let mut all: Vec<Vec<&Question>> = Vec::new();
    for question in questions {
        let is_next = |last: &Vec<&Question>| {
            let letters: usize = last.iter().map(|q| q.whole("3600").len()).sum();
            last.len() < TOGETHER
                && last[0].values == question.values
                && letters + question.whole("3600").len() <= LONGEST
        };
        match all.last_mut().filter(|last| is_next(last)) {
            Some(last) => last.push(question),
            None => all.push(vec![question]),
        }
    }
    all.into_iter()
}

impl Datadog {
    /// What every question without narrower words is about.
    pub(super) fn scope(&self) -> &str {
        match self.door.filter() {
            "" => "*",
            filter => filter,
        }
    }

    /// What some questions come to over the whole time around the incident: a value for each of their groups.
    pub(super) async fn totals(
        &self,
        queries: Vec<String>,
        window: Window,
    ) -> Result<Vec<Vec<(BTreeMap<String, String>, f64)>>, SourceError> {
        let (from, to) = (window.recent_from.timestamp(), window.to.timestamp());
        let span = Span {
            from,
            to,
            step: (to - from).max(FINE),
        };
        let wide: Vec<String> = queries
            .iter()
            .map(|query| {
                let how = if query.ends_with("as_count()") {
                    "sum"
                } else {
                    "max"
                };
                format!("{query}.rollup({how}, {})", span.step)
            })
            .collect();
        let asked: Vec<_> = wide
            .chunks(TOGETHER)
            .map(|some| self.range(some, span))
            .collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut all = Vec::new();
        for answer in answers {
            let total = |(labels, points): Labelled| {
                let sum = points.iter().map(|p| p.1).sum();
                (labels, sum)
            };
            let each = answer?.into_iter();
            all.extend(each.map(|series| series.into_iter().map(total).collect()));
        }
        Ok(all)
    }

    /// The answers of a batch.
    pub(super) async fn answers(
        &self,
        batch: Vec<&Question>,
        names: &Names,
        steps: &Steps,
    ) -> Result<Answer, SourceError> {
        let (lasting, changing): (Vec<&Question>, Vec<&Question>) = batch
            .into_iter()
            .partition(|q| matches!(q.gives, Gives::Series(_)));
        let (normal, recent, changed, limited) = tokio::join!(
            self.written(&lasting, steps.normal),
            self.written(&lasting, steps.recent),
            self.written(&changing, steps.changes),
            self.limits(&lasting, steps.recent),
        );
        let (normal, recent, limited) = (normal?, recent?, limited?);
        let mut all = Vec::new();
        let parts = lasting.iter().zip(normal).zip(recent).zip(limited);
        for (((question, normal), recent), limits) in parts {
            let Gives::Series(signal) = &question.gives else {
                continue;
            };
            let mut told = series((&self.door.name, names), question, signal, [normal, recent]);
            for one in &mut told {
                one.limit = limits.get(&one.service).copied().or(question.limit);
            }
            all.extend(told);
        }
        counted::fill(&mut all, &lasting, steps);
        for one in &mut all {
            one.link = self.link(one, steps);
            one.query = clean_line(&one.query);
        }
        let shown = changing.iter().zip(changed?);
        let shown = shown.flat_map(|(q, told)| changes(&self.door.name, q, &told));
        Ok((all, shown.collect()))
    }

    async fn written(
        &self,
        questions: &[&Question],
        span: Span,
    ) -> Result<Vec<Vec<Labelled>>, SourceError> {
        let range = span.step.to_string();
        let queries: Vec<String> = questions.iter().map(|q| q.whole(&range)).collect();
        self.range(&queries, span).await
    }

    /// Where what is measured runs out, of the questions that have a query for it.
    async fn limits(
        &self,
        questions: &[&Question],
        span: Span,
    ) -> Result<Vec<BTreeMap<String, f64>>, SourceError> {
        let range = span.step.to_string();
        let asked: Vec<_> = questions
            .iter()
            .map(|question| self.limit(question, span, &range))
            .collect();
        let answers: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        answers.into_iter().collect()
    }

    async fn limit(
        &self,
        question: &Question,
        span: Span,
        range: &str,
    ) -> Result<BTreeMap<String, f64>, SourceError> {
        let Some(query) = question.whole_limit(range) else {
            return Ok(BTreeMap::new());
        };
        let told = self.range(&[query], span).await?.pop();
        Ok(limits(question, &told.unwrap_or_default()))
    }

    /// The series of some queries, by query.
    async fn range(
        &self,
        queries: &[String],
        span: Span,
    ) -> Result<Vec<Vec<Labelled>>, SourceError> {
        if queries.is_empty() || span.from >= span.to {
            return Ok(queries.iter().map(|_| Vec::new()).collect());
        }
        let mut url = self.door.endpoint.at("api/v1/query");
        url.query_pairs_mut()
            .append_pair("from", &span.from.to_string())
            .append_pair("to", &span.to.to_string())
            .append_pair("query", &queries.join(","));
        let read = |answer: &Value| self.series_of(answer, queries.len());
        let mut told = self.door.endpoint.get(url, read).await?;
        for (_, points) in told.iter_mut().flatten() {
            points.retain(|(at, _)| *at < span.to);
        }
        Ok(told)
    }

    fn series_of(&self, answer: &Value, asked: usize) -> Result<Vec<Vec<Labelled>>, SourceError> {
        let name = &self.door.name;
        if answer["status"].as_str() == Some("error") || answer["error"].is_string() {
            let why = clean_line(answer["error"].as_str().unwrap_or_default());
            let why: String = why.chars().take(200).collect();
            return Err(SourceError(format!("{name} answers that it cannot: {why}")));
        }
        let all = answer["series"]
            .as_array()
            .ok_or_else(|| self.door.foreign())?;
        if all.len() > MOST_SERIES {
            return Err(SourceError(format!(
                "{name} gave {} series for one question; narrow the filter.",
                all.len()
            )));
        }
        let mut by: Vec<Vec<Labelled>> = (0..asked).map(|_| Vec::new()).collect();
        for one in all {
            let at = one["query_index"].as_u64().unwrap_or(0);
            let place = usize::try_from(at).ok().and_then(|at| by.get_mut(at));
            let place = place.ok_or_else(|| self.door.foreign())?;
            place.push((labels(one), points(one)));
        }
        Ok(by)
    }

    /// The page where a person can see a series: of a traced operation its own.
    fn link(&self, one: &Series, steps: &Steps) -> Option<String> {
        let millis = |t: Instant| t.timestamp_millis().to_string();
        let (from, to) = (steps.window.recent_from, steps.window.to);
        let (_, metric) = one.query.split_once(':')?;
        let (metric, rest) = metric.split_once('{')?;
        let times = [("start", millis(from)), ("end", millis(to))];
        if let (Some(operation), None) = (metric.strip_prefix("trace."), &one.caller) {
            let operation = operation
                .trim_end_matches(".hits")
                .trim_end_matches(".errors");
            let scope = rest
                .split_once(" IN (")
                .and_then(|(_, names)| names.split_once(')'));
            let service = scope.map_or(one.service.as_str(), |(name, _)| name);
            let parts = [
                "apm",
                "services",
                service,
                "operations",
                operation,
                "resources",
            ];
            return self.door.page(&parts, &times);
        }
        let given = [("exp_metric", metric.to_owned())];
        let given: Vec<_> = given.into_iter().chain(times).collect();
        self.door.page(&["metric", "explorer"], &given)
    }
}

/// The tags that tell a series from the others of its question.
fn labels(one: &Value) -> BTreeMap<String, String> {
    let tags = one["tag_set"].as_array().into_iter().flatten();
    let tags = tags.filter_map(|tag| tag.as_str()?.split_once(':'));
    tags.map(|(name, value)| (clean_line(name), clean_line(value)))
        .collect()
}

/// Finite points, times in seconds; times that are measured in another unit become seconds too.
fn points(one: &Value) -> Vec<(i64, f64)> {
    let unit = &one["unit"][0];
    let factor = match unit["family"].as_str() {
        Some("time") => unit["scale_factor"].as_f64().filter(|f| f.is_finite()),
        _ => None,
    };
    let factor = factor.unwrap_or(1.0);
    let point = |p: &Value| {
        let value = p[1].as_f64()? * factor;
        let at = p[0].as_f64()? / 1_000.0;
        value.is_finite().then_some((at as i64, value))
    };
    let all = one["pointlist"].as_array().into_iter().flatten();
    all.filter_map(point).collect()
}
