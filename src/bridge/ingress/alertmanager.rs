//! Notifications of Alertmanager (webhook, version 4) and of what sends the same shape, as Grafana does. Only the status
//! of each alert counts: its group says that it fires as long as one of them does.

use super::listen::AlertLabels;
use super::readings::{Readings, Unreadable, address, began, line, lines, moment, names};
use crate::domain::{Detection, DetectionState, Instant, text};
use serde_json::Value;

/// Reads a notification that came at a time from a detector.
pub(super) fn read(
    body: &[u8],
    detector: &str,
    labels: &AlertLabels,
    came: Instant,
) -> Result<Readings, Unreadable> {
    Readings::read(body, "alerts", |alert| {
        alert_of(alert, detector, labels, came)
    })
}

fn alert_of(
    alert: &Value,
    detector: &str,
    meant: &AlertLabels,
    came: Instant,
) -> Result<Detection, String> {
    let id = line(&alert["fingerprint"]);
    if id.is_empty() {
        return Err("it has no fingerprint.".into());
    }
    let state = match alert["status"].as_str() {
        Some("firing") => DetectionState::Firing,
        Some("resolved") => DetectionState::Cleared,
        _ => return Err("its status is neither firing nor resolved.".into()),
    };
    let started = began(&alert["startsAt"], came)
        .ok_or("its startsAt is no time at which an alert can have begun.")?;
    let (labels, annotations) = (lines(&alert["labels"]), lines(&alert["annotations"]));
    let one_of = |names: &[&str]| {
        let found = names.iter().find_map(|name| annotations.get(*name));
        found.cloned().unwrap_or_default()
    };
    let title = labels
        .get("alertname")
        .filter(|name| !name.trim().is_empty());
    let services = meant.services.iter().filter_map(|name| labels.get(name));
    Ok(Detection {
        detector: detector.to_owned(),
        title: title.unwrap_or(&id).clone(),
        id,
        severity: labels.get(&meant.severity).cloned().unwrap_or_default(),
        services: names(services.map(String::as_str)),
        summary: text::clean_text(&one_of(&["summary", "description", "message"])),
        url: address(&alert["generatorURL"]),
        started,
        ends: moment(&alert["endsAt"]).or((state == DetectionState::Cleared).then_some(came)),
        updated: None,
        state,
        labels,
        annotations,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn noon() -> Instant {
        "2026-11-20T12:00:00Z".parse().expect("a time")
    }

    fn read_of(body: &Value) -> Result<Readings, Unreadable> {
        let labels = AlertLabels::default();
        read(body.to_string().as_bytes(), "prom", &labels, noon())
    }

    fn alert(status: &str) -> Value {
        json!({"status": status, "fingerprint": "f1", "labels": {"alertname": "HighErrorRate", "severity": "critical", "service": "checkout, cart"},
            "annotations": {"summary": "Too many 503s"}, "startsAt": "2026-11-20T11:58:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus:9090/graph"})
    }

    #[test]
    fn each_alert_speaks_for_itself_whatever_its_group_says() {
        let mut over = alert("resolved");
        over["fingerprint"] = json!("f2");
        over["endsAt"] = json!("2026-11-20T11:59:30Z");
        let body = json!({"version": "4", "status": "firing", "alerts": [alert("firing"), over]});
        let read = read_of(&body).expect("two alerts");
        let [fires, over] = read.all.as_slice() else {
            panic!("{read:?}");
        };
        assert_eq!(
            (fires.state, fires.ends, over.state, over.ends),
            (
                DetectionState::Firing,
                None,
                DetectionState::Cleared,
                "2026-11-20T11:59:30Z".parse().ok()
            )
        );
        assert_eq!(fires.services, ["checkout", "cart"]);
        assert_eq!(
            (&*fires.title, &*fires.severity, &*fires.summary),
            ("HighErrorRate", "critical", "Too many 503s")
        );
        assert_eq!(fires.url, "http://prometheus:9090/graph");
    }

    #[test]
    fn an_alert_that_cannot_be_meant_is_counted_and_hides_no_other() {
        for (field, value) in [
            ("fingerprint", json!("")),
            ("fingerprint", json!({"a": 1})),
            ("status", json!("pending")),
            ("status", Value::Null),
            ("startsAt", json!("0001-01-01T00:00:00Z")),
            ("startsAt", json!("9999-12-31T23:59:59Z")),
            ("startsAt", json!("-271821-04-20T00:00:00Z")),
            ("startsAt", json!(i64::MAX)),
            ("startsAt", json!("yesterday")),
        ] {
            let mut bad = alert("firing");
            bad[field] = value;
            let body = json!({"alerts": [bad.clone(), alert("firing"), null, "x"]});
            let read = read_of(&body).expect("one of them");
            assert_eq!((read.all.len(), read.unreadable), (1, 3), "{bad}");
            let alone = read_of(&json!({"alerts": [bad]}));
            assert!(matches!(alone, Err(Unreadable::Wrong(_))), "{alone:?}");
        }
    }

    #[test]
    fn a_clock_that_is_an_hour_off_is_no_reason_to_lose_an_alert() {
        for at in ["2026-11-20T10:58:00Z", "2026-11-20T13:02:00Z"] {
            let mut alert = alert("firing");
            alert["startsAt"] = json!(at);
            let read = read_of(&json!({"alerts": [alert]})).expect("an alert");
            assert_eq!(Some(read.all[0].started), at.parse().ok());
        }
    }

    #[test]
    fn nothing_that_acts_on_a_terminal_comes_through() {
        let mut alert = alert("firing");
        let nasty = "\u{1b}[2J\u{1b}]52;c;AAAA\u{7}ok\u{202e}\u{200b}\r\n";
        for field in ["labels", "annotations"] {
            alert[field] = json!({"alertname": nasty, "service": nasty, "severity": nasty, "summary": nasty, nasty: nasty});
        }
        alert["fingerprint"] = json!(nasty);
        alert["generatorURL"] = json!("javascript:alert(1)");
        let read = read_of(&json!({"alerts": [alert]})).expect("an alert");
        let one = &read.all[0];
        let all = format!("{one:?}");
        assert_eq!((&*one.id, &*one.title, &*one.url), ("ok", "ok", ""));
        for mark in ["u{1b}", "u{7}", "u{202e}", "u{200b}", "52;c"] {
            assert!(!all.contains(mark), "{mark} in {all}");
        }
    }

    #[test]
    fn half_a_body_or_none_is_refused_with_a_sentence() {
        let whole = json!({"alerts": [alert("firing")]}).to_string();
        let half = &whole[..whole.len() / 2];
        let deep = format!("{{\"alerts\": {}", "[".repeat(200_000));
        for body in ["", "{}", "[]", "null", "\u{0}\u{1}", half, &deep] {
            let read = read(body.as_bytes(), "prom", &AlertLabels::default(), noon());
            let Err(Unreadable::Wrong(sentence)) = read else {
                panic!("{read:?}");
            };
            assert!(sentence.ends_with('.'), "{sentence}");
        }
        let read = read_of(&json!({"alerts": []})).expect("a group without alerts");
        assert_eq!(read, Readings::default());
    }
}
