//! Everything that can be read as a table: alerts, pages, tasks, documents, workflows, schedules, the catalog.

use super::output::{Column, print_lines, print_table};
use super::{Catalog, Context};
use crate::domain::time;
use crate::domain::{
    Action, Alert, CatalogEntry, CatalogGraph, Document, Escalation, FollowUp, Incident,
    IncidentId, Related, Schedule, Shift, TimelineEntry, Workflow, WorkflowRun, priority,
};
use crate::draft::{
    catalog_entry_json, catalog_entry_lines, incident_lines, or_nobody, timeline_line, what,
};
use crate::session::{ApiError, Query, Session, Timeline, fault, plain_id, schedule_named};
use chrono::Duration;
use serde::Serialize;
use serde_json::{Value, json};

/// Days ahead that a schedule is read for at most: what the API plans.
const AHEAD: i64 = 90;

/// Filters by incident want the id; a reference is looked up first.
async fn id_of(
    session: &Session,
    reference: Option<String>,
) -> Result<Option<IncidentId>, ApiError> {
    match reference {
        Some(reference) => Ok(Some(session.incident(&reference).await?.row.id)),
        None => Ok(None),
    }
}

/// Incidents as asked, newest first.
pub async fn incidents(
    context: &Context,
    session: &Session,
    query: &Query,
) -> Result<(), ApiError> {
    let (org, now) = (session.org().await?, session.now());
    let listed = session.list(&org, query).await?;
    if listed.unreadable > 0 {
        eprintln!("{} incidents could not be read.", listed.unreadable);
    }
    let ranked = priority::priorities(&org.severities, &context.config.priorities);
    let label = |i: &Incident| {
        let severity = i.row.severity.as_deref();
        let mut of = ranked.iter();
        of.find(|(name, _)| Some(name.as_str()) == severity)
            .map(|(_, p)| p.label())
    };
    let columns: [Column<'_, Incident>; 8] = [
        ("ref", &|i| i.row.reference.to_string()),
        ("prio", &|i| label(i).unwrap_or("--").into()),
        ("severity", &|i| {
            i.row.severity.as_deref().unwrap_or("none").into()
        }),
        ("status", &|i| i.row.status.to_string()),
        ("lead", &|i| {
            i.row.lead.as_deref().unwrap_or("no lead").into()
        }),
        ("age", &|i| time::age(now, i.row.created)),
        ("service", &|i| {
            i.row.service.as_deref().unwrap_or("").into()
        }),
        ("name", &|i| i.row.name.to_string()),
    ];
    let with_priority = |i: &Incident| {
        let mut body = json!(i);
        body["priority"] = json!(label(i));
        body
    };
    let json: Vec<Value> = listed.items.iter().map(with_priority).collect();
    print_table(context.output, &json, &listed.items, &columns)
}

/// What is printed of one incident with its timeline.
#[derive(Serialize)]
struct Detail<'a> {
    incident: &'a Incident,
    timeline: &'a [TimelineEntry],
    missing: &'a [String],
}

/// One incident.
pub async fn incident(
    context: &Context,
    session: &Session,
    reference: &str,
    include_timeline: bool,
) -> Result<(), ApiError> {
    let zone = context.zone();
    let incident = session.incident(reference).await?;
    let mut lines = incident_lines(&incident, zone);
    if !include_timeline {
        return print_lines(context.output, &incident, &lines);
    }
    let Timeline { items, missing, .. } = session.timeline(&incident.row.id).await?;
    lines.push(String::new());
    let now = session.now();
    lines.extend(items.iter().map(|i| timeline_line(i, now, zone)));
    let body = Detail {
        incident: &incident,
        timeline: &items,
        missing: &missing,
    };
    print_lines(context.output, &body, &lines)
}

/// An incident's timeline.
pub async fn timeline(
    context: &Context,
    session: &Session,
    reference: &str,
) -> Result<(), ApiError> {
    let id = session.incident(reference).await?.row.id;
    let Timeline { items, missing, .. } = session.timeline(&id).await?;
    missing
        .iter()
        .for_each(|says| eprintln!("Not all of it: {says}"));
    let (now, zone) = (session.now(), context.zone());
    let columns: [Column<'_, TimelineEntry>; 4] = [
        ("time", &|i| zone.day_clock(now, i.at)),
        ("kind", &|i| i.kind.label().into()),
        ("what", &what),
        ("who", &|i| i.actor.clone()),
    ];
    print_table(context.output, &items, &items, &columns)
}

