//! What was said about the incidents of a period: kept from one look to the next, and asked again of those alone to which
//! something happened since.

use super::works::INCIDENTS;
use super::written::{ONE_BY_ONE, Told, in_order};
use super::{Session, few_at_once};
use crate::domain::{Incident, IncidentId, Instant};
use crate::incidentio::{ApiError, Client};
use crate::store::Said;
use futures_util::FutureExt;

impl Session {
    /// What was said about some incidents. Where something happened to many, all of it is swept anew.
    pub(super) async fn told_in(&self, incidents: &[Incident]) -> Told {
        let (mut told, news) = self.kept_said(incidents).await;
        if news.len() > ONE_BY_ONE {
            return self.sweep_said().await;
        }
        let asked = self.ask_said(news).await;
        let (mut new, mut failed) = (Vec::new(), Vec::new());
        for (incident, said) in asked {
            match said {
                Ok(said) => {
                    told.hear(&incident.row.id, said.clone());
                    new.push((incident.row.id.clone(), incident.row.active, said));
                }
                Err(e) => failed.push(format!("{}: {e}", incident.row.reference)),
            }
        }
        if let Some(first) = failed.first() {
            let so_many = failed.len();
            told.missing.push(format!(
                "Updates and alerts could not be read of {so_many} of the incidents; {first}"
            ));
        }
        if !new.is_empty() {
            self.cache.keep(move |store| store.put_said(&new)).await;
        }
        told
    }

    /// What is kept of what was said about some incidents, and those of them to which something happened since.
    async fn kept_said<'a>(&self, incidents: &'a [Incident]) -> (Told, Vec<&'a Incident>) {
        let ids: Vec<IncidentId> = incidents.iter().map(|i| i.row.id.clone()).collect();
        let kept = self.cache.with(move |store| store.said(ids.iter())).await;
        let kept: Vec<Option<(Instant, Said)>> = kept.ok().and_then(Result::ok).unwrap_or_default();
        let kept = kept.into_iter().chain(std::iter::repeat(None));
        let (mut told, mut news) = (Told::default(), Vec::new());
        for (incident, kept) in incidents.iter().zip(kept) {
            match kept.filter(|(until, _)| incident.row.active <= *until) {
                Some((_, said)) => told.hear(&incident.row.id, said),
                None => news.push(incident),
            }
        }
        (told, news)
    }

    async fn ask_said<'a>(
        &self,
        incidents: Vec<&'a Incident>,
    ) -> Vec<(&'a Incident, Result<Said, ApiError>)> {
        let work = self.work("Reading what was written about incidents", INCIDENTS);
        work.of(Some(incidents.len()));
        let asked = incidents.into_iter().map(|incident| {
            let said = work.part(said(&self.client, &incident.row.id));
            async move { (incident, said.await) }.boxed()
        });
        few_at_once(asked).await
    }
}

async fn said(client: &Client, id: &IncidentId) -> Result<Said, ApiError> {
    let (updates, alerts) = tokio::join!(client.updates(id), client.incident_alerts(id));
    Ok(Said {
        updates: in_order(updates?.items),
        alerts: alerts?.items.into_iter().map(|a| a.title).collect(),
    })
}
