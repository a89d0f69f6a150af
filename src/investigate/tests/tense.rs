//! What is over is told as over, and what was done already is not advised again.

use super::*;
use shop::at;

/// The bank fails from a deploy on.
fn failing() -> Case {
    let mut case = Shop {
        fails: vec![("bank", 0.3)],
        ..Shop::default()
    }
    .case();
    case.changes = vec![change("bank", 120)];
    case
}

/// The same, calm again for a quarter of an hour.
fn recovered() -> Case {
    let mut case = failing();
    for series in &mut case.series {
        let calm = series.recent.first().expect("points").1;
        let after = (0..30).map(|n| (END + n * 30, calm));
        series.recent.extend(after);
    }
    case.now = at(END + 900);
    case
}

/// Everything a person reads of a finding and of what is drafted from it.
fn told(finding: &Finding) -> String {
    let drafts = drafts(finding, (finding.onset, finding.onset), 0, Zone::UTC);
    let bodies = drafts.iter().map(|d| format!("{} {}", d.title, d.body));
    let check = finding.next_check.clone().unwrap_or_default();
    let causes = finding.hypotheses.iter();
    let causes = causes.map(|h| format!("{} {}", h.statement, h.reason));
    let all = bodies.chain(causes).chain([finding.summary.clone(), check]);
    all.collect::<Vec<_>>().join("\n")
}

fn order(finding: &Finding) -> Vec<(String, u8)> {
    let causes = finding.hypotheses.iter();
    causes.map(|h| (h.service.clone(), h.confidence)).collect()
}

#[test]
fn a_signal_that_is_back_to_normal_is_told_in_the_past_with_its_times() {
    let finding = judge(&recovered());
    assert!(
        finding
            .summary
            .starts_with("front was failing calls 08:00–08:09 UTC because bank"),
        "{}",
        finding.summary
    );
    let words = told(&finding);
    for present in [
        "is failing",
        "adds",
        "feels",
        "is felt",
        "Consider",
        "Roll back",
    ] {
        assert!(!words.contains(present), "{present}: {words}");
    }
    assert!(words.contains("bank added"), "{words}");
}

#[test]
fn a_rollback_that_is_recorded_is_not_advised_but_watched() {
    let lasting = judge(&failing());
    assert!(told(&lasting).contains("Consider rolling bank back"));
    assert!(lasting.summary.starts_with("front is failing calls"));
    let back = |title: &str, version: &str| Change {
        title: title.into(),
        version: Some(version.into()),
        ..change("bank", -300)
    };
    let older = Change {
        title: "bank v1 deployed".into(),
        version: Some("v1".into()),
        ..change("bank", 90_000)
    };
    for (what, changes, notes) in [
        (
            "by its words",
            vec![back("bank v1 deployed (rollback)", "v1")],
            vec![],
        ),
        (
            "by its version",
            vec![back("bank v1 deployed", "v1"), older],
            vec![],
        ),
        (
            "by what people wrote",
            vec![],
            vec![
                "It came with bank v2. Rolling back.",
                "Rollback is through in eu-west-1.",
            ],
        ),
    ] {
        let mut case = failing();
        case.changes.extend(changes);
        let notes = notes.into_iter().zip(1..);
        case.notes = notes
            .map(|(says, n)| (at(FAULT + 60 * n), says.into()))
            .collect();
        let finding = judge(&case);
        let words = told(&finding);
        assert!(!words.contains("Consider rolling"), "{what}: {words}");
        assert!(!words.contains("Roll back or turn off"), "{what}: {words}");
        assert!(
            words.contains("bank was rolled back (08:0"),
            "{what}: {words}"
        );
        assert!(
            words.contains("watch whether front recovers"),
            "{what}: {words}"
        );
        assert_eq!(order(&finding), order(&lasting), "{what}");
    }
}

#[test]
fn what_is_only_wished_or_denied_was_not_done() {
    for (says, advised) in [
        ("Should we get bank rolled back?", true),
        ("bank v2 was not rolled back, the pipeline is stuck.", true),
        ("front was rolled back.", true),
        ("Rolling back bank now.", false),
    ] {
        let mut case = failing();
        case.notes = vec![(at(FAULT + 60), says.into())];
        let words = told(&judge(&case));
        assert_eq!(
            words.contains("Consider rolling bank back"),
            advised,
            "{says}"
        );
        assert_eq!(
            words.contains("bank is being rolled back"),
            !advised,
            "{says}"
        );
    }
}

#[test]
fn nobody_says_that_trouble_lasts_where_the_incident_is_over_or_the_measures_have_ended() {
    let later = Case {
        now: at(END + 7_200),
        ..failing()
    };
    let over = Case {
        is_over: true,
        ..later.clone()
    };
    let says = |case: &Case| judge(case).summary;
    assert!(
        says(&later)
            .starts_with("front was still failing calls at 08:09 UTC, where the measures end"),
        "{}",
        says(&later)
    );
    assert!(says(&over).starts_with("front was failing calls from 08:00 UTC on"));
    assert!(!told(&judge(&over)).contains("Consider rolling"));
    assert_eq!(order(&judge(&over)), order(&judge(&failing())));
}

/// What a finding says once it is told in the light of what is known by now.
fn told_with(finding: &Finding, known: Known) -> Finding {
    let mut finding = finding.clone();
    tell(&mut finding, &known);
    finding
}

fn ended() -> Known {
    Known {
        is_over: true,
        ..Known::default()
    }
}

#[test]
fn a_finding_that_was_made_before_the_end_is_told_afterwards_as_one_that_was_made_after_it() {
    let lasting = judge(&failing());
    let over = judge(&Case {
        is_over: true,
        ..failing()
    });
    let since = told_with(&lasting, ended());
    assert_eq!(since, over, "tense, advice, evidence and confidence");
    assert_eq!(
        told_with(&since, Known::default()),
        lasting,
        "and back again where it was opened anew"
    );
    assert_eq!(told_with(&over, Known::default()), lasting);
}

#[test]
fn alerts_that_cleared_put_a_finding_into_the_past_and_leave_the_closing_to_a_person() {
    let calm = Known {
        calm_since: Some(at(END + 600)),
        ..Known::default()
    };
    let finding = told_with(&judge(&failing()), calm);
    let words = told(&finding);
    assert!(finding.summary.starts_with("front was failing calls"));
    assert!(!words.contains("Consider rolling"), "{words}");
    assert!(
        finding.actions[0].starts_with("Its alerts have been clear since 08:"),
        "{words}"
    );
}

#[test]
fn a_rollback_that_becomes_known_later_takes_the_place_of_its_advice() {
    let finding = judge(&failing());
    let note = "Rolling bank back: bank is being rolled back.";
    let said = Known {
        notes: vec![(at(FAULT + 60), note.into())],
        ..Known::default()
    };
    let seen = Known {
        changes: vec![Change {
            title: "bank v1 deployed (rollback)".into(),
            ..change("bank", -300)
        }],
        ..Known::default()
    };
    for known in [said, seen] {
        let words = told(&told_with(&finding, known.clone()));
        assert!(!words.contains("Consider rolling"), "{known:?}: {words}");
        assert!(!words.contains("Roll back or turn off"), "{words}");
        assert!(words.contains("watch whether front recovers"), "{words}");
        assert!(words.contains("front is failing calls"), "{words}");
    }
}
