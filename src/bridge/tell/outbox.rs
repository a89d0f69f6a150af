//! What waits to be told, in the ledger: a record for each notice and receiver, until it was taken.

use super::notice::{Notice, notices};
use crate::domain::Instant;
use crate::domain::episode::Memory;
use crate::session::{ApiError, Entry, Remembered};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::sync::watch;

const NOTICE: &str = "notice";
const RECEIVER: &str = "receiver";

/// A notice on its way to a receiver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    /// Counts up: the order in which things happened.
    pub number: u64,
    /// The configured name of who is told.
    pub receiver: String,
    /// What.
    pub notice: Notice,
    /// How often it was sent.
    pub tries: usize,
    /// When it is sent next.
    pub next: Instant,
    /// Why it was refused.
    pub says: Option<String>,
}

impl Waiting {
    fn key(&self) -> String {
        format!("{:020} {}", self.number, self.receiver)
    }

    /// It as it is kept.
    pub fn entry(&self) -> Entry {
        let kept = serde_json::to_string(self).ok();
        (NOTICE, self.key(), kept)
    }

    /// It is not waited for any more.
    pub fn done(&self) -> Entry {
        (NOTICE, self.key(), None)
    }
}

/// How it goes with a receiver.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trouble {
    /// Its name.
    pub receiver: String,
    /// Since when it does not take what it is told.
    pub since: Instant,
    /// Why, as a sentence.
    pub says: String,
}

impl Trouble {
    /// It as it is kept.
    pub fn entry(&self) -> Entry {
        let kept = serde_json::to_string(self).ok();
        (RECEIVER, self.receiver.clone(), kept)
    }

    /// A receiver takes everything again.
    pub fn over(receiver: &str) -> Entry {
        (RECEIVER, receiver.to_owned(), None)
    }
}

/// Everything that waits, in its order.
pub async fn all(remembered: &Remembered) -> Result<Vec<Waiting>, ApiError> {
    remembered.records(NOTICE).await
}

/// How it goes with the receivers that take nothing.
pub async fn troubles(remembered: &Remembered) -> Result<Vec<Trouble>, ApiError> {
    remembered.records(RECEIVER).await
}

/// What a receiver has not been told yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Told {
    /// Its configured name.
    pub name: String,
    /// Notices that wait.
    pub waiting: usize,
    /// The oldest of them.
    pub oldest: Option<Instant>,
    /// Since when it does not take them.
    pub failing_since: Option<Instant>,
    /// Why.
    pub says: Option<String>,
}

/// How it stands with each receiver for which something waits or that takes nothing, by name.
pub async fn waiting(remembered: &Remembered) -> Result<Vec<Told>, ApiError> {
    let mut all_told: BTreeMap<String, Told> = BTreeMap::new();
    for one in all(remembered).await? {
        let told = all_told.entry(one.receiver).or_default();
        told.waiting += 1;
        told.oldest.get_or_insert(one.notice.at);
        told.says = told.says.take().or(one.says);
    }
    for trouble in troubles(remembered).await? {
        let told = all_told.entry(trouble.receiver).or_default();
        (told.failing_since, told.says) = (Some(trouble.since), Some(trouble.says));
    }
    let named = |(name, told)| Told { name, ..told };
    Ok(all_told.into_iter().map(named).collect())
}

/// Where notices are handed in.
pub struct Outbox {
    receivers: Vec<String>,
    next: u64,
    came: watch::Sender<u64>,
}

impl Outbox {
    /// One that goes on where the ledger is. What waits for a receiver that is not configured any more is forgotten.
    pub async fn open(receivers: Vec<String>, remembered: &Remembered) -> Result<Self, ApiError> {
        let all = all(remembered).await?;
        let next = all.last().map_or(0, |last| last.number + 1);
        let is_known = |name: &String| receivers.contains(name);
        let gone = all.iter().filter(|w| !is_known(&w.receiver));
        let mut forgotten: Vec<Entry> = gone.map(Waiting::done).collect();
        let troubles = troubles(remembered).await?.into_iter();
        let silent = troubles.filter(|t| !is_known(&t.receiver));
        forgotten.extend(silent.map(|t| Trouble::over(&t.receiver)));
        remembered.keep(forgotten).await?;
        let came = watch::Sender::new(next);
        Ok(Self {
            receivers,
            next,
            came,
        })
    }

    /// What is to be kept with a change of what is remembered.
    pub fn entries(&mut self, before: &Memory, now: &Memory, at: Instant) -> Vec<Entry> {
        if self.receivers.is_empty() {
            return Vec::new();
        }
        let mut entries = Vec::new();
        for notice in notices(before, now, at) {
            entries.extend(self.receivers.iter().map(|receiver| {
                let waiting = Waiting {
                    number: self.next,
                    receiver: receiver.clone(),
                    notice: notice.clone(),
                    tries: 0,
                    next: at,
                    says: None,
                };
                waiting.entry()
            }));
            self.next += 1;
        }
        entries
    }

    /// Wakes who carries them, once they are kept.
    pub fn kept(&self) {
        self.came.send_if_modified(|known| {
            let is_new = *known != self.next;
            *known = self.next;
            is_new
        });
    }

    /// Tells when something was handed in.
    pub fn came(&self) -> watch::Receiver<u64> {
        self.came.subscribe()
    }
}
