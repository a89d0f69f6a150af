//! Actions, follow-ups, post-mortem documents, workflows and their runs.

use super::pagination::query;
use super::wire::{AsChanged, Wire, as_changed};
use super::{ApiError, Client, Listed};
use crate::domain::time::stamp;
use crate::domain::{
    Action, Document, FollowUp, IncidentId, Instant, Linked, Verbatim, Workflow, WorkflowRun,
};

fn action(v: Wire<'_>) -> Option<Action> {
    let description = v.line("description");
    Some(Action {
        id: v.id("id")?.into(),
        incident: v.id("incident_id")?.into(),
        written: Verbatim::default().with("description", v.raw("description"), &description),
        description,
        status: v.line("status"),
        assignee: v.at("assignee").person(),
        created: v.time("created_at").unwrap_or_default(),
        completed: v.time("completed_at"),
    })
}

fn follow_up(v: Wire<'_>) -> Option<FollowUp> {
    let (title, description) = (v.line("title"), v.text("description"));
    let labels = v.lines("labels");
    let written = Verbatim::default()
        .with("title", v.raw("title"), &title)
        .with("description", v.raw("description"), &description)
        .with_all("labels", &v.raw_list("labels"), &labels);
    Some(FollowUp {
        id: v.id("id")?.into(),
        incident: v.id("incident_id")?.into(),
        title,
        description,
        status: v.line("status"),
        priority: v.at("priority").some_line("name"),
        priority_id: v.at("priority").id("id").map(Into::into),
        category: v.at("category").id("id").map(Into::into),
        team: v.at("assignee_team").id("id").map(Into::into),
        labels,
        assignee: v.at("assignee").person(),
        external: v.at("external_issue_reference").some_line("issue_name"),
        created: v.time("created_at").unwrap_or_default(),
        completed: v.time("completed_at"),
        written,
    })
}

fn document(v: Wire<'_>) -> Option<Document> {
    Some(Document {
        id: v.id("id")?.into(),
        incident: v.id("incident_id")?.into(),
        title: v.line("title"),
        status: v.line("status"),
        url: v.line("document_url"),
        created: v.time("created_at").unwrap_or_default(),
    })
}

fn workflow(v: Wire<'_>) -> Option<Workflow> {
    Some(Workflow {
        id: v.id("id")?.into(),
        name: v.line("name"),
        state: v.line("state"),
        trigger: v.at("trigger").line("label"),
        steps: v.list("steps").map(|s| s.line("label")).collect(),
    })
}

fn run(v: Wire<'_>) -> Option<WorkflowRun> {
    Some(WorkflowRun {
        id: v.id("id")?.into(),
        workflow: v.line("workflow_name"),
        incident: v.some_line("incident_reference"),
        created: v.time("created_at").unwrap_or_default(),
        steps: v
            .list("progress")
            .map(|s| (s.line("step"), s.line("status")))
            .collect(),
        error: v.some_line("error"),
    })
}

fn linked(v: Wire<'_>) -> Option<Linked> {
    let resource = v.at("resource");
    let link = resource.some_line("permalink");
    let title = resource
        .some_line("title")
        .or_else(|| link.clone())
        .or_else(|| resource.some_line("external_id"))?;
    Some(Linked {
        title,
        kind: resource.line("resource_type").replace('_', " "),
        link,
    })
}

fn narrowed(incident: Option<&IncidentId>, page_size: &str) -> Vec<(String, String)> {
    let mut pairs = query(&[("page_size", page_size)]);
    pairs.extend(incident.map(|id| ("incident_id".to_owned(), id.to_string())));
    pairs
}

impl Client {
    /// Actions, of one incident or of all.
    pub async fn actions(&self, incident: Option<&IncidentId>) -> Result<Listed<Action>, ApiError> {
        self.list(
            "/v3/actions",
            "actions",
            narrowed(incident, "250"),
            5_000,
            action,
        )
        .await
    }

    /// Follow-ups, of one incident or of all.
    pub async fn follow_ups(
        &self,
        incident: Option<&IncidentId>,
    ) -> Result<Listed<FollowUp>, ApiError> {
        self.list(
            "/v3/follow_ups",
            "follow_ups",
            narrowed(incident, "250"),
            5_000,
            follow_up,
        )
        .await
    }

    /// Follow-ups that were made since a moment: oldest first, as all of them are.
    pub async fn follow_ups_since(&self, at: Instant) -> Result<Listed<FollowUp>, ApiError> {
        let mut pairs = narrowed(None, "250");
        pairs.push(("created_at[gte]".to_owned(), stamp(at)));
        self.list("/v3/follow_ups", "follow_ups", pairs, 5_000, follow_up)
            .await
    }

