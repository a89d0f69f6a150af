//! What the bridge remembers and tells: each trouble once.

use super::{Daemon, Done};
use crate::domain::episode::Memory;
use crate::domain::{Instant, Sighting};
use crate::session::ApiError;
use crate::session::bridge::ledger::{self, Event, LastRound};

impl Daemon {
    pub(super) async fn remember(&mut self, memory: Memory) -> Result<(), ApiError> {
        let mut changes = ledger::changes(&self.memory, &memory);
        let at = self.session.now();
        changes.extend(self.telling.entries(&self.memory, &memory, at));
        self.remembered.keep(changes).await?;
        self.telling.kept();
        self.memory = memory;
        Ok(())
    }

    /// Keeps the sentences for `hotseat bridge log`.
    pub(super) async fn told(&mut self, done: Done, at: Instant) -> Result<Done, ApiError> {
        let mut entries = Vec::new();
        for says in &done.says {
            let (number, says) = (self.number, says.clone());
            entries.extend(ledger::event(&Event { at, number, says }));
            self.number += 1;
        }
        self.remembered.keep(entries).await?;
        Ok(done)
    }

    /// A sentence the first time that it is said of something, until that has passed. One that differs from the last only
    /// in its numbers, such as how long to wait, is the same.
    pub(super) fn once(&mut self, about: &str, says: &str) -> Option<String> {
        let words = says.replace(|c: char| c.is_ascii_digit(), "");
        let last = self.said.insert(about.to_owned(), words.clone());
        (last != Some(words)).then(|| says.to_owned())
    }

    /// Keeps how the look went, and tells of troubles once.
    pub(super) async fn troubles(
        &mut self,
        sightings: &[Sighting],
        incidents: Option<&ApiError>,
        at: Instant,
        done: &mut Done,
    ) -> Result<(), ApiError> {
        let trouble = |s: &Sighting| (s.detector.clone(), s.heard.trouble().map(str::to_owned));
        let last = LastRound {
            at,
            detectors: sightings.iter().map(trouble).collect(),
            incidents: incidents.map(ToString::to_string),
        };
        for (detector, why) in &last.detectors {
            let about = format!("detector {detector}");
            match why {
                Some(why) => {
                    let says =
                        format!("{why} Nothing of it is taken for over until it answers whole.");
                    done.says.extend(self.once(&about, &says));
                }
                None if self.said.remove(&about).is_some() => {
                    done.says.push(format!("{detector} answers again."));
                }
                None => {}
            }
        }
        match &last.incidents {
            Some(why) => {
                let says = format!("incident.io could not be read: {why}");
                done.says.extend(self.once("incidents", &says));
            }
            None if self.said.remove("incidents").is_some() => {
                done.says.push("incident.io answers again.".into());
            }
            None => {}
        }
        self.remembered.keep(vec![ledger::round(&last)]).await
    }
}
