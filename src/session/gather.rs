//! Asks every source at once, each within its own time: measures, logs, traces and changes around one incident. A source
//! that fails is missing evidence.

mod traces;

use super::works::Working;
use crate::domain::text;
use crate::domain::{
    Alert, CatalogGraph, Change, Instant, LogSample, Missing, Series, Sign, TraceSign, Window,
};
use crate::incidentio::Client;
use crate::investigate::{Notes, Scope, attribute_service, dedup_changes};
use crate::sources::{
    ChangeSource, Cluster, LogSource, MOST_CHANGES, Metrics, Names, Question, Sources, classify,
};
use futures_util::future::join_all;
use tokio::sync::mpsc;

/// Alerts that are looked through for changes.
const MOST_ALERTS: usize = 500;
/// What all sources of changes together are called while they are asked.
pub(super) const CHANGES: &str = "changes";

/// How far an investigation is.
#[derive(Clone, Debug, PartialEq)]
pub enum InvestigationStep {
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

/// What sources told.
#[derive(Default)]
pub(super) struct Gathered {
    pub measured: Vec<Series>,
    pub signs: Vec<Sign>,
    pub traces: Vec<TraceSign>,
    pub logs: Vec<LogSample>,
    pub changes: Vec<Change>,
    pub missing: Vec<Missing>,
}

impl Gathered {
    fn add(&mut self, part: Self) {
        self.measured.extend(part.measured);
        self.signs.extend(part.signs);
        self.traces.extend(part.traces);
        self.logs.extend(part.logs);
        self.changes.extend(part.changes);
        self.missing.extend(part.missing);
    }
}

/// What the sources are asked about.
pub(super) struct Gathering<'a> {
    pub client: &'a Client,
    pub sources: &'a Sources,
    pub scope: &'a Scope,
    pub graph: &'a CatalogGraph,
    pub notes: &'a Notes,
    pub created: Instant,
    pub now: Instant,
    pub window: Window,
    pub progress: Option<mpsc::Sender<InvestigationStep>>,
    pub work: Working,
}

impl Gathering<'_> {
    /// Asks every source at once; each has its own time.
    pub async fn gather(&self) -> Gathered {
        let names = Names::new(self.scope.names.clone());
        let metrics = join_all(self.sources.metrics.iter().map(|s| self.metrics(s, &names)));
        let logs = join_all(self.sources.logs.iter().map(|s| self.logs(s, &names)));
        let traces = join_all(self.sources.traces.iter().map(|s| self.traces(s, &names)));
        let clusters = self.sources.clusters.iter();
        let clusters = join_all(clusters.map(|s| self.cluster(s, &names)));
        let (metrics, logs, traces, clusters, changes) =
            tokio::join!(metrics, logs, traces, clusters, self.changes());
        let mut all = Gathered::default();
        let parts = metrics.into_iter().chain(logs).chain(clusters);
        for part in parts.chain([changes]) {
            all.add(part);
        }
        for mut part in traces {
            part.measured = traces::without_measured(part.measured, &all.measured);
            all.add(part);
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
        self.work.add(1);
        if let Some(progress) = &self.progress {
            let _ = progress
                .send(InvestigationStep::Answered(source.to_owned(), says))
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
                out.missing.extend(lacking(source.name(), told.missing));
                out.measured = told.series;
                out.signs = told.signs;
                out.changes = told.changes;
            }
            Err(_) => out.missing.push(self.late(source.name()).await),
        }
        out
    }

    /// A cluster keeps to the time by itself, so that what it told by then counts.
    async fn cluster(&self, source: &Cluster, names: &Names) -> Gathered {
        let told = source.look(names, self.window, self.now).await;
        let quiet = told.signs.is_empty() && told.changes.is_empty();
        let says = told.missing.first().filter(|_| quiet).cloned();
        let signs = text::counted(told.signs.len(), "sign", "signs");
        self.tell(source.name(), says.unwrap_or(signs)).await;
        Gathered {
            signs: told.signs,
            changes: told.changes,
            missing: lacking(source.name(), told.missing),
            ..Gathered::default()
        }
    }

    async fn logs(&self, source: &LogSource, names: &Names) -> Gathered {
        let services: Vec<String> = self.scope.services.iter().map(|s| s.name.clone()).collect();
        let asked = source.samples(Question {
            services: &services,
            names,
            created: self.created,
            window: self.window,
        });
        let mut out = Gathered::default();
        match tokio::time::timeout(self.sources.timeout, asked).await {
            Ok(told) => {
                let lines = |l: &LogSample| l.recent.len() + l.normal.len();
                let lines: usize = told.samples.iter().map(lines).sum();
                let fault = told.missing.first().filter(|_| lines == 0).cloned();
                let says = fault.unwrap_or_else(|| text::counted(lines, "line", "lines"));
                self.tell(source.name(), says).await;
                out.logs = told.samples;
                out.missing = lacking(source.name(), told.missing);
            }
            Err(_) => out.missing.push(self.late(source.name()).await),
        }
        out
    }

    async fn changes(&self) -> Gathered {
        let asked = Changes {
            client: self.client,
            sources: self.sources,
            graph: self.graph,
            notes: self.notes,
            window: self.window,
        };
        let (changes, missing) = asked.collect().await;
        self.tell(CHANGES, text::counted(changes.len(), "change", "changes"))
            .await;
        Gathered {
            changes,
            missing,
            ..Gathered::default()
        }
    }
}

