//! Every read capability as a command.

use super::output::{print, print_lines};
use super::write::{self, WriteRequest};
use super::{Catalog, Command, Context, Incidents, api, investigate, journal, local, remember};
use crate::domain::text::wrap;
use crate::domain::time::{self, Zone};
use crate::domain::{
    CatalogEntry, CatalogGraph, Incident, IncidentId, Instant, Schedule, Shift, TimelineEntry,
    priority,
};
use crate::ops::{self, ApiError, Client, Query};
use chrono::Duration;
use serde_json::json;

/// Runs a command that asks the API.
pub async fn run(context: &Context, command: Command) -> Result<(), ApiError> {
    if let Command::Doctor = command {
        return local::doctor(context).await;
    }
    if let Command::Journal(command) = command {
        return journal::run(context, command).await;
    }
    let client = context.client()?;
    let client = &*client;
    match &command {
        Command::Investigate(asked) => {
            return investigate::investigate(context, client, asked).await;
        }
        Command::Changes(asked) => return investigate::changes(context, client, asked).await,
        Command::Similar(asked) => return remember::similar(context, client, asked).await,
        Command::Analyze(asked) => return remember::analyze(context, client, asked).await,
        Command::Export(asked) => return remember::export(client, asked).await,
        Command::Handover(asked) => return remember::handover(context, client, asked).await,
        Command::Draft(asked) => return remember::draft(context, client, asked).await,
        _ => {}
    }
    if let Some(asked) = write_of(&command)? {
        return write::run(context, client, asked).await;
    }
    let (now, zone, out) = (client.now(), context.zone(), context.output);
    match command {
        Command::Incidents(Incidents::List {
            service,
            severity,
            status,
            since,
            until,
            limit,
        }) => {
            let query = Query {
                service,
                severities: severity,
                status,
                since: point(now, since)?,
                until: point(now, until)?,
                limit,
            };
            list(context, client, &query, now).await
        }
        Command::Incidents(Incidents::Show {
            incident,
            include_timeline,
        }) => show(context, client, &incident, include_timeline, zone).await,
        Command::Timeline { incident, .. } => {
            let id = id_of(client, incident).await?.unwrap_or_else(|| "".into());
            let ops::Timeline { items, missing, .. } = ops::timeline(client, &id).await?;
            missing
                .iter()
                .for_each(|says| eprintln!("Not all of it: {says}"));
            let rows: Vec<Vec<String>> = items.iter().map(|i| timeline_row(i, now, zone)).collect();
            print(out, &items, &["time", "kind", "what", "who"], &rows)
        }
        Command::Oncall { .. } => {
            let all = ops::schedules(client).await?;
            let names = |shifts: &[Shift]| {
                shifts
                    .iter()
                    .map(|s| s.person.as_ref().map_or("nobody", |p| &p.name))
                    .collect::<Vec<_>>()
                    .join(", ")
            };
            let until = |shifts: &[Shift]| {
                shifts
                    .iter()
                    .map(|s| s.end)
                    .min()
                    .map_or(String::new(), |end| zone.day_clock(now, end))
            };
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|s| {
                    vec![
                        s.name.clone(),
                        if s.now.is_empty() {
                            "nobody".into()
                        } else {
                            names(&s.now)
                        },
                        until(&s.now),
                        names(&s.coming()),
                    ]
                })
                .collect();
            print(out, &all, &["schedule", "now", "until", "next"], &rows)
        }
        Command::Schedules { schedule, days } => {
            schedules(context, client, schedule, days, zone).await
        }
        Command::Catalog(command) => catalog(context, client, command).await,
        Command::Alerts {
            incident,
            firing,
            limit,
            ..
        } => {
            let id = id_of(client, incident).await?;
            let all = ops::alerts(client, id.as_ref(), firing, limit).await?;
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|a| {
                    vec![
                        a.status.clone(),
                        a.title.clone(),
                        zone.day_clock(now, a.created),
                        a.id.to_string(),
                    ]
                })
                .collect();
            print(out, &all, &["status", "title", "since", "id"], &rows)
        }
        Command::Escalations {
            incident, limit, ..
        } => {
            let id = id_of(client, incident).await?;
            let all = ops::escalations(client, id.as_ref(), limit).await?;
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|e| {
                    vec![
                        e.status.clone(),
                        e.clock(now),
                        e.title.clone(),
                        e.notified(),
                        zone.day_clock(now, e.created),
                        e.id.to_string(),
                    ]
                })
                .collect();
            print(
                out,
                &all,
                &["status", "clock", "title", "notified", "since", "id"],
                &rows,
            )
        }
        Command::Actions { incident, .. } => {
            let all = ops::actions(client, id_of(client, incident).await?.as_ref()).await?;
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|a| {
                    vec![
                        a.status.clone(),
                        a.description.clone(),
                        a.assignee
                            .as_ref()
                            .map_or_else(|| "nobody".into(), |p| p.name.to_string()),
                        zone.day_clock(now, a.created),
                    ]
                })
                .collect();
            print(out, &all, &["status", "action", "assignee", "since"], &rows)
        }
        Command::FollowUps { incident, .. } => {
            let all = ops::follow_ups(client, id_of(client, incident).await?.as_ref()).await?;
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|f| {
                    vec![
                        f.status.clone(),
                        f.title.clone(),
                        f.assignee
                            .as_ref()
                            .map_or_else(|| "nobody".into(), |p| p.name.to_string()),
                        zone.day_clock(now, f.created),
                    ]
                })
                .collect();
            print(
                out,
                &all,
                &["status", "follow-up", "assignee", "since"],
                &rows,
            )
        }
        Command::PostMortems { id: Some(id), .. } => {
            let markdown = ops::document_text(client, api::safe(&id)?).await?;
            print_lines(
                out,
                &json!({"id": id, "markdown": markdown}),
                std::slice::from_ref(&markdown),
            )
        }
        Command::PostMortems {
            id: None, incident, ..
        } => {
            let all = ops::documents(client, id_of(client, incident).await?.as_ref()).await?;
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|d| {
                    vec![
                        d.status.clone(),
                        d.title.clone(),
                        zone.day_clock(now, d.created),
                        d.id.clone(),
                    ]
                })
                .collect();
            print(out, &all, &["status", "title", "since", "id"], &rows)
        }
        Command::Workflows { runs: false, .. } => {
            let all = ops::workflows(client).await?;
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|w| {
                    vec![
                        w.state.clone(),
                        w.name.clone(),
                        w.trigger.clone(),
                        w.steps.join(", "),
                    ]
                })
                .collect();
            print(out, &all, &["state", "name", "on", "steps"], &rows)
        }
        Command::Workflows {
            runs: true,
            incident,
        } => {
            let all = ops::workflow_runs(client, id_of(client, incident).await?.as_ref()).await?;
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|r| {
                    vec![
                        r.workflow.clone(),
                        r.incident.clone().unwrap_or_default(),
                        zone.day_clock(now, r.created),
                        r.steps
                            .iter()
                            .map(|(step, state)| format!("{step} {state}"))
                            .collect::<Vec<_>>()
                            .join(", "),
                    ]
                })
                .collect();
            print(out, &all, &["workflow", "incident", "when", "steps"], &rows)
        }
        Command::Related { incident } => {
            let id = id_of(client, Some(incident))
                .await?
                .unwrap_or_else(|| "".into());
            let all = ops::related(client, &id).await?;
            let rows: Vec<Vec<String>> = all
                .iter()
                .map(|r| vec![format!("#{}", r.number), r.name.clone()])
                .collect();
            print(out, &all, &["incident", "name"], &rows)
        }
        Command::Api(call) => api::run(client, call, context.config.read_only).await,
        _ => Ok(()),
    }
}

