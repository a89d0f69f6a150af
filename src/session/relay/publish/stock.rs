//! A relay that takes over: what lies there, and what an earlier one left undone.

use super::super::letters::{BEAT_KEY, Beat, HIDING_KEY, OPEN_KEY, incident_of};
use super::{Kept, Publisher, first_half, is_answer, known, verifier_of};
use crate::domain::IncidentId;
use crate::incidentio::read_incident;
use crate::jetstream::{Bucket, Entry, Fault, Link, Names, Signer, Watched, make_changes};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

impl Publisher {
    /// Takes over under a fence: says that it is there, then takes stock of what lies there, and ends what an earlier relay
    /// began to take back.
    pub async fn begin(
        link: Link,
        names: Names,
        signer: Option<Arc<Signer>>,
        fence: u64,
        beat: &mut Beat,
    ) -> Result<Self, Fault> {
        let bucket = Bucket::make(&link, &names.bucket(), None).await?;
        make_changes(&link, &names).await?;
        let mut publisher = Self {
            link,
            bucket,
            names,
            verifier: signer.as_deref().and_then(verifier_of),
            signer,
            fence,
            began: 0,
            incidents: BTreeMap::new(),
            others: HashMap::new(),
            open: Vec::new(),
            hiding: BTreeSet::new(),
            private: HashMap::new(),
            read_to: 0,
        };
        let before = publisher.bucket.get(BEAT_KEY).await?;
        let revision = before.map_or(0, |entry| entry.revision);
        let kept = Kept {
            revision,
            hash: 0,
            at: beat.at,
        };
        publisher.others.insert(BEAT_KEY.into(), kept);
        publisher.beat(beat).await?;
        publisher.began = publisher.revision_of(BEAT_KEY);
        publisher.beat(beat).await?;
        publisher.take_stock().await?;
        let hiding: Vec<IncidentId> = publisher.hiding.iter().cloned().collect();
        for id in hiding {
            publisher.hide(&id).await?;
        }
        publisher.bucket.sweep().await?;
        Ok(publisher)
    }

    /// Reads what lies there. What cannot be read, or was not written by a relay of this organisation, is taken away.
    async fn take_stock(&mut self) -> Result<(), Fault> {
        let mut watch = self.bucket.watch(">").await?;
        let mut foreign = Vec::new();
        loop {
            let watched = watch.next().await?;
            if let Watched::Entry(entry) = &watched {
                self.read_to = self.read_to.max(entry.revision);
            }
            match watched {
                Watched::CaughtUp => break,
                Watched::Entry(entry) if entry.value.is_none() => {}
                Watched::Entry(entry) => {
                    if !self.take_in(&entry) {
                        foreign.push(entry.key);
                    }
                }
            }
        }
        for key in foreign {
            tracing::warn!("{key} holds nothing that this relay can read; it is taken away");
            self.bucket.erase(&key).await?;
        }
        Ok(())
    }

    /// Takes in what lies under a key; false where it cannot be what a relay wrote.
    fn take_in(&mut self, entry: &Entry) -> bool {
        let Ok((envelope, body)) = self.opened(entry) else {
            return false;
        };
        let kept = Kept {
            revision: entry.revision,
            hash: first_half(&envelope.hash),
            at: envelope.at,
        };
        match (incident_of(&entry.key), entry.key.as_str()) {
            (Some(id), _) => match read_incident(&body) {
                Some(i) if i.row.id.as_str() == id && i.is_public() => {
                    let known = known(kept, &i);
                    self.incidents.insert(i.row.id.clone(), known);
                    true
                }
                _ => false,
            },
            (None, HIDING_KEY) => {
                self.hiding = serde_json::from_slice(&body).unwrap_or_default();
                self.others.insert(entry.key.clone(), kept);
                true
            }
            (None, BEAT_KEY) => true,
            (None, key) if is_ours(key) => {
                self.others.insert(entry.key.clone(), kept);
                true
            }
            _ => false,
        }
    }
}

fn is_ours(key: &str) -> bool {
    is_answer(key) || key == OPEN_KEY || key == HIDING_KEY
}
