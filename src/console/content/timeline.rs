//! The timeline as rows of a pane: a line has one row, and its text some more.

use crate::console::markdown::{self, Line, Look};
use crate::console::state::State;
use crate::domain::{TimelineEntry, text};

/// Rows of a line's text that the timeline shows; Enter shows all of it.
const MOST_ROWS: usize = 5;

/// One row of the timeline on the screen.
pub(crate) struct TimelineRow {
    /// The line it belongs to.
    pub item: usize,
    /// What follows the first row; empty on the first.
    pub text: Line,
    /// Whether it is the first row of its line.
    pub(crate) first: bool,
}

/// The timeline as rows for a pane of some width.
pub(crate) fn timeline_rows(state: &State, width: usize) -> Vec<TimelineRow> {
    let mut rows = Vec::new();
    for (item, line) in state.detail.lines().into_iter().enumerate() {
        rows.push(TimelineRow {
            item,
            text: Line::new(),
            first: true,
        });
        if !line.body.is_empty() {
            rows.extend(body_rows(item, &line.body, width));
        }
    }
    rows
}

/// The rows of a line's text, as markdown reads. No more of it is looked at than can be shown.
fn body_rows(item: usize, body: &str, width: usize) -> Vec<TimelineRow> {
    let width = width.saturating_sub(10).max(1);
    let room = width * (MOST_ROWS + 2) * 2;
    let end = body
        .char_indices()
        .nth(room)
        .map_or(body.len(), |(at, _)| at);
    let mut wrapped = markdown::lines(&body[..end], width);
    let cut = wrapped.len() > MOST_ROWS;
    wrapped.truncate(MOST_ROWS);
    if let Some(last) = wrapped.last_mut().filter(|_| cut) {
        shorten(last, width.saturating_sub(4));
    }
    let row = |text| TimelineRow {
        item,
        text,
        first: false,
    };
    wrapped.into_iter().map(row).collect()
}

/// Cuts a line to a width and says that more follows.
fn shorten(line: &mut Line, width: usize) {
    let mut left = width;
    for (words, _) in line.iter_mut() {
        *words = text::fit(words, left);
        left = left.saturating_sub(text::columns(words));
    }
    line.push((" …".into(), Look::default()));
}

/// A line of the timeline in full.
pub(crate) fn entry_text(state: &State, item: &TimelineEntry) -> Vec<String> {
    let mut lines = vec![
        item.title.clone(),
        format!(
            "{}{}",
            state.zone.full(item.at),
            if item.actor.is_empty() {
                String::new()
            } else {
                format!(", {}", item.actor)
            }
        ),
        String::new(),
    ];
    lines.extend(markdown::plain(&item.body));
    lines
}
