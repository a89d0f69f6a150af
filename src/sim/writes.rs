//! What can be written. Idempotency keys give the first result again; moves the platform refuses are refused.

use super::acts;
use super::call::{Answer, Call, Refusal, invalid, not_found, one};
use super::company::slim_user;
use super::json::{stamp, text, time};
use super::world::World;
use serde_json::{Value, json};

/// Runs a write once per idempotency key.
fn once(
    world: &mut World,
    call: &Call,
    route: &str,
    write: impl FnOnce(&mut World) -> Answer,
) -> Answer {
    let key = format!("{route} {}", call.need("idempotency_key")?);
    if let Some(first) = world.first_results.get(&key) {
        return Ok(first.clone());
    }
    let answer = write(world)?;
    world.first_results.insert(key, answer.clone());
    Ok(answer)
}

fn refer<'a>(world: &'a World, table: &str, id: &str, field: &str) -> Result<&'a Value, Refusal> {
    world
        .find(table, id)
        .ok_or_else(|| invalid(field, "not_found", &format!("{field} does not exist")))
}

fn user(world: &World, reference: &Value, field: &str) -> Result<Value, Refusal> {
    let matches = |u: &&Value| {
        ["id", "email", "slack_user_id"]
            .iter()
            .any(|k| reference[*k].is_string() && reference[*k] == u[*k])
    };
    world
        .rows("users")
        .iter()
        .find(matches)
        .map(slim_user)
        .ok_or_else(|| invalid(field, "not_found", "No such user"))
}

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
    Ok(())
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

