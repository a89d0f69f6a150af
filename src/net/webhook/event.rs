//! What a webhook of incident.io is about. Webhooks come in no order, more than once or not at all: one says no more than
//! "look again at this", and nothing else of it is believed.

use crate::domain::{AlertId, EscalationId, IncidentId, ScheduleId, UserId, text};
use crate::net::Reader;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What is to be looked at again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Touched {
    /// An incident.
    Incident(IncidentId),
    /// An action.
    Action(String),
    /// A follow-up.
    FollowUp(String),
    /// A post-mortem document.
    Document(String),
    /// Who may see a private incident.
    Membership(IncidentId, UserId),
    /// An alert.
    Alert(AlertId),
    /// An escalation.
    Escalation(EscalationId),
    /// A schedule, or who is on call by it.
    Schedule(ScheduleId),
    /// An incident on a status page.
    StatusPageIncident(String),
}

/// A webhook, read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its type, one of [`EVENTS`].
    pub name: String,
    /// What it is about.
    pub touched: Touched,
}

/// What a webhook turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// One that is known.
    Event(Event),
    /// One that is not known here, or does not say what it is about: nothing to do, and nothing wrong with who sent it.
    Unknown,
}

/// What kind of thing an event is about, and where its id stands in the event's own part.
type Reading = (Kind, &'static str);

#[derive(Clone, Copy)]
enum Kind {
    Incident,
    Action,
    FollowUp,
    Document,
    Membership,
    Alert,
    Escalation,
    Schedule,
    StatusPageIncident,
}

/// Every event that is sent, by its type.
pub const EVENTS: &[&str] = &[
    "public_incident.incident_created_v2",
    "public_incident.incident_updated_v2",
    "public_incident.incident_status_updated_v2",
    "public_incident.action_created_v1",
    "public_incident.action_updated_v1",
    "public_incident.follow_up_created_v1",
    "public_incident.follow_up_updated_v1",
    "public_incident.follow_up_created_v2",
    "public_incident.follow_up_updated_v2",
    "public_incident.postmortem_document_status_updated_v1",
    "public_alert.alert_created_v1",
    "public_alert.alert_resolved_v1",
    "public_escalation.escalation_created_v1",
    "public_escalation.escalation_status_updated_v1",
    "private_incident.incident_created_v2",
    "private_incident.incident_updated_v2",
    "private_incident.action_created_v1",
    "private_incident.action_updated_v1",
    "private_incident.follow_up_created_v1",
    "private_incident.follow_up_updated_v1",
    "private_incident.follow_up_created_v2",
    "private_incident.follow_up_updated_v2",
    "private_incident.postmortem_document_status_updated_v1",
    "private_incident.membership_granted_v1",
    "private_incident.membership_revoked_v1",
    "private_alert.alert_created_v1",
    "private_alert.alert_resolved_v1",
    "private_escalation.escalation_created_v1",
    "private_escalation.escalation_status_updated_v1",
    "schedule.created_v1",
    "schedule.updated_v1",
    "schedule.deleted_v1",
    "schedule.shift_change_v1",
    "status_page_incident.update_shared_v1",
];

/// How an event that is known is read: a private one carries ids alone, a public one the thing itself, or the thing with
/// what changed of it.
fn reading(name: &str) -> Option<Reading> {
    let name = EVENTS.iter().find(|known| **known == name)?;
    let (family, what) = name.split_once('.')?;
    let whole = family.starts_with("private_");
    let inside = |pointer| if whole { "/id" } else { pointer };
    Some(match what.rsplit_once('_')?.0 {
        "incident_created" | "incident_updated" => (Kind::Incident, "/id"),
        "incident_status_updated" => (Kind::Incident, "/incident/id"),
        "action_created" | "action_updated" => (Kind::Action, "/id"),
        "follow_up_created" | "follow_up_updated" => (Kind::FollowUp, "/id"),
        "postmortem_document_status_updated" => (Kind::Document, inside("/postmortem_document/id")),
        "membership_granted" | "membership_revoked" => (Kind::Membership, "/incident_id"),
        "alert_created" | "alert_resolved" => (Kind::Alert, "/id"),
        "escalation_created" => (Kind::Escalation, "/id"),
        "escalation_status_updated" => (Kind::Escalation, inside("/escalation/id")),
        "created" | "updated" | "deleted" => (Kind::Schedule, "/id"),
        "shift_change" => (Kind::Schedule, "/schedule/id"),
        "update_shared" => (Kind::StatusPageIncident, "/status_page_incident/id"),
        _ => return None,
    })
}

/// Reads a webhook's body; an error is a sentence.
pub(crate) fn read(body: &[u8]) -> Result<Heard, &'static str> {
    let body = Reader::new(&[]).one(body);
    let body = body.map_err(|_| "The body is not JSON.")?;
    let name = body["event_type"].as_str();
    let name = name.ok_or("The body names no event_type.")?;
    let Some((kind, pointer)) = reading(name) else {
        return Ok(Heard::Unknown);
    };
    let touched = touched(kind, &body[name], pointer);
    let name = name.to_owned();
    Ok(touched.map_or(Heard::Unknown, |touched| {
        Heard::Event(Event { name, touched })
    }))
}

