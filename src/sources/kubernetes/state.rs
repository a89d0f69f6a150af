//! A cluster as its tables and descriptions show it: pods with the workloads they belong to, services, nodes.

use super::age::{restarts, seconds};
use super::answers::{Answers, Event, Listed};
use super::container::containers;
use super::describe::pairs;
use super::object::{Kind, Object};
use super::pod::Pod;
use super::service::{Service, services};
use super::workload::{Owners, Workload, workloads};
use crate::domain::Instant;

/// A node.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    /// Which.
    pub object: Object,
    /// In kubectl's words.
    pub status: String,
    /// Its line.
    pub line: String,
    /// How it is asked again.
    pub query: String,
}

impl Node {
    /// Whether it can run pods.
    pub fn is_ready(&self) -> bool {
        self.status.split(',').any(|s| s == "Ready")
    }

    /// Whether somebody wants no further pods on it.
    pub fn is_cordoned(&self) -> bool {
        self.status.contains("SchedulingDisabled")
    }
}

/// Everything that is known.
pub(super) struct State {
    /// What was answered.
    pub answers: Answers,
    /// When.
    pub now: Instant,
    /// Pods.
    pub pods: Vec<Pod>,
    /// What makes pods.
    pub workloads: Vec<Workload>,
    /// Services.
    pub services: Vec<Service>,
    /// Nodes.
    pub nodes: Vec<Node>,
    owners: Owners,
}

impl State {
    /// Reads what was answered.
    pub fn new(answers: Answers, now: Instant) -> Self {
        let workloads = workloads(&answers, now);
        let owners = Owners::new(&answers);
        let listed = answers.all(Kind::Pod).iter();
        let mut pods: Vec<Pod> = listed.map(|l| pod(l, &answers, &owners, now)).collect();
        for pod in &mut pods {
            // A pod that was not described has the labels of what made it.
            if pod.labels.is_empty()
                && let Some(maker) = workloads.iter().find(|w| w.object == pod.owner)
            {
                pod.labels.clone_from(&maker.labels);
            }
        }
        let nodes = answers.all(Kind::Node).iter().map(node).collect();
        Self {
            services: services(&answers),
            now,
            pods,
            workloads,
            nodes,
            owners,
            answers,
        }
    }

    /// The pods of a workload.
    pub fn pods_of<'a>(&'a self, owner: &'a Object) -> impl Iterator<Item = &'a Pod> + 'a {
        self.pods.iter().filter(move |p| p.owner == *owner)
    }

    /// A workload.
    pub fn workload(&self, object: &Object) -> Option<&Workload> {
        self.workloads.iter().find(|w| w.object == *object)
    }

    /// The workload of a pod, of a set of pods, or itself.
    pub fn owner_of(&self, object: &Object) -> Object {
        match object.kind {
            Kind::Pod => self.owners.of_pod(object),
            Kind::ReplicaSet | Kind::Job => self.owners.of_set(object),
            _ => object.clone(),
        }
    }

    /// What happened to an object.
    pub fn events_of(&self, object: &Object) -> &[Event] {
        self.answers.events_of(object)
    }

    /// Every event.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.answers.events.values().flatten()
    }
}

fn pod(listed: &Listed, answers: &Answers, owners: &Owners, now: Instant) -> Pod {
    let (row, object) = (&listed.row, &listed.object);
    let (ready, size) = row.cell("READY").split_once('/').unwrap_or(("0", "0"));
    let (restarts, restarted) = restarts(row.cell("RESTARTS"));
    let detail = answers.details.get(object).map(|d| d.root());
    let told_node = detail.map(|d| d.text("Node").split('/').next().unwrap_or_default());
    let node = [row.cell("NODE"), told_node.unwrap_or_default()];
    let all = detail.map_or(Vec::new(), |d| containers(d, now));
    let ended = all.iter().filter_map(|c| c.before.ended).min();
    Pod {
        owner: owners.of_pod(object),
        object: object.clone(),
        ready: ready.parse().unwrap_or(0),
        size: size.parse().unwrap_or(0),
        status: row.cell("STATUS").to_owned(),
        restarts,
        restarted: restarted.or(ended.filter(|_| restarts > 0)),
        age: seconds(row.cell("AGE")),
        node: node
            .iter()
            .find(|n| !n.is_empty())
            .map_or("", |n| n)
            .to_owned(),
        labels: match detail {
            Some(d) => d.labels("Labels"),
            None => pairs(row.cell("LABELS")),
        },
        containers: all,
        line: row.line.clone(),
        query: listed.query.clone(),
    }
}

fn node(listed: &Listed) -> Node {
    Node {
        object: listed.object.clone(),
        status: listed.row.cell("STATUS").to_owned(),
        line: listed.row.line.clone(),
        query: listed.query.clone(),
    }
}
