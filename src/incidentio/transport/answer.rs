//! What an answer says: the body with what came beside it, or why it was refused or could not be read.

use super::super::scopes::scope_of;
use super::super::wire::Wire;
use super::{Answered, Client, Fetched};
use crate::domain::{ApiError, FieldError, Instant, secrets, text};
use crate::net::Fault;
use chrono::Utc;
use reqwest::header::HeaderMap;
use secrecy::ExposeSecret;
use serde_json::Value;

impl Client {
    pub(super) fn answered(&self, fetched: Fetched<'_>, body: Value) -> Answered {
        let id = fetched.headers.get("x-request-id");
        let key = self.key.as_ref().map_or("", |key| key.expose_secret());
        let shown = |id: &str| text::clean_line(&secrets::without(id, &[key]));
        Answered {
            status: fetched.status.as_u16(),
            body,
            date: fetched.date,
            request_id: id.and_then(|id| id.to_str().ok()).map(shown),
        }
    }

    /// Why a request was refused, as far as the answer says.
    pub(super) fn refusal(&self, asked: &str, fetched: &Fetched<'_>) -> ApiError {
        match self.with_secrets(|reader| reader.one(fetched.bytes())) {
            Ok(body) => refused(
                fetched.status.as_u16(),
                asked,
                retry_after(&fetched.headers),
                &body,
            ),
            Err(_) => self.not_json(asked, fetched),
        }
    }

    pub(super) fn not_json(&self, asked: &str, fetched: &Fetched<'_>) -> ApiError {
        ApiError::NotJson {
            host: format!("{}{asked}", self.host()),
            status: fetched.status.as_u16(),
            what: look(fetched.bytes()),
        }
    }

    /// An answer to a read that is not what was asked for.
    pub(in super::super) fn unreadable_answer(
        &self,
        path: &str,
        fault: &Fault,
        wanted: &str,
    ) -> ApiError {
        let what = match fault {
            Fault::NotJson => {
                return ApiError::NotJson {
                    host: format!("{}{path}", self.host()),
                    status: 200,
                    what: "something broken".into(),
                };
            }
            Fault::TooLarge => "more than this program may hold in memory".to_owned(),
            Fault::Other(what) => what.clone(),
        };
        ApiError::Unreadable {
            host: self.host(),
            path: path.to_owned(),
            what,
            wanted: wanted.to_owned(),
        }
    }
}

pub(in super::super) fn refused(
    status: u16,
    path: &str,
    retry_after: Option<u64>,
    body: &Value,
) -> ApiError {
    let view = Wire(body);
    let errors = view
        .list("errors")
        .map(|e| FieldError {
            field: e.at("source").some_line("field"),
            code: e.line("code"),
            message: e.line("message"),
        })
        .collect();
    ApiError::Http {
        status,
        // A write has its method before its path.
        write: path.contains(' '),
        permission: scope_of(path),
        request_id: view.some_line("request_id"),
        errors,
        retry_after,
    }
}

/// The server's clock.
pub(super) fn date(headers: &HeaderMap) -> Option<Instant> {
    let date = headers.get("date")?.to_str().ok()?;
    let date = chrono::DateTime::parse_from_rfc2822(date).ok()?;
    Some(date.with_timezone(&Utc))
}

pub(in super::super) fn retry_after(headers: &HeaderMap) -> Option<u64> {
    headers
        .get("retry-after")?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

fn look(bytes: &[u8]) -> String {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(200)])
        .trim_start()
        .to_lowercase();
    if start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with('<') {
        "a web page".into()
    } else {
        "something broken".into()
    }
}
