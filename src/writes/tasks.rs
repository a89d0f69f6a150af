//! Actions, follow-ups and post-mortems.

use super::form::{Choice, Fault, Field, Form, Input, Request, guard, moved};
use super::incident::people;
use super::{FormContext, Subject, UNCHANGED, WriteKind};
use crate::domain::{Action, FieldId, FollowUp, Guarded, Verification};
use serde_json::{Value, json};

fn states() -> Vec<Choice> {
    [
        ("outstanding", "to do"),
        ("completed", "done"),
        ("not_doing", "will not be done"),
    ]
    .map(|(id, note)| Choice::new(id, id.replace('_', " ")).with(note))
    .into()
}

/// Fields of a form about something to do.
pub fn fields(
    kind: WriteKind,
    subject: &Subject,
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    let assignee = |held: Option<&crate::domain::Person>| {
        Field::new("assignee", "Assignee", Input::Pick(people(facts)))
            .hint("empty is nobody")
            .holding(held.map(|p| p.id.to_string()).unwrap_or_default())
    };
    let priority = |held: &str| {
        let mut all: Vec<Choice> = facts
            .form_options
            .priorities
            .iter()
            .map(|(id, name)| Choice::new(id, name))
            .collect();
        if !held.is_empty() && !all.iter().any(|c| c.id == held) {
            all.push(Choice::new(held, held));
        }
        Field::pick("priority", "Priority", all).holding(held)
    };
    Ok(match (kind, subject) {
        (WriteKind::ActionAdd, Subject::Incident(_)) => {
            vec![
                Field::new("description", "What to do now", Input::Line).required(),
                assignee(None),
            ]
        }
        (WriteKind::ActionEdit, Subject::Action(a)) => vec![
            Field::new("description", "What to do now", Input::Line)
                .required()
                .holding(&a.description),
            Field::pick("status", "Status", states())
                .required()
                .holding(&a.status),
            assignee(a.assignee.as_ref()),
        ],
        (WriteKind::FollowUpAdd, Subject::Incident(_)) => vec![
            Field::new("title", "What to do later", Input::Line).required(),
            Field::new("description", "More", Input::Text).hint("markdown"),
            assignee(None),
            priority(""),
        ],
        (WriteKind::FollowUpEdit, Subject::FollowUp(f)) => vec![
            Field::new("title", "What to do later", Input::Line)
                .required()
                .holding(&f.title),
            Field::new("description", "More", Input::Text)
                .hint("markdown")
                .holding(&f.description),
            Field::pick("status", "Status", states())
                .required()
                .holding(&f.status),
            assignee(f.assignee.as_ref()),
            priority(f.priority_id.as_deref().unwrap_or_default()),
        ],
        (WriteKind::ActionDone, Subject::Action(_))
        | (WriteKind::FollowUpDone, Subject::FollowUp(_)) => {
            vec![]
        }
        (WriteKind::Import, Subject::Incident(i)) => vec![
            Field::new("title", "Title", Input::Line)
                .required()
                .filled(format!("{}: {}", i.row.reference, i.row.name)),
            Field::new("content", "Text", Input::Text)
                .required()
                .hint("markdown"),
        ],
        (WriteKind::DocumentStatus, Subject::Document(d)) => {
            let all = ["in_progress", "in_review", "completed"]
                .map(|s| Choice::new(s, s.replace('_', " ")));
            // The list shows the words; the request wants the API's own.
            vec![
                Field::pick("status", "Status", all.into())
                    .required()
                    .holding(d.status.replace(' ', "_")),
            ]
        }
        (WriteKind::ActionAdd | WriteKind::FollowUpAdd | WriteKind::Import, _) => {
            return Err("No incident is selected.".into());
        }
        (WriteKind::DocumentStatus, _) => return Err("No post-mortem is selected.".into()),
        _ => return Err("Put the cursor on an action or a follow-up first.".into()),
    })
}

