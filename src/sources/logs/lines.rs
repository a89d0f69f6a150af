//! Lines of a text with their times, as programs write them.

use super::{LONGEST, MOST_LINES};
use crate::domain::text::clean_line;
use crate::domain::time::parse;
use crate::domain::{Instant, LogLine};
use crate::net::Reader;
use chrono::NaiveDateTime;
use serde_json::Value;
use std::collections::VecDeque;

/// A line without what must not reach a terminal, cut to its first thousand characters.
pub(super) fn kept(line: &str) -> String {
    let short: String = line.chars().take(LONGEST).collect();
    clean_line(&short)
}

/// Lines with their times; a line without one has that of the line above it. With a name, only lines that hold it.
pub(super) fn dated<'a>(
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
pub(super) struct Last<'a> {
    from: Instant,
    to: Instant,
    lines: VecDeque<(Instant, &'a str)>,
}

impl<'a> Last<'a> {
    pub fn of(from: Instant, to: Instant) -> Self {
        Self {
            from,
            to,
            lines: VecDeque::new(),
        }
    }

    pub fn take(&mut self, at: Instant, line: &'a str) {
        if at < self.from || at > self.to {
            return;
        }
        if self.lines.len() == MOST_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back((at, line));
    }

    pub fn kept(self) -> Vec<LogLine> {
        let line = |(at, text): (Instant, &str)| LogLine {
            at,
            text: kept(text),
        };
        self.lines.into_iter().map(line).collect()
    }
}

/// The time a line begins with, or that its JSON gives: RFC 3339, `2026-11-20 14:32:01`, syslog's `Nov 20 14:32:01`, unix.
pub(super) fn time_of(line: &str, end: Instant) -> Option<Instant> {
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
pub(in crate::sources) fn when(value: &Value) -> Option<Instant> {
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
