//! Writes from the keyboard: forms, what is kept of them, what is refused, several at once, what is taken back.

use crate::common;
use crate::common::Console;
use crate::steps::{on_312, sent, wrote};
use hotseat::console::job::Topic;
use hotseat::console::msg::Cmd;
use hotseat::console::news::News;
use hotseat::domain::{
    ApiError, Identity, Org, SavedForm, StatusCategory, TimelineEntry, WriteState,
};
use hotseat::session::{Change, KnownTimeline};
use hotseat::writes::WriteKind;
use std::sync::Arc;

#[test]
fn frequent_writes_take_two_keys_and_what_they_say() {
    for (script, method, path, body) in [
        (
            "L y",
            "POST",
            "/v2/incidents/312/actions/edit",
            r#"{"incident":{"incident_role_assignments":[{"assignee":{"id":"U312"},"incident_role_id":"R1"}]},"notify_incident_channel":false}"#,
        ),
        (
            "S down down alt-enter",
            "POST",
            "/v2/incidents/312/actions/edit",
            r#"{"incident":{"severity_id":"Breeze"},"notify_incident_channel":false}"#,
        ),
        (
            "C y",
            "POST",
            "/v2/incidents/312/actions/edit",
            r#"{"incident":{"incident_status_id":"Writing up"},"notify_incident_channel":false}"#,
        ),
        (
            "c \"watch\" enter esc y",
            "POST",
            "/v2/incidents/312/actions/edit",
            r#"{"incident":{"incident_status_id":"Watching"},"notify_incident_channel":false}"#,
        ),
        (
            "u \"Rolling back\" esc y",
            "POST",
            "/v2/incident_updates",
            r#"{"incident_id":"312","message":"Rolling back"}"#,
        ),
        (
            "n \"Bad deploy\" enter \"14:29\" esc y",
            "POST",
            "/v2/incident_timeline_items",
            r#"{"incident_id":"312","timestamp":"2026-11-20T14:29:00Z","title":"Bad deploy"}"#,
        ),
    ] {
        let mut console = on_312(120, 40);
        console.keys(script);
        let writes = sent(&mut console);
        let [write] = &writes[..] else {
            panic!("{script}: {} writes\n{}", writes.len(), console.screen())
        };
        let mut plain = write.body.clone();
        let key = plain
            .as_object_mut()
            .and_then(|b| b.remove("idempotency_key"));
        let body: serde_json::Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(
            (write.method.as_str(), write.path.as_str(), plain),
            (method, path, body),
            "{script}"
        );
        assert!(key.is_none_or(|key| key == write.key.as_str()), "{script}");
        assert!(
            console.screen().contains("on its way"),
            "{script}: the pane shows it at once\n{}",
            console.screen()
        );
    }
}

#[test]
fn a_write_is_shown_on_its_way_then_done_and_stands_once_when_the_lane_tells_of_it() {
    let mut console = on_312(120, 40);
    console.keys("u \"Rolling back\" esc x");
    assert!(
        console.screen().contains("POST /v2/incident_updates"),
        "{}",
        console.screen()
    );
    console.keys("y y y");
    let writes = sent(&mut console);
    assert_eq!(writes.len(), 1, "keys after it was sent send nothing");
    console.tell(wrote(&writes[0], WriteState::Confirmed, None, &[]));
    assert!(
        console
            .screen()
            .contains("Done: INC-312: update Rolling back"),
        "{}",
        console.screen()
    );
    assert!(
        console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, Cmd::Fetch(Topic::Timeline(id)) if id.as_str() == "312"))
    );
    assert_eq!(
        console
            .state
            .detail
            .lines()
            .iter()
            .filter(|l| l.body == "Rolling back")
            .count(),
        1
    );
    let mut timeline = common::timeline();
    timeline.push(TimelineEntry {
        id: "u9".into(),
        title: "Fixing · Storm".into(),
        body: "Rolling back".into(),
        ..timeline[4].clone()
    });
    console.tell(Change::Timeline(Box::new(KnownTimeline {
        id: "312".into(),
        items: timeline,
        missing: vec![],
        seen: None,
    })));
    assert_eq!(
        console
            .state
            .detail
            .lines()
            .iter()
            .filter(|l| l.body == "Rolling back")
            .count(),
        1
    );
}

