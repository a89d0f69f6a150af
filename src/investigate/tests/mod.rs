//! A small shop with known faults: what is blamed, what is not, and what nothing may change.

mod alone;
mod calls;
mod shop;
mod tense;

use super::*;
use crate::domain::Signal;
use crate::domain::time::Zone;
use shop::{END, FAULT, Shop, change, log, noise};

/// A fault, the shop that has it, and the cause that is to be named with its kind.
type Fault = (&'static str, Shop, Option<(&'static str, &'static str)>);

fn shops() -> Vec<Fault> {
    let waits = |of: &'static str, seconds| Shop {
        waits: vec![(of, seconds)],
        ..Shop::default()
    };
    let fails = |of: &'static str, share| Shop {
        fails: vec![(of, share)],
        ..Shop::default()
    };
    let unmeasured = Shop {
        dark: vec!["bank"],
        strained: vec!["bank"],
        ..waits("bank", 2.0)
    };
    let two = Shop {
        fails: vec![("bank", 0.4), ("db", 0.01)],
        ..Shop::default()
    };
    vec![
        (
            "a leaf waits",
            waits("bank", 2.0),
            Some(("bank", "latency")),
        ),
        (
            "a middle service waits",
            waits("pay", 1.5),
            Some(("pay", "latency")),
        ),
        ("a leaf fails", fails("db", 0.3), Some(("db", "errors"))),
        (
            "the front itself fails",
            fails("front", 0.2),
            Some(("front", "errors")),
        ),
        (
            "an unmeasured leaf is strained",
            unmeasured,
            Some(("bank", "saturation")),
        ),
        ("two fail, one more", two, Some(("bank", "errors"))),
        (
            "a queue is slow that nobody waits for",
            waits("mail", 30.0),
            None,
        ),
        ("nothing happens", Shop::default(), None),
    ]
}

#[test]
fn the_service_that_adds_the_trouble_is_named_and_others_are_not() {
    for (what, shop, expected) in shops() {
        let finding = judge(&shop.case());
        let named = finding
            .top()
            .filter(|_| finding.settled)
            .map(|h| (h.service.as_str(), h.kind.as_str()));
        assert_eq!(named, expected, "{what}: {:#?}", finding.hypotheses);
        if expected.is_some() {
            let off = (finding.onset.timestamp() - FAULT).abs();
            assert!(
                off <= 30 && !finding.top().expect("a cause").evidence_for.is_empty(),
                "{what}: onset off by {off} s"
            );
        } else {
            assert!(
                finding.summary.contains("Not enough to say"),
                "{what}: {}",
                finding.summary
            );
        }
    }
}

#[test]
fn a_change_a_log_and_others_words_strengthen_the_cause_and_an_alibi_clears_a_neighbour() {
    let mut case = Shop {
        fails: vec![("bank", 0.02)],
        ..Shop::default()
    }
    .case();
    case.changes = vec![
        change("bank", 120),
        change("cart", 60),
        change("front", -300),
    ];
    case.logs = vec![
        log("bank", "error: pool exhausted"),
        log("pay", "error: bank did not answer"),
    ];
    let finding = judge(&case);
    let top = finding.top().expect("a cause");
    assert_eq!(
        (top.service.as_str(), top.kind.as_str()),
        ("bank", "deploy")
    );
    assert!(
        finding
            .actions
            .iter()
            .any(|a| a.starts_with("Consider rolling bank back")),
        "{:?}",
        finding.actions
    );
    let why = |service: &str| {
        finding
            .hypotheses
            .iter()
            .find(|h| h.service == service && h.change.is_some())
            .map(|h| (h.discarded || h.confidence < 5, h.reason.clone()))
    };
    assert!(
        why("cart").is_some_and(|w| w.0),
        "{:#?}",
        finding.hypotheses
    );
    assert_eq!(
        why("front"),
        Some((true, "It came after the trouble began.".into()))
    );
    let order: Vec<&str> = finding.timeline.iter().map(|m| m.says.as_str()).collect();
    assert!(
        order[0].contains("bank v2 deployed")
            && order.last().is_some_and(|l| l.contains("declared")),
        "{order:?}"
    );
    assert!(
        finding
            .timeline
            .iter()
            .take(order.len() - 1)
            .all(|m| m.evidence.is_some())
    );
}

