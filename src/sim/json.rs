//! Small readers and writers of JSON values, used all over the simulated organisation.

use crate::domain::Instant;
use chrono::SecondsFormat;
use serde_json::Value;

/// A string, empty where there is none.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A time as the API writes it.
pub fn stamp(at: Instant) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Reads such a time.
pub fn time(value: &Value) -> Option<Instant> {
    crate::domain::time::parse(value.as_str()?)
}

/// An id that looks like the platform's: 26 characters of Crockford's alphabet.
pub fn ulid(rng: &mut fastrand::Rng) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let tail = (0..24).map(|_| char::from(ALPHABET[rng.usize(..32)]));
    "01".chars().chain(tail).collect()
}
