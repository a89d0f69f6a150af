//! Alert sources, held against the organisation: whether they are there, take events, and make nothing twice.

use super::super::feed::made_up;
use super::{bad, good};
use crate::config::{AlertSource, Push};
use crate::domain::escalations::AlertSource as Known;
use crate::session::{ApiError, Check, Mark, Session};

/// The HTTP source that is pushed to, and the heartbeat source that is pinged.
pub async fn check(session: &Session) -> Vec<Check> {
    let bridge = &session.config().bridge;
    let mut checks = Vec::new();
    if bridge.alert_source.id.is_empty() && bridge.heartbeat.id.is_empty() {
        return checks;
    }
    let all = session.alert_sources().await.map(|(all, _)| all);
    if !bridge.alert_source.id.is_empty() {
        checks.push(match find("alerts", &bridge.alert_source, &all, "http") {
            Err(check) => check,
            Ok(known) => test_event(session, &bridge.alert_source, &known).await,
        });
        if bridge.push == Push::Both {
            checks.extend(declaring_routes(session, &bridge.alert_source.id).await);
        }
    }
    if !bridge.heartbeat.id.is_empty() {
        checks.push(
            match find("heartbeat", &bridge.heartbeat, &all, "heartbeat") {
                Err(check) => check,
                Ok(known) => token(session, &bridge.heartbeat, &known).await,
            },
        );
    }
    checks
}

/// The name of a source that is there; else what is wrong with it.
fn find(
    line: &str,
    of: &AlertSource,
    all: &Result<Vec<Known>, ApiError>,
    kind: &str,
) -> Result<String, Check> {
    let all = match all {
        Ok(all) => all,
        Err(e) => {
            let says = format!(
                "alert sources cannot be listed, so that of {} is not known: {e}",
                of.id
            );
            return Err(Check::new(line, Mark::Note, says));
        }
    };
    let fits = |s: &&Known| s.kind == kind;
    match all.iter().find(|s| s.id == of.id) {
        Some(found) if found.kind == kind => Ok(found.name.clone()),
        Some(found) => Err(bad(
            line,
            format!(
                "{} is of the kind {}, and should be {kind}",
                found.name, found.kind
            ),
        )),
        None => {
            let known = all.iter().filter(fits);
            let known: Vec<String> = known.map(|s| format!("{} ({})", s.name, s.id)).collect();
            let says = format!(
                "there is no alert source {}; of the kind {kind} there are: {}",
                of.id,
                known.join(", ")
            );
            Err(bad(line, says))
        }
    }
}

/// An event that says of an alert which never fired that it is resolved: it proves the token, and calls nobody.
async fn test_event(session: &Session, of: &AlertSource, known: &str) -> Check {
    if session.is_read_only() {
        return Check::new(
            "alerts",
            Mark::Note,
            format!("{known}; read_only is on, so no test event was sent"),
        );
    }
    let sent = match session.alert_source(of, "bridge.alert_source").await {
        Ok(access) => {
            session
                .send_alert_event(&access, &made_up(session.now()))
                .await
        }
        Err(e) => Err(e),
    };
    match sent {
        Ok(()) => good(
            "alerts",
            format!(
                "{known} takes events: a test one passed, which resolves what never fired and calls nobody"
            ),
        ),
        Err(e) => bad("alerts", format!("{known} takes no events: {e}")),
    }
}

async fn token(session: &Session, of: &AlertSource, known: &str) -> Check {
    match session.alert_source(of, "bridge.heartbeat").await {
        Ok(_) => good(
            "heartbeat",
            format!("{known}; it is pinged by hotseat bridge run alone"),
        ),
        Err(e) => bad("heartbeat", e.to_string()),
    }
}

/// Routes that declare incidents for alerts of a source, beside those that the bridge declares.
async fn declaring_routes(session: &Session, source: &str) -> Option<Check> {
    let (routes, _) = session.alert_routes().await.ok()?;
    let mut declare = Vec::new();
    for route in routes.iter().filter(|r| r.enabled).take(50) {
        let Ok(known) = session.alert_route(&route.id).await else {
            continue;
        };
        let rules = &known.rules;
        if rules.incident.is_some() && rules.sources.iter().any(|(id, _)| id == source) {
            declare.push(route.name.clone());
        }
    }
    (!declare.is_empty()).then(|| {
        let says = format!(
            "bridge.push is both, and these routes declare incidents for its alerts too, so that one trouble may have two: {}",
            declare.join(", ")
        );
        Check::new("alerts", Mark::Note, says)
    })
}
