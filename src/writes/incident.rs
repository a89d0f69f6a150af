//! Declaring, editing, moving and telling about an incident.

use super::form::{Choice, Fault, Field, Form, Input, Request, guard, moved, stamp};
use super::{FormContext, Subject, UNCHANGED, WriteKind, sent};
use crate::domain::{
    CustomField, FieldId, Guarded, Incident, IncidentSummary, Instant, StatusCategory, Verification,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Where updates are posted.
pub(super) const UPDATES: &str = "/v2/incident_updates";

/// Whether the API moves an incident from one category to another; else why not. The description lists what it allows:
/// within a category, from triage or active to post-incident or closed, from post-incident to closed.
pub fn legal(from: StatusCategory, to: StatusCategory) -> Result<(), &'static str> {
    use StatusCategory::*;
    match (from, to) {
        (a, b) if a == b => Ok(()),
        (Live | Triage, Learning | Closed) | (Learning, Closed) => Ok(()),
        (Triage, Live | Paused) => Err("accepting is not in the API; use the dashboard"),
        (Closed | Learning | Declined | Merged | Canceled, Live | Triage | Paused | Learning) => {
            Err("reopening is not in the API; use the dashboard")
        }
        (_, Declined | Merged | Canceled) => Err("not in the API; use the dashboard"),
        (_, Paused) | (Paused, _) => Err("pausing is not in the API; use the dashboard"),
        _ => Err("not in the API; use the dashboard"),
    }
}

/// People to choose from, whoever writes first.
pub fn people(facts: &FormContext<'_>) -> Arc<Vec<Choice>> {
    let me = facts.me.map(|p| &p.id);
    let one = |p: &crate::domain::Person| {
        let choice = Choice::new(p.id.as_str(), p.name.as_ref());
        let also = p.email.as_deref().unwrap_or_default().to_owned();
        let note = if Some(&p.id) == me {
            "you".to_owned()
        } else {
            also.clone()
        };
        Choice {
            note,
            also,
            ..choice
        }
    };
    let (mine, others): (Vec<_>, Vec<_>) = facts.org.people.iter().partition(|p| Some(&p.id) == me);
    Arc::new(mine.into_iter().chain(others).map(one).collect())
}

fn severities(facts: &FormContext<'_>) -> Vec<Choice> {
    let priorities = crate::domain::priority::priorities(
        &facts.org.severities,
        &std::collections::BTreeMap::default(),
    );
    let note = |name: &str| {
        priorities
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, p)| p.label())
            .to_owned()
    };
    facts
        .org
        .severities
        .iter()
        .map(|s| Choice::new(s.id.as_ref(), s.name.as_ref()).with(note(&s.name)))
        .collect()
}

/// Statuses, those that no subject may move to with the reason.
fn statuses(facts: &FormContext<'_>, from: &[StatusCategory], only_over: bool) -> Vec<Choice> {
    let over = |c: StatusCategory| matches!(c, StatusCategory::Learning | StatusCategory::Closed);
    let shown = facts
        .org
        .statuses
        .iter()
        .filter(|s| !only_over || over(s.category));
    shown
        .map(|s| {
            let blocked = from
                .iter()
                .find_map(|from| legal(*from, s.category).err())
                .map(str::to_owned);
            Choice {
                blocked,
                ..Choice::new(s.id.as_ref(), s.name.as_ref()).with(s.category.label())
            }
        })
        .collect()
}

fn id_of_severity(facts: &FormContext<'_>, row: &IncidentSummary) -> String {
    let found = facts
        .org
        .severities
        .iter()
        .find(|s| Some(s.name.as_ref()) == row.severity.as_deref());
    found.map(|s| s.id.to_string()).unwrap_or_default()
}

fn id_of_status(facts: &FormContext<'_>, row: &IncidentSummary) -> String {
    facts
        .org
        .statuses
        .iter()
        .find(|s| s.name == row.status)
        .map(|s| s.id.to_string())
        .unwrap_or_default()
}

