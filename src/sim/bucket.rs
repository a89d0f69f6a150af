//! The token bucket of each key: 1,200 requests, refilled at 20 a second; paging has one of its own.

use crate::domain::Instant;
use std::collections::HashMap;

/// Tokens of a full bucket.
pub const SIZE: f64 = 1_200.0;
const REFILL: f64 = 20.0;
/// Pages a minute.
const PAGES: f64 = 60.0;

/// Buckets by key.
#[derive(Default)]
pub struct Buckets(HashMap<String, (f64, Instant)>);

/// What is left after a request.
pub struct Left {
    /// Tokens.
    pub remaining: i64,
    /// Size of the bucket that binds.
    pub limit: i64,
    /// Unix seconds at which it is full again.
    pub reset: i64,
    /// Seconds to wait, where the request is refused.
    pub wait: Option<i64>,
    /// Name of the limit.
    pub name: &'static str,
}

impl Buckets {
    /// Takes one token for a request.
    pub fn take(&mut self, key: &str, paging: bool, now: Instant) -> Left {
        let main = self.spend(key.to_owned(), SIZE, REFILL, "api_key", now);
        if main.wait.is_some() || !paging {
            return main;
        }
        let pages = self.spend(
            format!("{key} pages"),
            PAGES,
            PAGES / 60.0,
            "escalations_create",
            now,
        );
        if pages.wait.is_some() { pages } else { main }
    }

    fn spend(
        &mut self,
        key: String,
        size: f64,
        refill: f64,
        name: &'static str,
        now: Instant,
    ) -> Left {
        let (tokens, last) = self.0.entry(key).or_insert((size, now));
        let passed = (now - *last).num_milliseconds().max(0) as f64 / 1000.0;
        *tokens = (*tokens + passed * refill).min(size);
        *last = now;
        let refused = *tokens < 1.0;
        if !refused {
            *tokens -= 1.0;
        }
        let full = ((size - *tokens) / refill).ceil() as i64;
        Left {
            remaining: *tokens as i64,
            limit: size as i64,
            reset: now.timestamp() + full,
            wait: refused.then(|| ((1.0 - *tokens) / refill).ceil() as i64),
            name,
        }
    }
}
