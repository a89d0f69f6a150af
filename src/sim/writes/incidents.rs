//! Incidents: declared, edited, updated, each by the words the organisation has.

use super::super::acts;
use super::super::call::{Answer, Call, Refusal, invalid, not_found, one};
use super::super::json::text;
use super::super::world::World;
use super::{once, refer, user};
use serde_json::{Value, json};

/// Moves the platform allows through an edit: within a category; from triage or live to learning or closed; from learning to closed.
fn may_move(from: &str, to: &str) -> bool {
    from == to
        || matches!(
            (from, to),
            ("live" | "triage", "learning" | "closed") | ("learning", "closed")
        )
}

fn set_fields(world: &World, body: &mut Value, wanted: &Value) -> Result<(), Refusal> {
    for entry in wanted["custom_field_entries"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let field = refer(
            world,
            "custom_fields",
            text(&entry["custom_field_id"]),
            "custom_field_entries.custom_field_id",
        )?;
        let mut values = Vec::new();
        for value in entry["values"].as_array().into_iter().flatten() {
            if let Some(id) = value["value_catalog_entry_id"].as_str() {
                let known = world
                    .rows("catalog_entries")
                    .iter()
                    .find(|e| e["id"] == id || e["external_id"] == id);
                let e = known.ok_or_else(|| {
                    invalid(
                        "custom_field_entries.values",
                        "not_found",
                        "No such catalog entry",
                    )
                })?;
                values.push(json!({"value_catalog_entry": {"id": e["id"], "name": e["name"], "external_id": e["external_id"], "aliases": e["aliases"]}}));
            } else if let Some(id) = value["value_option_id"].as_str() {
                values.push(json!({"value_option": refer(world, "custom_field_options", id, "custom_field_entries.values")?}));
            } else {
                values.push(value.clone());
            }
        }
        let slots = body["custom_field_entries"].as_array_mut();
        let Some(slots) = slots else { continue };
        slots.retain(|slot| slot["custom_field"]["id"] != field["id"]);
        if !values.is_empty() {
            slots.push(json!({"custom_field": {"id": field["id"], "name": field["name"], "description": field["description"], "field_type": field["field_type"], "options": []}, "values": values}));
        }
    }
    set_roles(world, body, wanted)?;
    set_timestamps(body, wanted);
    Ok(())
}

fn set_roles(world: &World, body: &mut Value, wanted: &Value) -> Result<(), Refusal> {
    for slot in wanted["incident_role_assignments"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let role = refer(
            world,
            "incident_roles",
            text(&slot["incident_role_id"]),
            "incident_role_assignments.incident_role_id",
        )?;
        let who = if slot["assignee"].is_object() {
            user(
                world,
                &slot["assignee"],
                "incident_role_assignments.assignee",
            )?
        } else {
            Value::Null
        };
        acts::assign(body, text(&role["id"]), &who);
    }
    Ok(())
}

fn set_timestamps(body: &mut Value, wanted: &Value) {
    for stamp in wanted["incident_timestamp_values"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let slots = body["incident_timestamp_values"]
            .as_array_mut()
            .into_iter()
            .flatten();
        for slot in
            slots.filter(|slot| slot["incident_timestamp"]["id"] == stamp["incident_timestamp_id"])
        {
            match stamp["value"].as_str() {
                Some(value) => slot["value"] = json!({"value": value}),
                None => drop(slot.as_object_mut().and_then(|slot| slot.remove("value"))),
            }
        }
    }
}

pub fn create_incident(world: &mut World, call: &Call) -> Answer {
    once(world, call, "incidents", |world| {
        let visibility = call.need("visibility")?;
        if !matches!(visibility, "public" | "private") {
            return Err(invalid(
                "visibility",
                "invalid_value",
                "visibility must be public or private",
            ));
        }
        let mode = call.get("mode").unwrap_or("standard");
        if !matches!(mode, "standard" | "retrospective" | "test" | "tutorial") {
            return Err(invalid(
                "mode",
                "invalid_value",
                "mode must be standard, retrospective, test or tutorial",
            ));
        }
        let severity = refer(
            world,
            "severities",
            call.get("severity_id")
                .ok_or_else(|| invalid("severity_id", "is_required", "A severity is required"))?,
            "severity_id",
        )?
        .clone();
        let status = match call.get("incident_status_id") {
            Some(id) => refer(world, "incident_statuses", id, "incident_status_id")?.clone(),
            None => world
                .rows("incident_statuses")
                .iter()
                .find(|s| s["category"] == "live")
                .cloned()
                .unwrap_or_default(),
        };
        let kind = match call.get("incident_type_id") {
            Some(id) => refer(world, "incident_types", id, "incident_type_id")?.clone(),
            None => world
                .rows("incident_types")
                .first()
                .cloned()
                .unwrap_or_default(),
        };
        let mut body = acts::blank_incident(world, call.now);
        body["name"] = json!(call.get("name").unwrap_or("Untitled incident"));
        body["summary"] = json!(call.get("summary").unwrap_or_default());
        (body["visibility"], body["mode"]) = (json!(visibility), json!(mode));
        (
            body["severity"],
            body["incident_status"],
            body["incident_type"],
        ) = (severity, status, kind);
        body["creator"] = call.actor.clone();
        set_fields(world, &mut body, &call.body)?;
        world.put_incident(&body);
        one(200, "incident", body)
    })
}

