//! Checks each link of the chain from here to incident.io and says what is wrong with it.

use super::{Access, ApiError, Session};
use crate::config::{self, Config, Confirm};
use crate::domain::{Identity, Instant, NetworkFault, Org, Window};
use crate::net::Allowance;
use crate::sources::{SourceError, Sources};
use chrono::Duration;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use serde::Serialize;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

/// Below this share of the key's budget others will be refused soon.
const SCARCE: f64 = 0.2;
/// Seconds by which two clocks may differ: a slow line and whole seconds explain as much.
const AGREEING: i64 = 5;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mark {
    /// In order.
    Good,
    /// Works, with something to know.
    Note,
    /// Does not work.
    Bad,
}

/// One link.
#[derive(Clone, Debug, Serialize)]
pub struct Check {
    /// What was checked.
    pub name: String,
    /// How it came out.
    pub mark: Mark,
    /// What was found and what to do.
    pub says: String,
}

impl Check {
    /// A finding.
    pub fn new(name: &str, mark: Mark, says: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            mark,
            says: says.into(),
        }
    }

    /// An error that names what is broken, where something is.
    pub fn verdict(all: &[Self]) -> Result<(), ApiError> {
        let broken = all.iter().filter(|c| c.mark == Mark::Bad);
        match &broken.map(|c| c.name.as_str()).collect::<Vec<_>>()[..] {
            [] => Ok(()),
            names => Err(ApiError::User(format!(
                "Something is broken: {}.",
                names.join(", ")
            ))),
        }
    }

    /// The same for a person.
    pub fn line(&self) -> String {
        let mark = match self.mark {
            Mark::Good => "ok",
            Mark::Note => "note",
            Mark::Bad => "BAD",
        };
        format!("{mark:<5} {:<9} {}", self.name, self.says)
    }
}

/// Megabytes that the cache of a long history takes: 100,000 incidents take 77, their index 23, and that once more while
/// it is written anew.
const ROOM: u64 = 125;

/// Which roles unlock what. The platform publishes scopes but not which role holds them, so these are hints; a 403
/// decides.
const PERMISSIONS: &[(&str, &[&str])] = &[
    ("see incidents, timelines, alerts", &["viewer"]),
    (
        "see schedules and who is on call",
        &["viewer", "schedules_reader", "schedules_editor"],
    ),
    (
        "see the catalog",
        &["viewer", "catalog_viewer", "catalog_editor"],
    ),
    ("see private incidents", &["global_access"]),
    ("declare incidents", &["incident_creator"]),
    (
        "edit incidents, post updates and notes",
        &["incident_editor"],
    ),
    (
        "page, acknowledge, reassign",
        &["escalation_creator", "on_call_editor"],
    ),
    (
        "take cover on a schedule",
        &["schedule_overrides_editor", "schedules_editor"],
    ),
    ("change catalog entries", &["catalog_editor"]),
];

/// Everything from the key to the journal, the sources and the cache; `opened` sees the session that asks. What the
/// terminal can do is for whoever has one.
pub async fn doctor(
    config: &Arc<Config>,
    profile: Option<&str>,
    opened: impl FnOnce(&Session),
) -> Vec<Check> {
    let mut checks = Vec::new();
    match config::find_key(config) {
        Ok(Some(found)) => {
            let says = format!("Found in {}.", found.source);
            checks.push(Check::new("key", Mark::Good, says));
            match Session::open(Access::new(config.clone(), profile, found.key)) {
                Ok(session) => {
                    opened(&session);
                    checks.extend(session.own_checks().await);
                }
                Err(e) => checks.push(failed("key", &e)),
            }
        }
        Ok(None) => checks.push(failed("key", &ApiError::NoKey)),
        Err(e) => checks.push(Check::new("key", Mark::Bad, e.to_string())),
    }
    checks.extend(surroundings(config).await);
    checks
}

/// What stands around the link: proxy, sources, cache.
async fn surroundings(config: &Config) -> Vec<Check> {
    let mut checks = vec![proxy()];
    match Sources::open(config, &Arc::new(Allowance::new())) {
        Ok(sources) => checks.extend(check_sources(&sources, config.clock.now()).await),
        Err(e) => checks.push(Check::new("sources", Mark::Bad, e.to_string())),
    }
    checks.push(cache());
    checks.extend(agents(config));
    checks.extend(agents_over_http(config));
    checks
}

/// What agents may do here beyond what is usual.
fn agents(config: &Config) -> Option<Check> {
    let sends = match config.mcp.confirm {
        Confirm::Person => None,
        Confirm::Console => Some(
            "what they propose is asked at the consoles of this machine, where their client cannot ask",
        ),
        Confirm::Agent => Some(
            "they send what they propose without asking a person, where their client cannot ask",
        ),
    };
    let sends = sends.filter(|_| !config.read_only);
    let sees = config.mcp.private.then_some("they see private incidents");
    let says: Vec<&str> = [sends, sees].into_iter().flatten().collect();
    let beyond = format!("As [mcp] says, {}.", says.join(", and "));
    (!says.is_empty()).then(|| Check::new("agents", Mark::Note, beyond))
}

