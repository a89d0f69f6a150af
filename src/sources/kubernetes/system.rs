//! What every workload of a cluster rests on: who resolves names, who carries calls, who places and makes pods.

use super::fact::Fact;
use super::object::{Kind, Object};
use super::placing::scheduler;
use super::state::State;

/// Where the cluster's own workloads run.
pub(super) const NAMESPACE: &str = "kube-system";
/// What a control plane that runs as pods is made of.
const PLANE: [&str; 4] = [
    "kube-apiserver",
    "etcd",
    "kube-controller-manager",
    "kube-scheduler",
];
/// Names of what resolves names.
const NAMES: [&str; 3] = ["coredns", "kube-dns", "node-local-dns"];
/// Names of what carries calls between nodes.
const CARRIERS: [&str; 8] = [
    "kube-proxy",
    "cilium",
    "calico-node",
    "kube-flannel",
    "kindnet",
    "weave-net",
    "aws-node",
    "antrea-agent",
];

/// The object that stands for what makes pods of workloads.
pub(super) fn controller() -> Object {
    Object::new(Kind::Pod, NAMESPACE, "kube-controller-manager")
}

fn is_one_of(object: &Object, names: &[&str]) -> bool {
    object.namespace == NAMESPACE
        && names
            .iter()
            .any(|n| object.name == *n || object.name.starts_with(&format!("{n}-")))
}

/// What finds names and carries calls: what any call rests on.
pub(super) fn found_by(state: &State) -> Vec<Object> {
    let all = state.workloads.iter().map(|w| &w.object);
    all.filter(|o| is_one_of(o, &NAMES) || is_one_of(o, &CARRIERS))
        .cloned()
        .collect()
}

/// What is wrong with the cluster itself, beyond what its pods tell as all pods do.
pub(super) fn facts(state: &State) -> Vec<Fact> {
    let mut all = missing_parts(state);
    all.extend(names_unresolved(state));
    all.extend(components(state));
    all.extend(carriers(state));
    all.extend(going_away(state));
    all.extend(certificates(state));
    all
}

/// A part of the control plane that is not there while others are.
fn missing_parts(state: &State) -> Vec<Fact> {
    let there = |name: &&&str| state.pods.iter().any(|p| is_one_of(&p.owner, &[**name]));
    let present: Vec<&&str> = PLANE.iter().filter(there).collect();
    if present.len() < 2 {
        return Vec::new();
    }
    let absent = PLANE.iter().filter(|name| !present.contains(name));
    let lines: Vec<String> = state
        .pods
        .iter()
        .filter(|p| is_one_of(&p.owner, &PLANE))
        .map(|p| p.line.clone())
        .take(4)
        .collect();
    absent
        .map(|name| {
            let object = Object::new(Kind::Pod, NAMESPACE, name);
            let says = format!("There is no pod of {name} among those of the control plane");
            let query = state
                .pods
                .iter()
                .find(|p| p.object.namespace == NAMESPACE)
                .map(|p| p.query.clone());
            // A scheduler or controller that is not a pod shows in what waits for it.
            let weight = if object == scheduler() || object == controller() {
                0.85
            } else {
                0.3
            };
            Fact::new(&object, "control plane", weight, says)
                .seen(&lines, &query.unwrap_or_default())
        })
        .collect()
}

/// Nobody resolves names.
fn names_unresolved(state: &State) -> Vec<Fact> {
    let all = state
        .workloads
        .iter()
        .filter(|w| is_one_of(&w.object, &NAMES) && w.object.kind == Kind::Deployment);
    all.filter(|w| w.wanted == Some(0) || w.ready == 0)
        .map(|w| {
            let says = format!(
                "{} has no pod that is ready: names of services are not resolved",
                w.object.name
            );
            let fact = Fact::new(&w.object, "name resolution", 0.97, says)
                .seen(std::slice::from_ref(&w.line), &w.query);
            let others = state
                .workloads
                .iter()
                .map(|o| &o.object)
                .filter(|o| o.namespace != NAMESPACE);
            Fact {
                bears: others.take(20).cloned().collect(),
                ..fact.on(state
                    .pods_of(&w.object)
                    .filter(|p| !p.node.is_empty())
                    .map(|p| Object::new(Kind::Node, "", &p.node)))
            }
        })
        .collect()
}

/// What carries calls is lacking on nodes.
fn carriers(state: &State) -> Vec<Fact> {
    let all = state
        .workloads
        .iter()
        .filter(|w| is_one_of(&w.object, &CARRIERS) && w.object.kind == Kind::DaemonSet);
    let nodes = state.nodes.len() as u32;
    all.filter(|w| w.wanted == Some(0) && nodes > 0)
        .map(|w| {
            let says = format!(
                "{} runs on no node: calls to services are not carried",
                w.object.name
            );
            Fact::new(&w.object, "network", 0.92, says)
                .seen(std::slice::from_ref(&w.line), &w.query)
        })
        .collect()
}

/// The cluster's own word on its parts. Clusters that others look after say "unhealthy" of what they do not show, so it
/// weighs little by itself.
fn components(state: &State) -> Vec<Fact> {
    let all = state.answers.all(Kind::Component).iter();
    let bad: Vec<_> = all
        .filter(|l| l.row.cell("STATUS") == "Unhealthy")
        .collect();
    let waits = state
        .pods
        .iter()
        .any(|p| p.status == "Pending" && p.node.is_empty());
    bad.iter()
        .filter_map(|l| {
            let (object, weight) = match l.object.name.as_str() {
                "scheduler" => (scheduler(), if waits { 0.8 } else { 0.2 }),
                "controller-manager" => (controller(), 0.2),
                name if name.starts_with("etcd") => {
                    (Object::new(Kind::Pod, NAMESPACE, "etcd"), 0.6)
                }
                _ => return None,
            };
            let says = format!("The cluster says that {} is not well", object.name);
            Some(
                Fact::new(&object, "control plane", weight, says)
                    .seen(std::slice::from_ref(&l.row.line), &l.query),
            )
        })
        .collect()
}

/// Namespaces that are being removed.
fn going_away(state: &State) -> Vec<Fact> {
    let all = state.answers.all(Kind::Namespace).iter();
    let going = all.filter(|l| l.row.cell("STATUS") == "Terminating");
    going
        .map(|l| {
            let name = &l.object.name;
            let inside: std::collections::BTreeSet<Object> = state
                .workloads
                .iter()
                .map(|w| &w.object)
                .filter(|o| o.namespace == *name)
                .cloned()
                .collect();
            let weight = if inside.is_empty() { 0.2 } else { 0.9 };
            let says = format!("The namespace {name} is being removed");
            let fact = Fact::new(&l.object, "namespace", weight, says);
            Fact {
                bears: inside,
                ..fact.seen(std::slice::from_ref(&l.row.line), &l.query)
            }
        })
        .collect()
}

/// Certificates that could not be made or renewed.
fn certificates(state: &State) -> Vec<Fact> {
    let all = state.answers.all(Kind::Certificate).iter();
    let bad = all.filter(|l| l.row.cell("READY") == "False");
    bad.map(|l| {
        let says = format!("The certificate {} is not ready", l.object.name);
        Fact::new(&l.object, "certificate", 0.55, says)
            .seen(std::slice::from_ref(&l.row.line), &l.query)
    })
    .collect()
}
