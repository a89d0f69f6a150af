//! Checks each link of the chain from here to incident.io and says what is wrong with it.

use super::{ApiError, Client};
use chrono::Utc;
use serde::Serialize;

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
}

/// Which roles unlock what. The platform publishes scopes but not which role holds them, so these are hints; a 403
/// decides.
pub const PERMISSIONS: &[(&str, &[&str])] = &[
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

/// Reachability, TLS, clock, identity, roles and budget.
pub async fn doctor(client: &Client) -> Vec<Check> {
    let mut checks = Vec::new();
    let started = std::time::Instant::now();
    let answer = client.read("/v1/identity", &[]).await;
    let took = started.elapsed();
    match &answer {
        Ok(answered) => {
            checks.push(Check::new(
                "reach",
                Mark::Good,
                format!("{} answered in {} ms.", client.host(), took.as_millis()),
            ));
            checks.extend(
                answered
                    .date
                    .map(|there| clock((Utc::now() - there).num_seconds())),
            );
        }
        Err(e) => {
            let link = match e {
                ApiError::Network {
                    kind: crate::domain::NetworkFault::Tls,
                    ..
                } => "tls",
                ApiError::Network { .. } | ApiError::NotJson { .. } => "reach",
                _ => "key",
            };
            checks.push(Check::new(
                link,
                Mark::Bad,
                format!("{e} {}", e.suggestion()),
            ));
            return checks;
        }
    }
    match client.identity().await {
        Ok(identity) => {
            checks.push(Check::new(
                "key",
                Mark::Good,
                format!("Valid: \"{}\", {}.", identity.name, identity.dashboard),
            ));
            for (what, roles) in PERMISSIONS {
                let has = roles.iter().any(|role| {
                    identity
                        .roles
                        .iter()
                        .chain(&identity.team_roles)
                        .any(|r| r == role)
                });
                let says = if has {
                    format!("May {what}.")
                } else {
                    format!("May not {what}: needs the role {}.", roles.join(" or "))
                };
                checks.push(Check::new(
                    "role",
                    if has { Mark::Good } else { Mark::Note },
                    says,
                ));
            }
        }
        Err(e) => checks.push(Check::new(
            "key",
            Mark::Bad,
            format!("{e} {}", e.suggestion()),
        )),
    }
    if let Err(e) = client.severities().await {
        checks.push(Check::new(
            "read",
            Mark::Bad,
            format!("Severities cannot be read: {e}"),
        ));
    }
    if let Some(budget) = client.budget() {
        let mark = if budget.left() < 0.2 {
            Mark::Note
        } else {
            Mark::Good
        };
        checks.push(Check::new(
            "budget",
            mark,
            format!(
                "{} of {} requests left for everyone who uses this key.",
                budget.remaining, budget.limit
            ),
        ));
    }
    checks
}

/// Ages and shifts are computed here: a wrong clock shows wrong ages.
fn clock(skew: i64) -> Check {
    match skew.abs() {
        0..=5 => Check::new(
            "clock",
            Mark::Good,
            "This machine's clock agrees with the server's.",
        ),
        s => Check::new(
            "clock",
            Mark::Bad,
            format!(
                "This machine's clock is {s} s {}; ages and shifts are shown wrong by as much. Set it right (timedatectl).",
                if skew > 0 { "ahead" } else { "behind" }
            ),
        ),
    }
}
