//! Logs from Loki, from files, from commands.

use super::Window;
use super::command::{LARGEST, argument, as_text, run};
use super::http::{Asking, Endpoint, SourceError};
use super::prometheus::literal;
use crate::config::{self, ConfigError, LogKind};
use crate::domain::secrets::redact;
use crate::domain::text::clean_line;
use crate::domain::time::parse;
use crate::domain::{Instant, LogLine, LogSample};
use crate::net::Reader;
use chrono::{Duration, NaiveDateTime};
use serde_json::Value;
use std::collections::VecDeque;
use std::io::{Read, Seek, SeekFrom};

/// Lines asked for in one window; a busy service fills it in seconds, and then the window is as long as they last.
const MOST_LINES: usize = 2_000;
/// Characters of a line that are kept.
const LONGEST: usize = 1_000;
/// How long before the incident the fine window begins, and the normal one before that.
const RECENT: i64 = 30;
const NORMAL: i64 = 60;

enum Backend {
    Loki {
        endpoint: Box<Endpoint>,
        query: String,
    },
    File(String),
    Command(Vec<String>),
}

/// A source of logs.
pub struct LogSource {
    name: String,
    way: Backend,
    timeout: std::time::Duration,
}

impl LogSource {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Logs, asking: &Asking) -> Result<Self, ConfigError> {
        let wrong = |what: &str| ConfigError(format!("The source \"{}\": {what}", config.name));
        let way = match config.kind {
            LogKind::Loki => Backend::Loki {
                endpoint: Box::new(Endpoint::open(
                    &config.name,
                    &config.url,
                    &config.access,
                    asking,
                )?),
                query: config.query.clone(),
            },
            LogKind::File if config.path.is_empty() => {
                return Err(wrong("a log of kind file needs a path."));
            }
            LogKind::File => Backend::File(config.path.clone()),
            LogKind::Command if config.command.is_empty() => {
                return Err(wrong("a log of kind command needs a command."));
            }
            LogKind::Command => Backend::Command(config.command.clone()),
        };
        Ok(Self {
            name: config.name.clone(),
            way,
            timeout: asking.timeout,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it answers: for `doctor`.
    pub async fn check(&self) -> Result<String, SourceError> {
        match &self.way {
            Backend::Loki { endpoint, .. } => {
                let read = |labels: &Value| {
                    let known = labels["data"].as_array().ok_or_else(|| self.foreign())?;
                    Ok(format!("known labels: {}", known.len()))
                };
                endpoint.get(endpoint.at("loki/api/v1/labels"), read).await
            }
            Backend::File(path) if path.contains("$service") => Ok(path.clone()),
            Backend::File(path) => std::fs::metadata(path)
                .map(|m| format!("{} bytes", m.len()))
                .map_err(|e| SourceError(format!("{}: {path}: {e}.", self.name))),
            Backend::Command(command) => Ok(format!(
                "not tried, since it is asked for one service at a time: {}",
                redact(&command.join(" "))
            )),
        }
    }

    /// Lines of one service from before and around the incident.
    pub async fn sample(
        &self,
        service: &str,
        created: Instant,
        window: Window,
    ) -> Result<LogSample, SourceError> {
        let middle = created - Duration::minutes(RECENT);
        let times = Times {
            start: middle - Duration::minutes(NORMAL),
            middle,
            end: window.to,
        };
        let (query, normal, recent) = match &self.way {
            Backend::Loki { endpoint, query } => {
                let query = query.replace("$service", &literal(service));
                let (normal, recent) = tokio::join!(
                    self.loki(endpoint, &query, times.start, middle),
                    self.loki(endpoint, &query, middle, times.end)
                );
                (query, normal?, recent?)
            }
            Backend::File(path) => {
                let (path, text) = file(path, service).await?;
                let (normal, recent) = self.split(&text, service, &times);
                (path, normal, recent)
            }
            Backend::Command(command) => {
                let (query, text) = self.output(command, service, times.start).await?;
                let (normal, recent) = self.split(&text, service, &times);
                (query, normal, recent)
            }
        };
        Ok(LogSample {
            service: service.into(),
            source: self.name.clone(),
            query,
            normal_seconds: covered(&normal, NORMAL * 60),
            recent_seconds: covered(&recent, (times.end - middle).num_seconds()),
            normal,
            recent,
        })
    }

    /// What a command prints for one service, with the line that was run.
    async fn output(
        &self,
        command: &[String],
        service: &str,
        start: Instant,
    ) -> Result<(String, String), SourceError> {
        let since = start.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let given = if self.is_own() {
            argument(service)?
        } else {
            ""
        };
        let written = |a: &String| a.replace("$service", given).replace("$since", &since);
        let arguments: Vec<String> = command[1..].iter().map(written).collect();
        let text = run(&command[0], &arguments, self.timeout).await?;
        let shown = redact(&format!("{} {}", command[0], arguments.join(" ")));
        Ok((shown, text))
    }

    /// The lines of one service from before and around the incident.
    fn split(&self, text: &str, service: &str, times: &Times) -> (Vec<LogLine>, Vec<LogLine>) {
        let mut normal = Last::of(times.start, times.middle);
        let mut recent = Last::of(times.middle, times.end);
        for (at, line) in dated(text, times.end, (!self.is_own()).then_some(service)) {
            normal.take(at, line);
            recent.take(at, line);
        }
        (normal.kept(), recent.kept())
    }

    /// Whether it is asked for one service; else its lines are told apart by whether they name it.
    fn is_own(&self) -> bool {
        match &self.way {
            Backend::Loki { query, .. } => query.contains("$service"),
            Backend::File(path) => path.contains("$service"),
            Backend::Command(command) => command.iter().any(|a| a.contains("$service")),
        }
    }

    async fn loki(
        &self,
        endpoint: &Endpoint,
        query: &str,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<LogLine>, SourceError> {
        let mut url = endpoint.at("loki/api/v1/query_range");
        let nanos = |t: Instant| format!("{}000000000", t.timestamp());
        url.query_pairs_mut()
            .append_pair("query", query)
            .append_pair("start", &nanos(from))
            .append_pair("end", &nanos(to))
            .append_pair("limit", &MOST_LINES.to_string())
            .append_pair("direction", "backward");
        endpoint.get(url, |answer| self.lines_of(answer)).await
    }

    fn foreign(&self) -> SourceError {
        SourceError(format!("{} does not answer as Loki does.", self.name))
    }

    /// The lines of a range query, oldest first; no more than were asked for.
    fn lines_of(&self, answer: &Value) -> Result<Vec<LogLine>, SourceError> {
        let streams = answer["data"]["result"]
            .as_array()
            .ok_or_else(|| self.foreign())?;
        let entry = |v: &Value| {
            let nanos: i64 = v[0].as_str()?.parse().ok()?;
            Some(LogLine {
                at: Instant::from_timestamp_nanos(nanos),
                text: kept(v[1].as_str()?),
            })
        };
        let mut lines: Vec<LogLine> = streams
            .iter()
            .flat_map(|s| s["values"].as_array().into_iter().flatten())
            .filter_map(entry)
            .take(MOST_LINES)
            .collect();
        lines.sort_by(|a, b| (a.at, &a.text).cmp(&(b.at, &b.text)));
        Ok(lines)
    }
}

/// Where the normal time begins, where the one around the incident does, and where that ends.
struct Times {
    start: Instant,
    middle: Instant,
    end: Instant,
}

/// Seconds that lines stand for: fewer than asked where there were more lines than are read.
fn covered(lines: &[LogLine], whole: i64) -> i64 {
    match (lines.first(), lines.last()) {
        (Some(a), Some(b)) if lines.len() >= MOST_LINES => (b.at - a.at).num_seconds().max(1),
        _ => whole,
    }
}

/// The end of a file, with its path; of a service's own file where the path names the service.
async fn file(path: &str, service: &str) -> Result<(String, String), SourceError> {
    let path = if path.contains("$service") {
        path.replace("$service", argument(service)?)
    } else {
        path.to_owned()
    };
    let from = path.clone();
    let read = tokio::task::spawn_blocking(move || tail(&from)).await;
    let text = read
        .map_err(|e| SourceError(e.to_string()))?
        .map_err(|e| SourceError(format!("{path}: {e}.")))?;
    Ok((path, text))
}

/// A line without what must not reach a terminal, cut to its first thousand characters.
fn kept(line: &str) -> String {
    let short: String = line.chars().take(LONGEST).collect();
    clean_line(&short)
}

/// The last megabytes of a file.
fn tail(path: &str) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(LARGEST)))?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(as_text(bytes))
}

