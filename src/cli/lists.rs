//! Everything that can be read as a table: alerts, pages, tasks, documents, workflows, schedules, the catalog.

use super::output::{Table, print_lines};
use super::{Catalog, Context, Front};
use crate::domain::time;
use crate::domain::{
    CatalogEntry, CatalogGraph, Incident, IncidentId, Shift, TimelineEntry, priority,
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
pub async fn incidents(front: &Front<'_>, query: &Query) -> Result<(), ApiError> {
    let (org, now) = (front.session.org().await?, front.session.now());
    let listed = front.session.list(&org, query).await?;
    if listed.unreadable > 0 {
        eprintln!("{} incidents could not be read.", listed.unreadable);
    }
    let ranked = priority::priorities(&org.severities, &front.context.config.priorities);
    let label = |i: &Incident| {
        let severity = i.row.severity.as_deref();
        let mut of = ranked.iter();
        of.find(|(name, _)| Some(name.as_str()) == severity)
            .map(|(_, p)| p.label())
    };
    let ranked_rows = listed.items.iter().map(|incident| Ranked {
        incident,
        priority: label(incident),
    });
    let json: Vec<Ranked<'_>> = ranked_rows.collect();
    front
        .table(&listed.items)
        .column("ref", |i| i.row.reference.to_string())
        .column("prio", |i| label(i).unwrap_or("--").into())
        .column("severity", |i| {
            i.row.severity.as_deref().unwrap_or("none").into()
        })
        .column("status", |i| i.row.status.to_string())
        .column("lead", |i| {
            i.row.lead.as_deref().unwrap_or("no lead").into()
        })
        .column("age", |i| time::age(now, i.row.created))
        .column("service", |i| i.row.service.as_deref().unwrap_or("").into())
        .column("name", |i| i.row.name.to_string())
        .print_as(&json)
}

/// What is printed of an incident in a list.
#[derive(Serialize)]
struct Ranked<'a> {
    #[serde(flatten)]
    incident: &'a Incident,
    priority: Option<&'static str>,
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
    front: &Front<'_>,
    reference: &str,
    include_timeline: bool,
) -> Result<(), ApiError> {
    let zone = front.context.zone();
    let incident = front.session.incident(reference).await?;
    let mut lines = incident_lines(&incident, zone);
    if !include_timeline {
        return print_lines(front.context.output, &incident, &lines);
    }
    let Timeline { items, missing, .. } = front.session.timeline(&incident.row.id).await?;
    lines.push(String::new());
    let now = front.session.now();
    lines.extend(items.iter().map(|i| timeline_line(i, now, zone)));
    let body = Detail {
        incident: &incident,
        timeline: &items,
        missing: &missing,
    };
    print_lines(front.context.output, &body, &lines)
}

/// An incident's timeline.
pub async fn timeline(front: &Front<'_>, reference: &str) -> Result<(), ApiError> {
    let id = front.session.incident(reference).await?.row.id;
    let Timeline { items, missing, .. } = front.session.timeline(&id).await?;
    missing
        .iter()
        .for_each(|says| eprintln!("Not all of it: {says}"));
    let (now, zone) = front.clock();
    front
        .table(&items)
        .column("time", |i| zone.day_clock(now, i.at))
        .column("kind", |i| i.kind.label().into())
        .column("what", what)
        .column("who", |i| i.actor.clone())
        .print()
}

/// Who is on call now and next.
pub async fn oncall(front: &Front<'_>) -> Result<(), ApiError> {
    let (all, zone) = (front.session.schedules().await?, front.context.zone());
    let now = front.session.now();
    let names = |shifts: &[Shift]| {
        let names: Vec<String> = shifts
            .iter()
            .map(|s| or_nobody(s.person.as_ref()))
            .collect();
        names.join(", ")
    };
    front
        .table(&all)
        .column("schedule", |s| s.name.clone())
        .column("now", |s| match s.now.is_empty() {
            true => "nobody".into(),
            false => names(&s.now),
        })
        .column("until", |s| {
            let end = s.now.iter().map(|s| s.end).min();
            end.map_or(String::new(), |end| zone.day_clock(now, end))
        })
        .column("next", |s| names(&s.coming()))
        .print()
}

