//! The server: connections, their number, their encryption, and its end.

use super::super::metrics::Metrics;
use super::delivery::{Counted, Keeper};
use super::listen::Listen;
use super::receive;
use super::shared::Shared;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

/// Headers of a request.
const MOST_HEADERS: usize = 64;
/// Bytes of all headers of a request together.
const LARGEST_HEADERS: usize = 32 << 10;
/// How long requests under way may take when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(10);
/// How long it waits where this machine has no room for another connection.
const NO_ROOM: Duration = Duration::from_millis(100);

/// A server that listens. Dropping it ends it at once.
pub struct Server {
    at: SocketAddr,
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// Opens the server; what is wrong is a sentence.
pub async fn start(listen: Listen, keeper: Keeper) -> Result<Server, String> {
    start_watched(listen, keeper, Arc::default()).await
}

/// The same, telling how the bridge fares.
pub(in crate::bridge) async fn start_watched(
    listen: Listen,
    keeper: Keeper,
    metrics: Arc<Metrics>,
) -> Result<Server, String> {
    let (wanted, connections) = (listen.at, listen.limits.connections);
    let shared = Arc::new(Shared::new(listen, keeper, metrics)?);
    let listener = TcpListener::bind(wanted)
        .await
        .map_err(|e| format!("Cannot listen on {wanted}: {e}. Choose another port."))?;
    let at = listener.local_addr().map_err(|e| e.to_string())?;
    let (stop, stopping) = watch::channel(false);
    let task = tokio::spawn(accept(listener, shared.clone(), connections, stopping));
    Ok(Server {
        at,
        shared,
        stop,
        task,
    })
}

impl Server {
    /// Where it listens.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// What came in so far.
    pub fn counted(&self) -> Counted {
        self.shared.counts.read()
    }

    /// Goes by other settings from now on: whom it believes, its certificate, its limits. Where they are wrong it says so
    /// and goes by the old ones. The address and the number of connections stay.
    pub fn change(&self, listen: Listen) -> Result<(), String> {
        let at = self.shared.listen().at;
        self.shared.change(Listen { at, ..listen })
    }

    /// Takes no further request, answers those under way, and ends.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Takes connections until it is stopped.
async fn accept(
    listener: TcpListener,
    shared: Arc<Shared>,
    connections: usize,
    mut stopping: watch::Receiver<bool>,
) {
    let router = receive::router(shared.clone());
    let (room, graceful) = (
        Arc::new(Semaphore::new(connections)),
        GracefulShutdown::new(),
    );
    let mut open = JoinSet::new();
    loop {
        let next = async {
            let place = room.clone().acquire_owned().await.ok()?;
            Some((listener.accept().await, place))
        };
        let (accepted, place) = tokio::select! {
            Some(next) = next => next,
            Some(_) = open.join_next(), if !open.is_empty() => continue,
            _ = stopping.wait_for(|stop| *stop) => break,
            else => break,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(NO_ROOM).await;
            continue;
        };
        let connection = Connection {
            shared: shared.clone(),
            router: router.clone(),
            watcher: graceful.watcher(),
            _place: place,
        };
        open.spawn(connection.serve(stream));
    }
    drop(listener);
    let _ = tokio::time::timeout(LAST_WORDS, graceful.shutdown()).await;
}

/// One connection.
struct Connection {
    shared: Arc<Shared>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// Answers what comes on it.
    async fn serve(self, stream: TcpStream) {
        let settings = self.shared.settings();
        let _ = stream.set_nodelay(true);
        let Some(tls) = settings.tls else {
            return self.answer(stream).await;
        };
        let shaken = tokio::time::timeout(settings.listen.limits.read, tls.accept(stream)).await;
        if let Ok(Ok(stream)) = shaken {
            self.answer(stream).await;
        }
    }

    async fn answer(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new())
            .header_read_timeout(self.shared.listen().limits.read)
            .max_headers(MOST_HEADERS)
            .max_buf_size(LARGEST_HEADERS);
        let service = TowerToHyperService::new(self.router.clone());
        let connection = http.serve_connection(TokioIo::new(stream), service);
        // A connection that breaks is the sender's to notice.
        let _ = self.watcher.watch(connection).await;
    }
}
