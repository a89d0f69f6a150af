//! Schedules, shifts and overrides.

use super::super::call::{Answer, Call, invalid, not_found, one};
use super::super::json::time;
use super::super::rota;
use super::super::world::World;
use serde_json::{Value, json};

fn with_shifts(world: &World, schedule: &Value, now: crate::domain::Instant, next: bool) -> Value {
    let mut row = schedule.clone();
    if schedule["config"]["rotations"]
        .as_array()
        .is_none_or(Vec::is_empty)
    {
        return row;
    }
    let (current, following) = rota::now_and_next(schedule, world.rows("schedule_overrides"), now);
    row["current_shifts"] = Value::Array(current);
    row["next_shifts"] = Value::Array(if next { following } else { Vec::new() });
    row
}

pub fn schedules(world: &mut World, call: &Call) -> Answer {
    let size = call.page_size(10_000, false)?;
    let rows = world
        .rows("schedules")
        .iter()
        .map(|s| with_shifts(world, s, call.now, size <= 25))
        .collect();
    call.page("schedules", rows, 10_000, false)
}

pub fn schedule(world: &mut World, call: &Call) -> Answer {
    let row = world
        .find("schedules", &call.path[0])
        .ok_or_else(|| not_found("Schedule"))?;
    one(200, "schedule", with_shifts(world, row, call.now, true))
}

pub fn schedule_entries(world: &mut World, call: &Call) -> Answer {
    let schedule = world
        .find("schedules", call.required("schedule_id")?)
        .ok_or_else(|| not_found("Schedule"))?;
    let point = |name: &str, other| match call.param(name) {
        None => Ok(other),
        Some(raw) => time(&json!(raw))
            .ok_or_else(|| invalid(name, "invalid_format", &format!("{name} must be a time"))),
    };
    let from = point("entry_window_start", call.now)?;
    let to = point("entry_window_end", from + chrono::Duration::days(7))?;
    if to <= from {
        return Err(invalid(
            "entry_window_end",
            "out_of_range",
            "entry_window_end must be after entry_window_start",
        ));
    }
    let overrides = world.rows("schedule_overrides");
    let laid: Vec<Value> = overrides
        .iter()
        .filter(|o| o["schedule_id"] == schedule["id"])
        .map(|o| json!({"entry_id": o["id"], "rotation_id": o["rotation_id"], "user": o["user"], "start_at": o["start_at"], "end_at": o["end_at"]}))
        .collect();
    let list = |stretches: Vec<rota::Stretch>| {
        stretches
            .iter()
            .map(rota::Stretch::json)
            .collect::<Vec<_>>()
    };
    Ok((
        200,
        json!({"schedule_entries": {"final": list(rota::settled(schedule, overrides, from, to)), "scheduled": list(rota::scheduled(schedule, from, to)), "overrides": laid}}),
    ))
}

pub fn overrides(world: &mut World, call: &Call) -> Answer {
    let id = call.required("schedule_id")?;
    let rows = world
        .rows("schedule_overrides")
        .iter()
        .filter(|o| {
            o["schedule_id"] == id
                && call
                    .param("rotation_id")
                    .is_none_or(|r| o["rotation_id"] == r)
        })
        .cloned()
        .collect();
    call.page("overrides", rows, 250, false)
}