/// Schedules, or the coming days of one.
pub async fn schedules(
    front: &Front<'_>,
    wanted: Option<String>,
    days: i64,
) -> Result<(), ApiError> {
    let all = front.session.schedules().await?;
    let Some(wanted) = wanted else {
        return front
            .table(&all)
            .column("schedule", |s| s.name.clone())
            .column("zone", |s| s.timezone.clone())
            .column("rotations", |s| {
                let names: Vec<&str> = s.rotations.iter().map(|r| r.name.as_str()).collect();
                names.join(", ")
            })
            .column("id", |s| s.id.to_string())
            .print();
    };
    let schedule = schedule_named(&all, &wanted)?;
    let (now, zone) = front.clock();
    let to = now + Duration::days(days.clamp(1, AHEAD));
    let shifts = front.session.shifts(&schedule.id, now, to).await?;
    front
        .table(&shifts)
        .column("from", |s| zone.date_clock(s.start))
        .column("until", |s| zone.date_clock(s.end))
        .column("who", |s| or_nobody(s.person.as_ref()))
        .column("", |s| match s.overridden {
            true => "override".into(),
            false => String::new(),
        })
        .print()
}

/// Alerts, newest first.
pub async fn alerts(
    front: &Front<'_>,
    incident: Option<String>,
    firing: bool,
    limit: usize,
) -> Result<(), ApiError> {
    let id = id_of(front.session, incident).await?;
    let all = front.session.alerts(id.as_ref(), firing, limit).await?;
    let (now, zone) = front.clock();
    front
        .table(&all)
        .column("status", |a| a.status.clone())
        .column("title", |a| a.title.clone())
        .column("since", |a| zone.day_clock(now, a.created))
        .column("id", |a| a.id.to_string())
        .print()
}

/// Escalations, newest first, with the clock of their level.
pub async fn escalations(
    front: &Front<'_>,
    incident: Option<String>,
    limit: usize,
) -> Result<(), ApiError> {
    let id = id_of(front.session, incident).await?;
    let all = front.session.escalations(id.as_ref(), limit).await?;
    let (now, zone) = front.clock();
    front
        .table(&all)
        .column("status", |e| e.status.clone())
        .column("clock", |e| e.clock(now))
        .column("title", |e| e.title.clone())
        .column("notified", |e| e.notified())
        .column("since", |e| zone.day_clock(now, e.created))
        .column("id", |e| e.id.to_string())
        .print()
}

/// Actions.
pub async fn actions(front: &Front<'_>, incident: Option<String>) -> Result<(), ApiError> {
    let id = id_of(front.session, incident).await?;
    let all = front.session.actions(id.as_ref()).await?;
    let (now, zone) = front.clock();
    front
        .table(&all)
        .column("status", |a| a.status.clone())
        .column("action", |a| a.description.clone())
        .column("assignee", |a| or_nobody(a.assignee.as_ref()))
        .column("since", |a| zone.day_clock(now, a.created))
        .print()
}

/// Follow-ups.
pub async fn follow_ups(front: &Front<'_>, incident: Option<String>) -> Result<(), ApiError> {
    let id = id_of(front.session, incident).await?;
    let all = front.session.follow_ups(id.as_ref()).await?;
    let (now, zone) = front.clock();
    front
        .table(&all)
        .column("status", |f| f.status.clone())
        .column("follow-up", |f| f.title.clone())
        .column("assignee", |f| or_nobody(f.assignee.as_ref()))
        .column("since", |f| zone.day_clock(now, f.created))
        .print()
}

/// One document's text.
pub async fn document(front: &Front<'_>, id: &str) -> Result<(), ApiError> {
    let markdown = front.session.document_text(plain_id(id)?).await?;
    let body = json!({"id": id, "markdown": markdown});
    print_lines(front.context.output, &body, std::slice::from_ref(&markdown))
}

