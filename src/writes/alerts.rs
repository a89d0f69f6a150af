//! What is done with alerts: attached, detached, resolved.

use super::form::{Choice, Fault, Field, Form, Request};
use super::{FormContext, Subject, WriteKind};
use crate::domain::{Alert, Visibility};
use serde_json::{Value, json};

/// Fields of a form about an alert.
pub fn fields(
    kind: WriteKind,
    subject: &Subject,
    facts: &FormContext<'_>,
) -> Result<Vec<Field>, String> {
    let Subject::Alert(alert) = subject else {
        return Err("No alert is selected.".into());
    };
    match kind {
        WriteKind::Attach => Ok(attach_fields(facts)),
        WriteKind::Detach if alert.relation.is_none() => {
            Err("It can be detached from an incident's own list of alerts.".into())
        }
        _ => Ok(vec![]),
    }
}

fn attach_fields(facts: &FormContext<'_>) -> Vec<Field> {
    let open = facts.rows.iter().filter(|r| r.category.is_open());
    let choices = open.map(|r| Choice {
        also: r.reference.to_string(),
        private: r.visibility != Visibility::Public,
        ..Choice::new(r.id.as_str(), format!("{} {}", r.reference, r.name))
            .with(r.status.to_string())
    });
    vec![
        Field::pick("incident", "Incident", choices.collect()).required(),
        Field::yes_no(
            "again",
            "Even if it was detached",
            "somebody may have said that it does not belong there",
        ),
    ]
}

/// The request of a form about an alert.
pub fn request(form: &Form, subject: &Subject) -> Result<Request, Fault> {
    let Subject::Alert(alert) = subject else {
        return Err(("".into(), "No alert is selected.".into()));
    };
    Ok(match form.kind {
        WriteKind::Attach => attach(form, alert),
        WriteKind::Detach => detach(alert),
        _ => resolve(alert),
    })
}

fn attach(form: &Form, alert: &Alert) -> Request {
    let (id, words) = (form.text("incident"), form.words("incident"));
    let mut body = json!({"alert_id": alert.id, "incident_id": id});
    if form.yes("again") {
        body["re_relate"] = json!(true);
    }
    let what = format!("Attach \"{}\" to {words}", alert.title);
    let says = format!("Attaches \"{}\" to {words}.", alert.title);
    Request::new(what, id, "POST", "/v2/incident_alerts", body)
        .saying(vec![says])
        .back(
            format!("Undo: detach \"{}\"", alert.title),
            "POST",
            "/v2/incident_alerts/{id}/actions/transition",
            json!({"state": "unrelated"}),
        )
}

fn detach(alert: &Alert) -> Request {
    let relation = alert.relation.as_deref().unwrap_or_default();
    let path = format!("/v2/incident_alerts/{relation}/actions/transition");
    let what = format!("Detach \"{}\"", alert.title);
    let says = format!("\"{}\" no longer belongs to the incident.", alert.title);
    let body = json!({"state": "unrelated"});
    let back = format!("Undo: attach \"{}\" again", alert.title);
    Request::new(what, alert.id.as_str(), "POST", &path, body)
        .saying(vec![says])
        .back(back, "POST", path, json!({"state": "related"}))
}

fn resolve(alert: &Alert) -> Request {
    let path = format!("/v2/alerts/{}/actions/resolve", alert.id);
    let what = format!("Resolve \"{}\"", alert.title);
    let says = format!("Resolves the alert \"{}\".", alert.title);
    Request::new(what, alert.id.as_str(), "POST", path, Value::Null).saying(vec![says])
}
