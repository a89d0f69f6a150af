//! `handover`: what a shift hands over.

use super::Front;
use super::periods::point;
use super::progress::during;
use super::write::{self, Asked, Sending};
use crate::domain::WriteKind;
use crate::draft::{self, HANDOVER};
use crate::session::{ApiError, TargetRef};
use clap::Args;

/// What a shift hands over.
#[derive(Args)]
pub struct Handover {
    /// Since then, instead of the begin of your shift (12 hours where no schedule tells).
    #[arg(long)]
    since: Option<String>,
    /// Post it to the Slack channel that [slack] handover names; with --yes without asking.
    #[arg(long)]
    post: bool,
    #[command(flatten)]
    sending: Sending,
}

/// Says what a shift hands over.
pub async fn run(front: &Front, asked: &Handover) -> Result<(), ApiError> {
    let since = asked.since.as_deref();
    let since = since.map(|raw| point("--since", raw, &front.session));
    let since = since.transpose()?;
    let told = during(&front.session, front.session.handover(since)).await?;
    let template = front.session.template("handover.md", HANDOVER)?;
    let text = draft::markdown(&draft::fill(&template, &told.sections(front.zone)));
    let mut lines = told.short(front.zone);
    lines.push(String::new());
    lines.extend(text.lines().map(str::to_owned));
    if asked.post {
        return post(front, asked.sending.clone(), lines.join("\n")).await;
    }
    front.output.print(&told, &lines)
}

/// Posts it where the configuration says.
async fn post(front: &Front, sending: Sending, text: String) -> Result<(), ApiError> {
    let channel = front.session.handover_channel()?;
    let asked = Asked::new(WriteKind::HandOver, TargetRef::Nothing, sending);
    let asked = asked.given("channel", Some(channel));
    write::run(front, asked.given("message", Some(text))).await
}
