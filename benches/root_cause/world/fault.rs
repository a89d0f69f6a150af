//! What goes wrong: a kind, a place, a time, a size; and the story of an incident that is made of them.

use super::dice::Dice;
use super::strain::{Away, Strain};
use super::topology::{Role, System};
use hotseat::domain::ChangeClass;

/// Kinds of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    SlowCode,
    CpuLimit,
    Neighbour,
    BadReplica,
    CrashLoop,
    MemoryLeak,
    Pool,
    DeployErrors,
    DeploySlow,
    DeployChatty,
    ConfigFlip,
    EdgeDelay,
    EdgeLoss,
    HostDelay,
    HostLoss,
    Down,
    Certificate,
    DiskFull,
    DiskSlow,
    Poisoned,
    HotKey,
    Surge,
    ClockSkew,
}

/// Every kind with its name.
pub const KINDS: &[(Kind, &str)] = &[
    (Kind::SlowCode, "slow-code"),
    (Kind::CpuLimit, "cpu-limit"),
    (Kind::Neighbour, "neighbour"),
    (Kind::BadReplica, "bad-replica"),
    (Kind::CrashLoop, "crash-loop"),
    (Kind::MemoryLeak, "memory-leak"),
    (Kind::Pool, "pool"),
    (Kind::DeployErrors, "deploy-errors"),
    (Kind::DeploySlow, "deploy-slow"),
    (Kind::DeployChatty, "deploy-chatty"),
    (Kind::ConfigFlip, "config-flip"),
    (Kind::EdgeDelay, "edge-delay"),
    (Kind::EdgeLoss, "edge-loss"),
    (Kind::HostDelay, "host-delay"),
    (Kind::HostLoss, "host-loss"),
    (Kind::Down, "down"),
    (Kind::Certificate, "certificate"),
    (Kind::DiskFull, "disk-full"),
    (Kind::DiskSlow, "disk-slow"),
    (Kind::Poisoned, "poisoned"),
    (Kind::HotKey, "hot-key"),
    (Kind::Surge, "surge"),
    (Kind::ClockSkew, "clock-skew"),
];

/// Stories that are more, or less, than one fault, with how often each is told for each time that a kind is.
const STORIES: &[(&str, f64)] = &[
    ("heals", 2.0),
    ("two", 2.0),
    ("none", 2.0),
    ("recovered", 2.0),
    ("unseen", 2.0),
];

/// One fault. Times are seconds from the onset of the incident's trouble.
#[derive(Clone, Debug)]
pub struct Fault {
    pub kind: Kind,
    pub service: usize,
    pub edge: Option<usize>,
    pub from: f64,
    pub until: f64,
    /// Seconds until it is there in full.
    pub ramp: f64,
    /// How bad, in the kind's own unit.
    pub size: f64,
    /// Which of its ways it takes.
    pub way: usize,
}

impl Fault {
    /// A fault of a kind, at a place where it can be.
    pub fn draw(kind: Kind, system: &System, dice: &mut Dice) -> Option<Self> {
        let (service, edge) = place(kind, system, dice)?;
        Some(Self {
            kind,
            service,
            edge,
            from: 0.0,
            until: f64::INFINITY,
            ramp: if dice.chance(0.25) {
                dice.between(30.0, 300.0)
            } else {
                0.0
            },
            size: size(kind, dice),
            way: dice.count(0, 2),
        })
    }

    /// How much of it is there at a time, 0 to 1.
    fn share(&self, t: f64) -> f64 {
        if t < self.from || t >= self.until {
            0.0
        } else if self.ramp > 0.0 {
            ((t - self.from) / self.ramp).min(1.0)
        } else {
            1.0
        }
    }

