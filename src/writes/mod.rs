//! What a responder can write: for each kind of write a form, its rules, and the exact request that leaves, with what it
//! changes in words, what it was made on, and the way back. Pure: the console and the commands fill the same forms.

mod catalog;
mod escalations;
mod form;
mod incident;
mod publish;
mod tasks;
mod timeline;

pub use form::{Choice, Field, Form, Input, Planned};
pub use incident::legal;
pub use timeline::LOCAL;

use crate::domain::time::Zone;
use crate::domain::{
    Action, Alert, CatalogEntry, CatalogGraph, Document, Escalation, FollowUp, FormOptions,
    Identity, Incident, IncidentId, IncidentSummary, Instant, Org, Person, Schedule, TimelineEntry,
    TypeId, Visibility, Write,
};
use std::sync::Arc;

macro_rules! kinds {
    ($($kind:ident, $id:literal, $title:literal, [$($role:literal),*];)*) => {
        /// A kind of write.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum WriteKind {
            $(#[doc = $title] $kind,)*
        }

        impl WriteKind {
            /// All of them.
            pub const ALL: &[WriteKind] = &[$(WriteKind::$kind),*];

            /// Its name in the journal.
            pub fn id(self) -> &'static str {
                match self { $(WriteKind::$kind => $id,)* }
            }

            /// What it does, as a heading.
            pub fn title(self) -> &'static str {
                match self { $(WriteKind::$kind => $title,)* }
            }

            /// Roles of a key that may do it, any of them. The platform does not publish which role holds which
            /// scope, so these are hints from their names; a 403 decides.
            pub fn roles(self) -> &'static [&'static str] {
                match self { $(WriteKind::$kind => &[$($role),*],)* }
            }
        }
    };
}

kinds! {
    Declare, "incident.declare", "Declare an incident", ["incident_creator"];
    Edit, "incident.edit", "Edit the incident", ["incident_editor"];
    Severity, "incident.severity", "Set the severity", ["incident_editor"];
    Status, "incident.status", "Move the status", ["incident_editor"];
    Close, "incident.close", "Resolve or close", ["incident_editor"];
    Lead, "incident.lead", "Take the lead", ["incident_editor"];
    Role, "incident.role", "Assign a role", ["incident_editor"];
    Update, "incident.update", "Post an update", ["incident_editor"];
    Note, "timeline.add", "Note on the timeline", ["incident_editor"];
    NoteEdit, "timeline.edit", "Edit the note", ["incident_editor"];
    LocalNote, "local.note", "Note kept here until incident.io can be reached", [];
    Page, "escalation.create", "Page", ["escalation_creator", "on_call_editor"];
    Ack, "escalation.ack", "Acknowledge", ["escalation_creator", "on_call_editor"];
    Snooze, "escalation.snooze", "Snooze the page", ["escalation_creator", "on_call_editor"];
    Reassign, "escalation.reassign", "Reassign the page", ["escalation_creator", "on_call_editor"];
    Cancel, "escalation.cancel", "Cancel the page", ["escalation_creator", "on_call_editor"];
    Cover, "oncall.cover", "Cover a shift", ["schedule_overrides_editor", "schedules_editor"];
    Attach, "alert.attach", "Attach the alert to an incident", ["incident_editor", "on_call_editor"];
    Detach, "alert.detach", "Detach the alert", ["incident_editor", "on_call_editor"];
    Resolve, "alert.resolve", "Resolve the alert", ["incident_editor", "on_call_editor"];
    ActionAdd, "action.create", "Add an action", ["incident_editor"];
    ActionEdit, "action.edit", "Change the action", ["incident_editor"];
    ActionDone, "action.done", "Complete the action", ["incident_editor"];
    FollowUpAdd, "follow_up.create", "Add a follow-up", ["incident_editor"];
    FollowUpEdit, "follow_up.edit", "Change the follow-up", ["incident_editor"];
    FollowUpDone, "follow_up.done", "Complete the follow-up", ["incident_editor"];
    EntryAdd, "catalog.create", "Add a catalog entry", ["catalog_editor"];
    EntryEdit, "catalog.edit", "Change the catalog entry", ["catalog_editor"];
    Import, "post_mortem.import", "Import the post-mortem", ["postmortems_manage", "incident_editor"];
    DocumentStatus, "post_mortem.status", "Move the post-mortem", ["postmortems_manage", "incident_editor"];
    Publish, "status_page.create", "Publish on a status page", ["status_pages_publisher", "status_pages_editor", "manage_settings", "status_page_publisher"];
    PublishUpdate, "status_page.update", "Update a status page", ["status_pages_publisher", "status_pages_editor", "manage_settings", "status_page_publisher"];
}

