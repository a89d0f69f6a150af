//! What an answer of an alert source means for the event that was sent.

use super::Answer;
use crate::session::ApiError;
use chrono::Duration;

/// What became of an event.
pub fn answer(answered: &Result<(), ApiError>) -> Answer {
    let wait = |seconds: &Option<u64>| {
        let seconds = i64::try_from((*seconds)?).ok()?;
        Duration::try_seconds(seconds)
    };
    match answered {
        Ok(()) => Answer::Taken,
        Err(
            e @ ApiError::Http {
                status: 400 | 413 | 422,
                ..
            },
        ) => Answer::Refused(e.to_string()),
        Err(ApiError::Http {
            status: 500..,
            retry_after,
            ..
        }) => Answer::InDoubt(wait(retry_after)),
        Err(ApiError::Http { retry_after, .. }) => Answer::Unsent(wait(retry_after)),
        Err(ApiError::Network { unsent: true, .. } | ApiError::User(_)) => Answer::Unsent(None),
        Err(_) => Answer::InDoubt(None),
    }
}

/// What stands in the way of any event, in a sentence; nothing where it is about this one alone.
pub fn trouble(answered: &Result<(), ApiError>) -> Option<String> {
    let e = answered.as_ref().err()?;
    match (answer(answered), e) {
        (Answer::Taken | Answer::Refused(_), _) => None,
        (_, ApiError::Http { status: 429, .. }) => {
            Some("The alert source asks to wait (HTTP 429).".into())
        }
        (_, e) => Some(format!(
            "The alert source could not be told: {}.",
            e.to_string().trim_end_matches('.')
        )),
    }
}