/// The write a command asks for, where it is one that writes.
fn write_of(command: &Command) -> Result<Option<WriteRequest>, ApiError> {
    Ok(Some(match command {
        Command::Incidents(Incidents::Declare(a)) => WriteRequest::from(&**a),
        Command::Incidents(Incidents::Edit(a)) => WriteRequest::from(&**a),
        Command::Incidents(Incidents::Update(a)) => WriteRequest::from(a),
        Command::Incidents(Incidents::Close(a)) => WriteRequest::from(a),
        Command::Incidents(Incidents::Role(a)) => WriteRequest::from(a),
        Command::Timeline {
            command: Some(c), ..
        } => WriteRequest::from(c),
        Command::Escalations {
            command: Some(c), ..
        } => WriteRequest::from(c),
        Command::Oncall { command: Some(c) } => WriteRequest::from(c),
        Command::Alerts {
            command: Some(c), ..
        } => WriteRequest::from(c),
        Command::Actions {
            command: Some(c), ..
        } => c.asked(true)?,
        Command::FollowUps {
            command: Some(c), ..
        } => c.asked(false)?,
        Command::Catalog(Catalog::Set(a)) => WriteRequest::from(a),
        Command::PostMortems {
            command: Some(c), ..
        } => WriteRequest::from(c),
        Command::StatusPage(c) => WriteRequest::from(c),
        _ => return Ok(None),
    }))
}