    /// Lays it on the system as it is at a time.
    pub fn apply(&self, t: f64, system: &System, strain: &mut Strain) {
        let share = self.share(t);
        if share <= 0.0 {
            return;
        }
        let times = self.size.powf(share);
        let on = &mut strain.services[self.service];
        let computes = system.services[self.service].computes;
        match self.kind {
            Kind::SlowCode | Kind::DeploySlow => {
                on.works *= times;
                on.rests *= times;
            }
            Kind::CpuLimit => on.cores *= times,
            Kind::Neighbour => on.rests *= (times - computes) / (1.0 - computes),
            Kind::BadReplica => {
                on.odd = share / system.services[self.service].replicas.max(2.0);
                on.odd_times = self.size;
            }
            Kind::CrashLoop => on.restarts += share / self.size,
            Kind::MemoryLeak => on.leaks += self.size,
            Kind::Pool => on.slots *= times,
            Kind::DeployErrors | Kind::ClockSkew => on.fails += self.size * share,
            Kind::ConfigFlip if self.way == 0 => on.fails += share / self.size,
            Kind::ConfigFlip if self.way == 1 => on.slots /= times * times,
            Kind::ConfigFlip | Kind::DiskSlow => on.rests *= times,
            Kind::Down if self.way == 0 => on.away = Some(Away::Silent),
            Kind::Down => on.away = Some(Away::Gone),
            Kind::Certificate => on.away = Some(Away::Refuses),
            Kind::DiskFull => {
                on.disk += 0.7;
                on.fails += self.size * share;
            }
            Kind::Poisoned => {
                on.slots *= times;
                on.fails += 0.5 * share;
                on.burns += 0.4;
            }
            Kind::HotKey => {
                on.slots *= times;
                on.cores *= times;
            }
            Kind::Surge => on.opens *= times,
            Kind::DeployChatty
            | Kind::EdgeDelay
            | Kind::EdgeLoss
            | Kind::HostDelay
            | Kind::HostLoss => {
                self.on_edges(share, system, strain);
            }
        }
    }

    /// The same on calls: on one, or on all that a host makes and takes.
    fn on_edges(&self, share: f64, system: &System, strain: &mut Strain) {
        let all = self.edge.iter().copied();
        let around = system.up[self.service]
            .iter()
            .chain(&system.down[self.service])
            .copied();
        let is_host = matches!(self.kind, Kind::HostDelay | Kind::HostLoss);
        let edges: Vec<usize> = if is_host {
            around.collect()
        } else {
            all.collect()
        };
        for edge in edges {
            let on = &mut strain.edges[edge];
            match self.kind {
                Kind::DeployChatty => on.calls *= self.size.powf(share),
                Kind::EdgeDelay | Kind::HostDelay => on.delay += self.size * share,
                _ => on.loss = (on.loss + self.size * share).min(0.9),
            }
        }
    }

    /// Whether somebody changed something for it.
    pub fn is_change(&self) -> bool {
        matches!(
            self.kind,
            Kind::DeployErrors
                | Kind::DeploySlow
                | Kind::DeployChatty
                | Kind::ConfigFlip
                | Kind::CrashLoop
        )
    }
}

fn size(kind: Kind, dice: &mut Dice) -> f64 {
    match kind {
        Kind::SlowCode | Kind::DeploySlow => dice.magnitude(2.0, 25.0),
        Kind::Neighbour => dice.magnitude(2.0, 10.0),
        Kind::BadReplica => dice.magnitude(5.0, 60.0),
        Kind::CrashLoop => dice.magnitude(20.0, 200.0),
        Kind::CpuLimit => dice.magnitude(0.04, 0.5),
        Kind::MemoryLeak => dice.magnitude(0.0004, 0.004),
        Kind::Pool | Kind::HotKey => dice.magnitude(0.01, 0.3),
        Kind::DeployErrors | Kind::ClockSkew => dice.magnitude(0.05, 1.0),
        Kind::DiskFull => dice.between(0.2, 0.9),
        Kind::DeployChatty => dice.magnitude(4.0, 60.0),
        Kind::ConfigFlip => dice.magnitude(1.5, 15.0),
        Kind::EdgeDelay | Kind::HostDelay => dice.magnitude(0.03, 3.0),
        Kind::EdgeLoss | Kind::HostLoss => dice.magnitude(0.05, 0.7),
        Kind::DiskSlow => dice.magnitude(4.0, 60.0),
        Kind::Poisoned => dice.magnitude(0.02, 0.3),
        Kind::Surge => dice.magnitude(1.8, 8.0),
        Kind::Down | Kind::Certificate => 1.0,
    }
}

