//! A detection system and incident.io in step: the daemon, and what can be asked of it.

use super::output::{json_lines, say, tell};
use super::replay::{self, Replay};
use super::{Context, Front, bridge_demo};
use crate::bridge::{self, Daemon, Told};
use crate::config;
use crate::domain::MachineFault;
use crate::domain::episode::{Episode, Kept, Memory};
use crate::domain::order::{About, Order, Wish};
use crate::domain::table::Column;
use crate::domain::text::{clean_line, counted};
use crate::draft::bridge::{explained, ordered, standing, troubles};
use crate::draft::columns::Moment;
use crate::session::bridge::ledger::{Event, LastRound};
use crate::session::{ApiError, Check};
use clap::Subcommand;
use serde_json::json;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

#[derive(Subcommand)]
pub enum BridgeCommand {
    /// Keep both sides in step until it is ended; says on standard error what it does.
    Run,
    /// Hold the configuration against the organisation and the detectors; calls nobody.
    Check,
    /// What burns, which incident it has, and how the last look went.
    Status,
    /// What it did, oldest first.
    Log {
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Pause it: all of it, or what it does with one incident or issue. Works whether or not it runs.
    Pause {
        /// An incident that it keeps (INC-123), or the fingerprint of an issue; all of it without one.
        about: Option<String>,
    },
    /// Let what was paused or taken over go on.
    Resume {
        /// The incident or the fingerprint; all of it without one.
        about: Option<String>,
    },
    /// Take an incident over: it is noted, and not resolved.
    Take {
        /// The incident (INC-123).
        incident: String,
    },
    /// What became of an issue, and by which rule.
    Why {
        /// The fingerprint, or the detector's id of it.
        fingerprint: String,
    },
    Replay(Replay),
    /// Play it here: a shop that falls sick, a real Prometheus, a real Alertmanager, and a simulated organisation.
    Demo,
}

impl BridgeCommand {
    /// Whether incident.io is asked for anything.
    pub fn asks(&self) -> bool {
        matches!(self, Self::Run | Self::Check | Self::Replay(_))
    }
}

const EPISODES: &[Column<Row, Moment>] = &[
    ("incident", |row, _| row.reference.clone()),
    ("state", |row, by| standing(&row.episode, by)),
    ("since ({zone})", |row, by| by.clock(row.episode.begun)),
    ("fingerprint", |row, _| row.episode.detection.id.clone()),
    ("flaps", |row, _| row.episode.flaps.to_string()),
    ("services", |row, _| {
        row.episode.detection.services.join(", ")
    }),
    ("issue", |row, _| row.episode.detection.title.clone()),
];

const EVENTS: &[Column<Event, Moment>] = &[
    ("at ({zone})", |event, by| by.clock(event.at)),
    ("what", |event, _| event.says.clone()),
];

/// An episode with the reference of its incident.
struct Row {
    episode: Episode,
    reference: String,
}

/// Runs one of them.
pub async fn run(context: &Context, front: &Front, command: BridgeCommand) -> Result<(), ApiError> {
    match command {
        BridgeCommand::Run => keep_in_step(context, front).await,
        BridgeCommand::Check => check(front).await,
        BridgeCommand::Status => status(front).await,
        BridgeCommand::Log { limit } => {
            let all = front.session.bridge_memory().await?.events().await?;
            front.list(&all[all.len().saturating_sub(limit)..], EVENTS)
        }
        BridgeCommand::Pause { about } => order(front, about.as_deref(), Wish::Pause).await,
        BridgeCommand::Resume { about } => order(front, about.as_deref(), Wish::Resume).await,
        BridgeCommand::Take { incident } => order(front, Some(&incident), Wish::Take).await,
        BridgeCommand::Why { fingerprint } => why(front, &fingerprint).await,
        BridgeCommand::Demo => bridge_demo::run(front.zone).await,
        BridgeCommand::Replay(asked) => replay::run(front, &asked).await,
    }
}

async fn keep_in_step(context: &Context, front: &Front) -> Result<(), ApiError> {
    bridge::can_run(front.session.config())?;
    let (ended, end) = tokio::sync::oneshot::channel();
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(|e| ApiError::Machine {
        path: None,
        reason: MachineFault::from(&e),
        says: format!("Signals cannot be heard: {e}."),
    })?;
    let (read, settings) = tokio::sync::mpsc::unbounded_channel();
    let overrides = context.overrides.clone();
    std::thread::spawn(move || {
        let mut heard = signals.forever();
        while heard.next() == Some(SIGHUP) {
            let loaded = config::load(&overrides);
            let _ = read.send(loaded.map_err(|e| ApiError::User(e.to_string())));
        }
        let _ = ended.send(());
    });
    let says = |line: &str| {
        let at = front.session.now().format("%Y-%m-%dT%H:%M:%SZ");
        tell(&format!("{at} {line}"));
    };
    let mut end = std::pin::pin!(async {
        let _ = end.await;
    });
    let mut daemon = tokio::select! {
        opened = Daemon::open(front.session.clone(), front.zone, says) => opened?,
        () = &mut end => return Ok(()),
    };
    says("The bridge keeps both sides in step.");
    if let Some(at) = daemon.at() {
        says(&format!("It takes notifications and webhooks at {at}."));
    }
    daemon.run(end, settings, says).await
}

async fn check(front: &Front) -> Result<(), ApiError> {
    let checks = bridge::check(&front.session, front.zone).await?;
    let lines: Vec<String> = checks.iter().map(Check::line).collect();
    front.output.print(&checks, &lines)?;
    Check::verdict(&checks)
}

fn reference(memory: &Memory, episode: &Episode) -> String {
    let kept = memory.kept(episode);
    kept.map(|k| k.reference.clone()).unwrap_or_default()
}

async fn status(front: &Front) -> Result<(), ApiError> {
    let remembered = front.session.bridge_memory().await?;
    let memory = remembered.memory().await?;
    let last = remembered.last_round().await?;
    let row = |episode: &Episode| Row {
        reference: reference(&memory, episode),
        episode: episode.clone(),
    };
    let known = memory.episodes.values().filter(|e| memory.matters(e));
    let mut rows: Vec<Row> = known.map(|e| row(e)).collect();
    rows.sort_by(|a, b| {
        (a.episode.is_over(), b.episode.begun).cmp(&(b.episode.is_over(), a.episode.begun))
    });
    let episodes: Vec<&Episode> = rows.iter().map(|row| &row.episode).collect();
    let incidents: Vec<&Kept> = memory.incidents.values().map(AsRef::as_ref).collect();
    let orders: Vec<&Order> = memory.orders.all().collect();
    let receivers = bridge::waiting(&remembered).await?;
    let is_shared = !front.session.config().relay.nats.is_empty();
    let lease = match is_shared {
        true => remembered.lease().await?,
        false => None,
    };
    let mut all = json!({
        "last_round": last, "episodes": episodes, "incidents": incidents, "receivers": receivers, "orders": orders,
    });
    if is_shared {
        all["lease"] = json!(lease);
    }
    let (moment, zone) = (front.moment(), front.zone_name());
    if !front.output.is_json() {
        let besides = ordered(&memory).into_iter();
        let untold = receivers.iter().map(|one| untold(one, &moment));
        let stands = lease.map(|known| format!("Since {}: {}", moment.clock(known.at), known.says));
        let besides = stands.into_iter().chain(besides).chain(untold);
        say(&told(last.as_ref(), besides, &moment))?;
        if rows.is_empty() {
            return say("Nothing burns.\n");
        }
    }
    let table = (&rows[..], &moment, zone.as_str());
    front.output.print_table(table, EPISODES, &all)
}

/// How the last look went, line by line.
fn told(last: Option<&LastRound>, besides: impl Iterator<Item = String>, by: &Moment) -> String {
    let mut lines = vec![match last {
        None => "It has not run here yet: hotseat bridge run.".into(),
        Some(last) => format!("Looked at both sides last at {}.", by.clock(last.at)),
    }];
    lines.extend(last.map(troubles).unwrap_or_default());
    lines.extend(besides);
    lines.join("\n") + "\n\n"
}

/// Gives an order, of each thing that the words mean.
async fn order(front: &Front, words: Option<&str>, wish: Wish) -> Result<(), ApiError> {
    let session = &front.session;
    let all = match words {
        None => vec![About::Everything],
        Some(words) => session.bridge_subjects(words).await?,
    };
    for about in &all {
        if wish == Wish::Take && !matches!(about, About::Incident(_)) {
            return Err(ApiError::User(
                "An incident is taken over, not an issue: hotseat bridge take INC-123.".into(),
            ));
        }
        let says = session.order_bridge(about, wish).await?;
        match front.output.is_json() {
            true => say(&json_lines(&[
                json!({"about": about, "wish": wish, "says": says}),
            ]))?,
            false => say(&format!("{says}\n"))?,
        }
    }
    Ok(())
}

/// What a receiver does not take.
fn untold(told: &Told, by: &Moment) -> String {
    let waits = counted(told.waiting, "notice waits", "notices wait");
    let since = told.failing_since.or(told.oldest);
    let since = since.map(|at| format!(" since {}", by.clock(at)));
    let why = told.says.as_ref().map(|why| format!(": {why}"));
    let (since, why) = (since.unwrap_or_default(), why.unwrap_or_default());
    format!("{waits} for {}{since}{why}.", told.name)
}

async fn why(front: &Front, fingerprint: &str) -> Result<(), ApiError> {
    let remembered = front.session.bridge_memory().await?;
    let memory = remembered.memory().await?;
    let found = memory.episodes.values();
    let found: Vec<&Episode> = found
        .filter(|e| e.detection.id == fingerprint)
        .map(AsRef::as_ref)
        .collect();
    if found.is_empty() {
        return Err(ApiError::User(format!(
            "No issue {} was heard of; hotseat bridge status lists them.",
            clean_line(fingerprint)
        )));
    }
    if front.output.is_json() {
        return say(&json_lines(&found));
    }
    let (moment, feed) = (front.moment(), remembered.alert_feed().await?);
    let explained = |e: &&Episode| {
        let alert = feed.alerts.get(&e.issue());
        explained(&memory, e, alert.map(AsRef::as_ref), &moment)
    };
    say(&found.iter().map(explained).collect::<String>())
}
