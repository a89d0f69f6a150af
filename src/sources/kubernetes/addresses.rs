//! Addresses that workloads are given: of services that do not exist, of ports that are not offered, and of names that are
//! not resolved.

use super::fact::Fact;
use super::links::{Address, Links, target};
use super::network::{about, list};
use super::object::{Kind, Object};
use super::state::State;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with the addresses that workloads are given.
pub(super) fn facts(state: &State, links: &Links) -> Vec<Fact> {
    let mut all = wrong(state, links);
    all.extend(unresolved(state, links));
    all
}

/// Workloads that are given an address of a service that does not exist, or a port that it does not offer.
fn wrong(state: &State, links: &Links) -> Vec<Fact> {
    let mut found: Vec<Fact> = Vec::new();
    // By service and port that it does not offer, and by service that is not there: who calls it there.
    let mut unoffered: BTreeMap<(Object, u16), Vec<Object>> = BTreeMap::new();
    let mut missing: BTreeMap<Object, Vec<(Object, Address)>> = BTreeMap::new();
    for (owner, addresses) in &links.given {
        for address in addresses {
            let Some(port) = address.port else { continue };
            let service = target(owner, address);
            let known = state.services.iter().find(|s| s.object == service);
            match known {
                Some(s) if s.is_headless || s.is_external || s.ports.is_empty() => {}
                Some(s) if s.ports.iter().any(|p| p.number == port) => {}
                Some(_) => {
                    let callers = unoffered.entry((service, port)).or_default();
                    callers.push(owner.clone());
                }
                None if state.answers.knows(Kind::Service, &service.namespace) => {
                    let callers = missing.entry(service).or_default();
                    callers.push((owner.clone(), address.clone()));
                }
                None => {}
            }
        }
    }
    let missing = missing
        .iter()
        .map(|(service, callers)| gone(state, service, callers));
    found.extend(missing);
    let unoffered = unoffered.into_iter();
    found.extend(unoffered.map(|((s, port), callers)| port_of(state, links, &s, port, &callers)));
    found
}

/// A service that is not there: its own fault where a workload of its name is there or several call it, else a slip in the
/// settings of the only one that does.
fn gone(state: &State, service: &Object, callers: &[(Object, Address)]) -> Fact {
    let (first, address) = &callers[0];
    let who: BTreeSet<Object> = callers.iter().map(|c| c.0.clone()).collect();
    let mut workloads = state.workloads.iter().map(|w| &w.object);
    let own = workloads.find(|w| w.namespace == service.namespace && w.name == service.name);
    let port = address.port.unwrap_or(0);
    let says = format!(
        "{} is told to call {}:{port} ({}), and there is no such service",
        first.name, address.host, address.given_as
    );
    let fact = misset(state, first, "address", says);
    let names: Vec<&str> = who.iter().map(|c| c.name.as_str()).collect();
    let troubled = who.iter().any(|c| is_troubled(state, c));
    let weight = match (own, who.len()) {
        (Some(_), _) => 0.92,
        (None, 1) => return fact,
        // What several do without is something that a cluster may lack.
        (None, _) if troubled => 0.85,
        (None, _) => 0.2,
    };
    Fact {
        object: service.clone(),
        of: own.unwrap_or(service).clone(),
        kind: "no service",
        weight,
        says: format!(
            "There is no service {}, and {} are told to call it",
            service.name,
            names.join(", ")
        ),
        bears: who,
        ..fact
    }
}

fn is_troubled(state: &State, owner: &Object) -> bool {
    let mut pods = state.pods_of(owner).filter(|p| !p.is_done());
    pods.any(|p| !p.is_ready() || p.restarts > 0)
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
        None => misset(state, &callers[0], "address", says),
    }
}

/// A fault in the settings of a workload: sure only where the workload is in trouble or was changed after the others.
fn misset(state: &State, owner: &Object, kind: &'static str, says: String) -> Fact {
    let workload = state.workload(owner);
    let troubled = is_troubled(state, owner);
    let is_new = super::rollouts::is_newer_than_most(state, owner);
    let weight = if troubled || is_new { 0.85 } else { 0.2 };
    let lines: Vec<String> = workload.map(|w| w.line.clone()).into_iter().collect();
    Fact::new(owner, kind, weight, says).seen(&lines, workload.map_or("", |w| &w.query))
}

/// Workloads that call services of the cluster and do not ask the cluster for their names.
fn unresolved(state: &State, links: &Links) -> Vec<Fact> {
    let all = state.answers.settings.iter();
    all.filter_map(|(owner, (settings, query))| {
        let called: Vec<&str> = links.called_by(owner).map(|s| s.name.as_str()).collect();
        if !matches!(settings.dns.as_str(), "Default" | "None") || called.is_empty() {
            return None;
        }
        let who = match settings.servers.as_str() {
            "" => "its node".to_owned(),
            servers => servers.to_owned(),
        };
        let says = format!(
            "{} asks {who} for names (dnsPolicy {}), and calls {} by the cluster's",
            owner.name,
            settings.dns,
            called.join(", ")
        );
        let fact = misset(state, owner, "name resolution", says);
        Some(fact.seen(&settings.lines, query))
    })
    .collect()
}
