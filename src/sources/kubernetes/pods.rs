//! What is wrong with the pods of a workload: one fact for all that fail in the same way.

use super::clue::{Clue, Stage, of_container, of_event, of_status};
use super::fact::Fact;
use super::links::Links;
use super::object::{Kind, Object};
use super::placing;
use super::pod::Pod;
use super::state::State;
use std::collections::BTreeMap;

/// Seconds that a pod may take to start before that is worth a word.
const STARTING: i64 = 90;
/// Seconds after which a restart is history.
const RECENT: i64 = 1_800;
/// Seconds of a pod's life in which restarts belong to the start: what it calls may not have been there yet.
const YOUNG: i64 = 300;
/// Times that a probe of a pod that is ready fails before it is more than a hiccup.
const REPEATED: u32 = 3;
/// Lines that are told of one fact.
const LINES: usize = 6;

/// What is wrong with the pods of every workload.
pub(super) fn facts(state: &State, links: &Links) -> Vec<Fact> {
    let mut by: BTreeMap<&Object, Vec<(&Pod, Clue)>> = BTreeMap::new();
    for pod in &state.pods {
        if let Some(clue) = clue(state, pod) {
            by.entry(&pod.owner).or_default().push((pod, clue));
        }
    }
    by.into_iter()
        .map(|(owner, troubled)| fact(state, links, owner, &troubled))
        .collect()
}

/// How far a pod has come.
fn stage(pod: &Pod) -> Stage {
    let status = pod.status.as_str();
    let starting = [
        "ContainerCreating",
        "PodInitializing",
        "InvalidImageName",
        "Pending",
    ];
    let is_made = status.contains("ImagePull")
        || status.contains("ErrImage")
        || status.contains("ContainerConfigError")
        || status.contains("CreateContainer")
        || status.contains("RunContainer")
        || starting.contains(&status)
        || (status.starts_with("Init:") && !status.contains("Crash") && !status.contains("Error"));
    match () {
        () if status == "Pending" && pod.node.is_empty() => Stage::Unplaced,
        () if is_made => Stage::Starting,
        () => Stage::Running,
    }
}

/// The strongest clue to what is wrong with a pod; nothing where it is well, or has only just begun.
fn clue(state: &State, pod: &Pod) -> Option<Clue> {
    if pod.is_done() || is_made_good(state, pod) {
        return None;
    }
    if pod.status == "Terminating" {
        return terminating(state, pod);
    }
    if pod.is_ready() {
        return flapping(state, pod);
    }
    let stage = stage(pod);
    if stage == Stage::Unplaced {
        return placing::clue(state, pod);
    }
    if let Some(clue) = nowhere(state, pod) {
        return Some(told(pod, clue));
    }
    let events = state.events_of(&pod.object).iter().filter(|e| e.warning);
    let mut all: Vec<Clue> = events.filter_map(|e| of_event(e, stage)).collect();
    all.extend(pod.containers.iter().filter_map(|c| of_container(c, false)));
    all.extend(of_status(&pod.status));
    if all.is_empty() {
        all.extend(waiting(pod, stage));
    }
    Some(told(pod, by_detail(pod, strongest(all)?)))
}

/// Whether a pod that ended is history: its task was done by another one, or its workload has all the pods it wants.
fn is_made_good(state: &State, pod: &Pod) -> bool {
    let ended = matches!(
        pod.status.as_str(),
        "Error" | "Evicted" | "Failed" | "ContainerStatusUnknown" | "Shutdown" | "NodeShutdown"
    );
    let listed = state
        .answers
        .listed(&pod.owner)
        .map(|l| l.row.cell("COMPLETIONS"));
    let is_done = listed
        .and_then(|c| c.split_once('/'))
        .is_some_and(|(a, b)| a == b);
    let workload = state.workload(&pod.owner);
    let is_full = workload.is_some_and(|w| w.wanted.is_some() && !w.is_short());
    is_done || (ended && is_full)
}

/// A pod that is bound to a node which does not exist.
fn nowhere(state: &State, pod: &Pod) -> Option<Clue> {
    let node = Object::new(Kind::Node, "", &pod.node);
    let is_gone = !pod.node.is_empty()
        && stage(pod) == Stage::Starting
        && state.answers.knows(Kind::Node, "")
        && state.answers.listed(&node).is_none();
    is_gone.then(|| {
        let says = format!("is bound to the node {}, which does not exist", pod.node);
        Clue::hard("scheduling", 0.92, says)
    })
}

