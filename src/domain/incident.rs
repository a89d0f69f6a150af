//! Incidents: the row of a list, kept small because there may be a hundred thousand, and the whole incident.

use super::{FieldId, IncidentId, Instant, Person, Verbatim, Word};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A severity with the organisation's own name. A higher rank is more severe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Severity {
    /// Its id.
    pub id: Arc<str>,
    /// The organisation's name for it.
    pub name: Arc<str>,
    /// Higher is more severe.
    pub rank: i64,
}

/// Where in its life an incident is. One vocabulary for the two that the API speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusCategory {
    /// Not yet accepted as an incident.
    Triage,
    /// Being worked on ("active" in the other vocabulary).
    Live,
    /// Set aside for a while.
    Paused,
    /// Over, being learnt from ("post-incident").
    Learning,
    /// Done.
    Closed,
    /// Turned down in triage.
    Declined,
    /// Merged into another.
    Merged,
    /// Declared by mistake.
    Canceled,
    /// A category this version does not know.
    Other,
}

impl StatusCategory {
    /// Reads either vocabulary.
    pub fn parse(raw: &str) -> Self {
        match raw {
            "triage" => Self::Triage,
            "live" | "active" => Self::Live,
            "paused" => Self::Paused,
            "learning" | "post-incident" | "post_incident" => Self::Learning,
            "closed" => Self::Closed,
            "declined" => Self::Declined,
            "merged" => Self::Merged,
            "canceled" => Self::Canceled,
            _ => Self::Other,
        }
    }

    /// Whether someone may still have to act: triage, live, paused, and what this version does not know.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Triage | Self::Live | Self::Paused | Self::Other)
    }

    /// The word shown for it, as incident.io's own screens use it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Triage => "triage",
            Self::Live => "active",
            Self::Paused => "paused",
            Self::Learning => "post-incident",
            Self::Closed => "closed",
            Self::Declined => "declined",
            Self::Merged => "merged",
            Self::Canceled => "canceled",
            Self::Other => "unknown",
        }
    }
}

/// A status with the organisation's own name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Its id.
    pub id: Arc<str>,
    /// The organisation's name for it.
    pub name: Arc<str>,
    /// Where in an incident's life it stands.
    pub category: StatusCategory,
}

/// Who may see an incident. Private ones never go to disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Everyone in the organisation.
    Public,
    /// Invited people; also what cannot be read as either, since leaking is worse than hiding.
    Private,
}

/// Whether an incident is real.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// A real one.
    Standard,
    /// Written down after it was over.
    Retrospective,
    /// A drill.
    Test,
    /// The platform's tutorial.
    Tutorial,
}

/// One incident as a list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncidentSummary {
    /// The incident's id.
    pub id: IncidentId,
    /// `INC-123`.
    pub reference: CompactString,
    /// Its name, cleaned, on one line.
    pub name: Box<str>,
    /// Severity, absent while in triage.
    pub severity: Option<Word>,
    /// Rank of the severity; -1 where there is none. Higher is more severe.
    pub rank: i16,
    /// The organisation's name of the status.
    pub status: Word,
    /// Where in its life it is.
    pub category: StatusCategory,
    /// Who leads it.
    pub lead: Option<Word>,
    /// The services it names, joined with `, `.
    pub service: Option<Word>,
    /// The teams on it, as ids joined with a space.
    pub teams: Option<Word>,
    /// Everyone with a role on it, as user ids joined with a space.
    pub people: Option<Word>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whether it is real.
    pub mode: Mode,
    /// The name of its type. A whole incident tells it as a value of its own.
    #[serde(skip)]
    pub kind: Option<Word>,
    /// The roles that `people` have, as ids in the same order. A whole incident tells them with their names.
    #[serde(skip)]
    pub roles: Option<Word>,
    /// When it was declared.
    pub created: Instant,
    /// When anything on it changed.
    pub updated: Instant,
    /// When something last happened in it.
    pub active: Instant,
}

impl IncidentSummary {
    /// The order of a list: open before over, then severity, then the newest first.
    pub fn order(
        &self,
    ) -> (
        bool,
        std::cmp::Reverse<i16>,
        std::cmp::Reverse<Instant>,
        &str,
    ) {
        (
            !self.category.is_open(),
            std::cmp::Reverse(self.rank),
            std::cmp::Reverse(self.created),
            self.id.as_str(),
        )
    }

