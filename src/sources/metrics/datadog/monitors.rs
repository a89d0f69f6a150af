//! Monitors that alert about what services stand on: disks, memory, databases, queues. Those that watch the calls of a
//! service are left out: that it fails or is slow is measured here, and says nothing of why.

use super::Datadog;
use crate::domain::text::clean_line;
use crate::domain::{Instant, Sign};
use crate::sources::Window;
use crate::sources::datadog::tag;
use crate::sources::http::SourceError;
use crate::sources::names::Names;
use serde_json::Value;
use std::collections::BTreeMap;

/// Monitors and groups of them that are read.
const MOST: usize = 200;
/// How surely one tells of a fault by itself: many alert at a threshold that hurts nobody.
const WEIGHT: f64 = 0.3;
/// Metrics of things that services stand on, by how their names begin.
const OBJECTS: [&str; 22] = [
    "system.",
    "disk.",
    "container.",
    "docker.",
    "kubernetes.",
    "kubernetes_state.",
    "jvm.",
    "runtime.",
    "postgresql.",
    "mysql.",
    "sqlserver.",
    "oracle.",
    "mongodb.",
    "redis.",
    "elasticsearch.",
    "kafka.",
    "rabbitmq.",
    "aws.rds.",
    "aws.ec2.",
    "aws.ebs.",
    "aws.elasticache.",
    "aws.dynamodb.",
];

/// A monitor that alerts.
struct Monitor {
    name: String,
    tags: Value,
    query: String,
}

impl Datadog {
    /// What monitors say of services, of those that began to alert within the time that is looked at.
    pub(super) async fn alerting(
        &self,
        names: &Names,
        window: Window,
    ) -> Result<Vec<Sign>, SourceError> {
        let Some(monitors) = self.monitors().await? else {
            let name = &self.door.name;
            return Err(SourceError(format!(
                "{name} does not let its monitors be seen; the application key needs monitors_read."
            )));
        };
        if monitors.is_empty() {
            return Ok(Vec::new());
        }
        let mut url = self.door.endpoint.at("api/v1/monitor/groups/search");
        url.query_pairs_mut()
            .append_pair("query", "group_status:alert")
            .append_pair("per_page", &MOST.to_string());
        let read = |answer: &Value| {
            let all = answer["groups"].as_array();
            let all = all.ok_or_else(|| self.door.foreign())?;
            let each = all.iter().take(MOST);
            Ok(each
                .filter_map(|group| self.sign(group, &monitors, names, window))
                .collect())
        };
        self.door.endpoint.get(url, read).await
    }

    /// Those that alert about things, by number; nothing where they may not be seen.
    async fn monitors(&self) -> Result<Option<BTreeMap<i64, Monitor>>, SourceError> {
        let mut url = self.door.endpoint.at("api/v1/monitor/search");
        url.query_pairs_mut()
            .append_pair("query", "status:alert")
            .append_pair("per_page", &MOST.to_string());
        let read = |answer: &Value| {
            let all = answer["monitors"].as_array();
            let all = all.ok_or_else(|| self.door.foreign())?;
            let of_things = all.iter().take(MOST).filter(|one| is_of_a_thing(one));
            let each = of_things.filter_map(|one| {
                let monitor = Monitor {
                    name: clean_line(one["name"].as_str()?),
                    tags: one["tags"].clone(),
                    query: clean_line(one["query"].as_str().unwrap_or_default()),
                };
                Some((one["id"].as_i64()?, monitor))
            });
            Ok(each.collect())
        };
        self.door.endpoint.get_if_allowed(url, read).await
    }

    fn sign(
        &self,
        group: &Value,
        monitors: &BTreeMap<i64, Monitor>,
        names: &Names,
        window: Window,
    ) -> Option<Sign> {
        let id = group["monitor_id"].as_i64()?;
        let monitor = monitors.get(&id)?;
        let at = Instant::from_timestamp(group["last_triggered_ts"].as_i64()?, 0)?;
        if at < window.changes_from || at > window.to {
            return None;
        }
        let named = tag(&group["group_tags"], "service").or_else(|| tag(&monitor.tags, "service"));
        let service = names.service(named?)?;
        let of = group["group"].as_str().map(clean_line).unwrap_or_default();
        Some(Sign {
            service: service.to_owned(),
            object: format!("monitor/{id}"),
            kind: "alert".into(),
            says: format!("the monitor \"{}\" alerts for {of}", monitor.name),
            weight: WEIGHT,
            at: Some(at),
            affects: Vec::new(),
            source: self.door.name.clone(),
            query: format!("monitor {id}: {}", monitor.query),
            link: self.door.page(&["monitors", &id.to_string()], &[]),
            lines: Vec::new(),
        })
    }
}

/// Whether all that a monitor watches is a thing's.
fn is_of_a_thing(monitor: &Value) -> bool {
    let metrics = monitor["metrics"].as_array().map_or(&[][..], Vec::as_slice);
    let is_things = |metric: &Value| {
        let name = metric.as_str().unwrap_or_default();
        OBJECTS.iter().any(|begin| name.starts_with(begin))
    };
    !metrics.is_empty() && metrics.iter().all(is_things)
}
