//! Identity and the organisation's own words and people.

use super::pagination::query;
use super::wire::Wire;
use super::{ApiError, Client, Listed};
use crate::domain::{
    CustomField, Identity, IncidentType, Person, Role, Severity, Status, StatusCategory,
    StatusPage, Team,
};
use futures_util::future::try_join_all;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// What was published on a status page, at most: the newest come first, and what is ongoing is new.
const MOST_PUBLISHED: usize = 1_000;

pub(super) fn severity(v: Wire<'_>) -> Option<Severity> {
    Some(Severity {
        id: Arc::from(v.id("id")?),
        name: Arc::from(v.line("name")),
        rank: v.number("rank").unwrap_or(0),
    })
}

pub(super) fn status(v: Wire<'_>) -> Option<Status> {
    Some(Status {
        id: Arc::from(v.id("id")?),
        name: Arc::from(v.line("name")),
        category: StatusCategory::parse(v.raw("category")),
    })
}

/// How long it is remembered whose key this is, where what is asked is fetched by others.
const REMEMBERED: Duration = Duration::from_secs(60);

impl Client {
    /// Whose key this is; needs no permission. Where others fetch what is asked here, it is asked no more than once a
    /// minute, and what they know stands in for a platform that cannot be reached.
    pub async fn identity(&self) -> Result<Identity, ApiError> {
        let Some(shelf) = self.shelf() else {
            return self.ask_identity().await;
        };
        let mut known = self.known_identity().lock().await;
        if let Some((at, identity)) = &*known
            && at.elapsed() < REMEMBERED
        {
            return Ok(identity.clone());
        }
        match self.ask_identity().await {
            Ok(identity) => {
                *known = Some((Instant::now(), identity.clone()));
                Ok(identity)
            }
            Err(e @ ApiError::Network { .. }) => shelf.stands_in().ok_or(e),
            Err(e) => Err(e),
        }
    }

    async fn ask_identity(&self) -> Result<Identity, ApiError> {
        let body = self.get("/v1/identity", &[]).await?;
        let v = Wire(&body).at("identity");
        if !v.0.is_object() {
            return Err(self.unreadable("/v1/identity", "whose key this is"));
        }
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
        self.list("/v1/severities", "severities", vec![], usize::MAX, severity)
            .await
    }

    /// Statuses.
    pub async fn statuses(&self) -> Result<Listed<Status>, ApiError> {
        self.list(
            "/v1/incident_statuses",
            "incident_statuses",
            vec![],
            usize::MAX,
            status,
        )
        .await
    }

