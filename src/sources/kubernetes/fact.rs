//! What is wrong with an object, and which of several such facts is the cause of the others.
//!
//! Every fact names the objects that it rests on: what cannot be right while those are wrong. A pod rests on its node, on
//! what it mounts and on who places it; a service rests on the pods that it selects; a program that ends or does not
//! answer by itself rests on the services that it calls and on the names they go by; what was never started (a wrong
//! image, a missing setting, an exhausted quota) rests on none of those. A fact is the consequence of the worst fact
//! among what it rests on. So causes are told apart by what stands on what, and by nothing else.

use super::object::Object;
use std::collections::{BTreeMap, BTreeSet};

/// From here on a fact can be the cause of another.
const STRONG: f64 = 0.5;
/// What is left of the weight of a consequence.
const CONSEQUENCE: f64 = 0.3;
/// Seconds by which a cause may seem to begin after its consequence: ages are rounded, and some begin with the second
/// time that something is tried.
const GRACE: i64 = 600;

/// What is wrong with an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fact {
    /// The object at fault.
    pub object: Object,
    /// What it is laid to: a workload, a service, a node.
    pub of: Object,
    /// In a word or two.
    pub kind: &'static str,
    /// In words.
    pub says: String,
    /// How surely it tells of a fault by itself.
    pub weight: f64,
    /// Seconds since it began.
    pub ago: Option<i64>,
    /// The lines that tell it.
    pub lines: Vec<String>,
    /// How it is asked again.
    pub query: String,
    /// What it cannot be right without.
    pub rests_on: Vec<Object>,
    /// What else cannot be right without its object: services, workloads.
    pub bears: BTreeSet<Object>,
}

impl Fact {
    /// A fact about an object that is laid to the object itself.
    pub fn new(object: &Object, kind: &'static str, weight: f64, says: String) -> Self {
        Self {
            object: object.clone(),
            of: object.clone(),
            kind,
            says,
            weight,
            ago: None,
            lines: Vec::new(),
            query: String::new(),
            rests_on: Vec::new(),
            bears: BTreeSet::new(),
        }
    }

    /// The same, laid to something else.
    pub fn of(mut self, of: &Object) -> Self {
        self.of = of.clone();
        self
    }

    /// The same with the lines that tell it, and how they are asked again.
    pub fn seen(mut self, lines: &[String], query: &str) -> Self {
        self.lines = lines.to_vec();
        self.query = query.to_owned();
        self
    }

    /// The same with when it began.
    pub fn since(mut self, ago: Option<i64>) -> Self {
        self.ago = ago;
        self
    }

    /// The same with what it rests on.
    pub fn on(mut self, objects: impl IntoIterator<Item = Object>) -> Self {
        self.rests_on.extend(objects);
        self
    }
}

/// Lowers what is a consequence, and tells each cause what it bears.
pub(super) fn put_in_order(facts: &mut [Fact]) {
    let mut by: BTreeMap<&Object, Vec<usize>> = BTreeMap::new();
    for (n, fact) in facts.iter().enumerate() {
        for object in BTreeSet::from([&fact.object, &fact.of]) {
            by.entry(object).or_default().push(n);
        }
    }
    let mut causes: Vec<Option<usize>> = vec![None; facts.len()];
    let mut order: Vec<usize> = (0..facts.len()).collect();
    // What weighs least is most likely a consequence: of two that rest on one another, the stronger one is the cause.
    order.sort_by(|a, b| facts[*a].weight.total_cmp(&facts[*b].weight).then(a.cmp(b)));
    // What has a cause hands it on, and may have got it only after it was looked at.
    for n in order.iter().chain(&order).copied() {
        if causes[n].is_none() {
            causes[n] = cause(facts, n, &by, &causes);
        }
    }
    lower(facts, &causes);
}

