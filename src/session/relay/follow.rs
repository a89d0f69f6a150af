//! A console that reads from a relay: what it hears of, what it believes, and what it answers questions with instead of
//! asking the platform.

use super::letters::{
    self, Asked, BEAT_KEY, Beat, LETTER, Letter, MOST_ASKED, OPEN_KEY, SILENCE, Written,
    answer_key, focus_asked_key, focus_key, incident_key, incident_of, is_plain,
};
use super::rules::{self, Kind};
use super::shelf::Extras;
use crate::domain::{Identity, Incident, IncidentId, Instant};
use crate::incidentio::{Client, Page, Question, read_incident};
use crate::jetstream::{Bucket, Entry, Envelope, Fault, Lease, Link, Names, Verifier, Way};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant as Tick;

/// Consoles that lose their relay at once ask the platform spread over so long.
pub const SPREAD: Duration = Duration::from_secs(20);
/// An answer may be so many turns old; and at least so many seconds, for a relay that answers says so with its next beat.
const TURNS: u32 = 3;
const LEAST_AGE: Duration = Duration::from_secs(45);
/// Lists of one incident are read again within this, whatever its log says.
const WHOLE: Duration = Duration::from_secs(75);

/// How a console stands to its relay.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// It is on its way to it.
    Reaching,
    /// It believes what the relay says.
    Following,
    /// It does not, and asks the platform itself from then on; why, in one sentence.
    Apart(Tick, String),
}

/// What is known through the relay.
#[derive(Default)]
pub(super) struct Known {
    beat: Option<Heard>,
    /// The highest fence that was heard, and the revision it began at.
    fence: (u64, u64),
    /// The fence and the turn of the last beat.
    turn: (u64, u64),
    answers: HashMap<String, (Page, Instant)>,
    /// Public incidents; under which fence and when each was fetched.
    public: HashMap<IncidentId, (u64, Instant)>,
    /// When the bucket was made.
    born: Option<Instant>,
    /// When it was made, and how far its incidents were read.
    read_to: Option<(Instant, u64)>,
    /// Every incident was told once.
    pub(super) whole: bool,
    of_focus: Asked,
    focus: Option<IncidentId>,
    uses: BTreeSet<String>,
    asks: HashMap<String, Question>,
    /// How often an answer about what is looked at changed, and what was last told of it.
    moved: u64,
    told: Option<(IncidentId, u64)>,
    pub(super) extras: Extras,
}

/// Whose key it is.
pub(super) struct Whose {
    pub(super) names: Option<Names>,
    pub(super) identity: Option<Identity>,
}

impl Known {
    /// Whether an incident is public, as the relay has it.
    pub(super) fn knows(&self, id: &str) -> bool {
        self.public.contains_key(&IncidentId::from(id))
    }
}

struct Heard {
    beat: Beat,
    at: Tick,
}

/// What a console has of its relay.
pub struct Follower {
    pub(super) way: Way,
    whose: Mutex<Whose>,
    /// It turned out to be another organisation's key.
    turned_away: Notify,
    pub(super) verifier: Option<Verifier>,
    pub(super) client: Arc<Client>,
    pub(super) who: String,
    known: Mutex<Known>,
    stage: watch::Sender<Stage>,
    /// Something was heard that somebody may wait for.
    heard: Notify,
    /// Something else is looked at.
    turns: Notify,
    /// An answer about what is looked at has changed.
    moves: Notify,
    /// Something is to be told to the relay.
    pub(super) speak: Notify,
    pub(super) link: Mutex<Option<Link>>,
}

/// What became of a value that came.
pub(super) enum Taken {
    /// Nothing that anybody must know.
    Nothing,
    /// An incident is another than before.
    Incident(Box<Incident>),
    /// An incident is there no more.
    Gone(IncidentId),
}

impl Follower {
    pub(super) fn new(
        way: Way,
        names: Option<Names>,
        verifier: Option<Verifier>,
        client: Arc<Client>,
    ) -> Self {
        Self {
            way,
            whose: Mutex::new(Whose {
                names,
                identity: None,
            }),
            turned_away: Notify::new(),
            verifier,
            client,
            who: format!("{:016x}", fastrand::u64(..)),
            known: Mutex::default(),
            stage: watch::Sender::new(Stage::Reaching),
            heard: Notify::new(),
            turns: Notify::new(),
            moves: Notify::new(),
            speak: Notify::new(),
            link: Mutex::new(None),
        }
    }

    /// The organisation's subjects; fails where nobody has said yet which it is.
    pub(super) fn be_named(&self, names: Option<Names>) -> Result<Names, String> {
        let mut whose = self.whose();
        if names.is_some() {
            whose.names = names;
        }
        whose.names.clone().ok_or_else(|| {
            "which organisation this is, is not known: incident.io cannot be asked, and [relay] does not name it with org".into()
        })
    }

