//! Every list and every single thing that can be read, as the front ends ask for it.

use super::{ApiError, Session, few_at_once, plain_id};
use crate::domain::{
    Action, Alert, AlertId, AlertRoute, AlertSource, CatalogEntry, CatalogGraph, CatalogType,
    CustomField, Document, Escalation, EscalationId, EscalationPath, FollowUp, FormOptions,
    Identity, Incident, IncidentId, Org, Related, RouteRules, Severity, Workflow, WorkflowRun,
};
use crate::incidentio::Client;
use futures_util::FutureExt;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Entries read of one type: a type of tens of thousands (customers, users) is not what anyone browses here.
const MOST_ENTRIES: usize = 5_000;
/// A type of a few thousand entries is small enough to browse, whatever it is about.
const SMALL_TYPE: i64 = 2_000;
/// Runs of workflows that are listed: a page of the newest.
const MOST_RUNS: usize = 200;

/// Incidents whose pages are asked for at once: their ids go into one address.
const PAGES_OF: usize = 25;
/// Pages that are read of them.
const MOST_PAGES: usize = 500;

/// A list as it was read, and whether the organisation has more than that.
pub type Capped<T> = (Vec<T>, bool);

/// An alert with what stands around it.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownAlert {
    /// The alert.
    pub alert: Alert,
    /// Where it comes from.
    pub source: Option<AlertSource>,
    /// Incidents it is attached to: id, and reference with name.
    pub incidents: Vec<(IncidentId, String)>,
}

/// An alert route with what its rules name.
#[derive(Debug)]
pub struct KnownRoute {
    /// The route.
    pub route: AlertRoute,
    /// What it does.
    pub rules: RouteRules,
    /// The sources there are.
    pub sources: Vec<AlertSource>,
    /// The paths there are.
    pub paths: Vec<EscalationPath>,
}

impl Session {
    /// The organisation's words and people. What the key may not read is named in `missing`.
    pub async fn org(&self) -> Result<Org, ApiError> {
        org(&self.client).await
    }

    /// Whose key this is.
    pub async fn identity(&self) -> Result<Identity, ApiError> {
        self.client.identity().await
    }

    /// Checks a new key: who it is, and whether it can read what everything else stands on.
    pub async fn try_key(&self) -> Result<Identity, ApiError> {
        let identity = self.client.identity().await?;
        self.client.severities().await?;
        Ok(identity)
    }

    /// One incident by reference or id.
    pub async fn incident(&self, reference: &str) -> Result<Incident, ApiError> {
        self.client.incident(reference).await
    }

    /// Alerts, newest first, and whether there are more; of one incident where it is given.
    pub async fn alerts(
        &self,
        incident: Option<&IncidentId>,
        firing: bool,
        most: usize,
    ) -> Result<Capped<Alert>, ApiError> {
        let all = match incident {
            Some(id) => self.client.incident_alerts(id).await?,
            None => self.client.alerts(firing, None, most).await?,
        };
        Ok(all.into())
    }

    /// One alert, with where it comes from, as far as the key may see that, and the incidents it is attached to.
    pub async fn alert(&self, id: &AlertId) -> Result<KnownAlert, ApiError> {
        let (alert, sources, incidents) = tokio::join!(
            self.client.alert(plain_id(id.as_str())?),
            self.client.alert_sources(),
            self.client.incidents_of_alert(id.as_str())
        );
        let alert = alert?;
        let is_its_own = |s: &AlertSource| Some(&s.id) == alert.source.as_ref();
        let source = sources.unwrap_or_default().items;
        Ok(KnownAlert {
            source: source.into_iter().find(is_its_own),
            incidents: incidents.unwrap_or_default().items,
            alert,
        })
    }

    /// Where alerts come from, by name.
    pub async fn alert_sources(&self) -> Result<Capped<AlertSource>, ApiError> {
        let (mut all, more) = self.client.alert_sources().await?.into();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((all, more))
    }

    /// What is done with alerts; what is in force first.
    pub async fn alert_routes(&self) -> Result<Capped<AlertRoute>, ApiError> {
        let (mut all, more) = self.client.alert_routes().await?.into();
        all.sort_by(|a, b| (!a.enabled, &a.name).cmp(&(!b.enabled, &b.name)));
        Ok((all, more))
    }

    /// One route with its rules, sources and paths in them by name as far as the key may see those.
    pub async fn alert_route(&self, id: &str) -> Result<KnownRoute, ApiError> {
        let (route, sources, paths) = tokio::join!(
            self.client.alert_route(plain_id(id)?),
            self.client.alert_sources(),
            self.client.escalation_paths()
        );
        let (route, rules) = route?;
        Ok(KnownRoute {
            route,
            rules,
            sources: sources.unwrap_or_default().items,
            paths: paths.unwrap_or_default().items,
        })
    }

    /// One escalation.
    pub async fn escalation(&self, id: &EscalationId) -> Result<Escalation, ApiError> {
        self.client.escalation(plain_id(id.as_str())?).await
    }

