//! What services write while it happens: a line on some calls, a pulse, what fails and whom they blame for it. Who is not
//! there writes nothing.

use super::dice::Dice;
use super::fault::{Fault, Kind, Story};
use super::incident::total;
use super::series::Recorded;
use super::topology::Role;
use chrono::{DateTime, SecondsFormat};
use hotseat::domain::{LogLine, LogSample};

/// Seconds before the declaration at which the recent lines begin, and that the normal ones cover before that.
const RECENT: f64 = 1_800.0;
const NORMAL: f64 = 3_600.0;
/// Lines on calls that a service keeps of a normal hour, and lines of one kind that it writes in a minute at most.
const KEPT: f64 = 40.0;
const MOST: f64 = 12.0;

/// How lines look.
#[derive(Clone, Copy)]
enum Style {
    Plain,
    Clock,
    Json,
}

/// Lines of one kind: its level, its words, and how many a second it is written in a minute of the tape.
struct Writes<'a> {
    level: &'static str,
    words: Box<dyn Fn(&mut Dice) -> String + 'a>,
    rate: Box<dyn Fn(f64) -> f64 + 'a>,
}

/// The lines of some services.
pub fn logs(
    recorded: &Recorded<'_>,
    story: &Story,
    declared: f64,
    of: &[usize],
    dice: &mut Dice,
) -> Vec<LogSample> {
    let style = dice.pick(&[Style::Plain, Style::Clock, Style::Json]);
    of.iter()
        .filter_map(|n| sample(recorded, story, declared, *n, style, dice))
        .collect()
}

fn sample(
    recorded: &Recorded<'_>,
    story: &Story,
    declared: f64,
    n: usize,
    style: Style,
    dice: &mut Dice,
) -> Option<LogSample> {
    let service = &recorded.system.services[n];
    if service.role == Role::ThirdParty {
        return None;
    }
    let kinds = kinds(recorded, story, n, dice);
    let middle = declared - RECENT;
    let mut lines = |from: f64, to: f64| -> Vec<LogLine> {
        let mut all = Vec::new();
        let minutes = ((to - from) / 60.0) as usize;
        for minute in (0..minutes).map(|m| from + 60.0 * m as f64) {
            if is_away(recorded, n, minute) {
                continue;
            }
            for kind in &kinds {
                let count = dice.happen(((kind.rate)(minute) * 60.0).min(MOST));
                for _ in 0..count as usize {
                    let at = recorded.epoch as f64 + minute + dice.between(0.0, 60.0);
                    let at =
                        DateTime::from_timestamp_millis((at * 1_000.0) as i64).expect("a time");
                    let words = (kind.words)(dice);
                    let text = match style {
                        Style::Plain => format!("{} {words}", kind.level),
                        Style::Clock => {
                            format!(
                                "{} {} {words}",
                                at.to_rfc3339_opts(SecondsFormat::Millis, true),
                                kind.level
                            )
                        }
                        Style::Json => format!(
                            r#"{{"ts":"{}","level":"{}","msg":"{words}"}}"#,
                            at.to_rfc3339_opts(SecondsFormat::Millis, true),
                            kind.level.to_lowercase()
                        ),
                    };
                    all.push(LogLine { at, text });
                }
            }
        }
        all.sort_by_key(|l| l.at);
        all
    };
    let normal = lines(middle - NORMAL, middle);
    let recent = lines(middle, recorded.to);
    (!normal.is_empty() || !recent.is_empty()).then(|| LogSample {
        service: service.name.clone(),
        source: "logs".into(),
        query: format!("lines of {}", service.name),
        normal,
        normal_seconds: NORMAL as i64,
        recent,
        recent_seconds: (recorded.to - middle) as i64,
        complete: false,
    })
}

fn is_away(recorded: &Recorded<'_>, n: usize, minute: f64) -> bool {
    let seen = recorded.fine.range(minute, minute + 60.0);
    recorded.fine.services[n][seen]
        .iter()
        .all(|s| !s.rate.is_finite())
}

