//! What a relay keeps where its consoles read it: every public incident as the platform tells it, answers to everybody's
//! questions, and nothing of what is not public.

mod repair;
mod stock;

pub use repair::Foreign;

use super::letters::{
    self, BEAT_KEY, Beat, HIDING_KEY, OPEN_KEY, answer_key, focus_key, focus_of, focus_prefix,
    incident_key,
};
use super::rules::{self, Kind};
use crate::domain::{Incident, IncidentId, Instant, sha256};
use crate::incidentio::{Question, RawIncident};
use crate::jetstream::{
    Bucket, Entry, Envelope, Fault, Link, Names, Signer, Verifier, forget_changes,
};
use futures_util::StreamExt;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What the relay's consoles must understand.
pub const SCHEMA: u32 = 1;
/// Values on their way to the server at once, where many are to be kept.
const AT_ONCE: usize = 32;

/// A value as it was kept last.
#[derive(Clone, Copy, Debug)]
struct Kept {
    revision: u64,
    hash: u128,
    at: Instant,
}

/// An incident that lies in the bucket.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    kept: Kept,
    /// When it was declared.
    pub created: Instant,
    open: bool,
}

/// What to keep, ready to be sent.
struct Parcel {
    id: IncidentId,
    known: Known,
    sealed: Vec<u8>,
    expected: u64,
}

/// Writes what is public, under one fence.
pub struct Publisher {
    link: Link,
    bucket: Bucket,
    names: Names,
    signer: Option<Arc<Signer>>,
    verifier: Option<Verifier>,
    fence: u64,
    began: u64,
    incidents: BTreeMap<IncidentId, Known>,
    others: HashMap<String, Kept>,
    open: Vec<IncidentId>,
    hiding: BTreeSet<IncidentId>,
    /// Incidents that were not public, and when that was asked.
    private: HashMap<IncidentId, Instant>,
    /// How far the bucket was read when stock was taken.
    read_to: u64,
}

/// The half of a digest that is kept of each.
fn first_half(hash: &str) -> u128 {
    hash.get(..32)
        .and_then(|half| u128::from_str_radix(half, 16).ok())
        .unwrap_or_default()
}

impl Publisher {
    fn revision_of(&self, key: &str) -> u64 {
        self.others.get(key).map_or(0, |kept| kept.revision)
    }

    fn opened(&self, entry: &Entry) -> Result<(Envelope, Vec<u8>), String> {
        entry.opened(self.verifier.as_ref())
    }

    fn seal(&self, key: &str, body: Vec<u8>, hash: String, at: Instant) -> Vec<u8> {
        let envelope = Envelope {
            schema: SCHEMA,
            at,
            fence: self.fence,
            began: self.began,
            hash,
            body: Some(body),
        };
        envelope.seal(key, self.signer.as_deref())
    }

    /// Keeps something under a key. Without `again` only where it is another than before.
    async fn keep(
        &mut self,
        key: &str,
        body: Vec<u8>,
        at: Instant,
        again: bool,
    ) -> Result<bool, Fault> {
        let words = sha256(&body);
        let hash = first_half(&words);
        let before = self.others.get(key).copied();
        if !again && before.is_some_and(|kept| kept.hash == hash) {
            return Ok(false);
        }
        let sealed = self.seal(key, body, words, at);
        let expected = before.map_or(0, |kept| kept.revision);
        let revision = self.send(key, sealed, expected).await?;
        let kept = Kept { revision, hash, at };
        self.others.insert(key.to_owned(), kept);
        Ok(true)
    }

    /// Sends a value on top of what is expected there. Where something else lies there that no later relay wrote, it goes
    /// on top of that.
    async fn send(&self, key: &str, sealed: Vec<u8>, expected: u64) -> Result<u64, Fault> {
        match self.bucket.put(key, sealed.clone(), expected).await {
            Err(Fault::Moved) => {
                let there = self.bucket.get(key).await?;
                let later = there.as_ref().is_some_and(|entry| {
                    self.opened(entry).is_ok_and(|(e, _)| e.fence > self.fence)
                });
                if later {
                    return Err(Fault::Moved);
                }
                let revision = there.map_or(0, |entry| entry.revision);
                self.bucket.put(key, sealed, revision).await
            }
            other => other,
        }
    }

    /// Says that it is there.
    pub async fn beat(&mut self, beat: &mut Beat) -> Result<(), Fault> {
        beat.turn += 1;
        let body = serde_json::to_vec(beat).unwrap_or_default();
        self.keep(BEAT_KEY, body, beat.at, true).await.map(drop)
    }

