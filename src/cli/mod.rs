//! The command line: arguments, and one file per group of commands. A terminal gets tables, a pipe gets JSON.

mod analyze;
mod api;
mod bridge;
mod bridge_demo;
mod changes;
mod complete;
mod draft;
mod ended;
mod examples;
mod export;
mod glance;
mod handover;
mod investigate;
mod journal;
mod lists;
mod local;
mod manual;
mod mcp;
mod open;
mod output;
mod periods;
mod progress;
mod read;
mod relay;
mod replay;
mod similar;
mod start;
mod wizard;
mod write;
mod write_command;
mod write_commands;

use crate::config::{self, Clock, Config, Overrides};
use crate::console::abilities::Abilities;
use crate::console::terminal;
use crate::domain::Instant;
use crate::domain::table::Column;
use crate::domain::time::Zone;
use crate::draft::columns::Moment;
use crate::session::{Access, ApiError, Session};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use output::{Output, Printer};
use serde::Serialize;
use std::sync::Arc;

/// A full-screen, keyboard-driven incident console for the terminal, on incident.io's API.
#[derive(Parser)]
#[command(name = "hotseat", version, about, long_about = None, after_help = "Without a command the console opens. Try it without an account: hotseat demo")]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Global {
    #[command(flatten)]
    overrides: Overrides,
    /// Start the clock at this time (RFC 3339); for tests, drills and simulated organisations.
    #[arg(long, global = true, hide = true, value_name = "TIME")]
    now: Option<Instant>,
    /// A table or JSON; by default a table on a terminal, else JSON.
    #[arg(long, global = true, value_enum)]
    output: Option<Output>,
}

#[derive(Subcommand)]
enum Command {
    #[command(flatten)]
    Start(start::StartCommand),
    #[command(flatten)]
    Read(read::ReadCommand),
    #[command(flatten)]
    Local(local::LocalCommand),
    /// Serve agents by the Model Context Protocol, on standard input and output or over HTTP on this machine.
    Mcp(mcp::Mcp),
    /// One poller for many consoles, on NATS.
    #[command(subcommand)]
    Relay(relay::RelayCommand),
    /// One of the rows of what writes, which stand under the commands that read.
    #[command(skip)]
    Write(Result<write::Asked, ApiError>),
}

impl Cli {
    /// Everything that is understood.
    fn whole() -> clap::Command {
        let line = write_command::under(Self::command(), write_commands::groups());
        let apart = |arg: clap::Arg| match arg.is_global_set() {
            true => arg.help_heading("Options of every command"),
            false => arg,
        };
        examples::shown(line.mut_args(apart))
    }

    fn parsed() -> Result<Self, clap::Error> {
        let matches = Self::whole().try_get_matches()?;
        match write_command::asked(&matches, write_commands::groups()) {
            None => Self::from_arg_matches(&matches),
            Some(asked) => Ok(Self {
                global: Global::from_arg_matches(&matches)?,
                command: Some(Command::Write(asked)),
            }),
        }
    }
}

/// What every command needs.
struct Context {
    overrides: Overrides,
    output: Output,
}

impl Context {
    /// The settings in force. What helps where they are broken does not ask for them.
    fn config(&self) -> Result<Arc<Config>, ApiError> {
        let loaded = config::load(&self.overrides).map_err(|e| ApiError::User(e.to_string()))?;
        Ok(Arc::new(loaded))
    }

    /// What prints where nothing leads anywhere.
    fn printer(&self) -> Printer {
        Printer::new(self.output)
    }

    fn profile(&self) -> Option<&str> {
        self.overrides.profile.as_deref()
    }

    /// A session with the configured organisation.
    fn front(&self) -> Result<Front, ApiError> {
        let front = self.on(Access::configured(&self.config()?, self.profile())?)?;
        progress::tell_waits(&front.session);
        Ok(front)
    }

    /// A session on what lies on this machine; asks nothing of anybody.
    fn local_front(&self) -> Result<Front, ApiError> {
        self.on(Access::local(self.config()?, self.profile()))
    }

