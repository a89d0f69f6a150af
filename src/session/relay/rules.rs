//! What may lie where every console of a team reads it: which questions are everybody's, and which of their items say
//! nothing of an incident that is not public.

use super::letters::is_plain;
use crate::domain::IncidentId;
use crate::incidentio::Question;
use serde_json::Value;
use std::time::Duration;

/// How deep an item is looked through; what lies deeper is not handed on.
const DEEPEST: usize = 24;

/// Whose a question is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everybody's: it is asked again so often as long as somebody uses the answer.
    Everybody(Duration),
    /// About one incident: it is asked as long as somebody looks at that.
    Incident(IncidentId),
    /// The console's own: it asks by itself.
    Own,
}

/// Paths of everybody's lists, each with what may narrow it, and how often it is asked.
const EVERYBODY: [(&str, &str, u64); 13] = [
    ("/v2/escalations", "", 15),
    ("/v2/schedules", "", 60),
    ("/v1/severities", "", 1_800),
    ("/v1/incident_statuses", "", 1_800),
    ("/v1/incident_types", "", 1_800),
    ("/v2/incident_roles", "", 1_800),
    ("/v2/custom_fields", "", 1_800),
    ("/v1/custom_field_options", "custom_field_id", 1_800),
    ("/v2/incident_timestamps", "", 1_800),
    ("/v2/users", "", 1_800),
    ("/v3/teams", "", 1_800),
    ("/v3/catalog_types", "", 1_800),
    ("/v3/catalog_entries", "catalog_type_id", 1_800),
];

/// Paths of lists of one incident, each with what narrows it to that.
const OF_INCIDENT: [(&str, &str); 9] = [
    ("/v2/incident_timeline_items", "incident_id"),
    ("/v2/incident_updates", "incident_id"),
    ("/v2/incident_activity_log_entries", "incident_id"),
    ("/v2/escalations", "incident[one_of]"),
    ("/v2/incident_alerts", "incident_id"),
    ("/v3/actions", "incident_id"),
    ("/v3/follow_ups", "incident_id"),
    ("/v1/postmortem_documents", "incident_id"),
    ("/v1/incident_relationships", "incident_id"),
];

/// Whose a question is. Nothing is everybody's that does not stand in a table here: a letter can make a relay ask nothing
/// else.
pub fn kind(question: &Question) -> Kind {
    let narrowed: Vec<&(String, String)> = question
        .query
        .iter()
        .filter(|(name, _)| name != "page_size")
        .collect();
    let path = question.path.as_str();
    match narrowed[..] {
        [] => everybody(path, ""),
        [(name, value)] if is_plain(value) => {
            let narrows = |(known, by): &&(&str, &str)| *known == path && by == name;
            match OF_INCIDENT.iter().find(narrows) {
                Some(_) => Kind::Incident(value.as_str().into()),
                None => everybody(path, name),
            }
        }
        _ => Kind::Own,
    }
}

fn everybody(path: &str, by: &str) -> Kind {
    let known = EVERYBODY.iter().find(|(p, b, _)| *p == path && *b == by);
    known.map_or(Kind::Own, |(.., every)| {
        Kind::Everybody(Duration::from_secs(*every))
    })
}

/// Whether a list may leave items out that a key with more rights would see.
pub fn is_cut(question: &Question) -> bool {
    question.path == "/v2/escalations" || question.path == "/v1/incident_relationships"
}

/// Whether a question is a letter's to ask: of sane size, and one of everybody's or of an incident.
pub fn is_askable(question: &Question) -> bool {
    let sane = |text: &str| text.len() <= 100 && text.bytes().all(|b| b.is_ascii_graphic());
    let size = |(name, value): &(String, String)| {
        name != "page_size" || value.parse().is_ok_and(|n: u32| (25..=1_000).contains(&n))
    };
    let listed = question.path.rsplit('/').next();
    let named = listed == Some(question.key.as_str());
    named
        && sane(&question.path)
        && question.query.len() <= 4
        && question.query.iter().all(size)
        && question.query.iter().all(|(k, v)| sane(k) && sane(v))
        && kind(question) != Kind::Own
}

/// Whether an item of a list tells of public incidents alone.
pub fn is_public(item: &Value, knows: &impl Fn(&str) -> bool) -> bool {
    tells_public(item, knows, 0)
}

fn tells_public(value: &Value, knows: &impl Fn(&str) -> bool, depth: usize) -> bool {
    if depth > DEEPEST {
        return false;
    }
    match value {
        Value::Array(all) => all.iter().all(|one| tells_public(one, knows, depth + 1)),
        Value::Object(fields) => {
            let private = |of: &str| fields.get(of).is_some_and(|v| v == "private");
            let secret = |of: &str| fields.get(of).is_some_and(|v| *v == Value::Bool(true));
            !private("visibility")
                && !secret("is_private")
                && fields.iter().all(|(name, field)| {
                    names_public(name, field, knows) && tells_public(field, knows, depth + 1)
                })
        }
        _ => true,
    }
}

