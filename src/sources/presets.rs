//! Questions that well-known instrumentation answers: OpenTelemetry, Istio, Kubernetes, recorded rules.

use crate::config::{ConfigError, Template};
use serde::Deserialize;

/// Questions that share a label and are there or not together.
#[derive(Clone, Debug, Deserialize)]
pub struct Preset {
    /// Its name in the configuration.
    pub name: String,
    /// A series that is there where the preset applies.
    pub probe: String,
    /// The label that carries the service.
    pub label: String,
    /// The questions.
    pub template: Vec<Template>,
}

#[derive(Deserialize)]
struct File {
    preset: Vec<Preset>,
}

/// The shipped presets that a setting chooses.
pub fn chosen(setting: &str) -> Result<Vec<Preset>, ConfigError> {
    let file: File = toml::from_str(include_str!("../../assets/metrics.toml"))
        .expect("the embedded presets are valid");
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
    names.dedup();
    names
}
