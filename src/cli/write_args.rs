//! Arguments of the commands that write.

use clap::{Args, Subcommand};

/// How a write is sent.
#[derive(Args, Clone, Debug, Default)]
pub struct Sending {
    /// Print the exact request and send nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Send without asking.
    #[arg(long)]
    pub yes: bool,
    /// The idempotency key; without one it follows from what is written, so that a script that runs twice writes once.
    #[arg(long, value_name = "KEY")]
    pub key: Option<String>,
}

/// Whom a page goes to.
#[derive(Args)]
pub struct Whom {
    /// An escalation path, by name or id.
    #[arg(long, conflicts_with = "person")]
    pub(super) path: Option<String>,
    /// A person, by name, address or id; may be repeated.
    #[arg(long)]
    pub(super) person: Vec<String>,
}

/// What can be set on an incident by the names the organisation gave it.
#[derive(Args)]
pub struct Named {
    /// A role, such as "Incident Lead=Ana Abara"; an empty value takes it away. May be repeated.
    #[arg(long = "role", value_name = "ROLE=PERSON")]
    pub(super) roles: Vec<String>,
    /// A custom field, such as "Region=eu-west-1"; several values with commas; an empty value clears it. May be repeated.
    #[arg(long = "field", value_name = "FIELD=VALUE")]
    pub(super) fields: Vec<String>,
    /// A timestamp, such as "Impact started=14:30". May be repeated.
    #[arg(long = "timestamp", value_name = "NAME=TIME")]
    pub(super) timestamps: Vec<String>,
}

/// Declare an incident.
#[derive(Args)]
pub struct Declare {
    /// What is wrong, in a line.
    #[arg(long)]
    pub(super) name: String,
    /// Its severity, by name.
    #[arg(long)]
    pub(super) severity: String,
    /// What is known, in markdown; - reads standard input.
    #[arg(long)]
    pub(super) summary: Option<String>,
    /// Its type, by name.
    #[arg(long = "type")]
    pub(super) kind: Option<String>,
    /// The status it begins in.
    #[arg(long)]
    pub(super) status: Option<String>,
    /// public or private.
    #[arg(long)]
    pub(super) visibility: Option<String>,
    /// standard, retrospective, test or tutorial.
    #[arg(long)]
    pub(super) mode: Option<String>,
    #[command(flatten)]
    pub(super) named: Named,
    #[command(flatten)]
    pub(super) sending: Sending,
}

/// Edit an incident: what is not given stays.
#[derive(Args)]
pub struct Edit {
    /// INC-123, 123 or an id.
    pub(super) incident: String,
    /// Its name.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// Its summary; - reads standard input.
    #[arg(long)]
    pub(super) summary: Option<String>,
    /// Its severity.
    #[arg(long)]
    pub(super) severity: Option<String>,
    /// Its status.
    #[arg(long)]
    pub(super) status: Option<String>,
    /// The address of its call.
    #[arg(long)]
    pub(super) call: Option<String>,
    /// Tell the incident's channel.
    #[arg(long)]
    pub(super) notify: bool,
    #[command(flatten)]
    pub(super) named: Named,
    #[command(flatten)]
    pub(super) sending: Sending,
}

/// Post an update.
#[derive(Args)]
pub struct Update {
    /// INC-123, 123 or an id.
    pub(super) incident: String,
    /// What it says, in markdown; - reads standard input.
    #[arg(long, short)]
    pub(super) message: Option<String>,
    /// Move the status with it.
    #[arg(long)]
    pub(super) status: Option<String>,
    /// Set the severity with it.
    #[arg(long)]
    pub(super) severity: Option<String>,
    #[command(flatten)]
    pub(super) sending: Sending,
}

/// Resolve or close an incident.
#[derive(Args)]
pub struct Close {
    /// INC-123, 123 or an id.
    pub(super) incident: String,
    /// The post-incident or closed status; without it, the mildest that is allowed.
    #[arg(long)]
    pub(super) status: Option<String>,
    /// An update that goes with it; - reads standard input.
    #[arg(long, short)]
    pub(super) message: Option<String>,
    /// Tell the incident's channel.
    #[arg(long)]
    pub(super) notify: bool,
    #[command(flatten)]
    pub(super) sending: Sending,
}