#[test]
fn what_is_refused_comes_back_with_the_reason_on_its_field_and_the_words_in_it() {
    let mut console = on_312(120, 40);
    console.keys("n \"Bad deploy\" enter \"14:29\" esc y");
    let writes = sent(&mut console);
    console.tell(wrote(
        &writes[0],
        WriteState::Refused,
        Some("incident.io did not accept the request."),
        &[("timestamp", "must be after 2020")],
    ));
    let screen = console.screen();
    for words in [
        "Bad deploy",
        "must be after 2020",
        "incident.io did not accept the request",
    ] {
        assert!(screen.contains(words), "no \"{words}\" in\n{screen}");
    }
    console.keys("esc y");
    assert_eq!(
        sent(&mut console)[0].key,
        writes[0].key,
        "it is the same write"
    );
}

#[test]
fn what_no_journal_knows_of_is_not_on_its_way() {
    let mut console = on_312(120, 40);
    console.keys("n \"Bad deploy\" esc y");
    let write = sent(&mut console).remove(0);
    let News::Wrote(mut told) = wrote(&write, WriteState::Waiting, Some("No place."), &[]) else {
        unreachable!()
    };
    told.recorded = false;
    console.tell(News::Wrote(told));
    console.keys("esc esc J");
    let screen = console.screen();
    assert!(!screen.contains("on its way"), "{screen}");
}

#[test]
fn a_change_of_somebody_else_is_said_and_the_form_stands_on_what_is_there_now() {
    let mut console = on_312(120, 40);
    console.keys("S down down alt-enter");
    let write = sent(&mut console).remove(0);
    let News::Wrote(mut told) = wrote(&write, WriteState::Refused, None, &[]) else {
        unreachable!()
    };
    let moved = "Severity is now Gale and was Storm.";
    told.error = Some(ApiError::Moved(moved.into()));
    console.tell(News::Wrote(told));
    assert!(
        console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, Cmd::Fetch(Topic::Subjects(..))))
    );
    let mut now = common::incident("312");
    now.row.severity = Some("Gale".into());
    console.tell(News::Subjects(WriteKind::Severity, vec![now]));
    assert!(
        console
            .screen()
            .contains("Severity is now Gale and was Storm."),
        "{}",
        console.screen()
    );
    console.keys("y");
    let again = sent(&mut console).remove(0);
    assert_eq!(
        (again.guard.map(|g| g.expects[0].value.clone()), again.key),
        (Some("Gale".into()), write.key)
    );
}

#[test]
fn what_is_typed_before_a_form_is_there_goes_into_it_and_nowhere_else() {
    let mut console = Console::filled(120, 40);
    console.asked.clear();
    console.keys("n \"Dq y\"");
    assert!(
        !console
            .asked
            .iter()
            .any(|cmd| matches!(cmd, Cmd::Quit | Cmd::Write { .. }))
    );
    console.tell(News::Subjects(
        WriteKind::Note,
        vec![common::incident("312")],
    ));
    assert!(
        console.screen().contains("What happened  Dq y"),
        "{}",
        console.screen()
    );
}

#[test]
fn what_was_begun_is_kept_at_every_letter_and_is_there_again() {
    let mut console = on_312(120, 40);
    console.keys("u \"Rolling ba\"");
    let kept = |console: &mut Console| -> Vec<SavedForm> {
        console
            .asked
            .drain(..)
            .filter_map(|cmd| {
                if let Cmd::SaveForm(kept, false) = cmd {
                    Some(kept)
                } else {
                    None
                }
            })
            .collect()
    };
    let all = kept(&mut console);
    assert_eq!(
        all.last().map(|k| k.values.clone()),
        Some(vec![("message".into(), vec!["Rolling ba".to_owned()])])
    );
    console.keys("esc esc");
    assert!(
        console.screen().contains("1 draft not sent"),
        "{}",
        console.screen()
    );
    // Another session, after a crash, where the form was opened before what is kept had been read.
    let mut console = on_312(120, 40);
    console.keys("u");
    console.tell(News::SavedForm(vec![all.last().expect("kept").clone()]));
    assert!(
        console.screen().contains("Rolling ba"),
        "{}",
        console.screen()
    );
    // What was typed there meanwhile is newer, and stays.
    let mut console = on_312(120, 40);
    console.keys("u \"Newer\"");
    console.tell(News::SavedForm(vec![all.last().expect("kept").clone()]));
    let screen = console.screen();
    assert!(
        screen.contains("Newer") && !screen.contains("Rolling ba"),
        "{screen}"
    );
    // Another session, after a crash.
    let mut console = on_312(120, 40);
    console.tell(News::SavedForm(vec![all.last().expect("kept").clone()]));
    console.keys("u");
    assert!(
        console.screen().contains("Rolling ba"),
        "{}",
        console.screen()
    );
    console.keys("\"ck\" esc y");
    let write = sent(&mut console).remove(0);
    assert_eq!(write.body["message"], "Rolling back");
    console.tell(wrote(&write, WriteState::Confirmed, None, &[]));
    assert!(
        kept(&mut console)
            .last()
            .is_some_and(|k| k.values.is_empty()),
        "what was sent is no draft any more"
    );
}

