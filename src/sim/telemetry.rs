//! What the organisation's own monitoring would answer: metrics as Prometheus serves them, logs as Loki does, a feed of
//! changes. Every value follows from the service, the second and the story, so the same question has the same answer.

use super::company::blueprint;
use super::json::stamp;
use super::scenario::{Scenario, StoryClock, shipped};
use crate::domain::Instant;
use axum::http::Uri;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where they are served, below the organisation's address.
pub const METRICS: &str = "/telemetry/metrics";
/// Logs.
pub const LOGS: &str = "/telemetry/logs";
/// Changes.
pub const FEED: &str = "/telemetry/changes";

/// Points in one answer, as Prometheus limits them.
const MOST_POINTS: i64 = 11_000;
/// Days for which there are measures.
const KEPT_DAYS: i64 = 15;

struct Running {
    tier: u8,
    needs: Vec<String>,
}

/// The organisation's monitoring.
pub struct Telemetry {
    services: BTreeMap<String, Running>,
    scenario: Scenario,
    clock: Option<StoryClock>,
}

type Pairs = BTreeMap<String, String>;

impl Telemetry {
    /// Of the shipped organisation; without a story everything is as usual, and nothing at all for another organisation.
    pub fn new(clock: Option<StoryClock>) -> Self {
        let plans = blueprint().team.into_iter().flat_map(|t| t.services);
        let read = |line: String| {
            let mut words = line.split_whitespace().map(str::to_owned);
            let (name, tier) = (words.next()?, words.next()?.parse().ok()?);
            Some((
                name,
                Running {
                    tier,
                    needs: words.collect(),
                },
            ))
        };
        Self {
            services: plans.filter_map(read).collect(),
            scenario: shipped(),
            clock,
        }
    }

    /// The answer to a request for it; nothing where the path is not its own.
    pub fn answer(
        &self,
        method: &str,
        uri: &Uri,
        body: &[u8],
        now: Instant,
    ) -> Option<(u16, Value)> {
        let path = uri.path();
        let mut pairs: Pairs =
            url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        if method == "POST" {
            pairs.extend(url::form_urlencoded::parse(body).into_owned());
        }
        if let Some(rest) = path.strip_prefix(METRICS) {
            return Some(self.metrics(rest, &pairs, now));
        }
        if let Some(rest) = path.strip_prefix(LOGS) {
            return Some(self.logs(rest, &pairs, now));
        }
        (path == FEED).then(|| (200, self.feed(now)))
    }

    fn metrics(&self, path: &str, pairs: &Pairs, now: Instant) -> (u16, Value) {
        if path.starts_with("/api/v1/label/") && path.ends_with("/values") {
            return self.label_values(path, pairs);
        }
        if path != "/api/v1/query_range" {
            return (
                404,
                json!({"status": "error", "errorType": "not_found", "error": "no such path"}),
            );
        }
        match self.range(pairs, now) {
            Ok(result) => (
                200,
                json!({"status": "success", "data": {"resultType": "matrix", "result": result}}),
            ),
            Err(what) => (
                400,
                json!({"status": "error", "errorType": "bad_data", "error": what}),
            ),
        }
    }

    fn label_values(&self, path: &str, pairs: &Pairs) -> (u16, Value) {
        let known = pairs
            .get("match[]")
            .is_none_or(|m| m.starts_with("service:") || m == "up");
        let label = path
            .trim_start_matches("/api/v1/label/")
            .trim_end_matches("/values");
        let names: Vec<&str> = match label {
            _ if self.clock.is_none() => Vec::new(),
            "__name__" => vec!["service:requests:rate"],
            "service" if known => self.services.keys().map(String::as_str).collect(),
            _ => Vec::new(),
        };
        (200, json!({"status": "success", "data": names}))
    }

    /// The series of one selector over a stretch of time, or what is wrong with the question.
    fn range(&self, pairs: &Pairs, now: Instant) -> Result<Vec<Value>, String> {
        let times = asked_times(pairs, now)?;
        let query = pairs.get("query").map(String::as_str).unwrap_or_default();
        let (name, wanted) = selector(query, "service").ok_or_else(|| format!(
            "this simulation reads plain selectors such as service:requests:rate{{service=~\"a|b\"}}, not {query}"
        ))?;
        let named = |service: &&String| wanted.contains(service) && self.clock.is_some();
        let mut result = Vec::new();
        for service in self.services.keys().filter(named) {
            if name == "service:build:info" {
                result.extend(self.versions(service, &times));
            } else {
                result.extend(self.series(service, &name, &times));
            }
        }
        Ok(result)
    }

