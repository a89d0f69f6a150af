//! One poller for a whole team: the relay itself, its key, and how it stands.

use super::ended::ended;
use super::output::{say, tell};
use super::{Context, Front};
use crate::config;
use crate::relay::Program;
use crate::session::{ApiError, Check, Mark, Session, Standing, new_relay_keys};
use clap::Subcommand;
use secrecy::ExposeSecret;
use std::sync::Arc;

#[derive(Subcommand)]
pub enum RelayCommand {
    /// Read the organisation for every console, and keep what is public of it on NATS, until it is ended.
    Run {
        /// The NATS server, such as nats://127.0.0.1:4222; otherwise as the configuration says.
        #[arg(long, value_name = "ADDRESS")]
        nats: Option<String>,
    },
    /// Make a key by which consoles know what their relay said: its secret goes to standard output, once.
    Key,
    /// Which relay works, what it has, how old what it says is.
    Status,
}

/// Runs one of them.
pub async fn run(context: &Context, command: RelayCommand) -> Result<(), ApiError> {
    match command {
        RelayCommand::Run { nats } => work(context, nats).await,
        RelayCommand::Key => key(),
        RelayCommand::Status => status(context).await,
    }
}

async fn work(context: &Context, nats: Option<String>) -> Result<(), ApiError> {
    let front = front(context, nats)?;
    let end = ended()?;
    let mut end = std::pin::pin!(async {
        let _ = end.await;
    });
    let says = |line: &str| {
        let at = front.session.now().format("%Y-%m-%dT%H:%M:%SZ");
        tell(&format!("{at} {line}"));
    };
    let program = tokio::select! {
        opened = Program::open(front.session.clone()) => opened?,
        () = &mut end => return Ok(()),
    };
    says("The relay has reached its server.");
    if let Some(at) = program.at() {
        says(&format!(
            "It takes webhooks at http://{at}/webhooks/incident-io."
        ));
    }
    let last = std::cell::RefCell::new(String::new());
    let told = |standing: &Standing| {
        let line = sentence(standing);
        if *last.borrow() != line {
            says(&line);
            *last.borrow_mut() = line;
        }
    };
    program.run(end, told).await;
    says("The relay ends; another may take over.");
    Ok(())
}

/// How a relay stands, in a sentence that stays the same as long as nothing new is to be said.
fn sentence(standing: &Standing) -> String {
    match standing {
        Standing::Away(why) => format!("It tries again: {why}"),
        Standing::Waiting(holder) if holder.is_empty() => "It waits for the lease.".into(),
        Standing::Waiting(holder) => format!("It waits: {holder} holds the lease."),
        Standing::TakingOver => "It takes over.".into(),
        Standing::Working(beat) if beat.complete => "It works.".into(),
        Standing::Working(_) => "It works, and reads the history.".into(),
        Standing::Troubled(_, why) => format!("It works, but: {why}"),
    }
}

/// A session that keeps nothing of the organisation here; what a flag says goes before the configuration.
fn front(context: &Context, nats: Option<String>) -> Result<Front, ApiError> {
    let mut config = config::Config::clone(&*context.config()?);
    if let Some(nats) = nats {
        config.relay.nats = nats;
        let checked = config.relay.check();
        checked.map_err(|e| ApiError::User(e.to_string().replace("relay.nats", "--nats")))?;
    }
    let mut access = crate::session::Access::configured(&Arc::new(config), context.profile())?;
    (access.cache, access.journal) = (None, None);
    context.on(access)
}

/// The secret goes where it is put away, the public key where a person reads it.
fn key() -> Result<(), ApiError> {
    let (secret, public) = new_relay_keys();
    tell(&format!(
        "Consoles know it by this, under [relay]: key = \"{public}\""
    ));
    say(&format!("{}\n", secret.expose_secret()))?;
    Ok(())
}

async fn status(context: &Context) -> Result<(), ApiError> {
    let config = context.config()?;
    let found = crate::session::Access::configured(&config, context.profile());
    // Where the configuration names the organisation, no key is needed to look at its relay.
    let access = match found {
        Err(ApiError::NoKey) => crate::session::Access::local(config.clone(), context.profile()),
        other => other?,
    };
    let session = Session::open(access)?;
    let none = || {
        ApiError::User(
            "No relay is configured: write nats = \"tls://HOST:4222\" under [relay].".into(),
        )
    };
    let status = session.relay_status().await?.ok_or_else(none)?;
    let check = status.check();
    context
        .printer()
        .print(&status, std::slice::from_ref(&check.says))?;
    match check.mark {
        Mark::Bad => Check::verdict(&[check]),
        _ => Ok(()),
    }
}
