//! Alerts: what fires, what is attached to an incident, what is resolved.

use super::super::acts;
use super::super::call::{Answer, Call, invalid, not_found, one};
use super::super::faults::Refire;
use super::super::heartbeat;
use super::super::json::text;
use super::super::world::World;
use super::incidents::need_incident;
use super::refer;
use serde_json::json;

pub fn create_incident_alert(world: &mut World, call: &Call) -> Answer {
    let (incident, _) = need_incident(world, call)?;
    let alert = call.need("alert_id")?.to_owned();
    refer(world, "alerts", &alert, "alert_id")?;
    let known = world
        .rows_mut("incident_alerts")
        .iter_mut()
        .find(|r| r["alert"]["id"] == alert.as_str() && r["incident"]["id"] == incident.as_str());
    if let Some(row) = known.filter(|row| row["unrelated"] == true) {
        if call.body["re_relate"] != true {
            return Err(invalid(
                "alert_id",
                "unrelated",
                "Somebody marked this alert as unrelated to this incident",
            ));
        }
        drop(row.as_object_mut().and_then(|row| row.remove("unrelated")));
    }
    one(
        201,
        "incident_alert",
        acts::attach(world, &alert, &incident, call.now),
    )
}

pub fn resolve_alert(world: &mut World, call: &Call) -> Answer {
    world
        .find("alerts", &call.path[0])
        .ok_or_else(|| not_found("Alert"))?;
    acts::resolve_alert(world, &call.path[0], call.now);
    one(
        200,
        "alert",
        world
            .find("alerts", &call.path[0])
            .cloned()
            .unwrap_or_default(),
    )
}

pub fn alert_event(world: &mut World, call: &Call) -> Answer {
    let source = world
        .find("alert_sources", &call.path[0])
        .cloned()
        .ok_or_else(|| not_found("Alert source"))?;
    let (title, key) = (
        call.need("title")?.to_owned(),
        call.need("deduplication_key")?.to_owned(),
    );
    let of_key = |status: &str| {
        let mut alerts = world.rows("alerts").iter().rev();
        let known = alerts.find(|a| {
            a["deduplication_key"] == key.as_str()
                && a["alert_source_id"] == source["id"]
                && a["status"] == status
        });
        known.map(|a| text(&a["id"]).to_owned())
    };
    let (known, over) = (of_key("firing"), of_key("resolved"));
    match (call.need("status")?, known) {
        ("firing", None) if over.is_some() && world.refire == Refire::Ignored => {}
        ("firing", None) if over.is_some() && world.refire == Refire::Reopens => {
            acts::reopen_alert(world, &over.unwrap_or_default(), call.now);
        }
        ("firing", None) => drop(acts::alert(
            world,
            text(&source["name"]),
            &title,
            &key,
            text(&call.body["metadata"]["service"]),
            call.now,
        )),
        ("resolved", Some(id)) => acts::resolve_alert(world, &id, call.now),
        ("firing" | "resolved", _) => {}
        _ => {
            return Err(invalid(
                "status",
                "invalid_value",
                "status must be firing or resolved",
            ));
        }
    }
    Ok((
        202,
        json!({"status": "success", "message": "Event accepted for processing", "deduplication_key": key}),
    ))
}

/// Whoever pings says that it lives.
pub fn ping(world: &mut World, call: &Call) -> Answer {
    let source = world.find("alert_sources", &call.path[0]);
    source
        .filter(|source| source["source_type"] == "heartbeat")
        .ok_or_else(|| not_found("Heartbeat source"))?;
    heartbeat::ping(world, &call.path[0], call.now);
    Ok((204, serde_json::Value::Null))
}