fn point(now: Instant, raw: Option<String>) -> Result<Option<Instant>, ApiError> {
    raw.map(|raw| {
        time::parse_point(now, &raw).ok_or_else(|| {
            ApiError::User(format!(
                "\"{raw}\" is not a point in time: give 7d, 2026-11-01 or 2026-11-01T14:30:00Z."
            ))
        })
    })
    .transpose()
}

/// Filters by incident want the id; a reference is looked up first.
async fn id_of(client: &Client, reference: Option<String>) -> Result<Option<IncidentId>, ApiError> {
    match reference {
        Some(reference) => Ok(Some(client.incident(&reference).await?.row.id)),
        None => Ok(None),
    }
}

async fn list(
    context: &Context,
    client: &Client,
    query: &Query,
    now: Instant,
) -> Result<(), ApiError> {
    let org = ops::org(client).await?;
    let listed = ops::list_incidents(client, &org, query).await?;
    if listed.unreadable > 0 {
        eprintln!("{} incidents could not be read.", listed.unreadable);
    }
    let priorities = priority::priorities(&org.severities, &context.config.priorities);
    let label = |severity: Option<&str>| {
        priorities
            .iter()
            .find(|(name, _)| Some(name.as_str()) == severity)
            .map_or("--", |(_, p)| p.label())
    };
    let rows: Vec<Vec<String>> = listed
        .items
        .iter()
        .map(|i| {
            let r = &i.row;
            vec![
                r.reference.to_string(),
                label(r.severity.as_deref()).into(),
                r.severity.as_deref().unwrap_or("none").into(),
                r.status.to_string(),
                r.lead.as_deref().unwrap_or("no lead").into(),
                time::age(now, r.created),
                r.service.as_deref().unwrap_or("").into(),
                r.name.to_string(),
            ]
        })
        .collect();
    let json: Vec<serde_json::Value> = listed
        .items
        .iter()
        .map(|i| with_priority(i, label(i.row.severity.as_deref())))
        .collect();
    print(
        context.output,
        &json,
        &[
            "ref", "prio", "severity", "status", "lead", "age", "service", "name",
        ],
        &rows,
    )
}

fn with_priority(incident: &Incident, label: &str) -> serde_json::Value {
    let mut body = json!(incident);
    body["priority"] = if label == "--" {
        serde_json::Value::Null
    } else {
        json!(label)
    };
    body
}

