//! Post-mortem documents and the status page.

use super::super::acts;
use super::super::call::{Answer, Call, invalid, not_found, one};
use super::super::json::stamp;
use super::super::world::World;
use super::{once, refer};
use serde_json::{Value, json};

pub fn put_document(world: &mut World, call: &Call) -> Answer {
    let status = call.need("status")?.to_owned();
    if !matches!(status.as_str(), "in_progress" | "in_review" | "completed") {
        return Err(invalid(
            "status",
            "invalid_value",
            "status must be in_progress, in_review or completed",
        ));
    }
    let row = world
        .find_mut("postmortem_documents", &call.path[0])
        .ok_or_else(|| not_found("Document"))?;
    row["status"] = json!(status);
    row["updated_at"] = json!(stamp(call.now));
    one(200, "postmortem_document", row.clone())
}

pub fn import_document(world: &mut World, call: &Call) -> Answer {
    let at = world
        .position(&call.path[0])
        .ok_or_else(|| not_found("Incident"))?;
    let id = world.incidents[at].id.clone();
    one(
        201,
        "postmortem_document",
        acts::document(
            world,
            &id,
            call.need("title")?,
            call.need("content")?,
            &Value::Null,
            call.now,
        ),
    )
}

/// Components as an update names them.
fn affected(call: &Call) -> Value {
    Value::Array(
        call.body["component_statuses"]
            .as_array()
            .cloned()
            .unwrap_or_default(),
    )
}

pub fn publish(world: &mut World, call: &Call) -> Answer {
    once(world, call, "status_page_incidents", |world| {
        let page = call.need("status_page_id")?;
        refer(world, "status_pages", page, "status_page_id")?;
        let (id, update) = (world.id(), world.id());
        let status = call.need("incident_status")?;
        let impacts: Vec<Value> = affected(call)
            .as_array()
            .into_iter()
            .flatten()
            .filter(|c| c["component_status"] != "operational")
            .map(|c| json!({"component_id": c["component_id"], "component_status": c["component_status"], "start_at": stamp(call.now)}))
            .collect();
        let first = json!({"id": update, "status_page_incident_id": id, "published_at": stamp(call.now), "message": call.need("message")?, "incident_status": status, "component_statuses": affected(call)});
        let row = json!({"id": id, "status_page_id": page, "name": call.need("name")?, "published_at": stamp(call.now), "incident_status": status, "updates": [first], "component_impacts": impacts});
        one(
            201,
            "status_page_incident",
            world.add("status_page_incidents", row),
        )
    })
}

pub fn publish_update(world: &mut World, call: &Call) -> Answer {
    let id = call.need("status_page_incident_id")?.to_owned();
    let update = world.id();
    let message = call.need("message")?.to_owned();
    let row = world
        .find_mut("status_page_incidents", &id)
        .ok_or_else(|| not_found("Status page incident"))?;
    if let Some(status) = call.get("incident_status") {
        row["incident_status"] = json!(status);
    }
    let one_update = json!({"id": update, "status_page_incident_id": id, "published_at": stamp(call.now), "message": message, "incident_status": row["incident_status"], "component_statuses": affected(call)});
    row["updates"]
        .as_array_mut()
        .into_iter()
        .for_each(|all| all.push(one_update.clone()));
    one(201, "status_page_incident_update", one_update)
}
