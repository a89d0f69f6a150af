//! The connection to a NATS server: opened within seconds or not at all, then kept for ever. While it is down nothing is
//! put aside to be sent later: what is asked fails at once, so that nothing old arrives when the server is back.

use super::fault::Answered;
use super::{Fault, Hearing, Way};
use async_nats::connection::State;
use async_nats::{
    Client, ConnectError, ConnectErrorKind, ConnectOptions, Event, HeaderMap, Message, Request,
    RequestErrorKind, ServerError,
};
use serde_json::Value;
use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long one thing may take: an opening, a question.
const PATIENCE: Duration = Duration::from_secs(5);
/// A server that does not answer two of these is taken for gone.
const PING_EVERY: Duration = Duration::from_secs(5);
/// The longest wait before another try.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// What the connection tells of itself.
struct News {
    /// How often it came up.
    ups: watch::Sender<u64>,
    /// What the server forbade last; it says so beside the question, which is then never answered.
    forbidden: Mutex<Option<(Instant, String)>>,
}

impl News {
    fn take(&self, event: Event) {
        match event {
            Event::Connected => self.ups.send_modify(|count| *count += 1),
            Event::ServerError(ServerError::Other(words)) if words.contains("ermissions") => {
                let mut last = self
                    .forbidden
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner);
                *last = Some((Instant::now(), words));
            }
            _ => {}
        }
    }

    fn forbidden_since(&self, began: Instant) -> Option<String> {
        let last = self
            .forbidden
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (at, words) = last.as_ref()?;
        (*at >= began).then(|| words.clone())
    }
}

/// A connection to a NATS server, which many may share.
#[derive(Clone)]
pub struct Link {
    client: Client,
    place: Arc<str>,
    api: Arc<str>,
    news: Arc<News>,
}

impl Link {
    /// Opens it, in at most five seconds. From then on it reconnects by itself, for ever.
    pub async fn open(way: &Way) -> Result<Link, Fault> {
        let servers = way.servers()?;
        let place: Arc<str> = Way::place(&servers).into();
        let (ups, _) = watch::channel(0);
        let forbidden = Mutex::default();
        let news = Arc::new(News { ups, forbidden });
        let opened = Arc::new(AtomicBool::new(false));
        let options = lasting(way.options(&servers)?, &news, &opened);
        let client = tokio::time::timeout(PATIENCE, options.connect(servers))
            .await
            .map_err(|_| silent(&place))?
            .map_err(|error| not_opened(&error, &place))?;
        opened.store(true, Ordering::Relaxed);
        let api = match way.api_prefix.as_str() {
            "" => "$JS.API",
            prefix => prefix,
        };
        Ok(Link {
            client,
            place,
            api: api.into(),
            news,
        })
    }

    /// Whether the server is there now, as far as is known.
    pub fn is_up(&self) -> bool {
        self.client.connection_state() == State::Connected
    }

    /// Where the server is, for people.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Tells whoever listens now, and nobody later. At most 16 KiB.
    pub async fn tell(&self, subject: &str, payload: Vec<u8>) -> Result<(), Fault> {
        if payload.len() > Hearing::LARGEST {
            return Err(Fault::Other(
                "A message to whoever listens may have 16 KiB; send less.".into(),
            ));
        }
        self.must_be_up()?;
        let began = Instant::now();
        let sent = async {
            let published = self
                .client
                .publish(subject.to_owned(), payload.into())
                .await;
            published.map_err(|error| self.other(&error))?;
            self.client
                .flush()
                .await
                .map_err(|error| self.other(&error))
        };
        match tokio::time::timeout(PATIENCE, sent).await {
            Ok(done) => done,
            Err(_) => Err(self.unanswered(began)),
        }
    }

    /// Listens from now on.
    pub async fn hear(&self, subject: &str) -> Result<Hearing, Fault> {
        self.must_be_up()?;
        Ok(Hearing::start(self.subscribe(subject).await?))
    }

    /// Appends to the stream that takes this subject, and waits until it is stored. The same id within two minutes is
    /// the same message.
    pub async fn append(&self, subject: &str, payload: Vec<u8>, id: &str) -> Result<(), Fault> {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Msg-Id", one_line(id));
        self.store(subject, headers, payload).await.map(|_| ())
    }

    /// Publishes to a stream and gives the sequence that it got there.
    pub(super) async fn store(
        &self,
        subject: &str,
        headers: HeaderMap,
        payload: Vec<u8>,
    ) -> Result<u64, Fault> {
        let message = self.request(subject, Some(headers), payload).await?;
        let answer = self
            .read(&message)?
            .map_err(|error| error.fault(&self.place))?;
        let sequence = answer["seq"].as_u64().filter(|sequence| *sequence > 0);
        sequence.ok_or_else(|| {
            Fault::Other(format!(
                "What answers for {subject} at {} is no stream.",
                self.place
            ))
        })
    }

    /// Asks JetStream's API; an error in the answer is a fault.
    pub(super) async fn api(&self, subject: &str, question: &Value) -> Result<Value, Fault> {
        let answered = self.ask(subject, question).await?;
        answered.map_err(|error| error.fault(&self.place))
    }

    /// Asks JetStream's API; an error in the answer is given as the server put it.
    pub(super) async fn ask(
        &self,
        subject: &str,
        question: &Value,
    ) -> Result<Result<Value, Answered>, Fault> {
        let subject = self.api_subject(subject);
        let question = question.to_string().into();
        match self.request(&subject, None, question).await {
            Err(Fault::Missing) => Err(Fault::Unreachable(format!(
                "JetStream does not answer at {}; is it switched on there, and is its disk full or gone?",
                self.place
            ))),
            other => self.read(&other?),
        }
    }

