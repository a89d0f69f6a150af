//! Asking a source over HTTP: its own credentials, its own time, a bounded answer, one sentence when it fails.

mod refusal;

use crate::config::{Access, ConfigError, secret};
use crate::domain::Instant;
use crate::domain::secrets::{is_secret_name, redact};
use crate::domain::text::clean_line;
use crate::net::{self, Allowance, BodyFault, Fault, Reader};
use chrono::DateTime;
use refusal::{LIMIT_ENDS, Refused, head, pause};
use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderName, HeaderValue, LINK, RETRY_AFTER};
use reqwest::{Client, RequestBuilder, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Letters of a secret that is looked for in answers: a shorter one would be found in any word.
const TELLING: usize = 6;

/// A source that could not answer.
#[derive(Clone, Debug, Error, PartialEq)]
#[error("{0}")]
pub struct SourceError(pub String);

impl From<String> for SourceError {
    fn from(says: String) -> Self {
        Self(says)
    }
}

/// How every source is asked: how long it may take, and the memory that all answers share.
#[derive(Clone)]
pub struct Asking {
    /// How long one question may take.
    pub timeout: Duration,
    /// The memory.
    pub(crate) allowance: Arc<Allowance>,
}

/// What came with an answer.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// The time of the answer by the server's clock.
    pub date: Option<Instant>,
    /// The server says that this is not all: by its status, or by the address of a further page.
    pub is_part: bool,
    /// What the further page is asked for by, where the server says that beside its address.
    pub cursor: Option<String>,
    /// Seconds after which it wants to be asked again.
    pub pause: Option<u64>,
}

/// A source's address with how to get in.
#[derive(Clone)]
pub struct Endpoint {
    name: String,
    base: Url,
    client: Client,
    token: Option<SecretString>,
    /// What stands before the token.
    scheme: String,
    basic: Option<(String, Option<SecretString>)>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What must not come back in an answer.
    hidden: Vec<SecretString>,
    allowance: Arc<Allowance>,
}

