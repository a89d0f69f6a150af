//! Requests to the API: the key, the pace, retries, timeouts, and errors that say what happened.

mod answer;

use answer::date;
pub(super) use answer::{refused, retry_after};

use super::access::{authorities, check_key, parse_base};
use super::network::failure;
use super::rate_limit::{Budget, RateLimit};
use super::shelf::{Shelf, asks_itself};
use crate::config::Clock;
use crate::domain::{ApiError, Identity, Instant, MachineFault};
use crate::net::{self, Allowance, Body, BodyFault, Fault, Reader};
use backon::{ExponentialBuilder, Retryable};
use reqwest::{Method, StatusCode, header::HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use url::Url;

/// Whether something may be changed right now; why not, in words.
pub type Leave = Arc<dyn Fn() -> Result<(), String> + Send + Sync>;

/// How the API is reached.
#[derive(Clone)]
pub struct Settings {
    /// `https://api.incident.io`, or a simulated organisation's.
    pub base_url: String,
    /// The key; without one every request fails before it is sent.
    pub key: Option<SecretString>,
    /// A further certificate authority, as a PEM file.
    pub ca_cert: Option<PathBuf>,
    /// The share of the key's bucket this program may use, 0 to 1.
    pub share: f64,
    /// Seconds until a request is given up.
    pub timeout: Duration,
    /// What it goes by for the time.
    pub clock: Clock,
}

/// An answer as it came.
#[derive(Debug)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// The body as JSON; null where it is empty.
    pub body: Value,
    /// The server's clock, where it told.
    pub date: Option<Instant>,
    /// The server's id of the request, where it told.
    pub request_id: Option<String>,
}

/// The way to incident.io. Cheap to share behind an `Arc`.
pub struct Client {
    http: reqwest::Client,
    base: Url,
    key: Option<SecretString>,
    pace: Mutex<RateLimit>,
    allowance: Arc<Allowance>,
    /// How long a request waits for the rate limit before it is given up.
    patience: Duration,
    waits: watch::Sender<Option<Wait>>,
    /// By how many seconds the server's clock is ahead of this machine's, as the last answer told.
    ahead: AtomicI64,
    clock: Clock,
    shelf: OnceLock<Arc<dyn Shelf>>,
    leave: OnceLock<Leave>,
    known_identity: tokio::sync::Mutex<Option<(tokio::time::Instant, Identity)>>,
    /// Requests that were sent.
    sent: AtomicU64,
}

/// A request that waits for the rate limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// For how long.
    pub seconds: u64,
    /// What the server says it allows in a minute, where it said so.
    pub limit: Option<i64>,
}

impl std::fmt::Display for Wait {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Waiting {} s for the rate limit of the API key",
            self.seconds
        )?;
        if let Some(limit) = self.limit {
            write!(f, ", {limit} a minute for everyone who uses it")?;
        }
        f.write_str(".")
    }
}

/// An answer whose bytes are here and not looked at yet.
pub(super) struct Fetched<'a> {
    pub(super) status: StatusCode,
    headers: HeaderMap,
    body: Body<'a>,
    date: Option<Instant>,
}

impl Fetched<'_> {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.body.bytes
    }
}

/// How long a request waits for the rate limit where nothing else is said: a bucket is full again within a minute.
const PATIENCE: Duration = Duration::from_secs(60);
/// Waiting that nobody notices.
const UNNOTICED: Duration = Duration::from_secs(2);

/// What lies at the bottom of an error.
fn cause(e: &dyn std::error::Error) -> String {
    e.source().map_or_else(|| e.to_string(), cause)
}

impl Client {
    /// A client; fails on a malformed URL, key or certificate before anything is sent.
    pub fn new(settings: Settings) -> Result<Self, ApiError> {
        let base = parse_base(&settings.base_url)?;
        if let Some(key) = &settings.key {
            check_key(key.expose_secret())?;
        }
        let mut http = net::client(&base, settings.timeout, Duration::from_secs(10));
        if let Some(path) = &settings.ca_cert {
            http = authorities(path)?
                .into_iter()
                .fold(http, reqwest::ClientBuilder::add_root_certificate);
        }
        let http = http.build().map_err(|e| ApiError::Machine {
            path: None,
            reason: MachineFault::Other,
            says: format!(
                "Cannot set up HTTPS: {}. Install the certificates of this system's authorities (ca-certificates), or name one by ca_cert.",
                cause(&e).trim_end_matches('.')
            ),
        })?;
        Ok(Self {
            http,
            base,
            key: settings.key,
            pace: Mutex::new(RateLimit::new(settings.share)),
            allowance: Arc::new(Allowance::new()),
            patience: PATIENCE,
            waits: watch::Sender::new(None),
            ahead: AtomicI64::new(0),
            clock: settings.clock,
            shelf: OnceLock::new(),
            leave: OnceLock::new(),
            known_identity: tokio::sync::Mutex::default(),
            sent: AtomicU64::new(0),
        })
    }

