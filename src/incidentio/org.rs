//! Identity and the organisation's own words and people.

use super::page::query;
use super::view::View;
use super::{ApiError, Client, Listed};
use crate::domain::{Identity, IncidentType, Person, Role, Severity, Status, StatusCategory, Team};
use std::sync::Arc;

pub(super) fn severity(v: View<'_>) -> Option<Severity> {
    Some(Severity { id: Arc::from(v.id("id")?), name: Arc::from(v.line("name")), rank: v.number("rank").unwrap_or(0) })
}

pub(super) fn status(v: View<'_>) -> Option<Status> {
    Some(Status { id: Arc::from(v.id("id")?), name: Arc::from(v.line("name")), category: StatusCategory::parse(v.raw("category")) })
}

impl Client {
    /// Whose key this is; needs no permission.
    pub async fn identity(&self) -> Result<Identity, ApiError> {
        let body = self.get("/v1/identity", &[]).await?;
        let v = View(&body).at("identity");
        Ok(Identity {
            name: v.line("name"),
            roles: v.lines("roles"),
            team_roles: v.lines("team_roles"),
            teams: v.list("teams").map(|t| t.line("name")).collect(),
            dashboard: v.line("dashboard_url"),
        })
    }

    /// Severities.
    pub async fn severities(&self) -> Result<Listed<Severity>, ApiError> {
        self.list("/v1/severities", "severities", vec![], usize::MAX, severity).await
    }

    /// Statuses.
    pub async fn statuses(&self) -> Result<Listed<Status>, ApiError> {
        self.list("/v1/incident_statuses", "incident_statuses", vec![], usize::MAX, status).await
    }

    /// Incident types.
    pub async fn incident_types(&self) -> Result<Listed<IncidentType>, ApiError> {
        let read = |v: View<'_>| {
            Some(IncidentType { id: v.id("id")?.into(), name: v.line("name"), is_default: v.0["is_default"].as_bool().unwrap_or(false) })
        };
        self.list("/v1/incident_types", "incident_types", vec![], usize::MAX, read).await
    }

    /// Roles.
    pub async fn roles(&self) -> Result<Listed<Role>, ApiError> {
        let read = |v: View<'_>| Some(Role { id: v.id("id")?.into(), name: v.line("name"), kind: v.line("role_type") });
        self.list("/v2/incident_roles", "incident_roles", vec![], usize::MAX, read).await
    }

    /// Ids of custom fields with the catalog type each draws from.
    pub async fn custom_fields(&self) -> Result<Listed<(String, String)>, ApiError> {
        self.list("/v2/custom_fields", "custom_fields", vec![], usize::MAX, |v| {
            Some((v.id("id")?.to_owned(), v.raw("catalog_type_id").to_owned()))
        })
        .await
    }

    /// People.
    pub async fn users(&self) -> Result<Listed<Person>, ApiError> {
        self.list("/v2/users", "users", query(&[("page_size", "1000")]), 20_000, |v| v.person()).await
    }

    /// Teams.
    pub async fn teams(&self) -> Result<Listed<Team>, ApiError> {
        let read = |v: View<'_>| {
            Some(Team {
                id: v.id("id")?.into(),
                name: v.line("name"),
                members: v.list("members").filter_map(|m| m.id("id").map(Into::into)).collect(),
            })
        };
        self.list("/v3/teams", "teams", query(&[("page_size", "250")]), 5_000, read).await
    }
}
