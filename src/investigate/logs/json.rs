//! What a line of JSON says: level, place, message, error and status, whatever wrote it.

use super::fields::{ERROR, LEVEL, MESSAGE, PLACE, STATUS};
use serde_json::{Map, Value};

/// Fields of a line without a message that are shown in its stead.
const MOST_FIELDS: usize = 12;

/// The text of a line that is JSON; what it holds is read `within`, as a line itself.
pub(super) fn from_json(line: &str, within: &dyn Fn(&str) -> String) -> Option<String> {
    let start = line.trim_start();
    if !start.starts_with('{') {
        return None;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(start) else {
        return None;
    };
    if let Some(inner) = container(&fields) {
        return Some(within(inner));
    }
    let text = text_of(&fields, within);
    (!text.is_empty()).then_some(text)
}

/// The line inside of what docker or journald keeps around it.
fn container(fields: &Map<String, Value>) -> Option<&str> {
    let is_wrapper = fields.contains_key("stream") || fields.len() == 1;
    let log = fields.get("log").and_then(Value::as_str);
    log.filter(|_| is_wrapper)
}

fn text_of(fields: &Map<String, Value>, within: &dyn Fn(&str) -> String) -> String {
    let nested = ["fields", "jsonPayload", "data"];
    let inner = nested.iter().find_map(|n| fields.get(*n)?.as_object());
    let pick = |names: &[&str]| {
        let all = std::iter::once(fields).chain(inner);
        all.flat_map(|f| names.iter().filter_map(|n| f.get(*n)))
            .find_map(words)
    };
    let message = pick(MESSAGE)
        .or_else(|| pick(&["textPayload", "log"]))
        .map(|m| within(&m));
    let error = pick(ERROR).or_else(|| pick(&["stack_trace", "stack"]).map(|s| first_line(&s)));
    if message.is_none() && error.is_none() {
        return listed(fields);
    }
    let status = STATUS
        .iter()
        .filter_map(|n| Some((n, words(fields.get(*n)?)?)));
    let mut parts: Vec<String> = Vec::new();
    parts.extend(pick(LEVEL).map(named_level));
    parts.extend(pick(PLACE));
    parts.extend(message);
    parts.extend(error);
    parts.extend(status.map(|(name, value)| format!("{name}={value}")));
    parts.join(" ")
}

/// A value in words; nothing where it is empty or says that there is nothing.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|t| !t.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(fields) => {
            let part = |names: &[&str]| names.iter().find_map(|n| fields.get(*n)?.as_str());
            let kind = part(&["type", "kind", "class", "name"]);
            let says = part(&["message", "msg", "reason"]);
            let both: Vec<&str> = kind.into_iter().chain(says).collect();
            (!both.is_empty()).then(|| both.join(": "))
        }
        _ => None,
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}

/// The levels that some libraries write as numbers.
fn named_level(level: String) -> String {
    let name = match level.as_str() {
        "20" => "debug",
        "30" => "info",
        "40" => "warn",
        "50" => "error",
        "60" => "fatal",
        _ => return level,
    };
    name.into()
}

/// The fields of a line that has no message, but its time.
fn listed(fields: &Map<String, Value>) -> String {
    let is_time = |name: &str| {
        let low = name.to_lowercase();
        ["time", "ts", "timestamp", "@timestamp", "t", "date"].contains(&low.as_str())
    };
    let told = fields.iter().filter(|(name, _)| !is_time(name));
    told.filter_map(|(name, value)| Some(format!("{name}={}", words(value)?)))
        .take(MOST_FIELDS)
        .collect::<Vec<_>>()
        .join(" ")
}
