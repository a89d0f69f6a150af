//! What people do at incident.io, reflected at the detector: what somebody took is silenced there, with who has it and
//! where, for as long as it is open. The silences that are there are read each time and the difference is made, so that
//! none stands twice and none outlives its incident.

use crate::domain::episode::{Episode, Kept, Memory};
use crate::domain::text::{clean_line, fit};
use crate::domain::{IncidentId, Instant, Silence};
use chrono::Duration;
use std::collections::BTreeMap;

/// How long a silence is for: should the bridge end, the detector speaks again after that.
const LASTS: Duration = Duration::hours(1);
/// What is left when it is made longer.
const RENEWED: Duration = Duration::minutes(30);

/// Something to be done at a detector.
#[derive(Clone, Debug, PartialEq)]
pub enum Reflection {
    /// Silence an issue for an incident, or change its silence.
    Silence(IncidentId, Silence),
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
    let mut wanted: BTreeMap<String, (IncidentId, Silence)> = BTreeMap::new();
    for episode in memory.episodes.values().filter(|e| !e.is_over()) {
        let kept = memory
            .kept(episode)
            .filter(|_| episode.detection.detector == detector);
        if let Some((kept, by)) = kept.and_then(|kept| Some((kept, kept.taken_by()?))) {
            let silence = silence(episode, kept, by, now);
            wanted.insert(mark(&episode.detection.id), (kept.id.clone(), silence));
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
            Some((incident, newer)) if is_stale(silence, &newer, now) => {
                let (id, starts) = (silence.id.clone(), silence.starts);
                let newer = Silence {
                    id,
                    starts,
                    ..newer
                };
                steps.push(Reflection::Silence(incident, newer));
            }
            Some(_) => {}
        }
    }
    let new = wanted.into_values();
    steps.extend(new.map(|(incident, silence)| Reflection::Silence(incident, silence)));
    steps
}

/// Whether a silence that is there ends soon, or says what is not so any more.
fn is_stale(there: &Silence, wanted: &Silence, now: Instant) -> bool {
    let says = |s: &Silence| (s.by.clone(), s.comment.clone());
    there.ends - now < RENEWED || says(there) != says(wanted)
}

/// Characters of an incident's name in a silence.
const NAME: usize = 100;
/// Who silences where incident.io does not tell who took it on.
const SOMEBODY: &str = "somebody at incident.io";

fn silence(episode: &Episode, kept: &Kept, by: &str, now: Instant) -> Silence {
    Silence {
        id: String::new(),
        labels: episode.detection.labels.clone(),
        by: if by.is_empty() { SOMEBODY } else { by }.to_owned(),
        comment: format!("{} {}", reason(kept), mark(&episode.detection.id)),
        starts: None,
        ends: now + LASTS,
    }
}

/// Which incident it is silenced for, and how that stands. Of a private one no more than its reference is told: the
/// detector is read by others.
fn reason(kept: &Kept) -> String {
    if kept.private {
        return format!("{}, a private incident.", kept.reference);
    }
    let said = kept.said.as_ref();
    let stands = said.map_or(Vec::new(), |s| vec![s.severity.as_str(), s.status.as_str()]);
    let stands: Vec<&str> = stands.into_iter().filter(|s| !s.is_empty()).collect();
    let stands = match stands.is_empty() {
        true => String::new(),
        false => format!(" ({})", stands.join(", ")),
    };
    let address = kept.address.as_deref().unwrap_or_default();
    let words = format!(
        "{} {}{stands} {address}",
        kept.reference,
        fit(&kept.name, NAME)
    );
    // As it is read again from there, so that it is not taken for changed.
    clean_line(&words)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::episode::{Acknowledged, How, Said};
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
        let [Reflection::Silence(_, first)] = &made[..] else {
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
            matches!(&stands(45)[..], [Reflection::Silence(_, s)] if s.id == "s" && s.ends == at(105))
        );
        let theirs = Silence {
            id: "t".into(),
            comment: "by hand".into(),
            ..first.clone()
        };
        // The lead is taken away.
        let over = reflect(&memory(""), "am", &[there(first), theirs], at(5));
        assert_eq!(over, [Reflection::Expire("s".into())]);
    }

    fn there(silence: &Silence) -> Silence {
        Silence {
            id: "s".into(),
            starts: Some(at(-1)),
            ..silence.clone()
        }
    }

    fn changed(change: impl Fn(&mut Kept)) -> Memory {
        let mut memory = memory("");
        let kept = memory.incidents.values_mut().next().expect("one");
        change(Arc::make_mut(kept));
        memory
    }

    fn taken(by: &str) -> impl Fn(&mut Kept) {
        let by = by.to_owned();
        move |kept| {
            kept.name = "Checkout is slow".into();
            kept.address = Some("https://incidents.example/7".into());
            kept.acknowledged = Some(Acknowledged {
                at: at(0),
                by: by.clone(),
            });
        }
    }

    fn only(steps: &[Reflection]) -> &Silence {
        match steps {
            [Reflection::Silence(_, silence)] => silence,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn whoever_answered_the_page_or_accepted_it_silences_it_and_the_silence_says_how_it_stands() {
        let made = reflect(&changed(taken("Bram Brandt")), "am", &[], at(0));
        let first = only(&made);
        let says = "INC-7 Checkout is slow (Major, Fixing) https://incidents.example/7 [hotseat bridge f1]";
        assert_eq!(
            (first.by.as_str(), first.comment.as_str()),
            ("Bram Brandt", says)
        );
        let nameless = reflect(&changed(taken("")), "am", &[], at(0));
        assert_eq!(only(&nameless).by, "somebody at incident.io");
        // Another severity is the same silence with other words: it keeps its id and its start.
        let worse = changed(|kept| {
            taken("Bram Brandt")(kept);
            if let Some(said) = &mut kept.said {
                said.severity = "Critical".into();
            }
        });
        let steps = reflect(&worse, "am", &[there(first)], at(5));
        let newer = only(&steps);
        assert!(newer.comment.contains("(Critical, Fixing)"), "{newer:?}");
        assert_eq!((newer.id.as_str(), newer.starts), ("s", Some(at(-1))));
        assert_eq!(reflect(&worse, "am", &[there(newer)], at(6)), []);
    }

    #[test]
    fn what_is_over_at_incident_io_in_whatever_way_hides_nothing_that_burns() {
        let made = reflect(&changed(taken("Bram Brandt")), "am", &[], at(0));
        let over = changed(|kept| {
            taken("Bram Brandt")(kept);
            kept.ended = Some(at(3));
        });
        let steps = reflect(&over, "am", &[there(only(&made))], at(5));
        assert_eq!(steps, [Reflection::Expire("s".into())]);
    }

    #[test]
    fn a_silence_for_a_private_incident_tells_nothing_of_it_but_its_reference() {
        let private = changed(|kept| {
            taken("Bram Brandt")(kept);
            kept.private = true;
        });
        let steps = reflect(&private, "am", &[], at(0));
        let comment = &only(&steps).comment;
        assert_eq!(comment, "INC-7, a private incident. [hotseat bridge f1]");
    }
}
