//! `export`: incidents as a table to take elsewhere.

use super::output::{json_lines, json_text, say};
use super::periods::period;
use super::progress::during;
use crate::session::{ApiError, Session, as_csv, is_new, write_whole};
use clap::Args;
use std::path::PathBuf;

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
    /// Write it into this file, which must not be there yet: it is whole, or not there at all.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
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
    let (from, until) = period(&asked.since, asked.until.as_deref(), session)?;
    // Nobody waits for a history only to be told of the file.
    asked.out.as_deref().map_or(Ok(()), is_new)?;
    let rows = during(session, session.export(from, until)).await?;
    let text = match asked.format {
        Format::Json => json_text(&rows) + "\n",
        Format::Ndjson => json_lines(&rows),
        Format::Csv => as_csv(&rows)?,
    };
    match &asked.out {
        None => say(&text),
        Some(path) => {
            write_whole(path.clone(), text).await?;
            say(&format!("Written to {}.\n", path.display()))
        }
    }
}
