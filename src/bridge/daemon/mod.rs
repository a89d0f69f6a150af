//! The round: both sides are asked, `reconcile` decides, its steps are done, and what is known by then is kept before and
//! after each of them. A round that breaks off anywhere is made good by the next.

mod deeds;
mod detectors;
mod feed;
mod heartbeat;
mod incidents;
mod lease;
mod lessons;
mod looks;
mod renew;
mod told;
mod watched;
mod words;

pub use renew::can_run;

use super::carry::carry;
use super::fill;
use super::inbox::{self, Inbox};
use super::ingress::{Server, start_watched};
use super::metrics::Metrics;
use super::policy::Policy;
use super::reconcile::{Happened, Round, Step, learn, reconcile};
use super::tell::{Telling, receivers};
use super::view::{needing_metrics, with_catalog};
use crate::config::{Config, SecretFiles};
use crate::domain::alert_feed::AlertFeed;
use crate::domain::episode::Memory;
use crate::domain::time::Zone;
use crate::domain::{CatalogGraph, Finding, IncidentId, Instant, Org};
use crate::session::bridge::lease::{BridgeLease, Tenure};
use crate::session::{ApiError, Remembered, Session};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use lessons::Lessons;
use renew::Renewal;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::UnboundedReceiver;

/// Rounds until the organisation's words and its catalog are read anew.
const WORDS_FOR: u32 = 40;
/// How long what comes in is gathered before a look.
const GATHERED: Duration = Duration::from_millis(200);
/// The least time from one look to the next: a storm of webhooks does not spend the key's budget.
const APART: Duration = Duration::from_secs(2);
/// How long what is under way may go on once it is to end. What breaks off then is made good at the next start, as after a
/// kill.
const ENDS_WITHIN: Duration = Duration::from_secs(5);
/// Rounds in a row that follow at once where one of them declared something.
const AT_ONCE: usize = 3;

/// The organisation's words, its catalog, and what decides in them.
type Words = (Org, CatalogGraph, Policy);

/// The bridge at work.
pub struct Daemon {
    session: Arc<Session>,
    zone: Zone,
    metrics: Arc<Metrics>,
    remembered: Remembered,
    /// Of several bridges the one that holds it works.
    lease: BridgeLease,
    inbox: Inbox,
    /// Takes what comes in, where the configuration has it so.
    server: Option<Server>,
    memory: Memory,
    /// What the alert source was told, and when it may be told what waits.
    alert_feed: AlertFeed,
    feed_waits: Option<Instant>,
    /// When the heartbeat source was pinged last.
    beaten: Option<tokio::time::Instant>,
    telling: Telling,
    words: Option<Words>,
    /// What is to be taken up before the next round.
    renewal: Option<Renewal>,
    /// Files with secrets as they stood when they were read.
    files: SecretFiles,
    /// Incidents whose cause is to be looked for, and those for which it is.
    wanted: Vec<(IncidentId, String)>,
    looking: BTreeSet<IncidentId>,
    lessons: Lessons,
    /// Rounds since the words were read.
    age: u32,
    number: u64,
    /// What was said last of each trouble, so that it is said once, and again when there is another.
    said: BTreeMap<String, String>,
}

/// An incident, its reference, when the look for its cause began, and what it came to.
type Looked = (IncidentId, String, Instant, Result<Finding, ApiError>);

/// What a round came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// Sentences for the log.
    pub says: Vec<String>,
    /// Something was declared: what waited for it can go on.
    pub declared: bool,
}

impl Daemon {
    /// Takes up what is remembered. Waits while another bridge works on it, and tells that it does.
    pub async fn open(
        session: Arc<Session>,
        zone: Zone,
        tell: impl Fn(&str),
    ) -> Result<Self, ApiError> {
        let waits = || tell("Another bridge works here; this one waits until that has ended.");
        let remembered = session.bridge_memory_alone(waits).await?;
        let memory = remembered.memory().await?;
        let alert_feed = remembered.alert_feed().await?;
        let last = remembered.done().await?.pop();
        let files = session.secret_files().await?;
        let config = session.config();
        let receivers = receivers(&config.bridge).map_err(ApiError::User)?;
        let lease = session.bridge_lease();
        let at = (config.clock, lease.hold().clone());
        let telling = Telling::begin(receivers, &remembered, at).await?;
        let inbox = Inbox::new(remembered.clone(), &config.bridge);
        let metrics: Arc<Metrics> = Arc::default();
        if !lease.hold().may_act() {
            metrics.stands(&Tenure::Reaching);
        }
        let server = match inbox::listen(&config.bridge, config.clock).map_err(ApiError::User)? {
            Some(listen) => Some(
                start_watched(listen, inbox.keeper(), metrics.clone())
                    .await
                    .map_err(ApiError::User)?,
            ),
            None => None,
        };
        Ok(Self {
            session,
            zone,
            metrics,
            lease,
            inbox,
            server,
            memory,
            alert_feed,
            feed_waits: None,
            beaten: None,
            telling,
            words: None,
            renewal: None,
            files,
            wanted: Vec::new(),
            looking: BTreeSet::new(),
            lessons: Lessons::default(),
            age: 0,
            number: last.map_or(0, |event| event.number + 1),
            said: BTreeMap::new(),
            remembered,
        })
    }

