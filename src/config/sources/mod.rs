//! Settings of investigations, of the sources of evidence, of a model and of Slack; a file a subject.

mod access;
mod changes;
mod investigate;
mod kubernetes;
mod logs;
mod metrics;
mod model;
mod sentry;
mod slack;
mod traces;

pub use access::{Access, Secret};
pub use changes::{ChangeKind, Changes, Fields};
pub use investigate::{Auto, Investigate};
pub use kubernetes::Kubernetes;
pub use logs::{LogFields, LogKind, Logs};
pub use metrics::{Prometheus, Template};
pub use model::Model;
pub use sentry::Sentry;
pub use slack::Slack;
pub use traces::{TraceKind, Traces};

use serde::{Deserialize, Serialize};

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
