//! One write and the platform: what must still stand before it is sent, the sending itself, what its answer means, and
//! whether it happened where none came.

use super::{ApiError, Session};
use crate::domain::{
    FieldError, FieldId, Guard, Guarded, Instant, NetworkFault, Standing, Verification, Write,
    WriteState,
};
use crate::incidentio::{Client, asking_itself};
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

    /// How long a request may take until it is given up here: longer nobody works on it.
    pub(super) fn time_limit(&self) -> chrono::Duration {
        let seconds = self.session.config.timeout_seconds;
        chrono::Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX / 1_000))
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
        self.client().may_change()?;
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

/// What stands now where a write was made on something: values by key, and when it was changed last where it tells that.
async fn comparable_values(
    client: &Client,
    guard: &Guard,
) -> Result<(Vec<(FieldId, String)>, Option<Instant>), ApiError> {
    asking_itself(read_values(client, guard)).await
}

async fn read_values(
    client: &Client,
    guard: &Guard,
) -> Result<(Vec<(FieldId, String)>, Option<Instant>), ApiError> {
    let id = guard.id.as_str();
    Ok(match guard.of {
        Guarded::Incident => {
            let incident = client.incident(id).await?;
            (incident.comparable_values(), Some(incident.row.updated))
        }
        Guarded::Action => {
            let (action, at) = client.action_as_changed(id).await?;
            (action.comparable_values(), at)
        }
        Guarded::FollowUp => {
            let (follow_up, at) = client.follow_up_as_changed(id).await?;
            (follow_up.comparable_values(), at)
        }
        Guarded::Entry => {
            let (entry, at) = client.catalog_entry_as_changed(id).await?;
            (entry.comparable_values(), at)
        }
        Guarded::Document => {
            let (document, at) = client.document_as_changed(id).await?;
            (document.comparable_values(), at)
        }
        Guarded::Note => {
            // The API shows no item alone: its incident stands before it.
            let (incident, item) = id.split_once(' ').unwrap_or((id, ""));
            let all = client.timeline_as_changed(&incident.into()).await?.items;
            let found = all.into_iter().find(|(i, _)| i.id == item);
            found.map_or_else(Default::default, |(i, at)| (i.comparable_values(), at))
        }
    })
}

/// Before the first sending: what it was made on must still stand, and what looks like it already is noted.
pub async fn prepare(client: &Client, write: &mut Write) -> Result<(), ApiError> {
    let is_keyed = is_keyed(write);
    if let Some(guard) = &mut write.guard {
        let (now, changed_at) = comparable_values(client, guard).await?;
        guard.changed_at = changed_at;
        match guard.standing(&now) {
            Standing::AsBefore => {}
            // Somebody else did the same. What is posted with it is another matter than the values.
            Standing::AsAsked if is_keyed => {}
            Standing::AsAsked => {
                let says = guard.expects.iter().map(|e| e.label.as_str());
                let says = says.collect::<Vec<_>>().join(", ");
                return Err(ApiError::Moved(format!("{says}: it is so already")));
            }
            Standing::Moved(what) => return Err(ApiError::Moved(what)),
        }
    }
    if let Verification::New { .. } = &write.verification {
        let known = ids(&listed(client, &write.verification).await?);
        if let Verification::New { before, .. } = &mut write.verification {
            *before = Some(known);
        }
    }
    Ok(())
}

/// Whether the platform knows the request again by the key it carries.
fn is_keyed(write: &Write) -> bool {
    write.body.get("idempotency_key").is_some()
}

/// Ids of what a write of this kind would look like once it happened.
pub async fn alike(client: &Client, look: &Verification) -> Result<Vec<String>, ApiError> {
    let mut rows = listed(client, look).await?;
    rows.retain(|row| fits(look, row));
    Ok(ids(&rows))
}

fn ids(rows: &[Value]) -> Vec<String> {
    let ids = rows.iter().filter_map(|row| row["id"].as_str());
    ids.map(str::to_owned).collect()
}

/// Everything in the list that a write makes something in.
async fn listed(client: &Client, look: &Verification) -> Result<Vec<Value>, ApiError> {
    match look {
        Verification::New {
            path, query, list, ..
        } => asking_itself(client.raw_list(path, list, query.clone())).await,
        _ => Ok(Vec::new()),
    }
}

/// Whether a row has the values of what a write makes, whoever made it.
fn fits(look: &Verification, row: &Value) -> bool {
    let Verification::New { with, .. } = look else {
        return false;
    };
    let mut with = with.iter();
    with.all(|(pointer, wanted)| row.pointer(pointer).unwrap_or(&Value::Null) == wanted)
}

