//! Settings of a relay, and of the consoles that read from it.

use super::{ConfigError, Secret};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// How consoles reach a relay, and what a relay itself needs.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// The NATS server, or several between commas: `tls://nats.example.com:4222`. Empty: there is no relay.
    pub nats: String,
    /// A file with NATS credentials, 0600; empty where the server asks for none.
    pub credentials: String,
    /// A further certificate authority for the server.
    pub ca_cert: String,
    /// Where the server lends this user JetStream's API; empty: `$JS.API`.
    pub api_prefix: String,
    /// The organisation as subjects name it; empty: as its dashboard's address does.
    pub org: String,
    /// The relay's public key: with it nothing is believed that it does not sign.
    pub key: String,
    /// Where the relay's own secret is found, by which it signs.
    pub signing_key: Secret,
    /// Where the relay takes incident.io's webhooks, as an address and a port; empty takes none.
    pub listen: String,
    /// Secrets of incident.io's webhooks: several while one is rotated.
    pub webhook_secrets: Vec<Secret>,
}

impl Relay {
    /// Where webhooks are taken; nothing where none are.
    pub fn listening(&self) -> Result<Option<SocketAddr>, ConfigError> {
        if self.listen.is_empty() {
            return Ok(None);
        }
        let at = self.listen.parse().ok();
        let at = at.filter(|at: &SocketAddr| at.ip().is_loopback());
        at.map(Some).ok_or_else(|| {
            ConfigError(format!(
                "relay.listen is {:?}; write an address of this machine and a port, such as 127.0.0.1:8081, and let a proxy with a certificate stand before it.",
                self.listen
            ))
        })
    }

    /// Refuses what cannot be meant.
    pub fn check(&self) -> Result<(), ConfigError> {
        for address in self.nats.split(',').map(str::trim) {
            if self.nats.is_empty() {
                break;
            }
            let url = url::Url::parse(address).ok();
            let fits = url.is_some_and(|url| {
                matches!(url.scheme(), "nats" | "tls")
                    && url.host_str().is_some()
                    && url.password().is_none()
                    && url.username().is_empty()
            });
            if !fits {
                return Err(ConfigError(
                    "relay.nats must be the address of a NATS server, such as tls://nats.example.com:4222, without a password in it; what to log in with goes into credentials.".into(),
                ));
            }
        }
        let word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"$_-".contains(&b))
        };
        if !self.api_prefix.is_empty() && !self.api_prefix.split('.').all(word) {
            return Err(ConfigError(format!(
                "relay.api_prefix is {:?}; write words with dots between them, such as hotseat.api.",
                self.api_prefix
            )));
        }
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if self.org.len() > 64 || !self.org.bytes().all(plain) {
            return Err(ConfigError(format!(
                "relay.org is {:?}; write up to 64 small letters, digits, - and _.",
                self.org
            )));
        }
        self.listening()?;
        if self.nats.is_empty() && !(self.key.is_empty() && self.credentials.is_empty()) {
            return Err(ConfigError(
                "[relay] says how a relay is known, but not where: write nats = \"tls://HOST:4222\"."
                    .into(),
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(raw: &str) -> Result<(), String> {
        let mut all: toml::Table = crate::config::DEFAULTS.parse().expect("TOML");
        let mut own = all["relay"].as_table().cloned().expect("a table");
        own.extend(raw.parse::<toml::Table>().expect("TOML"));
        all.insert("relay".into(), own.into());
        let relay: Relay = all["relay"].clone().try_into().expect("settings");
        relay.check().map_err(|e| e.to_string())
    }

    #[test]
    fn what_cannot_be_meant_is_refused_in_one_sentence() {
        for (raw, says) in [
            ("", ""),
            ("nats = \"nats://127.0.0.1:4222\"", ""),
            ("nats = \"tls://a.example:4222, tls://b.example\"", ""),
            ("nats = \"127.0.0.1:4222\"", "relay.nats must be"),
            ("nats = \"http://127.0.0.1\"", "relay.nats must be"),
            ("nats = \"nats://me:word@h:1\"", "without a password"),
            ("api_prefix = \"hotseat.api\"", ""),
            ("api_prefix = \"hotseat.>\"", "relay.api_prefix is"),
            ("org = \"Acme\"", "small letters"),
            ("org = \"a.b\"", "small letters"),
            ("listen = \"8081\"", "such as 127.0.0.1:8081"),
            ("listen = \"0.0.0.0:8081\"", "a proxy with a certificate"),
            ("listen = \"[::1]:8081\"", ""),
            ("key = \"U1\"", "but not where"),
        ] {
            let refused = checked(raw).err().unwrap_or_default();
            assert_eq!(refused.is_empty(), says.is_empty(), "{raw}: {refused}");
            assert!(refused.contains(says), "{raw}: {refused}");
            assert!(!refused.contains("word@"), "{refused}");
        }
    }
}
