//! The tools, one row each: what it is called, what it takes and answers, and what it does to the world.

mod confirm;
pub(super) mod draft;
pub(super) mod evidence;
pub(super) mod incident;
mod investigate;
mod lists;
mod past;
mod propose;

use super::answer::{self, Answer, Shortened, refusal};
use super::caller::Caller;
use super::desk::Desk;
use crate::config::Confirm;
use crate::domain::{ApiError, Instant, time};
use crate::session::{InvestigationStep, Session};
use rmcp::model::{
    CallToolResponse, InputRequiredResult, InputResponses, JsonObject, Tool, ToolAnnotations,
};
use rmcp::schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The tools there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ToolId {
    WhatsOnFire,
    Incident,
    Investigate,
    Evidence,
    Similar,
    Changes,
    OnCall,
    SinceIWasAway,
    Search,
    Journal,
    Draft,
    Propose,
    Confirm,
}

/// What a tool does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// It only reads.
    Reads,
    /// It makes a token, and changes nothing.
    Prepares,
    /// It may overwrite, page and post; a second time does nothing more.
    Writes,
}

/// What a tool is called with.
pub(super) struct Asked {
    pub arguments: Value,
    /// Where its steps are told, where the client wants them.
    pub progress: Option<mpsc::Sender<InvestigationStep>>,
    /// What the person answered to the last question of this call.
    pub answers: Option<InputResponses>,
    /// What that question was about.
    pub state: Option<String>,
}

/// How far a call came.
pub(super) enum Step {
    Done(Answer),
    /// The person has to be asked first.
    Ask(InputRequiredResult),
}

/// One row of the table.
pub(super) struct ToolSpec {
    pub id: ToolId,
    pub name: &'static str,
    title: &'static str,
    says: &'static str,
    takes: fn() -> Arc<JsonObject>,
    answers: fn() -> Arc<JsonObject>,
    effect: Effect,
    /// What of its answer may be left out, the first first.
    pub shortens: &'static [Shortened],
}

