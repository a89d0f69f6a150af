//! A small shop with faults that are known, measured and logged.

use super::*;
use crate::domain::{ChangeClass, LogLine, Signal};

/// When the fault begins, in unix seconds, and how far the measures go after it.
pub(super) const FAULT: i64 = 1_800_000_000;
pub(super) const END: i64 = FAULT + 600;

pub(super) fn at(second: i64) -> Instant {
    chrono::DateTime::from_timestamp(second, 0).expect("a time")
}

/// A number from -0.5 to 0.5 that follows from its arguments.
pub(super) fn noise(name: &str, t: i64) -> f64 {
    let seed = name.bytes().fold(t as u64, |h, b| {
        h.wrapping_mul(31).wrapping_add(u64::from(b))
    });
    fastrand::Rng::with_seed(seed).f64() - 0.5
}

/// front calls cart, pay and mail (a queue); pay calls bank; cart calls db.
pub(super) struct Shop {
    /// Seconds of waiting, and share of failing calls, that a service adds by itself from the fault on.
    pub(super) waits: Vec<(&'static str, f64)>,
    pub(super) fails: Vec<(&'static str, f64)>,
    /// Times as many calls at the front.
    pub(super) load: f64,
    /// Services whose answers are not measured.
    pub(super) dark: Vec<&'static str>,
    /// Services whose processor is strained.
    pub(super) strained: Vec<&'static str>,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            waits: vec![],
            fails: vec![],
            load: 1.0,
            dark: vec![],
            strained: vec![],
        }
    }
}

const SERVICES: [(&str, f64, &[&str]); 6] = [
    ("front", 40.0, &["cart", "pay", "mail"]),
    ("cart", 30.0, &["db"]),
    ("pay", 10.0, &["bank"]),
    ("bank", 10.0, &[]),
    ("db", 60.0, &[]),
    ("mail", 5.0, &[]),
];

impl Shop {
    /// What reaches a service per second: its own and that of those it waits for.
    fn flow(&self, name: &str, own: &[(&str, f64)]) -> f64 {
        let (_, rate, needs) = SERVICES.iter().find(|s| s.0 == name).expect("a service");
        let mine: f64 = own.iter().filter(|o| o.0 == name).map(|o| o.1 * rate).sum();
        mine + needs
            .iter()
            .filter(|n| **n != "mail")
            .map(|n| self.flow(n, own))
            .sum::<f64>()
    }

    fn series(&self) -> Vec<Series> {
        SERVICES
            .iter()
            .flat_map(|(name, rate, _)| self.measured(name, *rate))
            .collect()
    }

    /// What is measured of one service: calm until the fault, then what reaches it.
    fn measured(&self, name: &'static str, rate: f64) -> Vec<Series> {
        let begun = |t: i64, value: f64| if t >= FAULT { value } else { 0.0 };
        // The queue swings widely and nobody waits for it.
        let width = if name == "mail" { 6.0 } else { 0.02 };
        let mut all = Vec::new();
        if !self.dark.contains(&name) {
            all.push(series(name, Signal::Traffic, &|t| {
                let times = 1.0 + begun(t, self.load - 1.0);
                rate * (1.0 + 0.05 * noise(name, t)) * times
            }));
            all.push(series(name, Signal::Latency, &|t| {
                let calm = 0.1 + width * (noise(name, t + 1) + 0.5);
                calm + begun(t, self.flow(name, &self.waits) / rate)
            }));
            all.push(series(name, Signal::Errors, &|t| {
                begun(t, (self.flow(name, &self.fails) / rate).min(1.0))
            }));
        }
        all.push(series(name, Signal::Saturation("cpu".into()), &|t| {
            let strained = self.strained.contains(&name) && t >= FAULT;
            (0.2 + 0.02 * noise(name, t + 2)) * if strained { 9.0 } else { 1.0 }
        }));
        all
    }

    pub(super) fn case(&self) -> Case {
        let pairs: Vec<(String, String)> = SERVICES
            .iter()
            .flat_map(|(n, _, to)| to.iter().map(|t| ((*n).to_owned(), (*t).to_owned())))
            .collect();
        let named = |name: &str| Scoped {
            name: name.into(),
            why: "named".into(),
        };
        Case {
            reference: "INC-1".into(),
            name: "Trouble at the front".into(),
            severity: None,
            priority: None,
            created: at(FAULT + 240),
            now: at(END),
            is_over: false,
            notes: vec![],
            context: Context {
                services: vec![named("front")],
                ..Context::default()
            },
            calls: Calls::new(SERVICES.iter().map(|s| s.0.to_owned()), &pairs),
            scope: SERVICES.iter().map(|s| named(s.0)).collect(),
            series: self.series(),
            signs: vec![],
            traces: vec![],
            logs: vec![],
            changes: vec![],
            change_window: Duration::hours(4),
            alerts: vec![],
            platform: vec![],
            linked: vec![],
            past: vec![],
            runbooks: BTreeMap::new(),
            by_hand: vec![],
            missing: vec![],
        }
    }
}

/// Two days of coarse points and two hours of fine ones.
pub(super) fn series(name: &str, signal: Signal, value: &dyn Fn(i64) -> f64) -> Series {
    let points = |from: i64, to: i64, step: usize| {
        let times = (from..to).step_by(step);
        times.map(|t| (t, value(t))).collect()
    };
    Series {
        service: name.into(),
        signal,
        caller: None,
        limit: None,
        source: "metrics".into(),
        query: format!("q({name})"),
        link: None,
        normal: points(FAULT - 172_800, FAULT - 7_200, 300),
        recent: points(FAULT - 7_200, END, 30),
    }
}

pub(super) fn change(service: &str, before: i64) -> Change {
    Change {
        at: at(FAULT - before),
        class: ChangeClass::Deploy,
        title: format!("{service} v2 deployed"),
        service: service.into(),
        version: Some("v2".into()),
        author: None,
        source: "deploys".into(),
        query: String::new(),
        link: None,
    }
}

pub(super) fn log(service: &str, line: &str) -> LogSample {
    let usual = |t: i64| LogLine {
        at: at(t),
        text: "served a request".into(),
    };
    let mut recent: Vec<LogLine> = (0..20).map(|n| usual(FAULT - 600 + n * 60)).collect();
    recent.extend((0..10).map(|n| LogLine {
        at: at(FAULT + n * 30),
        text: line.into(),
    }));
    LogSample {
        service: service.into(),
        source: "logs".into(),
        query: format!("{{{service}}}"),
        normal: (0..60).map(|n| usual(FAULT - 5_400 + n * 60)).collect(),
        normal_seconds: 3_600,
        recent,
        recent_seconds: 1_200,
        complete: false,
    }
}
