//! Proposing a write: the exact request, what it changes in words and whom it pages, under a token. Nothing is sent.

use super::super::answer::Answer;
use super::super::caller::Caller;
use super::super::desk::Desk;
use super::super::proposals::{Proposal, is_page};
use crate::config::Confirm;
use crate::domain::time::stamp;
use crate::domain::{ApiError, FieldGroup, Scope, WriteKind, text};
use crate::session::{Prepared, TargetRef, WriteRequest};
use crate::writes::Planned;
use rmcp::schemars::{self, JsonSchema};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// A kind of write that agents may propose. What customers would read is not among them, and nothing that is kept here.
struct Row {
    kind: Kind,
    write: WriteKind,
    /// What it is about: incident, page, schedule, alert, action or follow-up; what there is none of for a declaration.
    about: Option<fn(String) -> TargetRef>,
    takes: &'static [&'static str],
}

/// What can be proposed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// Declare an incident. Fields: name, severity, summary, type, status, visibility, mode.
    Declare,
    /// Post an update. About an incident. Fields: message, status, severity.
    Update,
    /// Add a note to the timeline. About an incident. Fields: title, description, time (2026-11-01T14:29:00Z, 10m ago; 14:29 is in
    /// the engineer's zone and past; now without it).
    Note,
    /// Edit an incident. Fields: name, summary, severity, status, call; what is not given stays.
    Edit,
    /// Resolve or close an incident. Fields: status, message.
    Close,
    /// Assign a role. About an incident. Fields: role, person; without a person, nobody has it.
    Role,
    /// Page a path or people. About an incident, or nothing. Fields: path or people, title, description.
    Page,
    /// Acknowledge a page. About a page, or the incident it waits on.
    Acknowledge,
    /// Snooze a page. About a page, or the incident it waits on. Fields: until, reason.
    Snooze,
    /// Hand a page on. About a page, or the incident it waits on. Fields: path or people, title, description, keep.
    Reassign,
    /// Stop a page. About a page, or the incident it waits on.
    CancelPage,
    /// Cover a shift. About a schedule. Fields: who, from, to, shift.
    Cover,
    /// Resolve an alert. About an alert's id.
    ResolveAlert,
    /// Add an action. About an incident. Fields: description, assignee.
    AddAction,
    /// Complete an action. About its id.
    CompleteAction,
    /// Add a follow-up. About an incident. Fields: title, description, assignee, priority.
    AddFollowUp,
    /// Complete a follow-up. About its id.
    CompleteFollowUp,
}

const fn row(
    kind: Kind,
    write: WriteKind,
    about: fn(String) -> TargetRef,
    takes: &'static [&'static str],
) -> Row {
    Row {
        kind,
        write,
        about: Some(about),
        takes,
    }
}

const ROWS: &[Row] = &[
    Row {
        kind: Kind::Declare,
        write: WriteKind::Declare,
        about: None,
        takes: &[
            "name",
            "severity",
            "summary",
            "type",
            "status",
            "visibility",
            "mode",
        ],
    },
    row(
        Kind::Update,
        WriteKind::Update,
        TargetRef::Incident,
        &["message", "status", "severity"],
    ),
    row(
        Kind::Note,
        WriteKind::Note,
        TargetRef::Incident,
        &["title", "description", "time"],
    ),
    row(
        Kind::Edit,
        WriteKind::Edit,
        TargetRef::Incident,
        &["name", "summary", "severity", "status", "call"],
    ),
    row(
        Kind::Close,
        WriteKind::Close,
        TargetRef::Incident,
        &["status", "message"],
    ),
    row(
        Kind::Role,
        WriteKind::Role,
        TargetRef::Incident,
        &["role", "person"],
    ),
    row(
        Kind::Page,
        WriteKind::Page,
        TargetRef::Incident,
        &["path", "people", "title", "description"],
    ),
    row(Kind::Acknowledge, WriteKind::Ack, TargetRef::Page, &[]),
    row(
        Kind::Snooze,
        WriteKind::Snooze,
        TargetRef::Page,
        &["until", "reason"],
    ),
    row(
        Kind::Reassign,
        WriteKind::Reassign,
        TargetRef::Page,
        &["path", "people", "title", "description", "keep"],
    ),
    row(Kind::CancelPage, WriteKind::Cancel, TargetRef::Page, &[]),
    row(
        Kind::Cover,
        WriteKind::Cover,
        TargetRef::Schedule,
        &["shift", "who", "from", "to"],
    ),
    row(
        Kind::ResolveAlert,
        WriteKind::Resolve,
        |id| TargetRef::Alert(id, None),
        &[],
    ),
    row(
        Kind::AddAction,
        WriteKind::ActionAdd,
        TargetRef::Incident,
        &["description", "assignee"],
    ),
    row(
        Kind::CompleteAction,
        WriteKind::ActionDone,
        TargetRef::Action,
        &[],
    ),
    row(
        Kind::AddFollowUp,
        WriteKind::FollowUpAdd,
        TargetRef::Incident,
        &["title", "description", "assignee", "priority"],
    ),
    row(
        Kind::CompleteFollowUp,
        WriteKind::FollowUpDone,
        TargetRef::FollowUp,
        &[],
    ),
];

