//! What every server here shares: how many connections there are, how long a request may take to come in, how much of it
//! is read, whose token it shows, and an end that lets what is under way be answered.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use futures_util::StreamExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// Headers of a request.
const MOST_HEADERS: usize = 64;
/// Bytes of all headers of a request together.
const LARGEST_HEADERS: usize = 32 << 10;
/// How long it waits where this machine has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);
/// How many times as much as may be is still read, and dropped, so that the sender hears that it was too much instead of
/// seeing its connection break, which it would take for a reason to try again.
const HEARD_OUT: usize = 16;

/// What a server bears.
#[derive(Clone, Copy)]
pub(crate) struct Bounds {
    /// Connections at once; further ones wait.
    pub(crate) connections: usize,
    /// How long requests under way may take when it ends.
    pub(crate) last_words: Duration,
}

/// Takes connections until the end, and then lets requests under way be answered.
pub(crate) async fn accept<C>(
    listener: TcpListener,
    bounds: Bounds,
    end: impl Future<Output = ()>,
    serve: impl Fn(TcpStream, Watcher) -> C,
) where
    C: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(bounds.connections));
    let (graceful, mut open) = (GracefulShutdown::new(), JoinSet::new());
    let mut end = std::pin::pin!(end);
    loop {
        let next = async {
            let place = room.clone().acquire_owned().await.ok()?;
            Some((listener.accept().await, place))
        };
        let (accepted, place) = tokio::select! {
            Some(next) = next => next,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
            () = &mut end => break,
            else => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(NO_ROOM).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let connection = serve(stream, graceful.watcher());
        open.spawn(async move {
            connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(bounds.last_words, graceful.shutdown()).await;
}

/// Answers what comes on a connection, whose requests have so long for their headers.
pub(crate) async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    within: Duration,
    watcher: Watcher,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(within)
        .max_headers(MOST_HEADERS)
        .max_buf_size(LARGEST_HEADERS);
    let service = TowerToHyperService::new(router);
    let connection = http.serve_connection(TokioIo::new(stream), service);
    // A connection that breaks is the sender's to notice.
    let _ = watcher.watch(connection).await;
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unread {
    /// It is larger than may be.
    TooLarge,
    /// It took too long to come in.
    Slow,
    /// It broke off.
    Broken,
}

/// A body, within its size and its time.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    within: Duration,
) -> Result<Vec<u8>, Unread> {
    let said = headers.get(header::CONTENT_LENGTH);
    let said = said.and_then(|length| length.to_str().ok()?.parse().ok());
    let mut length: usize = 0;
    // It asks before it sends, or it would send for ever.
    let asks = headers.contains_key(header::EXPECT);
    if said.is_some_and(|said: usize| said > most && (asks || said / HEARD_OUT > most)) {
        return Err(Unread::TooLarge);
    }
    let deadline = Instant::now() + within;
    let (mut bytes, mut coming) = (Vec::new(), body.into_data_stream());
    loop {
        let next = timeout_at(deadline, coming.next()).await;
        let chunk = match next {
            Err(_) if length > most => return Err(Unread::TooLarge),
            Err(_) => return Err(Unread::Slow),
            Ok(None) => break,
            Ok(Some(chunk)) => chunk.map_err(|_| Unread::Broken)?,
        };
        length += chunk.len();
        match length {
            length if length <= most => bytes.extend_from_slice(&chunk),
            length if length / HEARD_OUT <= most => bytes = Vec::new(),
            _ => return Err(Unread::TooLarge),
        }
    }
    match length > most {
        true => Err(Unread::TooLarge),
        false => Ok(bytes),
    }
}

/// Lets as much of a refused request's body through as would be taken otherwise, and drops it: a connection that is
/// closed on somebody who still sends breaks, and the sender never hears why.
pub(crate) async fn hear_out(headers: &HeaderMap, body: Body, most: usize, within: Duration) {
    // It waits for a word before it sends.
    if headers.contains_key(header::EXPECT) {
        return;
    }
    let deadline = Instant::now() + within;
    let (mut length, mut coming) = (0, body.into_data_stream());
    while length <= most
        && let Ok(Some(Ok(chunk))) = timeout_at(deadline, coming.next()).await
    {
        length += chunk.len();
    }
}

/// The token that a request shows.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether a body is JSON by its own word, and not packed.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let word = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let kind = word(header::CONTENT_TYPE).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let packed = word(header::CONTENT_ENCODING).unwrap_or("identity");
    kind.eq_ignore_ascii_case("application/json") && packed.eq_ignore_ascii_case("identity")
}
