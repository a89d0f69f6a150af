//! An investigation: read the incident, ask every source at once, judge. A source that fails is missing evidence, and only
//! an incident that cannot be read is an error.

use super::gather::{CHANGES, Changes, Gathered, Gathering, InvestigationStep};
use super::incidents::{Timeline, timeline};
use super::memory::LookedAt;
use super::works::SOURCES;
use super::{ApiError, Listed, Session, off_thread, plain_id, reads};
use crate::domain::text;
use crate::domain::time::stamp;
use crate::domain::{
    Alert, CatalogGraph, Change, EntryKind, Finding, Incident, IncidentId, Instant, Linked,
    Missing, Severity, TimelineEntry, Window, priority,
};
use crate::investigate::{
    Case, Context, Draft, JudgedChange, Notes, Once, Retelling, Scope, admit, dedup_changes, fence,
    is_fit, is_of_changes, judge, judged, peoples_notes, plan, window,
};
use crate::sources::{Cluster, LogSource, Metrics, Names, Sources, TraceSource};
use chrono::Duration;
use futures_util::future::join_all;
use tokio::sync::mpsc;

/// Notes of the platform's own investigation that are told.
const MOST_NOTES: usize = 10;

/// What is asked for.
#[derive(Clone, Debug, Default)]
pub struct InvestigationRequest {
    /// INC-123, 123 or an id.
    pub incident: String,
    /// Where the fine window begins instead of two hours before the incident.
    pub since: Option<Instant>,
    /// How far back a change may lie, instead of the configured time.
    pub changes: Option<Duration>,
    /// Facts added by hand.
    pub by_hand: Vec<(Instant, String)>,
    /// Whether a configured model may rephrase.
    pub model: bool,
    /// Whether nothing of other private incidents may be told.
    pub public_only: bool,
}

impl InvestigationRequest {
    /// As it is configured, without a model.
    pub fn of(incident: &str) -> Self {
        Self {
            incident: incident.to_owned(),
            ..Self::default()
        }
    }
}

/// A finding and when it was made.
#[derive(Clone, Debug)]
pub struct Investigation {
    /// The incident it is about.
    pub incident: Incident,
    /// What was found.
    pub finding: Finding,
    /// When it began.
    pub started: Instant,
    /// What a model made of it, where one was asked.
    pub retelling: Option<Retelling>,
}

/// What incident.io knows around an incident.
struct Read {
    incident: Incident,
    alerts: Vec<Alert>,
    graph: CatalogGraph,
    platform: Vec<(Instant, String)>,
    notes: Vec<(Instant, String)>,
    linked: Vec<Linked>,
    severities: Vec<Severity>,
    missing: Vec<Missing>,
}

impl Session {
    /// Investigates one incident as of now; tells as it goes.
    pub async fn investigate(
        &self,
        request: &InvestigationRequest,
        progress: Option<mpsc::Sender<InvestigationStep>>,
    ) -> Result<Investigation, ApiError> {
        let (now, sources) = (self.now(), self.sources().await?);
        // What is read and gathered lies on the heap: a thread's stack is not deep enough for it.
        let (read, looked_at) = Box::pin(self.read_around(request)).await?;
        let notes = Notes::read(&self.config.investigate.context, &read.graph);
        let context = Context::read(&read.incident, &read.alerts, &read.graph, &notes);
        let scope = plan(&context, &read.graph);
        let settings = &self.config.investigate;
        let changes = request.changes.unwrap_or_else(|| settings.change_window());
        let created = read.incident.row.created;
        let names = asked(&sources);
        let work = self.at_once("Asking the sources", SOURCES, names.len());
        tell_plan(&progress, names, &scope).await;
        let gathering = Gathering {
            client: &self.client,
            sources: &sources,
            scope: &scope,
            graph: &read.graph,
            notes: &notes,
            created,
            now,
            window: window(
                created,
                request.since,
                changes,
                settings.normal_window(),
                now,
            ),
            progress,
            work,
        };
        let past = self.resolved_before(looked_at, &read.graph, request.public_only);
        let (gathered, past) = tokio::join!(Box::pin(gathering.gather()), Box::pin(past));
        drop(gathering);
        let incident = read.incident.clone();
        let case = Case {
            past,
            change_window: changes,
            by_hand: request.by_hand.clone(),
            ..self.case(read, context, scope, gathered)
        };
        let finding = off_thread(move || judge(&case)).await?;
        let mut investigation = Investigation {
            incident,
            finding,
            started: now,
            retelling: None,
        };
        if request.model && sources.model.is_some() {
            self.retell(&mut investigation).await;
        }
        Ok(investigation)
    }

