//! Catalog entries: a new one, or a change of what was touched and nothing else.

use super::form::{Choice, Fault, Field, Form, Input, Request, Set, guard};
use super::{FormContext, Subject, UNCHANGED, WriteKind};
use crate::domain::{
    CatalogAttribute, CatalogEntry, CatalogType, FieldId, Guarded, Instant, TypeId, Verification,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// An attribute as a field: entries of the type it points to are offered, other values are typed.
fn attribute(facts: &FormContext<'_>, a: &CatalogAttribute, entry: Option<&CatalogEntry>) -> Field {
    let set = entry.and_then(|e| e.values.iter().find(|(id, _)| *id == a.id));
    let held: Vec<String> = set
        .map(|(_, values)| values.iter().map(|v| v.written().to_owned()).collect())
        .unwrap_or_default();
    let target = facts.graph.types.iter().find(|t| t.type_name == a.kind);
    let Some(target) = target else {
        let id = FieldId::Attribute(a.id.clone());
        let written = entry.and_then(|e| e.written.of(&id));
        return typed_attribute(a, &held).written(written);
    };
    let choices = Arc::new(entries(facts, target, &held));
    let input = if a.many {
        Input::PickMany(choices)
    } else {
        Input::Pick(choices)
    };
    Field::new(FieldId::Attribute(a.id.clone()), &a.name, input).holding_all(held)
}

/// How the field of an attribute of several typed values is told from one of a single value.
const LIST: &str = "list";

fn typed_attribute(a: &CatalogAttribute, held: &[String]) -> Field {
    let id = FieldId::Attribute(a.id.clone());
    if a.many {
        let field = Field::new(id, &a.name, Input::Line).hint("several, separated by commas");
        return Field {
            wire: LIST,
            ..field
        }
        .holding(held.join(", "));
    }
    let yes_or_no = || vec![Choice::new("true", "true"), Choice::new("false", "false")];
    let input = match a.kind.as_str() {
        "Text" => Input::Text,
        "Number" => Input::Number,
        "Bool" => Input::Pick(Arc::new(yes_or_no())),
        _ => Input::Line,
    };
    Field::new(id, &a.name, input).holding(held.first().cloned().unwrap_or_default())
}

/// Entries of a type. What points to one now may point by id, external id, alias or name: each is offered under its own
/// word.
fn entries(facts: &FormContext<'_>, target: &CatalogType, held: &[String]) -> Vec<Choice> {
    let names = |e: &CatalogEntry, v: &str| {
        e.id.as_str() == v
            || e.external_id.as_deref() == Some(v)
            || e.aliases.iter().any(|x| x == v)
            || e.name == v
    };
    let offered = |e: &CatalogEntry| {
        let used = held.iter().find(|v| names(e, v));
        Choice::new(used.map_or(e.id.as_str(), String::as_str), &e.name)
    };
    let of_type = facts.graph.entries.iter().filter(|e| e.kind == target.id);
    let mut choices: Vec<Choice> = of_type.map(offered).collect();
    let unknown = held.iter().filter(|v| !choices.iter().any(|c| c.id == **v));
    let unknown: Vec<Choice> = unknown.map(|v| Choice::new(v, v)).collect();
    choices.extend(unknown);
    choices
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
    match (kind, subject) {
        (WriteKind::EntryAdd, Subject::Type(id)) => {
            let found = facts.graph.types.iter().find(|t| t.id == *id);
            let kind = found.ok_or("The type is not known.")?;
            let external = Field::new("external", "External id", Input::Line)
                .hint("the same id never makes two entries");
            let mut all = vec![name(), external, aliases()];
            all.extend(attributes(facts, kind, None));
            Ok(all)
        }
        (WriteKind::EntryEdit, Subject::Entry(e)) => {
            let kind = facts
                .graph
                .kind(e)
                .ok_or("The entry's type is not known.")?;
            let mut all = vec![
                name().holding(&e.name).written(e.written.of("name")),
                aliases().holding(e.aliases.join(", ")),
            ];
            all.extend(attributes(facts, kind, Some(e)));
            Ok(all)
        }
        (WriteKind::EntryAdd, _) => Err("No catalog type is shown.".into()),
        _ => Err("Put the cursor on a catalog entry first.".into()),
    }
}

fn name() -> Field {
    Field::new("name", "Name", Input::Line).required()
}

fn aliases() -> Field {
    Field::new("aliases", "Aliases", Input::Line).hint("separated by commas")
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
        (_, LIST) => {
            let parts = list(values.first().map_or("", String::as_str));
            json!({"array_value": parts.into_iter().map(literal).collect::<Vec<_>>()})
        }
        _ => match values.first() {
            Some(value) => json!({"value": literal(value)}),
            None => json!({}),
        },
    }
}

/// Attributes that were touched, by id.
fn touched(form: &Form) -> Vec<(&str, &Field)> {
    form.changed()
        .filter_map(|f| match &f.id {
            FieldId::Attribute(id) => Some((id.as_str(), f)),
            _ => None,
        })
        .collect()
}

