//! Whom to ask about: what the incident names, everything those need, and who needs them.

use super::context::{Context, services};
use super::flow::Calls;
use crate::domain::{CatalogEntry, CatalogGraph, EntryId, Scoped};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

/// Services asked about at most: what a metrics server answers in a second or two.
pub const MOST_SERVICES: usize = 120;
/// Callers are looked at this far up: the symptom may be seen there before it is seen where it is named.
const UP: usize = 2;

/// The services in scope.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Each with why, named ones first, then by distance.
    pub services: Vec<Scoped>,
    /// Who calls whom among them.
    pub calls: Calls,
    /// Other names each one goes by, for sources that do not know the catalog's.
    pub names: BTreeMap<String, Vec<String>>,
    /// Runbooks, where the catalog has them.
    pub runbooks: BTreeMap<String, String>,
    /// How many were left out.
    pub left_out: usize,
}

/// Attribute names that point from callee to caller.
const BACKWARD: &[&str] = &[
    "used by",
    "called by",
    "dependents",
    "consumers",
    "callers",
    "depended on by",
    "upstream of",
];
const RUNBOOK: &[&str] = &["runbook", "runbooks", "runbook url", "playbook"];

/// What each entry leads to.
type Edges<'a> = HashMap<&'a EntryId, Vec<&'a EntryId>>;

/// From what an incident names to whom to ask about. Where it names nothing, every service is in scope.
pub fn plan(context: &Context, graph: &CatalogGraph) -> Scope {
    let entries: HashMap<&EntryId, &CatalogEntry> =
        services(graph).into_iter().map(|e| (&e.id, e)).collect();
    let mut calls: Vec<(&EntryId, &EntryId)> = Vec::new();
    let mut ordered: Vec<&&CatalogEntry> = entries.values().collect();
    ordered.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    for entry in &ordered {
        for (by, other) in graph.down(&entry.id) {
            let Some(other) = entries.get(&other.id) else {
                continue;
            };
            let back = BACKWARD.iter().any(|b| by.eq_ignore_ascii_case(b));
            calls.push(if back {
                (&other.id, &entry.id)
            } else {
                (&entry.id, &other.id)
            });
        }
    }
    let (mut down, mut up) = (Edges::new(), Edges::new());
    for (from, to) in &calls {
        down.entry(from).or_default().push(to);
        up.entry(to).or_default().push(from);
    }
    let mut scope = Scope::default();
    let mut taken: HashSet<&EntryId> = HashSet::new();
    let named: Vec<&EntryId> = context
        .services
        .iter()
        .filter_map(|s| ordered.iter().find(|e| e.name == s.name).map(|e| &e.id))
        .collect();
    let by_name: HashMap<&str, &EntryId> =
        ordered.iter().map(|e| (e.name.as_str(), &e.id)).collect();
    let take = |id: &EntryId, why: String, scope: &mut Scope| {
        if scope.services.len() < MOST_SERVICES {
            scope.services.push(Scoped {
                name: entries[id].name.clone(),
                why,
            });
        } else {
            scope.left_out += 1;
        }
    };
    for (id, service) in named.iter().zip(&context.services) {
        if taken.insert(id) {
            take(id, service.why.clone(), &mut scope);
        }
    }
    // Last, what the callers need: whether they are in trouble by themselves cannot be told without it.
    for (edges, depth, word) in [
        (&down, usize::MAX, "is needed by"),
        (&up, UP, "needs"),
        (&down, usize::MAX, "is needed by"),
    ] {
        let start: Vec<&EntryId> = if word == "needs" {
            named.clone()
        } else {
            scope
                .services
                .iter()
                .filter_map(|s| by_name.get(s.name.as_str()).copied())
                .collect()
        };
        let mut queue: VecDeque<(&EntryId, usize)> = start.into_iter().map(|id| (id, 0)).collect();
        while let Some((id, distance)) = queue.pop_front() {
            for &next in edges
                .get(id)
                .into_iter()
                .flatten()
                .filter(|_| distance < depth)
            {
                if taken.insert(next) {
                    take(next, format!("{word} {}", entries[id].name), &mut scope);
                    queue.push_back((next, distance + 1));
                }
            }
        }
    }
    if named.is_empty() {
        // Nothing is named: what most others need comes first.
        let mut all = ordered.clone();
        all.sort_by_key(|e| {
            std::cmp::Reverse(
                up.get(&e.id).map_or(0, Vec::len) + down.get(&e.id).map_or(0, Vec::len),
            )
        });
        for entry in all {
            take(
                &entry.id,
                "the incident names no service".into(),
                &mut scope,
            );
        }
    }
    let pairs: Vec<(String, String)> = calls
        .iter()
        .map(|(a, b)| (entries[a].name.clone(), entries[b].name.clone()))
        .collect();
    scope.calls = Calls::new(scope.services.iter().map(|s| s.name.clone()), &pairs);
    for entry in ordered
        .iter()
        .filter(|e| scope.calls.index(&e.name).is_some())
    {
        let others = entry
            .aliases
            .iter()
            .chain(&entry.external_id)
            .cloned()
            .collect();
        scope.names.insert(entry.name.clone(), others);
        let runbook = graph.value(entry, RUNBOOK);
        if !runbook.is_empty() {
            scope.runbooks.insert(entry.name.clone(), runbook);
        }
    }
    scope
}
