//! What a console believes of what lies in the bucket, and what becomes of it.

use super::super::letters::{BEAT_KEY, Beat, focus_asked_key, focus_prefix, incident_of, is_plain};
use super::{Follower, Heard, Taken};
use crate::domain::{Identity, IncidentId, Instant};
use crate::incidentio::read_incident;
use crate::jetstream::{Bucket, Entry, Envelope, Fault, Lease, Link, Names};
use tokio::time::Instant as Tick;

impl Follower {
    /// Reads the last beat of a relay that holds the lease now: an older one is nobody's.
    pub(in crate::session::relay) async fn hear_first(
        &self,
        link: &Link,
        names: &Names,
        bucket: &Bucket,
    ) -> Result<(), Fault> {
        let holder = Lease::holder(link, names, "relay").await?;
        let Some((_, fence)) = holder else {
            return Ok(());
        };
        if let Some(entry) = bucket.get(BEAT_KEY).await? {
            let is_its = self.open(&entry).is_ok_and(|(e, _)| e.fence == fence);
            if is_its {
                self.take(entry);
            }
        }
        Ok(())
    }

    pub(super) fn open(&self, entry: &Entry) -> Result<(Envelope, Vec<u8>), String> {
        entry.opened(self.verifier.as_ref())
    }

    /// Takes in a value. What is not believed changes nothing, and the log says why.
    pub(in crate::session::relay) fn take(&self, entry: Entry) -> Taken {
        if entry.value.is_none() {
            return self.take_gone(&entry.key);
        }
        let (envelope, body) = match self.open(&entry) {
            Ok(opened) => opened,
            Err(why) => {
                tracing::warn!("{} is not believed: {why}", shown(&entry.key));
                return Taken::Nothing;
            }
        };
        if let Err(why) = self.place(&entry, &envelope) {
            tracing::warn!("{} is not believed: {why}", shown(&entry.key));
            return Taken::Nothing;
        }
        let taken = match (incident_of(&entry.key), entry.key.as_str()) {
            (Some(id), _) => return self.take_incident(id, &body, envelope.fence),
            (None, BEAT_KEY) => self.take_beat(&body, &envelope),
            (None, key) => self.take_words(key, body, envelope.at),
        };
        match taken {
            Ok(()) => self.heard.notify_waiters(),
            Err(why) => tracing::warn!("{} is not believed: {why}", shown(&entry.key)),
        }
        Taken::Nothing
    }

    /// Holds a value against the fence.
    fn place(&self, entry: &Entry, envelope: &Envelope) -> Result<(), &'static str> {
        let mut known = self.known();
        let (fence, began) = known.fence;
        if envelope.fence < fence && entry.revision > began {
            return Err("it is of a relay that had lost its lease");
        }
        if envelope.fence > fence {
            let began = match envelope.began {
                0 => entry.revision,
                began => began,
            };
            known.fence = (envelope.fence, began);
            known.doubt_focus();
        }
        Ok(())
    }

    fn take_beat(&self, body: &[u8], envelope: &Envelope) -> Result<(), &'static str> {
        let beat: Beat = serde_json::from_slice(body).map_err(|_| "it is no beat")?;
        {
            let whose = self.whose();
            let other = |known: &Identity| known.dashboard != beat.dashboard;
            let named = whose.names.as_ref().is_some_and(|n| n.org() == beat.org);
            if !named || whose.identity.as_ref().is_some_and(other) {
                return Err("it is of another organisation");
            }
        }
        let mut known = self.known();
        if envelope.fence < known.fence.0 {
            return Err("it is of a relay that had lost its lease");
        }
        // Whoever plays an old beat again cannot make a relay seem alive that is not.
        let turn = (envelope.fence, beat.turn);
        if known.turn >= turn {
            return Err("it was heard before");
        }
        known.turn = turn;
        known.beat = Some(Heard {
            beat,
            at: Tick::now(),
        });
        drop(known);
        self.weigh();
        Ok(())
    }

    fn take_words(&self, key: &str, body: Vec<u8>, at: Instant) -> Result<(), &'static str> {
        let mut known = self.known();
        let of_focus = known.focus.as_ref().map(|id| focus_asked_key(id.as_str()));
        if of_focus.as_deref() == Some(key) {
            known.of_focus = serde_json::from_slice(&body).map_err(|_| "it tells no times")?;
        } else if key.starts_with("now.answer.") {
            known.answers.insert(key.to_owned(), (body.into(), at));
        } else if key.starts_with("focus.") {
            let before = known.answers.insert(key.to_owned(), (body.into(), at));
            let now = known.answers.get(key).map(|(page, _)| page);
            if before.as_ref().map(|(page, _)| page) != now {
                known.moved += 1;
                drop(known);
                self.moves.notify_one();
            }
        }
        Ok(())
    }

    fn take_incident(&self, id: &str, body: &[u8], fence: u64) -> Taken {
        match read_incident(body) {
            Some(incident) if incident.row.id.as_str() == id && incident.is_public() => {
                let told = (fence, incident.row.updated);
                let mut known = self.known();
                let before = known.public.get(&incident.row.id);
                // Whoever plays an old value again brings nothing back.
                if before.is_some_and(|before| before.0 == told.0 && before.1 > told.1) {
                    return Taken::Nothing;
                }
                known.public.insert(incident.row.id.clone(), told);
                Taken::Incident(Box::new(incident))
            }
            _ => {
                tracing::warn!("incident {} is not believed", shown(id));
                Taken::Nothing
            }
        }
    }

    fn take_gone(&self, key: &str) -> Taken {
        let mut known = self.known();
        known.answers.remove(key);
        let Some(id) = incident_of(key).filter(|id| is_plain(id)) else {
            return Taken::Nothing;
        };
        let id = IncidentId::from(id);
        known.public.remove(&id);
        let of = focus_prefix(id.as_str());
        known.answers.retain(|key, _| !key.starts_with(&of));
        Taken::Gone(id)
    }
}

/// A key that anybody may have written, for the log.
fn shown(key: &str) -> String {
    let cut: String = key.chars().take(80).collect();
    crate::domain::text::clean_line(&cut)
}
