//! What can be read: every list and every single resource.

use super::call::{Answer, Call, ids, invalid, not_found, one};
use super::json::{text, time};
use super::rota;
use super::world::{Stored, World};
use serde_json::{Value, json};

pub fn identity(_: &mut World, call: &Call) -> Answer {
    one(200, "identity", call.identity.clone())
}

/// Severity filters compare ranks.
fn severity_passes(world: &World, call: &Call, severity: &str) -> bool {
    let rank = |id: &str| {
        world
            .find("severities", id)
            .and_then(|s| s["rank"].as_i64())
            .unwrap_or(-1)
    };
    call.filters("severity")
        .iter()
        .all(|(op, values)| match op.as_str() {
            "gte" => rank(severity) >= rank(&values[0]),
            "lte" => rank(severity) <= rank(&values[0]),
            "not_in" => !values.iter().any(|v| v == severity),
            _ => values.iter().any(|v| v == severity),
        })
}

fn body_passes(call: &Call, body: &Value) -> bool {
    let bracketed = |prefix: &str| -> Vec<(String, String, Vec<String>)> {
        let mut found: Vec<(String, String, Vec<String>)> = Vec::new();
        for (key, value) in &call.query {
            let Some((id, op)) = key
                .strip_prefix(prefix)
                .and_then(|r| r.strip_prefix('['))
                .and_then(|r| r.strip_suffix(']'))
                .and_then(|r| r.split_once("]["))
            else {
                continue;
            };
            match found.iter_mut().find(|(i, o, _)| i == id && o == op) {
                Some((_, _, values)) => values.push(value.clone()),
                None => found.push((id.into(), op.into(), vec![value.clone()])),
            }
        }
        found
    };
    let fields = bracketed("custom_field")
        .into_iter()
        .all(|(id, op, wanted)| {
            let entries = body["custom_field_entries"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|e| e["custom_field"]["id"] == id.as_str());
            let hit = entries
                .flat_map(|e| e["values"].as_array().into_iter().flatten())
                .any(|value| {
                    let actual = [
                        &value["value_catalog_entry"]["id"],
                        &value["value_catalog_entry"]["external_id"],
                        &value["value_option"]["id"],
                        &value["value_text"],
                        &value["value_numeric"],
                        &value["value_link"],
                    ];
                    actual.iter().any(|a| wanted.iter().any(|w| *a == w))
                });
            if op == "not_in" { !hit } else { hit }
        });
    fields
        && bracketed("incident_role")
            .into_iter()
            .all(|(id, _, wanted)| {
                body["incident_role_assignments"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .any(|a| {
                        a["role"]["id"] == id.as_str()
                            && wanted.iter().any(|w| a["assignee"]["id"] == w.as_str())
                    })
            })
}

pub fn incidents(world: &mut World, call: &Call) -> Answer {
    let size = call.page_size(500, false)?.min(250);
    let modes = call
        .filters("mode")
        .into_iter()
        .next()
        .map(|(_, v)| v)
        .unwrap_or_else(|| vec!["standard".into(), "retrospective".into()]);
    let by_body = call
        .query
        .iter()
        .any(|(k, _)| k.starts_with("custom_field[") || k.starts_with("incident_role["));
    let sees_private = call.identity["roles"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|r| r == "global_access");
    let matches = |i: &Stored| {
        modes.contains(&i.mode)
            && (sees_private || !i.body.contains("\"visibility\":\"private\""))
            && call.passes("status", &i.status)
            && call.passes("status_category", &i.category)
            && call.passes("incident_type", &i.kind)
            && severity_passes(world, call, &i.severity)
            && call.in_time("created_at", i.created)
            && call.in_time("updated_at", i.updated)
            && (!by_body || body_passes(call, &i.value()))
    };
    let oldest = call.param("sort_by") == Some("created_at_oldest_first");
    let ordered: Box<dyn Iterator<Item = &Stored>> = if oldest {
        Box::new(world.incidents.iter())
    } else {
        Box::new(world.incidents.iter().rev())
    };
    let mut started = call.param("after").is_none();
    let (mut page, mut total, mut more) = (Vec::new(), 0usize, false);
    for incident in ordered {
        if !started {
            started = call.param("after") == Some(incident.id.as_str());
            total += usize::from(matches(incident));
            continue;
        }
        if !matches(incident) {
            continue;
        }
        total += 1;
        if page.len() < size {
            page.push(incident);
        } else {
            more = true;
        }
    }
    let mut meta = json!({"page_size": size, "total_record_count": total});
    if more && let Some(last) = page.last() {
        meta["after"] = json!(last.id);
    }
    let rows = page.iter().map(|i| i.value()).collect();
    Ok((
        200,
        json!({"incidents": Value::Array(rows), "pagination_meta": meta}),
    ))
}

pub fn incident(world: &mut World, call: &Call) -> Answer {
    let at = world
        .position(&call.path[0])
        .ok_or_else(|| not_found("Incident"))?;
    let body = world.incidents[at].value();
    let sees_private = call.identity["roles"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|r| r == "global_access");
    if body["visibility"] == "private" && !sees_private {
        return Err(not_found("Incident"));
    }
    one(200, "incident", body)
}

/// Rows of a table that belong to an incident (an id only: anything else gives an empty list, as the platform does).
fn of_incident(world: &World, table: &str, incident: &str) -> Vec<Value> {
    world
        .rows(table)
        .iter()
        .filter(|row| row["incident_id"] == incident)
        .cloned()
        .collect()
}

pub fn updates(world: &mut World, call: &Call) -> Answer {
    let mut rows = match call.param("incident_id") {
        Some(id) => of_incident(world, "incident_updates", id),
        None => world.rows("incident_updates").to_vec(),
    };
    rows.reverse();
    call.page("incident_updates", rows, 250, false)
}

pub fn timeline(world: &mut World, call: &Call) -> Answer {
    let mut rows = of_incident(
        world,
        "incident_timeline_items",
        call.required("incident_id")?,
    );
    rows.sort_by(|a, b| {
        (text(&a["timestamp"]), text(&a["id"])).cmp(&(text(&b["timestamp"]), text(&b["id"])))
    });
    call.page("incident_timeline_items", rows, 250, false)
}

pub fn activity(world: &mut World, call: &Call) -> Answer {
    let mut rows = of_incident(
        world,
        "incident_activity_log_entries",
        call.required("incident_id")?,
    );
    let wanted: Vec<&str> = call
        .query
        .iter()
        .filter(|(k, _)| k == "id")
        .map(|(_, v)| v.as_str())
        .collect();
    rows.retain(|row| wanted.is_empty() || wanted.contains(&text(&row["id"])));
    rows.sort_by(|a, b| text(&a["occurred_at"]).cmp(text(&b["occurred_at"])));
    call.page("incident_activity_log_entries", rows, 250, false)
}

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
                row["alert"] = super::acts::slim_alert(alert);
            }
            row["incident"] = world.slim(text(&row["incident"]["id"]));
            row
        })
        .collect();
    call.page("incident_alerts", rows, 50, true)
}

