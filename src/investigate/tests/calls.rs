//! What the calls between services tell: who calls too often, who is gone, who starts over and over.

use super::shop::{FAULT, Shop, at, change, noise, series};
use super::*;
use crate::domain::{HopCheck, Hypothesis, Sign, Signal};

fn first(finding: &Finding) -> &Hypothesis {
    &finding.hypotheses[0]
}

/// A shop in which a service fails half of its calls, and nothing of itself says why.
fn failing(service: &'static str) -> Case {
    let shop = Shop {
        fails: vec![(service, 0.5)],
        ..Shop::default()
    };
    shop.case()
}

/// Points of a series of a service, but for those that some rule leaves out.
fn left_out(case: &mut Case, service: &str, out: &dyn Fn(i64) -> bool) {
    for one in case.series.iter_mut().filter(|s| s.service == service) {
        one.normal.retain(|p| !out(p.0));
        one.recent.retain(|p| !out(p.0));
    }
}

/// A shop in which bank is slow since pay calls it so many times as often.
fn flooded(times: f64) -> Case {
    let shop = Shop {
        waits: vec![("bank", 2.0)],
        ..Shop::default()
    };
    let mut case = shop.case();
    let calls = case.series.iter_mut();
    let calls = calls.filter(|s| s.service == "bank" && s.signal == Signal::Traffic);
    for (t, value) in calls.flat_map(|s| &mut s.recent) {
        *value *= if *t >= FAULT { times } else { 1.0 };
    }
    case
}

#[test]
fn who_calls_another_many_times_for_each_call_is_the_cause_and_who_only_tries_again_is_not() {
    let finding = judge(&flooded(25.0));
    let top = first(&finding);
    assert_eq!(
        (top.service.as_str(), top.kind.as_str()),
        ("pay", "load"),
        "{top:#?}"
    );
    assert!(
        top.statement
            .starts_with("pay calls bank far more often for each call that it gets itself"),
        "{}",
        top.statement
    );
    let cited = top.evidence_for.iter();
    let cited: Vec<_> = cited.filter_map(|id| finding.evidence(id)).collect();
    let of = |service| {
        let mut cited = cited.iter();
        cited.any(|e| e.service == service && e.signal == Some(Signal::Traffic))
    };
    assert!(of("pay") && of("bank"), "the calls of both are shown");
    assert_eq!(first(&judge(&flooded(3.0))).service, "bank");
}

#[test]
fn whoever_else_calls_the_flooded_one_is_troubled_by_who_floods_it() {
    // Nobody waits for pay here: the front is slow through cart, which calls bank too.
    let mut case = flooded(25.0);
    let calls = [("front", "cart"), ("cart", "bank"), ("pay", "bank")];
    let calls = calls.map(|(from, to)| (from.to_owned(), to.to_owned()));
    case.calls = Calls::new(case.calls.names, &calls);
    let finding = judge(&case);
    let pay = finding
        .hypotheses
        .iter()
        .find(|h| h.service == "pay")
        .expect("pay");
    let hops: Vec<_> = pay
        .path
        .iter()
        .map(|h| (h.from.as_str(), h.to.as_str(), h.check))
        .collect();
    assert_eq!(hops[0], ("pay", "bank", HopCheck::Floods), "{hops:?}");
}

#[test]
fn restarts_again_and_again_outweigh_the_caller_that_fails_for_them_and_one_restart_does_not() {
    for (every, cause) in [(60, "db"), (10_000, "cart")] {
        let mut case = failing("cart");
        case.series.push(series("db", Signal::Restarts, &|t| {
            let since = (t - FAULT).max(0);
            (since / every) as f64 + if since > 0 { 1.0 } else { 0.0 }
        }));
        assert_eq!(first(&judge(&case)).service, cause, "every {every} s");
    }
}

