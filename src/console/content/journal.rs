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
