//! What is written about incidents beside their own text: updates, alerts, notes, post-mortems. Asked one by one where it
//! is about few incidents, else in one sweep of the whole organisation.

use super::mirror::OVERLAP;
use super::works::INCIDENTS;
use super::{Session, few_at_once};
use crate::domain::progress::Unit;
use crate::domain::{Document, Incident, IncidentId, Instant, TimelineEntry};
use crate::incidentio::Client;
use crate::similar::{Seen, Subject, Written, subject_of};
use crate::store::Said;
use futures_util::FutureExt;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

const POST_MORTEMS: Unit = ("post-mortem", "post-mortems");
/// Updates and alerts of the whole organisation that are read at most, newest first: forty requests, and two hundred.
const SWEPT: usize = 10_000;
/// Incidents whose updates and alerts are asked for one by one; beyond that a sweep of all costs less.
pub(super) const ONE_BY_ONE: usize = 50;
/// Post-mortems that are looked through for what was written since: one request.
const LISTED: usize = 250;
/// Texts of post-mortems that are read in a sweep, the newest: each is a request.
const READ: usize = 100;

/// What was written about many incidents.
#[derive(Default)]
pub(super) struct Told {
    pub updates: HashMap<IncidentId, Vec<TimelineEntry>>,
    alerts: HashMap<IncidentId, Vec<String>>,
    notes: HashMap<IncidentId, Vec<TimelineEntry>>,
    pub post_mortems: HashMap<IncidentId, String>,
    pub missing: Vec<String>,
    /// Until when it is all there is.
    until: Option<Instant>,
}

impl Told {
    /// An incident as it is compared.
    pub fn subject(&self, incident: &Incident) -> Subject {
        subject_of(incident, &self.written(&incident.row.id))
    }

    fn written(&self, id: &IncidentId) -> Written {
        Written {
            updates: self.updates.get(id).cloned().unwrap_or_default(),
            notes: self.notes.get(id).cloned().unwrap_or_default(),
            post_mortem: self.post_mortems.get(id).cloned().unwrap_or_default(),
            alerts: self.alerts.get(id).cloned().unwrap_or_default(),
        }
    }

    /// Adds what was said about an incident.
    pub fn hear(&mut self, id: &IncidentId, said: Said) {
        self.updates.insert(id.clone(), said.updates);
        self.alerts.insert(id.clone(), said.alerts);
    }

    /// All that was said about any incident.
    fn said(&self) -> Vec<(IncidentId, Said)> {
        let silent = self
            .alerts
            .keys()
            .filter(|id| !self.updates.contains_key(*id));
        let all = self.updates.keys().chain(silent);
        let said = |id: &IncidentId| Said {
            updates: self.updates.get(id).cloned().unwrap_or_default(),
            alerts: self.alerts.get(id).cloned().unwrap_or_default(),
        };
        all.map(|id| (id.clone(), said(id))).collect()
    }

    fn add(&mut self, id: &IncidentId, written: Written) {
        self.updates.insert(id.clone(), written.updates);
        self.alerts.insert(id.clone(), written.alerts);
        self.notes.insert(id.clone(), written.notes);
        self.post_mortems.insert(id.clone(), written.post_mortem);
    }
}

/// Post-mortems that were written or changed since somebody looked, and since when nothing is left to look at.
#[derive(Default)]
pub(super) struct Rewritten {
    documents: Vec<Document>,
    pub until: Option<Instant>,
    pub missing: Vec<String>,
}

impl Rewritten {
    /// The incidents they are about.
    pub fn incidents(&self) -> HashSet<IncidentId> {
        self.documents.iter().map(|d| d.incident.clone()).collect()
    }
}

/// How it is found out what was written about very many incidents that come in batches: in one sweep where they are many,
/// and of how many more is asked one by one all the same.
pub(super) struct Asking {
    sweeps: bool,
    one_by_one: usize,
}

impl Asking {
    /// For so many incidents in all.
    pub fn about(all: usize) -> Self {
        Self {
            sweeps: all > ONE_BY_ONE,
            one_by_one: ONE_BY_ONE,
        }
    }
}

