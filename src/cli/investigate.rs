//! `investigate`: what is going on, what caused it with which evidence, what to do next.

use super::Front;
use super::periods::{point, span};
use super::progress::during;
use crate::domain::Finding;
use crate::domain::time::Zone;
use crate::investigate::{Draft, Retelling, drafts, drafts_text, plain_text, posted_text, wanted};
use crate::session::{ApiError, InvestigationRequest, Session, plain_id};
use clap::Args;
use serde::Serialize;

/// Investigate an incident.
#[derive(Args)]
pub struct Investigate {
    /// INC-123, 123 or an id.
    incident: String,
    /// Look at measures since then (2h, a date, RFC 3339) instead of two hours before the incident.
    #[arg(long)]
    since: Option<String>,
    /// How far back a change may lie, such as 4h.
    #[arg(long, allow_hyphen_values = true)]
    changes: Option<String>,
    /// Print JSON, also on a terminal.
    #[arg(long)]
    json: bool,
    /// Do not ask a configured model.
    #[arg(long)]
    no_model: bool,
    /// Ask a configured model a question about the evidence.
    #[arg(long, conflicts_with = "no_model")]
    question: Option<String>,
    /// Add the drafted timeline entries and channel update.
    #[arg(long)]
    draft: bool,
    /// Write the timeline entries; the root cause only from the configured confidence on.
    #[arg(long)]
    post: bool,
    /// Post the finding to the incident's channel as an update.
    #[arg(long)]
    update: bool,
    /// Post the finding to the incident's Slack channel.
    #[arg(long)]
    slack: bool,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    retold: Option<&'a Retelling>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    drafts: Vec<Draft>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    posted: Vec<String>,
}

impl Investigate {
    fn writes(&self) -> bool {
        self.post || self.update || self.slack
    }

    fn request(&self, session: &Session) -> Result<InvestigationRequest, ApiError> {
        let since = self.since.as_deref();
        let since = since.map(|raw| point("--since", raw, session));
        let changes = self.changes.as_deref().map(|raw| span("--changes", raw));
        Ok(InvestigationRequest {
            incident: plain_id(&self.incident)?.to_owned(),
            since: since.transpose()?,
            changes: changes.transpose()?,
            by_hand: Vec::new(),
            model: !self.no_model && self.question.is_none(),
            public_only: false,
        })
    }
}

/// Investigates and prints; writes where asked.
pub async fn run(front: &Front, asked: &Investigate) -> Result<(), ApiError> {
    let session = &front.session;
    if asked.writes() && session.is_read_only() {
        return Err(ApiError::User("Read-only mode: nothing is posted. Leave out --post, --update and --slack, or --read-only.".into()));
    }
    let request = asked.request(session)?;
    let investigated = async {
        let mut done = session.investigate(&request, None).await?;
        if let Some(question) = &asked.question {
            done.retelling = Some(session.explain(&done.finding, Some(question)).await?);
        }
        Ok::<_, ApiError>(done)
    };
    let done = during(session, investigated).await?;
    let sure = session.config().investigate.confidence;
    let all = drafts(
        &done.finding,
        (done.started, session.now()),
        sure,
        Zone::UTC,
    );
    let wanted = wanted(&all, asked.post, asked.update, asked.slack);
    let (posted, refused) = session.post_drafts(&done, wanted).await;
    let printed = Printed {
        finding: &done.finding,
        retold: done.retelling.as_ref(),
        drafts: if asked.draft { all } else { Vec::new() },
        posted,
    };
    let text = plain_text(&done.finding, printed.retold, front.zone)
        + &drafts_text(&printed.drafts)
        + &posted_text(&printed.posted);
    let output = front.output.or_json(asked.json);
    // What was found is told even where it could not be posted.
    output.print_text(&printed, &text)?;
    refused.map_or(Ok(()), Err)
}
