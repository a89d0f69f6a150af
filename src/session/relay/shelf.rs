//! A relay's answers in the place of asking the platform, and what a key sees besides.

use super::follow::{Follower, Found, Stage};
use super::rules::{self, Kind};
use crate::domain::Identity;
use crate::incidentio::{Coming, Page, Question, Shelf};
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant as Tick;

/// How long a question waits for a relay that is being reached, which a server that is not there ends within five seconds;
/// and for one that is there and has no answer yet: in a storm it has much to ask, and asks it once for all.
pub(super) const REACHING: Duration = Duration::from_secs(15);
const PATIENCE: Duration = Duration::from_secs(20);
/// What a console's own key sees besides is asked so often.
const OWN: Duration = Duration::from_secs(60);

impl Shelf for Follower {
    fn answer<'a>(&'a self, question: &'a Question) -> Coming<'a, Option<Page>> {
        Box::pin(async move {
            match rules::kind(question) {
                Kind::Own => None,
                Kind::Incident(_) => self.look_up(question).await,
                Kind::Everybody(_) if self.asks_itself(question) => None,
                Kind::Everybody(_) => {
                    let page = self.look_up(question).await?;
                    Some(self.with_own(question, page))
                }
            }
        })
    }

    fn wants(&self, question: &Question) -> bool {
        let shared = matches!(rules::kind(question), Kind::Everybody(_));
        shared && rules::is_cut(question) && self.known().extras.sees_private
    }

    fn stands_in(&self) -> Option<Identity> {
        let known = self.whose().identity.clone();
        known.or_else(|| {
            let (beat, _) = self.beat().filter(|_| self.stage() == Stage::Following)?;
            Some(Identity {
                dashboard: beat.dashboard,
                ..Identity::default()
            })
        })
    }

    /// Keeps what the own key sees and the relay does not tell.
    fn fetched(&self, question: &Question, page: Page) {
        let Some((mut items, _)) = rules::items(&question.key, &page) else {
            return;
        };
        let mut known = self.known();
        items.retain(|item| !rules::is_public(item, &|id| known.knows(id)));
        let own = (Tick::now(), items);
        known.extras.lists.insert(question.digest(), own);
    }
}

impl Follower {
    /// The answer, once it is there; nothing where the platform is to be asked.
    async fn look_up(&self, question: &Question) -> Option<Page> {
        let began = Tick::now();
        let mut wanted: Option<Tick> = None;
        loop {
            let (now, heard) = (Tick::now(), self.heard());
            let until = match self.stage() {
                Stage::Reaching => began + REACHING,
                Stage::Apart(until, _) => until,
                Stage::Following => match self.answer_now(question) {
                    Found::Here(page) => return Some(page),
                    Found::Elsewhere => return None,
                    Found::Missing => {
                        // A letter may be lost: it is written again.
                        if wanted.is_none_or(|at| at + Duration::from_secs(3) <= now) {
                            self.want(question);
                            wanted = Some(now);
                        }
                        began + PATIENCE
                    }
                },
            };
            if until <= now {
                return None;
            }
            let until = until.min(now + Duration::from_secs(3));
            let _ = tokio::time::timeout_at(until, heard).await;
        }
    }

    /// Whether a list is asked with the own key now, which may see more.
    fn asks_itself(&self, question: &Question) -> bool {
        if !self.wants(question) {
            return false;
        }
        let known = self.known();
        let own = known.extras.lists.get(&question.digest());
        own.is_none_or(|(at, _)| at.elapsed() >= OWN)
    }

    /// An answer with what the own key sees besides.
    fn with_own(&self, question: &Question, page: Page) -> Page {
        let known = self.known();
        let own = known.extras.lists.get(&question.digest());
        let Some((_, own)) = own.filter(|(_, own)| !own.is_empty()) else {
            return page;
        };
        let Some((mut items, more)) = rules::items(&question.key, &page) else {
            return page;
        };
        let told = |one: &Value, items: &[Value]| items.iter().any(|i| i["id"] == one["id"]);
        let besides: Vec<Value> = own.iter().filter(|o| !told(o, &items)).cloned().collect();
        items.extend(besides);
        rules::page(&question.key, &items, more).into()
    }

    /// Whether incidents that only the own key sees are to be asked for now.
    pub(super) fn is_own_turn(&self) -> bool {
        let mut known = self.known();
        let extras = &mut known.extras;
        let due = extras.asked.is_none_or(|at| at.elapsed() >= OWN);
        if extras.sees_private && due {
            extras.asked = Some(Tick::now());
            return true;
        }
        false
    }
}
