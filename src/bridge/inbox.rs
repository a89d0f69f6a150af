//! What comes in by HTTP, kept before it is confirmed. A webhook and a notification of an Alertmanager that is asked itself
//! only make the next look come sooner; what a detector says that cannot be asked is the truth about its issues, and stands
//! until it says otherwise.

use super::ingress::{
    AlertLabels, Delivery, Detector, KeepError, Keeper, Kept, Limits, Listen, Origin, Shape, Tls,
    Trusted, keeper,
};
use crate::config::{Bridge, Clock, PushKind, Secret, secret};
use crate::domain::webhook::SigningSecret;
use crate::domain::{ApiError, Detection, DetectionState, Heard, Instant, MachineFault, Sighting};
use crate::session::bridge::ledger::issue_key;
use crate::session::{Entry, Remembered};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::Notify;

const WEBHOOK: &str = "webhook";
const PUSHED: &str = "pushed";
/// How long a webhook's id is known again: incident.io tries for a day.
const KNOWN_AGAIN: Duration = Duration::days(3);
/// How long what is over at a detector is kept.
const OVER_FOR: Duration = Duration::days(7);

/// A webhook that came.
#[derive(Serialize, Deserialize)]
struct Came {
    id: String,
    at: Instant,
}

/// What a detector said last of an issue.
#[derive(Serialize, Deserialize)]
struct Pushed {
    at: Instant,
    detection: Detection,
}

/// What came in.
#[derive(Clone)]
pub struct Inbox {
    remembered: Remembered,
    /// Detectors that are asked themselves.
    asked: Arc<RwLock<BTreeSet<String>>>,
    /// Something came: the next look need not wait.
    pub came: Arc<Notify>,
}

impl Inbox {
    /// One that keeps in the ledger.
    pub fn new(remembered: Remembered, config: &Bridge) -> Self {
        let inbox = Self {
            remembered,
            asked: Arc::default(),
            came: Arc::new(Notify::new()),
        };
        inbox.change(config);
        inbox
    }

    /// Goes by other settings from now on.
    pub fn change(&self, config: &Bridge) {
        let asked = config.asked().map(str::to_owned);
        let held = self.asked.write();
        *held.unwrap_or_else(PoisonError::into_inner) = asked.collect();
    }

    fn is_asked(&self, detector: &str) -> bool {
        let asked = self.asked.read();
        asked
            .unwrap_or_else(PoisonError::into_inner)
            .contains(detector)
    }

    /// Keeps what the server takes.
    pub fn keeper(&self) -> Keeper {
        let inbox = self.clone();
        keeper(move |delivery| {
            let inbox = inbox.clone();
            async move { inbox.keep(delivery).await.map_err(not_kept) }
        })
    }

    async fn keep(&self, delivery: Delivery) -> Result<Kept, ApiError> {
        let at = delivery.came;
        let kept = match delivery.from {
            Origin::Webhook { id, .. } => {
                let record = text(&Came { id: id.clone(), at });
                match self.remembered.keep_new(WEBHOOK, id, record).await? {
                    true => Kept::Now,
                    false => Kept::Before,
                }
            }
            Origin::Alertmanager { detector, readings }
            | Origin::Detections { detector, readings } => {
                if !self.is_asked(&detector) {
                    let entries = readings.all.into_iter().map(|d| entry(d, at));
                    self.remembered.keep(entries.collect()).await?;
                }
                Kept::Now
            }
        };
        self.came.notify_one();
        Ok(kept)
    }

    /// What detectors that cannot be asked said last, all of it.
    pub async fn sightings(&self, config: &Bridge, at: Instant) -> Result<Vec<Sighting>, ApiError> {
        let mut said: BTreeMap<&str, Vec<Detection>> = config
            .detector
            .iter()
            .filter(|d| !self.is_asked(&d.name))
            .map(|d| (d.name.as_str(), Vec::new()))
            .collect();
        if said.is_empty() {
            return Ok(Vec::new());
        }
        for pushed in self.pushed().await? {
            if let Some(of) = said.get_mut(pushed.detection.detector.as_str()) {
                of.push(pushed.detection);
            }
        }
        let sighting = |(detector, all): (&str, Vec<Detection>)| Sighting {
            detector: detector.to_owned(),
            at,
            heard: Heard::Some(all),
        };
        Ok(said.into_iter().map(sighting).collect())
    }

