//! What a write stands on: the values it was made on, and whether somebody else changed them since.

use super::{FieldId, Instant};
use serde::{Deserialize, Serialize};

/// What of the organisation a write changes, so that nobody else's change is overwritten unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarded {
    /// An incident.
    Incident,
    /// An action.
    Action,
    /// A follow-up.
    FollowUp,
    /// An item of an incident's timeline.
    Note,
    /// A catalog entry.
    Entry,
    /// A post-mortem document.
    Document,
}

/// A value a write was made on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Expected {
    /// Its key in what stands there.
    pub key: FieldId,
    /// Its name for a person.
    pub label: String,
    /// What it was.
    pub value: String,
    /// What the write makes of it, in each spelling that what stands there may have; none where that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wanted: Vec<String>,
    /// Other spellings of what it was, where it was written by another request and is not read yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spelled: Vec<String>,
}

impl Expected {
    /// Whether a value is what the write makes of it.
    fn is_as_asked(&self, now: &str) -> bool {
        is_one_of(&self.wanted, now)
    }

    /// Whether a value is what the write was made on.
    fn is_as_before(&self, now: &str) -> bool {
        now == self.value || is_one_of(&self.spelled, now)
    }

    /// What taking the write back stands on: what it made, to be made what it was.
    fn turned(&self) -> Option<Self> {
        Some(Self {
            key: self.key.clone(),
            label: self.label.clone(),
            // The last spelling is the one for a person.
            value: self.wanted.last()?.clone(),
            wanted: vec![self.value.clone()],
            spelled: self.wanted.clone(),
        })
    }
}

/// Whether a value is one of some. Spaces and the order of several values are the platform's.
fn is_one_of(all: &[String], now: &str) -> bool {
    let parts = |text: &str| {
        let mut parts: Vec<String> = text.split(',').map(|p| p.trim().to_owned()).collect();
        parts.sort_unstable();
        parts
    };
    all.iter().any(|one| parts(one) == parts(now))
}

/// What became of the values a write was made on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They are as they were.
    AsBefore,
    /// They are what the write makes of them.
    AsAsked,
    /// Somebody made something else of them: what, in words.
    Moved(String),
}

/// What a write was made on; where it no longer stands, the write is not sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// What kind of thing.
    pub of: Guarded,
    /// Which one.
    pub id: String,
    /// The values it changes.
    pub expects: Vec<Expected>,
    /// When the thing had been changed last right before the first sending; none in a journal of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Instant>,
}

impl Guard {
    /// How the values stand, of those that stand now.
    pub fn standing(&self, now: &[(FieldId, String)]) -> Standing {
        let found = |e: &Expected| {
            let value = now.iter().find(|(key, _)| *key == e.key);
            value.map_or("", |(_, value)| value.as_str())
        };
        if self.expects.iter().all(|e| e.is_as_before(found(e))) {
            return Standing::AsBefore;
        }
        if self.expects.iter().all(|e| e.is_as_asked(found(e))) {
            return Standing::AsAsked;
        }
        let name = |value: &str| match value {
            "" => "empty".to_owned(),
            value => super::text::fit(value, 60),
        };
        let moved = self.expects.iter().filter(|e| !e.is_as_before(found(e)));
        let moved = moved.map(|e| {
            let (now, was) = (name(found(e)), name(&e.value));
            format!("{} is now {now} and was {was}", e.label)
        });
        Standing::Moved(moved.collect::<Vec<_>>().join("; "))
    }
}

impl Guard {
    /// What taking the write back stands on; nothing where it is not known what the write made of a value.
    pub(super) fn turned(&self) -> Option<Self> {
        let turned = self.expects.iter().map(Expected::turned);
        Some(Self {
            of: self.of,
            id: self.id.clone(),
            expects: turned.collect::<Option<_>>()?,
            changed_at: None,
        })
    }
}
