//! Who feels it: the alert rules that any team has, and the incident that somebody declares on one of them.

use super::case::scope;
use super::dice::Dice;
use super::fault::{Kind, Story};
use super::physics::{MOMENT, Seen};
use super::tape::Tape;
use super::topology::{Role, System};

/// What an alert rule saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Felt {
    Failing,
    Waiting,
    /// Calls stay away, or a queue grows.
    Stuck,
}

/// An alert of a service.
#[derive(Clone, Copy, Debug)]
pub struct Alarm {
    pub service: usize,
    pub felt: Felt,
    /// Seconds from the onset.
    pub at: f64,
    /// How many times its threshold.
    pub size: f64,
}

/// An incident.
#[derive(Clone, Debug)]
pub struct Declared {
    pub at: f64,
    /// What it names, and by what words.
    pub named: Option<usize>,
    pub speaks_of: Option<Felt>,
    pub how: &'static str,
    pub alarms: Vec<Alarm>,
}

/// What is usual for a service, by the minute.
struct Usual {
    rate: f64,
    errors: f64,
    latency: f64,
    spread: f64,
}

/// Moments in a minute.
const MINUTE: usize = (60.0 / MOMENT) as usize;

/// Rate, errors, latency of some moments.
pub fn total(seen: &[Seen]) -> Option<[f64; 4]> {
    let there: Vec<&Seen> = seen.iter().filter(|s| s.rate.is_finite()).collect();
    let rate: f64 = there.iter().map(|s| f64::from(s.rate)).sum();
    let part = |of: &dyn Fn(&Seen) -> f64| {
        let sum: f64 = there.iter().map(|s| f64::from(s.rate) * of(s)).sum();
        if rate > 0.0 { sum / rate } else { 0.0 }
    };
    (!there.is_empty()).then(|| {
        let errors = part(&|s| f64::from(s.errors));
        let latency = part(&|s| f64::from(s.latency));
        [
            rate / there.len() as f64,
            errors,
            latency,
            part(&|s| f64::from(s.spread)),
        ]
    })
}

impl Usual {
    fn of(seen: &[Seen]) -> Self {
        let minutes: Vec<[f64; 4]> = seen.chunks(MINUTE).filter_map(total).collect();
        let middle = |n: usize| {
            let mut values: Vec<f64> = minutes.iter().map(|m| m[n]).collect();
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or_default()
        };
        let latency = middle(2);
        let mut off: Vec<f64> = minutes.iter().map(|m| (m[2] - latency).abs()).collect();
        off.sort_by(f64::total_cmp);
        Self {
            rate: middle(0),
            errors: middle(1),
            latency,
            spread: off.get(off.len() / 2).copied().unwrap_or_default(),
        }
    }

    /// What a rule says of a minute, and by how much.
    fn says(&self, minute: &[Seen], waiting: f64) -> Option<(Felt, f64)> {
        let Some([rate, errors, latency, _]) = total(minute) else {
            return Some((Felt::Stuck, 2.0));
        };
        let failing = errors / (4.0 * self.errors + 0.02);
        let slow = latency / (1.4 * self.latency + 6.0 * self.spread + 0.005);
        let stuck = (waiting / (60.0 * self.rate + 20.0)).max(if rate < 0.4 * self.rate {
            1.5
        } else {
            0.0
        });
        let all = [
            (Felt::Failing, failing),
            (Felt::Waiting, slow),
            (Felt::Stuck, stuck),
        ];
        let (felt, size) = all
            .into_iter()
            .fold(all[0], |a, b| if b.1 > a.1 { b } else { a });
        (size > 1.0).then_some((felt, size))
    }
}

/// Minutes that a rule must hold: shorter than that are the hiccups of any day.
const HOLDS: usize = 3;

/// The first time that a service's rule has held for some minutes, from the onset on.
pub fn alarm(tape: &Tape, service: usize, until: f64) -> Option<Alarm> {
    let seen = &tape.services[service];
    let before = tape.range(-3_600.0, 0.0);
    let usual = Usual::of(&seen[before]);
    if usual.rate <= 0.0 {
        return None;
    }
    let mut held = 0;
    let mut minute = tape.range(0.0, until);
    while minute.len() >= MINUTE {
        let now = minute.start..minute.start + MINUTE;
        let waiting = f64::from(tape.used[service][now.end - 1].waiting);
        let says = usual.says(&seen[now.clone()], waiting);
        held = says.map_or(0, |_| held + 1);
        if let Some((felt, size)) = says.filter(|_| held == HOLDS) {
            let at = tape.times[now.end - 1];
            return Some(Alarm {
                service,
                felt,
                at,
                size,
            });
        }
        minute.start += MINUTE;
    }
    None
}

