//! One write and the platform: what must still stand before it is sent, the sending itself, what its answer means, and
//! whether it happened where none came.

use super::{ApiError, Session};
use crate::domain::{FieldId, Guard, Guarded, NetworkFault, Verification, Write, WriteState};
use crate::incidentio::Client;
use crate::sources::{Slack, SlackError};
use reqwest::Method;
use serde_json::Value;
use std::sync::Arc;

/// Leave to send, given by the gate alone: whoever holds it may reach incident.io and Slack with a write.
#[derive(Clone, Copy)]
pub(super) struct Transports<'a> {
    session: &'a Session,
}

impl Transports<'_> {
    pub(super) fn client(&self) -> &Client {
        &self.session.client
    }

    /// Slack, where a token is configured. Its secret is read when the first message goes there, not before.
    pub(super) async fn with_slack<T, F: Future<Output = T>>(
        &self,
        send: impl FnOnce(Arc<Slack>) -> F,
    ) -> Result<T, ApiError> {
        let sources = self.session.sources().await?;
        let slack = sources.slack.clone().ok_or_else(|| {
            ApiError::User("No Slack token is configured; see [slack] in the configuration.".into())
        })?;
        Ok(send(slack).await)
    }
}

impl Session {
    /// The gate: a read-only session sends nothing, whoever asks.
    pub(super) fn transports(&self) -> Result<Transports<'_>, ApiError> {
        self.gate()?;
        Ok(Transports { session: self })
    }
}

/// Whether somebody holds the thing right now: the platform asks to try again.
pub fn is_conflict(e: &ApiError) -> bool {
    matches!(e, ApiError::Http { status: 409, .. })
}

/// What stands now where a write was made on something: values by key.
async fn comparable_values(
    client: &Client,
    guard: &Guard,
) -> Result<Vec<(FieldId, String)>, ApiError> {
    let id = guard.id.as_str();
    Ok(match guard.of {
        Guarded::Incident => client.incident(id).await?.comparable_values(),
        Guarded::Action => client.action(id).await?.comparable_values(),
        Guarded::FollowUp => client.follow_up(id).await?.comparable_values(),
        Guarded::Entry => client.catalog_entry(id).await?.comparable_values(),
        Guarded::Note => {
            // The API shows no item alone: its incident stands before it.
            let (incident, item) = id.split_once(' ').unwrap_or((id, ""));
            let all = client.timeline(&incident.into()).await?.items;
            all.into_iter()
                .find(|i| i.id == item)
                .map(|i| i.comparable_values())
                .unwrap_or_default()
        }
    })
}

/// Before the first sending: what it was made on must still stand, and what looks like it already is noted.
pub async fn prepare(client: &Client, write: &mut Write) -> Result<(), ApiError> {
    if let Some(guard) = &write.guard {
        let now = comparable_values(client, guard).await?;
        let moved: Vec<String> = guard
            .expects
            .iter()
            .filter_map(|e| {
                let found = now
                    .iter()
                    .find(|(key, _)| *key == e.key)
                    .map_or("", |(_, value)| value);
                let name = |v: &str| {
                    if v.is_empty() {
                        "empty".to_owned()
                    } else {
                        crate::domain::text::fit(v, 60)
                    }
                };
                (found != e.value).then(|| {
                    format!(
                        "{} is now {} and was {}",
                        e.label,
                        name(found),
                        name(&e.value)
                    )
                })
            })
            .collect();
        if !moved.is_empty() {
            return Err(ApiError::Moved(moved.join("; ")));
        }
    }
    if let Verification::New { .. } = &write.verification {
        let alike = alike(client, &write.verification).await?;
        if let Verification::New { before, .. } = &mut write.verification {
            *before = Some(alike);
        }
    }
    Ok(())
}

/// Ids of what a write of this kind would look like once it happened.
pub async fn alike(client: &Client, look: &Verification) -> Result<Vec<String>, ApiError> {
    let Verification::New {
        path,
        query,
        list,
        with,
        ..
    } = look
    else {
        return Ok(Vec::new());
    };
    let fits = |row: &Value| {
        with.iter()
            .all(|(pointer, wanted)| row.pointer(pointer).unwrap_or(&Value::Null) == wanted)
    };
    // A list inside one thing is not paged.
    let rows = match list.contains('/') {
        true => client
            .get(path, query)
            .await?
            .pointer(&format!("/{list}"))
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default(),
        false => client.raw_list(path, list, query.clone()).await?,
    };
    Ok(rows
        .iter()
        .filter(|row| fits(row))
        .filter_map(|row| row["id"].as_str().map(str::to_owned))
        .collect())
}

/// Whether a write whose answer was lost happened: the id of what it made, or an empty one; nothing where it did not.
pub async fn happened(client: &Client, write: &Write) -> Result<Option<String>, ApiError> {
    match &write.verification {
        Verification::Repeat | Verification::Ask => Ok(None),
        Verification::New { before, .. } => {
            let known = before.clone().unwrap_or_default();
            let fresh: Vec<String> = alike(client, &write.verification)
                .await?
                .into_iter()
                .filter(|id| !known.contains(id))
                .collect();
            Ok(fresh.into_iter().next())
        }
        Verification::State {
            path,
            pointer,
            any_of,
        } => {
            let body = client.get(path, &[]).await?;
            let now = body
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default();
            Ok(any_of.iter().any(|s| s == now).then(String::new))
        }
    }
}

/// How far a write is after an error.
pub fn state_after(e: &ApiError) -> WriteState {
    match e {
        // These come before anything was taken in: it was visibly not sent.
        ApiError::Network {
            kind: NetworkFault::Refused | NetworkFault::Dns | NetworkFault::Tls,
            ..
        }
        | ApiError::Http {
            status: 429 | 409, ..
        } => WriteState::Waiting,
        ApiError::Network { .. } | ApiError::NotJson { .. } => WriteState::InDoubt,
        e if e.is_passing() => WriteState::InDoubt,
        _ => WriteState::Refused,
    }
}

/// What an answer tells that is kept.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Value,
    /// The server's id of the request, where it told.
    pub request_id: Option<String>,
}

/// Sends a write, once.
pub async fn transmit(transports: Transports<'_>, write: &Write) -> Result<Answer, ApiError> {
    if write.path == "slack" {
        return slack(transports, write).await.map(|()| Answer {
            status: 200,
            body: Value::Null,
            request_id: None,
        });
    }
    let method: Method = write
        .method
        .parse()
        .map_err(|_| ApiError::User(format!("{} is no method.", write.method)))?;
    let body = Some(&write.body).filter(|b| !b.is_null());
    let answered = transports
        .client()
        .send(method, &write.path, &[], body)
        .await?;
    Ok(Answer {
        status: answered.status,
        body: answered.body,
        request_id: answered.request_id,
    })
}

async fn slack(transports: Transports<'_>, write: &Write) -> Result<(), ApiError> {
    let channel = write.body["channel"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    if channel.is_empty() {
        return Err(ApiError::User("The incident has no Slack channel.".into()));
    }
    let text = write.body["text"].as_str().unwrap_or_default().to_owned();
    let posted = transports
        .with_slack(|slack| async move { slack.post(&channel, &text).await })
        .await?;
    posted.map_err(|e| match e {
        // Slack's own no is a no; anything else may have happened.
        SlackError::Refused(_) => ApiError::User(e.to_string()),
        SlackError::NoAnswer(e) => ApiError::Network {
            host: "Slack".into(),
            reason: e.to_string(),
            kind: NetworkFault::Other,
        },
    })
}
