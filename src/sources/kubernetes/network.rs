//! Services that lead nowhere, or elsewhere: a selector that takes no pod or another one's, a port that nobody opens.

use super::fact::Fact;
use super::links::Links;
use super::object::{Kind, Object};
use super::pod::Pod;
use super::pods::behind;
use super::service::{Port, Service};
use super::state::State;
use super::workload::Workload;
use std::collections::BTreeSet;

/// What is wrong with services.
pub(super) fn facts(state: &State, links: &Links) -> Vec<Fact> {
    let mut all: Vec<Fact> = Vec::new();
    for service in state.services.iter().filter(|s| !s.is_external) {
        let selector = service.selector.as_ref();
        // What selects nothing has its endpoints set by somebody else.
        if selector.is_none_or(|s| s.is_empty()) {
            continue;
        }
        let fact = leads_nowhere(state, service)
            .or_else(|| leads_elsewhere(state, service))
            .or_else(|| closed_port(state, service));
        all.extend(fact.map(|f| Fact {
            bears: links.callers(&service.object).cloned().collect(),
            ..f
        }));
    }
    all
}

pub(super) fn about(service: &Service, kind: &'static str, weight: f64, says: String) -> Fact {
    Fact::new(&service.object, kind, weight, says).seen(&service.lines, &service.query)
}

/// A service without anybody behind it.
fn leads_nowhere(state: &State, service: &Service) -> Option<Fact> {
    if service.behind.as_ref().is_none_or(|b| !b.is_empty()) {
        return None;
    }
    let name = &service.object.name;
    let makers: Vec<Object> = behind(state, &service.object).collect();
    let pods: Vec<&Pod> = state
        .pods
        .iter()
        .filter(|p| service.takes(p) && !p.is_done())
        .collect();
    if makers.is_empty() && pods.is_empty() {
        return unmatched(state, service);
    }
    if pods.iter().any(|p| p.is_ready()) {
        return Some(unknown_port(state, service).unwrap_or_else(|| {
            let says = format!(
                "The service {name} has no endpoints although pods that it selects are ready"
            );
            about(service, "endpoints", 0.55, says).on([super::system::controller()])
        }));
    }
    let says = format!("The service {name} has no pod that is ready");
    let owners = pods.iter().map(|p| p.owner.clone());
    Some(
        about(service, "endpoints", 0.45, says)
            .on(makers)
            .on(owners),
    )
}

/// A service whose selector takes nothing: where a workload goes by its name, the selector is wrong.
fn unmatched(state: &State, service: &Service) -> Option<Fact> {
    let (object, namespace) = (&service.object, &service.object.namespace);
    if !state.answers.knows(Kind::Pod, namespace) {
        return None;
    }
    let selector = service.selector.as_ref()?;
    let told: Vec<String> = selector.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let meant = state
        .workloads
        .iter()
        .filter(|w| w.object.namespace == *namespace)
        .find(|w| {
            w.object.name == object.name || selector.iter().any(|pair| w.labels.contains(pair))
        });
    // Labels that a table does not tell may be there all the same.
    let known = state.workloads.iter().all(|w| w.is_described)
        || state.pods.iter().all(|p| !p.labels.is_empty());
    let (weight, end) = match meant {
        Some(w) => {
            let labels: Vec<String> = w.labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
            (
                0.95,
                format!(
                    ", while the pods of {} have {}",
                    w.object.name,
                    labels.join(",")
                ),
            )
        }
        None => (0.75, String::new()),
    };
    let says = format!(
        "The service {} selects {} and no pod has that{end}",
        object.name,
        told.join(",")
    );
    let mut fact = about(
        service,
        "selector",
        if known { weight } else { weight * 0.8 },
        says,
    );
    fact.lines.extend(meant.map(|w| w.line.clone()));
    Some(fact)
}

/// A service that takes the pods of another workload, while the one of its own name is taken by none.
fn leads_elsewhere(state: &State, service: &Service) -> Option<Fact> {
    let object = &service.object;
    let here = |w: &&Workload| w.object.namespace == object.namespace;
    let own = state
        .workloads
        .iter()
        .filter(here)
        .find(|w| w.object.name == object.name)?;
    let mut all = state
        .services
        .iter()
        .filter(|s| s.object.namespace == object.namespace);
    if !own.is_described || all.any(|s| s.matches(&own.labels)) {
        return None;
    }
    let others: Vec<Object> = behind(state, object).collect();
    let selector = service.selector.as_ref()?;
    let told: Vec<String> = selector.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let says = format!(
        "The service {} selects {}: the pods of {} instead of those of {}",
        object.name,
        told.join(","),
        others.first()?.name,
        own.object.name
    );
    Some(about(service, "selector", 0.9, says))
}

/// Ports that containers behind a service say they open, by number and by name.
fn opened(state: &State, service: &Service) -> Option<(BTreeSet<u16>, String)> {
    let workload = state.workloads.iter().find(|w: &&Workload| {
        w.object.namespace == service.object.namespace
            && service.matches(&w.labels)
            && !w.containers.is_empty()
    });
    let pod = state
        .pods
        .iter()
        .find(|p| service.takes(p) && !p.containers.is_empty());
    let containers = match (workload, pod) {
        (Some(w), _) => &w.containers,
        (None, Some(p)) => &p.containers,
        (None, None) => return None,
    };
    let own = containers.iter().filter(|c| !c.is_init);
    let ports: BTreeSet<u16> = own.clone().flat_map(|c| c.ports.iter().copied()).collect();
    let probed: BTreeSet<u16> = own
        .clone()
        .flat_map(|c| &c.probed)
        .filter_map(|p| p.parse().ok())
        .collect();
    let name = own.map(|c| c.name.clone()).next()?;
    (!ports.is_empty()).then(|| (ports.union(&probed).copied().collect(), name))
}

/// A service that names a port of its pods by a name that none of them has: it has no endpoints although they are ready.
fn unknown_port(state: &State, service: &Service) -> Option<Fact> {
    let is_name = |p: &&Port| p.target.starts_with(|c: char| c.is_ascii_alphabetic());
    let port = service.ports.iter().find(is_name)?;
    let open = opened(state, service);
    let opens = open.map_or(String::new(), |(ports, name)| {
        format!(", and {name} opens {}", list(&ports))
    });
    let says = format!(
        "The service {} leads to a port named {} that its pods do not have{opens}",
        service.object.name, port.target
    );
    Some(about(service, "port", 0.93, says))
}

pub(super) fn list(ports: &BTreeSet<u16>) -> String {
    ports
        .iter()
        .map(u16::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

/// A service none of whose ports is open in its pods, as far as they say.
fn closed_port(state: &State, service: &Service) -> Option<Fact> {
    let (open, container) = opened(state, service)?;
    let numbers: Vec<u16> = service
        .ports
        .iter()
        .filter_map(|p| p.target.parse().ok())
        .collect();
    if numbers.is_empty()
        || numbers.len() < service.ports.len()
        || numbers.iter().any(|n| open.contains(n))
    {
        return None;
    }
    let said: BTreeSet<u16> = numbers.into_iter().collect();
    let says = format!(
        "The service {} leads to port {}, and {container} opens {}",
        service.object.name,
        list(&said),
        list(&open)
    );
    let mut fact = about(service, "port", 0.9, says);
    let target: Vec<String> = said
        .iter()
        .map(|n| format!("TargetPort: {n}/TCP"))
        .collect();
    fact.lines.extend(target);
    Some(fact)
}
