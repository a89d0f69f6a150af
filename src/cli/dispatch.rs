//! Which command does what: one line each.

use super::write::{self, Asked};
use super::{
    Catalog, Command, Context, Front, Incidents, analyze, api, changes, draft, export, handover,
    investigate, journal, lists, local, similar,
};
use crate::domain::Instant;
use crate::domain::time::parse_point;
use crate::session::{ApiError, Query, fault};

/// Runs a command that asks the API, or the journal beside it.
pub async fn run(context: &Context, command: Command) -> Result<(), ApiError> {
    match command {
        Command::Doctor => local::doctor(context).await,
        Command::Journal(command) => journal::run(context, command).await,
        command => {
            let session = &context.session()?;
            let front = &Front { context, session };
            match asked(command)? {
                Ok(asked) => write::run(front, asked).await,
                Err(command) => read(front, command).await,
            }
        }
    }
}

/// The write a command asks for, or the command where it is none.
fn asked(command: Command) -> Result<Result<Asked, Command>, ApiError> {
    let asked = match command {
        Command::Incidents(Incidents::Write(w)) => w.0,
        Command::Timeline { write: Some(w), .. } => w.0,
        Command::Escalations { write: Some(w), .. } => w.0,
        Command::Oncall { write: Some(w) } => w.0,
        Command::Alerts { write: Some(w), .. } => w.0,
        Command::Actions { write: Some(w), .. } => w.0,
        Command::FollowUps { write: Some(w), .. } => w.0,
        Command::Catalog(Catalog::Set(set)) => Ok(Asked::from(set)),
        Command::PostMortems { write: Some(w), .. } => w.0,
        Command::StatusPage(w) => w.0,
        other => return Ok(Err(other)),
    };
    asked.map(Ok).map_err(ApiError::User)
}

async fn read(front: &Front<'_>, command: Command) -> Result<(), ApiError> {
    match command {
        Command::Investigate(a) => investigate::run(front, &a).await,
        Command::Changes(a) => changes::run(front, &a).await,
        Command::Similar(a) => similar::run(front, &a).await,
        Command::Analyze(a) => analyze::run(front, &a).await,
        Command::Export(a) => export::run(front.session, &a).await,
        Command::Handover(a) => handover::run(front, &a).await,
        Command::Draft(a) => draft::run(front, &a).await,
        Command::Api(call) => api::run(front.session, call).await,
        Command::Incidents(command) => incidents(front, command).await,
        Command::Catalog(command) => lists::catalog(front, &command).await,
        Command::Timeline { incident, .. } => {
            lists::timeline(front, &incident.unwrap_or_default()).await
        }
        Command::Oncall { .. } => lists::oncall(front).await,
        Command::Schedules { schedule, days } => lists::schedules(front, schedule, days).await,
        Command::Alerts {
            incident,
            firing,
            limit,
            ..
        } => lists::alerts(front, incident, firing, limit).await,
        Command::Escalations {
            incident, limit, ..
        } => lists::escalations(front, incident, limit).await,
        Command::Actions { incident, .. } => lists::actions(front, incident).await,
        Command::FollowUps { incident, .. } => lists::follow_ups(front, incident).await,
        Command::PostMortems { id: Some(id), .. } => lists::document(front, &id).await,
        Command::PostMortems { incident, .. } => lists::documents(front, incident).await,
        Command::Workflows { runs: false, .. } => lists::workflows(front).await,
        Command::Workflows { incident, .. } => lists::runs(front, incident).await,
        Command::Related { incident } => lists::related(front, &incident).await,
        // Taken before anything is asked of the API.
        Command::Demo(_)
        | Command::Simulate { .. }
        | Command::Picture { .. }
        | Command::Config(_)
        | Command::Purge { .. }
        | Command::Completions { .. }
        | Command::Doctor
        | Command::Journal(_)
        | Command::StatusPage(_) => Err(fault()),
    }
}

async fn incidents(front: &Front<'_>, command: Incidents) -> Result<(), ApiError> {
    match command {
        Incidents::List {
            service,
            severity,
            status,
            since,
            until,
            limit,
        } => {
            let now = front.session.now();
            let query = Query {
                service,
                severities: severity,
                status,
                since: point(now, since)?,
                until: point(now, until)?,
                limit,
            };
            lists::incidents(front, &query).await
        }
        Incidents::Show {
            incident,
            include_timeline,
        } => lists::incident(front, &incident, include_timeline).await,
        // Writes; they are taken before anything is listed.
        Incidents::Write(_) => Err(fault()),
    }
}

fn point(now: Instant, raw: Option<String>) -> Result<Option<Instant>, ApiError> {
    raw.map(|raw| {
        parse_point(now, &raw).ok_or_else(|| {
            ApiError::User(format!(
                "\"{raw}\" is not a point in time: give 7d, 2026-11-01 or 2026-11-01T14:30:00Z."
            ))
        })
    })
    .transpose()
}
