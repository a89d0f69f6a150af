//! From arguments to what is asked for: the kind of write, what it is about, and its fields in the user's words.

use super::write::Asked;
use super::write_args::*;
use crate::domain::{FieldGroup, WriteKind};
use crate::session::{ApiError, TargetRef};

impl Sending {
    /// A write that is sent so, with nothing filled in.
    pub fn ask(self, kind: WriteKind, about: TargetRef) -> Asked {
        Asked::new(kind, about, self)
    }
}

impl Asked {
    /// A field with a value.
    fn field(self, id: &str, value: impl Into<String>) -> Self {
        self.given(id, Some(value.into()))
    }

    /// A field where a value is given.
    pub fn given(mut self, id: &str, value: Option<String>) -> Self {
        self.request
            .fields
            .extend(value.map(|v| (id.to_owned(), v)));
        self
    }

    /// A field that is chosen by a flag.
    fn flag(self, id: &str, is_set: bool) -> Self {
        self.given(id, is_set.then(|| "yes".to_owned()))
    }

    /// Fields by the names the organisation gave them.
    fn named(mut self, group: FieldGroup, all: Vec<String>) -> Self {
        let pairs = all.into_iter().map(|pair| (group, pair));
        self.request.named.extend(pairs);
        self
    }

    fn by_name(self, named: Named) -> Self {
        self.named(FieldGroup::Role, named.roles)
            .named(FieldGroup::Custom, named.fields)
            .named(FieldGroup::Timestamp, named.timestamps)
    }

    fn to(self, whom: Whom) -> Self {
        let people = (!whom.person.is_empty()).then(|| whom.person.join(","));
        self.given("path", whom.path).given("people", people)
    }
}

impl From<Declare> for Asked {
    fn from(a: Declare) -> Self {
        a.sending
            .ask(WriteKind::Declare, TargetRef::Nothing)
            .field("name", a.name)
            .field("severity", a.severity)
            .given("summary", a.summary)
            .given("type", a.kind)
            .given("status", a.status)
            .given("visibility", a.visibility)
            .given("mode", a.mode)
            .by_name(a.named)
    }
}

impl From<Edit> for Asked {
    fn from(a: Edit) -> Self {
        a.sending
            .ask(WriteKind::Edit, TargetRef::Incident(a.incident))
            .given("name", a.name)
            .given("summary", a.summary)
            .given("severity", a.severity)
            .given("status", a.status)
            .given("call", a.call)
            .flag("notify", a.notify)
            .by_name(a.named)
    }
}

impl From<Update> for Asked {
    fn from(a: Update) -> Self {
        a.sending
            .ask(WriteKind::Update, TargetRef::Incident(a.incident))
            .given("message", a.message)
            .given("status", a.status)
            .given("severity", a.severity)
    }
}

impl From<Close> for Asked {
    fn from(a: Close) -> Self {
        a.sending
            .ask(WriteKind::Close, TargetRef::Incident(a.incident))
            .given("status", a.status)
            .given("message", a.message)
            .flag("notify", a.notify)
    }
}

impl From<Role> for Asked {
    fn from(a: Role) -> Self {
        a.sending
            .ask(WriteKind::Role, TargetRef::Incident(a.incident))
            .field("role", a.role)
            .given("person", a.person)
            .flag("notify", a.notify)
    }
}

impl From<TimelineCommand> for Asked {
    fn from(command: TimelineCommand) -> Self {
        match command {
            TimelineCommand::Add {
                incident,
                title,
                at,
                description,
                sending,
            } => sending
                .ask(WriteKind::Note, TargetRef::Incident(incident))
                .field("title", title)
                .given("time", at)
                .given("description", description),
            TimelineCommand::Edit {
                incident,
                note,
                title,
                at,
                description,
                sending,
            } => sending
                .ask(WriteKind::NoteEdit, TargetRef::Note(incident, note))
                .given("title", title)
                .given("time", at)
                .given("description", description),
        }
    }
}

impl From<EscalationCommand> for Asked {
    fn from(command: EscalationCommand) -> Self {
        match command {
            EscalationCommand::Create {
                whom,
                title,
                description,
                incident,
                sending,
            } => {
                let about = incident.map_or(TargetRef::Nothing, TargetRef::Incident);
                sending
                    .ask(WriteKind::Page, about)
                    .to(whom)
                    .given("title", title)
                    .given("description", description)
            }
            EscalationCommand::Ack { page, sending } => {
                sending.ask(WriteKind::Ack, TargetRef::Page(page))
            }
            EscalationCommand::Snooze {
                page,
                until,
                reason,
                sending,
            } => sending
                .ask(WriteKind::Snooze, TargetRef::Page(page))
                .field("until", until)
                .given("reason", reason),
            EscalationCommand::Reassign {
                page,
                whom,
                title,
                description,
                keep,
                sending,
            } => sending
                .ask(WriteKind::Reassign, TargetRef::Page(page))
                .to(whom)
                .given("title", title)
                .given("description", description)
                .flag("keep", keep),
            EscalationCommand::Cancel { page, sending } => {
                sending.ask(WriteKind::Cancel, TargetRef::Page(page))
            }
        }
    }
}

