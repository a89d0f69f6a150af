//! Who calls whom, as far as the settings of containers name services. Values are looked at and never told, but for the
//! host and the port in them.

use super::container::Container;
use super::object::{Kind, Object};
use super::state::State;
use std::collections::{BTreeMap, BTreeSet};

/// Parts of a variable's name that tell that its value is an address.
const ADDRESS: [&str; 12] = [
    "addr",
    "host",
    "url",
    "uri",
    "endpoint",
    "server",
    "dsn",
    "broker",
    "service",
    "upstream",
    "backend",
    "connection",
];

/// An address that a container is given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address {
    /// The variable, or `arguments`.
    pub given_as: String,
    /// The name without what a cluster adds.
    pub host: String,
    /// Where the name says so, the namespace.
    pub namespace: Option<String>,
    /// The port.
    pub port: Option<u16>,
}

/// Every address that containers are given.
pub(super) fn addresses(containers: &[Container]) -> BTreeSet<Address> {
    let mut found = BTreeSet::new();
    for container in containers {
        for (name, value) in &container.variables {
            let low = name.to_lowercase();
            let hinted = ADDRESS.iter().any(|a| low.contains(a));
            found.extend(read(name, value, hinted));
        }
        for argument in &container.arguments {
            found.extend(read("arguments", argument, false));
        }
    }
    found
}

/// Hosts in a value: with a port, with a scheme, with a cluster's ending, or anything where the name says that it is one.
fn read(given_as: &str, value: &str, hinted: bool) -> Vec<Address> {
    if value.starts_with('<') {
        return Vec::new();
    }
    let pieces = value.split(|c: char| c.is_whitespace() || ",;'\"()[]{}<>|".contains(c));
    pieces
        .filter_map(|p| address(given_as, p, hinted))
        .collect()
}

fn address(given_as: &str, piece: &str, hinted: bool) -> Option<Address> {
    let piece = piece.rsplit_once('=').map_or(piece, |(_, v)| v);
    let (scheme, rest) = match piece.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, piece),
    };
    let bare = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let (host, port) = match bare.split_once(':') {
        Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
        None => (bare, None),
    };
    let host = host.to_ascii_lowercase();
    let fine = host.starts_with(|c: char| c.is_ascii_alphabetic())
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-.".contains(c));
    let inner = host.contains(".svc");
    if !fine || host == "localhost" || !(hinted || scheme || inner || port.is_some()) {
        return None;
    }
    let mut parts = host.split('.');
    let name = parts.next()?.to_owned();
    let namespace = parts.next().map(str::to_owned);
    let outside = namespace.is_some() && !inner && host.split('.').count() > 2;
    (!outside).then_some(Address {
        given_as: given_as.to_owned(),
        host: name,
        namespace,
        port,
    })
}

/// Who calls whom.
pub(super) struct Links {
    /// Services that each workload names.
    calls: BTreeMap<Object, BTreeSet<Object>>,
    /// Addresses that each workload is given.
    pub given: BTreeMap<Object, BTreeSet<Address>>,
}

impl Links {
    /// Reads the settings of every workload.
    pub fn new(state: &State) -> Self {
        let known: BTreeSet<&Object> = state.services.iter().map(|s| &s.object).collect();
        let (mut calls, mut given) = (BTreeMap::new(), BTreeMap::new());
        let mut all: BTreeMap<&Object, &[Container]> = BTreeMap::new();
        for workload in state.workloads.iter().filter(|w| !w.containers.is_empty()) {
            all.insert(&workload.object, &workload.containers);
        }
        for pod in state.pods.iter().filter(|p| !p.containers.is_empty()) {
            all.entry(&pod.owner).or_insert(&pod.containers);
        }
        for (owner, containers) in all {
            let addresses = addresses(containers);
            let named = addresses.iter().map(|a| target(owner, a));
            let called: BTreeSet<Object> = named.filter(|s| known.contains(s)).collect();
            calls.insert(owner.clone(), called);
            given.insert(owner.clone(), addresses);
        }
        Self { calls, given }
    }

    /// Services that a workload calls.
    pub fn called_by(&self, owner: &Object) -> impl Iterator<Item = &Object> {
        self.calls.get(owner).into_iter().flatten()
    }

    /// Workloads that call a service.
    pub fn callers<'a>(&'a self, service: &'a Object) -> impl Iterator<Item = &'a Object> + 'a {
        let all = self.calls.iter();
        all.filter(move |(_, called)| called.contains(service))
            .map(|(owner, _)| owner)
    }
}

/// The service that an address means, seen from a workload.
pub(super) fn target(owner: &Object, address: &Address) -> Object {
    let namespace = address.namespace.as_ref().unwrap_or(&owner.namespace);
    Object::new(Kind::Service, namespace, &address.host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_in_settings_and_secrets_are_not() {
        for (name, value, host) in [
            (
                "REDIS_ADDR",
                "redis-cart:6379",
                Some(("redis-cart", Some(6379))),
            ),
            (
                "DB",
                "postgres://user:pa55@db.shop.svc.cluster.local:5432/x",
                Some(("db", Some(5432))),
            ),
            ("CATALOGUE_HOST", "catalogue", Some(("catalogue", None))),
            (
                "JAVA_OPTS",
                "-Durl=http://cart:80/v1",
                Some(("cart", Some(80))),
            ),
            ("API_URL", "https://api.example.com", None),
            ("MODE", "fast", None),
            ("LISTEN_ADDR", "0.0.0.0:8080", None),
            ("PASSWORD", "<set to the key 'p' in secret 'db'>", None),
        ] {
            let hinted = ADDRESS.iter().any(|a| name.to_lowercase().contains(a));
            let found = read(name, value, hinted);
            let first = found.first().map(|a| (a.host.as_str(), a.port));
            assert_eq!(first, host, "{name}={value}");
        }
    }
}
