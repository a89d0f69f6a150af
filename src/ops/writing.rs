//! What has to be read to write: what stands now, and what a form offers.

use super::{ApiError, Client, Outbox, Outcome, Transports};
use crate::domain::{
    FieldId, FormOptions, Guard, Guarded, Undo, Verification, Write, WriteKind, WriteState, digest,
};
use crate::writes::LOCAL;
use serde_json::{Value, json};

/// What stands now where a write was made on something: values by key.
pub async fn comparable_values(
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

/// What forms offer that changes by the minute. What the key may not read is left out.
pub async fn form_options(client: &Client) -> FormOptions {
    let (paths, pages, follow_ups) = tokio::join!(
        client.escalation_paths(),
        client.status_pages(),
        client.follow_ups(None)
    );
    let mut priorities: Vec<(String, String)> = follow_ups
        .map(|l| l.items)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|f| Some((f.priority_id?, f.priority?)))
        .collect();
    priorities.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    priorities.dedup();
    FormOptions {
        paths: paths.map(|l| l.items).unwrap_or_default(),
        pages: pages.unwrap_or_default(),
        priorities,
    }
}

/// Keeps a note on this machine: no request can be made of it yet.
pub async fn keep_local(outbox: &Outbox, mut write: Write) -> Result<Outcome, ApiError> {
    write.on_hold = true;
    let before = outbox.record(&write).await?;
    Ok(Outcome {
        before: before.is_some(),
        write,
        error: None,
    })
}

/// Notes that are kept on this machine, oldest first.
pub async fn local_notes(outbox: &Outbox) -> Result<Vec<Write>, ApiError> {
    let mut all: Vec<Write> = outbox
        .open_writes()
        .await?
        .into_iter()
        .filter(|w| w.path == LOCAL)
        .collect();
    all.sort_by_key(|w| w.body["timestamp"].as_str().map(str::to_owned));
    Ok(all)
}

/// Notes kept here become items of an incident's timeline, with the times they were written for. Each is given up here
/// once it is there; its key is the same however often this is tried.
pub async fn attach_notes(
    outbox: &Outbox,
    way: Transports<'_>,
    incident: &str,
    private: bool,
    keys: &[String],
) -> Result<Vec<Outcome>, ApiError> {
    let mut done = Vec::new();
    for note in local_notes(outbox)
        .await?
        .into_iter()
        .filter(|w| keys.contains(&w.key))
    {
        let outcome = outbox
            .send(way, item_of(&note, incident, private, note.body.clone()))
            .await?;
        let sent = outcome.write.state == WriteState::Confirmed;
        done.push(outcome);
        if sent {
            outbox.discard(&note.key).await?;
        }
    }
    Ok(done)
}

/// Declares an incident and puts the notes kept here on its timeline.
pub async fn declare(
    outbox: &Outbox,
    way: Transports<'_>,
    write: Write,
    notes: &[String],
) -> Result<Vec<Outcome>, ApiError> {
    let private = write.private;
    let first = outbox.send(way, write).await?;
    let made = first
        .write
        .result
        .clone()
        .filter(|_| first.write.state == WriteState::Confirmed);
    let mut done = vec![first];
    if let Some(incident) = made.filter(|_| !notes.is_empty()) {
        done.extend(attach_notes(outbox, way, &incident, private, notes).await?);
    }
    Ok(done)
}

/// An update that came too late to be one becomes a back-dated item of the timeline; the update itself is given up.
pub async fn backdate(
    outbox: &Outbox,
    way: Transports<'_>,
    key: &str,
) -> Result<Outcome, ApiError> {
    let update = outbox.find(key).await?;
    if update.path != "/v2/incident_updates" || update.state.is_settled() {
        return Err(ApiError::User(
            "Only an update that was not sent can become an item of the timeline.".into(),
        ));
    }
    let message = update.body["message"].as_str().unwrap_or_default();
    let first = message.lines().next().unwrap_or("Update");
    let at = update
        .recorded
        .to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let mut body = json!({"title": crate::domain::text::fit(first, 120), "timestamp": at});
    if message.len() > first.len() {
        body["description"] = json!(message);
    }
    let outcome = outbox
        .send(
            way,
            item_of(&update, &update.order_key, update.private, body),
        )
        .await?;
    if outcome.write.state == WriteState::Confirmed {
        outbox.discard(&update.key).await?;
    }
    Ok(outcome)
}

/// A timeline item made of something that was written earlier.
fn item_of(of: &Write, incident: &str, private: bool, mut body: Value) -> Write {
    let key = digest(&[&of.key, "item", incident]);
    (body["incident_id"], body["idempotency_key"]) = (json!(incident), json!(key));
    let what = format!("Note: {}", body["title"].as_str().unwrap_or_default());
    let write = Write::new(
        key,
        incident,
        what,
        "POST",
        "/v2/incident_timeline_items".into(),
        body,
        of.recorded,
    );
    let undo = Undo::Never("the API deletes no timeline item; edit it instead.".into());
    Write {
        verification: Verification::Repeat,
        kind: WriteKind::Note.into(),
        private,
        undo,
        ..write
    }
}
