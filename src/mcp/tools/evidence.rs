//! One piece of evidence in full: what was asked, what was seen, and what was answered.

use super::super::answer::{Answer, Shortened};
use super::super::desk::Desk;
use crate::domain::time::stamp;
use crate::domain::{ApiError, Evidence};
use crate::session::{InvestigationRequest, InvestigationStep};
use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

/// Points of a chart that are told: what came last, and enough of before to see it rise.
const MOST_POINTS: usize = 40;

pub(in super::super) const PIECE: &[Shortened] = &[
    Shortened {
        list: "points",
        ask: "run its query at its source",
    },
    Shortened {
        list: "lines",
        ask: "run its query at its source",
    },
];

/// Which evidence.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct EvidenceQuestion {
    /// INC-123, 123 or an id.
    pub incident: String,
    /// Its id in the last investigation of that incident, such as E3.
    pub id: String,
    /// Ask the sources again, instead of what the last investigation saw.
    #[serde(default)]
    pub again: bool,
}

/// One piece of evidence.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Piece {
    id: String,
    source: String,
    service: String,
    /// Who measured it from its own end of the call, where the service did not itself.
    measured_by: Option<String>,
    says: String,
    /// What was asked, to be asked again.
    query: String,
    at: Option<String>,
    observed: String,
    normal: String,
    /// How far apart, in the usual spread of this measure.
    deviation: Option<f64>,
    link: Option<String>,
    /// What was answered, verbatim.
    lines: Vec<String>,
    /// Unix seconds and value, the newest first.
    points: Vec<(i64, f64)>,
}

/// One piece of evidence of an incident's last investigation; without one, it is investigated now.
pub(in super::super) async fn piece(
    desk: &Desk,
    asked: EvidenceQuestion,
    progress: Option<mpsc::Sender<InvestigationStep>>,
) -> Result<Answer, ApiError> {
    let incident = desk.incident(&asked.incident).await?;
    let known = desk.finding(&incident);
    let wanted = known.as_ref().map(|f| by_id(&f.evidence, &asked.id));
    if let (Some(wanted), false) = (&wanted, asked.again) {
        return told(wanted.clone()?);
    }
    let request = InvestigationRequest::of(incident.row.id.as_str());
    let finding = desk.investigate(request, progress).await?;
    let Some(wanted) = wanted else {
        return told(by_id(&finding.evidence, &asked.id)?);
    };
    // Ids follow how relevant a fact is, so that the same query may have another one now.
    let wanted = wanted?;
    let same = |e: &&Evidence| {
        (&e.source, &e.query, &e.service) == (&wanted.source, &wanted.query, &wanted.service)
    };
    match finding.evidence.iter().find(same) {
        Some(again) => told(again),
        None => Err(ApiError::User(
            "Its query was run again and shows nothing unusual any more; investigate tells how the incident looks now.".into(),
        )),
    }
}

fn by_id<'a>(all: &'a [Evidence], id: &str) -> Result<&'a Evidence, ApiError> {
    let found = all.iter().find(|e| e.id.eq_ignore_ascii_case(id));
    found.ok_or_else(|| {
        let last = all.last().map(|e| e.id.as_str());
        ApiError::User(match last {
            Some(last) => format!("There is no evidence of this id; there is E1 to {last}."),
            None => "The investigation found no evidence.".into(),
        })
    })
}

fn told(evidence: &Evidence) -> Result<Answer, ApiError> {
    let newest = evidence.points.iter().rev().take(MOST_POINTS);
    let piece = Piece {
        id: evidence.id.clone(),
        source: evidence.source.clone(),
        service: evidence.service.clone(),
        measured_by: evidence.caller.clone(),
        says: evidence.says.clone(),
        query: evidence.query.clone(),
        at: evidence.at.map(stamp),
        observed: evidence.observed.clone(),
        normal: evidence.normal.clone(),
        deviation: evidence.deviation,
        link: evidence.link.clone(),
        lines: evidence.lines.clone(),
        points: newest.copied().collect(),
    };
    let unseen = evidence.points.len().saturating_sub(MOST_POINTS);
    Ok(Answer::of(&piece)?.without("points", unseen, PIECE[0].ask))
}