    pub(super) fn whose(&self) -> MutexGuard<'_, Whose> {
        self.whose.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whose key it is. Where that is another organisation's than was thought, what was followed is another's.
    pub(in crate::session) fn be_of(&self, identity: &Identity) {
        let mut roles = identity.roles.iter();
        self.known().extras.sees_private = roles.any(|role| role == "global_access");
        let before = self.whose().identity.replace(identity.clone());
        if before.is_some_and(|before| before.dashboard != identity.dashboard) {
            self.forget_all();
            self.turned_away.notify_one();
        }
    }

    /// Comes when it turns out to be another organisation's key.
    pub(super) async fn turned_away(&self) {
        self.turned_away.notified().await;
    }

    /// Whether a bucket is another than the one that was read before.
    pub(super) fn is_of_another_bucket(&self, born: Instant) -> bool {
        let mut known = self.known();
        let before = known.born.replace(born);
        before.is_some_and(|before| before != born)
    }

    /// How far the incidents were read here.
    pub(super) fn read_to(&self) -> Option<(Instant, u64)> {
        self.known().read_to
    }

    pub(super) fn has_read(&self, to: (Instant, u64)) {
        self.known().read_to = Some(to);
    }

    /// These are public: what the cache has of them came from the relay.
    pub(super) fn know(&self, ids: impl Iterator<Item = IncidentId>) {
        let unread = (0, Instant::default());
        self.known().public.extend(ids.map(|id| (id, unread)));
    }

    /// Comes when something else is looked at from now on.
    pub(super) fn turned(&self) -> tokio::sync::futures::Notified<'_> {
        self.turns.notified()
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How this console stands to its relay.
    pub fn stage(&self) -> Stage {
        self.stage.borrow().clone()
    }

    pub(super) fn stages(&self) -> watch::Receiver<Stage> {
        self.stage.subscribe()
    }

    /// The relay's last beat, and how long ago it was heard.
    pub fn beat(&self) -> Option<(Beat, Duration)> {
        let known = self.known();
        let heard = known.beat.as_ref()?;
        Some((heard.beat.clone(), heard.at.elapsed()))
    }

    /// The relay is not believed: the platform is asked after a while that differs from console to console.
    pub(super) fn part(&self, why: &str) {
        let spread = SPREAD.as_millis().try_into().unwrap_or(u64::MAX);
        let until = Tick::now() + Duration::from_millis(fastrand::u64(0..=spread));
        let parted = self.stage.send_if_modified(|stage| match stage {
            Stage::Apart(_, known) if known == why => false,
            Stage::Apart(_, known) => {
                why.clone_into(known);
                false
            }
            other => {
                *other = Stage::Apart(until, why.to_owned());
                true
            }
        });
        if parted {
            tracing::warn!("the relay is not followed: {why}");
            self.share();
            self.heard.notify_waiters();
        }
    }

    /// With its relay gone, this console keeps to its part of the key, as the relay counted them.
    fn share(&self) {
        let consoles = self.known().beat.as_ref().map(|h| h.beat.consoles);
        if let Some(consoles) = consoles.filter(|n| *n > 1) {
            self.client.keep_to(1.0 / consoles as f64);
        }
    }

    /// Whether what is heard is believed now; says so where that changes.
    pub(super) fn weigh(&self) {
        let why = {
            let known = self.known();
            match &known.beat {
                None => Some("it has said nothing yet"),
                Some(heard) if heard.at.elapsed() > SILENCE => Some("it has gone silent"),
                Some(heard) if !heard.beat.is_current() => {
                    Some("it cannot read the incidents itself")
                }
                Some(_) => None,
            }
        };
        match why {
            Some(why) => self.part(why),
            None => {
                let joined = self.stage.send_if_modified(|stage| {
                    let joins = *stage != Stage::Following;
                    *stage = Stage::Following;
                    joins
                });
                if joined {
                    self.heard.notify_waiters();
                    self.speak.notify_one();
                }
            }
        }
    }

    /// Reads the last beat of a relay that holds the lease now: an older one is nobody's.
    pub(super) async fn hear_first(
        &self,
        link: &Link,
        names: &Names,
        bucket: &Bucket,
    ) -> Result<(), Fault> {
        let holder = Lease::holder(link, names, "relay").await?;
        let Some((_, fence)) = holder else {
            return Ok(());
        };
        if let Some(entry) = bucket.get(BEAT_KEY).await? {
            let is_its = self.open(&entry).is_ok_and(|(e, _)| e.fence == fence);
            if is_its {
                self.take(entry);
            }
        }
        Ok(())
    }

