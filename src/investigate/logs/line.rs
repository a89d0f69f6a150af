//! What a line says, without what a known wrapper puts around it: the clock, the host, the program, the stream.

use super::failure::level;
use super::fields::{ERROR, LEVEL, MESSAGE, PLACE, STATUS};
use super::json::from_json;
use std::borrow::Cow;

/// Wrappers within wrappers that are taken off: a container's line that holds syslog that holds JSON is four.
const DEEPEST: usize = 5;

/// What a line says: the message of a JSON or logfmt line with its level and error, else the line without its leading
/// time.
pub(in crate::investigate) fn said(line: &str) -> String {
    unwrapped(line).trim().to_owned()
}

/// The same with the indentation of its own, which tells a line of a stack.
pub(super) fn unwrapped(line: &str) -> String {
    within(line, DEEPEST)
}

fn within(line: &str, depth: usize) -> String {
    let mut rest: Cow<str> = Cow::Borrowed(line.trim_end());
    for left in (0..depth).rev() {
        if let Some(text) = from_json(&rest, &|inner| within(inner, left)) {
            return text;
        }
        let shorter = access(&rest)
            .map(Cow::Owned)
            .or_else(|| klog(&rest).map(Cow::Owned))
            .or_else(|| composed(&rest).map(|r| Cow::Owned(r.to_owned())))
            .or_else(|| timed(&rest).map(|r| Cow::Owned(r.to_owned())));
        match shorter {
            Some(inner) => rest = inner,
            None => break,
        }
    }
    logfmt(&rest).unwrap_or_else(|| rest.into_owned())
}

