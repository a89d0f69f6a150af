//! `export`: incidents as a table to take elsewhere.

use super::output::{print_json, print_json_lines, say};
use super::periods::period;
use crate::session::{ApiError, Session, as_csv};
use clap::Args;

/// Incidents as a table to take elsewhere.
#[derive(Args)]
pub struct Export {
    /// Declared since: 90d, a date, or RFC 3339.
    #[arg(long, default_value = "90d")]
    since: String,
    /// Declared until.
    #[arg(long)]
    until: Option<String>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
}

/// How an export is written.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Comma-separated, with a header.
    Csv,
    /// One array.
    Json,
    /// One object a line.
    Ndjson,
}

/// Writes incidents as a table.
pub async fn run(session: &Session, asked: &Export) -> Result<(), ApiError> {
    let (from, until) = period(&asked.since, asked.until.as_deref(), session.now())?;
    let rows = session.export(from, until).await?;
    match asked.format {
        Format::Json => print_json(&rows),
        Format::Ndjson => print_json_lines(&rows),
        Format::Csv => say(&as_csv(&rows)?),
    }
}