/// The worst of what a fact rests on, and of what is told of the same thing.
fn cause(
    facts: &[Fact],
    n: usize,
    by: &BTreeMap<&Object, Vec<usize>>,
    causes: &[Option<usize>],
) -> Option<usize> {
    let fact = &facts[n];
    let is_outcome = fact.weight < STRONG;
    let own = by.get(&fact.of).into_iter().flatten();
    let own = own.filter(|&&o| is_outcome && facts[o].weight > fact.weight);
    let rests = fact.rests_on.iter().filter_map(|o| by.get(o)).flatten();
    let rests = rests.filter(|&&c| {
        let is_strong = facts[root(c, causes)].weight >= STRONG;
        is_strong && facts[c].object != fact.object && came_before(&facts[c], fact)
    });
    let fit = rests
        .chain(own)
        .copied()
        .filter(|&c| c != n && !leads_to(c, n, causes));
    fit.reduce(|a, b| {
        if facts[b].weight > facts[a].weight {
            b
        } else {
            a
        }
    })
}

/// Whether a cause is not plainly younger than what it would explain.
fn came_before(cause: &Fact, consequence: &Fact) -> bool {
    match (cause.ago, consequence.ago) {
        (Some(cause), Some(later)) => cause + GRACE >= later,
        _ => true,
    }
}

/// Where the causes of a fact end.
fn root(of: usize, causes: &[Option<usize>]) -> usize {
    let mut at = of;
    while let Some(further) = causes[at] {
        at = further;
    }
    at
}

/// Whether the causes of a fact lead back to another.
fn leads_to(from: usize, to: usize, causes: &[Option<usize>]) -> bool {
    let mut at = Some(from);
    while let Some(n) = at {
        if n == to {
            return true;
        }
        at = causes[n];
    }
    false
}

fn lower(facts: &mut [Fact], causes: &[Option<usize>]) {
    for n in 0..facts.len() {
        let Some(cause) = causes[n] else { continue };
        let root = root(cause, causes);
        let borne = facts[n].of.clone();
        if borne != facts[root].of {
            facts[root].bears.insert(borne);
        }
        facts[n].weight *= CONSEQUENCE;
    }
}

#[cfg(test)]
mod tests {
    use super::super::object::Kind;
    use super::*;

    fn object(kind: Kind, name: &str) -> Object {
        Object::new(kind, "shop", name)
    }

    fn fact(object: &Object, weight: f64, rests_on: &[&Object]) -> Fact {
        Fact::new(object, "x", weight, String::new()).on(rests_on.iter().map(|o| (*o).clone()))
    }

    #[test]
    fn a_chain_of_consequences_leads_to_its_one_cause() {
        let node = object(Kind::Node, "worker-2");
        let cart = object(Kind::Deployment, "cart");
        let service = object(Kind::Service, "cart");
        let front = object(Kind::Deployment, "front");
        let mut facts = vec![
            fact(&front, 0.7, &[&service]),
            fact(&service, 0.6, &[&cart]),
            fact(&cart, 0.8, &[&node]),
            fact(&node, 0.95, &[]),
        ];
        put_in_order(&mut facts);
        assert_eq!(facts[3].weight, 0.95);
        assert!(facts[..3].iter().all(|f| f.weight <= CONSEQUENCE));
        let borne: Vec<String> = facts[3].bears.iter().map(Object::shown).collect();
        assert_eq!(
            borne,
            ["deployment/cart", "deployment/front", "service/cart"]
        );
    }

    #[test]
    fn two_that_rest_on_one_another_are_not_both_excused() {
        let (a, b) = (object(Kind::Deployment, "a"), object(Kind::Deployment, "b"));
        let mut facts = vec![fact(&a, 0.7, &[&b]), fact(&b, 0.8, &[&a])];
        put_in_order(&mut facts);
        assert!(facts[0].weight <= CONSEQUENCE);
        assert_eq!(facts[1].weight, 0.8);
    }

    #[test]
    fn what_began_long_before_is_nobodys_consequence() {
        let (a, b) = (object(Kind::Deployment, "a"), object(Kind::Node, "b"));
        let mut facts = vec![
            fact(&a, 0.7, &[&b]).since(Some(90_000)),
            fact(&b, 0.9, &[]).since(Some(60)),
        ];
        put_in_order(&mut facts);
        assert_eq!((facts[0].weight, facts[1].weight), (0.7, 0.9));
    }
}
