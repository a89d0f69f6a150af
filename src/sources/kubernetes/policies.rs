//! Network policies that shut in what others call.

use super::describe::Entry;
use super::fact::Fact;
use super::labels::{Labels, selects};
use super::object::{Kind, Object};
use super::rollouts::is_new;
use super::state::State;

/// A policy as its description tells it.
struct Policy {
    object: Object,
    /// Labels of the pods it is for; empty for all.
    selector: Labels,
    /// What it says of calls that come in, and of calls that go out.
    ways: [Way; 2],
    age: Option<i64>,
    lines: Vec<String>,
    query: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Nothing.
    Silent,
    /// Some may pass.
    Some,
    /// None may.
    None,
}

fn policies(state: &State) -> Vec<Policy> {
    let all = state.answers.all(Kind::NetworkPolicy).iter();
    all.filter_map(|listed| {
        let detail = state.answers.details.get(&listed.object)?;
        let spec = detail.root().get("Spec")?;
        let selector = spec.text("PodSelector");
        let of_all = selector.contains("all pods") || selector.is_empty();
        Some(Policy {
            object: listed.object.clone(),
            selector: if of_all {
                Vec::new()
            } else {
                spec.labels("PodSelector")
            },
            ways: [
                way(spec, "ingress", "Allowing ingress traffic"),
                way(spec, "egress", "Allowing egress traffic"),
            ],
            age: super::age::seconds(listed.row.cell("AGE")),
            lines: shown(listed.row.line.clone(), spec),
            query: detail.query.clone(),
        })
    })
    .collect()
}

fn shown(first: String, spec: &Entry) -> Vec<String> {
    let below = spec.below.iter().flat_map(|e| {
        let inner = e.below.iter().map(|b| b.line.trim().to_owned());
        std::iter::once(e.line.trim().to_owned()).chain(inner)
    });
    std::iter::once(first).chain(below).take(8).collect()
}

fn way(spec: &Entry, word: &str, key: &str) -> Way {
    match spec.get(key) {
        Some(e) if e.words().contains("are isolated for") => Way::None,
        Some(_) => Way::Some,
        None if spec.words().contains(&format!("Not affecting {word}")) => Way::Silent,
        None => Way::Silent,
    }
}

/// Workloads that nobody may call, or that may call nobody, since no policy for them allows any.
pub(super) fn facts(state: &State) -> Vec<Fact> {
    let all = policies(state);
    let mut found = Vec::new();
    for policy in &all {
        for (n, words) in ["lets nothing call", "lets nothing be called by"]
            .iter()
            .enumerate()
        {
            if policy.ways[n] != Way::None
                && !(policy.ways[n] == Way::Some && is_new(state, policy.age))
            {
                continue;
            }
            let held: Vec<&Object> = held(state, policy)
                .filter(|w| policy.ways[n] == Way::Some || !is_allowed(state, &all, w, n))
                .collect();
            found.extend(fact(state, policy, words, policy.ways[n], &held));
        }
    }
    found
}

/// Workloads that a policy is for.
fn held<'a>(state: &'a State, policy: &'a Policy) -> impl Iterator<Item = &'a Object> + 'a {
    let here = state.workloads.iter().filter(move |w| {
        w.object.namespace == policy.object.namespace
            && (policy.selector.is_empty() || selects(&policy.selector, &w.labels))
    });
    here.map(|w| &w.object)
}

/// Whether another policy lets some pass.
fn is_allowed(state: &State, all: &[Policy], object: &Object, way: usize) -> bool {
    let mut others = all.iter().filter(|p| p.ways[way] == Way::Some);
    others.any(|p| held(state, p).any(|w| w == object))
}

fn fact(state: &State, policy: &Policy, words: &str, way: Way, held: &[&Object]) -> Option<Fact> {
    let called = |o: &&&Object| {
        let workload = state.workload(o);
        state.services.iter().any(|s| {
            workload
                .is_some_and(|w| s.object.namespace == w.object.namespace && s.matches(&w.labels))
        })
    };
    let first = held.iter().find(called).or(held.first())?;
    // A policy that is as old as what it holds is how things are meant to be.
    let weight = match (is_new(state, policy.age), way) {
        (true, Way::None) => 0.92,
        (true, _) => 0.6,
        (false, _) => 0.2,
    };
    let names: Vec<&str> = held.iter().take(6).map(|o| o.name.as_str()).collect();
    let words = if way == Way::Some {
        words.replace("nothing", "only some")
    } else {
        words.to_owned()
    };
    let says = format!(
        "The network policy {} {words} {}",
        policy.object.name,
        names.join(", ")
    );
    let mut fact = Fact::new(&policy.object, "network policy", weight, says)
        .of(first)
        .seen(&policy.lines, &policy.query)
        .since(policy.age.filter(|_| is_new(state, policy.age)));
    fact.bears = held
        .iter()
        .filter(|o| o != &first)
        .map(|o| (*o).clone())
        .collect();
    Some(fact)
}

/// Policies that a workload is held by.
pub(super) fn over(state: &State, owner: &Object) -> Vec<Object> {
    let all = policies(state).into_iter();
    all.filter(|p| held(state, p).any(|w| w == owner))
        .map(|p| p.object)
        .collect()
}
