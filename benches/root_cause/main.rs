//! How often the right cause is named, through the command and a real Prometheus server: `cargo bench --bench root_cause --
//! FOLDER`. `--direct` runs the judgement alone, `--missing 0.2` drops cells, `--minutes 5` ends early, `--normal 100` adds
//! windows of normal operation.
//!
//! The same on simulated systems of every kind, which need no folder: `--worlds 1000`, and `--seed 1`, `--fault NAME`,
//! `--glass NAME`, `--verbose`. `--through 10` asks the command about so many of them, through a Prometheus server each.

mod data;
mod fit;
#[path = "../../tests/common/monitoring.rs"]
mod monitoring;
mod through;
mod world;
mod worlds_through;

use chrono::{DateTime, Duration};
use data::{Case, System, Table};
use hotseat::domain::{Scoped, Series, Signal};
use hotseat::investigate::{self, Calls, Context, Trouble};
use serde_json::Value;
use std::path::PathBuf;
use through::Asked;

struct Options {
    folder: PathBuf,
    missing: f64,
    minutes: Option<usize>,
    normal: usize,
    direct: bool,
    verbose: bool,
}

/// What one case came to.
struct Outcome {
    place: Option<usize>,
    confidence: f64,
    millis: f64,
}

fn main() {
    let mut options = Options {
        folder: PathBuf::new(),
        missing: 0.0,
        minutes: None,
        normal: 0,
        direct: false,
        verbose: false,
    };
    let mut worlds = world::Asked {
        seed: 1,
        ..world::Asked::default()
    };
    let mut fitted = 0;
    let mut through = 0;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut text = || arguments.next().unwrap_or_default();
        let mut number = || text().parse::<f64>().expect("a number");
        match argument.as_str() {
            "--missing" => options.missing = number(),
            "--minutes" => options.minutes = Some(number() as usize),
            "--normal" => options.normal = number() as usize,
            "--direct" => options.direct = true,
            "--verbose" => options.verbose = true,
            "--worlds" => worlds.worlds = number() as usize,
            "--fit" => fitted = number() as usize,
            "--through" => through = number() as usize,
            "--seed" => worlds.seed = number() as u64,
            "--fault" => worlds.fault = Some(text()),
            "--glass" => worlds.glass = Some(text()),
            "--bench" => {}
            other => options.folder = other.into(),
        }
    }
    if fitted > 0 {
        worlds.worlds = fitted;
        return fit::fit(&worlds);
    }
    if through > 0 {
        worlds.worlds = through;
        worlds.verbose = options.verbose;
        return worlds_through::play(&worlds);
    }
    if worlds.worlds > 0 {
        worlds.verbose = options.verbose;
        return world::play(&worlds);
    }
    if options.folder.as_os_str().is_empty() {
        println!(
            "Give the folder of the cases: cargo bench --bench root_cause -- FOLDER [--direct] [--missing 0.2] [--minutes 5] [--normal 100]\nOr how many simulated systems: cargo bench --bench root_cause -- --worlds 1000 [--seed 1] [--fault NAME] [--glass NAME] [--verbose], or --fit 2000 for the weights"
        );
        return;
    }
    let scratch = tempfile::tempdir().expect("a folder");
    let mut all: Vec<Outcome> = Vec::new();
    println!(
        "{:<20} {:>6} {:>6} {:>6} {:>12} {:>10}",
        "system", "cases", "top-1", "top-3", "calibration", "a case"
    );
    for system in data::systems(&options.folder) {
        let cases: Vec<Asked> = system
            .cases
            .iter()
            .enumerate()
            .map(|(n, case)| asked(&system, case, n as u64, &options))
            .collect();
        let found = findings(&system, &cases, &options, scratch.path());
        let outcomes: Vec<Outcome> = system
            .cases
            .iter()
            .zip(&found)
            .map(|(case, (finding, millis))| outcome(case, finding, *millis, &options))
            .collect();
        row(&system.name, &outcomes, &options);
        all.extend(outcomes);
        if options.normal > 0 {
            quiet(&system, &options, scratch.path());
        }
    }
    row("all", &all, &options);
}

