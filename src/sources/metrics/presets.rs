//! Questions that well-known instrumentation answers: OpenTelemetry, meshes, frameworks, Kubernetes, recorded rules.

use crate::config::{ConfigError, Template};
use serde::Deserialize;

/// Questions that share a label and are there or not together.
#[derive(Clone, Debug, Deserialize)]
pub struct Preset {
    /// Its name in the configuration.
    pub name: String,
    /// A series that is there where the preset applies.
    pub probe: String,
    /// Labels that may carry the service, as installations differ: the one that names most services counts, the first
    /// of equals. `$label` stands for it in a query.
    pub labels: Vec<String>,
    /// The questions.
    pub template: Vec<Template>,
}

impl Preset {
    /// The name of the metric that its probe looks for.
    pub fn metric(&self) -> &str {
        self.probe.split('{').next().unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct File {
    preset: Vec<Preset>,
}

/// The shipped presets for servers of Prometheus.
pub const PROMETHEUS: &str = include_str!("../../../assets/metrics.toml");
/// Those for Datadog.
pub const DATADOG: &str = include_str!("../../../assets/datadog.toml");
/// Those for CloudWatch.
pub const CLOUDWATCH: &str = include_str!("../../../assets/cloudwatch.toml");

/// The presets of a shipped file that a setting chooses.
pub fn chosen(shipped: &str, setting: &str) -> Result<Vec<Preset>, ConfigError> {
    let file: File = toml::from_str(shipped).expect("the embedded presets are valid");
    let known: Vec<String> = file.preset.iter().map(|p| p.name.clone()).collect();
    match setting {
        "none" => Ok(Vec::new()),
        "auto" => Ok(file.preset),
        one if known.iter().any(|k| k == one) => {
            Ok(file.preset.into_iter().filter(|p| p.name == one).collect())
        }
        other => Err(ConfigError(format!(
            "There is no preset \"{other}\"; there are auto, none, {}.",
            dedup(known).join(", ")
        ))),
    }
}

fn dedup(mut names: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}
