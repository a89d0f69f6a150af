//! The server: connections, their number, their encryption, and its end.

use super::super::metrics::Metrics;
use super::delivery::{Counted, Keeper};
use super::listen::Listen;
use super::receive;
use super::shared::Shared;
use crate::net::server::{self, Bounds};
use axum::Router;
use hyper_util::server::graceful::Watcher;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long requests under way may take when the server ends.
const LAST_WORDS: Duration = Duration::from_secs(10);

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
    let bounds = Bounds {
        connections,
        last_words: LAST_WORDS,
    };
    let end = async move {
        let _ = stopping.wait_for(|stop| *stop).await;
    };
    let serve = |stream, watcher| serve(shared.clone(), router.clone(), stream, watcher);
    server::accept(listener, bounds, end, serve).await;
}

/// Answers what comes on one connection.
async fn serve(shared: Arc<Shared>, router: Router, stream: TcpStream, watcher: Watcher) {
    let settings = shared.settings();
    let within = settings.listen.limits.read;
    let Some(tls) = settings.tls else {
        return server::answer(stream, router, within, watcher).await;
    };
    let shaken = tokio::time::timeout(within, tls.accept(stream)).await;
    if let Ok(Ok(stream)) = shaken {
        server::answer(stream, router, within, watcher).await;
    }
}
