//! Carries notices to their receivers, beside the rounds: those of one incident in their order, each until it was taken or
//! too old, and no receiver waits for another.

use super::outbox::{Trouble, Waiting, all, troubles};
use super::receiver::{Answer, Receiver};
use crate::config::Clock;
use crate::domain::text::counted;
use crate::domain::{IncidentId, Instant};
use crate::session::bridge::lease::Hold;
use crate::session::{ApiError, Entry, Remembered};
use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::TimeDelta;
use futures_util::future::join_all;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// How long a notice is tried.
const TRIED_FOR: TimeDelta = TimeDelta::days(3);
/// The pause before a second try, and the longest: each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// The pause where nothing is to be done, or this machine cannot keep what was done.
const IDLE: Duration = Duration::from_secs(300);

/// The pause while another bridge may be the one that tells.
const NOT_NOW: TimeDelta = TimeDelta::seconds(3);

/// What all deliveries share.
pub struct Courier {
    /// Who is told.
    pub receivers: Vec<Receiver>,
    /// Where notices wait.
    pub remembered: Remembered,
    /// What time it is.
    pub clock: Clock,
    /// Whether this bridge may tell anybody anything now.
    pub hold: Hold,
    /// Sentences for the log.
    pub says: mpsc::UnboundedSender<String>,
}

/// How it goes with one receiver since this began.
#[derive(Default)]
struct Standing {
    trouble: Option<Trouble>,
    /// Passes in a row in which nothing was taken.
    failures: usize,
    /// Until when it is left alone.
    resume: Option<Instant>,
    /// It wants no more, until the bridge begins anew.
    is_gone: bool,
}

impl Courier {
    /// Carries until it is ended.
    pub async fn run(self, came: watch::Receiver<u64>) {
        let each = self.receivers.iter();
        join_all(each.map(|receiver| self.serve(receiver, came.clone()))).await;
    }

