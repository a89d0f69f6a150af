//! Fits the weights of the judgement on simulated systems: half of them to fit, half to check.

use super::world::{self, Asked};
use hotseat::investigate::proving;

/// Steps of the descent, and how long each is.
const STEPS: i32 = 600;
const PACE: f64 = 0.05;
/// How strongly a weight is held where it was: as much as a few of the systems would move it.
const HELD: f64 = 0.0005;

/// One system: what speaks for each service, which ones are right, and the grounds of the first.
struct Row {
    evidence: Vec<Vec<f64>>,
    right: Vec<usize>,
    grounds: Option<(Vec<f64>, bool)>,
}

/// Prints the weights as they are and as they would be.
pub fn fit(asked: &Asked) {
    let rows = rows(asked);
    let (learn, check) = rows.split_at(rows.len() / 2);
    let names = proving::weights_by_name();
    let mut before: Vec<f64> = names.iter().map(|n| n.1).collect();
    before.push(proving::UNSEEN);
    let after = descend(learn, &before);
    for (what, weights) in [("as they are", &before), ("as fitted", &after)] {
        let ((fit, top), (likely, first)) = (score(learn, weights), score(check, weights));
        println!("{what}: {fit:.3} {top:.3} where fitted, {likely:.3} {first:.3} where checked");
    }
    let names = names.iter().map(|n| n.0.as_str()).chain(["unseen"]);
    for ((name, old), new) in names.zip(&before).zip(&after) {
        println!("{name:<14} {old:>6.2} {new:>6.2}");
    }
    println!("grounds {:?}", proving::GROUNDS);
    println!("fitted  {:.2?}", logistic(learn));
}

fn rows(asked: &Asked) -> Vec<Row> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let part = |part: usize| {
            scope.spawn(move || {
                let seeds = (part..asked.worlds).step_by(threads);
                seeds
                    .filter_map(|n| row(asked, n as u64))
                    .collect::<Vec<_>>()
            })
        };
        let parts: Vec<_> = (0..threads).map(part).collect();
        let done = parts.into_iter();
        done.flat_map(|p| p.join().expect("a thread that ends"))
            .collect()
    })
}

fn row(asked: &Asked, n: u64) -> Option<Row> {
    let world = world::world(asked.seed + n, asked)?;
    let (all, grounds) = proving::weighing(&world.case);
    let name = |n: &usize| world.system.services[*n].name.as_str();
    let culprits: Vec<&str> = world.story.right.iter().map(name).collect();
    let is_right = |at: &usize| culprits.contains(&all[*at].0.as_str());
    let right: Vec<usize> = (0..all.len()).filter(is_right).collect();
    let first = right.first() == Some(&0);
    Some(Row {
        evidence: all.into_iter().map(|e| e.1).collect(),
        right,
        grounds: grounds.map(|g| (g, first)),
    })
}

/// Log-odds of every service for which anything speaks, by its place.
fn odds(row: &Row, weights: &[f64]) -> Vec<(usize, f64)> {
    let speaks = |(_, e): &(usize, &Vec<f64>)| e.iter().any(|v| *v > 0.0);
    let all = row.evidence.iter().enumerate().filter(speaks);
    let sum = |e: &[f64]| e.iter().zip(weights).map(|(a, b)| a * b).sum();
    all.map(|(at, e)| (at, sum(e))).collect()
}

/// The probability of each, and of none.
fn shares(odds: &[(usize, f64)], unseen: f64) -> (Vec<f64>, f64) {
    let most = odds.iter().map(|o| o.1).fold(unseen, f64::max);
    let of = |value: f64| (value - most).exp();
    let all: f64 = odds.iter().map(|o| of(o.1)).sum::<f64>() + of(unseen);
    (
        odds.iter().map(|o| of(o.1) / all).collect(),
        of(unseen) / all,
    )
}

