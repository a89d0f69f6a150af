//! The cases that were measured on a real Alertmanager, each as a row; then worlds at random against one rule.

use super::super::policy::{Matcher, Policy};
use super::{Declaration, Happened, Round, Shown, Step, learn, reconcile};
use crate::domain::episode::{
    Doubt, Episode, Fate, How, IssueId, Kept, Memory, Proof, Said, Standing,
};
use crate::domain::{
    Detection, Heard, IncidentId, Instant, Sighting, StatusCategory, Verdict, time,
};
use chrono::Duration;
use std::collections::{BTreeMap, BTreeSet};

mod orders;
mod part;
mod people;
mod unheard;
mod world;

pub(in crate::bridge) fn at(seconds: i64) -> Instant {
    time::parse("2026-11-20T14:00:00Z").expect("a time") + Duration::seconds(seconds)
}

pub(in crate::bridge) fn policy() -> Policy {
    Policy {
        severities: vec!["critical".into()],
        services: Vec::new(),
        labels: Vec::new(),
        hours: None,
        maintenance: Vec::new(),
        wait: Duration::zero(),
        severity_of: BTreeMap::new(),
        severity: "Major".into(),
        hold: Duration::minutes(5),
        longest_hold: Duration::hours(1),
        declares: true,
        most_an_hour: 6,
        resolves_touched: false,
        resolves: true,
        investigates: false,
        notes: crate::config::Notes::All(true),
        learns: false,
    }
}

/// An alert that its sender vouches for until some seconds later.
pub(in crate::bridge) fn alert(id: &str, service: &str, started: i64, ends: i64) -> Detection {
    Detection {
        detector: "am".into(),
        id: id.into(),
        title: format!("{service} is slow ({id})"),
        severity: "critical".into(),
        services: vec![service.into()],
        labels: [("service".to_owned(), service.to_owned())].into(),
        started: at(started),
        ends: Some(at(ends)),
        updated: Some(at(started)),
        ..Detection::default()
    }
}

fn issue(id: &str) -> IssueId {
    ("am".into(), id.into())
}

/// A night: what is remembered, and incident.io as it stands, where every step succeeds.
struct Night {
    memory: Memory,
    shown: Vec<Shown>,
    policy: Policy,
    verdicts: BTreeMap<IssueId, Verdict>,
    confirmed: BTreeSet<String>,
    /// Since when the detector remembers.
    up: i64,
    notes: Vec<String>,
    summaries: Vec<String>,
    declared: usize,
}

impl Night {
    fn new() -> Self {
        Self {
            memory: Memory::default(),
            shown: Vec::new(),
            policy: policy(),
            verdicts: BTreeMap::new(),
            confirmed: BTreeSet::new(),
            up: -3600,
            notes: Vec::new(),
            summaries: Vec::new(),
            declared: 0,
        }
    }

    /// One round in which the detector lists these.
    fn round(&mut self, seconds: i64, all: Vec<Detection>) -> Vec<Step> {
        let since = Some(at(self.up));
        self.hear(seconds, Heard::All(all, since))
    }

    fn hear(&mut self, seconds: i64, heard: Heard) -> Vec<Step> {
        let steps = self.decide(seconds, heard);
        for step in &steps {
            self.succeed(step, seconds);
        }
        steps
    }

    /// What is to be done, none of which is.
    fn decide(&mut self, seconds: i64, heard: Heard) -> Vec<Step> {
        let sighting = Sighting {
            detector: "am".into(),
            at: at(seconds),
            heard,
        };
        let round = Round {
            sightings: &[sighting],
            verdicts: &self.verdicts,
            confirmed: &self.confirmed,
            incidents: Some(&self.shown),
            policy: &self.policy,
            now: at(seconds),
        };
        let (memory, steps) = reconcile(&round, &self.memory);
        self.memory = memory;
        steps
    }

