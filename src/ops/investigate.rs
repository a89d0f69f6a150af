//! An investigation: read the incident, ask every source at once, judge. A source that fails is missing evidence, and only
//! an incident that cannot be read is an error.

use super::{ApiError, Check, Client, Mark, catalog, timeline};
use crate::config::Config;
use crate::domain::{
    Alert, CatalogGraph, Change, ChangeClass, EntryKind, Finding, Incident, Instant, LogSample,
    Missing, priority::priorities,
};
use crate::investigate::{
    Case, Context, Notes, Retelling, Scope, admit, fence, judge, named_in, plan,
};
use crate::sources::{LogSource, Metrics, Names, Sources, Window, classify};
use chrono::Duration;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

/// Services whose logs are read: those named and the nearest around them.
const MOST_LOGS: usize = 24;
/// Logs read at once from one source.
const LOGS_AT_ONCE: usize = 6;
/// What all sources of changes together are called while they are asked.
const CHANGES: &str = "changes";
/// Seconds within which two sources tell of one change: a rollout takes minutes.
const SAME_CHANGE: i64 = 300;
/// How long before the incident the fine measures begin, and how long after it they end.
const BEFORE: i64 = 120;
const AFTER: i64 = 60;

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
}

/// How far an investigation is.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// So many sources are asked about so many services.
    Planned {
        /// Their names.
        sources: Vec<String>,
        /// How many services.
        services: usize,
    },
    /// A source answered, with what in a few words.
    Answered(String, String),
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

/// What sources told.
#[derive(Default)]
struct Gathered {
    measured: Vec<crate::domain::Series>,
    logs: Vec<LogSample>,
    changes: Vec<Change>,
    missing: Vec<Missing>,
}

/// Investigates one incident as of `now`.
pub async fn investigate(
    client: &Client,
    sources: &Sources,
    config: &Config,
    ask: &InvestigationRequest,
    now: Instant,
    progress: Option<mpsc::Sender<Progress>>,
) -> Result<Investigation, ApiError> {
    let incident = client.incident(&ask.incident).await?;
    let id = &incident.row.id;
    let (alerts, graph, timeline, linked, severities) = tokio::join!(
        client.incident_alerts(id),
        catalog(client),
        timeline(client, id),
        client.attachments(id),
        client.severities()
    );
    let mut missing = Vec::new();
    let mut lacking = |what: &str, e: &ApiError| {
        missing.push(Missing {
            source: "incident.io".into(),
            says: format!("{what}: {e}"),
        })
    };
    let alerts = alerts.map(|l| l.items).unwrap_or_else(|e| {
        lacking("Alerts could not be read", &e);
        Vec::new()
    });
    let graph = graph.unwrap_or_else(|e| {
        lacking(
            "The catalog could not be read, so dependencies are unknown",
            &e,
        );
        CatalogGraph::default()
    });
    let platform = match &timeline {
        Ok(timeline) => platform_notes(&timeline.items),
        Err(e) => {
            lacking("The timeline could not be read", e);
            Vec::new()
        }
    };
    let notes = Notes::read(&config.investigate.context, &graph);
    let context = Context::read(&incident, &alerts, &graph, &notes);
    let scope = plan(&context, &graph);
    if scope.left_out > 0 {
        missing.push(Missing {
            source: "scope".into(),
            says: format!(
                "{} services further away were not looked at.",
                scope.left_out
            ),
        });
    }
    let changes = ask
        .changes
        .unwrap_or_else(|| config.investigate.change_window());
    let created = incident.row.created;
    if let Some(since) = ask
        .since
        .filter(|s| *s > created - Duration::minutes(5) || created - *s > Duration::days(31))
    {
        let (reference, at) = (
            &incident.row.reference,
            created.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        );
        return Err(ApiError::User(format!(
            "Measures cannot be looked at since {}: {reference} was declared at {at}; give a time from a month to five minutes before that.",
            since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
        )));
    }
    let window = window(
        created,
        ask.since,
        changes,
        config.investigate.normal_window(),
        now,
    );
    if let Some(progress) = &progress {
        let names = sources
            .metrics
            .iter()
            .map(Metrics::name)
            .chain(sources.logs.iter().map(LogSource::name))
            .chain([CHANGES]);
        let planned = Progress::Planned {
            sources: names.map(str::to_owned).collect(),
            services: scope.services.len(),
        };
        let _ = progress.send(planned).await;
    }
    let gathering = Gathering {
        client,
        sources,
        scope: &scope,
        graph: &graph,
        notes: &notes,
        created,
        window,
        progress,
    };
    let (gathered, past) = tokio::join!(
        gathering.gather(),
        super::resolved_before(client, &incident)
    );
    missing.extend(gathered.missing);
    let priority = incident.row.severity.as_ref().and_then(|name| {
        let known = severities
            .as_ref()
            .map(|l| l.items.clone())
            .unwrap_or_default();
        priorities(&known, &config.priorities)
            .into_iter()
            .find(|(n, _)| n.as_str() == &**name)
            .map(|(_, p)| p.label().to_owned())
    });
    let case = Case {
        reference: incident.row.reference.to_string(),
        name: incident.row.name.to_string(),
        severity: incident.row.severity.as_ref().map(ToString::to_string),
        priority,
        created,
        context,
        calls: scope.calls,
        scope: scope.services,
        series: gathered.measured,
        logs: gathered.logs,
        changes: gathered.changes,
        change_window: changes,
        alerts,
        platform,
        linked: linked.map(|l| l.items).unwrap_or_default(),
        past,
        runbooks: scope.runbooks,
        by_hand: ask.by_hand.clone(),
        missing,
    };
    let finding = tokio::task::spawn_blocking(move || judge(&case))
        .await
        .map_err(|e| ApiError::User(format!("The judgement broke off: {e}.")))?;
    let mut investigation = Investigation {
        incident,
        finding,
        started: now,
        retelling: None,
    };
    if ask.model && sources.model.is_some() {
        match explain(sources, config, &investigation.finding, None).await {
            Ok(told) => investigation.retelling = Some(told),
            Err(e) => investigation.finding.missing.push(Missing {
                source: "model".into(),
                says: e,
            }),
        }
    }
    Ok(investigation)
}

