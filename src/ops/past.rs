//! What happened before: the history with what was written about it, and which of it is like one incident.

use super::{ApiError, Client, catalog};
use crate::domain::{CatalogGraph, Incident, IncidentId, Instant, TimelineEntry};
use crate::incidentio::IncidentFilter;
use crate::similar::{Index, Match, Neighbours, PairVerdicts, Search, Subject};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// Incidents of a history that are read at most, and updates and alerts with them.
const MOST: usize = 100_000;
/// Matches whose cause and resolution are looked up: each costs two requests.
const LOOKED_UP: usize = 8;

/// A history.
#[derive(Default)]
pub struct Past {
    /// Incidents, newest first.
    pub incidents: Vec<Incident>,
    /// Their updates, oldest first.
    pub updates: HashMap<IncidentId, Vec<TimelineEntry>>,
    /// Names of their alerts.
    pub alerts: HashMap<IncidentId, Vec<String>>,
    /// The catalog.
    pub graph: CatalogGraph,
    /// What could not be read.
    pub missing: Vec<String>,
}

/// Reads the history since a time, with updates and alerts in one sweep each: a page of 250 updates or of 50 alerts is one
/// request, whatever incidents they belong to.
pub async fn past(client: &Client, since: Option<Instant>, most: usize) -> Result<Past, ApiError> {
    let filter = IncidentFilter {
        since,
        ..IncidentFilter::default()
    };
    let (incidents, updates, alerts, graph) = tokio::join!(
        client.incidents(&filter, most.min(MOST)),
        client.all_updates(MOST),
        client.attached_alerts(MOST),
        catalog(client)
    );
    let mut past = Past {
        incidents: incidents?.items,
        ..Past::default()
    };
    match updates {
        Ok(listed) => listed
            .items
            .into_iter()
            .for_each(|(id, item)| past.updates.entry(id).or_default().push(item)),
        Err(e) => past.missing.push(format!("Updates could not be read: {e}")),
    }
    past.updates
        .values_mut()
        .for_each(|items| items.sort_by_key(|i| i.at));
    match alerts {
        Ok(listed) => listed
            .items
            .into_iter()
            .for_each(|(id, name)| past.alerts.entry(id).or_default().push(name)),
        Err(e) => past.missing.push(format!("Alerts could not be read: {e}")),
    }
    match graph {
        Ok(graph) => past.graph = graph,
        Err(e) => past
            .missing
            .push(format!("The catalog could not be read: {e}")),
    }
    Ok(past)
}

impl Past {
    /// An incident as it is compared.
    pub fn subject(&self, incident: &Incident) -> Subject {
        let none = Vec::new();
        let updates = self.updates.get(&incident.row.id).unwrap_or(&none);
        subject_of(
            incident,
            updates,
            self.alerts
                .get(&incident.row.id)
                .cloned()
                .unwrap_or_default(),
        )
    }

    /// The index of it all.
    pub fn index(&self) -> Index {
        let mut index = Index::default();
        self.incidents
            .iter()
            .for_each(|i| index.put(self.subject(i)));
        index
    }
}

/// An incident as it is compared.
pub fn subject_of(incident: &Incident, updates: &[TimelineEntry], alerts: Vec<String>) -> Subject {
    let row = &incident.row;
    let told: Vec<&str> = updates.iter().map(|u| u.body.as_str()).collect();
    Subject {
        id: row.id.to_string(),
        reference: row.reference.to_string(),
        name: row.name.to_string(),
        text: format!("{}\n{}", incident.summary, told.join("\n")),
        services: row.services().map(str::to_owned).collect(),
        alerts,
        kind: incident.kind.clone(),
        created: row.created.timestamp(),
    }
}

/// Which services are one call apart.
pub fn neighbours(graph: &CatalogGraph) -> Neighbours {
    let mut near: Neighbours = BTreeMap::new();
    for entry in &graph.entries {
        for (_, other) in graph
            .down(&entry.id)
            .into_iter()
            .filter(|(_, o)| o.kind == entry.kind)
        {
            near.entry(entry.name.clone())
                .or_default()
                .insert(other.name.clone());
            near.entry(other.name.clone())
                .or_default()
                .insert(entry.name.clone());
        }
    }
    near
}

/// What is known of how an incident went.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Seen {
    /// What caused it, in its responders' words; empty where nobody wrote it down.
    pub cause: String,
    /// How it was resolved, the same.
    pub resolution: String,
    /// Seconds it took; absent while it is open or where nothing tells.
    pub seconds: Option<i64>,
    /// Who led it.
    pub lead: Option<String>,
    /// Its status.
    pub status: String,
    /// Whether it is open: then the two may be one storm.
    pub open: bool,
}

/// One incident that is like another, with how it went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recalled {
    /// Which, how alike, and why.
    #[serde(flatten)]
    pub found: Match,
    /// How it went.
    #[serde(flatten)]
    pub seen: Seen,
}

/// Past incidents that are like one, best first, with what people said of pairs.
pub async fn similar(
    client: &Client,
    reference: &str,
    threshold: u8,
    since: Option<Instant>,
    most: usize,
    told: &PairVerdicts,
) -> Result<(Vec<Recalled>, Vec<String>), ApiError> {
    let asked = client.incident(reference).await?;
    let mut past = past(client, since, MOST).await?;
    let subject = {
        if !past.incidents.iter().any(|i| i.row.id == asked.row.id) {
            past.incidents.push(asked.clone());
        }
        past.subject(&asked)
    };
    let near = neighbours(&past.graph);
    let index = past.index();
    let since = since.map(|s| s.timestamp());
    let told = with_relations(client, &asked, told).await;
    let found = tokio::task::spawn_blocking(move || {
        let search = Search {
            near: &near,
            verdicts: &told,
            since,
            least: threshold,
            most,
        };
        index.find(&subject, &search).unwrap_or_default()
    })
    .await;
    let found = found.map_err(|e| ApiError::User(format!("The comparison broke off: {e}.")))?;
    let recalled = recall(client, &past, found).await;
    Ok((recalled, past.missing))
}