/// One that is neither ready nor says why.
fn waiting(pod: &Pod, stage: Stage) -> Option<Clue> {
    if pod.age.is_some_and(|age| age < STARTING) {
        return None;
    }
    Some(match stage {
        Stage::Running => Clue::soft("not ready", 0.55, "runs and is not ready"),
        _ => Clue::soft("start", 0.55, "is stuck before its start"),
    })
}

fn strongest(all: Vec<Clue>) -> Option<Clue> {
    let others: Vec<String> = all.iter().flat_map(|c| c.lines.clone()).collect();
    let best = all.into_iter().reduce(|a, b| {
        let better = b.weight > a.weight;
        let (kept, other) = if better { (b, a) } else { (a, b) };
        let alike = other.kind == kept.kind || other.kind == "crash";
        let ago = kept.ago.max(other.ago.filter(|_| alike));
        Clue { ago, ..kept }
    })?;
    let mut lines = best.lines.clone();
    lines.extend(others.into_iter().filter(|l| !best.lines.contains(l)));
    Some(Clue { lines, ..best })
}

/// What a pod's own settings add: a probe that asks a port nobody opens, one that has too little processor to answer.
fn by_detail(pod: &Pod, clue: Clue) -> Clue {
    if clue.kind != "probe" || !clue.is_soft {
        return clue;
    }
    let open = |c: &&super::container::Container| !c.ports.is_empty() && !c.probed.is_empty();
    for container in pod.containers.iter().filter(open) {
        let odd = container.probed.iter().find(|p| {
            p.parse::<u16>()
                .is_ok_and(|n| !container.ports.contains(&n))
        });
        if let Some(port) = odd.filter(|_| clue.says.contains("listens")) {
            let opened: Vec<String> = container.ports.iter().map(u16::to_string).collect();
            let says = format!(
                "{} (it asks port {port}, and {} opens {})",
                clue.says,
                container.name,
                opened.join(", ")
            );
            return Clue {
                says,
                is_soft: false,
                weight: 0.9,
                ..clue
            };
        }
    }
    let small = |c: &super::container::Container| {
        let cpu = c.limits.iter().find(|(r, _)| r == "cpu");
        cpu.and_then(|(_, l)| l.strip_suffix('m')?.parse::<u32>().ok())
            .filter(|m| *m <= 50)
    };
    match pod
        .containers
        .iter()
        .find_map(small)
        .filter(|_| clue.says.contains("in time"))
    {
        Some(cpu) => Clue {
            kind: "cpu limit",
            says: format!("{}, and may use {cpu}m of a processor", clue.says),
            is_soft: false,
            weight: 0.85,
            ..clue
        },
        None => clue,
    }
}

/// A pod that is ready now and was not a moment ago.
fn flapping(state: &State, pod: &Pod) -> Option<Clue> {
    let (age, ago) = (
        pod.age.unwrap_or(i64::MAX),
        pod.restarted.unwrap_or(i64::MAX),
    );
    let at_start = age - ago.min(age) <= YOUNG && pod.restarts <= 3 && ago > 60;
    let mut all: Vec<Clue> = Vec::new();
    if pod.restarts > 0 && ago <= RECENT && !at_start {
        let known = pod.containers.iter().filter_map(|c| of_container(c, true));
        all.extend(known);
        if all.is_empty() {
            all.push(Clue::soft("crash", 0.7, "began anew"));
        }
    }
    let events = state.events_of(&pod.object).iter();
    let repeated = events.filter(|e| {
        let (last, first) = (e.times.last.unwrap_or(i64::MAX), e.times.first.unwrap_or(0));
        e.warning
            && e.times.count >= REPEATED
            && last <= YOUNG
            && (pod.restarts > 0 || age - first > YOUNG)
    });
    all.extend(repeated.filter_map(|e| of_event(e, Stage::Running)));
    let clue = by_detail(pod, strongest(all)?);
    let share = if pod.restarts >= 3 { 0.9 } else { 0.6 };
    Some(told(
        pod,
        Clue {
            weight: clue.weight * share,
            ..clue
        },
    ))
}

/// A pod that does not go away.
fn terminating(state: &State, pod: &Pod) -> Option<Clue> {
    let detail = state.answers.details.get(&pod.object)?;
    let status = detail.root().text("Status");
    let lasts = status.split("lasts ").nth(1)?.trim_end_matches(')');
    let lasts = super::age::seconds(lasts)?;
    let grace = detail.root().text("Termination Grace Period");
    let grace = super::age::seconds(grace).unwrap_or(30);
    (lasts > grace + 60).then(|| {
        let says = "has a pod that does not go away";
        let clue = Clue::soft("stuck", 0.55, says);
        told(
            pod,
            Clue {
                ago: Some(lasts),
                ..clue
            },
        )
    })
}