    fn series(&self, service: &str, name: &str, times: &[i64]) -> Option<Value> {
        let point = |t: &i64| {
            let value = self.value(service, name, *t)?;
            Some(json!([t, format!("{value:.6}")]))
        };
        let points: Vec<Value> = times.iter().filter_map(point).collect();
        (!points.is_empty())
            .then(|| json!({"metric": {"__name__": name, "service": service}, "values": points}))
    }

    /// One value of one measure.
    fn value(&self, service: &str, name: &str, at: i64) -> Option<f64> {
        let running = self.services.get(service)?;
        let busy = [0.0, 120.0, 45.0, 14.0, 5.0]
            .get(usize::from(running.tier))
            .copied()
            .unwrap_or(5.0);
        // A day has a high noon; the rest is noise.
        let day = 1.0 + 0.25 * ((at % 86_400) as f64 / 86_400.0 * std::f64::consts::TAU).sin();
        let base = 0.015 + 0.05 * chance(service, 1);
        let wobble = |n: u64, width: f64| 1.0 + width * (chance(service, at as u64 / 15 + n) - 0.5);
        Some(match name {
            "service:requests:rate" => busy * day * wobble(11, 0.08),
            "service:latency:seconds" => {
                self.reached(service, "latency", at, base, 0) * wobble(12, 0.06)
            }
            "service:latency:p999_seconds" => {
                (base * 2.0
                    + 0.12
                    + self.added(service, "tail", at)
                    + self.reached(service, "latency", at, 0.0, 0))
                    * wobble(13, 0.1)
            }
            "service:errors:ratio" => {
                (0.0006 * wobble(14, 0.9) + self.reached(service, "errors", at, 0.0, 0)).min(1.0)
            }
            "service:cpu:cores" => busy * 0.006 * day * wobble(15, 0.1),
            "service:memory:bytes" => 4e8 * (1.0 + chance(service, 2)) * wobble(16, 0.02),
            "service:restarts:total" => self.added(service, "restarts", at),
            "service:queue:depth" => 300.0 * wobble(17, 0.6) + self.added(service, "queue", at),
            _ => return None,
        })
    }

    /// What the story adds to a measure of a service itself.
    fn added(&self, service: &str, signal: &str, at: i64) -> f64 {
        let (Some(clock), Some(at)) = (&self.clock, Instant::from_timestamp(at, 0)) else {
            return 0.0;
        };
        let minute = clock.minute(at);
        self.scenario
            .effect
            .iter()
            .filter(|e| {
                e.service == service && e.signal == signal && (e.from..e.until).contains(&minute)
            })
            .map(|e| e.add)
            .sum()
    }

    /// A service's own and what reaches it from those it needs: a caller waits for every callee, and passes failures on.
    fn reached(&self, service: &str, signal: &str, at: i64, base: f64, depth: u8) -> f64 {
        let own = base + self.added(service, signal, at);
        let needs = self
            .services
            .get(service)
            .map(|r| r.needs.as_slice())
            .unwrap_or_default();
        if depth >= 6 {
            return own;
        }
        // Not every call of a caller needs every callee: most that are called do need the first one.
        own + needs
            .iter()
            .map(|n| 0.85 * self.reached(n, signal, at, 0.0, depth + 1))
            .sum::<f64>()
    }

    fn versions(&self, service: &str, times: &[i64]) -> Vec<Value> {
        let mut by: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let usual = format!(
            "v{}.{}.{}",
            1 + (chance(service, 3) * 4.0) as u8,
            (chance(service, 4) * 20.0) as u8,
            (chance(service, 5) * 9.0) as u8
        );
        for t in times {
            let minute = self
                .clock
                .as_ref()
                .zip(Instant::from_timestamp(*t, 0))
                .map(|(c, at)| c.minute(at));
            let told = self.scenario.version.iter().find(|v| {
                v.service == service && minute.is_some_and(|m| (v.from..v.until).contains(&m))
            });
            let version = told.map_or_else(
                || {
                    if service == "payment-gateway" {
                        "v2.0.9".into()
                    } else {
                        usual.clone()
                    }
                },
                |v| v.version.clone(),
            );
            by.entry(version).or_default().push(json!([t, "1"]));
        }
        by.into_iter().map(|(version, values)| json!({"metric": {"__name__": "service:build:info", "service": service, "version": version}, "values": values})).collect()
    }

