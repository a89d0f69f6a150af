//! How a metrics server is asked, and how its answers are read.

use super::super::Answer;
use super::super::answer::{Labelled, changes, limits, series};
use super::super::question::{Gives, Question};
use super::Prometheus;
use crate::domain::Instant;
use crate::domain::text::clean_line;
use crate::sources::Window;
use crate::sources::http::SourceError;
use crate::sources::names::Names;
use serde_json::Value;
use std::collections::BTreeMap;

/// Series one question may give before it is called too wide.
const MOST_SERIES: usize = 5_000;
/// Points of the normal time: enough for its spread, few enough for a wire.
const NORMAL_POINTS: i64 = 576;
/// Seconds between points around the incident, where that is not more points than a screen has columns many times over.
const FINE: i64 = 30;
const FINE_POINTS: i64 = 2_000;

/// From and to.
type Times = (Instant, Instant);

impl Prometheus {
    /// The values of a label, of the series that probes find where some are given.
    pub(super) async fn values(
        &self,
        label: &str,
        probes: Vec<&str>,
        (from, to): Times,
    ) -> Result<Vec<String>, SourceError> {
        let endpoint = self.door.open().await?;
        let mut url = endpoint.at(&format!("api/v1/label/{label}/values"));
        url.query_pairs_mut()
            .append_pair("start", &from.timestamp().to_string())
            .append_pair("end", &to.timestamp().to_string())
            .extend_pairs(probes.into_iter().map(|probe| ("match[]", probe)));
        let read = |answer: &Value| {
            let values = answer["data"].as_array().ok_or_else(|| self.foreign())?;
            let named = values.iter().filter_map(|v| v.as_str().map(str::to_owned));
            Ok(named.take(MOST_SERIES).collect())
        };
        endpoint.get(url, read).await
    }

    pub(super) fn foreign(&self) -> SourceError {
        SourceError(format!("{} does not answer as Prometheus does.", self.name))
    }

    /// The series of a question, or the changes that show in them.
    pub(super) async fn answer(
        &self,
        question: &Question,
        names: &Names,
        window: Window,
    ) -> Result<Answer, SourceError> {
        let Gives::Series(signal) = &question.gives else {
            let times = (window.changes_from, window.to);
            let step = (seconds(times) / FINE_POINTS).max(60);
            let result = self.range(question.whole("2m"), times, step).await?;
            return Ok((Vec::new(), changes(&self.name, question, &result)));
        };
        let (before, around) = (
            (window.normal_from, window.recent_from),
            (window.recent_from, window.to),
        );
        // Whole minutes: servers keep a minute's points together.
        let step = (seconds(before) / NORMAL_POINTS).max(60) / 60 * 60;
        let rate = format!("{}s", step.max(120));
        let fine = (seconds(around) / FINE_POINTS).max(FINE);
        let (coarse, recent, limits) = tokio::join!(
            self.range(question.whole(&rate), before, step),
            self.range(question.whole("2m"), around, fine),
            self.limits(question, around, fine)
        );
        let mut all = series((&self.name, names), question, signal, [coarse?, recent?]);
        let limits = limits?;
        for one in &mut all {
            one.limit = limits.get(&one.service).copied().or(question.limit);
            one.link = Some(self.page(&one.query, window));
            one.query = clean_line(&one.query);
        }
        Ok((all, Vec::new()))
    }

    /// Where what is measured of each service runs out, where a query tells.
    async fn limits(
        &self,
        question: &Question,
        times: Times,
        step: i64,
    ) -> Result<BTreeMap<String, f64>, SourceError> {
        let Some(query) = question.whole_limit("2m") else {
            return Ok(BTreeMap::new());
        };
        Ok(limits(question, &self.range(query, times, step).await?))
    }

    /// One range query: label sets with their finite points.
    pub(super) async fn range(
        &self,
        query: String,
        (from, to): Times,
        step: i64,
    ) -> Result<Vec<Labelled>, SourceError> {
        // On the step's own grid, so that the same time asked twice gives the same points.
        let from = from.timestamp().div_euclid(step) * step;
        let fields = [
            ("query", query),
            ("start", from.to_string()),
            ("end", to.timestamp().to_string()),
            ("step", step.to_string()),
        ];
        let read = |answer: &Value| self.series_of(answer);
        let path = "api/v1/query_range";
        self.door.open().await?.form(path, &fields, read).await
    }

    /// Label sets with their finite points, as a range query is answered.
    fn series_of(&self, answer: &Value) -> Result<Vec<Labelled>, SourceError> {
        let result = answer["data"]["result"].as_array();
        let result = result.ok_or_else(|| self.foreign())?;
        if result.len() > MOST_SERIES {
            return Err(SourceError(format!(
                "{} gave {} series for one question; narrow the template.",
                self.name,
                result.len()
            )));
        }
        Ok(result
            .iter()
            .map(|one| (labels(&one["metric"]), points(&one["values"])))
            .collect())
    }

    /// The page where a person can see a query.
    fn page(&self, query: &str, window: Window) -> String {
        let shown = (window.recent_from.timestamp(), window.to.timestamp());
        if let Some(page) = self.door.explore(query, shown) {
            return page;
        }
        let mut url = self.door.own().at("graph");
        let hours = (window.to - window.recent_from).num_minutes().max(60);
        url.query_pairs_mut()
            .append_pair("g0.expr", query)
            .append_pair("g0.tab", "0")
            .append_pair("g0.range_input", &format!("{hours}m"))
            .append_pair(
                "g0.end_input",
                &window.to.format("%Y-%m-%d %H:%M:%S").to_string(),
            );
        crate::domain::secrets::redact(url.as_str())
    }
}

fn seconds((from, to): Times) -> i64 {
    (to - from).num_seconds()
}

fn labels(raw: &Value) -> BTreeMap<String, String> {
    raw.as_object()
        .into_iter()
        .flatten()
        .filter_map(|(k, v)| Some((k.clone(), clean_line(v.as_str()?))))
        .collect()
}

/// Finite points; what is not a number or infinite is a gap.
fn points(raw: &Value) -> Vec<(i64, f64)> {
    let pair = |p: &Value| {
        Some((
            p[0].as_f64()? as i64,
            p[1].as_str()?
                .parse::<f64>()
                .ok()
                .filter(|v| v.is_finite())?,
        ))
    };
    raw.as_array()
        .into_iter()
        .flatten()
        .filter_map(pair)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn any_answer_is_read_as_finite_points_and_clean_labels(value in crate::net::any_json()) {
            assert!(points(&value).iter().all(|(_, v)| v.is_finite()));
            assert!(labels(&value).values().all(|v| !v.contains('\u{1b}')));
        }
    }

    #[test]
    fn what_is_no_number_is_a_gap() {
        let raw = serde_json::json!([
            [1, "0.5"],
            [2, "NaN"],
            [3, "+Inf"],
            [4, null],
            [5.0, "7"],
            "x"
        ]);
        assert_eq!(points(&raw), [(1, 0.5), (5, 7.0)]);
    }
}
