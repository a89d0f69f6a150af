//! Alerts and pages.

use super::super::call::{Answer, Call, ids, not_found, one};
use super::super::json::text;
use super::super::world::World;
use super::of_incident;
use serde_json::{Value, json};

pub fn alerts(world: &mut World, call: &Call) -> Answer {
    let mut rows: Vec<Value> = world
        .rows("alerts")
        .iter()
        .filter(|row| {
            call.passes("status", text(&row["status"]))
                && call.passes("alert_source", text(&row["alert_source_id"]))
                && call
                    .filters("deduplication_key")
                    .iter()
                    .all(|(_, v)| v.iter().any(|v| row["deduplication_key"] == v.as_str()))
                && call.row_in_time("created_at", row)
                && call.row_in_time("updated_at", row)
        })
        .cloned()
        .collect();
    rows.sort_by(|a, b| text(&b["created_at"]).cmp(text(&a["created_at"])));
    call.page("alerts", rows, 50, true)
}

pub fn incident_alerts(world: &mut World, call: &Call) -> Answer {
    let rows: Vec<Value> = world
        .rows("incident_alerts")
        .iter()
        .filter(|row| {
            row["unrelated"] != true
                && call
                    .param("incident_id")
                    .is_none_or(|id| row["incident"]["id"] == id)
                && call
                    .param("alert_id")
                    .is_none_or(|id| row["alert"]["id"] == id)
        })
        .map(|row| {
            let mut row = row.clone();
            if let Some(alert) = world.find("alerts", text(&row["alert"]["id"])) {
                row["alert"] = super::super::acts::slim_alert(alert);
            }
            row["incident"] = world.slim(text(&row["incident"]["id"]));
            row
        })
        .collect();
    call.page("incident_alerts", rows, 50, true)
}

pub fn alert_routes(world: &mut World, call: &Call) -> Answer {
    let slim =
        |row: &Value| json!({"id": row["id"], "name": row["name"], "enabled": row["enabled"]});
    let rows = world.rows("alert_routes").iter().map(slim).collect();
    call.page("alert_routes", rows, 50, false)
}

pub fn attachments(world: &mut World, call: &Call) -> Answer {
    let id = call.required("incident_id")?;
    one(
        200,
        "incident_attachments",
        Value::Array(of_incident(world, "incident_attachments", id)),
    )
}

/// An escalation with its incidents as they are now.
pub fn fresh_escalation(world: &World, row: &Value) -> Value {
    let mut row = row.clone();
    let slims: Vec<Value> = ids(&row["related_incidents"])
        .into_iter()
        .map(|id| world.slim(id))
        .collect();
    row["related_incidents"] = Value::Array(slims);
    row
}

pub fn escalations(world: &mut World, call: &Call) -> Answer {
    let mut rows: Vec<Value> = world
        .rows("escalations")
        .iter()
        .filter(|row| {
            call.passes("status", text(&row["status"]))
                && call.passes("escalation_path", text(&row["escalation_path_id"]))
                && call.passes_any("incident", &ids(&row["related_incidents"]))
                && call.passes_any("alert", &ids(&row["related_alerts"]))
                && call.row_in_time("created_at", row)
                && call.row_in_time("updated_at", row)
        })
        .map(|row| fresh_escalation(world, row))
        .collect();
    rows.sort_by(|a, b| text(&b["created_at"]).cmp(text(&a["created_at"])));
    call.page("escalations", rows, 50, false)
}

pub fn escalation(world: &mut World, call: &Call) -> Answer {
    let row = world
        .find("escalations", &call.path[0])
        .ok_or_else(|| not_found("Escalation"))?;
    one(200, "escalation", fresh_escalation(world, row))
}

pub fn paths(world: &mut World, call: &Call) -> Answer {
    let rows = world
        .rows("escalation_paths")
        .iter()
        .map(|path| {
            let mut path = path.clone();
            path["current_responders"] = Value::Array(super::super::acts::on_call(
                world,
                text(&path["name"]),
                call.now,
            ));
            path
        })
        .collect();
    call.page("escalation_paths", rows, 25, false)
}
