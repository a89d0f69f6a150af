//! How often the judgement was right, how well it knew, and where it is weak.

use super::{Asked, World};
use hotseat::domain::{Finding, HopCheck, Hypothesis};
use std::collections::BTreeMap;

/// What one world came to.
pub struct Outcome {
    story: &'static str,
    tags: Vec<&'static str>,
    size: usize,
    /// Where the first right one stands; nothing where it is not named or nothing may be named.
    place: Option<usize>,
    /// Whether the right one stands first with a way to where it is felt that the trouble can have taken.
    path: bool,
    /// What is said of the first, 0 to 1.
    said: f64,
    /// Whether nothing may be named, and whether an innocent was.
    quiet: bool,
    false_alarm: bool,
    millis: f64,
    told: String,
}

impl Outcome {
    pub fn new(world: &World, finding: &Finding, millis: f64) -> Self {
        let name = |n: usize| world.system.services[n].name.as_str();
        let kept: Vec<&Hypothesis> = finding.hypotheses.iter().filter(|h| !h.discarded).collect();
        let right: Vec<&str> = right(world).into_iter().map(name).collect();
        let quiet = world.story.right.is_empty();
        let place = kept
            .iter()
            .position(|h| right.contains(&h.service.as_str()));
        let innocent = |h: &&Hypothesis| !right.contains(&h.service.as_str());
        Self {
            story: world.story.name,
            tags: world.pane.tags.clone(),
            size: world.system.services.len(),
            place,
            path: place == Some(0) && kept.first().is_some_and(|h| is_way(world, h)),
            said: kept
                .first()
                .map_or(0.0, |h| f64::from(h.confidence) / 100.0),
            quiet,
            false_alarm: quiet && finding.settled && kept.first().is_some_and(innocent),
            millis,
            told: told(world, finding, &right),
        }
    }

    fn is_right(&self) -> bool {
        self.place == Some(0)
    }
}

/// Whether every hop of a path is a call that somebody waits for, one leading to the next, from the named cause on; a cause
/// that is felt itself has no way to go.
fn is_way(world: &World, named: &Hypothesis) -> bool {
    let felt = world
        .declared
        .named
        .is_some_and(|n| world.system.services[n].name == named.service);
    let calls = |from: &str, to: &str| {
        let of = |n: usize| world.system.services[n].name.as_str();
        let mut edges = world.system.edges.iter();
        edges.any(|e| e.waits && of(e.to) == from && of(e.from) == to)
    };
    let mut at = named.service.as_str();
    for hop in &named.path {
        // Who calls one too often troubles everybody else who calls it.
        let floods = hop.check == HopCheck::Floods && calls(&hop.to, &hop.from);
        if hop.from != at || !calls(&hop.from, &hop.to) && !floods {
            return false;
        }
        at = &hop.to;
    }
    felt || !named.path.is_empty()
}

/// Who may be named: the culprits; where none is to be seen, whoever calls the one that is out of sight, or had trouble
/// before. Of a call whose two ends are not both measured, either.
fn right(world: &World) -> Vec<usize> {
    let mut right = world.story.right.clone();
    let before = world.story.beside.first().map(|f| f.service);
    right.extend(before.filter(|_| world.story.name == "recovered"));
    if world.story.faults.is_empty() {
        // Small trouble that there was just then is no innocent's, where it was called about or nobody was named.
        let lately = world.declared.at - 1_800.0;
        let small = world.story.beside.iter().filter(|f| f.until > lately);
        let named = |n: &usize| world.declared.named.is_none_or(|named| named == *n);
        right.extend(small.map(|f| f.service).filter(named));
    }
    if let Some(unseen) = world.story.unseen {
        right.extend(world.system.callers(unseen));
    }
    for edge in world.story.faults.iter().filter_map(|f| f.edge) {
        let edge = &world.system.edges[edge];
        let caller = &world.system.services[edge.from].name;
        let callee = &world.system.services[edge.to].name;
        let seen = world
            .case
            .series
            .iter()
            .any(|s| s.service == *callee && s.caller.as_ref() == Some(caller));
        if !seen && right.contains(&edge.to) {
            right.push(edge.from);
        }
    }
    right
}

fn told(world: &World, finding: &Finding, right: &[&str]) -> String {
    let mut text = format!(
        "seed {} {} [{}] {} services; right: {}; named: {}; faults {:?}\n  {}\n",
        world.seed,
        world.story.name,
        world.pane.tags.join(", "),
        world.system.services.len(),
        if world.story.right.is_empty() {
            "nobody".to_owned()
        } else {
            right.join(" or ")
        },
        world
            .declared
            .named
            .map_or("nobody", |n| &world.system.services[n].name),
        world
            .story
            .faults
            .iter()
            .map(|f| (f.kind, f.size, f.ramp, f.until))
            .collect::<Vec<_>>(),
        finding.summary,
    );
    for h in finding.hypotheses.iter().take(4) {
        text += &format!(
            "    {} {} %: {} {}\n",
            h.service, h.confidence, h.statement, h.reason
        );
    }
    text
}