    /// Incident types.
    pub async fn incident_types(&self) -> Result<Listed<IncidentType>, ApiError> {
        let read = |v: Wire<'_>| {
            let is = |field: &str| v.0[field].as_bool().unwrap_or(false);
            Some(IncidentType {
                id: v.id("id")?.into(),
                name: v.line("name"),
                is_default: is("is_default"),
                private_only: is("private_incidents_only"),
            })
        };
        self.list(
            "/v1/incident_types",
            "incident_types",
            vec![],
            usize::MAX,
            read,
        )
        .await
    }

    /// Roles.
    pub async fn roles(&self) -> Result<Listed<Role>, ApiError> {
        let read = |v: Wire<'_>| {
            Some(Role {
                id: v.id("id")?.into(),
                name: v.line("name"),
                kind: v.line("role_type"),
            })
        };
        self.list(
            "/v2/incident_roles",
            "incident_roles",
            vec![],
            usize::MAX,
            read,
        )
        .await
    }

    /// Custom fields of incidents, with the options of those that have their own.
    pub async fn custom_fields(&self) -> Result<Listed<CustomField>, ApiError> {
        let read = |v: Wire<'_>| {
            Some(CustomField {
                id: v.id("id")?.to_owned(),
                name: v.line("name"),
                description: v.line("description"),
                kind: v.raw("field_type").to_owned(),
                catalog_type: v.raw("catalog_type_id").to_owned(),
                options: Vec::new(),
            })
        };
        let mut all = self
            .list(
                "/v2/custom_fields",
                "custom_fields",
                vec![],
                usize::MAX,
                read,
            )
            .await?;
        let of_their_own =
            |f: &&mut CustomField| f.kind.ends_with("select") && f.catalog_type.is_empty();
        let asked = all
            .items
            .iter_mut()
            .filter(of_their_own)
            .map(|field| async move {
                field.options = self.options_of(&field.id).await?;
                Ok::<_, ApiError>(())
            });
        try_join_all(asked).await?;
        Ok(all)
    }

    /// Ids and words of what can be chosen in a custom field.
    async fn options_of(&self, field: &str) -> Result<Vec<(String, String)>, ApiError> {
        let read = |v: Wire<'_>| Some((v.id("id")?.to_owned(), v.line("value")));
        let asked = query(&[("custom_field_id", field), ("page_size", "250")]);
        let (path, key) = ("/v1/custom_field_options", "custom_field_options");
        Ok(self.list(path, key, asked, 5_000, read).await?.items)
    }

    /// Ids and names of the organisation's timestamps.
    pub async fn timestamps(&self) -> Result<Listed<(String, String)>, ApiError> {
        let read = |v: Wire<'_>| Some((v.id("id")?.to_owned(), v.line("name")));
        self.list(
            "/v2/incident_timestamps",
            "incident_timestamps",
            vec![],
            usize::MAX,
            read,
        )
        .await
    }

    /// Status pages with their components and what is published on them and not resolved.
    pub async fn status_pages(&self) -> Result<Vec<StatusPage>, ApiError> {
        let read = |v: Wire<'_>| {
            Some(StatusPage {
                id: v.id("id")?.to_owned(),
                name: v.line("name"),
                components: vec![],
                ongoing: vec![],
            })
        };
        let mut pages = self
            .list(
                "/v2/status_pages",
                "status_pages",
                query(&[("page_size", "250")]),
                500,
                read,
            )
            .await?
            .items;
        try_join_all(pages.iter_mut().map(|page| self.read_page(page))).await?;
        Ok(pages)
    }

    /// Reads the components of a status page, and what is published on it and not resolved.
    async fn read_page(&self, page: &mut StatusPage) -> Result<(), ApiError> {
        let published = |v: Wire<'_>| {
            let is_over = v.raw("incident_status") == "resolved";
            Some((is_over, (v.id("id")?.to_owned(), v.line("name"))))
        };
        let asked = query(&[("status_page_id", &page.id), ("page_size", "250")]);
        let (list, key) = ("/v2/status_page_incidents", "status_page_incidents");
        let path = format!("/v2/status_page_structures/{}", page.id);
        let (body, published) = tokio::join!(
            self.get(&path, &[]),
            self.list(list, key, asked, MOST_PUBLISHED, published)
        );
        let body = body?;
        if !Wire(&body).at("current_structure").0.is_object() {
            return Err(self.unreadable(&path, "the structure of a status page"));
        }
        let component = |v: Wire<'_>| Some((v.id("component_id")?.to_owned(), v.line("name")));
        for item in Wire(&body).at("current_structure").list("items") {
            page.components.extend(component(item.at("component")));
            page.components
                .extend(item.at("group").list("components").filter_map(component));
        }
        let ongoing = published?.items.into_iter().filter(|(is_over, _)| !is_over);
        page.ongoing = ongoing.map(|(_, one)| one).collect();
        Ok(())
    }

    /// People.
    pub async fn users(&self) -> Result<Listed<Person>, ApiError> {
        self.list(
            "/v2/users",
            "users",
            query(&[("page_size", "1000")]),
            20_000,
            |v| v.person(),
        )
        .await
    }

    /// Teams.
    pub async fn teams(&self) -> Result<Listed<Team>, ApiError> {
        let read = |v: Wire<'_>| {
            Some(Team {
                id: v.id("id")?.into(),
                name: v.line("name"),
                members: v
                    .list("members")
                    .filter_map(|m| m.id("id").map(Into::into))
                    .collect(),
            })
        };
        self.list(
            "/v3/teams",
            "teams",
            query(&[("page_size", "250")]),
            5_000,
            read,
        )
        .await
    }
}