    /// Where a part of JetStream's API listens for this user.
    pub(super) fn api_subject(&self, part: &str) -> String {
        format!("{}.{part}", self.api)
    }

    /// One question with one answer; `Missing` where nothing at all listens on the subject.
    pub(super) async fn request(
        &self,
        subject: &str,
        headers: Option<HeaderMap>,
        payload: Vec<u8>,
    ) -> Result<Message, Fault> {
        self.must_be_up()?;
        let began = Instant::now();
        let mut request = Request::new()
            .payload(payload.into())
            .timeout(Some(PATIENCE));
        if let Some(headers) = headers {
            request = request.headers(headers);
        }
        // The library's own limit begins once the question is on its way, which a full queue may hold up.
        let asked = self.client.send_request(subject.to_owned(), request);
        let answered = tokio::time::timeout(PATIENCE + PATIENCE, asked).await;
        match answered {
            Err(_) => Err(self.unanswered(began)),
            Ok(Ok(message)) => Ok(message),
            Ok(Err(error)) => Err(match error.kind() {
                RequestErrorKind::NoResponders => Fault::Missing,
                RequestErrorKind::TimedOut => self.unanswered(began),
                _ => self.other(&error),
            }),
        }
    }

    pub(super) async fn subscribe(&self, subject: &str) -> Result<async_nats::Subscriber, Fault> {
        let subscribed = self.client.subscribe(subject.to_owned()).await;
        subscribed.map_err(|error| self.other(&error))
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Changes whenever the connection came up.
    pub(super) fn ups(&self) -> watch::Receiver<u64> {
        self.news.ups.subscribe()
    }

    fn must_be_up(&self) -> Result<(), Fault> {
        match self.is_up() {
            true => Ok(()),
            false => Err(Fault::Unreachable(format!(
                "The connection to NATS at {} is down; it is tried again by itself.",
                self.place
            ))),
        }
    }

    fn read(&self, message: &Message) -> Result<Result<Value, Answered>, Fault> {
        let answer: Value =
            serde_json::from_slice(&message.payload).map_err(|error| self.other(&error))?;
        Ok(match Answered::of(&answer) {
            Some(error) => Err(error),
            None => Ok(answer),
        })
    }

    fn unanswered(&self, began: Instant) -> Fault {
        match self.news.forbidden_since(began) {
            Some(words) => Fault::Refused(format!(
                "NATS at {} does not let this user do that: {words}; ask for the permission.",
                self.place
            )),
            None => silent(&self.place),
        }
    }

    fn other(&self, error: &dyn Error) -> Fault {
        Fault::Other(format!("NATS at {}: {error}.", self.place))
    }
}

fn silent(place: &str) -> Fault {
    Fault::Unreachable(format!(
        "NATS at {place} did not answer within {} s; check the address, whether it runs, and whether its disk is full.",
        PATIENCE.as_secs()
    ))
}

/// Options under which a connection lasts.
fn lasting(options: ConnectOptions, news: &Arc<News>, opened: &Arc<AtomicBool>) -> ConnectOptions {
    let (news, opened) = (Arc::clone(news), Arc::clone(opened));
    options
        .connection_timeout(PATIENCE)
        .ping_interval(PING_EVERY)
        .max_reconnects(None)
        .reconnect_delay_callback(move |attempt| match opened.load(Ordering::Relaxed) {
            true => pause(attempt, fastrand::f64()),
            false => Duration::ZERO,
        })
        .event_callback(move |event| {
            news.take(event);
            std::future::ready(())
        })
}

/// How long to wait before a try, so that two hundred consoles do not come back in the same moment.
fn pause(attempt: usize, random: f64) -> Duration {
    let doubled = Duration::from_millis(500 << attempt.saturating_sub(1).min(3));
    doubled.min(LONGEST_PAUSE).mul_f64(0.1 + 0.9 * random)
}

/// Why it did not open: whether nobody was there, or whether we were not let in or would not go in.
fn not_opened(error: &ConnectError, place: &str) -> Fault {
    match error.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            Fault::Refused(format!(
                "NATS at {place} does not let us in; check the credentials file and the users of the server."
            ))
        }
        // The library's own patience may end a moment before ours.
        ConnectErrorKind::TimedOut => silent(place),
        _ if is_about_tls(error) => Fault::Refused(format!(
            "No trusted TLS with NATS at {place} ({}); another machine is only asked with TLS: check the server's tls block, its certificate and ca_cert.",
            root(error)
        )),
        _ => Fault::Unreachable(format!(
            "NATS at {place} cannot be reached: {}; check the address and whether it runs.",
            root(error)
        )),
    }
}

/// Every error that led to this one, the nearest first. What an I/O error wraps is not among its sources.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| under(*error))
}

fn under<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    let wrapped = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    match wrapped {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn is_about_tls(error: &ConnectError) -> bool {
    error.kind() == ConnectErrorKind::Tls || causes(error).any(|cause| cause.is::<rustls::Error>())
}

fn root(error: &ConnectError) -> String {
    causes(error)
        .last()
        .map_or_else(String::new, |cause| cause.to_string())
}

/// A header's value has one line.
pub(super) fn one_line(text: &str) -> String {
    text.replace(['\r', '\n'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_four_seconds_and_differ() {
        for (attempt, random, millis) in [
            (0, 1.0, 500),
            (1, 0.0, 50),
            (1, 1.0, 500),
            (2, 1.0, 1000),
            (4, 1.0, 4000),
            (400, 1.0, 4000),
            (400, 0.0, 400),
        ] {
            let paused = pause(attempt, random).as_millis();
            assert_eq!(paused, millis, "{attempt} {random}");
        }
    }
}
