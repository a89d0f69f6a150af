//! Post-mortems: importing one, and moving one that is there.

use super::form::{Choice, Fault, Field, Form, Input, Request, guard, moved};
use super::tasks::new_in;
use super::{Subject, UNCHANGED, WriteKind};
use crate::domain::text;
use crate::domain::{Document, Guarded, Incident};
use serde_json::json;

/// Fields of a form about a post-mortem.
pub fn fields(kind: WriteKind, subject: &Subject) -> Result<Vec<Field>, String> {
    match (kind, subject) {
        (WriteKind::Import, Subject::Incident(i)) => Ok(import_fields(i)),
        (WriteKind::Import, _) => Err("No incident is selected.".into()),
        (_, Subject::Document(d)) => Ok(vec![status(d)]),
        _ => Err("No post-mortem is selected.".into()),
    }
}

fn import_fields(incident: &Incident) -> Vec<Field> {
    let row = &incident.row;
    let title = Field::new("title", "Title", Input::Line).required();
    let content = Field::new("content", "Text", Input::Text).required();
    vec![
        title.filled(format!("{}: {}", row.reference, row.name)),
        content.hint("markdown"),
    ]
}

fn status(document: &Document) -> Field {
    let all = ["in_progress", "in_review", "completed"];
    let all = all.map(|s| Choice::new(s, s.replace('_', " "))).into();
    Field::pick("status", "Status", all)
        .required()
        .holding(document.wire_status())
}

/// The request of a form about a post-mortem.
pub fn request(form: &Form, subject: &Subject) -> Result<Request, Fault> {
    match subject {
        Subject::Incident(incident) => Ok(import(form, incident)),
        Subject::Document(document) => move_document(form, document),
        _ => Err(("".into(), "Nothing is selected.".into())),
    }
}

fn import(form: &Form, incident: &Incident) -> Request {
    let (id, reference) = (incident.row.id.as_str(), &incident.row.reference);
    let (title, content) = (form.text("title"), form.text("content"));
    let path = format!("/v2/incidents/{id}/actions/import_postmortem_document");
    let list = new_in(
        "postmortem_documents",
        "/v1/postmortem_documents",
        id,
        ("/title", title),
    );
    let what = format!("{reference}: import the post-mortem");
    let lines = content.lines().count();
    let says = format!(
        "Imports a post-mortem of {} into {reference}: {title}",
        text::counted(lines, "line", "lines")
    );
    let body = json!({"title": title, "content": content});
    Request::new(what, id, "POST", path, body)
        .verified(list)
        .saying(vec![says])
}

fn move_document(form: &Form, document: &Document) -> Result<Request, Fault> {
    let (was, now) = (document.wire_status(), form.text("status"));
    if now == was {
        return Err(("status".into(), UNCHANGED.into()));
    }
    let path = format!("/v1/postmortem_documents/{}", document.id);
    let words = form.words("status");
    let what = format!("Post-mortem \"{}\": {words}", document.title);
    let says = moved("Status", &document.status, &words);
    let request = Request::new(
        what,
        document.incident.as_str(),
        "PUT",
        &path,
        json!({"status": now}),
    );
    let back = format!("Undo: \"{}\" as before", document.title);
    let standing = document.comparable_values();
    let sets = form.changes(form.opened);
    Ok(request
        .saying(vec![says])
        .on(guard(Guarded::Document, &document.id, &standing, &sets))
        .back(back, "PUT", path, json!({"status": was})))
}
