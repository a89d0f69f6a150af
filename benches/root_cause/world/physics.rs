//! What a system does in a moment: calls come in at the top, flow down, wait, are answered or given up, and the answers
//! flow up. Not single calls but their rates, means and spreads.

use super::dice::Dice;
use super::strain::{Away, Strain};
use super::topology::{Role, Service, System};

/// Seconds that a moment lasts.
pub const MOMENT: f64 = 10.0;
/// How much of a normal answer's time a failing one takes, where the service itself fails.
const FAILS_EARLY: f64 = 0.3;
/// Seconds an open breaker stays open, and the share of calls it still lets through.
const OPEN: f64 = 30.0;
const PROBES: f64 = 0.05;
/// Seconds over which a service's own time drifts.
const DRIFTS: f64 = 240.0;

/// What one end of a call sees of it, or what a service sees of all its calls.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    /// Calls a second; no number where the process that counts them is not there.
    pub rate: f32,
    /// Share that fails.
    pub errors: f32,
    /// Seconds on average, and their spread as a share of them.
    pub latency: f32,
    pub spread: f32,
}

/// What a service uses of what runs out.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// Processors, and how many there are.
    pub cores: f32,
    pub cores_limit: f32,
    /// Calls in work, and how many can be.
    pub slots: f32,
    pub slots_limit: f32,
    /// Share of memory, and of the disk.
    pub memory: f32,
    pub disk: f32,
    /// Calls that wait.
    pub waiting: f32,
    pub restarts: f32,
}

/// How a service stands at a moment.
#[derive(Clone, Debug, Default)]
pub struct ServiceState {
    drift: f64,
    hiccup: (f64, f64),
    pub queue: f64,
    wait: f64,
    holds: f64,
    /// Calls worked off per second, and turned away.
    pub done: f64,
    pub refused: f64,
    pub rate: f64,
    replicas: f64,
    memory: f64,
    restarts: f64,
    restarting_until: f64,
    /// Share of its replicas that are there.
    here: f64,
    busy: f64,
    fails: f64,
    pub response: f64,
    spread: f64,
}

#[derive(Clone, Debug, Default)]
struct EdgeState {
    rate: f64,
    /// Share of single attempts that fail, and of calls after all attempts.
    fails: f64,
    lost: f64,
    /// Seconds an attempt takes as the caller sees it, and its spread.
    takes: f64,
    spread: f64,
    open_until: f64,
}

/// A system at work.
pub struct Machine<'a> {
    system: &'a System,
    dice: Dice,
    pub services: Vec<ServiceState>,
    edges: Vec<EdgeState>,
    inflow: Vec<f64>,
    /// How many more come than usual, as a share; until when a burst lasts and how many times as many come in it.
    pub crowd: f64,
    pub burst: (f64, f64),
    phase: f64,
}

impl<'a> Machine<'a> {
    /// At rest.
    pub fn new(system: &'a System, phase: f64, dice: Dice) -> Self {
        let services = system.services.iter().map(|s| ServiceState {
            replicas: s.replicas,
            memory: s.memory,
            holds: s.own,
            hiccup: (f64::NEG_INFINITY, 1.0),
            here: 1.0,
            restarting_until: f64::NEG_INFINITY,
            ..ServiceState::default()
        });
        Self {
            system,
            dice,
            services: services.collect(),
            edges: vec![
                EdgeState {
                    open_until: f64::NEG_INFINITY,
                    ..EdgeState::default()
                };
                system.edges.len()
            ],
            inflow: vec![0.0; system.services.len()],
            crowd: 0.0,
            burst: (f64::NEG_INFINITY, 1.0),
            phase,
        }
    }

    /// One moment, `since` seconds after the one before.
    pub fn moment(&mut self, t: f64, since: f64, strain: &Strain) {
        self.stir(t, since);
        self.inflow.fill(0.0);
        for n in 0..self.services.len() {
            self.take_in(n, t, strain);
        }
        for n in (0..self.services.len()).rev() {
            for &e in &self.system.down[n] {
                self.call(e, t, strain);
            }
            self.answer(n, t, strain);
        }
    }

