//! Which path does what, and which role of a key it needs.

use super::call::{Answer, Call};
use super::reads as r;
use super::world::World;
use super::writes as w;

type Handler = fn(&mut World, &Call) -> Answer;

/// One endpoint.
pub struct Route {
    /// HTTP method.
    pub method: &'static str,
    /// Path with `{}` where a parameter stands.
    pub path: &'static str,
    /// One of these roles is needed; none means any key.
    pub roles: &'static [&'static str],
    /// What it does.
    pub run: Handler,
}

const VIEW: &[&str] = &["viewer"];
const CATALOG: &[&str] = &["viewer", "catalog_viewer", "catalog_editor"];
const SCHEDULES: &[&str] = &["viewer", "schedules_reader", "schedules_editor"];
const PAGES: &[&str] = &["viewer", "on_call_editor", "escalation_creator"];

macro_rules! table {
    ($($method:literal $path:literal $roles:expr => $run:expr;)*) => { &[$(Route { method: $method, path: $path, roles: $roles, run: $run }),*] };
}

/// A handler that gives a whole table, neither paged nor filtered.
macro_rules! whole {
    ($table:literal) => {
        |world, _| {
            super::call::one(
                200,
                $table,
                serde_json::Value::Array(world.rows($table).to_vec()),
            )
        }
    };
}

/// A handler that gives one row.
macro_rules! single {
    ($table:literal, $key:literal) => {
        |world, call| r::single(world, $table, $key, &call.path[0])
    };
}

