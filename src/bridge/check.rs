//! What is configured, held against the organisation and the detectors as they are.

mod alert_source;
mod queries;

use super::carry::asked_of;
use super::fill;
use super::inbox;
use super::policy::Policy;
use super::reconcile::Declaration;
use super::tell::Receiver;
use super::view::{policy, resolving, without_metrics};
use super::words;
use crate::config::{self, Bridge, Learn};
use crate::domain::episode::{Episode, How};
use crate::domain::text::counted;
use crate::domain::time::Zone;
use crate::domain::{Detection, Heard, Org};
use crate::session::{ApiError, Check, Mark, Prepared, Session, WriteRequest};

/// Everything that `bridge run` stands on.
pub async fn check(session: &Session, zone: Zone) -> Result<Vec<Check>, ApiError> {
    let config = &session.config().bridge;
    let org = session.org().await?;
    let policy = policy(config, zone, &org);
    let mut checks = vec![severities(&policy), status(config, &org)];
    checks.extend(detectors(session).await?);
    if let Ok(policy) = &policy {
        checks.push(declaration(session, config, &policy.severity).await);
    }
    checks.push(services(session, config).await?);
    checks.extend(queries::check(session).await?);
    checks.extend(alert_source::check(session).await);
    checks.push(learning(config));
    checks.extend(taking(session));
    checks.extend(config.receiver.iter().map(telling));
    checks.extend(session.bridge_lease_check().await);
    checks.push(place(session).await);
    Ok(checks)
}

fn good(name: &str, says: impl Into<String>) -> Check {
    Check::new(name, Mark::Good, says)
}

fn bad(name: &str, says: impl Into<String>) -> Check {
    Check::new(name, Mark::Bad, says)
}

fn severities(policy: &Result<Policy, String>) -> Check {
    match policy {
        Ok(policy) => {
            let mapped = policy.severity_of.iter();
            let mut mapped: Vec<String> =
                mapped.map(|(word, to)| format!("{word} is {to}")).collect();
            mapped.push(format!("all else is {}", policy.severity));
            good("severities", mapped.join(", "))
        }
        Err(wrong) => bad("severities", wrong),
    }
}

fn status(config: &Bridge, org: &Org) -> Check {
    match resolving(config, org) {
        Ok(says) => good("resolving", says),
        Err(wrong) => bad("resolving", wrong),
    }
}

async fn detectors(session: &Session) -> Result<Vec<Check>, ApiError> {
    let config = session.config();
    let mut checks = Vec::new();
    for sighting in session.sightings().await? {
        let name = sighting.detector.clone();
        checks.push(match &sighting.heard {
            Heard::Nothing(why) => bad(&name, why.clone()),
            Heard::Part(_, why) => Check::new(&name, Mark::Note, why.clone()),
            Heard::All(all, _) | Heard::Some(all) => {
                good(&name, format!("answers; {} burn", all.len()))
            }
        });
    }
    for detector in &config.bridge.alertmanager {
        if detector.prometheus.is_empty() {
            let says = "nobody confirms that its rules no longer fire: what its sender stops speaking of stays open until you look; name a metrics source under prometheus";
            checks.push(Check::new(&detector.name, Mark::Note, says));
        }
    }
    checks.extend(without_metrics(config).map(|(name, says)| bad(name, says)));
    if checks.is_empty() && config.bridge.detector.is_empty() {
        let says = "none is configured; see [[bridge.alertmanager]], [[bridge.json]] and [[bridge.detector]]";
        checks.push(bad("detectors", says));
    }
    Ok(checks)
}

/// A made-up issue, declared as far as it goes without sending anything: type, severity, fields and roles must exist.
async fn declaration(session: &Session, config: &Bridge, severity: &str) -> Check {
    let detection = Detection {
        detector: "check".into(),
        id: "check".into(),
        title: "A test of the bridge".into(),
        started: session.now(),
        ..Detection::default()
    };
    let episode = Episode::begins(detection.clone(), session.now());
    let made_up = Declaration {
        issues: vec![episode.issue()],
        key: episode.key(),
        name: words::name(&episode),
        severity: severity.to_owned(),
        summary: words::summary(&[&episode], 1),
        services: Vec::new(),
        how: How::Declared,
    };
    let facts = fill::ask(session, &made_up, Some(detection)).await;
    let request = WriteRequest {
        dry_run: true,
        ..asked_of(config, &made_up, &facts)
    };
    match session.prepare(&request).await {
        Ok(Prepared::Ready { planned, .. }) => {
            let says = planned
                .first()
                .map(|p| p.says.join(" "))
                .unwrap_or_default();
            good("declaring", format!("would send: {says}"))
        }
        Ok(_) => good("declaring", "in order"),
        Err(e) => bad("declaring", e.to_string()),
    }
}

async fn services(session: &Session, config: &Bridge) -> Result<Check, ApiError> {
    if config.services.is_empty() {
        return Ok(good("services", "all may declare"));
    }
    let catalog = session.catalog().await?;
    let unknown = config.services.iter().filter(|s| catalog.find(s).is_none());
    let unknown: Vec<&str> = unknown.map(String::as_str).collect();
    Ok(match unknown.is_empty() {
        true => good("services", config.services.join(", ")),
        false => bad(
            "services",
            format!("the catalog has no {}", unknown.join(", ")),
        ),
    })
}

/// What is drafted once an incident is resolved.
fn learning(config: &Bridge) -> Check {
    let says = match config.learn {
        Learn::Off => "nothing is drafted once it is resolved: bridge.learn is off",
        Learn::Keep => "a post-mortem is drafted and kept here, and the console goes on from it",
        Learn::Import => "a post-mortem is imported, and follow-ups are created",
    };
    good("learning", says)
}

/// Whether it could listen as it is configured: addresses, certificates, tokens, the form of each secret.
fn taking(session: &Session) -> Option<Check> {
    let config = session.config();
    match inbox::listen(&config.bridge, config.clock) {
        Ok(None) => {
            let mut named = config.bridge.detector.iter().map(|d| &d.name);
            let asked =
                |name: &&String| config.bridge.alertmanager.iter().any(|a| a.name == **name);
            let unheard = named.find(|name| !asked(name))?;
            let says =
                format!("{unheard} reports by itself, and nothing listens: set bridge.listen");
            Some(bad("listening", says))
        }
        Ok(Some(listen)) => {
            let secrets = listen.trusted.secrets.len();
            let secrets = counted(secrets, "secret of webhooks", "secrets of webhooks");
            let says = format!("at {}; {secrets}", listen.at);
            Some(good("listening", says))
        }
        Err(wrong) => Some(bad("listening", wrong)),
    }
}

/// Whether a system of one's own can be told as it is configured; nothing is sent to it.
fn telling(receiver: &config::Receiver) -> Check {
    match Receiver::read(receiver) {
        Ok(read) => good(&receiver.name, read.says()),
        Err(wrong) => bad(&receiver.name, wrong),
    }
}

async fn place(session: &Session) -> Check {
    let says = match session.config().relay.nats.is_empty() {
        true => {
            "what is remembered is kept here; on a second host a second bridge would declare the same again under the same keys, so run one"
        }
        false => {
            "what is remembered is kept here; of several bridges on several hosts the one that holds the lease works"
        }
    };
    match session.bridge_memory().await {
        Ok(_) if session.is_read_only() => bad("writing", "read_only is on: nothing would be sent"),
        Ok(_) => good("memory", says),
        Err(e) => bad("memory", e.to_string()),
    }
}
