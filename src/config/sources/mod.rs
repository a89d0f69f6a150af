//! Settings of investigations, of the sources of evidence, of a model and of Slack; a file a subject.

mod access;
mod changes;
mod datadog;
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
pub use datadog::DatadogKeys;
pub use investigate::{Auto, Investigate};
pub use kubernetes::Kubernetes;
pub use logs::{LogFields, LogKind, Logs};
pub use metrics::{MetricKind, Metrics, Template};
pub use model::Model;
pub use sentry::Sentry;
pub use slack::Slack;
pub use traces::{TraceKind, Traces};

use serde::{Deserialize, Serialize};

/// Where evidence comes from.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sources {
    /// Metrics of kind prometheus.
    pub prometheus: Vec<Metrics>,
    /// Metrics of any kind.
    pub metrics: Vec<Metrics>,
    /// Logs.
    pub logs: Vec<Logs>,
    /// Traces.
    pub traces: Vec<Traces>,
    /// Changes.
    pub changes: Vec<Changes>,
    /// Clusters.
    pub kubernetes: Vec<Kubernetes>,
}

impl Sources {
    /// Every source of metrics, however it is written.
    pub fn all_metrics(&self) -> impl Iterator<Item = &Metrics> {
        self.prometheus.iter().chain(&self.metrics)
    }

    /// The names of those that are asked as Prometheus is: they know rules and alerts, and take its queries.
    pub fn prometheus_names(&self) -> impl Iterator<Item = &String> {
        let all = self.all_metrics();
        all.filter(|m| m.kind == MetricKind::Prometheus)
            .map(|m| &m.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_the_same_under_their_old_name_and_their_new_one() {
        let all: Sources = toml::from_str(
            "[[prometheus]]\nname = \"a\"\nurl = \"https://a.example\"\n\
             [[metrics]]\nname = \"b\"\nkind = \"prometheus\"\nurl = \"https://b.example\"\n",
        )
        .expect("settings");
        let names: Vec<&String> = all.prometheus_names().collect();
        assert_eq!(names, ["a", "b"]);
        assert!(
            all.all_metrics()
                .all(|m| m.preset == "auto" && m.check().is_ok())
        );
        let without: Metrics = toml::from_str("name = \"c\"\nkind = \"prometheus\"").expect("one");
        let said = without.check().expect_err("no url").to_string();
        assert_eq!(
            said,
            "The source \"c\": metrics of kind prometheus need a url."
        );
    }
}
