//! Agents at the same desk: on standard input and output, or over HTTP, and the tokens by which they come there.

use super::Context;
use super::output::say;
use crate::session::{ApiError, fault};
use clap::{Args, Subcommand};

/// How agents are served.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Mcp {
    /// Serve over HTTP instead, to clients of the configuration: at this address of this machine and port, where 0 takes
    /// a free one, or without one where the configuration says.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<Option<String>>,
    #[command(subcommand)]
    command: Option<McpCommand>,
}

#[derive(Subcommand)]
enum McpCommand {
    /// Make a token for a client that comes over HTTP; it is printed once, and kept nowhere.
    Token,
}

/// Runs it.
pub async fn run(context: &Context, asked: Mcp) -> Result<(), ApiError> {
    match (asked.command, asked.listen) {
        (Some(McpCommand::Token), _) => token(),
        (None, at) => serve(context, at).await,
    }
}

/// Serves on standard input and output, or over HTTP until a signal; then the address is the first line.
#[cfg(feature = "agents")]
async fn serve(context: &Context, at: Option<Option<String>>) -> Result<(), ApiError> {
    use super::ended::ended;
    use super::output::tell;
    use crate::mcp;

    let Some(at) = at else {
        return mcp::serve(context.front()?.session).await;
    };
    let at = context.config()?.mcp.address(at.as_deref());
    let at = at.map_err(|e| ApiError::User(e.to_string()))?;
    let listening = mcp::listen(context.front()?.session, at).await?;
    let end = ended()?;
    say(&format!("{}\n", listening.url()))?;
    let end = async {
        let _ = end.await;
        tell("It takes no further request, and finishes what is under way.");
    };
    listening.serve(end).await;
    Ok(())
}

/// This build has nothing to serve with.
#[cfg(not(feature = "agents"))]
async fn serve(_: &Context, _: Option<Option<String>>) -> Result<(), ApiError> {
    let says = "This hotseat was built without its server for agents; install a package, or build it with the feature agents.";
    Err(ApiError::User(says.into()))
}

/// Prints 256 random bits.
fn token() -> Result<(), ApiError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|_| fault())?;
    let token: String = random.iter().map(|b| format!("{b:02x}")).collect();
    say(&format!("{token}\n"))
}
