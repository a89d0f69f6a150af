//! A small shop with known faults: what is blamed, what is not, and what nothing may change.

use super::*;
use crate::domain::{ChangeClass, LogLine, Signal};

/// When the fault begins, in unix seconds, and how far the measures go after it.
const FAULT: i64 = 1_800_000_000;
const END: i64 = FAULT + 600;

fn at(second: i64) -> Instant {
    chrono::DateTime::from_timestamp(second, 0).expect("a time")
}

/// A number from -0.5 to 0.5 that follows from its arguments.
fn noise(name: &str, t: i64) -> f64 {
    let seed = name.bytes().fold(t as u64, |h, b| {
        h.wrapping_mul(31).wrapping_add(u64::from(b))
    });
    fastrand::Rng::with_seed(seed).f64() - 0.5
}

/// front calls cart, pay and mail (a queue); pay calls bank; cart calls db.
struct Shop {
    /// Seconds of waiting, and share of failing calls, that a service adds by itself from the fault on.
    waits: Vec<(&'static str, f64)>,
    fails: Vec<(&'static str, f64)>,
    /// Times as many calls at the front.
    load: f64,
    /// Services whose answers are not measured.
    dark: Vec<&'static str>,
    /// Services whose processor is strained.
    strained: Vec<&'static str>,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            waits: vec![],
            fails: vec![],
            load: 1.0,
            dark: vec![],
            strained: vec![],
        }
    }
}

const SERVICES: [(&str, f64, &[&str]); 6] = [
    ("front", 40.0, &["cart", "pay", "mail"]),
    ("cart", 30.0, &["db"]),
    ("pay", 10.0, &["bank"]),
    ("bank", 10.0, &[]),
    ("db", 60.0, &[]),
    ("mail", 5.0, &[]),
];

impl Shop {
    /// What reaches a service per second: its own and that of those it waits for.
    fn flow(&self, name: &str, own: &[(&str, f64)]) -> f64 {
        let (_, rate, needs) = SERVICES.iter().find(|s| s.0 == name).expect("a service");
        let mine: f64 = own.iter().filter(|o| o.0 == name).map(|o| o.1 * rate).sum();
        mine + needs
            .iter()
            .filter(|n| **n != "mail")
            .map(|n| self.flow(n, own))
            .sum::<f64>()
    }

    fn series(&self) -> Vec<Series> {
        let mut all = Vec::new();
        for (name, rate, _) in SERVICES {
            let measured = |signal: Signal, value: &dyn Fn(i64) -> f64| {
                let points = |from: i64, to: i64, step: i64| {
                    (0..)
                        .map(|n| from + n * step)
                        .take_while(|t| *t < to)
                        .map(|t| (t, value(t)))
                        .collect()
                };
                let (normal, recent) = (
                    points(FAULT - 172_800, FAULT - 7_200, 300),
                    points(FAULT - 7_200, END, 30),
                );
                Series {
                    service: name.into(),
                    signal,
                    source: "metrics".into(),
                    query: format!("q({name})"),
                    link: None,
                    normal,
                    recent,
                }
            };
            let begun = |t: i64| t >= FAULT;
            // The queue swings widely and nobody waits for it.
            let width = if name == "mail" { 6.0 } else { 0.02 };
            if !self.dark.contains(&name) {
                all.push(measured(Signal::Traffic, &|t| {
                    rate * (1.0 + 0.05 * noise(name, t)) * if begun(t) { self.load } else { 1.0 }
                }));
                all.push(measured(Signal::Latency, &|t| {
                    0.1 + width * (noise(name, t + 1) + 0.5)
                        + if begun(t) {
                            self.flow(name, &self.waits) / rate
                        } else {
                            0.0
                        }
                }));
                all.push(measured(Signal::Errors, &|t| {
                    if begun(t) {
                        (self.flow(name, &self.fails) / rate).min(1.0)
                    } else {
                        0.0
                    }
                }));
            }
            all.push(measured(Signal::Saturation("cpu".into()), &|t| {
                (0.2 + 0.02 * noise(name, t + 2))
                    * if begun(t) && self.strained.contains(&name) {
                        9.0
                    } else {
                        1.0
                    }
            }));
        }
        all
    }

