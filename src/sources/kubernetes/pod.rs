//! A pod as its line and its description show it.

use super::container::Container;
use super::labels::Labels;
use super::object::{Kind, Object};

/// A pod.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pod {
    /// Which.
    pub object: Object,
    /// The workload it belongs to; itself where it belongs to none.
    pub owner: Object,
    /// Containers that are ready.
    pub ready: u32,
    /// Containers it has.
    pub size: u32,
    /// In kubectl's word.
    pub status: String,
    /// How often its containers began again.
    pub restarts: u32,
    /// Seconds since the last time.
    pub restarted: Option<i64>,
    /// Seconds since it was made.
    pub age: Option<i64>,
    /// Where it runs; empty where it has no place.
    pub node: String,
    /// Its labels, as far as they are known.
    pub labels: Labels,
    /// Its containers, where it was described.
    pub containers: Vec<Container>,
    /// Its line.
    pub line: String,
    /// How it is asked again.
    pub query: String,
}

impl Pod {
    /// Whether it did what it was made for.
    pub fn is_done(&self) -> bool {
        let is_task = matches!(self.owner.kind, Kind::Job | Kind::CronJob | Kind::Pod);
        is_task && matches!(self.status.as_str(), "Completed" | "Succeeded")
    }

    /// Whether it answers.
    pub fn is_ready(&self) -> bool {
        self.size > 0 && self.ready == self.size && self.status == "Running"
    }
}