impl Session {
    /// Post-mortems that were written or changed since.
    pub(super) async fn rewritten(&self, since: Option<Instant>) -> Rewritten {
        let listed = match self.client.documents_as_changed(LISTED).await {
            Ok(listed) => listed.items,
            Err(e) => {
                return Rewritten {
                    until: since,
                    missing: vec![format!("Post-mortems could not be read: {e}")],
                    ..Rewritten::default()
                };
            }
        };
        let changed = |d: &Document, at: &Option<Instant>| at.unwrap_or(d.created);
        let until = listed.iter().map(|(d, at)| changed(d, at)).max().or(since);
        let newer = listed.into_iter();
        let newer = newer.filter(|(d, at)| since.is_none_or(|since| changed(d, at) > since));
        Rewritten {
            documents: newer.map(|(d, _)| d).collect(),
            until,
            missing: Vec::new(),
        }
    }

    /// What was written about some incidents.
    pub(super) async fn told_about(
        &self,
        incidents: &[Incident],
        new: &Rewritten,
        asking: &mut Asking,
    ) -> Told {
        let swept = match asking.sweeps || self.memory.swept.initialized() {
            true => Some(self.swept().await),
            false => None,
        };
        let written_since = new.incidents();
        let is_swept = |i: &Incident| {
            let until = swept.as_ref().and_then(|s| s.until);
            until.is_some_and(|until| i.row.active <= until) && !written_since.contains(&i.row.id)
        };
        let (old, fresh): (Vec<&Incident>, Vec<&Incident>) =
            incidents.iter().partition(|i| is_swept(i));
        let mut told = Told::default();
        if let Some(swept) = &swept {
            told.missing.clone_from(&swept.missing);
        }
        // A first look at a long history: what is not asked one by one is as the sweep has it.
        let (asked, rest) = fresh.split_at(fresh.len().min(asking.one_by_one));
        asking.one_by_one -= asked.len();
        for incident in old.into_iter().chain(rest.iter().copied()) {
            if let Some(swept) = &swept {
                told.add(&incident.row.id, swept.written(&incident.row.id));
            }
        }
        let work = self.work("Reading what was written about incidents", INCIDENTS);
        work.of(Some(asked.len()));
        let asked = asked.iter().map(|i| {
            let read = work.part(written(&self.client, i));
            async { (i.row.id.clone(), read.await) }.boxed()
        });
        for (id, written) in few_at_once(asked).await {
            told.add(&id, written);
        }
        told
    }

    /// Updates, alerts and post-mortems of the whole organisation, once a session.
    async fn swept(&self) -> Arc<Told> {
        let sweep = || async { Arc::new(self.sweep().await) };
        self.memory.swept.get_or_init(sweep).await.clone()
    }

    /// Updates, alerts and post-mortems of the whole organisation.
    async fn sweep(&self) -> Told {
        let (said, post_mortems) = tokio::join!(self.sweep_said(), self.newest_post_mortems());
        Told {
            post_mortems,
            ..said
        }
    }

    /// Updates and alerts of the whole organisation: a page of 250 updates or of 50 alerts is one request, whatever
    /// incidents they belong to. They are kept.
    pub(super) async fn sweep_said(&self) -> Told {
        let said = self.work("Reading updates", ("update", "updates"));
        let fired = self.work("Reading alerts", ("alert", "alerts"));
        let (one_said, one_fired) = (|more| said.add(more), |more| fired.add(more));
        let until = self.now() - OVERLAP;
        let (updates, alerts) = tokio::join!(
            self.client.all_updates(SWEPT, &one_said),
            self.client.attached_alerts(SWEPT, &one_fired)
        );
        let mut told = Told {
            until: Some(until),
            ..Told::default()
        };
        match updates {
            Ok(listed) => listed
                .items
                .into_iter()
                .for_each(|(id, item)| told.updates.entry(id).or_default().push(item)),
            Err(e) => told.missing.push(format!("Updates could not be read: {e}")),
        }
        for items in told.updates.values_mut() {
            *items = in_order(std::mem::take(items));
        }
        match alerts {
            Ok(listed) => listed
                .items
                .into_iter()
                .for_each(|(id, name)| told.alerts.entry(id).or_default().push(name)),
            Err(e) => told.missing.push(format!("Alerts could not be read: {e}")),
        }
        if told.missing.is_empty() {
            let said = told.said();
            self.cache
                .keep(move |store| store.put_sweep(&said, until))
                .await;
        }
        told
    }

