//! How CloudWatch is asked: for the dimensions that a metric is reported with, and for many series at once.

use super::super::answer::{Labelled, series};
use super::super::question::Gives;
use super::expression::{Dimension, Expression};
use super::{AT_ONCE, Cloudwatch, Row, value};
use crate::domain::text::clean_line;
use crate::domain::{Instant, Series};
use crate::sources::Window;
use crate::sources::aws::Service;
use crate::sources::http::SourceError;
use crate::sources::names::Names;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// CloudWatch in signatures and by its operations.
pub(super) const SERVICE: Service = Service {
    name: "monitoring",
    target: "GraniteServiceVersion20100801",
    version: "1.0",
};
/// Pages of sets of dimensions, 500 each, and of points.
const MOST_PAGES: usize = 8;
/// Queries in one request, a metric each; and points that one gives.
const QUERIES: usize = 500;
const POINTS: i64 = 100_000;
/// Seconds of a point around the incident, and before it.
const FINE: i64 = 60;
const COARSE: i64 = 300;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Points of the normal time, and of the one around the incident.
const NORMAL_POINTS: i64 = 576;
const FINE_POINTS: i64 = 1_440;
/// Seconds until what happened is counted as a whole.
const SETTLES: i64 = 120;

/// A time in whole periods.
#[derive(Clone, Copy)]
struct Span {
    from: i64,
    to: i64,
    period: i64,
}

/// The times that are asked about.
pub(super) struct Steps {
    normal: Span,
    recent: Span,
}

/// Points by the place of their row.
type Told = BTreeMap<usize, Vec<(i64, f64)>>;

/// The shortest period of which points are still kept, by their age.
fn kept_for(age: i64) -> i64 {
    match age / DAY {
        ..15 => FINE,
        15..63 => COARSE,
        _ => HOUR,
    }
}

impl Steps {
    pub fn of(window: Window, now: Instant) -> Self {
        let span = |from: Instant, to: i64, points: i64, least: i64| {
            let (from, whole) = (from.timestamp(), to - from.timestamp());
            let kept = kept_for(now.timestamp() - from);
            let period = (whole / points).max(least).max(kept).div_euclid(kept) * kept;
            let on_grid = |t: i64| t.div_euclid(period) * period;
            Span {
                from: on_grid(from),
                to: on_grid(to),
                period,
            }
        };
        let (before, to) = (window.recent_from.timestamp(), window.to.timestamp());
        Self {
            normal: span(window.normal_from, before, NORMAL_POINTS, COARSE),
            recent: span(window.recent_from, to - SETTLES, FINE_POINTS, FINE),
        }
    }
}

