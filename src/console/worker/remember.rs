//! Similar incidents, looking back and drafts, from the history that is kept here. The index is built beside the screen
//! when it is first asked for, and grows by what is new.

use super::ask::{Asker, lock};
use crate::console::state::{Item, Tone};
use crate::domain::time::{Zone, span};
use crate::domain::{CatalogGraph, Incident, IncidentId, TimelineEntry};
use crate::draft::{self, Line, TextKind};
use crate::ops::{self, ApiError, Past};
use crate::similar::{Index, PairVerdicts, Search};
use crate::store::segment;
use chrono::{Duration, Utc};
use std::collections::HashMap;
use std::sync::PoisonError;

/// Percent of likeness from which an incident is shown: one in five of those turns out to be the same.
const LEAST: u8 = 20;
/// Incidents shown.
const MOST: usize = 8;
/// Days the look back covers.
const QUARTER: i64 = 90;
/// Updates of the whole organisation read once, for their words: forty requests.
const UPDATES: usize = 10_000;

/// The history as it can be searched.
#[derive(Default)]
pub struct Memory {
    index: Index,
    /// Incidents of the store that are in the index.
    read: usize,
    updates: HashMap<IncidentId, Vec<TimelineEntry>>,
    alerts: HashMap<IncidentId, Vec<String>>,
    asked_updates: bool,
    graph: CatalogGraph,
}

impl Asker {
    /// Past incidents like one, as lines: each with why, its cause and what resolved it below it.
    pub async fn similar(&self, id: &IncidentId) -> Result<Vec<Item>, ApiError> {
        let asked = self.client.incident(id.as_str()).await?;
        self.read_updates().await?;
        let told = self.told().await;
        let told = ops::with_relations(&self.client, &asked, &told).await;
        let (memory, store, wanted) = (self.memory.clone(), self.store.clone(), asked.clone());
        let index_path = self.means.index_path.clone();
        let found = tokio::task::spawn_blocking(move || {
            let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            if memory.read == 0
                && let (Some(path), Some(store)) = (&index_path, &store)
                && let Some((index, read)) = segment::open(path, &lock(store))
            {
                (memory.index, memory.read) = (index, read);
            }
            let fresh = store
                .as_ref()
                .map(|s| lock(s).incidents(memory.read).unwrap_or_default())
                .unwrap_or_default();
            memory.read += fresh.len();
            for incident in &fresh {
                let subject = memory.subject(incident);
                memory.index.put(subject);
            }
            if let (Some(path), true) = (&index_path, memory.index.grown()) {
                match segment::write(path, &memory.index, memory.read) {
                    Ok(index) => memory.index = index,
                    Err(e) => tracing::warn!("the index could not be kept: {e}"),
                }
            }
            let (subject, near) = (memory.subject(&wanted), ops::neighbours(&memory.graph));
            let search = Search {
                near: &near,
                verdicts: &told,
                since: None,
                least: LEAST,
                most: MOST,
            };
            let found = memory.index.find(&subject, &search).unwrap_or_default();
            (found, memory.updates.clone())
        });
        let (found, updates) = found
            .await
            .map_err(|e| ApiError::User(format!("The comparison broke off: {e}.")))?;
        let store = self.store.clone();
        let ids: Vec<IncidentId> = found.iter().map(|m| m.id.clone()).collect();
        let known = tokio::task::spawn_blocking(move || -> Vec<Incident> {
            let Some(store) = store else {
                return Vec::new();
            };
            ids.iter()
                .filter_map(|id| lock(&store).incident(id).ok().flatten())
                .collect()
        });
        let past = Past {
            incidents: known.await.unwrap_or_default(),
            updates,
            ..Past::default()
        };
        let recalled = ops::recall(&self.client, &past, found).await;
        Ok(recalled.into_iter().flat_map(lines).collect())
    }

