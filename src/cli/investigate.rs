//! `investigate` and `changes`.

use super::Context;
use super::output::{print, say};
use crate::config;
use crate::domain::time::{Zone, parse_point, parse_span};
use crate::domain::{Change, Finding};
use crate::incidentio::{ApiError, Client};
use crate::investigate::outline::{Item, Label, Part, outline};
use crate::investigate::{Draft, DraftKind, Retelling, drafts};
use crate::ops::{self, Investigation, InvestigationRequest, Once, Outbox, Transports};
use crate::sources::Sources;
use crate::store::Journal;
use chrono::{Duration, Utc};
use clap::Args;
use serde::Serialize;

/// Investigate an incident.
#[derive(Args)]
pub struct Investigate {
    /// INC-123, 123 or an id.
    incident: String,
    /// Verification at measures since then (2h, a date, RFC 3339) instead of two hours before the incident.
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

/// Recent changes.
#[derive(Args)]
pub struct Changes {
    /// INC-123, 123 or an id.
    incident: Option<String>,
    /// How far back, such as 4h.
    #[arg(long, default_value = "4h", allow_hyphen_values = true)]
    within: String,
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

fn span(flag: &str, raw: &str) -> Result<Duration, ApiError> {
    let read = parse_span(raw).filter(|s| *s > Duration::zero() && *s <= Duration::days(366));
    read.ok_or_else(|| {
        ApiError::User(format!(
            "{flag} \"{raw}\" is not a time up to a year, such as 30m or 4h."
        ))
    })
}

fn sources(context: &Context) -> Result<Sources, ApiError> {
    Sources::open(&context.config).map_err(|e| ApiError::User(e.to_string()))
}

/// Investigates and prints; writes where asked.
pub async fn investigate(
    context: &Context,
    client: &Client,
    asked: &Investigate,
) -> Result<(), ApiError> {
    let writes = asked.post || asked.update || asked.slack;
    if writes && context.config.read_only {
        return Err(ApiError::User("Read-only mode: nothing is posted. Leave out --post, --update and --slack, or --read-only.".into()));
    }
    let now = Utc::now();
    let since = asked.since.as_deref().map(|raw| {
        parse_point(now, raw).ok_or_else(|| {
            ApiError::User(format!(
                "--since \"{raw}\" is neither a time such as 2h, a date, nor RFC 3339."
            ))
        })
    });
    let ask = InvestigationRequest {
        incident: super::api::safe(&asked.incident)?.to_owned(),
        since: since.transpose()?,
        changes: asked
            .changes
            .as_deref()
            .map(|raw| span("--changes", raw))
            .transpose()?,
        by_hand: Vec::new(),
        model: !asked.no_model && asked.question.is_none(),
    };
    let sources = sources(context)?;
    let mut done = ops::investigate(client, &sources, &context.config, &ask, now, None).await?;
    if let Some(question) = &asked.question {
        done.retelling = Some(
            ops::explain(&sources, &context.config, &done.finding, Some(question))
                .await
                .map_err(ApiError::User)?,
        );
    }
    let all = drafts(
        &done.finding,
        done.started,
        Utc::now(),
        context.config.investigate.confidence,
    );
    let (posted, refused) = if writes {
        post(context, client, &sources, asked, &done, &all).await
    } else {
        (Vec::new(), None)
    };
    let printed = Printed {
        finding: &done.finding,
        retold: done.retelling.as_ref(),
        drafts: if asked.draft { all } else { Vec::new() },
        posted,
    };
    let shown = if asked.json || context.output.is_json() {
        serde_json::to_string_pretty(&printed).unwrap_or_default() + "\n"
    } else {
        text(&printed, context.zone())
    };
    // What was found is told even where it could not be posted.
    say(&shown)?;
    refused.map_or(Ok(()), Err)
}

/// Sends what was asked for, in order, through the journal.
async fn post(
    context: &Context,
    client: &Client,
    sources: &Sources,
    asked: &Investigate,
    done: &Investigation,
    all: &[Draft],
) -> (Vec<String>, Option<ApiError>) {
    let outbox = match open_outbox(context) {
        Ok(outbox) => outbox,
        Err(e) => return (Vec::new(), Some(e)),
    };
    let mut wanted: Vec<Draft> = all
        .iter()
        .filter(|d| d.kind == DraftKind::Timeline && asked.post)
        .cloned()
        .collect();
    if let Some(update) = all.iter().find(|d| d.kind == DraftKind::Update) {
        wanted.extend(asked.update.then(|| update.clone()));
        wanted.extend(asked.slack.then(|| Draft {
            kind: DraftKind::Slack,
            ..update.clone()
        }));
    }
    let mut posted = Vec::new();
    for draft in wanted {
        let write = ops::write_of(&draft, &done.incident, Once::PerTitle, done.started);
        let way = Transports {
            client,
            slack: sources.slack.as_ref(),
        };
        match outbox
            .send(way, write)
            .await
            .and_then(ops::Outcome::confirmed)
        {
            Ok(outcome) if outcome.before => {
                posted.push(format!("{} (had been sent before)", draft.title))
            }
            Ok(_) => posted.push(draft.title.clone()),
            Err(e) => return (posted, Some(e)),
        }
    }
    (posted, None)
}

/// The way out for writes to the organisation that is asked.
pub fn open_outbox(context: &Context) -> Result<Outbox, ApiError> {
    let path = config::journal_path(&context.config, context.overrides.profile.as_deref());
    let opened = Outbox::open(path.as_deref(), &context.config.author());
    opened.map_err(|e| {
        ApiError::User(format!(
            "Nothing was sent, since the journal cannot be opened: {e}"
        ))
    })
}

/// The journal of writes of the organisation that is asked.
pub fn open_journal(context: &Context, kept: bool) -> Result<Journal, ApiError> {
    let path = config::journal_path(&context.config, context.overrides.profile.as_deref())
        .filter(|_| kept);
    match path {
        Some(path) => Journal::open(&path),
        None => Journal::in_memory(),
    }
    .map_err(|e| {
        ApiError::User(format!(
            "Nothing was sent, since the journal cannot be opened: {e}"
        ))
    })
}

/// The finding for a person, under its three headings.
fn text(printed: &Printed<'_>, zone: Zone) -> String {
    let f = printed.finding;
    let mut out = format!("{}  {}\n", f.incident, f.name);
    let severity: Vec<&str> = f
        .severity
        .iter()
        .chain(&f.priority)
        .map(String::as_str)
        .collect();
    if !severity.is_empty() {
        out.push_str(&format!("{}\n", severity.join(" · ")));
    }
    out.push_str(&format!(
        "Began {} ({})\n",
        zone.date_clock(f.onset),
        f.onset_from
    ));
    let outline = outline(f, None, printed.retold);
    for part in PRINTED {
        if let Some(section) = outline.section(part) {
            out.push_str(&format!("\n{}\n", part.heading()));
            // The check that is left to do stands last, where the reader's eye ends.
            let (last, items): (Vec<_>, Vec<_>) =
                section.items.iter().partition(|i| i.label == Label::Check);
            for item in items.into_iter().chain(last) {
                said(&mut out, item, zone);
                item.facts
                    .iter()
                    .for_each(|fact| said(&mut out, fact, zone));
            }
        }
    }
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

/// What is printed of a finding, in order; what nothing refers to stays in the JSON.
const PRINTED: [Part; 6] = [
    Part::Situation,
    Part::Cause,
    Part::Next,
    Part::Timeline,
    Part::Missing,
    Part::Retold,
];

/// One line for an item of a finding.
fn said(out: &mut String, item: &Item<'_>, zone: Zone) {
    let text = &item.text;
    let line = match item.label {
        // It stands above the headings.
        Label::Began(_) => return,
        Label::Cause { rank, percent } => format!("{rank}. {percent} %  {text}"),
        Label::For(e) => format!("     for      {:<4} {text}  [{}]", e.id, e.source),
        Label::Against(e) => format!("     against  {:<4} {text}  [{}]", e.id, e.source),
        Label::SetAside => format!("set aside: {text}"),
        Label::Check => format!("To be sure: {text}"),
        Label::Action(n) => format!("{n}. {text}"),
        Label::Moment { at, evidence } => {
            let evidence = evidence.map_or(String::new(), |e| format!("  {e}"));
            format!("{}  {text}{evidence}", zone.clock(at))
        }
        Label::Missing(source) => format!("{source}: {text}"),
        Label::Dropped => format!("({text})"),
        Label::Summary
        | Label::Scope
        | Label::Abstention
        | Label::Gone
        | Label::Sentence
        | Label::Seen(_) => text.to_string(),
    };
    out.push_str(&format!("  {line}\n"));
}

/// A change with what it has to do with an incident.
#[derive(Serialize)]
struct Judged {
    #[serde(flatten)]
    change: Change,
    /// `correlates`, `does not correlate`; absent without an incident.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

/// Lists changes; with an incident, says which ones it correlates with.
pub async fn changes(context: &Context, client: &Client, asked: &Changes) -> Result<(), ApiError> {
    let within = span("--within", &asked.within)?;
    let (now, zone) = (Utc::now(), context.zone());
    let sources = sources(context)?;
    let (judged, missing) = match &asked.incident {
        None => {
            let (all, missing) =
                ops::recent_changes(client, &sources, &context.config, within, now).await?;
            (
                all.into_iter()
                    .map(|change| Judged {
                        change,
                        verdict: None,
                        why: None,
                    })
                    .collect::<Vec<_>>(),
                missing,
            )
        }
        Some(incident) => {
            let ask = InvestigationRequest {
                incident: super::api::safe(incident)?.to_owned(),
                changes: Some(within),
                ..InvestigationRequest::default()
            };
            let finding = ops::investigate(client, &sources, &context.config, &ask, now, None)
                .await?
                .finding;
            let all = finding
                .changes
                .iter()
                .filter(|c| c.at >= finding.onset - within)
                .map(|c| verdict(&finding, c))
                .collect();
            (all, finding.missing)
        }
    };
    let told = ["confidence", "metrics", "logs"];
    let lacked: Vec<_> = missing
        .iter()
        .filter(|m| !told.contains(&m.source.as_str()))
        .collect();
    if judged.is_empty() && !lacked.is_empty() {
        let says: Vec<&str> = lacked.iter().map(|m| m.says.as_str()).collect();
        return Err(ApiError::User(format!(
            "No change is known, and not every source could be asked: {}",
            says.join(" ")
        )));
    }
    lacked
        .iter()
        .for_each(|m| eprintln!("Not all of it: {}: {}", m.source, m.says));
    let rows: Vec<Vec<String>> = judged
        .iter()
        .map(|j| {
            let c = &j.change;
            vec![
                zone.day_clock(now, c.at),
                c.class.label().into(),
                c.service.clone(),
                c.title.clone(),
                j.verdict.clone().unwrap_or_default(),
                j.why.clone().unwrap_or_default(),
            ]
        })
        .collect();
    print(
        context.output,
        &judged,
        &["when", "what kind", "service", "change", "", ""],
        &rows,
    )
}

fn verdict(finding: &Finding, change: &Change) -> Judged {
    let same = |other: &Change| {
        other.at == change.at && other.title == change.title && other.service == change.service
    };
    let named = finding
        .hypotheses
        .iter()
        .find(|h| h.change.as_ref().is_some_and(same));
    let (verdict, why) = match named {
        Some(h) if !h.discarded => ("correlates", format!("{} % {}", h.confidence, h.reason)),
        Some(h) => ("does not correlate", h.reason.clone()),
        None if change.service.is_empty() => {
            ("unknown", "It names no service of the catalog.".into())
        }
        None if change.at > finding.onset => (
            "does not correlate",
            "It came after the trouble began.".into(),
        ),
        None => (
            "does not correlate",
            "Nothing measured or logged speaks for it.".into(),
        ),
    };
    Judged {
        change: change.clone(),
        verdict: Some(verdict.into()),
        why: Some(why),
    }
}
