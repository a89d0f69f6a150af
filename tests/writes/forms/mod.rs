//! What a form shows is what is sent and what then stands, for every kind of write.

mod aftermath;
mod incidents;
mod response;

use crate::night::Night;
use crate::recorder::described::description;
use hotseat::session::{Outcome, Session};
use hotseat::writes::{Subject, WriteKind};
use std::collections::BTreeSet;

/// Where forms are filled in and sent.
struct Desk {
    night: Night,
    outbox: Session,
}

impl Desk {
    /// Fills in a form and sends it.
    async fn send(&self, kind: WriteKind, subject: Subject, typed: &[(&str, &str)]) -> Outcome {
        let form = self.night.form(kind, subject, typed);
        self.night.send(&self.outbox, &form).await
    }

    /// The same, and it must be taken in; gives the id of what it made.
    async fn done(&self, kind: WriteKind, subject: Subject, typed: &[(&str, &str)]) -> String {
        let form = self.night.form(kind, subject, typed);
        self.night.done(&self.outbox, &form).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_form_shows_is_what_is_sent_and_what_then_stands() {
    let night = Night::new().await;
    let outbox = night.session(None);
    let mut desk = Desk { night, outbox };
    let incident = incidents::declare(&desk).await;
    let id = incident.row.id.as_str();
    incidents::edit(&desk, &incident).await;
    incidents::change_people(&desk, id).await;
    let now = incidents::update(&desk, id).await;
    response::notes(&desk, &now).await;
    response::pages(&desk, &now).await;
    response::cover(&desk).await;
    response::alerts(&desk).await;
    aftermath::actions(&desk, &now).await;
    aftermath::follow_ups(&desk, &now).await;
    aftermath::catalog(&desk).await;
    aftermath::close(&desk, id).await;
    aftermath::publish(&mut desk).await;
    every_kind_was_played(&desk).await;
    every_exchange_fits(&desk);
}

async fn every_kind_was_played(desk: &Desk) {
    let kinds: BTreeSet<String> = desk
        .outbox
        .journal(500)
        .await
        .expect("the journal")
        .into_iter()
        .map(|w| w.kind.id().to_owned())
        .collect();
    let missing: Vec<&str> = WriteKind::ALL
        .iter()
        .map(|k| k.id())
        // A note kept here is sent nowhere, and a handover goes to Slack.
        .filter(|k| ![WriteKind::LocalNote.id(), WriteKind::HandOver.id()].contains(k))
        .filter(|k| !kinds.contains(*k))
        .collect();
    assert!(missing.is_empty(), "not played: {missing:?}");
}

fn every_exchange_fits(desk: &Desk) {
    if let Some(spec) = description() {
        let mut wrong = desk.night.recorder.wrong(&spec);
        // The description says in words that null unassigns, and in its types that it may not be null.
        wrong.retain(|w| !w.ends_with("request: null is not of type \"string\" at /assignee_id"));
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
