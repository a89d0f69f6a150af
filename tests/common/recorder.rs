//! A proxy between a client and the simulated organisation: it keeps every exchange, holds each against the official API
//! description, and breaks writes on demand.

#[path = "described.rs"]
pub mod described;

use crate::line::{Cut, Line, Lines, Wire};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use described::check;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// One request with its answer.
pub struct Exchange {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub body: Value,
    pub status: u16,
    pub answer: Value,
    /// A colleague did it.
    pub by_colleague: bool,
}

/// What is done to a write on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Break {
    /// The answer breaks off before the organisation hears of it.
    CutBefore,
    /// The organisation does it, and the answer breaks off at once.
    CutAfter,
    /// The organisation does it, and half of the answer comes.
    Half,
    /// The connection ends before the organisation hears of it.
    LineBefore(Cut),
    /// The organisation does it, and the connection ends without an answer.
    LineAfter(Cut),
    /// The connection ends, and the organisation does it so many milliseconds later.
    Late(u64),
    /// The line delivers it twice, where the platform or the request's own nature makes one of it: what a line doubles
    /// otherwise, nobody at its ends can help.
    Twice,
    /// The organisation does it, and a proxy says 502.
    BadGateway,
    /// The organisation says 500 and has not done it.
    ErrorBefore,
    /// The organisation does it and says 500.
    ErrorAfter,
    /// The rate limit is reached.
    TooMany,
    /// The organisation never hears of it, and no answer comes; the test is told.
    HoldBefore,
    /// The organisation does it, and no answer comes; the test is told.
    HoldAfter,
}

/// What is done to an answer that only tells something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReadBreak {
    /// It breaks off at once.
    Cut,
    /// The organisation says 500.
    Error,
    /// The rate limit is reached.
    TooMany,
    /// Something comes that is not what was asked for.
    Nonsense(&'static str),
}

/// What a colleague does right before the line breaks: a method, a path and a body.
pub type Colleague = (Method, String, Value);

/// Makes other words of an answer, given the path that was asked.
pub type Reword = Box<dyn Fn(&str, &mut Value) + Send + Sync>;

/// The proxy.
pub struct Recorder {
    to: String,
    http: reqwest::Client,
    /// Every exchange with the organisation, those of colleagues among them.
    pub log: Mutex<Vec<Exchange>>,
    /// What happens to the next writes, each once, and what a colleague does right before that.
    pub next: Mutex<VecDeque<(Break, Option<Colleague>)>>,
    /// What happens to the next questions, one after another; none where one is answered.
    pub next_reads: Mutex<VecDeque<Option<ReadBreak>>>,
    /// Seconds by which the clock of the answers is ahead.
    pub ahead: Mutex<i64>,
    /// What is made of answers that tell something.
    pub reword: Mutex<Option<Reword>>,
    held: mpsc::UnboundedSender<()>,
    /// Writes that reached it and are not done by the organisation yet.
    under_way: watch::Sender<usize>,
}

impl Recorder {
    /// Starts it in front of an organisation: its address, itself, and word of every write that is held.
    pub async fn start(to: &str, wire: Wire) -> (String, Arc<Self>, mpsc::UnboundedReceiver<()>) {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let (held, told) = mpsc::unbounded_channel();
        let recorder = Arc::new(Self {
            to: to.into(),
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .expect("a client"),
            log: Mutex::default(),
            next: Mutex::default(),
            next_reads: Mutex::default(),
            ahead: Mutex::default(),
            reword: Mutex::default(),
            held,
            under_way: watch::Sender::new(0),
        });
        let (url, lines) = Lines::listen(wire).await;
        let app = axum::Router::new()
            .fallback(forward)
            .with_state(recorder.clone())
            .into_make_service_with_connect_info::<Line>();
        tokio::spawn(async move { axum::serve(lines, app).await });
        (url, recorder, told)
    }

    /// Waits until every write that reached it is done, also those that are delivered late and those of programs that
    /// are gone.
    pub async fn is_quiet(&self) {
        let mut under_way = self.under_way.subscribe();
        under_way
            .wait_for(|count| *count == 0)
            .await
            .expect("the recorder is there");
    }

