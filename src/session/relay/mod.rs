//! One poller for many consoles: a relay reads the organisation and keeps what is public of it on NATS JetStream; consoles
//! read it there, and ask the platform only what nobody else may see.

mod console;
mod demand;
mod extras;
mod follow;
mod gather;
mod letters;
mod publish;
mod rules;
mod run;
mod shelf;
mod status;

pub use console::RelayStanding;
pub(super) use follow::Follower;
pub use letters::Beat;
pub use run::{Relay, Standing, Stir};
pub use status::RelayStatus;

use super::{ApiError, Session, off_thread};
use crate::config::{Config, secret};
use crate::domain::{Identity, MachineFault};
use crate::jetstream::{Fault, Link, Names, Signer, Verifier, Way};
use secrecy::{ExposeSecret, SecretString};
use std::path::PathBuf;
use std::sync::Arc;

/// What a fault on the way to a relay is to whoever asked.
impl From<Fault> for ApiError {
    fn from(fault: Fault) -> Self {
        // What a person has to set right, as any other setting.
        if let Fault::Refused(says) = fault {
            return Self::User(says);
        }
        Self::Machine {
            path: None,
            reason: MachineFault::Other,
            says: fault.to_string(),
        }
    }
}

/// How the relay's server is reached; nothing where none is configured.
pub(crate) fn way(config: &Config, name: &str) -> Option<Way> {
    let relay = &config.relay;
    let file = |path: &str| Some(PathBuf::from(path)).filter(|p| !p.as_os_str().is_empty());
    (!relay.nats.is_empty()).then(|| Way {
        address: relay.nats.clone(),
        credentials: file(&relay.credentials),
        ca_cert: file(&relay.ca_cert),
        name: name.to_owned(),
        api_prefix: relay.api_prefix.clone(),
    })
}

/// The organisation as subjects name it: as the configuration says, else by its dashboard's address.
pub(crate) fn names(config: &Config, identity: Option<&Identity>) -> Option<Names> {
    match config.relay.org.as_str() {
        "" => Names::new(&name_of(&identity?.dashboard)?),
        org => Names::new(org),
    }
}

/// The last word of a dashboard's address, in letters that a subject takes.
fn name_of(dashboard: &str) -> Option<String> {
    let url = url::Url::parse(dashboard).ok()?;
    let last = url.path_segments()?.rfind(|part| !part.is_empty())?;
    Some(last.to_lowercase())
}

/// The key by which a relay's values are known, where one is configured.
fn verifier(config: &Config) -> Result<Option<Verifier>, ApiError> {
    match config.relay.key.as_str() {
        "" => Ok(None),
        key => Verifier::from_key(key)
            .map(Some)
            .map_err(|e| ApiError::User(format!("relay.key is no public key of a relay: {e}"))),
    }
}

/// Who this program is among those that want a lease: its machine, and its number there.
pub(crate) fn holder() -> String {
    let machine = rustix::system::uname();
    let machine = machine.nodename().to_string_lossy();
    format!("{machine} {}", std::process::id())
}

/// A new pair of keys for a relay: the secret, and what its consoles know it by.
pub fn new_relay_keys() -> (SecretString, String) {
    let (seed, public) = Signer::make();
    (seed.into(), public)
}

impl Session {
    /// A relay that is ready to work: it has asked who it is, and reached its server.
    pub async fn relay(&self) -> Result<Relay, ApiError> {
        let identity = self.client.identity().await?;
        let missing = || {
            ApiError::User("No NATS server is given: write --nats nats://HOST:4222, or nats = \"…\" under [relay].".into())
        };
        let way = way(&self.config, "hotseat relay").ok_or_else(missing)?;
        let unnamed = || {
            ApiError::User(format!(
                "{} names no organisation that could stand in a subject; write org = \"…\" under [relay], in small letters, digits, - and _.",
                identity.dashboard
            ))
        };
        let names = names(&self.config, Some(&identity)).ok_or_else(unnamed)?;
        let config = self.config.clone();
        let signer = off_thread(move || signer(&config)).await??;
        Ok(Relay {
            client: self.client.clone(),
            link: Link::open(&way).await?,
            names,
            signer: signer.map(Arc::new),
            holder: holder(),
            dashboard: identity.dashboard,
        })
    }
}

/// The key a relay signs with, where one is configured. It must be the one that consoles know.
fn signer(config: &Config) -> Result<Option<Signer>, ApiError> {
    let seed = secret(&config.relay.signing_key, "relay.signing_key");
    let seed = seed.map_err(|e| ApiError::User(e.to_string()))?;
    let Some(seed) = seed else {
        return match config.relay.key.is_empty() {
            true => Ok(None),
            false => Err(ApiError::User("relay.key is set, so consoles believe signed values alone: give the relay its signing_key too.".into())),
        };
    };
    let signer = Signer::from_seed(seed.expose_secret().trim());
    let signer = signer.map_err(|e| {
        ApiError::User(format!(
            "relay.signing_key is no key of a relay: {e} Make one with hotseat relay key."
        ))
    })?;
    let public = signer.public_key();
    match config.relay.key.as_str() {
        "" => Ok(Some(signer)),
        known if known == public => Ok(Some(signer)),
        _ => Err(ApiError::User(format!(
            "relay.signing_key belongs to the public key {public}, and relay.key is another: consoles would believe nothing."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_is_named_as_its_dashboard_is() {
        for (dashboard, name) in [
            ("https://app.incident.io/acme", Some("acme")),
            ("https://app.incident.io/Acme-Corp/", Some("acme-corp")),
            ("https://app.incident.io/", None),
            ("https://app.incident.io/a.b", None),
            ("https://app.incident.io/a%20b", None),
            ("nothing", None),
        ] {
            let found = name_of(dashboard).and_then(|name| Names::new(&name));
            assert_eq!(found.as_ref().map(Names::org), name, "{dashboard}");
        }
    }
}
