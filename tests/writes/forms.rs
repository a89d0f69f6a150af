//! What a form shows is what is sent and what then stands, for every kind of write.

use crate::night::{Night, about, sent};
use crate::recorder::description;
use hotseat::domain::Incident;
use hotseat::writes::{Subject, WriteKind};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_form_shows_is_what_is_sent_and_what_then_stands() {
    let night = Night::new().await;
    let outbox = night.session(None);
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
    let id = night
        .done(
            &outbox,
            &night.form(WriteKind::Declare, Subject::Nothing, &typed),
        )
        .await;
    let incident = night.incident(&id).await;
    let field = |i: &Incident, label: &str| {
        i.fields
            .iter()
            .find(|f| f.label == label)
            .map(|f| f.value.clone())
            .unwrap_or_default()
    };
    let role = |i: &Incident, label: &str| {
        i.roles
            .iter()
            .find(|r| r.label == label)
            .and_then(|r| r.value.clone())
            .map(|p| p.name.to_string())
    };
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
    let started = incident
        .timestamps
        .iter()
        .find(|t| t.label == "Impact started")
        .and_then(|t| t.value);
    assert_eq!(
        started,
        hotseat::domain::time::parse("2026-11-20T14:30:00Z")
    );

    // Editing: only what was touched is sent, and all of it can be undone.
    let changes = [
        ("name", "Checkout is slow"),
        ("Tags", ""),
        ("Region", "eu-central-1"),
        ("Impact started", ""),
        ("call", "https://call.example/1"),
    ];
    let edit = night.form(WriteKind::Edit, about(&incident), &changes);
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
    let edited = night.send(&outbox, &edit).await.write;
    let now = night.incident(&id).await;
    assert_eq!(
        (
            now.row.name.as_ref(),
            field(&now, "Tags").as_str(),
            field(&now, "Region").as_str()
        ),
        ("Checkout is slow", "", "eu-central-1")
    );
    assert_eq!(
        now.timestamps
            .iter()
            .find(|t| t.label == "Impact started")
            .and_then(|t| t.value),
        None
    );
    let back = edited
        .undone("undo-1".into(), night.now())
        .expect("a way back");
    sent(&outbox, back).await.confirmed().expect("undone");
    let again = night.incident(&id).await;
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

    let now = night.incident(&id).await;
    night
        .done(
            &outbox,
            &night.form(WriteKind::Severity, about(&now), &[("severity", "Storm")]),
        )
        .await;
    let now = night.incident(&id).await;
    night
        .done(&outbox, &night.form(WriteKind::Lead, about(&now), &[]))
        .await;
    let now = night.incident(&id).await;
    assert_eq!(
        (
            now.row.severity.as_deref(),
            role(&now, "Incident Lead").as_deref()
        ),
        (Some("Storm"), Some("Ana Abara"))
    );
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Role,
                about(&now),
                &[("role", "Incident Lead"), ("person", "")],
            ),
        )
        .await;
    let now = night.incident(&id).await;
    assert_eq!(role(&now, "Incident Lead"), None);
    night
        .done(
            &outbox,
            &night.form(WriteKind::Status, about(&now), &[("status", "Fixing")]),
        )
        .await;
    let now = night.incident(&id).await;
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Update,
                about(&now),
                &[
                    ("message", "Rolling back"),
                    ("status", "Watching"),
                    ("severity", "Breeze"),
                ],
            ),
        )
        .await;
    let now = night.incident(&id).await;
    assert_eq!(
        (now.row.status.as_ref(), now.row.severity.as_deref()),
        ("Watching", Some("Breeze"))
    );

    // The timeline.
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Note,
                about(&now),
                &[
                    ("title", "Bad deploy"),
                    ("time", "2026-11-20 14:29"),
                    ("description", "v2.1.0"),
                ],
            ),
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
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::NoteEdit,
                note,
                &[("title", "The bad deploy"), ("time", "2026-11-20 14:28")],
            ),
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

    // Pages.
    let page = night
        .done(
            &outbox,
            &night.form(
                WriteKind::Page,
                about(&now),
                &[("path", "Payments"), ("title", "Come")],
            ),
        )
        .await;
    let escalation = async |id: &str| night.client.escalation(id).await.expect("a page");
    let subject = async |id: &str| Subject::Page(Box::new(escalation(id).await));
    assert_eq!(escalation(&page).await.incidents[0].0, now.row.id);
    night
        .done(
            &outbox,
            &night.form(WriteKind::Ack, subject(&page).await, &[]),
        )
        .await;
    assert_eq!(escalation(&page).await.status, "acked");
    night
        .done(
            &outbox,
            &night.form(WriteKind::Snooze, subject(&page).await, &[("until", "+2h")]),
        )
        .await;
    assert_eq!(escalation(&page).await.status, "snoozed");
    let next = night
        .done(
            &outbox,
            &night.form(
                WriteKind::Reassign,
                subject(&page).await,
                &[("people", "Ana Abara, Bram Haddad")],
            ),
        )
        .await;
    assert_eq!(
        (
            escalation(&page).await.status.as_str(),
            escalation(&next).await.notified()
        ),
        ("resolved", "Ana Abara, Bram Haddad".into())
    );
    night
        .done(
            &outbox,
            &night.form(WriteKind::Cancel, subject(&next).await, &[]),
        )
        .await;
    assert_eq!(escalation(&next).await.status, "cancelled");

    // Cover: rotation and layer are found, the part of the shift is kept.
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
    let override_id = night.done(&outbox, &cover).await;
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

    // Alerts.
    let alert = night
        .client
        .alerts(false, None, 1)
        .await
        .expect("alerts")
        .items
        .remove(0);
    let open = night.rows[0].clone();
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Attach,
                Subject::Alert(Box::new(alert.clone())),
                &[("incident", &open.reference)],
            ),
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
    night
        .done(
            &outbox,
            &night.form(WriteKind::Detach, Subject::Alert(Box::new(there)), &[]),
        )
        .await;
    assert!(attached().await.is_none());
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::Resolve,
                Subject::Alert(Box::new(alert.clone())),
                &[],
            ),
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

    // Actions and follow-ups: what is not touched stays.
    let task = night
        .done(
            &outbox,
            &night.form(
                WriteKind::ActionAdd,
                about(&now),
                &[("description", "Restart"), ("assignee", "Ana Abara")],
            ),
        )
        .await;
    let action = async || night.client.action(&task).await.expect("an action");
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::ActionEdit,
                Subject::Action(Box::new(action().await)),
                &[("assignee", "")],
            ),
        )
        .await;
    assert_eq!(
        (action().await.assignee, action().await.description.as_str()),
        (None, "Restart")
    );
    let completed = night
        .send(
            &outbox,
            &night.form(
                WriteKind::ActionDone,
                Subject::Action(Box::new(action().await)),
                &[],
            ),
        )
        .await
        .write;
    assert_eq!(action().await.status, "completed");
    sent(
        &outbox,
        completed
            .undone("undo-2".into(), night.now())
            .expect("a way back"),
    )
    .await;
    assert_eq!(action().await.status, "outstanding");
    let task = night
        .done(
            &outbox,
            &night.form(
                WriteKind::FollowUpAdd,
                about(&now),
                &[
                    ("title", "Canary"),
                    ("description", "so *that*"),
                    ("priority", "Soon"),
                ],
            ),
        )
        .await;
    let follow_up = async || night.client.follow_up(&task).await.expect("a follow-up");
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::FollowUpEdit,
                Subject::FollowUp(Box::new(follow_up().await)),
                &[("assignee", "Ana Abara")],
            ),
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
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::FollowUpDone,
                Subject::FollowUp(Box::new(follow_up().await)),
                &[],
            ),
        )
        .await;
    assert_eq!(
        (
            follow_up().await.status.as_str(),
            follow_up().await.description.as_str()
        ),
        ("completed", "so *that*")
    );

    // The catalog: what is not touched is not cleared.
    let cart = night.graph.find("cart").expect("an entry").clone();
    let entry = Subject::Entry(Box::new(cart.clone()));
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::EntryEdit,
                entry,
                &[("Tier", "3"), ("Depends on", "payment-gateway")],
            ),
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
    let made = night
        .done(
            &outbox,
            &night.form(
                WriteKind::EntryAdd,
                kind,
                &[
                    ("name", "new-service"),
                    ("Tier", "2"),
                    ("Depends on", "cart"),
                ],
            ),
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

    // After it.
    let now = night.incident(&id).await;
    let text = [("content", "# What happened\n\nWords.")];
    night
        .done(&outbox, &night.form(WriteKind::Import, about(&now), &text))
        .await;
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
    night
        .done(
            &outbox,
            &night.form(
                WriteKind::DocumentStatus,
                Subject::Document(Box::new(document.clone())),
                &[("status", "in review")],
            ),
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
    night
        .done(
            &outbox,
            &night.form(WriteKind::Close, about(&now), &[("message", "All good")]),
        )
        .await;
    assert_eq!(
        night.incident(&id).await.row.category.label(),
        "post-incident"
    );

    // What customers read asks for a typed word.
    let said = [
        ("name", "Checkout fails"),
        ("message", "We look at it."),
        ("components", "Shop, App"),
        ("impact", "partial outage"),
    ];
    let mut publish = night.form(WriteKind::Publish, Subject::Nothing, &said);
    publish.set("confirm", "yes").expect("typed");
    assert!(
        publish.plan(night.now(), "s").is_err(),
        "the page's name is asked for"
    );
    publish
        .set("confirm", "larkfield market status")
        .expect("typed");
    let published = night.done(&outbox, &publish).await;
    let mut night = night;
    night.form_options = night.here.form_options().await;
    let update = [
        ("message", "Better."),
        ("status", "monitoring"),
        ("confirm", "Larkfield Market status"),
    ];
    night
        .done(
            &outbox,
            &night.form(WriteKind::PublishUpdate, Subject::Nothing, &update),
        )
        .await;
    let page = night
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

    let kinds: BTreeSet<String> = outbox
        .journal(500)
        .await
        .expect("the journal")
        .into_iter()
        .map(|w| w.kind.id().to_owned())
        .collect();
    let missing: Vec<&str> = WriteKind::ALL
        .iter()
        .map(|k| k.id())
        .filter(|k| !kinds.contains(*k) && *k != WriteKind::LocalNote.id())
        .collect();
    assert!(missing.is_empty(), "not played: {missing:?}");
    if let Some(spec) = description() {
        let mut wrong = night.recorder.wrong(&spec);
        // The description says in words that null unassigns, and in its types that it may not be null.
        wrong.retain(|w| !w.ends_with("request: null is not of type \"string\" at /assignee_id"));
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