    /// One action.
    pub async fn action(&self, id: &str) -> Result<Action, ApiError> {
        Ok(self.action_as_changed(id).await?.0)
    }

    /// One action, and when it was changed last.
    pub async fn action_as_changed(&self, id: &str) -> Result<AsChanged<Action>, ApiError> {
        let path = format!("/v3/actions/{id}");
        let body = self.get(&path, &[]).await?;
        let found = as_changed(Wire(&body).at("action"), action);
        found.ok_or_else(|| self.unreadable(&path, "an action"))
    }

    /// One follow-up.
    pub async fn follow_up(&self, id: &str) -> Result<FollowUp, ApiError> {
        Ok(self.follow_up_as_changed(id).await?.0)
    }

    /// One follow-up, and when it was changed last.
    pub async fn follow_up_as_changed(&self, id: &str) -> Result<AsChanged<FollowUp>, ApiError> {
        let path = format!("/v3/follow_ups/{id}");
        let body = self.get(&path, &[]).await?;
        let found = as_changed(Wire(&body).at("follow_up"), follow_up);
        found.ok_or_else(|| self.unreadable(&path, "a follow-up"))
    }

    /// One post-mortem document.
    pub async fn document(&self, id: &str) -> Result<Document, ApiError> {
        Ok(self.document_as_changed(id).await?.0)
    }

    /// One post-mortem document, and when it was changed last.
    pub async fn document_as_changed(&self, id: &str) -> Result<AsChanged<Document>, ApiError> {
        let path = format!("/v1/postmortem_documents/{id}");
        let body = self.get(&path, &[]).await?;
        let found = as_changed(Wire(&body).at("postmortem_document"), document);
        found.ok_or_else(|| self.unreadable(&path, "a document"))
    }

    /// Post-mortem documents, newest first.
    pub async fn documents(
        &self,
        incident: Option<&IncidentId>,
    ) -> Result<Listed<Document>, ApiError> {
        self.list(
            "/v1/postmortem_documents",
            "postmortem_documents",
            narrowed(incident, "250"),
            1_000,
            document,
        )
        .await
    }

    /// The newest post-mortem documents of the whole organisation, each with when it was changed last.
    pub async fn documents_as_changed(
        &self,
        most: usize,
    ) -> Result<Listed<AsChanged<Document>>, ApiError> {
        self.list(
            "/v1/postmortem_documents",
            "postmortem_documents",
            narrowed(None, "250"),
            most,
            |v| as_changed(v, document),
        )
        .await
    }

    /// A document's markdown.
    pub async fn document_text(&self, id: &str) -> Result<String, ApiError> {
        let path = format!("/v1/postmortem_documents/{id}/content");
        let body = self.get(&path, &[]).await?;
        match Wire(&body).0.get("markdown") {
            Some(text) if text.is_string() => Ok(Wire(&body).text("markdown")),
            _ => Err(self.unreadable(&path, "a document's text")),
        }
    }

    /// Things people linked to an incident, such as pull requests: title, kind, address.
    pub async fn attachments(&self, incident: &IncidentId) -> Result<Listed<Linked>, ApiError> {
        let pairs = query(&[("incident_id", incident.as_str())]);
        self.list(
            "/v1/incident_attachments",
            "incident_attachments",
            pairs,
            500,
            linked,
        )
        .await
    }

    /// Workflows.
    pub async fn workflows(&self) -> Result<Listed<Workflow>, ApiError> {
        self.list("/v2/workflows", "workflows", vec![], 2_000, workflow)
            .await
    }

    /// Runs of workflows, newest first.
    pub async fn workflow_runs(
        &self,
        incident: Option<&IncidentId>,
        most: usize,
    ) -> Result<Listed<WorkflowRun>, ApiError> {
        self.list(
            "/v2/workflow_runs",
            "workflow_runs",
            narrowed(incident, "50"),
            most,
            run,
        )
        .await
    }
}

/// What every reader here makes of a value.
#[cfg(test)]
pub(super) fn read_any(v: Wire<'_>) -> Vec<String> {
    vec![
        format!("{:?}", action(v)),
        format!("{:?}", follow_up(v)),
        format!("{:?}", document(v)),
        format!("{:?}", workflow(v)),
        format!("{:?}", run(v)),
        format!("{:?}", linked(v)),
    ]
}
