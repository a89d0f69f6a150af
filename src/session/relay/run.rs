//! A relay at work: it holds the lease or waits for it, asks what is due, keeps what is public, and says every ten seconds
//! that it is there.

mod hearing;
mod taking;

use super::super::mirror::OVERLAP;
use super::demand::{Demand, Due};
use super::gather::{Gathered, Gatherer};
use super::letters::{BEAT, BEAT_KEY, Beat};
use super::publish::{Publisher, verifier_of};
use crate::domain::{IncidentId, Instant};
use crate::incidentio::Client;
use crate::jetstream::{Bucket, Entry, Fault, Hearing, Lease, Link, Names, Signer, Watch, Watched};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant as Tick;

/// How often the incidents are polled, as a console does; and everything that is open, for a change may be missed.
const POLL: Duration = Duration::from_secs(15);
const SWEEP: Duration = Duration::from_secs(120);
/// The least time between two polls, however many say that something happened.
const LEAST: Duration = Duration::from_secs(2);
/// A stretch of the history is read again so often: what turned private without a word is found that way.
const AUDIT: Duration = Duration::from_secs(300);
/// Incidents of a stretch: four pages.
const STRETCH: usize = 1_000;
/// How often the lease is renewed, and how often it is tried by whoever waits for it.
const RENEW: Duration = Duration::from_secs(3);
/// A history that broke off is begun again after so long.
const AGAIN: Duration = Duration::from_secs(30);
/// Incidents that are asked for a minute because somebody else wrote into the bucket.
const REPAIRS: usize = 20;
/// A page without an incident is handed on where it still has none after so long: an incident that is made for it may be
/// private.
const ALONE: chrono::Duration = chrono::Duration::seconds(20);
/// The list of pages.
const PAGES: &str = "/v2/escalations";

/// Something that came from outside: a webhook, a signal of a person.
#[derive(Clone, Debug)]
pub enum Stir {
    /// Something happened in an incident, or among all of them.
    Incident(Option<IncidentId>),
    /// Something happened to a page.
    Pages,
}

/// How a relay stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// It has not reached the server yet, or no longer: why.
    Away(String),
    /// Another holds the lease.
    Waiting(String),
    /// It reads what lies there.
    TakingOver,
    /// It works.
    Working(Box<Beat>),
    /// It works, but something cannot be kept or asked: why.
    Troubled(Box<Beat>, String),
}

/// What a relay needs.
pub struct Relay {
    pub(super) client: Arc<Client>,
    pub(super) link: Link,
    pub(super) names: Names,
    pub(super) signer: Option<Arc<Signer>>,
    pub(super) holder: String,
    pub(super) dashboard: String,
}

impl Relay {
    /// Works until the end. It goes on after every failure: one that lasts is said.
    pub async fn run(
        &self,
        stirs: &mut mpsc::Receiver<Stir>,
        standing: &watch::Sender<Standing>,
        end: impl Future<Output = ()>,
    ) {
        let mut end = std::pin::pin!(end);
        loop {
            match self.turn(stirs, standing, end.as_mut()).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(fault) => {
                    tracing::warn!("the relay begins anew: {fault}");
                    standing.send_replace(Standing::Away(fault.to_string()));
                }
            }
            tokio::select! {
                () = tokio::time::sleep(LEAST) => {}
                () = &mut end => return,
            }
        }
    }

    /// Waits for the lease, then works while it is held; whether it ended because it was to end. Then another takes over
    /// at once.
    async fn turn(
        &self,
        stirs: &mut mpsc::Receiver<Stir>,
        standing: &watch::Sender<Standing>,
        mut end: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<bool, Fault> {
        let opened = Lease::open(&self.link, &self.names, "relay", &self.holder);
        let mut lease = tokio::select! {
            lease = opened => lease?,
            () = &mut end => return Ok(true),
        };
        let worked = tokio::select! {
            worked = self.hold(&mut lease, stirs, standing) => worked.map(|()| false),
            () = &mut end => Ok(true),
        };
        let _ = tokio::time::timeout(RENEW, lease.give_back()).await;
        worked
    }

    /// Works while the lease is held.
    async fn hold(
        &self,
        lease: &mut Lease,
        stirs: &mut mpsc::Receiver<Stir>,
        standing: &watch::Sender<Standing>,
    ) -> Result<(), Fault> {
        let fence = self.wait(lease, standing).await?;
        tracing::info!("this relay took over, under the fence {fence}");
        standing.send_replace(Standing::TakingOver);
        let (held, hold) = watch::channel(true);
        let working = async {
            let mut work = Work::begin(self, fence, hold).await?;
            work.go_on(stirs, standing).await
        };
        tokio::select! {
            worked = working => worked,
            () = renew(lease, held) => Ok(()),
        }
    }

    /// Waits until the lease is this relay's; its number.
    async fn wait(
        &self,
        lease: &mut Lease,
        standing: &watch::Sender<Standing>,
    ) -> Result<u64, Fault> {
        loop {
            if let Some(fence) = lease.take().await? {
                return Ok(fence);
            }
            let waiting = Standing::Waiting(lease.who().await?);
            standing.send_if_modified(|now| {
                let other = *now != waiting;
                *now = waiting;
                other
            });
            tokio::time::sleep(RENEW).await;
        }
    }
}

