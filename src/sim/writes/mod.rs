//! What can be written, each with the rules the platform has for it.

mod alerts;
mod catalog;
mod documents;
mod incidents;
mod pages;
mod schedules;
mod tasks;
mod timeline;

pub use alerts::{alert_event, create_incident_alert, ping, resolve_alert};
pub use catalog::{create_entry, delete_entry, put_entry};
pub use documents::{import_document, publish, publish_update, put_document};
pub use incidents::{create_incident, create_update, edit_incident};
pub use pages::{cancel, create_escalation, create_override, delete_override, reassign, respond};
pub use schedules::{create_schedule, delete_schedule, grant, put_schedule, revoke};
pub use tasks::{
    create_action, create_follow_up, delete_action, delete_follow_up, put_action, put_follow_up,
    transition,
};
pub use timeline::{create_timeline_item, patch_timeline_item};

use super::call::{Answer, Call, Refusal, invalid};
use super::company::slim_user;
use super::world::World;
use serde_json::Value;

/// Runs a write once per idempotency key.
pub(super) fn once(
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

pub(super) fn refer<'a>(
    world: &'a World,
    table: &str,
    id: &str,
    field: &str,
) -> Result<&'a Value, Refusal> {
    world
        .find(table, id)
        .ok_or_else(|| invalid(field, "not_found", &format!("{field} does not exist")))
}

pub(super) fn user(world: &World, reference: &Value, field: &str) -> Result<Value, Refusal> {
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
