//! What follows, through forms: actions, follow-ups, the catalog, the post-mortem, what customers read.

use super::Desk;
use crate::night::{about, sent};
use hotseat::domain::Incident;
use hotseat::writes::{Subject, WriteKind};

/// Actions: what is not touched stays.
pub(super) async fn actions(desk: &Desk, now: &Incident) {
    let night = &desk.night;
    let task = desk
        .done(
            WriteKind::ActionAdd,
            about(now),
            &[("description", "Restart"), ("assignee", "Ana Abara")],
        )
        .await;
    let action = async || night.client.action(&task).await.expect("an action");
    desk.done(
        WriteKind::ActionEdit,
        Subject::Action(Box::new(action().await)),
        &[("assignee", "")],
    )
    .await;
    assert_eq!(
        (action().await.assignee, action().await.description.as_str()),
        (None, "Restart")
    );
    let completed = desk
        .send(
            WriteKind::ActionDone,
            Subject::Action(Box::new(action().await)),
            &[],
        )
        .await
        .write;
    assert_eq!(action().await.status, "completed");
    sent(
        &desk.outbox,
        completed
            .undone("undo-2".into(), night.now())
            .expect("a way back"),
    )
    .await;
    assert_eq!(action().await.status, "outstanding");
}

/// Follow-ups: what is not touched stays.
pub(super) async fn follow_ups(desk: &Desk, now: &Incident) {
    let night = &desk.night;
    let task = desk
        .done(
            WriteKind::FollowUpAdd,
            about(now),
            &[
                ("title", "Canary"),
                ("description", "so *that*"),
                ("priority", "Soon"),
            ],
        )
        .await;
    let follow_up = async || night.client.follow_up(&task).await.expect("a follow-up");
    desk.done(
        WriteKind::FollowUpEdit,
        Subject::FollowUp(Box::new(follow_up().await)),
        &[("assignee", "Ana Abara")],
    )
    .await;
    let f = follow_up().await;
    assert_eq!(
        (
            f.description.as_str(),
            f.priority.as_deref(),
            f.assignee.map(|p| p.name.to_string())
        ),
        ("so *that*", Some("Soon"), Some("Ana Abara".into()))
    );
    desk.done(
        WriteKind::FollowUpDone,
        Subject::FollowUp(Box::new(follow_up().await)),
        &[],
    )
    .await;
    assert_eq!(
        (
            follow_up().await.status.as_str(),
            follow_up().await.description.as_str()
        ),
        ("completed", "so *that*")
    );
}

/// The catalog: what is not touched is not cleared.
pub(super) async fn catalog(desk: &Desk) {
    let night = &desk.night;
    let cart = night.graph.find("cart").expect("an entry").clone();
    let entry = Subject::Entry(Box::new(cart.clone()));
    desk.done(
        WriteKind::EntryEdit,
        entry,
        &[("Tier", "3"), ("Depends on", "payment-gateway")],
    )
    .await;
    let now_there = night
        .client
        .catalog_entry(cart.id.as_str())
        .await
        .expect("an entry");
    let kept = |e: &hotseat::domain::CatalogEntry| {
        e.values
            .iter()
            .filter(|(_, v)| {
                v.iter().any(|v| {
                    v.label.contains("runbooks") || v.label == "Checkout" || v.label == "checkout"
                })
            })
            .count()
    };
    assert_eq!(
        (kept(&now_there), now_there.aliases, now_there.external_id),
        (2, cart.aliases.clone(), cart.external_id.clone())
    );
    let kind = Subject::Type(cart.kind.clone());
    let made = desk
        .done(
            WriteKind::EntryAdd,
            kind,
            &[
                ("name", "new-service"),
                ("Tier", "2"),
                ("Depends on", "cart"),
            ],
        )
        .await;
    assert_eq!(
        night
            .client
            .catalog_entry(&made)
            .await
            .expect("an entry")
            .name,
        "new-service"
    );
}

/// The post-mortem, and the end of it.
pub(super) async fn close(desk: &Desk, id: &str) {
    let night = &desk.night;
    let now = night.incident(id).await;
    let text = [("content", "# What happened\n\nWords.")];
    desk.done(WriteKind::Import, about(&now), &text).await;
    let document = night
        .client
        .documents(Some(&now.row.id))
        .await
        .expect("documents")
        .items
        .remove(0);
    assert_eq!(
        night
            .client
            .document_text(&document.id)
            .await
            .expect("text"),
        text[0].1
    );
    desk.done(
        WriteKind::DocumentStatus,
        Subject::Document(Box::new(document.clone())),
        &[("status", "in review")],
    )
    .await;
    assert_eq!(
        night
            .client
            .document(&document.id)
            .await
            .expect("a document")
            .status,
        "in_review"
    );
    desk.done(WriteKind::Close, about(&now), &[("message", "All good")])
        .await;
    assert_eq!(
        night.incident(id).await.row.category.label(),
        "post-incident"
    );
}

/// What customers read asks for a typed word.
pub(super) async fn publish(desk: &mut Desk) {
    let said = [
        ("name", "Checkout fails"),
        ("message", "We look at it."),
        ("components", "Shop, App"),
        ("impact", "partial outage"),
    ];
    let mut publish = desk.night.form(WriteKind::Publish, Subject::Nothing, &said);
    publish.set("confirm", "yes").expect("typed");
    assert!(
        publish.plan(desk.night.now(), "s").is_err(),
        "the page's name is asked for"
    );
    publish
        .set("confirm", "larkfield market status")
        .expect("typed");
    let published = desk.night.done(&desk.outbox, &publish).await;
    desk.night.form_options = desk.night.here.form_options().await;
    let update = [
        ("message", "Better."),
        ("status", "monitoring"),
        ("confirm", "Larkfield Market status"),
    ];
    desk.done(WriteKind::PublishUpdate, Subject::Nothing, &update)
        .await;
    let page = desk
        .night
        .get(&format!("/v2/status_page_incidents/{published}"), &[])
        .await["status_page_incident"]
        .clone();
    assert_eq!(
        (
            page["incident_status"].as_str(),
            page["updates"].as_array().map(Vec::len)
        ),
        (Some("monitoring"), Some(2))
    );
}
