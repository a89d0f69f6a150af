//! Looking back over a period: its incidents, what was written about them, and what a person wants to know of it.

use super::memory::Told;
use super::reads::services_meant;
use super::{ApiError, Session, machine};
use crate::domain::{Change, FollowUp, Incident, Instant};
use crate::incidentio::IncidentFilter;
use crate::similar::{Facts, Period, last_words, period};
use std::collections::{BTreeMap, HashSet};

/// Incidents of a period at most.
const LONGEST: usize = 100_000;
/// What a look back covers.
const QUARTER: chrono::Duration = chrono::Duration::days(90);

impl Session {
    /// Looks back over a period, over one service, the services of one team, or all; and what could not be read.
    pub async fn analyze(
        &self,
        service: Option<String>,
        from: Instant,
        to: Instant,
        changes: Option<&[Change]>,
    ) -> Result<(Period, Vec<String>), ApiError> {
        let (incidents, told, follow_ups, graph) = tokio::join!(
            self.incidents_between(from, to),
            self.swept(),
            self.client.follow_ups(None),
            self.known_catalog()
        );
        let mut incidents = incidents?;
        if let Some(service) = &service {
            let meant = services_meant(&graph, service)?;
            let names: HashSet<&str> = meant.iter().map(|e| e.name.as_str()).collect();
            incidents.retain(|i| i.row.services().any(|s| names.contains(s)));
        }
        let ids: HashSet<&str> = incidents.iter().map(|i| i.row.id.as_str()).collect();
        let follow_ups: Vec<FollowUp> = follow_ups
            .map(|l| l.items)
            .unwrap_or_default()
            .into_iter()
            .filter(|f| ids.contains(f.incident.as_str()))
            .collect();
        let missing = told.missing.clone();
        let resolutions = resolutions(&incidents, &told);
        let subjects = incidents.iter().map(|i| told.subject(i)).collect();
        let owners = graph
            .entries
            .iter()
            .map(|e| (e.name.clone(), graph.owner(e)))
            .collect();
        let facts = Facts {
            incidents: &incidents,
            subjects,
            resolutions,
            owners,
            changes,
            follow_ups: &follow_ups,
        };
        Ok((period(facts, service, from, to), missing))
    }

    /// The last quarter as lines, what could not be read of it among them.
    pub async fn look_back(&self) -> Result<Vec<String>, ApiError> {
        let now = self.now();
        let (period, missing) = self.analyze(None, now - QUARTER, now, None).await?;
        let missing = missing.iter().map(|says| format!("Not all of it: {says}"));
        Ok(period.lines().into_iter().chain(missing).collect())
    }

    /// Incidents declared in a period, newest first: from the cache where it holds as many of them as there are, which
    /// one small request tells, else from the API, which has private ones and those of a history that still loads.
    async fn incidents_between(
        &self,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<Incident>, ApiError> {
        let filter = IncidentFilter {
            since: Some(from),
            until: Some(to),
            ..IncidentFilter::default()
        };
        if self.mirror.is_complete().await? {
            let kept = self.cache.with(move |store| store.between(from, to));
            let (kept, count) = tokio::join!(kept, self.client.count_incidents(&filter));
            let kept = kept?.map_err(|e| machine(&e, e.to_string()))?;
            if count?.is_some_and(|n| usize::try_from(n) == Ok(kept.len())) {
                return Ok(kept);
            }
        }
        Ok(self.client.incidents(&filter, LONGEST).await?.items)
    }
}

/// What each closed incident's last update says.
fn resolutions(incidents: &[Incident], told: &Told) -> BTreeMap<String, String> {
    let over = incidents.iter().filter(|i| !i.row.category.is_open());
    over.filter_map(|i| {
        let said = last_words(told.updates.get(&i.row.id)?)?;
        Some((i.row.reference.to_string(), said))
    })
    .collect()
}
