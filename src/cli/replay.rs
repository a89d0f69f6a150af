//! `bridge replay`: what a past time would have come to.

use super::Front;
use super::output::say;
use super::periods::period;
use super::progress::during;
use crate::bridge::{Act, Deed, Replayed, read_history, replayed};
use crate::domain::table::Column;
use crate::domain::text::counted;
use crate::domain::time::{Zone, span};
use crate::domain::{History, Instant};
use crate::draft::columns::Moment;
use crate::session::ApiError;
use clap::Args;
use std::path::{Path, PathBuf};

/// Run a past time through the configuration, and say which incidents and notes it would have made; writes nothing.
#[derive(Args)]
pub struct Replay {
    /// From: 7d, a date, or RFC 3339.
    #[arg(long, default_value = "7d")]
    since: String,
    /// Until.
    #[arg(long)]
    until: Option<String>,
    /// A file of detections as POST /detections takes them, each with its start and its end, in place of the series ALERTS of
    /// Prometheus.
    #[arg(long)]
    file: Option<PathBuf>,
}

const ACTS: &[Column<Act, Moment>] = &[
    ("at ({zone})", |act, by| by.zone.date_clock(act.at)),
    ("incident", |act, _| act.incident.clone()),
    ("what", |act, _| act.what.word().into()),
    ("severity", |act, _| act.severity.clone()),
    ("which", |act, _| match act.lasted {
        Some(seconds) => format!("after {}", span(seconds)),
        None => act.says.lines().next().unwrap_or_default().to_owned(),
    }),
];

/// Says what would have been.
pub async fn run(front: &Front, asked: &Replay) -> Result<(), ApiError> {
    let session = &front.session;
    let now = session.now();
    let (from, until) = period(&asked.since, asked.until.as_deref(), session)?;
    let times = (from, until.unwrap_or(now));
    let file = asked.file.as_deref().map(|path| history(path, now));
    let replayed = replayed(session, front.zone, file.transpose()?, times);
    let past = during(session, replayed).await?;
    let moment = Moment {
        now: past.to,
        zone: front.zone,
    };
    if !front.output.is_json() {
        say(&head(&past, front.zone))?;
    }
    let zone = front.zone_name();
    front
        .output
        .print_table((&past.acts[..], &moment, zone.as_str()), ACTS, &past)?;
    match front.output.is_json() {
        true => Ok(()),
        false => say(&foot(&past, front.zone)),
    }
}

/// What a history is called whose detector has no other name.
const FROM_FILE: &str = "file";

fn history(path: &Path, now: Instant) -> Result<History, ApiError> {
    let at = path.display();
    let body = std::fs::read(path)
        .map_err(|e| ApiError::machine(path, &e, format!("Cannot read {at}: {e}.")))?;
    read_history(&body, FROM_FILE, now).map_err(|e| ApiError::User(format!("{at}: {e}")))
}

fn head(past: &Replayed, zone: Zone) -> String {
    let mut lines = vec![format!(
        "From {} to {}, looked at every {} s: {} burnt {}.",
        zone.named_minute(past.from),
        zone.named_minute(past.to),
        past.every_seconds,
        counted(past.issues, "issue", "issues"),
        counted(past.times, "time", "times"),
    )];
    lines.extend(past.away.iter().map(|(detector, from, to)| {
        format!(
            "Of {} to {} nobody knows what burnt at {detector}: nothing was measured.",
            zone.named_minute(*from),
            zone.named_minute(*to)
        )
    }));
    lines.join("\n") + "\n\n"
}

/// Hours in which most people sleep.
const NIGHT: (&str, &str) = ("22:00", "07:00");

fn foot(past: &Replayed, zone: Zone) -> String {
    let is_night = |act: &&Act| {
        let clock = zone.clock(act.at);
        act.what.declares() && (*NIGHT.0 <= *clock || *clock < *NIGHT.1)
    };
    let declared = past.many(Deed::declares);
    let mut lines = vec![
        String::new(),
        format!(
            "{} declared, each of which can page once: {} of them between {} and {}.",
            counted(declared, "incident", "incidents"),
            past.acts.iter().filter(is_night).count(),
            NIGHT.0,
            NIGHT.1,
        ),
        format!(
            "{} written, {} resolved, {} open at the end.",
            counted(past.many(|d| d == Deed::Noted), "note", "notes"),
            past.many(|d| d == Deed::Resolved),
            past.open
        ),
    ];
    let fired = past.many(|d| d == Deed::Fired);
    if fired > 0 {
        lines.push(format!(
            "The alert source is told of {}, which its routes decide about.",
            counted(fired, "alert", "alerts")
        ));
    }
    let passed = past.passed_over.iter();
    lines.extend(passed.map(|(rule, many)| {
        format!(
            "No incident for {}: {rule}.",
            counted(*many, "time", "times")
        )
    }));
    lines.push("People, their incidents and what they would have done are not in it.".into());
    lines.join("\n") + "\n"
}