fn timeline_row(item: &TimelineEntry, now: Instant, zone: Zone) -> Vec<String> {
    let what = if item.body.is_empty() {
        item.title.clone()
    } else {
        format!("{}: {}", item.title, item.body.replace('\n', " "))
    };
    vec![
        zone.day_clock(now, item.at),
        item.kind.label().into(),
        what,
        item.actor.clone(),
    ]
}

async fn show(
    context: &Context,
    client: &Client,
    reference: &str,
    include_timeline: bool,
    zone: Zone,
) -> Result<(), ApiError> {
    let incident = client.incident(reference).await?;
    let ops::Timeline {
        items: timeline,
        missing,
        ..
    } = if include_timeline {
        ops::timeline(client, &incident.row.id).await?
    } else {
        ops::Timeline::default()
    };
    let r = &incident.row;
    let mut lines = vec![
        format!("{} {}", r.reference, r.name),
        format!(
            "{} · {} ({})",
            r.severity.as_deref().unwrap_or("no severity"),
            r.status,
            r.category.label()
        ),
        format!("Declared {} by {}", zone.full(r.created), incident.creator),
    ];
    lines.extend(incident.roles.iter().map(|role| {
        format!(
            "{}: {}",
            role.label,
            role.value.as_ref().map_or("nobody", |p| &p.name)
        )
    }));
    lines.extend(
        incident
            .fields
            .iter()
            .map(|f| format!("{}: {}", f.label, f.value)),
    );
    lines.extend(
        incident
            .timestamps
            .iter()
            .filter_map(|t| t.value.map(|at| format!("{}: {}", t.label, zone.full(at)))),
    );
    lines.extend(
        incident
            .durations
            .iter()
            .map(|d| format!("{}: {}", d.label, time::span(d.value))),
    );
    lines.extend(incident.permalink.iter().cloned());
    if !incident.summary.is_empty() {
        lines.push(String::new());
        lines.extend(wrap(&incident.summary, 100));
    }
    if include_timeline {
        lines.push(String::new());
        lines.extend(
            timeline
                .iter()
                .map(|item| timeline_row(item, client.now(), zone).join("  ")),
        );
    }
    let body = if include_timeline {
        json!(ops::Detail {
            incident: incident.clone(),
            timeline,
            missing
        })
    } else {
        json!(incident)
    };
    print_lines(context.output, &body, &lines)
}

async fn schedules(
    context: &Context,
    client: &Client,
    wanted: Option<String>,
    days: i64,
    zone: Zone,
) -> Result<(), ApiError> {
    let now = client.now();
    let all = ops::schedules(client).await?;
    let Some(wanted) = wanted else {
        let rows: Vec<Vec<String>> = all
            .iter()
            .map(|s| {
                vec![
                    s.name.clone(),
                    s.timezone.clone(),
                    s.rotations
                        .iter()
                        .map(|r| r.name.clone())
                        .collect::<Vec<_>>()
                        .join(", "),
                    s.id.to_string(),
                ]
            })
            .collect();
        return print(
            context.output,
            &all,
            &["schedule", "zone", "rotations", "id"],
            &rows,
        );
    };
    let schedule = schedule_named(&all, &wanted)?;
    let shifts = ops::shifts(
        client,
        &schedule.id,
        now,
        now + Duration::days(days.clamp(1, 90)),
    )
    .await?;
    let rows: Vec<Vec<String>> = shifts
        .iter()
        .map(|s| {
            vec![
                zone.date_clock(s.start),
                zone.date_clock(s.end),
                s.person
                    .as_ref()
                    .map_or_else(|| "nobody".into(), |p| p.name.to_string()),
                if s.overridden {
                    "override".into()
                } else {
                    String::new()
                },
            ]
        })
        .collect();
    print(
        context.output,
        &shifts,
        &["from", "until", "who", ""],
        &rows,
    )
}

