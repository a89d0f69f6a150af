//! Settings of metrics servers and of the questions they are asked.

use super::Access;
use serde::{Deserialize, Serialize};

/// A metrics server.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Prometheus {
    /// Its name in findings.
    pub name: String,
    /// Its address.
    pub url: String,
    /// A data source by its uid or name, where the address is Grafana's.
    #[serde(default)]
    pub datasource: String,
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