/// Everything that a service has words for.
fn kinds<'a>(
    recorded: &'a Recorded<'_>,
    story: &'a Story,
    n: usize,
    dice: &mut Dice,
) -> Vec<Writes<'a>> {
    let rate = move |minute: f64| {
        let seen = &recorded.fine.services[n][recorded.fine.range(minute, minute + 60.0)];
        total(seen).map_or([0.0; 4], |t| t)
    };
    let usual = rate(-1_800.0)[0].max(1e-3);
    let keep = (KEPT / 3_600.0 / usual).min(1.0);
    let mut all: Vec<Writes<'a>> = Vec::new();
    let mut write = |level,
                     words: Box<dyn Fn(&mut Dice) -> String + 'a>,
                     rate: Box<dyn Fn(f64) -> f64 + 'a>| {
        all.push(Writes { level, words, rate });
    };
    let path = dice.pick(&["items", "batch", "lookup", "state"]);
    write(
        "INFO",
        Box::new(move |d| {
            format!(
                "served /{path}/{} in {} ms",
                d.count(1, 9_999),
                d.count(1, 400)
            )
        }),
        Box::new(move |m| keep * rate(m)[0]),
    );
    write(
        "INFO",
        Box::new(|_| "pulse: all parts are up".into()),
        Box::new(|_| 1.0 / 60.0),
    );
    if dice.chance(0.4) {
        let odd = dice.magnitude(0.0005, 0.01);
        write(
            "WARN",
            Box::new(|d| format!("slow statement took {} ms", d.count(200, 900))),
            Box::new(move |m| odd.min(keep * rate(m)[0])),
        );
    }
    if dice.chance(0.3) {
        let odd = dice.magnitude(0.0002, 0.01);
        write(
            "ERROR",
            Box::new(|d| format!("could not read header of client {}", d.count(1, 99_999))),
            Box::new(move |_| odd),
        );
    }
    let blamed = blames(recorded, n, dice);
    let told: Vec<usize> = blamed.iter().map(|b| b.0).collect();
    for (e, words) in blamed {
        let failing = move |m: f64| {
            total(&recorded.fine.edges[e][recorded.fine.range(m, m + 60.0)])
                .map_or(0.0, |[rate, errors, ..]| rate * errors)
        };
        write("ERROR", Box::new(move |_| words.clone()), Box::new(failing));
    }
    // What fails and was nobody else's fault: its own words at the culprit, an overflow elsewhere.
    let own = own_words(story, n);
    let level = if own.is_some() { "ERROR" } else { "WARN" };
    let words = own.unwrap_or("rejected a request: no free worker");
    let rest = move |m: f64| {
        let [rate, errors, ..] = rate(m);
        let others: f64 = told
            .iter()
            .filter_map(|e| total(&recorded.fine.edges[*e][recorded.fine.range(m, m + 60.0)]))
            .map(|[rate, errors, ..]| rate * errors)
            .sum();
        (rate * errors - others).max(0.0)
    };
    write(
        level,
        Box::new(move |d| format!("{words} (request {:08x})", d.count(0, 0xffff_ffff))),
        Box::new(rest),
    );
    let restarts = move |m: f64| {
        let used = &recorded.fine.used[n][recorded.fine.range(m, m + 60.0)];
        used.last()
            .zip(used.first())
            .map_or(0.0, |(b, a)| f64::from(b.restarts - a.restarts) / 60.0)
    };
    write(
        "INFO",
        Box::new(|d| format!("started in {}.{} seconds", d.count(2, 30), d.count(0, 9))),
        Box::new(restarts),
    );
    all
}

/// Whom a service blames for a failing call: most write the callee's name, some an address, some nothing of use.
fn blames(recorded: &Recorded<'_>, n: usize, dice: &mut Dice) -> Vec<(usize, String)> {
    let waits = recorded.system.down[n]
        .iter()
        .filter(|e| recorded.system.edges[**e].waits);
    waits
        .map(|&e| {
            let edge = &recorded.system.edges[e];
            let name = &recorded.system.services[edge.to].name;
            let whom = match dice.count(0, 9) {
                0..=5 => name.clone(),
                6..=7 => format!("http://{name}:8080/v1"),
                _ => "upstream".into(),
            };
            let why = dice.pick(&[
                "deadline exceeded",
                "connection reset",
                "answered 503",
                "no healthy endpoint",
            ]);
            (e, format!("call to {whom} failed: {why}"))
        })
        .collect()
}

/// What a culprit writes of its own failing.
fn own_words(story: &Story, n: usize) -> Option<&'static str> {
    let fault: &Fault = story.faults.iter().find(|f| f.service == n)?;
    Some(match fault.kind {
        Kind::DeployErrors => "TypeError in Handler#render: nil has no field total",
        Kind::ConfigFlip => "unknown mode in configuration",
        Kind::ClockSkew => "token used before issued",
        Kind::DiskFull => "write failed: no space left on device",
        Kind::Poisoned => "message could not be read and goes back to the queue",
        Kind::MemoryLeak => "allocation failed, heap is full",
        Kind::Pool => "timed out waiting for a connection from the pool",
        Kind::Certificate | Kind::Down => return None,
        _ => "request failed",
    })
}
