//! Why a server did not answer, in one sentence: from its status, its headers and its own words.

use super::{Answered, SourceError};
use crate::domain::secrets::without;
use crate::domain::text::clean_line;
use reqwest::header::HeaderValue;
use serde_json::Value;

/// Seconds until a limit of requests ends, as Datadog says it; others give a time there.
pub(super) const LIMIT_ENDS: &str = "x-ratelimit-reset";
/// A limit of requests ends within so many seconds; more is a time.
const LONGEST_LIMIT: u64 = 86_400;

/// An answer other than success.
pub(super) struct Refused<'a> {
    pub status: u16,
    pub told: &'a Answered,
    pub parsed: Option<&'a Value>,
    pub bytes: &'a [u8],
}

impl Refused<'_> {
    /// In one sentence, without what must not come back.
    pub fn sentence(&self, name: &str, hidden: &[&str]) -> SourceError {
        let status = self.status;
        SourceError(match status {
            401 | 403 => format!("{name} refuses the credentials (HTTP {status})."),
            300..=399 => {
                format!("{name} is somewhere else now (HTTP {status}); give its new address.")
            }
            429 => match self.told.pause {
                Some(seconds) => format!("{name} asks for a pause of {seconds} s (HTTP 429)."),
                None => format!("{name} asks for a pause (HTTP 429)."),
            },
            _ => {
                let said = self.parsed.and_then(said);
                let said = said.unwrap_or_else(|| self.words(hidden));
                format!("{name} answered HTTP {status}: {}", head(&said))
            }
        })
    }

    /// What came instead of an answer.
    fn words(&self, hidden: &[&str]) -> String {
        let words = String::from_utf8_lossy(&self.bytes[..self.bytes.len().min(2_000)]);
        match words.trim_start().starts_with('<') {
            true => "a page instead of an answer; a proxy may stand in between.".into(),
            false => clean_line(&without(&words, hidden)),
        }
    }
}

/// Seconds to wait, where one of two headers says so.
pub(super) fn pause(retry_after: Option<&str>, limit_ends: Option<&HeaderValue>) -> Option<u64> {
    let seconds = |text: &str| text.trim().parse().ok();
    let ends = || seconds(limit_ends?.to_str().ok()?).filter(|s| *s <= LONGEST_LIMIT);
    retry_after.and_then(seconds).or_else(ends)
}

/// What a server says is wrong, wherever the ones that are asked here say so.
fn said(answer: &Value) -> Option<String> {
    const PLACES: [&str; 7] = [
        "/error",
        "/message",
        "/error/reason",
        "/error/message",
        "/errors/0",
        "/errors/0/detail",
        "/detail",
    ];
    let mut words = PLACES
        .iter()
        .filter_map(|place| answer.pointer(place)?.as_str().map(clean_line));
    words.find(|said| !said.is_empty())
}

/// The beginning of a server's words: some answer with a page.
pub(super) fn head(words: &str) -> String {
    words.chars().take(200).collect()
}
