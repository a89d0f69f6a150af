//! The console's side of a relay at work: it reaches the server, watches what lies there, says what it looks at, and goes
//! on by itself where the relay is gone.

use super::follow::{Follower, Stage, Taken};
use super::letters::{BEAT_KEY, INCIDENTS, NOTHING, NOW, focus_of};
use super::{names, verifier, way};
use crate::domain::{Identity, Incident, IncidentId, Instant, Org};
use crate::jetstream::{Bucket, Fault, Link, Names, Watch, Watched};
use crate::session::{ApiError, Change, Mirrored, Session};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::Sender;
use tokio::time::Instant as Tick;

/// Incidents that are kept and told together at most, while they stream in.
const TOGETHER: usize = 500;
/// The pause before the server is reached again, at least and at most.
const PAUSE: (u64, u64) = (1_000, 5_000);
/// How often it is looked whether the relay has gone silent.
const LOOK: Duration = Duration::from_secs(1);
/// Answers about one incident that come within this are told together.
const TOGETHER_WITHIN: Duration = Duration::from_millis(150);
/// A relay may be so far behind what it says, since rows commit out of order on the platform.
const OVERLAP: chrono::Duration = chrono::Duration::minutes(5);
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

    /// How far this bucket was read, here or by what filled the cache, where all that lay before is there.
    async fn read_so_far(&self, follower: &Follower, born: Instant) -> Option<u64> {
        if !self.mirror.is_complete().await.ok()? {
            return None;
        }
        let (of, revision) = follower.read_to().or_else(|| self.cache.told_to())?;
        (of == born).then_some(revision)
    }

    /// What the cache has came from the bucket: it is public.
    async fn know_what_is_kept(&self, follower: &Follower) {
        let rows = self.cache.with(|store| store.rows(false)).await;
        if let Ok(Ok(rows)) = rows {
            follower.know(rows.iter().map(|row| row.id.clone()));
        }
    }

    /// The first screen: what is open, before all that is over.
    async fn show_what_is_open(
        &self,
        follower: &Follower,
        bucket: &Bucket,
        changes: &Sender<Change>,
    ) -> Result<(), Fault> {
        let open = follower.open_now(bucket).await?;
        for some in open[..open.len().min(FIRST)].chunks(AT_ONCE) {
            let reads = some.iter().map(|id| follower.one(bucket, id));
            let mut found = Vec::new();
            for taken in futures_util::future::join_all(reads).await {
                if let Taken::Incident(incident) = taken? {
                    found.push(*incident);
                }
            }
            self.tell(found, true, changes).await;
        }
        Ok(())
    }

    /// Takes in incidents as they come: many at a time while the past streams in, each at once after that.
    async fn read_incidents(
        &self,
        follower: &Follower,
        watch: &mut Watch,
        (born, from): (Instant, Option<u64>),
        changes: &Sender<Change>,
    ) -> Result<(), Fault> {
        let (mut some, mut live, mut last) = (Vec::new(), false, from.unwrap_or(0));
        let mut count = 0;
        loop {
            let watched = watch.next().await?;
            if let Watched::Entry(entry) = watched {
                last = last.max(entry.revision);
                match follower.take(entry) {
                    Taken::Incident(incident) => some.push(*incident),
                    Taken::Gone(id) => self.forget(id, changes).await,
                    Taken::Nothing => {}
                }
            } else {
                live = true;
                count += some.len();
                self.tell(std::mem::take(&mut some), from.is_none(), changes)
                    .await;
                follower.is_whole();
                self.be_complete(follower).await;
                if from.is_none() {
                    self.forget_what_is_not_there(follower, changes).await;
                }
                let _ = changes.send(Change::Loading(None)).await;
                self.mark(follower, (born, last)).await;
                continue;
            }
            if live || some.len() >= TOGETHER {
                count += some.len();
                let told = std::mem::take(&mut some);
                self.tell(told, !live && from.is_none(), changes).await;
                match live {
                    true => self.mark(follower, (born, last)).await,
                    false if from.is_none() => {
                        drop(changes.send(Change::Loading(Some(count))).await);
                    }
                    false => {}
                }
            }
        }
    }

    async fn mark(&self, follower: &Follower, to: (Instant, u64)) {
        follower.has_read(to);
        if !self.mirror.is_complete().await.unwrap_or(false) {
            return;
        }
        let now = self.now();
        let keep = move |store: &mut crate::store::Store| store.put_blob("relay", now, &to);
        self.cache.keep(keep).await;
    }

    async fn tell(&self, incidents: Vec<Incident>, known: bool, changes: &Sender<Change>) {
        if incidents.is_empty() {
            return;
        }
        let whole: Vec<Incident> = match known {
            true => Vec::new(),
            false => incidents.clone(),
        };
        let rows = self.mirror.take_in_told(incidents).await;
        let rows = Change::Rows {
            rows,
            whole: false,
            cached: known,
        };
        let _ = changes.send(rows).await;
        // Whoever looks at one sees it as it is now.
        for incident in whole {
            if self.looks_at(&incident.row.id) {
                let _ = changes.send(Change::Incident(Box::new(incident))).await;
            }
        }
    }

    fn looks_at(&self, id: &IncidentId) -> bool {
        let focus = self.relay.get().and_then(|follower| follower.focus());
        focus.as_ref() == Some(id)
    }

    /// An incident is public no more: nothing of it stays here. Who may see it asks the platform for it.
    async fn forget(&self, id: IncidentId, changes: &Sender<Change>) {
        self.mirror.forget(&id).await;
        let _ = changes.send(Change::Gone(id)).await;
    }

    /// What the cache has and a whole bucket has not is public no more. What is younger than the relay's last look may be
    /// on its way there.
    async fn forget_what_is_not_there(&self, follower: &Follower, changes: &Sender<Change>) {
        let beat = follower.beat().map(|(beat, _)| beat);
        let Some(watermark) = beat.filter(|b| b.complete).and_then(|b| b.watermark) else {
            return;
        };
        let rows = self.cache.with(|store| store.rows(false)).await;
        let before = watermark - OVERLAP;
        for row in rows.ok().and_then(Result::ok).unwrap_or_default() {
            if row.updated < before && !follower.knows(&row.id) {
                self.forget(row.id.clone(), changes).await;
            }
        }
    }

    /// All that lies there is in the cache, where the relay says that it is all.
    async fn be_complete(&self, follower: &Follower) {
        let beat = follower.beat().map(|(beat, _)| beat);
        if let Some(watermark) = beat.filter(|b| b.complete).and_then(|b| b.watermark) {
            self.mirror.be_complete(watermark).await;
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

    /// Tells the relay of writes, so that every console has them at once.
    pub(in crate::session) async fn tell_relay_of_writes(&self, incidents: Vec<IncidentId>) {
        if let Some(follower) = self.relay.get() {
            follower.tell_written(incidents).await;
        }
    }

    /// A part of the organisation as the relay has it; nothing where the platform is to be asked.
    pub(in crate::session) async fn refresh_from_relay(
        &self,
        what: &Mirrored,
        changes: &Sender<Change>,
    ) -> Option<Result<(), ApiError>> {
        let follower = self.relay.get()?;
        if let Mirrored::Timeline(id) | Mirrored::Incident(id) = what {
            follower.look_at(Some(id));
        }
        if !follower.is_followed().await {
            return None;
        }
        match what {
            Mirrored::Incidents => {
                self.mirror.mark_session().await;
                if !follower.is_own_turn() {
                    return Some(Ok(()));
                }
                // Nobody is told twice of what the relay told: only what is private is news in it.
                Some(self.refresh_own(changes).await)
            }
            Mirrored::History => {
                let (beat, _) = follower.beat().filter(|(beat, _)| beat.complete)?;
                follower.all_read().await.then_some(())?;
                let total = Change::Counted(beat.incidents, beat.at);
                let _ = changes.send(total).await;
                let _ = changes.send(Change::Loading(None)).await;
                // What lay on this machine may be of a key that saw more; the count then is too low, and is left.
                Some(Ok(()))
            }
            Mirrored::Incident(id) if follower.knows(id) => {
                let kept = self.mirror.cached_incident(id).await.ok()??;
                let _ = changes.send(Change::row(&kept)).await;
                let _ = changes.send(Change::Incident(Box::new(kept))).await;
                Some(Ok(()))
            }
            Mirrored::Timeline(id) if follower.knows(id) => {
                Some(self.tell_timeline(follower, id, changes).await)
            }
            _ => None,
        }
    }

    /// Tells the timeline of what is looked at as soon as anything in it changed.
    async fn tell_timelines(&self, follower: &Follower, changes: &Sender<Change>) {
        loop {
            follower.moved().await;
            // What comes together is told together.
            tokio::time::sleep(TOGETHER_WITHIN).await;
            if let Some(id) = follower.focus() {
                // What cannot be read now is read at the next turn.
                let _ = self.refresh(&Mirrored::Timeline(id), changes).await;
            }
        }
    }

    /// One timeline, where anything in it is known that was not told.
    async fn tell_timeline(
        &self,
        follower: &Follower,
        id: &IncidentId,
        changes: &Sender<Change>,
    ) -> Result<(), ApiError> {
        if !follower.has_moved(id) {
            return Ok(());
        }
        self.mirror.timeline_may_have_changed();
        let told = self.mirror.timeline(id, changes).await;
        if told.is_err() {
            follower.tell_again();
        }
        if let Some(known) = told? {
            let _ = changes.send(Change::Timeline(Box::new(known))).await;
        }
        Ok(())
    }

    /// What the own key sees besides what the relay tells.
    async fn refresh_own(&self, changes: &Sender<Change>) -> Result<(), ApiError> {
        let changed = self.mirror.refresh().await?;
        let _ = changes.send(changed).await;
        Ok(())
    }
}

impl Follower {
    /// Whether the relay is believed, once that is settled; where it is gone, once this console's turn has come.
    async fn is_followed(&self) -> bool {
        let began = Tick::now();
        loop {
            let heard = self.heard();
            let until = match self.stage() {
                Stage::Following => return true,
                Stage::Reaching => began + Duration::from_secs(6),
                Stage::Apart(until, _) => until,
            };
            if until <= Tick::now() {
                return false;
            }
            let _ = tokio::time::timeout_at(until, heard).await;
        }
    }

    /// Waits until every incident that lies there was told; false where the relay is lost before.
    async fn all_read(&self) -> bool {
        loop {
            let heard = self.heard();
            if self.known().whole {
                return true;
            }
            if self.stage() != Stage::Following {
                return false;
            }
            let _ = tokio::time::timeout(LOOK, heard).await;
        }
    }

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
