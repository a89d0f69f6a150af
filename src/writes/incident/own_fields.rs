//! What an organisation made itself: custom fields, roles and timestamps, as fields of a form and in a request.

use super::super::FormContext;
use super::super::form::{Choice, Fault, Field, Form, Input, stamp};
use super::people;
use crate::domain::{CustomField, FieldId, Incident, Instant};
use serde_json::{Value, json};
use std::sync::Arc;

/// A custom field as a field of the form.
fn custom_field(
    facts: &FormContext<'_>,
    field: &CustomField,
    values: Vec<String>,
    written: Option<&str>,
) -> Field {
    let choices = || Arc::new(choices(facts, field, &values));
    let chosen = if field.catalog_type.is_empty() {
        "value_option_id"
    } else {
        "value_catalog_entry_id"
    };
    let (input, wire) = match field.kind.as_str() {
        "single_select" => (Input::Pick(choices()), chosen),
        "multi_select" => (Input::PickMany(choices()), chosen),
        "numeric" => (Input::Number, "value_numeric"),
        "link" => (Input::Link, "value_link"),
        _ => (Input::Line, "value_text"),
    };
    let new = Field::new(FieldId::Custom(field.id.clone()), &field.name, input);
    Field {
        wire,
        ..new.hint(&field.description)
    }
    .holding_all(values)
    .written(written)
}

fn choices(facts: &FormContext<'_>, field: &CustomField, values: &[String]) -> Vec<Choice> {
    if field.catalog_type.is_empty() {
        return field
            .options
            .iter()
            .map(|(id, word)| Choice::new(id, word))
            .collect();
    }
    let entries = &facts.graph.entries;
    let of_type = entries
        .iter()
        .filter(|e| e.kind.as_str() == field.catalog_type);
    let mut all: Vec<Choice> = of_type
        .map(|e| Choice::new(e.id.as_str(), &e.name).with(e.aliases.join(", ")))
        .collect();
    // What is set stays choosable where the catalog has not been read.
    let unknown = values
        .iter()
        .filter(|v| !entries.iter().any(|e| e.id.as_str() == *v));
    all.extend(unknown.map(|v| Choice::new(v, v)));
    all
}

pub(super) fn custom_fields(facts: &FormContext<'_>, incident: Option<&Incident>) -> Vec<Field> {
    let values = |id: &str| {
        let found = incident.and_then(|i| i.values.iter().find(|(field, _)| field == id));
        found.map(|(_, values)| values.clone()).unwrap_or_default()
    };
    let written = |id: &str| {
        let incident = incident?;
        incident.written.of(&FieldId::Custom(id.to_owned()))
    };
    facts
        .org
        .fields
        .iter()
        .map(|f| custom_field(facts, f, values(&f.id), written(&f.id)))
        .collect()
}

pub(super) fn roles(
    facts: &FormContext<'_>,
    incident: Option<&Incident>,
    with_reporter: bool,
) -> Vec<Field> {
    let all = people(facts);
    let holder = |id: &str| {
        let role = incident.and_then(|i| i.roles.iter().find(|r| r.id == id));
        let person = role.and_then(|r| r.value.as_ref());
        person.map(|p| p.id.to_string()).unwrap_or_default()
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

pub(super) fn timestamps(facts: &FormContext<'_>, incident: Option<&Incident>) -> Vec<Field> {
    let known = |id: &str| {
        let found = incident.and_then(|i| i.timestamps.iter().find(|t| t.id == id));
        found.and_then(|t| t.value)
    };
    let field = |(id, name): &(String, String)| {
        Field::new(
            FieldId::Timestamp(id.clone()),
            name,
            Input::Time { ahead: false },
        )
        .hint("14:30, 10m ago, 2026-11-20 14:30")
        .holding(known(id).map(|at| facts.zone.typed(at)).unwrap_or_default())
    };
    facts.org.timestamps.iter().map(field).collect()
}

/// The state of the fields that a body sets: as they are now, or as they were.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Now,
    Before,
}

/// Sets custom fields, roles and timestamps in a body: those that changed.
pub(super) fn set_own_fields(
    form: &Form,
    body: &mut Value,
    now: Instant,
    state: State,
) -> Result<(), Fault> {
    for field in form.changed() {
        let values = match state {
            State::Before => field.sent_back(),
            State::Now => field.sent(),
        };
        let (key, entry) = match &field.id {
            FieldId::Custom(id) => {
                let values: Vec<Value> = values.iter().map(|v| json!({field.wire: v})).collect();
                (
                    "custom_field_entries",
                    json!({"custom_field_id": id, "values": values}),
                )
            }
            FieldId::Role(id) => {
                let person = values.first().map(String::as_str);
                ("incident_role_assignments", assignment(id, person))
            }
            FieldId::Timestamp(id) => {
                let typed = values.first().map_or("", String::as_str);
                let mut entry = json!({"incident_timestamp_id": id});
                if let Some(at) = form.time_in(field, typed, now)? {
                    entry["value"] = json!(stamp(at));
                }
                ("incident_timestamp_values", entry)
            }
            FieldId::Plain(_) | FieldId::Attribute(_) => continue,
        };
        match body[key].as_array_mut() {
            Some(list) => list.push(entry),
            None => body[key] = json!([entry]),
        }
    }
    Ok(())
}

pub(super) fn assignment(role: &str, person: Option<&str>) -> Value {
    match person {
        Some(person) => json!({"incident_role_id": role, "assignee": {"id": person}}),
        None => json!({"incident_role_id": role}),
    }
}