/// What is known of a write whose answer was lost.
pub enum Looked {
    /// It happened: the id of what it made, where it made something.
    Happened(Option<String>),
    /// It is not there, so far.
    NotThere,
    /// Nothing here can tell, or somebody else's words stand there since: a person decides. Why.
    Undecided(String),
}

/// Looks whether a write whose answer was lost happened, and whether somebody else wrote since.
pub async fn look(client: &Client, write: &Write) -> Result<Looked, ApiError> {
    if let Some(guard) = &write.guard {
        let (now, changed_at) = comparable_values(client, guard).await?;
        match guard.standing(&now) {
            // It may have happened, and somebody took it back.
            Standing::AsBefore if changed_at != guard.changed_at => {
                let what = "something of it was changed since, while this stands as before";
                return Ok(Looked::Undecided(theirs(what)));
            }
            Standing::AsBefore => {}
            // Sending again what has a key does nothing twice, and its message may be missing still.
            Standing::AsAsked if is_keyed(write) => {}
            Standing::AsAsked => return Ok(Looked::Happened(None)),
            Standing::Moved(what) => return Ok(Looked::Undecided(theirs(&what))),
        }
    }
    match &write.verification {
        Verification::Repeat => Ok(Looked::NotThere),
        Verification::Ask => Ok(Looked::Undecided("it may have happened".into())),
        Verification::New { before, .. } => {
            let known = before.clone().unwrap_or_default();
            let rows = listed(client, &write.verification).await?;
            let is_fresh = |row: &&Value| !known.iter().any(|id| row["id"] == id.as_str());
            let fresh: Vec<&Value> = rows.iter().filter(is_fresh).collect();
            Ok(the_one(fresh, write))
        }
        Verification::State {
            path,
            pointer,
            any_of,
        } => {
            let now = client.word_at(path, pointer).await?;
            Ok(match any_of.contains(&now) {
                true => Looked::Happened(None),
                false => Looked::NotThere,
            })
        }
    }
}

fn theirs(what: &str) -> String {
    format!(
        "it may have happened, and {what}: what somebody else wrote since is left alone. Look at it, give this up, and write again what is still wanted"
    )
}

/// Which of the rows that came since is what this write made: no person made it, and it is the only one of its words.
fn the_one(mut fresh: Vec<&Value>, write: &Write) -> Looked {
    fresh.retain(|row| row.pointer("/creator/user").is_none_or(Value::is_null));
    let came = fresh.len();
    fresh.retain(|row| fits(&write.verification, row));
    if fresh.is_empty() && came > 0 {
        let why = "something new came since, and may be it in other words";
        return Looked::Undecided(why.into());
    }
    match fresh[..] {
        [] => Looked::NotThere,
        [row] => Looked::Happened(row["id"].as_str().map(str::to_owned)),
        _ => Looked::Undecided(
            "several of the same words came since, and one of them may be it".into(),
        ),
    }
}

/// How far a write is after an error. Doubt about an earlier sending is never left for waiting: only an answer to the
/// request itself, or a look at what stands, ends it.
pub fn state_after(e: &ApiError, in_doubt: bool) -> WriteState {
    let open = match in_doubt {
        true => WriteState::InDoubt,
        false => WriteState::Waiting,
    };
    match e {
        // Nothing was taken in: it was visibly not sent.
        ApiError::Network { unsent: true, .. }
        | ApiError::Http {
            status: 429 | 409, ..
        } => open,
        ApiError::Network { .. } | ApiError::NotJson { .. } => WriteState::InDoubt,
        e if e.is_passing() => WriteState::InDoubt,
        _ if in_doubt && !is_refusal(e) => WriteState::InDoubt,
        _ => WriteState::Refused,
    }
}

/// Whether the platform judged the request itself and said no.
pub fn is_refusal(e: &ApiError) -> bool {
    matches!(
        e,
        ApiError::Http {
            status: 400 | 422,
            ..
        }
    )
}

/// Whether the platform says by its code that this was done before: what was to be deleted is not there.
pub fn is_done_before(write: &Write, e: &ApiError) -> bool {
    let done = |errors: &[FieldError]| errors.iter().any(|e| e.code.starts_with("already_"));
    matches!(e, ApiError::Http { errors, .. } if done(errors))
        || (write.method == "DELETE" && is_gone(e))
}

/// Whether what it is about is not there.
pub fn is_gone(e: &ApiError) -> bool {
    matches!(
        e,
        ApiError::Http {
            status: 404 | 410,
            ..
        }
    )
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
            unsent: false,
        },
    })
}