/// Every tool.
pub(super) const TOOLS: &[ToolSpec] = &[
    ToolSpec {
        id: ToolId::WhatsOnFire,
        name: "whats_on_fire",
        title: "What is on fire",
        says: "Open incidents, the worst first, with lead, services and age, and the pages that nobody has answered. Begin here.",
        takes: input::<lists::FireQuestion>,
        answers: answer::schema::<lists::Fire>,
        effect: Effect::Reads,
        shortens: lists::FIRE,
    },
    ToolSpec {
        id: ToolId::Incident,
        name: "incident",
        title: "One incident",
        says: "One incident: status, severity, roles, fields, its alerts and its timeline, the newest entry first.",
        takes: input::<incident::IncidentQuestion>,
        answers: answer::schema::<incident::Detail>,
        effect: Effect::Reads,
        shortens: incident::DETAIL,
    },
    ToolSpec {
        id: ToolId::Investigate,
        name: "investigate",
        title: "Investigate an incident",
        says: "Asks every configured source and says what is going on, since when, what caused it with a confidence in percent, on which evidence (ids such as E3), what was changed before, what could not be seen, and what to do. Takes seconds.",
        takes: input::<investigate::InvestigateQuestion>,
        answers: answer::schema::<investigate::Found>,
        effect: Effect::Reads,
        shortens: investigate::FOUND,
    },
    ToolSpec {
        id: ToolId::Evidence,
        name: "evidence",
        title: "One piece of evidence",
        says: "One piece of evidence of an investigation in full: its query, what was observed and is normal, its lines. With again, its query is run again.",
        takes: input::<evidence::EvidenceQuestion>,
        answers: answer::schema::<evidence::Piece>,
        effect: Effect::Reads,
        shortens: evidence::PIECE,
    },
    ToolSpec {
        id: ToolId::Similar,
        name: "similar",
        title: "Similar past incidents",
        says: "Past incidents that are like one, with why, how likely they are the same thing, what caused and what resolved them. The first call reads the history.",
        takes: input::<past::SimilarQuestion>,
        answers: answer::schema::<past::Past>,
        effect: Effect::Reads,
        shortens: past::PAST,
    },
    ToolSpec {
        id: ToolId::Changes,
        name: "changes",
        title: "Recent changes",
        says: "Deploys, flags, settings and other changes of the last hours, the newest first; with an incident, whether it correlates with each.",
        takes: input::<past::ChangesQuestion>,
        answers: answer::schema::<past::Changes>,
        effect: Effect::Reads,
        shortens: past::CHANGES,
    },
    ToolSpec {
        id: ToolId::OnCall,
        name: "on_call",
        title: "Who is on call",
        says: "Who is on call now, until when, and who is next, by schedule and rotation; of a service, those of its owner.",
        takes: input::<lists::OnCallQuestion>,
        answers: answer::schema::<lists::OnCall>,
        effect: Effect::Reads,
        shortens: lists::ON_CALL,
    },
    ToolSpec {
        id: ToolId::SinceIWasAway,
        name: "since_i_was_away",
        title: "What happened since",
        says: "What happened since a time, or since the shift of whoever works here began: what is open, what is over, pages, changes, who is next.",
        takes: input::<past::AwayQuestion>,
        answers: answer::schema::<past::Away>,
        effect: Effect::Reads,
        shortens: past::AWAY,
    },
    ToolSpec {
        id: ToolId::Search,
        name: "search",
        title: "Search incidents",
        says: "Incidents by words, service, severity, status and time, the newest first.",
        takes: input::<lists::SearchQuestion>,
        answers: answer::schema::<lists::FoundIncidents>,
        effect: Effect::Reads,
        shortens: lists::SEARCH,
    },
    ToolSpec {
        id: ToolId::Journal,
        name: "journal",
        title: "The journal of writes",
        says: "What was sent from this machine, what waits and what is in doubt, the newest first.",
        takes: input::<lists::JournalQuestion>,
        answers: answer::schema::<lists::Journal>,
        effect: Effect::Reads,
        shortens: lists::JOURNAL,
    },
    ToolSpec {
        id: ToolId::Draft,
        name: "draft",
        title: "Draft a text",
        says: "An update, a summary or a post-mortem drafted from what is recorded, each line with the row it stands on. Sends nothing.",
        takes: input::<draft::DraftQuestion>,
        answers: answer::schema::<draft::Drafted>,
        effect: Effect::Reads,
        shortens: draft::DRAFTED,
    },
    ToolSpec {
        id: ToolId::Propose,
        name: "propose",
        title: "Propose a write",
        says: "Shows the exact request of a write, what it changes, whom it pages right now and whether it can be taken back, with a token for confirm. Sends nothing. Show it to the person before confirming. Publishing on a status page cannot be proposed.",
        takes: input::<propose::ProposeQuestion>,
        answers: answer::schema::<propose::Proposed>,
        effect: Effect::Prepares,
        shortens: &[],
    },
    ToolSpec {
        id: ToolId::Confirm,
        name: "confirm",
        title: "Send what was proposed",
        says: "Sends a proposal, once, by its token, after the person at the desk said yes. Refused where it was changed meanwhile, expired, or sent before.",
        takes: input::<confirm::ConfirmQuestion>,
        answers: answer::schema::<confirm::Confirmed>,
        effect: Effect::Writes,
        shortens: &[],
    },
];

/// The tool of a name.
pub(super) fn named(name: &str) -> Option<&'static ToolSpec> {
    TOOLS.iter().find(|tool| tool.name == name)
}

fn input<T: JsonSchema + 'static>() -> Arc<JsonObject> {
    let schema = rmcp::handler::server::tool::schema_for_input::<T>();
    // Every question is a struct, so every schema is an object.
    schema.unwrap_or_default()
}

