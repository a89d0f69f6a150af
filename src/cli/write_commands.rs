//! Every command that writes, one row each; to add one, add its row to its group.

use super::write::{Asked, Sending};
use super::write_command::{
    Group, WriteCommand, flag, option, positional, prose, repeated, required, text, value,
};
use crate::domain::{FieldGroup, WriteKind};
use crate::session::TargetRef;
use clap::Arg;

const NOTIFY: &str = "Tell the incident's channel";
const PAGE: &str = "Its id, or INC-123 for the one that waits on it";
const ALERT: &str = "The alert's id";

/// What writes, under the command it belongs to.
pub fn groups() -> Vec<Group> {
    vec![
        (
            "incidents",
            vec![declare(), edit(), update(), close(), role()],
        ),
        ("timeline", timeline()),
        ("escalations", escalations()),
        ("oncall", on_call()),
        ("alerts", alerts()),
        ("actions", actions()),
        ("follow-ups", follow_ups()),
        ("post-mortems", post_mortems()),
        ("status-page", status_page()),
    ]
}

fn declare() -> WriteCommand {
    WriteCommand::new("declare", WriteKind::Declare, "Declare an incident")
        .takes([
            required("name", "What is wrong, in a line"),
            required("severity", "Its severity, by name"),
            prose("summary", "What is known, in markdown"),
            option("type", "Its type, by name").value_name("KIND"),
            option("status", "The status it begins in"),
            option("visibility", "public or private"),
            option("mode", "standard, retrospective, test or tutorial"),
        ])
        .takes_by_name()
}

fn edit() -> WriteCommand {
    let says = "Edit an incident: what is not given stays";
    WriteCommand::new("edit", WriteKind::Edit, says)
        .on_incident()
        .takes([
            option("name", "Its name"),
            prose("summary", "Its summary"),
            option("severity", "Its severity"),
            option("status", "Its status"),
            option("call", "The address of its call"),
            flag("notify", NOTIFY),
        ])
        .takes_by_name()
}

fn update() -> WriteCommand {
    let says = "Post an update, with or without a status or a severity";
    WriteCommand::new("update", WriteKind::Update, says)
        .on_incident()
        .takes([
            prose("message", "What it says, in markdown").short('m'),
            option("status", "Move the status with it"),
            option("severity", "Set the severity with it"),
        ])
}

fn close() -> WriteCommand {
    let status = "The post-incident or closed status; without it, the mildest that is allowed";
    WriteCommand::new("close", WriteKind::Close, "Resolve or close an incident")
        .on_incident()
        .takes([
            option("status", status),
            prose("message", "An update that goes with it").short('m'),
            flag("notify", NOTIFY),
        ])
}

fn role() -> WriteCommand {
    let person = "Who takes it, by name, address or id; without it, nobody has it any more";
    WriteCommand::new("role", WriteKind::Role, "Assign a role, or take it away")
        .on_incident()
        .takes([
            positional("role", "The role, by name"),
            positional("person", person).required(false),
            flag("notify", NOTIFY),
        ])
}

fn timeline() -> Vec<WriteCommand> {
    let add = "Add a note, with the time it happened";
    let when = "When: 14:30, 10m ago, 2026-11-20 14:30; now where it is not given";
    let at = |says| option("time", says).long("at").value_name("AT");
    let note = |m: &_| TargetRef::Note(text(m, "incident"), text(m, "note"));
    vec![
        WriteCommand::new("add", WriteKind::Note, add)
            .on_incident()
            .takes([
                positional("title", "What happened"),
                at(when),
                prose("description", "More, in markdown"),
            ]),
        WriteCommand::new("edit", WriteKind::NoteEdit, "Edit a note")
            .on_incident()
            .arg(positional("note", "The note's id or its exact title"))
            .target(note)
            .takes([
                option("title", "Its title"),
                at("When it happened"),
                option("description", "More; an empty one removes it"),
            ]),
    ]
}

fn escalations() -> Vec<WriteCommand> {
    let on_page =
        |name, kind, says| WriteCommand::new(name, kind, says).on(TargetRef::Page, "page", PAGE);
    let until = "Until when: +30m, 09:00, tomorrow 09:00";
    let hand = "Hand a page to a path or to people";
    vec![
        page(),
        on_page("ack", WriteKind::Ack, "Acknowledge a page; asks nothing"),
        on_page("snooze", WriteKind::Snooze, "Snooze a page").takes([
            option("until", until).default_value("+30m"),
            option("reason", "Why"),
        ]),
        on_page("reassign", WriteKind::Reassign, hand)
            .takes(whom())
            .takes([
                option("title", "What they read first"),
                option("description", "More"),
                flag("keep", "Let the old page go on too"),
            ]),
        on_page("cancel", WriteKind::Cancel, "Stop a page"),
    ]
}

fn page() -> WriteCommand {
    let title = "What they read first; on an incident, its name where it is not given";
    WriteCommand::new("create", WriteKind::Page, "Page a path or people")
        .takes(whom())
        .takes([option("title", title), option("description", "More")])
        .arg(option("incident", "The incident it is about"))
        .target(|m| value(m, "incident").map_or(TargetRef::Nothing, TargetRef::Incident))
}

/// Whom a page goes to.
fn whom() -> [Arg; 2] {
    let person = "A person, by name, address or id; may be repeated";
    let people = repeated("people", person).long("person");
    [
        option("path", "An escalation path, by name or id").conflicts_with("people"),
        people.value_name("PERSON"),
    ]
}

