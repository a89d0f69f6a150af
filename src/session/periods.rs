//! Looking back over a period: its incidents, what was written about them, and what a person wants to know of it.

use super::works;
use super::written::Told;
use super::{ApiError, Session, machine, reads};
use crate::domain::conditions::{Conditions, INCIDENTS, Known, holds};
use crate::domain::query::{self, Facet};
use crate::domain::text::contains_folded;
use crate::domain::time::{Zone, parse_point};
use crate::domain::{CatalogGraph, FollowUp, Incident, Instant, Org, priority};
use crate::incidentio::IncidentFilter;
use crate::similar::{AnalysisRequest, Facts, Period, last_words, period};
use std::collections::{BTreeMap, HashSet};

/// Incidents of a period at most.
const LONGEST: usize = 100_000;

impl Session {
    /// Looks back over the incidents of a period that pass a filter; and what could not be read.
    pub async fn analyze(
        &self,
        asked: &AnalysisRequest,
    ) -> Result<(Period, Vec<String>), ApiError> {
        let now = self.now();
        let (from, to) = times(asked, now)?;
        let everything = IncidentFilter::default();
        let (incidents, in_all, told, follow_ups, graph, (changes, asks)) = tokio::join!(
            self.incidents_between(from, to),
            self.client.count_incidents(&everything),
            self.swept(),
            self.client.follow_ups(None),
            self.known_catalog(),
            self.known_changes(now - from)
        );
        let mut incidents = incidents?;
        let declared = incidents.len();
        let organisation = in_all.ok().flatten();
        self.narrow(&mut incidents, asked, &graph).await?;
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
            organisation: organisation.and_then(|n| usize::try_from(n).ok()),
            declared,
            incidents: &incidents,
            subjects,
            resolutions,
            owners,
            changes: asks.then_some(&changes[..]),
            follow_ups: &follow_ups,
        };
        let _work = self.work("Looking back over the period", works::INCIDENTS);
        Ok((period(facts, asked, from, to), missing))
    }

    /// Keeps the incidents that pass the filter, as a list of them does.
    async fn narrow(
        &self,
        incidents: &mut Vec<Incident>,
        asked: &AnalysisRequest,
        graph: &CatalogGraph,
    ) -> Result<(), ApiError> {
        if asked.filter.is_empty() {
            return Ok(());
        }
        let org: Org = reads::org(&self.client).await?;
        let known = Known {
            org: &org,
            graph,
            me: self.me(&org),
            now: self.now(),
            zone: self.config.zone(Zone::local()),
        };
        let conditions = Conditions::read(&asked.filter, INCIDENTS, &known);
        if let Some(told) = conditions.told {
            return Err(ApiError::User(told));
        }
        services_exist(&asked.filter, graph)?;
        let priorities = priority::labels(&org.severities, &self.config.priorities);
        incidents.retain(|i| conditions.admit(|test| holds(test, &i.row, &priorities)));
        Ok(())
    }

    /// Incidents declared in a period, newest first: from the cache where it holds as many of them as there are, which
    /// one small request tells, else from the API, which has private ones and those of a history that still loads.
    async fn incidents_between(
        &self,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<Incident>, ApiError> {
        let filter = IncidentFilter::declared(from, to);
        if self.mirror.is_complete().await? {
            let kept = self.cache.with(move |store| store.between(from, to));
            let (kept, count) = tokio::join!(kept, self.client.count_incidents(&filter));
            let kept = kept?.map_err(|e| machine(&e, e.to_string()))?;
            if count?.is_some_and(|n| usize::try_from(n) == Ok(kept.len())) {
                return Ok(kept);
            }
        }
        let count = self.client.count_incidents(&filter).await.ok().flatten();
        let work = self.work("Reading incidents", works::INCIDENTS);
        work.of(count.and_then(|n| usize::try_from(n).ok()));
        let told = |more| work.add(more);
        let listed = self.client.incidents_telling(&filter, LONGEST, &told);
        Ok(listed.await?.items)
    }
}

/// A period that ends after it begins.
fn times(asked: &AnalysisRequest, now: Instant) -> Result<(Instant, Instant), ApiError> {
    let point = |name, raw: &str| {
        parse_point(now, raw).ok_or_else(|| {
            ApiError::User(format!(
                "{name} \"{raw}\" is not a point in time: give 7d, 2026-11-01 or 2026-11-01T14:30:00Z."
            ))
        })
    };
    let from = point("since", &asked.since)?;
    let to = asked.until.as_deref().map(|raw| point("until", raw));
    let to = to.transpose()?.unwrap_or(now);
    if from < to {
        return Ok((from, to));
    }
    Err(ApiError::User(
        "The period ends before it begins; look at since and until.".into(),
    ))
}

/// A service that is asked for must be one, or a part of one's name: nothing found would say that it had no incident.
fn services_exist(filter: &str, graph: &CatalogGraph) -> Result<(), ApiError> {
    let asked = query::parse(filter).terms.into_iter();
    for term in asked.filter(|t| t.facet == Some(Facet::Service)) {
        let mut names = graph.entries.iter().map(|e| &e.name);
        if !names.any(|name| contains_folded(name, &term.word)) {
            reads::services_meant(graph, &term.word)?;
        }
    }
    Ok(())
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