/// What is new in a list of an incident, with one value.
fn new_in(list: &str, path: &str, incident: &str, pointer: &str, value: &str) -> Verification {
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
pub fn request(form: &Form, subject: &Subject) -> Result<Request, Fault> {
    let set = |body: &mut Value, field: &str, key: &str| {
        if !form.text(field).is_empty() {
            body[key] = json!(form.text(field));
        }
    };
    match subject {
        Subject::Incident(i) => {
            let (id, reference) = (i.row.id.as_str(), &i.row.reference);
            let mut body = json!({"incident_id": id});
            let (list, path, key, word) = match form.kind {
                WriteKind::ActionAdd => ("actions", "/v3/actions", "description", "action"),
                WriteKind::FollowUpAdd => ("follow_ups", "/v3/follow_ups", "title", "follow-up"),
                _ => {
                    let (title, content) = (form.text("title"), form.text("content"));
                    let path = format!("/v2/incidents/{id}/actions/import_postmortem_document");
                    let verification = new_in(
                        "postmortem_documents",
                        "/v1/postmortem_documents",
                        id,
                        "/title",
                        title,
                    );
                    let says = vec![format!(
                        "Imports a post-mortem of {} lines into {reference}: {title}",
                        content.lines().count()
                    )];
                    let request = Request::new(
                        format!("{reference}: import the post-mortem"),
                        id,
                        "POST",
                        path,
                        json!({"title": title, "content": content}),
                    );
                    return Ok(Request {
                        verification,
                        says,
                        ..request
                    }
                    .never("the API deletes no document; do it on the dashboard."));
                }
            };
            let words = form.text(key).trim();
            body[key] = json!(words);
            for (field, key) in [
                ("assignee", "assignee_id"),
                ("priority", "follow_up_priority_option_id"),
            ] {
                set(&mut body, field, key);
            }
            if form.kind == WriteKind::FollowUpAdd {
                set(&mut body, "description", "description");
            }
            let who = form.words("assignee");
            let says = vec![format!(
                "Adds the {word} \"{words}\" to {reference}{}.",
                if who.is_empty() {
                    String::new()
                } else {
                    format!(" for {who}")
                }
            )];
            let verification = new_in(list, path, id, &format!("/{key}"), words);
            let request = Request {
                says,
                verification,
                ..Request::new(
                    format!("{reference}: {word} \"{words}\""),
                    id,
                    "POST",
                    path,
                    body,
                )
            };
            Ok(request.back(
                format!("Undo: delete the {word} \"{words}\""),
                "DELETE",
                format!("{path}/{{id}}"),
                Value::Null,
            ))
        }
        Subject::Action(a) => changed_action(form, a),
        Subject::FollowUp(f) => changed_follow_up(form, f),
        Subject::Document(d) => {
            let path = format!("/v1/postmortem_documents/{}", d.id);
            let was = d.status.replace(' ', "_");
            if form.text("status") == was {
                return Err(("status".into(), UNCHANGED.into()));
            }
            let says = vec![moved("Status", &d.status, &form.words("status"))];
            let what = format!("Post-mortem \"{}\": {}", d.title, form.words("status"));
            let request = Request {
                says,
                ..Request::new(
                    what,
                    d.incident.as_str(),
                    "PUT",
                    &path,
                    json!({"status": form.text("status")}),
                )
            };
            Ok(request.back(
                format!("Undo: \"{}\" as before", d.title),
                "PUT",
                path,
                json!({"status": was}),
            ))
        }
        _ => Err(("".into(), "Nothing is selected.".into())),
    }
}

/// What a form changes about a task; completing it is the change where there are no fields.
fn changes(form: &Form, standing: &[(FieldId, String)]) -> Vec<(FieldId, String)> {
    if form.fields.is_empty() {
        let open = standing
            .iter()
            .any(|(key, value)| *key == "status" && value != "completed");
        return if open {
            vec![("status".into(), "Status".into())]
        } else {
            Vec::new()
        };
    }
    form.fields
        .iter()
        .filter(|f| f.is_changed())
        .map(|f| (f.id.clone(), f.label.clone()))
        .collect()
}

fn says_of(form: &Form, was: &str) -> Vec<String> {
    if form.fields.is_empty() {
        return vec![moved("Status", was, "completed")];
    }
    form.fields
        .iter()
        .filter(|f| f.is_changed())
        .map(|f| moved(&f.label, &f.words(&f.was), &f.shown()))
        .collect()
}

fn changed_action(form: &Form, a: &Action) -> Result<Request, Fault> {
    let standing = a.comparable_values();
    let changed = changes(form, &standing);
    if changed.is_empty() {
        return Err(("status".into(), UNCHANGED.into()));
    }
    let body = |description: &str, status: &str, assignee: &str| {
        let mut body = json!({"description": description, "status": status});
        if !assignee.is_empty() {
            body["assignee_id"] = json!(assignee);
        } else if a.assignee.is_some() {
            // Null takes it away, as the description has it in words.
            body["assignee_id"] = Value::Null;
        }
        body
    };
    let held = a
        .assignee
        .as_ref()
        .map(|p| p.id.to_string())
        .unwrap_or_default();
    let new = match form.fields.is_empty() {
        true => body(&a.description, "completed", &held),
        false => body(
            form.text("description").trim(),
            form.text("status"),
            form.text("assignee"),
        ),
    };
    let mut old = body(&a.description, &a.status, &held);
    if held.is_empty() && new.get("assignee_id").is_some() {
        old["assignee_id"] = Value::Null;
    }
    let says = says_of(form, &a.status);
    let path = format!("/v3/actions/{}", a.id);
    let guard = guard(Guarded::Action, &a.id, &standing, &changed);
    let what = format!("Action \"{}\": {}", a.description, says.join("; "));
    let request = Request {
        says,
        guard,
        ..Request::new(what, a.incident.as_str(), "PUT", &path, new)
    };
    Ok(request.back(
        format!("Undo: the action \"{}\" as before", a.description),
        "PUT",
        path,
        old,
    ))
}

fn changed_follow_up(form: &Form, f: &FollowUp) -> Result<Request, Fault> {
    let standing = f.comparable_values();
    let changed = changes(form, &standing);
    if changed.is_empty() {
        return Err(("status".into(), UNCHANGED.into()));
    }
    // What a request leaves out may be cleared: everything that is known goes back as it was.
    let body = |title: &str, description: &str, status: &str, assignee: &str, priority: &str| {
        let mut body = json!({"title": title, "status": status, "labels": f.labels});
        for (key, value) in [
            ("description", description),
            ("follow_up_priority_option_id", priority),
        ] {
            if !value.is_empty() || key == "description" && !f.description.is_empty() {
                body[key] = json!(value);
            }
        }
        for (key, value) in [
            ("follow_up_category_id", &f.category),
            ("assignee_team_id", &f.team),
        ] {
            if let Some(value) = value {
                body[key] = json!(value);
            }
        }
        if !assignee.is_empty() {
            body["assignee_id"] = json!(assignee);
        } else if f.assignee.is_some() {
            body["assignee_id"] = Value::Null;
        }
        body
    };
    let held = f
        .assignee
        .as_ref()
        .map(|p| p.id.to_string())
        .unwrap_or_default();
    let rank = f.priority_id.clone().unwrap_or_default();
    let new = match form.fields.is_empty() {
        true => body(&f.title, &f.description, "completed", &held, &rank),
        false => body(
            form.text("title").trim(),
            form.text("description").trim(),
            form.text("status"),
            form.text("assignee"),
            form.text("priority"),
        ),
    };
    let mut old = body(&f.title, &f.description, &f.status, &held, &rank);
    if held.is_empty() && new.get("assignee_id").is_some() {
        old["assignee_id"] = Value::Null;
    }
    let says = says_of(form, &f.status);
    let path = format!("/v3/follow_ups/{}", f.id);
    let guard = guard(Guarded::FollowUp, &f.id, &standing, &changed);
    let what = format!("Follow-up \"{}\": {}", f.title, says.join("; "));
    let request = Request {
        says,
        guard,
        ..Request::new(what, f.incident.as_str(), "PUT", &path, new)
    };
    Ok(request.back(
        format!("Undo: the follow-up \"{}\" as before", f.title),
        "PUT",
        path,
        old,
    ))
}