/// Post-mortem documents.
pub async fn documents(front: &Front<'_>, incident: Option<String>) -> Result<(), ApiError> {
    let id = id_of(front.session, incident).await?;
    let all = front.session.documents(id.as_ref()).await?;
    let (now, zone) = front.clock();
    front
        .table(&all)
        .column("status", |d| d.status.clone())
        .column("title", |d| d.title.clone())
        .column("since", |d| zone.day_clock(now, d.created))
        .column("id", |d| d.id.clone())
        .print()
}

/// Workflows.
pub async fn workflows(front: &Front<'_>) -> Result<(), ApiError> {
    let all = front.session.workflows().await?;
    front
        .table(&all)
        .column("state", |w| w.state.clone())
        .column("name", |w| w.name.clone())
        .column("on", |w| w.trigger.clone())
        .column("steps", |w| w.steps.join(", "))
        .print()
}

/// Runs of workflows.
pub async fn runs(front: &Front<'_>, incident: Option<String>) -> Result<(), ApiError> {
    let id = id_of(front.session, incident).await?;
    let all = front.session.workflow_runs(id.as_ref()).await?;
    let (now, zone) = front.clock();
    front
        .table(&all)
        .column("workflow", |r| r.workflow.clone())
        .column("incident", |r| r.incident.clone().unwrap_or_default())
        .column("when", |r| zone.day_clock(now, r.created))
        .column("steps", |r| {
            let steps = r
                .steps
                .iter()
                .map(|(step, state)| format!("{step} {state}"));
            steps.collect::<Vec<_>>().join(", ")
        })
        .print()
}

/// Incidents that people connected to one.
pub async fn related(front: &Front<'_>, reference: &str) -> Result<(), ApiError> {
    let id = front.session.incident(reference).await?.row.id;
    let all = front.session.related(&id).await?;
    front
        .table(&all)
        .column("incident", |r| format!("#{}", r.number))
        .column("name", |r| r.name.clone())
        .print()
}

/// The catalog: its types, entries by their words, or one entry with what it needs and what needs it.
pub async fn catalog(front: &Front<'_>, command: &Catalog) -> Result<(), ApiError> {
    let graph = front.session.catalog().await?;
    match command {
        Catalog::Types => types(front.context, &graph),
        Catalog::Search { words } => search(front.context, &graph, words),
        Catalog::Show { entry } => {
            let none = || {
                ApiError::User(format!(
                    "There is no catalog entry \"{entry}\"; try hotseat catalog search {entry}."
                ))
            };
            let e = graph.find(entry).ok_or_else(none)?;
            print_lines(
                front.context.output,
                &catalog_entry_json(&graph, e),
                &catalog_entry_lines(&graph, e),
            )
        }
        // A write; it is taken before anything is listed.
        Catalog::Set(_) => Err(fault()),
    }
}

fn types(context: &Context, graph: &CatalogGraph) -> Result<(), ApiError> {
    Table::of(context.output, &graph.types)
        .column("type", |t| t.name.clone())
        .column("key", |t| t.type_name.clone())
        .column("entries", |t| {
            t.count.map_or(String::new(), |n| n.to_string())
        })
        .column("id", |t| t.id.to_string())
        .print()
}

fn search(context: &Context, graph: &CatalogGraph, words: &[String]) -> Result<(), ApiError> {
    let words: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
    let entries = graph.entries.iter();
    let found: Vec<CatalogEntry> = entries.filter(|e| e.mentions(&words)).cloned().collect();
    let json: Vec<Value> = found.iter().map(|e| catalog_entry_json(graph, e)).collect();
    Table::of(context.output, &found)
        .column("name", |e| e.name.clone())
        .column("type", |e| {
            graph.kind(e).map_or(String::new(), |k| k.name.clone())
        })
        .column("owner", |e| graph.owner(e))
        .column("tier", |e| graph.tier(e))
        .column("id", |e| e.id.to_string())
        .print_as(&json)
}