fn on_call() -> Vec<WriteCommand> {
    let says = "Cover a shift, or part of it: yours for somebody, or somebody's by you";
    let shift = "Whose shift, where the schedule has several now or next";
    let who = "Who covers, by name, address or id; you where it is not given";
    let from = "From: 18:00, +1h; the shift's beginning or now where it is not given";
    let to = "To: 20:00, +3h; the shift's end where it is not given";
    let schedule = "The schedule, by name or id";
    let cover = WriteCommand::new("cover", WriteKind::Cover, says)
        .on(TargetRef::Schedule, "schedule", schedule)
        // The fields stand in the order of the form, which the key follows from; the help begins with who.
        .takes([
            option("shift", shift).display_order(1),
            option("who", who).display_order(0),
            option("from", from),
            option("to", to),
            option("layer", "The layer, where its rotation has several"),
        ]);
    vec![cover]
}

fn alerts() -> Vec<WriteCommand> {
    let alert = |id| TargetRef::Alert(id, None);
    let detach = |m: &_| TargetRef::Alert(text(m, "alert"), value(m, "incident"));
    let attach = "Attach an alert to an open incident";
    let take_off = "Detach an alert from an incident";
    vec![
        WriteCommand::new("attach", WriteKind::Attach, attach)
            .on(alert, "alert", ALERT)
            .takes([
                positional("incident", "INC-123"),
                flag("again", "Even if somebody detached it"),
            ]),
        WriteCommand::new("detach", WriteKind::Detach, take_off)
            .arg(positional("alert", ALERT))
            .arg(positional("incident", "INC-123"))
            .target(detach),
        WriteCommand::new("resolve", WriteKind::Resolve, "Resolve an alert")
            .on(alert, "alert", ALERT),
    ]
}

fn actions() -> Vec<WriteCommand> {
    use WriteKind::{ActionAdd, ActionDone, ActionEdit};
    let why = "An action has neither a description nor a priority; a follow-up has.";
    let kinds = [ActionAdd, ActionDone, ActionEdit];
    // What an action says is its description; a description beside it is no field of it.
    let [add, rest @ ..] = on_tasks(kinds, TargetRef::Action, ["description", "more"]);
    let add = add.refuses(&["more", "priority"], why);
    [add].into_iter().chain(rest).collect()
}

fn follow_ups() -> Vec<WriteCommand> {
    use WriteKind::{FollowUpAdd, FollowUpDone, FollowUpEdit};
    let kinds = [FollowUpAdd, FollowUpDone, FollowUpEdit];
    on_tasks(kinds, TargetRef::FollowUp, ["title", "description"]).into()
}

/// What can be done with actions and follow-ups alike; `words` is the field of what is to be done, `more` that of its
/// description.
fn on_tasks(
    [add, done, edit]: [WriteKind; 3],
    target: fn(String) -> TargetRef,
    [words, more]: [&'static str; 2],
) -> [WriteCommand; 4] {
    let on = |name, kind, says| WriteCommand::new(name, kind, says).on(target, "id", "Its id");
    let to_do = "What is to be done";
    let more = option(more, "More, in markdown (follow-ups)");
    let assignee = "Who does it, by name, address or id";
    let person = "Who does it, by name, address or id; without it, nobody";
    let assign = "Give it to somebody, or to nobody";
    [
        WriteCommand::new("create", add, "Add one")
            .on_incident()
            .takes([
                positional(words, to_do).value_name("TEXT"),
                option("assignee", assignee),
                more.long("description").value_name("DESCRIPTION"),
                option("priority", "Its priority, by name (follow-ups)"),
            ]),
        on("done", done, "Complete one"),
        on("assign", edit, assign).takes([positional("assignee", person)
            .required(false)
            .value_name("PERSON")
            .default_value("")
            .hide_default_value(true)]),
        on("edit", edit, "Change its words or its status").takes([
            option(words, to_do).long("text").value_name("TEXT"),
            option("status", "outstanding, completed or not doing"),
        ]),
    ]
}

fn post_mortems() -> Vec<WriteCommand> {
    let status = positional("status", "in progress, in review or completed");
    let row = WriteCommand::new("status", WriteKind::DocumentStatus, "Move a document");
    vec![row.on(TargetRef::Document, "id", "Its id").takes([status])]
}

fn status_page() -> Vec<WriteCommand> {
    let page = "The page, by name; the only one where it is not given";
    let update = "Publish an update of what is on a page";
    vec![
        WriteCommand::new("create", WriteKind::Publish, "Publish an incident")
            .takes([option("page", page), required("name", "Its title")])
            .takes(public_message()),
        WriteCommand::new("update", WriteKind::PublishUpdate, update)
            .takes([option("incident", "What is published, by title")])
            .takes(public_message()),
    ]
}

/// What customers are told.
fn public_message() -> [Arg; 6] {
    let message = prose("message", "What it says, in markdown");
    let status = "investigating, identified, monitoring or resolved";
    let components = "Components that are affected, by name, with commas";
    let impact = "How they are: operational, degraded performance, partial outage or full outage";
    let confirm = "The page's name, typed: what is published cannot be taken back";
    [
        message.required(true).short('m'),
        option("status", status),
        option("components", components),
        option("impact", impact),
        flag("notify", "Mail the subscribers"),
        required("confirm", confirm).value_name("PAGE NAME"),
    ]
}

/// Set attributes of a catalog entry, or make one.
#[derive(clap::Args)]
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

impl From<CatalogSet> for Asked {
    /// A new entry where its type is given, else an edit of one that is there.
    fn from(a: CatalogSet) -> Self {
        let asked = match a.kind {
            Some(kind) => Asked::new(WriteKind::EntryAdd, TargetRef::Type(kind), a.sending)
                .given("name", Some(a.entry))
                .given("external", a.external_id),
            None => Asked::new(WriteKind::EntryEdit, TargetRef::Entry(a.entry), a.sending)
                .given("name", a.name),
        };
        asked.named(FieldGroup::Attribute, a.attributes)
    }
}
