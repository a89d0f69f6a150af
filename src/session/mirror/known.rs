//! What is known of the organisation besides its list of incidents: whose key asks, its words and people, schedules,
//! catalog, single incidents with their timelines, and where somebody was.

use super::super::cache::{Change, KnownTimeline};
use super::super::incidents::{self, Timeline};
use super::super::{ApiError, machine, oncall, reads};
use super::{Mirror, REREAD};
use crate::domain::{
    CatalogGraph, Identity, Incident, IncidentId, Instant, KeptPlace, Org, Schedule, TimelineEntry,
};
use crate::incidentio::Client;
use crate::store::{Store, StoreError};
use std::sync::Arc;
use tokio::sync::mpsc;

impl Mirror<Arc<Client>> {
    /// The organisation, and whether the cache was another key's and is empty now.
    pub async fn org(&self) -> Result<(Org, bool), ApiError> {
        let org = reads::org(&self.upstream).await?;
        let emptied = self.keep_for(&org.identity).await?;
        self.keep_blob("org", org.clone()).await;
        Ok((org, emptied))
    }

    /// Makes sure that the cache is this key's: one that another key filled is forgotten, for that key may have seen
    /// other things. True where it was forgotten.
    pub async fn keep_for(&self, identity: &Identity) -> Result<bool, ApiError> {
        let now = self.upstream.now();
        let whose = (identity.name.clone(), identity.dashboard.clone());
        let cleared = self.cache.change(move |store| {
            let before = filled_by(store);
            if before.as_ref() == Some(&whose) {
                return Ok(false);
            }
            if before.is_some() {
                store.clear()?;
            }
            store.put_blob("identity", now, &whose)?;
            Ok(before.is_some())
        });
        let cleared = cleared.await?;
        let other = cleared.map_err(|e| machine(&e, format!("The cache cannot be kept: {e}")))?;
        if other {
            self.cache.drop_glance();
            self.start_anew();
        }
        Ok(other)
    }

    /// Every schedule with who is on call now and next.
    pub async fn schedules(&self) -> Result<Vec<Schedule>, ApiError> {
        let schedules = oncall::schedules(&self.upstream, &self.handovers).await?;
        self.keep_blob("schedules", schedules.clone()).await;
        Ok(schedules)
    }

    /// The catalog as the API has it now.
    pub async fn catalog(&self) -> Result<Arc<CatalogGraph>, ApiError> {
        let graph = Arc::new(reads::catalog(&self.upstream).await?);
        let (now, kept) = (self.upstream.now(), graph.clone());
        self.cache
            .keep(move |store| store.put_blob("catalog", now, &(&kept.types, &kept.entries)))
            .await;
        Ok(graph)
    }

    /// One incident: as the cache has it at once, then as it is.
    pub async fn incident(
        &self,
        id: &IncidentId,
        changes: &mpsc::Sender<Change>,
    ) -> Result<Incident, ApiError> {
        let cached = self.cached_incident(id).await?;
        let is_cached = cached.is_some();
        if let Some(incident) = cached {
            let _ = changes.send(Change::Incident(Box::new(incident))).await;
        }
        let told = self.upstream.incident(id.as_str()).await;
        if is_cached && matches!(told, Err(ApiError::Http { status: 404, .. })) {
            self.lose(id, changes).await;
        }
        let incident = told?;
        self.keep_incidents(vec![incident.clone()]).await;
        Ok(incident)
    }

    /// An incident as the cache has it; private ones never are there.
    pub async fn cached_incident(&self, id: &IncidentId) -> Result<Option<Incident>, ApiError> {
        let wanted = id.clone();
        let found = self.cache.with(move |store| store.incident(&wanted));
        Ok(found.await?.ok().flatten())
    }

    /// One incident's timeline, as the cache has it at once, then as it is; `None` where nothing happened since it was
    /// read last.
    pub async fn timeline(
        &self,
        id: &IncidentId,
        changes: &mpsc::Sender<Change>,
    ) -> Result<Option<KnownTimeline>, ApiError> {
        let mark = self.progress().timeline.clone();
        if let Some((whose, last, read)) = mark
            && whose == *id
            && read.elapsed() < REREAD
            && !incidents::has_news(&self.upstream, id, &last).await?
        {
            return Ok(None);
        }
        let seen = self.tell_cached_timeline(id, changes).await?;
        let Timeline {
            items,
            missing,
            last_activity,
        } = incidents::timeline(&self.upstream, id).await?;
        self.progress().timeline =
            last_activity.map(|last| (id.clone(), last, tokio::time::Instant::now()));
        self.keep_timeline(id, &items).await;
        Ok(Some(KnownTimeline {
            id: id.clone(),
            items,
            missing,
            seen,
        }))
    }

    async fn tell_cached_timeline(
        &self,
        id: &IncidentId,
        changes: &mpsc::Sender<Change>,
    ) -> Result<Option<Instant>, ApiError> {
        let wanted = id.clone();
        let (seen, cached) = self
            .cache
            .with(move |store| {
                let seen = store.seen(&wanted).ok().flatten();
                (seen, store.timeline(&wanted).ok().flatten())
            })
            .await?;
        if let Some(items) = cached {
            let known = KnownTimeline {
                id: id.clone(),
                items,
                missing: Vec::new(),
                seen,
            };
            let _ = changes.send(Change::Timeline(Box::new(known))).await;
        }
        Ok(seen)
    }

    async fn keep_timeline(&self, id: &IncidentId, items: &[TimelineEntry]) {
        let (now, wanted, kept) = (self.upstream.now(), id.clone(), items.to_vec());
        // Only what is known to be public is kept.
        self.cache
            .keep(move |store| match is_public(store, &wanted) {
                true => store.put_timeline(&wanted, now, &kept),
                false => Ok(()),
            })
            .await;
    }

    /// Something was written: the log does not tell of every change of a timeline, so it is read in full next time.
    pub fn timeline_may_have_changed(&self) {
        self.progress().timeline = None;
    }

    /// Remembers that somebody looked at an incident.
    pub async fn mark_seen(&self, id: IncidentId, at: Instant) {
        self.cache.keep(move |store| store.set_seen(&id, at)).await;
    }

    /// Remembers where in the console somebody is: the next session begins there.
    pub async fn keep_place(&self, place: KeptPlace) {
        self.keep_blob("place", place).await;
    }

    /// Remembers that a session sees the incidents now: the next one tells what happened since.
    pub async fn mark_session(&self) {
        self.keep_blob("session", self.upstream.now()).await;
    }
}

/// Whose key filled the cache; older versions kept that with the organisation alone.
fn filled_by(store: &Store) -> Option<(String, String)> {
    if let Ok(Some((identity, _))) = store.blob("identity") {
        return Some(identity);
    }
    let (org, _) = store.blob::<Org>("org").ok().flatten()?;
    Some((org.identity.name, org.identity.dashboard))
}

fn is_public(store: &Store, id: &IncidentId) -> bool {
    let known: Result<Option<Incident>, StoreError> = store.incident(id);
    known.ok().flatten().is_some_and(|i| i.is_public())
}