/// Renews a lease until it is lost.
async fn renew(lease: &mut Lease, held: watch::Sender<bool>) {
    loop {
        tokio::time::sleep(RENEW).await;
        match lease.renew().await {
            Ok(true) => {}
            Ok(false) => break,
            Err(fault) => tracing::warn!("the lease could not be renewed: {fault}"),
        }
        if !lease.is_held() {
            break;
        }
    }
    held.send_replace(false);
    tracing::warn!("another relay may have the lease now");
}

/// One turn of work.
struct Work<'a> {
    relay: &'a Relay,
    publisher: Publisher,
    held: watch::Receiver<bool>,
    beat: Beat,
    demand: Demand,
    gatherer: Gatherer,
    gathered: mpsc::Receiver<Gathered>,
    jobs: JoinSet<()>,
    beats: Tick,
    polls: Tick,
    polling: bool,
    polled: Tick,
    sweeps: Tick,
    audits: Tick,
    /// Where the audit goes on: everything declared before is to be read again.
    audit: Option<Instant>,
    histories: Option<Tick>,
    repairs: VecDeque<Tick>,
    asking: BTreeSet<IncidentId>,
    alone: HashMap<String, Instant>,
    sent: VecDeque<(Tick, u64)>,
    trouble: Option<String>,
}

impl<'a> Work<'a> {
    async fn begin(
        relay: &'a Relay,
        fence: u64,
        held: watch::Receiver<bool>,
    ) -> Result<Self, Fault> {
        let (link, names) = (relay.link.clone(), relay.names.clone());
        let before = earlier_beat(relay).await;
        let had = before.as_ref().map_or(0, |beat| beat.incidents);
        let mut beat = Beat {
            org: names.org().to_owned(),
            dashboard: relay.dashboard.clone(),
            holder: relay.holder.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            at: relay.client.now(),
            // What was not read by this relay is no news, however young it says that it is.
            polled: Instant::default(),
            complete: before.as_ref().is_some_and(|beat| beat.complete),
            watermark: before.and_then(|beat| beat.watermark),
            ..Beat::default()
        };
        let publisher =
            Publisher::begin(link, names, relay.signer.clone(), fence, &mut beat).await?;
        let (told, gathered) = mpsc::channel(2);
        let now = Tick::now();
        let mut work = Self {
            relay,
            publisher,
            held,
            beat,
            demand: Demand::default(),
            gatherer: Gatherer::new(relay.client.clone(), told),
            gathered,
            jobs: JoinSet::new(),
            beats: now,
            polls: now,
            polling: false,
            polled: now,
            sweeps: now,
            audits: now + AUDIT,
            audit: None,
            histories: None,
            repairs: VecDeque::new(),
            asking: BTreeSet::new(),
            alone: HashMap::new(),
            sent: VecDeque::new(),
            trouble: None,
        };
        // A bucket that was emptied is not complete, whatever an earlier relay said.
        let has = work.publisher.incidents().len();
        work.beat.complete &= has > 0 && has >= had;
        if !work.beat.complete {
            work.beat.watermark = None;
            work.histories = Some(now);
        }
        Ok(work)
    }

