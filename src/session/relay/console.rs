//! The console's side of a relay at work: it reaches the server, watches what lies there, says what it looks at, and goes
//! on by itself where the relay is gone.

mod reading;
mod refreshing;

use super::follow::{Follower, Stage};
use super::letters::{BEAT_KEY, INCIDENTS, NOTHING, NOW, focus_of};
use super::{names, verifier, way};
use crate::domain::{Identity, IncidentId, Org};
use crate::jetstream::{Bucket, Fault, Link, Names, Watch, Watched};
use crate::session::{ApiError, Change, Session};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// Incidents that are kept and told together at most, while they stream in.
const TOGETHER: usize = 500;
/// The pause before the server is reached again, at least and at most.
const PAUSE: (u64, u64) = (1_000, 5_000);
/// How often it is looked whether the relay has gone silent.
const LOOK: Duration = Duration::from_secs(1);
/// Answers about one incident that come within this are told together.
const TOGETHER_WITHIN: Duration = Duration::from_millis(150);
/// Milliseconds over which the polls of consoles are spread that ask for themselves.
const POLLS_APART: u64 = 8_000;
/// Incidents that are read one by one for the first screen.
const FIRST: usize = 200;
/// How many at a time.
const AT_ONCE: usize = 32;

/// How a console stands to its relay.
#[derive(Clone, Debug, PartialEq)]
pub enum RelayStanding {
    /// It is on its way to it.
    Reaching,
    /// It reads from it.
    Following,
    /// It asks the platform itself; why.
    Apart(String),
}

impl Session {
    /// Puts the relay in the place of the platform, where one is configured. Nothing is waited for.
    pub fn use_relay(&self) -> Result<(), ApiError> {
        let Some(way) = way(&self.config, "hotseat") else {
            return Ok(());
        };
        let verifier = verifier(&self.config)?;
        // Which organisation it is is known once the platform or the cache has said so.
        let named = names(&self.config, None);
        let follower = Follower::new(way, named, verifier, self.client.clone());
        let follower = self.relay.get_or_init(|| Arc::new(follower));
        self.client.set_shelf(follower.clone());
        Ok(())
    }

    /// Follows the relay for as long as somebody listens, and tells what changes.
    pub async fn follow_relay(&self, changes: Sender<Change>) {
        let Some(follower) = self.relay.get().cloned() else {
            return;
        };
        loop {
            let followed = tokio::select! {
                followed = self.follow(&follower, &changes) => followed,
                () = changes.closed() => return,
            };
            if let Err(why) = followed {
                follower.part(&why);
            }
            follower.set_link(None);
            let pause = Duration::from_millis(fastrand::u64(PAUSE.0..=PAUSE.1));
            tokio::time::sleep(pause).await;
        }
    }

    /// Once: until the server or what lies there is lost.
    async fn follow(
        &self,
        follower: &Arc<Follower>,
        changes: &Sender<Change>,
    ) -> Result<(), String> {
        let link = Link::open(&follower.way).await.map_err(|e| e.to_string())?;
        let named = names(&self.config, None).is_some();
        let identity = self.known_identity(named).await;
        let names = follower.be_named(names(&self.config, identity.as_ref()))?;
        if let Some(identity) = &identity {
            follower.be_of(identity);
        }
        follower.set_link(Some(link.clone()));
        let done = tokio::select! {
            done = self.follow_on(follower, (&link, &names), changes) => done,
            () = follower.turned_away() => return Err("this is another organisation's key".into()),
        };
        done.map_err(|fault| fault.to_string())
    }

    async fn follow_on(
        &self,
        follower: &Arc<Follower>,
        (link, names): (&Link, &Names),
        changes: &Sender<Change>,
    ) -> Result<(), Fault> {
        let bucket = Bucket::find(link, &names.bucket()).await?;
        let born = bucket.born().await?;
        let from = self.read_so_far(follower, born).await;
        if follower.is_of_another_bucket(born) {
            follower.forget_all();
        }
        let mut now = bucket.watch(NOW).await?;
        hear_all(follower, &mut now).await?;
        follower.hear_first(link, names, &bucket).await?;
        follower.weigh();
        if from.is_none() {
            self.show_what_is_open(follower, &bucket, changes).await?;
        }
        let mut incidents = match from {
            Some(from) => bucket.watch_from(INCIDENTS, from).await?,
            None => bucket.watch(INCIDENTS).await?,
        };
        if from.is_some() {
            self.know_what_is_kept(follower).await;
        }
        let reading = self.read_incidents(follower, &mut incidents, (born, from), changes);
        let hearing = hear(follower, &mut now);
        let focusing = watch_focus(follower, &bucket);
        let speaking = speak(follower, link, names);
        tokio::select! {
            done = reading => done,
            done = hearing => done,
            done = focusing => done,
            done = speaking => done,
            () = self.tell_timelines(follower, changes) => Ok(()),
            () = look(follower) => Ok(()),
        }
    }

