//! A write whose answer was lost: looked for before it is sent again, and never over what somebody else wrote since.

use crate::line::Cut;
use crate::night::{Night, about, four, home, sent};
use crate::recorder::{Break, Colleague, ReadBreak};
use hotseat::config::organisation_name;
use hotseat::domain::{Incident, WriteState};
use hotseat::session::{ApiError, Outcome, Session};
use hotseat::writes::{Subject, WriteKind};
use reqwest::Method;
use serde_json::{Value, json};

/// An organisation, a program with a journal of its own in a folder, and an incident.
async fn scene() -> (Night, tempfile::TempDir, Session, Incident) {
    let night = Night::new().await;
    let home = home();
    let session = night.session(Some(home.path().join("journal.db")));
    let incident = four(&night).await.remove(0);
    (night, home, session, incident)
}

/// What a colleague writes into the summary of an incident.
fn theirs(incident: &Incident) -> Colleague {
    let path = format!("/v2/incidents/{}/actions/edit", incident.row.id);
    let body = json!({"incident": {"summary": "theirs"}, "notify_incident_channel": false});
    (Method::POST, path, body)
}

/// Sends "mine" into the summary of an incident.
async fn edited(night: &Night, session: &Session, incident: &Incident) -> Outcome {
    let form = night.form(WriteKind::Edit, about(incident), &[("summary", "mine")]);
    let planned = form.plan(night.now(), "s").expect("a plan").remove(0);
    sent(session, planned.write).await
}

/// A page about an incident that waits.
async fn paged(night: &Night, session: &Session, incident: &Incident) -> Subject {
    let typed = [("people", "Bram Haddad"), ("title", "Come")];
    let page = night.form(WriteKind::Page, about(incident), &typed);
    let page = night.done(session, &page).await;
    let page = night.client.escalation(&page).await.expect("a page");
    Subject::Page(Box::new(page))
}

