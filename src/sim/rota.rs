//! Who is on call when, worked out from a schedule's rotations and overrides as the platform would.

use super::json::{stamp, text, time};
use crate::domain::Instant;
use chrono::Duration;
use serde_json::{Value, json};

/// A stretch of one person's duty.
pub struct Stretch {
    pub user: Value,
    pub start: Instant,
    pub end: Instant,
    pub rotation: String,
    pub entry: String,
}

impl Stretch {
    /// The stretch in the API's shape.
    pub fn json(&self) -> Value {
        json!({"entry_id": self.entry, "rotation_id": self.rotation, "fingerprint": self.entry, "user": self.user,
            "start_at": stamp(self.start), "end_at": stamp(self.end)})
    }
}

/// What the rotations plan between two instants.
pub fn scheduled(schedule: &Value, from: Instant, to: Instant) -> Vec<Stretch> {
    let rotations = schedule["config"]["rotations"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let mut out: Vec<Stretch> = rotations
        .iter()
        .flat_map(|rotation| turns(rotation, from, to))
        .collect();
    out.sort_by_key(|s| (s.start, s.rotation.clone()));
    out
}

fn turns(rotation: &Value, from: Instant, to: Instant) -> Vec<Stretch> {
    let users = rotation["users"].as_array().cloned().unwrap_or_default();
    let (Some(first), Some(handover)) = (
        time(&rotation["handover_start_at"]),
        rotation["handovers"].get(0),
    ) else {
        return Vec::new();
    };
    let hours = match text(&handover["interval_type"]) {
        "hourly" => 1,
        "daily" => 24,
        _ => 168,
    } * handover["interval"].as_i64().unwrap_or(1).max(1);
    if users.is_empty() {
        return Vec::new();
    }
    let length = Duration::hours(hours);
    let mut turn = (from - first)
        .num_seconds()
        .div_euclid(length.num_seconds());
    let mut out = Vec::new();
    loop {
        let start = first + length * i32::try_from(turn).unwrap_or(0);
        if start >= to || out.len() > 2_000 {
            return out;
        }
        let user = users[turn.rem_euclid(users.len() as i64) as usize].clone();
        let id = text(&rotation["id"]).to_owned();
        out.push(Stretch {
            user,
            start,
            end: start + length,
            entry: format!("{id}-{turn}"),
            rotation: id,
        });
        turn += 1;
    }
}

/// The plan with overrides laid over it.
pub fn settled(schedule: &Value, overrides: &[Value], from: Instant, to: Instant) -> Vec<Stretch> {
    let mut plan = scheduled(schedule, from, to);
    for over in overrides
        .iter()
        .filter(|o| o["schedule_id"] == schedule["id"])
    {
        let (Some(start), Some(end)) = (time(&over["start_at"]), time(&over["end_at"])) else {
            continue;
        };
        if end <= from || start >= to {
            continue;
        }
        let rotation = text(&over["rotation_id"]);
        let mut next = Vec::new();
        for stretch in plan {
            if stretch.rotation != rotation || stretch.end <= start || stretch.start >= end {
                next.push(stretch);
                continue;
            }
            let part = |from, to| Stretch {
                user: stretch.user.clone(),
                start: from,
                end: to,
                rotation: stretch.rotation.clone(),
                entry: stretch.entry.clone(),
            };
            if stretch.start < start {
                next.push(part(stretch.start, start));
            }
            if stretch.end > end {
                next.push(part(end, stretch.end));
            }
        }
        next.push(Stretch {
            user: over["user"].clone(),
            start,
            end,
            rotation: rotation.into(),
            entry: text(&over["id"]).into(),
        });
        plan = next;
    }
    plan.sort_by_key(|s| (s.start, s.rotation.clone()));
    plan
}

/// The shifts of now, and those that follow each rotation's current one.
pub fn now_and_next(
    schedule: &Value,
    overrides: &[Value],
    now: Instant,
) -> (Vec<Value>, Vec<Value>) {
    let plan = settled(
        schedule,
        overrides,
        now - Duration::days(8),
        now + Duration::days(15),
    );
    let current = plan
        .iter()
        .filter(|s| s.start <= now && s.end > now)
        .map(Stretch::json)
        .collect();
    let mut seen = Vec::new();
    let mut next = Vec::new();
    for stretch in plan.iter().filter(|s| s.start > now) {
        if !seen.contains(&stretch.rotation) {
            seen.push(stretch.rotation.clone());
            next.push(stretch.json());
        }
    }
    (current, next)
}
