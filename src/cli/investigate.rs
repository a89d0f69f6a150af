//! `investigate`: what is going on, what caused it with which evidence, what to do next.

use super::Front;
use super::output::say;
use super::periods::span;
use crate::domain::Finding;
use crate::domain::time::{Zone, parse_point};
use crate::investigate::{Draft, DraftKind, Once, Retelling, drafts, plain_text};
use crate::session::{ApiError, Investigation, InvestigationRequest, Session, plain_id};
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
        let now = session.now();
        let since = self.since.as_deref().map(|raw| {
            parse_point(now, raw).ok_or_else(|| {
                ApiError::User(format!(
                    "--since \"{raw}\" is neither a time such as 2h, a date, nor RFC 3339."
                ))
            })
        });
        let changes = self.changes.as_deref().map(|raw| span("--changes", raw));
        Ok(InvestigationRequest {
            incident: plain_id(&self.incident)?.to_owned(),
            since: since.transpose()?,
            changes: changes.transpose()?,
            by_hand: Vec::new(),
            model: !self.no_model && self.question.is_none(),
        })
    }

    /// What of the drafts is to be sent, in order.
    fn wanted(&self, all: &[Draft]) -> Vec<Draft> {
        let entries = all
            .iter()
            .filter(|d| d.kind == DraftKind::Timeline && self.post);
        let mut wanted: Vec<Draft> = entries.cloned().collect();
        if let Some(update) = all.iter().find(|d| d.kind == DraftKind::Update) {
            wanted.extend(self.update.then(|| update.clone()));
            wanted.extend(self.slack.then(|| Draft {
                kind: DraftKind::Slack,
                ..update.clone()
            }));
        }
        wanted
    }
}

/// Investigates and prints; writes where asked.
pub async fn run(front: &Front<'_>, asked: &Investigate) -> Result<(), ApiError> {
    if asked.writes() && front.session.is_read_only() {
        return Err(ApiError::User("Read-only mode: nothing is posted. Leave out --post, --update and --slack, or --read-only.".into()));
    }
    let request = asked.request(front.session)?;
    let mut done = front.session.investigate(&request, None).await?;
    if let Some(question) = &asked.question {
        done.retelling = Some(front.session.explain(&done.finding, Some(question)).await?);
    }
    let sure = front.context.config.investigate.confidence;
    let all = drafts(&done.finding, done.started, front.session.now(), sure);
    let (posted, refused) = post(front.session, &done, asked.wanted(&all)).await;
    let printed = Printed {
        finding: &done.finding,
        retold: done.retelling.as_ref(),
        drafts: if asked.draft { all } else { Vec::new() },
        posted,
    };
    let shown = if asked.json || front.context.output.is_json() {
        serde_json::to_string_pretty(&printed).unwrap_or_default() + "\n"
    } else {
        text(&printed, front.context.zone())
    };
    // What was found is told even where it could not be posted.
    say(&shown)?;
    refused.map_or(Ok(()), Err)
}

/// Sends drafts in order, until one is not confirmed.
async fn post(
    session: &Session,
    done: &Investigation,
    wanted: Vec<Draft>,
) -> (Vec<String>, Option<ApiError>) {
    let mut posted = Vec::new();
    for draft in wanted {
        let sent = session.deliver(&draft, &done.incident, Once::PerTitle, done.started);
        match sent.await {
            Ok(outcome) if outcome.before => {
                posted.push(format!("{} (had been sent before)", draft.title))
            }
            Ok(_) => posted.push(draft.title),
            Err(e) => return (posted, Some(e)),
        }
    }
    (posted, None)
}

/// Everything for a person.
fn text(printed: &Printed<'_>, zone: Zone) -> String {
    let mut out = plain_text(printed.finding, printed.retold, zone);
    for draft in &printed.drafts {
        out.push_str(&format!(
            "\nDraft ({:?}): {}\n{}\n",
            draft.kind, draft.title, draft.body
        ));
    }
    printed
        .posted
        .iter()
        .for_each(|p| out.push_str(&format!("\nPosted: {p}")));
    if !printed.posted.is_empty() {
        out.push('\n');
    }
    out
}