impl ToolSpec {
    /// Whether it tells the steps of an investigation.
    pub fn tells_steps(&self) -> bool {
        matches!(self.id, ToolId::Investigate | ToolId::Evidence)
    }

    /// The tool as clients list it.
    pub fn listed(&self) -> Tool {
        let hints = ToolAnnotations::new()
            .read_only(self.effect != Effect::Writes)
            .destructive(self.effect == Effect::Writes)
            // Each proposal gets a token of its own.
            .idempotent(self.effect != Effect::Prepares)
            // It asks incident.io and the configured sources of this organisation.
            .open_world(true);
        Tool::new(self.name, self.says, (self.takes)())
            .with_title(self.title)
            .with_raw_output_schema((self.answers)())
            .with_annotations(hints)
    }

    /// Whether a client is told of it: one that cannot send is offered nothing to send with.
    pub fn is_offered(&self, desk: &Desk, caller: &Caller) -> bool {
        let config = desk.session.config();
        match self.effect {
            Effect::Reads => true,
            Effect::Prepares => !config.read_only,
            Effect::Writes => {
                let may_send = caller.can_ask || config.mcp.confirm != Confirm::Person;
                may_send && !config.read_only
            }
        }
    }

    /// Answers a question; an error is told as one.
    pub async fn call(&self, desk: &Desk, caller: &Caller, asked: Asked) -> CallToolResponse {
        match self.step(desk, caller, asked).await {
            Ok(Step::Done(answer)) => answer.result(self.shortens).into(),
            Ok(Step::Ask(question)) => question.into(),
            Err(e) => refusal(&e).into(),
        }
    }

    async fn step(&self, desk: &Desk, caller: &Caller, mut asked: Asked) -> Result<Step, ApiError> {
        let raw = asked.arguments.take();
        let progress = asked.progress.take();
        let answer = match self.id {
            ToolId::WhatsOnFire => lists::fire(desk, read(raw)?).await,
            ToolId::Incident => incident::detail(desk, read(raw)?).await,
            ToolId::Investigate => investigate::run(desk, read(raw)?, progress).await,
            ToolId::Evidence => evidence::piece(desk, read(raw)?, progress).await,
            ToolId::Similar => past::similar(desk, read(raw)?).await,
            ToolId::Changes => past::changes(desk, read(raw)?).await,
            ToolId::OnCall => lists::on_call(desk, read(raw)?).await,
            ToolId::SinceIWasAway => past::away(desk, read(raw)?).await,
            ToolId::Search => lists::search(desk, read(raw)?).await,
            ToolId::Journal => lists::journal(desk, read(raw)?).await,
            ToolId::Draft => draft::draft(desk, read(raw)?).await,
            ToolId::Propose => propose::propose(desk, read(raw)?, caller).await,
            ToolId::Confirm => return confirm::confirm(desk, caller, read(raw)?, &asked).await,
        };
        answer.map(Step::Done)
    }
}

/// What a tool was given, as it takes it.
fn read<T: DeserializeOwned>(raw: Value) -> Result<T, ApiError> {
    serde_json::from_value(raw)
        .map_err(|e| ApiError::User(format!("The arguments do not fit this tool: {e}.")))
}

/// A point in time as an argument gives it.
fn point(name: &str, raw: &str, session: &Session) -> Result<Instant, ApiError> {
    time::parse_point(session.now(), session.zone(), raw).ok_or_else(|| {
        ApiError::User(format!(
            "{name} is not a point in time: give 2h, 7d, 2026-11-01 or 2026-11-01T14:30:00Z."
        ))
    })
}

/// A span of time as an argument gives it, up to a year.
fn span(name: &str, raw: &str) -> Result<chrono::Duration, ApiError> {
    let longest = chrono::Duration::days(366);
    let read = time::parse_span(raw).filter(|s| *s > chrono::Duration::zero() && *s <= longest);
    read.ok_or_else(|| {
        ApiError::User(format!(
            "{name} is not a time up to a year, such as 30m or 4h."
        ))
    })
}
