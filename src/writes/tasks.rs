//! Actions and follow-ups.

use super::form::{Choice, Fault, Field, Form, Input, Request, Set, guard, moved};
use super::incident::people;
use super::{FormContext, Subject, UNCHANGED, WriteKind};
use crate::domain::{Action, FieldId, FollowUp, Guarded, Incident, Instant, Person, Verification};
use serde_json::{Value, json};

/// Fields of a form about something to do.
pub fn fields(
    kind: WriteKind,
    subject: &Subject,
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    let assignee = |held: Option<&Person>| assignee(facts, held);
    Ok(match (kind, subject) {
        (WriteKind::ActionAdd, Subject::Incident(_)) => vec![now(), assignee(None)],
        (WriteKind::ActionEdit, Subject::Action(a)) => {
            vec![
                now()
                    .holding(&a.description)
                    .written(a.written.of("description")),
                status(&a.status),
                assignee(a.assignee.as_ref()),
            ]
        }
        (WriteKind::FollowUpAdd, Subject::Incident(_)) => {
            vec![later(), more(), assignee(None), priority(facts, "")]
        }
        (WriteKind::FollowUpEdit, Subject::FollowUp(f)) => vec![
            later().holding(&f.title).written(f.written.of("title")),
            more()
                .holding(&f.description)
                .written(f.written.of("description")),
            status(&f.status),
            assignee(f.assignee.as_ref()),
            priority(facts, f.priority_id.as_deref().unwrap_or_default()),
        ],
        (WriteKind::ActionDone, Subject::Action(_)) => vec![],
        (WriteKind::FollowUpDone, Subject::FollowUp(_)) => vec![],
        (WriteKind::ActionAdd | WriteKind::FollowUpAdd, _) => {
            return Err("No incident is selected.".into());
        }
        _ => return Err("Put the cursor on an action or a follow-up first.".into()),
    })
}

fn now() -> Field {
    Field::new("description", "What to do now", Input::Line).required()
}

fn later() -> Field {
    Field::new("title", "What to do later", Input::Line).required()
}

fn more() -> Field {
    Field::new("description", "More", Input::Text).hint("markdown")
}

fn status(held: &str) -> Field {
    let choices = [
        ("outstanding", "to do"),
        ("completed", "done"),
        ("not_doing", "will not be done"),
    ];
    let choices = choices.map(|(id, note)| Choice::new(id, id.replace('_', " ")).with(note));
    Field::pick("status", "Status", choices.into())
        .required()
        .holding(held)
}

fn assignee(facts: &FormContext<'_>, held: Option<&Person>) -> Field {
    Field::new("assignee", "Assignee", Input::Pick(people(facts)))
        .hint("empty is nobody")
        .holding(id_of(held))
}

fn id_of(person: Option<&Person>) -> String {
    person.map(|p| p.id.to_string()).unwrap_or_default()
}

fn priority(facts: &FormContext<'_>, held: &str) -> Field {
    let known = facts.form_options.priorities.iter();
    let mut all: Vec<Choice> = known.map(|(id, name)| Choice::new(id, name)).collect();
    if !held.is_empty() && !all.iter().any(|c| c.id == held) {
        all.push(Choice::new(held, held));
    }
    Field::pick("priority", "Priority", all).holding(held)
}

/// What is new in a list of an incident, with one value at a pointer.
pub(super) fn new_in(
    list: &str,
    path: &str,
    incident: &str,
    (pointer, value): (&str, &str),
) -> Verification {
    Verification::New {
        path: path.into(),
        query: vec![
            ("incident_id".into(), incident.into()),
            ("page_size".into(), "250".into()),
        ],
        list: list.into(),
        with: vec![(pointer.into(), json!(value))],
        before: None,
    }
}

/// The request of a form about something to do.
pub fn request(form: &Form, subject: &Subject, now: Instant) -> Result<Request, Fault> {
    match subject {
        Subject::Incident(incident) => Ok(add(form, incident)),
        Subject::Action(action) => change_action(form, action, now),
        Subject::FollowUp(follow_up) => change_follow_up(form, follow_up, now),
        _ => Err(("".into(), "Nothing is selected.".into())),
    }
}

fn add(form: &Form, incident: &Incident) -> Request {
    let (id, reference) = (incident.row.id.as_str(), &incident.row.reference);
    let (list, path, key, word) = match form.kind {
        WriteKind::FollowUpAdd => ("follow_ups", "/v3/follow_ups", "title", "follow-up"),
        _ => ("actions", "/v3/actions", "description", "action"),
    };
    let words = form.text(key).trim();
    let mut body = json!({"incident_id": id});
    body[key] = json!(words);
    for (field, name) in [
        ("assignee", "assignee_id"),
        ("priority", "follow_up_priority_option_id"),
        ("description", "description"),
    ] {
        if field != key && !form.text(field).is_empty() {
            body[name] = json!(form.text(field));
        }
    }
    let who = match form.words("assignee") {
        who if who.is_empty() => who,
        who => format!(" for {who}"),
    };
    let says = format!("Adds the {word} \"{words}\" to {reference}{who}.");
    let look = new_in(list, path, id, (&format!("/{key}"), words));
    let request = Request::new(
        format!("{reference}: {word} \"{words}\""),
        id,
        "POST",
        path,
        body,
    )
    .verified(look)
    .saying(vec![says]);
    let back = format!("Undo: delete the {word} \"{words}\"");
    request.back(back, "DELETE", format!("{path}/{{id}}"), Value::Null)
}

