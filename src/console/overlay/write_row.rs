//! A write on one line: how far it is, since when, what it does, and why it is no further.

use crate::console::paint::{put_spans, when};
use crate::console::state::State;
use crate::console::theme::Theme;
use crate::domain::{Write, WriteState, text};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// How far a write is, in a word, and how it is to be taken in.
fn state_of(write: &Write, theme: &Theme) -> (&'static str, Style) {
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
    let age = format!(
        "{:>6} ",
        text::fit(
            &when(state, write.recorded),
            if state.absolute { 12 } else { 6 }
        )
    );
    let said = if write.said.is_empty() || write.state == WriteState::Confirmed {
        String::new()
    } else {
        format!("  {}", write.said)
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