/// Where a kind of fault can be: the service at fault, of a call the callee, and the call.
fn place(kind: Kind, system: &System, dice: &mut Dice) -> Option<(usize, Option<usize>)> {
    let roles: Vec<Role> = system.services.iter().map(|s| s.role).collect();
    if matches!(kind, Kind::EdgeDelay | Kind::EdgeLoss) {
        let waits: Vec<usize> = (0..system.edges.len())
            .filter(|e| system.edges[*e].waits)
            .collect();
        let edge = (!waits.is_empty()).then(|| dice.pick(&waits))?;
        return Some((system.edges[edge].to, Some(edge)));
    }
    if kind == Kind::DeployChatty {
        let chatty =
            |e: &usize| system.edges[*e].waits && roles[system.edges[*e].from] == Role::Plain;
        let edges: Vec<usize> = (0..system.edges.len()).filter(chatty).collect();
        let edge = (!edges.is_empty()).then(|| dice.pick(&edges))?;
        return Some((system.edges[edge].from, Some(edge)));
    }
    let fits = |n: &usize| match kind {
        Kind::Surge => *n < system.entries,
        Kind::Poisoned => roles[*n] == Role::Worker,
        Kind::HotKey | Kind::DiskFull | Kind::DiskSlow => {
            matches!(roles[*n], Role::Database) || kind == Kind::HotKey && roles[*n] == Role::Cache
        }
        Kind::MemoryLeak => matches!(roles[*n], Role::Plain | Role::Worker | Role::Cache),
        Kind::DeployErrors | Kind::DeploySlow | Kind::Pool | Kind::CrashLoop => {
            matches!(roles[*n], Role::Plain | Role::Worker)
        }
        Kind::CpuLimit | Kind::Neighbour => !matches!(roles[*n], Role::ThirdParty | Role::Gateway),
        Kind::SlowCode | Kind::Down | Kind::Certificate => roles[*n] != Role::Gateway,
        _ => !matches!(roles[*n], Role::Gateway | Role::ThirdParty),
    };
    let fit: Vec<usize> = (0..roles.len()).filter(fits).collect();
    (!fit.is_empty()).then(|| (dice.pick(&fit), None))
}

/// What happens in a world.
#[derive(Clone, Debug)]
pub struct Story {
    pub name: &'static str,
    /// The fault, or the first of two; the trouble of the incident begins with it.
    pub faults: Vec<Fault>,
    /// Services that are right to name; none where nothing may be named.
    pub right: Vec<usize>,
    /// The one that nobody measures and no catalog knows.
    pub unseen: Option<usize>,
    /// Small things that go on elsewhere and that nobody feels, and trouble of days before.
    pub beside: Vec<Fault>,
    /// What people changed meanwhile that did no harm: when, whose, what.
    pub changes: Vec<(f64, usize, ChangeClass)>,
}

/// A story's name: the one wanted, or any; nothing where there is none of that name.
pub fn any(wanted: Option<&str>, dice: &mut Dice) -> Option<&'static str> {
    let kinds = KINDS.iter().map(|k| (k.1, 1.0));
    let all: Vec<(&'static str, f64)> = kinds.chain(STORIES.iter().copied()).collect();
    match wanted {
        Some(wanted) => all.iter().map(|a| a.0).find(|name| *name == wanted),
        None => Some(dice.weighed(&all)),
    }
}

