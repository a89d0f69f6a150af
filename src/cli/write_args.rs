//! Arguments of the commands that write, each as the form it fills.

use super::about::TargetRef;
use super::write::{Sending, WriteRequest};
use crate::domain::FieldGroup;
use crate::incidentio::ApiError;
use crate::writes::WriteKind;
use clap::{Args, Subcommand};

/// Whom a page goes to.
#[derive(Args)]
pub struct Whom {
    /// An escalation path, by name or id.
    #[arg(long, conflicts_with = "person")]
    path: Option<String>,
    /// A person, by name, address or id; may be repeated.
    #[arg(long)]
    person: Vec<String>,
}

impl Whom {
    fn people(&self) -> Option<String> {
        (!self.person.is_empty()).then(|| self.person.join(","))
    }
}

/// What can be set on an incident by the names the organisation gave it.
#[derive(Args)]
pub struct Named {
    /// A role, such as "Incident Lead=Ana Abara"; an empty value takes it away. May be repeated.
    #[arg(long = "role", value_name = "ROLE=PERSON")]
    roles: Vec<String>,
    /// A custom field, such as "Region=eu-west-1"; several values with commas; an empty value clears it. May be repeated.
    #[arg(long = "field", value_name = "FIELD=VALUE")]
    fields: Vec<String>,
    /// A timestamp, such as "Impact started=14:30". May be repeated.
    #[arg(long = "timestamp", value_name = "NAME=TIME")]
    timestamps: Vec<String>,
}

impl Named {
    fn onto(&self, mut asked: WriteRequest) -> WriteRequest {
        for (group, all) in [
            (FieldGroup::Role, &self.roles),
            (FieldGroup::Custom, &self.fields),
            (FieldGroup::Timestamp, &self.timestamps),
        ] {
            asked
                .named
                .extend(all.iter().map(|pair| (group, pair.clone())));
        }
        asked
    }
}

/// Declare an incident.
#[derive(Args)]
pub struct Declare {
    /// What is wrong, in a line.
    #[arg(long)]
    name: String,
    /// Its severity, by name.
    #[arg(long)]
    severity: String,
    /// What is known, in markdown; - reads standard input.
    #[arg(long)]
    summary: Option<String>,
    /// Its type, by name.
    #[arg(long = "type")]
    kind: Option<String>,
    /// The status it begins in.
    #[arg(long)]
    status: Option<String>,
    /// public or private.
    #[arg(long)]
    visibility: Option<String>,
    /// standard, retrospective, test or tutorial.
    #[arg(long)]
    mode: Option<String>,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    sending: Sending,
}

/// Edit an incident: what is not given stays.
#[derive(Args)]
pub struct Edit {
    /// INC-123, 123 or an id.
    incident: String,
    /// Its name.
    #[arg(long)]
    name: Option<String>,
    /// Its summary; - reads standard input.
    #[arg(long)]
    summary: Option<String>,
    /// Its severity.
    #[arg(long)]
    severity: Option<String>,
    /// Its status.
    #[arg(long)]
    status: Option<String>,
    /// The address of its call.
    #[arg(long)]
    call: Option<String>,
    /// Tell the incident's channel.
    #[arg(long)]
    notify: bool,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    sending: Sending,
}

/// Post an update.
#[derive(Args)]
pub struct Update {
    /// INC-123, 123 or an id.
    incident: String,
    /// What it says, in markdown; - reads standard input.
    #[arg(long, short)]
    message: Option<String>,
    /// Move the status with it.
    #[arg(long)]
    status: Option<String>,
    /// Set the severity with it.
    #[arg(long)]
    severity: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

/// Resolve or close an incident.
#[derive(Args)]
pub struct Close {
    /// INC-123, 123 or an id.
    incident: String,
    /// The post-incident or closed status; without it, the mildest that is allowed.
    #[arg(long)]
    status: Option<String>,
    /// An update that goes with it; - reads standard input.
    #[arg(long, short)]
    message: Option<String>,
    /// Tell the incident's channel.
    #[arg(long)]
    notify: bool,
    #[command(flatten)]
    sending: Sending,
}

/// Assign a role.
#[derive(Args)]
pub struct Role {
    /// INC-123, 123 or an id.
    incident: String,
    /// The role, by name.
    role: String,
    /// Who takes it, by name, address or id; without it, nobody has it any more.
    person: Option<String>,
    /// Tell the incident's channel.
    #[arg(long)]
    notify: bool,
    #[command(flatten)]
    sending: Sending,
}

fn yes(flag: bool) -> Option<&'static str> {
    flag.then_some("yes")
}

