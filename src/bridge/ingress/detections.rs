//! Detections of any system that can send JSON: one object, a list of them, or a list under `detections`.

use super::readings::{Readings, Unreadable, address, began, line, lines, moment, names};
use crate::domain::{Detection, DetectionState, Instant, text};
use serde_json::Value;

/// The name of the list.
const LIST: &str = "detections";

/// Reads what came at a time from a detector.
pub fn read(body: &[u8], detector: &str, came: Instant) -> Result<Readings, Unreadable> {
    let each = |detection: &Value| detection_of(detection, detector, came);
    let bare = match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => [br#"{"detections":"#, body, b"}"].concat(),
        _ => Vec::new(),
    };
    if !bare.is_empty() {
        return Readings::read(&bare, LIST, each);
    }
    match Readings::read(body, LIST, each) {
        Err(Unreadable::Wrong(_)) if is_single(body) => {
            let single = [br#"{"detections":["#, body, b"]}"].concat();
            Readings::read(&single, LIST, each)
        }
        read => read,
    }
}

/// Whether it is one detection by itself.
fn is_single(body: &[u8]) -> bool {
    let body = crate::net::Reader::new(&[]).one(body);
    body.is_ok_and(|body| body.get("id").is_some() && body.get(LIST).is_none())
}

fn detection_of(of: &Value, detector: &str, came: Instant) -> Result<Detection, String> {
    let id = line(&of["id"]);
    if id.is_empty() {
        return Err("it has no id.".into());
    }
    let state = state(&of["status"])?;
    let cleared = moment(&of["cleared"]);
    let over = (state == DetectionState::Cleared).then_some(cleared.unwrap_or(came));
    let started = match (&of["started"], over) {
        // What is over may come without its beginning: its id says which it was.
        (Value::Null, Some(over)) => over,
        (started, _) => began(started, came)
            .ok_or("its started is no time at which it can have begun (RFC 3339).")?,
    };
    let services = match &of["services"] {
        Value::Array(all) => names(all.iter().filter_map(Value::as_str)),
        one => names(one.as_str()),
    };
    let title = Some(line(&of["title"])).filter(|title| !title.trim().is_empty());
    Ok(Detection {
        detector: detector.to_owned(),
        title: title.unwrap_or_else(|| id.clone()),
        id,
        severity: line(&of["severity"]),
        services,
        annotations: lines(&of["fields"]),
        summary: text::clean_text(of["summary"].as_str().unwrap_or_default()),
        url: address(&of["url"]),
        started,
        ends: over,
        state,
        ..Detection::default()
    })
}

fn state(status: &Value) -> Result<DetectionState, String> {
    match status.as_str() {
        Some("firing" | "open") => Ok(DetectionState::Firing),
        Some("cleared" | "resolved" | "closed") => Ok(DetectionState::Cleared),
        Some("suppressed") => Ok(DetectionState::Suppressed),
        _ => Err("its status is none of firing, suppressed and cleared.".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn noon() -> Instant {
        "2026-11-20T12:00:00Z".parse().expect("a time")
    }

    fn read_of(body: &Value) -> Result<Readings, Unreadable> {
        read(body.to_string().as_bytes(), "synthetics", noon())
    }

    #[test]
    fn one_a_list_or_a_named_list_all_read_the_same() {
        let one = json!({"id": 7, "title": "Login fails", "severity": "high", "status": "firing", "started": "2026-11-20T11:00:00Z",
            "services": ["login", "login"], "summary": "Three\nregions", "url": "https://checks.example/7", "fields": {"region": "eu", "runs": 3}});
        for body in [one.clone(), json!([one]), json!({"detections": [one]})] {
            let read = read_of(&body).expect("a detection");
            let [detection] = read.all.as_slice() else {
                panic!("{read:?}");
            };
            assert_eq!((&*detection.id, &*detection.title), ("7", "Login fails"));
            assert_eq!(detection.services, ["login"]);
            assert_eq!(detection.summary, "Three\nregions");
            assert_eq!(detection.annotations["runs"], "3");
            assert_eq!(detection.state, DetectionState::Firing);
        }
    }

    #[test]
    fn what_is_over_needs_no_beginning_and_what_burns_does() {
        let read = read_of(&json!({"id": "7", "status": "cleared"})).expect("it is over");
        assert_eq!(read.all[0].ends, Some(noon()));
        let read = read_of(&json!({"id": "7", "status": "firing"}));
        assert!(matches!(read, Err(Unreadable::Wrong(_))), "{read:?}");
    }

    #[test]
    fn a_body_that_is_none_is_refused_with_a_sentence() {
        for body in [
            "",
            "[",
            "{\"id\": 7,",
            "null",
            "\"x\"",
            "[1, 2]",
            "{\"id\": 7}",
        ] {
            let read = read(body.as_bytes(), "synthetics", noon());
            let Err(Unreadable::Wrong(sentence)) = read else {
                panic!("{body}: {read:?}");
            };
            assert!(sentence.ends_with('.'), "{sentence}");
        }
        assert_eq!(read_of(&json!([])), Ok(Readings::default()));
    }
}
