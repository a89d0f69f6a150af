//! One issue of Sentry: what it says, how often and when it happened.

use super::super::lines::kept;
use super::spread::{Slice, Span};
use crate::domain::secrets::redact;
use crate::domain::{Instant, LogLine};
use crate::sources::changes::text;
use crate::sources::logs::when;
use crate::sources::sentry::is_number;
use chrono::Duration;
use serde_json::Value;

/// Slices of an answer that are read: thirty are usual.
const MOST_SLICES: usize = 200;
/// Seconds of a slice that stands alone.
const ALONE: i64 = 3_600;
/// Categories of issues that are failures; Sentry finds slow queries and the like, too.
const FAILURES: [&str; 4] = ["error", "outage", "cron", "uptime"];

/// An issue.
pub(super) struct Issue {
    pub id: String,
    /// The project, by its id.
    pub project: String,
    /// When it happened for the first time ever.
    pub first_seen: Instant,
    /// It was resolved, and happens again.
    pub came_back: bool,
    /// The release in which it came.
    pub release: Option<String>,
    pub slices: Vec<Slice>,
    /// Its line.
    says: String,
    short_id: String,
    culprit: Option<String>,
    link: Option<String>,
}

impl Issue {
    /// Nothing where somebody said that it is to be ignored, or where it is no failure.
    pub fn read(one: &Value, start: Instant, end: Instant) -> Option<Self> {
        let id = |pointer| text(one, pointer).filter(|id| is_number(id));
        let seen = |name: &str| {
            let ever = when(&one["lifetime"][name]);
            ever.or_else(|| when(&one[name]))
        };
        let category = one["issueCategory"].as_str().unwrap_or(FAILURES[0]);
        if one["status"] == "ignored" || !FAILURES.contains(&category) {
            return None;
        }
        let first_seen = seen("firstSeen").unwrap_or(start);
        let last_seen = seen("lastSeen").unwrap_or(end);
        Some(Self {
            id: id("/id")?,
            project: id("/project/id")?,
            first_seen,
            came_back: one["substatus"] == "regressed",
            release: None,
            slices: slices(one, (start, end), (first_seen, last_seen)),
            says: kept(&format!("{} {}", level(one), said(one)?)),
            short_id: text(one, "/shortId").unwrap_or_default(),
            culprit: text(one, "/culprit"),
            link: text(one, "/permalink")
                .filter(|l| l.starts_with("http"))
                .map(|l| redact(&l)),
        })
    }

    /// How often it happened.
    pub fn count(&self) -> u64 {
        self.slices.iter().map(Slice::count).sum()
    }

    /// Its line at a time, with what else is known of it below, as a stack would stand there.
    pub fn lines(&self, at: Instant, with_more: bool) -> impl Iterator<Item = LogLine> {
        let more = with_more.then(|| LogLine {
            at: at + Duration::milliseconds(1),
            text: format!("    {}", self.more()),
        });
        let line = LogLine {
            at,
            text: self.says.clone(),
        };
        std::iter::once(line).chain(more)
    }

    fn more(&self) -> String {
        let came = match (&self.release, self.came_back) {
            (Some(release), true) => format!("back in release {release}"),
            (None, true) => "back after it was resolved".into(),
            (Some(release), false) => format!("first seen in release {release}"),
            (None, false) => format!(
                "first seen {}",
                self.first_seen.format("%Y-%m-%d %H:%M UTC")
            ),
        };
        let place = self.culprit.as_ref().map(|c| format!("in {c}"));
        let parts = [
            Some(self.short_id.clone()),
            Some(came),
            place,
            self.link.clone(),
        ];
        let told: Vec<String> = parts
            .into_iter()
            .flatten()
            .filter(|p| !p.is_empty())
            .collect();
        kept(&told.join(", "))
    }
}

fn level(one: &Value) -> &'static str {
    match one["level"].as_str() {
        Some("fatal") => "FATAL",
        Some("warning") => "WARN",
        Some("info") => "INFO",
        Some("debug") => "DEBUG",
        _ => "ERROR",
    }
}

/// The exception with its message; titles are cut short.
fn said(one: &Value) -> Option<String> {
    let exception = text(one, "/metadata/type").zip(text(one, "/metadata/value"));
    let told = exception.map(|(kind, value)| format!("{kind}: {value}"));
    told.or_else(|| text(one, "/title"))
}

/// The slices of its counts that touch a window, no earlier or later than it was ever seen.
fn slices(one: &Value, (start, end): Span, (first, last): Span) -> Vec<Slice> {
    let counted = |name| one["stats"][name].as_array();
    let counts = counted("auto")
        .or_else(|| counted("24h"))
        .map_or(&[][..], Vec::as_slice);
    let at = |count: &Value| Instant::from_timestamp(count[0].as_f64()? as i64, 0);
    let step = match counts {
        [one, two, ..] => at(one).zip(at(two)).map(|(a, b)| b - a),
        _ => None,
    };
    let step = step.unwrap_or(Duration::seconds(ALONE));
    let read = |count: &Value| {
        let from = at(count)?;
        let to = from.checked_add_signed(step)?;
        // Its first and its last time are known to the second.
        let (from, until) = (
            if (from..to).contains(&first) {
                first
            } else {
                from
            },
            last + Duration::seconds(1),
        );
        let to = if (from..to).contains(&until) {
            until
        } else {
            to
        };
        let span = (from, to.min(end));
        (to > start).then(|| Slice::new(span, count[1].as_u64()?))?
    };
    let read: Vec<Slice> = counts.iter().take(MOST_SLICES).filter_map(read).collect();
    if !counts.is_empty() {
        return read;
    }
    let all = text(one, "/count").and_then(|c| c.parse().ok());
    let span = (first.max(start), (last + Duration::seconds(1)).min(end));
    all.and_then(|all| Slice::new(span, all))
        .into_iter()
        .collect()
}
