//! Which command does what: one line each.

use super::write::{self, Asked};
use super::{
    Catalog, Command, Context, Incidents, analyze, api, changes, draft, export, handover,
    investigate, journal, lists, local, similar,
};
use crate::domain::Instant;
use crate::domain::time::parse_point;
use crate::session::{ApiError, Query, Session, fault};

/// Runs a command that asks the API, or the journal beside it.
pub async fn run(context: &Context, command: Command) -> Result<(), ApiError> {
    match command {
        Command::Doctor => local::doctor(context).await,
        Command::Journal(command) => journal::run(context, command).await,
        command => {
            let session = &context.session()?;
            match asked(command)? {
                Ok(asked) => write::run(context, session, asked).await,
                Err(command) => read(context, session, command).await,
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

async fn read(context: &Context, session: &Session, command: Command) -> Result<(), ApiError> {
    match command {
        Command::Investigate(a) => investigate::run(context, session, &a).await,
        Command::Changes(a) => changes::run(context, session, &a).await,
        Command::Similar(a) => similar::run(context, session, &a).await,
        Command::Analyze(a) => analyze::run(context, session, &a).await,
        Command::Export(a) => export::run(session, &a).await,
        Command::Handover(a) => handover::run(context, session, &a).await,
        Command::Draft(a) => draft::run(context, session, &a).await,
        Command::Api(call) => api::run(session, call).await,
        Command::Incidents(command) => incidents(context, session, command).await,
        Command::Catalog(command) => lists::catalog(context, session, &command).await,
        Command::Timeline { incident, .. } => {
            lists::timeline(context, session, &incident.unwrap_or_default()).await
        }
        Command::Oncall { .. } => lists::oncall(context, session).await,
        Command::Schedules { schedule, days } => {
            lists::schedules(context, session, schedule, days).await
        }
        Command::Alerts {
            incident,
            firing,
            limit,
            ..
        } => lists::alerts(context, session, incident, firing, limit).await,
        Command::Escalations {
            incident, limit, ..
        } => lists::escalations(context, session, incident, limit).await,
        Command::Actions { incident, .. } => lists::actions(context, session, incident).await,
        Command::FollowUps { incident, .. } => lists::follow_ups(context, session, incident).await,
        Command::PostMortems { id: Some(id), .. } => lists::document(context, session, &id).await,
        Command::PostMortems { incident, .. } => lists::documents(context, session, incident).await,
        Command::Workflows { runs: false, .. } => lists::workflows(context, session).await,
        Command::Workflows { incident, .. } => lists::runs(context, session, incident).await,
        Command::Related { incident } => lists::related(context, session, &incident).await,
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

async fn incidents(
    context: &Context,
    session: &Session,
    command: Incidents,
) -> Result<(), ApiError> {
    match command {
        Incidents::List {
            service,
            severity,
            status,
            since,
            until,
            limit,
        } => {
            let now = session.now();
            let query = Query {
                service,
                severities: severity,
                status,
                since: point(now, since)?,
                until: point(now, until)?,
                limit,
            };
            lists::incidents(context, session, &query).await
        }
        Incidents::Show {
            incident,
            include_timeline,
        } => lists::incident(context, session, &incident, include_timeline).await,
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
