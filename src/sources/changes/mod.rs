//! Changes from git repositories, GitHub, GitLab, Argo CD, Datadog, Sentry, and any JSON feed.

mod argo;
mod class;
mod datadog;
mod feed;
mod git;
mod github;
mod gitlab;
mod sentry;
#[cfg(test)]
mod tests;

use super::Window;
use super::datadog::{Datadog, Settings};
use super::http::{Asking, Endpoint, SourceError};
use super::sentry::Sentry;
use crate::config::{self, ChangeKind, ConfigError, Fields};
use crate::domain::Change;
pub use class::classify;
pub(super) use feed::text;
use std::time::Duration;

/// Changes read from one source at most.
pub const MOST: usize = 500;

enum Backend {
    Git {
        path: String,
    },
    Github {
        endpoint: Box<Endpoint>,
        repository: String,
    },
    Gitlab {
        endpoint: Box<Endpoint>,
        project: String,
    },
    Argo {
        endpoint: Box<Endpoint>,
    },
    Json {
        endpoint: Box<Endpoint>,
        url: String,
        fields: Fields,
    },
    Datadog {
        door: Box<Datadog>,
        query: String,
    },
    Sentry(Sentry),
    Alerts,
}

/// A source of changes. The service of a change is as the source says it; the caller finds it in the catalog.
pub struct ChangeSource {
    name: String,
    service: String,
    folders: Vec<(String, String)>,
    way: Backend,
    timeout: Duration,
}

impl ChangeSource {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Changes, asking: &Asking) -> Result<Self, ConfigError> {
        config.check()?;
        let folders = config.folders.iter();
        Ok(Self {
            name: config.name.clone(),
            service: config.service.clone(),
            folders: folders.map(|(f, s)| (f.clone(), s.clone())).collect(),
            way: backend(config, asking)?,
            timeout: asking.timeout,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its changes are incident.io alerts, which it cannot ask for itself.
    pub fn is_alerts(&self) -> bool {
        matches!(self.way, Backend::Alerts)
    }

    /// Changes in a window, newest first, and how many entries could not be read.
    pub async fn changes(&self, window: Window) -> Result<(Vec<Change>, usize), SourceError> {
        let mut unread = 0;
        let mut all = match &self.way {
            Backend::Git { path } => self.git(path, window).await?,
            Backend::Github {
                endpoint,
                repository,
            } => self.github(endpoint, repository).await?,
            Backend::Gitlab { endpoint, project } => self.gitlab(endpoint, project, window).await?,
            Backend::Argo { endpoint } => self.argo(endpoint).await?,
            Backend::Json {
                endpoint,
                url,
                fields,
            } => {
                let (read, unreadable) = self.feed(endpoint, url, fields, window).await?;
                unread = unreadable;
                read
            }
            Backend::Datadog { door, query } => {
                let (read, unreadable) = self.datadog(door, query, window).await?;
                unread = unreadable;
                read
            }
            Backend::Sentry(sentry) => self.sentry(sentry, window).await?,
            Backend::Alerts => Vec::new(),
        };
        all.retain(|c| c.at >= window.changes_from && c.at <= window.to);
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.title.cmp(&b.title)));
        all.truncate(MOST);
        Ok((all, unread))
    }
}

fn backend(config: &config::Changes, asking: &Asking) -> Result<Backend, ConfigError> {
    config.check()?;
    let wrong = |what: &str| {
        Err(ConfigError(format!(
            "The source \"{}\": {what}",
            config.name
        )))
    };
    let endpoint =
        |url: &str| Endpoint::open(&config.name, url, &config.access, asking).map(Box::new);
    Ok(match config.kind {
        ChangeKind::Git if config.path.is_empty() => {
            return wrong("changes of kind git need a path.");
        }
        ChangeKind::Git => Backend::Git {
            path: config.path.clone(),
        },
        ChangeKind::Github if !is_repository(&config.repository) => {
            return wrong("changes of kind github need repository = \"OWNER/NAME\".");
        }
        ChangeKind::Github if config.url.is_empty() => Backend::Github {
            endpoint: endpoint("https://api.github.com")?,
            repository: config.repository.clone(),
        },
        ChangeKind::Github => Backend::Github {
            endpoint: endpoint(&config.url)?,
            repository: config.repository.clone(),
        },
        ChangeKind::Gitlab if !is_project(&config.repository) => {
            return wrong(
                "changes of kind gitlab need repository = \"GROUP/NAME\", or its number.",
            );
        }
        ChangeKind::Gitlab => Backend::Gitlab {
            endpoint: endpoint(match config.url.as_str() {
                "" => "https://gitlab.com",
                own => own,
            })?,
            project: config.repository.clone(),
        },
        ChangeKind::Argocd if config.url.is_empty() => {
            return wrong("changes of kind argocd need the url of Argo CD.");
        }
        ChangeKind::Argocd => Backend::Argo {
            endpoint: endpoint(&config.url)?,
        },
        ChangeKind::Json if config.fields.at.is_empty() || config.fields.title.is_empty() => {
            return wrong("changes of kind json need fields.at and fields.title.");
        }
        ChangeKind::Json => Backend::Json {
            endpoint: endpoint(&config.url.replace("$from", "0").replace("$to", "0"))?,
            url: config.url.clone(),
            fields: config.fields.clone(),
        },
        ChangeKind::Datadog => Backend::Datadog {
            door: Box::new(Datadog::open(&datadog(config), asking)?),
            query: config.query.trim().to_owned(),
        },
        ChangeKind::Sentry => {
            let (name, url, access) = (&config.name, &config.url, &config.access);
            Backend::Sentry(Sentry::open(name, url, &config.sentry, access, asking)?)
        }
        ChangeKind::Alerts => Backend::Alerts,
    })
}

fn datadog(config: &config::Changes) -> Settings<'_> {
    Settings {
        name: &config.name,
        url: &config.url,
        site: &config.site,
        keys: &config.keys,
        filter: &config.filter,
        access: &config.access,
    }
}

fn is_repository(name: &str) -> bool {
    is_path(name) && name.split('/').count() == 2
}

/// A project on GitLab may lie in groups within groups, or be given by its number.
fn is_project(name: &str) -> bool {
    let is_number = !name.is_empty() && name.chars().all(|c| c.is_ascii_digit());
    is_number || (is_path(name) && name.split('/').count() >= 2)
}

fn is_path(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    name.chars().all(plain) && name.split('/').all(|part| !part.is_empty() && part != "..")
}