/// All tables.
pub fn print(outcomes: &[Outcome], asked: &Asked) {
    if asked.verbose {
        let wrong = outcomes
            .iter()
            .filter(|o| o.false_alarm || !o.quiet && !o.is_right());
        wrong.for_each(|o| println!("{}", o.told));
    }
    println!(
        "{:<24} {:>6} {:>6} {:>6} {:>6} {:>6} {:>8}",
        "", "worlds", "top-1", "top-3", "path", "ECE", "alarms"
    );
    row("all", outcomes.iter());
    let mut by: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    outcomes
        .iter()
        .for_each(|o| by.entry(o.story).or_default().push(o));
    println!("\nby fault");
    by.iter()
        .for_each(|(story, of)| row(story, of.iter().copied()));
    let mut by: BTreeMap<&str, Vec<&Outcome>> = BTreeMap::new();
    for o in outcomes {
        o.tags
            .iter()
            .for_each(|tag| by.entry(tag).or_default().push(o));
    }
    println!("\nby glass");
    by.iter().for_each(|(tag, of)| row(tag, of.iter().copied()));
    println!("\nby size");
    for (from, to) in [(0, 10), (10, 30), (30, 80), (80, 201)] {
        let of: Vec<&Outcome> = outcomes
            .iter()
            .filter(|o| o.size >= from && o.size < to)
            .collect();
        row(&format!("{from} to {}", to - 1), of.iter().copied());
        let millis: Vec<f64> = of.iter().map(|o| o.millis).collect();
        let mean = millis.iter().sum::<f64>() / millis.len().max(1) as f64;
        eprintln!(
            "  judged in {mean:.1} ms, {:.1} ms at most",
            millis.iter().copied().fold(0.0, f64::max)
        );
    }
    reliability(outcomes);
}

fn row<'a>(name: &str, of: impl Iterator<Item = &'a Outcome>) {
    let of: Vec<&Outcome> = of.collect();
    let faults: Vec<&&Outcome> = of.iter().filter(|o| !o.quiet).collect();
    let quiet: Vec<&&Outcome> = of.iter().filter(|o| o.quiet).collect();
    let share = |some: usize, all: usize| {
        if all == 0 {
            "-".to_owned()
        } else {
            format!("{:.3}", some as f64 / all as f64)
        }
    };
    let within = |most: usize| {
        faults
            .iter()
            .filter(|o| o.place.is_some_and(|p| p < most))
            .count()
    };
    println!(
        "{name:<24} {:>6} {:>6} {:>6} {:>6} {:>6.3} {:>8}",
        of.len(),
        share(within(1), faults.len()),
        share(within(3), faults.len()),
        share(faults.iter().filter(|o| o.path).count(), faults.len()),
        calibration(&of),
        share(quiet.iter().filter(|o| o.false_alarm).count(), quiet.len()),
    );
}

/// By tenths of what is said: how many, what was said on average, how many were right.
fn bins(outcomes: &[&Outcome]) -> Vec<(usize, f64, f64)> {
    (0..10)
        .map(|bin| {
            let of: Vec<_> = outcomes
                .iter()
                .filter(|o| ((o.said * 10.0) as usize).min(9) == bin)
                .collect();
            let said = of.iter().map(|o| o.said).sum::<f64>() / of.len().max(1) as f64;
            let right = of.iter().filter(|o| o.is_right()).count() as f64 / of.len().max(1) as f64;
            (of.len(), said, right)
        })
        .collect()
}

/// Expected calibration error.
fn calibration(outcomes: &[&Outcome]) -> f64 {
    let spoken: Vec<&Outcome> = outcomes.iter().copied().filter(|o| o.said > 0.0).collect();
    let all = spoken.len().max(1) as f64;
    bins(&spoken)
        .iter()
        .map(|(count, said, right)| (said - right).abs() * *count as f64 / all)
        .sum()
}

fn reliability(outcomes: &[Outcome]) {
    let spoken: Vec<&Outcome> = outcomes.iter().filter(|o| o.said > 0.0).collect();
    println!("\nsaid     right    worlds");
    for (count, said, right) in bins(&spoken).into_iter().filter(|b| b.0 > 0) {
        println!("{said:<8.2} {right:<8.2} {count}");
    }
}
