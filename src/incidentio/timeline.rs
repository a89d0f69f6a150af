//! Timeline items, updates and the activity log, each as lines of the timeline.

use super::pagination::query;
use super::wire::{AsChanged, Wire, as_changed};
use super::{ApiError, Client, Listed, Told};
use crate::domain::{EntryKind, IncidentId, Move, MoveKind, TimelineEntry, Verbatim};

/// Lines kept of one incident's source: more than anybody scrolls through.
const MOST: usize = 5_000;

fn timeline_item(v: Wire<'_>) -> Option<TimelineEntry> {
    let (title, body) = (v.line("title"), v.text("description"));
    let written = Verbatim::default().with("title", v.raw("title"), &title);
    Some(TimelineEntry {
        id: v.id("id")?.to_owned(),
        at: v.time("timestamp")?,
        kind: EntryKind::Curated,
        written: written.with("description", v.raw("description"), &body),
        title,
        body,
        actor: v.at("creator").actor(),
    })
}

fn update(v: Wire<'_>) -> Option<TimelineEntry> {
    let message = v.text("message");
    let severity = v
        .at("new_severity")
        .some_line("name")
        .map(|s| format!(" · {s}"))
        .unwrap_or_default();
    let title = format!("{}{severity}", v.at("new_incident_status").line("name"));
    Some(TimelineEntry {
        id: v.id("id")?.to_owned(),
        at: v.time("created_at")?,
        kind: EntryKind::Update,
        title,
        body: message,
        actor: v.at("updater").actor(),
        written: Verbatim::default(),
    })
}

fn activity(v: Wire<'_>) -> Option<TimelineEntry> {
    let content = v.at("content").at(v.raw("type"));
    let body = ["message", "new_summary", "new_name"]
        .iter()
        .map(|f| content.text(f))
        .find(|t| !t.is_empty())
        .unwrap_or_default();
    let actor = ["updater", "actor", "creator"]
        .iter()
        .map(|f| content.at(f).actor())
        .find(|a| !a.is_empty())
        .unwrap_or_default();
    let title = v
        .some_line("title")
        .unwrap_or_else(|| v.line("type").replace('_', " "));
    Some(TimelineEntry {
        id: v.id("id")?.to_owned(),
        at: v.time("occurred_at")?,
        kind: EntryKind::Activity,
        title,
        body,
        actor,
        written: Verbatim::default(),
    })
}

/// What an entry of the activity log says was moved: one update may move several things.
fn moves(v: Wire<'_>) -> Option<Vec<Move>> {
    let kind = v.raw("type");
    let content = v.at("content").at(kind);
    let changed = |before: &str, after: &str| {
        let (before, after) = (content.at(before).id("id"), content.at(after).id("id"));
        after.is_some() && before != after
    };
    let status = changed("previous_status", "new_status");
    let found = [
        (MoveKind::Status, kind == "status_change" || status),
        (
            MoveKind::Severity,
            changed("previous_severity", "new_severity"),
        ),
        (
            MoveKind::Update,
            kind == "incident_update" && !content.text("message").is_empty(),
        ),
        (MoveKind::Acknowledgement, kind == "escalation_acknowledged"),
    ];
    let who = match content.at("acknowledger").some_line("name") {
        Some(name) => name,
        None => content.at("updater").actor(),
    };
    let at = v.time("occurred_at")?;
    let found = found.into_iter().filter(|(_, is_so)| *is_so);
    let made = found.map(|(kind, _)| Move {
        at,
        kind,
        who: who.clone(),
    });
    Some(made.collect())
}

impl Client {
    async fn of_incident<T: Send>(
        &self,
        path: &str,
        key: &str,
        id: &IncidentId,
        after: Option<&str>,
        read: fn(Wire<'_>) -> Option<T>,
    ) -> Result<Listed<T>, ApiError> {
        let mut pairs = query(&[("incident_id", id.as_str()), ("page_size", "250")]);
        pairs.extend(after.map(|after| ("after".to_owned(), after.to_owned())));
        self.list(path, key, pairs, MOST, read).await
    }

    /// Curated timeline items.
    pub async fn timeline(&self, id: &IncidentId) -> Result<Listed<TimelineEntry>, ApiError> {
        self.of_incident(
            "/v2/incident_timeline_items",
            "incident_timeline_items",
            id,
            None,
            timeline_item,
        )
        .await
    }

    /// Curated timeline items, each with the time of its last change.
    pub async fn timeline_as_changed(
        &self,
        id: &IncidentId,
    ) -> Result<Listed<AsChanged<TimelineEntry>>, ApiError> {
        self.of_incident(
            "/v2/incident_timeline_items",
            "incident_timeline_items",
            id,
            None,
            |v| as_changed(v, timeline_item),
        )
        .await
    }

    /// Updates that were posted.
    pub async fn updates(&self, id: &IncidentId) -> Result<Listed<TimelineEntry>, ApiError> {
        self.of_incident("/v2/incident_updates", "incident_updates", id, None, update)
            .await
    }

    /// The activity log, or only what came after an entry: the cheapest way to learn whether anything happened.
    pub async fn activity(
        &self,
        id: &IncidentId,
        after: Option<&str>,
    ) -> Result<Listed<TimelineEntry>, ApiError> {
        self.of_incident(
            "/v2/incident_activity_log_entries",
            "incident_activity_log_entries",
            id,
            after,
            activity,
        )
        .await
    }
}

impl Client {
    /// What was moved in one incident, as its activity log tells.
    pub async fn moves(&self, id: &IncidentId) -> Result<Listed<Vec<Move>>, ApiError> {
        let path = "/v2/incident_activity_log_entries";
        let key = "incident_activity_log_entries";
        self.of_incident(path, key, id, None, moves).await
    }

    /// Updates of all incidents, each with whose it is; at most so many. Tells of each page how many were read of it.
    pub async fn all_updates(
        &self,
        most: usize,
        told: Told<'_>,
    ) -> Result<Listed<(IncidentId, TimelineEntry)>, ApiError> {
        let read = |v: Wire<'_>| Some((IncidentId::from(v.id("incident_id")?), update(v)?));
        let pages = query(&[("page_size", "250")]);
        let asked = ("/v2/incident_updates", "incident_updates", pages);
        self.list_telling(asked, most, read, told).await
    }
}

/// What every reader here makes of a value.
#[cfg(test)]
pub(super) fn read_any(v: Wire<'_>) -> Vec<String> {
    vec![
        format!("{:?}", timeline_item(v)),
        format!("{:?}", update(v)),
        format!("{:?}", activity(v)),
        format!("{:?}", moves(v)),
    ]
}
