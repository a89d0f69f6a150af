//! From what changed to the events that tell of it, in the platform's own shapes. This is the only place where an event
//! begins: whatever changes the organisation, a person, a scenario or time itself.

use super::super::company::slim_user;
use super::super::json::text;
use super::super::reads::fresh_escalation;
use super::super::rota;
use super::super::world::World;
use super::watch::{Touched, Watch};
use crate::domain::Instant;
use serde_json::{Map, Value, json};

/// An event: its type, and its own part of the body.
type Event = (String, Value);

/// Something happened, and is over: the events of all that changed by it are to be told. Nothing where nobody is told.
pub(in crate::sim) fn settle(world: &mut World, now: Instant) {
    let Some(mut watch) = world.watch.take() else {
        return;
    };
    let mut events: Vec<Event> = Vec::new();
    for touched in watch.take() {
        events.extend(of(world, &touched));
    }
    events.extend(shifts(world, &mut watch, now));
    let whole = |(name, part): Event| {
        let body = Map::from_iter([("event_type".to_owned(), json!(name)), (name.clone(), part)]);
        (name, Value::Object(body).to_string())
    };
    watch.to_tell.extend(events.into_iter().map(whole));
    world.watch = Some(watch);
}

fn of(world: &World, touched: &Touched) -> Vec<Event> {
    let Touched { table, id, before } = touched;
    let now = match *table {
        "incidents" => world.incident(id),
        table => world.find(table, id).cloned(),
    };
    if now.as_ref().is_some_and(|now| now == before) {
        return Vec::new();
    }
    let (is_new, now) = (before.is_null(), now.unwrap_or_default());
    match *table {
        "incidents" if now.is_object() => incident(world, before, now),
        "alerts" if now.is_object() => alert(world, before, &now),
        "escalations" if now.is_object() => escalation(world, before, &now),
        "actions" => task(world, "action", before, now),
        "follow_ups" => task(world, "follow_up", before, now),
        "postmortem_documents" if now.is_object() => document(world, before, now),
        "status_page_incidents" if now.is_object() => published(before, &now),
        "incident_memberships" => membership(before, &now),
        "schedules" => {
            let what = match now.is_null() {
                true => "deleted_v1",
                false if is_new => "created_v1",
                false => "updated_v1",
            };
            let row = if now.is_null() { before } else { &now };
            vec![(format!("schedule.{what}"), slim_schedule(row))]
        }
        _ => Vec::new(),
    }
}

/// What is private is told by its id alone.
fn told(family: &str, is_private: bool, what: &str, id: &Value, part: Value) -> Event {
    match is_private {
        true => (format!("private_{family}.{what}"), json!({"id": id})),
        false => (format!("public_{family}.{what}"), part),
    }
}

fn is_private(world: &World, incident: &Value) -> bool {
    let body = world.incident(text(incident));
    body.is_some_and(|body| body["visibility"] == "private")
}

fn incident(world: &World, before: &Value, now: Value) -> Vec<Event> {
    let (id, private) = (now["id"].clone(), now["visibility"] == "private");
    let mut whole = now.clone();
    let updates = world.rows("incident_updates").iter().rev();
    let message = updates
        .filter(|row| row["incident_id"] == id)
        .map(|row| &row["message"])
        .find(|message| !text(message).is_empty());
    if let Some(message) = message {
        whole["most_recent_update_message"] = message.clone();
    }
    let what = match before.is_null() {
        true => "incident_created_v2",
        false => "incident_updated_v2",
    };
    let mut events = vec![told("incident", private, what, &id, whole)];
    let (old, new) = (&before["incident_status"], &now["incident_status"]);
    if !before.is_null() && old["id"] != new["id"] && !private {
        let mut part = json!({"incident": now, "previous_status": old, "new_status": new});
        if let Some(message) = message {
            part["message"] = message.clone();
        }
        events.push(("public_incident.incident_status_updated_v2".into(), part));
    }
    events
}

/// Whether an alert is private: its source says so.
fn is_private_alert(world: &World, alert: &Value) -> bool {
    let source = world.find("alert_sources", text(&alert["alert_source_id"]));
    source.is_some_and(|source| source["template"]["is_private"] == true)
}

fn alert(world: &World, before: &Value, now: &Value) -> Vec<Event> {
    let private = is_private_alert(world, now);
    let event = |what| told("alert", private, what, &now["id"], now.clone());
    let is_over = |row: &Value| row["status"] == "resolved";
    let new = before.is_null().then(|| event("alert_created_v1"));
    let over = (is_over(now) && !is_over(before)).then(|| event("alert_resolved_v1"));
    new.into_iter().chain(over).collect()
}