/// A story by its name; nothing where it cannot be told of the system.
pub fn story(name: &'static str, system: &System, dice: &mut Dice) -> Option<Story> {
    let mut story = Story {
        name,
        faults: Vec::new(),
        right: Vec::new(),
        unseen: None,
        beside: Vec::new(),
        changes: Vec::new(),
    };
    let kind = KINDS.iter().find(|k| k.1 == name).map(|k| k.0);
    let mut fault = Fault::draw(kind.unwrap_or_else(|| dice.pick(KINDS).0), system, dice)?;
    match name {
        "none" => {}
        "heals" => {
            fault.ramp = fault.ramp.min(60.0);
            fault.until = dice.between(200.0, 600.0);
            story.faults.push(fault);
        }
        "recovered" => {
            fault.from = -dice.between(4_800.0, 6_600.0);
            fault.until = fault.from + dice.between(600.0, 1_500.0);
            story.beside.push(fault);
        }
        "two" => {
            let mut second = Fault::draw(dice.pick(KINDS).0, system, dice)?;
            second.from = dice.between(0.0, 180.0);
            story.faults.extend([fault, second]);
        }
        "unseen" => {
            if fault.service < system.entries || system.up[fault.service].is_empty() {
                return None;
            }
            story.unseen = Some(fault.service);
            story.faults.push(fault);
        }
        "neighbour" => story.faults.extend(crowded(fault, system, dice)),
        _ => story.faults.push(fault),
    }
    if story.unseen.is_none() {
        story.right = story.faults.iter().map(|f| f.service).collect();
    }
    elsewhere(&mut story, system, dice);
    changed(&mut story, system, dice);
    Some(story)
}

/// Who shares the machine of a squeezed service is squeezed as well.
fn crowded(fault: Fault, system: &System, dice: &mut Dice) -> Vec<Fault> {
    let more = dice.weighed(&[(0, 0.7), (1, 0.2), (2, 0.1)]);
    let others: Vec<Fault> = (0..more)
        .filter_map(|_| Fault::draw(Kind::Neighbour, system, dice))
        .map(|other| Fault {
            service: other.service,
            ..fault.clone()
        })
        .filter(|other| other.service != fault.service)
        .collect();
    [fault].into_iter().chain(others).collect()
}

/// What goes on beside: trouble of a day before, and something small that nobody waits for.
fn elsewhere(story: &mut Story, system: &System, dice: &mut Dice) {
    if dice.chance(0.2)
        && let Some(mut before) = Fault::draw(dice.pick(KINDS).0, system, dice)
    {
        before.from = -dice.between(3.0 * 3_600.0, 40.0 * 3_600.0);
        before.until = before.from + dice.between(600.0, 3_600.0);
        story.beside.push(before);
    }
    let idle: Vec<usize> = (0..system.services.len())
        .filter(|n| system.services[*n].role == Role::Worker && !story.right.contains(n))
        .collect();
    if dice.chance(0.25) && !idle.is_empty() {
        story.beside.push(Fault {
            kind: dice.pick(&[Kind::SlowCode, Kind::Neighbour]),
            service: dice.pick(&idle),
            edge: None,
            from: dice.between(-1_200.0, 900.0),
            until: f64::INFINITY,
            ramp: dice.between(0.0, 300.0),
            size: dice.magnitude(1.2, 3.0),
            way: 0,
        });
    }
}

/// What people change all day: some of it is felt for a minute, while what is new warms up.
fn changed(story: &mut Story, system: &System, dice: &mut Dice) {
    let rate = dice.pick(&[0.3, 1.0, 3.0]);
    for _ in 0..dice.happen(rate) as usize {
        let class = dice.weighed(&[
            (ChangeClass::Deploy, 0.6),
            (ChangeClass::Config, 0.2),
            (ChangeClass::FeatureFlag, 0.2),
        ]);
        let (at, service) = (
            dice.between(-14_400.0, 3_600.0),
            dice.count(0, system.services.len() - 1),
        );
        if system.services[service].role == Role::ThirdParty {
            continue;
        }
        story.changes.push((at, service, class));
        if class == ChangeClass::Deploy && dice.chance(0.4) {
            story.beside.push(Fault {
                kind: Kind::SlowCode,
                service,
                edge: None,
                from: at,
                until: at + dice.between(30.0, 90.0),
                ramp: 0.0,
                size: dice.magnitude(1.2, 3.0),
                way: 0,
            });
        }
    }
}
