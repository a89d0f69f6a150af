//! What people do at incident.io, and what the bridge makes of it.

use super::*;

fn change(night: &mut Night, seconds: i64, change: impl Fn(&mut Shown)) {
    night.show(&"INC-1".into(), change);
    night.round(seconds, vec![alert("a", "bank", 0, seconds + 240)]);
}

#[test]
fn a_page_that_is_answered_and_an_incident_that_is_accepted_are_acknowledged_and_a_severity_is_not()
{
    let taken = |before: fn(&mut Shown), touch: fn(&mut Shown)| {
        let mut night = Night::new();
        night.round(0, vec![alert("a", "bank", 0, 240)]);
        change(&mut night, 15, before);
        change(&mut night, 30, touch);
        let kept = night.kept("INC-1");
        (kept.taken_by().map(str::to_owned), kept.hands.is_some())
    };
    let answered = taken(|_| {}, |i| i.answered = Some("Ana".into()));
    assert_eq!(
        answered,
        (Some("Ana".into()), false),
        "a page is nobody's hand on it"
    );
    let accepted = taken(
        |i| i.category = StatusCategory::Triage,
        |i| i.category = StatusCategory::Live,
    );
    assert_eq!(accepted.0, Some(String::new()));
    assert_eq!(
        taken(|_| {}, |i| i.lead = "Bram".into()).0,
        Some("Bram".into())
    );
    assert_eq!(taken(|_| {}, |i| i.severity = "Minor".into()).0, None);
    assert_eq!(taken(|_| {}, |i| i.status = "Fixing".into()).0, None);
}

#[test]
fn what_people_declined_or_cancelled_is_not_declared_again_until_it_cleared_and_burns_anew() {
    for category in [StatusCategory::Declined, StatusCategory::Canceled] {
        let mut night = Night::new();
        night.round(0, vec![alert("a", "bank", 0, 240)]);
        for seconds in [60, 120, 7_200, 86_400] {
            change(&mut night, seconds, |i| i.category = category);
        }
        assert_eq!(night.declared, 1, "{category:?}");
        assert_eq!(
            night.kept("INC-1").taken_by(),
            None,
            "nothing of it is silenced"
        );
        night.round(86_415, vec![]);
        night.round(86_430, vec![alert("a", "bank", 86_420, 90_000)]);
        assert_eq!(night.declared, 2, "{category:?}");
    }
}

#[test]
fn what_was_resolved_is_learnt_from_once_and_what_was_declined_is_not() {
    let lessons = |category: StatusCategory| {
        let mut night = Night::new();
        night.policy.learns = true;
        night.round(0, vec![alert("a", "bank", 0, 240)]);
        night.show(&"INC-1".into(), |i| i.category = category);
        let rounds = [15, 30, 45, 200_000];
        let steps = rounds.map(|at| night.round(at, vec![alert("a", "bank", 0, at + 240)]));
        let learns = |step: &&Step| matches!(step, Step::Learn { .. });
        steps.iter().flatten().filter(learns).count()
    };
    assert_eq!(lessons(StatusCategory::Closed), 1);
    assert_eq!(lessons(StatusCategory::Learning), 1);
    assert_eq!(lessons(StatusCategory::Declined), 0);
    assert_eq!(lessons(StatusCategory::Live), 0);
}

#[test]
fn closed_by_hand_while_it_burns_it_is_told_once_and_not_opened_until_the_next_episode() {
    let mut night = Night::new();
    night.round(0, vec![alert("a", "bank", 0, 240)]);
    night.show(&"INC-1".into(), |i| i.category = StatusCategory::Closed);
    for seconds in [60, 120, 180, 240] {
        night.round(seconds, vec![alert("a", "bank", 0, seconds + 240)]);
    }
    assert_eq!(
        (night.declared, night.notes.len()),
        (1, 1),
        "{:?}",
        night.notes
    );
    assert!(night.notes[0].starts_with("It was closed while this still burns"));
    night.round(255, vec![]);
    night.round(270, vec![alert("a", "bank", 265, 900)]);
    assert_eq!(night.declared, 2);
}