    /// The same, which waits at most so long for the rate limit.
    #[must_use]
    pub fn waiting_at_most(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Tells each wait for the rate limit that somebody could notice.
    pub fn waits(&self) -> watch::Receiver<Option<Wait>> {
        self.waits.subscribe()
    }

    /// Lists are looked for on a shelf before they are asked for, from now on; the first shelf stays.
    pub fn set_shelf(&self, shelf: Arc<dyn Shelf>) {
        let _ = self.shelf.set(shelf);
    }

    pub(super) fn shelf(&self) -> Option<&Arc<dyn Shelf>> {
        self.shelf.get().filter(|_| !asks_itself())
    }

    pub(super) fn held_leave(&self) -> &OnceLock<Leave> {
        &self.leave
    }

    pub(super) fn known_identity(
        &self,
    ) -> &tokio::sync::Mutex<Option<(tokio::time::Instant, Identity)>> {
        &self.known_identity
    }

    /// How many requests were sent so far.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Keeps to another share of the key's budget from now on.
    pub fn keep_to(&self, share: f64) {
        self.pace().keep_to(share);
    }

    /// The memory that all answers share.
    pub(crate) fn allowance(&self) -> &Arc<Allowance> {
        &self.allowance
    }

    /// The host that is asked.
    pub fn host(&self) -> String {
        self.base.host_str().unwrap_or_default().to_owned()
    }

    /// What is left of the key's budget, as far as the last answer told.
    pub fn budget(&self) -> Option<Budget> {
        self.pace().budget
    }

    /// How far the server's clock is ahead of this machine's; nothing where they agree within half a minute, which is what
    /// a slow line and whole seconds explain.
    pub fn ahead(&self) -> chrono::Duration {
        let ahead = self.ahead.load(Ordering::Relaxed);
        chrono::Duration::seconds(if ahead.abs() < 30 { 0 } else { ahead })
    }

    /// The clock of this machine, as it was set.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// The time as the server has it, as far as an answer told of it.
    pub fn now(&self) -> Instant {
        self.clock.now() + self.ahead()
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    fn pace(&self) -> MutexGuard<'_, RateLimit> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A read: tried again where the failure passes, with jitter, and as the API asks.
    pub async fn get(&self, path: &str, query: &[(String, String)]) -> Result<Value, ApiError> {
        Ok(self.read(path, query).await?.body)
    }

    /// The same, with the status and the server's clock.
    pub async fn read(&self, path: &str, query: &[(String, String)]) -> Result<Answered, ApiError> {
        let fetched = self.fetch(path, query).await?;
        let read = self.with_secrets(|reader| reader.one(fetched.bytes()));
        let body = read.map_err(|fault| self.unreadable_answer(path, &fault, "a single thing"))?;
        Ok(self.answered(fetched, body))
    }

    /// The bytes of an answer to a read.
    pub(super) async fn fetch(
        &self,
        path: &str,
        query: &[(String, String)],
    ) -> Result<Fetched<'_>, ApiError> {
        let once = || self.send_once(Method::GET, path, query, None);
        let delays = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(250))
            .with_max_delay(Duration::from_secs(4))
            .with_max_times(3)
            .with_jitter();
        once.retry(delays)
            .when(|e: &ApiError| e.is_passing() && e.retry_after().is_none_or(|s| s <= 5))
            .adjust(|e, delay| {
                delay.map(|d| e.retry_after().map_or(d, |s| d.max(Duration::from_secs(s))))
            })
            .await
    }

