//! Pages and who answers them, and cover of a shift.

use super::super::call::{Answer, Call, Refusal, invalid, not_found, one};
use super::super::company::slim_user;
use super::super::json::{stamp, text, time};
use super::super::pages;
use super::super::world::World;
use super::{once, refer, user};
use serde_json::{Value, json};

/// The people a page names.
pub(super) fn named_users(world: &World, call: &Call) -> Result<Vec<Value>, Refusal> {
    let ids = call.body["user_ids"].as_array().into_iter().flatten();
    ids.map(|id| refer(world, "users", text(id), "user_ids").map(slim_user))
        .collect()
}

pub fn create_escalation(world: &mut World, call: &Call) -> Answer {
    once(world, call, "escalations", |world| {
        let title = call.need("title")?;
        let users = named_users(world, call)?;
        let path = call.get("escalation_path_id");
        if path.is_some() != users.is_empty() {
            return Err(invalid(
                "escalation_path_id",
                "invalid_value",
                "Give either escalation_path_id or user_ids",
            ));
        }
        if let Some(path) = path {
            refer(world, "escalation_paths", path, "escalation_path_id")?;
        }
        let id = pages::page(
            world,
            title,
            path.unwrap_or_default(),
            &users,
            call.get("incident_id"),
            None,
            call.now,
        );
        one(
            201,
            "escalation",
            world.find("escalations", &id).cloned().unwrap_or_default(),
        )
    })
}

fn open_escalation<'a>(world: &'a World, id: &str) -> Result<&'a Value, Refusal> {
    let row = world
        .find("escalations", id)
        .ok_or_else(|| not_found("Escalation"))?;
    match text(&row["status"]) {
        "resolved" | "expired" | "cancelled" => {
            Err(invalid("status", "invalid_state", "The escalation is over"))
        }
        _ => Ok(row),
    }
}

pub fn respond(world: &mut World, call: &Call) -> Answer {
    open_escalation(world, &call.path[0])?;
    let status = match call.need("response")? {
        "ack" => "acked",
        "snooze" if call.body["snooze_details"]["snooze_until"].is_string() => "snoozed",
        "snooze" => {
            return Err(invalid(
                "snooze_details",
                "is_required",
                "snooze_details is required to snooze",
            ));
        }
        _ => {
            return Err(invalid(
                "response",
                "invalid_value",
                "An API key can only ack or snooze",
            ));
        }
    };
    match time(&call.body["snooze_details"]["snooze_until"]) {
        Some(until) if status == "snoozed" => {
            pages::snooze(world, &call.path[0], until, call.now);
        }
        _ => pages::respond(world, &call.path[0], status, call.now),
    }
    Ok((200, Value::Null))
}

pub fn cancel(world: &mut World, call: &Call) -> Answer {
    let cancelled = |row: &Value| row["status"] == "cancelled";
    if world
        .find("escalations", &call.path[0])
        .is_some_and(cancelled)
    {
        return Ok((200, Value::Null));
    }
    open_escalation(world, &call.path[0])?;
    pages::respond(world, &call.path[0], "cancelled", call.now);
    Ok((200, Value::Null))
}

pub fn reassign(world: &mut World, call: &Call) -> Answer {
    let old = open_escalation(world, &call.path[0])?.clone();
    if world
        .first_results
        .contains_key(&format!("reassign {}", call.path[0]))
    {
        return Err(invalid(
            "escalation_id",
            "already_reassigned",
            "The escalation was reassigned before",
        ));
    }
    let users = named_users(world, call)?;
    let incident = old["related_incidents"][0]["id"].as_str();
    let id = pages::page(
        world,
        call.get("title").unwrap_or(text(&old["title"])),
        call.get("escalation_path_id").unwrap_or_default(),
        &users,
        incident,
        None,
        call.now,
    );
    if call.body["resolve_original"].as_bool().unwrap_or(true) {
        pages::respond(world, &call.path[0], "resolved", call.now);
    }
    world
        .first_results
        .insert(format!("reassign {}", call.path[0]), (201, Value::Null));
    one(
        201,
        "escalation",
        world.find("escalations", &id).cloned().unwrap_or_default(),
    )
}

pub fn create_override(world: &mut World, call: &Call) -> Answer {
    let schedule = refer(world, "schedules", call.need("schedule_id")?, "schedule_id")?;
    let rotation = schedule["config"]["rotations"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|r| r["id"] == call.body["rotation_id"])
        .ok_or_else(|| invalid("rotation_id", "not_found", "No such rotation"))?;
    if !rotation["layers"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|l| l["id"] == call.body["layer_id"])
    {
        return Err(invalid("layer_id", "not_found", "No such layer"));
    }
    let (start, end) = (time(&call.body["start_at"]), time(&call.body["end_at"]));
    if start.is_none() || end <= start {
        return Err(invalid(
            "end_at",
            "out_of_range",
            "end_at must be after start_at",
        ));
    }
    let who = user(world, &call.body["user"], "user")?;
    let row = json!({"id": world.id(), "schedule_id": call.body["schedule_id"], "rotation_id": call.body["rotation_id"], "layer_id": call.body["layer_id"], "user": who,
        "start_at": call.body["start_at"], "end_at": call.body["end_at"], "created_at": stamp(call.now), "updated_at": stamp(call.now)});
    one(201, "override", world.add("schedule_overrides", row))
}

pub fn delete_override(world: &mut World, call: &Call) -> Answer {
    world
        .rows_mut("schedule_overrides")
        .retain(|o| o["id"] != call.path[0].as_str());
    Ok((204, Value::Null))
}
