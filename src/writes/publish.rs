//! Status pages: what customers read. Publishing asks for a typed word.

use super::form::{Choice, Fault, Field, Form, Input, Request};
use super::{FormContext, Subject, WriteKind};
use crate::domain::{StatusPage, Verification};
use serde_json::{Value, json};
use std::sync::Arc;

/// How long a title and a message may be, as the API has it.
const LONGEST: (usize, usize) = (200, 4096);

/// Fields of a publication.
pub fn fields(
    kind: WriteKind,
    subject: &Subject,
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    let pages = &facts.form_options.pages;
    let mut all = match kind {
        WriteKind::Publish => new_fields(subject, pages),
        _ => vec![published_as(pages), status(), message()],
    };
    all.extend(affected(pages));
    all.push(Field::yes_no(
        "notify",
        "Mail subscribers",
        "everybody who subscribed gets a message",
    ));
    let confirm = Field::new("confirm", "To publish, type", Input::Line).required();
    all.push(confirm.hint("the page's name"));
    Ok(all)
}

fn new_fields(subject: &Subject, pages: &[StatusPage]) -> Vec<Field> {
    let about = match subject {
        Subject::Incident(i) => i.row.name.to_string(),
        _ => String::new(),
    };
    let choices = pages.iter().map(|p| Choice::new(&p.id, &p.name)).collect();
    let title = Field::new("name", "Title", Input::Line).required();
    vec![
        the_only_one(Field::pick("page", "Page", choices)),
        title.hint("customers read this").filled(about),
        status().required().filled("investigating"),
        message(),
    ]
}

/// Each thing that is on a status page, beside it the page's name.
fn on_pages(pages: &[StatusPage], things: fn(&StatusPage) -> &[(String, String)]) -> Vec<Choice> {
    let of_page = |page| {
        let things: &[(String, String)] = things(page);
        things
            .iter()
            .map(|(id, name)| Choice::new(id, name).with(page.name.clone()))
    };
    pages.iter().flat_map(of_page).collect()
}

fn published_as(pages: &[StatusPage]) -> Field {
    the_only_one(Field::pick(
        "incident",
        "Published as",
        on_pages(pages, |p| &p.ongoing),
    ))
}

/// A field that must be filled; the only choice fills itself in.
fn the_only_one(field: Field) -> Field {
    let only = match field.input.choices() {
        Some([one]) => one.id.clone(),
        _ => String::new(),
    };
    field.required().filled(only)
}

fn status() -> Field {
    let states = ["investigating", "identified", "monitoring", "resolved"];
    Field::pick("status", "Status", states.map(|s| Choice::new(s, s)).into())
}

fn message() -> Field {
    let message = Field::new("message", "Message", Input::Text).required();
    message.hint("markdown; customers read this")
}

fn affected(pages: &[StatusPage]) -> [Field; 2] {
    let components = Input::PickMany(Arc::new(on_pages(pages, |p| &p.components)));
    let impact = [
        "degraded_performance",
        "partial_outage",
        "full_outage",
        "operational",
    ];
    let impact = impact.map(|s| Choice::new(s, s.replace('_', " ")));
    [
        Field::new("components", "Components", components),
        Field::pick("impact", "Their state", impact.into()),
    ]
}

/// The request of a publication.
pub fn request(form: &Form) -> Result<Request, Fault> {
    let page = match form.kind {
        WriteKind::Publish => form.words("page"),
        _ => {
            let published = form.field("incident").and_then(Field::choice);
            published.map(|c| c.note.clone()).unwrap_or_default()
        }
    };
    check(form, &page)?;
    let body = body(form)?;
    let mail = if form.yes("notify") {
        " and mails its subscribers"
    } else {
        ""
    };
    let place = format!("on {page}{mail}. Customers see it.");
    Ok(match form.kind {
        WriteKind::Publish => publish(form, body, &page, &place),
        _ => publish_update(form, body, &page, &place),
    })
}

fn check(form: &Form, page: &str) -> Result<(), Fault> {
    if !form.text("confirm").trim().eq_ignore_ascii_case(page) {
        return Err(("confirm".into(), format!("type {page} to publish on it")));
    }
    for (field, longest) in [("name", LONGEST.0), ("message", LONGEST.1)] {
        if form.text(field).chars().count() > longest {
            return Err((
                field.into(),
                format!("it is longer than {longest} characters"),
            ));
        }
    }
    Ok(())
}

fn body(form: &Form) -> Result<Value, Fault> {
    let mut body =
        json!({"message": form.text("message"), "notify_subscribers": form.yes("notify")});
    if !form.text("status").is_empty() {
        body["incident_status"] = json!(form.text("status"));
    }
    let components = form.field("components").map_or(&[][..], |f| &f.value);
    if components.is_empty() {
        return Ok(body);
    }
    let impact = form.text("impact");
    if impact.is_empty() {
        return Err(("impact".into(), "say how they are".into()));
    }
    let all = components
        .iter()
        .map(|id| json!({"component_id": id, "component_status": impact}));
    body["component_statuses"] = all.collect();
    Ok(body)
}

fn publish(form: &Form, mut body: Value, page: &str, place: &str) -> Request {
    let name = form.text("name");
    (body["status_page_id"], body["name"]) = (json!(form.text("page")), json!(name));
    let what = format!("Status page {page}: {name}");
    Request::new(
        what,
        form.text("page"),
        "POST",
        "/v2/status_page_incidents",
        body,
    )
    .keyed()
    .saying(vec![format!("Publishes \"{name}\" {place}")])
}

fn publish_update(form: &Form, mut body: Value, page: &str, place: &str) -> Request {
    let (incident, words) = (form.text("incident"), form.words("incident"));
    body["status_page_incident_id"] = json!(incident);
    let look = Verification::New {
        path: format!("/v2/status_page_incidents/{incident}"),
        query: Vec::new(),
        list: "status_page_incident/updates".into(),
        with: vec![("/message".into(), json!(form.text("message")))],
        before: None,
    };
    let what = format!("Status page {page}: update of {words}");
    Request::new(
        what,
        incident,
        "POST",
        "/v2/status_page_incident_updates",
        body,
    )
    .verified(look)
    .saying(vec![format!("Publishes an update of \"{words}\" {place}")])
}