    /// Asks the organisation whether or not anybody still waits for the answer, after so long.
    fn see_to(
        self: &Arc<Self>,
        wait: Duration,
        (method, uri, headers, body): (Method, Uri, HeaderMap, Bytes),
    ) -> JoinHandle<(StatusCode, HeaderMap, Bytes)> {
        let (recorder, writes) = (self.clone(), usize::from(method != Method::GET));
        recorder.under_way.send_modify(|count| *count += writes);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            let answer = recorder.perform(&method, &uri, &headers, &body).await;
            recorder.under_way.send_modify(|count| *count -= writes);
            answer
        })
    }

    /// Breaks the next write.
    pub fn break_next(&self, how: Break) {
        self.break_in_turn([(how, None)]);
    }

    /// Breaks the next writes, whatever was to be broken before; a colleague may write right before a line breaks.
    pub fn break_in_turn(&self, faults: impl IntoIterator<Item = (Break, Option<Colleague>)>) {
        *self.next.lock().expect("lock") = faults.into_iter().collect();
    }

    /// Breaks the next answers that only tell something, whatever was to be broken before.
    pub fn break_reads(&self, faults: impl IntoIterator<Item = Option<ReadBreak>>) {
        *self.next_reads.lock().expect("lock") = faults.into_iter().collect();
    }

    /// An answer to a question in other words, where there are some.
    fn reworded(&self, path: &str, bytes: Bytes) -> Bytes {
        let reword = self.reword.lock().expect("lock");
        let Some(reword) = &*reword else {
            return bytes;
        };
        let Ok(mut body) = serde_json::from_slice(&bytes) else {
            return bytes;
        };
        reword(path, &mut body);
        body.to_string().into()
    }

    /// What is wrong with any exchange so far, against the description.
    pub fn wrong(&self, spec: &Value) -> std::collections::BTreeSet<String> {
        self.log
            .lock()
            .expect("lock")
            .iter()
            .flat_map(|exchange| check(spec, exchange))
            .collect()
    }

    /// Asks the organisation, and keeps the exchange.
    pub async fn perform(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &Bytes,
    ) -> (StatusCode, HeaderMap, Bytes) {
        self.exchange(method, uri, headers, body, false).await
    }

    async fn exchange(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &Bytes,
        by_colleague: bool,
    ) -> (StatusCode, HeaderMap, Bytes) {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{uri}", self.to))
            .body(body.to_vec());
        for name in ["authorization", "content-type"] {
            request = headers
                .get(name)
                .into_iter()
                .fold(request, |r, value| r.header(name, value));
        }
        let answer = request
            .send()
            .await
            .expect("the simulated organisation answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let bytes = answer.bytes().await.expect("a body");
        let parse = |bytes: &[u8]| match bytes {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).expect("JSON"),
        };
        self.log.lock().expect("lock").push(Exchange {
            method: method.to_string().to_lowercase(),
            path: uri.path().to_owned(),
            query: url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect(),
            body: parse(body),
            status: status.as_u16(),
            answer: parse(&bytes),
            by_colleague,
        });
        (status, headers, bytes)
    }

    /// A colleague does what was agreed on.
    async fn let_act(&self, colleague: Option<Colleague>, headers: &HeaderMap) {
        if let Some((method, path, body)) = colleague {
            let (uri, body) = (path.parse().expect("a path"), body.to_string().into());
            self.exchange(&method, &uri, headers, &body, true).await;
        }
    }
}

/// An answer that ends before it is whole.
fn cut(first: Vec<u8>) -> Response {
    let broken = Err(std::io::Error::new(
        std::io::ErrorKind::ConnectionReset,
        "cut",
    ));
    Response::new(Body::from_stream(futures_util::stream::iter([
        Ok(first),
        broken,
    ])))
}

fn problem(status: StatusCode, body: &str) -> Response {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = status;
    let at_once = axum::http::HeaderValue::from_static("0");
    response.headers_mut().insert("retry-after", at_once);
    response
}

