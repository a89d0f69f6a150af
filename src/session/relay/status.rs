//! How a relay stands, for whoever asks once: whether it is there, which it is, how old what it says is.

use super::letters::{BEAT_KEY, Beat};
use super::{names, verifier, way};
use crate::domain::{Identity, Instant};
use crate::jetstream::{Bucket, Envelope, Fault, Lease, Link};
use crate::session::{ApiError, Check, Mark, Session};
use serde::Serialize;

/// What a relay's server tells of it.
#[derive(Debug, Serialize)]
pub struct RelayStatus {
    /// The organisation, as subjects name it.
    pub org: String,
    /// Who holds the lease; nobody where no relay works.
    pub holder: Option<String>,
    /// The bridge that holds its lease, where one does.
    pub bridge: Option<String>,
    /// What it said last.
    pub beat: Option<Beat>,
    /// Seconds since then.
    pub age: Option<i64>,
    /// Whether what it says is known to be its own.
    pub signed: bool,
}

impl RelayStatus {
    /// Who holds the lease of the bridge.
    pub fn bridge_check(&self) -> Check {
        let says = match &self.bridge {
            Some(holder) => format!("{holder} holds the lease of the bridge."),
            None => "Nobody holds the lease of the bridge; hotseat bridge run takes it.".into(),
        };
        Check::new("lease", Mark::Good, says)
    }

    /// In one sentence, and whether it is in order.
    pub fn check(&self) -> Check {
        let Some(holder) = &self.holder else {
            let says = match self.age {
                None => format!(
                    "No relay has worked for {}; start one: hotseat relay run.",
                    self.org
                ),
                Some(age) => format!(
                    "No relay works for {}: the last said something {age} s ago. Consoles ask incident.io themselves. Start one: hotseat relay run.",
                    self.org
                ),
            };
            return Check::new("relay", Mark::Bad, says);
        };
        let Some((beat, age)) = self.beat.as_ref().zip(self.age) else {
            let says = format!("{holder} holds the lease, and has said nothing yet.");
            return Check::new("relay", Mark::Note, says);
        };
        let Beat {
            incidents,
            consoles,
            requests,
            ..
        } = beat;
        let polled = (beat.at - beat.polled).num_seconds();
        let known = if self.signed {
            ""
        } else {
            " What it says is not signed, so whoever may write to the bucket could say it: see hotseat relay key."
        };
        let mark = match beat.is_current() && self.signed {
            true => Mark::Good,
            false => Mark::Note,
        };
        let read = match beat.is_current() {
            true => format!("read the incidents {} s before", polled.max(0)),
            false => "has not read the incidents lately, so consoles read them themselves".into(),
        };
        let history = if beat.complete { "" } else { " so far" };
        Check::new(
            "relay",
            mark,
            format!(
                "{holder} holds the lease for {}; it spoke {} s ago and {read}. {incidents} public incidents{history}, {consoles} consoles, {requests} requests in its last minute.{known}",
                self.org,
                age.max(0),
            ),
        )
    }
}

/// Looks at a relay, where one is configured.
async fn look_at_relay(
    config: &crate::config::Config,
    identity: Option<&Identity>,
    now: Instant,
) -> Result<Option<RelayStatus>, ApiError> {
    let Some(way) = way(config, "hotseat status") else {
        return Ok(None);
    };
    let unnamed = || {
        ApiError::User(
            "Which organisation's relay it is is not known: write org = \"…\" under [relay]."
                .into(),
        )
    };
    let names = names(config, identity).ok_or_else(unnamed)?;
    let verifier = verifier(config)?;
    let link = Link::open(&way).await?;
    let holder = Lease::holder(&link, &names, "relay").await?;
    let bridge = Lease::holder(&link, &names, "bridge").await?;
    let mut status = RelayStatus {
        org: names.org().to_owned(),
        holder: holder.map(|(who, _)| who),
        bridge: bridge.map(|(who, _)| who),
        beat: None,
        age: None,
        signed: verifier.is_some(),
    };
    let bucket = match Bucket::find(&link, &names.bucket()).await {
        Ok(bucket) => bucket,
        Err(Fault::Missing) => return Ok(Some(status)),
        Err(fault) => return Err(fault.into()),
    };
    let entry = bucket.get(BEAT_KEY).await?;
    let value = entry.and_then(|entry| entry.value);
    if let Some(value) = value {
        let not_its = |why: String| {
            ApiError::User(format!(
                "What lies in {} is not this relay's: {why}",
                names.bucket()
            ))
        };
        let envelope = Envelope::open(BEAT_KEY, &value, verifier.as_ref()).map_err(not_its)?;
        status.beat = envelope.body.and_then(|b| serde_json::from_slice(&b).ok());
        status.age = status.beat.as_ref().map(|b| (now - b.at).num_seconds());
    }
    Ok(Some(status))
}

impl Session {
    /// How the relay stands, where one is configured.
    pub async fn relay_status(&self) -> Result<Option<RelayStatus>, ApiError> {
        let identity = match self.config.relay.org.is_empty() {
            true => self.client.identity().await.ok(),
            false => None,
        };
        look_at_relay(&self.config, identity.as_ref(), self.now()).await
    }
}
