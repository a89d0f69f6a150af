//! Whose calls lose time: where most calls to and from one service do, it is that service's network or host, not each of
//! those it talks to.

use super::Key;
use super::compare::Group;
use crate::domain::TracePart;
use std::collections::{BTreeMap, BTreeSet};

/// The part of a service's calls that lose time from which it is the service.
const MOST: f64 = 0.6;

/// Joins calls that stand out at the service that most of them share; what is left stays with the callee.
pub(super) fn at_one_end(mut groups: Vec<Group>) -> Vec<Group> {
    let mut joined = Vec::new();
    while let Some(service) = shared_end(&groups) {
        let (at_it, rest): (Vec<Group>, Vec<Group>) = groups
            .into_iter()
            .partition(|g| g.stands_out && ends(g).is_some_and(|e| e.contains(&&*service)));
        joined.push(join(&service, &at_it));
        // Its callers still say what they see of it; whom it calls is cleared.
        let callers = at_it.into_iter().filter(|g| g.key.service == service);
        joined.extend(callers.map(|group| Group {
            joined: true,
            ..group
        }));
        groups = rest;
    }
    groups.extend(joined);
    groups
}

/// Both ends of a call whose seconds are measured.
fn ends(group: &Group) -> Option<[&str; 2]> {
    let caller = group.key.caller.as_deref()?;
    (!group.is_failing()).then_some([group.key.service.as_str(), caller])
}

/// The service most of whose calls lose time, two at least: the one that explains most.
fn shared_end(groups: &[Group]) -> Option<String> {
    let mut by: BTreeMap<&str, (usize, usize, f64)> = BTreeMap::new();
    for group in groups {
        for end in ends(group).into_iter().flatten() {
            let seen = by.entry(end).or_default();
            seen.0 += 1;
            if group.stands_out {
                seen.1 += 1;
                seen.2 += group.excess;
            }
        }
    }
    by.into_iter()
        .filter(|(_, (all, out, _))| *out >= 2 && *out as f64 >= MOST * *all as f64)
        .reduce(|a, b| if b.1.2 > a.1.2 { b } else { a })
        .map(|(service, _)| service.to_owned())
}

fn join(service: &str, all: &[Group]) -> Group {
    let own = |g: &Group| g.key.part == TracePart::Own && g.key.service == service;
    let part = match all.iter().all(own) {
        true => TracePart::Own,
        false => TracePart::Between,
    };
    let most = |count: fn(&Group) -> usize| all.iter().map(count).max().unwrap_or(0);
    let (count, normal_count) = (most(|g| g.count), most(|g| g.normal_count));
    let each = |value: fn(&Group) -> f64| {
        let sum: f64 = all.iter().map(|g| value(g) * g.count as f64).sum();
        sum / count.max(1) as f64
    };
    let keys: BTreeSet<Key> = all.iter().flat_map(|g| g.of.iter().cloned()).collect();
    Group {
        observed: each(|g| g.observed),
        normal: each(|g| g.normal),
        excess: all.iter().map(|g| g.excess).sum(),
        count,
        normal_count,
        stands_out: true,
        of: keys.into_iter().collect(),
        joined: false,
        key: Key {
            part,
            service: service.to_owned(),
            caller: None,
            apart: all.iter().all(|g| g.key.apart),
        },
    }
}