    /// Reads what incident.io knows around an incident. What is asked without knowing it is asked beside it.
    async fn read_around(
        &self,
        request: &InvestigationRequest,
    ) -> Result<(Read, LookedAt), ApiError> {
        let client = &self.client;
        let work = self.parts("Reading the incident", 6);
        let around = async {
            let incident = client.incident(&request.incident).await?;
            check_since(&incident, request.since)?;
            let id: &IncidentId = &incident.row.id;
            let told = tokio::join!(
                work.part(client.incident_alerts(id)),
                work.part(timeline(client, id)),
                work.part(client.attachments(id)),
                work.part(self.looked_at(&incident))
            );
            Ok::<_, ApiError>((incident, told))
        };
        let besides = async {
            let (graph, severities) = (reads::catalog(client), client.severities());
            Ok::<_, ApiError>(tokio::join!(work.part(graph), work.part(severities)))
        };
        let (around, (graph, severities)) = tokio::try_join!(around, besides)?;
        let (incident, (alerts, timeline, linked, looked_at)) = around;
        let mut missing = Vec::new();
        let entries: Timeline =
            or_missing(timeline, "The timeline could not be read", &mut missing);
        let read = Read {
            alerts: or_missing(items(alerts), "Alerts could not be read", &mut missing),
            graph: or_missing(
                graph,
                "The catalog could not be read, so dependencies are unknown",
                &mut missing,
            ),
            platform: platform_notes(&entries.items),
            notes: peoples_notes(&entries.items),
            linked: items(linked).unwrap_or_default(),
            severities: items(severities).unwrap_or_default(),
            incident,
            missing,
        };
        Ok((read, looked_at))
    }

    /// Everything that is judged.
    fn case(&self, read: Read, context: Context, scope: Scope, gathered: Gathered) -> Case {
        let row = &read.incident.row;
        let mut missing = read.missing;
        if scope.left_out > 0 {
            missing.push(Missing {
                source: "scope".into(),
                says: text::counted(
                    scope.left_out,
                    "service further away was not looked at.",
                    "services further away were not looked at.",
                ),
            });
        }
        missing.extend(gathered.missing);
        let ranked = priority::priorities(&read.severities, &self.config.priorities);
        let priority = priority::label(&ranked, row.severity.as_deref()).map(str::to_owned);
        Case {
            reference: row.reference.to_string(),
            name: row.name.to_string(),
            severity: row.severity.as_ref().map(ToString::to_string),
            priority,
            created: row.created,
            now: self.now(),
            is_over: !row.category.is_open(),
            notes: read.notes,
            context,
            calls: scope.calls,
            scope: scope.services,
            series: gathered.measured,
            signs: gathered.signs,
            traces: gathered.traces,
            logs: gathered.logs,
            changes: gathered.changes,
            change_window: Duration::zero(),
            alerts: read.alerts,
            platform: read.platform,
            linked: read.linked,
            past: Vec::new(),
            runbooks: scope.runbooks,
            by_hand: Vec::new(),
            missing,
        }
    }

    async fn retell(&self, investigation: &mut Investigation) {
        match self.explain(&investigation.finding, None).await {
            Ok(told) => investigation.retelling = Some(told),
            Err(e) => investigation.finding.missing.push(Missing {
                source: "model".into(),
                says: e.to_string(),
            }),
        }
    }

