//! What the simulated organisation knows: tables of resources in the API's own shapes, and the acts that change them.

use super::faults::Refire;
use super::json::{stamp, text, time, ulid};
use super::webhooks::Watch;
use crate::domain::Instant;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// An incident with the few fields that lists filter by beside its body, so that 100,000 can be listed quickly.
pub struct Stored {
    pub id: String,
    pub number: i64,
    pub created: Instant,
    pub updated: Instant,
    pub severity: String,
    pub status: String,
    pub category: String,
    pub kind: String,
    pub mode: String,
    pub is_private: bool,
    pub body: Box<str>,
}

impl Stored {
    /// Takes an incident's body apart.
    pub fn new(body: &Value) -> Self {
        let reference = text(&body["reference"]);
        Self {
            id: text(&body["id"]).into(),
            number: reference
                .rsplit('-')
                .next()
                .and_then(|n| n.parse().ok())
                .unwrap_or(0),
            created: time(&body["created_at"]).unwrap_or_default(),
            updated: time(&body["updated_at"]).unwrap_or_default(),
            severity: text(&body["severity"]["id"]).into(),
            status: text(&body["incident_status"]["id"]).into(),
            category: text(&body["incident_status"]["category"]).into(),
            kind: text(&body["incident_type"]["id"]).into(),
            mode: text(&body["mode"]).into(),
            is_private: body["visibility"] == "private",
            body: body.to_string().into(),
        }
    }

