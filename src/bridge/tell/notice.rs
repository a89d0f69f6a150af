//! What there is to tell: the difference between what was remembered and what is now. A change that the bridge wrote itself
//! is told as its own, once, and not again when it comes back.

use crate::domain::episode::{Episode, How, Kept, Memory, Said};
use crate::domain::{IncidentId, Instant, StatusCategory, digest, time};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// Issues that a notice names.
const NAMED: usize = 200;
/// Who did what the bridge did.
const ITSELF: &str = "hotseat bridge";

/// Something to be told: the same bytes under the same id each time it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Notice {
    /// The id of the message, by which a receiver knows it again.
    pub id: String,
    /// The incident it is about: those of one are told in their order.
    pub incident: IncidentId,
    /// When it was seen.
    pub at: Instant,
    /// What is sent.
    pub body: String,
}

/// A change of one incident.
#[derive(Debug, PartialEq)]
struct Change<'a> {
    /// Its type, as it is sent after `incident.`.
    what: &'static str,
    from: Option<&'a str>,
    to: Option<&'a str>,
    /// Who did it, where that is known.
    by: Option<&'a str>,
    reason: Option<&'a str>,
}

impl<'a> Change<'a> {
    fn new(what: &'static str) -> Self {
        Self {
            what,
            from: None,
            to: None,
            by: None,
            reason: None,
        }
    }

    fn moved(what: &'static str, from: &'a str, to: &'a str) -> Option<Self> {
        let some = |word: &'a str| Some(word).filter(|word| !word.is_empty());
        (from != to).then(|| Self {
            from: some(from),
            to: some(to),
            ..Self::new(what)
        })
    }

    fn by(self, who: &'a str) -> Self {
        let by = Some(who).filter(|who| !who.is_empty());
        Self { by, ..self }
    }
}

/// What there is to tell, incident by incident.
pub fn notices(before: &Memory, now: &Memory, at: Instant) -> Vec<Notice> {
    let mut all = Vec::new();
    for (id, kept) in &now.incidents {
        let was = before.incidents.get(id);
        if was.is_some_and(|was| Arc::ptr_eq(was, kept)) {
            continue;
        }
        let changes = changes(was.map(AsRef::as_ref), kept);
        if changes.is_empty() {
            continue;
        }
        let issues = Issues::of(now, kept);
        all.extend(changes.iter().map(|c| notice(kept, c, &issues, at)));
    }
    all
}

fn changes<'a>(was: Option<&'a Kept>, now: &'a Kept) -> Vec<Change<'a>> {
    let Some(was) = was else { return Vec::new() };
    let mut all = Vec::new();
    // It is told once it was looked at: only then is its page known.
    if was.category.is_none() && now.category.is_some() {
        let what = match now.how {
            How::Joined => "joined",
            How::Declared | How::Storm => "declared",
        };
        all.push(Change::new(what).by(ITSELF));
    }
    if was.acknowledged.is_none()
        && let Some(acknowledged) = &now.acknowledged
    {
        all.push(Change::new("acknowledged").by(&acknowledged.by));
    }
    if let (Some(before), Some(after)) = (&was.said, &now.said) {
        let is_own = is_own_end(was, now);
        all.extend(said(before, after).filter(|c| !is_own || c.what != "status"));
    }
    if was.hands.is_none()
        && let Some(why) = &now.hands
    {
        let reason = Some(why.as_str());
        all.push(Change {
            reason,
            ..Change::new("taken_over")
        });
    }
    match (was.ended, now.ended) {
        (None, Some(_)) => all.push(end(was, now)),
        (Some(_), None) => all.push(Change::new("reopened")),
        _ => {}
    }
    all
}

/// What people changed on it. Who leads it is who took the lead; nothing tells who changed the rest.
fn said<'a>(was: &'a Said, now: &'a Said) -> impl Iterator<Item = Change<'a>> {
    let lead = Change::moved("lead", &was.lead, &now.lead);
    let severity = Change::moved("severity", &was.severity, &now.severity);
    let status = Change::moved("status", &was.status, &now.status);
    [lead, severity, status].into_iter().flatten()
}

