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

/// Seconds by which a clock may be wrong before AWS refuses what is signed by it.
const TRUSTED: i64 = 240;

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
        if let Some(says) = self.parsed.and_then(|answer| self.of_amazon(answer)) {
            return SourceError(format!("{name} {says}"));
        }
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

    /// What AWS refuses, by the type of its error: the status alone does not tell.
    fn of_amazon(&self, answer: &Value) -> Option<String> {
        let kind = answer["__type"].as_str()?.rsplit('#').next()?;
        let words = answer["message"].as_str().or(answer["Message"].as_str());
        let words = head(&clean_line(words.unwrap_or_default()));
        let has = |parts: &[&str]| parts.iter().any(|part| kind.contains(part));
        let wrong_clock = || {
            let ahead = (chrono::Utc::now() - self.told.date?).num_seconds();
            let side = if ahead > 0 { "ahead" } else { "behind" };
            (ahead.abs() > TRUSTED).then(|| {
                format!(
                    "refuses what this machine signs: its clock is {} s {side}; set it right (timedatectl).",
                    ahead.abs()
                )
            })
        };
        let refuses = || format!("refuses the credentials ({}).", clean_line(kind));
        if has(&["Signature", "TimeTooSkewed", "RequestExpired"]) {
            Some(wrong_clock().unwrap_or_else(refuses))
        } else if has(&[
            "UnrecognizedClient",
            "InvalidClientTokenId",
            "ExpiredToken",
            "MissingAuthentication",
        ]) {
            Some(refuses())
        } else if has(&["AccessDenied", "NotAuthorized", "UnauthorizedOperation"]) {
            Some(format!("is not allowed this: {words}"))
        } else if has(&["Throttl", "RequestLimitExceeded", "TooManyRequests"]) {
            Some(format!("asks for a pause ({}).", clean_line(kind)))
        } else {
            None
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(status: u16, told: &Answered, answer: &Value) -> String {
        let answer = Refused {
            status,
            told,
            parsed: Some(answer),
            bytes: b"",
        };
        answer.sentence("aws", &[]).0
    }

    #[test]
    fn a_signature_by_a_wrong_clock_is_told_as_that() {
        let answer = json!({"__type": "InvalidSignatureException", "message": "Signature expired"});
        let ahead = |seconds: i64| Answered {
            date: Some(chrono::Utc::now() - chrono::Duration::seconds(seconds)),
            ..Answered::default()
        };
        let said = refused(403, &ahead(3_600), &answer);
        assert!(
            said.starts_with("aws refuses what this machine signs: its clock is 360"),
            "{said}"
        );
        assert!(
            said.ends_with(" s ahead; set it right (timedatectl)."),
            "{said}"
        );
        assert!(refused(403, &ahead(-3_600), &answer).contains(" s behind;"));
        let says = "aws refuses the credentials (InvalidSignatureException).";
        assert_eq!(refused(403, &ahead(1), &answer), says);
    }

    #[test]
    fn a_pause_is_seconds_in_either_header_and_never_a_time() {
        let limit = |text: &'static str| HeaderValue::from_static(text);
        assert_eq!(pause(Some("30"), Some(&limit("7"))), Some(30));
        assert_eq!(pause(None, Some(&limit("7"))), Some(7));
        assert_eq!(pause(None, Some(&limit("1795185000"))), None);
        assert_eq!(pause(Some("Fri, 20 Nov 2026 12:00:00 GMT"), None), None);
    }
}
