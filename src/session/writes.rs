//! Everything that changes something at incident.io or writes to people goes out here: past the one gate, through the
//! journal, once.

use super::asked::nonce;
use super::journal::{Outbox, Outcome};
use super::{ApiError, Session, fault};
use crate::domain::time::stamp;
use crate::domain::{
    Incident, IncidentId, Instant, Undo, Verification, Write, WriteKind, WriteState, digest,
};
use crate::investigate::{Draft, Once, write_of};
use crate::writes::{is_update, noted_at, text_of};
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;

/// Words of a write that are enough to name it by: the beginning of its key.
const SHORT_KEY: usize = 8;

impl Session {
    /// Sends writes in order, each once, and with the first the notes kept here that go with it. Says of each what became
    /// of it, a fault of our own included: what was recorded stays recorded.
    pub async fn send(&self, writes: Vec<Write>, notes: &[String]) -> Vec<Outcome> {
        let mut done = Vec::new();
        for write in writes {
            let sending = AssertUnwindSafe(self.send_with_notes(write.clone(), notes));
            match sending.catch_unwind().await.unwrap_or(Err(fault())) {
                Ok(outcomes) => done.extend(outcomes),
                Err(e) => done.push(self.not_sent(write, e).await),
            }
        }
        self.tell_relay_of(&done).await;
        done
    }

    /// What was confirmed is told to the relay, which looks at once.
    async fn tell_relay_of(&self, done: &[Outcome]) {
        let confirmed = done.iter().map(|outcome| &outcome.write);
        let confirmed = confirmed.filter(|w| w.state == WriteState::Confirmed && !w.private);
        // A new incident is its own result, everything else is kept in order with its incident.
        let about = |w: &Write| {
            [
                Some(w.order_key.as_str().into()),
                w.result.as_deref().map(Into::into),
            ]
        };
        let about: Vec<_> = confirmed.flat_map(about).flatten().collect();
        if !about.is_empty() {
            self.tell_relay_of_writes(about).await;
        }
    }

    /// What stands in the journal of a write that could not be sent, and why.
    async fn not_sent(&self, write: Write, error: ApiError) -> Outcome {
        let known = match self.outbox().await {
            Ok(outbox) => outbox.find(&write.key).await.ok(),
            Err(_) => None,
        };
        Outcome {
            recorded: known.is_some(),
            write: known.unwrap_or(write),
            before: false,
            error: Some(error),
        }
    }

    async fn send_with_notes(
        &self,
        write: Write,
        notes: &[String],
    ) -> Result<Vec<Outcome>, ApiError> {
        if write.is_local() {
            return Ok(vec![self.keep_note(write).await?]);
        }
        let private = write.private;
        let first = self
            .outbox_to_send()
            .await?
            .send(self.transports()?, write)
            .await?;
        let made = first
            .write
            .result
            .clone()
            .filter(|_| first.write.state == WriteState::Confirmed);
        let mut done = vec![first];
        if let Some(incident) = made.filter(|_| !notes.is_empty()) {
            done.extend(self.attach_notes(&incident, private, notes).await?);
        }
        Ok(done)
    }

    /// Records a write without sending it: it goes out with the next resuming, or when somebody says so.
    pub async fn record(&self, write: &Write) -> Result<(), ApiError> {
        let outbox = self.durable_outbox().await?;
        outbox.record(write).await.map(drop)
    }

    /// Sends a draft of an investigation, once.
    pub async fn deliver(
        &self,
        draft: &Draft,
        incident: &Incident,
        once: Once,
        at: Instant,
    ) -> Result<Outcome, ApiError> {
        let write = write_of(draft, incident, once, at);
        let outbox = self.outbox_to_send().await?;
        outbox.send(self.transports()?, write).await?.confirmed()
    }

    /// Sends again what a person decided to send.
    pub async fn retry(&self, key: &str) -> Result<Outcome, ApiError> {
        let transports = self.transports()?;
        self.outbox_to_send().await?.retry(transports, key).await
    }

