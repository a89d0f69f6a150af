//! Incidents through forms: declared, edited, undone, led, updated.

use super::Desk;
use crate::night::{about, sent};
use hotseat::domain::{Incident, Instant};
use hotseat::writes::{Subject, WriteKind};
use std::collections::BTreeSet;

/// The value of a custom field.
fn field(incident: &Incident, label: &str) -> String {
    let mut fields = incident.fields.iter();
    let found = fields.find(|f| f.label == label);
    found.map(|f| f.value.clone()).unwrap_or_default()
}

/// Who has a role.
fn role(incident: &Incident, label: &str) -> Option<String> {
    let found = incident.roles.iter().find(|r| r.label == label);
    found
        .and_then(|r| r.value.clone())
        .map(|p| p.name.to_string())
}

/// When impact began.
fn impact_started(incident: &Incident) -> Option<Instant> {
    let mut stamps = incident.timestamps.iter();
    stamps
        .find(|t| t.label == "Impact started")
        .and_then(|t| t.value)
}

/// Everything that a new incident may be given.
pub(super) async fn declare(desk: &Desk) -> Incident {
    let night = &desk.night;
    let typed = [
        ("name", "Checkout fails; `rm -rf` \u{202e}"),
        ("severity", "gale"),
        ("summary", "It **fails**."),
        ("Affected service", "cart, checkout-service"),
        ("Customer impact", "four in ten"),
        ("Ticket", "https://tickets.example/1"),
        ("Customers affected", "120"),
        ("Tags", "security,data loss"),
        ("Region", "eu-west-1"),
        ("Incident Lead", "Ana Brandt"),
        ("Impact started", "2026-11-20 14:30"),
    ];
    let id = desk
        .done(WriteKind::Declare, Subject::Nothing, &typed)
        .await;
    let incident = night.incident(&id).await;
    assert_eq!(
        (incident.row.severity.as_deref(), incident.summary.as_str()),
        (Some("Gale"), "It **fails**.")
    );
    assert_eq!(
        field(&incident, "Affected service"),
        "cart, checkout-service"
    );
    assert_eq!(
        [
            field(&incident, "Tags"),
            field(&incident, "Customers affected"),
            field(&incident, "Region")
        ],
        ["security, data loss", "120", "eu-west-1"]
    );
    assert_eq!(
        role(&incident, "Incident Lead").as_deref(),
        Some("Ana Brandt")
    );
    let started = impact_started(&incident);
    assert_eq!(
        started,
        hotseat::domain::time::parse("2026-11-20T14:30:00Z")
    );
    incident
}

/// Editing: only what was touched is sent, and all of it can be undone.
pub(super) async fn edit(desk: &Desk, incident: &Incident) {
    let night = &desk.night;
    let changes = [
        ("name", "Checkout is slow"),
        ("Tags", ""),
        ("Region", "eu-central-1"),
        ("Impact started", ""),
        ("call", "https://call.example/1"),
    ];
    let edit = night.form(WriteKind::Edit, about(incident), &changes);
    let body = edit.plan(night.now(), "s").expect("a plan")[0].write.body["incident"].clone();
    let keys: BTreeSet<&str> = body
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        BTreeSet::from([
            "name",
            "call_url",
            "custom_field_entries",
            "incident_timestamp_values"
        ])
    );
    let edited = night.send(&desk.outbox, &edit).await.write;
    let now = night.incident(incident.row.id.as_str()).await;
    assert_eq!(
        (
            now.row.name.as_ref(),
            field(&now, "Tags").as_str(),
            field(&now, "Region").as_str()
        ),
        ("Checkout is slow", "", "eu-central-1")
    );
    assert_eq!(impact_started(&now), None);
    let back = edited
        .undone("undo-1".into(), night.now())
        .expect("a way back");
    sent(&desk.outbox, back).await.confirmed().expect("undone");
    let again = night.incident(incident.row.id.as_str()).await;
    assert_eq!(
        (
            field(&again, "Tags"),
            again.row.name.clone(),
            field(&again, "Region")
        ),
        (
            "security, data loss".into(),
            incident.row.name.clone(),
            "eu-west-1".into()
        )
    );
}

/// Severity, lead and roles.
pub(super) async fn change_people(desk: &Desk, id: &str) {
    let night = &desk.night;
    let now = night.incident(id).await;
    desk.done(WriteKind::Severity, about(&now), &[("severity", "Storm")])
        .await;
    let now = night.incident(id).await;
    desk.done(WriteKind::Lead, about(&now), &[]).await;
    let now = night.incident(id).await;
    assert_eq!(
        (
            now.row.severity.as_deref(),
            role(&now, "Incident Lead").as_deref()
        ),
        (Some("Storm"), Some("Ana Abara"))
    );
    desk.done(
        WriteKind::Role,
        about(&now),
        &[("role", "Incident Lead"), ("person", "")],
    )
    .await;
    let now = night.incident(id).await;
    assert_eq!(role(&now, "Incident Lead"), None);
}

/// The status, by itself and with an update.
pub(super) async fn update(desk: &Desk, id: &str) -> Incident {
    let night = &desk.night;
    let now = night.incident(id).await;
    desk.done(WriteKind::Status, about(&now), &[("status", "Fixing")])
        .await;
    let now = night.incident(id).await;
    desk.done(
        WriteKind::Update,
        about(&now),
        &[
            ("message", "Rolling back"),
            ("status", "Watching"),
            ("severity", "Breeze"),
        ],
    )
    .await;
    let now = night.incident(id).await;
    assert_eq!(
        (now.row.status.as_ref(), now.row.severity.as_deref()),
        ("Watching", Some("Breeze"))
    );
    now
}
