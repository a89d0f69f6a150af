//! Pods that have no node: what the scheduler says of them, and whether there is one.

use super::clue::Clue;
use super::fact::Fact;
use super::object::{Kind, Object};
use super::pod::Pod;
use super::state::State;

/// Seconds after which a pod that nobody speaks of waits in vain.
const UNHEARD: i64 = 30;
/// What places pods.
const SCHEDULER: &str = "kube-scheduler";
/// Taints that a node gets by itself when it is in trouble.
const TROUBLED: [&str; 7] = [
    "node.kubernetes.io/not-ready",
    "node.kubernetes.io/unreachable",
    "node.kubernetes.io/disk-pressure",
    "node.kubernetes.io/memory-pressure",
    "node.kubernetes.io/pid-pressure",
    "node.kubernetes.io/network-unavailable",
    "node.kubernetes.io/out-of-service",
];

/// The object that stands for what places pods.
pub(super) fn scheduler() -> Object {
    Object::new(Kind::Pod, "kube-system", SCHEDULER)
}

/// What keeps a pod from a node.
pub(super) fn clue(state: &State, pod: &Pod) -> Option<Clue> {
    let events = state.events_of(&pod.object).iter();
    let last = events
        .filter(|e| e.reason == "FailedScheduling")
        .min_by_key(|e| e.times.last.unwrap_or(i64::MAX));
    let clue = match last {
        Some(event) => Clue {
            ago: event.times.first.max(pod.age),
            lines: vec![pod.line.clone(), event.line.clone()],
            query: event.query.clone(),
            ..reading(&event.message)
        },
        None if pod.age.is_some_and(|age| age < UNHEARD) => return None,
        None => Clue {
            ago: pod.age,
            lines: vec![pod.line.clone()],
            query: pod.query.clone(),
            ..unheard(state, pod)
        },
    };
    Some(clue)
}

/// A pod that nobody speaks of: it may ask for a scheduler of its own.
fn unheard(state: &State, pod: &Pod) -> Clue {
    let settings = state.answers.settings.get(&pod.owner);
    let asked = settings.map_or("", |(s, _)| s.scheduler.as_str());
    match asked {
        "" | "default-scheduler" => Clue::hard(
            "scheduling",
            0.7,
            "has pods that no scheduler has looked at",
        ),
        other => {
            let says = format!("asks the scheduler {other} for a node, and it gives none");
            Clue::hard("scheduling", 0.93, says)
        }
    }
}

/// What a scheduler's sentence says: so many nodes for each reason.
fn reading(message: &str) -> Clue {
    let low = message.to_lowercase();
    let has = |word: &str| low.contains(word);
    let reasons = low.split(". preemption").next().unwrap_or_default();
    let lacks: Vec<&str> = reasons
        .split("insufficient ")
        .skip(1)
        .filter_map(|r| r.split([',', '.', ' ', ';']).next())
        .collect();
    let taint = reasons
        .split('{')
        .skip(1)
        .filter_map(|t| t.split(['}', ':', ' ']).next())
        .find(|t| !t.contains("control-plane") && !t.contains("/master") && !TROUBLED.contains(t));
    let mut why: Vec<String> = Vec::new();
    if !lacks.is_empty() {
        let mut known = lacks.clone();
        known.sort_unstable();
        known.dedup();
        why.push(format!(
            "no node has as much {} left as it asks for",
            known.join(" and ")
        ));
    }
    if let Some(taint) = taint {
        why.push(format!(
            "nodes have the taint {taint}, which it does not tolerate"
        ));
    }
    for (words, says) in [
        (
            "didn't match pod's node affinity",
            "no node has the labels that it asks for",
        ),
        (
            "didn't match node selector",
            "no node has the labels that it asks for",
        ),
        (
            "anti-affinity",
            "it may not stand beside what is on the nodes",
        ),
        (
            "didn't match pod affinity",
            "it must stand beside what is on no node",
        ),
        ("topology spread", "its spread over nodes cannot be kept"),
        ("free ports", "the port that it wants of its node is taken"),
        ("too many pods", "the nodes have as many pods as they may"),
        (
            "volume node affinity conflict",
            "its volume is bound to a node that it cannot be on",
        ),
        (
            "unbound immediate persistentvolumeclaims",
            "its volume claim is not bound",
        ),
        (
            "persistent volumes to bind",
            "there is no volume for its claim",
        ),
        (
            "persistentvolumeclaim",
            "its volume claim is missing or not bound",
        ),
        ("unschedulable", "nodes are closed to new pods"),
        ("no nodes available", "there is no node"),
    ] {
        if has(words)
            && !why.iter().any(|w| w == says)
            && (words != "persistentvolumeclaim" || why.is_empty())
        {
            why.push(says.to_owned());
        }
    }
    if TROUBLED.iter().any(|t| reasons.contains(t)) {
        why.push("nodes are in trouble".to_owned());
    }
    let why = if why.is_empty() {
        "no node takes them".to_owned()
    } else {
        why.join("; ")
    };
    Clue::hard(
        "scheduling",
        0.92,
        format!("has pods without a node: {why}"),
    )
}

