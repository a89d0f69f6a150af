//! How incidents are investigated, and what happens by itself.

use crate::config::ConfigError;
use crate::domain::time::parse_span;
use serde::{Deserialize, Serialize};

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
    pub(in crate::config) fn check(&self) -> Result<(), ConfigError> {
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
