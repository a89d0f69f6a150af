//! Where evidence comes from besides incident.io: metrics, logs, traces, changes, clusters. Every text is cleaned here, at the border; every
//! answer is bounded in time and size; a source that fails says so in one sentence and fails alone.

mod alertmanager;
mod aws;
mod changes;
mod command;
mod datadog;
#[cfg(test)]
mod fake;
mod grafana;
mod http;
mod issues;
mod kubernetes;
mod logs;
mod metrics;
pub mod model;
mod names;
mod question;
mod sentry;
mod slack;
mod traces;

pub use alertmanager::Alertmanager;
pub use changes::{ChangeSource, MOST as MOST_CHANGES, classify};
pub(crate) use http::SourceError;
pub use issues::IssueList;
pub use kubernetes::Cluster;
pub use logs::LogSource;
pub use metrics::{Metrics, Prometheus};
pub use names::Names;
pub use question::Question;
pub use slack::{Slack, SlackError};
pub use traces::{TraceSource, Traced};

use crate::config::{Config, ConfigError};
pub(crate) use crate::domain::Window;
use crate::net::Allowance;
use http::Asking;
use std::sync::Arc;
use std::time::Duration;

/// Every configured source.
pub struct Sources {
    /// Metrics.
    pub metrics: Vec<Metrics>,
    /// Logs.
    pub logs: Vec<LogSource>,
    /// Traces.
    pub traces: Vec<TraceSource>,
    /// Changes.
    pub changes: Vec<ChangeSource>,
    /// Clusters.
    pub clusters: Vec<Cluster>,
    /// Alertmanagers.
    pub detectors: Vec<Alertmanager>,
    /// Systems that list their issues.
    pub lists: Vec<IssueList>,
    /// A model.
    pub model: Option<model::Model>,
    /// Slack.
    pub slack: Option<Arc<Slack>>,
    /// How long one may take.
    pub timeout: Duration,
}

impl Sources {
    /// Reads the configuration and its secrets. A source that cannot be set up is an error with its name; nothing is asked.
    pub(crate) fn open(config: &Config, allowance: &Arc<Allowance>) -> Result<Self, ConfigError> {
        let timeout = Duration::from_secs(config.investigate.timeout_seconds.max(1));
        let asking = &Asking {
            timeout,
            allowance: allowance.clone(),
        };
        let mut names = std::collections::BTreeSet::new();
        let all = &config.sources;
        let given = all
            .all_metrics()
            .map(|s| &s.name)
            .chain(all.logs.iter().map(|s| &s.name))
            .chain(all.traces.iter().map(|s| &s.name))
            .chain(all.changes.iter().map(|s| &s.name))
            .chain(all.kubernetes.iter().map(|s| &s.name))
            .chain(config.bridge.alertmanager.iter().map(|s| &s.name))
            .chain(config.bridge.json.iter().map(|s| &s.name));
        for name in given {
            if name.trim().is_empty() || !names.insert(name) {
                return Err(ConfigError(format!(
                    "Two sources are named \"{name}\", or one has no name: give each its own."
                )));
            }
        }
        Ok(Self {
            metrics: all
                .all_metrics()
                .map(|s| Metrics::open(s, asking))
                .collect::<Result<_, _>>()?,
            logs: all
                .logs
                .iter()
                .map(|s| LogSource::open(s, asking))
                .collect::<Result<_, _>>()?,
            traces: all
                .traces
                .iter()
                .map(|s| TraceSource::open(s, asking))
                .collect::<Result<_, _>>()?,
            changes: all
                .changes
                .iter()
                .map(|s| ChangeSource::open(s, asking))
                .collect::<Result<_, _>>()?,
            clusters: all
                .kubernetes
                .iter()
                .map(|s| Cluster::open(s, asking))
                .collect::<Result<_, _>>()?,
            detectors: config
                .bridge
                .alertmanager
                .iter()
                .map(|s| Alertmanager::open(s, asking))
                .collect::<Result<_, _>>()?,
            lists: config
                .bridge
                .json
                .iter()
                .map(|s| IssueList::open(s, asking))
                .collect::<Result<_, _>>()?,
            model: model::Model::open(&config.model, asking)?,
            slack: Slack::open(&config.slack, asking)?.map(Arc::new),
            timeout,
        })
    }
}
