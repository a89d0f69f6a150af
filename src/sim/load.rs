//! Loads an exported organisation: one file a resource, in the API's own list shape.

use super::world::World;
use serde_json::Value;
use std::path::Path;

/// Files that may be there, and the tables they fill.
const FILES: &[&str] = &[
    "severities",
    "incident_statuses",
    "incident_types",
    "incident_roles",
    "custom_fields",
    "custom_field_options",
    "incident_timestamps",
    "users",
    "teams",
    "catalog_types",
    "catalog_entries",
    "schedules",
    "schedule_overrides",
    "alert_sources",
    "alert_routes",
    "alert_attributes",
    "alerts",
    "incident_alerts",
    "escalations",
    "escalation_paths",
    "incident_updates",
    "incident_timeline_items",
    "incident_activity_log_entries",
    "actions",
    "follow_ups",
    "postmortem_documents",
    "workflows",
    "workflow_runs",
    "incident_attachments",
    "incident_memberships",
];

/// Reads every known file of a folder; `incidents.json` must be there.
pub fn read(world: &mut World, dir: &Path) -> Result<(), String> {
    world.name = "Loaded organisation".into();
    world.slug = "loaded".into();
    let incidents = list(dir, "incidents")?
        .ok_or_else(|| format!("{} has no incidents.json.", dir.display()))?;
    for (at, incident) in incidents.iter().enumerate() {
        if incident["id"].as_str().is_none() || super::json::time(&incident["created_at"]).is_none()
        {
            return Err(format!(
                "{}: incident {at} needs an id and a created_at.",
                dir.join("incidents.json").display()
            ));
        }
        world.put_incident(incident);
    }
    for name in FILES {
        if let Some(rows) = list(dir, name)? {
            *world.rows_mut(name) = rows;
        }
    }
    Ok(())
}

fn list(dir: &Path, name: &str) -> Result<Option<Vec<Value>>, String> {
    let path = dir.join(format!("{name}.json"));
    let raw = match std::fs::read(&path) {
        Ok(raw) => raw,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(format!("Cannot read {}: {e}.", path.display())),
    };
    let body: Value = serde_json::from_slice(&raw)
        .map_err(|e| format!("{} is not valid JSON: {e}.", path.display()))?;
    match &body[name] {
        Value::Array(rows) => Ok(Some(rows.clone())),
        _ => Err(format!(
            "{} must hold {{\"{name}\": [...]}}.",
            path.display()
        )),
    }
}