#[test]
fn what_may_not_be_written_says_why_before_anything_is_typed() {
    let mut console = on_312(120, 40);
    console.state.config = Arc::new(hotseat::config::Config {
        read_only: true,
        ..(*console.state.config).clone()
    });
    console.keys("u");
    let screen = console.screen();
    for words in [
        "Post an update: cannot open",
        "Not here, since hotseat is read-only here.",
    ] {
        assert!(screen.contains(words), "{screen}");
    }
    console.keys("esc");
    assert!(
        !console.screen().contains("u update"),
        "the footer does not offer it"
    );
    let mut console = on_312(120, 40);
    console.state.org = Arc::new(Org {
        identity: Identity {
            roles: vec!["viewer".into()],
            ..Identity::default()
        },
        ..(*console.state.org).clone()
    });
    console.keys("ctrl-p \"incident.update\"");
    assert!(
        console
            .screen()
            .contains("not here update — the API key lacks the role incident_editor"),
        "{}",
        console.screen()
    );
    // A move that the API does not have is there, with the reason, and cannot be chosen.
    let mut console = on_312(120, 40);
    let mut over = common::incident("312");
    (over.row.status, over.row.category) = ("Closed".into(), StatusCategory::Closed);
    console.tell(Change::Incident(Box::new(over)));
    console.keys("c \"fix\"");
    assert!(
        console
            .screen()
            .contains("Fixing  not here: reopening is not in the API"),
        "{}",
        console.screen()
    );
    console.keys("enter esc y");
    assert!(sent(&mut console).is_empty());
}

#[test]
fn several_marked_lines_are_one_act_with_a_line_for_each_result() {
    let mut console = Console::filled(120, 40);
    console.keys("space space");
    console.asked.clear();
    console.keys("S");
    let ids: Vec<String> = console
        .asked
        .iter()
        .find_map(|cmd| {
            if let Cmd::Fetch(Topic::Subjects(_, ids)) = cmd {
                Some(ids.iter().map(ToString::to_string).collect())
            } else {
                None
            }
        })
        .expect("both are read as they are now");
    assert_eq!(ids, ["312", "310"]);
    console.tell(News::Subjects(
        WriteKind::Severity,
        ids.iter().map(|id| common::incident(id)).collect(),
    ));
    console.keys("\"rip\" alt-enter");
    let writes = sent(&mut console);
    assert_eq!(
        writes
            .iter()
            .map(|w| w.order_key.as_str())
            .collect::<Vec<_>>(),
        ["312", "310"]
    );
    console.tell(wrote(&writes[0], WriteState::Confirmed, None, &[]));
    console.tell(wrote(
        &writes[1],
        WriteState::Refused,
        Some("It is locked."),
        &[],
    ));
    let screen = console.screen();
    assert!(
        screen.contains("1 of 2 done")
            && screen.contains("refused")
            && screen.contains("It is locked."),
        "{screen}"
    );
}

#[test]
fn the_last_write_is_taken_back_with_its_exact_inverse_where_there_is_one() {
    let mut console = on_312(120, 40);
    console.keys("S down down alt-enter");
    let write = sent(&mut console).remove(0);
    console.tell(wrote(&write, WriteState::Confirmed, None, &[]));
    console.keys("z");
    assert!(
        console.screen().contains("Severity: Breeze → Storm"),
        "{}",
        console.screen()
    );
    console.keys("y");
    let back = sent(&mut console).remove(0);
    assert_eq!(
        (back.path, back.body["incident"]["severity_id"].as_str()),
        (write.path, Some("Storm"))
    );
    let mut console = on_312(120, 40);
    console.keys("u \"Words\" esc y");
    let write = sent(&mut console).remove(0);
    console.tell(wrote(&write, WriteState::Confirmed, None, &[]));
    console.keys("z");
    assert!(
        console
            .screen()
            .contains("The last write cannot be taken back: INC-312: update Words"),
        "{}",
        console.screen()
    );
}