/// A model's words on a finding, or its answer to a question about it, as far as they stand on evidence.
pub async fn explain(
    sources: &Sources,
    config: &Config,
    finding: &Finding,
    question: Option<&str>,
) -> Result<Retelling, String> {
    let model = sources
        .model
        .as_ref()
        .ok_or("No model is configured; see [model] in the configuration.")?;
    let (system, user) = fence(finding, question, &config.investigate.context);
    let answer = model.ask(&system, &user).await.map_err(|e| e.to_string())?;
    Ok(admit(&answer, finding))
}

/// The times to ask about.
fn window(
    created: Instant,
    since: Option<Instant>,
    changes: Duration,
    normal: Duration,
    now: Instant,
) -> Window {
    let recent_from = since
        .unwrap_or(created - Duration::minutes(BEFORE))
        .min(created);
    let to = (created + Duration::minutes(AFTER))
        .min(now)
        .max(recent_from + Duration::minutes(5));
    // The trouble may have begun before it was declared: changes are asked for from before that too.
    Window {
        normal_from: recent_from - normal,
        recent_from,
        to,
        changes_from: recent_from.min(created) - changes,
    }
}

/// What incident.io's own investigation put on the timeline.
fn platform_notes(items: &[crate::domain::TimelineEntry]) -> Vec<(Instant, String)> {
    let about = |text: &str| {
        let low = text.to_lowercase();
        low.contains("investigation") || low.contains("hypothesis")
    };
    let ours = |text: &str| {
        text.starts_with("Investigation started")
            || text.starts_with("Investigation complete")
            || text.starts_with("Root cause identified")
    };
    let notes = items
        .iter()
        .filter(|i| i.kind == EntryKind::Activity && about(&i.title) && !ours(&i.title));
    notes
        .map(|i| {
            (
                i.at,
                if i.body.is_empty() {
                    i.title.clone()
                } else {
                    format!("{}: {}", i.title, i.body)
                },
            )
        })
        .take(10)
        .collect()
}

/// What the sources are asked about.
struct Gathering<'a> {
    client: &'a Client,
    sources: &'a Sources,
    scope: &'a Scope,
    graph: &'a CatalogGraph,
    notes: &'a Notes,
    created: Instant,
    window: Window,
    progress: Option<mpsc::Sender<Progress>>,
}

