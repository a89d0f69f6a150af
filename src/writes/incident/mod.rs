//! Declaring, editing, moving and telling about an incident.

mod choices;
mod declare;
mod edit;
mod own_fields;
mod update;

pub use choices::people;
pub(super) use update::UPDATES;

use super::form::{Choice, Fault, Field, Form, Input, Request};
use super::{FormContext, Subject, WriteKind};
use crate::domain::{FieldId, Incident, Instant, StatusCategory};
use choices::{id_of_severity, id_of_status, severities, statuses};
use own_fields::{custom_fields, roles, timestamps};

/// Whether the API moves an incident from one category to another; else why not. The description lists what it allows:
/// within a category, from triage or active to post-incident or closed, from post-incident to closed.
pub fn legal(from: StatusCategory, to: StatusCategory) -> Result<(), &'static str> {
    use StatusCategory::*;
    match (from, to) {
        (a, b) if a == b => Ok(()),
        (Live | Triage, Learning | Closed) | (Learning, Closed) => Ok(()),
        (Triage, Live | Paused) => Err("accepting is not in the API; use the dashboard"),
        (Closed | Learning | Declined | Merged | Canceled, Live | Triage | Paused | Learning) => {
            Err("reopening is not in the API; use the dashboard")
        }
        (_, Declined | Merged | Canceled) => Err("not in the API; use the dashboard"),
        (_, Paused) | (Paused, _) => Err("pausing is not in the API; use the dashboard"),
        _ => Err("not in the API; use the dashboard"),
    }
}

/// The incidents a form is about, with what is known; of several, nothing is filled in that may differ among them.
struct Chosen<'a> {
    first: &'a Incident,
    all: Vec<&'a Incident>,
    facts: &'a FormContext<'a>,
}

/// Fields of a form about incidents.
pub fn fields(
    kind: WriteKind,
    subjects: &[Subject],
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    if kind == WriteKind::Declare {
        return Ok(declare::fields(facts));
    }
    let all: Vec<&Incident> = subjects
        .iter()
        .filter_map(|subject| match subject {
            Subject::Incident(incident) => Some(&**incident),
            _ => None,
        })
        .collect();
    let first = *all.first().ok_or("No incident is selected.")?;
    let chosen = Chosen { first, all, facts };
    Ok(match kind {
        WriteKind::Severity => vec![chosen.severity().required(), message(), notify()],
        WriteKind::Status => vec![chosen.status().required(), message(), notify()],
        WriteKind::Close => vec![chosen.status_it_ends_in()?, message(), notify()],
        WriteKind::Lead => vec![chosen.lead()?, notify()],
        WriteKind::Role => vec![chosen.role(), person(facts), notify()],
        WriteKind::Update => vec![message(), chosen.status(), chosen.severity()],
        _ if !chosen.is_alone() => return Err("This is done on one incident at a time.".into()),
        _ => chosen.everything(),
    })
}

fn notify() -> Field {
    Field::yes_no(
        "notify",
        "Tell the channel",
        "whether the incident's channel gets a notification of this change",
    )
}

fn message() -> Field {
    Field::new("message", "Message", Input::Text).hint("markdown; posted to the incident's channel")
}

fn person(facts: &FormContext<'_>) -> Field {
    Field::new("person", "Person", Input::Pick(people(facts)))
        .hint("empty takes the role from whoever has it")
}

