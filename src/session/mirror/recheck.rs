//! The history that is kept, gone through again bit by bit: what the API tells of is what there is, never what is not to be
//! seen any more, and a change that was missed is told nowhere else.

use super::super::ApiError;
use super::super::cache::Change;
use super::super::history::PAGES;
use super::{Mirror, UNLISTED, Upstream};
use crate::domain::{Incident, IncidentId, IncidentSummary, Instant, Visibility};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Incidents that are gone through at once: one page of the API's list, with room for some that are not kept.
const STRETCH: usize = 200;

/// Where the end of the next stretch is kept: what was declared before it is gone through next.
const RECHECKED: &str = "rechecked";

impl<U: Upstream> Mirror<U> {
    /// Goes through the next stretch of a history that is whole, the newest first, and from the oldest to the newest again.
    /// What is not to be seen any more is forgotten and told; what was missed is given.
    pub(super) async fn recheck(
        &self,
        changes: &mpsc::Sender<Change>,
    ) -> Result<Vec<Incident>, ApiError> {
        let kept = self.next_stretch().await?;
        let (Some(newest), Some(oldest)) = (kept.first(), kept.last()) else {
            self.cache.keep(|store| store.drop_blob(RECHECKED)).await;
            return Ok(Vec::new());
        };
        let second = chrono::Duration::seconds(1);
        let mut told = self
            .declared(oldest.created, newest.created + second)
            .await?;
        let (mut missed, mut unlisted) = (Vec::new(), Vec::new());
        for row in &kept {
            match told.remove(&row.id) {
                Some(now) => missed.extend((now.row.updated > row.updated).then_some(now)),
                None => unlisted.push(row),
            }
        }
        for row in unlisted.iter().take(UNLISTED) {
            missed.extend(self.ask_for(&row.id, changes).await?);
        }
        let rest = unlisted.get(UNLISTED);
        let end = rest.map_or(oldest.created, |row| row.created + second);
        // Private ones are never kept, so none of them can have been missed.
        let others = told.into_values();
        missed.extend(others.filter(|i| i.row.visibility != Visibility::Private));
        self.keep_blob(RECHECKED, end).await;
        Ok(missed)
    }

    async fn next_stretch(&self) -> Result<Vec<Arc<IncidentSummary>>, ApiError> {
        let kept = self.cache.with(|store| {
            let end = store.blob::<Instant>(RECHECKED)?.map(|(end, _)| end);
            store.rows_before(end, STRETCH)
        });
        Ok(kept.await?.unwrap_or_default())
    }

    /// What the API tells of a stretch of time, by id.
    async fn declared(
        &self,
        from: Instant,
        to: Instant,
    ) -> Result<HashMap<IncidentId, Incident>, ApiError> {
        let (pages, mut arriving) = mpsc::channel(PAGES);
        let upstream = self.upstream.clone();
        let read = async move { upstream.between(from, to, &pages).await };
        let gather = async {
            let mut told = HashMap::new();
            while let Some((page, _)) = arriving.recv().await {
                told.extend(page.into_iter().map(|i| (i.row.id.clone(), i)));
            }
            told
        };
        let (read, told) = tokio::join!(read, gather);
        read.map(|_| told)
    }

    /// Asks for one that no list has; one that is not to be seen any more is lost. What cannot be read is left as it is.
    async fn ask_for(
        &self,
        id: &IncidentId,
        changes: &mpsc::Sender<Change>,
    ) -> Result<Option<Incident>, ApiError> {
        match self.upstream.one(id).await {
            Ok(None) => self.lose(id, changes).await,
            Err(e) if e.is_passing() => return Err(e),
            Err(e) => tracing::debug!("{id} is kept and cannot be asked for: {e}"),
            found => return found,
        }
        Ok(None)
    }
}
