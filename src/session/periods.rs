//! Looking back over a period: its incidents, what was written about them, and what a person wants to know of it.

use super::works;
use super::written::{ONE_BY_ONE, Told};
use super::{ApiError, Session, few_at_once, machine, off_thread, reads};
use crate::domain::conditions::{Conditions, INCIDENTS, Known, holds};
use crate::domain::query::{self, Facet};
use crate::domain::text::contains_folded;
use crate::domain::time::{Zone, parse_point};
use crate::domain::{CatalogGraph, FollowUp, Incident, Instant, Org, priority};
use crate::incidentio::{IncidentFilter, incident_number};
use crate::similar::{AnalysisRequest, Facts, Period, clusters, last_words, period};
use futures_util::FutureExt;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

/// Incidents of a period at most.
const LONGEST: usize = 100_000;
/// Numbers that are tried on either side of a period, a request each. Where more in a row are private, it is read whole.
const AROUND: u64 = 2;

impl Session {
    /// Looks back over the incidents of a period that pass a filter; and what could not be read.
    pub async fn analyze(
        &self,
        asked: &AnalysisRequest,
    ) -> Result<(Period, Vec<String>), ApiError> {
        self.analyze_after(async { Ok(()) }, asked).await
    }

    /// The same once the history was brought up to date, which is waited for beside what does not need it.
    pub async fn analyze_after(
        &self,
        synced: impl Future<Output = Result<(), ApiError>> + Send,
        asked: &AnalysisRequest,
    ) -> Result<(Period, Vec<String>), ApiError> {
        let now = self.now();
        let (from, to) = times(asked, now, self.zone())?;
        let everything = IncidentFilter::default();
        let said = async {
            synced.await?;
            let between = self.incidents_between(from, to);
            let (incidents, graph) = tokio::join!(between, self.known_catalog());
            let mut incidents = incidents?;
            let declared = incidents.len();
            self.narrow(&mut incidents, asked, &graph).await?;
            let told = self.told_in(&incidents).await;
            Ok::<_, ApiError>((declared, graph, incidents, told))
        };
        let incidents = async {
            let post_mortems = async { Ok(self.newest_post_mortems().await) };
            let (said, post_mortems) = tokio::try_join!(said, post_mortems)?;
            let (declared, graph, incidents, mut told) = said;
            told.post_mortems = post_mortems;
            // Comparing takes longest of all, and needs nothing of what is asked for beside it.
            let _work = self.work("Looking back over the period", works::INCIDENTS);
            let compared = off_thread(move || {
                let resolutions = resolutions(&incidents, &told);
                let subjects = incidents.iter().map(|i| told.subject(i)).collect();
                let clusters = clusters(&incidents, subjects, &resolutions);
                (incidents, clusters, told.missing)
            });
            Ok::<_, ApiError>((declared, graph, compared.await?))
        };
        let (incidents, in_all, follow_ups, changes) = tokio::join!(
            incidents.boxed(),
            self.client.count_incidents(&everything),
            self.client.follow_ups_since(from),
            self.all_changes(now - from)
        );
        let (declared, graph, (incidents, clusters, missing)) = incidents?;
        let organisation = in_all.ok().flatten();
        let ids: HashSet<&str> = incidents.iter().map(|i| i.row.id.as_str()).collect();
        let follow_ups: Vec<FollowUp> = follow_ups
            .map(|l| l.items)
            .unwrap_or_default()
            .into_iter()
            .filter(|f| ids.contains(f.incident.as_str()))
            .collect();
        let owners = graph
            .entries
            .iter()
            .map(|e| (e.name.clone(), graph.owner(e)))
            .collect();
        let facts = Facts {
            organisation: organisation.and_then(|n| usize::try_from(n).ok()),
            declared,
            incidents: &incidents,
            clusters,
            owners,
            changes: changes.as_deref(),
            follow_ups: &follow_ups,
        };
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
            zone: self.zone(),
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
    /// one small request tells, or all but a few; else from the API, which has private ones and those of a history that
    /// still loads.
    async fn incidents_between(
        &self,
        from: Instant,
        to: Instant,
    ) -> Result<Vec<Incident>, ApiError> {
        let filter = IncidentFilter::declared(from, to);
        let count = if self.mirror.is_complete().await? {
            let kept = self.cache.with(move |store| store.between(from, to));
            let (kept, count) = tokio::join!(kept, self.client.count_incidents(&filter));
            let kept = kept?.map_err(|e| machine(&e, e.to_string()))?;
            let count = count?.and_then(|n| usize::try_from(n).ok());
            if let Some(count) = count
                && let Some(all) = self.fill(kept, count, (from, to)).await
            {
                return Ok(all);
            }
            count
        } else {
            let count = self.client.count_incidents(&filter).await.ok().flatten();
            count.and_then(|n| usize::try_from(n).ok())
        };
        let work = self.work("Reading incidents", works::INCIDENTS);
        work.of(count);
        let told = |more| work.add(more);
        let listed = self.client.incidents_telling(&filter, LONGEST, &told);
        Ok(listed.await?.items)
    }

    /// Adds those of a period that the cache may not keep: their numbers are missing among those of the others. Nothing
    /// where there are many gaps, or where it is not all of them then.
    async fn fill(
        &self,
        mut kept: Vec<Incident>,
        count: usize,
        (from, to): (Instant, Instant),
    ) -> Option<Vec<Incident>> {
        if kept.len() == count {
            return Some(kept);
        }
        let numbers = kept
            .iter()
            .filter_map(|i| incident_number(&i.row.reference));
        let gaps = gaps(numbers.collect(), count.checked_sub(kept.len())?)?;
        let ask = |n: u64| async move { self.client.incident(&n.to_string()).await }.boxed();
        let found = few_at_once(gaps.into_iter().map(ask)).await;
        let is_in = |i: &Incident| (from..=to).contains(&i.row.created);
        kept.extend(found.into_iter().flatten().filter(is_in));
        kept.sort_by_key(|i| Reverse(i.row.created));
        (kept.len() == count).then_some(kept)
    }
}

/// Numbers that are missing among some, and a few on either side, where a gap has no other end. Nothing where they are fewer
/// than what is missing, or more than are worth asking for one by one.
fn gaps(mut numbers: Vec<u64>, missing: usize) -> Option<Vec<u64>> {
    numbers.sort_unstable();
    let (first, last) = (*numbers.first()?, *numbers.last()?);
    let known: HashSet<u64> = numbers.into_iter().collect();
    let around = first.saturating_sub(AROUND).max(1)..=last + AROUND;
    let gaps = around.filter(|n| !known.contains(n)).take(ONE_BY_ONE + 1);
    let gaps: Vec<u64> = gaps.collect();
    (missing <= gaps.len() && gaps.len() <= ONE_BY_ONE).then_some(gaps)
}

/// A period that ends after it begins.
fn times(
    asked: &AnalysisRequest,
    now: Instant,
    zone: Zone,
) -> Result<(Instant, Instant), ApiError> {
    let point = |name, raw: &str| {
        parse_point(now, zone, raw).ok_or_else(|| {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_may_be_private_are_those_between_and_beside_what_is_kept() {
        for (kept, missing, tried) in [
            (vec![7, 5, 9], 2, Some(vec![3, 4, 6, 8, 10, 11])),
            (vec![1, 2], 1, Some(vec![3, 4])),
            (vec![2], 9, None),
            (vec![], 1, None),
            (vec![10, 100], 1, None),
        ] {
            assert_eq!(gaps(kept.clone(), missing), tried, "{missing} of {kept:?}");
        }
    }
}