impl Cloudwatch {
    /// The sets of dimensions that a metric is reported with.
    pub(super) async fn list(
        &self,
        probe: &str,
    ) -> Result<(String, Vec<Vec<Dimension>>), SourceError> {
        let mut all = Vec::new();
        let Some(expression) = Expression::read(probe) else {
            return Ok((probe.to_owned(), all));
        };
        let metric = &expression.metrics[0];
        let mut next: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut body = json!({"Namespace": metric.namespace, "MetricName": metric.name});
            if let Some(token) = &next {
                body["NextToken"] = json!(token);
            }
            let read = |answer: &Value| {
                // Nobody's metrics are no list.
                let listed = match &answer["Metrics"] {
                    Value::Null if answer.is_object() => Vec::new(),
                    listed => {
                        let listed = listed.as_array().ok_or_else(|| self.door.foreign())?;
                        listed.iter().map(dimensions).collect()
                    }
                };
                Ok((listed, answer["NextToken"].as_str().map(str::to_owned)))
            };
            let (listed, more) = self.door.ask(SERVICE, "ListMetrics", &body, read).await?;
            all.extend(listed.into_iter().filter(|row| self.admits(row)));
            next = more;
            if next.is_none() {
                break;
            }
        }
        Ok((probe.to_owned(), all))
    }

    /// The series of some rows, many in one request.
    pub(super) async fn series(
        &self,
        rows: &[Row<'_>],
        names: &Names,
        steps: &Steps,
    ) -> Vec<Result<Vec<Series>, SourceError>> {
        let asked: Vec<_> = together(rows, steps)
            .into_iter()
            .map(|some| self.both(some, names, steps))
            .collect();
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    async fn both(
        &self,
        rows: &[Row<'_>],
        names: &Names,
        steps: &Steps,
    ) -> Result<Vec<Series>, SourceError> {
        let (normal, recent) =
            tokio::join!(self.data(rows, steps.normal), self.data(rows, steps.recent));
        let (mut normal, mut recent) = (normal?, recent?);
        // Rows of one question stand together, so that those of one service become one series.
        let mut all = Vec::new();
        let mut from = 0;
        for of in rows.chunk_by(|a, b| std::ptr::eq(a.question, b.question)) {
            let places = from..from + of.len();
            from += of.len();
            let question = of[0].question;
            let Gives::Series(signal) = &question.gives else {
                continue;
            };
            let part = |told: &mut Told| -> Vec<Labelled> {
                let each = places.clone().zip(of);
                let each =
                    each.map(|(at, row)| (labels(row), told.remove(&at).unwrap_or_default()));
                each.collect()
            };
            let parts = [part(&mut normal), part(&mut recent)];
            let mut told = series((&self.door.name, names), question, signal, parts);
            for one in &mut told {
                one.limit = question.limit;
                let shown = format!("{} of {} {}", question.query, question.label, one.service);
                one.query = clean_line(&shown);
                one.link = Some(self.page(question.query.as_str(), &one.service));
            }
            told.retain(|s| !s.normal.is_empty() || !s.recent.is_empty());
            all.extend(told);
        }
        Ok(all)
    }

    /// The points of some rows in one time.
    async fn data(&self, rows: &[Row<'_>], span: Span) -> Result<Told, SourceError> {
        let mut told = Told::new();
        if span.from >= span.to {
            return Ok(told);
        }
        let queries = rows.iter().enumerate().flat_map(|(at, row)| {
            row.expression
                .queries(&format!("q{at}"), &row.dimensions, span.period)
        });
        let mut body = json!({
            "StartTime": span.from, "EndTime": span.to, "ScanBy": "TimestampAscending",
            "MetricDataQueries": queries.collect::<Vec<Value>>(),
        });
        for _ in 0..MOST_PAGES {
            let read = |answer: &Value| {
                let results = answer["MetricDataResults"].as_array();
                let results = results.ok_or_else(|| self.door.foreign())?;
                for one in results {
                    let id = one["Id"].as_str().and_then(|id| id.strip_prefix('q'));
                    if let Some(at) = id.and_then(|id| id.parse().ok()) {
                        let points: &mut Vec<(i64, f64)> = told.entry(at).or_default();
                        points.extend(points_of(one));
                    }
                }
                Ok(answer["NextToken"].as_str().map(str::to_owned))
            };
            let next = self.door.ask(SERVICE, "GetMetricData", &body, read).await?;
            let Some(next) = next else { break };
            body["NextToken"] = json!(next);
        }
        for points in told.values_mut() {
            points.sort_by_key(|p| p.0);
            points.dedup_by_key(|p| p.0);
            points.retain(|p| (span.from..span.to).contains(&p.0));
        }
        Ok(told)
    }

    /// The page of the console on which a metric is found.
    fn page(&self, query: &str, service: &str) -> String {
        let region = &self.door.region;
        let namespace = Expression::read(query).map(|e| e.metrics[0].namespace.clone());
        let namespace = namespace.unwrap_or_default().replace('/', "*2f");
        let mut url = String::from("https://");
        url.push_str(&format!(
            "{region}.console.aws.amazon.com/cloudwatch/home?region={region}"
        ));
        let plain = |c: &char| c.is_alphanumeric() || "-_.*".contains(*c);
        let service: String = service.chars().filter(plain).collect();
        url.push_str(&format!(
            "#metricsV2:graph=~();namespace=~'{namespace};search={service}"
        ));
        url
    }
}

/// As many rows as fit into one request by their queries and their points; those of one question stay together as far as
/// that goes.
fn together<'a, 'b>(rows: &'a [Row<'b>], steps: &Steps) -> Vec<&'a [Row<'b>]> {
    let points = |span: Span| (span.to - span.from) / span.period + 1;
    let each = points(steps.normal).max(points(steps.recent)).max(1);
    let most = usize::try_from(POINTS / each).unwrap_or(1).max(1);
    let (mut all, mut from) = (Vec::new(), 0);
    while from < rows.len() {
        let (mut to, mut queries) = (from, 0);
        while to < rows.len() && to - from < most {
            queries += rows[to].expression.metrics.len() + 1;
            if queries > QUERIES && to > from {
                break;
            }
            to += 1;
        }
        all.push(&rows[from..to]);
        from = to;
    }
    all
}

/// A row as a series is labelled.
fn labels(row: &Row<'_>) -> BTreeMap<String, String> {
    let named = row
        .dimensions
        .iter()
        .filter_map(|(name, _)| Some((name.clone(), clean_line(&value(&row.dimensions, name)?))));
    named.collect()
}

fn dimensions(metric: &Value) -> Vec<Dimension> {
    let all = metric["Dimensions"].as_array().into_iter().flatten();
    let each = all.filter_map(|d| Some((d["Name"].as_str()?.into(), d["Value"].as_str()?.into())));
    each.collect()
}

/// Finite points: times and values are two lists.
fn points_of(result: &Value) -> Vec<(i64, f64)> {
    let list = |name: &str| result[name].as_array().map_or(&[][..], Vec::as_slice);
    let pairs = list("Timestamps").iter().zip(list("Values"));
    let point = |(at, value): (&Value, &Value)| {
        let value = value.as_f64().filter(|v| v.is_finite())?;
        Some((crate::sources::logs::when(at)?.timestamp(), value))
    };
    pairs.filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Duration;

    #[test]
    fn points_are_asked_for_in_periods_that_are_still_kept() {
        let to = Instant::from_timestamp(1_795_185_000, 0).expect("a time");
        let window = Window {
            normal_from: to - Duration::hours(50),
            recent_from: to - Duration::hours(2),
            to,
            changes_from: to,
        };
        for (days, normal, recent) in [
            (0, 300, 60),
            (14, 300, 60),
            (20, 300, 300),
            (90, 3_600, 3_600),
        ] {
            let steps = Steps::of(window, to + Duration::days(days));
            assert_eq!(
                (steps.normal.period, steps.recent.period),
                (normal, recent),
                "{days}"
            );
            assert_eq!(steps.recent.from % recent, 0);
        }
    }
}
