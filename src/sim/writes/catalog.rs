//! Entries of the catalog.

use super::super::call::{Answer, Call, not_found};
use super::super::json::{stamp, text};
use super::super::world::World;
use super::refer;
use super::tasks::delete_task;
use serde_json::{Value, json};

/// Bindings as they are written (`literal`) become bindings as they are read (`label` too).
fn bindings(wanted: &Value) -> Value {
    let read = |v: &Value| json!({"label": text(&v["literal"]), "literal": text(&v["literal"])});
    let pairs = wanted
        .as_object()
        .into_iter()
        .flatten()
        .map(|(id, binding)| {
            let value = match binding["array_value"].as_array() {
                Some(list) => json!({"array_value": list.iter().map(read).collect::<Vec<_>>()}),
                None => json!({"value": read(&binding["value"])}),
            };
            (id.clone(), value)
        });
    Value::Object(pairs.collect())
}

pub fn create_entry(world: &mut World, call: &Call) -> Answer {
    let kind = call.need("catalog_type_id")?.to_owned();
    refer(world, "catalog_types", &kind, "catalog_type_id")?;
    let name = call.need("name")?.to_owned();
    let known = call
        .get("external_id")
        .and_then(|ext| {
            world
                .rows("catalog_entries")
                .iter()
                .find(|e| e["external_id"] == ext && e["catalog_type_id"] == kind.as_str())
        })
        .map(|e| text(&e["id"]).to_owned());
    let id = known.clone().unwrap_or_else(|| world.id());
    let mut row = json!({"id": id, "catalog_type_id": kind, "name": name, "custom_aliases": [], "aliases": call.body["aliases"].as_array().cloned().unwrap_or_default(), "rank": call.body["rank"].as_i64().unwrap_or(0),
        "attribute_values": bindings(&call.body["attribute_values"]), "created_at": stamp(call.now), "updated_at": stamp(call.now)});
    if let Some(external) = call.get("external_id") {
        row["external_id"] = json!(external);
    }
    match world.find_mut("catalog_entries", &id) {
        Some(kept) => *kept = row.clone(),
        None => drop(world.add("catalog_entries", row.clone())),
    }
    {
        let kind = world
            .find("catalog_types", &kind)
            .cloned()
            .unwrap_or_default();
        Ok((201, json!({"catalog_entry": row, "catalog_type": kind})))
    }
}

pub fn put_entry(world: &mut World, call: &Call) -> Answer {
    let name = call.need("name")?.to_owned();
    let wanted = bindings(&call.body["attribute_values"]);
    let only: Option<Vec<&str>> = call.body["update_attributes"]
        .as_array()
        .map(|list| list.iter().map(text).collect());
    let row = world
        .find_mut("catalog_entries", &call.path[0])
        .ok_or_else(|| not_found("Catalog entry"))?;
    let mut values = if only.is_some() {
        row["attribute_values"].clone()
    } else {
        json!({})
    };
    for (id, value) in wanted
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(id, _)| only.as_ref().is_none_or(|only| only.contains(&id.as_str())))
    {
        values[id.as_str()] = value.clone();
    }
    row["attribute_values"] = values;
    row["name"] = json!(name);
    if call.body["aliases"].is_array() {
        row["aliases"] = call.body["aliases"].clone();
    }
    row["updated_at"] = json!(stamp(call.now));
    {
        let row = row.clone();
        let kind = world
            .find("catalog_types", text(&row["catalog_type_id"]))
            .cloned()
            .unwrap_or_default();
        Ok((200, json!({"catalog_entry": row, "catalog_type": kind})))
    }
}

pub fn delete_entry(world: &mut World, call: &Call) -> Answer {
    delete_task(world, call, "catalog_entries")
}
