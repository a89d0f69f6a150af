//! Pods that the cluster refuses to make: quotas, limits, policies, webhooks, service accounts.

use super::answers::Event;
use super::fact::Fact;
use super::object::{Kind, Object};
use super::state::State;
use std::collections::BTreeMap;

/// What is refused to workloads that are still short of pods. A refusal that was made good is history.
pub(super) fn facts(state: &State) -> Vec<Fact> {
    let mut by: BTreeMap<(Object, Object), Fact> = BTreeMap::new();
    for event in state.events() {
        if !matches!(
            event.reason.as_str(),
            "FailedCreate" | "FailedUpdate" | "ReplicaSetCreateError"
        ) {
            continue;
        }
        let owner = state.owner_of(&event.object);
        if !is_short(state, &owner, &event.object) {
            continue;
        }
        let fact = refusal(state, event, &owner);
        let known = by
            .entry((owner, fact.object.clone()))
            .or_insert_with(|| fact.clone());
        if fact.weight > known.weight {
            *known = fact;
        }
    }
    by.into_values().chain(quotas(state)).collect()
}

/// Who refuses pods to a workload.
pub(super) fn refused_by(state: &State, owner: &Object) -> Vec<Object> {
    let events = state.events().filter(|e| e.reason == "FailedCreate");
    let own = events.filter(|e| state.owner_of(&e.object) == *owner);
    own.map(|e| refusal(state, e, owner).object).collect()
}

/// Whether what was refused is still lacking.
fn is_short(state: &State, owner: &Object, made: &Object) -> bool {
    let set = state
        .answers
        .listed(made)
        .filter(|_| made.kind == Kind::ReplicaSet);
    let number = |h: &str| set.and_then(|s| s.row.cell(h).parse::<u32>().ok());
    match (number("DESIRED"), number("CURRENT")) {
        (Some(wanted), Some(there)) => there < wanted,
        _ => state
            .workload(owner)
            .is_none_or(|w| w.is_short() || w.wanted.is_none()),
    }
}

fn refusal(state: &State, event: &Event, owner: &Object) -> Fact {
    let message = event.message.as_str();
    let (object, kind, weight, why) = reading(message, &event.object.namespace);
    let object = object.unwrap_or_else(|| owner.clone());
    let mut lines = vec![event.line.clone()];
    lines.extend(state.workload(owner).map(|w| w.line.clone()));
    Fact::new(
        &object,
        kind,
        weight,
        format!("{} gets no pods: {why}", owner.name),
    )
    .of(&owner_or_webhook(&object, owner, kind))
    .seen(&lines, &event.query)
    .since(event.times.first)
}

/// A webhook that does not answer is the fault of whoever answers for it, not of who asks.
fn owner_or_webhook(object: &Object, owner: &Object, kind: &str) -> Object {
    match kind {
        "webhook" => object.clone(),
        _ => owner.clone(),
    }
}

/// What a refusal says: the object that refuses, in a word, how surely, and why.
fn reading(message: &str, namespace: &str) -> (Option<Object>, &'static str, f64, String) {
    let low = message.to_lowercase();
    let after = |words: &str| {
        let rest = message.split(words).nth(1)?;
        let name = rest.trim_start_matches([':', ' ', '"']);
        name.split(['"', ',', ' ']).next().filter(|n| !n.is_empty())
    };
    let object = |kind: Kind, name: &str| Some(Object::new(kind, namespace, name));
    if low.contains("exceeded quota") {
        let name = after("exceeded quota").unwrap_or("unknown");
        let rest = message.split("requested: ").nth(1).unwrap_or_default();
        let figures: String = rest.chars().take(120).collect();
        return (
            object(Kind::Quota, name),
            "quota",
            0.95,
            format!("the quota {name} is used up (requested: {figures})"),
        );
    }
    if low.contains("failed quota") {
        let name = after("failed quota").unwrap_or("unknown");
        let what = message.split("must specify ").nth(1).unwrap_or("more");
        return (
            object(Kind::Quota, name),
            "quota",
            0.95,
            format!("the quota {name} wants them to say {what}"),
        );
    }
    if low.contains("service account") || low.contains("serviceaccount") {
        let name = after("serviceaccount \"")
            .or_else(|| after("service account "))
            .unwrap_or("unknown");
        let name = name
            .rsplit('/')
            .next()
            .unwrap_or(name)
            .trim_end_matches(':');
        return (
            object(Kind::ServiceAccount, name),
            "service account",
            0.95,
            format!("their service account {name} does not exist"),
        );
    }
    if low.contains("failed calling webhook") || low.contains("failed to call webhook") {
        let name = after("webhook ").unwrap_or("unknown").trim_end_matches(':');
        let cause = message.rsplit(": ").next().unwrap_or_default();
        let at = service_of(message).unwrap_or_else(|| Object::new(Kind::Webhook, "", name));
        return (
            Some(at),
            "webhook",
            0.92,
            format!("the webhook {name} that must allow them does not answer ({cause})"),
        );
    }
    let rest = message.split("is forbidden: ").nth(1).unwrap_or(message);
    let words: String = rest.chars().take(160).collect();
    if low.contains("denied the request") {
        let name = after("admission webhook ").unwrap_or("a webhook");
        return (
            None,
            "policy",
            0.92,
            format!("{name} refuses them: {words}"),
        );
    }
    if low.contains("podsecurity")
        || low.contains("security context constraint")
        || low.contains("podsecuritypolicy")
    {
        return (
            None,
            "policy",
            0.92,
            format!("the rules of the namespace refuse them: {words}"),
        );
    }
    if ["usage per", "ratio per"].iter().any(|w| low.contains(w)) {
        return (
            None,
            "limit range",
            0.92,
            format!("they ask for what the namespace's limits do not allow: {words}"),
        );
    }
    (None, "refused", 0.85, words)
}