    async fn pushed(&self) -> Result<Vec<Pushed>, ApiError> {
        self.remembered.records(PUSHED).await
    }

    /// Forgets what nobody will ask about again.
    pub async fn forget(&self, now: Instant) -> Result<(), ApiError> {
        let webhooks: Vec<Came> = self.remembered.records(WEBHOOK).await?;
        let old = |came: &Came| now - came.at > KNOWN_AGAIN;
        let mut gone: Vec<Entry> = webhooks
            .into_iter()
            .filter(old)
            .map(|came| (WEBHOOK, came.id, None))
            .collect();
        let over =
            |p: &Pushed| p.detection.state == DetectionState::Cleared && now - p.at > OVER_FOR;
        let pushed = self.pushed().await?.into_iter().filter(over);
        gone.extend(pushed.map(|p| (PUSHED, issue_key(&p.detection.issue()), None)));
        self.remembered.keep(gone).await
    }
}

fn entry(detection: Detection, at: Instant) -> Entry {
    (
        PUSHED,
        issue_key(&detection.issue()),
        Some(text(&Pushed { at, detection })),
    )
}

fn text<T: Serialize>(of: &T) -> String {
    serde_json::to_string(of).unwrap_or_default()
}

fn not_kept(e: ApiError) -> KeepError {
    match e {
        ApiError::Machine {
            reason: MachineFault::Full,
            ..
        } => KeepError::DiskFull,
        other => KeepError::Failed(other.to_string()),
    }
}

/// Where and how the server listens, where the configuration has it listen; else what is wrong.
pub fn listen(config: &Bridge, clock: Clock) -> Result<Option<Listen>, String> {
    if config.listen.is_empty() {
        return Ok(None);
    }
    let at = config.listen.parse().map_err(|_| {
        let wrong = &config.listen;
        format!(
            "bridge.listen is \"{wrong}\"; write an address and a port, such as 127.0.0.1:9115."
        )
    })?;
    let tls = match (config.tls_certificate.as_str(), config.tls_key.as_str()) {
        ("", "") => None,
        ("", _) | (_, "") => {
            return Err("bridge.tls_certificate and bridge.tls_key go together.".into());
        }
        (certificate, key) => Some(Tls {
            certificate: PathBuf::from(certificate),
            key: PathBuf::from(key),
        }),
    };
    let secrets: Result<Vec<SigningSecret>, String> =
        config.webhook_secrets.iter().filter_map(signing).collect();
    let detectors: Result<Vec<Detector>, String> = config.detector.iter().map(detector).collect();
    let listen = Listen {
        at,
        tls,
        behind_proxy: config.behind_proxy,
        trusted: Trusted {
            secrets: secrets?,
            detectors: detectors?,
        },
        labels: AlertLabels::default(),
        limits: Limits::default(),
        clock,
    };
    listen.check()?;
    Ok(Some(listen))
}

fn signing(of: &Secret) -> Option<Result<SigningSecret, String>> {
    let raw = match secret(of, "bridge.webhook_secrets") {
        Ok(raw) => raw?,
        Err(e) => return Some(Err(e.to_string())),
    };
    let read = SigningSecret::read(&raw);
    Some(read.map_err(|e| format!("bridge.webhook_secrets: {e}")))
}

fn detector(of: &crate::config::Pushing) -> Result<Detector, String> {
    Ok(Detector {
        name: of.name.clone(),
        shape: match of.kind {
            PushKind::Alertmanager => Shape::Alertmanager,
            PushKind::Detections => Shape::Detections,
        },
        token: secret(&of.token, &of.name).map_err(|e| e.to_string())?,
    })
}