/// What pods without a node rest on: nodes that are out, where that is part of why; else who places them.
pub(super) fn rests_on(state: &State, clue: &Clue) -> Vec<Object> {
    if clue.kind != "scheduling" {
        return Vec::new();
    }
    if clue.says.contains("no scheduler") {
        return vec![scheduler()];
    }
    let words = [
        "in trouble",
        "closed to new pods",
        "there is no node",
        "left as it asks",
    ];
    if !words.iter().any(|w| clue.says.contains(w)) {
        return Vec::new();
    }
    let out = state
        .nodes
        .iter()
        .filter(|n| !n.is_ready() || n.is_cordoned());
    out.map(|n| n.object.clone()).collect()
}

/// Pods wait and nobody places them: the scheduler is out. Where one can be seen at work, they ask for another one.
pub(super) fn facts(state: &State) -> Vec<Fact> {
    let waits = |p: &&Pod| {
        p.status == "Pending"
            && p.node.is_empty()
            && clue(state, p).is_some_and(|c| c.says.contains("no scheduler"))
    };
    let waiting: Vec<&Pod> = state.pods.iter().filter(waits).collect();
    let Some(first) = waiting.first() else {
        return Vec::new();
    };
    let at_work = state
        .pods
        .iter()
        .any(|p| p.object.name.starts_with(SCHEDULER) && p.is_ready());
    let oldest = waiting.iter().filter_map(|p| p.age).max();
    let placed = |p: &&Pod| {
        !p.node.is_empty()
            && p.age
                .is_some_and(|a| oldest.is_some_and(|o| a + UNHEARD < o))
    };
    if at_work || state.pods.iter().any(|p| placed(&p)) {
        return Vec::new();
    }
    let lines: Vec<String> = waiting.iter().take(4).map(|p| p.line.clone()).collect();
    let says = format!(
        "No scheduler is at work: {} without a node, and nothing says why",
        crate::domain::text::counted(waiting.len(), "pod waits", "pods wait")
    );
    vec![
        Fact::new(&scheduler(), "scheduler", 0.9, says)
            .seen(&lines, &first.query)
            .since(oldest),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedulers_sentence_is_told_in_plain_words() {
        for (message, says) in [
            (
                "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 Insufficient cpu. preemption: 0/3 nodes are available: 1 Preemption is not helpful for scheduling, 2 No preemption victims found for incoming pod.",
                "no node has as much cpu left as it asks for",
            ),
            (
                "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
                "no node has the labels that it asks for",
            ),
            (
                "0/2 nodes are available: 2 node(s) had taint {dedicated: gpu}, that the pod didn't tolerate.",
                "nodes have the taint dedicated, which it does not tolerate",
            ),
            (
                "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims.",
                "its volume claim is not bound",
            ),
            (
                "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) had untolerated taint {node.kubernetes.io/unreachable: }.",
                "nodes are closed to new pods; nodes are in trouble",
            ),
        ] {
            let clue = reading(message);
            assert_eq!(
                clue.says,
                format!("has pods without a node: {says}"),
                "{message}"
            );
        }
    }
}