impl WriteKind {
    /// Whether it makes something new, so that doing it twice makes two.
    pub fn makes(self) -> bool {
        use WriteKind::*;
        matches!(
            self,
            Declare
                | Update
                | Note
                | LocalNote
                | Page
                | Reassign
                | Cover
                | ActionAdd
                | FollowUpAdd
                | EntryAdd
                | Import
                | Publish
                | PublishUpdate
        )
    }

    /// Whether it is done at once, without a panel: taking a page is urgent, and nobody is harmed by it.
    pub fn is_quick(self) -> bool {
        self == WriteKind::Ack
    }

    /// Why it cannot be done here; nothing where it can, as far as is known.
    pub fn obstacle(self, read_only: bool, identity: &Identity) -> Option<String> {
        if read_only {
            return Some("hotseat is read-only here".into());
        }
        // Status pages and post-mortems have roles whose names are not known for certain: the answer decides.
        let guessed = matches!(
            self,
            WriteKind::Publish
                | WriteKind::PublishUpdate
                | WriteKind::Import
                | WriteKind::DocumentStatus
        );
        let known = !identity.roles.is_empty() && !self.roles().is_empty() && !guessed;
        let has = self.roles().iter().any(|role| {
            identity
                .roles
                .iter()
                .chain(&identity.team_roles)
                .any(|r| r == role)
        });
        // A key that can only view can do none of it, whatever the role is called.
        let views = |role: &String| {
            role.ends_with("viewer") || role.ends_with("reader") || role == "global_access"
        };
        if !self.roles().is_empty()
            && !identity.roles.is_empty()
            && identity.roles.iter().chain(&identity.team_roles).all(views)
            && guessed
        {
            return Some("the API key can only view".into());
        }
        (known && !has).then(|| format!("the API key lacks the role {}", self.roles().join(" or ")))
    }

    /// Whether its form offers what changes by the minute, such as whom a path would page now.
    pub fn needs_options(self) -> bool {
        use WriteKind::*;
        matches!(
            self,
            Page | Reassign | Publish | PublishUpdate | FollowUpAdd | FollowUpEdit
        )
    }
}

/// What is said where a form would change nothing.
pub const UNCHANGED: &str = "nothing is changed";

/// What a write is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Subject {
    /// Nothing that is there yet.
    #[default]
    Nothing,
    /// An incident.
    Incident(Box<Incident>),
    /// A note of an incident's timeline.
    Note(Box<Incident>, TimelineEntry),
    /// An escalation.
    Page(Box<Escalation>),
    /// An alert.
    Alert(Box<Alert>),
    /// An action.
    Action(Box<Action>),
    /// A follow-up.
    FollowUp(Box<FollowUp>),
    /// A schedule.
    Schedule(Box<Schedule>),
    /// A catalog entry.
    Entry(Box<CatalogEntry>),
    /// A catalog type, for a new entry of it.
    Type(TypeId),
    /// A post-mortem document.
    Document(Box<Document>),
}

impl Subject {
    /// Its id; empty where there is none.
    pub fn id(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Incident(i) => i.row.id.to_string(),
            Self::Note(_, item) => item.id.clone(),
            Self::Page(e) => e.id.to_string(),
            Self::Alert(a) => a.id.to_string(),
            Self::Action(a) => a.id.clone(),
            Self::FollowUp(f) => f.id.clone(),
            Self::Schedule(s) => s.id.to_string(),
            Self::Entry(e) => e.id.to_string(),
            Self::Type(t) => t.to_string(),
            Self::Document(d) => d.id.clone(),
        }
    }

    /// What it is called, for a heading.
    pub fn name(&self) -> String {
        match self {
            Self::Nothing | Self::Type(_) => String::new(),
            Self::Incident(i) | Self::Note(i, _) => format!("{} {}", i.row.reference, i.row.name),
            Self::Page(e) => e.title.clone(),
            Self::Alert(a) => a.title.clone(),
            Self::Action(a) => a.description.clone(),
            Self::FollowUp(f) => f.title.clone(),
            Self::Schedule(s) => s.name.clone(),
            Self::Entry(e) => e.name.clone(),
            Self::Document(d) => d.title.clone(),
        }
    }

    /// The incident it belongs to.
    pub fn incident(&self) -> Option<&IncidentId> {
        match self {
            Self::Incident(i) | Self::Note(i, _) => Some(&i.row.id),
            Self::Page(e) => e.incidents.first().map(|(id, _)| id),
            Self::Action(a) => Some(&a.incident),
            Self::FollowUp(f) => Some(&f.incident),
            Self::Document(d) => Some(&d.incident),
            Self::Alert(a) => a.incident.as_ref(),
            _ => None,
        }
    }
}

