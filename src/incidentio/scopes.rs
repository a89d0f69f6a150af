//! Which permission of a key an endpoint needs: what a refusal names, since the API's own answer does not.

/// The scope an endpoint needs, as the API's description names it; a write has its method before the path.
pub(super) fn scope_of(path: &str) -> &'static str {
    const WRITES: &[(&str, &str)] = &[
        ("POST /v2/incident_timeline_items", "timeline_items.create"),
        ("PATCH /v2/incident_timeline_items", "timeline_items.update"),
        ("POST /v2/incident_updates", "incident_updates.create"),
        ("POST /v2/incidents", "incidents.create"),
        ("POST /v2/escalations", "escalations.create"),
        ("POST /v2/schedule_overrides", "schedule_overrides.create"),
        (
            "DELETE /v2/schedule_overrides",
            "schedule_overrides.destroy",
        ),
        ("POST /v3/actions", "actions.create"),
        ("PUT /v3/actions", "actions.update"),
        ("DELETE /v3/actions", "actions.destroy"),
        ("POST /v3/follow_ups", "follow_ups.create"),
        ("PUT /v3/follow_ups", "follow_ups.update"),
        ("DELETE /v3/follow_ups", "follow_ups.destroy"),
        ("POST /v3/catalog_entries", "catalog_entries.create"),
        ("PUT /v3/catalog_entries", "catalog_entries.edit"),
        ("DELETE /v3/catalog_entries", "catalog_entries.destroy"),
        (
            "PUT /v1/postmortem_documents",
            "in_app_postmortems.update_status",
        ),
        ("POST /v2/status_page", "status_pages.publish_updates"),
    ];
    if path.contains(' ') {
        // What is done to one of them: the same path may have scopes of its own by its end.
        const ENDS: &[(&str, &str)] = &[
            (
                "/actions/import_postmortem_document",
                "in_app_postmortems.import",
            ),
            ("/actions/edit", "for this change of an incident"),
            ("/actions/respond", "escalations.respond"),
            ("/actions/cancel", "escalations.cancel"),
            ("/actions/transition", "incident_alerts.transition"),
            ("/actions/resolve", "alerts.resolve"),
            ("/v2/incident_alerts", "alerts.attach_to_incident"),
        ];
        let ends = ENDS.iter().find(|(end, _)| path.ends_with(end));
        let begins = WRITES.iter().find(|(prefix, _)| path.starts_with(prefix));
        return ends.or(begins).map_or("for this write", |(_, scope)| scope);
    }
    const SCOPES: &[(&str, &str)] = &[
        ("/v2/schedule", "schedules.view"),
        ("/v3/catalog_types", "catalog_types.view"),
        ("/v3/catalog", "catalog_entries.view"),
        ("/v3/teams", "catalog_entries.view"),
        ("/v2/escalation_paths", "escalation_paths.view"),
        ("/v2/escalations", "escalations.view"),
        ("/v2/alert_sources", "alert_sources.view"),
        ("/v3/alert_routes", "alert_routes.view"),
        ("/v2/alerts", "alerts.view"),
        ("/v2/incident_alerts", "alerts.view"),
        ("/v3/actions", "actions.view"),
        ("/v3/follow_ups", "follow_ups.view"),
        ("/v2/workflow", "workflows.view"),
        ("/v2/users", "users.view"),
        ("/v1/severities", "severities.view"),
        ("/v1/incident_statuses", "incident_statuses.view"),
        ("/v1/incident_types", "incident_types.view"),
        ("/v2/incident_roles", "incident_roles.view"),
        ("/v2/custom_fields", "custom_fields.view"),
        ("/v1/postmortem", "incidents.view"),
        ("/v2/incident", "incidents.view"),
        ("/v1/incident", "incidents.view"),
    ];
    SCOPES
        .iter()
        .find(|(prefix, _)| path.starts_with(prefix))
        .map_or("for this endpoint", |(_, scope)| scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_permission_that_is_missing() {
        for (asked, scope) in [
            ("/v2/schedules", "schedules.view"),
            ("/v2/schedule_entries", "schedules.view"),
            ("/v3/unheard_of", "for this endpoint"),
            ("POST /v2/incidents", "incidents.create"),
            ("POST /v2/incident_updates", "incident_updates.create"),
            (
                "POST /v2/escalations/1/actions/cancel",
                "escalations.cancel",
            ),
            ("POST /v9/unheard_of", "for this write"),
        ] {
            assert_eq!(scope_of(asked), scope, "{asked}");
        }
    }
}
