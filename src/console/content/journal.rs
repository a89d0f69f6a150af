//! What was written, as the journal on the screen lists it.

use crate::console::state::State;
use crate::domain::{OpenProposal, ProposalAnswer, Write, WriteOrigin, WriteState};

/// A line of the journal on the screen.
#[derive(Clone, Copy)]
pub(crate) enum Line<'a> {
    /// What an agent proposes.
    Proposed(&'a OpenProposal),
    /// What was written.
    Written(&'a Write),
}

impl<'a> Line<'a> {
    /// Which, whatever comes above it.
    pub(crate) fn id(self) -> &'a str {
        match self {
            Self::Proposed(proposal) => &proposal.id,
            Self::Written(write) => &write.key,
        }
    }
}

/// The lines of the journal: what waits for somebody's word, then what was written.
pub(crate) fn lines(state: &State) -> Vec<Line<'_>> {
    let proposed = state.proposals.iter().map(Line::Proposed);
    proposed
        .chain(listed(state).into_iter().map(Line::Written))
        .collect()
}

/// Writes as the journal on the screen lists them: what needs somebody first, then the newest.
fn listed(state: &State) -> Vec<&Write> {
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

/// Until when a proposal is good, by this machine's clock.
pub(crate) fn good_until(state: &State, proposal: &OpenProposal) -> String {
    let until = proposal.expires - state.clock_offset;
    state.zone.day_clock(state.now, until)
}

/// What a proposal waits for.
fn standing(proposal: &OpenProposal) -> &'static str {
    match &proposal.answer {
        Some(ProposalAnswer::Yes(_)) => "Agreed at a console; its agent sends it.",
        Some(ProposalAnswer::No) => "Declined at a console.",
        None if proposal.is_open_question() => "Its agent waits for your yes or no.",
        None => "Nothing is sent before it is confirmed where it was proposed.",
    }
}

/// A proposal in full, with its exact requests.
pub(crate) fn proposed_in_full(state: &State, proposal: &OpenProposal) -> Vec<String> {
    let made = state.zone.full(proposal.made - state.clock_offset);
    let until = good_until(state, proposal);
    let mut lines = vec![
        proposal.what.clone(),
        format!("proposed by {}", proposal.by),
        format!("made {made}, good until {until}"),
        standing(proposal).into(),
    ];
    lines.extend(proposal.says.iter().cloned());
    for request in &proposal.requests {
        lines.push(String::new());
        lines.extend(request.lines().map(str::to_owned));
    }
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