    /// Keeps incidents as they are now; those that are not public are taken away where they were. `news`: others are told
    /// of what changed. Gives those that were taken away.
    pub async fn keep_incidents(
        &mut self,
        all: Vec<RawIncident>,
        at: Instant,
        news: bool,
    ) -> Result<Vec<IncidentId>, Fault> {
        let (public, private): (Vec<_>, Vec<_>) = all.into_iter().partition(|(i, _)| i.is_public());
        let mut hidden = Vec::new();
        for (incident, _) in private {
            self.was_private(&incident.row.id, at);
            if self.incidents.contains_key(&incident.row.id) {
                self.hide(&incident.row.id).await?;
                hidden.push(incident.row.id);
            }
        }
        // One that is told twice in a batch counts as it was told last.
        let latest: BTreeMap<IncidentId, RawIncident> = public
            .into_iter()
            .map(|raw| (raw.0.row.id.clone(), raw))
            .collect();
        let parcels: Vec<Parcel> = latest
            .into_values()
            .filter_map(|raw| self.parcel(raw, at))
            .collect();
        let bucket = &*self;
        let mut sent = futures_util::stream::iter(parcels)
            .map(|parcel| async move {
                let key = incident_key(parcel.id.as_str());
                let revision = bucket.send(&key, parcel.sealed, parcel.expected).await;
                (parcel.id, parcel.known, revision)
            })
            .buffer_unordered(AT_ONCE);
        let (mut kept, mut failed) = (Vec::new(), None);
        while let Some((id, mut known, revision)) = sent.next().await {
            match revision {
                Ok(revision) => {
                    known.kept.revision = revision;
                    kept.push((id, known));
                }
                Err(fault) => failed = Some(fault),
            }
        }
        drop(sent);
        for (id, known) in kept {
            self.incidents.insert(id.clone(), known);
            if news {
                self.tell_change(&id, "changed", known.kept).await;
            }
        }
        failed.map_or(Ok(hidden), Err)
    }

    /// Whether an incident is another than the one that lies there.
    pub fn is_news(&self, (incident, body): &RawIncident) -> bool {
        let known = self.incidents.get(&incident.row.id);
        known.is_none_or(|known| known.kept.hash != first_half(&sha256(body)))
    }

    fn parcel(&self, (incident, body): RawIncident, at: Instant) -> Option<Parcel> {
        let id = incident.row.id.clone();
        // What was asked before it turned private, and came after, says nothing.
        let private = self.private.get(&id).is_some_and(|seen| at <= *seen);
        if private || !letters::is_plain(id.as_str()) || self.hiding.contains(&id) {
            return None;
        }
        let words = sha256(&body);
        let hash = first_half(&words);
        let before = self.incidents.get(&id).map(|known| known.kept);
        if before.is_some_and(|kept| kept.hash == hash) {
            return None;
        }
        let expected = before.map_or(0, |kept| kept.revision);
        let kept = Kept {
            revision: expected,
            hash,
            at,
        };
        Some(Parcel {
            sealed: self.seal(&incident_key(id.as_str()), body, words, at),
            known: known(kept, &incident),
            id,
            expected,
        })
    }

    /// An incident was not public, or was not there, when that was asked.
    fn was_private(&mut self, id: &IncidentId, at: Instant) {
        let seen = self.private.entry(id.clone()).or_insert(at);
        *seen = at.max(*seen);
    }

    /// One line for whoever follows the changes of a day: what, and where to look; nothing of what it says.
    async fn tell_change(&self, id: &IncidentId, what: &str, kept: Kept) {
        let told = serde_json::json!({
            "incident_id": id, "change": what, "revision": kept.revision, "at": kept.at, "fence": self.fence,
        });
        let once = format!("{id}-{}-{what}", kept.revision);
        let subject = self.names.change(id.as_str());
        let told = told.to_string().into_bytes();
        if let Err(e) = self.link.append(&subject, told, &once).await {
            tracing::warn!("a change was not told: {e}");
        }
    }

