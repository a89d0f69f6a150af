//! Makes the organisation: people, teams, catalog, schedules, paths and the words it uses, from a seed.

use super::alert_routes;
use super::json::stamp;
use super::world::World;
use crate::domain::Instant;
use chrono::{Duration, Timelike};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The invented organisation as `assets/organisation.toml` describes it.
#[derive(Deserialize)]
pub struct Blueprint {
    pub name: String,
    pub slug: String,
    pub first_names: Vec<String>,
    pub last_names: Vec<String>,
    pub regions: Vec<String>,
    pub severities: Vec<[String; 2]>,
    pub statuses: Vec<[String; 2]>,
    pub types: Vec<String>,
    pub roles: Vec<[String; 3]>,
    pub team: Vec<TeamPlan>,
    pub story: Vec<Story>,
}

/// A team and what it runs.
#[derive(Deserialize)]
pub struct TeamPlan {
    pub name: String,
    pub services: Vec<String>,
}

/// One kind of thing that goes wrong.
#[derive(Clone, Deserialize)]
pub struct Story {
    pub title: String,
    pub summary: String,
    pub updates: Vec<String>,
    pub cause: String,
    pub resolution: String,
    pub alert: String,
}

/// Reads the embedded description.
pub fn blueprint() -> Blueprint {
    toml::from_str(include_str!("../../assets/organisation.toml"))
        .expect("the embedded organisation is valid")
}

/// How many people work there.
const PEOPLE: usize = 150;
/// Teams that run a schedule of their own.
const SCHEDULED: [&str; 8] = [
    "Payments",
    "Checkout",
    "Storefront",
    "Identity",
    "Platform",
    "Databases",
    "Data",
    "Support Tools",
];

/// Fills a world with everything but incidents.
pub fn build(world: &mut World, plan: &Blueprint, now: Instant) {
    world.name.clone_from(&plan.name);
    world.slug.clone_from(&plan.slug);
    let born = now - Duration::days(400);
    words(world, plan, born);
    people(world, plan);
    catalog(world, plan, born);
    schedules(world, now);
    paths(world);
    alerting(world);
    workflows(world);
    publishing(world, plan, born);
}

fn dated(mut row: Value, at: Instant) -> Value {
    row["created_at"] = json!(stamp(at));
    row["updated_at"] = json!(stamp(at));
    row
}

fn words(world: &mut World, plan: &Blueprint, born: Instant) {
    let count = plan.severities.len();
    for (at, [name, description]) in plan.severities.iter().enumerate() {
        let id = world.id();
        world.add(
            "severities",
            dated(
                json!({"id": id, "name": name, "description": description, "rank": count - at}),
                born,
            ),
        );
    }
    for (rank, [name, category]) in plan.statuses.iter().enumerate() {
        let id = world.id();
        world.add("incident_statuses", dated(json!({"id": id, "name": name, "description": "", "rank": rank, "category": category}), born));
    }
    for (at, name) in plan.types.iter().enumerate() {
        let id = world.id();
        world.add(
            "incident_types",
            dated(json!({"id": id, "name": name, "description": "", "is_default": at == 0, "private_incidents_only": name == "Security", "create_in_triage": "optional"}), born),
        );
    }
    for [name, shortform, kind] in &plan.roles {
        let id = world.id();
        world.add(
            "incident_roles",
            dated(json!({"id": id, "name": name, "shortform": shortform, "role_type": kind, "description": format!("The {name} of an incident"), "instructions": format!("Act as {name}")}), born),
        );
    }
    for (rank, name) in [
        "Impact started",
        "Reported at",
        "Accepted at",
        "Fixed at",
        "Resolved at",
    ]
    .iter()
    .enumerate()
    {
        let id = world.id();
        world.add(
            "incident_timestamps",
            json!({"id": id, "name": name, "rank": rank}),
        );
    }
}

fn people(world: &mut World, plan: &Blueprint) {
    let role = json!({"id": world.id(), "name": "Responder", "slug": "responder", "description": "Works on incidents"});
    for n in 0..PEOPLE {
        let first = &plan.first_names[n % plan.first_names.len()];
        let last = &plan.last_names[(n * 7 + n / plan.first_names.len()) % plan.last_names.len()];
        let id = world.id();
        let email = format!(
            "{}.{}@{}.example",
            first.to_lowercase(),
            ascii(last),
            plan.slug
        );
        world.add(
            "users",
            json!({"id": id, "name": format!("{first} {last}"), "email": email, "slack_user_id": format!("U{n:07}"), "role": "responder",
            "base_role": role, "custom_roles": [], "is_active": true, "seats": {"on_call": "full_access", "response": "full_access"}}),
        );
    }
}