/// What is known when a form is opened.
#[derive(Clone, Copy)]
pub struct FormContext<'a> {
    /// When it is, by the server's clock.
    pub now: Instant,
    /// The zone times are typed and shown in.
    pub zone: Zone,
    /// The organisation's words and people.
    pub org: &'a Org,
    /// Whoever writes.
    pub me: Option<&'a Person>,
    /// The catalog.
    pub graph: &'a CatalogGraph,
    /// Schedules.
    pub schedules: &'a [Schedule],
    /// What changes by the minute.
    pub form_options: &'a FormOptions,
    /// Known incidents.
    pub rows: &'a [Arc<IncidentSummary>],
    /// Writes kept here that no request can be made of yet.
    pub local: &'a [Write],
}

impl FormContext<'_> {
    /// Whether nothing of an incident may go to disk: what is not known to be public counts as private.
    fn is_private(&self, id: Option<&IncidentId>) -> bool {
        id.is_some_and(|id| {
            self.rows
                .iter()
                .find(|r| &r.id == id)
                .is_none_or(|r| r.visibility != Visibility::Public)
        })
    }
}

/// The form of a kind of write about some subjects, or why there is none.
pub fn open(
    kind: WriteKind,
    subjects: Vec<Subject>,
    facts: &FormContext<'_>,
) -> Result<Form, String> {
    use WriteKind::*;
    let first = subjects.first().cloned().unwrap_or_default();
    let fields = match kind {
        Declare | Edit | Severity | Status | Close | Lead | Role | Update => {
            incident::fields(kind, &subjects, facts)?
        }
        Note | NoteEdit | LocalNote => timeline::fields(kind, &first, facts)?,
        Page | Ack | Snooze | Reassign | Cancel | Cover | Attach | Detach | Resolve => {
            escalations::fields(kind, &first, facts)?
        }
        ActionAdd | ActionEdit | ActionDone | FollowUpAdd | FollowUpEdit | FollowUpDone
        | Import | DocumentStatus => tasks::fields(kind, &first, facts)?,
        EntryAdd | EntryEdit => catalog::fields(kind, &first, facts)?,
        Publish | PublishUpdate => publish::fields(kind, &first, facts)?,
    };
    let about = match subjects.len() {
        0 | 1 => first.name(),
        n => format!("{n} at once"),
    };
    let title = if about.is_empty() {
        kind.title().to_owned()
    } else {
        format!("{}: {about}", kind.title())
    };
    let private = subjects.iter().any(|s| match s {
        Subject::Incident(i) | Subject::Note(i, _) => i.row.visibility != Visibility::Public,
        other => facts.is_private(other.incident()),
    });
    let mut form = Form {
        kind,
        title,
        subjects,
        fields,
        opened: facts.now,
        zone: facts.zone,
        private,
        given: Vec::new(),
    };
    form.given = form.values();
    Ok(form)
}

/// The request of a form about one of its subjects.
fn request(
    form: &Form,
    subject: &Subject,
    now: Instant,
) -> Result<form::Request, (String, String)> {
    use WriteKind::*;
    match form.kind {
        Declare | Edit | Severity | Status | Close | Lead | Role | Update => {
            incident::request(form, subject, now)
        }
        Note | NoteEdit | LocalNote => timeline::request(form, subject, now),
        Page | Ack | Snooze | Reassign | Cancel | Cover | Attach | Detach | Resolve => {
            escalations::request(form, subject, now)
        }
        ActionAdd | ActionEdit | ActionDone | FollowUpAdd | FollowUpEdit | FollowUpDone
        | Import | DocumentStatus => tasks::request(form, subject),
        EntryAdd | EntryEdit => catalog::request(form, subject),
        Publish | PublishUpdate => publish::request(form),
    }
}
