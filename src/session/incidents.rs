//! Listing incidents in the user's words, and one incident's timeline from its five sources.

use super::history::HistoryChunk;
use super::{ApiError, Listed, Session, Upstream, reads};
use crate::domain::{
    Alert, EntryKind, Escalation, Incident, IncidentId, Instant, Priority, Severity,
    StatusCategory, TimelineEntry, Verbatim, priority, timeline as merging,
};
use crate::incidentio::{Client, IncidentFilter};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Which statuses a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum StatusChoice {
    /// Triage, active, paused.
    #[default]
    Active,
    /// Post-incident, closed, declined, merged, canceled.
    Resolved,
    /// Everything.
    All,
}

/// What a list is asked for, in the user's words.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// A service, by name, alias or id.
    pub service: Option<String>,
    /// Severities, by name or priority (`P1`).
    pub severities: Vec<String>,
    /// Which statuses.
    pub status: StatusChoice,
    /// Declared since.
    pub since: Option<Instant>,
    /// Declared until.
    pub until: Option<Instant>,
    /// At most so many.
    pub limit: usize,
}

/// Open, in the platform's categories.
pub(super) const OPEN: [StatusCategory; 3] = [
    StatusCategory::Triage,
    StatusCategory::Live,
    StatusCategory::Paused,
];
/// Over, one way or another.
pub(super) const OVER: [StatusCategory; 5] = [
    StatusCategory::Learning,
    StatusCategory::Closed,
    StatusCategory::Declined,
    StatusCategory::Merged,
    StatusCategory::Canceled,
];
/// Open incidents that are read at most: an organisation with more has another trouble than finding them here.
pub(super) const MOST_OPEN: usize = 5_000;
/// Incidents that changed since the last question, at most.
pub(super) const MOST_CHANGED: usize = 10_000;
/// Escalations of one incident, at most.
const MOST_PAGES: usize = 200;

impl Session {
    /// Incidents as asked, newest first.
    pub async fn list(&self, query: &Query) -> Result<Listed<Incident>, ApiError> {
        match query.severities.is_empty() {
            true => self.list_of(query, Vec::new()).await,
            false => Ok(self.list_ranked(query).await?.0),
        }
    }

    /// The same with the organisation's severities, the worst first.
    pub async fn list_ranked(
        &self,
        query: &Query,
    ) -> Result<(Listed<Incident>, Vec<Severity>), ApiError> {
        let severities = reads::severities(&self.client);
        if query.severities.is_empty() {
            let (listed, known) = tokio::join!(self.list_of(query, Vec::new()), severities);
            return Ok((listed?, known?));
        }
        let known = severities.await?;
        let wanted = severity_ids(&known, &query.severities, &self.config.priorities)?;
        Ok((self.list_of(query, wanted).await?, known))
    }

    async fn list_of(
        &self,
        query: &Query,
        severities: Vec<String>,
    ) -> Result<Listed<Incident>, ApiError> {
        let mut filter = IncidentFilter {
            since: query.since,
            until: query.until,
            severities,
            categories: match query.status {
                StatusChoice::Active => OPEN.to_vec(),
                StatusChoice::Resolved => OVER.to_vec(),
                StatusChoice::All => vec![],
            },
            ..IncidentFilter::default()
        };
        if let Some(service) = &query.service {
            filter.field = Some(self.service_filter(service).await?);
        }
        self.client.incidents(&filter, query.limit).await
    }

    /// The services a word means: the one of that name, alias or id, or all that a team of that name owns.
    async fn service_filter(&self, service: &str) -> Result<(String, Vec<String>), ApiError> {
        let fields = self.client.custom_fields();
        let (graph, fields) = tokio::try_join!(reads::catalog(&self.client), fields)?;
        let meant = reads::services_meant(&graph, service)?;
        let found = meant.iter().map(|e| e.id.to_string()).collect();
        let none = || {
            ApiError::User("No custom field of this organisation names services, so incidents cannot be listed by service.".into())
        };
        let fields = reads::service_fields(&fields.items, &graph.types);
        Ok((fields.into_iter().next().ok_or_else(none)?, found))
    }

    /// Everything that is open: triage, active, paused.
    pub async fn open_incidents(&self) -> Result<Vec<Incident>, ApiError> {
        self.client.open_incidents().await
    }

    /// The timeline of an incident: five sources at once; one that fails is named, not fatal.
    pub async fn timeline(&self, id: &IncidentId) -> Result<Timeline, ApiError> {
        timeline(&self.client, id).await
    }

    /// Whether anything has happened in an incident since an entry of its activity log: one small request.
    pub async fn has_news(&self, id: &IncidentId, after: &str) -> Result<bool, ApiError> {
        has_news(&self.client, id, after).await
    }
}

/// Ids of the severities that words mean: names, or priorities such as `P1`.
pub(super) fn severity_ids(
    all: &[Severity],
    wanted: &[String],
    configured: &BTreeMap<String, Priority>,
) -> Result<Vec<String>, ApiError> {
    let priorities = priority::priorities(all, configured);
    let mut ids = Vec::new();
    for word in wanted {
        let ranks = |name: &str| {
            let of = |(n, p): &(String, priority::Priority)| {
                n == name && p.label().eq_ignore_ascii_case(word)
            };
            name.eq_ignore_ascii_case(word) || priorities.iter().any(of)
        };
        let before = ids.len();
        ids.extend(
            all.iter()
                .filter(|s| ranks(&s.name))
                .map(|s| s.id.to_string()),
        );
        if ids.len() == before {
            let known: Vec<&str> = all.iter().map(|s| s.name.as_ref()).collect();
            return Err(ApiError::User(format!(
                "There is no severity \"{word}\"; this organisation has {}.",
                known.join(", ")
            )));
        }
    }
    Ok(ids)
}

