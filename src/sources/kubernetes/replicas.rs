//! Workloads with fewer pods than they want, and workloads that want none.

use super::answers::Event;
use super::fact::Fact;
use super::links::Links;
use super::object::{Kind, Object};
use super::state::State;
use super::workload::Workload;

/// What is wrong with how many pods workloads have.
pub(super) fn facts(state: &State, links: &Links) -> Vec<Fact> {
    let zero = state.workloads.iter().filter_map(|w| zero(state, links, w));
    let short = state.workloads.iter().filter_map(|w| short(state, w));
    let jobs = state.workloads.iter().filter_map(|w| failed_job(state, w));
    zero.chain(short)
        .chain(jobs)
        .chain(autoscalers(state))
        .collect()
}

/// The last event that set a workload to no pods.
fn scaled_down<'a>(state: &'a State, object: &Object) -> Option<&'a Event> {
    let events = state.events_of(object).iter();
    let down = |e: &&Event| {
        e.reason == "ScalingReplicaSet" && e.message.contains(" to 0")
            || e.reason == "SuccessfulDelete"
    };
    events.filter(down).min_by_key(|e| e.times.last)
}

/// A workload that wants no pods counts as far as somebody took them away, or something needs them.
fn zero(state: &State, links: &Links, workload: &Workload) -> Option<Fact> {
    let object = &workload.object;
    if workload.wanted != Some(0) || !matches!(object.kind, Kind::Deployment | Kind::StatefulSet) {
        return None;
    }
    let before: Vec<&Object> = state
        .services
        .iter()
        .filter(|s| s.object.namespace == object.namespace && s.matches(&workload.labels))
        .map(|s| &s.object)
        .collect();
    let callers = before.iter().flat_map(|s| links.callers(s));
    let is_called = callers
        .into_iter()
        .any(|c| state.pods_of(c).next().is_some());
    let down = scaled_down(state, object);
    let weight = match (down.is_some(), is_called, before.is_empty()) {
        (true, _, false) | (true, true, _) => 0.95,
        (false, true, _) => 0.85,
        (true, false, true) => 0.6,
        (false, false, false) => 0.7,
        (false, false, true) => 0.1,
    };
    let mut lines = vec![workload.line.clone()];
    lines.extend(down.map(|e| e.line.clone()));
    let says = format!("{} is scaled to no pods", object.name);
    let fact = Fact::new(object, "no replicas", weight, says)
        .seen(&lines, &workload.query)
        .since(down.and_then(|e| e.times.last));
    Some(fact)
}

/// A workload with fewer pods than it wants: by itself that is only an outcome.
fn short(state: &State, workload: &Workload) -> Option<Fact> {
    let wanted = workload.wanted.filter(|_| workload.is_short())?;
    let object = &workload.object;
    let starting = workload.age.is_some_and(|age| age < 60);
    let weight = if starting { 0.1 } else { 0.4 };
    let mut lines = vec![workload.line.clone()];
    let detail = state.answers.details.get(object);
    let conditions = detail.map_or(Vec::new(), |d| d.told.table("Conditions"));
    let bad = conditions
        .iter()
        .filter(|c| c.cell("Status") == "False" || c.cell("Type") == "ReplicaFailure");
    lines.extend(bad.map(|c| c.line.trim().to_owned()));
    let none = state.pods_of(object).next().is_none();
    let says = format!(
        "{} has {} of {wanted} pods ready",
        object.name, workload.ready
    );
    let refused = super::admission::refused_by(state, object);
    let is_refused = !refused.is_empty();
    let fact = Fact::new(object, "replicas", weight, says)
        .seen(&lines, &workload.query)
        .on(refused);
    if !none || starting || is_refused || !state.answers.knows(Kind::Pod, &object.namespace) {
        return Some(fact);
    }
    // Nobody even tries to make them.
    Some(
        Fact {
            kind: "no pods",
            weight: 0.65,
            says: format!(
                "{} wants {wanted} pods and has none: nothing makes them",
                object.name
            ),
            ..fact
        }
        .on([super::system::controller()]),
    )
}

/// A task that did not get done.
fn failed_job(state: &State, workload: &Workload) -> Option<Fact> {
    let object = &workload.object;
    if object.kind != Kind::Job {
        return None;
    }
    let listed = state.answers.listed(object)?;
    let is_done = listed
        .row
        .cell("COMPLETIONS")
        .split_once('/')
        .is_some_and(|(a, b)| a == b);
    let event = state.events_of(object).iter().find(|e| {
        matches!(
            e.reason.as_str(),
            "BackoffLimitExceeded" | "DeadlineExceeded" | "PodFailurePolicy"
        )
    });
    let failed = listed.row.cell("STATUS") == "Failed" || event.is_some();
    (failed && !is_done).then(|| {
        let mut lines = vec![workload.line.clone()];
        lines.extend(event.map(|e| e.line.clone()));
        Fact::new(
            object,
            "job",
            0.45,
            format!("The job {} failed and is not tried again", object.name),
        )
        .seen(&lines, &listed.query)
        .since(event.and_then(|e| e.times.first))
    })
}

/// Autoscalers that cannot go on, or cannot see.
fn autoscalers(state: &State) -> Vec<Fact> {
    let all = state.answers.all(Kind::Autoscaler).iter();
    all.filter_map(|listed| {
        let cell = |h: &str| listed.row.cell(h);
        let of = Object::read(&listed.object.namespace, cell("REFERENCE"))?;
        let number = |h: &str| cell(h).parse::<u32>().ok();
        let at_most = number("MAXPODS").is_some() && number("MAXPODS") == number("REPLICAS");
        let (weight, says) = match over(cell("TARGETS")) {
            Some(true) if at_most => (
                0.45,
                format!(
                    "{} is at the most pods its autoscaler allows, and above its target",
                    of.name
                ),
            ),
            None if cell("TARGETS").contains("<unknown>") => (
                0.15,
                format!("The autoscaler of {} sees no measures", of.name),
            ),
            _ => return None,
        };
        let lines = [listed.row.line.clone()];
        Some(
            Fact::new(&listed.object, "autoscaling", weight, says)
                .of(&of)
                .seen(&lines, &listed.query),
        )
    })
    .collect()
}

/// Reads `cpu: 95%/80%` or `95%/80%`: whether any is above its target.
fn over(targets: &str) -> Option<bool> {
    let value = |v: &str| v.trim().trim_end_matches('%').parse::<f64>().ok();
    let read = |t: &str| {
        let (now, target) = t.rsplit(": ").next()?.split_once('/')?;
        Some(value(now)? > value(target)?)
    };
    let known: Vec<bool> = targets.split(", ").filter_map(read).collect();
    (!known.is_empty()).then(|| known.contains(&true))
}