impl Chosen<'_> {
    fn is_alone(&self) -> bool {
        self.all.len() == 1
    }

    fn held(&self, value: String) -> String {
        if self.is_alone() {
            value
        } else {
            String::new()
        }
    }

    fn severity(&self) -> Field {
        let held = self.held(id_of_severity(self.facts, &self.first.row));
        Field::pick("severity", "Severity", severities(self.facts)).holding(held)
    }

    fn categories(&self) -> Vec<StatusCategory> {
        self.all.iter().map(|i| i.row.category).collect()
    }

    fn status(&self) -> Field {
        let held = self.held(id_of_status(self.facts, &self.first.row));
        let choices = statuses(self.facts, &self.categories());
        Field::pick("status", "Status", choices).holding(held)
    }

    /// The statuses an incident is over in. The mildest choice that is allowed comes filled in: learning from it before
    /// closing it for good.
    fn status_it_ends_in(&self) -> Result<Field, String> {
        let ends = |note: &str| {
            [StatusCategory::Learning, StatusCategory::Closed]
                .iter()
                .any(|c| c.label() == note)
        };
        let mut choices = statuses(self.facts, &self.categories());
        choices.retain(|choice| ends(&choice.note));
        let mildest = StatusCategory::Learning.label();
        choices.sort_by_key(|c| (c.blocked.is_some(), c.note != mildest));
        let first = choices
            .first()
            .cloned()
            .ok_or("The organisation has no status that an incident is over in.")?;
        let field = Field::pick("status", "Status", choices).required();
        // What is over already stays as it is until another status is chosen: closing twice is closing once.
        let is_over = ends(self.first.row.category.label());
        Ok(if is_over && self.is_alone() {
            field.holding(id_of_status(self.facts, &self.first.row))
        } else if first.blocked.is_none() {
            field.filled(first.id)
        } else {
            field
        })
    }

    fn lead(&self) -> Result<Field, String> {
        const NONE: &str = "The organisation has no role of a lead.";
        let lead = self
            .facts
            .org
            .roles
            .iter()
            .find(|r| r.kind == "lead")
            .ok_or(NONE)?;
        let me = self
            .facts
            .me
            .ok_or("Nobody is known as you: set me = \"you@example.com\" in the config.")?;
        let id = FieldId::Role(lead.id.clone());
        let field = roles(self.facts, self.is_alone().then_some(self.first), false)
            .into_iter()
            .find(|field| field.id == id)
            .ok_or(NONE)?;
        Ok(field.filled(me.id.as_str()).required())
    }

    fn role(&self) -> Field {
        let holder = |role: &str| {
            let found = self.first.roles.iter().find(|r| r.id == role);
            found
                .and_then(|r| r.value.as_ref())
                .map_or("nobody", |p| &p.name)
        };
        let choices = self
            .facts
            .org
            .roles
            .iter()
            .filter(|r| r.kind != "reporter")
            .map(|r| {
                let note = if self.is_alone() { holder(&r.id) } else { "" };
                Choice::new(&r.id, &r.name).with(note)
            });
        Field::pick("role", "Role", choices.collect()).required()
    }

    /// Everything the API lets be edited.
    fn everything(&self) -> Vec<Field> {
        let (incident, facts) = (self.first, self.facts);
        let name = Field::new("name", "Name", Input::Line).required();
        let summary = Field::new("summary", "Summary", Input::Text).hint("markdown");
        let call = Field::new("call", "Call", Input::Link).hint("address of the call");
        let mut all = vec![
            name.holding(incident.row.name.to_string())
                .written(incident.written.of("name")),
            summary
                .holding(incident.summary.clone())
                .written(incident.written.of("summary")),
            self.severity(),
            self.status(),
        ];
        all.extend(roles(facts, Some(incident), false));
        all.extend(custom_fields(facts, Some(incident)));
        all.extend(timestamps(facts, Some(incident)));
        all.push(call.holding(incident.call.clone().unwrap_or_default()));
        all.push(notify());
        all
    }
}

/// The request of a form about an incident.
pub fn request(form: &Form, subject: &Subject, now: Instant) -> Result<Request, Fault> {
    let incident = match subject {
        Subject::Incident(incident) => incident,
        _ if form.kind == WriteKind::Declare => return declare::request(form, now),
        _ => return Err(("".into(), "No incident is selected.".into())),
    };
    if posts_update(form) {
        update::request(form, incident, now)
    } else {
        edit::request(form, incident, now)
    }
}

/// Whether what a form says goes out as an update, which the incident's channel gets in any case.
fn posts_update(form: &Form) -> bool {
    let moves = matches!(
        form.kind,
        WriteKind::Status | WriteKind::Close | WriteKind::Severity
    );
    let has_message = !form.text("message").trim().is_empty();
    form.kind == WriteKind::Update || (moves && has_message)
}

/// What holds in place of the answer to whether the channel is told.
pub fn overruled(form: &Form, field: &Field) -> Option<&'static str> {
    (field.id == "notify" && posts_update(form)).then_some("yes, with the message")
}
