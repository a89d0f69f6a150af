//! Where the server listens, whom it believes, and what it bears.

use crate::config::Clock;
use crate::domain::webhook::SigningSecret;
use secrecy::{ExposeSecret, SecretString};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Letters of the shortest token that cannot be guessed.
const SHORTEST_TOKEN: usize = 16;

/// How the server listens.
#[derive(Clone, Debug)]
pub struct Listen {
    /// The address; port 0 takes a free one.
    pub at: SocketAddr,
    /// What it shows to those who connect by TLS; without it, it speaks plain HTTP.
    pub tls: Option<Tls>,
    /// A proxy in front of it takes care of TLS.
    pub behind_proxy: bool,
    /// Whom it believes.
    pub trusted: Trusted,
    /// Which labels of an alert mean what.
    pub labels: AlertLabels,
    /// What it bears.
    pub limits: Limits,
    /// The time that it goes by.
    pub clock: Clock,
}

/// A certificate with its key, both PEM.
#[derive(Clone, Debug)]
pub struct Tls {
    /// The chain, its own certificate first.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Whom the server believes.
#[derive(Clone, Debug, Default)]
pub struct Trusted {
    /// Secrets of incident.io's webhooks: several while one is rotated.
    pub secrets: Vec<SigningSecret>,
    /// Who may report detections.
    pub detectors: Vec<Detector>,
}

/// Somebody who may report detections.
#[derive(Clone, Debug)]
pub struct Detector {
    /// Its configured name.
    pub name: String,
    /// What it sends.
    pub shape: Shape,
    /// The token that it shows; none is believed on this machine alone.
    pub token: Option<SecretString>,
}

/// What a detector sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Notifications of Alertmanager, to `/alertmanager`.
    Alertmanager,
    /// Detections, to `/detections`.
    Detections,
}

/// Which labels of an alert mean what.
#[derive(Clone, Debug)]
pub struct AlertLabels {
    /// How bad it is.
    pub severity: String,
    /// What it is about.
    pub services: Vec<String>,
}

impl Default for AlertLabels {
    fn default() -> Self {
        Self {
            severity: "severity".into(),
            services: vec!["service".into()],
        }
    }
}

/// What the server bears.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of a webhook's body, which anybody may send until its signature was read.
    pub webhook: usize,
    /// How long a request may take to come in, its headers and its body each.
    pub read: Duration,
    /// How long it may take to be kept.
    pub keep: Duration,
    /// Connections at once; further ones wait.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 4 << 20,
            webhook: 1 << 20,
            read: Duration::from_secs(10),
            keep: Duration::from_secs(10),
            connections: 64,
        }
    }
}

impl Listen {
    /// A server on this machine alone, that believes nobody yet.
    pub fn on(at: SocketAddr) -> Self {
        Self {
            at,
            tls: None,
            behind_proxy: false,
            trusted: Trusted::default(),
            labels: AlertLabels::default(),
            limits: Limits::default(),
            clock: Clock::default(),
        }
    }

    /// Whether it may be opened; what is wrong is a sentence.
    pub fn check(&self) -> Result<(), String> {
        let is_local = self.at.ip().is_loopback();
        if !is_local && self.tls.is_none() && !self.behind_proxy {
            return Err(format!(
                "{} can be reached from other machines, and tokens would travel readable. Give a certificate and a key, say that a proxy is in front of it, or listen on 127.0.0.1.",
                self.at
            ));
        }
        let detectors = &self.trusted.detectors;
        for (at, detector) in detectors.iter().enumerate() {
            let Detector { name, token, .. } = detector;
            let before = &detectors[..at];
            match token {
                None if !is_local || self.behind_proxy => {
                    return Err(format!(
                        "The detector {name} has no token, and anybody who reaches this server could speak for it. Give it one."
                    ));
                }
                Some(token) if token.expose_secret().len() < SHORTEST_TOKEN => {
                    return Err(format!(
                        "The token of the detector {name} is shorter than {SHORTEST_TOKEN} letters. Give it a longer one."
                    ));
                }
                _ => {}
            }
            let same = |other: &&Detector| {
                other.name == *name || other.shape == detector.shape && other.has_token_of(detector)
            };
            if let Some(other) = before.iter().find(same) {
                return Err(format!(
                    "The detectors {} and {name} cannot be told apart. Give each a name and a token of its own.",
                    other.name
                ));
            }
        }
        Ok(())
    }
}

impl Detector {
    fn has_token_of(&self, other: &Self) -> bool {
        let token = |of: &Self| of.token.as_ref().map(|t| t.expose_secret().to_owned());
        token(self) == token(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detector(name: &str, token: Option<&str>) -> Detector {
        Detector {
            name: name.into(),
            shape: Shape::Alertmanager,
            token: token.map(|token| token.to_owned().into()),
        }
    }

    #[test]
    fn a_server_that_others_can_reach_wants_tls_or_a_proxy_and_a_token_for_each_detector() {
        let (long, other) = (Some("0123456789abcdef"), Some("fedcba9876543210"));
        let tls = || {
            Some(Tls {
                certificate: "c.pem".into(),
                key: "k.pem".into(),
            })
        };
        let one = |token| vec![detector("prom", token)];
        for (at, tls, behind_proxy, detectors, opens) in [
            ("127.0.0.1:0", None, false, one(None), true),
            ("[::1]:0", None, false, one(None), true),
            ("0.0.0.0:0", None, false, one(long), false),
            ("[::]:0", None, false, one(long), false),
            ("10.0.0.1:0", tls(), false, one(long), true),
            ("10.0.0.1:0", tls(), false, one(None), false),
            ("10.0.0.1:0", None, true, one(long), true),
            ("10.0.0.1:0", None, true, one(None), false),
            // A proxy brings the requests of others here.
            ("127.0.0.1:0", None, true, one(None), false),
            ("127.0.0.1:0", None, false, one(Some("short")), false),
            (
                "127.0.0.1:0",
                None,
                false,
                [one(long), one(other)].concat(),
                false,
            ),
            (
                "127.0.0.1:0",
                None,
                false,
                vec![detector("a", long), detector("b", long)],
                false,
            ),
            (
                "127.0.0.1:0",
                None,
                false,
                vec![detector("a", long), detector("b", None)],
                true,
            ),
        ] {
            let listen = Listen {
                tls,
                behind_proxy,
                trusted: Trusted {
                    secrets: Vec::new(),
                    detectors,
                },
                ..Listen::on(at.parse().expect("an address"))
            };
            let checked = listen.check();
            assert_eq!(checked.is_ok(), opens, "{at}: {checked:?}");
            let said = checked.err().unwrap_or_default();
            assert!(!said.contains("0123456789"), "{said}");
        }
    }
}