impl From<&Declare> for WriteRequest {
    fn from(a: &Declare) -> Self {
        let fields = [
            ("name", Some(a.name.as_str())),
            ("severity", Some(a.severity.as_str())),
            ("summary", a.summary.as_deref()),
            ("type", a.kind.as_deref()),
            ("status", a.status.as_deref()),
            ("visibility", a.visibility.as_deref()),
            ("mode", a.mode.as_deref()),
        ];
        a.named.onto(WriteRequest::new(
            WriteKind::Declare,
            TargetRef::Nothing,
            &fields,
            &a.sending,
        ))
    }
}

impl From<&Edit> for WriteRequest {
    fn from(a: &Edit) -> Self {
        let fields = [
            ("name", a.name.as_deref()),
            ("summary", a.summary.as_deref()),
            ("severity", a.severity.as_deref()),
            ("status", a.status.as_deref()),
            ("call", a.call.as_deref()),
            ("notify", yes(a.notify)),
        ];
        a.named.onto(WriteRequest::new(
            WriteKind::Edit,
            TargetRef::Incident(a.incident.clone()),
            &fields,
            &a.sending,
        ))
    }
}

impl From<&Update> for WriteRequest {
    fn from(a: &Update) -> Self {
        let fields = [
            ("message", a.message.as_deref()),
            ("status", a.status.as_deref()),
            ("severity", a.severity.as_deref()),
        ];
        WriteRequest::new(
            WriteKind::Update,
            TargetRef::Incident(a.incident.clone()),
            &fields,
            &a.sending,
        )
    }
}

impl From<&Close> for WriteRequest {
    fn from(a: &Close) -> Self {
        let fields = [
            ("status", a.status.as_deref()),
            ("message", a.message.as_deref()),
            ("notify", yes(a.notify)),
        ];
        WriteRequest::new(
            WriteKind::Close,
            TargetRef::Incident(a.incident.clone()),
            &fields,
            &a.sending,
        )
    }
}

