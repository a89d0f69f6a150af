//! What the API refuses of a query before it looks at anything: operators it does not know, times that are none, and words
//! that are not among those it lists.

use super::call::{Refusal, invalid};
use super::json::time;
use serde_json::json;

const TIME: &[&str] = &["gte", "lte", "date_range"];
const CHOICE: &[&str] = &["one_of", "not_in"];
/// Filters and the operators they take.
const OPERATORS: &[(&str, &[&str])] = &[
    ("created_at", TIME),
    ("updated_at", TIME),
    ("status", CHOICE),
    ("status_category", CHOICE),
    ("incident_type", CHOICE),
    ("alert_source", CHOICE),
    ("escalation_path", CHOICE),
    ("incident", CHOICE),
    ("alert", CHOICE),
    ("severity", &["one_of", "not_in", "gte", "lte"]),
    ("mode", &["one_of"]),
    ("deduplication_key", &["is"]),
];
/// Parameters that take one of a few words.
const WORDS: &[(&str, &[&str])] = &[
    (
        "sort_by",
        &["created_at_newest_first", "created_at_oldest_first"],
    ),
    ("filter_mode", &["all", "any"]),
];

/// Refuses the first parameter that the API would not take.
pub fn check(query: &[(String, String)]) -> Result<(), Refusal> {
    query.iter().try_for_each(|(name, value)| {
        if let Some((field, rest)) = name.split_once('[')
            && let Some((_, known)) = OPERATORS.iter().find(|(known, _)| *known == field)
        {
            return operator(field, rest, known, value);
        }
        match WORDS.iter().find(|(known, _)| known == name) {
            Some((_, words)) if !words.contains(&value.as_str()) => {
                let message = format!("{name} must be one of {}", words.join(", "));
                Err(invalid(name, "invalid_value", &message))
            }
            _ => Ok(()),
        }
    })
}

fn operator(field: &str, rest: &str, known: &[&str], value: &str) -> Result<(), Refusal> {
    let operator = rest.strip_suffix(']').unwrap_or_default();
    if !known.contains(&operator) {
        let message = format!("{field} takes the operators {}", known.join(", "));
        return Err(invalid(field, "invalid_operator", &message));
    }
    let is_time = |raw: &str| time(&json!(raw)).is_some();
    let is_fit = match (known == TIME, operator) {
        (false, _) => true,
        (true, "date_range") => value
            .split_once('~')
            .is_some_and(|(from, to)| is_time(from) && is_time(to)),
        (true, _) => is_time(value),
    };
    if is_fit {
        return Ok(());
    }
    let message = format!("{field} must be a date or a time");
    Err(invalid(field, "invalid_format", &message))
}
