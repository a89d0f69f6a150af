//! From a system, its story and a pane of glass to the case that is judged.

use super::dice::Dice;
use super::fault::{Kind, Story};
use super::glass::Pane;
use super::incident::{Declared, Felt};
use super::logs::logs;
use super::series::Recorded;
use super::signs::signs;
use super::topology::System;
use super::traces::traces;
use chrono::{DateTime, Duration};
use hotseat::domain::{Alert, AlertId, Change, ChangeClass, Instant, Scoped};
use hotseat::investigate::{Calls, Case, Context, Trouble};
use std::collections::{BTreeSet, VecDeque};

/// Services asked about at most, as the command does.
const MOST: usize = 120;
/// Services whose logs are read at most.
const LOGS: usize = 40;

/// Who is measured: not whom no catalog knows, and not who lies in the dark.
pub fn measured(system: &System, story: &Story, pane: &Pane, dice: &mut Dice) -> Vec<bool> {
    (0..system.services.len())
        .map(|n| story.unseen != Some(n) && (n < system.entries || !dice.chance(pane.dark)))
        .collect()
}

/// The catalog's edges: those there are, less some, and some that are not.
pub fn catalog(
    system: &System,
    story: &Story,
    pane: &Pane,
    dice: &mut Dice,
) -> Vec<(usize, usize)> {
    let size = system.services.len();
    let mut edges: Vec<(usize, usize)> = system
        .edges
        .iter()
        .filter(|_| !dice.chance(pane.unknown))
        .map(|e| (e.from, e.to))
        .collect();
    for _ in 0..(system.edges.len() as f64 * pane.untrue) as usize {
        edges.push((dice.count(0, size - 1), dice.count(0, size - 1)));
    }
    edges.retain(|(a, b)| a != b && story.unseen != Some(*a) && story.unseen != Some(*b));
    edges
}

/// Whom the command would ask about: the one named, what it needs, who needs it; everybody where none is named.
pub fn scope(
    size: usize,
    edges: &[(usize, usize)],
    story: &Story,
    named: Option<usize>,
) -> BTreeSet<usize> {
    let mut taken = BTreeSet::new();
    let mut order = Vec::new();
    let Some(named) = named else {
        let degree = |n: &usize| edges.iter().filter(|e| e.0 == *n || e.1 == *n).count();
        let mut all: Vec<usize> = (0..size).filter(|n| story.unseen != Some(*n)).collect();
        all.sort_by_key(|n| std::cmp::Reverse(degree(n)));
        return all.into_iter().take(MOST).collect();
    };
    taken.insert(named);
    order.push(named);
    let mut walk = |start: Vec<usize>, depth: usize, down: bool| {
        let mut queue: VecDeque<(usize, usize)> = start.into_iter().map(|n| (n, 0)).collect();
        while let Some((n, far)) = queue.pop_front() {
            for (from, to) in edges.iter().filter(|_| far < depth) {
                let (this, next) = if down { (from, to) } else { (to, from) };
                if *this == n && taken.len() < MOST && taken.insert(*next) {
                    order.push(*next);
                    queue.push_back((*next, far + 1));
                }
            }
        }
        order.clone()
    };
    let below = walk(vec![named], usize::MAX, true);
    walk(below, usize::MAX, true);
    let around = walk(vec![named], 2, false);
    walk(around, usize::MAX, true);
    taken
}

/// The case.
pub fn case(recorded: &Recorded<'_>, story: &Story, declared: &Declared, dice: &mut Dice) -> Case {
    let (system, pane) = (recorded.system, recorded.pane);
    let name = |n: usize| system.services[n].name.clone();
    let at = |t: f64| DateTime::from_timestamp(recorded.epoch + t as i64, 0).expect("a time");
    let edges = catalog(system, story, pane, dice);
    let scope = scope(system.services.len(), &edges, story, declared.named);
    let root = declared
        .named
        .or_else(|| declared.alarms.first().map(|a| a.service));
    let lit = measured(system, story, pane, dice);
    let asked: Vec<bool> = (0..lit.len())
        .map(|n| lit[n] && scope.contains(&n))
        .collect();
    let series = recorded.series(&asked, &recorded.grid(), dice);
    let pairs: Vec<(String, String)> = edges.iter().map(|(a, b)| (name(*a), name(*b))).collect();
    let why = |n: usize| {
        if Some(n) == declared.named {
            "named"
        } else {
            "around it"
        }
    };
    let scoped: Vec<Scoped> = scope
        .iter()
        .map(|n| Scoped {
            name: name(*n),
            why: why(*n).into(),
        })
        .collect();
    let hint = declared.speaks_of.and_then(|felt| match felt {
        Felt::Failing => Some(Trouble::Failing),
        Felt::Waiting => Some(Trouble::Waiting),
        Felt::Stuck => None,
    });
    let context = Context {
        services: scoped
            .iter()
            .filter(|s| s.why == "named")
            .cloned()
            .collect(),
        hint,
        ..Context::default()
    };
    Case {
        reference: "INC-1".into(),
        name: title(declared, &name),
        created: at(declared.at),
        now: at(declared.at + pane.looked),
        is_over: pane.mended.is_some() && dice.chance(0.5),
        context,
        calls: Calls::new(scoped.iter().map(|s| s.name.clone()), &pairs),
        scope: scoped,
        series,
        signs: if pane.signs {
            signs(recorded, story, &asked, dice)
        } else {
            Vec::new()
        },
        traces: match root {
            Some(root) if pane.traces => traces(recorded, root, &asked, declared.at + 60.0, dice),
            _ => Vec::new(),
        },
        logs: if pane.logs {
            logs(
                recorded,
                story,
                declared.at,
                &nearest(&edges, &asked, root),
                dice,
            )
        } else {
            Vec::new()
        },
        changes: changes(recorded, story, declared, &scope, &at, dice),
        change_window: Duration::hours(4),
        alerts: alerts(declared, pane, &name, &at),
        ..Case::default()
    }
}

