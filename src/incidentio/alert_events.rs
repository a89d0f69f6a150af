//! What an alert source is told: under its own token and its own limit, which are not the key's.

use super::network::failure;
use super::transport::{Client, refused, retry_after};
use crate::domain::alert_feed::AlertEvent;
use crate::domain::{ApiError, time};
use crate::net::{BodyFault, Reader};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

impl Client {
    /// Tells an HTTP alert source of an event.
    pub async fn alert_event(
        &self,
        source: &str,
        token: &SecretString,
        event: &AlertEvent,
    ) -> Result<(), ApiError> {
        let path = format!("/v2/alert_events/http/{source}");
        self.as_source(&path, token, Some(&body(event))).await
    }

    /// Tells a heartbeat alert source that whoever pings it lives.
    pub async fn heartbeat(&self, source: &str, token: &SecretString) -> Result<(), ApiError> {
        let path = format!("/v2/heartbeat/{source}/ping");
        self.as_source(&path, token, None).await
    }

    /// A POST under a source's token, once; what comes back of a success says nothing more.
    async fn as_source(
        &self,
        path: &str,
        token: &SecretString,
        body: Option<&Value>,
    ) -> Result<(), ApiError> {
        let mut url = self.base().clone();
        url.set_path(path);
        let mut request = self
            .http()
            .post(url)
            .bearer_auth(token.expose_secret())
            .header("accept", "application/json");
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        self.may_change()?;
        let sent = request.send().await;
        let response = sent.map_err(|e| failure(self.base(), &e))?;
        let (status, wait) = (response.status(), retry_after(response.headers()));
        if status.is_success() {
            return Ok(());
        }
        let bytes = match self.allowance().read(response).await {
            Ok(body) => body.bytes,
            Err(BodyFault::Broken(e)) => return Err(failure(self.base(), &e)),
            Err(BodyFault::TooLarge) => Vec::new(),
        };
        let read = Reader::new(&[token.expose_secret()]).one(&bytes);
        let body = read.unwrap_or_default();
        Err(of_source(refused(status.as_u16(), path, wait, &body)))
    }
}

/// What the status means where it is the source's token that was shown.
fn of_source(error: ApiError) -> ApiError {
    let ApiError::Http { status, .. } = error else {
        return error;
    };
    match StatusCode::from_u16(status) {
        Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            ApiError::User(format!("it refuses its token (HTTP {status})"))
        }
        Ok(StatusCode::NOT_FOUND) => {
            ApiError::User("incident.io has no alert source of this id and kind".into())
        }
        _ => error,
    }
}

fn body(event: &AlertEvent) -> Value {
    let detection = &event.detection;
    let metadata = json!({
        "service": detection.services.first(),
        "services": detection.services,
        "severity": event.severity,
        "detector": detection.detector,
        "detector_severity": detection.severity,
        "fingerprint": detection.id,
        "started_at": time::stamp(detection.started),
        "labels": detection.labels,
    });
    let mut body = json!({
        "title": detection.title,
        "status": event.status.word(),
        "deduplication_key": event.alert.key(),
        "description": event.description,
        "metadata": metadata,
    });
    if !detection.url.is_empty() {
        body["source_url"] = json!(detection.url);
    }
    body
}