fn row(name: &str, outcomes: &[Outcome], options: &Options) {
    let count = outcomes.len().max(1) as f64;
    let share = |keep: &dyn Fn(usize) -> bool| {
        outcomes
            .iter()
            .filter(|o| o.place.is_some_and(keep))
            .count() as f64
            / count
    };
    println!(
        "{name:<20} {:>6} {:>6.3} {:>6.3} {:>12.3} {:>7.1} ms{}",
        outcomes.len(),
        share(&|p| p == 0),
        share(&|p| p < 3),
        calibration(
            &outcomes
                .iter()
                .map(|o| (o.confidence, o.place == Some(0)))
                .collect::<Vec<_>>()
        ),
        outcomes.iter().map(|o| o.millis).sum::<f64>() / count,
        if options.direct { " of judgement" } else { "" }
    );
}

/// A case as it is asked: its normal time laid before it, cells or rows left out as asked for.
fn asked(system: &System, case: &Case, seed: u64, options: &Options) -> Asked {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut issue = case.metrics.clone();
    if let Some(minutes) = options.minutes {
        // Two rows of before and as many of after as end within the minutes, one at least.
        let before = issue.times.iter().filter(|t| **t <= case.declared).count();
        issue = issue.first(before + (minutes / 5).max(1));
    }
    let mut normal = system
        .normal
        .shifted(issue.times[0] - system.normal.times.last().expect("rows") - 300);
    if options.missing > 0.0 {
        issue = issue.thinned(options.missing, &mut random);
        normal = normal.thinned(options.missing, &mut random);
    }
    Asked {
        normal,
        issue,
        felt: case.felt.clone(),
        metric: case.metric.clone(),
        declared: case.declared,
    }
}

fn findings(
    system: &System,
    cases: &[Asked],
    options: &Options,
    scratch: &std::path::Path,
) -> Vec<(Value, f64)> {
    if !options.direct {
        return through::ask(system, cases, scratch)
            .into_iter()
            .map(|(f, seconds)| (f, seconds * 1000.0))
            .collect();
    }
    let judged = cases.iter().map(|c| {
        let case = direct(system, c);
        let started = std::time::Instant::now();
        let finding = investigate::judge(&case);
        (
            serde_json::to_value(&finding).expect("JSON"),
            started.elapsed().as_secs_f64() * 1000.0,
        )
    });
    judged.collect()
}

fn outcome(case: &Case, finding: &Value, millis: f64, options: &Options) -> Outcome {
    let hypotheses = finding["hypotheses"].as_array().expect("hypotheses");
    let place = hypotheses
        .iter()
        .position(|h| h["service"] == case.cause.as_str());
    if place != Some(0) || options.verbose {
        println!(
            "{}: cause {}, found at {:?}; {}",
            case.name,
            case.cause,
            place.map(|p| p + 1),
            finding["summary"]
        );
        hypotheses.iter().take(4).for_each(|h| {
            println!(
                "    {} {} %: {} {}",
                h["service"], h["confidence"], h["statement"], h["reason"]
            )
        });
    }
    let confidence = hypotheses
        .first()
        .and_then(|h| h["confidence"].as_f64())
        .unwrap_or(0.0)
        / 100.0;
    Outcome {
        place,
        confidence,
        millis,
    }
}