fn ascii(name: &str) -> String {
    name.to_lowercase()
        .chars()
        .map(|c| match c {
            'ć' => 'c',
            'ó' => 'o',
            c => c,
        })
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

/// The short form of a user that other resources embed.
pub fn slim_user(user: &Value) -> Value {
    json!({"id": user["id"], "name": user["name"], "email": user["email"], "slack_user_id": user["slack_user_id"], "role": "responder"})
}

fn catalog(world: &mut World, plan: &Blueprint, born: Instant) {
    let (team_type, service_type) = (world.id(), world.id());
    let attribute = |id: &str, name: &str, kind: &str, array: bool| json!({"id": id, "name": name, "type": kind, "array": array, "mode": "dashboard"});
    let ids: Vec<String> = (0..6).map(|_| world.id()).collect();
    let service_attributes = json!([attribute(&ids[0], "Description", "Text", false), attribute(&ids[1], "Owner", "Custom[\"Team\"]", false),
        attribute(&ids[2], "Tier", "Number", false), attribute(&ids[3], "Depends on", "Custom[\"Service\"]", true),
        {"id": ids[4], "name": "Needed by", "type": "Custom[\"Service\"]", "array": true, "mode": "backlink", "backlink_attribute": ids[3]},
        attribute(&ids[5], "Runbook", "String", false)]);
    for (id, name, category, attributes, count) in [
        (&team_type, "Team", "team", json!([]), plan.team.len()),
        (&service_type, "Service", "service", service_attributes, 60),
    ] {
        world.add(
            "catalog_types",
            dated(
                json!({"id": id, "name": name, "type_name": format!("Custom[\"{name}\"]"), "description": "", "annotations": {}, "categories": [category],
            "color": "blue", "icon": "box", "is_editable": true, "ranked": false, "use_name_as_identifier": false, "supports_custom_aliases": false, "engine_resource_type": format!("CatalogEntry[\"{id}\"]"),
            "estimated_count": count, "schema": {"attributes": attributes, "version": 1}}),
                born,
            ),
        );
    }
    let users: Vec<Value> = world.rows("users").to_vec();
    for (at, team) in plan.team.iter().enumerate() {
        let (id, entry) = (world.id(), world.id());
        let slug = team.name.to_lowercase().replace(' ', "-");
        world.add(
            "catalog_entries",
            dated(json!({"id": entry, "catalog_type_id": team_type, "name": team.name, "aliases": [], "custom_aliases": [], "external_id": slug, "rank": 0, "attribute_values": {}}), born),
        );
        let members: Vec<Value> = users
            .iter()
            .skip(at)
            .step_by(plan.team.len())
            .map(|u| json!({"id": u["id"], "name": u["name"], "email": u["email"], "slack_user_id": u["slack_user_id"]}))
            .collect();
        world.add("teams", json!({"id": id, "name": team.name, "members": members, "catalog_entry": {"id": entry, "name": team.name, "external_id": slug}}));
    }
    for team in &plan.team {
        for service in &team.services {
            let mut words = service.split(' ');
            let (name, tier) = (
                words.next().unwrap_or_default(),
                words.next().unwrap_or("3"),
            );
            let depends: Vec<Value> = words
                .map(|dep| json!({"label": dep, "literal": dep}))
                .collect();
            let id = world.id();
            let plain = |label: String| json!({"value": {"label": label, "literal": ""}});
            let values = Map::from_iter([
                (
                    ids[0].clone(),
                    plain(format!(
                        "{} of the {} team",
                        name.replace('-', " "),
                        team.name
                    )),
                ),
                (
                    ids[1].clone(),
                    json!({"value": {"label": team.name, "literal": team.name.to_lowercase().replace(' ', "-")}}),
                ),
                (ids[2].clone(), plain(tier.into())),
                (ids[3].clone(), json!({"array_value": depends})),
                (
                    ids[5].clone(),
                    plain(format!("https://runbooks.{}.example/{name}", plan.slug)),
                ),
            ]);
            world.add("catalog_entries", dated(json!({"id": id, "catalog_type_id": service_type, "name": name, "custom_aliases": [], "aliases": [name.replace('-', " ")], "external_id": name, "rank": 0, "attribute_values": values}), born));
        }
    }
    let field = world.id();
    world.add(
        "custom_fields",
        dated(
            json!({"id": field, "name": "Affected service", "description": "Which services customers feel it in", "field_type": "multi_select", "catalog_type_id": service_type}),
            born,
        ),
    );
    let field = world.id();
    world.add("custom_fields", dated(json!({"id": field, "name": "Region", "description": "Where", "field_type": "single_select"}), born));
    for (at, region) in plan.regions.iter().enumerate() {
        let id = world.id();
        world.add(
            "custom_field_options",
            json!({"id": id, "custom_field_id": field, "value": region, "sort_key": at}),
        );
    }
}

fn schedules(world: &mut World, now: Instant) {
    let monday = now
        .with_hour(9)
        .and_then(|t| t.with_minute(0))
        .and_then(|t| t.with_second(0))
        .and_then(|t| t.with_nanosecond(0))
        .unwrap_or(now);
    for (at, name) in SCHEDULED.iter().enumerate() {
        let team = world.named("teams", name);
        let members: Vec<Value> = team["members"]
            .as_array()
            .cloned()
            .unwrap_or_default()
            .iter()
            .map(slim_user)
            .collect();
        let first = stamp(monday - Duration::days(98 + at as i64));
        let mut rotation = |label: &str, from: usize, kind: &str| {
            let (id, layer) = (world.id(), world.id());
            let users: Vec<&Value> = members.iter().skip(from).take(5).collect();
            json!({"id": id, "name": label, "handover_start_at": first, "handovers": [{"interval": 1, "interval_type": kind}], "users": users,
                "layers": [{"id": layer, "name": format!("{label} layer")}], "working_intervals": []})
        };
        let mut rotations = vec![rotation(
            "Primary",
            0,
            if at % 3 == 0 { "weekly" } else { "daily" },
        )];
        if at < 5 {
            rotations.push(rotation("Secondary", 5, "weekly"));
        }
        let id = world.id();
        let row = json!({"id": id, "name": format!("{name} on-call"), "timezone": (["Europe/London", "Europe/Berlin", "America/New_York"][at % 3]), "annotations": {}, "team_ids": [team["id"]],
            "permalink": format!("https://app.incident.io/{}/on-call/schedules/{id}", world.slug), "config": {"rotations": rotations}});
        world.add("schedules", dated(row, now - Duration::days(200)));
        if at % 3 == 1 {
            let (id, user) = (world.id(), members.get(4).cloned().unwrap_or_default());
            let row = json!({"id": id, "schedule_id": world.rows("schedules")[at]["id"], "rotation_id": rotations[0]["id"], "layer_id": rotations[0]["layers"][0]["id"], "user": user,
                "start_at": stamp(now - Duration::hours(3)), "end_at": stamp(now + Duration::hours(5))});
            world.add("schedule_overrides", dated(row, now - Duration::days(2)));
        }
    }
}

fn paths(world: &mut World) {
    for name in SCHEDULED {
        let schedule = world.named("schedules", &format!("{name} on-call"))["id"].clone();
        let team = world.named("teams", name);
        let level = |id: String, target: Value, kind: &str| {
            json!({"id": id, "type": "level", "level": {"targets": [{"id": target, "type": kind, "urgency": "high",
            "schedule_mode": if kind == "schedule" { "currently_on_call" } else { "" }}], "ack_mode": "first", "time_to_ack_seconds": 300}})
        };
        let (id, one, two, three) = (world.id(), world.id(), world.id(), world.id());
        let path = json!([level(one.clone(), schedule, "schedule"), level(two, team["members"][0]["id"].clone(), "user"),
            {"id": three, "type": "repeat", "repeat": {"repeat_times": 2, "to_node": one}}]);
        world.add("escalation_paths", json!({"id": id, "name": name, "kind": "standalone", "path": path, "team_ids": [team["id"]]}));
    }
}

/// Custom fields of every kind, and a status page. Their ids are fixed, so that the rest of the organisation stays as it is.
fn publishing(world: &mut World, plan: &Blueprint, born: Instant) {
    for (id, name, kind) in [
        ("01HFIELDIMPACT000000000000", "Customer impact", "text"),
        ("01HFIELDTICKET000000000000", "Ticket", "link"),
        (
            "01HFIELDCOUNT0000000000000",
            "Customers affected",
            "numeric",
        ),
        ("01HFIELDTAGS00000000000000", "Tags", "multi_select"),
    ] {
        world.add(
            "custom_fields",
            dated(
                json!({"id": id, "name": name, "description": "", "field_type": kind}),
                born,
            ),
        );
    }
    for (at, word) in ["data loss", "security", "third party"].iter().enumerate() {
        let row = json!({"id": format!("01HOPTIONTAG{at:014}"), "custom_field_id": "01HFIELDTAGS00000000000000", "value": word, "sort_key": at});
        world.add("custom_field_options", row);
    }
    let page = "01HSTATUSPAGE0000000000000";
    let url = format!("https://status.{}.example", plan.slug);
    world.add("status_pages", json!({"id": page, "name": format!("{} status", plan.name), "description": "What works", "public_url": url}));
    let part = |at: usize, name: &str| json!({"component": {"component_id": format!("01HCOMPONENT{at:014}"), "name": name, "hidden": false, "display_uptime": true}});
    let items: Vec<Value> = ["Shop", "Payments", "App"]
        .iter()
        .enumerate()
        .map(|(at, name)| part(at, name))
        .collect();
    world.add(
        "status_page_structures",
        json!({"id": page, "items": items}),
    );
}

fn alerting(world: &mut World) {
    for (name, kind) in [
        ("Prometheus", "alertmanager"),
        ("Deployments", "http"),
        ("Synthetic checks", "http"),
    ] {
        let id = world.id();
        world.add(
            "alert_sources",
            json!({"id": id, "name": name, "source_type": kind, "secret_token": format!("sim-source-{}", name.to_lowercase().replace(' ', "-")),
            "alert_events_url": format!("/v2/alert_events/http/{id}"),
            "template": {"title": {"label": "Payload -> Title"}, "description": {"label": "Payload -> Description"}, "attributes": [], "expressions": [], "is_private": false}}),
        );
    }
    further_sources(world);
    let routes = [(); 3].map(|()| world.id());
    for (name, kind) in [("Service", "Custom[\"Service\"]"), ("Severity", "String")] {
        let id = world.id();
        world.add(
            "alert_attributes",
            json!({"id": id, "name": name, "type": kind, "array": false, "required": false}),
        );
    }
    alert_routes::add(world, routes);
}

/// A source that fires when its pings stop, and one whose alerts are private. Their ids are fixed, so that the rest of
/// the organisation stays as it is.
fn further_sources(world: &mut World) {
    let heartbeat = "01HSOURCEHEARTBEAT00000000";
    let ping = format!("/v2/heartbeat/{heartbeat}/ping");
    for (id, name, kind, private) in [
        (heartbeat, "Bridge heartbeat", "heartbeat", false),
        (
            "01HSOURCESECURITY000000000",
            "Security scanner",
            "http",
            true,
        ),
    ] {
        let slug = name.to_lowercase().replace(' ', "-");
        let mut row = json!({"id": id, "name": name, "source_type": kind, "secret_token": format!("sim-source-{slug}"),
            "template": {"title": {"label": "Payload -> Title"}, "description": {"label": "Payload -> Description"}, "attributes": [], "expressions": [], "is_private": private}});
        match kind {
            "heartbeat" => {
                row["heartbeat_options"] = json!({"interval_seconds": 60, "grace_period_seconds": 30, "failure_threshold": 2, "ping_url": ping})
            }
            _ => row["alert_events_url"] = json!(format!("/v2/alert_events/http/{id}")),
        }
        world.add("alert_sources", row);
    }
}

fn workflows(world: &mut World) {
    for (name, state, trigger, steps) in [
        (
            "Invite the service's owners",
            "active",
            "incident.created",
            vec!["Invite team to channel", "Post service links"],
        ),
        (
            "Remind the lead to post an update",
            "active",
            "incident.updated",
            vec!["Wait 30 minutes", "Send message to lead"],
        ),
        (
            "Open the status page draft",
            "draft",
            "incident.severity-changed",
            vec!["Create status page incident"],
        ),
        (
            "Book the review",
            "active",
            "incident.status-changed",
            vec!["Create calendar event"],
        ),
        (
            "Export to the warehouse",
            "error",
            "incident.closed",
            vec!["Send webhook"],
        ),
    ] {
        let id = world.id();
        let steps: Vec<Value> = steps
            .iter()
            .map(|s| json!({"name": s.to_lowercase().replace(' ', "_"), "label": s}))
            .collect();
        world.add("workflows", json!({"id": id, "name": name, "state": state, "version": 3, "trigger": {"name": trigger, "label": trigger}, "steps": steps, "auto_run_mode": "run_automatically",
            "condition_groups": [], "continue_on_step_error": false, "expressions": [], "include_private_escalations": false, "include_private_incidents": false, "private_incident_scope": "none",
            "once_for": [], "runs_on_incident_modes": ["standard"], "runs_on_incidents": "newly_created"}));
    }
}
