//! The physics against what must hold of any queue, and against a simulation of single calls.

use super::world::dice::Dice;
use super::world::physics::{MOMENT, Machine};
use super::world::strain::Strain;
use super::world::topology::{Edge, Role, Service, System, draw};
use std::collections::BinaryHeap;

fn service(own: f64, slots: f64, opens: f64) -> Service {
    Service {
        name: "one".into(),
        role: Role::Plain,
        own,
        spread: 1.0,
        computes: 0.0,
        slots,
        queue: 1e9,
        cores: 1e6,
        replicas: 1.0,
        scales: false,
        fails: 0.0,
        opens,
        swing: 0.0,
        drift: 0.0,
        hiccups: 0.0,
        memory: 0.5,
    }
}

fn edge(from: usize, to: usize, waits: bool) -> Edge {
    Edge {
        from,
        to,
        calls: 1.0,
        network: 0.0,
        timeout: 60.0,
        retries: 0,
        breaks: false,
        bears: 0.0,
        beside: false,
        waits,
    }
}

/// So many moments with one service's own time stretched, after as many calm ones; mean latency of each in both.
fn slowed(system: &System, slow: usize, times: f64) -> Vec<(f64, f64)> {
    let mut machine = Machine::new(system, 0.0, Dice::new(7));
    let mut strain = Strain::none(system.services.len(), system.edges.len());
    let mut means = [1.0, times].map(|times| {
        strain.services[slow].rests = times;
        let mut sums = vec![0.0; system.services.len()];
        for n in 0..200 {
            machine.moment(f64::from(n) * MOMENT, MOMENT, &strain);
            for (sum, state) in sums.iter_mut().zip(&machine.services) {
                *sum += state.response / 200.0;
            }
        }
        sums
    });
    let slow = std::mem::take(&mut means[1]);
    means[0].iter().copied().zip(slow).collect()
}

#[test]
fn no_call_is_lost_between_coming_in_and_being_worked_off_turned_away_or_waiting() {
    for seed in 0..40 {
        let mut dice = Dice::new(seed);
        let system = draw(&mut dice);
        let mut strain = Strain::none(system.services.len(), system.edges.len());
        let mut machine = Machine::new(&system, 0.3, dice.fork());
        for n in 0..60 {
            let slow = dice.count(0, system.services.len() - 1);
            strain.services[slow].rests = dice.magnitude(1.0, 30.0);
            let before: Vec<f64> = machine.services.iter().map(|s| s.queue).collect();
            machine.moment(f64::from(n) * MOMENT, MOMENT, &strain);
            for (state, before) in machine.services.iter().zip(before) {
                let came = state.rate * MOMENT + before;
                let went = (state.done + state.refused) * MOMENT + state.queue;
                assert!(
                    (came - went).abs() <= 1e-6 * came.max(1.0),
                    "seed {seed}: {came} came, {went} went or wait"
                );
            }
        }
    }
}

/// Calls one by one: the mean number inside a service with so many slots.
fn inside_one_by_one(rate: f64, own: f64, slots: usize) -> f64 {
    let mut dice = Dice::new(11);
    // Times at which slots are free again, soonest first.
    let mut free: BinaryHeap<std::cmp::Reverse<u64>> =
        (0..slots).map(|_| std::cmp::Reverse(0)).collect();
    let (mut now, mut seconds) = (0.0, 0.0);
    let calls = 400_000;
    for _ in 0..calls {
        now -= dice.between(1e-12, 1.0).ln() / rate;
        let std::cmp::Reverse(soonest) = free.pop().expect("a slot");
        let begins = f64::max(now, soonest as f64 * 1e-9);
        let ends = begins - dice.between(1e-12, 1.0).ln() * own;
        free.push(std::cmp::Reverse((ends * 1e9) as u64));
        seconds += ends - now;
    }
    seconds / now
}

