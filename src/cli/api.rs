//! `hotseat api METHOD PATH`: any endpoint, with the key already set up.

use super::output::say;
use crate::session::{ApiCall, ApiError, Session};
use clap::Args;
use serde_json::Value;

/// Call any endpoint with the key already set up.
#[derive(Args)]
pub struct Api {
    /// GET, POST, PUT, PATCH or DELETE.
    method: String,
    /// Such as /v2/incidents; may carry a query.
    path: String,
    /// A field: of the query for GET, of the JSON body otherwise; may be repeated.
    #[arg(long = "field", short = 'f', value_name = "KEY=VALUE")]
    fields: Vec<String>,
    /// Follow the cursor through all pages (GET).
    #[arg(long)]
    paginate: bool,
    /// A file with the JSON body; - for standard input.
    #[arg(long)]
    input: Option<String>,
}

/// Calls, and prints the answer as it comes.
pub async fn run(session: &Session, asked: Api) -> Result<(), ApiError> {
    let body = || asked.input.as_deref().map(read_body).transpose();
    let call = ApiCall::read(&asked.method, &asked.path, &asked.fields, body)?;
    session.answer(&call, asked.paginate, say).await
}

fn read_body(source: &str) -> Result<Value, ApiError> {
    let unread = |e| ApiError::User(format!("Cannot read the body from {source}: {e}."));
    let raw = match source {
        "-" => std::io::read_to_string(std::io::stdin()).map_err(unread)?,
        path => std::fs::read_to_string(path).map_err(unread)?,
    };
    serde_json::from_str(&raw)
        .map_err(|e| ApiError::User(format!("The body from {source} is not JSON: {e}.")))
}
