//! Typed ids: an incident's id cannot be handed where a user's is meant.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// The letters of an id. The platform's are ULIDs, which need no memory of their own: a hundred thousand rows have one.
#[derive(Clone)]
enum Raw {
    Ulid([u8; 26]),
    Other(Arc<str>),
}

impl Raw {
    fn as_str(&self) -> &str {
        match self {
            Self::Ulid(letters) => std::str::from_utf8(letters).unwrap_or_default(),
            Self::Other(text) => text,
        }
    }
}

impl From<&str> for Raw {
    fn from(raw: &str) -> Self {
        match raw.as_bytes().try_into() {
            Ok(letters) if raw.is_ascii() => Self::Ulid(letters),
            _ => Self::Other(Arc::from(raw)),
        }
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Raw {}

impl PartialOrd for Raw {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Raw {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Raw {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Ok(Self::from(text.as_ref()))
    }
}

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Raw);

        impl $name {
            /// The id as the API writes it.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }
        impl From<&str> for $name {
            fn from(raw: &str) -> Self {
                Self(Raw::from(raw))
            }
        }
        impl From<String> for $name {
            fn from(raw: String) -> Self {
                Self(Raw::from(raw.as_str()))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    )*};
}

id_types! {
    /// An incident (a ULID; `INC-123` is its reference, not its id).
    IncidentId;
    /// A user of the organisation.
    UserId;
    /// An on-call schedule.
    ScheduleId;
    /// A catalog type.
    TypeId;
    /// A catalog entry.
    EntryId;
    /// An alert.
    AlertId;
    /// An escalation.
    EscalationId;
    /// A team.
    TeamId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_as_it_was_written_whatever_its_letters() {
        for raw in [
            "01FDAG4SAP5TYPT98WGR2N7W91",
            "",
            "INC-1",
            "abcdefghijklmnopqrstuvwxyé",
            "01FDAG4SAP5TYPT98WGR2N7W91-and-more",
        ] {
            let id = IncidentId::from(raw);
            assert_eq!((id.as_str(), id.to_string()), (raw, raw.to_owned()));
            let json = serde_json::to_string(&id).expect("JSON");
            assert_eq!(json, format!("{raw:?}"));
            assert_eq!(serde_json::from_str::<IncidentId>(&json).ok(), Some(id));
        }
    }
}
