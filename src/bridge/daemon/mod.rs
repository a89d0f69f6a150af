//! The round: both sides are asked, `reconcile` decides, its steps are done, and what is known by then is kept before and
//! after each of them. A round that breaks off anywhere is made good by the next.

mod incidents;

use super::carry::carry;
use super::inbox::{self, Inbox};
use super::ingress::{Server, start};
use super::kept::{self, Event, LastRound};
use super::memory::{IssueId, Memory};
use super::policy::Policy;
use super::reconcile::{Happened, Round, Step, learn, reconcile, silent};
use super::reflect::{Reflection, reflect};
use super::view::{needing_metrics, policy, service_named, with_catalog};
use super::words;
use crate::domain::time::Zone;
use crate::domain::{
    CatalogGraph, FieldGroup, Finding, Heard, IncidentId, Instant, Org, Sighting, Verdict,
};
use crate::session::{ApiError, InvestigationRequest, Remembered, Session};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

/// Rounds until the organisation's words and its catalog are read anew.
const WORDS_FOR: u32 = 40;
/// How long what comes in is gathered before a look.
const GATHERED: Duration = Duration::from_millis(200);
/// The least time from one look to the next: a storm of webhooks does not spend the key's budget.
const APART: Duration = Duration::from_secs(2);
/// Rounds in a row that follow at once where one of them declared something.
const AT_ONCE: usize = 3;

/// The bridge at work.
pub struct Daemon<'a> {
    session: &'a Session,
    zone: Zone,
    remembered: Remembered,
    inbox: Inbox,
    /// Takes what comes in, where the configuration has it so.
    server: Option<Server>,
    memory: Memory,
    /// The organisation's words, its catalog, and what decides in them.
    words: Option<(Org, CatalogGraph, Policy)>,
    /// Incidents whose cause is to be looked for, and those for which it is.
    wanted: Vec<(IncidentId, String)>,
    looking: BTreeSet<IncidentId>,
    /// Rounds since the words were read.
    age: u32,
    number: u64,
    /// What was said last of each trouble, so that it is said once, and again when there is another.
    said: BTreeMap<String, String>,
}

/// An incident, its reference, and what looking for its cause came to.
type Looked = (IncidentId, String, Result<Finding, ApiError>);

/// What a round came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// Sentences for the log.
    pub says: Vec<String>,
    /// Something was declared: what waited for it can go on.
    pub declared: bool,
}

impl<'a> Daemon<'a> {
    /// Takes up what is remembered. Waits while another bridge works on it, and tells that it does.
    pub async fn open(
        session: &'a Session,
        zone: Zone,
        tell: impl Fn(&str),
    ) -> Result<Self, ApiError> {
        let waits = || tell("Another bridge works here; this one waits until that has ended.");
        let remembered = session.bridge_memory_alone(waits).await?;
        let memory = kept::read(&remembered).await?;
        let last = kept::events(&remembered).await?.pop();
        let config = session.config();
        let inbox = Inbox::new(remembered.clone(), &config.bridge);
        let server = match inbox::listen(&config.bridge, config.clock).map_err(ApiError::User)? {
            Some(listen) => Some(
                start(listen, inbox.keeper())
                    .await
                    .map_err(ApiError::User)?,
            ),
            None => None,
        };
        Ok(Self {
            session,
            zone,
            inbox,
            server,
            memory,
            words: None,
            wanted: Vec::new(),
            looking: BTreeSet::new(),
            age: 0,
            number: last.map_or(0, |event| event.number + 1),
            said: BTreeMap::new(),
            remembered,
        })
    }

    /// Goes round until it is stopped; tells what it does.
    pub async fn run(
        &mut self,
        mut stop: impl Future<Output = ()> + Unpin,
        tell: impl Fn(&str),
    ) -> Result<(), ApiError> {
        let every = Duration::from_secs(self.session.config().bridge.every_seconds);
        let mut looks = FuturesUnordered::new();
        loop {
            let begun = tokio::time::Instant::now();
            for _ in 0..AT_ONCE {
                let done = self.round().await;
                if !self.tells(done, &tell)? {
                    break;
                }
            }
            looks.extend(self.looks());
            let came = self.inbox.came.clone();
            tokio::select! {
                Some(found) = looks.next(), if !looks.is_empty() => {
                    let done = self.found(found).await;
                    self.tells(done, &tell)?;
                }
                () = &mut stop => return self.end().await,
                () = tokio::time::sleep(every) => {}
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
                self.said.remove("machine");
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
        Ok(())
    }

    /// Where it takes what comes in.
    pub fn at(&self) -> Option<SocketAddr> {
        self.server.as_ref().map(Server::at)
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
        let mut sightings = self.session.sightings().await?;
        let bridge = &self.session.config().bridge;
        let pushed = self.inbox.sightings(bridge, self.session.now());
        sightings.extend(pushed.await?);
        if let Some((_, catalog, _)) = &self.words {
            with_catalog(&mut sightings, catalog);
        }
        let verdicts = self.verdicts(&sightings).await?;
        let confirmed = needing_metrics(bridge);
        let incidents = self.incidents().await;
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
            self.take(step, &mut done).await?;
        }
        self.reflect(&sightings, &mut done).await;
        self.told(done, now).await
    }

    /// The organisation's own field of services, with those of a declaration that its catalog knows.
    fn own_field(&self, step: &Step) -> Option<(FieldGroup, String)> {
        let (Step::Declare(declaration), Some((org, catalog, _))) = (step, &self.words) else {
            return None;
        };
        let id = org.service_fields.first()?;
        let field = org.fields.iter().find(|f| f.id == *id)?;
        let config = self.session.config();
        if config.bridge.fields.contains_key(&field.name) {
            return None;
        }
        let named = declaration.services.iter();
        let mut known: Vec<&str> = named
            .filter_map(|name| service_named(catalog, name))
            .collect();
        if field.kind != "multi_select" {
            known.truncate(1);
        }
        let pair = format!("{}={}", field.name, known.join(", "));
        (!known.is_empty()).then_some((FieldGroup::Custom, pair))
    }

    /// The looks for a cause that are due: they take a while, and go on beside the rounds.
    fn looks(&mut self) -> Vec<impl Future<Output = Looked> + use<'a>> {
        let session = self.session;
        let look = move |(id, reference): (IncidentId, String)| async move {
            let request = InvestigationRequest::of(id.as_str());
            let found = session.investigate(&request, None).await;
            (id, reference, found.map(|done| done.finding))
        };
        self.wanted.drain(..).map(look).collect()
    }

