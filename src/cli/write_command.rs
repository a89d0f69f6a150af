//! A command that writes, as a row: its name, the kind of write, what it is about, and what it takes. Its help, its parsing
//! and the fields of its request all follow from the row.

use super::write::{Asked, Sending};
use crate::domain::{FieldGroup, WriteKind};
use crate::session::{ApiError, TargetRef, fault};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use std::collections::BTreeMap;

/// How an incident is named.
const INCIDENT: &str = "INC-123, 123 or an id";

/// An option with a value; its id is the field it fills.
pub fn option(id: &'static str, says: &'static str) -> Arg {
    positional(id, says).required(false).long(id)
}

/// An option with a longer text, which may come from elsewhere.
pub fn prose(id: &'static str, says: &str) -> Arg {
    option(id, "").help(format!("{says}; - reads standard input"))
}

/// An option that must be given.
pub fn required(id: &'static str, says: &'static str) -> Arg {
    option(id, says).required(true)
}

/// An option that may be repeated; its field gets all values with commas.
pub fn repeated(id: &'static str, says: &'static str) -> Arg {
    option(id, says).action(ArgAction::Append)
}

/// A switch: its field is "yes" where it is given.
pub fn flag(id: &'static str, says: &'static str) -> Arg {
    let arg = Arg::new(id).long(id).help(says);
    arg.action(ArgAction::SetTrue)
}

/// A word that must be given, without a flag before it.
pub fn positional(id: &'static str, says: &'static str) -> Arg {
    let arg = Arg::new(id).help(says).required(true);
    arg.value_name(id.to_uppercase())
}

/// What can be set by the names the organisation gave it.
fn by_name() -> [(FieldGroup, Arg); 3] {
    let named = |group, id, value, says| (group, repeated(id, says).value_name(value));
    [
        named(
            FieldGroup::Role,
            "role",
            "ROLE=PERSON",
            "A role, such as \"Incident Lead=Ana Abara\"; an empty value takes it away. May be repeated",
        ),
        named(
            FieldGroup::Custom,
            "field",
            "FIELD=VALUE",
            "A custom field, such as \"Region=eu-west-1\"; several values with commas; an empty value clears it. May be repeated",
        ),
        named(
            FieldGroup::Timestamp,
            "timestamp",
            "NAME=TIME",
            "A timestamp, such as \"Impact started=14:30\". May be repeated",
        ),
    ]
}

/// The one value of an argument that must be given.
pub fn text(matches: &ArgMatches, id: &str) -> String {
    value(matches, id).unwrap_or_default()
}

/// The values of an argument with commas, where it is given.
pub fn value(matches: &ArgMatches, id: &str) -> Option<String> {
    let all = matches.get_many::<String>(id)?;
    Some(all.cloned().collect::<Vec<_>>().join(","))
}

/// What a write is about, from the arguments.
type Target = Box<dyn Fn(&ArgMatches) -> TargetRef>;

/// One command that writes.
pub struct WriteCommand {
    command: Command,
    says: &'static str,
    kind: WriteKind,
    target: Target,
    /// In the order they are asked for: the key of the write follows from it.
    fields: Vec<Arg>,
    named: Vec<(FieldGroup, Arg)>,
    refused: Option<(&'static [&'static str], &'static str)>,
}

impl WriteCommand {
    /// A command that is about nothing there is, and takes nothing.
    pub fn new(name: &'static str, kind: WriteKind, says: &'static str) -> Self {
        Self {
            command: Command::new(name),
            says,
            kind,
            target: Box::new(|_| TargetRef::Nothing),
            fields: Vec::new(),
            named: Vec::new(),
            refused: None,
        }
    }

    /// An argument that is no field.
    pub fn arg(mut self, arg: Arg) -> Self {
        self.command = self.command.arg(arg);
        self
    }

    /// What it is about, of several arguments.
    pub fn target(mut self, of: impl Fn(&ArgMatches) -> TargetRef + 'static) -> Self {
        self.target = Box::new(of);
        self
    }

    /// It is about what one word names.
    pub fn on(self, of: fn(String) -> TargetRef, id: &'static str, says: &'static str) -> Self {
        self.arg(positional(id, says))
            .target(move |matches| of(text(matches, id)))
    }

    /// It is about an incident.
    pub fn on_incident(self) -> Self {
        self.on(TargetRef::Incident, "incident", INCIDENT)
    }

    /// The fields it takes.
    pub fn takes(mut self, fields: impl IntoIterator<Item = Arg>) -> Self {
        for field in fields {
            self.fields.push(field.clone());
            self = self.arg(field);
        }
        self
    }

    /// It also takes roles, custom fields and timestamps by their names.
    pub fn takes_by_name(mut self) -> Self {
        self.named = by_name().to_vec();
        let args = self.named.iter().map(|(_, arg)| arg.clone());
        self.command = self.command.args(args.collect::<Vec<_>>());
        self
    }

    /// Arguments that are understood and refused, with the reason.
    pub fn refuses(mut self, ids: &'static [&'static str], why: &'static str) -> Self {
        self.refused = Some((ids, why));
        self
    }

    fn asked(&self, matches: &ArgMatches) -> Result<Asked, ApiError> {
        if let Some((ids, why)) = self.refused
            && ids.iter().any(|id| matches.contains_id(id))
        {
            return Err(ApiError::User(why.into()));
        }
        let sending = Sending::from_arg_matches(matches).map_err(|_| fault())?;
        let mut asked = Asked::new(self.kind, (self.target)(matches), sending);
        for field in &self.fields {
            let id = field.get_id().as_str();
            asked = match field.get_action() {
                ArgAction::SetTrue => asked.given(id, matches.get_flag(id).then(|| "yes".into())),
                _ => asked.given(id, value(matches, id)),
            };
        }
        for (group, arg) in &self.named {
            let pairs = matches.get_many::<String>(arg.get_id().as_str());
            asked = asked.named(*group, pairs.into_iter().flatten().cloned());
        }
        Ok(asked)
    }
}

/// The rows that stand under one command.
pub type Group = (&'static str, Vec<WriteCommand>);

/// A command line with what writes under the commands it belongs to.
pub fn under(line: Command, groups: Vec<Group>) -> Command {
    let mut groups: BTreeMap<_, _> = groups.into_iter().collect();
    line.mut_subcommands(|command| {
        let rows = groups.remove(command.get_name()).unwrap_or_default();
        // The arguments bring words of their own about what they belong to; the row's are said last.
        let whole = |row: WriteCommand| Sending::augment_args(row.command).about(row.says);
        command.subcommands(rows.into_iter().map(whole))
    })
}

/// The write that was asked for, where it is one, or why it is none.
pub fn asked(matches: &ArgMatches, groups: Vec<Group>) -> Option<Result<Asked, ApiError>> {
    let (above, matches) = matches.subcommand()?;
    let (name, given) = matches.subcommand()?;
    let (_, rows) = groups.into_iter().find(|(command, _)| *command == above)?;
    let row = rows.iter().find(|row| row.command.get_name() == name)?;
    Some(row.asked(given))
}