/// A custom field as a field of the form.
fn custom(facts: &FormContext<'_>, field: &CustomField, values: Vec<String>) -> Field {
    let from_catalog = !field.catalog_type.is_empty();
    let choices = || -> Vec<Choice> {
        if !from_catalog {
            return field
                .options
                .iter()
                .map(|(id, word)| Choice::new(id, word))
                .collect();
        }
        let entries = facts
            .graph
            .entries
            .iter()
            .filter(|e| e.kind.as_str() == field.catalog_type);
        let mut all: Vec<Choice> = entries
            .map(|e| Choice::new(e.id.as_str(), &e.name).with(e.aliases.join(", ")))
            .collect();
        // What is set stays choosable where the catalog has not been read.
        all.extend(
            values
                .iter()
                .filter(|v| !facts.graph.entries.iter().any(|e| e.id.as_str() == *v))
                .map(|v| Choice::new(v, v)),
        );
        all
    };
    let (input, wire) = match field.kind.as_str() {
        "single_select" => (
            Input::Pick(Arc::new(choices())),
            if from_catalog {
                "value_catalog_entry_id"
            } else {
                "value_option_id"
            },
        ),
        "multi_select" => (
            Input::PickMany(Arc::new(choices())),
            if from_catalog {
                "value_catalog_entry_id"
            } else {
                "value_option_id"
            },
        ),
        "numeric" => (Input::Number, "value_numeric"),
        "link" => (Input::Link, "value_link"),
        _ => (Input::Line, "value_text"),
    };
    Field {
        wire,
        ..Field::new(FieldId::Custom(field.id.clone()), &field.name, input).hint(&field.description)
    }
    .holding_all(values)
}

fn customs(facts: &FormContext<'_>, incident: Option<&Incident>) -> Vec<Field> {
    let values = |id: &str| {
        incident
            .and_then(|i| i.values.iter().find(|(f, _)| f == id))
            .map(|(_, values)| values.clone())
            .unwrap_or_default()
    };
    facts
        .org
        .fields
        .iter()
        .map(|f| custom(facts, f, values(&f.id)))
        .collect()
}

fn roles(facts: &FormContext<'_>, incident: Option<&Incident>, with_reporter: bool) -> Vec<Field> {
    let all = people(facts);
    let holder = |id: &str| {
        let role = incident.and_then(|i| i.roles.iter().find(|r| r.id == id));
        role.and_then(|r| r.value.as_ref())
            .map(|p| p.id.to_string())
            .unwrap_or_default()
    };
    let asked = facts
        .org
        .roles
        .iter()
        .filter(|r| with_reporter || r.kind != "reporter");
    asked
        .map(|r| {
            Field::new(
                FieldId::Role(r.id.clone()),
                &r.name,
                Input::Pick(all.clone()),
            )
            .holding(holder(&r.id))
        })
        .collect()
}

fn stamps(facts: &FormContext<'_>, incident: Option<&Incident>) -> Vec<Field> {
    let known = |id: &str| {
        incident
            .and_then(|i| i.timestamps.iter().find(|t| t.id == id))
            .and_then(|t| t.value)
    };
    let one = |(id, name): &(String, String)| {
        Field::new(
            FieldId::Timestamp(id.clone()),
            name,
            Input::Time { ahead: false },
        )
        .hint("14:30, 10m ago, 2026-11-20 14:30")
        .holding(known(id).map(|at| facts.zone.typed(at)).unwrap_or_default())
    };
    facts.org.timestamps.iter().map(one).collect()
}

fn notify() -> Field {
    Field::yes_no(
        "notify",
        "Tell the channel",
        "whether the incident's channel gets a notification of this change",
    )
}

