//! The door for webhooks, on this machine alone: each says no more than "look again at this", and only where its signature
//! fits. And how the relay stands, for whoever watches it.

use crate::config::Clock;
use crate::domain::webhook::SigningSecret;
use crate::net::server::{self, Bounds, Unread};
use crate::net::webhook::event::{self, Heard, Touched};
use crate::net::webhook::signature;
use crate::session::{Standing, Stir};
use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

/// Bytes of a webhook, which anybody may send until its signature was read; and how long it may take to come in.
const LARGEST: usize = 1 << 20;
const WITHIN: Duration = Duration::from_secs(10);
/// Connections, and how long requests under way may take at the end.
const BOUNDS: Bounds = Bounds {
    connections: 64,
    last_words: Duration::from_secs(5),
};

/// Secrets of webhooks that are believed: several while one is rotated.
pub struct Trusted(pub(super) Vec<SigningSecret>);

struct Shared {
    trusted: Trusted,
    clock: Clock,
    stir: mpsc::Sender<Stir>,
    standing: watch::Receiver<Standing>,
}

/// An open door.
pub struct Ingress {
    listener: TcpListener,
    at: SocketAddr,
    router: Router,
}

impl Ingress {
    /// Opens it; what is wrong is a sentence.
    pub async fn open(
        wanted: SocketAddr,
        trusted: Trusted,
        clock: Clock,
        stir: mpsc::Sender<Stir>,
        standing: watch::Receiver<Standing>,
    ) -> Result<Self, String> {
        let cannot = |e| format!("Cannot listen on {wanted}: {e}. Choose another port.");
        let listener = TcpListener::bind(wanted).await.map_err(cannot)?;
        let at = listener.local_addr().map_err(cannot)?;
        let shared = Arc::new(Shared {
            trusted,
            clock,
            stir,
            standing,
        });
        let router = Router::new()
            .route("/webhooks/incident-io", post(webhook))
            .route("/healthz", get(|| async { "alive" }))
            .route("/readyz", get(ready))
            .with_state(shared);
        Ok(Self {
            listener,
            at,
            router,
        })
    }

    /// Where it is.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Takes what comes until the end.
    pub async fn serve(self, mut stop: watch::Receiver<bool>) {
        let end = async {
            let _ = stop.changed().await;
        };
        let router = self.router;
        server::accept(self.listener, BOUNDS, end, |stream, watcher| {
            server::answer(stream, router.clone(), WITHIN, watcher)
        })
        .await;
    }
}

/// Whether it works, or waits for another that does.
async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, String) {
    match &*shared.standing.borrow() {
        Standing::Working(_) => (StatusCode::OK, "works".into()),
        Standing::Troubled(_, why) => (StatusCode::OK, format!("works, but: {why}")),
        Standing::Waiting(holder) => (StatusCode::OK, format!("waits for {holder}")),
        Standing::TakingOver => (StatusCode::SERVICE_UNAVAILABLE, "takes over".into()),
        Standing::Away(why) => (StatusCode::SERVICE_UNAVAILABLE, why.clone()),
    }
}

async fn webhook(State(shared): State<Arc<Shared>>, request: Request) -> (StatusCode, String) {
    match take(&shared, request).await {
        Ok(says) => (StatusCode::OK, says.into()),
        Err((status, says)) => (status, says),
    }
}

async fn take(shared: &Shared, request: Request) -> Result<&'static str, (StatusCode, String)> {
    let (parts, body) = request.into_parts();
    let refused =
        |e: crate::domain::webhook::SignatureFault| (StatusCode::UNAUTHORIZED, e.to_string());
    if !server::is_json(&parts.headers) {
        let says = "Send JSON, and say so: content-type: application/json.";
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, says.into()));
    }
    let came = shared.clock.now();
    let signed = signature::signed(&parts.headers).map_err(refused)?;
    signed.is_timely(came).map_err(refused)?;
    let body = server::read(&parts.headers, body, LARGEST, WITHIN).await;
    let body = body.map_err(|why| match why {
        Unread::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "The body is larger than 1 MB.".to_owned(),
        ),
        Unread::Slow => (
            StatusCode::REQUEST_TIMEOUT,
            "The body took too long.".to_owned(),
        ),
        Unread::Broken => (StatusCode::BAD_REQUEST, "The body broke off.".to_owned()),
    })?;
    signed
        .verify(&body, &shared.trusted.0, came)
        .map_err(refused)?;
    let heard = event::read(&body).map_err(|says| (StatusCode::BAD_REQUEST, says.to_owned()))?;
    let stir = match heard {
        Heard::Unknown => return Ok("ignored"),
        Heard::Event(event) => match event.touched {
            Touched::Incident(id) | Touched::Membership(id, _) => Stir::Incident(Some(id)),
            Touched::Escalation(_) | Touched::Alert(_) => Stir::Pages,
            _ => Stir::Incident(None),
        },
    };
    // Where nobody has time for it, the next poll finds it.
    let _ = shared.stir.try_send(stir);
    Ok("taken")
}
