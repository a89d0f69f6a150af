//! `similar`: past incidents that are like one.

use super::Front;
use super::output::tell_missing;
use super::periods::point;
use super::progress::{during, sync};
use crate::session::{ApiError, LEAST, SimilarRequest, plain_id};
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
pub async fn run(front: &Front, asked: &Similar) -> Result<(), ApiError> {
    if !(0.0..=1.0).contains(&asked.threshold) {
        return Err(ApiError::User(format!(
            "--threshold {} is not between 0 and 1.",
            asked.threshold
        )));
    }
    let since = point("--since", &asked.since, &front.session)?;
    if let Some(other) = asked.same.as_ref().or(asked.not.as_ref()) {
        let same = asked.same.is_some();
        front
            .session
            .remember_pair(&asked.incident, other, same)
            .await?;
    }
    let request = SimilarRequest {
        threshold: (asked.threshold * 100.0).round() as u8,
        since: Some(since),
        most: asked.limit,
        ..SimilarRequest::new(plain_id(&asked.incident)?)
    };
    let session = &front.session;
    let recalled = session.similar_after(sync(session), &request);
    let (found, missing) = during(session, recalled).await?;
    tell_missing(&missing);
    let told = found.iter().map(|r| r.plain_text(front.zone));
    let text = match found.is_empty() {
        true => "No past incident is like this one, as far as the threshold goes.\n".to_owned(),
        false => told.collect::<Vec<_>>().join("\n"),
    };
    front.output.or_json(asked.json).print_text(&found, &text)
}
