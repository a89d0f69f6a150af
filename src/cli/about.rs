//! What a command that writes is about, and how it stands now.

use super::api;
use super::write::{Known, WriteRequest};
use crate::domain::{Escalation, IncidentId};
use crate::incidentio::{ApiError, Client};
use crate::writes::{Subject, WriteKind};
use std::sync::Arc;

/// What a command is about, as it was typed.
#[derive(Clone, Debug)]
pub enum TargetRef {
    /// Nothing that is there.
    Nothing,
    /// An incident.
    Incident(String),
    /// A note: its incident and its id or title.
    Note(String, String),
    /// A page by its id, or the one that waits on an incident.
    Page(String),
    /// An alert, with the incident it is attached to where that matters.
    Alert(String, Option<String>),
    /// An action.
    Action(String),
    /// A follow-up.
    FollowUp(String),
    /// A schedule by name or id.
    Schedule(String),
    /// A catalog entry by name, alias or id.
    Entry(String),
    /// A catalog type by name.
    Type(String),
    /// A post-mortem document.
    Document(String),
}

/// Whether what is asked for is so already.
pub fn already_done(kind: WriteKind, subject: &Subject) -> bool {
    match (kind, subject) {
        (WriteKind::Ack, Subject::Page(page)) => page.status == "acked",
        (WriteKind::Cancel, Subject::Page(page)) => page.status == "cancelled",
        (WriteKind::Resolve, Subject::Alert(alert)) => alert.status == "resolved",
        (WriteKind::Detach, Subject::Nothing) => true,
        _ => false,
    }
}

/// What a command is about, read now.
pub async fn subject(
    client: &Client,
    known: &mut Known,
    asked: &WriteRequest,
) -> Result<Subject, ApiError> {
    let found = match &asked.about {
        TargetRef::Nothing => Subject::Nothing,
        TargetRef::Incident(reference) => {
            Subject::Incident(Box::new(client.incident(reference).await?))
        }
        TargetRef::Note(reference, wanted) => {
            let incident = client.incident(reference).await?;
            let all = client.timeline(&incident.row.id).await?.items;
            let item = all
                .into_iter()
                .find(|i| i.id == *wanted || i.title.eq_ignore_ascii_case(wanted));
            let none = || {
                ApiError::User(format!(
                    "{reference} has no note \"{wanted}\"; hotseat timeline {reference} --output json shows ids."
                ))
            };
            Subject::Note(Box::new(incident), item.ok_or_else(none)?)
        }
        TargetRef::Page(id) => Subject::Page(Box::new(page(client, id, asked.kind).await?)),
        TargetRef::Alert(id, None) => Subject::Alert(Box::new(client.alert(api::safe(id)?).await?)),
        TargetRef::Alert(id, Some(reference)) => {
            let incident = client.incident(reference).await?.row.id;
            let all = client.incident_alerts(&incident).await?.items;
            // One that is not attached is nothing to detach.
            all.into_iter()
                .find(|a| a.id.as_str() == id)
                .map_or(Subject::Nothing, |a| Subject::Alert(Box::new(a)))
        }
        TargetRef::Action(id) => Subject::Action(Box::new(client.action(api::safe(id)?).await?)),
        TargetRef::FollowUp(id) => {
            Subject::FollowUp(Box::new(client.follow_up(api::safe(id)?).await?))
        }
        TargetRef::Document(id) => {
            Subject::Document(Box::new(client.document(api::safe(id)?).await?))
        }
        TargetRef::Schedule(name) => Subject::Schedule(Box::new(
            super::dispatch::schedule_named(&known.schedules, name)?.clone(),
        )),
        TargetRef::Entry(name) => {
            let none = || {
                ApiError::User(format!(
                    "There is no catalog entry \"{name}\"; --type NAME makes one."
                ))
            };
            Subject::Entry(Box::new(known.graph.find(name).ok_or_else(none)?.clone()))
        }
        TargetRef::Type(name) => {
            let kind = known
                .graph
                .types
                .iter()
                .find(|t| t.name.eq_ignore_ascii_case(name) || t.id.as_str() == name);
            Subject::Type(
                kind.ok_or_else(|| {
                    ApiError::User(format!(
                        "There is no catalog type \"{name}\"; hotseat catalog types lists them."
                    ))
                })?
                .id
                .clone(),
            )
        }
    };
    // Whether something belongs to a private incident is known only from the incident.
    let id: Option<IncidentId> = found.incident().cloned();
    if let Some(id) = id.filter(|_| !matches!(found, Subject::Incident(_) | Subject::Note(..)))
        && let Ok(incident) = client.incident(id.as_str()).await
    {
        known.rows.push(Arc::new(incident.row));
    }
    Ok(found)
}

/// A page by its id; by an incident's reference, the only one on it that this can be done to.
async fn page(client: &Client, id: &str, kind: WriteKind) -> Result<Escalation, ApiError> {
    if crate::incidentio::incident_number(id).is_none() {
        return client.escalation(api::safe(id)?).await;
    }
    let incident = client.incident(id).await?.row.id;
    let all = client.escalations(Some(&incident), None, 200).await?.items;
    let over = |e: &Escalation| matches!(e.status.as_str(), "resolved" | "expired" | "cancelled");
    let fits = |e: &&Escalation| {
        if kind == WriteKind::Ack {
            e.is_waiting()
        } else {
            !over(e)
        }
    };
    let open: Vec<&Escalation> = all.iter().filter(fits).collect();
    match open[..] {
        [one] => Ok(one.clone()),
        // What was done before is done: the last one tells.
        [] => {
            let last = all
                .iter()
                .max_by_key(|e| e.updated)
                .filter(|e| already_done(kind, &Subject::Page(Box::new((*e).clone()))));
            last.cloned()
                .ok_or_else(|| ApiError::User(format!("No page is open on {id}.")))
        }
        _ => {
            let list: Vec<String> = open
                .iter()
                .map(|e| format!("{} ({}, {})", e.id, e.status, e.title))
                .collect();
            Err(ApiError::User(format!(
                "Several pages are open on {id}; give one's id: {}.",
                list.join("; ")
            )))
        }
    }
}
