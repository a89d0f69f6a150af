//! Alerts, escalations and the paths they climb.

use super::{AlertId, EscalationId, IncidentId, Instant, Person, ScheduleId, UserId, time};
use serde::{Deserialize, Serialize};

/// An alert that a monitoring system sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// What it says.
    pub title: String,
    /// More, where it says more.
    pub description: String,
    /// `firing` or `resolved`.
    pub status: String,
    /// Since when.
    pub created: Instant,
    /// When it was resolved.
    pub resolved: Option<Instant>,
    /// Where it came from.
    pub source_url: Option<String>,
    /// The source's own name for it.
    pub dedup_key: String,
    /// The id of the source that sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The id of its relation to the incident it was asked for with.
    #[serde(default)]
    pub relation: Option<String>,
    /// That incident.
    #[serde(default)]
    pub incident: Option<IncidentId>,
    /// Labels such as service or team, values joined.
    pub attributes: Vec<(String, String)>,
    /// What people tagged it with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
}

/// Where alerts come from. Its secret is never read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertSource {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What kind of system it is: `alertmanager`, `http`, …
    pub kind: String,
    /// Minutes after which its alerts resolve by themselves, where they do.
    pub resolves_after_minutes: Option<i64>,
    /// Ids of the teams that own it.
    pub teams: Vec<String>,
}

/// What is done with alerts: which page, which become incidents. The API tells no more of it in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertRoute {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is in force.
    pub enabled: bool,
}

/// Everything that is known of a route. Conditions are sentences; empty where there are none. Values stand as the API has
/// them, ids among them, for whoever knows their names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteRules {
    /// The sources whose alerts it takes, by id, each with what these must meet.
    pub sources: Vec<(String, String)>,
    /// What an alert of any source must meet.
    pub conditions: String,
    /// By what alerts become one group, and within how many seconds; nothing where they are not grouped.
    pub groups: Option<(Vec<String>, Option<i64>)>,
    /// What it declares; nothing where it declares no incident.
    pub incident: Option<RouteIncident>,
    /// Paths and people it pages.
    pub pages: Vec<String>,
    /// When it pages again for a group that grows.
    pub pages_again: Option<String>,
    /// Whether its pages are cancelled once all alerts are resolved.
    pub cancels_pages: bool,
    /// Channels it posts to.
    pub posts_to: Vec<String>,
    /// Ids of the teams that own it.
    pub teams: Vec<String>,
    /// Whether what it declares is private.
    pub is_private: bool,
}

/// What a route declares.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteIncident {
    /// What an alert must meet for it.
    pub conditions: String,
    /// What the template sets: a label, and its value.
    pub sets: Vec<(&'static str, String)>,
    /// Whether one in triage is declined once all alerts are resolved.
    pub declines: bool,
}

/// Something that happened to an escalation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EscalationEvent {
    /// `triggered`, `notified_users`, `acked`, …
    pub kind: String,
    /// When.
    pub at: Instant,
    /// Who was notified or acted.
    pub people: Vec<Person>,
    /// `high` or `low`.
    pub urgency: Option<String>,
}

impl EscalationEvent {
    /// Names of who was notified or acted, for a line.
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.people.iter().map(|p| p.name.as_ref()).collect();
        names.join(", ")
    }
}

/// A page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Escalation {
    /// Its id.
    pub id: EscalationId,
    /// What it is about.
    pub title: String,
    /// `triggered`, `acked`, … as the API says it.
    pub status: String,
    /// The priority's name.
    pub priority: String,
    /// The path it climbs.
    pub path: Option<String>,
    /// When it began.
    pub created: Instant,
    /// When it last changed.
    pub updated: Instant,
    /// What happened, oldest first.
    pub events: Vec<EscalationEvent>,
    /// The incidents it belongs to: id and reference.
    pub incidents: Vec<(IncidentId, String)>,
    /// Who or what paged.
    pub creator: String,
}

impl Escalation {
    /// Whether somebody still has to answer.
    pub fn is_waiting(&self) -> bool {
        matches!(
            self.status.as_str(),
            "pending" | "triggered" | "delayed" | "pending_repeat"
        )
    }

    /// Who took it on; empty where that is not told, and nothing where nobody did.
    pub fn answered_by(&self) -> Option<String> {
        let answer = self.events.iter().find(|e| e.kind == "acked");
        let told = answer.map(EscalationEvent::names);
        told.or_else(|| (self.status == "acked").then(String::new))
    }

    /// Whether it waits for an answer of somebody whom it has reached.
    pub fn waits_for(&self, person: &UserId) -> bool {
        let reached = |e: &EscalationEvent| {
            e.kind == "notified_users" && e.people.iter().any(|p| &p.id == person)
        };
        self.is_waiting() && self.events.iter().any(reached)
    }

    /// The level it stands on, from 1, and since when: its clock runs from there.
    pub fn stands(&self, path: Option<&EscalationPath>) -> (usize, Instant) {
        let reached = self.reached(path);
        let last = reached.last();
        last.map_or((1, self.created), |last| (last.level, last.at))
    }

    /// The level it waits on and for how long; empty where nobody has to answer any more.
    pub fn clock(&self, now: Instant) -> String {
        if !self.is_waiting() {
            return String::new();
        }
        let (level, since) = self.stands(None);
        match (now - since).num_seconds() {
            ..60 => format!("level {level} just now"),
            _ => format!("level {level} for {}", time::age(now, since)),
        }
    }

    /// Who was notified last.
    pub fn notified(&self) -> String {
        let last = self
            .events
            .iter()
            .rev()
            .find(|e| e.kind == "notified_users");
        last.map_or_else(String::new, EscalationEvent::names)
    }
}

/// One step of an escalation path, flattened in the order it is climbed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathLevel {
    /// Names or ids of who is notified.
    pub targets: Vec<String>,
    /// Schedules among them.
    pub schedules: Vec<ScheduleId>,
    /// Seconds to acknowledge before it climbs on; `None` where it waits for ever.
    pub seconds: Option<i64>,
    /// Seconds it waits before it is reached at all.
    #[serde(default)]
    pub delay: i64,
}

/// An escalation path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EscalationPath {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its levels in order; conditions are followed on the side that is written first.
    pub levels: Vec<PathLevel>,
    /// How often it goes back, and to which of its levels, when it has gone all the way.
    #[serde(default)]
    pub repeats: Option<(usize, usize)>,
    /// Who would be paged first right now.
    pub responders: Vec<Person>,
}
