//! Changes from git repositories, GitHub, and any JSON feed.

mod class;
mod feed;
mod git;
mod github;

use super::Window;
use super::http::{Asking, Endpoint, SourceError};
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
    Json {
        endpoint: Box<Endpoint>,
        url: String,
        fields: Fields,
    },
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
            Backend::Json {
                endpoint,
                url,
                fields,
            } => {
                let (read, unreadable) = self.feed(endpoint, url, fields, window).await?;
                unread = unreadable;
                read
            }
            Backend::Alerts => Vec::new(),
        };
        all.retain(|c| c.at >= window.changes_from && c.at <= window.to);
        all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.title.cmp(&b.title)));
        all.truncate(MOST);
        Ok((all, unread))
    }
}

fn backend(config: &config::Changes, asking: &Asking) -> Result<Backend, ConfigError> {
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
        ChangeKind::Json if config.fields.at.is_empty() || config.fields.title.is_empty() => {
            return wrong("changes of kind json need fields.at and fields.title.");
        }
        ChangeKind::Json => Backend::Json {
            endpoint: endpoint(&config.url.replace("$from", "0").replace("$to", "0"))?,
            url: config.url.clone(),
            fields: config.fields.clone(),
        },
        ChangeKind::Alerts => Backend::Alerts,
    })
}

fn is_repository(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    name.split('/').count() == 2 && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Allowance, any_json};
    use serde_json::json;

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn any_feed_is_read_or_refused(value in any_json()) {
            let config: config::Changes = toml::from_str("name = \"a\"\nkind = \"alerts\"").expect("a source");
            let asking = Asking { timeout: Duration::from_secs(1), allowance: Allowance::new().into() };
            let source = ChangeSource::open(&config, &asking).expect("it opens");
            let fields = Fields { at: "/created_at".into(), title: "/title".into(), ..Fields::default() };
            let fed = source.entries(&json!([value]), &fields, "x");
            assert!(fed.is_ok_and(|(read, unread)| read.len() + unread == 1));
            for read in source.read_any(&value).into_iter().flatten() {
                assert!(!read.title.contains('\u{1b}'));
            }
        }
    }
}