    /// Whose organisation this is: as the cache remembers it, else as the platform says; nothing where neither can be had.
    /// Where the configuration names the organisation, nobody waits for a platform that may not be reached from here.
    async fn known_identity(&self, named: bool) -> Option<Identity> {
        let kept = self.cache.with(|store| store.blob::<Org>("org")).await;
        let kept = kept.ok().and_then(Result::ok).flatten();
        match kept {
            Some((org, _)) => Some(org.identity),
            None if named => None,
            None => self.client.identity().await.ok(),
        }
    }

    /// Somebody looks at an incident here, or at none.
    pub fn look_at(&self, id: Option<&IncidentId>) {
        if let Some(follower) = self.relay.get() {
            follower.look_at(id);
        }
    }

    /// Tells how this console stands to its relay, each time that changes.
    pub async fn each_standing<F: Future<Output = ()>>(&self, tell: impl Fn(RelayStanding) -> F) {
        let Some(follower) = self.relay.get() else {
            return;
        };
        let mut stages = follower.stages();
        loop {
            let standing = match &*stages.borrow_and_update() {
                Stage::Reaching => RelayStanding::Reaching,
                Stage::Following => RelayStanding::Following,
                Stage::Apart(_, why) => RelayStanding::Apart(why.clone()),
            };
            tell(standing).await;
            if stages.changed().await.is_err() {
                return;
            }
        }
    }

    /// How long a question waits that nobody waits for; nothing but where the relay is gone, for many consoles at once.
    pub fn spread(&self) -> Option<Duration> {
        let follower = self.relay.get()?;
        let apart = matches!(follower.stage(), Stage::Apart(..));
        apart.then(|| Duration::from_millis(fastrand::u64(0..POLLS_APART)))
    }

    /// Tells the relay of writes, so that every console has them at once.
    pub(in crate::session) async fn tell_relay_of_writes(&self, incidents: Vec<IncidentId>) {
        if let Some(follower) = self.relay.get() {
            follower.tell_written(incidents).await;
        }
    }
}

impl Follower {
    pub(super) fn set_link(&self, link: Option<Link>) {
        *self.link.lock().unwrap_or_else(PoisonError::into_inner) = link;
    }
}

/// Hears what every console reads.
async fn hear(follower: &Follower, watch: &mut Watch) -> Result<(), Fault> {
    loop {
        if let Watched::Entry(entry) = watch.next().await? {
            drop(follower.take(entry));
        }
    }
}

/// Hears what lies there now. A beat among it may be of a relay that is long gone.
async fn hear_all(follower: &Follower, watch: &mut Watch) -> Result<(), Fault> {
    while let Watched::Entry(entry) = watch.next().await? {
        if entry.key != BEAT_KEY {
            drop(follower.take(entry));
        }
    }
    Ok(())
}

/// Looks whether the relay is still there.
async fn look(follower: &Follower) {
    loop {
        tokio::time::sleep(LOOK).await;
        follower.weigh();
    }
}

/// Watches the answers about whatever is looked at.
async fn watch_focus(follower: &Follower, bucket: &Bucket) -> Result<(), Fault> {
    loop {
        let turned = follower.turned();
        let Some(id) = follower.focus() else {
            turned.await;
            continue;
        };
        let mut watch = bucket.watch(&focus_of(id.as_str())).await?;
        let hearing = hear(follower, &mut watch);
        tokio::select! {
            done = hearing => done?,
            () = turned => {}
        }
    }
}

/// Says what is looked at and asked for: at once where that changes, and now and then.
async fn speak(follower: &Follower, link: &Link, names: &Names) -> Result<(), Fault> {
    loop {
        let (focus, letter) = follower.letter();
        let about = focus.as_ref().map_or(NOTHING, IncidentId::as_str);
        let words = serde_json::to_vec(&letter).unwrap_or_default();
        link.tell(&names.focus(about), words).await?;
        let next = Follower::pause();
        tokio::select! {
            () = follower.speak.notified() => tokio::time::sleep(SOON).await,
            () = tokio::time::sleep(next) => {}
        }
    }
}

/// What is asked for within this goes into one letter.
const SOON: Duration = Duration::from_millis(50);
