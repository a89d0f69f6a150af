//! Notes on the timeline.

use super::super::acts;
use super::super::call::{Answer, Call, invalid, not_found, one};
use super::super::json::{stamp, text, time};
use super::super::world::World;
use super::incidents::need_incident;
use super::once;
use serde_json::json;

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