/// The bank fails, and everything speaks for it.
fn well_told() -> Case {
    let mut case = Shop {
        fails: vec![("bank", 0.02)],
        strained: vec!["bank"],
        ..Shop::default()
    }
    .case();
    case.changes = vec![change("bank", 120)];
    case.logs = vec![
        log("bank", "error: pool exhausted"),
        log("pay", "error: bank did not answer"),
    ];
    case
}

/// How sure it is that it was the bank.
fn sure(case: &Case) -> u8 {
    judge(case)
        .hypotheses
        .iter()
        .find(|h| h.service == "bank")
        .map_or(0, |h| h.confidence)
}

#[test]
fn removing_what_speaks_for_a_cause_never_makes_it_surer() {
    let case = well_told();
    let whole = sure(&case);
    for at in 0..case.series.len() {
        if case.series[at].service == "bank" && case.series[at].signal != Signal::Traffic {
            let mut less = case.clone();
            less.series.remove(at);
            assert!(
                sure(&less) <= whole,
                "without {:?}: {} > {whole}",
                case.series[at].signal,
                sure(&less)
            );
        }
    }
    for less in [
        Case {
            logs: vec![],
            ..case.clone()
        },
        Case {
            changes: vec![],
            ..case.clone()
        },
        Case {
            logs: case.logs[..1].to_vec(),
            ..case.clone()
        },
    ] {
        assert!(sure(&less) <= whole);
    }
}

#[test]
fn words_and_timing_alone_are_not_enough() {
    let case = well_told();
    let blind = Case {
        series: vec![],
        ..case.clone()
    };
    assert!(
        sure(&blind) <= 60,
        "log lines alone are not enough: {}",
        sure(&blind)
    );
    let timing = Case {
        series: vec![],
        logs: vec![],
        ..case
    };
    assert!(
        sure(&timing) <= 35,
        "timing alone is not enough: {}",
        sure(&timing)
    );
}

#[test]
fn the_same_evidence_gives_the_same_bytes_in_any_order() {
    let mut case = Shop {
        waits: vec![("bank", 0.4)],
        fails: vec![("db", 0.05)],
        ..Shop::default()
    }
    .case();
    case.changes = vec![change("bank", 120), change("db", 60)];
    let first = serde_json::to_string(&judge(&case)).expect("JSON");
    case.series.reverse();
    case.changes.reverse();
    assert_eq!(serde_json::to_string(&judge(&case)).expect("JSON"), first);
}

#[test]
fn with_nothing_to_go_on_nothing_is_named() {
    let whole = Shop {
        waits: vec![("bank", 2.0)],
        ..Shop::default()
    }
    .case();
    let empty = Case {
        series: vec![],
        ..whole.clone()
    };
    let unnamed = Case {
        series: vec![],
        context: Context::default(),
        calls: Calls::default(),
        scope: vec![],
        ..whole.clone()
    };
    let flat = Case {
        series: whole
            .series
            .iter()
            .map(|s| Series {
                normal: vec![],
                recent: s.recent[..1].to_vec(),
                ..s.clone()
            })
            .collect(),
        ..whole.clone()
    };
    for case in [empty, unnamed, flat] {
        let finding = judge(&case);
        assert!(!finding.settled, "{:#?}", finding.hypotheses);
        assert!(
            drafts(&finding, (case.created, case.created), HIGH, Zone::UTC)
                .iter()
                .all(|d| !d.title.contains("Root cause"))
        );
    }
}