/// Who is on call now and next.
pub async fn oncall(context: &Context, session: &Session) -> Result<(), ApiError> {
    let (all, zone) = (session.schedules().await?, context.zone());
    let now = session.now();
    let names = |shifts: &[Shift]| {
        let names: Vec<String> = shifts
            .iter()
            .map(|s| or_nobody(s.person.as_ref()))
            .collect();
        names.join(", ")
    };
    let columns: [Column<'_, Schedule>; 4] = [
        ("schedule", &|s| s.name.clone()),
        ("now", &|s| match s.now.is_empty() {
            true => "nobody".into(),
            false => names(&s.now),
        }),
        ("until", &|s| {
            let end = s.now.iter().map(|s| s.end).min();
            end.map_or(String::new(), |end| zone.day_clock(now, end))
        }),
        ("next", &|s| names(&s.coming())),
    ];
    print_table(context.output, &all, &all, &columns)
}

/// Schedules, or the coming days of one.
pub async fn schedules(
    context: &Context,
    session: &Session,
    wanted: Option<String>,
    days: i64,
) -> Result<(), ApiError> {
    let all = session.schedules().await?;
    let Some(wanted) = wanted else {
        let columns: [Column<'_, Schedule>; 4] = [
            ("schedule", &|s| s.name.clone()),
            ("zone", &|s| s.timezone.clone()),
            ("rotations", &|s| {
                let names: Vec<&str> = s.rotations.iter().map(|r| r.name.as_str()).collect();
                names.join(", ")
            }),
            ("id", &|s| s.id.to_string()),
        ];
        return print_table(context.output, &all, &all, &columns);
    };
    let schedule = schedule_named(&all, &wanted)?;
    let (now, zone) = (session.now(), context.zone());
    let to = now + Duration::days(days.clamp(1, AHEAD));
    let shifts = session.shifts(&schedule.id, now, to).await?;
    let columns: [Column<'_, Shift>; 4] = [
        ("from", &|s| zone.date_clock(s.start)),
        ("until", &|s| zone.date_clock(s.end)),
        ("who", &|s| or_nobody(s.person.as_ref())),
        ("", &|s| match s.overridden {
            true => "override".into(),
            false => String::new(),
        }),
    ];
    print_table(context.output, &shifts, &shifts, &columns)
}

/// Alerts, newest first.
pub async fn alerts(
    context: &Context,
    session: &Session,
    incident: Option<String>,
    firing: bool,
    limit: usize,
) -> Result<(), ApiError> {
    let id = id_of(session, incident).await?;
    let all = session.alerts(id.as_ref(), firing, limit).await?;
    let (now, zone) = (session.now(), context.zone());
    let columns: [Column<'_, Alert>; 4] = [
        ("status", &|a| a.status.clone()),
        ("title", &|a| a.title.clone()),
        ("since", &|a| zone.day_clock(now, a.created)),
        ("id", &|a| a.id.to_string()),
    ];
    print_table(context.output, &all, &all, &columns)
}

/// Escalations, newest first, with the clock of their level.
pub async fn escalations(
    context: &Context,
    session: &Session,
    incident: Option<String>,
    limit: usize,
) -> Result<(), ApiError> {
    let id = id_of(session, incident).await?;
    let all = session.escalations(id.as_ref(), limit).await?;
    let (now, zone) = (session.now(), context.zone());
    let columns: [Column<'_, Escalation>; 6] = [
        ("status", &|e| e.status.clone()),
        ("clock", &|e| e.clock(now)),
        ("title", &|e| e.title.clone()),
        ("notified", &|e| e.notified()),
        ("since", &|e| zone.day_clock(now, e.created)),
        ("id", &|e| e.id.to_string()),
    ];
    print_table(context.output, &all, &all, &columns)
}

/// Actions.
pub async fn actions(
    context: &Context,
    session: &Session,
    incident: Option<String>,
) -> Result<(), ApiError> {
    let id = id_of(session, incident).await?;
    let all = session.actions(id.as_ref()).await?;
    let (now, zone) = (session.now(), context.zone());
    let columns: [Column<'_, Action>; 4] = [
        ("status", &|a| a.status.clone()),
        ("action", &|a| a.description.clone()),
        ("assignee", &|a| or_nobody(a.assignee.as_ref())),
        ("since", &|a| zone.day_clock(now, a.created)),
    ];
    print_table(context.output, &all, &all, &columns)
}

/// Follow-ups.
pub async fn follow_ups(
    context: &Context,
    session: &Session,
    incident: Option<String>,
) -> Result<(), ApiError> {
    let id = id_of(session, incident).await?;
    let all = session.follow_ups(id.as_ref()).await?;
    let (now, zone) = (session.now(), context.zone());
    let columns: [Column<'_, FollowUp>; 4] = [
        ("status", &|f| f.status.clone()),
        ("follow-up", &|f| f.title.clone()),
        ("assignee", &|f| or_nobody(f.assignee.as_ref())),
        ("since", &|f| zone.day_clock(now, f.created)),
    ];
    print_table(context.output, &all, &all, &columns)
}