/// What is proposed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct ProposeQuestion {
    kind: Kind,
    /// INC-123 or an id; the name of a schedule for cover.
    about: Option<String>,
    /// Values by field, in the organisation's own words; several people with commas.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Roles by name, with who takes them (declare, edit).
    #[serde(default)]
    roles: BTreeMap<String, String>,
    /// Custom fields by name (declare, edit).
    #[serde(default)]
    custom_fields: BTreeMap<String, String>,
}

/// A proposal, and what confirming it would do.
#[derive(JsonSchema, Serialize)]
pub(in super::super) struct Proposed {
    /// What it does, in a line.
    what: String,
    /// What it changes, line by line.
    changes: Vec<String>,
    /// Whom it pages right now.
    pages: String,
    /// Whether it can be taken back, and why not.
    way_back: String,
    /// The exact requests, byte for byte.
    requests: Vec<String>,
    /// For `confirm`; good once, for this client.
    token: String,
    expires: String,
    /// How it is sent from here.
    next: String,
    /// Something that could not be read, and what follows from that.
    note: Option<String>,
}

/// Makes a proposal; sends nothing.
pub(super) async fn propose(
    desk: &Desk,
    asked: ProposeQuestion,
    caller: &Caller,
) -> Result<Answer, ApiError> {
    desk.refuse_where_read_only()?;
    let request = desk_request(desk, asked)?;
    let (planned, note) = plan(desk, &request).await?;
    let state = state_of(desk, &request, &planned).await?;
    let proposal = Proposal::new(request, planned, state, &caller.by, desk.session.now());
    let proposed = Proposed {
        what: proposal.what(),
        changes: proposal.says(),
        pages: proposal.pages(),
        way_back: proposal.way_back(),
        requests: proposal.planned.iter().map(|p| p.write.request()).collect(),
        expires: stamp(proposal.expires),
        note,
        next: next(desk, caller).into(),
        token: String::new(),
    };
    // It is shown whole or not made: what somebody confirms they must have been able to read.
    let probe = Proposed {
        token: "0".repeat(LONGEST_TOKEN),
        ..proposed
    };
    Answer::whole(&probe)?;
    let token = desk.keep(proposal).await?;
    Answer::whole(&Proposed { token, ..probe })
}

/// Who has to say yes, and how.
fn next(desk: &Desk, caller: &Caller) -> &'static str {
    match (caller.can_ask, desk.session.config().mcp.confirm) {
        (true, _) => {
            "Call confirm with this token: the client asks the person, and sends it when they agree."
        }
        (false, Confirm::Console) => {
            "Call confirm with this token: the person is asked in the journal (J) of a hotseat console on this machine. Tell them."
        }
        (false, Confirm::Agent) => {
            "Show it to the person; when they agree, call confirm with this token."
        }
        (false, Confirm::Person) => {
            "This client cannot ask the person, so it cannot be sent from here: they send it with hotseat themselves, or set confirm under [mcp]."
        }
    }
}

/// Characters of a token, at most.
const LONGEST_TOKEN: usize = 160;

