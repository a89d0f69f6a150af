//! Lines of logs grouped to templates, and what is new or grew against the normal window.
//!
//! The grouping follows Drain (He et al., ICWS 2017): lines of as many words, alike in at least half of them, are one
//! template; what looks like a number, an id, an address or a time is a variable from the start.

use crate::domain::{Instant, LogSample};
use std::collections::BTreeMap;

/// What a variable is shown as.
const ANY: &str = "<*>";
/// Words of a line that take part; what follows is one variable.
const MOST_WORDS: usize = 60;
/// Share of words that must agree, as in the paper.
const ALIKE: f64 = 0.5;
/// Standard deviations from which more lines than expected are no chance.
const UNLIKELY: f64 = 4.0;
/// Times as many as usual that count as grown: twofold is a busy day.
const GROWN: f64 = 4.0;

/// One template with its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its words.
    pub words: Vec<String>,
    /// Indexes of its lines.
    pub lines: Vec<usize>,
}

/// A template that is new or grew.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// The service whose log it is.
    pub service: String,
    /// The source.
    pub source: String,
    /// The query.
    pub query: String,
    /// Its words, joined.
    pub template: String,
    /// One line of it, verbatim.
    pub example: String,
    /// Up to five lines.
    pub lines: Vec<String>,
    /// Lines in the recent window.
    pub count: usize,
    /// Lines a minute now.
    pub now: f64,
    /// Lines a minute in the normal window; 0 for a new one.
    pub usual: f64,
    /// The first recent one.
    pub first: Instant,
    /// Whether it tells of a failure.
    pub failure: bool,
}

/// Groups lines.
pub fn group<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Template> {
    let mut templates: Vec<Template> = Vec::new();
    let mut shelves: BTreeMap<(usize, String), Vec<usize>> = BTreeMap::new();
    for (number, line) in lines.into_iter().enumerate() {
        let words = words(&said(line));
        let shelf = shelves
            .entry((words.len(), words.first().cloned().unwrap_or_default()))
            .or_default();
        let alike = |t: &Template| t.words.iter().zip(&words).filter(|(a, b)| a == b).count();
        let best = shelf
            .iter()
            .map(|&i| (alike(&templates[i]), i))
            .reduce(|a, b| if b.0 > a.0 { b } else { a });
        match best.filter(|(same, _)| *same as f64 >= ALIKE * words.len() as f64) {
            Some((_, at)) => {
                for (kept, word) in templates[at].words.iter_mut().zip(&words) {
                    if kept != word {
                        ANY.clone_into(kept);
                    }
                }
                templates[at].lines.push(number);
            }
            None => {
                shelf.push(templates.len());
                templates.push(Template {
                    words,
                    lines: vec![number],
                });
            }
        }
    }
    templates
}

