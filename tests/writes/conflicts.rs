//! What somebody else changed, what is refused, and clocks that are wrong.

use crate::night::{Night, about, four, home, sent, session};
use hotseat::domain::ApiError;
use hotseat::domain::WriteState;
use hotseat::writes::WriteKind;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_changed_is_told_before_it_is_overwritten() {
    let night = Night::new().await;
    let [mine, theirs] = [0, 1].map(|_| night.session(None));
    let incident = four(&night).await.remove(0);
    let id = incident.row.id.as_str();
    let others: Vec<&str> = ["Storm", "Gale", "Breeze"]
        .into_iter()
        .filter(|s| incident.row.severity.as_deref() != Some(s))
        .collect();
    let form = night.form(
        WriteKind::Severity,
        about(&incident),
        &[("severity", others[0])],
    );
    night
        .done(
            &theirs,
            &night.form(
                WriteKind::Severity,
                about(&incident),
                &[("severity", others[1])],
            ),
        )
        .await;
    let before = night
        .recorder
        .log
        .lock()
        .expect("lock")
        .iter()
        .filter(|e| e.method != "get")
        .count();
    let planned = form.plan(night.now(), "s").expect("a plan").remove(0);
    let outcome = sent(&mine, planned.write).await;
    let Some(ApiError::Moved(says)) = &outcome.error else {
        panic!("{:?}", outcome.error)
    };
    let was = incident.row.severity.clone().unwrap_or_default();
    assert_eq!(
        says,
        &format!("Severity is now {} and was {was}", others[1])
    );
    assert_eq!(
        night
            .recorder
            .log
            .lock()
            .expect("lock")
            .iter()
            .filter(|e| e.method != "get")
            .count(),
        before,
        "nothing was sent"
    );
    // Another field of the same incident is nobody's business.
    night
        .done(
            &mine,
            &night.form(WriteKind::Edit, about(&incident), &[("summary", "mine")]),
        )
        .await;
    // Having seen it, one may overwrite it: the same write, on what stands now.
    let renewed = form
        .renewed(vec![about(&night.incident(id).await)], &night.facts(&[]))
        .expect("renewed");
    let again = renewed.plan(night.now(), "s").expect("a plan").remove(0);
    sent(&mine, again.write).await.confirmed().expect("sent");
    assert_eq!(
        night.incident(id).await.row.severity.as_deref(),
        Some(others[0])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_stands_as_refused_and_may_be_tried_again() {
    let night = Night::new().await;
    let incident = four(&night).await.remove(0);
    let home = home();
    let journal = home.path().join("journal.db");
    let outbox = night.session(Some(journal.clone()));
    let write = |kind, typed: &[(&str, &str)]| {
        night
            .form(kind, about(&incident), typed)
            .plan(night.now(), "s")
            .expect("a plan")
            .remove(0)
            .write
    };
    // Permission.
    let note = write(WriteKind::Note, &[("title", "x")]);
    let viewer = session(&night.url, &night.running.viewer_key, Some(journal.clone()));
    let outcome = sent(&viewer, note.clone()).await;
    assert_eq!(outcome.write.state, WriteState::Refused);
    assert!(
        outcome
            .error
            .expect("an error")
            .to_string()
            .contains("timeline_items.create")
    );
    let outcome = sent(&outbox, note).await;
    assert_eq!(
        (outcome.write.state, outcome.before),
        (WriteState::Confirmed, false),
        "with another key it is the same write"
    );
    // A move that was legal when the form was opened: somebody closed it meanwhile.
    let move_it = write(
        WriteKind::Update,
        &[("message", "m"), ("status", "Watching")],
    );
    let mut unguarded = move_it.clone();
    unguarded.guard = None;
    let closing = write(WriteKind::Close, &[]);
    sent(&outbox, closing).await.confirmed().expect("closed");
    let outcome = sent(&outbox, move_it).await;
    assert!(
        matches!(outcome.error, Some(ApiError::Moved(_))),
        "{:?}",
        outcome.error
    );
    let outcome = sent(&outbox, unguarded).await;
    assert!(
        outcome
            .write
            .said
            .contains("cannot move from learning to live"),
        "{}",
        outcome.write.said
    );
    // Validation, on its field.
    let mut bad = write(
        WriteKind::ActionAdd,
        &[("description", "x"), ("assignee", "Ana Abara")],
    );
    bad.body["assignee_id"] = json!("nobody");
    let outcome = sent(&outbox, bad).await;
    let Some(ApiError::Http {
        status: 422,
        errors,
        ..
    }) = outcome.error
    else {
        panic!("{:?}", outcome.error)
    };
    assert_eq!(errors[0].field.as_deref(), Some("assignee_id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_gets_the_right_time_where_this_machines_clock_is_an_hour_wrong() {
    let night = Night::new().await;
    let home = home();
    let incident = four(&night).await.remove(0);
    *night.recorder.ahead.lock().expect("lock") = 3_600;
    let output = night
        .run(
            home.path(),
            &["timeline", "add", &incident.row.reference, "now", "--yes"],
        )
        .await;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let item = night
        .client
        .timeline(&incident.row.id)
        .await
        .expect("a timeline")
        .items
        .into_iter()
        .find(|i| i.title == "now")
        .expect("the note");
    let off = (item.at - night.now() - chrono::Duration::hours(1))
        .num_seconds()
        .abs();
    assert!(off < 30, "{off} s off the server's clock");
    // What was recorded an hour in the future or in the past is not sent by itself.
    let outbox = night.session(None);
    for hours in [-1, 1] {
        let at = night.now() + chrono::Duration::hours(hours);
        let mut write = night
            .form(WriteKind::Note, about(&incident), &[("title", "late")])
            .plan(at, "s")
            .expect("a plan")
            .remove(0)
            .write;
        write.recorded = at;
        write.key.push_str(&hours.to_string());
        outbox.record(&write).await.expect("recorded");
    }
    outbox.resume_writes(night.now()).await.expect("replayed");
    let open = outbox.open_writes().await.expect("the journal");
    assert!(
        open.len() == 2 && open.iter().all(|w| w.on_hold),
        "{open:?}"
    );
    let outcome = outbox.retry(&open[0].key).await.expect("a person decided");
    assert_eq!(outcome.write.state, WriteState::Confirmed);
}