impl Endpoint {
    /// Sets up; nothing is asked.
    pub fn open(
        name: &str,
        url: &str,
        access: &Access,
        asking: &Asking,
    ) -> Result<Self, ConfigError> {
        let wrong = |what: String| ConfigError(format!("The source \"{name}\": {what}"));
        let shown = redact(url);
        let base: Url = url.parse().map_err(|e| {
            wrong(format!(
                "\"{shown}\" is not an address ({e}); write https://…."
            ))
        })?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(wrong(format!("\"{shown}\" is neither http nor https.")));
        }
        let token = secret(&access.token, name)?;
        let password = secret(&access.password, name)?;
        let kept = access.headers.iter().filter(|(k, _)| is_secret_name(k));
        let mut hidden: Vec<SecretString> = kept.map(|(_, v)| v.clone().into()).collect();
        hidden.extend(token.iter().chain(&password).cloned());
        hidden.extend(base.password().map(|p| p.to_owned().into()));
        if net::is_readable(&base) && (!hidden.is_empty() || shown != url) {
            return Err(wrong(
                "a key, a token or a password is not sent over plain http, where everybody on the way can read it; use https.".into(),
            ));
        }
        hidden.retain(|s| s.expose_secret().len() >= TELLING);
        Ok(Self {
            name: name.into(),
            client: client(&base, access, asking.timeout).map_err(wrong)?,
            base,
            token,
            scheme: access.scheme.clone().unwrap_or_else(|| "Bearer".into()),
            basic: (!access.user.is_empty()).then(|| (access.user.clone(), password)),
            headers: headers(access).map_err(wrong)?,
            hidden,
            allowance: asking.allowance.clone(),
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

    /// The same server below a path of these parts, whatever stands in them.
    pub fn below(&self, parts: &[&str]) -> Self {
        let mut below = self.clone();
        if let Ok(mut path) = below.base.path_segments_mut() {
            path.pop_if_empty().extend(parts);
        }
        below
    }

    /// The base, as configured.
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// The same with a header that lets in.
    pub fn with_secret_header(
        mut self,
        name: &'static str,
        value: &SecretString,
    ) -> Result<Self, ConfigError> {
        let wrong = |_| {
            ConfigError(format!(
                "The source \"{}\": the key holds what no key has.",
                self.name
            ))
        };
        let mut sent = HeaderValue::from_str(value.expose_secret()).map_err(wrong)?;
        sent.set_sensitive(true);
        if net::is_readable(&self.base) {
            return Err(ConfigError(format!(
                "The source \"{}\": a key is not sent over plain http, where everybody on the way can read it; use https.",
                self.name
            )));
        }
        self.headers.push((HeaderName::from_static(name), sent));
        self.hidden.push(value.clone());
        Ok(self)
    }

    /// A GET, and what is read of its answer.
    pub async fn get<T>(
        &self,
        url: Url,
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        self.json(self.client.get(url), read).await
    }

    /// The same; nothing where it is forbidden to whoever these credentials belong to.
    pub async fn get_if_allowed<T>(
        &self,
        url: Url,
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<Option<T>, SourceError> {
        let response = self.sent(self.client.get(url)).await?;
        if response.status().as_u16() == 403 {
            return Ok(None);
        }
        let read = |value: &Value, _: &Answered| read(value);
        self.answered(response, read).await.map(Some)
    }

    /// The same, with the time of the answer by the server's clock, which what it tells of times goes by.
    pub async fn get_dated<T>(
        &self,
        url: Url,
        read: impl FnOnce(&Value, Option<Instant>) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let read = |value: &Value, told: &Answered| read(value, told.date);
        self.get_told(url, read).await
    }

    /// The same, with all that came with the answer.
    pub async fn get_told<T>(
        &self,
        url: Url,
        read: impl FnOnce(&Value, &Answered) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        self.told(self.client.get(url), read).await
    }

    /// A POST of a form.
    pub async fn form<T>(
        &self,
        path: &str,
        fields: &[(&str, String)],
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self
            .client
            .post(self.at(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        self.json(request, read).await
    }

    /// A POST of JSON.
    pub async fn post<T>(
        &self,
        path: &str,
        body: &Value,
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let request = self
            .client
            .post(self.at(path))
            .header("content-type", "application/json; charset=utf-8")
            .body(body.to_string());
        self.json(request, read).await
    }

    /// A POST of JSON values, a line each, that asks several things at once.
    pub async fn post_lines<T>(
        &self,
        path: &str,
        lines: String,
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let request = self
            .client
            .post(self.at(path))
            .header("content-type", "application/x-ndjson")
            .body(lines);
        self.json(request, read).await
    }

    /// A POST to the base of what is signed already, with the headers that were signed.
    pub async fn post_signed<T>(
        &self,
        headers: HeaderMap,
        body: String,
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let request = self.client.post(self.base.clone()).headers(headers);
        self.json(request.body(body), read).await
    }

    /// A DELETE; what it answers says nothing.
    pub async fn delete(&self, path: &str) -> Result<(), SourceError> {
        let response = self.sent(self.client.delete(self.at(path))).await?;
        match response.status().as_u16() {
            200..300 | 404 => Ok(()),
            status => Err(self.refusal((status, &Answered::default()), None, &[])),
        }
    }

    /// Sends, and reads the answer in its turn: a tree takes many times what came over the line, so there is one at a time.
    async fn json<T>(
        &self,
        request: RequestBuilder,
        read: impl FnOnce(&Value) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        self.told(request, |value, _| read(value)).await
    }

    async fn told<T>(
        &self,
        request: RequestBuilder,
        read: impl FnOnce(&Value, &Answered) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let response = self.sent(request).await?;
        self.answered(response, read).await
    }

    async fn sent(&self, request: RequestBuilder) -> Result<Response, SourceError> {
        let sent = self.signed(request).send().await;
        sent.map_err(|e| self.unreachable(&e))
    }

    async fn answered<T>(
        &self,
        response: Response,
        read: impl FnOnce(&Value, &Answered) -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        let status = response.status().as_u16();
        let told = Answered::of(&response);
        let body = self.allowance.read(response).await.map_err(|e| match e {
            BodyFault::Broken(e) => self.unreachable(&e),
            BodyFault::TooLarge => self.too_large(),
        })?;
        let _turn = self.allowance.tree().await;
        let hidden: Vec<&str> = self
            .hidden
            .iter()
            .map(ExposeSecret::expose_secret)
            .collect();
        let parsed = Reader::new(&hidden).whole(&body.bytes);
        if !(200..300).contains(&status) {
            return Err(self.refusal((status, &told), parsed.as_ref().ok(), &body.bytes));
        }
        let parsed = parsed.map_err(|fault| match fault {
            Fault::TooLarge => self.too_large(),
            Fault::NotJson | Fault::Other(_) => SourceError(format!(
                "{} did not answer with JSON; is {} the right address?",
                self.name,
                redact(self.base.as_str())
            )),
        })?;
        drop(body);
        // Prometheus and Loki say so in the body, too.
        if parsed["status"].as_str() == Some("error") {
            let why = parsed["error"].as_str().map(clean_line).unwrap_or_default();
            return Err(SourceError(format!(
                "{} answers that it cannot: {}",
                self.name,
                head(&why)
            )));
        }
        read(&parsed, &told)
    }

    fn too_large(&self) -> SourceError {
        SourceError(format!(
            "{} answered with more than this program may hold in memory; narrow its query.",
            self.name
        ))
    }

    /// A request with how to get in.
    fn signed(&self, mut request: RequestBuilder) -> RequestBuilder {
        if let Some(token) = &self.token {
            let words = format!("{} {}", self.scheme, token.expose_secret());
            // What cannot be sent fails as a request, in the words of the one who sends it.
            let value = HeaderValue::from_str(words.trim()).map(|mut value| {
                value.set_sensitive(true);
                value
            });
            request = match value {
                Ok(value) => request.header(AUTHORIZATION, value),
                Err(_) => request.header(AUTHORIZATION, words),
            };
        }
        if let Some((user, password)) = &self.basic {
            request = request.basic_auth(user, password.as_ref().map(ExposeSecret::expose_secret));
        }
        let headers = self.headers.iter();
        headers.fold(request, |request, (name, value)| {
            request.header(name.clone(), value.clone())
        })
    }

    /// What a status other than success means, in the server's own words where it gives some.
    fn refusal(
        &self,
        (status, told): (u16, &Answered),
        parsed: Option<&Value>,
        bytes: &[u8],
    ) -> SourceError {
        let hidden: Vec<&str> = self
            .hidden
            .iter()
            .map(ExposeSecret::expose_secret)
            .collect();
        let answer = Refused {
            status,
            told,
            parsed,
            bytes,
        };
        answer.sentence(&self.name, &hidden)
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

impl Answered {
    fn of(response: &Response) -> Self {
        let said = |name| response.headers().get(name)?.to_str().ok();
        let date = said(DATE).and_then(|date| DateTime::parse_from_rfc2822(date).ok());
        let next = said(LINK).and_then(further);
        let cursor = next.and_then(|link| link.split_once("cursor=\"")?.1.split('"').next());
        Self {
            date: date.map(|date| date.to_utc()),
            pause: pause(said(RETRY_AFTER), response.headers().get(LIMIT_ENDS)),
            is_part: response.status().as_u16() == 206 || next.is_some(),
            cursor: cursor.map(str::to_owned),
        }
    }
}

/// The link to a further page; some servers always give one, and say of it that nothing stands there.
fn further(links: &str) -> Option<&str> {
    let is_next = |link: &&str| link.contains("rel=\"next\"") || link.contains("rel=next");
    let mut next = links.split(", <").filter(is_next);
    next.find(|link| !link.contains("results=\"false\""))
}

/// How far a server's clock is ahead of ours, where that is more than whole seconds and the way of the answer explain.
pub fn ahead(date: Option<Instant>, now: Instant) -> chrono::Duration {
    let ahead = date.map_or(chrono::Duration::zero(), |date| date - now);
    match ahead.abs() > chrono::Duration::seconds(2) {
        true => ahead,
        false => chrono::Duration::zero(),
    }
}

/// The configured headers; those that let somebody in are kept out of logs.
fn headers(access: &Access) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let each = access.headers.iter().map(|(name, value)| {
        let wrong = || {
            format!(
                "the header {} cannot be sent as it stands.",
                clean_line(name)
            )
        };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut sent = HeaderValue::from_str(value).map_err(|_| wrong())?;
        sent.set_sensitive(true);
        Ok((key, sent))
    });
    each.collect()
}

/// A client of its own for each source: certificates and patience differ. What is wrong is said in a sentence.
fn client(base: &Url, access: &Access, timeout: Duration) -> Result<Client, String> {
    let mut client = net::client(base, timeout, timeout.min(Duration::from_secs(5)));
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
    client
        .build()
        .map_err(|e| format!("cannot set up HTTPS: {e}."))
}