    /// Goes round until it is stopped; tells what it does. A side that does not answer holds up the end only briefly.
    pub async fn run(
        &mut self,
        stop: impl Future<Output = ()>,
        settings: UnboundedReceiver<Result<Config, ApiError>>,
        tell: impl Fn(&str),
    ) -> Result<(), ApiError> {
        let stop = stop.shared();
        let mut rounds = Box::pin(self.rounds(stop.clone(), settings, tell));
        tokio::select! {
            ended = &mut rounds => ended?,
            () = stop => {
                if let Ok(ended) = tokio::time::timeout(ENDS_WITHIN, &mut rounds).await {
                    ended?;
                }
            }
        }
        drop(rounds);
        self.end().await
    }

    /// What is read of the configuration anew is taken up before the next round.
    async fn rounds(
        &mut self,
        mut stop: impl Future<Output = ()> + Unpin,
        mut settings: UnboundedReceiver<Result<Config, ApiError>>,
        tell: impl Fn(&str),
    ) -> Result<(), ApiError> {
        let mut looks = FuturesUnordered::new();
        let mut lessons = FuturesUnordered::new();
        loop {
            let begun = tokio::time::Instant::now();
            let renewed = self.renew().await;
            self.tells(renewed, &tell)?;
            let stands = self.stands().await;
            self.tells(stands, &tell)?;
            let every = self.every();
            for _ in 0..AT_ONCE {
                if !self.may_act() {
                    break;
                }
                let done = self.watched_round().await;
                if done.is_ok() {
                    self.said.remove("machine");
                }
                if !self.tells(done, &tell)? {
                    break;
                }
            }
            looks.extend(self.looks());
            lessons.extend(self.lessons());
            let came = self.inbox.came.clone();
            let next = self.next_look(every);
            tokio::select! {
                Some(found) = looks.next(), if !looks.is_empty() => {
                    let done = self.found(found).await;
                    self.tells(done, &tell)?;
                }
                Some(lesson) = lessons.next(), if !lessons.is_empty() => {
                    let done = self.learnt(lesson).await;
                    self.tells(done, &tell)?;
                }
                says = self.telling.said() => {
                    let says = vec![says];
                    let done = Done { says, ..Done::default() };
                    let done = self.told(done, self.session.now()).await;
                    self.tells(done, &tell)?;
                }
                () = &mut stop => return Ok(()),
                Some(read) = settings.recv() => {
                    let done = self.wants(read).await;
                    self.tells(done, &tell)?;
                }
                () = self.lease.changes() => {}
                () = tokio::time::sleep(next) => {}
                // What comes in a burst is looked at once.
                () = came.notified() => {
                    let gathered = tokio::time::Instant::now() + GATHERED;
                    tokio::time::sleep_until(gathered.max(begun + APART)).await;
                }
            }
        }
    }

    /// Tells what was done; true where something was declared. A full disk ends nothing: what could not be kept was not
    /// done either, and is done once there is room.
    fn tells(
        &mut self,
        done: Result<Done, ApiError>,
        tell: &impl Fn(&str),
    ) -> Result<bool, ApiError> {
        match done {
            Ok(done) => {
                done.says.iter().for_each(|line| tell(line));
                Ok(done.declared)
            }
            Err(e @ ApiError::Machine { .. }) => {
                let says = self.once("machine", &e.to_string());
                says.iter().for_each(|line| tell(line));
                Ok(false)
            }
            Err(e) => Err(e),
        }
    }

    /// Answers what is under way, and ends.
    async fn end(&mut self) -> Result<(), ApiError> {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        self.lease.give_back().await;
        Ok(())
    }

    fn every(&self) -> Duration {
        Duration::from_secs(self.session.config().bridge.every_seconds)
    }

