//! Listing incidents, loading a long history, and one incident with everything around it.

use super::{ApiError, Client, Listed};
use crate::domain::{
    CatalogEntry, EntryKind, Incident, IncidentId, Instant, Org, StatusCategory, TimelineEntry,
    timeline,
};
use crate::incidentio::IncidentFilter;
use chrono::Duration;
use serde::Serialize;
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

/// Incidents as asked, newest first.
pub async fn list_incidents(
    client: &Client,
    org: &Org,
    query: &Query,
) -> Result<Listed<Incident>, ApiError> {
    use StatusCategory as C;
    let mut filter = IncidentFilter {
        since: query.since,
        until: query.until,
        ..IncidentFilter::default()
    };
    filter.categories = match query.status {
        StatusChoice::Active => vec![C::Triage, C::Live, C::Paused],
        StatusChoice::Resolved => vec![C::Learning, C::Closed, C::Declined, C::Merged, C::Canceled],
        StatusChoice::All => vec![],
    };
    let priorities = crate::domain::priority::priorities(&org.severities, &Default::default());
    for wanted in &query.severities {
        let named = |name: &str| {
            name.eq_ignore_ascii_case(wanted)
                || priorities
                    .iter()
                    .any(|(n, p)| n == name && p.label().eq_ignore_ascii_case(wanted))
        };
        let found: Vec<String> = org
            .severities
            .iter()
            .filter(|s| named(&s.name))
            .map(|s| s.id.to_string())
            .collect();
        if found.is_empty() {
            let known = org
                .severities
                .iter()
                .map(|s| s.name.as_ref())
                .collect::<Vec<_>>()
                .join(", ");
            return Err(ApiError::User(format!(
                "There is no severity \"{wanted}\"; this organisation has {known}."
            )));
        }
        filter.severities.extend(found);
    }
    if let Some(service) = &query.service {
        filter.field = Some(service_filter(client, org, service).await?);
    }
    client.incidents(&filter, query.limit).await
}

/// The services a word means: the one of that name, alias or id, or all that a team of that name owns.
async fn service_filter(
    client: &Client,
    org: &Org,
    service: &str,
) -> Result<(String, Vec<String>), ApiError> {
    let graph = super::catalog(client).await?;
    let is_service = |e: &&CatalogEntry| graph.kind(e).is_some_and(|kind| kind.is_service());
    let named = graph
        .find(service)
        .filter(is_service)
        .map(|e| vec![e.id.to_string()]);
    let owned = || {
        let owner = |e: &&CatalogEntry| graph.owner(e).eq_ignore_ascii_case(service);
        graph
            .entries
            .iter()
            .filter(is_service)
            .filter(owner)
            .map(|e| e.id.to_string())
            .collect::<Vec<_>>()
    };
    let found = named.unwrap_or_else(owned);
    if found.is_empty() {
        return Err(ApiError::User(format!(
            "There is no service or team \"{service}\"; try hotseat catalog search {service}."
        )));
    }
    let none = || {
        ApiError::User("No custom field of this organisation names services, so incidents cannot be listed by service.".into())
    };
    Ok((org.service_fields.first().ok_or_else(none)?.clone(), found))
}

/// Everything that is open: triage, active, paused.
pub async fn open_incidents(client: &Client) -> Result<Vec<Incident>, ApiError> {
    use StatusCategory as C;
    Ok(client
        .incidents(
            &IncidentFilter {
                categories: vec![C::Triage, C::Live, C::Paused],
                ..IncidentFilter::default()
            },
            5_000,
        )
        .await?
        .items)
}

/// What changed since, by the platform's clock.
pub async fn changed_incidents(client: &Client, since: Instant) -> Result<Vec<Incident>, ApiError> {
    Ok(client
        .incidents(
            &IncidentFilter {
                updated_since: Some(since),
                ..IncidentFilter::default()
            },
            10_000,
        )
        .await?
        .items)
}

/// Windows a long history is loaded in side by side: more would only wait for the rate limit.
const WINDOWS: i64 = 6;

/// A stretch of a history that was loaded: from, to.
pub type Slice = (Instant, Instant);

/// Part of a history: its incidents, and the stretch they are all of, where they are.
pub type HistoryChunk = (Vec<Incident>, Option<Slice>);

/// Loads the whole history in parallel time windows, each page handed on as it comes. Open incidents come first. Stretches
/// that were loaded before are not asked for again.
pub async fn history(
    client: Arc<Client>,
    now: Instant,
    loaded: Vec<Slice>,
    pages: mpsc::Sender<HistoryChunk>,
) -> Result<usize, ApiError> {
    let first = open_incidents(&client).await?;
    let mut count = first.len();
    let _ = pages.send((first, None)).await;
    let total = client
        .count_incidents(&IncidentFilter::default())
        .await?
        .unwrap_or(0);
    // Few enough for one walk: windows would only cost requests.
    if total <= 500 {
        let all = client
            .incidents(&IncidentFilter::default(), 1_000)
            .await?
            .items;
        count += all.len();
        let _ = pages.send((all, None)).await;
        return Ok(count);
    }
    let oldest = find_oldest(&client, now, total).await?;
    let step = (now - oldest) / i32::try_from(WINDOWS).unwrap_or(1);
    let loaded = Arc::new(loaded);
    let mut tasks = tokio::task::JoinSet::new();
    for window in 0..WINDOWS {
        let (client, pages, loaded) = (client.clone(), pages.clone(), loaded.clone());
        let from = oldest + step * i32::try_from(window).unwrap_or(0);
        let to = if window == WINDOWS - 1 {
            now + Duration::days(1)
        } else {
            from + step
        };
        tasks.spawn(async move { walk(&client, from, to, &loaded, &pages).await });
    }
    while let Some(done) = tasks.join_next().await {
        count +=
            done.map_err(|e| ApiError::User(format!("Loading the history broke off: {e}.")))??;
    }
    Ok(count)
}

