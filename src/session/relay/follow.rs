//! A console that reads from a relay: what it hears of, what it believes, and what it answers questions with instead of
//! asking the platform.

mod believe;
mod look;

pub(super) use look::Found;

use super::extras::Extras;
use super::letters::{Asked, Beat, OPEN_KEY, SILENCE, incident_key, is_plain};
use crate::domain::{Identity, Incident, IncidentId, Instant};
use crate::incidentio::{Client, Page, Question};
use crate::jetstream::{Bucket, Fault, Link, Names, Verifier, Way};
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
    /// Public incidents; under which fence each was told, and when the platform says that it changed last.
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

    /// Another relay took over, which does not know yet what is looked at here: what the one before told of it stands until
    /// the new one has asked, and is asked for at the next turn.
    fn doubt_focus(&mut self) {
        self.of_focus = Asked::default();
        self.told = None;
        let of_focus = self.answers.iter_mut();
        of_focus
            .filter(|(key, _)| key.starts_with("focus."))
            .for_each(|(_, (_, at))| *at = Instant::default());
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
        // Consoles that never reached it are opened one by one, and lose it together with nobody.
        let spread = match self.stage() {
            Stage::Reaching => SPREAD / 10,
            _ => SPREAD,
        };
        let spread = spread.as_millis().try_into().unwrap_or(u64::MAX);
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

    /// Comes when something is heard from now on.
    pub(super) fn heard(&self) -> tokio::sync::futures::Notified<'_> {
        self.heard.notified()
    }
}