fn need_incident(world: &World, call: &Call) -> Result<(String, Value), Refusal> {
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

pub fn create_timeline_item(world: &mut World, call: &Call) -> Answer {
    once(world, call, "incident_timeline_items", |world| {
        let (id, _) = need_incident(world, call)?;
        let at = time(&call.body["timestamp"]).ok_or_else(|| {
            invalid(
                "timestamp",
                "invalid_type",
                "timestamp must be an RFC 3339 time",
            )
        })?;
        let mut row = acts::note(
            world,
            &id,
            call.need("title")?,
            call.get("description").unwrap_or_default(),
            at,
            call.now,
        );
        row["creator"] = call.actor.clone();
        if let Some(kept) = world.find_mut("incident_timeline_items", text(&row["id"])) {
            *kept = row.clone();
        }
        one(201, "incident_timeline_item", row)
    })
}

pub fn patch_timeline_item(world: &mut World, call: &Call) -> Answer {
    let row = world
        .find_mut("incident_timeline_items", &call.path[0])
        .ok_or_else(|| not_found("Timeline item"))?;
    for field in ["title", "description", "timestamp"] {
        if call.body[field].is_string() {
            row[field] = call.body[field].clone();
        }
    }
    row["updated_at"] = json!(stamp(call.now));
    one(200, "incident_timeline_item", row.clone())
}

/// The people a page names.
fn named_users(world: &World, call: &Call) -> Result<Vec<Value>, Refusal> {
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
        let id = acts::page(
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
    acts::respond(world, &call.path[0], status, call.now);
    Ok((200, Value::Null))
}

pub fn cancel(world: &mut World, call: &Call) -> Answer {
    open_escalation(world, &call.path[0])?;
    acts::respond(world, &call.path[0], "cancelled", call.now);
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
    let id = acts::page(
        world,
        call.get("title").unwrap_or(text(&old["title"])),
        call.get("escalation_path_id").unwrap_or_default(),
        &users,
        incident,
        None,
        call.now,
    );
    if call.body["resolve_original"].as_bool().unwrap_or(true) {
        acts::respond(world, &call.path[0], "resolved", call.now);
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

fn assignee(world: &World, call: &Call) -> Result<Option<Value>, Refusal> {
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

fn delete_task(world: &mut World, call: &Call, table: &'static str) -> Answer {
    world
        .find(table, &call.path[0])
        .ok_or_else(|| not_found("Task"))?;
    world
        .rows_mut(table)
        .retain(|row| row["id"] != call.path[0].as_str());
    Ok((204, Value::Null))
}

pub fn delete_action(world: &mut World, call: &Call) -> Answer {
    delete_task(world, call, "actions")
}

pub fn delete_follow_up(world: &mut World, call: &Call) -> Answer {
    delete_task(world, call, "follow_ups")
}

pub fn delete_entry(world: &mut World, call: &Call) -> Answer {
    delete_task(world, call, "catalog_entries")
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

pub fn create_incident_alert(world: &mut World, call: &Call) -> Answer {
    let (incident, _) = need_incident(world, call)?;
    let alert = call.need("alert_id")?.to_owned();
    refer(world, "alerts", &alert, "alert_id")?;
    let known = world
        .rows_mut("incident_alerts")
        .iter_mut()
        .find(|r| r["alert"]["id"] == alert.as_str() && r["incident"]["id"] == incident.as_str());
    if let Some(row) = known.filter(|row| row["unrelated"] == true) {
        if call.body["re_relate"] != true {
            return Err(invalid(
                "alert_id",
                "unrelated",
                "Somebody marked this alert as unrelated to this incident",
            ));
        }
        drop(row.as_object_mut().and_then(|row| row.remove("unrelated")));
    }
    one(
        201,
        "incident_alert",
        acts::attach(world, &alert, &incident, call.now),
    )
}

pub fn resolve_alert(world: &mut World, call: &Call) -> Answer {
    world
        .find("alerts", &call.path[0])
        .ok_or_else(|| not_found("Alert"))?;
    acts::resolve_alert(world, &call.path[0], call.now);
    one(
        200,
        "alert",
        world
            .find("alerts", &call.path[0])
            .cloned()
            .unwrap_or_default(),
    )
}

pub fn alert_event(world: &mut World, call: &Call) -> Answer {
    let source = world
        .find("alert_sources", &call.path[0])
        .cloned()
        .ok_or_else(|| not_found("Alert source"))?;
    let (title, key) = (
        call.need("title")?.to_owned(),
        call.need("deduplication_key")?.to_owned(),
    );
    let known = world
        .rows("alerts")
        .iter()
        .find(|a| {
            a["deduplication_key"] == key.as_str()
                && a["alert_source_id"] == source["id"]
                && a["status"] == "firing"
        })
        .map(|a| text(&a["id"]).to_owned());
    match (call.need("status")?, known) {
        ("firing", None) => drop(acts::alert(
            world,
            text(&source["name"]),
            &title,
            &key,
            text(&call.body["metadata"]["service"]),
            call.now,
        )),
        ("resolved", Some(id)) => acts::resolve_alert(world, &id, call.now),
        ("firing" | "resolved", _) => {}
        _ => {
            return Err(invalid(
                "status",
                "invalid_value",
                "status must be firing or resolved",
            ));
        }
    }
    Ok((
        202,
        json!({"status": "success", "message": "Event accepted for processing", "deduplication_key": key}),
    ))
}

/// Bindings as they are written (`literal`) become bindings as they are read (`label` too).
fn bindings(wanted: &Value) -> Value {
    let read = |v: &Value| json!({"label": text(&v["literal"]), "literal": text(&v["literal"])});
    let pairs = wanted
        .as_object()
        .into_iter()
        .flatten()
        .map(|(id, binding)| {
            let value = match binding["array_value"].as_array() {
                Some(list) => json!({"array_value": list.iter().map(read).collect::<Vec<_>>()}),
                None => json!({"value": read(&binding["value"])}),
            };
            (id.clone(), value)
        });
    Value::Object(pairs.collect())
}

pub fn create_entry(world: &mut World, call: &Call) -> Answer {
    let kind = call.need("catalog_type_id")?.to_owned();
    refer(world, "catalog_types", &kind, "catalog_type_id")?;
    let name = call.need("name")?.to_owned();
    let known = call
        .get("external_id")
        .and_then(|ext| {
            world
                .rows("catalog_entries")
                .iter()
                .find(|e| e["external_id"] == ext && e["catalog_type_id"] == kind.as_str())
        })
        .map(|e| text(&e["id"]).to_owned());
    let id = known.clone().unwrap_or_else(|| world.id());
    let mut row = json!({"id": id, "catalog_type_id": kind, "name": name, "custom_aliases": [], "aliases": call.body["aliases"].as_array().cloned().unwrap_or_default(), "rank": call.body["rank"].as_i64().unwrap_or(0),
        "attribute_values": bindings(&call.body["attribute_values"]), "created_at": stamp(call.now), "updated_at": stamp(call.now)});
    if let Some(external) = call.get("external_id") {
        row["external_id"] = json!(external);
    }
    match world.find_mut("catalog_entries", &id) {
        Some(kept) => *kept = row.clone(),
        None => drop(world.add("catalog_entries", row.clone())),
    }
    {
        let kind = world
            .find("catalog_types", &kind)
            .cloned()
            .unwrap_or_default();
        Ok((201, json!({"catalog_entry": row, "catalog_type": kind})))
    }
}

pub fn put_entry(world: &mut World, call: &Call) -> Answer {
    let name = call.need("name")?.to_owned();
    let wanted = bindings(&call.body["attribute_values"]);
    let only: Option<Vec<&str>> = call.body["update_attributes"]
        .as_array()
        .map(|list| list.iter().map(text).collect());
    let row = world
        .find_mut("catalog_entries", &call.path[0])
        .ok_or_else(|| not_found("Catalog entry"))?;
    let mut values = if only.is_some() {
        row["attribute_values"].clone()
    } else {
        json!({})
    };
    for (id, value) in wanted
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(id, _)| only.as_ref().is_none_or(|only| only.contains(&id.as_str())))
    {
        values[id.as_str()] = value.clone();
    }
    row["attribute_values"] = values;
    row["name"] = json!(name);
    if call.body["aliases"].is_array() {
        row["aliases"] = call.body["aliases"].clone();
    }
    row["updated_at"] = json!(stamp(call.now));
    {
        let row = row.clone();
        let kind = world
            .find("catalog_types", text(&row["catalog_type_id"]))
            .cloned()
            .unwrap_or_default();
        Ok((200, json!({"catalog_entry": row, "catalog_type": kind})))
    }
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