/// Who may come over HTTP; with a token that is readable to others, short or missing, nobody may.
fn agents_over_http(config: &Config) -> Option<Check> {
    let mcp = &config.mcp;
    if mcp.listen.is_empty() && mcp.clients.is_empty() {
        return None;
    }
    let (mark, says) = match mcp.tokens() {
        Err(e) => (Mark::Bad, e.to_string()),
        Ok(clients) => {
            let names: Vec<&str> = clients.iter().map(|(name, _)| name.as_str()).collect();
            let at = match mcp.listen.as_str() {
                "" => "where --listen says".to_owned(),
                at => format!("at {at}"),
            };
            let names = names.join(", ");
            let says = format!("hotseat mcp --listen serves {names} over HTTP {at}.");
            (Mark::Good, says)
        }
    };
    Some(Check::new("agents", mark, says))
}

fn failed(name: &str, e: &ApiError) -> Check {
    Check::new(name, Mark::Bad, format!("{e} {}", e.suggestion()))
}

impl Session {
    /// Each link of the chain, from the server that this session asks to the cache.
    pub async fn checks(&self) -> Vec<Check> {
        let mut checks = self.own_checks().await;
        checks.extend(surroundings(&self.config).await);
        checks
    }

    /// What only a session can check: the server, the relay, the journal.
    async fn own_checks(&self) -> Vec<Check> {
        let mut checks = self.check_link().await;
        checks.extend(self.check_me().await);
        checks.extend(self.check_relay().await);
        checks.push(self.check_journal().await);
        checks
    }

    /// The journal, opened as it is before something is sent.
    async fn check_journal(&self) -> Check {
        match self.durable_outbox().await {
            Ok(_) if self.config.no_journal => {
                let says = "--no-journal: what is sent may not be written down first.";
                Check::new("journal", Mark::Note, says)
            }
            Ok(_) => {
                let says = "What is to be sent can be written down first.";
                Check::new("journal", Mark::Good, says)
            }
            Err(e) => failed("journal", &e),
        }
    }

    /// Reachability, TLS, clock, identity, roles and budget.
    async fn check_link(&self) -> Vec<Check> {
        let started = std::time::Instant::now();
        let answered = match self.client.read("/v1/identity", &[]).await {
            Ok(answered) => answered,
            Err(e) => return vec![failed(link_of(&e), &e)],
        };
        let (host, took) = (self.client.host(), started.elapsed().as_millis());
        let mut checks = vec![Check::new(
            "reach",
            Mark::Good,
            format!("{host} answered in {took} ms."),
        )];
        let skew = answered
            .date
            .map(|there| (self.client.clock().now() - there).num_seconds());
        checks.extend(skew.map(clock));
        match self.client.identity().await {
            Ok(identity) => checks.extend(roles(&identity)),
            Err(e) => checks.push(failed("key", &e)),
        }
        if let Err(e) = self.client.severities().await {
            let says = format!("Severities cannot be read: {e}");
            checks.push(Check::new("read", Mark::Bad, says));
        }
        checks.extend(self.check_budget());
        checks
    }

    /// Who the configuration says works here, where it says so.
    async fn check_me(&self) -> Option<Check> {
        let me = Some(&self.config.me).filter(|me| !me.is_empty())?;
        // That people cannot be read is another link of the chain.
        let people = self.client.users().await.ok()?.items;
        let org = Org {
            people,
            ..Org::default()
        };
        Some(match (org.unknown_me(me), org.person(me)) {
            (None, Some(person)) => {
                Check::new("me", Mark::Good, format!("You are {}.", person.name))
            }
            (unknown, _) => Check::new("me", Mark::Bad, unknown.unwrap_or_default()),
        })
    }

    /// The relay, where one is configured.
    async fn check_relay(&self) -> Vec<Check> {
        match self.relay_status().await {
            Ok(None) => Vec::new(),
            Ok(Some(status)) => {
                let bridge = status.bridge.is_some().then(|| status.bridge_check());
                [status.check()].into_iter().chain(bridge).collect()
            }
            Err(e) => vec![failed("relay", &e)],
        }
    }

    /// Who holds the lease of the bridge, where one is configured.
    pub async fn bridge_lease_check(&self) -> Option<Check> {
        match self.relay_status().await {
            Ok(status) => Some(status?.bridge_check()),
            Err(e) => Some(failed("lease", &e)),
        }
    }

    fn check_budget(&self) -> Option<Check> {
        let budget = self.client.budget()?;
        let mark = if budget.left() < SCARCE {
            Mark::Note
        } else {
            Mark::Good
        };
        let says = format!(
            "{} of {} requests left for everyone who uses this key.",
            budget.remaining, budget.limit
        );
        Some(Check::new("budget", mark, says))
    }
}

/// Which link of the chain an error breaks.
fn link_of(e: &ApiError) -> &'static str {
    match e {
        ApiError::Network {
            kind: NetworkFault::Tls,
            ..
        } => "tls",
        ApiError::Network { .. } | ApiError::NotJson { .. } => "reach",
        _ => "key",
    }
}

