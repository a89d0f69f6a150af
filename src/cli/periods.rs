//! Times as flags give them.

use crate::domain::Instant;
use crate::domain::time::{parse_point, parse_span};
use crate::session::{ApiError, Session};
use chrono::Duration;

/// The longest span a flag may ask for: sources keep about as much.
const LONGEST: i64 = 366;

/// A point in time; a date is a day of the zone that times are written in.
pub fn point(flag: &str, raw: &str, session: &Session) -> Result<Instant, ApiError> {
    parse_point(session.now(), session.zone(), raw).ok_or_else(|| {
        ApiError::User(format!(
            "{flag} \"{raw}\" is not a point in time: give 7d, 2026-11-01 or 2026-11-01T14:30:00Z."
        ))
    })
}

/// A span of time up to a year.
pub fn span(flag: &str, raw: &str) -> Result<Duration, ApiError> {
    let read = parse_span(raw).filter(|s| *s > Duration::zero() && *s <= Duration::days(LONGEST));
    read.ok_or_else(|| {
        ApiError::User(format!(
            "{flag} \"{raw}\" is not a time up to a year, such as 30m or 4h."
        ))
    })
}

/// A period that ends after it begins; without an end, now.
pub fn period(
    since: &str,
    until: Option<&str>,
    session: &Session,
) -> Result<(Instant, Option<Instant>), ApiError> {
    let point = |flag, raw| point(flag, raw, session);
    let from = point("--since", since)?;
    let until = until.map(|raw| point("--until", raw)).transpose()?;
    if from < until.unwrap_or_else(|| session.now()) {
        return Ok((from, until));
    }
    Err(ApiError::User(
        "The period ends before it begins; look at --since and --until.".into(),
    ))
}