    fn open(&self, entry: &Entry) -> Result<(Envelope, Vec<u8>), String> {
        let value = entry.value.as_deref().ok_or("it was taken away")?;
        let mut envelope = Envelope::open(&entry.key, value, self.verifier.as_ref())?;
        let body = envelope.body.take().ok_or("nothing is in it")?;
        Ok((envelope, body))
    }

    /// Takes in a value. What is not believed changes nothing, and the log says why.
    pub(super) fn take(&self, entry: Entry) -> Taken {
        if entry.value.is_none() {
            return self.take_gone(&entry.key);
        }
        let (envelope, body) = match self.open(&entry) {
            Ok(opened) => opened,
            Err(why) => {
                tracing::warn!("{} is not believed: {why}", shown(&entry.key));
                return Taken::Nothing;
            }
        };
        if let Err(why) = self.place(&entry, &envelope) {
            tracing::warn!("{} is not believed: {why}", shown(&entry.key));
            return Taken::Nothing;
        }
        let taken = match (incident_of(&entry.key), entry.key.as_str()) {
            (Some(id), _) => return self.take_incident(id, &body, &envelope),
            (None, BEAT_KEY) => self.take_beat(&body, &envelope),
            (None, key) => self.take_words(key, body, envelope.at),
        };
        match taken {
            Ok(()) => self.heard.notify_waiters(),
            Err(why) => tracing::warn!("{} is not believed: {why}", shown(&entry.key)),
        }
        Taken::Nothing
    }