#[test]
fn a_fault_seen_with_gaps_is_still_seen() {
    let whole = Shop {
        waits: vec![("bank", 2.0)],
        ..Shop::default()
    }
    .case();
    let gaps = Case {
        series: whole
            .series
            .iter()
            .map(|s| Series {
                recent: s
                    .recent
                    .iter()
                    .copied()
                    .filter(|p| noise("gap", p.0) < 0.3)
                    .collect(),
                ..s.clone()
            })
            .collect(),
        ..whole
    };
    assert_eq!(
        judge(&gaps).top().map(|h| h.service.clone()),
        Some("bank".into())
    );
}

#[test]
fn what_is_over_is_told_as_over_and_nothing_is_advised_that_was_for_then() {
    let mut case = Shop {
        fails: vec![("bank", 0.3)],
        ..Shop::default()
    }
    .case();
    for series in &mut case.series {
        let last = |t: i64| (0..30).map(move |n| t + n * 30);
        let calm = series.recent.first().expect("points").1;
        series.recent.extend(last(END).map(|t| (t, calm)));
    }
    case.changes = vec![
        change("bank", 120),
        Change {
            title: "bank v1 deployed (rollback)".into(),
            version: Some("v1".into()),
            ..change("bank", -580)
        },
    ];
    let finding = judge(&case);
    assert_eq!(finding.top().map(|h| h.service.as_str()), Some("bank"));
    assert!(
        finding.summary.contains("was failing calls ")
            && finding.summary.contains("back to normal"),
        "{}",
        finding.summary
    );
    assert!(
        finding.actions[0].contains("back to normal since")
            && !finding.actions.iter().any(|a| a.contains("rolling")),
        "{:?}",
        finding.actions
    );
    let told: Vec<&str> = finding.timeline.iter().map(|m| m.says.as_str()).collect();
    assert!(
        told.iter().any(|m| m.contains("rollback"))
            && told.iter().any(|m| m.contains("back in its usual range")),
        "{told:?}"
    );
    assert!(
        finding
            .top()
            .expect("a cause")
            .change
            .as_ref()
            .is_some_and(|c| c.version.as_deref() == Some("v2")),
        "a later change is no cause"
    );
}

#[test]
fn more_calls_than_usual_are_told_as_load() {
    let finding = judge(
        &Shop {
            load: 4.0,
            waits: vec![("front", 0.5)],
            ..Shop::default()
        }
        .case(),
    );
    assert_eq!(
        finding.top().map(|h| (h.service.as_str(), h.kind.as_str())),
        Some(("front", "load"))
    );
}

#[test]
fn a_second_run_says_what_changed() {
    let weak = judge(
        &Shop {
            fails: vec![("bank", 0.01)],
            ..Shop::default()
        }
        .case(),
    );
    let strong = judge(
        &Shop {
            fails: vec![("db", 0.3)],
            ..Shop::default()
        }
        .case(),
    );
    let shifts: Vec<(String, String)> = compare(&weak, &strong)
        .into_iter()
        .map(|s| (s.service, s.how))
        .collect();
    assert!(shifts.contains(&("db".into(), "new".into())), "{shifts:?}");
    assert!(compare(&strong, &strong).is_empty());
}

#[test]
fn drafts_cite_evidence_that_exists() {
    let mut case = Shop {
        fails: vec![("bank", 0.3)],
        ..Shop::default()
    }
    .case();
    case.changes = vec![change("bank", 120)];
    let finding = judge(&case);
    let all = drafts(&finding, (case.created, case.created), HIGH, Zone::UTC);
    let titles: Vec<&str> = all
        .iter()
        .filter(|d| d.kind == DraftKind::Timeline)
        .map(|d| d.title.as_str())
        .collect();
    assert_eq!(
        titles,
        [
            "Investigation started",
            "Root cause identified: bank",
            "Investigation complete"
        ]
    );
    for draft in &all {
        for cite in draft
            .body
            .split('[')
            .skip(1)
            .filter_map(|rest| rest.split_once(']'))
            .map(|(id, _)| id)
        {
            assert!(finding.evidence(cite).is_some(), "{cite} in {}", draft.body);
        }
    }
}