/// One window, a week or more at a time, so that pages reach the screen while the rest still loads.
async fn walk(
    client: &Client,
    from: Instant,
    to: Instant,
    loaded: &[Slice],
    pages: &mpsc::Sender<HistoryChunk>,
) -> Result<usize, ApiError> {
    let (mut end, mut count) = (to, 0);
    let mut length = ((to - from) / 8).max(Duration::days(1));
    while end > from {
        if let Some((known, _)) = loaded.iter().find(|(a, b)| *a < end && end <= *b) {
            end = *known;
            continue;
        }
        let start = (end - length).max(from);
        let filter = IncidentFilter {
            since: Some(start),
            until: Some(end),
            ..IncidentFilter::default()
        };
        let items = client.incidents(&filter, usize::MAX).await?.items;
        count += items.len();
        // About eight pages a slice: fewer wastes requests on edges, more holds memory.
        length = if items.len() < 500 {
            length * 2
        } else if items.len() > 4_000 {
            (length / 2).max(Duration::hours(1))
        } else {
            length
        };
        let _ = pages.send((items, Some((start, end)))).await;
        end = start;
    }
    Ok(count)
}

/// A time before the first incident, by doubling steps backwards.
async fn find_oldest(client: &Client, now: Instant, total: i64) -> Result<Instant, ApiError> {
    let mut days = 90;
    loop {
        let since = now - Duration::days(days);
        let counted = client
            .count_incidents(&IncidentFilter {
                since: Some(since),
                ..IncidentFilter::default()
            })
            .await?
            .unwrap_or(total);
        if counted >= total || days > 10_000 {
            return Ok(since);
        }
        days *= 2;
    }
}

/// Everything around one incident.
#[derive(Clone, Debug, Serialize)]
pub struct Detail {
    /// The incident.
    pub incident: Incident,
    /// Its timeline.
    pub timeline: Vec<TimelineEntry>,
    /// What could not be read, each with its sentence.
    pub missing: Vec<String>,
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

/// Whether anything has happened in an incident since an entry of its activity log: one small request.
pub async fn has_news(client: &Client, id: &IncidentId, after: &str) -> Result<bool, ApiError> {
    Ok(!client.activity(id, Some(after)).await?.items.is_empty())
}

/// The timeline of an incident: five sources at once; one that fails is named, not fatal.
pub async fn timeline(client: &Client, id: &IncidentId) -> Result<Timeline, ApiError> {
    let (curated, updates, activity, escalations, alerts) = tokio::join!(
        client.timeline(id),
        client.updates(id),
        client.activity(id, None),
        client.escalations(Some(id), None, 200),
        client.incident_alerts(id)
    );
    let sources = [curated, updates, activity];
    if let [Err(a), Err(_), Err(_)] = &sources {
        return Err(a.clone());
    }
    let last_activity = sources[2]
        .as_ref()
        .ok()
        .and_then(|log| log.items.last())
        .map(|entry| entry.id.clone());
    let (mut items, mut missing) = (Vec::new(), Vec::new());
    for source in sources {
        match source {
            Ok(listed) => items.extend(listed.items),
            Err(e) => missing.push(e.to_string()),
        }
    }
    match escalations {
        Ok(listed) => items.extend(listed.items.iter().flat_map(escalation_lines)),
        Err(e) => missing.push(e.to_string()),
    }
    match alerts {
        Ok(listed) => items.extend(listed.items.iter().flat_map(alert_lines)),
        Err(e) => missing.push(e.to_string()),
    }
    // The log repeats what the sources themselves tell better.
    items.retain(|i| {
        i.kind != EntryKind::Activity
            || !["Update shared", "Alert attached", "Escalation"]
                .iter()
                .any(|p| i.title.starts_with(p))
    });
    Ok(Timeline {
        items: timeline::merge(items),
        missing,
        last_activity,
    })
}

fn escalation_lines(e: &crate::domain::Escalation) -> Vec<TimelineEntry> {
    let told = e.events.iter().filter(|event| event.kind != "triggered");
    told.enumerate()
        .map(|(n, event)| {
            let people = event
                .people
                .iter()
                .map(|p| p.name.to_string())
                .collect::<Vec<_>>()
                .join(", ");
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
            }
        })
        .collect()
}

fn alert_lines(a: &crate::domain::Alert) -> Vec<TimelineEntry> {
    let line = |suffix: &str, at, verb: &str| TimelineEntry {
        id: format!("{}-{suffix}", a.id),
        at,
        kind: EntryKind::Alert,
        title: format!("{verb}: {}", a.title),
        body: a.description.clone(),
        actor: String::new(),
    };
    let mut lines = vec![line("fired", a.created, "Fired")];
    lines.extend(
        a.resolved
            .filter(|at| *at > a.created)
            .map(|at| line("cleared", at, "Cleared")),
    );
    lines
}
