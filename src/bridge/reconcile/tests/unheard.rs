//! Resolutions that are not right any more, and answers of them that were lost.

use super::*;

impl Night {
    /// A round whose steps are done at incident.io as far as `reaches` says, and of which nobody hears what became.
    fn unheard(&mut self, seconds: i64, all: Vec<Detection>, reaches: bool) -> Vec<Step> {
        let steps = self.decide(seconds, Heard::All(all, Some(at(self.up))));
        for step in &steps {
            if let (Step::Resolve { incident, .. }, true) = (step, reaches) {
                self.show(incident, |shown| shown.category = StatusCategory::Closed);
            }
        }
        steps
    }

    /// One that was declared, has been clear for its hold, and is being resolved.
    fn resolving(reaches: bool) -> (Self, String) {
        let mut night = Self::new();
        night.policy.notes = crate::config::Notes::All(false);
        night.round(0, vec![alert("a", "bank", 0, 900)]);
        night.round(15, vec![]);
        let steps = night.unheard(330, vec![], reaches);
        let [Step::Resolve { key, .. }] = &steps[..] else {
            panic!("{steps:?}");
        };
        let key = key.clone();
        (night, key)
    }
}

#[test]
fn what_burns_after_a_resolution_whose_answer_was_lost_has_its_next_incident() {
    let (mut night, _) = Night::resolving(true);
    night.round(345, vec![alert("a", "bank", 340, 1_300)]);
    night.round(360, vec![alert("a", "bank", 340, 1_300)]);
    assert!(!night.is_open("INC-1") && night.is_open("INC-2"));
    assert_eq!(night.episode("a").incident, Some("INC-2".into()));
    assert!(night.notes.is_empty(), "nobody closed it by hand");
}

#[test]
fn a_resolution_that_did_not_arrive_is_taken_back_where_it_burns_again_or_people_have_it() {
    let burns = |night: &mut Night| night.unheard(345, vec![alert("a", "bank", 340, 1_300)], false);
    let touched = |night: &mut Night| {
        night.show(&"INC-1".into(), |shown| shown.lead = "Ana".into());
        night.unheard(345, vec![], false)
    };
    for happens in [&burns as &dyn Fn(&mut Night) -> Vec<Step>, &touched] {
        let (mut night, key) = Night::resolving(false);
        let back = Step::TakeBack {
            incident: "INC-1".into(),
            key,
        };
        assert_eq!(happens(&mut night), std::slice::from_ref(&back));
        // It is said until it is known that it did not happen.
        assert_eq!(happens(&mut night), [back]);
        let taken_back = Happened::TakenBack("INC-1".into());
        night.memory = learn(&night.memory, &taken_back, at(360));
        assert_eq!(happens(&mut night), []);
        assert!(night.is_open("INC-1"));
    }
}

#[test]
fn what_is_told_again_with_the_same_start_after_its_incident_ended_is_declared_once_more() {
    let mut night = Night::new();
    let burns = || vec![alert("a", "bank", 0, 9_000)];
    let first = night.round(0, burns());
    night.round(15, vec![]);
    night.round(330, vec![]);
    assert!(!night.is_open("INC-1"));
    let second = night.round(600, burns());
    let key = |steps: &[Step]| match steps {
        [Step::Declare(declaration), ..] => declaration.key.clone(),
        other => panic!("{other:?}"),
    };
    assert_ne!(
        key(&first),
        key(&second),
        "the journal knows the first as done"
    );
    assert!(night.is_open("INC-2"));
}

#[test]
fn what_burns_while_an_incident_for_its_like_is_on_its_way_joins_it() {
    let mut night = Night::new();
    let (a, b) = (alert("a", "bank", 0, 900), alert("b", "bank", 10, 900));
    night.unheard(0, vec![a.clone()], false);
    let all = || vec![a.clone(), b.clone()];
    assert_eq!(
        night.unheard(15, all(), false).len(),
        1,
        "the first goes on"
    );
    night.round(30, all());
    night.round(45, all());
    assert_eq!(night.declared, 1);
    assert_eq!(night.episode("b").incident, Some("INC-1".into()));
}

#[test]
fn more_that_burns_while_the_incident_of_a_storm_is_on_its_way_goes_into_it() {
    let mut night = Night::new();
    night.policy.most_an_hour = 1;
    let of = |many: usize| -> Vec<Detection> {
        let id = |n: usize| format!("{n:02}");
        (0..many).map(|n| alert(&id(n), &id(n), 0, 900)).collect()
    };
    night.unheard(0, of(5), false);
    assert_eq!(
        night.unheard(15, of(9), false).len(),
        1,
        "the storm goes on"
    );
    night.round(30, of(9));
    night.round(45, of(9));
    assert_eq!(night.declared, 1);
    assert_eq!(night.memory.of(&"INC-1".into()).count(), 9);
}
