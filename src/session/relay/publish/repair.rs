//! What somebody else wrote into the bucket: found, and put right.

use super::super::letters::{self, BEAT_KEY, incident_key, incident_of};
use super::{Publisher, first_half};
use crate::domain::{IncidentId, Instant};
use crate::jetstream::{Entry, Fault, Watch};

impl Publisher {
    /// Everything that is written from when stock was taken on, this relay's own words among it.
    pub async fn watch_others(&self) -> Result<Watch, Fault> {
        self.bucket.watch_from(">", self.read_to).await
    }

    /// Whether a value was written under a later fence.
    pub fn is_anothers(&self, entry: &Entry) -> bool {
        let opened = self.opened(entry);
        opened.is_ok_and(|(envelope, _)| envelope.fence > self.fence)
    }

    /// What another wrote under a key: it is put right from the platform, or taken away where it is nothing.
    pub async fn judge(&mut self, entry: &Entry) -> Result<Foreign, Fault> {
        let kept = match incident_of(&entry.key) {
            Some(id) => self.incidents.get(&id.into()).map(|known| known.kept),
            None => self.others.get(&entry.key).copied(),
        };
        if kept.is_some_and(|kept| kept.revision >= entry.revision) {
            return Ok(Foreign::Nothing);
        }
        // What was sent and not answered in time is this relay's own.
        let own = self.opened(entry).is_ok_and(|(e, _)| {
            e.fence == self.fence && kept.is_some_and(|k| k.hash == first_half(&e.hash))
        });
        if own || (entry.value.is_none() && kept.is_none()) {
            return Ok(Foreign::Nothing);
        }
        let incident = incident_of(&entry.key).map(IncidentId::from);
        if let Some(id) = incident.filter(|id| letters::is_plain(id.as_str())) {
            if let Some(known) = self.incidents.get_mut(&id) {
                known.kept.revision = entry.revision;
                known.kept.hash = 0;
            }
            return Ok(Foreign::Incident(id));
        }
        if entry.key == BEAT_KEY
            || self.others.remove(&entry.key).is_none() && entry.value.is_none()
        {
            return Ok(Foreign::Nothing);
        }
        if entry.value.is_some() {
            self.bucket.erase(&entry.key).await?;
        }
        Ok(Foreign::Answer(entry.key.clone()))
    }

    /// Takes away what somebody put where an incident would lie that is none of the organisation's public ones, as it was
    /// asked then.
    pub async fn take_away(&mut self, id: &IncidentId, at: Instant) -> Result<(), Fault> {
        self.was_private(id, at);
        match self.incidents.contains_key(id) {
            true => self.hide(id).await,
            false => self.bucket.erase(&incident_key(id.as_str())).await,
        }
    }
}

/// What was found of another's writing.
#[derive(Debug, PartialEq)]
pub enum Foreign {
    /// It is this relay's own, or nothing is there.
    Nothing,
    /// This incident must be asked for again.
    Incident(IncidentId),
    /// This answer is gone and must be asked for again.
    Answer(String),
}