    /// What drifts by itself: how many come, how fast each works, how much memory is filled.
    fn stir(&mut self, t: f64, since: f64) {
        let keeps = (-since / DRIFTS).exp();
        let fresh = (1.0 - keeps * keeps).sqrt();
        let dice = &mut self.dice;
        self.crowd = self.crowd * keeps + 0.05 * fresh * dice.bell();
        if t > self.burst.0 && dice.chance(since / 5_400.0) {
            self.burst = (t + dice.between(60.0, 240.0), dice.between(1.1, 1.6));
        }
        for (state, service) in self.services.iter_mut().zip(&self.system.services) {
            state.drift = state.drift * keeps + service.drift * fresh * dice.bell();
            if service.hiccups > 0.0 && dice.chance(service.hiccups * since / 3_600.0) {
                state.hiccup = (t + dice.between(20.0, 120.0), dice.between(1.5, 4.0));
            }
            let calm = service.memory + 0.02 * dice.bell();
            state.memory += (calm - state.memory).max(0.0) * 0.5 + 0.002 * dice.bell();
        }
    }

    /// Calls from outside per second.
    fn opens(&self, n: usize, t: f64, strain: &Strain) -> f64 {
        let service = &self.system.services[n];
        let day = (std::f64::consts::TAU * (t / 86_400.0 + self.phase)).sin();
        let burst = if t < self.burst.0 { self.burst.1 } else { 1.0 };
        service.opens
            * (1.0 + service.swing * day)
            * (1.0 + self.crowd).max(0.1)
            * burst
            * strain.services[n].opens
    }

    /// The calls that reach a service, how many of them it works off, and what it asks of others for these.
    fn take_in(&mut self, n: usize, t: f64, strain: &Strain) {
        let offered = self.inflow[n] + self.opens(n, t, strain);
        let service = &self.system.services[n];
        let load = &strain.services[n];
        let state = &mut self.services[n];
        state.rate = offered;
        if load.away.is_some() {
            (state.done, state.refused, state.queue, state.busy) = (0.0, 0.0, 0.0, 0.0);
            return self.ask(n, 0.0, t, strain);
        }
        state.here = match () {
            () if t >= state.restarting_until => 1.0,
            // What ends after each start ends in every replica.
            () if load.restarts > 0.0 => 0.0,
            () => 1.0 - 1.0 / state.replicas.max(1.0),
        };
        let here = state.here;
        let scale = state.replicas / service.replicas;
        let slots = (service.slots * load.slots * scale * here).max(0.0);
        let cores = (service.cores * load.cores * scale * here).max(1e-6);
        let works = service.own * service.computes * load.works;
        let able = (slots / state.holds.max(1e-6)).min(cores / works.max(1e-9));
        let wanted = offered + state.queue / MOMENT;
        state.done = wanted.min(able);
        let left = (wanted - state.done) * MOMENT;
        let room = if slots <= 0.0 { 0.0 } else { service.queue };
        state.refused = (left - room).max(0.0) / MOMENT;
        state.queue = left.min(room);
        state.wait = waiting(state, slots, able);
        state.busy = (state.done * works / cores).min(1.0);
        let passed = state.done * (1.0 - (service.fails + load.fails).min(1.0));
        self.ask(n, passed, t, strain);
    }

    /// The calls that a service makes for those that it works off: what fails first is not followed by the rest.
    fn ask(&mut self, n: usize, passed: f64, t: f64, strain: &Strain) {
        let mut still = passed;
        for &e in &self.system.down[n] {
            let (edge, state) = (&self.system.edges[e], &mut self.edges[e]);
            let attempts = attempts(state.fails, edge.retries);
            let through = if t < state.open_until { PROBES } else { 1.0 };
            let calls = edge.calls * strain.edges[e].calls;
            state.rate = still * calls * attempts * through;
            self.inflow[edge.to] += state.rate;
            if edge.waits && !edge.beside {
                still *= 1.0 - suffers(calls, state.lost) * (1.0 - edge.bears);
            }
        }
    }

