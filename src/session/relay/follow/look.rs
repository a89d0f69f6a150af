//! What somebody looks at on a console: what is said of it, asked for it, and told.

use super::super::letters::{
    Asked, LETTER, Letter, MOST_ASKED, Written, answer_key, focus_key, focus_prefix, is_plain,
};
use super::super::rules::{self, Kind};
use super::{Follower, LEAST_AGE, TURNS, WHOLE};
use crate::domain::IncidentId;
use crate::incidentio::{Page, Question};
use std::sync::PoisonError;
use std::time::Duration;

impl Follower {
    /// Somebody looks at an incident here, or at none.
    pub fn look_at(&self, id: Option<&IncidentId>) {
        let id = id.filter(|id| is_plain(id.as_str()));
        let changed = {
            let mut known = self.known();
            let changed = known.focus.as_ref() != id;
            if changed {
                known.focus = id.cloned();
                known.of_focus = Asked::default();
                let prefix = id.map(|id| focus_prefix(id.as_str()));
                known.answers.retain(|key, _| {
                    !key.starts_with("focus.")
                        || prefix.as_ref().is_some_and(|p| key.starts_with(p))
                });
            }
            changed
        };
        if changed {
            self.turns.notify_waiters();
            self.heard.notify_waiters();
            self.speak.notify_one();
        }
    }

    pub(in crate::session::relay) fn focus(&self) -> Option<IncidentId> {
        self.known().focus.clone()
    }

    /// Whether something is known of an incident that was not told yet; from now on it counts as told.
    pub(in crate::session::relay) fn has_moved(&self, id: &IncidentId) -> bool {
        let mut known = self.known();
        let now = Some((id.clone(), known.moved));
        let moved = known.told != now;
        known.told = now;
        moved
    }

    /// What was told last was not heard to its end.
    pub(in crate::session::relay) fn tell_again(&self) {
        self.known().told = None;
    }

    /// Comes when an answer about what is looked at has changed.
    pub(in crate::session::relay) async fn moved(&self) {
        self.moves.notified().await;
    }

    /// What this console has to say now.
    pub(in crate::session::relay) fn letter(&self) -> (Option<IncidentId>, Letter) {
        let mut known = self.known();
        let asks: Vec<Question> = known.asks.values().take(MOST_ASKED).cloned().collect();
        known.asks.clear();
        let mut uses = std::mem::take(&mut known.uses);
        // What is looked at is used for as long as it is, also while nothing changes in it.
        if let Some(id) = &known.focus {
            let prefix = focus_prefix(id.as_str());
            let held = known.answers.keys();
            uses.extend(
                held.filter_map(|key| key.strip_prefix(&prefix))
                    .map(str::to_owned),
            );
        }
        let letter = Letter {
            who: self.who.clone(),
            uses: uses.into_iter().collect(),
            asks,
        };
        (known.focus.clone(), letter)
    }

    /// The answer as the relay has it: young enough by the relay's own clock, which the age of its beat is told by.
    pub(in crate::session::relay) fn answer_now(&self, question: &Question) -> Found {
        let digest = question.digest();
        let mut known = self.known();
        let Some(heard) = &known.beat else {
            return Found::Missing;
        };
        let (now, wide) = (heard.beat.at, &heard.beat.asked);
        let (key, asked, most) = match rules::kind(question) {
            Kind::Everybody(every) => (answer_key(&digest), wide, (every * TURNS).max(LEAST_AGE)),
            Kind::Incident(id) => {
                if known.focus.as_ref() != Some(&id) {
                    return Found::Elsewhere;
                }
                let most = WHOLE * TURNS;
                (focus_key(id.as_str(), &digest), &known.of_focus, most)
            }
            Kind::Own => return Found::Elsewhere,
        };
        if asked.refused.contains(&digest) {
            return Found::Elsewhere;
        }
        let asked = asked.at.get(&digest).copied();
        let found = known
            .answers
            .get(&key)
            .map(|(page, at)| (page.clone(), *at));
        let Some((page, at)) = found else {
            return Found::Missing;
        };
        let at = asked.map_or(at.timestamp(), |asked| asked.max(at.timestamp()));
        let most = i64::try_from(most.as_secs()).unwrap_or(i64::MAX);
        if now.timestamp() - at > most {
            return Found::Missing;
        }
        known.uses.insert(digest);
        Found::Here(page)
    }

    /// Asks the relay for an answer that is missing.
    pub(in crate::session::relay) fn want(&self, question: &Question) {
        let mut known = self.known();
        known.asks.insert(question.digest(), question.clone());
        drop(known);
        self.speak.notify_one();
    }

    /// Tells the relay what was written, so that it looks at once.
    pub async fn tell_written(&self, incidents: Vec<IncidentId>) {
        let link = self
            .link
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let names = self.whose().names.clone();
        let Some((link, names)) = link.zip(names) else {
            return;
        };
        let told = serde_json::to_vec(&Written { incidents }).unwrap_or_default();
        if let Err(e) = link.tell(&names.written(), told).await {
            tracing::warn!("the relay was not told of a write: {e}");
        }
    }

    /// How often a letter is written, so that consoles do not write together.
    pub(in crate::session::relay) fn pause() -> Duration {
        LETTER.mul_f64(0.8 + 0.2 * fastrand::f64())
    }
}

/// Whether an answer is there.
pub(in crate::session::relay) enum Found {
    /// It is.
    Here(Page),
    /// It is not yet, or is too old.
    Missing,
    /// It will not be: the platform is asked.
    Elsewhere,
}
