//! A system that is told: where it is, what signs what it is told, and what its answers mean.

use super::notice::Notice;
use crate::config::{self, secret};
use crate::domain::Instant;
use crate::domain::text::counted;
use crate::domain::webhook::SigningSecret;
use crate::net;
use reqwest::{Client, StatusCode, Url};
use std::time::Duration;

/// How long it may take to answer.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long it may take to be reached.
const CONNECT: Duration = Duration::from_secs(5);

/// A receiver, made ready.
pub struct Receiver {
    /// Its configured name.
    pub name: String,
    url: Url,
    secrets: Vec<SigningSecret>,
    http: Client,
}

/// What became of a notice.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// It was taken.
    Taken,
    /// This one was refused: others may be taken.
    Refused(String),
    /// Nothing is taken now.
    Away(String),
    /// It wants no more.
    Gone(String),
}

impl Receiver {
    /// Reads what is configured of one; an error is a sentence.
    pub fn read(of: &config::Receiver) -> Result<Self, String> {
        let wrong = |what: &str| format!("bridge.receiver \"{}\": {what}", of.name);
        if of.name.is_empty() {
            return Err("bridge.receiver: each has a name.".into());
        }
        let url = Url::parse(&of.url).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or_else(|| wrong("url is no address that begins with https://."))?;
        if net::is_readable(&url) && !of.plain_http {
            return Err(wrong(
                "what it is told could be read on the way over plain http; give an https address, or set plain_http = true.",
            ));
        }
        let mut secrets = Vec::new();
        for one in &of.secrets {
            let raw = secret(one, &wrong("secrets")).map_err(|e| e.to_string())?;
            let read = raw.map(|raw| SigningSecret::read(&raw)).transpose();
            secrets.extend(read.map_err(|e| wrong(&e.to_string()))?);
        }
        if secrets.is_empty() {
            return Err(wrong(
                "secrets has none, and a message that is not signed is not to be believed; give one that begins with whsec_.",
            ));
        }
        let http = client(&url, &of.ca_cert).map_err(|e| wrong(&e))?;
        Ok(Self {
            name: of.name.clone(),
            url,
            secrets,
            http,
        })
    }

    /// Where it is, without what may be a secret in its address, and by how many secrets it knows who tells.
    pub fn says(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let secrets = counted(self.secrets.len(), "secret", "secrets");
        format!("is told at {host}, signed with {secrets}")
    }

    /// Sends a notice; what is answered below its headers is not read.
    pub async fn send(&self, notice: &Notice, now: Instant) -> Answer {
        let body = notice.body.as_bytes();
        let signatures = self.secrets.iter();
        let signatures = signatures.map(|secret| secret.sign(&notice.id, now, body));
        let sent = self
            .http
            .post(self.url.clone())
            .header("content-type", "application/json")
            .header("webhook-id", &notice.id)
            .header("webhook-timestamp", now.timestamp().to_string())
            .header(
                "webhook-signature",
                signatures.collect::<Vec<_>>().join(" "),
            )
            .body(notice.body.clone())
            .send()
            .await;
        match sent {
            Ok(response) => answer(response.status()),
            Err(e) if e.is_timeout() => {
                let seconds = TIMEOUT.as_secs();
                Answer::Away(format!("it does not answer within {seconds} seconds"))
            }
            Err(_) => Answer::Away("it cannot be reached".into()),
        }
    }
}

fn client(url: &Url, authority: &str) -> Result<Client, String> {
    let mut http = net::client(url, TIMEOUT, CONNECT);
    if !authority.is_empty() {
        let pem = std::fs::read(authority).map_err(|e| format!("cannot read {authority}: {e}."))?;
        let certificates = reqwest::Certificate::from_pem_bundle(&pem);
        for one in certificates.map_err(|e| format!("{authority}: {e}."))? {
            http = http.add_root_certificate(one);
        }
    }
    http.build()
        .map_err(|e| format!("cannot set up HTTPS: {e}."))
}

fn answer(status: StatusCode) -> Answer {
    let code = status.as_u16();
    match code {
        200..300 => Answer::Taken,
        410 => Answer::Gone("it answers 410, and wants no more".into()),
        300..=399 => Answer::Away(format!(
            "it answers {code}: a redirect is not followed, name the address itself"
        )),
        // Who does not let us in refuses all of it.
        401 | 403 | 404 | 408 | 425 | 429 | 500.. => Answer::Away(format!("it answers {code}")),
        _ => Answer::Refused(format!("it answers {code}")),
    }
}
