//! Similar incidents, looking back and drafts, from the history that is kept here. The index is built beside the screen
//! when it is first asked for, and grows by what is new.

use super::ask::{Asker, lock};
use crate::console::state::{Item, Tone};
use crate::domain::time::{Zone, span};
use crate::domain::{CatalogGraph, Incident, IncidentId, TimelineEntry};
use crate::draft::{self, Line, TextKind};
use crate::ops::{self, ApiError, Past};
use crate::similar::{Index, PairVerdicts};
use chrono::Duration;
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
                && let Some((index, read)) = kept_index(path, &lock(store))
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
                memory.index.add(subject);
            }
            if let (Some(path), false) = (&index_path, fresh.is_empty()) {
                keep_index(path, &memory.index, memory.read);
            }
            let (subject, near) = (memory.subject(&wanted), ops::neighbours(&memory.graph));
            let found = memory.index.find(&subject, &near, &told, None, LEAST, MOST);
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
        let (now, memory, store) = (self.client.now(), self.memory.clone(), self.store.clone());
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
        let rows = ops::rows(&self.client, id.as_str(), None, self.client.now()).await?;
        Ok(draft::draft(kind, kind.shipped(), &rows))
    }
}

/// What the first bytes of a kept index say: what it is, and which version wrote it.
const HEAD: &[u8; 8] = b"hotseat1";

/// The index as the last session kept it, with how many incidents of the store are in it; nothing where there is none,
/// where it was cut or written by another version, or where the store is not the one it was made from.
fn kept_index(path: &std::path::Path, store: &crate::store::Store) -> Option<(Index, usize)> {
    let bytes = std::fs::read(path).ok()?;
    let (read, first, index): (usize, String, Index) =
        postcard::from_bytes(bytes.strip_prefix(HEAD)?).ok()?;
    let here = store.incident(&first.as_str().into()).ok()??;
    let fits = index.len() == read
        && index
            .subject(&first)
            .is_some_and(|s| s.name == *here.row.name)
        && store.count().ok()? >= read;
    fits.then_some((index, read))
}

/// Keeps the index for the next session, whole or not at all.
fn keep_index(path: &std::path::Path, index: &Index, read: usize) {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let Some(first) = index.first() else { return };
    let Ok(bytes) = postcard::to_stdvec(&(read, first, index)) else {
        return;
    };
    let beside = path.with_extension("index-new");
    let opened = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&beside);
    let written = opened.and_then(|mut f| f.write_all(HEAD).and_then(|()| f.write_all(&bytes)));
    if let Err(e) = written.and_then(|()| std::fs::rename(&beside, path)) {
        tracing::warn!("the index could not be kept: {e}");
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Visibility;
    use crate::store::Store;

    fn incident(id: &str, visibility: Visibility) -> Incident {
        let mut row = crate::console::state::sample_row(
            id,
            &format!("Trouble {id}"),
            "Storm",
            "Closed",
            "cart",
            "Ana",
        );
        row.visibility = visibility;
        crate::console::state::sample_incident(row)
    }

    #[test]
    fn a_kept_index_is_used_again_and_a_cut_or_foreign_one_is_not() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("kept.index");
        let mut store = Store::in_memory().expect("a store");
        let all = [
            incident("1", Visibility::Public),
            incident("2", Visibility::Public),
            incident("3", Visibility::Private),
        ];
        store.put_incidents(&all).expect("kept");
        let mut memory = Memory::default();
        let read = store.incidents(0).expect("read");
        assert_eq!(read.len(), 2, "a private incident is never kept");
        for one in &read {
            let subject = memory.subject(one);
            memory.index.add(subject);
        }
        keep_index(&path, &memory.index, 2);
        assert!(
            kept_index(&path, &store).is_some_and(|(index, read)| index.len() == 2 && read == 2)
        );
        let bytes = std::fs::read(&path).expect("a file");
        assert!(!String::from_utf8_lossy(&bytes).contains("Trouble 3"));
        for (what, broken) in [
            ("cut", bytes[..bytes.len() / 2].to_vec()),
            ("newer", [b"hotseat9".as_slice(), &bytes[8..]].concat()),
            ("empty", vec![]),
        ] {
            std::fs::write(&path, broken).expect("written");
            assert!(kept_index(&path, &store).is_none(), "{what}");
        }
        std::fs::write(&path, &bytes).expect("written");
        let mut other = Store::in_memory().expect("a store");
        other
            .put_incidents(&[incident("9", Visibility::Public)])
            .expect("kept");
        assert!(
            kept_index(&path, &other).is_none(),
            "of another organisation"
        );
    }
}
