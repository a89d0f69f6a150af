//! Why: an investigation, short enough to be read at once, each sentence with the ids of its evidence.

use super::super::answer::{Answer, Shortened};
use super::super::desk::Desk;
use super::{point, span};
use crate::domain::time::stamp;
use crate::domain::{ApiError, Change, Evidence, Finding, Hop, Hypothesis};
use crate::session::{InvestigationRequest, InvestigationStep};
use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// Causes that were set aside are told after the others, up to so many in all.
const MOST_CAUSES: usize = 6;

pub(in super::super) const FOUND: &[Shortened] = &[
    Shortened {
        list: "changes",
        ask: "the changes tool lists them",
    },
    Shortened {
        list: "evidence",
        ask: "the evidence tool shows each by its id, which stands beside its cause",
    },
    Shortened {
        list: "causes",
        ask: "they are the unlikeliest; the console shows all",
    },
    Shortened {
        list: "actions",
        ask: "the console shows all",
    },
];

/// What is to be investigated.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct InvestigateQuestion {
    /// INC-123, 123 or an id.
    incident: String,
    /// Look at measures since then (2h, RFC 3339) instead of two hours before the incident.
    since: Option<String>,
    /// How far back a change may lie, such as 4h.
    changes: Option<String>,
}

/// What was found.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Found {
    incident: String,
    /// What is going on.
    summary: String,
    /// Whether a cause is named with better than even odds.
    settled: bool,
    onset: String,
    /// How that time is known.
    onset_from: String,
    /// The likeliest first.
    causes: Vec<Cause>,
    evidence: Vec<Fact>,
    /// Changes before it began, newest first.
    changes: Vec<Changed>,
    /// What tells the first two causes apart.
    next_check: Option<String>,
    /// What to do, in order.
    actions: Vec<String>,
}

/// A possible cause.
#[derive(JsonSchema, Serialize)]
struct Cause {
    service: String,
    kind: String,
    says: String,
    /// How likely it is the cause, in percent.
    confidence: u8,
    evidence_for: Vec<String>,
    evidence_against: Vec<String>,
    /// From the cause to what is felt, with how each call is checked.
    path: String,
    /// It was looked at and set aside; `reason` tells why.
    set_aside: bool,
    reason: String,
}

/// A fact with its id.
#[derive(JsonSchema, Serialize)]
struct Fact {
    id: String,
    source: String,
    says: String,
    observed: String,
    normal: String,
}

/// A change.
#[derive(JsonSchema, Serialize)]
struct Changed {
    at: String,
    kind: &'static str,
    service: String,
    says: String,
    who: Option<String>,
}

/// Investigates, and tells as it goes.
pub(super) async fn run(
    desk: &Desk,
    asked: InvestigateQuestion,
    progress: Option<mpsc::Sender<InvestigationStep>>,
) -> Result<Answer, ApiError> {
    let since = asked
        .since
        .as_deref()
        .map(|raw| point("since", raw, &desk.session));
    let changes = asked.changes.as_deref().map(|raw| span("changes", raw));
    let request = InvestigationRequest {
        since: since.transpose()?,
        changes: changes.transpose()?,
        ..InvestigationRequest::of(&asked.incident)
    };
    let finding = desk.investigate(request, progress).await?;
    let missing = finding.missing.iter();
    let missing = missing.map(|m| format!("{}: {}", m.source, m.says));
    Ok(Answer::of(&found(&finding))?.missing(missing))
}

fn found(finding: &Finding) -> Found {
    let causes = finding.hypotheses.iter().take(MOST_CAUSES);
    Found {
        incident: finding.incident.clone(),
        summary: finding.summary.clone(),
        settled: finding.settled,
        onset: stamp(finding.onset),
        onset_from: finding.onset_from.clone(),
        causes: causes.map(cause).collect(),
        evidence: finding.evidence.iter().map(fact).collect(),
        changes: finding.changes.iter().map(changed).collect(),
        next_check: finding.next_check.clone(),
        actions: finding.actions.clone(),
    }
}

fn cause(cause: &Hypothesis) -> Cause {
    let hops = cause.path.iter();
    let hops = hops.map(|hop| format!("{}{}{} ({})", hop.from, Hop::ARROW, hop.to, hop.checked()));
    Cause {
        service: cause.service.clone(),
        kind: cause.kind.clone(),
        says: cause.statement.clone(),
        confidence: cause.confidence,
        evidence_for: cause.evidence_for.clone(),
        evidence_against: cause.evidence_against.clone(),
        path: hops.collect::<Vec<_>>().join("; "),
        set_aside: cause.discarded,
        reason: cause.reason.clone(),
    }
}

fn fact(evidence: &Evidence) -> Fact {
    Fact {
        id: evidence.id.clone(),
        source: evidence.source.clone(),
        says: evidence.says.clone(),
        observed: evidence.observed.clone(),
        normal: evidence.normal.clone(),
    }
}

fn changed(change: &Change) -> Changed {
    Changed {
        at: stamp(change.at),
        kind: change.class.label(),
        service: change.service.clone(),
        says: change.title.clone(),
        who: change.author.clone(),
    }
}
