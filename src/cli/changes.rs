//! `changes`: what was changed lately, and whether an incident correlates with it.

use super::Front;
use super::output::tell_missing;
use super::periods::span;
use crate::domain::table::Column;
use crate::draft::columns::Moment;
use crate::investigate::JudgedChange;
use crate::session::ApiError;
use clap::Args;

/// Recent changes.
#[derive(Args)]
pub struct Changes {
    /// INC-123, 123 or an id.
    incident: Option<String>,
    /// How far back, such as 4h.
    #[arg(long, default_value = "4h", allow_hyphen_values = true)]
    within: String,
}

const COLUMNS: &[Column<JudgedChange, Moment>] = &[
    ("when ({zone})", |j, by| by.clock(j.change.at)),
    ("what kind", |j, _| j.change.class.label().into()),
    ("service", |j, _| j.change.service.clone()),
    ("change", |j, _| j.change.title.clone()),
    ("", |j, _| j.verdict.clone().unwrap_or_default()),
    ("", |j, _| j.why.clone().unwrap_or_default()),
];

/// Lists changes; with an incident, says which ones it correlates with.
pub async fn run(front: &Front, asked: &Changes) -> Result<(), ApiError> {
    let within = span("--within", &asked.within)?;
    let asking = front
        .session
        .judged_changes(asked.incident.as_deref(), within);
    let (judged, missing) = asking.await?;
    let said = missing.iter().map(|m| format!("{}: {}", m.source, m.says));
    tell_missing(&said.collect::<Vec<_>>());
    front.list(&judged, COLUMNS)
}