    /// The newest post-mortems, by the incidents they are about: those that changed since they were read last are asked
    /// for.
    pub(super) async fn newest_post_mortems(&self) -> HashMap<IncidentId, String> {
        let listed = self.client.documents_as_changed(LISTED).await;
        let mut documents = listed.map(|l| l.items).unwrap_or_default();
        documents.truncate(READ);
        let wanted = documents.clone();
        let known = self.cache.with(move |store| {
            let of =
                |(d, at): &(Document, Option<Instant>)| store.post_mortem(d, (*at)?).ok().flatten();
            wanted.iter().map(of).collect::<Vec<_>>()
        });
        let known = known.await.unwrap_or_default();
        let known = known.into_iter().chain(std::iter::repeat(None));
        let work = self.work("Reading post-mortems", POST_MORTEMS);
        work.of(Some(documents.len()));
        let read = &work;
        let texts = documents.into_iter().zip(known);
        let texts = texts.map(|((d, at), known)| read.part(self.post_mortem(d, at, known)));
        let texts = few_at_once(texts).await;
        self.keep_post_mortems(&texts).await;
        let read = texts.into_iter();
        read.filter_map(|(d, _, text)| Some((d.incident, text?.0)))
            .collect()
    }

    /// A post-mortem with its text, and whether that was known.
    async fn post_mortem(
        &self,
        document: Document,
        changed: Option<Instant>,
        known: Option<String>,
    ) -> PostMortem {
        let text = match known {
            Some(text) => Some((text, true)),
            None => {
                let read = self.client.document_text(&document.id).await;
                read.ok().map(|text| (text, false))
            }
        };
        (document, changed, text)
    }

    async fn keep_post_mortems(&self, all: &[PostMortem]) {
        let listed: Vec<Document> = all.iter().map(|(d, ..)| d.clone()).collect();
        let new = all.iter().filter_map(|(d, at, text)| {
            let (text, _) = text.as_ref().filter(|(_, is_known)| !is_known)?;
            Some((d.clone(), (*at)?, text.clone()))
        });
        let (new, now) = (new.collect::<Vec<_>>(), self.now());
        if new.is_empty() {
            return;
        }
        self.cache
            .keep(move |store| {
                store.put_post_mortems(&new, now)?;
                store.leave_post_mortems(&listed)
            })
            .await;
    }
}

/// A post-mortem, when it was changed last, and its text with whether that was known, where it could be read.
type PostMortem = (Document, Option<Instant>, Option<(String, bool)>);

/// What was written about one incident. How it went is looked for once it is over.
pub(super) async fn written(client: &Client, incident: &Incident) -> Written {
    let id = &incident.row.id;
    let is_over = !incident.row.category.is_open();
    let over = async {
        match is_over {
            true => tokio::join!(post_mortem_of(client, id), notes_of(client, id)),
            false => Default::default(),
        }
    };
    let (updates, alerts, (post_mortem, notes)) =
        tokio::join!(updates_of(client, id), client.incident_alerts(id), over);
    let alerts = alerts.map(|l| l.items).unwrap_or_default();
    Written {
        updates,
        notes,
        post_mortem: post_mortem.unwrap_or_default(),
        alerts: alerts.into_iter().map(|a| a.title).collect(),
    }
}

/// Updates of one incident, oldest first.
pub(super) async fn updates_of(client: &Client, id: &IncidentId) -> Vec<TimelineEntry> {
    let listed = client.updates(id).await;
    in_order(listed.map(|l| l.items).unwrap_or_default())
}

/// Oldest first.
pub(super) fn in_order(mut updates: Vec<TimelineEntry>) -> Vec<TimelineEntry> {
    updates.sort_by_key(|u| u.at);
    updates
}

async fn notes_of(client: &Client, id: &IncidentId) -> Vec<TimelineEntry> {
    client
        .timeline(id)
        .await
        .map(|l| l.items)
        .unwrap_or_default()
}

async fn post_mortem_of(client: &Client, id: &IncidentId) -> Option<String> {
    let documents = client.documents(Some(id)).await.ok()?.items;
    let document = documents.into_iter().next()?;
    client.document_text(&document.id).await.ok()
}

/// Looks up how an incident went.
pub(super) async fn read_up(client: &Client, id: &IncidentId, seen: &mut Seen) {
    // Most have no post-mortem: what comes after it is asked for beside it.
    let rest = async {
        match seen.has_gaps() {
            true => tokio::join!(notes_of(client, id), updates_of(client, id)),
            false => Default::default(),
        }
    };
    let (post_mortem, (notes, updates)) = tokio::join!(post_mortem_of(client, id), rest);
    if let Some(text) = post_mortem {
        seen.read_post_mortem(&text);
    }
    if seen.has_gaps() {
        seen.read_notes(&notes);
        seen.read_updates(&updates);
    }
}
