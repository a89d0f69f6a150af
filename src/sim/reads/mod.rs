//! What can be read: lists by page and by filter, and single things.

mod alerts;
mod incidents;
mod oncall;
mod records;

pub use alerts::{
    alert_routes, alerts, attachments, escalation, escalations, fresh_escalation, incident_alerts,
    paths,
};
pub use incidents::{activity, incident, incidents, relationships, timeline, updates};
pub use oncall::{overrides, schedule, schedule_entries, schedules};
pub use records::{
    actions, catalog_entries, catalog_entry, document_content, documents, follow_ups,
    status_page_incidents, status_page_structure, status_pages, workflow_runs,
};

use super::call::{Answer, Call, not_found, one};
use super::world::World;
use serde_json::Value;

pub fn identity(_: &mut World, call: &Call) -> Answer {
    one(200, "identity", call.identity.clone())
}

/// Rows of a table that belong to an incident (an id only: anything else gives an empty list, as the platform does).
pub(super) fn of_incident(world: &World, table: &str, incident: &str) -> Vec<Value> {
    world
        .rows(table)
        .iter()
        .filter(|row| row["incident_id"] == incident)
        .cloned()
        .collect()
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
