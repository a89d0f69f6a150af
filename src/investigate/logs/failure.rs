//! How much a text tells of a failure.

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
    "no such host",
    "unreachable",
    "throttl",
    "too many",
    "traceback",
    "segfault",
    "disk full",
    "no space left",
    "broken pipe",
    "unhealthy",
    "not ready",
    "deadlock",
    "corrupt",
    "aborted",
    "econn",
    "expired",
    " 500",
    " 502",
    " 503",
    " 504",
    "=500",
    "=502",
    "=503",
    "=504",
];
/// Words that tell of a program that cannot go on.
const GRAVE: &[&str] = &[
    "fatal",
    "panic",
    "out of memory",
    "oomkilled",
    "segfault",
    "no space left",
    "disk full",
    "deadlock",
    "exhausted",
    "corrupt",
    "core dumped",
];
/// What stands after a word of failure that did not happen.
const NOTHING: &[&str] = &[
    "0", "null", "nil", "none", "false", "\"\"", "''", "{}", "[]", "-",
];

/// How bad a line says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Info,
    Warning,
    Error,
    Fatal,
}

/// The level that a word names.
pub(super) fn level(word: &str) -> Option<Level> {
    let value = word.rsplit(['=', ':']).find(|p| !p.is_empty())?;
    let bare = value.trim_matches(|c: char| !c.is_alphanumeric());
    let low = bare.to_ascii_lowercase();
    Some(match low.as_str() {
        "trace" | "debug" | "info" | "information" | "notice" => Level::Info,
        "warn" | "warning" => Level::Warning,
        "error" | "err" | "severe" => Level::Error,
        "fatal" | "critical" | "crit" | "panic" | "emerg" | "alert" => Level::Fatal,
        _ => return None,
    })
}

/// The level at the beginning of what a line says. A word in the middle of a sentence is no level.
fn level_of(text: &str) -> Option<Level> {
    let is_marked = |w: &str| w.starts_with(['[', '<']) || w.contains('=') || w.ends_with(':');
    let loud = |w: &str| w.chars().any(char::is_alphabetic) && !w.chars().any(char::is_lowercase);
    let mut words = text.split_whitespace().take(5).enumerate();
    words.find_map(|(at, w)| level(w).filter(|_| at == 0 || is_marked(w) || loud(w)))
}

/// Whether a text tells of a failure.
pub fn is_failure(text: &str) -> bool {
    let low = text.to_lowercase();
    FAILURE.iter().any(|word| happened(&low, word))
}

/// Whether a word by itself tells of a failure.
pub(super) fn is_failure_word(bare: &str) -> bool {
    let low = bare.to_lowercase();
    FAILURE.iter().any(|word| low.starts_with(word)) || low.starts_with("succe")
}

/// How much a text tells of a failure, 0 to 1: what a program calls grave most, what it calls information little.
pub(super) fn tells(text: &str) -> f64 {
    let low = text.to_lowercase();
    let level = level_of(text);
    let any = |words: &[&str]| words.iter().any(|w| happened(&low, w));
    match level {
        Some(Level::Fatal) => 1.0,
        _ if any(GRAVE) => 1.0,
        Some(Level::Error) => 0.9,
        Some(Level::Warning) if any(FAILURE) => 0.7,
        Some(Level::Warning) => 0.5,
        Some(Level::Info) if any(FAILURE) => 0.5,
        None if any(FAILURE) => 0.8,
        _ => QUIET,
    }
}

/// What a line tells that speaks of no failure: something is other than usual.
pub(super) const QUIET: f64 = 0.2;

/// Whether a word of failure stands in a text, in lower case, and is not said to be nothing: "0 errors", "error=null".
fn happened(low: &str, word: &str) -> bool {
    low.match_indices(word).any(|(at, _)| {
        let before = low[..at].split_whitespace().next_back().unwrap_or_default();
        let is_none = ["0", "no", "without", "zero"].contains(&before);
        let after = low[at + word.len()..].trim_start_matches(['s', '_', '"', ' ']);
        let after = after
            .strip_prefix("count")
            .unwrap_or(after)
            .trim_start_matches('"');
        let value = after.strip_prefix(['=', ':']).map(|v| {
            let end = |c: char| c.is_whitespace() || c == ',' || c == '}' || c == ';';
            v.trim_start().split(end).next().unwrap_or_default()
        });
        !is_none && !value.is_some_and(|v| NOTHING.contains(&v))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_is_said_to_be_nothing_is_none_and_what_is_grave_tells_most() {
        for (text, is) in [
            ("payment failed", true),
            ("finished with 0 errors", false),
            ("no error", false),
            ("done error=null code=200", false),
            ("errors: 0, warnings: 2", false),
            ("error: pool is empty", true),
            ("GET /pay 503", true),
            ("served in 12 ms", false),
        ] {
            assert_eq!(is_failure(text), is, "{text}");
        }
        let order = [
            "FATAL cannot bind",
            "ERROR cannot bind",
            "connection refused",
            "WARN connection refused",
            "[warn] slow",
            "INFO started",
        ];
        let told: Vec<f64> = order.iter().map(|t| tells(t)).collect();
        assert!(told.is_sorted_by(|a, b| a > b), "{told:?}");
    }
}
