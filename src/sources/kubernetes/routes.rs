//! Ways into a cluster that lead to nothing: rules of ingresses and of gateways.

use super::answers::Detail;
use super::fact::Fact;
use super::object::{Kind, Object};
use super::state::State;
use std::collections::BTreeSet;

/// What is wrong with ways in.
pub(super) fn facts(state: &State) -> Vec<Fact> {
    let mut all = Vec::new();
    for (object, detail) in &state.answers.details {
        match object.kind {
            Kind::Ingress => all.extend(ingress(state, object, detail)),
            Kind::HttpRoute => all.extend(route(object, detail)),
            Kind::VirtualService => all.extend(fault(object, detail)),
            _ => {}
        }
    }
    all
}

/// Backends that an ingress names: service and port.
fn backends(detail: &Detail) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let rules = detail
        .root()
        .get("Rules")
        .map_or(&[][..], |r| r.below.as_slice());
    let mut open: Vec<_> = rules.iter().collect();
    while let Some(entry) = open.pop() {
        open.extend(&entry.below);
        let words = entry.line.split(" (").next().unwrap_or_default();
        if let Some((name, port)) = words
            .split_whitespace()
            .last()
            .and_then(|w| w.rsplit_once(':'))
            && super::object::is_name(name)
            && !port.is_empty()
        {
            found.insert((name.to_owned(), port.to_owned()));
        }
    }
    found
}

/// An ingress that leads to a service that does not exist, or to a port that it does not offer.
fn ingress(state: &State, object: &Object, detail: &Detail) -> Vec<Fact> {
    let mut found = Vec::new();
    for (name, port) in backends(detail) {
        let target = Object::new(Kind::Service, &object.namespace, &name);
        let service = state.services.iter().find(|s| s.object == target);
        let number = port.parse::<u16>().ok();
        let says = match service {
            None if state.answers.knows(Kind::Service, &object.namespace) => {
                format!(
                    "The ingress {} leads to the service {name}, which does not exist",
                    object.name
                )
            }
            Some(s)
                if number.is_some_and(|n| {
                    !s.ports.is_empty() && s.ports.iter().all(|p| p.number != n)
                }) =>
            {
                format!(
                    "The ingress {} leads to port {port} of the service {name}, which it does not offer",
                    object.name
                )
            }
            _ => continue,
        };
        let lines: Vec<String> = shown(detail, &name);
        let fact = Fact::new(object, "route", 0.9, says).of(&target);
        found.push(fact.seen(&lines, &detail.query));
    }
    found
}

/// Lines of a description that name something.
fn shown(detail: &Detail, name: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open: Vec<_> = detail.root().below.iter().rev().collect();
    while let Some(entry) = open.pop() {
        open.extend(entry.below.iter().rev());
        if entry.line.contains(name) && !entry.line.starts_with("Name") {
            lines.push(entry.line.trim().to_owned());
        }
    }
    lines.truncate(4);
    lines
}

/// A gateway's route that says itself that it leads nowhere.
fn route(object: &Object, detail: &Detail) -> Option<Fact> {
    let words = detail.root().words();
    let reasons = [
        "BackendNotFound",
        "RefNotPermitted",
        "InvalidKind",
        "NoMatchingParent",
        "UnsupportedValue",
    ];
    let reason = reasons.iter().find(|r| words.contains(**r))?;
    let says = format!("The route {} is refused: {reason}", object.name);
    Some(Fact::new(object, "route", 0.9, says).seen(&shown(detail, reason), &detail.query))
}

/// A mesh's route that was told to fail or to wait.
fn fault(object: &Object, detail: &Detail) -> Option<Fact> {
    let words = detail.root().words();
    let (wrong, says) = if words.contains(" Abort ") {
        ("Abort", "lets calls fail on purpose")
    } else if words.contains("Fixed Delay") {
        ("Fixed Delay", "lets calls wait on purpose")
    } else {
        return None;
    };
    let says = format!("The route {} {says}", object.name);
    Some(Fact::new(object, "route", 0.85, says).seen(&shown(detail, wrong), &detail.query))
}