    /// A model's words on a finding, or its answer to a question about it, as far as they stand on evidence.
    pub async fn explain(
        &self,
        finding: &Finding,
        question: Option<&str>,
    ) -> Result<Retelling, ApiError> {
        let sources = self.sources().await?;
        let none = "No model is configured; see [model] in the configuration.";
        let model = sources.model.as_ref();
        let model = model.ok_or_else(|| ApiError::User(none.into()))?;
        let (system, user) = fence(finding, question, &self.config.investigate.context);
        let work = self.at_once("Asking the model", ("answer", "answers"), 1);
        let answer = work.part(model.ask(&system, &user)).await;
        let answer = answer.map_err(|e| ApiError::User(e.to_string()))?;
        Ok(admit(&answer, finding))
    }

    /// Sends drafts in order until one is not confirmed: the titles of those that were, and why it went no further.
    pub async fn post_drafts(
        &self,
        done: &Investigation,
        wanted: Vec<Draft>,
    ) -> (Vec<String>, Option<ApiError>) {
        let mut posted = Vec::new();
        for draft in wanted {
            let sent = self.deliver(&draft, &done.incident, Once::PerTitle, done.started);
            match sent.await {
                Ok(outcome) if outcome.before => {
                    posted.push(format!("{} (had been sent before)", draft.title))
                }
                Ok(_) => posted.push(draft.title),
                Err(e) => return (posted, Some(e)),
            }
        }
        (posted, None)
    }

    /// The finding kept from the last run, while this one takes its place. Nothing of a private incident is kept.
    pub async fn swap_finding(&self, incident: &Incident, finding: &Finding) -> Option<Finding> {
        if !incident.is_public() {
            return None;
        }
        let (now, id, kept) = (self.now(), incident.row.id.clone(), finding.clone());
        let before = self.cache.with(move |store| {
            let before = store.finding(&id).ok().flatten();
            if let Err(e) = store.put_finding(&id, now, &kept) {
                tracing::warn!("the finding is not kept: {e}");
            }
            before
        });
        before.await.ok().flatten()
    }

    /// Changes of the last hours, by themselves, and what could not be asked.
    pub async fn changes(&self, within: Duration) -> Result<(Vec<Change>, Vec<Missing>), ApiError> {
        let (now, sources) = (self.now(), self.sources().await?);
        let graph = reads::catalog(&self.client).await.unwrap_or_default();
        let notes = Notes::read(&self.config.investigate.context, &graph);
        let from = now - within;
        let window = Window {
            normal_from: from,
            recent_from: from,
            to: now,
            changes_from: from,
        };
        let asked = Changes {
            client: &self.client,
            sources: &sources,
            graph: &graph,
            notes: &notes,
            window,
        };
        let (mut all, mut missing) = asked.collect().await;
        let names = Names::new(plan(&Context::default(), &graph).names);
        let measured = sources.metrics.iter().map(|source| async {
            let asked = source.measure(&names, window);
            (
                source.name(),
                tokio::time::timeout(sources.timeout, asked).await,
            )
        });
        let looked = sources
            .clusters
            .iter()
            .map(|source| async { (source.name(), source.look(&names, window, now).await) });
        let (measured, looked) = tokio::join!(join_all(measured), join_all(looked));
        for (source, told) in measured {
            match told {
                Ok(told) => all.extend(told.changes),
                Err(_) => missing.push(Missing {
                    source: source.into(),
                    says: format!("{source} did not answer in time."),
                }),
            }
        }
        for (source, told) in looked {
            all.extend(told.changes);
            missing.extend(told.missing.into_iter().map(|says| Missing {
                source: source.into(),
                says,
            }));
        }
        all.retain(|c| c.at >= from && c.at <= now);
        Ok((dedup_changes(all), missing))
    }

