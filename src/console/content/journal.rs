//! What was written, as the journal on the screen lists it.

use crate::console::state::State;
use crate::domain::Write;

/// Writes as the journal on the screen lists them: what needs somebody first, then the newest.
pub(crate) fn listed(state: &State) -> Vec<&Write> {
    let mut all: Vec<&Write> = state.outbox.iter().collect();
    all.reverse();
    all.sort_by_key(|w| (w.state.is_settled(), std::cmp::Reverse(w.recorded)));
    all
}

/// A write in full, with its exact request.
pub(crate) fn in_full(state: &State, write: &Write) -> Vec<String> {
    let standing = format!("{} {}", write.state.word(), write.said);
    let recorded = state.zone.full(write.recorded);
    let mut lines = vec![
        write.what.clone(),
        standing.trim().to_owned(),
        format!("recorded {recorded}, key {}", write.key),
    ];
    lines.extend(write.request_id.iter().map(|id| format!("request {id}")));
    lines.push(String::new());
    lines.extend(write.request().lines().map(str::to_owned));
    lines
}
