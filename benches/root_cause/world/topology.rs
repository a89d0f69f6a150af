//! Who calls whom, and how much each can bear: drawn, never the same twice.

use super::dice::Dice;
use super::names::name;

/// What a service is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Serves calls and makes calls.
    Plain,
    /// Only passes on: a load balancer, a gateway, a proxy.
    Gateway,
    Database,
    Cache,
    /// Takes from a queue: nobody waits for it.
    Worker,
    /// Somebody else's: only its callers are measured.
    ThirdParty,
}

/// A service.
#[derive(Clone, Debug)]
pub struct Service {
    pub name: String,
    pub role: Role,
    /// Seconds of its own on each call, and their spread as a share of them.
    pub own: f64,
    pub spread: f64,
    /// Share of its own time on a processor.
    pub computes: f64,
    /// Calls at once, and calls that may wait beyond that.
    pub slots: f64,
    pub queue: f64,
    /// Processors.
    pub cores: f64,
    pub replicas: f64,
    /// Whether replicas are added under load.
    pub scales: bool,
    /// Share of calls that fail by itself on a normal day.
    pub fails: f64,
    /// Calls per second from outside, and how far they swing over the day.
    pub opens: f64,
    pub swing: f64,
    /// How much its own time drifts, and how often an hour it hiccups.
    pub drift: f64,
    pub hiccups: f64,
    /// Share of its memory that it fills.
    pub memory: f64,
}

/// A call that one service makes to another.
#[derive(Clone, Debug)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// Calls for each call that the caller serves: less than one where a cache answers or a branch is seldom taken.
    pub calls: f64,
    /// Seconds there and back.
    pub network: f64,
    pub timeout: f64,
    pub retries: i32,
    pub breaks: bool,
    /// Share of failures that the caller answers without.
    pub bears: f64,
    /// Whether it runs beside the caller's other calls rather than after them.
    pub beside: bool,
    /// Whether the caller waits for it.
    pub waits: bool,
}

/// A system. Callers stand before their callees, so that one pass down gives every load and one pass up every answer.
#[derive(Clone, Debug, Default)]
pub struct System {
    pub services: Vec<Service>,
    pub edges: Vec<Edge>,
    /// Edges by caller, and by callee.
    pub down: Vec<Vec<usize>>,
    pub up: Vec<Vec<usize>>,
    pub entries: usize,
}

impl System {
    /// From services and edges; callers must stand before callees.
    pub fn new(services: Vec<Service>, edges: Vec<Edge>, entries: usize) -> Self {
        let (mut down, mut up) = (
            vec![Vec::new(); services.len()],
            vec![Vec::new(); services.len()],
        );
        for (n, edge) in edges.iter().enumerate() {
            down[edge.from].push(n);
            up[edge.to].push(n);
        }
        Self {
            services,
            edges,
            down,
            up,
            entries,
        }
    }

    /// Callers of a service.
    pub fn callers(&self, of: usize) -> impl Iterator<Item = usize> + '_ {
        self.up[of].iter().map(|e| self.edges[*e].from)
    }
}

#[derive(Clone, Copy)]
enum Shape {
    Tree,
    Layers(usize),
    Hub,
    Mesh,
}

/// A system of 5 to 200 services.
pub fn draw(dice: &mut Dice) -> System {
    let size = dice.magnitude(5.0, 200.0).round() as usize;
    let entries = dice.count(1, (size / 15).max(1));
    let roles = roles(size, entries, dice);
    let pairs = pairs(&roles, entries, dice);
    let edges = edges(&pairs, &roles, dice);
    let names = named(&roles, &pairs, dice);
    let services = roles.iter().zip(names).enumerate();
    let rate = dice.magnitude(0.5, 300.0);
    let services: Vec<Service> = services
        .map(|(n, (role, name))| {
            let opens = if n < entries {
                rate * dice.magnitude(0.2, 1.0)
            } else {
                0.0
            };
            service(name, *role, opens, dice)
        })
        .collect();
    let mut system = System::new(services, edges, entries);
    provide(&mut system, dice);
    system
}

