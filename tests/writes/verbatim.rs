//! What others wrote and the screen does not show stays when somebody edits what it shows.

use crate::night::{Night, about, sent};
use hotseat::writes::{Subject, WriteKind};
use serde_json::Value;

/// A family of emoji, which the screen shows as three people; a tab; lines.
const FAMILY: &str = "👨\u{200d}👩\u{200d}👧";

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_that_is_edited_keeps_what_is_not_shown_and_gets_it_back() {
    let night = Night::new().await;
    let outbox = night.session(None);
    let summary = format!("Ask {FAMILY} at\tnoon.\r\n\r\nThen wait.");
    let typed = [
        ("name", "Checkout fails"),
        ("severity", "gale"),
        ("summary", summary.as_str()),
        ("Customer impact", "four\u{200b} in ten"),
    ];
    let declare = night.form(WriteKind::Declare, Subject::Nothing, &typed);
    let id = night.done(&outbox, &declare).await;
    let raw = async || {
        let incident = night.get(&format!("/v2/incidents/{id}"), &[]).await["incident"].clone();
        (incident["summary"].clone(), impact(&incident))
    };
    let first = raw().await;
    assert_eq!(
        first,
        (summary.clone().into(), "four\u{200b} in ten".into()),
        "a command sends what was typed"
    );
    let incident = night.incident(&id).await;
    let shown = incident.summary.replace("wait", "call");
    let changes = [
        ("summary", shown.as_str()),
        ("Customer impact", "four in nine"),
    ];
    let edit = night.form(WriteKind::Edit, about(&incident), &changes);
    let outcome = night.send(&outbox, &edit).await;
    assert_eq!(
        raw().await,
        (
            summary.replace("wait", "call").into(),
            "four\u{200b} in nine".into()
        )
    );
    let back = outcome.write.undone("undo".into(), night.now());
    let back = sent(&outbox, back.expect("a way back")).await;
    back.confirmed().expect("undone");
    assert_eq!(raw().await, first);
}

/// The value of the custom field.
fn impact(incident: &Value) -> Value {
    let fields = incident["custom_field_entries"].as_array();
    let mut fields = fields.into_iter().flatten();
    let found = fields.find(|entry| entry["custom_field"]["name"] == "Customer impact");
    found.map_or(Value::Null, |entry| {
        entry["values"][0]["value_text"].clone()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_with_one_key_does_not_rewrite_the_words() {
    let night = Night::new().await;
    let outbox = night.session(None);
    let incident = crate::night::four(&night).await.remove(0);
    let words = format!("Drain:\n- {FAMILY}\n\t- the queue");
    let note = [("title", FAMILY), ("description", words.as_str())];
    let add = |kind, typed: &[(&str, &str)]| night.form(kind, about(&incident), typed);
    let note = night.done(&outbox, &add(WriteKind::Note, &note)).await;
    let typed = [("description", words.as_str())];
    let action = night
        .done(&outbox, &add(WriteKind::ActionAdd, &typed))
        .await;
    let typed = [("title", FAMILY), ("description", words.as_str())];
    let follow_up = night
        .done(&outbox, &add(WriteKind::FollowUpAdd, &typed))
        .await;

    let subject = Subject::Action(Box::new(night.client.action(&action).await.expect("one")));
    let done = night.form(WriteKind::ActionDone, subject, &[]);
    night.done(&outbox, &done).await;
    let there = night.get(&format!("/v3/actions/{action}"), &[]).await["action"].clone();
    assert_eq!(
        (&there["status"], &there["description"]),
        (&"completed".into(), &words.clone().into())
    );

    let subject = night.client.follow_up(&follow_up).await.expect("one");
    let subject = Subject::FollowUp(Box::new(subject));
    let given = night.form(
        WriteKind::FollowUpEdit,
        subject,
        &[("assignee", "Ana Abara")],
    );
    night.done(&outbox, &given).await;
    let path = format!("/v3/follow_ups/{follow_up}");
    let there = night.get(&path, &[]).await["follow_up"].clone();
    assert_eq!(
        (&there["title"], &there["description"]),
        (&FAMILY.into(), &words.clone().into())
    );

    let items = night
        .client
        .timeline(&incident.row.id)
        .await
        .expect("items")
        .items;
    let item = items.into_iter().find(|item| item.id == note).expect("it");
    let title = format!("{} left", item.title);
    let subject = Subject::Note(Box::new(incident.clone()), item);
    let told = night.form(WriteKind::NoteEdit, subject, &[("title", &title)]);
    night.done(&outbox, &told).await;
    let asked = [("incident_id", incident.row.id.as_str())];
    let items = night.get("/v2/incident_timeline_items", &asked).await;
    let items = items["incident_timeline_items"]
        .as_array()
        .expect("items")
        .clone();
    let there = items
        .iter()
        .find(|item| item["id"] == note.as_str())
        .expect("it");
    assert_eq!(
        (&there["title"], &there["description"]),
        (&format!("{FAMILY} left").into(), &words.into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sets_one_value_of_an_entry_renames_nothing_of_it() {
    let night = Night::new().await;
    let outbox = night.session(None);
    let cart = night.graph.find("cart").expect("an entry").clone();
    let name = format!("cart\t{FAMILY}");
    let aliases = format!("basket\u{200d}, {FAMILY}");
    let typed = [("name", name.as_str()), ("aliases", aliases.as_str())];
    let add = night.form(WriteKind::EntryAdd, Subject::Type(cart.kind), &typed);
    let id = night.done(&outbox, &add).await;
    let entry = night.client.catalog_entry(&id).await.expect("an entry");
    let typed = [("Tier", "3"), ("aliases", "cart-2, basket")];
    let edit = night.form(
        WriteKind::EntryEdit,
        Subject::Entry(Box::new(entry)),
        &typed,
    );
    night.done(&outbox, &edit).await;
    let there = night.get(&format!("/v3/catalog_entries/{id}"), &[]).await["catalog_entry"].clone();
    assert_eq!(
        (&there["name"], &there["aliases"]),
        (
            &name.into(),
            &serde_json::json!(["cart-2", "basket\u{200d}"])
        )
    );
}
