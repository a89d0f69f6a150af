//! What was written, as the journal on the screen lists it.

use crate::console::state::State;
use crate::domain::{Write, WriteOrigin, WriteState};

/// Writes as the journal on the screen lists them: what needs somebody first, then the newest.
pub(crate) fn listed(state: &State) -> Vec<&Write> {
    let mut all: Vec<&Write> = state.outbox.iter().collect();
    all.reverse();
    all.sort_by_key(|w| (w.state.is_settled(), std::cmp::Reverse(w.recorded)));
    all
}

/// Whether a later write took this one back, or is about to.
pub(crate) fn taken_back(state: &State, write: &Write) -> bool {
    let Ok(back) = write.undone(String::new(), write.recorded) else {
        return false;
    };
    let stands = |w: &Write| !matches!(w.state, WriteState::Refused | WriteState::GivenUp);
    let same = |w: &Write| (&w.path, &w.method, &w.body) == (&back.path, &back.method, &back.body);
    let later = |w: &Write| w.recorded >= write.recorded;
    let mut undone = state.outbox.iter().filter(|w| w.kind == WriteOrigin::Undo);
    undone.any(|w| stands(w) && same(w) && later(w))
}

/// Whether a write can be taken back by now.
pub(crate) fn can_be_taken_back(state: &State, write: &Write) -> bool {
    let happened = write.state == WriteState::Confirmed;
    happened && write.no_way_back().is_none() && !taken_back(state, write)
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
    let by = write.proposed_by.as_ref();
    lines.extend(by.map(|by| format!("proposed by {by}")));
    lines.extend(way_back(state, write));
    lines.extend(write.request_id.iter().map(|id| format!("request {id}")));
    lines.push(String::new());
    lines.extend(write.request().lines().map(str::to_owned));
    lines
}

/// Whether a write that happened can be taken back, or why not.
fn way_back(state: &State, write: &Write) -> Option<String> {
    if write.state != WriteState::Confirmed {
        return None;
    }
    Some(match write.no_way_back() {
        Some(why) => format!("cannot be taken back: {why}"),
        None if taken_back(state, write) => "was taken back".into(),
        None => "can be taken back".into(),
    })
}
