//! What makes pods: deployments and their like, and which of them a pod belongs to.

use super::age::seconds;
use super::answers::{Answers, Listed};
use super::container::{Container, containers};
use super::describe::{Entry, pairs};
use super::labels::Labels;
use super::object::{Kind, Object};
use crate::domain::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// Letters that the cluster makes the ends of names from: no vowels, so that no word comes of it.
const ENDINGS: &str = "bcdfghjklmnpqrstvwxz2456789";

/// A workload.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Workload {
    /// Which.
    pub object: Object,
    /// Pods that are wanted; nothing where the table does not tell.
    pub wanted: Option<u32>,
    /// Pods that are ready.
    pub ready: u32,
    /// Seconds since it was made.
    pub age: Option<i64>,
    /// The labels of its pods, or as many of them as it selects by.
    pub labels: Labels,
    /// Whether `labels` are all there are.
    pub is_described: bool,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Claims, config maps and secrets that its pods mount.
    pub mounts: Vec<Object>,
    /// Its line.
    pub line: String,
    /// How it is asked again.
    pub query: String,
}

impl Workload {
    /// Whether it has fewer pods than it wants.
    pub fn is_short(&self) -> bool {
        self.wanted.is_some_and(|n| self.ready < n)
    }
}

/// Every workload.
pub(super) fn workloads(answers: &Answers, now: Instant) -> Vec<Workload> {
    let kinds = [
        Kind::Deployment,
        Kind::StatefulSet,
        Kind::DaemonSet,
        Kind::Job,
    ];
    let listed = kinds.iter().flat_map(|k| answers.all(*k));
    listed.map(|l| workload(l, answers, now)).collect()
}

fn workload(listed: &Listed, answers: &Answers, now: Instant) -> Workload {
    let (row, object) = (&listed.row, &listed.object);
    let (ready, wanted) = match row.cell("READY").split_once('/') {
        Some((ready, wanted)) => (ready, wanted),
        None if row.has("DESIRED") => (row.cell("READY"), row.cell("DESIRED")),
        None => ("", ""),
    };
    let detail = answers.details.get(object).map(|d| d.root());
    let template = detail.and_then(|d| d.get("Pod Template"));
    let described = template.map(|t| t.labels("Labels"));
    let is_described = described.as_ref().is_some_and(|l| !l.is_empty());
    Workload {
        object: object.clone(),
        wanted: wanted.parse().ok(),
        ready: ready.parse().unwrap_or(0),
        age: seconds(row.cell("AGE")),
        labels: described
            .filter(|l| !l.is_empty())
            .unwrap_or_else(|| pairs(row.cell("SELECTOR"))),
        is_described,
        containers: template.map_or(Vec::new(), |t| containers(t, now)),
        mounts: template.map_or(Vec::new(), |t| mounts(t, &object.namespace)),
        line: row.line.clone(),
        query: listed.query.clone(),
    }
}

/// What the volumes of a pod or a template are taken from.
pub(super) fn mounts(of: &Entry, namespace: &str) -> Vec<Object> {
    let all = of.get("Volumes").map_or(&[][..], |v| v.below.as_slice());
    let named = all.iter().filter_map(|volume| {
        let kind = volume.text("Type");
        let optional = volume.text("Optional") == "true";
        let (kind, name) = if kind.starts_with("PersistentVolumeClaim") {
            (Kind::Claim, volume.text("ClaimName"))
        } else if kind.starts_with("ConfigMap") {
            (Kind::ConfigMap, volume.text("Name"))
        } else if kind.starts_with("Secret") {
            (Kind::Secret, volume.text("SecretName"))
        } else {
            return None;
        };
        (!name.is_empty() && !optional).then(|| Object::new(kind, namespace, name))
    });
    named.collect()
}

/// Which workload pods and sets of pods belong to.
pub(super) struct Owners {
    /// By what a description says.
    said: BTreeMap<Object, Object>,
    /// What makes pods.
    makers: BTreeSet<Object>,
}

impl Owners {
    /// From what is known.
    pub fn new(answers: &Answers) -> Self {
        let said = answers.details.iter().filter_map(|(object, detail)| {
            let words = detail.root().text("Controlled By");
            Some((object.clone(), Object::read(&object.namespace, words)?))
        });
        let kinds = [
            Kind::Deployment,
            Kind::ReplicaSet,
            Kind::StatefulSet,
            Kind::DaemonSet,
            Kind::Job,
            Kind::CronJob,
        ];
        let makers = kinds.iter().flat_map(|k| answers.all(*k));
        Self {
            said: said.collect(),
            makers: makers.map(|l| l.object.clone()).collect(),
        }
    }

