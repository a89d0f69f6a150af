//! How a system is looked at: through a scrape, from one end of a call or from both, for a while or since a minute ago,
//! with holes. Nothing is seen here that the system did not do.

use super::dice::Dice;

/// Which ends of a call are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    Server,
    Callers,
    Both,
}

/// How much there is from before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum History {
    /// Two days.
    Full,
    Hours(f64),
    /// So many minutes before the onset, and nothing before that.
    Minutes(f64),
}

/// What stands between a system and who looks at it.
#[derive(Clone, Debug)]
pub struct Pane {
    /// Seconds between points, and seconds that a point sums up.
    pub step: i64,
    pub window: f64,
    /// Whether the last value is said again until there is a new one.
    pub repeats: bool,
    pub ends: Ends,
    /// Whether the entries do not measure themselves.
    pub blind: bool,
    /// Whether latency is of answered calls alone.
    pub answered: bool,
    /// The quantile that stands for latency, as standard deviations of a normal distribution; nothing for the mean.
    pub quantile: Option<f64>,
    pub history: History,
    /// Share of points missing, and of series with a hole.
    pub missing: f64,
    pub holes: f64,
    /// Share of services that are not measured at all.
    pub dark: f64,
    /// Share of services whose use of processors, memory and so on is known; whether the limits are.
    pub used: f64,
    pub limits: bool,
    /// Share of catalog edges missing, and added that are none.
    pub unknown: f64,
    pub untrue: f64,
    pub changes: bool,
    pub logs: bool,
    pub traces: bool,
    /// Whether a cluster says what is wrong with its objects.
    pub signs: bool,
    /// Seconds that an alert takes to fire.
    pub alert_late: f64,
    /// Seconds after the declaration that it is looked at.
    pub looked: f64,
    /// Seconds after the declaration that people end the trouble.
    pub mended: Option<f64>,
    pub tags: Vec<&'static str>,
}

/// Seconds between points, seconds summed up, whether it repeats, its tag.
type Step = (i64, f64, bool, &'static str);

const STEPS: &[(Step, f64)] = &[
    ((15, 15.0, false, "step 15 s"), 0.15),
    ((30, 120.0, false, "step 30 s"), 0.45),
    ((60, 120.0, false, "step 60 s"), 0.2),
    ((30, 300.0, true, "step 5 min"), 0.1),
    ((300, 300.0, false, "step 5 min"), 0.1),
];

const QUANTILES: &[((Option<f64>, &str), f64)] = &[
    ((None, "mean"), 0.6),
    ((Some(0.0), "p50"), 0.1),
    ((Some(1.645), "p95"), 0.2),
    ((Some(2.326), "p99"), 0.1),
];

const ENDS: &[((Ends, &str), f64)] = &[
    ((Ends::Server, "server side"), 0.45),
    ((Ends::Callers, "callers only"), 0.15),
    ((Ends::Both, "both ends"), 0.4),
];

/// A pane as some organisation has it.
pub fn draw(dice: &mut Dice) -> Pane {
    let (step, window, repeats, step_tag) = dice.weighed(STEPS);
    let (quantile, latency_tag) = dice.weighed(QUANTILES);
    let (ends, ends_tag) = dice.weighed(ENDS);
    // Dense points are often those of a trial: little was recorded before it.
    let brief = if step < 30 { 6.0 } else { 1.0 };
    let (history, history_tag) = dice.weighed(&[
        ((History::Full, "two days"), 0.7),
        (
            (
                History::Hours(if step < 60 { 2.0 } else { 8.0 }),
                "some hours",
            ),
            0.12,
        ),
        ((History::Minutes(90.0), "short history"), 0.06),
        ((History::Minutes(30.0), "short history"), 0.06),
        ((History::Minutes(4.0), "four minutes"), 0.05 * brief),
        ((History::Minutes(0.0), "no history"), 0.01 * brief),
    ]);
    let (looked, looked_tag) = dice.weighed(&[
        ((300.0, "after 5 min"), 0.4),
        ((900.0, "after 15 min"), 0.35),
        ((3_600.0, "after an hour"), 0.25),
    ]);
    let mut pane = Pane {
        step,
        window,
        repeats,
        ends,
        blind: dice.chance(0.08),
        answered: dice.chance(0.5),
        quantile,
        history,
        missing: if dice.chance(0.4) {
            dice.between(0.02, 0.2)
        } else {
            0.0
        },
        holes: if dice.chance(0.2) { 0.1 } else { 0.0 },
        dark: if dice.chance(0.25) {
            dice.between(0.03, 0.2)
        } else {
            0.0
        },
        used: dice.weighed(&[(0.0, 0.3), (0.5, 0.3), (1.0, 0.4)]),
        limits: dice.chance(0.5),
        unknown: 0.0,
        untrue: 0.0,
        changes: dice.chance(0.6),
        logs: dice.chance(0.4),
        traces: dice.chance(0.2),
        signs: dice.chance(0.2),
        alert_late: if dice.chance(0.3) {
            dice.between(120.0, 600.0)
        } else {
            dice.between(0.0, 60.0)
        },
        looked,
        mended: (looked > 1_000.0 && dice.chance(0.5)).then(|| dice.between(300.0, 2_700.0)),
        tags: vec![step_tag, latency_tag, ends_tag, history_tag, looked_tag],
    };
    if dice.chance(0.25) {
        (pane.unknown, pane.untrue) = (dice.between(0.0, 0.2), dice.between(0.0, 0.1));
        pane.tags.push("wrong catalog");
    }
    tag(&mut pane);
    pane
}

fn tag(pane: &mut Pane) {
    let facts = [
        (pane.blind, "entry unmeasured"),
        (pane.missing > 0.0, "cells missing"),
        (pane.holes > 0.0, "holes"),
        (pane.dark > 0.0, "dark services"),
        (pane.used == 0.0, "no saturation"),
        (pane.used > 0.0 && pane.limits, "saturation, limits"),
        (pane.used > 0.0 && !pane.limits, "saturation, no limits"),
        (pane.changes, "changes"),
        (pane.logs, "logs"),
        (pane.traces, "traces"),
        (pane.signs, "cluster"),
        (pane.mended.is_some(), "mended"),
    ];
    pane.tags.extend(facts.iter().filter(|f| f.0).map(|f| f.1));
}
