//! Schedules, and who may see a private incident.

use super::super::call::{Answer, Call, Refusal, invalid, not_found, one};
use super::super::company::slim_user;
use super::super::json::stamp;
use super::super::world::World;
use super::incidents::need_incident;
use super::refer;
use serde_json::{Value, json};

/// What a schedule is given, over what it has; parts of rotations that come without an id get one.
fn set(world: &mut World, row: &mut Value, wanted: &Value) -> Result<(), Refusal> {
    if !wanted.is_object() {
        return Err(invalid("schedule", "is_required", "schedule is required"));
    }
    for field in ["name", "timezone", "annotations", "team_ids", "config"] {
        if !wanted[field].is_null() {
            row[field] = wanted[field].clone();
        }
    }
    let rotations = row["config"]["rotations"].as_array_mut();
    for rotation in rotations.into_iter().flatten() {
        let layers = rotation["layers"].as_array_mut().map(std::mem::take);
        let mut layers = layers.unwrap_or_default();
        for part in layers.iter_mut().chain([&mut *rotation]) {
            if part["id"].is_null() {
                part["id"] = json!(world.id());
            }
        }
        rotation["layers"] = Value::Array(layers);
        for list in ["working_intervals", "handovers"] {
            if rotation[list].is_null() {
                rotation[list] = json!([]);
            }
        }
        for user in rotation["users"].as_array_mut().into_iter().flatten() {
            *user = super::user(world, user, "schedule.config.rotations.users")?;
        }
    }
    Ok(())
}

pub fn create_schedule(world: &mut World, call: &Call) -> Answer {
    let id = world.id();
    let permalink = format!(
        "https://app.incident.io/{}/on-call/schedules/{id}",
        world.slug
    );
    let mut row = json!({"id": id, "name": "", "timezone": "Etc/UTC", "annotations": {}, "team_ids": [], "permalink": permalink,
        "config": {"rotations": []}, "created_at": stamp(call.now), "updated_at": stamp(call.now)});
    set(world, &mut row, &call.body["schedule"])?;
    if row["name"] == "" {
        return Err(invalid(
            "schedule.name",
            "is_required",
            "A name is required",
        ));
    }
    one(201, "schedule", world.add("schedules", row))
}

pub fn put_schedule(world: &mut World, call: &Call) -> Answer {
    let known = world.find("schedules", &call.path[0]);
    let mut row = known.cloned().ok_or_else(|| not_found("Schedule"))?;
    set(world, &mut row, &call.body["schedule"])?;
    row["updated_at"] = json!(stamp(call.now));
    if let Some(kept) = world.find_mut("schedules", &call.path[0]) {
        *kept = row.clone();
    }
    one(200, "schedule", row)
}

pub fn delete_schedule(world: &mut World, call: &Call) -> Answer {
    match world.remove("schedules", &call.path[0]) {
        true => Ok((202, Value::Null)),
        false => Err(not_found("Schedule")),
    }
}

pub fn grant(world: &mut World, call: &Call) -> Answer {
    let (incident, body) = need_incident(world, call)?;
    if body["visibility"] != "private" {
        return Err(invalid(
            "incident_id",
            "invalid_value",
            "Only private incidents have members",
        ));
    }
    let user = refer(world, "users", call.need("user_id")?, "user_id").map(slim_user)?;
    let known = find(world, &incident, call.need("user_id")?);
    if let Some(row) = known {
        return one(201, "incident_membership", row);
    }
    let row = json!({"id": world.id(), "incident_id": incident, "user": user, "created_at": stamp(call.now), "updated_at": stamp(call.now)});
    one(
        201,
        "incident_membership",
        world.add("incident_memberships", row),
    )
}

pub fn revoke(world: &mut World, call: &Call) -> Answer {
    let (incident, _) = need_incident(world, call)?;
    let known = find(world, &incident, call.need("user_id")?);
    let row = known.ok_or_else(|| not_found("Membership"))?;
    world.remove("incident_memberships", super::super::json::text(&row["id"]));
    Ok((204, Value::Null))
}

fn find(world: &World, incident: &str, user: &str) -> Option<Value> {
    let mut rows = world.rows("incident_memberships").iter();
    let is_it = |row: &&Value| row["incident_id"] == incident && row["user"]["id"] == user;
    rows.find(is_it).cloned()
}