    async fn go_on(
        &mut self,
        stirs: &mut mpsc::Receiver<Stir>,
        standing: &watch::Sender<Standing>,
    ) -> Result<(), Fault> {
        let (link, names) = (&self.relay.link, &self.relay.names);
        let mut letters = link.hear(&names.focus_all()).await?;
        let mut written = link.hear(&names.written()).await?;
        let (found, mut foreign) = mpsc::channel(256);
        let watching = self.publisher.watch_others().await?;
        self.jobs.spawn(watch_bucket(watching, found));
        let mut ticks = tokio::time::interval(Duration::from_millis(250));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            if !*self.held.borrow() {
                return Ok(());
            }
            let done = tokio::select! {
                Some(gathered) = self.gathered.recv() => self.take(gathered).await,
                letter = next(&mut letters) => self.take_letter(letter).await,
                told = next(&mut written) => { self.take_written(&told.1); Ok(()) }
                entry = foreign.recv() => match entry {
                    Some(entry) => self.put_right(&entry).await,
                    None => return Err(Fault::Other("the bucket can no longer be watched".into())),
                },
                Some(stir) = stirs.recv() => { self.stir(&stir); Ok(()) }
                _ = ticks.tick() => self.tick(standing).await,
                Some(_) = self.jobs.join_next() => Ok(()),
            };
            match done {
                Ok(()) => {}
                // Another relay writes: what this one has must be read anew, if it ever comes to that again.
                // What lay there is gone: it is put there again.
                Err(fault @ (Fault::Moved | Fault::Missing)) => return Err(fault),
                Err(fault) => {
                    tracing::warn!("the relay could not keep something: {fault}");
                    self.trouble = Some(fault.to_string());
                    // What was not kept is found by the next sweep.
                    self.sweeps = Tick::now() + LEAST;
                    if !link.is_up() {
                        return Err(fault);
                    }
                }
            }
        }
    }

    async fn tick(&mut self, standing: &watch::Sender<Standing>) -> Result<(), Fault> {
        let now = Tick::now();
        self.ask_what_is_due(now);
        for id in self.demand.tidy(now) {
            self.publisher.forget_focus(&id).await?;
        }
        if self.beats > now {
            return Ok(());
        }
        self.beats = now + BEAT;
        self.still_lies_there().await?;
        self.say_beat(now).await?;
        let beat = Box::new(self.beat.clone());
        standing.send_replace(match self.trouble.take() {
            None => Standing::Working(beat),
            Some(why) => Standing::Troubled(beat, why),
        });
        Ok(())
    }

    /// What is purged leaves no word for whoever watches: a bucket that holds less than was put there is filled anew.
    async fn still_lies_there(&self) -> Result<(), Fault> {
        let there = self.publisher.bucket().count().await?;
        match there < self.publisher.incidents().len() as u64 {
            true => Err(Fault::Missing),
            false => Ok(()),
        }
    }

    async fn say_beat(&mut self, now: Tick) -> Result<(), Fault> {
        let sent = self.relay.client.sent();
        self.sent.push_back((now, sent));
        while self
            .sent
            .front()
            .is_some_and(|(at, _)| now - *at > Duration::from_secs(60))
        {
            self.sent.pop_front();
        }
        self.beat.at = self.relay.client.now();
        self.beat.asked = self.demand.asked().clone();
        self.beat.consoles = self.demand.consoles();
        self.beat.focus = self.demand.focused();
        self.beat.incidents = self.publisher.incidents().len();
        self.beat.requests = self.sent.front().map_or(0, |(_, before)| sent - before);
        self.publisher.beat(&mut self.beat).await
    }

    fn ask_what_is_due(&mut self, now: Tick) {
        for due in self.demand.due(now) {
            let gatherer = self.gatherer.clone();
            match due {
                Due::Ask(question) => drop(self.jobs.spawn(gatherer.ask(question))),
                Due::News(id, after) => drop(self.jobs.spawn(gatherer.news(id, after))),
            }
        }
        if self.polls <= now && !self.polling && now - self.polled >= LEAST {
            (self.polling, self.polls, self.polled) = (true, now + POLL, now);
            let since = self
                .beat
                .watermark
                .unwrap_or_else(|| self.relay.client.now())
                - OVERLAP;
            self.jobs.spawn(self.gatherer.clone().changed(since));
        }
        if self.sweeps <= now {
            self.sweeps = now + SWEEP;
            self.jobs.spawn(self.gatherer.clone().open());
        }
        if self.histories.is_some_and(|at| at <= now) {
            self.histories = None;
            self.jobs.spawn(self.gatherer.clone().history());
        }
        if self.audits <= now && self.beat.complete {
            self.audits = now + AUDIT;
            self.read_a_stretch_again();
        }
    }

    /// Goes on through the history backwards, and begins again at now where it is through.
    fn read_a_stretch_again(&mut self) {
        let mut created: Vec<Instant> = self
            .publisher
            .incidents()
            .values()
            .map(|known| known.created)
            .collect();
        created.sort_unstable();
        let until = self.audit.unwrap_or_else(|| self.relay.client.now());
        let before = created.partition_point(|at| *at <= until);
        let from = match before.checked_sub(STRETCH) {
            Some(first) => created[first],
            None => created.first().copied().unwrap_or(until),
        };
        // Where many were declared at one time, a stretch goes on to the time before.
        self.audit = (before > STRETCH && from < until).then_some(from);
        self.jobs.spawn(self.gatherer.clone().stretch(from, until));
    }
}

/// The beat of the relay before this one, where the bucket has it.
async fn earlier_beat(relay: &Relay) -> Option<Beat> {
    let bucket = Bucket::find(&relay.link, &relay.names.bucket())
        .await
        .ok()?;
    let entry = bucket.get(BEAT_KEY).await.ok()??;
    let verifier = relay.signer.as_deref().and_then(verifier_of);
    let (_, body) = entry.opened(verifier.as_ref()).ok()?;
    let beat: Beat = serde_json::from_slice(&body).ok()?;
    let same = beat.dashboard == relay.dashboard;
    same.then_some(beat)
}

/// The next that is heard. A hearing ends with the connection, which is noticed elsewhere.
async fn next(hearing: &mut Hearing) -> (String, Vec<u8>) {
    match hearing.next().await {
        Some(heard) => heard,
        None => std::future::pending().await,
    }
}

async fn watch_bucket(mut watch: Watch, found: mpsc::Sender<Entry>) {
    loop {
        match watch.next().await {
            Ok(Watched::Entry(entry)) => {
                if found.send(entry).await.is_err() {
                    return;
                }
            }
            Ok(Watched::CaughtUp) => {}
            Err(fault) => {
                tracing::warn!("the bucket can no longer be watched: {fault}");
                return;
            }
        }
    }
}
