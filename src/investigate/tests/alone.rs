//! What one kind of source tells by itself, and what both ends of a call tell together.

use super::shop::{END, FAULT, Shop, at, log, series};
use super::*;
use crate::domain::{HopCheck, Sign, Signal, TracePart, TraceSign};

/// A case in which nothing is measured.
fn dark() -> Case {
    Case {
        series: vec![],
        ..Shop::default().case()
    }
}

fn first(finding: &Finding) -> (&str, u8) {
    let top = &finding.hypotheses[0];
    (top.service.as_str(), top.confidence)
}

#[test]
fn logs_alone_tell_when_it_began_and_whose_lines_are_new() {
    let case = Case {
        logs: vec![
            log("cart", "served a request"),
            log("bank", "ERROR Ledger.java:88 account table is locked"),
        ],
        ..dark()
    };
    let finding = judge(&case);
    assert_eq!(first(&finding).0, "bank", "{:#?}", finding.hypotheses);
    assert_eq!(finding.onset, at(FAULT), "{}", finding.onset_from);
}

#[test]
fn what_a_system_says_of_an_object_names_it_even_where_no_catalog_does() {
    let sign = Sign {
        service: "worker-2".into(),
        object: "node/worker-2".into(),
        kind: "node".into(),
        says: "the kubelet stopped posting its status".into(),
        weight: 0.95,
        at: Some(at(FAULT - 30)),
        affects: vec!["bank".into()],
        source: "cluster".into(),
        query: "kubectl describe node worker-2".into(),
        link: None,
        lines: vec!["Ready Unknown NodeStatusUnknown".into()],
    };
    let finding = judge(&Case {
        signs: vec![sign.clone()],
        ..dark()
    });
    assert_eq!(first(&finding).0, "worker-2");
    assert!(finding.settled && finding.onset == at(FAULT - 30));
    let way: Vec<&str> = finding.hypotheses[0]
        .path
        .iter()
        .map(|h| h.to.as_str())
        .collect();
    assert_eq!(
        way,
        ["bank", "pay", "front"],
        "over what cannot do without it"
    );
    let weak = Sign {
        weight: 0.15,
        ..sign
    };
    let finding = judge(&Case {
        signs: vec![weak],
        ..dark()
    });
    assert!(!finding.settled, "start-up noise settles nothing");
}

#[test]
fn a_trace_lays_the_time_to_the_service_that_takes_it() {
    let sign = TraceSign {
        service: "bank".into(),
        caller: None,
        part: TracePart::Own,
        observed: 2.1,
        normal: 0.08,
        share: 0.9,
        count: 40,
        normal_count: 60,
        at: Some(at(FAULT + 60)),
        trace: "4bf92f35".into(),
        link: None,
        lines: vec!["front 2.3 s".into()],
        source: "traces".into(),
        query: "service=front".into(),
    };
    let finding = judge(&Case {
        traces: vec![sign],
        ..dark()
    });
    assert_eq!(first(&finding).0, "bank");
    let cited = finding.hypotheses[0].evidence_for.iter();
    let mut cited = cited.filter_map(|id| finding.evidence(id));
    assert!(
        cited.any(|e| e.says.contains("trace 4bf92f35")),
        "with the one trace to look at"
    );
}

/// The shop with one call on which the caller sees two seconds that the callee does not.
fn delayed_on_the_way() -> Case {
    let shop = Shop {
        waits: vec![("pay", 2.0)],
        ..Shop::default()
    };
    let mut case = shop.case();
    // pay measures what bank measures, and pay's own end of the call to bank has all of it.
    let mut edge = series("bank", Signal::Latency, &|t| {
        if t >= FAULT { 2.1 } else { 0.1 }
    });
    edge.caller = Some("pay".into());
    case.series.push(edge);
    case
}

#[test]
fn what_the_caller_sees_and_the_callee_does_not_is_laid_to_the_callees_side_of_the_call() {
    let finding = judge(&delayed_on_the_way());
    let top = &finding.hypotheses[0];
    assert_eq!(
        (top.service.as_str(), top.kind.as_str()),
        ("bank", "network")
    );
    let checks: Vec<HopCheck> = top.path.iter().map(|h| h.check).collect();
    assert_eq!(checks, [HopCheck::Gap, HopCheck::Follows]);
}

#[test]
fn who_waits_for_an_answer_that_never_comes_counts_by_the_calls_of_before() {
    let mut case = Shop {
        waits: vec![("bank", 20.0)],
        ..Shop::default()
    }
    .case();
    for series in &mut case.series {
        // It answers one call in fifty, and so does whoever waits for it.
        if series.signal == Signal::Traffic && ["bank", "pay"].contains(&series.service.as_str()) {
            series
                .recent
                .iter_mut()
                .filter(|p| p.0 >= FAULT)
                .for_each(|p| p.1 /= 50.0);
        }
    }
    assert_eq!(first(&judge(&case)).0, "bank");
}

#[test]
fn without_a_history_the_minutes_before_tell_and_no_deviation_is_beyond_measure() {
    let mut case = Shop {
        waits: vec![("bank", 2.0)],
        ..Shop::default()
    }
    .case();
    for series in &mut case.series {
        series.normal.clear();
        series.recent.retain(|p| p.0 >= FAULT - 240);
    }
    let finding = judge(&case);
    assert_eq!(first(&finding).0, "bank");
    assert!(
        finding
            .evidence
            .iter()
            .filter_map(|e| e.deviation)
            .all(|d| d.abs() <= 1e4)
    );
    let says = |m: &crate::domain::Missing| m.says.contains("history");
    assert!(
        first(&finding).1 <= 80 && finding.missing.iter().any(says),
        "{:?}",
        finding.missing
    );
    for series in &mut case.series {
        series.recent.retain(|p| p.0 >= FAULT && p.0 < END);
    }
    assert!(
        !judge(&case).settled,
        "with nothing before, nothing is known"
    );
}

#[test]
fn three_minutes_of_trouble_are_as_plain_an_hour_later() {
    let mut case = Shop {
        waits: vec![("bank", 2.0)],
        ..Shop::default()
    }
    .case();
    let calm = case.clone();
    case.now = at(FAULT + 3_600);
    for (series, calm) in case.series.iter_mut().zip(&calm.series) {
        let usual = calm.recent[0].1;
        series
            .recent
            .iter_mut()
            .filter(|p| p.0 >= FAULT + 180)
            .for_each(|p| p.1 = usual);
        series
            .recent
            .extend((END..FAULT + 3_600).step_by(30).map(|t| (t, usual)));
    }
    let finding = judge(&case);
    assert_eq!(first(&finding).0, "bank", "{:#?}", finding.hypotheses);
    assert!(finding.settled);
}

#[test]
fn hiding_a_call_on_the_way_never_makes_a_cause_surer() {
    let case = Shop {
        fails: vec![("bank", 0.4)],
        ..Shop::default()
    }
    .case();
    let whole = first(&judge(&case)).1;
    let mut hidden = case.clone();
    hidden.series.retain(|s| s.service != "pay");
    let finding = judge(&hidden);
    let bank = finding
        .hypotheses
        .iter()
        .find(|h| h.service == "bank")
        .expect("bank");
    assert!(bank.confidence <= whole, "{} of {whole}", bank.confidence);
    assert!(bank.path.iter().any(|h| h.check == HopCheck::Unverified));
}