/// Fields of a form about incidents.
pub fn fields(
    kind: WriteKind,
    subjects: &[Subject],
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    if kind == WriteKind::Declare {
        return Ok(declare(facts));
    }
    let incidents: Vec<&Incident> = subjects
        .iter()
        .filter_map(|s| {
            if let Subject::Incident(i) = s {
                Some(&**i)
            } else {
                None
            }
        })
        .collect();
    let Some(first) = incidents.first() else {
        return Err("No incident is selected.".into());
    };
    let from: Vec<StatusCategory> = incidents.iter().map(|i| i.row.category).collect();
    let alone = incidents.len() == 1;
    let held = |value: String| if alone { value } else { String::new() };
    let severity = || {
        Field::pick("severity", "Severity", severities(facts))
            .holding(held(id_of_severity(facts, &first.row)))
    };
    let status = |over| {
        Field::pick("status", "Status", statuses(facts, &from, over))
            .holding(held(id_of_status(facts, &first.row)))
    };
    let message = || {
        Field::new("message", "Message", Input::Text)
            .hint("markdown; posted to the incident's channel")
    };
    Ok(match kind {
        WriteKind::Severity => vec![severity().required(), message(), notify()],
        WriteKind::Status => vec![status(false).required(), message(), notify()],
        WriteKind::Close => {
            let mut choices = statuses(facts, &from, true);
            if choices.is_empty() {
                return Err("The organisation has no status that an incident is over in.".into());
            }
            // The mildest choice that is allowed comes filled in: learning from it before closing it for good.
            choices.sort_by_key(|c| {
                (
                    c.blocked.is_some(),
                    c.note != StatusCategory::Learning.label(),
                )
            });
            let (id, held) = (choices[0].id.clone(), choices[0].blocked.is_none());
            // What is over already stays as it is until another status is chosen: closing twice is closing once.
            let over = incidents.iter().any(|i| {
                matches!(
                    i.row.category,
                    StatusCategory::Learning | StatusCategory::Closed
                )
            });
            let now = id_of_status(facts, &first.row);
            let field = Field::pick("status", "Status", choices).required();
            let field = match (over && alone, held) {
                (true, _) => field.holding(now),
                (_, true) => field.filled(id),
                _ => field,
            };
            vec![field, message(), notify()]
        }
        WriteKind::Lead => {
            let lead = facts
                .org
                .roles
                .iter()
                .find(|r| r.kind == "lead")
                .ok_or("The organisation has no role of a lead.")?;
            let me = facts
                .me
                .ok_or("Nobody is known as you: set me = \"you@example.com\" in the config.")?;
            let mut all = roles(facts, alone.then_some(*first), false);
            all.retain(|f| f.id == FieldId::Role(lead.id.clone()));
            let Some(field) = all.pop() else {
                return Err("The organisation has no role of a lead.".into());
            };
            vec![field.filled(me.id.as_str()).required(), notify()]
        }
        WriteKind::Role => {
            let choices = facts
                .org
                .roles
                .iter()
                .filter(|r| r.kind != "reporter")
                .map(|r| {
                    let holder = first
                        .roles
                        .iter()
                        .find(|x| x.id == r.id)
                        .and_then(|x| x.value.as_ref());
                    Choice::new(&r.id, &r.name).with(if alone {
                        holder.map_or("nobody", |p| &p.name)
                    } else {
                        ""
                    })
                });
            vec![
                Field::pick("role", "Role", choices.collect()).required(),
                Field::new("person", "Person", Input::Pick(people(facts)))
                    .hint("empty takes the role from whoever has it"),
                notify(),
            ]
        }
        WriteKind::Update => vec![message(), status(false), severity()],
        _ if !alone => return Err("This is done on one incident at a time.".into()),
        _ => {
            let mut all = vec![
                Field::new("name", "Name", Input::Line)
                    .holding(first.row.name.to_string())
                    .required(),
                Field::new("summary", "Summary", Input::Text)
                    .hint("markdown")
                    .holding(first.summary.clone()),
                severity(),
                status(false),
            ];
            all.extend(roles(facts, Some(first), false));
            all.extend(customs(facts, Some(first)));
            all.extend(stamps(facts, Some(first)));
            all.push(
                Field::new("call", "Call", Input::Link)
                    .hint("address of the call")
                    .holding(first.call.clone().unwrap_or_default()),
            );
            all.push(notify());
            all
        }
    })
}

