//! `changes`: what was changed lately, and whether an incident correlates with it.

use super::Front;
use super::output::tell;
use super::periods::span;
use crate::domain::{Change, Missing};
use crate::investigate::verdict;
use crate::session::{ApiError, InvestigationRequest, Session, plain_id};
use chrono::Duration;
use clap::Args;
use serde::Serialize;

/// Recent changes.
#[derive(Args)]
pub struct Changes {
    /// INC-123, 123 or an id.
    incident: Option<String>,
    /// How far back, such as 4h.
    #[arg(long, default_value = "4h", allow_hyphen_values = true)]
    within: String,
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

impl From<Change> for Judged {
    fn from(change: Change) -> Self {
        Self {
            change,
            verdict: None,
            why: None,
        }
    }
}

/// Lists changes; with an incident, says which ones it correlates with.
pub async fn run(front: &Front<'_>, asked: &Changes) -> Result<(), ApiError> {
    let within = span("--within", &asked.within)?;
    let (judged, missing) = match &asked.incident {
        None => {
            let (all, missing) = front.session.changes(within).await?;
            (all.into_iter().map(Judged::from).collect(), missing)
        }
        Some(incident) => judge(front.session, incident, within).await?,
    };
    tell_missing(&missing, judged.is_empty())?;
    let (now, zone) = front.clock();
    front
        .table(&judged)
        .column("when", |j| zone.day_clock(now, j.change.at))
        .column("what kind", |j| j.change.class.label().into())
        .column("service", |j| j.change.service.clone())
        .column("change", |j| j.change.title.clone())
        .column("", |j| j.verdict.clone().unwrap_or_default())
        .column("", |j| j.why.clone().unwrap_or_default())
        .print()
}

async fn judge(
    session: &Session,
    incident: &str,
    within: Duration,
) -> Result<(Vec<Judged>, Vec<Missing>), ApiError> {
    let request = InvestigationRequest {
        incident: plain_id(incident)?.to_owned(),
        changes: Some(within),
        ..InvestigationRequest::default()
    };
    let finding = session.investigate(&request, None).await?.finding;
    let recent = finding
        .changes
        .iter()
        .filter(|c| c.at >= finding.onset - within);
    let judged = recent.map(|c| {
        let (verdict, why) = verdict(&finding, c);
        Judged {
            change: c.clone(),
            verdict: Some(verdict.into()),
            why: Some(why),
        }
    });
    Ok((judged.collect(), finding.missing))
}

/// Says which sources of changes could not be asked; without any change that is the answer.
fn tell_missing(missing: &[Missing], nothing: bool) -> Result<(), ApiError> {
    let of_others = ["confidence", "metrics", "logs"];
    let lacked: Vec<&Missing> = missing
        .iter()
        .filter(|m| !of_others.contains(&m.source.as_str()))
        .collect();
    if nothing && !lacked.is_empty() {
        let says: Vec<&str> = lacked.iter().map(|m| m.says.as_str()).collect();
        return Err(ApiError::User(format!(
            "No change is known, and not every source could be asked: {}",
            says.join(" ")
        )));
    }
    lacked
        .iter()
        .for_each(|m| tell(&format!("Not all of it: {}: {}", m.source, m.says)));
    Ok(())
}
