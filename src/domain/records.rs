//! What stands around an incident: actions, follow-ups, post-mortem documents, workflows, related incidents.

use super::{IncidentId, Instant, Person};
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
    /// Who does it.
    pub assignee: Option<Person>,
    /// The issue it is tracked in elsewhere.
    pub external: Option<String>,
    /// Since when.
    pub created: Instant,
    /// When it was done.
    pub completed: Option<Instant>,
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
