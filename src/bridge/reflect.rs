//! What people do at incident.io, reflected at the detector: what somebody took is silenced there, with who has it and
//! where, for as long as it is open. The silences that are there are read each time and the difference is made, so that
//! none stands twice and none outlives its incident.

use crate::domain::episode::{Episode, Kept, Memory};
use crate::domain::{Instant, Silence};
use chrono::Duration;
use std::collections::BTreeMap;

/// How long a silence is for: should the bridge end, the detector speaks again after that.
const LASTS: Duration = Duration::hours(1);
/// What is left when it is made longer.
const RENEWED: Duration = Duration::minutes(30);

/// Something to be done at a detector.
#[derive(Clone, Debug, PartialEq)]
pub enum Reflection {
    /// Silence an issue, or make its silence longer.
    Silence(Silence),
    /// A silence is over: its id.
    Expire(String),
}

/// The mark by which a silence is known to be the bridge's, and of which issue.
fn mark(id: &str) -> String {
    format!("[hotseat bridge {id}]")
}

/// What is to be done at a detector, given its silences.
pub fn reflect(
    memory: &Memory,
    detector: &str,
    there: &[Silence],
    now: Instant,
) -> Vec<Reflection> {
    let mut wanted: BTreeMap<String, Silence> = BTreeMap::new();
    for episode in memory.episodes.values().filter(|e| !e.is_over()) {
        let kept = memory.kept(episode);
        if let Some(kept) = kept.filter(|k| is_taken(k) && episode.detection.detector == detector) {
            wanted.insert(mark(&episode.detection.id), silence(episode, kept, now));
        }
    }
    let mut steps = Vec::new();
    for silence in there
        .iter()
        .filter(|s| s.comment.contains("[hotseat bridge "))
    {
        let of = wanted
            .keys()
            .find(|mark| silence.comment.contains(*mark))
            .cloned();
        match of.and_then(|mark| wanted.remove(&mark)) {
            None => steps.push(Reflection::Expire(silence.id.clone())),
            Some(longer) if silence.ends - now < RENEWED || longer.by != silence.by => {
                let id = silence.id.clone();
                steps.push(Reflection::Silence(Silence { id, ..longer }));
            }
            Some(_) => {}
        }
    }
    steps.extend(wanted.into_values().map(Reflection::Silence));
    steps
}

/// Whether somebody has it, and it is open.
fn is_taken(kept: &Kept) -> bool {
    let led = kept.said.as_ref().is_some_and(|said| !said.lead.is_empty());
    led && kept.is_open()
}

fn silence(episode: &Episode, kept: &Kept, now: Instant) -> Silence {
    let by = kept.said.as_ref().map(|said| said.lead.clone());
    let mark = mark(&episode.detection.id);
    let address = kept.address.as_deref().unwrap_or_default();
    Silence {
        id: String::new(),
        labels: episode.detection.labels.clone(),
        by: by.unwrap_or_default(),
        comment: format!("{} {address} {mark}", kept.reference).replace("  ", " "),
        ends: now + LASTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::episode::{How, Said};
    use crate::domain::{Detection, time};
    use std::sync::Arc;

    fn at(minutes: i64) -> Instant {
        time::parse("2026-11-20T14:00:00Z").expect("a time") + Duration::minutes(minutes)
    }

    fn memory(lead: &str) -> Memory {
        let detection = Detection {
            detector: "am".into(),
            id: "f1".into(),
            labels: [("alertname".to_owned(), "Slow".to_owned())].into(),
            ..Detection::default()
        };
        let mut episode = Episode::begins(detection, at(0));
        episode.incident = Some("I".into());
        let kept = Kept {
            said: Some(Said {
                status: "Fixing".into(),
                severity: "Major".into(),
                lead: lead.into(),
            }),
            ..Kept::new("I".into(), "INC-7".into(), How::Declared, at(0))
        };
        let mut memory = Memory::default();
        memory.episodes.insert(episode.issue(), Arc::new(episode));
        memory.incidents.insert("I".into(), Arc::new(kept));
        memory
    }

    #[test]
    fn what_somebody_took_is_silenced_for_as_long_as_it_is_open_and_only_once() {
        assert_eq!(reflect(&memory(""), "am", &[], at(0)), []);
        let taken = memory("Ana Abara");
        let made = reflect(&taken, "am", &[], at(0));
        let [Reflection::Silence(first)] = &made[..] else {
            panic!("{made:?}");
        };
        assert_eq!((first.by.as_str(), first.ends), ("Ana Abara", at(60)));
        assert!(first.comment.starts_with("INC-7 "), "{}", first.comment);
        let stands = |minutes| {
            let there = Silence {
                id: "s".into(),
                ..first.clone()
            };
            reflect(&taken, "am", &[there], at(minutes))
        };
        assert_eq!(stands(1), []);
        assert!(
            matches!(&stands(45)[..], [Reflection::Silence(s)] if s.id == "s" && s.ends == at(105))
        );
        // The lead is taken away, or the incident ends.
        let there = Silence {
            id: "s".into(),
            ..first.clone()
        };
        let theirs = Silence {
            id: "t".into(),
            comment: "by hand".into(),
            ..first.clone()
        };
        let over = reflect(&memory(""), "am", &[there, theirs], at(5));
        assert_eq!(over, [Reflection::Expire("s".into())]);
    }
}
