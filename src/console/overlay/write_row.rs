//! A write on one line: how far it is, since when, what it does, and why it is no further.

use crate::console::content::journal::good_until;
use crate::console::paint::{put_spans, when};
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::domain::{Instant, OpenProposal, ProposalAnswer, Write, WriteState, text};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// How far a write is, in a word, and how it is to be taken in.
pub(super) fn state_of(write: &Write, theme: &Theme) -> (&'static str, Style) {
    match (write.state, write.on_hold) {
        (WriteState::Confirmed, _) => ("done", theme.good()),
        (WriteState::Refused, _) => ("refused", theme.hot()),
        (WriteState::GivenUp, _) => ("given up", theme.dim()),
        (WriteState::Damaged, _) => ("damaged", theme.hot()),
        (_, true) if write.is_local() => ("kept here", theme.warn()),
        (_, true) => ("held", theme.hot()),
        (WriteState::InDoubt, _) => ("in doubt", theme.hot()),
        (WriteState::Waiting, _) if !write.said.is_empty() => ("waiting", theme.warn()),
        _ => ("on its way", theme.warn()),
    }
}

/// Draws it.
pub(super) fn draw(buf: &mut Buffer, place: Rect, state: &State, write: &Write, theme: &Theme) {
    let (word, style) = state_of(write, theme);
    let age = age(state, write.recorded);
    let said = match said(write) {
        "" => String::new(),
        said => format!("  {said}"),
    };
    put_spans(
        buf,
        place,
        &[
            (&format!("{word:<11}"), style),
            (&age, theme.dim()),
            (&write.what, Style::new()),
            (&said, theme.warn()),
        ],
    );
}

/// Why it is no further.
pub(super) fn said(write: &Write) -> &str {
    match write.state {
        WriteState::Confirmed => "",
        _ => &write.said,
    }
}

/// How long ago it was.
fn age(state: &State, at: Instant) -> String {
    let most = if state.absolute { 12 } else { 6 };
    format!("{:>6} ", text::fit(&when(state, at), most))
}

/// What became of a proposal, in a word.
pub(super) fn standing(proposal: &OpenProposal, theme: &Theme) -> (&'static str, Style) {
    match &proposal.answer {
        Some(ProposalAnswer::Yes(_)) => ("agreed", theme.good()),
        Some(ProposalAnswer::No) => ("declined", theme.dim()),
        None if proposal.is_open_question() => ("asks you", theme.hot()),
        None => ("proposed", theme.warn()),
    }
}

/// Draws what an agent proposes: who, and until when.
pub(super) fn proposed(
    buf: &mut Buffer,
    place: Rect,
    state: &State,
    proposal: &OpenProposal,
    theme: &Theme,
) {
    let (word, style) = standing(proposal, theme);
    let until = good_until(state, proposal);
    let by = format!("  until {until}, by {}", proposal.by);
    put_spans(
        buf,
        place,
        &[
            (&format!("{word:<11}"), style),
            (&age(state, proposal.made - state.clock_offset), theme.dim()),
            (&proposal.what, Style::new()),
            (&by, theme.dim()),
        ],
    );
}