/// Mean log-likelihood, and how often a right one stands first where there is one.
fn score(rows: &[Row], weights: &[f64]) -> (f64, f64) {
    let (mut likely, mut first, mut faults) = (0.0, 0, 0);
    for row in rows {
        let odds = odds(row, weights);
        let (shares, none) = shares(&odds, weights[weights.len() - 1]);
        let is_right = |at: usize| row.right.contains(&odds[at].0);
        let right: f64 = (0..odds.len())
            .filter(|&at| is_right(at))
            .map(|at| shares[at])
            .sum();
        likely += if row.right.is_empty() {
            none
        } else {
            right.max(1e-6)
        }
        .ln();
        if !row.right.is_empty() {
            faults += 1;
            let best = (0..odds.len()).max_by(|&a, &b| odds[a].1.total_cmp(&odds[b].1));
            first += usize::from(best.is_some_and(is_right));
        }
    }
    (
        likely / rows.len().max(1) as f64,
        first as f64 / f64::from(faults.max(1)),
    )
}

/// Adam (Kingma and Ba, ICLR 2015) on the log-likelihood, with weights that stay above nothing.
fn descend(rows: &[Row], before: &[f64]) -> Vec<f64> {
    let (mut weights, last) = (before.to_vec(), before.len() - 1);
    let (mut pull, mut size) = (vec![0.0; before.len()], vec![0.0; before.len()]);
    for step in 1..=STEPS {
        let slope = slope(rows, &weights);
        for at in 0..=last {
            let g = slope[at] / rows.len() as f64 - HELD * (weights[at] - before[at]);
            pull[at] = 0.9 * pull[at] + 0.1 * g;
            size[at] = 0.999 * size[at] + 0.001 * g * g;
            let (p, s) = (
                pull[at] / (1.0 - 0.9f64.powi(step)),
                size[at] / (1.0 - 0.999f64.powi(step)),
            );
            weights[at] += PACE * p / (s.sqrt() + 1e-8);
            if at < last {
                weights[at] = weights[at].max(0.0);
            }
        }
    }
    weights
}

/// The slope of the log-likelihood.
fn slope(rows: &[Row], weights: &[f64]) -> Vec<f64> {
    let last = weights.len() - 1;
    let mut slope = vec![0.0; weights.len()];
    for row in rows {
        let odds = odds(row, weights);
        let (shares, none) = shares(&odds, weights[last]);
        let is_right = |o: &(usize, f64)| row.right.contains(&o.0);
        let right: f64 = odds
            .iter()
            .zip(&shares)
            .filter(|(o, _)| is_right(o))
            .map(|p| p.1)
            .sum();
        slope[last] -= none;
        if right <= 0.0 {
            slope[last] += 1.0;
        }
        for (one, share) in odds.iter().zip(&shares) {
            let wanted = if is_right(one) && right > 0.0 {
                share / right
            } else {
                0.0
            };
            for (at, strength) in row.evidence[one.0].iter().enumerate() {
                slope[at] += (wanted - share) * strength;
            }
        }
    }
    slope
}

/// Weights of the grounds: logistic regression of whether the first is right.
fn logistic(rows: &[Row]) -> Vec<f64> {
    let known: Vec<&(Vec<f64>, bool)> = rows.iter().filter_map(|r| r.grounds.as_ref()).collect();
    let mut weights = vec![0.0; proving::GROUNDS.len()];
    for _ in 0..4_000 {
        let mut slope = vec![0.0; weights.len()];
        for (grounds, right) in &known {
            let sum: f64 = grounds.iter().zip(&weights).map(|(a, b)| a * b).sum();
            let off = f64::from(u8::from(*right)) - 1.0 / (1.0 + (-sum).exp());
            slope
                .iter_mut()
                .zip(grounds)
                .for_each(|(s, g)| *s += off * g);
        }
        for (weight, slope) in weights.iter_mut().zip(slope) {
            *weight += 0.3 * (slope / known.len().max(1) as f64 - 0.001 * *weight);
        }
    }
    weights
}
