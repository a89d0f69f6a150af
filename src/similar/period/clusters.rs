//! Incidents that were the same thing again.

use super::{Cluster, MOST};
use crate::domain::Incident;
use crate::similar::words::Words;
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
pub fn clusters(
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
    let mut newest: Vec<usize> = (0..subjects.len()).collect();
    newest.sort_by_key(|n| age(&subjects[*n]));
    let mut index = Index::default();
    // The same name but for numbers is the same thing again, and is left out of each other's answers.
    let mut names: Vec<Vec<usize>> = Vec::new();
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut name_of: BTreeMap<&str, usize> = BTreeMap::new();
    let mut compared = 0;
    for (at, n) in newest.into_iter().enumerate() {
        let subject = &subjects[n];
        let name = *numbers.entry(pattern(&subject.name)).or_insert(names.len());
        if name == names.len() {
            names.push(Vec::new());
        }
        names[name].push(n);
        name_of.insert(&subject.id, name);
        if at < COMPARED {
            index.put(subject.clone());
            compared = names.len();
        }
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut words: Vec<Words> = (0..cores).map(|_| Words::default()).collect();
    let mut taken = vec![false; names.len()];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut waiting = 0..names.len();
    loop {
        let free = waiting.by_ref().filter(|name| !taken[*name]);
        let leaders: Vec<usize> = free.take(at_once(cores)).collect();
        if leaders.is_empty() {
            return groups;
        }
        let asked = leaders.iter().filter(|name| **name < compared);
        let asked: Vec<&Subject> = asked.map(|name| &subjects[names[*name][0]]).collect();
        let mut answers = all_alike(&index, &asked, &mut words).into_iter();
        for leader in leaders {
            let answer = answers.next().unwrap_or_default();
            if taken[leader] {
                continue;
            }
            let alike = answer.iter().filter_map(|m| name_of.get(m.id.as_str()));
            let members = std::iter::once(&leader).chain(alike).copied();
            let is_free = |name: &usize| !std::mem::replace(&mut taken[*name], true);
            let free = members.filter(is_free);
            groups.push(free.flat_map(|name| names[name].clone()).collect());
        }
    }
}

/// Leaders that are asked about together: a few for each core. One that another of them takes was asked about in vain.
fn at_once(cores: usize) -> usize {
    match cores {
        1 => 1,
        cores => cores * 8,
    }
}

/// What is alike to each of some, a core for each of the words.
fn all_alike(index: &Index, leaders: &[&Subject], words: &mut [Words]) -> Vec<Vec<Match>> {
    let share = leaders.len().div_ceil(words.len()).max(1);
    let mut parts = leaders.chunks(share).zip(words);
    let Some((own, own_words)) = parts.next() else {
        return Vec::new();
    };
    let ask = |leaders: &[&Subject], words: &mut Words| -> Vec<Vec<Match>> {
        let alike = |leader: &&Subject| alike(index, words, leader);
        leaders.iter().map(alike).collect()
    };
    std::thread::scope(|scope| {
        let others = parts.map(|(part, words)| scope.spawn(move || ask(part, words)));
        let others: Vec<_> = others.collect();
        let own = ask(own, own_words);
        let others = others.into_iter().flat_map(|part| match part.join() {
            Ok(found) => found,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        own.into_iter().chain(others).collect()
    })
}

fn alike(index: &Index, words: &mut Words, leader: &Subject) -> Vec<Match> {
    let search = Search {
        near: &Neighbours::new(),
        verdicts: &PairVerdicts::default(),
        since: None,
        least: TOGETHER,
        most: ALIKE,
    };
    // An index in memory reads nothing that could fail.
    index.find_by(words, leader, &search).unwrap_or_default()
}