    /// One look at both sides, and what it leads to. Only what cannot be kept here is an error.
    pub async fn round(&mut self) -> Result<Done, ApiError> {
        let mut done = Done::default();
        match self.read_words().await {
            // What is wrong from the first is said at once; words that change later leave those that were right.
            Err(wrong @ ApiError::User(_)) if self.words.is_none() => return Err(wrong),
            Err(e) => {
                let says = format!("incident.io: {e}");
                done.says.extend(self.once("words", &says));
            }
            Ok(()) => {}
        }
        self.memory.orders = self.remembered.orders().await?;
        let asked = tokio::time::Instant::now();
        let mut sightings = self.session.sightings().await?;
        let bridge = &self.session.config().bridge;
        let pushed = self.inbox.sightings(bridge, self.session.now());
        sightings.extend(pushed.await?);
        if let Some((_, catalog, _)) = &self.words {
            with_catalog(&mut sightings, catalog);
        }
        let verdicts = self.verdicts(&sightings).await?;
        let confirmed = needing_metrics(bridge);
        self.learn_own_writes().await?;
        let mut incidents = self.incidents().await;
        if let Ok(incidents) = &mut incidents {
            self.see_answers(incidents, &mut done).await;
        }
        let now = self.session.now();
        self.troubles(&sightings, incidents.as_ref().err(), now, &mut done)
            .await?;
        if let Ok(incidents) = &incidents {
            self.leave_what_is_gone(incidents, &mut done).await?;
        }
        let Some((_, _, policy)) = &self.words else {
            return self.told(done, now).await;
        };
        let round = Round {
            sightings: &sightings,
            verdicts: &verdicts,
            confirmed: &confirmed,
            incidents: incidents.as_deref().ok(),
            policy,
            now,
        };
        let (memory, steps) = reconcile(&round, &self.memory);
        self.remember(memory).await?;
        for step in &steps {
            if !self.may_act() {
                break;
            }
            match too_late(step, asked.elapsed(), self.every()) {
                Some(says) => done.says.extend(self.once(&says, &says)),
                None => self.take(step, &mut done).await?,
            }
        }
        if !self.may_act() {
            return self.told(done, now).await;
        }
        self.reflect(&sightings, &mut done).await;
        self.feed(&sightings, &mut done).await?;
        self.beat(&sightings, incidents.is_ok(), &mut done).await;
        self.told(done, now).await
    }

    /// Does a step, and keeps what became of it.
    async fn take(&mut self, step: &Step, done: &mut Done) -> Result<(), ApiError> {
        if let Step::Investigate {
            incident,
            reference,
        } = step
            && self.looking.insert(incident.clone())
        {
            self.wanted.push((incident.clone(), reference.clone()));
        }
        self.wants_lesson(step);
        let facts = fill::of_step(&self.session, step, &self.memory).await;
        let own = self.own_field(step);
        let (happened, says) = carry(&self.session, step, &facts, own).await;
        if let Some(happened) = happened {
            self.metrics.happened(&happened);
            done.declared |= matches!(happened, Happened::Declared(..));
            let memory = learn(&self.memory, &happened, self.session.now());
            self.remember(memory).await?;
            self.tell_deed(step, &happened).await?;
            done.says.extend(says);
            done.says.extend(facts.left_out(&happened));
        } else if let Some(says) = says {
            done.says.extend(self.once(&says, &says));
        }
        Ok(())
    }
}

/// The least age of a look that nothing is resolved on.
const OLD: Duration = Duration::from_secs(10);

/// Why a step is left to the next look: what was quiet when the detectors were asked may burn again once the writes before
/// it are through.
fn too_late(step: &Step, age: Duration, every: Duration) -> Option<String> {
    let Step::Resolve { reference, .. } = step else {
        return None;
    };
    let is_old = age > (2 * every).max(OLD);
    is_old.then(|| {
        format!(
            "{reference} is not resolved on a look that is {} s old; both sides are asked again.",
            age.as_secs()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_resolved_on_a_look_that_is_old() {
        let resolve = Step::Resolve {
            incident: "1".into(),
            reference: "INC-1".into(),
            key: String::new(),
            says: String::new(),
        };
        let note = Step::Investigate {
            incident: "1".into(),
            reference: "INC-1".into(),
        };
        let late = |step: &Step, age, every| {
            let [age, every] = [age, every].map(Duration::from_secs);
            too_late(step, age, every).is_some()
        };
        assert!(!late(&resolve, 9, 1) && late(&resolve, 11, 1));
        assert!(!late(&resolve, 29, 15) && late(&resolve, 31, 15));
        assert!(!late(&note, 600, 1), "what only tells may be late");
    }
}