/// Lines with their times; a line without one has that of the line above it. With a name, only lines that hold it.
fn dated<'a>(
    text: &'a str,
    end: Instant,
    naming: Option<&'a str>,
) -> impl Iterator<Item = (Instant, &'a str)> {
    let mut last = None;
    let lines = text.lines().filter(|l| !l.trim().is_empty());
    lines.filter_map(move |line| {
        last = time_of(line, end).or(last);
        last.filter(|_| naming.is_none_or(|n| line.contains(n)))
            .map(|at| (at, line))
    })
}

/// The last lines of a stretch of time: no more of them are held than are kept.
struct Last<'a> {
    from: Instant,
    to: Instant,
    lines: VecDeque<(Instant, &'a str)>,
}

impl<'a> Last<'a> {
    fn of(from: Instant, to: Instant) -> Self {
        Self {
            from,
            to,
            lines: VecDeque::new(),
        }
    }

    fn take(&mut self, at: Instant, line: &'a str) {
        if at < self.from || at > self.to {
            return;
        }
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back((at, line));
    }

    fn kept(self) -> Vec<LogLine> {
        let line = |(at, text): (Instant, &str)| LogLine {
            at,
            text: kept(text),
        };
        self.lines.into_iter().map(line).collect()
    }
}

/// The time a line begins with, or that its JSON gives: RFC 3339, `2026-11-20 14:32:01`, syslog's `Nov 20 14:32:01`, unix.
fn time_of(line: &str, end: Instant) -> Option<Instant> {
    let head: String = line.chars().take(400).collect();
    if head.trim_start().starts_with('{') {
        let json = Reader::new(&[]).one(line.trim().as_bytes()).ok()?;
        return ["time", "ts", "timestamp", "@timestamp", "t"]
            .iter()
            .find_map(|k| when(&json[*k]));
    }
    let mut words = head.split_whitespace();
    let first = words.next()?.trim_matches(['[', ']']).to_owned();
    if let Some(at) = parse(&first).filter(|_| first.contains('T')) {
        return Some(at);
    }
    let rest: Vec<&str> = words.take(2).collect();
    let second = rest
        .first()
        .map(|w| w.trim_matches(['[', ']', ',']))
        .unwrap_or_default();
    let clock = second.split([',', '.']).next().unwrap_or_default();
    if let Ok(at) = NaiveDateTime::parse_from_str(&format!("{first} {clock}"), "%Y-%m-%d %H:%M:%S")
    {
        return Some(at.and_utc());
    }
    if let (Some(time), true) = (rest.get(1), first.len() == 3) {
        let year = end.format("%Y");
        return NaiveDateTime::parse_from_str(
            &format!("{year} {first} {second} {time}"),
            "%Y %b %d %H:%M:%S",
        )
        .ok()
        .map(|t| t.and_utc());
    }
    None
}

/// A time as JSON gives it: text, or unix time in seconds or milliseconds.
pub(super) fn when(value: &Value) -> Option<Instant> {
    if let Some(text) = value.as_str() {
        return parse(text).or_else(|| text.parse::<f64>().ok().and_then(unix));
    }
    value.as_f64().and_then(unix)
}

fn unix(value: f64) -> Option<Instant> {
    let seconds = if value > 1e14 {
        value / 1e9
    } else if value > 1e11 {
        value / 1e3
    } else {
        value
    };
    if !(0.0..=1e11).contains(&seconds) {
        return None;
    }
    Instant::from_timestamp(seconds as i64, ((seconds.fract()) * 1e9) as u32)
}

#[cfg(test)]
#[path = "logs_tests.rs"]
mod tests;