/// Whether what ended is what the bridge was resolving.
fn is_own_end(was: &Kept, now: &Kept) -> bool {
    let is_over = was.ended.is_none() && now.ended.is_some();
    let people = [
        StatusCategory::Declined,
        StatusCategory::Merged,
        StatusCategory::Canceled,
    ];
    let is_people = now.category.is_some_and(|c| people.contains(&c));
    is_over && was.resolving.is_some() && !is_people
}

fn end<'a>(was: &'a Kept, now: &'a Kept) -> Change<'a> {
    let what = match now.category {
        _ if now.out_of_sight => return Change::new("out_of_sight"),
        Some(StatusCategory::Declined) => "declined",
        Some(StatusCategory::Merged) => "merged",
        Some(StatusCategory::Canceled) => "cancelled",
        _ => "resolved",
    };
    let to = now.said.as_ref().map(|said| said.status.as_str());
    match is_own_end(was, now) {
        true => Change::new(what).by(ITSELF),
        false => Change {
            to,
            ..Change::new(what)
        },
    }
}

/// The issues of an incident as they are told, and how many more there are.
struct Issues {
    named: Vec<Value>,
    more: usize,
}

impl Issues {
    fn of(memory: &Memory, kept: &Kept) -> Self {
        let mut all: Vec<&Episode> = memory.of(&kept.id).collect();
        all.sort_by_key(|e| (e.begun, e.issue()));
        let named = all.iter().take(NAMED).map(|e| {
            json!({"detector": e.detection.detector, "id": e.detection.id, "started": time::stamp(e.begun)})
        });
        Self {
            named: named.collect(),
            more: all.len().saturating_sub(NAMED),
        }
    }
}

