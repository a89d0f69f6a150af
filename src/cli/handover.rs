//! `handover`: what a shift hands over.

use super::Context;
use super::output::print_lines;
use super::periods::point;
use crate::draft::{self, HANDOVER};
use crate::session::{ApiError, Session};
use clap::Args;

/// What a shift hands over.
#[derive(Args)]
pub struct Handover {
    /// Since then, instead of the begin of your shift (12 hours where no schedule tells).
    #[arg(long)]
    since: Option<String>,
}

/// Says what a shift hands over.
pub async fn run(context: &Context, session: &Session, asked: &Handover) -> Result<(), ApiError> {
    let now = session.now();
    let since = asked.since.as_deref();
    let since = since.map(|raw| point("--since", raw, now)).transpose()?;
    let told = session.handover(since).await?;
    let (template, zone) = (session.template("handover.md", HANDOVER)?, context.zone());
    let text = draft::markdown(&draft::fill(&template, &told.sections(zone)));
    let mut lines = told.short(zone);
    lines.push(String::new());
    lines.extend(text.lines().map(str::to_owned));
    print_lines(context.output, &told, &lines)
}
