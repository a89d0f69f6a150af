//! Why a request is not taken: a status, and one clear sentence as the protocol tells an error. Nothing of what was sent
//! stands in it.

use crate::net::server::Unread;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rmcp::model::ErrorCode;
use serde_json::json;

/// Bytes of the largest body.
pub(super) const LARGEST_BODY: usize = 1 << 20;
/// The methods that are answered.
const METHODS: &str = "POST, GET, DELETE";

/// Why a request is not taken.
#[derive(Clone, Copy, Debug)]
pub(super) enum Refusal {
    NoPath,
    /// It names another server than this one, as a page does whose name was made to lead here.
    Host,
    /// A page of elsewhere sent it.
    Origin,
    Method,
    /// No token, or none that is known; which of the two is not told.
    Unknown,
    /// It is not JSON by its own word, or it is packed.
    ContentType,
    NotJson,
    /// It is JSON, and nothing that the protocol knows.
    NoMessage,
    Unread(Unread),
    /// This client has too much under way.
    Busy,
}

impl Refusal {
    fn told(self) -> (StatusCode, ErrorCode, String) {
        use StatusCode as Status;
        let invalid = |status, says: &str| (status, ErrorCode::INVALID_REQUEST, says.to_owned());
        match self {
            Self::NoPath => invalid(Status::NOT_FOUND, "Agents are served at /mcp."),
            Self::Host => invalid(
                Status::FORBIDDEN,
                "The header Host names another server. Use the address that this one printed, or localhost with its port; a tunnel has to keep the port.",
            ),
            Self::Origin => invalid(
                Status::FORBIDDEN,
                "This came from a page of another origin. Agents of this machine are answered, and no pages.",
            ),
            Self::Method => invalid(
                Status::METHOD_NOT_ALLOWED,
                "Only POST, GET and DELETE are answered.",
            ),
            Self::Unknown => invalid(
                Status::UNAUTHORIZED,
                "Send the token of a configured client as Authorization: Bearer TOKEN.",
            ),
            Self::ContentType => invalid(
                Status::UNSUPPORTED_MEDIA_TYPE,
                "Send JSON that is not packed, with the header Content-Type: application/json.",
            ),
            Self::NotJson => {
                let says = "The body is not JSON.".to_owned();
                (Status::BAD_REQUEST, ErrorCode::PARSE_ERROR, says)
            }
            Self::NoMessage => invalid(
                Status::BAD_REQUEST,
                "The body is no message of the Model Context Protocol; send one at a time.",
            ),
            Self::Unread(Unread::TooLarge) => (
                Status::PAYLOAD_TOO_LARGE,
                ErrorCode::INVALID_REQUEST,
                format!(
                    "The body is larger than {LARGEST_BODY} bytes, and would be refused again."
                ),
            ),
            Self::Unread(Unread::Slow) => invalid(
                Status::REQUEST_TIMEOUT,
                "The request took too long to come in. Send it again.",
            ),
            Self::Unread(Unread::Broken) => {
                invalid(Status::BAD_REQUEST, "The request broke off. Send it again.")
            }
            Self::Busy => invalid(
                Status::TOO_MANY_REQUESTS,
                "This client has too many requests under way. Wait for one of them to end.",
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, code, message) = self.told();
        let error =
            json!({"jsonrpc": "2.0", "id": null, "error": {"code": code, "message": message}});
        let mut response = Response::new(Body::from(format!("{error}\n")));
        *response.status_mut() = status;
        let mut set = |name: HeaderName, value| {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        };
        set(header::CONTENT_TYPE, "application/json");
        match self {
            Self::Unknown => set(header::WWW_AUTHENTICATE, "Bearer"),
            Self::Method => set(header::ALLOW, METHODS),
            Self::Busy => set(header::RETRY_AFTER, "1"),
            // What is still on its way is not read.
            Self::Unread(_) => set(header::CONNECTION, "close"),
            _ => {}
        }
        response
    }
}
