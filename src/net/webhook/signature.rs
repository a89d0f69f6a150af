//! The signature of a webhook, from its headers: under the scheme's own names, or under those of the service that sends.

use crate::domain::webhook::{SignatureFault, Signed};
use axum::http::HeaderMap;

/// Letters of the longest id that is taken: it is kept for as long as a webhook may come again.
const LONGEST_ID: usize = 200;

/// The names of the headers: id, timestamp, signatures.
const NAMES: [[&str; 3]; 2] = [
    ["webhook-id", "webhook-timestamp", "webhook-signature"],
    ["svix-id", "svix-timestamp", "svix-signature"],
];

/// What the headers say. One set of names counts, never a mixture of both.
pub(crate) fn signed(headers: &HeaderMap) -> Result<Signed<'_>, SignatureFault> {
    let [id, timestamp, signatures] = NAMES[usize::from(!headers.contains_key(NAMES[0][0]))];
    let signed = Signed {
        id: value(headers, id)?,
        timestamp: value(headers, timestamp)?,
        signatures: value(headers, signatures)?,
    };
    match signed.id.len() > LONGEST_ID {
        true => Err(SignatureFault::Unreadable(id)),
        false => Ok(signed),
    }
}

fn value<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, SignatureFault> {
    let value = headers.get(name).ok_or(SignatureFault::Missing(name))?;
    value.to_str().map_err(|_| SignatureFault::Unreadable(name))
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
