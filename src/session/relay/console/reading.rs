//! Incidents out of the bucket: the first screen, all that lies there, and each as it comes.

use super::super::super::mirror::OVERLAP;
use super::super::follow::{Follower, Taken};
use super::{AT_ONCE, FIRST, TOGETHER};
use crate::domain::{Incident, IncidentId, Instant};
use crate::jetstream::{Bucket, Fault, Watch, Watched};
use crate::session::{Change, Session};
use tokio::sync::mpsc::Sender;

impl Session {
    /// How far this bucket was read, here or by what filled the cache, where all that lay before is there.
    pub(super) async fn read_so_far(&self, follower: &Follower, born: Instant) -> Option<u64> {
        if !self.mirror.is_complete().await.ok()? {
            return None;
        }
        let (of, revision) = follower.read_to().or_else(|| self.cache.told_to())?;
        (of == born).then_some(revision)
    }

    /// What the cache has came from the bucket: it is public.
    pub(super) async fn know_what_is_kept(&self, follower: &Follower) {
        if let Ok(Ok(kept)) = self.cache.with(|store| store.ids()).await {
            follower.know(kept.into_iter());
        }
    }

    /// The first screen: what is open, before all that is over.
    pub(super) async fn show_what_is_open(
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
    pub(super) async fn read_incidents(
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
        let kept = self.cache.with(|store| store.ids()).await;
        let before = watermark - OVERLAP;
        for id in kept.ok().and_then(Result::ok).unwrap_or_default() {
            if follower.knows(&id) {
                continue;
            }
            let known = self.mirror.cached_incident(&id).await.ok().flatten();
            if known.is_some_and(|incident| incident.row.updated < before) {
                self.forget(id, changes).await;
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
}
