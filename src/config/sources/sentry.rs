//! What of Sentry is looked at.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An organisation at Sentry.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sentry {
    /// Its name as it stands in addresses.
    pub organization: String,
    /// The environment that counts; all where empty.
    pub environment: String,
    /// Services of the catalog by project, where the names do not tell.
    pub projects: BTreeMap<String, String>,
}

impl Sentry {
    /// What cannot be meant, in a sentence: of a source that is Sentry, or of one that is not.
    pub(super) fn fault(&self, is_sentry: bool) -> Option<&'static str> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let is_set = !self.organization.is_empty()
            || !self.environment.is_empty()
            || !self.projects.is_empty();
        let services = self.projects.iter();
        match is_sentry {
            false if is_set => Some("sentry is for a source of kind sentry."),
            false => None,
            true if self.organization.is_empty() || !self.organization.chars().all(is_name) => {
                Some(
                    "kind sentry needs sentry.organization, the organisation's name in Sentry's addresses.",
                )
            }
            true if services
                .into_iter()
                .any(|(p, s)| p.is_empty() || s.is_empty()) =>
            {
                Some("sentry.projects names the service of each project.")
            }
            true => None,
        }
    }
}
