//! `analyze`: what a period looked like.

use super::Front;
use super::output::{say, tell_missing};
use super::periods::period;
use super::progress::sync;
use crate::session::ApiError;
use clap::Args;

/// What a period looked like.
#[derive(Args)]
pub struct Analyze {
    /// Only this service, or the services of this team.
    #[arg(long)]
    service: Option<String>,
    /// From: 90d, a date, or RFC 3339.
    #[arg(long, default_value = "90d")]
    since: String,
    /// Until.
    #[arg(long)]
    until: Option<String>,
    /// Print markdown.
    #[arg(long)]
    markdown: bool,
}

/// Looks back over a period.
pub async fn run(front: &Front, asked: &Analyze) -> Result<(), ApiError> {
    let (session, now) = (&front.session, front.session.now());
    let (from, until) = period(&asked.since, asked.until.as_deref(), now)?;
    let known = session.known_changes(now - from);
    let (synced, (known, asks)) = tokio::join!(sync(session), known);
    synced?;
    let (to, changes) = (until.unwrap_or(now), asks.then_some(&known[..]));
    let service = asked.service.clone();
    let (period, missing) = session.analyze(service, from, to, changes).await?;
    tell_missing(&missing);
    match asked.markdown {
        true => say(&period.markdown()),
        false => front.output.print(&period, &period.lines()),
    }
}