/// Of a private incident no more than its id goes out, as incident.io's own webhooks have it: whoever may see it can ask.
fn notice(kept: &Kept, change: &Change<'_>, issues: &Issues, at: Instant) -> Notice {
    let said = |read: fn(&Said) -> &String| {
        let said = kept.said.as_ref().map(read);
        said.filter(|word| !word.is_empty())
    };
    let incident = json!({
        "id": kept.id, "reference": kept.reference, "name": kept.name, "url": kept.address,
        "severity": said(|s| &s.severity), "status": said(|s| &s.status), "lead": said(|s| &s.lead),
    });
    let data = match kept.private {
        true => json!({"incident": {"id": kept.id}}),
        false => json!({
            "incident": incident, "issues": issues.named, "more_issues": issues.more,
            "from": change.from, "to": change.to, "by": change.by, "reason": change.reason,
        }),
    };
    let (kind, at_text) = (format!("incident.{}", change.what), at.to_rfc3339());
    let (from, to) = (change.from.unwrap_or(""), change.to.unwrap_or(""));
    Notice {
        id: digest(&["notice", kept.id.as_str(), &kind, from, to, &at_text]),
        incident: kept.id.clone(),
        at,
        body: json!({"type": kind, "timestamp": time::stamp(at), "data": data}).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Detection;
    use crate::domain::episode::Acknowledged;

    fn at(seconds: i64) -> Instant {
        time::parse("2026-11-20T14:00:00Z").expect("a time") + chrono::Duration::seconds(seconds)
    }

    fn kept() -> Kept {
        Kept {
            said: Some(Said {
                status: "Investigating".into(),
                severity: "Major".into(),
                lead: String::new(),
            }),
            category: Some(StatusCategory::Live),
            name: "Slow".into(),
            ..Kept::new("I".into(), "INC-7".into(), How::Declared, at(0))
        }
    }

    fn memory(kept: Kept) -> Memory {
        let detection = Detection {
            detector: "am".into(),
            id: "f1".into(),
            started: at(-60),
            ..Detection::default()
        };
        let mut episode = Episode::begins(detection, at(0));
        episode.incident = Some("I".into());
        Memory {
            episodes: [(episode.issue(), Arc::new(episode))].into(),
            incidents: [("I".into(), Arc::new(kept))].into(),
            ..Memory::default()
        }
    }

    fn told(was: Kept, now: Kept) -> Vec<Value> {
        let all = notices(&memory(was), &memory(now), at(9));
        let body = |n: &Notice| serde_json::from_str(&n.body).expect("JSON");
        all.iter().map(body).collect()
    }

    fn with(change: impl FnOnce(&mut Kept)) -> Kept {
        let mut kept = kept();
        change(&mut kept);
        kept
    }

    fn types(was: Kept, now: Kept) -> Vec<String> {
        let all = told(was, now);
        let kind = |body: &Value| body["type"].as_str().expect("a type").to_owned();
        all.iter().map(kind).collect()
    }

    #[test]
    fn what_people_changed_is_told_with_the_issues_it_is_about() {
        let changed = with(|kept| {
            let said = kept.said.as_mut().expect("it says something");
            said.severity = "Minor".into();
            kept.hands = Some("its severity went from Major to Minor".into());
        });
        let all = told(kept(), changed);
        let data = json!({
            "incident": {"id": "I", "reference": "INC-7", "name": "Slow", "url": null,
                "severity": "Minor", "status": "Investigating", "lead": null},
            "issues": [{"detector": "am", "id": "f1", "started": "2026-11-20T13:59:00Z"}],
            "more_issues": 0, "from": "Major", "to": "Minor", "by": null, "reason": null,
        });
        let whole =
            json!({"type": "incident.severity", "timestamp": "2026-11-20T14:00:09Z", "data": data});
        assert_eq!(all[0], whole);
        assert_eq!(all[1]["type"], "incident.taken_over");
        assert_eq!(
            all[1]["data"]["reason"],
            "its severity went from Major to Minor"
        );
    }

    #[test]
    fn each_end_has_its_own_name_and_what_the_bridge_resolved_is_its_own() {
        let over = |category| {
            with(|kept| {
                kept.category = Some(category);
                kept.ended = Some(at(9));
                kept.said.as_mut().expect("it says something").status = "Over".into();
            })
        };
        for (category, what) in [
            (StatusCategory::Learning, "incident.resolved"),
            (StatusCategory::Closed, "incident.resolved"),
            (StatusCategory::Declined, "incident.declined"),
            (StatusCategory::Merged, "incident.merged"),
            (StatusCategory::Canceled, "incident.cancelled"),
        ] {
            assert_eq!(types(kept(), over(category)), ["incident.status", what]);
        }
        let resolving = || with(|kept| kept.resolving = Some("key".into()));
        let own = with(|kept| kept.ended = Some(at(9)));
        let all = told(resolving(), own.clone());
        assert_eq!(all.len(), 1, "its own status is no change of somebody's");
        assert_eq!(all[0]["data"]["by"], "hotseat bridge");
        // The answer to it was lost, and the next look shows it.
        let seen = over(StatusCategory::Learning);
        assert_eq!(types(resolving(), seen), ["incident.resolved"]);
        assert_eq!(types(own, kept()), ["incident.reopened"]);
    }

    #[test]
    fn what_did_not_change_at_incident_io_is_not_told() {
        assert_eq!(types(kept(), kept()), [""; 0]);
        let noted = with(|kept| {
            kept.tell("state", at(3), "Clear: it");
            kept.clear_since = Some(at(3));
            kept.notes = 4;
        });
        assert_eq!(types(kept(), noted), [""; 0]);
        // The first look at what was joined shows how it is, not how it was changed.
        let unseen = with(|kept| {
            (kept.said, kept.category) = (None, None);
            kept.how = How::Joined;
        });
        let joined = with(|kept| kept.how = How::Joined);
        assert_eq!(types(unseen, joined), ["incident.joined"]);
    }

    #[test]
    fn of_a_private_incident_only_the_id_goes_out() {
        let private = |by: Option<&str>| {
            with(|kept| {
                kept.private = true;
                kept.acknowledged = by.map(|by| Acknowledged {
                    at: at(9),
                    by: by.into(),
                });
            })
        };
        let all = told(private(None), private(Some("Ana")));
        assert_eq!(all[0]["type"], "incident.acknowledged");
        assert_eq!(all[0]["data"], json!({"incident": {"id": "I"}}));
    }
}
