//! Settings of the bridge between detection systems and incident.io.

use super::{Access, ConfigError, JsonDetector, Learn, Notes, Secret};
use crate::domain::time::{parse, parse_span};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How detection systems and incident.io are kept in step.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Bridge {
    /// Seconds between two looks at both sides.
    pub every_seconds: u64,
    /// What is pushed to incident.io.
    pub push: Push,
    /// The HTTP alert source that alert events go to.
    pub alert_source: AlertSource,
    /// The heartbeat source that is pinged after each whole look.
    pub heartbeat: AlertSource,
    /// Severities that may declare, in the detector's words; empty for all.
    pub severities: Vec<String>,
    /// Services that may declare; empty for all.
    pub services: Vec<String>,
    /// Conditions on labels, as Alertmanager writes them.
    pub labels: Vec<String>,
    /// Hours that may declare, such as `22:00-06:00`; empty for all.
    pub hours: String,
    /// Seconds an issue burns before it is declared.
    pub wait_seconds: u32,
    /// Times in which nothing is declared.
    pub maintenance: Vec<Quiet>,
    /// The organisation's severities by the detector's words.
    pub severity_map: BTreeMap<String, String>,
    /// The severity of whatever is not among them: a name or an id; empty for Critical, else the worst.
    pub severity: String,
    /// The incident type, by name or id; empty for the organisation's own.
    pub incident_type: String,
    /// The name of an incident, with places as the fields have them.
    pub name: String,
    /// Custom fields by name, with `{services}`, `{title}`, `{label.NAME}` and the like in their values.
    pub fields: BTreeMap<String, String>,
    /// Questions to sources, by the name that fields use them under.
    pub queries: BTreeMap<String, Query>,
    /// Roles by name, with the person.
    pub roles: BTreeMap<String, String>,
    /// Whether what is over is resolved.
    pub resolve: bool,
    /// The status it is resolved into; empty for the mildest that is an end.
    pub resolved_status: String,
    /// Whether the incident's channel is told of it.
    pub notify_channel: bool,
    /// How long all has to be quiet first.
    pub hold: String,
    /// The longest that a flapping incident is waited for.
    pub longest_hold: String,
    /// Whether incidents that people touched are resolved too.
    pub resolve_touched: bool,
    /// Declarations an hour; what is more goes into one incident for all.
    pub declares_per_hour: usize,
    /// Whether a cause is looked for, and written into the incident.
    pub investigate: bool,
    /// What of all that happens while it burns is told on the timeline.
    pub notes: Notes,
    /// What is drafted of it once it is resolved.
    pub learn: Learn,
    /// Whether what somebody leads is silenced at its Alertmanager while it is open.
    pub silence: bool,
    /// Alertmanagers.
    pub alertmanager: Vec<Alertmanager>,
    /// Systems that list their issues in JSON.
    pub json: Vec<JsonDetector>,
    /// Where notifications and webhooks are taken, as an address and a port; empty takes none.
    pub listen: String,
    /// The certificate it shows (PEM).
    pub tls_certificate: String,
    /// Its private key (PEM).
    pub tls_key: String,
    /// A proxy in front of it takes care of TLS.
    pub behind_proxy: bool,
    /// Secrets of incident.io's webhooks (`whsec_…`): several while one is rotated.
    pub webhook_secrets: Vec<Secret>,
    /// Who may report here.
    pub detector: Vec<Pushing>,
    /// Systems of one's own that are told what people do.
    pub receiver: Vec<Receiver>,
}

/// A system that is told of every change of an incident that is kept.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// Its name in the log.
    pub name: String,
    /// Where it is told.
    pub url: String,
    /// Secrets that sign what it is told (`whsec_…`): several while one is rotated.
    pub secrets: Vec<Secret>,
    /// A further certificate authority (PEM).
    #[serde(default)]
    pub ca_cert: String,
    /// Whether it is told over plain http beyond this machine, where it can be read on the way.
    #[serde(default)]
    pub plain_http: bool,
}

