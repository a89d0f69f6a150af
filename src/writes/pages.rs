//! Paging people, and answering pages.

use super::form::{Choice, Fault, Field, Form, Input, Request, stamp};
use super::incident::people;
use super::{FormContext, Subject, WriteKind};
use crate::domain::{Escalation, EscalationPath, Instant, Verification};
use serde_json::{Value, json};

/// Fields of a form about pages.
pub fn fields(
    kind: WriteKind,
    subject: &Subject,
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    Ok(match (kind, subject) {
        (WriteKind::Page, subject) => page_fields(subject, facts),
        (WriteKind::Reassign, Subject::Page(page)) => reassign_fields(page, facts),
        (WriteKind::Snooze, Subject::Page(_)) => snooze_fields(),
        (_, Subject::Page(_)) => vec![],
        (WriteKind::Ack, _) => {
            return Err("No page waits here; the list of pages shows all.".into());
        }
        _ => return Err("No page is open here.".into()),
    })
}

fn targets(facts: &FormContext<'_>) -> [Field; 2] {
    let note = |path: &EscalationPath| {
        let now: Vec<&str> = path.responders.iter().map(|r| r.name.as_ref()).collect();
        if now.is_empty() {
            "nobody is on call now".into()
        } else {
            format!("pages {} now", now.join(", "))
        }
    };
    let paths = facts.form_options.paths.iter();
    let paths = paths.map(|p| Choice::new(&p.id, &p.name).with(note(p)));
    [
        Field::pick("path", "Path", paths.collect()).hint("a path, or people below"),
        Field::new("people", "People", Input::PickMany(people(facts))).hint("instead of a path"),
    ]
}

fn page_fields(subject: &Subject, facts: &FormContext<'_>) -> Vec<Field> {
    let about = match subject {
        Subject::Incident(i) => format!("{}: {}", i.row.reference, i.row.name),
        _ => String::new(),
    };
    let [path, people] = targets(facts);
    let title = Field::new("title", "Message", Input::Line).hint("what they read first");
    let more = Field::new("description", "More", Input::Text);
    vec![path, people, title.required().filled(about), more]
}

fn reassign_fields(page: &Escalation, facts: &FormContext<'_>) -> Vec<Field> {
    let [path, people] = targets(facts);
    let title = Field::new("title", "Message", Input::Line).holding(&page.title);
    let more = Field::new("description", "More", Input::Text);
    let keep = Field::yes_no(
        "keep",
        "Keep the old page",
        "else it is resolved, and stops paging",
    );
    vec![path, people, title, more, keep]
}

fn snooze_fields() -> Vec<Field> {
    let until = Field::new("until", "Until", Input::Time { ahead: true });
    vec![
        until
            .required()
            .filled("+30m")
            .hint("+30m, 09:00, tomorrow 09:00"),
        Field::new("reason", "Why", Input::Line),
    ]
}

/// The request of a form about pages.
pub fn request(form: &Form, subject: &Subject, now: Instant) -> Result<Request, Fault> {
    let Subject::Page(page) = subject else {
        return new_page(form, subject);
    };
    match form.kind {
        WriteKind::Snooze => snooze(form, page, now),
        WriteKind::Reassign => reassign(form, page),
        WriteKind::Cancel => Ok(cancel(page)),
        _ => Ok(acknowledge(page)),
    }
}

/// Where a page goes: exactly one of a path and people.
fn target(form: &Form, body: &mut Value) -> Result<String, Fault> {
    let people = form
        .field("people")
        .map(|f| f.value.clone())
        .unwrap_or_default();
    match (form.text("path"), people.is_empty()) {
        ("", true) => Err(("path".into(), "choose a path or people".into())),
        ("", false) => {
            body["user_ids"] = json!(people);
            Ok(format!("Pages {} now.", form.words("people")))
        }
        (_, false) => Err(("people".into(), "choose a path or people, not both".into())),
        (path, true) => {
            body["escalation_path_id"] = json!(path);
            let choice = form.field("path").and_then(Field::choice);
            let note = choice.map_or("", |c| c.note.as_str());
            Ok(format!("Pages the path {}: {note}.", form.words("path")))
        }
    }
}

