//! Pages: begun, and answered.

use super::acts::{member, on_call, slim_alert};
use super::json::{stamp, text};
use super::waiting;
use super::world::World;
use crate::domain::Instant;
use chrono::Duration;
use serde_json::{Value, json};

/// Pages a path, or people; returns the escalation's id.
pub fn page(
    world: &mut World,
    title: &str,
    path: &str,
    users: &[Value],
    incident: Option<&str>,
    alert: Option<&str>,
    now: Instant,
) -> String {
    let id = world.id();
    let path_row = world
        .rows("escalation_paths")
        .iter()
        .find(|p| p["name"] == path || p["id"] == path)
        .cloned()
        .unwrap_or_default();
    let mut notified = if users.is_empty() {
        on_call(world, text(&path_row["name"]), now)
    } else {
        users.to_vec()
    };
    if notified.is_empty() {
        notified.push(member(world, path));
    }
    let later = now + Duration::seconds(2);
    let events = json!([{"id": world.id(), "event": "triggered", "occurred_at": stamp(now)}, {"id": world.id(), "event": "notified_users", "occurred_at": stamp(later), "urgency": "high", "users": notified}]);
    let alerts: Vec<Value> = alert
        .and_then(|a| world.find("alerts", a))
        .map(slim_alert)
        .into_iter()
        .collect();
    let incidents: Vec<Value> = incident.map(|i| world.slim(i)).into_iter().collect();
    let creator = match alerts.first() {
        Some(alert) => json!({"alert": {"id": alert["id"], "title": alert["title"]}}),
        None => json!({}),
    };
    let mut row = json!({"id": id, "title": title, "description": "", "status": "triggered", "priority": {"name": "Urgent"}, "creator": creator, "events": events,
        "related_alerts": alerts, "related_incidents": incidents, "created_at": stamp(now), "updated_at": stamp(later)});
    if path_row["id"].is_string() {
        row["escalation_path_id"] = path_row["id"].clone();
    }
    world.add("escalations", row);
    waiting::begin(world, &id, later);
    if let Some(incident) = incident {
        world.log(
            incident,
            "escalation_created",
            &format!("Paged {}", path_row["name"].as_str().unwrap_or("people")),
            now,
            Some(json!({"escalation_id": id})),
        );
        world.change_incident(incident, now, |_| {});
    }
    id
}

/// Answers a page: `acked`, `snoozed`, `cancelled`, `resolved`.
pub fn respond(world: &mut World, page: &str, status: &str, now: Instant) {
    waiting::rest(world, page, None);
    answer(world, page, status, now);
}

/// Answers a page for a while: it comes back then.
pub fn snooze(world: &mut World, page: &str, until: Instant, now: Instant) {
    waiting::rest(world, page, Some(until));
    answer(world, page, "snoozed", now);
}

fn answer(world: &mut World, page: &str, status: &str, now: Instant) {
    let event = json!({"id": world.id(), "event": if status == "snoozed" { "acked" } else { status }, "occurred_at": stamp(now)});
    let Some(row) = world.find_mut("escalations", page) else {
        return;
    };
    let who = row["events"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|e| e["event"] == "notified_users")
        .map(|e| e["users"].clone());
    row["status"] = json!(status);
    row["updated_at"] = json!(stamp(now));
    let mut event = event;
    if let Some(who) = who.clone() {
        event["users"] = who;
    }
    row["events"]
        .as_array_mut()
        .into_iter()
        .for_each(|events| events.push(event.clone()));
    let incidents: Vec<String> = row["related_incidents"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|i| text(&i["id"]).to_owned())
        .collect();
    let name = who
        .as_ref()
        .map(|w| text(&w[0]["name"]).to_owned())
        .unwrap_or_default();
    for incident in incidents {
        if status == "acked" {
            world.log(
                &incident,
                "escalation_acknowledged",
                &format!("{name} acknowledged the page"),
                now,
                Some(json!({"escalation_id": page, "acknowledger": who.as_ref().map(|w| &w[0])})),
            );
        }
        world.change_incident(&incident, now, |_| {});
    }
}
