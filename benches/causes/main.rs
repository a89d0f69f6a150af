//! How often the right cause is named: `cargo bench --bench causes -- FOLDER [--missing 0.2] [--minutes 5] [--normal 200]`.

mod data;

use chrono::{DateTime, Duration};
use data::{Case, System, Table};
use hotseat::domain::{Finding, Scoped, Series, Signal};
use hotseat::investigate::{self, Calls, Context, Kind};
use std::path::PathBuf;

struct Options {
    folder: PathBuf,
    missing: f64,
    minutes: Option<usize>,
    normal: usize,
    verbose: bool,
}

fn main() {
    let mut options = Options { folder: PathBuf::new(), missing: 0.0, minutes: None, normal: 0, verbose: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|n| n.parse::<f64>().ok()).expect("a number");
        match argument.as_str() {
            "--missing" => options.missing = number(),
            "--minutes" => options.minutes = Some(number() as usize),
            "--normal" => options.normal = number() as usize,
            "--verbose" => options.verbose = true,
            "--bench" => {}
            other => options.folder = other.into(),
        }
    }
    let mut outcomes: Vec<(f64, bool)> = Vec::new();
    let (mut first, mut third, mut all, mut millis) = (0u32, 0u32, 0u32, 0.0);
    for system in data::systems(&options.folder) {
        for (at, case) in system.cases.iter().enumerate() {
            let mut random = fastrand::Rng::with_seed(at as u64);
            let mut issue = case.metrics.clone();
            if let Some(minutes) = options.minutes {
                let rows = issue.times.iter().filter(|t| **t + 300 <= case.declared + minutes as i64 * 60).count();
                issue = issue.first(rows.max(3));
            }
            let by = issue.times[0] - system.normal.times.last().expect("rows") - 300;
            let mut normal = system.normal.shifted(by);
            if options.missing > 0.0 {
                issue = issue.thinned(options.missing, &mut random);
                normal = normal.thinned(options.missing, &mut random);
            }
            let started = std::time::Instant::now();
            let finding = direct(&system, &normal, &issue, &case.felt, &case.metric, case.declared);
            millis += started.elapsed().as_secs_f64() * 1000.0;
            let place = finding.hypotheses.iter().position(|h| h.service == case.cause);
            first += u32::from(place == Some(0));
            third += u32::from(place.is_some_and(|p| p < 3));
            all += 1;
            let top = finding.hypotheses.first();
            let confidence = top.map_or(0.0, |h| f64::from(h.confidence) / 100.0);
            outcomes.push((confidence, place == Some(0)));
            if place != Some(0) || options.verbose {
                show(&system, case, &finding, place);
            }
        }
        if options.normal > 0 {
            let mut loud = 0;
            let mut seen = std::collections::BTreeSet::new();
            let mut random = fastrand::Rng::with_seed(7);
            for _ in 0..options.normal {
                let end = random.usize(200..system.normal.times.len());
                let (before, after) = (system.normal.rows(0, end - 5), system.normal.rows(end - 5, end));
                let metric = if random.bool() { "latency" } else { "availability" };
                let declared = after.times[2];
                let felt = &system.cases[0].felt;
                let finding = direct(&system, &before, &after, felt, metric, declared);
                if let Some(h) = finding.top().filter(|_| finding.settled) {
                    loud += 1;
                    if seen.insert(end) {
                        println!("normal window at row {end} ({metric}): {} {} %: {} | {}", h.service, h.confidence, h.statement, finding.summary);
                    }
                }
            }
            println!("{}: normal windows with a named cause: {loud} of {} ({:.1} %)", system.name, options.normal, 100.0 * f64::from(loud) / options.normal as f64);
        }
    }
    println!(
        "{all} cases: top-1 {:.3}, top-3 {:.3}, calibration error {:.3}, mean confidence {:.3}, {:.1} ms of judgement a case",
        f64::from(first) / f64::from(all),
        f64::from(third) / f64::from(all),
        calibration(&outcomes),
        outcomes.iter().map(|o| o.0).sum::<f64>() / outcomes.len() as f64,
        millis / f64::from(all)
    );
}

/// Expected calibration error in ten bins.
fn calibration(outcomes: &[(f64, bool)]) -> f64 {
    (0..10)
        .map(|bin| {
            let of: Vec<_> = outcomes.iter().filter(|(c, _)| ((c * 10.0) as usize).min(9) == bin).collect();
            let (said, right) = of.iter().fold((0.0, 0.0), |(s, r), (c, ok)| (s + c, r + f64::from(u8::from(*ok))));
            f64::abs(said - right) / outcomes.len().max(1) as f64
        })
        .sum()
}

fn show(system: &System, case: &Case, finding: &Finding, place: Option<usize>) {
    println!("{} {}: cause {}, found at {:?}; {}", system.name, case.name, case.cause, place.map(|p| p + 1), finding.summary);
    for h in finding.hypotheses.iter().take(4) {
        println!("    {} {} {} %{} {} {}", h.rank, h.service, h.confidence, if h.discarded { " (set aside)" } else { "" }, h.statement, h.reason);
    }
}

/// The judgement alone, on series laid out as a metrics server would answer.
fn direct(system: &System, normal: &Table, issue: &Table, felt: &str, metric: &str, declared: i64) -> Finding {
    let at = |t: i64| DateTime::from_timestamp(t, 0).expect("a time");
    let mut series = Vec::new();
    for (component, what, statistic) in issue.columns.keys() {
        let signal = match (what.as_str(), statistic.as_str()) {
            ("latency", "Average") => Signal::Latency,
            ("availability", "Average") => Signal::Errors,
            ("requests", "Sum") => Signal::Traffic,
            ("latency" | "availability" | "requests", _) => continue,
            (other, _) => Signal::Saturation(other.to_owned()),
        };
        let key = (component.clone(), what.clone(), statistic.clone());
        let convert = |v: f64| match signal {
            Signal::Errors => 1.0 - v / 100.0,
            Signal::Traffic => v / 300.0,
            _ => v,
        };
        let points = |t: &Table| -> Vec<(i64, f64)> {
            let values = t.columns.get(&key).cloned().unwrap_or_default();
            t.times.iter().zip(values).filter(|(_, v)| v.is_finite()).map(|(t, v)| (*t, convert(v))).collect()
        };
        let (before, after) = (points(normal), points(issue));
        let recent = before.iter().filter(|p| p.0 > issue.times[0] - 3600).chain(&after).flat_map(|p| (0..5).map(|k| (p.0 + 60 * k, p.1))).collect();
        series.push(Series { service: component.clone(), signal, source: "file".into(), query: what.clone(), link: None, normal: before, recent });
    }
    let kind = if metric == "latency" { Kind::Waiting } else { Kind::Failing };
    let context = Context { services: vec![Scoped { name: felt.into(), why: "named".into() }], hint: Some(kind), ..Context::default() };
    let case = investigate::Case {
        reference: "INC-1".into(),
        name: format!("{felt} {metric}"),
        severity: None,
        priority: None,
        created: at(declared),
        context,
        calls: Calls::new(system.names.iter().cloned(), &system.calls),
        scope: Vec::new(),
        series,
        logs: Vec::new(),
        changes: Vec::new(),
        change_window: Duration::hours(4),
        alerts: Vec::new(),
        notes: Vec::new(),
        past: Vec::new(),
        runbooks: Default::default(),
        by_hand: Vec::new(),
        missing: Vec::new(),
    };
    investigate::judge(&case)
}