/// Windows of normal operation in which somebody calls for help: how often a cause is named with more than even odds.
fn quiet(system: &System, options: &Options, scratch: &std::path::Path) {
    let mut random = fastrand::Rng::with_seed(7);
    let rows = system.normal.times.len();
    let cases: Vec<Asked> = (0..options.normal)
        .map(|n| {
            let end = random.usize(rows / 3..rows);
            let (normal, issue) = (
                system.normal.rows(0, end - 5),
                system.normal.rows(end - 5, end),
            );
            let metric = if n % 2 == 0 {
                "latency"
            } else {
                "availability"
            };
            Asked {
                declared: issue.times[2],
                normal,
                issue,
                felt: system.cases[0].felt.clone(),
                metric: metric.into(),
            }
        })
        .collect();
    let loud: Vec<Value> = findings(system, &cases, options, scratch)
        .into_iter()
        .map(|f| f.0)
        .filter(|f| f["settled"] == true)
        .collect();
    println!(
        "{:<20} {:>6} normal windows, {} with a named cause ({:.1} %)",
        "",
        cases.len(),
        loud.len(),
        100.0 * loud.len() as f64 / cases.len() as f64
    );
    if options.verbose {
        loud.iter()
            .for_each(|f| println!("    {} {}", f["summary"], f["hypotheses"][0]["statement"]));
    }
}

/// Expected calibration error in ten bins.
fn calibration(outcomes: &[(f64, bool)]) -> f64 {
    (0..10)
        .map(|bin| {
            let of: Vec<_> = outcomes
                .iter()
                .filter(|(c, _)| ((c * 10.0) as usize).min(9) == bin)
                .collect();
            let (said, right) = of.iter().fold((0.0, 0.0), |(s, r), (c, ok)| {
                (s + c, r + f64::from(u8::from(*ok)))
            });
            f64::abs(said - right) / outcomes.len().max(1) as f64
        })
        .sum()
}

/// One column as a series; percentiles and the like are not reckoned with.
fn measured(key: &(String, String, String), normal: &Table, issue: &Table) -> Option<Series> {
    let (component, what, statistic) = key;
    let signal = match (what.as_str(), statistic.as_str()) {
        ("latency", "Average") => Signal::Latency,
        ("availability", "Average") => Signal::Errors,
        ("requests", "Sum") => Signal::Traffic,
        ("latency" | "availability" | "requests", _) => return None,
        (other, _) => Signal::Saturation(other.to_owned()),
    };
    let convert = |v: f64| match signal {
        Signal::Errors => 1.0 - v / 100.0,
        Signal::Traffic => v / 300.0,
        _ => v,
    };
    let points = |t: &Table| -> Vec<(i64, f64)> {
        let values = t.columns.get(key).cloned().unwrap_or_default();
        let measured = t.times.iter().zip(values).filter(|(_, v)| v.is_finite());
        measured.map(|(t, v)| (*t, convert(v))).collect()
    };
    let (before, after) = (points(normal), points(issue));
    let fine = before.iter().filter(|p| p.0 > issue.times[0] - 3600);
    // A row stands for five minutes: a metrics server would have a point for each.
    let recent = fine
        .chain(&after)
        .flat_map(|p| (0..5).map(|k| (p.0 + 60 * k, p.1)))
        .collect();
    Some(Series {
        service: component.clone(),
        signal,
        caller: None,
        limit: None,
        source: "file".into(),
        query: what.clone(),
        link: None,
        normal: before,
        recent,
    })
}

/// A case for the judgement alone, with series laid out as a metrics server would answer.
fn direct(system: &System, asked: &Asked) -> investigate::Case {
    let Asked {
        normal,
        issue,
        felt,
        metric,
        declared,
    } = asked;
    let at = |t: i64| DateTime::from_timestamp(t, 0).expect("a time");
    let columns = issue.columns.keys();
    let series = columns
        .filter_map(|key| measured(key, normal, issue))
        .collect();
    let kind = if metric == "latency" {
        Trouble::Waiting
    } else {
        Trouble::Failing
    };
    let context = Context {
        services: vec![Scoped {
            name: felt.clone(),
            why: "named".into(),
        }],
        hint: Some(kind),
        ..Context::default()
    };
    investigate::Case {
        reference: "INC-1".into(),
        name: format!("{felt} {metric}"),
        created: at(*declared),
        now: at(*declared),
        context,
        calls: Calls::new(system.names.iter().cloned(), &system.calls),
        series,
        change_window: Duration::hours(4),
        ..investigate::Case::default()
    }
}
