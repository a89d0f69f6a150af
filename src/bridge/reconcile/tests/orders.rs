//! What people ordered: nothing is declared, written or resolved where it is paused, what is taken over is never resolved,
//! and it goes on where it was.

use super::*;
use crate::domain::order::{About, Order, Wish};
use std::sync::Arc;

fn ordered(night: &mut Night, all: &[(About, Wish)]) {
    let order = |(about, wish): &(About, Wish)| Order {
        about: about.clone(),
        wish: *wish,
        by: "Ana".into(),
        at: at(5),
    };
    night.memory.orders = all.iter().map(order).collect();
}

fn waits(night: &Night, id: &str) -> String {
    match &night.episode(id).fate {
        Fate::Waits(why) => why.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_paused_issue_has_no_incident_until_it_goes_on_and_its_neighbour_has_one() {
    let mut night = Night::new();
    let all = |seconds: i64| {
        let of = |id, service| alert(id, service, 0, seconds + 240);
        vec![of("a", "bank"), of("b", "cart")]
    };
    ordered(
        &mut night,
        &[(About::Issue("am".into(), "a".into()), Wish::Pause)],
    );
    night.round(15, all(15));
    assert_eq!(night.declared, 1);
    assert!(night.episode("b").incident.is_some());
    assert_eq!(waits(&night, "a"), "Ana paused it at 2026-11-20 14:00 UTC");
    ordered(&mut night, &[]);
    night.round(30, all(30));
    assert_eq!(night.declared, 2);
}

#[test]
fn a_paused_bridge_listens_and_remembers_and_writes_nothing() {
    let mut night = Night::new();
    night.round(0, vec![alert("a", "bank", 0, 240)]);
    ordered(&mut night, &[(About::Everything, Wish::Pause)]);
    let both = vec![alert("a", "bank", 0, 240), alert("b", "cart", 10, 250)];
    assert_eq!(night.round(15, both), []);
    assert!(waits(&night, "b").starts_with("Ana paused the bridge at "));
    // Long over, and it is not resolved; what happened is told once it goes on.
    for seconds in [30, 400, 900] {
        assert_eq!(night.round(seconds, vec![]), []);
    }
    assert!(night.is_open("INC-1"));
    assert!(night.episode("a").is_over());
    ordered(&mut night, &[]);
    night.round(915, vec![]);
    assert!(!night.is_open("INC-1"));
    assert_eq!(night.notes, ["Clear: bank is slow (a)"]);
}

#[test]
fn what_is_on_its_way_is_given_up_where_it_is_paused() {
    let mut night = Night::new();
    let all = || vec![alert("a", "bank", 0, 900)];
    night.round(0, all());
    let declaring = Fate::Declaring {
        key: "k".into(),
        how: How::Declared,
    };
    night.memory = Memory::default();
    let mut episode = Episode::begins(all().remove(0), at(0));
    episode.fate = declaring;
    night.memory.episodes.insert(issue("a"), episode.into());
    ordered(&mut night, &[(About::Everything, Wish::Pause)]);
    let steps = night.round(15, all());
    assert!(
        matches!(&steps[..], [Step::Withdraw { key, .. }] if key == "k"),
        "{steps:?}"
    );
    assert_eq!(night.round(30, all()), []);
    assert!(waits(&night, "a").starts_with("Ana paused the bridge at "));
}

#[test]
fn what_somebody_took_over_is_noted_and_never_resolved_whatever_the_policy_says() {
    let mut night = Night::new();
    night.policy.resolves_touched = true;
    night.round(0, vec![alert("a", "bank", 0, 240)]);
    ordered(&mut night, &[(About::Incident("INC-1".into()), Wish::Take)]);
    for seconds in [15, 400, 470, 4_000] {
        night.round(seconds, vec![]);
    }
    assert!(night.is_open("INC-1"));
    let last = night.notes.last().expect("a note");
    assert!(last.contains("because Ana took it over at "), "{last}");
    assert_eq!(night.notes.len(), 2, "{:?}", night.notes);
    ordered(&mut night, &[]);
    night.round(4_015, vec![]);
    assert!(!night.is_open("INC-1"));
}

#[test]
fn a_resolution_that_was_not_sent_is_given_up_where_its_incident_is_paused() {
    let mut night = Night::new();
    night.round(0, vec![alert("a", "bank", 0, 240)]);
    night.round(15, vec![]);
    let id = IncidentId::from("INC-1");
    let kept = Arc::make_mut(night.memory.incidents.get_mut(&id).expect("it is kept"));
    kept.resolving = Some("resolution".into());
    ordered(&mut night, &[(About::Incident(id), Wish::Pause)]);
    let steps = night.round(900, vec![]);
    assert!(
        matches!(&steps[..], [Step::TakeBack { key, .. }] if key == "resolution"),
        "{steps:?}"
    );
    assert_eq!(night.round(915, vec![]), []);
    // It goes on under a key of its own: the journal knows the first as given up.
    let given_up =
        crate::domain::digest(&["bridge resolve", "INC-1", &at(15).timestamp().to_string()]);
    ordered(&mut night, &[]);
    let steps = night.round(930, vec![]);
    let resolves = |step: &Step| matches!(step, Step::Resolve { key, .. } if *key != given_up);
    assert!(steps.iter().any(resolves), "{steps:?}");
}
