//! Settings of logs.

use super::{Access, DatadogKeys, Sentry, datadog};
use crate::config::ConfigError;
use serde::{Deserialize, Serialize};

/// A source of logs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// Its name in findings.
    pub name: String,
    /// How it is asked.
    pub kind: LogKind,
    /// The server's address.
    #[serde(default)]
    pub url: String,
    /// A data source of Loki by its uid or name, where the address is Grafana's.
    #[serde(default)]
    pub datasource: String,
    /// Loki's query.
    #[serde(default = "log_query")]
    pub query: String,
    /// The indices of Elasticsearch or OpenSearch.
    #[serde(default = "log_index")]
    pub index: String,
    /// The fields of their documents.
    #[serde(default)]
    pub fields: LogFields,
    /// Datadog's site.
    #[serde(default)]
    pub site: String,
    /// Datadog's keys.
    #[serde(default)]
    pub keys: DatadogKeys,
    /// What narrows every question to Datadog, such as `env:production`.
    #[serde(default)]
    pub filter: String,
    /// The region of AWS.
    #[serde(default)]
    pub region: String,
    /// A profile of AWS.
    #[serde(default)]
    pub profile: String,
    /// The names of log groups at CloudWatch, with `$service` where a service's stands.
    #[serde(default = "log_groups")]
    pub groups: Vec<String>,
    /// What of Sentry is looked at.
    #[serde(default)]
    pub sentry: Sentry,
    /// A file.
    #[serde(default)]
    pub path: String,
    /// A command and its arguments.
    #[serde(default)]
    pub command: Vec<String>,
    /// How it is reached.
    #[serde(default)]
    pub access: Access,
}

fn log_query() -> String {
    "{service_name=\"$service\"}".into()
}

fn log_groups() -> Vec<String> {
    ["/aws/lambda/$service", "/ecs/$service"]
        .map(String::from)
        .into()
}

fn log_index() -> String {
    "logs-*".into()
}

/// Where in a document of a log things stand.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogFields {
    /// The service.
    pub service: String,
    /// When.
    pub time: String,
    /// The text.
    pub message: String,
}

impl Default for LogFields {
    fn default() -> Self {
        Self {
            service: "service.name".into(),
            time: "@timestamp".into(),
            message: "message".into(),
        }
    }
}

impl Logs {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let no_index = |c: char| "/?#\\\"<>| ".contains(c) || c.is_control();
        let fields = &self.fields;
        let datadog = datadog::fault(self.kind == LogKind::Datadog, &self.site, &self.keys);
        let fault = datadog.or_else(|| self.sentry.fault(self.kind == LogKind::Sentry));
        let says = match self.kind {
            _ if fault.is_some() => fault.unwrap_or_default(),
            _ if self.kind != LogKind::Cloudwatch
                && (!self.region.is_empty() || !self.profile.is_empty()) =>
            {
                "region and profile are settings of kind cloudwatch."
            }
            LogKind::Cloudwatch
                if self.groups.is_empty()
                    || !self.groups.iter().all(|g| g.contains("$service")) =>
            {
                "each of groups has $service where a service's name stands, such as /ecs/$service."
            }
            LogKind::File if self.path.is_empty() => "a log of kind file needs a path.",
            LogKind::Command if self.command.is_empty() => "a log of kind command needs a command.",
            _ if !self.datasource.is_empty() && self.kind != LogKind::Loki => {
                "a datasource is one of Grafana's for Loki; other logs have their own url."
            }
            LogKind::File if !self.command.is_empty() => {
                "a log of kind file has a path and no command."
            }
            LogKind::Elasticsearch | LogKind::Opensearch
                if self.index.is_empty() || self.index.contains(no_index) =>
            {
                "index names indices or patterns with commas between them, such as logs-*."
            }
            LogKind::Elasticsearch | LogKind::Opensearch
                if [&fields.service, &fields.time, &fields.message]
                    .iter()
                    .any(|f| f.trim().is_empty()) =>
            {
                "fields.service, fields.time and fields.message each name a field of a document."
            }
            _ => return Ok(()),
        };
        Err(ConfigError(format!("The source \"{}\": {says}", self.name)))
    }
}

/// How a log is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogKind {
    /// Loki's HTTP API.
    Loki,
    /// Elasticsearch's HTTP API.
    Elasticsearch,
    /// OpenSearch's HTTP API.
    Opensearch,
    /// Datadog's HTTP API.
    Datadog,
    /// Logs Insights of Amazon CloudWatch.
    Cloudwatch,
    /// Sentry's HTTP API: the issues of its projects.
    Sentry,
    /// A file.
    File,
    /// A command.
    Command,
}