impl Gathering<'_> {
    /// Asks every source at once; each has its own time.
    async fn gather(&self) -> Gathered {
        let names = Names::new(self.scope.names.clone());
        let metrics = join_all(self.sources.metrics.iter().map(|s| self.metrics(s, &names)));
        let logs = join_all(self.sources.logs.iter().map(|s| self.logs(s)));
        let (metrics, logs, changes) = tokio::join!(metrics, logs, self.changes());
        let mut all = Gathered::default();
        for part in metrics.into_iter().chain(logs).chain([changes]) {
            all.measured.extend(part.measured);
            all.logs.extend(part.logs);
            all.changes.extend(part.changes);
            all.missing.extend(part.missing);
        }
        let mut lacks = |source: &str, says: &str| {
            all.missing.push(Missing {
                source: source.into(),
                says: says.into(),
            })
        };
        if self.sources.metrics.is_empty() {
            lacks(
                "metrics",
                "No metrics source is configured; see [sources] in the configuration.",
            );
        }
        if self.sources.logs.is_empty() {
            lacks(
                "logs",
                "No log source is configured; see [sources] in the configuration.",
            );
        }
        all.changes = dedup_changes(all.changes);
        all
    }

    async fn tell(&self, source: &str, says: String) {
        if let Some(progress) = &self.progress {
            let _ = progress
                .send(Progress::Answered(source.to_owned(), says))
                .await;
        }
    }

    async fn late(&self, source: &str) -> Missing {
        self.tell(source, "no answer in time".into()).await;
        Missing {
            source: source.to_owned(),
            says: format!(
                "{source} did not answer within {} seconds.",
                self.sources.timeout.as_secs()
            ),
        }
    }

    async fn metrics(&self, source: &Metrics, names: &Names) -> Gathered {
        let mut out = Gathered::default();
        match tokio::time::timeout(self.sources.timeout, source.measure(names, self.window)).await {
            Ok(told) => {
                let says = told
                    .missing
                    .first()
                    .filter(|_| told.series.is_empty())
                    .cloned();
                self.tell(
                    source.name(),
                    says.unwrap_or_else(|| format!("{} series", told.series.len())),
                )
                .await;
                out.missing
                    .extend(told.missing.into_iter().map(|says| Missing {
                        source: source.name().into(),
                        says,
                    }));
                out.measured = told.series;
                out.changes = told.changes;
            }
            Err(_) => out.missing.push(self.late(source.name()).await),
        }
        out
    }

    async fn logs(&self, source: &LogSource) -> Gathered {
        let (created, window) = (self.created, self.window);
        let services: Vec<String> = self
            .scope
            .services
            .iter()
            .take(MOST_LOGS)
            .map(|s| s.name.clone())
            .collect();
        let asked =
            stream::iter(services).map(|s| async move { source.sample(&s, created, window).await });
        let mut out = Gathered::default();
        match tokio::time::timeout(
            self.sources.timeout,
            asked.buffered(LOGS_AT_ONCE).collect::<Vec<_>>(),
        )
        .await
        {
            Ok(answers) => {
                for answer in answers {
                    match answer {
                        Ok(sample) => out.logs.extend(
                            Some(sample).filter(|s| !s.recent.is_empty() || !s.normal.is_empty()),
                        ),
                        Err(e) => out.missing.push(Missing {
                            source: source.name().into(),
                            says: e.to_string(),
                        }),
                    }
                }
                let lines: usize = out
                    .logs
                    .iter()
                    .map(|l| l.recent.len() + l.normal.len())
                    .sum();
                let says = out
                    .missing
                    .first()
                    .filter(|_| lines == 0)
                    .map(|m| m.says.clone());
                self.tell(
                    source.name(),
                    says.unwrap_or_else(|| format!("{lines} lines")),
                )
                .await;
            }
            Err(_) => out.missing.push(self.late(source.name()).await),
        }
        out.missing.sort();
        out.missing.dedup();
        out
    }

    async fn changes(&self) -> Gathered {
        let (changes, missing) = collect_changes(
            self.client,
            self.sources,
            self.graph,
            self.notes,
            self.window,
        )
        .await;
        self.tell(CHANGES, format!("{} changes", changes.len()))
            .await;
        Gathered {
            changes,
            missing,
            ..Gathered::default()
        }
    }
}

/// Changes from every source, each laid to a service of the catalog where it can be told.
async fn collect_changes(
    client: &Client,
    sources: &Sources,
    graph: &CatalogGraph,
    notes: &Notes,
    window: Window,
) -> (Vec<Change>, Vec<Missing>) {
    let (mut all, mut missing) = (Vec::new(), Vec::new());
    let asked = join_all(sources.changes.iter().map(|source| async move {
        let answer = async {
            if source.is_alerts() {
                let alerts = client
                    .alerts(false, Some(window.changes_from), 500)
                    .await
                    .map_err(|e| e.to_string())?;
                Ok((alert_changes(source.name(), &alerts.items, window), 0))
            } else {
                source.changes(window).await.map_err(|e| e.to_string())
            }
        };
        let late = || {
            Err(format!(
                "{} did not answer within {} seconds.",
                source.name(),
                sources.timeout.as_secs()
            ))
        };
        (
            source.name(),
            tokio::time::timeout(sources.timeout, answer)
                .await
                .unwrap_or_else(|_| late()),
        )
    }))
    .await;
    for (name, answer) in asked {
        match answer {
            Ok((changes, unread)) => {
                all.extend(changes);
                if unread > 0 {
                    missing.push(Missing {
                        source: name.into(),
                        says: format!(
                            "{unread} entries of {name} could not be read: no time or no title."
                        ),
                    });
                }
            }
            Err(says) => missing.push(Missing {
                source: name.into(),
                says,
            }),
        }
    }
    for change in &mut all {
        let known = graph
            .find(&change.service)
            .map(|e| e.name.clone())
            .filter(|_| !change.service.is_empty());
        let said = || {
            named_in(&change.service, graph, notes)
                .into_iter()
                .next()
                .or_else(|| named_in(&change.title, graph, notes).into_iter().next())
        };
        change.service = known.or_else(said).unwrap_or_default();
    }
    (all, missing)
}