pub fn edit_incident(world: &mut World, call: &Call) -> Answer {
    let at = world
        .position(&call.path[0])
        .ok_or_else(|| not_found("Incident"))?;
    let id = world.incidents[at].id.clone();
    let wanted = call.body["incident"].clone();
    if !wanted.is_object() {
        return Err(invalid("incident", "is_required", "incident is required"));
    }
    if !call.body["notify_incident_channel"].is_boolean() {
        return Err(invalid(
            "notify_incident_channel",
            "is_required",
            "notify_incident_channel is required",
        ));
    }
    let mut body = world.incidents[at].value();
    if let Some(to) = wanted["incident_status_id"].as_str() {
        let to = refer(
            world,
            "incident_statuses",
            to,
            "incident.incident_status_id",
        )?
        .clone();
        let (from, into) = (
            text(&body["incident_status"]["category"]),
            text(&to["category"]),
        );
        if !may_move(from, into) {
            return Err(invalid(
                "incident.incident_status_id",
                "invalid_transition",
                &format!("An incident cannot move from {from} to {into}"),
            ));
        }
        acts::move_status(world, &id, text(&to["name"]), call.now);
        body = world.incident(&id).unwrap_or_default();
    }
    if let Some(severity) = wanted["severity_id"].as_str() {
        body["severity"] = refer(world, "severities", severity, "incident.severity_id")?.clone();
    }
    for field in ["name", "summary", "call_url"] {
        if wanted[field].is_string() {
            body[field] = wanted[field].clone();
        }
    }
    set_fields(world, &mut body, &wanted)?;
    for (field, kind, title) in [
        ("name", "incident_rename", "Renamed"),
        ("summary", "summary_update", "Summary changed"),
        ("incident_role_assignments", "role_update", "Roles changed"),
        ("severity_id", "incident_update", "Severity changed"),
    ] {
        if !wanted[field].is_null() {
            world.log(&id, kind, title, call.now, None);
        }
    }
    let body = world
        .change_incident(&id, call.now, |stored| *stored = body)
        .unwrap_or_default();
    one(200, "incident", body)
}

pub(super) fn need_incident(world: &World, call: &Call) -> Result<(String, Value), Refusal> {
    let id = call.need("incident_id")?;
    world
        .incident(id)
        .map(|body| (id.to_owned(), body))
        .ok_or_else(|| invalid("incident_id", "not_found", "No such incident"))
}

pub fn create_update(world: &mut World, call: &Call) -> Answer {
    once(world, call, "incident_updates", |world| {
        let (id, body) = need_incident(world, call)?;
        let name = |table: &str, id: Option<&str>, field: &str| {
            id.map(|id| refer(world, table, id, field).cloned())
                .transpose()
        };
        let status = name(
            "incident_statuses",
            call.get("to_incident_status_id"),
            "to_incident_status_id",
        )?;
        let severity = name("severities", call.get("to_severity_id"), "to_severity_id")?;
        if call.get("message").is_none_or(str::is_empty) && status.is_none() && severity.is_none() {
            return Err(invalid(
                "message",
                "is_required",
                "An update needs a message, a status or a severity",
            ));
        }
        if let Some(to) = &status {
            let (from, into) = (
                text(&body["incident_status"]["category"]),
                text(&to["category"]),
            );
            if !may_move(from, into) && from != "triage" {
                return Err(invalid(
                    "to_incident_status_id",
                    "invalid_transition",
                    &format!("An incident cannot move from {from} to {into}"),
                ));
            }
        }
        let word = |row: &Option<Value>| row.as_ref().map(|r| text(&r["name"]).to_owned());
        let row = acts::update(
            world,
            &id,
            call.get("message").unwrap_or_default(),
            word(&status).as_deref(),
            word(&severity).as_deref(),
            &call.actor,
            call.now,
        );
        one(201, "incident_update", row)
    })
}
