//! Status pages: what customers read. Publishing asks for a typed word.

use super::form::{Choice, Fault, Field, Form, Input, Request};
use super::{FormContext, Subject, WriteKind};
use crate::domain::Verification;
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
    let states = ["investigating", "identified", "monitoring", "resolved"]
        .map(|s| Choice::new(s, s))
        .to_vec();
    let message = Field::new("message", "Message", Input::Text)
        .required()
        .hint("markdown; customers read this");
    let components: Vec<Choice> = pages
        .iter()
        .flat_map(|p| {
            p.components
                .iter()
                .map(move |(id, name)| Choice::new(id, name).with(p.name.clone()))
        })
        .collect();
    let impact = [
        "degraded_performance",
        "partial_outage",
        "full_outage",
        "operational",
    ]
    .map(|s| Choice::new(s, s.replace('_', " ")));
    let affected = [
        Field::new(
            "components",
            "Components",
            Input::PickMany(Arc::new(components)),
        ),
        Field::pick("impact", "Their state", impact.into()),
    ];
    let tell = Field::yes_no(
        "notify",
        "Mail subscribers",
        "everybody who subscribed gets a message",
    );
    let confirm = |word: &str| {
        Field::new("confirm", "To publish, type", Input::Line)
            .required()
            .hint(word)
    };
    let mut all = match kind {
        WriteKind::Publish => {
            let about = if let Subject::Incident(i) = subject {
                i.row.name.to_string()
            } else {
                String::new()
            };
            let choices: Vec<Choice> = pages.iter().map(|p| Choice::new(&p.id, &p.name)).collect();
            let only = if let [one] = &choices[..] {
                one.id.clone()
            } else {
                String::new()
            };
            vec![
                Field::pick("page", "Page", choices).required().filled(only),
                Field::new("name", "Title", Input::Line)
                    .required()
                    .hint("customers read this")
                    .filled(about),
                Field::pick("status", "Status", states)
                    .required()
                    .filled("investigating"),
                message,
            ]
        }
        _ => {
            let ongoing: Vec<Choice> = pages
                .iter()
                .flat_map(|p| {
                    p.ongoing
                        .iter()
                        .map(move |(id, name)| Choice::new(id, name).with(p.name.clone()))
                })
                .collect();
            let only = if let [one] = &ongoing[..] {
                one.id.clone()
            } else {
                String::new()
            };
            vec![
                Field::pick("incident", "Published as", ongoing)
                    .required()
                    .filled(only),
                Field::pick("status", "Status", states),
                message,
            ]
        }
    };
    all.extend(affected);
    all.push(tell);
    all.push(confirm("the page's name"));
    Ok(all)
}

/// The request of a publication.
pub fn request(form: &Form) -> Result<Request, Fault> {
    let page = match form.kind {
        WriteKind::Publish => form.words("page"),
        _ => form
            .field("incident")
            .and_then(|f| f.input.choices()?.iter().find(|c| c.id == f.text()))
            .map(|c| c.note.clone())
            .unwrap_or_default(),
    };
    if !form.text("confirm").trim().eq_ignore_ascii_case(&page) {
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
    let mut body =
        json!({"message": form.text("message"), "notify_subscribers": form.yes("notify")});
    if !form.text("status").is_empty() {
        body["incident_status"] = json!(form.text("status"));
    }
    let components = form
        .field("components")
        .map(|f| f.value.clone())
        .unwrap_or_default();
    if !components.is_empty() {
        if form.text("impact").is_empty() {
            return Err(("impact".into(), "say how they are".into()));
        }
        let all: Vec<Value> = components
            .iter()
            .map(|id| json!({"component_id": id, "component_status": form.text("impact")}))
            .collect();
        body["component_statuses"] = json!(all);
    }
    let mail = if form.yes("notify") {
        " and mails its subscribers"
    } else {
        ""
    };
    if form.kind == WriteKind::Publish {
        (body["status_page_id"], body["name"]) =
            (json!(form.text("page")), json!(form.text("name")));
        let says = vec![format!(
            "Publishes \"{}\" on {page}{mail}. Customers see it.",
            form.text("name")
        )];
        let what = format!("Status page {page}: {}", form.text("name"));
        let request = Request {
            keyed: true,
            says,
            ..Request::new(
                what,
                form.text("page"),
                "POST",
                "/v2/status_page_incidents",
                body,
            )
        };
        return Ok(request.never("what was published was read; post an update that corrects it."));
    }
    let incident = form.text("incident");
    body["status_page_incident_id"] = json!(incident);
    let verification = Verification::New {
        path: format!("/v2/status_page_incidents/{incident}"),
        query: Vec::new(),
        list: "status_page_incident/updates".into(),
        with: vec![("/message".into(), json!(form.text("message")))],
        before: None,
    };
    let says = vec![format!(
        "Publishes an update of \"{}\" on {page}{mail}. Customers see it.",
        form.words("incident")
    )];
    let what = format!("Status page {page}: update of {}", form.words("incident"));
    let request = Request {
        verification,
        says,
        ..Request::new(
            what,
            incident,
            "POST",
            "/v2/status_page_incident_updates",
            body,
        )
    };
    Ok(request.never("what was published was read; post an update that corrects it."))
}