    /// The body as a value.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// A page on its way up.
#[derive(Debug)]
pub struct Climbing {
    /// Which.
    pub page: String,
    /// Levels it has reached, repeats counted.
    pub reached: usize,
    /// When it goes on.
    pub due: Instant,
}

/// The whole organisation.
pub struct World {
    pub rng: fastrand::Rng,
    pub tables: HashMap<&'static str, Vec<Value>>,
    /// Oldest first.
    pub incidents: Vec<Stored>,
    /// First results by route and idempotency key.
    pub first_results: HashMap<String, (u16, Value)>,
    /// Markdown of post-mortem documents.
    pub contents: HashMap<String, String>,
    /// Pages that nobody has answered yet, on their way up.
    pub climbing: Vec<Climbing>,
    /// When each heartbeat source was pinged last.
    pub pings: BTreeMap<String, Instant>,
    /// What a resolved key that fires again means.
    pub refire: Refire,
    /// What changed, where somebody is told of it.
    pub(super) watch: Option<Watch>,
    /// The organisation's name and dashboard slug.
    pub name: String,
    pub slug: String,
    /// Whether a key with every role sees what is private.
    pub keys_see_private: bool,
    /// Nothing is logged: the bones of a long history have no log.
    pub silent: bool,
    next_number: i64,
    known: HashSet<String>,
}

impl World {
    /// An empty organisation.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: fastrand::Rng::with_seed(seed),
            tables: HashMap::new(),
            incidents: Vec::new(),
            first_results: HashMap::new(),
            contents: HashMap::new(),
            climbing: Vec::new(),
            pings: BTreeMap::new(),
            refire: Refire::default(),
            watch: None,
            name: String::new(),
            slug: String::new(),
            keys_see_private: true,
            silent: false,
            next_number: 1,
            known: HashSet::new(),
        }
    }

    /// The rows of a table.
    pub fn rows(&self, table: &str) -> &[Value] {
        self.tables.get(table).map_or(&[], Vec::as_slice)
    }

    /// The rows of a table, to change.
    pub fn rows_mut(&mut self, table: &'static str) -> &mut Vec<Value> {
        self.tables.entry(table).or_default()
    }

    /// One row by its id.
    pub fn find(&self, table: &str, id: &str) -> Option<&Value> {
        self.rows(table).iter().find(|row| row["id"] == id)
    }

    /// One row by its id, to change.
    pub fn find_mut(&mut self, table: &'static str, id: &str) -> Option<&mut Value> {
        let rows = self.tables.entry(table).or_default();
        let row = rows.iter_mut().find(|row| row["id"] == id)?;
        if let Some(watch) = &mut self.watch {
            watch.touch(table, id, || row.clone());
        }
        Some(row)
    }

    /// One row by its name.
    pub fn named(&self, table: &str, name: &str) -> Value {
        self.rows(table)
            .iter()
            .find(|row| row["name"] == name)
            .cloned()
            .unwrap_or_default()
    }

    /// A new id.
    pub fn id(&mut self) -> String {
        ulid(&mut self.rng)
    }

    /// Adds a row and returns it.
    pub fn add(&mut self, table: &'static str, row: Value) -> Value {
        self.touch_new(table, &row);
        self.rows_mut(table).push(row.clone());
        row
    }

    /// Takes a row away; whether it was there.
    pub fn remove(&mut self, table: &'static str, id: &str) -> bool {
        let is_there = self.find_mut(table, id).is_some();
        self.rows_mut(table).retain(|row| row["id"] != id);
        is_there
    }

    fn touch_new(&mut self, table: &'static str, row: &Value) {
        if let Some(watch) = &mut self.watch {
            watch.touch(table, text(&row["id"]), || Value::Null);
        }
    }

    /// The next incident's number.
    pub fn number(&mut self) -> i64 {
        let number = self.next_number;
        self.next_number += 1;
        number
    }

    /// Where an incident stands in the list: by id, or by its bare number.
    pub fn position(&self, id: &str) -> Option<usize> {
        let number: Option<i64> = id.parse().ok();
        self.incidents
            .iter()
            .rposition(|i| i.id == id || Some(i.number) == number)
    }

    /// An incident's body by its exact id.
    pub fn incident(&self, id: &str) -> Option<Value> {
        self.incidents
            .iter()
            .rev()
            .find(|i| i.id == id)
            .map(Stored::value)
    }

    /// Puts an incident in, keeping the list ordered by creation.
    pub fn put_incident(&mut self, body: &Value) {
        self.touch_new("incidents", body);
        let stored = Stored::new(body);
        self.next_number = self.next_number.max(stored.number + 1);
        let known = !self.known.insert(stored.id.clone());
        match known
            .then(|| self.incidents.iter().rposition(|i| i.id == stored.id))
            .flatten()
        {
            Some(at) => self.incidents[at] = stored,
            None => {
                let at = self
                    .incidents
                    .partition_point(|i| i.created <= stored.created);
                self.incidents.insert(at, stored);
            }
        }
    }

    /// Changes an incident and moves its `updated_at`.
    pub fn change_incident(
        &mut self,
        id: &str,
        now: Instant,
        change: impl FnOnce(&mut Value),
    ) -> Option<Value> {
        let at = self.incidents.iter().rposition(|i| i.id == id)?;
        let mut body = self.incidents[at].value();
        if let Some(watch) = &mut self.watch {
            watch.touch("incidents", id, || body.clone());
        }
        change(&mut body);
        body["updated_at"] = json!(stamp(now));
        body["last_activity_at"] = json!(stamp(now));
        self.incidents[at] = Stored::new(&body);
        Some(body)
    }

    /// The short form other resources embed; it speaks the second status vocabulary.
    pub fn slim(&self, id: &str) -> Value {
        let body = self.incident(id).unwrap_or_default();
        let category = match text(&body["incident_status"]["category"]) {
            "live" => "active",
            "learning" => "post-incident",
            other => other,
        };
        let number = text(&body["reference"])
            .rsplit('-')
            .next()
            .and_then(|n| n.parse::<i64>().ok())
            .unwrap_or(0);
        json!({"id": id, "external_id": number, "reference": body["reference"], "name": body["name"],
            "status_category": category, "summary": text(&body["summary"]), "visibility": body["visibility"]})
    }

    /// A new line of the activity log.
    pub fn log(
        &mut self,
        incident: &str,
        kind: &str,
        title: &str,
        now: Instant,
        content: Option<Value>,
    ) {
        if self.silent {
            return;
        }
        let id = self.id();
        let mut row = json!({"id": id, "incident_id": incident, "type": kind, "title": title, "occurred_at": stamp(now), "created_at": stamp(now)});
        if let Some(content) = content {
            row["content"] = Value::Object(Map::from_iter([(kind.to_owned(), content)]));
        }
        self.add("incident_activity_log_entries", row);
    }

    /// Sets one of the organisation's timestamps on an incident's body where it is not set yet.
    pub fn reach(body: &mut Value, name: &str, now: Instant) {
        let found = body["incident_timestamp_values"]
            .as_array_mut()
            .into_iter()
            .flatten()
            .find(|t| t["incident_timestamp"]["name"] == name);
        if let Some(found) = found.filter(|found| found.get("value").is_none()) {
            found["value"] = json!({"value": stamp(now)});
        }
    }
}
