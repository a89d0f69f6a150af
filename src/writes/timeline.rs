//! Notes on the timeline: what was found, with the time it happened.

use super::form::{Fault, Field, Form, Input, Request, guard, moved, stamp};
use super::{FormContext, Subject, UNCHANGED, WriteKind};
use crate::domain::{FieldId, Guarded, Instant, Verification};
use serde_json::json;

/// Where notes that no request can be made of yet are kept in order.
pub const LOCAL: &str = "local";

/// Fields of a note.
pub fn fields(
    kind: WriteKind,
    subject: &Subject,
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    let item = match (kind, subject) {
        (WriteKind::Note, Subject::Incident(_)) | (WriteKind::LocalNote, _) => None,
        (WriteKind::NoteEdit, Subject::Note(_, item)) => Some(item),
        (WriteKind::NoteEdit, _) => {
            return Err("Only notes can be edited; put the cursor on one.".into());
        }
        _ => return Err("No incident is selected.".into()),
    };
    let title = Field::new("title", "What happened", Input::Line).required();
    let more = Field::new("description", "More", Input::Text).hint("markdown");
    let when = Field::new("time", "When", Input::Time { ahead: false })
        .hint("empty is now; 14:30, 10m ago, yesterday 23:15");
    Ok(match item {
        None => vec![title, when, more],
        Some(item) => {
            vec![
                title.holding(&item.title),
                when.holding(facts.zone.typed(item.at)).required(),
                more.holding(item.body.trim()),
            ]
        }
    })
}

/// The request of a note.
pub fn request(form: &Form, subject: &Subject, now: Instant) -> Result<Request, Fault> {
    let at = form.time("time", now)?.unwrap_or(now);
    if (at - now).num_minutes() > 5 {
        return Err(("time".into(), "this has not happened yet".into()));
    }
    let (title, more) = (form.text("title").trim(), form.text("description").trim());
    let when = form.zone.full(at);
    if let Subject::Note(incident, item) = subject {
        let mut body = json!({});
        let mut says = Vec::new();
        for (field, key, value) in [
            ("title", "title", title.to_owned()),
            ("description", "description", more.to_owned()),
            ("time", "timestamp", stamp(at)),
        ] {
            if let Some(f) = form.field(field).filter(|f| f.is_changed()) {
                body[key] = json!(value);
                says.push(moved(&f.label, &f.words(&f.was), &f.shown()));
            }
        }
        if says.is_empty() {
            return Err(("title".into(), UNCHANGED.into()));
        }
        let changed: Vec<(FieldId, String)> = form
            .fields
            .iter()
            .filter(|f| f.is_changed())
            .map(|f| (f.id.clone(), f.label.clone()))
            .collect();
        let id = incident.row.id.as_str();
        let guard = guard(
            Guarded::Note,
            format!("{id} {}", item.id),
            &item.comparable_values(),
            &changed,
        );
        let back = json!({"title": item.title, "description": item.body.trim(), "timestamp": stamp(item.at)});
        let path = format!("/v2/incident_timeline_items/{}", item.id);
        let what = format!("{}: note {}", incident.row.reference, says.join("; "));
        let request = Request {
            says,
            guard,
            ..Request::new(what, id, "PATCH", &path, body)
        };
        return Ok(request.back(
            format!("Undo: the note \"{}\" as before", item.title),
            "PATCH",
            path,
            back,
        ));
    }
    let mut body = json!({"title": title, "timestamp": stamp(at)});
    if !more.is_empty() {
        body["description"] = json!(more);
    }
    let Subject::Incident(incident) = subject else {
        let says = vec![format!("Keeps on this machine, at {when}: {title}")];
        let request = Request {
            verification: Verification::Ask,
            says,
            ..Request::new(format!("Note: {title}"), LOCAL, "POST", LOCAL, body)
        };
        return Ok(request.never("discard it in the journal."));
    };
    body["incident_id"] = json!(incident.row.id);
    let says = vec![format!(
        "Adds to the timeline of {} at {when}: {title}",
        incident.row.reference
    )];
    let what = format!("{}: note {title}", incident.row.reference);
    let request = Request {
        keyed: true,
        says,
        ..Request::new(
            what,
            incident.row.id.as_str(),
            "POST",
            "/v2/incident_timeline_items",
            body,
        )
    };
    Ok(request.never("the API deletes no timeline item; edit it instead."))
}
