//! Incidents and what hangs on them: updates, timeline, log, relationships.

use super::super::call::{Answer, Call, not_found, one};
use super::super::json::text;
use super::super::world::{Stored, World};
use super::of_incident;
use serde_json::{Value, json};

/// Severity filters compare ranks.
pub(super) fn severity_passes(world: &World, call: &Call, severity: &str) -> bool {
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
    let sees_private = call.sees_private();
    let (status, category, kind) = (
        call.choice("status"),
        call.choice("status_category"),
        call.choice("incident_type"),
    );
    let (created, updated) = (call.times("created_at"), call.times("updated_at"));
    let by_severity = !call.filters("severity").is_empty();
    let matches = |i: &Stored| {
        modes.contains(&i.mode)
            && created.admit(i.created)
            && updated.admit(i.updated)
            && status.passes(&i.status)
            && category.passes(&i.category)
            && kind.passes(&i.kind)
            && (sees_private || !i.is_private)
            && (!by_severity || severity_passes(world, call, &i.severity))
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
    if body["visibility"] == "private" && !call.sees_private() {
        return Err(not_found("Incident"));
    }
    one(200, "incident", body)
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
