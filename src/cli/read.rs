//! The commands that read: what each takes, and which does what, one line each.

use super::lists::{self, Incident, Most, OfIncident};
use super::output::tell_more;
use super::write_commands::CatalogSet;
use super::{
    Context, analyze, api, bridge, changes, draft, export, handover, investigate, journal, open,
    similar, write,
};
use crate::draft::columns;
use crate::session::{ApiError, fault};
use clap::Subcommand;

#[derive(Subcommand)]
pub enum ReadCommand {
    /// Incidents.
    #[command(subcommand)]
    Incidents(Incidents),
    /// An incident's timeline: notes, updates, activity, pages and alerts in one view.
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Timeline(Incident),
    /// Who is on call now and next.
    Oncall,
    /// Schedules; with a name or id, its coming days.
    Schedules {
        /// A schedule's name or id.
        schedule: Option<String>,
        /// How many days to show.
        #[arg(long, default_value_t = 7)]
        days: i64,
        /// A line for each person and a column for each day, in the schedule's zone and in yours.
        #[arg(long, requires = "schedule")]
        per_person: bool,
    },
    /// The catalog.
    #[command(subcommand)]
    Catalog(Catalog),
    /// Alerts, newest first.
    #[command(args_conflicts_with_subcommands = true)]
    Alerts {
        #[command(flatten)]
        of: OfIncident,
        /// Only those that fire now.
        #[arg(long)]
        firing: bool,
        #[command(flatten)]
        most: Most,
        #[command(subcommand)]
        about: Option<AboutAlerts>,
    },
    /// Escalations, newest first, with the clock of their level.
    #[command(args_conflicts_with_subcommands = true)]
    Escalations {
        #[command(flatten)]
        of: OfIncident,
        #[command(flatten)]
        most: Most,
    },
    /// Actions.
    #[command(args_conflicts_with_subcommands = true)]
    Actions(OfIncident),
    /// Follow-ups.
    #[command(args_conflicts_with_subcommands = true)]
    FollowUps(OfIncident),
    /// Publish on a status page; what is published cannot be taken back.
    #[command(subcommand_required = true, arg_required_else_help = true)]
    StatusPage,
    /// The journal of writes: what was sent, what waits, what is in doubt.
    #[command(subcommand)]
    Journal(journal::JournalCommand),
    /// Keep a detection system and incident.io in step.
    #[command(subcommand)]
    Bridge(bridge::BridgeCommand),
    /// Post-mortem documents; with an id, its text.
    #[command(args_conflicts_with_subcommands = true)]
    PostMortems {
        /// Read this document.
        id: Option<String>,
        #[command(flatten)]
        of: OfIncident,
    },
    /// Workflows; with --runs, their runs.
    #[command(mut_arg("incident", |arg| arg.help("Only runs for this incident")))]
    Workflows {
        /// List runs instead.
        #[arg(long)]
        runs: bool,
        #[command(flatten)]
        of: OfIncident,
    },
    /// Incidents that people connected to one.
    Related(Incident),
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
    /// Open an incident's page in a browser; over SSH print and copy its address.
    Open(open::Open),
    /// Call any endpoint with the key already set up.
    Api(api::Api),
}

#[derive(Subcommand)]
pub enum Incidents {
    /// List incidents, newest first.
    List(lists::Incidents),
    /// Show one incident.
    Show {
        #[command(flatten)]
        of: Incident,
        /// With its timeline.
        #[arg(long)]
        include_timeline: bool,
    },
}

/// What stands around alerts.
#[derive(Clone, Copy, Subcommand)]
pub enum AboutAlerts {
    /// Where alerts come from.
    Sources,
    /// What is done with alerts; those in force first.
    Routes,
}