fn declare(facts: &FormContext<'_>) -> Vec<Field> {
    let statuses = facts
        .org
        .statuses
        .iter()
        .map(|s| Choice::new(s.id.as_ref(), s.name.as_ref()).with(s.category.label()));
    let types: Vec<Choice> = facts
        .org
        .types
        .iter()
        .map(|t| {
            Choice::new(&t.id, &t.name).with(match (t.is_default, t.private_only) {
                (_, true) => "private only",
                (true, _) => "default",
                _ => "",
            })
        })
        .collect();
    let usual = facts
        .org
        .types
        .iter()
        .find(|t| t.is_default)
        .map(|t| t.id.clone())
        .unwrap_or_default();
    let words = |all: &[(&str, &str)]| {
        all.iter()
            .map(|(id, note)| Choice {
                private: *id == "private",
                ..Choice::new(*id, *id).with(*note)
            })
            .collect::<Vec<_>>()
    };
    let mut all = vec![
        Field::new("name", "Name", Input::Line)
            .required()
            .hint("what is wrong, in a line"),
        Field::pick("severity", "Severity", severities(facts)).required(),
        Field::new("summary", "Summary", Input::Text).hint("markdown: what is known"),
        Field::pick("type", "Type", types).holding(usual),
        Field::pick("status", "Status", statuses.collect())
            .hint("empty takes the organisation's own beginning"),
        Field::pick(
            "visibility",
            "Visibility",
            words(&[("public", "everyone"), ("private", "invited people")]),
        )
        .holding("public")
        .required(),
        Field::pick(
            "mode",
            "Mode",
            words(&[
                ("standard", "a real one"),
                ("retrospective", "it is over"),
                ("test", "a drill"),
                ("tutorial", "to learn the platform"),
            ]),
        )
        .holding("standard")
        .required(),
    ];
    all.extend(roles(facts, None, true));
    all.extend(customs(facts, None));
    all.extend(stamps(facts, None));
    if !facts.local.is_empty() {
        let notes = facts.local.iter().map(|w| {
            let at = sent::noted_at(w).map(|at| facts.zone.day_clock(facts.now, at));
            Choice::new(&w.key, sent::note_title(w)).with(at.unwrap_or_default())
        });
        let notes: Vec<Choice> = notes.collect();
        all.insert(
            1,
            Field::new("notes", "Notes kept here", Input::PickMany(Arc::new(notes)))
                .hint("they become items of its timeline, with their times"),
        );
    }
    all
}

/// The part of a body that sets custom fields, roles and timestamps: of changed fields only.
fn set_fields(form: &Form, body: &mut Value, now: Instant, old: bool) -> Result<(), Fault> {
    let mut put = |key: &str, entry: Value| match body[key].as_array_mut() {
        Some(list) => list.push(entry),
        None => body[key] = json!([entry]),
    };
    for field in form.fields.iter().filter(|f| f.is_changed()) {
        let values = if old { &field.was } else { &field.value };
        match &field.id {
            FieldId::Custom(id) => {
                let values: Vec<Value> = values
                    .iter()
                    .map(|v| Value::Object(Map::from_iter([(field.wire.to_owned(), json!(v))])))
                    .collect();
                put(
                    "custom_field_entries",
                    json!({"custom_field_id": id, "values": values}),
                );
            }
            FieldId::Role(id) => {
                let person = values.first().map(String::as_str);
                put("incident_role_assignments", assignment(id, person));
            }
            FieldId::Timestamp(id) => {
                let typed = values.first().map_or("", String::as_str);
                let mut entry = json!({"incident_timestamp_id": id});
                if let Some(at) = form.time_in(field, typed, now)? {
                    entry["value"] = json!(stamp(at));
                }
                put("incident_timestamp_values", entry);
            }
            FieldId::Plain(_) | FieldId::Attribute(_) => {}
        }
    }
    Ok(())
}

fn assignment(role: &str, person: Option<&str>) -> Value {
    match person {
        Some(person) => json!({"incident_role_id": role, "assignee": {"id": person}}),
        None => json!({"incident_role_id": role}),
    }
}

/// The request of a form about an incident.
pub fn request(form: &Form, subject: &Subject, now: Instant) -> Result<Request, Fault> {
    let incident = match subject {
        Subject::Incident(incident) => incident,
        _ if form.kind == WriteKind::Declare => return declared(form, now),
        _ => return Err(("".into(), "No incident is selected.".into())),
    };
    let message = form.text("message").trim();
    let tells = form.kind == WriteKind::Update
        || (matches!(
            form.kind,
            WriteKind::Status | WriteKind::Close | WriteKind::Severity
        ) && !message.is_empty());
    if tells {
        update(form, incident, message)
    } else {
        edit(form, incident, now)
    }
}