/// The values of attributes that were touched, as they are now or as they were.
fn values(form: &Form, value: impl Fn(&Field) -> Vec<String>) -> Value {
    let bound = touched(form)
        .into_iter()
        .map(|(id, f)| (id.to_owned(), binding(f, &value(f))));
    Value::Object(bound.collect::<Map<_, _>>())
}

/// The request of an entry.
pub fn request(form: &Form, subject: &Subject, now: Instant) -> Result<Request, Fault> {
    match subject {
        Subject::Type(kind) => Ok(add(form, kind)),
        Subject::Entry(entry) => edit(form, entry, now),
        _ => Err(("".into(), "Nothing is selected.".into())),
    }
}

/// Where entries are.
const ENTRIES: &str = "/v3/catalog_entries";

fn add(form: &Form, kind: &TypeId) -> Request {
    let name = form.text("name").trim();
    let mut body = json!({"catalog_type_id": kind, "name": name, "attribute_values": values(form, Field::sent), "aliases": list(form.text("aliases"))});
    let external = form.text("external").trim();
    if !external.is_empty() {
        body["external_id"] = json!(external);
    }
    let look = if external.is_empty() {
        listed(kind, name)
    } else {
        Verification::Repeat
    };
    let mut says = vec![format!("Adds \"{name}\" to the catalog.")];
    says.extend(
        touched(form)
            .iter()
            .map(|(_, f)| format!("{}: {}", f.label, f.shown())),
    );
    let what = format!("Catalog: add \"{name}\"");
    let request = Request::new(what, kind.as_str(), "POST", ENTRIES, body);
    request.verified(look).saying(says).back(
        format!("Undo: delete \"{name}\" from the catalog"),
        "DELETE",
        format!("{ENTRIES}/{{id}}"),
        Value::Null,
    )
}

/// An entry of this name in the type's list.
fn listed(kind: &TypeId, name: &str) -> Verification {
    Verification::New {
        path: ENTRIES.into(),
        query: vec![
            ("catalog_type_id".into(), kind.to_string()),
            ("page_size".into(), "250".into()),
        ],
        list: "catalog_entries".into(),
        with: vec![("/name".into(), json!(name))],
        before: None,
    }
}

/// A whole entry as a request has it: what is not named in `update_attributes` stays.
fn whole(form: &Form, e: &CatalogEntry, name: &str, aliases: Vec<&str>, values: Value) -> Value {
    let ids: Vec<&str> = touched(form).into_iter().map(|(id, _)| id).collect();
    let mut body = json!({"name": name, "aliases": aliases, "attribute_values": values, "update_attributes": ids, "rank": e.rank});
    if let Some(external) = &e.external_id {
        body["external_id"] = json!(e.written.or("external", external));
    }
    body
}

/// The aliases of an entry, as they were written.
fn aliases_of(e: &CatalogEntry) -> Vec<&str> {
    let shown = || e.aliases.iter().map(String::as_str).collect();
    e.written.all_of("aliases").unwrap_or_else(shown)
}

/// The aliases that were typed; what was there before stays as it was written.
fn changed_aliases<'a>(e: &CatalogEntry, standing: &[&'a str], typed: &'a str) -> Vec<&'a str> {
    let as_written = |alias: &'a str| {
        let known = e.aliases.iter().position(|shown| shown == alias);
        known.map_or(alias, |at| standing[at])
    };
    list(typed).into_iter().map(as_written).collect()
}

fn edit(form: &Form, e: &CatalogEntry, now: Instant) -> Result<Request, Fault> {
    let says = form.moves();
    if says.is_empty() {
        return Err(("name".into(), UNCHANGED.into()));
    }
    let standing = aliases_of(e);
    let is_named_else = form.field("aliases").is_some_and(Field::is_changed);
    let aliases = match is_named_else {
        true => changed_aliases(e, &standing, form.text("aliases")),
        false => standing.clone(),
    };
    let new = whole(
        form,
        e,
        &form.sent("name"),
        aliases,
        values(form, Field::sent),
    );
    let name = e.written.or("name", &e.name);
    let old = whole(form, e, name, standing, values(form, Field::sent_back));
    // What stands now is read without aliases, so a guard on them would always find them moved.
    let mut sets = form.changes(now);
    sets.retain(|set| set.key != "aliases");
    // The request carries the name in any case: one that somebody else gave it would be set back.
    if !sets.iter().any(|set| set.key == "name") {
        sets.push(Set::new("name", "Name", &e.name));
    }
    let guard = guard(Guarded::Entry, e.id.as_str(), &e.comparable_values(), &sets);
    let path = format!("{ENTRIES}/{}", e.id);
    let what = format!("Catalog \"{}\": {}", e.name, says.join("; "));
    let request = Request::new(what, e.id.as_str(), "PUT", &path, new);
    let back = format!("Undo: \"{}\" as before", e.name);
    Ok(request.saying(says).on(guard).back(back, "PUT", path, old))
}
