//! What a system did, moment by moment: what a perfect witness would have seen.

use super::dice::Dice;
use super::fault::{Fault, Story};
use super::physics::{MOMENT, Machine, Seen, Used};
use super::strain::Strain;
use super::topology::System;

/// Moments in order; times are seconds from the onset.
#[derive(Default)]
pub struct Tape {
    pub times: Vec<f64>,
    /// By service, and by edge.
    pub services: Vec<Vec<Seen>>,
    pub edges: Vec<Vec<Seen>>,
    pub used: Vec<Vec<Used>>,
}

impl Tape {
    fn new(system: &System) -> Self {
        Self {
            times: Vec::new(),
            services: vec![Vec::new(); system.services.len()],
            edges: vec![Vec::new(); system.edges.len()],
            used: vec![Vec::new(); system.services.len()],
        }
    }

    fn keep(&mut self, t: f64, machine: &Machine<'_>, strain: &Strain) {
        self.times.push(t);
        for n in 0..self.services.len() {
            self.services[n].push(machine.service(n, strain));
            self.used[n].push(machine.used(n, t, strain));
        }
        for e in 0..self.edges.len() {
            self.edges[e].push(machine.edge(e, strain));
        }
    }

    /// Moments from one time to another.
    pub fn range(&self, from: f64, to: f64) -> std::ops::Range<usize> {
        self.times.partition_point(|t| *t < from)..self.times.partition_point(|t| *t < to)
    }
}

/// A recording that goes on.
pub struct Recorder<'a> {
    system: &'a System,
    faults: Vec<Fault>,
    machine: Machine<'a>,
    strain: Strain,
    next: f64,
    step: f64,
    pub tape: Tape,
}

impl<'a> Recorder<'a> {
    /// From a time on, a moment every so many seconds.
    pub fn new(
        system: &'a System,
        story: &Story,
        start: f64,
        step: f64,
        phase: f64,
        dice: Dice,
    ) -> Self {
        let mut new = Self {
            system,
            faults: story.faults.iter().chain(&story.beside).cloned().collect(),
            machine: Machine::new(system, phase, dice),
            strain: Strain::none(system.services.len(), system.edges.len()),
            next: start,
            step,
            tape: Tape::new(system),
        };
        // Until what is called is known to those who call.
        for _ in 0..20 {
            new.machine.moment(start, MOMENT, &new.strain);
        }
        new
    }

    /// Goes on until a time.
    pub fn until(&mut self, end: f64) {
        while self.next < end {
            self.strain.services.fill_with(Default::default);
            self.strain.edges.fill_with(Default::default);
            for fault in &self.faults {
                fault.apply(self.next, self.system, &mut self.strain);
            }
            self.machine.moment(self.next, self.step, &self.strain);
            self.tape.keep(self.next, &self.machine, &self.strain);
            self.next += self.step;
        }
    }

    /// Ends what is wrong at a time, as people do.
    pub fn mend(&mut self, at: f64) {
        self.faults
            .iter_mut()
            .for_each(|f| f.until = f.until.min(at));
    }
}