/// What is pushed to incident.io.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Push {
    /// Incidents are declared.
    #[default]
    Incidents,
    /// An alert source is told, and decides there.
    Alerts,
    /// Incidents are declared, and an alert source is told.
    Both,
}

impl Push {
    /// Whether incidents are declared.
    pub fn incidents(self) -> bool {
        self != Self::Alerts
    }

    /// Whether an alert source is told.
    pub fn alerts(self) -> bool {
        self != Self::Incidents
    }
}

/// An alert source at incident.io.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AlertSource {
    /// Its id; empty for none.
    pub id: String,
    /// Its own token.
    pub token: Secret,
}

/// A detector that reports by itself.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pushing {
    /// Its name in incidents; that of an Alertmanager which is asked, too, only makes the next look come sooner.
    pub name: String,
    /// What it sends.
    pub kind: PushKind,
    /// The token that it shows.
    #[serde(default)]
    pub token: Secret,
    /// Whether its "resolved" is believed: Alertmanager says it also where a sender merely stopped.
    #[serde(default)]
    pub trust_resolved: bool,
}

/// What a detector sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PushKind {
    /// Notifications of Alertmanager, or of Grafana, to `/alertmanager`.
    Alertmanager,
    /// Detections, to `/detections`.
    Detections,
}

/// A question to a source of metrics, or for the latest of a source of changes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The name of the source.
    pub source: String,
    /// PromQL, with `$service` within the quotes of a regular expression; empty for a source of changes.
    #[serde(default)]
    pub query: String,
    /// The label whose value it is; empty for the number.
    #[serde(default)]
    pub label: String,
}

/// A time in which nothing is declared.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// From: RFC 3339.
    pub from: String,
    /// To: RFC 3339.
    pub to: String,
    /// The services it is about; empty for all.
    #[serde(default)]
    pub services: Vec<String>,
}

/// An Alertmanager.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Alertmanager {
    /// Its name in incidents.
    pub name: String,
    /// Its address.
    pub url: String,
    /// How it is reached.
    #[serde(default)]
    pub access: Access,
    /// The metrics source of this name confirms that a rule no longer fires; empty where nobody does.
    #[serde(default)]
    pub prometheus: String,
    /// Labels that name the service, the first that is there.
    #[serde(default = "service_labels")]
    pub service_labels: Vec<String>,
    /// The label that names the severity.
    #[serde(default = "severity_label")]
    pub severity_label: String,
}

fn service_labels() -> Vec<String> {
    ["service", "service_name", "app", "job"]
        .map(str::to_owned)
        .into()
}

fn severity_label() -> String {
    "severity".into()
}

impl Bridge {
    /// Names of the detectors that are asked.
    pub fn asked(&self) -> impl Iterator<Item = &str> {
        let lists = self.json.iter().map(|list| list.name.as_str());
        self.alertmanager
            .iter()
            .map(|a| a.name.as_str())
            .chain(lists)
    }

    /// How long all has to be quiet before an incident is resolved.
    pub fn hold(&self) -> Duration {
        parse_span(&self.hold).unwrap_or(Duration::minutes(5))
    }

    /// The longest that a flapping incident is waited for.
    pub fn longest_hold(&self) -> Duration {
        parse_span(&self.longest_hold).unwrap_or(Duration::hours(1))
    }

