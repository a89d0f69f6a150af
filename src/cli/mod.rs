//! The command line: arguments, and one file per group of commands. A terminal gets tables, a pipe gets JSON.

mod analyze;
mod api;
mod changes;
mod dispatch;
mod draft;
mod export;
mod handover;
mod investigate;
mod journal;
mod lists;
mod local;
mod output;
mod periods;
mod progress;
mod similar;
mod start;
mod wizard;
mod write;
mod write_command;
mod write_commands;

use crate::config::{self, Clock, Config, Overrides};
use crate::domain::Instant;
use crate::domain::time::Zone;
use crate::session::{Access, ApiError, Session, StatusChoice};
use clap::{Args, Parser, Subcommand};
use output::{Output, Table};
use std::path::PathBuf;
use std::sync::Arc;
use write_command::Writes;
use write_commands::{
    CatalogSet, OnActions, OnAlerts, OnCall, OnDocuments, OnEscalations, OnFollowUps, OnIncidents,
    OnStatusPages, OnTimeline,
};

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
    /// Open the console on a simulated organisation; no account needed.
    Demo(start::Simulated),
    /// Serve a simulated organisation; prints its URL and key on the first line.
    Simulate {
        #[command(flatten)]
        options: start::Simulated,
        /// Address and port; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: std::net::SocketAddr,
        /// Write a configuration here that names its monitoring as sources, for --config.
        #[arg(long, value_name = "FILE")]
        sources: Option<PathBuf>,
    },
    /// Incidents.
    #[command(subcommand)]
    Incidents(Incidents),
    /// An incident's timeline: notes, updates, activity, pages and alerts in one view.
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Timeline {
        /// INC-123, 123 or an id.
        #[arg(required = true)]
        incident: Option<String>,
        #[command(subcommand)]
        write: Option<Writes<OnTimeline>>,
    },
    /// Who is on call now and next.
    Oncall {
        #[command(subcommand)]
        write: Option<Writes<OnCall>>,
    },
    /// Schedules; with a name or id, its coming days.
    Schedules {
        /// A schedule's name or id.
        schedule: Option<String>,
        /// How many days to show.
        #[arg(long, default_value_t = 7)]
        days: i64,
    },
    /// The catalog.
    #[command(subcommand)]
    Catalog(Catalog),
    /// Alerts, newest first.
    #[command(args_conflicts_with_subcommands = true)]
    Alerts {
        /// Only those of this incident.
        #[arg(long)]
        incident: Option<String>,
        /// Only those that fire now.
        #[arg(long)]
        firing: bool,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(subcommand)]
        write: Option<Writes<OnAlerts>>,
    },
    /// Escalations, newest first, with the clock of their level.
    #[command(args_conflicts_with_subcommands = true)]
    Escalations {
        /// Only those of this incident.
        #[arg(long)]
        incident: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
        #[command(subcommand)]
        write: Option<Writes<OnEscalations>>,
    },
    /// Actions.
    #[command(args_conflicts_with_subcommands = true)]
    Actions {
        /// Only those of this incident.
        #[arg(long)]
        incident: Option<String>,
        #[command(subcommand)]
        write: Option<Writes<OnActions>>,
    },
    /// Follow-ups.
    #[command(args_conflicts_with_subcommands = true)]
    FollowUps {
        /// Only those of this incident.
        #[arg(long)]
        incident: Option<String>,
        #[command(subcommand)]
        write: Option<Writes<OnFollowUps>>,
    },
    /// Publish on a status page; what is published cannot be taken back.
    #[command(subcommand)]
    StatusPage(Writes<OnStatusPages>),
    /// The journal of writes: what was sent, what waits, what is in doubt.
    #[command(subcommand)]
    Journal(journal::JournalCommand),
    /// Post-mortem documents; with an id, its text.
    #[command(args_conflicts_with_subcommands = true)]
    PostMortems {
        /// Read this document.
        id: Option<String>,
        /// Only those of this incident.
        #[arg(long)]
        incident: Option<String>,
        #[command(subcommand)]
        write: Option<Writes<OnDocuments>>,
    },
    /// Workflows; with --runs, their runs.
    Workflows {
        /// List runs instead.
        #[arg(long)]
        runs: bool,
        /// Only runs for this incident.
        #[arg(long)]
        incident: Option<String>,
    },
    /// Incidents that people connected to one.
    Related {
        /// INC-123, 123 or an id.
        incident: String,
    },
    /// Investigate an incident: what is going on, what caused it with which evidence, what to do next.
    Investigate(investigate::Investigate),
    /// Recent changes; with an incident, whether it correlates with them.
    Changes(changes::Changes),
    /// Past incidents that are like one, with why, what caused them and what resolved them.
    Similar(similar::Similar),
    /// What a period looked like: counts, durations, what came again, what came soon after a change.
    Analyze(analyze::Analyze),
    /// Incidents with their durations as CSV, JSON or NDJSON.
    Export(export::Export),
    /// What your shift hands over.
    Handover(handover::Handover),
    /// Draft an update, a summary or a post-mortem from what is recorded.
    Draft(draft::Draft),
    /// Call any endpoint with the key already set up.
    Api(api::Api),
    /// Check each link from here to incident.io.
    Doctor,
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Remove the cache, the journal and the logs; the configuration and a key saved with it stay.
    Purge {
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
        /// Also where writes that were not sent are lost.
        #[arg(long)]
        lose_unsent: bool,
    },
    /// Completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
    /// Draw the demo's screen as SVG or text, for documentation.
    #[command(hide = true)]
    Picture {
        /// Columns.
        #[arg(long, default_value_t = 120)]
        width: u16,
        /// Rows.
        #[arg(long, default_value_t = 40)]
        height: u16,
        /// Text instead of SVG.
        #[arg(long)]
        text: bool,
    },
}