/// Pairs that people related in incident.io count as said to be the same.
pub async fn with_relations(
    client: &Client,
    asked: &Incident,
    told: &PairVerdicts,
) -> PairVerdicts {
    let mut told = told.clone();
    for related in client
        .related(&asked.row.id)
        .await
        .map(|l| l.items)
        .unwrap_or_default()
    {
        told.same.insert(PairVerdicts::pair(
            asked.row.id.as_str(),
            related.id.as_str(),
        ));
    }
    told
}

/// The newest incidents an investigation compares with: two requests.
const RECENT: usize = 500;
/// Percent of likeness from which what resolved an incident is worth telling in another.
const WORTH: u8 = 50;

/// What resolved the incidents most like one, by their names and summaries alone: reference and words. For an
/// investigation, which has no time to read every update.
pub async fn resolved_before(client: &Client, asked: &Incident) -> Vec<(String, String)> {
    let Ok(listed) = client.incidents(&IncidentFilter::default(), RECENT).await else {
        return Vec::new();
    };
    let past = Past {
        incidents: listed.items,
        ..Past::default()
    };
    let mut index = Index::default();
    past.incidents
        .iter()
        .filter(|i| !i.row.category.is_open())
        .for_each(|i| index.put(past.subject(i)));
    let search = Search {
        near: &Neighbours::new(),
        verdicts: &PairVerdicts::default(),
        since: None,
        least: WORTH,
        most: 2,
    };
    let found = index
        .find(&past.subject(asked), &search)
        .unwrap_or_default();
    let recalled = recall(client, &past, found).await;
    recalled
        .into_iter()
        .filter(|r| !r.seen.resolution.is_empty())
        .map(|r| (r.found.reference, r.seen.resolution))
        .collect()
}

/// How matches went: the first ones from their post-mortems and notes, the rest from what the list tells.
pub async fn recall(client: &Client, past: &Past, found: Vec<Match>) -> Vec<Recalled> {
    let mut all = Vec::new();
    for (at, found) in found.into_iter().enumerate() {
        let incident = past.incidents.iter().find(|i| i.row.id == found.id);
        let mut seen = incident.map(from_list_row).unwrap_or_default();
        if at < LOOKED_UP {
            read_up(client, &found.id, &mut seen).await;
        }
        if seen.resolution.is_empty()
            && let Some(last) = past
                .updates
                .get(&found.id)
                .and_then(|u| u.iter().rfind(|i| !i.body.is_empty()))
            && incident.is_some_and(|i| !i.row.category.is_open())
        {
            seen.resolution = one_line(&last.body);
        }
        all.push(Recalled { found, seen });
    }
    all
}

fn from_list_row(incident: &Incident) -> Seen {
    let resolve = incident
        .durations
        .iter()
        .find(|d| d.label.to_lowercase().contains("resol"));
    Seen {
        seconds: resolve.or(incident.durations.first()).map(|d| d.value),
        lead: incident.row.lead.as_deref().map(str::to_owned),
        status: incident.row.status.to_string(),
        open: incident.row.category.is_open(),
        ..Seen::default()
    }
}

/// Headings under which post-mortems tell the cause, and the resolution.
const CAUSE: &[&str] = &[
    "cause",
    "root cause",
    "contributing factors",
    "why it happened",
    "what caused it",
];
const RESOLUTION: &[&str] = &[
    "resolution",
    "how it was resolved",
    "fix",
    "mitigation",
    "what we did",
];

async fn read_up(client: &Client, id: &IncidentId, seen: &mut Seen) {
    if let Some(document) = client
        .documents(Some(id))
        .await
        .ok()
        .and_then(|l| l.items.into_iter().next())
        && let Ok(text) = client.document_text(&document.id).await
    {
        seen.cause = section(&text, CAUSE);
        seen.resolution = section(&text, RESOLUTION);
    }
    if seen.cause.is_empty() || seen.resolution.is_empty() {
        let notes = client
            .timeline(id)
            .await
            .map(|l| l.items)
            .unwrap_or_default();
        let note = |words: &[&str]| {
            let told = notes
                .iter()
                .rev()
                .find(|n| words.iter().any(|w| n.title.to_lowercase().contains(w)));
            told.map(|n| one_line(if n.body.is_empty() { &n.title } else { &n.body }))
                .unwrap_or_default()
        };
        if seen.cause.is_empty() {
            seen.cause = note(&["cause"]);
        }
        if seen.resolution.is_empty() {
            seen.resolution = note(&["resolved", "resolution", "fixed", "rolled back"]);
        }
    }
}

/// The first paragraph under a heading of markdown.
fn section(markdown: &str, names: &[&str]) -> String {
    let mut lines = markdown.lines();
    let is_heading = |line: &str| {
        line.starts_with('#')
            && names
                .iter()
                .any(|n| line.trim_start_matches('#').trim().to_lowercase() == *n)
    };
    if !lines.any(is_heading) {
        return String::new();
    }
    let text: Vec<&str> = lines
        .take_while(|l| !l.starts_with('#'))
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .take(3)
        .collect();
    one_line(&text.join(" "))
}

fn one_line(text: &str) -> String {
    crate::domain::text::fit(&crate::domain::text::clean_line(text), 240)
}
