//! What the bridge remembers, as records of the ledger: read once at the start, and after that only what changed is
//! written.

use super::{Entry, Remembered};
use crate::domain::alert_feed::{AlertFeed, FedAlert};
pub use crate::domain::episode::LastRound;
use crate::domain::episode::{Episode, IssueId, Kept, Memory};
use crate::domain::{ApiError, IncidentId, Instant};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::sync::Arc;

const EPISODE: &str = "episode";
const INCIDENT: &str = "incident";
const ALERT: &str = "alert";
const PACE: &str = "pace";
const EVENT: &str = "event";
const ROUND: &str = "round";
const WHOSE: &str = "organisation";
/// Things done that are kept for `hotseat bridge log`.
const MOST_EVENTS: u64 = 5_000;

/// Something the bridge did, or that was in its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Counts up.
    pub number: u64,
    /// What, in a sentence.
    pub says: String,
}

impl Remembered {
    /// Everything that is remembered.
    pub async fn memory(&self) -> Result<Memory, ApiError> {
        let episodes: Vec<Episode> = self.records(EPISODE).await?;
        let episode = |e: Episode| (e.issue(), Arc::new(e));
        Ok(Memory {
            episodes: episodes.into_iter().map(episode).collect(),
            incidents: self.incidents().await?,
            orders: self.orders().await?,
        })
    }

    /// What the alert source was told.
    pub async fn alert_feed(&self) -> Result<AlertFeed, ApiError> {
        let alerts: Vec<FedAlert> = self.records(ALERT).await?;
        let alert = |a: FedAlert| (a.issue.clone(), Arc::new(a));
        Ok(AlertFeed {
            alerts: alerts.into_iter().map(alert).collect(),
            pace: self.records(PACE).await?.pop().unwrap_or_default(),
        })
    }

    /// Incidents that are kept in step.
    pub async fn incidents(&self) -> Result<BTreeMap<IncidentId, Arc<Kept>>, ApiError> {
        let all: Vec<Kept> = self.records(INCIDENT).await?;
        let incident = |k: Kept| (k.id.clone(), Arc::new(k));
        Ok(all.into_iter().map(incident).collect())
    }

    /// Whether what is remembered is of this organisation, named by its dashboard; the first is the one.
    pub async fn is_of(&self, dashboard: &str) -> Result<(), ApiError> {
        let known: Option<String> = self.records(WHOSE).await?.pop();
        match known {
            Some(known) if known == dashboard => Ok(()),
            Some(known) => Err(ApiError::User(format!(
                "What the bridge remembers here is of another organisation, {known}. Give this one a profile of its own."
            ))),
            None => {
                let whose = serde_json::to_string(dashboard).ok();
                self.keep(vec![(WHOSE, "dashboard".into(), whose)]).await
            }
        }
    }

    /// What the bridge did, oldest first.
    pub async fn done(&self) -> Result<Vec<Event>, ApiError> {
        let mut all: Vec<Event> = self.records(EVENT).await?;
        all.sort_by_key(|event| event.number);
        Ok(all)
    }

    /// What the bridge did, and what it was ordered, oldest first.
    pub async fn events(&self) -> Result<Vec<Event>, ApiError> {
        let mut all = self.done().await?;
        all.extend(self.ordered().await?);
        all.sort_by_key(|event| event.at);
        Ok(all)
    }

    /// How the last look went.
    pub async fn last_round(&self) -> Result<Option<LastRound>, ApiError> {
        Ok(self.records(ROUND).await?.pop())
    }

    /// The records of a kind; one that cannot be read is an error: what is not understood is not written over.
    pub async fn records<T: DeserializeOwned>(
        &self,
        kind: &'static str,
    ) -> Result<Vec<T>, ApiError> {
        let records = self.all(kind).await?;
        let mut read = Vec::with_capacity(records.len());
        for record in records {
            read.push(serde_json::from_str(&record).map_err(|e| {
                ApiError::User(format!(
                    "What the bridge remembers cannot be read by this version ({e}); use the one that wrote it, or hotseat purge."
                ))
            })?);
        }
        Ok(read)
    }
}

/// What differs, as it is to be kept.
pub fn changes(before: &Memory, now: &Memory) -> Vec<Entry> {
    let mut entries = changed(EPISODE, &before.episodes, &now.episodes, issue_key);
    let id = |id: &IncidentId| id.to_string();
    entries.extend(changed(INCIDENT, &before.incidents, &now.incidents, id));
    entries
}

/// What differs of what the alert source was told.
pub fn alert_changes(before: &AlertFeed, now: &AlertFeed) -> Vec<Entry> {
    let mut entries = changed(ALERT, &before.alerts, &now.alerts, issue_key);
    if before.pace != now.pace {
        let pace = serde_json::to_string(&now.pace).ok();
        entries.push((PACE, "alert source".into(), pace));
    }
    entries
}

/// What an issue is kept under.
pub fn issue_key((detector, id): &IssueId) -> String {
    format!("{detector}\u{1f}{id}")
}

fn changed<K: Ord, T: Serialize + PartialEq>(
    kind: &'static str,
    before: &BTreeMap<K, Arc<T>>,
    now: &BTreeMap<K, Arc<T>>,
    key: impl Fn(&K) -> String,
) -> Vec<Entry> {
    let same = |a: &Arc<T>, b: &Arc<T>| Arc::ptr_eq(a, b) || a == b;
    let kept = now
        .iter()
        .filter(|(k, v)| before.get(k).is_none_or(|b| !same(b, v)))
        .map(|(k, v)| (kind, key(k), serde_json::to_string(&**v).ok()));
    let gone = before.keys().filter(|k| !now.contains_key(k));
    kept.chain(gone.map(|k| (kind, key(k), None))).collect()
}

/// An event as it is kept; the one that is too old for it goes.
pub fn event(event: &Event) -> Vec<Entry> {
    let key = |number: u64| format!("{number:020}");
    let old = event.number.checked_sub(MOST_EVENTS);
    let kept = (EVENT, key(event.number), serde_json::to_string(event).ok());
    let gone = old.map(|number| (EVENT, key(number), None));
    [kept].into_iter().chain(gone).collect()
}

/// The last look as it is kept.
pub fn round(last: &LastRound) -> Entry {
    (ROUND, "last".into(), serde_json::to_string(last).ok())
}