/// Whether every incident that a field names by its id is public.
fn names_public(name: &str, field: &Value, knows: &impl Fn(&str) -> bool) -> bool {
    let is_known = |id: &Value| match id.as_str() {
        Some("") => true,
        Some(id) => knows(id),
        None => id.is_null(),
    };
    if name.ends_with("incident_id") {
        return is_known(field);
    }
    if name.ends_with("incident_ids") {
        return field.as_array().is_none_or(|all| all.iter().all(is_known));
    }
    let of_object = |object: &Value| object.get("id").is_none_or(is_known);
    match (name.ends_with("incident"), name.ends_with("incidents")) {
        (true, _) => of_object(field),
        (_, true) => field.as_array().is_none_or(|all| all.iter().all(of_object)),
        _ => true,
    }
}

/// A page's items, each apart; nothing where it is no page of that list.
pub fn items(key: &str, page: &[u8]) -> Option<(Vec<Value>, bool)> {
    let mut page: Value = serde_json::from_slice(page).ok()?;
    let more = page["more"] == true;
    match page.get_mut(key).map(Value::take) {
        Some(Value::Array(items)) => Some((items, more)),
        _ => None,
    }
}

/// Items as a page.
pub fn page(key: &str, items: &[Value], more: bool) -> Vec<u8> {
    let mut page = serde_json::Map::new();
    page.insert(key.to_owned(), Value::from(items.to_vec()));
    page.insert("more".into(), more.into());
    Value::from(page).to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn question(path: &str, query: &[(&str, &str)]) -> Question {
        let query = query.iter().map(|(k, v)| ((*k).into(), (*v).into()));
        Question {
            path: path.into(),
            key: path.rsplit('/').next().unwrap_or_default().into(),
            query: query.collect(),
            most: 50,
        }
    }

    #[test]
    fn a_letter_can_make_a_relay_ask_what_stands_in_a_table_and_nothing_else() {
        let is = |path: &str, query: &[(&str, &str)]| is_askable(&question(path, query));
        let of = [("incident_id", "01A"), ("page_size", "250")];
        for (path, query, askable) in [
            ("/v2/schedules", &[("page_size", "25")][..], true),
            ("/v2/incident_updates", &of, true),
            ("/v2/escalations", &[("incident[one_of]", "01A")], true),
            ("/v2/escalations", &[("page_size", "50")], true),
            // All updates, alerts and incidents of the organisation tell of private ones too.
            ("/v2/incident_updates", &[("page_size", "250")], false),
            ("/v2/alerts", &[("page_size", "50")], false),
            ("/v2/incidents", &[("page_size", "250")], false),
            ("/v1/api_keys", &[], false),
            ("/v2/incident_updates/../../v1/secrets", &of, false),
            ("/v2/incident_updates", &[("incident_id", "a/../b")], false),
            (
                "/v2/incident_updates",
                &[("incident_id", "01A"), ("incident_id", "01B")],
                false,
            ),
            ("/v2/schedules", &[("page_size", "1")], false),
            ("/v2/schedules", &[("after", "x")], false),
        ] {
            assert_eq!(is(path, query), askable, "{path} {query:?}");
        }
        let other = Question {
            key: "config".into(),
            ..question("/v2/schedules", &[])
        };
        assert!(!is_askable(&other));
    }

    #[test]
    fn an_item_that_names_an_incident_which_is_not_known_to_be_public_is_left_out() {
        let knows = |id: &str| id == "open";
        for (item, public) in [
            (json!({"id": "1", "title": "x"}), true),
            (json!({"incident_id": "open"}), true),
            (json!({"incident_id": "secret"}), false),
            (json!({"incident_id": null}), true),
            (json!({"merged_into_incident_id": "secret"}), false),
            (json!({"incident": {"id": "secret", "name": "n"}}), false),
            (json!({"related_incidents": [{"id": "open"}]}), true),
            (
                json!({"related_incidents": [{"id": "open"}, {"id": "secret"}]}),
                false,
            ),
            (json!({"a": {"b": [{"incident_ids": ["secret"]}]}}), false),
            (json!({"a": [{"visibility": "private"}]}), false),
            (json!({"is_private": true}), false),
            (json!({"incident_id": 7}), false),
        ] {
            assert_eq!(is_public(&item, &knows), public, "{item}");
        }
        let deep = (0..100).fold(json!({}), |inner, _| json!({"a": inner}));
        assert!(!is_public(&deep, &knows), "what cannot be seen through");
    }
}
