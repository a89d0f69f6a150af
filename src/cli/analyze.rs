//! `analyze`: what a period looked like.

use super::Front;
use super::output::{print_lines, say, tell_missing};
use super::periods::{ordered, point};
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
pub async fn run(front: &Front<'_>, asked: &Analyze) -> Result<(), ApiError> {
    let now = front.session.now();
    let from = point("--since", &asked.since, now)?;
    let until = asked.until.as_deref();
    let to = until.map_or(Ok(now), |raw| point("--until", raw, now))?;
    ordered(from, to)?;
    let (synced, (known, asks)) =
        tokio::join!(sync(front.session), front.session.known_changes(now - from));
    synced?;
    let changes = asks.then_some(&known[..]);
    let (period, missing) = front
        .session
        .analyze(asked.service.clone(), from, to, changes)
        .await?;
    tell_missing(&missing);
    let lines = period.lines();
    if !asked.markdown {
        return print_lines(front.context.output, &period, &lines);
    }
    let of = asked.service.as_ref();
    say(&format!(
        "# Incidents{}\n\n```\n{}\n```\n",
        of.map_or(String::new(), |s| format!(" on {s}")),
        lines.join("\n")
    ))
}
