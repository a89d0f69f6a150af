//! Settings by which Datadog is reached, the same for its metrics, its logs and its events.

use super::Secret;
use serde::{Deserialize, Serialize};

/// Datadog's two keys.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatadogKeys {
    /// The organisation's.
    pub api: Secret,
    /// The one that may read.
    pub application: Secret,
}

impl DatadogKeys {
    /// Whether neither is given.
    pub fn is_empty(&self) -> bool {
        self.api.is_empty() && self.application.is_empty()
    }
}

/// What cannot be meant: another source's settings that are Datadog's, and Datadog's own without keys or with a site that
/// is no site.
pub(super) fn fault(is_datadog: bool, site: &str, keys: &DatadogKeys) -> Option<&'static str> {
    let odd = |c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-';
    match is_datadog {
        false if !site.is_empty() || !keys.is_empty() => {
            Some("site and keys are settings of kind datadog.")
        }
        true if site.contains(odd) => {
            Some("site is what follows app. in the address of Datadog, such as datadoghq.eu.")
        }
        true if keys.api.is_empty() || keys.application.is_empty() => Some(
            "Datadog needs two keys: keys = { api = { env = \"DD_API_KEY\" }, application = { env = \"DD_APP_KEY\" } }.",
        ),
        _ => None,
    }
}