/// Requests that changed something, so far.
fn posts(night: &Night) -> usize {
    let log = night.recorder.log.lock().expect("lock");
    log.iter().filter(|e| e.method != "get").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_in_doubt_leaves_alone_what_a_colleague_wrote_since() {
    for how in [
        Break::LineAfter(Cut::Fin),
        Break::LineAfter(Cut::Rst),
        Break::LineBefore(Cut::Fin),
        Break::LineBefore(Cut::Rst),
        Break::ErrorAfter,
        Break::Half,
    ] {
        let (night, _home, session, incident) = scene().await;
        let faults = [(how, Some(theirs(&incident)))];
        night.recorder.break_in_turn(faults);
        let outcome = edited(&night, &session, &incident).await;
        let before = posts(&night);
        assert_eq!(
            (outcome.write.state, outcome.write.on_hold),
            (WriteState::InDoubt, true),
            "{how:?}: {:?}",
            outcome.error
        );
        assert!(
            outcome.write.said.contains("Summary is now theirs"),
            "{}",
            outcome.write.said
        );
        // Neither time nor a person who tries again sends it over that.
        session.resume_writes(night.now()).await.expect("resumed");
        let again = session.retry(&outcome.write.key).await.expect("looked");
        assert!(
            matches!(again.error, Some(ApiError::User(_))),
            "{:?}",
            again.error
        );
        let stands = night.incident(incident.row.id.as_str()).await.summary;
        assert_eq!(
            (stands.as_str(), posts(&night)),
            ("theirs", before),
            "{how:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_in_doubt_is_not_made_again_where_a_colleague_took_it_back() {
    let (night, _home, session, incident) = scene().await;
    let (method, path, mut body) = theirs(&incident);
    body["incident"]["summary"] = json!(incident.summary);
    let taken_back = Some((method, path, body));
    let fault = (Break::LineAfter(Cut::Fin), taken_back);
    night.recorder.break_in_turn([fault]);
    let outcome = edited(&night, &session, &incident).await;
    assert!(
        outcome.write.state == WriteState::InDoubt && outcome.write.on_hold,
        "{:?}",
        outcome.write
    );
    let stands = night.incident(incident.row.id.as_str()).await.summary;
    assert_eq!(stands, incident.summary);
}

#[tokio::test(flavor = "multi_thread")]
async fn taking_back_leaves_alone_what_a_colleague_wrote_since() {
    let (night, _home, session, incident) = scene().await;
    let mine = edited(&night, &session, &incident).await.write;
    let back = |n: &str| mine.undone(format!("undo {n}"), night.now());
    // While the answer is lost, and before it is sent.
    let faults = [(Break::LineBefore(Cut::Fin), Some(theirs(&incident)))];
    night.recorder.break_in_turn(faults);
    for (time, state) in [("1", WriteState::InDoubt), ("2", WriteState::Refused)] {
        let outcome = sent(&session, back(time).expect("a way back")).await;
        assert_eq!(outcome.write.state, state, "{:?}", outcome.error);
        let said = outcome.says();
        assert!(said.contains("is now theirs and was mine"), "{said}");
        let stands = night.incident(incident.row.id.as_str()).await.summary;
        assert_eq!(stands, "theirs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_gone_when_it_is_deleted_again_was_deleted() {
    let (night, _home, session, incident) = scene().await;
    let typed = [("description", "mine")];
    let form = night.form(WriteKind::ActionAdd, about(&incident), &typed);
    let made = night.done(&session, &form).await;
    let added = session.journal(1).await.expect("the journal").remove(0);
    let back = added
        .undone("undo".into(), night.now())
        .expect("a way back");
    night.recorder.break_next(Break::LineAfter(Cut::Fin));
    let outcome = sent(&session, back).await;
    assert_eq!(
        outcome.write.state,
        WriteState::Confirmed,
        "{:?}",
        outcome.error
    );
    assert!(night.client.action(&made).await.is_err(), "it is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn doubt_is_never_left_for_waiting_and_what_stands_as_asked_is_confirmed() {
    let night = Night::new().await;
    let home = home();
    let session = night.session(Some(home.path().join("journal.db")));
    for first in [
        Break::LineAfter(Cut::Fin),
        Break::CutAfter,
        Break::ErrorAfter,
        // It arrives while the second one is refused for the time being.
        Break::Late(300),
    ] {
        for second in [
            Break::TooMany,
            Break::LineBefore(Cut::Rst),
            Break::ErrorBefore,
        ] {
            let incident = four(&night).await.remove(0);
            let words = format!("{first:?} {second:?}");
            let form = night.form(WriteKind::Edit, about(&incident), &[("summary", &words)]);
            let planned = form.plan(night.now(), "s").expect("a plan").remove(0);
            night
                .recorder
                .break_in_turn([(first, None), (second, None)]);
            let outcome = sent(&session, planned.write).await;
            night.recorder.break_in_turn([]);
            assert_ne!(outcome.write.state, WriteState::Waiting, "{words}");
            session.resume_writes(night.now()).await.expect("resumed");
            let known = session.find_write(&outcome.write.key).await.expect("known");
            assert_eq!(
                known.state,
                WriteState::Confirmed,
                "{words}: {}",
                known.said
            );
            let stands = night.incident(incident.row.id.as_str()).await.summary;
            assert_eq!(stands, words);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_no_page_does_not_say_that_a_page_was_not_handed_on() {
    let (night, _home, session, incident) = scene().await;
    let page = paged(&night, &session, &incident).await;
    let form = night.form(WriteKind::Reassign, page, &[("people", "Ana Abara")]);
    let planned = form.plan(night.now(), "s").expect("a plan").remove(0);
    night.recorder.break_next(Break::LineAfter(Cut::Fin));
    let nonsense = Some(ReadBreak::Nonsense("[]"));
    night.recorder.break_reads([nonsense; 8]);
    let outcome = sent(&session, planned.write).await;
    assert_eq!(
        outcome.write.state,
        WriteState::InDoubt,
        "{:?}",
        outcome.error
    );
    night.recorder.break_reads([]);
    session.resume_writes(night.now()).await.expect("resumed");
    let known = session.find_write(&outcome.write.key).await.expect("known");
    assert_eq!(known.state, WriteState::Confirmed, "{}", known.said);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_something_without_a_key_is_not_sent_again_while_it_may_still_arrive() {
    let (night, _home, session, incident) = scene().await;
    for (kind, field) in [
        (WriteKind::ActionAdd, "description"),
        (WriteKind::FollowUpAdd, "title"),
    ] {
        let form = night.form(kind, about(&incident), &[(field, "late")]);
        let planned = form.plan(night.now(), "s").expect("a plan").remove(0);
        night.recorder.break_next(Break::Late(600));
        let before = posts(&night);
        let outcome = sent(&session, planned.write).await;
        assert_eq!(
            outcome.write.state,
            WriteState::Confirmed,
            "{:?}",
            outcome.error
        );
        assert_eq!(
            posts(&night),
            before + 1,
            "{kind:?}: it arrived, and was not sent again"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_reworded_while_its_answer_was_lost_is_not_made_again() {
    let (night, _home, session, incident) = scene().await;
    let form = night.form(
        WriteKind::ActionAdd,
        about(&incident),
        &[("description", "mine")],
    );
    let planned = form.plan(night.now(), "s").expect("a plan").remove(0);
    let mut reworded = planned.write.body.clone();
    reworded["description"] = json!("theirs");
    // The list shows it with other words, as after a colleague's edit.
    let made = (Method::POST, "/v3/actions".to_owned(), reworded);
    let fault = (Break::LineBefore(Cut::Fin), Some(made));
    night.recorder.break_in_turn([fault]);
    let before = posts(&night);
    let outcome = sent(&session, planned.write).await;
    assert!(
        outcome.write.state == WriteState::InDoubt && outcome.write.on_hold,
        "{:?}",
        outcome.write
    );
    assert_eq!(posts(&night), before + 1, "only the other one was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_handed_on_and_kept_is_known_to_be_handed_on() {
    let (night, _home, session, incident) = scene().await;
    let page = paged(&night, &session, &incident).await;
    let typed = [("people", "Ana Abara"), ("keep", "yes")];
    let form = night.form(WriteKind::Reassign, page, &typed);
    let planned = form.plan(night.now(), "s").expect("a plan").remove(0);
    night.recorder.break_next(Break::LineAfter(Cut::Fin));
    let outcome = sent(&session, planned.write).await;
    assert_eq!(
        outcome.write.state,
        WriteState::InDoubt,
        "{:?}",
        outcome.error
    );
    // A person looks, is not sure, and sends it again: the platform says that it was done.
    let again = session.retry(&outcome.write.key).await.expect("tried");
    assert_eq!(
        again.write.state,
        WriteState::Confirmed,
        "{:?}",
        again.error
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_what_is_so_already_sends_nothing_that_was_kept() {
    let night = Night::new().await;
    let home = home();
    let incident = four(&night).await.remove(0);
    let (reference, status) = (
        incident.row.reference.to_string(),
        incident.row.status.to_string(),
    );
    // An update that nobody could send, three hours ago.
    let form = night.form(
        WriteKind::Update,
        about(&incident),
        &[("message", "old news")],
    );
    let planned = form.plan(night.now() - chrono::Duration::hours(3), "s");
    let write = planned.expect("a plan").remove(0).write;
    let name = organisation_name(&night.url, None).expect("a name");
    let state = home.path().join(".local/state/hotseat");
    let kept = night.session(Some(state.join(format!("{name}.journal.db"))));
    kept.record(&write).await.expect("recorded");
    let before = posts(&night);
    let same = [
        "incidents",
        "update",
        &reference,
        "--status",
        &status,
        "--yes",
    ];
    let told = night.run(home.path(), &same).await;
    let said = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(
        told.status.success() && said.contains("unchanged"),
        "{said}"
    );
    assert_eq!(posts(&night), before, "nothing was sent");
    let open = kept.open_writes().await.expect("the journal");
    assert_eq!(open.len(), 1, "it waits as before");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_place_for_the_journal_nothing_is_sent_unless_that_is_asked_for() {
    let night = Night::new().await;
    let home = home();
    let incident = four(&night).await.remove(0);
    let note = [
        "timeline",
        "add",
        incident.row.reference.as_ref(),
        "step",
        "--yes",
    ];
    let (before, stands) = (posts(&night), |told: &std::process::Output| {
        (
            told.status.code(),
            String::from_utf8_lossy(&told.stderr).into_owned(),
        )
    });
    for args in [
        &[&note[..], &["--no-cache"]].concat()[..],
        &["--no-cache", "journal", "note", "x"],
    ] {
        let (code, said) = stands(&night.run(home.path(), args).await);
        assert_eq!(code, Some(4), "{args:?}: {said}");
        assert!(said.contains("no journal of writes here"), "{said}");
    }
    assert_eq!(posts(&night), before, "nothing was sent");
    let (code, said) = stands(
        &night
            .run(
                home.path(),
                &[&note[..], &["--no-cache", "--no-journal"]].concat(),
            )
            .await,
    );
    assert_eq!((code, posts(&night)), (Some(0), before + 1), "{said}");

    // Where its folder cannot be made it is the same, and the check of this machine says so.
    let blocked = self::home();
    std::fs::write(blocked.path().join(".local"), "").expect("a file in its place");
    let (code, said) = stands(&night.run(blocked.path(), &note).await);
    assert_eq!((code, posts(&night)), (Some(4), before + 1), "{said}");
    assert!(said.contains("The journal cannot be opened"), "{said}");
    assert!(said.contains("--no-journal"), "{said}");
    let checked = night
        .run(blocked.path(), &["doctor", "--output", "json"])
        .await;
    let checks: Value = serde_json::from_slice(&checked.stdout).expect("checks");
    let journal = |check: &Value| check["name"] == "journal" && check["mark"] == "bad";
    let all = checks.as_array().expect("a list");
    assert!(all.iter().any(journal), "{checks}");
    let (code, said) = stands(
        &night
            .run(blocked.path(), &[&note[..], &["--no-journal"]].concat())
            .await,
    );
    assert_eq!((code, posts(&night)), (Some(0), before + 2), "{said}");
}
