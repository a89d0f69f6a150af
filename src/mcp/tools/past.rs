//! What happened before: similar incidents, changes, and what went on while somebody was away.

use super::super::answer::{Answer, Shortened, hidden};
use super::super::desk::Desk;
use super::{point, span};
use crate::domain::time::stamp;
use crate::domain::{self, ApiError};
use crate::investigate::JudgedChange;
use crate::session::{Recalled, SimilarRequest, plain_id};
use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};

/// How far back similar incidents and changes are looked for where nobody says.
const SIMILAR_SINCE: &str = "180d";
const CHANGES_WITHIN: &str = "4h";

pub(in super::super) const PAST: &[Shortened] = &[Shortened {
    list: "similar",
    ask: "they are the least alike; ask again with a higher `least`",
}];
pub(in super::super) const CHANGES: &[Shortened] = &[Shortened {
    list: "changes",
    ask: "ask again with a shorter `within`",
}];
pub(in super::super) const AWAY: &[Shortened] = &[
    Shortened {
        list: "changes",
        ask: "the changes tool lists them",
    },
    Shortened {
        list: "over",
        ask: "the search tool lists them",
    },
    Shortened {
        list: "open",
        ask: "whats_on_fire lists them",
    },
    Shortened {
        list: "follow_ups_at_risk",
        ask: "hotseat follow-ups lists them",
    },
    Shortened {
        list: "next_on_call",
        ask: "on_call lists them",
    },
];

/// Like which incident.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct SimilarQuestion {
    /// INC-123, 123 or an id.
    incident: String,
    /// Declared since: 180d, a date, or RFC 3339; 180 days by default.
    since: Option<String>,
    /// Only those that are at least this likely the same thing, in percent; 20 by default.
    least: Option<u8>,
}

/// Incidents that are alike.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Past {
    /// The likeliest first.
    similar: Vec<Alike>,
}

/// One that is alike.
#[derive(JsonSchema, Serialize)]
struct Alike {
    reference: String,
    name: String,
    /// How likely people would call the two the same thing, in percent.
    likeness: u8,
    why: Vec<String>,
    /// What caused it; empty where nobody wrote it down.
    cause: String,
    resolution: String,
    status: String,
    lead: Option<String>,
    declared: String,
    /// How long it took until it was over.
    seconds: Option<i64>,
}

/// Past incidents that are like one.
pub(super) async fn similar(desk: &Desk, asked: SimilarQuestion) -> Result<Answer, ApiError> {
    let session = &desk.session;
    desk.incident(&asked.incident).await?;
    let raw = asked.since.as_deref().unwrap_or(SIMILAR_SINCE);
    let mut request = SimilarRequest {
        since: Some(point("since", raw, session)?),
        ..SimilarRequest::new(plain_id(&asked.incident)?)
    };
    request.threshold = asked.least.unwrap_or(request.threshold).min(100);
    let unread = desk.history().await?;
    let (found, missing) = session.similar(&request).await?;
    let (mut similar, mut private) = (Vec::new(), 0);
    for one in &found {
        match desk.shows_id(&one.found.id).await {
            true => similar.push(alike(one)),
            false => private += 1,
        }
    }
    let answer = Answer::of(&Past { similar })?;
    let missing = hidden(private).into_iter().chain(unread).chain(missing);
    Ok(answer.missing(missing))
}

fn alike(one: &Recalled) -> Alike {
    Alike {
        reference: one.found.reference.clone(),
        name: one.found.name.clone(),
        likeness: one.found.likeness,
        why: one.found.reasons.clone(),
        cause: one.seen.cause.clone(),
        resolution: one.seen.resolution.clone(),
        status: one.seen.status.clone(),
        lead: one.seen.lead.clone(),
        declared: stamp(one.found.at),
        seconds: one.seen.seconds,
    }
}

/// Which changes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ChangesQuestion {
    /// Say of each whether this incident correlates with it: INC-123, 123 or an id.
    incident: Option<String>,
    /// How far back, such as 4h, which is the default.
    within: Option<String>,
}

/// Changes.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Changes {
    /// Newest first.
    changes: Vec<Changed>,
}

/// A change.
#[derive(JsonSchema, Serialize)]
struct Changed {
    at: String,
    kind: &'static str,
    service: String,
    says: String,
    version: Option<String>,
    who: Option<String>,
    source: String,
    link: Option<String>,
    /// Whether the incident correlates with it.
    verdict: Option<String>,
    why: Option<String>,
}