    /// Escalations, newest first, and whether there are more; of one incident where it is given.
    pub async fn escalations(
        &self,
        incident: Option<&IncidentId>,
        most: usize,
    ) -> Result<Capped<Escalation>, ApiError> {
        let of = incident.map_or(&[][..], std::slice::from_ref);
        let listed = self.client.escalations(of, None, most).await?;
        if incident.is_none() {
            self.glance_at_pages(&listed.items).await;
        }
        Ok(listed.into())
    }

    /// Who answered a page for each of these incidents, its own or one for its alerts; empty where that is not told.
    pub async fn answered_pages(
        &self,
        incidents: &[IncidentId],
    ) -> Result<BTreeMap<IncidentId, String>, ApiError> {
        let asked = incidents.chunks(PAGES_OF).map(|some| {
            let pages = self.client.escalations(some, None, MOST_PAGES);
            async move { (some, pages.await) }.boxed()
        });
        let mut answered = BTreeMap::new();
        for (some, all) in few_at_once(asked).await {
            for page in all?.items {
                let Some(by) = page.answered_by() else {
                    continue;
                };
                for (id, _) in page.incidents.iter().filter(|(id, _)| some.contains(id)) {
                    answered.entry(id.clone()).or_insert_with(|| by.clone());
                }
            }
        }
        Ok(answered)
    }

    /// Actions, those still to do first, then the newest.
    pub async fn actions(&self, incident: Option<&IncidentId>) -> Result<Capped<Action>, ApiError> {
        actions(&self.client, incident).await
    }

    /// Follow-ups, those still to do first, then the newest.
    pub async fn follow_ups(
        &self,
        incident: Option<&IncidentId>,
    ) -> Result<Capped<FollowUp>, ApiError> {
        follow_ups(&self.client, incident).await
    }

    /// Post-mortem documents, newest first.
    pub async fn documents(
        &self,
        incident: Option<&IncidentId>,
    ) -> Result<Capped<Document>, ApiError> {
        Ok(self.client.documents(incident).await?.into())
    }

    /// A document's markdown.
    pub async fn document_text(&self, id: &str) -> Result<String, ApiError> {
        self.client.document_text(id).await
    }

    /// Workflows.
    pub async fn workflows(&self) -> Result<Capped<Workflow>, ApiError> {
        Ok(self.client.workflows().await?.into())
    }

    /// Runs of workflows, newest first, and whether there are more.
    pub async fn workflow_runs(
        &self,
        incident: Option<&IncidentId>,
    ) -> Result<Capped<WorkflowRun>, ApiError> {
        let all = self.client.workflow_runs(incident, MOST_RUNS).await?;
        Ok(all.into())
    }

    /// Incidents that people connected to one.
    pub async fn related(&self, id: &IncidentId) -> Result<Capped<Related>, ApiError> {
        Ok(self.client.related(id).await?.into())
    }

    /// Every catalog type, and the entries of those that are about services, teams and what else is kept small.
    pub async fn catalog(&self) -> Result<CatalogGraph, ApiError> {
        catalog(&self.client).await
    }

