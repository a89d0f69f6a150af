//! The same session for agents, by the Model Context Protocol: tools of a task each that read, what they find fenced as
//! data; and a write only as a proposal that is confirmed. It sees no more than the other front ends.

mod answer;
mod caller;
mod desk;
mod fence;
mod http;
mod prompts;
mod proposals;
mod resources;
mod server;
mod tools;

pub use http::{Listening, listen};

use crate::domain::ApiError;
use crate::session::Session;
use desk::Desk;
use rmcp::ServiceExt;
use server::Server;
use std::sync::Arc;

/// Serves an agent on standard input and output until its client ends.
pub async fn serve(session: Arc<Session>) -> Result<(), ApiError> {
    let transport = rmcp::transport::io::stdio_pipes();
    let desk = Arc::new(Desk::new(session)?);
    let served = Server::new(desk.clone(), None).serve(transport).await;
    let running = match served {
        Ok(running) => running,
        // A client that went away before it said anything asked for nothing.
        Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(e) => return Err(broke_off(&e)),
    };
    let ended = running.waiting().await;
    // The client is gone; what it had somebody say yes to is not left half done.
    desk.is_quiet().await;
    desk.close().await;
    ended.map(drop).map_err(|e| broke_off(&e))
}

fn broke_off(e: &dyn std::fmt::Display) -> ApiError {
    ApiError::User(format!(
        "The client does not speak the Model Context Protocol as it should: {e}."
    ))
}