/// The thing itself, by its id.
fn touched(kind: Kind, of: &Value, pointer: &str) -> Option<Touched> {
    let id = id(of.pointer(pointer)?)?;
    Some(match kind {
        Kind::Incident => Touched::Incident(id.into()),
        Kind::Action => Touched::Action(id),
        Kind::FollowUp => Touched::FollowUp(id),
        Kind::Document => Touched::Document(id),
        Kind::Membership => {
            Touched::Membership(id.into(), self::id(of.pointer("/user_id")?)?.into())
        }
        Kind::Alert => Touched::Alert(id.into()),
        Kind::Escalation => Touched::Escalation(id.into()),
        Kind::Schedule => Touched::Schedule(id.into()),
        Kind::StatusPageIncident => Touched::StatusPageIncident(id),
    })
}

/// An id that can stand in an address.
fn id(value: &Value) -> Option<String> {
    let id = text::clean_line(value.as_str()?);
    let fits = !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    fits.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn heard(body: &Value) -> Result<Heard, &'static str> {
        read(body.to_string().as_bytes())
    }

    #[test]
    fn a_webhook_says_what_to_look_at_again_and_nothing_more() {
        let (id, user) = ("01FCNDV6P870EA6S7TK1DSYDG0", "01FCQSP07Z74QMMYPDDGQB9FTG");
        for (name, part, touched) in [
            (
                "public_incident.incident_status_updated_v2",
                json!({"incident": {"id": id, "name": "A lie"}, "new_status": {}}),
                Touched::Incident(id.into()),
            ),
            (
                "private_incident.incident_updated_v2",
                json!({"id": id}),
                Touched::Incident(id.into()),
            ),
            (
                "private_incident.postmortem_document_status_updated_v1",
                json!({"id": id}),
                Touched::Document(id.into()),
            ),
            (
                "private_incident.membership_granted_v1",
                json!({"incident_id": id, "user_id": user}),
                Touched::Membership(id.into(), user.into()),
            ),
            (
                "private_escalation.escalation_status_updated_v1",
                json!({"id": id}),
                Touched::Escalation(id.into()),
            ),
            (
                "schedule.shift_change_v1",
                json!({"schedule": {"id": id}}),
                Touched::Schedule(id.into()),
            ),
        ] {
            let read = heard(&json!({"event_type": name, name: part}));
            let name = name.to_owned();
            assert_eq!(read, Ok(Heard::Event(Event { name, touched })));
        }
    }

    #[test]
    fn what_is_not_known_here_is_nothing_to_do_and_no_error() {
        let name = "public_alert.alert_created_v1";
        for body in [
            json!({"event_type": "public_incident.incident_merged_v9", "public_incident.incident_merged_v9": {"id": "x"}}),
            json!({"event_type": name}),
            json!({"event_type": name, name: {"id": 7}}),
            json!({"event_type": name, name: {"id": "../../v1/api_keys"}}),
            json!({"event_type": name, name: "\u{1b}]52;c;AAAA\u{7}"}),
        ] {
            assert_eq!(heard(&body), Ok(Heard::Unknown), "{body}");
        }
    }

    #[test]
    fn a_body_that_is_no_webhook_is_refused_with_a_sentence() {
        let deep = "[".repeat(100_000);
        for body in ["", "null", "{\"event_type\": ", "[1, 2]", "\u{0}", &deep] {
            let sentence = read(body.as_bytes()).expect_err(body);
            assert!(sentence.ends_with('.'), "{sentence}");
        }
    }
}