impl Upstream for Arc<Client> {
    fn now(&self) -> Instant {
        Client::now(self)
    }

    async fn open_incidents(&self) -> Result<Vec<Incident>, ApiError> {
        let filter = IncidentFilter::in_categories(&OPEN);
        Ok(self.incidents(&filter, MOST_OPEN).await?.items)
    }

    async fn changed(&self, since: Instant) -> Result<Vec<Incident>, ApiError> {
        let filter = IncidentFilter::changed_since(since);
        Ok(self.incidents(&filter, MOST_CHANGED).await?.items)
    }

    async fn between(
        &self,
        from: Instant,
        to: Instant,
        pages: &mpsc::Sender<HistoryChunk>,
    ) -> Result<usize, ApiError> {
        let filter = IncidentFilter::declared(from, to);
        let mut count = 0;
        let hand_on = |page: Vec<Incident>| {
            count += page.len();
            async move { drop(pages.send((page, None)).await) }
        };
        self.incident_pages(&filter, hand_on).await?;
        Ok(count)
    }

    async fn one(&self, id: &IncidentId) -> Result<Option<Incident>, ApiError> {
        match self.incident(id.as_str()).await {
            Err(ApiError::Http { status: 404, .. }) => Ok(None),
            told => told.map(Some),
        }
    }

    async fn newest(&self, most: usize) -> Result<Vec<Incident>, ApiError> {
        let all = self.incidents(&IncidentFilter::default(), most).await?;
        Ok(all.items)
    }

    async fn count(&self, since: Option<Instant>) -> Result<Option<i64>, ApiError> {
        let filter = IncidentFilter {
            since,
            ..IncidentFilter::default()
        };
        self.count_incidents(&filter).await
    }
}

/// The timeline of an incident, and what is needed to ask cheaply whether anything has happened since.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// Its lines, oldest first.
    pub items: Vec<TimelineEntry>,
    /// What could not be read, each with its sentence.
    pub missing: Vec<String>,
    /// The newest entry of the activity log.
    pub last_activity: Option<String>,
}

pub(super) async fn has_news(
    client: &Client,
    id: &IncidentId,
    after: &str,
) -> Result<bool, ApiError> {
    Ok(!client.activity(id, Some(after)).await?.items.is_empty())
}

pub(super) async fn timeline(client: &Client, id: &IncidentId) -> Result<Timeline, ApiError> {
    let (curated, updates, activity, escalations, alerts) = tokio::join!(
        client.timeline(id),
        client.updates(id),
        client.activity(id, None),
        client.escalations(std::slice::from_ref(id), None, MOST_PAGES),
        client.incident_alerts(id)
    );
    if let (Err(a), Err(_), Err(_)) = (&curated, &updates, &activity) {
        return Err(a.clone());
    }
    let last_activity = activity
        .as_ref()
        .ok()
        .and_then(|log| log.items.last())
        .map(|entry| entry.id.clone());
    let mut all = Merging::default();
    for source in [curated, updates, activity] {
        all.take(source, |entry| vec![entry]);
    }
    all.take(escalations, |e| escalation_lines(&e));
    all.take(alerts, |a| alert_lines(&a));
    // The log repeats what the sources themselves tell better.
    all.items
        .retain(|i| i.kind != EntryKind::Activity || !is_told_elsewhere(&i.title));
    Ok(Timeline {
        items: merging::merge(all.items),
        missing: all.missing,
        last_activity,
    })
}

#[derive(Default)]
struct Merging {
    items: Vec<TimelineEntry>,
    missing: Vec<String>,
}

impl Merging {
    fn take<T>(
        &mut self,
        source: Result<Listed<T>, ApiError>,
        lines: impl Fn(T) -> Vec<TimelineEntry>,
    ) {
        match source {
            Ok(listed) => self.items.extend(listed.items.into_iter().flat_map(lines)),
            Err(e) => self.missing.push(e.to_string()),
        }
    }
}

fn is_told_elsewhere(title: &str) -> bool {
    ["Update shared", "Alert attached", "Escalation"]
        .iter()
        .any(|p| title.starts_with(p))
}

fn escalation_lines(e: &Escalation) -> Vec<TimelineEntry> {
    let told = e.events.iter().filter(|event| event.kind != "triggered");
    told.enumerate()
        .map(|(n, event)| {
            let people = event.names();
            let verb = match event.kind.as_str() {
                "notified_users" => format!("Paged {people}"),
                "notified_channels" => "Paged a channel".into(),
                "acked" => format!("{people} acknowledged"),
                other => other.replace('_', " "),
            };
            TimelineEntry {
                id: format!("{}-{n}", e.id),
                at: event.at,
                kind: EntryKind::Escalation,
                title: format!("{verb}: {}", e.title),
                body: String::new(),
                actor: String::new(),
                written: Verbatim::default(),
            }
        })
        .collect()
}

fn alert_lines(a: &Alert) -> Vec<TimelineEntry> {
    let line = |suffix: &str, at, verb: &str| TimelineEntry {
        id: format!("{}-{suffix}", a.id),
        at,
        kind: EntryKind::Alert,
        title: format!("{verb}: {}", a.title),
        body: a.description.clone(),
        actor: String::new(),
        written: Verbatim::default(),
    };
    let mut lines = vec![line("fired", a.created, "Fired")];
    lines.extend(
        a.resolved
            .filter(|at| *at > a.created)
            .map(|at| line("cleared", at, "Cleared")),
    );
    lines
}