impl From<OncallCommand> for Asked {
    fn from(command: OncallCommand) -> Self {
        let OncallCommand::Cover {
            schedule,
            who,
            shift,
            from,
            to,
            layer,
            sending,
        } = command;
        sending
            .ask(WriteKind::Cover, TargetRef::Schedule(schedule))
            .given("shift", shift)
            .given("who", who)
            .given("from", from)
            .given("to", to)
            .given("layer", layer)
    }
}

impl From<AlertCommand> for Asked {
    fn from(command: AlertCommand) -> Self {
        match command {
            AlertCommand::Attach {
                alert,
                incident,
                again,
                sending,
            } => sending
                .ask(WriteKind::Attach, TargetRef::Alert(alert, None))
                .field("incident", incident)
                .flag("again", again),
            AlertCommand::Detach {
                alert,
                incident,
                sending,
            } => sending.ask(WriteKind::Detach, TargetRef::Alert(alert, Some(incident))),
            AlertCommand::Resolve { alert, sending } => {
                sending.ask(WriteKind::Resolve, TargetRef::Alert(alert, None))
            }
        }
    }
}

impl TaskCommand {
    /// What is asked of an action.
    pub fn of_action(self) -> Result<Asked, ApiError> {
        if let Self::Create {
            description,
            priority,
            ..
        } = &self
            && (description.is_some() || priority.is_some())
        {
            return Err(ApiError::User(
                "An action has neither a description nor a priority; a follow-up has.".into(),
            ));
        }
        let kinds = [
            WriteKind::ActionAdd,
            WriteKind::ActionEdit,
            WriteKind::ActionDone,
        ];
        Ok(self.asked(kinds, TargetRef::Action, "description"))
    }

    /// What is asked of a follow-up.
    pub fn of_follow_up(self) -> Asked {
        let kinds = [
            WriteKind::FollowUpAdd,
            WriteKind::FollowUpEdit,
            WriteKind::FollowUpDone,
        ];
        self.asked(kinds, TargetRef::FollowUp, "title")
    }

    fn asked(
        self,
        [add, edit, done]: [WriteKind; 3],
        about: fn(String) -> TargetRef,
        words: &str,
    ) -> Asked {
        match self {
            Self::Create {
                incident,
                text,
                assignee,
                description,
                priority,
                sending,
            } => sending
                .ask(add, TargetRef::Incident(incident))
                .field(words, text)
                .given("assignee", assignee)
                .given("description", description)
                .given("priority", priority),
            Self::Done { id, sending } => sending.ask(done, about(id)),
            Self::Assign {
                id,
                person,
                sending,
            } => sending
                .ask(edit, about(id))
                .field("assignee", person.unwrap_or_default()),
            Self::Edit {
                id,
                text,
                status,
                sending,
            } => sending
                .ask(edit, about(id))
                .given(words, text)
                .given("status", status),
        }
    }
}

impl From<CatalogSet> for Asked {
    fn from(a: CatalogSet) -> Self {
        let asked = match a.kind {
            Some(kind) => a
                .sending
                .ask(WriteKind::EntryAdd, TargetRef::Type(kind))
                .field("name", a.entry)
                .given("external", a.external_id),
            None => a
                .sending
                .ask(WriteKind::EntryEdit, TargetRef::Entry(a.entry))
                .given("name", a.name),
        };
        asked.named(FieldGroup::Attribute, a.attributes)
    }
}

impl From<DocumentCommand> for Asked {
    fn from(command: DocumentCommand) -> Self {
        let DocumentCommand::Status {
            id,
            status,
            sending,
        } = command;
        sending
            .ask(WriteKind::DocumentStatus, TargetRef::Document(id))
            .field("status", status)
    }
}

impl From<StatusPageCommand> for Asked {
    fn from(command: StatusPageCommand) -> Self {
        let of = |kind, sending: &Sending| sending.clone().ask(kind, TargetRef::Nothing);
        let (asked, told) = match command {
            StatusPageCommand::Create { page, name, told } => (
                of(WriteKind::Publish, &told.sending)
                    .given("page", page)
                    .field("name", name),
                told,
            ),
            StatusPageCommand::Update { incident, told } => (
                of(WriteKind::PublishUpdate, &told.sending).given("incident", incident),
                told,
            ),
        };
        asked
            .field("message", told.message)
            .given("status", told.status)
            .given("components", told.components)
            .given("impact", told.impact)
            .flag("notify", told.notify)
            .field("confirm", told.confirm)
    }
}