    /// The workload of a pod; of one that nothing made, the pod itself.
    pub fn of_pod(&self, pod: &Object) -> Object {
        match self.said.get(pod) {
            Some(maker) if maker.kind == Kind::Node => own(pod, &maker.name),
            Some(maker) => self.of_set(maker),
            None => self
                .by_name(pod)
                .map_or_else(|| guessed(pod), |maker| self.of_set(&maker)),
        }
    }

    /// The workload that made a set of pods.
    pub fn of_set(&self, set: &Object) -> Object {
        if let Some(maker) = self.said.get(set) {
            return maker.clone();
        }
        let wanted = match set.kind {
            Kind::ReplicaSet => Kind::Deployment,
            Kind::Job => Kind::CronJob,
            _ => return set.clone(),
        };
        if let Some(maker) = self.maker(wanted, set, 1) {
            return maker;
        }
        match set
            .name
            .rsplit_once('-')
            .filter(|_| set.kind == Kind::ReplicaSet)
        {
            Some((name, ending)) if is_ending(ending) => {
                Object::new(Kind::Deployment, &set.namespace, name)
            }
            _ => set.clone(),
        }
    }

    /// What has the name of something it made, without as many pieces as the cluster put behind it.
    fn maker(&self, kind: Kind, made: &Object, pieces: usize) -> Option<Object> {
        let mut name = made.name.as_str();
        for _ in 0..pieces {
            let (shorter, piece) = name.rsplit_once('-')?;
            let is_number = !piece.is_empty() && piece.chars().all(|c| c.is_ascii_digit());
            (is_ending(piece) || is_number).then_some(())?;
            name = shorter;
        }
        let maker = Object::new(kind, &made.namespace, name);
        self.makers.contains(&maker).then_some(maker)
    }

    fn by_name(&self, pod: &Object) -> Option<Object> {
        let direct = [
            Kind::ReplicaSet,
            Kind::StatefulSet,
            Kind::DaemonSet,
            Kind::Job,
        ];
        let mut found = direct.iter().filter_map(|k| self.maker(*k, pod, 1));
        let through_set = || self.maker(Kind::Deployment, pod, 2);
        found.next().or_else(through_set)
    }
}

/// Whether a piece of a name was made by the cluster.
fn is_ending(piece: &str) -> bool {
    (4..=10).contains(&piece.len())
        && piece
            .chars()
            .all(|c| ENDINGS.contains(c) || c.is_ascii_digit())
}

/// A pod that a node itself runs goes by its name without the node's.
fn own(pod: &Object, node: &str) -> Object {
    let bare = pod
        .name
        .strip_suffix(node)
        .and_then(|n| n.strip_suffix('-'));
    Object::new(Kind::Pod, &pod.namespace, bare.unwrap_or(&pod.name))
}

/// The likely workload of a pod where nothing is known but its name.
fn guessed(pod: &Object) -> Object {
    let mut parts: Vec<&str> = pod.name.split('-').collect();
    let ends = |p: Option<&&str>, long: usize| {
        p.is_some_and(|p| {
            p.len() >= long && p.len() <= 10 && p.chars().all(|c| ENDINGS.contains(c))
        })
    };
    if parts.len() > 2 && ends(parts.last(), 5) && ends(parts.get(parts.len() - 2), 6) {
        parts.truncate(parts.len() - 2);
        return Object::new(Kind::Deployment, &pod.namespace, &parts.join("-"));
    }
    if parts.len() > 1 && parts.last().is_some_and(|p| p.parse::<u16>().is_ok()) {
        parts.truncate(parts.len() - 1);
        return Object::new(Kind::StatefulSet, &pod.namespace, &parts.join("-"));
    }
    if parts.len() > 1 && parts.last().is_some_and(|p| p.len() == 5) && ends(parts.last(), 5) {
        parts.truncate(parts.len() - 1);
        return Object::new(Kind::DaemonSet, &pod.namespace, &parts.join("-"));
    }
    pod.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pods_name_tells_what_made_it() {
        for (name, maker) in [
            ("cart-7d9f8b6c5d-x2xvk", "deployment/cart"),
            ("front-end-6bd5b9f5c4-4jz2m", "deployment/front-end"),
            ("mysql-0", "statefulset/mysql"),
            ("kube-proxy-x7k2p", "daemonset/kube-proxy"),
            ("batch", "pod/batch"),
            ("order-service", "pod/order-service"),
        ] {
            let pod = Object::new(Kind::Pod, "shop", name);
            assert_eq!(guessed(&pod).shown(), maker, "{name}");
        }
    }
}
