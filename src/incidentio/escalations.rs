//! Alerts, escalations and escalation paths.

use super::pagination::query;
use super::wire::Wire;
use super::{ApiError, Client, Listed, Told};
use crate::domain::escalations::PathLevel;
use crate::domain::time::stamp;
use crate::domain::{
    Alert, AlertSource, Escalation, EscalationEvent, EscalationPath, IncidentId, Instant,
};

fn alert(v: Wire<'_>) -> Option<Alert> {
    let attribute = |a: Wire<'_>| {
        let values: Vec<String> = std::iter::once(a.at("value"))
            .chain(a.list("array_value"))
            .filter_map(|x| {
                x.at("catalog_entry")
                    .some_line("name")
                    .or_else(|| x.some_line("label"))
            })
            .collect();
        (a.at("attribute").line("name"), values.join(", "))
    };
    Some(Alert {
        id: v.id("id")?.into(),
        title: v.line("title"),
        description: v.text("description"),
        status: v.line("status"),
        created: v.time("created_at").unwrap_or_default(),
        resolved: v.time("resolved_at"),
        source_url: v.some_line("source_url"),
        dedup_key: v.line("deduplication_key"),
        source: v.id("alert_source_id").map(Into::into),
        relation: None,
        incident: None,
        attributes: v.list("attributes").map(attribute).collect(),
        tags: v.list("tags").map(|tag| tag.line("name")).collect(),
    })
}

fn source(v: Wire<'_>) -> Option<AlertSource> {
    Some(AlertSource {
        id: v.id("id")?.into(),
        name: v.line("name"),
        kind: v.line("source_type"),
        resolves_after_minutes: v.number("auto_resolve_timeout_minutes"),
        teams: v.lines("owning_team_ids"),
    })
}

fn escalation(v: Wire<'_>) -> Option<Escalation> {
    let event = |e: Wire<'_>| {
        Some(EscalationEvent {
            kind: e.line("event"),
            at: e.time("occurred_at")?,
            people: e.list("users").filter_map(Wire::person).collect(),
            urgency: e.some_line("urgency"),
        })
    };
    let created = v.time("created_at").unwrap_or_default();
    let mut events: Vec<EscalationEvent> = v.list("events").filter_map(event).collect();
    events.sort_by_key(|e| e.at);
    Some(Escalation {
        id: v.id("id")?.into(),
        title: v.line("title"),
        status: v.line("status"),
        priority: v.at("priority").line("name"),
        path: v.some_line("escalation_path_id"),
        created,
        updated: v.time("updated_at").unwrap_or(created),
        events,
        incidents: v
            .list("related_incidents")
            .filter_map(|i| Some((i.id("id")?.into(), i.line("reference"))))
            .collect(),
        creator: v.at("creator").actor(),
    })
}

/// A path while it is read.
#[derive(Default)]
struct Climb {
    levels: Vec<PathLevel>,
    /// Ids of their nodes.
    nodes: Vec<String>,
    /// Seconds that are waited before the next level.
    delay: i64,
    repeats: Option<(usize, usize)>,
}

/// Levels in the order they are climbed; of a condition, the side that is written first.
fn climb<'a>(nodes: impl Iterator<Item = Wire<'a>>, depth: usize, out: &mut Climb) {
    for node in nodes {
        let level = node.at("level");
        if level.is_some() {
            let targets: Vec<Wire<'_>> = level.list("targets").collect();
            out.nodes.push(node.raw("id").to_owned());
            out.levels.push(PathLevel {
                targets: targets
                    .iter()
                    .map(|t| format!("{} {}", t.line("type"), t.line("id")))
                    .collect(),
                schedules: targets
                    .iter()
                    .filter(|t| t.raw("type") == "schedule")
                    .filter_map(|t| t.id("id").map(Into::into))
                    .collect(),
                seconds: level.number("time_to_ack_seconds"),
                delay: std::mem::take(&mut out.delay),
            });
        }
        let branch = node.at("if_else");
        if branch.is_some() && depth < 16 {
            climb(branch.list("then_path"), depth + 1, out);
        }
        out.delay += node.at("delay").number("delay_seconds").unwrap_or(0);
        let repeat = node.at("repeat");
        if repeat.is_some() {
            let mut known = out.nodes.iter();
            let to = known.position(|id| id == repeat.raw("to_node"));
            let times = repeat.number("repeat_times").unwrap_or(0).max(0);
            out.repeats = to.map(|to| (times as usize, to));
        }
    }
}

