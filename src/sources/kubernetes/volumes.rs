//! Claims that get no volume, and volumes that cannot be used.

use super::age::seconds;
use super::answers::{Event, Listed};
use super::fact::Fact;
use super::object::{Kind, Object};
use super::state::State;

/// What is wrong with claims and volumes.
pub(super) fn facts(state: &State) -> Vec<Fact> {
    let claims = state.answers.all(Kind::Claim).iter();
    let claims = claims.filter_map(|l| claim(state, l));
    let volumes = state.answers.all(Kind::Volume).iter();
    let volumes = volumes.filter_map(|l| volume(state, l));
    claims.chain(volumes).chain(missing(state)).collect()
}

/// Workloads that mount a claim.
fn users(state: &State, claim: &Object) -> Vec<Object> {
    let templates = state.workloads.iter().filter(|w| w.mounts.contains(claim));
    let mut all: Vec<Object> = templates.map(|w| w.object.clone()).collect();
    for (object, detail) in &state.answers.details {
        if object.kind == Kind::Pod
            && super::workload::mounts(detail.root(), &object.namespace).contains(claim)
        {
            all.push(state.owner_of(object));
        }
    }
    let detail = state.answers.details.get(claim);
    let told = detail.map_or(Vec::new(), |d| d.root().list("Used By"));
    let pods = told.iter().flat_map(|n| n.split(", "));
    all.extend(pods.map(|n| state.owner_of(&Object::new(Kind::Pod, &claim.namespace, n))));
    // A claim that a stateful set makes ends with the name of its pod.
    let own = state.workloads.iter().filter(|w| {
        w.object.kind == Kind::StatefulSet
            && w.object.namespace == claim.namespace
            && claim.name.rsplit_once('-').is_some_and(|(n, i)| {
                n.ends_with(&format!("-{}", w.object.name)) && i.parse::<u16>().is_ok()
            })
    });
    all.extend(own.map(|w| w.object.clone()));
    all.sort();
    all.dedup();
    all
}

fn claim(state: &State, listed: &Listed) -> Option<Fact> {
    let (row, object) = (&listed.row, &listed.object);
    let status = row.cell("STATUS");
    let users = users(state, object);
    let events: Vec<&Event> = state.events_of(object).iter().collect();
    let why = events.iter().find_map(|e| reading(state, listed, e));
    let unused = users.is_empty();
    let (weight, says) = match status {
        "Lost" => (
            0.95,
            format!("The claim {} has lost its volume", object.name),
        ),
        "Pending" => match why {
            Some(why) => (
                0.93,
                format!("The claim {} gets no volume: {why}", object.name),
            ),
            // A claim that waits for its first pod is as it should be.
            None if events.iter().any(|e| e.reason == "WaitForFirstConsumer") => {
                (0.1, format!("The claim {} waits for a pod", object.name))
            }
            None if seconds(row.cell("AGE")).is_some_and(|age| age < 60) => return None,
            None => (0.7, format!("The claim {} gets no volume", object.name)),
        },
        "Terminating" => (0.6, format!("The claim {} is being removed", object.name)),
        _ => {
            let failed = events
                .iter()
                .find(|e| e.warning && e.reason.contains("Resize"))?;
            (
                0.3,
                format!(
                    "The claim {} cannot be made larger: {}",
                    object.name, failed.message
                ),
            )
        }
    };
    let mut lines = vec![row.line.clone()];
    lines.extend(events.iter().map(|e| e.line.clone()));
    lines.truncate(5);
    let weight = if unused { weight * 0.2 } else { weight };
    let began = events.iter().filter_map(|e| e.times.first).max();
    let first = users.first().cloned().unwrap_or_else(|| object.clone());
    let mut fact = Fact::new(object, "volume", weight, says)
        .of(&first)
        .seen(&lines, &listed.query)
        .since(began.or(seconds(row.cell("AGE"))));
    fact.bears = users.into_iter().skip(1).collect();
    Some(fact)
}

/// Why a claim has no volume.
fn reading(state: &State, listed: &Listed, event: &Event) -> Option<String> {
    let low = event.message.to_lowercase();
    let class = listed.row.cell("STORAGECLASS");
    match event.reason.as_str() {
        "ProvisioningFailed" if low.contains("storageclass") && low.contains("not found") => {
            Some(format!("there is no storage class {class}"))
        }
        "ProvisioningFailed" => Some(event.message.chars().take(160).collect()),
        "FailedBinding" if low.contains("no storage class is set") => {
            Some("no volume fits it, and it names no storage class".into())
        }
        "FailedBinding" | "VolumeMismatch" => Some(event.message.chars().take(160).collect()),
        "ExternalProvisioning" => Some("whoever makes such volumes does not answer".into()),
        _ if !class.is_empty()
            && state.answers.knows(Kind::StorageClass, "")
            && state
                .answers
                .listed(&Object::new(Kind::StorageClass, "", class))
                .is_none()
            && event.warning =>
        {
            Some(format!("there is no storage class {class}"))
        }
        _ => None,
    }
}

fn volume(state: &State, listed: &Listed) -> Option<Fact> {
    let status = listed.row.cell("STATUS");
    let claim = listed.row.cell("CLAIM");
    let (namespace, name) = claim.split_once('/')?;
    let claim = Object::new(Kind::Claim, namespace, name);
    if status != "Failed" || state.answers.listed(&claim).is_none() {
        return None;
    }
    let of = users(state, &claim).into_iter().next()?;
    let says = format!(
        "The volume {} of the claim {name} has failed",
        listed.object.name
    );
    Some(
        Fact::new(&listed.object, "volume", 0.85, says)
            .of(&of)
            .seen(std::slice::from_ref(&listed.row.line), &listed.query),
    )
}

/// What pods that do not start mount and what does not exist: told even where no event says so.
fn missing(state: &State) -> Vec<Fact> {
    let waits = |o: &Object| state.pods_of(o).any(|p| !p.is_ready() && !p.is_done());
    let mut found = Vec::new();
    for workload in state
        .workloads
        .iter()
        .filter(|w| w.is_short() && waits(&w.object))
    {
        let namespace = &workload.object.namespace;
        let taken = workload.containers.iter().flat_map(|c| &c.taken_from);
        let taken =
            taken.filter_map(|(kind, name)| Some(Object::new(Kind::read(kind)?, namespace, name)));
        for object in workload.mounts.iter().cloned().chain(taken) {
            let asked = matches!(object.kind, Kind::Claim | Kind::ConfigMap);
            if asked
                && state.answers.knows(object.kind, namespace)
                && state.answers.listed(&object).is_none()
            {
                let kind = if object.kind == Kind::Claim {
                    "volume"
                } else {
                    "config"
                };
                let says = format!(
                    "{} needs {}, which does not exist",
                    workload.object.name,
                    object.shown()
                );
                found.push(
                    Fact::new(&object, kind, 0.9, says)
                        .of(&workload.object)
                        .seen(std::slice::from_ref(&workload.line), &workload.query),
                );
            }
        }
    }
    found.dedup_by(|a, b| a.object == b.object && a.of == b.of);
    found
}