/// One document's text.
pub async fn document(context: &Context, session: &Session, id: &str) -> Result<(), ApiError> {
    let markdown = session.document_text(plain_id(id)?).await?;
    let body = json!({"id": id, "markdown": markdown});
    print_lines(context.output, &body, std::slice::from_ref(&markdown))
}

/// Post-mortem documents.
pub async fn documents(
    context: &Context,
    session: &Session,
    incident: Option<String>,
) -> Result<(), ApiError> {
    let id = id_of(session, incident).await?;
    let all = session.documents(id.as_ref()).await?;
    let (now, zone) = (session.now(), context.zone());
    let columns: [Column<'_, Document>; 4] = [
        ("status", &|d| d.status.clone()),
        ("title", &|d| d.title.clone()),
        ("since", &|d| zone.day_clock(now, d.created)),
        ("id", &|d| d.id.clone()),
    ];
    print_table(context.output, &all, &all, &columns)
}

/// Workflows.
pub async fn workflows(context: &Context, session: &Session) -> Result<(), ApiError> {
    let all = session.workflows().await?;
    let columns: [Column<'_, Workflow>; 4] = [
        ("state", &|w| w.state.clone()),
        ("name", &|w| w.name.clone()),
        ("on", &|w| w.trigger.clone()),
        ("steps", &|w| w.steps.join(", ")),
    ];
    print_table(context.output, &all, &all, &columns)
}

/// Runs of workflows.
pub async fn runs(
    context: &Context,
    session: &Session,
    incident: Option<String>,
) -> Result<(), ApiError> {
    let id = id_of(session, incident).await?;
    let all = session.workflow_runs(id.as_ref()).await?;
    let (now, zone) = (session.now(), context.zone());
    let columns: [Column<'_, WorkflowRun>; 4] = [
        ("workflow", &|r| r.workflow.clone()),
        ("incident", &|r| r.incident.clone().unwrap_or_default()),
        ("when", &|r| zone.day_clock(now, r.created)),
        ("steps", &|r| {
            let steps = r
                .steps
                .iter()
                .map(|(step, state)| format!("{step} {state}"));
            steps.collect::<Vec<_>>().join(", ")
        }),
    ];
    print_table(context.output, &all, &all, &columns)
}

/// Incidents that people connected to one.
pub async fn related(
    context: &Context,
    session: &Session,
    reference: &str,
) -> Result<(), ApiError> {
    let id = session.incident(reference).await?.row.id;
    let all = session.related(&id).await?;
    let columns: [Column<'_, Related>; 2] = [
        ("incident", &|r| format!("#{}", r.number)),
        ("name", &|r| r.name.clone()),
    ];
    print_table(context.output, &all, &all, &columns)
}

/// The catalog: its types, entries by their words, or one entry with what it needs and what needs it.
pub async fn catalog(
    context: &Context,
    session: &Session,
    command: &Catalog,
) -> Result<(), ApiError> {
    let graph = session.catalog().await?;
    match command {
        Catalog::Types => types(context, &graph),
        Catalog::Search { words } => search(context, &graph, words),
        Catalog::Show { entry } => {
            let none = || {
                ApiError::User(format!(
                    "There is no catalog entry \"{entry}\"; try hotseat catalog search {entry}."
                ))
            };
            let e = graph.find(entry).ok_or_else(none)?;
            print_lines(
                context.output,
                &catalog_entry_json(&graph, e),
                &catalog_entry_lines(&graph, e),
            )
        }
        // A write; it is taken before anything is listed.
        Catalog::Set(_) => Err(fault()),
    }
}

fn types(context: &Context, graph: &CatalogGraph) -> Result<(), ApiError> {
    let columns: [Column<'_, crate::domain::CatalogType>; 4] = [
        ("type", &|t| t.name.clone()),
        ("key", &|t| t.type_name.clone()),
        ("entries", &|t| {
            t.count.map_or(String::new(), |n| n.to_string())
        }),
        ("id", &|t| t.id.to_string()),
    ];
    print_table(context.output, &graph.types, &graph.types, &columns)
}

fn search(context: &Context, graph: &CatalogGraph, words: &[String]) -> Result<(), ApiError> {
    let words: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let entries = graph.entries.iter();
    let found: Vec<CatalogEntry> = entries.filter(|e| e.mentions(&words)).cloned().collect();
    let json: Vec<Value> = found.iter().map(|e| catalog_entry_json(graph, e)).collect();
    let columns: [Column<'_, CatalogEntry>; 5] = [
        ("name", &|e| e.name.clone()),
        ("type", &|e| {
            graph.kind(e).map_or(String::new(), |k| k.name.clone())
        }),
        ("owner", &|e| graph.owner(e)),
        ("tier", &|e| graph.tier(e)),
        ("id", &|e| e.id.to_string()),
    ];
    print_table(context.output, &json, &found, &columns)
}