    /// Who owns a service, or all services that a word means, by the catalog.
    pub async fn owners(&self, service: &str) -> Result<Vec<String>, ApiError> {
        let graph = catalog(&self.client).await?;
        let meant = services_meant(&graph, service)?;
        let named: BTreeSet<String> = meant
            .iter()
            .flat_map(|entry| {
                graph
                    .owner(entry)
                    .split(", ")
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .filter(|owner| !owner.is_empty())
            .collect();
        Ok(named.into_iter().collect())
    }

    /// Escalation paths, by which pages climb.
    pub async fn paths(&self) -> Result<Vec<EscalationPath>, ApiError> {
        Ok(self.client.escalation_paths().await?.items)
    }

    /// What forms offer that changes by the minute. What the key may not read is left out.
    pub async fn form_options(&self) -> FormOptions {
        self.read_options().await.0
    }

    /// The same, with why the choices of a field could not be read.
    pub(super) async fn read_options(&self) -> (FormOptions, Vec<(&'static str, ApiError)>) {
        let (paths, pages, follow_ups) = tokio::join!(
            self.client.escalation_paths(),
            self.client.status_pages(),
            self.client.follow_ups(None)
        );
        let mut failed = Vec::new();
        let mut fails = |field, e| failed.push((field, e));
        let paths = paths.map_err(|e| fails("path", e)).unwrap_or_default();
        let pages = pages.map_err(|e| fails("page", e)).unwrap_or_default();
        let follow_ups = follow_ups.map_err(|e| fails("priority", e));
        let mut priorities: Vec<(String, String)> = follow_ups
            .unwrap_or_default()
            .items
            .into_iter()
            .filter_map(|f| Some((f.priority_id?, f.priority?)))
            .collect();
        priorities.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
        priorities.dedup();
        let options = FormOptions {
            paths: paths.items,
            pages,
            priorities,
        };
        (options, failed)
    }
}

pub(super) async fn actions(
    client: &Client,
    incident: Option<&IncidentId>,
) -> Result<Capped<Action>, ApiError> {
    let (mut all, more) = client.actions(incident).await?.into();
    all.sort_by_key(|a: &Action| (a.status != "outstanding", Reverse(a.created)));
    Ok((all, more))
}

pub(super) async fn follow_ups(
    client: &Client,
    incident: Option<&IncidentId>,
) -> Result<Capped<FollowUp>, ApiError> {
    let (mut all, more) = client.follow_ups(incident).await?.into();
    all.sort_by_key(|f: &FollowUp| (f.status != "outstanding", Reverse(f.created)));
    Ok((all, more))
}

pub(super) async fn catalog(client: &Client) -> Result<CatalogGraph, ApiError> {
    let types = client.catalog_types().await?.items;
    let browsed = types.iter().filter(|t| is_browsed(t));
    let asked = browsed.map(|kind| client.catalog_entries(&kind.id, MOST_ENTRIES).boxed());
    let mut entries = Vec::new();
    for told in few_at_once(asked).await {
        match told {
            Ok(listed) => entries.extend(listed.items),
            Err(e) if is_closed_to_key(&e) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(CatalogGraph::new(types, entries))
}

/// The services that a word means, one at least.
pub(super) fn services_meant<'a>(
    graph: &'a CatalogGraph,
    word: &str,
) -> Result<Vec<&'a CatalogEntry>, ApiError> {
    let meant = graph.services_meant(word);
    if meant.is_empty() {
        return Err(ApiError::User(format!(
            "There is no service or team \"{word}\"; try hotseat catalog search {word}."
        )));
    }
    Ok(meant)
}

fn is_browsed(kind: &CatalogType) -> bool {
    let told = |c: &String| matches!(c.as_str(), "service" | "team" | "product-feature");
    kind.categories.iter().any(told) || kind.count.is_some_and(|n| n <= SMALL_TYPE)
}

/// Whether the key may not see it, which is no failure: the rest is shown.
fn is_closed_to_key(e: &ApiError) -> bool {
    matches!(
        e,
        ApiError::Http {
            status: 403 | 404,
            ..
        }
    )
}

/// Severities, the worst first; none where the key may not read them.
pub(super) async fn severities(client: &Client) -> Result<Vec<Severity>, ApiError> {
    let mut all = needed(client.severities().await, &mut Vec::new())?.items;
    all.sort_by_key(|s| Reverse(s.rank));
    Ok(all)
}

/// The organisation's words and people, all asked at once.
pub(super) async fn org(client: &Client) -> Result<Org, ApiError> {
    Ok(read_org(client).await?.0)
}

/// The same, with the first failure among what can be done without for a while: a name that is looked for there would be
/// called unknown.
pub(super) async fn read_org(client: &Client) -> Result<(Org, Option<ApiError>), ApiError> {
    let (identity, severities, statuses, types, roles, people, teams, fields, timestamps, kinds) = tokio::join!(
        client.identity(),
        client.severities(),
        client.statuses(),
        client.incident_types(),
        client.roles(),
        client.users(),
        client.teams(),
        client.custom_fields(),
        client.timestamps(),
        client.catalog_types()
    );
    let mut missing = Vec::new();
    let mut org = Org {
        identity: identity?,
        ..Org::default()
    };
    org.severities = needed(severities, &mut missing)?.items;
    org.statuses = needed(statuses, &mut missing)?.items;
    org.types = readable(types, &mut missing).items;
    org.roles = readable(roles, &mut missing).items;
    org.people = readable(people, &mut missing).items;
    org.teams = readable(teams, &mut missing).items;
    let kinds = readable(kinds, &mut missing).items;
    org.fields = readable(fields, &mut missing).items;
    org.timestamps = readable(timestamps, &mut missing).items;
    org.service_fields = service_fields(&org.fields, &kinds);
    org.severities.sort_by_key(|s| Reverse(s.rank));
    org.missing = missing.iter().map(ToString::to_string).collect();
    Ok((org, first_failure(missing)))
}

/// Custom fields whose values are services of the catalog.
pub(super) fn service_fields(fields: &[CustomField], kinds: &[CatalogType]) -> Vec<String> {
    let is_service = |id: &String| {
        kinds
            .iter()
            .any(|k| k.is_service() && k.id.as_str() == id.as_str())
    };
    fields
        .iter()
        .filter(|f| is_service(&f.catalog_type))
        .map(|f| f.id.clone())
        .collect()
}

/// A list, or an empty one where the key may not read it; other failures stay failures.
fn needed<T: Default>(
    result: Result<T, ApiError>,
    missing: &mut Vec<ApiError>,
) -> Result<T, ApiError> {
    match result {
        Err(e) if !is_closed_to_key(&e) => Err(e),
        other => Ok(readable(other, missing)),
    }
}

/// The same for what can be done without for a while, whatever the failure.
fn readable<T: Default>(result: Result<T, ApiError>, missing: &mut Vec<ApiError>) -> T {
    result.unwrap_or_else(|e| {
        missing.push(e);
        T::default()
    })
}

/// The first that is more than a key's missing permission.
fn first_failure(missing: Vec<ApiError>) -> Option<ApiError> {
    missing.into_iter().find(|e| !is_closed_to_key(e))
}
