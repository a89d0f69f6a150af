//! The catalog, tasks, documents, workflows and status pages.

use super::super::call::{Answer, Call, not_found};
use super::super::json::text;
use super::super::world::World;
use serde_json::{Value, json};

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
        .ok_or_else(|| super::super::call::not_found("Status page"))?;
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