#[derive(Subcommand)]
pub enum Catalog {
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

/// Runs a command that asks the API, or the journal beside it.
pub async fn run(context: &Context, command: ReadCommand) -> Result<(), ApiError> {
    use ReadCommand as Read;
    let front = &match &command {
        // What lies here can be looked at without a key.
        Read::Journal(command) if !command.asks() => context.local_front()?,
        Read::Bridge(command) if !command.asks() => context.local_front()?,
        _ => context.front()?,
    };
    let session = &front.session;
    match command {
        Read::Incidents(Incidents::List(a)) => lists::incidents(front, a).await,
        Read::Incidents(Incidents::Show {
            of,
            include_timeline,
        }) => lists::incident(front, &of, include_timeline).await,
        Read::Timeline(of) => lists::timeline(front, &of).await,
        Read::Oncall => lists::on_call(front).await,
        Read::Schedules {
            schedule,
            days,
            per_person,
        } => match schedule {
            Some(name) if per_person => lists::days_of(front, &name, days).await,
            Some(name) => front.list(&session.coming(&name, days).await?, columns::SHIFTS),
            None => front.list(&session.schedules().await?, columns::SCHEDULES),
        },
        Read::Catalog(Catalog::Types) => {
            front.list(&session.catalog().await?.types, columns::CATALOG_TYPES)
        }
        Read::Catalog(Catalog::Search { words }) => lists::entries(front, &words).await,
        Read::Catalog(Catalog::Show { entry }) => lists::entry(front, &entry).await,
        Read::Catalog(Catalog::Set(set)) => write::run(front, set.into()).await,
        Read::Alerts {
            about: Some(AboutAlerts::Sources),
            ..
        } => front.list(&session.alert_sources().await?.0, columns::ALERT_SOURCES),
        Read::Alerts {
            about: Some(AboutAlerts::Routes),
            ..
        } => front.list(&session.alert_routes().await?.0, columns::ALERT_ROUTES),
        Read::Alerts {
            of, firing, most, ..
        } => {
            let id = of.id(session).await?;
            let (all, more) = session.alerts(id.as_ref(), firing, most.limit).await?;
            tell_more(more, all.len());
            front.list(&all, columns::ALERTS)
        }
        Read::Escalations { of, most } => {
            let id = of.id(session).await?;
            let (all, more) = session.escalations(id.as_ref(), most.limit).await?;
            tell_more(more, all.len());
            front.list(&all, columns::ESCALATIONS)
        }
        Read::Actions(of) => {
            let id = of.id(session).await?;
            front.list(&session.actions(id.as_ref()).await?.0, columns::ACTIONS)
        }
        Read::FollowUps(of) => {
            let id = of.id(session).await?;
            front.list(
                &session.follow_ups(id.as_ref()).await?.0,
                columns::FOLLOW_UPS,
            )
        }
        Read::Journal(command) => journal::run(front, command).await,
        Read::Bridge(command) => bridge::run(context, front, command).await,
        Read::PostMortems { id: Some(id), .. } => lists::document(front, &id).await,
        Read::PostMortems { of, .. } => {
            let id = of.id(session).await?;
            front.list(&session.documents(id.as_ref()).await?.0, columns::DOCUMENTS)
        }
        Read::Workflows { runs: false, .. } => {
            front.list(&session.workflows().await?.0, columns::WORKFLOWS)
        }
        Read::Workflows { of, .. } => {
            let id = of.id(session).await?;
            front.list(&session.workflow_runs(id.as_ref()).await?.0, columns::RUNS)
        }
        Read::Related(of) => {
            let id = of.id(session).await?;
            front.list(&session.related(&id).await?.0, columns::RELATED)
        }
        Read::Investigate(a) => investigate::run(front, &a).await,
        Read::Changes(a) => changes::run(front, &a).await,
        Read::Similar(a) => similar::run(front, &a).await,
        Read::Analyze(a) => analyze::run(front, &a).await,
        Read::Export(a) => export::run(session, &a).await,
        Read::Handover(a) => handover::run(front, &a).await,
        Read::Draft(a) => draft::run(front, &a).await,
        Read::Open(a) => open::run(front, &a).await,
        Read::Api(call) => api::run(session, call).await,
        // It has nothing but what writes, which is told apart before.
        Read::StatusPage => Err(fault()),
    }
}