fn declared(form: &Form, now: Instant) -> Result<Request, Fault> {
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
    let begins = form.field("status").and_then(|f| category(f, f.text()));
    let early = begins.is_none_or(|c| {
        [StatusCategory::Triage.label(), StatusCategory::Live.label()].contains(&c)
    });
    if !early && form.text("mode") != "retrospective" {
        return Err((
            "status".into(),
            format!(
                "only a retrospective incident begins as {}",
                form.words("status")
            ),
        ));
    }
    set_fields(form, &mut body, now, false)?;
    let private = form.text("visibility") == "private";
    if !private
        && form.field("type").is_some_and(|f| {
            f.input.choices().is_some_and(|all| {
                all.iter()
                    .any(|c| c.id == f.text() && c.note == "private only")
            })
        })
    {
        return Err((
            "visibility".into(),
            format!("incidents of the type {} are private", form.words("type")),
        ));
    }
    let mut says = vec![format!(
        "Declares a {}{} incident{}: {}",
        if private { "private " } else { "" },
        form.text("mode"),
        match form.words("severity") {
            s if s.is_empty() => String::new(),
            s => format!(" with the severity {s}"),
        },
        form.text("name")
    )];
    says.extend(
        form.fields
            .iter()
            .filter(|f| f.id.group().is_some() && f.is_changed())
            .map(|f| format!("{}: {}", f.label, f.shown())),
    );
    let notes = form.field("notes").map_or(0, |f| f.value.len());
    if notes > 0 {
        says.push(format!(
            "{notes} notes kept here become items of its timeline, with their times."
        ));
    }
    let what = format!("Declare: {}", form.text("name"));
    Ok(Request {
        keyed: true,
        says,
        ..Request::new(what, "", "POST", "/v2/incidents", body)
    }
    .never("the API deletes no incident; close it instead."))
}

/// Fields of an incident that changed: key and label, as the guard knows them.
fn touched(form: &Form) -> Vec<(FieldId, String)> {
    const PLAIN: [&str; 5] = ["name", "summary", "severity", "status", "call"];
    let known = |id: &FieldId| id.group().is_some() || PLAIN.iter().any(|name| id == name);
    form.fields
        .iter()
        .filter(|f| f.is_changed() && known(&f.id))
        .map(|f| (f.id.clone(), f.label.clone()))
        .collect()
}

fn edit(form: &Form, incident: &Incident, now: Instant) -> Result<Request, Fault> {
    let row = &incident.row;
    let (mut new, mut old) = (json!({}), json!({}));
    let (mut says, mut back_says) = (Vec::new(), Vec::new());
    let mut changed = touched(form);
    for (field, key) in [
        ("name", "name"),
        ("summary", "summary"),
        ("call", "call_url"),
        ("severity", "severity_id"),
        ("status", "incident_status_id"),
    ] {
        if let Some(f) = form.field(field).filter(|f| f.is_changed()) {
            (new[key], old[key]) = (
                json!(f.text()),
                json!(f.was.first().map_or("", String::as_str)),
            );
        }
    }
    if let Some(role) = form.field("role") {
        let person = Some(form.text("person")).filter(|p| !p.is_empty());
        let holder = incident
            .roles
            .iter()
            .find(|r| r.id == role.text())
            .and_then(|r| r.value.as_ref());
        if holder.map(|p| p.id.as_str()) != person {
            new["incident_role_assignments"] = json!([assignment(role.text(), person)]);
            old["incident_role_assignments"] =
                json!([assignment(role.text(), holder.map(|p| p.id.as_str()))]);
            changed.push((FieldId::Role(role.text().to_owned()), role.shown()));
            let (was, now) = (holder.map_or("", |p| &p.name), form.words("person"));
            says.push(moved(&role.shown(), was, &now));
            back_says.push(moved(&role.shown(), &now, was));
        }
    }
    set_fields(form, &mut new, now, false)?;
    set_fields(form, &mut old, now, true)?;
    if new == json!({}) {
        let field = form
            .fields
            .first()
            .map_or(FieldId::from(""), |f| f.id.clone());
        return Err((field, UNCHANGED.into()));
    }
    // Of several incidents each has values of its own: what was there is read from it, not from the form.
    let standing = incident.comparable_values();
    let before = |key: &FieldId| {
        standing
            .iter()
            .find(|(k, _)| k == key)
            .map(|(_, v)| v.clone())
            .unwrap_or_default()
    };
    for f in form
        .fields
        .iter()
        .filter(|f| changed.iter().any(|(key, _)| *key == f.id))
    {
        let chosen = f.id == "severity" || f.id == "status";
        let was = if chosen {
            before(&f.id)
        } else {
            f.words(&f.was)
        };
        says.push(moved(&f.label, &was, &f.shown()));
        back_says.push(moved(&f.label, &f.shown(), &was));
    }
    let what = format!("{}: {}", row.reference, says.join("; "));
    if form.yes("notify") {
        says.push(format!(
            "Tells the channel {}.",
            incident.channel.as_deref().unwrap_or("of the incident")
        ));
    }
    let path = format!("/v2/incidents/{}/actions/edit", row.id);
    let body = json!({"incident": new, "notify_incident_channel": form.yes("notify")});
    let back = json!({"incident": old, "notify_incident_channel": false});
    let request = Request {
        says,
        guard: guard(Guarded::Incident, row.id.as_str(), &standing, &changed),
        ..Request::new(what, row.id.as_str(), "POST", &path, body)
    };
    let one_way = form
        .field("status")
        .filter(|f| f.is_changed())
        .is_some_and(|f| category(f, f.text()) != Some(row.category.label()));
    let unknown = form.subjects.len() > 1;
    Ok(if one_way {
        request.never("the API does not move an incident back to the category it came from.")
    } else if unknown {
        request.never("it was done on several incidents at once; edit the one that is wrong.")
    } else {
        request.back(
            format!("Undo: {}: {}", row.reference, back_says.join("; ")),
            "POST",
            path,
            back,
        )
    })
}