fn roles(identity: &Identity) -> Vec<Check> {
    let says = format!("Valid: \"{}\", {}.", identity.name, identity.dashboard);
    let mut checks = vec![Check::new("key", Mark::Good, says)];
    for (what, roles) in PERMISSIONS {
        let mut held = identity.roles.iter().chain(&identity.team_roles);
        checks.push(match held.any(|r| roles.contains(&r.as_str())) {
            true => Check::new("role", Mark::Good, format!("May {what}.")),
            false => Check::new(
                "role",
                Mark::Note,
                format!("May not {what}: needs the role {}.", roles.join(" or ")),
            ),
        });
    }
    checks
}

/// Ages and shifts are computed here: a wrong clock shows wrong ages.
fn clock(skew: i64) -> Check {
    if skew.abs() <= AGREEING {
        let says = "This machine's clock agrees with the server's.";
        return Check::new("clock", Mark::Good, says);
    }
    let side = if skew > 0 { "ahead" } else { "behind" };
    Check::new(
        "clock",
        Mark::Bad,
        format!(
            "This machine's clock is {} s {side}; ages and shifts are shown wrong by as much. Set it right (timedatectl).",
            skew.abs()
        ),
    )
}

fn proxy() -> Check {
    let set = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"]
        .iter()
        .find(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    let says = set.map_or("None set.".into(), |name| format!("From {name}."));
    Check::new("proxy", Mark::Good, says)
}

fn cache() -> Check {
    let Some(dir) = config::cache_dir() else {
        let says = "This user has no home folder; nothing is kept.";
        return Check::new("cache", Mark::Note, says);
    };
    let shown = dir.display();
    let (mark, says) = match std::fs::metadata(&dir) {
        Err(_) => (
            Mark::Good,
            format!("{shown} is made when it is needed, for you alone."),
        ),
        Ok(meta) if meta.permissions().mode() & 0o077 != 0 => (
            Mark::Bad,
            format!("Others may read {shown}; run chmod 700 {shown}."),
        ),
        Ok(_) => (Mark::Good, format!("{shown} is yours alone.")),
    };
    let (mark, says) = match lacks(&dir).filter(|_| mark == Mark::Good) {
        Some(lack) => (Mark::Note, lack),
        None => (mark, says),
    };
    Check::new("cache", mark, says)
}

/// What a folder, or the one that it is to be made in, lacks for the cache.
fn lacks(dir: &Path) -> Option<String> {
    let there = dir.ancestors().find(|folder| folder.is_dir())?;
    let shown = there.display();
    let anew = "what is read is read again each time";
    if rustix::fs::access(there, rustix::fs::Access::WRITE_OK).is_err() {
        return Some(format!("{shown} cannot be written to: {anew}."));
    }
    let disk = rustix::fs::statvfs(there).ok()?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) / 1_000_000;
    (free < ROOM).then(|| {
        format!(
            "{free} MB are free where {shown} is: a long history takes {ROOM}; without them {anew}."
        )
    })
}

/// Tries every source.
async fn check_sources(sources: &Sources, now: Instant) -> Vec<Check> {
    let day = Window {
        normal_from: now,
        recent_from: now,
        to: now,
        changes_from: now - Duration::days(1),
    };
    let mut asked: Vec<BoxFuture<'_, (&str, Result<String, SourceError>)>> = Vec::new();
    for source in &sources.metrics {
        asked.push(async move { (source.name(), source.check(now).await) }.boxed());
    }
    for source in &sources.logs {
        asked.push(async { (source.name(), source.check().await) }.boxed());
    }
    for source in &sources.clusters {
        asked.push(async { (source.name(), source.check().await) }.boxed());
    }
    for source in &sources.traces {
        asked.push(async { (source.name(), source.check().await) }.boxed());
    }
    for source in sources.changes.iter().filter(|s| !s.is_alerts()) {
        let says = |(told, _): (Vec<_>, _)| format!("changes in a day: {}", told.len());
        let told = async move { (source.name(), source.changes(day).await.map(says)) };
        asked.push(told.boxed());
    }
    if let Some(model) = &sources.model {
        let ready = model.ask("Answer with one word.", "Say ready.");
        let says = format!("{} answers", model.name());
        asked.push(async { ("model", ready.await.map(|_| says)) }.boxed());
    }
    let answers = join_all(asked).await.into_iter();
    let check = |(name, answer): (&str, Result<String, SourceError>)| match answer {
        Ok(says) => Check::new(name, Mark::Good, format!("{says}.")),
        Err(why) => Check::new(name, Mark::Bad, why.to_string()),
    };
    answers.map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_for_the_cache_is_told() {
        // Nothing can be kept among the processes: what they tell takes no room, and there is none.
        let full = lacks(Path::new("/proc/hotseat/cache")).expect("it has no room");
        assert!(full.starts_with("0 MB are free where /proc is"), "{full}");
    }
}
