//! `similar`: past incidents that are like one.

use super::Front;
use super::output::{print_json, say, tell_missing};
use super::periods::point;
use super::progress::sync;
use crate::session::{ApiError, LEAST, Session, SimilarRequest, plain_id};
use clap::Args;

/// Past incidents that are like one.
#[derive(Args)]
pub struct Similar {
    /// INC-123, 123 or an id.
    incident: String,
    /// Only those that are at least this likely the same thing, 0 to 1.
    #[arg(long, default_value_t = f64::from(LEAST) / 100.0)]
    threshold: f64,
    /// Declared since: 180d, a date, or RFC 3339.
    #[arg(long, default_value = "180d")]
    since: String,
    /// At most so many.
    #[arg(long, default_value_t = 10)]
    limit: usize,
    /// Remember that this incident had the same cause.
    #[arg(long, value_name = "INCIDENT")]
    same: Option<String>,
    /// Remember that this incident is not alike.
    #[arg(long, value_name = "INCIDENT", conflicts_with = "same")]
    not: Option<String>,
    /// Print JSON, also on a terminal.
    #[arg(long)]
    json: bool,
}

/// Finds past incidents that are like one.
pub async fn run(front: &Front<'_>, asked: &Similar) -> Result<(), ApiError> {
    if !(0.0..=1.0).contains(&asked.threshold) {
        return Err(ApiError::User(format!(
            "--threshold {} is not between 0 and 1.",
            asked.threshold
        )));
    }
    let since = point("--since", &asked.since, front.session.now())?;
    if let Some(other) = asked.same.as_ref().or(asked.not.as_ref()) {
        rate(front.session, &asked.incident, other, asked.same.is_some()).await?;
    }
    let request = SimilarRequest {
        threshold: (asked.threshold * 100.0).round() as u8,
        since: Some(since),
        most: asked.limit,
        ..SimilarRequest::new(plain_id(&asked.incident)?)
    };
    sync(front.session).await?;
    let (found, missing) = front.session.similar(&request).await?;
    tell_missing(&missing);
    if asked.json || front.context.output.is_json() {
        return print_json(&found);
    }
    if found.is_empty() {
        return say("No past incident is like this one, as far as the threshold goes.\n");
    }
    let told: Vec<String> = found
        .iter()
        .map(|r| r.plain_text(front.context.zone()))
        .collect();
    say(&told.join("\n"))
}

/// Remembers what somebody said of two incidents, for the next run too; so neither may be private.
async fn rate(session: &Session, one: &str, other: &str, same: bool) -> Result<(), ApiError> {
    let (a, b) = tokio::join!(
        session.incident(plain_id(one)?),
        session.incident(plain_id(other)?)
    );
    let (a, b) = (a?, b?);
    if a.row.id == b.row.id {
        return Err(ApiError::User(
            "An incident is always like itself; name another one.".into(),
        ));
    }
    if !(a.is_public() && b.is_public()) {
        return Err(ApiError::User(
            "One of them is private, and nothing of a private incident is kept on disk.".into(),
        ));
    }
    session.rate_pair(&a.row.id, &b.row.id, same).await
}
