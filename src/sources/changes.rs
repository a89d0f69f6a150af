//! Changes from git repositories, GitHub, and any JSON feed.

use super::Window;
use super::command::run;
use super::http::{Endpoint, SourceError};
use super::logs::when;
use crate::config::{self, ChangeKind, ConfigError, Fields};
use crate::domain::text::clean_line;
use crate::domain::{Change, ChangeClass, Instant};
use serde_json::Value;
use std::time::Duration;

/// Changes read from one source at most.
const MOST: usize = 500;

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
    pub fn open(config: &config::Changes, timeout: Duration) -> Result<Self, ConfigError> {
        let wrong = |what: &str| ConfigError(format!("The source \"{}\": {what}", config.name));
        let endpoint =
            |url: &str| Endpoint::open(&config.name, url, &config.access, timeout).map(Box::new);
        let way = match config.kind {
            ChangeKind::Git if config.path.is_empty() => {
                return Err(wrong("changes of kind git need a path."));
            }
            ChangeKind::Git => Backend::Git {
                path: config.path.clone(),
            },
            ChangeKind::Github => {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
                if config.repository.split('/').count() != 2
                    || !config.repository.chars().all(plain)
                {
                    return Err(wrong(
                        "changes of kind github need repository = \"OWNER/NAME\".",
                    ));
                }
                let url = if config.url.is_empty() {
                    "https://api.github.com"
                } else {
                    &config.url
                };
                Backend::Github {
                    endpoint: endpoint(url)?,
                    repository: config.repository.clone(),
                }
            }
            ChangeKind::Json if config.fields.at.is_empty() || config.fields.title.is_empty() => {
                return Err(wrong(
                    "changes of kind json need fields.at and fields.title.",
                ));
            }
            ChangeKind::Json => {
                let plain = config.url.replace("$from", "0").replace("$to", "0");
                Backend::Json {
                    endpoint: endpoint(&plain)?,
                    url: config.url.clone(),
                    fields: config.fields.clone(),
                }
            }
            ChangeKind::Alerts => Backend::Alerts,
        };
        let folders = config
            .folders
            .iter()
            .map(|(f, s)| (f.clone(), s.clone()))
            .collect();
        Ok(Self {
            name: config.name.clone(),
            service: config.service.clone(),
            folders,
            way,
            timeout,
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
                let (read, unreadable) = self.json(endpoint, url, fields, window).await?;
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

    /// Commits, merges and tags that reached the checked-out branch.
    async fn git(&self, path: &str, window: Window) -> Result<Vec<Change>, SourceError> {
        let arguments: Vec<String> = [
            "-C",
            path,
            "-c",
            "core.fsmonitor=false",
            "log",
            "--name-only",
            "--first-parent",
            "-m",
            "--date=unix",
            &format!("--since={}", window.changes_from.timestamp()),
            &format!("--until={}", window.to.timestamp()),
            &format!("--max-count={MOST}"),
            "--format=%x1e%h%x1f%ct%x1f%an%x1f%s%x1f%D%x1f",
            "--end-of-options",
            "HEAD",
        ]
        .map(str::to_owned)
        .to_vec();
        let text = run("git", &arguments, self.timeout).await?;
        let commit = |block: &str| {
            let mut fields = block.splitn(6, '\u{1f}');
            let mut next = || clean_line(fields.next().unwrap_or_default());
            let (id, time, author, subject, refs) = (next(), next(), next(), next(), next());
            let files = fields.next().unwrap_or_default();
            let tag = refs
                .split(", ")
                .find_map(|r| r.strip_prefix("tag: "))
                .map(str::to_owned);
            let service = self
                .folders
                .iter()
                .find(|(folder, _)| files.lines().any(|f| f.starts_with(folder.as_str())))
                .map_or(&self.service, |f| &f.1);
            let class = if tag.is_some() {
                ChangeClass::Deploy
            } else {
                class_of(&format!("{subject} {files}"))
            };
            let title = tag
                .as_ref()
                .map_or_else(|| subject.clone(), |t| format!("{t}: {subject}"));
            Some(Change {
                at: Instant::from_timestamp(time.parse().ok()?, 0)?,
                class,
                title,
                service: service.clone(),
                version: Some(tag.unwrap_or(id)),
                author: Some(author),
                source: self.name.clone(),
                query: format!("git -C {path} log --first-parent"),
                link: None,
            })
        };
        Ok(text
            .split('\u{1e}')
            .filter(|b| !b.trim().is_empty())
            .filter_map(commit)
            .collect())
    }

    async fn github(
        &self,
        endpoint: &Endpoint,
        repository: &str,
    ) -> Result<Vec<Change>, SourceError> {
        let page = |what: &str| {
            let mut url = endpoint.at(&format!("repos/{repository}/{what}"));
            url.query_pairs_mut().append_pair("per_page", "100");
            url
        };
        let (deployments, releases) = (page("deployments"), page("releases"));
        let (a, b) = tokio::join!(
            endpoint.get(deployments.clone()),
            endpoint.get(releases.clone())
        );
        let name = if self.service.is_empty() {
            repository.rsplit('/').next().unwrap_or_default()
        } else {
            &self.service
        };
        let text = |v: &Value| v.as_str().map(clean_line);
        let change = |at: &Value,
                      title: String,
                      version: Option<String>,
                      author: &Value,
                      link: &Value,
                      query: &url::Url| {
            Some(Change {
                at: when(at)?,
                class: ChangeClass::Deploy,
                title,
                service: name.to_owned(),
                version,
                author: text(&author["login"]),
                source: self.name.clone(),
                query: query.to_string(),
                link: text(link),
            })
        };
        let mut all: Vec<Change> = Vec::new();
        for d in a?.as_array().into_iter().flatten() {
            let (version, place) = (text(&d["ref"]), text(&d["environment"]).unwrap_or_default());
            let title = format!(
                "{name} {} deployed to {place}",
                version.clone().unwrap_or_default()
            );
            all.extend(change(
                &d["created_at"],
                title,
                version,
                &d["creator"],
                &Value::Null,
                &deployments,
            ));
        }
        for r in b?.as_array().into_iter().flatten() {
            let version = text(&r["tag_name"]);
            let title = format!("{name} {} released", version.clone().unwrap_or_default());
            all.extend(change(
                &r["published_at"],
                title,
                version,
                &r["author"],
                &r["html_url"],
                &releases,
            ));
        }
        Ok(all)
    }

    async fn json(
        &self,
        endpoint: &Endpoint,
        url: &str,
        fields: &Fields,
        window: Window,
    ) -> Result<(Vec<Change>, usize), SourceError> {
        let stamp = |t: Instant| t.format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let asked = url
            .replace("$from", &stamp(window.changes_from))
            .replace("$to", &stamp(window.to));
        let target: url::Url = asked.parse().map_err(|e| {
            SourceError(format!(
                "{}: \"{asked}\" is not an address ({e}).",
                self.name
            ))
        })?;
        if target.origin() != endpoint.base().origin() {
            return Err(SourceError(format!(
                "{}: the address changes its host.",
                self.name
            )));
        }
        let answer = endpoint.get(target).await?;
        let items = if fields.items.is_empty() {
            Some(&answer)
        } else {
            answer.pointer(&fields.items)
        };
        let items = items.and_then(Value::as_array).ok_or_else(|| {
            SourceError(format!(
                "{} has no list at \"{}\".",
                self.name, fields.items
            ))
        })?;
        let text = |item: &Value, pointer: &str| {
            let value = if pointer.is_empty() {
                None
            } else {
                item.pointer(pointer)
            }?;
            value
                .as_str()
                .map(clean_line)
                .or_else(|| value.as_number().map(ToString::to_string))
                .filter(|t| !t.is_empty())
        };
        let read: Vec<Change> = items
            .iter()
            .take(MOST * 4)
            .filter_map(|item| {
                let title = text(item, &fields.title)?;
                let class =
                    text(item, &fields.class).map_or_else(|| class_of(&title), |c| class_of(&c));
                Some(Change {
                    at: item.pointer(&fields.at).and_then(when)?,
                    class,
                    service: text(item, &fields.service).unwrap_or_else(|| self.service.clone()),
                    version: text(item, &fields.version),
                    author: text(item, &fields.author),
                    source: self.name.clone(),
                    query: asked.clone(),
                    link: text(item, &fields.link),
                    title,
                })
            })
            .collect();
        let unread = items.len().min(MOST * 4) - read.len();
        Ok((read, unread))
    }
}

/// Words that tell of each class of change; the first class with a word in the text is it.
const WORDS: &[(ChangeClass, &[&str])] = &[
    (
        ChangeClass::FeatureFlag,
        &[
            "feature flag",
            "feature_flag",
            "flag ",
            "toggle",
            "experiment",
        ],
    ),
    (
        ChangeClass::Database,
        &[
            "migration",
            "migrate",
            "schema",
            "database",
            "index on",
            ".sql",
            "alter table",
        ],
    ),
    (
        ChangeClass::Infrastructure,
        &[
            "terraform",
            "cluster",
            "node pool",
            "instance type",
            "scaled",
            "autoscal",
            "dns ",
            "firewall",
            "kubernetes upgrade",
            ".tf",
        ],
    ),
    (
        ChangeClass::Config,
        &[
            "config",
            "setting",
            "environment variable",
            "configmap",
            "limit of",
            "timeout of",
            "secret",
        ],
    ),
    (
        ChangeClass::Deploy,
        &[
            "deploy",
            "release",
            "rollout",
            "rolled out",
            "rollback",
            "rolled back",
            "shipped",
            "promote",
            "bump version",
        ],
    ),
];

/// The class of a change by its words.
pub fn classify(text: &str) -> Option<ChangeClass> {
    let low = format!("{} ", text.to_lowercase());
    WORDS
        .iter()
        .find(|(_, words)| words.iter().any(|w| low.contains(w)))
        .map(|(class, _)| *class)
}

fn class_of(text: &str) -> ChangeClass {
    classify(text).unwrap_or(ChangeClass::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_classed_by_their_words() {
        for (text, class) in [
            ("payment-gateway v2.1.0 deployed", Some(ChangeClass::Deploy)),
            (
                "Turn on feature flag new-cart",
                Some(ChangeClass::FeatureFlag),
            ),
            (
                "Migration 0042: index on orders",
                Some(ChangeClass::Database),
            ),
            (
                "terraform apply: node pool resized",
                Some(ChangeClass::Infrastructure),
            ),
            ("ConfigMap cart-config changed", Some(ChangeClass::Config)),
            ("HighErrorRate: checkout-service 503 above 5%", None),
        ] {
            assert_eq!(classify(text), class, "{text}");
        }
    }
}
