//! Releases that Sentry knows of, and where they were deployed.

use super::ChangeSource;
use super::feed::text;
use crate::domain::secrets::redact;
use crate::domain::{Change, ChangeClass, Instant};
use crate::sources::Window;
use crate::sources::http::SourceError;
use crate::sources::logs::when;
use crate::sources::sentry::{PAGE, Sentry, version};
use futures_util::future::join_all;
use serde_json::Value;

/// Releases of which every deployment is asked for; of the others the last one is known.
const MOST_ASKED: usize = 5;

/// A release.
struct Release {
    /// As it stands in addresses.
    whole: String,
    /// For people.
    version: String,
    /// When it was made known.
    at: Instant,
    /// The projects it is of, by their names in addresses.
    projects: Vec<String>,
    author: Option<String>,
    deployments: Vec<Deployment>,
    /// How many deployments there are.
    count: u64,
}

struct Deployment {
    at: Instant,
    environment: String,
    link: Option<String>,
}

impl ChangeSource {
    /// The newest hundred releases, each where it was deployed; one that was deployed nowhere as it was made known.
    pub(super) async fn sentry(
        &self,
        sentry: &Sentry,
        window: Window,
    ) -> Result<Vec<Change>, SourceError> {
        let mut url = sentry.at(&["releases"]);
        let environment = Some(sentry.environment()).filter(|e| !e.is_empty());
        url.query_pairs_mut()
            .append_pair("project", "-1")
            .extend_pairs(environment.map(|e| ("environment", e)))
            .append_pair("per_page", &PAGE.to_string());
        let query = redact(url.as_str());
        let (mut releases, _) = sentry.list(url, release).await?;
        let several = releases
            .iter_mut()
            .filter(|r| r.count > 1 && r.deployments.iter().any(|d| d.at >= window.changes_from));
        let asked = several.take(MOST_ASKED).map(|release| async {
            let url = sentry.at(&["releases", &release.whole, "deploys"]);
            let (all, _) = sentry.list(url, deployment).await?;
            release.deployments = all;
            Ok(())
        });
        join_all(asked)
            .await
            .into_iter()
            .collect::<Result<(), SourceError>>()?;
        let told = releases.iter();
        Ok(told
            .flat_map(|r| self.made_known(sentry, r, &query))
            .collect())
    }

    /// A release as changes of the services whose projects it is of.
    fn made_known(&self, sentry: &Sentry, release: &Release, query: &str) -> Vec<Change> {
        let page = || Some(redact(sentry.page(&["releases", &release.whole]).as_str()));
        let change = |slug: &str, at: Instant, how: String, link: Option<String>| {
            let service = sentry.called(slug);
            Change {
                at,
                class: ChangeClass::Deploy,
                title: format!("{service} {} {how}", release.version),
                service: service.to_owned(),
                version: Some(release.version.clone()),
                author: release.author.clone(),
                source: self.name.clone(),
                query: query.to_owned(),
                link: link.or_else(page),
            }
        };
        let here = |d: &&Deployment| {
            let wanted = sentry.environment();
            wanted.is_empty() || d.environment.eq_ignore_ascii_case(wanted)
        };
        let mut all = Vec::new();
        for slug in &release.projects {
            if release.count == 0 {
                all.push(change(slug, release.at, "released".into(), None));
            }
            let deployed = release.deployments.iter().filter(here);
            all.extend(deployed.map(|d| {
                let how = format!("deployed to {}", d.environment);
                change(slug, d.at, how, d.link.clone())
            }));
        }
        all
    }
}

fn release(one: &Value) -> Option<Release> {
    let author = text(one, "/owner/name").or_else(|| text(one, "/lastCommit/author/name"));
    let projects = one["projects"].as_array().into_iter().flatten();
    Some(Release {
        whole: one["version"].as_str()?.to_owned(),
        version: version(one)?,
        at: when(&one["dateReleased"]).or_else(|| when(&one["dateCreated"]))?,
        projects: projects
            .take(PAGE)
            .filter_map(|p| text(p, "/slug"))
            .collect(),
        author,
        deployments: deployment(&one["lastDeploy"]).into_iter().collect(),
        count: one["deployCount"].as_u64().unwrap_or(0),
    })
}

fn deployment(one: &Value) -> Option<Deployment> {
    Some(Deployment {
        at: when(&one["dateFinished"])?,
        environment: text(one, "/environment")?,
        link: text(one, "/url")
            .filter(|l| l.starts_with("http"))
            .map(|l| redact(&l)),
    })
}
