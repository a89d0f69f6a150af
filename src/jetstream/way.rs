//! How to get to a NATS server: where it is, by which credentials, and by whose certificates.

use super::Fault;
use crate::config::{Secret, secret};
use async_nats::{ConnectOptions, ServerAddr};
use nkeys::KeyPair;
use secrecy::ExposeSecret;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The way to a NATS server, or to several that are one cluster.
#[derive(Clone, Debug)]
pub struct Way {
    /// `nats://host:port` or `tls://host:port`, several parted by commas.
    pub address: String,
    /// A file with a user's credentials, or with the seed of a user's key; 0600 or refused.
    pub credentials: Option<PathBuf>,
    /// Certificates in PEM that are trusted instead of this machine's.
    pub ca_cert: Option<PathBuf>,
    /// What the server calls us in its lists of connections.
    pub name: String,
    /// Under which subjects this user finds JetStream's API; empty: `$JS.API`. A server whose readers have an account of
    /// their own, without JetStream, lends it to them under another name.
    pub api_prefix: String,
}

impl Way {
    /// The servers, each with a scheme that we speak.
    pub(super) fn servers(&self) -> Result<Vec<ServerAddr>, Fault> {
        self.address
            .split(',')
            .map(|one| {
                let one = one.trim();
                let known = one.starts_with("nats://") || one.starts_with("tls://");
                let read = known.then(|| one.parse::<ServerAddr>().ok()).flatten();
                read.filter(|server| !server.host().is_empty())
                    .ok_or_else(|| {
                        Fault::Refused(
                            "The address of a NATS server is nats://host:port or tls://host:port, several parted by commas; correct it."
                                .into(),
                        )
                    })
            })
            .collect()
    }

    /// Where that is, without the words that let somebody in.
    pub(super) fn place(servers: &[ServerAddr]) -> String {
        let one = |server: &ServerAddr| {
            let bracketed = server.host().contains(':');
            let (open, close) = if bracketed { ("[", "]") } else { ("", "") };
            format!(
                "{}://{open}{}{close}:{}",
                server.scheme(),
                server.host(),
                server.port()
            )
        };
        servers.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// The library's options for these servers, with everything about who we are and whom we trust.
    pub(super) fn options(&self, servers: &[ServerAddr]) -> Result<ConnectOptions, Fault> {
        let away = servers.iter().any(|server| !is_loopback(server.host()));
        let mut options = ConnectOptions::new().name(&self.name).require_tls(away);
        if !away {
            // A server on this machine could name others, and they would be asked without TLS.
            options = options.ignore_discovered_servers();
        }
        if let Some(path) = &self.ca_cert {
            check_certificates(path)?;
            options = options.add_root_certificates(path.clone());
        }
        if let Some(path) = &self.credentials {
            return with_credentials(options, path);
        }
        // The library reads who gets in from an address, and then does not say it to the server.
        let named = servers.iter().find_map(|server| {
            let name = decoded(server.username()?);
            Some((name, decoded(server.password().unwrap_or_default())))
        });
        Ok(match named {
            Some((name, password)) => options.user_and_password(name, password),
            None => options,
        })
    }
}

/// What stands in an address as `%40` and the like.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        bytes.extend_from_slice(&rest.as_bytes()[..at]);
        let code = rest.get(at + 1..at + 3);
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        bytes.push(byte.unwrap_or(b'%'));
        rest = &rest[at + if byte.is_some() { 3 } else { 1 }..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The library takes a file without a certificate for nobody to trust, and says so only as a failed handshake.
fn check_certificates(path: &Path) -> Result<(), Fault> {
    let words = match std::fs::read_to_string(path) {
        Ok(text) if text.contains("BEGIN CERTIFICATE") => return Ok(()),
        Ok(_) => "it holds no certificate in PEM.".to_owned(),
        Err(error) => format!("{error}."),
    };
    let path = path.display();
    Err(Fault::Refused(format!(
        "The certificates for NATS in {path}: {words}"
    )))
}

fn with_credentials(options: ConnectOptions, path: &Path) -> Result<ConnectOptions, Fault> {
    let file = Secret {
        file: path.display().to_string(),
        ..Secret::default()
    };
    let found = secret(&file, "NATS").map_err(|error| Fault::Refused(error.to_string()))?;
    let text = found.as_ref().map_or("", |text| text.expose_secret());
    if text.starts_with("SU") {
        return Ok(private_inbox(options, text).nkey(text.to_owned()));
    }
    let options = match text.lines().find(|line| line.starts_with("SU")) {
        Some(seed) => private_inbox(options, seed),
        None => options,
    };
    // The library reads the last block only where its line ends.
    options.credentials(&format!("{text}\n")).map_err(|_| {
        let path = path.display();
        Fault::Refused(format!(
            "The credentials for NATS in {path} are neither a .creds file nor the seed of a user (SU…); take the file that nsc or nk made."
        ))
    })
}

/// Answers come under a subject that carries the user's public key, so that a server can keep each user to their own.
fn private_inbox(options: ConnectOptions, seed: &str) -> ConnectOptions {
    match KeyPair::from_seed(seed.trim()) {
        Ok(key) => options.custom_inbox_prefix(format!("_INBOX.{}", key.public_key())),
        Err(_) => options,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(address: &str) -> Way {
        Way {
            address: address.into(),
            credentials: None,
            ca_cert: None,
            name: "test".into(),
            api_prefix: String::new(),
        }
    }

    #[test]
    fn addresses_are_read_and_shown_without_who_gets_in() {
        for (address, place) in [
            ("nats://127.0.0.1:4222", Some("nats://127.0.0.1:4222")),
            ("tls://a.example", Some("tls://a.example:4222")),
            ("nats://a:1, nats://b:2", Some("nats://a:1, nats://b:2")),
            ("nats://me:secret@[::1]:4222", Some("nats://[::1]:4222")),
            ("127.0.0.1:4222", None),
            ("ws://a:1", None),
            ("nats://a:1,", None),
            ("", None),
        ] {
            let read = way(address).servers().ok();
            let shown = read.map(|servers| Way::place(&servers));
            assert_eq!(shown.as_deref(), place, "{address}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_decoded() {
        for (text, password) in [
            ("plain", "plain"),
            ("a%40b%3a", "a@b:"),
            ("%C3%A9", "é"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%é", "%é"),
        ] {
            assert_eq!(decoded(text), password);
        }
    }

    #[test]
    fn only_this_machine_may_be_asked_without_tls() {
        for (host, loopback) in [
            ("127.0.0.1", true),
            ("127.9.9.9", true),
            ("::1", true),
            ("localhost", true),
            ("0.0.0.0", false),
            ("10.0.0.1", false),
            ("localhost.example", false),
            ("nats", false),
        ] {
            assert_eq!(is_loopback(host), loopback, "{host}");
        }
    }
}