#[test]
fn as_many_calls_are_inside_as_come_a_second_times_how_long_each_stays() {
    for (rate, own, slots) in [
        (50.0, 0.1, 10.0),
        (70.0, 0.1, 10.0),
        (85.0, 0.1, 10.0),
        (1.6, 0.5, 1.0),
        (300.0, 0.01, 4.0),
    ] {
        let system = System::new(vec![service(own, slots, rate)], vec![], 1);
        let mut machine = Machine::new(&system, 0.0, Dice::new(3));
        let strain = Strain::none(1, 0);
        let (mut stay, mut came) = (0.0, 0.0);
        for n in 0..2_000 {
            machine.crowd = 0.0;
            machine.burst = (f64::INFINITY, 1.0);
            machine.moment(f64::from(n) * MOMENT, 0.0, &strain);
            stay += machine.services[0].response / 2_000.0;
            came += machine.services[0].rate / 2_000.0;
        }
        let (by_law, by_count) = (came * stay, inside_one_by_one(rate, own, slots as usize));
        assert!(
            (by_law / by_count - 1.0).abs() < 0.2,
            "{rate}/s, {own} s, {slots} slots: {by_law} by rates, {by_count} counted"
        );
    }
}

#[test]
fn a_slow_callee_slows_who_waits_for_it_and_nobody_else() {
    // front waits for store and leaves jobs behind; beside is called by nobody of these.
    let services = vec![
        service(0.01, 100.0, 20.0),
        service(0.02, 100.0, 0.0),
        service(0.02, 100.0, 0.0),
        service(0.01, 100.0, 5.0),
    ];
    let system = System::new(services, vec![edge(0, 1, true), edge(0, 2, false)], 1);
    let store = slowed(&system, 1, 10.0);
    assert!(
        store[0].1 > store[0].0 + 0.15,
        "front waits for store: {store:?}"
    );
    assert!(
        (store[3].1 / store[3].0 - 1.0).abs() < 0.05,
        "beside does not: {store:?}"
    );
    let jobs = slowed(&system, 2, 10.0);
    assert!(jobs[2].1 > 5.0 * jobs[2].0, "jobs are slow: {jobs:?}");
    assert!(
        (jobs[0].1 / jobs[0].0 - 1.0).abs() < 0.05,
        "front waits for none of them: {jobs:?}"
    );
}

#[test]
fn what_is_over_what_a_service_bears_queues_and_drains_afterwards() {
    let system = System::new(vec![service(0.1, 10.0, 80.0)], vec![], 1);
    let mut machine = Machine::new(&system, 0.0, Dice::new(5));
    let mut strain = Strain::none(1, 0);
    let mut queue = |times: f64, machine: &mut Machine<'_>, moments: usize| {
        strain.services[0].opens = times;
        for n in 0..moments {
            machine.moment(n as f64 * MOMENT, MOMENT, &strain);
        }
        machine.services[0].queue
    };
    assert!(queue(1.0, &mut machine, 10) < 200.0);
    let full = queue(2.0, &mut machine, 6);
    // 160 a second come and 100 can be worked off.
    assert!(
        (2_000.0..6_000.0).contains(&full),
        "{full} wait after a minute"
    );
    assert!(
        queue(0.2, &mut machine, 20) < 1.0,
        "none waits after as much time as they need"
    );
}

#[test]
fn who_gives_up_counts_a_failure_that_the_callee_does_not() {
    let mut call = edge(0, 1, true);
    call.timeout = 0.1;
    call.retries = 1;
    let system = System::new(
        vec![service(0.01, 1e4, 20.0), service(0.01, 1e4, 0.0)],
        vec![call],
        1,
    );
    let mut machine = Machine::new(&system, 0.0, Dice::new(5));
    let mut strain = Strain::none(2, 1);
    strain.services[1].rests = 100.0;
    for n in 0..20 {
        machine.moment(f64::from(n) * MOMENT, MOMENT, &strain);
    }
    let (caller, callee, seen) = (
        machine.service(0, &strain),
        machine.service(1, &strain),
        machine.edge(0, &strain),
    );
    assert!(
        caller.errors > 0.9 && callee.errors < 0.01,
        "{caller:?} {callee:?}"
    );
    assert!(
        seen.latency < 0.11 && callee.latency > 0.9,
        "{seen:?} {callee:?}"
    );
    assert!(
        callee.rate > 1.8 * caller.rate,
        "each is tried twice: {caller:?} {callee:?}"
    );
}