    /// Changes of the last hours; with an incident, those before it and since, and whether it correlates with them. And
    /// which sources of changes could not be asked: where no change is known, that is the answer.
    pub async fn judged_changes(
        &self,
        incident: Option<&str>,
        within: Duration,
    ) -> Result<(Vec<JudgedChange>, Vec<Missing>), ApiError> {
        let (all, mut missing) = match incident {
            None => {
                let (all, missing) = self.changes(within).await?;
                (all.into_iter().map(JudgedChange::from).collect(), missing)
            }
            Some(incident) => {
                let request = InvestigationRequest {
                    incident: plain_id(incident)?.to_owned(),
                    changes: Some(within),
                    ..InvestigationRequest::default()
                };
                let finding = self.investigate(&request, None).await?.finding;
                (judged(&finding, within), finding.missing)
            }
        };
        missing.retain(is_of_changes);
        if all.is_empty() && !missing.is_empty() {
            let says: Vec<&str> = missing.iter().map(|m| m.says.as_str()).collect();
            return Err(ApiError::User(format!(
                "No change is known, and not every source could be asked: {}",
                says.join(" ")
            )));
        }
        Ok((all, missing))
    }

    /// Changes of a window for whoever can do without, and whether every source that would know was asked.
    pub async fn known_changes(&self, within: Duration) -> (Vec<Change>, bool) {
        let Ok(sources) = self.sources().await else {
            return (Vec::new(), false);
        };
        match self.changes(within).await {
            Ok((all, missing)) => (all, know_changes(&sources) && missing.is_empty()),
            Err(_) => (Vec::new(), false),
        }
    }

    /// Changes of a window where every source that would know could be asked, and there is one.
    pub(super) async fn all_changes(&self, within: Duration) -> Option<Vec<Change>> {
        let sources = self.sources().await.ok()?;
        if !know_changes(&sources) {
            return None;
        }
        let (all, missing) = self.changes(within).await.ok()?;
        missing.is_empty().then_some(all)
    }
}

/// Whether any of some sources tells of changes: alerts alone are none.
fn know_changes(sources: &Sources) -> bool {
    sources.changes.iter().any(|s| !s.is_alerts())
        || !sources.metrics.is_empty()
        || !sources.clusters.is_empty()
}

fn items<T>(listed: Result<Listed<T>, ApiError>) -> Result<Vec<T>, ApiError> {
    listed.map(|l| l.items)
}

/// What was read, or nothing with a sentence among what is missing.
fn or_missing<T: Default>(read: Result<T, ApiError>, what: &str, missing: &mut Vec<Missing>) -> T {
    read.unwrap_or_else(|e| {
        missing.push(Missing {
            source: "incident.io".into(),
            says: format!("{what}: {e}"),
        });
        T::default()
    })
}

fn check_since(incident: &Incident, since: Option<Instant>) -> Result<(), ApiError> {
    let row = &incident.row;
    match since.filter(|since| !is_fit(row.created, *since)) {
        None => Ok(()),
        Some(since) => Err(ApiError::User(format!(
            "Measures cannot be looked at since {}: {} was declared at {}; give a time from a month to five minutes before that.",
            stamp(since),
            row.reference,
            stamp(row.created)
        ))),
    }
}

/// What is asked for evidence, by name.
fn asked(sources: &Sources) -> Vec<String> {
    let names = sources
        .metrics
        .iter()
        .map(Metrics::name)
        .chain(sources.logs.iter().map(LogSource::name))
        .chain(sources.traces.iter().map(TraceSource::name))
        .chain(sources.clusters.iter().map(Cluster::name))
        .chain([CHANGES]);
    names.map(str::to_owned).collect()
}

async fn tell_plan(
    progress: &Option<mpsc::Sender<InvestigationStep>>,
    sources: Vec<String>,
    scope: &Scope,
) {
    let Some(progress) = progress else { return };
    let planned = InvestigationStep::Planned {
        sources,
        services: scope.services.len(),
    };
    let _ = progress.send(planned).await;
}

/// What incident.io's own investigation put on the timeline.
fn platform_notes(items: &[TimelineEntry]) -> Vec<(Instant, String)> {
    let about = |text: &str| {
        let low = text.to_lowercase();
        low.contains("investigation") || low.contains("hypothesis")
    };
    let notes = items
        .iter()
        .filter(|i| i.kind == EntryKind::Activity && about(&i.title) && !i.is_of_investigation());
    let words = |i: &TimelineEntry| match i.body.is_empty() {
        true => i.title.clone(),
        false => format!("{}: {}", i.title, i.body),
    };
    notes.map(|i| (i.at, words(i))).take(MOST_NOTES).collect()
}
