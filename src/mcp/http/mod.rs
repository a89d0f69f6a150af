//! Agents over HTTP, on this machine alone: each client by its own token, at a desk of its own.

mod door;
mod refusal;
mod sessions;

use super::desk::Desk;
use super::server::Server;
use crate::domain::{ApiError, MachineFault};
use crate::net::server::{self, Bounds};
use crate::session::Session;
use door::{Client, Door};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Where agents are served.
const PATH: &str = "/mcp";
/// Connections at once; further ones wait.
const CONNECTIONS: usize = 256;
/// How long a request may take to come in, its headers and its body each; and how long a connection waits for the next.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long requests under way may take at the end, and after them what is then told and the writes.
const LAST_REQUESTS: Duration = Duration::from_secs(10);
const LAST_WORDS: Duration = Duration::from_secs(12);

/// A server that listens, and has not answered yet.
pub struct Listening {
    listener: TcpListener,
    at: SocketAddr,
    door: Arc<Door>,
    /// Ends whatever goes on for ever.
    over: CancellationToken,
}

/// Listens at an address of this machine for the clients that the configuration names.
pub async fn listen(session: Arc<Session>, at: SocketAddr) -> Result<Listening, ApiError> {
    let tokens = session.config().mcp.tokens();
    let tokens = tokens.map_err(|e| ApiError::User(e.to_string()))?;
    let cannot = |e: std::io::Error| ApiError::Machine {
        path: None,
        reason: MachineFault::from(&e),
        says: format!("Cannot listen on {at}: {e}. Choose another port."),
    };
    let listener = TcpListener::bind(at).await.map_err(cannot)?;
    let at = listener.local_addr().map_err(cannot)?;
    let over = CancellationToken::new();
    let clients = tokens.into_iter().map(|(name, token)| {
        let desk = Arc::new(Desk::new(session.clone())?);
        let serves = Server::new(desk.clone(), Some(name.into()));
        Ok(Client::new(token, desk, serves, at, &over))
    });
    Ok(Listening {
        door: Arc::new(Door::new(at, clients.collect::<Result<_, ApiError>>()?)),
        listener,
        at,
        over,
    })
}

impl Listening {
    /// Its address, for clients.
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.at)
    }

    /// Serves until the end: then it takes no further connection, and what is under way is finished, within a bound.
    pub async fn serve(self, end: impl Future<Output = ()>) {
        let ending = CancellationToken::new();
        let router = door::router(self.door.clone());
        let answer = |stream, watcher| server::answer(stream, router.clone(), PATIENCE, watcher);
        let bounds = Bounds {
            connections: CONNECTIONS,
            last_words: LAST_REQUESTS + LAST_WORDS,
        };
        let accepted = server::accept(self.listener, bounds, ending.cancelled(), answer);
        let ended = async {
            end.await;
            ending.cancel();
            let _ = tokio::time::timeout(LAST_REQUESTS, self.door.is_quiet()).await;
            self.over.cancel();
            let _ = tokio::time::timeout(LAST_WORDS, self.door.writes_are_done()).await;
            self.door.close().await;
        };
        tokio::join!(accepted, ended);
    }
}