fn fresh_escalation(world: &World, row: &Value) -> Value {
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
            path["current_responders"] =
                Value::Array(super::acts::on_call(world, text(&path["name"]), call.now));
            path
        })
        .collect();
    call.page("escalation_paths", rows, 25, false)
}

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
    let point = |name: &str, other| {
        call.param(name)
            .and_then(|raw| time(&json!(raw)))
            .unwrap_or(other)
    };
    let from = point("entry_window_start", call.now);
    let to = point("entry_window_end", from + chrono::Duration::days(7));
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

pub fn catalog_entries(world: &mut World, call: &Call) -> Answer {
    let kind = call.required("catalog_type_id")?.to_owned();
    let catalog_type = world
        .find("catalog_types", &kind)
        .cloned()
        .ok_or_else(|| not_found("Catalog type"))?;
    let wanted = call.param("identifier");
    let rows: Vec<Value> = world
        .rows("catalog_entries")
        .iter()
        .filter(|e| {
            e["catalog_type_id"] == kind.as_str()
                && wanted.is_none_or(|w| {
                    e["id"] == w
                        || e["external_id"] == w
                        || e["aliases"]
                            .as_array()
                            .into_iter()
                            .flatten()
                            .any(|a| a == w)
                })
        })
        .cloned()
        .collect();
    let (status, mut body) = call.page("catalog_entries", rows, 250, true)?;
    body["catalog_type"] = catalog_type;
    Ok((status, body))
}

pub fn catalog_entry(world: &mut World, call: &Call) -> Answer {
    let entry = world
        .find("catalog_entries", &call.path[0])
        .ok_or_else(|| not_found("Catalog entry"))?;
    let kind = world
        .find("catalog_types", text(&entry["catalog_type_id"]))
        .cloned()
        .unwrap_or_default();
    Ok((200, json!({"catalog_entry": entry, "catalog_type": kind})))
}

