//! What others say to a relay: letters of its consoles, writes, webhooks, and what somebody else put into the bucket.

use super::super::letters::{BEAT_KEY, LARGEST_LETTER, Letter, NOTHING, Written, is_plain};
use super::super::publish::Foreign;
use super::{LEAST, PAGES, REPAIRS, Stir, Work};
use crate::domain::IncidentId;
use crate::jetstream::{Entry, Fault};
use std::time::Duration;
use tokio::time::Instant as Tick;

impl Work<'_> {
    pub(super) async fn take_letter(
        &mut self,
        (subject, bytes): (String, Vec<u8>),
    ) -> Result<(), Fault> {
        if bytes.len() > LARGEST_LETTER {
            return Ok(());
        }
        let Ok(letter) = serde_json::from_slice::<Letter>(&bytes) else {
            return Ok(());
        };
        let about = subject.rsplit('.').next().unwrap_or_default();
        let about = Some(about).filter(|id| *id != NOTHING && is_plain(id));
        let about = about.map(IncidentId::from);
        let publisher = &self.publisher;
        let knows = |id: &IncidentId| publisher.knows(id.as_str());
        let now = Tick::now();
        self.demand.take(&letter, about.as_ref(), knows, now);
        self.ask_what_is_due(now);
        Ok(())
    }

    pub(super) fn take_written(&mut self, bytes: &[u8]) {
        if bytes.len() > LARGEST_LETTER {
            return;
        }
        let told: Written = serde_json::from_slice(bytes).unwrap_or_default();
        self.stir(&Stir::Incident(None));
        for id in told.incidents.iter().take(8) {
            self.stir(&Stir::Incident(Some(id.clone())));
        }
        self.stir(&Stir::Pages);
    }

    /// Something happened: what is polled is polled at once, though no faster than every two seconds.
    pub(super) fn stir(&mut self, stir: &Stir) {
        let now = Tick::now();
        let soon = now.max(self.polled + LEAST);
        match stir {
            Stir::Incident(id) => {
                self.polls = self.polls.min(soon);
                if let Some(id) = id {
                    self.demand.stir(id, soon);
                }
            }
            Stir::Pages => self.demand.stir_path(PAGES, soon),
        }
    }

    /// Looks at one incident by itself. `own`: this relay's own question and not somebody else's doing.
    pub(super) fn look_at(&mut self, id: IncidentId, own: bool) {
        let now = Tick::now();
        while self
            .repairs
            .front()
            .is_some_and(|at| now - *at > Duration::from_secs(60))
        {
            self.repairs.pop_front();
        }
        if !own {
            if self.repairs.len() >= REPAIRS {
                return;
            }
            self.repairs.push_back(now);
        }
        if self.asking.insert(id.clone()) {
            self.jobs.spawn(self.gatherer.clone().one(id));
        }
    }

    /// Somebody else wrote into the bucket: that is put right from the platform.
    pub(super) async fn put_right(&mut self, entry: &Entry) -> Result<(), Fault> {
        if entry.key == BEAT_KEY {
            return self.hear_beat(entry);
        }
        match self.publisher.judge(entry).await? {
            Foreign::Nothing => {}
            Foreign::Incident(id) => {
                tracing::warn!("somebody else wrote {}; it is put right", entry.key);
                match self.repairs.len() < REPAIRS {
                    true => self.look_at(id, false),
                    // Nobody must read it meanwhile.
                    false => self.publisher.bucket().erase(&entry.key).await?,
                }
            }
            Foreign::Answer(key) => {
                tracing::warn!("somebody else wrote {key}; it is put right");
                self.demand.stir_all(Tick::now());
            }
        }
        Ok(())
    }

    /// A beat of a later fence is another relay's.
    fn hear_beat(&self, entry: &Entry) -> Result<(), Fault> {
        match self.publisher.is_anothers(entry) {
            true => Err(Fault::Moved),
            false => Ok(()),
        }
    }
}