/// The request as the session takes it.
fn desk_request(desk: &Desk, asked: ProposeQuestion) -> Result<WriteRequest, ApiError> {
    let none = || ApiError::User("This cannot be proposed.".into());
    let row = ROWS.iter().find(|row| row.kind == asked.kind);
    let row = row.ok_or_else(none)?;
    let optional = row.write.spec().scope == Scope::IncidentIfAny;
    let about = match (row.about, asked.about) {
        (Some(of), Some(about)) => of(about),
        (None, None) => TargetRef::Nothing,
        (Some(_), None) if optional => TargetRef::Nothing,
        (Some(_), None) => {
            let says = "Say in `about` what it is about, such as INC-123.";
            return Err(ApiError::User(says.into()));
        }
        (None, Some(_)) => {
            let says = "This kind is about nothing that is there; leave out `about`.";
            return Err(ApiError::User(says.into()));
        }
    };
    let is_other = |id: &&String| !row.takes.contains(&id.as_str());
    if let Some(other) = asked.fields.keys().find(is_other) {
        return Err(ApiError::User(format!(
            "This kind takes no field {}; it takes {}.",
            text::fit(other, 40),
            match row.takes {
                [] => "none".into(),
                some => some.join(", "),
            }
        )));
    }
    // In the order of the row: the key of the write follows from it.
    let field = |id: &&str| Some(((*id).to_owned(), asked.fields.get(*id)?.clone()));
    let fields = row.takes.iter().filter_map(field).collect();
    let named = |group, all: BTreeMap<String, String>| {
        let pairs = all.into_iter();
        pairs.map(move |(name, value)| (group, format!("{name}={value}")))
    };
    let roles = named(FieldGroup::Role, asked.roles);
    let named = roles.chain(named(FieldGroup::Custom, asked.custom_fields));
    Ok(WriteRequest {
        fields,
        named: named.collect(),
        // It is only shown: nothing is sent, kept or taken for done by proposing it.
        dry_run: true,
        zone: desk.zone,
        ..WriteRequest::new(row.write, about)
    })
}

/// The exact writes of a request as things stand now, and what could not be read.
pub(super) async fn plan(
    desk: &Desk,
    request: &WriteRequest,
) -> Result<(Vec<Planned>, Option<String>), ApiError> {
    if let TargetRef::Incident(reference) = &request.about {
        desk.incident(reference).await?;
    }
    let so = "It is so already; there is nothing to send.";
    let (planned, unread) = match desk.session.prepare(request).await? {
        Prepared::Ready {
            planned, unread, ..
        } => (planned, unread),
        Prepared::Unchanged | Prepared::Before(_) => return Err(ApiError::User(so.into())),
        Prepared::Offline(_, _, error) => return Err(error),
    };
    let is_private = planned.iter().any(|p| p.write.private);
    match is_private && !desk.session.config().mcp.private {
        true => Err(ApiError::User(
            "This belongs to a private incident, and agents see those only with private = true under [mcp].".into(),
        )),
        false => Ok((planned, unread)),
    }
}

/// What a request was made on, as it can be compared: the values it changes, and where its incident stands; of a page
/// also whom it would page.
pub(super) async fn state_of(
    desk: &Desk,
    request: &WriteRequest,
    planned: &[Planned],
) -> Result<String, ApiError> {
    let incident = match &request.about {
        TargetRef::Incident(reference) => Some(desk.incident(reference).await?),
        _ => None,
    };
    let stands = incident.map(|i| json!([i.row.id, i.row.status, i.row.severity, i.row.name]));
    let whom = |p: &Planned| is_page(p.write.of_kind()).then(|| p.says.clone());
    let each = planned.iter().map(|p| {
        let guard = p.write.guard.as_ref().map(|guard| &guard.expects);
        json!([p.write.method, p.write.path, guard, whom(p)])
    });
    Ok(json!([stands, each.collect::<Vec<_>>()]).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_customers_read_or_that_is_kept_here_can_be_proposed() {
        for row in ROWS {
            let spec = row.write.spec();
            assert!(!spec.publishes && !spec.local, "{:?}", row.kind);
            assert_ne!(row.write, WriteKind::HandOver);
        }
    }
}
