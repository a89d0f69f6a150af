//! From what a system did to the series that somebody has of it: counts of whole calls in a window, so that few calls give
//! rough figures.

use super::dice::Dice;
use super::glass::{Ends, History, Pane};
use super::incident::total;
use super::physics::{Seen, Used};
use super::tape::Tape;
use super::topology::{Role, System};
use hotseat::domain::{Series, Signal};

/// Both recordings of a system, and the times that are asked about, in seconds from the onset.
pub struct Recorded<'a> {
    pub system: &'a System,
    pub coarse: &'a Tape,
    pub fine: &'a Tape,
    /// Unix seconds of the onset.
    pub epoch: i64,
    pub recent_from: f64,
    pub to: f64,
    pub pane: &'a Pane,
}

/// A point: seconds from the onset, and the moments it sums up, as a range of one of the tapes.
#[derive(Clone)]
struct Slot {
    at: f64,
    moments: std::ops::Range<usize>,
    coarse: bool,
    window: f64,
}

/// The grid that all series share.
pub struct Grid {
    normal: Vec<Slot>,
    recent: Vec<Slot>,
}

type Points = Vec<(i64, f64)>;

impl Recorded<'_> {
    /// Where points lie.
    pub fn grid(&self) -> Grid {
        let earliest = match self.pane.history {
            History::Full => f64::NEG_INFINITY,
            History::Hours(hours) => self.recent_from - 3_600.0 * hours,
            History::Minutes(minutes) => -60.0 * minutes,
        };
        let mut normal: Vec<Slot> = (0..self.coarse.times.len())
            .map(|n| Slot {
                at: self.coarse.times[n],
                moments: n..n + 1,
                coarse: true,
                window: 300.0,
            })
            .collect();
        let last = normal.last().map_or(self.recent_from, |s| s.at);
        normal.extend(self.fine_slots(last + 300.0, self.recent_from, 300, 300.0));
        normal.retain(|s| s.at >= earliest);
        let mut recent =
            self.fine_slots(self.recent_from, self.to, self.pane.step, self.pane.window);
        recent.retain(|s| s.at >= earliest);
        Grid { normal, recent }
    }

    fn fine_slots(&self, from: f64, to: f64, step: i64, window: f64) -> Vec<Slot> {
        let first = (self.epoch + from as i64).div_euclid(step) * step + step;
        let last = self.epoch + to as i64;
        let slot = |at: i64| {
            let at = (at - self.epoch) as f64;
            // Where the last value is repeated, it is the one of the last whole window.
            let end = if self.pane.repeats && window >= 300.0 {
                (at / 300.0).floor() * 300.0
            } else {
                at
            };
            Slot {
                at,
                moments: self.fine.range(end - window, end),
                coarse: false,
                window,
            }
        };
        (first..=last).step_by(step as usize).map(slot).collect()
    }

    /// All series of some services; a service that is not among them is not measured.
    pub fn series(&self, measured: &[bool], grid: &Grid, dice: &mut Dice) -> Vec<Series> {
        let mut all = Vec::new();
        for n in (0..self.system.services.len()).filter(|n| measured[*n]) {
            let service = &self.system.services[n];
            let is_entry = n < self.system.entries;
            let stranger = service.role == Role::ThirdParty;
            let by_itself = if is_entry {
                !self.pane.blind
            } else {
                self.pane.ends != Ends::Callers
            };
            if !stranger && by_itself {
                let tapes = [&self.coarse.services[n], &self.fine.services[n]];
                self.calls(&service.name, None, tapes, grid, dice, &mut all);
            }
            if !stranger && dice.chance(self.pane.used) {
                self.uses(n, grid, dice, &mut all);
            }
            if self.pane.ends == Ends::Server && !stranger {
                continue;
            }
            for &e in &self.system.up[n] {
                let edge = &self.system.edges[e];
                if measured[edge.from] && edge.waits {
                    let caller = Some(self.system.services[edge.from].name.as_str());
                    let tapes = [&self.coarse.edges[e], &self.fine.edges[e]];
                    self.calls(&service.name, caller, tapes, grid, dice, &mut all);
                }
            }
        }
        all
    }

    /// Traffic, errors and latency of one end.
    fn calls(
        &self,
        service: &str,
        caller: Option<&str>,
        [coarse, fine]: [&Vec<Seen>; 2],
        grid: &Grid,
        dice: &mut Dice,
        all: &mut Vec<Series>,
    ) {
        let mut series = [Signal::Traffic, Signal::Errors, Signal::Latency]
            .map(|signal| empty(service, caller, signal));
        for (slots, is_recent) in [(&grid.normal, false), (&grid.recent, true)] {
            let mut last: Option<(std::ops::Range<usize>, [Option<f64>; 3])> = None;
            for slot in slots {
                let repeated = last
                    .as_ref()
                    .filter(|l| l.0 == slot.moments && self.pane.repeats);
                let values = match repeated {
                    Some(last) => last.1,
                    None => self.count(
                        &if slot.coarse { coarse } else { fine }[slot.moments.clone()],
                        slot.window,
                        dice,
                    ),
                };
                last = Some((slot.moments.clone(), values));
                for (one, value) in series.iter_mut().zip(values) {
                    let points = if is_recent {
                        &mut one.recent
                    } else {
                        &mut one.normal
                    };
                    points.extend(value.map(|v| (self.epoch + slot.at as i64, v)));
                }
            }
        }
        for mut one in series {
            self.pierce(&mut one, dice);
            all.push(one);
        }
    }

    /// What counters say of a window: whole calls, whole failures, and the mean or a quantile of as many as there were.
    fn count(&self, seen: &[Seen], window: f64, dice: &mut Dice) -> [Option<f64>; 3] {
        let Some([rate, errors, latency, spread]) = total(seen) else {
            return [None; 3];
        };
        let calls = dice.happen(rate * window);
        if calls < 1.0 {
            return [Some(0.0), None, None];
        }
        let failing = dice.of_all(calls, errors) / calls;
        if self.pane.answered && failing >= 1.0 {
            return [Some(calls / window), Some(failing), None];
        }
        [
            Some(calls / window),
            Some(failing),
            Some(self.latency(latency, spread, calls, dice)),
        ]
    }

    fn latency(&self, mean: f64, spread: f64, calls: f64, dice: &mut Dice) -> f64 {
        let width = (1.0 + spread * spread).ln();
        let (value, rough) = match self.pane.quantile {
            None => (mean, spread),
            Some(z) => {
                let deep = width.sqrt();
                let value = (mean.max(1e-9).ln() - width / 2.0 + z * deep).exp();
                (value, deep * (1.25 + 0.4 * z * z))
            }
        };
        let rough = (rough / calls.sqrt()).min(1.0);
        value * (rough * dice.bell() - rough * rough / 2.0).exp()
    }

    /// Processors, memory, connections, queues, disks, restarts.
    fn uses(&self, n: usize, grid: &Grid, dice: &mut Dice, all: &mut Vec<Series>) {
        type Part = (&'static str, fn(&Used) -> f32, fn(&Used) -> f32);
        let service = &self.system.services[n];
        let gigabytes = dice.pick(&[0.25, 0.5, 1.0, 4.0]) * 1e9;
        let cpu: Part = ("cpu", |u| u.cores, |u| u.cores_limit);
        let mut parts: Vec<(Part, f64)> =
            vec![(cpu, 1.0), (("memory", |u| u.memory, |_| 1.0), gigabytes)];
        match service.role {
            Role::Database => {
                parts.push((("connections", |u| u.slots, |u| u.slots_limit), 1.0));
                parts.push((("disk", |u| u.disk, |_| 1.0), 1.0));
            }
            Role::Worker => parts.push((("queue", |u| u.waiting, |_| f32::NAN), 1.0)),
            _ if dice.chance(0.3) => {
                parts.push((("connections", |u| u.slots, |u| u.slots_limit), 1.0))
            }
            _ => {}
        }
        for ((name, value, limit), unit) in parts {
            let mut one = empty(&service.name, None, Signal::Saturation(name.into()));
            let rough = if name == "connections" { 0.05 } else { 0.02 };
            self.fill(&mut one, n, grid, &mut |u| {
                f64::from(value(u)) * unit * (1.0 + rough * dice.bell()).max(0.0)
            });
            let most = f64::from(self.fine.used[n].last().map_or(f32::NAN, limit)) * unit;
            one.limit = Some(most).filter(|m| self.pane.limits && m.is_finite());
            self.pierce(&mut one, dice);
            all.push(one);
        }
        if dice.chance(0.6) {
            let mut restarts = empty(&service.name, None, Signal::Restarts);
            self.fill(&mut restarts, n, grid, &mut |u| f64::from(u.restarts));
            all.push(restarts);
        }
    }

    fn fill(&self, one: &mut Series, n: usize, grid: &Grid, value: &mut dyn FnMut(&Used) -> f64) {
        let mut points = |slots: &[Slot]| -> Points {
            let seen = slots.iter().filter_map(|s| {
                let (tape, calls) = if s.coarse {
                    (self.coarse, &self.coarse.services[n])
                } else {
                    (self.fine, &self.fine.services[n])
                };
                // What is not there uses nothing and says nothing.
                let last = s
                    .moments
                    .clone()
                    .rev()
                    .find(|m| calls[*m].rate.is_finite())?;
                Some((self.epoch + s.at as i64, value(&tape.used[n][last])))
            });
            seen.collect()
        };
        one.normal = points(&grid.normal);
        one.recent = points(&grid.recent);
    }

    /// Points that are missing, a hole, a counter that began again.
    fn pierce(&self, one: &mut Series, dice: &mut Dice) {
        if self.pane.missing > 0.0 {
            one.normal.retain(|_| !dice.chance(self.pane.missing));
            one.recent.retain(|_| !dice.chance(self.pane.missing));
        }
        if dice.chance(self.pane.holes) {
            let from = self.epoch + dice.between(self.recent_from, self.to) as i64;
            let to = from + dice.between(120.0, 1_200.0) as i64;
            one.recent.retain(|p| p.0 < from || p.0 > to);
        }
        if one.signal == Signal::Traffic && dice.chance(0.01) && !one.recent.is_empty() {
            let at = dice.count(0, one.recent.len() - 1);
            one.recent[at].1 *= dice.pick(&[0.1, 0.4, 3.0]);
        }
    }
}

fn empty(service: &str, caller: Option<&str>, signal: Signal) -> Series {
    let end = caller
        .map(|c| format!(" as {c} sees it"))
        .unwrap_or_default();
    Series {
        service: service.into(),
        query: format!("{} of {service}{end}", signal.label()),
        signal,
        caller: caller.map(str::to_owned),
        limit: None,
        source: "world".into(),
        link: None,
        normal: Vec::new(),
        recent: Vec::new(),
    }
}