/// What a source did not tell.
fn lacking(source: &str, all: Vec<String>) -> Vec<Missing> {
    let each = all.into_iter().map(|says| Missing {
        source: source.to_owned(),
        says,
    });
    each.collect()
}

/// What the sources of changes are asked about.
pub(super) struct Changes<'a> {
    pub client: &'a Client,
    pub sources: &'a Sources,
    pub graph: &'a CatalogGraph,
    pub notes: &'a Notes,
    pub window: Window,
}

impl Changes<'_> {
    /// Changes from every source, each laid to a service of the catalog where it can be told.
    pub async fn collect(&self) -> (Vec<Change>, Vec<Missing>) {
        let (mut all, mut missing) = (Vec::new(), Vec::new());
        let asked = self.sources.changes.iter().map(|source| self.ask(source));
        for (name, answer) in join_all(asked).await {
            let lacks = |says: String| Missing {
                source: name.into(),
                says,
            };
            match answer {
                Ok((changes, unread)) => {
                    missing.extend((changes.len() >= MOST_CHANGES).then(|| {
                        lacks(format!(
                            "{name} has more changes than the newest {MOST_CHANGES}."
                        ))
                    }));
                    all.extend(changes);
                    missing.extend((unread > 0).then(|| {
                        let entries = text::counted(unread, "entry", "entries");
                        lacks(format!(
                            "{entries} of {name} could not be read: no time or no title."
                        ))
                    }));
                }
                Err(says) => missing.push(lacks(says)),
            }
        }
        for change in &mut all {
            attribute_service(change, self.graph, self.notes);
        }
        (all, missing)
    }

    async fn ask<'s>(
        &self,
        source: &'s ChangeSource,
    ) -> (&'s str, Result<(Vec<Change>, usize), String>) {
        let timeout = self.sources.timeout;
        let answer = async {
            if source.is_alerts() {
                return self.in_alerts(source.name()).await;
            }
            let told = source.changes(self.window).await;
            told.map_err(|e| e.to_string())
        };
        let answer = tokio::time::timeout(timeout, answer).await;
        let late = || {
            Err(format!(
                "{} did not answer within {} seconds.",
                source.name(),
                timeout.as_secs()
            ))
        };
        (source.name(), answer.unwrap_or_else(|_| late()))
    }

    async fn in_alerts(&self, name: &str) -> Result<(Vec<Change>, usize), String> {
        let since = Some(self.window.changes_from);
        let alerts = self.client.alerts(false, since, MOST_ALERTS).await;
        let alerts = alerts.map_err(|e| e.to_string())?.items;
        Ok((alert_changes(name, &alerts, self.window), 0))
    }
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