    /// Sends everything that is not settled, in order; says of each what became of it.
    pub async fn retry_all(&self) -> Result<Vec<Outcome>, ApiError> {
        let (transports, outbox) = (self.transports()?, self.outbox_to_send().await?);
        let mut done = Vec::new();
        let open = outbox.open_writes().await?;
        for write in open.into_iter().filter(|w| !w.is_local()) {
            // A write before it under the same order key may have settled it, or may hold it up.
            if !outbox.find(&write.key).await?.state.is_settled() {
                done.push(outbox.retry(transports, &write.key).await?);
            }
        }
        Ok(done)
    }

    /// Goes on with what an outage, a restart or a crash left open; says what was settled. A read-only session leaves it.
    pub async fn resume_writes(&self, now: Instant) -> Result<Vec<Outcome>, ApiError> {
        let outbox = self.outbox().await?;
        let open = outbox.open_writes().await?.into_iter().any(|w| !w.on_hold);
        match self.transports() {
            Ok(transports) if open => outbox.replay(transports, now).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Gives a write up: it is not sent any more, and stays in the journal as such.
    pub async fn discard(&self, key: &str) -> Result<Write, ApiError> {
        self.outbox().await?.discard(key).await
    }

    /// The write that takes a confirmed one back; it is not sent yet.
    pub async fn undo_of(&self, key: &str) -> Result<Write, ApiError> {
        let write = self.outbox().await?.find(key).await?;
        let now = self.now();
        let key = digest(&["undo", &write.key, &nonce(now)]);
        write.undone(key, now).map_err(ApiError::User)
    }

    /// Writes that are not settled, in the order they were recorded.
    pub async fn open_writes(&self) -> Result<Vec<Write>, ApiError> {
        self.outbox().await?.open_writes().await
    }

    /// The last so many writes, oldest first.
    pub async fn journal(&self, most: usize) -> Result<Vec<Write>, ApiError> {
        self.outbox().await?.list(most).await
    }

    /// A write by its key or the beginning of it.
    pub async fn find_write(&self, key: &str) -> Result<Write, ApiError> {
        let all = self.journal(usize::MAX >> 1).await?;
        let begins = |w: &&Write| key.len() >= 4 && short_key(&w.key).starts_with(key);
        let mut fits = all.iter().filter(|w| w.key == key || begins(w));
        match (fits.next(), fits.next()) {
            (Some(one), None) => Ok(one.clone()),
            (None, _) => Err(ApiError::User(format!(
                "There is no write {key}; hotseat journal list --all shows them."
            ))),
            _ => Err(ApiError::User(format!(
                "Several writes begin with {key}; give more of it."
            ))),
        }
    }

    /// Keeps a note on this machine: no request can be made of it yet.
    pub async fn keep_note(&self, mut write: Write) -> Result<Outcome, ApiError> {
        write.on_hold = true;
        let before = self.durable_outbox().await?.record(&write).await?;
        Ok(Outcome {
            before: before.is_some(),
            ..Outcome::recorded(write, None)
        })
    }

    /// Notes that are kept on this machine, oldest first.
    pub async fn local_notes(&self) -> Result<Vec<Write>, ApiError> {
        let mut all: Vec<Write> = self.open_writes().await?;
        all.retain(|w| w.is_local());
        all.sort_by_key(noted_at);
        Ok(all)
    }

    /// Keys of the notes kept here: of those that are named by the beginning of their key, or of all.
    pub async fn note_keys(&self, wanted: &[String]) -> Result<Vec<String>, ApiError> {
        let notes = self.local_notes().await?;
        if notes.is_empty() {
            return Err(ApiError::User(
                "No note is kept here; hotseat journal note keeps one.".into(),
            ));
        }
        let named = |key: &str| {
            let mut names = wanted.iter();
            names.any(|w| key == w || short_key(key).starts_with(w.as_str()))
        };
        Ok(notes
            .into_iter()
            .map(|w| w.key)
            .filter(|key| wanted.is_empty() || named(key))
            .collect())
    }

    /// Notes kept here become items of an incident's timeline, with the times they were written for. Each is given up
    /// here once it is there; its key is the same however often this is tried.
    pub async fn attach_notes(
        &self,
        incident: &str,
        private: bool,
        keys: &[String],
    ) -> Result<Vec<Outcome>, ApiError> {
        let (transports, outbox) = (self.transports()?, self.outbox_to_send().await?);
        let mut done = Vec::new();
        for note in self.local_notes().await? {
            if !keys.contains(&note.key) {
                continue;
            }
            let item = item_of(&note, incident, private, note.body.clone());
            let outcome = outbox.send(transports, item).await?;
            give_up_once_there(&outbox, &note, &outcome).await?;
            done.push(outcome);
        }
        Ok(done)
    }

    /// The same for an incident by its reference.
    pub async fn attach_notes_to(
        &self,
        reference: &str,
        wanted: &[String],
    ) -> Result<Vec<Outcome>, ApiError> {
        self.gate()?;
        let incident = self.client.incident(reference).await?;
        let keys = self.note_keys(wanted).await?;
        let (id, private) = (incident.row.id.as_str(), !incident.is_public());
        self.attach_notes(id, private, &keys).await
    }

    /// An update that came too late to be one becomes a back-dated item of the timeline; the update itself is given up.
    pub async fn backdate(&self, key: &str) -> Result<Outcome, ApiError> {
        let (transports, outbox) = (self.transports()?, self.outbox_to_send().await?);
        let update = outbox.find(key).await?;
        if !is_update(&update) || update.state.is_settled() {
            return Err(ApiError::User(
                "Only an update that was not sent can become an item of the timeline.".into(),
            ));
        }
        let message = text_of(&update);
        let first = message.lines().next().unwrap_or("Update");
        let at = stamp(update.recorded);
        let mut body = json!({"title": crate::domain::text::fit(first, 120), "timestamp": at});
        if message.len() > first.len() {
            body["description"] = json!(message);
        }
        let item = item_of(&update, &update.order_key, update.private, body);
        let outcome = outbox.send(transports, item).await?;
        give_up_once_there(&outbox, &update, &outcome).await?;
        Ok(outcome)
    }

    /// Incidents as they are now; as the cache has them where nothing can be reached.
    pub async fn subjects(&self, ids: &[IncidentId]) -> Result<Vec<Incident>, ApiError> {
        let mut found = Vec::new();
        for id in ids {
            found.push(match self.client.incident(id.as_str()).await {
                Err(e) if e.is_outage() => {
                    let kept = self.mirror.cached_incident(id).await?;
                    kept.filter(Incident::is_public).ok_or(e)?
                }
                other => other?,
            });
        }
        Ok(found)
    }

    /// Any endpoint that changes something, as it is asked for. It passes the gate, and is not journalled: it is whatever
    /// the caller wrote.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Value, ApiError> {
        if self.gate().is_err() {
            return Err(ApiError::User(format!(
                "{method} is not sent: hotseat is read-only here."
            )));
        }
        let method = method
            .parse()
            .map_err(|_| ApiError::User(format!("\"{method}\" is no method.")))?;
        Ok(self.client.send(method, path, query, body).await?.body)
    }
}

/// The beginning of a key: enough to name a write by.
pub fn short_key(key: &str) -> &str {
    key.strip_prefix("hotseat-")
        .map_or(key, |rest| &rest[..rest.len().min(SHORT_KEY)])
}

async fn give_up_once_there(
    outbox: &Outbox,
    write: &Write,
    made: &Outcome,
) -> Result<(), ApiError> {
    if made.write.state == WriteState::Confirmed {
        outbox.discard(&write.key).await?;
    }
    Ok(())
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