    /// What the environment says in place of the file.
    pub(super) fn apply(
        &mut self,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<(), ConfigError> {
        let given = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        for (name, setting) in [
            ("INCIDENT_IO_INCIDENT_TYPE_ID", &mut self.incident_type),
            ("INCIDENT_IO_SEVERITY_ID", &mut self.severity),
            (
                "INCIDENT_IO_RESOLVED_STATUS_NAME",
                &mut self.resolved_status,
            ),
        ] {
            if let Some(value) = given(name) {
                *setting = value.trim().to_owned();
            }
        }
        let secret = "INCIDENT_IO_WEBHOOK_SECRET";
        if given(secret).is_some() {
            let env = secret.to_owned();
            self.webhook_secrets.push(Secret {
                env,
                ..Secret::default()
            });
        }
        if let Some(value) = given("INCIDENT_IO_NOTIFY_CHANNEL") {
            self.notify_channel = match value.trim().to_lowercase().as_str() {
                "true" | "1" | "yes" => true,
                "false" | "0" | "no" => false,
                other => {
                    return Err(ConfigError(format!(
                        "INCIDENT_IO_NOTIFY_CHANNEL is \"{other}\"; write true or false."
                    )));
                }
            };
        }
        Ok(())
    }

    /// Refuses what cannot be meant.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if !(1..=3600).contains(&self.every_seconds) {
            return Err(ConfigError(format!(
                "bridge.every_seconds is {}; write 1 to 3600.",
                self.every_seconds
            )));
        }
        for (name, value) in [("hold", &self.hold), ("longest_hold", &self.longest_hold)] {
            let span = parse_span(value).filter(|s| *s >= Duration::zero());
            if span.is_none_or(|s| s > Duration::days(7)) {
                return Err(ConfigError(format!(
                    "bridge.{name} is \"{value}\"; write a time up to a week, such as 5m or 1h."
                )));
            }
        }
        if self.push.alerts() && self.alert_source.id.is_empty() {
            return Err(ConfigError(
                "bridge.push sends alert events, and bridge.alert_source names no source; write alert_source = { id = \"…\", token = { env = \"…\" } }.".into(),
            ));
        }
        let mut names = std::collections::BTreeSet::new();
        for one in &self.receiver {
            if !names.insert(&one.name) {
                return Err(ConfigError(format!(
                    "bridge.receiver names \"{}\" twice; each has its own name.",
                    one.name
                )));
            }
        }
        let places = self
            .fields
            .values()
            .flat_map(|t| t.split("{query.").skip(1));
        let names = places.filter_map(|place| Some(place.split_once('}')?.0));
        if let Some(name) = names.into_iter().find(|n| !self.queries.contains_key(*n)) {
            return Err(ConfigError(format!(
                "bridge.fields names the query \"{name}\"; write [bridge.queries.{name}] with a source."
            )));
        }
        for quiet in &self.maintenance {
            if parse(&quiet.from)
                .zip(parse(&quiet.to))
                .is_none_or(|(from, to)| from >= to)
            {
                return Err(ConfigError(format!(
                    "bridge.maintenance has a time from \"{}\" to \"{}\"; write RFC 3339, such as 2026-11-21T22:00:00Z, the earlier first.",
                    quiet.from, quiet.to
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults() -> Bridge {
        let all: toml::Table = crate::config::DEFAULTS.parse().expect("TOML");
        all["bridge"].clone().try_into().expect("settings")
    }

    #[test]
    fn the_environment_names_what_other_integrations_name_so_too() {
        let mut bridge = defaults();
        let said = |name: &str| {
            let value = match name {
                "INCIDENT_IO_INCIDENT_TYPE_ID" => "01TYPE",
                "INCIDENT_IO_SEVERITY_ID" => "01SEVERITY",
                "INCIDENT_IO_RESOLVED_STATUS_NAME" => "Closed",
                "INCIDENT_IO_NOTIFY_CHANNEL" => "True",
                "INCIDENT_IO_WEBHOOK_SECRET" => "whsec_c2VjcmV0",
                _ => return None,
            };
            Some(value.to_owned())
        };
        bridge.apply(said).expect("taken");
        assert_eq!(
            (bridge.incident_type.as_str(), bridge.severity.as_str()),
            ("01TYPE", "01SEVERITY")
        );
        assert_eq!(
            (bridge.resolved_status.as_str(), bridge.notify_channel),
            ("Closed", true)
        );
        assert_eq!(bridge.webhook_secrets[0].env, "INCIDENT_IO_WEBHOOK_SECRET");
        let wrong = bridge
            .apply(|_| Some("perhaps".into()))
            .expect_err("no answer");
        assert!(wrong.to_string().contains("write true or false"), "{wrong}");
    }
}
