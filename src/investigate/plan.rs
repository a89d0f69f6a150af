//! Whom to ask about: what the incident names, everything those need, and who needs them.

use super::calls::Calls;
use super::context::Context;
use super::naming::services;
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

/// The services of a catalog and who calls whom, both ways.
struct Map<'a> {
    entries: HashMap<&'a EntryId, &'a CatalogEntry>,
    /// By name, then by id: the same catalog gives the same scope.
    ordered: Vec<&'a CatalogEntry>,
    calls: Vec<(&'a EntryId, &'a EntryId)>,
    down: Edges<'a>,
    up: Edges<'a>,
}

impl<'a> Map<'a> {
    fn new(graph: &'a CatalogGraph) -> Self {
        let mut ordered = services(graph);
        ordered.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let entries: HashMap<&EntryId, &CatalogEntry> =
            ordered.iter().map(|e| (&e.id, *e)).collect();
        let mut calls: Vec<(&EntryId, &EntryId)> = Vec::new();
        for entry in &ordered {
            for (by, other) in graph.down(&entry.id) {
                if entries.contains_key(&other.id) {
                    let back = BACKWARD.iter().any(|b| by.eq_ignore_ascii_case(b));
                    let (this, that) = (&entry.id, &other.id);
                    calls.push(if back { (that, this) } else { (this, that) });
                }
            }
        }
        let (mut down, mut up) = (Edges::new(), Edges::new());
        for (from, to) in &calls {
            down.entry(from).or_default().push(to);
            up.entry(to).or_default().push(from);
        }
        Self {
            entries,
            ordered,
            calls,
            down,
            up,
        }
    }

    /// How many others an entry is joined to.
    fn degree(&self, entry: &CatalogEntry) -> usize {
        let count = |edges: &Edges<'_>| edges.get(&entry.id).map_or(0, Vec::len);
        count(&self.up) + count(&self.down)
    }
}

/// The scope while it grows: each service once, so many at most.
struct Growing<'a> {
    map: &'a Map<'a>,
    taken: HashSet<&'a EntryId>,
    order: Vec<&'a EntryId>,
    scope: Scope,
}

impl<'a> Growing<'a> {
    /// Takes a service in; false where it is in already.
    fn take(&mut self, id: &'a EntryId, why: impl FnOnce() -> String) -> bool {
        if !self.taken.insert(id) {
            return false;
        }
        if self.scope.services.len() < MOST_SERVICES {
            self.order.push(id);
            self.scope.services.push(Scoped {
                name: self.map.entries[id].name.clone(),
                why: why(),
            });
        } else {
            self.scope.left_out += 1;
        }
        true
    }

    /// Takes in what can be reached from some services along edges, nearest first.
    fn walk(&mut self, start: Vec<&'a EntryId>, edges: &Edges<'a>, depth: usize, word: &str) {
        let map = self.map;
        let mut queue: VecDeque<(&EntryId, usize)> = start.into_iter().map(|id| (id, 0)).collect();
        while let Some((id, distance)) = queue.pop_front() {
            let next = edges.get(id).into_iter().flatten();
            for &next in next.filter(|_| distance < depth) {
                if self.take(next, || format!("{word} {}", map.entries[id].name)) {
                    queue.push_back((next, distance + 1));
                }
            }
        }
    }
}

/// From what an incident names to whom to ask about. Where it names nothing, every service is in scope.
pub fn plan(context: &Context, graph: &CatalogGraph) -> Scope {
    let map = Map::new(graph);
    let mut growing = Growing {
        map: &map,
        taken: HashSet::new(),
        order: Vec::new(),
        scope: Scope::default(),
    };
    let mut named: Vec<&EntryId> = Vec::new();
    for service in &context.services {
        if let Some(entry) = map.ordered.iter().find(|e| e.name == service.name) {
            growing.take(&entry.id, || service.why.clone());
            named.push(&entry.id);
        }
    }
    growing.walk(growing.order.clone(), &map.down, usize::MAX, "is needed by");
    growing.walk(named.clone(), &map.up, UP, "needs");
    // Last, what the callers need: whether they are in trouble by themselves cannot be told without it.
    growing.walk(growing.order.clone(), &map.down, usize::MAX, "is needed by");
    if named.is_empty() {
        // Nothing is named: what most others need comes first.
        let mut all = map.ordered.clone();
        all.sort_by_key(|e| std::cmp::Reverse(map.degree(e)));
        for entry in all {
            growing.take(&entry.id, || "the incident names no service".into());
        }
    }
    let mut scope = growing.scope;
    describe(&mut scope, &map, graph);
    scope
}

/// Who calls whom in scope, and what the catalog knows of each.
fn describe(scope: &mut Scope, map: &Map<'_>, graph: &CatalogGraph) {
    let name = |id: &EntryId| map.entries[id].name.clone();
    let pairs: Vec<(String, String)> = map.calls.iter().map(|(a, b)| (name(a), name(b))).collect();
    scope.calls = Calls::new(scope.services.iter().map(|s| s.name.clone()), &pairs);
    for entry in &map.ordered {
        if scope.calls.index(&entry.name).is_none() {
            continue;
        }
        let others = entry.aliases.iter().chain(&entry.external_id).cloned();
        scope.names.insert(entry.name.clone(), others.collect());
        let runbook = graph.value(entry, RUNBOOK);
        if !runbook.is_empty() {
            scope.runbooks.insert(entry.name.clone(), runbook);
        }
    }
}
