//! What a sender is told: JSON with one clear sentence, and whether to send it again.

use super::delivery::KeepError;
use super::readings::{MOST_ALERTS, Unreadable};
use crate::domain::webhook::SignatureFault;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Seconds after which a sender should try again.
const AGAIN: &str = "5";

/// Why a request is not taken.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Nothing is there.
    NoPath(String),
    /// Something is there, for another method.
    NoMethod(&'static str),
    /// Nothing of this kind is configured.
    NotConfigured(&'static str),
    /// A page in a browser sent it.
    Browser,
    /// It is not JSON by its own word, or it is packed.
    NotJson,
    /// Nobody who is known here.
    Unknown,
    /// The signature.
    Signature(SignatureFault),
    /// Its body is larger than may be.
    TooLarge(usize),
    /// It holds more alerts than may be.
    TooMany,
    /// It took too long to come in.
    Slow,
    /// It broke off.
    Broken,
    /// It cannot be read: a sentence.
    Unreadable(String),
    /// It could not be kept.
    NotKept(KeepError),
    /// Keeping took too long.
    KeptSlowly,
}

impl Refusal {
    /// The status, a word for programs, and a sentence for people.
    fn told(&self) -> (StatusCode, &'static str, String) {
        use StatusCode as Status;
        let say = str::to_owned;
        match self {
            Self::NoPath(path) => (
                Status::NOT_FOUND,
                "not_found",
                format!(
                    "Nothing is at {path}. There are /webhooks/incident-io, /alertmanager, /detections, /healthz, /readyz and /metrics."
                ),
            ),
            Self::NoMethod(allowed) => (
                Status::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                format!("Only {allowed} is answered here."),
            ),
            Self::NotConfigured(what) => (
                Status::NOT_FOUND,
                "not_configured",
                format!("No {what} is configured here, so nothing is taken."),
            ),
            Self::Browser => (
                Status::FORBIDDEN,
                "browser",
                say("This came from a page in a browser. Only servers are answered here."),
            ),
            Self::NotJson => (
                Status::UNSUPPORTED_MEDIA_TYPE,
                "not_json",
                say(
                    "Send JSON that is not packed, with the header Content-Type: application/json.",
                ),
            ),
            Self::Unknown => (
                Status::UNAUTHORIZED,
                "unauthorized",
                say("Send the token of a configured detector as Authorization: Bearer TOKEN."),
            ),
            Self::Signature(fault) => {
                let status = match fault {
                    SignatureFault::Missing(_) | SignatureFault::Unreadable(_) => {
                        Status::BAD_REQUEST
                    }
                    _ => Status::UNAUTHORIZED,
                };
                (status, "signature", fault.to_string())
            }
            Self::TooLarge(most) => (
                Status::PAYLOAD_TOO_LARGE,
                "too_large",
                format!("The body is larger than {most} bytes, and would be refused again."),
            ),
            Self::TooMany => (
                Status::PAYLOAD_TOO_LARGE,
                "too_many",
                format!("It holds more than {MOST_ALERTS} detections. Send fewer at once."),
            ),
            Self::Slow => (
                Status::REQUEST_TIMEOUT,
                "slow",
                say("The request took too long to come in. Send it again."),
            ),
            Self::Broken => (
                Status::BAD_REQUEST,
                "broken",
                say("The request broke off. Send it again."),
            ),
            Self::Unreadable(sentence) => {
                (Status::UNPROCESSABLE_ENTITY, "unreadable", sentence.clone())
            }
            Self::NotKept(error) => (
                Status::SERVICE_UNAVAILABLE,
                "not_kept",
                format!("It could not be kept: {error} Send it again."),
            ),
            Self::KeptSlowly => (
                Status::SERVICE_UNAVAILABLE,
                "not_kept",
                say("Keeping it took too long. Send it again."),
            ),
        }
    }

    /// Whether the sender should try again, so that it counts as failed and not as refused.
    pub(super) fn is_for_now(&self) -> bool {
        matches!(
            self,
            Self::Slow | Self::Broken | Self::NotKept(_) | Self::KeptSlowly
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, error, message) = self.told();
        let mut response = said(status, &json!({"error": error, "message": message}));
        let mut set = |name: HeaderName, value| {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        };
        match self {
            Self::NotKept(_) | Self::KeptSlowly => set(header::RETRY_AFTER, AGAIN),
            Self::Unknown => set(header::WWW_AUTHENTICATE, "Bearer"),
            Self::NoMethod(allowed) => set(header::ALLOW, allowed),
            // What is still on its way is not read.
            Self::TooLarge(_) | Self::Slow | Self::Broken => set(header::CONNECTION, "close"),
            _ => {}
        }
        response
    }
}

impl From<Unreadable> for Refusal {
    fn from(unreadable: Unreadable) -> Self {
        match unreadable {
            Unreadable::Wrong(sentence) => Self::Unreadable(sentence),
            Unreadable::TooMany => Self::TooMany,
        }
    }
}

/// An answer in JSON.
pub(super) fn said(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = Response::new(Body::from(format!("{body}\n")));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