/// The category a status belongs to, as it stands beside it.
fn category<'a>(field: &'a Field, id: &str) -> Option<&'a str> {
    field
        .input
        .choices()?
        .iter()
        .find(|c| c.id == id)
        .map(|c| c.note.as_str())
}

fn update(form: &Form, incident: &Incident, message: &str) -> Result<Request, Fault> {
    let row = &incident.row;
    let mut body = json!({"incident_id": row.id});
    if !message.is_empty() {
        body["message"] = json!(message);
    }
    let mut says = Vec::new();
    let mut changed = Vec::new();
    for (field, key) in [
        ("status", "to_incident_status_id"),
        ("severity", "to_severity_id"),
    ] {
        if let Some(f) = form
            .field(field)
            .filter(|f| f.is_changed() && !f.value.is_empty())
        {
            body[key] = json!(f.text());
            let was = if field == "status" {
                row.status.as_ref()
            } else {
                row.severity.as_deref().unwrap_or("")
            };
            says.push(moved(&f.label, was, &f.shown()));
            changed.push((f.id.clone(), f.label.clone()));
        }
    }
    if form.kind != WriteKind::Update && changed.is_empty() {
        let field = if form.kind == WriteKind::Severity {
            "severity"
        } else {
            "status"
        };
        return Err((field.into(), UNCHANGED.into()));
    }
    if message.is_empty() && changed.is_empty() {
        return Err((
            "message".into(),
            "an update needs a message, a status or a severity".into(),
        ));
    }
    let first = message
        .lines()
        .next()
        .map(|l| crate::domain::text::fit(l, 60))
        .unwrap_or_default();
    let what = format!(
        "{}: update {}",
        row.reference,
        std::iter::once(first)
            .chain(says.clone())
            .filter(|s| !s.is_empty())
            .collect::<Vec<_>>()
            .join("; ")
    );
    says.insert(
        0,
        format!(
            "Posts an update to {}{}.",
            row.reference,
            incident
                .channel
                .as_ref()
                .map_or(String::new(), |c| format!(" and its channel {c}"))
        ),
    );
    let guard = guard(
        Guarded::Incident,
        row.id.as_str(),
        &incident.comparable_values(),
        &changed,
    );
    let request = Request {
        keyed: true,
        verification: Verification::Repeat,
        says,
        guard,
        ..Request::new(what, row.id.as_str(), "POST", UPDATES, body)
    };
    Ok(request.never("the API neither edits nor deletes an update; post another one."))
}
