//! Nodes that are out, under pressure, or closed to new pods.

use super::age::since;
use super::fact::Fact;
use super::object::Object;
use super::placing;
use super::state::{Node, State};

/// Conditions that are bad when they hold.
const BAD: [(&str, &str); 4] = [
    ("MemoryPressure", "is short of memory"),
    ("DiskPressure", "is short of disk"),
    ("PIDPressure", "has no room for further processes"),
    ("NetworkUnavailable", "has no network set up"),
];
/// Seconds after which what a node went through is history.
const RECENT: i64 = 3_600;

/// What is wrong with nodes.
pub(super) fn facts(state: &State) -> Vec<Fact> {
    let all = state.nodes.iter();
    all.flat_map(|n| [out(state, n), pressure(state, n), closed(state, n)])
        .flatten()
        .map(|f| Fact {
            bears: on(state, &f.object),
            ..f
        })
        .collect()
}

/// Workloads with pods on a node.
fn on(state: &State, node: &Object) -> std::collections::BTreeSet<Object> {
    let here = state
        .pods
        .iter()
        .filter(|p| p.node == node.name && !p.is_done());
    here.map(|p| p.owner.clone()).collect()
}

/// A condition of a node: its line, its status, its message, and seconds since it is so.
struct Condition {
    line: String,
    status: String,
    message: String,
    ago: Option<i64>,
}

fn condition(state: &State, node: &Node, kind: &str) -> Option<Condition> {
    let detail = state.answers.details.get(&node.object)?;
    let row = detail
        .told
        .table("Conditions")
        .into_iter()
        .find(|r| r.cell("Type") == kind)?;
    Some(Condition {
        status: row.cell("Status").to_owned(),
        message: row.cell("Message").to_owned(),
        ago: since(row.cell("LastTransitionTime"), state.now),
        line: row.line.trim().to_owned(),
    })
}

fn out(state: &State, node: &Node) -> Option<Fact> {
    if node.is_ready() || node.status.is_empty() {
        return None;
    }
    let ready = condition(state, node, "Ready");
    let silent = ready
        .as_ref()
        .is_some_and(|c| c.message.contains("stopped posting") || c.status == "Unknown");
    let why = match &ready {
        _ if silent => ": its kubelet is not heard of".to_owned(),
        Some(c) if !c.message.is_empty() => {
            format!(": {}", c.message.chars().take(160).collect::<String>())
        }
        _ => String::new(),
    };
    let mut lines = vec![node.line.clone()];
    lines.extend(ready.as_ref().map(|c| c.line.clone()));
    let events = state
        .events_of(&node.object)
        .iter()
        .filter(|e| e.reason == "NodeNotReady");
    let began = ready
        .as_ref()
        .and_then(|c| c.ago)
        .or(events.filter_map(|e| e.times.first).max());
    let says = format!("The node {} is not ready{why}", node.object.name);
    Some(
        Fact::new(&node.object, "node", 0.96, says)
            .seen(&lines, &query(state, node))
            .since(began),
    )
}

fn query(state: &State, node: &Node) -> String {
    let detail = state.answers.details.get(&node.object);
    detail.map_or(&node.query, |d| &d.query).clone()
}

/// Something a node runs out of: told by its conditions, or by what it had to do of late.
fn pressure(state: &State, node: &Node) -> Option<Fact> {
    if !node.is_ready() {
        return None;
    }
    for (kind, says) in BAD {
        let Some(held) = condition(state, node, kind).filter(|c| c.status == "True") else {
            continue;
        };
        let says = format!("The node {} {says}", node.object.name);
        let lines = [node.line.clone(), held.line];
        return Some(
            Fact::new(&node.object, "node pressure", 0.88, says)
                .seen(&lines, &query(state, node))
                .since(held.ago),
        );
    }
    let event = state.events_of(&node.object).iter().find(|e| {
        let word = matches!(
            e.reason.as_str(),
            "EvictionThresholdMet"
                | "SystemOOM"
                | "FreeDiskSpaceFailed"
                | "KernelDeadlock"
                | "OOMKilling"
        );
        word && e.warning && e.times.last.is_some_and(|l| l <= RECENT)
    })?;
    let says = format!(
        "The node {} ran out of something: {}",
        node.object.name, event.message
    );
    Some(
        Fact::new(&node.object, "node pressure", 0.6, says)
            .seen(std::slice::from_ref(&event.line), &event.query)
            .since(event.times.first),
    )
}

/// A node that somebody closed to new pods: that is how nodes are looked after, unless pods now find no place.
fn closed(state: &State, node: &Node) -> Option<Fact> {
    let refused = |p: &super::pod::Pod| {
        p.node.is_empty()
            && placing::clue(state, p).is_some_and(|c| c.says.contains("closed to new pods"))
    };
    if !node.is_cordoned() || !node.is_ready() {
        return None;
    }
    let weight = if state.pods.iter().any(refused) {
        0.93
    } else {
        0.15
    };
    let says = format!("The node {} is closed to new pods", node.object.name);
    Some(
        Fact::new(&node.object, "cordon", weight, says)
            .seen(std::slice::from_ref(&node.line), &node.query),
    )
}
