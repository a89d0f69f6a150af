//! The capabilities: one function each, the same for the console's worker and for every command.

mod catalog;
mod deliver;
mod doctor;
mod incidents;
mod investigate;
mod look_back;
mod outbox;
mod past;
mod transmit;
mod writing;

pub use catalog::catalog;
pub use deliver::{Once, is_kept, write_of};
pub use doctor::{Check, Mark, PERMISSIONS, doctor};
pub use incidents::{
    Detail, HistoryChunk, Query, Slice, StatusChoice, Timeline, changed_incidents, has_news,
    history, list_incidents, open_incidents, timeline,
};
pub use investigate::{
    Investigation, InvestigationRequest, Progress, check_sources, explain, investigate,
    recent_changes,
};
pub use look_back::{
    COLUMNS, Handover, analyze, exported, handover, looked_back, rows, shift_begin,
};
pub use outbox::{Outbox, Outcome, Transports, audit_path};
pub use past::{
    Past, Recalled, Seen, neighbours, past, recall, resolved_before, similar, subject_of,
    with_relations,
};

use crate::domain::{
    Action, Alert, Document, Escalation, EscalationPath, FollowUp, Identity, IncidentId, Instant,
    Org, Related, Schedule, ScheduleId, Shift, Workflow, WorkflowRun,
};
pub use crate::incidentio::{ApiError, Budget, Client, Listed};
pub use transmit::alike;
pub use writing::{
    attach_notes, backdate, comparable_values, declare, form_options, keep_local, local_notes,
};

/// The organisation's words and people, all asked at once. What the key may not read is named in `missing`.
pub async fn org(client: &Client) -> Result<Org, ApiError> {
    let (identity, severities, statuses, types, roles, people, teams, fields, timestamps, kinds) = tokio::join!(
        client.identity(),
        client.severities(),
        client.statuses(),
        client.incident_types(),
        client.roles(),
        client.users(),
        client.teams(),
        client.custom_fields(),
        client.timestamps(),
        client.catalog_types()
    );
    let mut missing = Vec::new();
    let mut org = Org {
        identity: identity?,
        ..Org::default()
    };
    org.severities = kept(severities, &mut missing)?;
    org.statuses = kept(statuses, &mut missing)?;
    org.types = optional(types, &mut missing);
    org.roles = optional(roles, &mut missing);
    org.people = optional(people, &mut missing);
    org.teams = optional(teams, &mut missing);
    let services: Vec<_> = optional(kinds, &mut missing)
        .into_iter()
        .filter(crate::domain::CatalogType::is_service)
        .map(|k| k.id.to_string())
        .collect();
    org.fields = optional(fields, &mut missing);
    org.timestamps = optional(timestamps, &mut missing);
    org.service_fields = org
        .fields
        .iter()
        .filter(|f| services.contains(&f.catalog_type))
        .map(|f| f.id.clone())
        .collect();
    org.severities.sort_by_key(|s| std::cmp::Reverse(s.rank));
    org.missing = missing;
    Ok(org)
}

/// A list, or an empty one with a sentence where the key may not read it; other failures stay failures.
fn kept<T>(
    result: Result<Listed<T>, ApiError>,
    missing: &mut Vec<String>,
) -> Result<Vec<T>, ApiError> {
    match result {
        Ok(listed) => Ok(listed.items),
        Err(
            e @ ApiError::Http {
                status: 403 | 404, ..
            },
        ) => {
            missing.push(e.to_string());
            Ok(Vec::new())
        }
        Err(e) => Err(e),
    }
}

/// The same for what the console can do without for a while, whatever the failure.
fn optional<T>(result: Result<Listed<T>, ApiError>, missing: &mut Vec<String>) -> Vec<T> {
    result.map(|listed| listed.items).unwrap_or_else(|e| {
        missing.push(e.to_string());
        Vec::new()
    })
}

/// Whose key this is.
pub async fn identity(client: &Client) -> Result<Identity, ApiError> {
    client.identity().await
}

/// Every schedule with who is on call now and next.
pub async fn schedules(client: &Client) -> Result<Vec<Schedule>, ApiError> {
    let mut all = client.schedules().await?.items;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// Who is on call on a schedule in a window.
pub async fn shifts(
    client: &Client,
    id: &ScheduleId,
    from: Instant,
    to: Instant,
) -> Result<Vec<Shift>, ApiError> {
    Ok(client.shifts(id, from, to).await?.items)
}

/// Alerts, newest first; of one incident where it is given.
pub async fn alerts(
    client: &Client,
    incident: Option<&IncidentId>,
    firing: bool,
    most: usize,
) -> Result<Vec<Alert>, ApiError> {
    Ok(match incident {
        Some(id) => client.incident_alerts(id).await?.items,
        None => client.alerts(firing, None, most).await?.items,
    })
}

/// Escalations, newest first; of one incident where it is given.
pub async fn escalations(
    client: &Client,
    incident: Option<&IncidentId>,
    most: usize,
) -> Result<Vec<Escalation>, ApiError> {
    Ok(client.escalations(incident, None, most).await?.items)
}

/// Escalation paths.
pub async fn escalation_paths(client: &Client) -> Result<Vec<EscalationPath>, ApiError> {
    Ok(client.escalation_paths().await?.items)
}

/// Actions, those still to do first, then the newest.
pub async fn actions(
    client: &Client,
    incident: Option<&IncidentId>,
) -> Result<Vec<Action>, ApiError> {
    let mut all = client.actions(incident).await?.items;
    all.sort_by_key(|a| (a.status != "outstanding", std::cmp::Reverse(a.created)));
    Ok(all)
}

/// Follow-ups, those still to do first, then the newest.
pub async fn follow_ups(
    client: &Client,
    incident: Option<&IncidentId>,
) -> Result<Vec<FollowUp>, ApiError> {
    let mut all = client.follow_ups(incident).await?.items;
    all.sort_by_key(|f| (f.status != "outstanding", std::cmp::Reverse(f.created)));
    Ok(all)
}

/// Post-mortem documents, newest first.
pub async fn documents(
    client: &Client,
    incident: Option<&IncidentId>,
) -> Result<Vec<Document>, ApiError> {
    Ok(client.documents(incident).await?.items)
}

/// A document's markdown.
pub async fn document_text(client: &Client, id: &str) -> Result<String, ApiError> {
    client.document_text(id).await
}

/// Workflows.
pub async fn workflows(client: &Client) -> Result<Vec<Workflow>, ApiError> {
    Ok(client.workflows().await?.items)
}

/// Runs of workflows, newest first.
pub async fn workflow_runs(
    client: &Client,
    incident: Option<&IncidentId>,
) -> Result<Vec<WorkflowRun>, ApiError> {
    Ok(client.workflow_runs(incident, 200).await?.items)
}

/// Incidents people connected to one.
pub async fn related(client: &Client, id: &IncidentId) -> Result<Vec<Related>, ApiError> {
    Ok(client.related(id).await?.items)
}