    /// A call as its caller sees it.
    fn call(&mut self, e: usize, t: f64, strain: &Strain) {
        let (edge, load) = (&self.system.edges[e], &strain.edges[e]);
        let callee = &self.services[edge.to];
        let network = edge.network + load.delay;
        let state = &mut self.edges[e];
        if !edge.waits {
            (state.fails, state.lost, state.takes, state.spread) = (0.0, 0.0, 0.002, 1.0);
            return;
        }
        let (fails, takes, spread) = match strain.services[edge.to].away {
            Some(Away::Refuses | Away::Gone) => (1.0, network, 0.5),
            Some(Away::Silent) => (1.0, edge.timeout, 0.05),
            None => {
                // A lost packet is sent again after a while, and again.
                let resent = load.loss / (1.0 - load.loss).max(0.05) * 0.6;
                let mean = callee.response + network + resent;
                let variance = (callee.response * callee.spread).powi(2)
                    + (network * 0.3).powi(2)
                    + resent * 0.4;
                let spread = variance.sqrt() / mean;
                let (late, takes) = cut(mean, spread, edge.timeout);
                let lost = load.loss.powi(4) + load.refused;
                let fails = 1.0 - (1.0 - late) * (1.0 - callee.fails) * (1.0 - lost);
                (fails, takes, spread)
            }
        };
        if edge.breaks && fails > 0.5 && state.rate > 0.1 && t >= state.open_until {
            state.open_until = t + OPEN;
        }
        let blocked = if t < state.open_until {
            1.0 - PROBES
        } else {
            0.0
        };
        state.fails = fails;
        state.lost = blocked + (1.0 - blocked) * fails.powi(edge.retries + 1);
        (state.takes, state.spread) = (takes, spread);
    }

    /// What a service adds up to: its own time, those it waits for, and what of them fails it.
    fn answer(&mut self, n: usize, t: f64, strain: &Strain) {
        let (service, load) = (&self.system.services[n], &strain.services[n]);
        let each = self.own(n, t, strain);
        let own = each * (1.0 - load.odd + load.odd * load.odd_times);
        let fails = (service.fails + load.fails).min(1.0);
        let (mut still, mut waits, mut longest, mut variance) =
            (1.0, 0.0, 0.0f64, (service.spread * own).powi(2));
        variance += load.odd * (1.0 - load.odd) * (each * (load.odd_times - 1.0)).powi(2);
        for &e in self.system.down[n]
            .iter()
            .filter(|e| self.system.edges[**e].waits)
        {
            let (edge, state) = (&self.system.edges[e], &self.edges[e]);
            let through = if t < state.open_until { PROBES } else { 1.0 };
            let calls = edge.calls * strain.edges[e].calls;
            let takes = still * calls * attempts(state.fails, edge.retries) * state.takes * through;
            if edge.beside {
                longest = longest.max(takes);
            } else {
                waits += takes;
            }
            variance += calls * (state.takes * state.spread).powi(2) * through;
            still *= 1.0 - suffers(calls, state.lost) * (1.0 - edge.bears);
        }
        let waits = waits.max(longest);
        let state = &mut self.services[n];
        state.holds = own * (1.0 - fails * (1.0 - FAILS_EARLY)) + (1.0 - fails) * waits;
        state.response = state.wait + state.holds;
        state.spread = (variance + 0.25 * state.wait.powi(2)).sqrt() / state.response.max(1e-9);
        let failing = 1.0 - (1.0 - fails) * still;
        let all = (state.done + state.refused).max(1e-12);
        state.fails = ((state.refused + state.done * failing) / all).min(1.0);
        // What is turned away is turned away at once.
        state.response *= (state.done / all).max(0.01);
        self.age(n, t, strain);
    }

    /// Seconds of a service's own on a call.
    fn own(&self, n: usize, t: f64, strain: &Strain) -> f64 {
        let (service, state, load) = (
            &self.system.services[n],
            &self.services[n],
            &strain.services[n],
        );
        let hiccup = if t < state.hiccup.0 {
            state.hiccup.1
        } else {
            1.0
        };
        let computes = service.own * service.computes * load.works;
        let rests = service.own * (1.0 - service.computes) * load.rests;
        // Who shares a processor that is nearly full waits for it.
        let crowded = 1.0 + state.busy.powi(6) / (1.0 - state.busy.min(0.9));
        let stolen = 1.0 / load.cores.clamp(0.1, 1.0).sqrt();
        let collects = 1.0 + 4.0 * ((state.memory - 0.85) / 0.15).clamp(0.0, 1.0).powi(2);
        (computes * crowded * stolen + rests) * state.drift.exp() * hiccup * collects
    }

