//! When it is ready, and what is told of what it remembers.

use super::*;
use crate::bridge::view;
use crate::config::{self, Overrides};
use crate::domain::time::Zone;
use crate::domain::{Detection, Org, Severity, time};
use std::sync::Arc;

fn now() -> Instant {
    time::parse("2026-11-20T14:00:00Z").expect("a time")
}

/// What decides by default in an organisation of one severity.
fn policy() -> Policy {
    let defaults = Overrides {
        file: Some("/dev/null".into()),
        ..Overrides::default()
    };
    let config = config::load(&defaults).expect("defaults");
    let severities = vec![Severity {
        id: "s".into(),
        name: "Critical".into(),
        rank: 1,
    }];
    let org = Org {
        severities,
        ..Org::default()
    };
    view::policy(&config.bridge, Zone::UTC, &org).expect("a policy")
}

fn looked(metrics: &Metrics, detector: Option<&str>, incidents: Option<&str>) {
    let last = LastRound {
        at: now(),
        detectors: vec![("am".into(), detector.map(str::to_owned))],
        incidents: incidents.map(str::to_owned),
    };
    metrics.looked(&last, Duration::from_secs(15));
    metrics.rounded(Duration::from_millis(300), true, now());
}

#[test]
fn it_is_ready_after_a_look_that_found_both_sides_until_that_is_long_ago() {
    let metrics = Metrics::default();
    let first = "The first look at both sides is not done yet.";
    assert_eq!(metrics.obstacle().as_deref(), Some(first));
    looked(
        &metrics,
        Some("https://secret.example does not answer"),
        None,
    );
    let says = format!("{first} A detector does not answer.");
    assert_eq!(metrics.obstacle(), Some(says));
    looked(&metrics, None, Some("500 at https://secret.example"));
    let says = format!("{first} incident.io could not be read.");
    assert_eq!(metrics.obstacle(), Some(says));
    looked(&metrics, None, None);
    assert_eq!(metrics.obstacle(), None);
    // One bad look is no reason yet; many are.
    looked(&metrics, Some("away"), None);
    assert_eq!(metrics.obstacle(), None);
    metrics.ready().good_for = Duration::ZERO;
    let says = metrics.obstacle().expect("it is not ready");
    assert!(says.starts_with("Both sides answered last "), "{says}");
    assert!(says.ends_with("A detector does not answer."), "{says}");
}

#[test]
fn what_burns_is_told_by_kind_and_rule_and_never_by_name() {
    let metrics = Metrics::default();
    let mut memory = Memory::default();
    for (id, severity) in [("f1", "warning"), ("f2", "critical"), ("f3", "critical")] {
        let detection = Detection {
            detector: "am".into(),
            id: id.into(),
            title: "Secret title".into(),
            severity: severity.into(),
            ..Detection::default()
        };
        let mut episode = Episode::begins(detection, now());
        episode.incident = (id == "f3").then(|| "I".into());
        episode.fate = Fate::Waits("Secret reason".into());
        memory.episodes.insert(episode.issue(), Arc::new(episode));
    }
    let kept = Kept::new("I".into(), "INC-7".into(), How::Declared, now());
    memory.incidents.insert("I".into(), Arc::new(kept));
    metrics.remembers(&memory, Some(&policy()), now());
    looked(&metrics, None, None);
    let (kind, told) = metrics.text("text/plain");
    assert!(kind.starts_with("text/plain; version=0.0.4"));
    for line in [
        "hotseat_bridge_issues{standing=\"burning\"} 3",
        "hotseat_bridge_issues{standing=\"clear\"} 0",
        "hotseat_bridge_issues_withheld{rule=\"severity\"} 1",
        "hotseat_bridge_issues_withheld{rule=\"unread\"} 1",
        "hotseat_bridge_incidents{hands=\"bridge\"} 1",
        "hotseat_bridge_detector_up{detector=\"am\"} 1",
        "hotseat_bridge_rounds_total{result=\"good\"} 1",
        "hotseat_bridge_declarations_total{how=\"storm\"} 0",
        "hotseat_bridge_last_good_round_timestamp_seconds 1795183200.0",
    ] {
        assert!(told.lines().any(|l| l == line), "{line}: {told}");
    }
    for word in ["Secret", "f1", "INC-7"] {
        assert!(!told.contains(word), "{word}: {told}");
    }
}
