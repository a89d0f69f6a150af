//! What a body of many detections comes to: item by item, so that one that cannot be read hides no other.

use crate::domain::{Detection, Instant, text, time};
use crate::net::{Fault, Field, Reader};
use chrono::{Datelike, Duration};
use serde_json::Value;
use std::collections::BTreeMap;

/// Detections that one body may hold: what holds more is refused whole, since the rest would be lost without a word.
pub const MOST_ALERTS: usize = 100_000;
/// The year before which nothing here began: an earlier time is a zero of somebody's.
const FIRST_YEAR: i32 = 2000;
/// How far a sender's clock may be ahead.
const AHEAD: Duration = Duration::days(1);

/// The detections of a body.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    /// Those that could be read.
    pub all: Vec<Detection>,
    /// How many could not be read.
    pub unreadable: usize,
    /// What was wrong with the first of those.
    pub first_fault: Option<String>,
}

/// Why a body could not be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is not what it should be: what is wrong, as a sentence.
    Wrong(String),
    /// It holds more than is read.
    TooMany,
}

impl Readings {
    fn add(&mut self, read: Result<Detection, String>) {
        match read {
            Ok(detection) => self.all.push(detection),
            Err(fault) => {
                self.unreadable += 1;
                self.first_fault.get_or_insert(fault);
            }
        }
    }

    /// Reads every item of a list that stands at the top of a body under a name.
    pub(super) fn read(
        body: &[u8],
        list: &str,
        each: impl Fn(&Value) -> Result<Detection, String>,
    ) -> Result<Self, Unreadable> {
        let (mut readings, mut inside, mut found) = (Self::default(), false, false);
        let mut items = 0;
        let read = Reader::new(&[]).fields(body, |field| {
            match field {
                Field::List(name) => {
                    inside = name == list;
                    found |= inside;
                }
                Field::Item(item, _) if inside => {
                    items += 1;
                    readings.add(each(&item));
                }
                Field::End => inside = false,
                Field::Item(..) | Field::Value(..) => {}
            }
            items <= MOST_ALERTS
        });
        match read {
            _ if items > MOST_ALERTS => Err(Unreadable::TooMany),
            Err(Fault::NotJson) => Err(Unreadable::Wrong("The body is not whole JSON.".into())),
            Err(Fault::TooLarge) => Err(Unreadable::Wrong("An item of it is too large.".into())),
            Err(Fault::Other(what)) => Err(Unreadable::Wrong(format!(
                "The body is {what}, and should be an object with a list of {list}."
            ))),
            Ok(()) if !found => Err(Unreadable::Wrong(format!("It has no list of {list}."))),
            Ok(()) => match &readings.first_fault {
                Some(fault) if readings.all.is_empty() => Err(Unreadable::Wrong(format!(
                    "None of the {list} can be read; the first: {fault}"
                ))),
                _ => Ok(readings),
            },
        }
    }
}

/// A line of somebody's words; empty where there is none.
pub(super) fn line(value: &Value) -> String {
    match value {
        Value::String(words) => text::clean_line(words),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
        _ => String::new(),
    }
}

/// Names with values, each a line.
pub(super) fn lines(value: &Value) -> BTreeMap<String, String> {
    let fields = value.as_object().into_iter().flatten();
    fields
        .map(|(name, value)| (text::clean_line(name), line(value)))
        .filter(|(name, value)| !name.is_empty() && !value.is_empty())
        .collect()
}

/// An address that a browser may open; empty where it is none.
pub(super) fn address(value: &Value) -> String {
    let fits = |raw: &&str| {
        let url = url::Url::parse(raw);
        url.is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
    };
    let raw = value.as_str().filter(fits);
    raw.map(text::clean_line).unwrap_or_default()
}

/// A time that can be meant: RFC 3339 or Unix seconds. Senders write their zero where they mean none.
pub(super) fn moment(value: &Value) -> Option<Instant> {
    let at = match value {
        Value::String(raw) => time::parse(raw)?,
        Value::Number(seconds) => Instant::from_timestamp(seconds.as_i64()?, 0)?,
        _ => return None,
    };
    (FIRST_YEAR..=9_999).contains(&at.year()).then_some(at)
}

/// When something began: a clock may be an hour off, and not a year.
pub(super) fn began(value: &Value, came: Instant) -> Option<Instant> {
    moment(value).filter(|at| *at <= came + AHEAD)
}

/// Names in a text, one after another between commas, each once.
pub(super) fn names<'a>(of: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in of.into_iter().flat_map(|raw| raw.split(',')) {
        let name = text::clean_line(name.trim());
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
