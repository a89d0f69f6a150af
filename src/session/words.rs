//! Incidents by words that stand in them: in the whole history where this machine has it, else among the newest.

use super::incidents::{OPEN, OVER, severity_ids};
use super::{ApiError, Query, Session, StatusChoice, machine, reads};
use crate::domain::text::contains_folded;
use crate::domain::{Incident, IncidentSummary, Org};
use crate::incidentio::IncidentFilter;
use crate::store::Store;
use std::collections::HashSet;
use tokio::sync::mpsc;

/// Incidents that are read from the API where the history is not on this machine: four pages.
const MOST_READ: usize = 1_000;
/// A history that is read by whoever searches in it; a longer one takes longer than anybody waits.
const MOST_LOADED: i64 = 10_000;

/// Incidents that were found, and where they were looked for.
#[derive(Debug)]
pub struct FoundByWords {
    /// The newest first; as many as were asked for, at most.
    pub incidents: Vec<Incident>,
    /// How many were held against the words, the newest first.
    pub looked_at: usize,
    /// What was not looked at, where that is not all.
    pub missing: Vec<String>,
}

impl Session {
    /// Incidents as asked in whose name or summary all words stand, newest first, after some that were seen before. Private
    /// ones lie in no cache: they are found among the newest alone, and only where they are wanted.
    pub async fn find(
        &self,
        org: &Org,
        query: &Query,
        words: &[String],
        after: usize,
        private: bool,
    ) -> Result<FoundByWords, ApiError> {
        let words: Vec<String> = words.iter().map(|w| w.to_lowercase()).collect();
        if !self.has_history().await? {
            let mut found = self.find_among_newest(query, &words).await?;
            found.incidents.retain(|i| private || i.is_public());
            found.incidents.drain(..after.min(found.incidents.len()));
            found.incidents.truncate(query.limit);
            return Ok(found);
        }
        let (mut others, mut missing) = (Vec::new(), Vec::new());
        if private {
            others = self.find_among_newest(query, &words).await?.incidents;
            others.retain(|i| !i.is_public());
            missing.push(format!(
                "Private incidents were looked for among the newest {MOST_READ} alone."
            ));
        }
        let (fits, most) = (self.fits(org, query).await?, query.limit);
        let find = move |store: &mut Store| store.find(fits, &words, others, (after, most));
        let found = self.cache.with(find).await?;
        let (incidents, looked_at) = found.map_err(|e| machine(&e, e.to_string()))?;
        Ok(FoundByWords {
            incidents,
            looked_at,
            missing,
        })
    }

    /// Brings the history on this machine up to date, and reads it where it is short; whether it is there.
    async fn has_history(&self) -> Result<bool, ApiError> {
        if !self.mirror.is_complete().await? {
            let everything = IncidentFilter::default();
            let count = self.client.count_incidents(&everything).await?;
            if count.is_none_or(|count| count > MOST_LOADED) {
                return Ok(false);
            }
        }
        self.sync_unwatched().await?;
        self.mirror.is_complete().await
    }

    /// The same as [`Session::sync`] where nobody watches how far it is.
    pub async fn sync_unwatched(&self) -> Result<(), ApiError> {
        let (changes, mut told) = mpsc::channel(64);
        let drop_all = async { while told.recv().await.is_some() {} };
        let sync = async move { self.sync(&changes).await };
        tokio::join!(sync, drop_all).0
    }

    /// Whether a row of the list is as asked, as the API would judge it.
    async fn fits(
        &self,
        org: &Org,
        query: &Query,
    ) -> Result<impl Fn(&IncidentSummary) -> bool + Send + 'static, ApiError> {
        let ids = severity_ids(&org.severities, &query.severities, &self.config.priorities)?;
        let wanted = org
            .severities
            .iter()
            .filter(|s| ids.contains(&s.id.to_string()));
        let severities: HashSet<String> = wanted.map(|s| s.name.to_string()).collect();
        let services: Option<HashSet<String>> = match &query.service {
            Some(service) => {
                let graph = self.known_catalog().await;
                let meant = reads::services_meant(&graph, service)?;
                Some(meant.iter().map(|e| e.name.to_lowercase()).collect())
            }
            None => None,
        };
        let (status, since, until) = (query.status, query.since, query.until);
        Ok(move |row: &IncidentSummary| {
            let is_of = |name: &str| {
                services
                    .as_ref()
                    .is_none_or(|s| s.contains(&name.to_lowercase()))
            };
            let stands = match status {
                StatusChoice::Active => OPEN.contains(&row.category),
                StatusChoice::Resolved => OVER.contains(&row.category),
                StatusChoice::All => true,
            };
            let severe = row
                .severity
                .as_deref()
                .is_some_and(|s| severities.contains(s));
            stands
                && (severities.is_empty() || severe)
                && since.is_none_or(|since| row.created >= since)
                && until.is_none_or(|until| row.created <= until)
                && (services.is_none() || row.services().any(is_of))
        })
    }

    /// The newest that are as asked and in which all words stand.
    async fn find_among_newest(
        &self,
        query: &Query,
        words: &[String],
    ) -> Result<FoundByWords, ApiError> {
        let newest = Query {
            limit: MOST_READ,
            ..query.clone()
        };
        let mut incidents = self.list(&newest).await?.items;
        let looked_at = incidents.len();
        let has = |i: &Incident| {
            let is_in =
                |w: &String| contains_folded(&i.row.name, w) || contains_folded(&i.summary, w);
            words.iter().all(is_in)
        };
        incidents.retain(has);
        let missing = (looked_at >= MOST_READ).then(|| {
            format!("Only the newest {looked_at} were looked at: the history is long, and this machine does not have it yet. Ask again with `until` for those before; the similar tool and the console read all of it, once.")
        });
        Ok(FoundByWords {
            incidents,
            looked_at,
            missing: missing.into_iter().collect(),
        })
    }
}
