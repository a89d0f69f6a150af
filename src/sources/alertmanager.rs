//! What burns, as Alertmanager's API tells it. Its list has neither what is over nor what its senders stopped speaking of,
//! and it forgets everything when it starts; what that means is for others to judge, so all of it is passed on.

use super::http::{Asking, Endpoint, SourceError, ahead};
use crate::config::{self, ConfigError};
use crate::domain::text::{clean_line, clean_text, fit};
use crate::domain::{Detection, DetectionState, Heard, Instant, Sighting, Silence, time};
use chrono::Duration;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Alerts that are read: more than an installation of thousands of services has at its worst.
const MOST: usize = 100_000;
/// Characters of one label or annotation that are kept.
const LONGEST: usize = 2_000;

/// An Alertmanager.
pub struct Alertmanager {
    config: config::Alertmanager,
    endpoint: Endpoint,
}

impl Alertmanager {
    /// Sets up; nothing is asked.
    pub fn open(config: &config::Alertmanager, asking: &Asking) -> Result<Self, ConfigError> {
        Ok(Self {
            endpoint: Endpoint::open(&config.name, &config.url, &config.access, asking)?,
            config: config.clone(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// The metrics source that confirms what it says; empty where none does.
    pub fn confirmed_by(&self) -> &str {
        &self.config.prometheus
    }

    /// What it says now.
    pub async fn sight(&self, now: impl Fn() -> Instant) -> Sighting {
        let heard = match self.ask(&now).await {
            Ok((all, since)) => Heard::All(all, since),
            Err(e) => Heard::Nothing(e.to_string()),
        };
        Sighting {
            detector: self.config.name.clone(),
            at: now(),
            heard,
        }
    }

    /// Everything that burns, and since when it remembers, by our clock. The start is read after the alerts: one that
    /// began anew in between is known to have forgotten.
    async fn ask(
        &self,
        now: impl Fn() -> Instant,
    ) -> Result<(Vec<Detection>, Option<Instant>), SourceError> {
        let all = self.endpoint.at("api/v2/alerts");
        let read = |answer: &Value, date| {
            let ahead = ahead(date, now());
            let mut all = self.alerts(answer)?;
            for one in &mut all {
                // The start stays as it is told: a key stands on it.
                one.ends = one.ends.map(|at| at - ahead);
                one.updated = one.updated.map(|at| at - ahead);
            }
            Ok(all)
        };
        let alerts = self.endpoint.get_dated(all, read).await?;
        let status = self.endpoint.at("api/v2/status");
        let since = |answer: &Value, date| {
            let since = answer["uptime"].as_str().and_then(time::parse);
            Ok(since.map(|at| at - ahead(date, now())))
        };
        let since = self.endpoint.get_dated(status, since).await?;
        Ok((alerts, since))
    }

    /// Silences that stand or will, by our clock.
    pub async fn silences(&self, now: impl Fn() -> Instant) -> Result<Vec<Silence>, SourceError> {
        let read = |answer: &Value, date| {
            let ahead = ahead(date, now());
            let all = answer.as_array().into_iter().flatten();
            let stands = |s: &&Value| s["status"]["state"] != "expired";
            Ok(all
                .filter(stands)
                .filter_map(|s| silence_of(s, ahead))
                .collect())
        };
        let all = self.endpoint.at("api/v2/silences");
        self.endpoint.get_dated(all, read).await
    }

    /// Silences, or changes a silence that is there.
    pub async fn silence(&self, silence: &Silence, now: Instant) -> Result<(), SourceError> {
        let matchers: Vec<Value> = silence
            .labels
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value, "isRegex": false, "isEqual": true}))
            .collect();
        let mut body = json!({
            "matchers": matchers, "startsAt": time::stamp(silence.starts.unwrap_or(now)), "endsAt": time::stamp(silence.ends),
            "createdBy": silence.by, "comment": silence.comment,
        });
        if !silence.id.is_empty() {
            body["id"] = json!(silence.id);
        }
        let read = |_: &Value| Ok(());
        self.endpoint.post("api/v2/silences", &body, read).await
    }

    /// Ends a silence.
    pub async fn expire(&self, id: &str) -> Result<(), SourceError> {
        self.endpoint.delete(&format!("api/v2/silence/{id}")).await
    }

    fn alerts(&self, answer: &Value) -> Result<Vec<Detection>, SourceError> {
        let name = &self.config.name;
        let all = answer
            .as_array()
            .ok_or_else(|| SourceError(format!("{name} does not answer as Alertmanager does.")))?;
        if all.len() > MOST {
            return Err(SourceError(format!("{name} has more than {MOST} alerts.")));
        }
        // What is left out would be taken for over.
        let read: Option<Vec<Detection>> = all.iter().map(|alert| self.alert(alert)).collect();
        read.ok_or_else(|| SourceError(format!("{name} has an alert that cannot be read.")))
    }

    fn alert(&self, alert: &Value) -> Option<Detection> {
        let (labels, annotations) = (words(&alert["labels"]), words(&alert["annotations"]));
        let at = |name: &str| alert[name].as_str().and_then(time::parse);
        let suppressed = alert["status"]["state"] == "suppressed";
        Some(Detection {
            id: clean_line(alert["fingerprint"].as_str()?),
            started: at("startsAt")?,
            ends: at("endsAt"),
            updated: at("updatedAt"),
            state: match suppressed {
                true => DetectionState::Suppressed,
                false => DetectionState::Firing,
            },
            ..self.described(labels, annotations)
        })
    }

    /// An alert that a rule left behind as a series: with its labels alone, and as Alertmanager would name it.
    pub fn fired(&self, labels: BTreeMap<String, String>, started: Instant) -> Detection {
        Detection {
            id: fingerprint(&labels),
            started,
            ..self.described(labels, BTreeMap::new())
        }
    }

    /// What labels and annotations say of an alert.
    fn described(
        &self,
        labels: BTreeMap<String, String>,
        annotations: BTreeMap<String, String>,
    ) -> Detection {
        let first = |names: &[&str]| {
            let said = names.iter().find_map(|name| annotations.get(*name));
            said.cloned().unwrap_or_default()
        };
        let service = self.config.service_labels.iter();
        let service = service.filter_map(|label| labels.get(label)).next();
        Detection {
            detector: self.config.name.clone(),
            title: title(&labels, &first(&["title", "summary"])),
            severity: labels
                .get(&self.config.severity_label)
                .cloned()
                .unwrap_or_default(),
            services: service.into_iter().cloned().collect(),
            summary: first(&["description", "message"]),
            url: first(&["runbook_url", "dashboard_url"]),
            labels,
            annotations,
            ..Detection::default()
        }
    }
}

/// What Alertmanager knows an alert by: 64 bits of FNV-1a over its labels, each name and value with a byte of ones behind
/// it (`LabelSet.Fingerprint` of Prometheus).
fn fingerprint(labels: &BTreeMap<String, String>) -> String {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let words = labels.iter().flat_map(|(name, value)| [name, value]);
    let bytes = words.flat_map(|word| word.bytes().chain([0xff]));
    let hash = bytes.fold(BASIS, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    });
    format!("{hash:016x}")
}