    /// Updates and alerts of the whole organisation, once.
    async fn read_updates(&self) -> Result<(), ApiError> {
        if self
            .memory
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .asked_updates
        {
            return Ok(());
        }
        let (updates, alerts, graph) = tokio::join!(
            self.client.all_updates(UPDATES),
            self.client.attached_alerts(UPDATES),
            ops::catalog(&self.client)
        );
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, item) in updates.map(|l| l.items).unwrap_or_default() {
            memory.updates.entry(id).or_default().push(item);
        }
        memory
            .updates
            .values_mut()
            .for_each(|items| items.sort_by_key(|i| i.at));
        for (id, name) in alerts.map(|l| l.items).unwrap_or_default() {
            memory.alerts.entry(id).or_default().push(name);
        }
        memory.graph = graph.unwrap_or_default();
        memory.asked_updates = true;
        Ok(())
    }

    async fn told(&self) -> PairVerdicts {
        let mut told = PairVerdicts::default();
        for kept in [true, false] {
            let Ok(journal) = self.means.journal(kept).await else {
                continue;
            };
            let read = tokio::task::spawn_blocking(move || {
                journal
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .pair_verdicts()
                    .unwrap_or_default()
            });
            let PairVerdicts { same, different } = read.await.unwrap_or_default();
            told.same.extend(same);
            told.different.extend(different);
        }
        told
    }

    /// Remembers what somebody said of two incidents.
    pub async fn tell_pair(&self, a: IncidentId, b: IncidentId, same: bool) {
        // Of a private incident nothing is kept on disk, not even its id; what is not known to be public counts as private.
        let (store, pair) = (self.store.clone(), [a.clone(), b.clone()]);
        let public = tokio::task::spawn_blocking(move || {
            store.is_some_and(|s| {
                pair.iter()
                    .all(|id| lock(&s).incident(id).ok().flatten().is_some())
            })
        });
        let public = public.await.unwrap_or(false);
        if let Ok(journal) = self.means.journal(public).await {
            let told = tokio::task::spawn_blocking(move || {
                journal
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .rate_pair(&PairVerdicts::pair(a.as_str(), b.as_str()), same)
            });
            if let Ok(Err(e)) = told.await {
                let _ = self
                    .news
                    .send(crate::console::msg::News::Said(e.to_string()))
                    .await;
            }
        }
    }

    /// The last quarter, as lines, from what is kept here.
    pub async fn analysis(&self) -> Result<Vec<String>, ApiError> {
        self.read_updates().await?;
        let (now, memory, store) = (Utc::now(), self.memory.clone(), self.store.clone());
        let follow_ups = self
            .client
            .follow_ups(None)
            .await
            .map(|l| l.items)
            .unwrap_or_default();
        let lines = tokio::task::spawn_blocking(move || {
            let from = now - Duration::days(QUARTER);
            let all = store
                .map(|s| lock(&s).incidents(0).unwrap_or_default())
                .unwrap_or_default();
            let of: Vec<Incident> = all.into_iter().filter(|i| i.row.created >= from).collect();
            let memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
            let past = Past {
                updates: memory.updates.clone(),
                alerts: memory.alerts.clone(),
                graph: memory.graph.clone(),
                ..Past::default()
            };
            let mut lines =
                ops::looked_back(&of, &past, None, &follow_ups, None, from, now).lines();
            lines.push("Private incidents are left out: they are not kept here.".into());
            lines
        });
        lines
            .await
            .map_err(|e| ApiError::User(format!("Looking back broke off: {e}.")))
    }

    /// A text drafted about an incident.
    pub async fn drafted(&self, id: &IncidentId, kind: TextKind) -> Result<Vec<Line>, ApiError> {
        let rows = ops::rows(&self.client, id.as_str(), None, Utc::now()).await?;
        Ok(draft::draft(kind, kind.shipped(), &rows))
    }
}

impl Memory {
    fn subject(&self, incident: &Incident) -> crate::similar::Subject {
        let none = Vec::new();
        let updates = self.updates.get(&incident.row.id).unwrap_or(&none);
        ops::subject_of(
            incident,
            updates,
            self.alerts
                .get(&incident.row.id)
                .cloned()
                .unwrap_or_default(),
        )
    }
}

/// One match as lines of a list.
fn lines(r: ops::Recalled) -> Vec<Item> {
    let (f, s) = (r.found, r.seen);
    let more = if f.alike > 0 {
        format!(" (and {} more of that name)", f.alike)
    } else {
        String::new()
    };
    let took = s
        .seconds
        .map_or(String::new(), |t| format!("took {}", span(t)));
    let mut out = vec![Item {
        id: f.id.to_string(),
        mark: format!("{} %", f.likeness),
        title: format!("{} {}{more}", f.reference, f.name),
        note: took,
        at: Some(f.at),
        incident: Some(f.id.clone()),
        ..Item::default()
    }];
    if s.open {
        out.push(Item {
            id: format!("{} open", f.id),
            mark: "open".into(),
            title: "Open now: the two may be one storm.".into(),
            tone: Tone::Hot,
            ..Item::default()
        });
    }
    let told = [
        ("why", f.reasons.join("; ")),
        ("cause", s.cause),
        ("fixed by", s.resolution),
        ("led by", s.lead.unwrap_or_default()),
    ];
    for (head, text) in told.into_iter().filter(|(_, t)| !t.is_empty()) {
        out.push(Item {
            id: format!("{} {head}", f.id),
            mark: head.into(),
            title: text.clone(),
            tone: Tone::Quiet,
            body: vec![format!("{} {}", f.reference, Zone::UTC.date_clock(f.at))],
            ..Item::default()
        });
    }
    out
}
