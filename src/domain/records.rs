//! What stands around an incident: actions, follow-ups, post-mortem documents, workflows, related incidents.

use super::{FieldId, IncidentId, Instant, Person, Verbatim};
use serde::{Deserialize, Serialize};

/// Something to do while the incident is on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Action {
    /// Its id.
    pub id: String,
    /// The incident it belongs to.
    pub incident: IncidentId,
    /// What is to be done.
    pub description: String,
    /// `outstanding`, `completed`, …
    pub status: String,
    /// Who does it.
    pub assignee: Option<Person>,
    /// Since when.
    pub created: Instant,
    /// When it was done.
    pub completed: Option<Instant>,
    /// Its texts as they were written, where less of them is shown.
    #[serde(skip)]
    pub written: Verbatim,
}

/// Something to do after the incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FollowUp {
    /// Its id.
    pub id: String,
    /// The incident it belongs to.
    pub incident: IncidentId,
    /// What is to be done.
    pub title: String,
    /// More, where there is more.
    pub description: String,
    /// `outstanding`, `completed`, …
    pub status: String,
    /// Priority's name.
    pub priority: Option<String>,
    /// Priority's id.
    #[serde(default)]
    pub priority_id: Option<String>,
    /// Its category's id.
    #[serde(default)]
    pub category: Option<String>,
    /// Its team's id.
    #[serde(default)]
    pub team: Option<String>,
    /// Its labels.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Who does it.
    pub assignee: Option<Person>,
    /// The issue it is tracked in elsewhere.
    pub external: Option<String>,
    /// Since when.
    pub created: Instant,
    /// When it was done.
    pub completed: Option<Instant>,
    /// Its texts as they were written, where less of them is shown.
    #[serde(skip)]
    pub written: Verbatim,
}

fn person(who: Option<&Person>) -> String {
    who.map(|p| p.name.to_string()).unwrap_or_default()
}

impl Action {
    /// What can be changed on it, by key, as text that compares.
    pub fn comparable_values(&self) -> Vec<(FieldId, String)> {
        let all = [
            ("description", self.description.clone()),
            ("status", self.status.clone()),
            ("assignee", person(self.assignee.as_ref())),
        ];
        all.map(|(key, value)| (key.into(), value)).into()
    }
}

impl FollowUp {
    /// What can be changed on it, by key, as text that compares.
    pub fn comparable_values(&self) -> Vec<(FieldId, String)> {
        let all = [
            ("title", self.title.clone()),
            ("description", self.description.clone()),
            ("status", self.status.clone()),
            ("assignee", person(self.assignee.as_ref())),
            ("priority", self.priority_id.clone().unwrap_or_default()),
        ];
        all.map(|(key, value)| (key.into(), value)).into()
    }
}

/// A post-mortem document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Its id.
    pub id: String,
    /// The incident it is about.
    pub incident: IncidentId,
    /// Its title.
    pub title: String,
    /// `in_progress`, `in_review`, `completed`.
    pub status: String,
    /// Where it is.
    pub url: String,
    /// Since when.
    pub created: Instant,
}

impl Document {
    /// Its status in the API's own word.
    pub fn wire_status(&self) -> String {
        self.status.replace(' ', "_")
    }

    /// What can be changed on it, by key, as text that compares.
    pub fn comparable_values(&self) -> Vec<(FieldId, String)> {
        vec![("status".into(), self.wire_status())]
    }
}

/// A workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workflow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `active`, `disabled`, `draft`, `error`.
    pub state: String,
    /// What sets it off.
    pub trigger: String,
    /// Its steps' names.
    pub steps: Vec<String>,
}

/// One run of a workflow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkflowRun {
    /// Its id.
    pub id: String,
    /// The workflow's name.
    pub workflow: String,
    /// Reference of the incident it ran for.
    pub incident: Option<String>,
    /// When.
    pub created: Instant,
    /// Each step with its state.
    pub steps: Vec<(String, String)>,
    /// What went wrong.
    pub error: Option<String>,
}

/// An incident that people connected to this one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Related {
    /// Its id.
    pub id: IncidentId,
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
}

/// Something people linked to an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Linked {
    /// What it is called.
    pub title: String,
    /// `github pull request`, `jira issue`, …
    pub kind: String,
    /// Its page.
    pub link: Option<String>,
}