/// Assign a role.
#[derive(Args)]
pub struct Role {
    /// INC-123, 123 or an id.
    pub(super) incident: String,
    /// The role, by name.
    pub(super) role: String,
    /// Who takes it, by name, address or id; without it, nobody has it any more.
    pub(super) person: Option<String>,
    /// Tell the incident's channel.
    #[arg(long)]
    pub(super) notify: bool,
    #[command(flatten)]
    pub(super) sending: Sending,
}

/// What can be written on a timeline.
#[derive(Subcommand)]
pub enum TimelineCommand {
    /// Add a note, with the time it happened.
    Add {
        /// INC-123, 123 or an id.
        incident: String,
        /// What happened.
        title: String,
        /// When: 14:30, 10m ago, 2026-11-20 14:30; now where it is not given.
        #[arg(long)]
        at: Option<String>,
        /// More, in markdown; - reads standard input.
        #[arg(long)]
        description: Option<String>,
        #[command(flatten)]
        sending: Sending,
    },
    /// Edit a note.
    Edit {
        /// INC-123, 123 or an id.
        incident: String,
        /// The note's id or its exact title.
        note: String,
        /// Its title.
        #[arg(long)]
        title: Option<String>,
        /// When it happened.
        #[arg(long)]
        at: Option<String>,
        /// More; an empty one removes it.
        #[arg(long)]
        description: Option<String>,
        #[command(flatten)]
        sending: Sending,
    },
}

/// What can be done with pages.
#[derive(Subcommand)]
pub enum EscalationCommand {
    /// Page a path or people.
    Create {
        #[command(flatten)]
        whom: Whom,
        /// What they read first; on an incident, its name where it is not given.
        #[arg(long)]
        title: Option<String>,
        /// More.
        #[arg(long)]
        description: Option<String>,
        /// The incident it is about.
        #[arg(long)]
        incident: Option<String>,
        #[command(flatten)]
        sending: Sending,
    },
    /// Acknowledge a page; asks nothing.
    Ack {
        /// Its id, or INC-123 for the one that waits on it.
        page: String,
        #[command(flatten)]
        sending: Sending,
    },
    /// Snooze a page.
    Snooze {
        /// Its id, or INC-123 for the one that waits on it.
        page: String,
        /// Until when: +30m, 09:00, tomorrow 09:00.
        #[arg(long, default_value = "+30m")]
        until: String,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
        #[command(flatten)]
        sending: Sending,
    },
    /// Hand a page to a path or to people.
    Reassign {
        /// Its id, or INC-123 for the one that waits on it.
        page: String,
        #[command(flatten)]
        whom: Whom,
        /// What they read first.
        #[arg(long)]
        title: Option<String>,
        /// More.
        #[arg(long)]
        description: Option<String>,
        /// Let the old page go on too.
        #[arg(long)]
        keep: bool,
        #[command(flatten)]
        sending: Sending,
    },
    /// Stop a page.
    Cancel {
        /// Its id, or INC-123 for the one that waits on it.
        page: String,
        #[command(flatten)]
        sending: Sending,
    },
}

/// What can be done with shifts.
#[derive(Subcommand)]
pub enum OncallCommand {
    /// Cover a shift, or part of it: yours for somebody, or somebody's by you.
    Cover {
        /// The schedule, by name or id.
        schedule: String,
        /// Who covers, by name, address or id; you where it is not given.
        #[arg(long)]
        who: Option<String>,
        /// Whose shift, where the schedule has several now or next.
        #[arg(long)]
        shift: Option<String>,
        /// From: 18:00, +1h; the shift's beginning or now where it is not given.
        #[arg(long)]
        from: Option<String>,
        /// To: 20:00, +3h; the shift's end where it is not given.
        #[arg(long)]
        to: Option<String>,
        /// The layer, where its rotation has several.
        #[arg(long)]
        layer: Option<String>,
        #[command(flatten)]
        sending: Sending,
    },
}

