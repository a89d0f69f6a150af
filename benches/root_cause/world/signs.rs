//! What the cluster says of its objects by itself: that one was killed, that one restarts over and over, and what it says all
//! day long of those that are well.

use super::dice::Dice;
use super::fault::{Fault, Kind, Story};
use super::series::Recorded;
use super::topology::Role;
use chrono::DateTime;
use hotseat::domain::Sign;

/// Kind, words and weight of a sign.
type Says = (&'static str, &'static str, f64);

/// What is said of services that are well: probes that failed once, an image that was pulled again.
const NOISE: &[Says] = &[
    (
        "probe",
        "readiness probe failed twice and then succeeded",
        0.2,
    ),
    (
        "image",
        "pulling the image was tried again and succeeded",
        0.15,
    ),
    ("placement", "waited a minute for a node", 0.15),
];

/// What a cluster says of a fault, where it says anything.
fn says(fault: &Fault) -> Option<Says> {
    match fault.kind {
        Kind::MemoryLeak => Some((
            "out of memory",
            "a container was killed: out of memory",
            0.85,
        )),
        Kind::CrashLoop => Some(("crash loop", "a container ends soon after each start", 0.85)),
        Kind::Down => Some(("no pods", "none of its pods is ready", 0.9)),
        Kind::CpuLimit => Some((
            "cpu limit",
            "its processor limit was lowered and is used up",
            0.5,
        )),
        Kind::DiskFull => Some(("volume", "its volume is full", 0.8)),
        Kind::ConfigFlip => Some(("config", "its configuration changed", 0.35)),
        _ => None,
    }
}

/// Signs of some services, the culprits' among them where a cluster sees their fault.
pub fn signs(recorded: &Recorded<'_>, story: &Story, asked: &[bool], dice: &mut Dice) -> Vec<Sign> {
    let system = recorded.system;
    let sign = |service: usize, (kind, says, weight): Says, at: f64| Sign {
        service: system.services[service].name.clone(),
        object: format!("pod/{}-0", system.services[service].name),
        kind: kind.into(),
        says: says.into(),
        weight,
        at: DateTime::from_timestamp(recorded.epoch + at as i64, 0),
        affects: Vec::new(),
        source: "cluster".into(),
        query: "get pods,events".into(),
        link: None,
        lines: vec![says.into()],
    };
    let runs_here = |n: &usize| asked[*n] && system.services[*n].role != Role::ThirdParty;
    let mut all = Vec::new();
    for fault in story.faults.iter().filter(|f| runs_here(&f.service)) {
        // A leak is told once somebody was killed for it.
        let killed = recorded.fine.used[fault.service]
            .iter()
            .zip(&recorded.fine.times);
        let restarted = killed
            .filter(|(u, t)| **t >= 0.0 && u.restarts > 0.0)
            .map(|k| *k.1)
            .next();
        let at = if fault.kind == Kind::MemoryLeak {
            restarted
        } else {
            Some(fault.from + dice.between(5.0, 60.0))
        };
        if let (Some(says), Some(at)) = (says(fault), at.filter(|at| *at < recorded.to)) {
            all.push(sign(fault.service, says, at));
        }
    }
    let here: Vec<usize> = (0..asked.len()).filter(runs_here).collect();
    for _ in 0..dice.happen(0.02 * here.len() as f64 + 0.3) as usize {
        if !here.is_empty() {
            let at = dice.between(-20_000.0, recorded.to);
            all.push(sign(dice.pick(&here), dice.pick(NOISE), at));
        }
    }
    all
}
