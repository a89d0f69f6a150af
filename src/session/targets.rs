//! What a write is about, from how it was typed to how it stands now.

use super::asked::{Known, TargetRef, WriteRequest, already_done};
use super::{ApiError, Session, few_at_once, is_reference};
use crate::domain::{Alert, Escalation, Schedule, Scope, TimelineEntry, text};
use crate::incidentio::asking_itself;
use crate::writes::{Subject, WriteKind};
use futures_util::FutureExt;
use std::sync::Arc;

/// Pages of one incident, at most.
const MOST_PAGES: usize = 200;

impl Session {
    /// What a write is about, read now.
    pub(super) async fn subject_of(
        &self,
        known: &Known,
        request: &WriteRequest,
    ) -> Result<Subject, ApiError> {
        let client = &self.client;
        Ok(match &request.about {
            TargetRef::Nothing => Subject::Nothing,
            TargetRef::Incident(reference) => {
                Subject::Incident(Box::new(client.incident(reference).await?))
            }
            TargetRef::Note(reference, wanted) => {
                let incident = client.incident(reference).await?;
                let note = self.note(&incident.row.id, reference, wanted).await?;
                Subject::Note(Box::new(incident), note)
            }
            TargetRef::Page(id) => Subject::Page(Box::new(self.page(id, request.kind).await?)),
            TargetRef::Alert(id, None) => {
                Subject::Alert(Box::new(client.alert(plain_id(id)?).await?))
            }
            TargetRef::Alert(id, Some(reference)) => {
                // One that is not attached is nothing to detach.
                let alert = self.attached_alert(id, reference).await?;
                alert.map_or(Subject::Nothing, |a| Subject::Alert(Box::new(a)))
            }
            TargetRef::Action(id) => Subject::Action(Box::new(client.action(plain_id(id)?).await?)),
            TargetRef::FollowUp(id) => {
                Subject::FollowUp(Box::new(client.follow_up(plain_id(id)?).await?))
            }
            TargetRef::Document(id) => {
                Subject::Document(Box::new(client.document(plain_id(id)?).await?))
            }
            TargetRef::Schedule(name) => {
                let schedule = schedule_named(&known.schedules, name)?.clone();
                let coming = self.coming_shifts(&schedule.id).await?;
                Subject::Schedule(Box::new(schedule.with_coming(&coming, self.now())))
            }
            TargetRef::Entry(name) => entry_named(known, name)?,
            TargetRef::Type(name) => type_named(known, name)?,
        })
    }

    /// What a form of a kind was begun about, by its ids, as it is now.
    pub async fn things(&self, kind: WriteKind, ids: &[String]) -> Result<Vec<Subject>, ApiError> {
        let read = async |id: &str| asking_itself(self.thing(kind, plain_id(id)?)).await;
        let asked = ids.iter().map(|id| read(id).boxed());
        few_at_once(asked).await.into_iter().collect()
    }

    async fn thing(&self, kind: WriteKind, id: &str) -> Result<Subject, ApiError> {
        let client = &self.client;
        let is_of_action = kind.spec().on_follow_up.is_some();
        Ok(match kind.spec().scope {
            Scope::Page | Scope::WaitingPage => {
                Subject::Page(Box::new(client.escalation(id).await?))
            }
            Scope::Alert => Subject::Alert(Box::new(client.alert(id).await?)),
            Scope::Task if is_of_action => Subject::Action(Box::new(client.action(id).await?)),
            Scope::Task => Subject::FollowUp(Box::new(client.follow_up(id).await?)),
            Scope::Document => Subject::Document(Box::new(client.document(id).await?)),
            Scope::CatalogEntry => Subject::Entry(Box::new(client.catalog_entry(id).await?)),
            Scope::CatalogType => Subject::Type(id.into()),
            Scope::Schedule => {
                let all = self.schedules().await?;
                let schedule = schedule_named(&all, id)?.clone();
                let coming = self.coming_shifts(&schedule.id).await?;
                Subject::Schedule(Box::new(schedule.with_coming(&coming, self.now())))
            }
            Scope::Incident | Scope::IncidentIfAny => {
                Subject::Incident(Box::new(client.incident(id).await?))
            }
            Scope::Nothing => Subject::Nothing,
            Scope::Note => {
                let says =
                    "A note is read with its incident's timeline; which one that is was not kept.";
                return Err(ApiError::User(says.into()));
            }
        })
    }

    /// Whether something belongs to a private incident is known only from the incident. Where that cannot be read, what
    /// is written counts as private, and whoever sends it is told.
    pub(super) async fn read_whose(&self, known: &mut Known, subject: &Subject) {
        if matches!(subject, Subject::Incident(_) | Subject::Note(..)) {
            return;
        }
        let Some(id) = subject.incident() else {
            return;
        };
        match self.client.incident(id.as_str()).await {
            Ok(incident) => known.rows.push(Arc::new(incident.row)),
            Err(e) => {
                known.unread = Some(format!(
                    "Its incident could not be read, so it counts as private: until it is sent, nothing of it is kept on disk. {e}"
                ));
            }
        }
    }

