//! A past time, and what it would have come to.

use super::*;
use crate::bridge::reconcile::tests::{alert, at, policy};

/// What burnt on a service from one second to another.
fn burnt(id: &str, service: &str, from: i64, until: Option<i64>) -> Burnt {
    Burnt {
        detection: Detection {
            ends: None,
            ..alert(id, service, from, from)
        },
        from: at(from),
        until: until.map(at),
    }
}

fn played(burnt: Vec<Burnt>, away: &[(i64, i64)], seconds: i64) -> Replayed {
    let away = away
        .iter()
        .map(|(from, to)| ("am".to_owned(), at(*from), at(*to)));
    let history = History {
        burnt,
        away: away.collect(),
    };
    run(&history, &policy(), &None, seconds)
}

fn run(history: &History, policy: &Policy, ranks: &Ranks, seconds: i64) -> Replayed {
    let times = (at(0), at(seconds));
    replay(
        history,
        (policy, ranks),
        times,
        Duration::seconds(15),
        |_| (),
    )
}

/// Seconds and words of what would have been done.
fn deeds(past: &Replayed) -> Vec<(i64, &str, &str)> {
    let act = |act: &'_ Act| (act.at - at(0)).num_seconds();
    let all = past.acts.iter();
    let all = all.filter(|a| a.what != Deed::Noted);
    all.map(|a| (act(a), a.incident.as_str(), a.what.word()))
        .collect()
}

#[test]
fn what_burnt_is_declared_and_resolved_after_its_hold() {
    let day = 86_400;
    let past = |more: Vec<Burnt>| {
        let mut all = vec![
            burnt("a", "bank", 70, Some(200)),
            // It came and went between two looks.
            burnt("b", "cart", day + 1, Some(day + 5)),
            burnt("c", "cart", 2 * day, None),
        ];
        all.extend(more);
        played(all, &[], 2 * day + 600)
    };
    let alone = past(Vec::new());
    let expected = [
        (75, "#1", "declared"),
        (210 + 300, "#1", "resolved"),
        (2 * day, "#2", "declared"),
    ];
    assert_eq!(deeds(&alone), expected);
    assert_eq!((alone.open, alone.issues, alone.times), (1, 3, 3));
    let resolved = alone.acts.iter().find(|a| a.what == Deed::Resolved);
    assert_eq!(resolved.and_then(|a| a.lasted), Some(435));
    // Where something burns all the time every look is walked, and the same comes of it.
    let mut warning = burnt("w", "shop", 0, None);
    warning.detection.severity = "warning".into();
    let walked = past(vec![warning]);
    assert_eq!(walked.acts, alone.acts);
    let (rule, times) = walked.passed_over.first_key_value().expect("a rule");
    assert_eq!((rule.contains("warning"), *times), (true, 1), "{rule}");
}

#[test]
fn flaps_are_one_incident_and_too_much_at_once_is_one_storm() {
    let flaps = (0..1_000).map(|n| burnt("a", "bank", n * 60, Some(n * 60 + 30)));
    let past = played(flaps.collect(), &[], 80_000);
    assert_eq!(past.many(Deed::declares), 1);
    assert!(past.acts.len() < 30, "{} lines", past.acts.len());
    let storm = (0..50).map(|n| burnt(&format!("s{n}"), &format!("service{n}"), 60, Some(600)));
    let past = played(storm.collect(), &[], 3_600);
    let words: Vec<&str> = deeds(&past).into_iter().map(|(_, _, word)| word).collect();
    assert_eq!(words, ["declared for a storm", "resolved"]);
    assert_eq!(past.acts[0].issues.len(), 50);
}

#[test]
fn while_nothing_was_measured_nothing_is_resolved() {
    // It fired to 100, and nobody looked until 2,000.
    let past = played(
        vec![burnt("a", "bank", 60, Some(2_000))],
        &[(100, 2_000)],
        4_000,
    );
    assert_eq!(
        deeds(&past),
        [(60, "#1", "declared"), (2_010 + 300, "#1", "resolved")]
    );
}

#[test]
fn a_file_tells_of_each_time_from_its_start_to_its_end() {
    let now = at(90_000);
    let body = r#"[{"id": "x", "title": "Login fails", "severity": "critical", "status": "resolved",
        "started": "2026-11-20T14:01:00Z", "cleared": "2026-11-20T14:03:00Z", "services": ["login"]},
        {"id": "x", "status": "firing", "started": "2026-11-20T18:00:00Z", "severity": "critical"}]"#;
    let history = read_history(body.as_bytes(), "file", now).expect("a history");
    let times: Vec<_> = history.burnt.iter().map(|b| (b.from, b.until)).collect();
    assert_eq!(times, [(at(60), Some(at(180))), (at(4 * 3_600), None)]);
    let past = run(&history, &policy(), &None, 90_000);
    assert_eq!(past.many(Deed::declares), 2);
    let half = format!(
        "[{}, {{\"id\": 1}}]",
        r#"{"id": "x", "status": "firing", "started": "2026-11-20T18:00:00Z"}"#
    );
    let wrong = read_history(half.as_bytes(), "file", now).expect_err("one cannot be read");
    assert!(
        wrong.starts_with("1 of its detections cannot be read"),
        "{wrong}"
    );
}

#[test]
fn an_alert_source_is_told_each_time_that_something_burns_as_fast_as_it_takes_it() {
    let policy = Policy {
        declares: false,
        ..policy()
    };
    let history = History {
        burnt: (0..200)
            .map(|n| burnt(&format!("i{n}"), "bank", 60, Some(120)))
            .collect(),
        away: Vec::new(),
    };
    let past = run(&history, &policy, &Some(BTreeMap::new()), 3_600);
    let told = |what: Deed, from: i64, to: i64| {
        let within = |a: &&Act| a.what == what && (at(from)..at(to)).contains(&a.at);
        past.acts.iter().filter(within).count()
    };
    assert_eq!(past.many(Deed::declares), 0);
    // What was over before its turn came is not told.
    assert_eq!(
        (told(Deed::Fired, 60, 75), told(Deed::Fired, 75, 3_600)),
        (120, 0)
    );
    assert_eq!(
        (told(Deed::Over, 0, 420), told(Deed::Over, 420, 436)),
        (0, 120)
    );
}
