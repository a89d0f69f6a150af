//! What every incident of an organisation says: the keys of its JSON, the ids and labels of roles, fields and timestamps. Of
//! what somebody wrote in an incident, or of who is on it, nothing is in there: an incident may turn private, and its
//! skeleton stays.

use super::StoreError;
use crate::domain::Incident;
use rusqlite::{Connection, OptionalExtension};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Lists of an incident whose items have an id and a label.
const LISTS: [&str; 4] = ["roles", "fields", "timestamps", "durations"];
/// Bytes from which a skeleton learns no more: each body is compressed against all of it.
const LONGEST: usize = 8_192;

/// A skeleton as a file has it, under a number that is never given to another one.
#[derive(Default)]
pub(super) struct Skeleton {
    /// 0 where the file has none.
    pub number: u32,
    pub text: String,
    whole: Value,
    /// What it has of each list, by the list's place.
    known: HashSet<(usize, String, String)>,
}

impl Skeleton {
    /// Takes up the newest of a file.
    pub(super) fn take_up(&mut self, db: &Connection) -> Result<(), StoreError> {
        let newest = "SELECT coalesce(max(n), 0) FROM skeleton";
        let number = db.query_row(newest, [], |r| r.get::<_, i64>(0))?;
        let number = u32::try_from(number).unwrap_or_default();
        if number != self.number {
            let text = text(db, number)?.unwrap_or_default();
            self.become_one(number, text);
        }
        Ok(())
    }

    fn become_one(&mut self, number: u32, text: String) {
        self.whole = serde_json::from_str(&text).unwrap_or_default();
        (self.number, self.text) = (number, text);
        self.known = LISTS
            .iter()
            .enumerate()
            .flat_map(|(at, list)| items(&self.whole, list).map(move |item| key(at, item)))
            .collect();
    }

    /// Learns what public incidents have that it lacks; kept in the file under a new number.
    pub(super) fn learn(
        &mut self,
        db: &Connection,
        incidents: &[Incident],
    ) -> Result<(), StoreError> {
        let before = self.known.len();
        let (mut whole, mut length) = (self.whole.clone(), self.text.len());
        for incident in incidents.iter().filter(|i| i.is_public()) {
            if length >= LONGEST || (self.number > 0 && self.knows(incident)) {
                continue;
            }
            let told = blank(serde_json::to_value(incident).unwrap_or_default());
            if whole.is_null() {
                whole = emptied(&told);
            }
            length += self.add(&mut whole, &told);
        }
        if whole.is_null() || (self.number > 0 && self.known.len() == before) {
            return Ok(());
        }
        let text = whole.to_string();
        db.execute("INSERT INTO skeleton (text) VALUES (?1)", [&text])?;
        // Four billion times something new: then what a body names is no skeleton, and it is read again.
        let number = u32::try_from(db.last_insert_rowid()).unwrap_or(u32::MAX);
        self.become_one(number, text);
        Ok(())
    }

    /// Adds what it lacks; how much longer that makes it.
    fn add(&mut self, whole: &mut Value, told: &Value) -> usize {
        let mut longer = 0;
        for (at, list) in LISTS.iter().enumerate() {
            let new = items(told, list).filter(|item| self.known.insert(key(at, item)));
            let new: Vec<Value> = new.cloned().collect();
            longer += new.iter().map(|item| item.to_string().len()).sum::<usize>();
            if let Some(all) = whole.get_mut(*list).and_then(Value::as_array_mut) {
                all.extend(new);
            }
        }
        longer
    }

    /// Whether it has all labels of an incident.
    fn knows(&self, incident: &Incident) -> bool {
        let labels: [Vec<(&str, &str)>; 4] = [
            pairs(&incident.roles),
            pairs(&incident.fields),
            pairs(&incident.timestamps),
            pairs(&incident.durations),
        ];
        let mut all = labels.into_iter().enumerate().flat_map(|(at, labels)| {
            labels
                .into_iter()
                .map(move |(id, label)| (at, id.to_owned(), label.to_owned()))
        });
        all.all(|key| self.known.contains(&key))
    }
}

/// A skeleton by its number.
pub(super) fn text(db: &Connection, number: u32) -> Result<Option<String>, StoreError> {
    let mut text = db.prepare_cached("SELECT text FROM skeleton WHERE n = ?1")?;
    Ok(text
        .query_row([i64::from(number)], |r| r.get(0))
        .optional()?)
}

fn pairs<T>(all: &[crate::domain::incident::Labelled<T>]) -> Vec<(&str, &str)> {
    all.iter()
        .map(|one| (one.id.as_str(), one.label.as_str()))
        .collect()
}

fn items<'a>(whole: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    whole
        .get(list)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn key(list: usize, item: &Value) -> (usize, String, String) {
    let text = |field: &str| item[field].as_str().unwrap_or_default().to_owned();
    (list, text("id"), text("label"))
}

/// What stands in most incidents whatever they are about; of a time, how it is written.
const COMMON: [(&str, &str); 6] = [
    ("category", "closed"),
    ("visibility", "public"),
    ("mode", "standard"),
    ("created", TIME),
    ("updated", TIME),
    ("active", TIME),
];
const TIME: &str = "2026-01-01T00:00:00.000Z";

/// An incident with nothing in it but keys, ids and labels of what may be set on it, and where the organisation's incidents
/// are.
fn blank(mut incident: Value) -> Value {
    let Some(fields) = incident.as_object_mut() else {
        return Value::Null;
    };
    for (name, value) in fields.iter_mut() {
        *value = match value.as_array() {
            Some(all) if LISTS.contains(&name.as_str()) => all.iter().map(labelled).collect(),
            Some(_) => json!([]),
            None => json!(common(name, value.as_str().unwrap_or_default())),
        };
    }
    incident
}

fn common<'a>(name: &str, value: &'a str) -> &'a str {
    let fixed = COMMON.iter().find(|(known, _)| *known == name);
    match fixed {
        Some((_, fixed)) => fixed,
        None if name == "permalink" => place(value),
        None => "",
    }
}

/// An address up to the incident's number; of one that ends otherwise nothing.
fn place(address: &str) -> &str {
    let (place, number) = address.split_at(address.rfind('/').map_or(0, |at| at + 1));
    let is_number = !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit());
    if is_number { place } else { "" }
}

fn labelled(item: &Value) -> Value {
    let mut only = json!({"id": item["id"], "label": item["label"]});
    only["value"] = match &item["value"] {
        Value::Object(of) => of.keys().map(|k| (k.clone(), json!(""))).collect(),
        _ => Value::Null,
    };
    only
}

/// The same with its lists empty.
fn emptied(blank: &Value) -> Value {
    let mut empty = blank.clone();
    LISTS.iter().for_each(|list| empty[*list] = json!([]));
    empty
}