/// Who is called, what for and when: nothing where nobody would be.
pub fn declare(
    system: &System,
    tape: &Tape,
    story: &Story,
    until: f64,
    dice: &mut Dice,
) -> Option<Declared> {
    if story.faults.is_empty() {
        return Some(for_nothing(system, dice));
    }
    let alarms: Vec<Alarm> = (0..system.services.len())
        .filter_map(|n| alarm(tape, n, until))
        .collect();
    let worst = |keep: &dyn Fn(&Alarm) -> bool| {
        let some = alarms.iter().filter(|a| keep(a));
        some.max_by(|a, b| a.size.total_cmp(&b.size)).copied()
    };
    let pairs: Vec<(usize, usize)> = system.edges.iter().map(|e| (e.from, e.to)).collect();
    // Where the cause is out of reach of the one that is named, nobody could tell.
    let near = |a: &Alarm| {
        let around = scope(system.services.len(), &pairs, story, Some(a.service));
        story.right.is_empty() || story.right.iter().any(|n| around.contains(n))
    };
    let entry = worst(&|a| a.service < system.entries && near(a));
    let own = worst(&|a| story.right.contains(&a.service) && is_watched(system, a.service));
    let middle = worst(&|a| {
        a.service >= system.entries
            && a.felt != Felt::Stuck
            && story
                .right
                .iter()
                .any(|n| waits_for(system, a.service, *n) || pushes(story, *n) && near(a))
            && !story.faults.iter().any(|f| f.service == a.service)
    });
    let first = entry.or(own.filter(|a| {
        dice.chance(if system.services[a.service].role == Role::Worker {
            0.6
        } else {
            0.1
        })
    }))?;
    let (how, chosen) = dice.weighed(&[
        (("entry named", entry), 0.5),
        (("middle named", middle), 0.2),
        (("cause named", own), 0.12),
        (("nothing named", None), 0.18),
    ]);
    let (how, chosen) = match chosen {
        None if how != "nothing named" && entry.is_some() => ("entry named", entry),
        None if how != "nothing named" => ("cause named", own),
        other => (how, other),
    };
    let felt = chosen.unwrap_or(first);
    // The rule holds, somebody wakes up, somebody declares.
    let at = (felt.at.max(first.at) + dice.magnitude(30.0, 600.0)).max(120.0);
    Some(Declared {
        at,
        named: chosen.map(|a| a.service),
        speaks_of: Some(felt.felt).filter(|_| dice.chance(0.75)),
        how,
        alarms,
    })
}

/// Whether calls of one service wait, at any depth, for another.
fn waits_for(system: &System, caller: usize, callee: usize) -> bool {
    let below = system.down[caller].iter().map(|e| &system.edges[*e]);
    let mut waits = below.filter(|e| e.waits && e.to <= callee);
    waits.any(|e| e.to == callee || waits_for(system, e.to, callee))
}

/// Whether a culprit troubles those that it calls, rather than those that call it.
fn pushes(story: &Story, culprit: usize) -> bool {
    let mut faults = story.faults.iter().filter(|f| f.service == culprit);
    faults.any(|f| matches!(f.kind, Kind::Surge | Kind::DeployChatty))
}

fn is_watched(system: &System, service: usize) -> bool {
    system.services[service].role != Role::ThirdParty
}

/// Somebody calls for help, and nothing is wrong.
fn for_nothing(system: &System, dice: &mut Dice) -> Declared {
    let entry = dice.count(0, system.entries - 1);
    Declared {
        at: dice.between(120.0, 900.0),
        named: Some(entry).filter(|_| dice.chance(0.85)),
        speaks_of: dice.pick(&[
            None,
            Some(Felt::Failing),
            Some(Felt::Waiting),
            Some(Felt::Waiting),
        ]),
        how: "nothing felt",
        alarms: Vec::new(),
    }
}
