//! What was changed in a cluster, and when: new revisions of workloads, other numbers of pods, new config maps.

use super::age::seconds;
use super::answers::{Answers, Listed};
use super::describe::Entry;
use super::object::{Kind, Object};
use super::state::State;
use super::workload::Owners;
use crate::domain::ChangeClass;
use std::collections::{BTreeMap, BTreeSet};

/// Letters of a change that are told.
const LONGEST: usize = 240;

/// A change with the object that was changed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Changed {
    /// Which.
    pub object: Object,
    /// Seconds since.
    pub ago: i64,
    /// What kind.
    pub class: ChangeClass,
    /// In words.
    pub title: String,
    /// The version that came.
    pub version: Option<String>,
    /// How it is asked again.
    pub query: String,
}

/// The age that most workloads have: what is much younger came after everything was set up.
fn usual_age(state: &State) -> Option<i64> {
    let mut ages: Vec<i64> = state.workloads.iter().filter_map(|w| w.age).collect();
    ages.sort_unstable();
    ages.get(ages.len() / 2).copied()
}

/// Whether an age is that of something made well after most workloads were.
pub(super) fn is_new(state: &State, age: Option<i64>) -> bool {
    match (age, usual_age(state)) {
        (Some(age), Some(usual)) => age * 2 < usual,
        _ => false,
    }
}

/// The sets of pods of every workload, youngest first.
fn sets(answers: &Answers) -> BTreeMap<Object, Vec<&Listed>> {
    let owners = Owners::new(answers);
    let mut by: BTreeMap<Object, Vec<&Listed>> = BTreeMap::new();
    for set in answers.all(Kind::ReplicaSet) {
        by.entry(owners.of_set(&set.object)).or_default().push(set);
    }
    for all in by.values_mut() {
        all.sort_by_key(|l| seconds(l.row.cell("AGE")).unwrap_or(i64::MAX));
    }
    by
}

/// Seconds since a workload was given what it runs now: the last time that a set of its pods was made or filled anew.
fn rolled_out(state: &State, owner: &Object, sets: &[&Listed]) -> Option<i64> {
    let youngest = sets.first().and_then(|l| seconds(l.row.cell("AGE")));
    let made = youngest.filter(|_| sets.len() > 1);
    let events = state.events_of(owner).iter();
    let filled = events
        .filter(|e| {
            e.reason == "ScalingReplicaSet" && e.message.contains("Scaled up") && sets.len() > 1
        })
        .filter(|e| e.message.contains("from 0") || e.message.ends_with(" to 1"))
        .filter_map(|e| e.times.last)
        .min();
    [made, filled].into_iter().flatten().min()
}

/// Whether a workload was changed well after most others were made.
pub(super) fn is_newer_than_most(state: &State, owner: &Object) -> bool {
    let all = sets(&state.answers);
    let of = all.get(owner).map_or(&[][..], Vec::as_slice);
    let age = state.workload(owner).and_then(|w| w.age);
    is_new(state, rolled_out(state, owner, of)) || is_new(state, age)
}

/// Workloads whose history is worth a question: those changed within so many seconds.
pub(super) fn changed_within(state: &State, limit: i64) -> BTreeSet<Object> {
    let all = sets(&state.answers);
    let young = all.iter().filter(|(owner, sets)| {
        owner.kind == Kind::Deployment
            && rolled_out(state, owner, sets).is_some_and(|ago| ago <= limit)
    });
    young.map(|(owner, _)| owner.clone()).collect()
}

/// Every change within so many seconds.
pub(super) fn changes(state: &State, limit: i64) -> Vec<Changed> {
    let all = sets(&state.answers);
    let mut found: Vec<Changed> = Vec::new();
    for (owner, sets) in &all {
        let ago = rolled_out(state, owner, sets).filter(|ago| *ago <= limit);
        found.extend(ago.map(|ago| revision(state, owner, sets, ago)));
    }
    found.extend(scalings(state, limit));
    found.extend(made(state, limit));
    found
}

/// A new revision: what is different in it, where its history tells, else the images.
fn revision(state: &State, owner: &Object, sets: &[&Listed], ago: i64) -> Changed {
    let known = state.answers.revisions.get(owner);
    let mut last = known.into_iter().flat_map(|r| r.iter().rev());
    let (new, old) = (last.next(), last.next());
    let template =
        |r: Option<(&u64, &super::answers::Revision)>| r.and_then(|(_, r)| r.template.clone());
    let mut what = match (template(old), template(new)) {
        (Some(old), Some(new)) => differences(&old, &new),
        _ => images(sets),
    };
    let config_only = !what.is_empty() && !what.iter().any(|w| w.starts_with("image"));
    let image = |l: &&Listed| l.row.cell("IMAGES").to_owned();
    let version = sets.first().map(image).and_then(|i| tag(&i));
    let cause = new.map_or("", |(_, r)| r.cause.as_str());
    if what.is_empty() && !cause.is_empty() {
        what.push(cause.to_owned());
    }
    let words = if what.is_empty() {
        "new revision".to_owned()
    } else {
        what.join(", ")
    };
    let number = new.map_or(String::new(), |(n, _)| format!(" revision {n}"));
    let query = new.map(|(_, r)| r.query.clone());
    Changed {
        object: owner.clone(),
        ago,
        class: if config_only {
            ChangeClass::Config
        } else {
            ChangeClass::Deploy
        },
        title: format!(
            "{}{number}: {}",
            owner.name,
            words.chars().take(LONGEST).collect::<String>()
        ),
        version: version.filter(|_| !config_only),
        query: query
            .or_else(|| sets.first().map(|l| l.query.clone()))
            .unwrap_or_default(),
    }
}

