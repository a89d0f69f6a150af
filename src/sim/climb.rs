//! Pages that nobody answers climb their path at its own times, and a snoozed one comes back when its time is over.

use super::acts::on_call;
use super::company::slim_user;
use super::json::{stamp, text};
use super::waiting::{patience, rest, steps};
use super::webhooks;
use super::world::World;
use crate::domain::Instant;
use serde_json::{Value, json};

/// Does everything that is due by now, in its order.
pub fn advance(world: &mut World, now: Instant) {
    loop {
        let due = world.climbing.iter().filter(|climbing| climbing.due <= now);
        let Some((page, reached, at)) = due
            .min_by_key(|climbing| climbing.due)
            .map(|c| (c.page.clone(), c.reached, c.due))
        else {
            return;
        };
        climb(world, &page, reached, at);
        webhooks::settle(world, at);
    }
}

/// The next level is paged, or the page has gone all the way and expires.
fn climb(world: &mut World, page: &str, reached: usize, at: Instant) {
    let steps = steps(world, page);
    let Some(step) = steps.get(reached) else {
        rest(world, page, None);
        let event = json!({"id": world.id(), "event": "expired", "occurred_at": stamp(at)});
        return tell(world, page, "expired", event, at);
    };
    let users = people(world, page, step, at);
    let event = json!({"id": world.id(), "event": "notified_users", "occurred_at": stamp(at), "urgency": "high", "users": users});
    tell(world, page, "triggered", event, at);
    if let Some(climbing) = world.climbing.iter_mut().find(|c| c.page == page) {
        (climbing.reached, climbing.due) = (reached + 1, at + patience(step));
    }
}

fn tell(world: &mut World, page: &str, status: &str, event: Value, at: Instant) {
    let Some(row) = world.find_mut("escalations", page) else {
        return;
    };
    (row["status"], row["updated_at"]) = (json!(status), json!(stamp(at)));
    if let Some(events) = row["events"].as_array_mut() {
        events.push(event);
    }
    let incident = row["related_incidents"][0]["id"].as_str();
    if let Some(incident) = incident.map(str::to_owned) {
        world.change_incident(&incident, at, |_| {});
    }
}

/// Whom a level pages at a time.
fn people(world: &World, page: &str, level: &Value, at: Instant) -> Vec<Value> {
    let path = world
        .find("escalations", page)
        .and_then(|row| world.find("escalation_paths", text(&row["escalation_path_id"])));
    let team = path.map_or("", |path| text(&path["name"]));
    let targets = level["targets"].as_array().into_iter().flatten();
    targets
        .flat_map(|target| match text(&target["type"]) {
            "schedule" => on_call(world, team, at),
            _ => world
                .find("users", text(&target["id"]))
                .map(slim_user)
                .into_iter()
                .collect(),
        })
        .collect()
}