    fn succeed(&mut self, step: &Step, seconds: i64) {
        let happened = match step {
            Step::Declare(d) => {
                self.declared += 1;
                let reference = format!("INC-{}", self.declared);
                let shown = incident(&reference, &d.severity, &d.services);
                let said = shown.said();
                self.shown.push(shown);
                Happened::Declared(
                    Box::new(d.clone()),
                    reference.as_str().into(),
                    reference,
                    said,
                )
            }
            Step::Note {
                incident, lines, ..
            } => {
                self.notes.extend(lines.iter().map(|l| l.text.clone()));
                Happened::Noted(incident.clone())
            }
            Step::Resolve { incident, .. } => {
                self.show(incident, |shown| shown.category = StatusCategory::Closed);
                Happened::Resolved(incident.clone())
            }
            Step::Investigate { incident, .. } => Happened::Looked(
                incident.clone(),
                seconds >= 300,
                Some(format!("It is the bank ({seconds})")),
            ),
            Step::Summarise {
                incident,
                hypothesis,
                ..
            } => {
                self.summaries.push(hypothesis.clone());
                Happened::Summarised(incident.clone(), hypothesis.clone(), true)
            }
            Step::TakeBack { incident, .. } => Happened::TakenBack(incident.clone()),
            Step::Learn { incident, .. } => Happened::Learnt(incident.clone()),
            Step::Withdraw { issues, .. } => Happened::NotDeclared(issues.clone(), "over".into()),
        };
        self.memory = learn(&self.memory, &happened, at(seconds));
    }

    fn show(&mut self, id: &IncidentId, change: impl Fn(&mut Shown)) {
        self.shown
            .iter_mut()
            .filter(|s| s.id == *id)
            .for_each(change);
    }

    fn episode(&self, id: &str) -> &Episode {
        &self.memory.episodes[&issue(id)]
    }

    fn kept(&self, reference: &str) -> &Kept {
        &self.memory.incidents[&IncidentId::from(reference)]
    }

    fn is_open(&self, reference: &str) -> bool {
        let found = self.shown.iter().find(|s| s.reference == reference);
        found.is_some_and(|s| s.category.is_open())
    }
}

fn incident(reference: &str, severity: &str, services: &[String]) -> Shown {
    Shown {
        id: reference.into(),
        reference: reference.into(),
        name: format!("What {reference} is about"),
        address: None,
        is_private: false,
        answered: None,
        category: StatusCategory::Live,
        status: "Investigating".into(),
        severity: severity.into(),
        lead: String::new(),
        services: services.to_vec(),
        is_joinable: true,
        told_by_people: None,
    }
}

fn unsure(episode: &Episode) -> Option<Doubt> {
    match episode.standing {
        Standing::Unsure { why, .. } => Some(why),
        _ => None,
    }
}

#[test]
fn what_burns_has_one_incident_and_is_resolved_after_its_hold() {
    let mut night = Night::new();
    for seconds in [0, 15, 30] {
        night.round(seconds, vec![alert("a", "bank", 0, seconds + 240)]);
    }
    assert_eq!((night.declared, night.is_open("INC-1")), (1, true));
    night.round(45, vec![]);
    let clear = Standing::Clear {
        since: at(45),
        by: Proof::Detector,
    };
    assert_eq!(night.episode("a").standing, clear);
    night.round(60, vec![]);
    night.round(344, vec![]);
    assert!(night.is_open("INC-1"), "the hold is not over");
    night.round(346, vec![]);
    assert!(!night.is_open("INC-1"));
    assert_eq!(night.notes, ["Clear: bank is slow (a)"]);
}

#[test]
fn a_sender_that_stops_has_not_recovered() {
    let mut night = Night::new();
    night.round(0, vec![alert("a", "bank", 0, 240)]);
    // Its word runs out, and Alertmanager drops it.
    night.round(255, vec![]);
    assert_eq!(unsure(night.episode("a")), Some(Doubt::Lapsed));
    night.round(7_200, vec![]);
    assert!(night.is_open("INC-1"));
}

#[test]
fn an_alertmanager_that_began_anew_has_forgotten_and_says_nothing() {
    let mut night = Night::new();
    night.round(0, vec![alert("a", "bank", 0, 240)]);
    night.up = 10;
    night.round(15, vec![]);
    assert_eq!(unsure(night.episode("a")), Some(Doubt::Forgotten));
    night.round(7_200, vec![]);
    assert!(night.is_open("INC-1"));
    // The metrics know.
    night.confirmed.insert("am".into());
    night.verdicts.insert(issue("a"), Verdict::Quiet);
    night.round(7_215, vec![]);
    night.round(7_600, vec![]);
    assert!(!night.is_open("INC-1"));
}

