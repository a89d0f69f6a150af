//! What a write says to whoever shows it or answers for it: nobody else reads its body or its path.

use super::Form;
use super::incident::UPDATES;
use crate::domain::{
    FieldGroup, FieldId, FormFamily, Instant, Write, WriteKind, WriteOrigin, time,
};
use serde_json::Value;

/// Whether it is an update that tells of an incident.
pub fn is_update(write: &Write) -> bool {
    write.path == UPDATES
}

/// Whether it sets an incident's severity.
pub fn sets_severity(write: &Write) -> bool {
    write.body.get("to_severity_id").is_some()
        || write.body["incident"].get("severity_id").is_some()
}

/// Whether it stands among the notes of a timeline, not among its updates.
pub fn stands_as_note(write: &Write) -> bool {
    match write.kind {
        WriteOrigin::Form(kind) => kind.spec().family == FormFamily::Note,
        WriteOrigin::Draft => true,
        WriteOrigin::Undo | WriteOrigin::Unnamed => false,
    }
}

/// When that happened which it notes.
pub fn noted_at(write: &Write) -> Option<Instant> {
    time::parse(write.body["timestamp"].as_str()?)
}

/// Until when it snoozes a page.
pub fn snoozed_until(write: &Write) -> Option<Instant> {
    time::parse(write.body["snooze_details"]["snooze_until"].as_str()?)
}

/// What it notes, in a line.
pub fn note_title(write: &Write) -> &str {
    write.body["title"].as_str().unwrap_or_default()
}

/// The text it carries: an update's message, or what a note says beyond its title.
pub fn text_of(write: &Write) -> &str {
    let text = write.body["message"].as_str();
    text.or(write.body["description"].as_str())
        .unwrap_or_default()
}

/// The id of what an answer tells of. A new entry comes with its type beside it, so the names are given.
pub fn result_of(write: &Write, answer: &Value) -> Option<String> {
    let id_in = |names: &[&str]| names.iter().find_map(|name| answer[*name]["id"].as_str());
    let id = match write.of_kind() {
        Some(kind) => id_in(kind.spec().results),
        None => WriteKind::ALL
            .iter()
            .find_map(|kind| id_in(kind.spec().results)),
    }?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (!id.is_empty() && id.bytes().all(is_plain)).then(|| id.to_owned())
}

/// A field of the API as the form calls it.
pub fn field_named(form: &Form, api: &str) -> FieldId {
    let group = if api.contains("custom_field") {
        Some(FieldGroup::Custom)
    } else if api.contains("incident_role") {
        Some(FieldGroup::Role)
    } else if api.contains("incident_timestamp") {
        Some(FieldGroup::Timestamp)
    } else if api.contains("attribute_values") {
        Some(FieldGroup::Attribute)
    } else {
        None
    };
    let of_group = group.and_then(|g| form.fields.iter().find(|f| f.id.group() == Some(g)));
    of_group.map_or_else(|| plain_field(api), |f| f.id.clone())
}

fn plain_field(api: &str) -> FieldId {
    let is_index = |part: &&str| part.chars().all(|c| c.is_ascii_digit());
    let last = api.rsplit('.').find(|part| !is_index(part)).unwrap_or(api);
    let name = match last {
        "severity_id" | "to_severity_id" => "severity",
        "incident_status_id" | "to_incident_status_id" | "incident_status" => "status",
        "incident_type_id" => "type",
        "timestamp" => "time",
        "escalation_path_id" => "path",
        "user_ids" => "people",
        "assignee_id" => "assignee",
        "end_at" => "to",
        "start_at" => "from",
        "user" => "who",
        "follow_up_priority_option_id" => "priority",
        other => return FieldId::Plain(other.to_owned().into()),
    };
    name.into()
}
