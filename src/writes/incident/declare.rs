//! Declaring an incident.

use super::super::form::{Choice, Fault, Field, Form, Input, Request};
use super::super::{FormContext, sent};
use super::choices::severities;
use super::own_fields::{State, custom_fields, roles, set_own_fields, timestamps};
use crate::domain::text;
use crate::domain::{IncidentType, Instant, StatusCategory};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn fields(facts: &FormContext<'_>) -> Vec<Field> {
    let statuses = facts.org.statuses.iter();
    let statuses =
        statuses.map(|s| Choice::new(s.id.as_ref(), s.name.as_ref()).with(s.category.label()));
    let name = Field::new("name", "Name", Input::Line).hint("what is wrong, in a line");
    let mut all = vec![
        name.required(),
        Field::pick("severity", "Severity", severities(facts)).required(),
        Field::new("summary", "Summary", Input::Text).hint("markdown: what is known"),
        incident_type(&facts.org.types),
        Field::pick("status", "Status", statuses.collect())
            .hint("empty takes the organisation's own beginning"),
        visibility(),
        mode(),
    ];
    all.extend(roles(facts, None, true));
    all.extend(custom_fields(facts, None));
    all.extend(timestamps(facts, None));
    if !facts.local.is_empty() {
        all.insert(1, notes_kept_here(facts));
    }
    all
}

/// Beside a type whose incidents may only be private.
const PRIVATE_ONLY: &str = "private only";

fn incident_type(types: &[IncidentType]) -> Field {
    let note = |t: &IncidentType| match (t.is_default, t.private_only) {
        (_, true) => PRIVATE_ONLY,
        (true, _) => "default",
        _ => "",
    };
    let choices = types
        .iter()
        .map(|t| Choice::new(&t.id, &t.name).with(note(t)))
        .collect();
    let usual = types.iter().find(|t| t.is_default);
    Field::pick("type", "Type", choices).holding(usual.map_or("", |t| t.id.as_str()))
}

fn visibility() -> Field {
    let public = Choice::new("public", "public").with("everyone");
    let private = Choice::new("private", "private").with("invited people");
    let choices = vec![
        public,
        Choice {
            private: true,
            ..private
        },
    ];
    Field::pick("visibility", "Visibility", choices)
        .holding("public")
        .required()
}

fn mode() -> Field {
    let choices = [
        ("standard", "a real one"),
        ("retrospective", "it is over"),
        ("test", "a drill"),
        ("tutorial", "to learn the platform"),
    ];
    let choices = choices
        .map(|(id, note)| Choice::new(id, id).with(note))
        .into();
    Field::pick("mode", "Mode", choices)
        .holding("standard")
        .required()
}

fn notes_kept_here(facts: &FormContext<'_>) -> Field {
    let notes = facts.local.iter().map(|write| {
        let at = sent::noted_at(write).map(|at| facts.zone.day_clock(facts.now, at));
        Choice::new(&write.key, sent::note_title(write)).with(at.unwrap_or_default())
    });
    Field::new(
        "notes",
        "Notes kept here",
        Input::PickMany(Arc::new(notes.collect())),
    )
    .hint("they become items of its timeline, with their times")
}

pub(super) fn request(form: &Form, now: Instant) -> Result<Request, Fault> {
    check_beginning(form)?;
    check_visibility(form)?;
    let what = format!("Declare: {}", form.text("name"));
    let body = body(form, now)?;
    Ok(Request::new(what, "", "POST", "/v2/incidents", body)
        .keyed()
        .saying(says(form)))
}

fn body(form: &Form, now: Instant) -> Result<Value, Fault> {
    let mut body = json!({"name": form.text("name"), "visibility": form.text("visibility"), "mode": form.text("mode")});
    for (field, key) in [
        ("summary", "summary"),
        ("severity", "severity_id"),
        ("type", "incident_type_id"),
        ("status", "incident_status_id"),
    ] {
        if !form.text(field).is_empty() {
            body[key] = json!(form.text(field));
        }
    }
    set_own_fields(form, &mut body, now, State::Now)?;
    Ok(body)
}

fn check_beginning(form: &Form) -> Result<(), Fault> {
    let begins = form
        .field("status")
        .and_then(Field::choice)
        .map(|c| c.note.as_str());
    let early = [StatusCategory::Triage.label(), StatusCategory::Live.label()];
    if begins.is_none_or(|category| early.contains(&category))
        || form.text("mode") == "retrospective"
    {
        return Ok(());
    }
    let status = form.words("status");
    Err((
        "status".into(),
        format!("only a retrospective incident begins as {status}"),
    ))
}

fn check_visibility(form: &Form) -> Result<(), Fault> {
    let kind = form.field("type").and_then(Field::choice);
    let private_only = kind.is_some_and(|choice| choice.note == PRIVATE_ONLY);
    if is_private(form) || !private_only {
        return Ok(());
    }
    let kind = form.words("type");
    Err((
        "visibility".into(),
        format!("incidents of the type {kind} are private"),
    ))
}

fn is_private(form: &Form) -> bool {
    form.text("visibility") == "private"
}

fn says(form: &Form) -> Vec<String> {
    let private = if is_private(form) { "private " } else { "" };
    let severity = match form.words("severity") {
        severity if severity.is_empty() => String::new(),
        severity => format!(" with the severity {severity}"),
    };
    let (mode, name) = (form.text("mode"), form.text("name"));
    let mut says = vec![format!(
        "Declares a {private}{mode} incident{severity}: {name}"
    )];
    let own = form.changed().filter(|f| f.id.group().is_some());
    says.extend(own.map(|f| format!("{}: {}", f.label, f.shown())));
    let notes = form.field("notes").map_or(0, |f| f.value.len());
    if notes > 0 {
        says.push(text::counted(
            notes,
            "note kept here becomes an item of its timeline, with its time.",
            "notes kept here become items of its timeline, with their times.",
        ));
    }
    says
}
