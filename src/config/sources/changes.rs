//! Settings of what tells of changes.

use super::{Access, DatadogKeys, Sentry, datadog};
use crate::config::ConfigError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A source of changes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Changes {
    /// Its name in findings.
    pub name: String,
    /// How it is asked.
    pub kind: ChangeKind,
    /// A git working tree or repository.
    #[serde(default)]
    pub path: String,
    /// OWNER/NAME on GitHub; on GitLab with all its groups, or its number.
    #[serde(default)]
    pub repository: String,
    /// An address that answers JSON; for GitHub its API, for GitLab, Argo CD and Sentry their own.
    #[serde(default)]
    pub url: String,
    /// The service these changes belong to, where they do not say.
    #[serde(default)]
    pub service: String,
    /// Services by folder, for a repository of many.
    #[serde(default)]
    pub folders: BTreeMap<String, String>,
    /// Datadog's site.
    #[serde(default)]
    pub site: String,
    /// Datadog's keys.
    #[serde(default)]
    pub keys: DatadogKeys,
    /// What narrows every question to Datadog, such as `env:production`.
    #[serde(default)]
    pub filter: String,
    /// Which of Datadog's events tell of a change.
    #[serde(default)]
    pub query: String,
    /// What of Sentry is looked at.
    #[serde(default)]
    pub sentry: Sentry,
    /// Where in the JSON things stand.
    #[serde(default)]
    pub fields: Fields,
    /// How it is reached.
    #[serde(default)]
    pub access: Access,
}

impl Changes {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let is_datadog = self.kind == ChangeKind::Datadog;
        let fault = datadog::fault(is_datadog, &self.site, &self.keys);
        let says = match fault.or_else(|| self.sentry.fault(self.kind == ChangeKind::Sentry)) {
            Some(says) => says,
            None if !is_datadog && (!self.query.is_empty() || !self.filter.is_empty()) => {
                "query and filter are settings of kind datadog."
            }
            None => return Ok(()),
        };
        Err(ConfigError(format!("The source \"{}\": {says}", self.name)))
    }
}

/// How changes are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// A local repository.
    Git,
    /// Deployments and releases.
    Github,
    /// Deployments, releases and merged requests.
    Gitlab,
    /// Syncs of applications.
    Argocd,
    /// Datadog's events.
    Datadog,
    /// Releases and where they were deployed.
    Sentry,
    /// Any JSON.
    Json,
    /// incident.io alerts that tell of a change.
    Alerts,
}

/// JSON pointers into a feed; empty ones are not read.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fields {
    /// The list; the whole answer where empty.
    pub items: String,
    /// When: RFC 3339 or unix time.
    pub at: String,
    /// What; several pointers with spaces between them are joined.
    pub title: String,
    /// Of which service.
    pub service: String,
    /// Which version.
    pub version: String,
    /// By whom.
    pub author: String,
    /// Its page.
    pub link: String,
    /// What kind: words such as deploy, flag, config, database.
    pub class: String,
}
