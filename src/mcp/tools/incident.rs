//! One incident: what is known of it, its alerts, and its timeline from the newest entry back.

use super::super::answer::{Answer, Shortened};
use super::super::desk::Desk;
use crate::domain::time::{age, stamp};
use crate::domain::{self, ApiError, Instant, TimelineEntry};
use crate::session::Timeline;
use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Alerts that are told, those that fire first.
const MOST_ALERTS: usize = 10;

pub(in super::super) const DETAIL: &[Shortened] = &[
    Shortened {
        list: "timeline",
        ask: "ask again with `from` as the number of entries seen so far",
    },
    Shortened {
        list: "alerts",
        ask: "investigate tells what they say together",
    },
    Shortened {
        list: "fields",
        ask: CONSOLE,
    },
    Shortened {
        list: "roles",
        ask: CONSOLE,
    },
    Shortened {
        list: "timestamps",
        ask: CONSOLE,
    },
];

/// What has no other place.
const CONSOLE: &str = "the console shows all";

/// Which incident.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct IncidentQuestion {
    /// INC-123, 123 or an id.
    incident: String,
    /// Leave out so many entries of the timeline that were seen before.
    #[serde(default)]
    from: usize,
}

impl IncidentQuestion {
    /// One incident, from the newest entry of its timeline.
    pub fn of(incident: &str) -> Self {
        Self {
            incident: incident.to_owned(),
            from: 0,
        }
    }
}

/// What is known of an incident.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Detail {
    reference: String,
    name: String,
    severity: Option<String>,
    status: String,
    /// triage, active, paused, post-incident, closed, declined, merged or canceled.
    stage: &'static str,
    /// Only invited people may know of it: tell nobody else.
    private: bool,
    summary: String,
    services: Option<String>,
    declared: String,
    age: String,
    updated: String,
    link: Option<String>,
    /// Roles and who has them; empty where nobody has.
    roles: BTreeMap<String, String>,
    fields: BTreeMap<String, String>,
    timestamps: BTreeMap<String, String>,
    alerts: Vec<Alert>,
    /// The newest entry first.
    timeline: Vec<Entry>,
}

/// An alert of an incident.
#[derive(JsonSchema, Serialize)]
struct Alert {
    id: String,
    title: String,
    status: String,
    since: String,
}

/// A line of a timeline.
#[derive(JsonSchema, Serialize)]
struct Entry {
    at: String,
    kind: &'static str,
    says: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    more: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    who: String,
}

/// One incident with its timeline.
pub(in super::super) async fn detail(
    desk: &Desk,
    asked: IncidentQuestion,
) -> Result<Answer, ApiError> {
    let session = &desk.session;
    let incident = desk.incident(&asked.incident).await?;
    let id = &incident.row.id;
    let (timeline, alerts) = tokio::join!(
        session.timeline(id),
        session.alerts(Some(id), false, MOST_ALERTS)
    );
    let mut missing = Vec::new();
    let timeline = timeline.unwrap_or_else(|e| {
        missing.push(format!("The timeline could not be read: {e}"));
        Timeline::default()
    });
    let (mut alerts, _) = alerts.unwrap_or_else(|e| {
        missing.push(format!("Alerts could not be read: {e}"));
        (Vec::new(), false)
    });
    alerts.sort_by_key(|a| (a.status != "firing", std::cmp::Reverse(a.created)));
    let unseen = alerts.len().saturating_sub(MOST_ALERTS);
    alerts.truncate(MOST_ALERTS);
    missing.extend(timeline.missing.iter().cloned());
    let entries = timeline.items.iter().rev().skip(asked.from);
    let detail = Detail {
        alerts: alerts.iter().map(alert).collect(),
        timeline: entries.map(entry).collect(),
        ..known(&incident, session.now())
    };
    let answer = Answer::of(&detail)?.missing(missing);
    Ok(answer.without("alerts", unseen, DETAIL[1].ask))
}

/// What an incident itself tells.
fn known(incident: &domain::Incident, now: Instant) -> Detail {
    let row = &incident.row;
    let roles = incident.roles.iter().map(|role| {
        let who = role.value.as_ref().map(|p| p.name.to_string());
        (role.label.clone(), who.unwrap_or_default())
    });
    let fields = incident.fields.iter();
    let times = incident.timestamps.iter();
    Detail {
        reference: row.reference.to_string(),
        name: row.name.to_string(),
        severity: row.severity.as_deref().map(str::to_owned),
        status: row.status.to_string(),
        stage: row.category.label(),
        private: !incident.is_public(),
        summary: incident.summary.clone(),
        services: row.service.as_deref().map(str::to_owned),
        declared: stamp(row.created),
        age: age(now, row.created),
        updated: stamp(row.updated),
        link: incident.permalink.clone(),
        roles: roles.collect(),
        fields: fields.map(|f| (f.label.clone(), f.value.clone())).collect(),
        timestamps: times
            .filter_map(|t| Some((t.label.clone(), stamp(t.value?))))
            .collect(),
        alerts: Vec::new(),
        timeline: Vec::new(),
    }
}

fn alert(alert: &domain::Alert) -> Alert {
    Alert {
        id: alert.id.to_string(),
        title: alert.title.clone(),
        status: alert.status.clone(),
        since: stamp(alert.created),
    }
}

fn entry(entry: &TimelineEntry) -> Entry {
    Entry {
        at: stamp(entry.at),
        kind: entry.kind.label(),
        says: entry.title.clone(),
        more: entry.body.clone(),
        who: entry.actor.clone(),
    }
}