/// Alerts that tell of a change.
fn alert_changes(source: &str, alerts: &[Alert], window: Window) -> Vec<Change> {
    let told = alerts.iter().filter(|a| {
        a.created >= window.changes_from && a.created <= window.to && a.status != "firing"
    });
    told.filter_map(|a| {
        let class = classify(&a.title)?;
        let service = a
            .attributes
            .iter()
            .find(|(label, _)| label.to_lowercase().contains("service"))
            .map(|(_, v)| v.clone());
        let version = a
            .title
            .split_whitespace()
            .find(|w| w.starts_with('v') && w[1..].starts_with(|c: char| c.is_ascii_digit()));
        Some(Change {
            at: a.created,
            class,
            title: a.title.clone(),
            service: service.unwrap_or_default(),
            version: version.map(str::to_owned),
            author: None,
            source: source.into(),
            query: "incident.io alerts".into(),
            link: a.source_url.clone(),
        })
    })
    .collect()
}

/// Changes of the last hours, by themselves.
pub async fn recent_changes(
    client: &Client,
    sources: &Sources,
    config: &Config,
    within: Duration,
    now: Instant,
) -> Result<(Vec<Change>, Vec<Missing>), ApiError> {
    let graph = catalog(client).await.unwrap_or_default();
    let notes = Notes::read(&config.investigate.context, &graph);
    let from = now - within;
    let window = Window {
        normal_from: from,
        recent_from: from,
        to: now,
        changes_from: from,
    };
    let (mut all, mut missing) = collect_changes(client, sources, &graph, &notes, window).await;
    let scope = plan(&Context::default(), &graph);
    let names = Names::new(scope.names);
    for source in &sources.metrics {
        match tokio::time::timeout(sources.timeout, source.measure(&names, window)).await {
            Ok(told) => all.extend(told.changes),
            Err(_) => missing.push(Missing {
                source: source.name().into(),
                says: format!("{} did not answer in time.", source.name()),
            }),
        }
    }
    all.retain(|c| c.at >= from && c.at <= now);
    Ok((dedup_changes(all), missing))
}

/// Newest first, and each change once: two sources that tell of the same version of a service within minutes tell of one
/// change, and the one that knows more of it stands.
fn dedup_changes(mut all: Vec<Change>) -> Vec<Change> {
    let known = |c: &Change| {
        usize::from(c.author.is_some())
            + usize::from(c.link.is_some())
            + usize::from(c.class != ChangeClass::Other)
    };
    all.sort_by(|a, b| {
        (known(b), a.at, &a.service, &a.title).cmp(&(known(a), b.at, &b.service, &b.title))
    });
    let mut kept: Vec<Change> = Vec::new();
    for change in all {
        let same = |k: &Change| {
            let near = (k.at - change.at).num_seconds().abs() <= SAME_CHANGE;
            k.service == change.service
                && near
                && (k.title == change.title || (k.version.is_some() && k.version == change.version))
        };
        if !kept.iter().any(same) {
            kept.push(change);
        }
    }
    kept.sort_by(|a, b| (b.at, &a.service, &a.title).cmp(&(a.at, &b.service, &b.title)));
    kept
}

/// Tries every source: for `doctor`.
pub async fn check_sources(sources: &Sources, now: Instant) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut add = |name: &str, answer: Result<String, String>| {
        checks.push(match answer {
            Ok(says) => Check::new(name, Mark::Good, format!("{says}.")),
            Err(says) => Check::new(name, Mark::Bad, says),
        });
    };
    for source in &sources.metrics {
        add(
            source.name(),
            source.check(now).await.map_err(|e| e.to_string()),
        );
    }
    for source in &sources.logs {
        add(
            source.name(),
            source.check().await.map_err(|e| e.to_string()),
        );
    }
    let day = Window {
        normal_from: now,
        recent_from: now,
        to: now,
        changes_from: now - Duration::days(1),
    };
    for source in sources.changes.iter().filter(|s| !s.is_alerts()) {
        add(
            source.name(),
            source
                .changes(day)
                .await
                .map(|(c, _)| format!("changes in a day: {}", c.len()))
                .map_err(|e| e.to_string()),
        );
    }
    if let Some(model) = &sources.model {
        add(
            "model",
            model
                .ask("Answer with one word.", "Say ready.")
                .await
                .map(|_| format!("{} answers", model.name()))
                .map_err(|e| e.to_string()),
        );
    }
    checks
}
