//! What burns, as any system lists it in JSON that the configuration points into. A list is believed to name everything
//! that is open only where it was read whole: what a part of it leaves out is not over.

use super::changes::text;
use super::http::{Answered, Asking, Endpoint, SourceError};
use super::logs::when;
use crate::config::{ConfigError, JsonDetector};
use crate::domain::text::{clean_line, clean_text, counted, fit};
use crate::domain::{Detection, DetectionState, Heard, Instant, Sighting};
use chrono::{Datelike, Duration};
use serde_json::Value;
use std::collections::BTreeMap;

/// Issues that are read: more than a system has at its worst.
const MOST: usize = 100_000;
/// Characters of one text that are kept.
const LONGEST: usize = 2_000;
/// The year before which nothing began: an earlier time is a zero of somebody's.
const FIRST_YEAR: i32 = 2000;
/// How far a system's clock may be ahead.
const AHEAD: Duration = Duration::days(1);

/// A system that lists its issues.
pub struct IssueList {
    config: JsonDetector,
    endpoint: Endpoint,
}

impl IssueList {
    /// Sets up; nothing is asked.
    pub fn open(config: &JsonDetector, asking: &Asking) -> Result<Self, ConfigError> {
        let fields = &config.fields;
        let pointers = fields.all();
        if let Some(wrong) = pointers
            .iter()
            .find(|p| !p.is_empty() && !p.starts_with('/'))
        {
            return Err(ConfigError(format!(
                "The detector \"{}\": \"{wrong}\" is no JSON pointer; write /{wrong}.",
                config.name
            )));
        }
        if fields.id.is_empty() || fields.started.is_empty() {
            return Err(ConfigError(format!(
                "The detector \"{}\" needs fields.id and fields.started: an incident's key stands on both.",
                config.name
            )));
        }
        Ok(Self {
            endpoint: Endpoint::open(&config.name, &config.url, &config.access, asking)?,
            config: config.clone(),
        })
    }

    /// What it says now.
    pub async fn sight(&self, now: impl Fn() -> Instant) -> Sighting {
        let url = self.endpoint.base().clone();
        let read = |answer: &Value, told: &Answered| self.heard(answer, told, now());
        let heard = self.endpoint.get_told(url, read).await;
        Sighting {
            detector: self.config.name.clone(),
            at: now(),
            heard: heard.unwrap_or_else(|e| Heard::Nothing(e.to_string())),
        }
    }

    fn heard(&self, answer: &Value, told: &Answered, now: Instant) -> Result<Heard, SourceError> {
        let name = &self.config.name;
        let items = self.items(answer)?;
        let mut read: BTreeMap<String, Detection> = BTreeMap::new();
        let mut faults: Vec<String> = Vec::new();
        for item in items {
            match self.issue(item, now) {
                // What is named twice burns where one of them says so.
                Ok(one) if one.state == DetectionState::Cleared => {
                    read.entry(one.id.clone()).or_insert(one);
                }
                Ok(one) => drop(read.insert(one.id.clone(), one)),
                Err(fault) => faults.push(fault),
            }
        }
        let part = match faults.first() {
            Some(fault) if faults.len() == items.len() => {
                return Err(SourceError(format!(
                    "{name} has no issue that can be read; the first: {fault}."
                )));
            }
            Some(fault) => {
                let many = counted(faults.len(), "issue", "issues");
                Some(format!("{many} cannot be read; the first: {fault}"))
            }
            None if told.is_part || says_so(at(answer, &self.config.fields.more)) => {
                Some("it says that its list goes on".into())
            }
            None => None,
        };
        let all = read.into_values().collect();
        Ok(match part {
            Some(why) => Heard::Part(all, format!("{name} told only a part: {why}.")),
            None if self.config.complete => Heard::All(all, None),
            None => Heard::Some(all),
        })
    }