    /// One request, once. A write is never repeated here, except after a 429, which was not processed. An answer that
    /// cannot be read leaves what was sent in doubt.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Answered, ApiError> {
        let fetched = self.send_once(method, path, query, body).await?;
        let read = self.with_secrets(|reader| reader.one(fetched.bytes()));
        let body = read.map_err(|_| self.not_json(path, &fetched))?;
        Ok(self.answered(fetched, body))
    }

    async fn send_once(
        &self,
        method: Method,
        path: &str,
        query: &[(String, String)],
        body: Option<&Value>,
    ) -> Result<Fetched<'_>, ApiError> {
        let key = self.key.as_ref().ok_or(ApiError::NoKey)?;
        self.wait_for_turn().await?;
        self.sent.fetch_add(1, Ordering::Relaxed);
        let mut url = self.base.clone();
        url.set_path(path);
        if !query.is_empty() {
            url.query_pairs_mut()
                .extend_pairs(query.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        }
        let is_read = method == Method::GET;
        let asked = if is_read {
            path.to_owned()
        } else {
            format!("{method} {path}")
        };
        let mut request = self
            .http
            .request(method, url)
            .bearer_auth(key.expose_secret())
            .header("accept", "application/json");
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        if !is_read {
            // After every wait, and not before it.
            self.may_change()?;
        }
        let response = request.send().await.map_err(|e| failure(&self.base, &e))?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.learn(status, &headers);
        let body = self.body(path, response).await?;
        let date = date(&headers);
        if let Some(date) = date {
            self.learn_clock(date);
        }
        let fetched = Fetched {
            status,
            headers,
            body,
            date,
        };
        if status.is_success() {
            return Ok(fetched);
        }
        Err(self.refusal(&asked, &fetched))
    }

    /// Dates have whole seconds: one more or less is no other clock, and would make the time jump with every answer.
    fn learn_clock(&self, date: Instant) {
        let ahead = (date - self.clock.now()).num_seconds();
        if (ahead - self.ahead.load(Ordering::Relaxed)).abs() > 1 {
            self.ahead.store(ahead, Ordering::Relaxed);
        }
    }

    /// Waits for a share of the key's budget, and says so where it takes time; gives up where it takes too long. Spread,
    /// so that consoles that were told to wait together do not come back together.
    async fn wait_for_turn(&self) -> Result<(), ApiError> {
        let taken = {
            let mut pace = self.pace();
            let wait = pace.take(self.clock.now()).to_std().unwrap_or_default();
            if wait > self.patience {
                pace.give_back();
            }
            (wait, pace.budget)
        };
        let (wait, budget) = taken;
        if wait > self.patience {
            return Err(ApiError::Http {
                status: StatusCode::TOO_MANY_REQUESTS.as_u16(),
                write: false,
                permission: "",
                request_id: None,
                errors: Vec::new(),
                retry_after: Some(wait.as_secs().max(1)),
            });
        }
        if wait >= UNNOTICED {
            self.waits.send_replace(Some(Wait {
                seconds: wait.as_secs(),
                limit: budget.map(|b| b.limit),
            }));
        }
        if !wait.is_zero() {
            let spread = fastrand::u64(0..=wait.as_millis().min(1_000) as u64 / 4);
            tokio::time::sleep(wait + Duration::from_millis(spread)).await;
        }
        Ok(())
    }

    async fn body(&self, path: &str, response: reqwest::Response) -> Result<Body<'_>, ApiError> {
        self.allowance.read(response).await.map_err(|e| match e {
            BodyFault::Broken(e) => failure(&self.base, &e),
            BodyFault::TooLarge => {
                let what = format!("more than {} MB", net::LARGEST >> 20);
                self.unreadable_answer(path, &Fault::Other(what), "an answer")
            }
        })
    }

    /// What an answer is read with: the key never comes back in it.
    pub(super) fn with_secrets<T>(&self, read: impl FnOnce(Reader<'_>) -> T) -> T {
        let key = self.key.as_ref().map_or("", |key| key.expose_secret());
        read(Reader::new(&[key]))
    }

    fn learn(&self, status: StatusCode, headers: &HeaderMap) {
        let first = |name: &str| {
            headers
                .get(name)?
                .to_str()
                .ok()?
                .split(',')
                .next()?
                .trim()
                .parse::<i64>()
                .ok()
        };
        let mut pace = self.pace();
        pace.learn(first("x-ratelimit-limit"), first("x-ratelimit-remaining"));
        if status == StatusCode::TOO_MANY_REQUESTS {
            pace.close(self.clock.now(), retry_after(headers).unwrap_or(10));
        }
    }
}
