//! Metrics from Prometheus and what speaks its HTTP API.

use super::Window;
use super::http::{Endpoint, SourceError};
use super::names::Names;
use super::presets::{Preset, chosen};
use crate::config::{self, ConfigError, Template};
use crate::domain::text::clean_line;
use crate::domain::{Change, ChangeClass, Instant, Series, Signal};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Questions under way at once: a metrics server evaluates about so many without queueing (its default is 20).
const AT_ONCE: usize = 8;
/// Names in one question: a longer alternation makes some proxies refuse the request.
const NAMES_AT_ONCE: usize = 40;
/// Series one question may give before it is called too wide.
const MOST_SERIES: usize = 5_000;
/// Points of the normal time: enough for its spread, few enough for a wire.
const NORMAL_POINTS: i64 = 576;
/// Seconds between points around the incident, where that is not more points than a screen has columns many times over.
const FINE: i64 = 30;
const FINE_POINTS: i64 = 2_000;

/// What a template gives.
#[derive(Clone, Debug, PartialEq)]
enum Gives {
    Series(Signal),
    Versions,
    Generation,
    Started,
}

/// A metrics server.
pub struct Metrics {
    name: String,
    endpoint: Endpoint,
    presets: Vec<Preset>,
    own: Vec<Template>,
}

/// What it told.
#[derive(Debug, Default)]
pub struct Measured {
    /// Series.
    pub series: Vec<Series>,
    /// Changes that show in series.
    pub changes: Vec<Change>,
    /// What it could not tell, in sentences.
    pub missing: Vec<String>,
}

/// A series as it is answered: its labels, and its finite points.
type Labelled = (BTreeMap<String, String>, Vec<(i64, f64)>);

/// A question for some services.
struct Question {
    gives: Gives,
    label: String,
    query: String,
    /// The source's name of a service, to the service.
    values: BTreeMap<String, String>,
}