fn tag(image: &str) -> Option<String> {
    let last = image.split(',').next()?.rsplit('/').next()?;
    last.split_once(':').map(|(_, tag)| tag.to_owned())
}

/// The images of the two youngest sets, where they differ.
fn images(sets: &[&Listed]) -> Vec<String> {
    let [new, old, ..] = sets else {
        return Vec::new();
    };
    let (new, old) = (new.row.cell("IMAGES"), old.row.cell("IMAGES"));
    let differ = new != old && !new.is_empty() && !old.is_empty();
    differ
        .then(|| format!("image {old} to {new}"))
        .into_iter()
        .collect()
}

/// What is different between two templates. Values of variables are never told, since they may be secrets.
fn differences(old: &Entry, new: &Entry) -> Vec<String> {
    let (old, new) = (flat(old), flat(new));
    let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let mut found = Vec::new();
    for key in keys.into_iter().filter(|k| old.get(*k) != new.get(*k)) {
        let short = key.rsplit_once('/').map_or(key.as_str(), |(_, s)| s);
        let hides = key.contains("Environment")
            || key.contains("Command")
            || key.contains("Args")
            || key.contains("Annotations");
        let lower = match short {
            "Image" => "image".to_owned(),
            _ if key.contains("Limits/") => format!("limit of {short}"),
            _ if key.contains("Requests/") => format!("request of {short}"),
            _ if key.contains("Environment/") => format!("variable {short}"),
            _ if key.contains("Labels") => continue,
            _ => short.to_lowercase(),
        };
        found.push(match (old.get(key), new.get(key)) {
            (Some(_), Some(_)) if hides => format!("{lower} changed"),
            (Some(a), Some(b)) => format!("{lower} {a} to {b}"),
            (None, Some(_)) if hides => format!("{lower} added"),
            (None, Some(b)) => format!("{lower} {b} added"),
            _ => format!("{lower} removed"),
        });
    }
    found.sort_by_key(|f| !f.starts_with("image"));
    found
}

/// Every value of a template by its path.
fn flat(of: &Entry) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut open: Vec<(String, &Entry)> = of.below.iter().map(|e| (e.key.clone(), e)).collect();
    while let Some((path, entry)) = open.pop() {
        if !entry.value.is_empty() && entry.value != "<none>" {
            let known: &mut String = all.entry(path.clone()).or_default();
            known.push_str(&entry.value);
        }
        for below in &entry.below {
            let key = if below.key.is_empty() {
                path.clone()
            } else {
                format!("{path}/{}", below.key)
            };
            open.push((key, below));
        }
    }
    all
}

/// Numbers of pods that were changed without a new revision.
fn scalings(state: &State, limit: i64) -> Vec<Changed> {
    let events = state.events().filter(|e| e.reason == "ScalingReplicaSet");
    let scaled = events.filter_map(|e| {
        let ago = e.times.last.filter(|ago| *ago <= limit)?;
        let (before, to) = (
            e.message.split(" from ").nth(1)?,
            e.message.split(" to ").nth(1)?,
        );
        let to = to.split_whitespace().next()?;
        let rolled = state.events_of(&e.object).iter().filter(|o| {
            o.reason == e.reason && o.times.last.is_some_and(|l| (l - ago).abs() < 120)
        });
        // During a rollout one set grows while another shrinks.
        (rolled.count() == 1).then(|| Changed {
            object: e.object.clone(),
            ago,
            class: ChangeClass::Infrastructure,
            title: format!("{} scaled from {before} to {to}", e.object.name),
            version: None,
            query: e.query.clone(),
        })
    });
    scaled.collect()
}

/// Objects that were made after everything else, and that others go by.
fn made(state: &State, limit: i64) -> Vec<Changed> {
    let kinds = [
        Kind::ConfigMap,
        Kind::NetworkPolicy,
        Kind::Quota,
        Kind::LimitRange,
    ];
    let all = kinds.iter().flat_map(|k| state.answers.all(*k));
    let new = all.filter_map(|l| {
        let age = seconds(l.row.cell("AGE"))?;
        (age <= limit && is_new(state, Some(age))).then(|| Changed {
            object: owner_of(state, &l.object),
            ago: age,
            class: ChangeClass::Config,
            title: format!("{} made", l.object.shown()),
            version: None,
            query: l.query.clone(),
        })
    });
    new.collect()
}

/// The workload that mounts an object, where it is one.
fn owner_of(state: &State, object: &Object) -> Object {
    let mut users = state.workloads.iter().filter(|w| {
        let taken = w.containers.iter().flat_map(|c| &c.taken_from);
        w.mounts.contains(object)
            || (w.object.namespace == object.namespace
                && taken
                    .into_iter()
                    .any(|(k, n)| k == object.kind.singular() && *n == object.name))
    });
    match (users.next(), users.next()) {
        (Some(only), None) => only.object.clone(),
        _ => object.clone(),
    }
}
