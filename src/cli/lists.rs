//! What can be read as a table, or one thing of it in full.

use super::Front;
use super::output::{self, tell, tell_missing, tell_more};
use super::periods::point;
use crate::domain::priority::{label, priorities};
use crate::domain::text;
use crate::domain::{self, CatalogEntry, IncidentId, TimelineEntry, UserId};
use crate::draft::{
    Days, catalog_entry_json, catalog_entry_lines, columns, incident_lines, timeline_line,
};
use crate::session::{ApiError, Query, Session, StatusChoice, Timeline, plain_id};
use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

/// One incident.
#[derive(Args)]
pub struct Incident {
    /// INC-123, 123 or an id.
    incident: String,
}

impl Incident {
    /// Its id.
    pub async fn id(&self, session: &Session) -> Result<IncidentId, ApiError> {
        Ok(session.incident(&self.incident).await?.row.id)
    }
}

/// Which of the things that belong to incidents.
#[derive(Args)]
pub struct OfIncident {
    /// Only those of this incident.
    #[arg(long)]
    incident: Option<String>,
}

impl OfIncident {
    /// Its id, which the API filters by.
    pub async fn id(&self, session: &Session) -> Result<Option<IncidentId>, ApiError> {
        match &self.incident {
            Some(reference) => Ok(Some(session.incident(reference).await?.row.id)),
            None => Ok(None),
        }
    }
}

/// How many.
#[derive(Args)]
pub struct Most {
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
}

/// Which incidents.
#[derive(Args)]
pub struct Incidents {
    /// Only those that name this service.
    #[arg(long)]
    service: Option<String>,
    /// Only this severity, by name or priority; may be repeated.
    #[arg(long)]
    severity: Vec<String>,
    /// Which statuses.
    #[arg(long, value_enum, default_value = "active")]
    status: StatusChoice,
    /// Declared since: 7d, a date, or RFC 3339.
    #[arg(long)]
    since: Option<String>,
    /// Declared until.
    #[arg(long)]
    until: Option<String>,
    #[command(flatten)]
    most: Most,
}

/// Incidents as asked, newest first.
pub async fn incidents(front: &Front, asked: Incidents) -> Result<(), ApiError> {
    let session = &front.session;
    let read = |flag, raw: Option<String>| raw.map(|raw| point(flag, &raw, session)).transpose();
    let query = Query {
        service: asked.service,
        severities: asked.severity,
        status: asked.status,
        since: read("--since", asked.since)?,
        until: read("--until", asked.until)?,
        limit: asked.most.limit,
    };
    let (listed, severities) = session.list_ranked(&query).await?;
    if listed.unreadable > 0 {
        let unreadable = text::counted(listed.unreadable, "incident", "incidents");
        tell(&format!("{unreadable} could not be read."));
    }
    tell_more(listed.more, listed.items.len());
    let ranked = priorities(&severities, &session.config().priorities);
    let labelled = |incident: domain::Incident| columns::Prioritized {
        priority: label(&ranked, incident.row.severity.as_deref()),
        incident,
    };
    let all: Vec<columns::Prioritized> = listed.items.into_iter().map(labelled).collect();
    front.list(&all, columns::INCIDENTS)
}

/// Who is on call, a row for each rotation.
pub async fn on_call(front: &Front) -> Result<(), ApiError> {
    let (schedules, me) = tokio::join!(front.session.schedules(), me(front));
    let schedules = schedules?;
    let rows = columns::on_duty(&schedules, me.as_ref());
    let zone = front.zone_name();
    let table = (&rows[..], &front.moment(), &*zone);
    front
        .output
        .print_table(table, columns::ON_CALL, &schedules)
}

/// Who reads, for what only a person is told; nothing where that is not known.
async fn me(front: &Front) -> Option<UserId> {
    if front.output.is_json() {
        return None;
    }
    let org = front.session.org().await.ok()?;
    front.session.me(&org).map(|me| me.id.clone())
}

/// The coming days of a schedule, person by person.
pub async fn days_of(front: &Front, schedule: &str, days: i64) -> Result<(), ApiError> {
    let whole_days = front.session.whole_days(schedule, days);
    let (read, me) = tokio::join!(whole_days, me(front));
    let (schedule, shifts) = read?;
    let days = Days {
        schedule: &schedule,
        shifts: &shifts,
        from: front.session.now(),
        days,
        me: me.as_ref(),
    };
    let lines = days.in_both_zones(front.zone, output::width());
    front.output.print(&days.json(), &lines)
}

/// What is printed of one incident with its timeline.
#[derive(Serialize)]
struct Detail<'a> {
    incident: &'a domain::Incident,
    timeline: &'a [TimelineEntry],
    missing: &'a [String],
}

/// One incident.
pub async fn incident(front: &Front, of: &Incident, whole: bool) -> Result<(), ApiError> {
    let incident = front.session.incident(&of.incident).await?;
    let mut lines = incident_lines(&incident, front.zone);
    if !whole {
        return front.output.print(&incident, &lines);
    }
    let Timeline { items, missing, .. } = front.session.timeline(&incident.row.id).await?;
    lines.extend([String::new(), format!("Timeline ({})", front.zone_name())]);
    let now = front.session.now();
    lines.extend(items.iter().map(|i| timeline_line(i, now, front.zone)));
    let body = Detail {
        incident: &incident,
        timeline: &items,
        missing: &missing,
    };
    front.output.print(&body, &lines)
}

/// An incident's timeline.
pub async fn timeline(front: &Front, of: &Incident) -> Result<(), ApiError> {
    let id = of.id(&front.session).await?;
    let read = front.session.timeline(&id).await?;
    tell_missing(&read.missing);
    front.list(&read.items, columns::TIMELINE)
}

/// Entries of the catalog in which all words occur.
pub async fn entries(front: &Front, words: &[String]) -> Result<(), ApiError> {
    let graph = front.session.catalog().await?;
    let found: Vec<CatalogEntry> = graph.search(words).cloned().collect();
    let json = found.iter().map(|e| catalog_entry_json(&graph, e));
    let (json, table): (Vec<Value>, _) = (json.collect(), (&found[..], &graph, ""));
    let columns = columns::CATALOG_ENTRIES;
    front.output.print_table(table, columns, &json)
}

/// One entry of the catalog with what it needs and what needs it.
pub async fn entry(front: &Front, named: &str) -> Result<(), ApiError> {
    let graph = front.session.catalog().await?;
    let none = || {
        ApiError::User(format!(
            "There is no catalog entry \"{named}\"; try hotseat catalog search {named}."
        ))
    };
    let e = graph.find(named).ok_or_else(none)?;
    let lines = catalog_entry_lines(&graph, e);
    front.output.print(&catalog_entry_json(&graph, e), &lines)
}

/// One document's text.
pub async fn document(front: &Front, id: &str) -> Result<(), ApiError> {
    let markdown = front.session.document_text(plain_id(id)?).await?;
    let body = json!({"id": id, "markdown": markdown});
    front.output.print(&body, &[markdown])
}