#[test]
fn a_detector_that_does_not_answer_says_nothing() {
    let mut night = Night::new();
    night.round(0, vec![alert("a", "bank", 0, 240)]);
    night.hear(15, Heard::Nothing("cannot be reached".into()));
    assert_eq!(unsure(night.episode("a")), Some(Doubt::Unanswered));
    night.round(30, vec![alert("a", "bank", 0, 300)]);
    assert!(night.episode("a").burns());
    night.round(45, vec![]);
    assert!(night.episode("a").is_over());
}

#[test]
fn where_metrics_are_asked_they_must_agree() {
    for (verdict, is_over) in [
        (Verdict::Quiet, true),
        (Verdict::Burns, false),
        (Verdict::Unknown, false),
    ] {
        let mut night = Night::new();
        night.confirmed.insert("am".into());
        night.round(0, vec![alert("a", "bank", 0, 240)]);
        night.verdicts.insert(issue("a"), verdict);
        night.round(15, vec![]);
        assert_eq!(night.episode("a").is_over(), is_over, "{verdict:?}");
    }
}

#[test]
fn only_its_own_status_counts_and_one_of_two_keeps_the_incident_open() {
    let mut night = Night::new();
    let (a, b) = (alert("a", "bank", 0, 900), alert("b", "bank", 0, 900));
    night.round(0, vec![a, b.clone()]);
    assert_eq!(
        night.declared, 1,
        "one service and severity have one incident"
    );
    night.round(15, vec![b]);
    night.round(600, vec![alert("b", "bank", 0, 1_500)]);
    assert!(night.is_open("INC-1"));
    night.round(615, vec![]);
    night.round(920, vec![]);
    assert!(!night.is_open("INC-1"));
}

#[test]
fn what_cleared_and_fired_between_two_looks_is_the_same_trouble() {
    let mut night = Night::new();
    night.round(0, vec![alert("a", "bank", 0, 240)]);
    night.round(15, vec![alert("a", "bank", 8, 260)]);
    assert_eq!((night.declared, night.episode("a").flaps), (1, 1));
    night.round(30, vec![alert("a", "bank", 8, 275)]);
    assert_eq!(night.episode("a").flaps, 1, "it is counted once");
}

#[test]
fn a_thousand_flaps_are_one_incident_and_a_count() {
    let mut night = Night::new();
    for n in 0..1_000 {
        night.round(n * 60, vec![alert("a", "bank", n * 60, n * 60 + 240)]);
        night.round(n * 60 + 30, vec![]);
    }
    assert_eq!((night.declared, night.episode("a").flaps), (1, 999));
    assert!(night.is_open("INC-1"));
    assert!(night.notes.len() < 25, "{} lines", night.notes.len());
    night.round(60_000 + 3_700, vec![]);
    assert!(!night.is_open("INC-1"), "the longest hold is over");
}

#[test]
fn eight_hundred_at_once_are_one_incident_that_names_them_by_service() {
    let mut night = Night::new();
    let all = |ends| {
        let one = |n: i64| alert(&format!("{n}"), &format!("service-{}", n % 40), 0, ends);
        (0..800).map(one).collect::<Vec<_>>()
    };
    let steps = night.round(0, all(240));
    let Some(Step::Declare(storm)) = steps.first() else {
        panic!("no declaration");
    };
    assert_eq!((night.declared, storm.how), (1, How::Storm));
    assert_eq!(storm.name, "Storm: 800 alerts on 40 services");
    assert!(
        storm.summary.contains("- service-7: 20 ("),
        "{}",
        storm.summary
    );
    night.round(15, all(255));
    let told = |e: &Episode| matches!(e.fate, Fate::Told(_));
    assert!(night.memory.episodes.values().all(|e| told(e)));
    // What comes later goes into the same, as long as the hour's share is used up.
    night.policy.most_an_hour = 1;
    let mut more = all(270);
    more.push(alert("late", "elsewhere", 20, 300));
    night.round(30, more);
    assert_eq!(night.declared, 1);
    assert_eq!(night.episode("late").incident, Some("INC-1".into()));
}

#[test]
fn an_open_incident_of_the_same_service_and_severity_is_joined_and_left_to_people() {
    let mut night = Night::new();
    let theirs = incident("INC-77", "Major", &["Bank".into()]);
    night.shown.push(theirs);
    night.round(0, vec![alert("a", "bank", 0, 240)]);
    assert_eq!(night.declared, 0);
    assert_eq!(night.episode("a").incident, Some("INC-77".into()));
    night.round(15, vec![]);
    night.round(400, vec![]);
    night.round(470, vec![]);
    assert!(night.is_open("INC-77"));
    let last = night.notes.last().expect("a note");
    assert!(
        last.contains("It is left open, because people declared it."),
        "{last}"
    );
}

