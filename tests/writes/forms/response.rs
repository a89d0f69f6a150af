//! What a night asks for, through forms: notes, pages, cover, alerts.

use super::Desk;
use crate::night::about;
use hotseat::domain::Incident;
use hotseat::writes::{Subject, WriteKind};

/// The timeline.
pub(super) async fn notes(desk: &Desk, now: &Incident) {
    let night = &desk.night;
    desk.done(
        WriteKind::Note,
        about(now),
        &[
            ("title", "Bad deploy"),
            ("time", "2026-11-20 14:29"),
            ("description", "v2.1.0"),
        ],
    )
    .await;
    let items = night
        .client
        .timeline(&now.row.id)
        .await
        .expect("a timeline")
        .items;
    let item = items
        .into_iter()
        .find(|i| i.title == "Bad deploy")
        .expect("the note");
    assert_eq!(
        (item.at, item.body.as_str()),
        (
            hotseat::domain::time::parse("2026-11-20T14:29:00Z").expect("a time"),
            "v2.1.0"
        )
    );
    let note = Subject::Note(Box::new(now.clone()), item);
    desk.done(
        WriteKind::NoteEdit,
        note,
        &[("title", "The bad deploy"), ("time", "2026-11-20 14:28")],
    )
    .await;
    let items = night
        .client
        .timeline(&now.row.id)
        .await
        .expect("a timeline")
        .items;
    assert!(
        items.iter().any(|i| i.title == "The bad deploy"
            && i.body == "v2.1.0"
            && i.at.to_rfc3339().contains("14:28")),
        "{items:?}"
    );
}

/// Pages.
pub(super) async fn pages(desk: &Desk, now: &Incident) {
    let night = &desk.night;
    let page = desk
        .done(
            WriteKind::Page,
            about(now),
            &[("path", "Payments"), ("title", "Come")],
        )
        .await;
    let escalation = async |id: &str| night.client.escalation(id).await.expect("a page");
    let subject = async |id: &str| Subject::Page(Box::new(escalation(id).await));
    assert_eq!(escalation(&page).await.incidents[0].0, now.row.id);
    desk.done(WriteKind::Ack, subject(&page).await, &[]).await;
    assert_eq!(escalation(&page).await.status, "acked");
    desk.done(WriteKind::Snooze, subject(&page).await, &[("until", "+2h")])
        .await;
    assert_eq!(escalation(&page).await.status, "snoozed");
    let next = desk
        .done(
            WriteKind::Reassign,
            subject(&page).await,
            &[("people", "Ana Abara, Bram Haddad")],
        )
        .await;
    assert_eq!(
        (
            escalation(&page).await.status.as_str(),
            escalation(&next).await.notified()
        ),
        ("resolved", "Ana Abara, Bram Haddad".into())
    );
    desk.done(WriteKind::Cancel, subject(&next).await, &[])
        .await;
    assert_eq!(escalation(&next).await.status, "cancelled");
}

/// Cover: rotation and layer are found, the part of the shift is kept.
pub(super) async fn cover(desk: &Desk) {
    let night = &desk.night;
    let schedule = night
        .schedules
        .iter()
        .find(|s| s.name == "Identity on-call")
        .expect("a schedule")
        .clone();
    let cover = night.form(
        WriteKind::Cover,
        Subject::Schedule(Box::new(schedule.clone())),
        &[("to", "+30m")],
    );
    let override_id = night.done(&desk.outbox, &cover).await;
    let known = night
        .client
        .overrides(&schedule.id)
        .await
        .expect("overrides")
        .items;
    let mine = known
        .iter()
        .find(|o| o.id == override_id)
        .expect("the override");
    assert_eq!(
        mine.person.as_ref().map(|p| p.name.as_ref()),
        Some("Ana Abara")
    );
    assert!((29..=31).contains(&(mine.end - mine.start).num_minutes()));
    // A part is covered by now; a later window is another cover.
    let again = night.here.schedules().await.expect("schedules");
    let again = again.into_iter().find(|s| s.id == schedule.id);
    let later = night.form(
        WriteKind::Cover,
        Subject::Schedule(Box::new(again.expect("the schedule"))),
        &[
            ("who", "ana.abara@larkfield.example"),
            ("from", "+2h"),
            ("to", "+3h"),
        ],
    );
    let later = night.done(&desk.outbox, &later).await;
    let known = night.client.overrides(&schedule.id).await;
    let known = known.expect("overrides").items;
    let one = known.iter().find(|o| o.id == later).expect("the other one");
    assert_eq!((one.end - one.start).num_minutes(), 60);
}

/// Alerts.
pub(super) async fn alerts(desk: &Desk) {
    let night = &desk.night;
    let alert = night
        .client
        .alerts(false, None, 1)
        .await
        .expect("alerts")
        .items
        .remove(0);
    let open = night.rows[0].clone();
    desk.done(
        WriteKind::Attach,
        Subject::Alert(Box::new(alert.clone())),
        &[("incident", &open.reference)],
    )
    .await;
    let attached = async || {
        night
            .client
            .incident_alerts(&open.id)
            .await
            .expect("alerts")
            .items
            .into_iter()
            .find(|a| a.id == alert.id)
    };
    let there = attached().await.expect("attached");
    desk.done(WriteKind::Detach, Subject::Alert(Box::new(there)), &[])
        .await;
    assert!(attached().await.is_none());
    desk.done(
        WriteKind::Resolve,
        Subject::Alert(Box::new(alert.clone())),
        &[],
    )
    .await;
    assert_eq!(
        night
            .client
            .alert(alert.id.as_str())
            .await
            .expect("an alert")
            .status,
        "resolved"
    );
}