    /// Memory that leaks, restarts, replicas that are added.
    fn age(&mut self, n: usize, t: f64, strain: &Strain) {
        let (service, load) = (&self.system.services[n], &strain.services[n]);
        let state = &mut self.services[n];
        state.memory += load.leaks * MOMENT;
        if state.memory >= 1.0 || (load.restarts > 0.0 && self.dice.chance(load.restarts * MOMENT))
        {
            state.memory = service.memory;
            state.restarts += 1.0;
            state.restarting_until = t + self.dice.between(15.0, 60.0);
        }
        if service.scales {
            let wanted =
                (service.replicas * (state.busy / 0.6).max(1.0)).min(service.replicas * 3.0);
            state.replicas += (wanted - state.replicas) * (MOMENT / 200.0);
        }
    }

    /// What a service counts of its own calls.
    pub fn service(&self, n: usize, strain: &Strain) -> Seen {
        let state = &self.services[n];
        let rate = match strain.services[n].away {
            Some(Away::Silent | Away::Gone) => f32::NAN,
            Some(Away::Refuses) => 0.0,
            None if state.here <= 0.0 => f32::NAN,
            None => (state.done + state.refused) as f32,
        };
        Seen {
            rate,
            errors: state.fails as f32,
            latency: state.response as f32,
            spread: state.spread as f32,
        }
    }

    /// What a caller counts of a call.
    pub fn edge(&self, e: usize, strain: &Strain) -> Seen {
        let state = &self.edges[e];
        let caller = self.service(self.system.edges[e].from, strain).rate;
        Seen {
            rate: if caller.is_finite() {
                state.rate as f32
            } else {
                f32::NAN
            },
            errors: state.fails as f32,
            latency: state.takes as f32,
            spread: state.spread as f32,
        }
    }

    /// What a service uses.
    pub fn used(&self, n: usize, t: f64, strain: &Strain) -> Used {
        let (service, state, load): (&Service, _, _) = (
            &self.system.services[n],
            &self.services[n],
            &strain.services[n],
        );
        let scale = state.replicas / service.replicas;
        let cores = service.cores * scale;
        let burnt = (state.busy * cores * load.cores + load.burns * cores).min(cores) as f32;
        let slots = service.slots * scale;
        let leaked = slots * (1.0 - load.slots).max(0.0);
        Used {
            cores: burnt,
            cores_limit: (cores * load.cores.min(1.0)) as f32,
            slots: (leaked + state.done * state.holds).min(slots) as f32,
            slots_limit: slots as f32,
            memory: state.memory.min(1.0) as f32,
            disk: (0.3 + 0.4 * service.swing + load.disk + t * 1e-7).min(1.0) as f32,
            waiting: if service.role == Role::Worker || state.queue > 0.0 {
                state.queue as f32
            } else {
                0.0
            },
            restarts: state.restarts as f32,
        }
    }
}

/// Seconds that a call waits for its turn: behind those that queue already, and by chance where it is busy.
fn waiting(state: &ServiceState, slots: f64, able: f64) -> f64 {
    let used = (state.done / able.max(1e-9)).min(0.97);
    let by_chance = used.powf((2.0 * (slots + 1.0)).sqrt() - 1.0) / (slots.max(1.0) * (1.0 - used));
    state.queue / able.max(1e-3) + by_chance * state.holds
}

/// How often a call is tried.
fn attempts(fails: f64, retries: i32) -> f64 {
    (0..=retries).map(|n| fails.powi(n)).sum()
}

/// Share of a caller's calls that suffer where each makes so many and so many of these fail.
fn suffers(calls: f64, fails: f64) -> f64 {
    if calls <= 1.0 {
        calls * fails
    } else {
        1.0 - (1.0 - fails).powf(calls)
    }
}

/// Share of calls that take longer than a timeout, and what all take on average where these are cut off.
fn cut(mean: f64, spread: f64, timeout: f64) -> (f64, f64) {
    if timeout > mean * (1.0 + 8.0 * spread) {
        return (0.0, mean);
    }
    let width = (1.0 + spread * spread).ln().max(1e-6);
    let deep = width.sqrt();
    let middle = mean.ln() - width / 2.0;
    let z = (timeout.ln() - middle) / deep;
    let late = 1.0 - below(z);
    (late, mean * below(z - deep) + timeout * late)
}

/// Share of a normal distribution below `z` (Abramowitz and Stegun, 26.2.17).
fn below(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782
                + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let above = (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * poly;
    if z >= 0.0 { 1.0 - above } else { above }
}