/// With the pod's own line before the others.
fn told(pod: &Pod, clue: Clue) -> Clue {
    let mut lines = vec![pod.line.clone()];
    lines.extend(clue.lines);
    let query = if clue.query.is_empty() {
        pod.query.clone()
    } else {
        clue.query
    };
    let ago = clue.ago.or(began(pod));
    Clue {
        lines,
        query,
        ago,
        ..clue
    }
}

/// Since when a pod that does not say so is in trouble: one that does not start, since it was made; one that is started
/// again and again, for as long as the waits between the starts take, which double up to five minutes.
fn began(pod: &Pod) -> Option<i64> {
    if stage(pod) != Stage::Running {
        return pod.age;
    }
    let waits: i64 = (1..pod.restarts.min(1_000))
        .map(|n| (5i64 << n.min(6)).min(300))
        .sum();
    let began = pod.restarted?
        + if pod.status.contains("BackOff") {
            waits
        } else {
            0
        };
    Some(began.min(pod.age.unwrap_or(i64::MAX)))
}

/// The worst of what the pods of a workload tell, as one fact.
fn fact(state: &State, links: &Links, owner: &Object, troubled: &[(&Pod, Clue)]) -> Fact {
    let mut worst = &troubled[0];
    for other in troubled {
        if other.1.weight > worst.1.weight {
            worst = other;
        }
    }
    let (pod, clue) = worst;
    let alike: Vec<&(&Pod, Clue)> = troubled.iter().filter(|t| t.1.kind == clue.kind).collect();
    let all = state.pods_of(owner).filter(|p| !p.is_done()).count();
    let count = if all > 1 {
        format!(" ({} of {all} pods)", alike.len())
    } else {
        String::new()
    };
    let restarts = match pod.restarts {
        n if n > 1 && clue.kind != "image" => format!(", {n} restarts"),
        _ => String::new(),
    };
    let mut lines = clue.lines.clone();
    lines.truncate(LINES);
    let served = state
        .workload(owner)
        .is_some_and(|w| w.wanted.is_some() && !w.is_short());
    // What still has all the pods it wants is not felt yet, and nobody waits for a task.
    let is_task = matches!(owner.kind, Kind::Job | Kind::CronJob);
    let weight = if (served && !pod.is_ready()) || is_task {
        clue.weight * 0.7
    } else {
        clue.weight
    };
    let began = alike.iter().filter_map(|t| t.1.ago).max();
    let object = if owner.kind == Kind::Pod {
        &pod.object
    } else {
        owner
    };
    Fact::new(
        object,
        clue.kind,
        weight,
        format!("{} {}{restarts}{count}", owner.name, clue.says),
    )
    .of(owner)
    .seen(&lines, &clue.query)
    .since(began)
    .on(rests_on(state, links, owner, &alike))
}

/// What pods rest on: their nodes; what they mount; and where a program ends or does not answer by itself, what it calls
/// and what finds its names.
fn rests_on(state: &State, links: &Links, owner: &Object, alike: &[&(&Pod, Clue)]) -> Vec<Object> {
    let mut on = Vec::new();
    for (pod, clue) in alike {
        if !pod.node.is_empty() {
            on.push(Object::new(Kind::Node, "", &pod.node));
        }
        if clue.is_mount || clue.kind == "scheduling" {
            on.extend(
                state
                    .workload(owner)
                    .map_or(&[][..], |w| &w.mounts)
                    .iter()
                    .cloned(),
            );
        }
        on.extend(placing::rests_on(state, clue));
    }
    if alike.iter().any(|t| t.1.is_soft) {
        for service in links.called_by(owner).filter(|s| !is_own(state, s, owner)) {
            on.push(service.clone());
            on.extend(behind(state, service).filter(|w| w != owner));
        }
        on.extend(super::system::found_by(state));
        on.extend(super::policies::over(state, owner));
    }
    on.sort();
    on.dedup();
    on.retain(|o| o != owner);
    on
}

fn is_own(state: &State, service: &Object, owner: &Object) -> bool {
    behind(state, service).any(|w| w == *owner)
}

/// Workloads behind a service.
pub(super) fn behind<'a>(state: &'a State, service: &Object) -> impl Iterator<Item = Object> + 'a {
    let service = state.services.iter().find(|s| s.object == *service);
    state.workloads.iter().filter_map(move |w| {
        let here = service?;
        (here.object.namespace == w.object.namespace && here.matches(&w.labels))
            .then(|| w.object.clone())
    })
}