/// Changes of the last hours.
pub(super) async fn changes(desk: &Desk, asked: ChangesQuestion) -> Result<Answer, ApiError> {
    let within = asked.within.as_deref().unwrap_or(CHANGES_WITHIN);
    let within = span("within", within)?;
    if let Some(incident) = &asked.incident {
        desk.incident(incident).await?;
    }
    let asking = desk
        .session
        .judged_changes(asked.incident.as_deref(), within);
    let (mut judged, missing) = asking.await?;
    judged.sort_by_key(|j| std::cmp::Reverse(j.change.at));
    let missing = missing
        .into_iter()
        .map(|m| format!("{}: {}", m.source, m.says));
    let changes = judged.into_iter().map(changed).collect();
    Ok(Answer::of(&Changes { changes })?.missing(missing))
}

fn changed(judged: JudgedChange) -> Changed {
    let change = judged.change;
    Changed {
        at: stamp(change.at),
        kind: change.class.label(),
        service: change.service,
        says: change.title,
        version: change.version,
        who: change.author,
        source: change.source,
        link: change.link,
        verdict: judged.verdict,
        why: judged.why,
    }
}

/// Since when.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct AwayQuestion {
    /// Since then: 8h, a date, or RFC 3339; since the shift of whoever works here began where it is not given.
    since: Option<String>,
}

/// What happened meanwhile.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Away {
    from: String,
    to: String,
    pages: usize,
    /// The worst first.
    open: Vec<Line>,
    /// Declared meanwhile and over.
    over: Vec<Line>,
    changes: Vec<Line>,
    /// Follow-ups outstanding for more than two weeks.
    follow_ups_at_risk: Vec<Line>,
    /// Who is next, by schedule.
    next_on_call: Vec<(String, String)>,
}

/// Something that happened.
#[derive(JsonSchema, Serialize)]
struct Line {
    at: String,
    /// An incident's reference, a follow-up's id, or the service that was changed.
    of: String,
    says: String,
    status: String,
}

/// What happened since somebody was here.
pub(super) async fn away(desk: &Desk, asked: AwayQuestion) -> Result<Answer, ApiError> {
    let session = &desk.session;
    let since = asked.since.as_deref();
    let since = since.map(|raw| point("since", raw, session)).transpose()?;
    let shift = session.handover(since).await?;
    let (open, hidden_open) = desk.shown(shift.open);
    let (over, hidden_over) = desk.shown(shift.over);
    let mut at_risk = Vec::new();
    for follow_up in shift.at_risk.iter().take(MOST_AT_RISK) {
        if desk.shows_id(&follow_up.incident).await {
            at_risk.push(Line {
                at: stamp(follow_up.created),
                of: follow_up.id.clone(),
                says: follow_up.title.clone(),
                status: follow_up.status.clone(),
            });
        }
    }
    let unseen = shift.at_risk.len().saturating_sub(MOST_AT_RISK);
    let changes = shift.changes.iter().map(|change| Line {
        at: stamp(change.at),
        of: change.service.clone(),
        says: change.title.clone(),
        status: change.class.label().to_owned(),
    });
    let away = Away {
        from: stamp(shift.from),
        to: stamp(shift.to),
        pages: shift.pages,
        open: open.iter().map(line).collect(),
        over: over.iter().map(line).collect(),
        changes: changes.collect(),
        follow_ups_at_risk: at_risk,
        next_on_call: shift.next,
    };
    let answer = Answer::of(&away)?.missing(hidden(hidden_open + hidden_over));
    let answer = answer.without("follow_ups_at_risk", unseen, AWAY[3].ask);
    Ok(answer.missing(shift.missing))
}

/// Follow-ups whose incidents are looked up: one request each, where the cache does not know them.
const MOST_AT_RISK: usize = 8;

fn line(incident: &domain::Incident) -> Line {
    let row = &incident.row;
    let severity = row.severity.as_deref().unwrap_or("no severity");
    Line {
        at: stamp(row.created),
        of: row.reference.to_string(),
        says: match incident.is_public() {
            true => row.name.to_string(),
            false => format!("(private) {}", row.name),
        },
        status: format!("{severity}, {}", row.status),
    }
}
