//! Typed ids: an incident's id cannot be handed where a user's is meant.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Arc<str>);

        impl $name {
            /// The id as the API writes it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl From<&str> for $name {
            fn from(raw: &str) -> Self {
                Self(Arc::from(raw))
            }
        }
        impl From<String> for $name {
            fn from(raw: String) -> Self {
                Self(Arc::from(raw))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
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