    fn case(&self) -> Case {
        let pairs: Vec<(String, String)> = SERVICES
            .iter()
            .flat_map(|(n, _, to)| to.iter().map(|t| ((*n).to_owned(), (*t).to_owned())))
            .collect();
        let named = |name: &str| Scoped {
            name: name.into(),
            why: "named".into(),
        };
        Case {
            reference: "INC-1".into(),
            name: "Trouble at the front".into(),
            severity: None,
            priority: None,
            created: at(FAULT + 240),
            context: Context {
                services: vec![named("front")],
                ..Context::default()
            },
            calls: Calls::new(SERVICES.iter().map(|s| s.0.to_owned()), &pairs),
            scope: SERVICES.iter().map(|s| named(s.0)).collect(),
            series: self.series(),
            logs: vec![],
            changes: vec![],
            change_window: Duration::hours(4),
            alerts: vec![],
            platform: vec![],
            linked: vec![],
            past: vec![],
            runbooks: BTreeMap::new(),
            by_hand: vec![],
            missing: vec![],
        }
    }
}

fn change(service: &str, before: i64) -> Change {
    Change {
        at: at(FAULT - before),
        class: ChangeClass::Deploy,
        title: format!("{service} v2 deployed"),
        service: service.into(),
        version: Some("v2".into()),
        author: None,
        source: "deploys".into(),
        query: String::new(),
        link: None,
    }
}

fn log(service: &str, line: &str) -> LogSample {
    let usual = |t: i64| LogLine {
        at: at(t),
        text: "served a request".into(),
    };
    let mut recent: Vec<LogLine> = (0..20).map(|n| usual(FAULT - 600 + n * 60)).collect();
    recent.extend((0..10).map(|n| LogLine {
        at: at(FAULT + n * 30),
        text: line.into(),
    }));
    LogSample {
        service: service.into(),
        source: "logs".into(),
        query: format!("{{{service}}}"),
        normal: (0..60).map(|n| usual(FAULT - 5_400 + n * 60)).collect(),
        normal_seconds: 3_600,
        recent,
        recent_seconds: 1_200,
    }
}

#[test]
fn the_service_that_adds_the_trouble_is_named_and_others_are_not() {
    let shops = [
        (
            "a leaf waits",
            Shop {
                waits: vec![("bank", 2.0)],
                ..Shop::default()
            },
            Some(("bank", "latency")),
        ),
        (
            "a middle service waits",
            Shop {
                waits: vec![("pay", 1.5)],
                ..Shop::default()
            },
            Some(("pay", "latency")),
        ),
        (
            "a leaf fails",
            Shop {
                fails: vec![("db", 0.3)],
                ..Shop::default()
            },
            Some(("db", "errors")),
        ),
        (
            "the front itself fails",
            Shop {
                fails: vec![("front", 0.2)],
                ..Shop::default()
            },
            Some(("front", "errors")),
        ),
        (
            "an unmeasured leaf is strained",
            Shop {
                waits: vec![("bank", 2.0)],
                dark: vec!["bank"],
                strained: vec!["bank"],
                ..Shop::default()
            },
            Some(("bank", "saturation")),
        ),
        (
            "two fail, one more",
            Shop {
                fails: vec![("bank", 0.4), ("db", 0.01)],
                ..Shop::default()
            },
            Some(("bank", "errors")),
        ),
        (
            "a queue is slow that nobody waits for",
            Shop {
                waits: vec![("mail", 30.0)],
                ..Shop::default()
            },
            None,
        ),
        ("nothing happens", Shop::default(), None),
    ];
    for (what, shop, expected) in shops {
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

#[test]
fn removing_what_speaks_for_a_cause_never_makes_it_surer() {
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
    let sure = |case: &Case| {
        judge(case)
            .hypotheses
            .iter()
            .find(|h| h.service == "bank")
            .map_or(0, |h| h.confidence)
    };
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
            drafts(&finding, case.created, case.created, HIGH)
                .iter()
                .all(|d| !d.title.contains("Root cause"))
        );
    }
    // A fault seen with gaps is still seen.
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
        finding.summary.contains("was failing calls until")
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
    let all = drafts(&finding, case.created, case.created, HIGH);
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
