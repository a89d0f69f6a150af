//! Asking a source over HTTP: its own credentials, its own time, a bounded answer, one sentence when it fails.

use crate::config::{Access, ConfigError, secret};
use crate::domain::text::clean_line;
use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use thiserror::Error;

/// Bytes of an answer that is still read: a day of a hundred services at fine steps is a tenth of it.
const LARGEST: usize = 32 << 20;

/// A source that could not answer.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{0}")]
pub struct SourceError(pub String);

impl From<String> for SourceError {
    fn from(says: String) -> Self {
        Self(says)
    }
}

/// A source's address with how to get in.
pub struct Endpoint {
    name: String,
    base: Url,
    client: Client,
    token: Option<SecretString>,
    basic: Option<(String, Option<SecretString>)>,
    headers: Vec<(String, String)>,
}

impl Endpoint {
    /// Sets up; nothing is asked.
    pub fn open(
        name: &str,
        url: &str,
        access: &Access,
        timeout: Duration,
    ) -> Result<Self, ConfigError> {
        let wrong = |what: String| ConfigError(format!("The source \"{name}\": {what}"));
        let base: Url = url
            .parse()
            .map_err(|e| wrong(format!("\"{url}\" is not an address ({e}).")))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong(format!("\"{url}\" is neither http nor https.")));
        }
        let token = secret(&access.token, name)?;
        let password = secret(&access.password, name)?;
        let secrets = token.is_some() || password.is_some();
        if base.scheme() == "http" && !is_loopback(&base) && secrets {
            return Err(wrong(
                "a token or a password is not sent over plain http; use https.".into(),
            ));
        }
        let headers = access.headers.iter();
        Ok(Self {
            name: name.into(),
            client: client(&base, access, timeout).map_err(wrong)?,
            base,
            token,
            basic: (!access.user.is_empty()).then(|| (access.user.clone(), password)),
            headers: headers.map(|(k, v)| (k.clone(), v.clone())).collect(),
        })
    }

    /// The address of a path below the base.
    pub fn at(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}/{}",
            self.base.path().trim_end_matches('/'),
            path.trim_start_matches('/')
        ));
        url
    }

    /// The base, as configured.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// A GET.
    pub async fn get(&self, url: Url) -> Result<serde_json::Value, SourceError> {
        self.json(self.client.get(url)).await
    }

    /// A POST of a form.
    pub async fn form(
        &self,
        path: &str,
        fields: &[(&str, String)],
    ) -> Result<serde_json::Value, SourceError> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.json(
            self.client
                .post(self.at(path))
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body),
        )
        .await
    }

    /// A POST of JSON.
    pub async fn post(
        &self,
        path: &str,
        body: &serde_json::Value,
    ) -> Result<serde_json::Value, SourceError> {
        self.json(
            self.client
                .post(self.at(path))
                .header("content-type", "application/json; charset=utf-8")
                .body(body.to_string()),
        )
        .await
    }

    async fn json(&self, request: RequestBuilder) -> Result<serde_json::Value, SourceError> {
        let request = self.signed(request);
        let mut response = request.send().await.map_err(|e| self.unreachable(&e))?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.unreachable(&e))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > LARGEST {
                return Err(SourceError(format!(
                    "{} answered with more than {} MB; narrow its query.",
                    self.name,
                    LARGEST >> 20
                )));
            }
        }
        let parsed: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
        if !(200..300).contains(&status) {
            return Err(self.refusal(status, parsed.as_ref(), &bytes));
        }
        let parsed = parsed.ok_or_else(|| {
            SourceError(format!(
                "{} did not answer with JSON; is {} the right address?",
                self.name, self.base
            ))
        })?;
        // Prometheus and Loki say so in the body, too.
        if parsed["status"].as_str() == Some("error") {
            let why = parsed["error"].as_str().map(clean_line).unwrap_or_default();
            return Err(SourceError(format!(
                "{} answers that it cannot: {}",
                self.name,
                head(&why)
            )));
        }
        Ok(parsed)
    }

    /// A request with how to get in.
    fn signed(&self, mut request: RequestBuilder) -> RequestBuilder {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some((user, password)) = &self.basic {
            request = request.basic_auth(user, password.as_ref().map(ExposeSecret::expose_secret));
        }
        let headers = self.headers.iter();
        headers.fold(request, |request, (name, value)| {
            request.header(name, value)
        })
    }

    /// What a status other than success means, in the server's own words where it gives some.
    fn refusal(
        &self,
        status: u16,
        parsed: Option<&serde_json::Value>,
        bytes: &[u8],
    ) -> SourceError {
        let name = &self.name;
        let told = parsed.and_then(|v| v["error"].as_str().or(v["message"].as_str()));
        let told = told.map(clean_line).filter(|t| !t.is_empty());
        let said = told.unwrap_or_else(|| {
            clean_line(&String::from_utf8_lossy(&bytes[..bytes.len().min(200)]))
        });
        SourceError(match status {
            401 | 403 => format!("{name} refuses the credentials (HTTP {status})."),
            300..=399 => {
                format!("{name} is somewhere else now (HTTP {status}); give its new address.")
            }
            429 => format!("{name} asks for a pause (HTTP 429)."),
            _ => format!("{name} answered HTTP {status}: {}", head(&said)),
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> SourceError {
        let host = self.base.host_str().unwrap_or_default();
        SourceError(if error.is_timeout() {
            format!("{} did not answer in time ({host}).", self.name)
        } else if error.is_connect() {
            format!("{} cannot be reached ({host}).", self.name)
        } else {
            format!("{} broke off its answer ({host}).", self.name)
        })
    }
}

/// The beginning of a server's words: some answer with a page.
fn head(words: &str) -> String {
    words.chars().take(200).collect()
}

fn is_loopback(base: &Url) -> bool {
    base.host_str()
        .is_some_and(|h| matches!(h, "localhost" | "127.0.0.1" | "::1" | "[::1]"))
}

/// A client of its own for each source: certificates and patience differ. What is wrong is said in a sentence.
fn client(base: &Url, access: &Access, timeout: Duration) -> Result<Client, String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut client = Client::builder()
        .user_agent(concat!("hotseat/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeout.min(Duration::from_secs(5)))
        .timeout(timeout)
        .gzip(true)
        .redirect(reqwest::redirect::Policy::none());
    let read = |path: &str| std::fs::read(path).map_err(|e| format!("cannot read {path}: {e}."));
    let (authority, own) = (&access.ca_cert, &access.client_cert);
    if !authority.is_empty() {
        let certs = reqwest::Certificate::from_pem_bundle(&read(authority)?)
            .map_err(|e| format!("{authority}: {e}."))?;
        client = certs
            .into_iter()
            .fold(client, reqwest::ClientBuilder::add_root_certificate);
    }
    if !own.is_empty() {
        let identity = reqwest::Identity::from_pem(&read(own)?)
            .map_err(|e| format!("{own} holds no certificate with its key: {e}."))?;
        client = client.identity(identity);
    }
    if is_loopback(base) {
        client = client.no_proxy();
    }
    client
        .build()
        .map_err(|e| format!("cannot set up HTTPS: {e}."))
}