/// Entries first, then what serves, stores and strangers last.
fn roles(size: usize, entries: usize, dice: &mut Dice) -> Vec<Role> {
    let stores = ((size as f64 * dice.between(0.1, 0.3)) as usize).max(1);
    let workers = dice.between(0.0, 0.2);
    (0..size)
        .map(|n| {
            if n < entries {
                dice.weighed(&[(Role::Plain, 0.7), (Role::Gateway, 0.3)])
            } else if n >= size - stores {
                dice.weighed(&[
                    (Role::Database, 0.6),
                    (Role::Cache, 0.2),
                    (Role::ThirdParty, 0.2),
                ])
            } else if dice.chance(workers) {
                Role::Worker
            } else {
                dice.weighed(&[(Role::Plain, 0.93), (Role::Gateway, 0.07)])
            }
        })
        .collect()
}

/// Whether a service is only called.
fn is_leaf(role: Role) -> bool {
    matches!(role, Role::Database | Role::Cache | Role::ThirdParty)
}

/// Who calls whom: every service is called by somebody, a gateway calls somebody.
fn pairs(roles: &[Role], entries: usize, dice: &mut Dice) -> Vec<(usize, usize)> {
    let shape = match dice.count(0, 3) {
        0 => Shape::Tree,
        1 => Shape::Layers(dice.count(3, 6)),
        2 => Shape::Hub,
        _ => Shape::Mesh,
    };
    let inner = roles.iter().filter(|r| !is_leaf(**r)).count();
    let mut pairs = Vec::new();
    for (to, role) in roles.iter().enumerate().skip(entries) {
        let before = to.min(inner);
        for from in callers(before, entries, shape, *role, dice) {
            pairs.push((from, to));
        }
    }
    for from in (0..inner).filter(|n| roles[*n] == Role::Gateway) {
        if from + 1 < roles.len() && !pairs.iter().any(|p| p.0 == from) {
            pairs.push((from, dice.count((from + 1).max(entries), roles.len() - 1)));
        }
    }
    pairs.retain(|(from, to)| from < to);
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Who calls one service, among those before it.
fn callers(before: usize, entries: usize, shape: Shape, role: Role, dice: &mut Dice) -> Vec<usize> {
    let many = if is_leaf(role) {
        dice.weighed(&[(1, 0.55), (2, 0.2), (4, 0.15), (8, 0.1)])
    } else {
        dice.weighed(&[(1, 0.65), (2, 0.25), (3, 0.1)])
    };
    let mut one = |shape: Shape| match shape {
        Shape::Tree => dice.count(before / 4, before - 1),
        Shape::Layers(layers) => {
            let layer = before.div_ceil(layers).max(1);
            let above = (before - 1) / layer * layer;
            if above == 0 || above <= entries {
                dice.count(0, entries.min(before) - 1)
            } else {
                dice.count(above.saturating_sub(layer), above - 1)
            }
        }
        Shape::Hub if dice.chance(0.7) => entries.min(before - 1),
        Shape::Hub | Shape::Mesh => dice.count(0, before - 1),
    };
    let many = match shape {
        Shape::Tree if !is_leaf(role) => 1,
        _ => many,
    };
    (0..many).map(|_| one(shape)).collect()
}

fn edges(pairs: &[(usize, usize)], roles: &[Role], dice: &mut Dice) -> Vec<Edge> {
    let patient = dice.chance(0.15);
    let retrying = dice.between(0.0, 0.6);
    let breaking = dice.between(0.0, 0.3);
    let far = dice.magnitude(0.0002, 0.004);
    let mut edge = |&(from, to): &(usize, usize)| {
        let calls = match roles[from] {
            Role::Gateway => dice.between(0.3, 1.0),
            _ => dice.magnitude(0.1, 2.5),
        };
        let hits = if dice.chance(0.1) {
            dice.between(0.1, 0.6)
        } else {
            1.0
        };
        Edge {
            from,
            to,
            calls: calls * hits,
            network: far * dice.magnitude(0.5, 3.0)
                + if roles[to] == Role::ThirdParty {
                    0.03
                } else {
                    0.0
                },
            timeout: if patient {
                60.0
            } else {
                dice.pick(&[0.5, 1.0, 2.0, 3.0, 5.0, 5.0, 10.0, 30.0])
            },
            retries: if dice.chance(retrying) {
                dice.count(1, 3) as i32
            } else {
                0
            },
            breaks: dice.chance(breaking),
            bears: match roles[to] {
                Role::Cache => dice.pick(&[0.0, 0.9, 1.0]),
                _ => dice.weighed(&[(0.0, 0.75), (0.7, 0.15), (1.0, 0.1)]),
            },
            beside: dice.chance(0.25),
            waits: roles[to] != Role::Worker,
        }
    };
    pairs.iter().map(&mut edge).collect()
}

/// Names: of meaning or of none in one system, twins of a callee now and then.
fn named(roles: &[Role], pairs: &[(usize, usize)], dice: &mut Dice) -> Vec<String> {
    let style = dice.count(0, 4);
    let mut names: Vec<String> = Vec::new();
    for (n, role) in roles.iter().enumerate() {
        let owner = pairs.iter().find(|p| p.1 == n).map(|p| names[p.0].clone());
        let mut wanted = name(style, *role, owner.as_deref(), dice);
        while names.contains(&wanted) {
            wanted = format!("{wanted}-{}", dice.count(2, 99));
        }
        names.push(wanted);
    }
    // A proxy goes by the name of what stands behind it.
    for (n, role) in roles.iter().enumerate() {
        let behind: Vec<usize> = pairs.iter().filter(|p| p.0 == n).map(|p| p.1).collect();
        if *role == Role::Gateway && behind.len() == 1 && dice.chance(0.7) {
            let twin = format!(
                "{}{}",
                names[behind[0]],
                dice.pick(&["_remote", "-lb", "-proxy"])
            );
            if !names.contains(&twin) {
                names[n] = twin;
            }
        }
    }
    names
}

fn service(name: String, role: Role, opens: f64, dice: &mut Dice) -> Service {
    let own = match role {
        Role::Plain => dice.magnitude(0.002, 0.08),
        Role::Gateway => dice.magnitude(0.0004, 0.003),
        Role::Database => dice.magnitude(0.001, 0.02),
        Role::Cache => dice.magnitude(0.0002, 0.001),
        Role::Worker => dice.magnitude(0.02, 2.0),
        Role::ThirdParty => dice.magnitude(0.04, 0.4),
    };
    Service {
        name,
        role,
        own,
        spread: dice.magnitude(0.3, 2.0),
        computes: if role == Role::ThirdParty {
            0.0
        } else {
            dice.between(0.1, 0.9)
        },
        slots: 1.0,
        queue: 0.0,
        cores: 1.0,
        replicas: dice.weighed(&[(1.0, 0.3), (2.0, 0.3), (3.0, 0.3), (6.0, 0.1)]),
        scales: matches!(role, Role::Plain | Role::Gateway) && dice.chance(0.2),
        fails: if dice.chance(0.5) {
            0.0
        } else {
            dice.magnitude(0.0001, 0.01)
        },
        opens,
        swing: dice.between(0.05, 0.6),
        drift: dice.magnitude(0.02, 0.15),
        hiccups: if dice.chance(0.15) {
            dice.magnitude(0.05, 1.0)
        } else {
            0.0
        },
        memory: dice.between(0.3, 0.75),
    }
}

/// Gives every service room for its load, as somebody who knows the load would: from a little too much to just enough.
fn provide(system: &mut System, dice: &mut Dice) {
    let size = system.services.len();
    let (mut rate, mut holds) = (vec![0.0; size], vec![0.0; size]);
    for n in (0..size).rev() {
        let below = system.down[n].iter().map(|e| &system.edges[*e]);
        let waits = below.filter(|e| e.waits);
        let needs: f64 = waits.map(|e| e.calls * (holds[e.to] + e.network)).sum();
        holds[n] = system.services[n].own + needs;
    }
    for n in 0..size {
        rate[n] += system.services[n].opens;
        for e in &system.down[n] {
            rate[system.edges[*e].to] += rate[n] * system.edges[*e].calls;
        }
    }
    for (n, service) in system.services.iter_mut().enumerate() {
        let peak = rate[n].max(0.01) * (1.0 + service.swing) * 1.2;
        let used = dice.magnitude(0.03, 0.6);
        service.slots = (peak * holds[n] / used)
            .max(dice.pick(&[2.0, 4.0, 8.0, 16.0]))
            .ceil();
        // Who waits without holding a thread can hold nearly any number of calls.
        let patient = service.role == Role::Plain && dice.chance(0.5);
        if patient || service.role == Role::Gateway {
            service.slots *= 20.0;
        }
        service.queue = match service.role {
            Role::Worker => f64::INFINITY,
            _ => service.slots * dice.magnitude(1.0, 20.0),
        };
        let works = service.own * service.computes;
        let used = dice.between(0.1, 0.6);
        service.cores = (peak * works / used).max(dice.pick(&[0.1, 0.25, 0.5, 1.0]));
    }
    for edge in &mut system.edges {
        // Nobody sets a timeout that a normal call runs into.
        edge.timeout = edge.timeout.max(12.0 * (holds[edge.to] + edge.network));
    }
}
