//! What an investigation of the sample incident finds.

use hotseat::domain::time;
use hotseat::domain::*;

/// A finding with a series, log lines and a change behind it; `percent` is how sure it is.
pub fn finding(percent: u8) -> Finding {
    let at = |clock: &str| time::parse(&format!("2026-11-20T{clock}:00Z")).expect("a time");
    let rise = (0..=60)
        .map(|n| {
            (
                at("14:20").timestamp() + n * 20,
                if n < 36 { 0.2 } else { 30.0 - (n % 3) as f64 },
            )
        })
        .collect();
    let fact = |id: &str, source: &str, says: &str, query: &str| Evidence {
        id: id.into(),
        source: source.into(),
        service: "payment-gateway".into(),
        caller: None,
        says: says.into(),
        query: query.into(),
        at: Some(at("14:32")),
        observed: "30 s".into(),
        normal: "200 ms".into(),
        deviation: Some(148.5),
        link: None,
        points: vec![],
        signal: None,
        lines: vec![],
    };
    let series = Evidence {
        points: rise,
        signal: Some(Signal::Tail),
        ..fact(
            "E1",
            "metrics",
            "slowest calls of payment-gateway up to 30 s (normal 200 ms)",
            "latency:p999{service=~\"payment-gateway\"}",
        )
    };
    let lines = Evidence {
        lines: vec!["error: upstream connect error: connection timeout".into()],
        ..fact(
            "E2",
            "loki",
            "log of checkout-service: \"upstream connect error: connection timeout\" (new: 41 lines)",
            "{service_name=\"checkout-service\"}",
        )
    };
    let change = Change {
        at: at("14:30"),
        class: ChangeClass::Deploy,
        title: "payment-gateway v2.1.0 deployed".into(),
        service: "payment-gateway".into(),
        version: Some("v2.1.0".into()),
        author: Some("Olu Okafor".into()),
        source: "deploys".into(),
        query: "https://deploys.example".into(),
        link: None,
    };
    let hypothesis =
        |rank, service: &str, statement: &str, confidence, discarded, reason: &str| Hypothesis {
            rank,
            service: service.into(),
            kind: "deploy".into(),
            statement: statement.into(),
            confidence,
            evidence_for: if discarded {
                vec![]
            } else {
                vec!["E1".into(), "E2".into(), "E3".into()]
            },
            evidence_against: vec![],
            change: (!discarded).then(|| change.clone()),
            discarded,
            reason: reason.into(),
            path: vec![],
        };
    let mut finding = Finding {
        incident: "INC-312".into(),
        name: "High error rate on checkout service".into(),
        severity: Some("Storm".into()),
        priority: Some("P0".into()),
        onset: at("14:32"),
        onset_from: "failing calls of checkout-service left its usual range".into(),
        summary: "checkout-service is failing calls because payment-gateway, which it depends on, is in trouble.".into(),
        settled: percent >= 50,
        services: vec![Scoped { name: "checkout-service".into(), why: "named".into() }],
        hypotheses: vec![
            hypothesis(
                1,
                "payment-gateway",
                "payment-gateway adds 46 s of waiting in 5m; started 14:32 UTC; correlates with the payment-gateway deploy at 14:30 UTC.",
                percent,
                false,
                "Changed before the onset.",
            ),
            hypothesis(
                2,
                "web-frontend",
                "web-frontend is out of its usual range.",
                0,
                true,
                "What it calls explains it, checkout-service above all.",
            ),
        ],
        evidence: vec![
            series,
            lines,
            fact("E3", "deploys", "deploy 2m before the onset: payment-gateway v2.1.0 deployed", "https://deploys.example"),
        ],
        changes: vec![change.clone()],
        missing: vec![Missing { source: "loki-eu".into(), says: "loki-eu did not answer within 15 seconds.".into() }],
        next_check: None,
        actions: vec![
            "Read the log of payment-gateway. [E2]".into(),
            "Consider rolling payment-gateway back: v2.1.0 came 2m before the onset. [E3]".into(),
        ],
        timeline: vec![
            Moment { at: at("14:30"), says: "payment-gateway v2.1.0 deployed".into(), evidence: Some("E3".into()) },
            Moment { at: at("14:36"), says: "INC-312 declared".into(), evidence: None },
        ],
        tellings: None,
    };
    let over = Telling {
        summary: "checkout-service was failing calls from 14:32 UTC on because payment-gateway, which it depends on, was in trouble.".into(),
        causes: finding
            .hypotheses
            .iter()
            .map(|h| (h.statement.replace(" adds ", " added ").replace(" is ", " was "), h.reason.clone()))
            .collect(),
        actions: finding.actions[..1].to_vec(),
        next_check: None,
    };
    finding.tellings = Some(Box::new(Tellings {
        lasting: Telling::of(&finding),
        over,
        felt: "checkout-service".into(),
        remedies: vec![(1, 0)],
        trial: None,
    }));
    finding
}

/// The same with the way to what is felt: three calls, of which the first is measured at both ends, the second by the
/// caller alone, and the third by nobody.
pub fn finding_with_path(percent: u8) -> Finding {
    let mut finding = finding(percent);
    let latency = |id: &str, service: &str, caller: Option<&str>, most: f64| {
        let seen = caller.map_or(String::new(), |caller| format!(" as {caller} sees it"));
        let points = finding.evidence[0].points.iter();
        let points = points.map(|(t, v)| (*t, v / 30.0 * most + 0.1));
        let most = Signal::Latency.show(most);
        Evidence {
            id: id.into(),
            service: service.into(),
            caller: caller.map(str::to_owned),
            says: format!("latency of {service}{seen} up to {most} (normal 100 ms)"),
            query: format!("latency:{service}{seen}"),
            observed: most,
            normal: "100 ms".into(),
            points: points.collect(),
            signal: Some(Signal::Latency),
            lines: vec![],
            ..finding.evidence[0].clone()
        }
    };
    let measured = [
        latency("E4", "payment-gateway", None, 30.0),
        latency("E5", "checkout-service", None, 12.0),
        latency("E6", "checkout-service", Some("web-frontend"), 45.0),
    ];
    finding.evidence.extend(measured);
    let hop = |from: &str, to: &str, check, says: &str, evidence: &[&str]| Hop {
        from: from.into(),
        to: to.into(),
        check,
        says: says.into(),
        evidence: evidence.iter().map(|id| (*id).into()).collect(),
    };
    let (pay, checkout, web) = ("payment-gateway", "checkout-service", "web-frontend");
    let gap = format!("latency: at the end of {web}, not at that of {checkout}");
    finding.hypotheses[0].path = vec![
        hop(
            pay,
            checkout,
            HopCheck::Follows,
            "latency at both ends",
            &["E2", "E4", "E5"],
        ),
        hop(checkout, web, HopCheck::Gap, &gap, &["E6", "E5"]),
        hop(web, "edge-proxy", HopCheck::Unverified, "unverified", &[]),
    ];
    finding
}