    fn logs(&self, path: &str, pairs: &Pairs, now: Instant) -> (u16, Value) {
        if path == "/loki/api/v1/labels" {
            return (200, json!({"status": "success", "data": ["service_name"]}));
        }
        if path != "/loki/api/v1/query_range" {
            return (404, json!({"status": "error", "error": "no such path"}));
        }
        let second = |name: &str| {
            pairs
                .get(name)
                .and_then(|v| v.parse::<i64>().ok())
                .map(|v| v / 1_000_000_000)
        };
        let query = pairs.get("query").map(String::as_str).unwrap_or_default();
        let (Some(start), Some(end), Some((_, wanted))) = (
            second("start"),
            second("end"),
            selector(query, "service_name"),
        ) else {
            return (
                400,
                json!({"status": "error", "error": "this simulation reads {service_name=\"x\"} with start and end"}),
            );
        };
        let limit = pairs
            .get("limit")
            .and_then(|l| l.parse().ok())
            .unwrap_or(100);
        let streams: Vec<Value> = self
            .services
            .keys()
            .filter(|s| wanted.contains(s) && self.clock.is_some())
            .map(|service| {
                let mut lines = self.lines(service, start, end.min(now.timestamp()));
                lines.sort_by_key(|l| std::cmp::Reverse(l.0));
                lines.truncate(limit);
                let values: Vec<Value> = lines
                    .into_iter()
                    .map(|(t, line)| json!([format!("{t}000000000"), line]))
                    .collect();
                json!({"stream": {"service_name": service}, "values": values})
            })
            .collect();
        (
            200,
            json!({"status": "success", "data": {"resultType": "streams", "result": streams}}),
        )
    }

    fn lines(&self, service: &str, start: i64, end: i64) -> Vec<(i64, String)> {
        let mut lines = Vec::new();
        for t in (start..=end).filter(|t| t % 6 == (chance(service, 6) * 6.0) as i64) {
            let n = (chance(service, t as u64) * 90_000.0) as u32;
            lines.push((
                t,
                format!(
                    "level=info msg=\"request served\" duration={}ms id={n}",
                    8 + n % 60
                ),
            ));
            if n.is_multiple_of(97) {
                lines.push((
                    t,
                    format!("level=warn msg=\"retry succeeded\" attempt=2 id={n}"),
                ));
            }
        }
        let Some(clock) = &self.clock else {
            return lines;
        };
        for log in self.scenario.log.iter().filter(|l| l.service == service) {
            let (from, until) = (
                clock.when(log.from).timestamp(),
                clock.when(log.until).timestamp(),
            );
            let mut t = from;
            while t < until.min(end + 1) {
                if t >= start {
                    lines.push((
                        t,
                        log.line.replace(
                            "{n}",
                            &((chance(service, t as u64) * 90_000.0) as u32).to_string(),
                        ),
                    ));
                }
                t += log.every.max(1);
            }
        }
        lines
    }

    fn feed(&self, now: Instant) -> Value {
        let Some(clock) = &self.clock else {
            return json!({"changes": []});
        };
        let told = self
            .scenario
            .feed
            .iter()
            .map(|f| (clock.when(f.at), f))
            .filter(|(at, _)| *at <= now);
        let all: Vec<Value> = told
            .map(|(at, f)| json!({"finished_at": stamp(at), "title": f.title, "service": f.service, "kind": f.kind, "version": f.version, "author": f.author}))
            .collect();
        json!({"changes": all})
    }
}

/// The seconds that are asked for and for which there are measures.
fn asked_times(pairs: &Pairs, now: Instant) -> Result<Vec<i64>, String> {
    let number = |name: &str| {
        let value = pairs.get(name).and_then(|v| v.parse::<f64>().ok());
        value.map(|v| v as i64)
    };
    let step = number("step").filter(|step| *step > 0);
    let (Some(start), Some(end), Some(step)) = (number("start"), number("end"), step) else {
        return Err("invalid parameter: start, end and step are unix seconds".into());
    };
    if (end - start) / step > MOST_POINTS {
        return Err("exceeded maximum resolution of 11,000 points per timeseries".into());
    }
    let from = start.max((now - chrono::Duration::days(KEPT_DAYS)).timestamp());
    let until = end.min(now.timestamp());
    let times = (0..).map(|n| start + n * step);
    Ok(times
        .skip_while(|t| *t < from)
        .take_while(|t| *t <= until)
        .collect())
}

/// A plain selector: its metric, and the names that one label may have.
fn selector(query: &str, label: &str) -> Option<(String, Vec<String>)> {
    let (name, rest) = query.trim().split_once('{')?;
    let inside = rest.strip_suffix('}')?.strip_prefix(label)?;
    let quoted = inside
        .strip_prefix("=~")
        .or_else(|| inside.strip_prefix('='))?
        .strip_prefix('"')?
        .strip_suffix('"')?;
    Some((
        name.to_owned(),
        quoted
            .replace('\\', "")
            .split('|')
            .map(str::to_owned)
            .collect(),
    ))
}

/// A number from 0 to 1 that follows from a name and a number.
fn chance(name: &str, number: u64) -> f64 {
    let seed = name
        .bytes()
        .fold(number.wrapping_mul(0x9E37_79B9_7F4A_7C15), |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01B3)
        });
    fastrand::Rng::with_seed(seed).f64()
}
