//! What a relay learnt from the platform, and what it keeps of that.

use super::super::gather::Gathered;
use super::super::letters::focus_asked_key;
use super::{AGAIN, ALONE, PAGES, Work};
use crate::domain::{ApiError, IncidentId, Instant};
use crate::incidentio::{Question, RawIncident};
use crate::jetstream::Fault;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use tokio::time::Instant as Tick;

impl Work<'_> {
    pub(super) async fn take(&mut self, gathered: Gathered) -> Result<(), Fault> {
        let now = Tick::now();
        match gathered {
            Gathered::Changed(changed, at) => {
                self.polling = false;
                match changed {
                    Ok(all) => self.take_changed(all, at).await?,
                    Err(e) => self.trouble = Some(format!("Incidents cannot be read: {e}")),
                }
            }
            Gathered::Open(all, at) => {
                let expected = self.publisher.open().cloned().collect();
                self.keep_whole(all, expected, at).await?;
            }
            Gathered::History(all, at) => self.keep(all, at, false).await?,
            Gathered::Complete(began) => {
                self.beat.complete = true;
                self.beat.watermark = self.beat.watermark.max(Some(began));
                self.beats = now;
            }
            Gathered::Broken(e) => {
                tracing::warn!("the history broke off: {e}");
                self.trouble = Some(format!("The history cannot be read: {e}"));
                self.histories = Some(now + AGAIN);
            }
            Gathered::Stretch((from, to), all, at) => {
                let incidents = self.publisher.incidents().iter();
                let within = incidents.filter(|(_, i)| i.created > from && i.created < to);
                let expected = within.map(|(id, _)| id.clone()).collect();
                self.keep_whole(all, expected, at).await?;
            }
            Gathered::One(id, found, at) => {
                self.asking.remove(&id);
                match found {
                    Ok(Some(raw)) => self.keep(vec![*raw], at, true).await?,
                    Ok(None) => {
                        self.demand.forget(&id);
                        self.publisher.take_away(&id, at).await?;
                        self.ask_pages_again(now);
                    }
                    Err(e) => self.trouble = Some(format!("An incident cannot be read: {e}")),
                }
            }
            Gathered::Answer(question, answer, at) => {
                self.take_answer(&question, answer, at, now).await?;
            }
            Gathered::News(id, happened) => {
                let at = self.relay.client.now();
                if self.demand.looked(&id, happened, at, now) {
                    self.say_asked(&id, at).await?;
                }
            }
        }
        Ok(())
    }

    async fn take_changed(&mut self, all: Vec<RawIncident>, at: Instant) -> Result<(), Fault> {
        let latest = all.iter().map(|(i, _)| i.row.updated).max();
        self.keep(all, at, true).await?;
        // Only what was kept is behind the watermark; it never runs ahead of the platform's clock.
        if self.beat.complete {
            self.beat.watermark = self.beat.watermark.max(latest.map(|l| l.min(at)));
        }
        let first = !self.beat.is_current();
        self.beat.polled = at;
        if first {
            self.beats = Tick::now();
        }
        Ok(())
    }

    /// Keeps all that there is of a kind. What was expected among it and is not may be private now: it is looked at.
    async fn keep_whole(
        &mut self,
        all: Vec<RawIncident>,
        mut expected: BTreeSet<IncidentId>,
        at: Instant,
    ) -> Result<(), Fault> {
        for (incident, _) in &all {
            expected.remove(&incident.row.id);
        }
        self.keep(all, at, true).await?;
        expected.into_iter().for_each(|id| self.look_at(id, true));
        Ok(())
    }

    async fn keep(&mut self, all: Vec<RawIncident>, at: Instant, news: bool) -> Result<(), Fault> {
        let now = Tick::now();
        if news {
            // What changed of an incident that somebody looks at is in its lists, too.
            for (incident, _) in all.iter().filter(|raw| self.publisher.is_news(raw)) {
                self.demand.stir(&incident.row.id, now);
            }
        }
        let hidden = self.publisher.keep_incidents(all, at, news).await?;
        for id in &hidden {
            self.demand.forget(id);
        }
        if !hidden.is_empty() {
            self.ask_pages_again(now);
        }
        self.publisher.keep_open(at).await
    }

    /// Answers to everybody were taken away, since they may have named what turned private.
    fn ask_pages_again(&mut self, now: Tick) {
        self.demand.stir_all(now);
    }

    async fn take_answer(
        &mut self,
        question: &Question,
        answer: Result<(Vec<Value>, bool), ApiError>,
        at: Instant,
        now: Tick,
    ) -> Result<(), Fault> {
        let mut newest = None;
        let answered = match answer {
            Ok((mut items, more)) => {
                newest = items
                    .last()
                    .and_then(|i| i["id"].as_str())
                    .map(str::to_owned);
                if question.path == PAGES {
                    self.hold_back_alone(&mut items, at);
                }
                let place = self.publisher.place_of(question);
                let before = place.and_then(|key| self.publisher.fetched_at(&key));
                // One that nobody kept young is written again, so that whoever waits for it sees that it is.
                let again = before.is_some_and(|then| at - then > chrono::Duration::seconds(20))
                    && !self.demand.is_kept_young(question);
                self.publisher
                    .keep_answer(question, (items, more), at, again)
                    .await?
                    .is_some()
            }
            Err(e) => {
                tracing::warn!("{} cannot be read: {e}", question.path);
                false
            }
        };
        let of = self.demand.answered(question, newest, answered, at, now);
        match of {
            Some(id) => self.say_asked(&id, at).await,
            None if !answered => {
                self.beats = now;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Leaves out pages that have no incident yet and were made only now.
    fn hold_back_alone(&mut self, items: &mut Vec<Value>, at: Instant) {
        let mut seen = HashMap::new();
        items.retain(|item| {
            let has_incident = item["related_incidents"]
                .as_array()
                .is_some_and(|all| !all.is_empty());
            if has_incident {
                return true;
            }
            let id = item["id"].as_str().unwrap_or_default().to_owned();
            let made = item["created_at"]
                .as_str()
                .and_then(crate::domain::time::parse);
            let first = self.alone.get(&id).copied().or(made).unwrap_or(at);
            seen.insert(id, first);
            at - first >= ALONE
        });
        self.alone = seen;
    }

    /// Says when the questions about an incident were asked.
    async fn say_asked(&mut self, id: &IncidentId, at: Instant) -> Result<(), Fault> {
        let Some(asked) = self.demand.asked_of(id) else {
            return Ok(());
        };
        let body = serde_json::to_vec(asked).unwrap_or_default();
        let key = focus_asked_key(id.as_str());
        self.publisher.keep_plain(&key, body, at).await
    }
}
