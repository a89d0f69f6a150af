//! Sending what was drafted: recorded in the journal before it is sent, marked when it is answered, never sent twice.

use super::{ApiError, Client};
use crate::domain::{Incident, Instant, Visibility};
use crate::investigate::{Draft, DraftKind};
use crate::sources::Slack;
use crate::store::{Journal, StoreError, Write, WriteState};
use backon::{ExponentialBuilder, Retryable};
use reqwest::Method;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What became of a write.
#[derive(Clone, Debug, PartialEq)]
pub enum Delivered {
    /// It was sent and confirmed.
    Now,
    /// It had been sent before; nothing was sent.
    Before,
}

/// What makes two drafts the same write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// One of its kind and title for an incident, whatever its figures say by now: for scripts, which run again.
    PerTitle,
    /// One of its text: for a person who read it and sends it.
    PerText,
}

/// The exact request of a draft. Its key follows from the incident, the kind, the title and, for a person's, the text.
pub fn write_of(draft: &Draft, incident: &Incident, once: Once, now: Instant) -> Write {
    let id = incident.row.id.to_string();
    let mut hash = Sha256::new();
    let text = if once == Once::PerText { draft.body.as_str() } else { "" };
    for part in [id.as_str(), &format!("{:?}", draft.kind), &draft.title, text] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let key = format!("hotseat-{}", hash.finalize().iter().take(16).map(|b| format!("{b:02x}")).collect::<String>());
    let (path, body) = match draft.kind {
        DraftKind::Timeline => (
            "/v2/incident_timeline_items",
            json!({"incident_id": id, "title": draft.title, "description": draft.body, "timestamp": draft.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true), "idempotency_key": key}),
        ),
        DraftKind::Update => ("/v2/incident_updates", json!({"incident_id": id, "message": draft.body, "idempotency_key": key})),
        DraftKind::Slack => ("slack", json!({"channel": incident.channel_id, "text": draft.body})),
    };
    Write {
        key,
        incident: id,
        what: format!("{}: {}", incident.row.reference, draft.title),
        method: "POST".into(),
        path: path.into(),
        body,
        repeatable: draft.kind != DraftKind::Slack,
        state: WriteState::Waiting,
        said: String::new(),
        recorded: now,
    }
}

/// Whether a write of this incident may be kept on disk.
pub fn is_kept(incident: &Incident) -> bool {
    incident.row.visibility == Visibility::Public
}

/// Sends a write once. A write that is known as confirmed is not sent again; one in doubt is repeated only where the
/// server recognises its key.
pub async fn deliver(client: &Client, slack: Option<&Slack>, journal: &Arc<Mutex<Journal>>, write: Write) -> Result<Delivered, ApiError> {
    let recorded = write.clone();
    let known = with(journal, move |j| j.record(&recorded)).await?;
    match known.as_ref().map(|w| (w.state, w.repeatable)) {
        Some((WriteState::Confirmed, _)) => return Ok(Delivered::Before),
        Some((WriteState::InDoubt | WriteState::Sent, false)) => {
            return Err(ApiError::User(format!(
                "\"{}\" may have been sent before; look whether it is there before it is sent again.",
                write.what
            )));
        }
        _ => {}
    }
    let key = write.key.clone();
    with(journal, move |j| j.mark(&key, WriteState::Sent, "")).await?;
    let answer = send(client, slack, &write).await;
    let (state, said) = match &answer {
        Ok(()) => (WriteState::Confirmed, String::new()),
        // These come before anything was taken in: it was visibly not sent.
        Err(e @ (ApiError::Network { kind: "refused" | "dns" | "tls", .. } | ApiError::Http { status: 429, .. })) => {
            (WriteState::Waiting, e.to_string())
        }
        Err(e @ ApiError::Network { .. }) => (WriteState::InDoubt, e.to_string()),
        Err(e) if e.is_passing() => (WriteState::InDoubt, e.to_string()),
        Err(e) => (WriteState::Refused, e.to_string()),
    };
    let key = write.key.clone();
    with(journal, move |j| j.mark(&key, state, &said)).await?;
    answer.map(|()| Delivered::Now)
}

async fn send(client: &Client, slack: Option<&Slack>, write: &Write) -> Result<(), ApiError> {
    if write.path != "slack" {
        let once = || client.send(Method::POST, &write.path, &[], Some(&write.body));
        let delays = ExponentialBuilder::default().with_min_delay(Duration::from_millis(300)).with_max_times(2).with_jitter();
        return once.retry(delays).when(|e: &ApiError| write.repeatable && e.is_passing()).await.map(|_| ());
    }
    let slack = slack.ok_or_else(|| ApiError::User("No Slack token is configured; see [slack] in the configuration.".into()))?;
    let channel = write.body["channel"].as_str().unwrap_or_default();
    if channel.is_empty() {
        return Err(ApiError::User("The incident has no Slack channel.".into()));
    }
    slack.post(channel, write.body["text"].as_str().unwrap_or_default()).await.map_err(|e| {
        let reason = e.to_string();
        // Slack's own no is a no; anything else may have happened.
        if reason.starts_with("Slack refuses") {
            ApiError::User(reason)
        } else {
            ApiError::Network { host: "Slack".into(), reason, kind: "other" }
        }
    })
}

/// A step with the journal off the async threads; a journal that cannot be written stops the write before it is sent.
async fn with<T: Send + 'static>(
    journal: &Arc<Mutex<Journal>>,
    step: impl FnOnce(&Journal) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, ApiError> {
    let journal = journal.clone();
    let done = tokio::task::spawn_blocking(move || step(&journal.lock().unwrap_or_else(PoisonError::into_inner))).await;
    done.map_err(|e| ApiError::User(format!("The journal broke off: {e}.")))?
        .map_err(|e| ApiError::User(format!("Nothing was sent, since the journal cannot be written: {e}")))
}