#[test]
fn who_touches_an_incident_has_it() {
    type Touch = fn(&mut Shown);
    let touches: [(&str, Touch); 4] = [
        ("severity", |i| i.severity = "Minor".into()),
        ("status", |i| i.status = "Fixing".into()),
        ("lead", |i| i.lead = "Ana".into()),
        ("update", |i| i.told_by_people = Some(at(40))),
    ];
    for (what, touch) in touches {
        let mut night = Night::new();
        night.round(0, vec![alert("a", "bank", 0, 240)]);
        night.round(15, vec![]);
        night.show(&"INC-1".into(), touch);
        night.round(60, vec![]);
        night.round(400, vec![]);
        assert!(night.is_open("INC-1"), "{what}");
        assert!(night.kept("INC-1").hands.is_some(), "{what}");
        night.policy.resolves_touched = true;
        night.round(415, vec![]);
        assert!(!night.is_open("INC-1"), "{what}");
    }
}

#[test]
fn a_cause_is_looked_for_until_the_finding_settles_and_stands_in_the_summary() {
    let mut night = Night::new();
    night.policy.investigates = true;
    for seconds in (0..1_200).step_by(15) {
        night.round(seconds, vec![alert("a", "bank", 0, seconds + 240)]);
    }
    // Declared, looked at in the next round, again five minutes later, and then it is settled.
    let summaries = ["It is the bank (15)", "It is the bank (315)"];
    assert_eq!(night.summaries, summaries);
    assert_eq!(
        night.kept("INC-1").looked.as_ref().map(|l| l.times),
        Some(2)
    );
}

#[test]
fn a_rule_says_why_nothing_is_declared() {
    let mut quiet = alert("warning", "bank", 0, 240);
    quiet.severity = "warning".into();
    let mut night = Night::new();
    night.policy.labels = vec![Matcher::parse("env!=staging").expect("a condition")];
    let mut staging = alert("staging", "cart", 0, 240);
    staging.labels.insert("env".into(), "staging".into());
    let mut silenced = alert("silenced", "mail", 0, 240);
    silenced.state = crate::domain::DetectionState::Suppressed;
    night.round(0, vec![quiet, staging, silenced]);
    assert_eq!(night.declared, 0);
    for (id, says) in [
        ("warning", "has the severity warning"),
        ("staging", "env!=staging"),
        ("silenced", "silenced or inhibited"),
    ] {
        let fate = &night.episode(id).fate;
        assert!(format!("{fate:?}").contains(says), "{fate:?}");
    }
}

#[test]
fn what_is_over_before_it_was_declared_is_withdrawn_under_the_same_key() {
    let mut night = Night::new();
    let (a, b) = (alert("a", "bank", 0, 900), alert("b", "bank", 1, 900));
    // Nothing reaches incident.io.
    let round = |night: &mut Night, seconds: i64, all: Vec<Detection>| {
        let before = night.shown.clone();
        let memory_of = |memory: Memory| memory;
        let sighting = Sighting {
            detector: "am".into(),
            at: at(seconds),
            heard: Heard::All(all, Some(at(-3600))),
        };
        let round = Round {
            sightings: &[sighting],
            verdicts: &BTreeMap::new(),
            confirmed: &BTreeSet::new(),
            incidents: Some(&before),
            policy: &night.policy,
            now: at(seconds),
        };
        let (memory, steps) = reconcile(&round, &night.memory);
        night.memory = memory_of(memory);
        steps
    };
    let key = |steps: &[Step]| match steps {
        [Step::Declare(d)] => d.key.clone(),
        [Step::Withdraw { key, .. }] => format!("withdrawn {key}"),
        other => panic!("{other:?}"),
    };
    let first = key(&round(&mut night, 0, vec![a, b.clone()]));
    // The one that named it is over; the other still burns: it is the same declaration.
    assert_eq!(key(&round(&mut night, 15, vec![b])), first);
    assert_eq!(
        key(&round(&mut night, 30, vec![])),
        format!("withdrawn {first}")
    );
}
