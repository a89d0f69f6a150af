//! Sentry by its HTTP API: one organisation and its projects, which stand for services.

use super::http::{Answered, Asking, Endpoint, SourceError};
use super::names::Names;
use crate::config::{self, Access, ConfigError};
use crate::domain::Instant;
use crate::domain::text::clean_line;
use serde_json::Value;
use url::Url;

/// Where Sentry is unless the configuration says otherwise.
const PUBLIC: &str = "https://sentry.io";
/// Entries of one answer: Sentry gives no more.
pub(super) const PAGE: usize = 100;
/// Pages of projects that are read.
const MOST_PAGES: usize = 10;
/// Projects that one question names: each stands in its address.
pub(super) const MOST_PROJECTS: usize = 60;

/// An organisation at Sentry.
pub(super) struct Sentry {
    name: String,
    endpoint: Box<Endpoint>,
    settings: config::Sentry,
}

/// A project of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Project {
    /// What it is asked about by.
    pub id: String,
    /// Its name in addresses.
    pub slug: String,
}

impl Sentry {
    pub fn open(
        name: &str,
        url: &str,
        settings: &config::Sentry,
        access: &Access,
        asking: &Asking,
    ) -> Result<Self, ConfigError> {
        let url = if url.is_empty() { PUBLIC } else { url };
        Ok(Self {
            name: name.to_owned(),
            endpoint: Box::new(Endpoint::open(name, url, access, asking)?),
            settings: settings.clone(),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The organisation, by its name in addresses.
    pub fn organization(&self) -> &str {
        &self.settings.organization
    }

    /// The environment that counts; empty for all.
    pub fn environment(&self) -> &str {
        &self.settings.environment
    }

    pub fn foreign(&self) -> SourceError {
        SourceError(format!("{} does not answer as Sentry does.", self.name))
    }

    /// The address of something below the organisation. Sentry wants a slash at the end.
    pub fn at(&self, parts: &[&str]) -> Url {
        let organization = ["api", "0", "organizations", self.organization()];
        let all = [&organization[..], parts, &[""]].concat();
        self.endpoint.below(&all).base().clone()
    }

    /// The page of something of the organisation, for people.
    pub fn page(&self, parts: &[&str]) -> Url {
        let all = [&["organizations", self.organization()], parts, &[""]].concat();
        self.endpoint.below(&all).base().clone()
    }

    pub async fn get<T>(
        &self,
        url: Url,
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        self.endpoint.get(url, read).await
    }

    /// The entries of a list, as far as one answer goes, and whether there are more.
    pub async fn list<T>(
        &self,
        url: Url,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<(Vec<T>, bool), SourceError> {
        let (all, told) = self.listed(url, read).await?;
        Ok((all, told.is_part))
    }

    async fn listed<T>(
        &self,
        url: Url,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<(Vec<T>, Answered), SourceError> {
        let read = |answer: &Value, told: &Answered| {
            let all = answer.as_array().ok_or_else(|| self.foreign())?;
            let read = all.iter().take(PAGE).filter_map(&read);
            Ok((read.collect(), told.clone()))
        };
        self.endpoint.get_told(url, read).await
    }

    /// Every project, page by page; and whether there are more than are read.
    pub async fn projects(&self) -> Result<(Vec<Project>, bool), SourceError> {
        let read = |one: &Value| {
            let id = one["id"].as_str().filter(|id| is_number(id))?.to_owned();
            let slug = clean_line(one["slug"].as_str()?);
            Some(Project { id, slug })
        };
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let mut url = self.at(&["projects"]);
            url.query_pairs_mut()
                .append_pair("per_page", &PAGE.to_string())
                .extend_pairs(cursor.iter().map(|c| ("cursor", c)));
            let (page, told) = self.listed(url, read).await?;
            all.extend(page);
            cursor = told.cursor;
            if cursor.is_none() {
                return Ok((all, false));
            }
        }
        Ok((all, true))
    }

    /// The service that the configuration says a project is; its own name otherwise.
    pub fn called<'a>(&'a self, slug: &'a str) -> &'a str {
        self.settings
            .projects
            .get(slug)
            .map_or(slug, String::as_str)
    }

    /// The service in scope that a project stands for.
    pub fn service<'a>(&self, slug: &str, names: &'a Names) -> Option<&'a str> {
        names.service(self.called(slug))
    }

    /// Projects that the configuration names and the organisation does not have.
    pub fn unknown(&self, projects: &[Project]) -> Option<&str> {
        let mut named = self.settings.projects.keys();
        let missing = named.find(|slug| !projects.iter().any(|p| p.slug == **slug));
        missing.map(String::as_str)
    }
}

/// Whether an id is one that Sentry gives: it is put into further addresses.
pub(super) fn is_number(id: &str) -> bool {
    !id.is_empty() && id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit())
}

/// The version of a release, short where it is a commit.
pub(super) fn version(release: &Value) -> Option<String> {
    let word = |value: &Value| value.as_str().map(clean_line).filter(|w| !w.is_empty());
    let whole = word(&release["version"])?;
    if whole.len() >= 32 && whole.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some(whole.chars().take(8).collect());
    }
    let package = word(&release["versionInfo"]["description"]);
    Some(package.unwrap_or(whole))
}

/// A time as Sentry takes it in a question.
pub(super) fn stamp(at: Instant) -> String {
    at.format("%Y-%m-%dT%H:%M:%S").to_string()
}
