//! Settings of investigations, of the sources of evidence, of a model and of Slack.

use super::ConfigError;
use crate::domain::time::parse_span;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How incidents are investigated.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Investigate {
    /// How far back a change may lie.
    pub changes: String,
    /// How long the normal time is.
    pub normal: String,
    /// Seconds one source may take.
    pub timeout_seconds: u64,
    /// What happens by itself when an incident is declared.
    pub auto: Auto,
    /// Only these severities, by name.
    pub auto_severities: Vec<String>,
    /// Only these services.
    pub auto_services: Vec<String>,
    /// Only these incident types.
    pub auto_types: Vec<String>,
    /// Percent from which a root cause may be written by itself.
    pub confidence: u8,
    /// Free text about services, owners and escalation.
    pub context: String,
}

impl Investigate {
    /// How far back a change may lie.
    pub fn change_window(&self) -> chrono::Duration {
        parse_span(&self.changes).unwrap_or(chrono::Duration::hours(4))
    }

    /// How long the normal time is.
    pub fn normal_window(&self) -> chrono::Duration {
        parse_span(&self.normal).unwrap_or(chrono::Duration::days(2))
    }

    /// Whether an incident that is declared may be investigated by itself: the mode and the conditions that its row tells.
    pub fn may_want(&self, severity: Option<&str>, services: &[&str]) -> bool {
        let severity: Vec<&str> = severity.into_iter().collect();
        self.auto != Auto::Never
            && any_of(&self.auto_severities, &severity)
            && any_of(&self.auto_services, services)
    }

    /// Whether its type is among those wanted.
    pub fn is_type(&self, kind: Option<&str>) -> bool {
        any_of(&self.auto_types, &kind.into_iter().collect::<Vec<_>>())
    }

    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        for (name, value) in [("changes", &self.changes), ("normal", &self.normal)] {
            if parse_span(value)
                .is_none_or(|s| s <= chrono::Duration::zero() || s > chrono::Duration::days(366))
            {
                return Err(ConfigError(format!(
                    "investigate.{name} is \"{value}\"; write a time up to a year, such as 4h or 2d."
                )));
            }
        }
        if self.timeout_seconds == 0 {
            return Err(ConfigError(
                "investigate.timeout_seconds is 0; give a source at least one second.".into(),
            ));
        }
        if self.confidence > 100 {
            return Err(ConfigError(format!(
                "investigate.confidence is {}; it is a percentage.",
                self.confidence
            )));
        }
        Ok(())
    }
}

/// Whether one is wanted; an empty list wants all.
fn any_of(wanted: &[String], has: &[&str]) -> bool {
    wanted.is_empty()
        || wanted
            .iter()
            .any(|w| has.iter().any(|h| h.eq_ignore_ascii_case(w)))
}

/// What happens by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Auto {
    /// Nothing.
    #[default]
    Never,
    /// Entries wait for review.
    Draft,
    /// Entries are written.
    Post,
}

/// Where a secret is found; empty where there is none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a place where the secret is found, { env = \"NAME\" } or { file = \"PATH\" }"
)]
pub struct Secret {
    /// Name of an environment variable.
    pub env: String,
    /// A file, 0600.
    pub file: String,
    /// A command that prints it.
    pub command: Vec<String>,
}

/// How a source that speaks HTTP is reached.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// Bearer token.
    pub token: Secret,
    /// User for basic authentication.
    pub user: String,
    /// Password for it.
    pub password: Secret,
    /// Headers, such as a tenant's.
    pub headers: BTreeMap<String, String>,
    /// A further certificate authority (PEM).
    pub ca_cert: String,
    /// A certificate with its key (PEM).
    pub client_cert: String,
}

/// Where evidence comes from.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    /// Metrics.
    pub prometheus: Vec<Prometheus>,
    /// Logs.
    pub logs: Vec<Logs>,
    /// Traces.
    pub traces: Vec<Traces>,
    /// Changes.
    pub changes: Vec<Changes>,
    /// Clusters.
    pub kubernetes: Vec<Kubernetes>,
}

/// A Kubernetes cluster, asked through kubectl.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Kubernetes {
    /// Its name in findings.
    pub name: String,
    /// kubectl, with options of one's own.
    #[serde(default = "kubectl")]
    pub command: Vec<String>,
    /// The context of the kubeconfig; the current one where empty.
    #[serde(default)]
    pub context: String,
    /// Which namespaces are looked at; all where empty.
    #[serde(default)]
    pub namespaces: Vec<String>,
    /// Services of the catalog as namespace/kind/name, where the names do not tell.
    #[serde(default)]
    pub services: BTreeMap<String, String>,
}