#[derive(Subcommand)]
enum Incidents {
    /// List incidents, newest first.
    List {
        /// Only those that name this service.
        #[arg(long)]
        service: Option<String>,
        /// Only this severity, by name or priority; may be repeated.
        #[arg(long)]
        severity: Vec<String>,
        /// Which statuses.
        #[arg(long, value_enum, default_value = "active")]
        status: StatusChoice,
        /// Declared since: 7d, a date, or RFC 3339.
        #[arg(long)]
        since: Option<String>,
        /// Declared until.
        #[arg(long)]
        until: Option<String>,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: usize,
    },
    /// Show one incident.
    Show {
        /// INC-123, 123 or an id.
        incident: String,
        /// With its timeline.
        #[arg(long)]
        include_timeline: bool,
    },
    #[command(flatten)]
    Write(Writes<OnIncidents>),
}

#[derive(Subcommand)]
enum Catalog {
    /// List types.
    Types,
    /// Find entries by any word of theirs.
    Search {
        /// Words that must all occur.
        words: Vec<String>,
    },
    /// Show an entry with its dependencies.
    Show {
        /// Name, alias, external id or id.
        entry: String,
    },
    /// Set attributes of an entry, or make one.
    Set(CatalogSet),
}

#[derive(Subcommand)]
enum ConfigCommand {
    /// Print every setting as it is in force.
    Show,
    /// Print where the configuration file is looked for.
    Path,
    /// Print every action with its keys.
    Keys,
}

/// What every command needs.
struct Context {
    config: Arc<Config>,
    overrides: Overrides,
    output: Output,
}

impl Context {
    /// The zone times are written in.
    fn zone(&self) -> Zone {
        if self.config.utc {
            Zone::UTC
        } else {
            Zone::local()
        }
    }

    /// A session with the configured organisation.
    fn session(&self) -> Result<Session, ApiError> {
        let profile = self.overrides.profile.as_deref();
        let session = Session::open(Access::configured(&self.config, profile)?)?;
        tokio::spawn(progress::tell_waits(session.waits()));
        Ok(session)
    }

    /// A session on what lies on this machine; asks nothing of anybody.
    fn local_session(&self) -> Result<Session, ApiError> {
        let profile = self.overrides.profile.as_deref();
        Session::open(Access::local(self.config.clone(), profile))
    }
}

/// What a command that asks the organisation has: the arguments' context, and an open session.
struct Front<'a> {
    context: &'a Context,
    session: &'a Session,
}

impl Front<'_> {
    /// A table of things, without columns yet.
    fn table<'t, T>(&self, all: &'t [T]) -> Table<'t, T> {
        Table::of(self.context.output, all)
    }

    /// The time it is, and the zone it is written in.
    fn clock(&self) -> (Instant, Zone) {
        (self.session.now(), self.context.zone())
    }
}

/// Parses the arguments, runs, and gives the exit code: 0, 1 for the user's mistake, 2 for the API's answer, 3 for the
/// network, 4 for this machine or a fault of ours.
pub fn main() -> u8 {
    without_core_dumps();
    let cli = match Cli::try_parse() {
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

/// A crash leaves no image of the memory on disk: the key is in it.
fn without_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Arguments that cannot be understood: clap's own words on a terminal, else one sentence as JSON.
fn misread(e: &clap::Error) -> u8 {
    if !e.use_stderr() || std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        let _ = e.print();
        return u8::from(e.use_stderr());
    }
    let said = e.to_string();
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
    output::print_error(&ApiError::User(sentence), Output::Json);
    1
}

fn run(cli: Cli, output: Output) -> Result<(), ApiError> {
    let overrides = Overrides {
        clock: cli.global.now.map(Clock::starting_at).unwrap_or_default(),
        ..cli.global.overrides
    };
    let command = match cli.command {
        // These help where the configuration is what is broken.
        Some(Command::Config(ConfigCommand::Path)) => return local::config_path(&overrides),
        Some(Command::Completions { shell }) => {
            let (mut script, mut cli) = (Vec::new(), <Cli as clap::CommandFactory>::command());
            clap_complete::generate(shell, &mut cli, "hotseat", &mut script);
            return output::say(&String::from_utf8_lossy(&script));
        }
        command => command,
    };
    let config = Arc::new(config::load(&overrides).map_err(|e| ApiError::User(e.to_string()))?);
    let context = Context {
        config,
        overrides,
        output,
    };
    match command {
        None => start::console(&context),
        Some(Command::Demo(options)) => start::demo(&context, &options),
        Some(Command::Simulate {
            options,
            listen,
            sources,
        }) => start::simulate(&context, &options, listen, sources.as_deref()),
        Some(Command::Picture {
            width,
            height,
            text,
        }) => start::picture((width, height), text),
        Some(Command::Config(ConfigCommand::Keys)) => local::keys(&context),
        Some(Command::Config(_)) => local::config_show(&context),
        Some(Command::Purge { yes, lose_unsent }) => local::purge(yes, lose_unsent),
        Some(command) => block_on(dispatch::run(&context, command)),
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