    async fn serve(&self, receiver: &Receiver, mut came: watch::Receiver<u64>) {
        let known = troubles(&self.remembered).await.unwrap_or_default();
        let mut standing = Standing {
            trouble: known.into_iter().find(|t| t.receiver == receiver.name),
            ..Standing::default()
        };
        loop {
            came.mark_unchanged();
            let pause = match self.pass(receiver, &mut standing).await {
                Ok(next) => self.until(next),
                // What could not be kept as told is told again, under its id.
                Err(e) => {
                    tracing::warn!("{}: {e}", receiver.name);
                    IDLE
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                changed = came.changed() => if changed.is_err() { return },
            }
        }
    }

    fn until(&self, next: Option<Instant>) -> Duration {
        let wait = next.map(|at| (at - self.clock.now()).to_std().unwrap_or_default());
        wait.map_or(IDLE, |wait| wait.clamp(Duration::from_millis(50), IDLE))
    }

    /// Sends what is due; when the next is.
    async fn pass(
        &self,
        receiver: &Receiver,
        standing: &mut Standing,
    ) -> Result<Option<Instant>, ApiError> {
        if standing.resume.is_some_and(|at| at > self.clock.now()) {
            return Ok(standing.resume);
        }
        let mine = |w: &Waiting| w.receiver == receiver.name;
        let mut waiting = all(&self.remembered).await?;
        waiting.retain(mine);
        self.give_up_old(receiver, &mut waiting).await?;
        let (mut held, mut soonest) = (BTreeSet::<IncidentId>::new(), None::<Instant>);
        for mut one in waiting {
            let now = self.clock.now();
            if held.contains(&one.notice.incident) {
                continue;
            }
            if standing.is_gone || one.next > now {
                soonest = Some(soonest.map_or(one.next, |s| s.min(one.next)));
                held.insert(one.notice.incident);
                continue;
            }
            if !self.hold.may_act() {
                return Ok(Some(now + NOT_NOW));
            }
            match receiver.send(&one.notice, now).await {
                Answer::Taken => {
                    self.keep(vec![one.done()]).await?;
                    self.recovers(receiver, standing).await?;
                }
                Answer::Refused(why) => {
                    self.refused(receiver, &mut one, why).await?;
                    soonest = Some(soonest.map_or(one.next, |s| s.min(one.next)));
                    held.insert(one.notice.incident);
                }
                Answer::Away(why) => {
                    self.fails(receiver, standing, why).await?;
                    standing.resume = Some(self.clock.now() + pause(standing.failures));
                    standing.failures += 1;
                    return Ok(standing.resume);
                }
                Answer::Gone(why) => {
                    standing.is_gone = true;
                    self.fails(receiver, standing, why).await?;
                }
            }
        }
        // Nobody is asked again who wants no more.
        Ok(soonest.filter(|_| !standing.is_gone))
    }

    async fn keep(&self, entries: Vec<Entry>) -> Result<(), ApiError> {
        self.remembered.keep(entries).await
    }

    async fn give_up_old(
        &self,
        receiver: &Receiver,
        waiting: &mut Vec<Waiting>,
    ) -> Result<(), ApiError> {
        let now = self.clock.now();
        let is_old = |w: &Waiting| now - w.notice.at > TRIED_FOR;
        let old: Vec<Entry> = waiting
            .iter()
            .filter(|w| is_old(w))
            .map(Waiting::done)
            .collect();
        if old.is_empty() {
            return Ok(());
        }
        let many = counted(old.len(), "notice", "notices");
        waiting.retain(|w| !is_old(w));
        self.keep(old).await?;
        let days = TRIED_FOR.num_days();
        let name = &receiver.name;
        self.tell(format!(
            "{name} did not take {many} within {days} days; it is not told of that any more."
        ));
        Ok(())
    }

    /// One that is refused is tried later; those of other incidents need not wait for it.
    async fn refused(
        &self,
        receiver: &Receiver,
        one: &mut Waiting,
        why: String,
    ) -> Result<(), ApiError> {
        if one.says.is_none() {
            let (name, id) = (&receiver.name, &one.notice.id);
            self.tell(format!(
                "{name} refuses the notice {id}: {why}. It is tried again."
            ));
        }
        one.next = self.clock.now() + pause(one.tries);
        one.tries += 1;
        one.says = Some(why);
        self.keep(vec![one.entry()]).await
    }

    async fn fails(
        &self,
        receiver: &Receiver,
        standing: &mut Standing,
        why: String,
    ) -> Result<(), ApiError> {
        let is_said = standing.trouble.as_ref().is_some_and(|t| t.says == why);
        if is_said {
            return Ok(());
        }
        let before = standing.trouble.take();
        let since = before.map_or_else(|| self.clock.now(), |t| t.since);
        let name = receiver.name.clone();
        self.tell(format!(
            "{name} does not take what it is told: {why}. It waits here."
        ));
        let trouble = Trouble {
            receiver: name,
            since,
            says: why,
        };
        self.keep(vec![trouble.entry()]).await?;
        standing.trouble = Some(trouble);
        Ok(())
    }

    async fn recovers(&self, receiver: &Receiver, standing: &mut Standing) -> Result<(), ApiError> {
        (standing.failures, standing.resume) = (0, None);
        if standing.trouble.take().is_none() {
            return Ok(());
        }
        self.tell(format!("{} takes what it is told again.", receiver.name));
        self.keep(vec![Trouble::over(&receiver.name)]).await
    }

    fn tell(&self, says: String) {
        // Who no longer listens has ended.
        let _ = self.says.send(says);
    }
}

/// The pause after so many tries.
fn pause(tries: usize) -> TimeDelta {
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(FIRST_PAUSE)
        .with_max_delay(LONGEST_PAUSE)
        .with_factor(2.0)
        .without_max_times()
        .build();
    let found = pauses.nth(tries.min(20));
    TimeDelta::from_std(found.unwrap_or(LONGEST_PAUSE)).unwrap_or(TRIED_FOR)
}
