//! Heartbeat sources: they fire when whoever should ping them falls silent, and clear with the next ping.

use super::acts;
use super::json::text;
use super::world::World;
use crate::domain::Instant;
use chrono::Duration;
use serde_json::Value;

/// A source was pinged.
pub fn ping(world: &mut World, source: &str, now: Instant) {
    world.pings.insert(source.to_owned(), now);
    if let Some(alert) = firing(world, source) {
        acts::resolve_alert(world, &alert, now);
    }
}

/// Fires for every source that was pinged once and has been silent for longer than it may.
pub fn advance(world: &mut World, now: Instant) {
    let late: Vec<(String, Instant)> = world
        .pings
        .iter()
        .filter_map(|(id, last)| {
            let source = world.find("alert_sources", id)?;
            Some((id.clone(), *last + patience(&source["heartbeat_options"])))
        })
        .filter(|(_, due)| *due <= now)
        .collect();
    for (id, due) in late {
        if firing(world, &id).is_none() {
            let source = world.find("alert_sources", &id).map(|row| &row["name"]);
            let name = source.map(text).unwrap_or_default().to_owned();
            let title = format!("No heartbeat: {name}");
            acts::alert(world, &name, &title, &key(&id), "", due);
        }
    }
}

fn key(source: &str) -> String {
    format!("heartbeat-{source}")
}

fn firing(world: &World, source: &str) -> Option<String> {
    let key = key(source);
    let mut alerts = world.rows("alerts").iter().rev();
    let alert = alerts.find(|a| a["deduplication_key"] == key.as_str() && a["status"] == "firing");
    alert.map(|alert| text(&alert["id"]).to_owned())
}

/// How long a source may be silent.
fn patience(options: &Value) -> Duration {
    let number = |name: &str, other| options[name].as_i64().unwrap_or(other).clamp(0, 86_400);
    let missed = number("interval_seconds", 60) * number("failure_threshold", 1).clamp(1, 100);
    Duration::seconds(missed + number("grace_period_seconds", 0))
}