impl Metrics {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Prometheus, timeout: Duration) -> Result<Self, ConfigError> {
        let presets = chosen(&config.preset)
            .map_err(|e| ConfigError(format!("The source \"{}\": {e}", config.name)))?;
        for template in &config.template {
            gives(template)
                .map_err(|what| ConfigError(format!("The source \"{}\": {what}", config.name)))?;
        }
        Ok(Self {
            name: config.name.clone(),
            endpoint: Endpoint::open(&config.name, &config.url, &config.access, timeout)?,
            presets,
            own: config.template.clone(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it answers, and which presets apply: for `doctor`.
    pub async fn check(&self, now: Instant) -> Result<String, SourceError> {
        let mut found = BTreeSet::new();
        for preset in &self.presets {
            if !self
                .values(
                    &preset.label,
                    Some(&preset.probe),
                    now - chrono::Duration::hours(1),
                    now,
                )
                .await?
                .is_empty()
            {
                found.insert(preset.name.as_str());
            }
        }
        if self.presets.is_empty() {
            self.values(
                "__name__",
                Some("up"),
                now - chrono::Duration::hours(1),
                now,
            )
            .await?;
        }
        let templates = format!("{} of your own templates", self.own.len());
        Ok(if found.is_empty() {
            format!("no preset applies; {templates}")
        } else {
            format!(
                "{} applies; {templates}",
                found.into_iter().collect::<Vec<_>>().join(", ")
            )
        })
    }

    /// Everything it knows of some services in a window.
    pub async fn measure(&self, names: &Names, window: Window) -> Measured {
        let mut out = Measured::default();
        let questions = match self.questions(names, window).await {
            Ok(questions) => questions,
            Err(e) => {
                out.missing.push(e.to_string());
                return out;
            }
        };
        if questions.is_empty() {
            out.missing.push(format!(
                "{} has no series for the services in question.",
                self.name
            ));
            return out;
        }
        let answers: Vec<_> = stream::iter(questions)
            .map(|q| async move { self.answer(&q, window).await })
            .buffered(AT_ONCE)
            .collect()
            .await;
        for answer in answers {
            match answer {
                Ok((series, changes)) => {
                    out.series.extend(series);
                    out.changes.extend(changes);
                }
                Err(e) => out.missing.push(e.to_string()),
            }
        }
        out.missing.sort();
        out.missing.dedup();
        let mut seen = BTreeSet::new();
        out.changes
            .retain(|c| seen.insert((c.at, c.service.clone(), c.title.clone())));
        out
    }

    /// Which questions apply: presets whose probe exists and own templates, for the names their label carries.
    async fn questions(&self, names: &Names, window: Window) -> Result<Vec<Question>, SourceError> {
        let mut all = Vec::new();
        let mut probes: Vec<(String, Option<&str>, &[Template])> = self
            .presets
            .iter()
            .map(|p| (p.label.clone(), Some(p.probe.as_str()), &*p.template))
            .collect();
        probes.extend(
            self.own
                .iter()
                .map(|t| (t.label.clone(), None, std::slice::from_ref(t))),
        );
        let mut known: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (label, probe, templates) in probes {
            let key = format!("{label} {probe:?}");
            if !known.contains_key(&key) {
                let values = self
                    .values(&label, probe, window.recent_from, window.to)
                    .await?;
                known.insert(key.clone(), values);
            }
            let matched: Vec<(String, String)> = known[&key]
                .iter()
                .filter_map(|v| names.service(v).map(|s| (v.clone(), s.to_owned())))
                .collect();
            for template in templates {
                let Ok(gives) = gives(template) else { continue };
                for chunk in matched.chunks(NAMES_AT_ONCE) {
                    let values: BTreeMap<String, String> = chunk.iter().cloned().collect();
                    all.push(Question {
                        gives: gives.clone(),
                        label: label.clone(),
                        query: template.query.clone(),
                        values,
                    });
                }
            }
        }
        Ok(all)
    }

    async fn values(
        &self,
        label: &str,
        probe: Option<&str>,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<String>, SourceError> {
        let mut url = self.endpoint.at(&format!("api/v1/label/{label}/values"));
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("start", &from.timestamp().to_string())
                .append_pair("end", &to.timestamp().to_string());
            if let Some(probe) = probe {
                query.append_pair("match[]", probe);
            }
        }
        let answer = self.endpoint.get(url).await?;
        let values = answer["data"].as_array().ok_or_else(|| {
            SourceError(format!("{} does not answer as Prometheus does.", self.name))
        })?;
        Ok(values
            .iter()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .take(MOST_SERIES)
            .collect())
    }

    async fn answer(
        &self,
        question: &Question,
        window: Window,
    ) -> Result<(Vec<Series>, Vec<Change>), SourceError> {
        let asked = |values: &BTreeMap<String, String>, range: &str| {
            let names: Vec<String> = values.keys().map(|v| literal(v)).collect();
            question
                .query
                .replace("$service", &names.join("|"))
                .replace("$window", range)
        };
        if matches!(question.gives, Gives::Series(_)) {
            let step = ((window.recent_from - window.normal_from).num_seconds() / NORMAL_POINTS)
                .max(60)
                / 60
                * 60;
            let range = format!("{}s", step.max(120));
            let fine = ((window.to - window.recent_from).num_seconds() / FINE_POINTS).max(FINE);
            let (coarse, fine) = tokio::join!(
                self.range(
                    asked(&question.values, &range),
                    window.normal_from,
                    window.recent_from,
                    step
                ),
                self.range(
                    asked(&question.values, "2m"),
                    window.recent_from,
                    window.to,
                    fine
                )
            );
            return Ok((
                self.series(question, coarse?, fine?, window, &asked),
                Vec::new(),
            ));
        }
        let change_step = ((window.to - window.changes_from).num_seconds() / FINE_POINTS).max(60);
        let result = self
            .range(
                asked(&question.values, "2m"),
                window.changes_from,
                window.to,
                change_step,
            )
            .await?;
        Ok((Vec::new(), self.changes(question, &result, &asked)))
    }

    /// One range query: label sets with their finite points.
    async fn range(
        &self,
        query: String,
        from: Instant,
        to: Instant,
        step: i64,
    ) -> Result<Vec<Labelled>, SourceError> {
        let from = from.timestamp().div_euclid(step) * step;
        let fields = [
            ("query", query),
            ("start", from.to_string()),
            ("end", to.timestamp().to_string()),
            ("step", step.to_string()),
        ];
        let answer = self.endpoint.form("api/v1/query_range", &fields).await?;
        let result = answer["data"]["result"].as_array().ok_or_else(|| {
            SourceError(format!("{} does not answer as Prometheus does.", self.name))
        })?;
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

    fn series(
        &self,
        question: &Question,
        coarse: Vec<Labelled>,
        fine: Vec<Labelled>,
        window: Window,
        asked: &dyn Fn(&BTreeMap<String, String>, &str) -> String,
    ) -> Vec<Series> {
        let Gives::Series(signal) = &question.gives else {
            return Vec::new();
        };
        let mut by: BTreeMap<&str, [BTreeMap<i64, Vec<f64>>; 2]> = BTreeMap::new();
        for (at, part) in [coarse, fine].into_iter().enumerate() {
            for (labels, points) in part {
                let Some((value, _)) = labels
                    .get(&question.label)
                    .and_then(|v| question.values.get_key_value(v))
                else {
                    continue;
                };
                for (t, v) in points {
                    by.entry(value).or_default()[at]
                        .entry(t)
                        .or_default()
                        .push(v);
                }
            }
        }
        by.into_iter()
            .map(|(value, parts)| {
                let [normal, recent] = parts.map(|p| {
                    p.into_iter()
                        .map(|(t, all)| (t, together(signal, &all)))
                        .collect::<Vec<_>>()
                });
                let one = BTreeMap::from([(value.to_owned(), String::new())]);
                let query = asked(&one, "2m");
                Series {
                    service: question.values[value].clone(),
                    signal: signal.clone(),
                    source: self.name.clone(),
                    link: Some(self.page(&query, window)),
                    query: clean_line(&query),
                    normal,
                    recent,
                }
            })
            .collect()
    }

    /// The page where a person can see a query.
    fn page(&self, query: &str, window: Window) -> String {
        let mut url = self.endpoint.at("graph");
        let hours = (window.to - window.recent_from).num_minutes().max(60);
        url.query_pairs_mut()
            .append_pair("g0.expr", query)
            .append_pair("g0.tab", "0")
            .append_pair("g0.range_input", &format!("{hours}m"))
            .append_pair(
                "g0.end_input",
                &window.to.format("%Y-%m-%d %H:%M:%S").to_string(),
            );
        url.to_string()
    }

    fn changes(
        &self,
        question: &Question,
        result: &[Labelled],
        asked: &dyn Fn(&BTreeMap<String, String>, &str) -> String,
    ) -> Vec<Change> {
        let mut all = Vec::new();
        for (value, service) in &question.values {
            let query = asked(&BTreeMap::from([(value.clone(), String::new())]), "2m");
            let mut tell = |at: i64, class: ChangeClass, title: String, version: Option<String>| {
                let Some(at) = Instant::from_timestamp(at, 0) else {
                    return;
                };
                all.push(Change {
                    at,
                    class,
                    title,
                    service: service.clone(),
                    version,
                    author: None,
                    source: self.name.clone(),
                    query: clean_line(&query),
                    link: None,
                });
            };
            let of: Vec<_> = result
                .iter()
                .filter(|(labels, _)| labels.get(&question.label) == Some(value))
                .collect();
            match question.gives {
                Gives::Versions => {
                    let first = of.iter().filter_map(|(_, p)| p.first()).map(|p| p.0).min();
                    for (labels, points) in &of {
                        let version = ["version", "tag", "image", "revision", "commit"]
                            .iter()
                            .find_map(|l| labels.get(*l));
                        if let (Some(start), Some(version)) =
                            (points.first().filter(|p| Some(p.0) > first), version)
                        {
                            tell(
                                start.0,
                                ChangeClass::Deploy,
                                format!("{service} {version} deployed"),
                                Some(version.clone()),
                            );
                        }
                    }
                }
                Gives::Generation => {
                    for pair in of
                        .iter()
                        .flat_map(|(_, p)| p.windows(2))
                        .filter(|w| w[1].1 > w[0].1)
                    {
                        tell(
                            pair[1].0,
                            ChangeClass::Deploy,
                            format!("deployment {service} changed (generation {})", pair[1].1),
                            None,
                        );
                    }
                }
                Gives::Started => {
                    for pair in of
                        .iter()
                        .flat_map(|(_, p)| p.windows(2))
                        .filter(|w| w[1].1 > w[0].1 + 1.0)
                    {
                        tell(
                            pair[1].1 as i64,
                            ChangeClass::Other,
                            format!("{service} started again"),
                            None,
                        );
                    }
                }
                Gives::Series(_) => {}
            }
        }
        all
    }
}

fn gives(template: &Template) -> Result<Gives, String> {
    Ok(match template.signal.as_str() {
        "latency" => Gives::Series(Signal::Latency),
        "errors" => Gives::Series(Signal::Errors),
        "traffic" => Gives::Series(Signal::Traffic),
        "tail" => Gives::Series(Signal::Tail),
        "restarts" => Gives::Series(Signal::Restarts),
        "saturation" if !template.name.is_empty() => {
            Gives::Series(Signal::Saturation(template.name.clone()))
        }
        "saturation" => return Err("a template for saturation needs a name.".into()),
        "version" => Gives::Versions,
        "generation" => Gives::Generation,
        "started" => Gives::Started,
        other => {
            return Err(format!(
                "a template has the signal \"{other}\"; there are latency, errors, traffic, tail, saturation, restarts, version, generation, started."
            ));
        }
    })
}

/// Several series of one service become one: calls and restarts add up, of the rest the worst counts, except that an
/// average of averages is closer to the truth than its worst.
fn together(signal: &Signal, values: &[f64]) -> f64 {
    match signal {
        Signal::Traffic | Signal::Restarts => values.iter().sum(),
        Signal::Latency | Signal::Errors => values.iter().sum::<f64>() / values.len().max(1) as f64,
        Signal::Tail | Signal::Saturation(_) => values.iter().copied().fold(f64::MIN, f64::max),
    }
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

/// A name as it must stand in a regular expression within a quoted string of a query.
pub(super) fn literal(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars().filter(|c| !c.is_control()) {
        match c {
            '"' | '\'' | '`' => out.push('.'),
            '\\' | '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => {
                out.push_str("\\\\");
                if c == '\\' {
                    out.push_str("\\\\");
                } else {
                    out.push(c);
                }
            }
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_quotes_nor_match_others() {
        for (name, inside) in [
            ("cart", "cart"),
            ("a.b", "a\\\\.b"),
            ("x\"} or up{", "x.\\\\} or up\\\\{"),
            ("a\\", "a\\\\\\\\"),
            ("a\nb", "ab"),
        ] {
            assert_eq!(literal(name), inside);
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
