//! How the bridge fares, for whoever watches it: numbers by kinds that are few and known, never a title, a fingerprint or
//! an address.

mod text;

use super::policy::Policy;
use super::reconcile::Happened;
use crate::domain::Instant;
use crate::domain::episode::{Episode, Fate, How, Kept, LastRound, Memory, Standing};
use crate::session::bridge::lease::Tenure;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant as Elapsed};

/// One label of few values.
type Kind = [(&'static str, &'static str); 1];
/// Rounds without a good one after which it is not ready, and the least time that says so.
const MISSED: u32 = 4;
const LEAST: Duration = Duration::from_secs(90);

/// What is counted and measured.
pub struct Metrics {
    registry: Registry,
    issues: Family<Kind, Gauge>,
    withheld: Family<Kind, Gauge>,
    incidents: Family<Kind, Gauge>,
    paused: Gauge,
    declared: Family<Kind, Counter>,
    resolved: Counter,
    noted: Counter,
    refused: Family<Kind, Counter>,
    rounds: Family<Kind, Counter>,
    lasted: Histogram,
    last_good: Gauge<f64, AtomicU64>,
    detectors: Family<[(&'static str, String); 1], Gauge>,
    incident_io: Gauge,
    answers: Family<[(&'static str, String); 2], Counter>,
    taken: Family<Kind, Counter>,
    alerts_waiting: Gauge,
    unkept: Counter,
    /// Nothing where no lease is configured.
    lease: Family<Kind, Gauge>,
    readiness: Mutex<Readiness>,
}

/// Whether it can be relied on.
struct Readiness {
    /// The last look at both sides that found both.
    good: Option<Elapsed>,
    /// How old it may be.
    good_for: Duration,
    /// What stood in its way last.
    obstacle: Option<&'static str>,
    /// Why it is another bridge's turn, or nobody's.
    away: Option<String>,
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Registry::with_prefix("hotseat_bridge"),
            issues: Family::default(),
            withheld: Family::default(),
            incidents: Family::default(),
            paused: Gauge::default(),
            declared: Family::default(),
            resolved: Counter::default(),
            noted: Counter::default(),
            refused: Family::default(),
            rounds: Family::default(),
            // From a tenth of a second to about a minute and a half.
            lasted: Histogram::new(exponential_buckets(0.1, 2.0, 11)),
            last_good: Gauge::default(),
            detectors: Family::default(),
            incident_io: Gauge::default(),
            answers: Family::default(),
            taken: Family::default(),
            alerts_waiting: Gauge::default(),
            unkept: Counter::default(),
            lease: Family::default(),
            readiness: Mutex::new(Readiness {
                good: None,
                good_for: LEAST,
                obstacle: None,
                away: None,
            }),
        };
        metrics.begin();
        metrics.registered()
    }
}

impl Metrics {
    /// What is counted begins at none: a rate over what is not there yet is nothing.
    fn begin(&self) {
        let all = [
            (&self.declared, "how", &["single", "storm"][..]),
            (&self.refused, "write", &["declare", "resolve"]),
            (&self.rounds, "result", &["good", "partial", "failed"]),
        ];
        for (family, label, kinds) in all {
            for kind in kinds {
                drop(family.get_or_create(&[(label, *kind)]));
            }
        }
    }

    /// Gives each its name and its help.
    fn registered(mut self) -> Self {
        self.register_what_it_does();
        self.register_how_it_fares();
        self
    }

    fn register_what_it_does(&mut self) {
        let r = &mut self.registry;
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        r.register("build", "The version that runs", Info::new(version));
        r.register(
            "issues",
            "Issues that are remembered, by how they stand",
            self.issues.clone(),
        );
        r.register(
            "issues_withheld",
            "Issues that burn without an incident, by the rule",
            self.withheld.clone(),
        );
        r.register(
            "incidents",
            "Open incidents that are kept, by who has them",
            self.incidents.clone(),
        );
        r.register(
            "paused",
            "1 while people paused all of it",
            self.paused.clone(),
        );
        r.register(
            "declarations",
            "Incidents that were declared",
            self.declared.clone(),
        );
        r.register(
            "resolutions",
            "Incidents that were resolved",
            self.resolved.clone(),
        );
        r.register("notes", "Notes that were written", self.noted.clone());
        r.register(
            "refusals",
            "Writes that incident.io refused",
            self.refused.clone(),
        );
    }

    fn register_how_it_fares(&mut self) {
        let r = &mut self.registry;
        r.register(
            "rounds",
            "Looks at both sides, by how they went",
            self.rounds.clone(),
        );
        r.register(
            "round_duration_seconds",
            "How long a look at both sides takes",
            self.lasted.clone(),
        );
        r.register(
            "last_good_round_timestamp_seconds",
            "When both sides answered last",
            self.last_good.clone(),
        );
        r.register(
            "detector_up",
            "1 where a detector answered at the last look",
            self.detectors.clone(),
        );
        r.register(
            "incident_io_up",
            "1 where incident.io could be read at the last look",
            self.incident_io.clone(),
        );
        r.register(
            "answers",
            "Requests that came in, by path and answer",
            self.answers.clone(),
        );
        r.register(
            "events",
            "What came in, by what became of it",
            self.taken.clone(),
        );
        r.register(
            "alert_events_waiting",
            "Events that the alert source is to be told",
            self.alerts_waiting.clone(),
        );
        r.register(
            "ledger_write_failures",
            "Times that what it remembers could not be kept",
            self.unkept.clone(),
        );
        r.register(
            "lease",
            "1 at how it stands to bridges on other machines",
            self.lease.clone(),
        );
    }

    /// A look at both sides is over: how long it took, and whether what it came to could be kept.
    pub(super) fn rounded(&self, lasted: Duration, is_kept: bool, now: Instant) {
        self.lasted.observe(lasted.as_secs_f64());
        let mut ready = self.ready();
        let obstacle = match is_kept {
            true => ready.obstacle,
            false => Some("What it remembers could not be kept."),
        };
        let result = match obstacle {
            None => "good",
            Some(_) if is_kept => "partial",
            Some(_) => "failed",
        };
        ready.obstacle = obstacle;
        if obstacle.is_none() {
            ready.good = Some(Elapsed::now());
            self.last_good.set(now.timestamp() as f64);
        }
        drop(ready);
        self.rounds.get_or_create(&[("result", result)]).inc();
    }

    /// What each side answered.
    pub(super) fn looked(&self, last: &LastRound, every: Duration) {
        self.detectors.clear();
        for (detector, why) in &last.detectors {
            let up = self
                .detectors
                .get_or_create(&[("detector", detector.clone())]);
            up.set(i64::from(why.is_none()));
        }
        self.incident_io.set(i64::from(last.incidents.is_none()));
        let obstacle = match (
            &last.incidents,
            last.detectors.iter().any(|d| d.1.is_some()),
        ) {
            (Some(_), _) => Some("incident.io could not be read."),
            (None, true) => Some("A detector does not answer."),
            (None, false) => None,
        };
        let mut ready = self.ready();
        ready.obstacle = obstacle;
        ready.good_for = LEAST.max(every * MISSED);
    }

    /// The words of the organisation are not known: nothing can be decided.
    pub(super) fn is_mute(&self) {
        self.ready().obstacle = Some("The organisation could not be read yet.");
    }

    /// What is remembered by now.
    pub(super) fn remembers(&self, memory: &Memory, policy: Option<&Policy>, now: Instant) {
        let episodes = || memory.episodes.values().map(AsRef::as_ref);
        let standings = ["burning", "unsure", "clear"];
        set(
            &self.issues,
            "standing",
            &standings,
            episodes().map(standing),
        );
        let withheld = episodes().filter_map(|e| withheld(e, memory, policy?, now));
        set(&self.withheld, "rule", &RULES, withheld);
        let open = memory.incidents.values().filter(|k| k.is_open());
        let hands = ["bridge", "people", "paused"];
        set(
            &self.incidents,
            "hands",
            &hands,
            open.map(|k| whose(k, memory)),
        );
        self.paused.set(i64::from(memory.orders.pause().is_some()));
    }

    /// What became of a step.
    pub(super) fn happened(&self, happened: &Happened) {
        let refused = |write| self.refused.get_or_create(&[("write", write)]).inc();
        match happened {
            Happened::Declared(declaration, ..) => {
                let how = match declaration.how {
                    How::Storm => "storm",
                    How::Declared | How::Joined => "single",
                };
                self.declared.get_or_create(&[("how", how)]).inc();
            }
            Happened::NotDeclared(..) => {
                refused("declare");
            }
            Happened::Resolved(_) => {
                self.resolved.inc();
            }
            Happened::NotResolved(..) => {
                refused("resolve");
            }
            Happened::Noted(_) => {
                self.noted.inc();
            }
            _ => {}
        }
    }

    /// So many events wait for the alert source.
    pub(super) fn alerts_wait(&self, many: usize) {
        self.alerts_waiting
            .set(i64::try_from(many).unwrap_or(i64::MAX));
    }

    /// What it remembers could not be kept.
    pub(super) fn not_kept(&self) {
        self.unkept.inc();
    }

    /// How it stands to bridges on other machines.
    pub(super) fn stands(&self, tenure: &Tenure) {
        let (state, why) = match tenure {
            Tenure::Alone => return,
            Tenure::Held(_) => ("held", None),
            Tenure::Reaching => ("away", Some("The lease is not held yet.".to_owned())),
            Tenure::Waits(_) => ("waiting", tenure.says()),
            Tenure::Away(_) => ("away", tenure.says()),
        };
        let states = ["held", "waiting", "away"];
        set(&self.lease, "state", &states, std::iter::once(state));
        self.ready().away = why;
    }

    /// A request was answered.
    pub(super) fn answered(&self, path: &'static str, status: u16) {
        let labels = [("path", path.to_owned()), ("status", status.to_string())];
        self.answers.get_or_create(&labels).inc();
    }

    /// So many of what came in became this.
    pub(super) fn took(&self, result: &'static str, many: usize) {
        self.taken
            .get_or_create(&[("result", result)])
            .inc_by(many as u64);
    }

    /// All of it as text, in the form that is asked for, and that form's name.
    pub(super) fn text(&self, accept: &str) -> (&'static str, String) {
        let mut out = String::new();
        // Writing into a string does not fail.
        let _ = encode(&mut out, &self.registry);
        match accept.contains("application/openmetrics-text") {
            true => (text::OPEN_METRICS, out),
            false => (text::PLAIN, text::plain(&out)),
        }
    }

    /// Why it cannot be relied on; nothing where it can.
    pub(super) fn obstacle(&self) -> Option<String> {
        let ready = self.ready();
        if let Some(away) = &ready.away {
            return Some(away.clone());
        }
        let reason = ready.obstacle.unwrap_or_default();
        let Some(good) = ready.good else {
            let says = format!("The first look at both sides is not done yet. {reason}");
            return Some(says.trim().to_owned());
        };
        let ago = good.elapsed();
        (ago > ready.good_for).then(|| {
            let ago = ago.as_secs();
            let says = format!("Both sides answered last {ago} seconds ago. {reason}");
            says.trim().to_owned()
        })
    }

    fn ready(&self) -> std::sync::MutexGuard<'_, Readiness> {
        self.readiness
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sets how many there are of each kind, those included that there are none of.
fn set(
    family: &Family<Kind, Gauge>,
    label: &'static str,
    kinds: &[&'static str],
    all: impl Iterator<Item = &'static str>,
) {
    let mut counts: BTreeMap<&str, i64> = kinds.iter().map(|kind| (*kind, 0)).collect();
    all.for_each(|kind| *counts.entry(kind).or_default() += 1);
    for (kind, many) in counts {
        family.get_or_create(&[(label, kind)]).set(many);
    }
}

fn standing(episode: &Episode) -> &'static str {
    match episode.standing {
        Standing::Burning => "burning",
        Standing::Unsure { .. } => "unsure",
        Standing::Clear { .. } => "clear",
    }
}

/// Rules by which an issue that burns has no incident.
const RULES: [&str; 13] = [
    "severity",
    "service",
    "labels",
    "silenced",
    "maintenance",
    "hours",
    "wait",
    "paused",
    "refused",
    "given_up",
    "declaring",
    "alerts_only",
    "unread",
];

fn withheld(
    episode: &Episode,
    memory: &Memory,
    policy: &Policy,
    now: Instant,
) -> Option<&'static str> {
    if episode.incident.is_some() || !episode.burns() {
        return None;
    }
    let ruled = || Some(policy.rule(&episode.detection, now)?.label());
    Some(match &episode.fate {
        Fate::Dropped(_) => "given_up",
        Fate::Declaring { .. } => "declaring",
        _ if memory.orders.holds_issue(&episode.issue()).is_some() => "paused",
        _ if episode.not_before.is_some_and(|at| now < at) => "refused",
        _ => match ruled() {
            Some(rule) => rule,
            None if !policy.declares => "alerts_only",
            None => "unread",
        },
    })
}

fn whose(kept: &Kept, memory: &Memory) -> &'static str {
    let orders = &memory.orders;
    match kept.hands {
        _ if orders.holds_incident(&kept.id).is_some() => "paused",
        _ if orders.taken(&kept.id).is_some() => "people",
        Some(_) => "people",
        None => "bridge",
    }
}

#[cfg(test)]
mod tests;
