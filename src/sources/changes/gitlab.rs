//! Deployments, releases and merged requests of a project on GitLab.

use super::ChangeSource;
use super::class::classify;
use super::feed::text;
use crate::domain::secrets::redact;
use crate::domain::{Change, ChangeClass};
use crate::sources::Window;
use crate::sources::http::{Endpoint, SourceError};
use crate::sources::logs::when;
use serde_json::Value;
use url::Url;

/// What is listed of a project.
#[derive(Clone, Copy)]
enum Listed {
    Deployments,
    Releases,
    Merged,
}

impl ChangeSource {
    /// The newest hundred of each. A part that a project has switched off, or that a token may not see, has none; an error
    /// where there is no part left.
    pub(super) async fn gitlab(
        &self,
        endpoint: &Endpoint,
        project: &str,
        window: Window,
    ) -> Result<Vec<Change>, SourceError> {
        let ask = |what| self.listed(endpoint, project, what, window);
        let (deployments, releases, merged) = tokio::join!(
            ask(Listed::Deployments),
            ask(Listed::Releases),
            ask(Listed::Merged)
        );
        let parts = [deployments?, releases?, merged?];
        if parts.iter().all(Option::is_none) {
            return Err(SourceError(format!(
                "{} refuses the credentials (HTTP 403).",
                self.name
            )));
        }
        Ok(parts.into_iter().flatten().flatten().collect())
    }

    async fn listed(
        &self,
        endpoint: &Endpoint,
        project: &str,
        what: Listed,
        window: Window,
    ) -> Result<Option<Vec<Change>>, SourceError> {
        let since = window.changes_from.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let (path, given) = match what {
            Listed::Deployments => (
                "deployments",
                vec![("order_by", "updated_at"), ("updated_after", &since)],
            ),
            Listed::Releases => ("releases", vec![("order_by", "released_at")]),
            Listed::Merged => (
                "merge_requests",
                vec![
                    ("state", "merged"),
                    ("order_by", "updated_at"),
                    ("updated_after", &since),
                ],
            ),
        };
        let below = endpoint.below(&["api", "v4", "projects", project, path]);
        let mut url = below.base().clone();
        url.query_pairs_mut()
            .extend_pairs(given)
            .append_pair("sort", "desc")
            .append_pair("per_page", "100");
        let asked = url.clone();
        let read = |answer: &Value| {
            let foreign = || SourceError(format!("{} does not answer as GitLab does.", self.name));
            let all = answer.as_array().ok_or_else(foreign)?.iter();
            let name = self.service_of(project);
            let read = |one| self.read_listed(one, name, what, &asked);
            Ok(all.filter_map(read).collect())
        };
        endpoint.get_if_allowed(url, read).await
    }

    /// The service of a project: as configured, or by its last name.
    fn service_of<'a>(&'a self, project: &'a str) -> &'a str {
        match self.service.as_str() {
            "" => project.rsplit('/').next().unwrap_or_default(),
            own => own,
        }
    }

    fn read_listed(&self, one: &Value, name: &str, what: Listed, asked: &Url) -> Option<Change> {
        let change = |at, class, title, version, author, link| Change {
            at,
            class,
            title,
            service: name.to_owned(),
            version,
            author,
            source: self.name.clone(),
            query: redact(asked.as_str()),
            link,
        };
        match what {
            Listed::Deployments => {
                let state = text(one, "/status")?;
                let how = match state.as_str() {
                    "success" => "deployed to",
                    "running" => "is being deployed to",
                    "failed" => "could not be deployed to",
                    // What waits or was called off changed nothing.
                    _ => return None,
                };
                let done = when(&one["deployable"]["finished_at"]);
                let at = done.or_else(|| when(&one["updated_at"]))?;
                let place = text(one, "/environment/name").unwrap_or_default();
                let version = text(one, "/ref");
                let title = format!(
                    "{name} {} {how} {place}",
                    version.as_deref().unwrap_or_default()
                );
                let author = text(one, "/user/username").or_else(|| text(one, "/user/name"));
                let link = text(one, "/deployable/web_url");
                Some(change(
                    at,
                    ChangeClass::Deploy,
                    title,
                    version,
                    author,
                    link,
                ))
            }
            Listed::Releases => {
                let version = text(one, "/tag_name")?;
                let title = format!("{name} {version} released");
                let author = text(one, "/author/username");
                let link = text(one, "/_links/self");
                Some(change(
                    when(&one["released_at"])?,
                    ChangeClass::Deploy,
                    title,
                    Some(version),
                    author,
                    link,
                ))
            }
            Listed::Merged => {
                let title = text(one, "/title")?;
                let class = classify(&title).unwrap_or(ChangeClass::Other);
                let merger =
                    text(one, "/merge_user/username").or_else(|| text(one, "/merged_by/username"));
                let author = merger.or_else(|| text(one, "/author/username"));
                let version =
                    text(one, "/merge_commit_sha").map(|sha| sha.chars().take(8).collect());
                let link = text(one, "/web_url");
                Some(change(
                    when(&one["merged_at"])?,
                    class,
                    format!("{title} merged"),
                    version,
                    author,
                    link,
                ))
            }
        }
    }
}
