//! Any JSON that a server could send: no reader of it panics, and what is read of it is bounded.

use super::wire::Wire;
use super::{catalog, escalations, incidents, oncall, org, records, timeline};
use crate::net::any_json;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Every reader of an item, each with what it made of it.
fn read_all(value: &Value) -> Vec<String> {
    let v = Wire(value);
    let mut all = vec![
        format!("{:?}", incidents::row(v)),
        format!("{:?}", incidents::incident(v)),
        format!("{:?}", org::severity(v)),
        format!("{:?}", org::status(v)),
    ];
    all.extend(catalog::read_any(v));
    all.extend(escalations::read_any(v));
    all.extend(oncall::read_any(v));
    all.extend(records::read_any(v));
    all.extend(timeline::read_any(v));
    all
}

/// The same value as an item that has an id, so that its fields are looked at.
fn identified(value: Value) -> Value {
    match value {
        Value::Object(mut fields) => {
            for (name, filler) in [
                ("id", "01A"),
                ("incident_id", "01B"),
                ("catalog_type_id", "01C"),
            ] {
                fields.insert(name.into(), filler.into());
            }
            for name in [
                "timestamp",
                "created_at",
                "occurred_at",
                "start_at",
                "end_at",
            ] {
                fields
                    .entry(name)
                    .or_insert_with(|| "2026-11-20T14:40:00Z".into());
            }
            Value::Object(fields)
        }
        other => json!({"id": "01A", "value": other}),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_reader_panics_on_any_json(value in any_json()) {
        read_all(&value);
        for told in read_all(&identified(value)) {
            let hidden = told.contains('\u{1b}') || told.contains('\u{202e}');
            prop_assert!(!hidden, "{}", told);
        }
    }
}