    /// Everyone with a role on it, with the role's id, which is empty where it is not known.
    pub fn holders(&self) -> impl Iterator<Item = (&str, &str)> {
        let people = self.people.as_deref().unwrap_or_default();
        let roles = self.roles.as_deref().unwrap_or_default().split(' ');
        let roles = roles.chain(std::iter::repeat(""));
        people.split_whitespace().zip(roles)
    }

    /// The services it names, one by one.
    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.service.iter().flat_map(|named| named.split(", "))
    }
}

/// One value set on an incident: a custom field, a role, a timestamp, a duration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Labelled<T> {
    /// The id of the field, role or timestamp; empty where that is not known.
    #[serde(default)]
    pub id: String,
    /// What it is called.
    pub label: String,
    /// What it is.
    pub value: T,
}

/// A whole incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// What the list shows.
    #[serde(flatten)]
    pub row: IncidentSummary,
    /// What is known, in the responders' words; may be empty.
    pub summary: String,
    /// The incident type's name.
    pub kind: Option<String>,
    /// Who or what declared it.
    pub creator: String,
    /// Its page on the dashboard.
    pub permalink: Option<String>,
    /// Its chat channel.
    pub channel: Option<String>,
    /// That channel's id.
    #[serde(default)]
    pub channel_id: Option<String>,
    /// Every role, with who fills it.
    pub roles: Vec<Labelled<Option<Person>>>,
    /// Custom fields that are set, values joined.
    pub fields: Vec<Labelled<String>>,
    /// Custom fields that are set, by id, with the ids of entries and options or the plain values.
    #[serde(default)]
    pub values: Vec<(String, Vec<String>)>,
    /// The address of its call.
    #[serde(default)]
    pub call: Option<String>,
    /// Catalog entries named by its custom fields.
    pub entries: Vec<super::EntryId>,
    /// The organisation's timestamps, with those not reached yet.
    pub timestamps: Vec<Labelled<Option<Instant>>>,
    /// Durations in seconds that the platform could compute.
    pub durations: Vec<Labelled<i64>>,
    /// Its texts as they were written, where less of them is shown.
    #[serde(skip)]
    pub written: Verbatim,
}

impl Incident {
    /// Seconds it took, as its own durations tell, else as its latest timestamp does; none while it is open.
    pub fn lasted(&self) -> Option<i64> {
        if self.row.category.is_open() {
            return None;
        }
        let resolve = self
            .durations
            .iter()
            .find(|d| d.label.to_lowercase().contains("resol"))
            .or(self.durations.first());
        let last = || {
            self.timestamps
                .iter()
                .filter_map(|t| t.value)
                .max()
                .map(|at| (at - self.row.created).num_seconds())
        };
        resolve.map(|d| d.value).or_else(last).filter(|s| *s > 0)
    }

    /// Whether everybody in the organisation may see it; only then may something of it lie on disk.
    pub fn is_public(&self) -> bool {
        self.row.visibility == Visibility::Public
    }

    /// What can be changed on it, by key, as text that compares: whoever writes on it checks that it still stands.
    pub fn comparable_values(&self) -> Vec<(FieldId, String)> {
        let row = &self.row;
        let plain = [
            ("name", row.name.to_string()),
            ("summary", self.summary.clone()),
            (
                "severity",
                row.severity.as_deref().unwrap_or_default().to_owned(),
            ),
            ("status", row.status.to_string()),
            ("call", self.call.clone().unwrap_or_default()),
        ];
        let mut all: Vec<(FieldId, String)> = plain
            .into_iter()
            .map(|(key, value)| (key.into(), value))
            .collect();
        let who = |p: &Option<Person>| p.as_ref().map(|p| p.name.to_string()).unwrap_or_default();
        all.extend(
            self.roles
                .iter()
                .map(|r| (FieldId::Role(r.id.clone()), who(&r.value))),
        );
        all.extend(
            self.fields
                .iter()
                .map(|f| (FieldId::Custom(f.id.clone()), f.value.clone())),
        );
        all.extend(self.timestamps.iter().map(|t| {
            (
                FieldId::Timestamp(t.id.clone()),
                t.value.map(|at| at.to_rfc3339()).unwrap_or_default(),
            )
        }));
        all
    }
}