pub fn users(world: &mut World, call: &Call) -> Answer {
    let rows = world
        .rows("users")
        .iter()
        .filter(|u| {
            call.param("email").is_none_or(|e| u["email"] == e)
                && call
                    .param("slack_user_id")
                    .is_none_or(|s| u["slack_user_id"] == s)
        })
        .cloned()
        .collect();
    call.page("users", rows, 10_000, false)
}

pub fn teams(world: &mut World, call: &Call) -> Answer {
    call.page("teams", world.rows("teams").to_vec(), 250, false)
}

pub fn alert_routes(world: &mut World, call: &Call) -> Answer {
    call.page(
        "alert_routes",
        world.rows("alert_routes").to_vec(),
        50,
        false,
    )
}

pub fn options(world: &mut World, call: &Call) -> Answer {
    let field = call.required("custom_field_id")?;
    let rows = world
        .rows("custom_field_options")
        .iter()
        .filter(|o| o["custom_field_id"] == field)
        .cloned()
        .collect();
    call.page("custom_field_options", rows, 250, false)
}

pub fn status_pages(world: &mut World, call: &Call) -> Answer {
    call.page(
        "status_pages",
        world.rows("status_pages").to_vec(),
        250,
        false,
    )
}

pub fn status_page_structure(world: &mut World, call: &Call) -> Answer {
    let row = world
        .find("status_page_structures", &call.path[0])
        .ok_or_else(|| super::call::not_found("Status page"))?;
    let meta = json!({"annotations": {}, "managed_by": "dashboard"});
    Ok((
        200,
        json!({"current_structure": {"items": row["items"]}, "display_uptime_mode": "nothing", "management_meta": meta}),
    ))
}

pub fn status_page_incidents(world: &mut World, call: &Call) -> Answer {
    let page = call.required("status_page_id")?;
    let rows = world
        .rows("status_page_incidents")
        .iter()
        .filter(|row| row["status_page_id"] == page)
        .cloned()
        .collect();
    call.page("status_page_incidents", rows, 250, false)
}

fn tasks(world: &World, call: &Call, table: &str) -> Answer {
    let rows = world
        .rows(table)
        .iter()
        .filter(|row| {
            call.param("incident_id")
                .is_none_or(|id| row["incident_id"] == id)
                && call.row_in_time("created_at", row)
                && call.row_in_time("updated_at", row)
        })
        .cloned()
        .collect();
    call.page(table, rows, 250, false)
}

pub fn actions(world: &mut World, call: &Call) -> Answer {
    tasks(world, call, "actions")
}

pub fn follow_ups(world: &mut World, call: &Call) -> Answer {
    tasks(world, call, "follow_ups")
}

pub fn documents(world: &mut World, call: &Call) -> Answer {
    let mut rows: Vec<Value> = world
        .rows("postmortem_documents")
        .iter()
        .filter(|d| {
            call.param("incident_id")
                .is_none_or(|id| d["incident_id"] == id)
        })
        .cloned()
        .collect();
    rows.reverse();
    call.page("postmortem_documents", rows, 250, false)
}

pub fn document_content(world: &mut World, call: &Call) -> Answer {
    let markdown = world
        .contents
        .get(&call.path[0])
        .ok_or_else(|| not_found("Post-mortem document"))?;
    Ok((200, json!({"markdown": markdown})))
}

pub fn workflow_runs(world: &mut World, call: &Call) -> Answer {
    let mut rows: Vec<Value> = world
        .rows("workflow_runs")
        .iter()
        .filter(|run| {
            call.param("incident_id")
                .is_none_or(|id| run["incident_id"] == id)
                && call
                    .param("workflow_id")
                    .is_none_or(|id| run["workflow_id"] == id)
                && call.row_in_time("created_at", run)
        })
        .cloned()
        .collect();
    rows.reverse();
    call.page("workflow_runs", rows, 50, false)
}

pub fn relationships(world: &mut World, call: &Call) -> Answer {
    let id = call.required("incident_id")?;
    let rows = world
        .rows("incident_relationships")
        .iter()
        .filter(|r| r["of"] == id)
        .map(|r| json!({"id": r["id"], "incident": r["incident"]}))
        .collect();
    call.page("incident_relationships", rows, 250, false)
}

pub fn attachments(world: &mut World, call: &Call) -> Answer {
    let id = call.required("incident_id")?;
    one(
        200,
        "incident_attachments",
        Value::Array(of_incident(world, "incident_attachments", id)),
    )
}

/// One row of a table by its id: `path` holds the table, its singular, and the id.
pub fn single(world: &World, table: &str, key: &str, id: &str) -> Answer {
    one(
        200,
        key,
        world
            .find(table, id)
            .cloned()
            .ok_or_else(|| not_found("Resource"))?,
    )
}