impl From<&Role> for WriteRequest {
    fn from(a: &Role) -> Self {
        let fields = [
            ("role", Some(a.role.as_str())),
            ("person", a.person.as_deref()),
            ("notify", yes(a.notify)),
        ];
        WriteRequest::new(
            WriteKind::Role,
            TargetRef::Incident(a.incident.clone()),
            &fields,
            &a.sending,
        )
    }
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

impl From<&TimelineCommand> for WriteRequest {
    fn from(command: &TimelineCommand) -> Self {
        match command {
            TimelineCommand::Add {
                incident,
                title,
                at,
                description,
                sending,
            } => {
                let fields = [
                    ("title", Some(title.as_str())),
                    ("time", at.as_deref()),
                    ("description", description.as_deref()),
                ];
                WriteRequest::new(
                    WriteKind::Note,
                    TargetRef::Incident(incident.clone()),
                    &fields,
                    sending,
                )
            }
            TimelineCommand::Edit {
                incident,
                note,
                title,
                at,
                description,
                sending,
            } => {
                let fields = [
                    ("title", title.as_deref()),
                    ("time", at.as_deref()),
                    ("description", description.as_deref()),
                ];
                WriteRequest::new(
                    WriteKind::NoteEdit,
                    TargetRef::Note(incident.clone(), note.clone()),
                    &fields,
                    sending,
                )
            }
        }
    }
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

impl From<&EscalationCommand> for WriteRequest {
    fn from(command: &EscalationCommand) -> Self {
        match command {
            EscalationCommand::Create {
                whom,
                title,
                description,
                incident,
                sending,
            } => {
                let people = whom.people();
                let fields = [
                    ("path", whom.path.as_deref()),
                    ("people", people.as_deref()),
                    ("title", title.as_deref()),
                    ("description", description.as_deref()),
                ];
                WriteRequest::new(
                    WriteKind::Page,
                    incident
                        .clone()
                        .map_or(TargetRef::Nothing, TargetRef::Incident),
                    &fields,
                    sending,
                )
            }
            EscalationCommand::Ack { page, sending } => {
                WriteRequest::new(WriteKind::Ack, TargetRef::Page(page.clone()), &[], sending)
            }
            EscalationCommand::Snooze {
                page,
                until,
                reason,
                sending,
            } => WriteRequest::new(
                WriteKind::Snooze,
                TargetRef::Page(page.clone()),
                &[("until", Some(until)), ("reason", reason.as_deref())],
                sending,
            ),
            EscalationCommand::Reassign {
                page,
                whom,
                title,
                description,
                keep,
                sending,
            } => {
                let people = whom.people();
                let fields = [
                    ("path", whom.path.as_deref()),
                    ("people", people.as_deref()),
                    ("title", title.as_deref()),
                    ("description", description.as_deref()),
                    ("keep", yes(*keep)),
                ];
                WriteRequest::new(
                    WriteKind::Reassign,
                    TargetRef::Page(page.clone()),
                    &fields,
                    sending,
                )
            }
            EscalationCommand::Cancel { page, sending } => WriteRequest::new(
                WriteKind::Cancel,
                TargetRef::Page(page.clone()),
                &[],
                sending,
            ),
        }
    }
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

impl From<&OncallCommand> for WriteRequest {
    fn from(
        OncallCommand::Cover {
            schedule,
            who,
            shift,
            from,
            to,
            layer,
            sending,
        }: &OncallCommand,
    ) -> Self {
        let fields = [
            ("shift", shift.as_deref()),
            ("who", who.as_deref()),
            ("from", from.as_deref()),
            ("to", to.as_deref()),
            ("layer", layer.as_deref()),
        ];
        WriteRequest::new(
            WriteKind::Cover,
            TargetRef::Schedule(schedule.clone()),
            &fields,
            sending,
        )
    }
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

impl From<&AlertCommand> for WriteRequest {
    fn from(command: &AlertCommand) -> Self {
        match command {
            AlertCommand::Attach {
                alert,
                incident,
                again,
                sending,
            } => {
                let fields = [
                    ("incident", Some(incident.as_str())),
                    ("again", yes(*again)),
                ];
                WriteRequest::new(
                    WriteKind::Attach,
                    TargetRef::Alert(alert.clone(), None),
                    &fields,
                    sending,
                )
            }
            AlertCommand::Detach {
                alert,
                incident,
                sending,
            } => WriteRequest::new(
                WriteKind::Detach,
                TargetRef::Alert(alert.clone(), Some(incident.clone())),
                &[],
                sending,
            ),
            AlertCommand::Resolve { alert, sending } => WriteRequest::new(
                WriteKind::Resolve,
                TargetRef::Alert(alert.clone(), None),
                &[],
                sending,
            ),
        }
    }
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

impl TaskCommand {
    /// The form of an action, or of a follow-up.
    pub fn asked(&self, is_action: bool) -> Result<WriteRequest, ApiError> {
        let [add, edit, done] = if is_action {
            [
                WriteKind::ActionAdd,
                WriteKind::ActionEdit,
                WriteKind::ActionDone,
            ]
        } else {
            [
                WriteKind::FollowUpAdd,
                WriteKind::FollowUpEdit,
                WriteKind::FollowUpDone,
            ]
        };
        let about = |id: &String| {
            if is_action {
                TargetRef::Action(id.clone())
            } else {
                TargetRef::FollowUp(id.clone())
            }
        };
        let words = if is_action { "description" } else { "title" };
        Ok(match self {
            Self::Create {
                description: Some(_),
                ..
            }
            | Self::Create {
                priority: Some(_), ..
            } if is_action => {
                return Err(ApiError::User(
                    "An action has neither a description nor a priority; a follow-up has.".into(),
                ));
            }
            Self::Create {
                incident,
                text,
                assignee,
                description,
                priority,
                sending,
            } => {
                let fields = [
                    (words, Some(text.as_str())),
                    ("assignee", assignee.as_deref()),
                    (
                        if is_action { words } else { "description" },
                        if is_action {
                            None
                        } else {
                            description.as_deref()
                        },
                    ),
                    ("priority", priority.as_deref()),
                ];
                WriteRequest::new(add, TargetRef::Incident(incident.clone()), &fields, sending)
            }
            Self::Done { id, sending } => WriteRequest::new(done, about(id), &[], sending),
            Self::Assign {
                id,
                person,
                sending,
            } => WriteRequest::new(
                edit,
                about(id),
                &[("assignee", Some(person.as_deref().unwrap_or("")))],
                sending,
            ),
            Self::Edit {
                id,
                text,
                status,
                sending,
            } => WriteRequest::new(
                edit,
                about(id),
                &[(words, text.as_deref()), ("status", status.as_deref())],
                sending,
            ),
        })
    }
}

/// Set attributes of a catalog entry, or make one.
#[derive(Args)]
pub struct CatalogSet {
    /// Name, alias, external id or id; with --type, the name of a new entry.
    entry: String,
    /// An attribute, such as "Tier=1"; several values with commas; what is not given stays. May be repeated.
    #[arg(value_name = "ATTRIBUTE=VALUE")]
    attributes: Vec<String>,
    /// Make a new entry of this type.
    #[arg(long = "type")]
    kind: Option<String>,
    /// The new entry's own id: the same id never makes two.
    #[arg(long, requires = "kind")]
    external_id: Option<String>,
    /// Another name for an entry that is there.
    #[arg(long, conflicts_with = "kind")]
    name: Option<String>,
    #[command(flatten)]
    sending: Sending,
}

impl From<&CatalogSet> for WriteRequest {
    fn from(a: &CatalogSet) -> Self {
        let mut asked = match &a.kind {
            Some(kind) => {
                let fields = [
                    ("name", Some(a.entry.as_str())),
                    ("external", a.external_id.as_deref()),
                ];
                WriteRequest::new(
                    WriteKind::EntryAdd,
                    TargetRef::Type(kind.clone()),
                    &fields,
                    &a.sending,
                )
            }
            None => WriteRequest::new(
                WriteKind::EntryEdit,
                TargetRef::Entry(a.entry.clone()),
                &[("name", a.name.as_deref())],
                &a.sending,
            ),
        };
        asked.named.extend(
            a.attributes
                .iter()
                .map(|pair| (FieldGroup::Attribute, pair.clone())),
        );
        asked
    }
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

impl From<&DocumentCommand> for WriteRequest {
    fn from(
        DocumentCommand::Status {
            id,
            status,
            sending,
        }: &DocumentCommand,
    ) -> Self {
        WriteRequest::new(
            WriteKind::DocumentStatus,
            TargetRef::Document(id.clone()),
            &[("status", Some(status))],
            sending,
        )
    }
}

/// What customers are told.
#[derive(Args)]
pub struct PublicMessage {
    /// What it says, in markdown; - reads standard input.
    #[arg(long, short)]
    message: String,
    /// investigating, identified, monitoring or resolved.
    #[arg(long)]
    status: Option<String>,
    /// Components that are affected, by name, with commas.
    #[arg(long)]
    components: Option<String>,
    /// How they are: operational, degraded performance, partial outage or full outage.
    #[arg(long)]
    impact: Option<String>,
    /// Mail the subscribers.
    #[arg(long)]
    notify: bool,
    /// The page's name, typed: what is published cannot be taken back.
    #[arg(long, value_name = "PAGE NAME")]
    confirm: String,
    #[command(flatten)]
    sending: Sending,
}

impl PublicMessage {
    fn asked(&self, kind: WriteKind, more: &[(&str, Option<&str>)]) -> WriteRequest {
        let mut fields = more.to_vec();
        fields.extend([
            ("message", Some(self.message.as_str())),
            ("status", self.status.as_deref()),
            ("components", self.components.as_deref()),
            ("impact", self.impact.as_deref()),
            ("notify", yes(self.notify)),
            ("confirm", Some(self.confirm.as_str())),
        ]);
        WriteRequest::new(kind, TargetRef::Nothing, &fields, &self.sending)
    }
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

impl From<&StatusPageCommand> for WriteRequest {
    fn from(command: &StatusPageCommand) -> Self {
        match command {
            StatusPageCommand::Create { page, name, told } => told.asked(
                WriteKind::Publish,
                &[("page", page.as_deref()), ("name", Some(name))],
            ),
            StatusPageCommand::Update { incident, told } => told.asked(
                WriteKind::PublishUpdate,
                &[("incident", incident.as_deref())],
            ),
        }
    }
}
