//! Notes on the timeline: what was found, with the time it happened.

use super::form::{Fault, Field, Form, Input, Request, guard, moved, stamp};
use super::{FormContext, Subject, UNCHANGED, WriteKind};
use crate::domain::{Guarded, Incident, Instant, TimelineEntry, Verification};
use serde_json::{Value, json};

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
                title.holding(&item.title).written(item.written.of("title")),
                when.holding(facts.zone.typed(item.at)).required(),
                more.holding(item.body.trim())
                    .written(item.written.of("description")),
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
    match subject {
        Subject::Note(incident, item) => edit(form, (incident, item), at, now),
        Subject::Incident(incident) => Ok(add(form, incident, at)),
        _ => Ok(keep_here(form, at)),
    }
}

/// Where timeline items are.
const ITEMS: &str = "/v2/incident_timeline_items";

fn body(form: &Form, at: Instant) -> Value {
    let more = form.text("description").trim();
    let mut body = json!({"title": form.text("title").trim(), "timestamp": stamp(at)});
    if !more.is_empty() {
        body["description"] = json!(more);
    }
    body
}

fn add(form: &Form, incident: &Incident, at: Instant) -> Request {
    let (id, reference) = (incident.row.id.as_str(), &incident.row.reference);
    let (title, when) = (form.text("title").trim(), form.zone.full(at));
    let mut body = body(form, at);
    body["incident_id"] = json!(id);
    let says = format!("Adds to the timeline of {reference} at {when}: {title}");
    Request::new(
        format!("{reference}: note {title}"),
        id,
        "POST",
        ITEMS,
        body,
    )
    .keyed()
    .saying(vec![says])
}

fn keep_here(form: &Form, at: Instant) -> Request {
    let (title, when) = (form.text("title").trim(), form.zone.full(at));
    let says = format!("Keeps on this machine, at {when}: {title}");
    Request::new(
        format!("Note: {title}"),
        LOCAL,
        "POST",
        LOCAL,
        body(form, at),
    )
    .verified(Verification::Ask)
    .saying(vec![says])
}

fn edit(
    form: &Form,
    (incident, item): (&Incident, &TimelineEntry),
    at: Instant,
    now: Instant,
) -> Result<Request, Fault> {
    let changed = form.changes(now);
    if changed.is_empty() {
        return Err(("title".into(), UNCHANGED.into()));
    }
    let (mut body, mut says) = (json!({}), Vec::new());
    for (field, key, value) in [
        ("title", "title", form.sent("title")),
        ("description", "description", form.sent("description")),
        ("time", "timestamp", stamp(at)),
    ] {
        if let Some(f) = form.field(field).filter(|f| f.is_changed()) {
            body[key] = json!(value);
            says.push(moved(&f.label, &f.words(&f.was), &f.shown()));
        }
    }
    let (id, reference) = (incident.row.id.as_str(), &incident.row.reference);
    let guard_id = format!("{id} {}", item.id);
    let guard = guard(Guarded::Note, guard_id, &item.comparable_values(), &changed);
    let title = item.written.or("title", &item.title);
    let more = item.written.or("description", item.body.trim());
    let old = json!({"title": title, "description": more, "timestamp": stamp(item.at)});
    let path = format!("{ITEMS}/{}", item.id);
    let what = format!("{reference}: note {}", says.join("; "));
    let back = format!("Undo: the note \"{}\" as before", item.title);
    Ok(Request::new(what, id, "PATCH", &path, body)
        .saying(says)
        .on(guard)
        .back(back, "PATCH", path, old))
}