/// What a form sets of a task; completing it is the change where there are no fields. The request carries every value, so
/// that each is guarded: one that somebody else changed meanwhile would be set back.
fn changes(form: &Form, standing: &[(FieldId, String)], now: Instant) -> Result<Vec<Set>, Fault> {
    let is_open = || {
        standing
            .iter()
            .any(|(key, value)| *key == "status" && value != "completed")
    };
    let changes = match form.fields.is_empty() {
        true => is_open(),
        false => form.changed().next().is_some(),
    };
    if !changes {
        return Err(("status".into(), UNCHANGED.into()));
    }
    let sets = standing.iter().map(|(key, value)| {
        let field = form.fields.iter().find(|f| f.id == *key);
        match field {
            Some(field) => form.set_by(field, now),
            None if *key == "status" => Set::new(key.clone(), "Status", "completed"),
            None => Set::new(key.clone(), label_of(key), value),
        }
    });
    Ok(sets.collect())
}

/// What a value is called where its form shows no field for it.
fn label_of(key: &FieldId) -> String {
    let name = key.to_string();
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn says_of(form: &Form, was: &str) -> Vec<String> {
    if form.fields.is_empty() {
        vec![moved("Status", was, "completed")]
    } else {
        form.moves()
    }
}

/// Sets the assignee, or takes it away: null does, as the description has it in words.
fn set_assignee(body: &mut Value, assignee: &str, held: Option<&Person>) {
    if !assignee.is_empty() {
        body["assignee_id"] = json!(assignee);
    } else if held.is_some() {
        body["assignee_id"] = Value::Null;
    }
}

/// The way back clears an assignee that the change gave.
fn clear_new_assignee(old: &mut Value, new: &Value, held: Option<&Person>) {
    if held.is_none() && new.get("assignee_id").is_some() {
        old["assignee_id"] = Value::Null;
    }
}

fn change_action(form: &Form, a: &Action, now: Instant) -> Result<Request, Fault> {
    let standing = a.comparable_values();
    let changed = changes(form, &standing, now)?;
    let held = a.assignee.as_ref();
    let body = |description: &str, status: &str, assignee: &str| {
        let mut body = json!({"description": description, "status": status});
        set_assignee(&mut body, assignee, held);
        body
    };
    let description = a.written.or("description", &a.description);
    let new = match form.fields.is_empty() {
        true => body(description, "completed", &id_of(held)),
        false => body(
            &form.sent("description"),
            form.text("status"),
            form.text("assignee"),
        ),
    };
    let mut old = body(description, &a.status, &id_of(held));
    clear_new_assignee(&mut old, &new, held);
    let says = says_of(form, &a.status);
    let path = format!("/v3/actions/{}", a.id);
    let what = format!("Action \"{}\": {}", a.description, says.join("; "));
    let back = format!("Undo: the action \"{}\" as before", a.description);
    Ok(Request::new(what, a.incident.as_str(), "PUT", &path, new)
        .saying(says)
        .on(guard(Guarded::Action, &a.id, &standing, &changed))
        .back(back, "PUT", path, old))
}

/// What a form may change of a follow-up.
struct FollowUpValues<'a> {
    title: &'a str,
    description: &'a str,
    status: &'a str,
    assignee: &'a str,
    priority: &'a str,
}

/// The body of a change. What a request leaves out may be cleared: everything that is known goes back as it was.
fn follow_up_body(f: &FollowUp, new: &FollowUpValues<'_>) -> Value {
    let mut body = json!({"title": new.title, "status": new.status, "labels": f.labels});
    if let Some(labels) = f.written.all_of("labels") {
        body["labels"] = json!(labels);
    }
    if !new.description.is_empty() || !f.description.is_empty() {
        body["description"] = json!(new.description);
    }
    if !new.priority.is_empty() {
        body["follow_up_priority_option_id"] = json!(new.priority);
    }
    for (key, value) in [
        ("follow_up_category_id", &f.category),
        ("assignee_team_id", &f.team),
    ] {
        if let Some(value) = value {
            body[key] = json!(value);
        }
    }
    set_assignee(&mut body, new.assignee, f.assignee.as_ref());
    body
}

fn change_follow_up(form: &Form, f: &FollowUp, now: Instant) -> Result<Request, Fault> {
    let standing = f.comparable_values();
    let changed = changes(form, &standing, now)?;
    let held = f.assignee.as_ref();
    let before = FollowUpValues {
        title: f.written.or("title", &f.title),
        description: f.written.or("description", &f.description),
        status: &f.status,
        assignee: &id_of(held),
        priority: f.priority_id.as_deref().unwrap_or_default(),
    };
    let (title, description) = (form.sent("title"), form.sent("description"));
    let after = match form.fields.is_empty() {
        true => FollowUpValues {
            status: "completed",
            ..before
        },
        false => FollowUpValues {
            title: &title,
            description: &description,
            status: form.text("status"),
            assignee: form.text("assignee"),
            priority: form.text("priority"),
        },
    };
    let new = follow_up_body(f, &after);
    let mut old = follow_up_body(f, &before);
    clear_new_assignee(&mut old, &new, held);
    let says = says_of(form, &f.status);
    let path = format!("/v3/follow_ups/{}", f.id);
    let what = format!("Follow-up \"{}\": {}", f.title, says.join("; "));
    let back = format!("Undo: the follow-up \"{}\" as before", f.title);
    Ok(Request::new(what, f.incident.as_str(), "PUT", &path, new)
        .saying(says)
        .on(guard(Guarded::FollowUp, &f.id, &standing, &changed))
        .back(back, "PUT", path, old))
}