    async fn note(
        &self,
        id: &crate::domain::IncidentId,
        reference: &str,
        wanted: &str,
    ) -> Result<TimelineEntry, ApiError> {
        let all = self.client.timeline(id).await?.items;
        let named = |i: &TimelineEntry| i.id == wanted || i.title.eq_ignore_ascii_case(wanted);
        all.into_iter().find(named).ok_or_else(|| {
            ApiError::User(format!(
                "{reference} has no note \"{wanted}\"; hotseat timeline {reference} --output json shows ids."
            ))
        })
    }

    async fn attached_alert(&self, id: &str, reference: &str) -> Result<Option<Alert>, ApiError> {
        let incident = self.client.incident(reference).await?.row.id;
        let all = self.client.incident_alerts(&incident).await?.items;
        Ok(all.into_iter().find(|a| a.id.as_str() == id))
    }

    /// A page by its id; by an incident's reference, the only one on it that this can be done to.
    async fn page(&self, id: &str, kind: WriteKind) -> Result<Escalation, ApiError> {
        if !is_reference(id) {
            return self.client.escalation(plain_id(id)?).await;
        }
        let incident = self.client.incident(id).await?.row.id;
        let of = std::slice::from_ref(&incident);
        let listed = self.client.escalations(of, None, MOST_PAGES);
        let all = listed.await?.items;
        let fits = |e: &&Escalation| match kind {
            WriteKind::Ack => e.is_waiting(),
            _ => !matches!(e.status.as_str(), "resolved" | "expired" | "cancelled"),
        };
        let open: Vec<&Escalation> = all.iter().filter(fits).collect();
        match open[..] {
            [one] => Ok(one.clone()),
            // What was done before is done: the last one tells.
            [] => {
                let done =
                    |e: &&Escalation| already_done(kind, &Subject::Page(Box::new((*e).clone())));
                let last = all.iter().max_by_key(|e| e.updated).filter(done);
                last.cloned()
                    .ok_or_else(|| ApiError::User(format!("No page is open on {id}.")))
            }
            _ => Err(several(id, &open)),
        }
    }
}

fn several(id: &str, open: &[&Escalation]) -> ApiError {
    let list: Vec<String> = open
        .iter()
        .map(|e| format!("{} ({}, {})", e.id, e.status, e.title))
        .collect();
    ApiError::User(format!(
        "Several pages are open on {id}; give one's id: {}.",
        list.join("; ")
    ))
}

fn entry_named(known: &Known, name: &str) -> Result<Subject, ApiError> {
    let none = || {
        ApiError::User(format!(
            "There is no catalog entry \"{name}\"; --type NAME makes one."
        ))
    };
    let entry = known.graph.find(name).ok_or_else(none)?;
    Ok(Subject::Entry(Box::new(entry.clone())))
}

fn type_named(known: &Known, name: &str) -> Result<Subject, ApiError> {
    let mut types = known.graph.types.iter();
    let kind = types.find(|t| t.name.eq_ignore_ascii_case(name) || t.id.as_str() == name);
    let none = || {
        ApiError::User(format!(
            "There is no catalog type \"{name}\"; hotseat catalog types lists them."
        ))
    };
    Ok(Subject::Type(kind.ok_or_else(none)?.id.clone()))
}

/// The schedule a name or an id means.
pub fn schedule_named<'a>(all: &'a [Schedule], wanted: &str) -> Result<&'a Schedule, ApiError> {
    let wanted = wanted.trim();
    let is = |s: &&Schedule| s.name.eq_ignore_ascii_case(wanted) || s.id.as_str() == wanted;
    if let Some(exact) = all.iter().find(is) {
        return Ok(exact);
    }
    let folded = wanted.to_lowercase();
    let mut alike = all
        .iter()
        .filter(|s| text::contains_folded(&s.name, &folded));
    match (alike.next(), alike.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(ApiError::User(format!(
            "There is no schedule \"{wanted}\"; hotseat schedules lists them."
        ))),
        (Some(one), Some(other)) => {
            let names: Vec<&str> = [one, other]
                .into_iter()
                .chain(alike)
                .map(|s| s.name.as_str())
                .collect();
            Err(ApiError::User(format!(
                "\"{wanted}\" could be {}; say which.",
                names.join(", ")
            )))
        }
    }
}

/// A path segment that cannot reach anywhere else.
pub fn plain_id(id: &str) -> Result<&str, ApiError> {
    let plain = !id.is_empty()
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if plain {
        Ok(id)
    } else {
        Err(ApiError::User(format!(
            "\"{}\" is not an id.",
            text::clean_line(id)
        )))
    }
}