#[test]
fn who_is_gone_is_the_cause_even_where_a_scrape_failed_once_in_its_two_days() {
    let mut case = failing("pay");
    let hole = FAULT - 90_000..FAULT - 88_000;
    left_out(&mut case, "bank", &|t| t >= FAULT + 60 || hole.contains(&t));
    let finding = judge(&case);
    let top = first(&finding);
    assert_eq!(
        (top.service.as_str(), top.kind.as_str()),
        ("bank", "silence")
    );
    // Where it was out of sight every hour, it says nothing that it is now.
    let mut case = failing("pay");
    left_out(&mut case, "bank", &|t| {
        t.rem_euclid(3_600) < 1_200 || t >= FAULT + 60
    });
    assert_eq!(first(&judge(&case)).service, "pay");
}

#[test]
fn who_goes_out_of_sight_again_and_again_is_the_cause() {
    let mut case = failing("pay");
    left_out(&mut case, "bank", &|t| {
        t >= FAULT && (t - FAULT) % 240 >= 60
    });
    let finding = judge(&case);
    assert_eq!(first(&finding).service, "bank");
    let mut case = failing("pay");
    left_out(&mut case, "bank", &|t| (t - FAULT).rem_euclid(240) >= 60);
    assert_eq!(first(&judge(&case)).service, "pay", "it always did");
}

#[test]
fn where_nothing_is_felt_a_faint_sign_settles_nothing() {
    let says = |weight| Sign {
        service: "db".into(),
        object: "pod/db-0".into(),
        kind: "probe".into(),
        says: "readiness probe failed twice and then succeeded".into(),
        weight,
        at: Some(at(FAULT)),
        affects: vec![],
        source: "cluster".into(),
        query: "kubectl get events".into(),
        link: None,
        lines: vec![],
    };
    for (weight, settled) in [(0.3, false), (0.95, true)] {
        let mut case = Shop::default().case();
        case.signs = vec![says(weight)];
        assert_eq!(judge(&case).settled, settled, "{weight}");
    }
}

#[test]
fn of_two_for_whom_the_same_speaks_the_one_listed_first_is_not_the_less_likely() {
    let mut case = Shop::default().case();
    case.series.clear();
    case.changes = vec![change("cart", 120), change("bank", 120)];
    let said: Vec<u8> = judge(&case)
        .hypotheses
        .iter()
        .map(|h| h.confidence)
        .collect();
    assert!(
        said.len() >= 2 && said.is_sorted_by(|a, b| a >= b),
        "{said:?}"
    );
}

#[test]
fn of_two_named_services_it_is_felt_at_the_caller_even_where_their_swings_never_went_together() {
    let shop = Shop {
        waits: vec![("bank", 2.0)],
        ..Shop::default()
    };
    let mut case = shop.case();
    // pay swings twice as wide as bank, and not with it: bank stands out more.
    let waits = |s: &&mut Series| s.service == "pay" && s.signal == Signal::Latency;
    for one in case.series.iter_mut().filter(waits) {
        for (t, value) in one.normal.iter_mut().chain(&mut one.recent) {
            *value += 0.035 * noise("wider", *t);
        }
    }
    let named = case.scope.iter();
    case.context.services = named
        .filter(|s| ["pay", "bank"].contains(&s.name.as_str()))
        .cloned()
        .collect();
    let finding = judge(&case);
    assert!(
        finding.summary.starts_with("pay is slow because bank"),
        "{}",
        finding.summary
    );
}

#[test]
fn a_callee_that_measures_something_else_leaves_a_cause_in_doubt_and_the_finding_says_so() {
    let said = |dark: Vec<&'static str>| {
        let shop = Shop {
            waits: vec![("pay", 2.0)],
            dark,
            ..Shop::default()
        };
        judge(&shop.case())
    };
    // Of bank only the processor is measured.
    let (seen, dark) = (said(vec![]), said(vec!["bank"]));
    let doubt = "nobody measures the latency of 1 of 1 services that pay needs";
    let has_doubt = |f: &Finding| f.missing.iter().any(|m| m.says.contains(doubt));
    assert!(has_doubt(&dark) && !has_doubt(&seen), "{:?}", dark.missing);
    assert_eq!(first(&dark).service, "pay");
    assert!(first(&dark).confidence < first(&seen).confidence);
}
