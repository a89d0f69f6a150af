//! Pages that nobody answers climb their path at its own times, and a snoozed one comes back when its time is over.

use super::acts::on_call;
use super::company::slim_user;
use super::json::{stamp, text};
use super::world::World;
use crate::domain::Instant;
use chrono::Duration;
use serde_json::{Value, json};

/// A page on its way up.
#[derive(Debug)]
pub struct Climbing {
    page: String,
    /// Levels it has reached, repeats counted.
    reached: usize,
    /// When it goes on.
    due: Instant,
}

/// A page that went to its path's first level begins to climb.
pub fn begin(world: &mut World, page: &str, notified: Instant) {
    let steps = steps(world, page);
    let Some(first) = steps.first() else { return };
    let climbing = Climbing {
        page: page.to_owned(),
        reached: 1,
        due: notified + patience(first),
    };
    world.climbing.push(climbing);
}

/// Somebody answered: it climbs no more, or rests until a time.
pub fn rest(world: &mut World, page: &str, until: Option<Instant>) {
    match until {
        None => world.climbing.retain(|climbing| climbing.page != page),
        Some(until) => {
            let known = world.climbing.iter_mut().find(|c| c.page == page);
            if let Some(climbing) = known {
                // It pages the same people again.
                climbing.reached = climbing.reached.saturating_sub(1);
                climbing.due = until;
            }
        }
    }
}

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

/// How long a level may take to answer.
fn patience(level: &Value) -> Duration {
    Duration::seconds(level["time_to_ack_seconds"].as_i64().unwrap_or(300))
}

/// Levels in the order they are climbed, those that are repeated as often as they are.
fn steps(world: &World, page: &str) -> Vec<Value> {
    let path = world
        .find("escalations", page)
        .and_then(|row| world.find("escalation_paths", text(&row["escalation_path_id"])));
    let nodes = path.and_then(|path| path["path"].as_array());
    let mut steps: Vec<(Value, Value)> = Vec::new();
    for node in nodes.into_iter().flatten() {
        match text(&node["type"]) {
            "level" => steps.push((node["id"].clone(), node["level"].clone())),
            "repeat" => {
                let from = steps
                    .iter()
                    .position(|(id, _)| *id == node["repeat"]["to_node"])
                    .unwrap_or(steps.len());
                let round = steps[from..].to_vec();
                for _ in 0..node["repeat"]["repeat_times"].as_u64().unwrap_or(0).min(20) {
                    steps.extend_from_slice(&round);
                }
            }
            _ => {}
        }
    }
    steps.into_iter().map(|(_, level)| level).collect()
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