/// Every endpoint the simulated organisation answers.
pub const ROUTES: &[Route] = table! {
    "GET" "/v1/identity" &[] => r::identity;
    "GET" "/v1/severities" VIEW => whole!("severities");
    "GET" "/v1/severities/{}" VIEW => single!("severities", "severity");
    "GET" "/v1/incident_statuses" VIEW => whole!("incident_statuses");
    "GET" "/v1/incident_types" VIEW => whole!("incident_types");
    "GET" "/v2/incident_roles" VIEW => whole!("incident_roles");
    "GET" "/v2/custom_fields" VIEW => whole!("custom_fields");
    "GET" "/v1/custom_field_options" VIEW => r::options;
    "GET" "/v2/incident_timestamps" VIEW => whole!("incident_timestamps");
    "GET" "/v2/users" VIEW => r::users;
    "GET" "/v2/users/{}" VIEW => single!("users", "user");
    "GET" "/v3/teams" CATALOG => r::teams;
    "GET" "/v2/incidents" VIEW => r::incidents;
    "GET" "/v2/incidents/{}" VIEW => r::incident;
    "GET" "/v2/incident_updates" VIEW => r::updates;
    "GET" "/v2/incident_timeline_items" VIEW => r::timeline;
    "GET" "/v2/incident_activity_log_entries" VIEW => r::activity;
    "GET" "/v2/alerts" VIEW => r::alerts;
    "GET" "/v2/alerts/{}" VIEW => single!("alerts", "alert");
    "GET" "/v2/alert_attributes" VIEW => whole!("alert_attributes");
    "GET" "/v2/alert_sources" &["on_call_editor", "on_call_viewer", "viewer"] => whole!("alert_sources");
    "GET" "/v3/alert_routes" VIEW => r::alert_routes;
    "GET" "/v3/alert_routes/{}" VIEW => single!("alert_routes", "alert_route");
    "GET" "/v2/incident_alerts" VIEW => r::incident_alerts;
    "GET" "/v2/escalations" PAGES => r::escalations;
    "GET" "/v2/escalations/{}" PAGES => r::escalation;
    "GET" "/v2/escalation_paths" PAGES => r::paths;
    "GET" "/v2/schedules" SCHEDULES => r::schedules;
    "GET" "/v2/schedules/{}" SCHEDULES => r::schedule;
    "GET" "/v2/schedule_entries" SCHEDULES => r::schedule_entries;
    "GET" "/v2/schedule_overrides" SCHEDULES => r::overrides;
    "GET" "/v3/catalog_types" CATALOG => whole!("catalog_types");
    "GET" "/v3/catalog_types/{}" CATALOG => single!("catalog_types", "catalog_type");
    "GET" "/v3/catalog_entries" CATALOG => r::catalog_entries;
    "GET" "/v3/catalog_entries/{}" CATALOG => r::catalog_entry;
    "GET" "/v3/actions" VIEW => r::actions;
    "GET" "/v3/actions/{}" VIEW => single!("actions", "action");
    "GET" "/v3/follow_ups" VIEW => r::follow_ups;
    "GET" "/v3/follow_ups/{}" VIEW => single!("follow_ups", "follow_up");
    "GET" "/v1/postmortem_documents" VIEW => r::documents;
    "GET" "/v1/postmortem_documents/{}" VIEW => single!("postmortem_documents", "postmortem_document");
    "GET" "/v1/postmortem_documents/{}/content" VIEW => r::document_content;
    "GET" "/v2/workflows" &["viewer", "workflows_viewer", "workflows_editor"] => whole!("workflows");
    "GET" "/v2/workflow_runs" &["viewer", "workflows_viewer", "workflows_editor"] => r::workflow_runs;
    "GET" "/v1/incident_relationships" VIEW => r::relationships;
    "GET" "/v1/incident_attachments" VIEW => r::attachments;
    "GET" "/v2/status_pages" &[] => r::status_pages;
    "GET" "/v2/status_page_structures/{}" &[] => r::status_page_structure;
    "GET" "/v2/status_page_incidents" &[] => r::status_page_incidents;
    "GET" "/v2/status_page_incidents/{}" &[] => single!("status_page_incidents", "status_page_incident");
    "POST" "/v2/incidents" &["incident_creator"] => w::create_incident;
    "POST" "/v2/incidents/{}/actions/edit" &["incident_editor"] => w::edit_incident;
    "POST" "/v2/incidents/{}/actions/import_postmortem_document" &["postmortems_manage"] => w::import_document;
    "POST" "/v2/incident_updates" &["incident_editor"] => w::create_update;
    "POST" "/v2/incident_timeline_items" &["incident_editor"] => w::create_timeline_item;
    "PATCH" "/v2/incident_timeline_items/{}" &["incident_editor"] => w::patch_timeline_item;
    "POST" "/v2/escalations" &["escalation_creator"] => w::create_escalation;
    "POST" "/v2/escalations/{}/actions/respond" &["escalation_creator"] => w::respond;
    "POST" "/v2/escalations/{}/actions/reassign" &["escalation_creator"] => w::reassign;
    "POST" "/v2/escalations/{}/actions/cancel" &["escalation_creator"] => w::cancel;
    "POST" "/v2/schedule_overrides" &["schedule_overrides_editor", "schedules_editor"] => w::create_override;
    "DELETE" "/v2/schedule_overrides/{}" &["schedule_overrides_editor", "schedules_editor"] => w::delete_override;
    "POST" "/v3/actions" &["incident_editor"] => w::create_action;
    "DELETE" "/v3/actions/{}" &["incident_editor"] => w::delete_action;
    "PUT" "/v3/actions/{}" &["incident_editor"] => w::put_action;
    "POST" "/v3/follow_ups" &["incident_editor"] => w::create_follow_up;
    "DELETE" "/v3/follow_ups/{}" &["incident_editor"] => w::delete_follow_up;
    "PUT" "/v3/follow_ups/{}" &["incident_editor"] => w::put_follow_up;
    "POST" "/v2/incident_alerts" &["incident_editor", "on_call_editor"] => w::create_incident_alert;
    "POST" "/v2/incident_alerts/{}/actions/transition" &["incident_editor", "on_call_editor"] => w::transition;
    "POST" "/v2/alerts/{}/actions/resolve" &["on_call_editor", "incident_editor"] => w::resolve_alert;
    "POST" "/v2/alert_events/http/{}" &[] => w::alert_event;
    "GET" "/v2/heartbeat/{}/ping" &[] => w::ping;
    "POST" "/v2/heartbeat/{}/ping" &[] => w::ping;
    "POST" "/v2/schedules" &["schedules_editor"] => w::create_schedule;
    "PUT" "/v2/schedules/{}" &["schedules_editor"] => w::put_schedule;
    "DELETE" "/v2/schedules/{}" &["schedules_editor"] => w::delete_schedule;
    "POST" "/v1/incident_memberships" &["incident_memberships_editor"] => w::grant;
    "POST" "/v1/incident_memberships/actions/revoke" &["incident_memberships_editor"] => w::revoke;
    "POST" "/v3/catalog_entries" &["catalog_editor"] => w::create_entry;
    "PUT" "/v3/catalog_entries/{}" &["catalog_editor"] => w::put_entry;
    "DELETE" "/v3/catalog_entries/{}" &["catalog_editor"] => w::delete_entry;
    "PUT" "/v1/postmortem_documents/{}" &["postmortems_manage"] => w::put_document;
    "POST" "/v2/status_page_incidents" &["status_page_publisher"] => w::publish;
    "POST" "/v2/status_page_incident_updates" &["status_page_publisher"] => w::publish_update;
};

/// The route of a request with its path parameters; `Err(true)` where the path exists for another method.
pub fn find(method: &str, path: &str) -> Result<(&'static Route, Vec<String>), bool> {
    let mut elsewhere = false;
    for route in ROUTES {
        let Some(params) = fit(route.path, path) else {
            continue;
        };
        if route.method == method {
            return Ok((route, params));
        }
        elsewhere = true;
    }
    Err(elsewhere)
}

fn fit(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut params, mut parts) = (Vec::new(), path.split('/'));
    for wanted in pattern.split('/') {
        match (wanted, parts.next()?) {
            ("{}", part) if !part.is_empty() => params.push(part.to_owned()),
            (wanted, part) if wanted == part => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(params)
}