/// The schedule a name or an id means.
pub fn schedule_named<'a>(all: &'a [Schedule], wanted: &str) -> Result<&'a Schedule, ApiError> {
    let wanted = wanted.trim();
    let exact = all
        .iter()
        .find(|s| s.name.eq_ignore_ascii_case(wanted) || s.id.as_str() == wanted);
    let alike: Vec<_> = all
        .iter()
        .filter(|s| crate::domain::text::contains_folded(&s.name, &wanted.to_lowercase()))
        .collect();
    if alike.len() > 1 && exact.is_none() {
        let names = alike
            .iter()
            .map(|s| s.name.as_str())
            .collect::<Vec<_>>()
            .join(", ");
        return Err(ApiError::User(format!(
            "\"{wanted}\" could be {names}; say which."
        )));
    }
    let found = exact.or(alike.first().copied());
    found.ok_or_else(|| {
        ApiError::User(format!(
            "There is no schedule \"{wanted}\"; hotseat schedules lists them."
        ))
    })
}

fn entry_json(graph: &CatalogGraph, e: &CatalogEntry) -> serde_json::Value {
    let edge =
        |(by, other): (&str, &CatalogEntry)| json!({"by": by, "id": other.id, "name": other.name});
    json!({"id": e.id, "name": e.name, "type": graph.kind(e).map(|k| &k.name), "aliases": e.aliases, "external_id": e.external_id, "owner": graph.owner(e), "tier": graph.tier(e),
        "needs": graph.down(&e.id).into_iter().map(edge).collect::<Vec<_>>(), "needed_by": graph.up(&e.id).into_iter().map(edge).collect::<Vec<_>>()})
}

async fn catalog(context: &Context, client: &Client, command: Catalog) -> Result<(), ApiError> {
    let graph = ops::catalog(client).await?;
    match command {
        Catalog::Types => {
            let rows: Vec<Vec<String>> = graph
                .types
                .iter()
                .map(|t| {
                    vec![
                        t.name.clone(),
                        t.type_name.clone(),
                        t.count.map_or(String::new(), |n| n.to_string()),
                        t.id.to_string(),
                    ]
                })
                .collect();
            print(
                context.output,
                &graph.types,
                &["type", "key", "entries", "id"],
                &rows,
            )
        }
        Catalog::Search { words } => {
            let words: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
            let found: Vec<&CatalogEntry> = graph
                .entries
                .iter()
                .filter(|e| e.mentions(&words))
                .collect();
            let rows: Vec<Vec<String>> = found
                .iter()
                .map(|e| {
                    vec![
                        e.name.clone(),
                        graph.kind(e).map_or(String::new(), |k| k.name.clone()),
                        graph.owner(e),
                        graph.tier(e),
                        e.id.to_string(),
                    ]
                })
                .collect();
            print(
                context.output,
                &found
                    .iter()
                    .map(|e| entry_json(&graph, e))
                    .collect::<Vec<_>>(),
                &["name", "type", "owner", "tier", "id"],
                &rows,
            )
        }
        Catalog::Show { entry } => {
            let e = graph.find(&entry).ok_or_else(|| {
                ApiError::User(format!(
                    "There is no catalog entry \"{entry}\"; try hotseat catalog search {entry}."
                ))
            })?;
            let mut lines = vec![
                format!("{} ({})", e.name, graph.kind(e).map_or("", |k| &k.name)),
                format!("Owner: {}", graph.owner(e)),
                format!("Tier: {}", graph.tier(e)),
            ];
            for (heading, edges) in [("Needs", graph.down(&e.id)), ("Needed by", graph.up(&e.id))] {
                lines.push(heading.into());
                lines.extend(
                    edges
                        .iter()
                        .map(|(by, other)| format!("  {} ({by})", other.name)),
                );
            }
            print_lines(context.output, &entry_json(&graph, e), &lines)
        }
        Catalog::Set(_) => Ok(()),
    }
}