/// The service behind a webhook: `Post "https://guard.policies.svc:443/validate"`.
fn service_of(message: &str) -> Option<Object> {
    let host = message
        .split("https://")
        .nth(1)?
        .split([':', '/', '"', '?'])
        .next()?;
    let mut parts = host.split('.');
    let (name, namespace) = (parts.next()?, parts.next()?);
    (parts.next() == Some("svc")).then(|| Object::new(Kind::Service, namespace, name))
}

/// Quotas that are used up while workloads lack pods and nothing else is said.
fn quotas(state: &State) -> Vec<Fact> {
    let full = state.answers.all(Kind::Quota).iter().filter(|q| {
        let cells = format!("{}, {}", q.row.cell("REQUEST"), q.row.cell("LIMIT"));
        cells.split(", ").any(is_used_up)
    });
    full.filter_map(|quota| {
        let here = |n: &str| n == quota.object.namespace;
        let mut lacking = state.workloads.iter().filter(|w| {
            here(&w.object.namespace)
                && w.is_short()
                && state.pods_of(&w.object).count() < w.wanted.unwrap_or(0) as usize
        });
        let workload = lacking.next()?;
        let says = format!(
            "{} has fewer pods than it wants, and the quota {} is used up",
            workload.object.name, quota.object.name
        );
        let lines = [quota.row.line.clone(), workload.line.clone()];
        Some(
            Fact::new(&quota.object, "quota", 0.6, says)
                .of(&workload.object)
                .seen(&lines, &quota.query),
        )
    })
    .collect()
}

/// Reads `pods: 5/5` or `requests.cpu: 1900m/2`.
fn is_used_up(cell: &str) -> bool {
    let Some((used, hard)) = cell.rsplit(": ").next().and_then(|v| v.split_once('/')) else {
        return false;
    };
    match (amount(used), amount(hard)) {
        (Some(used), Some(hard)) => used >= hard && hard > 0.0,
        _ => false,
    }
}

/// An amount with its unit: `500m`, `2`, `1Gi`.
fn amount(text: &str) -> Option<f64> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let factor = match unit {
        "" => 1.0,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "Ki" => 1024.0,
        "Mi" => 1_048_576.0,
        "Gi" => 1_073_741_824.0,
        "Ti" => 1_099_511_627_776.0,
        _ => return None,
    };
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_who_refuses() {
        for (message, object, kind) in [
            (
                "Error creating: pods \"cart-7d-x\" is forbidden: exceeded quota: compute, requested: requests.cpu=500m, used: requests.cpu=2, limited: requests.cpu=2",
                "resourcequota/compute",
                "quota",
            ),
            (
                "Error creating: pods \"cart-7d-\" is forbidden: error looking up service account shop/carter: serviceaccount \"carter\" not found",
                "serviceaccount/carter",
                "service account",
            ),
            (
                "Error creating: Internal error occurred: failed calling webhook \"guard.example.com\": failed to call webhook: Post \"https://guard.policies.svc:443/check?timeout=10s\": dial tcp 10.96.0.9:443: connect: connection refused",
                "service/guard",
                "webhook",
            ),
        ] {
            let (found, word, ..) = reading(message, "shop");
            assert_eq!(
                (found.map(|o| o.shown()).as_deref(), word),
                (Some(object), kind)
            );
        }
        assert_eq!(
            reading(
                "pods \"x\" is forbidden: maximum cpu usage per Container is 500m, but limit is 1",
                "shop"
            )
            .1,
            "limit range"
        );
        assert!(
            is_used_up("pods: 5/5")
                && is_used_up("requests.cpu: 2/2000m")
                && !is_used_up("memory: 1Gi/2Gi")
        );
    }
}
