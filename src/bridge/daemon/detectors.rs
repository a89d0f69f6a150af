//! The side of the detectors: what the metrics say of their silence, and what people did, reflected there.

use super::super::reconcile::silent;
use super::super::reflect::{Reflection, reflect};
use super::super::steps;
use super::{Daemon, Done};
use crate::domain::episode::IssueId;
use crate::domain::{Heard, Sighting, Verdict};
use crate::session::ApiError;
use std::collections::BTreeMap;

impl Daemon {
    /// What the metrics say of issues that fell silent.
    pub(super) async fn verdicts(
        &self,
        sightings: &[Sighting],
    ) -> Result<BTreeMap<IssueId, Verdict>, ApiError> {
        let all = sightings.iter().flat_map(|s| silent(&self.memory, s));
        let known: Vec<_> = all
            .filter_map(|issue| self.memory.episodes.get(&issue))
            .collect();
        let asked: Vec<_> = known.iter().map(|e| (&e.detection, e.heard)).collect();
        if asked.is_empty() {
            return Ok(BTreeMap::new());
        }
        let verdicts = self.session.verdicts(&asked).await?;
        Ok(known.iter().map(|e| e.issue()).zip(verdicts).collect())
    }

    /// Reflects what people did at each detector that answers.
    pub(super) async fn reflect(&mut self, sightings: &[Sighting], done: &mut Done) {
        let session = self.session.clone();
        let bridge = &session.config().bridge;
        let asked = bridge.alertmanager.iter().filter(|_| bridge.silence);
        let answers = |name: &str| {
            let mut said = sightings.iter().filter(|s| s.detector == name);
            said.any(|s| matches!(s.heard, Heard::All(..)))
        };
        for detector in asked.map(|a| &a.name).filter(|name| answers(name)) {
            match self.reflect_at(detector).await {
                Ok(says) => done.says.extend(says),
                Err(e) => done
                    .says
                    .extend(self.once(&format!("silence {detector}"), &e.to_string())),
            }
        }
    }

    async fn reflect_at(&mut self, detector: &str) -> Result<Vec<String>, ApiError> {
        let there = self.session.silences(detector).await?;
        let now = self.session.now();
        let (mut says, mut silenced) = (Vec::new(), BTreeMap::new());
        let mut failed = None;
        for step in reflect(&self.memory, detector, &there, now) {
            match self.mirror(detector, &step).await {
                Ok(done) => says.push(done),
                Err(e) => {
                    failed = Some(e);
                    break;
                }
            }
            if let Reflection::Silence(incident, silence) = step
                && silence.id.is_empty()
            {
                let of = silenced.entry(incident).or_insert((silence.by, 0));
                of.1 += 1;
            }
        }
        for (incident, (by, many)) in silenced {
            let lines = steps::silenced(detector, &by, many, now);
            self.tell_lines(&incident, lines).await?;
        }
        failed.map_or(Ok(says), Err)
    }

    /// Does one thing at a detector, and says that it did.
    async fn mirror(&self, detector: &str, step: &Reflection) -> Result<String, ApiError> {
        match step {
            Reflection::Silence(_, silence) => {
                self.session.silence(detector, silence).await?;
                let (by, what) = (&silence.by, &silence.comment);
                let done = match silence.id.is_empty() {
                    true => "Silenced",
                    false => "Silence renewed",
                };
                Ok(format!("{done} at {detector} for {by}: {what}"))
            }
            Reflection::Expire(id) => {
                self.session.expire_silence(detector, id).await?;
                Ok(format!("A silence at {detector} is ended: {id}"))
            }
        }
    }
}