fn escalation(world: &World, before: &Value, now: &Value) -> Vec<Event> {
    let whole = fresh_escalation(world, now);
    let incidents = now["related_incidents"].as_array().into_iter().flatten();
    let alerts = now["related_alerts"].as_array().into_iter().flatten();
    let private = incidents
        .into_iter()
        .any(|one| is_private(world, &one["id"]))
        || alerts.into_iter().any(|one| is_private_alert(world, one));
    let event = |what, part| told("escalation", private, what, &now["id"], part);
    let mut events = Vec::new();
    if before.is_null() {
        events.push(event("escalation_created_v1", whole.clone()));
    }
    let new = &now["status"];
    if before["status"] != *new && !(before.is_null() && new == "triggered") {
        let mut part = json!({"escalation": whole, "new_status": new});
        if !before.is_null() {
            part["previous_status"] = before["status"].clone();
        }
        events.push(event("escalation_status_updated_v1", part));
    }
    events
}

/// An action or a follow-up; follow-ups are told in both of their shapes.
fn task(world: &World, kind: &str, before: &Value, now: Value) -> Vec<Event> {
    let mut row = now;
    if row.is_null() {
        row = before.clone();
        row["status"] = json!("deleted");
    }
    let private = is_private(world, &row["incident_id"]);
    let what = if before.is_null() {
        "created"
    } else {
        "updated"
    };
    let mut old = json!({"follow_up": kind == "follow_up"});
    for name in [
        "id",
        "incident_id",
        "status",
        "assignee",
        "completed_at",
        "created_at",
        "updated_at",
    ] {
        if !row[name].is_null() {
            old[name] = row[name].clone();
        }
    }
    let words = if kind == "action" {
        "description"
    } else {
        "title"
    };
    old["description"] = row[words].clone();
    let event = |version: &str, part| {
        let what = format!("{kind}_{what}_{version}");
        told("incident", private, &what, &row["id"], part)
    };
    match kind {
        "action" => vec![event("v1", old)],
        _ => vec![event("v1", old), event("v2", row.clone())],
    }
}

/// A post-mortem's status, in the words that its events have for it.
fn document(world: &World, before: &Value, now: Value) -> Vec<Event> {
    let word = |row: &Value| match text(&row["status"]) {
        "" => "not_started",
        "in_progress" => "created",
        "in_review" => "review",
        _ => "complete",
    };
    let (old, new) = (word(before), word(&now));
    if old == new {
        return Vec::new();
    }
    let (id, private) = (now["id"].clone(), is_private(world, &now["incident_id"]));
    let part = json!({"postmortem_document": now, "previous_status": old, "new_status": new});
    let what = "postmortem_document_status_updated_v1";
    vec![told("incident", private, what, &id, part)]
}

/// Each update that was shared, the first among them.
fn published(before: &Value, now: &Value) -> Vec<Event> {
    let known = before["updates"].as_array().map_or(0, Vec::len);
    let updates = now["updates"].as_array().into_iter().flatten();
    let part = |update: &Value| json!({"status_page_incident": now, "update": update});
    updates
        .skip(known)
        .map(|update| ("status_page_incident.update_shared_v1".into(), part(update)))
        .collect()
}

fn membership(before: &Value, now: &Value) -> Vec<Event> {
    let (what, row) = match now.is_null() {
        true => ("revoked", before),
        false => ("granted", now),
    };
    let part = json!({"incident_id": row["incident_id"], "user_id": row["user"]["id"]});
    vec![(format!("private_incident.membership_{what}_v1"), part)]
}

fn slim_schedule(row: &Value) -> Value {
    json!({"id": row["id"], "name": row["name"], "timezone": row["timezone"], "team_ids": row["team_ids"],
        "created_at": row["created_at"], "updated_at": row["updated_at"]})
}

/// Schedules whose people are others than when this was last asked.
fn shifts(world: &World, watch: &mut Watch, now: Instant) -> Vec<Event> {
    let mut events = Vec::new();
    for schedule in world.rows("schedules") {
        let (shifts, _) = rota::now_and_next(schedule, world.rows("schedule_overrides"), now);
        let users: Vec<Value> = shifts
            .iter()
            .map(|shift| slim_user(&shift["user"]))
            .collect();
        let before = watch
            .on_call
            .insert(text(&schedule["id"]).to_owned(), users.clone());
        if let Some(before) = before.filter(|before| *before != users) {
            let part = json!({"schedule": slim_schedule(schedule), "previous_users": before, "current_users": users});
            events.push(("schedule.shift_change_v1".into(), part));
        }
    }
    events
}