impl Client {
    /// Alerts, newest first: firing only, or changed since, at most `most`.
    pub async fn alerts(
        &self,
        firing: bool,
        since: Option<Instant>,
        most: usize,
    ) -> Result<Listed<Alert>, ApiError> {
        let mut pairs = query(&[("page_size", "50")]);
        if firing {
            pairs.push(("status[one_of]".into(), "firing".into()));
        }
        pairs.extend(since.map(|at| ("updated_at[gte]".to_owned(), stamp(at))));
        self.list("/v2/alerts", "alerts", pairs, most, alert).await
    }

    /// One alert.
    pub async fn alert(&self, id: &str) -> Result<Alert, ApiError> {
        let path = format!("/v2/alerts/{id}");
        let body = self.get(&path, &[]).await?;
        alert(Wire(&body).at("alert")).ok_or_else(|| self.unreadable(&path, "an alert"))
    }

    /// One escalation.
    pub async fn escalation(&self, id: &str) -> Result<Escalation, ApiError> {
        let path = format!("/v2/escalations/{id}");
        let body = self.get(&path, &[]).await?;
        escalation(Wire(&body).at("escalation"))
            .ok_or_else(|| self.unreadable(&path, "an escalation"))
    }

    /// Alerts of an incident.
    pub async fn incident_alerts(&self, id: &IncidentId) -> Result<Listed<Alert>, ApiError> {
        self.list(
            "/v2/incident_alerts",
            "incident_alerts",
            query(&[("incident_id", id.as_str()), ("page_size", "50")]),
            1_000,
            |v| {
                let incident = v.at("incident").id("id").map(Into::into);
                Some(Alert {
                    relation: v.id("id").map(Into::into),
                    incident,
                    ..alert(v.at("alert"))?
                })
            },
        )
        .await
    }

    /// Incidents that an alert is attached to, each with its reference and name.
    pub async fn incidents_of_alert(
        &self,
        id: &str,
    ) -> Result<Listed<(IncidentId, String)>, ApiError> {
        let read = |v: Wire<'_>| {
            let incident = v.at("incident");
            let words = format!("{} {}", incident.line("reference"), incident.line("name"));
            Some((IncidentId::from(incident.id("id")?), words))
        };
        let pairs = query(&[("alert_id", id), ("page_size", "50")]);
        self.list("/v2/incident_alerts", "incident_alerts", pairs, 200, read)
            .await
    }

    /// Where alerts come from.
    pub async fn alert_sources(&self) -> Result<Listed<AlertSource>, ApiError> {
        self.list("/v2/alert_sources", "alert_sources", vec![], 2_000, source)
            .await
    }

    /// Names of alerts attached to any incident, each with whose it is; at most so many. Tells of each page how many were
    /// read of it.
    pub async fn attached_alerts(
        &self,
        most: usize,
        told: Told<'_>,
    ) -> Result<Listed<(IncidentId, String)>, ApiError> {
        let read = |v: Wire<'_>| {
            Some((
                IncidentId::from(v.at("incident").id("id")?),
                v.at("alert").line("title"),
            ))
        };
        let pages = query(&[("page_size", "50")]);
        let asked = ("/v2/incident_alerts", "incident_alerts", pages);
        self.list_telling(asked, most, read, told).await
    }

    /// Escalations, newest first: of incidents, or changed since, at most `most`.
    pub async fn escalations(
        &self,
        incidents: &[IncidentId],
        since: Option<Instant>,
        most: usize,
    ) -> Result<Listed<Escalation>, ApiError> {
        let mut pairs = query(&[("page_size", "50")]);
        let of = incidents.iter();
        pairs.extend(of.map(|id| ("incident[one_of]".to_owned(), id.to_string())));
        pairs.extend(since.map(|at| ("updated_at[gte]".to_owned(), stamp(at))));
        self.list("/v2/escalations", "escalations", pairs, most, escalation)
            .await
    }

    /// Escalation paths with who would be paged now.
    pub async fn escalation_paths(&self) -> Result<Listed<EscalationPath>, ApiError> {
        let read = |v: Wire<'_>| {
            let mut found = Climb::default();
            climb(v.list("path"), 0, &mut found);
            Some(EscalationPath {
                id: v.id("id")?.into(),
                name: v.line("name"),
                levels: found.levels,
                repeats: found.repeats,
                responders: v
                    .list("current_responders")
                    .filter_map(Wire::person)
                    .collect(),
            })
        };
        self.list(
            "/v2/escalation_paths",
            "escalation_paths",
            query(&[("page_size", "25")]),
            2_000,
            read,
        )
        .await
    }
}

/// What every reader here makes of a value.
#[cfg(test)]
pub(super) fn read_any(v: Wire<'_>) -> Vec<String> {
    vec![
        format!("{:?}", alert(v)),
        format!("{:?}", escalation(v)),
        format!("{:?}", source(v)),
        format!("{:?}", super::alert_routes::whole(v)),
    ]
}