fn silence_of(silence: &Value, ahead: Duration) -> Option<Silence> {
    let said = |name: &str| clean_line(silence[name].as_str().unwrap_or_default());
    Some(Silence {
        id: said("id"),
        labels: BTreeMap::new(),
        by: said("createdBy"),
        comment: said("comment"),
        starts: silence["startsAt"].as_str().and_then(time::parse),
        ends: silence["endsAt"].as_str().and_then(time::parse)? - ahead,
    })
}

/// What is wrong, in a line: as the annotations say it, else the alert's name. An incident must have a name, and either
/// may be blank once it is cleaned.
fn title(labels: &BTreeMap<String, String>, said: &str) -> String {
    let name = labels.get("alertname").map_or("", String::as_str);
    [clean_line(said), clean_line(name)]
        .iter()
        .map(|words| words.trim())
        .find(|words| !words.is_empty())
        .unwrap_or("An alert without a name")
        .to_owned()
}

fn words(map: &Value) -> BTreeMap<String, String> {
    let pairs = map.as_object().into_iter().flatten();
    pairs
        .filter_map(|(k, v)| Some((clean_line(k), fit(&clean_text(v.as_str()?), LONGEST))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_the_one_that_alertmanager_gives() {
        // As Alertmanager 0.25 answered for these labels.
        for (labels, known) in [
            (
                &[
                    ("alertname", "HighErrorRate"),
                    ("service", "checkout"),
                    ("severity", "critical"),
                ][..],
                "7d2d332feada5c59",
            ),
            (
                &[("alertname", "Ünïcode"), ("zone", "ä b")][..],
                "a59fb27da9913495",
            ),
        ] {
            let pairs = labels.iter().map(|(k, v)| (k.to_string(), v.to_string()));
            assert_eq!(fingerprint(&pairs.collect()), known);
        }
    }

    #[test]
    fn an_alert_whose_words_are_blank_once_cleaned_still_has_a_title() {
        for (name, said, title) in [
            ("HighErrorRate", " Too many 503s ", "Too many 503s"),
            ("HighErrorRate", "   ", "HighErrorRate"),
            ("HighErrorRate", "\u{1b}[2J\u{200b}", "HighErrorRate"),
            ("\u{202e}\u{200b}", "", "An alert without a name"),
            ("  ", "\n\t", "An alert without a name"),
        ] {
            let labels = BTreeMap::from([("alertname".to_owned(), name.to_owned())]);
            assert_eq!(super::title(&labels, said), title, "{name:?} {said:?}");
        }
    }
}
