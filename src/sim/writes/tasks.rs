//! Actions and follow-ups.

use super::super::acts;
use super::super::call::{Answer, Call, Refusal, invalid, not_found, one};
use super::super::company::slim_user;
use super::super::json::{stamp, text};
use super::super::world::World;
use super::incidents::need_incident;
use super::refer;
use serde_json::{Value, json};

pub(super) fn assignee(world: &World, call: &Call) -> Result<Option<Value>, Refusal> {
    call.get("assignee_id")
        .map(|id| refer(world, "users", id, "assignee_id").map(slim_user))
        .transpose()
}

pub fn create_action(world: &mut World, call: &Call) -> Answer {
    let (incident, _) = need_incident(world, call)?;
    let who = assignee(world, call)?;
    let id = acts::action(
        world,
        &incident,
        call.need("description")?,
        who.as_ref(),
        call.now,
    );
    one(
        201,
        "action",
        world.find("actions", &id).cloned().unwrap_or_default(),
    )
}

pub fn create_follow_up(world: &mut World, call: &Call) -> Answer {
    let (incident, _) = need_incident(world, call)?;
    let who = assignee(world, call)?;
    let id = acts::follow_up(
        world,
        &incident,
        call.need("title")?,
        who.as_ref(),
        call.now,
    );
    if let Some(row) = world.find_mut("follow_ups", &id) {
        more_of_follow_up(row, call);
    }
    one(
        201,
        "follow_up",
        world.find("follow_ups", &id).cloned().unwrap_or_default(),
    )
}

/// What a follow-up has beside its title: set where it is given, cleared where it is not.
fn more_of_follow_up(row: &mut Value, call: &Call) {
    match call.get("description") {
        Some(text) => row["description"] = json!(text),
        None => drop(
            row.as_object_mut()
                .and_then(|row| row.remove("description")),
        ),
    }
    if call.body["labels"].is_array() {
        row["labels"] = call.body["labels"].clone();
    }
}

pub(super) fn delete_task(world: &mut World, call: &Call, table: &'static str) -> Answer {
    match world.remove(table, &call.path[0]) {
        true => Ok((204, Value::Null)),
        false => Err(not_found("Task")),
    }
}

pub fn delete_action(world: &mut World, call: &Call) -> Answer {
    delete_task(world, call, "actions")
}

pub fn delete_follow_up(world: &mut World, call: &Call) -> Answer {
    delete_task(world, call, "follow_ups")
}

pub fn transition(world: &mut World, call: &Call) -> Answer {
    let state = call.need("state")?;
    let row = world
        .find_mut("incident_alerts", &call.path[0])
        .ok_or_else(|| not_found("Incident alert"))?;
    match state {
        "related" => drop(row.as_object_mut().and_then(|row| row.remove("unrelated"))),
        "unrelated" => row["unrelated"] = json!(true),
        _ => {
            return Err(invalid(
                "state",
                "invalid_value",
                "state must be related or unrelated",
            ));
        }
    }
    let mut shown = row.clone();
    drop(
        shown
            .as_object_mut()
            .and_then(|row| row.remove("unrelated")),
    );
    let incident = text(&shown["incident"]["id"]).to_owned();
    world.change_incident(&incident, call.now, |_| {});
    one(200, "incident_alert", shown)
}

fn put_task(world: &mut World, call: &Call, table: &'static str, key: &str, words: &str) -> Answer {
    let (words_value, status) = (
        call.need(words)?.to_owned(),
        call.need("status")?.to_owned(),
    );
    if !matches!(status.as_str(), "outstanding" | "completed" | "not_doing") {
        return Err(invalid(
            "status",
            "invalid_value",
            "status must be outstanding, completed or not_doing",
        ));
    }
    let who = assignee(world, call)?;
    let clear = call.body.get("assignee_id").is_some_and(Value::is_null);
    let row = world
        .find_mut(table, &call.path[0])
        .ok_or_else(|| not_found("Task"))?;
    row[words] = json!(words_value);
    row["updated_at"] = json!(stamp(call.now));
    if status == "completed" && row["status"] != "completed" {
        row["completed_at"] = json!(stamp(call.now));
    }
    row["status"] = json!(status);
    if table == "follow_ups" {
        more_of_follow_up(row, call);
    }
    match who {
        Some(who) => row["assignee"] = who,
        None if clear => drop(row.as_object_mut().and_then(|row| row.remove("assignee"))),
        None => {}
    }
    one(200, key, row.clone())
}

pub fn put_action(world: &mut World, call: &Call) -> Answer {
    put_task(world, call, "actions", "action", "description")
}

pub fn put_follow_up(world: &mut World, call: &Call) -> Answer {
    put_task(world, call, "follow_ups", "follow_up", "title")
}
