//! One request after another: who sent it, what it says, and that it is kept. Who it is from is looked at before a byte
//! of its body is read.

use super::answer::{Refusal, said};
use super::delivery::{Delivery, KeepError, Kept, Origin};
use super::listen::{Detector, Listen, Shape};
use super::readings::Readings;
use super::shared::Shared;
use super::{alertmanager, detections};
use crate::domain::webhook::is_same_secret;
use crate::domain::{Instant, text};
use crate::net::server::{self, Unread};
use crate::net::webhook::event::{self, Heard};
use crate::net::webhook::signature;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use std::sync::Arc;

/// Bytes from which on a body is read beside everything else.
const LARGE: usize = 64 << 10;

/// Everything that is answered.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let only_post = || async { refused(Refusal::NoMethod("POST")) };
    let only_get = || async { refused(Refusal::NoMethod("GET, HEAD")) };
    Router::new()
        .route("/webhooks/incident-io", post(webhook).fallback(only_post))
        .route("/alertmanager", post(alerts).fallback(only_post))
        .route("/detections", post(detected).fallback(only_post))
        .route("/healthz", get(healthy).fallback(only_get))
        .route("/readyz", get(ready).fallback(only_get))
        .route("/metrics", get(metrics).fallback(only_get))
        .fallback(nowhere)
        .with_state(shared)
}

fn refused(refusal: Refusal) -> Response {
    refusal.into_response()
}

async fn nowhere(uri: Uri) -> Response {
    refused(Refusal::NoPath(text::clean_line(uri.path())))
}

async fn healthy() -> Response {
    said(StatusCode::OK, &json!({"status": "ok"}))
}

/// Whether the bridge can be relied on, and why not.
async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    match shared.metrics.obstacle() {
        None => said(StatusCode::OK, &json!({"status": "ready"})),
        Some(reason) => {
            let body = json!({"status": "not ready", "reason": reason});
            said(StatusCode::SERVICE_UNAVAILABLE, &body)
        }
    }
}

async fn metrics(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    let (kind, text) = shared.metrics.text(accept.unwrap_or_default());
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

async fn webhook(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let taken = take_webhook(&shared, request).await;
    told(&shared, "/webhooks/incident-io", taken)
}

async fn alerts(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let taken = take_detections(&shared, request, Shape::Alertmanager).await;
    told(&shared, "/alertmanager", taken)
}

async fn detected(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let taken = take_detections(&shared, request, Shape::Detections).await;
    told(&shared, "/detections", taken)
}

/// The answer, counted.
fn told(shared: &Shared, path: &'static str, taken: Result<Response, Refusal>) -> Response {
    let answer = taken.unwrap_or_else(|refusal| {
        match refusal.is_for_now() {
            true => shared.count(|c| &c.failed, "failed", 1),
            false => shared.count(|c| &c.refused, "refused", 1),
        }
        refusal.into_response()
    });
    shared.metrics.answered(path, answer.status().as_u16());
    answer
}

async fn take_webhook(shared: &Shared, request: Request) -> Result<Response, Refusal> {
    let listen = shared.listen();
    if listen.trusted.secrets.is_empty() {
        return Err(Refusal::NotConfigured("secret of webhooks"));
    }
    let (parts, body) = request.into_parts();
    let came = listen.clock.now();
    let checked = is_of_a_server(&parts.headers).and_then(|()| {
        let signed = signature::signed(&parts.headers).map_err(Refusal::Signature)?;
        signed.is_timely(came).map_err(Refusal::Signature)?;
        Ok(signed)
    });
    let (signed, body) = or_hear_out(&listen, &parts.headers, checked, body).await?;
    let most = listen.limits.webhook.min(listen.limits.body);
    let body = read(&listen, &parts.headers, body, most).await?;
    let believed = signed.verify(&body, &listen.trusted.secrets, came);
    believed.map_err(Refusal::Signature)?;
    match event::read(&body).map_err(|sentence| Refusal::Unreadable(sentence.into()))? {
        Heard::Unknown => {
            shared.count(|c| &c.unknown, "unknown", 1);
            Ok(said(StatusCode::OK, &json!({"status": "ignored"})))
        }
        Heard::Event(event) => {
            let id = signed.id.to_owned();
            let from = Origin::Webhook { id, event };
            let kept = keep(shared, &listen, Delivery { came, from }).await?;
            match kept {
                Kept::Now => shared.count(|c| &c.webhooks, "webhook", 1),
                Kept::Before => shared.count(|c| &c.repeated, "repeated", 1),
            }
            Ok(said(StatusCode::OK, &json!({"status": word(kept)})))
        }
    }
}

async fn take_detections(
    shared: &Shared,
    request: Request,
    shape: Shape,
) -> Result<Response, Refusal> {
    let listen = shared.listen();
    let (parts, body) = request.into_parts();
    let checked = sender(&listen, shape, &parts.headers)
        .and_then(|detector| is_of_a_server(&parts.headers).map(|()| detector));
    let (detector, body) = or_hear_out(&listen, &parts.headers, checked, body).await?;
    let came = listen.clock.now();
    let body = read(&listen, &parts.headers, body, listen.limits.body).await?;
    let readings = readings(&listen, shape, detector.clone(), body, came).await?;
    let (kept, unreadable) = (readings.all.len(), readings.unreadable);
    let first_fault = readings.first_fault.clone();
    let from = match shape {
        Shape::Alertmanager => Origin::Alertmanager { detector, readings },
        Shape::Detections => Origin::Detections { detector, readings },
    };
    let status = keep(shared, &listen, Delivery { came, from }).await?;
    shared.count(|c| &c.detections, "detection", kept);
    shared.count(|c| &c.unreadable, "unreadable", unreadable);
    let mut answer = json!({"status": word(status), "kept": kept, "unreadable": unreadable});
    if let Some(fault) = first_fault {
        answer["first_unreadable"] = json!(fault);
    }
    Ok(said(StatusCode::OK, &answer))
}

fn word(kept: Kept) -> &'static str {
    match kept {
        Kept::Now => "kept",
        Kept::Before => "kept before",
    }
}