/// What a line says: the message of a JSON or logfmt line, else the line without its leading time.
pub(super) fn said(line: &str) -> String {
    let trimmed = line.trim();
    let quoted = trimmed
        .split_once("msg=\"")
        .or_else(|| trimmed.split_once("message=\""))
        .and_then(|(_, rest)| rest.split_once('"'));
    if let Some((message, _)) = quoted.filter(|(m, _)| !m.is_empty()) {
        return message.to_owned();
    }
    if trimmed.starts_with('{')
        && let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(trimmed)
    {
        let pick = |names: &[&str]| {
            names
                .iter()
                .find_map(|n| fields.get(*n))
                .and_then(|v| v.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let text = [
            pick(&["level", "severity", "lvl"]),
            pick(&["msg", "message", "log"]),
            pick(&["error", "err", "exception"]),
        ]
        .join(" ");
        if !text.trim().is_empty() {
            return text.trim().to_owned();
        }
    }
    let is_time = |word: &str| {
        word.contains(|c: char| c.is_ascii_digit())
            && word
                .chars()
                .all(|c| c.is_ascii_digit() || "-:./,TZ+[]".contains(c))
    };
    let start = trimmed
        .split_whitespace()
        .take(3)
        .take_while(|w| is_time(w))
        .map(|w| w.len() + 1)
        .sum::<usize>();
    trimmed.get(start..).unwrap_or(trimmed).to_owned()
}

fn words(text: &str) -> Vec<String> {
    let mut all: Vec<String> = text
        .split_whitespace()
        .take(MOST_WORDS)
        .map(masked)
        .collect();
    if text.split_whitespace().nth(MOST_WORDS).is_some() {
        all.push(ANY.into());
    }
    all
}

/// A word, or its fixed part where the rest varies. Codes of three digits from 400 to 599 stay: they say what failed.
fn masked(word: &str) -> String {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    if let Some((key, value)) = word.split_once(['=', ':']).filter(|(k, v)| {
        !v.is_empty() && !k.is_empty() && !k.contains(|c: char| c.is_ascii_digit())
    }) {
        let masked = masked(value);
        return if masked == value {
            word.to_owned()
        } else {
            format!("{key}={ANY}")
        };
    }
    let code = bare.len() == 3 && bare.parse::<u16>().is_ok_and(|n| (400..600).contains(&n));
    let hex = bare.len() >= 8 && bare.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
    if !code && (hex || bare.contains(|c: char| c.is_ascii_digit())) {
        ANY.into()
    } else {
        word.to_owned()
    }
}

/// How many standard deviations a count is above what was expected, for counts of rare things: the square root makes their
/// spread even (Anscombe, 1948).
fn surprise(count: usize, expected: f64) -> f64 {
    2.0 * ((count as f64 + 0.375).sqrt() - (expected + 0.375).sqrt())
}

/// Words that tell of a failure, in any case.
const FAILURE: &[&str] = &[
    "error",
    "exception",
    "fatal",
    "panic",
    "timeout",
    "timed out",
    "refused",
    "failed",
    "failure",
    "unavailable",
    "out of memory",
    "oomkilled",
    "killed",
    "denied",
    "reset by peer",
    "deadline exceeded",
    "exhausted",
    "circuit breaker",
    "no route",
    "unreachable",
    "throttl",
    "too many",
    "traceback",
    "segfault",
    "disk full",
    "no space left",
    "broken pipe",
    "unhealthy",
    " 500",
    " 502",
    " 503",
    " 504",
];

/// Whether a text tells of a failure.
pub fn is_failure(text: &str) -> bool {
    let low = text.to_lowercase();
    FAILURE.iter().any(|word| low.contains(word))
}

/// What is new or grew, failures first, then by how much.
pub fn patterns(samples: &[LogSample], onset: Instant) -> Vec<Pattern> {
    let mut all: Vec<Pattern> = samples
        .iter()
        .flat_map(|sample| patterns_of(sample, onset))
        .collect();
    all.sort_by(|a, b| {
        let key = |p: &Pattern| (p.failure, p.usual == 0.0, p.count);
        key(b)
            .cmp(&key(a))
            .then_with(|| (&a.service, &a.template).cmp(&(&b.service, &b.template)))
    });
    all
}

fn patterns_of(sample: &LogSample, onset: Instant) -> Vec<Pattern> {
    // A minute's grace: clocks of hosts differ. What was written before it is normal too.
    let start = onset - chrono::Duration::minutes(1);
    let (early, recent): (Vec<_>, Vec<_>) = sample.recent.iter().partition(|l| l.at < start);
    let normal: Vec<_> = sample.normal.iter().chain(early).collect();
    let last = recent.iter().map(|l| l.at).max().unwrap_or(start);
    let seconds = (last - start)
        .num_seconds()
        .clamp(60, sample.recent_seconds.max(60));
    let usual_seconds = sample.normal_seconds + (sample.recent_seconds - seconds).max(0);
    let per_minute = |count: usize, seconds: i64| count as f64 * 60.0 / seconds.max(60) as f64;
    let mut found = Vec::new();
    for template in group(normal.iter().chain(&recent).map(|l| l.text.as_str())) {
        let (before, after): (Vec<usize>, Vec<usize>) =
            template.lines.iter().partition(|&&n| n < normal.len());
        let after: Vec<_> = after.iter().map(|n| recent[n - normal.len()]).collect();
        let Some(first) = after.iter().min_by_key(|l| l.at) else {
            continue;
        };
        let (now, usual) = (
            per_minute(after.len(), seconds),
            per_minute(before.len(), usual_seconds),
        );
        // A single line is an anecdote unless it tells of a failure; a grown one must be more than chance makes of few.
        let failure = after.iter().any(|l| is_failure(&l.text));
        let counts = if before.is_empty() {
            !normal.is_empty() && (failure || after.len() >= 3)
        } else {
            now >= GROWN * usual && surprise(after.len(), usual * seconds as f64 / 60.0) >= UNLIKELY
        };
        if counts {
            found.push(Pattern {
                service: sample.service.clone(),
                source: sample.source.clone(),
                query: sample.query.clone(),
                template: template.words.join(" "),
                example: first.text.clone(),
                lines: after.iter().take(5).map(|l| l.text.clone()).collect(),
                count: after.len(),
                now,
                usual,
                first: first.at,
                failure,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::LogLine;

    #[test]
    fn lines_that_differ_in_their_variables_are_one_template() {
        let lines = [
            "2026-11-20T14:32:01Z upstream connect error: connection timeout to 10.0.0.7:443 after 3000ms",
            "2026-11-20T14:32:02Z upstream connect error: connection timeout to 10.0.0.9:443 after 3001ms",
            "14:32:02 user 4711 logged in",
            "14:32:09 user 42 logged in",
            r#"{"level":"error","msg":"order 77 failed","trace":"abc"}"#,
            r#"{"level":"error","msg":"order 78 failed","trace":"def"}"#,
            "status=503 path=/pay/1",
            "status=200 path=/pay/2",
        ];
        let groups: Vec<Vec<usize>> = group(lines).into_iter().map(|t| t.lines).collect();
        assert_eq!(
            groups,
            [vec![0, 1], vec![2, 3], vec![4, 5], vec![6], vec![7]]
        );
    }

    #[test]
    fn what_is_new_or_grew_is_told_and_what_is_usual_is_not() {
        let at = |minute: i64| {
            chrono::DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).expect("a time")
        };
        let line = |minute: i64, text: &str| LogLine {
            at: at(minute),
            text: text.into(),
        };
        let mut normal: Vec<LogLine> = (0..60)
            .map(|m| line(m, "request served in 12 ms"))
            .collect();
        normal.extend(
            (0..60)
                .step_by(20)
                .map(|m| line(m, "retrying the call to ledger")),
        );
        let mut recent: Vec<LogLine> = (60..70)
            .map(|m| line(m, "request served in 17 ms"))
            .collect();
        recent.extend((60..70).map(|m| line(m, "retrying the call to ledger")));
        recent.push(line(61, "panic: nil pointer at 0xdeadbeef"));
        recent.push(line(62, "cache warmed for 12 shards"));
        let sample = LogSample {
            service: "pay".into(),
            source: "loki".into(),
            query: "{}".into(),
            normal,
            normal_seconds: 3600,
            recent,
            recent_seconds: 600,
        };
        let told: Vec<(String, bool)> = patterns(&[sample], at(60))
            .into_iter()
            .map(|p| (p.example, p.usual == 0.0))
            .collect();
        assert_eq!(
            told,
            [
                ("panic: nil pointer at 0xdeadbeef".to_owned(), true),
                ("retrying the call to ledger".to_owned(), false)
            ]
        );
    }
}