    /// Keeps what a look came to, and writes it where it belongs.
    async fn found(&mut self, (id, reference, found): Looked) -> Result<Done, ApiError> {
        self.looking.remove(&id);
        let mut done = Done::default();
        let (settled, hypothesis) = match &found {
            Ok(finding) => (finding.settled, words::hypothesis(finding)),
            Err(e) => {
                done.says
                    .push(format!("{reference} could not be investigated: {e}"));
                (false, None)
            }
        };
        let now = self.session.now();
        let happened = Happened::Looked(id, settled, hypothesis);
        self.remember(learn(&self.memory, &happened, now)).await?;
        self.inbox.came.notify_one();
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
        let first = match step {
            Step::Declare(declaration) => declaration.issues.first(),
            _ => None,
        };
        let first = first.and_then(|issue| self.memory.episodes.get(issue).cloned());
        let first = first.as_ref().map(|episode| &episode.detection);
        let own = self.own_field(step);
        let (happened, says) = carry(self.session, step, first, own).await;
        if let Some(happened) = happened {
            done.declared |= matches!(happened, Happened::Declared(..));
            let memory = learn(&self.memory, &happened, self.session.now());
            self.remember(memory).await?;
            done.says.extend(says);
        } else if let Some(says) = says {
            done.says.extend(self.once(&says, &says));
        }
        Ok(())
    }

    /// Reflects what people did at each detector that answers.
    async fn reflect(&mut self, sightings: &[Sighting], done: &mut Done) {
        let bridge = &self.session.config().bridge;
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

    async fn reflect_at(&self, detector: &str) -> Result<Vec<String>, ApiError> {
        let there = self.session.silences(detector).await?;
        let mut says = Vec::new();
        for step in reflect(&self.memory, detector, &there, self.session.now()) {
            match step {
                Reflection::Silence(silence) => {
                    self.session.silence(detector, &silence).await?;
                    let (by, what) = (&silence.by, &silence.comment);
                    says.push(format!("Silenced at {detector} for {by}: {what}"));
                }
                Reflection::Expire(id) => {
                    self.session.expire_silence(detector, &id).await?;
                    says.push(format!("A silence at {detector} is ended: {id}"));
                }
            }
        }
        Ok(says)
    }

    async fn remember(&mut self, memory: Memory) -> Result<(), ApiError> {
        let changes = kept::changes(&self.memory, &memory);
        self.remembered.keep(changes).await?;
        self.memory = memory;
        Ok(())
    }

    /// Keeps the sentences for `hotseat bridge log`.
    async fn told(&mut self, done: Done, at: Instant) -> Result<Done, ApiError> {
        let mut entries = Vec::new();
        for says in &done.says {
            let (number, says) = (self.number, says.clone());
            entries.extend(kept::event(&Event { at, number, says }));
            self.number += 1;
        }
        self.remembered.keep(entries).await?;
        Ok(done)
    }

    /// A sentence the first time that it is said of something, until that has passed. One that differs from the last only
    /// in its numbers, such as how long to wait, is the same.
    fn once(&mut self, about: &str, says: &str) -> Option<String> {
        let words = says.replace(|c: char| c.is_ascii_digit(), "");
        let last = self.said.insert(about.to_owned(), words.clone());
        (last != Some(words)).then(|| says.to_owned())
    }

    async fn read_words(&mut self) -> Result<(), ApiError> {
        self.age += 1;
        if self.words.is_some() && self.age < WORDS_FOR {
            return Ok(());
        }
        self.inbox.forget(self.session.now()).await?;
        let (org, catalog) = tokio::join!(self.session.org(), self.session.catalog());
        let (org, catalog) = (org?, catalog?);
        kept::is_of(&self.remembered, &org.identity.dashboard).await?;
        let policy = policy(&self.session.config().bridge, self.zone, &org);
        self.words = Some((org, catalog, policy.map_err(ApiError::User)?));
        self.age = 0;
        self.said.remove("words");
        Ok(())
    }

    /// What the metrics say of issues that fell silent.
    async fn verdicts(
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

    /// Keeps how the look went, and tells of troubles once.
    async fn troubles(
        &mut self,
        sightings: &[Sighting],
        incidents: Option<&ApiError>,
        at: Instant,
        done: &mut Done,
    ) -> Result<(), ApiError> {
        let trouble = |s: &Sighting| match &s.heard {
            Heard::Nothing(why) => (s.detector.clone(), Some(why.clone())),
            _ => (s.detector.clone(), None),
        };
        let last = LastRound {
            at,
            detectors: sightings.iter().map(trouble).collect(),
            incidents: incidents.map(ToString::to_string),
        };
        for (detector, why) in &last.detectors {
            let about = format!("detector {detector}");
            match why {
                Some(why) => {
                    let says = format!("{why} Nothing of it is taken for over until it answers.");
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
        self.remembered.keep(vec![kept::round(&last)]).await
    }
}
