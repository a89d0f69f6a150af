//! Who may come in: what is checked of every request before anything of it is read, and how much of one client is under
//! way at once.

use super::super::desk::Desk;
use super::super::server::Server;
use super::refusal::{LARGEST_BODY, Refusal};
use super::sessions::{MOST_SESSIONS, Sessions};
use super::{PATH, PATIENCE};
use crate::domain::webhook::is_same_secret;
use crate::net::server;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use rmcp::model::ClientJsonRpcMessage;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use secrecy::SecretString;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// Requests of one client under way at once.
pub(super) const MOST_REQUESTS: usize = 32;
/// Streams on which one client waits to be told something.
const MOST_STREAMS: usize = 2 * MOST_SESSIONS;
/// The header that names a session.
const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");

/// A client that may come in, and what is its own: nothing here is shared with another.
pub(super) struct Client {
    token: SecretString,
    desk: Arc<Desk>,
    service: StreamableHttpService<Server, LocalSessionManager>,
    sessions: Sessions,
    requests: Arc<Semaphore>,
    streams: Arc<Semaphore>,
}

impl Client {
    pub fn new(
        token: SecretString,
        desk: Arc<Desk>,
        serves: Server,
        at: SocketAddr,
        over: &CancellationToken,
    ) -> Self {
        let sessions = Sessions::new();
        let config = StreamableHttpServerConfig::default()
            .with_allowed_hosts(hosts(at))
            .with_max_request_body_bytes(LARGEST_BODY)
            .with_cancellation_token(over.clone());
        let made = move || Ok(serves.clone());
        Self {
            token,
            desk,
            service: StreamableHttpService::new(made, sessions.manager.clone(), config),
            sessions,
            requests: Arc::new(Semaphore::new(MOST_REQUESTS)),
            streams: Arc::new(Semaphore::new(MOST_STREAMS)),
        }
    }

    /// Room for a request, until its answer is out; streams last, so they have a room of their own.
    fn place(&self, method: &Method) -> Result<OwnedSemaphorePermit, Refusal> {
        let room = match *method == Method::GET {
            true => &self.streams,
            false => &self.requests,
        };
        room.clone().try_acquire_owned().map_err(|_| Refusal::Busy)
    }

    async fn answer(&self, request: Request) -> Response {
        if let Some(id) = text(request.headers(), &SESSION) {
            self.sessions.touch(id);
        }
        let response = self.service.handle(request).await;
        if let Some(id) = text(response.headers(), &SESSION) {
            self.sessions.made(id).await;
        }
        response.map(Body::new)
    }
}

/// The one way in.
pub(super) struct Door {
    /// What a request may call this server.
    hosts: [String; 2],
    clients: Vec<Client>,
}

/// What a server at an address is called.
fn hosts(at: SocketAddr) -> [String; 2] {
    [at.to_string(), format!("localhost:{}", at.port())]
}

/// Everything that is answered.
pub(super) fn router(door: Arc<Door>) -> Router {
    Router::new().fallback(take).with_state(door)
}

async fn take(State(door): State<Arc<Door>>, request: Request) -> Response {
    let taken = door.take(request).await;
    taken.unwrap_or_else(IntoResponse::into_response)
}

impl Door {
    pub fn new(at: SocketAddr, clients: Vec<Client>) -> Self {
        let hosts = hosts(at);
        Self { hosts, clients }
    }

    /// Waits until every request was answered.
    pub async fn is_quiet(&self) {
        for client in &self.clients {
            let all = MOST_REQUESTS as u32;
            let _ = client.requests.acquire_many(all).await;
        }
    }

    /// Waits until every write that is on its way was followed to its end.
    pub async fn writes_are_done(&self) {
        for client in &self.clients {
            client.desk.is_quiet().await;
        }
    }

    /// Nothing that was proposed can be confirmed any more.
    pub async fn close(&self) {
        for client in &self.clients {
            client.desk.close().await;
        }
    }

    async fn take(&self, request: Request) -> Result<Response, Refusal> {
        let (mut parts, body) = request.into_parts();
        let client = match self.check(&parts) {
            Ok(client) => client,
            Err(refusal) => {
                server::hear_out(&parts.headers, body, LARGEST_BODY, PATIENCE).await;
                return Err(refusal);
            }
        };
        let place = client.place(&parts.method)?;
        // From here on nobody needs it, so nobody can tell it.
        parts.headers.remove(header::AUTHORIZATION);
        let read = server::read(&parts.headers, body, LARGEST_BODY, PATIENCE).await;
        let body = read.map_err(Refusal::Unread)?;
        if parts.method == Method::POST {
            is_message(&body)?;
        }
        let request = Request::from_parts(parts, Body::from(body));
        let response = client.answer(request).await;
        Ok(response.map(|body| until_sent(body, place)))
    }

    /// Whose request it is, where it may come in at all.
    fn check(&self, parts: &Parts) -> Result<&Client, Refusal> {
        let headers = &parts.headers;
        let authority = parts.uri.authority().map(|a| a.as_str());
        let host = only(headers, &header::HOST).flatten();
        if !host.is_some_and(|host| self.is_called(host))
            || authority.is_some_and(|host| !self.is_called(host))
        {
            return Err(Refusal::Host);
        }
        let from = only(headers, &header::ORIGIN);
        if from.is_some_and(|from| !from.is_some_and(|from| self.is_own_origin(from))) {
            return Err(Refusal::Origin);
        }
        if parts.uri.path() != PATH {
            return Err(Refusal::NoPath);
        }
        if ![Method::POST, Method::GET, Method::DELETE].contains(&parts.method) {
            return Err(Refusal::Method);
        }
        let client = self.client(headers).ok_or(Refusal::Unknown)?;
        match parts.method == Method::POST && !server::is_json(headers) {
            true => Err(Refusal::ContentType),
            false => Ok(client),
        }
    }

    fn is_called(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    fn is_own_origin(&self, origin: &str) -> bool {
        let host = origin.strip_prefix("http://");
        host.is_some_and(|host| self.is_called(host))
    }

    /// Whose token it is. Each is compared, so that the time it takes tells nothing of which came near.
    fn client(&self, headers: &HeaderMap) -> Option<&Client> {
        only(headers, &header::AUTHORIZATION).flatten()?;
        let given = server::bearer(headers).unwrap_or_default();
        let is_own = |client: &Client| is_same_secret(given, &client.token);
        let all = self.clients.iter();
        all.fold(None, |found, one| is_own(one).then_some(one).or(found))
    }
}

/// Whether a body is one message of the protocol.
fn is_message(body: &[u8]) -> Result<(), Refusal> {
    match serde_json::from_slice::<ClientJsonRpcMessage>(body) {
        Ok(_) => Ok(()),
        Err(e) if e.is_data() => Err(Refusal::NoMessage),
        Err(_) => Err(Refusal::NotJson),
    }
}

/// What a header says: nothing where it is not there, and nothing in it where it is there twice or is no text.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Option<&'a str>> {
    let mut all = headers.get_all(name).iter();
    let first = all.next()?;
    Some(first.to_str().ok().filter(|_| all.next().is_none()))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A body whose request has its place until the last of it is out.
fn until_sent(body: Body, place: OwnedSemaphorePermit) -> Body {
    let stream = body.into_data_stream();
    Body::from_stream(stream.map(move |chunk| {
        let _held = &place;
        chunk
    }))
}
