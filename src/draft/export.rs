//! Incidents as a table to take elsewhere: always the same columns first, then the organisation's own. Pure.

use crate::domain::Incident;
use crate::domain::time::stamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One incident as a row: values by column.
pub type Exported = BTreeMap<String, Value>;

/// Columns of every export, whatever is in it.
pub const COLUMNS: [&str; 15] = [
    "reference",
    "name",
    "severity",
    "status",
    "category",
    "type",
    "visibility",
    "services",
    "lead",
    "creator",
    "created_at",
    "updated_at",
    "lasted_seconds",
    "permalink",
    "id",
];

/// One incident as a row of an export.
pub fn exported(incident: &Incident) -> Exported {
    let row = &incident.row;
    let mut out = Exported::new();
    let mut put = |name: &str, value: Value| drop(out.insert(name.to_owned(), value));
    put("id", row.id.to_string().into());
    put("reference", row.reference.to_string().into());
    put("name", row.name.to_string().into());
    put("severity", row.severity.as_deref().into());
    put("status", row.status.to_string().into());
    put("category", row.category.label().into());
    put(
        "visibility",
        if incident.is_public() {
            "public"
        } else {
            "private"
        }
        .into(),
    );
    put("type", incident.kind.clone().into());
    put("services", row.service.as_deref().into());
    put("lead", row.lead.as_deref().into());
    put("creator", incident.creator.clone().into());
    put("created_at", stamp(row.created).into());
    put("updated_at", stamp(row.updated).into());
    put("lasted_seconds", incident.lasted().into());
    put("permalink", incident.permalink.clone().into());
    for duration in &incident.durations {
        put(
            &format!("duration: {}", duration.label),
            duration.value.into(),
        );
    }
    for field in &incident.fields {
        put(
            &format!("field: {}", field.label),
            field.value.clone().into(),
        );
    }
    out
}

/// Rows as comma-separated values with a header. The columns every incident has come also where there is none of them.
pub fn csv(rows: &[Exported]) -> Result<String, csv::Error> {
    let own: BTreeSet<&str> = rows
        .iter()
        .flat_map(|r| r.keys().map(String::as_str))
        .filter(|k| !COLUMNS.contains(k))
        .collect();
    let head: Vec<&str> = COLUMNS.into_iter().chain(own).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&head)?;
    for row in rows {
        writer.write_record(head.iter().map(|h| row.get(*h).map_or(String::new(), cell)))?;
    }
    let bytes = writer.into_inner().map_err(|e| e.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// How formulas begin, the full-width signs of East Asian keyboards among them.
const FORMULA: [char; 9] = ['=', '+', '-', '@', '\t', '＝', '＋', '－', '＠'];

/// A value in a cell. One that a spreadsheet would take for a formula gets a quote before it.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(FORMULA) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_table_is_a_formula() {
        for text in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "＝1+1",
            "＋1",
            "－1",
            "＠SUM(A1)",
        ] {
            let row = Exported::from([("name".to_owned(), Value::from(text))]);
            let table = csv(&[row]).expect("a table");
            assert!(table.contains(&format!(",'{text}")), "{table}");
        }
    }
}
