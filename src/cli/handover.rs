//! `handover`: what a shift hands over.

use super::Front;
use super::periods::point;
use crate::draft::{self, HANDOVER};
use crate::session::ApiError;
use clap::Args;

/// What a shift hands over.
#[derive(Args)]
pub struct Handover {
    /// Since then, instead of the begin of your shift (12 hours where no schedule tells).
    #[arg(long)]
    since: Option<String>,
}

/// Says what a shift hands over.
pub async fn run(front: &Front, asked: &Handover) -> Result<(), ApiError> {
    let now = front.session.now();
    let since = asked.since.as_deref();
    let since = since.map(|raw| point("--since", raw, now)).transpose()?;
    let told = front.session.handover(since).await?;
    let template = front.session.template("handover.md", HANDOVER)?;
    let text = draft::markdown(&draft::fill(&template, &told.sections(front.zone)));
    let mut lines = told.short(front.zone);
    lines.push(String::new());
    lines.extend(text.lines().map(str::to_owned));
    front.output.print(&told, &lines)
}
