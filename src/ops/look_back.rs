//! Looking back: what a period was like, a table to take elsewhere, and what a shift hands over.

use super::past::{Past, past, subject_of};
use super::{ApiError, Client, Query, StatusChoice, list_incidents, org};
use crate::domain::{Change, Escalation, FollowUp, Incident, Instant, Shift};
use crate::similar::{Facts, Period, lasted, period};
use chrono::Duration;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};

/// Incidents of a period at most.
const MOST: usize = 100_000;

/// Looks back over a period, over one service or all.
pub async fn analyze(
    client: &Client,
    service: Option<String>,
    from: Instant,
    to: Instant,
    changes: Option<&[Change]>,
) -> Result<(Period, Vec<String>), ApiError> {
    let org = org(client).await?;
    let query = Query {
        service: service.clone(),
        status: StatusChoice::All,
        since: Some(from),
        until: Some(to),
        limit: MOST,
        ..Query::default()
    };
    let (incidents, past, follow_ups) = tokio::join!(
        list_incidents(client, &org, &query),
        past(client, Some(from), 0),
        client.follow_ups(None)
    );
    let (incidents, past) = (incidents?.items, past?);
    let ids: HashSet<&str> = incidents.iter().map(|i| i.row.id.as_str()).collect();
    let follow_ups: Vec<FollowUp> = follow_ups
        .map(|l| l.items)
        .unwrap_or_default()
        .into_iter()
        .filter(|f| ids.contains(f.incident.as_str()))
        .collect();
    let told = looked_back(&incidents, &past, changes, &follow_ups, service, from, to);
    Ok((told, past.missing))
}

/// The pure part of it, for whoever has the history already.
pub fn looked_back(
    incidents: &[Incident],
    past: &Past,
    changes: Option<&[Change]>,
    follow_ups: &[FollowUp],
    service: Option<String>,
    from: Instant,
    to: Instant,
) -> Period {
    let none = Vec::new();
    let subjects = incidents.iter().map(|i| {
        subject_of(
            i,
            past.updates.get(&i.row.id).unwrap_or(&none),
            past.alerts.get(&i.row.id).cloned().unwrap_or_default(),
        )
    });
    let last = |i: &Incident| {
        past.updates
            .get(&i.row.id)
            .and_then(|u| u.iter().rfind(|x| !x.body.is_empty()))
            .map(|x| crate::domain::text::clean_line(&x.body))
    };
    let resolutions = incidents
        .iter()
        .filter(|i| !i.row.category.is_open())
        .filter_map(|i| Some((i.row.reference.to_string(), last(i)?)))
        .collect();
    let owners = past
        .graph
        .entries
        .iter()
        .map(|e| (e.name.clone(), past.graph.owner(e)))
        .collect();
    let facts = Facts {
        incidents,
        subjects: subjects.collect(),
        resolutions,
        owners,
        changes,
        follow_ups,
    };
    period(facts, service, from, to)
}

/// Columns of every export, whatever is in it.
pub const COLUMNS: [&str; 15] = [
    "reference",
    "name",
    "severity",
    "status",
    "category",
    "type",
    "visibility",
    "services",
    "lead",
    "creator",
    "created_at",
    "updated_at",
    "lasted_seconds",
    "permalink",
    "id",
];

/// One incident as a row of an export.
pub fn exported(incident: &Incident) -> BTreeMap<String, serde_json::Value> {
    let row = &incident.row;
    let mut out: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    let mut put = |name: &str, value: serde_json::Value| drop(out.insert(name.to_owned(), value));
    put("id", row.id.to_string().into());
    put("reference", row.reference.to_string().into());
    put("name", row.name.to_string().into());
    put("severity", row.severity.as_deref().into());
    put("status", row.status.to_string().into());
    put("category", row.category.label().into());
    put(
        "visibility",
        if row.visibility == crate::domain::Visibility::Public {
            "public"
        } else {
            "private"
        }
        .into(),
    );
    put("type", incident.kind.clone().into());
    put("services", row.service.as_deref().into());
    put("lead", row.lead.as_deref().into());
    put("creator", incident.creator.clone().into());
    put("created_at", stamp(row.created).into());
    put("updated_at", stamp(row.updated).into());
    put("lasted_seconds", lasted(incident).into());
    put("permalink", incident.permalink.clone().into());
    for duration in &incident.durations {
        put(
            &format!("duration: {}", duration.label),
            duration.value.into(),
        );
    }
    for field in &incident.fields {
        put(
            &format!("field: {}", field.label),
            field.value.clone().into(),
        );
    }
    out
}

