//! Services that lead nowhere: a selector that takes no pod, a port that nobody opens, a name that does not exist.

use super::fact::Fact;
use super::links::{Links, target};
use super::object::{Kind, Object};
use super::pod::Pod;
use super::pods::behind;
use super::service::{Port, Service};
use super::state::State;
use super::workload::Workload;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with services, and with the addresses that workloads are given.
pub(super) fn facts(state: &State, links: &Links) -> Vec<Fact> {
    let mut all: Vec<Fact> = Vec::new();
    for service in state.services.iter().filter(|s| !s.is_external) {
        let selector = service.selector.as_ref();
        // What selects nothing has its endpoints set by somebody else.
        if selector.is_none_or(|s| s.is_empty()) {
            continue;
        }
        let fact = leads_nowhere(state, service).or_else(|| closed_port(state, service));
        all.extend(fact.map(|f| Fact {
            bears: links.callers(&service.object).cloned().collect(),
            ..f
        }));
    }
    all.extend(wrong_addresses(state, links));
    all
}

fn about(service: &Service, kind: &'static str, weight: f64, says: String) -> Fact {
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

fn list(ports: &BTreeSet<u16>) -> String {
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

/// Workloads that are given an address of a service that does not exist, or a port that it does not offer.
fn wrong_addresses(state: &State, links: &Links) -> Vec<Fact> {
    let mut found: Vec<Fact> = Vec::new();
    // By service and port that it does not offer: who calls it there.
    let mut unoffered: BTreeMap<(Object, u16), Vec<Object>> = BTreeMap::new();
    for (owner, addresses) in &links.given {
        for address in addresses.iter().filter(|a| a.port.is_some()) {
            let (service, port) = (target(owner, address), address.port.unwrap_or(0));
            let known = state.services.iter().find(|s| s.object == service);
            match known {
                Some(s) if s.is_headless || s.is_external || s.ports.is_empty() => {}
                Some(s) if s.ports.iter().any(|p| p.number == port) => {}
                Some(_) => unoffered
                    .entry((service, port))
                    .or_default()
                    .push(owner.clone()),
                None if state.answers.knows(Kind::Service, &service.namespace) => {
                    let says = format!(
                        "{} is told to call {}:{port} ({}), and there is no such service",
                        owner.name, address.host, address.given_as
                    );
                    found.push(settings(state, owner, "address", says));
                }
                None => {}
            }
        }
    }
    found.extend(
        unoffered
            .into_iter()
            .map(|((service, port), callers)| port_of(state, links, &service, port, &callers)),
    );
    found
}

/// A port that callers name and a service does not offer: the service's fault where all who call it name that port.
fn port_of(state: &State, links: &Links, service: &Object, port: u16, callers: &[Object]) -> Fact {
    let known = state.services.iter().find(|s| s.object == *service);
    let offered: BTreeSet<u16> = known.map_or(BTreeSet::new(), |s| {
        s.ports.iter().map(|p| p.number).collect()
    });
    let all = links.callers(service).count();
    let says = format!(
        "{} calls {} at port {port}, and that service offers {}",
        callers
            .iter()
            .map(|c| c.name.as_str())
            .collect::<Vec<_>>()
            .join(", "),
        service.name,
        list(&offered)
    );
    match known.filter(|_| all > 1 && callers.len() == all) {
        Some(service) => Fact {
            bears: callers.iter().cloned().collect(),
            ..about(service, "port", 0.9, says)
        },
        None => settings(state, &callers[0], "address", says),
    }
}

/// A fault in the settings of a workload: sure only where the workload is in trouble or was changed after the others.
fn settings(state: &State, owner: &Object, kind: &'static str, says: String) -> Fact {
    let workload = state.workload(owner);
    let troubled = state
        .pods_of(owner)
        .any(|p| !p.is_done() && (!p.is_ready() || p.restarts > 0));
    let is_new = super::rollouts::is_newer_than_most(state, owner);
    let weight = if troubled || is_new { 0.85 } else { 0.2 };
    let lines: Vec<String> = workload.map(|w| w.line.clone()).into_iter().collect();
    Fact::new(owner, kind, weight, says).seen(&lines, workload.map_or("", |w| &w.query))
}