    /// Takes everything away that was kept of an incident, overwritten on the server's disk. What is to be taken away is
    /// written down first, so that a relay that comes after goes on with it.
    pub async fn hide(&mut self, id: &IncidentId) -> Result<(), Fault> {
        self.hiding.insert(id.clone());
        self.keep_hiding().await?;
        self.bucket.erase(&incident_key(id.as_str())).await?;
        self.forget_focus(id).await?;
        let known = self.incidents.remove(id);
        // Answers to everybody may name it: they are asked anew.
        let named: Vec<String> = self
            .others
            .keys()
            .filter(|k| is_answer(k))
            .cloned()
            .collect();
        for key in named {
            self.bucket.erase(&key).await?;
            self.others.remove(&key);
        }
        forget_changes(&self.link, &self.names, id.as_str()).await?;
        if let Some(known) = known {
            self.tell_change(id, "gone", known.kept).await;
        }
        self.keep_open(known.map_or_else(Instant::default, |k| k.kept.at))
            .await?;
        self.hiding.remove(id);
        self.keep_hiding().await
    }

    async fn keep_hiding(&mut self) -> Result<(), Fault> {
        let body = serde_json::to_vec(&self.hiding).unwrap_or_default();
        self.keep(HIDING_KEY, body, Instant::default(), false)
            .await
            .map(drop)
    }

    /// Takes the answers about an incident away: nobody looks at it any more.
    pub async fn forget_focus(&mut self, id: &IncidentId) -> Result<(), Fault> {
        self.bucket.erase(&focus_of(id.as_str())).await?;
        let prefix = focus_prefix(id.as_str());
        self.others.retain(|key, _| !key.starts_with(&prefix));
        Ok(())
    }

    /// Keeps the list of what is open, for a console that has nothing yet.
    pub async fn keep_open(&mut self, at: Instant) -> Result<(), Fault> {
        let open = self.incidents.iter().filter(|(_, known)| known.open);
        let open: Vec<IncidentId> = open.map(|(id, _)| id.clone()).collect();
        if open == self.open && self.others.contains_key(OPEN_KEY) {
            return Ok(());
        }
        let body = serde_json::to_vec(&open).unwrap_or_default();
        self.keep(OPEN_KEY, body, at, false).await?;
        self.open = open;
        Ok(())
    }

    /// Keeps the public part of an answer; gives its place in the bucket, nothing where the question is nobody's to share.
    pub async fn keep_answer(
        &mut self,
        question: &Question,
        (mut items, more): (Vec<Value>, bool),
        at: Instant,
        again: bool,
    ) -> Result<Option<String>, Fault> {
        let Some(key) = self.place_of(question) else {
            return Ok(None);
        };
        items.retain(|item| rules::is_public(item, &|id| self.knows(id)));
        let page = rules::page(&question.key, &items, more);
        self.keep(&key, page, at, again).await?;
        Ok(Some(key))
    }

    /// Keeps words of the relay's own, where they are others than before.
    pub async fn keep_plain(&mut self, key: &str, body: Vec<u8>, at: Instant) -> Result<(), Fault> {
        self.keep(key, body, at, false).await.map(drop)
    }

    /// Where the answer to a question lies; nothing where it lies nowhere.
    pub fn place_of(&self, question: &Question) -> Option<String> {
        match rules::kind(question) {
            Kind::Everybody(_) => Some(answer_key(&question.digest())),
            Kind::Incident(id) if self.knows(id.as_str()) => {
                Some(focus_key(id.as_str(), &question.digest()))
            }
            _ => None,
        }
    }

    /// When a value was fetched that lies there.
    pub fn fetched_at(&self, key: &str) -> Option<Instant> {
        self.others.get(key).map(|kept| kept.at)
    }

    /// Whether an incident is public and lies there.
    pub fn knows(&self, id: &str) -> bool {
        self.incidents.contains_key(&IncidentId::from(id))
            && !self.hiding.contains(&IncidentId::from(id))
    }

    /// Public incidents that lie there.
    pub fn incidents(&self) -> &BTreeMap<IncidentId, Known> {
        &self.incidents
    }

    /// Those of them that are open.
    pub fn open(&self) -> impl Iterator<Item = &IncidentId> {
        self.incidents
            .iter()
            .filter(|(_, known)| known.open)
            .map(|(id, _)| id)
    }

    /// The bucket, to be watched for what others write into it.
    pub fn bucket(&self) -> &Bucket {
        &self.bucket
    }
}

/// What a signer's own values are known by.
pub(super) fn verifier_of(signer: &Signer) -> Option<Verifier> {
    Verifier::from_key(&signer.public_key()).ok()
}

fn known(kept: Kept, incident: &Incident) -> Known {
    Known {
        kept,
        created: incident.row.created,
        open: incident.row.category.is_open(),
    }
}

fn is_answer(key: &str) -> bool {
    key.starts_with("now.answer.") || key.starts_with("focus.")
}
