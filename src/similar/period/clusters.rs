//! Incidents that were the same thing again.

use super::{Cluster, MOST};
use crate::domain::Incident;
use crate::similar::{Index, Match, Neighbours, PairVerdicts, Search, Subject, pattern};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Percent of likeness from which two incidents belong to one cluster: three in four of such pairs people call the same.
const TOGETHER: u8 = 75;
/// Incidents of other names that one leader gathers at most.
const ALIKE: usize = 50;
/// Incidents that are compared by their words, the newest first; older ones are grouped by their name alone, since each
/// comparison costs a millisecond or more.
const COMPARED: usize = 3_000;

/// The largest clusters. The newest leads; what is alike to it belongs to it. Nothing belongs by way of a third, or
/// everything would be one.
pub(super) fn clusters(
    all: &[Incident],
    subjects: Vec<Subject>,
    resolutions: &BTreeMap<String, String>,
) -> Vec<Cluster> {
    let open: BTreeMap<&str, bool> = all
        .iter()
        .map(|i| (i.row.id.as_str(), i.row.category.is_open()))
        .collect();
    let mut out: Vec<Cluster> = groups(&subjects)
        .into_iter()
        .filter(|group| group.len() > 1)
        .map(|group| {
            let mut members: Vec<&Subject> = group.into_iter().map(|n| &subjects[n]).collect();
            members.sort_by_key(|s| age(s));
            let over = members
                .iter()
                .filter(|s| open.get(s.id.as_str()) == Some(&false));
            let resolved = over.filter_map(|s| resolutions.get(&s.reference));
            let resolved_by = resolved.into_iter().find(|r| !r.is_empty()).cloned();
            cluster(&members, resolved_by.unwrap_or_default())
        })
        .collect();
    out.sort_by(|a, b| {
        b.members
            .len()
            .cmp(&a.members.len())
            .then_with(|| a.name.cmp(&b.name))
    });
    out.truncate(MOST);
    out
}

/// The newest first; by id where two were declared in the same second.
fn age(subject: &Subject) -> Reverse<(i64, String)> {
    Reverse((subject.created, subject.id.clone()))
}

fn cluster(members: &[&Subject], resolved_by: String) -> Cluster {
    let own = pattern(&members[0].name);
    let others = members.iter().filter(|s| pattern(&s.name) != own);
    Cluster {
        name: members[0].name.clone(),
        others: others.count(),
        members: members.iter().map(|s| s.reference.clone()).collect(),
        resolved_by,
    }
}

/// Every incident in exactly one group, by its place among the subjects.
fn groups(subjects: &[Subject]) -> Vec<Vec<usize>> {
    let place: BTreeMap<&str, usize> = subjects.iter().map(|s| s.id.as_str()).zip(0..).collect();
    let mut newest: Vec<usize> = (0..subjects.len()).collect();
    newest.sort_by_key(|n| age(&subjects[*n]));
    let mut index = Index::default();
    let mut names: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, &n) in newest.iter().enumerate() {
        if at < COMPARED {
            index.put(subjects[n].clone());
        }
        names.entry(pattern(&subjects[n].name)).or_default().push(n);
    }
    let mut taken = vec![false; subjects.len()];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (at, leader) in newest.into_iter().enumerate() {
        if taken[leader] {
            continue;
        }
        // The same name but for numbers is the same thing again, and is left out of each other's answers.
        let mut members = names[&pattern(&subjects[leader].name)].clone();
        if at < COMPARED {
            let alike = alike(&index, &subjects[leader]);
            for other in alike.iter().filter_map(|m| place.get(m.id.as_str())) {
                members.extend(&names[&pattern(&subjects[*other].name)]);
            }
        }
        members.retain(|n| !std::mem::replace(&mut taken[*n], true));
        groups.push(members);
    }
    groups
}

fn alike(index: &Index, leader: &Subject) -> Vec<Match> {
    let search = Search {
        near: &Neighbours::new(),
        verdicts: &PairVerdicts::default(),
        since: None,
        least: TOGETHER,
        most: ALIKE,
    };
    // An index in memory reads nothing that could fail.
    index.find(leader, &search).unwrap_or_default()
}