fn kubectl() -> Vec<String> {
    vec!["kubectl".into()]
}

/// A metrics server.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Prometheus {
    /// Its name in findings.
    pub name: String,
    /// Its address.
    pub url: String,
    /// Which templates are tried.
    #[serde(default = "auto")]
    pub preset: String,
    /// How it is reached.
    #[serde(default)]
    pub access: Access,
    /// Templates of one's own.
    #[serde(default)]
    pub template: Vec<Template>,
}

fn auto() -> String {
    "auto".into()
}

/// A question about one signal.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// What it measures.
    pub signal: String,
    /// The name of a saturation.
    #[serde(default)]
    pub name: String,
    /// The label that carries the service.
    #[serde(default = "service")]
    pub label: String,
    /// The label that carries who calls it, where the caller measured.
    #[serde(default)]
    pub caller: String,
    /// PromQL.
    pub query: String,
    /// Where what is measured runs out.
    #[serde(default)]
    pub limit: Option<f64>,
    /// PromQL for the same, by the same label.
    #[serde(default)]
    pub limit_query: String,
}

fn service() -> String {
    "service".into()
}

/// A source of logs.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Logs {
    /// Its name in findings.
    pub name: String,
    /// How it is asked.
    pub kind: LogKind,
    /// Loki's address.
    #[serde(default)]
    pub url: String,
    /// Loki's query.
    #[serde(default = "log_query")]
    pub query: String,
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

/// How a log is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogKind {
    /// Loki's HTTP API.
    Loki,
    /// A file.
    File,
    /// A command.
    Command,
}

/// A source of traces.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Traces {
    /// Its name in findings.
    pub name: String,
    /// How it is asked.
    pub kind: TraceKind,
    /// Tempo's or Jaeger's address.
    #[serde(default)]
    pub url: String,
    /// A file.
    #[serde(default)]
    pub path: String,
    /// The address of a trace's page.
    #[serde(default)]
    pub page: String,
    /// How it is reached.
    #[serde(default)]
    pub access: Access,
}

/// How traces are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TraceKind {
    /// Tempo's HTTP API.
    Tempo,
    /// Jaeger's query service.
    Jaeger,
    /// A file of OTLP or Jaeger, in JSON.
    File,
}

impl Traces {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let says = match self.kind {
            TraceKind::File if self.path.is_empty() => "traces of kind file need a path.",
            TraceKind::File if !self.url.is_empty() => {
                "traces of kind file have a path and no url."
            }
            TraceKind::Tempo | TraceKind::Jaeger if !self.path.is_empty() => {
                "a path is read by traces of kind file; Tempo and Jaeger have a url."
            }
            _ if !self.page.is_empty() && !self.page.contains("$trace") => {
                "the page of a trace needs $trace, where its id stands in the address."
            }
            _ => return Ok(()),
        };
        Err(ConfigError(format!("The source \"{}\": {says}", self.name)))
    }
}

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
    /// OWNER/NAME on GitHub.
    #[serde(default)]
    pub repository: String,
    /// An address that answers JSON; for GitHub, its API.
    #[serde(default)]
    pub url: String,
    /// The service these changes belong to, where they do not say.
    #[serde(default)]
    pub service: String,
    /// Services by folder, for a repository of many.
    #[serde(default)]
    pub folders: BTreeMap<String, String>,
    /// Where in the JSON things stand.
    #[serde(default)]
    pub fields: Fields,
    /// How it is reached.
    #[serde(default)]
    pub access: Access,
}

/// How changes are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    /// A local repository.
    Git,
    /// Deployments and releases.
    Github,
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
    /// What.
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

/// A model.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// `anthropic`, `openai`, `ollama`; empty for none.
    pub provider: String,
    /// The model's name.
    pub name: String,
    /// Its address, where not the provider's own.
    pub url: String,
    /// Its key.
    pub key: Secret,
}

/// Slack.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Slack {
    /// A bot token.
    pub token: Secret,
    /// The API's address.
    pub url: String,
    /// The channel that handovers go to; empty where they are only read and copied.
    pub handover: String,
}
