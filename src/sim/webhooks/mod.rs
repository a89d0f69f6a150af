//! Webhooks that the organisation sends: what changed is told to a subscriber, signed, and sent again where it was not
//! taken.

mod events;
mod sender;
mod watch;

pub(super) use events::settle;
pub(super) use sender::Sender;
pub(super) use watch::Watch;

use crate::domain::webhook::SigningSecret;
use secrecy::SecretString;
use std::time::Duration;
use url::Url;

/// Bytes of the key of a secret that is made here.
const KEY: usize = 24;
/// How long it is until what was not taken is sent again; longer each time.
const FIRST_RETRY: Duration = Duration::from_secs(5);

/// Where webhooks go.
#[derive(Clone, Debug)]
pub struct Webhooks {
    /// The address.
    pub url: Url,
    /// What they are signed with.
    pub secret: SigningSecret,
    /// How long it is until what was not taken is sent again, the first time.
    pub first_retry: Duration,
}

impl Webhooks {
    /// Webhooks to an address. What they say could be read on the way, so plain HTTP goes to this machine alone.
    pub fn to(url: &str, secret: &SecretString) -> Result<Self, String> {
        let url = Url::parse(url).map_err(|e| format!("{url} is no address: {e}."))?;
        if !matches!(url.scheme(), "http" | "https") || crate::net::is_readable(&url) {
            return Err(format!(
                "Webhooks to {url} could be read on the way. Give an https address, or one of this machine."
            ));
        }
        Ok(Self {
            url,
            secret: SigningSecret::read(secret).map_err(|e| e.to_string())?,
            first_retry: FIRST_RETRY,
        })
    }

    /// A new secret, as it is handed out.
    pub fn new_secret() -> Result<SecretString, String> {
        let mut key = [0; KEY];
        getrandom::fill(&mut key).map_err(|e| format!("Cannot make a secret: {e}."))?;
        Ok(SigningSecret::written(&key))
    }
}

/// An event as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Message {
    /// The same each time it is sent.
    pub(super) id: String,
    pub(super) event: String,
    pub(super) body: String,
}
