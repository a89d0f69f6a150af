//! Catalog entries: a new one, or a change of what was touched and nothing else.

use super::form::{Choice, Fault, Field, Form, Input, Request, guard, moved};
use super::{FormContext, Subject, UNCHANGED, WriteKind};
use crate::domain::{CatalogAttribute, CatalogEntry, CatalogType, FieldId, Guarded, Verification};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// An attribute as a field: entries of the type it points to are offered, other values are typed.
fn attribute(facts: &FormContext<'_>, a: &CatalogAttribute, entry: Option<&CatalogEntry>) -> Field {
    let held: Vec<String> = entry
        .and_then(|e| e.values.iter().find(|(id, _)| *id == a.id))
        .map(|(_, values)| values.iter().map(|v| v.written().to_owned()).collect())
        .unwrap_or_default();
    let target: Option<&CatalogType> = facts.graph.types.iter().find(|t| t.type_name == a.kind);
    let id = FieldId::Attribute(a.id.clone());
    let Some(target) = target else {
        let input = match a.kind.as_str() {
            "Text" => Input::Text,
            "Number" => Input::Number,
            "Bool" => Input::Pick(Arc::new(vec![
                Choice::new("true", "true"),
                Choice::new("false", "false"),
            ])),
            _ => Input::Line,
        };
        let hint = if a.many {
            "several, separated by commas"
        } else {
            ""
        };
        let value = if a.many {
            held.join(", ")
        } else {
            held.first().cloned().unwrap_or_default()
        };
        let input = if a.many { Input::Line } else { input };
        return Field {
            wire: if a.many { "list" } else { "" },
            ..Field::new(id, &a.name, input).hint(hint)
        }
        .holding(value);
    };
    let entries = facts.graph.entries.iter().filter(|e| e.kind == target.id);
    // What points here now may point by id, external id, alias or name: each is offered under its own word.
    let names = |e: &CatalogEntry, v: &str| {
        e.id.as_str() == v
            || e.external_id.as_deref() == Some(v)
            || e.aliases.iter().any(|x| x == v)
            || e.name == v
    };
    let mut choices: Vec<Choice> = entries
        .map(|e| {
            let used = held.iter().find(|v| names(e, v));
            Choice::new(used.map_or(e.id.as_str(), String::as_str), &e.name)
        })
        .collect();
    choices.extend(
        held.iter()
            .filter(|v| !choices.iter().any(|c| c.id == **v))
            .map(|v| Choice::new(v, v))
            .collect::<Vec<_>>(),
    );
    let choices = Arc::new(choices);
    Field::new(
        id,
        &a.name,
        if a.many {
            Input::PickMany(choices)
        } else {
            Input::Pick(choices)
        },
    )
    .holding_all(held)
}

fn attributes(
    facts: &FormContext<'_>,
    kind: &CatalogType,
    entry: Option<&CatalogEntry>,
) -> Vec<Field> {
    kind.attributes
        .iter()
        .filter(|a| a.forward)
        .map(|a| attribute(facts, a, entry))
        .collect()
}

/// Fields of an entry.
pub fn fields(
    kind: WriteKind,
    subject: &Subject,
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    let name = Field::new("name", "Name", Input::Line).required();
    match (kind, subject) {
        (WriteKind::EntryAdd, Subject::Type(id)) => {
            let kind = facts
                .graph
                .types
                .iter()
                .find(|t| t.id == *id)
                .ok_or("The type is not known.")?;
            let mut all = vec![
                name,
                Field::new("external", "External id", Input::Line)
                    .hint("the same id never makes two entries"),
                Field::new("aliases", "Aliases", Input::Line).hint("separated by commas"),
            ];
            all.extend(attributes(facts, kind, None));
            Ok(all)
        }
        (WriteKind::EntryEdit, Subject::Entry(e)) => {
            let kind = facts
                .graph
                .kind(e)
                .ok_or("The entry's type is not known.")?;
            let mut all = vec![
                name.holding(&e.name),
                Field::new("aliases", "Aliases", Input::Line)
                    .hint("separated by commas")
                    .holding(e.aliases.join(", ")),
            ];
            all.extend(attributes(facts, kind, Some(e)));
            Ok(all)
        }
        (WriteKind::EntryAdd, _) => Err("No catalog type is shown.".into()),
        _ => Err("Put the cursor on a catalog entry first.".into()),
    }
}