/// The first word and what follows it, without the one space between: what follows may be indented.
fn split(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

/// A line of `docker compose logs`: `cart-1  | …`.
fn composed(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once(" | ").or_else(|| line.split_once(" |"))?;
    let name = name.trim_end();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = !name.is_empty() && name.chars().all(is_name) && name.contains(['-', '_']);
    fits.then_some(rest)
}

/// A line of an access log: its request and status.
fn access(line: &str) -> Option<String> {
    let (before, rest) = line.split_once(" [")?;
    let (stamp, rest) = rest.split_once("] \"")?;
    if !is_stamp(stamp) || before.split_whitespace().count() > 4 {
        return None;
    }
    let (request, rest) = rest.split_once('"')?;
    let request = request.rsplit_once(" HTTP/").map_or(request, |r| r.0);
    Some(format!(
        "{request} {}",
        rest.split_whitespace().next().unwrap_or_default()
    ))
}

/// A line as Kubernetes' own programs write it: `E1120 14:32:01.123456 1 file.go:12] …`.
fn klog(line: &str) -> Option<String> {
    let level = match line.as_bytes().first()? {
        b'I' => "INFO",
        b'W' => "WARN",
        b'E' => "ERROR",
        b'F' => "FATAL",
        _ => return None,
    };
    let (day, rest) = split(line.get(1..)?);
    let is_day = day.len() == 4 && day.bytes().all(|b| b.is_ascii_digit());
    let (clock, rest) = split(rest.trim_start());
    let (head, message) = rest.split_once(']')?;
    let place = head.split_whitespace().last().unwrap_or_default();
    (is_day && is_clock(clock)).then(|| format!("{level} {place} {}", message.trim_start()))
}

/// A line behind the time it begins with, and behind what syslog, journald or a container puts after that.
fn timed(line: &str) -> Option<&str> {
    let start = line.trim_start();
    if let Some(rest) = start.strip_prefix('<') {
        let (priority, rest) = rest.split_once('>')?;
        let is_number = !priority.is_empty() && priority.bytes().all(|b| b.is_ascii_digit());
        return is_number.then(|| rest.strip_prefix("1 ").map_or(rest, fields_of_syslog));
    }
    if let Some(rest) = start.strip_prefix('[')
        && let Some((stamp, rest)) = rest.split_once(']')
        && is_stamp(stamp)
    {
        return Some(rest.strip_prefix(' ').unwrap_or(rest));
    }
    let (first, mut rest) = split(start);
    let word = bare(first);
    if is_month(word) {
        let (day, after) = split(rest.trim_start());
        let (clock, after) = split(after);
        let fits = day.len() <= 2 && day.bytes().all(|b| b.is_ascii_digit()) && is_clock(clock);
        return fits.then(|| behind_program(after));
    }
    if !is_date(word) && !is_clock(word) && !is_unix(word) {
        return None;
    }
    while let (next, after) = split(rest)
        && !next.is_empty()
        && (is_clock(bare(next)) || is_zone(bare(next)))
    {
        rest = after;
    }
    Some(behind_stream(behind_program(rest)))
}

/// What follows the host, the program and its process in a line of syslog; the program stays.
fn behind_program(rest: &str) -> &str {
    let (host, after) = split(rest);
    let (program, _) = split(after);
    let is_program = program.len() > 1 && program.ends_with(':') && !host.ends_with(':');
    let is_host = !host.is_empty() && !host.contains(['[', '=', '"', '(']);
    let told = program.ends_with("]:") || host.contains(|c: char| c.is_ascii_digit() || c == '-');
    if is_program && is_host && told && level(host).is_none() {
        after
    } else {
        rest
    }
}

/// What follows `stdout F` of a container's line.
fn behind_stream(rest: &str) -> &str {
    ["stdout F ", "stderr F ", "stdout P ", "stderr P "]
        .iter()
        .find_map(|stream| rest.strip_prefix(stream))
        .unwrap_or(rest)
}

/// What follows time, host, program, process, message id and structured data of RFC 5424.
fn fields_of_syslog(rest: &str) -> &str {
    let mut rest = rest;
    for _ in 0..5 {
        rest = split(rest).1;
    }
    match rest.strip_prefix('[') {
        Some(data) => data.split_once("] ").map_or("", |d| d.1),
        None => rest.strip_prefix("- ").unwrap_or(rest),
    }
}

fn bare(word: &str) -> &str {
    word.trim_matches(['[', ']', '(', ')', ','])
}

fn is_month(word: &str) -> bool {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    word.len() == 3 && MONTHS.find(word).is_some_and(|at| at % 3 == 0)
}

/// Whether a word begins with figures in groups of these lengths, parted by one of some characters.
fn is_shaped(word: &str, groups: &[usize], parted: &[u8]) -> bool {
    let bytes = word.as_bytes();
    let mut at = 0;
    for (n, &length) in groups.iter().enumerate() {
        if n > 0 {
            match bytes.get(at) {
                Some(b) if parted.contains(b) => at += 1,
                _ => return false,
            }
        }
        match bytes.get(at..at + length) {
            Some(figures) if figures.iter().all(u8::is_ascii_digit) => at += length,
            _ => return false,
        }
    }
    true
}

/// `2026-11-20`, `2026/11/20`, with or without a time behind.
fn is_date(word: &str) -> bool {
    is_shaped(word, &[4, 2, 2], b"-/.")
}

/// `14:32:01`, with or without a fraction and a zone.
fn is_clock(word: &str) -> bool {
    is_shaped(word, &[2, 2, 2], b":")
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, of this century.
fn is_unix(word: &str) -> bool {
    let whole = word.split_once('.').map_or(word, |w| w.0);
    let figures = word.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    figures && [10, 13, 16, 19].contains(&whole.len()) && whole.starts_with(['1', '2'])
}

fn is_zone(word: &str) -> bool {
    matches!(word, "UTC" | "Z" | "GMT")
        || (word.starts_with(['+', '-']) && is_shaped(&word[1..], &[4], b""))
        || (word.starts_with(['+', '-']) && is_shaped(&word[1..], &[2, 2], b":"))
}

/// Whether what stands in brackets is a time: `20/Nov/2026:14:32:01 +0000`, `Fri Nov 20 14:32:01 2026`.
fn is_stamp(text: &str) -> bool {
    let common = text
        .split_once('/')
        .is_some_and(|(_, rest)| rest.get(..3).is_some_and(is_month));
    common
        || text.split_whitespace().any(|w| is_date(w) || is_clock(w))
        || (is_unix(text) && !text.is_empty())
}

/// A line of `key=value` that has a message or an error: level, place, message, error and status of it.
fn logfmt(line: &str) -> Option<String> {
    if !line.contains("msg=") && !line.contains("message=") && !line.contains("err=") {
        return None;
    }
    let fields = pairs(line);
    let pick = |names: &[&str]| {
        let mut named = names.iter();
        named.find_map(|n| fields.iter().find(|f| f.0 == *n).map(|f| f.1))
    };
    let message = pick(MESSAGE);
    let error = pick(ERROR);
    if message.or(error).is_none_or(str::is_empty) {
        return None;
    }
    let status = fields.iter().filter(|f| STATUS.contains(&f.0));
    let mut words: Vec<String> = Vec::new();
    words.extend(pick(LEVEL).map(str::to_owned));
    words.extend(pick(PLACE).map(str::to_owned));
    words.extend(message.map(str::to_owned));
    words.extend(error.map(str::to_owned));
    words.extend(status.map(|(key, value)| format!("{key}={value}")));
    Some(words.join(" "))
}

/// `key=value` and `key="a value"` of a line.
fn pairs(line: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find('=') {
        let key = rest[..at]
            .rsplit(char::is_whitespace)
            .next()
            .unwrap_or_default();
        let after = &rest[at + 1..];
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => {
                let end = closing(quoted);
                (&quoted[..end], quoted.get(end + 1..).unwrap_or_default())
            }
            None => split(after),
        };
        found.push((key, value));
        rest = next;
    }
    found
}

/// Where the quote ends that was opened before: at the first one that no backslash takes back.
fn closing(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' if !escaped => return at,
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    text.len()
}
