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
