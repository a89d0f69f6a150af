//! A draft of an investigation before it is sent: its words with the evidence they stand on, or the exact request.

use crate::console::state::{InvestigationView, State};
use crate::investigate::{Draft, DraftKind};

/// What a draft becomes, in words.
pub(crate) fn purpose(kind: DraftKind) -> &'static str {
    match kind {
        DraftKind::Timeline => "timeline entry",
        DraftKind::Update => "update to the incident's channel",
        DraftKind::Slack => "message to the Slack channel",
    }
}

/// What it says.
pub(crate) fn words(state: &State, draft: &Draft) -> Vec<String> {
    let mut lines = vec![];
    if draft.kind == DraftKind::Timeline {
        lines.push(format!("{}  {}", state.zone.full(draft.at), draft.title));
        lines.push(String::new());
    }
    lines.extend(draft.body.lines().map(str::to_owned));
    lines
}

/// The exact request, as it would be sent.
pub(crate) fn request(investigation: &InvestigationView, draft: &Draft) -> Vec<String> {
    let (Some(incident), Some(started)) = (&investigation.incident, investigation.started) else {
        return Vec::new();
    };
    let write =
        crate::investigate::write_of(draft, incident, crate::investigate::Once::PerText, started);
    write.request().lines().map(str::to_owned).collect()
}