    fn items<'a>(&self, answer: &'a Value) -> Result<&'a [Value], SourceError> {
        let (name, at) = (&self.config.name, &self.config.fields.items);
        let trouble = ["error", "errors"].map(|word| answer.get(word));
        if let Some(trouble) = trouble.into_iter().find(|t| says_so(*t)) {
            let words = trouble.map(|t| clean_line(&t.to_string()));
            return Err(SourceError(format!(
                "{name} answers with an error: {}",
                fit(&words.unwrap_or_default(), 200)
            )));
        }
        let list = answer.pointer(at).and_then(Value::as_array);
        let list =
            list.ok_or_else(|| SourceError(format!("{name} has no list of issues at \"{at}\".")))?;
        match list.len() {
            many if many > MOST => Err(SourceError(format!("{name} has more than {MOST} issues."))),
            _ => Ok(list),
        }
    }

    fn issue(&self, item: &Value, now: Instant) -> Result<Detection, String> {
        let fields = &self.config.fields;
        let line = |pointer: &str| text(item, pointer).map(|t| fit(t.trim(), LONGEST));
        let id = line(&fields.id).filter(|id| !id.is_empty());
        let id = id.ok_or("it has no id")?;
        let started = item.pointer(&fields.started).and_then(when);
        let is_meant = |at: &Instant| at.year() >= FIRST_YEAR && *at <= now + AHEAD;
        let started = started
            .filter(is_meant)
            .ok_or_else(|| format!("{id} has no time at which it can have begun"))?;
        let title = line(&fields.title).filter(|title| !title.is_empty());
        let state = self.state(item, started)?;
        Ok(Detection {
            detector: self.config.name.clone(),
            title: title.unwrap_or_else(|| id.clone()),
            severity: line(&fields.severity).unwrap_or_default(),
            services: services(at(item, &fields.services)),
            summary: at(item, &fields.summary)
                .and_then(Value::as_str)
                .map_or(String::new(), |s| fit(&clean_text(s), LONGEST)),
            url: line(&fields.url)
                .filter(|url| is_address(url))
                .unwrap_or_default(),
            annotations: further(at(item, &fields.fields)),
            id,
            started,
            state,
            ..Detection::default()
        })
    }

    /// What its status says; without one it burns until a time says that it is over.
    fn state(&self, item: &Value, started: Instant) -> Result<DetectionState, String> {
        let fields = &self.config.fields;
        if let Some(word) = text(item, &fields.status) {
            let mut named = self.config.statuses.iter();
            let named = named.find(|(known, _)| known.eq_ignore_ascii_case(&word));
            let usual = || match word.to_lowercase().as_str() {
                "firing" | "open" | "active" => Some(DetectionState::Firing),
                "suppressed" | "silenced" | "muted" => Some(DetectionState::Suppressed),
                "cleared" | "resolved" | "closed" => Some(DetectionState::Cleared),
                _ => None,
            };
            let state = named.map(|(_, state)| *state).or_else(usual);
            return state.ok_or_else(|| {
                let word = fit(&word, 60);
                format!("its status \"{word}\" is not known; name it under statuses")
            });
        }
        // One that was over once and began anew keeps its old end with some.
        let cleared = at(item, &fields.cleared).and_then(when);
        let is_over = cleared.is_some_and(|at| at.year() >= FIRST_YEAR && at >= started);
        Ok(match is_over {
            true => DetectionState::Cleared,
            false => DetectionState::Firing,
        })
    }
}

/// What stands at a pointer; nothing where none is configured.
fn at<'a>(item: &'a Value, pointer: &str) -> Option<&'a Value> {
    Some(pointer)
        .filter(|p| !p.is_empty())
        .and_then(|p| item.pointer(p))
}

/// Whether something is there that means yes.
fn says_so(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Bool(true)) => true,
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::String(words)) => !words.trim().is_empty(),
        Some(Value::Array(all)) => !all.is_empty(),
        Some(Value::Object(all)) => !all.is_empty(),
    }
}

/// Names in a list, or in a text between commas.
fn services(value: Option<&Value>) -> Vec<String> {
    let words: Vec<&str> = match value {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(words)) => words.split(',').collect(),
        _ => Vec::new(),
    };
    let mut names: Vec<String> = Vec::new();
    for word in words {
        let name = fit(clean_line(word).trim(), LONGEST);
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Further fields, each a line.
fn further(value: Option<&Value>) -> BTreeMap<String, String> {
    let pairs = value.and_then(Value::as_object).into_iter().flatten();
    let line = |value: &Value| match value {
        Value::String(words) => Some(fit(&clean_line(words), LONGEST)),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    pairs
        .filter_map(|(name, value)| Some((clean_line(name), line(value)?)))
        .collect()
}

fn is_address(raw: &str) -> bool {
    url::Url::parse(raw).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests;