fn new_page(form: &Form, subject: &Subject) -> Result<Request, Fault> {
    let mut body = json!({"title": form.text("title")});
    let says = target(form, &mut body)?;
    if !form.text("description").is_empty() {
        body["description"] = json!(form.text("description"));
    }
    let mut order_key = String::new();
    if let Subject::Incident(incident) = subject {
        body["incident_id"] = json!(incident.row.id);
        order_key = incident.row.id.to_string();
    }
    let what = format!(
        "Page: {} ({})",
        form.text("title"),
        says.trim_end_matches('.')
    );
    let request = Request::new(what, order_key, "POST", "/v2/escalations", body);
    Ok(cancelled_by(
        request.keyed().saying(vec![says]),
        "Undo: cancel the page",
    ))
}

/// The way back from a page that was made.
fn cancelled_by(request: Request, words: &str) -> Request {
    let path = "/v2/escalations/{id}/actions/cancel";
    request.back(words, "POST", path, Value::Null)
}

/// A request on a page, in order with its incident.
fn on_page(page: &Escalation, act: &str, what: String, says: String, body: Value) -> Request {
    let order_key = page
        .incidents
        .first()
        .map_or_else(|| page.id.to_string(), |(id, _)| id.to_string());
    let path = format!("/v2/escalations/{}/actions/{act}", page.id);
    Request::new(what, order_key, "POST", path, body).saying(vec![says])
}

/// The state a page is in, looked up.
fn state_of(page: &Escalation, any_of: &[&str]) -> Verification {
    Verification::State {
        path: format!("/v2/escalations/{}", page.id),
        pointer: "/escalation/status".into(),
        any_of: any_of.iter().map(|s| (*s).to_owned()).collect(),
    }
}

fn snooze(form: &Form, page: &Escalation, now: Instant) -> Result<Request, Fault> {
    let until = form.time("until", now)?.unwrap_or(now);
    if until <= now {
        return Err(("until".into(), "this is over already".into()));
    }
    let mut details = json!({"snooze_until": stamp(until)});
    if !form.text("reason").is_empty() {
        details["reason"] = json!(form.text("reason"));
    }
    let body = json!({"response": "snooze", "snooze_details": details});
    let what = format!("Snooze \"{}\" until {}", page.title, form.zone.clock(until));
    let until = form.zone.full(until);
    let says = format!("\"{}\" pages nobody until {until}, then again.", page.title);
    Ok(on_page(page, "respond", what, says, body).verified(state_of(page, &["snoozed"])))
}

fn reassign(form: &Form, page: &Escalation) -> Result<Request, Fault> {
    let keeps = form.yes("keep");
    let mut body = json!({"resolve_original": !keeps});
    let says = target(form, &mut body)?;
    if form.field("title").is_some_and(Field::is_changed) {
        body["title"] = json!(form.text("title"));
    }
    if !form.text("description").is_empty() {
        body["description"] = json!(form.text("description"));
    }
    // The platform does it once a page: a second time is refused, and shows in the page being over.
    let (verification, end) = match keeps {
        true => (Verification::Ask, "The old page goes on."),
        false => (state_of(page, &["resolved"]), "The old page ends."),
    };
    let what = format!(
        "Reassign \"{}\": {}",
        page.title,
        says.trim_end_matches('.')
    );
    let request = on_page(page, "reassign", what, format!("{says} {end}"), body);
    Ok(cancelled_by(
        request.verified(verification),
        "Undo: cancel the new page",
    ))
}

fn cancel(page: &Escalation) -> Request {
    let says = format!("\"{}\" pages nobody any more.", page.title);
    on_page(
        page,
        "cancel",
        format!("Cancel \"{}\"", page.title),
        says,
        Value::Null,
    )
    .verified(state_of(page, &["cancelled"]))
}

fn acknowledge(page: &Escalation) -> Request {
    let says = format!(
        "\"{}\" is acknowledged in the name of the API key.",
        page.title
    );
    let what = format!("Acknowledge \"{}\"", page.title);
    on_page(page, "respond", what, says, json!({"response": "ack"}))
        .verified(state_of(page, &["acked", "resolved"]))
}