    /// Holds a value against the fence.
    fn place(&self, entry: &Entry, envelope: &Envelope) -> Result<(), &'static str> {
        let mut known = self.known();
        let (fence, began) = known.fence;
        if envelope.fence < fence && entry.revision > began {
            return Err("it is of a relay that had lost its lease");
        }
        if envelope.fence > fence {
            let began = match envelope.began {
                0 => entry.revision,
                began => began,
            };
            known.fence = (envelope.fence, began);
        }
        Ok(())
    }

    fn take_beat(&self, body: &[u8], envelope: &Envelope) -> Result<(), &'static str> {
        let beat: Beat = serde_json::from_slice(body).map_err(|_| "it is no beat")?;
        {
            let whose = self.whose();
            let other = |known: &Identity| known.dashboard != beat.dashboard;
            let named = whose.names.as_ref().is_some_and(|n| n.org() == beat.org);
            if !named || whose.identity.as_ref().is_some_and(other) {
                return Err("it is of another organisation");
            }
        }
        let mut known = self.known();
        if envelope.fence < known.fence.0 {
            return Err("it is of a relay that had lost its lease");
        }
        // Whoever plays an old beat again cannot make a relay seem alive that is not.
        let turn = (envelope.fence, beat.turn);
        if known.turn >= turn {
            return Err("it was heard before");
        }
        known.turn = turn;
        if let Some(watermark) = beat.watermark.filter(|_| beat.complete) {
            known.extras.relay_read_to(watermark);
        }
        known.beat = Some(Heard {
            beat,
            at: Tick::now(),
        });
        drop(known);
        self.weigh();
        Ok(())
    }

    fn take_words(&self, key: &str, body: Vec<u8>, at: Instant) -> Result<(), &'static str> {
        let mut known = self.known();
        let of_focus = known.focus.as_ref().map(|id| focus_asked_key(id.as_str()));
        if of_focus.as_deref() == Some(key) {
            known.of_focus = serde_json::from_slice(&body).map_err(|_| "it tells no times")?;
        } else if key.starts_with("now.answer.") {
            known.answers.insert(key.to_owned(), (body.into(), at));
        } else if key.starts_with("focus.") {
            let before = known.answers.insert(key.to_owned(), (body.into(), at));
            let now = known.answers.get(key).map(|(page, _)| page);
            if before.as_ref().map(|(page, _)| page) != now {
                known.moved += 1;
                drop(known);
                self.moves.notify_one();
            }
        }
        Ok(())
    }

    fn take_incident(&self, id: &str, body: &[u8], envelope: &Envelope) -> Taken {
        match read_incident(body) {
            Some(incident) if incident.row.id.as_str() == id && incident.is_public() => {
                let fetched = (envelope.fence, envelope.at);
                let mut known = self.known();
                let before = known.public.get(&incident.row.id);
                // Whoever plays an old value again brings nothing back.
                if before.is_some_and(|before| before.0 == fetched.0 && before.1 > fetched.1) {
                    return Taken::Nothing;
                }
                known.public.insert(incident.row.id.clone(), fetched);
                Taken::Incident(Box::new(incident))
            }
            _ => {
                tracing::warn!("incident {} is not believed", shown(id));
                Taken::Nothing
            }
        }
    }

    fn take_gone(&self, key: &str) -> Taken {
        let mut known = self.known();
        known.answers.remove(key);
        let Some(id) = incident_of(key).filter(|id| is_plain(id)) else {
            return Taken::Nothing;
        };
        let id = IncidentId::from(id);
        known.public.remove(&id);
        let of = letters::focus_of(id.as_str());
        let of = of.trim_end_matches('>');
        known.answers.retain(|key, _| !key.starts_with(of));
        Taken::Gone(id)
    }

    /// Every incident that lies there was told.
    pub(super) fn is_whole(&self) {
        self.known().whole = true;
        self.heard.notify_waiters();
    }

    /// Nothing of what was known stands any more: the bucket is another.
    pub(super) fn forget_all(&self) {
        let mut known = self.known();
        let focus = known.focus.take();
        let (born, extras) = (known.born, std::mem::take(&mut known.extras));
        *known = Known {
            focus,
            born,
            extras,
            ..Known::default()
        };
    }

    /// Whether an incident is public, as the relay has it.
    pub fn knows(&self, id: &IncidentId) -> bool {
        self.known().public.contains_key(id)
    }

    /// Incidents that are open, as the relay lists them.
    pub(super) async fn open_now(&self, bucket: &Bucket) -> Result<Vec<IncidentId>, Fault> {
        let Some(entry) = bucket.get(OPEN_KEY).await? else {
            return Ok(Vec::new());
        };
        let opened = self.open(&entry);
        let ids: Vec<IncidentId> = opened
            .ok()
            .and_then(|(_, body)| serde_json::from_slice(&body).ok())
            .unwrap_or_default();
        Ok(ids.into_iter().filter(|id| is_plain(id.as_str())).collect())
    }

    /// One incident out of the bucket.
    pub(super) async fn one(&self, bucket: &Bucket, id: &IncidentId) -> Result<Taken, Fault> {
        let entry = bucket.get(&incident_key(id.as_str())).await?;
        Ok(entry.map_or(Taken::Nothing, |entry| self.take(entry)))
    }

    /// Somebody looks at an incident here, or at none.
    pub fn look_at(&self, id: Option<&IncidentId>) {
        let id = id.filter(|id| is_plain(id.as_str()));
        let changed = {
            let mut known = self.known();
            let changed = known.focus.as_ref() != id;
            if changed {
                known.focus = id.cloned();
                known.of_focus = Asked::default();
                let prefix = id.map(|id| format!("focus.{id}."));
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

    pub(super) fn focus(&self) -> Option<IncidentId> {
        self.known().focus.clone()
    }

    /// Whether something is known of an incident that was not told yet; from now on it counts as told.
    pub(super) fn has_moved(&self, id: &IncidentId) -> bool {
        let mut known = self.known();
        let now = Some((id.clone(), known.moved));
        let moved = known.told != now;
        known.told = now;
        moved
    }

    /// What was told last was not heard to its end.
    pub(super) fn tell_again(&self) {
        self.known().told = None;
    }

    /// Comes when an answer about what is looked at has changed.
    pub(super) async fn moved(&self) {
        self.moves.notified().await;
    }

    /// What this console has to say now.
    pub(super) fn letter(&self) -> (Option<IncidentId>, Letter) {
        let mut known = self.known();
        let asks: Vec<Question> = known.asks.values().take(MOST_ASKED).cloned().collect();
        known.asks.clear();
        let uses = std::mem::take(&mut known.uses);
        let letter = Letter {
            who: self.who.clone(),
            uses: uses.into_iter().collect(),
            asks,
        };
        (known.focus.clone(), letter)
    }

    /// The answer as the relay has it: young enough by the relay's own clock, which the age of its beat is told by.
    pub(super) fn answer_now(&self, question: &Question) -> Found {
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
    pub(super) fn want(&self, question: &Question) {
        let mut known = self.known();
        known.asks.insert(question.digest(), question.clone());
        drop(known);
        self.speak.notify_one();
    }

    /// Comes when something is heard from now on.
    pub(super) fn heard(&self) -> tokio::sync::futures::Notified<'_> {
        self.heard.notified()
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
    pub(super) fn pause() -> Duration {
        LETTER.mul_f64(0.8 + 0.2 * fastrand::f64())
    }
}

/// Whether an answer is there.
pub(super) enum Found {
    /// It is.
    Here(Page),
    /// It is not yet, or is too old.
    Missing,
    /// It will not be: the platform is asked.
    Elsewhere,
}

/// A key that anybody may have written, for the log.
fn shown(key: &str) -> String {
    let cut: String = key.chars().take(80).collect();
    crate::domain::text::clean_line(&cut)
}