fn list(raw: &str) -> Vec<&str> {
    raw.split(',')
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .collect()
}

/// Values of a field as a request binds them.
fn binding(field: &Field, values: &[String]) -> Value {
    let literal = |v: &str| json!({"literal": v});
    match (&field.input, field.wire) {
        (Input::PickMany(_), _) => {
            json!({"array_value": values.iter().map(|v| literal(v)).collect::<Vec<_>>()})
        }
        (_, "list") => {
            json!({"array_value": list(values.first().map_or("", String::as_str)).into_iter().map(literal).collect::<Vec<_>>()})
        }
        _ => match values.first() {
            Some(value) => json!({"value": literal(value)}),
            None => json!({}),
        },
    }
}

/// The request of an entry.
pub fn request(form: &Form, subject: &Subject) -> Result<Request, Fault> {
    let touched: Vec<&Field> = form
        .fields
        .iter()
        .filter(|f| matches!(f.id, FieldId::Attribute(_)) && f.is_changed())
        .collect();
    let id_of = |f: &Field| match &f.id {
        FieldId::Attribute(id) => id.clone(),
        other => other.to_string(),
    };
    let values = |old: bool| {
        Value::Object(
            touched
                .iter()
                .map(|f| (id_of(f), binding(f, if old { &f.was } else { &f.value })))
                .collect::<Map<_, _>>(),
        )
    };
    let name = form.text("name").trim();
    match subject {
        Subject::Type(kind) => {
            let mut body = json!({"catalog_type_id": kind, "name": name, "attribute_values": values(false), "aliases": list(form.text("aliases"))});
            let external = form.text("external").trim();
            let verification = if external.is_empty() {
                Verification::New {
                    path: "/v3/catalog_entries".into(),
                    query: vec![
                        ("catalog_type_id".into(), kind.to_string()),
                        ("page_size".into(), "250".into()),
                    ],
                    list: "catalog_entries".into(),
                    with: vec![("/name".into(), json!(name))],
                    before: None,
                }
            } else {
                body["external_id"] = json!(external);
                Verification::Repeat
            };
            let mut says = vec![format!("Adds \"{name}\" to the catalog.")];
            says.extend(
                touched
                    .iter()
                    .map(|f| format!("{}: {}", f.label, f.shown())),
            );
            let request = Request {
                verification,
                says,
                ..Request::new(
                    format!("Catalog: add \"{name}\""),
                    kind.as_str(),
                    "POST",
                    "/v3/catalog_entries",
                    body,
                )
            };
            Ok(request.back(
                format!("Undo: delete \"{name}\" from the catalog"),
                "DELETE",
                "/v3/catalog_entries/{id}",
                Value::Null,
            ))
        }
        Subject::Entry(e) => {
            let says: Vec<String> = form
                .fields
                .iter()
                .filter(|f| f.is_changed())
                .map(|f| moved(&f.label, &f.words(&f.was), &f.shown()))
                .collect();
            if says.is_empty() {
                return Err(("name".into(), UNCHANGED.into()));
            }
            let ids: Vec<String> = touched.iter().map(|f| id_of(f)).collect();
            let whole = |name: &str, aliases: Vec<&str>, values: Value| {
                let mut body = json!({"name": name, "aliases": aliases, "attribute_values": values, "update_attributes": ids, "rank": e.rank});
                if let Some(external) = &e.external_id {
                    body["external_id"] = json!(external);
                }
                body
            };
            let new = whole(name, list(form.text("aliases")), values(false));
            let old = whole(
                &e.name,
                e.aliases.iter().map(String::as_str).collect(),
                values(true),
            );
            let changed: Vec<(FieldId, String)> = form
                .fields
                .iter()
                .filter(|f| f.is_changed() && f.id != "aliases")
                .map(|f| (f.id.clone(), f.label.clone()))
                .collect();
            let path = format!("/v3/catalog_entries/{}", e.id);
            let guard = guard(
                Guarded::Entry,
                e.id.as_str(),
                &e.comparable_values(),
                &changed,
            );
            let what = format!("Catalog \"{}\": {}", e.name, says.join("; "));
            let request = Request {
                says,
                guard,
                ..Request::new(what, e.id.as_str(), "PUT", &path, new)
            };
            Ok(request.back(format!("Undo: \"{}\" as before", e.name), "PUT", path, old))
        }
        _ => Err(("".into(), "Nothing is selected.".into())),
    }
}
