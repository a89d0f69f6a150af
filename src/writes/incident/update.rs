//! Telling of an incident, with or without a move of its status or its severity.

use super::super::form::{Fault, Form, Request, Set, guard, moved};
use super::super::{UNCHANGED, WriteKind};
use crate::domain::{Guarded, Incident, Instant, text};
use serde_json::{Value, json};

/// Where updates are posted.
pub(in super::super) const UPDATES: &str = "/v2/incident_updates";

pub(super) fn request(form: &Form, incident: &Incident, now: Instant) -> Result<Request, Fault> {
    let (row, message) = (&incident.row, form.text("message").trim());
    let mut body = json!({"incident_id": row.id});
    if !message.is_empty() {
        body["message"] = json!(message);
    }
    let (changed, moves) = set_moves(form, incident, &mut body, now);
    check(form, message, &changed)?;
    let first = message.lines().next().map(|line| text::fit(line, 60));
    let parts: Vec<String> = first
        .into_iter()
        .chain(moves.clone())
        .filter(|part| !part.is_empty())
        .collect();
    let what = format!("{}: update {}", row.reference, parts.join("; "));
    let channel = incident.channel.as_ref();
    let channel = channel.map_or(String::new(), |c| format!(" and its channel {c}"));
    let mut says = vec![format!("Posts an update to {}{channel}.", row.reference)];
    says.extend(moves);
    let standing = incident.comparable_values();
    let request = Request::new(what, row.id.as_str(), "POST", UPDATES, body)
        .keyed()
        .saying(says)
        .on(guard(
            Guarded::Incident,
            row.id.as_str(),
            &standing,
            &changed,
        ));
    Ok(request.never("the API neither edits nor deletes an update; post another one."))
}

/// The moves that go with it: set in the body, as keys for the guard, and in words.
fn set_moves(
    form: &Form,
    incident: &Incident,
    body: &mut Value,
    now: Instant,
) -> (Vec<Set>, Vec<String>) {
    let row = &incident.row;
    let (mut changed, mut says) = (Vec::new(), Vec::new());
    for (field, key, was) in [
        ("status", "to_incident_status_id", row.status.as_ref()),
        (
            "severity",
            "to_severity_id",
            row.severity.as_deref().unwrap_or(""),
        ),
    ] {
        let to = form
            .field(field)
            .filter(|f| f.is_changed() && !f.value.is_empty());
        if let Some(f) = to {
            body[key] = json!(f.text());
            says.push(moved(&f.label, was, &f.shown()));
            changed.push(form.set_by(f, now));
        }
    }
    (changed, says)
}

fn check(form: &Form, message: &str, changed: &[Set]) -> Result<(), Fault> {
    if !changed.is_empty() {
        return Ok(());
    }
    match form.kind {
        WriteKind::Update if !message.is_empty() => Ok(()),
        WriteKind::Update => Err((
            "message".into(),
            "an update needs a message, a status or a severity".into(),
        )),
        WriteKind::Severity => Err(("severity".into(), UNCHANGED.into())),
        _ => Err(("status".into(), UNCHANGED.into())),
    }
}
