//! What can happen in the organisation. The history, the scenarios and the API's writes all do these same acts.

use super::company::slim_user;
use super::json::{stamp, text};
use super::rota;
use super::world::World;
use crate::domain::Instant;
use serde_json::{Value, json};

/// What a declaration needs, by name.
pub struct Declare {
    pub name: String,
    pub summary: String,
    pub severity: String,
    pub status: String,
    pub service: String,
    pub team: String,
    pub visibility: String,
    pub mode: String,
}

/// Somebody of a team: whoever is on call for it, else one of its members.
pub fn member(world: &mut World, team: &str) -> Value {
    let members = world.named("teams", team)["members"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if members.is_empty() {
        return world
            .rows("users")
            .first()
            .map(slim_user)
            .unwrap_or_default();
    }
    slim_user(&members[world.rng.usize(..members.len())])
}

/// Who is on call for a team right now.
pub fn on_call(world: &World, team: &str, now: Instant) -> Vec<Value> {
    let schedule = world.named("schedules", &format!("{team} on-call"));
    let (current, _) = rota::now_and_next(&schedule, world.rows("schedule_overrides"), now);
    current
        .iter()
        .take(1)
        .map(|shift| shift["user"].clone())
        .collect()
}

/// A fresh incident's body.
pub fn blank_incident(world: &mut World, now: Instant) -> Value {
    let (id, number) = (world.id(), world.number());
    let roles: Vec<Value> = world
        .rows("incident_roles")
        .iter()
        .map(|role| json!({"role": role}))
        .collect();
    let stamps: Vec<Value> = world
        .rows("incident_timestamps")
        .iter()
        .map(|t| match text(&t["name"]) {
            "Reported at" => json!({"incident_timestamp": t, "value": {"value": stamp(now)}}),
            _ => json!({"incident_timestamp": t}),
        })
        .collect();
    json!({"id": id, "reference": format!("INC-{number}"), "name": "", "summary": "", "visibility": "public", "mode": "standard",
        "creator": {"api_key": {"id": "01HSIMKEY00000000000000000", "name": "Simulated key"}},
        "incident_role_assignments": roles, "custom_field_entries": [], "team_ids": [], "incident_timestamp_values": stamps, "duration_metrics": [], "has_debrief": false,
        "slack_team_id": "T0LARKFIELD", "slack_channel_id": format!("C{number:08}"), "slack_channel_name": format!("inc-{number}"),
        "permalink": format!("https://app.incident.io/{}/incidents/{number}", world.slug),
        "created_at": stamp(now), "updated_at": stamp(now), "last_activity_at": stamp(now)})
}

/// Declares an incident and returns its id.
pub fn declare(world: &mut World, with: &Declare, now: Instant) -> String {
    let mut body = blank_incident(world, now);
    body["name"] = json!(with.name);
    body["summary"] = json!(with.summary);
    body["visibility"] = json!(with.visibility);
    body["mode"] = json!(with.mode);
    body["severity"] = world.named("severities", &with.severity);
    body["incident_status"] = world.named("incident_statuses", &with.status);
    body["incident_type"] = world
        .rows("incident_types")
        .first()
        .cloned()
        .unwrap_or_default();
    body["team_ids"] = json!([world.named("teams", &with.team)["id"]]);
    let service = world.named("catalog_entries", &with.service);
    body["custom_field_entries"] = json!([service_field(world, &[service])]);
    let id = text(&body["id"]).to_owned();
    world.put_incident(&body);
    world.log(
        &id,
        "incident_channel_created",
        "Channel created",
        now,
        None,
    );
    id
}

/// The custom field that names services, with values.
pub fn service_field(world: &World, services: &[Value]) -> Value {
    let field = world.named("custom_fields", "Affected service");
    let values: Vec<Value> =
        services.iter().map(|s| json!({"value_catalog_entry": {"id": s["id"], "name": s["name"], "external_id": s["external_id"], "aliases": s["aliases"]}})).collect();
    json!({"custom_field": {"id": field["id"], "name": field["name"], "description": field["description"], "field_type": field["field_type"], "options": []}, "values": values})
}

/// Puts somebody in a role, by the role's short form or name.
pub fn assign(body: &mut Value, role: &str, user: &Value) {
    let slots = body["incident_role_assignments"]
        .as_array_mut()
        .into_iter()
        .flatten();
    for slot in slots.filter(|slot| {
        slot["role"]["shortform"] == role
            || slot["role"]["name"] == role
            || slot["role"]["id"] == role
    }) {
        match user.is_null() {
            true => drop(
                slot.as_object_mut()
                    .and_then(|slot| slot.remove("assignee")),
            ),
            false => slot["assignee"] = user.clone(),
        }
    }
}

/// Moves an incident to a status by name, and its timestamps with it.
pub fn move_status(world: &mut World, id: &str, status: &str, now: Instant) {
    let to = world.named("incident_statuses", status);
    let moved = world.change_incident(id, now, |body| {
        body["incident_status"] = to.clone();
        if matches!(text(&to["category"]), "learning" | "closed") {
            World::reach(body, "Fixed at", now);
            World::reach(body, "Resolved at", now);
        }
    });
    if moved.is_some() {
        world.log(
            id,
            "status_change",
            &format!("Status changed to {status}"),
            now,
            Some(json!({"new_status": to})),
        );
    }
}

/// Posts an update, with or without a move.
pub fn update(
    world: &mut World,
    id: &str,
    message: &str,
    status: Option<&str>,
    severity: Option<&str>,
    by: &Value,
    now: Instant,
) -> Value {
    let before = world.incident(id).unwrap_or_default();
    if let Some(status) = status {
        let to = world.named("incident_statuses", status);
        world.change_incident(id, now, |body| {
            body["incident_status"] = to.clone();
            if matches!(text(&to["category"]), "learning" | "closed") {
                World::reach(body, "Fixed at", now);
                World::reach(body, "Resolved at", now);
            }
        });
    }
    if let Some(severity) = severity {
        let to = world.named("severities", severity);
        world.change_incident(id, now, |body| body["severity"] = to.clone());
    }
    let body = world.change_incident(id, now, |_| {}).unwrap_or_default();
    let row = json!({"id": world.id(), "incident_id": id, "message": message, "new_incident_status": body["incident_status"], "new_severity": body["severity"],
        "updater": if by["roles"].is_array() || by["user"].is_object() || by["api_key"].is_object() { by.clone() } else { json!({"user": by}) }, "created_at": stamp(now)});
    let mut row = row;
    if row["new_severity"].is_null() {
        row.as_object_mut()
            .and_then(|row| row.remove("new_severity"));
    }
    world.log(
        id,
        "incident_update",
        "Update shared",
        now,
        Some(told_update(&row, &before)),
    );
    world.add("incident_updates", row)
}

/// An update as the activity log tells it: with what was before, where it moved something.
fn told_update(row: &Value, before: &Value) -> Value {
    let mut told = json!({"id": row["id"], "message": row["message"], "updater": row["updater"]});
    for (name, now, was) in [
        (
            "status",
            &row["new_incident_status"],
            &before["incident_status"],
        ),
        ("severity", &row["new_severity"], &before["severity"]),
    ] {
        if now.is_object() && now["id"] != was["id"] {
            told[format!("new_{name}")] = now.clone();
            if was.is_object() {
                told[format!("previous_{name}")] = was.clone();
            }
        }
    }
    told
}

/// Puts an item on the timeline, at a time that may have passed.
pub fn note(
    world: &mut World,
    id: &str,
    title: &str,
    description: &str,
    at: Instant,
    now: Instant,
) -> Value {
    let creator = world.incident(id).unwrap_or_default()["creator"].clone();
    let row = json!({"id": world.id(), "incident_id": id, "title": title, "description": description, "timestamp": stamp(at), "creator": creator, "created_at": stamp(now), "updated_at": stamp(now)});
    world.change_incident(id, now, |_| {});
    world.add("incident_timeline_items", row)
}

/// An alert fires; returns its id.
pub fn alert(
    world: &mut World,
    source: &str,
    title: &str,
    key: &str,
    service: &str,
    now: Instant,
) -> String {
    let id = world.id();
    let entry = world.named("catalog_entries", service);
    let attribute = world.named("alert_attributes", "Service");
    let attributes = if entry.is_null() {
        json!([])
    } else {
        json!([{"attribute": attribute, "value": {"label": service, "literal": entry["id"], "catalog_entry": {"id": entry["id"], "name": service, "catalog_type_id": entry["catalog_type_id"]}}}])
    };
    let source = world.named("alert_sources", source);
    world.add(
        "alerts",
        json!({"id": id, "title": title, "description": format!("Rule {key} of {service}."), "source_url": format!("https://alerts.example/{id}"), "status": "firing", "deduplication_key": key, "alert_source_id": source["id"], "attributes": attributes,
        "created_at": stamp(now), "updated_at": stamp(now)}),
    );
    id
}

/// An alert clears.
pub fn resolve_alert(world: &mut World, id: &str, now: Instant) {
    let Some(alert) = world.find_mut("alerts", id) else {
        return;
    };
    if alert["status"] != "resolved" {
        alert["status"] = json!("resolved");
        alert["resolved_at"] = json!(stamp(now));
        alert["updated_at"] = json!(stamp(now));
    }
}

/// A resolved alert fires again.
pub fn reopen_alert(world: &mut World, id: &str, now: Instant) {
    if let Some(alert) = world.find_mut("alerts", id) {
        alert["status"] = json!("firing");
        alert["updated_at"] = json!(stamp(now));
        drop(
            alert
                .as_object_mut()
                .and_then(|row| row.remove("resolved_at")),
        );
    }
}

/// The short form of an alert.
pub fn slim_alert(alert: &Value) -> Value {
    let mut slim = alert.clone();
    if let Some(slim) = slim.as_object_mut() {
        slim.remove("attributes");
        slim.remove("tags");
    }
    slim
}

/// Relates an alert to an incident; an existing relation is returned as it is.
pub fn attach(world: &mut World, alert: &str, incident: &str, now: Instant) -> Value {
    if let Some(known) = world
        .rows("incident_alerts")
        .iter()
        .find(|r| r["alert"]["id"] == alert && r["incident"]["id"] == incident)
    {
        return known.clone();
    }
    let body = world.find("alerts", alert).cloned().unwrap_or_default();
    let row =
        json!({"id": world.id(), "alert": slim_alert(&body), "incident": world.slim(incident)});
    world.log(
        incident,
        "alert_attached_to_incident",
        &format!("Alert attached: {}", text(&body["title"])),
        now,
        Some(json!({"alert_id": alert})),
    );
    world.change_incident(incident, now, |_| {});
    world.add("incident_alerts", row)
}

fn task(world: &mut World, incident: &str, who: Option<&Value>, now: Instant) -> Value {
    let creator = world.incident(incident).unwrap_or_default()["creator"].clone();
    let mut row = json!({"id": world.id(), "incident_id": incident, "status": "outstanding", "creator": creator, "created_at": stamp(now), "updated_at": stamp(now)});
    if let Some(who) = who {
        row["assignee"] = who.clone();
    }
    world.change_incident(incident, now, |_| {});
    row
}

/// Something to do now; returns its id.
pub fn action(
    world: &mut World,
    incident: &str,
    description: &str,
    who: Option<&Value>,
    now: Instant,
) -> String {
    let mut row = task(world, incident, who, now);
    row["description"] = json!(description);
    world.log(
        incident,
        "action_created",
        &format!("Action: {description}"),
        now,
        Some(json!({"action_id": row["id"]})),
    );
    text(&world.add("actions", row)["id"]).to_owned()
}

/// Something to do afterwards; returns its id.
pub fn follow_up(
    world: &mut World,
    incident: &str,
    title: &str,
    who: Option<&Value>,
    now: Instant,
) -> String {
    let mut row = task(world, incident, who, now);
    row["title"] = json!(title);
    row["labels"] = json!([]);
    row["priority"] = json!({"id": "01HFOLLOWUPPRIORITY0000000", "name": "Soon", "rank": 1});
    world.log(
        incident,
        "follow_up_created",
        &format!("Follow-up: {title}"),
        now,
        Some(json!({"follow_up_id": row["id"]})),
    );
    text(&world.add("follow_ups", row)["id"]).to_owned()
}

/// An action or a follow-up is done.
pub fn complete(world: &mut World, table: &'static str, id: &str, now: Instant) {
    if let Some(row) = world.find_mut(table, id) {
        row["status"] = json!("completed");
        row["completed_at"] = json!(stamp(now));
        row["updated_at"] = json!(stamp(now));
    }
}

/// A post-mortem document appears.
pub fn document(
    world: &mut World,
    incident: &str,
    title: &str,
    markdown: &str,
    editor: &Value,
    now: Instant,
) -> Value {
    let id = world.id();
    world.contents.insert(id.clone(), markdown.to_owned());
    let editors: Vec<&Value> = Some(editor)
        .filter(|e| e["id"].is_string())
        .into_iter()
        .collect();
    let url = format!("https://app.incident.io/{}/post-mortems/{id}", world.slug);
    world.add(
        "postmortem_documents",
        json!({"id": id, "incident_id": incident, "title": title, "status": "in_progress", "type": "in_app", "document_url": url, "editors": editors, "exported_urls": [],
        "created_at": stamp(now), "updated_at": stamp(now)}),
    )
}