/// Which detector a request is from. Each is compared, so that the time it takes tells nothing of which came near.
fn sender(listen: &Listen, shape: Shape, headers: &HeaderMap) -> Result<String, Refusal> {
    let given = server::bearer(headers);
    let detectors = &listen.trusted.detectors;
    let mut here = detectors.iter().filter(|one| one.shape == shape).peekable();
    if here.peek().is_none() {
        return Err(Refusal::NotConfigured(match shape {
            Shape::Alertmanager => "Alertmanager",
            Shape::Detections => "detector",
        }));
    }
    let is_sender = |detector: &Detector| match (&detector.token, given) {
        (Some(token), given) => is_same_secret(given.unwrap_or_default(), token),
        (None, given) => given.is_none(),
    };
    let found = here.fold(None, |found, one| is_sender(one).then_some(one).or(found));
    let found = found.ok_or(Refusal::Unknown)?;
    Ok(found.name.clone())
}

/// Servers send JSON and name no page that they come from. A browser would, and could be made to by anybody's page.
fn is_of_a_server(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.contains_key(header::ORIGIN) {
        return Err(Refusal::Browser);
    }
    match server::is_json(headers) {
        true => Ok(()),
        false => Err(Refusal::NotJson),
    }
}

/// What was found of a request before its body was read. Where it is refused, its sender is heard out.
async fn or_hear_out<T>(
    listen: &Listen,
    headers: &HeaderMap,
    checked: Result<T, Refusal>,
    body: Body,
) -> Result<(T, Body), Refusal> {
    match checked {
        Ok(found) => Ok((found, body)),
        Err(refusal) => {
            server::hear_out(headers, body, listen.limits.body, listen.limits.read).await;
            Err(refusal)
        }
    }
}

/// The body, within its size and its time.
async fn read(
    listen: &Listen,
    headers: &HeaderMap,
    body: Body,
    most: usize,
) -> Result<Vec<u8>, Refusal> {
    let read = server::read(headers, body, most, listen.limits.read).await;
    read.map_err(|fault| match fault {
        Unread::TooLarge => Refusal::TooLarge(most),
        Unread::Slow => Refusal::Slow,
        Unread::Broken => Refusal::Broken,
    })
}

/// What a body says; a large one is read where nothing else waits for it.
async fn readings(
    listen: &Arc<Listen>,
    shape: Shape,
    detector: String,
    body: Vec<u8>,
    came: Instant,
) -> Result<Readings, Refusal> {
    let is_large = body.len() > LARGE;
    let listen = listen.clone();
    let read = move || match shape {
        Shape::Alertmanager => alertmanager::read(&body, &detector, &listen.labels, came),
        Shape::Detections => detections::read(&body, &detector, came),
    };
    let read = match is_large {
        false => read(),
        true => tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| Refusal::Unreadable("It could not be read.".into()))?,
    };
    Ok(read?)
}

/// Hands it over, and waits until it is kept. A sender that leaves meanwhile does not break off the keeping.
async fn keep(shared: &Shared, listen: &Listen, delivery: Delivery) -> Result<Kept, Refusal> {
    let keeping = tokio::spawn((shared.keeper)(delivery));
    let fault = match tokio::time::timeout(listen.limits.keep, keeping).await {
        Ok(Ok(Ok(kept))) => return Ok(kept),
        Ok(Ok(Err(error))) => Refusal::NotKept(error),
        Ok(Err(_)) => {
            let why = "the part of this program that keeps it broke down.";
            Refusal::NotKept(KeepError::Failed(why.into()))
        }
        Err(_) => Refusal::KeptSlowly,
    };
    tracing::error!(?fault, "what came in was not kept, and is to come again");
    Err(fault)
}
