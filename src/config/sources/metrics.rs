//! Settings of sources of metrics and of the questions they are asked.

use super::{Access, DatadogKeys, datadog};
use crate::config::ConfigError;
use serde::{Deserialize, Serialize};

/// A source of metrics.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Its name in findings.
    pub name: String,
    /// How it is asked.
    #[serde(default)]
    pub kind: MetricKind,
    /// Its address.
    #[serde(default)]
    pub url: String,
    /// A data source by its uid or name, where the address is Grafana's.
    #[serde(default)]
    pub datasource: String,
    /// Datadog's site.
    #[serde(default)]
    pub site: String,
    /// Datadog's keys.
    #[serde(default)]
    pub keys: DatadogKeys,
    /// What narrows every question: to Datadog a filter such as `env:production`, to CloudWatch a dimension such as
    /// `Environment=production`.
    #[serde(default)]
    pub filter: String,
    /// The region of AWS.
    #[serde(default)]
    pub region: String,
    /// A profile of AWS.
    #[serde(default)]
    pub profile: String,
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

/// How metrics are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    /// The HTTP API of Prometheus, which many speak.
    #[default]
    Prometheus,
    /// Datadog's HTTP API.
    Datadog,
    /// Amazon CloudWatch.
    Cloudwatch,
}

impl Metrics {
    /// Refuses what cannot be meant.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let is_datadog = self.kind == MetricKind::Datadog;
        let fault = datadog::fault(is_datadog, &self.site, &self.keys);
        let is_amazon = self.kind == MetricKind::Cloudwatch;
        let says = match self.kind {
            _ if fault.is_some() => fault.unwrap_or_default(),
            MetricKind::Prometheus if self.url.is_empty() => {
                "metrics of kind prometheus need a url."
            }
            MetricKind::Prometheus if !self.filter.is_empty() => {
                "filter narrows the questions of other kinds; templates of Prometheus have their own."
            }
            MetricKind::Datadog | MetricKind::Cloudwatch if !self.datasource.is_empty() => {
                "a datasource is one of Grafana's for Prometheus; other kinds have none."
            }
            _ if !is_amazon && (!self.region.is_empty() || !self.profile.is_empty()) => {
                "region and profile are settings of kind cloudwatch."
            }
            MetricKind::Cloudwatch if !self.filter.is_empty() && !self.filter.contains('=') => {
                "filter of kind cloudwatch is a dimension with its value, such as Environment=production."
            }
            _ => return Ok(()),
        };
        Err(ConfigError(format!("The source \"{}\": {says}", self.name)))
    }
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
    /// What is asked, in the language of the source.
    pub query: String,
    /// Where what is measured runs out.
    #[serde(default)]
    pub limit: Option<f64>,
    /// What tells the same, by the same label.
    #[serde(default)]
    pub limit_query: String,
}

fn service() -> String {
    "service".into()
}
