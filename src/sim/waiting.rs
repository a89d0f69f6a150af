//! Pages that wait for an answer: how far each is on its path, and when it goes on.

use super::json::text;
use super::world::{Climbing, World};
use crate::domain::Instant;
use chrono::Duration;
use serde_json::Value;

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

/// How long a level may take to answer.
pub fn patience(level: &Value) -> Duration {
    Duration::seconds(level["time_to_ack_seconds"].as_i64().unwrap_or(300))
}

/// Levels in the order they are climbed, those that are repeated as often as they are.
pub fn steps(world: &World, page: &str) -> Vec<Value> {
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