fn break_read(how: ReadBreak) -> Response {
    match how {
        ReadBreak::Cut => cut(Vec::new()),
        ReadBreak::Error => problem(StatusCode::INTERNAL_SERVER_ERROR, r#"{"errors":[]}"#),
        ReadBreak::TooMany => problem(StatusCode::TOO_MANY_REQUESTS, r#"{"errors":[]}"#),
        ReadBreak::Nonsense(body) => Response::new(Body::from(body)),
    }
}

fn has_key(body: &Bytes) -> bool {
    let body = serde_json::from_slice::<Value>(body);
    body.is_ok_and(|body| !body["idempotency_key"].is_null())
}

async fn never() -> Response {
    std::future::pending().await
}

async fn forward(
    State(recorder): State<Arc<Recorder>>,
    ConnectInfo(line): ConnectInfo<Line>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let how = if method == Method::GET {
        let how = recorder.next_reads.lock().expect("lock").pop_front();
        if let Some(how) = how.flatten() {
            return break_read(how);
        }
        None
    } else {
        recorder.next.lock().expect("lock").pop_front()
    };
    // Over HTTP/2 the address has a host.
    let uri: Uri = uri
        .path_and_query()
        .map_or_else(|| uri.clone(), |path| path.clone().into());
    let (how, colleague) = how.map_or((None, None), |(how, who)| (Some(how), who));
    if let Some(how) = how
        && !is_after(how)
    {
        recorder.let_act(colleague, &headers).await;
        return break_before(&recorder, how, &line, (method, uri, headers, body)).await;
    }
    // What reached the organisation is done and kept, whether or not the client still waits.
    let asks = method == Method::GET;
    let path = uri.path().to_owned();
    let asked = (method.clone(), uri.clone(), headers.clone(), body.clone());
    let performed = recorder.see_to(Duration::ZERO, asked).await;
    let (status, told, bytes) = performed.expect("it is performed");
    if let Some(how) = how {
        let sets_a_state =
            uri.path().contains("/actions/") && !uri.path().contains("/actions/import");
        let is_known_again = method != Method::POST || has_key(&body) || sets_a_state;
        if how == Break::Twice && is_known_again {
            recorder.perform(&method, &uri, &headers, &body).await;
        }
        recorder.let_act(colleague, &headers).await;
        if let Some(broken) = break_after(&recorder, how, &line, &bytes).await {
            return broken;
        }
    }
    let bytes = match asks {
        true => recorder.reworded(&path, bytes),
        false => bytes,
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    told.iter()
        .filter(|(name, _)| name.as_str().starts_with("x-ratelimit"))
        .for_each(|(name, value)| drop(response.headers_mut().insert(name, value.clone())));
    let ahead = chrono::Duration::seconds(*recorder.ahead.lock().expect("lock"));
    let date = told["date"].to_str().expect("a date");
    let there = chrono::DateTime::parse_from_rfc2822(date).expect("a date") + ahead;
    let stamp = there.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    response
        .headers_mut()
        .insert("date", stamp.parse().expect("a header"));
    response
}

/// Whether the organisation does it before the line breaks.
pub fn is_after(how: Break) -> bool {
    match how {
        Break::CutAfter | Break::Half | Break::LineAfter(_) | Break::Twice => true,
        Break::BadGateway | Break::ErrorAfter | Break::HoldAfter => true,
        Break::CutBefore | Break::LineBefore(_) | Break::Late(_) => false,
        Break::ErrorBefore | Break::TooMany | Break::HoldBefore => false,
    }
}

async fn break_before(
    recorder: &Arc<Recorder>,
    how: Break,
    line: &Line,
    asked: (Method, Uri, HeaderMap, Bytes),
) -> Response {
    match how {
        Break::LineBefore(cut) => {
            line.cut(cut);
            never().await
        }
        Break::Late(milliseconds) => {
            recorder.see_to(Duration::from_millis(milliseconds), asked);
            line.cut(Cut::Fin);
            never().await
        }
        Break::HoldBefore => {
            let _ = recorder.held.send(());
            never().await
        }
        Break::ErrorBefore => problem(StatusCode::INTERNAL_SERVER_ERROR, r#"{"errors":[]}"#),
        Break::TooMany => problem(StatusCode::TOO_MANY_REQUESTS, r#"{"errors":[]}"#),
        _ => cut(Vec::new()),
    }
}

/// What comes instead of the answer; nothing where the answer comes.
async fn break_after(
    recorder: &Recorder,
    how: Break,
    line: &Line,
    bytes: &Bytes,
) -> Option<Response> {
    Some(match how {
        Break::Half => cut(bytes[..bytes.len() / 2].to_vec()),
        Break::BadGateway => problem(StatusCode::BAD_GATEWAY, "<html>502</html>"),
        Break::ErrorAfter => problem(StatusCode::INTERNAL_SERVER_ERROR, r#"{"errors":[]}"#),
        Break::LineAfter(cut) => {
            line.cut(cut);
            never().await
        }
        Break::HoldAfter => {
            let _ = recorder.held.send(());
            never().await
        }
        Break::Twice => return None,
        _ => cut(Vec::new()),
    })
}