/// Whose logs are read: the nearest to where it is felt.
fn nearest(edges: &[(usize, usize)], asked: &[bool], root: Option<usize>) -> Vec<usize> {
    let mut order: Vec<usize> = root.into_iter().collect();
    let mut seen = 0;
    while seen < order.len() && order.len() < LOGS {
        let from = order[seen];
        let next = edges.iter().filter(|e| e.0 == from).map(|e| e.1);
        let new: Vec<usize> = next.filter(|n| !order.contains(n)).collect();
        order.extend(new);
        seen += 1;
    }
    order.retain(|n| asked[*n]);
    order.dedup();
    order.truncate(LOGS);
    order
}

fn title(declared: &Declared, name: &impl Fn(usize) -> String) -> String {
    let what = match declared.speaks_of {
        Some(Felt::Failing) => "failing calls",
        Some(Felt::Waiting) => "high latency",
        _ => "something is wrong",
    };
    declared
        .named
        .map_or(what.to_owned(), |n| format!("{}: {what}", name(n)))
}

/// The alert that the incident was declared on.
fn alerts(
    declared: &Declared,
    pane: &Pane,
    name: &impl Fn(usize) -> String,
    at: &impl Fn(f64) -> Instant,
) -> Vec<Alert> {
    let own = declared
        .alarms
        .iter()
        .filter(|a| Some(a.service) == declared.named);
    own.map(|a| Alert {
        id: AlertId::from("alert"),
        title: format!(
            "{}: {}",
            name(a.service),
            if a.felt == Felt::Waiting {
                "high latency"
            } else {
                "errors"
            }
        ),
        description: String::new(),
        status: "firing".into(),
        created: at((a.at + pane.alert_late).min(declared.at + pane.looked)),
        resolved: None,
        source_url: None,
        dedup_key: "alert".into(),
        source: None,
        relation: None,
        incident: None,
        attributes: vec![("Service".into(), name(a.service))],
        tags: Vec::new(),
    })
    .collect()
}

/// What people changed: what they do all day, and the change that did it.
fn changes(
    recorded: &Recorded<'_>,
    story: &Story,
    declared: &Declared,
    scope: &BTreeSet<usize>,
    at: &impl Fn(f64) -> Instant,
    dice: &mut Dice,
) -> Vec<Change> {
    if !recorded.pane.changes {
        return Vec::new();
    }
    let name = |n: usize| recorded.system.services[n].name.clone();
    let (from, to) = (declared.at - 14_400.0, declared.at + recorded.pane.looked);
    let told = |change: &&(f64, usize, ChangeClass)| {
        scope.contains(&change.1) && change.0 > from && change.0 < to
    };
    let mut all: Vec<(f64, usize, ChangeClass)> =
        story.changes.iter().filter(told).copied().collect();
    for fault in story
        .faults
        .iter()
        .filter(|f| f.is_change() && scope.contains(&f.service))
    {
        let class = match fault.kind {
            Kind::ConfigFlip => dice.pick(&[ChangeClass::Config, ChangeClass::FeatureFlag]),
            _ => ChangeClass::Deploy,
        };
        if dice.chance(0.85) {
            all.push((fault.from - dice.between(0.0, 120.0), fault.service, class));
        }
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let told = all
        .into_iter()
        .enumerate()
        .map(|(n, (when, service, class))| Change {
            at: at(when),
            class,
            title: format!("{} of {} {}", class.label(), name(service), n + 1),
            service: name(service),
            version: (class == ChangeClass::Deploy).then(|| format!("v1.{}", n + 1)),
            author: None,
            source: "changes".into(),
            query: "changes".into(),
            link: None,
        });
    told.collect()
}
