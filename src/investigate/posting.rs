//! What is drafted from a finding, as writes.

use super::{Draft, DraftKind};
use crate::domain::time::stamp;
use crate::domain::{Incident, Instant, Undo, Verification, Write, WriteOrigin, digest};
use serde_json::json;

/// What makes two drafts the same write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// One of its kind and title for an incident, whatever its figures say by now: for scripts, which run again.
    PerTitle,
    /// One of its text: for a person who read it and sends it.
    PerText,
}

impl Once {
    /// What a person sends is one of its text; what posts itself is one of its title.
    pub fn of(draft: &Draft) -> Self {
        match draft.by_itself {
            true => Self::PerTitle,
            false => Self::PerText,
        }
    }
}

/// The exact request of a draft. Its key follows from the incident, the kind, the title and, for a person's, the text.
pub fn write_of(draft: &Draft, incident: &Incident, once: Once, now: Instant) -> Write {
    let id = incident.row.id.to_string();
    let text = if once == Once::PerText {
        draft.body.as_str()
    } else {
        ""
    };
    let key = digest(&[&id, &format!("{:?}", draft.kind), &draft.title, text]);
    let (path, verification, body) = match draft.kind {
        DraftKind::Timeline => (
            "/v2/incident_timeline_items",
            Verification::Repeat,
            json!({"incident_id": id, "title": draft.title, "description": draft.body, "timestamp": stamp(draft.at), "idempotency_key": key}),
        ),
        DraftKind::Update => (
            "/v2/incident_updates",
            Verification::Repeat,
            json!({"incident_id": id, "message": draft.body, "idempotency_key": key}),
        ),
        DraftKind::Slack => (
            "slack",
            Verification::Ask,
            json!({"channel": incident.channel_id, "text": draft.body}),
        ),
    };
    let what = format!("{}: {}", incident.row.reference, draft.title);
    let undo = Undo::Never("the API deletes neither timeline items nor messages.".into());
    Write {
        verification,
        undo,
        private: !incident.is_public(),
        kind: WriteOrigin::Draft,
        ..Write::new(key, &id, what, "POST", path.into(), body, now)
    }
}