/// What can be done with alerts.
#[derive(Subcommand)]
pub enum AlertCommand {
    /// Attach an alert to an open incident.
    Attach {
        /// The alert's id.
        alert: String,
        /// INC-123.
        incident: String,
        /// Even if somebody detached it.
        #[arg(long)]
        again: bool,
        #[command(flatten)]
        sending: Sending,
    },
    /// Detach an alert from an incident.
    Detach {
        /// The alert's id.
        alert: String,
        /// INC-123.
        incident: String,
        #[command(flatten)]
        sending: Sending,
    },
    /// Resolve an alert.
    Resolve {
        /// The alert's id.
        alert: String,
        #[command(flatten)]
        sending: Sending,
    },
}

/// What can be done with actions and follow-ups.
#[derive(Subcommand)]
pub enum TaskCommand {
    /// Add one.
    Create {
        /// INC-123, 123 or an id.
        incident: String,
        /// What is to be done.
        text: String,
        /// Who does it, by name, address or id.
        #[arg(long)]
        assignee: Option<String>,
        /// More, in markdown (follow-ups).
        #[arg(long)]
        description: Option<String>,
        /// Its priority, by name (follow-ups).
        #[arg(long)]
        priority: Option<String>,
        #[command(flatten)]
        sending: Sending,
    },
    /// Complete one.
    Done {
        /// Its id.
        id: String,
        #[command(flatten)]
        sending: Sending,
    },
    /// Give it to somebody, or to nobody.
    Assign {
        /// Its id.
        id: String,
        /// Who does it, by name, address or id; without it, nobody.
        person: Option<String>,
        #[command(flatten)]
        sending: Sending,
    },
    /// Change its words or its status.
    Edit {
        /// Its id.
        id: String,
        /// What is to be done.
        #[arg(long)]
        text: Option<String>,
        /// outstanding, completed or not doing.
        #[arg(long)]
        status: Option<String>,
        #[command(flatten)]
        sending: Sending,
    },
}

/// Set attributes of a catalog entry, or make one.
#[derive(Args)]
pub struct CatalogSet {
    /// Name, alias, external id or id; with --type, the name of a new entry.
    pub(super) entry: String,
    /// An attribute, such as "Tier=1"; several values with commas; what is not given stays. May be repeated.
    #[arg(value_name = "ATTRIBUTE=VALUE")]
    pub(super) attributes: Vec<String>,
    /// Make a new entry of this type.
    #[arg(long = "type")]
    pub(super) kind: Option<String>,
    /// The new entry's own id: the same id never makes two.
    #[arg(long, requires = "kind")]
    pub(super) external_id: Option<String>,
    /// Another name for an entry that is there.
    #[arg(long, conflicts_with = "kind")]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) sending: Sending,
}

/// What can be done with post-mortem documents.
#[derive(Subcommand)]
pub enum DocumentCommand {
    /// Move a document.
    Status {
        /// Its id.
        id: String,
        /// in progress, in review or completed.
        status: String,
        #[command(flatten)]
        sending: Sending,
    },
}

/// What customers are told.
#[derive(Args)]
pub struct PublicMessage {
    /// What it says, in markdown; - reads standard input.
    #[arg(long, short)]
    pub(super) message: String,
    /// investigating, identified, monitoring or resolved.
    #[arg(long)]
    pub(super) status: Option<String>,
    /// Components that are affected, by name, with commas.
    #[arg(long)]
    pub(super) components: Option<String>,
    /// How they are: operational, degraded performance, partial outage or full outage.
    #[arg(long)]
    pub(super) impact: Option<String>,
    /// Mail the subscribers.
    #[arg(long)]
    pub(super) notify: bool,
    /// The page's name, typed: what is published cannot be taken back.
    #[arg(long, value_name = "PAGE NAME")]
    pub(super) confirm: String,
    #[command(flatten)]
    pub(super) sending: Sending,
}

/// What can be published.
#[derive(Subcommand)]
pub enum StatusPageCommand {
    /// Publish an incident.
    Create {
        /// The page, by name; the only one where it is not given.
        #[arg(long)]
        page: Option<String>,
        /// Its title.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        told: PublicMessage,
    },
    /// Publish an update of what is on a page.
    Update {
        /// What is published, by title.
        #[arg(long)]
        incident: Option<String>,
        #[command(flatten)]
        told: PublicMessage,
    },
}