fn stamp(at: Instant) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// What a shift hands over.
#[derive(Clone, Debug, Serialize)]
pub struct Handover {
    /// Since when.
    pub from: Instant,
    /// Until now.
    pub to: Instant,
    /// Incidents that are open, most severe first.
    pub open: Vec<Incident>,
    /// Incidents declared on the shift that are over.
    pub over: Vec<Incident>,
    /// Pages nobody answered.
    pub waiting: Vec<Escalation>,
    /// Pages on the shift.
    pub pages: usize,
    /// Follow-ups outstanding for more than two weeks.
    pub at_risk: Vec<FollowUp>,
    /// Changes on the shift.
    pub changes: Vec<Change>,
    /// Who is on call next, by schedule.
    pub next: Vec<(String, String)>,
    /// What could not be read.
    pub missing: Vec<String>,
}

/// Days after which an outstanding follow-up is at risk of being forgotten.
const FORGOTTEN: i64 = 14;

/// Gathers a handover since a time.
pub async fn handover(
    client: &Client,
    from: Instant,
    to: Instant,
    changes: Vec<Change>,
) -> Result<Handover, ApiError> {
    let filter = crate::incidentio::IncidentFilter {
        since: Some(from),
        ..Default::default()
    };
    let (open, declared, pages, follow_ups, schedules) = tokio::join!(
        super::open_incidents(client),
        client.incidents(&filter, 5_000),
        client.escalations(None, Some(from), 500),
        client.follow_ups(None),
        super::schedules(client)
    );
    let mut missing = Vec::new();
    let mut open = open?;
    open.sort_by(|a, b| a.row.order().cmp(&b.row.order()));
    let over = declared?
        .items
        .into_iter()
        .filter(|i| !i.row.category.is_open())
        .collect();
    let pages = pages.map(|l| l.items).unwrap_or_else(|e| {
        missing.push(format!("Pages could not be read: {e}"));
        Vec::new()
    });
    let follow_ups = follow_ups.map(|l| l.items).unwrap_or_else(|e| {
        missing.push(format!("Follow-ups could not be read: {e}"));
        Vec::new()
    });
    let mut at_risk: Vec<FollowUp> = follow_ups
        .into_iter()
        .filter(|f| f.status == "outstanding" && to - f.created > Duration::days(FORGOTTEN))
        .collect();
    at_risk.sort_by_key(|f| f.created);
    let who = |shifts: Vec<&Shift>| {
        shifts
            .iter()
            .filter_map(|s| s.person.as_ref())
            .map(|p| p.name.to_string())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let next = schedules.map(|all| {
        all.iter()
            .map(|s| (s.name.clone(), who(s.coming().iter().collect())))
            .filter(|(_, w)| !w.is_empty())
            .collect()
    });
    let next = next.unwrap_or_else(|e| {
        missing.push(format!("Schedules could not be read: {e}"));
        Vec::new()
    });
    let on_shift = pages.iter().filter(|p| p.created >= from).count();
    Ok(Handover {
        from,
        to,
        open,
        over,
        waiting: pages.into_iter().filter(Escalation::is_waiting).collect(),
        pages: on_shift,
        at_risk,
        changes,
        next,
        missing,
    })
}

/// The shift of a person that runs now or ended last, as its begin; nothing where the schedules do not tell.
pub async fn shift_begin(client: &Client, person: &str, now: Instant) -> Option<Instant> {
    let all = super::schedules(client).await.ok()?;
    let mut begins = Vec::new();
    for schedule in all {
        let shifts = client
            .shifts(&schedule.id, now - Duration::days(2), now)
            .await
            .ok()?
            .items;
        begins.extend(
            shifts
                .iter()
                .filter(|s| {
                    s.start <= now && s.person.as_ref().is_some_and(|p| p.id.as_str() == person)
                })
                .map(|s| s.start),
        );
    }
    begins.into_iter().max()
}

/// Everything a draft about an incident is made from.
pub async fn rows(
    client: &Client,
    reference: &str,
    finding: Option<crate::domain::Finding>,
    now: Instant,
) -> Result<crate::draft::Rows, ApiError> {
    let incident = client.incident(reference).await?;
    let id = &incident.row.id;
    let (timeline, actions, follow_ups) = tokio::join!(
        super::timeline(client, id),
        super::actions(client, Some(id)),
        super::follow_ups(client, Some(id))
    );
    Ok(crate::draft::Rows {
        timeline: timeline?.items,
        actions: actions.unwrap_or_default(),
        follow_ups: follow_ups.unwrap_or_default(),
        incident,
        finding,
        now,
    })
}