    fn on(&self, access: Access) -> Result<Front, ApiError> {
        Ok(Front {
            zone: access.config.zone(Zone::local()),
            output: Printer::new(self.output),
            session: Arc::new(Session::open(access)?),
        }
        .leading())
    }
}

/// What a command that asks the organisation has: an open session, and how its answer is printed.
struct Front {
    session: Arc<Session>,
    output: Printer,
    /// The zone times are written in.
    zone: Zone,
}

impl Front {
    /// What is printed leads to incident.io, where the terminal takes that and it is known how incidents are addressed.
    fn leading(self) -> Self {
        let here = std::io::IsTerminal::is_terminal(&std::io::stdout());
        let takes = here && Abilities::here().takes_links(self.session.config().links);
        let links = takes.then(|| self.session.known_links()).flatten();
        Self {
            output: self.output.leading(links),
            ..self
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            now: self.session.now(),
            zone: self.zone,
        }
    }

    /// What the zone is called that times are written in.
    fn zone_name(&self) -> String {
        self.zone.abbreviation(self.session.now())
    }

    /// Prints a list of things.
    fn list<T: Serialize>(&self, all: &[T], columns: &[Column<T, Moment>]) -> Result<(), ApiError> {
        let (by, zone) = (self.moment(), self.zone_name());
        self.output.print_table((all, &by, &zone), columns, all)
    }
}

/// Parses the arguments, runs, and gives the exit code: 0, 1 for the user's mistake, 2 for the API's answer, 3 for the
/// network, 4 for this machine or a fault of ours.
pub fn main() -> u8 {
    config::without_core_dumps();
    terminal::outlive_file_limit();
    if complete::is_asked() {
        return complete::answer();
    }
    let cli = match Cli::parsed() {
        Ok(cli) => cli,
        Err(e) => return misread(&e),
    };
    let output = cli.global.output.unwrap_or_default();
    match run(cli, output) {
        Ok(()) => 0,
        Err(e) => {
            output::print_error(&e, output);
            e.exit_code()
        }
    }
}

/// Arguments that cannot be understood: clap's own words on a terminal, else one sentence as JSON.
fn misread(e: &clap::Error) -> u8 {
    if !e.use_stderr() {
        let _ = e.print();
        return 0;
    }
    let said = e.to_string();
    if std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        output::ask(&said);
        return 1;
    }
    let mut lines = said.lines();
    let first = lines.next().unwrap_or_default();
    let first = first.trim_start_matches("error: ");
    // What the first sentence lists stands below it, indented.
    let listed: Vec<&str> = lines
        .take_while(|l| l.starts_with("  "))
        .map(str::trim)
        .collect();
    let sentence = match listed.is_empty() {
        true => format!("{}.", first.trim_end_matches(':')),
        false => format!("{first} {}.", listed.join(", ")),
    };
    let tips = said.lines().filter_map(|l| l.trim().strip_prefix("tip: "));
    let tips = tips.map(|tip| format!(" Tip: {tip}."));
    let sentence = tips.fold(sentence, |said, tip| said + &tip);
    output::print_error(&ApiError::User(sentence), Output::Json);
    1
}

fn run(cli: Cli, output: Output) -> Result<(), ApiError> {
    let overrides = Overrides {
        clock: cli.global.now.map(Clock::starting_at).unwrap_or_default(),
        ..cli.global.overrides
    };
    let context = &Context { overrides, output };
    match cli.command {
        None => start::console(context),
        Some(Command::Start(command)) => start::run(context, command),
        Some(Command::Local(command)) => local::run(context, command),
        Some(Command::Mcp(asked)) => block_on(mcp::run(context, asked)),
        Some(Command::Relay(asked)) => block_on(relay::run(context, asked)),
        Some(Command::Read(command)) => block_on(read::run(context, command)),
        Some(Command::Write(asked)) => {
            block_on(async { write::run(&context.front()?, asked?).await })
        }
    }
}

fn block_on<T>(future: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime
        .map_err(|e| ApiError::Machine {
            path: None,
            reason: (&e).into(),
            says: format!("Cannot start: {e}."),
        })?
        .block_on(future)
}
